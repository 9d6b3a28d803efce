"""The sign-on page: closed until somebody opens it, without cookies, in bounds, and nobody is listed unread."""

import csv
import email
import email.policy
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import openpyxl
import pytest
from fastapi.testclient import TestClient
from sqlmodel import select
from web_browser import Browser, text_of

from outreach import clock
from outreach.actors import named
from outreach.campaigns.approve import approve
from outreach.campaigns.who_signs import sign_on_page as signing
from outreach.campaigns.who_signs.sign_on_page import ClosedPageError, SignOnForm, TooManyError, open_page, sign
from outreach.campaigns.who_signs.sign_on_words import PAGE_LANGUAGES, page_language, sign_on_table
from outreach.campaigns.who_signs.signatories import listing
from outreach.campaigns.who_signs.signatory_import import import_signatories
from outreach.database import reading
from outreach.errors import SheetError, UserError
from outreach.models import Campaign, Signatory, SignOnEntry
from outreach.people.audit import entries
from outreach.reports.sign_on_export import write_entries
from outreach.vocabulary import CampaignState, Language, SignOnState, Stop
from outreach.web.app import create_app
from outreach.web.desk import Desk
from outreach.web.middleware import CSP
from outreach.web.paced import Paced
from outreach.web.routes import sign_on
from tests.examples import heavy

Browse = Callable[..., Browser]
FORM = {
    "kind": "organisation", "name": "Lantern Archive", "representative": "Ada Rivers", "title": "Director",
    "country": "Kenya", "email": "ada@lantern.example", "agreed": "yes",
}  # fmt: skip
ANA = named("Ana")


@pytest.fixture(autouse=True)
def fresh_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sign_on, "_posts", Paced(20, 3600.0))


@pytest.fixture
def path(desk: Desk) -> str:
    """The open page's path."""
    return open_page(desk.engine, "hrc55", by=ANA, address="https://sign.coalition.example").partition(".example")[2]


@pytest.fixture
def world(desk: Desk) -> TestClient:
    """Somebody without any account."""
    return TestClient(create_app(desk), base_url="http://127.0.0.1", follow_redirects=False)


def mails(desk: Desk) -> list[email.message.EmailMessage]:
    files = sorted((desk.folder / "rehearsal-mail").rglob("*.eml"), key=lambda one: one.stat().st_mtime_ns)
    return [email.message_from_bytes(one.read_bytes(), policy=email.policy.default) for one in files]


def links(desk: Desk) -> dict[str, str]:
    text = mails(desk)[-1].get_content()
    return {step: re.search(rf"https://sign.coalition.example(/sign/\S+/{step}/\S+)", text)[1]
            for step in ("confirm", "leave")}  # fmt: skip


def form(**more: str) -> SignOnForm:
    values = {name: value for name, value in (FORM | more).items() if name != "agreed"}
    return SignOnForm(**values, agreed=True)


def entry(desk: Desk) -> SignOnEntry:
    with reading(desk.engine) as session:
        return session.exec(select(SignOnEntry).order_by(SignOnEntry.id.desc())).first()


def waiting(desk: Desk, **more: str) -> SignOnEntry:
    """Somebody who signed and confirmed."""
    with reading(desk.engine) as session:
        key = signing.page_of(session, session.get_one(Campaign, 1)).key
    mail = sign(desk.engine, desk.settings, key, form(**more), Language.ENGLISH)
    assert signing.confirm(desk.engine, key, mail.confirm)
    return entry(desk)


def names(desk: Desk) -> list[str]:
    return [row["name"] for row in listing(desk.engine, "hrc55")]


def test_a_page_is_off_by_default_and_nobody_finds_it_by_guessing(desk: Desk, world: TestClient) -> None:
    assert world.get("/sign/hrc55").status_code == 404
    url = open_page(desk.engine, "hrc55", by=ANA, address="https://sign.coalition.example/")
    assert len(url.rpartition("/")[2]) >= 16
    path = url.partition(".example")[2]
    assert world.get(path).status_code == 200
    signing.close_page(desk.engine, "hrc55", by=ANA)
    assert world.get(path).status_code == 404
    assert world.post(path, data=FORM).status_code == 404
    assert entry(desk) is None


@pytest.mark.parametrize(
    "address", ["http://sign.coalition.example", "javascript:alert(1)", "https://", "sign", "https://a:b@x.example"]
)
def test_a_page_has_an_address_in_the_world(desk: Desk, address: str) -> None:
    with pytest.raises(UserError, match="no address"):
        open_page(desk.engine, "hrc55", by=ANA, address=address)


