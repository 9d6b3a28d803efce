"""The open edition: a page and a PDF in every language, addressed to all, with those who sign."""

import io
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pypdf
import pytest
from campaigns_made import LAYOUTS
from sqlalchemy import Engine

from outreach.actors import named
from outreach.campaigns.publish import publish
from outreach.campaigns.who_signs.signatory_import import import_signatories
from outreach.errors import LetterError, SheetError
from outreach.pasted import in_words
from outreach.vocabulary import Language

SAMPLES = LAYOUTS.parent


class Outline(HTMLParser):
    """The tags of a page, and whether each is closed in its turn."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(page)
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in {"meta", "img", "br", "hr"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.heavy
def test_every_language_has_a_page_and_a_pdf(tmp_path: Path) -> None:
    written = publish("hrc-joint-letter", out=tmp_path, templates=SAMPLES)
    assert sorted(path.name for path in written) == sorted(
        [f"{language}.html" for language in Language] + [f"HRC55_letter_{language}.pdf" for language in Language]
    )
    for language in Language:
        page = (tmp_path / f"{language}.html").read_text(encoding="utf-8")
        outline = Outline(page)
        tags = [tag for tag, _ in outline.tags]
        attributes = dict(outline.tags)
        tag = "zh-Hans" if language == "zh" else language
        assert attributes["html"] == {"lang": tag, "dir": "rtl" if language == "ar" else "ltr"}
        assert tags.count("h1") == tags.count("main") == tags.count("title") == 1
        assert all("alt" in found for tag, found in outline.tags if tag == "img")
        links = [found["href"] for tag, found in outline.tags if tag == "a"]
        assert sorted(links) == sorted(
            [f"{other}.html" for other in Language if other is not language] + [f"HRC55_letter_{language}.pdf"]
        )
        assert not re.search(r"https?://|<script", page), "nothing is fetched from elsewhere"
        assert ("Ада Сэмпл-Риверс" if language == "ru" else "Ada Sample-Rivers") in page
        reader = pypdf.PdfReader(io.BytesIO((tmp_path / f"HRC55_letter_{language}.pdf").read_bytes()))
        assert str(reader.trailer["/Root"]["/Lang"]).startswith(language)
    assert "Excellencies," in (tmp_path / "en.html").read_text()
    assert "Permanent Mission" not in (tmp_path / "en.html").read_text()


def test_those_who_sign_the_campaign_stand_below(
    engine: Engine, campaign: str, templates: Path, tmp_path: Path
) -> None:
    folder = templates / "spring-letter"
    (folder / "letter.toml").write_text('title="T"\nsignatories="signatories.csv"\n[subject]\nen = "Open letter"\n')
    (folder / "fr.md").unlink()
    (folder / "en.md").write_text("{{ signatories.individuals|map(attribute='name')|listed }}")
    (tmp_path / "s.csv").write_text("kind,name\nindividual,<b>Bo</b>\nindividual,Al\n")
    import_signatories(engine, campaign, tmp_path / "s.csv", by=named("Ana"))
    publish("spring-letter", engine=engine, campaign=campaign, out=tmp_path / "out", templates=templates)
    page = (tmp_path / "out" / "en.html").read_text()
    assert "&lt;b&gt;Bo&lt;/b&gt; and Al" in page or "Al and &lt;b&gt;Bo&lt;/b&gt;" in page
    assert "Ada Sample" not in page


def test_a_text_that_begins_with_its_title_has_it_once(templates: Path, tmp_path: Path) -> None:
    folder = templates / "letter"
    folder.mkdir()
    toml = 'title = "T"\n[subject]\nen = "Sealed wells"\n[letterhead]\nname = "12 Wells"\n'
    (folder / "letter.toml").write_text(toml, encoding="utf-8")
    (folder / "en.md").write_text("# Sealed wells\n\nTo all.\n", encoding="utf-8")
    publish("letter", out=tmp_path / "site", templates=templates)
    page = (tmp_path / "site" / "en.html").read_text(encoding="utf-8")
    assert [tag for tag, _ in Outline(page).tags].count("h1") == 1
    assert "<bdi>12 Wells</bdi>" in page


def test_a_field_of_one_mission_is_told_and_nothing_is_written(templates: Path, tmp_path: Path) -> None:
    with pytest.raises(LetterError) as caught:
        publish("spring-letter", out=tmp_path / "out", templates=templates)
    assert {(p.where.rpartition("/")[2], p.what.rpartition(" ")[2]) for p in caught.value.problems} == {
        ("en.md", "mission.name"), ("en.md", "mission.of"), ("fr.md", "mission.name"), ("fr.md", "mission.of"),
    }  # fmt: skip
    assert "{% if open %}" in in_words(caught.value.problems[0])
    assert not (tmp_path / "out").exists()


@pytest.mark.heavy
def test_an_organisation_is_linked_to_its_website_in_the_open_edition_alone(
    engine: Engine, campaign: str, templates: Path, tmp_path: Path
) -> None:
    rows = ["organisation,A [x](y),a.example/b_(c)?q=1&r=*", "organisation,Bee,javascript:alert(1)"]
    (tmp_path / "s.csv").write_text("kind,name,website\n" + rows[0])
    import_signatories(engine, campaign, tmp_path / "s.csv", by=named("Ana"))
    shutil.copytree(SAMPLES / "hrc-joint-letter", templates / "hrc-joint-letter")
    publish("hrc-joint-letter", engine=engine, campaign=campaign, out=tmp_path / "out", templates=templates)
    page = (tmp_path / "out" / "en.html").read_text()
    assert '<a href="https://a.example/b_(c)?q=1&amp;r=*">A [x](y)</a>' in page
    (tmp_path / "s.csv").write_text("kind,name,website\n" + "\n".join(rows))
    with pytest.raises(SheetError, match="no website"):
        import_signatories(engine, campaign, tmp_path / "s.csv", by=named("Ana"))
