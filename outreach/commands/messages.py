"""What became of each letter: list, resolve, retry, correct."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from outreach import clock, terminal
from outreach.commands import parts
from outreach.text import counted

if TYPE_CHECKING:
    from outreach.outbox.retrying import Retried


def add(parser: argparse.ArgumentParser) -> None:
    """Add the commands of this group to its parser."""
    commands = parts.group(parser)
    command = parts.on_campaign(commands, "list", _list, "what became of each letter")
    parts.json_flag(command)
    command = parts.command(commands, "resolve", _resolve, "decide what became of letters that can't settle it")
    parts.by(command)
    command.add_argument("id", type=int, nargs="+", metavar="ID", help="one that is uncertain, refused or had already")
    command.add_argument("decision", choices=("sent", "resend", "cancel"), help="cancel: what was not sent is left")
    command = parts.on_campaign(commands, "retry", _retry, "try letters again that the mail server did not take")
    parts.by(command)
    command.add_argument(
        "--mission", action="append", default=[], metavar="ISO3", help="only this one; may be repeated"
    )
    command.add_argument("--reason", default="", metavar="WORDS", help="only those refused in these words")
    command = parts.command(commands, "correct", _correct, "put an address right, and send the letter to it")
    parts.by(command)
    command.add_argument("id", type=int, metavar="ID", help="the letter that did not arrive")
    command.add_argument("address", metavar="ADDRESS", help="the right address, or another contact of the mission")
    command.add_argument("--old", default="", metavar="ADDRESS", help="which one was wrong, if several failed")
    parts.yes(command)


def _list(args: argparse.Namespace) -> None:
    from outreach.campaigns.plan import get_campaign
    from outreach.database import reading
    from outreach.reports.standing.situation import situation
    from outreach.reports.table import message_rows
    from outreach.vocabulary import Stop
    from outreach.wording import care_in_words

    settings, engine = parts.opened()
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
    (now,) = situation(engine, settings, name=args.name).campaigns
    tz = clock.zone(now.campaign.time_zone)
    for stop in now.stops:
        if stop.stop in (Stop.REACHED_SOME, Stop.UNCERTAIN, Stop.HELD, Stop.FAILED, Stop.GIVEN_UP):
            terminal.say(care_in_words(stop, tz, now.known.status.missions, by=parts.who()))


def _retry(args: argparse.Namespace) -> None:
    from outreach.outbox.retrying import retry

    settings, engine = parts.opened(a_copy="is refused")
    done = retry(engine, settings, args.name, by=parts.acting(args), missions=args.mission, reason=args.reason)
    letters = counted(len(done.letters), "letter")
    terminal.say(
        f"{done.campaign}: {letters} will be tried again: {', '.join(done.letters)}."
        if done.letters
        else f"{done.campaign}: no letter is tried again.",
        *(_replaced(done)),
        *(["It had paused by itself, and goes on."] if done.goes_on else []),
        *(_stands_still(done) if done.waits and done.letters else []),
        *([f"Left as they are: {', '.join(done.others)}."] if done.others else []),
        parts.mode_line(settings),
    )


def _replaced(done: Retried) -> list[str]:
    """Say which letters are not tried again at an address that the directory has replaced, and what can be done."""
    lines = []
    for one in done.replaced:
        new = parts.typed(one.change.new[0]) if len(one.change.new) == 1 else "ADDRESS"
        cure = (
            f"Send it to the right one: outreach messages correct {one.letter} {new}"
            if one.partly
            else f"Approve it again: outreach campaign approve {parts.typed(done.campaign)}"
        )
        lines.append(f"The directory has changed since the approval: {one.change}. {cure}")
    return lines


def _stands_still(done: Retried) -> list[str]:
    """Say that nothing goes out before a person lets it, and for whom that would be."""
    if not done.stands_for:
        return [f"It is {done.waits}: nothing goes out before it goes on."]
    others = counted(done.stands_for, "other letter waits", "other letters wait")
    resume = f"outreach campaign resume {parts.typed(done.campaign)}"
    return [f"It has paused by itself, and stays so: {others} that you have not named. To let all go: {resume}"]


def _correct(args: argparse.Namespace) -> None:
    from outreach.outbox.corrected import send_to_corrected

    settings, engine = parts.opened()
    yes = args.yes
    if yes is None and settings.live:
        yes = parts.ask_missions(1)
    done = send_to_corrected(engine, settings, args.id, args.address, old=args.old, by=parts.acting(args), yes=yes)
    terminal.say(
        f"{done.campaign}: the letter to {done.iso3} goes out once more, as letter {done.letter}, to {done.new} alone "
        f"(it was {done.old}).",
        *([f"It waits: {done.waits}."] if done.waits else []),
        *(f"{one.campaign} has to be approved again: it was to write to the old address." for one in done.voided),
        parts.mode_line(settings),
    )


def _resolve(args: argparse.Namespace) -> None:
    from outreach.outbox.resolve import resolve_all

    _, engine = parts.opened()
    for message in resolve_all(engine, args.id, args.decision, by=parts.acting(args)):
        terminal.say(f"Letter {message.id} to {message.iso3} is {message.state}.")
