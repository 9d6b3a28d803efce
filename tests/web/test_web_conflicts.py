"""Two people change the same thing: whoever comes later sees both, loses nothing, and chooses."""

import re
from collections.abc import Callable
from html import unescape

from web_browser import Browser, hidden, text_of

from outreach.letters.by_word import together
from outreach.web.desk import Desk

Browse = Callable[..., Browser]
PATH = "/letters/hrc-joint-letter/en"


def marked(page: str) -> tuple[list[str], list[str]]:
    """What is marked as typed, and as kept."""
    mine, theirs = (re.findall(rf"<mark{kind}>(.*?)</mark>", page) for kind in ("", ' class="theirs"'))
    return [unescape(one) for one in mine], [unescape(one) for one in theirs]


def test_both_texts_of_a_letter_stand_side_by_side(browse: Browse, desk: Desk) -> None:
    first, second = browse("editor"), browse("admin")
    file = desk.templates / "hrc-joint-letter" / "en.md"
    seen, text = hidden(first.get(PATH), "seen"), file.read_text(encoding="utf-8")
    second.post(PATH, text=text.replace("Without them", "Without her"), subject="Theirs", seen=seen)
    mine = text.replace("Without them", "Without <him>")
    page = first.post(PATH, 409, text=mine, subject="Mine", seen=seen)
    assert "Nothing was overwritten" in text_of(page)
    typed, kept = marked(page)
    assert "Mine" in typed
    assert "Theirs" in kept
    assert "".join(typed).endswith("<him>")
    assert "her" in kept
    assert "Keep both changes" not in page, "both changed the same words"
    assert "The admin kept it on" in text_of(page)
    assert "Without &lt;him&gt;" in page, "what was typed is in the form"
    # Whoever keeps theirs has seen the other.
    first.post(PATH, text=mine, subject="Mine", seen=hidden(page, "seen"))
    assert "Without <him>" in file.read_text(encoding="utf-8")


def test_what_was_changed_in_different_places_is_kept_together(browse: Browse, desk: Desk) -> None:
    first, second = browse("editor"), browse("admin")
    file = desk.templates / "hrc-joint-letter" / "en.md"
    page = first.get(PATH)
    seen, text = hidden(page, "seen"), file.read_text(encoding="utf-8")
    subject = unescape(re.findall(r'name="subject" value="([^"]*)"', page)[0])
    second.post(PATH, text=text.replace("short answer", "brief answer"), subject="Theirs", seen=seen)
    page = first.post(PATH, 409, text=text.replace("Without them", "Without us"), subject=subject, seen=seen)
    form = page.partition('class="conflict"')[2] or page
    both = {name: unescape(re.findall(rf'name="{name}" value="([^"]*)"', form)[0]) for name in ("text", "subject")}
    first.post(PATH, **both, seen=hidden(page, "seen"))
    kept = file.read_text(encoding="utf-8")
    assert "Without us" in kept
    assert "brief answer" in kept


def test_changes_of_two_people_come_together() -> None:
    base = "a\nb\nc\n"
    assert together(base, "A\nb\nc\n", "a\nb\nC\n") == "A\nb\nC\n"
    assert together(base, "A\nb\nc\n", "A\nb\nc\n") == "A\nb\nc\n", "both did the same"
    assert together(base, "A\nb\nc\n", "x\nb\nc\n") is None
    assert together(base, "a\nnew\nb\nc\n", "a\nother\nb\nc\n") is None, "both put something at one place"
    assert together(base, "a\nc\n", "a\nB\nc\n") is None
    assert together(base, base, "") == ""


def test_facts_letterhead_and_settings_show_both(browse: Browse, desk: Desk) -> None:
    first, second = browse("admin"), browse("admin")
    path = "/letters/hrc-joint-letter/about"
    seen = hidden(first.get(path), "seen")
    second.post(f"{path}/letterhead", head="Theirs", lines="One line", colour="#123456", seen=seen)
    page = first.post(f"{path}/letterhead", 409, head="Mine", lines="One line", colour="#123456", seen=seen)
    assert marked(page) == (["Mine"], ["Theirs"])
    assert 'name="page" value="/letters/hrc-joint-letter/about"' in page, "theirs is taken on the page that there is"
    first.post(f"{path}/letterhead", head="Mine", lines="One line", colour="#123456", seen=hidden(page, "seen"))
    # Something else of the letter was changed: what was typed is not touched by it, and can be kept.
    page = first.post(f"{path}/pdf", 409, how="", file="HRC55_letter", seen=seen)
    assert "What you typed here is not touched by it." in text_of(page)


def test_notes_and_contacts_show_both(browse: Browse) -> None:
    first, second = browse("editor"), browse("admin")
    page = first.post("/missions/FRA/notes", text="Ask for the desk officer.")
    number = re.findall(r'action="/notes/(\d+)"', page)[0]
    page = second.post(f"/notes/{number}", text="Ask for the deputy.")
    page = first.post(f"/notes/{number}", 409, text="Ask for the expert.")
    assert marked(page) == (["expert"], ["deputy"])
    later = re.findall(r'action="/notes/(\d+)"', page)[-1]
    assert "Ask for the expert." in re.findall(r"<textarea[^>]*>([^<]*)</textarea>", page)
    second.post(f"/notes/{later}", away="yes")
    page = first.post(f"/notes/{later}", 409, text="Ask for the expert.")
    assert "nothing here" in text_of(page)
    page = first.post("/missions/FRA/notes", text="Ask for the expert.")
    assert "The note is kept." in text_of(page)
    form = dict(re.findall(r'name="was_(\w+)" value="([^"]*)"', first.get("/missions/FRA")))
    was = {f"was_{name}": unescape(value) for name, value in form.items()}
    same = {name: unescape(value) for name, value in form.items()}
    second.post("/missions/FRA/contacts", contact=same["email"], **was, **same | {"name": "Their Name"})
    page = first.post("/missions/FRA/contacts", 409, contact=same["email"], **was, **same | {"name": "My Name"})
    assert {"My", "Mine"} & set(" ".join(marked(page)[0]).split())
    assert "Their" in " ".join(marked(page)[1])
