"""Where each mission stands: set, list, history, record, undo; and which answers may be shown."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from outreach import terminal
from outreach.clock import parse_date, shown
from outreach.commands import parts
from outreach.text import counted

if TYPE_CHECKING:
    from outreach.errors import Problem


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
    command = parts.on_campaign(commands, "assign", _assign, "whose task missions are, and until when")
    parts.by(command)
    command.add_argument("iso3", metavar="ISO3", nargs="+")
    command.add_argument("--to", metavar="LOGIN", help="who is to see to it")
    command.add_argument("--due", metavar="DATE", help="until when")
    command.add_argument("--done", action="store_true", help="it is done: nobody's task any more, and not due")
    command = parts.on_campaign(commands, "tasks", _tasks, "the missions that are somebody's task, or due")
    command.add_argument("--to", default="", metavar="LOGIN", help="only this person's")
    parts.json_flag(command)
    command = parts.on_campaign(commands, "comment", _comment, "say something of a mission to the team alone")
    parts.by(command)
    command.add_argument("iso3", metavar="ISO3")
    command.add_argument("text", metavar="TEXT", help="what is said; @LOGIN mentions somebody")
    command = parts.on_campaign(commands, "comments", _comments, "what the team said of missions")
    command.add_argument("iso3", metavar="ISO3", nargs="?", help="only of this mission")
    parts.json_flag(command)
    command = parts.command(commands, "uncomment", _uncomment, "take a comment away")
    parts.by(command)
    command.add_argument("comment", type=int, metavar="ID")
    command = parts.on_campaign(commands, "release", _release, "give the words of an answer free to be shown to others")
    parts.by(command)
    command.add_argument("iso3", metavar="ISO3")
    command.add_argument("--reply", type=int, metavar="ID", help="the mail that is meant, where there are several")
    command.add_argument("--text", default="", metavar="TEXT", help="these words, in place of the mail's")
    command.add_argument("--dry-run", action="store_true", help="show what would be released, and change nothing")
    command.add_argument(
        "--without-others", action="store_true", help="leave out people who are not the mission's, and postal addresses"
    )
    command.add_argument("--yes", action="store_true", help="release it with the names of others, as they are shown")
    parts.json_flag(command)
    command = parts.on_campaign(commands, "withdraw", _withdraw, "take a released answer back")
    parts.by(command)
    command.add_argument("iso3", metavar="ISO3")
    command.add_argument("--reply", type=int, metavar="ID", help="only what is of this mail")
    command = parts.on_campaign(commands, "released", _released, "the answers that may be shown to others")
    parts.json_flag(command)


def _set(args: argparse.Namespace) -> None:
    from outreach.responses.positions import set_position

    _, engine = parts.opened()
    response = set_position(engine, args.name, args.iso3, args.position, note=args.note, by=parts.acting(args))
    terminal.say(f"{args.name}, {response.iso3}: {response.position}.")


def _list(args: argparse.Namespace) -> None:
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
    from outreach.responses.recorded import record

    _, engine = parts.opened()
    on = parse_date(args.on) if args.on else None
    response = record(engine, args.name, args.iso3, args.way, on=on, note=args.note, by=parts.acting(args))
    terminal.say(f"{args.name}, {response.iso3}: {response.answer} ({args.way}).")


_FIELDS = {"how": "answered how"}


def _undo(args: argparse.Namespace) -> None:
    from outreach.responses.recorded import undo

    _, engine = parts.opened()
    change = undo(engine, args.name, args.iso3, by=parts.acting(args))
    value = change.new or "empty"
    terminal.say(f"{args.name}, {args.iso3.upper()}: {_FIELDS.get(change.field, change.field)} is {value} again.")


def _history(args: argparse.Namespace) -> None:
    from outreach.responses.recorded import history

    settings, engine = parts.opened()
    rows = history(engine, args.name, args.iso3)
    parts.listed(
        args, rows, ("When", "Who", "What", "From", "To", "Note"),
        lambda row: (shown(row.at, settings.tz), row.who, row.field, row.old, row.new, row.note),
    )  # fmt: skip


def _assign(args: argparse.Namespace) -> None:
    from outreach.responses.tasks import DONE, Wanted, set_several

    _, engine = parts.opened()
    wanted = DONE if args.done else Wanted(to=args.to, due=args.due)
    found = set_several(engine, args.name, args.iso3, wanted, by=parts.acting(args))
    terminal.say(f"{args.name}: {', '.join(found.missions) or 'nothing was changed'}.")


def _tasks(args: argparse.Namespace) -> None:
    from outreach.responses.tasks import tasks_in

    _, engine = parts.opened()
    rows = tasks_in(engine, args.name, args.to)
    if args.json:
        terminal.say_json([row.as_dict() for row in rows])
        return
    terminal.table(
        ("ISO3", "Mission", "Whose", "Due", ""),
        (
            (row.iso3, row.mission, row.name, str(row.due_on or ""), "overdue" if (row.days_left or 0) < 0 else "")
            for row in rows
        ),
    )  # fmt: skip


def _comment(args: argparse.Namespace) -> None:
    from outreach.responses.comments import comment

    _, engine = parts.opened()
    found = comment(engine, args.name, args.iso3, args.text, by=parts.acting(args))
    told = f" It waits for {', '.join(found.told)}." if found.told else ""
    terminal.say(f"{args.name}, {found.iso3}: comment {found.number} is kept.{told}")


def _comments(args: argparse.Namespace) -> None:
    from outreach.responses.comments import comments_in

    settings, engine = parts.opened()
    parts.listed(
        args, comments_in(engine, args.name, args.iso3), ("ID", "ISO3", "When", "Who", "Comment"),
        lambda row: (row.id, row.iso3, shown(row.at, settings.tz), row.who, row.text),
    )  # fmt: skip


def _uncomment(args: argparse.Namespace) -> None:
    from outreach.responses.comments import withdraw_comment

    _, engine = parts.opened()
    _, iso3 = withdraw_comment(engine, args.comment, by=parts.acting(args))
    terminal.say(f"Comment {args.comment} on {iso3} is taken away.")


def _release(args: argparse.Namespace) -> None:
    from outreach.responses.released import release

    _, engine = parts.opened()
    found = release(
        engine,
        args.name,
        args.iso3,
        by=parts.acting(args),
        reply=args.reply,
        text=args.text,
        dry_run=args.dry_run,
        without_others=args.without_others,
        yes=args.yes,
        ask=_agree,
    )
    if args.json:
        terminal.say_json(asdict(found) | {"dry_run": args.dry_run})
        return
    terminal.say(*(f"  | {line}" for line in found.text.splitlines()))
    if found.others:
        heading = "Left out:" if args.without_others else "It tells of others, who would be shown:"
        if not (args.without_others or args.dry_run):
            heading = "It tells of others, as agreed:"
        terminal.say(heading, *(f"  {one.words} ({one.kind})" for one in found.others))
        if args.dry_run and not args.without_others:
            terminal.say("To leave them out: --without-others. To release it so: --yes")
    if found.names:
        terminal.say(f'It names {", ".join(found.names)}. Without them: --text "…"')
    words = "Nothing was changed: this was a dry run." if args.dry_run else "released: these words may be shown."
    terminal.say(words if args.dry_run else f"{args.name}, {found.iso3}: {words}")


def _agree(found: Sequence[Problem]) -> bool:
    return terminal.agree("This tells of others than the mission's people:", found, "May all of it be shown?")


def _withdraw(args: argparse.Namespace) -> None:
    from outreach.responses.released import withdraw

    _, engine = parts.opened()
    number = withdraw(engine, args.name, args.iso3, by=parts.acting(args), reply=args.reply)
    terminal.say(f"{args.name}, {args.iso3.upper()}: {counted(number, 'text')} taken back.")
    terminal.say("What was published already is out of reach: publish the dossier again.")


def _released(args: argparse.Namespace) -> None:
    from outreach.responses.released import released_in

    settings, engine = parts.opened()
    rows = released_in(engine, args.name)
    parts.listed(
        args, rows, ("ISO3", "Mission", "Mail", "Released", "By", "Words"),
        lambda row: (row.iso3, row.mission, row.mail, shown(row.at, settings.tz), row.who, row.text),
    )  # fmt: skip
