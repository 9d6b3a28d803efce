"""Backups as a person meets them: made, brought back, refused; by themselves; and what happens in a wrong folder."""

import json
import os
import signal
import sqlite3
import subprocess
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from outreach.backup.manifest import DATABASE, MANIFEST
from outreach.database import open_database
from outreach.settings import load
from outreach.witness.standing import journal_opened, standing
from tests.cli.conftest import Run, at_once, every_address
from tests.databases import hold_the_same
from tests.examples import HEAVY, MORE, heavy
from tests.programs import Program, program
from tests.scripted_smtp import Dialogue, ScriptedSmtp
from tests.servers import wait_until
from tests.witness.handovers import AT, handover

Scheduled = Callable[..., None]
Set = Callable[..., None]
EVERY_COMMAND = (
    "missions import x.xlsx", "missions export x.xlsx", "missions history", "missions undo", "missions note FRA x",
    "missions list", "letter new appeal", "letter from-docx x.docx", "letter to-docx x",
    "letter publish x --campaign c",
    "campaign create c --letter l --audience all", "campaign approvals c 2", "campaign dates c", "campaign check c",
    "campaign preview c", "campaign differences c", "campaign approve c --by A", "campaign schedule c --at now",
    "campaign follow-up c --letter l --after 2h --by A", "campaign test c --to a@x.example", "campaign pause c",
    "campaign resume c", "campaign cancel c", "campaign status c", "signatories import c x.csv", "signatories list c",
    "send", "run", "messages list c", "messages resolve 1 sent", "messages correct 1 a@x.example", "inbox ingest .",
    "inbox sync", "inbox sync --watch", "inbox list", "inbox proposals", "responses list c", "responses set c FRA x",
    "user list", "user add ana", "addresses list", "addresses opt-out a@x.example",
    "votes import c x.xlsx", "report c --out x.xlsx", "report import x.xlsx", "doctor", "backup", "backup x.zip",
    "database copy --to sqlite:///other.db",
)  # fmt: skip


def everything_in(folder: Path) -> dict[str, bytes]:
    """What lies in a folder; of a database what it holds, for SQLite may move that from one of its files to another."""
    found = {}
    for path in folder.rglob("*"):
        if path.is_file() and not path.name.endswith(("-wal", "-shm")):
            content = path.read_bytes()
            if content.startswith(b"SQLite format 3"):
                with closing(sqlite3.connect(path)) as database:
                    content = "\n".join(database.iterdump()).encode()
            found[str(path.relative_to(folder))] = content
    return found


def the_backup(folder: Path, ending: str = "") -> Path:
    (path,) = folder.glob(f"backups/*Z{ending}.zip")
    return path


def count(database: Path, query: str) -> int:
    with closing(sqlite3.connect(database)) as opened:
        found: int = opened.execute(query).fetchone()[0]
    return found


SENT = "SELECT count(*) FROM message WHERE state = 'sent' AND replaced_at IS NULL"


@contextmanager
def going(*command: str, folder: Path) -> Iterator[Program | subprocess.Popen[str]]:
    """A program that goes on in a folder, such as `run`; it is ended with the block."""
    process = program(*command, cwd=folder, env=os.environ)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def until_it_runs(process: Program | subprocess.Popen[str]) -> None:
    assert process.stderr is not None
    assert any("running in" in line for line in process.stderr)


