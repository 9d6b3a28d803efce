"""The sign-on page that the world sees, and who waits there for a person's yes.

The public pages know no session: they set no cookie, read none, and run no script. What they refuse, they say in their
own words; a page of the desk is never shown for one of theirs.
"""

import logging
from collections.abc import Callable
from functools import cache
from ipaddress import ip_address, ip_network
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import BoundedSemaphore
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from markupsafe import Markup
from starlette.background import BackgroundTask

from outreach import clock
from outreach.campaigns.plan import campaign_numbered
from outreach.campaigns.publish import open_words
from outreach.campaigns.who_signs import sign_on_page as signing
from outreach.campaigns.who_signs.sign_on_page import ClosedPageError, PublicPage, SigningMail, SignOnForm, TooManyError
from outreach.campaigns.who_signs.sign_on_words import PAGE_LANGUAGES, page_language, sign_on_words
from outreach.database import reading
from outreach.errors import OutreachError, UserError
from outreach.letters.filters import day
from outreach.letters.folder import stamp
from outreach.missions.facts import states
from outreach.outbox.trial_delivery import send_trial
from outreach.rehearsal.post_office import server_for
from outreach.reports.sign_on_export import write_entries
from outreach.vocabulary import Language, SignatoryKind
from outreach.web.access import GuardedRoute, OpenRoute
from outreach.web.desk import Desk, actor, address_of, desk_of
from outreach.web.form_fields import NONE, Number, Several, Short
from outreach.web.paced import Paced
from outreach.web.render import environment, go
from outreach.web.showing import kept
from outreach.web.tongues import tongue_of

router = APIRouter(route_class=OpenRoute)
desk_router = APIRouter(route_class=GuardedRoute)
_log = logging.getLogger(__name__)
_AN_HOUR_FROM_ONE = 20
_MOST_FIELDS = 20
_posts = Paced(_AN_HOUR_FROM_ONE, 3600.0)
_mailing = BoundedSemaphore(4)
_NAMES = {"en": "English", "fr": "Français", "es": "Español"}
_TRAP = "fax"


@router.get("/sign/{key}")
def sign_on_form(request: Request, key: str, lang: str = "") -> Response:
    """The form on which anybody can sign, as long as the page is open."""
    desk, language = desk_of(request), _language(request, lang)
    page = _public(desk, key)
    if page is None or not page.open:
        return _said(page, language, "closed", 404)
    return _form(desk, page, language, SignOnForm())


@router.post("/sign/{key}")
async def sign_on_post(request: Request, key: str, lang: str = "") -> Response:
    """Take down who signs, and mail the link by which they confirm."""
    from anyio import to_thread

    form = await request.form(max_files=0, max_fields=_MOST_FIELDS, max_part_size=64 * 1024)
    typed = {name: value for name, value in form.items() if isinstance(value, str)}
    return await to_thread.run_sync(lambda: _signed(request, key, lang, typed))


def _signed(request: Request, key: str, lang: str, typed: dict[str, str]) -> Response:
    desk, language = desk_of(request), _language(request, lang)
    page = _public(desk, key)
    if page is None or not page.open:
        return _said(page, language, "closed", 404)
    if not _posts.may(_from(request)):
        return _said(page, language, "later", 429)
    if typed.get(_TRAP):
        return _said(page, language, "mailed", days=signing.LINK_DAYS)  # a program filled in what nobody sees
    form = SignOnForm(
        **{name: typed.get(name, "")[:2_000] for name in
           ("kind", "name", "representative", "title", "country", "category", "email")},
        agreed=typed.get("agreed") == "yes",
    )  # fmt: skip
    if faults := form.faults():
        return _form(desk, page, language, form, faults)
    try:
        mail = signing.sign(desk.engine, desk.settings, key, form, language)
    except ClosedPageError:
        return _said(page, language, "closed", 404)
    except TooManyError:
        return _said(page, language, "later", 429)
    response = _said(page, language, "mailed", days=signing.LINK_DAYS)
    if mail is not None:
        response.background = BackgroundTask(_mail, desk, mail, _title(desk, page, language))
    return response


@router.get("/sign/{key}/confirm/{token}")
def sign_on_confirm(request: Request, key: str, token: str) -> Response:
    """The button that confirms: opening a link changes nothing, since programs that look at mail open links too."""
    return _link(request, key, token, leave=False)


