"""A mail to hand: all of what it holds to read, its files to save, and every mail to search.

All of it is read from the mail as it came, and the words of its files from where they were kept. A file is given as
bytes and never opened; the names that mails give are made harmless, and nothing that lies in a folder is written over.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, select

from outreach.errors import NotFoundError, UserError
from outreach.inbox.enclosed.enclosures import File, contents
from outreach.inbox.enclosed.envelopes import opened
from outreach.inbox.mail_list import Incoming, attachments_of, listing, mail_numbered, suggestions_of
from outreach.inbox.meaning.meetings import Meeting, meeting
from outreach.inbox.mime_reader import MimePart, parse
from outreach.inbox.quoting.forwards import forward
from outreach.inbox.read import body_text, sealed
from outreach.inbox.same_mail import ways_of
from outreach.models import Attachment, Campaign, Message, Reply, Suggestion
from outreach.text import folded

_LONGEST_NAME = 120
_UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]+')
# Names that Windows keeps for devices, whatever stands behind the dot.
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)
_MOST_OF_A_NAME = 1_000
_AT_A_TIME = 100
_NO_FILES: tuple[int, Iterator[Any]] = (0, iter(()))


@dataclass(frozen=True, slots=True)
class Proposing:
    """What a mail proposes, and what a person said of it."""

    id: int
    kind: str
    value: str
    evidence: str
    accepted: bool | None


@dataclass(frozen=True, slots=True)
class MailToHand:
    """One mail, as a person reads it."""

    id: int
    received_at: datetime
    kind: str
    sub_kind: str
    counts_as_answer: str
    sender: str
    subject: str
    iso3: str
    """The mission whose letter it belongs to; empty where none is known."""
    campaign: str
    basis: str
    text: str
    """What its writer wrote."""
    whole: str
    """All of its text, with what it quotes."""
    seals: tuple[str, ...]
    """What lies around its words: that it is signed, packed or encrypted."""
    meeting: Meeting | None
    """The meeting that it offers."""
    writer: str
    """Of a forward: the address of whoever wrote what is passed on; else empty."""
    attachments: tuple[File, ...]
    proposals: tuple[Proposing, ...]
    sources: tuple[str, ...]
    """By which ways it came: files, or a box's folder and UID; the one that it was taken in by first."""

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain values, as `inbox show --json` prints it."""
        return asdict(self) | {"attachments": [one._asdict() for one in self.attachments]}


def mail_to_hand(
    session: Session,
    number: int,
    *,
    attachments: Sequence[Attachment] | None = None,
    suggestions: Sequence[Suggestion] | None = None,
) -> MailToHand:
    """Return one mail, with all that it holds; its attachments and proposals are read unless they are given.

    Raises NotFoundError.
    """
    reply = mail_numbered(session, number)
    message = session.get(Message, reply.message_id) if reply.message_id is not None else None
    campaign = session.get(Campaign, message.campaign_id) if message is not None else None
    mail = _parts(reply.raw)
    assert reply.id is not None
    return MailToHand(
        reply.id, reply.received_at, reply.kind, reply.sub_kind or "", reply.counts, reply.sender, reply.subject,
        message.iso3 if message else "", campaign.name if campaign else "", reply.basis, reply.body,
        body_text(mail) if mail else "", tuple(map(str, sealed(mail))) if mail else (), meeting(mail) if mail else None,
        _original_writer(mail, reply.subject) if mail else "",
        _files(attachments_of(session, reply) if attachments is None else attachments, mail) if mail else (),
        tuple(
            Proposing(one.id or 0, one.kind, one.value, one.evidence, one.accepted)
            for one in (suggestions_of(session, reply) if suggestions is None else suggestions)
        ),
        tuple(dict.fromkeys([reply.source, *ways_of(session, [reply.id]).get(reply.id, [])])),
    )  # fmt: skip


def _original_writer(mail: MimePart, subject: str) -> str:
    passed_on = forward(mail, subject)
    return passed_on.writer if passed_on is not None else ""


def _files(attachments: Iterable[Attachment], mail: MimePart) -> tuple[File, ...]:
    """Return the files of a mail, with the words that were kept when it was taken in."""
    read = {one.sha256: one for one in attachments}
    return tuple(
        file._replace(kind=read[file.sha256].kind, words=read[file.sha256].words) if file.sha256 in read else file
        for file, _ in contents(mail)
    )


def _parts(raw: bytes) -> MimePart | None:
    mail = parse(raw)
    return opened(mail) if mail is not None else None


def file_of(session: Session, number: int, attachment: int) -> tuple[str, bytes]:
    """Return the safe name and the bytes of a file that came with a mail, by its row. Raises NotFoundError."""
    reply = mail_numbered(session, number)
    row = session.get(Attachment, attachment)
    if row is not None and row.reply_id == reply.id:
        for mail in (parse(reply.raw), _parts(reply.raw)):  # as it came, and as it is opened today
            for file, content in contents(mail) if mail is not None else ():
                if file.sha256 == row.sha256:
                    return safe_name(file.name, f"attachment-{attachment}"), content
    raise NotFoundError("mail.no-file", "There is no such file with mail {number}.", number=number)


def save(session: Session, number: int, out: Path, *, attachment: int | None = None) -> list[Path]:
    """Write a mail as it came (`mail-NUMBER.eml`) and each of its files into a folder; return where they lie.

    With `attachment`, its place from 1 on, that file alone. A name that is taken gets a number.
    Raises NotFoundError for a mail or a file that is not, UserError for a folder that can't be written to.
    """
    reply = mail_numbered(session, number)
    mail = _parts(reply.raw)
    files = [(safe_name(file.name, "attachment"), content) for file, content in contents(mail)] if mail else []
    if attachment is not None and not 1 <= attachment <= len(files):
        raise NotFoundError(
            "mail.no-file-numbered",
            "Mail {number} has no attachment {place}; it has {files}.",
            number=number,
            place=attachment,
            files=len(files),
            remedy="See what came with it.",
        )
    if reply.erased_at is not None:
        raise NotFoundError(
            "mail.erased-file", "The words of mail {number} were erased: nothing is left to save.", number=number
        )
    wanted = [(f"mail-{number}.eml", reply.raw), *files] if attachment is None else [files[attachment - 1]]
    try:
        out.mkdir(parents=True, exist_ok=True)
        return [_written(out, name, content) for name, content in wanted]
    except OSError as error:
        raise UserError(
            "folder.not-written",
            "{folder} can't be written: {error}.",
            folder=out,
            error=error.strerror or error,
            remedy="Name another folder{OUT}.",
        ) from None


def _written(folder: Path, name: str, content: bytes) -> Path:
    stem, dot, end = name.rpartition(".")
    for place in range(1, _MOST_OF_A_NAME):
        numbered = name if place == 1 else f"{stem} ({place}).{end}" if dot and stem else f"{name} ({place})"
        path = folder / numbered
        try:
            with path.open("xb") as file:
                file.write(content)
        except FileExistsError:
            continue
        return path
    raise FileExistsError(17, "there are too many files of that name", str(folder / name))


def safe_name(name: str, otherwise: str) -> str:
    """Return a name that a file may bear on any system and that leads nowhere, as much of it as can stay."""
    plain = _UNSAFE.sub("_", unicodedata.normalize("NFC", name)).strip(" .")
    if len(plain) > _LONGEST_NAME:
        stem, dot, end = plain.rpartition(".")
        plain = f"{stem[: _LONGEST_NAME - len(end) - 1]}.{end}" if dot and len(end) <= 10 else plain[:_LONGEST_NAME]
    if not plain.strip("_"):
        return otherwise
    return f"_{plain}" if _DEVICES.fullmatch(plain) else plain


def search(session: Session, words: str, *, most: int = 50) -> list[Incoming]:
    """Return the mails in which all of these words stand, the last first: in text, subject, sender, or its files.

    Case, accents and punctuation do not matter; the beginning of a word is enough. Our own mails are left out.
    Raises UserError where nothing is asked for.
    """
    wanted = folded(words).split()
    if not wanted:
        raise UserError("inbox.no-words", "There is nothing to search for.", remedy="Give a word or several.")
    found: list[int] = []
    for number, text in _texts(session):
        if all(f" {one}" in text for one in wanted):
            found.append(number)
            if len(found) >= most:
                break
    return listing(session, found)


def _texts(session: Session) -> Iterator[tuple[int, str]]:
    """Yield each mail's number and words, the last first; of all there is, a few at a time are held."""
    files = groupby(
        session.exec(
            select(Attachment.reply_id, Attachment.name, Attachment.words)
            .order_by(col(Attachment.reply_id).desc())
            .execution_options(yield_per=_AT_A_TIME)
        ),
        key=lambda row: row[0],
    )
    of, with_it = next(files, _NO_FILES)
    query = (
        select(Reply.id, Reply.subject, Reply.sender, Reply.body)
        .where(col(Reply.ours).is_(False))
        .order_by(col(Reply.id).desc())
        .execution_options(yield_per=_AT_A_TIME)
    )
    for row, subject, sender, body in session.exec(query):
        number = int(row or 0)
        while of > number:
            of, with_it = next(files, _NO_FILES)
        said = [text for _, name, words in with_it for text in (name, words)] if of == number else []
        yield number, " " + folded(" ".join((subject, sender, body, *said)))
