"""Says in the reader's language what the database holds as an English sentence: why a mail belongs to a letter, what
an entry of the log tells. It was written by whoever acted, for readers of any language, long before it is read.

A template here is what a room writes, with fields for what differs; what none of them fits is shown as it stands.
"""

import re
from functools import cache

from outreach.catalogues import SOURCE, Tongue
from outreach.sentences import fields
from outreach.vocabulary import Answer, Position

STORED = (
    # Why a mail belongs to a letter, `inbox/match.py`, `inbox/settle.py`
    "the message it returns has our Message-ID",
    "its In-Reply-To names our Message-ID",
    "its References name our Message-ID",
    "it names no letter of ours, and nobody we wrote to",
    "{who} has put its sender down to {iso3}",
    "{who} has put it down to {iso3}",
    "its sender ({address}) was written to in this campaign only",
    "its sender ({address}) was written to; of several letters this one has its subject",
    "its sender ({address}) was written to in several campaigns",
    "its sender ({address}) was written to in several missions",
    "its sender ({address}) is a contact of that mission in this campaign only",
    "its sender's domain ({domain}) is that of the mission, and its subject is the letter's",
    "its sender's domain ({domain}) is that of the mission",
    "{basis}; but {who} is no address of the mission",
    # What was decided of a mail, `responses/decisions.py`; what that changed, `outbox/corrected.py`
    "yes to {proposal}",
    "no to {proposal}",
    "corrected after a bounce: {address}",
    # What another campaign has sent, `campaigns/had_already.py`
    "the same letter",
    "the same subject",
    "the same text",
    # Approvals and times, `campaigns/`
    "the first was by {who}",
    "the second approval of {number} letters; the first was by {who}",
    "{number} letters frozen, {held} held; the first of two approvals",
    "{number} letters frozen, {held} held",
    "{number} letters for {moment}, {plan}",
    "{number} letters for {moment}",
    "its letters could not be approved",
    "spread over {span}, in working hours only",
    "spread over {span}",
    "in working hours only",
    # The log's other entries
    "asked for by {who}",
    "for the settings {digest}",
    "{missions} missions and {contacts} contacts added, {changed} changed",
    "{letter} to {number} missions",
)
"""The most particular first."""
_LONGEST = 400
_VALUES = {"iso3": "[A-Z]{3}"} | dict.fromkeys(("number", "held", "missions", "contacts", "changed"), r"[\d,]{1,12}")
"""What may stand for a field; for any other one, some words."""


def recalled(text: str, say: Tongue) -> str:
    """Return a stored sentence in the reader's language; as it stands where it is none that is known here."""
    if say.language == SOURCE or not text:
        return text
    if (known := say(text) if "{" not in text else text) != text:
        return known
    for template, form in _forms():
        if len(text) <= _LONGEST and (match := form.fullmatch(text)):
            facts = match.groupdict()
            return say(template, **{name: _fact(name, fact, say) for name, fact in facts.items()})
    return text


def _fact(name: str, text: str, say: Tongue) -> str:
    """Return a fact of a stored sentence in words: a sentence of its own, or a proposal's kind and value."""
    if name in ("plan", "basis"):
        return recalled(text, say)
    if name != "proposal":
        return text
    kind, _, value = text.partition(" ")
    words = {"position": Position, "answer": Answer}.get(kind)
    known = say.word(words(value)) if words is not None and value in set(words) else value
    return f"{say.about('SuggestionKind', kind)} {known}".strip() if kind != "answer" else known


@cache
def _forms() -> tuple[tuple[str, re.Pattern[str]], ...]:
    found = []
    for template in STORED:
        parts = (
            re.escape(text) + (f"(?P<{name}>{_VALUES.get(name, '.{1,300}?')})" if name else "")
            for text, name, _, _ in fields(template)
        )
        found.append((template, re.compile("".join(parts))))
    return tuple(found)
