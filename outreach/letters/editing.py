"""A letter's text, changed by a person at the desk: tried before it is kept, and never over somebody else's change."""

import re
import secrets
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
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
from outreach.letters.faces.letterhead import Letterhead
from outreach.letters.folder import SHARED_BLOCKS, Letter, load_letter
from outreach.letters.lint.findings import Findings
from outreach.letters.merge import Addressee, Merged, Merger
from outreach.letters.signing.signers import Signatories
from outreach.letters.text_versions import digest_of, keep_version
from outreach.people import audit
from outreach.sentences import KeptSentence, Sentence
from outreach.text import one_line
from outreach.vocabulary import Act, Language

MOST_CHARACTERS = 200_000
_MOST_SUBJECT = 500
_MOST_HEAD = 200
_MOST_HEAD_LINES = 6
_TOML = "letter.toml"


def letter_names(templates: Path) -> list[str]:
    """Return the names of the letters in a templates folder, sorted."""
    return sorted(path.parent.name for path in templates.glob("*/letter.toml"))


def version(letter: Letter, language: Language) -> str:
    """Return what tells whether a letter's words in a language were changed since they were seen."""
    return digest_of(letter.subjects[language], letter.bodies[language])


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


def check_text(
    templates: Path, name: str, language: Language, text: str, *, subject: str | None = None, live: bool = False
) -> Findings:
    """Return what the check finds in a letter with other words in a language, as `lint.check_letter`. Nothing is kept.

    Raises LetterError, NotFoundError.
    """
    from outreach.letters.lint.lint_letter import check_letter

    with _tried(templates, name, language, text, subject) as folder:
        found = check_letter(name, folder, live=live)
        for findings in (found.problems, found.warnings, found.notes):
            findings[:] = [
                Problem.of(_at_home(one.says, folder), where=one.where.replace(f"{folder}/", ""), remedy=one.remedy)
                for one in findings
            ]
    return found


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
    from outreach.letters.faces.pdf import sheet_of, typesetter

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
    restores: int | None = None,
) -> None:
    """Keep other words of a letter in a language that it has: its text, and its subject where one is given.

    Each file is written whole or not at all, and that it was is recorded once it is. `seen` is the `version` that
    the person began from; what was there, and what is there now, are versions from then on, of which the new one may
    be that of an earlier one, `restores`. Raises LetterError where the letter could not be merged, ConflictError where
    somebody has changed it meanwhile, NotFoundError.
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
            remedy="Yours is kept beside it: choose one of the two, or bring them together.",
        )
    with _tried(templates, name, language, text, subject) as folder:
        Merger(load_letter(name, folder), campaign="", moment=datetime.now(ZoneInfo("UTC")), tz=ZoneInfo("UTC"))
    with writing(engine) as session:
        new = letter.subjects[language] if subject is None else _one_subject(subject)
        keep_version(session, name, language, letter.subjects[language], letter.bodies[language], who="")
        keep_version(session, name, language, new, text, who=by.name, restores=restores)
        act = Act.TEXT_CHANGED if restores is None else Act.TEXT_RESTORED
        audit.record(session, by, act, f"{name}, {language}", f"version {restores}" if restores is not None else "")
        if text != letter.bodies[language]:
            _write(letter.folder / f"{language}.md", text)
        if subject is not None and _one_subject(subject) != letter.subjects[language]:
            _write(letter.folder / _TOML, with_subject(letter.folder / _TOML, language, subject))


def add_text(
    engine: Engine,
    templates: Path,
    name: str,
    language: Language,
    text: str,
    subject: str,
    *,
    by: Actor,
    cover: str | None = None,
) -> None:
    """Give a letter its words in a language that it lacks: the text, and the subject in letter.toml.

    A letter with a covering mail gets one in that language too: `cover`, or the words of its fallback language.

    Raises LetterError where the letter could not be merged, UserError where the language is there already.
    """
    text = _clean(text)
    letter = load_letter(name, templates)
    if language in letter.bodies:
        raise UserError("file.there", "{path} is there already.", path=letter.folder / f"{language}.md")
    files = {f"{language}.md": text, _TOML: with_subject(letter.folder / _TOML, language, subject)}
    if letter.covers and not (letter.folder / f"cover.{language}.md").exists():
        files[f"cover.{language}.md"] = _clean(letter.covers[letter.fallback] if cover is None else cover)
    with tried(templates, name, files) as folder:
        Merger(load_letter(name, folder), campaign="", moment=datetime.now(ZoneInfo("UTC")), tz=ZoneInfo("UTC"))
    with writing(engine) as session:
        keep_version(session, name, language, _one_subject(subject), text, who=by.name)
        audit.record(session, by, Act.TEXT_CHANGED, f"{name}, {language}")
        for file, content in sorted(files.items(), key=lambda one: one[0] == _TOML):
            write_file(letter.folder / file, content.encode())


def known_language(words: str) -> Language:
    """Return the language of that code. Raises UserError where it is none."""
    try:
        return Language(words.strip().lower())
    except ValueError:
        raise UserError(
            "letter.no-language",
            "{language!r} is no language.",
            language=words,
            known=", ".join(Language),
            remedy="Take of: {known}.",
        ) from None


def letterheads(templates: Path) -> dict[str, Letterhead]:
    """Return the letterhead of each letter that can be read."""
    found: dict[str, Letterhead] = {}
    for name in letter_names(templates):
        with suppress(LetterError):
            found[name] = load_letter(name, templates).letterhead
    return found


def save_letterhead(
    engine: Engine, templates: Path, names: Collection[str], *, head: str, lines: Sequence[str], by: Actor
) -> list[str]:
    """Give letters another name and other lines in their letterheads; pictures and colour stay. Return which changed.

    Raises UserError for what is too long or can't be written, LetterError for a letter that can't be read.
    """
    wanted = one_line(head), [line for text in lines if (line := one_line(text))]
    if any(len(text) > _MOST_HEAD for text in (wanted[0], *wanted[1])) or len(wanted[1]) > _MOST_HEAD_LINES:
        raise UserError(
            "letterhead.long",
            "A letterhead has a name and up to {lines} lines, each of at most {most} characters. Nothing was changed.",
            lines=_MOST_HEAD_LINES,
            most=_MOST_HEAD,
            remedy="Shorten it.",
        )
    texts: dict[Path, str] = {}
    for name in names:
        letter = load_letter(name, templates)
        if (letter.letterhead.name, list(letter.letterhead.lines)) != wanted:
            texts[letter.folder / _TOML] = _with_letterhead(letter.folder / _TOML, *wanted)
    changed = [path.parent.name for path in texts]
    if changed:
        with writing(engine) as session:
            audit.record(session, by, Act.LETTERHEAD_CHANGED, ", ".join(changed))
            for path, text in texts.items():
                _write(path, text)
    return changed


def _with_letterhead(path: Path, head: str, lines: list[str]) -> str:
    document = tomlkit.parse(path.read_text(encoding="utf-8-sig"))
    table: Any = document.setdefault("letterhead", tomlkit.table())
    table["name"], table["lines"] = head, lines
    return tomlkit.dumps(document)


def _write(path: Path, text: str) -> None:
    write_file(path, text.encode())


def write_file(path: Path, content: bytes) -> None:
    """Write a file whole or not at all. Raises UserError where it can't be."""
    beside = path.with_name(f".{secrets.token_hex(6)}.part")
    try:
        with beside.open("xb") as stream:
            stream.write(content)
            stream.flush()
            platform.flush(stream.fileno())
        platform.replace(beside, path)
    except OSError as error:
        raise UserError(
            "file.not-written", "{path} can't be written: {error}.", path=path, error=error.strerror
        ) from None
    finally:
        beside.unlink(missing_ok=True)


