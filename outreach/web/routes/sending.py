"""The guided send: audience, check, preview, approve, when, confirm; then the progress, live, and the brakes."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from anyio import to_thread
from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse
from sqlmodel import Session, select
from starlette.exceptions import HTTPException

from outreach import clock
from outreach.campaigns import timing
from outreach.campaigns.alongside import alongside, lines_of
from outreach.campaigns.approve import approve
from outreach.campaigns.box import wait_in_words
from outreach.campaigns.check import Check, ReadOver, check, read_over
from outreach.campaigns.compose import Composed
from outreach.campaigns.differences import Since, since_approval
from outreach.campaigns.had_already import repeated, told
from outreach.campaigns.material import Material
from outreach.campaigns.plan import campaign_numbered, listed_of, span_in_words
from outreach.campaigns.preview import compose_one, one_letter
from outreach.campaigns.two_people import FirstApproval, ask_for, changed_since, first_approval
from outreach.catalogues import Tongue
from outreach.database import reading
from outreach.errors import ConfirmationError, ConflictError, NotFoundError, OutreachError, UserError
from outreach.letters.folder import stamp
from outreach.letters.reading import enclosed
from outreach.missions.allow_list import reach, reach_in_words
from outreach.missions.directory import Listed
from outreach.missions.names import state_name
from outreach.models import Campaign, Message
from outreach.outbox.attendance import Waiting, waiting
from outreach.outbox.resolve import resolve
from outreach.outbox.retrying import retry
from outreach.reports.standing.phase import stage_of
from outreach.reports.status import CampaignStatus, status
from outreach.schedule import send_test
from outreach.sentences import Sentence, in_words_of
from outreach.vocabulary import CampaignState, MessageState
from outreach.web import render
from outreach.web.access import GuardedRoute
from outreach.web.cache import LARGE
from outreach.web.clicked import as_text
from outreach.web.desk import Desk, actor, desk_of, visit_of, who
from outreach.web.form_fields import Number, Short
from outreach.web.progress import attended, put_off_told, settled
from outreach.web.render import go, page
from outreach.web.session import still_in_force
from outreach.web.showing import attached, framed, pdf_among
from outreach.web.tongues import tongue_of
from outreach.web.words import by_name
from outreach.witness.server_sizes import largest_taken

router = APIRouter(route_class=GuardedRoute)

_POLL_SECONDS = 1.0
_LONGEST_STREAM = 600
"""Polls after which a stream ends; the browser opens a new one by itself, if its session still holds."""
_MOST_STREAMS = 6
"""So many streams one person has open at a time: each takes one of the connections that all share."""
_SPANS = (30, 60, 120, 180, 240, 360, 480, 720, 1440)
_LONGEST_SPREAD = 100_000


@router.get("/sending")
def sending_standing(request: Request, seen: str = "", mode: str = "") -> Response:
    """How the process that sends stands, and in which mode; nothing where what was `seen` still holds."""
    desk = desk_of(request)
    standing = desk.sender() if desk.sender is not None else None
    mark = standing.mark if standing is not None and standing.troubled else ""
    now = str(desk.settings.mode)
    if seen == mark and mode in ("", now):
        return Response(status_code=204)
    return page(request, "part_sending.html", changed=mode not in ("", now))


@router.get("/campaigns/{number}/send")
def send_page(request: Request, number: Number) -> Response:
    """The way from an audience to letters that are out, step by step."""
    return _guide(request, number)


@router.get("/campaigns/{number}/send/preview")
def send_preview(request: Request, number: Number, mission: str = "", show: str = "") -> Response:
    """One mission's letter as it would go out now, with the way to the one before and the one after.

    It is shown as the mail, as the PDF that goes with it, or by what differs from what was approved.
    """
    desk = desk_of(request)
    say = tongue_of(request)
    campaign, missions, _, word, *_ = _standing(desk, number, say)
    named = {one.iso3: state_name(one.iso3, one.short_name, say) for one in missions}
    codes = by_name(say, named, lambda code: named[code])
    wanted = mission.strip().upper() or codes[0]
    if wanted not in codes:
        raise NotFoundError(
            "campaign.no-mission",
            "{mission!r} is no mission of the campaign {campaign!r}.",
            mission=wanted,
            campaign=campaign.name,
        )
    place = codes.index(wanted)
    one = _composed(desk, campaign, wanted)
    files = enclosed(one.raw)
    return page(
        request, "preview.html", campaign=campaign, codes=codes, named=named, place=place, tab="send",
        one=one, files=files, pdf=pdf_among(files), since=_since(desk, campaign, one), show=show, tz=_tz(campaign),
        stage=word,
        before=codes[place - 1] if place else "", after=codes[place + 1] if place + 1 < len(codes) else "",
    )  # fmt: skip


@router.get("/campaigns/{number}/send/preview/{iso3}")
def send_preview_frame(request: Request, number: Number, iso3: str) -> Response:
    """That letter's own page, for a frame."""
    desk = desk_of(request)
    campaign = desk.read(("campaign", number), lambda session: campaign_numbered(session, number))
    return framed(_composed(desk, campaign, iso3.strip().upper()).merged.mail.page)


