"""Reads the sheet of those who sign: ours, the export of a web form, or a list under headings. Every bad row is listed.

Columns are found by their headings (sign_on_columns.py), or named by a person. Whether a row is a person or an
organisation is what its kind says, or the sheet or heading that it stands under, or which of its columns are filled: an
organisation and a person in one row are an organisation and who signs for it. Consent and withdrawal are obeyed. What
had to be guessed, and what may be a double, is a question: nothing is taken before somebody has agreed.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from outreach import clock
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
from outreach.letters.signing.sign_on_days import Day, NoDay, days_of
from outreach.letters.signing.sign_on_doubles import near_duplicates
from outreach.letters.signing.signers import LetterSignatory, SignOnRow
from outreach.missions.books.cell_values import Unusable, plain
from outreach.missions.books.cells import Cell, Sheet, column_letter, column_number
from outreach.missions.books.opening import open_book
from outreach.missions.facts import find_state
from outreach.missions.matching import ShownColumn
from outreach.sentences import Remedy, Sentence, saying
from outreach.text import folded, one_line
from outreach.vocabulary import Language, SignatoryKind

_MAX_BYTES = 5 * 1024 * 1024
_MAX_ROWS = 20_000
_HEADER_WITHIN = 25
_MOST_NAMES = 8
_DELIMITED = {".csv", ".tsv", ".tab", ".txt"}

_KINDS = {
    SignatoryKind.INDIVIDUAL: ("individual", "individuals", "person", "people", "personne", "personnes", "individu",
                               "individus", "persona", "personas", "individuo", "individuos", "particuliers",
                               "физические лица",
                               "частные лица", "الأفراد", "个人", "individual signatories", "persons"),
    SignatoryKind.ORGANISATION: ("organisation", "organisations", "organization", "organizations", "organización",
                                 "organizaciones", "ngo", "ngos", "ong", "group", "association", "организации",
                                 "المنظمات",
                                 "组织", "associations", "groups", "institutions", "civil society organisations",
                                 "civil society organizations"),
}  # fmt: skip
_WORD_OF_KIND = {folded(word): kind for kind, words in _KINDS.items() for word in words}
_SAYS_PERSON = re.compile(
    r"\b(?:individual\w*|individu\w*|person(?:al|ne|a)?|myself|citizen|expert|academic|professor|scholar|journalist|"
    r"lawyer|parliamentarian|"
    r"mp|titre (?:individuel|personnel)|titulo (?:individual|personal)|particulier|физическ\w*|частн\w*|личн\w*)\b|"
    r"个人|فرد|شخص"
)
_SAYS_ORGANISATION = re.compile(
    r"\b(?:organi[sz]ation\w*|organizacion\w*|organisme\w*|ngos?|ongs?|inspo|cso|csos|behalf|association|asociacion|"
    r"coalition|network|group|"
    r"union|institution|institut[eo]?|university|foundation|trust|think tank|company|collective|nom d une|"
    r"nombre de (?:una|la)|"
    r"организац\w*|юридич\w*|movement|church|faith based|non profit|nonprofit|not for profit)\b|组织|机构|منظمة"
)
_ORGANISATION_IN_NAME = re.compile(
    r"\b(?:archiv\w*|trust|desk|network|society|societe|sociedad|association|asociacion|asociación|associacao|centre|"
    r"center|centro|"
    r"foundation|fondation|fundacion|institut\w*|initiative|iniciativa|watch|alliance|alianza|coalition|coalicion|"
    r"committee|comite|"
    r"council|union|federation|federacion|movement|forum|foro|campaign|project|rights|droits|derechos|justice|"
    r"justicia|international|"
    r"internacional|organi[sz]ation|organizacion|group|grupo|collectif|colectivo|collective|press|league|ligue|liga|"
    r"observatory|"
    r"observatoire|observatorio|reseau|red|action|accion|solidarity|solidarite|legal|law|media|voices|records|museum|"
    r"library|university|"
    r"universite|universidad|inc|ltd|ev|asbl|gmbh|ngo|ong|for|pour|para|against|contre|contra|chamber|bureau|office|"
    r"house|"
    r"фонд|центр|союз|общество|организация|комитет|сеть|архив|движение|ассоциация|منظمة|جمعية|مركز|شبكة|مؤسسة|رابطة)\b|"
    r"协会|中心|基金|联盟|组织|委员会|社|网络"
)
_NOTHING = frozenset({
    "", "n a", "na", "none", "nil", "no", "non", "nobody", "individual", "self", "myself", "independent",
    "not applicable",
    "sans", "aucune", "aucun", "ninguna", "ninguno", "no aplica", "нет", "لا يوجد", "无", "null", "nan", "s o",
    "tbc", "anonymous",
})  # fmt: skip
_TRIED = re.compile(
    r"(?:test|testing|asdf\w*|qwert\w*|xxx+|essai|prueba|тест|abc|foo|bar|dummy|sample)(?: (?:test|organi[sz]ation|"
    r"ngo|name|user|\d+))*"
)
_SUM = re.compile(
    r"(?:grand )?(?:totals?|sum|subtotal|somme|suma|итого|всего|المجموع|合计|总计)"
    r"(?: (?:of )?(?:signator\w+|organi\w+|individuals?|general|\d+))*"
)
_WEBSITE = re.compile(r"(?:https?://)?[^\s/.@:?#]+(?:\.[^\s/.@:?#]+)+(?:[/?#]\S*)?")


_LONGEST_HEADING = 80
_LONGEST_WORDS = 300
_SENTENCE_WORDS = 8
_SHORTENED = re.compile(r"\b(?:Inc|Ltd|Co|Corp|e\.\s?V|S\.\s?A|A\.\s?C|Jr|Sr)\.$")
_ACRONYM = re.compile(r"[^\W\d_a-z][\w&.-]*[^\W\d_a-z]|^\S{2,15}$")

_Columns = dict[int, tuple[SignOnField, Column]]
_NAMING = frozenset(
    {SignOnField.NAME, SignOnField.ORGANISATION, SignOnField.PERSON, SignOnField.FIRST, SignOnField.LAST}
)

Place = Callable[[int], str]
"""How a row's place is told."""


