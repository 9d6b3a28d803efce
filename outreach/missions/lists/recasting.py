"""A list of contacts made plain, and what is asked and told about how it was read."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from outreach.errors import Problem
from outreach.missions.books.cells import Sheet, of_rows
from outreach.missions.lists.list_finder import FoundList
from outreach.missions.result import MarkedCell
from outreach.sentences import Sentence, saying, some_of


@dataclass(frozen=True, slots=True)
class Headed:
    """The headings of a table by column, with what stands above them in further lines, and which columns are read."""

    headings: Mapping[int, str] = field(default_factory=dict)
    read: frozenset[int] = frozenset()


@dataclass(slots=True)
class Recast:
    """A list made plain: our columns, what a person is asked, and which contacts may not be written to."""

    sheet: Sheet
    sources: dict[int, tuple[str, int, Mapping[str, int]]] = field(default_factory=dict)
    """For each row: the sheet and row that it comes from, and the columns of its fields there."""
    questions: list[Problem] = field(default_factory=list)
    notes: list[Sentence] = field(default_factory=list)
    own: dict[str, int] = field(default_factory=dict)
    """The columns of the plain list that hold fields of one's own, by the field's name."""
    stopped: dict[str, str] = field(default_factory=dict)
    """Addresses, as compared, for the opt-out list, and the place that says so."""
    origin: tuple[Sheet, int] | None = None
    """The sheet and header row that it begins with, by which it is known again."""
    doubts: bool = False
    """Whether cells had to be repaired, filled or left out: where a sheet has our own headers, they are refused."""
    left: list[MarkedCell] = field(default_factory=list)
    """The cells for which rows are left out, if a person agrees."""
    accounted: set[str | tuple[str, int] | tuple[str, int, int]] = field(default_factory=set)
    """The sheets, rows and cells of which it is told that what stands there is not written to."""
    stops: dict[str, str] = field(default_factory=dict)
    """Addresses, as compared, that stand in a sheet of those who are not to be written to, and that sheet's name."""
    heads: dict[str, dict[int, Headed]] = field(default_factory=dict)
    """By sheet and the header row of each table in it, its headings; those of tables side by side together."""
    legend: Mapping[str, str] = field(default_factory=dict)
    """What colours mean by sheets that are no lists: those of which it says that they are not written to."""
    needed: bool = False
    """Whether the strict reader would have read it otherwise, or not at all."""


class Asking:
    """Gathers what a person is asked and told about a list, each kind once for all its rows."""

    def __init__(self, made: Recast) -> None:
        self.made = made
        self._of_kind: dict[str, list[str]] = {}

    def need(self, needed: object = True) -> None:
        """Remember that the strict reader would have read the list otherwise, if that is so."""
        self.made.needed |= bool(needed)

    def gather(self, kind: str, told: str, sheet: str) -> None:
        """Add to what is asked of a kind in a sheet."""
        self._of_kind.setdefault(f"?{kind}|{sheet}", []).append(told)

    def question(self, asked: Problem) -> None:
        """Ask about one thing."""
        self.made.needed = True
        self.made.doubts |= asked.says.code not in _GENTLE
        self.made.questions.append(asked)

    def mark_last(self, one: FoundList, row: int, column: int) -> None:
        """Remember the cell that was asked about last as one for which something is left out."""
        self.made.left.append(MarkedCell(one.sheet.name, row, column, self.made.questions[-1]))

    def note(self, kind: str, told: str, one: FoundList, *, asks: bool = False, needed: bool = True) -> None:
        """Tell a place of a kind, or ask about it; `needed` unless the strict reader would have read it so too."""
        self.made.needed |= needed
        self.made.doubts |= (
            kind
            in {"down", "down-merged", "no-row", "no-row-address", "role", "language", "active", "condition", "gender"}
            and needed
        )
        self._of_kind.setdefault(f"{'?' if asks or kind == 'down' else ''}{kind}|{one.sheet.name}", []).append(told)

    def finish(self) -> None:
        """Word what was gathered, each kind once for all its rows."""
        for key, told in self._of_kind.items():
            kind, _, name = key.partition("|")
            words = _WORDS[kind.lstrip("?")]
            if kind.startswith("?"):
                self.made.questions.append(
                    Problem("sheet.rows-read", "{words}: {rows}", words=words, rows=some_of(told), where=name)
                )
            else:
                self.made.notes.append(of_rows(name, words, told))


