"""What differs between two letters and two approvals; the letters as pictures to leaf through."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine

from outreach.campaigns.differences import between_approvals, between_missions
from outreach.campaigns.preview import preview
from outreach.errors import NotFoundError
from outreach.settings import Settings

Approve = Callable[..., object]
pytestmark = pytest.mark.usefixtures("campaign")


@pytest.mark.heavy
def test_two_missions_letters_differ_in_what_is_theirs(
    engine: Engine, settings: Settings, approved: Approve, templates: Path
) -> None:
    (templates / "spring-letter" / "fr.md").unlink()
    (templates / "spring-letter" / "letter.toml").write_text('title="T"\n[subject]\nen = "Same"\n')
    (templates / "spring-letter" / "en.md").write_text("Dear {{ mission.name }},\n\nthe same words.\n")
    before = between_missions(engine, settings, "spring", "gbr", "FRA", templates)
    approved()
    (templates / "spring-letter" / "en.md").write_text("changed since")
    found = between_missions(engine, settings, "spring", "gbr", "FRA", templates)
    assert found == before, "as approved"
    assert found.missions == ("GBR", "FRA")
    assert "-Dear United Kingdom of Great Britain and Northern Ireland," in found.lines
    assert "+Dear France," in found.lines
    assert " the same words." in found.lines
    assert any(line.startswith("-To: pr@gbr") for line in found.lines)
    with pytest.raises(NotFoundError):
        between_missions(engine, settings, "spring", "FRA", "ITA", templates)


def test_since_the_last_approval_alike_changes_stand_together(
    engine: Engine, approved: Approve, templates: Path
) -> None:
    approved()
    with pytest.raises(NotFoundError, match="approved twice"):
        between_approvals(engine, "spring")
    path = templates / "spring-letter" / "en.md"
    path.write_text(path.read_text().replace("**ask**", "beg"))
    approved()
    found = between_approvals(engine, "spring")
    assert {one.missions: one.lines for one in found} == {
        ("ESP", "GBR"): ("-1 of us ask.", "+1 of us beg."),
        ("FRA",): (),
    }


def test_the_book_shows_every_letter_and_a_contact_sheet(
    engine: Engine, settings: Settings, templates: Path, tmp_path: Path
) -> None:
    out = tmp_path / "seen"
    preview(engine, settings, "spring", out=out, templates=templates)
    assert not (out / "letters.html").exists()
    preview(engine, settings, "spring", out=out, templates=templates, book=True)
    pages = (out / "letters.html").read_text(encoding="utf-8")
    assert re.findall(r'<section id="(\w+)"', pages) == ["ESP", "FRA", "GBR"]
    assert pages.count("data:image/png;base64,") == 3
    sheet = (out / "contact-sheet.html").read_text(encoding="utf-8")
    assert re.findall(r'href="letters.html#(\w+)"', sheet) == ["ESP", "FRA", "GBR"]
    assert "Spain (ESP), en (fallback), 1 page" in sheet