@router.get("/campaigns/{number}/send/preview/{iso3}/files/{place}")
def send_preview_file(request: Request, number: Number, iso3: str, place: Number, shown: bool = False) -> Response:
    """A file that would go with that letter, such as its PDF; to keep, or a PDF to be shown."""
    desk = desk_of(request)
    campaign = desk.read(("campaign", number), lambda session: campaign_numbered(session, number))
    return attached(_composed(desk, campaign, iso3.strip().upper()).raw, place, shown=shown)


@router.post("/campaigns/{number}/test")
def trial_letter(request: Request, number: Number, to: Short = "", mission: Short = "") -> Response:
    """Send one mission's letter, as it would be now, to an address of one's own."""
    desk, name = desk_of(request), _name(request, number)
    iso3, answer = send_test(
        desk.engine, desk.to_send(), desk.folder, name, by=actor(request), to=to.strip(), iso3=mission or None
    )
    return go(
        request,
        f"/campaigns/{number}/send/preview?mission={iso3}",
        tongue_of(request)("Sent to {address} as a test: {answer}", address=to.strip(), answer=answer),
    )


@router.post("/campaigns/{number}/approvals")
def campaign_approvals(request: Request, number: Number, approvals: Short = "", seen: Short = "") -> Response:
    """Set how many people have to approve, before anybody has."""
    desk, name = desk_of(request), _name(request, number)
    try:
        ask_for(
            desk.engine, name, int(approvals) if approvals in ("1", "2") else 0, by=actor(request), seen=_seen(seen)
        )
    except UserError as error:
        return _guide(request, number, error, "approve")
    say = tongue_of(request)
    one = approvals == "1"
    words = say("One person has to approve these letters.") if one else say("Two people have to approve these letters.")
    return go(request, f"/campaigns/{number}/send#approve", words)


@router.post("/campaigns/{number}/approve")
def campaign_approve(
    request: Request, number: Number, seen: Short = "", same: Short = "", despite: Short = ""
) -> Response:
    """Freeze the letters as they are now; or approve those that a first person did, where the page said `same`.

    `despite` are the codes of the findings that the person overrules, with spaces between.
    """
    desk, name = desk_of(request), _name(request, number)
    try:
        done = approve(
            desk.engine, desk.settings, name, by=actor(request), only_second=same == "yes", seen=_seen(seen),
            templates=desk.templates, despite=despite.split(),
        )  # fmt: skip
    except UserError as error:
        return _guide(request, number, error, "approve")
    say = tongue_of(request)
    if done.unchanged:
        words = say(
            "Nothing has changed since {who} approved these letters: they stay as they are.", who=done.unchanged.by
        )
        return go(request, f"/campaigns/{number}/send#when", words)
    words = say.several(
        "{count} letter is frozen as it is now.", "{count} letters are frozen as they are now.", done.ready
    )
    if done.first_by:
        words = say.several(
            "{count} letter is approved by {who} and by you.", "{count} letters are approved by {who} and by you.",
            done.ready, who=done.first_by,
        )  # fmt: skip
    elif done.awaits_second:
        words += " " + say("Nothing goes out before a second person has approved the same letters.")
    if out := done.went_out.sent:
        words += " " + say.several(
            "{count} went out before this copy was brought back, and counts as sent: {codes}.",
            "{count} went out before this copy was brought back, and count as sent: {codes}.", len(out),
            codes=", ".join(out),
        )  # fmt: skip
    if doubtful := done.went_out.doubtful:
        words += " " + say("In doubt, since they may have gone out: {codes}.", codes=", ".join(doubtful))
    for problem in done.too_large:
        words += " " + say("Note: {what}.", what=as_text(problem.says, say))
    if done.lost_time:
        moment = say.moment(done.lost_time, desk.settings.tz)
        words += " " + say("Their time, {moment}, no longer holds: set it again.", moment=moment)
    return go(request, f"/campaigns/{number}/send#{'approve' if done.awaits_second else 'when'}", words)


