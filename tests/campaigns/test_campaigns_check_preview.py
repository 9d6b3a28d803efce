"""Check lists what stands in the way; preview shows each letter; neither keeps anything."""

from collections.abc import Callable
from pathlib import Path

import pytest
from campaigns_made import parsed, plain
from sqlalchemy import Engine
from sqlmodel import select

from outreach.actors import named
from outreach.campaigns.check import check, is_reserved
from outreach.campaigns.preview import preview
from outreach.database import reading, writing
from outreach.errors import LetterError, NotFoundError, UserError
from outreach.models import Contact, Message, Term
from outreach.settings import Settings
from outreach.vocabulary import Line

pytestmark = pytest.mark.usefixtures("campaign")


def test_check_finds_nothing_in_the_way_and_tells_what_to_know(engine: Engine, templates: Path) -> None:
    found = check(engine, "spring", templates)
    assert (found.missions, found.unaddressed, found.problems) == (2, ("ESP",), ())  # who can't be written to is none
    told = [str(warning) for warning in found.warnings]
    assert any("Spain (ESP)" in line and "no usable address" in line for line in told)
    assert any("no es.md" in line and "ESP" in line for line in told)
    assert any("3 addresses are placeholders" in line for line in told)


def test_check_lists_every_mission_that_lacks_a_field(
    engine: Engine, templates: Path, put: Callable[..., None]
) -> None:
    for language in ("en", "fr"):
        (templates / "spring-letter" / f"{language}.md").write_text("{{ contact.name }} {{ contact.title }}")
    problems = check(engine, "spring", templates).problems
    assert sorted((p.where[-4:-1], p.what.split()[3]) for p in problems) == [
        ("FRA", "contact.name,"), ("FRA", "contact.title,"), ("GBR", "contact.name,"), ("GBR", "contact.title,"),
    ]  # fmt: skip


def test_check_tells_a_broken_template_once_with_its_missions(engine: Engine, templates: Path) -> None:
    (templates / "spring-letter" / "fr.md").write_text("a\n{{ mission.nam }}")
    (problem,) = check(engine, "spring", templates).problems
    assert problem.where.endswith("fr.md, line 2")
    assert "1 mission: FRA" in str(problem.remedy)
    (templates / "spring-letter" / "letter.toml").write_text("title = ")
    (problem,) = check(engine, "spring", templates).problems
    assert "letter.toml" in str(problem)


def test_check_tells_a_letter_that_is_gone(engine: Engine, templates: Path) -> None:
    (templates / "spring-letter" / "letter.toml").unlink()
    with pytest.raises(NotFoundError):
        check(engine, "spring", templates)


def test_check_tells_an_audience_that_drifted(
    engine: Engine, templates: Path, settings: Settings, put: Callable[..., None]
) -> None:
    from outreach import clock
    from outreach.campaigns.plan import create
    from outreach.letters.folder import load_letter

    create(engine, settings, "all", load_letter("spring-letter", templates), audience=["all"], by=named("Ana"))
    put("ITA", "pr")
    with writing(engine) as session:
        session.add(Term(iso3="FRA", first_year=clock.now().year, last_year=clock.now().year))
    told = [str(warning) for warning in check(engine, "all", templates).warnings]
    assert any("+ITA" in line for line in told)


def test_contacts_in_cc_only_move_up_and_that_is_told(engine: Engine, templates: Path, approved: Callable[..., object],
                                                      messages: Callable[[], dict[str, Message]]) -> None:  # fmt: skip
    with writing(engine) as session:
        for contact in session.exec(select(Contact).where(Contact.iso3 == "GBR")):
            contact.line = Line.CC
    assert any("moved up" in str(warning) for warning in check(engine, "spring", templates).warnings)
    approved()
    mail = parsed(messages()["GBR"].raw)
    assert mail["Cc"] is None
    assert [box.addr_spec for box in mail["To"].addresses] == ["pr@gbr.mission.example"]


