"""A letter as a whole at the desk: made, copied, renamed, deleted; languages, Word, facts, letterhead, files."""

import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlmodel import select
from web_browser import Browser, hidden, text_of

from outreach.database import reading
from outreach.letters.editing import letter_names
from outreach.letters.folder import load_letter
from outreach.letters.word.word_file import word_file
from outreach.models import AuditEntry
from outreach.vocabulary import Act, Language
from outreach.web.desk import Desk
from outreach.web.uploads import keep
from tests.examples import heavy
from tests.word_by_hand import docx, paragraph, run

Browse = Callable[..., Browser]
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001a5f64540"
    "0000000049454e44ae426082"
)  # fmt: skip


def acts(desk: Desk) -> list[str]:
    with reading(desk.engine) as session:
        return [entry.action for entry in session.exec(select(AuditEntry)) if entry.action.startswith("letter")]


def test_a_letter_is_made_from_nothing_from_another_and_from_a_sample(browse: Browse, desk: Desk) -> None:
    editor = browse("editor")
    page = text_of(editor.get("/letters"))
    assert "New letter" in page
    editor.get("/new-letter")
    editor.post("/new-letter", title="Before the 56th session", languages=["en", "fr"], cover="yes")
    made = load_letter("before-the-56th-session", desk.templates)
    assert (made.title, made.languages) == ("Before the 56th session", [Language.ENGLISH, Language.FRENCH])
    assert made.covers
    assert made.pdf_file
    editor.post("/new-letter", title="Again", name="copy", origin="letter:hrc-joint-letter")
    assert load_letter("copy", desk.templates).bodies == load_letter("hrc-joint-letter", desk.templates).bodies
    assert load_letter("copy", desk.templates).title == "Again"
    assert acts(desk) == [Act.LETTER_MADE] * 2
    for name, origin in (
        ("../out", ""),
        ("copy", ""),
        ("layouts", ""),
        ("x", "letter:../../etc"),
        ("x", "letter:none"),
    ):
        page = editor.post("/new-letter", 422, title="Kept as typed", name=name, origin=origin)
        assert "Kept as typed" in page
    assert acts(desk) == [Act.LETTER_MADE] * 2
    browse("viewer").post("/new-letter", 403, title="x")


def test_a_letter_is_renamed_deleted_and_brought_back_while_no_campaign_sends_it(browse: Browse, desk: Desk) -> None:
    editor = browse("editor")
    for act in ("name", "delete"):
        page = editor.post(f"/letters/hrc-joint-letter/about/{act}", 422, to="other")
        assert "hrc55 sends this letter" in text_of(page)
    editor.post("/letters/hrc-thanks/about/name", to="thanks")
    assert "thanks" in letter_names(desk.templates)
    assert "hrc-thanks" not in letter_names(desk.templates)
    page = editor.post("/letters/thanks/about/delete")
    assert "thanks" not in letter_names(desk.templates)
    kept = hidden(page, "name")
    assert kept.startswith("thanks.")
    editor.post("/removed-letters", name=kept)
    assert load_letter("thanks", desk.templates)
    editor.post("/removed-letters", 404, name=kept)
    editor.post("/removed-letters", 404, name="../hrc-joint-letter")
    assert acts(desk) == [Act.LETTER_RENAMED, Act.LETTER_DELETED, Act.LETTER_MADE]


def test_facts_are_a_form_and_the_rest_of_the_file_stays(browse: Browse, desk: Desk) -> None:
    editor = browse("editor")
    file = desk.templates / "hrc-joint-letter" / "letter.toml"
    before = file.read_text(encoding="utf-8")
    page = editor.get("/letters/hrc-joint-letter/about")
    fields = fields_of(page, "/letters/hrc-joint-letter/about")
    assert editor.post("/letters/hrc-joint-letter/about", **fields)
    assert file.read_text(encoding="utf-8").replace("\r\n", "\n") == before, "nothing typed, nothing changed"
    row = next(key.removeprefix("fact.") for key, value in fields.items() if value == "reply_by")
    empty = next(key.removeprefix("fact.") for key, value in fields.items() if key.startswith("fact.") and not value)
    gone = next(key.removeprefix("fact.") for key, value in fields.items() if value == "signed_as_of")
    fields |= {f"value.{row}": "2024-04-01", f"fact.{empty}": "room", f"value.{empty}": 'XX "the" room'}
    fields |= {f"value.{empty}.fr": "salle XX", f"value.{gone}": "", "title": "Another title"}
    fields["seen"] = hidden(editor.get("/letters/hrc-joint-letter/about"), "seen")
    editor.post("/letters/hrc-joint-letter/about", **fields)
    letter = load_letter("hrc-joint-letter", desk.templates)
    assert str(letter.facts[Language.ENGLISH]["reply_by"]) == "2024-04-01"
    assert not isinstance(letter.facts[Language.ENGLISH]["reply_by"], str)
    assert letter.facts[Language.ENGLISH]["room"] == 'XX "the" room'
    assert letter.facts[Language.FRENCH]["room"] == "salle XX"
    assert letter.title == "Another title"
    assert "signed_as_of" not in letter.facts[Language.ENGLISH]
    assert "# A sample. Change the words" in file.read_text(encoding="utf-8")