@dataclass(frozen=True, slots=True)
class SignOn:
    """What a sheet holds, what a person should look at, and what a person has to agree to."""

    rows: tuple[SignOnRow, ...]
    notes: tuple[Sentence, ...]
    questions: tuple[Problem, ...] = ()
    left: tuple[SignOnRow, ...] = ()
    """The rows of those who are not to be listed, by their own word or by that of a column."""


@dataclass(slots=True)
class _SignOnRow:
    """A row as it was read: where it stands, what is over it, and the text of each known field."""

    where: str
    kind: SignatoryKind | None
    """Of the sheet or heading that it stands under."""
    cells: dict[SignOnField, Cell]
    category: str = ""
    """The own heading that it stands under."""
    in_words: dict[tuple[SignOnField, Language], Cell] = field(default_factory=dict)
    """What the sheet says in a language."""
    day: Day | NoDay | None = None
    answers: list[tuple[AnswerColumn, Cell]] = field(default_factory=list)
    """What it says under each column of answers; an empty cell where it says nothing."""
    remarks: list[tuple[str, str, str]] = field(default_factory=list)
    """What says in passing that it does not sign: a column, a comment or a line through it, its heading, the words."""
    left_out: bool = False
    """Whether it is not to be listed."""


@dataclass(slots=True)
class _Table:
    """The rows of one sheet, and which of its columns were found."""

    lines: list[_SignOnRow] = field(default_factory=list)
    columns: dict[SignOnField, Column] = field(default_factory=dict)
    headings: dict[SignOnField, str] = field(default_factory=dict)
    where: str = ""
    answers: list[AnswerColumn] = field(default_factory=list)
    in_words: frozenset[str] = frozenset()
    """The columns that it has in a language, as `fr.title`."""


@dataclass(slots=True)
class _SignOnReading:
    """What has been found so far."""

    today: date
    notes: list[Sentence] = field(default_factory=list)
    questions: list[Problem] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    rows: list[SignOnRow] = field(default_factory=list)
    left: list[SignOnRow] = field(default_factory=list)
    unlisted: list[tuple[str, str]] = field(default_factory=list)


def read_sign_on(path: Path, mapping: Mapping[str, str] | None = None, *, today: date | None = None) -> SignOn:
    """Read a sheet of signatories (.xlsx, .ods, .csv, .tsv, or a list as .txt).

    `mapping` says by field which column is meant, by its heading or letter; `today` is the reader's day, in UTC if not
    told. Raises SheetError: one sentence for a file that can't be read, or one Problem for every row that can't be
    taken.
    """
    found = _SignOnReading(today or clock.now().date())
    tables = _tables(path, mapping or {}, found)
    if sum(len(table.lines) for table in tables) > _MAX_ROWS:
        raise SheetError(
            "signatories.too-many",
            "{path} has over {max_rows:,} rows: no list of signatories has.",
            path=path.name,
            max_rows=_MAX_ROWS,
        )
    for table in tables:
        _read_table(table, found)
    if found.problems:
        raise SheetError(
            "signatories.refused",
            "{path} can't be taken; nothing was changed.",
            path=path.name,
            problems=found.problems,
        )
    rows = _each_once(found)
    if found.unlisted:
        names = "; ".join(f"{name} ({where})" for name, where in found.unlisted)
        found.notes.append(
            saying(
                "signatories.unlisted", "Not in the list, as they asked or as their status says: {names}.", names=names
            )
        )
    return SignOn(tuple(rows), tuple(found.notes), (*found.questions, *near_duplicates(rows)), tuple(found.left))


