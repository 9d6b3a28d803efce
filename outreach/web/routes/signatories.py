"""Who signs a campaign's letter: the list as it is, what changed since the approval, and a sheet to bring in."""

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any

from fastapi import APIRouter, Request, Response, UploadFile

from outreach import clock
from outreach.campaigns.plan import campaign_numbered
from outreach.campaigns.who_signs.sign_on_page import entries_of, page_of, public_page, url_of
from outreach.campaigns.who_signs.signatories import (
    doubted,
    late_signatories,
    listing,
    set_as_of,
    set_category,
    set_deadline,
    set_order,
    since_last_approval,
)
from outreach.campaigns.who_signs.signatory_history import last_import, undo_signatories
from outreach.campaigns.who_signs.signatory_import import SignOnResult, import_signatories
from outreach.catalogues import Tongue
from outreach.database import reading
from outreach.errors import ConfirmationError, ConflictError, NotFoundError, OutreachError, UserError
from outreach.letters.signing.sign_on import sign_on_columns
from outreach.letters.signing.sign_on_columns import SIGN_ON_KINDS
from outreach.missions.matching import ShownColumn, mapping_of
from outreach.models import Campaign
from outreach.reports.standing.phase import stage_of
from outreach.reports.status import status
from outreach.text import one_line
from outreach.vocabulary import Language
from outreach.web.access import GuardedRoute
from outreach.web.desk import actor, desk_of
from outreach.web.form_fields import NONE, Number, Several, Short, pairs
from outreach.web.render import go, page
from outreach.web.routes.sheets import undo_page, undo_state
from outreach.web.tongues import tongue_of
from outreach.web.uploads import called, keep, kept

router = APIRouter(route_class=GuardedRoute)


@router.get("/campaigns/{number}/signatories")
def signatories_page(request: Request, number: Number) -> Response:
    """Who signs, since when, and what differs from the letters that were approved last."""
    return signatories_shown(request, number)


@router.post("/campaigns/{number}/signatories")
def signatories_upload(request: Request, number: Number, file: UploadFile) -> Response:
    """Show what a sheet of signatories would change. Nothing is changed yet."""
    try:
        path = keep(desk_of(request), file.file, file.filename or "")
    except UserError as error:
        return signatories_shown(request, number, error)
    return _difference(request, number, path, file.filename or tongue_of(request)("the sheet"), {})


@router.post("/campaigns/{number}/signatories/look")
def signatories_look(
    request: Request, number: Number, digest: Short = "", name: Short = "", column: Several = NONE, said: Several = NONE
) -> Response:
    """Show what a sheet that was brought before would change, as a person now says what its columns are.

    `column` has what each column is to be taken for (`B=endorses`), `said` what was said of them before.
    """
    path, told = kept(desk_of(request), digest), pairs(said)
    if column:
        with suppress(OutreachError):  # what can't be shown can't have been chosen
            told |= mapping_of(sign_on_columns(path, told), pairs(column), SIGN_ON_KINDS)
    return _difference(request, number, path, name, {field: columns for field, columns in told.items() if columns})


@router.post("/campaigns/{number}/signatories/apply")
def signatories_apply(
    request: Request,
    number: Number,
    digest: Short = "",
    name: Short = "",
    state: Short = "",
    said: Several = NONE,
    others: Short = "",
    replace: Short = "",
) -> Response:
    """Take in the sheet whose difference was shown, if the list is still as it was then.

    `others` says of those whom the sheet does not name that they have left (`replace`, with their number as it was
    typed) or sign still (`keep`); empty leaves it open.
    """
    desk, campaign = desk_of(request), _campaign(request, number)
    path, told = kept(desk, digest), pairs(said)
    typed = replace.strip()
    with called(path, name) as copy:
        looked = import_signatories(
            desk.engine, campaign.name, copy, by=actor(request), dry_run=True, mapping=told, called=_called(name)
        )  # fmt: skip
        if _state(looked) != state:
            raise ConflictError(
                "desk.list-changed",
                "The list has changed since this difference was shown. Nothing was taken in.",
                remedy="Bring the sheet again, and look at the difference as it is now.",
            )
        try:
            taken = import_signatories(
                desk.engine, campaign.name, copy, by=actor(request), called=_called(name), yes=True, mapping=told,
                replace=others == "replace", keep=others == "keep",
                confirmed=(int(typed) if typed.isdecimal() else -1) if others == "replace" else None,
            )  # fmt: skip
        except ConfirmationError as error:
            return _difference(request, number, path, name, told, error=error, typed=typed)
    done = taken.difference
    say = tongue_of(request)
    words = say(
        "Taken in: {name}. {added} added, {changed} changed, {gone} sign no more.", name=_called(name),
        added=len(done.added), changed=len(done.changed), gone=len(done.absent),
    )  # fmt: skip
    path.unlink(missing_ok=True)
    return go(request, f"/campaigns/{number}/signatories", f"{words}{_told(taken, say)}")


