"""The ledger of a folder: how far it was read, and what became of each mail in it, by UID (RFC 9051, 2.3.1.1).

A mail that the server lists ends as taken, unreadable with the reason, gone, or left among the spam; none is passed
over without a row. What was read before there was a ledger is told by `Mailbox.last_uid` alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import bindparam, func, insert, update
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from outreach import clock
from outreach.inbox.known import listed
from outreach.models import Mailbox, MailboxUid, Reply, ReplyPath
from outreach.settings import Settings
from outreach.statement import Statement, in_list
from outreach.vocabulary import UidState

_OFTEN = 3
"""So many times a mail that can't be had is asked for at each reading; after that once an hour."""
_PATIENCE = timedelta(hours=1)
_RENUMBERED = "the server has renumbered the folder, and everything in it was asked for anew"
_MOST_TOLD = 50
_COLUMNS = ("mailbox_id", "uid_validity", "uid", "state", "reason", "tries", "at")
_ADD = Statement(lambda _: insert(MailboxUid).values({name: bindparam(name) for name in _COLUMNS}))
_ROW = Statement(
    lambda length: select_columns(
        col(MailboxUid.id), col(MailboxUid.mailbox_id), col(MailboxUid.uid_validity), col(MailboxUid.uid),
        col(MailboxUid.tries),
    ).where(col(MailboxUid.uid).in_(in_list(length)))
)  # fmt: skip
_KEPT = Statement(lambda length: select_columns(col(Reply.digest)).where(col(Reply.digest).in_(in_list(length))))
_KEPT_TOO = Statement(
    lambda length: select_columns(col(ReplyPath.digest)).where(col(ReplyPath.digest).in_(in_list(length)))
)


class UidNote(NamedTuple):
    """What became of one mail, to be written down."""

    state: UidState
    reason: str = ""
    for_good: bool = False
    """Whether asking again at once is useless."""


@dataclass(frozen=True, slots=True)
class FolderStanding:
    """How far a folder was read, under the UIDVALIDITY that it has now."""

    last_uid: int = 0
    beyond: frozenset[int] = frozenset()
    """Mails after that which were asked for already."""
    waiting: tuple[int, ...] = ()
    """Mails that could not be had and are to be asked for again by now."""


@dataclass(frozen=True, slots=True)
class UnreadUid:
    """A mail that could not be had."""

    uid: int
    reason: str
    since: datetime


