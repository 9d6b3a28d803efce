"""The first account, made by whoever opened the one-time link."""

from contextlib import suppress

from fastapi import APIRouter, Request, Response

from outreach.actors import sitting_here
from outreach.errors import AccessError, UserError
from outreach.people import accounts, passwords
from outreach.settings_change import change_settings
from outreach.vocabulary import Door
from outreach.web.access import GuardedRoute
from outreach.web.desk import Desk, address_of, desk_of
from outreach.web.first_folder import COOKIE, keep_browser
from outreach.web.form_fields import Password, Short
from outreach.web.render import go, page
from outreach.web.session import begin, keep
from outreach.web.tongues import chosen, keep_chosen, tongue_of

router = APIRouter(route_class=GuardedRoute)


@router.get("/begin/{token}")
def begin_page(request: Request, token: str) -> Response:
    """The form of the first account."""
    desk = desk_of(request)
    browser = _let_in(desk, request, token)
    response = page(request, "first_account.html", least=passwords.LEAST, name="", login="", error=None)
    keep_browser(response, browser, secure=desk.secure)
    keep_chosen(request, response, secure=desk.secure)
    return response


@router.post("/begin/{token}")
def begin_account(
    request: Request, token: str, name: Short = "", login: Short = "", password: Password = "", again: Password = ""
) -> Response:
    """Make the first account, and go on to the settings with it. The link is over then."""
    desk = desk_of(request)
    _let_in(desk, request, token)
    try:
        passwords.require_same(password, again)
        made = accounts.add_first_account(
            desk.engine, login or accounts.login_of(name), password, name=name, by=sitting_here(Door.DESK)
        )
    except UserError as error:
        return page(
            request, "first_account.html", 422, least=passwords.LEAST, name=name, login=login, error=error
        )  # fmt: skip
    if desk.first is not None:
        desk.first.end()
    say = tongue_of(request)
    if chosen(request):
        made = accounts.choose_language(desk.engine, made.login, chosen(request), by=sitting_here(Door.DESK))
    if say.language != desk.settings.report_language and "report_language" not in desk.settings.model_fields_set:
        with suppress(UserError):  # set outside of the desk, or by a file that is not to be written
            wanted = {"report_language": say.language}
            change_settings(desk.engine, desk.folder, wanted, by=sitting_here(Door.DESK))
    response = go(
        request, "/setup", say("Welcome, {name}. You sign in as {login} from now on.", name=made.name, login=made.login)
    )
    response.delete_cookie(COOKIE, path="/begin")
    keep(desk, response, begin(desk, request, made))
    return response


def _let_in(desk: Desk, request: Request, token: str) -> str:
    """Return what the browser is known by. Raises AccessError."""
    if desk.first is None or accounts.accounts(desk.engine):
        raise AccessError("first-link.no-longer", "This link is no longer good.", remedy="Sign in{SIGN_IN}.")
    return desk.first.open(token, request.cookies.get(COOKIE, ""), address_of(request))
