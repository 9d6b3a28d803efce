"""Settings, people and the audit log."""

from fastapi import APIRouter, Request, Response

from outreach.backup.kept import finding
from outreach.doctor import readable
from outreach.doctor.examine import examine
from outreach.people import accounts, audit, passwords, sessions
from outreach.responses.suppression import allow, opt_out, withheld
from outreach.vocabulary import DeskRole
from outreach.web import acts
from outreach.web.access import GuardedRoute
from outreach.web.desk import actor, desk_of
from outreach.web.form_fields import Before, Short
from outreach.web.render import go, page

router = APIRouter(route_class=GuardedRoute)


@router.get("/settings")
def settings_page(request: Request) -> Response:
    """What is set, passwords aside."""
    settings = desk_of(request).settings
    facts = [
        ("Mode", str(settings.mode)),
        ("Allow-list", ", ".join(settings.allow_list) or "nobody"),
        ("From", settings.sender or "not set"),
        ("Reply to", settings.reply_to or "as From"),
        ("Bounces to", settings.bounce_address or "as From"),
        ("Mail server", _server(settings.smtp_host, settings.port, str(settings.security))),
        ("Signs in as", settings.smtp_username or "nobody"),
        ("Connections", str(settings.smtp_connections)),
        ("Rate", ", ".join(settings.rate) or "no limit"),
        ("Time zone", settings.timezone),
        ("Grace", f"{settings.grace_minutes} minutes"),
        ("Inbox", settings.imap_host or "not set"),
        ("Copy in Sent", {"true": "yes", "false": "no"}.get(settings.copy_in_sent, "where the provider makes none")),
        ("Archive", settings.archive or "none"),
    ]
    return page(request, "settings.html", facts=facts)


@router.get("/settings/check")
def settings_check(request: Request) -> Response:
    """What the doctor finds: settings, database, clock, sender, mail server. Nothing is sent."""
    desk = desk_of(request)
    findings = [
        *examine(desk.settings, desk.folder),
        *readable.findings(desk.settings, desk.folder),
        finding(desk.settings, desk.folder),
    ]
    return page(request, "settings_check.html", findings=findings)


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
    return go(request, "/addresses", f"No letter goes to {kept.address} any more.")


@router.post("/addresses/allow")
def address_allow(request: Request, address: Short = "") -> Response:
    """Take an address off the list, or its bounce mark away."""
    desk = desk_of(request)
    allow(desk.engine, address, by=actor(request))
    return go(request, "/addresses", f"{address} is written to again.")


@router.get("/people")
def people_page(request: Request) -> Response:
    """Who may open the desk."""
    return page(
        request, "people.html", people=accounts.accounts(desk_of(request).engine), roles=list(DeskRole),
        least=passwords.LEAST,
    )  # fmt: skip


@router.post("/people")
def person_add(
    request: Request, login: Short = "", name: Short = "", role: Short = "", password: Short = ""
) -> Response:
    """Let somebody in."""
    desk = desk_of(request)
    made = accounts.add_account(desk.engine, login, password, role, name=name, by=actor(request))
    return go(request, "/people", f"{made.name} can sign in as {made.login}.")


@router.post("/people/{login}")
def person_change(request: Request, login: str, role: Short = "", active: Short = "") -> Response:
    """Change what a person may do, or close their account."""
    desk = desk_of(request)
    changed = accounts.change_account(desk.engine, login, role=role, active=active == "yes", by=actor(request))
    state = str(changed.role) if changed.active else "closed"
    return go(request, "/people", f"{changed.name}: {state}.")


@router.post("/people/{login}/password")
def person_password(request: Request, login: str, password: Short = "") -> Response:
    """Give a person a new password; their sessions end."""
    desk = desk_of(request)
    changed = accounts.change_password(desk.engine, login, password, by=actor(request))
    return go(request, "/people", f"{changed.name} has a new password, and is signed out everywhere.")


@router.post("/people/{login}/sign-out")
def person_sign_out(request: Request, login: str) -> Response:
    """End every session of a person."""
    desk = desk_of(request)
    ended = sessions.end_all(desk.engine, login, by=actor(request))
    return go(request, "/people", f"{login} was signed in with {ended} browsers, and is signed out.")


@router.get("/audit")
def audit_page(request: Request, before: Before = None) -> Response:
    """What was done, at every door, the latest first."""
    desk = desk_of(request)
    found = audit.entries(desk.engine, before=before)
    return page(
        request, "audit.html", entries=found, before=before, tz=desk.settings.tz,
        what=acts.what, who=acts.who, where=acts.where,
    )  # fmt: skip


def _server(host: str, port: int, security: str) -> str:
    return f"{host}, port {port}, {security}" if host else "the built-in rehearsal server"
