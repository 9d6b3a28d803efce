"""The words of files that came before files were read: a few mails at a time, whenever mail is taken in."""

from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import Engine
from sqlmodel import col, select

from outreach.database import reading, writing
from outreach.inbox.enclosed.attached import read_files_of
from outreach.inbox.enclosed.enclosures import File
from outreach.inbox.enclosed.envelopes import opened
from outreach.inbox.mime_reader import parse
from outreach.models import Attachment, Reply
from outreach.vocabulary import FileKind

AT_A_TIME = 50
"""Mails."""
_BYTES_AT_A_TIME = 30_000_000


def read_earlier_files(engine: Engine) -> int:
    """Read the files of mails whose files nobody has read, the last that came first; return of how many mails.

    Nothing is proposed from them: what those mails said was gone through by people.
    """
    with reading(engine) as session:
        query = (
            select(Attachment.reply_id)
            .where(Attachment.kind == FileKind.UNREAD)
            .distinct()
            .order_by(col(Attachment.reply_id).desc())
            .limit(AT_A_TIME)
        )
        numbers = list(session.exec(query))
    for number, files in _files_of_each(engine, numbers):
        read = {one.sha256: one for one in files}
        with writing(engine) as session:
            for row in session.exec(select(Attachment).where(Attachment.reply_id == number)):
                found = read.get(row.sha256)
                row.kind, row.words = (found.kind, found.words) if found else (FileKind.OTHER, "")
                session.add(row)
    return len(numbers)


def _files_of_each(engine: Engine, numbers: Sequence[int]) -> Iterator[tuple[int, tuple[File, ...]]]:
    """Yield the files of each mail, read; some megabytes of mails at a time."""
    some: dict[int, bytes] = {}
    for place, number in enumerate(numbers, start=1):
        with reading(engine) as session:
            some[number] = session.get_one(Reply, number).raw
        if sum(map(len, some.values())) > _BYTES_AT_A_TIME or place == len(numbers):
            yield from zip(some, _files_of(some.values()), strict=True)
            some = {}


def _files_of(raws: Iterable[bytes]) -> list[tuple[File, ...]]:
    mails = [parse(raw) for raw in raws]
    read = iter(read_files_of([opened(mail) for mail in mails if mail is not None]))
    return [next(read) if mail is not None else () for mail in mails]
