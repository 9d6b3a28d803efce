"""What the tests of the desk share: a browser without a screen."""

import atexit
import re
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any

import httpx2 as httpx
from anyio.from_thread import BlockingPortal, start_blocking_portal
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlmodel import col, select

from outreach.database import reading
from outreach.models import Message, Response
from outreach.settings import Settings
from outreach.web.app import create_app
from outreach.web.desk import Desk

PASSWORD = "three good words"
LIVE = {"mode": "live", "smtp_host": "smtp.coalition.example"}


def settings_of(folder: Path, **more: Any) -> Settings:
    """The settings of a test's folder."""
    return Settings.model_validate(
        {
            "database_url": f"sqlite:///{folder / 'outreach.db'}",
            "from": "Coalition <secretariat@coalition.example>",
            **more,
        }
    )


@dataclass
class Browser:
    """One person's browser: it keeps cookies, and sends forms with the token of the page they stand on."""

    client: TestClient
    last: httpx.Response | None = None

    def get(self, path: str, expect: int = 200, **more: Any) -> str:
        """Open a page and return its HTML."""
        self.last = self.client.get(path, **more)
        assert self.last.status_code == expect, (path, self.last.status_code, text_of(self.last.text)[:600])
        return self.last.text

    @property
    def token(self) -> str:
        """The token of this session's forms."""
        return hidden(self.client.get("/account").text, "csrf")  # of the page to sign in, where nobody is

    @property
    def signed_in(self) -> bool:
        """Whether the account page is open to it."""
        return self.client.get("/account", follow_redirects=False).status_code == 200

    def post(self, path: str, expect: int = 200, files: Any = None, **fields: str) -> str:
        """Send a form and return the page that follows it."""
        self.last = self.client.post(path, data={"csrf": self.token} | fields, files=files)
        assert self.last.status_code == expect, (path, self.last.status_code, text_of(self.last.text)[:600])
        return self.last.text

    def sign_in(self, login: str, password: str = PASSWORD) -> "Browser":
        """Sign in by the form."""
        self.post("/login", login=login, password=password)
        assert self.signed_in
        return self


def hidden(page: str, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(rf'<input type="hidden" name="{name}" value="([^"]*)">', page)
    assert found, f"no field {name}"
    return unescape(found[1])


def text_of(page: str) -> str:
    """The words of a page's main part."""
    _, opened, inside = page.rpartition("<main")
    main = inside.partition(">")[2] if opened else page
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())


@cache
def one_loop() -> BlockingPortal:
    """The event loop of all the desks of this process, as a server has one: without it each request makes its own."""
    opened = ExitStack()
    atexit.register(opened.close)
    return opened.enter_context(start_blocking_portal("asyncio"))


def client_of(app: FastAPI, base_url: str = "http://desk.example", **more: Any) -> TestClient:
    """A client of a desk, without a server between."""
    client = TestClient(app, base_url=base_url, **more)
    client.portal = one_loop()
    return client


def browser_factory(desk: Desk) -> Callable[..., Browser]:
    """A function that opens browsers on one desk."""
    app = create_app(desk)

    def browse(login: str = "") -> Browser:
        browser = Browser(client_of(app))
        return browser.sign_in(login) if login else browser

    return browse


def messages(desk: Desk, number: int = 1) -> list[Message]:
    """The current letters of a campaign."""
    with reading(desk.engine) as session:
        query = select(Message).where(Message.campaign_id == number, col(Message.replaced_at).is_(None))
        return list(session.exec(query))


def stand(desk: Desk, iso3: str) -> Response:
    """Where a mission stands."""
    with reading(desk.engine) as session:
        return session.exec(select(Response).where(Response.iso3 == iso3)).one()
