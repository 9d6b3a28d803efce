"""The status report."""

from __future__ import annotations

import argparse
from pathlib import Path

from outreach.commands import parts


def add_report(parser: argparse.ArgumentParser) -> None:
    """Add what `report` takes."""
    parser.add_argument("name", metavar="NAME")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="FILE.xlsx, .csv or .json")
    parser.set_defaults(command=_report)


def _report(args: argparse.Namespace) -> None:
    from outreach import terminal
    from outreach.reports.export import report

    _, engine = parts.opened()
    terminal.say(f"Written: {report(engine, args.name, args.out)}")
