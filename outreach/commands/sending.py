"""Sending: what is due now, or the scheduler until it is stopped."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from outreach import clock, terminal
from outreach.clock import shown, zone
from outreach.commands import parts
from outreach.commands.overview import BLOCKED
from outreach.errors import UserError
from outreach.pasted import logged
from outreach.sentences import saying
from outreach.text import counted

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from outreach.settings import Settings


def add_send(parser: argparse.ArgumentParser) -> None:
    """Add what `send` takes."""
    parser.add_argument("--campaign", metavar="NAME", help="only this campaign")
    parts.yes(parser)
    parts.by(parser)
    parser.add_argument(
        "--dry-run", action="store_true", help="say what would go now, and what not and why; do nothing"
    )
    parser.add_argument("--json", action="store_true", help="with --dry-run: print JSON")
    parser.set_defaults(command=_send)


def add_run(parser: argparse.ArgumentParser) -> None:
    """Add what `run` takes: nothing."""
    parser.set_defaults(command=_run)


def _send(args: argparse.Namespace) -> int:
    from outreach.campaigns.plan import get_campaign
    from outreach.database import reading
    from outreach.outbox.queue import count_due
    from outreach.schedule import send_once
    from outreach.settings_watch import SettingsWatch
    from outreach.vocabulary import MessageState

    settings, engine = parts.opened(a_copy="is refused")
    if args.campaign:
        with reading(engine) as session:
            get_campaign(session, args.campaign)
    if args.dry_run:
        return _forecast(args, settings, engine)
    if args.json:
        raise UserError(
            "command.json",
            "--json goes with --dry-run only.",
            remedy="See outreach status --json for what became of it.",
        )
    terminal.say(parts.mode_line(settings))
    due = count_due(engine, campaign=args.campaign)
    with terminal.progress("Sending", due) as shown:
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
            watch=SettingsWatch(Path(), settings),
        )
    # What waits in the queue again was not done, and is told below.
    came = {state: count for state, count in summary.states.items() if count and state is not MessageState.QUEUED}
    done = ", ".join(f"{count} {state}" for state, count in came.items())
    terminal.say(f"Done: {done}." if done else "Nothing was due." if not due else "Nothing went out.")
    if summary.recovered_uncertain:
        uncertain = counted(summary.recovered_uncertain, "letter is", "letters are")
        terminal.say(f"{uncertain} uncertain: an earlier run was cut off.")
    if summary.paced_until:
        terminal.say("The rate that is set allows no more for now.")
    blocked = _say_what_is_left(engine, settings, args.campaign)
    if summary.fault is not None:
        raise summary.fault
    return BLOCKED if blocked else 0


def _say_what_is_left(engine: Engine, settings: Settings, name: str | None) -> bool:
    """Say what each campaign waits for, and the way on; return whether something that is due can't go."""
    from outreach.reports.standing.next_steps import Todo
    from outreach.reports.standing.situation import situation
    from outreach.vocabulary import Stop
    from outreach.wording import care_in_words, put_off_in_words, step_in_words

    found = situation(engine, settings, name=name, running=[saying("program.send", "{SEND:what sends once}")])
    for one in sorted(found.campaigns, key=lambda one: one.campaign.name):
        tz, who = clock.zone(one.campaign.time_zone), one.campaign.name
        for stop in one.stops:
            if stop.stop is not Stop.MAIL_SERVER:  # it is told last of all, with its cure
                told = care_in_words(stop, tz, one.known.status.missions, by=parts.who(), then=one.next)
                terminal.say(f"{who}: {told}")
        if one.known.put_off is not None and all(stop.stop is not Stop.PUT_OFF for stop in one.stops):
            terminal.say(f"{who}: {put_off_in_words(one.known.put_off, tz)}")
        letters = counted(one.known.to_go, "letter waits", "letters wait")
        if one.next.todo is Todo.WAIT and one.next.arguments.get("hours"):
            terminal.say(
                f"{who}: {letters} for working hours, until {clock.shown(one.next.arguments['at'], tz)}. If that is "
                "not meant: "
                f"outreach campaign schedule {parts.typed(who)} --at now --no-working-hours"
            )
        elif one.next.todo is Todo.WAIT and one.known.first_at is not None:
            terminal.say(f"{who}: {letters}, the next until {clock.shown(one.known.first_at, tz)}")
        elif one.next.todo is Todo.WAIT:
            terminal.say(f"{who}: {letters} for the first letters to be sent")
        elif one.next.todo is Todo.MEND_SERVER and one.campaign.stop is None:
            terminal.say(f"{who}: {letters}. Next: {step_in_words(one.next, tz, by=parts.who())}")
        elif one.next.todo not in (Todo.NOTHING, Todo.REPORT, Todo.READ_ANSWERS, Todo.MEND_SERVER):
            terminal.say(f"{who}: next: {step_in_words(one.next, tz, by=parts.who())}")
    return found.blocked


