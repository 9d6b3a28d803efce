"""The status in a copy of the team's own sheet: at the right rows, and nothing else is touched."""

import io
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from invented_campaign import MADE
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.formatting.rule import CellIsRule, FormulaRule
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.table import Table, TableStyleInfo
from sqlalchemy import Engine

from outreach.catalogues import tongue
from outreach.errors import SheetError, UserError
from outreach.missions.books.opening import open_book
from outreach.missions.lists.by_state import find_states
from outreach.reports.team_sheet.fill_sheet import HEADERS, report_into
from outreach.vocabulary import Answer, DeliveryStatus, Position

NAME = "renew-the-mandate"


@pytest.fixture
def team(tmp_path: Path) -> Path:
    """A sheet as a team keeps it: a title, its own columns, formulas, a comment, colours, a chart, a second sheet."""
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.title = "Follow-up"
    sheet["A1"] = "Who calls whom"
    sheet["A1"].font = Font(size=18, bold=True)
    sheet.merge_cells("A1:D1")
    for column, header in enumerate(("Country", "Caller", "Calls", "Twice"), start=1):
        sheet.cell(3, column, header).fill = PatternFill("solid", fgColor="112233")
    for row, country in enumerate(("France", "Ivory Coast", "Atlantis", "JPN", "Argentina", "Norway"), start=4):
        sheet.cell(row, 1, country).font = Font(italic=True)
        sheet.cell(row, 3, row)
        sheet.cell(row, 4, f"=C{row}*2").number_format = "0.00"
        sheet.cell(row, 7).fill = PatternFill("solid", fgColor="EEEEEE")  # a blank with a colour, where ours will go
    sheet["B4"].comment = Comment("on leave until May", "Ana")
    sheet.conditional_formatting.add("C4:C9", CellIsRule(operator="greaterThan", formula=["6"], font=Font(bold=True)))
    sheet.freeze_panes = "B4"
    chart = BarChart()
    chart.add_data(Reference(sheet, min_col=3, min_row=4, max_row=9))
    sheet.add_chart(chart, "A20")
    other = book.create_sheet("Budget")
    other.append(["Stamps", 3])
    book.save(tmp_path / "team.xlsx")
    return tmp_path / "team.xlsx"


def test_the_status_stands_at_the_matching_rows(varied: Engine, team: Path, tmp_path: Path) -> None:
    done = report_into(varied, NAME, team, tmp_path / "copy.xlsx", made_at=MADE)
    assert (done.sheet, done.columns, done.rows) == ("Follow-up", "E:I", 4)
    assert [problem.where for problem in done.unknown] == ["Follow-up!A6"]
    sheet = openpyxl.load_workbook(tmp_path / "copy.xlsx")["Follow-up"]
    assert tuple(cell.value for cell in sheet[3][4:9]) == HEADERS
    argentina = [cell.value for cell in sheet[8][4:9]]
    assert argentina[1:] == ["bounced", "none", "unknown", None]
    assert sheet["E8"].is_date
    assert argentina[0].isoformat(timespec="minutes") == "2024-03-18T09:00"
    assert [cell.value for cell in sheet[9][4:9]] == [None] * 5  # Norway is not in the campaign
    assert [cell.value for cell in sheet[6][4:9]] == [None] * 5


def test_nothing_else_is_touched(varied: Engine, team: Path, tmp_path: Path) -> None:
    report_into(varied, NAME, team, tmp_path / "copy.xlsx", made_at=MADE)
    with zipfile.ZipFile(team) as before, zipfile.ZipFile(tmp_path / "copy.xlsx") as after:
        assert before.namelist() == after.namelist()
        changed = [name for name in before.namelist() if before.read(name) != after.read(name)]
    assert changed == ["xl/worksheets/sheet1.xml", "xl/styles.xml"]
    old, new = (openpyxl.load_workbook(path)["Follow-up"] for path in (team, tmp_path / "copy.xlsx"))
    for row in old.iter_rows(max_col=4):
        for cell in row:
            other = new[cell.coordinate]
            looks = [(one.value, repr(one.font), repr(one.fill), one.number_format) for one in (cell, other)]
            assert looks[0] == looks[1]
    assert new["B4"].comment.text == old["B4"].comment.text
    assert new["D5"].value == "=C5*2"
    assert new["G4"].fill.fgColor.rgb == "00EEEEEE"
    assert new.merged_cells.ranges == old.merged_cells.ranges
    assert new.freeze_panes == "B4"
    assert len(new._charts) == 1
    assert new.column_dimensions["F"].width == 16


