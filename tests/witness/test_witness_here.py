"""`outreach here`, as a person comes to it: yesterday's database is put back, the folder is moved or copied."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlmodel import Session, col, select

from outreach.database import open_database, reading
from outreach.errors import CopyError
from outreach.models import Delivery, Message
from outreach.settings import load
from outreach.vocabulary import MessageState
from outreach.witness.dispatch import Answered, Handover
from outreach.witness.standing import journal_opened, require_home
from tests.cli.conftest import Ran
from tests.witness.handovers import AT

Run = Callable[..., Ran]


def may_send() -> None:
    """What every door to sending asks. Raises CopyError."""
    settings = load()
    engine = open_database(settings.database_url)
    try:
        require_home(engine, settings)
    finally:
        engine.dispose()


def letters_out(count: int, *, answered: int, live: bool = True) -> None:
    """Some letters of the folder's database go out, and only the journal is left to tell."""
    settings = load()
    engine = open_database(settings.database_url)
    with reading(engine) as session:
        rows = session.exec(select(Message).order_by(col(Message.id)).limit(count)).all()
        out = [
            Handover(
                row.message_id, "spring", "hrc-joint-letter", row.iso3, addresses(session, row), "d", row.subject, "t",
                1, live,
            )
            for row in rows
        ]  # fmt: skip
    with journal_opened(engine, settings) as journal:
        journal.begin(out, 50_000, AT)
        journal.answer([Answered(row.message_id, 1, "accepted", "250 Ok", {}) for row in rows[:answered]], AT)
    engine.dispose()


def addresses(session: Session, row: Message) -> tuple[str, ...]:
    return tuple(session.exec(select(Delivery.address).where(Delivery.message_id == row.id)).all())


@pytest.fixture
def behind(outreach: Run, scheduled: Callable[..., None]) -> None:
    """Yesterday's copy of a folder: three letters went out since, and one may have."""
    scheduled("spring")
    may_send()
    letters_out(4, answered=3)


@pytest.mark.heavy
def test_a_copy_that_is_behind_is_settled_by_the_number_it_tells(outreach: Run, behind: None) -> None:
    with pytest.raises(CopyError, match="4 letters went out after it was made"):
        may_send()
    refused = outreach("here", expect=2)
    assert "3 letters would be marked as sent" in refused.err
    assert "outreach here --yes 3" in refused.err
    done = outreach("here", "--yes", 3).out
    assert "This database is an older copy: 4 letters went out after it was made" in done
    assert "3 letters are marked as sent." in done
    assert "outreach messages resolve ID sent|resend" in done
    may_send()
    told = outreach("campaign", "status", "spring", "--json").json["messages"]
    assert (told["sent"], told["uncertain"]) == (3, 1)
    assert "the one that sends" in outreach("here").out


@pytest.mark.heavy
def test_nothing_is_tried_again_from_a_copy(outreach: Run, behind: None) -> None:
    refused = outreach("messages", "retry", "spring", expect=2).err
    assert "This database is an older copy: 4 letters went out after it was made" in refused
    assert "outreach here" in refused


@pytest.mark.heavy
def test_as_json(outreach: Run, behind: None) -> None:
    found = outreach("here", "--json", expect=2).json
    assert (found["standing"], found["went_out_after"], found["settled"]) == ("behind", 4, False)
    assert len(found["sent"]) == 3
    done = outreach("here", "--json", "--yes", 3).json
    assert done["settled"] is True
    assert {one["evidence"] for one in done["sent"]} == {"the dispatch journal has the server's answer: 250 Ok"}
    assert outreach("here", "--json").json["standing"] == "at home"


@pytest.mark.heavy
def test_a_wrong_number_changes_nothing(outreach: Run, behind: None) -> None:
    assert "4 was confirmed, but 3 letters" in outreach("here", "--yes", 4, expect=2).err
    with pytest.raises(CopyError):
        may_send()


@pytest.mark.heavy
def test_what_was_only_rehearsed_is_settled_with_one_word(outreach: Run, scheduled: Callable[..., None]) -> None:
    scheduled("spring")
    may_send()
    letters_out(2, answered=2, live=False)
    with pytest.raises(CopyError, match="2 letters were rehearsed"):
        may_send()
    assert "2 letters were rehearsed after it was made" in outreach("here").out
    may_send()
    assert outreach("campaign", "status", "spring", "--json").json["messages"].get("sent", 0) == 0


@pytest.mark.heavy
def test_a_moved_folder_is_settled_with_one_word(outreach: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    may_send()
    moved = folder.with_name("moved")
    os.rename(folder, moved)  # noqa: PTH104
    monkeypatch.chdir(moved)
    with pytest.raises(CopyError, match=r"lay at .*work/outreach.db"):
        may_send()
    assert "now the one that sends" in outreach("here").out
    may_send()


@pytest.mark.heavy
def test_of_two_folders_the_one_where_it_was_said_sends(
    outreach: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_send()
    copy = folder.with_name("copy")
    shutil.copytree(folder, copy)
    monkeypatch.chdir(copy)
    assert "there is still one at" in outreach("here").out
    may_send()
    monkeypatch.chdir(folder)
    with pytest.raises(CopyError, match="another copy of it was settled"):
        may_send()


def test_with_another_state_directory_it_is_another_installations(
    outreach: Run, folder: Path, server_settings: Callable[..., None], tmp_path: Path
) -> None:
    may_send()
    server_settings(STATE_DIR=tmp_path / "second computer")
    with pytest.raises(CopyError, match="another installation"):
        may_send()
    refused = outreach("run", expect=2).err  # and does not wait for ever
    assert refused.count("another installation") == 1
    assert "can't be told from here" in outreach("here").out
    may_send()


def test_a_full_state_directory_is_a_setting_to_correct(
    outreach: Run, server_settings: Callable[..., None], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    server_settings(STATE_DIR=tmp_path / "file")
    assert "OUTREACH_STATE_DIR" in outreach("here", expect=2).err


@pytest.mark.heavy
def test_letters_that_count_as_sent_are_those_of_the_journal(outreach: Run, behind: None) -> None:
    outreach("here", "--yes", 3)
    rows = outreach("messages", "list", "spring", "--json").json
    assert sum(row["state"] == MessageState.SENT for row in rows) == 3
    assert sum(row["state"] == MessageState.QUEUED for row in rows) == len(rows) - 4
