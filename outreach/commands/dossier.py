"""The dossier: a campaign as a folder or a zip to publish or hand over."""

from __future__ import annotations

import argparse
from pathlib import Path

from outreach import terminal
from outreach.commands import parts
from outreach.text import counted


def add(parser: argparse.ArgumentParser) -> None:
    """Add what `dossier` takes."""
    parser.add_argument("name", metavar="NAME", help="the campaign")
    parser.add_argument("--out", type=Path, required=True, metavar="PLACE", help="a folder, or FILE.zip")
    parser.add_argument(
        "--for",
        dest="edition",
        choices=("public", "partners", "team"),
        default="public",
        help="public: counts, votes and released answers; partners: who received it when; team: everything",
    )
    parser.add_argument(
        "--language", default="en", metavar="L", help="the language of its frame: en, fr or es (default: en)"
    )
    parts.json_flag(parser)
    parser.set_defaults(command=_dossier)


def _dossier(args: argparse.Namespace) -> None:
    from outreach.reports.dossier import dossier
    from outreach.vocabulary import Edition

    _, engine = parts.opened()
    made = dossier(
        engine, args.name, args.out, edition=Edition(args.edition), language=args.language, by=parts.acting(args)
    )
    if args.json:
        terminal.say_json(made)
        return
    answers = counted(made.answers, "released answer")
    terminal.say(f"Written: {made.out} ({made.edition}; {counted(len(made.files), 'file')}, {answers})")
    terminal.problems("Look at the letter in it:", made.notes)
    terminal.say(f"Digest of all: {made.digest}")
