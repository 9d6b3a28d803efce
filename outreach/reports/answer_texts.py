"""The words that the missions wrote: each answer of a campaign, by mission and time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, cast

import sqlalchemy
from sqlalchemy import and_, func
from sqlmodel import Session, col

from outreach.catalogues import ENGLISH_TONGUE, Tongue, Word
from outreach.inbox.enclosed.attached import beginning
from outreach.inbox.meaning.stances import presents_itself
from outreach.missions.names import state_name
from outreach.models import Attachment, Campaign, Message, Mission, Reply, Response
from outreach.vocabulary import FileKind, MailKind, Position

_BEGINNING = 2_000
_SAID = {
    FileKind.SCAN: Word("file", "a scan"),
    FileKind.ENCRYPTED: Word("file", "encrypted"),
    FileKind.BROKEN: Word("file", "broken"),
    FileKind.REFUSED: Word("file", "not read"),
}


@dataclass(frozen=True, slots=True)
class AnswerText:
    """One mail that a mission, or its machine, wrote in answer to a letter."""

    iso3: str
    mission: str
    received_at: datetime
    """In UTC."""
    kind: MailKind
    """`reply` or `auto-reply`."""
    sender: str
    subject: str
    body: str
    """What the person wrote, without quotes and signature."""
    position: Position
    """Where the mission stands now."""
    attachments: str = ""
    """The names of the files that came with it, with what can't be read."""
    note: str = ""
    """The first lines of the note verbale among them, else of the first file that has words."""


def answers(session: Session, campaign: Campaign, say: Tongue = ENGLISH_TONGUE) -> Iterator[AnswerText]:
    """Yield each answer to a letter of a campaign, by mission and time. Read while the session is open."""
    files = _files(session, campaign, say)
    columns: tuple[Any, ...] = (
        Reply.id, Message.iso3, Mission.short_name, Reply.received_at, Reply.kind, Reply.sender, Reply.subject,
        Reply.body, Response.position,
    )  # fmt: skip
    query = (
        sqlalchemy.select(*columns)
        .select_from(Reply)
        .join(Message, col(Message.id) == col(Reply.message_id))
        .join(Mission, col(Mission.iso3) == col(Message.iso3))
        .outerjoin(
            Response,
            and_(col(Response.campaign_id) == col(Message.campaign_id), col(Response.iso3) == col(Message.iso3)),
        )
        .where(
            col(Message.campaign_id) == campaign.id,
            col(Reply.kind).in_([MailKind.REPLY, MailKind.AUTO_REPLY]),
        )
        .order_by(col(Message.iso3), col(Reply.received_at), col(Reply.id))
        .execution_options(yield_per=500)
    )
    for number, iso3, mission, at, kind, sender, subject, body, position in session.exec(cast("Any", query)):
        names, note = files.get(number, ("", ""))
        yield AnswerText(
            iso3,
            state_name(iso3, mission, say),
            at,
            kind,
            sender,
            subject,
            body,
            position or Position.UNKNOWN,
            attachments=names,
            note=note,
        )


def _files(session: Session, campaign: Campaign, say: Tongue) -> dict[int, tuple[str, str]]:
    """Return, by the mail's number, the names of what came with answers, and the first lines of a note."""
    columns: tuple[Any, ...] = (
        Attachment.reply_id,
        Attachment.name,
        Attachment.kind,
        func.substr(Attachment.words, 1, _BEGINNING),
    )
    query = (
        sqlalchemy.select(*columns)
        .select_from(Attachment)
        .join(Reply, col(Reply.id) == col(Attachment.reply_id))
        .join(Message, col(Message.id) == col(Reply.message_id))
        .where(col(Message.campaign_id) == campaign.id)
        .order_by(col(Attachment.reply_id), col(Attachment.id))
    )  # fmt: skip
    found: dict[int, tuple[str, str]] = {}
    rows = session.exec(cast("Any", query))
    for number, group in groupby(rows, key=lambda row: int(row[0])):
        names, papers = [], []
        for _, name, kind, words in group:
            names.append(f"{name} ({say.word(_SAID[kind])})" if kind in _SAID else str(name))
            papers.append(str(words))
        note = next((one for one in papers if one and presents_itself(one)), next(filter(None, papers), ""))
        found[number] = ", ".join(names), beginning(note)
    return found
