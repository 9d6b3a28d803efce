"""Mail in, a batch of mails at a time: prepare (read, understand), match, record, act; a batch is one transaction.

What is asked of the database is asked once for a batch. A batch in which something fails is undone and taken in
mail by mail, so that one odd mail stops no other. A mail is known by its digest: killed in the middle and begun
again, nothing is lost and nothing counted twice.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, bindparam, func, insert, select
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlmodel import Session, col

from outreach import clock
from outreach.campaigns.return_path import probes_among
from outreach.database import writing
from outreach.errors import Problem
from outreach.inbox.effects import apply
from outreach.inbox.enclosed.attached_notes import with_its_notes
from outreach.inbox.finding import MailFinding
from outreach.inbox.helper import Helper
from outreach.inbox.known import KnownLetters, names_of, words_of
from outreach.inbox.match import Match, match
from outreach.inbox.prepare import Prepared, RawMail
from outreach.inbox.proof import SPEAKERS, Proof, certainty, weighed
from outreach.inbox.quoting.our_letter import without_letters
from outreach.inbox.quoting.passed_on import heard
from outreach.inbox.same_mail import Copies
from outreach.inbox.sources import Item, find, oldest_first
from outreach.inbox.stored import StoredMail, in_doubt, is_before
from outreach.models import Attachment, Reply
from outreach.statement import Row, Statement
from outreach.vocabulary import Answering, MailKind

Record = Callable[[Session, Sequence[StoredMail]], None]
"""Called once within the transaction of a batch, with its new mails that are not our own, in their order."""
Progress = Callable[[int, int], None]
"""Called after each mail with the number done and the number of all."""

_CLOCKS_DIFFER = timedelta(days=1)
BATCH = 400
"""So many mails are taken in in one transaction."""
BATCH_BYTES = 16_000_000
_MOST_QUOTED = 4
"""Of the letters that a mail may quote, so many are compared with it."""
_COLUMNS = (
    "digest", "source", "received_at", "ingested_at", "kind", "sender", "subject", "in_reply_to", "body", "findings",
    "message_id", "basis", "confidence", "candidates", "ours", "settled_by", "returns_on", "page", "raw", "sub_kind",
    "speaker", "counts", "same_key",
)  # fmt: skip
_KEEP = Statement(lambda _: insert(Reply).values({name: bindparam(name) for name in _COLUMNS}))
_FILE = ("reply_id", "name", "media_type", "size", "sha256", "kind", "words")
_KEEP_FILE = Statement(lambda _: insert(Attachment).values({name: bindparam(name) for name in _FILE}))
_LAST = Statement(lambda _: select(func.coalesce(func.max(Reply.id), 0).label("id")))
_SINCE = Statement(lambda _: select(col(Reply.id), col(Reply.digest)).where(col(Reply.id) > bindparam("last")))


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
            "problems": list(self.problems),
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

    def taken(self, mail: StoredMail) -> None:
        """Note a mail that was new."""
        self._kinds[mail.kind] += 1
        if mail.letter is None and not mail.ours:
            self._unmatched.append(_unmatched(mail))

    def step(self, progress: Progress | None) -> None:
        """Tell that one more mail is done."""
        self._done += 1
        if progress is not None:
            progress(self._done, max(self.found, self._done))

    def result(self) -> IngestResult:
        """Return what became of them all."""
        return IngestResult(self.found, self._known, dict(self._kinds), tuple(self._unmatched), tuple(self._problems))


def ingest(
    engine: Engine,
    paths: Iterable[Path],
    *,
    record: Record,
    progress: Progress | None = None,
    team: Collection[str] = (),
) -> IngestResult:
    """Take in mail from files, folders, Maildirs and mbox files, the oldest first.

    For each mail, all or nothing: its Reply row, its delivery events, what they change, and what `record` does. A
    mail that was taken in before is passed over. One that can't be understood is kept as unreadable, and stops no
    other.

    Raises NotFoundError for a path that is not there, before anything is written.
    """
    items = oldest_first(find(paths))
    tally = Tally()
    tally.expect(len(items))
    with Helper(len(items)) as helper:
        for batch in helper.in_turn(_batches(items, tally)):
            take_all(engine, batch, record=record, tally=tally, progress=progress, team=team)
    return tally.result()


def _batches(items: Iterable[Item], tally: Tally) -> Iterator[list[RawMail]]:
    """Yield the mails in batches of a bounded size; note those that can't be read."""
    batch: list[RawMail] = []
    size = 0
    for item in items:
        try:
            raw = item.read() if item.fault is None else b""
        except OSError as error:
            tally.problem(
                Problem(
                    "mail.not-readable",
                    "it can't be read: {error}",
                    error=error.strerror or error,
                    where=item.name,
                    remedy="Check who may read it.",
                )
            )
            continue
        if item.fault is not None:
            tally.problem(item.fault)
            continue
        batch.append(RawMail(item.name, raw))
        size += len(raw)
        if len(batch) >= BATCH or size > BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def take_all(
    engine: Engine,
    prepared: Sequence[Prepared],
    *,
    record: Record,
    tally: Tally,
    progress: Progress | None = None,
    also: Callable[[Session], None] | None = None,
    team: Collection[str] = (),
) -> None:
    """Take in some mails in one transaction; where one fails, each in one of its own.

    `also` is done in the same transaction, or in one of its own after the last mail: such as noting how far it came.
    """
    if not prepared and also is None:
        return
    try:
        with writing(engine) as session:
            taken = _take(session, prepared, record, team)
            if also is not None:
                also(session)
    except (OperationalError, InterfaceError):
        raise  # the database itself is at fault: the next mail would fare no better
    except Exception:  # noqa: BLE001  (one odd mail must not stop the processing of all the others)
        taken = [one for single in prepared for one in _take_one(engine, single, record, tally, team)]
        if also is not None:
            with writing(engine) as session:
                also(session)
    for one in taken:
        tally.taken(one)
    for _ in range(len(prepared) - len(taken)):
        tally.known()
    for _ in prepared:
        tally.step(progress)


