"""Is this the database that sends, or a copy of it? Told by the database's identity and the dispatch journal.

A database knows its generation, which grows with every transaction that marks letters; the installation that it was
last used by; and where it lay then. The journal knows the highest generation that anything was handed over in. Where
they don't agree, nothing is sent before a person has said `outreach here`.

With PostgreSQL workers come and go, and the place is always the same: there only the generation counts.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from sqlalchemy import Connection, Engine, select, update
from sqlmodel import col

from outreach import clock
from outreach.database import reading, working, writing
from outreach.errors import ConflictError, CopyError, DatabaseFault, Fault, SettingsError
from outreach.models import Identity, Message
from outreach.sentences import Remedy, Sentence, saying
from outreach.settings import Settings
from outreach.statement import Row, Statement
from outreach.witness.dispatch import Began, DispatchJournal, Settled
from outreach.witness.installation import installation_id, journal_of, state_dir

FIRST_USE = "its first use"
"""Who is named where a database was settled without a person's word."""
CURE = Remedy("See what is known, and settle it{HERE}.")
_LEAP = 1000
"""A database that is settled leaps ahead by so many generations: more than workers have marks under way at once, so
that none of another copy, written down after it, brings that copy up to it."""
_IDENTITY = Statement(
    lambda _: select(col(Identity.database_id), col(Identity.generation), col(Identity.home), col(Identity.place))
)


class StandingKind(StrEnum):
    """How a database stands to this installation."""

    FRESH = "fresh"  # nothing was ever sent from it, here or elsewhere
    AT_HOME = "at home"
    BEHIND = "behind"  # letters were handed over after this copy was made
    ELSEWHERE = "elsewhere"  # another installation used it last
    MOVED = "moved"  # it lay in another place


@dataclass(frozen=True, slots=True)
class Missed:
    """What the journal tells of generations that the database has not seen."""

    live: int = 0
    """Letters that were handed over live, each counted once."""
    rehearsed: int = 0
    """Letters that were handed over in rehearsal only."""
    first: datetime | None = None
    last: datetime | None = None
    settled_at: str = ""
    """The place of another copy that was settled to be the one that sends."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a database stands to this installation, and what is known."""

    kind: StandingKind
    generation: int
    """The database's."""
    highest: int
    """The journal's: 0 where this installation has none."""
    place: str
    """Where it lies now: the file's path, or server and name."""
    last_place: str = ""
    """Where it lay when it was last used; empty if nobody has used it."""
    missed: Missed = Missed()
    other_is_there: bool = False
    """Whether there still is a database at the last place."""
    time_zone: str = "UTC"
    """In which its words tell times."""
    no_journal: bool = False
    """Whether letters went out from it, and this installation has no journal that would tell of them."""

    @property
    def settled(self) -> bool:
        """Whether letters may go out."""
        return self.kind in (StandingKind.FRESH, StandingKind.AT_HOME)

    @property
    def words(self) -> str:
        """What is found and what is known of it, as sentences."""
        return " ".join(_WORDS[self.kind](self))


def standing(engine: Engine, settings: Settings) -> Standing:
    """Compare a database with this installation. One that never sent is taken as at home, which is written down.

    Raises SettingsError where the state directory can't be used, Fault where the journal can't be read or written.
    """
    found = _compare(engine, settings)
    if found.kind is StandingKind.FRESH and _is_an_older_self(engine, settings):
        found = _compare(engine, settings)
    if found.kind is StandingKind.FRESH:
        try:
            with working(engine) as connection:
                if not identity(connection)["home"]:  # of several who come first, one settles it
                    settle(connection, engine, settings, highest=found.highest, who=FIRST_USE)
                    return found
        except ConflictError:
            pass  # at this very moment another copy was; this one is behind it from now on
        found = _compare(engine, settings)
    if found.kind is StandingKind.BEHIND:
        with writing(engine):  # a settlement is in the journal a moment before it is in the database
            return _compare(engine, settings)
    return found


def require_home(engine: Engine, settings: Settings) -> None:
    """Raise CopyError, with what is known, where this database may be a copy; see `standing`."""
    found = standing(engine, settings)
    if not found.settled:
        raise CopyError("copy.unsettled", "{found} Nothing is sent.", found=found.words, remedy=CURE)


def told(engine: Engine, settings: Settings) -> Sentence | None:
    """Say that this database may be a copy, and the cure; None where it is at home. Nothing is written.

    Where that can't be told, that is what it says.
    """
    try:
        found = _compare(engine, settings)
    except (SettingsError, Fault) as error:
        return saying(
            "copy.untold", "Whether this database is a copy can't be told, and so nothing is sent from here. {error}",
            error=error.whole(),
        )  # fmt: skip
    if found.settled:
        return None
    return saying("copy.nothing-sent", "{found} Nothing is sent from here. {cure}", found=found.words, cure=CURE)


