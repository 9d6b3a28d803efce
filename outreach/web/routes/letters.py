"""Letters: their texts, to read and to change, beside how they look for a mission."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from sqlmodel import Session

from outreach import clock
from outreach.campaigns.differences import first_written_to, text_since_approval
from outreach.database import reading
from outreach.errors import ConflictError, NotFoundError, OutreachError, UserError
from outreach.letters import editing
from outreach.letters.by_word import together
from outreach.letters.changing import removed
from outreach.letters.folder import Letter, current_letter, stamp
from outreach.letters.lint.lint_letter import check_letter
from outreach.letters.merge import Addressee
from outreach.letters.text_versions import version_of
from outreach.missions.directory import contacts_of, find_missions, list_missions
from outreach.missions.own_columns import own_names
from outreach.models import Contact, Mission
from outreach.vocabulary import Language
from outreach.web.access import GuardedRoute, allowed
from outreach.web.conflict import Conflict, two_sides
from outreach.web.desk import Desk, actor, desk_of
from outreach.web.form_fields import Short
from outreach.web.letter_fields import OfferedGroup, offered, words_of_chips
from outreach.web.render import go, is_part, page, part
from outreach.web.showing import framed, pdf
from outreach.web.tongues import tongue_of

router = APIRouter(route_class=GuardedRoute)
Body = Annotated[str, Form(max_length=editing.MOST_CHARACTERS + 1)]
Subject = Annotated[str | None, Form(max_length=1_000)]


@router.get("/letters")
def letters_page(request: Request) -> Response:
    """The letters that there are."""
    desk = desk_of(request)
    return page(
        request, "letters.html", letters=[_loaded(desk, name) for name in editing.letter_names(desk.templates)],
        removed=removed(desk.templates),
    )  # fmt: skip


def _loaded(desk: Desk, name: str) -> tuple[str, Letter | None, str]:
    try:
        return name, current_letter(name, desk.templates), ""
    except UserError as error:
        return name, None, str(error)


@router.get("/letters/{name}/{language}")
def letter_page(request: Request, name: str, language: Language, mission: str = "") -> Response:
    """A letter's text in one language, and beside it the letter as a mission would get it."""
    return _editor(request, name, language, mission)


@router.get("/letters/{name}")
def letter_check(request: Request, name: str) -> Response:
    """What the check of a letter's folder finds, in all its languages."""
    desk = desk_of(request)
    found = check_letter(name, desk.templates, live=desk.settings.live)
    template = "part_letter_check.html" if is_part(request) else "letter_check.html"
    return page(request, template, name=name, found=found, folder=f"{desk.templates}/")


@router.post("/letters/{name}/{language}")
def letter_save(
    request: Request, name: str, language: Language, text: Body = "", subject: Subject = None, seen: Short = "",
    mission: Short = "",
) -> Response:  # fmt: skip
    """Keep the text and the subject, unless somebody else has changed them meanwhile or they can't be merged."""
    desk = desk_of(request)
    try:
        editing.save_text(
            desk.engine, desk.templates, name, language, text, by=actor(request), seen=seen, subject=subject
        )
    except UserError as error:
        return _editor(request, name, language, mission, text=text, subject=subject, seen=seen, error=error)
    return go(
        request,
        f"/letters/{name}/{language}?mission={mission[:3]}",
        tongue_of(request)("Saved. What was approved stays as it was."),
    )


@router.post("/letters/{name}/{language}/preview")
def letter_preview(
    request: Request, name: str, language: Language, text: Body = "", subject: Subject = None, mission: Short = ""
) -> Response:
    """The letter to a mission with the words of the form, for a frame; nothing is kept."""
    desk = desk_of(request)
    try:
        addressee = _addressee(desk, mission)
        merged = editing.try_text(
            desk.templates, name, language, text, addressee, clock.now(), desk.settings.tz, subject=subject
        )
    except UserError as error:
        return framed(part(request, "frame_problem.html", error=error))
    return framed(merged.page)


@router.post("/letters/{name}/{language}/check")
def letter_check_typed(
    request: Request, name: str, language: Language, text: Body = "", subject: Subject = None
) -> Response:
    """What the check finds in the letter with the words of the form, for a frame; nothing is kept."""
    desk = desk_of(request)
    try:
        found = editing.check_text(desk.templates, name, language, text, subject=subject, live=desk.settings.live)
    except UserError as error:
        return framed(part(request, "frame_problem.html", error=error))
    return framed(part(request, "frame_check.html", found=found, folder=f"{desk.templates}/"))


@router.post("/letters/{name}/{language}/differences")
def letter_differences(
    request: Request, name: str, language: Language, text: Body = "", subject: Subject = None, mission: Short = ""
) -> Response:
    """What the words of the form change in the letter that a mission's was last approved with, for a frame."""
    desk = desk_of(request)
    wanted = mission.strip().upper()
    try:
        since = text_since_approval(desk.engine, desk.templates, name, language, text, wanted, subject=subject)
    except UserError as error:
        return framed(part(request, "frame_problem.html", error=error))
    return framed(part(request, "frame_differences.html", since=since, mission=wanted, tz=desk.settings.tz))


