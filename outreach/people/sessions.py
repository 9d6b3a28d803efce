"""Sessions of the web desk, kept on the server: begun at a sign-in, and ended by time, at sign-out, or by a person.

A browser holds a secret, and the database its hash alone: who reads the database gets into no session.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Engine, bindparam, delete
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from outreach import clock
from outreach.actors import Actor
from outreach.database import reading, writing
from outreach.errors import NotFoundError
from outreach.models import Account, DeskSession
from outreach.people import audit
from outreach.text import one_line
from outreach.vocabulary import Act

LONGEST = timedelta(hours=12)
"""However busy a person is, they sign in again after a working day (NIST SP 800-63B-4, 2.2.3, allows 24 hours)."""
IDLE = timedelta(minutes=30)
"""A desk that nobody has touched for so long is left (OWASP ASVS 3.3.2; NIST SP 800-63B-4, 2.2.3, allows an hour)."""
_NOTED = timedelta(minutes=5)
"""How exactly it is known when a session was last used: each note is a commit, after which pages are read anew."""
_MOST_WORDS = 200
_SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS X", "Mac"),
    ("CrOS", "Chromebook"), ("Linux", "Linux"),
)  # fmt: skip
_PROGRAMS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))


@dataclass(frozen=True, slots=True)
class InForce:
    """A session, and the person whose it is. Whether its time is over is asked of it, each time."""

    id: int
    account: Account
    begun_at: datetime
    seen_at: datetime
    strong: bool
    """Whether two factors were proven at its sign-in."""

    def holds(self, now: datetime) -> bool:
        """Tell whether neither of the two limits is reached."""
        return now - self.begun_at < LONGEST and now - self.seen_at < IDLE

    def to_be_noted(self, now: datetime) -> bool:
        """Tell whether it is time to note that it is used."""
        return now - self.seen_at >= _NOTED


def begin(
    engine: Engine, account: Account, token: str, *, address: str = "", agent: str = "", strong: bool = False
) -> None:
    """Begin a session of a person for a browser's secret; sessions whose time is over are forgotten meanwhile.

    `strong` tells that two factors were proven.
    """
    now = clock.now()
    with writing(engine) as session:
        session.execute(
            delete(DeskSession).where(
                (col(DeskSession.begun_at) <= now - LONGEST) | (col(DeskSession.seen_at) <= now - IDLE)
            )
        )
        assert account.id is not None
        new = DeskSession(
            token_hash=_hashed(token), account_id=account.id, epoch=account.epoch, begun_at=now, seen_at=now,
            address=one_line(address)[:_MOST_WORDS], browser=browser_of(agent), strong=strong,
        )  # fmt: skip
        session.add(new)


def in_force(session: Session, token: str) -> InForce | None:
    """Return the session of a browser's secret, of an account that is open and has the password that it had then.

    Its time is to be asked of it with `holds`.
    """
    found = session.execute(_in_force(), {"token": _hashed(token)}).one_or_none()
    if found is None:
        return None
    account, number, begun_at, seen_at, strong = found
    return InForce(number, account, begun_at, seen_at, strong)


@cache
def _in_force() -> Any:
    """Asked at every page: of the session only what is told of it."""
    of = (col(DeskSession.id), col(DeskSession.begun_at), col(DeskSession.seen_at), col(DeskSession.strong))
    return (
        sa_select(Account, *of)
        .join(DeskSession, col(Account.id) == DeskSession.account_id)
        .where(
            col(DeskSession.token_hash) == bindparam("token"),
            col(Account.active).is_(True),
            col(Account.epoch) == DeskSession.epoch,
        )
    )


def note_use(engine: Engine, number: int) -> None:
    """Note that a session is used."""
    with writing(engine) as session:
        if (one := session.get(DeskSession, number)) is not None:
            one.seen_at = clock.now()
            session.add(one)


def sessions_of(engine: Engine, account_id: int) -> list[DeskSession]:
    """Return the sessions of an account that hold, the last used one first."""
    now = clock.now()
    with reading(engine) as session:
        return list(
            session.exec(
                select(DeskSession)
                .join(Account, col(Account.id) == DeskSession.account_id)
                .where(
                    DeskSession.account_id == account_id,
                    col(Account.epoch) == DeskSession.epoch,
                    col(DeskSession.begun_at) > now - LONGEST,
                    col(DeskSession.seen_at) > now - IDLE,
                )
                .order_by(col(DeskSession.seen_at).desc(), col(DeskSession.id).desc())
            )
        )


def end(engine: Engine, token: str) -> None:
    """End the session of a browser's secret, if there is one: its cookie is worth nothing from then on."""
    with writing(engine) as session:
        session.execute(delete(DeskSession).where(col(DeskSession.token_hash) == _hashed(token)))


def end_one(engine: Engine, account_id: int, number: int, *, by: Actor) -> None:
    """End one session of an account. Raises NotFoundError where it is over, or another's."""
    with writing(engine) as session:
        one = session.get(DeskSession, number)
        if one is None or one.account_id != account_id:
            raise NotFoundError("session.ended", "There is no such session: it has ended already.")
        session.delete(one)
        audit.record(session, by, Act.SESSIONS_ENDED, by.name, "1")


def end_all(engine: Engine, login: str, *, by: Actor) -> int:
    """End every session of an account; return how many. Raises NotFoundError for a login that there is not."""
    with writing(engine) as session:
        account = session.exec(select(Account).where(Account.login == login.strip().casefold())).one_or_none()
        if account is None:
            raise NotFoundError(
                "account.not-there", "There is no account {login!r}.", login=login, remedy="Make it{ADD_USER}."
            )
        ended = session.exec(select(DeskSession).where(DeskSession.account_id == account.id)).all()
        for one in ended:
            session.delete(one)
        audit.record(session, by, Act.SESSIONS_ENDED, account.login, str(len(ended)))
        return len(ended)


def browser_of(agent: str) -> str:
    """Say in a few words what a browser calls itself, such as "Firefox, Linux"."""
    program = next((name for mark, name in _PROGRAMS if mark in agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in agent), "")
    if program and system:
        return f"{program}, {system}"
    return program or system or re.sub(r"[^\w ./-]", "", one_line(agent))[:40] or "a browser"


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
