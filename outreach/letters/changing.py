"""A letter's folder, made and changed as a whole by a person: tried before it is kept, with its event.

The text itself is `editing`'s. A file comes before the line of letter.toml that names it, and goes after it.
"""

import hashlib
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import tomlkit
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from outreach import platform
from outreach.actors import Actor
from outreach.database import writing
from outreach.errors import ConflictError, LetterError, NotFoundError, UserError
from outreach.letters import editing
from outreach.letters.faces.pdf import try_logos
from outreach.letters.faces.pictures import NoPicture, read_picture
from outreach.letters.folder import Letter, load_letter
from outreach.letters.merge import Merger
from outreach.letters.new import MadeLetter, covering_mail, free_folder, name_after, new_letter, skeleton
from outreach.letters.text_versions import rename_versions
from outreach.models import Campaign
from outreach.people import audit
from outreach.text import one_line
from outreach.vocabulary import Act, Language

_TOML = "letter.toml"
REMOVED = ".removed"
"""Under templates/: where deleted letters stay, so that none is lost by a click."""
_FACT = re.compile(r"[a-z][a-z0-9_]{0,59}")
_FILE = re.compile(r"[^\w .,()+-]")
_MOST_FACT = 2_000
_MOST_FACTS = 100
_MOST_FILES = 100
_PICTURES = (".png", ".jpg", ".jpeg")
_LOGOS = (*_PICTURES, ".svg")
_OWN = (".md", ".toml", ".typ", ".html", ".part")


@dataclass(frozen=True, slots=True)
class About:
    """What letter.toml says of a letter besides subjects and files, as a form has it: all of it text."""

    title: str
    fallback: str
    sender: str = ""
    reply_to: str = ""
    facts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """The value of each fact by language; `""` is the one for all languages. An empty one is none."""


# ---------------------------------------------------------------------------------------- the folder as a whole


def make_letter(
    engine: Engine, templates: Path, name: str, languages: Sequence[str], *, by: Actor, title: str = "",
    cover: bool = False,
) -> MadeLetter:  # fmt: skip
    """Make a letter with a text to fill in, as `new.new_letter`; its name may come of its title. Raises UserError."""
    wanted = name.strip() or (name_after(title) if title.strip() else "")
    with writing(engine) as session:
        free_folder(wanted, templates)
        audit.record(session, by, Act.LETTER_MADE, wanted)
        made = new_letter(wanted, languages, templates, cover=cover)
        if one_line(title):
            _write_toml(made.folder, _titled(made.folder, title))
    return made


def copy_letter(
    engine: Engine, templates: Path, home: Path, source: str, name: str, *, by: Actor, title: str = ""
) -> Path:
    """Make a letter that is another one's folder over again, from a templates folder that may be another one.

    Raises NotFoundError, LetterError for one that can't be used, UserError for a name that is taken.
    """
    original = load_letter(source, home).folder
    wanted = name.strip() or (name_after(title) if title.strip() else "")
    with writing(engine) as session:
        folder = free_folder(wanted, templates)
        audit.record(session, by, Act.LETTER_MADE, f"{wanted}, after {source}")
        try:
            shutil.copytree(original, folder, symlinks=True)
        except OSError as error:
            raise _not_written(folder, error) from None
        if one_line(title):
            _write_toml(folder, _titled(folder, title))
    return folder


def used_by(session: Session, name: str) -> list[str]:
    """Return the campaigns that send a letter, by name."""
    return list(session.exec(select(Campaign.name).where(Campaign.letter == name).order_by(col(Campaign.name))))


def rename_letter(engine: Engine, templates: Path, name: str, to: str, *, by: Actor) -> Path:
    """Give a letter that no campaign sends another name. Raises UserError, ConflictError for one that is sent."""
    with writing(engine) as session:
        folder = _unused(session, templates, name)
        target = free_folder(to.strip(), templates)
        audit.record(session, by, Act.LETTER_RENAMED, f"{name}, now {target.name}")
        rename_versions(session, name, target.name)
        _move(folder, target)
    return target


