"""Who gets which letter when: create, change, check, preview, approve, schedule, pause, resume, cancel, status."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from outreach import terminal
from outreach.clock import parse_date, parse_span, shown, zone
from outreach.commands import parts
from outreach.errors import ConfirmationError, Problem, UserError
from outreach.pasted import fields_of, in_words
from outreach.text import counted

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Engine

    from outreach.campaigns.check import Check
    from outreach.reports.standing.situation import CampaignNow
    from outreach.settings import Settings


def add(parser: argparse.ArgumentParser) -> None:
    """Add the commands of this group to its parser."""
    commands = parts.group(parser)
    command = parts.command(commands, "create", _create, "a letter for an audience")
    parts.by(command)
    command.add_argument("name", metavar="NAME")
    command.add_argument("--letter", required=True, metavar="L", help="a folder under templates/")
    parts.audience(command, required=True)
    command.add_argument(
        "--approvals", type=int, default=1, metavar="N", help="how many people have to approve it: 1 (default) or 2"
    )
    command = parts.command(commands, "list", _list, "every campaign, the newest first")
    parts.json_flag(command)
    command = parts.on_campaign(commands, "change", _change, "change what it is, while nobody has a letter of it")
    parts.by(command)
    command.add_argument("--name", dest="new_name", metavar="NAME", help="another name")
    command.add_argument("--letter", metavar="L", help="another folder under templates/")
    command.add_argument("--audience", nargs="+", metavar="A", help="another audience")
    command.add_argument(
        "--except", dest="exceptions", nargs="*", metavar="ISO3", help="leave these out; alone: leave nobody out"
    )
    command.add_argument("--as-of", metavar="DATE", help="another date at which membership is asked")
    command.add_argument("--time-zone", metavar="ZONE", help="another zone for its times")
    command.add_argument(
        "--require-read", choices=("yes", "no"), help="whether somebody has to have read each language before approval"
    )
    command = parts.on_campaign(commands, "delete", _delete, "take it away, while nobody has a letter of it")
    parts.by(command)
    command.add_argument("--yes", action="store_true", help="without asking")
    command = parts.on_campaign(commands, "approvals", _approvals, "how many people have to approve it")
    parts.by(command)
    command.add_argument("number", type=int, metavar="N", help="1 or 2; can be changed before the first approval")
    command = parts.on_campaign(commands, "dates", _dates, "the session that it is about, and the day of the vote")
    parts.by(command)
    command.add_argument("--session", metavar="NAME", help="such as HRC55; its days are filled in where they are known")
    command.add_argument("--starts", metavar="DATE", help="the first day of the session")
    command.add_argument("--ends", metavar="DATE", help="its last day")
    command.add_argument("--vote", metavar="DATE", help="the day of the vote; none takes it away, as with the others")
    parts.json_flag(command)
    command = parts.on_campaign(commands, "check", _check, "what stands in the way, and what to know")
    parts.json_flag(command)
    command = parts.on_campaign(commands, "preview", _preview, "each letter as a mail file and as a page")
    command.add_argument("--mission", metavar="ISO3", help="only this mission's")
    command.add_argument("--show", metavar="ISO3", help="print this mission's letter instead of writing files")
    command.add_argument("--out", type=Path, metavar="DIR", help="where to write them (default: previews/NAME)")
    command.add_argument(
        "--book", action="store_true", help="also all in one page to leaf through, and a contact sheet"
    )
    command = parts.on_campaign(
        commands, "differences", _differences, "between two letters, or since the last approval"
    )
    command.add_argument("missions", nargs="*", metavar="ISO3", help="two missions; none: this approval and the last")
    parts.json_flag(command)
    command = parts.on_campaign(commands, "approve", _approve, "freeze the letters as they are now")
    command.add_argument(
        "--by", required=True, metavar="WHO", help="the person who approves; of two, the login of an account"
    )
    command.add_argument(
        "--despite",
        nargs="+",
        default=[],
        metavar="CODE",
        help="overrule findings of the check by code, on record",
    )
    command = parts.on_campaign(commands, "schedule", _schedule, "set the time at which the letters are due")
    parts.by(command)
    command.add_argument(
        "--at", required=True, metavar="TIME", help='now, or such as "2024-03-18 09:00", in the campaign\'s zone'
    )
    command.add_argument(
        "--spread", metavar="SPAN", help="spread the letters over so long, such as 2h or 90m; 0: all at once"
    )
    command.add_argument("--no-spread", dest="spread", action="store_const", const="0", help="the same as --spread 0")
    command.add_argument(
        "--working-hours",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="only Monday to Friday, 9 to 17, without Geneva's holidays; what is not said stays as it was",
    )
    command.add_argument(
        "--again", action="store_true", help="also to missions that have had this letter already, by another campaign"
    )
    parts.yes(command)
    command = parts.on_campaign(
        commands, "follow-up", _follow_up, "a second letter in the same thread, some days later"
    )
    command.add_argument("--letter", required=True, metavar="L", help="a folder under templates/")
    command.add_argument("--after", required=True, metavar="SPAN", help='after the first letter: "5 working days"')
    command.add_argument("--to", default="none", metavar="WHO", help="none (no answer; the default), or a position")
    command.add_argument("--by", required=True, metavar="WHO", help="the person who approves")
    command.add_argument("--again", action="store_true", help="also where the same follow-up is planned already")
    command.add_argument(
        "--despite", nargs="+", default=[], metavar="CODE", help="overrule findings of the check by code, on record"
    )
    command.add_argument(
        "--no-mailbox", action="store_true", help="there is no box of answers that has to be read before it goes"
    )
    parts.yes(command)
    command = parts.on_campaign(commands, "test", _test, "one letter to yourself; it counts for nothing")
    parts.by(command)
    command.add_argument("--to", required=True, metavar="ADDRESS", help="your own address")
    command.add_argument("--mission", metavar="ISO3", help="this mission's letter (default: the first)")
    command = parts.on_campaign(commands, "pause", _pause, "hand no further letter to the mail server")
    parts.by(command)
    command = parts.on_campaign(commands, "resume", _resume, "go on where it stopped")
    parts.by(command)
    command = parts.on_campaign(commands, "cancel", _cancel, "cancel every letter that has not gone out")
    parts.by(command)
    command = parts.on_campaign(commands, "status", _status, "the campaign in numbers")
    parts.json_flag(command)


def _create(args: argparse.Namespace) -> None:
    from outreach.campaigns.alongside import alongside_in_words
    from outreach.campaigns.plan import create
    from outreach.campaigns.timing import had_in_words
    from outreach.letters.folder import load_letter

    settings, engine = parts.opened()
    created = create(
        engine,
        settings,
        args.name,
        load_letter(args.letter),
        audience=args.audience,
        exceptions=args.exceptions,
        as_of=parse_date(args.as_of) if args.as_of else None,
        approvals=args.approvals,
        by=parts.acting(args),
    )
    terminal.say(
        f"{args.name}: {counted(len(created.missions), 'mission')} as of {created.campaign.as_of}.",
        *had_in_words(created.campaign, created.repeated),
        *alongside_in_words(created.campaign, created.alongside),
        f"Next: outreach campaign check {parts.typed(args.name)}",
    )


def _list(args: argparse.Namespace) -> None:
    from outreach.commands.overview import campaign_json
    from outreach.reports.standing.situation import situation
    from outreach.wording import step_in_words

    settings, engine = parts.opened()
    found = situation(engine, settings).campaigns
    if args.json:
        terminal.say_json([campaign_json(one) for one in found])
        return
    terminal.table(
        ("Campaign", "Letter", "Missions", "State", "Due", "Out", "Next"),
        (
            (
                one.campaign.name, one.campaign.letter, one.known.status.missions,
                one.word, shown(_first_due(one), zone(one.campaign.time_zone)),
                one.known.status.messages.get("sent", 0),
                step_in_words(one.next, zone(one.campaign.time_zone), by=parts.who()),
            )
            for one in found
        ),
    )  # fmt: skip


def _first_due(one: CampaignNow) -> datetime | None:
    """When its first letter is due: of a follow-up, that is so long after the first letter to each."""
    return one.campaign.due_at if one.campaign.follows_id is None else one.known.first_at or one.last_due


def _change(args: argparse.Namespace) -> None:
    from outreach.campaigns.change import Changes, change
    from outreach.campaigns.plan import version_of
    from outreach.letters.folder import load_letter

    settings, engine = parts.opened()
    seen = version_of(engine, args.name)
    wanted = Changes(
        name=args.new_name,
        letter=load_letter(args.letter) if args.letter else None,
        audience=args.audience,
        exceptions=args.exceptions,
        as_of=parse_date(args.as_of) if args.as_of else None,
        time_zone=args.time_zone,
        require_read=None if args.require_read is None else args.require_read == "yes",
    )
    done = change(engine, args.name, wanted, by=parts.acting(args), seen=seen)
    if not done.fields:
        terminal.say(f"{done.name}: nothing is to be changed.")
        return
    terminal.say(*(f"  {field}: {old} → {new}" for field, old, new in done.fields))
    came = [f"+{iso3}" for iso3 in done.added] + [f"-{iso3}" for iso3 in done.removed]
    terminal.say(f"{done.name}: {counted(done.missions, 'mission')}{f' ({chr(32).join(came)})' if came else ''}.")
    if done.voided:
        terminal.say(
            f"The approval by {done.voided} no longer holds: its {counted(done.letters, 'letter')} will not go out. "
            "Approve it again."
        )
    if done.lost_time:
        terminal.say(f"Their time, {shown(done.lost_time, settings.tz)}, is gone: set it again.")
    if done.repeated:
        codes = ", ".join(one.iso3 for one in done.repeated)
        terminal.say(f"{len(done.repeated)} of its missions have had this letter already: {codes}.")
    terminal.say(f"Next: outreach campaign check {parts.typed(done.name)}")


def _delete(args: argparse.Namespace) -> None:
    from outreach.campaigns.change import delete_campaign, would_delete

    _, engine = parts.opened()
    goes = would_delete(engine, args.name)
    told = (
        f"{counted(goes.missions, 'mission')}, {counted(goes.letters, 'letter')} that went to nobody, "
        f"{counted(goes.signatories, 'signatory', 'signatories')}"
    )
    heading = f"With the campaign {args.name} go, for good:"
    if not args.yes and not terminal.agree(
        heading, [Problem("delete.told", "{told}", told=told, where="")], "Delete it?"
    ):
        raise ConfirmationError(
            "delete.not-confirmed",
            "{heading} {told}. Nobody has confirmed it, and nothing was deleted.",
            heading=heading,
            told=told,
            remedy="If that is meant, {AGREE:say so}.",
        )
    delete_campaign(engine, args.name, by=parts.acting(args), seen=goes.version)
    terminal.say(f"{args.name} is deleted: {told}.")


def _approvals(args: argparse.Namespace) -> None:
    from outreach.campaigns.plan import version_of
    from outreach.campaigns.two_people import ask_for

    _, engine = parts.opened()
    ask_for(engine, args.name, args.number, by=parts.acting(args), seen=version_of(engine, args.name))
    people = "one person has" if args.number == 1 else "two people have"
    terminal.say(f"{args.name}: {people} to approve its letters.")


def _dates(args: argparse.Namespace) -> None:
    from dataclasses import replace

    from outreach.campaigns.dates import dates_of, set_dates
    from outreach.campaigns.plan import get_campaign
    from outreach.database import reading

    _, engine = parts.opened()
    with reading(engine) as session:
        found = dates_of(get_campaign(session, args.name))
    given = {"starts": args.starts, "ends": args.ends, "vote_on": args.vote}
    changes: dict[str, Any] = {
        name: None if text == "none" else parse_date(text) for name, text in given.items() if text is not None
    }
    if args.session is not None:
        changes["session"] = "" if args.session == "none" else args.session
    if changes:
        found = set_dates(engine, args.name, replace(found, **changes), by=parts.acting(args), seen=found.version)
    told = {"session": found.session, "starts": found.starts, "ends": found.ends, "vote": found.vote_on}
    if args.json:
        terminal.say_json({name: str(value) if value else None for name, value in told.items()})
        return
    terminal.say(*(f"{name:<9}{value or 'not known'}" for name, value in told.items()))


def _check(args: argparse.Namespace) -> int:
    from outreach.campaigns.check import check

    settings, engine = parts.opened()
    found = check(engine, args.name, settings=settings)
    if args.json:
        terminal.say_json(
            {
                "campaign": args.name,
                "ready": found.ready,
                **fields_of(found),
            }
        )
    else:
        terminal.problems("These stand in the way:", found.problems)
        terminal.problems("To know:", found.warnings)
        terminal.problems("To note:", found.notes)
        if found.overrulable:
            codes = " ".join(found.overrulable)
            terminal.say(f"What is meant as it is can be overruled at the approval: --despite {codes}")
        terminal.say(f"{args.name}: {_verdict(found)}.")
    return 0 if found.ready else 2


def _verdict(found: Check) -> str:
    if found.problems:
        return "not ready"
    if not found.unaddressed:
        return f"ready to approve, {counted(found.missions, 'mission')}"
    lack = "has no usable address and gets" if len(found.unaddressed) == 1 else "have no usable address and get"
    every = found.missions + len(found.unaddressed)
    some = f"{len(found.unaddressed)} of {counted(every, 'mission')} {lack} nothing"
    return f"{some}; ready to approve, {counted(found.missions, 'letter')}" if found.missions else f"not ready: {some}"


def _preview(args: argparse.Namespace) -> None:
    from outreach.campaigns.preview import preview, shown

    settings, engine = parts.opened()
    if args.show:
        terminal.say(shown(engine, settings, args.name, args.show))
        return
    written = preview(engine, settings, args.name, iso3=args.mission, out=args.out, book=args.book)
    for one in written:
        terminal.say(f"{one.iso3}  {one.language}{' (fallback)' if one.fell_back else ''}  {one.page}  {one.mail}")
    if args.book and written:
        from outreach.campaigns.book import CONTACT_SHEET, LETTERS

        terminal.say(*(f"all  {written[0].page.with_name(name)}" for name in (LETTERS, CONTACT_SHEET)))


def _differences(args: argparse.Namespace) -> None:
    from outreach.campaigns.differences import between_approvals, between_missions

    if len(args.missions) not in {0, 2}:
        raise UserError(
            "command.two-missions",
            "Name two missions, or none to compare with the last approval.",
            remedy="Such as FRA DEU.",
        )
    settings, engine = parts.opened()
    if args.missions:
        found = [between_missions(engine, settings, args.name, *args.missions)]
    else:
        found = between_approvals(engine, args.name)
    if args.json:
        terminal.say_json([asdict(one) for one in found])
        return
    for one in found:
        terminal.say(", ".join(one.missions), *(one.lines or ("  nothing differs",)), "")


def _approve(args: argparse.Namespace) -> None:
    from outreach.campaigns.approve import approve
    from outreach.campaigns.plan import version_of
    from outreach.campaigns.timing import repeated_by

    settings, engine = parts.opened(a_copy="is refused")
    seen = version_of(engine, args.name)
    by = parts.approving(engine, settings, args.name, args.by)
    approval = approve(engine, settings, args.name, by=by, seen=seen, despite=args.despite)
    had = repeated_by(engine, args.name)
    if approval.unchanged:
        when = f"; their time stays {shown(approval.due_at, settings.tz)}" if approval.due_at else ""
        terminal.say(
            f"{args.name}: nothing has changed since {approval.unchanged.by} approved these letters, on "
            f"{shown(approval.unchanged.at, settings.tz)}. They stay approved as they are{when}.",
            *had,
        )
        return
    if approval.voided:
        terminal.say(
            f"The approval by {approval.voided.by} no longer holds: since then "
            f"{counted(len(approval.changed), 'letter has', 'letters have')} changed ({', '.join(approval.changed)})."
        )
    if approval.held:
        terminal.say(f"Held for want of a usable address: {', '.join(approval.held)}.")
    if approval.first_by:
        terminal.say(
            f"{args.name}: {counted(approval.ready, 'letter is', 'letters are')} as {approval.first_by} approved, "
            f"and now approved by {by.name} too."
        )
    else:
        terminal.say(
            f"{args.name}: {counted(approval.ready, 'letter is frozen as it is', 'letters are frozen as they are')} "
            f"now, approved by {by.name}."
        )
    if approval.despite:
        terminal.say(f"Approved despite {', '.join(approval.despite)}; that is on record.")
    terminal.problems("To know before they go:", approval.too_large)
    if approval.kept:
        terminal.say(f"Out already, and kept as they are: {', '.join(approval.kept)}.")
    if approval.went_out.sent:
        terminal.say(
            "Out already, before this copy was brought back, by the dispatch journal; they count as sent: "
            f"{', '.join(approval.went_out.sent)}."
        )
    if approval.went_out.doubtful:
        terminal.say(
            "In doubt, since they may have gone out before this copy was brought back: "
            f"{', '.join(approval.went_out.doubtful)}."
        )
    if approval.lost_time:
        terminal.say(
            f"Their time, {shown(approval.lost_time, settings.tz)}, no longer holds: these are other letters, and need "
            "a time of their own."
        )
    terminal.say(*had)
    if approval.awaits_second:
        terminal.say(
            f"A second person has to approve them: outreach campaign approve {parts.typed(args.name)} --by WHO"
        )
        return
    terminal.say(parts.mode_line(settings), f"Next: {_next(engine, settings, args.name)}")


def _next(engine: Engine, settings: Settings, name: str) -> str:
    from outreach.reports.standing.situation import situation
    from outreach.wording import step_in_words

    (now,) = situation(engine, settings, name=name).campaigns
    return step_in_words(now.next, zone(now.campaign.time_zone), by=parts.who())


def _schedule(args: argparse.Namespace) -> None:
    from datetime import timedelta

    from outreach.campaigns.plan import version_of
    from outreach.campaigns.timing import count_missions, reached_by, repeated_by, schedule

    settings, engine = parts.opened(a_copy="is refused")
    seen = version_of(engine, args.name)
    spread = None
    if args.spread is not None:
        spread = timedelta() if args.spread.strip() in ("0", "none") else parse_span(args.spread)
    yes = args.yes
    had = repeated_by(engine, args.name, again=args.again)
    terminal.say(*had, *reached_by(engine, settings, args.name))
    if yes is None and settings.live:
        yes = parts.ask_missions(count_missions(engine, args.name))
    done = schedule(
        engine,
        settings,
        args.name,
        args.at,
        yes=yes,
        spread_over=spread,
        working_hours=args.working_hours,
        by=parts.acting(args),
        again=args.again,
        seen=seen,
    )
    until = "" if done.last_at == done.due_at else f", the last on {shown(done.last_at, done.zone)}"
    if done.letters:
        are = counted(done.letters, "letter is", "letters are")
        terminal.say(f"{args.name}: {are} due on {shown(done.due_at, done.zone)}{until}.")
    else:
        terminal.say(f"{args.name}: nothing is left to go{' but what is held' if done.held else ': all is out'}.")
    if done.plan:
        terminal.say(f"They are {done.plan}.")
    if done.held:
        held = f"{counted(done.held, 'is', 'are')} held"
        terminal.say(f"{held}: outreach messages list {parts.typed(args.name)}")
    if done.unusual:
        terminal.say(f"Note: {done.unusual} in {done.zone.key}.")
    then = "outreach run, or outreach send at that time" if done.letters else _next(engine, settings, args.name)
    terminal.say(parts.mode_line(settings), f"Next: {then}")


def _follow_up(args: argparse.Namespace) -> None:
    from outreach.campaigns.follow_up import follow_up
    from outreach.campaigns.plan import version_of

    settings, engine = parts.opened(a_copy="is refused")
    by = parts.approving(engine, settings, args.name, args.by)
    made = follow_up(
        engine,
        settings,
        args.name,
        letter=args.letter,
        after=args.after,
        to=args.to,
        by=by,
        yes=args.yes,
        ask=parts.ask_missions,
        again=args.again,
        no_mailbox=args.no_mailbox,
        seen=version_of(engine, args.name),
        despite=args.despite,
    )
    ready = counted(made.approval.ready, "letter is", "letters are")
    terminal.say(
        f"{made.name}: {ready} frozen, approved by {by.name}. Each goes out {args.after} after the first letter, if it "
        "is still wanted then."
    )
    if not (settings.imap_host or settings.no_mailbox or args.no_mailbox):
        terminal.say(
            "No mail box is set (imap_host): each waits until the answers that came before its time are taken in with "
            "outreach inbox ingest. Where there is no such box: no_mailbox = true in outreach.toml."
        )
    if made.approval.awaits_second:
        terminal.say(
            "A second person has to approve them, and then they need a time: "
            f"outreach campaign approve {parts.typed(made.name)} --by WHO"
        )
    if made.due:
        terminal.say(f"The first is due on {shown(made.due[0], settings.tz)}.")
    terminal.say(parts.mode_line(settings), f"See them: outreach messages list {parts.typed(made.name)}")


def _test(args: argparse.Namespace) -> None:
    from outreach.schedule import send_test

    settings, engine = parts.opened()
    iso3, reply = send_test(engine, settings, Path(), args.name, by=parts.acting(args), to=args.to, iso3=args.mission)
    terminal.say(f"{parts.test_letter(settings, iso3, args.to)} It counts for nothing. The server said: {reply}")


def _pause(args: argparse.Namespace) -> None:
    from outreach.campaigns.timing import pause

    _, engine = parts.opened()
    waiting = pause(
        engine, args.name, by=parts.acting(args)
    )  # a word that stops it holds, whatever somebody has changed meanwhile
    terminal.say(f"{args.name}: paused; {counted(waiting, 'letter waits', 'letters wait')}.")


def _resume(args: argparse.Namespace) -> None:
    from outreach.campaigns.plan import version_of
    from outreach.campaigns.timing import resume

    settings, engine = parts.opened(a_copy="is refused")
    letters = resume(engine, settings, args.name, by=parts.acting(args), seen=version_of(engine, args.name))
    terminal.say(f"{args.name}: goes on; {counted(letters, 'letter is', 'letters are')} still to go.")


def _cancel(args: argparse.Namespace) -> None:
    from outreach.campaigns.timing import cancel

    _, engine = parts.opened()
    letters = cancel(engine, args.name, by=parts.acting(args))  # as with pause
    terminal.say(f"{args.name}: cancelled; {counted(letters, 'letter')} will not go out.")


def _status(args: argparse.Namespace) -> None:
    from outreach.campaigns.box import looked_at_in_words, wait_in_words
    from outreach.campaigns.plan import get_campaign
    from outreach.database import reading
    from outreach.reports.standing.situation import situation
    from outreach.reports.status import status
    from outreach.wording import care_in_words, come_back_in_words, step_in_words

    settings, engine = parts.opened()
    with reading(engine) as session:
        campaign = get_campaign(session, args.name)
        numbers = status(session, campaign)
        unread = wait_in_words(session, campaign, no_mailbox=settings.no_mailbox)
        to_look_at = looked_at_in_words(session, campaign)
    (now,) = situation(engine, settings, name=args.name).campaigns
    word = now.word
    found = (
        numbers.as_dict()
        | {"stage": word}
        | (
            {"waits_for_box": in_words(unread), "waits_for_word": in_words(to_look_at)}
            if campaign.follows_id is not None
            else {}
        )
    )
    if args.json:
        terminal.say_json(found | {"ask_again": [back.as_dict() for back in now.known.come_backs]})
        return
    tz = zone(now.campaign.time_zone)
    terminal.say(f"{found['campaign']}: {word}{': ' + found['reason'] if found['reason'] else ''}")
    terminal.say(counted(numbers.missions, "mission"), parts.mode_line(settings))
    if "approvals" in found:
        given = " and ".join(found["approvals"]["given_by"]) or "nobody yet"
        terminal.say(f"Two people have to approve it; approved by {given}.")
    for heading in ("messages", "delivery", "answers", "positions"):
        counts = ", ".join(f"{count} {word}" for word, count in found[heading].items())
        terminal.say(f"  {heading:<10}{counts or 'none yet'}")
    if found["mode_rehearsed"]:
        was = counted(numbers.rehearsed, "letter was", "letters were")
        terminal.say(f"{was} taken in rehearsal only, and so reached nobody.")
    for words in filter(None, (unread, to_look_at)):
        terminal.say(words)
    for stop in now.stops:
        if not stop.words or stop.words != now.campaign.reason:
            terminal.say(care_in_words(stop, tz, numbers.missions, by=parts.who(), then=now.next))
    for back in now.known.come_backs:
        terminal.say(come_back_in_words(back))
    terminal.say(f"Next: {step_in_words(now.next, tz, by=parts.who())}")