@router.post("/campaigns/{number}/schedule")
def campaign_schedule(
    request: Request, number: Number, at: Short = "", day: Short = "", hour: Short = "", missions: Short = "",
    spread: Short = "", hours: Short = "", again: Short = "", seen: Short = "",
) -> Response:  # fmt: skip
    """Set the time. In live mode the number of missions has to be typed. What the form does not say stays as it was."""
    desk, name = desk_of(request), _name(request, number)
    try:
        done = timing.schedule(
            desk.engine, desk.settings, name, "now" if at == "now" else f"{day} {hour}", yes=_number(missions),
            spread_over=_minutes(spread), working_hours={"working": True, "any": False}.get(hours),
            by=actor(request), again=again == "yes", seen=_seen(seen),
        )  # fmt: skip
    except UserError as error:
        given = {"at": at, "day": day, "hour": hour, "spread": spread, "hours": hours, "again": again}
        return _guide(request, number, error, "when", given)
    say = tongue_of(request)
    moment = say.moment(done.due_at, done.zone)
    words = say.several(
        "{count} letter is due on {moment}.", "{count} letters are due on {moment}.", done.letters, moment=moment
    )
    if done.plan and done.letters:
        words = say.several(
            "{count} letter is due on {moment}, {plan}.", "{count} letters are due on {moment}, {plan}.", done.letters,
            moment=moment, plan=in_words_of(done.plan, say),
        )  # fmt: skip
    if not done.letters:
        words = (
            say("Nothing is left to go but what is held.") if done.held else say("Nothing is left to go: all is out.")
        )
    if done.unusual:
        words += " " + say("Note: {what} in {place}.", what=done.unusual.said(say), place=done.zone.key)
    return go(request, f"/campaigns/{number}/send#progress", words)


@router.post("/campaigns/{number}/pause")
def campaign_pause(request: Request, number: Number, seen: Short = "") -> Response:
    """Hand no further letter to the mail server."""
    desk, name = desk_of(request), _name(request, number)
    try:
        waiting = timing.pause(desk.engine, name, by=actor(request), seen=_seen(seen))
    except UserError as error:
        return _guide(request, number, error, "progress")
    words = tongue_of(request).several("Paused: {count} letter waits.", "Paused: {count} letters wait.", waiting)
    return go(request, f"/campaigns/{number}/send#progress", words)


@router.post("/campaigns/{number}/resume")
def campaign_resume(request: Request, number: Number, seen: Short = "") -> Response:
    """Go on where it stopped."""
    desk, name = desk_of(request), _name(request, number)
    try:
        letters = timing.resume(desk.engine, desk.settings, name, by=actor(request), seen=_seen(seen))
    except UserError as error:
        return _guide(request, number, error, "progress")
    words = tongue_of(request).several(
        "It goes on: {count} letter is still to go.", "It goes on: {count} letters are still to go.", letters
    )
    return go(request, f"/campaigns/{number}/send#progress", words)


