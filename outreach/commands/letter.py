"""Letters as folders: make one, check one, bring one in from Word, publish its open edition."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from outreach.commands import parts

if TYPE_CHECKING:
    from outreach.letters.new import MadeLetter


def add(parser: argparse.ArgumentParser) -> None:
    """Add the commands of this group to its parser."""
    commands = parts.group(parser)
    command = parts.command(commands, "new", _new, "make a letter's folder in templates/")
    command.add_argument("name", metavar="NAME")
    command.add_argument("--language", nargs="+", default=["en"], metavar="L", help="en fr es ar zh ru (default: en)")
    command = parts.command(commands, "list", _list, "the letters in templates/, their languages, and who uses them")
    parts.json_flag(command)
    command = parts.command(commands, "check", _check, "fields, languages, formatting, subjects and files of a letter")
    command.add_argument("name", metavar="NAME", help="a folder under templates/")
    parts.json_flag(command)
    command = parts.command(commands, "from-docx", _from_docx, "bring a Word document with {{ fields }} in as a letter")
    command.add_argument("file", type=Path, metavar="FILE")
    command.add_argument("--name", metavar="NAME", help="the letter (default: after the file)")
    command.add_argument("--language", default="en", metavar="L", help="en, fr, es, ar, zh or ru (default: en)")
    command = parts.command(commands, "publish", _publish, "the open letter as a page and a PDF in every language")
    command.add_argument("name", metavar="NAME", help="a folder under templates/")
    command.add_argument("--campaign", metavar="NAME", help="with those who sign this campaign's letter")
    command.add_argument("--out", type=Path, metavar="DIR", help="where to write it (default: published/NAME)")


def _new(args: argparse.Namespace) -> None:
    from outreach.letters.new import new_letter

    parts.require_campaign()
    _say_made(new_letter(args.name, args.language))


def _list(args: argparse.Namespace) -> None:
    from dataclasses import asdict

    from outreach import terminal
    from outreach.campaigns.letters import listed

    settings, engine = parts.opened()
    found = listed(engine, settings)
    if args.json:
        terminal.say_json([asdict(one) for one in found])
        return
    terminal.table(
        ("Letter", "Title", "Languages", "From", "Campaigns"),
        (
            (one.letter, one.problem or one.title, " ".join(one.languages), one.sender, ", ".join(one.campaigns))
            for one in found
        ),
    )


def _from_docx(args: argparse.Namespace) -> None:
    from outreach.letters.new import from_docx

    parts.require_campaign()
    _say_made(from_docx(args.file, args.name, args.language))


def _say_made(made: MadeLetter) -> None:
    from outreach import terminal

    terminal.say(*(f"written  {path}" for path in made.files), *(f"Note: {note}" for note in made.notes))
    terminal.say(f"Next: outreach letter check {made.folder.name}")


def _check(args: argparse.Namespace) -> int:
    from outreach import terminal
    from outreach.letters.lint import check_letter
    from outreach.pasted import fields_of

    found = check_letter(args.name)
    if args.json:
        terminal.say_json({"letter": args.name, "ready": not found.problems, **fields_of(found)})
    else:
        terminal.problems("These stand in the way:", found.problems)
        terminal.problems("To know:", found.warnings)
        terminal.say(f"{args.name}: {'not ready' if found.problems else 'ready'}.")
    return 2 if found.problems else 0


def _publish(args: argparse.Namespace) -> None:
    from outreach import terminal
    from outreach.campaigns.publish import publish

    engine = parts.opened()[1] if args.campaign else None
    published = publish(args.name, engine=engine, campaign=args.campaign, out=args.out)
    terminal.say(*(f"written  {path}" for path in published))