# ------------------------------------------------------------------------------------------------ sheets and columns


def _tables(path: Path, mapping: Mapping[str, str], found: _SignOnReading) -> list[_Table]:
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
    delimited = path.suffix.lower() in _DELIMITED
    found.notes += book.notes
    tables: list[_Table] = []
    for title in book.sheet_names:
        sheet = book.read(title)
        lines = _numbers_of_lines(sheet) if delimited else {}

        def place(row: int, *, title: str = title, sheet: Sheet = sheet, lines: Mapping[int, int] = lines) -> str:
            return at_line(path.name, lines[row]) if lines else f"{title}!{column_letter(min(sheet.rows[row]))}{row}"

        written = _written_list(path, sheet) if delimited and not mapping else None
        table = _listing(written, lambda row: at_line(path.name, row), found) if written else None
        if table is None:
            table = _table(sheet, _WORD_OF_KIND.get(folded(title)), place, mapping, found)
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


def _head_of(sheet: Sheet, header: int, mapping: Mapping[str, str], where: str, found: _SignOnReading) -> _SignOnHead:
    texts = {number: cell.text for number, cell in sheet.rows[header].items()}
    in_words = {n: told for n, text in texts.items() if (told := column_in_language(text)) is not None}
    headings = {n: text for n, text in texts.items() if n not in in_words}
    below = [sheet.rows[row] for row in sorted(sheet.rows) if row > header]
    for number in {number for cells in below for number in cells} - texts.keys():
        headings[number] = ""  # what has no heading may say something all the same
    said = _said(mapping, headings, where)
    answers = _answers(headings, said, below)
    others = {n: text for n, text in headings.items() if n not in answers and said.get(n) != _UNREAD}
    unanswered = frozenset(number for number in others if not _has_answers(number, below))
    columns = _columns(others, {n: name for n, name in said.items() if n in others}, where, unanswered)
    columns = _told_apart(columns, others, found)
    unread = {n: text for n, text in others.items() if n not in columns}
    return _SignOnHead(headings | texts, columns, answers, in_words, unread)


_SAMPLES, _MOST_SHOWN = 3, 60


def sign_on_columns(path: Path, mapping: Mapping[str, str] | None = None) -> list[ShownColumn]:
    """Return the columns of a sheet of signatories, with samples and what each is taken for (a key of SIGN_ON_KINDS).

    Empty for a file of several sheets and for a list without columns. Raises SheetError as `read_sign_on` does.
    """
    book = open_book(path)
    sheets = [one for title in book.sheet_names if (one := book.read(title)).rows]
    if len(sheets) != 1 or (path.suffix.lower() in _DELIMITED and not mapping and _written_list(path, sheets[0])):
        return []
    sheet = sheets[0]
    header = _header_of(sheet, mapping or {})
    kinds: dict[int, str] = {}
    if header is not None:
        found = _head_of(sheet, header, mapping or {}, path.name, _SignOnReading(clock.now().date()))
        kinds |= {number: name.value for number, (name, _) in found.columns.items()}
        kinds |= {number: one.field.value for number, one in found.answers.items() if one.obeyed}
        kinds |= {number: f"{name}.{language}" for number, (name, language) in found.in_words.items()}
    rows = [row for row in sorted(sheet.rows) if row > (header or min(sheet.rows))]
    first = sheet.rows[header or min(sheet.rows)]
    shown = []
    for number in sorted({number for row in rows for number in sheet.rows[row]} | first.keys())[:_MOST_SHOWN]:
        texts = [
            one_line(cell.text)[:40] for row in rows if (cell := sheet.rows[row].get(number)) and cell.text.strip()
        ]
        heading = one_line(first[number].text)[:60] if number in first else ""
        taken_for = kinds.get(number, _UNREAD)
        if taken_for in SIGN_ON_KINDS:  # what is said in a language stays so
            shown.append(ShownColumn(column_letter(number), heading, tuple(texts[:_SAMPLES]), taken_for))
    return shown


