"""What keeps an installation sound: doctor, database copy."""

from __future__ import annotations

import argparse

from outreach.commands import parts


def add_doctor(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `outreach doctor`."""
    parser.set_defaults(command=_doctor)
    parts.json_flag(parser)


def add_database(parser: argparse.ArgumentParser) -> None:
    """Add the commands of this group to its parser."""
    commands = parts.group(parser)
    command = parts.command(commands, "copy", _copy, "everything into an empty database, such as PostgreSQL")
    command.add_argument("--to", required=True, metavar="URL", help="postgresql+psycopg://USER@HOST/NAME")


def _doctor(args: argparse.Namespace) -> int:
    from outreach import terminal
    from outreach.outbox.doctor import examine
    from outreach.settings import load

    findings = examine(load())
    if args.json:
        terminal.say_json(findings)
    else:
        for one in findings:
            terminal.say(f"{one.verdict:<8}{one.what}: {one.words}", *([f"        {one.cure}"] if one.cure else []))
    return 1 if any(one.verdict == "wrong" for one in findings) else 0


def _copy(args: argparse.Namespace) -> None:
    from outreach import terminal
    from outreach.copying import copy_database
    from outreach.settings import load

    with terminal.progress_of("Copying") as shown:
        rows = copy_database(load().database_url, args.to, progress=shown)
    terminal.say(f"Copied: {rows} rows. Now set database_url in outreach.toml, or OUTREACH_DATABASE_URL.")