def delete_letter(engine: Engine, templates: Path, name: str, *, by: Actor) -> Path:
    """Take a letter that no campaign sends away; its folder is kept under `REMOVED`. Raises as `rename_letter`."""
    with writing(engine) as session:
        folder = _unused(session, templates, name)
        kept = templates / REMOVED / f"{name}.{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}"
        audit.record(session, by, Act.LETTER_DELETED, name)
        kept.parent.mkdir(exist_ok=True)
        _move(folder, kept)
    return kept


def removed(templates: Path) -> list[str]:
    """Return what deleted letters are kept as, the latest first."""
    found = [path.parent.name for path in (templates / REMOVED).glob(f"*/{_TOML}")]
    return sorted(found, key=lambda one: one.rpartition(".")[2], reverse=True)


def bring_letter_back(engine: Engine, templates: Path, kept: str, *, by: Actor) -> Path:
    """Bring a deleted letter back under its name. Raises NotFoundError, UserError where that is taken meanwhile."""
    if kept not in removed(templates):
        raise NotFoundError("letter.not-removed", "There is no deleted letter {name!r}.", name=kept)
    with writing(engine) as session:
        folder = free_folder(kept.rpartition(".")[0], templates)
        audit.record(session, by, Act.LETTER_MADE, f"{folder.name}, brought back")
        _move(templates / REMOVED / kept, folder)
    return folder


def _unused(session: Session, templates: Path, name: str) -> Path:
    if name not in editing.letter_names(templates):
        load_letter(name, templates)  # raises, and tells which there are
    if campaigns := used_by(session, name):
        raise ConflictError(
            "letter.in-use", "{campaigns} sends this letter. Nothing was changed.", campaigns=", ".join(campaigns),
            remedy="Make a copy of it under another name instead.",
        )  # fmt: skip
    return templates / name


def _move(source: Path, target: Path) -> None:
    try:
        platform.replace(source, target)
    except OSError as error:
        raise _not_written(target, error) from None
    platform.flush_names(target.parent)


# ---------------------------------------------------------------------------------------------------- languages


def add_language(
    engine: Engine, templates: Path, name: str, language: Language, *, by: Actor, like: Language | None = None
) -> None:
    """Give a letter a text in a further language: a copy of the one it has in `like`, else one to fill in.

    Its subject is the other's, or the letter's title. Raises UserError, NotFoundError.
    """
    letter = load_letter(name, templates)
    if like is None:
        editing.add_text(
            engine, templates, name, language, skeleton(language), _plain(letter.title), by=by,
            cover=covering_mail(language),
        )  # fmt: skip
        return
    if like not in letter.bodies:
        raise NotFoundError(
            "letter.no-text", "The letter {name!r} has no text in {language}.", name=name, language=like
        )
    editing.add_text(
        engine, templates, name, language, letter.bodies[like], letter.subjects[like], by=by,
        cover=letter.covers.get(like),
    )  # fmt: skip


def _plain(words: str) -> str:
    """Words as they are written in a template, where braces would begin a field."""
    return re.sub(r"\{(?=[{%#])", "", words)


# ------------------------------------------------------------------------------------------------- letter.toml


def version(templates: Path, name: str) -> str:
    """Return what tells whether letter.toml or a letter's covering mails were changed since they were seen."""
    folder = templates / name
    held = hashlib.sha256()
    for path in (folder / _TOML, *sorted(folder.glob("cover.*.md"))):
        held.update(path.name.encode() + b"\0" + (path.read_bytes() if path.is_file() else b"") + b"\0")
    return held.hexdigest()


def facts_of_file(templates: Path, name: str) -> dict[str, dict[str, str]]:
    """Return the facts of letter.toml as a form has them: each one's value by language, `""` for all of them.

    Lists and tables are not among them: those stay as they are in the file.
    """
    found: dict[str, dict[str, str]] = {}
    table = _document(templates / name).unwrap().get("facts", {})
    codes = set(map(str, Language))
    for key, value in table.items():
        if key in codes and isinstance(value, dict):
            for fact, words in value.items():
                if not isinstance(words, dict | list):
                    found.setdefault(fact, {})[key] = _shown(words)
        elif not isinstance(value, dict | list):
            found.setdefault(key, {})[""] = _shown(value)
    return found


