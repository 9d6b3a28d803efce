"""What became of each letter: list, resolve."""

from __future__ import annotations

import argparse

from outreach.commands import parts


def add(parser: argparse.ArgumentParser) -> None:
    """Add the commands of this group to its parser."""
    commands = parts.group(parser)
    command = parts.on_campaign(commands, "list", _list, "what became of each letter")
    parts.json_flag(command)
    command = parts.command(commands, "resolve", _resolve, "decide what became of an uncertain letter")
    command.add_argument("id", type=int, metavar="ID")
    command.add_argument("decision", choices=("sent", "resend"))


def _list(args: argparse.Namespace) -> None:
    from outreach import terminal
    from outreach.campaigns.plan import get_campaign
    from outreach.database import reading
    from outreach.reports.table import message_rows

    _, engine = parts.opened()
    with reading(engine) as session:
        rows = message_rows(session, get_campaign(session, args.name))
    if args.json:
        terminal.say_json(rows)
        return
    terminal.table(
        ("ID", "ISO3", "Mission", "State", "Delivery", "Answer", "Tries", "Recipients", "Reply or reason"),
        (
            (
                row["id"], row["iso3"], row["mission"], row["state"], row["delivery"], row["answer"], row["attempts"],
                ", ".join(row["recipients"]), row["reason"] or row["smtp_reply"],
            )
            for row in rows
        ),
    )  # fmt: skip


def _resolve(args: argparse.Namespace) -> None:
    from outreach import terminal
    from outreach.outbox.resolve import resolve

    _, engine = parts.opened()
    message = resolve(engine, args.id, args.decision, who=parts.who())
    terminal.say(f"Letter {message.id} to {message.iso3} is {message.state}.")
