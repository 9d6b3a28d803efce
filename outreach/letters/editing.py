"""A letter's text, changed by a person at the desk: tried before it is kept, and never over somebody else's change."""

import hashlib
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

import tomlkit
from sqlalchemy import Engine

from outreach import platform
from outreach.actors import Actor
from outreach.database import writing
from outreach.errors import ConflictError, LetterError, NotFoundError, Problem, UserError
from outreach.letters.folder import SHARED_BLOCKS, Letter, load_letter
from outreach.letters.merge import Addressee, Merged, Merger
from outreach.letters.signers import Signatories
from outreach.people import audit
from outreach.sentences import Sentence
from outreach.text import one_line
from outreach.vocabulary import Act, Language

MOST_CHARACTERS = 200_000
_MOST_SUBJECT = 500
_TOML = "letter.toml"


def letter_names(templates: Path) -> list[str]:
    """Return the names of the letters in a templates folder, sorted."""
    return sorted(path.parent.name for path in templates.glob("*/letter.toml"))


def version(letter: Letter, language: Language) -> str:
    """Return what tells whether a letter's words in a language were changed since they were seen."""
    return hashlib.sha256(f"{letter.subjects[language]}\0{letter.bodies[language]}".encode()).hexdigest()


def try_text(
    templates: Path,
    name: str,
    language: Language,
    text: str,
    addressee: Addressee,
    moment: datetime,
    tz: ZoneInfo,
    *,
    subject: str | None = None,
    campaign: str = "preview",
    signatories: Signatories | None = None,
) -> Merged:
    """Return a letter to one mission as it would be with other words in a language. Nothing is kept.

    The letter is merged in that language, whatever the mission's own. Without a `subject` it has the one in its
    folder; `signatories` stand in the place of the letter's own. Raises LetterError, NotFoundError.
    """
    with _tried(templates, name, language, text, subject) as folder:
        letter = load_letter(name, folder)
        forced = addressee.mission.model_copy(update={"language": language})
        contacts = tuple(contact.model_copy(update={"language": None}) for contact in addressee.contacts)
        merger = Merger(letter, campaign=campaign, moment=moment, tz=tz, signatories=signatories)
        return merger.merge(Addressee(forced, contacts))


def try_pdf(
    templates: Path,
    name: str,
    language: Language,
    text: str,
    addressee: Addressee,
    moment: datetime,
    tz: ZoneInfo,
    *,
    subject: str | None = None,
) -> bytes:
    """Return the PDF of a letter to one mission as it would be with other words. Nothing is kept.

    Raises LetterError, also for a letter that goes without a PDF; NotFoundError.
    """
    from outreach.letters.pdf import sheet_of, typesetter

    merged = try_text(templates, name, language, text, addressee, moment, tz, subject=subject)
    letter = load_letter(name, templates)
    if letter.pdf_file is None:
        raise LetterError(
            "letter.goes-without-pdf",
            "The letter {name!r} goes without a PDF.",
            name=name,
            remedy="A [pdf] table in letter.toml asks for one.",
        )
    return typesetter(letter, moment).pdf(sheet_of(merged))


