"""What comes back: classify, ingest."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from outreach.commands import parts

if TYPE_CHECKING:
    from outreach.inbox.ingest import IngestResult


def add(parser: argparse.ArgumentParser) -> None:
    """Add the commands of this group to its parser."""
    commands = parts.group(parser)
    command = parts.command(
        commands, "classify", _classify, "what each mail file is, as a JSON line a file; no database"
    )
    command.add_argument("paths", type=Path, nargs="+", metavar="PATH")
    command = parts.command(commands, "ingest", _ingest, "take mail files into the database")
    command.add_argument(
        "paths", type=Path, nargs="+", metavar="PATH", help="a mail file, a folder or a Maildir, an mbox"
    )
    parts.json_flag(command)


def _classify(args: argparse.Namespace) -> None:
    import json

    from outreach.inbox.classify import classify_paths

    for finding in classify_paths(args.paths):
        sys.stdout.write(json.dumps(finding, ensure_ascii=False) + "\n")


def _ingest(args: argparse.Namespace) -> None:
    from outreach import terminal
    from outreach.responses.answers import collect

    _, engine = parts.opened()
    with terminal.progress_of("Reading mail") as shown:
        result = collect(engine, args.paths, progress=shown)
    if args.json:
        terminal.say_json(result.as_dict())
        return
    _say_taken(result)


def _say_taken(result: IngestResult) -> None:
    from outreach import terminal

    kinds = ", ".join(f"{count} {kind}" for kind, count in result.kinds.items())
    known = f", {result.known} known before" if result.known else ""
    terminal.say(f"{result.found} mails: {result.taken} new{f' ({kinds})' if kinds else ''}{known}.")
    terminal.listed(
        "unmatched",
        [f"{one.kind} from {one.sender or 'nobody'}: {one.subject} ({one.source})" for one in result.unmatched],
    )
    terminal.problems("These could not be taken in:", result.problems)
