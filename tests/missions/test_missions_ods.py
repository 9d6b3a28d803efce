"""OpenDocument sheets: what stands beside the values is seen too."""

import zipfile
from pathlib import Path

import pytest
from missions_books import rows_of
from sqlalchemy import Engine

from outreach.actors import named
from outreach.errors import SheetError
from outreach.missions.books.opening import open_book
from outreach.missions.importer import import_file
from outreach.models import Contact

_NAMES = " ".join(f'xmlns:{name}="urn:{name}"' for name in ("office", "table", "text", "style", "dc", "fo"))
STYLES = (
    '<style:style style:name="gone" style:family="table-cell"><style:text-properties '
    'style:text-line-through-style="solid"/></style:style>'
    '<style:style style:name="heir" style:family="table-cell" style:parent-style-name="gone"/>'
    '<style:style style:name="plain" style:family="table-cell" style:parent-style-name="gone"><style:text-properties '
    'style:text-line-through-style="none"/></style:style>'
    '<style:style style:name="words" style:family="text"><style:text-properties '
    'style:text-line-through-type="single"/></style:style>'
    '<style:style style:name="away" style:family="table"><style:table-properties table:display="false"/></style:style>'
)


def write_ods(path: Path, rows: list[str], *, columns: str = "", styles: str = "", more: str = "") -> Path:
    table = f'<table:table table:name="Contacts">{columns}{"".join(rows)}</table:table>{more}'
    content = (
        f"<office:document-content {_NAMES}><office:automatic-styles>{STYLES}</office:automatic-styles>"
        f"<office:body><office:spreadsheet>{table}</office:spreadsheet></office:body></office:document-content>"
    )
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        file.writestr("content.xml", content)
        if styles:
            file.writestr("styles.xml", f"<office:document-styles {_NAMES}>{styles}</office:document-styles>")
    return path


def row(*cells: str, style: str = "", words: str = "", beside: str = "", row_style: str = "") -> str:
    named = f' table:style-name="{style}"' if style else ""
    start = f'<table:table-cell office:value-type="string"{named}>{beside}<text:p>'
    said = [f'<text:span text:style-name="{words}">{cell}</text:span>' if words else cell for cell in cells]
    text = "".join(f"{start}{one}</text:p></table:table-cell>" for one in said)
    of_row = f' table:default-cell-style-name="{row_style}"' if row_style else ""
    return f"<table:table-row{of_row}>{text}</table:table-row>"


HEAD = row("Country", "E-mail")
FRANCE = row("France", "a@fra.example")


@pytest.mark.parametrize(
    "struck",
    [
        row("Peru", "b@per.example", style="gone"),
        row("Peru", "b@per.example", style="heir"),
        row("Peru", "b@per.example", words="words"),
        row("Peru", "b@per.example", row_style="gone"),
    ],
)
def test_a_line_through_a_row_is_asked_about(engine: Engine, tmp_path: Path, struck: str) -> None:
    path = write_ods(tmp_path / "a.ods", [HEAD, FRANCE, struck])
    with pytest.raises(SheetError, match="struck through"):
        import_file(engine, path, by=named("Ana"))
    import_file(engine, path, yes=True, by=named("Ana"))
    assert {one.iso3: one.active for one in rows_of(engine, Contact)} == {"FRA": True, "PER": False}


def test_a_line_may_come_from_the_column_or_the_common_styles_and_be_taken_back(tmp_path: Path) -> None:
    columns = '<table:table-column/><table:table-column table:default-cell-style-name="common"/>'
    common = (
        '<style:style style:name="common" style:family="table-cell"><style:text-properties '
        'style:text-line-through-style="solid"/></style:style>'
    )
    rows = [row("France", "a@fra.example"), row("Peru", "b@per.example", style="plain")]
    book = open_book(write_ods(tmp_path / "a.ods", rows, columns=columns, styles=common))
    struck = {cell.text for cells in book.read("Contacts").rows.values() for cell in cells.values() if cell.struck}
    assert struck == {"a@fra.example"}


def test_comments_are_told_and_no_part_of_the_cell(tmp_path: Path) -> None:
    beside = (
        "<office:annotation><dc:creator>Eva</dc:creator><dc:date>2026-01-02</dc:date><text:p>left in</text:p>"
        "<text:p>March</text:p></office:annotation>"
    )
    hidden = f'<table:table table:name="Old" table:style-name="away">{HEAD}{FRANCE}</table:table>'
    book = open_book(write_ods(tmp_path / "a.ods", [HEAD, row("Peru", beside=beside)], more=hidden))
    assert book.read("Contacts").comments == {(2, 1): "left in\nMarch"}
    assert book.read("Contacts").rows[2][1].text == "Peru"
    assert getattr(book, "hidden_sheets", None) == {"Old"}


COLOURS = (
    '<style:default-style style:family="table-cell"><style:text-properties fo:color="#111111"/></style:default-style>'
    '<style:style style:name="Default" style:family="table-cell"/>'
    '<style:style style:name="red" style:family="table-cell" style:parent-style-name="Default">'
    '<style:table-cell-properties fo:background-color="#FF0000"/></style:style>'
    '<style:style style:name="paper" style:family="table-cell" style:parent-style-name="red">'
    '<style:table-cell-properties fo:background-color="transparent"/></style:style>'
    '<style:style style:name="grey" style:family="table-cell" style:parent-style-name="Default">'
    '<style:text-properties fo:color="#999999"/></style:style>'
    '<style:style style:name="link" style:family="table-cell" style:parent-style-name="Default">'
    '<style:text-properties fo:color="#0000ff" style:text-underline-style="solid"/></style:style>'
)


def test_colours_of_cells_and_letters_are_seen_as_in_excel(tmp_path: Path) -> None:
    rows = [HEAD, FRANCE] + [row("Peru", "b@per.example", style=one) for one in ("red", "paper", "grey", "link")]
    legend = '<table:table-row><table:table-cell table:style-name="red"/></table:table-row>'
    sheet = open_book(write_ods(tmp_path / "a.ods", [*rows, legend], styles=COLOURS)).read("Contacts")
    assert {row: colour for (row, column), colour in sheet.colours.items() if column == 2} == {
        3: "#ff0000", 5: "letters #999999",
    }  # fmt: skip
    assert sheet.swatches == {(7, 1): "#ff0000"}


def test_a_row_of_another_colour_is_asked_about(engine: Engine, tmp_path: Path) -> None:
    rows = [HEAD, FRANCE, row("Peru", "b@per.example", style="red"), row("Chile", "c@chl.example")]
    with pytest.raises(SheetError, match=r"rows have a colour of their own.*: 3"):
        import_file(engine, write_ods(tmp_path / "a.ods", rows, styles=COLOURS), by=named("Ana"))


def test_words_with_a_line_through_them_are_no_part_of_the_cell(engine: Engine, tmp_path: Path) -> None:
    struck = '<text:span text:style-name="words">old@per.example</text:span> b@per.example'
    path = write_ods(tmp_path / "a.ods", [HEAD, FRANCE, row("Peru", struck)])
    assert open_book(path).read("Contacts").struck_words == {(3, 2): "old@per.example"}
    with pytest.raises(SheetError, match="words with a line through them are left out"):
        import_file(engine, path, by=named("Ana"))
    import_file(engine, path, yes=True, by=named("Ana"))
    assert {one.email for one in rows_of(engine, Contact)} == {"a@fra.example", "b@per.example"}