def test_a_second_copy_brings_the_columns_up_to_date(varied: Engine, team: Path, tmp_path: Path) -> None:
    report_into(varied, NAME, team, tmp_path / "one.xlsx", made_at=MADE)
    done = report_into(varied, NAME, tmp_path / "one.xlsx", tmp_path / "two.xlsx", made_at=MADE)
    assert done.columns == "E:I"
    one, two = (openpyxl.load_workbook(tmp_path / f"{name}.xlsx")["Follow-up"] for name in ("one", "two"))
    assert [[c.value for c in row] for row in one] == [[c.value for c in row] for row in two]
    assert two["E8"].is_date


def test_what_a_merged_cell_covers_is_not_free(varied: Engine, team: Path, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(team)
    book["Follow-up"].merge_cells("D3:F3")
    book.save(team)
    assert report_into(varied, NAME, team, tmp_path / "copy.xlsx", made_at=MADE).columns == "G:K"


def test_rows_are_found_by_address_where_nothing_names_the_state(varied: Engine, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["E-mail", "Caller"])
    book.active.append(["Office <office@fra.example>", "Ben"])
    book.save(tmp_path / "team.xlsx")
    found = find_states(open_book(tmp_path / "team.xlsx"), addresses={"office@fra.example": "FRA"})
    assert found.rows == {2: "FRA"}


def test_what_can_not_be_done_is_said(varied: Engine, team: Path, tmp_path: Path) -> None:
    with pytest.raises(SheetError, match="take the place of the sheet itself"):
        report_into(varied, NAME, team, team)
    with pytest.raises(SheetError, match=r"End its name in \.xlsx"):
        report_into(varied, NAME, team, tmp_path / "copy.csv")
    (tmp_path / "list.csv").write_text("ISO3\nFRA\n")
    with pytest.raises(SheetError, match="no Excel workbook"):
        report_into(varied, NAME, tmp_path / "list.csv", tmp_path / "copy.csv")
    with pytest.raises(UserError, match="no folder"):
        report_into(varied, NAME, team, tmp_path / "nowhere" / "copy.xlsx")
    with pytest.raises(SheetError, match="no sheet 'Budget' with a column of states"):
        report_into(varied, NAME, team, tmp_path / "copy.xlsx", sheet="Budget")


def with_ranges(path: Path, *, table: bool, headers: tuple[str, ...] = ("Country", "Caller", "Calls")) -> Path:
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.title = "Our list & more"
    sheet.append(list(headers))
    for row, country in enumerate(("Japan", "France", "Argentina"), start=2):
        sheet.append([country, "Ana", row])
    if table:
        made = Table(displayName="Calls", ref="A1:C4")
        made.tableStyleInfo = TableStyleInfo(name="TableStyleLight1", showRowStripes=True)
        sheet.add_table(made)
    else:
        sheet.auto_filter.ref = "A1:C4"
        sheet.auto_filter.add_sort_condition("C2:C4")
    sheet.print_area = "A1:C4"
    for area in ("A2:C4", "C2:C4"):
        rule = FormulaRule(formula=[f"$C2>{len(area)}"], font=Font(bold=True))
        sheet.conditional_formatting.add(area, rule)
    book.create_sheet("Other").print_area = "A1:B2"
    book.save(path)
    return path


def ranges(path: Path) -> dict[str, Any]:
    book = openpyxl.load_workbook(path)
    sheet: Any = book["Our list & more"]
    return {
        "filter": sheet.auto_filter.ref,
        "tables": {name: (one.ref, one.autoFilter.ref, [c.name for c in one.tableColumns]) for name, one in
                   ((table.displayName, table) for table in sheet.tables.values())},
        "print": sheet.print_area,
        "formats": sorted(str(area.sqref) for area in sheet.conditional_formatting),
        "other": book["Other"].print_area,
    }  # fmt: skip


@pytest.mark.parametrize("suffix", [".xlsx", ".xlsm"])
def test_filter_print_area_and_formats_cover_the_new_columns(varied: Engine, tmp_path: Path, suffix: str) -> None:
    team = with_ranges(tmp_path / f"team{suffix}", table=False)
    first, second = tmp_path / f"one{suffix}", tmp_path / f"two{suffix}"
    report_into(varied, NAME, team, first, made_at=MADE)
    found = ranges(first)
    assert found["filter"] == "A1:H4"
    assert found["print"] == "'Our list & more'!$A$1:$H$4"
    assert found["formats"] == ["A2:H4", "C2:C4"]
    assert found["other"] == ranges(team)["other"]
    report_into(varied, NAME, first, second, made_at=MADE)
    assert ranges(second) == found


def test_a_table_covers_the_new_columns_under_names_of_its_own(varied: Engine, tmp_path: Path) -> None:
    team = with_ranges(tmp_path / "team.xlsx", table=True, headers=("Country", "Position", "Calls"))
    report_into(varied, NAME, team, tmp_path / "one.xlsx", made_at=MADE)
    found = ranges(tmp_path / "one.xlsx")
    names = ["Country", "Position", "Calls", "Sent", "Delivery", "Answer", "Position (status)", "Date"]
    assert found["tables"] == {"Calls": ("A1:H4", "A1:H4", names)}
    sheet = openpyxl.load_workbook(tmp_path / "one.xlsx")["Our list & more"]
    assert [cell.value for cell in sheet[1]] == names
    done = report_into(varied, NAME, tmp_path / "one.xlsx", tmp_path / "two.xlsx", made_at=MADE)
    assert (done.columns, ranges(tmp_path / "two.xlsx")) == ("D:H", found)


@pytest.mark.parametrize("table", [True, False])
def test_columns_beside_a_table_are_refused_with_the_cure(varied: Engine, tmp_path: Path, table: bool) -> None:
    book = openpyxl.load_workbook(with_ranges(tmp_path / "team.xlsx", table=table))
    book["Our list & more"]["D1"] = "Beside it"
    book.save(tmp_path / "team.xlsx")
    with pytest.raises(SheetError, match="ends at column C, and D:D stand beside it"):
        report_into(varied, NAME, tmp_path / "team.xlsx", tmp_path / "copy.xlsx", made_at=MADE)
    assert not (tmp_path / "copy.xlsx").exists()


@pytest.mark.heavy
@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
@pytest.mark.parametrize("table", [True, False])
def test_libreoffice_reads_the_copy_and_its_range(varied: Engine, tmp_path: Path, table: bool) -> None:
    team = with_ranges(tmp_path / "team.xlsx", table=table)
    report_into(varied, NAME, team, tmp_path / "copy.xlsx", made_at=MADE)
    profile = (tmp_path / "profile").as_uri()
    command = ["soffice", f"-env:UserInstallation={profile}", "--headless", "--convert-to", "fods", "--outdir"]
    subprocess.run([*command, str(tmp_path), str(tmp_path / "copy.xlsx")], check=True, capture_output=True)
    saved = (tmp_path / "copy.fods").read_text(encoding="utf-8")
    (area,) = re.findall(r'<table:database-range [^>]*table:target-range-address="([^"]*)"', saved)
    assert area.endswith(".H4")


@pytest.mark.parametrize(("language", "heads"), [
    ("fr", ("Envoyée le", "Distribution", "Réponse", "Position", "Date")),
    ("es", ("Enviada el", "Entrega", "Respuesta", "Posición", "Fecha")),
])  # fmt: skip
def test_the_columns_are_in_the_language_and_stay_in_that(
    varied: Engine, team: Path, tmp_path: Path, language: str, heads: tuple[str, ...]
) -> None:
    say = tongue(language)
    report_into(varied, NAME, team, tmp_path / "copy.xlsx", made_at=MADE, say=say)
    sheet = openpyxl.load_workbook(tmp_path / "copy.xlsx")["Follow-up"]
    assert tuple(cell.value for cell in sheet[3][4:9]) == heads
    words = [cell.value for cell in sheet[8][5:8]]
    assert words == [say.word(DeliveryStatus.BOUNCED), say.word(Answer.NONE), say.word(Position.UNKNOWN)]
    done = report_into(varied, NAME, tmp_path / "copy.xlsx", tmp_path / "again.xlsx", made_at=MADE)
    assert done.columns == "E:I", "the columns of the earlier copy were not found again"
    again = openpyxl.load_workbook(tmp_path / "again.xlsx")["Follow-up"]
    assert [[cell.value for cell in row] for row in again] == [[cell.value for cell in row] for row in sheet]


def test_a_table_that_has_such_a_column_gets_ours_apart_in_the_language(
    varied: Engine, team: Path, tmp_path: Path
) -> None:
    book = openpyxl.load_workbook(team)
    book["Follow-up"]["B3"] = "Position"
    table = Table(displayName="Calls", ref="A3:D9", tableStyleInfo=TableStyleInfo(name="TableStyleLight1"))
    book["Follow-up"].add_table(table)
    book.save(team)
    for place in (team, tmp_path / "copy.xlsx"):
        report_into(varied, NAME, place, tmp_path / f"{place.stem}-copy.xlsx", made_at=MADE, say=tongue("fr"))
        (tmp_path / f"{place.stem}-copy.xlsx").replace(tmp_path / "copy.xlsx")
        sheet = openpyxl.load_workbook(tmp_path / "copy.xlsx")["Follow-up"]
        assert sheet["H3"].value == "Position (suivi)"
        assert "Position (suivi)" in [column.name for column in sheet.tables["Calls"].tableColumns]
        assert sheet.max_column == 9


def rewritten(path: Path, how: Callable[[str], bytes | str]) -> Path:
    """A copy of a workbook whose first worksheet is written otherwise, and says the same."""
    out = path.with_name("rewritten.xlsx")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            body: bytes | str = old.read(entry)
            if entry.filename == "xl/worksheets/sheet1.xml":
                body = how(old.read(entry).decode())
            new.writestr(entry.filename, body)
    return out


def with_shared_texts(path: Path, item: str = "<si><t>{}</t></si>") -> Path:
    """A copy of a workbook whose texts are shared, as Excel and LibreOffice write them."""
    texts: list[str] = []

    def shared(match: re.Match[str]) -> str:
        texts.append(item.format(match[1]))
        return f't="s"><v>{len(texts) - 1}</v></c>'

    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"
    out = path.with_name("shared.xlsx")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            body = old.read(name).decode()
            if name == "xl/worksheets/sheet1.xml":
                body = re.sub(r't="inlineStr"><is><t>([^<]*)</t></is></c>', shared, body)
            elif name == "[Content_Types].xml":
                body = body.replace(
                    "</Types>", f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kind}"/></Types>'
                )
            elif name == "xl/_rels/workbook.xml.rels":
                one = f'<Relationship Id="rId99" Type="{relation}" Target="sharedStrings.xml"/>'
                body = body.replace("</Relationships>", one + "</Relationships>")
            new.writestr(name, body)
        space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
        new.writestr("xl/sharedStrings.xml", f"<sst {space}>{''.join(texts)}<si/></sst>")
    return out


