"""The command line: parse, call one function, print. No rule of the business lives here.

Imports stand inside the functions, so that `outreach --help` and light commands start at once.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from outreach.inbox.ingest import IngestResult
    from outreach.missions.result import Difference
    from outreach.settings import Settings

_AUDIENCE = "hrc-members | hrc-observers | all | group:NAME | iso:FRA,DEU | tag:NAME"


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status: 0, 2 for a person's mistake, 1 for a fault."""
    parser = _parser()
    args = parser.parse_args(argv)
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


# ---------------------------------------------------------------------------------------------- the parser


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="outreach",
        description="Letters to UN missions: merged, scheduled, sent once, and followed until they are answered.",
        epilog="A first look: outreach demo. A first campaign: outreach init, then docs/guide.md.",
    )
    parser.add_argument("--version", action=_Version)
    parser.set_defaults(help_of=parser)
    commands = parser.add_subparsers(metavar="COMMAND")
    _add(commands, "init", _init, "settings, database and example letters in this folder")
    demo = _add(commands, "demo", _demo, "the whole story in rehearsal, ends with report.xlsx")
    demo.add_argument("--dir", type=Path, default=Path("demo"), help="the folder to play it in (default: demo)")
    _missions(_group(commands, "missions", "the directory of missions and contacts"))
    _campaign(_group(commands, "campaign", "who gets which letter when"))
    send = _add(commands, "send", _send, "send what is due now, then end")
    send.add_argument("--campaign", metavar="NAME", help="only this campaign")
    _yes(send)
    _add(commands, "run", _run, "the scheduler: sends what is due, until stopped")
    _messages(_group(commands, "messages", "what became of each letter"))
    _inbox(_group(commands, "inbox", "what comes back"))
    _responses(_group(commands, "responses", "where each mission stands"))
    report = _add(commands, "report", _report, "the status report, as a workbook or as data")
    report.add_argument("name", metavar="NAME")
    report.add_argument("--out", type=Path, required=True, metavar="FILE", help="FILE.xlsx, .csv or .json")
    return parser


class _Version(argparse.Action):
    def __init__(self, option_strings: Sequence[str], dest: str, **_: object) -> None:
        super().__init__(option_strings, dest, nargs=0, help="show the version")

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from outreach import __version__

        parser.exit(message=f"outreach {__version__}\n")


if TYPE_CHECKING:
    _Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001  (it has no public name)


