"""The workbook: its figures equal the database, its cells are of the right kind, and it says what it is."""

import re
import shutil
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import openpyxl
import pytest
from invented_campaign import MADE, add_campaign, add_message, add_missions, add_response, fill
from openpyxl.utils.datetime import to_excel
from sqlalchemy import Engine
from sqlmodel import select

from outreach.campaigns.plan import get_campaign
from outreach.database import open_database, reading, writing
from outreach.models import Attachment, Message, Reply
from outreach.reports.excel import tables
from outreach.reports.excel.report_columns import LOG_COLUMNS, MISSION_COLUMNS
from outreach.reports.export import report
from outreach.reports.log import events
from outreach.reports.status import status
from outreach.reports.table import rows
from outreach.vocabulary import Answer, CampaignState, DeliveryStatus, FileKind, MailKind, MessageState, Position
from tests.databases import as_another

NAME = "renew-the-mandate"
C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
XDR = "{http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing}"


@pytest.fixture(scope="module")
def path(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Written once, and only read."""
    folder = tmp_path_factory.mktemp("report")
    shutil.copy(filled, folder / "outreach.db")
    as_another(folder / "outreach.db")
    engine = open_database(f"sqlite:///{folder / 'outreach.db'}")
    try:
        return report(engine, NAME, folder / "report.xlsx", made_at=MADE)
    finally:
        engine.dispose()


@pytest.fixture(scope="module")
def book(path: Path) -> openpyxl.Workbook:
    return openpyxl.load_workbook(path)


def _overview(book: openpyxl.Workbook) -> dict[str, list[Any]]:
    """Every text of the Overview, with the values that stand to the right of it."""
    found: dict[str, list[Any]] = {}
    for row in book["Overview"].iter_rows():
        for cell in row:
            if isinstance(cell.value, str):
                found.setdefault(cell.value, [other.value for other in row[cell.column :]])
    return found


def _tiles(book: openpyxl.Workbook) -> dict[str, int]:
    sheet = book["Overview"]
    return {
        str(sheet.cell(row + 1, column).value): sheet.cell(row, column).value
        for row in range(1, 15)
        for column in range(2, 8)
        if isinstance(sheet.cell(row, column).value, int)
    }


@pytest.mark.heavy
def test_the_sheets_are_there_in_order(book: openpyxl.Workbook) -> None:
    assert book.sheetnames == ["Overview", "Missions", "By group", "Answers", "Problems", "Log", "About"]


def test_the_figures_of_the_overview_equal_the_status(varied: Engine, book: openpyxl.Workbook) -> None:
    with reading(varied) as session:
        found = status(session, get_campaign(session, NAME))
    assert _tiles(book) == {
        "Missions": found.missions,
        "Sent": found.messages["sent"],
        "Accepted or delivered": found.delivery["accepted"] + found.delivery["delivered"],
        "Bounced": found.delivery["bounced"],
        "Answered": found.answers["acknowledged"] + found.answers["replied"],
        "In favour or co-sponsor": found.positions["in favour"] + found.positions["co-sponsor"],
    }
    texts = _overview(book)
    for counts in (found.messages, found.delivery, found.positions):
        for word, number in counts.items():
            assert texts[word][0] == number, word
    assert texts["All"] == [found.answers.get(answer, 0) for answer in Answer] + [found.missions]


def test_answers_by_group_add_up_to_the_missions(varied: Engine, book: openpyxl.Workbook) -> None:
    with reading(varied) as session:
        missions = rows(session, get_campaign(session, NAME))
    texts = _overview(book)
    for group, number in (
        ("African", 13),
        ("Asia-Pacific", 13),
        ("Eastern European", 6),
        ("Latin American and Caribbean", 8),
        ("Western European and Others", 7),
    ):
        expected = [sum(row.regional_group == group and row.answer == answer for row in missions) for answer in Answer]
        assert texts[group] == [*expected, number]


def test_the_head_says_what_when_and_in_which_zone(book: openpyxl.Workbook) -> None:
    text = " ".join(_overview(book))
    assert NAME in text
    assert "Letter hrc-joint-letter" in text
    assert "47 missions as of 18 March 2024" in text
    assert "Made 2024-03-25 14:30 CET" in text
    assert "Europe/Zurich" in text
    assert "campaign scheduled" in text


def test_a_rehearsal_is_told_on_the_first_sheet_and_every_printed_page(book: openpyxl.Workbook) -> None:
    assert "REHEARSAL: these letters went to nobody" in _overview(book)
    assert all("REHEARSAL" in sheet.oddHeader.center.text for sheet in book)


@pytest.mark.heavy
def test_a_live_campaign_has_no_word_of_rehearsal(engine: Engine, tmp_path: Path) -> None:
    with writing(engine) as session:
        add_missions(session)
        fill(session, "live", rehearsed=False)
        mixed = fill(session, "mixed", rehearsed=False)
        rehearsed = add_campaign(session, "none")
        add_response(session, rehearsed, "FRA")
        assert mixed.id is not None
    live = openpyxl.load_workbook(report(engine, "live", tmp_path / "live.xlsx"))
    assert "REHEARSAL" not in " ".join(_overview(live))
    assert not live["Missions"].oddHeader.center.text


@pytest.mark.heavy
def test_a_campaign_that_was_rehearsed_in_part_says_how_much(engine: Engine, tmp_path: Path) -> None:
    with writing(engine) as session:
        add_missions(session)
        campaign = add_campaign(session, "mixed")
        for iso3, rehearsed in (("FRA", True), ("DEU", False), ("FIN", False)):
            add_response(session, campaign, iso3)
            add_message(session, campaign, iso3, state=MessageState.SENT, sent_at=MADE, rehearsed=rehearsed)
    book = openpyxl.load_workbook(report(engine, "mixed", tmp_path / "mixed.xlsx"))
    assert "REHEARSAL: 1 of the 3 letters went to nobody" in _overview(book)


def test_missions_are_one_row_each_with_real_types(varied: Engine, book: openpyxl.Workbook) -> None:
    sheet = book["Missions"]
    assert [cell.value for cell in sheet[1]] == [column.header for column in MISSION_COLUMNS]
    assert sheet.max_row == 48
    with reading(varied) as session:
        by_iso3 = {row.iso3: row for row in rows(session, get_campaign(session, NAME), now=MADE)}
    headers = [cell.value for cell in sheet[1]]
    for cells in sheet.iter_rows(min_row=2):
        got = dict(zip(headers, cells, strict=True))
        row = by_iso3[got["ISO3"].value]
        assert got["Mission"].value == row.mission
        assert got["Member until"].value == row.member_until
        assert (got["Recipients"].value or "") == "\n".join(row.recipients)
        assert (got["State"].value, got["Position"].value) == (row.message_state, row.position)
        assert got["Days waiting"].value == row.days_waiting
        assert got["Next step"].value == row.next_step
        if row.sent_at:
            assert got["Sent"].is_date
            assert got["Sent"].number_format == "yyyy-mm-dd hh:mm"
    france = next(row for row in sheet.iter_rows(min_row=2) if row[0].value == "ALB")
    assert france[headers.index("Sent")].value == datetime(2024, 3, 18, 9, 0, tzinfo=UTC).replace(tzinfo=None)
    assert type(france[headers.index("Member until")].value) is int


@pytest.mark.heavy
def test_times_follow_the_clock_of_the_zone(engine: Engine, tmp_path: Path) -> None:
    winter, summer = datetime(2024, 3, 31, 0, 30, tzinfo=UTC), datetime(2024, 3, 31, 1, 30, tzinfo=UTC)
    with writing(engine) as session:
        add_missions(session)
        campaign = add_campaign(session, "one")
        for iso3, moment in (("DEU", winter), ("FRA", summer)):
            add_response(session, campaign, iso3)
            add_message(session, campaign, iso3, state=MessageState.SENT, sent_at=moment)
    sheet = openpyxl.load_workbook(report(engine, "one", tmp_path / "one.xlsx"))["Missions"]
    column = next(cell.column for cell in sheet[1] if cell.value == "Sent")
    assert [str(sheet.cell(row, column).value) for row in (3, 2)] == ["2024-03-31 01:30:00", "2024-03-31 03:30:00"]


def test_missions_can_be_worked_with(book: openpyxl.Workbook) -> None:
    sheet = book["Missions"]
    (table,) = sheet.tables.values()
    assert table.ref == "A1:W48"
    assert table.autoFilter.ref == "A1:W48"
    assert [column.name for column in table.tableColumns] == [column.header for column in MISSION_COLUMNS]
    assert sheet.freeze_panes == "C2"
    position, note, how = sheet.data_validations.dataValidation
    assert {choice.type for choice in (position, note, how)} == {"list"}
    assert position.formula1 == '"' + ",".join(Position) + '"'
    assert [str(choice.sqref) for choice in (position, note, how)] == ["M2:M48", "O2:O48", "P2:P48"]
    assert [sheet[f"{letter}1"].value for letter in "MOP"] == ["Position", "Note", "Answered how"]
    assert position.showErrorMessage
    assert not note.showErrorMessage
    assert sheet.column_dimensions["W"].hidden
    assert sheet["W1"].value == "Row key"


def test_each_colour_goes_with_bold_italic_or_words(book: openpyxl.Workbook) -> None:
    ranges = {str(rules.sqref): list(rules.rules) for rules in book["Missions"].conditional_formatting}
    assert set(ranges) - {"A2:W48", "O2:O48", "P2:P48", "Q2:Q48"} == {
        "H2:H48",
        "J2:J48",
        "K2:K48",
        "M2:M48",
        "N2:N48",
        "S2:S48",
    }
    for rules in ranges.values():
        for rule in rules:
            if (
                rule.dxf.fill is not None and rule.dxf.font is not None
            ):  # the ground of what is to be filled in has none
                assert rule.dxf.font.b
    words = {rule.formula[0] for rule in ranges["H2:H48"]}
    assert {'"failed"', '"uncertain"', '"held"', '"deferred"'} <= words


@pytest.mark.heavy
def test_groups_add_up_and_problems_say_what_to_do(varied: Engine, book: openpyxl.Workbook) -> None:
    with reading(varied) as session:
        missions = rows(session, get_campaign(session, NAME), now=MADE)
    lines = list(book["By group"].iter_rows(max_row=7, values_only=True))
    header, *groups, everything = lines
    assert everything[0] == "All"
    for number, name in enumerate(header):
        if number and name != "Share answered":
            assert sum(line[number] for line in groups) == everything[number]
    assert everything[header.index("Missions")] == len(missions) == 47
    assert everything[header.index("In favour")] == sum(row.position is Position.IN_FAVOUR for row in missions)
    problems = list(book["Problems"].iter_rows(min_row=2, values_only=True))
    stuck = {MessageState.HELD, MessageState.FAILED, MessageState.UNCERTAIN}
    assert {line[0] for line in problems} == {
        row.iso3 for row in missions if row.message_state in stuck or row.delivery is DeliveryStatus.BOUNCED
    }
    assert all(line[3] and not line[3].startswith(("Wait", "Nothing")) for line in problems)


@pytest.mark.heavy
def test_answers_hold_the_words_that_each_mission_wrote(varied: Engine, tmp_path: Path) -> None:
    with writing(varied) as session:
        message = session.exec(select(Message).where(Message.iso3 == "FRA")).one()
        for number, (kind, body) in enumerate(
            [
                (MailKind.REPLY, "=Nous voterons pour.\nBien à vous"),
                (MailKind.AUTO_REPLY, "Absent"),
                (MailKind.BOUNCE, "x"),
            ]
        ):
            session.add(
                Reply(
                    digest=str(number), received_at=MADE, ingested_at=MADE, kind=kind, sender="a@fra.example",
                    subject="Re", body=body, message_id=message.id, raw=b"",
                )
            )  # fmt: skip
    sheet = openpyxl.load_workbook(report(varied, NAME, tmp_path / "r.xlsx", made_at=MADE))["Answers"]
    found = [(line[0], line[3], line[6]) for line in sheet.iter_rows(min_row=2, values_only=True)]
    assert found == [("FRA", "reply", "=Nous voterons pour.\nBien à vous"), ("FRA", "auto-reply", "Absent")]
    assert sheet["G2"].data_type == "s"


@pytest.mark.heavy
def test_answers_name_what_was_attached_and_carry_the_first_lines_of_the_note(varied: Engine, tmp_path: Path) -> None:
    note = "NOTE VERBALE\nThe Permanent Mission of France presents its compliments.\n" + "and so on, " * 200
    with writing(varied) as session:
        message = session.exec(select(Message).where(Message.iso3 == "FRA")).one()
        reply = Reply(
            digest="1", received_at=MADE, ingested_at=MADE, kind=MailKind.REPLY, sender="a@fra.example", subject="Re",
            body="Please see attached.", message_id=message.id, raw=b"",
        )  # fmt: skip
        session.add(reply)
        session.flush()
        for name, kind, words in (
            ("list.txt", FileKind.TEXT, "=1+1"), ("note.pdf", FileKind.PDF, note), ("s.pdf", FileKind.SCAN, ""),
        ):  # fmt: skip
            session.add(
                Attachment(
                    reply_id=reply.id, name=name, media_type="x/y", size=1, sha256=name, kind=kind, words=words
                )
            )  # fmt: skip
    sheet = openpyxl.load_workbook(report(varied, NAME, tmp_path / "r.xlsx", made_at=MADE))["Answers"]
    header, line = sheet.iter_rows(values_only=True)
    found = dict(zip(header, line, strict=True))
    assert found["Attachments"] == "list.txt, note.pdf, s.pdf (a scan)"
    assert found["Attached note"].startswith(
        "NOTE VERBALE\nThe Permanent Mission of France presents its compliments.\nand"
    )
    assert found["Attached note"].endswith("…")
    assert len(found["Attached note"]) < 700


def test_the_log_is_complete(varied: Engine, book: openpyxl.Workbook) -> None:
    sheet = book["Log"]
    assert [cell.value for cell in sheet[1]] == [column.header for column in LOG_COLUMNS]
    with reading(varied) as session:
        expected = [(event.iso3, event.what) for event in events(session, get_campaign(session, NAME))]
    assert [(sheet.cell(row, 2).value, sheet.cell(row, 4).value) for row in range(2, sheet.max_row + 1)] == expected
    assert sheet["A2"].is_date
    assert sheet.freeze_panes == "A2"


@pytest.mark.heavy
def test_a_log_longer_than_a_sheet_says_so(varied: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MOST_ROWS", 60)
    sheet = openpyxl.load_workbook(report(varied, NAME, tmp_path / "long.xlsx"))["Log"]
    assert sheet.max_row == 60
    assert "The sheet ends here" in sheet["A60"].value
    (table,) = sheet.tables.values()
    assert table.ref == "A1:H59"


def test_about_explains_every_column_and_every_word(book: openpyxl.Workbook) -> None:
    explained = {cell.value for cell in book["About"]["C"]}
    assert {column.header for column in (*MISSION_COLUMNS, *LOG_COLUMNS)} <= explained
    assert {*MessageState, *Answer, *Position} <= explained
    text = " ".join(str(cell.value) for row in book["About"].iter_rows() for cell in row)
    assert "Europe/Zurich" in text
    assert "2024-03-25 14:30 CET" in text


def test_charts_are_native_show_the_figures_and_are_described(path: Path, book: openpyxl.Workbook) -> None:
    with zipfile.ZipFile(path) as archive:
        charts = [ET.fromstring(archive.read(f"xl/charts/chart{number}.xml")) for number in (1, 2, 3, 4)]
        drawing = ET.fromstring(archive.read("xl/drawings/drawing1.xml"))
    for chart in charts:
        assert "".join(chart.find(f".//{C}title").itertext()).strip()
        for kind in ("cat", "val", "tx"):
            for reference in chart.iterfind(f".//{C}ser/{C}{kind}//*[{C}f]"):
                sheet, cells = reference.findtext(f"{C}f").rsplit("!", 1)
                block = book[sheet.strip("'")][cells.replace("$", "")]
                values = [row[0].value for row in block] if isinstance(block, tuple) else [block.value]
                shown = [str(int(to_excel(value))) if isinstance(value, datetime) else str(value) for value in values]
                assert [point.text for point in reference.iterfind(f".//{C}v")] == shown
    groupings = [chart.find(f".//{C}grouping").get("val") for chart in charts]
    assert groupings == ["stacked", "clustered", "standard", "stacked"]
    frames = [frame.attrib for frame in drawing.iter(f"{XDR}cNvPr")]
    assert [frame["title"] for frame in frames] == ["Answers by regional group", "Positions", "Progress over days"]
    assert "African: 3 none" in frames[0]["descr"]
    assert "5 in favour" in frames[1]["descr"]
    assert "By 25 March 2024: 38 sent, 22 answered" in frames[2]["descr"]


def test_it_is_set_up_for_print_and_says_who_made_it(path: Path, book: openpyxl.Workbook) -> None:
    for sheet in book:
        assert sheet.page_setup.orientation == "landscape"
        assert (int(sheet.page_setup.paperSize), sheet.page_setup.fitToHeight) == (9, 0)
        assert sheet.page_setup.fitToWidth == {"Missions": 3, "Answers": 2}.get(sheet.title, 1)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert "&P" in sheet.oddFooter.right.text
    assert book["Missions"].print_title_cols == "$A:$B"
    assert book["Missions"].print_title_rows == book["Log"].print_title_rows == "$1:$1"
    assert not book["Overview"].sheet_view.showGridLines
    assert book.properties.creator == "Outreach"
    assert NAME in book.properties.title
    assert book.properties.created == MADE.replace(tzinfo=None)
    assert book.active.title == "Overview"


@pytest.mark.heavy
def test_two_campaigns_do_not_mix(varied: Engine, tmp_path: Path) -> None:
    with writing(varied) as session:
        other = add_campaign(session, "other", state=CampaignState.DRAFT)
        add_response(session, other, "FRA", note="elsewhere")
    mine = openpyxl.load_workbook(report(varied, NAME, tmp_path / "mine.xlsx"))
    theirs = openpyxl.load_workbook(report(varied, "other", tmp_path / "theirs.xlsx"))
    assert "elsewhere" not in str([cell.value for row in mine["Missions"].iter_rows() for cell in row])
    assert theirs["Missions"].max_row == 2
    assert _tiles(theirs)["Missions"] == 1
    assert _tiles(theirs)["Sent"] == 0


@pytest.mark.heavy
@pytest.mark.parametrize("with_mission", [True, False])
def test_a_campaign_with_nothing_yet_makes_a_sound_workbook(
    engine: Engine, tmp_path: Path, *, with_mission: bool
) -> None:
    with writing(engine) as session:
        add_missions(session)
        campaign = add_campaign(session, "new", as_of=date(1999, 12, 31), state=CampaignState.DRAFT)
        if with_mission:
            add_response(session, campaign, "FRA")
    book = openpyxl.load_workbook(report(engine, "new", tmp_path / "new.xlsx"))
    assert _tiles(book)["Missions"] == int(with_mission)
    assert [next(iter(book[name].tables.values())).ref for name in ("Missions", "Log")] == ["A1:W2", "A1:H2"]


def test_no_cell_of_any_sheet_is_a_formula(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if re.match(r"xl/worksheets/sheet\d+\.xml", name):
                assert b"<f>" not in archive.read(name)
