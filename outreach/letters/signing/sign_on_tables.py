"""Finds the tables of a sign-on sheet: heads, sections, lists under headings, columns of answers, remarks."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from outreach.errors import Problem, SheetError, at_line
from outreach.letters.signing.sign_on_answers import (
    AnswerColumn,
    AnswerSaid,
    is_answer,
    judged,
    remark_that_leaves,
    said_to,
)
from outreach.letters.signing.sign_on_columns import (
    ANSWERS,
    COLUMNS,
    SIGN_ON_KINDS,
    Column,
    SignOnField,
    column_in_language,
    column_of,
)
from outreach.letters.signing.sign_on_row import LONGEST_HEADING, WORD_OF_KIND, SheetSigner, SignOnTable, kind_in_words
from outreach.letters.signing.signers import SignOnRow
from outreach.missions.books.cells import Cell, Sheet, column_letter, column_number
from outreach.missions.books.opening import open_book
from outreach.sentences import Remedy, Sentence, saying
from outreach.text import folded, one_line
from outreach.vocabulary import Language, SignatoryKind

_MAX_BYTES = 5 * 1024 * 1024
_HEADER_WITHIN = 25
DELIMITED = {".csv", ".tsv", ".tab", ".txt"}
_SUM = re.compile(
    r"(?:grand )?(?:totals?|sum|subtotal|somme|suma|итого|всего|المجموع|合计|总计)"
    r"(?: (?:of )?(?:signator\w+|organi\w+|individuals?|general|\d+))*"
)

_SENTENCE_WORDS = 8
_SHORTENED = re.compile(r"\b(?:Inc|Ltd|Co|Corp|e\.\s?V|S\.\s?A|A\.\s?C|Jr|Sr)\.$")
_ACRONYM = re.compile(r"[^\W\d_a-z][\w&.-]*[^\W\d_a-z]|^\S{2,15}$")

_Columns = dict[int, tuple[SignOnField, Column]]

_NAMING = frozenset(
    {SignOnField.NAME, SignOnField.ORGANISATION, SignOnField.PERSON, SignOnField.FIRST, SignOnField.LAST}
)

Place = Callable[[int], str]
"""How a row's place is told."""


@dataclass(slots=True)
class SignOnReading:
    """What has been found so far."""

    today: date
    notes: list[Sentence] = field(default_factory=list)
    questions: list[Problem] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    rows: list[SignOnRow] = field(default_factory=list)
    left: list[SignOnRow] = field(default_factory=list)
    unlisted: list[tuple[str, str]] = field(default_factory=list)


def tables_of(path: Path, mapping: Mapping[str, str], found: SignOnReading) -> list[SignOnTable]:
    """Return the tables of a file of those who sign. Raises SheetError for a file that can't be read, or has none."""
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise SheetError("signatories.over-5-mb", "{path} is over 5 MB: no list of signatories is.", path=path.name)
    except OSError as error:
        raise SheetError(
            "file.not-read",
            "{path} can't be read: {error}.",
            path=path,
            error=error,
            remedy="Check the name and the folder.",
        ) from None
    book = open_book(path)
    delimited = path.suffix.lower() in DELIMITED
    found.notes += book.notes
    tables: list[SignOnTable] = []
    for title in book.sheet_names:
        sheet = book.read(title)
        lines = _numbers_of_lines(sheet) if delimited else {}

        def place(row: int, *, title: str = title, sheet: Sheet = sheet, lines: Mapping[int, int] = lines) -> str:
            return at_line(path.name, lines[row]) if lines else f"{title}!{column_letter(min(sheet.rows[row]))}{row}"

        written = written_list(path, sheet) if delimited and not mapping else None
        table = _listing(written, lambda row: at_line(path.name, row), found) if written else None
        if table is None:
            table = _table(sheet, WORD_OF_KIND.get(folded(title)), place, mapping, found)
        if table is None:
            table = _listing(_lines(sheet), place, found)
        if table is not None:
            tables.append(table)
    if not tables:
        raise SheetError(
            "signatories.columns-needed",
            "{place}: the columns kind and name are needed.",
            place=f"{path.name}, line 1" if delimited else path.name,
            remedy=_cure(),
        )
    return tables


