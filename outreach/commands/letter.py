"""Letters as folders: make one, check one, bring one in from Word, publish its open edition."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from outreach import terminal
from outreach.commands import parts
from outreach.commands.letter_review import add_to_letters
from outreach.errors import UserError
from outreach.text import counted

if TYPE_CHECKING:
    from outreach.letters.new import MadeLetter
    from outreach.letters.word.word_returned import Returned


def add(parser: argparse.ArgumentParser) -> None:
    """Add the commands of this group to its parser."""
    commands = parts.group(parser)
    command = parts.command(commands, "new", _new, "make a letter's folder in templates/")
    command.add_argument("name", metavar="NAME")
    command.add_argument("--language", nargs="+", default=["en"], metavar="L", help="en fr es ar zh ru (default: en)")
    command.add_argument("--cover", action="store_true", help="a covering mail of its own, and the letter as a PDF")
    command = parts.command(commands, "list", _list, "the letters in templates/, their languages, and who uses them")
    parts.json_flag(command)
    command = parts.command(commands, "check", _check, "fields, languages, formatting, subjects and files of a letter")
    command.add_argument("name", metavar="NAME", help="a folder under templates/")
    parts.json_flag(command)
    command = parts.command(commands, "from-docx", _from_docx, "bring a Word document with {{ fields }} in as a letter")
    command.add_argument("file", type=Path, metavar="FILE")
    command.add_argument("--name", metavar="NAME", help="the letter (default: after the file)")
    command.add_argument("--language", metavar="L", help="en, fr, es, ar, zh or ru (default: the file's own, else en)")
    command.add_argument("--dry-run", action="store_true", help="of a file of to-docx: show what differs, keep nothing")
    command.add_argument("--yes", action="store_true", help="agree to fields that were lost, altered or added")
    parts.by(command)
    command = parts.command(
        commands, "to-docx", _to_docx, "the letter's text as a Word file, for a translator or a lawyer"
    )
    command.add_argument("name", metavar="NAME", help="a folder under templates/")
    command.add_argument(
        "--language", nargs="+", action="extend", default=[], metavar="L", help="in these languages (default: all)"
    )
    command.add_argument(
        "--out",
        type=Path,
        default=Path(),
        metavar="FILE.docx|DIR",
        help="where to write it (default: here, NAME_L.docx)",
    )
    command = parts.command(commands, "publish", _publish, "the open letter as a page and a PDF in every language")
    command.add_argument("name", metavar="NAME", help="a folder under templates/")
    command.add_argument("--campaign", metavar="NAME", help="with those who sign this campaign's letter")
    command.add_argument("--out", type=Path, metavar="DIR", help="where to write it (default: published/NAME)")
    add_to_letters(commands)


def _new(args: argparse.Namespace) -> None:
    from outreach.letters.new import new_letter

    parts.require_campaign()
    _say_made(new_letter(args.name, args.language, cover=args.cover))


def _list(args: argparse.Namespace) -> None:
    from outreach.campaigns.letters import listed

    settings, engine = parts.opened()
    found = listed(engine, settings)
    parts.listed(
        args, found, ("Letter", "Title", "Languages", "From", "Campaigns"),
        lambda one: (
            one.letter, one.problem or one.title, " ".join(one.languages), one.sender, ", ".join(one.campaigns)
        ),
    )  # fmt: skip


def _from_docx(args: argparse.Namespace) -> None:
    from outreach.letters.bring_back import bring_back
    from outreach.letters.new import from_docx

    _, engine = parts.opened()
    back = bring_back(
        engine, args.file, by=parts.acting(args), name=args.name, language=args.language, dry_run=args.dry_run,
        yes=args.yes, ask=parts.agree_to,
    )  # fmt: skip
    if back is not None:
        _say_back(back, dry_run=args.dry_run)
        return
    if args.dry_run:
        raise UserError(
            "document.not-of-a-letter",
            "{file} was not made from a letter that is here: there is nothing to compare it with.",
            file=args.file.name, remedy="Leave --dry-run out to bring it in as a letter.",
        )  # fmt: skip
    _say_made(from_docx(args.file, args.name, args.language or "en"))


def _say_back(back: Returned, *, dry_run: bool) -> None:
    for passage in back.changed:
        words = "".join(
            text if what == "same" else f"[-{text}-]" if what == "gone" else f"{{+{text}+}}"
            for what, text in passage.words
        )
        terminal.say(words, "")
    terminal.problems("To be agreed to:" if dry_run else "Agreed to:", back.doubts)
    terminal.say(*(f"Look at this: {note}" for note in back.notes))
    place = f"{back.letter}/{back.language}.md"
    if not back.changed:
        terminal.say(f"{place}: nothing differs, nothing was written.")
        return
    terminal.say(f"{place}: {counted(len(back.changed), 'paragraph')} of it or of the subject differ.")
    if dry_run:
        terminal.say("Nothing was changed: this was a dry run.")
    else:
        terminal.say(f"written  templates/{place}", f"Next: outreach letter check {back.letter}")


def _to_docx(args: argparse.Namespace) -> None:
    from outreach.letters.word.word_file import to_docx

    parts.require_campaign()
    written = to_docx(args.name, args.language, args.out)
    terminal.say(*(f"written  {path}" for path in written))
    terminal.say("Next, once it comes back: outreach letter from-docx FILE.docx --dry-run")


def _say_made(made: MadeLetter) -> None:
    terminal.say(*(f"written  {path}" for path in made.files), *(f"Note: {note}" for note in made.notes))
    terminal.say(f"Next: outreach letter check {made.folder.name}")


def _check(args: argparse.Namespace) -> int:
    from outreach.letters.lint.lint_letter import check_letter
    from outreach.settings import load

    found = check_letter(args.name, live=load().live)
    if args.json:
        terminal.say_json(
            {
                "letter": args.name, "ready": not found.problems, "problems": found.problems,
                "warnings": found.warnings, "notes": found.notes, "overrulable": found.overrulable,
            }
        )  # fmt: skip
    else:
        terminal.problems("These stand in the way:", found.problems)
        terminal.problems("To know:", found.warnings)
        terminal.problems("To note:", found.notes)
        terminal.say(f"{args.name}: {'not ready' if found.problems else 'ready'}.")
    return 2 if found.problems else 0


def _publish(args: argparse.Namespace) -> None:
    from outreach.campaigns.publish import publish

    engine = parts.opened()[1] if args.campaign else None
    published = publish(args.name, engine=engine, campaign=args.campaign, out=args.out)
    terminal.say(*(f"written  {path}" for path in published))
