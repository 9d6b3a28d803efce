"""The dossier: what each edition says, that it is the same to the byte, and that only what was released is in it."""

import csv
import hashlib
import io
import zipfile
from collections.abc import Callable
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest

from outreach import clock
from tests.cli.conftest import Run
from tests.inbox.inbox_mails import answer

WORDS = "France will co-sponsor. Write to Ana Sample, ana@fra.mission.example, or call +41 22 730 40 00 on 18.03.2024."


class Page(HTMLParser):
    """What a page links to, and which elements it has, each of which must be closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.tags: list[str] = []
        self.open: list[str] = []
        self.ids: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in ("meta", "link", "img", "br", "hr"):
            self.open.append(tag)
        for name, value in attrs:
            if name in ("href", "src") and value:
                self.links.append(value)
            if name == "id" and value:
                self.ids.append(value)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture
def sent(scheduled: Callable[..., None], outreach: Run, folder: Path) -> Run:
    """Letters went to France, Germany and Japan; France answered, and the votes are known."""
    with (folder / "z.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(
            [("ISO3", "E-mail", "Role", "Name"), ("FRA", "ana@fra.mission.example", "deputy", "Ana Sample")]
        )
    outreach("missions", "import", "z.csv", "--yes")
    scheduled("spring", "iso:FRA,DEU,JPN")
    outreach("send")
    france = next(one for one in outreach("messages", "list", "spring", "--json").json if one["iso3"] == "FRA")
    (folder / "1.eml").write_bytes(answer(WORDS, reply_to=france["message_id"]))
    outreach("inbox", "ingest", "1.eml")
    outreach("responses", "set", "spring", "FRA", "co-sponsor", "--note", "a private note")
    (folder / "v.csv").write_text("Country,Vote\nFrance,yes\nJapan,abstain\nGermany,yes\n", encoding="utf-8")
    outreach("votes", "import", "spring", "v.csv")
    return outreach


def whole(folder: Path) -> str:
    return "\n".join(
        path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*"))
        if path.suffix in (".html", ".csv", ".css")
    )


@pytest.mark.heavy
def test_the_same_campaign_gives_the_same_bytes(sent: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sent("responses", "release", "spring", "FRA")
    first = sent("dossier", "spring", "--out", "a.zip", "--json").json
    sent("dossier", "spring", "--out", "site")
    now = clock.now
    monkeypatch.setattr(clock, "now", lambda: now() + timedelta(days=40, seconds=7))
    again = sent("dossier", "spring", "--out", "b.zip", "--json").json
    assert (folder / "a.zip").read_bytes() == (folder / "b.zip").read_bytes()
    assert first["digest"] == again["digest"]
    with zipfile.ZipFile(folder / "a.zip") as file:
        assert file.namelist() == sorted(first["files"])
        for name in file.namelist():
            assert file.read(name) == (folder / "site" / name).read_bytes()
            assert file.getinfo(name).date_time == (1980, 1, 1, 0, 0, 0)


@pytest.mark.heavy
@pytest.mark.parametrize("edition", ["public", "partners", "team"])
def test_pages_are_whole_and_every_digest_is_right(sent: Run, folder: Path, edition: str) -> None:
    sent("dossier", "spring", "--out", "site", "--for", edition, "--language", "en")
    site = folder / "site"
    files = {str(path.relative_to(site).as_posix()) for path in site.rglob("*") if path.is_file()}
    sums = dict(reversed(line.split("  ", 1)) for line in (site / "SHA256SUMS").read_text().splitlines())
    assert sums.keys() == files - {"SHA256SUMS"}
    for name, digest in sums.items():
        assert hashlib.sha256((site / name).read_bytes()).hexdigest() == digest
        if name != "files.html":
            assert digest in (site / "files.html").read_text(encoding="utf-8")
    for name in sorted(one for one in files if one.endswith(".html")):
        page = Page((site / name).read_text(encoding="utf-8"))
        assert page.open == []
        assert not {"script", "form", "iframe", "object"} & set(page.tags)
        assert {"html", "title", "h1", "main"} <= set(page.tags)
        assert page.tags.count("h1") == 1
        for link in page.links:
            if link.startswith(("data:", "#", "https:", "mailto:")):
                continue
            assert "//" not in link
            assert (site / name).parent.joinpath(unquote(link).partition("#")[0]).resolve().is_file(), (name, link)


@pytest.mark.heavy
def test_an_edition_says_no_more_than_it_may(sent: Run, folder: Path) -> None:
    sent("responses", "release", "spring", "FRA")
    texts = {}
    for edition in ("public", "partners", "team"):
        sent("dossier", "spring", "--out", edition, "--for", edition)
        texts[edition] = whole(folder / edition)
    for edition in ("public", "partners"):
        assert "@fra.mission.example" not in texts[edition]
        assert "a private note" not in texts[edition]
        assert "Ana Sample" not in texts[edition]
        assert "[name]" in texts[edition]
    assert "pr.office@fra.mission.example" in texts["team"]
    assert "a private note" in texts["team"]
    table = list(csv.reader(io.StringIO((folder / "public/data/missions.csv").read_text(encoding="utf-8-sig"))))
    assert table[0] == ["ISO3", "Mission", "Regional group", "Vote"]
    assert ["FRA", "France", "Western European and Others", "in favour"] in table
    partners = (folder / "partners/data/missions.csv").read_text(encoding="utf-8-sig")
    assert "Sent" in partners.splitlines()[0]
    assert "Recipients" not in partners


@pytest.mark.heavy
def test_nothing_is_released_before_somebody_says_so(sent: Run, folder: Path) -> None:
    sent("dossier", "spring", "--out", "site")
    assert "co-sponsor." not in whole(folder / "site")
    dry = sent("responses", "release", "spring", "FRA", "--dry-run").out
    assert "Nothing was changed" in dry
    assert sent("responses", "released", "spring", "--json").json == []
    said = sent("responses", "release", "spring", "fra", "--by", "Ana").out
    assert "[address], or call [number] on 18.03.2024." in said
    assert "It names Ana Sample" in said
    (one,) = sent("responses", "released", "spring", "--json").json
    assert (one["iso3"], one["who"]) == ("FRA", "Ana")
    sent("dossier", "spring", "--out", "site")
    assert "France will co-sponsor." in whole(folder / "site")
    sent("responses", "release", "spring", "FRA", "--text", "France co-sponsors <b>this</b>.")
    assert len(sent("responses", "released", "spring", "--json").json) == 1
    sent("dossier", "spring", "--out", "site")
    assert "France co-sponsors &lt;b&gt;this&lt;/b&gt;." in whole(folder / "site")
    assert "1 text taken back" in sent("responses", "withdraw", "spring", "FRA").out
    sent("dossier", "spring", "--out", "site")
    assert "France co-sponsors" not in whole(folder / "site")
    assert "Nothing of FRA is released" in sent("responses", "withdraw", "spring", "FRA", expect=2).err
    kinds = [line for line in sent("events").out.splitlines() if "answer." in line]
    assert len(kinds) == 3


@pytest.mark.heavy
def test_what_can_t_be_released_is_said(sent: Run) -> None:
    assert "No mail of DEU" in sent("responses", "release", "spring", "DEU", expect=2).err
    assert "none of the missions" in sent("responses", "release", "spring", "BEL", expect=2).err
    assert "is no answer of DEU" in sent("responses", "release", "spring", "DEU", "--reply", 1, expect=2).err
    sent("responses", "release", "spring", "DEU", "--text", "Germany told us that it votes yes.")
    assert sent("responses", "released", "spring", "--json").json[0]["mail"] is None


@pytest.mark.heavy
def test_an_erased_person_s_answer_is_no_longer_shown(sent: Run, folder: Path) -> None:
    sent("responses", "release", "spring", "FRA")
    sender = sent("inbox", "list", "--all", "--json").json[0]["sender"]
    total = sent("people", "find", sender, "--json").json["total"]
    sent("people", "erase", sender, "--yes", total)
    sent("dossier", "spring", "--out", "site")
    assert "France will co-sponsor" not in whole(folder / "site")
    assert "--text" in sent("responses", "release", "spring", "FRA", expect=2).err


@pytest.mark.heavy
def test_a_folder_of_something_else_is_left_alone(sent: Run, folder: Path, outreach: Run) -> None:
    (folder / "mine").mkdir()
    (folder / "mine/notes.txt").write_text("mine")
    assert "holds no dossier" in sent("dossier", "spring", "--out", "mine", expect=2).err
    assert [path.name for path in (folder / "mine").iterdir()] == ["notes.txt"]
    sent("dossier", "spring", "--out", "site")
    (folder / "site/CNAME").write_text("letters.example")
    (folder / "site/SHA256SUMS").write_text(f"{'0' * 64}  old.html\n")
    (folder / "site/old.html").write_text("of an earlier dossier")
    sent("dossier", "spring", "--out", "site")
    assert (folder / "site/CNAME").is_file()
    assert not (folder / "site/old.html").exists()
    assert "There are: en, es, fr." in sent("dossier", "spring", "--out", "x.zip", "--language", "tlh", expect=2).err
    outreach("campaign", "create", "later", "--letter", "hrc-thanks", "--audience", "iso:FRA")
    assert "outreach campaign approve later" in outreach("dossier", "later", "--out", "l", expect=2).err
    assert not (folder / "l").exists()


def test_the_letter_in_it_is_the_one_that_was_approved(sent: Run, folder: Path) -> None:
    sent("dossier", "spring", "--out", "before.zip")
    templates = folder / "templates" / "hrc-joint-letter"
    english, words = templates / "en.md", (templates / "en.md").read_text(encoding="utf-8")
    english.write_text(words + "\n\nThis was never approved by anybody.\n", encoding="utf-8")
    (templates / "ru.md").rename(templates / "ru.away")
    told = sent("dossier", "spring", "--out", "site", "--json").json
    assert [(one["where"], one["what"].partition(";")[0]) for one in told["notes"]] == [
        ("hrc-joint-letter/en.md", "it has changed since the letters were approved"),
        ("hrc-joint-letter/ru.md", "it was there when the letters were approved, and is gone"),
    ]
    assert "never approved" not in whole(folder / "site")
    (templates / "ru.away").rename(templates / "ru.md")
    sent("dossier", "spring", "--out", "after.zip")
    assert (folder / "before.zip").read_bytes() == (folder / "after.zip").read_bytes()
    english.write_text(words, encoding="utf-8")
    assert sent("dossier", "spring", "--out", "x.zip", "--json").json["notes"] == []
    toml = templates / "letter.toml"
    facts = toml.read_text(encoding="utf-8")
    toml.write_text(facts.replace("[facts]", '[facts]\nasked_by = "nobody"', 1), encoding="utf-8")
    assert sent("dossier", "spring", "--out", "x.zip", "--json").json["notes"] == [], "a fact that no text uses"
    toml.write_text(facts.replace("#1f4e79", "#aa2200"), encoding="utf-8")
    (note,) = sent("dossier", "spring", "--out", "x.zip", "--json").json["notes"]
    assert note["where"] == "hrc-joint-letter/letter.toml"
    assert "letterhead, pictures or layout have changed" in note["what"]
    toml.write_text(facts, encoding="utf-8")
    block = folder / "templates" / "layouts" / "signatories.md"
    block.write_text(block.read_text(encoding="utf-8") + "\nNobody signed this.\n", encoding="utf-8")
    said = sent("dossier", "spring", "--out", "x.zip").out
    assert "no letter in this language would be made today in the words that were approved" in said
    assert "outreach messages list spring" in said


def test_a_language_that_came_after_the_approval_is_left_out(
    scheduled: Callable[..., None], outreach: Run, folder: Path
) -> None:
    chinese = folder / "templates" / "hrc-joint-letter" / "zh.md"
    later = chinese.read_bytes()
    chinese.unlink()
    scheduled("spring", "iso:FRA")
    chinese.write_bytes(later)
    told = outreach("dossier", "spring", "--out", "site", "--json").json
    assert [one["where"] for one in told["notes"]] == ["hrc-joint-letter/zh.md"]
    assert not (folder / "site/letter/zh.html").exists()
    assert (folder / "site/letter/ru.html").exists()


THIRD = """\
France will co-sponsor. Zoe Sample of the mission of Belgium asked the same.
Please contact my assistant Ann Elsewhere, 12 rue de Lausanne, 1202 Geneva; or Mr. Bob Nearby.
Madam President was told; so was the Human Rights Council.

