"""The folder that `init` lays out: its settings can be used as they stand, and with every proposal taken."""

import re
from pathlib import Path

from outreach.settings import Mode, Settings, load
from outreach.workplace import lay_out


def test_the_settings_can_be_used_as_they_stand(tmp_path: Path) -> None:
    lay_out(tmp_path)
    settings = load(tmp_path, {})
    assert settings.mode is Mode.REHEARSAL
    assert settings.allow_list == ()
    assert settings.smtp_host == ""


def test_every_setting_that_is_proposed_in_a_comment_can_be_taken(tmp_path: Path) -> None:
    lay_out(tmp_path)
    path = tmp_path / "outreach.toml"
    text = path.read_text(encoding="utf-8")
    proposed = re.findall(r"^# (\w+) = ", text, re.MULTILINE)
    assert len(proposed) >= 10
    path.write_text(re.sub(r"^# (\w+ = )", r"\1", text, flags=re.MULTILINE), encoding="utf-8")
    settings = load(tmp_path, {})
    assert set(proposed) <= set(Settings.model_fields)
    assert settings.rate == ("30/minute", "500/day")
