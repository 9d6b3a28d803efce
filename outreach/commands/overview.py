"""Where everything stands: what `outreach` says by itself, and `outreach status`."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from outreach import clock, terminal
from outreach.clock import zone
from outreach.commands import parts
from outreach.errors import NoDatabaseError
from outreach.pasted import in_words
from outreach.text import counted

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from outreach.reports.standing.next_steps import Step, Stopped
    from outreach.reports.standing.situation import CampaignNow, Situation
    from outreach.settings import Settings

BLOCKED = 3
"""The exit status where letters are due that can't go before a person has done something."""


def add_status(parser: argparse.ArgumentParser) -> None:
    """Add what `status` takes."""
    parser.add_argument("--campaign", metavar="NAME", help="only this campaign")
    parts.json_flag(parser)
    parser.set_defaults(command=_status)


def first_look() -> int | None:
    """Say where everything stands in a campaign folder, as `outreach status` does; None in any other folder."""

    try:
        return _status(argparse.Namespace(campaign=None, json=False))
    except NoDatabaseError as error:
        if error.gone:
            raise
        return None


def begin_here() -> int | None:
    """In an empty folder, open the assistant in a browser, as `outreach serve` does; where none can be seen, say how.

    None in a folder that holds something, and where it was said: the help follows.
    """
    from outreach.platform import has_display
    from outreach.workplace import is_empty

    if not is_empty(Path()):
        return None
    if terminal.is_seen() and has_display():
        from outreach.commands.desk import begin

        begin()
        return 0
    terminal.say("This folder is empty. To set a campaign up in a browser: outreach serve", "")
    return None


def _status(args: argparse.Namespace) -> int:
    from outreach.campaigns.plan import get_campaign
    from outreach.database import reading
    from outreach.reports.standing.situation import situation

    settings, engine = parts.opened()
    if args.campaign:
        with reading(engine) as session:
            get_campaign(session, args.campaign)
    found = situation(engine, settings, name=args.campaign)
    if args.json:
        terminal.say_json(as_json(found))
    else:
        terminal.say(parts.mode_line(settings), *_whole_lines(found, settings.tz), *_mail_account(settings))
        for one in found.campaigns:
            terminal.say("", *_lines(one))
    return BLOCKED if found.blocked else 0


def _mail_account(settings: Settings) -> Iterator[str]:
    """What is to be done about the mail account's sign-in: soon, for what is wrong is told before."""
    if not (settings.smtp_client_id or settings.provider):
        return
    from outreach.outbox.sign_in.sign_in_standing import warning

    found = warning(settings)
    if found is not None:
        said = f"The mail account's sign-in: {in_words(found.words)} " if found.verdict == "note" else ""
        yield f"{said}{in_words(found.cure)}"


def _whole_lines(found: Situation, tz: ZoneInfo) -> Iterator[str]:
    from outreach.outbox.copies import CopyPlace, to_come
    from outreach.wording import box_in_words, copies_said, retention_in_words, step_in_words

    around = found.around
    if around.running:
        yield f"Sending now: {', '.join(sorted(set(map(in_words, around.running))))}."
    if around.settings:
        yield f"No letter can go out under these settings: {around.settings}"
    for copies in found.copies:
        if copies.trouble:
            yield f"{copies_said(copies)} They went out all the same."
        elif copies.lacking and copies.place == CopyPlace.SENT:
            yield str(to_come(copies.lacking))
    yield from filter(None, map(box_in_words, found.boxes))
    if found.retention is not None:
        yield retention_in_words(found.retention, tz)
    if found.to_settle:
        waits = counted(found.to_settle, "mail waits", "mails wait")
        yield f"{waits} to be put down to a mission: outreach inbox list"
    if found.next is not None:
        yield "No campaign yet."
        yield f"Next: {step_in_words(found.next, _utc(), by=parts.who())}"


def _lines(one: CampaignNow) -> Iterator[str]:
    from outreach.reports.standing.phase import is_finished
    from outreach.vocabulary import Stop
    from outreach.wording import care_in_words, put_off_in_words, step_in_words

    campaign, status, tz = one.campaign, one.known.status, clock.zone(one.campaign.time_zone)
    letters = _counted(status.messages, "none yet")
    if (one.known.stage == "cancelled" or is_finished(one.known.stage)) and not one.stops:
        yield f"{campaign.name}  {one.known.stage}: {letters}; answers: {_counted(status.answers, 'none')}"
        yield from _days_to_ask_again(one)
        return
    yield f"{campaign.name}  {one.word}"
    facts = {
        "letter": f"{campaign.letter}, from {one.sender or 'nobody: set from in outreach.toml'}",
        "to": audience_in_words(one),
        "approved": _approved(one),
        "due": _due(one),
        "letters": letters,
        "rehearsed": f"{status.rehearsed} of them in rehearsal only, and so by nobody" if status.rehearsed else "",
        "answers": _counted(status.answers, "") if status.messages.get("sent") else "",
    }
    yield from (_line(heading, words) for heading, words in facts.items() if words)
    for stop in one.stops:
        yield _line(
            "stops" if stop.whole else "care", care_in_words(stop, tz, status.missions, by=parts.who(), then=one.next)
        )
    if one.known.put_off is not None and all(stop.stop is not Stop.PUT_OFF for stop in one.stops):
        yield _line("waits", put_off_in_words(one.known.put_off, tz))
    yield from _days_to_ask_again(one)
    yield _line("next", step_in_words(one.next, tz, by=parts.who()))


def _days_to_ask_again(one: CampaignNow) -> Iterator[str]:
    from outreach.wording import come_back_in_words

    for back in one.known.come_backs:
        yield _line("due" if back.due else "later", come_back_in_words(back))