@router.post("/campaigns/{number}/signatories/undo")
def signatories_undo(
    request: Request, number: Number, seen: Short = "", state: Short = "", confirmed: Short = ""
) -> Response:
    """Show what taking the last sheet of signatories back would change; with the `state` that was shown, do so.

    `confirmed` is the number of people that a person typed, where many go.
    """
    desk, campaign, typed = desk_of(request), _campaign(request, number), confirmed.strip()
    back = f"/campaigns/{number}/signatories"

    def shown(error: OutreachError | None = None) -> Response:
        return undo_page(
            request, found, error, back=back, called=campaign.name, seen=found.at.isoformat(),
            notes=[one.says for one in would_leave], voids=would_void,
        )  # fmt: skip

    try:
        found, would_leave, would_void = undo_signatories(
            desk.engine, campaign.name, by=actor(request), seen=seen or None, dry_run=True
        )
        if state != undo_state(found):
            return shown()
        told_number = (int(typed) if typed.isdecimal() else -1) if typed else None
        done, gone, voided = undo_signatories(
            desk.engine, campaign.name, by=actor(request), seen=seen or None, confirmed=told_number
        )
    except NotFoundError:
        raise
    except ConfirmationError as error:
        return shown(error)
    except UserError as error:
        return signatories_shown(request, number, error)
    say = tongue_of(request)
    told = say.several(
        "Taken back: {file}, {count} change.", "Taken back: {file}, {count} changes.", done.changes, file=done.file
    )
    told += "".join(f" {one.says.said(say)}." for one in gone)
    if voided:
        told += " " + say("The approval no longer holds.")
    return go(request, f"/campaigns/{number}/signatories", told)


def _difference(
    request: Request,
    number: int,
    path: Path,
    name: str,
    mapping: Mapping[str, str],
    *,
    error: OutreachError | None = None,
    typed: str = "",
) -> Response:
    """Show what a sheet would change; with `error`, why it was not taken in, and the number that was `typed`."""
    desk, campaign = desk_of(request), _campaign(request, number)
    columns: list[ShownColumn] = []
    with suppress(OutreachError):
        columns = sign_on_columns(path, mapping)
    matched = {
        "columns": columns, "kinds": SIGN_ON_KINDS, "mapping": mapping, "digest": path.name, "name": _called(name)
    }  # fmt: skip
    try:
        with called(path, name) as copy:
            found = import_signatories(
                desk.engine, campaign.name, copy, by=actor(request), dry_run=True, mapping=mapping, called=_called(name)
            )  # fmt: skip
    except UserError as failed:
        return signatories_shown(request, number, failed, matched=matched)
    return page(
        request, "signatories_difference.html", 422 if error else 200, campaign=campaign, found=found,
        state=_state(found), error=error, typed=typed, **matched,
    )  # fmt: skip


def _called(name: str) -> str:
    return one_line(name)[:120]


@router.post("/campaigns/{number}/signatories/deadline")
def signatories_deadline(request: Request, number: Number, day: Short = "", hour: Short = "") -> Response:
    """Set until when one can sign; without a day, there is no deadline."""
    desk, campaign = desk_of(request), _campaign(request, number)
    try:
        text = f"{day} {hour or '23:59'}" if day.strip() else None
        until = set_deadline(desk.engine, campaign.name, text, by=actor(request))
    except UserError as error:
        return signatories_shown(request, number, error)
    say, tz = tongue_of(request), clock.zone(campaign.time_zone)
    told = say("One can sign until {moment}.", moment=say.moment(until, tz)) if until else say("No deadline.")
    return go(request, f"/campaigns/{number}/signatories", told)


