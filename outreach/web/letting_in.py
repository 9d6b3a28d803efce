"""The steps of a sign-in, whatever begins it: the first, the second where an account has one, and in.

And the proof that is asked for once more, before something is changed that opens the desk.
"""

import json
from datetime import timedelta
from urllib.parse import quote, urlsplit

from fastapi import Request, Response

from outreach import clock
from outreach.actors import account_at
from outreach.errors import AccessError, UserError
from outreach.models import Account
from outreach.people import accounts, audit, factors
from outreach.people.oidc import title_of
from outreach.people.passkeys import takes_passkeys
from outreach.vocabulary import Door
from outreach.web.account_mail import AccountChange, tell_of
from outreach.web.desk import desk_of, visit_of
from outreach.web.kept_forms import read_kept
from outreach.web.render import go, is_part, page
from outreach.web.session import begin, keep, remember
from outreach.web.throttle import keys_of
from outreach.web.under_way import Form, HalfIn

_FRESH = timedelta(minutes=10)
"""So long after a sign-in, who has no password here need not sign in once more."""


def proceed(request: Request, account: Account, then: str, form: Form | None, *, how: str, strong: bool) -> Response:
    """Go on from the first step: to the second where the account has one and `strong` does not tell that it is proven
    already, else in. What was typed before goes along."""
    desk = desk_of(request)
    assert account.id is not None
    if strong or not factors.factors_of(desk.engine, account.id).any:
        return let_in(request, account, then, form, how=how, strong=strong)
    visit = begin(desk, request, None)
    half = HalfIn(account.id, account.epoch, account.login, then, form, how)
    desk.steps.put(("half", visit.sid), half)
    response = code_form(request, half) if is_part(request) else go(request, "/login/code")
    keep(desk, response, visit)
    return response


def let_in(request: Request, account: Account, then: str, form: Form | None, *, how: str, strong: bool) -> Response:
    """Begin the session, and go where they wanted, or on with what they had typed."""
    desk = desk_of(request)
    before = audit.note_sign_in(desk.engine, account_at(Door.DESK, account.id, account.name), how)
    visit = begin(desk, request, account, strong=strong)
    response: Response
    if is_part(request):
        response = page(request, "part_signed_in.html")
        response.headers["hx-trigger"] = json.dumps({"signed-in": {"csrf": visit.csrf}})
    elif form is not None:
        response = page(request, "go_on.html", form=form)
    else:
        response = go(request, local(then))
    keep(desk, response, visit)
    known = remember(desk, request, response, account.login)
    return response if known or not before else tell_of(request, response, account, AccountChange.NEW_BROWSER)


def half_in(request: Request) -> HalfIn | None:
    """Return who has proven the first step in this browser, a few minutes ago."""
    return desk_of(request).steps.look(("half", visit_of(request).sid), HalfIn)


def code_form(request: Request, half: HalfIn, fault: str = "", code: int = 200) -> Response:
    """Return the page of the second step, or its part."""
    desk = desk_of(request)
    return page(
        request, "part_code.html" if is_part(request) else "login_code.html", code, half=half, fault=fault,
        factors=factors.factors_of(desk.engine, half.account_id), passkeys_here=takes_passkeys(host_of(request)),
    )  # fmt: skip


def login_form(
    request: Request, *, then: str = "/", login: str = "", fault: str = "", kept: str = "", code: int = 200
) -> Response:
    """Return the page of the first step, or its part. What can't be read of `kept` is not carried on."""
    desk = desk_of(request)
    if read_kept(desk, visit_of(request), kept) is None:
        kept = ""
    return page(
        request, "part_sign_in.html" if is_part(request) else "login.html", code, then=local(then), login=login[:100],
        fault=fault, kept=kept, lost=[], empty=not fault and not accounts.accounts(desk.engine),
        **ways_in(request, local(then)),
    )  # fmt: skip


def ways_in(request: Request, then: str) -> dict[str, object]:
    """Return what a page to sign in is told of the other ways in."""
    return {
        "passkeys_here": takes_passkeys(host_of(request)),
        "organisation": title_of(desk_of(request).settings),
        "organisation_url": "/login/organisation" + (f"?then={quote(then, safe='')}" if then != "/" else ""),
    }


def too_many_tries(wait: int) -> UserError:
    """Return what is said where somebody has to wait so many seconds before the next try."""
    return UserError("desk.too-many-tries", "Too many tries. Wait {wait} {wait:*second|seconds}.", wait=wait)


def proven(request: Request, password: str) -> Account:
    """Return one's own account, once the present password was given, or, for who has none here, after a sign-in of a
    few minutes ago. Raises UserError; tries are counted."""
    desk, visit = desk_of(request), visit_of(request)
    account = visit.account
    assert account is not None
    if not account.password_hash:
        if visit.begun_at is None or clock.now() - visit.begun_at > _FRESH:
            raise UserError(
                "desk.not-fresh", "You signed in a while ago. Nothing was changed.",
                remedy="Sign out and in again, and do it then.",
            )  # fmt: skip
        return account
    keys = keys_of(account.login, "", f"own {account.id}")
    if wait := desk.throttle.wait(keys):
        raise too_many_tries(wait)
    try:
        accounts.sign_in(desk.engine, account.login, password)
    except AccessError:
        desk.throttle.failed(keys)
        raise UserError("password.not-yours", "That is not your present password. Nothing was changed.") from None
    return account


def host_of(request: Request) -> str:
    """Return the host name by which the browser reaches the desk, without its port; `Strictness` has held it against
    the desk's own."""
    return urlsplit(f"//{request.headers.get('host', 'localhost')}").hostname or ""


def root_of(request: Request) -> str:
    """Return where the desk is, as the browser names it: scheme, host and port."""
    scheme = "https" if desk_of(request).secure else "http"
    return f"{scheme}://{request.headers.get('host', 'localhost')}"


def local(url: str) -> str:
    """Return a path of this desk, whatever a link asked for (OWASP: unvalidated redirects)."""
    parts = urlsplit(url)
    if parts.scheme or parts.netloc or not url.startswith("/") or url.startswith(("//", "/\\")) or "\\" in url:
        return "/"
    return "/" if any(ord(character) < 32 for character in url) else url
