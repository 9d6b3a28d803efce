"""What is kept of a natural person: find, export, erase."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from outreach import terminal
from outreach.commands import parts
from outreach.pasted import in_words
from outreach.text import counted

if TYPE_CHECKING:
    from outreach.privacy.erase import Erased
    from outreach.privacy.holdings import Holdings

_MOST_LISTED = 10


def add(parser: argparse.ArgumentParser) -> None:
    """Add the commands of this group to its parser."""
    commands = parts.group(parser)
    command = parts.command(commands, "find", _find, "everything that is kept of a person, by place")
    _person(command)
    parts.json_flag(command)
    command = parts.command(commands, "export", _export, "a person's data in one file, to be handed to them")
    _person(command)
    command.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help="FILE.zip with the mails, or FILE.json"
    )
    command.add_argument(
        "--others", choices=("left-out", "blacked-out"), default="left-out",
        help="mails of others that name the person: left out (as it is without this), or what names the person alone",
    )  # fmt: skip
    parts.json_flag(command)
    command = parts.command(commands, "erase", _erase, "erase a person's data, for good; what must stay is named")
    _person(command)
    command.add_argument("--dry-run", action="store_true", help="show what would be erased, and change nothing")
    command.add_argument("--yes", type=int, metavar="N", help="the number of things, as confirmation")
    parts.by(command)
    parts.json_flag(command)


def _person(command: argparse.ArgumentParser) -> None:
    command.add_argument("person", nargs="+", metavar="PERSON", help="an e-mail address, or a name in any order")
    command.add_argument(
        "--also", nargs="+", action="append", default=[], metavar="WORDS",
        help="a further address or name of the same person; may be given again",
    )  # fmt: skip


def _asked(args: argparse.Namespace) -> tuple[str, list[str]]:
    return " ".join(args.person), [" ".join(words) for words in args.also]


def _find(args: argparse.Namespace) -> None:
    from outreach.privacy.erase import find

    _, engine = parts.opened()
    words, also = _asked(args)
    with terminal.progress("mails", _mails(engine)) as shown:
        found = find(engine, words, also, folder=Path(), progress=shown)
    if args.json:
        terminal.say_json(_as_json(found))
        return
    if not (found.total or found.likely or found.stays):
        terminal.say(f"Nothing is held of {words!r}.")
        return
    _say_found(found)


def _export(args: argparse.Namespace) -> None:
    from outreach.privacy.erase import find
    from outreach.privacy.handed import OthersWords, export

    _, engine = parts.opened()
    words, also = _asked(args)
    found = find(engine, words, also, folder=Path())
    others = OthersWords(args.others)
    made = export(engine, found, args.out, by=parts.acting(args), others=others)
    if args.json:
        told = {"file": str(args.out), "things": found.total, "files": made.files, "of_others": made.of_others}
        terminal.say_json(told)
        return
    things, files = counted(found.total, "thing"), counted(len(made.files), "file")
    terminal.say(f"Written: {args.out} ({things}, {files}). Only you can read it.")
    if made.of_others:
        how = "left out" if others is OthersWords.LEFT_OUT else "blacked out but for what names the person"
        terminal.say(
            f"Words of somebody else, which are theirs too: {counted(made.of_others, 'thing')} {how}. "
            "Read it before you hand it over (--others left-out or blacked-out)."
        )
    if found.likely:
        terminal.say(
            f"Not in it: {counted(len(found.likely), 'thing')} that may be of somebody else (outreach people find)."
        )


def _erase(args: argparse.Namespace) -> None:
    from outreach.privacy.erase import erase

    settings, engine = parts.opened(a_copy="is told")
    words, also = _asked(args)

    def ask(found: Holdings) -> int | None:
        _say_found(found)
        return terminal.ask_number(f"This erases {counted(found.total, 'thing')}, for good. Type the number to go on:")

    done = erase(
        engine, settings, Path(), words, by=parts.acting(args), also=also, dry_run=args.dry_run, yes=args.yes, ask=ask
    )
    if args.json:
        terminal.say_json(_done_json(done))
        return
    _say_found(done.held, stays=True)
    _say_done(done)


def _say_found(found: Holdings, *, stays: bool = True) -> None:
    known = ", ".join([*sorted(found.person.keys), *found.person.names])
    terminal.say(f"{known}: {counted(found.total, 'thing')}")
    for place, some in found.by_place().items():
        terminal.say(f"{len(some):>5}  {place} ({', '.join(sorted({str(one.do) for one in some}))})")
        _some([one.says for one in some])
    if found.likely:
        terminal.say("Likely, and left alone unless it is named with --also:")
        for place, some in found.likely_by_place().items():
            terminal.say(f"{len(some):>5}  {place}")
            _some([one.says for one in some])
    if found.stays and stays:
        terminal.say("Stays:")
        for one in found.stays:
            terminal.say(f"{one.count:>5}  {one.what}: {in_words(one.why)}")
            _some(one.which)


def _some(lines: Sequence[str]) -> None:
    terminal.say(*(f"         {line}" for line in lines[:_MOST_LISTED]))
    if len(lines) > _MOST_LISTED:
        terminal.say(f"         … and {len(lines) - _MOST_LISTED} more (all of them: --json)")


def _say_done(done: Erased) -> None:
    if done.outside:
        terminal.say("Out of reach, for you to look after:")
        for one in done.outside:
            terminal.say(f"{one.files:>5}  {one.place}: {in_words(one.cure)}")
            _some([f"{name}  (bears the name or the address)" * (name in one.bearing) or name for name in one.names])
    if done.dry_run:
        terminal.say("Nothing was changed: this was a dry run.", *_how_to_go_on(done.held))
        return
    terminal.say(f"Erased: {counted(done.held.total, 'thing')}.")
    if done.held.person.keys:
        terminal.say("No letter goes to the address any more, whatever sheet brings it back; a digest of it tells so.")
    if not done.overwritten:
        terminal.warn(
            "What was erased is not yet overwritten in the database's file: other programs have it open. Stop "
            "`outreach run` and the desk, then give this command again."
        )


def _how_to_go_on(found: Holdings) -> list[str]:
    """How the dry run is gone on with; what is only likely is a question first."""
    if not found.likely:
        return [f"To erase: add --yes {found.total}"]
    asked = f"{counted(len(found.likely), 'thing')} above may be this person's too, and would be left. Whose are they?"
    also = "".join(f" --also {shlex.quote(name)}" for name in found.likely_names)
    mine = f"This person's: add{also} --dry-run" if also else "This person's: add --also with the words as they stand"
    return [asked, f"  {mine}", f"  Somebody else's: add --yes {found.total}"]


def _as_json(found: Holdings) -> dict[str, Any]:
    def rows(places: Any) -> list[dict[str, Any]]:
        return [
            {
                "place": str(place),
                "count": len(some),
                "things": [{"from": one.table, "id": one.id, "does": str(one.do), "says": one.says} for one in some],
            }
            for place, some in places.items()
        ]

    return {
        "asked": list(found.person.asked),
        "addresses": sorted(found.person.keys),
        "names": list(found.person.names),
        "total": found.total,
        "held": rows(found.by_place()),
        "likely": rows(found.likely_by_place()),
        "likely_names": found.likely_names,
        "stays": [{"what": one.what, "count": one.count, "why": one.why, "which": one.which} for one in found.stays],
        "waits": len(found.waits),
    }


def _done_json(done: Erased) -> dict[str, Any]:
    return _as_json(done.held) | {
        "dry_run": done.dry_run,
        "overwritten": done.overwritten,
        "out_of_reach": [
            {
                "place": one.place,
                "files": one.files,
                "cure": one.cure,
                "names": one.names,
                "bearing": one.bearing,
            }
            for one in done.outside
        ],
    }


def _mails(engine: Any) -> int:
    from sqlalchemy import func, select

    from outreach.database import reading
    from outreach.models import Reply

    with reading(engine) as session:
        found: int = session.execute(select(func.count()).select_from(Reply)).scalar_one()
    return found
