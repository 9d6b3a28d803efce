"""`outreach demo`: the whole story, the same whatever is set around it, twice in one folder, and its numbers agree."""

import email
import email.policy
import sqlite3
from collections import Counter
from pathlib import Path

import openpyxl
import pytest

from outreach.cli import main
from tests.cli.conftest import Run
from tests.examples import HEAVY
from tests.scripted_smtp import ScriptedSmtp


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "a demo"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OUTREACH_STATE_DIR", str(folder.parent / "state"))
        assert main(["demo", "--dir", str(folder)]) == 0
    return folder


@pytest.fixture
def in_demo(played: Path, outreach: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(played)
    monkeypatch.setenv("OUTREACH_STATE_DIR", str(played.parent / "state"))  # the same computer
    return outreach


@pytest.mark.heavy
def test_the_numbers_of_server_database_status_and_workbook_agree(played: Path, in_demo: Run) -> None:
    mails = [
        email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        for path in (played / "rehearsal-mail").glob("*.eml")
    ]
    on_the_wire = Counter(str(mail["Message-ID"]) for mail in mails)
    rows = in_demo("messages", "list", "hrc55", "--json").json
    status = in_demo("campaign", "status", "hrc55", "--json").json
    assert on_the_wire == Counter(row["message_id"] for row in rows)
    assert len(on_the_wire) == on_the_wire.total() == len(rows) == status["missions"] == 47
    assert status["messages"] == {"sent": 47}
    assert status["delivery"] == {"accepted": 38, "delivered": 6, "delayed": 1, "bounced": 2}
    assert status["answers"] == {"none": 29, "auto-reply": 4, "replied": 14}
    assert status["positions"]["co-sponsor"] == 3
    with sqlite3.connect(played / "outreach.db") as database:
        assert database.execute("SELECT count(*) FROM message WHERE state = 'sent'").fetchone() == (47,)
    sheet = openpyxl.load_workbook(played / "report.xlsx")["Missions"]
    table = [[cell.value for cell in row] for row in sheet.iter_rows()]
    head = next(number for number, row in enumerate(table) if "ISO3" in row)
    delivery, answer = table[head].index("Delivery"), table[head].index("Answer")
    body = [row for row in table[head + 1 :] if row[0] and len(str(row[0])) == 3]
    assert Counter(row[delivery] for row in body) == status["delivery"]
    assert Counter(row[answer] for row in body) == status["answers"]


@pytest.mark.heavy
def test_nothing_more_is_sent_afterwards(played: Path, in_demo: Run) -> None:
    assert "Nothing was due" in in_demo("send").out
    assert len(list((played / "rehearsal-mail").glob("*.eml"))) == 47


def test_a_letter_that_was_refused_for_now_came_at_the_second_try(in_demo: Run) -> None:
    attempts = Counter(row["attempts"] for row in in_demo("messages", "list", "hrc55", "--json").json)
    assert attempts == {1: 43, 2: 4}


@HEAVY
def test_it_can_be_played_twice_and_keeps_what_a_person_changed_in_its_letters(
    outreach: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "twice"
    first = outreach("demo", "--dir", folder).out
    letter = folder / "templates/hrc-joint-letter/en.md"
    letter.write_text(letter.read_text() + "\nOne more line.\n")
    with ScriptedSmtp() as server:  # whatever the environment says, no letter leaves the demo
        monkeypatch.setenv("OUTREACH_MODE", "live")
        monkeypatch.setenv("OUTREACH_SMTP_HOST", "127.0.0.1")
        monkeypatch.setenv("OUTREACH_SMTP_PORT", str(server.port))
        monkeypatch.setenv("OUTREACH_DATABASE_URL", f"sqlite:///{tmp_path / 'other.db'}")
        assert outreach("demo", "--dir", folder).out == first
    assert server.connections == 0
    assert not (tmp_path / "other.db").exists()
    mails = [path.read_text() for path in (folder / "rehearsal-mail").glob("*.eml")]
    assert len(mails) == 47
    assert any("One more line." in mail for mail in mails)


def test_a_folder_that_holds_something_else_is_left_alone(outreach: Run, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    error = outreach("demo", "--dir", tmp_path / "mine", expect=2).err
    assert "--dir" in error
    outreach("demo", "--dir", tmp_path / "mine" / "thesis.txt", expect=2)
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["thesis.txt"]
