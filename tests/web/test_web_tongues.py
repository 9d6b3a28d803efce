"""The desk in the reader's language: no word of a page stands outside of the catalogue, and each chooses theirs."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from html import unescape
from pathlib import Path

import pytest
from babel.messages.catalog import Message as Entry
from sqlmodel import select
from web_browser import Browser, browser_factory, hidden, text_of
from web_browser import messages as messages_of

from outreach import catalogues
from outreach.campaigns.address_changes import AddressChange, changed_in_words
from outreach.catalogues import ENGLISH_TONGUE, Tongue, tongue
from outreach.database import reading, writing
from outreach.errors import NotFoundError, ServerFault
from outreach.inbox.ingest import ingest
from outreach.missions.collation import sort_key
from outreach.missions.facts import addressees
from outreach.missions.names import short_name
from outreach.models import Campaign, CopyKeeper, Delivery
from outreach.outbox import reasons
from outreach.outbox.copies import CopyPlace
from outreach.people.accounts import accounts
from outreach.responses.answers import record_answers
from outreach.sentences import KeptSentence, Moment
from outreach.vocabulary import CampaignState, Language, Stop
from outreach.web import tongues
from outreach.web.clicked import as_text
from outreach.web.desk import Desk
from outreach.web.words import PageTongue, by_name, worded
from tests.test_catalogues import OTHERS, _Bracketed, forms, messages, shown

Browse = Callable[..., Browser]
BRACKETED = Tongue("fr", _Bracketed())
PAGES = (
    "/", "/campaigns/new", "/campaigns/1", "/campaigns/1/letters", "/campaigns/1/letters?show=sent",
    "/campaigns/1/letters/FRA", "/campaigns/1/letters/DEU", "/campaigns/1/signatories", "/campaigns/1/send",
    "/campaigns/1/follow-up", "/campaigns/1/votes", "/compare?c=1", "/missions", "/missions/FRA", "/inbox",
    "/inbox?show=settle", "/inbox?show=all",
    "/inbox/undelivered", "/inbox/files", "/inbox/search?q=support", "/inbox/1",
    "/inbox/2", "/letters", "/new-letter", "/letters/hrc-thanks", "/letters/hrc-thanks/en", "/letters/hrc-thanks/about",
    "/letters/hrc-thanks/en/review",
    "/sheets", "/typed", "/settings", "/addresses", "/people", "/audit", "/account", "/setup",
    "/setup/sender", "/setup/server", "/setup/box", "/setup/rehearsal", "/setup/test", "/setup/letterhead",
    "/setup/place", "/settings/change/server", "/settings/change/pace", "/settings/mail",
)  # fmt: skip


def outside(html: str) -> set[str]:
    """What of a page's words stands outside of brackets, and so came from no catalogue."""
    html = re.sub(r'<p class="pre".*?</p>', "", html, flags=re.DOTALL)  # paragraphs of letters and remarks
    # What a letter's fields are, and what they hold, is in the language of the letter.
    html = re.sub(r'<(code class="no-script|span class="example).*?</(code|span)>', "", html, flags=re.DOTALL)
    text = "\n".join(shown(html))
    while (without := re.sub(r"⟦[^⟦⟧]*⟧", "", text)) != text:
        text = without
    return {line.strip() for line in text.split("\n")}


@cache
def names() -> set[str]:
    found = {short_name(one, "fr").replace("'", "’") for one in addressees().values()}
    found |= {one.formal("fr").replace("'", "’") for one in addressees().values()}
    return found | {"Outreach", "– Outreach", "English", "Français", "Español", "Excel", "CSV", "JSON"}


_DATA = re.compile(r"""(?x) (?: [\W\d_] | \b(?:[A-Z]{2,3}|CET|CEST|h|min|s|y|n|e|w|x|Ko?|kB
    |janv|févr|mars|avr|mai|juin|juil|août|sept|oct|nov|déc)\b )*""")
TYPED = (
    "France will gladly support the text.", "We will gladly support the text.", "Re: your letter", "A question",
    "the French Republic", "New York", "la République française",
    "Joint letter to the Human Rights Council", "Regret, and a request for a meeting", "Reminder before the vote",
    "Thanks after the vote", "The admin", "The approver", "The editor", "The viewer", "testclient", "Coalition",
    "Ana", "hrc-members", "hrc-joint-letter", "hrc-reminder", "hrc-regret", "hrc-thanks", "hrc55", "INBOX", "admin",
    "approver",
    "editor", "viewer", "organizations", "backups",
    "session", "Session", "Coalition for Open Records", "Microsoft 365", "Microsoft", "Gmail and Google Workspace",
    "Mail Delivery System",
    "Google", "Infomaniak", "Postfix on this machine", "Proton Mail Bridge",
)  # fmt: skip
"""What people have typed, names of things, and what a server said."""
STORED = (
    r"· [\w.-]+/\d+/\d+/[0-9a-f]{8}",  # a worker
    r".*given at the command line by .*",
    r"inbox",
    r".*\bOK: filed.*",
    r"to \S+@.*",
    r"(Lettre conjointe|Joint letter on) .*",
    r"\d{4}-\d\d-\d\dT.*",
    r"sqlite:.*",
)
"""What the log and the history keep as it was written down, in English; and the subjects of letters."""