@router.post("/sign/{key}/confirm/{token}")
def sign_on_confirmed(request: Request, key: str, token: str) -> Response:
    """Confirm an address."""
    return _follow(request, key, token, "confirmed", lambda desk: signing.confirm(desk.engine, key, token))


@router.get("/sign/{key}/leave/{token}")
def sign_on_leave(request: Request, key: str, token: str) -> Response:
    """The button that withdraws."""
    return _link(request, key, token, leave=True)


@router.post("/sign/{key}/leave/{token}")
def sign_on_left(request: Request, key: str, token: str) -> Response:
    """Withdraw who signed."""
    return _follow(request, key, token, "left", lambda desk: signing.leave(desk.engine, key, token))


def _link(request: Request, key: str, token: str, *, leave: bool) -> Response:
    desk = desk_of(request)
    page = _public(desk, key)
    with reading(desk.engine) as session:
        entry = signing.entry_of_link(session, key, token, leave=leave)
        language = entry.language if entry is not None else _language(request, "")
        name = entry.name if entry is not None else ""
    if page is None or entry is None:
        return _said(page, language, "no_link", 404, days=signing.LINK_DAYS)
    if not leave and not page.open:
        return _said(page, language, "closed", 404)
    step = "leave" if leave else "confirm"
    words = sign_on_words(f"{step}_text", language, name=name, title=_title(desk, page, language))
    return _page(page, language, "sign_on_link.html", step=step, text=words)


def _follow(request: Request, key: str, token: str, done: str, act: Callable[[Desk], bool]) -> Response:
    desk = desk_of(request)
    page = _public(desk, key)
    with reading(desk.engine) as session:
        entry = signing.entry_of_link(session, key, token, leave=done == "left")
        language = entry.language if entry is not None else _language(request, "")
    try:
        good = act(desk)
    except ClosedPageError:
        return _said(page, language, "closed", 404)
    return _said(page, language, done) if good else _said(page, language, "no_link", 404, days=signing.LINK_DAYS)


def _mail(desk: Desk, mail: SigningMail, title: str) -> None:
    """Hand the mail over, in rehearsal to the rehearsal's own world or its allow-list. Who gets none may sign again."""
    if not _mailing.acquire(timeout=30):
        _log.warning("the mail to confirm entry %d was not handed over: too many at once", mail.entry)
        return
    try:
        settings = desk.to_send()
        trial = signing.compose_signing(settings, desk.engine, mail, title)
        with server_for(settings, desk.folder) as server:
            send_trial(settings, server, trial)
        signing.note_mailed(desk.engine, mail.entry)
    except OutreachError as error:
        _log.warning("the mail to confirm entry %d was not handed over: %s", mail.entry, error)
    finally:
        _mailing.release()


def _public(desk: Desk, key: str) -> PublicPage | None:
    with reading(desk.engine) as session:
        return signing.public_page(session, key)


def _language(request: Request, wanted: str) -> Language:
    return page_language(wanted, request.headers.get("accept-language", ""))


def _from(request: Request) -> str:
    """Where a post comes from, as it is counted: an address; of IPv6 the network that one house has (RFC 6177)."""
    host = address_of(request)
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host
    return host if address.version == 4 else str(ip_network((address, 64), strict=False))


def _title(desk: Desk, page: PublicPage, language: Language) -> str:
    return page.words.get(language) or _letter_words(desk, page, language)[0] or page.name


def _letter_words(desk: Desk, page: PublicPage, language: Language) -> tuple[str, str]:
    """The subject of the open letter, and its text as HTML; empty where it can't be made."""
    try:
        return desk.read(
            ("sign-on letter", page.key, language, stamp(page.letter, desk.templates)),
            lambda session: open_words(session, page.name, language, desk.templates),
        )
    except OutreachError as error:
        _log.warning("the sign-on page of %s shows no letter: %s", page.name, error)
        return "", ""


def _form(
    desk: Desk, page: PublicPage, language: Language, form: SignOnForm, faults: tuple[str, ...] = ()
) -> HTMLResponse:
    title, html = _letter_words(desk, page, language)
    until = ""
    if page.until is not None:
        local = page.until.astimezone(clock.zone(page.time_zone))
        until = f"{day(local.date(), language)}, {local:%H:%M} ({page.time_zone.rpartition('/')[2]})"
    what = ", ".join(sign_on_words(one, language, most=signing.MOST_CHARACTERS) for one in faults)
    return _page(
        page, language, "sign_on.html", 422 if faults else 200, form=form, fault=what, faults=faults,
        title=page.words.get(language) or title or page.name, letter=Markup(html), until=until,  # noqa: S704  (our own renderer's)
        states=_states(language), kinds=list(SignatoryKind), trap=_TRAP,
    )  # fmt: skip


