"""Mail in: each mail of some files read, understood, matched and recorded, in one transaction of its own."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlmodel import Session, col, select

from outreach import clock
from outreach.database import writing
from outreach.errors import Problem
from outreach.inbox.classify import classify
from outreach.inbox.effects import apply
from outreach.inbox.enclosures import files, page
from outreach.inbox.finding import Finding
from outreach.inbox.match import match, named_letters
from outreach.inbox.mime import parse
from outreach.inbox.sources import digest, find, oldest_first
from outreach.models import Attachment, MailKind, Message, Reply

Record = Callable[[Session, Message | None, Reply], None]
"""Called within the transaction for each mail that is not our own, with the letter it belongs to, if that is known."""
Progress = Callable[[int, int], None]
"""Called after each mail with the number done and the number of all."""

_CLOCKS_DIFFER = timedelta(days=1)
_BATCH = 50
_BATCH_BYTES = 16_000_000


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


class Tally:
    """Counts what becomes of mails while they are taken in."""

    def __init__(self) -> None:
        self.found = 0
        self._known = 0
        self._kinds: Counter[MailKind] = Counter()
        self._unmatched: list[Unmatched] = []
        self._problems: list[Problem] = []
        self._done = 0

    def expect(self, mails: int) -> None:
        """Note that so many more mails are there to take in."""
        self.found += mails

    def problem(self, one: Problem) -> None:
        """Note something that could not be read or taken in."""
        self._problems.append(one)

    def known(self) -> None:
        """Note a mail that was taken in before."""
        self._known += 1

    def taken(self, reply: Reply) -> None:
        """Note a mail that was new."""
        self._kinds[reply.kind] += 1
        if reply.message_id is None and not reply.ours:
            self._unmatched.append(_unmatched(reply))

    def step(self, progress: Progress | None) -> None:
        """Tell that one more mail is done."""
        self._done += 1
        if progress is not None:
            progress(self._done, max(self.found, self._done))

    def result(self) -> IngestResult:
        """Return what became of them all."""
        return IngestResult(self.found, self._known, dict(self._kinds), tuple(self._unmatched), tuple(self._problems))


def ingest(engine: Engine, paths: Iterable[Path], *, record: Record, progress: Progress | None = None) -> IngestResult:
    """Take in mail from files, folders, Maildirs and mbox files, the oldest first.

    For each mail, all or nothing: its Reply row, its delivery events, what they change, and what `record` does. A
    mail that was taken in before is passed over. One that can't be understood is kept as unreadable, and stops no
    other.

    Raises NotFoundError for a path that is not there, before anything is written.
    """
    items = oldest_first(find(paths))
    tally = Tally()
    tally.expect(len(items))
    batch: list[tuple[str, bytes]] = []
    for item in items:
        try:
            raw = item.read() if item.fault is None else b""
        except OSError as error:
            tally.problem(Problem(item.name, f"it can't be read: {error.strerror or error}", "Check who may read it."))
            continue
        if item.fault is not None:
            tally.problem(item.fault)
            continue
        batch.append((item.name, raw))
        if len(batch) >= _BATCH or sum(len(one) for _, one in batch) > _BATCH_BYTES:
            take_all(engine, batch, record=record, tally=tally, progress=progress)
            batch = []
    take_all(engine, batch, record=record, tally=tally, progress=progress)
    return tally.result()


def take_all(
    engine: Engine,
    mails: Sequence[tuple[str, bytes]],
    *,
    record: Record,
    tally: Tally,
    progress: Progress | None = None,
) -> None:
    """Take in some mails, each with its source, in one transaction; where one fails, each in one of its own."""
    understood = [(source, raw, digest(raw), classify(raw)) for source, raw in mails]  # before the database is locked
    try:
        taken = _take(engine, understood, record)
    except (OperationalError, InterfaceError):
        raise  # the database itself is at fault: the next mail would fare no better
    except Exception:  # noqa: BLE001  (one odd mail must not stop the processing of all the others)
        taken = [one for single in understood for one in _take_one(engine, single, record, tally)]
    for reply in taken:
        if reply is None:
            tally.known()
        else:
            tally.taken(reply)
        tally.step(progress)


_Understood = tuple[str, bytes, str, Finding]


def _take(engine: Engine, mails: Sequence[_Understood], record: Record) -> list[Reply | None]:
    """Take in some mails in one transaction; None for one that was taken in before."""
    if not mails:
        return []
    with writing(engine) as session:
        digests = [key for _source, _raw, key, _finding in mails]
        known = set(session.exec(select(Reply.digest).where(col(Reply.digest).in_(digests))).all())
        letters = named_letters(session, [finding for _source, _raw, key, finding in mails if key not in known])
        taken: list[Reply | None] = []
        for source, raw, key, finding in mails:
            taken.append(None if key in known else _keep(session, finding, raw, key, source, letters, record))
            known.add(key)
        return taken


def _take_one(engine: Engine, mail: _Understood, record: Record, tally: Tally) -> list[Reply | None]:
    """Take in one mail in a transaction of its own; as unreadable where that fails, so that it is not lost."""
    source, raw, key, _finding = mail
    try:
        return _take(engine, [mail], record)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:  # noqa: BLE001  (see take_all)
        what = f"it can't be understood ({type(error).__name__}: {error})"
        tally.problem(Problem(source, what, "It is kept as unreadable; the other mails were taken in."))
        return _take(engine, [(source, raw, key, Finding(MailKind.UNREADABLE))], record)


def _keep(
    session: Session,
    finding: Finding,
    raw: bytes,
    key: str,
    source: str,
    letters: Mapping[str, Message],
    record: Record,
) -> Reply:
    found = match(session, finding, letters)
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
        confidence=found.confidence,
        candidates=[
            {"message": one.message.id, "iso3": one.message.iso3, "subject": one.message.subject, "why": one.why}
            for one in found.candidates
        ],
        ours=found.ours,
        returns_on=finding.returns_on,
        raw=raw,
    )
    enclosed = parse(raw) if finding.kind in (MailKind.REPLY, MailKind.AUTO_REPLY) else None
    if enclosed is not None:
        reply.page = page(enclosed)
    session.add(reply)
    session.flush()
    if enclosed is not None:
        assert reply.id is not None
        session.add_all(Attachment(reply_id=reply.id, **asdict(one)) for one in files(enclosed))
    if not found.ours:
        if found.message is not None:
            apply(session, found.message, finding, reply, proved=found.proved)
        record(session, found.message, reply)
    return reply


def _received(date: datetime | None, now: datetime) -> datetime:
    """Return when a mail was written; a clock that runs ahead is not believed."""
    return date if date is not None and date <= now + _CLOCKS_DIFFER else now


def _unmatched(reply: Reply) -> Unmatched:
    return Unmatched(reply.source, reply.kind, reply.sender, reply.subject, reply.basis)
