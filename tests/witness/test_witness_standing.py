"""A database and its copies: which of them may send."""

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import update
from sqlmodel import select

from outreach import clock
from outreach.database import open_database, reading, working, writing
from outreach.errors import ConflictError, CopyError
from outreach.models import Campaign, Identity, Message, Mission
from outreach.pasted import in_words
from outreach.settings import Settings
from outreach.witness.dispatch import DispatchJournal, Settled
from outreach.witness.standing import (
    FIRST_USE,
    Standing,
    StandingKind,
    Witness,
    identity,
    journal_opened,
    require_home,
    settle,
    standing,
)
from tests.witness.handovers import AT, handover

SETTINGS = Settings()


class Database:
    """A database file and what is done with it."""

    def __init__(self, path: Path, settings: Settings = SETTINGS) -> None:
        self.path, self.settings = path, settings
        self.engine = open_database(f"sqlite:///{path}")

    def send(self, *numbers: int, live: bool = True) -> None:
        """Mark and hand over, as the outbox does."""
        with working(self.engine) as connection:
            connection.execute(update(Identity).values(generation=Identity.generation + 1))
        with reading(self.engine) as session:
            generation = session.exec(select(Identity.generation)).one()
        with journal_opened(self.engine, self.settings) as journal:
            journal.begin([handover(number, live=live) for number in numbers], generation, AT)

    def standing(self) -> Standing:
        return standing(self.engine, self.settings)

    def here(self) -> None:
        found = self.standing()
        with working(self.engine) as connection:
            settle(connection, self.engine, self.settings, highest=found.highest, who="Ana")

    def copied(self, path: Path, settings: Settings | None = None) -> "Database":
        """A copy of the file, as a person makes one once nothing is open."""
        self.engine.dispose()
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(self.path, path)
        return Database(path, settings or self.settings)


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Callable[..., Database]]:
    opened: list[Database] = []

    def make(name: str = "work/outreach.db", of: Database | None = None, settings: Settings | None = None) -> Database:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        for one in opened:  # so that the files are whole, and no other one's log is taken for theirs
            one.engine.dispose()
        opened.append(of.copied(path, settings) if of else Database(path, settings or SETTINGS))
        return opened[-1]

    yield make
    for one in opened:
        one.engine.dispose()


Made = Callable[..., Database]


@pytest.fixture
def home(made: Made) -> Database:
    """A database that sent one letter."""
    database = made()
    database.standing()
    database.send(1)
    assert database.standing().kind is StandingKind.AT_HOME
    return database


@pytest.mark.heavy
def test_of_many_who_come_first_none_takes_the_database_for_a_copy(made: Made) -> None:
    """A settlement is in the journal before it is in the database: who looks in between finds no copy."""
    for number in range(12):
        database = made(f"work{number}/outreach.db")
        gate = Barrier(6)

        def come(_: int, database: Database = database, gate: Barrier = gate) -> Standing:
            gate.wait()
            return database.standing()

        with ThreadPoolExecutor(6) as pool:
            found = list(pool.map(come, range(6)))
        assert [one.kind for one in found if not one.settled] == []
        assert sum(one.kind is StandingKind.FRESH for one in found) == 1
        with database.engine.connect() as connection, journal_opened(database.engine, SETTINGS) as journal:
            assert identity(connection)["generation"] == journal.highest()


def test_one_that_never_sent_is_at_home_without_a_word(made: Made) -> None:
    database = made()
    assert database.standing().kind is StandingKind.FRESH
    assert database.standing().kind is StandingKind.AT_HOME
    require_home(database.engine, SETTINGS)
    with reading(database.engine) as session:
        assert session.exec(select(Identity.place)).one() == str(database.path)


@pytest.mark.heavy
def test_yesterdays_copy_is_behind_and_says_by_how_many(home: Database, made: Made) -> None:
    yesterday = made("yesterday.db", home)
    home.send(2, 3)
    home.send(3, 4)
    home.send(5, live=False)
    back = made(of=yesterday)
    assert back.standing().kind is StandingKind.BEHIND
    with pytest.raises(CopyError, match="3 letters went out after it was made and 1 letter was rehearsed") as told:
        require_home(back.engine, SETTINGS)
    assert "2024-03-18 09:00 CET" in str(told.value)
    assert "outreach here" in in_words(told.value.remedy)
    back.here()
    assert back.standing().kind is StandingKind.AT_HOME


