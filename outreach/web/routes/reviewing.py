"""A letter's words looked at by people: a translation beside its source, remarks, versions, and who has read it."""

from fastapi import APIRouter, Request, Response

from outreach.errors import OutreachError, UserError
from outreach.letters import review
from outreach.letters.folder import load_letter
from outreach.text import one_line
from outreach.vocabulary import Language, TextState
from outreach.web.access import GuardedRoute
from outreach.web.desk import actor, desk_of
from outreach.web.form_fields import Long, Number, Short
from outreach.web.render import go, page
from outreach.web.tongues import tongue_of
from outreach.web.words import how_far

router = APIRouter(route_class=GuardedRoute)


@router.get("/letters/{name}/{language}/review")
def review_page(request: Request, name: str, language: Language, before: int = 0) -> Response:
    """How far the text is, beside its source, with remarks and versions; `before`: what differs since that version."""
    return _shown(request, name, language, before=before if 0 < before < 2**31 else 0)


@router.post("/letters/{name}/{language}/mark")
def review_mark(request: Request, name: str, language: Language, state: Short = "", source: Short = "") -> Response:
    """Say how far a text is: a draft, translated, read."""
    desk = desk_of(request)
    try:
        wanted = TextState(state) if state in set(TextState) else TextState.DRAFT
        origin = Language(source) if source in set(Language) else None
        now = review.mark(
            desk.engine, name, language, wanted, by=actor(request), source=origin, templates=desk.templates
        )
    except UserError as error:
        return _shown(request, name, language, error=error)
    return go(
        request,
        f"/letters/{name}/{language}/review",
        f"{tongue_of(request)('Kept.')} {how_far(tongue_of(request), now)}",
    )


@router.post("/letters/{name}/{language}/restore")
def review_restore(request: Request, name: str, language: Language, number: Short = "") -> Response:
    """Bring a version back."""
    desk = desk_of(request)
    try:
        chosen = int(number) if number.isdecimal() and len(number) < 10 else 0
        review.restore(desk.engine, name, language, chosen, by=actor(request), templates=desk.templates)
    except UserError as error:
        return _shown(request, name, language, error=error)
    words = tongue_of(request)("The text is as in version {number} again.", number=chosen)
    return go(request, f"/letters/{name}/{language}/review#versions", words)


@router.post("/letters/{name}/{language}/remarks")
def review_remark(
    request: Request, name: str, language: Language, place: Short = "", words: Long = ""
) -> Response:  # fmt: skip
    """Remark on a paragraph."""
    desk = desk_of(request)
    try:
        at = int(place) if place.isdecimal() and len(place) < 6 else 0
        review.remark(desk.engine, name, language, at, words, by=actor(request), templates=desk.templates)
    except UserError as error:
        return _shown(request, name, language, error=error)
    return go(request, f"/letters/{name}/{language}/review#p{at}", tongue_of(request)("The remark is kept."))


@router.post("/letters/{name}/{language}/remarks/{number}/settle")
def review_settle(request: Request, name: str, language: Language, number: Number) -> Response:
    """Settle a remark."""
    desk = desk_of(request)
    try:
        review.settle_remark(desk.engine, number, by=actor(request))
    except UserError as error:
        return _shown(request, name, language, error=error)
    return go(request, f"/letters/{one_line(name)}/{language}/review", tongue_of(request)("The remark is settled."))


def _shown(
    request: Request, name: str, language: Language, *, before: int = 0, error: OutreachError | None = None
) -> Response:
    desk = desk_of(request)
    letter = load_letter(name, desk.templates)
    rows = review.beside(desk.engine, name, language, templates=desk.templates)
    remarks = review.remarks(desk.engine, name, language, templates=desk.templates)
    standings = {one.language: one for one in review.standings(desk.engine, name, templates=desk.templates)}
    differs = review.difference(desk.engine, name, language, before, templates=desk.templates) if before else None
    return page(
        request, "letter_review.html", 422 if error else 200, letter=letter, language=language, rows=rows,
        remarks=remarks, how_far=standings[language], standings=standings, before=before, differs=differs,
        versions=review.versions(desk.engine, name, language, templates=desk.templates)[:50], error=error,
        tz=desk.settings.tz, has_source=any(row.source for row in rows),
    )  # fmt: skip
