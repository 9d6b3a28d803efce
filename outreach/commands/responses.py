"""Where each mission stands: set, list, history, record, undo."""

from __future__ import annotations

import argparse

from outreach.commands import parts


def add(parser: argparse.ArgumentParser) -> None:
    """Add the commands of this group to its parser."""
    commands = parts.group(parser)
    command = parts.on_campaign(commands, "set", _set, "set where a mission stands")
    parts.by(command)
    command.add_argument("iso3", metavar="ISO3")
    command.add_argument("position", metavar="POSITION")
    command.add_argument("--note", default="", metavar="TEXT")
    command = parts.on_campaign(commands, "list", _list, "where each mission stands")
    parts.json_flag(command)
    command = parts.on_campaign(commands, "record", _record, "an answer given in a meeting, a call or a paper letter")
    parts.by(command)
    command.add_argument("iso3", metavar="ISO3")
    command.add_argument("way", metavar="WAY", help="meeting, call or letter; or receipt, for a mere confirmation")
    command.add_argument("--on", metavar="DATE", help="the day on which it was (default: today)")
    command.add_argument("--note", default="", metavar="TEXT")
    command = parts.on_campaign(commands, "undo", _undo, "take back the last change of a mission's row")
    parts.by(command)
    command.add_argument("iso3", metavar="ISO3")
    command = parts.on_campaign(commands, "history", _history, "every change of a mission's row, with who and when")
    command.add_argument("iso3", metavar="ISO3")
    parts.json_flag(command)


def _set(args: argparse.Namespace) -> None:
    from outreach import terminal
    from outreach.responses.positions import set_position

    _, engine = parts.opened()
    response = set_position(engine, args.name, args.iso3, args.position, note=args.note, by=parts.acting(args))
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


def _record(args: argparse.Namespace) -> None:
    from outreach import terminal
    from outreach.clock import parse_date
    from outreach.responses.recorded import record

    _, engine = parts.opened()
    on = parse_date(args.on) if args.on else None
    response = record(engine, args.name, args.iso3, args.way, on=on, note=args.note, by=parts.acting(args))
    terminal.say(f"{args.name}, {response.iso3}: {response.answer} ({args.way}).")


def _undo(args: argparse.Namespace) -> None:
    from outreach import terminal
    from outreach.responses.recorded import undo

    _, engine = parts.opened()
    change = undo(engine, args.name, args.iso3, by=parts.acting(args))
    terminal.say(f"{args.name}, {args.iso3.upper()}: {change.field} is {change.new} again.")


def _history(args: argparse.Namespace) -> None:
    from dataclasses import asdict

    from outreach import terminal
    from outreach.clock import shown
    from outreach.responses.recorded import history

    settings, engine = parts.opened()
    rows = history(engine, args.name, args.iso3)
    if args.json:
        terminal.say_json([asdict(row) for row in rows])
        return
    terminal.table(
        ("When", "Who", "What", "From", "To", "Note"),
        ((shown(row.at, settings.tz), row.who, row.field, row.old, row.new, row.note) for row in rows),
    )
