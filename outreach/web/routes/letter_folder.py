"""A letter as a whole: made, copied, renamed, deleted; its languages, Word files, facts, letterhead and files."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response, UploadFile

from outreach.database import reading
from outreach.errors import ConflictError, LetterError, OutreachError, UserError
from outreach.letters import changing, editing
from outreach.letters.faces.letterhead import picture_data
from outreach.letters.folder import Letter, current_letter
from outreach.letters.word import word_in
from outreach.letters.word.word_file import word_file
from outreach.letters.word.word_in import WordIn
from outreach.text import as_name, one_line
from outreach.vocabulary import Language
from outreach.web.access import GuardedRoute
from outreach.web.conflict import Conflict, two_sides
from outreach.web.desk import Desk, actor, desk_of
from outreach.web.form_fields import NONE, Long, Number, Several, Short
from outreach.web.render import go, page
from outreach.web.showing import kept as to_keep
from outreach.web.tongues import tongue_of
from outreach.web.uploads import called, keep_word, kept
from outreach.web.words import worded_language
from outreach.workplace import samples

router = APIRouter(route_class=GuardedRoute)
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_MOST_FILE = 10 * 1024 * 1024
_EMPTY_ROWS = 3


# ------------------------------------------------------------------------------------------ new letters


@router.get("/new-letter")
def letter_new(request: Request) -> Response:
    """The form of a new letter: empty, after another, or from a Word file."""
    return _new(request)


@router.post("/new-letter")
def letter_make(
    request: Request, title: Short = "", name: Short = "", origin: Short = "", languages: Several = NONE,
    cover: Short = "", head: Short = "",
) -> Response:  # fmt: skip
    """Make a letter, in a folder named as was said, or after its title."""
    desk = desk_of(request)
    name = as_name(name if name.strip() else title) or name
    try:
        kind, _, source = origin.partition(":")
        if kind in ("letter", "sample"):
            home = desk.templates if kind == "letter" else samples() / "templates"
            folder = changing.copy_letter(
                desk.engine, desk.templates, home, source, name, by=actor(request), title=title
            )  # fmt: skip
        else:
            folder = changing.make_letter(
                desk.engine, desk.templates, name, languages or ["en"], by=actor(request), title=title,
                cover=cover == "yes",
            ).folder  # fmt: skip
            _with_head(request, folder.name, head)
    except UserError as error:
        given = {"title": title, "name": name, "origin": origin, "languages": languages, "cover": cover, "head": head}
        return _new(request, error, given)
    first = current_letter(folder.name, desk.templates).fallback
    return go(request, f"/letters/{folder.name}/{first}", tongue_of(request)("The letter is made. Write what it says."))


@router.post("/word-letter")
def letter_word_look(
    request: Request, file: UploadFile | None = None, name: Short = "", language: Short = "", back: Short = "",
    head: Short = "",
) -> Response:  # fmt: skip
    """Show what a Word file would make of a letter, word by word. Nothing is changed yet."""
    desk = desk_of(request)
    said = one_line(file.filename or "")[:120] if file is not None else ""
    name = as_name(name if name.strip() else said.rpartition(".")[0]) or name
    try:
        path = keep_word(desk, file.file.read() if file is not None else b"", said)
        found = _word(request, path.name, said, name, language)
    except UserError as error:
        if back in editing.letter_names(desk.templates):
            return _about(request, back, error)
        return _new(request, error, {"name": name, "language": language, "head": head})
    return page(
        request, "letter_word.html", found=found, digest=path.name, file=said, name=name, language=language,
        back=back, head=head if found.new_letter else "",
    )  # fmt: skip


@router.post("/word-letter/apply")
def letter_word_apply(
    request: Request, digest: Short = "", file: Short = "", name: Short = "", language: Short = "", state: Short = "",
    agreed: Short = "", head: Short = "",
) -> Response:  # fmt: skip
    """Take in what was shown, if nothing has changed since."""
    desk = desk_of(request)
    with called(kept(desk, digest), file) as path:
        found = word_in.keep(
            desk.engine, path, by=actor(request), templates=desk.templates, name=name, language=language, state=state,
            yes=agreed == "yes",
        )  # fmt: skip
    kept(desk, digest).unlink(missing_ok=True)
    if found.new_letter:
        _with_head(request, found.letter, head)
    words = tongue_of(request)("Taken in from {file}.", file=file)
    return go(request, f"/letters/{found.letter}/{found.language}", words)


@router.get("/letters/{name}/{language}/word")
def letter_word_file(request: Request, name: str, language: Language) -> Response:
    """Take a letter's text out as a Word file, for a translator or a lawyer."""
    letter = current_letter(name, desk_of(request).templates)
    if language not in letter.bodies:
        raise LetterError(
            "letter.no-text", "The letter {name!r} has no text in {language}.", name=name, language=language
        )
    return to_keep(f"{name}_{language}.docx", word_file(letter, language), _WORD)


