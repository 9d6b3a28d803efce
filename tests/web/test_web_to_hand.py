"""At the desk a mail is saved as it came, and its files, and mails are searched: nothing of it is shown or run."""

import re
from pathlib import Path

import pytest
from web_browser import Browser, browser_factory

from outreach.inbox.ingest import ingest
from outreach.responses.answers import record_answers
from outreach.web.desk import Desk

EVIL = (
    "From: <pr.office@fra.mission.example>\nSubject: Note\nDate: Tue, 19 Mar 2024 11:00:00 +0100\n"
    'Message-ID: <evil@test.example>\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n\n'
    "--b\nContent-Type: text/plain\n\nSee the attached note.\n"
    '--b\nContent-Type: text/html; name="x.html"\nContent-Disposition: attachment\n\n<script>alert(1)</script>\n--b--\n'
)

BROKEN = (
    '\n--b\nContent-Type: application/pdf; name="scan.pdf"\nContent-Disposition: attachment\n\n%PDF-1.7 and no more'
)


@pytest.fixture
def viewer(answered: Desk, tmp_path: Path) -> Browser:
    folder = tmp_path / "evil"
    folder.mkdir()
    (folder / "evil.eml").write_text(EVIL, encoding="utf-8")
    ingest(answered.engine, [folder], record=record_answers)
    return browser_factory(answered)("viewer")


def found(page: str) -> list[str]:
    return re.findall(r'href="(/inbox/\d+)"', page)


@pytest.mark.heavy
def test_mails_are_searched(viewer: Browser) -> None:
    assert len(found(viewer.get("/inbox/search?q=gladly+support"))) == 2
    (one,) = found(viewer.get("/inbox/search?q=ATTACHED"))
    assert found(viewer.get("/inbox/search?q=x.html")) == [one]
    assert "Nothing here" in viewer.get("/inbox/search?q=zebra")
    assert "Nothing here" in viewer.get("/inbox/search")
    assert "<script>alert" not in viewer.get("/inbox/search?q=%22%3E%3Cscript%3Ealert(1)")


@pytest.mark.heavy
def test_a_mail_and_its_files_are_kept_by_the_browser_and_shown_nowhere(viewer: Browser) -> None:
    (one,) = found(viewer.get("/inbox/search?q=attached"))
    page = viewer.get(one)
    (file,) = re.findall(rf'href="({one}/files/\d+)"', page)
    for path, begins in ((f"{one}/mail.eml", b"From: <pr.office"), (file, b"<script>")):
        answer = viewer.client.get(path)
        assert answer.status_code == 200
        assert answer.content.startswith(begins)
        assert answer.headers["content-disposition"].startswith("attachment;")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-security-policy"].startswith("sandbox;")
        assert not answer.headers["content-type"].startswith("text/html")
    assert viewer.client.get(f"{one}/files/99999").status_code == 404


@pytest.mark.heavy
def test_the_words_of_an_attached_note_are_read_there_and_found(
    viewer: Browser, answered: Desk, tmp_path: Path
) -> None:
    note = "NOTE VERBALE\n<script>alert(1)</script>\n" + "The Permanent Mission is glad. " * 60
    folder = tmp_path / "note"
    folder.mkdir()
    (folder / "note.eml").write_text(
        EVIL.replace("evil@", "note@").replace("text/html", "text/plain").replace("x.html", "note.txt")
        .replace("<script>alert(1)</script>", note)
        .replace("\n--b--", f"{BROKEN}\n--b--"),
        encoding="utf-8",
    )  # fmt: skip
    ingest(answered.engine, [folder], record=record_answers)
    (one,) = found(viewer.get("/inbox/search?q=verbale+permanent"))
    page = viewer.get(one)
    assert "NOTE VERBALE\n&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<summary>More</summary>" in page
    assert "it is broken, and can&#39;t be read" in page
