"""The columns of a report: what stands in each, what it means, and how wide it is. One list for every format."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from types import MappingProxyType
from typing import Generic, TypeVar

from outreach.reports.answers import Words
from outreach.reports.groups import GroupRow
from outreach.reports.log import Event
from outreach.reports.table import MissionRow
from outreach.vocabulary import Language, Position, Vote

Value = str | int | float | datetime | None
RowT = TypeVar("RowT")

LANGUAGES: Mapping[Language, str] = MappingProxyType(
    {
        Language.ENGLISH: "English",
        Language.FRENCH: "French",
        Language.SPANISH: "Spanish",
        Language.ARABIC: "Arabic",
        Language.CHINESE: "Chinese",
        Language.RUSSIAN: "Russian",
    }
)


class Kind(Enum):
    """What a column holds, which decides how its cells look."""

    WORD = "a word or two"
    PROSE = "text that wraps"
    NUMBER = "a whole number"
    TALLY = "a whole number, of which none is a dash"
    SHARE = "a part of a whole, 0 to 1, shown as per cent"
    DAY = "a day, in the campaign's zone"
    MOMENT = "a point in time, in the campaign's zone, to the minute"
    SECOND = "a point in time, in the campaign's zone, to the second"


@dataclass(frozen=True, slots=True)
class Column(Generic[RowT]):
    """One column of a sheet."""

    header: str
    width: float
    """In characters, as Excel counts."""
    kind: Kind
    meaning: str
    value: Callable[[RowT], Value]
    """Points in time are UTC here; a writer brings them to the campaign's zone."""
    typed: bool = False
    """Whether a person may type into it, and `report import` takes it back."""
    workbook_only: bool = False
    """Whether it has a sense in a workbook only."""
    hidden: bool = False


MISSION_COLUMNS: tuple[Column[MissionRow], ...] = (
    Column("ISO3", 7, Kind.WORD, "The state's three-letter code (ISO 3166-1).", lambda row: row.iso3),
    Column("Mission", 22, Kind.PROSE, "The state whose mission was written to.", lambda row: row.mission),
    Column(
        "Regional group", 18, Kind.PROSE, "The state's group at the United Nations.", lambda row: row.regional_group
    ),
    Column(
        "Member until",
        10,
        Kind.NUMBER,
        "The last year of its term on the Human Rights Council; empty if it is no member on the as-of date.",
        lambda row: row.member_until,
    ),
    Column(
        "Recipients",
        34,
        Kind.PROSE,
        "The addresses the letter goes to: To first, then Cc. Empty while there is no letter.",
        lambda row: "\n".join(row.recipients),
    ),
    Column("Language", 11, Kind.WORD, "The language of the letter.", lambda row: LANGUAGES[row.language]),
    Column(
        "Sent",
        17,
        Kind.MOMENT,
        "When the first mail server took the letter. Empty if it has not.",
        lambda row: row.sent_at,
    ),
    Column(
        "State",
        12,
        Kind.WORD,
        "How far the letter has come towards the first mail server. The words are explained below.",
        lambda row: row.message_state.value if row.message_state else "",
    ),
    Column("Reason", 34, Kind.PROSE, "Why it is held, deferred, failed, uncertain or bounced.", lambda row: row.reason),
    Column(
        "Delivery",
        12,
        Kind.WORD,
        "What became of the letter after it was sent. The words are explained below.",
        lambda row: row.delivery.value if row.delivery else "",
    ),
    Column("Answer", 14, Kind.WORD, "Whether the mission has answered, and how.", lambda row: row.answer.value),
    Column("Answered", 17, Kind.MOMENT, "When it answered.", lambda row: row.answered_at),
    Column(
        "Position",
        15,
        Kind.WORD,
        "Where the mission stands on what the letter asks. The list in the cell offers the seven words.",
        lambda row: row.position.value,
        typed=True,
    ),
    Column(
        "Vote",
        13,
        Kind.WORD,
        "How the member voted, once the vote sheet is imported. Beside Position: what was said, and what was done.",
        lambda row: row.vote.value if row.vote else "",
    ),
    Column(
        "Note",
        34,
        Kind.PROSE,
        "The last note that the team made about the mission's answer. The list offers usual ones; write any.",
        lambda row: row.note,
        typed=True,
    ),
    Column(
        "Answered how",
        16,
        Kind.WORD,
        "For you to fill in where a mission answered otherwise than by mail: by phone, in a meeting, with a date.",
        lambda _: "",
        typed=True,
        workbook_only=True,
    ),
    Column(
        "Corrected address",
        30,
        Kind.PROSE,
        "For you to fill in: the right address in place of the one that failed; or OLD > NEW where there are several.",
        lambda _: "",
        typed=True,
        workbook_only=True,
    ),
    Column(
        "Days waiting",
        9,
        Kind.NUMBER,
        "Whole days since the letter was sent, while no person has answered. An automatic reply is no answer.",
        lambda row: row.days_waiting,
    ),
    Column(
        "Next step",
        38,
        Kind.PROSE,
        "What to do next. Those that begin with Wait or Nothing ask for no hand.",
        lambda row: row.next_step,
    ),
    Column(
        "Row key",
        12,
        Kind.WORD,
        "Hidden. By it the row is known again when the file comes back, however you sort. Leave it alone.",
        lambda row: row.key,
        workbook_only=True,
        hidden=True,
    ),
)

