"""The status report: out, back in, and into a team's own sheet."""

from __future__ import annotations

import argparse
from pathlib import Path

from outreach.commands import parts


def add_report(parser: argparse.ArgumentParser) -> None:
    """Add what `report` takes."""
    parser.usage = (
        "outreach report NAME [NAME ...] --out FILE\n"
        "       outreach report NAME --into TEAM.xlsx --out COPY.xlsx [--sheet S]\n"
        "       outreach report import FILE [--dry-run] [--skip-stale] [--json]"
    )
    parser.add_argument(
        "words", nargs="+", metavar="NAME", help="a campaign; several side by side; or `import FILE` to take one back"
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="FILE.xlsx, .pdf, .csv or .json")
    parser.add_argument("--into", type=Path, metavar="TEAM.xlsx", help="put the status into a copy of this sheet")
    parser.add_argument("--sheet", metavar="S", help="the sheet of TEAM.xlsx that counts")
    parser.add_argument("--dry-run", action="store_true", help="import: show what would change, and change nothing")
    parser.add_argument("--skip-stale", action="store_true", help="import: take the rows that nobody changed since")
    parts.json_flag(parser)
    parser.set_defaults(command=_report)


def _report(args: argparse.Namespace) -> None:
    from outreach.errors import UserError

    # A campaign may be called import: with --out it is meant, without it the command.
    if args.out is None and args.words[0] == "import" and len(args.words) == 2:
        _import(args, Path(args.words[1]))
    elif args.out is None:
        raise UserError(
            "command.no-report", "Where is the report to go?", campaign=args.words[0], remedy="Say so{REPORT}."
        )
    elif args.into is not None:
        _into(args)
    else:
        from outreach import terminal
        from outreach.reports.export import report

        _, engine = parts.opened()
        terminal.say(f"Written: {report(engine, args.words, args.out)}")


def _import(args: argparse.Namespace, file: Path) -> None:
    from outreach import terminal
    from outreach.reports.incoming import import_report

    _, engine = parts.opened()
    result = import_report(engine, file, dry_run=args.dry_run, skip_stale=args.skip_stale, by=parts.acting(args))
    if args.json:
        terminal.say_json(result.as_dict())
        return
    parts.say_changes(result.changes)
    terminal.problems("Left out, changed by somebody in the meantime:", result.skipped)
    terminal.say(f"{result.campaign or result.file}: {len(result.changes)} changes.")
    terminal.say("Nothing was changed: this was a dry run." if result.dry_run else f"Imported: {result.file}")


def _into(args: argparse.Namespace) -> None:
    from outreach import terminal
    from outreach.errors import UserError
    from outreach.reports.fill_sheet import report_into

    if len(args.words) > 1:
        raise UserError("command.one-campaign", "Only one campaign's status goes into a sheet.", remedy="Name one.")
    _, engine = parts.opened()
    done = report_into(engine, args.words[0], args.into, args.out, sheet=args.sheet)
    terminal.problems("Rows that name no state:", done.unknown)
    terminal.say(*(f"Note: {note}" for note in done.notes))
    terminal.say(f"Written: {done.out} (sheet {done.sheet}, columns {done.columns}, {done.rows} rows)")
