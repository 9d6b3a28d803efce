"""The command line: which commands there are, and what an error ends with. The commands are in outreach/commands/.

A command's module is imported when that command is named, so that `outreach --help` and light commands start at once.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module

# In the order of the help: a command, what it does, and the function of outreach/commands that adds its arguments.
COMMANDS = (
    ("init", "settings, database and example letters in this folder", "workplace:add_init"),
    ("demo", "the whole story in rehearsal, ends with report.xlsx", "workplace:add_demo"),
    ("missions", "the directory of missions and contacts", "missions:add"),
    ("letter", "the letters in templates/: new, check, from Word, publish", "letter:add"),
    ("campaign", "who gets which letter when", "campaign:add"),
    ("signatories", "who signs a campaign's letter", "signatories:add"),
    ("send", "send what is due now, then end", "sending:add_send"),
    ("run", "the scheduler: sends what is due, until stopped", "sending:add_run"),
    ("messages", "what became of each letter", "messages:add"),
    ("inbox", "what comes back", "inbox:add"),
    ("responses", "where each mission stands", "responses:add"),
    ("serve", "the web desk: the same in a browser", "desk:add_serve"),
    ("user", "who may open the web desk", "desk:add_user"),
    ("addresses", "addresses that are not written to", "addresses:add"),
    ("votes", "how the members voted", "votes:add"),
    ("events", "all that happens, as it happens", "events:add"),
    ("report", "the status report out, and what was typed into it in again", "report:add_report"),
    ("doctor", "look over settings, mail server, database and clock", "upkeep:add_doctor"),
    ("here", "this folder has moved, or is a copy: settle what went out", "upkeep:add_here"),
    ("backup", "the whole campaign as one file", "upkeep:add_backup"),
    ("restore", "bring a backup back, in any folder", "upkeep:add_restore"),
    ("database", "move to another database", "upkeep:add_database"),
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status: 0, 2 for a person's mistake, 1 for a fault."""
    words = list(sys.argv[1:] if argv is None else argv)
    args = parser(words[0] if words else None).parse_args(words)
    if not hasattr(args, "command"):
        args.help_of.print_help()
        return 2
    from outreach.errors import OutreachError

    try:
        status: int | None = args.command(args)
        sys.stdout.flush()
        return status or 0
    except OutreachError as error:
        from outreach import terminal

        terminal.complain(error)
        return error.exit_status
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader of our output has gone, as in `outreach … | head`
        sys.stdout = None
        return 0


def parser(named: str | None = None) -> argparse.ArgumentParser:
    """Return the parser: with the arguments of the command that is named, and with the names alone of all others."""
    top = argparse.ArgumentParser(
        prog="outreach",
        description="Letters to UN missions: merged, scheduled, sent once, and followed until they are answered.",
        epilog="A first look: outreach demo. A first campaign: outreach init, then docs/guide.md.",
    )
    top.add_argument("--version", action=_Version)
    top.set_defaults(help_of=top)
    commands = top.add_subparsers(metavar="COMMAND")
    for name, text, place in COMMANDS:
        one = commands.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
        if name == named:
            module, _, add = place.partition(":")
            getattr(import_module(f"outreach.commands.{module}"), add)(one)
    return top


class _Version(argparse.Action):
    def __init__(self, option_strings: Sequence[str], dest: str, **_: object) -> None:
        super().__init__(option_strings, dest, nargs=0, help="show the version")

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from outreach import __version__

        parser.exit(message=f"outreach {__version__}\n")
