"""Mail in: each mail of some files read, understood, matched and recorded, in one transaction of its own."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlmodel import Session, select

from outreach import clock
from outreach.database import reading, writing
from outreach.errors import Problem
from outreach.inbox.classify import classify
from outreach.inbox.effects import apply
from outreach.inbox.finding import Finding
from outreach.inbox.match import match
from outreach.inbox.sources import digest, find, oldest_first
from outreach.models import MailKind, Message, Reply

Record = Callable[[Session, Message, Reply], None]
"""Called within the transaction for each answer, a person's or an automatic one, that belongs to a letter."""
Progress = Callable[[int, int], None]
"""Called after each mail with the number done and the number of all."""

_CLOCKS_DIFFER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Unmatched:
    """A mail that was taken in and belongs to no letter that we know."""

    source: str
    kind: MailKind
    sender: str
    subject: str
    basis: str


@dataclass(frozen=True, slots=True)
class IngestResult:
    """What became of the mails that were given."""

    found: int
    """How many mails there were."""
    known: int
    """How many of them had been taken in before."""
    kinds: Mapping[MailKind, int]
    """How many were new, by kind."""
    unmatched: tuple[Unmatched, ...]
    problems: tuple[Problem, ...]
    """What could not be read or taken in; everything else was."""

    @property
    def taken(self) -> int:
        """How many mails were new."""
        return sum(self.kinds.values())

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain values, as `inbox ingest --json` prints it."""
        return {
            "found": self.found,
            "known": self.known,
            "taken": self.taken,
            "kinds": {kind.value: count for kind, count in self.kinds.items()},
            "unmatched": [asdict(one) for one in self.unmatched],
            "problems": [asdict(one) for one in self.problems],
        }


@dataclass(frozen=True, slots=True)
class _Taken:
    reply: Reply
    matched: bool


def ingest(engine: Engine, paths: Iterable[Path], *, record: Record, progress: Progress | None = None) -> IngestResult:
    """Take in mail from files, folders, Maildirs and mbox files, the oldest first.

    Each mail is one transaction: its Reply row, its delivery events, what they change, and what `record` does.
    A mail that was taken in before is passed over. One that can't be taken in is reported, and stops no other.

    Raises NotFoundError for a path that is not there, before anything is written.
    """
    items = oldest_first(find(paths))
    problems: list[Problem] = []
    known = 0
    kinds: Counter[MailKind] = Counter()
    unmatched: list[Unmatched] = []
    for done, item in enumerate(items, start=1):
        if item.fault is not None:
            problems.append(item.fault)
            continue
        try:
            taken = take(engine, item.read(), source=item.name, record=record)
        except (OperationalError, InterfaceError):
            raise  # the database itself is at fault: the next mail would fare no better
        except Exception as error:  # noqa: BLE001  (one odd mail must not stop the processing of all the others)
            what = f"it can't be taken in ({type(error).__name__}: {error})"
            problems.append(Problem(item.name, what, "Nothing of it was recorded; the other mails were taken in."))
        else:
            if taken is None:
                known += 1
            else:
                kinds[taken.reply.kind] += 1
                unmatched += [] if taken.matched else [_unmatched(taken.reply)]
        if progress is not None:
            progress(done, len(items))
    return IngestResult(len(items), known, dict(kinds), tuple(unmatched), tuple(problems))


def take(engine: Engine, raw: bytes, *, source: str, record: Record) -> _Taken | None:
    """Take in one mail, in one transaction; returns None for one that was taken in before."""
    key = digest(raw)
    with reading(engine) as session:
        if _is_known(session, key):
            return None
    finding = classify(raw)  # the slow part, before the database is locked
    with writing(engine) as session:
        if _is_known(session, key):
            return None
        return _keep(session, finding, raw, key, source, record)


def _is_known(session: Session, key: str) -> bool:
    return session.exec(select(Reply.id).where(Reply.digest == key)).first() is not None


def _keep(session: Session, finding: Finding, raw: bytes, key: str, source: str, record: Record) -> _Taken:
    found = match(session, finding)
    now = clock.now()
    reply = Reply(
        digest=key,
        source=source.encode("utf-8", "replace").decode("utf-8"),
        received_at=_received(finding.date, now),
        ingested_at=now,
        kind=finding.kind,
        sender=finding.sender,
        subject=finding.subject,
        in_reply_to=finding.in_reply_to,
        body=finding.text,
        findings=[
            {
                "address": one.address,
                "status": one.status,
                "permanent": one.permanent,
                "diagnostic": one.diagnostic,
                "kind": one.kind.value,
            }
            for one in finding.recipients
        ],
        message_id=found.message.id if found.message else None,
        basis=found.basis,
        raw=raw,
    )
    session.add(reply)
    session.flush()
    apply(session, found, finding, reply)
    if found.message is not None and not found.ours and finding.kind in (MailKind.REPLY, MailKind.AUTO_REPLY):
        record(session, found.message, reply)
    return _Taken(reply, found.message is not None or found.ours)


def _received(date: datetime | None, now: datetime) -> datetime:
    """Return when a mail was written; a clock that runs ahead is not believed."""
    return date if date is not None and date <= now + _CLOCKS_DIFFER else now


def _unmatched(reply: Reply) -> Unmatched:
    return Unmatched(reply.source, reply.kind, reply.sender, reply.subject, reply.basis)
