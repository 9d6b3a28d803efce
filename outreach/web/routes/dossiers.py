"""The dossier of a campaign: which answers may be shown, the site made, looked over, and taken along as a zip."""

import hashlib
import io
import mimetypes
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from fastapi import APIRouter, Request, Response
from sqlmodel import Session, col, select

from outreach import clock
from outreach.campaigns.plan import campaign_numbered
from outreach.catalogues import languages
from outreach.database import reading
from outreach.errors import ConflictError, NotFoundError, OutreachError, UserError
from outreach.inbox.mail_list import incoming
from outreach.missions.names import state_name
from outreach.models import Campaign, Mission
from outreach.models import Response as Stand
from outreach.reports.dossier import dossier
from outreach.responses.released import ReleasedAnswer, release, released, withdraw
from outreach.text import one_line
from outreach.vocabulary import Answer, Edition
from outreach.web.access import GuardedRoute
from outreach.web.desk import actor, desk_of
from outreach.web.form_fields import Long, Number, Short
from outreach.web.middleware import SITE_CSP
from outreach.web.render import go, page
from outreach.web.showing import file_name_of, kept
from outreach.web.tongues import tongue_of
from outreach.web.uploads import keep_made, kept_made
from outreach.web.words import by_name

router = APIRouter(route_class=GuardedRoute)
_MOST_SHOWN = 30_000_000
"""Bytes of one file of a dossier that the desk shows."""


@router.get("/campaigns/{number}/dossier")
def dossier_page(request: Request, number: Number) -> Response:
    """Which answers may be shown, and the form to make a dossier."""
    return _dossier(request, number)


@router.post("/campaigns/{number}/dossier")
def dossier_make(request: Request, number: Number, edition: Short = "", language: Short = "") -> Response:
    """Make a dossier and show it; it is kept for a day, to be looked over and taken along."""
    desk = desk_of(request)
    with reading(desk.engine) as session:
        campaign = campaign_numbered(session, number)
    try:
        with TemporaryDirectory(prefix="outreach-") as folder:
            out = Path(folder) / "dossier.zip"
            made = dossier(
                desk.engine, campaign.name, out, edition=_edition(edition), language=language or "en",
                templates=desk.templates, by=actor(request),
            )  # fmt: skip
            content = out.read_bytes()
    except NotFoundError:
        raise
    except UserError as error:
        return _dossier(request, number, error, edition, language)
    return page(
        request, "dossier_made.html", campaign=campaign, made=made, digest=keep_made(desk, content), size=len(content)
    )


@router.get("/campaigns/{number}/dossier/{digest}/{file}")
def dossier_file(request: Request, number: Number, digest: str, file: str) -> Response:
    """A page or file of a dossier that was made, or all of it as `dossier.zip`."""
    return _file(request, number, digest, file)


@router.get("/campaigns/{number}/dossier/{digest}/{folder}/{file}")
def dossier_file_within(request: Request, number: Number, digest: str, folder: str, file: str) -> Response:
    """The same of a folder within it."""
    return _file(request, number, digest, f"{folder}/{file}")


@router.get("/campaigns/{number}/released/{iso3}")
def release_page(request: Request, number: Number, iso3: str, reply: Short = "") -> Response:
    """The form to give a mission's answer free to be shown, and what is free; `reply` is the mail that is meant."""
    return _release(request, number, iso3, reply=reply)


@router.post("/campaigns/{number}/released/{iso3}")
def release_look(request: Request, number: Number, iso3: str, reply: Short = "", text: Long = "") -> Response:
    """Show what would be released, and whom it tells of. Nothing is changed yet."""
    try:
        found = _tried(request, number, iso3, reply, text)
    except NotFoundError:
        raise
    except UserError as error:
        return _release(request, number, iso3, error, reply, text)
    return _release(request, number, iso3, None, reply, text, found)


@router.post("/campaigns/{number}/released/{iso3}/apply")
def release_apply(
    request: Request, number: Number, iso3: str, reply: Short = "", text: Long = "", state: Short = "",
    others: Short = "",
) -> Response:  # fmt: skip
    """Release the words that were shown: as they are, which agrees to whom they tell of, or without these."""
    desk, name = desk_of(request), _name(request, number)
    if _state(_tried(request, number, iso3, reply, text)) != state:
        raise ConflictError(
            "desk.release-changed",
            "What would be released has changed since this was shown. Nothing was released.",
            remedy="Look at it as it is now.",
        )
    done = release(
        desk.engine, name, iso3, by=actor(request), reply=_number(reply), text=text,
        without_others=others == "without", yes=others == "with",
    )  # fmt: skip
    return go(
        request,
        f"/campaigns/{number}/dossier",
        tongue_of(request)("{mission}: these words may be shown.", mission=done.iso3),
    )