@pytest.mark.heavy
def test_a_copy_that_is_behind_only_by_rehearsal_is_told_too(home: Database, made: Made) -> None:
    yesterday = made("yesterday.db", home)
    home.send(2, live=False)
    back = made(of=yesterday)
    with pytest.raises(CopyError, match="older copy: 1 letter was rehearsed"):
        require_home(back.engine, SETTINGS)


@pytest.mark.heavy
def test_todays_copy_put_back_is_at_home(home: Database, made: Made) -> None:
    back = made(of=made("today.db", home))
    assert back.standing().kind is StandingKind.AT_HOME


@pytest.mark.heavy
def test_a_folder_that_was_moved_says_where_it_lay(home: Database, made: Made) -> None:
    moved = made("new/outreach.db", home)
    home.path.unlink()
    with pytest.raises(CopyError, match=r"lay at .*work/outreach.db .* now lies at .*new/outreach.db"):
        require_home(moved.engine, SETTINGS)
    moved.here()
    assert moved.standing().kind is StandingKind.AT_HOME


@pytest.mark.heavy
def test_of_a_folder_and_its_copy_only_the_one_that_was_settled_sends(home: Database, made: Made) -> None:
    copy = made("copy/outreach.db", home)
    assert copy.standing().kind is StandingKind.MOVED
    with pytest.raises(CopyError, match="there is still one at"):
        require_home(copy.engine, SETTINGS)
    assert home.standing().kind is StandingKind.AT_HOME
    copy.here()
    assert copy.standing().kind is StandingKind.AT_HOME
    with pytest.raises(CopyError, match=r"another copy of it was settled .* lies at .*copy/outreach.db"):
        require_home(home.engine, SETTINGS)
    home.here()
    assert (home.standing().kind, copy.standing().kind) == (StandingKind.AT_HOME, StandingKind.BEHIND)


@pytest.mark.heavy
def test_a_folder_copied_before_it_ever_sent_is_recognised(made: Made) -> None:
    first = made()
    second = made("copy/outreach.db", first)
    assert first.standing().kind is StandingKind.FRESH
    assert second.standing().kind is StandingKind.BEHIND


@pytest.mark.heavy
def test_on_another_computer_it_is_elsewhere_and_the_hint_for_containers_stands_there(
    home: Database, made: Made, tmp_path: Path
) -> None:
    other = Settings(state_dir=str(tmp_path / "other"))
    copy = made("copy/outreach.db", home, other)
    with pytest.raises(CopyError, match=r"another installation.*OUTREACH_STATE_DIR"):
        require_home(copy.engine, other)
    copy.here()
    assert copy.standing().kind is StandingKind.AT_HOME
    synced = made(of=copy, settings=SETTINGS)
    assert synced.standing().kind is StandingKind.ELSEWHERE


@pytest.mark.heavy
def test_a_copy_of_before_the_identity_is_recognised_by_its_letters(made: Made) -> None:
    """A backup from before the schema of the identity gets an id of its own when it is upgraded."""
    database = made()
    with writing(database.engine) as session:
        session.add(Mission(iso3="FRA", short_name="F", formal_name="F", language="fr"))
        session.add(Campaign(name="c", letter="x", as_of=AT.date(), time_zone="UTC", created_at=AT))
        session.flush()
        session.add(
            Message(
                campaign_id=1,
                iso3="FRA",
                message_id="<1@coalition.example>",
                language="fr",
                subject="s",
                envelope_from="x@x.example",
                size=1,
                state="queued",
            )
        )
    old = made("old.db", database)
    database.standing()
    database.send(1)
    with working(old.engine) as connection:
        connection.execute(update(Identity).values(database_id="f" * 32))
    back = made(of=old)
    with pytest.raises(CopyError, match="1 letter went out after it was made"):
        require_home(back.engine, SETTINGS)
    assert back.standing().kind is StandingKind.BEHIND


@pytest.mark.heavy
def test_another_database_in_the_same_place_is_fresh(home: Database, made: Made) -> None:
    home.engine.dispose()
    home.path.unlink()
    assert made().standing().kind is StandingKind.FRESH


@pytest.mark.heavy
def test_the_journal_tells_who_settled_it(home: Database) -> None:
    home.here()
    with journal_opened(home.engine, SETTINGS) as journal:
        told = [entry for entry in journal.entries() if isinstance(entry, Settled)]
    assert [one.who for one in told] == ["its first use", "Ana"]
    assert {one.place for one in told} == {str(home.path)}