def test_from_the_form_to_the_letter_and_out_again(browse: Browse, desk: Desk, world: TestClient, path: str) -> None:
    page = world.get(f"{path}?lang=fr")
    assert page.headers["content-security-policy"] == CSP
    assert page.headers["referrer-policy"] == "no-referrer"
    assert "<script" not in page.text
    assert 'lang="fr"' in page.text
    assert "Lire la lettre" in page.text
    answer = world.post(f"{path}?lang=fr", data=FORM)
    assert "Consultez votre messagerie" in answer.text
    (mail,) = mails(desk)
    assert mail["To"] == "ada@lantern.example"
    assert "Lantern Archive" not in str(mail)  # what a stranger typed goes to no other stranger
    assert "coalition.example" in mail["From"]
    link = links(desk)
    opened = world.get(link["confirm"])
    assert "Lantern Archive signe" in opened.text
    assert entry(desk).state is SignOnState.UNCONFIRMED  # programs that look at mail open links
    assert "Merci" in world.post(link["confirm"]).text
    assert world.post(link["confirm"]).status_code == 404  # once
    assert world.get(link["confirm"]).status_code == 404
    assert names(desk) == []
    editor = browse("editor")
    page_of_desk = text_of(editor.get("/campaigns/1/signatories"))
    assert "1 waits for a yes" in page_of_desk
    browse("viewer").post("/campaigns/1/signatories/waiting", 403, chosen="1", decision="accept")
    done = editor.post("/campaigns/1/signatories/waiting", chosen=str(entry(desk).id), decision="accept")
    assert "Taken in: Lantern Archive" in text_of(done)
    assert names(desk) == ["Lantern Archive"]
    assert listing(desk.engine, "hrc55")[0]["representative"] == "Ada Rivers, Director"
    assert (entries(desk.engine)[0].action, entries(desk.engine)[0].who) == ("sign-on.accepted", "The editor")
    approve(desk.engine, desk.settings, "hrc55", by=ANA, templates=desk.templates)
    assert "Retirer" in world.get(link["leave"]).text
    assert "retirée" in world.post(link["leave"]).text
    assert world.post(link["leave"]).status_code == 404
    assert names(desk) == []
    with reading(desk.engine) as session:
        campaign = session.get_one(Campaign, 1)
        assert (campaign.state, campaign.stop) == (CampaignState.DRAFT, Stop.SIGNATORY_WITHDREW)
    assert "sign-on.withdrew" in [one.action for one in entries(desk.engine)[:2]]
    assert not world.cookies


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ({"name": "Lantern\r\nBcc: all@x.example"}, "Lantern Bcc: all@x.example"),
        ({"name": "<script>alert(1)</script> Archive"}, "<script>alert(1)</script> Archive"),
        ({"name": "=HYPERLINK(1) Archive"}, "=HYPERLINK(1) Archive"),
        ({"name": "مركز الفانوس"}, "مركز الفانوس"),
        ({"name": "Archive", "title": "{{ 7*7 }}"}, "Archive"),
        ({"name": "x" * 201}, ""),
        ({"name": "Buy at https://spam.example"}, ""),
        ({"name": "cheap pills www.spam.example"}, ""),
        ({"name": "12345"}, ""),
        ({"name": ""}, ""),
        ({"title": "y" * 201}, ""),
        ({"kind": "robot"}, ""),
        ({"agreed": "no"}, ""),
        ({"email": "ada@lantern.example\r\nBcc: all@x.example"}, ""),
        ({"email": "ada@lantern.example, bo@x.example"}, ""),
        ({"email": "Ada <ada@lantern.example>"}, ""),
        ({"email": "no address"}, ""),
    ],
)
def test_what_strangers_type_stays_text_or_is_refused(
    desk: Desk, world: TestClient, path: str, typed: dict[str, str], kept: str
) -> None:
    answer = world.post(path, data=FORM | typed)
    assert "<script" not in answer.text
    assert not answer.headers.get("set-cookie")
    if not kept:
        assert answer.status_code == 422
        assert "Not signed yet" in answer.text
        assert entry(desk) is None
        assert not mails(desk)
        return
    assert entry(desk).name == kept
    (mail,) = mails(desk)
    assert mail.get_all("To") == ["ada@lantern.example"]
    assert mail["Bcc"] is None
    page = world.get(links(desk)["confirm"])
    assert "<script" not in page.text


def test_a_program_that_fills_in_what_nobody_sees_is_not_kept(desk: Desk, world: TestClient, path: str) -> None:
    assert "Look at your mail" in world.post(path, data=FORM | {"fax": "1"}).text
    assert entry(desk) is None


