"""What a pass over what is due would do now: which letters would go, to whom, and which not and why. Writes nothing.

The gate itself is asked, within a transaction that is rolled back; no server is connected to.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, Engine, select
from sqlmodel import col

from outreach import clock
from outreach.campaigns.had_already import same_thing
from outreach.campaigns.too_large import ADDED_BYTES
from outreach.ledger import Ledger, open_deliveries
from outreach.models import Campaign, Message
from outreach.outbox.blame.blamed import CURES
from outreach.outbox.gate import Effect, Gate, Reason, asked
from outreach.outbox.guard import over_holds
from outreach.outbox.owner import is_dead
from outreach.outbox.pace import allowance
from outreach.outbox.rules import Rules
from outreach.outbox.server import SmtpServer
from outreach.settings import Settings
from outreach.statement import Row
from outreach.vocabulary import CampaignState, MessageState
from outreach.witness.server_sizes import largest_taken

_OPEN = (MessageState.QUEUED, MessageState.DEFERRED)
_MOST = 500
_STOPS = (Effect.WAIT, Effect.VOID)
STOPPED = "stopped"
"""The gate's code of a letter whose campaign stands still: what lets it go on depends on what stopped that."""
IN_HAND, HELD, UNCERTAIN, WITH_THE_OTHERS, PACE = "in hand", "held", "uncertain", "with the others", "rate"
BY_ANOTHER, TOO_LARGE = "by another campaign", "too large"
"""Reasons of their own, beside those of the gate (`outbox.gate.REASONS`)."""
_DATE_LINE = 39
"""So many bytes come to the frozen ones at the hand-over, where no signature does."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What would become of one letter that is due."""

    campaign: str
    time_zone: str
    iso3: str
    letter: int
    """Its number."""
    subject: str
    recipients: tuple[str, ...]
    """Whom it would go to now: those who have no copy yet."""
    due_at: datetime | None
    goes: bool
    code: str = ""
    """Why not: a code of the gate, or one of this module's."""
    words: str = ""
    cure: str = ""


def forecast(engine: Engine, settings: Settings, *, campaign: str | None = None) -> list[Expected]:
    """Return the letters that are due now, by campaign and ISO3, and what would become of each.

    Raises SettingsError for settings that can't be used.
    """
    embedded = not settings.smtp_host
    rules = Rules.of(settings, SmtpServer("", 0, embedded=True) if embedded else SmtpServer.configured(settings))
    now = clock.now()
    with engine.connect() as connection:
        try:
            found = _found(connection, rules, campaign, now, largest_taken(settings))
        finally:
            connection.rollback()
    return sorted(found, key=lambda one: (one.campaign, one.iso3))


def _found(
    connection: Connection, rules: Rules, campaign: str | None, now: datetime, limit: int | None
) -> list[Expected]:
    over = set(over_holds(connection, rules))
    numbers = _due(connection, campaign, now)
    gate = Gate(connection, Ledger(connection), rules, now)
    letters: list[Row] = []
    reasons: dict[int, Reason | None] = {}
    for start in range(0, len(numbers), _MOST):
        part = list(Ledger(connection).read(numbers[start : start + _MOST]).values())
        for letter in part:
            if letter["id"] in over:  # what held it is over: it would be let go first
                letter["state"] = MessageState.QUEUED
                for one in letter["deliveries"]:
                    one["state"] = MessageState.QUEUED if one["state"] is MessageState.HELD else one["state"]
        letters += part
        for facts in gate.facts(part):
            reason = reasons[facts.letter["id"]] = asked(facts)
            if reason is not None:
                facts.letter["why"] = reason.words(facts)
    stopped = {
        letter["campaign_id"]: letter["why"]
        for letter in letters
        if (reason := reasons[letter["id"]]) is not None and reason.effect in _STOPS
    }
    free = allowance(connection, rules.rates, now, len(letters)).letters
    found: list[Expected] = []
    gone: dict[str, list[Row]] = defaultdict(list)
    over_limit = _too_large(connection, rules, limit, numbers)
    for letter in sorted(letters, key=lambda one: (one["next_try_at"] or now, one["id"])):
        one = _expected(letter, reasons[letter["id"]], stopped, free)
        if one.goes and rules.live and not letter["campaign_again_by"]:
            one = _beside_others(connection, one, letter, gone[letter["iso3"]])
        if one.goes and letter["id"] in over_limit:
            one = replace(
                one, goes=False, code=TOO_LARGE, words=over_limit[letter["id"]], cure=CURES["the letter is too large"]
            )
        if one.goes:
            gone[letter["iso3"]].append(letter)
        free -= one.goes
        found.append(one)
    return found


