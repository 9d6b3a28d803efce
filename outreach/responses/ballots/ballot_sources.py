"""Opens whatever holds a recorded vote: a workbook, delimited text, plain text, a Word document, pasted words."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from outreach.errors import Problem, SheetError, at_line
from outreach.inbox.decoding import decode, html_text
from outreach.missions.books.cells import Cell, Sheet, column_letter, mend_letters
from outreach.missions.books.delimited import Delimited, decoded
from outreach.missions.books.opening import open_content
from outreach.missions.books.package import Handlers, Package, content_of, is_zip
from outreach.missions.books.sheet_bounds import MAX_TEXT
from outreach.responses.ballots.ballot import Ballot
from outreach.responses.ballots.ballot_grid import read_grid
from outreach.responses.ballots.ballot_text import MOST_TEXT, lines_of, read_text, said_afterwards
from outreach.sentences import Sentence, saying
from outreach.text import folded, one_line, unspoilt
from outreach.vocabulary import Vote

_TEXT = {".txt", ".text", ".md", ".eml", ""}
_DELIMITED = {".csv", ".tsv", ".tab"}
_DOCUMENT = "word/document.xml"
_PAGE = re.compile(rb"(?:\xef\xbb\xbf)?\s{0,200}<(?:!doctype\s{1,9}html|html|head|body|table|meta)\b", re.IGNORECASE)
_CHARSET = re.compile(rb"charset\s{0,5}=\s{0,5}[\"']?([\w.:-]{1,40})", re.IGNORECASE)
MOST_PAGE = 5_000_000
"""Of a saved page so many bytes are read: its words, and all that a browser writes around them."""
PASTED = "-"
"""The name that stands for what is pasted: standard input."""


@dataclass(slots=True)
class _Source:
    """What was opened: its sheets, and its lines by the sheet or text that they are of."""

    sheets: list[Sheet] = field(default_factory=list)
    lines: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    notes: list[Sentence] = field(default_factory=list)
    is_text: bool = False
    """Whether its lines are those of a text file, and its sheet what comes of parting them."""


def read_ballots(path: Path, *, sheet: str | None = None) -> tuple[list[Ballot], list[Sentence]]:
    """Return the recorded votes that a file holds, and what a person should know of how it was read."""
    return read_content(path.name, content_of(path), sheet=sheet)


def read_content(name: str, content: bytes, *, sheet: str | None = None) -> tuple[list[Ballot], list[Sentence]]:
    """Return the recorded votes in bytes that are at hand, such as what a person pasted; `-` names no file.

    Raises SheetError for what is no such file, is protected or too large, and for a sheet that is not there.
    """
    source = _opened(name, content)
    names = [one for one in source.lines if sheet is None or one == sheet]
    if not names:
        there = ", ".join(map(repr, source.lines))
        raise SheetError(
            "sheet.no-such-sheet", "{workbook} has no sheet {sheet!r}.", workbook=name, sheet=sheet, there=there,
            remedy="It has {there}.",
        )  # fmt: skip
    found: list[Ballot] = []
    for one in names:
        tables = [part for part in source.sheets if part.name == one]
        # A table that is read as one goes before the same cells read as lines, unless those tell a good deal more.
        ways = [(_OF_A_TABLE if not source.is_text else _OF_LINES, read_grid(part)) for part in tables]
        ways.append((_OF_LINES, read_text(source.lines[one], one)))
        ways += [(_OF_LINES, read_text(_lines(part), one)) for part in tables if source.is_text]
        _, best = max(ways, key=lambda way: way[0] * max(map(_weight, way[1]), default=0))
        found += best
        without = next((line for _, line in source.lines[one] if _WITHOUT_A_VOTE.search(folded(line[:_LONGEST]))), "")
        if without and not best:
            raise SheetError(
                "votes.none-taken",
                "{file} says that a text was adopted without a vote, and tells of no vote: there is none to take.",
                file=name, remedy="If there was one, paste the record of it.",
            )  # fmt: skip
        if without:
            for ballot in best:
                ballot.questions.append(
                    Problem(
                        "votes.without-a-vote",
                        'a text was adopted without a vote: "{words}"; the vote is on another, such as an amendment',
                        where=one, words=one_line(without)[:120],
                        remedy="Agree if the vote is the one that you mean.",
                    )
                )  # fmt: skip
        if best and (after := said_afterwards(source.lines[one])):
            source.notes.append(
                saying("votes.said-after", "Said after the vote, which it does not change: {words}",
                       words="; ".join(after[:_MOST_TOLD]))
            )  # fmt: skip
        if len(names) > 1:
            for ballot in best:
                ballot.other_names = (*ballot.other_names, one)
                if len(best) == 1:
                    ballot.label = one if ballot.label == one else f"{one}: {ballot.label}"
    return found, source.notes


_MOST_TOLD = 12
_LONGEST = 5_000
_WITHOUT_A_VOTE = re.compile(
    "|".join(map(folded, (
        "without a vote", "by consensus", "sans être mis aux voix", "sans vote", "par consensus", "sin votación",
        "sin someterlo a votación", "por consenso", "без голосования", "консенсусом", "未经表决", "协商一致",
        "دون تصويت", "بتوافق الآراء",
    )))
)  # fmt: skip
"""How a text is said to be adopted on which nobody voted."""
_OF_A_TABLE, _OF_LINES = 5, 4


def _weight(ballot: Ballot) -> int:
    """How much of a vote was understood: states with a vote, and those of which one is not understood."""
    said = [vote for vote in ballot.votes().values() if vote is not Vote.NOT_VOTING]
    return 2 * len(said) + len({cast.iso3 for cast in ballot.casts}) + len(ballot.problems)


def _opened(name: str, content: bytes) -> _Source:
    suffix = Path(name).suffix.lower()
    if is_zip(content) and Package(name, content).has(_DOCUMENT):
        return _document(Package(name, content))
    if _PAGE.match(content[:1_000]):
        return _page(name, content)
    source = _Source(is_text=not is_zip(content))
    if not is_zip(content) and (suffix in _TEXT | _DELIMITED or name == PASTED) and not content.startswith(b"%PDF"):
        text, source.notes = decoded(name, content)
        text = "\n".join(unspoilt(line) for line in text.splitlines())
        stem = Path(name).stem
        source.lines[stem] = [
            (at_line(name, number), line) for number, line in enumerate(text[:MOST_TEXT].splitlines(), start=1)
        ]
        try:
            source.sheets = [Delimited(name, content).read(stem)]
        except SheetError:
            if suffix in _DELIMITED:
                raise
        if suffix not in _DELIMITED and not _is_table(text):
            source.sheets = []
        for one in source.sheets:
            one.name = stem
        return source
    book = open_content(name, content)
    source.notes = book.notes
    hidden: frozenset[str] = getattr(book, "hidden_sheets", frozenset())
    for sheet in book.sheet_names:
        if sheet in hidden and len(book.sheet_names) > 1:
            source.notes.append(saying("votes.hidden-sheet", "Sheet {sheet!r} is hidden and is not read.", sheet=sheet))
            continue
        read = book.read(sheet)
        source.notes += mend_letters([read])
        source.sheets.append(read)
        source.lines[sheet] = _lines(read)
    return source


def _page(name: str, content: bytes) -> _Source:
    """Read a saved page of the web, whatever it is called: its lines, and its tables' rows as a sheet."""
    declared = _CHARSET.search(content[:2_048])
    stem, charset = Path(name).stem, declared[1].decode() if declared else ""
    lines = html_text(decode(content[:MOST_PAGE], charset), cells="\t")[:MOST_TEXT].splitlines()
    sheet = Sheet(stem)
    for row, line in enumerate(lines, start=1):
        if "\t" in line:
            parted = enumerate(line.split("\t"), start=1)
            sheet.rows[row] = {column: Cell(text[:MAX_TEXT]) for column, text in parted if text}
    return _Source([sheet], {stem: [(at_line(name, row), line) for row, line in enumerate(lines, start=1)]})


