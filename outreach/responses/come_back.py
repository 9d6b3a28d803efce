"""The days on which missions asked to be asked again: those that a person has said yes to, until they are seen to.

Such a day does nothing by itself. It stands where the mission stands, and from that day on it waits for a person: until
a letter goes to the mission, somebody sets its position, or says that it was seen to.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from typing import Any, NamedTuple

import sqlalchemy
from sqlalchemy import Engine
from sqlmodel import Session, col, func, select

from outreach import clock
from outreach.actors import Actor
from outreach.catalogues import Word
from outreach.database import writing
from outreach.errors import NotFoundError, UserError
from outreach.models import Campaign, MailDecision, Message, Mission, Reply, Response, ResponseChange, Suggestion
from outreach.people import audit
from outreach.sentences import KeptSentence
from outreach.vocabulary import Act, SuggestionKind

_FIRST: Any = func.coalesce(col(Campaign.follows_id), col(Campaign.id))
"""The campaign that a campaign follows, or itself."""
_DONE = "done"
"""Under which a decision says that a day was seen to."""


class ComeBack(NamedTuple):
    """A mission that asked to be asked again."""

    proposal: int
    """The number of the proposal that a person said yes to."""
    campaign_id: int
    campaign: str
    iso3: str
    mission: str
    on: date
    """From that day on, in the campaign's zone."""
    words: str
    mail: int
    zone: str
    """The campaign's."""

    @property
    def due(self) -> bool:
        """Whether that day has come."""
        return clock.now().astimezone(clock.zone(self.zone)).date() >= self.on

    def as_dict(self) -> dict[str, Any]:
        """Return it as `status --json` prints it."""
        return {"proposal": self.proposal, "iso3": self.iso3, "on": self.on.isoformat(), "due": self.due,
                "mail": self.mail, "words": self.words}  # fmt: skip


def come_backs(session: Session, campaigns: Iterable[int | None]) -> list[ComeBack]:
    """Return the days of some campaigns that are not seen to yet, the earliest first; of each mission its last word."""
    numbers = {one for one in campaigns if one is not None}
    of: tuple[Any, ...] = (
        Suggestion, Message.campaign_id, _FIRST, Message.iso3, Campaign.name, Campaign.time_zone, Mission.short_name,
    )  # fmt: skip
    query: Any = (
        sqlalchemy.select(*of)
        .select_from(Suggestion)
        .join(Reply, col(Reply.id) == col(Suggestion.reply_id))
        .join(Message, col(Message.id) == col(Reply.message_id))
        .join(Campaign, col(Campaign.id) == col(Message.campaign_id))
        .join(Mission, col(Mission.iso3) == col(Message.iso3))
        .where(
            col(Suggestion.kind) == SuggestionKind.COME_BACK,
            col(Suggestion.accepted).is_(True),
        )
        .order_by(col(Suggestion.id))
    )
    # Chosen here: a list of campaigns in the query would let SQLite begin at all of their letters.
    rows = [row for row in session.exec(query) if row[1] in numbers]
    if not rows:
        return []
    done = _seen_to(session, [one.id for one, *_ in rows])
    told: dict[tuple[int, str], ComeBack] = {}
    last = _last(session, sorted({first for _, _, first, *_ in rows}), sorted({number for _, number, *_ in rows}))
    for one, campaign, first, iso3, name, zone, mission in rows:
        tz, day = clock.zone(zone), date.fromisoformat(one.value)
        told.pop((campaign, iso3), None)
        begins = datetime.combine(day, time(), tz)
        since = max(begins, one.decided_at or begins)
        if (
            one.id in done
            or _is_since(last.sent.get((first, iso3)), since)
            or _is_since(last.set.get((campaign, iso3)), since)
        ):
            continue
        told[campaign, iso3] = ComeBack(
            one.id or 0, campaign, name, iso3, mission, day, one.evidence, one.reply_id, zone
        )
    return sorted(told.values(), key=lambda one: (one.on, one.iso3))


