"""What stands beside the code: links of the pages at the top, the image, the units, the pages of the site."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

from outreach import __version__
from outreach.cli import main
from outreach.settings import PREFIX, Settings
from outreach.vocabulary import Language
from tests.conftest import ROOT

PAGES = sorted(ROOT.glob("*.md"))
FILES = [ROOT / "compose.yaml", ROOT / "Dockerfile", *sorted((ROOT / "deploy").iterdir())]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_links_of_a_page_lead_somewhere(page: Path) -> None:
    text = re.sub(r"(?s)```.*?```|`[^`]*`", "", page.read_text(encoding="utf-8"))
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        path, _, anchor = target.partition("#")
        if "://" in path:
            continue
        found = page if not path else ROOT / path
        assert found.exists(), target
        if anchor:
            headings = re.findall(r"(?m)^#+ (.+)$", found.read_text(encoding="utf-8"))
            assert anchor in {re.sub(r"[^\w -]", "", one.lower()).replace(" ", "-") for one in headings}, target


def test_every_page_of_docs_is_in_the_sites_table() -> None:
    site = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))

    def named(entries: list[dict[str, object]]) -> set[str]:
        found: set[str] = set()
        for entry in entries:
            for value in entry.values():
                found |= named(value) if isinstance(value, list) else {str(value)}
        return found

    made = {f"forms-{language}.md" for language in Language}  # by docs/form_pages.py, when the site is built
    assert named(site["nav"]) == {page.name for page in (ROOT / "docs").glob("*.md")} | made


@pytest.mark.parametrize(
    "name", ["index", "install", "guide", "desk", "sending", "inbox", "sheets", "letters", "backups"]
)
def test_pages_for_users_hold_no_table_of_a_benchmark(name: str) -> None:
    assert "benchmarks/" not in (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_the_settings_that_are_named_exist(file: Path) -> None:
    named = set(re.findall(rf"{PREFIX}([A-Z_]+)", file.read_text(encoding="utf-8")))
    known = {(field.alias or name).upper() for name, field in Settings.model_fields.items()}
    assert named <= known


def test_the_image_is_made_of_what_is_there() -> None:
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    copied = [
        word for line in lines if line.startswith("COPY ") and "--from" not in line for word in line.split()[1:-1]
    ]
    assert copied
    let_in = (ROOT / ".dockerignore").read_text(encoding="utf-8")
    for path in copied:
        assert (ROOT / path).exists(), path
        assert f"!{path.partition('/')[0]}\n" in let_in, path


def test_what_containers_and_units_run_is_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    services = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]
    said = [[str(word) for word in one["command"]] for one in services.values() if "command" in one]
    for unit in (ROOT / "deploy").glob("*.service"):
        (line,) = re.findall(r"(?m)^ExecStart=\S+/outreach (.+)$", unit.read_text(encoding="utf-8"))
        said.append(line.split())
    assert len(said) == 4
    for command, *options in said:
        with pytest.raises(SystemExit) as ended:
            main([command, "--help"])
        assert ended.value.code == 0
        help_text = capsys.readouterr().out
        assert all(option in help_text for option in options if option.startswith("--"))


def test_the_version_is_told_once() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert "version" in project["dynamic"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", __version__)