def fields_of(page: str, action: str) -> dict[str, str]:
    """The fields of the form with an action as the page has them."""
    import html

    form = page.split(f'action="{action}"', 1)[1].split("</form>", 1)[0]
    found = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and 'type="radio"' not in tag:
            found[name[1]] = html.unescape(value[1]) if value else ""
    for name, inner in re.findall(r'<select name="([^"]*)">(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', inner)
        found[name] = chosen[1] if chosen else ""
    return found


@pytest.mark.parametrize("name", ["9lives", heavy("a b"), heavy("fr"), heavy("x" * 61)])
def test_a_fact_that_the_text_could_not_name_is_refused(browse: Browse, desk: Desk, name: str) -> None:
    editor = browse("editor")
    seen = hidden(editor.get("/letters/hrc-thanks/about"), "seen")
    page = editor.post(
        "/letters/hrc-thanks/about",
        422,
        **{"title": "T", "fallback": "en", "seen": seen, "fact.0": name, "value.0": "v"},
    )
    assert name in page


def test_the_later_of_two_is_told_and_keeps_what_was_typed(browse: Browse, desk: Desk) -> None:
    first, second = browse("editor"), browse("admin")
    seen = hidden(first.get("/letters/hrc-thanks/about"), "seen")
    second.post("/letters/hrc-thanks/about", title="The admin's", fallback="en", seen=seen)
    page = first.post(
        "/letters/hrc-thanks/about", 409,
        **{"title": "The editor's", "fallback": "en", "seen": seen, "fact.0": "typed_long", "value.0": "is kept"},
    )  # fmt: skip
    assert "Somebody has changed this letter" in page
    assert "typed_long" in page
    assert load_letter("hrc-thanks", desk.templates).title == "The admin's"


def test_a_language_comes_empty_or_as_a_copy_with_its_covering_mail(browse: Browse, desk: Desk) -> None:
    editor = browse("editor")
    editor.post("/new-letter", title="Two", name="two", languages=["en"], cover="yes")
    editor.post("/letters/two/about/languages", language="fr")
    editor.post("/letters/two/about/languages", language="ar", like="en")
    letter = load_letter("two", desk.templates)
    assert letter.bodies[Language.ARABIC] == letter.bodies[Language.ENGLISH]
    assert "Veuillez trouver" in letter.covers[Language.FRENCH]
    assert letter.covers[Language.ARABIC] == letter.covers[Language.ENGLISH]
    for language in ("fr", "xx"):
        editor.post("/letters/two/about/languages", 422, language=language)


def test_a_letter_goes_as_pdf_with_a_covering_mail_and_without(browse: Browse, desk: Desk) -> None:
    editor = browse("editor")

    def seen() -> str:
        return hidden(editor.get("/letters/hrc-thanks/about"), "seen")

    path = "/letters/hrc-thanks/about/pdf"
    editor.post(path, **{"how": "cover", "file": "Thanks", "cover.en": "Dear friends,\r\n\r\nhere.", "seen": seen()})
    letter = load_letter("hrc-thanks", desk.templates)
    assert (letter.pdf_file, letter.covers[Language.ENGLISH]) == ("Thanks", "Dear friends,\n\nhere.\n")
    assert "ci-jointe" in letter.covers[Language.FRENCH]
    page = editor.post(path, 422, **{"how": "cover", "file": "", "cover.en": "not lost", "seen": seen()})
    assert "not lost" in page
    page = editor.post(path, 422, **{"how": "cover", "file": "T", "cover.en": "{% if %} not lost", "seen": seen()})
    assert "not lost" in page
    editor.post(path, how="", seen=seen())
    letter = load_letter("hrc-thanks", desk.templates)
    assert (letter.pdf_file, letter.covers) == (None, {})
    editor.post(path, how="cover", file="T", seen=seen())
    assert load_letter("hrc-thanks", desk.templates).covers[Language.ENGLISH].startswith("Dear friends"), "it was kept"