# ---------------------------------------------------------------------------------------- what goes with one


@router.get("/letters/{name}/about")
def letter_about(request: Request, name: str) -> Response:
    """A letter's facts, languages, letterhead and files."""
    return _about(request, name)


@router.post("/letters/{name}/about")
async def letter_about_set(request: Request, name: str) -> Response:
    """Keep title, fallback, who writes it, and the facts."""
    from anyio import to_thread

    form = {key: value for key, value in (await request.form()).items() if isinstance(value, str)}
    return await to_thread.run_sync(_set_about, request, name, form)


def _set_about(request: Request, name: str, form: Mapping[str, str]) -> Response:
    desk = desk_of(request)
    facts: dict[str, dict[str, str]] = {}
    for key, fact in form.items():
        if key.startswith("fact.") and (word := fact.strip()):
            row = key.removeprefix("fact.")
            values = {"": form.get(f"value.{row}", "")}
            values |= {str(one): form.get(f"value.{row}.{one}", "") for one in Language}
            facts[word] = {code: text for code, text in values.items() if text.strip()}
    about = changing.About(
        form.get("title", ""), form.get("fallback", ""), form.get("sender", ""), form.get("reply_to", ""), facts
    )
    try:
        changing.set_about(
            desk.engine, desk.templates, name, about, by=actor(request), seen=form.get("seen", "")
        )  # fmt: skip
    except UserError as error:
        return _about(request, name, error, {"about": about, "seen": form.get("seen", "")})
    return _kept(request, name, tongue_of(request)("Kept."))


@router.post("/letters/{name}/about/pdf")
async def letter_pdf_set(request: Request, name: str) -> Response:
    """Say whether a PDF and a covering mail go out, and what the covering mail says."""
    from anyio import to_thread

    form = {key: value for key, value in (await request.form()).items() if isinstance(value, str)}
    return await to_thread.run_sync(_set_pdf, request, name, form)


def _set_pdf(request: Request, name: str, form: Mapping[str, str]) -> Response:
    desk = desk_of(request)
    covers = {one: form.get(f"cover.{one}", "") for one in Language}
    how, seen = form.get("how", ""), form.get("seen", "")
    try:
        changing.set_pdf(
            desk.engine, desk.templates, name, pdf=form.get("file", "") if how in ("pdf", "cover") else "",
            covers=covers if how == "cover" else None, by=actor(request), seen=seen,
        )  # fmt: skip
    except UserError as error:
        given = {"how": how, "file": form.get("file", ""), "covers": covers, "seen": seen}
        return _about(request, name, error, given)
    return _kept(request, name, tongue_of(request)("Kept."))


@router.post("/letters/{name}/about/letterhead")
def letter_head_set(
    request: Request, name: str, head: Short = "", lines: Long = "", colour: Short = "", logos: Several = NONE,
    seen: Short = "",
) -> Response:  # fmt: skip
    """Keep the letterhead, and which of its pictures stay."""
    desk = desk_of(request)
    try:
        changing.set_letterhead(
            desk.engine, desk.templates, name, head=head, lines=lines.splitlines(), colour=colour, logos=logos,
            by=actor(request), seen=seen,
        )  # fmt: skip
    except UserError as error:
        return _about(request, name, error, {"head": head, "lines": lines, "colour": colour, "seen": seen})
    return _kept(request, name, tongue_of(request)("The letterhead is kept."))