def left(html: str) -> set[str]:
    """What of a page is of no catalogue, and neither data nor a name."""
    known = sorted(names() | set(TYPED), key=len, reverse=True)
    found = set()
    for line in outside(html):
        rest = re.sub(r"[\w.+-]+@[\w.-]+", "", line)
        if any(re.fullmatch(one, line) for one in STORED):
            continue
        for name in known:
            rest = rest.replace(name, "")
        if not _DATA.fullmatch(
            re.sub(
                r"https?://\S+|\b(Europe/)?[\w.-]+\.(xlsx|toml|pdf|db|example)\b|Europe/\w+|text/\w+|^ ?· inbox$",
                "",
                rest,
            )
        ):
            found.add(line)
    return found


@pytest.fixture
def bracketed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tongues, "tongue", lambda _language: BRACKETED)


@pytest.mark.heavy
@pytest.mark.usefixtures("bracketed")
def test_no_word_of_a_page_stands_outside_of_the_catalogue(answered: Desk) -> None:
    browser = browser_factory(answered)("admin")
    found: dict[str, set[str]] = {}
    for path in PAGES:
        if lines := left(browser.get(path)):
            found[path] = lines
    assert found == {}, "\n".join(f"{path}: {sorted(lines)}" for path, lines in found.items())


REPORT = """From: Mail Delivery System <mailer-daemon@mx.example>
Subject: Re: your letter
Date: Tue, 19 Mar 2024 10:00:00 +0100
Message-ID: <report@mx.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; {address}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1

--b
Content-Type: text/rfc822-headers

Message-ID: {message_id}

--b--
"""


def _much_happened(desk: Desk, folder: Path) -> None:
    """What a campaign leaves behind: a bounce, another address, a contact changed, votes, copies that fail."""
    admin = browser_factory(desk)("admin")
    letter = next(one for one in messages_of(desk) if one.iso3 == "DEU")
    with reading(desk.engine) as session:
        dead = session.exec(select(Delivery.address).where(Delivery.message_id == letter.id)).first()
    file = folder / "report.eml"
    file.write_text(REPORT.format(address=dead, message_id=letter.message_id), encoding="utf-8")
    ingest(desk.engine, [file], record=record_answers)
    form = dict(re.findall(r'name="was_(\w+)" value="([^"]*)"', admin.get("/missions/ITA")))
    was = {name: unescape(value) for name, value in form.items()}
    admin.post(
        "/missions/ITA/contacts", contact=was["email"], **{f"was_{name}": value for name, value in was.items()},
        **was | {"email": "mission@ita.test.example", "line": "cc"},
    )  # fmt: skip
    page = admin.post("/campaigns/1/votes", pasted="In favour: Albania, Benin")
    admin.post(
        "/campaigns/1/votes/apply", **{name: hidden(page, name) for name in ("digest", "name", "which", "state")}
    )
    with writing(desk.engine) as session:
        trouble = KeptSentence(
            "filing.no-folder", "The mailbox names no folder for what was sent, so that no copy can be put there."
        )
        session.add(CopyKeeper(name=CopyPlace.SENT, place="", trouble=trouble, trouble_since=_AT.at))
    admin.post(f"/messages/{letter.id}/correct", old=dead or "", new="right@deu.mission.example")


@pytest.mark.heavy
@pytest.mark.usefixtures("bracketed")
def test_nor_after_all_that_a_campaign_leaves_behind(answered: Desk, tmp_path: Path) -> None:
    _much_happened(answered, tmp_path)
    browser = browser_factory(answered)("admin")
    more = ("/missions/DEU", "/missions/ITA", "/campaigns/1/letters/ALB", "/campaigns/1/letters/DEU", "/inbox/3")
    found = {path: lines for path in (*PAGES, *more) if (lines := left(browser.get(path)))}
    assert found == {}, "\n".join(f"{path}: {sorted(lines)}" for path, lines in found.items())


_AT = Moment(datetime(2024, 3, 18, 8, tzinfo=UTC), "Europe/Zurich")
_AWAY = ServerFault("server.not-reached", "{server} can't be reached: {words}.", server="m.test", words="1",
                    remedy="Check smtp_host and smtp_port, and the network.")  # fmt: skip