def _take(session: Session, mails: Sequence[Prepared], record: Record, team: Collection[str]) -> list[StoredMail]:
    """Take in some mails within a transaction: match, record, act. Those taken in before are left out."""
    # What tests a return address is no mail to anybody: the reading of the box notes that it is back.
    probes = probes_among(session, (one.finding.message_id for one in mails))
    copies = Copies(session, [one for one in mails if one.finding.message_id not in probes])
    known = KnownLetters(session, [one.finding for one in copies.new], team)
    found = [(one, match(one.finding, known)) for one in copies.new]
    found = [(one, about) for one, about in found if not one.is_junk or _concerns_us(about)]
    new = [one for one, _about in found]
    matches = [about for _one, about in found]
    taken = _record(session, _without_our_words(session, new, matches, known), matches, copies.keys)
    copies.recorded({one.digest: stored.id for one, stored in zip(new, taken, strict=True)})
    apply(session, [one for one in taken if not one.ours])
    record(session, [one for one in taken if not one.ours])
    return taken


def _without_our_words(
    session: Session, mails: Sequence[Prepared], matches: Sequence[Match], known: KnownLetters
) -> list[Prepared]:
    """Return the mails, people's answers without our words in them, and forwards with what the mission itself says."""
    about = [_may_quote(one.finding, found, known) for one, found in zip(mails, matches, strict=True)]
    words = words_of(session, (number for some in about for number in some))
    return [
        _of_the_mission(one, found, known, [words[number] for number in some if number in words])
        for one, found, some in zip(mails, matches, about, strict=True)
    ]


def _of_the_mission(mail: Prepared, found: Match, known: KnownLetters, letters: Sequence[str]) -> Prepared:
    if mail.finding.kind is not MailKind.REPLY or found.ours:
        return mail
    finding = without_letters(mail.finding, mail.whole, letters) if letters else mail.finding
    finding = heard(finding, found.letter.iso3 if found.letter else "", known)
    return mail._replace(finding=with_its_notes(finding, mail.files, letters) if letters else finding)


def _may_quote(finding: MailFinding, found: Match, known: KnownLetters) -> list[int]:
    """Return the numbers of the letters that a mail may quote: the one it answers, and those that it names."""
    if finding.kind is not MailKind.REPLY or found.ours:
        return []
    letters = [found.letter, *(one.letter for one in found.candidates)]
    letters += [known.named.get(name) for name in names_of(finding)]
    return list(dict.fromkeys(one.id for one in letters if one is not None))[:_MOST_QUOTED]