def _forecast(args: argparse.Namespace, settings: Settings, engine: Engine) -> int:
    """Say what a pass would do now."""
    from dataclasses import asdict, replace

    from outreach.outbox.forecast import HELD, PACE, STOPPED, UNCERTAIN, forecast
    from outreach.reports.standing.situation import around

    found = forecast(engine, settings, campaign=args.campaign)
    about = around(engine, settings)
    whole = about.copy or about.settings
    blocked = bool(found and whole) or any(not one.goes and one.code not in (HELD, UNCERTAIN, PACE) for one in found)
    if any(one.code == STOPPED for one in found):
        cures = _cures_of_stopped(engine, settings, args.campaign)
        found = [replace(one, cure=cures.get(one.campaign, one.cure)) if one.code == STOPPED else one for one in found]
    going = [one for one in found if one.goes and not whole]
    if args.json:
        letters = [asdict(one) | {"goes": one.goes and not whole} for one in found]
        terminal.say_json({"mode": str(settings.mode), "blocked": blocked, "why": whole or None, "letters": letters})
        return BLOCKED if blocked else 0
    terminal.say(parts.mode_line(settings), *([about.settings] if about.settings else []))
    terminal.table(
        ("Campaign", "ISO3", "Goes", "To", "Why not"),
        (
            (one.campaign, one.iso3, "yes" if one in going else "no", ", ".join(one.recipients), one.words)
            for one in found
        ),
    )
    told = dict.fromkeys(f"{one.campaign}: {one.cure}" for one in found if one.cure)
    terminal.say(
        *told, f"{counted(len(going), 'letter')} would go now, {len(found) - len(going)} not. Nothing was done."
    )
    return BLOCKED if blocked else 0


def _cures_of_stopped(engine: Engine, settings: Settings, name: str | None) -> dict[str, str]:
    """Return by campaign what stops it and the way on, as `outreach status` says it."""
    from outreach.reports.standing.situation import situation
    from outreach.wording import care_in_words, step_in_words

    cures = {}
    found = situation(engine, settings, name=name, running=[saying("program.send", "{SEND:what sends once}")])
    for one in found.campaigns:
        tz = clock.zone(one.campaign.time_zone)
        why = [
            care_in_words(stop, tz, one.known.status.missions, by=parts.who(), then=one.next)
            for stop in one.stops
            if stop.whole
        ]
        cures[one.campaign.name] = " ".join([*why, f"Next: {step_in_words(one.next, tz, by=parts.who())}"])
    return cures


def _run(_args: argparse.Namespace) -> None:
    from outreach.schedule import run
    from outreach.settings_watch import SettingsWatch

    settings, engine = parts.opened(a_copy="is refused")
    _one_line_an_event(settings.timezone)
    run(engine, SettingsWatch.of(Path()), Path())


def _one_line_an_event(time_zone: str) -> None:
    """Let what happens be told on standard error, a line each: in its campaign's zone, else in that of the settings.

    Of the libraries only warnings are told.
    """
    import logging
    from datetime import UTC, datetime

    class EventLine(logging.Formatter):
        """The moment, how bad it is if it is, and what happened."""

        def format(self, record: logging.LogRecord) -> str:
            """Return the line; what can't be told in one comes below it."""
            moment = shown(datetime.fromtimestamp(record.created, UTC), zone(getattr(record, "time_zone", time_zone)))
            level = f"{record.levelname} " if record.levelno >= logging.WARNING else ""
            line = f"{moment}  {level}{' '.join(logged(record).split())}"
            return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line

    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(EventLine())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("outreach").setLevel(logging.INFO)
    logging.raiseExceptions = False  # that nobody reads the lines any more stops no letter
