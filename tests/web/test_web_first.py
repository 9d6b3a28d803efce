"""The first run: an empty folder, a link that is good once, and the first account."""

import re
import signal
from collections.abc import Callable, Iterator
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

import pytest
from web_browser import PASSWORD, Browser, browser_factory, client_of, hidden, text_of

from outreach.actors import named
from outreach.database import open_database
from outreach.errors import AccessError
from outreach.people.accounts import accounts, add_account
from outreach.people.first_link import SECONDS, FirstLink
from outreach.settings import load
from outreach.web.app import create_app
from outreach.web.desk import Desk, signing_key
from outreach.workplace import is_empty, lay_out
from tests.examples import HEAVY
from tests.programs import program
from tests.servers import without_settings

GOOD = "orchard lantern violet ninety"


def token_of(link: FirstLink) -> str:
    return link.path.rpartition("/")[2]


def test_the_link_is_good_once_for_a_while_and_here() -> None:
    now = [0.0]
    link = FirstLink(now=lambda: now[0])
    browser = link.open(token_of(link), "", "127.0.0.1")
    assert link.open(token_of(link), browser, "::1") == browser
    for token, key, host in (
        (token_of(link), "", "127.0.0.1"), (token_of(link), "x" * 43, "127.0.0.1"), ("other", browser, "127.0.0.1"),
        (token_of(link), browser, "192.0.2.7"), (token_of(link), browser, "testclient"),
    ):  # fmt: skip
        with pytest.raises(AccessError):
            link.open(token, key, host)
    now[0] = SECONDS
    with pytest.raises(AccessError, match="no longer good"):
        link.open(token_of(link), browser, "127.0.0.1")
    anywhere = FirstLink(anywhere=True)
    anywhere.open(token_of(anywhere), "", "192.0.2.7")
    assert link.path != anywhere.path


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.chdir(tmp_path)
    lay_out(tmp_path)
    settings = load(tmp_path)
    engine = open_database(settings.database_url)
    yield Desk(engine, settings, tmp_path, signing_key(tmp_path), first=FirstLink())
    engine.dispose()


Open = Callable[[str], Browser]


@pytest.fixture
def here(desk: Desk) -> Open:
    app = create_app(desk)
    return lambda host: Browser(client_of(app, client=(host, 50000)))


def test_the_first_account_is_an_admins_and_the_link_is_over(desk: Desk, here: Open) -> None:
    assert desk.first is not None
    path = desk.first.path
    assert "another browser" not in text_of(here("192.0.2.7").get(path, 403))
    browser = here("127.0.0.1")
    page = browser.get(path)
    here("127.0.0.1").get(path, 403)
    csrf = hidden(page, "csrf")

    def post(expect: int, **fields: str) -> str:
        found = browser.client.post(path, data={"csrf": csrf} | fields)
        assert found.status_code == expect, text_of(found.text)
        return found.text

    assert "differ" in post(422, name="Ana Example", password=GOOD, again="other")
    assert "shorter than" in post(422, name="Ana Example", password="short", again="short")
    assert accounts(desk.engine) == []
    page = post(200, name="Ana Example", password=GOOD, again=GOOD)
    assert "You sign in as ana" in text_of(page)
    (made,) = accounts(desk.engine)
    assert (made.login, made.name, made.role) == ("ana", "Ana Example", "admin")
    assert "Who writes" in text_of(browser.get("/setup"))
    browser.get(path, 403)


def test_no_link_makes_a_second_first_account(desk: Desk, here: Open) -> None:
    assert desk.first is not None
    browser = here("127.0.0.1")
    csrf = hidden(browser.get(desk.first.path), "csrf")
    add_account(desk.engine, "ben", PASSWORD, "viewer", by=named("Ana"))
    data = {"csrf": csrf, "name": "Ana", "password": GOOD, "again": GOOD}
    assert browser.client.post(desk.first.path, data=data).status_code == 403
    assert [one.login for one in accounts(desk.engine)] == ["ben"]
    assert browser_factory(desk)("").get("/login")


def test_what_an_empty_folder_is(tmp_path: Path) -> None:
    assert is_empty(tmp_path)
    (tmp_path / ".hidden").touch()
    assert is_empty(tmp_path)
    (tmp_path / "letter.docx").touch()
    assert not is_empty(tmp_path)
    assert not is_empty(tmp_path / "nowhere")


@HEAVY
def test_from_an_empty_folder_to_the_desk(tmp_path: Path) -> None:
    """The real program: the link, the folder that is made once that was said, the account, the desk that sends."""
    process = program("serve", "--port", "0", cwd=tmp_path, env=without_settings(), errors=None)
    try:
        assert process.stdout is not None
        link = ""
        while not link:
            found = re.search(r"http://\S+/begin/\S+", process.stdout.readline())
            link = found[0] if found else ""
        opener = build_opener(HTTPCookieProcessor(CookieJar()))

        def ask(url: str, **fields: str) -> tuple[int, str]:
            data = urlencode(fields).encode() if fields else None
            try:
                with opener.open(url, data=data, timeout=60) as answer:
                    return answer.status, answer.read().decode()
            except HTTPError as error:
                return error.code, error.read().decode()

        base = link.partition("/begin")[0]
        assert ask(f"{base}/")[0] == 404
        status, page = ask(link)
        assert status == 200
        assert "This folder is empty" in page
        assert not (tmp_path / "outreach.toml").exists()
        assert build_opener().open(f"{base}/static/mark.svg", timeout=60).status == 200
        with pytest.raises(HTTPError):
            build_opener().open(link, timeout=60)
        assert ask(link, browser="forged")[0] == 200
        assert not (tmp_path / "outreach.toml").exists()
        status, page = ask(link, browser=hidden(page, "browser"))
        assert status == 200
        assert "Your account" in page
        assert (tmp_path / "outreach.db").exists()
        status, page = ask(link, csrf=hidden(page, "csrf"), name="Ana Example", password=GOOD, again=GOOD)
        assert status == 200
        assert "Set up" in page
        assert ask(link)[0] == 403
        assert ask(f"{base}/settings/check")[0] == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait() == 0
    finally:
        process.kill()
        process.communicate()
