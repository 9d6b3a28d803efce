"""The status report: out, back in, and into a team's own sheet."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from outreach import clock, terminal
from outreach.commands import parts
from outreach.errors import UserError
from outreach.text import counted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from outreach.catalogues import Tongue
    from outreach.errors import Problem


def add_report(parser: argparse.ArgumentParser) -> None:
    """Add what `report` takes."""
    parser.usage = (
        "outreach report NAME [NAME ...] --out FILE [--for team|partners|public] [--language en|fr|es]\n"
        "                       [--since DATE] [--theme T]\n"
        "       outreach report NAME --into TEAM.xlsx --out COPY.xlsx [--sheet S] [--language en|fr|es]\n"
        "       outreach report import FILE [--dry-run] [--skip-stale] [--yes] [--json]\n"
        "       outreach report undo [FILE] [--dry-run] [--json]"
    )
    parser.add_argument(
        "words",
        nargs="+",
        metavar="NAME",
        help="a campaign; several side by side; or `import FILE` to take one back, `undo` to take that back again",
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="FILE.xlsx, .pdf, .csv or .json")
    parser.add_argument("--into", type=Path, metavar="TEAM.xlsx", help="put the status into a copy of this sheet")
    parser.add_argument("--sheet", metavar="S", help="the sheet of TEAM.xlsx that counts")
    parser.add_argument(
        "--for",
        dest="edition",
        choices=("team", "partners", "public"),
        default="team",
        help="partners: without addresses, notes and log; public: counts and votes only",
    )
    parser.add_argument(
        "--language",
        metavar="XX",
        help="the language that the report is written in: en, fr or es (default: the setting report_language)",
    )
    parser.add_argument(
        "--since", metavar="DATE", help="say what moved since this day (default: since the last report of its kind)"
    )
    parser.add_argument(
        "--theme", default="", metavar="T", help="of votes in past years, only those on resolutions with these words"
    )
    parser.add_argument("--dry-run", action="store_true", help="import: show what would change, and change nothing")
    parser.add_argument("--skip-stale", action="store_true", help="import: take the rows that nobody changed since")
    parser.add_argument("--yes", action="store_true", help="import: take what is only likely")
    parts.json_flag(parser)
    parser.set_defaults(command=_report)


def _report(args: argparse.Namespace) -> None:
    # A campaign may be called import: with --out it is meant, without it the command.
    if args.out is None and args.words[0] == "import" and len(args.words) == 2:
        _import(args, Path(args.words[1]))
    elif args.out is None and args.words[0] == "undo" and len(args.words) <= 2:
        _undo(args, "".join(args.words[1:]))
    elif args.out is None:
        raise UserError(
            "command.no-report", "Where is the report to go?", campaign=args.words[0], remedy="Say so{REPORT}."
        )
    elif args.into is not None:
        _into(args)
    else:
        from outreach.reports.export import report
        from outreach.vocabulary import Edition

        settings, engine = parts.opened()
        since = _begun(args.since, settings.tz) if args.since else None
        say = _tongue(args.language or settings.report_language)
        written = report(
            engine,
            args.words,
            args.out,
            edition=Edition(args.edition),
            say=say,
            since=since,
            theme=args.theme,
            by=parts.acting(args),
        )
        terminal.say(f"Written: {written}")


def _begun(day: str, tz: ZoneInfo) -> datetime:
    from datetime import UTC, datetime, time

    if clock.parse_date(day) > clock.now().astimezone(tz).date():
        raise UserError(
            "report.since-to-come", "{day} has not come yet: nothing can have moved since.", day=day,
            remedy="Name the day of an earlier report.",
        )  # fmt: skip
    return datetime.combine(clock.parse_date(day), time(), tz).astimezone(UTC)


def _tongue(language: str) -> Tongue:
    from outreach import catalogues

    try:
        return catalogues.tongue(language.strip().lower())
    except KeyError:
        raise UserError(
            "report.language",
            "There are no words for a report in {language!r}.",
            language=language,
            known=", ".join(catalogues.languages()),
            remedy="Take one of {known}.",
        ) from None


def _import(args: argparse.Namespace, file: Path) -> None:
    from outreach.campaigns.address_changes import void_changed
    from outreach.reports.returned.incoming import import_report

    _, engine = parts.opened()
    result = import_report(
        engine, file, dry_run=args.dry_run, skip_stale=args.skip_stale, yes=args.yes, ask=_agree, by=parts.acting(args)
    )
    voided = [] if args.dry_run else void_changed(engine, by=parts.acting(args))
    if args.json:
        terminal.say_json({**result.as_dict(), "voided": [one.campaign for one in voided]})
        return
    parts.say_changes(result.changes)
    terminal.problems("Left out, changed by somebody in the meantime:", result.skipped)
    asked = "It would be asked:" if args.dry_run and not args.yes else "Taken, as agreed:"
    terminal.problems(asked, result.questions)
    terminal.problems("Edited, and not taken; or read in one of several ways:", result.told)
    if result.unread:
        terminal.say(f"Not read: the sheets {', '.join(result.unread)}.")
    if not result.changes:
        terminal.say(f"{result.campaign or result.file}: nothing changed.")
    else:
        terminal.say(f"{result.campaign or result.file}: {counted(len(result.changes), 'change')}.")
    terminal.say("Nothing was changed: this was a dry run." if result.dry_run else f"Imported: {result.file}")
    parts.say_voided(voided)


def _undo(args: argparse.Namespace, file: str) -> None:
    from outreach.campaigns.address_changes import void_changed
    from outreach.responses.taken_back import undo_report

    _, engine = parts.opened()
    done = undo_report(engine, Path(file).name, dry_run=args.dry_run, by=parts.acting(args))
    voided = [] if args.dry_run else void_changed(engine, by=parts.acting(args))
    if args.json:
        terminal.say_json({**done.as_dict(), "voided": [one.campaign for one in voided]})
        return
    parts.say_changes(done.changes)
    told = f"the import of {done.file} by {done.who}, {counted(len(done.changes), 'change')}"
    terminal.say(f"Would be taken back: {told}." if args.dry_run else f"Taken back: {told}.")
    parts.say_voided(voided)


def _agree(found: Sequence[Problem]) -> bool:
    return terminal.agree("This is only likely:", found, "Take it so?")


def _into(args: argparse.Namespace) -> None:
    from outreach.reports.team_sheet.fill_sheet import report_into

    if len(args.words) > 1:
        raise UserError("command.one-campaign", "Only one campaign's status goes into a sheet.", remedy="Name one.")
    settings, engine = parts.opened()
    say = _tongue(args.language or settings.report_language)
    done = report_into(engine, args.words[0], args.into, args.out, sheet=args.sheet, say=say)
    terminal.problems("Rows that name no state:", done.unknown)
    terminal.say(*(f"Note: {note}" for note in done.notes))
    terminal.say(f"Written: {done.out} (sheet {done.sheet}, columns {done.columns}, {counted(done.rows, 'row')})")