def set_about(engine: Engine, templates: Path, name: str, about: About, *, by: Actor, seen: str) -> None:
    """Keep what a form says of a letter: title, fallback, who writes it, and its facts. All of it or nothing.

    A value is a date where it is written as one (2024-03-27), and of the kind that it was where it is changed. Raises
    UserError, LetterError (what can't be used), ConflictError where somebody has changed it since.
    """
    title = one_line(about.title)
    if not title or len(title) > 300:
        raise UserError("letter.title", "A letter has a title of up to 300 characters.", remedy="Write what it is.")
    if len(about.facts) > _MOST_FACTS:
        raise UserError("letter.facts", "A letter has up to {most} facts.", most=_MOST_FACTS)
    letter = load_letter(name, templates)
    document = _document(letter.folder)
    document["title"] = title
    document["fallback"] = str(editing.known_language(about.fallback))
    for key, text in (("from", about.sender), ("reply_to", about.reply_to)):
        _set(document, key, one_line(text))
    _set_facts(document, about.facts)
    _keep(engine, templates, name, {_TOML: tomlkit.dumps(document)}, by=by, seen=seen, told="title and facts")


def _set_facts(document: Any, facts: Mapping[str, Mapping[str, str]]) -> None:
    table: Any = document.setdefault("facts", tomlkit.table())
    codes = set(map(str, Language))
    places: dict[str, Any] = {"": table} | {code: table[code] for code in codes if isinstance(table.get(code), dict)}
    for name in facts:
        if not _FACT.fullmatch(name) or name in codes:
            raise UserError(
                "letter.fact-name", "{name!r} can't be the name of a fact.", name=name,
                remedy="Use a-z, 0-9 and _, beginning with a letter, such as reply_by.",
            )  # fmt: skip
    for code, held in places.items():
        for name in [key for key, value in held.items() if not isinstance(value, dict | list)]:
            if not facts.get(name, {}).get(code, "").strip():
                del held[name]
    for name, values in facts.items():
        for code, words in values.items():
            text = one_line(words)
            if not text:
                continue
            if len(text) > _MOST_FACT:
                raise UserError("letter.fact-long", "{name} is over {most} characters.", name=name, most=_MOST_FACT)
            if code not in places:
                table[code] = places[code] = tomlkit.table()
                places[code] = table[code]
            was = places[code].get(name)
            if was is None or _shown(was) != text:
                places[code][name] = _typed(text, was)


def _typed(text: str, was: Any) -> Any:
    """Read a value that was typed: a date as one; a number or yes and no where there was one before."""
    if isinstance(was, bool) and text.lower() in ("true", "false"):
        return text.lower() == "true"
    if isinstance(was, int) and re.fullmatch(r"-?\d{1,15}", text):
        return int(text)
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise UserError(
                "letter.fact-date", "There is no day {text}.", text=text, remedy="Write it as 2024-03-27."
            ) from None
    return text


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


def set_pdf(
    engine: Engine, templates: Path, name: str, *, pdf: str, covers: Mapping[Language, str] | None, by: Actor, seen: str
) -> None:
    """Say how a letter goes: with a PDF under the name `pdf` (empty: none), and with covering mails or without (None).

    A covering mail that is empty begins with the usual words. Those of a letter that goes without stay in its folder.
    Raises as `set_about`.
    """
    letter = load_letter(name, templates)
    document = _document(letter.folder)
    called = one_line(pdf)
    if called:
        if "pdf" not in document:
            document["pdf"] = tomlkit.table()
        table: Any = document["pdf"]
        table["file"] = called
    elif "pdf" in document:
        del document["pdf"]
    files: dict[str, str | bytes | None] = {}
    if covers is not None:
        if not called:
            raise UserError(
                "letter.cover-alone",
                "A covering mail goes with the letter as a PDF.",
                remedy="Give the PDF a name too.",
            )
        for language in letter.languages:
            text = covers.get(language, "").replace("\r\n", "\n").strip()
            files[f"cover.{language}.md"] = f"{text}\n" if text else _cover_of(letter, language)
    _set(document, "cover", covers is not None)
    files[_TOML] = tomlkit.dumps(document)
    _keep(engine, templates, name, files, by=by, seen=seen, told="PDF and covering mail")


