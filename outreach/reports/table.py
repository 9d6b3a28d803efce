"""The state of a campaign as rows, one a mission: what it was sent, what came of it, and what to do next.

Each list takes a fixed handful of queries, whatever the number of missions, and never loads a letter's bytes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

import sqlalchemy
from sqlmodel import Session, col

from outreach import clock
from outreach.catalogues import ENGLISH_TONGUE, Tongue
from outreach.missions.collation import sort_key
from outreach.missions.names import state_name
from outreach.missions.past_years import PastYear
from outreach.models import Campaign, Message, Mission, Response
from outreach.reports.gathered import Addressed, Gathered, GatheredMission, gather, recipients, same_mission
from outreach.reports.returned.rowkey import row_key
from outreach.reports.standing.steps import Failure, StepFacts, next_step, to_remind
from outreach.responses.come_back import ComeBack
from outreach.sentences import in_words_of
from outreach.vocabulary import ANSWERED, Answer, CampaignState, DeliveryStatus, Language, MessageState, Position, Vote

# Columns and not whole rows: a letter's bytes stay where they are.
_OF_LETTERS: tuple[Any, ...] = (
    Message.id,
    Message.iso3,
    col(Mission.short_name).label("mission"),
    Message.subject,
    Message.message_id,
    Message.state,
    Message.delivery,
    Response.answer,
    Message.attempts,
    Message.smtp_reply,
    Message.reason,
    Message.hold,
)


@dataclass(frozen=True, slots=True)
class MissionRow:
    """One mission of a campaign. Times are in UTC."""

    iso3: str
    mission: str
    regional_group: str
    member_until: int | None
    """The last year of the Council term that covers the campaign's as-of date; None for a non-member."""
    recipients: tuple[str, ...]
    """The addresses in To, then those in Cc; empty while there is no letter."""
    language: Language
    """That of the letter; while there is none, that of the mission."""
    sent_at: datetime | None
    message_state: MessageState | None
    reason: str
    """Why it is held, deferred, failed, uncertain or bounced, in words."""
    delivery: DeliveryStatus | None
    answer: Answer
    answered_at: datetime | None
    position: Position
    note: str
    days_waiting: int | None
    """Whole days (of 24 hours) since it was sent, while no person has answered; an automatic reply is no answer."""
    next_step: str
    due_at: datetime | None
    rehearsed: bool
    vote: Vote | None = None
    """How it voted, once the vote sheet has told."""
    key: str = ""
    """By which `report import` knows the row again, and what it held: see `outreach.reports.returned.rowkey`."""
    how: str = ""
    """How it answered otherwise than by mail, as it was typed."""
    ask_again: ComeBack | None = None
    """Where the mission asked to be asked again, and nobody has yet."""
    to_remind: bool = False
    """Whether the next step is to write again."""
    trouble: str = ""
    """What needs a hand: failed, held, uncertain, bounced, or an address of several that a copy did not reach."""
    assigned: str = ""
    """The name of whose task the mission is."""
    assigned_to: str = ""
    """Their login."""
    due_on: date | None = None
    """Until when, in the campaign's zone."""
    last_comment: str = ""
    """What the team said of it last, among itself."""
    left_out: bool = False
    """Whether that address was not written to in the first place, so that trying again is of no use."""


def rows(
    session: Session,
    campaign: Campaign,
    *,
    now: datetime | None = None,
    iso3: str | None = None,
    keyed: bool = True,
    say: Tongue = ENGLISH_TONGUE,
) -> list[MissionRow]:
    """Return one row a mission of the campaign, by ISO3, as things stand at `now` (default: this moment).

    Names of states, reasons and next steps are in the language of `say`.

    With `iso3`, only that mission's. `keyed` says whether the keys are wanted, which only a workbook bears.
    """
    now, tz = now or clock.now(), clock.zone(campaign.time_zone)
    gathered = gather(session, campaign, iso3=iso3, changes=keyed)
    return [_mission_row(campaign, tz, found, gathered, now, keyed=keyed, say=say) for found in gathered.found]


_LANGUAGES = frozenset(map(str, Language))


def reading_order(name: str, say: Tongue) -> tuple[int, str, str]:
    """Return the key by which a reader of a language looks for a name; as in English where the UN has not got it."""
    return sort_key(name, Language(say.language) if say.language in _LANGUAGES else Language.ENGLISH)


def years_in_words(years: Sequence[PastYear], say: Tongue, most: int | None = None, *, unbroken: bool = False) -> str:
    """Return how a state voted in past years, the latest first: `2023 in favour · 2022 abstained`; empty for none.

    A year of different votes names each; with `most`, no more than so many years; `unbroken`, no line ends within one.
    """
    shown = years if most is None else years[:most]
    told = [f"{one.year} {' / '.join(say.word(vote) for vote in one.votes)}" for one in shown]
    told = [one.replace(" ", "\u00a0") for one in told] if unbroken else told
    return " · ".join(told) + (" …" if len(shown) < len(years) else "")


def in_order(missions: Iterable[MissionRow], say: Tongue) -> list[MissionRow]:
    """Return missions by the name of their state, as the language sorts names."""
    return sorted(missions, key=lambda row: reading_order(row.mission, say))


