"""Answers as they come in by mail: the answer status of a mission, and the door's way to take mail in."""

import threading
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session, select

from outreach import clock
from outreach.inbox.effects import WHO
from outreach.inbox.ingest import IngestResult, Progress, ingest
from outreach.inbox.settle import settle as settle_mail
from outreach.models import Answer, MailKind, Message, Reply, Response
from outreach.responses.changes import record_change
from outreach.responses.suggest import suggest
from outreach.settings import Settings


def collect(engine: Engine, paths: Iterable[Path], *, progress: Progress | None = None) -> IngestResult:
    """Take mail in from files and folders (see outreach.inbox.ingest), and note who answered.

    Raises NotFoundError for a path that is not there, before anything is written.
    """
    return ingest(engine, paths, record=record_answer, progress=progress)


def sync(engine: Engine, settings: Settings, *, progress: Progress | None = None) -> IngestResult:
    """Take in what is new in the IMAP box (see outreach.inbox.imap), and note who answered."""
    from outreach.inbox.imap import sync as sync_box

    return sync_box(engine, settings, record=record_answer, progress=progress)


def watch(engine: Engine, settings: Settings, *, stop: threading.Event, told: Callable[[IngestResult], None]) -> None:
    """Take in mail from the IMAP box as it comes, until `stop` is set (see outreach.inbox.imap)."""
    from outreach.inbox.imap import watch as watch_box

    watch_box(engine, settings, record=record_answer, stop=stop, told=told)


def settle(engine: Engine, number: int, where: str, *, campaign: str | None = None, by: str) -> Reply:
    """Say to which mission's letter a mail belongs, or that it belongs to `none` (see outreach.inbox.settle)."""
    return settle_mail(engine, number, where, campaign=campaign, by=by, record=record_answer)


def record_answer(session: Session, message: Message | None, reply: Reply) -> None:
    """Note an answer to a letter and what its words propose, within the session's transaction.

    A person's answer makes the mission's status `replied`. An automatic one makes it `auto-reply` where there was
    none, and never takes anything back. What the words propose waits for a person: outreach.responses.suggest.
    """
    suggest(session, message, reply)
    if message is None or reply.kind not in (MailKind.REPLY, MailKind.AUTO_REPLY):
        return
    response = response_of(session, message.campaign_id, message.iso3)
    if reply.kind is MailKind.REPLY:
        response.answered_at = _earliest(response.answered_at, reply.received_at)
        _set_answer(session, response, Answer.REPLIED, reply)
    elif reply.kind is MailKind.AUTO_REPLY and response.answer is Answer.NONE:
        _set_answer(session, response, Answer.AUTO_REPLY, reply)
    session.add(response)
    session.flush()


def response_of(session: Session, campaign_id: int, iso3: str) -> Response:
    """Return the row of a mission in a campaign; a new one where a mission was written to that has none."""
    query = select(Response).where(Response.campaign_id == campaign_id, Response.iso3 == iso3)
    response = session.exec(query).one_or_none()
    if response is None:
        response = Response(campaign_id=campaign_id, iso3=iso3)
        session.add(response)
        session.flush()
    return response


def _set_answer(session: Session, response: Response, answer: Answer, reply: Reply) -> None:
    if response.answer is answer:
        return
    at, old = clock.now(), response.answer
    response.answer = answer
    record_change(session, response, "answer", old, answer, note=reply.basis, who=WHO, at=at, reply_id=reply.id)


def _earliest(known: datetime | None, new: datetime) -> datetime:
    return new if known is None else min(known, new)
