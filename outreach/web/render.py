"""Pages: Jinja2 with everything escaped, what each page is given, and what follows a form."""

from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from outreach import __version__, clock
from outreach.campaigns.plan import span_in_words
from outreach.outbox.running import who_runs
from outreach.vocabulary import MailKind, Position
from outreach.web.access import allowed
from outreach.web.clicked import at_the_desk
from outreach.web.desk import Desk, desk_of, visit_of
from outreach.web.sender_watch import SenderStanding
from outreach.web.session import COOKIE, drop_notice, keep, put_notice
from outreach.web.waiting import MOST, waiting_now

STATIC = Path(__file__).with_name("static")
_PAGES = Path(__file__).with_name("pages")

_LANGUAGES = {"en": "English", "fr": "French", "es": "Spanish", "ar": "Arabic", "zh": "Chinese", "ru": "Russian"}
_JUST_NOW_SECONDS = 10
POSITION_MARKS = {
    Position.CO_SPONSOR: "★",
    Position.IN_FAVOUR: "+",
    Position.UNDECIDED: "?",
    Position.ABSTAIN: "○",
    Position.AGAINST: "−",
    Position.DECLINED: "…",
    Position.UNKNOWN: "",
}
"""A mark for each position, so that it is told without colour."""


def page(request: Request, template: str, code: int = 200, **values: Any) -> HTMLResponse:
    """Return a page, or a part of one, with the session's cookie where the browser has none yet."""
    desk, visit = desk_of(request), visit_of(request)
    response = HTMLResponse(part(request, template, **values), status_code=code)
    if COOKIE not in request.cookies:
        keep(desk, response, visit)
    if visit.notice is not None:
        drop_notice(response)
    return response


def part(request: Request, template: str, **values: Any) -> str:
    """Return a template's HTML, with what every page is given."""
    return environment().get_template(template).render(given(request), **values)


def given(request: Request) -> dict[str, Any]:
    """Return what every page is given: who looks, what they may, the settings."""
    desk, visit = desk_of(request), visit_of(request)
    standing = desk.sender() if desk.sender is not None else None
    return {
        "path": request.url.path,
        "visit": visit,
        "account": visit.account,
        "settings": desk.settings,
        "sends": desk.sends,
        "standing": standing,
        "runs": lambda: who_runs(desk.engine),
        "worry": _worry(desk, standing) if visit.account else "",
        "waits": lambda: waiting_now(desk),
        "most_waits": MOST,
        "copy": desk.copy() if visit.account else "",
        "may": lambda route: allowed(request, route),
    }


def _worry(desk: Desk, standing: SenderStanding | None) -> str:
    """What is wrong with the backups, unless the banner of what sends says it already: a full disk stops both."""
    worry = desk.worry()
    return "" if standing is not None and standing.why and str(standing.why) in worry else worry


def go(request: Request, url: str, done: str = "", kind: str = "done") -> Response:
    """Send the browser on after a form (RFC 9110, 15.4.4), with a sentence about what was done."""
    response = RedirectResponse(url, 303)
    if done:
        put_notice(desk_of(request), response, done, kind)
    return response


def is_part(request: Request) -> bool:
    """Tell whether htmx asks for a part of the page, and not a browser for all of it."""
    return "hx-request" in request.headers and "hx-boosted" not in request.headers


@cache
def environment() -> Environment:
    """Return the templates: everything escaped, nothing undefined passed over."""
    environment = Environment(
        loader=FileSystemLoader(_PAGES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters |= {
        "moment": _moment,
        "since": _since,
        "on": _on,
        "ago": _ago,
        "day": _day,
        "kind": _kind,
        "language": lambda code: _LANGUAGES.get(str(code), str(code)),
        "mark": lambda position: POSITION_MARKS[Position(position)],
        "at_the_desk": at_the_desk,
        "span": span_in_words,
        "zone": clock.zone,
        "slug": lambda words: str(words).replace(" ", "-"),
        "plural": lambda number, one, many: f"{number} {one if number == 1 else many}",
    }
    environment.globals |= {"version": __version__, "positions": list(Position), "static": _static}
    return environment


def _moment(moment: datetime | None, tz: ZoneInfo) -> str:
    return clock.shown(moment, tz)


def _day(moment: datetime | None, tz: ZoneInfo) -> str:
    if moment is None:
        return ""
    local = moment.astimezone(tz)
    return f"{local.day} {local:%b %Y, %H:%M}"


def _since(moment: datetime, tz: ZoneInfo) -> str:
    """A moment that is past: the time alone where that was today."""
    local = moment.astimezone(tz)
    return f"{local:%H:%M}" if local.date() == clock.now().astimezone(tz).date() else f"{local.day} {local:%b, %H:%M}"


def _on(moment: datetime, tz: ZoneInfo) -> str:
    """A moment to come."""
    local = moment.astimezone(tz)
    today = local.date() == clock.now().astimezone(tz).date()
    return f"at {local:%H:%M}" if today else f"on {local.day} {local:%b %Y at %H:%M}"


def _ago(moment: datetime) -> str:
    """How long ago a moment was. What is only just past is not counted, so that a page at rest stays as it is."""
    seconds = int((clock.now() - moment).total_seconds())
    if seconds < _JUST_NOW_SECONDS:
        return "a moment ago"
    for unit, length in (("days", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length} {unit} ago"
    return f"{seconds} s ago"


def _kind(kind: MailKind) -> str:
    return {
        MailKind.REPLY: "answer",
        MailKind.AUTO_REPLY: "automatic reply",
        MailKind.DELIVERED: "delivery report",
        MailKind.DELAYED: "delay report",
    }.get(kind, kind.value)


@cache
def _static(name: str) -> str:
    """The address of a file in static/, which changes with its content so that browsers may keep it."""
    import hashlib

    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?{digest}"
