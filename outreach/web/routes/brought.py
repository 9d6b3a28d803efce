"""What is brought as a file or pasted: mails, the votes, what was typed into a report. Shown first, then taken in."""

import hashlib
from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, File, Request, Response, UploadFile

from outreach.campaigns.address_changes import void_changed
from outreach.campaigns.past_subject import set_past_subject
from outreach.campaigns.plan import campaign_numbered
from outreach.database import reading
from outreach.errors import ConflictError, NotFoundError, OutreachError, UserError
from outreach.missions.past import is_known
from outreach.missions.past_years import ballots_on
from outreach.models import Campaign
from outreach.reports.returned.incoming import IncomingResult, import_report
from outreach.responses.answers import collect
from outreach.responses.past_votes import PastImport, import_past_votes
from outreach.responses.votes import VotesResult, import_votes
from outreach.text import one_line
from outreach.vocabulary import Vote
from outreach.web.access import GuardedRoute
from outreach.web.desk import Desk, actor, desk_of
from outreach.web.form_fields import Long, Number, Short
from outreach.web.render import go, page
from outreach.web.tongues import tongue_of
from outreach.web.uploads import called, keep, keep_record, keep_votes, kept, mail_files
from outreach.web.waiting import to_settle_at

router = APIRouter(route_class=GuardedRoute)
_PASTED = "pasted.txt"
_NO_FILES: list[UploadFile] = []


@router.get("/inbox/files")
def mails_page(request: Request) -> Response:
    """The form to bring mails as files."""
    return _mails(request)


@router.post("/inbox/files")
def mails_bring(request: Request, files: list[UploadFile] = File(default=_NO_FILES)) -> Response:  # noqa: B008
    """Take mails in, as `outreach inbox ingest` does, and tell what became of each."""
    desk = desk_of(request)
    try:
        with mail_files(desk, [(one.filename or "", one.file) for one in files]) as paths:
            found = collect(desk.engine, paths, by=actor(request), team=desk.settings.team)
    except UserError as error:
        return _mails(request, error)
    say = tongue_of(request)
    parts = [say.several("{count} new", "{count} new", found.taken)]
    parts += [say("{number} there already", number=found.known)] if found.known else []
    parts += [say("{number} to decide on", number=len(found.unmatched))] if found.unmatched else []
    words = say.several("{count} mail: {parts}.", "{count} mails: {parts}.", found.found, parts=", ".join(parts))
    if found.problems:
        return _mails(request, result=words, problems=found.problems)
    return go(request, "/inbox?show=settle" if found.unmatched else "/inbox?show=all", words)


@router.get("/campaigns/{number}/votes")
def votes_page(request: Request, number: Number) -> Response:
    """The form to bring the recorded vote."""
    return _votes(request, number)


@router.post("/campaigns/{number}/votes")
def votes_look(
    request: Request, number: Number, file: UploadFile | None = None, pasted: Long = "", which: Short = ""
) -> Response:
    """Show what a record of the vote would change. Nothing is changed yet."""
    desk = desk_of(request)
    name = one_line(file.filename or "")[:120] if file is not None else ""
    try:
        if file is not None and name:
            path = keep_votes(desk, file.file.read(), name)
        else:
            name, path = _PASTED, keep_votes(desk, pasted.encode(), _PASTED)
        found = _vote(request, number, path.name, name, which, dry_run=True)
    except UserError as error:
        return _votes(request, number, error, pasted=pasted, which=which)
    return page(
        request, "votes_difference.html", campaign=_campaign(desk, number), found=found, digest=path.name, name=name,
        which=which, state=_state(found), votes=list(Vote),
    )  # fmt: skip


@router.post("/campaigns/{number}/votes/apply")
def votes_apply(
    request: Request, number: Number, digest: Short = "", name: Short = "", which: Short = "", state: Short = ""
) -> Response:
    """Take in the votes that were shown, if nothing has changed since: what was only likely is agreed to so."""
    if _state(_vote(request, number, digest, name, which, dry_run=True)) != state:
        raise _changed_since()
    done = _vote(request, number, digest, name, which, dry_run=False)
    kept(desk_of(request), digest).unlink(missing_ok=True)
    say = tongue_of(request)
    tally = ", ".join(f"{count} {say.word(Vote(vote))}" for vote, count in done.tally.items() if count)
    return go(request, f"/campaigns/{number}", say("The votes are taken in: {tally}.", tally=tally))


@router.post("/campaigns/{number}/votes/subject")
def past_subject_set(request: Request, number: Number, subject: Short = "", seen: Short = "") -> Response:
    """Set on which subject the votes of past years stand beside the campaign's positions."""
    desk = desk_of(request)
    try:
        found = set_past_subject(desk.engine, _campaign(desk, number).name, subject, by=actor(request), seen=seen)
    except NotFoundError:
        raise
    except UserError as error:
        return _votes(request, number, subject_error=error, subject=subject)
    say = tongue_of(request)
    words = (
        say.several(
            "Kept: {count} resolution of past years is on it.", "Kept: {count} resolutions of past years are on it.",
            len(found.ballots),
        )
        if found.subject
        else say("Votes of past years are shown no more.")
    )  # fmt: skip
    return go(request, f"/campaigns/{number}/votes#past", words)


