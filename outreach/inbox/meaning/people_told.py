"""Who a person's words tell to turn to from now on, or meanwhile: a successor, a deputy, by name.

An address is proposed by itself (`proposals.addresses_to_use`); a name alone is something that a person has to see to.
"""

import re
from typing import NamedTuple

from outreach.expressions import found
from outreach.inbox.meaning.clauses import LONGEST, MOST_CHARACTERS, evidence, plain, plain_line, sentences
from outreach.inbox.meaning.proposals import wish

SORTS = ("deputy", "successor")
# A title with a name, or two words of a name; without capitals, a title, or a name before its office.
_NAMED = re.compile(
    r"\b(?:(?:H\.?E\.? )?(?:Mr|Mrs|Ms|Mx|Dr|Amb|Prof|Mme|Mlle|Sr|Sra|Srta|Dra|M)\.?|Ambassador|Madame|Monsieur"
    r"|[Ss]eñora?|[Dd]oña|[Dd]on|[Cc]ounsell?or|[Ss]ecretary) [^\W\d_]"
    r"|(?<=[^.!?:;\s] )[A-ZÀ-ÞĀ-ŽЀ-Я][\w'’-]+ (?:(?:de|da|del|von|van|bin|al|la) )?[A-ZÀ-ÞĀ-ŽЀ-Я][\w'’-]+"
    r"|(?:г-н|г-жа|господин|госпожа|советник)\w*\.? [А-ЯЁ]"
    r"|(?:السيدة?|سعادة|معالي|الأستاذة?|الدكتورة?|المستشارة?|هو|هي) \S"
    r"|(?:[由是为]|请联系|请洽|联系|请与)[\u4e00-\u9fff·]{2,8}?(?:先生|女士|参赞|公使|大使|秘书|同志|接|代|继|负|担|出|临|[，。；,;]|$)"
)
_OFFICE = re.compile(
    r"(?:Permanent|Human) (?:Mission|Representative|Rights)|United Nations|Foreign (?:Affairs|Minist)|Core Group"
    r"|(?:Mission|Misión) [Pp]ermanente?|Nations Unies|Naciones Unidas|Derechos Humanos|Droits de l|Постоянн\w+ \w+"
)


class ToldPerson(NamedTuple):
    """A person who is named, what for, and the sentence that tells it."""

    sort: str
    """Successor, or deputy: who stands in meanwhile."""
    words: str


def person_to_turn_to(text: str) -> ToldPerson | None:
    """Return who a text names as a successor or as standing in, the first of them; None where it names nobody.

    In the six languages of the United Nations. What is told of a successor yet to come, or of others, is passed over.
    """
    text = text[:MOST_CHARACTERS]
    whole = plain(text)
    if not any(wish(sort, "words").may_match(whole) for sort in SORTS):
        return None
    for sentence in sentences(text):
        if not _NAMED.search(_OFFICE.sub("", sentence[:LONGEST])):
            continue
        line = plain_line(sentence[:LONGEST])
        for sort in SORTS:
            if found(wish(sort, "words"), line) and not found(wish(sort, "but_not"), line):
                return ToldPerson(sort, evidence(sentence))
    return None