def _beside_others(connection: Connection, one: Expected, letter: Row, gone: Sequence[Row]) -> Expected:
    """What comes of a letter, given those to its mission that go before it: the gate lets one through, no other."""
    for other in gone:
        if what := same_thing(connection, letter, other):
            words = f"{what} goes to it by the campaign {other['campaign_name']}, which is due too"
            cure = "Cancel one of the two; or say of the one that is held what it counts as."
            return replace(one, goes=False, code=BY_ANOTHER, words=words, cure=cure)
    return one


def _too_large(connection: Connection, rules: Rules, limit: int | None, numbers: Sequence[int]) -> dict[int, str]:
    """The letters that the mail server will not take, by what it last said of itself (SIZE, RFC 1870)."""
    if limit is None:
        return {}
    added = _DATE_LINE if rules.signer is None else ADDED_BYTES
    found: dict[int, str] = {}
    for start in range(0, len(numbers), _MOST):
        query = select(col(Message.id), col(Message.size)).where(
            col(Message.id).in_(numbers[start : start + _MOST]), col(Message.size) + added > limit
        )
        for number, size in connection.execute(query):
            found[number or 0] = (
                f"the letter is too large: it has about {size + added:,} bytes, and the mail server takes {limit:,}"
            )
    return found


def _expected(letter: Row, reason: Reason | None, stopped: dict[int, str], free: int) -> Expected:
    code = words = cure = ""
    if letter["owner"] is not None and not is_dead(letter["owner"]):
        code, words, cure = IN_HAND, "another program has it in hand", "Wait until that has sent it."
    elif letter["state"] is MessageState.HELD:
        code, words = HELD, letter["reason"] or str(letter["hold"] or "")
    elif letter["state"] is MessageState.UNCERTAIN:
        code, words, cure = UNCERTAIN, letter["reason"], "Decide whether it went out."
    elif reason is not None:
        code, words, cure = reason.code, letter["why"], reason.cure
    elif letter["campaign_id"] in stopped:
        code, words = WITH_THE_OTHERS, f"its campaign would stop: {stopped[letter['campaign_id']]}"
    elif free < 1:
        code, words, cure = PACE, "the rate that is set allows no more for now", "Wait."
    return Expected(
        campaign=letter["campaign_name"],
        time_zone=letter["campaign_time_zone"],
        iso3=letter["iso3"],
        letter=letter["id"],
        subject=letter["subject"],
        recipients=tuple(one["address"] for one in open_deliveries(letter)),
        due_at=letter["due_at"],
        goes=not code,
        code=code,
        words=words,
        cure=cure,
    )


def _due(connection: Connection, campaign: str | None, now: datetime) -> Sequence[int]:
    """The letters whose time has come, whatever state their campaign is in, but for one that is cancelled."""
    query = (
        select(col(Message.id))
        .join(Campaign, col(Campaign.id) == col(Message.campaign_id))
        .where(
            col(Campaign.state) != CampaignState.CANCELLED,
            col(Message.replaced_at).is_(None),
            col(Message.state).in_((*_OPEN, MessageState.HELD, MessageState.UNCERTAIN)),
            col(Message.next_try_at) <= now,
        )
        .order_by(col(Message.id))
    )
    if campaign is not None:
        query = query.where(col(Campaign.name) == campaign)
    return [number for number in connection.scalars(query) if number is not None]
