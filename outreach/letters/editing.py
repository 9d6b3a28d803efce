"""A letter's text, changed by a person at the desk: tried before it is kept, and never over somebody else's change."""

import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from outreach.errors import ConflictError, LetterError, NotFoundError, Problem, UserError
from outreach.letters.folder import SHARED_BLOCKS, Letter, load_letter
from outreach.letters.merge import Addressee, Merged, Merger
from outreach.models import Language

MOST_CHARACTERS = 200_000


def letter_names(templates: Path) -> list[str]:
    """Return the names of the letters in a templates folder, sorted."""
    return sorted(path.parent.name for path in templates.glob("*/letter.toml"))


def version(letter: Letter, language: Language) -> str:
    """Return what tells whether a letter's text in a language was changed since it was seen."""
    return hashlib.sha256(letter.bodies[language].encode()).hexdigest()


def try_text(
    templates: Path, name: str, language: Language, text: str, addressee: Addressee, moment: datetime, tz: ZoneInfo
) -> Merged:
    """Return a letter to one mission as it would be with another text in a language. Nothing is kept.

    The letter is merged in that language, whatever the mission's own. Raises LetterError, NotFoundError.
    """
    with _tried(templates, name, language, text) as folder:
        letter = load_letter(name, folder)
        forced = addressee.mission.model_copy(update={"language": language})
        contacts = tuple(contact.model_copy(update={"language": None}) for contact in addressee.contacts)
        return Merger(letter, campaign="preview", moment=moment, tz=tz).merge(Addressee(forced, contacts))


def save_text(templates: Path, name: str, language: Language, text: str, *, seen: str) -> None:
    """Keep another text of a letter in a language that it has. The file is written whole or not at all.

    `seen` is the `version` that the person began from. Raises LetterError where the text could not be merged,
    ConflictError where somebody has changed it meanwhile, NotFoundError.
    """
    text = _clean(text)
    letter = load_letter(name, templates)
    if language not in letter.bodies:
        raise NotFoundError(f"The letter {name!r} has no text in {language}.")
    if version(letter, language) != seen:
        raise ConflictError(
            f"Somebody has changed {name}/{language}.md since you opened it. Nothing was overwritten.",
            cure="Your text is still below: copy it, open the page again, and bring the two together.",
        )
    with _tried(templates, name, language, text) as folder:
        Merger(load_letter(name, folder), campaign="", moment=datetime.now(ZoneInfo("UTC")), tz=ZoneInfo("UTC"))
    path = letter.folder / f"{language}.md"
    beside = path.with_name(f".{secrets.token_hex(6)}.part")
    try:
        with beside.open("x", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(path)
    except OSError as error:
        raise UserError(f"{path} can't be written: {error.strerror}.") from None
    finally:
        beside.unlink(missing_ok=True)


def _clean(text: str) -> str:
    if len(text) > MOST_CHARACTERS:
        raise UserError(f"The text has over {MOST_CHARACTERS:,} characters.", cure="Shorten it.")
    text = re.sub(r"\r\n?", "\n", text)
    return text.rstrip("\n") + "\n"


@contextmanager
def _tried(templates: Path, name: str, language: Language, text: str) -> Iterator[Path]:
    """Yield a templates folder with a copy of the letter that has the other text."""
    load_letter(name, templates)
    with TemporaryDirectory(prefix="outreach-") as made:
        folder = Path(made)
        for part in (name, SHARED_BLOCKS):
            if (templates / part).is_dir():
                shutil.copytree(templates / part, folder / part)
        (folder / name / f"{language}.md").write_text(_clean(text), encoding="utf-8", newline="\n")
        try:
            yield folder
        except LetterError as error:
            raise LetterError(
                error.message.replace(str(folder), "templates"),
                cure=error.cure,
                problems=[
                    Problem(one.where.replace(str(folder), "templates"), one.what, one.cure) for one in error.problems
                ],
            ) from None
