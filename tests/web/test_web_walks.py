"""The walks that ARCHITECTURE.md tells: each module told does get the value, and they are as few as promised."""

import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import fields as dataclass_fields
from dataclasses import is_dataclass
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from types import FrameType
from typing import Any

from web_browser import messages

from outreach.actors import named
from outreach.campaigns.approve import approve
from outreach.campaigns.plan import create
from outreach.campaigns.timing import schedule
from outreach.inbox.mailbox.imap import sync
from outreach.letters.folder import load_letter
from outreach.missions.importer import import_file
from outreach.reports.export import report
from outreach.responses.answers import record_answers
from outreach.schedule import send_once
from outreach.settings import Settings
from outreach.web.desk import Desk
from tests.examples import HEAVY
from tests.inbox.scripted_imap import ScriptedImap

pytestmark = HEAVY
ANA = named("Ana")
ADDRESS = "quartz.walker@fra.mission.example"
WORD = "Quartzwalk"
_DEEP = 3


def _holds(value: object, needle: str, deep: int = _DEEP) -> bool:
    """Whether a value bears the needle, in itself or a little below its surface."""
    if isinstance(value, str):
        return needle in value
    if isinstance(value, bytes | bytearray):
        return needle.encode() in value
    if not deep:
        return False
    if isinstance(value, dict):
        return any(_holds(one, needle, deep - 1) for one in list(value.values())[:50])
    if isinstance(value, list | tuple):
        return any(_holds(one, needle, deep - 1) for one in value[:50])
    kind = type(value)
    if not isinstance(kind.__module__, str) or not kind.__module__.startswith("outreach."):
        return False
    inside = list(vars(value).values()) if hasattr(value, "__dict__") else []
    if is_dataclass(kind):
        inside += [getattr(value, one.name, None) for one in dataclass_fields(kind)]
    return any(_holds(one, needle, deep - 1) for one in inside[:50])


@contextmanager
def walked(needle: str) -> Iterator[set[str]]:
    """Gather the modules of the package that are given a value, or hand it on."""
    found: set[str] = set()

    def look(frame: FrameType, event: str, given: Any) -> None:
        module = frame.f_globals.get("__name__", "")
        if event not in ("call", "return") or module in found or not module.startswith("outreach."):
            return
        code = frame.f_code
        names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        values = [frame.f_locals.get(name) for name in names] if event == "call" else [given]
        with suppress(Exception):  # whatever an odd value says: the program goes on as without us
            if any(_holds(value, needle) for value in values):
                found.add(module)

    threading.setprofile(look)
    sys.setprofile(look)
    try:
        yield found
    finally:
        sys.setprofile(None)
        threading.setprofile(None)  # type: ignore[arg-type]


def told(walk: str) -> list[str]:
    """The modules of a walk as ARCHITECTURE.md tells them."""
    text = (Path(__file__).parents[2] / "ARCHITECTURE.md").read_text(encoding="utf-8")
    (row,) = re.findall(rf"^\| {walk} \|(.+)\|$", text, re.MULTILINE)
    return [f"outreach.{one.replace('/', '.')}" for one in re.findall(r"`([\w/]+)\.py`", row)]


def require(walk: str, most: int, rooms: set[str]) -> None:
    modules = told(walk)
    assert 5 < len(modules) == len(set(modules)) <= most
    assert [one for one in modules if one not in rooms] == []


def sheet(folder: Path) -> Path:
    path = folder / "france.csv"
    path.write_text(f"ISO3,Role,E-mail\nFRA,general,{ADDRESS}\n", encoding="utf-8")
    return path


def test_an_address_from_the_sheet_to_rcpt(desk: Desk, tmp_path: Path) -> None:
    templates = desk.folder / "templates"
    with walked(ADDRESS) as rooms:
        import_file(desk.engine, sheet(tmp_path), by=ANA)
        letter = load_letter("hrc-joint-letter", templates)
        create(desk.engine, desk.settings, "walk", letter, audience=["iso:FRA"], as_of=date(2024, 3, 18), by=ANA)
        approve(desk.engine, desk.settings, "walk", by=ANA, templates=templates)
        schedule(desk.engine, desk.settings, "walk", "now", by=ANA)
        send_once(desk.engine, desk.settings, desk.folder, by=ANA)
    require("an address, from its sheet to RCPT", 20, rooms)


def test_a_letter_from_its_template_to_bytes(desk: Desk) -> None:
    templates = desk.folder / "templates"
    with (templates / "hrc-joint-letter" / "fr.md").open("a", encoding="utf-8") as file:
        file.write(f"\n{WORD} reste.\n")
    with walked(WORD) as rooms:
        letter = load_letter("hrc-joint-letter", templates)
        create(desk.engine, desk.settings, "walk", letter, audience=["iso:FRA"], as_of=date(2024, 3, 18), by=ANA)
        approve(desk.engine, desk.settings, "walk", by=ANA, templates=templates)
    require("a letter, from its template to bytes", 35, rooms)


def test_an_answer_from_imap_to_its_cell(answered: Desk, tmp_path: Path) -> None:
    letter = next(one for one in messages(answered) if one.iso3 == "DEU")
    mail = (
        f"From: <pr.office@deu.mission.example>\r\nIn-Reply-To: {letter.message_id}\r\nSubject: Re: your letter\r\n"
        "Date: Tue, 19 Mar 2024 10:00:00 +0100\r\nMessage-ID: <deu@test.example>\r\n"
        f"Content-Type: text/plain; charset=utf-8\r\n\r\nGermany will support the text. {WORD}.\r\n"
    )
    with ScriptedImap(mails={1: mail.encode()}) as server, walked(WORD) as rooms:
        values = {
            "imap_host": "127.0.0.1", "imap_port": server.port, "imap_security": "none", "imap_username": "letters",
            "imap_password": "secret",
        }  # fmt: skip
        sync(answered.engine, Settings.model_validate(values), record=record_answers)
        report(answered.engine, "hrc55", tmp_path / "r.xlsx", by=ANA)
    require("an answer, from IMAP to its cell", 35, rooms)


def test_a_click_is_told_too() -> None:
    modules = told("a click, to the database")
    assert 5 < len(modules) <= 35
    assert all(find_spec(one) is not None for one in modules)
