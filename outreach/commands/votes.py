"""How the members voted: the vote sheet."""

from __future__ import annotations

import argparse
from pathlib import Path

from outreach.commands import parts


def add(parser: argparse.ArgumentParser) -> None:
    """Add the commands of this group to its parser."""
    commands = parts.group(parser)
    command = parts.on_campaign(
        commands, "import", _import, "take the votes from a sheet with the columns ISO3 and Vote"
    )
    command.add_argument("file", type=Path, metavar="FILE")
    command.add_argument("--sheet", metavar="S", help="only this sheet")
    command.add_argument("--dry-run", action="store_true", help="show what would change, and change nothing")
    parts.json_flag(command)


def _import(args: argparse.Namespace) -> None:
    from outreach import terminal
    from outreach.responses.votes import import_votes

    _, engine = parts.opened()
    result = import_votes(engine, args.name, args.file, sheet=args.sheet, dry_run=args.dry_run, by=parts.acting(args))
    if args.json:
        terminal.say_json(result.as_dict())
        return
    parts.say_changes(result.changes)
    terminal.say(", ".join(f"{number} {vote}" for vote, number in result.tally.items()))
    terminal.say(*(f"Note: {note}" for note in result.notes))
    terminal.say("Nothing was changed: this was a dry run." if result.dry_run else f"Imported: {result.file}")