def _numbers_of_lines(sheet: Sheet) -> dict[int, int]:
    """The line of each row of a delimited file: a cell may hold several."""
    numbers: dict[int, int] = {}
    more = 0
    for row in sorted(sheet.rows):
        more_here = sum(cell.text.count("\n") for cell in sheet.rows[row].values())
        numbers[row] = row + more + more_here
        more += more_here
    return numbers


@dataclass(slots=True)
class _SignOnHead:
    """The columns of a sheet under its headings, by their numbers."""

    texts: dict[int, str]
    """What stands over each; empty where nothing does."""
    columns: "_Columns"
    answers: dict[int, AnswerColumn]
    in_words: dict[int, tuple[SignOnField, Language]]
    unread: dict[int, str]


def head_of(sheet: Sheet, header: int, mapping: Mapping[str, str], where: str, found: SignOnReading) -> _SignOnHead:
    """Return what the head of a table says: its known columns, those of answers, and those that nobody reads."""
    texts = {number: cell.text for number, cell in sheet.rows[header].items()}
    in_words = {n: told for n, text in texts.items() if (told := column_in_language(text)) is not None}
    headings = {n: text for n, text in texts.items() if n not in in_words}
    below = [sheet.rows[row] for row in sorted(sheet.rows) if row > header]
    for number in {number for cells in below for number in cells} - texts.keys():
        headings[number] = ""  # what has no heading may say something all the same
    said = _said(mapping, headings, where)
    answers = _answers(headings, said, below)
    others = {n: text for n, text in headings.items() if n not in answers and said.get(n) != UNREAD}
    unanswered = frozenset(number for number in others if not _has_answers(number, below))
    columns = _columns(others, {n: name for n, name in said.items() if n in others}, where, unanswered)
    columns = _told_apart(columns, others, found)
    unread = {n: text for n, text in others.items() if n not in columns}
    return _SignOnHead(headings | texts, columns, answers, in_words, unread)


def _table(
    sheet: Sheet, kind: SignatoryKind | None, place: Place, mapping: Mapping[str, str], found: SignOnReading
) -> SignOnTable | None:
    header = header_of(sheet, mapping)
    if header is None:
        return None
    if area := next((area for area in sheet.merged if area.last_row > header), None):
        raise SheetError(
            "sheet.merged",
            "{title}!{area} is merged.",
            title=sheet.name,
            area=area,
            remedy="Unmerge it and write the value into each row.",
        )
    head = head_of(sheet, header, mapping, place(header), found)
    answers, columns, in_words = head.answers, head.columns, head.in_words
    table = SignOnTable(where=place(header), answers=list(answers.values()))
    table.in_words = frozenset(f"{language}.{name}" for name, language in in_words.values())
    for number, (name, column) in columns.items():
        table.columns[name] = column
        table.headings[name] = one_line(head.texts.get(number, ""))[:80]
    unread = {n: one_line(text)[:60] or column_letter(n) for n, text in head.unread.items()}
    above: SignatoryKind | None = kind
    category = ""
    for row in sorted(sheet.rows):
        filled = {number: cell for number, cell in sheet.rows[row].items() if cell.text.strip() or cell.no_value}
        if row <= header or not filled:
            continue
        if _SUM.fullmatch(folded(filled[min(filled)].text)):
            found.notes.append(saying("signatories.sum", "{place}: a sum, and nobody who signs.", place=place(row)))
            continue
        alone = len(filled) == 1 and columns.get(min(filled), (None,))[0] is not SignOnField.KIND
        only = filled[min(filled)].text if alone else ""
        if only and (section := _section(only)) is not None:
            above, category = section, ""
            continue
        if only and (own := _own_heading(only)):
            above, category = kind_in_words(folded(own)), own
            continue
        cells = {columns[number][0]: cell for number, cell in filled.items() if number in columns}
        if cells:
            line = SheetSigner(place(row), above, cells, category)
            line.in_words = {in_words[number]: cell for number, cell in filled.items() if number in in_words}
            line.answers = [(one, filled.get(number, Cell(""))) for number, one in answers.items() if one.obeyed]
            line.remarks = _remarks(sheet, row, unread, columns)
            table.lines.append(line)
    return table


UNREAD = "none"
"""What a person says of a column that is not to be read."""


