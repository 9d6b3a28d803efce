"""Events: all that happens, one after another, for programs and people."""

from __future__ import annotations

import argparse
import time

from outreach import terminal
from outreach.clock import shown
from outreach.commands import parts
from outreach.errors import UserError


def add(parser: argparse.ArgumentParser) -> None:
    """Add what `events` takes."""
    parser.add_argument("--follow", action="store_true", help="go on with those to come, until stopped")
    parser.add_argument(
        "--since", default="0", metavar="N", help="only those after the event of this number, or now (default: all)"
    )
    parser.add_argument("--json", action="store_true", help="print JSON, a line an event (docs/events.md)")
    parser.set_defaults(command=_events)


def _events(args: argparse.Namespace) -> None:
    from datetime import datetime

    from outreach.reports.events import as_line, in_words, last_number, stream

    settings, engine = parts.opened()
    since = last_number(engine) if args.since == "now" else _number(args.since)
    for event in stream(engine, since=since, follow=args.follow, wait=time.sleep):
        at = datetime.fromisoformat(event["at"])
        line = as_line(event) if args.json else f"{event['id']:>6}  {shown(at, settings.tz)}  {in_words(event)}"
        if not terminal.say_now(line):
            return


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 18:
        raise UserError(
            "event.no-number",
            "{text!r} is no event's number.",
            text=text,
            remedy="Give the number of the last event that you had, or now.",
        )
    return int(text)