@pytest.mark.heavy
def test_preview_writes_a_mail_and_a_page_for_each_mission_and_stores_nothing(
    engine: Engine, settings: Settings, templates: Path, tmp_path: Path
) -> None:
    out = tmp_path / "seen"
    written = preview(engine, settings, "spring", out=out, templates=templates)
    assert [(one.iso3, one.language, one.fell_back) for one in written] == [
        ("ESP", "en", True), ("FRA", "fr", False), ("GBR", "en", False),
    ]  # fmt: skip
    mail = parsed(written[1].mail.read_bytes())
    assert mail["Date"] is not None
    assert plain(written[1].mail.read_bytes()).strip() == "À France\u00a0: nous sommes 1."
    page = written[0].page.read_text(encoding="utf-8")
    assert "nobody: no usable address" in page
    assert "no text in es" in page
    with reading(engine) as session:
        assert session.exec(select(Message)).first() is None


def test_preview_shows_a_hostile_name_as_text(
    engine: Engine, settings: Settings, templates: Path, tmp_path: Path
) -> None:
    with writing(engine) as session:
        for contact in session.exec(select(Contact)):
            contact.name = "<script>alert(1)</script>"
    (templates / "spring-letter" / "en.md").write_text("{{ contact.name }}")
    (one,) = preview(engine, settings, "spring", iso3="gbr", out=tmp_path / "seen", templates=templates)
    page = one.page.read_text(encoding="utf-8")
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_preview_says_who_is_not_in_the_campaign_and_where_it_cannot_write(
    engine: Engine, settings: Settings, templates: Path, tmp_path: Path
) -> None:
    with pytest.raises(NotFoundError, match="ITA is not in the campaign"):
        preview(engine, settings, "spring", iso3="ITA", out=tmp_path / "x", templates=templates)
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="can't be made"):
        preview(engine, settings, "spring", out=tmp_path / "file" / "x", templates=templates)


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("address", "reserved"),
    [
        ("a@mission.example", True), ("a@x.test", True), ("a@EXAMPLE.com.", True), ("a@mail.example.org", True),
        ("a@localhost", True), ("a@notexample.com", False), ("a@example.com.evil.ch", False), ("a@mission.ch", False),
    ],
)  # fmt: skip
def test_reserved_domains_are_known(address: str, reserved: bool) -> None:
    assert is_reserved(address) is reserved


def test_a_name_that_no_font_can_write_is_told_by_check_and_refused(
    engine: Engine, templates: Path, approved: Callable[..., object], messages: Callable[[], dict[str, Message]]
) -> None:
    toml = templates / "spring-letter" / "letter.toml"
    toml.write_text(toml.read_text() + '\n[pdf]\nfile = "X"\n')
    body = "Dear {% if contact.name %}{{ contact.name }}{% else %}all{% endif %}"
    (templates / "spring-letter" / "en.md").write_text(body)
    with writing(engine) as session:
        for contact in session.exec(select(Contact).where(Contact.iso3 == "GBR")):
            contact.name = "Kim བོད་"  # two letters and a mark, in one word: told once
    (problem,) = [p for p in check(engine, "spring", templates).problems if "TIBETAN" in p.what]
    assert "GBR" in problem.where
    assert "'བོད་'" in problem.what
    with pytest.raises(LetterError, match="can't be set"):
        approved()
    assert not messages()


def test_check_tells_attachments_that_reach_nobody(engine: Engine, templates: Path) -> None:
    folder = templates / "spring-letter"
    toml = (folder / "letter.toml").read_text(encoding="utf-8").replace('attachments = ["annex.txt"]', "")
    entries = (
        ("fine.pdf", 'missions = ["FRA"]'),
        ("some.pdf", 'missions = ["FRA", "KEN"]'), ("ken.pdf", 'missions = ["KEN"]'),
        ("esp.pdf", 'missions = ["ESP"]'), ("both.pdf", 'missions = ["FRA"]\nlanguage = "en"'),
    )  # fmt: skip
    for name, more in entries:
        (folder / name).write_bytes(b"%PDF-1.4")
        toml += f'\n[[attachments]]\nfile = "{name}"\n{more}\n'
    (folder / "letter.toml").write_text(toml, encoding="utf-8")
    found = check(engine, "spring", templates)
    told = [one.what for one in found.warnings if one.says.code == "attachment.nobody"]
    assert [what.split(" reaches")[0] for what in told] == ["'ken.pdf'", "'esp.pdf'", "'both.pdf'"]
    assert "it fits none of the 2 letters that go out" in told[0]
    (note,) = (one.what for one in found.notes if one.says.code == "attachment.nobody-of")
    assert note.startswith("'some.pdf' is for KEN too")
