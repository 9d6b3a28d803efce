"""The columns of a report: what stands in each, what it means, and how wide it is. One list for every format."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from types import MappingProxyType
from typing import Generic, TypeVar

from outreach.reports.answer_texts import AnswerText
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


class CellKind(Enum):
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
class ReportColumn(Generic[RowT]):
    """One column of a sheet."""

    header: str
    width: float
    """In characters, as Excel counts."""
    kind: CellKind
    meaning: str
    value: Callable[[RowT], Value]
    """Points in time are UTC here; a writer brings them to the campaign's zone."""
    typed: bool = False
    """Whether a person may type into it, and `report import` takes it back."""
    workbook_only: bool = False
    """Whether it has a sense in a workbook only."""
    hidden: bool = False


MISSION_COLUMNS: tuple[ReportColumn[MissionRow], ...] = (
    ReportColumn("ISO3", 7, CellKind.WORD, "The state's three-letter code (ISO 3166-1).", lambda row: row.iso3),
    ReportColumn("Mission", 22, CellKind.PROSE, "The state whose mission was written to.", lambda row: row.mission),
    ReportColumn(
        "Regional group", 18, CellKind.PROSE, "The state's group at the United Nations.", lambda row: row.regional_group
    ),
    ReportColumn(
        "Member until",
        10,
        CellKind.NUMBER,
        "The last year of its term on the Human Rights Council; empty if it is no member on the as-of date.",
        lambda row: row.member_until,
    ),
    ReportColumn(
        "Recipients",
        34,
        CellKind.PROSE,
        "The addresses the letter goes to: To first, then Cc. Empty while there is no letter.",
        lambda row: "\n".join(row.recipients),
    ),
    ReportColumn("Language", 11, CellKind.WORD, "The language of the letter.", lambda row: LANGUAGES[row.language]),
    ReportColumn(
        "Sent",
        17,
        CellKind.MOMENT,
        "When the first mail server took the letter. Empty if it has not.",
        lambda row: row.sent_at,
    ),
    ReportColumn(
        "State",
        12,
        CellKind.WORD,
        "How far the letter has come towards the first mail server. The words are explained below.",
        lambda row: row.message_state.value if row.message_state else "",
    ),
    ReportColumn(
        "Reason", 34, CellKind.PROSE, "Why it is held, deferred, failed, uncertain or bounced.", lambda row: row.reason
    ),
    ReportColumn(
        "Delivery",
        12,
        CellKind.WORD,
        "What became of the letter after it was sent. The words are explained below.",
        lambda row: row.delivery.value if row.delivery else "",
    ),
    ReportColumn(
        "Answer", 14, CellKind.WORD, "Whether the mission has answered, and how.", lambda row: row.answer.value
    ),
    ReportColumn("Answered", 17, CellKind.MOMENT, "When it answered.", lambda row: row.answered_at),
    ReportColumn(
        "Position",
        15,
        CellKind.WORD,
        "Where the mission stands on what the letter asks. The list in the cell offers the seven words.",
        lambda row: row.position.value,
        typed=True,
    ),
    ReportColumn(
        "Vote",
        13,
        CellKind.WORD,
        "How the member voted, once the vote sheet is imported. Beside Position: what was said, and what was done.",
        lambda row: row.vote.value if row.vote else "",
    ),
    ReportColumn(
        "Note",
        34,
        CellKind.PROSE,
        "The last note that the team made about the mission's answer. The list offers usual ones; write any.",
        lambda row: row.note,
        typed=True,
    ),
    ReportColumn(
        "Answered how",
        16,
        CellKind.WORD,
        "For you to fill in where a mission answered otherwise than by mail: by phone, in a meeting, with a date.",
        lambda _: "",
        typed=True,
        workbook_only=True,
    ),
    ReportColumn(
        "Corrected address",
        30,
        CellKind.PROSE,
        "For you to fill in: the right address in place of the one that failed; or OLD > NEW where there are several.",
        lambda _: "",
        typed=True,
        workbook_only=True,
    ),
    ReportColumn(
        "Days waiting",
        9,
        CellKind.NUMBER,
        "Whole days since the letter was sent, while no person has answered. An automatic reply is no answer.",
        lambda row: row.days_waiting,
    ),
    ReportColumn(
        "Next step",
        38,
        CellKind.PROSE,
        "What to do next. Those that begin with Wait or Nothing ask for no hand.",
        lambda row: row.next_step,
    ),
    ReportColumn(
        "Row key",
        12,
        CellKind.WORD,
        "Hidden. By it the row is known again when the file comes back, however you sort. Leave it alone.",
        lambda row: row.key,
        workbook_only=True,
        hidden=True,
    ),
)

