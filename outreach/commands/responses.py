"""Where each mission stands: set, list."""

from __future__ import annotations

import argparse

from outreach.commands import parts


def add(parser: argparse.ArgumentParser) -> None:
    """Add the commands of this group to its parser."""
    commands = parts.group(parser)
    command = parts.on_campaign(commands, "set", _set, "set where a mission stands")
    command.add_argument("iso3", metavar="ISO3")
    command.add_argument("position", metavar="POSITION")
    command.add_argument("--note", default="", metavar="TEXT")
    command = parts.on_campaign(commands, "list", _list, "where each mission stands")
    parts.json_flag(command)


def _set(args: argparse.Namespace) -> None:
    from outreach import terminal
    from outreach.responses.positions import set_position

    _, engine = parts.opened()
    response = set_position(engine, args.name, args.iso3, args.position, note=args.note, by=parts.who())
    terminal.say(f"{args.name}, {response.iso3}: {response.position}.")


def _list(args: argparse.Namespace) -> None:
    from dataclasses import asdict

    from outreach import terminal
    from outreach.responses.positions import standing

    _, engine = parts.opened()
    rows = [asdict(row) for row in standing(engine, args.name)]
    if args.json:
        terminal.say_json(rows)
        return
    columns = ("iso3", "mission", "answer", "position", "note", "changed_by")
    terminal.table(
        ("ISO3", "Mission", "Answer", "Position", "Note", "Set by"), ([row[c] for c in columns] for row in rows)
    )