def with_subject(path: Path, language: Language, subject: str) -> str:
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


def _tried(
    templates: Path, name: str, language: Language, text: str, subject: str | None
) -> AbstractContextManager[Path]:
    """Yield a templates folder with a copy of the letter that has the other words."""
    letter = load_letter(name, templates)
    files = {f"{language}.md": _clean(text)}
    if subject is not None:
        files[_TOML] = with_subject(letter.folder / _TOML, language, subject)
    return tried(templates, name, files)


@contextmanager
def tried(templates: Path, name: str, files: Mapping[str, str | bytes | None]) -> Iterator[Path]:
    """Yield a templates folder with a copy of a letter that has other files; None for one that is taken away.

    What is raised within names the letter's own folder, not that of the copy.
    """
    with TemporaryDirectory(prefix="outreach-") as made:
        folder = Path(made)
        for part in (name, SHARED_BLOCKS):
            if (templates / part).is_dir():
                shutil.copytree(templates / part, folder / part)
        for file, content in files.items():
            path = folder / name / file
            if content is None:
                path.unlink(missing_ok=True)
            else:
                path.write_bytes(content.encode() if isinstance(content, str) else content)
        try:
            yield folder
        except LetterError as error:
            raise LetterError.of(
                _at_home(error.says, folder),
                remedy=error.remedy,
                problems=[
                    Problem.of(
                        _at_home(one.says, folder),
                        where=_text_at_home(one.where, folder),
                        remedy=one.remedy,
                    )
                    for one in error.problems
                ],
            ) from None


def _at_home(said: Sentence, folder: Path) -> Sentence:
    """Return a sentence that names the letter's own folder, and not that of the copy which was tried."""
    home = {
        name: _text_at_home(str(value) if isinstance(value, Path) else value, folder)
        if isinstance(value, str | Path) else value
        for name, value in said.facts.items()
    }  # fmt: skip
    return Sentence(said.code, said.template, home)


def _text_at_home(text: str, folder: Path) -> str:
    if isinstance(text, KeptSentence):
        return KeptSentence.of(_at_home(text.sentence, folder))
    return text.replace(str(folder), "templates")
