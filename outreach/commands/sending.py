"""Sending: what is due now, or the scheduler until it is stopped."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from outreach.commands import parts


def add_send(parser: argparse.ArgumentParser) -> None:
    """Add what `send` takes."""
    parser.add_argument("--campaign", metavar="NAME", help="only this campaign")
    parts.yes(parser)
    parts.by(parser)
    parser.set_defaults(command=_send)


def add_run(parser: argparse.ArgumentParser) -> None:
    """Add what `run` takes: nothing."""
    parser.set_defaults(command=_run)


def _send(args: argparse.Namespace) -> int:
    from outreach import terminal
    from outreach.campaigns.plan import get_campaign
    from outreach.campaigns.timing import standstill
    from outreach.database import reading
    from outreach.outbox.queue import count_due
    from outreach.schedule import send_once

    settings, engine = parts.opened()
    if args.campaign:
        with reading(engine) as session:
            get_campaign(session, args.campaign)
    terminal.say(parts.mode_line(settings))
    with terminal.progress("Sending", count_due(engine, campaign=args.campaign)) as shown:
        summary = send_once(
            engine,
            settings,
            Path(),
            by=parts.acting(args),
            campaign=args.campaign,
            yes=args.yes,
            ask=parts.ask_missions,
            progress=shown,
            tell=lambda lines: terminal.say(*lines),
            warn=terminal.warn,
        )
    done = ", ".join(f"{count} {state}" for state, count in summary.states.items())
    terminal.say(f"Done: {done}." if done else "Nothing was due.")
    if summary.recovered_uncertain:
        terminal.say(f"{summary.recovered_uncertain} letters are uncertain: an earlier run was cut off in them.")
    if summary.paced_until:
        terminal.say("The rate that is set allows no more for now.")
    terminal.say(*standstill(engine, args.campaign, no_mailbox=settings.no_mailbox))
    if summary.fault is not None:
        raise summary.fault
    return 0


def _run(_args: argparse.Namespace) -> None:
    import logging

    from outreach.schedule import run

    logging.basicConfig(
        level=logging.INFO,
        stream=sys.stderr,
        format="%(asctime)s %(levelname)s %(message)s",
        datefmt="%Y-%m-%d %H:%M:%S",
    )
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    settings, engine = parts.opened()
    run(engine, settings, Path())
