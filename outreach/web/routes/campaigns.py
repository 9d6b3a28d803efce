"""Campaigns: the list, one at a glance, its letters, and where each mission stands."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from sqlmodel import Session, col, select

from outreach import clock
from outreach.campaigns.dates import Dates, dates_of, set_dates
from outreach.campaigns.plan import campaign_numbered, frozen_bytes, with_earlier
from outreach.catalogues import Tongue, Word, languages, tongue
from outreach.database import reading
from outreach.errors import ConflictError, NotFoundError, OutreachError, UserError
from outreach.going_live import live_standing
from outreach.inbox.undelivered import may_be_undelivered, undelivered
from outreach.letters.reading import enclosed, read_letter
from outreach.missions.past_years import PastOnSubject, past_on
from outreach.models import Campaign, Delivery, DeliveryEvent, Message
from outreach.models import Response as Stand
from outreach.outbox.attendance import Waiting, waiting
from outreach.outbox.resolve import had_this_already, was_refused
from outreach.people import audit
from outreach.reports.calendar import calendar, days_to_the_vote
from outreach.reports.council import (
    EventDay,
    Seat,
    needs_a_hand,
    otherwise_than_said,
    resolution_in_words,
    result,
    result_in_words,
    seats,
    support,
    timeline,
)
from outreach.reports.export import report
from outreach.reports.hemicycle import HEIGHT, WIDTH, SeatPlace, wedges
from outreach.reports.standing.next_steps import Stopped
from outreach.reports.standing.phase import stage_of
from outreach.reports.standing.situation import CampaignNow
from outreach.reports.standing.work import WorkKind, silent, work
from outreach.reports.status import CampaignStatus, status
from outreach.reports.table import MissionRow, in_order, reading_order, rows
from outreach.responses.comments import comments, mentions
from outreach.responses.positions import set_position, version, versions
from outreach.responses.recorded import Way, history_of, record, undo
from outreach.responses.tasks import people
from outreach.vocabulary import Answer, Edition, MessageState, Position, Stop
from outreach.web.access import GuardedRoute, allowed
from outreach.web.desk import actor, desk_of, visit_of, who
from outreach.web.downloads import KINDS, download
from outreach.web.form_fields import Long, Number, Short
from outreach.web.lists import ListColumn, as_csv, csv_link, heads, past_column, rank, sorted_list, worded_cell
from outreach.web.progress import attended, put_off_told, settled
from outreach.web.render import go, is_part, page
from outreach.web.showing import attached, file_name_of, framed, pdf_among
from outreach.web.step_links import way
from outreach.web.tongues import tongue_of
from outreach.web.waiting import situation_at, to_settle_at, told_of
from outreach.web.words import worded
from outreach.web.work_words import lines, own_lines
from outreach.wording import stop_in_words

router = APIRouter(route_class=GuardedRoute)
_MANY_REFUSED = 20
"""So many refused sign-ins in a day are no slips of the finger: admins are told."""


@dataclass(frozen=True, slots=True)
class DrawnSeat:
    """A seat and its place in the drawing."""

    seat: Seat
    place: SeatPlace


@router.get("/")
def home(request: Request) -> Response:
    """Every campaign, how far each has come, what stops it and what to do next."""
    desk, say = desk_of(request), tongue_of(request)
    now = situation_at(desk)
    silence = desk.read("silent", silent)
    found = desk.read("undelivered", undelivered)
    refused, asked, me = 0, None, who(request)
    hour = clock.now().replace(minute=0, second=0, microsecond=0)
    if allowed(request, "live_switch"):
        by = actor(request)
        switch = desk.read(
            ("switch", by.account, hour), lambda _: live_standing(desk.engine, desk.settings, by)
        )  # fmt: skip
        asked = None if switch.own else switch.asked
    if allowed(request, "audit_page"):
        refused = desk.read(
            ("refused", hour), lambda session: audit.refused_since(session, hour - timedelta(days=1))
        )  # fmt: skip
    # Whose approval was the first is not asked for the second.
    open_ = [one for one in work(now, silence, found) if one.kind is not WorkKind.APPROVAL or one.who != me]
    return page(
        request, "home.html", asked=asked, refused=refused if refused >= _MANY_REFUSED else 0,
        now=now, way=way, told=_told(say), STOP=Stop, work=lines(open_, say),
        mine=own_lines(visit_of(request).account, now, desk.read("mentions", mentions), say),
        waits=cache(lambda: told_of(desk, now, say, me)),
    )  # fmt: skip


def _told(say: Tongue) -> Callable[[CampaignNow, Stopped], str]:
    return lambda one, stop: stop_in_words(
        stop, clock.zone(one.campaign.time_zone), one.known.status.missions, say
    )  # fmt: skip


@router.get("/campaigns/{number}")
def campaign_page(request: Request, number: Number) -> Response:
    """A campaign at a glance: the Council, the support, what needs a hand, what happened when."""
    return _glance(request, number)


@router.post("/campaigns/{number}/dates")
def campaign_dates(
    request: Request, number: Number, session: Short = "", starts: Short = "", ends: Short = "", vote: Short = "",
    seen: Short = "",
) -> Response:  # fmt: skip
    """Set the session's dates and the day of the vote."""
    desk = desk_of(request)
    with reading(desk.engine) as database:
        name = campaign_numbered(database, number).name
    given = {"session": session, "starts": starts, "ends": ends, "vote": vote}
    try:
        days = [clock.parse_date(text) if text.strip() else None for text in (starts, ends, vote)]
        set_dates(desk.engine, name, Dates(session, *days), by=actor(request), seen=seen)
    except UserError as error:
        return _glance(request, number, error, given)
    return go(request, f"/campaigns/{number}#timeline", tongue_of(request)("The session's dates are kept."))