@pytest.mark.heavy
@pytest.mark.parametrize("command", EVERY_COMMAND)
def test_outside_a_campaign_folder_nothing_is_done_and_nothing_left_behind(
    command: str, outreach: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    said = outreach(*command.split(), expect=2).err
    assert "This is no campaign folder" in said
    assert "outreach init" in said
    assert "outreach restore" in said
    assert list(elsewhere.iterdir()) == []


def test_what_needs_no_campaign_works_anywhere(outreach: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    (tmp_path / "mail.eml").write_bytes(b"From: a@x.example\r\nSubject: s\r\n\r\nWords\r\n")
    outreach("--version")
    outreach("run", "--help")
    assert outreach("inbox", "classify", tmp_path / "mail.eml").json["kind"] == "reply"
    assert "hrc-thanks" in outreach("letter", "check", "hrc-thanks", expect=2).err
    assert list(elsewhere.iterdir()) == []
    outreach("init")
    outreach("missions", "list")


@pytest.mark.heavy
def test_a_database_that_was_deleted_is_missed_and_brought_back(outreach: Run, folder: Path) -> None:
    outreach("campaign", "create", "c", "--letter", "hrc-thanks", "--audience", "iso:FRA")
    outreach("backup")
    for path in folder.glob("outreach.db*"):
        path.unlink()
    before = everything_in(folder)
    said = outreach("send", expect=2).err
    assert "is gone" in said
    assert f"outreach restore {the_backup(folder).relative_to(folder)}" in said
    assert everything_in(folder) == before
    outreach("restore", the_backup(folder))
    outreach("campaign", "status", "c")
    for path in folder.glob("outreach.db*"):
        path.unlink()
    outreach("init")
    outreach("campaign", "status", "c", expect=2)


@pytest.mark.heavy
def test_a_backup_holds_everything_but_secrets_and_comes_back_in_an_empty_folder(
    outreach: Run, folder: Path, scheduled: Scheduled, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scheduled("c", "iso:FRA,DEU")
    outreach("send")
    with (folder / "outreach.toml").open("a") as stream:
        stream.write(
            'smtp_password = "hunter-1"\nimap_password = """hunter-2\n"""\n# smtp_client_secret = "hunter-3"\n'
        )
        stream.write('smtp_token_command = "echo hunter-4"\nsmtp_username = "ana"\n')
    said = outreach("backup").out
    path = the_backup(folder)
    assert str(path.relative_to(folder)) in said
    assert "Left out, to be kept elsewhere: smtp_password, imap_password, smtp_token_command." in said
    assert path.stat().st_mode & 0o077 == 0
    assert not list(folder.glob("backups/.*"))
    with zipfile.ZipFile(path) as packed:
        assert not any(b"hunter" in packed.read(name) for name in packed.namelist())
        manifest = json.loads(packed.read(MANIFEST))
    assert (manifest["counts"]["mission"], manifest["counts"]["sent"], manifest["mode"]) == (195, 2, "rehearsal")
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.chdir(empty)
    assert "1 campaign, 2 letters, 2 of them sent" in outreach("restore", path).out
    one, other = open_database(f"sqlite:///{folder}/outreach.db"), open_database(f"sqlite:///{empty}/outreach.db")
    assert hold_the_same(one, other, but="identity")  # it has found its place
    one.dispose()
    other.dispose()
    assert {name for name in everything_in(folder) if name.startswith("templates/")} == {
        name for name in everything_in(empty) if name.startswith("templates/")
    }
    assert 'smtp_username = "ana"' in (empty / "outreach.toml").read_text()
    assert (empty / "outreach.db").stat().st_mode & 0o077 == 0
    outreach("campaign", "status", "c")


def test_a_backup_is_never_written_over_another_file(outreach: Run, folder: Path, tmp_path: Path) -> None:
    outreach("backup", tmp_path / "mine.zip")
    before = (tmp_path / "mine.zip").read_bytes()
    assert "there already" in outreach("backup", tmp_path / "mine.zip", expect=2).err
    assert (tmp_path / "mine.zip").read_bytes() == before
    assert "no folder" in outreach("backup", tmp_path / "nowhere/mine.zip", expect=2).err
    (tmp_path / "disk").mkdir()
    outreach("backup", tmp_path / "disk")
    outreach("backup", tmp_path / "disk")
    assert len(list((tmp_path / "disk").iterdir())) == 2


@pytest.mark.heavy
def test_a_database_that_is_there_is_replaced_by_a_persons_word_only_and_kept(outreach: Run, folder: Path) -> None:
    outreach("campaign", "create", "old", "--letter", "hrc-thanks", "--audience", "iso:FRA")
    outreach("backup", "yesterday.zip")
    outreach("campaign", "create", "new", "--letter", "hrc-thanks", "--audience", "iso:FRA")
    letter = folder / "templates/hrc-thanks/en.md"
    words = letter.read_text()
    letter.write_text("Other words\n")
    (folder / "templates/hrc-regret/en.md").unlink()
    before = everything_in(folder)
    assert "--yes" in outreach("restore", "yesterday.zip", expect=2).err
    assert everything_in(folder) == before
    said = outreach("restore", "yesterday.zip", "--yes").out
    aside = the_backup(folder, "-before-restore")
    assert str(aside.relative_to(folder)) in said
    outreach("campaign", "status", "old")
    outreach("campaign", "status", "new", expect=2)
    assert letter.read_text() == "Other words\n"
    assert not (folder / "templates/hrc-regret/en.md").exists()
    settings = (folder / "outreach.toml").read_text() + 'smtp_username = "ana"\n'
    (folder / "outreach.toml").write_text(settings)
    outreach("restore", aside, "--yes")
    outreach("campaign", "status", "new")
    outreach("restore", "yesterday.zip", "--yes", "--all")
    assert letter.read_text() == words
    assert (folder / "templates/hrc-regret/en.md").exists()
    (kept,) = folder.glob("backups/*-outreach.toml")
    assert kept.read_text() == settings


@pytest.mark.heavy
@pytest.mark.parametrize("damage", ["overwritten", "emptied", "only the -wal left"])
def test_a_damaged_database_is_put_aside_as_it_is(damage: str, outreach: Run, folder: Path) -> None:
    outreach("backup", "yesterday.zip")
    if damage == "overwritten":
        (folder / "outreach.db").write_bytes(b"not a database " * 500)
    elif damage == "emptied":
        (folder / "outreach.db").write_bytes(b"")
    else:
        (folder / "outreach.db").unlink()
        (folder / "outreach.db-wal").write_bytes(b"the end of another one" * 100)
    outreach("missions", "list", expect=None)
    outreach("restore", "yesterday.zip", "--yes")
    assert len(outreach("missions", "list", "--json").json) == 195
    assert count(folder / "outreach.db", "SELECT 1 FROM (SELECT 1) WHERE 1") == 1
    if damage == "overwritten":
        assert any(path.read_bytes().startswith(b"not a database") for path in folder.glob("backups/*unreadable*"))


def test_a_copy_of_the_database_file_comes_back_too(outreach: Run, folder: Path) -> None:
    outreach("campaign", "create", "old", "--letter", "hrc-thanks", "--audience", "iso:FRA")
    (folder / "copy.db").write_bytes((folder / "outreach.db").read_bytes())
    if (wal := folder / "outreach.db-wal").exists():
        (folder / "copy.db-wal").write_bytes(wal.read_bytes())
    outreach("campaign", "create", "new", "--letter", "hrc-thanks", "--audience", "iso:FRA")
    outreach("restore", "copy.db", "--yes")
    outreach("campaign", "status", "old")
    outreach("campaign", "status", "new", expect=2)


def repacked(source: Path, target: Path, change: Callable[[dict[str, bytes]], None]) -> None:
    with zipfile.ZipFile(source) as packed:
        files = {name: packed.read(name) for name in packed.namelist()}
    change(files)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            packed.writestr(name, content)


def with_database(statement: str) -> Callable[[dict[str, bytes]], None]:
    """A backup whose database was changed by somebody who knows how to put the digest right."""

    def change(files: dict[str, bytes]) -> None:
        import hashlib
        import tempfile

        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "x.db"
            path.write_bytes(files[DATABASE])
            with closing(sqlite3.connect(path)) as database:
                database.executescript(statement)
            files[DATABASE] = path.read_bytes()
        manifest = json.loads(files[MANIFEST])
        manifest["digest"] = hashlib.sha256(files[DATABASE]).hexdigest()
        files[MANIFEST] = json.dumps(manifest).encode()

    return change


def put(name: str, content: bytes = b"x") -> Callable[[dict[str, bytes]], None]:
    return lambda files: files.update({name: content})


HOSTILE: dict[str, Callable[[dict[str, bytes]], None]] = {
    "a path upwards": put("templates/../../evil.txt"),
    "an absolute path": put("/tmp/evil.txt"),
    "a path of another system": put("templates\\..\\evil.txt"),
    "a drive": put("templates/c:evil"),
    "something that is no part": put("evil.py"),
    "a name twice but for its case": put("templates/HRC-thanks/en.md"),
    "a long manifest": put(MANIFEST, b" " * (2 << 20)),
    "a manifest that is none": put(MANIFEST, b"[1]"),
    "a manifest of depth": put(MANIFEST, b"[" * 100_000),
    "another format": put(MANIFEST, b'{"format": 99}'),
    "no database": lambda files: files.pop(DATABASE) and None,
    "another database": put(DATABASE, b"SQLite format 3\x00" + bytes(5000)),
    "long settings": put("outreach.toml", b"#" * (2 << 20)),
    "a trigger": with_database("CREATE TRIGGER t AFTER UPDATE ON message BEGIN DELETE FROM message; END;"),
    "a view": with_database("CREATE VIEW v AS SELECT 1;"),
    "a table that is a program": with_database("CREATE VIRTUAL TABLE t USING fts5(a);"),
    "a later schema": with_database("UPDATE alembic_version SET version_num = '9999';"),
    "no tables": with_database("DROP TABLE frozen; DROP TABLE message;"),
}


@pytest.mark.heavy
@pytest.mark.parametrize("what", list(HOSTILE))
def test_a_hostile_backup_is_refused_and_changes_nothing(
    what: str, outreach: Run, folder: Path, tmp_path: Path
) -> None:
    outreach("backup", tmp_path / "good.zip")
    repacked(tmp_path / "good.zip", tmp_path / "bad.zip", HOSTILE[what])
    before, around = everything_in(folder), sorted(path.name for path in tmp_path.iterdir())
    said = outreach("restore", tmp_path / "bad.zip", "--yes", "--all", expect=2).err
    assert "Traceback" not in said
    assert everything_in(folder) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == around


def test_a_link_in_a_backup_is_refused(outreach: Run, folder: Path, tmp_path: Path) -> None:
    outreach("backup", tmp_path / "bad.zip")
    link = zipfile.ZipInfo("templates/link")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "bad.zip", "a") as packed:
        packed.writestr(link, "/etc/passwd")
    assert "no plain file" in outreach("restore", tmp_path / "bad.zip", "--yes", expect=2).err


def test_a_torn_or_bent_backup_is_refused_and_changes_nothing(outreach: Run, folder: Path, tmp_path: Path) -> None:
    outreach("backup", tmp_path / "good.zip")
    whole = (tmp_path / "good.zip").read_bytes()
    before = everything_in(folder)
    bent = bytearray(whole)
    for place in range(2000, len(bent) - 2000, 4001):
        bent[place] ^= 0xFF
    for torn in (b"", b"PK", whole[:100], whole[: len(whole) // 2], whole[:-30], whole[500:], bytes(bent)):
        (tmp_path / "bad.zip").write_bytes(torn)
        outreach("restore", tmp_path / "bad.zip", "--yes", expect=2)
    outreach("restore", tmp_path / "nowhere.zip", "--yes", expect=2)
    outreach("restore", folder / "outreach.toml", "--yes", expect=2)
    assert everything_in(folder) == before


def test_settings_from_elsewhere_run_nothing_and_write_to_no_other_database(
    outreach: Run, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outreach("backup", tmp_path / "good.zip")
    theirs = f'smtp_token_command = "touch {tmp_path}/evil"\ndatabase_url = "sqlite:///{folder}/outreach.db"\n'
    repacked(tmp_path / "good.zip", tmp_path / "other.zip", put("outreach.toml", theirs.encode()))
    before = everything_in(folder)
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.chdir(empty)
    said = outreach("restore", tmp_path / "other.zip").out
    assert "smtp_token_command" in said
    assert (empty / "outreach.db").exists()
    assert "evil" not in (empty / "outreach.toml").read_text()
    assert len(outreach("missions", "list", "--json").json) == 195
    assert everything_in(folder) == before


def slow(_dialogue: Dialogue, verb: str, _argument: str) -> None:
    if verb == "DOT":
        time.sleep(0.05)


@pytest.mark.heavy
def test_backups_made_while_letters_go_out_are_each_of_one_moment(
    outreach: Run, scheduled: Scheduled, server_settings: Set, folder: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    with ScriptedSmtp(slow) as server:
        server_settings(SMTP_HOST="127.0.0.1", SMTP_PORT=server.port, ALLOW_LIST=every_address())
        scheduled("c")
        with going("run", folder=folder) as process:
            made = []
            while len(server.accepted) < 47:
                made.append(tmp_path / f"{len(made)}.zip")
                outreach("backup", made[-1])
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0
    assert len(made) > 2
    sent = []
    for number, path in enumerate(made):
        copy = tmp_path / f"copy-{number}"
        copy.mkdir()
        monkeypatch.chdir(copy)
        outreach("restore", path)
        assert count(copy / "outreach.db", "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check = 'ok'")
        status = outreach("campaign", "status", "c", "--json").json
        assert sum(status["messages"].values()) == 47
        assert status["delivery"].get("accepted", 0) == status["messages"].get("sent", 0)
        sent.append(status["messages"].get("sent", 0))
    assert sent == sorted(sent)
    assert sent[0] < 47


@pytest.mark.parametrize("command", [("run",), heavy(("serve", "--port", "0"))])
def test_nothing_is_brought_back_under_a_program_that_sends(
    command: tuple[str, ...], outreach: Run, folder: Path
) -> None:
    outreach("backup", "yesterday.zip")
    with going(*command, folder=folder) as process:
        wait_until(lambda: bool(list(folder.glob(".outreach-running-*"))), 30, "the program")
        said = outreach("restore", "yesterday.zip", "--yes", expect=2).err
        assert f"outreach {command[0]} is sending from this database (process {process.pid})" in said
        assert "Stop it first" in said
        process.kill()
        process.wait()
        outreach("restore", "yesterday.zip", "--yes")
    assert not list(folder.glob(".outreach-running-*"))


@pytest.mark.parametrize(
    ("taken", "command"),
    [
        ("deleted", ("run",)),
        heavy("replaced", ("serve", "--port", "0")),
        MORE("replaced", ("run",)),
        MORE("deleted", ("serve", "--port", "0")),
        MORE("deleted", ("serve", "--port", "0", "--no-send")),
        MORE("replaced", ("serve", "--port", "0", "--no-send")),
    ],
)
def test_a_database_that_is_taken_away_stops_what_runs(
    command: tuple[str, ...], taken: str, outreach: Run, folder: Path
) -> None:
    (folder / "yesterday.db").write_bytes((folder / "outreach.db").read_bytes())
    with going(*command, folder=folder) as process:
        wait_until(lambda: bool(list(folder.glob(".outreach-running-*"))), 30, "the program")
        if command == ("run",):
            until_it_runs(process)
        if taken == "deleted":
            (folder / "outreach.db").unlink()
        else:
            (folder / "yesterday.db").replace(folder / "outreach.db")
        _, said = process.communicate(timeout=60)
        assert process.returncode == 1, said
    assert f"outreach.db was {taken} while Outreach was using it." in said.splitlines()[-1]
    assert "outreach restore" in said.splitlines()[-1]


@HEAVY
def test_no_letter_goes_out_once_the_database_is_gone(
    outreach: Run, scheduled: Scheduled, server_settings: Set, folder: Path
) -> None:
    def slower(_dialogue: Dialogue, verb: str, _argument: str) -> None:
        if verb == "DOT":
            time.sleep(0.4)

    with ScriptedSmtp(slower) as server:
        server_settings(SMTP_HOST="127.0.0.1", SMTP_PORT=server.port, ALLOW_LIST=every_address(), SMTP_CONNECTIONS=1)
        scheduled("c")
        with going("send", folder=folder) as process:
            wait_until(lambda: server.dots > 2, 30, "the first letters")
            (folder / "outreach.db").unlink()
            _, said = process.communicate(timeout=60)
            assert process.returncode == 1, said
        assert len(server.accepted) < 20
    assert "was deleted while Outreach was using it" in said


@HEAVY
def test_before_live_letters_a_backup_is_made_once_for_each_campaign_and_time(
    outreach: Run, scheduled: Scheduled, server_settings: Set, folder: Path
) -> None:
    with ScriptedSmtp() as server:
        server_settings(SMTP_HOST="127.0.0.1", SMTP_PORT=server.port, ALLOW_LIST=every_address())
        scheduled("rehearsed", "iso:FRA")
        outreach("send")
        assert not (folder / "backups").exists()
        server_settings(MODE="live")
        scheduled("a", "iso:DEU,JPN", schedule=("--yes", 2))
        outreach("send", "--campaign", "a", "--yes", 2)
        first = the_backup(folder, "-before-sending")
        with zipfile.ZipFile(first) as packed:
            manifest = json.loads(packed.read(MANIFEST))
        assert manifest["counts"]["sent"] == 1
        (about,) = manifest["campaigns"]
        assert " a " in about
        outreach("send", "--campaign", "a")
        assert the_backup(folder, "-before-sending") == first
        scheduled("b", "iso:CHN", schedule=("--yes", 1))
        with going("run", folder=folder) as process:
            wait_until(lambda: len(server.accepted) == 4, 60, "b's letter")
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0
    assert len(list(folder.glob("backups/*-before-sending*.zip"))) == 2
    assert len(list(folder.glob("backups/*-daily.zip"))) == 1
    with going("run", folder=folder) as process:
        until_it_runs(process)
        time.sleep(1)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    assert len(list(folder.glob("backups/*.zip"))) == 3


@pytest.mark.heavy
def test_a_backup_that_fails_is_told_and_the_letters_go_out(
    outreach: Run, scheduled: Scheduled, server_settings: Set, folder: Path
) -> None:
    (folder / "backups").write_text("somebody's notes")
    with ScriptedSmtp() as server:
        server_settings(MODE="live", SMTP_HOST="127.0.0.1", SMTP_PORT=server.port)
        scheduled("a", "iso:DEU", schedule=("--yes", 1))
        said = outreach("send", "--yes", 1).err
        assert "No backup could be written" in said
        assert "The letters go out without a backup." in said
        assert len(server.accepted) == 1
        findings = outreach("doctor", "--json", expect=None).json
        assert any(one["what"] == "backup" and "A backup failed" in one["words"] for one in findings)
        assert "No backup could be written" in outreach("backup", expect=1).err
        (folder / "backups").unlink()
        scheduled("b", "iso:FRA", schedule=("--yes", 1))
        outreach("send", "--yes", 1)
        findings = outreach("doctor", "--json", expect=None).json
    assert any(one["what"] == "backup" and one["verdict"] == "good" for one in findings)


@HEAVY
def test_on_a_full_disk_live_letters_wait(
    outreach: Run, scheduled: Scheduled, server_settings: Set, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import errno

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with ScriptedSmtp() as server:
        server_settings(MODE="live", SMTP_HOST="127.0.0.1", SMTP_PORT=server.port)
        scheduled("a", "iso:DEU", schedule=("--yes", 1))
        with monkeypatch.context() as patched:
            patched.setattr("outreach.backup.make.copy_file", full)
            said = outreach("send", "--yes", 1, expect=1).err
        assert "Make room on that disk" in said
        assert not server.data_seen
        assert not list(folder.glob("backups/*"))
        outreach("send", "--yes", 1)
        assert len(server.accepted) == 1


@pytest.mark.heavy
def test_yesterdays_backup_comes_back_with_what_it_knew_and_todays_is_kept(
    outreach: Run, scheduled: Scheduled, server_settings: Set, folder: Path
) -> None:
    with ScriptedSmtp() as server:
        server_settings(MODE="live", SMTP_HOST="127.0.0.1", SMTP_PORT=server.port)
        scheduled("c", "iso:FRA,DEU,JPN", schedule=("--yes", 3))
        outreach("send", "--yes", 3)
        before = the_backup(folder, "-before-sending")
        outreach("restore", before, "--yes")
        assert outreach("campaign", "status", "c", "--json").json["messages"] == {"queued": 3}
        outreach("restore", the_backup(folder, "-before-restore"), "--yes")
        assert outreach("campaign", "status", "c", "--json").json["messages"] == {"sent": 3}
        assert len(server.accepted) == 3


@pytest.mark.heavy
def test_what_went_out_after_the_copy_is_said_when_it_comes_back(
    outreach: Run, scheduled: Scheduled, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scheduled("c", "iso:FRA,DEU,JPN")
    engine = open_database(f"sqlite:///{folder}/outreach.db")
    assert standing(engine, load()).settled
    outreach("backup", "yesterday.zip")
    said = outreach("restore", "yesterday.zip", "--yes").out
    assert "outreach here" not in said
    with journal_opened(engine, load()) as journal:  # as the outbox writes it
        journal.begin([handover(number) for number in (1, 2)], 5000, AT)
    engine.dispose()
    said = outreach("restore", "yesterday.zip", "--yes").out
    assert "2 letters went out after it was made" in said
    assert "Nothing is sent from here until that is settled." in said
    assert "outreach here" in said
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.chdir(empty)
    assert "2 letters went out after it was made" in outreach("restore", folder / "yesterday.zip").out


def test_the_last_so_many_are_kept_and_what_a_person_made_always(
    outreach: Run, folder: Path, server_settings: Set
) -> None:
    outreach("backup")
    mine = the_backup(folder)
    backups = folder / "backups"
    for day in range(10, 20):
        (backups / f"2024-03-{day}-080000Z-daily.zip").write_bytes(mine.read_bytes())
    (backups / "2024-03-10-080000Z-before-restore.zip").write_bytes(b"x")
    (backups / "before the vote.zip").write_bytes(b"x")
    server_settings(BACKUP_KEEP=4)
    with going("run", folder=folder) as process:
        wait_until(lambda: len(list(backups.glob("*-daily.zip"))) == 4, 60, "what is kept")
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    kept = sorted(path.name for path in backups.glob("*-daily.zip"))
    assert kept[:3] == [f"2024-03-{day}-080000Z-daily.zip" for day in (17, 18, 19)]
    others = {path.name for path in backups.glob("*.zip")} - set(kept)
    assert others == {mine.name, "2024-03-10-080000Z-before-restore.zip", "before the vote.zip"}


@pytest.mark.heavy
def test_none_is_made_by_itself_where_none_is_wanted(
    outreach: Run, folder: Path, scheduled: Scheduled, server_settings: Set
) -> None:
    with ScriptedSmtp() as server:
        server_settings(MODE="live", SMTP_HOST="127.0.0.1", SMTP_PORT=server.port, BACKUP_KEEP=0)
        scheduled("c", "iso:FRA", schedule=("--yes", 1))
        outreach("send", "--yes", 1)
    assert not (folder / "backups").exists()


def test_another_place_for_backups(outreach: Run, folder: Path, tmp_path: Path, server_settings: Set) -> None:
    server_settings(BACKUP_DIR=tmp_path / "a disk" / "of mine")
    outreach("backup")
    assert len(list((tmp_path / "a disk/of mine").glob("*.zip"))) == 1
    assert not (folder / "backups").exists()


@HEAVY
def test_a_time_that_is_set_again_is_backed_up_again(
    outreach: Run, scheduled: Scheduled, server_settings: Set, folder: Path
) -> None:
    with ScriptedSmtp() as server:
        server_settings(MODE="live", SMTP_HOST="127.0.0.1", SMTP_PORT=server.port)
        scheduled("c", "iso:FRA", schedule=("--yes", 1))
        outreach("campaign", "pause", "c")
        outreach("send")
        assert not (folder / "backups").exists()
        outreach("campaign", "schedule", "c", "--at", at_once(), "--yes", 1)
        outreach("send", "--yes", 1)
    assert the_backup(folder, "-before-sending")
