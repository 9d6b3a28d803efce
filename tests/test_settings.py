from pathlib import Path

import pytest

from outreach.errors import SettingsError
from outreach.settings import Mode, Security, Settings, load, mailbox


def test_nothing_set_is_a_rehearsal_without_a_server(tmp_path: Path) -> None:
    settings = load(tmp_path, {})
    assert settings.mode is Mode.REHEARSAL
    assert not settings.live
    assert settings.database_url == "sqlite:///outreach.db"
    assert settings.timezone == "Europe/Zurich"
    assert settings.smtp_host == ""


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "outreach.toml").write_text('mode = "rehearsal"\nsmtp_host = "a.example"\nsmtp_port = 2525\n')
    settings = load(tmp_path, {"OUTREACH_SMTP_HOST": "b.example", "OUTREACH_MODE": "LIVE"})
    assert (settings.smtp_host, settings.smtp_port, settings.live) == ("b.example", 2525, True)


def test_lists_are_read_from_the_file_and_the_environment(tmp_path: Path) -> None:
    (tmp_path / "outreach.toml").write_text('allow_list = ["a@x.example", "@y.example"]\nrate = "30/minute"\n')
    settings = load(tmp_path, {})
    assert settings.allow_list == ("a@x.example", "@y.example")
    assert settings.rate == ("30/minute",)
    settings = load(tmp_path, {"OUTREACH_ALLOW_LIST": "c@x.example, d@x.example", "OUTREACH_RATE": "30/minute 500/day"})
    assert settings.allow_list == ("c@x.example", "d@x.example")
    assert settings.rate == ("30/minute", "500/day")


@pytest.mark.parametrize(
    ("host", "given", "security", "port"),
    [
        ("127.0.0.1", None, Security.NONE, 25),
        ("smtp.example", None, Security.STARTTLS, 587),
        ("smtp.example", "tls", Security.TLS, 465),
        ("smtp.example", "none", Security.NONE, 25),
    ],
)
def test_the_connection_is_protected_unless_it_stays_on_this_machine(
    host: str, given: str | None, security: Security, port: int
) -> None:
    settings = Settings(smtp_host=host, smtp_security=given)
    assert (settings.security, settings.port) == (security, port)


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("OUTREACH_MODE", "lvie", "OUTREACH_MODE"),
        ("OUTREACH_SMTP_PORT", "many", "'many'"),
        ("OUTREACH_RATE", "30/fortnight", "30/minute, 200/hour or 500 recipients/day"),
        ("OUTREACH_TIMEZONE", "Geneva", "Europe/Zurich"),
        ("OUTREACH_FROM", "nobody", "is not an e-mail address"),
        ("OUTREACH_FROM", "a@b.example\nBcc: c@d.example", "is not an e-mail address"),
        ("OUTREACH_SMTP_CONNECTIONS", "0", "it has to be 1 or more"),
    ],
)
def test_a_bad_value_is_named_with_its_place(variable: str, value: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as error:
        load(tmp_path, {variable: value})
    assert variable in str(error.value)
    assert words in str(error.value)
    assert error.value.exit_status == 2


def test_a_number_that_does_not_do_is_told_as_it_was_written(tmp_path: Path) -> None:
    (tmp_path / "outreach.toml").write_text("retention_days = 3.5\nbackup_keep = -1\n", encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, {})
    told = sorted(str(problem) for problem in caught.value.problems)
    assert told[1] == "outreach.toml, retention_days: it has to be a whole number (it is 3.5)"
    assert "(it is -1)" in told[0]


def test_a_setting_that_does_not_exist_is_refused_with_a_suggestion(tmp_path: Path) -> None:
    (tmp_path / "outreach.toml").write_text('smtp_hots = "a.example"\n')
    with pytest.raises(SettingsError, match="Did you mean smtp_host"):
        load(tmp_path, {})


def test_a_file_that_is_no_toml_is_refused_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "outreach.toml").write_text("mode = \n")
    with pytest.raises(SettingsError, match="line 1"):
        load(tmp_path, {})


def test_passwords_are_not_shown(tmp_path: Path) -> None:
    settings = load(tmp_path, {"OUTREACH_SMTP_PASSWORD": "hunter2"})
    assert "hunter2" not in repr(settings)
    assert settings.smtp_password.get_secret_value() == "hunter2"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a@b.example", ("", "a@b.example")),
        ("Ana B <a@b.example>", ("Ana B", "a@b.example")),
        ('"B, Ana" <a@b.example>', ("B, Ana", "a@b.example")),
        ("Équipe <équipe@b.example>", ("Équipe", "équipe@b.example")),
    ],
)
def test_mailboxes_are_split(text: str, parts: tuple[str, str]) -> None:
    assert mailbox(text) == parts


@pytest.mark.parametrize(
    ("variable", "cure"),
    [
        ("OUTREACH_SMTP_HSOT", "Did you mean OUTREACH_SMTP_HOST?"),
        ("OUTREACH_SENDER_NAME_OF_OURS", "Remove it."),
        ("OUTREACH_", "Remove it."),
    ],
)
def test_a_variable_that_is_no_setting_is_refused_with_the_one_that_is_meant(
    tmp_path: Path, variable: str, cure: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, {variable: "mail.example", "OTHER_VARIABLE": "x", "OUTREACH_MODE": "rehearsal"})
    (problem,) = caught.value.problems
    assert (problem.where, str(problem.remedy)) == (variable, cure)
    assert "mail.example" not in str(caught.value)  # it may be a password


def test_a_key_of_the_file_that_is_no_setting_is_refused_too(tmp_path: Path) -> None:
    (tmp_path / "outreach.toml").write_text('smtp_hsot = "a.example"\n')
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, {})
    (problem,) = caught.value.problems
    assert (problem.where, str(problem.remedy)) == ("outreach.toml, smtp_hsot", "Did you mean smtp_host?")
