"""What a campaign is: its name, letter and audience; made, changed while nothing is out, and taken away."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from fastapi import APIRouter, Request, Response
from sqlmodel import Session

from outreach import clock
from outreach.campaigns.change import ChangedPlan, Changes, change, delete_campaign, require_changeable, would_delete
from outreach.campaigns.plan import campaign_numbered, create, current_messages, usable_name
from outreach.catalogues import Tongue
from outreach.database import reading
from outreach.errors import CampaignError, ConflictError, OutreachError, UserError
from outreach.letters.editing import letter_names
from outreach.letters.folder import load_letter
from outreach.missions.audience import Roll
from outreach.models import Campaign
from outreach.reports.standing.phase import stage_of
from outreach.reports.status import status
from outreach.vocabulary import CampaignState
from outreach.web.access import GuardedRoute
from outreach.web.audience_form import choices, chosen, split_codes, split_words
from outreach.web.desk import actor, desk_of
from outreach.web.form_fields import NONE, Number, Several, SeveralAsked, Short
from outreach.web.render import go, page
from outreach.web.tongues import tongue_of
from outreach.web.words import dated

router = APIRouter(route_class=GuardedRoute)
_USUAL = ("hrc-members",)
"""Whom a campaign mostly goes to: ticked to begin with."""


@router.get("/campaigns/new")
def campaign_new(request: Request) -> Response:
    """The form for a new campaign."""
    return _new(request, {"words": list(_USUAL), "exceptions": []})


@router.get("/campaigns/audience")
def campaign_audience(
    request: Request, audience: SeveralAsked = NONE, exceptions: SeveralAsked = NONE, as_of: str = ""
) -> Response:  # fmt: skip
    """Who an audience comes to, as it is being put together."""
    given = {"words": split_words(audience), "exceptions": split_codes(exceptions), "as_of": as_of}
    return page(request, "part_who.html", given=given, **_who(request, given))


@router.post("/campaigns")
def campaign_create(
    request: Request, name: Short = "", letter: Short = "", audience: Several = NONE, exceptions: Several = NONE,
    as_of: Short = "", approvals: Short = "1", look: Short = "",
) -> Response:  # fmt: skip
    """Make a campaign; or only look at who would get its letter."""
    desk = desk_of(request)
    given = {
        "name": name, "letter": letter, "words": split_words(audience), "exceptions": split_codes(exceptions),
        "as_of": as_of, "approvals": approvals,
    }  # fmt: skip
    if look:
        return _new(request, given)
    try:
        created = create(
            desk.engine,
            desk.settings,
            usable_name(name),
            load_letter(letter, desk.templates),
            audience=split_words(audience),
            exceptions=split_codes(exceptions),
            as_of=clock.parse_date(as_of) if as_of.strip() else None,
            approvals=2 if approvals == "2" else 1,
            by=actor(request),
        )
    except OutreachError as error:
        if error.exit_status != 2:
            raise
        return _new(request, given, error)
    say, again = tongue_of(request), len(created.repeated)
    words = say.several(
        "{campaign}: {count} mission as of {day}.", "{campaign}: {count} missions as of {day}.", len(created.missions),
        campaign=created.campaign.name, day=dated(say, created.campaign.as_of),
    )  # fmt: skip
    return go(request, f"/campaigns/{created.campaign.id}/send", f"{words}{_had_already(say, again)}")


@router.get("/campaigns/{number}/plan")
def campaign_plan(request: Request, number: Number) -> Response:
    """What a campaign is, to be changed."""
    return _plan(request, number)


@router.post("/campaigns/{number}/plan")
def campaign_plan_set(
    request: Request, number: Number, name: Short = "", letter: Short = "", audience: Several = NONE,
    exceptions: Several = NONE, as_of: Short = "", time_zone: Short = "", require_read: Short = "", seen: Short = "",
    look: Short = "",
) -> Response:  # fmt: skip
    """Change what a campaign is. What was approved before holds no longer."""
    desk, say = desk_of(request), tongue_of(request)
    with reading(desk.engine) as session:
        campaign = campaign_numbered(session, number)
    given = {
        "name": name, "letter": letter, "words": split_words(audience), "exceptions": split_codes(exceptions),
        "as_of": as_of, "time_zone": time_zone, "require_read": require_read,
    }  # fmt: skip
    if look:
        return _plan(request, number, given)
    try:
        done = change(
            desk.engine,
            campaign.name,
            Changes(
                name=usable_name(name),
                letter=load_letter(letter, desk.templates) if letter != campaign.letter else None,
                time_zone=time_zone.strip(),
                require_read=require_read == "yes",
                **({} if campaign.follows_id is not None else _audience_wanted(campaign, given)),
            ),
            by=actor(request),
            seen=int(seen) if seen.isdecimal() else None,
        )
    except OutreachError as error:
        if error.exit_status != 2:
            raise
        return _plan(request, number, given, error)
    return go(request, f"/campaigns/{number}/send", _changed(say, done))


@router.post("/campaigns/{number}/delete")
def campaign_delete(request: Request, number: Number, name: Short = "", seen: Short = "") -> Response:
    """Take a campaign away that nobody has had a letter of."""
    desk = desk_of(request)
    with reading(desk.engine) as session:
        campaign = campaign_numbered(session, number)
    try:
        if name.strip() != campaign.name:
            raise CampaignError(
                "desk.delete-name",
                "{typed!r} is not the name of this campaign. Nothing was deleted.",
                typed=name,
                campaign=campaign.name,
                remedy="Type {campaign} to delete it.",
            )
        gone = delete_campaign(
            desk.engine, campaign.name, by=actor(request), seen=int(seen) if seen.isdecimal() else None
        )
    except UserError as error:
        return _plan(request, number, None, error)
    return go(request, "/", tongue_of(request)("{campaign} is deleted.", campaign=gone.name))


def _audience_wanted(campaign: Campaign, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is wanted of the audience; None for what is the same, in whatever order its words stand."""
    words, exceptions, as_of = given["words"], given["exceptions"], given["as_of"].strip()
    return {
        "audience": words if set(words) != set(campaign.audience) else None,
        "exceptions": exceptions if set(exceptions) != set(campaign.exceptions) else None,
        "as_of": clock.parse_date(as_of) if as_of else None,
    }