def _cover_of(letter: Letter, language: Language) -> str:
    path = letter.folder / f"cover.{language}.md"
    return path.read_text(encoding="utf-8-sig") if path.is_file() else covering_mail(language)


def set_letterhead(
    engine: Engine, templates: Path, name: str, *, head: str, lines: Sequence[str], colour: str,
    logos: Sequence[str], by: Actor, seen: str,
) -> None:  # fmt: skip
    """Keep a letterhead: name, lines, colour, and which of its pictures stay. Raises as `set_about`."""
    document = _document(load_letter(name, templates).folder)
    table: Any = document.setdefault("letterhead", tomlkit.table())
    table["name"], table["lines"] = one_line(head), [line for text in lines if (line := one_line(text))]
    table["colour"] = colour.strip()
    table["logos"] = [str(one) for one in table.get("logos", []) if str(one) in logos]
    _keep(
        engine, templates, name, {_TOML: tomlkit.dumps(document)}, by=by, seen=seen, told="letterhead",
        act=Act.LETTERHEAD_CHANGED,
    )  # fmt: skip


def take_letterhead(engine: Engine, templates: Path, name: str, source: str, *, by: Actor) -> None:
    """Give a letter the letterhead of another one: name, lines, colour and pictures. Raises as `set_about`."""
    folder, head = load_letter(name, templates).folder, load_letter(source, templates).letterhead
    document = _document(folder)
    files: dict[str, str | bytes | None] = {one.name: one.read_bytes() for one in head.logos}
    document["letterhead"] = {
        "name": head.name, "lines": list(head.lines), "logos": sorted(files), "colour": head.colour
    }  # fmt: skip
    files[_TOML] = tomlkit.dumps(document)
    _keep(
        engine, templates, name, files, by=by, seen=None, told=f"letterhead, after {source}", act=Act.LETTERHEAD_CHANGED
    )  # fmt: skip


# -------------------------------------------------------------------------------------------------------- files


def add_logo(engine: Engine, templates: Path, name: str, file: str, content: bytes, *, by: Actor, seen: str) -> str:
    """Put a picture into the letterhead. Return its name. Raises as `set_about`."""
    folder = load_letter(name, templates).folder
    called = _free_file(folder, file, _LOGOS)
    document = _document(folder)
    table: Any = document.setdefault("letterhead", tomlkit.table())
    table["logos"] = [*table.get("logos", []), called]
    files: dict[str, str | bytes | None] = {called: content, _TOML: tomlkit.dumps(document)}
    _keep(
        engine, templates, name, files, by=by, seen=seen, told=f"logo {called}", act=Act.LETTERHEAD_CHANGED
    )  # fmt: skip
    return called


def add_logo_to_all(
    engine: Engine, templates: Path, names: Sequence[str], file: str, content: bytes, *, by: Actor
) -> None:
    """Put a picture into the letterheads of several letters. Raises as `add_logo`, before any is changed where its name
    is taken in one of them."""
    for name in names:
        _free_file(templates / name, file, _LOGOS)
    for name in names:
        add_logo(engine, templates, name, file, content, by=by, seen=version(templates, name))


def add_picture(engine: Engine, templates: Path, name: str, file: str, content: bytes, *, by: Actor) -> str:
    """Put a picture beside the text, which names it as `![words](file)`. Return its name.

    Raises LetterError for what can't go out as a picture (see `pictures.read_picture`), UserError.
    """
    from outreach.letters.lint.lint_told import picture_fault

    folder = load_letter(name, templates).folder
    called = _free_file(folder, file, _PICTURES)
    with editing.tried(templates, name, {called: content}) as copy:
        try:
            read_picture(copy / name, called)
        except NoPicture as error:
            fault = picture_fault(error.code, called)
            raise LetterError.of(fault.says, remedy=fault.remedy) from None
    _keep(engine, templates, name, {called: content}, by=by, seen=None, told=f"picture {called}")
    return called


