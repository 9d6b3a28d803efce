"""What keeps an installation sound: doctor, database copy, here."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from outreach.commands import parts

if TYPE_CHECKING:
    from outreach.outbox.reconcile import Reconciled


def add_doctor(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `outreach doctor`."""
    parser.set_defaults(command=_doctor)
    parts.json_flag(parser)


def add_database(parser: argparse.ArgumentParser) -> None:
    """Add the commands of this group to its parser."""
    commands = parts.group(parser)
    command = parts.command(commands, "copy", _copy, "everything into an empty database, such as PostgreSQL")
    command.add_argument("--to", required=True, metavar="URL", help="postgresql+psycopg://USER@HOST/NAME")


def add_here(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `outreach here`."""
    parser.add_argument("--yes", type=int, metavar="N", help="the number of letters to be marked as sent")
    parts.json_flag(parser)
    parser.set_defaults(command=_here)


def _doctor(args: argparse.Namespace) -> int:
    from outreach import terminal
    from outreach.outbox.doctor import examine
    from outreach.settings import load

    findings = examine(load())
    if args.json:
        terminal.say_json(findings)
    else:
        for one in findings:
            terminal.say(f"{one.verdict:<8}{one.what}: {one.words}", *([f"        {one.cure}"] if one.cure else []))
    return 1 if any(one.verdict == "wrong" for one in findings) else 0


def _copy(args: argparse.Namespace) -> None:
    from outreach import terminal
    from outreach.copying import copy_database
    from outreach.settings import load

    with terminal.progress_of("Copying") as shown:
        rows = copy_database(load().database_url, args.to, progress=shown)
    terminal.say(f"Copied: {rows} rows. Now set database_url in outreach.toml, or OUTREACH_DATABASE_URL.")


def _here(args: argparse.Namespace) -> None:
    from outreach import terminal
    from outreach.inbox.sent import found_in_sent
    from outreach.outbox.reconcile import NotConfirmedError, reconcile

    settings, engine = parts.opened()

    def ask(found: Reconciled) -> int | None:
        if not args.json:
            _say_found(found)
        return terminal.ask_number("Type the number of letters to be marked as sent:")

    try:
        done = reconcile(
            engine,
            settings,
            who=parts.who(),
            yes=args.yes,
            ask=ask,
            sent_folder=lambda names: found_in_sent(settings, names),
        )
    except NotConfirmedError as error:
        if args.json:
            terminal.say_json(_as_json(error.found))
        raise
    if args.json:
        terminal.say_json(_as_json(done))
        return
    if args.yes is not None or not done.sent:
        _say_found(done)
    _say_done(done)


def _say_found(found: Reconciled) -> None:
    from outreach import terminal

    terminal.say(found.standing.words, *found.notes)
    for letters, word in ((found.sent, "sent"), (found.uncertain, "uncertain")):
        lines = [f"{one.campaign}  {one.iso3}  {one.evidence}" for one in letters]
        terminal.listed(word, lines)
    if found.sent:
        unknown = sum(one.id is None for one in found.sent)
        own = f" {unknown} of them are not in this copy: they are kept as known." if unknown else ""
        terminal.say(f"{len(found.sent)} letters went out and are to be marked as sent.{own}")


def _say_done(done: Reconciled) -> None:
    from outreach import terminal

    if done.standing.settled:
        return
    said = [f"{len(done.sent)} letters are marked as sent."] if done.sent else []
    if done.uncertain:
        said.append(
            f"{len(done.uncertain)} letters may have gone out: outreach messages list NAME shows them, "
            "outreach messages resolve ID sent|resend decides."
        )
    said += [f"{one} is paused. Look at it, then: outreach campaign resume {parts.typed(one)}." for one in done.paused]
    if done.paused:
        said.append(
            "Opt-outs, corrections and cancellations of after the copy was made are not in it: record them anew."
        )
    terminal.say(*said, "This database is now the one that sends.")


def _as_json(found: Reconciled) -> dict[str, object]:
    from dataclasses import asdict

    one = found.standing
    return {
        "standing": one.kind,
        "words": one.words,
        "place": one.place,
        "last_place": one.last_place,
        "went_out_after": one.missed.live,
        "rehearsed_after": one.missed.rehearsed,
        "sent": [asdict(letter) for letter in found.sent],
        "uncertain": [asdict(letter) for letter in found.uncertain],
        "queued": found.waiting,
        "paused": found.paused,
        "notes": found.notes,
        "settled": found.done,
    }
