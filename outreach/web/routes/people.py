"""People, addresses that are not written to, and the audit log."""

from fastapi import APIRouter, Request, Response

from outreach.people import accounts, audit, factors, links, passwords, sessions
from outreach.responses.suppression import allow, opt_out, withheld
from outreach.vocabulary import DeskRole
from outreach.web import acts
from outreach.web.access import GuardedRoute
from outreach.web.account_mail import AccountChange, tell_of
from outreach.web.desk import actor, desk_of
from outreach.web.form_fields import Before, Short
from outreach.web.render import go, page
from outreach.web.tongues import tongue_of

router = APIRouter(route_class=GuardedRoute)


@router.get("/addresses")
def addresses_page(request: Request) -> Response:
    """The addresses that no letter goes to."""
    desk = desk_of(request)
    return page(request, "addresses.html", rows=withheld(desk.engine), tz=desk.settings.tz)


@router.post("/addresses")
def address_stop(request: Request, address: Short = "", why: Short = "") -> Response:
    """Put an address on the opt-out list."""
    desk = desk_of(request)
    kept = opt_out(desk.engine, address, why=why, by=actor(request))
    return go(request, "/addresses", tongue_of(request)("No letter goes to {address} any more.", address=kept.address))


@router.post("/addresses/allow")
def address_allow(request: Request, address: Short = "") -> Response:
    """Take an address off the list, or its bounce mark away."""
    desk = desk_of(request)
    allow(desk.engine, address, by=actor(request))
    return go(request, "/addresses", tongue_of(request)("{address} is written to again.", address=address))


@router.get("/people")
def people_page(request: Request) -> Response:
    """Who may open the desk."""
    desk = desk_of(request)
    return page(
        request, "people.html", people=accounts.accounts(desk.engine), roles=list(DeskRole), least=passwords.LEAST,
        invited=links.invitations(desk.engine), tz=desk.settings.tz, strong=factors.with_factors(desk.engine),
    )  # fmt: skip


@router.post("/people")
def person_add(
    request: Request, login: Short = "", name: Short = "", role: Short = "", password: Short = "", email: Short = ""
) -> Response:
    """Let somebody in with a first password."""
    desk = desk_of(request)
    accounts.usable_email(email)
    made = accounts.add_account(desk.engine, login, password, role, name=name, by=actor(request))
    if email.strip():
        accounts.set_email(desk.engine, made.login, email, by=actor(request))
    return go(
        request, "/people", tongue_of(request)("{name} can sign in as {login}.", name=made.name, login=made.login)
    )


@router.post("/people/{login}")
def person_change(request: Request, login: str, role: Short = "", active: Short = "") -> Response:
    """Change what a person may do, or close their account."""
    desk = desk_of(request)
    changed = accounts.change_account(desk.engine, login, role=role, active=active == "yes", by=actor(request))
    say = tongue_of(request)
    state = say.word(changed.role) if changed.active else say.about("account", "closed")
    return go(request, "/people", f"{changed.name}: {state}.")


@router.post("/people/{login}/password")
def person_password(request: Request, login: str, password: Short = "") -> Response:
    """Give a person a new password; their sessions end."""
    desk = desk_of(request)
    changed = accounts.change_password(desk.engine, login, password, by=actor(request))
    words = tongue_of(request)("{name} has a new password, and is signed out everywhere.", name=changed.name)
    return tell_of(request, go(request, "/people", words), changed, AccountChange.PASSWORD)


@router.post("/people/{login}/second-factor/reset")
def person_factors_reset(request: Request, login: str) -> Response:
    """Take the second factors of a person who has lost them away; their sessions end."""
    changed = factors.reset_factors(desk_of(request).engine, login, by=actor(request))
    words = tongue_of(request)("{name} signs in with the password alone again.", name=changed.name)
    response = go(request, "/people", words)
    return tell_of(request, response, changed, AccountChange.FACTORS)


@router.post("/people/{login}/sign-out")
def person_sign_out(request: Request, login: str) -> Response:
    """End every session of a person."""
    desk = desk_of(request)
    ended = sessions.end_all(desk.engine, login, by=actor(request))
    words = tongue_of(request).several(
        "{login} was signed in with {count} browser, and is signed out.",
        "{login} was signed in with {count} browsers, and is signed out.", ended, login=login,
    )  # fmt: skip
    return go(request, "/people", words)


@router.get("/audit")
def audit_page(request: Request, before: Before = None) -> Response:
    """What was done, at every door, the latest first."""
    desk = desk_of(request)
    found = audit.entries(desk.engine, before=before)
    return page(
        request, "audit.html", entries=found, before=before, tz=desk.settings.tz,
        what=acts.what, who=acts.who, where=acts.where, to_what=acts.to_what,
    )  # fmt: skip