class Witness:
    """What a worker asks before it hands letters over; one for each database and installation."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        """Open the journal. Raises CopyError where the database may be a copy, SettingsError, Fault."""
        require_home(engine, settings)
        self._installation = installation_id(settings)
        self._has_a_place = has_a_place(engine)
        self._place = place_of(engine)
        with engine.connect() as connection:
            self.journal = journal_of(settings, identity(connection)["database_id"])

    def behind(self, connection: Connection) -> bool:
        """Whether this database may no longer send from here, since another copy of it did, or was settled to.

        Made for a claim's own transaction: a query of one row, and the file is only looked into where it has grown.
        Raises Fault where the journal can't be read.
        """
        highest = self.journal.highest()  # first: what another worker marks and writes meanwhile is no copy's doing
        known = _IDENTITY.rows(connection)[0]
        return bool(known["generation"] < highest) or (
            self._has_a_place and (known["home"], known["place"]) != (self._installation, self._place)
        )


def identity(connection: Connection) -> Row:
    """Return what a database is: database_id, generation, home, place. Raises DatabaseFault where it does not say."""
    row = next(iter(_IDENTITY.rows(connection)), None)
    if row is None:
        raise DatabaseFault(
            "database.no-identity",
            "The database does not say which one it is.",
            remedy="Go back to the last copy of it.",
        )
    return row


def settle(connection: Connection, engine: Engine, settings: Settings, *, highest: int, who: str) -> None:
    """Make a database this installation's own, at its present place, within a transaction that writes, as its last
    step: every other copy of it is behind the journal from here on.

    `highest` is the journal's generation by which what the database knows was judged. Of two copies that are settled
    at the same instant, and of one that is settled while letters go out of another, the journal is the umpire: a file
    that is only added to has one order. Raises ConflictError where anything came first, and the transaction is to be
    undone; Fault where the journal can't be written.
    """
    generation = max(highest, int(identity(connection)["generation"])) + _LEAP
    place = place_of(engine)
    connection.execute(update(Identity).values(home=installation_id(settings), place=place, generation=generation))
    with journal_of(settings, identity(connection)["database_id"]) as journal:
        if journal.highest() <= highest:
            journal.settle(place, who, generation, clock.now())
            if _first_since(journal, highest) == (place, generation):
                return
    raise ConflictError(
        "here.going-out",
        "Letters are going out of another copy at this moment, or it is just being settled. Nothing was changed.",
        remedy="Stop {SENDERS:the scheduler or the desk that sends them}, then say it once more.",
    )


def _first_since(journal: DispatchJournal, highest: int) -> tuple[str, int] | None:
    """What the journal tells first of all generations above one: place and generation, of a settlement only."""
    for entry in journal.entries():
        if isinstance(entry, Began | Settled) and entry.generation > highest:
            return (entry.place, entry.generation) if isinstance(entry, Settled) else None
    return None


@contextmanager
def journal_opened(engine: Engine, settings: Settings) -> Iterator[DispatchJournal]:
    """This installation's journal of a database, closed at the end of the block."""
    with engine.connect() as connection:
        journal = journal_of(settings, identity(connection)["database_id"])
    with journal:
        yield journal


def has_a_place(engine: Engine) -> bool:
    """Whether the database is a file, which can be copied and moved."""
    return engine.dialect.name == "sqlite"


def place_of(engine: Engine) -> str:
    """Return where a database lies: the file's absolute path, or its server and name, never a password."""
    url = engine.url
    if not has_a_place(engine):
        return f"{url.host or 'localhost'}:{url.port or 5432}/{url.database}"
    return str(Path(url.database).resolve()) if url.database not in (None, "", ":memory:") else ":memory:"


def _compare(engine: Engine, settings: Settings) -> Standing:
    here = installation_id(settings)
    with journal_opened(engine, settings) as journal:
        highest = journal.highest()  # first: see Witness.behind
        with engine.connect() as connection:
            known = identity(connection)
        generation, place, last = known["generation"], place_of(engine), known["place"]
        kind = StandingKind.AT_HOME
        if not known["home"] and _never_used_elsewhere(journal, place):
            kind = StandingKind.FRESH
        elif generation < highest:
            kind = StandingKind.BEHIND
        elif has_a_place(engine) and known["home"] != here:
            kind = StandingKind.ELSEWHERE
        elif has_a_place(engine) and last != place:
            kind = StandingKind.MOVED
        return Standing(
            kind,
            generation,
            highest,
            place,
            last,
            missed=_missed(journal, generation) if kind is StandingKind.BEHIND else Missed(),
            other_is_there=has_a_place(engine) and last not in ("", place) and Path(last).is_file(),
            time_zone=settings.timezone,
            no_journal=bool(known["home"]) and highest == 0,
        )


