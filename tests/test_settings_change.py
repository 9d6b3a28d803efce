"""The settings' file: changed whole or not at all, with its comments; noticed by what runs; live by two people."""

from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from outreach.actors import named
from outreach.database import reading
from outreach.errors import AccessError, ConflictError, SettingsError, UserError
from outreach.going_live import ask_for_live, confirm_live, end_live, live_standing
from outreach.mail_password import Protocol, password_for
from outreach.models import AuditEntry
from outreach.people.accounts import change_account
from outreach.people.audit import entries
from outreach.settings import FILE, Settings, load
from outreach.settings_change import BEFORE, change_settings, digest_of, keep_password, typed
from outreach.settings_watch import SettingsWatch
from outreach.vocabulary import Act, DeskRole
from outreach.workplace import lay_out
from tests.acts import signed_in

ANA = named("Ana")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    lay_out(tmp_path)
    return tmp_path


def lines_of(folder: Path) -> list[str]:
    return (folder / FILE).read_text(encoding="utf-8").splitlines()


def test_a_change_keeps_comments_and_order_and_what_was_there(engine: Engine, folder: Path) -> None:
    before = lines_of(folder)
    wanted = {"smtp_host": "smtp.x.example", "smtp_port": 2525, "allow_list": ["me@x.example"], "rate": ["30/minute"]}
    assert change_settings(engine, folder, wanted, by=ANA) == ("allow_list", "rate", "smtp_host", "smtp_port")
    after = lines_of(folder)
    assert [line for line in before if line.startswith("#")] == [line for line in after if line.startswith("#")]
    assert after[after.index('# smtp_host = "smtp.my-organisation.example"') + 1] == 'smtp_host = "smtp.x.example"'
    assert 'allow_list = ["me@x.example"]' in "\n".join(after)
    assert "# such as" in next(line for line in after if line.startswith("allow_list"))
    read = load(folder, {})
    assert (read.smtp_host, read.smtp_port, read.rate) == ("smtp.x.example", 2525, ("30/minute",))
    assert (folder / BEFORE).read_text(encoding="utf-8").splitlines() == before
    assert change_settings(engine, folder, {"smtp_port": None}, by=ANA) == ("smtp_port",)
    assert load(folder, {}).smtp_port == 0
    assert change_settings(engine, folder, {"smtp_host": "smtp.x.example"}, by=ANA) == ()


def test_the_act_tells_names_and_never_values(engine: Engine, folder: Path) -> None:
    secret = "a secret of many characters"
    change_settings(engine, folder, {"webhook_url": "https://x.example/h", "webhook_secret": secret}, by=ANA)
    (entry,) = entries(engine)
    assert (entry.action, entry.who, entry.detail) == (Act.SETTINGS_CHANGED, "Ana", "webhook_secret, webhook_url")
    assert secret not in repr([entry.detail, entry.subject])


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        ({"smtp_port": 99999, "reply_to": "nobody"}, {"outreach.toml, smtp_port", "outreach.toml, reply_to"}),
        ({"from": "nobody"}, {"outreach.toml, from"}),
        ({"webhook_url": "https://x.example/h"}, {"outreach.toml"}),
        ({"report_time": "noon"}, {"outreach.toml, report_time"}),
    ],
)
def test_what_can_not_be_is_named_and_changes_nothing(
    engine: Engine, folder: Path, wanted: dict[str, object], names: set[str]
) -> None:
    before = (folder / FILE).read_bytes()
    with pytest.raises(SettingsError) as error:
        change_settings(engine, folder, {"smtp_host": "smtp.x.example", **wanted}, by=ANA)
    assert {one.where for one in error.value.problems} == names
    assert (folder / FILE).read_bytes() == before
    assert not (folder / BEFORE).exists()
    assert entries(engine) == []


def test_what_the_environment_sets_is_named_as_set_outside(engine: Engine, folder: Path) -> None:
    with pytest.raises(SettingsError) as error:
        change_settings(engine, folder, {"smtp_port": 25}, by=ANA, environ={"OUTREACH_SMTP_PORT": "587"})
    (problem,) = error.value.problems
    assert "set outside" in str(problem)
    assert "OUTREACH_" not in str(error.value)


def test_of_two_people_the_later_is_told(engine: Engine, folder: Path) -> None:
    seen = digest_of(folder)
    change_settings(engine, folder, {"smtp_port": 25}, by=ANA, seen=seen)
    with pytest.raises(ConflictError, match="changed since"):
        change_settings(engine, folder, {"smtp_port": 26}, by=ANA, seen=seen)
    assert load(folder, {}).smtp_port == 25