@router.post("/campaigns/{number}/votes/past")
def past_votes_look(request: Request, number: Number, file: UploadFile) -> Response:
    """Show what a file of votes of past years would change. Nothing is changed yet."""
    desk, name = desk_of(request), one_line(file.filename or "")[:120]
    try:
        path = keep_record(desk, file.file, name)
        found = _past(request, path.name, name, dry_run=True)
    except UserError as error:
        return _votes(request, number, subject_error=error)
    return page(
        request,
        "past_votes_difference.html",
        campaign=_campaign(desk, number),
        found=found,
        digest=path.name,
        name=name,
    )


@router.post("/campaigns/{number}/votes/past/apply")
def past_votes_apply(request: Request, number: Number, digest: Short = "", name: Short = "") -> Response:
    """Take in the votes of past years that were shown. They only add and bring up to date, so that twice is once."""
    done = _past(request, digest, name, dry_run=False)
    kept(desk_of(request), digest).unlink(missing_ok=True)
    words = tongue_of(request)(
        "Taken in: votes of past years on {resolutions} resolutions.", resolutions=done.resolutions
    )
    return go(request, f"/campaigns/{number}/votes#past", words)


@router.get("/typed")
def typed_page(request: Request) -> Response:
    """The form to bring a report back, with what was typed into it."""
    return _typed(request)


@router.post("/typed")
def typed_look(request: Request, file: UploadFile, skip: Short = "") -> Response:
    """Show what a report that was typed into would change. Nothing is changed yet."""
    desk = desk_of(request)
    name = one_line(file.filename or "the report")[:120]
    try:
        path = keep(desk, file.file, name)
        found = _report(request, path.name, name, skip, dry_run=True)
    except UserError as error:
        return _typed(request, error, skip)
    return page(
        request, "typed_difference.html", found=found, digest=path.name, name=name, skip=skip, state=_state(found)
    )


@router.post("/typed/apply")
def typed_apply(
    request: Request, digest: Short = "", name: Short = "", skip: Short = "", state: Short = ""
) -> Response:
    """Take in what was shown, if nothing has changed since."""
    if _state(_report(request, digest, name, skip, dry_run=True)) != state:
        raise _changed_since()
    done = _report(request, digest, name, skip, dry_run=False)
    kept(desk_of(request), digest).unlink(missing_ok=True)
    words = tongue_of(request).several(
        "Taken in from {name}, {campaign}: {count} change.", "Taken in from {name}, {campaign}: {count} changes.",
        len(done.changes), name=name, campaign=done.campaign,
    )  # fmt: skip
    for one in void_changed(desk_of(request).engine, by=actor(request)):
        words += " " + tongue_of(request)(
            "{campaign} has to be approved again: addresses have changed.", campaign=one.campaign
        )
    return go(request, "/", words)


def _vote(request: Request, number: int, digest: str, name: str, which: str, *, dry_run: bool) -> VotesResult:
    desk = desk_of(request)
    path, campaign = kept(desk, digest), _campaign(desk, number)
    with called(path, name) as copy:
        return import_votes(
            desk.engine, campaign.name, copy, which=which, dry_run=dry_run, yes=True, by=actor(request),
            content=path.read_bytes() if name == _PASTED else None,
        )  # fmt: skip


def _past(request: Request, digest: str, name: str, *, dry_run: bool) -> PastImport:
    desk = desk_of(request)
    with called(kept(desk, digest), name) as copy:
        return import_past_votes(desk.engine, copy, dry_run=dry_run, by=actor(request))


def _report(request: Request, digest: str, name: str, skip: str, *, dry_run: bool) -> IncomingResult:
    desk = desk_of(request)
    with called(kept(desk, digest), name) as copy:
        return import_report(desk.engine, copy, dry_run=dry_run, skip_stale=skip == "yes", yes=True, by=actor(request))


def _mails(
    request: Request, error: OutreachError | None = None, result: str = "", problems: Sequence[Any] = ()
) -> Response:
    desk = desk_of(request)
    return page(
        request, "mails.html", 200 if error is None else 422, error=error, result=result, problems=problems,
        show="files", shows=shows(), to_settle=to_settle_at(desk), found=[],
    )  # fmt: skip


def shows() -> Any:
    """Return the lists of the inbox, for its tabs."""
    from outreach.inbox.mail_list import SHOWS

    return SHOWS


def _votes(
    request: Request, number: int, error: OutreachError | None = None, subject_error: OutreachError | None = None,
    **given: str,
) -> Response:  # fmt: skip
    with reading(desk_of(request).engine) as session:
        campaign = campaign_numbered(session, number)
        ballots = ballots_on(session, campaign.past_subject)
        known = is_known(session)
    failed = error or subject_error
    return page(
        request, "votes.html", 200 if failed is None else 409 if isinstance(failed, ConflictError) else 422,
        campaign=campaign, error=error, subject_error=subject_error, ballots=ballots, past_known=known,
        given={"pasted": "", "which": "", "subject": campaign.past_subject} | given,
    )  # fmt: skip


def _typed(request: Request, error: OutreachError | None = None, skip: str = "") -> Response:
    return page(request, "typed.html", 200 if error is None else 422, error=error, skip=skip)


def _campaign(desk: Desk, number: int) -> Campaign:
    with reading(desk.engine) as session:
        return campaign_numbered(session, number)


def _changed_since() -> ConflictError:
    return ConflictError(
        "desk.answers-changed",
        "Where missions stand has changed since this was shown. Nothing was taken in.",
        remedy="Bring it again, and look at it as it is now.",
    )


def _state(found: VotesResult | IncomingResult) -> str:
    """What tells whether the same changes are still to be made."""
    return hashlib.sha256(repr({**found.as_dict(), "dry_run": None, "file": None}).encode()).hexdigest()
