"""Forty and more ugly spreadsheets, each made here, and what must come of it.

python tests/missions/ugly_books.py DIRECTORY      writes them all, to open and look at
"""

import sys
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter

FRA, DEU = ("FRA", "a@fra.example"), ("DEU", "b@deu.example")
BOTH = {FRA, DEU}
HEAD = ["ISO3", "E-mail"]
ROWS = [HEAD, list(FRA), list(DEU)]


@dataclass(frozen=True)
class Ugly:
    """One spreadsheet: how it is written, and what must come of it."""

    file: str
    write: Callable[[Path], object]
    contacts: frozenset[tuple[str, str]] = frozenset(BOTH)
    """The contacts that are there after the import."""
    guessed: str = ""
    """What is asked about, and taken with --yes only."""
    note: str = ""
    """What must be said."""
    refused: str = ""
    """Why it is refused, where it is; nothing is imported then."""
    fields: tuple[tuple[str, str], ...] = ()
    """Fields of the French contact."""


def xlsx(rows: Sequence[Sequence[Any]], change: Callable[[Any], object] | None = None, title: str = "Contacts") -> Any:
    def write(path: Path) -> None:
        book = Workbook()
        sheet: Any = book.active
        sheet.title = title
        for row in rows:
            sheet.append(list(row))
        if change:
            change(sheet)
        book.save(path)

    return write


def text(content: str, encoding: str = "utf-8") -> Callable[[Path], object]:
    return lambda path: path.write_bytes(content.encode(encoding))


def ods(rows: Sequence[Sequence[str]], *, raw: str = "", manifest: str = "", prologue: str = "") -> Any:
    """An .ods file in the shape that LibreOffice writes: repeated blank cells, columns and rows to the end."""

    def cell(value: str) -> str:
        if not value:
            return '<table:table-cell table:number-columns-repeated="2"/>'
        if value.isdecimal():
            kind = f'office:value-type="float" office:value="{value}"'
            return f"<table:table-cell {kind}><text:p>{value}.0</text:p></table:table-cell>"
        # On an address it would be asked about.
        beside = "" if "@" in value else "<office:annotation><text:p>a comment</text:p></office:annotation>"
        return (
            f'<table:table-cell office:value-type="string">{beside}<text:p>{escape(value)}</text:p></table:table-cell>'
        )

    def write(path: Path) -> None:
        names = ("office", "table", "text", "xlink")
        spaces = " ".join(f'xmlns:{name}="urn:{name}"' for name in names)
        body = "".join(
            f"<table:table-row>{''.join(map(cell, row))}"
            '<table:table-cell table:number-columns-repeated="16000"/></table:table-row>'
            for row in rows
        )
        filler = (
            '<table:table-row table:number-rows-repeated="1048000">'
            '<table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
        )
        content = (
            f"{prologue}<office:document-content {spaces}><office:body><office:spreadsheet>"
            f'<table:table table:name="Contacts"><table:table-column table:number-columns-repeated="16384"/>'
            f"{body}{raw}{filler}</table:table></office:spreadsheet></office:body></office:document-content>"
        )
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
            file.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet", zipfile.ZIP_STORED)
            file.writestr("content.xml", content)
            if manifest:
                file.writestr("META-INF/manifest.xml", manifest)

    return write


