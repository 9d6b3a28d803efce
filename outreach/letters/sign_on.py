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
from outreach.errors import Problem, SheetError
from outreach.letters.sign_on_columns import COLUMNS, Column, SignOnField, column_in_language, column_of
from outreach.letters.sign_on_days import Day, NoDay, days_of
from outreach.letters.sign_on_doubles import near_duplicates
from outreach.letters.signers import LetterSignatory, SignOnRow
from outreach.missions.cell_values import Unusable, plain
from outreach.missions.cells import Cell, Sheet, column_letter, column_number
from outreach.missions.facts import find_state
from outreach.missions.opening import open_book
from outreach.missions.people_words import excludes, mark
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
_YES = re.compile(
    r"(?:yes|y|yep|true|1|oui|si|sim|ja|да|نعم|是|on|ok|okay|sure|of course|checked|x|i agree|we agree|agreed?|"
    r"i consent|we consent|"
    r"i accept|we accept|j accepte|nous acceptons|d accord|acepto|aceptamos|estoy de acuerdo|de acuerdo|согласен|"
    r"согласна|"
    r"согласны|соглас\w*|موافق\w*|اوافق|نوافق|同意|可以|happy to|no objection\w*|public|publicly|list\w*|published?|"
    r"endorse\w*|we endorse|"
    r"i endorse|signs?|visible|show\w*)\b"
)
_NO = re.compile(
    r"\b(?:no|not|non|false|0|нет|не|nein|do not|don t|dont|ne|pas|anonym\w*|anonim\w*|private\w*|disagree\w*|"
    r"decline\w*|refus\w*|"
    r"hidden|hide|withhold|confidential\w*|unchecked|off|never|only internally|unlisted)\b|^لا|^否|^不|غير"
)
_STATUS_OUT = re.compile(
    r"withdr[ae]w|retract|revok|reject|declin|refus|\bspam\b|\btest\b|delet|remov|cancel|retir|annul|rechaz|отозва|"
    r"отклон|"
    r"انسحب|مرفوض|撤回|拒绝|duplicat|doublon|not sign"
)
_STATUS_WAITS = re.compile(r"pending|unconfirmed|to be confirmed|awaiting|draft|partial|incomplete|unverified|"
        r"not verified|attente|"
                           r"pendiente|\bmaybe\b|ожида|في الانتظار|待")  # fmt: skip
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

Place = Callable[[int], str]
"""How a row's place is told."""


@dataclass(frozen=True, slots=True)
class SignOn:
    """What a sheet holds, what a person should look at, and what a person has to agree to."""

    rows: tuple[SignOnRow, ...]
    notes: tuple[Sentence, ...]
    questions: tuple[Problem, ...] = ()
    told: frozenset[str] = frozenset()
    """The fields of a signatory that the sheet has a place for; what it has none for is left as it is."""
    unlisted: frozenset[str] = frozenset()
    """The names, folded, of those who stand in it and do not sign, as they asked or as their status says."""


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


@dataclass(slots=True)
class _Table:
    """The rows of one sheet, and which of its columns were found."""

    lines: list[_SignOnRow] = field(default_factory=list)
    columns: dict[SignOnField, Column] = field(default_factory=dict)
    headings: dict[SignOnField, str] = field(default_factory=dict)
    where: str = ""


@dataclass(slots=True)
class _SignOnReading:
    """What has been found so far."""

    today: date
    notes: list[Sentence] = field(default_factory=list)
    questions: list[Problem] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    rows: list[SignOnRow] = field(default_factory=list)
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
            "signatories.refused", "{path} can't be taken; nothing was changed.", path=path, problems=found.problems
        )
    rows = _each_once(found)
    if found.unlisted:
        names = "; ".join(f"{name} ({where})" for name, where in found.unlisted)
        found.notes.append(
            saying(
                "signatories.unlisted", "Not in the list, as they asked or as their status says: {names}.", names=names
            )
        )
    unlisted = frozenset(folded(name) for name, _ in found.unlisted)
    questions = (*found.questions, *near_duplicates(rows))
    return SignOn(tuple(rows), tuple(found.notes), questions, _told_fields(tables), unlisted)


_FROM: Mapping[str, tuple[SignOnField, ...]] = {
    "title": (SignOnField.TITLE,),
    "affiliation": (SignOnField.AFFILIATION, SignOnField.ORGANISATION),
    "acronym": (SignOnField.ACRONYM,),
    "country": (SignOnField.COUNTRY,),
    "website": (SignOnField.WEBSITE,),
    "logo": (SignOnField.LOGO,),
    "sort_as": (SignOnField.SORT_AS, SignOnField.LAST),
    "representative": (SignOnField.REPRESENTATIVE, SignOnField.PERSON, SignOnField.FIRST, SignOnField.LAST),
    "category": (SignOnField.CATEGORY,),
    "signature": (SignOnField.SIGNATURE,),
}
"""The columns that each field of a signatory may come from."""


