"""One-time links: an admin makes them, the person whose they are opens them; and the page for a forgotten password."""

import logging

from fastapi import APIRouter, Request, Response
from starlette.background import BackgroundTask

from outreach.actors import program
from outreach.catalogues import Tongue, languages, tongue
from outreach.errors import OutreachError, UserError
from outreach.models import AccountLink
from outreach.people import links, passwords
from outreach.vocabulary import Door
from outreach.web.access import GuardedRoute
from outreach.web.account_mail import AccountChange, can_mail, mail_to, tell_of
from outreach.web.desk import Desk, actor, address_of, desk_of
from outreach.web.form_fields import Number, Password, Short
from outreach.web.letting_in import root_of, ways_in
from outreach.web.paced import Paced
from outreach.web.render import go, page
from outreach.web.session import begin, keep
from outreach.web.tongues import keep_chosen, tongue_of

router = APIRouter(route_class=GuardedRoute)
_log = logging.getLogger(__name__)
_asked = Paced(10, 3600.0)


@router.post("/invitations")
def person_invite(
    request: Request, name: Short = "", email: Short = "", login: Short = "", role: Short = ""
) -> Response:
    """Invite somebody: the link is shown on the page that answers, and nowhere again."""
    made = links.invite(desk_of(request).engine, name, role, email=email, login=login, by=actor(request))
    return _shown(request, made, invitation=True)


@router.post("/invitations/{number}/withdraw")
def invitation_withdraw(request: Request, number: Number) -> Response:
    """Take an invitation back."""
    gone = links.withdraw(desk_of(request).engine, number, by=actor(request))
    return go(request, "/people", tongue_of(request)("The invitation of {name} is withdrawn.", name=gone.name))


@router.post("/people/{login}/link")
def person_link(request: Request, login: str) -> Response:
    """Make a link to a new password of somebody's: shown once, as an invitation is."""
    made = links.reset(desk_of(request).engine, login, by=actor(request))
    return _shown(request, made, invitation=False)


@router.get("/link/{token}")
def link_page(request: Request, token: str) -> Response:
    """The form on which a person chooses their password. Opening it changes nothing: mail programs open links too."""
    desk = desk_of(request)
    response = _form(request, links.opened(desk.engine, token))
    keep_chosen(request, response, secure=desk.secure)
    return response


@router.post("/link/{token}")
def link_use(request: Request, token: str, password: Password = "", again: Password = "") -> Response:
    """Use the link, and go on to the sign-in, which asks for all that a sign-in asks for."""
    desk, say = desk_of(request), tongue_of(request)
    link = links.opened(desk.engine, token)
    with desk.throttle.turn() as turn:
        if not turn:
            return _form(request, link, UserError("desk.busy", "Many are signing in just now."), 503)
        try:
            passwords.require_same(password, again)
            account = links.accept(desk.engine, token, password)
        except UserError as error:
            return _form(request, link, error, 422)
    done = say("Your password is set. You sign in as {login} from now on.", login=account.login)
    response = go(request, "/login", done)
    keep(desk, response, begin(desk, request, None))  # whoever was signed in with this browser is no longer
    return tell_of(request, response, account, AccountChange.PASSWORD) if link.account_id else response


@router.get("/forgot")
def forgot_page(request: Request) -> Response:
    """The form for a forgotten password."""
    response = page(request, "forgot.html", sent=False, mails=can_mail(desk_of(request)))
    keep_chosen(request, response, secure=desk_of(request).secure)
    return response


@router.post("/forgot")
def forgot(request: Request, who: Short = "") -> Response:
    """Mail a link where that person's address is recorded. The answer is the same, and as quick, for anybody.

    What is looked up and mailed is so once the answer has gone out.
    """
    desk = desk_of(request)
    response = page(request, "forgot.html", sent=True, mails=can_mail(desk))
    if can_mail(desk) and _asked.may(address_of(request)):
        response.background = BackgroundTask(_mail_asked, desk, who, root_of(request), tongue_of(request).language)
    return response


def _form(request: Request, link: AccountLink, error: OutreachError | None = None, status: int = 200) -> Response:
    return page(request, "link.html", status, link=link, error=error, least=passwords.LEAST, **ways_in(request, "/"))


def _shown(request: Request, made: links.OneTimeLink, *, invitation: bool) -> Response:
    desk, url = desk_of(request), f"{root_of(request)}{made.path}"
    mailed, fault = False, None
    if made.email and can_mail(desk):
        try:
            mailed = _mail(desk, made, url, tongue_of(request), invitation=invitation)
        except OutreachError as error:
            fault = error
    return page(request, "link_made.html", made=made, url=url, mailed=mailed, fault=fault, invitation=invitation)


def _mail_asked(desk: Desk, who: str, root: str, language: str) -> None:
    try:
        for made in links.asked_for(desk.engine, who, by=program("forgotten password", Door.DESK)):
            say = tongue(made.language if made.language in languages() else language)
            _mail(desk, made, f"{root}{made.path}", say, invitation=False)
    except OutreachError as error:
        _log.warning("a link to a new password was not mailed: %s", error)


def _mail(desk: Desk, made: links.OneTimeLink, url: str, say: Tongue, *, invitation: bool) -> bool:
    """Hand the mail over; tell whether it left this machine. Raises UserError and Fault."""
    if invitation:
        subject = say("Your account for Outreach")
        text = say(
            "{name}, you are invited to Outreach. Choose a password here, within three days; the link works once:",
            name=made.name,
        )
    else:
        subject = say("A new password for Outreach")
        text = say(
            "{name}, choose a new password here within the hour. The link works once. Not asked for? Ignore it:",
            name=made.name,
        )
    return mail_to(desk, made.email, subject, f"{text}\n\n{url}\n")
