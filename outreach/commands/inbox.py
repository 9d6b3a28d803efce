"""What comes back: classify, ingest, sync, and what waits for a person: list, settle, proposals, accept, reject."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from outreach import terminal
from outreach.clock import parse_date, shown
from outreach.commands import parts
from outreach.errors import OutreachError
from outreach.text import counted

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from outreach.inbox.ingest import IngestResult
    from outreach.inbox.mailbox.imap import SyncResult
    from outreach.settings import Settings


def add(parser: argparse.ArgumentParser) -> None:
    """Add the commands of this group to its parser."""
    commands = parts.group(parser)
    command = parts.command(
        commands, "classify", _classify, "what each mail file is, as a JSON line a file; no database"
    )
    command.add_argument("paths", type=Path, nargs="+", metavar="PATH")
    command = parts.command(commands, "ingest", _ingest, "take mail files into the database")
    parts.by(command)
    command.add_argument(
        "paths", type=Path, nargs="+", metavar="PATH", help="a mail file, a folder or a Maildir, an mbox"
    )
    parts.json_flag(command)
    command = parts.command(commands, "sync", _sync, "take what is new in the IMAP box into the database")
    command.add_argument("--watch", action="store_true", help="go on as mail comes, until stopped")
    parts.json_flag(command)
    command = parts.command(commands, "list", _list, "the mails that wait for a person's word")
    command.add_argument("--all", action="store_true", help="all mails that were taken in")
    parts.json_flag(command)
    command = parts.command(commands, "show", _show, "one mail: who wrote what and when, and what came with it")
    command.add_argument("id", type=int, metavar="ID", help="the mail's number, as inbox list shows it")
    command.add_argument("--whole", action="store_true", help="with what it quotes, and all words of its attachments")
    parts.json_flag(command)
    command = parts.command(commands, "save", _save, "write a mail as it came, and its attachments, into a folder")
    command.add_argument("id", type=int, metavar="ID", help="the mail's number, as inbox list shows it")
    command.add_argument("--out", type=Path, metavar="DIR", help="where to write them (default: mails)")
    command.add_argument("--attachment", type=int, metavar="N", help="only the attachment with that number")
    command = parts.command(commands, "search", _search, "the mails with all of these words")
    command.add_argument("words", nargs="+", metavar="WORDS", help="case and accents don't matter")
    parts.json_flag(command)
    command = parts.command(commands, "settle", _settle, "say to which mission's letter a mail belongs, or move it")
    parts.by(command)
    command.add_argument("id", type=int, metavar="ID", help="the mail's number, as inbox list shows it")
    command.add_argument(
        "mission", metavar="ISO3", help="the mission, or: none; several of one joint answer as ALB,HND,HUN"
    )
    command.add_argument("--campaign", metavar="NAME", help="where the mission has letters in several campaigns")
    command = parts.command(commands, "undo", _undo, "take back the last thing that was decided of a mail")
    parts.by(command)
    command.add_argument("id", type=int, metavar="ID", help="the mail's number, as inbox list shows it")
    command = parts.command(commands, "history", _history, "what was decided of a mail, by whom and when")
    command.add_argument("id", type=int, metavar="ID", help="the mail's number, as inbox list shows it")
    parts.json_flag(command)
    command = parts.command(commands, "proposals", _proposals, "positions, opt-outs and contacts that mails propose")
    parts.json_flag(command)
    parts.by(command)
    command.add_argument("--ask", action="store_true", help="one after another: yes, no, something else, later")
    for name, text in (("accept", "say yes to a proposal"), ("reject", "say no to a proposal")):
        command = parts.command(commands, name, _accept if name == "accept" else _reject, text)
        parts.by(command)
        command.add_argument("id", type=int, metavar="ID", help="the proposal's number, as inbox proposals shows it")
        if name == "accept":
            command.add_argument("--on", metavar="DATE", help="another day than the proposed one to come back to")
            command.add_argument("--position", metavar="P", help="another position than the proposed one")
    command = parts.command(commands, "done", _done, "say that a mission that asked to be asked again was seen to")
    parts.by(command)
    command.add_argument("id", type=int, metavar="ID", help="the number of the day's proposal, as status shows it")


def _classify(args: argparse.Namespace) -> None:
    from outreach.inbox.classify import classify_paths

    for finding in classify_paths(args.paths):
        terminal.say_json(finding, one_line=True)


def _ingest(args: argparse.Namespace) -> None:
    from outreach.responses.answers import collect

    settings, engine = parts.opened()
    with terminal.progress_of("Reading mail") as shown:
        result = collect(engine, args.paths, by=parts.acting(args), progress=shown, team=settings.team)
    if args.json:
        terminal.say_json(result.as_dict())
        return
    _say_taken(engine, result)


def _sync(args: argparse.Namespace) -> None:
    from outreach.responses.answers import sync

    settings, engine = parts.opened()
    if args.watch:
        _watch(settings, engine)
        return
    so_far: list[SyncResult] = []
    try:
        with terminal.progress_of("Reading mail") as shown:
            result = sync(engine, settings, progress=shown, before_fault=so_far.append)
    except OutreachError:
        for one in so_far if not args.json else ():
            _say_synced(engine, one)
        raise
    if args.json:
        terminal.say_json(result.as_dict())
    else:
        _say_synced(engine, result)


def _say_synced(engine: Engine, result: SyncResult) -> None:
    _say_taken(engine, result)
    for one in result.folders if len(result.folders) > 1 else ():
        odd = [f"{count} {word}" for count, word in ((len(one.gone), "gone"), (one.left, "left there")) if count]
        more = "".join(f", {words}" for words in odd) + (f": {one.trouble}" if one.trouble else "")
        terminal.say(f"  {one.folder}: {one.taken} taken, {len(one.unreadable)} can't be read{more}")


def _watch(settings: Settings, engine: Engine) -> None:
    import threading
    from functools import partial

    from outreach.database import stopped_with_its_file
    from outreach.platform import on_stop
    from outreach.responses.answers import watch

    stop = threading.Event()
    on_stop(stop.set)
    with stopped_with_its_file(engine, stop.set):
        watch(engine, settings, stop=stop, told=partial(_say_taken, engine))


def _list(args: argparse.Namespace) -> None:
    from outreach.database import reading
    from outreach.inbox.same_mail import ways_of
    from outreach.inbox.settle import mails

    settings, engine = parts.opened()
    rows = mails(engine, waiting=not args.all)
    if args.json:
        with reading(engine) as session:
            ways = ways_of(session, [row.id for row in rows])
        terminal.say_json([asdict(row) | {"also_by": ways.get(row.id, [])} for row in rows])
        return
    terminal.table(
        ("ID", "Came", "Kind", "From", "Subject", "Mission", "How sure", "Why"),
        (
            (
                row.id, shown(row.received_at, settings.tz), row.kind, row.sender, row.subject,
                row.iso3 or ", ".join(f"{one}?" for one in row.candidates), row.confidence, row.basis,
            )
            for row in rows
        ),
    )  # fmt: skip
    if not rows:
        terminal.say("No mail waits for a person." if not args.all else "No mail has come in yet.")
    elif not args.all:
        terminal.say("", "To settle one: outreach inbox settle ID ISO3, or: outreach inbox settle ID none")
        terminal.say("What they propose, for a yes or no: outreach inbox proposals")


def _show(args: argparse.Namespace) -> None:
    from outreach.database import reading
    from outreach.inbox.enclosed.attached import KINDS, beginning
    from outreach.inbox.enclosed.file_types import sort_of_file
    from outreach.inbox.to_hand import mail_to_hand

    settings, engine = parts.opened()
    with reading(engine) as session:
        mail = mail_to_hand(session, args.id)
    if args.json:
        terminal.say_json(mail.as_dict())
        return
    what = ", ".join(filter(None, (mail.kind, mail.sub_kind, *mail.seals)))
    about = f"{mail.iso3 or 'none yet'}{f', {mail.campaign}' if mail.campaign else ''}"
    terminal.say(
        f"Mail {mail.id}, {shown(mail.received_at, settings.tz)}: {what}",
        f"From: {mail.sender or 'nobody'}",
        f"Subject: {mail.subject}",
        f"Mission: {about} ({mail.basis or 'no basis'})",
        f"Came by: {'; '.join(mail.sources)}",
        "",
        (mail.whole if args.whole else mail.text) or "It has no text.",
    )
    if mail.meeting is not None:
        one = mail.meeting
        when = " to ".join(filter(None, one.span)) or "no time told"
        terminal.say(
            "", f"A meeting is {one.says}: {one.what or 'without a title'}; {when}; {one.where or 'no place told'}"
        )
    if mail.attachments:
        terminal.say("", "Attachments (to write them into a folder: outreach inbox save ID):")
        for place, file in enumerate(mail.attachments, start=1):
            trouble = f"; {KINDS[file.kind]}" if file.kind in KINDS else ""
            terminal.say(
                f"  {place}. {file.name} ({sort_of_file(file.media_type, file.name)}, {file.size} bytes{trouble})"
            )
            words = file.words if args.whole else beginning(file.words)
            terminal.say(*(f"     {line}" for line in words.split("\n") if line.strip()))
    if mail.proposals:
        said = {None: "waits for a yes or no", True: "taken", False: "turned down"}
        terminal.say("", "It proposes:")
        for proposal in mail.proposals:
            terminal.say(f"  {proposal.id}. {proposal.kind} {proposal.value} ({said[proposal.accepted]})")
            terminal.say(f"     {proposal.evidence}")


def _save(args: argparse.Namespace) -> None:
    from outreach.database import reading
    from outreach.inbox.to_hand import save

    _, engine = parts.opened()
    with reading(engine) as session:
        paths = save(session, args.id, args.out or Path("mails"), attachment=args.attachment)
    terminal.say(*(str(path) for path in paths))


def _search(args: argparse.Namespace) -> None:
    from outreach.database import reading
    from outreach.inbox.to_hand import search

    settings, engine = parts.opened()
    with reading(engine) as session:
        rows = search(session, " ".join(args.words))
    parts.listed(
        args, rows, ("ID", "Came", "Kind", "From", "Mission", "Subject", "Begins"),
        lambda row: (
            row.id, shown(row.received_at, settings.tz), row.kind, row.sender, row.iso3 or "", row.subject,
            row.beginning,
        ),
        "No mail has all of these words.",
    )  # fmt: skip


def _settle(args: argparse.Namespace) -> None:
    from outreach.inbox.settle import told_of_settling
    from outreach.responses.answers import settle

    settings, engine = parts.opened()
    by = parts.acting(args)
    reply = settle(engine, args.id, args.mission, campaign=args.campaign, by=by, team=settings.team)
    terminal.say(f"Mail {reply.id}: {reply.basis}.")
    if len(named := args.mission.replace(",", " ").upper().split()) > 1:
        terminal.say(f"It counts as the answer of each of these: {', '.join(named)}.")
    told = told_of_settling(engine, reply)
    if told.before:
        terminal.say(f"Before that, {told.before}: outreach inbox history {reply.id}")
    if told.learnt is not None:
        terminal.say(f"From now on mail from {told.learnt.address} belongs to {told.learnt.iso3}.")
    if told.passed_on_by:
        terminal.say(f"Nothing was learnt of {told.passed_on_by}, who passed it on.")


def _undo(args: argparse.Namespace) -> None:
    from outreach.responses.decisions import undo

    settings, engine = parts.opened()
    one = undo(engine, args.id, by=parts.acting(args), team=settings.team)
    terminal.say(f"Mail {args.id}: taken back what {one.who} decided: {one.what}.")
    if one.again:
        mails = counted(len(one.again), "later mail was", "later mails were")
        terminal.say(
            f"{mails} judged by its sender, and {'is' if len(one.again) == 1 else 'are'} judged again without that: "
            f"{', '.join(map(str, one.again))}. See outreach inbox list and outreach inbox proposals."
        )


def _history(args: argparse.Namespace) -> None:
    from outreach.responses.decisions import decided

    settings, engine = parts.opened()
    rows = decided(engine, args.id)
    parts.listed(
        args, rows, ("When", "Who", "What", "Taken back"),
        lambda row: (
            shown(row.at, settings.tz), row.who, row.what,
            f"{shown(row.undone_at, settings.tz)}, {row.undone_by}" if row.undone_at else "",
        ),
        f"Nothing was decided of mail {args.id}.",
    )  # fmt: skip


def _proposals(args: argparse.Namespace) -> None:
    from outreach.commands import inbox_proposals

    inbox_proposals.proposals_command(args)


def _accept(args: argparse.Namespace) -> None:
    _decide(args, accept=True)


def _reject(args: argparse.Namespace) -> None:
    _decide(args, accept=False)


def _decide(args: argparse.Namespace, *, accept: bool) -> None:
    from outreach.responses.decisions import decide

    _, engine = parts.opened()
    on = parse_date(args.on) if accept and args.on else None
    position = (accept and args.position) or ""
    one = decide(engine, args.id, accept=accept, by=parts.acting(args), on=on, position=position)
    terminal.say(f"Proposal {one.id} is {'taken' if accept else 'turned down'}: {one.kind} {one.value}.")


def _done(args: argparse.Namespace) -> None:
    from outreach.responses.come_back import see_to

    _, engine = parts.opened()
    one = see_to(engine, args.id, by=parts.acting(args))
    terminal.say(f"{one.iso3} was seen to: it asked to be asked again from {one.value} on.")


def _say_taken(engine: Engine, result: IngestResult) -> None:
    from outreach.database import reading
    from outreach.reports.council import mail_to_settle

    kinds = ", ".join(f"{count} {kind}" for kind, count in result.kinds.items())
    known = f", {result.known} known before" if result.known else ""
    terminal.say(f"{counted(result.found, 'mail')}: {result.taken} new{f' ({kinds})' if kinds else ''}{known}.")
    terminal.listed(
        "unmatched",
        [f"{one.kind} from {one.sender or 'nobody'}: {one.subject} ({one.source})" for one in result.unmatched],
    )
    terminal.problems("These could not be taken in:", result.problems)
    with reading(engine) as session:
        waiting = mail_to_settle(session)
    if waiting:
        terminal.say(f"{counted(waiting, 'mail waits', 'mails wait')} for a person's word: outreach inbox list")
