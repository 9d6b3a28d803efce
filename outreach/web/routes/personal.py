"""A natural person's data: found, handed over in one file, erased. For admins alone."""

from pathlib import Path
from tempfile import TemporaryDirectory

from fastapi import APIRouter, Request, Response

from outreach.errors import OutreachError, UserError
from outreach.privacy.erase import Erased, erase, find
from outreach.privacy.handed import OthersWords, export
from outreach.privacy.holdings import Holdings
from outreach.web.access import GuardedRoute
from outreach.web.desk import actor, desk_of
from outreach.web.form_fields import Long, Short
from outreach.web.render import page
from outreach.web.showing import kept

router = APIRouter(route_class=GuardedRoute)


@router.get("/personal-data")
def personal_page(request: Request) -> Response:
    """The form to look for a person."""
    return _shown(request)


@router.post("/personal-data")
def personal_find(request: Request, person: Short = "", also: Long = "") -> Response:
    """Everything that is kept of a person, by place. In the body of a form: no address of a page names anybody."""
    desk = desk_of(request)
    try:
        found = find(desk.engine, person, _lines(also), folder=desk.folder)
        would = erase(desk.engine, desk.settings, desk.folder, person, by=actor(request), also=_lines(also),
                      dry_run=True) if found.total else None  # fmt: skip
    except UserError as error:
        return _shown(request, person, also, error=error)
    return _shown(request, person, also, found, would)


@router.post("/personal-data/export")
def personal_export(request: Request, person: Short = "", also: Long = "", blacked: Short = "") -> Response:
    """A person's data in one file, to be handed to them."""
    desk = desk_of(request)
    with TemporaryDirectory(prefix="outreach-") as folder:
        out = Path(folder) / "person.zip"
        try:
            found = find(desk.engine, person, _lines(also), folder=desk.folder)
            others = OthersWords.BLACKED_OUT if blacked else OthersWords.LEFT_OUT
            export(desk.engine, found, out, by=actor(request), others=others)
        except UserError as error:
            return _shown(request, person, also, error=error)
        return kept("person.zip", out.read_bytes(), "application/zip")


@router.post("/personal-data/erase")
def personal_erase(request: Request, person: Short = "", also: Long = "", number: Short = "") -> Response:
    """Erase a person's data, once the number of things has been typed; tell what stays and what is out of reach."""
    desk = desk_of(request)
    typed = int(number) if number.strip().isascii() and number.strip().isdigit() else None
    try:
        done = erase(desk.engine, desk.settings, desk.folder, person, by=actor(request), also=_lines(also), yes=typed)
    except UserError as error:
        found = _still(request, person, also)
        return _shown(request, person, also, found, error=error)
    return _shown(request, "", "", done.held, done)


def _still(request: Request, person: str, also: str) -> Holdings | None:
    """What is held still after an erasure was refused; None where the words name nobody."""
    desk = desk_of(request)
    try:
        return find(desk.engine, person, _lines(also), folder=desk.folder)
    except UserError:
        return None


def _shown(
    request: Request,
    person: str = "",
    also: str = "",
    found: Holdings | None = None,
    done: Erased | None = None,
    error: OutreachError | None = None,
) -> Response:
    code = 200 if error is None else 422
    return page(
        request, "personal_data.html", code, person=person, also=also, found=found, done=done, error=error,
        erased=done is not None and not done.dry_run,
    )  # fmt: skip


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
