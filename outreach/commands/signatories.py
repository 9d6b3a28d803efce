"""Who signs a campaign's letter: import, list, deadline."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from outreach import clock, terminal
from outreach.clock import parse_date, shown
from outreach.commands import parts
from outreach.pasted import in_words
from outreach.text import counted

if TYPE_CHECKING:
    from outreach.campaigns.who_signs.signatory_import import SignOnResult


def add(parser: argparse.ArgumentParser) -> None:
    """Add the commands of this group to its parser."""
    commands = parts.group(parser)
    command = parts.on_campaign(commands, "import", _import, "take those who sign from a sheet or a form's export")
    parts.by(command)
    command.add_argument("file", type=Path, metavar="FILE")
    command.add_argument(
        "--map", action="append", default=[], metavar="FIELD=COLUMN", help="where a field stands, such as name=Who"
    )
    command.add_argument("--dry-run", action="store_true", help="show what would change, and change nothing")
    command.add_argument("--yes", action="store_true", help="take what had to be guessed, and what may be a double")
    others = command.add_mutually_exclusive_group()
    others.add_argument(
        "--replace", type=int, nargs="?", const=-1, metavar="N",
        help="whom the file does not name signs no more; past 5 or 5 %%, N says how many",
    )  # fmt: skip
    others.add_argument(
        "--keep", action="store_true", help="whom the file does not name signs still, and is not asked about"
    )
    parts.json_flag(command)
    command = parts.on_campaign(commands, "undo", _undo, "take back the last import of those who sign")
    parts.by(command)
    command.add_argument("--dry-run", action="store_true", help="show what would change, and change nothing")
    command.add_argument("--yes", type=int, metavar="N", help="past 5 people or 5 %%: how many sign no more by that")
    parts.json_flag(command)
    command = parts.on_campaign(commands, "list", _list, "who signs, and since when")
    command.add_argument("--mission", metavar="ISO3", help="as fixed in the letter to this mission")
    parts.json_flag(command)
    command = parts.on_campaign(commands, "deadline", _deadline, "until when one can sign")
    parts.by(command)
    command.add_argument(
        "until", metavar="TIME", help='such as "2024-03-15 18:00", in the campaign\'s zone; or none, to take it away'
    )
    command = parts.on_campaign(commands, "as-of", _as_of, "the day that the list is of")
    parts.by(command)
    command.add_argument("day", metavar="DATE", help="who signed later is in no letter; none: the day of the approval")
    command = parts.on_campaign(commands, "order", _order, "in which order they stand")
    parts.by(command)
    command.add_argument("order", choices=("language", "sheet"), help="that of each letter's language, or the sheet's")
    command = parts.on_campaign(commands, "category", _category, "where a heading stands, and its words by language")
    parts.by(command)
    command.add_argument("category", metavar="CATEGORY", help="as in the sheet, or individual or organisation")
    command.add_argument("--place", type=int, metavar="N", help="which one it is in the letter, from 1")
    command.add_argument(
        "--heading", action="append", default=[], metavar="L=WORDS", help='such as "fr=Anciens titulaires de mandat"'
    )
    command.add_argument("--forget", action="store_true", help="let it stand as in the sheet again")
    _add_page(commands)


def _add_page(commands: parts.Commands) -> None:
    command = parts.on_campaign(commands, "page", _page, "the page on which anybody can sign: off until it is opened")
    parts.by(command)
    state = command.add_mutually_exclusive_group()
    state.add_argument("--open", metavar="URL", help="how the world reaches the desk, such as https://sign.example.org")
    state.add_argument("--close", action="store_true", help="nobody can sign any more; links to withdraw still work")
    command.add_argument("--until", metavar="TIME", help="when it closes by itself (default: the deadline for signing)")
    command = parts.on_campaign(commands, "waiting", _waiting, "who signed on the page and waits for a person's yes")
    command.add_argument(
        "--all", action="store_true", help="also who has not confirmed, was taken in or refused, or left"
    )
    command.add_argument("--out", type=Path, metavar="FILE", help="write them to a .csv or .xlsx")
    parts.json_flag(command)
    command = parts.on_campaign(commands, "accept", _accept, "take in who signed on the page")
    parts.by(command)
    command.add_argument("numbers", nargs="+", type=int, metavar="N", help="as `waiting` tells them")
    command.add_argument("--yes", action="store_true", help="also those who may be one with another")
    command = parts.on_campaign(commands, "refuse", _refuse, "refuse who signed on the page, or take them out again")
    parts.by(command)
    command.add_argument("numbers", nargs="+", type=int, metavar="N", help="as `waiting --all` tells them")


def _page(args: argparse.Namespace) -> None:
    from outreach.campaigns.plan import get_campaign
    from outreach.campaigns.who_signs.sign_on_page import close_page, open_page, page_of, public_page, url_of
    from outreach.database import reading

    _, engine = parts.opened()
    if args.open:
        open_page(engine, args.name, by=parts.acting(args), address=args.open, until=args.until)
    elif args.close:
        close_page(engine, args.name, by=parts.acting(args))
    with reading(engine) as session:
        page = page_of(session, get_campaign(session, args.name))
        seen = public_page(session, page.key) if page is not None else None
    if page is None or seen is None or not seen.open:
        terminal.say(f"{args.name}: the sign-on page is closed.")
        return
    until = f" until {clock.shown(seen.until, clock.zone(seen.time_zone))}" if seen.until else ""
    terminal.say(f"{args.name}: anybody can sign{until}, as long as the desk is open: {url_of(page)}")


def _waiting(args: argparse.Namespace) -> None:
    from outreach.campaigns.who_signs.sign_on_page import COLUMNS, as_rows, entries_of
    from outreach.reports.sign_on_export import write_entries

    _, engine = parts.opened()
    found = entries_of(engine, args.name, everyone=args.all)
    if args.out is not None:
        write_entries(found, args.out)
        terminal.say(f"written  {args.out}")
    elif args.json:
        terminal.say_json([dict(zip(COLUMNS, row, strict=True)) for row in as_rows(found)])
    else:
        shown = ("number", "state", "kind", "name", "country", "e-mail")
        places = [COLUMNS.index(name) for name in shown]
        terminal.table([name.capitalize() for name in shown], ([row[at] for at in places] for row in as_rows(found)))
        waiting = sum(one.state.value == "waiting" for one in found)
        terminal.say(
            f"{waiting} wait for a yes" + (f": outreach signatories accept {parts.typed(args.name)} N" * bool(waiting))
        )


def _accept(args: argparse.Namespace) -> None:
    from outreach.campaigns.who_signs.sign_on_page import accept

    _, engine = parts.opened()
    taken = accept(engine, args.name, args.numbers, by=parts.acting(args), yes=args.yes)
    terminal.problems("Agreed to:", taken.questions)
    terminal.say(f"{args.name}: taken in: {', '.join(taken.names)}.")


def _refuse(args: argparse.Namespace) -> None:
    from outreach.campaigns.who_signs.sign_on_page import refuse

    _, engine = parts.opened()
    names = refuse(engine, args.name, args.numbers, by=parts.acting(args))
    terminal.say(f"{args.name}: not in the list: {', '.join(names)}.")


def _category(args: argparse.Namespace) -> None:
    from outreach.campaigns.who_signs.signatories import set_category

    _, engine = parts.opened()
    found = set_category(
        engine, args.name, args.category, by=parts.acting(args), place=args.place, forget=args.forget,
        headings=parts.mapping(args.heading),
    )  # fmt: skip
    told = (
        f"{n}. {one.name}" + "".join(f"; {c}: {w}" for c, w in one.headings.items()) for n, one in enumerate(found, 1)
    )
    terminal.say(*told)
    terminal.say(f"{args.name}: {'the other headings stand' if found else 'headings stand'} as in the sheet.")


def _order(args: argparse.Namespace) -> None:
    from outreach.campaigns.who_signs.signatories import set_order

    _, engine = parts.opened()
    set_order(engine, args.name, as_in_sheet=args.order == "sheet", by=parts.acting(args))
    terminal.say(f"{args.name}: who signs stands in the order of the {args.order}.")


def _as_of(args: argparse.Namespace) -> None:
    from outreach.campaigns.who_signs.signatories import set_as_of

    _, engine = parts.opened()
    day = set_as_of(engine, args.name, None if args.day == "none" else parse_date(args.day), by=parts.acting(args))
    terminal.say(f"{args.name}: the list is of {day or 'the day of the approval'}.")


def _import(args: argparse.Namespace) -> None:
    from outreach.campaigns.who_signs.signatory_import import import_signatories

    _, engine = parts.opened()
    result = import_signatories(
        engine,
        args.name,
        args.file,
        by=parts.acting(args),
        dry_run=args.dry_run,
        mapping=parts.mapping(args.map),
        yes=args.yes,
        ask=parts.agree,
        replace=args.replace is not None,
        confirmed=None if args.replace == -1 else args.replace,
        ask_number=_ask_retired,
        keep=args.keep,
    )
    if args.json:
        terminal.say_json(result.as_dict())
        return
    one = result.individuals + result.organisations == 1
    terminal.say(
        f"In the sheet {counted(result.individuals, 'individual')} ({counted(result.people, 'person', 'people')}) and "
        f"{counted(result.organisations, 'organisation')} {'signs' if one else 'sign'}."
    )
    parts.say_difference("signatories", result.difference, dry_run=result.dry_run)
    terminal.problems("To be agreed to:" if result.dry_run else "Agreed to:", result.questions)
    terminal.say(*(f"Look at this: {note}" for note in result.notes))
    _say_unnamed(args, result)
    if result.not_yet:
        terminal.say(f"In no letter, since they signed after the day that the list is of: {', '.join(result.not_yet)}.")
    terminal.say(*(f"{gone}. {in_words(gone.cure)}" for gone in result.withdrawn))
    if result.voided:
        terminal.say(f"The approval no longer holds. Next: outreach campaign check {parts.typed(args.name)}")
    terminal.say("Nothing was changed: this was a dry run." if result.dry_run else f"Imported: {result.file}")


def _say_unnamed(args: argparse.Namespace, result: SignOnResult) -> None:
    """Tell who signs and is not in the sheet: as what a person answers, or as what stays as it is."""

    if not result.unnamed or args.replace is not None:
        return
    again = f"outreach signatories import {parts.typed(args.name)} {parts.typed(str(args.file))}"
    terminal.listed("not in the sheet, and signing still", result.unnamed)
    if result.doubted:
        terminal.say(
            f"The sheet names most who sign: {counted(len(result.doubted), 'who is', 'who are')} missing may have "
            "withdrawn. No letter is approved with their names before you have said it.",
            f"  They have withdrawn:  {again} --replace {len(result.unnamed)}",
            f"  They sign still:      {again} --keep",
        )
    else:
        terminal.say(f"If they have withdrawn: {again} --replace {len(result.unnamed)}")


def _ask_retired(result: SignOnResult) -> int | None:
    """Show who would be retired, and ask for their number."""

    terminal.listed("would sign no more", result.unnamed)
    return terminal.ask_number(
        f"{result.file} does not name {len(result.unnamed)} of {result.known} who sign, and they would sign no more. "
        "Type their number to go on:"
    )


def _undo(args: argparse.Namespace) -> None:
    from outreach.campaigns.who_signs.signatory_history import undo_signatories

    _, engine = parts.opened()
    done, withdrawn, voided = undo_signatories(
        engine, args.name, by=parts.acting(args), dry_run=args.dry_run, confirmed=args.yes, ask_number=parts.ask_gone
    )
    if args.json:
        terminal.say_json(done.as_dict() | {"voided": voided})
        return
    would = "Would be taken back" if done.dry_run else "Taken back"
    terminal.say(f"{would}: the import of {done.file} by {done.who}, {counted(done.changes, 'change')}.")
    terminal.listed("taken away", [entry.label for entry in done.gone], most=12)
    if done.kept:
        terminal.say(f"Kept and marked, since they signed on the page: {', '.join(done.kept)}.")
    terminal.say(*(f"{gone}. {in_words(gone.cure)}" for gone in withdrawn))
    if done.dry_run:
        void = "The approval would hold no longer. " if voided else ""
        terminal.say(f"{void}Nothing was changed: this was a dry run.")
    elif voided:
        terminal.say(f"The approval no longer holds. Next: outreach campaign check {parts.typed(args.name)}")
    else:
        terminal.say("An approval that the import had taken back does not come back: approve again.")


def _list(args: argparse.Namespace) -> None:
    from outreach.campaigns.who_signs.signatories import listing

    _, engine = parts.opened()
    rows = listing(engine, args.name, args.mission)
    if args.json:
        terminal.say_json(rows)
        return
    columns = ("kind", "name", "signed_on")
    terminal.table(("Kind", "Name", "Signed on"), ([row[column] for column in columns] for row in rows))
    terminal.say(f"{len(rows)} sign")


def _deadline(args: argparse.Namespace) -> None:
    from outreach.campaigns.who_signs.signatories import set_deadline

    settings, engine = parts.opened()
    until = set_deadline(engine, args.name, None if args.until == "none" else args.until, by=parts.acting(args))
    terminal.say(
        f"{args.name}: one can sign until {shown(until, settings.tz)}." if until else f"{args.name}: no deadline."
    )