PROBLEM_COLUMNS: tuple[ReportColumn[MissionRow], ...] = (
    ReportColumn("ISO3", 7, CellKind.WORD, "The state's three-letter code.", lambda row: row.iso3),
    ReportColumn("Mission", 24, CellKind.PROSE, "The state whose mission was written to.", lambda row: row.mission),
    ReportColumn(
        "Problem", 20, CellKind.WORD, "What is wrong: bounced, failed, held, uncertain.", lambda row: row.trouble
    ),
    ReportColumn("What to do", 46, CellKind.PROSE, "The next step of your hand.", lambda row: row.next_step),
    ReportColumn(
        "Recipients", 36, CellKind.PROSE, "The addresses of the letter.", lambda row: "\n".join(row.recipients)
    ),
    ReportColumn("Sent", 17, CellKind.MOMENT, "When it was sent, if it was.", lambda row: row.sent_at),
    ReportColumn("Why", 56, CellKind.PROSE, "The reason, or the mail server's words.", lambda row: row.reason),
)

ANSWER_COLUMNS: tuple[ReportColumn[AnswerText], ...] = (
    ReportColumn("ISO3", 7, CellKind.WORD, "The state's three-letter code.", lambda words: words.iso3),
    ReportColumn("Mission", 24, CellKind.PROSE, "The state whose mission wrote.", lambda words: words.mission),
    ReportColumn("Received", 17, CellKind.MOMENT, "When it was written.", lambda words: words.received_at),
    ReportColumn(
        "Kind", 12, CellKind.WORD, "reply: a person wrote. auto-reply: a machine did.", lambda words: words.kind.value
    ),
    ReportColumn("From", 30, CellKind.PROSE, "The address that wrote.", lambda words: words.sender),
    ReportColumn("Subject", 30, CellKind.PROSE, "The subject of the answer.", lambda words: words.subject),
    ReportColumn(
        "What it says", 80, CellKind.PROSE, "The words, without quotes and signature.", lambda words: words.body
    ),
    ReportColumn("Position", 15, CellKind.WORD, "Where the mission stands now.", lambda words: words.position.value),
)


def _of_position(position: Position) -> Callable[[GroupRow], Value]:
    return lambda row: row.positions[position]


def _of_vote(vote: Vote) -> Callable[[GroupRow], Value]:
    return lambda row: row.votes[vote]


GROUP_COLUMNS: tuple[ReportColumn[GroupRow], ...] = (
    ReportColumn(
        "Regional group", 30, CellKind.WORD, "The group at the United Nations; All is the sum.", lambda row: row.group
    ),
    ReportColumn(
        "Missions", 11, CellKind.TALLY, "How many missions of the campaign are in it.", lambda row: row.missions
    ),
    ReportColumn("Sent", 11, CellKind.TALLY, "Letters that the first mail server took.", lambda row: row.sent),
    ReportColumn("Arrived", 11, CellKind.TALLY, "Accepted or delivered, and not bounced.", lambda row: row.delivered),
    ReportColumn("Bounced", 11, CellKind.TALLY, "Came back.", lambda row: row.bounced),
    ReportColumn("Answered", 11, CellKind.TALLY, "Answered by a person.", lambda row: row.answered),
    ReportColumn("Share answered", 11, CellKind.SHARE, "Answered, of those sent to.", lambda row: row.share_answered),
    *(
        ReportColumn(
            f"{position.value[0].upper()}{position.value[1:]}",
            11,
            CellKind.TALLY,
            "Missions of this position.",
            _of_position(position),
        )
        for position in Position
    ),
    *(
        ReportColumn(
            f"Voted {vote.value}" if vote is not Vote.NOT_VOTING else "Did not vote",
            11,
            CellKind.TALLY,
            "Members that voted so.",
            _of_vote(vote),
        )
        for vote in Vote
    ),
)

LOG_COLUMNS: tuple[ReportColumn[Event], ...] = (
    ReportColumn("Time", 20, CellKind.SECOND, "When it happened.", lambda event: event.at),
    ReportColumn("ISO3", 7, CellKind.WORD, "The state's three-letter code.", lambda event: event.iso3),
    ReportColumn("Mission", 24, CellKind.PROSE, "The state whose mission it is about.", lambda event: event.mission),
    ReportColumn(
        "What",
        14,
        CellKind.WORD,
        "What happened to the letter; or answer, position or note, where the team's record of the mission changed.",
        lambda event: event.what,
    ),
    ReportColumn(
        "Recipient",
        36,
        CellKind.PROSE,
        "The address it is about; empty where it is about the whole letter.",
        lambda event: event.recipient,
    ),
    ReportColumn("Status", 9, CellKind.WORD, "The mail server's status code (RFC 3463).", lambda event: event.status),
    ReportColumn("Detail", 64, CellKind.PROSE, "The mail server's words, or the person's.", lambda event: event.detail),
    ReportColumn(
        "Who", 20, CellKind.PROSE, "The person, the program (worker) or the inbox that did it.", lambda event: event.who
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
