"""One's own second factors: the app, passkeys, recovery codes; and the organisation's sign-in one is linked with."""

from dataclasses import dataclass

import segno
from fastapi import APIRouter, Request, Response
from markupsafe import Markup

from outreach.errors import OutreachError, UserError
from outreach.models import Account
from outreach.people import accounts, factors, identities, passkeys
from outreach.people.oidc import title_of
from outreach.web.access import GuardedRoute
from outreach.web.account_mail import AccountChange, tell_of
from outreach.web.desk import actor, desk_of, visit_of
from outreach.web.form_fields import Credential, Number, Password, Short
from outreach.web.letting_in import host_of, proven, root_of, too_many_tries
from outreach.web.render import go, page
from outreach.web.session import begin, keep
from outreach.web.throttle import keys_of
from outreach.web.tongues import tongue_of

router = APIRouter(route_class=GuardedRoute)


@dataclass(frozen=True, slots=True)
class NewApp:
    """An app that has been shown its secret, and has shown no code yet."""

    secret: str


@router.get("/account/second-factor")
def second_factor_page(request: Request) -> Response:
    """What one has besides the password, and how more is added."""
    return _shown(request)


@router.post("/account/second-factor/app")
def app_begin(request: Request, present: Password = "") -> Response:
    """Show a new secret to one's app, as a picture and as letters."""
    desk, visit = desk_of(request), visit_of(request)
    try:
        proven(request, present)
    except UserError as error:
        return _shown(request, error)
    made = NewApp(factors.new_secret())
    desk.steps.put(("app", visit.sid), made)
    return _app_form(request, made)


@router.post("/account/second-factor/app/confirm")
def app_confirm(request: Request, code: Password = "") -> Response:
    """Take the app, once it has shown its first code."""
    desk, visit, account = desk_of(request), visit_of(request), _me(request)
    made = desk.steps.look(("app", visit.sid), NewApp)
    if made is None:
        return _shown(request, _too_late())
    keys = keys_of(account.login, "", f"app {account.id}")
    if wait := desk.throttle.wait(keys):
        return _app_form(request, made, too_many_tries(wait))
    try:
        codes = factors.add_app(desk.engine, desk.settings, account.id or 0, made.secret, code, by=actor(request))
    except OutreachError as error:
        desk.throttle.failed(keys)
        return _app_form(request, made, error)
    desk.steps.take(("app", visit.sid), NewApp)
    return _added(request, codes, tongue_of(request)("From now on a sign-in asks for a code of your app."))


@router.post("/account/second-factor/app/remove")
def app_remove(request: Request, present: Password = "") -> Response:
    """Take the app away."""
    try:
        account = proven(request, present)
        factors.remove_app(desk_of(request).engine, account.id or 0, by=actor(request))
    except UserError as error:
        return _shown(request, error)
    return _removed(request, tongue_of(request)("The app is no longer asked for."))


@router.post("/account/second-factor/codes")
def codes_renew(request: Request, present: Password = "") -> Response:
    """Make new recovery codes, which are shown this once."""
    try:
        account = proven(request, present)
        codes = factors.renew_codes(desk_of(request).engine, account.id or 0, by=actor(request))
    except UserError as error:
        return _shown(request, error)
    response = page(request, "recovery_codes.html", codes=codes, done="")
    return tell_of(request, response, account, AccountChange.FACTORS)


@router.post("/account/passkeys/options")
def passkey_options(request: Request, present: Password = "") -> Response:
    """What the browser is told to make a passkey, once the password was given."""
    desk, visit = desk_of(request), visit_of(request)
    host = host_of(request)
    if not passkeys.takes_passkeys(host):
        raise UserError(
            "passkey.no-host", "Passkeys need a name of the desk, and {host} is an address.", host=host,
            remedy="Open the desk by its name; on this computer, by localhost.",
        )  # fmt: skip
    account = proven(request, present)
    asked = passkeys.options_to_add(desk.engine, account.id or 0, host)
    desk.steps.put(("passkey", visit.sid), asked)
    return Response(asked.options, media_type="application/json")


