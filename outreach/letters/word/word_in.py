"""A Word file brought in at the desk, whoever made it: what it would change is shown by word, then it is kept."""

import hashlib
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from outreach.actors import Actor
from outreach.database import writing
from outreach.errors import ConflictError, Problem
from outreach.letters import editing
from outreach.letters.bring_back import bring_back
from outreach.letters.by_word import ChangedPassage, passages
from outreach.letters.folder import SHARED_BLOCKS, Letter, load_letter
from outreach.letters.merge import Merger
from outreach.letters.new import free_folder, from_docx, name_after, read_docx
from outreach.letters.word.word_returned import whose
from outreach.people import audit
from outreach.sentences import Sentence
from outreach.vocabulary import Act, Language


@dataclass(frozen=True, slots=True)
class WordIn:
    """What a Word file would make of a letter's text in a language."""

    letter: str
    language: Language
    text: str
    subject: str
    changed: tuple[ChangedPassage, ...]
    """The paragraphs that differ, word by word; all of them where the letter has no such text yet."""
    doubts: tuple[Problem, ...] = ()
    """What somebody must agree to: fields that were lost, altered or added, and a text that was changed meanwhile."""
    notes: tuple[Sentence, ...] = ()
    """What a letter can't hold, by its place in the document."""
    new_letter: bool = False
    new_language: bool = False
    ours: bool = False
    """Whether it is one of `to_docx` that came back."""
    state: str = ""
    """What tells whether the same is still to be kept."""


def look(engine: Engine, path: Path, *, by: Actor, templates: Path, name: str = "", language: str = "") -> WordIn:
    """Return what a Word file would change in a letter; one that is not there would be made. Nothing is kept.

    A file of ours goes to the letter and language that it was made from, unless others are named. Raises LetterError
    for what is no Word document, UserError for a name or a language that is none.
    """
    known = editing.letter_names(templates)
    back = bring_back(
        engine, path, by=by, name=name or None, language=language or None, templates=templates, dry_run=True
    )
    if back is not None:
        letter = load_letter(back.letter, templates)
        return _sealed(
            WordIn(
                back.letter, back.language, back.text, back.subject, back.changed, back.doubts, back.notes, ours=True,
                new_language=back.language not in letter.bodies,
            ),
            letter,
        )  # fmt: skip
    made_from = whose(path)
    chosen = editing.known_language(language or (str(made_from.language) if made_from is not None else "en"))
    read = read_docx(path, chosen)
    wanted = name or name_after(path.stem)
    if wanted not in known:
        _try_new(path, wanted, chosen, templates)
        found = WordIn(
            wanted, chosen, read.body, read.title, passages((), _paragraphs(read.body)), notes=read.notes,
            new_letter=True,
        )  # fmt: skip
        return _sealed(found, None)
    letter = load_letter(wanted, templates)
    before = letter.bodies.get(chosen)
    return _sealed(
        WordIn(
            wanted, chosen, read.body, letter.subjects.get(chosen, read.title),
            passages(_paragraphs(before or ""), _paragraphs(read.body)), notes=read.notes, new_language=before is None,
        ),
        letter,
    )  # fmt: skip


def keep(
    engine: Engine, path: Path, *, by: Actor, templates: Path, name: str, language: str, state: str, yes: bool = False
) -> WordIn:
    """Keep what was shown, if it would still be the same. `yes` agrees to what is in doubt.

    Raises ConflictError where it would not, and else what `look`, `bring_back` and `editing.save_text` raise.
    """
    found = look(engine, path, by=by, templates=templates, name=name, language=language)
    if found.state != state:
        raise ConflictError(
            "letter.changed-since-shown",
            "The letter has changed since this was shown. Nothing was taken in.",
            remedy="Bring the file again, and look at the difference as it is now.",
        )
    if found.ours:
        bring_back(
            engine, path, by=by, name=name or None, language=language or None, templates=templates, yes=yes
        )  # fmt: skip
    elif found.new_letter:
        with writing(engine) as session:
            audit.record(session, by, Act.LETTER_MADE, f"{found.letter}, from {path.name}")
            from_docx(path, found.letter, found.language, templates)
    elif found.new_language:
        editing.add_text(
            engine, templates, found.letter, found.language, found.text, found.subject, by=by
        )  # fmt: skip
    else:
        letter = load_letter(found.letter, templates)
        seen = editing.version(letter, found.language)
        editing.save_text(engine, templates, found.letter, found.language, found.text, by=by, seen=seen)
    return found


def _try_new(path: Path, name: str, language: Language, templates: Path) -> None:
    """Make the letter in a folder of its own, to see that its name is free and that it can be merged."""
    free_folder(name, templates)
    with TemporaryDirectory(prefix="outreach-") as made:
        folder = Path(made)
        shutil.copytree(templates / SHARED_BLOCKS, folder / SHARED_BLOCKS)
        from_docx(path, name, language, folder)
        Merger(load_letter(name, folder), campaign="", moment=datetime.now(UTC), tz=ZoneInfo("UTC"))


def _paragraphs(text: str) -> list[str]:
    return [one.strip() for one in text.split("\n\n") if one.strip()]


def _sealed(found: WordIn, letter: Letter | None) -> WordIn:
    from dataclasses import replace

    now = editing.version(letter, found.language) if letter is not None and found.language in letter.bodies else ""
    said = f"{found.letter}\0{found.language}\0{found.text}\0{found.subject}\0{now}\0{found.new_letter}"
    return replace(found, state=hashlib.sha256(said.encode()).hexdigest())
