"""The application: the routes, the guard before them, and the page that an error becomes."""

import logging
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import HTMLResponse
from starlette.routing import BaseRoute
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from outreach import __version__
from outreach.catalogues import Tongue
from outreach.errors import AccessError, ConflictError, NotFoundError, OutreachError, UserError
from outreach.sentences import Remedy, Sentence
from outreach.web import health, render
from outreach.web.access import NEEDS
from outreach.web.desk import Desk, Visit
from outreach.web.middleware import Strictness
from outreach.web.routes import ROUTERS, sign_on
from outreach.web.session import read_visit
from outreach.web.tongues import tongue_of

_log = logging.getLogger(__name__)
_STATUS: tuple[tuple[type[OutreachError], int], ...] = (
    (NotFoundError, 404),
    (AccessError, 403),
    (ConflictError, 409),
    (UserError, 422),
    (OutreachError, 500),
)


_UNPACKED = ("application/*", "audio/*", "font/*", "image/*", "message/*", "text/csv", "text/event-stream", "video/*")


class _Assets(StaticFiles):
    """The desk's own style and scripts: their addresses change with their content, so that they may be kept."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["cache-control"] = "public, max-age=31536000, immutable"
        return response


def create_app(desk: Desk) -> FastAPI:
    """Return the desk as an ASGI application."""
    # The routes themselves: a router that is included is worked out once more for each application.
    app = FastAPI(
        title="Outreach desk",
        version=__version__,
        routes=list[BaseRoute](routes()),
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        swagger_ui_oauth2_redirect_url=None,
    )
    app.state.desk = desk
    app.state.health = health.Health()
    app.add_route(health.PATH, health.healthz, methods=["GET"])
    _require_a_rule_for_each()
    app.mount("/static", _Assets(directory=render.STATIC), name="static")
    # Text alone: a report or a PDF is packed already, and what is told live must not wait in a buffer.
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=4, exclude_content_types=_UNPACKED)
    app.add_middleware(Strictness, desk=desk, failed=_failed)
    app.add_exception_handler(OutreachError, _told)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    return app


def routes() -> list[APIRoute]:
    """Return the routes that a person may reach, static files aside."""
    return [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]


def _require_a_rule_for_each() -> None:
    names = [route.name for route in routes()]
    unruled, unused = set(names) - NEEDS.keys(), NEEDS.keys() - set(names)
    if unruled or unused or len(names) != len(set(names)):
        raise AssertionError(f"routes and access.NEEDS differ: {unruled or unused or 'two routes share a name'}")


def _told(request: Request, error: Exception) -> Response:
    assert isinstance(error, OutreachError)
    if isinstance(error, AccessError):  # what was refused is for whoever looks after the desk, too
        visit = getattr(request.state, "visit", None)
        account = visit.account.login if isinstance(visit, Visit) and visit.account is not None else "nobody"
        where = getattr(request.scope.get("route"), "path", "")  # as it is declared: a path may hold a secret
        _log.warning("%s refused to %s: %s %s", error.code, account, request.method, where)
    status = next(status for kind, status in _STATUS if isinstance(error, kind))
    return _problem(request, status, error.says, error.remedy, error.problems)


async def _failed(scope: Scope, receive: Receive, send: Send) -> None:
    """Tell of a fault of the desk's own, by a page that asks nothing of the database."""
    shown = render.environment(tongue_of(Request(scope, receive))).get_template("failed.html").render()
    await HTMLResponse(shown, 500, headers={"connection": "close"})(scope, receive, send)


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    say = _speaking(request)
    if error.status_code == HTTPStatus.NOT_FOUND:
        return _problem(request, 404, say("There is no such page."), say("Begin again at the campaigns."))
    return _problem(request, error.status_code, str(error.detail), None, headers=error.headers)


def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    say = _speaking(request)
    if any(fault["loc"][0] == "path" for fault in error.errors()):  # a name or a word where a page has its number
        return _problem(request, 404, say("There is no such page."), say("Begin again at the campaigns."))
    fields = ", ".join(sorted({str(fault["loc"][-1]) for fault in error.errors()}))
    return _problem(
        request, 422, say("The form can't be used as it is: {fields}.", fields=fields),
        say("Fill it in again. Nothing was changed."),
    )  # fmt: skip


def _speaking(request: Request) -> Tongue:
    if not isinstance(getattr(request.state, "visit", None), Visit):
        request.state.visit = read_visit(request.app.state.desk, request)
    return tongue_of(request)


def _problem(
    request: Request,
    status: int,
    message: Sentence | str,
    remedy: Remedy | str | None,
    problems: tuple[Any, ...] = (),
    headers: Any = None,
) -> Response:
    if request.url.path.startswith("/sign/"):
        return sign_on.refused(request, status)
    say = _speaking(request)
    template = "part_problem.html" if render.is_part(request) else "problem.html"
    response = render.page(
        request,
        template,
        status,
        message=message,
        remedy=remedy,
        problems=problems,
        phrase=say.about("status", HTTPStatus(status).phrase),
        back=getattr(request.state, "back", ""),
    )
    response.headers.update(headers or {})
    return response
