"""The columns of a report: what stands in each, what it means, and how wide it is. One list for every format."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from enum import Enum, StrEnum
from types import MappingProxyType
from typing import Generic, TypeVar

from outreach.catalogues import ENGLISH_TONGUE, Tongue, Word
from outreach.missions.past import PastTally
from outreach.reports.answer_texts import AnswerText
from outreach.reports.groups import GroupRow, group_word
from outreach.reports.log import Event
from outreach.reports.moved import Moved
from outreach.reports.returned.rowkey import seal
from outreach.reports.table import MissionRow, years_in_words
from outreach.vocabulary import Answer, DeliveryStatus, MessageState, Position, Vote

Value = str | int | float | datetime | None
RowT = TypeVar("RowT")


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
    context: str = "column"
    """As which the catalogue of a language knows the header."""
    named: bool = False
    """Whether the header holds a name, such as a campaign's, and is written as it is."""

    def head(self, say: Tongue) -> str:
        """Return the header in a language."""
        return self.header if self.named else say.about(self.context, self.header)


def sealed_columns() -> list[ReportColumn[MissionRow]]:
    """Return the columns that are not for typing, whose cells a row's key seals: see `rowkey.seal`."""
    # The first two are known by the key itself; the others are said at the desk, and no report of before has them.
    apart = {"ISO3", "Answer", "Who", "Due", "Last comment"}
    return [one for one in MISSION_COLUMNS if not (one.typed or one.hidden or one.header in apart)]


def sealed_cells(
    row: MissionRow, say: Tongue = ENGLISH_TONGUE, columns: Sequence[ReportColumn[MissionRow]] = ()
) -> list[str]:
    """Return a row's sealed cells as the texts that are shown in a language; moments in UTC to the minute.

    Where it is asked of many rows, `columns` are the sealed ones.
    """
    values = [column.value(row) for column in columns or sealed_columns()]
    return [cell_text(value, say, UTC) for value in values]


def cell_text(value: Value, say: Tongue, tz: tzinfo) -> str:
    """Return what a cell says in a language, moments by a zone's clock, to the minute; empty for None."""
    if isinstance(value, datetime):
        return f"{value.astimezone(tz):%Y-%m-%d %H:%M}"
    return say.word(value) if isinstance(value, str) else "" if value is None else str(value)


def mission_columns(say: Tongue = ENGLISH_TONGUE) -> tuple[ReportColumn[MissionRow], ...]:
    """Return the columns of the list of missions, whose key seals what the cells show in a language."""

    columns = sealed_columns()

    def sealed(row: MissionRow) -> str:
        return seal(row.key, row.how, sealed_cells(row, say, columns))

    return tuple(replace(one, value=sealed) if one.hidden else one for one in MISSION_COLUMNS)


