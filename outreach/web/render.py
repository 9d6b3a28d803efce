"""Pages: Jinja2 with everything escaped, what each page is given, and what follows a form."""

from functools import cache
from pathlib import Path
from typing import Any

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from outreach import __version__, clock
from outreach.catalogues import PAGE_ENGLISH, Tongue
from outreach.inbox.enclosed.attached import beginning
from outreach.outbox.running import who_runs
from outreach.reports.excel.style import POSITION_MARKS
from outreach.sentences import Sentence
from outreach.vocabulary import Position
from outreach.web.access import allowed
from outreach.web.desk import Desk, desk_of, visit_of
from outreach.web.drafts import Draft, drafts_of
from outreach.web.sender_watch import SenderStanding
from outreach.web.session import drop_notice, has_cookie, keep, put_notice
from outreach.web.tongues import names, tongue_of
from outreach.web.waiting import MOST, waiting_now
from outreach.web.words import PageTongue, filters

STATIC = Path(__file__).with_name("static")
_PAGES = Path(__file__).with_name("pages")


def page(request: Request, template: str, code: int = 200, **values: Any) -> HTMLResponse:
    """Return a page, or a part of one, with the session's cookie where the browser has none yet."""
    desk, visit = desk_of(request), visit_of(request)
    response = HTMLResponse(part(request, template, **values), status_code=code)
    if not has_cookie(desk, request):
        keep(desk, response, visit)
    # What was done is told by the next whole page: a part fetched meanwhile, by another window even, does not show it.
    if visit.notice is not None and not (is_part(request) or template.startswith("part_")):
        drop_notice(desk, response)
    return response


def part(request: Request, template: str, **values: Any) -> str:
    """Return a template's HTML, with what every page is given."""
    return environment(tongue_of(request)).get_template(template).render(given(request), **values)


def given(request: Request) -> dict[str, Any]:
    """Return what every page is given: who looks, what they may, the settings."""
    desk, visit = desk_of(request), visit_of(request)
    standing = desk.sender() if desk.sender is not None else None
    me = visit.account.name if visit.account is not None else ""
    return {
        "path": request.url.path,
        "visit": visit,
        "account": visit.account,
        "settings": desk.settings,
        "settings_fault": desk.settings_fault if visit.account else None,
        "sends": desk.sends,
        "standing": standing,
        "runs": lambda: who_runs(desk.engine),
        "worry": _worry(desk, standing) if visit.account else None,
        "waits": cache(lambda: waiting_now(desk, tongue_of(request), me)),  # a page asks three times
        "most_waits": MOST,
        "copy": desk.copy() if visit.account else "",
        "may": lambda route: allowed(request, route),
        "tongues": names(),
        "drafts": lambda: _drafts(request),
    }


def _drafts(request: Request) -> list[Draft]:
    """What was typed on this page and not saved."""
    account = visit_of(request).account
    return drafts_of(desk_of(request), account.id or 0, request.url.path) if account is not None else []


def _worry(desk: Desk, standing: SenderStanding | None) -> Sentence | None:
    """What is wrong with the backups, unless the banner of what sends says it already: a full disk stops both."""
    worry = desk.worry()
    return None if standing is not None and standing.why and str(standing.why) in str(worry) else worry


def go(request: Request, url: str, done: str = "", kind: str = "done", undo: str = "", seen: str = "") -> Response:
    """Send the browser on after a form (RFC 9110, 15.4.4), with a sentence about what was done.

    `undo` is the path of the form that takes it back, `seen` tells it what that is: should somebody do something since,
    theirs is not taken back instead.
    """
    response = RedirectResponse(url, 303)
    if done:
        put_notice(desk_of(request), response, done, kind, undo, seen)
    return response


def is_part(request: Request) -> bool:
    """Tell whether htmx asks for a part of the page, and not a browser for all of it."""
    return "hx-request" in request.headers and "hx-boosted" not in request.headers


@cache
def environment(say: Tongue = PAGE_ENGLISH) -> Environment:
    """Return the templates in a language: everything escaped, nothing undefined passed over."""
    environment = Environment(
        loader=FileSystemLoader(_PAGES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters |= filters(say) | {
        "mark": lambda position: POSITION_MARKS[Position(position)],
        "beginning": beginning,
        "zone": clock.zone,
        "plural": lambda number, one, many: f"{number} {one if number == 1 else many}",
        "slug": lambda words: str(words).replace(" ", "-"),
        "without": lambda words, part: Markup(str(words).replace(str(escape(part)), "")) if part else words,  # noqa: S704
    }
    environment.globals |= {
        "version": __version__, "positions": list(Position), "static": _static, "say": PageTongue(say),
    }  # fmt: skip
    return environment


@cache
def _static(name: str) -> str:
    """The address of a file in static/, which changes with its content so that browsers may keep it."""
    import hashlib

    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?{digest}"