def _table(
    sheet: Sheet, kind: SignatoryKind | None, place: Place, mapping: Mapping[str, str], found: _SignOnReading
) -> _Table | None:
    header = _header_of(sheet, mapping)
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
    head = _head_of(sheet, header, mapping, place(header), found)
    answers, columns, in_words = head.answers, head.columns, head.in_words
    table = _Table(where=place(header), answers=list(answers.values()))
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
            above, category = _kind_in_words(folded(own)), own
            continue
        cells = {columns[number][0]: cell for number, cell in filled.items() if number in columns}
        if cells:
            line = _SignOnRow(place(row), above, cells, category)
            line.in_words = {in_words[number]: cell for number, cell in filled.items() if number in in_words}
            line.answers = [(one, filled.get(number, Cell(""))) for number, one in answers.items() if one.obeyed]
            line.remarks = _remarks(sheet, row, unread, columns)
            table.lines.append(line)
    return table


_UNREAD = "none"
"""What a person says of a column that is not to be read."""


def _said(mapping: Mapping[str, str], headings: Mapping[int, str], where: str) -> dict[int, SignOnField | str]:
    """What a person said of columns: their field, or that they are not read (`none=B+C`)."""
    said: dict[int, SignOnField | str] = {}
    for name, wanted in mapping.items():
        field_name = _UNREAD if name.strip().lower() == _UNREAD else _field(name)
        several = [wanted] if _is_there(wanted, headings) else wanted.split("+")
        if len(several) > 1 and field_name not in (_UNREAD, SignOnField.STATUS, *ANSWERS):
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


def _header_of(sheet: Sheet, mapping: Mapping[str, str]) -> int | None:
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
    return _WORD_OF_KIND.get(words)


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


def _told_apart(columns: _Columns, headings: Mapping[int, str], found: _SignOnReading) -> _Columns:
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
            known=", ".join((*SignOnField, _UNREAD)), remedy="There is: {known}.",
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
    if not bare.endswith((":", "：")) or " / " in bare or len(bare) > _LONGEST_HEADING:
        return ""
    return bare.rstrip(":： \u00a0\u202f")


def _lines(sheet: Sheet) -> dict[int, str]:
    """The rows of a sheet as lines of text."""
    return {
        row: ", ".join(cell.text.strip() for cell in cells.values() if cell.text.strip())
        for row, cells in sheet.rows.items()
    }


def _written_list(path: Path, sheet: Sheet) -> dict[int, str] | None:
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


def _listing(lines: Mapping[int, str], place: Place, found: _SignOnReading) -> _Table | None:
    """A list without columns: headings such as `Individuals:`, and below each its names, `Name / Title`.

    The first heading is one of a kind, or stands in the first line; those of the coalition's own end with a colon. What
    stands before the first heading is the letter; a sentence behind the names ends the list, and is told.
    """
    kind: SignatoryKind | None = None
    category, begun = "", False
    table = _Table(columns={SignOnField.NAME: Column(SignOnField.NAME, exact=True)})
    table.where = place(min(lines, default=1))
    filled = [row for row in sorted(lines) if lines[row].strip()]
    for at, row in enumerate(filled):
        text = lines[row].strip()
        if (section := _section(text)) is not None:
            kind, category, begun = section, "", True
        elif (begun or at == 0) and (own := _own_heading(text)):
            kind, category, begun = _kind_in_words(folded(own)), own, True
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
            table.lines.append(_SignOnRow(place(row), kind, _in_list(text, kind), category))
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


# ------------------------------------------------------------------------------------------------------------- rows


def _read_table(table: _Table, found: _SignOnReading) -> None:
    days = days_of(
        {at: line.cells[SignOnField.SIGNED_ON].text for at, line in enumerate(table.lines)
         if SignOnField.SIGNED_ON in line.cells and line.cells[SignOnField.SIGNED_ON].text.strip()},
        found.today,
    )  # fmt: skip
    for at, day in days.items():
        table.lines[at].day = day
    _ask_of_columns(table, found)
    guessed: dict[SignatoryKind, list[str]] = {kind: [] for kind in SignatoryKind}
    for line in table.lines:
        try:
            values = _values(line)
            left_out = _is_left_out(line, values, found)
            signatory, kind_is_guessed = _signatory(line, values, table)
        except Unusable as error:
            if not line.left_out:
                found.problems.append(error.at(line.where))
            continue
        told = _told(table, signatory)
        if left_out:
            found.left.append(SignOnRow(line.where, signatory, told))
            continue
        if kind_is_guessed:
            guessed[signatory.kind].append(signatory.name)
        found.rows.append(SignOnRow(line.where, signatory, told))
        _ask_of_row(line, signatory, found)
    doubtful = [(line, line.day) for line in table.lines if isinstance(line.day, Day) and line.day.other is not None]
    if doubtful:
        line, day = doubtful[0]
        found.questions.append(
            Problem(
                "signatories.day-doubtful",
                "{text} is taken for {day}; it may be {other}{more}",
                text=line.cells[SignOnField.SIGNED_ON].text.strip(),
                day=day.day,
                other=day.other,
                more=f"; so are {len(doubtful) - 1} more" if len(doubtful) > 1 else "",
                where=line.where,
                remedy="If it is that, write the days as {other}.",
            )
        )
    if any(guessed.values()):
        found.questions.append(
            Problem(
                "signatories.kind-guessed",
                "no column says who is a person and who is an organisation; taken for people: {people}; for "
                "organisations: "
                "{organisations}",
                people=_some(guessed[SignatoryKind.INDIVIDUAL]),
                organisations=_some(guessed[SignatoryKind.ORGANISATION]),
                where=table.where,
                remedy="If that is not so, add a column Kind with individual or organisation.",
            )
        )


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return (", ".join(names[:_MOST_NAMES]) + more) or "none"