@router.post("/letters/{name}/about/logos")
def letter_logo_add(request: Request, name: str, file: UploadFile | None = None, seen: Short = "") -> Response:
    """Put a picture into the letterhead."""
    desk = desk_of(request)
    try:
        added = changing.add_logo(
            desk.engine, desk.templates, name, _name(file), _content(file), by=actor(request), seen=seen
        )  # fmt: skip
    except UserError as error:
        return _about(request, name, error)
    return _kept(request, name, tongue_of(request)("{file} is in the letterhead.", file=added))


@router.post("/letters/{name}/about/pictures")
def letter_picture_add(request: Request, name: str, file: UploadFile | None = None) -> Response:
    """Put a picture beside the text."""
    desk = desk_of(request)
    try:
        added = changing.add_picture(
            desk.engine, desk.templates, name, _name(file), _content(file), by=actor(request)
        )  # fmt: skip
    except UserError as error:
        return _about(request, name, error)
    say = tongue_of(request)
    mark = f"![{say('what it shows')}]({added})"
    return _kept(
        request, name, say("{file} can be shown in the text: write {words} there.", file=added, words=mark)
    )  # fmt: skip


@router.post("/letters/{name}/about/pictures/remove")
def letter_picture_remove(request: Request, name: str, file: Short = "") -> Response:
    """Take a picture away that no text names."""
    desk = desk_of(request)
    try:
        changing.remove_file(desk.engine, desk.templates, name, file, by=actor(request))
    except UserError as error:
        return _about(request, name, error)
    return _kept(request, name, tongue_of(request)("{file} is removed.", file=file))


@router.post("/letters/{name}/about/attachments")
def letter_attachment_add(
    request: Request, name: str, file: UploadFile | None = None, shown: Short = "", language: Short = "",
    missions: Short = "", seen: Short = "",
) -> Response:  # fmt: skip
    """Let a file go along with a letter."""
    desk = desk_of(request)
    try:
        added = changing.add_attachment(
            desk.engine, desk.templates, name, _name(file), _content(file), by=actor(request), seen=seen, called=shown,
            language=language, missions=_words(missions),
        )  # fmt: skip
    except UserError as error:
        return _about(request, name, error, {"shown": shown, "attached_missions": missions})
    return _kept(request, name, tongue_of(request)("{file} goes along.", file=added))


@router.post("/letters/{name}/about/attachments/{place}")
def letter_attachment_set(
    request: Request, name: str, place: Number, shown: Short = "", language: Short = "", missions: Short = "",
    seen: Short = "", what: Short = "",
) -> Response:  # fmt: skip
    """Change who gets an attachment under which name, or let it go along no more."""
    desk = desk_of(request)
    try:
        if what == "remove":
            gone = changing.remove_attachment(desk.engine, desk.templates, name, place, by=actor(request), seen=seen)
            return _kept(request, name, tongue_of(request)("{file} goes along no more.", file=gone))
        changing.set_attachment(
            desk.engine, desk.templates, name, place, by=actor(request), seen=seen, called=shown, language=language,
            missions=_words(missions),
        )  # fmt: skip
    except UserError as error:
        return _about(request, name, error)
    return _kept(request, name, tongue_of(request)("Kept."))


@router.post("/letters/{name}/about/languages")
def letter_language_add(request: Request, name: str, language: Short = "", like: Short = "") -> Response:
    """Give a letter a text in a further language."""
    desk = desk_of(request)
    try:
        wanted = editing.known_language(language)
        changing.add_language(
            desk.engine, desk.templates, name, wanted, by=actor(request),
            like=editing.known_language(like) if like else None,
        )  # fmt: skip
    except UserError as error:
        return _about(request, name, error)
    words = tongue_of(request)("The letter has a text in this language now. Write what it says.")
    return go(request, f"/letters/{name}/{wanted}", words)


