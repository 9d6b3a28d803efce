"""Missions: the directory to search and filter, and one mission over all campaigns."""

from typing import Any

from fastapi import APIRouter, Request, Response
from sqlmodel import col, select

from outreach import clock
from outreach.database import reading
from outreach.errors import NotFoundError
from outreach.inbox.listing import incoming
from outreach.missions.listing import listing
from outreach.models import Campaign, Contact, Language, Mission, Term
from outreach.models import Response as Stand
from outreach.responses.positions import latest_positions
from outreach.text import folded
from outreach.web.access import GuardedRoute
from outreach.web.desk import desk_of
from outreach.web.render import is_part, page

router = APIRouter(route_class=GuardedRoute)


@router.get("/missions")
def missions_page(
    request: Request, q: str = "", group: str = "", language: str = "", council: str = "", position: str = ""
) -> Response:
    """The directory: each mission, its group, language, seat on the Council and contacts."""
    desk = desk_of(request)
    today = clock.now().astimezone(desk.settings.tz).date()
    with reading(desk.engine) as session:
        found = listing(session, [], [], today)
        latest = latest_positions(session)
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
    """One mission: its contacts, its terms, and every letter, answer and position over all campaigns."""
    desk = desk_of(request)
    with reading(desk.engine) as session:
        mission = session.get(Mission, iso3.upper())
        if mission is None:
            raise NotFoundError(f"{iso3.upper()} is not in the directory.", cure="Search for it by name.")
        code = mission.iso3
        contacts = session.exec(select(Contact).where(Contact.iso3 == code).order_by(col(Contact.id))).all()
        terms = session.exec(select(Term).where(Term.iso3 == code).order_by(col(Term.first_year).desc())).all()
        stands = session.exec(
            select(Stand, Campaign)
            .join(Campaign, col(Campaign.id) == col(Stand.campaign_id))
            .where(Stand.iso3 == code)
            .order_by(col(Campaign.id).desc())
        ).all()
        answers = incoming(session, "all", iso3=code)
    return page(
        request, "mission.html", mission=mission, contacts=contacts, terms=terms, stands=stands, answers=answers,
        tz=desk.settings.tz,
    )  # fmt: skip


def _word(position: Any) -> str:
    return "" if position is None else str(position)


def _matches(row: dict[str, Any], text: str) -> bool:
    if not text:
        return True
    fields = [row["iso3"], row["name"], row["formal_name"], row["group"], row["city"], *row["tags"]]
    fields += [words for contact in row["contacts"] for words in (contact["email"], contact["name"])]
    return any(text in folded(field) for field in fields)
