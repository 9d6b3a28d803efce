"""What every page stands on: the database, the settings, the folder, and the key that signs cookies."""

import secrets
import time
from collections import Counter
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TypeVar, cast

from anyio import CapacityLimiter
from fastapi import Request
from sqlalchemy import Engine
from sqlmodel import Session

from outreach import platform
from outreach.actors import Actor, account_at
from outreach.backup.kept import worry
from outreach.database import reading
from outreach.errors import Fault, SettingsError
from outreach.letters.folder import TEMPLATES
from outreach.models import Account
from outreach.people.first_link import FirstLink
from outreach.sentences import Sentence
from outreach.settings import Settings
from outreach.settings_watch import SettingsWatch
from outreach.vocabulary import Door
from outreach.web.attempts import Attempts
from outreach.web.cache import Memory
from outreach.web.paced import Paced
from outreach.web.sender_watch import SenderStanding
from outreach.web.throttle import Throttle
from outreach.web.under_way import Steps
from outreach.witness.standing import told

Read = TypeVar("Read")
_WORRY_SECONDS = 30
_COPY_SECONDS = 3
_KEY_FILE = ".outreach-desk-key"


@dataclass(frozen=True, slots=True)
class Desk:
    """One desk: over one database, in one folder."""

    engine: Engine
    given: Settings
    """The settings that it was opened with; `settings` are those that hold now."""
    folder: Path
    key: bytes = field(repr=False)
    secure: bool = False
    """Whether browsers reach it over TLS, so that cookies may be kept to that."""
    hosts: frozenset[str] = frozenset()
    """The names that it answers to; empty for any."""
    sender: Callable[[], SenderStanding] | None = None
    """How the process stands that sends for this desk; None where the desk only shows pages."""
    watch: SettingsWatch | None = None
    """Knows the settings as they are now; None where they can't change while the desk is open."""
    first: FirstLink | None = None
    """The link to the first account, while there is none."""
    throttle: Throttle = field(default_factory=Throttle)
    steps: Steps = field(default_factory=Steps, repr=False)
    """What is under way between two requests of one browser."""
    going: Paced = field(default_factory=lambda: Paced(60, 600.0), repr=False)
    """Who goes to the organisation's sign-in: each asks the issuer for something, and anybody may ask."""
    attempts: Attempts = field(default_factory=Attempts, repr=False)
    """The sign-in of the mail account that is under way."""
    streams: Counter[str] = field(default_factory=Counter)
    """How many streams of progress each person has open."""
    making: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(2), repr=False)
    """Files that take a while are made two at a time; who asks for more waits, and no page waits for them."""
    memory: Memory = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Remember for this desk's database."""
        watch = self.watch
        also = (lambda: 0) if watch is None else (lambda: watch.version)
        object.__setattr__(self, "memory", Memory(self.engine, also))

    @property
    def settings(self) -> Settings:
        """The settings as they are now; the last ones that could be used, where those can't be."""
        return self.given if self.watch is None else self.watch.settings

    @property
    def settings_fault(self) -> SettingsError | None:
        """Why the settings as they are now can't be used; None where they can."""
        return None if self.watch is None else self.watch.fault

    def to_send(self) -> Settings:
        """Return the settings for what is sent by a click. Raises SettingsError where those that hold can't be used."""
        return self.given if self.watch is None else self.watch.require()

    def read(
        self, key: Hashable, read: Callable[[Session], Read], keep: Callable[[Read], bool] = lambda _read: True
    ) -> Read:
        """Return what a function reads from the database; nothing is read while nothing was committed since.

        `key` names the page and everything else that `read` depends on. What it returns must not be changed.
        """

        def make() -> Read:
            with reading(self.engine) as session:
                return read(session)

        return self.memory.recall(key, make, keep)

    def worry(self) -> Sentence | None:
        """Say what is wrong with the backups, as far as it was known half a minute ago; None if nothing is."""
        return _worry(self.settings, self.folder, int(time.monotonic() / _WORRY_SECONDS)) if self.sends else None

    def copy(self) -> Sentence | None:
        """Say that this may be a copy of the database, as far as it was known a moment ago; empty where it is none."""
        return _copy(self.engine, self.settings, int(time.monotonic() / _COPY_SECONDS))

    @property
    def sends(self) -> bool:
        """Whether what is due is sent while this desk is open."""
        return self.sender is not None

    @property
    def templates(self) -> Path:
        """The folder of the letters."""
        return self.folder / TEMPLATES


@lru_cache(maxsize=4)
def _worry(settings: Settings, folder: Path, _moment: int) -> Sentence | None:
    return worry(settings, folder)


@lru_cache(maxsize=4)
def _copy(engine: Engine, settings: Settings, _moment: int) -> Sentence | None:
    return told(engine, settings)


@dataclass(slots=True)
class Visit:
    """One browser's session: its number, the token that its forms carry, and who has signed in."""

    sid: str
    secret: str
    """What proves a form to be of this session, 64 hexadecimal digits."""
    csrf: str
    """The same as this response's forms carry it: hidden under a pad of its own (see `session.masked`)."""
    account: Account | None = None
    session: int | None = None
    """The number of the session that they signed in with."""
    strong: bool = False
    """Whether they have proven two factors in it."""
    begun_at: datetime | None = None
    notice: Mapping[str, str] | None = None
    """What the last step did, shown once."""


def desk_of(request: Request) -> Desk:
    """Return the desk that a request came to."""
    return cast("Desk", request.app.state.desk)


def address_of(request: Request) -> str:
    """Return the address that a request comes from; empty where it is not known."""
    return request.client.host if request.client else ""


def visit_of(request: Request) -> Visit:
    """Return the session that a request belongs to."""
    return cast("Visit", request.state.visit)


def who(request: Request) -> str:
    """Return the name of the person who is signed in."""
    account = visit_of(request).account
    assert account is not None  # access.py lets nobody else this far
    return account.name


def actor(request: Request) -> Actor:
    """Return the person who is signed in, as the one who acts."""
    account = visit_of(request).account
    assert account is not None  # access.py lets nobody else this far
    return account_at(Door.DESK, account.id, account.name)


def signing_key(folder: Path) -> bytes:
    """Return the folder's key for signing cookies, made once and readable by its owner only. Raises Fault."""
    path = folder / _KEY_FILE
    try:
        try:
            stream = platform.create_private(path)
        except FileExistsError:
            key = path.read_bytes()
        else:
            key = secrets.token_bytes(32)
            with stream:
                stream.write(key)
    except OSError as error:
        raise Fault(
            "file.not-read-or-made", "{path} can't be read or made: {error}.", path=path, error=error.strerror
        ) from None
    if len(key) != 32:
        raise Fault(
            "file.damaged",
            "{path} is damaged.",
            path=path,
            remedy="Remove it: a new one is made, and everybody signs in once more.",
        )
    return key
