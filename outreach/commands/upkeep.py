"""What keeps an installation sound: doctor, backup, restore, database copy."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from outreach.commands import parts

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from outreach.backup.restore import Question, Restored
    from outreach.settings import Settings


def add_doctor(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `outreach doctor`."""
    parser.set_defaults(command=_doctor)
    parts.json_flag(parser)


def add_database(parser: argparse.ArgumentParser) -> None:
    """Add the commands of this group to its parser."""
    commands = parts.group(parser)
    command = parts.command(commands, "copy", _copy, "everything into an empty database, such as PostgreSQL")
    command.add_argument("--to", required=True, metavar="URL", help="postgresql+psycopg://USER@HOST/NAME")


def add_backup(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `outreach backup`."""
    parser.add_argument(
        "file", type=Path, nargs="?", metavar="FILE", help="where to write it (default: by the time, into backups/)"
    )
    parser.set_defaults(command=_backup)


def add_restore(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `outreach restore`."""
    parser.add_argument("file", type=Path, metavar="FILE", help="a backup, or a copy of outreach.db")
    parser.add_argument("--yes", action="store_true", help="put it in the place of the present database, which is kept")
    parser.add_argument(
        "--all", action="store_true", help="bring back letters and settings too where there are others by now"
    )
    parser.set_defaults(command=_restore)


def _doctor(args: argparse.Namespace) -> int:
    from dataclasses import asdict

    from outreach import terminal
    from outreach.backup.kept import finding
    from outreach.errors import NoDatabaseError, OutreachError
    from outreach.outbox.doctor import examine
    from outreach.settings import load

    settings = load()
    try:
        parts.require_campaign()
    except NoDatabaseError:
        raise
    except OutreachError:  # it is a finding
        pass
    findings = [*examine(settings), finding(settings, Path())]
    if args.json:
        terminal.say_json([asdict(one) for one in findings])
    else:
        for one in findings:
            terminal.say(f"{one.verdict:<8}{one.what}: {one.words}", *([f"        {one.cure}"] if one.cure else []))
    return 1 if any(one.verdict == "wrong" for one in findings) else 0


def _backup(args: argparse.Namespace) -> None:
    from outreach import terminal
    from outreach.backup.make import make

    settings, engine = parts.opened()
    made = make(engine, settings, Path(), args.file)
    counts = made.manifest.counts
    terminal.say(
        f"Written: {made.path} ({counts['campaign']} campaigns, {counts['message']} letters, {counts['sent']} of them "
        f"sent, {counts['reply']} mails).",
    )
    if made.manifest.left_out:
        terminal.say(f"Left out, to be kept elsewhere: {', '.join(made.manifest.left_out)}.")
    terminal.say(f"It holds addresses and answers: keep it where only you can read it. Back: {_back(made.path)}")


def _back(path: Path) -> str:
    return f"outreach restore {parts.typed(str(path))}"


def _restore(args: argparse.Namespace) -> None:
    from outreach.backup.restore import restore

    def agree(question: Question) -> bool:
        return args.yes or _agree(question)

    done = restore(args.file, Path(), everything=args.all, agree=agree)
    settings, engine = parts.opened()
    _say_restored(done, settings)
    _say_standing(engine, settings)
    engine.dispose()


def _agree(question: Question) -> bool:
    from outreach import terminal
    from outreach.errors import Problem

    made = f"of {question.manifest.made_at:%Y-%m-%d %H:%M} UTC" if question.manifest else "without a date"
    copy, present = question.copy, question.present
    found = [
        Problem("the copy", f"{made}, {copy.campaigns} campaigns, {copy.letters} letters, {copy.sent} of them sent")
    ]
    if present is None:
        found.append(Problem("the database here", "it can't be read"))
    else:
        words = f"{present.campaigns} campaigns, {present.letters} letters, {present.sent} of them sent"
        found.append(Problem("the database here", words))
    return terminal.agree(
        "The copy takes the place of the database here, which is kept:", found, "Put the copy in its place?"
    )


def _say_restored(done: Restored, settings: Settings) -> None:
    from outreach import terminal
    from outreach.clock import shown

    made = f", as it was on {shown(done.manifest.made_at, settings.tz)}" if done.manifest else ""
    counts = done.counts
    terminal.say(
        f"Restored{made}: {counts.campaigns} campaigns, {counts.letters} letters, {counts.sent} of them sent.",
        *(f"Put aside: {path}" for path in done.put_aside),
    )
    if done.written:
        terminal.say(f"Brought back too: {', '.join(map(str, done.written))}.")
    if done.kept:
        terminal.say(f"Left as they are: {', '.join(map(str, done.kept))} (--all brings the copy's).")
    terminal.say(*(f"Note: {note}" for note in done.notes), parts.mode_line(settings))


def _say_standing(engine: Engine, settings: Settings) -> None:
    """Say what the dispatch journal knows of the time after the copy was made, and what settles it."""
    from outreach import terminal
    from outreach.witness.standing import CURE, standing

    found = standing(engine, settings)
    if not found.settled:
        terminal.say("", found.words, "Nothing is sent until that is settled.", CURE)
    elif found.no_journal:
        terminal.say("", found.words)


def _copy(args: argparse.Namespace) -> None:
    from outreach import terminal
    from outreach.copying import copy_database

    settings = parts.require_campaign()
    with terminal.progress_of("Copying") as shown:
        rows = copy_database(settings.database_url, args.to, progress=shown)
    terminal.say(f"Copied: {rows} rows. Now set database_url in outreach.toml, or OUTREACH_DATABASE_URL.")
