"""Who signs a campaign's letter: import, list, deadline."""

from __future__ import annotations

import argparse
from pathlib import Path

from outreach.commands import parts


def add(parser: argparse.ArgumentParser) -> None:
    """Add the commands of this group to its parser."""
    commands = parts.group(parser)
    command = parts.on_campaign(commands, "import", _import, "take those who sign from a sheet (.xlsx or .csv)")
    parts.by(command)
    command.add_argument("file", type=Path, metavar="FILE")
    command.add_argument("--dry-run", action="store_true", help="show what would change, and change nothing")
    parts.json_flag(command)
    command = parts.on_campaign(commands, "list", _list, "who signs, and since when")
    command.add_argument("--mission", metavar="ISO3", help="as fixed in the letter to this mission")
    parts.json_flag(command)
    command = parts.on_campaign(commands, "deadline", _deadline, "until when one can sign")
    parts.by(command)
    command.add_argument(
        "until", metavar="TIME", help='such as "2024-03-15 18:00", in the campaign\'s zone; or none, to take it away'
    )


def _import(args: argparse.Namespace) -> None:
    from outreach import terminal
    from outreach.campaigns.signatories import import_signatories

    _, engine = parts.opened()
    result = import_signatories(engine, args.name, args.file, by=parts.acting(args), dry_run=args.dry_run)
    if args.json:
        terminal.say_json(result.as_dict())
        return
    terminal.say(
        f"{result.individuals} individuals ({result.people} people) and {result.organisations} organisations sign."
    )
    parts.say_difference("signatories", result.difference)
    terminal.say(*(f"Look at this: {note}" for note in result.notes))
    terminal.say("Nothing was changed: this was a dry run." if result.dry_run else f"Imported: {result.file}")


def _list(args: argparse.Namespace) -> None:
    from outreach import terminal
    from outreach.campaigns.signatories import listing

    _, engine = parts.opened()
    rows = listing(engine, args.name, args.mission)
    if args.json:
        terminal.say_json(rows)
        return
    columns = ("kind", "name", "signed_on")
    terminal.table(("Kind", "Name", "Signed on"), ([row[column] for column in columns] for row in rows))
    terminal.say(f"{len(rows)} sign")


def _deadline(args: argparse.Namespace) -> None:
    from outreach import terminal
    from outreach.campaigns.signatories import set_deadline
    from outreach.clock import shown

    settings, engine = parts.opened()
    until = set_deadline(engine, args.name, None if args.until == "none" else args.until, by=parts.acting(args))
    terminal.say(
        f"{args.name}: one can sign until {shown(until, settings.tz)}." if until else f"{args.name}: no deadline."
    )