@cache
def _states(language: Language) -> tuple[str, ...]:
    return tuple(sorted(name.partition(" (")[0] for name in (one.short(language) for one in states().values())))


def _said(page: PublicPage | None, language: Language, key: str, code: int = 200, **facts: Any) -> HTMLResponse:
    return _page(
        page, language, "sign_on_said.html", code, heading=sign_on_words(key, language),
        text=sign_on_words(f"{key}_text", language, **facts),
    )  # fmt: skip


def _page(page: PublicPage | None, language: Language, template: str, code: int = 200, **values: Any) -> HTMLResponse:
    html = environment().get_template(template).render(
        page=page, language=language.value, say=lambda key, **facts: sign_on_words(key, language, **facts),
        languages=[(one.value, _NAMES[one.value]) for one in PAGE_LANGUAGES], **values,
    )  # fmt: skip
    return HTMLResponse(html, code, headers={"referrer-policy": "no-referrer", "x-robots-tag": "noindex"})


def refused(request: Request, status: int) -> Response:
    """Return the page for a request below /sign that no route takes, or that is too large: without a session."""
    language = _language(request, "")
    if status in (400, 413, 422):
        what = sign_on_words("fault_long", language)
        return _page(
            None, language, "sign_on_said.html", status, heading=sign_on_words("fault", language, what=what), text=""
        )
    return _said(None, language, "later" if status >= 500 else "closed", status if status >= 500 else 404)


# ------------------------------------------------------------------------------------------------------- at the desk


@desk_router.post("/campaigns/{number}/signatories/page")
def sign_on_switch(
    request: Request, number: Number, address: Short = "", day: Short = "", hour: Short = "", close: Short = ""
) -> Response:
    """Open the sign-on page to the public, or close it."""
    from outreach.web.routes.signatories import signatories_shown

    desk, name, say = desk_of(request), _name(request, number), tongue_of(request)
    shown_at = f"/campaigns/{number}/signatories#page"
    try:
        if close == "yes":
            signing.close_page(desk.engine, name, by=actor(request))
            return go(request, shown_at, say("The sign-on page is closed."))
        until = f"{day} {hour or '23:59'}" if day.strip() else None
        url = signing.open_page(desk.engine, name, by=actor(request), address=address, until=until)
    except UserError as error:
        return signatories_shown(request, number, error)
    return go(request, shown_at, say("Open to the public: {url}", url=url))


@desk_router.post("/campaigns/{number}/signatories/waiting")
def sign_on_decide(
    request: Request,
    number: Number,
    chosen: Several = NONE,
    decision: Short = "",
    agreed: Short = "",
) -> Response:
    """Take in, or refuse, those who signed on the page."""
    from outreach.web.routes.signatories import signatories_shown

    desk, name, say = desk_of(request), _name(request, number), tongue_of(request)
    shown_at = f"/campaigns/{number}/signatories#page"
    numbers = [int(one) for one in chosen if one.isdecimal() and len(one) < 10]
    if not numbers:
        return go(request, shown_at, say("Nobody was chosen: nothing was changed."), "alarm")
    try:
        if decision == "refuse":
            names = signing.refuse(desk.engine, name, numbers, by=actor(request))
            return go(request, shown_at, say("Not in the list: {names}.", names=", ".join(names)))
        taken = signing.accept(desk.engine, name, numbers, by=actor(request), yes=agreed == "yes")
    except UserError as error:
        return signatories_shown(request, number, error, chosen=numbers)
    return go(request, shown_at, say("Taken in: {names}.", names=", ".join(taken.names)))


@desk_router.get("/campaigns/{number}/signatories/waiting.{kind}")
def sign_on_file(request: Request, number: Number, kind: str) -> Response:
    """Everybody who signed on the page, as CSV or a workbook."""
    desk, name = desk_of(request), _name(request, number)
    with TemporaryDirectory(prefix="outreach-") as made:
        path = Path(made) / f"signed-on-page.{kind}"
        write_entries(signing.entries_of(desk.engine, name, everyone=True), path)
        return kept(path.name, path.read_bytes())


def _name(request: Request, number: int) -> str:
    with reading(desk_of(request).engine) as session:
        return campaign_numbered(session, number).name