PROBLEM_COLUMNS: tuple[Column[MissionRow], ...] = (
    Column("ISO3", 7, Kind.WORD, "The state's three-letter code.", lambda row: row.iso3),
    Column("Mission", 24, Kind.PROSE, "The state whose mission was written to.", lambda row: row.mission),
    Column("Problem", 20, Kind.WORD, "What is wrong: bounced, failed, held, uncertain.", lambda row: row.trouble),
    Column("What to do", 46, Kind.PROSE, "The next step of your hand.", lambda row: row.next_step),
    Column("Recipients", 36, Kind.PROSE, "The addresses of the letter.", lambda row: "\n".join(row.recipients)),
    Column("Sent", 17, Kind.MOMENT, "When it was sent, if it was.", lambda row: row.sent_at),
    Column("Why", 56, Kind.PROSE, "The reason, or the mail server's words.", lambda row: row.reason),
)

ANSWER_COLUMNS: tuple[Column[Words], ...] = (
    Column("ISO3", 7, Kind.WORD, "The state's three-letter code.", lambda words: words.iso3),
    Column("Mission", 24, Kind.PROSE, "The state whose mission wrote.", lambda words: words.mission),
    Column("Received", 17, Kind.MOMENT, "When it was written.", lambda words: words.received_at),
    Column("Kind", 12, Kind.WORD, "reply: a person wrote. auto-reply: a machine did.", lambda words: words.kind.value),
    Column("From", 30, Kind.PROSE, "The address that wrote.", lambda words: words.sender),
    Column("Subject", 30, Kind.PROSE, "The subject of the answer.", lambda words: words.subject),
    Column("What it says", 80, Kind.PROSE, "The words, without quotes and signature.", lambda words: words.body),
    Column("Position", 15, Kind.WORD, "Where the mission stands now.", lambda words: words.position.value),
)


def _of_position(position: Position) -> Callable[[GroupRow], Value]:
    return lambda row: row.positions[position]


def _of_vote(vote: Vote) -> Callable[[GroupRow], Value]:
    return lambda row: row.votes[vote]


