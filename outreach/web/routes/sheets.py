"""Sheets: a workbook goes in, its difference is shown, and only then it is applied."""

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Request, Response, UploadFile
from fastapi.responses import RedirectResponse

from outreach.campaigns.address_changes import affected, still_void, void_changed
from outreach.catalogues import Tongue
from outreach.database import reading
from outreach.errors import ConfirmationError, NotFoundError, OutreachError, SheetError
from outreach.missions.books.marked_copy import name_of_copy
from outreach.missions.directory_workbook import write_blank
from outreach.missions.history import Undone, history, imports, undo
from outreach.missions.importer import import_file
from outreach.missions.matching import KINDS, ShownColumn, columns_of, mapping_of
from outreach.missions.result import ImportResult, must_be_typed
from outreach.sentences import Sentence
from outreach.text import one_line
from outreach.web.access import GuardedRoute
from outreach.web.desk import actor, desk_of
from outreach.web.downloads import XLSX
from outreach.web.form_fields import NONE, Asked, FormNumber, Several, SeveralAsked, Short, pairs
from outreach.web.render import go, page
from outreach.web.tongues import tongue_of
from outreach.web.uploads import keep, kept
from outreach.web.words import directory_change

router = APIRouter(route_class=GuardedRoute)


@router.get("/sheets")
def sheets_page(
    request: Request, digest: Asked = "", name: Asked = "", said: SeveralAsked = NONE, double: SeveralAsked = NONE
) -> Response:
    """The form to bring a sheet, and those that were taken in.

    With a `digest`, the copy of the sheet that was taken in last is offered, of which rows were left out.
    """
    left = {"digest": digest, "name": one_line(name)[:120], "mapping": pairs(said), "doubles": _doubles(double)}
    return _sheets(request, left=left if digest else None)


@router.get("/sheets/blank.xlsx")
def sheet_blank(request: Request) -> Response:
    """The missions' workbook without a row, to be filled in and brought back."""
    del request
    with TemporaryDirectory(prefix="outreach-") as folder:
        content = write_blank(Path(folder) / "missions.xlsx").read_bytes()
    headers = {"content-disposition": 'attachment; filename="missions.xlsx"'}
    return Response(content, media_type=XLSX, headers=headers)


@router.post("/sheets")
def sheet_upload(request: Request, file: UploadFile) -> Response:
    """Show what a sheet would change. Nothing is changed yet."""
    try:
        path = keep(desk_of(request), file.file, file.filename or "")
    except OutreachError as error:
        if error.exit_status != 2:
            raise
        return _sheets(request, error)
    return _to_look(path, file.filename or tongue_of(request)("the sheet"))


@router.post("/sheets/look")
def sheet_look(
    request: Request,
    digest: Short = "",
    name: Short = "",
    aside: Short = "",
    column: Several = NONE,
    said: Several = NONE,
    double: Several = NONE,
) -> Response:
    """Show what a sheet that was brought before would change, as a person now says: its bad rows `aside`.

    `column` has what each column is to be taken for (`B=first`), `said` what was said of them before (`first=B`), and
    `double` which of the rows about the same holds (`FRA a@fra.mission.example=4`).
    """
    desk, told = desk_of(request), pairs(said)
    path = kept(desk, digest)
    if column:
        told |= mapping_of(columns_of(desk.engine, path, told), pairs(column))
        told = {field: columns for field, columns in told.items() if columns}
    return _to_look(path, name, aside=bool(aside), said=told, double=double)


@router.get("/sheets/look")
def sheet_shown(
    request: Request, digest: Asked = "", name: Asked = "", aside: Asked = "", said: SeveralAsked = NONE,
    double: SeveralAsked = NONE,
) -> Response:  # fmt: skip
    """Show what a sheet that was brought would change: a page that can be gone back to."""
    path = kept(desk_of(request), digest)
    return _difference(request, path, name, aside=bool(aside), mapping=pairs(said), doubles=_doubles(double))


def _to_look(
    path: Path, name: str, *, aside: bool = False, said: Mapping[str, str] = MappingProxyType({}),
    double: Sequence[str] = (),
) -> Response:  # fmt: skip
    asked = [("digest", path.name), ("name", one_line(name)[:120]), *([("aside", "yes")] if aside else [])]
    asked += [("said", f"{field}={column}") for field, column in said.items()]
    return RedirectResponse(f"/sheets/look?{urlencode([*asked, *(('double', one) for one in double)])}", 303)


