"""The one place where a mail's or a person's word on a response is written into its history, and taken back."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import Connection, bindparam, insert, update
from sqlmodel import Session, col, select

from outreach import clock
from outreach.actors import Actor
from outreach.models import Account, Response, ResponseChange
from outreach.statement import Row, Statement
from outreach.vocabulary import ANSWERED, ActorKind, Answer, Position, Vote

TASK_FIELDS = ("assigned", "due")
"""Whose task a mission is, by login, and until when: what tells nothing of where it stands."""


def record_change(
    session: Session,
    response: Response,
    field: str,
    old: str,
    new: str,
    *,
    note: str,
    who: Actor,
    at: datetime,
    reply_id: int | None = None,
) -> ResponseChange:
    """Keep a change of one field, by whom and when (UTC), in the session's transaction; the caller sets the field."""
    assert response.id is not None
    change = ResponseChange(
        response_id=response.id, at=at, who=who.name, actor_kind=who.kind, field=field, old=old, new=new, note=note,
        reply_id=reply_id,
    )  # fmt: skip
    response.changed_at, response.changed_by = at, who.name
    session.add(change)
    session.add(response)
    return change


def record_answers_told(connection: Connection, rows: Sequence[Row], *, who: str, at: datetime) -> None:
    """Set the answers that mails tell, and keep the changes, by whom and when (UTC), in the transaction.

    Each row is the response's number, the answer before and after, a note, and the number of the mail.
    """
    shared = {"at": at, "who": who, "actor_kind": ActorKind.PROGRAM, "field": "answer"}
    _KEEP.run(connection, rows, shared)
    _ANSWER.run(connection, rows, shared)


_COLUMNS = ("response_id", "at", "who", "actor_kind", "field", "old", "new", "note", "reply_id")
_KEEP = Statement(lambda _: insert(ResponseChange).values({name: bindparam(name) for name in _COLUMNS}))
_ANSWER = Statement(
    lambda _: (
        update(Response)
        .where(col(Response.id) == bindparam("response_id"))
        .values(answer=bindparam("new"), changed_at=bindparam("at"), changed_by=bindparam("who"))
    )
)


def changes_of(session: Session, response: Response) -> list[ResponseChange]:
    """Return every change of a response, the latest first."""
    query = select(ResponseChange).where(ResponseChange.response_id == response.id)
    return list(session.exec(query.order_by(col(ResponseChange.id).desc())).all())


def standing(history: list[ResponseChange]) -> list[ResponseChange]:
    """Return the changes that were not taken back, without those that took one back."""
    gone = {one.undoes_id for one in history}
    return [one for one in history if one.undoes_id is None and one.id not in gone]


def last_act(history: list[ResponseChange]) -> list[ResponseChange]:
    """Return the last change that stands, with what else was said of the task at that moment."""
    left = standing(history)
    task = left and left[0].field in TASK_FIELDS
    return [one for one in left if one.at == left[0].at and one.field in TASK_FIELDS] if task else left[:1]


def last_standing(
    session: Session, response: Response, field: str, *, by_mail: bool | None = None
) -> ResponseChange | None:
    """Return the latest change of a field that was not taken back; `by_mail` asks for those a mail is evidence of."""
    left = [one for one in standing(changes_of(session, response)) if one.field == field]
    return next((one for one in left if by_mail is None or (one.reply_id is not None) is by_mail), None)


def take_back(session: Session, response: Response, change: ResponseChange, *, note: str, who: Actor) -> ResponseChange:
    """Give a response the value that it had before a change; both stay in the history."""
    back = record_change(
        session, response, change.field, change.new, change.old, note=note, who=who, at=clock.now(),
        reply_id=change.reply_id,
    )  # fmt: skip
    back.undoes_id = change.id
    if change.field == "position":
        left = [one for one in standing(changes_of(session, response)) if one is not change and one.id != change.id]
        response.position = Position(change.old)
        if change.note and response.note == change.note:  # the note came with it, as what came from a sheet does not
            response.note = next(
                (
                    one.new if one.field == "note" else one.note
                    for one in left
                    if one.field == "note" or (one.field == "position" and one.note)
                ),
                "",
            )
    elif change.field == "vote":
        response.vote = Vote(change.old) if change.old else None
    elif change.field == "note":
        response.note = change.old
    elif change.field == "assigned":
        response.assigned_id = session.exec(select(Account.id).where(Account.login == change.old)).first()
    elif change.field == "due":
        response.due_on = date.fromisoformat(change.old) if change.old else None
    elif change.field != "how":
        response.answer = Answer(change.old)
        if response.answer not in ANSWERED:
            response.answered_at = None
    session.add(response)
    return back
