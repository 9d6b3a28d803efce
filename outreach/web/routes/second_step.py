"""Signing in by more than a password: the second step, passkeys, and the organisation's own sign-in."""

import hmac
from dataclasses import dataclass

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from outreach.database import reading
from outreach.errors import AccessError, NotFoundError, OutreachError
from outreach.models import Account
from outreach.people import audit, factors, identities, links, passkeys
from outreach.people.oidc import Claims, IssuerSignIn, begin_at_issuer, finish_at_issuer
from outreach.vocabulary import Door
from outreach.web.access import GuardedRoute
from outreach.web.account_mail import AccountChange, tell_of
from outreach.web.clicked import as_text
from outreach.web.desk import address_of, desk_of, visit_of
from outreach.web.form_fields import AskedShort, Credential, Kept, Password
from outreach.web.kept_forms import read_kept
from outreach.web.letting_in import code_form, half_in, host_of, let_in, local, login_form, proceed, root_of
from outreach.web.render import go
from outreach.web.session import keep, knows
from outreach.web.throttle import second_keys_of
from outreach.web.tongues import tongue_of
from outreach.web.under_way import HalfIn

router = APIRouter(route_class=GuardedRoute)
_MOST_WRONG = 5
"""So many wrong codes, and the password is asked for once more."""


@dataclass(frozen=True, slots=True)
class AtIssuer:
    """A visit to the issuer's page that is under way."""

    begun: IssuerSignIn
    then: str
    link: str
    """The invitation that is to be used; empty for a sign-in."""


@dataclass(slots=True)
class WrongCodes:
    """How many wrong codes were given after one first step."""

    count: int = 0


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a passkey is to sign."""

    value: bytes


@router.get("/login/code")
def code_page(request: Request) -> Response:
    """The second step."""
    half = half_in(request)
    return code_form(request, half) if half is not None else go(request, "/login")


@router.post("/login/code")
def code_check(request: Request, code: Password = "", recovery: Password = "") -> Response:
    """Take a code of the app, or a recovery code, once."""
    desk, say, half = desk_of(request), tongue_of(request), half_in(request)
    account = _still(request, half)
    if half is None or account is None:
        return _begin_anew(request)
    keys = second_keys_of(half.account_id, address_of(request), knows(desk, request, half.login))
    if wait := desk.throttle.wait(keys):
        response = code_form(request, half, say("Too many tries. Wait {wait} seconds.", wait=wait), 429)
        response.headers["retry-after"] = str(wait)
        return response
    desk.throttle.failed(keys)  # before it is looked at: of many sent at once, the first few are
    try:
        if recovery:
            left = factors.use_recovery_code(desk.engine, half.account_id, recovery)
            how = f"{half.how}, recovery code ({left} left)"
        else:
            factors.check_code(desk.engine, desk.settings, half.account_id, code)
            how = f"{half.how}, app"
    except AccessError as error:
        audit.refuse_sign_in(desk.engine, half.login, Door.DESK, "second factor")
        response = _wrong(request, half, as_text(error, say))
        if error.code != "factor.used":
            return response
        return tell_of(request, response, account, AccountChange.CODE_AGAIN)
    except OutreachError as error:
        desk.throttle.unsaid(keys)
        return code_form(request, half, as_text(error, say), 422)
    desk.throttle.succeeded(keys)
    desk.steps.take(("half", visit_of(request).sid), HalfIn)
    return let_in(request, account, half.then, half.form, how=how, strong=True)


@router.post("/login/passkey/options")
def passkey_login_options(request: Request) -> Response:
    """What the browser is told to use a passkey; after a password, those of its account."""
    desk, half = desk_of(request), half_in(request)
    value, options = passkeys.options_to_use(
        desk.engine, host_of(request), half.account_id if half is not None else None
    )
    desk.steps.put(("challenge", visit_of(request).sid), Challenge(value))
    return Response(options, media_type="application/json")


@router.post("/login/passkey")
def passkey_login(request: Request, credential: Credential = "", then: Password = "/", kept: Kept = "") -> Response:
    """Sign in by a passkey, by itself or after the password."""
    desk, say, half = desk_of(request), tongue_of(request), half_in(request)
    keys = [f"from {address_of(request)}"]
    if wait := desk.throttle.wait(keys):
        return login_form(request, then=then, fault=say("Too many tries. Wait {wait} seconds.", wait=wait), code=429)
    challenge = desk.steps.take(("challenge", visit_of(request).sid), Challenge)
    try:
        account = passkeys.use(
            desk.engine, credential, challenge=challenge.value if challenge is not None else None,
            rp_id=host_of(request), origin=root_of(request), account_id=half.account_id if half is not None else None,
        )  # fmt: skip
    except AccessError as error:
        desk.throttle.failed(keys)
        audit.refuse_sign_in(desk.engine, half.login if half is not None else "", Door.DESK, "passkey")
        if half is not None:
            return code_form(request, half, as_text(error, say), 403)
        return login_form(request, then=then, fault=as_text(error, say), kept=kept, code=403)
    if half is not None:
        desk.steps.take(("half", visit_of(request).sid), HalfIn)
        return let_in(request, account, half.then, half.form, how=f"{half.how}, passkey", strong=True)
    form = read_kept(desk, visit_of(request), kept)
    return let_in(request, account, then, form, how="passkey", strong=True)


@router.get("/login/organisation")
def organisation_login(request: Request, then: AskedShort = "/") -> Response:
    """Go to the organisation's own sign-in."""
    return _go_to_issuer(request, local(then), "")