Yours sincerely,
First Secretary
"""


def test_others_are_shown_before_a_release_and_left_out_on_request(sent: Run, folder: Path) -> None:
    with (folder / "z.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(
            [("ISO3", "E-mail", "Role", "Name"), ("BEL", "zoe@bel.mission.example", "deputy", "SAMPLE, Zoe")]
        )
    sent("missions", "import", "z.csv", "--yes")
    france = next(one for one in sent("messages", "list", "spring", "--json").json if one["iso3"] == "FRA")
    second = answer(THIRD, reply_to=france["message_id"]).replace(b"answer-1@", b"answer-2@")
    (folder / "2.eml").write_bytes(second)
    sent("inbox", "ingest", "2.eml")
    mail = max(one["id"] for one in sent("inbox", "list", "--all", "--json").json)
    release = ("responses", "release", "spring", "FRA", "--reply", mail)
    refused = sent(*release, expect=2).err
    assert "Nothing was released" in refused
    assert "add --yes" in refused
    assert "add --without-others" in refused
    told = sent(*release, "--dry-run", "--json").json["others"]
    assert [(one["kind"], one["words"]) for one in told] == [
        ("name", "Zoe Sample"), ("name", "Ann Elsewhere"), ("address", "12 rue de Lausanne, 1202 Geneva"),
        ("name", "Bob Nearby"),
    ]  # fmt: skip
    for one in told:
        assert one["words"] in refused
    assert sent("responses", "released", "spring", "--json").json == []
    sent(*release, "--without-others")
    (one,) = sent("responses", "released", "spring", "--json").json
    for other in told:
        assert other["words"] not in one["text"]
    assert "my assistant [name], [address]; or Mr. [name]." in one["text"]
    assert "Madam President" in one["text"]
    sent("dossier", "spring", "--out", "site")
    assert "Ann Elsewhere" not in whole(folder / "site")
    assert "It tells of others, as agreed:" in sent(*release, "--yes").out
    assert "Ann Elsewhere" in sent("responses", "released", "spring", "--json").json[0]["text"]