def _said(mapping: Mapping[str, str], headings: Mapping[int, str], where: str) -> dict[int, SignOnField | str]:
    """What a person said of columns: their field, or that they are not read (`none=B+C`)."""
    said: dict[int, SignOnField | str] = {}
    for name, wanted in mapping.items():
        field_name = UNREAD if name.strip().lower() == UNREAD else _field(name)
        several = [wanted] if _is_there(wanted, headings) else wanted.split("+")
        if len(several) > 1 and field_name not in (UNREAD, SignOnField.STATUS, *ANSWERS):
            raise SheetError(
                "signatories.two-columns", "{place}: two columns could be {column}.", place=where,
                column=SIGN_ON_KINDS[field_name], remedy="Take one of them.",
            )  # fmt: skip
        for one in several:
            said[_named(name, one, headings, where)] = field_name
    return said


def _answers(
    headings: Mapping[int, str], said: Mapping[int, SignOnField | str], rows: Sequence[Mapping[int, Cell]]
) -> dict[int, AnswerColumn]:
    """The columns that say of each row whether it is to be listed, by what they hold: each of them is obeyed."""
    found = {}
    several = [row for row in rows if not _stands_over(row)]
    for number, text in sorted(headings.items()):
        heading = one_line(text)[:80] or column_letter(number)
        if number in said:
            name = said[number]
            if isinstance(name, SignOnField) and (name in ANSWERS or name is SignOnField.STATUS):
                found[number] = AnswerColumn(number, heading, name)
            continue
        filled = [row[number].text.strip() for row in several if number in row and row[number].text.strip()]
        column = column_of(text, no_answers=not _has_answers(number, rows))
        if (one := judged(number, heading, column, filled, len(several))) is not None:
            found[number] = one
    return found


def _stands_over(cells: Mapping[int, Cell]) -> bool:
    """Whether a row is a heading over others, or a sum below them."""
    texts = [cell.text for cell in cells.values() if cell.text.strip()]
    alone = len(texts) == 1 and (_section(texts[0]) is not None or bool(_own_heading(texts[0])))
    return not texts or alone or _SUM.fullmatch(folded(texts[0])) is not None


def _remarks(sheet: Sheet, row: int, unread: Mapping[int, str], columns: _Columns) -> list[tuple[str, str, str]]:
    """What is said in passing of a row's leaving: in columns that are not read, in comments, by a line through it."""
    cells = sheet.rows[row]
    told = [
        ("column", heading, one_line(cells[number].text)[:120])
        for number, heading in unread.items()
        if number in cells and remark_that_leaves(cells[number].text)
    ]
    comments = [text for (at, _), text in sheet.comments.items() if at == row and remark_that_leaves(text)]
    told += [("comment", "", one_line(text)[:120]) for text in comments]
    if any(cell.struck and n in columns and columns[n][0] in _NAMING for n, cell in cells.items()):
        told.append(("line", "", ""))
    return told


def header_of(sheet: Sheet, mapping: Mapping[str, str]) -> int | None:
    """The row of headings: of the first ones, that with the most known headings, if one of them names who signs."""
    best: tuple[int, int] | None = None
    wanted = {folded(column) for column in mapping.values()}
    lone = [next(iter(cells.values())).text for cells in sheet.rows.values() if len(cells) == 1]
    in_sections = sum(_section(text) is not None for text in lone)
    for row in sorted(sheet.rows)[:_HEADER_WITHIN]:
        texts = [cell.text for cell in sheet.rows[row].values() if cell.text.strip()]
        known = [column for text in texts if (column := column_of(text)) is not None]
        names = [column for column in known if column.field in _NAMING]
        asked = sum(folded(text) in wanted for text in texts)
        if len(texts) == 1:
            # An organisation's name has words of headings too; and what stands over a part of a list is none.
            is_section = _section(texts[0]) is not None and (in_sections > 1 or texts[0].rstrip().endswith(":"))
            names = [column for column in names if column.exact and not is_section]
        score = len(known) + asked
        # Another row has to be the heading clearly: rows of a list hold such words.
        if (names or asked) and (best is None or score > best[0] + 1):
            best = (score, row)
    if best is None and mapping:  # a person names columns by their letters, under headings that nobody knows
        letters = {number for column in mapping.values() for part in column.split("+")
                   if (number := column_number(part.strip())) is not None}  # fmt: skip
        return next((row for row in sorted(sheet.rows) if letters and letters <= sheet.rows[row].keys()), None)
    return best[1] if best else None