def test_files_many_fields_and_large_bodies_are_refused_without_a_session(
    world: TestClient, desk: Desk, path: str
) -> None:
    for more in (
        {"data": FORM | {"name": "x" * 100_000}},
        {"files": {"name": ("a.txt", b"x")}}, {"data": {f"f{n}": "1" for n in range(100)}},
        {"content": b"x" * 2_000_000}, {"json": {"name": "x"}},
    ):  # fmt: skip
        answer = world.post(path, **more)
        assert answer.status_code in (400, 404, 413, 422), more
        assert not answer.headers.get("set-cookie")
    for url in (f"{path}/confirm/x", f"{path}/nothing", "/sign/", f"{path}/leave/{'y' * 5000}"):
        answer = world.get(url)
        assert answer.status_code == 404
        assert not answer.headers.get("set-cookie")
    assert entry(desk) is None


def test_one_address_may_post_some_times_an_hour(desk: Desk, world: TestClient, path: str) -> None:
    codes = [world.post(path, data=FORM | {"email": "wrong"}).status_code for _ in range(22)]
    assert codes == [422] * 20 + [429] * 2
    assert sign_on._from(type("R", (), {"client": type("C", (), {"host": "2001:db8::1"})})()) == "2001:db8::/64"


def test_places_come_back_once_the_span_is_over() -> None:
    moments = iter([0.0, 1.0, 2.0, 100.0, 100.0])
    pace = Paced(2, 60.0, now=lambda: next(moments))
    assert [pace.may("a") for _ in range(4)] == [True, True, False, True]
    assert pace.may("b")


@heavy
def test_thousands_of_posts_fill_neither_the_database_nor_a_box(desk: Desk, path: str) -> None:
    key = path.rpartition("/")[2]
    taken = refused = mailed = 0
    for number in range(2_000):
        more = {"email": f"x{number % 400}@lantern.example", "name": f"Archive {'abcdefghij'[number % 10]}{number}"}
        try:
            mailed += sign(desk.engine, desk.settings, key, form(**more), Language.ENGLISH) is not None
            taken += 1
        except TooManyError:
            refused += 1
    assert (taken, refused) == (signing.MOST_AN_HOUR, 2_000 - signing.MOST_AN_HOUR)
    assert mailed == taken


def test_a_box_gets_a_few_mails_a_day_and_the_newest_link_counts(desk: Desk, path: str) -> None:
    key = path.rpartition("/")[2]
    made = [sign(desk.engine, desk.settings, key, form(), Language.ENGLISH) for _ in range(5)]
    assert [one is not None for one in made] == [True, True, True, False, False]
    with reading(desk.engine) as session:
        assert len(session.exec(select(SignOnEntry)).all()) == 1
    assert not signing.confirm(desk.engine, key, made[0].confirm)


def test_no_mail_goes_to_a_mission_or_to_who_asked_to_be_left_alone(desk: Desk, path: str) -> None:
    key = path.rpartition("/")[2]
    assert sign(desk.engine, desk.settings, key, form(email="pr.office@fra.mission.example"), Language.ENGLISH) is None
    assert entry(desk).mailed_at is None


def test_links_are_good_for_a_week_and_until_the_deadline(desk: Desk, path: str) -> None:
    key = path.rpartition("/")[2]
    mail = sign(desk.engine, desk.settings, key, form(), Language.ENGLISH)
    late = clock.now() + timedelta(days=signing.LINK_DAYS, minutes=1)
    assert not signing.confirm(desk.engine, key, mail.confirm, late)
    assert not signing.confirm(desk.engine, "another-page", mail.confirm)
    soon = (clock.now() + timedelta(hours=1)).isoformat()
    open_page(desk.engine, "hrc55", by=ANA, address="https://sign.coalition.example", until=soon)
    past = clock.now() + timedelta(hours=2)
    with pytest.raises(ClosedPageError):
        signing.confirm(desk.engine, key, mail.confirm, past)
    with pytest.raises(ClosedPageError):
        sign(desk.engine, desk.settings, key, form(), Language.ENGLISH, past)
    assert signing.confirm(desk.engine, key, mail.confirm)
    signing.close_page(desk.engine, "hrc55", by=ANA)
    assert signing.leave(desk.engine, key, mail.leave)  # withdrawing never closes
    assert entry(desk).state is SignOnState.WITHDRAWN


def test_who_never_confirms_is_forgotten(desk: Desk, path: str) -> None:
    key = path.rpartition("/")[2]
    sign(desk.engine, desk.settings, key, form(), Language.ENGLISH)
    late = clock.now() + timedelta(days=signing.LINK_DAYS + 1)
    sign(desk.engine, desk.settings, key, form(email="bo@other.example", name="Bo House"), Language.ENGLISH, late)
    with reading(desk.engine) as session:
        assert [one.name for one in session.exec(select(SignOnEntry))] == ["Bo House"]


