"""A real browser (Debian's Chromium, by Playwright) on a desk that a process of its own serves."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from outreach.actors import named
from outreach.database import open_database
from outreach.people.accounts import add_account
from outreach.workplace import lay_out
from tests.own_letters import make_own
from tests.servers import without_settings

PASSWORD = "three good words"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


@dataclass(frozen=True)
class Served:
    """A desk that is open."""

    url: str
    folder: Path


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """The browser; skipped with a plain reason where there is none."""
    program = next((found for name in CHROMIUM if (found := shutil.which(name))), None)
    if program is None:
        told = "needs a program that is not installed: chromium"
        pytest.fail(told) if os.environ.get("NO_SKIP") else pytest.skip(told)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def empty_desk(tmp_path: Path) -> Iterator[Served]:
    """A desk over an empty database, with one admin, `ana`."""
    lay_out(tmp_path)
    make_own(tmp_path / "templates")
    yield from serve(tmp_path)


@pytest.fixture(scope="session")
def demo_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A desk over the demo's data, with one admin, `ana`. Tests look at it and change nothing."""
    folder = tmp_path_factory.mktemp("browser")
    outreach(folder, "demo", "--dir", "demo")
    yield from serve(folder / "demo")


@pytest.fixture(scope="session")
def live_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The same in live mode, with a mail server that is nowhere. Tests look at it and change nothing."""
    folder = tmp_path_factory.mktemp("live")
    outreach(folder, "demo", "--dir", "demo")
    yield from serve(folder / "demo", mode="live", smtp_host="mail.coalition.example")


def serve(folder: Path, *, account: bool = True, **settings: Any) -> Iterator[Served]:
    """Serve a folder until the test is over, with settings of its own where a test has some, and with its admin."""
    if account:
        engine = open_database(f"sqlite:///{folder / 'outreach.db'}")
        add_account(engine, "ana", PASSWORD, "admin", name="Ana Example", by=named("test"))
        engine.dispose()
    process = subprocess.Popen(
        [sys.executable, "-m", "outreach", "serve", "--port", "0"],
        cwd=folder, env=environment() | {f"OUTREACH_{name.upper()}": str(value) for name, value in settings.items()},
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.search(r"http://\S+:\d+", line)
        assert found, line
        yield Served(found[0], folder)
        process.terminate()
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.communicate()


def environment() -> dict[str, str]:
    """The environment without any setting of Outreach, but for where the tests keep its state."""
    return without_settings() | {"PYTHONUNBUFFERED": "1", "OUTREACH_FROM": "Coalition <secretariat@coalition.example>"}


def outreach(folder: Path, *words: str) -> None:
    """Run a command in a folder."""
    subprocess.run(
        [sys.executable, "-m", "outreach", *words], cwd=folder, env=environment(), check=True, capture_output=True
    )


def write(page: Any, words: str, *, name: str = "text") -> None:
    """Put words in the place of what a letter's text (or subject) has, as a paste does."""
    page.locator("textarea[data-ready]").wait_for(state="attached")
    lines = page.locator(".chips:not(.chips-line)" if name == "text" else ".chips-line")
    lines.locator(".cm-content").focus()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(words)
    assert page.locator(f"[name={name}]").input_value() == words


@pytest.fixture
def open_page(chromium: Any, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """A function that opens a page in a context of its own; whatever the browser complains about fails the test."""
    contexts, complaints = [], []

    def open_one(
        url: str, *, sign_in: bool = True, also: tuple[str, ...] = (), may_say: tuple[str, ...] = (), **context: Any
    ) -> Any:
        made = chromium.new_context(base_url=url, **context)
        contexts.append(made)
        page = made.new_page()
        page.set_default_timeout(30_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        # What a test brings about is no complaint: a desk that ends is missed, a form that is refused is told.
        page.on(
            "console",
            lambda message: (
                complaints.append(message.text)
                if message.type == "error" and not any(words in message.text for words in may_say)
                else None
            ),
        )
        page.on(
            "request",
            lambda request: (
                None
                if request.url.startswith((url, "data:", "about:", "blob:", *also))
                else complaints.append(f"went to {request.url}")
            ),
        )
        if sign_in:
            page.goto("/login")
            page.get_by_label("Login").fill("ana")
            page.get_by_label("Password").fill(PASSWORD)
            page.get_by_role("button", name="Sign in").click()
            page.wait_for_url(lambda found: "/login" not in found)
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert not complaints
