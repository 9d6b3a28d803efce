"""A folder to work in, and the demo."""

from __future__ import annotations

import argparse
from pathlib import Path

from outreach import terminal


def add_init(parser: argparse.ArgumentParser) -> None:
    """Add what `init` takes: nothing."""
    parser.set_defaults(command=_init)


def add_demo(parser: argparse.ArgumentParser) -> None:
    """Add what `demo` takes."""
    parser.add_argument("--dir", type=Path, default=Path("demo"), help="the folder to play it in (default: demo)")
    parser.add_argument("--open", action="store_true", help="then open the web desk on what it made")
    parser.set_defaults(command=_demo)


def _init(_args: argparse.Namespace) -> None:
    from outreach.settings import load
    from outreach.workplace import begin, lay_out

    laid = lay_out(Path())
    begin(load())
    terminal.say(*(f"written  {path}" for path in laid.written), *(f"kept     {path}" for path in laid.kept))
    terminal.say("", "Next: fill in data/missions.xlsx, then outreach missions import data/missions.xlsx")


def _demo(args: argparse.Namespace) -> None:
    from outreach.demo import play

    play(args.dir)
    if args.open:
        from outreach.commands.desk import open_on

        open_on(args.dir)
