"""The mail password: asked for, kept where only its owner gets at it, used by SMTP and IMAP."""

import io
import sys
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, PasswordDeleteError

from outreach.cli import main
from outreach.doctor import readable
from outreach.errors import SettingsError, UserError
from outreach.mail_password import Home, Protocol, forget, home_of, keep, password_file, password_for
from outreach.outbox.server import SmtpServer
from outreach.pasted import in_words
from outreach.settings import Settings

ACCOUNT = Settings(
    smtp_host="smtp.coalition.example", smtp_username="team", imap_host="imap.coalition.example", imap_username="team"
)
SECRET = "correct horse 7"
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="Windows has rights of another kind")


class Ring(KeyringBackend):
    """A keyring of this test's own, that may be locked."""

    priority = 1.0  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}
        self.locked = False

    def _open(self) -> dict[tuple[str, str], str]:
        if self.locked:
            raise KeyringLocked("Failed to unlock the collection!")
        return self.kept

    def get_password(self, service: str, username: str) -> str | None:
        return self._open().get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._open()[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self._open().pop((service, username), None) is None:
            raise PasswordDeleteError("Not found")


@pytest.fixture
def ring() -> Iterator[Ring]:
    before = keyring.get_keyring()
    ring = Ring()
    keyring.set_keyring(ring)
    yield ring
    keyring.set_keyring(before)


def of(protocol: Protocol, settings: Settings = ACCOUNT) -> str:
    return password_for(settings, protocol).get_secret_value()


def test_without_a_keyring_it_is_kept_in_a_file_of_ones_own(state_dir: Path) -> None:
    assert keep(ACCOUNT, Protocol.SMTP, SECRET) is Home.FILE
    assert of(Protocol.SMTP) == SECRET
    assert of(Protocol.IMAP) == ""
    assert password_file(ACCOUNT) == state_dir / "passwords.json"
    assert forget(ACCOUNT, Protocol.SMTP)
    assert of(Protocol.SMTP) == ""
    assert not forget(ACCOUNT, Protocol.SMTP)


def of_the_tests(folder: Path) -> list[Path]:
    """The folder and those above it that the tests have made: they are closed to others."""
    return [folder, *(one for one in folder.parents if one.name.startswith(("pytest-", "popen-")))]


@POSIX
def test_a_file_that_others_read_is_refused(state_dir: Path) -> None:
    keep(ACCOUNT, Protocol.SMTP, SECRET)
    file = password_file(ACCOUNT)
    assert file.stat().st_mode & 0o777 == 0o600
    before = {folder: folder.stat().st_mode for folder in of_the_tests(state_dir)}
    try:
        for folder in before:
            folder.chmod(0o755)
        file.chmod(0o644)
        with pytest.raises(SettingsError, match=r"everybody may read it") as refused:
            of(Protocol.SMTP)
    finally:
        for folder, mode in before.items():
            folder.chmod(mode)
    assert "chmod 600" in in_words(refused.value)
    assert SECRET not in str(refused.value)


def test_with_a_keyring_no_file_is_written(ring: Ring, state_dir: Path) -> None:
    assert keep(ACCOUNT, Protocol.IMAP, SECRET) is Home.KEYRING
    assert of(Protocol.IMAP) == SECRET
    assert not password_file(ACCOUNT).exists()
    assert ring.kept == {("outreach", "imap team at imap.coalition.example"): SECRET}
    assert keep(ACCOUNT, Protocol.IMAP, "another", in_file=True) is Home.FILE
    assert not ring.kept, "one place knows it, and not a second one that is out of date"
    assert of(Protocol.IMAP) == "another"
    assert home_of(ACCOUNT, Protocol.IMAP) is Home.FILE


def test_a_locked_keyring_is_told_with_its_cure(ring: Ring) -> None:
    keep(ACCOUNT, Protocol.SMTP, SECRET)
    ring.locked = True
    with pytest.raises(SettingsError, match=r"keyring can't be used: Failed to unlock") as caught:
        of(Protocol.SMTP)
    assert "outreach password --file" in in_words(caught.value)
    assert keep(ACCOUNT, Protocol.SMTP, SECRET, in_file=True) is Home.FILE
    assert of(Protocol.SMTP) == SECRET


def test_the_environment_goes_before_what_is_kept() -> None:
    keep(ACCOUNT, Protocol.SMTP, SECRET)
    given = ACCOUNT.model_copy(update={"smtp_password": Settings(smtp_password="given").smtp_password})  # type: ignore[arg-type]
    assert of(Protocol.SMTP, given) == "given"
    assert of(Protocol.SMTP, ACCOUNT.model_copy(update={"smtp_token_command": "token"})) == ""


def test_another_account_has_another_password() -> None:
    keep(ACCOUNT, Protocol.SMTP, SECRET)
    assert of(Protocol.SMTP, ACCOUNT.model_copy(update={"smtp_username": "other"})) == ""
    assert of(Protocol.SMTP, ACCOUNT.model_copy(update={"smtp_host": "smtp.elsewhere.test"})) == ""
    with pytest.raises(UserError, match="No account is set for IMAP"):
        keep(Settings(), Protocol.IMAP, SECRET)


@pytest.mark.parametrize("content", ["{", "[]", '{"smtp team at smtp.coalition.example": 7}'])
def test_a_damaged_file_is_told(content: str, state_dir: Path) -> None:
    password_file(ACCOUNT).write_text(content)
    with pytest.raises(SettingsError, match="is damaged"):
        of(Protocol.SMTP)


@pytest.mark.parametrize("password", ["", "two\nlines", "x" * 1001])
def test_what_is_no_password_is_not_kept(password: str) -> None:
    with pytest.raises(UserError, match="Nothing was kept"):
        keep(ACCOUNT, Protocol.SMTP, password)
    assert of(Protocol.SMTP) == ""


def test_the_command_asks_once_for_one_account(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "outreach.toml").write_text(
        'smtp_host = "smtp.coalition.example"\nsmtp_username = "team"\n'
        'imap_host = "imap.coalition.example"\nimap_username = "team"\n'
    )
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{SECRET}\n"))
    assert main(["password"]) == 0
    said = capsys.readouterr()
    assert "SMTP, team at smtp.coalition.example: kept in a file that only you read." in said.out
    assert "IMAP, team at imap.coalition.example: kept in" in said.out
    assert SECRET not in said.out + said.err
    assert (of(Protocol.SMTP), of(Protocol.IMAP)) == (SECRET, SECRET)
    assert main(["password", "smtp", "--forget"]) == 0
    assert (of(Protocol.SMTP), of(Protocol.IMAP)) == ("", SECRET)
    assert not list(tmp_path.glob("*.db")), "no database is made or needed"


def test_no_account_is_a_persons_mistake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["password"]) == 2


