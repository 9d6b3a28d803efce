"""What the desk remembers: as long as nothing was committed, and not a moment longer, whoever commits."""

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.exc import IntegrityError
from sqlmodel import select
from web_browser import Browser, browser_factory, hidden, text_of

from outreach.actors import named
from outreach.database import Watch, open_database, reading, writing
from outreach.letters.folder import stamp
from outreach.models import Campaign, Mission, Response
from outreach.people.accounts import change_account
from outreach.vocabulary import Position
from outreach.web.cache import Memory
from outreach.web.desk import Desk

Browse = Callable[..., Browser]


def test_every_commit_is_seen_and_nothing_else(engine: Engine) -> None:
    watch = Watch(engine)
    first = watch.version()
    assert first is not None
    with reading(engine) as session:
        session.exec(select(Campaign)).all()
    with pytest.raises(IntegrityError), writing(engine) as session:
        session.add_all([Mission(iso3="FRA", short_name="", formal_name="", language="fr") for _ in range(2)])
    assert watch.version() == first
    versions = {first}
    for number in range(5):
        with writing(engine) as session:
            session.connection().exec_driver_sql("UPDATE campaign SET reason = ?", (str(number),))
            session.connection().exec_driver_sql("CREATE TABLE IF NOT EXISTS scratch (n)")
            session.connection().exec_driver_sql("INSERT INTO scratch VALUES (?)", (number,))
        versions.add(watch.version() or 0)
    assert len(versions) == 6


def test_a_commit_of_another_process_is_seen(engine: Engine) -> None:
    watch, path = Watch(engine), engine.url.database
    before = watch.version()
    code = f"import sqlite3; d = sqlite3.connect({path!r}); d.execute('CREATE TABLE x (n)'); d.commit()"
    subprocess.run([sys.executable, "-c", code], check=True)
    assert watch.version() != before


def test_a_database_that_tells_of_no_commits_is_read_each_time() -> None:
    engine = create_engine("sqlite://")
    assert Watch(engine).version() is None
    memory, made = Memory(engine), iter(range(10))
    assert [memory.recall("x", lambda: next(made)) for _ in range(3)] == [0, 1, 2]


def test_what_was_read_before_a_commit_is_not_kept_after_it(engine: Engine) -> None:
    """Somebody reads, somebody else commits meanwhile: the old answer goes to the first, and to nobody after."""
    memory = Memory(engine)
    begun, go_on = threading.Event(), threading.Event()

    def slow() -> str:
        begun.set()
        go_on.wait(10)
        return "old"

    found: list[str] = []
    thread = threading.Thread(target=lambda: found.append(memory.recall("x", slow)))
    thread.start()
    begun.wait(10)
    with writing(engine) as session:
        session.connection().exec_driver_sql("CREATE TABLE scratch (n)")
    go_on.set()
    thread.join()
    assert found == ["old"]
    assert memory.recall("x", lambda: "new") == "new"
    assert memory.recall("x", lambda: "newer") == "new"


def test_what_failed_is_not_kept(engine: Engine) -> None:
    memory = Memory(engine)
    with pytest.raises(ZeroDivisionError):
        memory.recall("x", lambda: 1 // 0)
    assert memory.recall("x", lambda: 2) == 2


def test_what_is_too_large_is_made_each_time(engine: Engine) -> None:
    memory, made = Memory(engine), iter(range(10))
    assert [memory.recall("x", lambda: next(made), keep=lambda _: False) for _ in range(2)] == [0, 1]


@pytest.mark.heavy
def test_a_watch_ends_with_its_engine_and_begins_anew(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    watch = Watch(engine)
    assert watch.version() is not None
    engine.dispose()
    assert watch.version() is not None
    engine.dispose()


@pytest.mark.heavy
def test_pages_show_what_another_process_has_written(browse: Browse, desk: Desk) -> None:
    browser = browse("viewer")
    for path in ("/", "/campaigns/1", "/campaigns/1/letters/FRA", "/missions/FRA", "/missions"):
        assert text_of(browser.get(path)) == text_of(browser.get(path))
    other = open_database(str(desk.engine.url))
    with writing(other) as session:
        stand = session.exec(select(Response).where(Response.iso3 == "FRA")).one()
        stand.position, stand.note = Position.CO_SPONSOR, "told at the reception"
        session.add(stand)
    other.dispose()
    assert "1 of 24 for a majority" in text_of(browser.get("/campaigns/1"))
    assert "told at the reception" in browser.get("/campaigns/1/letters/FRA")
    assert "told at the reception" in browser.get("/missions/FRA")
    assert '<td data-label="Support" class="number">1</td>' in browser.get("/")
    assert "co-sponsor" in text_of(browser.get("/missions?q=FRA"))


def test_who_is_shut_out_is_out_at_once(browse: Browse, desk: Desk) -> None:
    browser = browse("viewer")
    browser.get("/")
    change_account(desk.engine, "viewer", role="viewer", active=False, by=named("Ana"))
    assert not browser.signed_in


@pytest.mark.heavy
def test_a_check_is_made_again_once_a_text_has_changed(desk: Desk) -> None:
    browser = browser_factory(desk)("approver")
    for _ in range(2):
        assert "Nothing stands in the way." in text_of(browser.get("/campaigns/1/send"))
    text = desk.templates / "hrc-joint-letter" / "fr.md"
    kept = text.read_text(encoding="utf-8")
    before = stamp("hrc-joint-letter", desk.templates)
    text.write_text(kept + "\n{{ mission.nothing_such }}\n", encoding="utf-8")
    assert stamp("hrc-joint-letter", desk.templates) != before
    assert "Nothing stands in the way." not in text_of(browser.get("/campaigns/1/send"))
    text.write_text(kept, encoding="utf-8")
    assert "Nothing stands in the way." in text_of(browser.get("/campaigns/1/send"))
    shared = desk.templates / "layouts" / "letter.typ"
    shared.write_text(shared.read_text(encoding="utf-8") + "\n#nothing-such()\n", encoding="utf-8")
    assert "Nothing stands in the way." not in text_of(browser.get("/campaigns/1/send"))


@pytest.mark.heavy
def test_a_preview_follows_the_text_and_its_parts_are_of_one_making(desk: Desk) -> None:
    browser = browser_factory(desk)("editor")
    frame = "/campaigns/1/send/preview/IND"
    assert "of a new sentence" not in browser.get(frame)
    seen = hidden(browser.get("/letters/hrc-joint-letter/en"), "seen")
    text = (desk.templates / "hrc-joint-letter" / "en.md").read_text(encoding="utf-8")
    browser.post("/letters/hrc-joint-letter/en", text=text + "\n\nof a new sentence\n", seen=seen)
    assert "of a new sentence" in browser.get(frame)
