"""The queue is the message table itself: what is due, and a worker's claim on it. Each function is one transaction.

A worker claims letters: its name, a lease, and a fencing number that no other claim on the letter has or will have.
For each one it marks `sending` just before the data is asked for and records the server's answer straight after
(journal.py). Whatever is killed at whatever instant, table and dispatch journal together say what may have happened:

    claimed, not marked                    nothing left this machine: it is taken up again
    marked, and not begun in the journal   nothing left this machine: it is taken up again
    begun, and no answer in the journal    the server may have it: `uncertain`, and a person decides
    answered in the journal, or recorded   known
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Integer, bindparam, func, or_, select, text, update
from sqlmodel import col

from outreach import clock
from outreach.campaigns.working_time import is_working_time
from outreach.database import reading, working
from outreach.errors import CopyError
from outreach.ledger import Ledger, in_states, next_claim, open_deliveries
from outreach.letters.faces.mime_writer import dated
from outreach.models import Campaign, Delivery, Frozen, Message
from outreach.outbox import recording
from outreach.outbox.claimed import LEASE, ClaimedCopy, ClaimedLetter
from outreach.outbox.dkim_signing import Signer
from outreach.outbox.gate import Gate
from outreach.outbox.hand import Hand
from outreach.outbox.outcome import Verdict
from outreach.outbox.owner import is_dead
from outreach.outbox.pace import allowance
from outreach.outbox.reasons import CAMPAIGN_CANCELLED
from outreach.outbox.rules import Rules
from outreach.sentences import KeptSentence
from outreach.statement import Row, Statement, in_list
from outreach.vocabulary import CampaignState, MessageState
from outreach.witness.dispatch import Evidence, EvidenceKind, Mark
from outreach.witness.lines import Answered
from outreach.witness.standing import CURE, Witness

_OPEN = (MessageState.QUEUED, MessageState.DEFERRED)
_ENDED_BEFORE = KeptSentence("letter.ended-before", "the program ended before the letter was handed over")
_ENDED_AFTER = KeptSentence(
    "letter.ended-after", "the program ended after the letter was handed over and before the answer was stored"
)
_MOST_BYTES = 16 * 1024 * 1024
"""A claim takes no further letter once those it has are so large together."""
_MOST_PAGES = 50
_ALIVE_EVERY = timedelta(seconds=20)
_ROOM_COMES = timedelta(seconds=1)
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
_FREE = (
    update(Message)
    .where(col(Message.owner) == bindparam("its"), col(Message.state).in_(_OPEN))
    .values(owner=None, lease_until=None)
)
_FREE_ONE = _FREE.where(col(Message.id) == bindparam("number"), col(Message.claim) == bindparam("under"))
_SCHEDULED = Statement(
    lambda _: select(
        col(Campaign.id), col(Campaign.name), col(Campaign.time_zone), col(Campaign.last_active_at),
        col(Campaign.working_hours), col(Campaign.confirmed_missions),
    ).where(col(Campaign.state) == CampaignState.SCHEDULED)
)  # fmt: skip
_OWNERS = Statement(lambda _: select(col(Message.owner)).where(col(Message.owner).is_not(None)).distinct())
_WHOLE = Statement(
    lambda length: (
        select(
            col(Message.id), col(Message.envelope_from), col(Message.smtputf8), col(Frozen.raw),
        )
        .join(Frozen, col(Frozen.message_id) == col(Message.id))
        .where(col(Message.id).in_(in_list(length)))
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Claim:
    """What a worker got: letters, or the moment at which the pace allows the next."""

    letters: tuple[ClaimedLetter, ...] = ()
    paced_until: datetime | None = None
    crowded: bool = False
    """Whether letters wait only because too many are on their way to their domains."""


def recover(engine: Engine, witness: Witness | None = None) -> tuple[int, int]:
    """Settle what dead workers left behind. Return how many letters are free again, and how many uncertain.

    What the dispatch journal knows is no doubt: a letter that was never begun is free, an answer is recorded.
    """
    with engine.connect() as connection:
        owners = [row["owner"] for row in _OWNERS.rows(connection) if row["owner"]]
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
        letters = [
            letter
            for letter in ledger.read(connection.scalars(lost)).values()
            # Another worker may have settled it meanwhile.
            if letter["owner"] is not None and (letter["owner"] in dead or letter["lease_until"] < now)
        ]
        marked = [one for one in letters if one["state"] is MessageState.SENDING]
        known: Mapping[str, Evidence] = {}
        if witness is not None and marked:
            known = witness.journal.evidence([Mark(one["message_id"], one["claim"], one["owner"]) for one in marked])
        for letter in letters:
            if letter["state"] is MessageState.SENDING:
                uncertain += _settle(ledger, letter, known.get(letter["message_id"]), now)
            else:
                ledger.take_away(letter)
            freed += letter["state"] in _OPEN
        ledger.write()
    return freed, uncertain


def _settle(ledger: Ledger, letter: Row, evidence: Evidence | None, now: datetime) -> bool:
    """Settle a letter whose worker ended between the mark and the record; return whether it is uncertain now."""
    who = letter["owner"]
    if evidence is not None and evidence.answer is not None:
        recording.recover(ledger, letter, evidence.answer, now)
        return letter["state"] is MessageState.UNCERTAIN
    if evidence is not None and evidence.known is EvidenceKind.NOT_BEGUN:
        ledger.take_away(letter)
        words, marked = _ENDED_BEFORE, in_states(MessageState.SENDING)
        ledger.transition(letter, MessageState.QUEUED, only=marked, who=who, at=now, detail=words, reason="")
        if letter["campaign_state"] is CampaignState.CANCELLED:
            open_ones = in_states(*_OPEN)
            ledger.transition(
                letter, MessageState.CANCELLED, only=open_ones, who=who, at=now, detail=CAMPAIGN_CANCELLED
            )
        return False
    words = _ENDED_AFTER
    doubt = Answered(letter["message_id"], letter["claim"], Verdict.UNCERTAIN, words, {})
    recording.recover(ledger, letter, doubt, now)
    ledger.take_away(letter)
    return True


def claim(
    engine: Engine,
    rules: Rules,
    owner: str,
    *,
    limit: int,
    campaign: str | None = None,
    witness: Witness | None = None,
    hand: Hand | None = None,
) -> Claim:
    """Claim letters that are due, oldest first. In live mode only those of campaigns that a person confirmed.

    Letters that may not go out under these rules are held on the way, with the reason (gate.py). What is read of the
    others is kept in the worker's hand, if it has one. Raises CopyError where the database is a copy of the one that
    sends.
    """
    now = clock.now()
    with working(engine) if hand is None else hand.transaction() as connection:
        if rules.rates or rules.per_domain:
            _one_at_a_time(connection)
        if witness is not None and witness.behind(connection):
            raise CopyError(
                "copy.another-sent",
                "Another copy of this database has sent since. Nothing more is sent.",
                remedy=CURE,
            )
        pace = allowance(connection, rules.rates, now, limit)
        sending = _sending(connection, rules, campaign)
        if pace.letters == 0:
            waits = next(_due(connection, list(sending), now, 1), None) is not None
            return Claim(paced_until=(pace.next_at or now + timedelta(seconds=1)) if waits else None)
        ledger = Ledger(connection)
        _sign_of_life(connection, sending, rules, now)
        picked = _Picked(connection, ledger, rules, owner, now, hand, pace.recipients)
        for page in _due(connection, list(sending), now, pace.letters):
            picked.take(page, pace.letters)
            if len(picked.letters) >= pace.letters or picked.size > _MOST_BYTES:
                break
        ledger.write()
    if picked.full and not picked.letters:
        return Claim(paced_until=pace.room_at or now + _ROOM_COMES)
    return Claim(tuple(picked.letters), crowded=picked.crowded and not picked.letters)


def _one_at_a_time(connection: Connection) -> None:
    """What is counted must not change meanwhile. SQLite's write lock sees to it by itself."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_ONE_CLAIM_AT_A_TIME})"))