def _ask_of_columns(table: _Table, found: _SignOnReading) -> None:
    """Ask where it is not the heading but its words that said what a column holds, and what a row then means."""
    for one in table.answers:
        _ask_of_answers(one, table, found)
    people = [name for name in (SignOnField.PERSON, SignOnField.FIRST, SignOnField.LAST) if name in table.columns]
    if SignOnField.ORGANISATION in table.columns and people and SignOnField.KIND not in table.columns:
        both = [
            line
            for line in table.lines
            if SignOnField.ORGANISATION in line.cells and any(name in line.cells for name in people)
        ]
        if both:
            found.questions.append(
                Problem(
                    "signatories.represented",
                    "rows with an organisation ({organisation}) and a person ({person}) are organisations that sign, "
                    "and who "
                    "signs for them",
                    organisation=table.headings[SignOnField.ORGANISATION],
                    person=", ".join(table.headings[name] for name in people),
                    where=table.where,
                    remedy="If the people sign, and the organisation is theirs, name it{MAP}.",
                    field="affiliation",
                    column=table.headings[SignOnField.ORGANISATION],
                )
            )


def _ask_of_answers(one: AnswerColumn, table: _Table, found: _SignOnReading) -> None:
    """Ask of a column that says no of somebody what it is about, and of words of a status what they mean."""
    if not one.obeyed:
        found.questions.append(
            Problem(
                "signatories.ticks-unnamed",
                "the column {column} has ticks beside empty cells, and its heading does not say of what: it is not "
                "taken for whether somebody signs",
                column=one.heading, where=table.where, field=SignOnField.ENDORSES.value,
                remedy="If whoever has none does not sign, say so{MAP}; else agree.",
            )
        )  # fmt: skip
        return
    texts = [(line, plain(cell.text)) for line in table.lines for column, cell in line.answers if column is one]
    if not one.sure:
        listed = {AnswerSaid.SIGNS, None} | ({AnswerSaid.UNCLEAR} if one.field is SignOnField.STATUS else set())
        found.questions.append(
            Problem(
                "signatories.answers-unnamed",
                "the column {column} says yes and no, or the like, and its heading does not say of what: taken for "
                "whether somebody signs; left out: {names}",
                column=one.heading, where=table.where, field=_UNREAD,
                names=_some([_called(line) for line, text in texts if said_to(one.field, text) not in listed]),
                remedy="If it is about something else, say so{MAP}.",
            )
        )  # fmt: skip
        if one.field is SignOnField.ENDORSES:  # an empty cell was asked about with its column, and not row by row
            for line in table.lines:
                line.answers = [
                    (column, Cell("no") if column is one and not plain(cell.text) else cell)
                    for column, cell in line.answers
                ]
    if one.field is SignOnField.STATUS:
        unknown = [(line, text) for line, text in texts if text and said_to(one.field, text) is AnswerSaid.UNCLEAR]
        if unknown:
            words = sorted({text[:60] for _, text in unknown})
            found.questions.append(
                Problem(
                    "signatories.status-unknown",
                    "under {column}, these say neither that somebody signs nor that they do not: {words}; taken for "
                    "signing: {names}",
                    column=one.heading, words=_some(words), names=_some([_called(line) for line, _ in unknown]),
                    where=unknown[0][0].where,
                    remedy="Who does not sign gets no there; if the column is about something else, say so{MAP}.",
                    field=_UNREAD,
                )
            )  # fmt: skip


def _called(line: _SignOnRow) -> str:
    return _said_name({name: plain(cell.text) for name, cell in line.cells.items()})