def _told_fields(tables: Sequence[_Table]) -> frozenset[str]:
    """Return the fields that the tables have a column or a place for."""
    columns = {name for table in tables for name in table.columns}
    told = {field for field, sources in _FROM.items() if columns.intersection(sources)}
    lines = [line for table in tables for line in table.lines]
    told |= {"category"} if any(line.category for line in lines) else set()
    told |= {"words"} if any(line.in_words for line in lines) else set()
    told |= {str(name) for line in lines for name in line.cells if str(name) in _FROM}  # of a list without columns
    return frozenset({*told, "name", "signed_on"})


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
            return f"{path}, line {lines[row]}" if lines else f"{title}!{column_letter(min(sheet.rows[row]))}{row}"

        written = _written_list(path, sheet) if delimited and not mapping else None
        table = _listing(written, lambda row: f"{path}, line {row}", found) if written else None
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
            place=f"{path}, line 1" if delimited else path.name,
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
    headings = {number: cell.text for number, cell in sheet.rows[header].items()}
    in_words = {n: told for n, text in headings.items() if (told := column_in_language(text)) is not None}
    headings = {n: text for n, text in headings.items() if n not in in_words}
    below = [sheet.rows[row] for row in sorted(sheet.rows) if row > header]
    unanswered = frozenset(number for number in headings if not _has_answers(number, below))
    columns = _columns(headings, mapping, place(header), unanswered)
    _answers_for_days(columns, below, mapping)
    columns = _told_apart(columns, headings, found)
    _ask_of_unread({n: text for n, text in headings.items() if n not in columns}, below, place(header), found)
    table = _Table(where=place(header))
    for number, (name, column) in columns.items():
        table.columns[name] = column
        table.headings[name] = one_line(headings.get(number, ""))[:80]
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
            said = {in_words[number]: cell for number, cell in filled.items() if number in in_words}
            table.lines.append(_SignOnRow(place(row), above, cells, category, said))
    return table


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
    return best[1] if best else None


_NAMING = frozenset(
    {SignOnField.NAME, SignOnField.ORGANISATION, SignOnField.PERSON, SignOnField.FIRST, SignOnField.LAST}
)


def _section(text: str) -> SignatoryKind | None:
    """The kind that a heading over names tells, such as `Organizations:` or `Individuals (8)`."""
    words = folded(re.sub(r"\([^()]*\)|\d+", " ", text))
    words = re.sub(r"^(?:signed by|signatories|signataires|firmantes|list of|the undersigned|the)\s+", "", words)
    return _WORD_OF_KIND.get(words)


def _columns(
    headings: Mapping[int, str], mapping: Mapping[str, str], where: str, unanswered: frozenset[int]
) -> dict[int, tuple[SignOnField, Column]]:
    columns: dict[int, tuple[SignOnField, Column]] = {}
    for name, wanted in mapping.items():
        columns[_named(name, wanted, headings, where)] = (_field(name), Column(_field(name), exact=True))
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


def _answers_for_days(columns: "_Columns", rows: Sequence[Mapping[int, Cell]], mapping: Mapping[str, str]) -> None:
    """Take *Signed* or *Signature* as a question where its cells answer it, and are no days and no files."""
    for number, (name, _) in list(columns.items()):
        texts = [cells[number].text for cells in rows if number in cells and cells[number].text.strip()]
        if name not in (SignOnField.SIGNED_ON, SignOnField.SIGNATURE) or name in map(_field, mapping):
            continue
        if texts and all(mark(text) is not None or folded(text) in _SAID_PLAINLY for text in texts):
            columns[number] = (SignOnField.ENDORSES, Column(SignOnField.ENDORSES))


_SAID_PLAINLY = {
    "not yet",
    "pas encore",
    "todavia no",
    "aun no",
    "pending",
    "maybe",
    "withdrawn",
    "declined",
    "еще нет",
}


def _has_answers(number: int, rows: Sequence[Mapping[int, Cell]]) -> bool:
    """Whether a column says yes or no: an empty one may, too."""
    filled = [cells[number].text for cells in rows if number in cells and cells[number].text.strip()]
    told = sum(bool(_answer(text) is not None or _YES.match(folded(text))) for text in filled)
    return 2 * told >= len(filled)


_Columns = dict[int, tuple[SignOnField, Column]]


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


