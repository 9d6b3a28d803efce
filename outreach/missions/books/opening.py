"""Opens whatever spreadsheet a team has, known by its content; CSV, which has no mark, by its name."""

from pathlib import Path

from outreach.errors import SheetError
from outreach.missions.books.cells import Book
from outreach.missions.books.package import Package, content_of, is_compound, is_zip

_DELIMITED = {".csv", ".tsv", ".tab", ".txt"}


def open_book(path: Path) -> Book:
    """Open a workbook of Excel (.xlsx, .xlsm, .xlsb, .xls) or OpenDocument (.ods), delimited text, or vCards.

    Raises SheetError, one sentence, for anything that is no such file, is protected, or is too large.
    """
    return open_content(path.name, content_of(path))


def open_content(name: str, content: bytes) -> Book:
    """Open a spreadsheet whose bytes are at hand; raises as `open_book` does."""
    if is_zip(content):
        package = Package(name, content)
        if package.is_binary:
            from outreach.missions.books.old_excel import OldExcel

            return OldExcel(name, content)
        package.refuse_other_formats()
        if package.is_open_document:
            from outreach.missions.books.ods import OpenDocument

            return OpenDocument(package)
        from outreach.missions.books.xlsx import Workbook

        return Workbook(package)
    if is_compound(content):
        from outreach.missions.books.old_excel import OldExcel

        return OldExcel(name, content)
    if Path(name).suffix.lower() in _DELIMITED:
        from outreach.missions.books.delimited import Delimited

        return Delimited(name, content)
    from outreach.missions.books.vcards import VCards, is_vcard

    if is_vcard(content):
        return VCards(name, content)
    raise SheetError(
        "sheet.not-xlsx",
        "{name} is not an Excel workbook (.xlsx), whatever its name says.",
        name=name,
        remedy="Open it in Excel or LibreOffice and save it as an Excel workbook (.xlsx), or name it "
        ".csv if it is that.",
    )