def _values(line: _SignOnRow) -> dict[SignOnField, str]:
    values: dict[SignOnField, str] = {}
    answers = [(column.heading, cell) for column, cell in line.answers]
    headed = [((COLUMNS.get(name) or (str(name).capitalize(),))[0], cell) for name, cell in line.cells.items()]
    for called, cell in (*headed, *answers):
        if cell.no_value:
            raise Unusable(
                "signatories.formula",
                "{column} is a formula without a stored value",
                column=called,
                remedy="Save the file, or type the value.",
            )
        if cell.error:
            raise Unusable(
                "signatories.error",
                "{column} holds the error {text}",
                column=called,
                text=cell.text,
                remedy="Type the value.",
            )
    for name, cell in line.cells.items():
        if text := plain(cell.text):
            values[name] = text
    return values


def _said_name(values: Mapping[SignOnField, str]) -> str:
    names = (
        values.get(SignOnField.ORGANISATION, ""),
        values.get(SignOnField.NAME, ""),
        values.get(SignOnField.PERSON, ""),
        _full(values),
    )
    return next((name for name in names if folded(name) not in _NOTHING), "?")


def _full(values: Mapping[SignOnField, str]) -> str:
    return " ".join(filter(None, (values.get(SignOnField.FIRST), values.get(SignOnField.LAST))))


def _is_left_out(line: _SignOnRow, values: Mapping[SignOnField, str], found: _SignOnReading) -> bool:
    """Whether a row is not to be listed: no consent, a withdrawal. Where its words do not tell, a person is asked."""
    name, asked = _said_name(values), None
    for column, cell in line.answers:
        text = plain(cell.text)
        said = said_to(column.field, text)
        if (
            said is None
            or said is AnswerSaid.SIGNS
            or (said is AnswerSaid.UNCLEAR and column.field is SignOnField.STATUS)
        ):
            continue
        line.left_out = True
        if said is AnswerSaid.NOT:
            asked = None
            break
        if asked is not None:
            continue
        if said is AnswerSaid.WAITS:
            asked = Problem(
                "signatories.waits", "{name!r} is {status!r}, and is left out", name=name, status=text,
                where=line.where, remedy="If it signs, say so there.",
            )  # fmt: skip
        else:
            asked = Problem(
                "signatories.consent-unclear", "{name!r} answers {said!r} to {asked!r}, and is left out", name=name,
                said=text, asked=column.heading, where=line.where, remedy="If it is to be listed, write yes.",
            )  # fmt: skip
    if line.remarks and not line.left_out:
        line.left_out = True
        asked = _of_remark(line, name)
    if asked is not None:
        found.questions.append(asked)
    if line.left_out:
        found.unlisted.append((name, line.where))
    return line.left_out


def _of_remark(line: _SignOnRow, name: str) -> Problem:
    kind, heading, words = line.remarks[0]
    if kind == "column":
        return Problem(
            "signatories.remark-leaves", "{name!r} is left out, since {column} says: “{words}”", name=name,
            column=heading, words=words, where=line.where, remedy="If it signs all the same, take that out.",
        )  # fmt: skip
    if kind == "comment":
        return Problem(
            "signatories.comment-leaves", "{name!r} is left out, since a comment says: “{words}”", name=name,
            words=words, where=line.where, remedy="If it signs all the same, take that out.",
        )  # fmt: skip
    return Problem(
        "signatories.struck", "{name!r} has a line through it, and is left out", name=name, where=line.where,
        remedy="If it signs all the same, take the line away.",
    )  # fmt: skip


_TOLD_BY: Mapping[str, tuple[SignOnField, ...]] = {
    "title": (SignOnField.TITLE,),
    "affiliation": (SignOnField.AFFILIATION, SignOnField.ORGANISATION),
    "acronym": (SignOnField.ACRONYM,),
    "country": (SignOnField.COUNTRY,),
    "website": (SignOnField.WEBSITE,),
    "logo": (SignOnField.LOGO,),
    "signature": (SignOnField.SIGNATURE,),
    "sort_as": (SignOnField.SORT_AS, SignOnField.LAST),
    "representative": (SignOnField.REPRESENTATIVE, SignOnField.PERSON, SignOnField.FIRST, SignOnField.LAST),
    "category": (SignOnField.CATEGORY,),
    "signed_on": (SignOnField.SIGNED_ON,),
}
"""The columns by which a sheet tells each thing that is kept of who signs."""


def _told(table: _Table, one: LetterSignatory) -> frozenset[str]:
    """What a row tells, be it that there is nothing: of what its sheet has no column for it says nothing."""
    told = {name for name, columns in _TOLD_BY.items() if any(column in table.columns for column in columns)}
    told |= {name for name in _TOLD_BY if getattr(one, name)}
    if any(other.category for other in table.lines):
        told.add("category")
    return frozenset(told) | table.in_words