@router.get("/sheets/marked")
def sheet_marked(
    request: Request, digest: Asked = "", name: Asked = "", said: SeveralAsked = NONE, double: SeveralAsked = NONE
) -> Response:
    """Download the copy of a sheet in which what can't be taken is yellow and says its cure."""
    desk = desk_of(request)
    found = import_file(
        desk.engine, kept(desk, digest), by=actor(request), dry_run=True, set_aside=True, mapping=pairs(said),
        doubles=_doubles(double), called=one_line(name)[:120],
    )  # fmt: skip
    if not found.marked:
        raise NotFoundError("desk.nothing-marked", "Nothing in that sheet is set aside.", remedy="Bring it again.")
    stem = Path(one_line(name)[:120]).stem or "sheet"
    file = quote(name_of_copy(stem), safe="")
    return Response(
        found.marked,
        media_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        headers={"content-disposition": f"attachment; filename*=UTF-8''{file}"},
    )


@router.post("/sheets/apply")
def sheet_apply(
    request: Request,
    digest: Short = "",
    name: Short = "",
    state: Short = "",
    replace: Short = "",
    aside: Short = "",
    said: Several = NONE,
    double: Several = NONE,
    seen: Short = "",
) -> Response:
    """Take in the sheet whose difference was shown, if the directory is still as it was then.

    Else show what somebody changed meanwhile, after the import `seen`, and what the sheet would change now.

    `replace` is the number of rows that a person typed to have retired what the sheet does not name; empty to add and
    update only.
    """
    desk = desk_of(request)
    path = kept(desk, digest)
    retires = bool(replace.strip())
    told, held, typed = pairs(said), _doubles(double), replace.strip()

    def taken(*, dry_run: bool) -> ImportResult:
        # The guesses were shown with the difference: to apply it is to agree.
        return import_file(
            desk.engine, path, yes=True, by=actor(request), called=one_line(name)[:120], replace=retires,
            set_aside=bool(aside), mapping=told, doubles=held, dry_run=dry_run,
            confirmed=(int(typed) if typed.isdecimal() else -1) if retires else None,
        )  # fmt: skip

    if _state(taken(dry_run=True)) != state:
        number = int(seen) if seen.isdecimal() else 0
        return _difference(request, path, name, aside=bool(aside), mapping=told, doubles=held, seen=number)
    try:
        done = taken(dry_run=False)
    except ConfirmationError as error:
        return _difference(
            request, path, name, aside=bool(aside), mapping=told, doubles=held, error=error, typed=typed
        )  # fmt: skip
    say = tongue_of(request)
    counts = ", ".join(
        _counted(say, kind, len(part.added), len(part.changed), len(part.absent))
        for kind, part in (
            (say("missions"), done.missions), (say("contacts"), done.contacts), (say("terms"), done.terms),
        )
    )  # fmt: skip
    if not done.marked:
        path.unlink(missing_ok=True)  # else its marked copy can still be downloaded
    words = say("Taken in: {name}. {counts}.", name=one_line(name)[:120], counts=counts)
    for one in void_changed(desk.engine):
        words += " " + say("{campaign} has to be approved again: addresses have changed.", campaign=one.campaign)
    if not done.not_understood:
        return go(request, "/missions", words)
    words += " " + say.several("{count} row was left out.", "{count} rows were left out.", len(done.not_understood))
    query = [("digest", path.name), ("name", one_line(name)[:120])]
    query += [("said", f"{field}={column}") for field, column in told.items()]
    query += [("double", f"{key}={row}") for key, row in held.items()]
    return go(request, f"/sheets?{urlencode(query)}", words)


def _counted(say: Tongue, kind: str, added: int, changed: int, retired: int) -> str:
    if not retired:
        return say("{kind} ({added} added, {changed} changed)", kind=kind, added=added, changed=changed)
    return say(
        "{kind} ({added} added, {changed} changed, {retired} retired)", kind=kind, added=added, changed=changed,
        retired=retired,
    )  # fmt: skip


@router.post("/sheets/undo")
def sheet_undo(request: Request, number: FormNumber = None, state: Short = "", confirmed: Short = "") -> Response:
    """Show what taking a sheet back would change, by its number in the history; without one, the last.

    With the `state` that was shown, take it back, if that is still what it changes; `confirmed` is the number of rows
    that a person typed, where many go.
    """
    desk, say, typed = desk_of(request), tongue_of(request), confirmed.strip()
    try:
        found = undo(desk.engine, number, by=actor(request), dry_run=True)
        if state != undo_state(found):
            return undo_page(request, found)
        told = (int(typed) if typed.isdecimal() else -1) if typed else None
        done = undo(desk.engine, found.number, by=actor(request), confirmed=told)
    except ConfirmationError as error:
        return undo_page(request, found, error)
    except SheetError as error:  # something of it was changed since
        return _sheets(request, error)
    words = say.several(
        "Taken back: {file}, {count} change.", "Taken back: {file}, {count} changes.", done.changes, file=done.file
    )
    if done.kept:
        words += " " + say("Kept, since a campaign holds them: {rows}.", rows=", ".join(done.kept))
    if again := still_void(desk.engine):
        words += " " + say(
            "Its addresses are again as they were approved, and the approval is void all the same. "
            "Approve again: {rows}.",
            rows=", ".join(again),
        )
    for one in void_changed(desk.engine, by=actor(request)):
        words += " " + say("{campaign} has to be approved again: addresses have changed.", campaign=one.campaign)
    return go(request, "/sheets", words)