def test_a_file_that_can_not_be_written_changes_nothing(
    engine: Engine, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("outreach.settings_change.write_whole", full)
    with pytest.raises(UserError, match="No space left"):
        change_settings(engine, folder, {"smtp_port": 25}, by=ANA)
    assert entries(engine) == []


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("smtp_port", "587", 587), ("smtp_port", " ", None), ("smtp_port", "many", "many"),
        ("no_mailbox", "true", True),
        ("rate", "30/minute\n500 recipients/day", ["30/minute", "500 recipients/day"]), ("retry_minutes", "0.5", 0.5),
        ("from", "A, B <a@b.example>", "A, B <a@b.example>"), ("smtp_security", "tls", "tls"),
        ("imap_folders", "\\Junk\nAnswers 2026", ["\\Junk", "Answers 2026"]),
    ],
)  # fmt: skip
def test_what_is_typed_is_written_by_its_kind(name: str, text: str, value: object) -> None:
    assert typed(name, text) == value


def test_a_password_leaves_the_file_and_is_kept(engine: Engine, folder: Path) -> None:
    change_settings(engine, folder, {"smtp_host": "smtp.x.example", "smtp_username": "u"}, by=ANA)
    with (folder / FILE).open("a", encoding="utf-8") as stream:
        stream.write('smtp_password = "hunter2"\n')
    watch = SettingsWatch.of(folder)
    before = watch.settings
    keep_password(engine, folder, before, [Protocol.SMTP], "a new one", by=ANA)
    assert not [path for path in folder.iterdir() if path.is_file() and b"hunter2" in path.read_bytes()]
    assert not watch.holds(before)
    assert password_for(watch.settings, Protocol.SMTP).get_secret_value() == "a new one"
    with reading(engine) as session:
        assert "a new one" not in repr([one.detail for one in session.exec(select(AuditEntry))])


def test_a_file_changed_by_hand_is_noticed(folder: Path) -> None:
    watch = SettingsWatch.of(folder)
    before = watch.settings
    assert watch.holds(before)
    path = folder / FILE
    path.write_text(path.read_text(encoding="utf-8") + "grace_minutes = 5\n", encoding="utf-8")
    assert not watch.holds(before)
    assert watch.settings.grace_minutes == 5
    path.write_text("grace_minutes = 0\n", encoding="utf-8")
    assert not watch.holds(watch.settings)
    assert watch.settings.grace_minutes == 5
    with pytest.raises(SettingsError, match="grace_minutes"):
        watch.require()
    path.write_text('database_url = "sqlite:///other.db"\n', encoding="utf-8")
    with pytest.raises(SettingsError, match="database_url was changed"):
        watch.require()
    path.unlink()
    assert watch.require().grace_minutes == 60


def live_of(folder: Path) -> Settings:
    return load(folder)


@pytest.fixture
def sendable(engine: Engine, folder: Path) -> Path:
    change_settings(engine, folder, {"smtp_host": "smtp.x.example"}, by=ANA)
    return folder


def test_live_takes_two_accounts(engine: Engine, sendable: Path) -> None:
    ana, ben = signed_in(engine, "Ana"), signed_in(engine, "Ben")
    with pytest.raises(ConflictError, match="Nobody has asked"):
        confirm_live(engine, sendable, by=ben)
    ask_for_live(engine, sendable, by=ana)
    with pytest.raises(AccessError, match="another person"):
        confirm_live(engine, sendable, by=ana)
    assert not live_of(sendable).live
    assert confirm_live(engine, sendable, by=ben).by == "Ana"
    assert live_of(sendable).live
    end_live(engine, sendable, by=ana)
    assert not live_of(sendable).live
    with pytest.raises(ConflictError, match="Nobody has asked"):  # what was asked for is used up
        confirm_live(engine, sendable, by=ben)
    assert [one.action for one in entries(engine)][:3] == [Act.LIVE_ENDED, Act.LIVE_BEGUN, Act.LIVE_ASKED]


def test_one_name_on_two_accounts_is_two_accounts_and_one_account_is_not(engine: Engine, sendable: Path) -> None:
    ana = signed_in(engine, "Ana")
    with pytest.raises(UserError, match="Two people"):
        ask_for_live(engine, sendable, by=ana)
    signed_in(engine, "Vera", DeskRole.VIEWER)
    assert live_standing(engine, live_of(sendable), ana).people == 1
    ben = signed_in(engine, "Ben")
    with pytest.raises(AccessError, match="signed in"):
        ask_for_live(engine, sendable, by=named("Ana"))
    ask_for_live(engine, sendable, by=ana)
    change_account(engine, "ben", role="viewer", active=True, by=ANA)
    with pytest.raises(AccessError, match="may send"):
        confirm_live(engine, sendable, by=ben)


def test_what_was_asked_for_holds_for_these_settings_only(engine: Engine, sendable: Path) -> None:
    ana, ben = signed_in(engine, "Ana"), signed_in(engine, "Ben")
    ask_for_live(engine, sendable, by=ana)
    change_settings(engine, sendable, {"smtp_host": "elsewhere.example"}, by=ana)
    assert live_standing(engine, live_of(sendable), ben).asked is None
    with pytest.raises(ConflictError, match="as they are now"):
        confirm_live(engine, sendable, by=ben)


def test_live_needs_a_server(engine: Engine, folder: Path) -> None:
    ana = signed_in(engine, "Ana")
    signed_in(engine, "Ben")
    with pytest.raises(SettingsError, match="no mail server"):
        ask_for_live(engine, folder, by=ana)
