"""How the members voted: the recorded vote."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from outreach import terminal
from outreach.commands import parts
from outreach.text import counted

if TYPE_CHECKING:
    from outreach.errors import Problem


def add(parser: argparse.ArgumentParser) -> None:
    """Add the commands of this group to its parser."""
    commands = parts.group(parser)
    command = parts.on_campaign(
        commands, "import", _import, "take the votes from a sheet, a record of the meeting or a press release"
    )
    command.add_argument("file", type=Path, metavar="FILE", help="or - for what is pasted")
    command.add_argument("--sheet", metavar="S", help="only this sheet")
    command.add_argument(
        "--which", default="", metavar="VOTE", help="of several: the column's heading or letter, or the resolution"
    )
    command.add_argument("--dry-run", action="store_true", help="show what would change, and change nothing")
    command.add_argument("--yes", action="store_true", help="take what is only likely")
    parts.json_flag(command)

    command = parts.command(commands, "past", _past, "take in the UN Digital Library's voting data of past years")
    command.add_argument("file", type=Path, metavar="FILE", help="the CSV as it is published, of any size")
    command.add_argument("--dry-run", action="store_true", help="read it all, and change nothing")
    parts.json_flag(command)

    command = parts.command(commands, "record", _record, "show how a state voted in past years")
    command.add_argument("iso3", metavar="ISO3")
    command.add_argument(
        "--theme", default="", metavar="T", help="only where title, subjects or agenda have these words"
    )
    parts.json_flag(command)

    command = parts.on_campaign(
        commands, "subject", _subject, "on what votes of past years stand beside its positions, and in its letters"
    )
    parts.by(command)
    command.add_argument(
        "subject",
        nargs="?",
        metavar="WORDS",
        help="words of the resolutions' titles, or symbols, with ; between; none: no more",
    )
    parts.json_flag(command)


def _past(args: argparse.Namespace) -> None:
    from outreach.responses.past_votes import import_past_votes

    _, engine = parts.opened()
    result = import_past_votes(engine, args.file, dry_run=args.dry_run, by=parts.acting(args))
    if args.json:
        terminal.say_json(result.as_dict())
        return
    span = f", {result.first} to {result.last}" if result.first else ""
    terminal.say(f"{counted(result.votes, 'vote')} on {counted(result.resolutions, 'resolution')}{span}.")
    told = [
        f"{counted(number, one)} {what}"
        for number, one, what in (
            (result.new_resolutions, "resolution", "added"), (result.changed_resolutions, "resolution", "changed"),
            (result.new_votes, "vote", "added"), (len(result.changes), "vote", "changed"),
        )
        if number
    ]  # fmt: skip
    if told:
        terminal.say(f"{'It would be: ' if result.dry_run else ''}{', '.join(told)}.")
    changed = [f"{one.iso3}  {one.symbol}: {one.old.value} → {one.new.value}" for one in result.changes]
    terminal.listed("changed", changed)
    terminal.say(*(f"Note: {note}" for note in result.notes))
    if result.changes_nothing:
        terminal.say("Nothing changed: all of it was there already." if result.votes else "Nothing changed.")
    elif result.dry_run:
        terminal.say("Nothing was changed: this was a dry run.")
    else:
        terminal.say(f"Imported: {result.file}")


def _subject(args: argparse.Namespace) -> None:
    from outreach.campaigns.past_subject import PastSubject, set_past_subject
    from outreach.campaigns.plan import get_campaign
    from outreach.database import reading
    from outreach.missions.past_years import ballots_on

    _, engine = parts.opened()
    if args.subject is None:
        with reading(engine) as session:
            subject = get_campaign(session, args.name).past_subject
            found = PastSubject(subject, ballots_on(session, subject))
    else:
        wanted = "" if args.subject == "none" else args.subject
        found = set_past_subject(engine, args.name, wanted, by=parts.acting(args))
    if args.json:
        resolutions = [
            {"symbol": one.symbol, "date": one.voted_on.isoformat(), "title": one.title} for one in found.ballots
        ]
        terminal.say_json({"campaign": args.name, "subject": found.subject, "resolutions": resolutions})
        return
    if not found.subject:
        terminal.say(f"{args.name}: no subject of past votes.")
        return
    terminal.say(f"{args.name}: past votes on {found.subject!r}.")
    if not found.ballots:
        terminal.say("No vote on it is in the data.")
        return
    terminal.table(
        ["Date", "Resolution", "Title"],
        [[one.voted_on.isoformat(), one.symbol, one.title[:70]] for one in found.ballots],
    )


def _record(args: argparse.Namespace) -> None:
    from outreach.database import reading
    from outreach.missions.past import record_of

    _, engine = parts.opened()
    with reading(engine) as session:
        found = record_of(session, args.iso3, args.theme)
    if args.json:
        terminal.say_json(found.as_dict())
        return
    rows = [[one.voted_on.isoformat(), one.symbol, one.vote.value, one.title[:70]] for one in found.votes]
    if not rows:
        terminal.say(f"No vote of {found.iso3} is in the data{f' on {found.theme!r}' if found.theme else ''}.")
        return
    terminal.table(["Date", "Resolution", "Vote", "Title"], rows)
    told = ", ".join(f"{number} {vote.value}" for vote, number in found.tally.items() if number)
    terminal.say(f"{found.iso3}: {told}. This is the past, and no position.")


def _import(args: argparse.Namespace) -> None:
    import sys

    from outreach.missions.books.package import MAX_FILE_BYTES
    from outreach.responses.votes import import_votes

    _, engine = parts.opened()
    result = import_votes(
        engine,
        args.name,
        args.file,
        sheet=args.sheet,
        which=args.which,
        dry_run=args.dry_run,
        yes=args.yes,
        ask=_agree,
        content=sys.stdin.buffer.read(MAX_FILE_BYTES) if str(args.file) == "-" else None,
        by=parts.acting(args),
    )
    if args.json:
        terminal.say_json(result.as_dict())
        return
    parts.say_changes(result.changes)
    terminal.say(", ".join(f"{number} {vote}" for vote, number in result.tally.items()))
    if result.resolution:
        terminal.say("; ".join(f"{name}: {value}" for name, value in result.resolution.items()))
    terminal.problems("To be agreed to:" if args.dry_run else "Agreed to:", result.questions)
    terminal.say(*(f"Note: {note}" for note in result.notes))
    terminal.say("Nothing was changed: this was a dry run." if result.dry_run else f"Imported: {result.file}")


def _agree(questions: Sequence[Problem]) -> bool:
    return terminal.agree("This is only likely:", questions, "Is all of it right?")
