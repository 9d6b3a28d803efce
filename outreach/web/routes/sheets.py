"""Sheets: a workbook goes in, its difference is shown, and only then it is applied."""

import hashlib

from fastapi import APIRouter, Request, Response, UploadFile

from outreach.campaigns.address_changes import void_changed
from outreach.database import reading
from outreach.errors import ConflictError, OutreachError
from outreach.missions.history import imports, undo
from outreach.missions.importer import import_file
from outreach.missions.result import ImportResult
from outreach.text import one_line
from outreach.web.access import GuardedRoute
from outreach.web.desk import actor, desk_of
from outreach.web.form_fields import Short
from outreach.web.render import go, page
from outreach.web.uploads import keep, kept

router = APIRouter(route_class=GuardedRoute)


@router.get("/sheets")
def sheets_page(request: Request) -> Response:
    """The form to bring a sheet, and those that were taken in."""
    return _sheets(request)


@router.post("/sheets")
def sheet_upload(request: Request, file: UploadFile) -> Response:
    """Show what a sheet would change. Nothing is changed yet."""
    desk = desk_of(request)
    try:
        path = keep(desk, file.file, file.filename or "")
        found = import_file(desk.engine, path, by=actor(request), dry_run=True)
    except OutreachError as error:
        if error.exit_status != 2:
            raise
        return _sheets(request, error)
    return page(
        request, "difference.html", found=found, name=one_line(file.filename or "the sheet")[:120], digest=path.name,
        state=_state(found),
    )  # fmt: skip


@router.post("/sheets/apply")
def sheet_apply(request: Request, digest: Short = "", name: Short = "", state: Short = "") -> Response:
    """Take in the sheet whose difference was shown, if the directory is still as it was then."""
    desk = desk_of(request)
    path = kept(desk, digest)
    if _state(import_file(desk.engine, path, by=actor(request), dry_run=True)) != state:
        raise ConflictError(
            "desk.directory-changed",
            "The directory has changed since this difference was shown. Nothing was taken in.",
            remedy="Bring the sheet again, and look at the difference as it is now.",
        )
    # The guesses were shown with the difference: to apply it is to agree.
    done = import_file(desk.engine, path, yes=True, by=actor(request), called=one_line(name)[:120])
    counts = "; ".join(
        f"{kind}: {len(part.added)} added, {len(part.changed)} changed, {len(part.absent)} no longer in the file"
        for kind, part in (("missions", done.missions), ("contacts", done.contacts), ("terms", done.terms))
    )
    path.unlink(missing_ok=True)
    voided = "".join(
        f" {one.campaign} has to be approved again: addresses have changed." for one in void_changed(desk.engine)
    )
    return go(request, "/missions", f"Taken in: {one_line(name)[:120]}. {counts}.{voided}")


@router.post("/sheets/undo")
def sheet_undo(request: Request) -> Response:
    """Take back the last sheet that was taken in."""
    desk = desk_of(request)
    done = undo(desk.engine, by=actor(request))
    kept = f" Kept, since a campaign holds them: {', '.join(done.kept)}." if done.kept else ""
    return go(request, "/sheets", f"Taken back: {done.file}, {done.changes} changes.{kept}")


def _sheets(request: Request, error: OutreachError | None = None) -> Response:
    desk = desk_of(request)
    with reading(desk.engine) as session:
        taken = imports(session)
    last = next((one.id for one in taken if one.undone_at is None and one.undoes is None), None)
    return page(request, "sheets.html", 422 if error else 200, error=error, taken=taken, last=last, tz=desk.settings.tz)


def _state(found: ImportResult) -> str:
    """What tells whether the same difference is still there."""
    plain = {key: value for key, value in found.as_dict().items() if key in ("missions", "contacts", "terms")}
    return hashlib.sha256(repr(plain).encode()).hexdigest()