@router.post("/campaigns/{number}/cancel")
def campaign_cancel(request: Request, number: Number, name: Short = "", seen: Short = "") -> Response:
    """Cancel every letter that has not gone out, once the campaign's name was typed."""
    desk, wanted = desk_of(request), _name(request, number)
    if name.strip() != wanted:
        error = ConfirmationError(
            "desk.other-name", "The name that was typed is not this campaign's: nothing was cancelled."
        )
        return _guide(request, number, error, "progress")
    try:
        cancelled = timing.cancel(desk.engine, wanted, by=actor(request), seen=_seen(seen))
    except UserError as error:
        return _guide(request, number, error, "progress")
    words = tongue_of(request).several(
        "Cancelled: {count} letter will not go out.", "Cancelled: {count} letters will not go out.", cancelled
    )
    return go(request, f"/campaigns/{number}/send", words)


@router.post("/messages/{message}/resolve")
def message_resolve(request: Request, message: Number, decision: Short = "") -> Response:
    """Decide what became of an uncertain letter."""
    desk = desk_of(request)
    say = tongue_of(request)
    done = resolve(desk.engine, message, decision, by=actor(request))
    return go(
        request,
        f"/campaigns/{done.campaign_id}/letters/{done.iso3}",
        say("The letter to {mission}: {state}.", mission=done.iso3, state=say.word(done.state)),
    )


@router.post("/campaigns/{number}/retry")
def campaign_retry(request: Request, number: Number, mission: Short = "") -> Response:
    """Try letters again that the mail server did not take: all of a campaign, or one mission's."""
    desk = desk_of(request)
    with reading(desk.engine) as session:
        wanted = campaign_numbered(session, number).name
    done = retry(desk.engine, desk.settings, wanted, by=actor(request), missions=[mission] if mission else [])
    where = f"/campaigns/{number}/letters/{mission}" if mission else f"/campaigns/{number}/send"
    say = tongue_of(request)
    words = say("Tried again: {missions}.", missions=", ".join(done.letters)) if done.letters else ""
    for one in done.replaced:
        cure = (
            say("Send the letter to the address that counts now: see the mission's letter.")
            if one.partly
            else say("Approve the campaign again.")
        )
        words += " " + say(
            "Not tried again, since the directory has changed: {change}. {cure}", change=str(one.change), cure=cure
        )
    if done.stands_for:
        words += " " + say.several(
            "The campaign stays paused: {count} other letter waits that you have not named.",
            "The campaign stays paused: {count} other letters wait that you have not named.", done.stands_for,
        )  # fmt: skip
    return go(request, where, words.strip())


@router.get("/campaigns/{number}/progress")
async def progress(request: Request, number: Number) -> Response:
    """The progress as server-sent events (HTML Living Standard, 9.2), one whenever something has changed."""
    desk = desk_of(request)
    say = tongue_of(request)
    await to_thread.run_sync(_counted, desk, number, say)  # a campaign that is not there is told as a page
    if desk.streams[who(request)] >= _MOST_STREAMS:
        raise HTTPException(429, say("You watch the progress in many windows already. Close one of them."))
    return StreamingResponse(
        _events(request, desk, number), media_type="text/event-stream", headers={"x-accel-buffering": "no"}
    )


async def _events(request: Request, desk: Desk, number: int) -> AsyncIterator[str]:
    person = who(request)
    desk.streams[person] += 1
    try:
        async for event in _changes(request, desk, number):
            yield event
    finally:
        desk.streams[person] -= 1


async def _changes(request: Request, desk: Desk, number: int) -> AsyncIterator[str]:
    last, say = "", tongue_of(request)
    for _ in range(_LONGEST_STREAM):
        campaign, counts, word, letters, delayed = await to_thread.run_sync(_counted, desk, number, say)
        part = render.part(
            request, "part_progress.html", campaign=campaign, status=counts, tz=_tz(campaign), stage=word,
            attended=attended(desk, campaign, letters), put_off=delayed,
        )  # fmt: skip
        if part != last:
            lines = "".join(f"data: {line}\n" for line in part.splitlines())
            yield f"event: progress\n{lines}\n"
            last = part
        if settled(campaign, counts):
            yield "event: settled\ndata: \n\n"
            return
        if await request.is_disconnected() or not await to_thread.run_sync(still_in_force, desk, visit_of(request)):
            return
        await asyncio.sleep(_POLL_SECONDS)