def pictures_beside(letter: Letter) -> list[str]:
    """Return the pictures in a letter's folder that its text may name; logos and attachments are none of them."""
    other = {one.name for one in letter.letterhead.logos} | {one.file for one in letter.attachments}
    found = (path.name for path in letter.folder.iterdir() if path.suffix.lower() in _PICTURES)
    return sorted(name for name in found if name not in other)


def add_attachment(
    engine: Engine, templates: Path, name: str, file: str, content: bytes, *, by: Actor, seen: str, called: str = "",
    language: str = "", missions: Sequence[str] = (),
) -> str:  # fmt: skip
    """Put a file beside a letter and let it go along, under a name, with one language or some missions where asked.

    Return its file's name. Raises as `set_about`.
    """
    folder = load_letter(name, templates).folder
    kept = _free_file(folder, file, ())
    document = _document(folder)
    entries = [*_entries(document), _entry(kept, called, language, missions)]
    _set_entries(document, entries)
    files: dict[str, str | bytes | None] = {kept: content, _TOML: tomlkit.dumps(document)}
    _keep(engine, templates, name, files, by=by, seen=seen, told=f"attachment {kept}")
    return kept


def set_attachment(
    engine: Engine, templates: Path, name: str, place: int, *, by: Actor, seen: str, called: str = "",
    language: str = "", missions: Sequence[str] = (),
) -> None:  # fmt: skip
    """Change the name, the language and the missions of the attachment at a place, from 0. Raises as `set_about`."""
    document, entries = _attached(templates, name, place)
    entries[place] = _entry(entries[place]["file"], called, language, missions)
    _set_entries(document, entries)
    told = f"attachment {entries[place]['file']}"
    _keep(engine, templates, name, {_TOML: tomlkit.dumps(document)}, by=by, seen=seen, told=told)


def remove_attachment(engine: Engine, templates: Path, name: str, place: int, *, by: Actor, seen: str) -> str:
    """Let the attachment at a place, from 0, go along no more, and take its file away. Raises as `set_about`."""
    document, entries = _attached(templates, name, place)
    gone: str = entries.pop(place)["file"]
    _set_entries(document, entries)
    files: dict[str, str | bytes | None] = {_TOML: tomlkit.dumps(document)}
    if not any(one["file"] == gone for one in entries) and "/" not in gone:
        files[gone] = None
    _keep(engine, templates, name, files, by=by, seen=seen, told=f"attachment {gone} removed")
    return gone


def remove_file(engine: Engine, templates: Path, name: str, file: str, *, by: Actor) -> None:
    """Take a picture away that no text of the letter names. Raises NotFoundError, ConflictError."""
    letter = load_letter(name, templates)
    if file not in pictures_beside(letter):
        raise NotFoundError("letter.no-such-file", "There is no picture {file!r} beside this letter.", file=file)
    if file in letter.pictures:
        raise ConflictError(
            "letter.picture-named", "The text shows {file}. Nothing was changed.", file=file,
            remedy="Take it out of the text first.",
        )  # fmt: skip
    _keep(engine, templates, name, {file: None}, by=by, seen=None, told=f"picture {file} removed")


def _attached(templates: Path, name: str, place: int) -> tuple[Any, list[dict[str, Any]]]:
    document = _document(load_letter(name, templates).folder)
    entries = _entries(document)
    if not 0 <= place < len(entries):
        raise NotFoundError(
            "letter.no-attachment", "There is no such attachment.", remedy="Look again which there are."
        )
    return document, entries


def _entries(document: Any) -> list[dict[str, Any]]:
    held = document.unwrap().get("attachments", [])
    return [{"file": one} if isinstance(one, str) else dict(one) for one in held]


def _set_entries(document: Any, entries: Sequence[Mapping[str, Any]]) -> None:
    """Write the attachments as one array, in the place of whatever way they were written in."""
    array = tomlkit.array()
    for entry in entries:
        if set(entry) == {"file"}:
            array.append(entry["file"])
        else:
            table = tomlkit.inline_table()
            table.update(entry)
            array.append(table)
    array.multiline(len(entries) > 1)
    if isinstance(document.get("attachments"), tomlkit.items.AoT):
        del document["attachments"]
    document["attachments"] = array