@router.post("/campaigns/{number}/signatories/list")
def signatories_list(request: Request, number: Number, day: Short = "", order: Short = "") -> Response:
    """Set the day that the list is of, and whether people stand as in the sheet or as the language sorts."""
    desk, campaign = desk_of(request), _campaign(request, number)
    try:
        as_of = clock.parse_date(day) if day.strip() else None
        if as_of != campaign.signed_as_of:
            set_as_of(desk.engine, campaign.name, as_of, by=actor(request))
        if (order == "sheet") != campaign.as_in_sheet:
            set_order(desk.engine, campaign.name, as_in_sheet=order == "sheet", by=actor(request))
    except UserError as error:
        return signatories_shown(request, number, error)
    left = late_signatories(desk.engine, campaign.name)
    say = tongue_of(request)
    told = [say("The list is kept so.")]
    if left:
        told.append(say("In no letter, since they signed later: {names}.", names=", ".join(left)))
    return go(request, f"/campaigns/{number}/signatories", " ".join(told))


@router.post("/campaigns/{number}/signatories/heading")
def signatories_heading(
    request: Request, number: Number, category: Short = "", language: Short = "", words: Short = "", place: Short = ""
) -> Response:
    """Say where a heading stands among the others, and its words in a language."""
    desk, campaign = desk_of(request), _campaign(request, number)
    try:
        said = {language: words} if words.strip() else {}
        at = int(place) if place.strip().isdecimal() else None
        set_category(desk.engine, campaign.name, category, by=actor(request), place=at, headings=said)
    except UserError as error:
        return signatories_shown(request, number, error)
    told = tongue_of(request)("Kept: the heading {heading}.", heading=one_line(category)[:120])
    return go(request, f"/campaigns/{number}/signatories", told)


def _told(taken: SignOnResult, say: Tongue) -> str:
    told = [f"{one.says.said(say)}." for one in taken.withdrawn]
    if taken.not_yet:
        told.append(say("In no letter, since they signed later: {names}.", names=", ".join(taken.not_yet)))
    if taken.doubted:
        told.append(say("Not in it, and may have withdrawn: {names}.", names=", ".join(n.name for n in taken.doubted)))
    if taken.voided:
        told.append(say("The approval no longer holds."))
    return "".join(f" {one}" for one in told)


def signatories_shown(
    request: Request,
    number: int,
    error: OutreachError | None = None,
    *,
    chosen: Sequence[int] = (),
    matched: Mapping[str, Any] = MappingProxyType({}),
) -> Response:
    """Return the page of who signs, with what went wrong; `chosen` are those of the sign-on page that were ticked.

    `matched` has the columns of a sheet that was brought and can't be taken as it is.
    """
    desk, campaign = desk_of(request), _campaign(request, number)
    with reading(desk.engine) as session:
        word = stage_of(session, campaign, status(session, campaign), live=desk.settings.live)
        since = since_last_approval(session, campaign)
        open_page = page_of(session, campaign)
        public = public_page(session, open_page.key) if open_page is not None else None
        last, asked = last_import(session, campaign), doubted(session, campaign)
    rows = listing(desk.engine, campaign.name)
    tz = clock.zone(campaign.time_zone)
    until = campaign.sign_on_by.astimezone(tz) if campaign.sign_on_by else None
    return page(
        request, "signatories.html", 422 if error else 200, campaign=campaign, stage=word, tab="signatories", tz=tz,
        error=error, groups=_by_heading(rows, tongue_of(request)), since=since, until=until,
        late=late_signatories(desk.engine, campaign.name), languages=list(Language),
        public=public, url=url_of(open_page) if open_page else "", address=open_page.address if open_page else "",
        signed=entries_of(desk.engine, campaign.name, everyone=True), chosen=chosen,
        last=last, asked=asked, matched=matched,
    )  # fmt: skip


def _by_heading(rows: list[dict[str, str]], say: Tongue) -> list[tuple[str, str, list[dict[str, Any]]]]:
    """Those who sign by heading, as they stand in the letter: the heading as people read it, its name, and who."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        signed = row | {"day": date.fromisoformat(row["signed_on"])}  # a day, which each language writes in its way
        found.setdefault(row["category"] or row["kind"], []).append(signed)
    kinds = {"individual": say("Individuals"), "organisation": say("Organisations")}
    return [(kinds.get(name, name), name, among) for name, among in found.items()]


def _campaign(request: Request, number: int) -> Campaign:
    with reading(desk_of(request).engine) as session:
        return campaign_numbered(session, number)


def _state(found: SignOnResult) -> str:
    """What tells whether the same difference is still there."""
    return hashlib.sha256(repr((found.difference.as_dict(), found.questions, found.unnamed)).encode()).hexdigest()