def _concerns_us(about: Match) -> bool:
    """Whether a mail that lay among the spam names a letter, or somebody whom we wrote to."""
    return about.letter is not None or bool(about.candidates) or about.ours


def _record(
    session: Session, mails: Sequence[Prepared], matches: Sequence[Match], keys: Mapping[str, str]
) -> list[StoredMail]:
    """Keep some mails and what came with them; `keys` is what their copies have, by digest (see same_mail)."""
    if not mails:
        return []
    now = clock.now()
    connection = session.connection()
    last = _LAST.rows(connection)[0]["id"]
    rows = [_row(one, found, now, keys[one.digest]) for one, found in zip(mails, matches, strict=True)]
    _KEEP.run(connection, rows, {"ingested_at": now, "settled_by": ""})
    numbers = {row["digest"]: row["id"] for row in _SINCE.rows(connection, last=last)}
    attachments = [{"reply_id": numbers[one.digest], **file._asdict()} for one in mails for file in one.files]
    if attachments:
        _KEEP_FILE.run(connection, attachments)
    return [
        StoredMail(
            numbers[one.digest], one.source, _received(one.finding.date, now), now, one.finding, found.letter,
            found.basis, found.proved, found.ours, found.confidence, found.speaker, tuple(found.candidates),
        )
        for one, found in zip(mails, matches, strict=True)
    ]  # fmt: skip


def _row(mail: Prepared, found: Match, now: datetime, key: str) -> Row:
    finding = mail.finding
    return {
        "digest": mail.digest,
        "source": mail.source,
        "received_at": _received(finding.date, now),
        "kind": finding.kind,
        "sender": finding.sender,
        "subject": finding.subject,
        "in_reply_to": finding.in_reply_to,
        "body": finding.text,
        "findings": [
            {
                "address": one.address, "status": one.status, "permanent": one.permanent,
                "diagnostic": one.diagnostic, "kind": one.kind.value,
            }
            for one in finding.recipients
        ],
        "message_id": found.letter.id if found.letter else None,
        "basis": found.basis,
        "confidence": found.confidence,
        "candidates": kept_candidates(found),
        "ours": found.ours,
        "sub_kind": finding.sub_kind,
        "speaker": found.speaker,
        "counts": _counts(finding, found),
        "returns_on": finding.returns_on,
        "page": mail.page,
        "raw": mail.raw,
        "same_key": key,
    }  # fmt: skip


def kept_candidates(found: Match) -> list[dict[str, Any]]:
    """Return the letters that a mail may belong to as they are kept with it."""
    return [
        {"message": one.letter.id, "iso3": one.letter.iso3, "subject": one.letter.subject, "why": one.why}
        for one in found.candidates
    ]


def _counts(finding: MailFinding, found: Match) -> Answering:
    """Tell whether a mail counts as its mission's answer; one of ours, or of no letter, does not."""
    if found.letter is None or found.ours:
        return Answering.NO
    counts = weighed(finding.counts, Proof(certainty(found.confidence), SPEAKERS[found.speaker]))
    return in_doubt(counts) if is_before(finding, found.letter) else counts


def _take_one(engine: Engine, mail: Prepared, record: Record, tally: Tally, team: Collection[str]) -> list[StoredMail]:
    """Take in one mail in a transaction of its own; as unreadable where that fails, so that it is not lost."""
    try:
        with writing(engine) as session:
            return _take(session, [mail], record, team)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:  # noqa: BLE001  (see take_all)
        tally.problem(
            Problem(
                "mail.odd",
                "it can't be understood ({kind}: {error})",
                kind=type(error).__name__,
                error=error,
                where=mail.source,
                remedy="It is kept as unreadable; the other mails were taken in.",
            )
        )
        odd = Prepared(mail.source, mail.raw, mail.digest, MailFinding(MailKind.UNREADABLE))
        with writing(engine) as session:
            return _take(session, [odd], record, team)


def _received(date: datetime | None, now: datetime) -> datetime:
    """Return when a mail was written; a clock that runs ahead is not believed."""
    return date if date is not None and date <= now + _CLOCKS_DIFFER else now


def _unmatched(mail: StoredMail) -> Unmatched:
    return Unmatched(mail.source, mail.kind, mail.finding.sender, mail.finding.subject, mail.basis)
