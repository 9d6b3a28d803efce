"""The directory of missions and contacts: import, set, export, history, undo, list."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from outreach import platform, terminal
from outreach.clock import now, parse_date, shown
from outreach.commands import parts
from outreach.errors import UserError
from outreach.text import counted

if TYPE_CHECKING:
    from outreach.campaigns.address_changes import Affected
    from outreach.missions.history import Undone
    from outreach.missions.result import ImportResult


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
    command.add_argument(
        "--set-aside", action="store_true", help="leave out the rows that can't be taken, and take the others"
    )
    command.add_argument(
        "--double",
        action="append",
        default=[],
        metavar="KEY=ROW",
        help="of rows about the same (by ISO3 or address), the one that holds; or both, or aside",
    )
    command.add_argument(
        "--replace",
        type=int,
        nargs="?",
        const=-1,
        metavar="N",
        help="retire what the file does not name; past 5 rows or 5 %%, N says how many",
    )
    parts.json_flag(command)
    command = parts.command(commands, "set", _set, "put single fields of a mission or a contact right")
    parts.by(command)
    command.add_argument("iso3", metavar="ISO3")
    command.add_argument("fields", metavar="FIELD=VALUE", nargs="+", help="such as language=fr, email=ADDRESS")
    command.add_argument("--contact", default="", metavar="ADDRESS", help="of this contact (if there are several)")
    command.add_argument("--new", action="store_true", help="these are the fields of a further contact")
    parts.json_flag(command)
    command = parts.command(commands, "export", _export, "write the directory as a workbook that import takes back")
    command.add_argument("file", type=Path, metavar="FILE")
    command.add_argument("--blank", action="store_true", help="no mission: the columns alone, to be filled in")
    command = parts.command(commands, "history", _history, "who changed what, when, and from which file")
    command.add_argument("iso3", metavar="ISO3", nargs="?", help="only this state")
    parts.json_flag(command)
    command = parts.command(commands, "undo", _undo, "take back the last import")
    parts.by(command)
    command.add_argument("number", metavar="N", type=int, nargs="?", help="instead the import of that number (history)")
    command.add_argument("--dry-run", action="store_true", help="show what would change, and change nothing")
    command.add_argument(
        "--yes", type=int, metavar="N", help="past 5 rows or 5 %%: how many go, or are out of use again"
    )
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
    from outreach.campaigns.address_changes import affected, void_changed, worded_before
    from outreach.missions.importer import import_file

    _, engine = parts.opened()
    result = import_file(
        engine,
        args.file,
        sheet=args.sheet,
        mapping=parts.mapping(args.map),
        dry_run=args.dry_run,
        yes=args.yes,
        ask=parts.agree,
        set_aside=args.set_aside,
        doubles=parts.doubles(args.double),
        replace=args.replace is not None,
        confirmed=None if args.replace == -1 else args.replace,
        ask_number=_ask_retired,
        by=parts.acting(args),
    )
    touched = affected(engine, result.recipients)
    voided = [] if result.dry_run else void_changed(engine, by=parts.acting(args))
    if args.json:
        terminal.say_json({**result.as_dict(), "campaigns": [one.as_dict() for one in touched]})
        _write_marked(args.file, result)
        return
    for kind in ("missions", "contacts", "terms"):
        parts.say_difference(kind, getattr(result, kind), dry_run=result.dry_run)
    if result.retired_tags:
        terminal.say(f"tags: {result.retired_tags} {'would be ' if result.dry_run else ''}taken away")
    _say_affected(touched)
    parts.say_voided(voided)
    for name, iso3s in worded_before(engine, result).items():
        terminal.say(
            f"{name}: its letters to {', '.join(iso3s)} stay as they were approved: "
            "approve it again for what is new of them."
        )
    terminal.problems("Not understood, and set aside:", result.not_understood)
    terminal.problems("Guessed:", result.guesses)
    terminal.say(*(f"Note: {note}" for note in result.notes))
    terminal.say("Nothing was changed: this was a dry run." if result.dry_run else f"Imported: {result.file}")
    if result.dry_run and result.guesses:
        terminal.say("What was guessed has to be agreed to when it is imported (--yes).")
    elif not result.dry_run and result.changes_nothing:
        terminal.say(
            "Nothing changed, and nothing is there to take back: missions undo would take back the import before."
        )
    if (copy := _write_marked(args.file, result)) is not None:
        terminal.say(
            f"What was set aside is yellow in {copy}, with the cure as a comment: mend it there, and import it."
        )


def _write_marked(file: Path, result: ImportResult) -> Path | None:
    """Write the copy of a sheet in which what was set aside is marked, beside it; return where. Nothing in a dry run.

    Raises UserError where it can't be written there.
    """
    if result.dry_run or not result.marked:
        return None
    from outreach.missions.books.marked_copy import name_of_copy

    number = 1
    while True:
        path = file.with_name(name_of_copy(file.stem, number))
        try:
            with platform.create_private(path) as written:
                written.write(result.marked)
        except FileExistsError:
            number += 1
            continue
        except OSError as error:
            raise UserError(
                "missions.copy",
                "The rest was imported, but the copy with what was set aside can't be written to {path}: {error}.",
                path=str(path),
                error=error.strerror,
                remedy="Import a copy of the sheet from a folder of your own, with the same options.",
            ) from None
        return path


def _ask_retired(result: ImportResult) -> int | None:
    for kind in ("missions", "contacts", "terms"):
        if found := getattr(result, kind).absent:
            terminal.listed(f"{kind} that would be retired", [entry.label for entry in found])
    return terminal.ask_number(
        f"{result.file} does not name {counted(result.retired, 'row')}, which would be retired. "
        "Type their number to go on:"
    )


def _ask_gone(found: Undone, touched: Sequence[Affected]) -> int | None:
    if terminal.is_asked():
        _say_affected(touched)
    return parts.ask_gone(found)


def _say_affected(touched: Sequence[Affected]) -> None:
    for one in touched:
        loses = f"; nobody at {', '.join(one.loses)} would be written to any more" if one.loses else ""
        void = "; its approval is void by that" if one.voids else ""
        terminal.say(f"{one.campaign}: the addresses of {counted(len(one.changes), 'mission')} change{loses}{void}.")
        terminal.listed("changed", [str(change) for change in one.changes])


def _set(args: argparse.Namespace) -> None:
    from outreach.campaigns.address_changes import void_changed
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
    changed = set_fields(engine, args.iso3, fields, contact=args.contact, by=parts.acting(args), add=args.new)
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
    parts.say_voided(voided)


def _export(args: argparse.Namespace) -> None:
    from outreach.missions.directory_workbook import export_directory, write_blank

    _, engine = parts.opened()
    if args.blank:
        write_blank(args.file)
        terminal.say(f"Written: {args.file} (its columns alone)")
        return
    written = export_directory(engine, args.file)
    terminal.say(
        f"Written: {args.file} ({counted(written.missions, 'mission')}, {counted(written.contacts, 'contact')})"
    )


def _history(args: argparse.Namespace) -> None:
    from outreach.database import reading
    from outreach.missions.history import history, told

    _, engine = parts.opened()
    with reading(engine) as session:
        rows = history(session, args.iso3)
    if args.json:
        terminal.say_json(rows)
        return
    columns = ("iso3", "contact", "field")
    terminal.table(
        ("When (UTC)", "Who", "File", "ISO3", "Contact", "Field", "Was", "Is", "Import"),
        (
            [
                row["at"],
                row["who"],
                row["file"] if row["undoes"] is None else f"import {row['undoes']} taken back ({row['file']})",
                *(row[column] for column in columns),
                told(row["old"]),
                told(row["new"]) + (" (undone)" if row["undone"] else ""),
                str(row["import"]),
            ]
            for row in rows
        ),
    )


def _undo(args: argparse.Namespace) -> None:
    from outreach.campaigns.address_changes import affected, still_void, void_changed
    from outreach.missions.history import undo
    from outreach.missions.setting import BY_HAND
    from outreach.sentences import KeptSentence

    _, engine = parts.opened()
    done = undo(
        engine, args.number, by=parts.acting(args), dry_run=args.dry_run, confirmed=args.yes,
        ask_number=lambda found: _ask_gone(found, affected(engine, found.recipients)),
    )  # fmt: skip
    touched = affected(engine, done.recipients)
    again = [] if args.dry_run else still_void(engine)
    voided = [] if args.dry_run else void_changed(engine, by=parts.acting(args))
    if args.json:
        terminal.say_json({
            **done.as_dict(), "campaigns": [one.as_dict() for one in touched], "still_void": again,
            "voided": [one.campaign for one in voided],
        })  # fmt: skip
        return
    # What was set by hand, or put right after a bounce, came from no file.
    of_file = str(done.file) != BY_HAND and not isinstance(done.file, KeptSentence)
    named = f"the import of {done.file}" if of_file else f"import {done.number} ({done.file})"
    would = "Would be taken back" if done.dry_run else "Taken back"
    terminal.say(f"{would}: {named} by {done.who}, {counted(done.changes, 'change')}.")
    terminal.say(f"rows: {len(done.rows)} changed back, {len(done.gone)} taken away")
    parts.say_changed("changed back", done.rows, most=12)
    terminal.listed("taken away", [entry.label for entry in done.gone], most=12)
    if done.kept:
        terminal.say(f"Kept and marked, since campaigns hold them: {', '.join(done.kept)}.")
    if done.left:
        stays = "change of where missions stand came", "changes of where missions stand came"
        terminal.say(f"{counted(done.left, *stays)} with that file and {'stays' if done.left == 1 else 'stay'}.")
        terminal.say(f"To take all of it back: outreach report undo {done.file}")
    _say_affected(touched)
    parts.say_voided(voided)
    if done.dry_run:
        terminal.say("Nothing was changed: this was a dry run.")
    for name in again:
        terminal.say(
            f"{name}: its addresses are again as they were approved, and its approval is void all the same: "
            f"outreach campaign approve {parts.typed(name)} --by WHO"
        )


def _list(args: argparse.Namespace) -> None:
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