def _section(text: str) -> SignatoryKind | None:
    """The kind that a heading over names tells, such as `Organizations:` or `Individuals (8)`."""
    words = folded(re.sub(r"\([^()]*\)|\d+", " ", text))
    words = re.sub(r"^(?:signed by|signatories|signataires|firmantes|list of|the undersigned|the)\s+", "", words)
    return WORD_OF_KIND.get(words)


def _columns(
    headings: Mapping[int, str], said: Mapping[int, SignOnField | str], where: str, unanswered: frozenset[int]
) -> _Columns:
    columns: _Columns = {
        number: (name, Column(name, exact=True)) for number, name in said.items() if isinstance(name, SignOnField)
    }
    taken = {name for name, _ in columns.values()}
    # Whatever is exactly one of ours first; of two that are alike the first one.
    for exact in (True, False):
        for number, heading in sorted(headings.items()):
            column = column_of(heading, no_answers=number in unanswered)
            if number in columns or column is None or column.field is None or column.exact is not exact:
                continue
            name = column.field
            if name in taken:
                if exact:
                    raise SheetError(
                        "signatories.two-columns",
                        "{place}: two columns could be {column}.",
                        place=where,
                        column=(COLUMNS.get(name) or (str(name).capitalize(),))[0],
                        remedy="Rename one of the two.",
                    )
                continue
            columns[number] = (name, column)
            taken.add(name)
    return columns


def _has_answers(number: int, rows: Sequence[Mapping[int, Cell]]) -> bool:
    """Whether a column says yes or no: an empty one may, too."""
    filled = [cells[number].text for cells in rows if number in cells and cells[number].text.strip()]
    told = sum(is_answer(text) or said_to(SignOnField.CONSENT, text) is not AnswerSaid.UNCLEAR for text in filled)
    return 2 * told >= len(filled)


def _told_apart(columns: _Columns, headings: Mapping[int, str], found: SignOnReading) -> _Columns:
    """Say of a column of names whose they are, by the columns beside it; and note those that are not read."""
    by_field = {name: number for number, (name, _) in columns.items()}
    at = by_field.get(SignOnField.NAME)
    if at is not None:
        if SignOnField.FIRST in by_field and SignOnField.LAST not in by_field:
            columns[at] = (SignOnField.LAST, columns[at][1])  # Prénom, Nom
        elif SignOnField.LAST in by_field and SignOnField.FIRST not in by_field:
            columns[at] = (SignOnField.FIRST, columns[at][1])  # Nombre, Apellidos
        elif SignOnField.PERSON in by_field or SignOnField.FIRST in by_field:
            del columns[at]  # the account that filled the form in
        elif SignOnField.ORGANISATION in by_field:
            columns[at] = (SignOnField.PERSON, columns[at][1])
    unread = [
        one_line(text)[:60] for number, text in sorted(headings.items()) if number not in columns and text.strip()
    ]
    if unread:
        found.notes.append(
            saying("signatories.columns-unread", "Not read: the columns {columns}.", columns=", ".join(unread))
        )
    return columns


def _field(name: str) -> SignOnField:
    try:
        return SignOnField(name.strip().lower().replace(" ", "_"))
    except ValueError:
        raise SheetError(
            "signatories.no-field", "{name!r} is no field of a signatory.", name=name,
            known=", ".join((*SignOnField, UNREAD)), remedy="There is: {known}.",
        ) from None  # fmt: skip


def _is_there(wanted: str, headings: Mapping[int, str]) -> bool:
    return any(folded(heading) == folded(wanted) for heading in headings.values())


def _named(name: str, wanted: str, headings: Mapping[int, str], where: str) -> int:
    for number, heading in headings.items():
        if folded(heading) == folded(wanted) or one_line(heading) == one_line(wanted):
            return number
    lettered = column_number(wanted.strip())
    if lettered is None or lettered not in headings:
        raise SheetError(
            "signatories.no-column", "{place}: there is no column {wanted!r} for {name}.", place=where, wanted=wanted,
            name=name, known=", ".join(one_line(text)[:40] for text in headings.values()), remedy="There is: {known}.",
        )  # fmt: skip
    return lettered


