"""Reads the sheet of those who sign, .xlsx or .csv, with the care of the missions' import: every bad row is listed.

Columns are found by their header, whatever its case, accents and spaces. The kind of a row is what its column Kind
says, or the sheet that it stands on (Individuals, Organisations).
"""

import csv
import difflib
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from outreach.errors import Problem, SheetError
from outreach.letters.signers import LetterSignatory
from outreach.missions.cell_values import Unusable, plain
from outreach.missions.cells import Cell, column_letter
from outreach.missions.opening import open_book
from outreach.sentences import Remedy
from outreach.text import folded, one_line
from outreach.vocabulary import SignatoryKind

_MAX_BYTES = 5 * 1024 * 1024
_MAX_ROWS = 20_000
_EXCEL_DAY_ZERO = date(1899, 12, 30)
_NEAR = 0.9
_MOST_COMPARED = 2_000

# Field: the headers it may have, the first being the one that we write ourselves.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "kind": ("Kind", "type", "category", "catégorie", "tipo", "genre"),
    "name": ("Name", "full name", "signatory", "names", "nom", "nombre", "organisation", "organization", "individual"),
    "title": ("Title", "position", "function", "titre", "fonction", "título", "cargo"),
    "affiliation": ("Affiliation", "institution", "afiliación", "institución"),
    "acronym": ("Acronym", "abbreviation", "short name", "sigle", "acronyme", "sigla", "acrónimo"),
    "country": ("Country", "pays", "país"),
    "website": ("Website", "web site", "url", "site", "site web", "sitio web"),
    "logo": ("Logo", "logo file"),
    "sort_as": ("Sort as", "sort", "family name", "surname", "last name", "nom de famille", "apellido"),
    "signed_on": ("Signed on", "signed", "date", "date signed", "signé le", "firmado el"),
}
_KINDS = {
    SignatoryKind.INDIVIDUAL: ("individual", "individuals", "person", "people", "personne", "personnes", "individu",
                               "individus", "persona", "personas", "individuo"),
    SignatoryKind.ORGANISATION: ("organisation", "organisations", "organization", "organizations", "organización",
                                 "organizaciones", "ngo", "ngos", "ong", "group", "association"),
}  # fmt: skip
_WEBSITE = re.compile(r"(?:https?://)?[^\s/.@:?#]+(?:\.[^\s/.@:?#]+)+(?:/\S*)?")
_WORD_OF_KIND = {folded(word): kind for kind, words in _KINDS.items() for word in words}


@dataclass(frozen=True, slots=True)
class Row:
    """One signatory, and where it stands in the file."""

    where: str
    signatory: LetterSignatory


