"""Who signs a campaign's letter: the list as it is, what changed since the approval, and a sheet to bring in."""

import hashlib

from fastapi import APIRouter, Request, Response, UploadFile

from outreach import clock
from outreach.campaigns.plan import campaign_numbered
from outreach.campaigns.signatories import (
    SignOnResult,
    import_signatories,
    listing,
    set_deadline,
    since_last_approval,
)
from outreach.database import reading
from outreach.errors import ConflictError, OutreachError, UserError
from outreach.models import Campaign
from outreach.reports.phase import stage_of
from outreach.reports.status import status
from outreach.text import one_line
from outreach.web.access import GuardedRoute
from outreach.web.desk import actor, desk_of
from outreach.web.form_fields import Number, Short
from outreach.web.render import go, page
from outreach.web.uploads import keep, kept

router = APIRouter(route_class=GuardedRoute)


@router.get("/campaigns/{number}/signatories")
def signatories_page(request: Request, number: Number) -> Response:
    """Who signs, since when, and what differs from the letters that were approved last."""
    return _list(request, number)


@router.post("/campaigns/{number}/signatories")
def signatories_upload(request: Request, number: Number, file: UploadFile) -> Response:
    """Show what a sheet of signatories would change. Nothing is changed yet."""
    desk, campaign = desk_of(request), _campaign(request, number)
    try:
        path = keep(desk, file.file, file.filename or "")
        found = import_signatories(desk.engine, campaign.name, path, by=actor(request), dry_run=True)
    except UserError as error:
        return _list(request, number, error)
    return page(
        request, "signatories_difference.html", campaign=campaign, found=found, digest=path.name,
        name=one_line(file.filename or "the sheet")[:120], state=_state(found),
    )  # fmt: skip


@router.post("/campaigns/{number}/signatories/apply")
def signatories_apply(
    request: Request, number: Number, digest: Short = "", name: Short = "", state: Short = ""
) -> Response:
    """Take in the sheet whose difference was shown, if the list is still as it was then."""
    desk, campaign = desk_of(request), _campaign(request, number)
    path = kept(desk, digest)
    if _state(import_signatories(desk.engine, campaign.name, path, by=actor(request), dry_run=True)) != state:
        raise ConflictError(
            "desk.list-changed",
            "The list has changed since this difference was shown. Nothing was taken in.",
            remedy="Bring the sheet again, and look at the difference as it is now.",
        )
    done = import_signatories(desk.engine, campaign.name, path, by=actor(request), called=name).difference
    counts = f"{len(done.added)} added, {len(done.changed)} changed, {len(done.absent)} no longer in the file"
    path.unlink(missing_ok=True)
    return go(request, f"/campaigns/{number}/signatories", f"Taken in: {one_line(name)[:120]}. {counts}.")


@router.post("/campaigns/{number}/signatories/deadline")
def signatories_deadline(request: Request, number: Number, day: Short = "", hour: Short = "") -> Response:
    """Set until when one can sign; without a day, there is no deadline."""
    desk, campaign = desk_of(request), _campaign(request, number)
    try:
        text = f"{day} {hour or '23:59'}" if day.strip() else None
        until = set_deadline(desk.engine, campaign.name, text, by=actor(request))
    except UserError as error:
        return _list(request, number, error)
    told = f"One can sign until {clock.shown(until, clock.zone(campaign.time_zone))}." if until else "No deadline."
    return go(request, f"/campaigns/{number}/signatories", told)


def _list(request: Request, number: int, error: OutreachError | None = None) -> Response:
    desk, campaign = desk_of(request), _campaign(request, number)
    with reading(desk.engine) as session:
        word = stage_of(session, campaign, status(session, campaign), live=desk.settings.live)
        since = since_last_approval(session, campaign)
    rows = listing(desk.engine, campaign.name)
    tz = clock.zone(campaign.time_zone)
    until = campaign.sign_on_by.astimezone(tz) if campaign.sign_on_by else None
    return page(
        request, "signatories.html", 422 if error else 200, campaign=campaign, stage=word, tab="signatories", tz=tz,
        error=error, people=[row for row in rows if row["kind"] == "individual"], since=since, until=until,
        organisations=[row for row in rows if row["kind"] == "organisation"],
    )  # fmt: skip


def _campaign(request: Request, number: int) -> Campaign:
    with reading(desk_of(request).engine) as session:
        return campaign_numbered(session, number)


def _state(found: SignOnResult) -> str:
    """What tells whether the same difference is still there."""
    return hashlib.sha256(repr(found.difference.as_dict()).encode()).hexdigest()