def test_logos_pictures_and_attachments_are_brought_named_and_removed(browse: Browse, desk: Desk) -> None:
    editor = browse("editor")
    about = "/letters/hrc-thanks/about"

    def seen() -> str:
        return hidden(editor.get(about), "seen")

    logo, picture = {"file": ("mark.png", PNG)}, {"file": ("../../chart.png", PNG)}
    editor.post(f"{about}/logos", files=logo, seen=seen())
    editor.post(f"{about}/letterhead", head="Us", lines="One\r\nTwo", colour="#123456", logos=["mark.png"], seen=seen())
    head = load_letter("hrc-thanks", desk.templates).letterhead
    assert (head.name, head.lines, head.colour, [one.name for one in head.logos]) == (
        "Us", ("One", "Two"), "#123456", ["mark.png"],
    )  # fmt: skip
    page = editor.post(f"{about}/letterhead", 422, head="Typed", lines="x", colour="red", seen=seen())
    assert "Typed" in page
    editor.post(f"{about}/pictures", files=picture)
    assert (desk.templates / "hrc-thanks" / "chart.png").read_bytes() == PNG
    for name, content in (("x.png", b"<svg>"), ("x.svg", PNG), ("chart.png", PNG), ("letter.toml", b"x"), ("", b"")):
        editor.post(f"{about}/pictures", 422, files={"file": (name, content)})
    editor.post(
        f"{about}/attachments", files={"file": ("annex.pdf", b"%PDF-1.4")}, shown="Annex for {{ mission.iso3 }}.pdf",
        language="fr", missions="FRA, group:EEG", seen=seen(),
    )  # fmt: skip
    (one,) = load_letter("hrc-thanks", desk.templates).attachments
    assert (one.name, one.language, one.missions) == (
        "Annex for {{ mission.iso3 }}.pdf", Language.FRENCH, ("FRA", "group:Eastern European"),
    )  # fmt: skip
    editor.post(f"{about}/attachments/0", 422, missions="Atlantis", seen=seen())
    editor.post(f"{about}/attachments/0", shown="", language="", missions="", seen=seen())
    (one,) = load_letter("hrc-thanks", desk.templates).attachments
    assert (one.name, one.language, one.missions) == ("annex.pdf", None, ())
    editor.post(f"{about}/attachments/0", what="remove", seen=seen())
    assert load_letter("hrc-thanks", desk.templates).attachments == ()
    assert not (desk.templates / "hrc-thanks" / "annex.pdf").exists()
    for name in ("en.md", "x.typ", "noending"):
        editor.post(f"{about}/attachments", 422, files={"file": (name, b"x")}, seen=seen())
    editor.post(f"{about}/pictures/remove", file="chart.png")
    editor.post(f"{about}/pictures/remove", 422, file="mark.png")
    assert not (desk.templates / "hrc-thanks" / "chart.png").exists()


def test_a_word_file_is_shown_by_word_before_it_holds(browse: Browse, desk: Desk, tmp_path: Path) -> None:
    editor = browse("editor")
    out = editor.client.get("/letters/hrc-thanks/en/word")
    assert out.status_code == 200
    assert out.content == word_file(load_letter("hrc-thanks", desk.templates), Language.ENGLISH)
    page = editor.post("/word-letter", files={"file": ("t.docx", out.content)}, name="hrc-thanks", back="hrc-thanks")
    assert "Nothing differs" in page
    changed = document(tmp_path, "Dear colleagues,", "An entirely new paragraph for {{ mission.the }}.")
    before = load_letter("hrc-thanks", desk.templates).bodies[Language.ENGLISH]
    page = editor.post("/word-letter", files={"file": ("new.docx", changed)}, name="hrc-thanks", language="en")
    assert "An entirely new paragraph" in page
    assert "<del>" in page
    assert load_letter("hrc-thanks", desk.templates).bodies[Language.ENGLISH] == before
    fields = fields_of(page, "/word-letter/apply")
    editor.post("/word-letter/apply", 409, **(fields | {"state": "other"}))
    editor.post("/word-letter/apply", **fields)
    assert "An entirely new" in load_letter("hrc-thanks", desk.templates).bodies[Language.ENGLISH]
    page = editor.post("/word-letter", 422, files={"file": ("x.docx", b"PK\x03\x04 no")}, name="hrc-thanks")
    editor.post("/word-letter", 422, files={"file": ("x.pdf", b"%PDF")}, back="hrc-thanks")


