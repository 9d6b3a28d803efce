"""Who acts in tests; and the watch over every transaction: what a person can change is recorded with its actor."""

import re
import sys
from collections.abc import Mapping
from pathlib import Path
from types import FrameType
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlmodel import select

from outreach import clock
from outreach.actors import Actor, account_at
from outreach.database import writing
from outreach.models import Account
from outreach.text import folded
from outreach.vocabulary import DeskRole, Door

_PACKAGE = Path(__file__).parent.parent / "outreach"
_WRITES = re.compile(r'\s*(?:INSERT INTO|UPDATE|DELETE FROM) "?(\w+)', re.IGNORECASE)
_RECORD = "audit_entry"

WATCHED = frozenset(
    {
        "campaign", "mission", "contact", "term", "mission_note", "mission_comment", "opt_out", "signatory",
        "account", "known_sender",
        "mail_decision", "directory_import", "authenticator_app", "passkey", "linked_identity",
    }
)  # fmt: skip
"""The tables that hold what people decide."""

BY_THEMSELVES: Mapping[tuple[str, str], str] = {
    ("outbox/guard.py", "hold_late_campaigns"): "a sign of life, each pass",
    ("outbox/hand.py", "transaction"): "a sign of life, with a claim; the gate records what it stops",
    ("outbox/guard.py", "note_fault"): "why nothing goes out, as long as it does not",
    ("people/accounts.py", "_store_hash"): "a hash that is made anew at a sign-in",
    ("people/passkeys.py", "use"): "how often a passkey was used, at a sign-in",
    ("people/factors.py", "check_code"): "which code was used last, at a sign-in",
    ("copying.py", "copy_database"): "the acts are copied with all the rest",
    ("backup/make.py", "_snapshot"): "a copy, with its acts",
    ("backup/restore.py", "_into_server"): "what a backup holds, with its acts",
    ("inbox/ingest.py", "_record"): "what mails tell is an event of the letter's",
}
"""The functions that change such rows with nobody's act, and why."""


def signed_in(engine: Engine, name: str, role: DeskRole = DeskRole.APPROVER) -> Actor:
    """Return a person who has signed in at the desk; their account is made where there is none."""
    login = folded(name).replace(" ", ".")
    with writing(engine) as session:
        account = session.exec(select(Account).where(Account.login == login)).one_or_none()
        if account is None:
            account = Account(login=login, name=name, role=role, password_hash="", created_at=clock.now())
            session.add(account)
            session.flush()
        return account_at(Door.DESK, account.id, account.name)


def watch() -> None:
    """From now on a transaction of the product's fails that changes what people decide, and records no act."""
    event.listen(Engine, "begin", _began)
    event.listen(Engine, "after_cursor_execute", _executed)
    event.listen(Engine, "commit", _committing)


def _began(connection: Connection) -> None:
    connection.info["written"] = set()


def _executed(connection: Connection, cursor: Any, statement: str, *_: Any) -> None:
    if cursor.rowcount != 0 and (found := _WRITES.match(statement)):
        connection.info.setdefault("written", set()).add(found[1].lower())


def _committing(connection: Connection) -> None:
    written: set[str] = connection.info.get("written", set())
    forgotten = written & WATCHED
    if not forgotten or _RECORD in written:
        return
    caller = _caller(sys._getframe(1))
    if caller is not None and caller not in BY_THEMSELVES:
        raise AssertionError(f"{caller[0]}, {caller[1]} changed {', '.join(sorted(forgotten))}, and recorded no act")


def _caller(frame: FrameType | None) -> tuple[str, str] | None:
    """Return the product's function whose transaction it is; None where it is a test's, or an upgrade's."""
    own = str(_PACKAGE)
    while frame is not None:
        name = frame.f_code.co_filename
        if name == f"{own}/database.py" and frame.f_code.co_name == "upgrade":
            return None
        passed_through = "/sqlalchemy/" in name or "/sqlmodel/" in name or name.endswith(("/contextlib.py", "acts.py"))
        if not passed_through and name != f"{own}/database.py":
            return (name.removeprefix(f"{own}/"), frame.f_code.co_name) if name.startswith(own) else None
        frame = frame.f_back
    return None
