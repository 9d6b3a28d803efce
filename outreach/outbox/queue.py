"""The queue is the message table itself: what is due, and a worker's claim on it. Each function is one transaction.

A worker claims letters (its name and a lease, nothing else changes), and for each one marks `sending` just before
the data is asked for and records the server's answer straight after (journal.py). Whatever is killed at whatever
instant, the table says what may have happened:

    claimed, not marked      nothing left this machine: it is taken up again
    marked `sending`         the server may have it: `uncertain`, and a person decides
    recorded                 known
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Integer, RowMapping, bindparam, func, or_, select, text, update
from sqlmodel import col

from outreach import clock
from outreach.campaigns.working_time import is_working_time
from outreach.database import reading, working
from outreach.letters.mime import dated
from outreach.models import Campaign, Delivery, Frozen, Message
from outreach.outbox.inspection import Inspection
from outreach.outbox.ledger import Ledger
from outreach.outbox.owner import is_dead
from outreach.outbox.pace import allowance
from outreach.outbox.parcel import LEASE, Copy, Parcel
from outreach.outbox.rules import Rules
from outreach.outbox.signing import Signer
from outreach.statement import Row, Statement, in_list
from outreach.vocabulary import CampaignState, MessageState

S = MessageState
_OPEN = (S.QUEUED, S.DEFERRED)
_MOST_BYTES = 16 * 1024 * 1024
"""A claim takes no further letter once those it has are so large together."""
_MOST_PAGES = 50
_ALIVE_EVERY = timedelta(seconds=20)
_ONE_CLAIM_AT_A_TIME = 0x6F757473

_DUE = Statement(
    lambda _: (
        select(col(Message.id), col(Message.next_try_at), col(Message.size))
        .where(
            col(Message.campaign_id) == bindparam("campaign"),
            col(Message.state) == bindparam("state"),
            col(Message.owner).is_(None),
            col(Message.replaced_at).is_(None),
            col(Message.next_try_at) <= bindparam("now"),
        )
        .order_by(col(Message.next_try_at), col(Message.id))
        .limit(bindparam("most", type_=Integer))
        .offset(bindparam("skip", type_=Integer))
        .with_for_update(skip_locked=True)
    )
)
_WHOLE = Statement(
    lambda length: (
        select(
            col(Message.id), col(Message.message_id), col(Message.envelope_from), col(Message.smtputf8),
            col(Message.due_at), col(Frozen.raw),
        )
        .join(Frozen, col(Frozen.message_id) == col(Message.id))
        .where(col(Message.id).in_(in_list(length)))
    )
)  # fmt: skip
_COPIES = Statement(
    lambda length: (
        select(col(Delivery.id), col(Delivery.message_id), col(Delivery.address), col(Delivery.state))
        .where(col(Delivery.message_id).in_(in_list(length)))
        .order_by(col(Delivery.id))
    )
)


@dataclass(frozen=True, slots=True)
class Claim:
    """What a worker got: letters, or the moment at which the pace allows the next."""

    parcels: tuple[Parcel, ...] = ()
    paced_until: datetime | None = None
    crowded: bool = False
    """Whether letters wait only because too many are on their way to their domains."""


def recover(engine: Engine) -> tuple[int, int]:
    """Settle what dead workers left behind. Return how many letters are free again, and how many uncertain."""
    with reading(engine) as session:
        held = select(col(Message.owner)).where(col(Message.owner).is_not(None)).distinct()
        owners = [owner for owner in session.scalars(held) if owner]
    if not owners:
        return 0, 0
    now = clock.now()
    dead = [owner for owner in owners if is_dead(owner)]
    freed = uncertain = 0
    with working(engine) as connection:
        ledger = Ledger(connection)
        lost = select(col(Message.id)).where(
            col(Message.owner).is_not(None), or_(col(Message.owner).in_(dead), col(Message.lease_until) < now)
        )
        for letter in ledger.read(list(connection.scalars(lost))).values():
            if letter["owner"] is None or not (letter["owner"] in dead or letter["lease_until"] < now):
                continue  # settled meanwhile by another worker
            who = letter["owner"]
            ledger.change(letter, owner=None, lease_until=None)
            if letter["state"] is S.SENDING:
                words = "the program ended after the letter was handed over and before the answer was stored"
                ledger.move(letter, S.UNCERTAIN, who=who, at=now, detail=words, reason=words)
                uncertain += 1
            else:
                freed += 1
        ledger.write()
    return freed, uncertain


def claim(engine: Engine, rules: Rules, owner: str, *, limit: int, campaign: str | None = None) -> Claim:
    """Claim letters that are due, oldest first. In live mode only those of campaigns that a person confirmed.

    Letters that may not go out under these rules are held on the way, with the reason.
    """
    now = clock.now()
    with working(engine) as connection:
        if rules.rates or rules.per_domain:
            _one_at_a_time(connection)
        pace = allowance(connection, rules.rates, now, limit)
        sending = _sending(connection, rules, campaign)
        if pace.letters == 0:
            waits = next(_due(connection, list(sending), now, 1), None) is not None
            return Claim(paced_until=(pace.next_at or now + timedelta(seconds=1)) if waits else None)
        ledger = Ledger(connection)
        picked = _Picked(connection, ledger, rules, owner, now, sending)
        for page in _due(connection, list(sending), now, pace.letters):
            picked.take(page, pace.letters)
            if len(picked.parcels) >= pace.letters or picked.size > _MOST_BYTES:
                break
        ledger.write()
        _sign_of_life(connection, sending, now)
    return Claim(tuple(picked.parcels), crowded=picked.crowded and not picked.parcels)


def _one_at_a_time(connection: Connection) -> None:
    """What is counted must not change meanwhile. SQLite's write lock sees to it by itself."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_ONE_CLAIM_AT_A_TIME})"))