@pytest.mark.usefixtures("bracketed")
@pytest.mark.parametrize(
    ("state", "stop", "words"),
    [
        (CampaignState.WAITING, Stop.LATE, reasons.late(_AT)),
        (CampaignState.WAITING, Stop.UNCONFIRMED, reasons.UNCONFIRMED),
        (CampaignState.WAITING, Stop.REHEARSED, reasons.REHEARSED),
        (CampaignState.DRAFT, Stop.ADDRESSES_CHANGED, changed_in_words([AddressChange("FRA", ("1@x.test",), ())])),
        (CampaignState.SCHEDULED, Stop.MAIL_SERVER, KeptSentence.of(_AWAY.whole())),
    ],
)  # fmt: skip
def test_nor_of_why_a_campaign_stands_still(
    browse: Browse, desk: Desk, state: CampaignState, stop: Stop, words: KeptSentence
) -> None:
    with writing(desk.engine) as session:
        one = session.exec(select(Campaign).where(Campaign.id == 1)).one()
        one.state, one.stop, one.stopped_at, one.reason = state, stop, _AT.at, words
        session.add(one)
    browser = browse("admin")
    told = {path: {line for line in left(browser.get(path)) if "1@x.test" not in line and "m.test" not in line}
            for path in ("/", "/campaigns/1", "/campaigns/1/send", "/campaigns/1/letters/FRA")}  # fmt: skip
    assert not any(told.values()), told


def test_a_moment_that_was_written_down_is_told_as_each_reader_writes_it(browse: Browse, desk: Desk) -> None:
    with writing(desk.engine) as session:
        one = session.exec(select(Campaign).where(Campaign.id == 1)).one()
        one.state, one.stop, one.stopped_at = CampaignState.WAITING, Stop.LATE, _AT.at
        one.reason = reasons.late(_AT)
        session.add(one)
    browser = browse("approver")
    assert "its time (18 Mar 2024, 09:00 CET) passed while nothing was running" in browser.get("/campaigns/1")
    browser.post("/account/language", language="fr")
    assert "son heure (18 mars 2024, 9 h 00 (CET)) est passée alors que rien" in text_of(
        browser.get("/campaigns/1")
    ).replace("\u00a0", " ")


@pytest.mark.usefixtures("bracketed")
def test_nor_of_the_page_to_sign_in_and_of_what_can_not_be_done(browse: Browse) -> None:
    nobody = browse()
    assert left(nobody.get("/login")) == set()
    for browser, path, code in ((browse("viewer"), "/people", 403), (browse("viewer"), "/missions/XXX", 404)):
        assert left(browser.get(path, code)) == set(), path


@pytest.mark.parametrize("language", OTHERS)
def test_a_browser_is_answered_in_its_language(browse: Browse, language: str) -> None:
    browser = browse()
    html = browser.get("/login", headers={"accept-language": f"de-CH, {language}-CH;q=0.9, en;q=0.8"})
    assert f'<html lang="{language}" dir="ltr">' in html
    assert tongue(language)("Sign in") in text_of(html)
    assert '<html lang="en" dir="ltr">' in browser.get("/login", headers={"accept-language": "de, zh;q=0.5"})


def test_the_switch_before_the_sign_in_is_kept(browse: Browse) -> None:
    browser = browse()
    assert "Se connecter" in browser.get("/login?language=fr&then=/missions")
    assert '<html lang="fr"' in browser.get("/login")
    assert '<html lang="fr"' in browser.sign_in("viewer").get("/missions?language=en"), "a filter is no switch"
    assert '<html lang="fr"' in browse().get("/login?language=fr")
    assert '<html lang="en"' in browse().get("/login?language=tlh")


def test_each_account_has_its_own_language(browse: Browse, desk: Desk) -> None:
    one, other = browse("viewer"), browse("editor")
    assert "L’interface vous parle français." in one.post("/account/language", language="fr")
    assert '<html lang="fr"' in one.get("/")
    assert '<html lang="en"' in other.get("/")
    assert '<html lang="fr"' in browse("viewer").get("/"), "in another browser too"
    assert {found.login: found.language for found in accounts(desk.engine)}["viewer"] == "fr"
    one.post("/account/language", 422, language="tlh")
    assert '<html lang="fr"' in one.get("/")


def test_the_setting_holds_where_nobody_asks(make_desk: Callable[..., Desk]) -> None:
    browser = browser_factory(make_desk(report_language="es"))()
    assert '<html lang="es"' in browser.get("/login")
    assert '<html lang="fr"' in browser.get("/login", headers={"accept-language": "fr"})


