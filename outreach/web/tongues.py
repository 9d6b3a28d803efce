"""In which language the desk speaks to whom: as they have chosen, else as their browser asks, else as is set."""

from fastapi import Request, Response
from starlette.requests import HTTPConnection

from outreach.catalogues import ENGLISH_TONGUE, PAGE_ENGLISH, SOURCE, Tongue, languages, tongue
from outreach.settings import Settings

COOKIE = "outreach_language"
"""What was chosen before anybody had signed in."""
NAMES = {"en": "English", "fr": "Français", "es": "Español"}
"""How a language calls itself; a further one is asked of Babel."""
_LIFETIME = 180 * 86400
_MOST_ASKED = 20


def names() -> list[tuple[str, str]]:
    """Return the languages to choose from, each with its own name."""
    return [(code, NAMES.get(code) or _own_name(code)) for code in languages()]


def language_of(request: HTTPConnection, settings: Settings) -> str:
    """Return the language of a request: of the account, of the page's own switch, of the browser, of the settings."""
    account = getattr(getattr(request.state, "visit", None), "account", None)
    wanted = [account.language] if account is not None else [chosen(request)]
    wanted += [request.cookies.get(COOKIE, ""), *_accepted(request.headers.get("accept-language", ""))]
    return next((one for one in wanted if one in languages()), settings.report_language)


def chosen(request: HTTPConnection) -> str:
    """Return the language that the switch of a page before the sign-in asks for; empty where it was not used."""
    asked = request.query_params.get("language", "")
    before = request.url.path in ("/login", "/forgot") or request.url.path.startswith(("/begin/", "/link/"))
    return asked if before and asked in languages() else ""


def keep_chosen(request: Request, response: Response, *, secure: bool) -> None:
    """Let the browser keep the language that the switch asked for."""
    if language := chosen(request):
        response.set_cookie(
            COOKIE, language, max_age=_LIFETIME, path="/", httponly=True, secure=secure, samesite="lax"
        )  # fmt: skip


def tongue_of(request: Request) -> Tongue:
    """Return the language that a request is answered in."""
    return of_pages(language_of(request, request.app.state.desk.settings))


def of_pages(language: str) -> Tongue:
    """Return a language as pages write it, by its ISO 639-1 code. Raises KeyError for one without words."""
    found = tongue(language)
    return PAGE_ENGLISH if found is ENGLISH_TONGUE else found


def _accepted(header: str) -> list[str]:
    """Return the languages of an Accept-Language header, the most wanted first (RFC 9110, 12.5.4).

    `de` wants German, which there is not; whatever comes after it does. `*` wants any.
    """
    found: list[tuple[float, int, str]] = []
    for place, part in enumerate(header.split(",")[:_MOST_ASKED]):
        name, _, rest = part.partition(";")
        quality = rest.strip().removeprefix("q=")
        try:
            weight = float(quality) if quality else 1.0
        except ValueError:
            continue
        if weight > 0:
            found.append((-weight, place, name.strip().partition("-")[0].lower()))
    return [name for _, _, name in sorted(found)]


def _own_name(code: str) -> str:
    from babel import Locale

    return (Locale.parse(code).get_language_name(code) or code).capitalize()


__all__ = ["COOKIE", "NAMES", "SOURCE", "chosen", "keep_chosen", "language_of", "names", "of_pages", "tongue_of"]
