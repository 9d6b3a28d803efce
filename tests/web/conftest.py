"""A desk over a folder with the sample directory, one approved campaign, and a person of each role."""

import shutil
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from web_browser import PASSWORD, Browser, browser_factory, hidden, messages, settings_of

from outreach.actors import named
from outreach.campaigns.approve import approve
from outreach.campaigns.plan import create
from outreach.database import open_database
from outreach.inbox.ingest import ingest
from outreach.letters.folder import load_letter
from outreach.missions.importer import import_file
from outreach.people.accounts import add_account
from outreach.responses.answers import record_answers
from outreach.schedule import send_once
from outreach.vocabulary import DeskRole
from outreach.web.desk import Desk, signing_key
from outreach.workplace import lay_out
from tests.databases import as_another
from tests.own_letters import make_own
from tests.typesetting import each_letter_set_once


@pytest.fixture(scope="session", autouse=True)
def quick_hashing() -> Iterator[None]:
    """Argon2 at its least cost: what is tested is what it is used for."""
    from argon2 import PasswordHasher

    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("outreach.people.accounts._hasher", lambda: hasher)
        yield


@pytest.fixture(scope="session", autouse=True)
def quick_typesetting() -> Iterator[None]:
    """The pages of each test's own desk show the letters of all the others."""
    with each_letter_set_once():
        yield


@pytest.fixture(scope="session")
def desk_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made once and copied."""
    folder = tmp_path_factory.mktemp("desk")
    lay_out(folder)
    make_own(folder / "templates")
    settings = settings_of(folder)
    engine = open_database(settings.database_url)
    import_file(engine, folder / "data" / "missions.xlsx", by=named("Ana"))
    templates = folder / "templates"
    letter = load_letter("hrc-joint-letter", templates)
    create(engine, settings, "hrc55", letter, audience=["hrc-members"], as_of=date(2024, 3, 18), by=named("Ana"))
    approve(engine, settings, "hrc55", by=named("Ana"), templates=templates)
    for role in DeskRole:
        add_account(engine, role, PASSWORD, role, name=f"The {role}", by=named("test"))
    engine.dispose()
    return folder


MakeDesk = Callable[..., Desk]


@pytest.fixture
def make_desk(desk_folder: Path, tmp_path: Path) -> Iterator[MakeDesk]:
    """A function that opens a desk over this test's own copy, with other settings where asked."""
    folder = tmp_path / "desk"
    shutil.copytree(desk_folder, folder)
    as_another(folder / "outreach.db")
    engines: list[Engine] = []

    def make(desk_args: dict[str, Any] | None = None, **settings: Any) -> Desk:
        chosen = settings_of(folder, **settings)
        engines.append(open_database(chosen.database_url))
        return Desk(engines[-1], chosen, folder, signing_key(folder), **(desk_args or {}))

    yield make
    for engine in engines:
        engine.dispose()


@pytest.fixture
def desk(make_desk: MakeDesk) -> Desk:
    """A desk in rehearsal."""
    return make_desk()


@pytest.fixture
def browse(desk: Desk) -> Callable[..., Browser]:
    """A function that opens a browser on the desk, signed in where a login is given."""
    return browser_factory(desk)


@pytest.fixture
def answered(desk: Desk, tmp_path: Path) -> Desk:
    """A desk where France has answered its letter, and somebody unknown has written."""
    send = Browser(browser_factory(desk)("approver").client)
    send.post("/campaigns/1/schedule", at="now", seen=hidden(send.get("/campaigns/1/send"), "seen"))
    send_once(desk.engine, desk.settings, desk.folder, by=named("Ana"))
    letter = next(one for one in messages(desk) if one.iso3 == "FRA")
    mails = {
        "fra": f"From: <pr.office@fra.mission.example>\nIn-Reply-To: {letter.message_id}\nSubject: Re: your letter",
        "who": "From: <someone@elsewhere.example>\nSubject: A question",
    }
    folder = tmp_path / "mails"
    folder.mkdir()
    for name, head in mails.items():
        (folder / f"{name}.eml").write_text(
            f"{head}\nDate: Tue, 19 Mar 2024 10:00:00 +0100\nMessage-ID: <{name}@test.example>\n"
            f"Content-Type: text/plain; charset=utf-8\n\n"
            f"{'We' if name == 'who' else 'France'} will gladly support the text.\n",
            encoding="utf-8",
        )
    ingest(desk.engine, [folder], record=record_answers)
    return desk