def _line(heading: str, words: str) -> str:
    return f"  {heading:<10}{words}"


def audience_in_words(one: CampaignNow) -> str:
    """Say whom a campaign writes to, such as `46 missions: hrc-members as of 2024-03-18, without FRA`."""
    campaign, number = one.campaign, one.known.status.missions
    without = f", without {', '.join(code.upper() for code in campaign.exceptions)}" if campaign.exceptions else ""
    missions = counted(number, "mission")
    return f"{missions}: {' + '.join(campaign.audience)} as of {campaign.as_of}{without}"


def _approved(one: CampaignNow) -> str:
    tz = clock.zone(one.campaign.time_zone)
    given = [f"{who.by}{f', {clock.shown(who.at, tz)}' if who.at else ''}" for who in one.approvals]
    asked = one.campaign.approvals
    if not given:
        return "two people have to" if asked > 1 else ""
    return f"by {'; '.join(given)}" + (", of two people who have to" if len(given) < asked else "")


def _due(one: CampaignNow) -> str:
    from outreach.campaigns.plan import span_in_words

    campaign, tz = one.campaign, clock.zone(one.campaign.time_zone)
    if campaign.due_at is None and one.known.first_at is None:
        return ""
    first = one.known.first_at if campaign.follows_id is not None else campaign.due_at
    words = clock.shown(first, tz) or "so long after the first letters"
    if one.last_due is not None and one.last_due != first:
        words += f", the last {clock.shown(one.last_due, tz)}"
    if one.known.first_at is not None and one.known.first_at not in (first, one.last_due):
        words += f", the next {clock.shown(one.known.first_at, tz)}"
    if campaign.spread_minutes:
        words += f", spread over {span_in_words(campaign.spread_minutes)}"
    return words + (", in working hours only" if campaign.working_hours else "")


def _counted(counts: dict[str, int], none: str) -> str:
    return ", ".join(f"{number} {word}" for word, number in counts.items()) or none


def as_json(found: Situation) -> dict[str, Any]:
    """Return what `status --json` prints: docs/status.md says what each key means. Times are UTC (ISO 8601)."""
    around = found.around

    return {
        "at": _iso(around.now),
        "mode": found.mode,
        "mail_server": found.mail_server,
        "blocked": found.blocked,
        "copy": around.copy,
        "settings": around.settings or None,
        "running": sorted(set(map(in_words, around.running))),
        "missions": found.missions,
        "mails_to_settle": found.to_settle,
        "box_read_at": _iso(found.box_read_at),
        "boxes": [one.as_dict() | {"read_at": _iso(one.read_at)} for one in found.boxes],
        "copies": [
            {
                "place": one.place,
                "to": one.to,
                "lacking": one.lacking,
                "trouble": one.trouble or None,
                "since": _iso(one.since),
            }
            for one in found.copies
        ],
        "retention": None
        if (kept := found.retention) is None
        else {"erases_at": _iso(kept.erases_at), "days": kept.days, "mails": kept.mails, "people": kept.people},
        "next": _step(found.next) if found.next is not None else None,
        "campaigns": [campaign_json(one) for one in found.campaigns],
    }


def campaign_json(one: CampaignNow) -> dict[str, Any]:
    """Return one campaign as `status --json` and `campaign list --json` tell of it."""
    campaign, known = one.campaign, one.known
    return {
        "campaign": campaign.name,
        "letter": campaign.letter,
        "audience": list(campaign.audience),
        "exceptions": [code.upper() for code in campaign.exceptions],
        "left_out": [{"iso3": left.iso3, "why": left.why} for left in one.left_out],
        "as_of": str(campaign.as_of),
        "sender": one.sender,
        "time_zone": campaign.time_zone,
        "state": str(campaign.state),
        "stage": one.word,
        "put_off": None
        if (off := known.put_off) is None
        else {"letters": off.letters, "said": off.words, "of": off.alike, "since": _iso(off.since)},
        "follows": campaign.follows_id is not None,
        "approvals": {
            "asked": campaign.approvals,
            "given": [{"by": who.by, "at": _iso(who.at)} for who in one.approvals],
        },
        "due": {
            "first": _iso(campaign.due_at if campaign.follows_id is None else known.first_at),
            "last": _iso(one.last_due),
            "next": _iso(known.first_at),
            "spread_minutes": campaign.spread_minutes,
            "working_hours": campaign.working_hours,
        },
        "missions": known.status.missions,
        "messages": known.status.messages,
        "delivery": known.status.delivery,
        "answers": known.status.answers,
        "positions": known.status.positions,
        "rehearsed": known.status.rehearsed,
        "unread": known.status.unread,
        "ask_again": [back.as_dict() for back in known.come_backs],
        "tasks": [one.as_dict() for one in known.tasks],
        "blocked": one.blocked,
        "stops": [_stop_json(stop) for stop in one.stops],
        "next": _step(one.next),
    }


def _stop_json(stop: Stopped) -> dict[str, Any]:
    return {
        "stop": str(stop.stop),
        "whole": stop.whole,
        "blocks": stop.blocks,
        "letters": stop.letters,
        "since": _iso(stop.since),
        "words": stop.words,
        "missions": list(stop.missions),
        "said": stop.said,
        "next": _step(stop.step),
    }


def _step(step: Step) -> dict[str, Any]:
    from datetime import datetime

    from outreach.wording import commands

    values = {name: _iso(value) if isinstance(value, datetime) else value for name, value in step.arguments.items()}
    return {"todo": str(step.todo), "arguments": values, "commands": commands(step, by=parts.who())}


def _iso(moment: datetime | None) -> str | None:
    from datetime import UTC

    return None if moment is None else moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _utc() -> Any:
    return zone("UTC")