def _ask_of_unread(
    headings: Mapping[int, str], rows: Sequence[Mapping[int, Cell]], where: str, found: _SignOnReading
) -> None:
    """Ask about a column that is not read and may say who does not sign: its cells say no, or out, or not yet."""
    for number, heading in sorted(headings.items()):
        column = column_of(heading)
        if not heading.strip() or (column is not None and column.field is None and column.no_answer):
            continue
        asks = column is None or column.field is not None  # an e-mail address may be `anonymous`
        filled = [text for cells in rows if number in cells and (text := one_line(cells[number].text))]
        short = [text for text in filled if len(text) <= _LONGEST_HEADING]
        no = [text for text in short if _says_out(text, answers=asks and _has_answers(number, rows))]
        ticks = column is None and bool(filled) and all(mark(text) for text in filled)
        if ticks and len(filled) < sum(any(cell.text.strip() for cell in cells.values()) for cells in rows):
            no = ["✓", "", *no]  # an empty cell beside ticks says no
        if no:
            found.questions.append(
                Problem(
                    "signatories.column-not-obeyed",
                    "the column {heading} is not read, and may say who does not sign: {cells}",
                    heading=one_line(heading)[:60], where=where,
                    cells=_some([f"“{text}”" if text else "–" for text in dict.fromkeys(no)]),
                    field="endorses", column=one_line(heading),
                    remedy="If a no there means that it does not sign, name it{MAP}; else agree.",
                )
            )  # fmt: skip


def _says_out(text: str, *, answers: bool) -> bool:
    """Tell whether a cell says that somebody does not sign, has withdrawn or has not said so yet."""
    words = folded(text)
    if _STATUS_OUT.search(words) or _STATUS_WAITS.search(words) or excludes(text, remark=True):
        return True
    return answers and _answer(text) is not True


def _field(name: str) -> SignOnField:
    try:
        return SignOnField(name.strip().lower().replace(" ", "_"))
    except ValueError:
        raise SheetError(
            "signatories.no-field", "{name!r} is no field of a signatory.", name=name, known=", ".join(SignOnField),
            remedy="There is: {known}.",
        ) from None  # fmt: skip


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
            if _is_left_out(line, values, table, found):
                continue
            signatory, kind_is_guessed = _signatory(line, values, table)
        except Unusable as error:
            found.problems.append(error.at(line.where))
            continue
        if kind_is_guessed:
            guessed[signatory.kind].append(signatory.name)
        found.rows.append(SignOnRow(line.where, signatory))
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


def _values(line: _SignOnRow) -> dict[SignOnField, str]:
    values: dict[SignOnField, str] = {}
    for name, cell in line.cells.items():
        called = (COLUMNS.get(name) or (str(name).capitalize(),))[0]
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


def _is_left_out(line: _SignOnRow, values: Mapping[SignOnField, str], table: _Table, found: _SignOnReading) -> bool:
    """Whether a row is not to be listed: no consent, a withdrawal. Where its words do not tell, a person is asked."""
    for name in (SignOnField.CONSENT, SignOnField.SECRET, SignOnField.ENDORSES):
        said = values.get(name, "")
        if name not in table.columns or (name is SignOnField.SECRET and not said):
            continue
        answer = _answer(said) if said else None
        listed = answer if name is not SignOnField.SECRET or answer is None else not answer
        if listed is None and name is SignOnField.ENDORSES and _STATUS_OUT.search(folded(said)):
            listed = False
        if listed is None:
            found.questions.append(
                Problem(
                    "signatories.consent-unclear", "{name!r} answers {said!r} to {asked!r}, and is left out",
                    name=_said_name(values), said=said, asked=table.headings[name], where=line.where,
                    remedy="If it is to be listed, write yes.",
                )
            )  # fmt: skip
        if not listed:
            found.unlisted.append((_said_name(values), line.where))
            return True
    status = folded(values.get(SignOnField.STATUS, ""))
    if status and _STATUS_OUT.search(status):
        found.unlisted.append((_said_name(values), line.where))
        return True
    if status and _STATUS_WAITS.search(status):
        found.unlisted.append((_said_name(values), line.where))
        found.questions.append(
            Problem(
                "signatories.waits", "{name!r} is {status!r}, and is left out", name=_said_name(values),
                status=values[SignOnField.STATUS], where=line.where, remedy="If it signs, say so in its status.",
            )
        )  # fmt: skip
        return True
    return False


def _answer(text: str) -> bool | None:
    """What a cell says to a question of yes or no; None where it says neither, or both."""
    if (marked := mark(text)) is not None:
        return marked
    words = folded(text)
    yes, no = _YES.match(words), _NO.search(words)
    if yes and yes[0].startswith("no objection"):
        return True
    if yes and no:
        return None
    return True if yes else False if no else None


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
    for row in found.rows:
        key = (row.signatory.kind, folded(row.signatory.name))
        if key not in first:
            first[key] = len(rows)
            rows.append(row)
            continue
        before = rows[first[key]]
        merged, differs = _merged(before.signatory, row.signatory)
        rows[first[key]] = SignOnRow(before.where, merged)
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
