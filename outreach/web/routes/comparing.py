"""Campaigns side by side: where each mission stood in each, on a page and as a file."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from outreach.campaigns.plan import campaign_numbered, campaigns
from outreach.database import reading
from outreach.errors import UserError
from outreach.reports.compare import MOST, compare
from outreach.reports.comparison import report_side_by_side
from outreach.web.access import GuardedRoute
from outreach.web.desk import desk_of
from outreach.web.downloads import download
from outreach.web.render import page

router = APIRouter(route_class=GuardedRoute)
Numbers = Annotated[list[Annotated[int, Query(ge=0, le=2**31 - 1)]] | None, Query(max_length=100)]
_AT_FIRST = 3


@router.get("/compare")
def compare_page(request: Request, c: Numbers = None, moved: bool = False) -> Response:
    """Where each mission stood in several campaigns; without a choice, in the latest first letters."""
    with reading(desk_of(request).engine) as session:
        every = campaigns(session)
        first_letters = [one for one in every if one.follows_id is None]
        chosen = [campaign_numbered(session, number) for number in dict.fromkeys(c or ())] or first_letters[:_AT_FIRST]
        chosen.sort(key=lambda one: (one.as_of, one.id or 0))
        rows = compare(session, chosen)
    return page(
        request, "compare.html", every=every, chosen=chosen, numbers=[one.id for one in chosen], most=MOST,
        rows=[row for row in rows if row.moved or not moved], all=len(rows), moved=moved,
    )  # fmt: skip


@router.get("/compare.xlsx")
def compare_file(request: Request, c: Numbers = None) -> Response:
    """The same as a workbook."""
    desk = desk_of(request)
    if not c:
        raise UserError(
            "compare.none", "No campaign is chosen.", remedy="Choose some, and take the workbook from there."
        )
    with reading(desk.engine) as session:
        names = [campaign_numbered(session, number).name for number in dict.fromkeys(c)]
    if len(names) > MOST:
        raise UserError(
            "compare.too-many",
            "{count} campaigns don't fit beside each other.",
            count=len(names),
            most=MOST,
            remedy="Choose {most} at most.",
        )
    return download(request, "campaigns-compared", "xlsx", lambda out: report_side_by_side(desk.engine, names, out))