SHARED = [
    "<si><t>{}</t></si>",
    "<si><r><t>{}</t></r><rPh sb='0' eb='1'><t>odd</t></rPh></si>",
    "<si><!-- x --><t>{}</t></si>",
]


@pytest.mark.parametrize("item", SHARED)
def test_texts_that_cells_share_are_read_as_those_in_the_cells(
    varied: Engine, team: Path, tmp_path: Path, item: str
) -> None:
    one = report_into(varied, NAME, team, tmp_path / "one.xlsx", made_at=MADE)
    two = report_into(varied, NAME, with_shared_texts(team, item), tmp_path / "two.xlsx", made_at=MADE)
    assert [problem.where for problem in one.unknown] == [problem.where for problem in two.unknown]
    cells = [
        [[c.value for c in row[4:]] for row in openpyxl.load_workbook(done.out)["Follow-up"].iter_rows()]
        for done in (one, two)
    ]
    assert cells[0] == cells[1]


def prefixed(text: str) -> str:
    return re.sub(r"(</?)(\w)", r"\1x:\2", text).replace(' xmlns="', ' xmlns:x="', 1)


WRITINGS: dict[str, Callable[[str], bytes | str]] = {
    "with a prefix": prefixed,
    "with comments": lambda text: text.replace("<sheetData>", "<sheetData><!-- <row r='1'> -->"),
    "with CDATA": lambda text: re.sub(r"<v>([^<]*)</v>", r"<v><![CDATA[\1]]></v>", text),
    "in UTF-16": lambda text: ('<?xml version="1.0" encoding="UTF-16"?>' + text).encode("utf-16"),
    "in Latin-1": lambda text: ('<?xml version="1.0" encoding="ISO-8859-1"?>' + text).encode("latin-1"),
    "cells that don't say where they are": lambda text: re.sub(r'<c r="A\d+"( s="\d+")?( t="\w+")?', r"<c\1\2", text),
    "in single quotes": lambda text: text.replace('"', "'"),
    "in other order": lambda text: re.sub(r'<c (r="\w+")( [^>/]*?)(/?)>', r"<c\2 \1\3>", text),
    "in lines": lambda text: re.sub(r"(<row|<c |</row|</sheetData)", r"\n  \1", text),
    "with spans": lambda text: re.sub(r"<row (r=\"\d+\")", r'<row \1 spans="1:7"', text),
}