def _sending(connection: Connection, rules: Rules, name: str | None) -> dict[int, RowMapping]:
    """The campaigns whose letters may go out now, by number."""
    query = select(
        col(Campaign.id),
        col(Campaign.name),
        col(Campaign.time_zone),
        col(Campaign.last_active_at),
        col(Campaign.working_hours),
    ).where(col(Campaign.state) == CampaignState.SCHEDULED)
    if rules.live:
        query = query.where(col(Campaign.confirmed_missions).is_not(None))
    if name is not None:
        query = query.where(col(Campaign.name) == name)
    now = clock.now()
    return {
        row["id"]: row
        for row in connection.execute(query).mappings()
        if not row["working_hours"] or is_working_time(now, clock.zone(row["time_zone"]))
    }


def _due(connection: Connection, campaigns: Sequence[int], now: datetime, most: int) -> Iterator[list[tuple[int, int]]]:
    """Give the numbers and sizes of letters that are due, page by page, the oldest of a page first."""
    sources = [(campaign, state) for campaign in campaigns for state in _OPEN]
    for page in range(_MOST_PAGES):
        found: list[tuple[datetime, int, int]] = []
        full = []
        for campaign, state in sources:
            values: dict[str, Any] = {
                "campaign": campaign,
                "state": state,
                "now": now,
                "most": most,
                "skip": page * most,
            }
            rows = _DUE.rows(connection, **values)
            found += [(row["next_try_at"], row["id"], row["size"]) for row in rows]
            if len(rows) == most:
                full.append((campaign, state))
        if found:
            yield [(number, size) for _, number, size in sorted(found)]
        sources = full
        if not sources:
            return


class _Picked:
    """The letters of one claim."""

    def __init__(
        self,
        connection: Connection,
        ledger: Ledger,
        rules: Rules,
        owner: str,
        now: datetime,
        campaigns: Mapping[int, RowMapping],
    ) -> None:
        self.parcels: list[Parcel] = []
        self.size = 0
        self.crowded = False
        self._connection, self._ledger, self._rules = connection, ledger, rules
        self._owner, self._now, self._campaigns = owner, now, campaigns
        self._on_their_way = _on_their_way(connection) if rules.per_domain else Counter[str]()

    def take(self, page: Sequence[tuple[int, int]], wanted: int) -> None:
        """Take letters from a page until there are as many as wanted; one that is held leaves its place to the next."""
        rest = list(page)
        while rest and len(self.parcels) < wanted and self.size <= _MOST_BYTES:
            chosen: list[int] = []
            while rest and len(chosen) < wanted - len(self.parcels) and self.size <= _MOST_BYTES:
                number, size = rest.pop(0)
                chosen.append(number)
                self.size += size
            self._take(chosen)

    def _take(self, numbers: Sequence[int]) -> None:
        letters = self._ledger.read(numbers)
        copies = _copies(self._connection, numbers)
        inspection = Inspection(self._connection, self._ledger, self._rules, self._owner, self._now)
        fit = [n for n in inspection.fit(letters, copies) if self._has_room(copies[n])]
        whole = {row["id"]: row for row in _WHOLE.rows(self._connection, fit)} if fit else {}
        for number in fit:
            letter, row = letters[number], whole[number]
            self._ledger.change(letter, owner=self._owner, lease_until=self._now + LEASE)
            campaign = self._campaigns[letter["campaign_id"]]
            self.parcels.append(_parcel(letter, row, copies[number], campaign, self._rules.signer))

    def _has_room(self, copies: Sequence[Copy]) -> bool:
        """Whether no domain of the letter is crowded; if so, it is counted as on its way."""
        if not self._rules.per_domain:
            return True
        domains = {copy.address.rpartition("@")[2].lower() for copy in copies if copy.state in _OPEN}
        if any(self._on_their_way[domain] >= self._rules.per_domain for domain in domains):
            self.crowded = True
            return False
        self._on_their_way.update(domains)
        return True