def _own_heading(text: str) -> str:
    """The heading of a coalition's own that stands alone over names, such as `Former mandate holders:`; else empty."""
    bare = one_line(text)
    if not bare.endswith((":", "：")) or " / " in bare or len(bare) > LONGEST_HEADING:
        return ""
    return bare.rstrip(":： \u00a0\u202f")


def _lines(sheet: Sheet) -> dict[int, str]:
    """The rows of a sheet as lines of text."""
    return {
        row: ", ".join(cell.text.strip() for cell in cells.values() if cell.text.strip())
        for row, cells in sheet.rows.items()
    }


def written_list(path: Path, sheet: Sheet) -> dict[int, str] | None:
    """The lines of a text that is a list under headings, such as an open letter: its commas part no columns."""
    text = "\n".join(", ".join(cell.text for cell in cells.values()) for cells in sheet.rows.values())
    if not any(_section(line) is not None and line.rstrip().endswith(":") for line in text.split("\n")):
        return None
    content = path.read_bytes()
    for encoding in ("utf-8-sig", "utf-16") if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig",):
        try:
            lines = content.decode(encoding).splitlines()
            break
        except UnicodeError:
            continue
    else:
        return None
    headings = [line for line in lines if _section(line) is not None and line.rstrip().endswith(":")]
    # One heading and columns below it are a table all the same.
    is_list = len(headings) > 1 or not any(_header_like(cells) for cells in sheet.rows.values())
    return dict(enumerate(lines, start=1)) if is_list else None


def _header_like(cells: Mapping[int, Cell]) -> bool:
    known = [column for cell in cells.values() if (column := column_of(cell.text)) is not None and column.exact]
    return len(known) > 1


def _listing(lines: Mapping[int, str], place: Place, found: SignOnReading) -> SignOnTable | None:
    """A list without columns: headings such as `Individuals:`, and below each its names, `Name / Title`.

    The first heading is one of a kind, or stands in the first line; those of the coalition's own end with a colon. What
    stands before the first heading is the letter; a sentence behind the names ends the list, and is told.
    """
    kind: SignatoryKind | None = None
    category, begun = "", False
    table = SignOnTable(columns={SignOnField.NAME: Column(SignOnField.NAME, exact=True)})
    table.where = place(min(lines, default=1))
    filled = [row for row in sorted(lines) if lines[row].strip()]
    for at, row in enumerate(filled):
        text = lines[row].strip()
        if (section := _section(text)) is not None:
            kind, category, begun = section, "", True
        elif (begun or at == 0) and (own := _own_heading(text)):
            kind, category, begun = kind_in_words(folded(own)), own, True
        elif begun and _is_sentence(text):
            rest = filled[at:]
            if not any(_section(lines[later]) is not None for later in rest):
                found.questions.append(
                    Problem(
                        "signatories.list-ends",
                        "the list ends here, with {names} {names:*name|names}: “{text}” reads as no name; this and "
                        "{more} {more:*line|lines} after it are not taken",
                        names=len(table.lines), text=text[:80], more=len(rest) - 1, where=place(row),
                        remedy="If names follow, remove what stands between.",
                    )
                )  # fmt: skip
                break
            begun = False
        elif begun:
            table.lines.append(SheetSigner(place(row), kind, _in_list(text, kind), category))
    return table if table.lines else None


def _is_sentence(text: str) -> bool:
    words = text.split()
    return (
        len(words) >= _SENTENCE_WORDS and " / " not in text and text[-1] in ".!?。！？" and not _SHORTENED.search(text)
    )


def _in_list(text: str, kind: SignatoryKind | None) -> dict[SignOnField, Cell]:
    """Who a line of a list names: `Name / Title`, an organisation with its acronym in brackets."""
    name, stroke, title = (part.strip() for part in text.lstrip("-•*– ").partition(" / "))
    cells = {SignOnField.NAME: Cell(name), **({SignOnField.TITLE: Cell(title)} if stroke and title else {})}
    acronym = re.fullmatch(r"(.+?)\s*\(([^()]{2,20})\)", name)
    if kind is SignatoryKind.ORGANISATION and acronym and _ACRONYM.search(acronym[2]):
        cells |= {SignOnField.NAME: Cell(acronym[1]), SignOnField.ACRONYM: Cell(acronym[2])}
    return cells


def _cure() -> Remedy:
    return Remedy("Use: {columns}.", columns=", ".join(names[0] for names in COLUMNS.values()))
