"""Answers that came otherwise than by mail, recorded by a person, and the last change of a mission's row taken back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from outreach import clock
from outreach.actors import Actor
from outreach.campaigns.plan import get_campaign
from outreach.database import reading, writing
from outreach.errors import UserError
from outreach.models import Campaign, Response, ResponseChange
from outreach.people import audit
from outreach.responses.changes import changes_of, last_act, record_change, take_back
from outreach.responses.positions import mission_row, require_unchanged
from outreach.vocabulary import Act, Answer


class Way(StrEnum):
    """How an answer came that is no mail."""

    MEETING = "meeting"
    CALL = "call"
    LETTER = "letter"
    RECEIPT = "receipt"
    """No answer yet: the mission only confirmed that it has the letter."""


def record(
    engine: Engine, name: str, iso3: str, way: str, *, on: date | None = None, note: str = "", by: Actor
) -> Response:
    """Record that a mission answered in a meeting, a call or a paper letter, or confirmed receipt, on a day.

    The day is today unless told. Follow-ups stop as after a mail. Raises UserError for another way or a day to come,
    NotFoundError for a campaign, or a mission in it, that is not.
    """
    try:
        how = Way(way.strip().lower())
    except ValueError:
        raise UserError(
            "answer.way", "{way!r} is no way to answer.", way=way, known=", ".join(Way), remedy="Say one of: {known}."
        ) from None
    now = clock.now()
    with writing(engine) as session:
        campaign = get_campaign(session, name)
        response = mission_row(session, campaign, iso3)
        at = _moment(on, campaign, now)
        words = f"{how}{f' on {on.isoformat()}' if on else ''}{f': {note.strip()}' if note.strip() else ''}"
        answer = Answer.ACKNOWLEDGED if how is Way.RECEIPT else Answer.REPLIED
        record_change(session, response, "answer", response.answer, answer, note=words, who=by, at=now)
        response.answer = answer
        response.answered_at = at if response.answered_at is None else min(response.answered_at, at)
        response.note = note.strip() or response.note
        audit.record(session, by, Act.ANSWER_RECORDED, campaign=name, iso3=response.iso3, detail=how.value)
        return response


@dataclass(frozen=True, slots=True)
class RowChange:
    """One change of a mission's row."""

    at: datetime
    who: str
    field: str
    old: str
    new: str
    note: str
    mail: int | None
    """The mail that is its evidence."""
    taken_back: bool


def history(engine: Engine, name: str, iso3: str) -> list[RowChange]:
    """Return every change of a mission's row, the oldest first, those that were taken back among them."""
    with reading(engine) as session:
        return history_of(session, mission_row(session, get_campaign(session, name), iso3))


def history_of(session: Session, response: Response) -> list[RowChange]:
    """Return every change of a response, the oldest first, those that were taken back among them."""
    query = select(ResponseChange).where(ResponseChange.response_id == response.id).order_by(col(ResponseChange.id))
    return _told(session.exec(query).all())


def history_of_mission(session: Session, iso3: str) -> list[tuple[Campaign, RowChange]]:
    """Return every change of where a mission stands, over all campaigns, the latest first."""
    query = (
        select(ResponseChange, Campaign)
        .join(Response, col(Response.id) == col(ResponseChange.response_id))
        .join(Campaign, col(Campaign.id) == col(Response.campaign_id))
        .where(Response.iso3 == iso3)
        .order_by(col(ResponseChange.id).desc())
    )
    rows = session.exec(query).all()
    changes = _told([change for change, _ in rows])
    return [(campaign, change) for (_, campaign), change in zip(rows, changes, strict=True)]


def _told(rows: Sequence[ResponseChange]) -> list[RowChange]:
    gone = {one.undoes_id for one in rows}
    return [
        RowChange(one.at, one.who, one.field, one.old, one.new, one.note, one.reply_id, one.id in gone) for one in rows
    ]


def undo(engine: Engine, name: str, iso3: str, *, by: Actor, seen: str | None = None) -> ResponseChange:
    """Take back the last change of a mission's row that has not been taken back; both stay in the history.

    `seen` is the `version` of the row that the person looked at; None does not ask. Raises UserError where nothing is
    left to take back, ConflictError where the row was changed since it was seen: another's change is not taken back.
    """
    with writing(engine) as session:
        response = mission_row(session, get_campaign(session, name), iso3)
        found = last_act(changes_of(session, response))
        if not found:
            raise UserError(
                "answer.nothing-to-undo",
                "Nothing of {iso3} in {name} is left to take back.",
                iso3=response.iso3,
                name=name,
            )
        if seen is not None:
            require_unchanged(response, seen)
        fields = ", ".join(one.field for one in found[::-1])
        audit.record(session, by, Act.ANSWER_UNDONE, campaign=name, iso3=response.iso3, detail=fields)
        return [take_back(session, response, one, note=f"takes back: {one.note}", who=by) for one in found][-1]


def _moment(on: date | None, campaign: Campaign, now: datetime) -> datetime:
    if on is None:
        return now
    zone = clock.zone(campaign.time_zone)
    if on > now.astimezone(zone).date():
        raise UserError(
            "answer.to-come", "{on} is still to come.", on=on.isoformat(), remedy="Give the day on which it was."
        )
    return datetime.combine(on, time(12), zone)
