"""Work on missions in a campaign: whose task each is, comments, the same of several at once, and what if."""

from typing import Any

from fastapi import APIRouter, Request, Response
from sqlmodel import Session

from outreach.campaigns.plan import campaign_numbered
from outreach.catalogues import Tongue
from outreach.database import reading
from outreach.reports.council import Seat, seats, supposed
from outreach.reports.table import rows
from outreach.responses.comments import comment, see_mention, withdraw_comment
from outreach.responses.tasks import DONE, SeveralSet, Wanted, set_several, undo_several
from outreach.vocabulary import Position, Vote
from outreach.web.access import GuardedRoute
from outreach.web.desk import actor, desk_of
from outreach.web.form_fields import NONE, Long, Number, Several, SeveralAsked, Short, pairs
from outreach.web.render import go, is_part, page
from outreach.web.tongues import tongue_of

router = APIRouter(route_class=GuardedRoute)
_OPEN = (Position.UNDECIDED, Position.UNKNOWN, Position.DECLINED)


@router.post("/campaigns/{number}/missions/{iso3}/task")
def task_set(
    request: Request, number: Number, iso3: str, to: Short = "", due: Short = "", done: Short = "", seen: Short = ""
) -> Response:
    """Say whose task a mission is and until when, or that it is done. Whoever saw an older state is told."""
    name, code = _name(request, number), iso3.upper()
    wanted = DONE if done else Wanted(to=to, due=due)
    found = set_several(desk_of(request).engine, name, [code], wanted, by=actor(request), seen={code: seen})
    undo = f"/campaigns/{number}/missions/{code}/undo"
    return _went(request, f"/campaigns/{number}/letters/{code}", name, found, undo)


@router.post("/campaigns/{number}/several")
def several_set(
    request: Request, number: Number, mission: Several = NONE, to: Short = "", due: Short = "", position: Short = "",
    note: Long = "", done: Short = "", back: Short = "",
) -> Response:  # fmt: skip
    """Set the same of each mission that was ticked, all of them or none. Whoever saw older states is told."""
    name, seen = _name(request, number), pairs(mission)
    wanted = DONE if done else Wanted(to=to or None, due=due.strip() or None, position=position or None, note=note)
    found = set_several(desk_of(request).engine, name, list(seen), wanted, by=actor(request), seen=seen)
    back = f"?{back}" if back else ""
    return _went(request, f"/campaigns/{number}/letters{back}", name, found, f"/campaigns/{number}/several/undo")


@router.post("/campaigns/{number}/several/undo")
def several_undone(request: Request, number: Number, seen: Short = "") -> Response:
    """Take back what was set of several missions, unless somebody has changed one of them since."""
    codes = undo_several(desk_of(request).engine, _name(request, number), seen, by=actor(request))
    words = tongue_of(request)("Taken back: {missions}.", missions=", ".join(codes))
    return go(request, f"/campaigns/{number}/letters", words)


@router.post("/campaigns/{number}/missions/{iso3}/comments")
def comment_add(request: Request, number: Number, iso3: str, text: Long = "") -> Response:
    """Write a comment on a mission, which those whom it mentions have waiting."""
    found = comment(desk_of(request).engine, _name(request, number), iso3, text, by=actor(request))
    say, told = tongue_of(request), ", ".join(found.told)
    words = say("The comment is kept. It waits for {people}.", people=told) if told else say("The comment is kept.")
    place = f"/campaigns/{number}/letters/{found.iso3}#comments"
    return go(request, place, words, undo=f"/comments/{found.number}/away")


@router.post("/comments/{number}/away")
def comment_withdraw(request: Request, number: Number) -> Response:
    """Take a comment away."""
    campaign, iso3 = withdraw_comment(desk_of(request).engine, number, by=actor(request))
    words = tongue_of(request)("The comment is taken away.")
    return go(request, f"/campaigns/{campaign}/letters/{iso3}#comments", words)


@router.post("/mentions/{number}/seen")
def mention_seen(request: Request, number: Number) -> Response:
    """Note that the person has seen to a comment that mentions them."""
    see_mention(desk_of(request).engine, number, by=actor(request))
    return go(request, "/", tongue_of(request)("Seen."))


@router.get("/campaigns/{number}/what-if")
def what_if(request: Request, number: Number, vote: SeveralAsked = NONE) -> Response:
    """How the Council would vote if those who are open voted so. Nothing of it is kept."""
    say = tongue_of(request)
    campaign, places = desk_of(request).read(
        ("what if", number, say.language), lambda session: _places(session, number, say)
    )
    so = {code: Vote(word) for code, word in pairs(vote).items() if word in set(Vote)}
    open_seats = [one for one in places if one.row is None or one.row.position in _OPEN]
    found = supposed(places, {one.iso3: so[one.iso3] for one in open_seats if one.iso3 in so})
    template = "part_what_if.html" if is_part(request) else "what_if.html"
    votes = (Vote.IN_FAVOUR, Vote.AGAINST, Vote.ABSTAINED)
    return page(request, template, campaign=campaign, open_seats=open_seats, so=so, found=found, votes=votes)


def _places(session: Session, number: int, say: Tongue) -> tuple[Any, list[Seat]]:
    campaign = campaign_numbered(session, number)
    return campaign, seats(session, campaign, rows(session, campaign, keyed=False, say=say), say)


def _name(request: Request, number: int) -> str:
    with reading(desk_of(request).engine) as session:
        return campaign_numbered(session, number).name


def _went(request: Request, place: str, name: str, found: SeveralSet, undo: str) -> Response:
    say = tongue_of(request)
    if not found.missions:
        return go(request, place, say("Nothing was changed."))
    words = say.several(
        "{campaign}: {count} mission set ({missions}).", "{campaign}: {count} missions set ({missions}).",
        len(found.missions), campaign=name, missions=", ".join(found.missions),
    )  # fmt: skip
    return go(request, place, words, undo=undo, seen=found.version)
