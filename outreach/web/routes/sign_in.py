"""Signing in and out, and a person's own password."""

import json
from urllib.parse import urlsplit

from fastapi import APIRouter, Request, Response

from outreach.actors import account_at
from outreach.catalogues import tongue
from outreach.errors import AccessError, UserError
from outreach.models import Account
from outreach.people import accounts, audit, passwords, sessions
from outreach.vocabulary import Door
from outreach.web.access import GuardedRoute
from outreach.web.clicked import as_text
from outreach.web.desk import actor, desk_of, visit_of
from outreach.web.form_fields import Kept, Number, Password, Short
from outreach.web.kept_forms import read_kept
from outreach.web.render import go, is_part, page
from outreach.web.session import begin, keep, knows, remember
from outreach.web.throttle import keys_of
from outreach.web.tongues import keep_chosen, tongue_of

router = APIRouter(route_class=GuardedRoute)


@router.get("/login")
def login_page(request: Request, then: str = "/") -> Response:
    """The form to sign in."""
    if visit_of(request).account is not None:
        return go(request, _local(then))
    response = page(
        request,
        "login.html",
        then=_local(then),
        login="",
        fault="",
        kept="",
        lost=[],
        empty=not accounts.accounts(desk_of(request).engine),
    )
    keep_chosen(request, response, secure=desk_of(request).secure)
    return response


@router.post("/login")
def login(
    request: Request, login: Password = "", password: Password = "", then: Password = "/", kept: Kept = ""
) -> Response:
    """Sign in. After a few failures of the same kind, the next try has to wait. What was typed before goes on."""
    desk, say = desk_of(request), tongue_of(request)
    name = login.strip().casefold()[:100]
    keys = keys_of(name, request.client.host if request.client else "", knows(desk, request, name))
    if wait := desk.throttle.wait(keys):
        return _not_now(request, then, login, say("Too many tries. Wait {wait} seconds.", wait=wait), wait, kept)
    # Before the password is looked at: of many tries sent at once, only the first few are.
    desk.throttle.failed(keys)
    try:
        with desk.throttle.turn() as turn:
            if not turn:
                desk.throttle.unsaid(keys)
                return _not_now(
                    request, then, login, say("Many are signing in just now. Try again in a moment."), 2, kept
                )
            account = accounts.sign_in(desk.engine, login, password)
    except AccessError as error:
        audit.refuse_sign_in(desk.engine, login, Door.DESK)
        return _refused(request, 403, then, login, as_text(error, say), kept)
    desk.throttle.succeeded(keys)
    audit.note_sign_in(desk.engine, account_at(Door.DESK, account.id, account.name))
    form = read_kept(desk, visit_of(request), kept)
    visit = begin(desk, request, account)
    response: Response
    if is_part(request):
        response = page(request, "part_signed_in.html")
        response.headers["hx-trigger"] = json.dumps({"signed-in": {"csrf": visit.csrf}})
    elif form is not None:
        response = page(request, "go_on.html", form=form)
    else:
        response = go(request, _local(then))
    keep(desk, response, visit)
    remember(desk, request, response, account.login)
    return response


@router.post("/logout")
def logout(request: Request) -> Response:
    """Sign out."""
    response = go(request, "/login", tongue_of(request)("You are signed out."))
    keep(desk_of(request), response, begin(desk_of(request), request, None))
    return response


@router.get("/account")
def account_page(request: Request) -> Response:
    """One's own name, role, password, and the browsers that one is signed in with."""
    desk, visit = desk_of(request), visit_of(request)
    assert visit.account is not None
    assert visit.account.id is not None
    return page(
        request, "account.html", least=passwords.LEAST, own=visit.session, tz=desk.settings.tz,
        sessions=sessions.sessions_of(desk.engine, visit.account.id),
    )  # fmt: skip


@router.post("/account/sessions/{number}/end")
def end_own_session(request: Request, number: Number) -> Response:
    """Sign one of one's own browsers out."""
    desk, visit = desk_of(request), visit_of(request)
    assert visit.account is not None
    assert visit.account.id is not None
    sessions.end_one(desk.engine, visit.account.id, number, by=actor(request))
    if number == visit.session:
        return go(request, "/login", tongue_of(request)("You are signed out."))
    return go(request, "/account", tongue_of(request)("That browser is signed out."))


@router.post("/account/language")
def choose_language(request: Request, language: Short = "") -> Response:
    """Let the desk speak another language to oneself."""
    account = visit_of(request).account
    assert account is not None
    changed = accounts.choose_language(desk_of(request).engine, account.login, language, by=actor(request))
    say = tongue(changed.language)
    return go(request, "/account", say("The desk speaks English to you."))


@router.post("/account/password")
def change_own_password(request: Request, old: Password = "", new: Password = "") -> Response:
    """Change one's own password; every other session of one's own ends."""
    desk = desk_of(request)
    account = _proven(request, old)
    changed = accounts.change_password(desk.engine, account.login, new, by=actor(request))
    response = go(request, "/account", tongue_of(request)("Your password is changed. Other browsers are signed out."))
    keep(desk, response, begin(desk, request, changed))
    return response


@router.post("/account/email")
def own_email(request: Request, email: Short = "", present: Password = "") -> Response:
    """Say where a link to a new password is mailed to: whoever reads that box could take the account over."""
    account, say = _proven(request, present), tongue_of(request)
    changed = accounts.set_email(desk_of(request).engine, account.login, email, by=actor(request))
    if not changed.email:
        return go(request, "/account", say("Nothing is mailed to you any more."))
    return go(request, "/account", say("A link to a new password would go to {address}.", address=changed.email))


def _proven(request: Request, password: str) -> Account:
    """Return one's own account, once the present password was given. Raises UserError; tries are counted."""
    desk, account = desk_of(request), visit_of(request).account
    assert account is not None
    keys = keys_of(account.login, "", f"own {account.id}")
    if wait := desk.throttle.wait(keys):
        raise UserError("desk.too-many-tries", "Too many tries. Wait {wait} {wait:*second|seconds}.", wait=wait)
    try:
        accounts.sign_in(desk.engine, account.login, password)
    except AccessError:
        desk.throttle.failed(keys)
        raise UserError("password.not-yours", "That is not your present password. Nothing was changed.") from None
    return account


def _not_now(request: Request, then: str, login: str, fault: str, seconds: int, kept: str) -> Response:
    response = _refused(request, 429, then, login, fault, kept)
    response.headers["retry-after"] = str(seconds)
    return response


def _refused(request: Request, code: int, then: str, login: str, fault: str, kept: str) -> Response:
    desk = desk_of(request)
    if read_kept(desk, visit_of(request), kept) is None:
        kept = ""
    template = "part_sign_in.html" if is_part(request) else "login.html"
    return page(
        request, template, code, then=_local(then), login=login[:100], fault=fault, empty=False, kept=kept, lost=[]
    )


def _local(url: str) -> str:
    """Return a path of this desk, whatever a link asked for (OWASP: unvalidated redirects)."""
    parts = urlsplit(url)
    if parts.scheme or parts.netloc or not url.startswith("/") or url.startswith(("//", "/\\")) or "\\" in url:
        return "/"
    return "/" if any(ord(character) < 32 for character in url) else url