@router.get("/link/{token}/organisation")
def link_organisation(request: Request, token: str) -> Response:
    """Use an invitation by the organisation's own sign-in: no password is chosen then."""
    if links.opened(desk_of(request).engine, token).account_id is not None:
        raise NotFoundError("link.not-for-this", "This link is to a new password.")
    return _go_to_issuer(request, "/", token)


@router.get("/login/organisation/back")
def organisation_back(
    request: Request, code: AskedShort = "", state: AskedShort = "", error: AskedShort = "", iss: AskedShort = ""
) -> Response:
    """Come back from there: who it is, is asked of the issuer itself."""
    desk, say = desk_of(request), tongue_of(request)
    going = desk.steps.take(("issuer", visit_of(request).sid), AtIssuer)
    if going is None or not hmac.compare_digest(going.begun.state.encode(), state.encode()):
        return login_form(
            request, fault=say("That sign-in was begun elsewhere, or too long ago. Begin again."), code=403
        )
    if error or not code or (iss and iss != desk.settings.oidc_issuer):
        return login_form(request, then=going.then, fault=say("You were not signed in there."), code=403)
    try:
        claims = finish_at_issuer(desk.settings, going.begun, code)
        account = _account(request, claims, going.link)
    except OutreachError as fault:
        audit.refuse_sign_in(desk.engine, "", Door.DESK, "organisation")
        return login_form(request, then=going.then, fault=as_text(fault, say), code=403)
    return proceed(request, account, going.then, None, how="organisation", strong=claims.many_factors)


def _account(request: Request, claims: Claims, link: str) -> Account:
    engine = desk_of(request).engine
    return identities.join(engine, link, claims) if link else identities.account_for(engine, claims)


def _go_to_issuer(request: Request, then: str, link: str) -> Response:
    desk, visit, say = desk_of(request), visit_of(request), tongue_of(request)
    if not desk.settings.oidc_issuer:
        raise NotFoundError("issuer.none", "This desk has no organisation's sign-in.")
    if not desk.going.may(address_of(request)):
        return login_form(
            request, then=then, fault=say("Many are signing in just now. Try again in a moment."), code=429
        )
    try:
        begun = begin_at_issuer(desk.settings, f"{root_of(request)}/login/organisation/back")
    except OutreachError as fault:
        return login_form(request, then=then, fault=as_text(fault, say), code=403)
    desk.steps.put(("issuer", visit.sid), AtIssuer(begun, then, link))
    response = RedirectResponse(begun.address, 303)
    keep(desk, response, visit)
    return response


def _still(request: Request, half: HalfIn | None) -> Account | None:
    """Return the account of the first step, as long as it is open and nothing of it was changed."""
    if half is None:
        return None
    with reading(desk_of(request).engine) as session:
        account = session.get(Account, half.account_id)
    return account if account is not None and account.active and account.epoch == half.epoch else None


def _wrong(request: Request, half: HalfIn, fault: str) -> Response:
    """After some wrong codes the password is asked for again, which is paced as well."""
    steps, sid = desk_of(request).steps, visit_of(request).sid
    wrong = steps.look(("wrong", sid), WrongCodes) or WrongCodes()
    wrong.count += 1
    steps.put(("wrong", sid), wrong)
    if wrong.count < _MOST_WRONG:
        return code_form(request, half, fault, 403)
    steps.take(("half", sid), HalfIn)
    steps.take(("wrong", sid), WrongCodes)
    return login_form(request, then=half.then, login=half.login, fault=fault, code=403)


def _begin_anew(request: Request) -> Response:
    say = tongue_of(request)
    return login_form(
        request, fault=say("That took too long, or something was changed meanwhile. Begin again."), code=403
    )