def _entry(file: str, called: str, language: str, missions: Sequence[str]) -> dict[str, Any]:
    entry: dict[str, Any] = {"file": file}
    if one_line(called):
        entry["name"] = one_line(called)
    if language.strip():
        entry["language"] = str(editing.known_language(language))
    if missions:
        entry["missions"] = list(missions)
    return entry


def _free_file(folder: Path, file: str, endings: Sequence[str]) -> str:
    """Return what a file that is brought is called in the folder. Raises UserError."""
    called = _FILE.sub("_", Path(one_line(file).replace("\\", "/")).name).strip(" .")[-100:].strip(" .")
    ending = Path(called).suffix.lower()
    if not called:
        raise UserError("upload.none", "No file came.", remedy="Choose a file first.")
    if sum(1 for _ in folder.iterdir()) >= _MOST_FILES:
        raise UserError(
            "letter.files-many", "The letter has {most} files already.", most=_MOST_FILES, remedy="Remove one first."
        )
    if (endings and ending not in endings) or (not endings and (ending in _OWN or not ending)):
        raise UserError(
            "letter.file-kind", "{file} can't be taken here.", file=called,
            kinds=", ".join(endings),
            remedy="Take a file of these kinds: {kinds}." if endings else "Save it as a PDF, for example.",
        )  # fmt: skip
    if (folder / called).exists():
        raise UserError(
            "letter.file-there", "There is a file {file} beside this letter already.", file=called,
            remedy="Give yours another name, or remove that one first.",
        )  # fmt: skip
    return called


# ------------------------------------------------------------------------------------------------------ keeping


def _keep(
    engine: Engine, templates: Path, name: str, files: Mapping[str, str | bytes | None], *, by: Actor,
    seen: str | None, told: str, act: Act = Act.LETTER_CHANGED,
) -> None:  # fmt: skip
    """Try files in the place of a letter's own, and keep them if it can be read, merged and printed with them."""
    folder = templates / name
    with editing.tried(templates, name, files) as copy:
        letter = load_letter(name, copy)
        Merger(letter, campaign="", moment=datetime.now(UTC), tz=ZoneInfo("UTC"))
        try_logos(letter.letterhead)
    with writing(engine) as session:
        if seen is not None and version(templates, name) != seen:
            raise ConflictError(
                "letter.setup-changed",
                "Somebody has changed this letter since you opened it. Nothing was overwritten.",
                remedy="What you typed is kept: compare it with the letter as it is now.",
            )
        audit.record(session, by, act, f"{name}, {told}")
        added = [(file, content) for file, content in files.items() if content is not None and file != _TOML]
        for file, content in added:
            editing.write_file(folder / file, content.encode() if isinstance(content, str) else content)
        if (toml := files.get(_TOML)) is not None:
            editing.write_file(folder / _TOML, toml.encode() if isinstance(toml, str) else toml)
        for file in (file for file, content in files.items() if content is None):
            (folder / file).unlink(missing_ok=True)


def _document(folder: Path) -> Any:
    try:
        return tomlkit.parse((folder / _TOML).read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomlkit.exceptions.TOMLKitError) as error:
        raise LetterError("file.not-read", "{path} can't be read: {error}.", path=folder / _TOML, error=error) from None


def _set(document: Any, key: str, value: Any) -> None:
    """Set a line of its own, or take it out where it says nothing."""
    if value:
        document[key] = value
    elif key in document:
        del document[key]


def _titled(folder: Path, title: str) -> str:
    document = _document(folder)
    document["title"] = one_line(title)[:300]
    return str(tomlkit.dumps(document))


def _write_toml(folder: Path, text: str) -> None:
    editing.write_file(folder / _TOML, text.encode())


def _not_written(path: Path, error: OSError) -> UserError:
    return UserError("file.not-written", "{path} can't be written: {error}.", path=path, error=error.strerror)