_GENTLE = {
    "sheet.stops",
    "cell.two-states",
    "cell.link-differs",
    "sheet.column-addresses",
    "sheet.blocks",
    "sheet.nearby",
    "sheet.names-in-part",
    "sheet.names-left",
}
_WORDS = {
    "down": saying("sheet.down", "rows without a state are taken for the one above"),
    "down-merged": saying("sheet.down-merged", "rows in a merged cell are taken for its state"),
    "no-row": saying("sheet.no-row", "rows that name no state and hold no address are not read"),
    "no-row-address": saying(
        "sheet.no-row-address", "rows that belong to no state hold addresses, which are not written to"
    ),
    "of-missions": saying(
        "sheet.of-missions", "what the mission is (an observer, a member) is nobody's function, and not taken"
    ),
    "several": saying("sheet.several", "several addresses in one cell are a contact each"),
    "no-address": saying("sheet.no-address", "rows without an address give no contact"),
    "vacant": saying("sheet.vacant", "nobody is named where it says so"),
    "apart": saying("sheet.apart", "titles and forms of address are taken out of names"),
    "no-function": saying(
        "sheet.no-function", "columns that are called functions and hold something else are not read"
    ),
    "role": saying("sheet.role", "functions that are not known are taken as general, and kept as titles"),
    "gender": saying("sheet.gender", "no gender form is read"),
    "other-gender": saying(
        "sheet.gender-of-form", "the form of address is of another gender than the row says, and not taken"
    ),
    "genders": saying(
        "sheet.genders", "a man by one word and a woman by another: no form of address and no gender form is read"
    ),
    "language": saying("sheet.language", "languages of which a letter knows none, or several, are read as"),
    "line": saying("sheet.line", "lines of the letter that are not known are read as To"),
    "blind": saying(
        "sheet.blind", "there is no blind copy: these are written to under Cc, which all who get the letter see"
    ),
    "unticked": saying("sheet.unticked", "rows that say neither yes nor no to letters are written to"),
    "active": saying("sheet.active", "what is neither yes nor no counts as not active"),
    "condition": saying("sheet.condition", "a yes with a condition counts as yes"),
    "footnote": saying("sheet.footnote", "footnotes are told, and change nothing"),
    "status": saying("sheet.status", "whoever has another status than left, bounced or the like is written to"),
    "succeeded": saying("sheet.succeeded", "of two people in a cell, the one who came after is named"),
    "former": saying("sheet.former", "addresses that are said to be old are not written to"),
    "to-leave": saying("sheet.to-leave", "people who will leave are still written to"),
    "out": saying("sheet.out", "not written to, since the sheet says so"),
    "block-beside": saying("sheet.block-beside", "words beside addresses that are not understood are not taken"),
    "block-sentence": saying("sheet.block-sentence", "addresses that a sentence speaks of are not written to"),
    "denied": saying("sheet.denied", "written to, since they are said not to have left, or not to be left out"),
    "out-listed": saying("sheet.out-listed", "not written to, since they stand in a sheet of those who are not"),
    "out-asked": saying("sheet.out-asked", "not written to, if that is what it means"),
    "person-again": saying(
        "sheet.person-again", "people who stand in two rows with another address each are written to at both"
    ),
    "header-again": saying("sheet.header-again", "rows that say the header once more are not read"),
    "struck": saying("sheet.struck", "words with a line through them are left out"),
}