def _counted(desk: Desk, number: int, say: Tongue) -> tuple[Campaign, CampaignStatus, str, Waiting | None, str]:
    def read(session: Session) -> tuple[Campaign, CampaignStatus, str, Waiting | None, str]:
        campaign = campaign_numbered(session, number)
        counts = status(session, campaign)
        word = stage_of(session, campaign, counts, live=desk.settings.live)
        letters = waiting(session, [campaign]).get(number)
        return campaign, counts, word, letters, put_off_told(session, campaign, say)

    return desk.read(("progress", number, say.language), read)


def _guide(
    request: Request,
    number: int,
    error: OutreachError | None = None,
    step: str = "",
    given: dict[str, str] | None = None,
) -> Response:
    desk = desk_of(request)
    campaign, missions, counts, word, out, letters, delayed = _standing(desk, number, tongue_of(request))
    codes = [one.iso3 for one in missions]
    had, too, reached, unread = desk.read(
        ("told", number, _minute()), lambda session: _to_tell(session, desk, campaign, codes)
    )
    groups = Counter(one.regional_group or "no group" for one in missions)
    languages = Counter(str(one.language) for one in missions)
    checkable = campaign.state in {CampaignState.DRAFT, CampaignState.APPROVED_ONCE, CampaignState.APPROVED}
    first = first_approval(campaign)
    changed = _changed(desk, campaign, first) if first else ()
    return page(
        request, "send.html", _status_of(error), campaign=campaign, tz=_tz(campaign), missions=missions,
        groups=groups, languages=languages, status=counts, error=error, step=step, tab="send",
        found=_checked(desk, campaign) if checkable else None,
        given={"at": "", "day": "", "hour": "09:00", "spread": "", "hours": "", "again": ""} | (given or {}),
        spans=_spans(campaign), had=had, too=too, reached=reached, unread=unread,
        live_now=not settled(campaign, counts),
        state=campaign.state, states=CampaignState, seen=campaign.version, something_is_out=out,
        today=_today(campaign), first=first, changed=changed,
        stage=word, attended=attended(desk, campaign, letters), put_off=delayed,
        first_is_own=first is not None and first.is_by(actor(request)),
    )  # fmt: skip


def _standing(
    desk: Desk, number: int, say: Tongue
) -> tuple[Campaign, list[Listed], CampaignStatus, str, bool, Waiting | None, str]:
    """A campaign, its missions, how far it has come in numbers and in a word, whether any letter is out, what waits,
    and what the mail server says of letters that it puts off."""

    def read(session: Session) -> tuple[Campaign, list[Listed], CampaignStatus, str, bool, Waiting | None, str]:
        campaign = campaign_numbered(session, number)
        counts = status(session, campaign)
        word = stage_of(session, campaign, counts, live=desk.settings.live)
        query = select(Message.id).where(Message.campaign_id == number, Message.state == MessageState.SENT).limit(1)
        out = counts.has(MessageState.SENT) or session.exec(query).first() is not None  # also one that was replaced
        letters = waiting(session, [campaign]).get(number)
        delayed = put_off_told(session, campaign, say) if counts.has(MessageState.DEFERRED) else ""
        return campaign, listed_of(session, campaign), counts, word, out, letters, delayed

    return desk.read(("guide", number, say.language), read)


def _checked(desk: Desk, campaign: Campaign) -> Check:
    """The check, made again once a file of the letter, the day, or anything in the database is another.

    The letters themselves are merged and read anew only where what they are made of is another.
    """
    limit = largest_taken(desk.settings)
    key = ("check", campaign.id, stamp(campaign.letter, desk.templates), _today(campaign), limit)

    def read(material: Material) -> ReadOver:
        return desk.memory.same(("read over", material.key), lambda: read_over(material))

    return desk.memory.recall(
        key, lambda: check(desk.engine, campaign.name, desk.templates, settings=desk.settings, read=read)
    )