def excel_like(rows: Sequence[Sequence[str]], *, extra: str = "", links: Sequence[tuple[str, str]] = ()) -> Any:
    """An .xlsx file with parts as Excel itself writes them: shared strings, absolute targets, a VBA project."""

    def write(path: Path) -> None:
        texts = sorted({value for row in rows for value in row})
        main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
        office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
        rels = "http://schemas.openxmlformats.org/package/2006/relationships"

        def related(*entries: tuple[str, str, str, str]) -> str:
            inner = "".join(
                f'<Relationship Id="{i}" Type="{office}/{kind}" Target={quoteattr(target)}{mode}/>'
                for i, kind, target, mode in entries
            )
            return f'<Relationships xmlns="{rels}">{inner}</Relationships>'

        body = "".join(
            f'<row r="{number}" spans="1:9" x14ac:dyDescent="0.3" xmlns:x14ac="urn:x">'
            + "".join(
                f'<c r="{get_column_letter(column)}{number}" s="1" t="s"><v>{texts.index(value)}</v></c>'
                for column, value in enumerate(row, start=1)
            )
            + "</row>"
            for number, row in enumerate(rows, start=1)
        )
        hyper = "".join(f'<hyperlink ref="{place}" r:id="rId{n}"/>' for n, (place, _) in enumerate(links, 1))
        parts = {
            "[Content_Types].xml": "<Types/>",
            "_rels/.rels": related(("rId1", "officeDocument", "/xl/workbook.xml", "")),
            "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets><sheet name="Contacts" sheetId="7" '  # noqa: E501
            'r:id="rId9"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": related(
                ("rId9", "worksheet", "/xl/worksheets/sheet7.xml", ""),
                ("rId2", "sharedStrings", "sharedStrings.xml", ""),
            ),
            "xl/sharedStrings.xml": f'<sst xmlns="{main}">'
            + "".join(f'<si><t xml:space="preserve">{escape(value)}</t></si>' for value in texts)
            + "</sst>",
            "xl/worksheets/sheet7.xml": f'<worksheet xmlns="{main}" xmlns:r="{office}"><sheetData>{body}</sheetData>{extra}'  # noqa: E501
            f"<hyperlinks>{hyper}</hyperlinks></worksheet>",
            "xl/worksheets/_rels/sheet7.xml.rels": related(
                *((f"rId{n}", "hyperlink", target, ' TargetMode="External"') for n, (_, target) in enumerate(links, 1))
            ),
            "xl/vbaProject.bin": "macros, which nothing opens",
        }
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
            for name, content in parts.items():
                file.writestr(name, content)

    return write


def _hide(sheet: Any) -> None:
    sheet.row_dimensions[3].hidden = True
    sheet.column_dimensions["B"].hidden = True
    sheet.auto_filter.ref = "A1:B3"


def _title(sheet: Any) -> None:
    sheet.insert_rows(1, 3)
    sheet["A1"] = "Contacts of the coalition, March 2024"
    sheet["A1"].font = Font(size=20, bold=True)
    sheet.merge_cells("A1:F2")


def _blanks(sheet: Any) -> None:
    for row in range(4, 400):
        for column in range(1, 12):
            sheet.cell(row, column).fill = PatternFill("solid", fgColor="FFFFCC")
    sheet["A300"] = "   "
    sheet["D2"].comment = Comment("is this right?", "colleague")


def _far(sheet: Any) -> None:
    sheet["XFD1048576"].font = Font(bold=True)
    sheet.column_dimensions["A"].width = 3


def one(*contacts: tuple[str, str]) -> frozenset[tuple[str, str]]:
    return frozenset(contacts)


def named(*names: str) -> Any:
    return xlsx([["Country", "E-mail"], *([name, f"box{n}@x.example"] for n, name in enumerate(names))])


def states(*codes: str) -> frozenset[tuple[str, str]]:
    return frozenset((code, f"box{n}@x.example") for n, code in enumerate(codes))


def emails(cell: str) -> Any:
    return xlsx([HEAD, ["FRA", cell], list(DEU)])


AB = one(FRA, ("FRA", "c@fra.example"), DEU)
FRENCH = "Pays;Fonction;Nom et prénom;Courriel\nFrance;Ambassadrice;Ana Lé;a@fra.example\nAllemagne;;;b@deu.example\n"
CYRILLIC = "ISO3,Name,E-mail\nFRA,Анна Иванова,a@fra.example\nDEU,Пётр Петров,b@deu.example\n"
MACHINE = [["Bla", "Blub"], list(FRA), list(DEU)]