def _glance(
    request: Request, number: int, error: OutreachError | None = None, given: dict[str, str] | None = None
) -> Response:
    desk = desk_of(request)
    say = tongue_of(request)
    found = desk.read(
        ("glance", number, say.language),
        lambda session: _seen_at_a_glance(session, number, say, live=desk.settings.live),
    )
    campaign, missions, places, counts, word, days, letters, delayed = found
    tz = clock.zone(campaign.time_zone)
    today = clock.now().astimezone(tz).date()
    to_the_vote = days_to_the_vote(campaign, today)
    dates = dates_of(campaign)
    drawn, groups = _drawn(places)
    members = {seat.iso3 for seat in places}
    code = 409 if isinstance(error, ConflictError) else 422 if error else 200
    return page(
        request, "campaign.html", code, campaign=campaign, tz=tz, status=counts,
        support=support(places), hands=needs_a_hand(missions, to_the_vote, say), to_settle=to_settle_at(desk),
        days=calendar(campaign, days, clock.now(), missions, say), to_the_vote=to_the_vote, dates=dates, today=today,
        error=error,
        given=given or _as_typed(dates), drawn=drawn, groups=groups,
        elsewhere=[row for row in missions if row.iso3 not in members], width=WIDTH, height=HEIGHT, tab="glance",
        stage=word, live_now=not settled(campaign, counts), attended=attended(desk, campaign, letters),
        put_off=delayed,
        result=result_in_words(voted, say) if (voted := result(places)) else "",
        resolution=resolution_in_words(campaign.resolution or {}, say) if voted else "",
        otherwise=otherwise_than_said(missions, say) if voted else "",
        editions=list(Edition), report_languages=languages(), report_language=desk.settings.report_language,
    )  # fmt: skip


def _seen_at_a_glance(
    session: Session, number: int, say: Tongue, *, live: bool
) -> tuple[Campaign, list[MissionRow], list[Seat], CampaignStatus, str, list[EventDay], Waiting | None, str]:
    campaign = campaign_numbered(session, number)
    missions = rows(session, campaign, keyed=False, say=say)
    counts = status(session, campaign)
    days = timeline(session, campaign, clock.zone(campaign.time_zone))
    word = stage_of(session, campaign, counts, live=live)
    places = seats(session, campaign, missions, say)
    letters = waiting(session, [campaign]).get(number)
    delayed = put_off_told(session, campaign, say)
    return campaign, missions, places, counts, word, days, letters, delayed