def test_likely_doubles_are_asked_about_and_refusing_lists_nobody(browse: Browse, desk: Desk, path: str) -> None:
    first = waiting(desk)
    signing.accept(desk.engine, "hrc55", [first.id], by=ANA)
    twin = waiting(desk, name="The Lantern Archive Inc", email="bo@lantern.example")
    with pytest.raises(SheetError, match="agree"):
        signing.accept(desk.engine, "hrc55", [twin.id], by=ANA)
    editor = browse("editor")
    asked = editor.post("/campaigns/1/signatories/waiting", 422, chosen=str(twin.id), decision="accept")
    assert "All the same" in asked
    editor.post("/campaigns/1/signatories/waiting", chosen=str(twin.id), decision="refuse")
    assert names(desk) == ["Lantern Archive"]
    again = waiting(desk, email="cy@lantern.example", country="Chile")
    taken = signing.accept(desk.engine, "hrc55", [again.id], by=ANA, yes=True)
    assert taken.names == ("Lantern Archive",)
    assert names(desk) == ["Lantern Archive"]


def test_a_sheet_without_them_retires_nobody_who_signed_on_the_page(desk: Desk, path: str, tmp_path: Path) -> None:
    signing.accept(desk.engine, "hrc55", [waiting(desk).id], by=ANA)
    sheet = tmp_path / "s.csv"
    sheet.write_text("kind,name\norganisation,Harbour Watch\n")
    import_signatories(desk.engine, "hrc55", sheet, by=ANA)
    assert names(desk) == ["Harbour Watch", "Lantern Archive"]
    sheet.write_text("kind,name\norganisation,Harbour Watch\norganisation,Lantern Archive\n")
    import_signatories(desk.engine, "hrc55", sheet, by=ANA)
    sheet.write_text("kind,name\norganisation,Harbour Watch\n")  # once it stood in the sheet, a person may say so
    import_signatories(desk.engine, "hrc55", sheet, by=ANA, replace=True, confirmed=1)
    assert names(desk) == ["Harbour Watch"]
    with reading(desk.engine) as session:
        assert session.exec(select(Signatory).where(Signatory.name == "Lantern Archive")).one().absent_since


def test_who_was_taken_in_can_be_taken_out_by_a_person(desk: Desk, path: str) -> None:
    one = waiting(desk)
    signing.accept(desk.engine, "hrc55", [one.id], by=ANA)
    assert signing.refuse(desk.engine, "hrc55", [one.id], by=ANA) == ("Lantern Archive",)
    assert names(desk) == []


def test_the_export_holds_no_formulas(desk: Desk, path: str, tmp_path: Path) -> None:
    waiting(desk, name="=cmd|calc Archive", title="+1 Director")
    found = signing.entries_of(desk.engine, "hrc55", everyone=True)
    write_entries(found, tmp_path / "a.csv")
    write_entries(found, tmp_path / "a.xlsx")
    rows = list(csv.reader((tmp_path / "a.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert rows[1][3:5] == ["'=cmd|calc Archive", "'+1 Director"]
    cell = openpyxl.load_workbook(tmp_path / "a.xlsx").worksheets[0].cell(2, 4)
    assert (cell.value, cell.data_type) == ("=cmd|calc Archive", "s")
    with pytest.raises(UserError, match="neither"):
        write_entries(found, tmp_path / "a.doc")


def test_only_an_admin_opens_the_page_and_the_desk_gives_the_export(browse: Browse, desk: Desk) -> None:
    browse("approver").post("/campaigns/1/signatories/page", 403, address="https://sign.coalition.example")
    admin = browse("admin")
    assert "Open to the public" in text_of(
        admin.post("/campaigns/1/signatories/page", address="https://sign.coalition.example")
    )
    admin.post("/campaigns/1/signatories/page", 422, address="http://sign.coalition.example")
    waiting(desk)
    admin.get("/campaigns/1/signatories/waiting.csv")
    assert admin.last.content.startswith(b"\xef\xbb\xbfnumber,")
    admin.get("/campaigns/1/signatories/waiting.doc", 422)
    assert "Closed." in text_of(admin.post("/campaigns/1/signatories/page", close="yes"))


def test_every_word_is_there_in_every_language_with_the_same_facts() -> None:
    for key, words in sign_on_table().items():
        assert set(words) == {one.value for one in PAGE_LANGUAGES}, key
        facts = {code: sorted(set(re.findall(r"\{(\w+)\}", said))) for code, said in words.items()}
        assert len(set(map(tuple, facts.values()))) == 1, (key, facts)
    assert page_language("", "de-DE,es-MX;q=0.8,en;q=0.1") is Language.SPANISH
    assert page_language("xx", "ja") is Language.ENGLISH