@pytest.mark.parametrize("writing", WRITINGS)
def test_however_the_sheet_is_written_the_copy_has_the_same_cells(
    varied: Engine, team: Path, tmp_path: Path, writing: str
) -> None:
    odd = rewritten(team, WRITINGS[writing])
    found = []
    for path in (team, odd):
        done = report_into(varied, NAME, path, tmp_path / f"copy of {path.name}", made_at=MADE)
        book = openpyxl.load_workbook(done.out)
        sheet = book["Follow-up"]
        cells = [[(c.value, c.number_format, c.font.i, repr(c.fill)) for c in row] for row in sheet.iter_rows()]
        found.append((done.columns, done.rows, cells, str(sheet.merged_cells), sheet.dimensions))
        again = report_into(varied, NAME, done.out, tmp_path / f"again of {path.name}", made_at=MADE)
        assert again.columns == done.columns
        second = openpyxl.load_workbook(again.out)["Follow-up"]
        assert [[c.value for c in row] for row in second] == [[c.value for c in row] for row in sheet]
    assert found[0] == found[1]


def test_words_that_look_like_a_row_s_attribute_stay_in_their_cell(varied: Engine, team: Path, tmp_path: Path) -> None:
    words = 'wrote spans="1:4" beside it'
    book = openpyxl.load_workbook(team)
    book["Follow-up"]["B5"] = words
    book.save(team)
    report_into(varied, NAME, team, tmp_path / "copy.xlsx", made_at=MADE)
    assert openpyxl.load_workbook(tmp_path / "copy.xlsx")["Follow-up"]["B5"].value == words