def undo_page(
    request: Request,
    found: Undone,
    error: OutreachError | None = None,
    *,
    back: str = "/sheets",
    called: str = "",
    seen: str = "",
    notes: Sequence[Sentence] = (),
    voids: bool = False,
) -> Response:
    """Show what would be taken back; with `error`, why it was not. `back` is the page on which its button stands."""
    return page(
        request, "sheet_undo.html", 422 if error else 200, found=found, error=error, state=undo_state(found),
        typed_too=must_be_typed(found.retired, found.known), tz=desk_of(request).settings.tz, back=back,
        touched=affected(desk_of(request).engine, found.recipients), called=called, seen=seen, notes=notes, voids=voids,
    )  # fmt: skip


def undo_state(found: Undone) -> str:
    """What tells whether taking it back is still the same."""
    return hashlib.sha256(repr(found.as_dict()).encode()).hexdigest()


def _difference(
    request: Request,
    path: Path,
    name: str,
    *,
    aside: bool,
    mapping: Mapping[str, str] = MappingProxyType({}),
    doubles: Mapping[str, str] = MappingProxyType({}),
    seen: int | None = None,
    error: OutreachError | None = None,
    typed: str = "",
) -> Response:
    """Show what a sheet would change; with `seen`, also what was changed since that import, in between.

    With `error`, why it was not taken in, and the number that was `typed`.
    """
    desk, name = desk_of(request), one_line(name)[:120]

    def looked(*, replace: bool, aside: bool) -> ImportResult:
        return import_file(
            desk.engine, path, by=actor(request), dry_run=True, replace=replace, set_aside=aside, mapping=mapping,
            doubles=doubles, called=name,
        )  # fmt: skip

    try:
        found, whole = (looked(replace=replace, aside=aside) for replace in (False, True))
        # What is left out by a guess is marked in a copy too, for whoever would rather mend it.
        marked = bool(found.marked) or (bool(found.guesses) and bool(looked(replace=False, aside=True).marked))
    except OutreachError as failed:
        if failed.exit_status != 2:
            raise
        return _sheets(request, failed, path=path, name=name, mapping=mapping)
    with reading(desk.engine) as session:
        last = next((one.id for one in imports(session, 1)), 0)
        others = [] if seen is None else history(session, after=seen)
    say = tongue_of(request)
    by_whom: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for one in others:
        by_whom.setdefault((one["who"], one["file"]), []).append(directory_change(one, say))
    return page(
        request, "difference.html", 422 if error else 200 if seen is None else 409, last=last, marked=marked,
        changed=seen is not None, error=error, typed=typed,
        meanwhile=by_whom, found=found, whole=whole, name=name, aside=aside, mapping=mapping, doubles=doubles,
        columns=columns_of(desk.engine, path, mapping), kinds=KINDS, digest=path.name,
        state=_state(found), whole_state=_state(whole),
        touched=affected(desk.engine, found.recipients), touched_whole=affected(desk.engine, whole.recipients),
    )  # fmt: skip


def _doubles(told: Sequence[str]) -> dict[str, str]:
    """Return what stands before and behind the last `=` of each text: an address may have one."""
    return {key: value for key, equals, value in (one.rpartition("=") for one in told) if equals and key and value}


def _sheets(
    request: Request,
    error: OutreachError | None = None,
    *,
    path: Path | None = None,
    name: str = "",
    mapping: Mapping[str, str] = MappingProxyType({}),
    left: Mapping[str, Any] | None = None,
) -> Response:
    """Show the first page, and what can be done about a sheet that was brought and can't be taken as it is."""
    desk = desk_of(request)
    columns: list[ShownColumn] = []
    kept_as = ""
    if path is not None and error is not None:
        kept_as = path.name if error.says.code == "sheet.cells-wrong" else ""
        with suppress(OutreachError):
            columns = columns_of(desk.engine, path, mapping)
    with reading(desk.engine) as session:
        taken = imports(session)
    return page(
        request,
        "sheets.html",
        422 if error else 200,
        error=error,
        kept_as=kept_as,
        digest=path.name if path else "",
        columns=columns,
        kinds=KINDS,
        mapping=mapping,
        aside=False,
        name=name,
        left=left,
        taken=taken,
        tz=desk.settings.tz,
    )


def _state(found: ImportResult) -> str:
    """What tells whether the same difference is still there."""
    plain = {
        key: value for key, value in found.as_dict().items() if key in ("missions", "contacts", "terms", "retired")
    }
    return hashlib.sha256(repr(plain).encode()).hexdigest()
