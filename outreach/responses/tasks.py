"""Whose task a mission is in a campaign, and until when; and the same of several missions at once, with one undo."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from outreach import clock
from outreach.actors import Actor
from outreach.campaigns.plan import get_campaign
from outreach.database import reading, writing
from outreach.errors import ConflictError, NotFoundError, UserError
from outreach.models import Account, Campaign, Mission, Response, ResponseChange
from outreach.people import audit
from outreach.responses.changes import record_change, standing, take_back
from outreach.responses.positions import mission_row, parse_position, put_position, version
from outreach.text import counted
from outreach.vocabulary import Act

MOST_NOTE = 5_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be set of each mission; None leaves it as it is."""

    to: str | None = None
    """The login of who is to see to it; empty for nobody."""
    due: str | None = None
    """Until when, `2026-12-01`; empty for no day."""
    position: str | None = None
    note: str = ""
    """With a position: what was said, by whom."""


DONE = Wanted(to="", due="")
"""The task is done: it is nobody's any more."""


@dataclass(frozen=True, slots=True)
class SeveralSet:
    """What was set of several missions at once."""

    missions: tuple[str, ...]
    """Those of whom something changed."""
    version: str
    """Of each of them, since: by it the whole is taken back."""


@dataclass(frozen=True, slots=True)
class Task:
    """A mission that is somebody's task, or is due."""

    campaign: str
    number: int
    """The campaign's."""
    iso3: str
    mission: str
    login: str
    """Empty where it is nobody's."""
    name: str
    due_on: date | None
    zone: str
    """The campaign's, in which days begin and end."""

    @property
    def days_left(self) -> int | None:
        """How many days there are until then: 0 today, below that it is overdue; None where no day is set."""
        today = clock.now().astimezone(clock.zone(self.zone)).date()
        return (self.due_on - today).days if self.due_on is not None else None

    def as_dict(self) -> dict[str, object]:
        """Return it as `status --json` and `responses tasks --json` tell it."""
        return {
            "iso3": self.iso3, "to": self.login or None, "name": self.name or None,
            "due": self.due_on.isoformat() if self.due_on else None, "overdue": (self.days_left or 0) < 0,
        }  # fmt: skip


def set_several(
    engine: Engine, name: str, missions: Sequence[str], wanted: Wanted, *, by: Actor,
    seen: Mapping[str, str] | None = None,
) -> SeveralSet:  # fmt: skip
    """Set the task, the due day or the position of one or several missions of a campaign, in one transaction.

    `seen` is the `version` of each row that the person looked at, by ISO3; None does not ask. Raises UserError for
    a login, day or position that is none, NotFoundError for a campaign or mission that is not, ConflictError where a
    row was changed since it was seen: nothing at all is set then.
    """
    position = None if wanted.position is None else parse_position(wanted.position)
    if not missions or wanted == Wanted(note=wanted.note):
        raise UserError("several.nothing", "Nothing was chosen.", remedy="Tick missions, and say what is to be set.")
    if len(wanted.note) > MOST_NOTE:
        raise UserError(
            "note.over", "The note is longer than {most_note} characters.", most_note=MOST_NOTE, remedy="Shorten it."
        )
    at = clock.now()
    with writing(engine) as session:
        campaign = get_campaign(session, name)
        rows = [mission_row(session, campaign, iso3) for iso3 in dict.fromkeys(missions)]
        _require_as_seen(rows, seen)
        whose = None if wanted.to is None else _account(session, wanted.to)
        due = None if wanted.due is None else _day(wanted.due, campaign, at)
        changed = []
        for row in rows:
            before = row.changed_at
            if wanted.to is not None:
                _set(session, row, "assigned", _login(session, row), whose.login if whose else "", by, at)
                row.assigned_id = whose.id if whose else None
            if wanted.due is not None:
                _set(session, row, "due", str(row.due_on or ""), str(due or ""), by, at)
                row.due_on = due
            if position is not None:
                put_position(session, campaign, row.iso3, position, note=wanted.note.strip(), who=by, at=at)
            if row.changed_at != before:
                changed.append(row.iso3)
        if changed:
            _log(session, by, campaign, changed, _told(wanted, position))
        return SeveralSet(tuple(changed), at.isoformat())