def test_a_sheet_packed_in_a_hurry_as_excel_does_is_packed_so_again(
    varied: Engine, team: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, int | None] = {}
    write = zipfile.ZipFile.writestr

    def watched(self: Any, entry: Any, data: Any, kind: Any = None, level: int | None = None) -> None:
        asked[entry.filename] = level
        write(self, entry, data, kind, level)

    super_fast = bytearray(team.read_bytes())
    for found in re.finditer(rb"PK\x01\x02", bytes(super_fast)):
        super_fast[found.start() + 8] |= 0b110  # general purpose flags, bits 1 and 2 (APPNOTE.TXT, 4.4.4)
    team.write_bytes(super_fast)
    monkeypatch.setattr(zipfile.ZipFile, "writestr", watched)
    report_into(varied, NAME, team, tmp_path / "copy.xlsx", made_at=MADE)
    assert asked["xl/worksheets/sheet1.xml"] == 1


def test_members_that_are_not_touched_are_copied_as_they_lie_there(varied: Engine, team: Path, tmp_path: Path) -> None:
    packed = tmp_path / "packed.xlsx"
    with zipfile.ZipFile(team) as old, packed.open("wb") as file:

        class OneWay(io.RawIOBase):  # what can't be sought is written with its sizes behind it
            def writable(self) -> bool:
                return True

            def write(self, data: Any) -> int:
                return file.write(data)

        with zipfile.ZipFile(io.BufferedWriter(OneWay()), "w", zipfile.ZIP_DEFLATED, compresslevel=9) as new:
            for name in old.namelist():
                new.writestr(name, old.read(name))
    report_into(varied, NAME, packed, tmp_path / "copy.xlsx", made_at=MADE)
    with zipfile.ZipFile(packed) as before, zipfile.ZipFile(tmp_path / "copy.xlsx") as after:
        assert after.testzip() is None
        assert before.namelist() == after.namelist()
        sizes = [{e.filename: e.compress_size for e in one.infolist()} for one in (before, after)]
        assert all(
            sizes[0][n] == sizes[1][n] for n in sizes[0] if n not in ("xl/worksheets/sheet1.xml", "xl/styles.xml")
        )
        assert before.read("docProps/app.xml") == after.read("docProps/app.xml")