UGLY = (
    Ugly("header in row 4 under a merged title.xlsx", xlsx(ROWS, _title)),
    Ugly("header in row 25.xlsx", xlsx([["note"]] * 19 + [[]] * 5 + ROWS)),
    Ugly(
        "French headers.xlsx",
        xlsx([["Code pays", "Courriel", "Fonction"], [*FRA, "Représentante permanente"], list(DEU)]),
        fields=(("role", "permanent representative"),),
    ),
    Ugly(
        "Spanish headers.xlsx",
        xlsx([["País", "Correo electrónico", "Cargo"], ["Francia", FRA[1], "embajadora"], ["Alemania", DEU[1], ""]]),
        note="states are read by their names",
    ),
    Ugly("headers in capitals with line breaks.xlsx", xlsx([["ISO\n3", " E-MAIL "], list(FRA), list(DEU)])),
    Ugly(
        "non-breaking spaces.xlsx",
        xlsx([["ISO3\u00a0", "E\u00a0mail"], ["\u00a0FRA", "a@fra.example\u00a0"], list(DEU)]),
    ),
    Ugly("zero-width marks.xlsx", xlsx([HEAD, ["FRA", "\u200ba@fra.example\ufeff"], list(DEU)])),
    Ugly("trailing blanks and formats.xlsx", xlsx(ROWS, _blanks), guessed="comments are not obeyed: D2"),
    Ugly("a format in the last cell of all.xlsx", xlsx(ROWS, _far)),
    Ugly(
        "hidden row and column, filtered.xlsx",
        xlsx(ROWS, _hide),
        guessed="rows that are hidden are written to: 3 (DEU)",
    ),
    Ugly("several addresses by semicolon.xlsx", emails("a@fra.example; c@fra.example"), AB, note="several addresses"),
    Ugly("several addresses by comma.xlsx", emails("a@fra.example,c@fra.example"), AB),
    Ugly("several addresses by line break.xlsx", emails("a@fra.example\nc@fra.example"), AB),
    Ugly("several addresses by spaces.xlsx", emails("a@fra.example   c@fra.example"), AB),
    Ugly("several addresses by slash.xlsx", emails("a@fra.example / c@fra.example"), AB),
    Ugly("the same address twice in a cell.xlsx", emails("a@fra.example; A@FRA.example")),
    Ugly("name and address.xlsx", emails("Ana Lé <a@fra.example>"), fields=(("name", "Ana Lé"),)),
    Ugly(
        "name with a comma.xlsx",
        emails('"Lé, Ana" <a@fra.example>; Box <c@fra.example>'),
        AB,
        fields=(("name", "Lé, Ana"),),
    ),
    Ugly("name with a bare comma.xlsx", emails("Lé, Ana <a@fra.example>"), fields=(("name", "Lé, Ana"),)),
    Ugly("mailto in the text.xlsx", emails("mailto:a@fra.example?subject=Letter")),
    Ugly(
        "mailto behind a word.xlsx",
        excel_like([HEAD, ["FRA", "write to us"], list(DEU)], links=[("B2", "mailto:a@fra.example")]),
    ),
    Ugly(
        "two columns of addresses.xlsx", xlsx([["ISO3", "E-mail", "E-mail 2"], [*FRA, "c@fra.example"], list(DEU)]), AB
    ),
    Ugly(
        "Ivory Coast three times.xlsx",
        named("Côte d'Ivoire", "Ivory Coast", "Cote dIvoire"),
        states("CIV", "CIV", "CIV"),
        note="Ivory Coast → CIV",
    ),
    Ugly(
        "the two Koreas.xlsx",
        named("DPRK", "North Korea", "Korea, Republic of", "South Korea", "Corée du Nord"),
        states("PRK", "PRK", "KOR", "KOR", "PRK"),
    ),
    Ugly(
        "UK and Turkey.xlsx",
        named("UK", "U.K.", "Turkey", "TÜRKIYE", "Reino Unido"),
        states("GBR", "GBR", "TUR", "TUR", "GBR"),
    ),
    Ugly(
        "names of missions.xlsx",
        named("Permanent Mission of France to the UN", "Mission permanente du Sénégal", "Misión Permanente de Chile"),
        states("FRA", "SEN", "CHL"),
    ),
    Ugly(
        "the Congos and the Guineas.xlsx",
        named("DR Congo", "Congo", "Guinea", "Guinea-Bissau", "Niger", "Nigeria"),
        states("COD", "COG", "GIN", "GNB", "NER", "NGA"),
    ),
    Ugly("a name that is only like a state's.xlsx", named("Nigera"), refused="Did you mean"),
    Ugly("names in the column of codes.xlsx", xlsx([HEAD, ["France", FRA[1]], list(DEU)]), guessed="Did you mean FRA?"),
    Ugly("a header misspelt.xlsx", xlsx([["ISO3", "E-mail adress"], list(FRA), list(DEU)]), guessed="taken for email"),
    Ugly("headers nobody knows.xlsx", xlsx(MACHINE, title="Blatt"), guessed="taken for state"),
    Ugly("no headers at all.xlsx", xlsx([list(FRA), list(DEU)], title="Tabelle1"), guessed="(no header)"),
    Ugly(
        "a sheet called Missions that holds people.xlsx",
        xlsx([["Country", "E-mail"], ["France", FRA[1]], list(DEU)], title="Missions"),
        note="read as Contacts",
    ),
    Ugly("written by Excel.xlsx", excel_like(ROWS)),
    Ugly("with macros.xlsm", excel_like(ROWS)),
    Ugly(
        "a merged cell among the rows.xlsx",
        xlsx(ROWS, lambda sheet: sheet.merge_cells("B2:B3")),
        refused="a merged cell",
    ),
    Ugly(
        "a formula never worked out.xlsx",
        xlsx([HEAD, ["FRA", '="a@"&"fra.example"']]),
        refused="without a stored value",
    ),
    Ugly("an error value.xlsx", xlsx([HEAD, ["FRA", "#N/A"]]), refused="the error #N/A"),
    Ugly("nothing in it.xlsx", xlsx([]), refused="no filled cell"),
    Ugly("written by LibreOffice.ods", ods(ROWS), guessed="comments are not obeyed: A2 (a comment), A3 (a comment)"),
    Ugly("a sheet with a title.ods", ods([["Contacts", ""], ["", ""], *ROWS]), guessed="comments are not obeyed: A4"),
    Ugly(
        "a link.ods",
        ods(
            [HEAD],
            raw='<table:table-row><table:table-cell office:value-type="string"><text:p>FRA</text:p>'
            '</table:table-cell><table:table-cell office:value-type="string"><text:p>'
            '<text:a xlink:href="mailto:a@fra.example">write</text:a>'
            "</text:p></table:table-cell></table:table-row>",
        ),
        one(FRA),
    ),
    Ugly(
        "a merged cell.ods",
        ods(
            ROWS,
            raw='<table:table-row><table:table-cell table:number-columns-spanned="2" '
            'office:value-type="string"><text:p>FRA</text:p></table:table-cell><table:covered-table-cell/></table:table-row>',
        ),
        refused="a merged cell",
    ),
    Ugly("encrypted.ods", ods(ROWS, manifest="<manifest><encryption-data/></manifest>"), refused="encrypted"),
    Ugly("an entity.ods", ods(ROWS, prologue='<!DOCTYPE x [<!ENTITY a "b">]>'), refused="document type"),
    Ugly(
        "filled to the last row.ods",
        ods(
            ROWS,
            raw='<table:table-row table:number-rows-repeated="1000000"><table:table-cell '
            'office:value-type="string"><text:p>FRA</text:p></table:table-cell></table:table-row>',
        ),
        refused="more than 200,000 rows",
    ),
    Ugly("semicolons.csv", text(FRENCH), fields=(("name", "Ana Lé"),)),
    Ugly("byte order mark.csv", text("\ufeff" + FRENCH)),
    Ugly("Windows-1252.csv", text(FRENCH, "cp1252"), note="Windows-1252", fields=(("name", "Ana Lé"),)),
    Ugly("a Mac.csv", text(FRENCH, "mac_roman"), note="(Mac)", fields=(("name", "Ana Lé"),)),
    Ugly("UTF-16.csv", text(FRENCH.replace(";", "\t"), "utf-16"), fields=(("name", "Ana Lé"),)),
    Ugly("UTF-16 without its mark.csv", text(FRENCH, "utf-16-le")),
    Ugly("Windows-1251.csv", text(CYRILLIC, "cp1251"), note="Windows-1251", fields=(("name", "Анна Иванова"),)),
    Ugly("tabs.tsv", text("ISO3\tE-mail\nFRA\ta@fra.example\nDEU\tb@deu.example\n")),
    Ugly("bars.csv", text("ISO3|E-mail\nFRA|a@fra.example\nDEU|b@deu.example\n")),
    Ugly("Excel's sep line.csv", text('sep=;\nISO3;E-mail\nFRA;"a@fra.example"\nDEU;b@deu.example\n')),
    Ugly("line breaks in quotes.csv", text('ISO3,E-mail\nFRA,"a@fra.example\nc@fra.example"\nDEU,b@deu.example\n'), AB),
    Ugly(
        "quotes that do not match.csv",
        text('ISO3,E-mail\nFRA,"a@fra.example\nDEU,b@deu.example\n'),
        refused="quotes do not match",
    ),
    Ugly("a workbook under another name.csv", xlsx(ROWS)),
    Ugly("text under another name.xlsx", text("ISO3,E-mail\nFRA,a@fra.example\n"), refused="not an Excel workbook"),
    Ugly("a picture under another name.csv", lambda path: path.write_bytes(bytes(range(256)) * 9), refused="not text"),
)


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for ugly in UGLY:
        ugly.write(folder / ugly.file)
    print(f"{len(UGLY)} spreadsheets in {folder}")