@router.post("/letters/{name}/{language}/pdf")
def letter_pdf(
    request: Request, name: str, language: Language, text: Body = "", subject: Subject = None, mission: Short = ""
) -> Response:
    """The letter to a mission as a PDF with the words of the form; nothing is kept."""
    desk = desk_of(request)
    addressee = _addressee(desk, mission)
    return pdf(
        editing.try_pdf(desk.templates, name, language, text, addressee, clock.now(), desk.settings.tz, subject=subject)
    )


def _addressee(desk: Desk, mission: str) -> Addressee:
    with reading(desk.engine) as session:
        found = find_missions(session, [mission.strip().upper()])
        if not found:
            raise NotFoundError("mission.not-in-directory", "{mission!r} is not in the directory.", mission=mission)
        return Addressee(found[0], tuple(contacts_of(session, [found[0].iso3]).get(found[0].iso3, ())))


def _editor(
    request: Request,
    name: str,
    language: Language,
    mission: str,
    *,
    text: str | None = None,
    subject: str | None = None,
    seen: str | None = None,
    error: OutreachError | None = None,
) -> Response:
    desk = desk_of(request)
    letter = current_letter(name, desk.templates)
    if language not in letter.bodies:
        raise NotFoundError(
            "letter.no-text", "The letter {name!r} has no text in {language}.", name=name, language=language
        )
    missions, written_to = desk.read(
        ("written to", name, language),
        lambda session: (list_missions(session), first_written_to(session, name, language)),
    )
    codes = [one.iso3 for one in missions]
    fit = [one.iso3 for one in missions if one.language is language]
    chosen = mission.upper() if mission.upper() in codes else written_to or next(iter(fit or codes), "")
    conflict = None
    if isinstance(error, ConflictError):
        conflict = _conflict(request, letter, language, text or "", subject, seen or "")
        seen = None  # both stand on the page: whoever keeps theirs has seen the other
    code = 409 if conflict else 422 if error else 200
    fields = _offered(request, letter, language, chosen)
    return page(
        request, "letter.html", code, letter=letter, language=language, error=error, conflict=conflict,
        text=letter.bodies[language] if text is None else text, missions=missions,
        subject=letter.subjects[language] if subject is None else subject,
        mission=chosen, offered=fields if allowed(request, "letter_save") else (),
        chips=words_of_chips(tongue_of(request), fields),
        whose=next(one.short_name for one in missions if one.iso3 == chosen) if chosen else "",
        seen=editing.version(letter, language) if seen is None else seen,
    )  # fmt: skip


def _conflict(
    request: Request, letter: Letter, language: Language, text: str, subject: str | None, seen: str
) -> Conflict:
    """What was typed beside what is kept by now, and both at once where they are at different places."""
    say, kept, path = tongue_of(request), letter.bodies[language], f"/letters/{letter.name}/{language}"
    typed, head = text.replace("\r\n", "\n"), letter.subjects[language] if subject is None else subject
    sides = two_sides([(say("Subject"), head, letter.subjects[language]), (say("Text"), typed, kept)])
    with reading(desk_of(request).engine) as session:
        began = version_of(session, letter.name, language, seen)
        last = version_of(session, letter.name, language, editing.version(letter, language))
    both: tuple[tuple[str, str], ...] = ()
    if began is not None:
        words = together(began.text, typed.rstrip("\n") + "\n", kept)
        line = together(began.subject, head, letter.subjects[language])
        if words is not None and line is not None:
            both = (("text", words), ("subject", line), ("seen", editing.version(letter, language)))
    who, at = (last.who, last.at) if last is not None else ("", None)
    return Conflict(path, path, "words", sides, who, at, both)


def _offered(request: Request, letter: Letter, language: Language, mission: str) -> list[OfferedGroup]:
    """The fields that can be put into the text."""
    desk, say, today = desk_of(request), tongue_of(request), clock.now()
    zone = desk.settings.tz
    made_of = (letter.name, stamp(letter.name, desk.templates), language, say.language, today.astimezone(zone).date())

    def make(session: Session) -> list[OfferedGroup]:
        own = {"mission": own_names(session, Mission), "contact": own_names(session, Contact)}
        addressee = _addressee(desk, mission) if mission else None
        rows = (addressee.mission, *addressee.contacts) if addressee is not None else ()
        # A commit of something else leaves it as it was: the letter is not made ready to merge once more.
        key = ("fields", *made_of, *own.values(), *(one.model_dump_json() for one in rows))
        return desk.memory.same(
            key, lambda: offered(say, letter, language, addressee, own, today, zone)
        )  # fmt: skip

    return desk.read(("fields", *made_of, mission), make)
