"""The Council at a glance: its seats by regional group, the support so far, and what needs a person's hand."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam
from sqlmodel import Session, col, func, select

from outreach.catalogues import ENGLISH_TONGUE, Tongue
from outreach.errors import AudienceError
from outreach.inbox.mail_list import numbers_to_settle
from outreach.missions.audience import SEATS, council
from outreach.missions.directory import list_missions
from outreach.missions.names import state_name
from outreach.models import Campaign, DeliveryEvent, Message, Response
from outreach.reports.groups import GROUPS
from outreach.reports.table import MissionRow, reading_order
from outreach.vocabulary import ANSWERED, Answer, DeliveryStatus, EventKind, MessageState, Position, Vote


@dataclass(frozen=True, slots=True)
class Seat:
    """A seat on the Council, and how its mission stands in a campaign."""

    iso3: str
    mission: str
    group: str
    row: MissionRow | None
    """None for a member that the campaign does not write to."""


@dataclass(frozen=True, slots=True)
class Support:
    """How far the Council's members are known to stand with the letter."""

    members: int
    co_sponsors: int
    in_favour: int
    undecided: int
    abstain: int
    against: int
    not_known: int
    """Members whose position is unknown, or who declined to say."""
    lacked: int = 0
    """Members that the data do not tell of, among those that are not known."""

    @property
    def support(self) -> int:
        """Those who co-sponsor or are in favour."""
        return self.co_sponsors + self.in_favour

    @property
    def majority(self) -> int:
        """The votes that are enough if every member votes yes or no.

        The Council decides by a simple majority of the members present and voting; those who abstain are not
        counted as voting (rules 125 and 126 of the General Assembly's rules of procedure, which it applies).
        """
        return self.members // 2 + 1

    @property
    def open(self) -> int:
        """Members of whom nobody knows how they will vote: undecided, or not known."""
        return self.undecided + self.not_known

    @property
    def lacking(self) -> int:
        """How many of those that are open must vote in favour, that it is a majority of those voting for certain.

        Those who said that they abstain do, all others vote, and those who are open and not won vote against.
        """
        return max(0, (self.against + self.open - self.support) // 2 + 1)


@dataclass(frozen=True, slots=True)
class Result:
    """How the Council voted, as far as it is recorded."""

    votes: dict[Vote, int]
    missing: int
    """Members of whose vote nothing is recorded."""

    @property
    def adopted(self) -> bool | None:
        """Whether it was adopted, by a majority of those voting; None while votes are missing."""
        return None if self.missing else self.votes[Vote.IN_FAVOUR] > self.votes[Vote.AGAINST]


def result(council_seats: Sequence[Seat]) -> Result | None:
    """Return how the members voted; None before the vote."""
    counts = Counter(seat.row.vote if seat.row else None for seat in council_seats)
    voted = {vote: counts[vote] for vote in Vote}
    return Result(voted, counts[None]) if any(voted.values()) else None


@dataclass(frozen=True, slots=True)
class Supposed:
    """How the Council would vote by what is known and what is supposed."""

    votes: dict[Vote, int]
    open: int
    """Members of whom nothing is known and nothing supposed, those that the data lack included."""

    @property
    def needed(self) -> int:
        """The votes in favour that are a majority of those voting; who abstains does not (see `Support.majority`)."""
        return (self.votes[Vote.IN_FAVOUR] + self.votes[Vote.AGAINST]) // 2 + 1

    @property
    def adopted(self) -> bool | None:
        """Whether it would be adopted; None while those who are open could turn it."""
        ahead = self.votes[Vote.IN_FAVOUR] - self.votes[Vote.AGAINST]
        return True if ahead > self.open else False if ahead + self.open <= 0 else None


def supposed(council_seats: Sequence[Seat], so: Mapping[str, Vote]) -> Supposed:
    """Return how the members would vote: as they said, and those named in `so` (by ISO3) as it says."""
    said = [so.get(one.iso3) or (_AS_SAID.get(one.row.position) if one.row else None) for one in council_seats]
    counts = Counter(said)
    lacked = max(0, sum(SEATS.values()) - len(council_seats)) if council_seats else 0
    return Supposed({vote: counts[vote] for vote in Vote}, counts[None] + lacked)


def result_in_words(found: Result, say: Tongue = ENGLISH_TONGUE) -> str:
    """Say how the Council voted, and what came of it where every vote is recorded."""
    numbers = say(
        "{for_} in favour, {against} against, {abstained} abstained",
        for_=found.votes[Vote.IN_FAVOUR], against=found.votes[Vote.AGAINST], abstained=found.votes[Vote.ABSTAINED],
    )  # fmt: skip
    if found.adopted is None:
        return say.several(
            "Recorded so far: {numbers}; the vote of {count} member is missing.",
            "Recorded so far: {numbers}; the votes of {count} members are missing.",
            found.missing,
            numbers=numbers,
        )
    return (
        say("Adopted: {numbers}.", numbers=numbers)
        if found.adopted
        else say("Not adopted: {numbers}.", numbers=numbers)
    )


def resolution_in_words(told: Mapping[str, str], say: Tongue = ENGLISH_TONGUE) -> str:
    """Say what was voted on, as the source of the votes told it: its symbol, its title and the day; empty for none."""
    title = told.get("title", "").partition(" : resolution /")[0]  # a library says there who adopted it
    day = say.day(date.fromisoformat(told["date"])) if told.get("date") else ""
    return " · ".join(filter(None, (told.get("symbol"), title, day)))


_AS_SAID = {
    Position.CO_SPONSOR: Vote.IN_FAVOUR, Position.IN_FAVOUR: Vote.IN_FAVOUR, Position.AGAINST: Vote.AGAINST,
    Position.ABSTAIN: Vote.ABSTAINED,
}  # fmt: skip


def otherwise_than_said(rows: Iterable[MissionRow], say: Tongue = ENGLISH_TONGUE) -> str:
    """Name those that voted otherwise than they had said, each with both; empty where nobody did."""
    told = [
        say("{mission} (said {position}, voted {vote})", mission=row.mission, position=say.word(row.position),
            vote=say.word(row.vote))
        for row in rows
        if row.vote is not None and _AS_SAID.get(row.position, row.vote) is not row.vote
    ]  # fmt: skip
    return say("Otherwise than they said: {missions}.", missions="; ".join(told)) if told else ""


class HandKind(StrEnum):
    """Why a person's hand is needed, the most urgent first."""

    UNCERTAIN = "uncertain"
    FAILED = "not sent"
    BOUNCED = "bounced"
    HELD = "held"
    MAIL = "mail to settle"
    ASK_AGAIN = "ask again"
    UNREAD = "answer to read"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class OpenMatter:
    """One thing that waits for a person."""

    kind: HandKind
    iso3: str
    """Empty for what belongs to no mission."""
    mission: str
    words: str
    """What to do, as in the report."""


@dataclass(frozen=True, slots=True)
class EventDay:
    """What happened to a campaign's letters on one calendar day of its zone, counted by kind of event."""

    day: date
    counts: dict[EventKind, int]


def seats(session: Session, campaign: Campaign, rows: Sequence[MissionRow], say: Tongue = ENGLISH_TONGUE) -> list[Seat]:
    """Return the Council's seats as of the campaign's date, by regional group in the UN's order, then by name.

    Where the Council is not complete in the data, those of the campaign's missions that are members.
    """
    by_code = {row.iso3: row for row in rows}
    try:
        codes = set(council(session, campaign.as_of))
    except AudienceError:
        codes = {row.iso3 for row in rows if row.member_until is not None}
    found = [
        Seat(one.iso3, state_name(one.iso3, one.short_name, say), one.regional_group, by_code.get(one.iso3))
        for one in list_missions(session, include_absent=True)
        if one.iso3 in codes
    ]
    order = {group: number for number, group in enumerate(GROUPS)}
    return sorted(found, key=lambda seat: (order.get(seat.group, len(order)), reading_order(seat.mission, say)))


def support(council_seats: Iterable[Seat]) -> Support:
    """Count where the members stand; those whom the data lack are members whose position is not known."""
    counts = Counter(seat.row.position if seat.row else Position.UNKNOWN for seat in council_seats)
    known = counts.total()
    members = max(known, sum(SEATS.values())) if known else 0
    return Support(
        members=members,
        lacked=members - known,
        co_sponsors=counts[Position.CO_SPONSOR],
        in_favour=counts[Position.IN_FAVOUR],
        undecided=counts[Position.UNDECIDED],
        abstain=counts[Position.ABSTAIN],
        against=counts[Position.AGAINST],
        not_known=counts[Position.UNKNOWN] + counts[Position.DECLINED] + members - known,
    )


def needs_a_hand(
    rows: Iterable[MissionRow], to_the_vote: int | None = None, say: Tongue = ENGLISH_TONGUE
) -> list[OpenMatter]:
    """Return what waits for a person, the most urgent first, then by mission.

    `to_the_vote` is the number of days to the vote, where its day is known: before it, who is undecided is to be asked
    again; after it, that is over.
    """
    hands = [
        OpenMatter(kind, row.iso3, row.mission, _words(kind, row, to_the_vote, say))
        for row in rows
        if (kind := _hand(row)) is not None and not (kind is HandKind.UNDECIDED and _is_over(to_the_vote))
    ]
    order = list(HandKind)
    return sorted(hands, key=lambda hand: (order.index(hand.kind), reading_order(hand.mission, say)))


def _hand(row: MissionRow) -> HandKind | None:
    answered = row.answer in ANSWERED
    if row.message_state is MessageState.UNCERTAIN:
        return HandKind.UNCERTAIN
    if row.message_state is MessageState.FAILED:
        return HandKind.FAILED
    if row.delivery is DeliveryStatus.BOUNCED and not answered and row.position is Position.UNKNOWN:
        return HandKind.BOUNCED
    if row.message_state is MessageState.HELD:
        return HandKind.HELD
    if row.ask_again is not None:
        return HandKind.ASK_AGAIN if row.ask_again.due else None
    if row.answer is Answer.REPLIED and row.position is Position.UNKNOWN:
        return HandKind.UNREAD
    return HandKind.UNDECIDED if row.position is Position.UNDECIDED else None


def _is_over(to_the_vote: int | None) -> bool:
    return to_the_vote is not None and to_the_vote < 0


def _words(kind: HandKind, row: MissionRow, to_the_vote: int | None, say: Tongue) -> str:
    if kind is not HandKind.UNDECIDED or to_the_vote is None:
        return row.next_step
    when = (
        say("today")
        if to_the_vote == 0
        else say("tomorrow")
        if to_the_vote == 1
        else say.several("in {count} day", "in {count} days", to_the_vote)
    )
    return say("Follow up before the vote, which is {when}", when=when)


def mail_to_settle(session: Session) -> int:
    """Return how many incoming mails wait for a person: whose they are, or a yes or no to what they propose."""
    return int(session.exec(to_settle_query()).one())


@cache
def to_settle_query() -> Any:
    """What tells how many incoming mails wait for a person, as one number."""
    return select(func.count()).select_from(numbers_to_settle().subquery())


def timeline(session: Session, campaign: Campaign, tz: ZoneInfo) -> list[EventDay]:
    """Return what happened day by day to the letters that count, the latest day first.

    Answers that came otherwise than by mail are told too, so that no fewer are told than missions that answered.
    """
    events = session.execute(_told(), {"campaign": campaign.id})
    # A letter has several addresses, of each of which it is told what became of it.
    counts = Counter(
        (day, kind) for day, kind, _ in {(at.astimezone(tz).date(), kind, one) for at, kind, one in events}
    )
    for at in session.scalars(_by_hand(), {"campaign": campaign.id}):
        counts[at.astimezone(tz).date(), EventKind.ANSWERED] += 1
    days = sorted({day for day, _ in counts}, reverse=True)
    return [EventDay(day, {kind: counts[day, kind] for kind in _TOLD if counts[day, kind]}) for day in days]


@cache
def _by_hand() -> Any:
    """When missions answered of whose answer no mail tells."""
    of_campaign = col(Message.campaign_id) == bindparam("campaign")
    mailed = (
        select(col(Message.iso3))
        .join(DeliveryEvent, col(DeliveryEvent.message_id) == col(Message.id))
        .where(of_campaign, col(DeliveryEvent.kind) == EventKind.ANSWERED)
    )
    return select(Response.answered_at).where(
        col(Response.campaign_id) == bindparam("campaign"),
        col(Response.answer) == Answer.REPLIED,
        col(Response.answered_at).is_not(None),
        col(Response.iso3).not_in(mailed),
    )


@cache
def _told() -> Any:
    of_campaign = col(Message.campaign_id) == bindparam("campaign")
    # What became of a letter to a wrong address stays told when the same goes to the right one.
    corrected = select(col(Message.corrects_id)).where(of_campaign, col(Message.corrects_id).is_not(None))
    counting = select(col(Message.id)).where(of_campaign, col(Message.replaced_at).is_(None))
    return select(DeliveryEvent.at, DeliveryEvent.kind, DeliveryEvent.message_id).where(
        col(DeliveryEvent.message_id).in_(counting.union(corrected)),
        col(DeliveryEvent.kind).in_(_TOLD),
    )


_TOLD = (
    EventKind.APPROVED,
    EventKind.SECOND_APPROVAL,
    EventKind.ACCEPTED,
    EventKind.REFUSED,
    EventKind.UNCERTAIN,
    EventKind.BOUNCED,
    EventKind.COMPLAINT,
    EventKind.DELIVERED,
    EventKind.ANSWERED,
    EventKind.AUTO_REPLY,
    EventKind.CANCELLED,
    EventKind.CORRECTED,
)