class TestWhatAWorkerAsks:
    def asked(self, witness: Witness, database: Database) -> bool:
        with working(database.engine) as connection:
            return witness.behind(connection)

    @pytest.mark.heavy
    def test_its_own_sending_leaves_it_at_home(self, home: Database) -> None:
        witness = Witness(home.engine, SETTINGS)
        for number in range(5):
            assert not self.asked(witness, home)
            home.send(number)
        assert not self.asked(witness, home)

    @pytest.mark.heavy
    def test_once_another_copy_has_sent_it_stops(self, home: Database, made: Made) -> None:
        copy = made("copy/outreach.db", home)
        home.engine = open_database(f"sqlite:///{home.path}")
        witness = Witness(home.engine, SETTINGS)
        copy.here()
        assert self.asked(witness, home)
        with pytest.raises(CopyError):
            Witness(home.engine, SETTINGS)

    @pytest.mark.heavy
    def test_once_another_installation_has_taken_the_file_over_it_stops(self, home: Database, tmp_path: Path) -> None:
        witness = Witness(home.engine, SETTINGS)
        Database(home.path, Settings(state_dir=str(tmp_path / "other"))).here()
        assert self.asked(witness, home)


@pytest.mark.heavy
@pytest.mark.parametrize("lost", ["journals", "installation"])
def test_a_state_directory_that_was_lost_makes_no_copy_pass_for_sound(
    home: Database, state_dir: Path, lost: str
) -> None:
    with suppress(NotADirectoryError):
        shutil.rmtree(state_dir / lost)
    (state_dir / lost).unlink(missing_ok=True)
    found = home.standing()
    if lost == "journals":
        assert found.kind is StandingKind.AT_HOME
        assert "can't be told from here" in found.words
    else:
        assert found.kind is StandingKind.ELSEWHERE


@pytest.mark.heavy
def test_times_are_those_of_the_settings_zone(home: Database, made: Made) -> None:
    yesterday = made("yesterday.db", home)
    home.send(2)
    back = made(of=yesterday, settings=Settings(timezone="America/New_York"))
    assert "04:00 EDT" in back.standing().words
    assert clock.now() > AT


@pytest.mark.heavy
def test_of_two_copies_that_are_settled_at_the_same_instant_one_is_told_that_the_other_came_first(
    home: Database, made: Made
) -> None:
    other = made("other/outreach.db", home)
    third = made("third/outreach.db", other)
    seen = other.standing().highest
    assert third.standing().highest == seen  # both were looked at before either was settled
    with working(other.engine) as connection:
        settle(connection, other.engine, SETTINGS, highest=seen, who="Ana")
    with pytest.raises(ConflictError, match="just being settled"), working(third.engine) as connection:
        settle(connection, third.engine, SETTINGS, highest=seen, who="Ben")
    assert other.standing().kind is StandingKind.AT_HOME
    assert third.standing().kind is StandingKind.BEHIND


@pytest.mark.heavy
def test_where_both_have_written_that_they_are_settled_the_first_line_counts(
    home: Database, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other one's line comes between the look at the journal and one's own line."""
    other = made("other/outreach.db", home)
    highest, place = other.standing().highest, "/elsewhere/outreach.db"
    real = DispatchJournal.settle

    def late(self: DispatchJournal, own: str, who: str, generation: int, at: datetime) -> None:
        real(self, place, "Ben", generation, at)
        real(self, own, who, generation, at)

    monkeypatch.setattr(DispatchJournal, "settle", late)
    with pytest.raises(ConflictError), working(other.engine) as connection:
        settle(connection, other.engine, SETTINGS, highest=highest, who="Ana")
    assert other.standing().kind is StandingKind.BEHIND
    assert other.standing().missed.settled_at == place


@pytest.mark.heavy
def test_a_letter_that_another_copy_marks_in_the_instant_of_the_settling_makes_that_one_no_peer(
    home: Database, made: Made
) -> None:
    other = made("other/outreach.db", home)
    with working(other.engine) as connection:
        settle(connection, other.engine, SETTINGS, highest=other.standing().highest, who="Ana")
    home.send(2)  # committed before, written down after
    assert home.standing().kind is StandingKind.BEHIND
    assert other.standing().kind is StandingKind.AT_HOME


@pytest.mark.heavy
def test_a_first_use_that_was_broken_off_is_begun_again(made: Made) -> None:
    database = made()
    with working(database.engine) as connection:
        settle(connection, database.engine, SETTINGS, highest=0, who=FIRST_USE)
        connection.rollback()
    assert database.standing().kind is StandingKind.FRESH
    assert database.standing().kind is StandingKind.AT_HOME