def undo_several(engine: Engine, name: str, seen: str, *, by: Actor) -> list[str]:
    """Take back what was set of several missions at once, by the `version` that it gave them. Return the missions.

    Raises NotFoundError where there is none, ConflictError where one of them was changed since: then none is changed.
    """
    try:
        at = datetime.fromisoformat(seen)
    except ValueError:
        at = None
    with writing(engine) as session:
        campaign = get_campaign(session, name)
        of = (Response.campaign_id == campaign.id, ResponseChange.response_id == Response.id, ResponseChange.at == at)
        query = select(Response, ResponseChange).where(*of).order_by(col(ResponseChange.id).desc())
        found = list(session.exec(query)) if at is not None and at.tzinfo is not None else []
        there = standing([change for _, change in found])
        rows = {row.iso3: row for row, _ in found}
        if not there:
            raise NotFoundError("several.none", "There is nothing to take back.", remedy="Look at the history.")
        _require_as_seen(list(rows.values()), dict.fromkeys(rows, seen))
        by_number = {row.id: row for row in rows.values()}
        for change in there:
            take_back(session, by_number[change.response_id], change, note=f"takes back: {change.note}", who=by)
        codes = sorted(rows)
        audit.record(session, by, Act.SEVERAL_UNDONE, campaign=name, detail=", ".join(codes))
        return codes


def tasks(session: Session, campaigns: Sequence[int | None]) -> dict[int, list[Task]]:
    """Return the missions of some campaigns that are somebody's task, or due, by campaign: first what is due first."""
    query = (
        select(Response, Campaign, Mission.short_name, Account)
        .join(Campaign, col(Campaign.id) == col(Response.campaign_id))
        .join(Mission, col(Mission.iso3) == col(Response.iso3))
        .join(Account, col(Account.id) == col(Response.assigned_id), isouter=True)
        .where(
            col(Response.campaign_id).in_(campaigns),
            col(Response.assigned_id).is_not(None) | col(Response.due_on).is_not(None),
        )
        .order_by(col(Response.due_on).is_(None), col(Response.due_on), col(Response.iso3))
    )
    found: dict[int, list[Task]] = {}
    for row, campaign, mission, whose in session.exec(query):
        login, name = (whose.login, whose.name) if whose is not None else ("", "")
        found.setdefault(row.campaign_id, []).append(
            Task(campaign.name, row.campaign_id, row.iso3, mission, login, name, row.due_on, campaign.time_zone)
        )
    return found


def tasks_in(engine: Engine, name: str, login: str = "") -> list[Task]:
    """Return the tasks in a campaign, or those of one person; NotFoundError for a campaign that is not there."""
    with reading(engine) as session:
        number = get_campaign(session, name).id or 0
        return [one for one in tasks(session, [number]).get(number, []) if login in ("", one.login)]


def people(session: Session) -> list[Account]:
    """Return whose task a mission can be: everybody with an open account, by name."""
    return list(session.exec(select(Account).where(col(Account.active).is_(True)).order_by(Account.name)))


def _require_as_seen(rows: Sequence[Response], seen: Mapping[str, str] | None) -> None:
    others = [] if seen is None else [row for row in rows if seen.get(row.iso3) != version(row)]
    if others:
        raise ConflictError(
            "several.changed", "Somebody has changed {missions} meanwhile. Nothing was overwritten.",
            missions=", ".join(f"{row.iso3} ({row.changed_by})" if row.changed_by else row.iso3 for row in others),
            remedy="Look at what is there now, and decide.",
        )  # fmt: skip


def _account(session: Session, login: str) -> Account | None:
    wanted = login.strip().casefold()
    if not wanted:
        return None
    known = {one.login: one for one in people(session)}
    if wanted not in known:
        raise UserError(
            "task.nobody", "Nobody has the login {login!r}.", login=login.strip(), known=", ".join(known) or "–",
            remedy="Name one of these: {known}.",
        )  # fmt: skip
    return known[wanted]


def _login(session: Session, row: Response) -> str:
    account = session.get(Account, row.assigned_id) if row.assigned_id is not None else None
    return account.login if account is not None else ""


def _day(text: str, campaign: Campaign, now: datetime) -> date | None:
    if not text.strip():
        return None
    day = clock.parse_date(text.strip())
    if day < now.astimezone(clock.zone(campaign.time_zone)).date():
        raise UserError("task.past", "{day} is over.", day=day.isoformat(), remedy="Name a day that is still to come.")
    return day


def _set(session: Session, row: Response, field: str, old: str, new: str, by: Actor, at: datetime) -> None:
    if old != new:
        record_change(session, row, field, old, new, note="", who=by, at=at)


def _told(wanted: Wanted, position: str | None) -> str:
    parts = {"assigned": wanted.to, "due": wanted.due, "position": position}
    return "; ".join(f"{name}: {value or '–'}" for name, value in parts.items() if value is not None)


def _log(session: Session, by: Actor, campaign: Campaign, changed: Sequence[str], told: str) -> None:
    if len(changed) > 1:
        words = f"{counted(len(changed), 'mission')}: {', '.join(changed)}. {told}"
        audit.record(session, by, Act.SEVERAL_SET, campaign=campaign.name, detail=words)
    else:
        act = Act.POSITION_SET if told.startswith("position") else Act.TASK_SET
        audit.record(session, by, act, campaign=campaign.name, iso3=changed[0], detail=told)
