"""A Word file of ours taken back into its letter: shown by word, agreed to where something is in doubt, then kept."""

from collections.abc import Callable, Sequence
from pathlib import Path

from sqlalchemy import Engine

from outreach.actors import Actor
from outreach.errors import LetterError, Problem, UserError
from outreach.letters import editing
from outreach.letters.folder import TEMPLATES, load_letter
from outreach.letters.new import require_harmless
from outreach.letters.word.word_returned import Returned, returned, whose
from outreach.vocabulary import Language


def bring_back(
    engine: Engine,
    path: Path,
    *,
    by: Actor,
    name: str | None = None,
    language: str | None = None,
    templates: Path = TEMPLATES,
    dry_run: bool = False,
    yes: bool = False,
    ask: Callable[[Sequence[Problem]], bool] = lambda _: False,
) -> Returned | None:
    """Compare a Word file that `to_docx` made with its letter, and keep what it says now; None for any other file.

    In another `language` than it was made in, it is a translation. Nothing is written with `dry_run`, where nothing
    differs, or where a doubt is not agreed to (UserError). Raises LetterError for a file that is no Word document or a
    tag that is broken in it, ConflictError where somebody changes the letter at the same moment.
    """
    require_harmless(path)
    ours = whose(path)
    if ours is None or (name or ours.letter) != ours.letter or not (templates / ours.letter / "letter.toml").is_file():
        return None
    letter = load_letter(ours.letter, templates)
    if ours.language not in letter.bodies:
        raise LetterError(
            "document.text-gone",
            "{path} was made from {name}/{language}.md, which is not there any more.",
            path=path.name, name=ours.letter, language=ours.language,
            remedy="Bring that file back, or make a new Word file.",
        )  # fmt: skip
    wanted = editing.known_language(language) if language else ours.language
    back = returned(path, ours, letter, wanted)
    if dry_run or not back.changed:
        return back
    if back.doubts and not (yes or ask(back.doubts)):
        raise UserError(
            "document.to-agree",
            "{path} can't be taken before somebody agrees to this; nothing was changed.",
            path=path.name, remedy="If it is right, {AGREE:take it so}; else correct the file.", problems=back.doubts,
        )  # fmt: skip
    if wanted in letter.bodies:
        seen = editing.version(letter, wanted)
        editing.save_text(engine, templates, letter.name, wanted, back.text, by=by, seen=seen, subject=back.subject)
    else:
        editing.add_text(engine, templates, letter.name, Language(wanted), back.text, back.subject, by=by)
    return back