@router.get("/campaigns/{number}/letters")
def campaign_letters(
    request: Request, number: Number, q: str = "", show: str = "", sort: str = "", tick: bool = False
) -> Response:
    """The letters of a campaign as a table, one row a mission; with `tick`, each that is shown is ticked."""
    campaign, found, missions, columns, past = _letters(request, number, q, show, sort)
    with reading(desk_of(request).engine) as session:
        word = stage_of(session, campaign, missions, live=desk_of(request).settings.live)
        seen, whose = versions(session, campaign), people(session)
    template = "part_letters.html" if is_part(request) else "letters_of_campaign.html"
    asked = {"q": q, "show": show}
    return page(
        request, template, campaign=campaign, tz=clock.zone(campaign.time_zone), rows=found, all=len(missions), q=q,
        show=show, shows=_SHOWS, tab="letters", stage=word, sort=sort, heads=heads(columns, sort, asked),
        as_csv=csv_link(f"/campaigns/{number}/letters.csv", sort, asked), past=past, seen=seen, people=whose,
        back=csv_link("", sort, asked).removeprefix("?"), tick=tick,
    )  # fmt: skip


@router.get("/campaigns/{number}/letters.csv")
def campaign_letters_file(request: Request, number: Number, q: str = "", show: str = "", sort: str = "") -> Response:
    """The same list as a file: the rows that are shown, in their order."""
    campaign, found, _, columns, _ = _letters(request, number, q, show, sort)
    return as_csv(desk_of(request).engine, found, columns, name="letters", campaign=campaign.name, by=actor(request))


def _letters(
    request: Request, number: int, q: str, show: str, sort: str
) -> tuple[Campaign, list[MissionRow], list[MissionRow], list[ListColumn], PastOnSubject]:
    say = tongue_of(request)
    with reading(desk_of(request).engine) as session:
        campaign = campaign_numbered(session, number)
        missions = in_order(rows(session, campaign, keyed=False, say=say), say)
    codes = [row.iso3 for row in missions]
    past = desk_of(request).read(("past", number), lambda session: past_on(session, campaign.past_subject, codes))
    tz = clock.zone(campaign.time_zone)
    to_the_vote = days_to_the_vote(campaign, clock.now().astimezone(tz).date())
    me = visit_of(request).account
    found = [
        row
        for row in missions
        if _matches(row, q.strip().casefold())
        and (row.assigned_to == (me and me.login) if show == "mine" else _shown(row, show, to_the_vote))
    ]
    columns = [
        ListColumn("mission", say("Mission"), lambda row: reading_order(row.mission, say), lambda row: row.mission),
        ListColumn(
            "letter", say("Letter"), lambda row: rank(row.message_state, MessageState),
            lambda row: worded_cell(say, row.delivery or row.message_state),
        ),
        ListColumn(
            "answer", say("Answer"), lambda row: rank(row.answer, Answer) or None,
            lambda row: "" if row.answer is Answer.NONE else worded_cell(say, row.answer),
        ),
        ListColumn(
            "position", say("Position"), lambda row: rank(row.position, Position),
            lambda row: worded_cell(say, row.position),
        ),
        *past_column(past, say, lambda row: row.iso3),
        ListColumn("who", say("Who"), lambda row: row.assigned or None, lambda row: row.assigned),
        ListColumn("due", say("Due"), lambda row: row.due_on, lambda row: row.due_on and row.due_on.isoformat()),
        ListColumn("next", say("Next"), lambda row: row.next_step or None, lambda row: row.next_step),
    ]  # fmt: skip
    return campaign, sorted_list(found, columns, sort), missions, columns, past


@router.get("/campaigns/{number}/letters/{iso3}")
def campaign_letter(request: Request, number: Number, iso3: str, show: str = "") -> Response:
    """One mission in one campaign: its letter, what became of it, where it stands, and the history of that."""
    say = tongue_of(request)
    found = desk_of(request).read(
        ("letter", number, iso3, say.language), lambda session: _letter(session, number, iso3, say)
    )
    return page(
        request,
        "letter_of_mission.html",
        **found,
        ways=list(Way),
        uncertain=MessageState.UNCERTAIN,
        show=show,
        was_refused=was_refused,
        had_this_already=had_this_already,
    )