MISSION_COLUMNS: tuple[ReportColumn[MissionRow], ...] = (
    ReportColumn("ISO3", 7, CellKind.WORD, "The state's three-letter code (ISO 3166-1).", lambda row: row.iso3),
    ReportColumn("Mission", 22, CellKind.PROSE, "The state whose mission was written to.", lambda row: row.mission),
    ReportColumn(
        "Regional group",
        18,
        CellKind.PROSE,
        "The state's group at the United Nations.",
        lambda row: group_word(row.regional_group),
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
    ReportColumn(
        "Language",
        11,
        CellKind.WORD,
        "The language of the letter.",
        lambda row: Word("language", row.language.english),
    ),
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
        lambda row: row.message_state or "",
    ),
    ReportColumn(
        "Reason", 34, CellKind.PROSE, "Why it is held, deferred, failed, uncertain or bounced.", lambda row: row.reason
    ),
    ReportColumn(
        "Delivery",
        12,
        CellKind.WORD,
        "What became of the letter after it was sent. The words are explained below.",
        lambda row: row.delivery or "",
    ),
    ReportColumn("Answer", 14, CellKind.WORD, "Whether the mission has answered, and how.", lambda row: row.answer),
    ReportColumn("Answered", 17, CellKind.MOMENT, "When it answered.", lambda row: row.answered_at),
    ReportColumn(
        "Position",
        15,
        CellKind.WORD,
        "Where the mission stands on what the letter asks. The list in the cell offers the seven words.",
        lambda row: row.position,
        typed=True,
    ),
    ReportColumn(
        "Vote",
        13,
        CellKind.WORD,
        "How the member voted, once the vote sheet is imported. Beside Position: what was said, and what was done.",
        lambda row: row.vote or "",
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
        lambda row: row.how,
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
    ReportColumn("Who", 16, CellKind.PROSE, "Whose task the mission is.", lambda row: row.assigned),
    ReportColumn(
        "Due",
        11,
        CellKind.WORD,
        "Until when that is to be done.",
        lambda row: row.due_on.isoformat() if row.due_on else "",
    ),
    ReportColumn(
        "Last comment",
        40,
        CellKind.PROSE,
        "What the team said of it last, among itself; for nobody else.",
        lambda row: row.last_comment,
    ),
    ReportColumn(
        "Row key",
        12,
        CellKind.WORD,
        "Hidden. By it the row is known again when the file comes back, however you sort. Leave it alone.",
        lambda row: seal(row.key, row.how, sealed_cells(row)),
        workbook_only=True,
        hidden=True,
    ),
)

PROBLEM_COLUMNS: tuple[ReportColumn[MissionRow], ...] = (
    ReportColumn("ISO3", 7, CellKind.WORD, "The state's three-letter code.", lambda row: row.iso3),
    ReportColumn("Mission", 24, CellKind.PROSE, "The state whose mission was written to.", lambda row: row.mission),
    ReportColumn(
        "Problem",
        20,
        CellKind.WORD,
        "What is wrong: bounced, failed, held, uncertain.",
        lambda row: Word("trouble", row.trouble),
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
        "Kind", 12, CellKind.WORD, "reply: a person wrote. auto-reply: a machine did.", lambda words: words.kind
    ),
    ReportColumn("From", 30, CellKind.PROSE, "The address that wrote.", lambda words: words.sender),
    ReportColumn("Subject", 30, CellKind.PROSE, "The subject of the answer.", lambda words: words.subject),
    ReportColumn(
        "What it says", 80, CellKind.PROSE, "The words, without quotes and signature.", lambda words: words.body
    ),
    ReportColumn("Position", 15, CellKind.WORD, "Where the mission stands now.", lambda words: words.position),
    ReportColumn(
        "Attachments",
        30,
        CellKind.PROSE,
        "The files that came with it, and which of them can't be read.",
        lambda words: words.attachments,
    ),
    ReportColumn(
        "Attached note",
        80,
        CellKind.PROSE,
        "The first lines of the note verbale among them, else of the first file.",
        lambda words: words.note,
    ),
)


def _of_position(position: Position) -> Callable[[GroupRow], Value]:
    return lambda row: row.positions[position]


def _of_vote(vote: Vote) -> Callable[[GroupRow], Value]:
    return lambda row: row.votes[vote]


def _counts(
    header: str, meaning: str, value: Callable[[GroupRow], Value], kind: CellKind = CellKind.TALLY
) -> ReportColumn[GroupRow]:
    return ReportColumn(header, 11, kind, meaning, value, context="number of")


POSITION_HEADS: Mapping[Position, str] = MappingProxyType(
    {one: f"{one.value[0].upper()}{one.value[1:]}" for one in Position}
)
VOTE_HEADS: Mapping[Vote, str] = MappingProxyType(
    {one: "Did not vote" if one is Vote.NOT_VOTING else f"Voted {one.value}" for one in Vote}
)
GROUP_COLUMNS: tuple[ReportColumn[GroupRow], ...] = (
    ReportColumn(
        "Regional group",
        30,
        CellKind.WORD,
        "The group at the United Nations; All is the sum.",
        lambda row: group_word(row.group),
    ),
    _counts("Missions", "How many missions of the campaign are in it.", lambda row: row.missions),
    _counts("Sent", "Letters that the first mail server took.", lambda row: row.sent),
    _counts("Accepted or delivered", "Taken by a mail server, and not bounced.", lambda row: row.delivered),
    _counts("Bounced", "Came back.", lambda row: row.bounced),
    _counts("Answered", "Answered by a person.", lambda row: row.answered),
    _counts("Share answered", "Answered, of those sent to.", lambda row: row.share_answered, CellKind.SHARE),
    *(_counts(POSITION_HEADS[one], "Missions of this position.", _of_position(one)) for one in Position),
    *(_counts(VOTE_HEADS[one], "Members that voted so.", _of_vote(one)) for one in Vote),
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

MOVED_COLUMNS: tuple[ReportColumn[Moved], ...] = (
    ReportColumn("ISO3", 7, CellKind.WORD, "The state's three-letter code.", lambda moved: moved.iso3),
    ReportColumn("Mission", 24, CellKind.PROSE, "The state whose mission it is about.", lambda moved: moved.mission),
    ReportColumn("What", 18, CellKind.WORD, "What is otherwise than it was.", lambda moved: moved.what),
    ReportColumn("Before", 30, CellKind.PROSE, "What it was at the last report.", lambda moved: moved.old),
    ReportColumn("Now", 30, CellKind.PROSE, "What it is now.", lambda moved: moved.new),
    ReportColumn("When", 17, CellKind.MOMENT, "When it last changed.", lambda moved: moved.at),
)


def _cast(vote: Vote) -> Callable[[PastTally], Value]:
    return lambda past: past.votes[vote]


PAST_COLUMNS: tuple[ReportColumn[PastTally], ...] = (
    ReportColumn("ISO3", 7, CellKind.WORD, "The state's three-letter code.", lambda past: past.iso3),
    ReportColumn("Mission", 28, CellKind.PROSE, "The state.", lambda past: past.mission),
    *(
        ReportColumn(
            VOTE_HEADS[one],
            14,
            CellKind.TALLY,
            "How often it voted so in past years; the past, and no position.",
            _cast(one),
            context="number of",
        )
        for one in Vote
    ),
    ReportColumn(
        "From year", 10, CellKind.NUMBER, "The year of the first of these votes.", lambda past: past.first_year
    ),
    ReportColumn("To year", 10, CellKind.NUMBER, "The year of the last of these votes.", lambda past: past.last_year),
)

_YEARS = "How it voted in each year on the campaign's subject; the past, and no position."
YEARS_COLUMN: ReportColumn[PastTally] = ReportColumn("Year by year", 44, CellKind.PROSE, _YEARS, lambda _: None)


def past_columns(rows: Sequence[PastTally], say: Tongue) -> tuple[ReportColumn[PastTally], ...]:
    """Return the columns of the votes of past years; where these are of one subject, with the vote of each year."""
    if not any(row.years for row in rows):
        return PAST_COLUMNS
    return (*PAST_COLUMNS, replace(YEARS_COLUMN, value=lambda past: years_in_words(past.years, say)))


WORDS: tuple[tuple[str, StrEnum, str], ...] = (
    ("State", MessageState.QUEUED, "Approved, and waits for its time."),
    ("State", MessageState.SENDING, "Is being handed over at this moment."),
    ("State", MessageState.SENT, "The first mail server has taken it. Whether it arrived is told by Delivery."),
    ("State", MessageState.DEFERRED, "The mail server asked to try again later, and this is done by itself."),
    ("State", MessageState.FAILED, "The mail server refused it for good, or every try was spent."),
    (
        "State",
        MessageState.UNCERTAIN,
        "The line broke while it was handed over. A person decides; it is never sent again by itself.",
    ),
    ("State", MessageState.HELD, "Stopped before sending, for the reason given."),
    ("State", MessageState.CANCELLED, "A person decided that it does not go out."),
    ("Delivery", DeliveryStatus.ACCEPTED, "The mail server took it, and nothing has been heard since: the usual end."),
    ("Delivery", DeliveryStatus.DELIVERED, "The mission's own server confirmed that it arrived."),
    ("Delivery", DeliveryStatus.DELAYED, "A server on the way reported that it is still trying."),
    ("Delivery", DeliveryStatus.BOUNCED, "It came back: the address does not work."),
    ("Answer", Answer.NONE, "Nothing came back yet."),
    ("Answer", Answer.AUTO_REPLY, "A machine answered (out of office, receipt). No person has."),
    ("Answer", Answer.ACKNOWLEDGED, "The mission confirmed that it has the letter, and no more."),
    ("Answer", Answer.REPLIED, "The mission answered."),
    ("Position", Position.UNKNOWN, "Not told, or not yet read and entered."),
    ("Position", Position.CO_SPONSOR, "Puts its name to the resolution."),
    ("Position", Position.IN_FAVOUR, "Supports what the letter asks."),
    ("Position", Position.UNDECIDED, "Has answered, and is not decided."),
    ("Position", Position.ABSTAIN, "Means to abstain."),
    ("Position", Position.AGAINST, "Opposes what the letter asks."),
    ("Position", Position.DECLINED, "Has answered, and does not say."),
)
"""The words of the closed lists, for a reader who has never seen them: column, word, meaning."""
