"""Which programs are sending from a database right now, so that nobody puts another one in its place under them.

For an SQLite database each such program leaves a mark beside the file and takes it away when it ends; the mark of one
that was killed is known by its process. On PostgreSQL they share an advisory lock. Letters in hand tell too.
"""

import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import Engine, select, text
from sqlmodel import col

from outreach import clock, platform
from outreach.database import database_file, reading
from outreach.errors import ConflictError
from outreach.models import Message
from outreach.outbox.owner import is_dead, new_owner
from outreach.sentences import Doing, Sentence, saying

_MARK = ".outreach-running-"
_PG_LOCK = 0x6F757475
_MOST = 10_000
_PROGRAMS = {
    Doing.RUN.name: saying("program.run", "{RUN:the scheduler}"),
    Doing.SEND.name: saying("program.send", "{SEND:what sends once}"),
    Doing.SERVE.name: saying("program.serve", "{SERVE:the desk}"),
}
_ANOTHER = saying("program.other", "a program")


@contextmanager
def running(engine: Engine, what: Doing, *, sends: bool = True) -> Iterator[None]:
    """Say, for as long as the block lasts, that this process is at work: `what` is the program.

    One that does not send, as a desk may, only has to end before another database takes this one's place.
    """
    file = database_file(engine.url)
    if file is not None:
        mark = file.absolute().parent / f"{_MARK}{secrets.token_hex(4)}"
        told = {"database": file.name, "owner": new_owner(), "pid": os.getpid(), "what": what.name, "sends": sends}
        # Where the mark can't be written, nothing of the database can.
        with suppress(OSError), platform.create_private(mark) as stream:
            stream.write(json.dumps(told).encode())
        try:
            yield
        finally:
            with suppress(OSError):
                mark.unlink(missing_ok=True)
    elif engine.dialect.name == "postgresql":
        with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            connection.execute(text(f"SELECT pg_advisory_lock_shared({_PG_LOCK})"))
            try:
                yield
            finally:
                with suppress(Exception):  # the server may be away: then the lock is gone too
                    connection.execute(text(f"SELECT pg_advisory_unlock_shared({_PG_LOCK})"))
    else:
        yield


def require_none_at(file: Path) -> None:
    """Raise ConflictError while a program sends from the SQLite database of that file, however that one is."""
    for mark in sorted(file.absolute().parent.glob(f"{_MARK}*")):
        told = _read(mark)
        if told is None or told.get("database") != file.name:
            continue
        owner, what, pid = (str(told.get(name, "")) for name in ("owner", "what", "pid"))
        if is_dead(owner):
            with suppress(OSError):
                mark.unlink()
            continue
        here = owner.partition("/")[0] == new_owner().partition("/")[0]
        raise ConflictError(
            "running.here",
            "{program!c} is sending from this database {where_it_is}. Nothing was changed.",
            program=_PROGRAMS.get(what, _ANOTHER),
            where_it_is=saying("running.process", "(process {pid})", pid=pid)
            if here
            else saying("running.on", "on {host}", host=owner.partition("/")[0]),
            pid=pid,
            mark=mark,
            remedy="Stop it first: Ctrl+C in its window, or kill {pid}. Then try again."
            if here
            else "Stop it there first. If it is certainly gone, remove {mark}. Then try again.",
        )


def require_none(engine: Engine) -> None:
    """Raise ConflictError while a program sends from a database."""
    file = database_file(engine.url)
    if file is not None:
        require_none_at(file)
    elif engine.dialect.name == "postgresql":
        with engine.connect() as connection, connection.begin():
            free = connection.execute(text(f"SELECT pg_try_advisory_xact_lock({_PG_LOCK})")).scalar_one()
        if not free:
            raise ConflictError(
                "running.somewhere",
                "A program is sending from this database. Nothing was changed.",
                remedy="Stop {SENDERS:what sends} on every machine first. Then try again.",
            )
    in_hand = select(col(Message.owner)).where(col(Message.owner).is_not(None), col(Message.lease_until) > clock.now())
    with reading(engine) as session:
        owners = [owner for owner in session.scalars(in_hand) if owner and not is_dead(owner)]
    if owners:
        places = ", ".join(sorted({owner.partition("/")[0] for owner in owners}))
        raise ConflictError(
            "running.in-hand",
            "Letters are being sent right now ({count}), from {places}. Nothing was changed.",
            count=len(owners),
            places=places,
            remedy="Stop {SENDERS:what sends} there first. Then try again.",
        )


def who_runs(engine: Engine) -> list[Sentence]:
    """Return the programs that are sending from a database now, as far as that can be told from here.

    On PostgreSQL only whether there is any.
    """
    file = database_file(engine.url)
    if file is not None:
        told = [_read(mark) for mark in sorted(file.absolute().parent.glob(f"{_MARK}*"))]
        here = [one for one in told if one is not None and one.get("database") == file.name]
        sending = [one for one in here if one.get("sends", True) and not is_dead(str(one.get("owner", "")))]
        return [_PROGRAMS.get(str(one.get("what", "")), _ANOTHER) for one in sending]
    if engine.dialect.name == "postgresql":
        with engine.connect() as connection, connection.begin():
            free = connection.execute(text(f"SELECT pg_try_advisory_xact_lock({_PG_LOCK})")).scalar_one()
        return [] if free else [_ANOTHER]
    return []


def _read(mark: Path) -> dict[str, object] | None:
    try:
        with mark.open(encoding="utf-8") as stream:
            told = json.loads(stream.read(_MOST))
    except (OSError, ValueError):
        return None
    return told if isinstance(told, dict) else None