def _changed(say: Tongue, done: ChangedPlan) -> str:
    if not done.fields:
        return say("{campaign}: nothing is another than before.", campaign=done.name)
    words = say.several(
        "{campaign} is changed: {count} mission.", "{campaign} is changed: {count} missions.", done.missions,
        campaign=done.name,
    )  # fmt: skip
    if done.voided:
        words += " " + say("The approval by {who} no longer holds: approve it again.", who=done.voided)
    return words + _had_already(say, len(done.repeated))


def _had_already(say: Tongue, again: int) -> str:
    if not again:
        return ""
    return " " + say.several(
        "{count} of them has had this letter already: see below.",
        "{count} of them have had this letter already: see below.", again,
    )  # fmt: skip


def _who(request: Request, given: Mapping[str, Any], *, offer: bool = False) -> dict[str, Any]:
    """Who the audience in a form comes to, or why that can't be told; with `offer`, also what there is to choose.

    Both are told from one reading of the directory.
    """
    words, exceptions, say = tuple(given["words"]), tuple(given["exceptions"]), tongue_of(request)
    wrong: UserError | None = None
    try:
        as_of = _day(request, given["as_of"])
    except UserError as error:
        as_of, wrong = _day(request, ""), error

    def read(session: Session) -> dict[str, Any]:
        roll = Roll(session, as_of)
        told: dict[str, Any] = {"who": None, "who_error": wrong if words else None}
        if offer:
            told["offered"] = choices(roll, say)
        if words and wrong is None:
            try:
                told["who"] = chosen(roll, words, exceptions, say)
            except UserError as error:
                told["who_error"] = error
        return told

    key = ("audience", offer, words, exceptions, as_of, say.language)
    return desk_of(request).read(key, read, keep=lambda told: told["who_error"] is None)


def _day(request: Request, text: str) -> date:
    """Return the day that a form says, or today where the team is. Raises UserError for what is no day."""
    return clock.parse_date(text) if text.strip() else clock.now().astimezone(desk_of(request).settings.tz).date()


def _new(request: Request, given: Mapping[str, Any], error: OutreachError | None = None) -> Response:
    desk = desk_of(request)
    values = {"name": "", "letter": "", "as_of": str(_day(request, "")), "approvals": "1", **given}
    return page(
        request, "campaign_new.html", 422 if error else 200, letters=letter_names(desk.templates), given=values,
        error=error, zone=desk.settings.timezone, **_who(request, values, offer=True),
    )  # fmt: skip


def _plan(
    request: Request, number: int, given: Mapping[str, Any] | None = None, error: OutreachError | None = None
) -> Response:
    desk = desk_of(request)
    with reading(desk.engine) as session:
        campaign = campaign_numbered(session, number)
        word = stage_of(session, campaign, status(session, campaign), live=desk.settings.live)
        letters_made = len(current_messages(session, campaign))
    values = given or {
        "name": campaign.name, "letter": campaign.letter, "words": campaign.audience,
        "exceptions": campaign.exceptions, "as_of": str(campaign.as_of), "time_zone": campaign.time_zone,
        "require_read": "yes" if campaign.require_read else "",
    }  # fmt: skip
    fixed: UserError | None = None
    try:
        require_changeable(desk.engine, campaign.name)
    except UserError as stays:
        fixed = stays
    try:
        goes = would_delete(desk.engine, campaign.name)
    except UserError:
        goes = None  # it stays: letters of it are out, or it is scheduled
    code = 409 if isinstance(error, ConflictError) else 422 if error else 200
    return page(
        request, "campaign_plan.html", code, campaign=campaign, stage=word, given=values, error=error, goes=goes,
        fixed=fixed, letters=letter_names(desk.templates), letters_made=letters_made, seen=campaign.version,
        approved=campaign.state is not CampaignState.DRAFT and bool(campaign.approved_by or campaign.first_approved_by),
        zones=_zones(), **_who(request, values, offer=True),
    )  # fmt: skip


@cache
def _zones() -> list[str]:
    return sorted(available_timezones())