def message_rows(session: Session, campaign: Campaign) -> list[dict[str, Any]]:
    """Return what became of each letter that counts, by ISO3: the objects that `messages list --json` prints.

    Values are JSON's own kinds. `delivery` is None for what was not sent, `answer` is that of the mission.
    """
    addressed = recipients(session, campaign)
    query = (
        sqlalchemy.select(*_OF_LETTERS)
        .select_from(Message)
        .join(Mission, col(Mission.iso3) == col(Message.iso3))
        .outerjoin(Response, same_mission())
        .where(col(Message.campaign_id) == campaign.id, col(Message.replaced_at).is_(None))
        .order_by(col(Message.iso3))
    )
    return [
        {
            "id": found.id,
            "iso3": found.iso3,
            "mission": found.mission,
            "recipients": [recipient.address for recipient in addressed[found.id]],
            "subject": found.subject,
            "message_id": found.message_id,
            "state": found.state.value,
            "delivery": found.delivery.value if found.delivery else None,
            "answer": (found.answer or Answer.NONE).value,
            "attempts": found.attempts,
            "smtp_reply": found.smtp_reply,
            "reason": found.reason or (found.hold.value if found.hold else ""),
        }
        for found in session.exec(cast("Any", query))
    ]


def _mission_row(
    campaign: Campaign,
    tz: ZoneInfo,
    found: GatheredMission,
    gathered: Gathered,
    now: datetime,
    *,
    keyed: bool,
    say: Tongue,
) -> MissionRow:
    addressed = gathered.recipients.get(found.message_id or 0, [])
    failures = _failures(addressed, gathered.bounces.get(found.message_id or 0, {}))
    answered = found.answer in ANSWERED
    facts = StepFacts(
        tz=tz,
        campaign_state=campaign.state,
        campaign_reason=campaign.reason,
        message_state=found.state,
        hold=found.hold,
        reason=found.reason or "",
        smtp_reply=found.smtp_reply or "",
        due_at=found.due_at,
        next_try_at=found.next_try_at,
        delivery=found.delivery,
        failures=failures,
        answer=found.answer,
        position=found.position,
        ask_again=(back := gathered.come_backs.get(found.iso3)) and back.on,
        ask_again_due=back is not None and back.due,
    )
    return MissionRow(
        iso3=found.iso3,
        mission=state_name(found.iso3, found.short_name, say),
        regional_group=found.regional_group,
        member_until=gathered.members_until.get(found.iso3),
        recipients=tuple(recipient.address for recipient in addressed),
        language=found.language or found.mission_language,
        sent_at=found.sent_at,
        message_state=found.state,
        reason=_reason(facts, say),
        delivery=found.delivery,
        answer=found.answer,
        answered_at=found.answered_at,
        position=found.position,
        note=found.note,
        days_waiting=max((now - found.sent_at).days, 0) if found.sent_at and not answered else None,
        next_step=next_step(facts, say),
        to_remind=to_remind(facts),
        due_at=found.due_at,
        rehearsed=bool(found.rehearsed),
        vote=found.vote,
        key=_key(found, gathered) if keyed else "",
        how=gathered.hows.get(found.response_id, ""),
        ask_again=back,
        trouble=_trouble(facts),
        assigned=found.assigned or "",
        assigned_to=found.assigned_to or "",
        due_on=found.due_on,
        last_comment=found.last_comment or "",
        left_out=bool(failures) and failures[0].left_out,
    )


def _key(found: GatheredMission, gathered: Gathered) -> str:
    last_change = gathered.changes.get(found.response_id, 0)
    return row_key(found.response_id, last_change, found.position, found.note, found.answer)


def _trouble(facts: StepFacts) -> str:
    if facts.message_state in {MessageState.HELD, MessageState.FAILED, MessageState.UNCERTAIN}:
        return facts.message_state.value
    if facts.delivery is DeliveryStatus.BOUNCED:
        return DeliveryStatus.BOUNCED.value
    if facts.failures:
        return "one address bounced" if facts.failures[0].bounced else "one address refused"
    if facts.campaign_state is CampaignState.WAITING and facts.message_state is MessageState.QUEUED:
        return "waits for a person"
    return ""


def _failures(recipients: Sequence[Addressed], bounces: dict[str, str]) -> tuple[Failure, ...]:
    """Return the addresses that a copy did not reach; a bounce that names none of them stands for the first."""
    failures = [
        Failure(
            recipient.address,
            bounced=recipient.delivery is DeliveryStatus.BOUNCED,
            words=bounces.get(recipient.address.casefold()) or recipient.smtp_reply,
            left_out=recipient.hold is not None,
        )
        for recipient in recipients
        if recipient.delivery is DeliveryStatus.BOUNCED or recipient.state is MessageState.FAILED
    ]
    if not failures and bounces:
        address, words = next(reversed(bounces.items()))
        failures.append(Failure(address, bounced=True, words=words))
    return tuple(failures)


def _reason(facts: StepFacts, say: Tongue) -> str:
    if facts.reason:
        return in_words_of(facts.reason, say)
    if facts.hold:
        return say.word(facts.hold)
    words = next((failure.words for failure in facts.failures if failure.words), "")
    if words:
        return words
    unfinished = facts.message_state in {MessageState.DEFERRED, MessageState.FAILED, MessageState.UNCERTAIN}
    return facts.smtp_reply if unfinished else ""