@router.post("/campaigns/{number}/released/{iso3}/withdraw")
def release_withdraw(request: Request, number: Number, iso3: str, reply: Short = "") -> Response:
    """Take back what was released; what was published already is out of reach."""
    withdraw(desk_of(request).engine, _name(request, number), iso3, by=actor(request), reply=_number(reply))
    words = tongue_of(request)(
        "{mission}: taken back. What was published already is out of reach: publish the dossier again.",
        mission=one_line(iso3).upper()[:3],
    )
    return go(request, f"/campaigns/{number}/dossier", words)


def _dossier(
    request: Request, number: int, error: OutreachError | None = None, edition: str = "", language: str = ""
) -> Response:
    desk = desk_of(request)
    say = tongue_of(request)
    with reading(desk.engine) as session:
        found = _answers(session, campaign_numbered(session, number))
    found["answered"] = by_name(say, found["answered"], lambda one: state_name(one[0].iso3, one[0].short_name, say))
    return page(
        request, "dossier.html", 200 if error is None else 422, error=error, editions=list(Edition),
        edition=edition or Edition.PUBLIC, languages=languages(),
        chosen=language or say.language, tz=desk.settings.tz, **found,
    )  # fmt: skip


def _answers(session: Session, campaign: Campaign) -> dict[str, Any]:
    free: dict[str, list[ReleasedAnswer]] = {}
    for one in released(session, campaign):
        free.setdefault(one.iso3, []).append(one)
    query = (
        select(Stand, Mission)
        .join(Mission, col(Mission.iso3) == col(Stand.iso3))
        .where(Stand.campaign_id == campaign.id)
        .order_by(col(Stand.iso3))
    )
    answered = [
        (mission, stand) for stand, mission in session.exec(query)
        if stand.answer in (Answer.ACKNOWLEDGED, Answer.REPLIED) or stand.iso3 in free
    ]  # fmt: skip
    return {"campaign": campaign, "answered": answered, "free": free}


def _release(
    request: Request,
    number: int,
    iso3: str,
    error: OutreachError | None = None,
    reply: str = "",
    text: str = "",
    found: ReleasedAnswer | None = None,
) -> Response:
    desk = desk_of(request)
    code = iso3.strip().upper()
    with reading(desk.engine) as session:
        campaign = campaign_numbered(session, number)
        mission = session.get(Mission, code)
        if mission is None:
            raise NotFoundError(
                "mission.not-found", "{code} is not in the directory.", code=code, remedy="Search for it by name."
            )
        mails = [one for one in incoming(session, "all", iso3=code) if one.campaign == campaign.name]
        free = [one for one in released(session, campaign) if one.iso3 == code]
    status = 200 if error is None else 409 if isinstance(error, ConflictError) else 422
    return page(
        request, "release.html", status, campaign=campaign, mission=mission, mails=mails, free=free, error=error,
        reply=reply, text=text, found=found, state=_state(found) if found else "", tz=clock.zone(campaign.time_zone),
    )  # fmt: skip


def _tried(request: Request, number: int, iso3: str, reply: str, text: str) -> ReleasedAnswer:
    return release(
        desk_of(request).engine, _name(request, number), iso3, by=actor(request), reply=_number(reply), text=text,
        dry_run=True,
    )  # fmt: skip


def _name(request: Request, number: int) -> str:
    with reading(desk_of(request).engine) as session:
        return campaign_numbered(session, number).name


def _state(found: ReleasedAnswer) -> str:
    """What tells whether the same words would be released, of the same people."""
    told = repr((found.mail, found.text, [(one.kind, one.words) for one in found.others]))
    return hashlib.sha256(told.encode()).hexdigest()


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _edition(text: str) -> Edition:
    try:
        return Edition(text or Edition.PUBLIC)
    except ValueError:
        raise UserError(
            "dossier.edition", "There is no edition {edition!r}.", edition=one_line(text)[:40],
            editions=", ".join(Edition), remedy="There are: {editions}.",
        ) from None  # fmt: skip


def _file(request: Request, number: int, digest: str, name: str) -> Response:
    desk = desk_of(request)
    with reading(desk.engine) as session:
        campaign = campaign_numbered(session, number)
    content = kept_made(desk, digest)
    if name == "dossier.zip":
        return kept(f"{file_name_of(campaign.name)}-dossier.zip", content, "application/zip")
    with zipfile.ZipFile(io.BytesIO(content)) as made:
        if name not in made.namelist() or made.getinfo(name).file_size > _MOST_SHOWN:
            raise NotFoundError("desk.no-dossier-file", "There is no such file in the dossier.")
        shown = made.read(name)
    media = mimetypes.guess_type(name)[0] or "text/plain"
    if media in ("text/html", "text/css"):
        headers = {"content-security-policy": SITE_CSP, "x-frame-options": "SAMEORIGIN"}
        return Response(shown, media_type=f"{media}; charset=utf-8", headers=headers)
    return kept(Path(name).name, shown, media)