def _letter(session: Session, number: int, iso3: str, say: Tongue) -> dict[str, Any]:
    campaign = campaign_numbered(session, number)
    row = _row(session, campaign, iso3, say)
    message = _message(session, campaign, row.iso3)
    events, recipients = _evidence(session, message)
    stand = session.exec(select(Stand).where(Stand.campaign_id == campaign.id, Stand.iso3 == row.iso3)).one()
    failed = (
        undelivered(session, letter=message.id)
        if message is not None and may_be_undelivered(message, recipients)
        else []
    )
    files = enclosed(frozen_bytes(session, message)) if message is not None else []
    return {
        "campaign": campaign, "tz": clock.zone(campaign.time_zone), "row": row, "message": message, "events": events,
        "recipients": recipients, "stand": stand, "seen": version(stand), "changes": history_of(session, stand)[::-1],
        "files": files, "pdf": pdf_among(files),
        "failed": failed,
        "past": past_on(session, campaign.past_subject, [row.iso3]),
        "comments": comments(session, campaign, row.iso3), "people": people(session),
    }  # fmt: skip


@router.get("/campaigns/{number}/letters/{iso3}/page")
def letter_as_sent(request: Request, number: Number, iso3: str) -> Response:
    """The letter's own page, as it was frozen, for a frame that can do nothing."""
    with reading(desk_of(request).engine) as session:
        message = _message(session, campaign_numbered(session, number), iso3.upper())
        if message is None:
            raise NotFoundError(
                "mission.no-letter-yet",
                "{iso3} has no letter yet.",
                iso3=iso3.upper(),
                remedy="Letters are made at approval.",
            )
        found = read_letter(frozen_bytes(session, message))
    return framed(found.page)


@router.get("/campaigns/{number}/letters/{iso3}/files/{place}")
def letter_file(request: Request, number: Number, iso3: str, place: Number, shown: bool = False) -> Response:
    """A file that goes with the letter, such as its PDF, as it was frozen; to keep, or a PDF to be shown."""
    with reading(desk_of(request).engine) as session:
        message = _message(session, campaign_numbered(session, number), iso3.upper())
        raw = frozen_bytes(session, message) if message is not None else b""
    return attached(raw, place, shown=shown)


@router.post("/campaigns/{number}/missions/{iso3}/position")
def position_set(
    request: Request, number: Number, iso3: str, position: Short = "", note: Long = "", seen: Short = ""
) -> Response:
    """Set where a mission stands. Whoever saw an older state is told, and nothing is overwritten."""
    desk = desk_of(request)
    with reading(desk.engine) as session:
        campaign = campaign_numbered(session, number)
    stand = set_position(desk.engine, campaign.name, iso3, position, note=note, by=actor(request), seen=seen)
    return go(
        request,
        f"/campaigns/{number}/letters/{stand.iso3}",
        f"{campaign.name}, {stand.iso3}: {worded(tongue_of(request), position, 'Position')}.",
        undo=f"/campaigns/{number}/missions/{stand.iso3}/undo", seen=version(stand),
    )  # fmt: skip


@router.post("/campaigns/{number}/missions/{iso3}/answer")
def answer_told(
    request: Request, number: Number, iso3: str, way: Short = "", on: Short = "", note: Long = ""
) -> Response:
    """Record an answer that came by no mail: in a meeting, a call, a paper letter."""
    desk = desk_of(request)
    with reading(desk.engine) as session:
        campaign = campaign_numbered(session, number)
    day = clock.parse_date(on) if on.strip() else None
    stand = record(desk.engine, campaign.name, iso3, way, on=day, note=note, by=actor(request))
    say = tongue_of(request)
    done = say(
        "{mission}: {answer} ({way}).", mission=stand.iso3, answer=say.word(stand.answer), way=worded(say, way, "Way")
    )
    undo_at = f"/campaigns/{number}/missions/{stand.iso3}/undo"
    return go(request, f"/campaigns/{number}/letters/{stand.iso3}", done, undo=undo_at, seen=version(stand))


@router.post("/campaigns/{number}/missions/{iso3}/undo")
def change_undone(request: Request, number: Number, iso3: str, seen: Short = "") -> Response:
    """Take back the last change of where a mission stands, unless somebody has changed it since it was seen."""
    desk = desk_of(request)
    with reading(desk.engine) as session:
        campaign = campaign_numbered(session, number)
    change = undo(desk.engine, campaign.name, iso3, by=actor(request), seen=seen or None)
    say = tongue_of(request)
    field, value = say.about("field", change.field), worded(say, change.new)
    words = say("Taken back. Now it stands so: {field}, {value}.", field=field, value=value or "–")
    return go(request, f"/campaigns/{number}/letters/{iso3.upper()}", words)