def test_a_letter_comes_from_word_in_two_languages(browse: Browse, desk: Desk, tmp_path: Path) -> None:
    editor = browse("editor")
    for language, words in (("en", "We write to {{ mission.the }}."), ("fr", "Nous écrivons à {{ mission.name }}.")):
        file = {"file": (f"Our letter {language}.docx", document(tmp_path, words))}
        page = editor.post("/word-letter", files=file, name="our-letter", language=language)
        assert words.split(" {{", maxsplit=1)[0] in page
        editor.post("/word-letter/apply", **fields_of(page, "/word-letter/apply"))
    letter = load_letter("our-letter", desk.templates)
    assert letter.languages == [Language.ENGLISH, Language.FRENCH]
    assert "Nous écrivons" in letter.bodies[Language.FRENCH]


def document(folder: Path, *paragraphs: str) -> bytes:
    """A Word document of some paragraphs."""
    return docx(folder / "made.docx", *(paragraph(run(one)) for one in paragraphs)).read_bytes()


def test_a_word_file_that_could_not_be_merged_makes_no_letter(browse: Browse, desk: Desk, tmp_path: Path) -> None:
    editor = browse("editor")
    before = letter_names(desk.templates)
    for words, name in (("{{ mission.the|nonsense }}", "broken"), ("fine", "../out"), ("fine", "layouts")):
        file = {"file": ("x.docx", document(tmp_path, words))}
        editor.post("/word-letter", 422, files=file, name=name, language="en")
    assert letter_names(desk.templates) == before


def test_a_later_letter_has_the_letterhead_that_the_others_have(browse: Browse, desk: Desk) -> None:
    editor = browse("editor")
    path = "/letters/hrc-joint-letter/about"
    sample = {"head": "Invented Coalition for Open Records", "lines": "", "colour": "#112233", "logos": "logo.svg"}
    editor.post(f"{path}/letterhead", **sample, seen=hidden(editor.get(path), "seen"))
    assert 'name="head"' not in editor.get("/new-letter"), "that of an untouched sample is nobody's"
    own = sample | {"head": "Our house", "lines": "Rue 1\nGenève"}
    editor.post(f"{path}/letterhead", **own, seen=hidden(editor.get(path), "seen"))
    page = editor.get("/new-letter")
    assert '<option value="hrc-joint-letter" selected>Our house</option>' in page
    editor.post("/new-letter", title="Second", languages=["en"], head="hrc-joint-letter")
    head = load_letter("second", desk.templates).letterhead
    assert (head.name, head.lines, head.colour) == ("Our house", ("Rue 1", "Genève"), "#112233")
    assert [one.name for one in head.logos] == ["logo.svg"]
    assert head.logos[0].parent.name == "second", "a picture of its own"
    editor.post("/new-letter", title="Third", languages=["en"], head="")
    assert not load_letter("third", desk.templates).letterhead.name
    out = editor.client.get("/letters/second/en/word").content
    page = editor.post("/word-letter", files={"file": ("w.docx", out)}, name="fourth", head="hrc-joint-letter")
    editor.post("/word-letter/apply", **fields_of(page, "/word-letter/apply"))
    assert load_letter("fourth", desk.templates).letterhead.name == "Our house"


def test_files_are_bounded_in_number(browse: Browse, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    editor = browse("editor")
    about = "/letters/hrc-thanks/about"
    there = sum(1 for _ in (desk.templates / "hrc-thanks").iterdir())
    monkeypatch.setattr("outreach.letters.changing._MOST_FILES", there)
    seen = hidden(editor.get(about), "seen")
    page = editor.post(f"{about}/attachments", 422, files={"file": ("a.pdf", b"%PDF-1.4")}, seen=seen)
    assert f"The letter has {there} files already." in text_of(page)
    monkeypatch.setattr("outreach.web.uploads._MOST_KEPT", 2)
    for number in range(4):
        keep(desk, io.BytesIO(b"a,b\n%d" % number), "a.csv")
    assert len(list((desk.folder / "uploads").iterdir())) == 2, "the oldest go"