def test_states_are_named_and_sorted_as_the_reader_does(browse: Browse) -> None:
    browser = browse("viewer")
    browser.post("/account/language", language="fr")
    found = re.findall(r'<th scope="row"><a href="/missions/[A-Z]{3}">([^<]+)</a>', browser.get("/missions"))
    assert found == sorted(found, key=lambda name: sort_key(unescape(name), Language.FRENCH))
    assert found[:3] == ["Afghanistan", "Afrique du Sud", "Albanie"]
    assert "Allemagne" in browser.get("/missions?q=Allemagne")


@pytest.mark.parametrize("language", OTHERS)
def test_a_form_works_in_each_language(browse: Browse, language: str) -> None:
    browser, say = browse("approver"), tongue(language)
    browser.post("/account/language", language=language)
    page = browser.get("/campaigns/1/letters/FRA")
    told = browser.post("/campaigns/1/missions/FRA/position", position="in favour", note="", seen=hidden(page, "seen"))
    assert f"hrc55, FRA: {say.about('Position', 'in favour')}." in unescape(told)
    assert '<option value="in favour">' in browser.get("/campaigns/1/letters"), "what is sent stays English"


def test_an_error_is_worded_in_the_language() -> None:
    error = NotFoundError(
        "mission.not-found", "{code} is not in the directory.", code="XXX", remedy="Search for it by name."
    )
    assert as_text(error) == "XXX is not in the directory. Search for it by name."
    for language in OTHERS:
        assert as_text(error, tongue(language)) != as_text(error)
        assert "XXX" in as_text(error, tongue(language))


def _tags(text: str) -> list[str]:
    return sorted(re.findall(r"</?[a-z]+>|&\S+?;", text))


@pytest.mark.parametrize("language", OTHERS)
def test_tags_and_code_are_those_of_the_english(language: str) -> None:
    entries: list[Entry] = messages(language)
    for message in entries:
        for english, theirs in forms(message):
            assert _tags(theirs) == _tags(english), theirs
            assert re.findall(r"<code>.*?</code>", theirs) == re.findall(r"<code>.*?</code>", english)
            assert not re.search(r"<(?!/?(?:a|strong|code)>|[\w.]+@)", theirs), "of HTML only these"


def test_what_is_filled_in_is_never_html() -> None:
    say = PageTongue(ENGLISH_TONGUE)
    assert say("<strong>{name}</strong> {x}", name="<b>", x="{name}") == "<strong>&lt;b&gt;</strong> {name}"
    assert say("<a>{name}</a>", name="x", a='/a"{x}') == '<a href="/a&#34;{x}">x</a>'


def test_words_of_lists_are_found_by_their_text_too() -> None:
    finished = KeptSentence("stage.finished", "finished, {count} not delivered", count=3)
    assert worded(tongue("fr"), finished) == "terminée, 3 non distribuées"
    assert worded(tongue("fr"), "bounced") == "non distribuée"
    assert worded(tongue("fr"), "a note of somebody") == "a note of somebody"
    assert worded(ENGLISH_TONGUE, None) == ""


def test_a_language_that_the_nations_have_not_is_sorted_as_english() -> None:
    assert by_name(Tongue("de", _Bracketed()), ["Zypern", "Ägypten", "Belgien"], str) == [
        "Ägypten",
        "Belgien",
        "Zypern",
    ]


def test_nothing_stands_in_the_scripts() -> None:
    script = (Path(__file__).parents[2] / "outreach" / "web" / "static" / "desk.js").read_text(encoding="utf-8")
    assert re.findall(r"""textContent|innerText|alert\(|confirm\(|["'`][A-Z][a-z]+ [a-z]""", script) == []


def test_a_file_adds_a_language(browse: Browse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "pt" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "outreach.po").write_text(
        'msgid ""\nmsgstr ""\n"Language: pt\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'
        'msgid "Sign in"\nmsgstr "Entrar"\n\nmsgid "Missions"\nmsgstr "Missões"\n',
        encoding="utf-8",
    )
    try:
        with monkeypatch.context() as patch:
            patch.setattr(catalogues, "LOCALE", tmp_path)
            for one in (catalogues.languages, catalogues.tongue):
                one.cache_clear()
            browser = browse()
            page = browser.get("/login", headers={"accept-language": "pt-BR"})
            assert '<html lang="pt" dir="ltr">' in page
            assert "Entrar" in text_of(page)
            assert "Português" in page, "it calls itself so"
            browser.sign_in("viewer").post("/account/language", language="pt")
            assert "<h1>Missões</h1>" in browser.get("/missions")
            browser.get("/campaigns/1")
            browser.get("/campaigns/1/letters/FRA")
    finally:
        for one in (catalogues.languages, catalogues.tongue):
            one.cache_clear()