@dataclass(frozen=True, slots=True)
class FolderNow:
    """A folder of the box as it stands, for `status` and the doctor."""

    name: str
    """User, server and folder."""
    read_at: datetime | None
    """When it was last read to its end."""
    counts: Mapping[UidState, int]
    """What became of its mails, as far as the ledger goes back."""
    unreadable: tuple[UnreadUid, ...]
    """Those that could not be had, the oldest first, and not all of very many."""
    trouble: str = ""
    """Why it could not be read the last time; empty where it could."""

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain values, as `status --json` prints it."""
        return {
            "folder": self.name,
            "read_at": self.read_at,
            **{state.value: self.counts.get(state, 0) for state in UidState},
            "unreadable_mails": [{"uid": one.uid, "reason": one.reason} for one in self.unreadable],
            "trouble": self.trouble,
        }


def folder_name(settings: Settings, folder: str) -> str:
    """Return the name under which a folder of the box is kept: user, server and folder."""
    return f"{settings.imap_username}@{settings.imap_host}/{folder}"


def standing(session: Session, name: str, uid_validity: int, *, all_again: bool) -> FolderStanding:
    """Return how far a folder was read. With `all_again`, every mail that could not be had is asked for again."""
    row = _mailbox(session, name)
    if row is None or row.uid_validity != uid_validity:
        return FolderStanding()
    rows = session.exec(
        select(MailboxUid.uid, MailboxUid.state, MailboxUid.tries, MailboxUid.at).where(
            MailboxUid.mailbox_id == row.id,
            MailboxUid.uid_validity == uid_validity,
            (col(MailboxUid.uid) > row.last_uid) | (col(MailboxUid.state) == UidState.UNREADABLE),
        )
    ).all()
    now = clock.now()
    due = [
        uid
        for uid, state, tries, at in rows
        if state is UidState.UNREADABLE and (all_again or tries < _OFTEN or at <= now - _PATIENCE)
    ]
    beyond = frozenset(uid for uid, *_ in rows if uid > row.last_uid)
    return FolderStanding(row.last_uid, beyond, tuple(sorted(due)))


def note_uids(
    session: Session, name: str, uid_validity: int, notes: Mapping[int, UidNote], *, last_uid: int | None
) -> None:
    """Write down what became of some mails, within the session's transaction, and how far the folder is read now.

    Under a new UIDVALIDITY the folder begins anew, and what could not be had under the old one is gone.
    """
    row, now = _mailbox(session, name), clock.now()
    if row is None:
        row = Mailbox(name=name, uid_validity=uid_validity, synced_at=now)
    elif row.uid_validity != uid_validity:
        lost = update(MailboxUid).where(
            col(MailboxUid.mailbox_id) == row.id,
            col(MailboxUid.uid_validity) == row.uid_validity,
            col(MailboxUid.state) == UidState.UNREADABLE,
        )
        session.connection().execute(lost.values(state=UidState.GONE, reason=_RENUMBERED, at=now))
        row.uid_validity, row.last_uid = uid_validity, 0
    row.synced_at = now
    if last_uid is not None:
        row.last_uid = last_uid
    session.add(row)
    session.flush()
    assert row.id is not None
    known = {
        one["uid"]: one
        for one in listed(session, _ROW, notes)
        if one["mailbox_id"] == row.id and one["uid_validity"] == uid_validity
    }
    new = [
        {"uid": uid, "state": note.state, "reason": note.reason, "tries": _tries(note, 0)}
        for uid, note in notes.items()
        if uid not in known
    ]
    if new:
        _ADD.run(session.connection(), new, {"mailbox_id": row.id, "uid_validity": uid_validity, "at": now})
    for uid, old in known.items():
        note = notes[uid]
        values = {"state": note.state, "reason": note.reason, "at": now, "tries": _tries(note, old["tries"])}
        session.connection().execute(update(MailboxUid).where(col(MailboxUid.id) == old["id"]).values(values))


def _tries(note: UidNote, before: int) -> int:
    return before if note.state is not UidState.UNREADABLE else max(before + 1, _OFTEN if note.for_good else 0)


def note_read(session: Session, name: str, *, at: datetime | None = None, trouble: str = "") -> None:
    """Note that a folder was read to its end at a moment, or why it could not be read."""
    row = _mailbox(session, name)
    if row is None:
        row = Mailbox(name=name, uid_validity=0, synced_at=clock.now())
    row.trouble = trouble
    if at is not None:
        row.read_at = at
    session.add(row)


def kept(session: Session, digests: Sequence[str]) -> set[str]:
    """Return those of some mails, by digest, that the database has."""
    rows = [*listed(session, _KEPT, digests), *listed(session, _KEPT_TOO, digests)]
    return {row["digest"] for row in rows}


def fresh_troubles(session: Session, names: Sequence[str]) -> int:
    """Return how many mails of some folders could not be had, and were not asked for often enough yet to do without."""
    query = (
        select(func.count(col(MailboxUid.id)))
        .join(Mailbox, col(Mailbox.id) == col(MailboxUid.mailbox_id))
        .where(
            col(Mailbox.name).in_(names), MailboxUid.uid_validity == Mailbox.uid_validity,
            MailboxUid.state == UidState.UNREADABLE, MailboxUid.tries < _OFTEN,
        )
    )  # fmt: skip
    return session.exec(query).one()


def folders_now(session: Session, settings: Settings) -> list[FolderNow]:
    """Return how every folder of the box stands that was ever read, in the order in which they first were."""
    counts: dict[int, dict[UidState, int]] = {}
    totals = select(MailboxUid.mailbox_id, MailboxUid.state, func.count(col(MailboxUid.id)))
    for mailbox, state, count in session.exec(totals.group_by(col(MailboxUid.mailbox_id), col(MailboxUid.state))).all():
        counts.setdefault(mailbox, {})[UidState(state)] = count
    found = []
    mine_only = folder_name(settings, "")
    for row in session.exec(select(Mailbox).order_by(col(Mailbox.id))).all():
        if not row.name.startswith(mine_only):
            continue
        mine = counts.get(row.id or 0, {})
        unread = _unreadable(session, row) if mine.get(UidState.UNREADABLE) else ()
        found.append(FolderNow(row.name, row.read_at or _before(row), mine, unread, row.trouble))
    return found


def _before(row: Mailbox) -> datetime | None:
    """When a folder was read, by what was written before there was a ledger."""
    return row.synced_at if row.last_uid and not row.trouble else None


def _unreadable(session: Session, row: Mailbox) -> tuple[UnreadUid, ...]:
    query = (
        select(MailboxUid.uid, MailboxUid.reason, MailboxUid.at)
        .where(MailboxUid.mailbox_id == row.id, MailboxUid.state == UidState.UNREADABLE)
        .order_by(col(MailboxUid.uid))
        .limit(_MOST_TOLD)
    )
    return tuple(UnreadUid(uid, reason, at) for uid, reason, at in session.exec(query).all())


def _mailbox(session: Session, name: str) -> Mailbox | None:
    return session.exec(select(Mailbox).where(Mailbox.name == name)).first()
