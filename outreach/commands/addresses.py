"""Addresses that are not written to: list, opt-out, allow."""

from __future__ import annotations

import argparse

from outreach import terminal
from outreach.clock import shown
from outreach.commands import parts


def add(parser: argparse.ArgumentParser) -> None:
    """Add the commands of this group to its parser."""
    commands = parts.group(parser)
    command = parts.command(commands, "list", _list, "who opted out, and whose address takes no mail")
    parts.json_flag(command)
    command = parts.command(commands, "opt-out", _opt_out, "write to an address no more")
    parts.by(command)
    command.add_argument("address", metavar="ADDRESS")
    command.add_argument("--why", default="", metavar="TEXT")
    command = parts.command(commands, "allow", _allow, "write to an address again")
    parts.by(command)
    command.add_argument("address", metavar="ADDRESS")


def _list(args: argparse.Namespace) -> None:
    from outreach.responses.suppression import withheld

    settings, engine = parts.opened()
    rows = withheld(engine)
    parts.listed(
        args, rows, ("Address", "ISO3", "Why not", "Since", "By", "In words"),
        lambda row: (row.address, row.iso3, row.reason, shown(row.since, settings.tz), row.who, row.detail),
    )  # fmt: skip


def _opt_out(args: argparse.Namespace) -> None:
    from outreach.responses.suppression import opt_out

    _, engine = parts.opened()
    row = opt_out(engine, args.address, why=args.why, by=parts.acting(args))
    terminal.say(f"{row.address} is written to no more, since {row.who} said so.")


def _allow(args: argparse.Namespace) -> None:
    from outreach.responses.suppression import allow

    _, engine = parts.opened()
    allow(engine, args.address, by=parts.acting(args))
    terminal.say(f"{args.address} may be written to again.")