def _is_table(text: str) -> bool:
    """Tell whether plain text is laid out in columns: most lines part at tabs, semicolons or single commas."""
    lines = [line for line in text.splitlines()[:400] if line.strip()]
    return any(sum(line.count(mark) in range(1, 30) for line in lines) * 10 >= len(lines) * 7 for mark in "\t;|,")


def _lines(sheet: Sheet) -> list[tuple[str, str]]:
    """Return a sheet's rows as lines, cells parted by tabs, so that text pasted into cells is read as text."""
    found = []
    for row, cells in sorted(sheet.rows.items()):
        filled = [(number, cell.text.strip()) for number, cell in sorted(cells.items()) if cell.text.strip()]
        if filled:
            found.append((f"{sheet.name}!{column_letter(filled[0][0])}{row}", "\t".join(text for _, text in filled)))
    return lines_of(found)


def _document(package: Package) -> _Source:
    """Read a Word document's paragraphs as lines and its tables as sheets (ECMA-376 part 1, 17.2 to 17.4)."""
    source = _Source()
    reader = _DocumentReader(package.name)
    package.read(_DOCUMENT, Handlers(reader.start, reader.end, reader.text))
    name = Path(package.name).stem
    source.lines[name] = [(f"{package.name}, paragraph {n}", line) for n, line in enumerate(reader.lines, start=1)]
    source.sheets = [one for one in reader.tables if one.rows]
    for at, one in enumerate(source.sheets, start=1):
        one.name = name if len(source.sheets) == 1 else f"{name} table {at}"
    if len(source.sheets) > 1:
        source.lines = {**source.lines, **{one.name: _lines(one) for one in source.sheets}}
    return source


class _DocumentReader:
    """Gathers a document's paragraphs and tables as its elements go by; deleted words are no text."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.lines: list[str] = []
        self.tables: list[Sheet] = []
        self._words: list[str] = []
        self._open: list[tuple[Sheet, list[str]]] = []
        self._is_text = False
        self._length = 0

    def start(self, tag: str, _: Mapping[str, str]) -> None:
        match tag:
            case "t":
                self._is_text = True
            case "tab":
                self._words.append("\t")
            case "br" | "cr":
                self._words.append("\n")
            case "tbl":
                self._open.append((Sheet(self._name), []))
            case "tr" if self._open:
                sheet, _cells = self._open[-1]
                sheet.rows[len(sheet.rows) + 1] = {}
            case "tc" if self._open:
                self._open[-1][1].clear()
            case _:
                pass

    def end(self, tag: str) -> None:
        match tag:
            case "t":
                self._is_text = False
            case "p":
                words = "".join(self._words)
                self._words.clear()
                if self._open:
                    self._open[-1][1].append(words)
                else:
                    self.lines += re.split(r"\n", words)
            case "tc" if self._open:
                sheet, said = self._open[-1]
                text = "\n".join(said).strip()[:MAX_TEXT]
                cells = sheet.rows.get(len(sheet.rows))
                if cells is not None:
                    cells[len(cells) + 1] = Cell(text)
                said.clear()
            case "tbl" if self._open:
                sheet, _cells = self._open.pop()
                self.tables.append(sheet)
                self.lines += ["\t".join(cell.text for cell in cells.values()) for cells in sheet.rows.values()]
            case _:
                pass

    def text(self, words: str) -> None:
        if self._is_text and self._length < MOST_TEXT:
            self._length += len(words)
            self._words.append(words)