@router.post("/account/passkeys")
def passkey_add(request: Request, credential: Credential = "", name: Short = "") -> Response:
    """Take the passkey that the browser has made."""
    desk, visit = desk_of(request), visit_of(request)
    made = desk.steps.take(("passkey", visit.sid), passkeys.PasskeyToBe)
    if made is None:
        return _shown(request, _too_late())
    try:
        codes = passkeys.add(
            desk.engine, _me(request).id or 0, credential, asked=made, rp_id=host_of(request),
            origin=root_of(request), name=name, by=actor(request),
        )  # fmt: skip
    except UserError as error:
        return _shown(request, error)
    return _added(request, codes, tongue_of(request)("The passkey signs you in from now on."))


@router.post("/account/passkeys/{number}/name")
def passkey_rename(request: Request, number: Number, name: Short = "") -> Response:
    """Call a passkey otherwise."""
    key = passkeys.rename_passkey(desk_of(request).engine, _me(request).id or 0, number, name, by=actor(request))
    return go(request, "/account/second-factor", tongue_of(request)("It is called {name} now.", name=key.name))


@router.post("/account/passkeys/{number}/remove")
def passkey_remove(request: Request, number: Number, present: Password = "") -> Response:
    """Take a passkey away."""
    try:
        account = proven(request, present)
        key = passkeys.remove(desk_of(request).engine, account.id or 0, number, by=actor(request))
    except UserError as error:
        return _shown(request, error)
    return _removed(request, tongue_of(request)("{name} signs nobody in any more.", name=key.name))


@router.post("/account/organisation/unlink")
def organisation_unlink(request: Request, present: Password = "") -> Response:
    """No longer be known by the organisation's sign-in."""
    try:
        account = proven(request, present)
        identities.unlink(desk_of(request).engine, account.id or 0, by=actor(request))
    except UserError as error:
        return _shown(request, error)
    words = tongue_of(request)("The organisation's sign-in no longer lets you in.")
    response = go(request, "/account/second-factor", words)
    return tell_of(request, response, account, AccountChange.UNLINKED)


def _too_late() -> UserError:
    return UserError("factor.too-late", "That took too long. Nothing was changed.", remedy="Begin again.")


def _me(request: Request) -> Account:
    account = visit_of(request).account
    assert account is not None
    return account


def _shown(request: Request, error: OutreachError | None = None) -> Response:
    desk, account = desk_of(request), _me(request)
    held = factors.factors_of(desk.engine, account.id or 0)
    host = request.headers.get("host", "")
    return page(
        request, "second_factor.html", 200 if error is None else 422, error=error, factors=held,
        asked=factors.is_asked(desk.settings, account.role) and not visit_of(request).strong,
        tz=desk.settings.tz, passkeys_here=passkeys.takes_passkeys(host_of(request)), host=host_of(request),
        named=f"localhost:{host.rpartition(':')[2]}" if ":" in host else "localhost",
        linked=identities.identities_of(desk.engine, account.id or 0), organisation=title_of(desk.settings),
    )  # fmt: skip


def _app_form(request: Request, made: NewApp, error: OutreachError | None = None) -> Response:
    account = _me(request)
    uri = factors.uri_of(made.secret, account.login)
    # Black on white whatever the page's colours: phones read no other.
    picture = segno.make(uri, error="m", micro=False).svg_inline(scale=5, border=4, dark="#000", light="#fff")
    groups = [made.secret[at : at + 4] for at in range(0, len(made.secret), 4)]
    return page(
        request, "app_new.html", 200 if error is None else 422, picture=Markup(picture), uri=uri,  # noqa: S704
        secret=" ".join(groups), error=error,
    )  # fmt: skip


def _added(request: Request, codes: list[str], done: str) -> Response:
    """Go on in a session of two factors: the others have ended."""
    account = _anew(request, strong=True)
    response: Response
    if codes:
        response = page(request, "recovery_codes.html", codes=codes, done=done)
    else:
        response = go(request, "/account/second-factor", done)
    keep(desk_of(request), response, visit_of(request))
    return tell_of(request, response, account, AccountChange.FACTORS)


def _removed(request: Request, done: str) -> Response:
    desk, visit = desk_of(request), visit_of(request)
    account = _anew(request, strong=visit.strong and factors.factors_of(desk.engine, _me(request).id or 0).any)
    response = go(request, "/account/second-factor", done)
    keep(desk, response, visit_of(request))
    return tell_of(request, response, account, AccountChange.FACTORS)


def _anew(request: Request, *, strong: bool) -> Account:
    desk = desk_of(request)
    account = accounts.get_account(desk.engine, _me(request).login)
    begin(desk, request, account, strong=strong)
    return account