@router.post("/letters/{name}/about/name")
def letter_rename(request: Request, name: str, to: Short = "") -> Response:
    """Give a letter that no campaign sends another name."""
    desk = desk_of(request)
    try:
        folder = changing.rename_letter(desk.engine, desk.templates, name, to, by=actor(request))
    except UserError as error:
        return _about(request, name, error, {"to": to})
    return _kept(request, folder.name, tongue_of(request)("It is called {name} now.", name=folder.name))


@router.post("/letters/{name}/about/delete")
def letter_delete(request: Request, name: str) -> Response:
    """Delete a letter that no campaign sends; it can be brought back."""
    desk = desk_of(request)
    try:
        changing.delete_letter(desk.engine, desk.templates, name, by=actor(request))
    except UserError as error:
        return _about(request, name, error)
    words = tongue_of(request)("{name} is deleted. It can be brought back below.", name=name)
    return go(request, "/letters", words)


@router.post("/removed-letters")
def letter_bring_back(request: Request, name: Short = "") -> Response:
    """Bring a deleted letter back."""
    desk = desk_of(request)
    folder = changing.bring_letter_back(desk.engine, desk.templates, name, by=actor(request))
    return _kept(request, folder.name, tongue_of(request)("{name} is back.", name=folder.name))


# --------------------------------------------------------------------------------------------------- pages


def _with_head(request: Request, name: str, source: str) -> None:
    desk = desk_of(request)
    if source in editing.letter_names(desk.templates):
        changing.take_letterhead(desk.engine, desk.templates, name, source, by=actor(request))


def _heads(desk: Desk) -> dict[str, str]:
    """The letterheads that there are: of each the letter that has it, and its name; the one of most letters first.

    One that came with a sample and was never changed is nobody's.
    """
    shipped = {one.name for one in editing.letterheads(samples() / "templates").values()}
    found = [(one.name, letter) for letter, one in editing.letterheads(desk.templates).items() if one.name]
    own = [(name, letter) for name, letter in found if name not in shipped]
    often = Counter(name for name, _ in own)
    return {letter: name for name, letter in sorted(dict(own).items(), key=lambda one: (-often[one[0]], one[0]))}


def _new(request: Request, error: OutreachError | None = None, given: Mapping[str, Any] | None = None) -> Response:
    theirs = tongue_of(request).language
    spoken = theirs if theirs in set(Language) else "en"
    empty: dict[str, Any] = {
        "title": "", "name": "", "origin": "", "languages": [spoken], "cover": "", "language": spoken,
    }  # fmt: skip
    desk = desk_of(request)
    here = editing.letter_names(desk.templates)
    more = [name for name in editing.letter_names(samples() / "templates") if name not in here]
    heads = _heads(desk)
    empty["head"] = next(iter(heads), "")
    return page(
        request, "letter_new.html", 422 if error else 200, error=error, letters=here, samples=more, heads=heads,
        languages=list(Language),
        given=empty | dict(given or {}),
    )  # fmt: skip


def _about(
    request: Request, name: str, error: OutreachError | None = None, given: Mapping[str, Any] | None = None
) -> Response:
    desk = desk_of(request)
    letter, fault = _read(desk, name)
    with reading(desk.engine) as session:
        campaigns = changing.used_by(session, name)
    said: dict[str, Any] = {"about": None, "colour": "", "shown": "", "attached_missions": "", "to": ""}
    said |= given or {}
    facts = said["about"].facts if said["about"] else changing.facts_of_file(desk.templates, name) if letter else {}
    rows = [*facts.items(), *[("", {})] * _EMPTY_ROWS]
    conflict = None
    if letter is not None and isinstance(error, ConflictError):
        conflict = _conflict(request, letter, said)
        said["seen"] = ""  # both stand on the page: whoever keeps theirs has seen the other
    pictures = changing.pictures_beside(letter) if letter else []
    return page(
        request, "letter_about.html", 409 if conflict else 422 if error else 200, name=name, letter=letter, fault=fault,
        error=error, conflict=conflict,
        campaigns=campaigns, rows=rows, given=said, seen=said.get("seen") or changing.version(desk.templates, name),
        languages=list(Language), logos=_shown_logos(letter), pictures=pictures,
        covers=_covers(letter) if letter else {},
    )  # fmt: skip


