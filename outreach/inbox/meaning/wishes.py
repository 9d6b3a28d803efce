"""When a mission wants to hear of us again, or to meet: a day to come back to, a meeting that is offered.

Precision first: a day to come back to is told only where the sentence asks us to write again and ties one day to it,
and a meeting only where it is offered to whoever wrote. Nothing comes of either by itself.
"""

from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from outreach.expressions import where
from outreach.inbox.finding import MailFinding
from outreach.inbox.meaning.clauses import LONGEST, MOST_CHARACTERS, evidence, plain, plain_line, sentences
from outreach.inbox.meaning.days import NamedDay, clock_time, days_in
from outreach.inbox.meaning.meetings import OFFERED
from outreach.inbox.meaning.proposals import wish
from outreach.vocabulary import MailKind, SubKind

_GENEVA = ZoneInfo("Europe/Zurich")
_FARTHEST = 120
"""Characters between the words that ask and the day."""


class ToldDay(NamedTuple):
    """A day, the time of day where one is told, and the sentence that tells it."""

    day: date | None
    time: str
    words: str


class Wishes(NamedTuple):
    """What a person's words propose to do together, or later."""

    meeting: ToldDay | None = None
    come_back: ToldDay | None = None


class ProposedDay(NamedTuple):
    """What is proposed of a meeting or a day, and the words that it rests on."""

    value: str
    """The day (ISO 8601), with the time of a meeting where one is told; of a meeting without a day, empty."""
    words: str


def proposed_days(finding: MailFinding, at: datetime) -> tuple[ProposedDay | None, ProposedDay | None]:
    """Return the meeting that a person's mail offers, and the day to come back to; `at` is when it was written.

    Days are counted from the day on which it was written in Geneva, where those who write are.
    """
    if finding.kind is not MailKind.REPLY or finding.sub_kind in (SubKind.NEWSLETTER, SubKind.FORWARD):
        return None, None
    told = wishes(finding.text, at.astimezone(_GENEVA).date())
    found, back = told
    meeting = ProposedDay(f"{found.day or ''} {found.time}".strip(), found.words) if found else None
    if (one := finding.meeting) is not None:
        words = ", ".join(filter(None, (one.what, one.begins, one.where)))
        meeting = ProposedDay(one.begins, evidence(f"an invitation: {words}")) if one.says == OFFERED else None
    return meeting, ProposedDay(str(back.day), back.words) if back else None


def wishes(text: str, written: date) -> Wishes:
    """Return what a text offers or asks for, with days counted from the one on which it was written."""
    meeting = come_back = None
    text = text[:MOST_CHARACTERS]
    whole = plain(text)
    if not any(wish(name, "words").may_match(whole) for name in ("meeting", "come_back")):
        return Wishes()
    for sentence in sentences(text):
        line = plain_line(sentence[:LONGEST])
        if come_back is None:
            come_back = _come_back(sentence, line, written)
        if meeting is None:
            meeting = _meeting(sentence, line, written)
    return Wishes(meeting, come_back)


def _come_back(sentence: str, line: str, written: date) -> ToldDay | None:
    asks = where(wish("come_back", "words"), line)
    if asks is None or where(wish("come_back", "but_not"), line) is not None:
        return None
    named = [one for one in days_in(line, written) if one.tied and _belongs(one, asks, line)]
    if not named:
        return None
    chosen = next((one for one in named if one.after), named[0])
    return ToldDay(chosen.first, "", evidence(sentence))


def _belongs(one: NamedDay, asks: tuple[int, int], line: str) -> bool:
    """Tell whether a day stands near the words that ask, and is none of another thing that is named between them."""
    between = line[asks[1] : one.start] if one.start >= asks[1] else line[one.end : asks[0]]
    if len(between) > _FARTHEST:
        return False
    return one.after or where(wish("come_back", "of_another"), between) is None


def _meeting(sentence: str, line: str, written: date) -> ToldDay | None:
    if where(wish("meeting", "words"), line) is None or where(wish("meeting", "but_not"), line) is not None:
        return None
    named = [one for one in days_in(line, written) if not one.after]
    exact = named[0].day if len(named) == 1 and named[0].exact else None
    return ToldDay(exact, clock_time(line) if exact else "", evidence(sentence))