def _changed(desk: Desk, campaign: Campaign, first: FirstApproval) -> tuple[str, ...]:
    """The missions whose letters are others than those of the first approval, told anew as the check is."""
    key = ("changed", campaign.id, stamp(campaign.letter, desk.templates), _today(campaign))
    return desk.memory.recall(
        key, lambda: changed_since(desk.engine, desk.settings, campaign.name, first, templates=desk.templates)
    )


def _composed(desk: Desk, campaign: Campaign, iso3: str) -> Composed:
    """One mission's letter, made again as the check is: its page, its frame and its PDF are of one making."""
    key = ("composed", campaign.id, iso3, stamp(campaign.letter, desk.templates), _today(campaign))

    def is_small(one: Composed) -> bool:
        return len(one.raw) < LARGE

    def make(material: Material) -> Composed:
        return desk.memory.same(("composed", material.key), lambda: compose_one(material), is_small)

    return desk.memory.recall(
        key, lambda: one_letter(desk.engine, desk.settings, campaign.name, iso3, desk.templates, make=make), is_small
    )


def _since(desk: Desk, campaign: Campaign, one: Composed) -> Since | None:
    """What differs from what was approved, told anew once something was committed or the letter was made again."""
    key = ("since", campaign.id, one.message_id)
    return desk.memory.recall(key, lambda: since_approval(desk.engine, campaign.name, one))


def _today(campaign: Campaign) -> date:
    return clock.now().astimezone(_tz(campaign)).date()


def _seen(text: str) -> int:
    """Return the version of the campaign that a page was made of. Raises ConflictError for a form that says none."""
    if not text.isdecimal():
        raise ConflictError(
            "desk.no-state",
            "This form does not say which state of the campaign it was made of. Nothing was done.",
            remedy="Look at it as it is now, and decide again.",
        )
    return int(text)


def _status_of(error: OutreachError | None) -> int:
    return 200 if error is None else 409 if isinstance(error, ConflictError) else 422


def _to_tell(
    session: Session, desk: Desk, campaign: Campaign, codes: list[str]
) -> tuple[list[Sentence], list[Sentence], list[Sentence], Sentence | None]:
    """Which missions have had this already, and which are to get it by another campaign too, line by line; whom a
    rehearsal reaches; and that follow-ups wait for the box, if they do."""
    had = told(repeated(session, campaign), _tz(campaign))
    too = lines_of(alongside(session, campaign), _tz(campaign))
    reached = reach_in_words(reach(session, desk.settings, codes))
    return had, too, reached, wait_in_words(session, campaign, no_mailbox=desk.settings.no_mailbox)


def _minute() -> int:
    """What waits for its time is told anew each minute, also where nothing was committed."""
    return int(clock.now().timestamp() // 60)


def _spans(campaign: Campaign) -> list[tuple[int, str]]:
    """The windows that letters can be spread over, in minutes and in words; the campaign's own is among them."""
    minutes = sorted({0, *_SPANS, campaign.spread_minutes})
    return [(one, span_in_words(one) if one else "") for one in minutes]


def _minutes(text: str) -> timedelta | None:
    """Return the window that a form says; None where it says none. Raises UserError for what is none."""
    text = text.strip()
    if not text:
        return None
    if not text.isdecimal() or int(text) > _LONGEST_SPREAD:
        raise UserError(
            "desk.no-window",
            "{text!r} is no window over which letters can be spread.",
            text=text[:20],
            remedy="Choose one of the list.",
        )
    return timedelta(minutes=int(text))


def _tz(campaign: Campaign) -> ZoneInfo:
    return clock.zone(campaign.time_zone)


def _name(request: Request, number: int) -> str:
    with reading(desk_of(request).engine) as session:
        return campaign_numbered(session, number).name


def _number(text: str) -> int | None:
    text = text.strip()
    if not text:
        return None
    if not text.isdecimal():
        raise ConfirmationError(
            "desk.no-number", "{text!r} is no number of missions. Nothing was done.", text=text[:20]
        )
    return int(text)