def _parcel(
    letter: Mapping[str, Any], row: Row, copies: Sequence[Copy], campaign: RowMapping, signer: Signer | None
) -> Parcel:
    wire = dated(row["raw"], row["due_at"], clock.zone(campaign["time_zone"]))
    return Parcel(
        id=letter["id"],
        iso3=letter["iso3"],
        campaign=campaign["name"],
        message_id=row["message_id"],
        envelope_from=row["envelope_from"],
        copies=tuple(copies),
        wire=wire if signer is None else signer.sign(wire),
        smtputf8=row["smtputf8"],
    )


def _copies(connection: Connection, numbers: Sequence[int]) -> dict[int, list[Copy]]:
    found: dict[int, list[Copy]] = defaultdict(list)
    for row in _COPIES.rows(connection, numbers):
        found[row["message_id"]].append(Copy(row["id"], row["address"], row["state"]))
    return found


def _on_their_way(connection: Connection) -> Counter[str]:
    """How many letters are in hand for each domain, whoever has them."""
    in_hand = (
        select(col(Delivery.message_id), col(Delivery.address))
        .join(Message, col(Message.id) == col(Delivery.message_id))
        .where(col(Message.owner).is_not(None), col(Delivery.state).in_(_OPEN))
    )
    pairs = {(number, address.rpartition("@")[2].lower()) for number, address in connection.execute(in_hand)}
    return Counter(domain for _, domain in pairs)


def _sign_of_life(connection: Connection, campaigns: Mapping[int, RowMapping], now: datetime) -> None:
    for number, row in campaigns.items():
        if row["last_active_at"] is None or row["last_active_at"] < now - _ALIVE_EVERY:
            connection.execute(update(Campaign).where(col(Campaign.id) == number).values(last_active_at=now))


def release(engine: Engine, owner: str, numbers: Sequence[int] | None = None) -> None:
    """Give back the letters that this worker claimed and did not take up: all, or those of these numbers."""
    theirs = update(Message).where(col(Message.owner) == owner, col(Message.state).in_(_OPEN))
    if numbers is not None:
        theirs = theirs.where(col(Message.id).in_(numbers))
    with working(engine) as connection:
        connection.execute(theirs.values(owner=None, lease_until=None))


def due_campaigns(engine: Engine, *, campaign: str | None = None) -> list[str]:
    """Return the names of the campaigns that have letters due now, by name."""
    return sorted(_counts(engine, campaign))


def count_due(engine: Engine, *, campaign: str | None = None) -> int:
    """Return how many letters are due now."""
    return sum(_counts(engine, campaign).values())


def _counts(engine: Engine, name: str | None) -> dict[str, int]:
    query = (
        select(col(Campaign.name), func.count(col(Message.id)))
        .join(Message, col(Message.campaign_id) == col(Campaign.id))
        .where(
            col(Campaign.state) == CampaignState.SCHEDULED,
            col(Message.state).in_(_OPEN),
            col(Message.owner).is_(None),
            col(Message.replaced_at).is_(None),
            col(Message.next_try_at) <= clock.now(),
        )
        .group_by(col(Campaign.name))
    )
    if name is not None:
        query = query.where(col(Campaign.name) == name)
    with reading(engine) as session:
        rows = session.connection().execute(query)
        return {row[0]: row[1] for row in rows}


__all__ = ["Claim", "claim", "count_due", "due_campaigns", "recover", "release"]