def test_a_sheet_whose_rows_are_out_of_order_or_whose_xml_is_unsound_is_refused(
    varied: Engine, team: Path, tmp_path: Path
) -> None:
    broken: list[Callable[[str], bytes | str]] = [
        lambda text: text.replace('<row r="5"', '<row r="4"', 1),
        lambda text: text.replace("</v></c>", "</c></v>"),
        lambda text: text.replace("<sheetData>", "<sheetData><c>"),
        lambda text: '<!DOCTYPE a [<!ENTITY b "c">]>' + text,
        lambda text: text[:-30],
    ]
    for how in broken:
        with pytest.raises(SheetError):
            report_into(varied, NAME, rewritten(team, how), tmp_path / "copy.xlsx", made_at=MADE)
        assert not (tmp_path / "copy.xlsx").exists()


@pytest.mark.parametrize(
    "bound", ["cut_rows.MAX_ROWS", "cut_rows.MAX_CELLS", "package.MAX_INFLATED_BYTES", "package.MAX_ELEMENTS"]
)
def test_a_sheet_larger_than_any_is_refused_before_it_is_parsed(
    varied: Engine, team: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bound: str
) -> None:
    monkeypatch.setattr(f"outreach.missions.books.{bound}", 5)
    with pytest.raises(SheetError) as caught:
        report_into(varied, NAME, team, tmp_path / "copy.xlsx", made_at=MADE)
    assert caught.value.says.code == "sheet.refused"


def edited(path: Path, how: str) -> Path:
    """A copy whose columns of ours somebody moved, or of which some were deleted."""
    book = openpyxl.load_workbook(path)
    sheet = book["Follow-up"]
    if how == "deleted":
        sheet.delete_cols(8)
        sheet.delete_cols(5)
    else:
        for row in range(3, 10):
            sent, position = sheet.cell(row, 5), sheet.cell(row, 8)
            sent.value, position.value = position.value, sent.value
    book.save(path.with_name(f"{how}.xlsx"))
    return path.with_name(f"{how}.xlsx")


@pytest.mark.heavy
@pytest.mark.parametrize("how", ["deleted", "moved"])
def test_columns_of_an_earlier_copy_that_were_moved_get_none_beside_them(
    varied: Engine, team: Path, tmp_path: Path, how: str
) -> None:
    report_into(varied, NAME, team, tmp_path / "copy.xlsx", made_at=MADE)
    again = edited(tmp_path / "copy.xlsx", how)
    with pytest.raises(SheetError) as caught:
        report_into(varied, NAME, again, tmp_path / "third.xlsx", made_at=MADE)
    assert caught.value.says.code == "into.columns-moved"
    assert not (tmp_path / "third.xlsx").exists()


@pytest.mark.heavy
def test_a_position_of_the_team_s_own_is_no_column_of_ours(varied: Engine, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet: Any = book.active
    for row in (["Country", "Position", "Date"], ["France", "in favour", "1 March"], ["Japan", "unknown", ""]):
        sheet.append(row)
    sheet.auto_filter.ref = "A1:C3"
    sheet.protection.sheet = True
    book.save(tmp_path / "own.xlsx")
    done = report_into(varied, NAME, tmp_path / "own.xlsx", tmp_path / "copy.xlsx", made_at=MADE)
    heads = [cell.value for cell in openpyxl.load_workbook(tmp_path / "copy.xlsx").active[1]]
    assert heads == ["Country", "Position", "Date", "Sent", "Delivery", "Answer", "Position (status)", "Date (status)"]
    assert any("is protected" in note for note in done.notes)
