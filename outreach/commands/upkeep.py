"""What keeps an installation sound: doctor, here, backup, restore, database copy."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from outreach import terminal
from outreach.clock import shown
from outreach.commands import parts
from outreach.errors import NoDatabaseError, OutreachError, Problem
from outreach.pasted import in_words
from outreach.text import counted

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from sqlalchemy import Engine

    from outreach.actors import Actor
    from outreach.backup.restore import Question, Restored
    from outreach.outbox.reconcile import Reconciled
    from outreach.settings import Settings


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


def add_backup(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `outreach backup`."""
    parser.add_argument(
        "file", type=Path, nargs="?", metavar="FILE", help="where to write it (default: by the time, into backups/)"
    )
    parser.set_defaults(command=_backup)


def add_restore(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `outreach restore`."""
    parser.add_argument("file", type=Path, metavar="FILE", help="a backup, or a copy of outreach.db")
    parser.add_argument("--yes", action="store_true", help="put it in the place of the present database, which is kept")
    parser.add_argument(
        "--all", action="store_true", help="bring back letters and settings too where there are others by now"
    )
    parser.set_defaults(command=_restore)


def _doctor(args: argparse.Namespace) -> int:
    from outreach.backup.kept import finding
    from outreach.doctor import readable
    from outreach.doctor.examine import examine
    from outreach.settings import load

    settings = load()
    try:
        parts.require_campaign()
    except NoDatabaseError:
        raise
    except OutreachError:  # it is a finding
        pass
    findings = [*examine(settings), *readable.findings(settings, Path()), finding(settings, Path())]
    if args.json:
        terminal.say_json(findings)
    else:
        for one in findings:
            terminal.say(f"{one.verdict:<8}{one.what}: {in_words(one.words)}")
            terminal.say(*([f"        {in_words(one.cure)}"] if one.cure else []))
    return 1 if any(one.verdict == "wrong" for one in findings) else 0


def _backup(args: argparse.Namespace) -> None:
    from outreach.backup.make import make

    settings, engine = parts.opened()
    made = make(engine, settings, Path(), args.file)
    counts = made.manifest.counts
    terminal.say(
        f"Written: {made.path} ({_held(counts['campaign'], counts['message'], counts['sent'])}, "
        f"{counts['reply']} mail{_s(counts['reply'])}).",
    )
    if made.manifest.left_out:
        terminal.say(f"Left out, to be kept elsewhere: {', '.join(made.manifest.left_out)}.")
    terminal.say(f"It holds addresses and answers: keep it where only you can read it. Back: {_back(made.path)}")


def _s(count: int) -> str:
    return "" if count == 1 else "s"


def _held(campaigns: int, letters: int, sent: int) -> str:
    """What a database holds, such as `2 campaigns, 94 letters, 47 of them sent`."""
    return f"{campaigns} campaign{_s(campaigns)}, {letters} letter{_s(letters)}, {sent} of them sent"


def _back(path: Path) -> str:
    return f"outreach restore {parts.typed(str(path))}"


def _restore(args: argparse.Namespace) -> None:
    from outreach.backup.restore import restore
    from outreach.settings import load

    def agree(question: Question) -> bool:
        return args.yes or _agree(question, load().tz)

    done = restore(args.file, Path(), everything=args.all, agree=agree)
    settings, engine = parts.opened(a_copy="is settled")
    _say_restored(done, settings)
    try:
        _settle_restored(engine, settings)
    finally:
        engine.dispose()


def _agree(question: Question, tz: ZoneInfo) -> bool:
    made = f"of {shown(question.manifest.made_at, tz)}" if question.manifest else "without a date"
    copy, present = question.copy, question.present
    found = [
        Problem(
            "restore.copy",
            "{made}, {held}",
            made=made,
            held=_held(copy.campaigns, copy.letters, copy.sent),
            where="the copy",
        )
    ]
    if present is None:
        found.append(Problem("restore.here-unreadable", "it can't be read", where="the database here"))
    else:
        found.append(
            Problem(
                "restore.here",
                "{held}",
                held=_held(present.campaigns, present.letters, present.sent),
                where="the database here",
            )
        )
    return terminal.agree(
        "The copy takes the place of the database here, which is kept:", found, "Put the copy in its place?"
    )


def _say_restored(done: Restored, settings: Settings) -> None:
    made = f", as it was on {shown(done.manifest.made_at, settings.tz)}" if done.manifest else ""
    counts = done.counts
    terminal.say(
        f"Restored{made}: {_held(counts.campaigns, counts.letters, counts.sent)}.",
        *(f"Put aside: {path}" for path in done.put_aside),
    )
    if done.written:
        terminal.say(f"Brought back too: {', '.join(map(str, done.written))}.")
    if done.kept:
        terminal.say(f"Left as they are: {', '.join(map(str, done.kept))} (--all brings the copy's).")
    terminal.say(*(f"Note: {note}" for note in done.notes), parts.mode_line(settings))


def _settle_restored(engine: Engine, settings: Settings) -> None:
    """Say what the dispatch journal knows of the time after the copy was made; settle it, if a person there says so."""
    from outreach.actors import user
    from outreach.witness.standing import standing

    found = standing(engine, settings)
    if not found.settled:
        terminal.say("", found.words, "Nothing is sent from here until that is settled.")
        if terminal.agree("", [], "Look at what is known to have gone out, and settle it now?"):
            _say_done(_settled(engine, settings, None, by=user(), standing=False))
        else:
            terminal.say("Next: outreach here")
    elif found.no_journal:
        terminal.say("", found.words)


def _copy(args: argparse.Namespace) -> None:
    from outreach.copying import copy_database

    settings = parts.require_campaign()
    with terminal.progress_of("Copying") as shown:
        rows = copy_database(settings.database_url, args.to, progress=shown)
    terminal.say(f"Copied: {counted(rows, 'row')}. Now set database_url in outreach.toml, or OUTREACH_DATABASE_URL.")


def _here(args: argparse.Namespace) -> None:
    from outreach.outbox.reconcile import NotConfirmedError

    settings, engine = parts.opened(a_copy="is settled")
    try:
        done = _settled(engine, settings, args.yes, by=parts.acting(args), quietly=args.json)
    except NotConfirmedError as error:
        if args.json:
            terminal.say_json(_as_json(error.found))
        raise
    if args.json:
        terminal.say_json(_as_json(done))
    else:
        _say_done(done)


def _settled(
    engine: Engine, settings: Settings, yes: int | None, *, by: Actor, quietly: bool = False, standing: bool = True
) -> Reconciled:
    """Bring the database up to what is known to have gone out, and make it the one that sends.

    What is found is said once: before a person is asked for a number, or else afterwards; with how the database
    stands, unless that has been said before.
    """
    from outreach.inbox.mailbox.sent import found_in_sent
    from outreach.outbox.reconcile import reconcile

    said = quietly

    def ask(found: Reconciled) -> int | None:
        nonlocal said
        if not said:
            _say_found(found, standing=standing)
            said = True
        return terminal.ask_number("Type the number of letters to be marked as sent:")

    done = reconcile(
        engine,
        settings,
        by=by,
        yes=yes,
        ask=ask,
        sent_folder=lambda names: found_in_sent(settings, names),
    )
    if not said:
        _say_found(done, standing=standing)
    return done


def _say_found(found: Reconciled, *, standing: bool) -> None:
    terminal.say(*([found.standing.words] if standing else []), *found.notes)
    for letters, word in ((found.sent, "sent"), (found.uncertain, "uncertain")):
        lines = [f"{one.campaign}  {one.iso3}  {one.evidence}" for one in letters]
        terminal.listed(word, lines)
    if found.sent:
        unknown = sum(one.id is None for one in found.sent)
        own = (
            f" {unknown} of them are not in this copy: they are kept as known, and count as sent once their campaign "
            "is approved again."
            if unknown
            else ""
        )
        out = counted(len(found.sent), "letter went out and is", "letters went out and are")
        terminal.say(f"{out} to be marked as sent.{own}")


def _say_done(done: Reconciled) -> None:
    from outreach.witness.standing import StandingKind

    if done.standing.settled:
        return
    said = [f"{counted(len(done.sent), 'letter is', 'letters are')} marked as sent."] if done.sent else []
    if done.uncertain:
        said.append(
            f"{counted(len(done.uncertain), 'letter')} may have gone out: see outreach messages list NAME, "
            "outreach messages resolve ID sent|resend decides."
        )
    look = "Look at it"
    if done.standing.kind is StandingKind.ELSEWHERE:
        look = "Make sure that none of its letters has gone out from elsewhere since (ask there, see the Sent folder)"
    said += [f"{one} is paused. {look}, then: outreach campaign resume {parts.typed(one)}." for one in done.paused]
    if done.paused:
        said.append(
            "Opt-outs, corrections and cancellations of after the copy was made are not in it: record them anew."
        )
    terminal.say(*said, "This database is now the one that sends. Next: outreach status")


def _as_json(found: Reconciled) -> dict[str, object]:
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