@dataclass(frozen=True, slots=True)
class SignOn:
    """What a sheet holds, and what a person should look at."""

    rows: tuple[Row, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _SignOnRow:
    """A row as it was read: where it stands, and the text of each known field."""

    where: str
    kind: SignatoryKind | None
    cells: Mapping[str, Cell]


def read_sign_on(path: Path) -> SignOn:
    """Read a sheet of signatories.

    Raises SheetError: one sentence for a file that can't be read, or one Problem for every row that can't be taken.
    """
    lines = list(_csv_lines(path) if path.suffix.lower() in {".csv", ".tsv", ".txt"} else _workbook_lines(path))
    if len(lines) > _MAX_ROWS:
        raise SheetError(
            "signatories.too-many",
            "{path} has over {max_rows:,} rows: no list of signatories has.",
            path=path.name,
            max_rows=_MAX_ROWS,
        )
    rows: list[Row] = []
    problems: list[Problem] = []
    seen: dict[tuple[SignatoryKind, str], str] = {}
    for line in lines:
        try:
            signatory = _signatory(line)
        except Unusable as error:
            problems.append(error.at(line.where))
            continue
        key = (signatory.kind, folded(signatory.name))
        if key in seen:
            problems.append(
                Problem(
                    "signatories.twice",
                    "{name!r} signs twice ({place})",
                    name=signatory.name,
                    place=seen[key],
                    where=line.where,
                    remedy="Remove one of the two.",
                )
            )
            continue
        seen[key] = line.where
        rows.append(Row(line.where, signatory))
    if problems:
        raise SheetError(
            "signatories.refused", "{path} can't be taken; nothing was changed.", path=path, problems=problems
        )
    return SignOn(tuple(rows), tuple(near_duplicates(rows)))


def near_duplicates(rows: list[Row]) -> Iterator[str]:
    """Point out entries that may be one and the same: alike in name, with one acronym, or a person in two of them."""
    by_person: dict[str, Row] = {}
    by_acronym: dict[str, Row] = {}
    for row in rows:
        one = row.signatory
        for person in one.people if one.kind is SignatoryKind.INDIVIDUAL else ():
            other = by_person.setdefault(folded(person), row)
            if other is not row:
                yield f"{row.where}: {person} signs in {other.signatory.name!r} too ({other.where})."
        if one.kind is SignatoryKind.ORGANISATION and one.acronym:
            other = by_acronym.setdefault(folded(one.acronym), row)
            if other is not row:
                yield (
                    f"{row.where}: {one.name!r} and {other.signatory.name!r} have the acronym {one.acronym} both "
                    f"({other.where})."
                )
    compared = rows[:_MOST_COMPARED]
    names = [" ".join(sorted(folded(row.signatory.name).split())) for row in compared]
    for index, row in enumerate(compared):
        matcher = difflib.SequenceMatcher(b=names[index])
        for before in range(index):
            if compared[before].signatory.kind is not row.signatory.kind:
                continue
            matcher.set_seq1(names[before])
            if matcher.real_quick_ratio() > _NEAR and matcher.quick_ratio() > _NEAR and matcher.ratio() > _NEAR:
                other = compared[before]
                yield f"{row.where}: {row.signatory.name!r} looks like {other.signatory.name!r} ({other.where})."


def _signatory(line: _SignOnRow) -> LetterSignatory:
    values: dict[str, str] = {}
    for name, cell in line.cells.items():
        if cell.no_value:
            raise Unusable(
                "signatories.formula",
                "{column} is a formula without a stored value",
                column=COLUMNS[name][0],
                remedy="Save the file, or type the value.",
            )
        if cell.error:
            raise Unusable(
                "signatories.error",
                "{column} holds the error {text}",
                column=COLUMNS[name][0],
                text=cell.text,
                remedy="Type the value.",
            )
        values[name] = plain(cell.text)
    if not values.get("name"):
        raise Unusable("signatories.no-name", "the name is empty", remedy="Write it, or remove the row.")
    said = values.pop("kind", "")
    kind = _WORD_OF_KIND.get(folded(said)) if said else line.kind
    if kind is None:
        remedy = "Write individual or organisation."
        if not said:
            raise Unusable("signatories.no-kind", "the kind is empty", remedy=remedy)
        raise Unusable("signatories.kind", "{said!r} is no kind", said=said, remedy=remedy)
    signed_on = _date(values.pop("signed_on", ""))
    if website := values.get("website"):
        if not _WEBSITE.fullmatch(website):
            raise Unusable(
                "signatories.website",
                "{website!r} is no website",
                website=website,
                remedy="Write it as https://example.org.",
            )
        values["website"] = website if website.startswith("http") else f"https://{website}"
    return LetterSignatory(kind=kind, signed_on=signed_on, **values)


def _date(text: str) -> date | None:
    """A day as a sheet has it: ISO 8601, Excel's number of days, or day.month.year. 03/04/2024 says two days."""
    if not text:
        return None
    try:
        if re.fullmatch(r"\d{5}(?:\.\d+)?", text):
            return _EXCEL_DAY_ZERO + timedelta(days=int(float(text)))
        if match := re.fullmatch(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", text):
            return date(int(match[3]), int(match[2]), int(match[1]))
        return date.fromisoformat(text.partition(" ")[0].partition("T")[0])
    except ValueError:
        raise Unusable(
            "signatories.day",
            "{text!r} is no day that can be told for sure",
            text=text,
            remedy="Write it as 2024-03-15.",
        ) from None


def _csv_lines(path: Path) -> Iterator[_SignOnRow]:
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise SheetError("signatories.over-5-mb", "{path} is over 5 MB: no list of signatories is.", path=path.name)
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise SheetError(
            "text.not-utf-8", "{path} is not UTF-8 text.", path=path, remedy="Save it as CSV UTF-8, or as .xlsx."
        ) from None
    except (OSError, ValueError) as error:
        raise SheetError(
            "file.not-read",
            "{path} can't be read: {error}.",
            path=path,
            error=error,
            remedy="Check the name and the folder.",
        ) from None
    if "\x00" in text:
        raise SheetError("file.no-text", "{path} is no text.", path=path, remedy="Save it as CSV UTF-8, or as .xlsx.")
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    columns: dict[int, str] | None = None
    try:
        for row in reader:
            cells = {number: Cell(value) for number, value in enumerate(row) if value.strip()}
            if not cells:
                continue
            if columns is None:
                columns = _columns({number: cell.text for number, cell in cells.items()}, f"{path}, line 1")
                continue
            known = {columns[number]: cell for number, cell in cells.items() if number in columns}
            yield _SignOnRow(f"{path}, line {reader.line_num}", None, known)
    except csv.Error as error:
        raise SheetError(
            "file.line",
            "{path}, line {line_num}: {error}.",
            path=path,
            line_num=reader.line_num,
            error=error,
            remedy="Save it anew from the program.",
        ) from None
    if columns is None:
        raise SheetError(
            "signatories.no-columns",
            "{path}, line 1: the columns kind and name are needed.",
            path=path,
            remedy=_cure(),
        )


def _workbook_lines(path: Path) -> Iterator[_SignOnRow]:
    workbook = open_book(path)
    found = False
    for title in workbook.sheet_names:
        sheet = workbook.read(title)
        kind = _WORD_OF_KIND.get(folded(title))
        header = next((row for row in sorted(sheet.rows) if _header(sheet.rows[row])), None)
        if header is None:
            continue
        found = True
        columns = _columns({number: cell.text for number, cell in sheet.rows[header].items()}, f"{title}!{header}")
        if sheet.merged and any(area.last_row > header for area in sheet.merged):
            area = next(area for area in sheet.merged if area.last_row > header)
            raise SheetError(
                "sheet.merged",
                "{title}!{area} is merged.",
                title=title,
                area=area,
                remedy="Unmerge it and write the value into each row.",
            )
        for row in sorted(sheet.rows):
            cells = {columns[number]: cell for number, cell in sheet.rows[row].items() if number in columns}
            if row > header and any(cell.text.strip() or cell.no_value for cell in cells.values()):
                first = min(sheet.rows[row])
                yield _SignOnRow(f"{title}!{column_letter(first)}{row}", kind, cells)
    if not found:
        raise SheetError(
            "signatories.no-sheet", "{path} has no sheet with a column Name.", path=path.name, remedy=_cure()
        )


def _header(cells: Mapping[int, Cell]) -> bool:
    return any(_field(cell.text) == "name" for cell in cells.values())


def _columns(headers: Mapping[int, str], where: str) -> dict[int, str]:
    columns: dict[int, str] = {}
    for number, header in headers.items():
        field = _field(header)
        if field is None:
            continue
        if field in columns.values():
            raise SheetError(
                "signatories.two-columns",
                "{place}: two columns could be {column}.",
                place=where,
                column=COLUMNS[field][0],
                remedy="Rename one of the two.",
            )
        columns[number] = field
    if "name" not in columns.values():
        raise SheetError(
            "signatories.columns-needed",
            "{place}: the columns kind and name are needed.",
            place=where,
            remedy=_cure(),
        )
    return columns


def _field(header: str) -> str | None:
    asked = folded(one_line(header))
    return next((field for field, names in COLUMNS.items() if asked in map(folded, (field, *names))), None)


def _cure() -> Remedy:
    return Remedy("Use: {columns}.", columns=", ".join(names[0] for names in COLUMNS.values()))