def days_left(session: Session, mail: int) -> set[int | None]:
    """Return the numbers of a mail's days to come back to that were said yes to, and that nobody has seen to."""
    query = select(Suggestion.id).where(
        Suggestion.reply_id == mail, Suggestion.kind == SuggestionKind.COME_BACK, col(Suggestion.accepted).is_(True)
    )
    taken = session.exec(query).all()
    return set(taken) - _seen_to(session, taken) if taken else set()


def _seen_to(session: Session, proposals: Sequence[int | None]) -> set[int | None]:
    query = select(MailDecision).where(
        col(MailDecision.suggestion_id).in_(proposals), col(MailDecision.undone_at).is_(None)
    )
    return {one.suggestion_id for one in session.exec(query) if one.before.get(_DONE)}


class _Last(NamedTuple):
    """When a letter last went to each mission of some campaigns, and when its position was last set."""

    sent: dict[tuple[int, str], datetime]
    set: dict[tuple[int, str], datetime]


def _is_since(at: datetime | None, since: datetime) -> bool:
    return at is not None and at >= since


def _last(session: Session, first: Sequence[int], campaigns: Sequence[int]) -> _Last:
    """Read both. A letter of a campaign that follows one is its letter too; one in rehearsal is nobody's."""
    sent = (
        sqlalchemy.select(_FIRST, col(Message.iso3), func.max(col(Message.sent_at)))
        .join(Campaign, col(Campaign.id) == col(Message.campaign_id))
        .where(_FIRST.in_(first), col(Message.sent_at).is_not(None), col(Message.rehearsed).is_(False))
        .group_by(_FIRST, col(Message.iso3))
    )
    changed = (
        sqlalchemy.select(col(Response.campaign_id), col(Response.iso3), func.max(col(ResponseChange.at)))
        .join(Response, col(Response.id) == col(ResponseChange.response_id))
        .where(col(Response.campaign_id).in_(campaigns), col(ResponseChange.field) == "position")
        .group_by(col(Response.campaign_id), col(Response.iso3))
    )
    one, other = (
        {(campaign, iso3): at for campaign, iso3, at in session.connection().execute(query)}
        for query in (sent, changed)
    )
    return _Last(one, other)


def see_to(engine: Engine, number: int, *, by: Actor) -> Suggestion:
    """Note that a mission that asked to be asked again was seen to, by the number of the proposal.

    It can be taken back with the mail's decisions (responses.decisions.undo).
    Raises NotFoundError for a number that is no proposal, UserError for one that is no such day, or seen to already.
    """
    with writing(engine) as session:
        one = session.get(Suggestion, number)
        if one is None:
            raise NotFoundError(
                "proposal.not-there", "There is no proposal {number}.", number=number,
                remedy="See {PROPOSALS:the proposals}.",
            )  # fmt: skip
        if one.kind is not SuggestionKind.COME_BACK or not one.accepted:
            raise UserError(
                "proposal.no-day", "Proposal {number} is no day to come back to that was said yes to.", number=number,
                remedy="Say yes or no to it first.",
            )  # fmt: skip
        if _seen_to(session, [number]):
            raise UserError(
                "proposal.seen-to", "Proposal {number} was seen to already.", number=number, mail=one.reply_id,
                remedy="That can be taken back{UNDO}.",
            )  # fmt: skip
        session.add(
            MailDecision(
                reply_id=one.reply_id, suggestion_id=one.id, at=clock.now(), who=by.name,
                before={_DONE: True},
                what=KeptSentence(
                    "decision.seen-to", "seen to: {kind} {value}", kind=Word("SuggestionKind", one.kind),
                    value=one.value,
                ),
            )
        )  # fmt: skip
        audit.record(session, by, Act.PROPOSAL_DONE, f"{one.kind}, {one.iso3}", one.value, iso3=one.iso3)
        return one


def is_seen_to(decision: MailDecision) -> bool:
    """Tell whether a decision says that a day was seen to, and no yes or no."""
    return bool(decision.before.get(_DONE))