def _add(
    commands: _Commands, name: str, command: Callable[[argparse.Namespace], int | None], text: str
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
    parser.set_defaults(command=command)
    return parser


def _group(commands: _Commands, name: str, text: str) -> _Commands:
    parser = commands.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
    parser.set_defaults(help_of=parser)
    return parser.add_subparsers(metavar="COMMAND")


def _missions(commands: _Commands) -> None:
    command = _add(commands, "import", _missions_import, "take missions, contacts and terms from a spreadsheet")
    command.add_argument("file", type=Path, metavar="FILE")
    command.add_argument("--sheet", metavar="S", help="only this sheet")
    command.add_argument(
        "--map",
        action="append",
        default=[],
        metavar="FIELD=COLUMN",
        help="where a field stands, such as email=Courriel",
    )
    command.add_argument("--dry-run", action="store_true", help="show what would change, and change nothing")
    _json(command)
    command = _add(commands, "list", _missions_list, "the missions, or those of an audience")
    _audience(command, required=False)
    _json(command)


def _campaign(commands: _Commands) -> None:
    command = _add(commands, "create", _campaign_create, "a letter for an audience")
    command.add_argument("name", metavar="NAME")
    command.add_argument("--letter", required=True, metavar="L", help="a folder under templates/")
    _audience(command, required=True)
    command = _named(commands, "check", _campaign_check, "what stands in the way, and what to know")
    _json(command)
    command = _named(commands, "preview", _campaign_preview, "each letter as a mail file and as a page")
    command.add_argument("--mission", metavar="ISO3", help="only this mission's")
    command.add_argument("--out", type=Path, metavar="DIR", help="where to write them (default: previews/NAME)")
    command = _named(commands, "approve", _campaign_approve, "freeze the letters as they are now")
    command.add_argument("--by", required=True, metavar="WHO", help="the person who approves")
    command = _named(commands, "schedule", _campaign_schedule, "set the time at which the letters are due")
    command.add_argument(
        "--at", required=True, metavar="TIME", help='now, or such as "2024-03-18 09:00", in the campaign\'s zone'
    )
    _yes(command)
    _named(commands, "pause", _campaign_pause, "hand no further letter to the mail server")
    _named(commands, "resume", _campaign_resume, "go on where it stopped")
    _named(commands, "cancel", _campaign_cancel, "cancel every letter that has not gone out")
    command = _named(commands, "status", _campaign_status, "the campaign in numbers")
    _json(command)


def _messages(commands: _Commands) -> None:
    command = _named(commands, "list", _messages_list, "what became of each letter")
    _json(command)
    command = _add(commands, "resolve", _messages_resolve, "decide what became of an uncertain letter")
    command.add_argument("id", type=int, metavar="ID")
    command.add_argument("decision", choices=("sent", "resend"))


def _inbox(commands: _Commands) -> None:
    command = _add(commands, "classify", _inbox_classify, "what each mail file is, as a JSON line a file; no database")
    command.add_argument("paths", type=Path, nargs="+", metavar="PATH")
    command = _add(commands, "ingest", _inbox_ingest, "take mail files into the database")
    command.add_argument(
        "paths", type=Path, nargs="+", metavar="PATH", help="a mail file, a folder or a Maildir, an mbox"
    )
    _json(command)


def _responses(commands: _Commands) -> None:
    command = _named(commands, "set", _responses_set, "set where a mission stands")
    command.add_argument("iso3", metavar="ISO3")
    command.add_argument("position", metavar="POSITION")
    command.add_argument("--note", default="", metavar="TEXT")
    command = _named(commands, "list", _responses_list, "where each mission stands")
    _json(command)


def _named(
    commands: _Commands, name: str, command: Callable[[argparse.Namespace], int | None], text: str
) -> argparse.ArgumentParser:
    parser = _add(commands, name, command, text)
    parser.add_argument("name", metavar="NAME", help="the campaign")
    return parser


def _audience(parser: argparse.ArgumentParser, *, required: bool) -> None:
    parser.add_argument(
        "--audience", nargs="+", action="extend", default=[], required=required, metavar="A", help=_AUDIENCE
    )
    parser.add_argument(
        "--except", dest="exceptions", nargs="+", action="extend", default=[], metavar="ISO3", help="leave these out"
    )
    parser.add_argument("--as-of", metavar="DATE", help="the date at which membership is asked (default: today)")


def _yes(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--yes", type=int, metavar="N", help="in live mode: the number of missions, as confirmation")


def _json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON")


# -------------------------------------------------------------------------------------------- the commands


def _open() -> tuple[Settings, Engine]:
    from outreach.database import open_database
    from outreach.settings import load

    settings = load()
    return settings, open_database(settings.database_url)


def _who() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "someone"


def _mode_line(settings: Settings) -> str:
    if settings.live:
        return "LIVE: letters go to the missions."
    if settings.smtp_host:
        return "Rehearsal: letters go to addresses on the allow-list only."
    return "Rehearsal: letters go to the built-in rehearsal server, and to nobody else (rehearsal-mail/)."


def _init(_args: argparse.Namespace) -> None:
    from outreach import terminal
    from outreach.workplace import lay_out

    laid = lay_out(Path())
    _open()[1].dispose()
    terminal.say(*(f"written  {path}" for path in laid.written), *(f"kept     {path}" for path in laid.kept))
    terminal.say("", "Next: fill in data/missions.xlsx, then outreach missions import data/missions.xlsx")


def _demo(args: argparse.Namespace) -> None:
    from outreach.demo import play

    play(args.dir)


def _missions_import(args: argparse.Namespace) -> None:
    from outreach import terminal
    from outreach.missions.importer import import_file

    _, engine = _open()
    result = import_file(engine, args.file, sheet=args.sheet, mapping=_mapping(args.map), dry_run=args.dry_run)
    if args.json:
        terminal.say_json(result.as_dict())
        return
    for kind in ("missions", "contacts", "terms"):
        _say_difference(kind, getattr(result, kind))
    terminal.say(*(f"Note: {note}" for note in result.notes))
    terminal.say("Nothing was changed: this was a dry run." if result.dry_run else f"Imported: {result.file}")


def _mapping(entries: Sequence[str]) -> dict[str, str]:
    from outreach.errors import UserError

    pairs = [entry.partition("=") for entry in entries]
    for field, equals, column in pairs:
        if not (field.strip() and equals and column.strip()):
            raise UserError(f"--map {field}{equals}{column} names no column.", cure="Write --map email=Courriel.")
    return {field.strip(): column.strip() for field, _, column in pairs}


def _say_difference(kind: str, found: Difference) -> None:
    from outreach import terminal

    terminal.say(
        f"{kind}: {len(found.added)} added, {len(found.changed)} changed, {len(found.unchanged)} unchanged, "
        f"{len(found.absent) + len(found.still_absent)} no longer in the file"
    )
    terminal.listed("added", [entry.label for entry in found.added])
    changes = [
        f"{entry.label}: " + "; ".join(f"{change.field} {change.old!r} → {change.new!r}" for change in entry.changes)
        for entry in found.changed
    ]
    terminal.listed("changed", changes)
    terminal.listed("no longer in the file", [entry.label for entry in (*found.absent, *found.still_absent)])


def _missions_list(args: argparse.Namespace) -> None:
    from outreach import terminal
    from outreach.clock import now, parse_date
    from outreach.database import reading
    from outreach.missions.listing import listing

    settings, engine = _open()
    as_of = parse_date(args.as_of) if args.as_of else now().astimezone(settings.tz).date()
    with reading(engine) as session:
        rows = listing(session, args.audience, args.exceptions, as_of)
    if args.json:
        terminal.say_json(rows)
        return
    columns = ("iso3", "name", "group", "member_until", "language", "contacts")
    terminal.table(
        ("ISO3", "Mission", "Group", "Member until", "Language", "Contacts"),
        (
            [*(row[column] for column in columns[:-1]), ", ".join(contact["email"] for contact in row["contacts"])]
            for row in rows
        ),
    )
    terminal.say(f"{len(rows)} missions")


def _campaign_create(args: argparse.Namespace) -> None:
    from outreach import terminal
    from outreach.campaigns.plan import create
    from outreach.clock import parse_date
    from outreach.letters.folder import load_letter

    settings, engine = _open()
    created = create(
        engine,
        settings,
        args.name,
        load_letter(args.letter),
        audience=args.audience,
        exceptions=args.exceptions,
        as_of=parse_date(args.as_of) if args.as_of else None,
    )
    terminal.say(
        f"{args.name}: {len(created.missions)} missions as of {created.campaign.as_of}.",
        f"Next: outreach campaign check {args.name}",
    )


def _campaign_check(args: argparse.Namespace) -> int:
    from outreach import terminal
    from outreach.campaigns.check import check

    _, engine = _open()
    found = check(engine, args.name)
    if args.json:
        terminal.say_json(found)
    else:
        terminal.problems("These stand in the way:", found.problems)
        terminal.problems("To know:", found.warnings)
        verdict = "not ready" if found.problems else f"ready to approve, {found.missions} missions"
        terminal.say(f"{args.name}: {verdict}.")
    return 2 if found.problems else 0


def _campaign_preview(args: argparse.Namespace) -> None:
    from outreach import terminal
    from outreach.campaigns.preview import preview

    settings, engine = _open()
    written = preview(engine, settings, args.name, iso3=args.mission, out=args.out)
    for one in written:
        terminal.say(f"{one.iso3}  {one.language}{' (fallback)' if one.fell_back else ''}  {one.page}  {one.mail}")


def _campaign_approve(args: argparse.Namespace) -> None:
    from outreach import terminal
    from outreach.campaigns.approve import approve

    settings, engine = _open()
    approval = approve(engine, settings, args.name, by=args.by)
    terminal.say(f"{args.name}: {approval.ready} letters are frozen as they are now, approved by {args.by}.")
    if approval.held:
        terminal.say(f"Held for want of a usable address: {', '.join(approval.held)}.")
    if approval.kept:
        terminal.say(f"Out already, and kept as they are: {', '.join(approval.kept)}.")
    terminal.say(_mode_line(settings), f'Next: outreach campaign schedule {args.name} --at "2024-03-18 09:00"')


def _campaign_schedule(args: argparse.Namespace) -> None:
    from outreach import terminal
    from outreach.campaigns.timing import count_missions, schedule
    from outreach.clock import shown

    settings, engine = _open()
    yes = args.yes
    if yes is None and settings.live:
        yes = _ask_missions(count_missions(engine, args.name))
    done = schedule(engine, settings, args.name, args.at, yes=yes)
    terminal.say(f"{args.name}: {done.letters} letters are due on {shown(done.due_at, done.zone)}.")
    if done.held:
        terminal.say(f"{done.held} are held: outreach messages list {args.name}")
    if done.unusual:
        terminal.say(f"Note: {done.unusual} in {done.zone.key}.")
    terminal.say(_mode_line(settings), "Next: outreach run, or outreach send at that time")


def _ask_missions(missions: int) -> int | None:
    from outreach import terminal

    return terminal.ask_number(f"LIVE mode: this writes to {missions} real missions. Type their number to go on:")


def _campaign_pause(args: argparse.Namespace) -> None:
    from outreach import terminal
    from outreach.campaigns.timing import pause

    _, engine = _open()
    terminal.say(f"{args.name}: paused; {pause(engine, args.name)} letters wait.")


def _campaign_resume(args: argparse.Namespace) -> None:
    from outreach import terminal
    from outreach.campaigns.timing import resume

    settings, engine = _open()
    terminal.say(f"{args.name}: goes on; {resume(engine, settings, args.name)} letters are still to go.")


def _campaign_cancel(args: argparse.Namespace) -> None:
    from outreach import terminal
    from outreach.campaigns.timing import cancel

    _, engine = _open()
    terminal.say(f"{args.name}: cancelled; {cancel(engine, args.name)} letters will not go out.")


def _campaign_status(args: argparse.Namespace) -> None:
    from outreach import terminal
    from outreach.campaigns.plan import get_campaign
    from outreach.database import reading
    from outreach.reports.status import status

    settings, engine = _open()
    with reading(engine) as session:
        found = status(session, get_campaign(session, args.name)).as_dict()
    if args.json:
        terminal.say_json(found)
        return
    terminal.say(f"{found['campaign']}: {found['state']}{': ' + found['reason'] if found['reason'] else ''}")
    terminal.say(f"{found['missions']} missions", _mode_line(settings))
    for heading in ("messages", "delivery", "answers", "positions"):
        counts = ", ".join(f"{count} {word}" for word, count in found[heading].items())
        terminal.say(f"  {heading:<10}{counts or 'none yet'}")
    if found["mode_rehearsed"]:
        terminal.say(f"{found['mode_rehearsed']} letters went to the rehearsal server only, and so to nobody.")


def _send(args: argparse.Namespace) -> int:
    from outreach import terminal
    from outreach.campaigns.plan import get_campaign
    from outreach.campaigns.timing import standstill
    from outreach.database import reading
    from outreach.outbox.queue import count_due
    from outreach.schedule import send_once

    settings, engine = _open()
    if args.campaign:
        with reading(engine) as session:
            get_campaign(session, args.campaign)
    terminal.say(_mode_line(settings))
    with terminal.progress("Sending", count_due(engine, campaign=args.campaign)) as shown:
        summary = send_once(
            engine, settings, Path(), campaign=args.campaign, yes=args.yes, ask=_ask_missions, progress=shown
        )
    done = ", ".join(f"{count} {state}" for state, count in summary.states.items())
    terminal.say(f"Done: {done}." if done else "Nothing was due.")
    if summary.recovered_uncertain:
        terminal.say(f"{summary.recovered_uncertain} letters are uncertain: an earlier run was cut off in them.")
    if summary.paced_until:
        terminal.say("The rate that is set allows no more for now.")
    terminal.say(*standstill(engine, args.campaign))
    if summary.fault is not None:
        raise summary.fault
    return 0


def _run(_args: argparse.Namespace) -> None:
    import logging

    from outreach.schedule import run

    logging.basicConfig(
        level=logging.INFO,
        stream=sys.stderr,
        format="%(asctime)s %(levelname)s %(message)s",
        datefmt="%Y-%m-%d %H:%M:%S",
    )
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    settings, engine = _open()
    run(engine, settings, Path())


def _messages_list(args: argparse.Namespace) -> None:
    from outreach import terminal
    from outreach.campaigns.plan import get_campaign
    from outreach.database import reading
    from outreach.reports.table import message_rows

    _, engine = _open()
    with reading(engine) as session:
        rows = message_rows(session, get_campaign(session, args.name))
    if args.json:
        terminal.say_json(rows)
        return
    terminal.table(
        ("ID", "ISO3", "Mission", "State", "Delivery", "Answer", "Tries", "Recipients", "Reply or reason"),
        (
            (
                row["id"], row["iso3"], row["mission"], row["state"], row["delivery"], row["answer"], row["attempts"],
                ", ".join(row["recipients"]), row["reason"] or row["smtp_reply"],
            )
            for row in rows
        ),
    )  # fmt: skip


def _messages_resolve(args: argparse.Namespace) -> None:
    from outreach import terminal
    from outreach.outbox.resolve import resolve

    _, engine = _open()
    message = resolve(engine, args.id, args.decision, who=_who())
    terminal.say(f"Letter {message.id} to {message.iso3} is {message.state}.")


def _inbox_classify(args: argparse.Namespace) -> None:
    import json

    from outreach.inbox.classify import classify_paths

    for finding in classify_paths(args.paths):
        sys.stdout.write(json.dumps(finding, ensure_ascii=False) + "\n")


def _inbox_ingest(args: argparse.Namespace) -> None:
    from outreach import terminal
    from outreach.responses.answers import collect

    _, engine = _open()
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


def _responses_set(args: argparse.Namespace) -> None:
    from outreach import terminal
    from outreach.responses.positions import set_position

    _, engine = _open()
    response = set_position(engine, args.name, args.iso3, args.position, note=args.note, by=_who())
    terminal.say(f"{args.name}, {response.iso3}: {response.position}.")


def _responses_list(args: argparse.Namespace) -> None:
    from outreach import terminal
    from outreach.responses.positions import standing

    _, engine = _open()
    from dataclasses import asdict

    rows = [asdict(row) for row in standing(engine, args.name)]
    if args.json:
        terminal.say_json(rows)
        return
    columns = ("iso3", "mission", "answer", "position", "note", "changed_by")
    terminal.table(
        ("ISO3", "Mission", "Answer", "Position", "Note", "Set by"), ([row[c] for c in columns] for row in rows)
    )


def _report(args: argparse.Namespace) -> None:
    from outreach import terminal
    from outreach.reports.export import report

    _, engine = _open()
    terminal.say(f"Written: {report(engine, args.name, args.out)}")