def save_text(
    engine: Engine,
    templates: Path,
    name: str,
    language: Language,
    text: str,
    *,
    by: Actor,
    seen: str,
    subject: str | None = None,
) -> None:
    """Keep other words of a letter in a language that it has: its text, and its subject where one is given.

    Each file is written whole or not at all, and that it was is recorded once it is. `seen` is the `version` that
    the person began from. Raises LetterError where the letter could not be merged, ConflictError where somebody has
    changed it meanwhile, NotFoundError.
    """
    text = _clean(text)
    letter = load_letter(name, templates)
    if language not in letter.bodies:
        raise NotFoundError(
            "letter.no-text", "The letter {name!r} has no text in {language}.", name=name, language=language
        )
    if version(letter, language) != seen:
        raise ConflictError(
            "letter.changed",
            "Somebody has changed {name}/{language}.md or its subject since you opened it. Nothing was overwritten.",
            name=name,
            language=language,
            remedy="Your text is kept: copy it, look at the letter as it is now, and bring the two together.",
        )
    with _tried(templates, name, language, text, subject) as folder:
        Merger(load_letter(name, folder), campaign="", moment=datetime.now(ZoneInfo("UTC")), tz=ZoneInfo("UTC"))
    with writing(engine) as session:
        audit.record(session, by, Act.TEXT_CHANGED, f"{name}, {language}")
        if text != letter.bodies[language]:
            _write(letter.folder / f"{language}.md", text)
        if subject is not None and _one_subject(subject) != letter.subjects[language]:
            _write(letter.folder / _TOML, _with_subject(letter.folder / _TOML, language, subject))


def _write(path: Path, text: str) -> None:
    beside = path.with_name(f".{secrets.token_hex(6)}.part")
    try:
        with beside.open("x", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
            stream.flush()
            platform.flush(stream.fileno())
        platform.replace(beside, path)
    except OSError as error:
        raise UserError(
            "file.not-written", "{path} can't be written: {error}.", path=path, error=error.strerror
        ) from None
    finally:
        beside.unlink(missing_ok=True)


def _with_subject(path: Path, language: Language, subject: str) -> str:
    """Return letter.toml with another subject in a language; its comments and all else stay as they are."""
    document = tomlkit.parse(path.read_text(encoding="utf-8-sig"))
    subjects: Any = document["subject"]
    subjects[str(language)] = _one_subject(subject)
    return tomlkit.dumps(document)


def _one_subject(subject: str) -> str:
    line = one_line(subject)
    if not line:
        raise UserError(
            "letter.subject-needed", "The letter needs a subject.", remedy="Write what it is about in a few words."
        )
    if len(line) > _MOST_SUBJECT:
        raise UserError(
            "letter.subject-over",
            "The subject has over {most_subject} characters.",
            most_subject=_MOST_SUBJECT,
            remedy="Shorten it.",
        )
    return line


def _clean(text: str) -> str:
    if len(text) > MOST_CHARACTERS:
        raise UserError(
            "letter.text-over",
            "The text has over {most_characters:,} characters.",
            most_characters=MOST_CHARACTERS,
            remedy="Shorten it.",
        )
    text = re.sub(r"\r\n?", "\n", text)
    return text.rstrip("\n") + "\n"


@contextmanager
def _tried(templates: Path, name: str, language: Language, text: str, subject: str | None) -> Iterator[Path]:
    """Yield a templates folder with a copy of the letter that has the other words."""
    load_letter(name, templates)
    with TemporaryDirectory(prefix="outreach-") as made:
        folder = Path(made)
        for part in (name, SHARED_BLOCKS):
            if (templates / part).is_dir():
                shutil.copytree(templates / part, folder / part)
        (folder / name / f"{language}.md").write_text(_clean(text), encoding="utf-8", newline="\n")
        if subject is not None:
            path = folder / name / _TOML
            path.write_text(_with_subject(path, language, subject), encoding="utf-8", newline="\n")
        try:
            yield folder
        except LetterError as error:
            raise LetterError.of(
                _at_home(error.says, folder),
                remedy=error.remedy,
                problems=[
                    Problem.of(
                        _at_home(one.says, folder),
                        where=one.where.replace(str(folder), "templates"),
                        remedy=one.remedy,
                    )
                    for one in error.problems
                ],
            ) from None


def _at_home(said: Sentence, folder: Path) -> Sentence:
    """Return a sentence that names the letter's own folder, and not that of the copy which was tried."""
    home = {
        name: str(value).replace(str(folder), "templates") if isinstance(value, str | Path) else value
        for name, value in said.facts.items()
    }
    return Sentence(said.code, said.template, home)