def _signatory(line: _SignOnRow, values: dict[SignOnField, str], table: _Table) -> tuple[LetterSignatory, bool]:
    for one in (
        SignOnField.ORGANISATION,
        SignOnField.PERSON,
        SignOnField.FIRST,
        SignOnField.LAST,
        SignOnField.AFFILIATION,
        SignOnField.TITLE,
        SignOnField.WEBSITE,
        SignOnField.ACRONYM,
        SignOnField.COUNTRY,
    ):
        if folded(values.get(one, "")) in _NOTHING:
            values.pop(one, None)
    kind, guessed = _kind(line, values, table)
    organisation, person = values.get(SignOnField.ORGANISATION, ""), values.get(SignOnField.PERSON) or _full(values)
    either = values.get(SignOnField.NAME, "")
    representative = values.get(SignOnField.REPRESENTATIVE, "")
    affiliation = values.get(SignOnField.AFFILIATION, "")
    title = values.get(SignOnField.TITLE, "")
    sort_as = values.get(SignOnField.SORT_AS, "")
    if kind is SignatoryKind.ORGANISATION:
        name = organisation or either or affiliation or person
        who = next((words for words in (person, either) if words and words != name), "")
        who = representative or who
        if who:
            representative = f"{who}, {title}" if title and folded(title) not in folded(who) else who
            title = ""
        affiliation = "" if name == affiliation else affiliation
    else:
        name = person or either or organisation
        affiliation = affiliation or (organisation if organisation != name else "")
        if not sort_as and SignOnField.LAST in values and not values.get(SignOnField.PERSON):
            sort_as = f"{values[SignOnField.LAST]} {values.get(SignOnField.FIRST, '')}".strip()
    if not name:
        raise Unusable("signatories.no-name", "the name is empty", remedy="Write it, or remove the row.")
    signed_on = _signed_on(line, values)
    said = {(name, language): words for (name, language), cell in line.in_words.items() if (words := plain(cell.text))}
    in_words: dict[str, dict[str, str]] = {}
    for (name_of, language), words in sorted(said.items()):
        in_words.setdefault(language.value, {})[name_of.value] = one_line(words)[:_LONGEST_WORDS]
    signatory = LetterSignatory(
        kind=kind, name=name, title=title, affiliation=affiliation, acronym=values.get(SignOnField.ACRONYM, ""),
        country=_country(values.get(SignOnField.COUNTRY, "")), website=_website(values.get(SignOnField.WEBSITE, "")),
        logo=values.get(SignOnField.LOGO, ""), sort_as=sort_as, representative=representative, signed_on=signed_on,
        category=_category(line, values), signature=values.get(SignOnField.SIGNATURE, ""), words=in_words,
    )  # fmt: skip
    return signatory, guessed


def _category(line: _SignOnRow, values: Mapping[SignOnField, str]) -> str:
    """The heading of the coalition's own that a row stands under; empty where that of its kind is meant."""
    said = values.get(SignOnField.CATEGORY, "")
    if said and (SignOnField.KIND in values or folded(said) not in _WORD_OF_KIND):
        return one_line(said)[:_LONGEST_HEADING]
    return "" if said else line.category


def _kind(line: _SignOnRow, values: Mapping[SignOnField, str], table: _Table) -> tuple[SignatoryKind, bool]:
    """The kind of a row, and whether it was guessed by the words of its name."""
    said = values.get(SignOnField.KIND, "")
    category = values.get(SignOnField.CATEGORY, "")
    if not said and category:
        kind = _WORD_OF_KIND.get(folded(category)) or _kind_in_words(folded(category))
        if kind is not None:
            return kind, False
    if said:
        kind = _WORD_OF_KIND.get(folded(said)) or _kind_in_words(folded(said))
        if kind is not None:
            return kind, False
    elif line.kind is not None:
        return line.kind, False
    person = values.get(SignOnField.PERSON) or _full(values)
    if SignOnField.ORGANISATION in values and SignOnField.NAME not in values:
        return SignatoryKind.ORGANISATION, False
    if person and SignOnField.NAME not in values:
        return SignatoryKind.INDIVIDUAL, False
    remedy = "Write individual or organisation; a heading of your own belongs into a column Category."
    if said:
        raise Unusable("signatories.kind", "{said!r} is no kind", said=said, remedy=remedy)
    if SignOnField.KIND in table.columns:
        raise Unusable("signatories.no-kind", "the kind is empty", remedy=remedy)
    name = values.get(SignOnField.NAME, "")
    if SignOnField.ACRONYM in values or SignOnField.WEBSITE in values or _ORGANISATION_IN_NAME.search(folded(name)):
        return SignatoryKind.ORGANISATION, True
    return SignatoryKind.INDIVIDUAL, True


