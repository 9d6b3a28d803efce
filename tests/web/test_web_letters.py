"""A letter's subject, its PDF beside it, and what differs from what was approved last."""

import re
from collections.abc import Callable

import pytest
from web_browser import Browser, hidden, text_of

from outreach.letters.folder import load_letter
from outreach.vocabulary import Language
from outreach.web.desk import Desk

Browse = Callable[..., Browser]
PATH = "/letters/hrc-joint-letter/en"


def test_the_subject_is_changed_and_the_rest_of_the_file_stays(browse: Browse, desk: Desk) -> None:
    editor = browse("editor")
    file = desk.templates / "hrc-joint-letter" / "letter.toml"
    before = file.read_text(encoding="utf-8")
    page = editor.get(PATH)
    text = (desk.templates / "hrc-joint-letter" / "en.md").read_text(encoding="utf-8")
    subject = 'A "new" subject for {{ mission.of }} \\ # '
    shown = editor.post(f"{PATH}/preview", text=text, subject="Seen {{ mission.iso3 }}", mission="IND")
    assert file.read_text(encoding="utf-8") == before
    assert shown
    editor.post(PATH, text=text, subject=subject + "\r\nBcc: x@y.example", seen=hidden(page, "seen"))
    letter = load_letter("hrc-joint-letter", desk.templates)
    assert letter.subjects[Language.ENGLISH] == 'A "new" subject for {{ mission.of }} \\ # Bcc: x@y.example'
    after = file.read_text(encoding="utf-8")
    changed = [(a, b) for a, b in zip(before.splitlines(), after.splitlines(), strict=True) if a != b]
    assert len(changed) == 1, "comments and everything else stay"
    assert changed[0][0].startswith("en = ")


def test_a_subject_that_cannot_be_merged_is_not_kept(browse: Browse, desk: Desk) -> None:
    editor = browse("editor")
    file = desk.templates / "hrc-joint-letter" / "letter.toml"
    before = file.read_text(encoding="utf-8")
    page = editor.get(PATH)
    text = (desk.templates / "hrc-joint-letter" / "en.md").read_text(encoding="utf-8")
    for subject in ("{% if %}", "   ", "long " * 200):
        page = editor.post(PATH, 422, text=text, subject=subject, seen=hidden(page, "seen"))
        assert file.read_text(encoding="utf-8") == before
    browse("viewer").post(PATH, 403, text=text, subject="x", seen="")


@pytest.mark.heavy
def test_the_later_of_two_subjects_is_told(browse: Browse, desk: Desk) -> None:
    first, second = browse("editor"), browse("admin")
    seen = hidden(first.get(PATH), "seen")
    text = (desk.templates / "hrc-joint-letter" / "en.md").read_text(encoding="utf-8")
    second.post(PATH, text=text, subject="The admin's subject", seen=seen)
    page = first.post(PATH, 409, text=text, subject="The editor's subject", seen=seen)
    assert "Nothing was overwritten" in text_of(page)
    assert "The editor&#39;s subject" in page
    assert load_letter("hrc-joint-letter", desk.templates).subjects[Language.ENGLISH] == "The admin's subject"


@pytest.mark.heavy
def test_what_was_changed_since_the_approval_stands_in_the_editor(browse: Browse, desk: Desk) -> None:
    viewer = browse("viewer")
    text = (desk.templates / "hrc-joint-letter" / "en.md").read_text(encoding="utf-8")
    subject = load_letter("hrc-joint-letter", desk.templates).subjects[Language.ENGLISH]

    def differences(text: str, mission: str = "IND") -> str:
        return viewer.post(f"{PATH}/differences", text=text, subject=subject, mission=mission)

    page = differences(text)
    assert "Nothing differs." in page
    assert "approved by Ana" in page
    page = differences(text.replace("Without them", "Without <i>these</i>"))
    assert "<del>them</del>" in page
    assert "<ins>&lt;i&gt;these&lt;/i&gt;</ins>" in page or "these" in re.findall(r"<ins>(.*?)</ins>", page)[0]
    assert "<i>" not in page
    assert viewer.last is not None
    assert "sandbox" in viewer.last.headers["content-security-policy"]
    assert "nothing to compare with" in differences(text, "LIE")
    assert "can&#39;t be merged" in differences("{{ nothing.such") or "line" in differences("{{ nothing.such")


@pytest.mark.heavy
def test_the_pdf_is_shown_in_a_frame_of_the_desk_alone(browse: Browse, desk: Desk) -> None:
    viewer = browse("viewer")
    for path in ("/campaigns/1/letters/IND?show=pdf", "/campaigns/1/send/preview?mission=IND&show=pdf"):
        (frame,) = re.findall(r"<iframe[^>]*>", viewer.get(path))
        (source,) = re.findall(r'src="([^"]+)"', frame)
        answer = viewer.client.get(source)
        assert answer.content.startswith(b"%PDF-")
        assert answer.headers["content-type"] == "application/pdf"
        assert answer.headers["content-disposition"] == "inline"
        assert answer.headers["x-frame-options"] == "SAMEORIGIN"
        assert "frame-ancestors 'self'" in answer.headers["content-security-policy"]
        assert "script-src" not in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
    (desk.templates / "hrc-joint-letter" / "annex.html").write_text("<script>alert(1)</script>")
    file = desk.templates / "hrc-joint-letter" / "letter.toml"
    file.write_text(file.read_text(encoding="utf-8").replace("attachments = []", 'attachments = ["annex.html"]'))
    assert viewer.client.get("/campaigns/1/send/preview/IND/files/1?shown=true").status_code == 404
    kept = viewer.client.get("/campaigns/1/send/preview/IND/files/1")
    assert "attachment" in kept.headers["content-disposition"]
    text = (desk.templates / "hrc-joint-letter" / "en.md").read_text(encoding="utf-8")
    viewer.post(f"{PATH}/pdf", text=text, subject="x", mission="IND")
    assert viewer.last is not None
    assert viewer.last.content.startswith(b"%PDF-")
    viewer.post(f"{PATH}/pdf", 422, text="{% if %}", subject="x", mission="IND")


@pytest.mark.heavy
def test_the_preview_tells_what_an_approval_would_change(browse: Browse, desk: Desk) -> None:
    viewer = browse("viewer")
    path = "/campaigns/1/send/preview?mission=IND&show=since"
    assert "It would go out now as it was approved" in text_of(viewer.get(path))
    file = desk.templates / "hrc-joint-letter" / "en.md"
    file.write_text(file.read_text(encoding="utf-8").replace("Without them", "Without these"), encoding="utf-8")
    page = viewer.get(path)
    assert "<del>them</del><ins>these</ins>" in page
    assert 'href="?mission=IRL&amp;show=since"' in page or "&amp;show=since" in page


def test_the_editor_checks_the_text_as_it_is_typed_and_keeps_nothing(browse: Browse) -> None:
    editor = browse("editor")
    before = editor.get(PATH)
    said = editor.post(f"{PATH}/check", text="Dear {{ mission.nme }},\n\nTODO: the rest.\n", subject="Seen")
    assert "mission.nme" in said
    assert "TODO" in said
    assert "outreach-" not in said, "the folder that it was tried in is nobody's business"
    assert text_of(editor.get(PATH)) == text_of(before)