@router.get("/campaigns/{number}/report.{kind}")
def report_file(
    request: Request,
    number: Number,
    kind: str,
    edition: Annotated[str, Query(alias="for", max_length=20)] = "",
    language: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """The status report as a file, xlsx, pdf, csv or json: for the team, partners or the public, in a language."""
    desk = desk_of(request)
    with reading(desk.engine) as session:
        campaign = campaign_numbered(session, number)
    if kind not in KINDS:
        raise NotFoundError(
            "desk.report-kind", "There is no report as {kind}.", kind=kind, remedy="Take xlsx, pdf, csv or json."
        )
    whom = edition or Edition.TEAM.value
    if whom not in set(Edition):
        raise NotFoundError(
            "desk.report-edition", "There is no report for {edition!r}.", edition=whom, editions=", ".join(Edition),
            remedy="There are: {editions}.",
        )  # fmt: skip
    if language and language not in languages():
        raise NotFoundError(
            "desk.report-language", "There are no words for a report in {language!r}.", language=language,
            known=", ".join(languages()), remedy="Take one of {known}.",
        )  # fmt: skip
    say, by = tongue(language or desk.settings.report_language), actor(request)
    chosen = [one for one in (edition, language) if one]
    name = "-".join([file_name_of(campaign.name), "report", *chosen])

    def make(out: Path) -> Path:
        return report(desk.engine, campaign.name, out, edition=Edition(whom), say=say, by=by)

    return download(request, name, kind, make)


def _as_typed(dates: Dates) -> dict[str, str]:
    return {
        "session": dates.session, "starts": str(dates.starts or ""), "ends": str(dates.ends or ""),
        "vote": str(dates.vote_on or ""),
    }  # fmt: skip


def _drawn(places: list[Seat]) -> tuple[list[DrawnSeat], list[tuple[str, str]]]:
    """Return each seat with its place, and each group's name with the arc that it is written along."""
    groups = list(dict.fromkeys(seat.group for seat in places))
    laid = wedges(tuple(sum(seat.group == group for seat in places) for group in groups))
    drawn = [
        DrawnSeat(seat, place)
        for seat, place in zip(places, (place for wedge in laid for place in wedge.places), strict=True)
    ]
    return drawn, [(group, wedge.arc) for group, wedge in zip(groups, laid, strict=True)]


_SHOWS = {
    "": Word("list of letters", "all"),
    "mine": Word("list of letters", "mine"),
    "hand": Word("list of letters", "need a hand"),
    "none": Word("list of letters", "no answer yet"),
    "answered": Word("list of letters", "answered"),
}


def _shown(row: MissionRow, show: str, to_the_vote: int | None) -> bool:
    match show:
        case "hand":
            return bool(needs_a_hand([row], to_the_vote))
        case "none":
            return row.answer in ("none", "auto-reply")
        case "answered":
            return row.answer in ("replied", "acknowledged")
        case "":
            return True
    return show in (row.position, row.message_state, row.delivery, row.regional_group, str(row.language))


def _matches(row: MissionRow, text: str) -> bool:
    return not text or any(
        text in field.casefold() for field in (row.iso3, row.mission, row.note, row.regional_group, *row.recipients)
    )


def _row(session: Session, campaign: Campaign, iso3: str, say: Tongue) -> MissionRow:
    row = next(iter(rows(session, campaign, iso3=iso3.upper(), keyed=False, say=say)), None)
    if row is None:
        raise NotFoundError(
            "campaign.no-mission",
            "{mission!r} is no mission of the campaign {campaign!r}.",
            mission=iso3.upper(),
            campaign=campaign.name,
        )
    return row


def _message(session: Session, campaign: Campaign, iso3: str) -> Message | None:
    query = select(Message).where(
        Message.campaign_id == campaign.id, Message.iso3 == iso3, col(Message.replaced_at).is_(None)
    )
    return session.exec(query).one_or_none()


def _evidence(session: Session, message: Message | None) -> tuple[list[DeliveryEvent], list[Delivery]]:
    if message is None:
        return [], []
    letters = with_earlier(session, message)
    events = (
        select(DeliveryEvent).where(col(DeliveryEvent.message_id).in_(letters)).order_by(col(DeliveryEvent.id).desc())
    )
    recipients = select(Delivery).where(Delivery.message_id == message.id).order_by(col(Delivery.id))
    return list(session.exec(events)), list(session.exec(recipients))