def _never_used_elsewhere(journal: DispatchJournal, place: str) -> bool:
    """Whether the journal tells of no letter, and of no settlement but a first use at this place, broken off or undone
    by a copy of before."""
    return all(
        isinstance(entry, Settled) and (entry.place, entry.who) == (place, FIRST_USE)
        for entry in journal.entries()
        if isinstance(entry, Began | Settled)
    )


def _missed(journal: DispatchJournal, generation: int) -> Missed:
    live: set[str] = set()
    rehearsed: set[str] = set()
    times: list[datetime] = []
    settled_at, settled_in = "", generation
    for entry in journal.entries():
        match entry:
            case Began(letter, number, at) if number > generation:
                (live if letter.live else rehearsed).add(letter.message_id)
                times = [min([at, *times]), max([at, *times])]
            case Settled(place, _who, number) if number > settled_in:  # the first of a generation counts: see `settle`
                settled_at, settled_in = place, number
    first, last = times or (None, None)
    return Missed(len(live), len(rehearsed - live), first, last, settled_at)


def _is_an_older_self(engine: Engine, settings: Settings) -> bool:
    """Whether a database that seems fresh is a copy from before it knew its id: another journal names its letters.

    It is then given that id, and so is behind.
    """
    with reading(engine) as session:
        own = set(session.connection().scalars(select(col(Message.message_id))))
        mine = identity(session.connection())["database_id"]
    if not own:
        return False
    for path in sorted((state_dir(settings) / "journals").glob("*.jsonl")):
        if path.stem == mine:
            continue
        for entry in DispatchJournal(path).entries():
            if isinstance(entry, Began) and entry.handover.message_id in own:
                with working(engine) as connection:
                    connection.execute(update(Identity).values(database_id=path.stem))
                return True
    return False


def letters(count: int) -> str:
    """Return how many letters, in words."""
    return f"{count} letter{'' if count == 1 else 's'}"


def _behind(one: Standing) -> Iterator[str]:
    missed = one.missed
    yield "This database is an older copy:"
    told = []
    if missed.live:
        told.append(f"{letters(missed.live)} went out after it was made")
    if missed.rehearsed:
        told.append(
            f"{letters(missed.rehearsed)} {'were' if missed.rehearsed > 1 else 'was'} rehearsed after it was made"
        )
    if told:
        yield f"{' and '.join(told)}, {_between(one)}."
    else:
        yield "nothing went out since, but another copy of it was settled to be the one that sends."
    if missed.settled_at not in ("", one.place):
        yield f"That one lies at {missed.settled_at}."


def _elsewhere(one: Standing) -> Iterator[str]:
    yield "This database was last used by another installation: on another computer, by another user, or with another"
    yield f"state directory (there it lay at {one.last_place})."
    yield "What went out from there since this copy was made can't be told from here."
    yield "If that one goes on sending, stop it first. In a container, keep the state directory on a volume"
    yield "(OUTREACH_STATE_DIR)."


def _moved(one: Standing) -> Iterator[str]:
    if one.other_is_there:
        yield f"This database is a copy: there is still one at {one.last_place}, which this was made of."
        yield "Only one of them may go on sending: the one at which you say so."
    else:
        yield f"This database lay at {one.last_place} when it was last used, and now lies at {one.place}."
    yield "Nothing went out since that it does not know."


def _at_home(one: Standing) -> Iterator[str]:
    yield "This database is the one that sends."
    if one.no_journal:
        yield "This installation has no journal of it: if it is an older copy, that can't be told from here."


def _fresh(_one: Standing) -> Iterator[str]:
    yield "This database has never sent anything; from now on it is at home here."


_WORDS = {
    StandingKind.FRESH: _fresh,
    StandingKind.AT_HOME: _at_home,
    StandingKind.BEHIND: _behind,
    StandingKind.ELSEWHERE: _elsewhere,
    StandingKind.MOVED: _moved,
}


def _between(one: Standing) -> str:
    start, end = (clock.shown(at, clock.zone(one.time_zone)) for at in (one.missed.first, one.missed.last))
    return f"on {start}" if start == end else f"between {start} and {end}"