def _conflict(request: Request, letter: Letter, typed: Mapping[str, Any]) -> Conflict | None:
    """What was typed into one of the forms beside what the letter has by now; None for one that only takes a file."""
    say, path = tongue_of(request), f"/letters/{letter.name}/about"
    if (about := typed["about"]) is not None:
        kept = changing.facts_of_file(desk_of(request).templates, letter.name)
        sides = [
            (say("Title"), about.title, letter.title),
            (say("Where it has no text in a mission's language, it goes in"), about.fallback, letter.fallback),
            (say.about("mail", "From"), about.sender, letter.sender),
            (say("Answers to"), about.reply_to, letter.reply_to),
            (say("Facts"), _lines(about.facts), _lines(kept)),
        ]  # fmt: skip
        return Conflict(path, path, "facts-form", two_sides(sides))
    if "covers" in typed:
        covers = _covers(letter)
        sides = [(worded_language(say, one), typed["covers"][one], covers[one]) for one in letter.languages]
        sides.insert(0, (say("The PDF is called"), typed["file"], letter.pdf_file or letter.name))
        return Conflict(path, f"{path}/pdf", "how-form", two_sides(sides))
    if "lines" in typed:
        head = letter.letterhead
        sides = [
            (say("Name"), typed["head"], head.name),
            (say("Lines below it"), typed["lines"], "\n".join(head.lines)),
            (say("Colour of the rule"), typed["colour"], head.colour),
        ]
        return Conflict(path, f"{path}/letterhead", "head-form", two_sides(sides))
    return None


def _lines(facts: Mapping[str, Mapping[str, str]]) -> str:
    return "\n\n".join(
        f"{fact}{f' ({code})' if code else ''}: {text}"
        for fact, values in sorted(facts.items())
        for code, text in sorted(values.items())
    )


def _read(desk: Desk, name: str) -> tuple[Letter | None, OutreachError | None]:
    """Return a letter, or why it can't be used. Raises NotFoundError where there is none."""
    try:
        return current_letter(name, desk.templates), None
    except LetterError as error:
        return None, error


def _covers(letter: Letter) -> dict[Language, str]:
    """The covering mail in each language of a letter, also one that does not go out now."""
    found = {}
    for language in letter.languages:
        path = letter.folder / f"cover.{language}.md"
        found[language] = path.read_text(encoding="utf-8-sig") if path.is_file() else ""
    return found


def _shown_logos(letter: Letter | None) -> list[tuple[str, str]]:
    if letter is None:
        return []
    found = letter.letterhead.logos
    return [(path.relative_to(letter.folder).as_posix(), picture_data(path)) for path in found]


def _word(request: Request, digest: str, file: str, name: str, language: str) -> WordIn:
    desk = desk_of(request)
    with called(kept(desk, digest), file) as path:
        return word_in.look(
            desk.engine, path, by=actor(request), templates=desk.templates, name=name, language=language
        )  # fmt: skip


def _kept(request: Request, name: str, words: str) -> Response:
    words = tongue_of(request)("{words} What was approved stays as it was.", words=words)
    return go(request, f"/letters/{name}/about", words)


def _name(file: UploadFile | None) -> str:
    return (file.filename or "") if file is not None else ""


def _content(file: UploadFile | None) -> bytes:
    content = file.file.read(_MOST_FILE + 1) if file is not None else b""
    if not content:
        raise UserError("upload.none", "No file came.", remedy="Choose a file first.")
    return content


def _words(text: str) -> list[str]:
    """Missions as they are typed: codes and `group:…` or `tag:…`, with commas between them."""
    return [one.strip() for one in text.replace(";", ",").split(",") if one.strip()]