def _sending(connection: Connection, rules: Rules, name: str | None) -> dict[int, Row]:
    """The campaigns whose letters may go out now, by number."""
    now = clock.now()
    return {
        row["id"]: row
        for row in _SCHEDULED.rows(connection)
        if (not rules.live or row["confirmed_missions"] is not None)
        and name in (None, row["name"])
        and (not row["working_hours"] or is_working_time(now, clock.zone(row["time_zone"])))
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
        hand: Hand | None,
        recipients: int | None = None,
    ) -> None:
        self.letters: list[ClaimedLetter] = []
        self.size = 0
        self.crowded = False
        self.full = False
        """Whether letters wait since they would have more recipients than the pace allows at this moment."""
        self._recipients = recipients
        self._connection, self._ledger, self._rules = connection, ledger, rules
        self._owner, self._now, self._hand = owner, now, hand
        self._gate = Gate(connection, ledger, rules, now)
        self._on_their_way = _on_their_way(connection) if rules.per_domain else Counter[str]()

    def take(self, page: Sequence[tuple[int, int]], wanted: int) -> None:
        """Take letters from a page until there are as many as wanted; one that is held leaves its place to the next."""
        rest = list(page)
        while rest and len(self.letters) < wanted and self.size <= _MOST_BYTES:
            chosen: list[int] = []
            while rest and len(chosen) < wanted - len(self.letters) and self.size <= _MOST_BYTES:
                number, size = rest.pop(0)
                chosen.append(number)
                self.size += size
            self._take(chosen)

    def _take(self, numbers: Sequence[int]) -> None:
        letters = self._ledger.read(numbers)
        in_turn = [letters[number] for number in numbers if number in letters]
        fit = [one for one in self._gate.open_for(in_turn) if self._has_room(one)]
        whole = {row["id"]: row for row in _WHOLE.rows(self._connection, [one["id"] for one in fit])} if fit else {}
        for letter in fit:
            number = next_claim(letter["claim"])
            self._ledger.change(letter, owner=self._owner, lease_until=self._now + LEASE, claim=number)
            self.letters.append(_claimed_letter(letter, whole[letter["id"]], self._rules.signer, self._now))
        if self._hand is not None:
            mine = {one["id"] for one in fit}
            self._hand.remember(facts for facts in self._gate.passed if facts.letter["id"] in mine)
            if self._gate.stopped:
                self._hand.forget()
        self._gate.passed.clear()

    def _has_room(self, letter: Row) -> bool:
        """Whether the pace has room for its recipients, and no domain is crowded; then it counts as on its way."""
        if self._recipients is not None:
            wanted = len(open_deliveries(letter))
            if wanted > self._recipients and not self._alone(wanted):
                self.full = True
                return False
            self._recipients = max(0, self._recipients - wanted)
        if not self._rules.per_domain:
            return True
        domains = {one["address"].rpartition("@")[2].lower() for one in open_deliveries(letter)}
        if any(self._on_their_way[domain] >= self._rules.per_domain for domain in domains):
            self.crowded = True
            return False
        self._on_their_way.update(domains)
        return True

    def _alone(self, wanted: int) -> bool:
        """Whether a letter has more recipients than any span allows, and nothing else is going out: it goes alone."""
        most = min(rate.letters for rate in self._rules.rates if rate.of_recipients)
        return wanted > most == self._recipients and not self.letters