def _kind_in_words(said: str) -> SignatoryKind | None:
    person, organisation = _SAYS_PERSON.search(said), _SAYS_ORGANISATION.search(said)
    if bool(person) == bool(organisation):
        return None
    return SignatoryKind.INDIVIDUAL if person else SignatoryKind.ORGANISATION


def _country(text: str) -> str:
    """A country as it is written; one in capitals, or by its code, as the United Nations write it."""
    if text.isupper() and (state := find_state(text)) is not None:
        return state.short("en")
    return text


def _website(text: str) -> str:
    if not text:
        return ""
    if not _WEBSITE.fullmatch(text):
        raise Unusable(
            "signatories.website",
            "{website!r} is no website",
            website=text,
            remedy="Write it as https://example.org.",
        )
    return text if text.startswith("http") else f"https://{text}"


def _signed_on(line: _SignOnRow, values: Mapping[SignOnField, str]) -> date | None:
    if isinstance(line.day, NoDay):
        raise Unusable(
            "signatories.day",
            "{text!r} is no day that can be told for sure",
            text=values.get(SignOnField.SIGNED_ON, ""),
            remedy="Write it as 2024-03-15.",
        )
    return line.day.day if line.day else None


def _ask_of_row(line: _SignOnRow, one: LetterSignatory, found: _SignOnReading) -> None:
    if one.signed_on is not None and one.signed_on > found.today:
        found.questions.append(
            Problem(
                "signatories.to-come", "{name!r} signed on {day}, which is still to come: no letter of before bears "
                "the name",
                name=one.name, day=one.signed_on, where=line.where, remedy="Correct the day, or take it so.",
            )
        )  # fmt: skip
    if _TRIED.fullmatch(folded(one.name)):
        found.questions.append(
            Problem(
                "signatories.tried", "{name!r} looks like somebody trying the form", name=one.name, where=line.where,
                remedy="Remove the row, or take it so.",
            )
        )  # fmt: skip


# ----------------------------------------------------------------------------------------------------------- doubles


def _each_once(found: _SignOnReading) -> list[SignOnRow]:
    """Rows that say the same name are one: what the later one adds is taken, what it says otherwise is asked."""
    first: dict[tuple[SignatoryKind, str], int] = {}
    rows: list[SignOnRow] = []
    left = {(row.signatory.kind, folded(row.signatory.name)): row for row in found.left}
    for row in found.rows:
        key = (row.signatory.kind, folded(row.signatory.name))
        if key in left:
            found.questions.append(
                Problem(
                    "signatories.signs-and-not",
                    "{name!r} signs here and does not there ({place}), and is left out",
                    name=row.signatory.name, place=left[key].where, where=row.where,
                    remedy="Remove the row that no longer holds.",
                )
            )  # fmt: skip
            continue
        if key not in first:
            first[key] = len(rows)
            rows.append(row)
            continue
        before = rows[first[key]]
        merged, differs = _merged(before.signatory, row.signatory)
        rows[first[key]] = SignOnRow(before.where, merged, before.told | row.told)
        if differs or row.signatory.name.casefold() != before.signatory.name.casefold():
            found.questions.append(
                Problem(
                    "signatories.twice", "{name!r} stands twice ({place}), and is taken once{differs}",
                    name=row.signatory.name, place=before.where,
                    differs=f", as there: {', '.join(differs)} differs" if differs else "", where=row.where,
                    remedy="If they are two, make their names differ; else remove one.",
                )
            )  # fmt: skip
        else:
            found.notes.append(
                saying("signatories.once", "{place}: {name!r} stands twice ({other}), and is taken once.",
                       place=row.where, name=row.signatory.name, other=before.where)
            )  # fmt: skip
    return rows


_COMPARED = ("title", "affiliation", "acronym", "country", "website", "representative")


def _merged(one: LetterSignatory, other: LetterSignatory) -> tuple[LetterSignatory, list[str]]:
    adds = {
        name: getattr(other, name)
        for name in (*_COMPARED, "logo", "sort_as", "category", "signature", "words") if not getattr(one, name)
    }  # fmt: skip
    differs = [
        name for name in _COMPARED
        if getattr(one, name) and getattr(other, name) and folded(getattr(one, name)) != folded(getattr(other, name))
    ]  # fmt: skip
    days = [day for day in (one.signed_on, other.signed_on) if day is not None]
    return replace(one, **adds, signed_on=min(days, default=None)), differs
