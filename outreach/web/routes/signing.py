"""Signing in and out, and a person's own password."""

from urllib.parse import urlsplit

from fastapi import APIRouter, Request, Response

from outreach.actors import account_at
from outreach.errors import AccessError, UserError
from outreach.people import accounts, audit
from outreach.vocabulary import Door
from outreach.web.access import GuardedRoute
from outreach.web.desk import actor, desk_of, visit_of
from outreach.web.fields import Password
from outreach.web.render import go, page
from outreach.web.session import begin

router = APIRouter(route_class=GuardedRoute)


@router.get("/login")
def login_page(request: Request, then: str = "/") -> Response:
    """The form to sign in."""
    if visit_of(request).account is not None:
        return go(request, _local(then))
    return page(
        request,
        "login.html",
        then=_local(then),
        login="",
        fault="",
        empty=not accounts.accounts(desk_of(request).engine),
    )


@router.post("/login")
def login(request: Request, login: Password = "", password: Password = "", then: Password = "/") -> Response:
    """Sign in. After a few failures for a login, or from an address, the next try has to wait."""
    desk = desk_of(request)
    own = f"login {login.strip().casefold()[:100]}"
    keys = (own, f"from {request.client.host if request.client else ''}")
    if wait := desk.throttle.wait(keys):
        return _not_now(request, then, login, f"Too many tries. Wait {wait} seconds.", wait)
    # Before the password is looked at: of many tries sent at once, only the first few are.
    desk.throttle.failed([own])
    try:
        with desk.throttle.turn() as turn:
            if not turn:
                return _not_now(request, then, login, "Many are signing in just now. Try again in a moment.", 2)
            account = accounts.sign_in(desk.engine, login, password)
    except AccessError as error:
        desk.throttle.failed(keys[1:])
        audit.refuse_sign_in(desk.engine, login, Door.DESK)
        return _refused(request, 403, then, login, str(error))
    desk.throttle.succeeded(keys)
    audit.note_sign_in(desk.engine, account_at(Door.DESK, account.id, account.name))
    response = go(request, _local(then))
    begin(desk, response, account)
    return response


@router.post("/logout")
def logout(request: Request) -> Response:
    """Sign out."""
    response = go(request, "/login", "You are signed out.")
    begin(desk_of(request), response, None)
    return response


@router.get("/account")
def account_page(request: Request) -> Response:
    """One's own name, role and password."""
    return page(request, "account.html", least=accounts.LEAST_PASSWORD)


@router.post("/account/password")
def change_own_password(request: Request, old: Password = "", new: Password = "") -> Response:
    """Change one's own password; every other session of one's own ends."""
    desk = desk_of(request)
    account = visit_of(request).account
    assert account is not None
    keys = (f"login {account.login}",)
    if wait := desk.throttle.wait(keys):
        raise UserError("desk.too-many-tries", "Too many tries. Wait {wait} seconds.", wait=wait)
    try:
        accounts.sign_in(desk.engine, account.login, old)
    except AccessError:
        desk.throttle.failed(keys)
        raise UserError("password.not-yours", "That is not your present password. Nothing was changed.") from None
    changed = accounts.change_password(desk.engine, account.login, new, by=actor(request))
    response = go(request, "/account", "Your password is changed. Other browsers are signed out.")
    begin(desk, response, changed)
    return response


def _not_now(request: Request, then: str, login: str, fault: str, seconds: int) -> Response:
    response = _refused(request, 429, then, login, fault)
    response.headers["retry-after"] = str(seconds)
    return response


def _refused(request: Request, code: int, then: str, login: str, fault: str) -> Response:
    return page(request, "login.html", code, then=_local(then), login=login[:100], fault=fault, empty=False)


def _local(url: str) -> str:
    """Return a path of this desk, whatever a link asked for (OWASP: unvalidated redirects)."""
    parts = urlsplit(url)
    if parts.scheme or parts.netloc or not url.startswith("/") or url.startswith(("//", "/\\")) or "\\" in url:
        return "/"
    return "/" if any(ord(character) < 32 for character in url) else url