def test_smtp_and_the_mailbox_use_it() -> None:
    keep(ACCOUNT, Protocol.SMTP, SECRET)
    server = SmtpServer.configured(ACCOUNT)
    assert server.password.get_secret_value() == SECRET
    assert SECRET not in repr(server)


def test_the_doctor_tells_where_it_is_and_where_it_should_not_be(tmp_path: Path) -> None:
    keep(ACCOUNT, Protocol.SMTP, SECRET)
    (tmp_path / "outreach.toml").write_text('imap_password = "hunter2"\n')
    said = {(one.verdict, str(one.words)) for one in readable.findings(ACCOUNT, tmp_path) if one.what == "password"}
    assert ("good", "that of team at smtp.coalition.example (SMTP) is kept in a file that only you read.") in said
    assert any(verdict == "note" and "imap_password stands in outreach.toml" in words for verdict, words in said)
    assert "hunter2" not in repr(said)


@POSIX
def test_the_doctor_tells_of_files_that_others_read(tmp_path: Path) -> None:
    settings = Settings(database_url=f"sqlite:///{tmp_path / 'outreach.db'}")

    def told() -> str:
        (one,) = [one for one in readable.findings(settings, tmp_path) if one.what == "privacy"]
        return f"{one.verdict}: {one.words} {one.cure}"

    (tmp_path / "previews").mkdir()
    (tmp_path / "previews" / "FRA.eml").touch(mode=0o600)
    (tmp_path / "outreach.db").touch(mode=0o600)
    before = {folder: folder.stat().st_mode for folder in of_the_tests(tmp_path)}
    try:
        for folder in before:
            folder.chmod(0o755)
        assert told().startswith("good:")
        (tmp_path / "previews").chmod(0o755)
        (tmp_path / "previews" / "FRA.eml").chmod(0o644)
        (tmp_path / "outreach.db").chmod(0o644)
        said = told()
    finally:
        for folder, mode in before.items():
            folder.chmod(mode)
    assert said.startswith("note: others on this machine may read")
    assert f"{tmp_path / 'outreach.db'} (everybody)" in said
    assert f"chmod -R go= {tmp_path / 'outreach.db'} {tmp_path / 'previews'}" in said
    assert told().startswith("good:"), "in a folder that nobody else may enter"
