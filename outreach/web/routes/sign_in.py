"""Signing in and out, and a person's own password."""

from fastapi import APIRouter, Request, Response

from outreach.catalogues import tongue
from outreach.errors import AccessError
from outreach.people import accounts, audit, factors, passwords, sessions
from outreach.vocabulary import Door
from outreach.web.access import GuardedRoute
from outreach.web.account_mail import AccountChange, tell_of
from outreach.web.clicked import as_text
from outreach.web.desk import actor, address_of, desk_of, visit_of
from outreach.web.form_fields import Kept, Number, Password, Short
from outreach.web.kept_forms import read_kept
from outreach.web.letting_in import local, login_form, proceed, proven
from outreach.web.render import go, page
from outreach.web.session import begin, keep, knows
from outreach.web.throttle import keys_of
from outreach.web.tongues import keep_chosen, tongue_of

router = APIRouter(route_class=GuardedRoute)


@router.get("/login")
def login_page(request: Request, then: str = "/") -> Response:
    """The form to sign in."""
    if visit_of(request).account is not None:
        return go(request, local(then))
    response = login_form(request, then=then)
    keep_chosen(request, response, secure=desk_of(request).secure)
    return response


@router.post("/login")
def login(
    request: Request, login: Password = "", password: Password = "", then: Password = "/", kept: Kept = ""
) -> Response:
    """Sign in. After a few failures of the same kind, the next try has to wait. What was typed before goes on."""
    desk, say = desk_of(request), tongue_of(request)
    name = login.strip().casefold()[:100]
    keys = keys_of(name, address_of(request), knows(desk, request, name))

    def not_now(fault: str, seconds: int) -> Response:
        response = login_form(request, then=then, login=login, fault=fault, kept=kept, code=429)
        response.headers["retry-after"] = str(seconds)
        return response

    if wait := desk.throttle.wait(keys):
        return not_now(say("Too many tries. Wait {wait} seconds.", wait=wait), wait)
    # Before the password is looked at: of many tries sent at once, only the first few are.
    desk.throttle.failed(keys)
    try:
        with desk.throttle.turn() as turn:
            if not turn:
                desk.throttle.unsaid(keys)
                return not_now(say("Many are signing in just now. Try again in a moment."), 2)
            account = accounts.sign_in(desk.engine, login, password)
    except AccessError as error:
        audit.refuse_sign_in(desk.engine, login, Door.DESK)
        return login_form(request, then=then, login=login, fault=as_text(error, say), kept=kept, code=403)
    desk.throttle.succeeded(keys)
    form = read_kept(desk, visit_of(request), kept)
    return proceed(request, account, then, form, how="password", strong=False)


@router.post("/logout")
def logout(request: Request) -> Response:
    """Sign out."""
    response = go(request, "/login", tongue_of(request)("You are signed out."))
    response.headers["clear-site-data"] = '"cache", "storage"'  # what the browser kept of pages (OWASP ASVS 8.2.3)
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
        factors=factors.factors_of(desk.engine, visit.account.id),
    )  # fmt: skip


@router.post("/account/sessions/{number}/end")
def end_own_session(request: Request, number: Number, present: Password = "") -> Response:
    """Sign one of one's own browsers out; another one than this with the password (OWASP ASVS 3.3.4)."""
    desk, visit = desk_of(request), visit_of(request)
    assert visit.account is not None
    assert visit.account.id is not None
    if number != visit.session:
        proven(request, present)
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
    desk, strong = desk_of(request), visit_of(request).strong
    account = proven(request, old)
    changed = accounts.change_password(desk.engine, account.login, new, by=actor(request))
    response = go(request, "/account", tongue_of(request)("Your password is changed. Other browsers are signed out."))
    keep(desk, response, begin(desk, request, changed, strong=strong))
    return tell_of(request, response, changed, AccountChange.PASSWORD)


@router.post("/account/email")
def own_email(request: Request, email: Short = "", present: Password = "") -> Response:
    """Say where a link to a new password is mailed to: whoever reads that box could take the account over."""
    account, say = proven(request, present), tongue_of(request)
    changed = accounts.set_email(desk_of(request).engine, account.login, email, by=actor(request))
    if not changed.email:
        response = go(request, "/account", say("Nothing is mailed to you any more."))
    else:
        response = go(
            request, "/account", say("A link to a new password would go to {address}.", address=changed.email)
        )
    return tell_of(request, response, changed, AccountChange.EMAIL, account.email)
