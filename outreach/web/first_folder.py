"""The desk of an empty folder: one page that asks whether a campaign is to be made here, and makes it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

from anyio import to_thread
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from outreach.errors import OutreachError
from outreach.people.first_link import FirstLink
from outreach.settings import Settings, load
from outreach.web import render
from outreach.web.desk import address_of
from outreach.web.middleware import Strictness
from outreach.web.tongues import language_of, names, of_pages
from outreach.workplace import begin, lay_out

COOKIE = "outreach_first"
"""What the browser that opened the link is known by, until the first account is there."""


_HANDED_OVER_SECONDS = 0.4


@dataclass(frozen=True, slots=True)
class _Reached:
    hosts: frozenset[str]
    secure: bool


@dataclass(slots=True)
class _Nobody:
    csrf: str = ""
    notice: None = None


def first_folder_app(
    folder: Path, first: FirstLink, hosts: frozenset[str], *, secure: bool, done: Callable[[], None]
) -> Starlette:
    """Return an application that makes the folder once it is told to, and then calls `done`."""

    made = False

    async def asked(request: Request) -> Response:
        if made:
            return await on_to_the_desk(request.path_params["token"])
        return _page(request, first, folder, secure=secure)

    async def make(request: Request) -> Response:
        token = request.path_params["token"]
        form = await request.form()
        browser = request.cookies.get(COOKIE, "")
        try:
            known = first.open(token, browser, address_of(request))
        except OutreachError as error:
            return _refused(request, error)
        # Only the browser that has opened the page has the secret, and no other site can read it.
        if known != browser or form.get("browser") != browser:
            return _page(request, first, folder, secure=secure)
        try:
            await to_thread.run_sync(_make, folder)
        except OutreachError as error:
            return _page(request, first, folder, secure=secure, error=error)

        nonlocal made
        made = True
        done()
        return await on_to_the_desk(token)

    async def on_to_the_desk(token: str) -> Response:
        """Send a browser on once this application takes no connection any more: the next one is the desk's."""
        await asyncio.sleep(_HANDED_OVER_SECONDS)
        return RedirectResponse(f"/begin/{token}", 303, {"connection": "close"})

    async def elsewhere(request: Request) -> Response:
        return _shown(request, 404, error=None, folder=None, browser="")

    app = Starlette(
        routes=[
            Route("/begin/{token}", asked, methods=["GET"]),
            Route("/begin/{token}", make, methods=["POST"]),
            Mount("/static", StaticFiles(directory=render.STATIC)),
            Route("/{path:path}", elsewhere),
        ]
    )
    app.add_middleware(Strictness, desk=_Reached(hosts, secure))
    return app


def keep_browser(response: Response, browser: str, *, secure: bool) -> None:
    """Let a browser be known as the one that opened the link."""
    response.set_cookie(COOKIE, browser, max_age=3600, path="/begin", httponly=True, secure=secure, samesite="strict")


def _make(folder: Path) -> None:
    lay_out(folder)
    begin(load(folder))


def _page(
    request: Request, first: FirstLink, folder: Path, *, secure: bool, error: OutreachError | None = None
) -> Response:
    try:
        browser = first.open(request.path_params["token"], request.cookies.get(COOKIE, ""), address_of(request))
    except OutreachError as refused:
        return _refused(request, refused)
    response = _shown(request, 200 if error is None else 422, folder=folder.absolute(), browser=browser, error=error)
    keep_browser(response, browser, secure=secure)
    return response


def _refused(request: Request, error: OutreachError) -> Response:
    return _shown(request, HTTPStatus.FORBIDDEN, error=error, folder=None, browser="")


def _shown(request: Request, code: int, **values: Any) -> HTMLResponse:
    template = render.environment(of_pages(language_of(request, Settings()))).get_template("first_folder.html")
    nobody: dict[str, Any] = {
        "path": request.url.path, "visit": _Nobody(), "account": None, "settings": Settings(), "sends": False,
        "standing": None, "settings_fault": None, "tongues": names(),
    }  # fmt: skip
    return HTMLResponse(template.render(nobody, **values), status_code=code)
