"""The directory of missions and contacts: import, set, export, history, undo, list."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from outreach.commands import parts
from outreach.text import counted

if TYPE_CHECKING:
    from outreach.campaigns.address_changes import Voided
    from outreach.errors import Problem


def add(parser: argparse.ArgumentParser) -> None:
    """Add the commands of this group to its parser."""
    commands = parts.group(parser)
    command = parts.command(commands, "import", _import, "take missions, contacts and terms from a spreadsheet")
    parts.by(command)
    command.add_argument("file", type=Path, metavar="FILE")
    command.add_argument("--sheet", metavar="S", help="only this sheet")
    command.add_argument(
        "--map",
        action="append",
        default=[],
        metavar="FIELD=COLUMN",
        help="where a field stands, such as email=Courriel",
    )
    command.add_argument("--dry-run", action="store_true", help="show what would change, and change nothing")
    command.add_argument("--yes", action="store_true", help="take what had to be guessed")
    parts.json_flag(command)
    command = parts.command(commands, "set", _set, "put single fields of a mission or a contact right")
    parts.by(command)
    command.add_argument("iso3", metavar="ISO3")
    command.add_argument("fields", metavar="FIELD=VALUE", nargs="+", help="such as language=fr, email=ADDRESS")
    command.add_argument("--contact", default="", metavar="ADDRESS", help="of this contact (if there are several)")
    parts.json_flag(command)
    command = parts.command(commands, "export", _export, "write the directory as a workbook that import takes back")
    command.add_argument("file", type=Path, metavar="FILE")
    command = parts.command(commands, "history", _history, "who changed what, when, and from which file")
    command.add_argument("iso3", metavar="ISO3", nargs="?", help="only this state")
    parts.json_flag(command)
    command = parts.command(commands, "undo", _undo, "take back the last import")
    parts.by(command)
    parts.json_flag(command)
    command = parts.command(commands, "note", _note, "what the team knows of a mission: write it down, or list it")
    parts.by(command)
    command.add_argument("iso3", metavar="ISO3")
    command.add_argument("text", metavar="TEXT", nargs="?", help="the words; without them, the notes are listed")
    command.add_argument("--change", type=int, metavar="ID", help="give this note that wording; empty takes it away")
    parts.json_flag(command)
    command = parts.command(commands, "list", _list, "the missions, or those of an audience")
    parts.audience(command, required=False)
    parts.json_flag(command)


def _note(args: argparse.Namespace) -> None:
    from outreach import terminal
    from outreach.clock import shown
    from outreach.missions.notes import add_note, change_note, notes_on

    settings, engine = parts.opened()
    if args.text is not None and args.change is not None:
        change_note(engine, args.change, args.text, by=parts.acting(args))
    elif args.text is not None:
        add_note(engine, args.iso3, args.text, by=parts.acting(args))
    found = notes_on(engine, args.iso3)
    if args.json:
        rows = [{"id": one.id, "at": one.at.isoformat(), "who": one.who, "text": one.text} for one in found]
        terminal.say_json(rows)
        return
    terminal.table(("ID", "When", "Who", "Note"), ((n.id, shown(n.at, settings.tz), n.who, n.text) for n in found))


def _import(args: argparse.Namespace) -> None:
    from outreach import terminal
    from outreach.campaigns.address_changes import void_changed
    from outreach.missions.importer import import_file

    _, engine = parts.opened()
    result = import_file(
        engine,
        args.file,
        sheet=args.sheet,
        mapping=_mapping(args.map),
        dry_run=args.dry_run,
        yes=args.yes,
        ask=_agree,
        by=parts.acting(args),
    )
    voided = [] if result.dry_run else void_changed(engine, by=parts.acting(args))
    if args.json:
        terminal.say_json(result.as_dict())
        return
    for kind in ("missions", "contacts", "terms"):
        parts.say_difference(kind, getattr(result, kind))
    _say_voided(voided)
    terminal.problems("Guessed:", result.guesses)
    terminal.say(*(f"Note: {note}" for note in result.notes))
    terminal.say("Nothing was changed: this was a dry run." if result.dry_run else f"Imported: {result.file}")


def _agree(guesses: Sequence[Problem]) -> bool:
    from outreach import terminal

    return terminal.agree("This is guessed:", guesses, "Is all of it right?")


def _set(args: argparse.Namespace) -> None:
    from dataclasses import asdict

    from outreach import terminal
    from outreach.campaigns.address_changes import void_changed
    from outreach.errors import UserError
    from outreach.missions.setting import set_fields

    pairs = [entry.partition("=") for entry in args.fields]
    for field, equals, _ in pairs:
        if not (field.strip() and equals):
            raise UserError(
                "command.sets-nothing",
                "{field!r} sets nothing.",
                field=field,
                remedy="Write FIELD=VALUE, such as language=fr.",
            )
    _, engine = parts.opened()
    fields = {field.strip(): value.strip() for field, _, value in pairs}
    changed = set_fields(engine, args.iso3, fields, contact=args.contact, by=parts.acting(args))
    voided = void_changed(engine, by=parts.acting(args))
    if args.json:
        terminal.say_json({
            "iso3": args.iso3.upper(), "changes": [asdict(one) for one in changed],
            "voided": [one.campaign for one in voided],
        })  # fmt: skip
        return
    for one in changed:
        whose = f", {one.contact}" if one.contact else ""
        terminal.say(f"  {args.iso3.upper()}{whose}: {one.field} {one.old!r} → {one.new!r}")
    if not changed:
        terminal.say("It is so already: nothing was changed.")
    _say_voided(voided)


def _say_voided(voided: Sequence[Voided]) -> None:
    from outreach import terminal

    for one in voided:
        terminal.say(f"{one.campaign}: its approval is void, for the sheet has changed whom it goes to.")
        terminal.listed("changed", [str(change) for change in one.changes])
        terminal.say(f"  Look again, then: outreach campaign approve {parts.typed(one.campaign)} --by WHO")


def _export(args: argparse.Namespace) -> None:
    from outreach import terminal
    from outreach.missions.directory_workbook import export_directory

    _, engine = parts.opened()
    written = export_directory(engine, args.file)
    terminal.say(
        f"Written: {args.file} ({counted(written.missions, 'mission')}, {counted(written.contacts, 'contact')})"
    )


def _history(args: argparse.Namespace) -> None:
    from outreach import terminal
    from outreach.database import reading
    from outreach.missions.history import history, told

    _, engine = parts.opened()
    with reading(engine) as session:
        rows = history(session, args.iso3)
    if args.json:
        terminal.say_json(rows)
        return
    columns = ("at", "who", "file", "iso3", "contact", "field")
    terminal.table(
        ("When (UTC)", "Who", "File", "ISO3", "Contact", "Field", "Was", "Is"),
        (
            [
                *(row[column] for column in columns),
                told(row["old"]),
                told(row["new"]) + (" (undone)" if row["undone"] else ""),
            ]
            for row in rows
        ),
    )


def _undo(args: argparse.Namespace) -> None:
    from outreach import terminal
    from outreach.missions.history import undo

    _, engine = parts.opened()
    done = undo(engine, by=parts.acting(args))
    if args.json:
        terminal.say_json(done.as_dict())
        return
    terminal.say(f"Taken back: the import of {done.file} by {done.who}, {done.changes} changes.")
    if done.kept:
        terminal.say(f"Kept and marked, since campaigns hold them: {', '.join(done.kept)}.")


def _mapping(entries: Sequence[str]) -> dict[str, str]:
    from outreach.errors import UserError

    pairs = [entry.partition("=") for entry in entries]
    for field, equals, column in pairs:
        if not (field.strip() and equals and column.strip()):
            raise UserError(
                "command.map",
                "--map {field}{equals}{column} names no column.",
                field=field,
                equals=equals,
                column=column,
                remedy="Write --map email=Courriel.",
            )
    return {field.strip(): column.strip() for field, _, column in pairs}


def _list(args: argparse.Namespace) -> None:
    from outreach import terminal
    from outreach.clock import now, parse_date
    from outreach.database import reading
    from outreach.missions.roster import listing

    settings, engine = parts.opened()
    as_of = parse_date(args.as_of) if args.as_of else now().astimezone(settings.tz).date()
    with reading(engine) as session:
        rows = listing(session, args.audience, args.exceptions, as_of)
    if args.json:
        terminal.say_json(rows)
        return
    columns = ("iso3", "name", "group", "member_until", "language", "contacts")
    terminal.table(
        ("ISO3", "Mission", "Group", "Member until", "Language", "Contacts"),
        (
            [*(row[column] for column in columns[:-1]), ", ".join(contact["email"] for contact in row["contacts"])]
            for row in rows
        ),
    )
    terminal.say(counted(len(rows), "mission"))
