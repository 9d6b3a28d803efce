"""Missions: the directory to search and filter, and one mission over all campaigns."""

from typing import Any

from fastapi import APIRouter, Request, Response
from sqlmodel import Session, col, select

from outreach import clock
from outreach.errors import NotFoundError, OutreachError, UserError
from outreach.inbox.mail_list import incoming
from outreach.missions.notes import add_note, change_note, notes
from outreach.missions.roster import listing
from outreach.models import Campaign, Contact, Mission, Term
from outreach.models import Response as Stand
from outreach.responses.positions import latest_positions
from outreach.responses.recorded import history_of_mission
from outreach.text import folded
from outreach.vocabulary import Language
from outreach.web.access import GuardedRoute
from outreach.web.desk import actor, desk_of
from outreach.web.form_fields import Long, Number, Short
from outreach.web.render import go, is_part, page

router = APIRouter(route_class=GuardedRoute)


@router.get("/missions")
def missions_page(
    request: Request, q: str = "", group: str = "", language: str = "", council: str = "", position: str = ""
) -> Response:
    """The directory: each mission, its group, language, seat on the Council and contacts."""
    desk = desk_of(request)
    today = clock.now().astimezone(desk.settings.tz).date()
    found, latest = desk.read(
        ("missions", today), lambda session: (listing(session, [], [], today), latest_positions(session))
    )
    groups = sorted({row["group"] for row in found if row["group"]})
    shown = [
        row | {"position": latest.get(row["iso3"])}
        for row in found
        if _matches(row, folded(q))
        and (not group or row["group"] == group)
        and (not language or row["language"] == language)
        and (not council or (row["member_until"] is not None) == (council == "members"))
        and (not position or _word(latest.get(row["iso3"])) == position)
    ]
    template = "part_missions.html" if is_part(request) else "missions.html"
    return page(
        request, template, rows=shown, all=len(found), q=q, group=group, language=language, council=council,
        position=position, groups=groups, languages=list(Language), today=today,
    )  # fmt: skip


@router.get("/missions/{iso3}")
def mission_page(request: Request, iso3: str) -> Response:
    """One mission: its contacts, its terms, notes, and every letter, answer and position over all campaigns."""
    return _mission(request, iso3)


@router.post("/missions/{iso3}/notes")
def note_add(request: Request, iso3: str, text: Long = "") -> Response:
    """Write a note on a mission."""
    desk = desk_of(request)
    try:
        note = add_note(desk.engine, iso3, text, by=actor(request))
    except NotFoundError:
        raise
    except UserError as error:
        return _mission(request, iso3, error, text)
    return go(request, f"/missions/{note.iso3}#notes", "The note is kept.")


@router.post("/notes/{number}")
def note_change(request: Request, number: Number, text: Long = "", away: Short = "") -> Response:
    """Give a note another wording, or take it away. Whoever saw an older wording is told."""
    desk = desk_of(request)
    note = change_note(desk.engine, number, "" if away else text, by=actor(request))
    return go(request, f"/missions/{note.iso3}#notes", "The note is taken away." if away else "The note is kept.")


def _mission(request: Request, iso3: str, error: OutreachError | None = None, text: str = "") -> Response:
    desk = desk_of(request)
    found = desk.read(("mission", iso3), lambda session: _known_of(session, iso3.upper()))
    return page(request, "mission.html", 422 if error else 200, error=error, text=text, tz=desk.settings.tz, **found)


def _known_of(session: Session, code: str) -> dict[str, Any]:
    mission = session.get(Mission, code)
    if mission is None:
        raise NotFoundError(
            "mission.not-found", "{code} is not in the directory.", code=code, remedy="Search for it by name."
        )
    stands = (
        select(Stand, Campaign)
        .join(Campaign, col(Campaign.id) == col(Stand.campaign_id))
        .where(Stand.iso3 == code)
        .order_by(col(Campaign.id).desc())
    )
    return {
        "mission": mission,
        "contacts": session.exec(select(Contact).where(Contact.iso3 == code).order_by(col(Contact.id))).all(),
        "terms": session.exec(select(Term).where(Term.iso3 == code).order_by(col(Term.first_year).desc())).all(),
        "stands": session.exec(stands).all(),
        "answers": incoming(session, "all", iso3=code),
        "notes": notes(session, code),
        "changes": history_of_mission(session, code),
    }


def _word(position: Any) -> str:
    return "" if position is None else str(position)


def _matches(row: dict[str, Any], text: str) -> bool:
    if not text:
        return True
    fields = [row["iso3"], row["name"], row["formal_name"], row["group"], row["city"], *row["tags"]]
    fields += [words for contact in row["contacts"] for words in (contact["email"], contact["name"])]
    return any(text in folded(field) for field in fields)