GROUP_COLUMNS: tuple[Column[GroupRow], ...] = (
    Column("Regional group", 30, Kind.WORD, "The group at the United Nations; All is the sum.", lambda row: row.group),
    Column("Missions", 11, Kind.TALLY, "How many missions of the campaign are in it.", lambda row: row.missions),
    Column("Sent", 11, Kind.TALLY, "Letters that the first mail server took.", lambda row: row.sent),
    Column("Arrived", 11, Kind.TALLY, "Accepted or delivered, and not bounced.", lambda row: row.delivered),
    Column("Bounced", 11, Kind.TALLY, "Came back.", lambda row: row.bounced),
    Column("Answered", 11, Kind.TALLY, "Answered by a person.", lambda row: row.answered),
    Column("Share answered", 11, Kind.SHARE, "Answered, of those sent to.", lambda row: row.share_answered),
    *(
        Column(f"{position.value[0].upper()}{position.value[1:]}", 11, Kind.TALLY, "Missions of this position.",
               _of_position(position))
        for position in Position
    ),
    *(
        Column(f"Voted {vote.value}" if vote is not Vote.NOT_VOTING else "Did not vote", 11, Kind.TALLY,
               "Members that voted so.", _of_vote(vote))
        for vote in Vote
    ),
)  # fmt: skip

LOG_COLUMNS: tuple[Column[Event], ...] = (
    Column("Time", 20, Kind.SECOND, "When it happened.", lambda event: event.at),
    Column("ISO3", 7, Kind.WORD, "The state's three-letter code.", lambda event: event.iso3),
    Column("Mission", 24, Kind.PROSE, "The state whose mission it is about.", lambda event: event.mission),
    Column(
        "What",
        14,
        Kind.WORD,
        "What happened to the letter; or answer, position or note, where the team's record of the mission changed.",
        lambda event: event.what,
    ),
    Column(
        "Recipient",
        36,
        Kind.PROSE,
        "The address it is about; empty where it is about the whole letter.",
        lambda event: event.recipient,
    ),
    Column("Status", 9, Kind.WORD, "The mail server's status code (RFC 3463).", lambda event: event.status),
    Column("Detail", 64, Kind.PROSE, "The mail server's words, or the person's.", lambda event: event.detail),
    Column(
        "Who", 20, Kind.PROSE, "The person, the program (worker) or the inbox that did it.", lambda event: event.who
    ),
)

WORDS: tuple[tuple[str, str, str], ...] = (
    ("State", "queued", "Approved, and waits for its time."),
    ("State", "sending", "Is being handed over at this moment."),
    ("State", "sent", "The first mail server has taken it. Whether it arrived is told by Delivery."),
    ("State", "deferred", "The mail server asked to try again later, and this is done by itself."),
    ("State", "failed", "The mail server refused it for good, or every try was spent."),
    (
        "State",
        "uncertain",
        "The line broke while it was handed over. A person decides; it is never sent again by itself.",
    ),
    ("State", "held", "Stopped before sending, for the reason given."),
    ("State", "cancelled", "A person decided that it does not go out."),
    ("Delivery", "accepted", "The mail server took it, and nothing has been heard since: the usual end."),
    ("Delivery", "delivered", "The mission's own server confirmed that it arrived."),
    ("Delivery", "delayed", "A server on the way reported that it is still trying."),
    ("Delivery", "bounced", "It came back: the address does not work."),
    ("Answer", "none", "Nothing came back yet."),
    ("Answer", "auto-reply", "A machine answered (out of office, receipt). No person has."),
    ("Answer", "acknowledged", "The mission confirmed that it has the letter, and no more."),
    ("Answer", "replied", "The mission answered."),
    ("Position", "unknown", "Not told, or not yet read and entered."),
    ("Position", "co-sponsor", "Puts its name to the resolution."),
    ("Position", "in favour", "Supports what the letter asks."),
    ("Position", "undecided", "Has answered, and is not decided."),
    ("Position", "abstain", "Means to abstain."),
    ("Position", "against", "Opposes what the letter asks."),
    ("Position", "declined to say", "Has answered, and does not say."),
)
"""The words of the closed lists, for a reader who has never seen them: column, word, meaning."""
