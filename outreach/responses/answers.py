"""Answers as they come in by mail: the answer status of a mission, and the door's way to take mail in."""

import threading
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from outreach import clock
from outreach.inbox.effects import WHO
from outreach.inbox.ingest import IngestResult, Progress, ingest
from outreach.inbox.settle import settle as settle_mail
from outreach.inbox.taken import Taken
from outreach.models import Answer, MailKind, Reply, Response
from outreach.responses.changes import record_change
from outreach.responses.suggest import suggest
from outreach.settings import Settings


def collect(engine: Engine, paths: Iterable[Path], *, progress: Progress | None = None) -> IngestResult:
    """Take mail in from files and folders (see outreach.inbox.ingest), and note who answered.

    Raises NotFoundError for a path that is not there, before anything is written.
    """
    return ingest(engine, paths, record=record_answers, progress=progress)


def sync(engine: Engine, settings: Settings, *, progress: Progress | None = None) -> IngestResult:
    """Take in what is new in the IMAP box (see outreach.inbox.imap), and note who answered."""
    from outreach.inbox.imap import sync as sync_box

    return sync_box(engine, settings, record=record_answers, progress=progress)


def watch(engine: Engine, settings: Settings, *, stop: threading.Event, told: Callable[[IngestResult], None]) -> None:
    """Take in mail from the IMAP box as it comes, until `stop` is set (see outreach.inbox.imap)."""
    from outreach.inbox.imap import watch as watch_box

    watch_box(engine, settings, record=record_answers, stop=stop, told=told)


def settle(engine: Engine, number: int, where: str, *, campaign: str | None = None, by: str) -> Reply:
    """Say to which mission's letter a mail belongs, or that it belongs to `none` (see outreach.inbox.settle)."""
    return settle_mail(engine, number, where, campaign=campaign, by=by, record=record_answers)


def record_answers(session: Session, mails: Sequence[Taken]) -> None:
    """Note the answers among some mails and what their words propose, within the session's transaction.

    A person's answer makes the mission's status `replied`. An automatic one makes it `auto-reply` where there was
    none, and never takes anything back. What the words propose waits for a person: outreach.responses.suggest.
    """
    suggest(session, mails)
    answers = [(one, one.letter) for one in mails if one.letter is not None and one.kind in _ANSWERS]
    responses = _responses(session, {letter.campaign_id for _mail, letter in answers})
    for mail, letter in answers:
        known = responses.get((letter.campaign_id, letter.iso3))
        if known is None or _changes(known, mail):
            response = response_of(session, letter.campaign_id, letter.iso3)
            _answered(session, response, mail)
            responses[letter.campaign_id, letter.iso3] = (response.answer, response.answered_at)
    session.flush()


_ANSWERS = {MailKind.REPLY: Answer.REPLIED, MailKind.AUTO_REPLY: Answer.AUTO_REPLY}
_Known = tuple[Answer, datetime | None]


def _responses(session: Session, campaigns: set[int]) -> dict[tuple[int, str], _Known]:
    if not campaigns:
        return {}
    query = select(Response.campaign_id, Response.iso3, Response.answer, Response.answered_at)
    rows = session.exec(query.where(col(Response.campaign_id).in_(campaigns))).all()
    return {(campaign, iso3): (answer, at) for campaign, iso3, answer, at in rows}


def _changes(known: _Known, mail: Taken) -> bool:
    """Tell whether an answer changes what is known; most come where one was before, and change nothing."""
    answer, at = known
    if mail.kind is MailKind.AUTO_REPLY:
        return answer is Answer.NONE
    return answer is not Answer.REPLIED or at is None or mail.received_at < at


def _answered(session: Session, response: Response, mail: Taken) -> None:
    if mail.kind is MailKind.REPLY:
        response.answered_at = _earliest(response.answered_at, mail.received_at)
    elif response.answer is not Answer.NONE:
        return
    old, new = response.answer, _ANSWERS[mail.kind]
    if new is not old:
        response.answer = new
        at = clock.now()
        record_change(session, response, "answer", old, new, note=mail.basis, who=WHO, at=at, reply_id=mail.id)
    session.add(response)


def response_of(session: Session, campaign_id: int, iso3: str) -> Response:
    """Return the row of a mission in a campaign; a new one where a mission was written to that has none."""
    query = select(Response).where(Response.campaign_id == campaign_id, Response.iso3 == iso3)
    response = session.exec(query).one_or_none()
    if response is None:
        response = Response(campaign_id=campaign_id, iso3=iso3)
        session.add(response)
        session.flush()
    return response


def _earliest(known: datetime | None, new: datetime) -> datetime:
    return new if known is None else min(known, new)