def _claimed_letter(letter: Row, whole: Row, signer: Signer | None, now: datetime) -> ClaimedLetter:
    # The same bytes at each try: once it was handed over, its date stays (RFC 5322, 3.6.1: when it was put to be sent).
    at = letter["dated_at"] or now
    wire = dated(whole["raw"], at, clock.zone(letter["campaign_time_zone"]))
    return ClaimedLetter(
        id=letter["id"],
        claim=letter["claim"],
        version=letter["campaign_version"],
        iso3=letter["iso3"],
        campaign=letter["campaign_name"],
        letter=letter["campaign_letter"],
        subject=letter["subject"],
        text_digest=letter["text_digest"],
        text_sketch=letter["text_sketch"],
        message_id=letter["message_id"],
        envelope_from=whole["envelope_from"],
        copies=tuple(ClaimedCopy(one["id"], one["address"], one["state"]) for one in letter["deliveries"]),
        wire=wire if signer is None else signer.sign(wire, at),
        smtputf8=whole["smtputf8"],
        dated_at=at,
        time_zone=letter["campaign_time_zone"],
    )


def _on_their_way(connection: Connection) -> Counter[str]:
    """How many letters are in hand for each domain, whoever has them."""
    in_hand = (
        select(col(Delivery.message_id), col(Delivery.address))
        .join(Message, col(Message.id) == col(Delivery.message_id))
        .where(col(Message.owner).is_not(None), col(Delivery.state).in_((*_OPEN, MessageState.SENDING)))
    )
    pairs = {(number, address.rpartition("@")[2].lower()) for number, address in connection.execute(in_hand)}
    return Counter(domain for _, domain in pairs)


def _sign_of_life(connection: Connection, campaigns: Mapping[int, Row], rules: Rules, now: datetime) -> None:
    """Note that the campaigns are looked after. After a gap longer than the grace period nothing is noted here: whether
    their letters are late by then is judged first (guard.py)."""
    for number, row in campaigns.items():
        seen = row["last_active_at"]
        if seen is not None and now - rules.grace <= seen < now - _ALIVE_EVERY:
            connection.execute(update(Campaign).where(col(Campaign.id) == number).values(last_active_at=now))


def release(engine: Engine, owner: str, letters: Sequence[ClaimedLetter] | None = None) -> None:
    """Give back the letters that this worker claimed and did not take up: all, or these claims of them."""
    with working(engine) as connection:
        if letters is None:
            connection.execute(_FREE, {"its": owner})
        for claimed in letters or ():
            connection.execute(_FREE_ONE, {"its": owner, "number": claimed.id, "under": claimed.claim})


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
