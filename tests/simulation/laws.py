"""The laws: what must never happen, asked at every step and at the end. They read rows, and use no outbox code."""

import json
from collections import Counter
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, text

from outreach.letters.faces.mime_writer import dated
from outreach.outbox.claimed import ClaimedLetter
from outreach.outbox.outcome import Outcome, Verdict
from outreach.outbox.rules import Rules

if TYPE_CHECKING:
    from tests.simulation.world import Taken, Worker, World

_MARK = text(
    "SELECT m.state, m.owner, m.claim, m.due_at, m.dated_at, m.next_try_at, m.replaced_at, m.lease_until,"
    " c.state AS campaign,"
    " c.confirmed_missions AS confirmed, c.working_hours AS hours, c.last_active_at AS seen, c.approved_at AS approved,"
    " c.approvals, c.approved_by AS who, c.follows_id AS follows, i.inbox_read_at AS read_at,"
    " (SELECT r.answer FROM response r WHERE r.campaign_id = c.follows_id AND r.iso3 = m.iso3) AS answer,"
    " (SELECT count(*) FROM response r WHERE r.campaign_id = c.id) AS missions, f.raw AS raw"
    " FROM message m JOIN campaign c ON c.id = m.campaign_id JOIN frozen f ON f.message_id = m.id"
    " CROSS JOIN identity i WHERE m.id = :id"
)
_LIST = text("SELECT entries FROM signatory_list WHERE id = (SELECT signatory_list_id FROM message WHERE id = :id)")
_SIGNING = text(
    "SELECT s.name FROM signatory s JOIN message m ON m.campaign_id = s.campaign_id"
    " WHERE m.id = :id AND s.absent_since IS NULL"
)
_DOUBTS = text(
    "SELECT count(*) FROM suggestion s JOIN message about ON about.id = s.message_id"
    " JOIN campaign its ON its.id = about.campaign_id, message m JOIN campaign c ON c.id = m.campaign_id"
    " WHERE m.id = :id AND about.iso3 = m.iso3 AND s.kind = 'answer' AND s.value = 'replied' AND s.accepted IS NULL"
    " AND c.follows_id IN (its.id, its.follows_id)"
)
_TO = text("SELECT address_key, state, rehearsed FROM delivery WHERE message_id = :id")
_OUT = text("SELECT address_key FROM opt_out WHERE withdrawn_at IS NULL")
_BOUNCED = text("SELECT email_key FROM contact WHERE bounced_at IS NOT NULL")
_CONTACTS = text("SELECT email_key FROM contact WHERE iso3 = :iso3 AND active AND absent_since IS NULL")
_STATES = text(
    "SELECT d.id, d.state, d.address_key, d.rehearsed, m.id AS letter, m.message_id, m.iso3, m.replaced_at,"
    " m.owner, m.state AS whole, m.reason, m.hold, m.next_try_at, c.name AS campaign, c.letter AS text_,"
    " c.state AS stands, c.reason AS why, c.follows_id AS follows FROM delivery d"
    " JOIN message m ON m.id = d.message_id JOIN campaign c ON c.id = m.campaign_id ORDER BY d.id"
)
_OUT_ALREADY = text(
    "SELECT DISTINCT m.id, m.iso3 FROM message m JOIN campaign c ON c.id = m.campaign_id"
    " JOIN delivery d ON d.message_id = m.id WHERE c.name = :name AND m.replaced_at IS NULL"
    " AND d.state IN ('sent', 'sending', 'uncertain') AND NOT d.rehearsed"
)
_REPLACED = text("SELECT replaced_at FROM message WHERE id = :id")
_ITS_RECIPIENTS = text(
    "SELECT c.letter, m.iso3, d.address_key FROM message m JOIN campaign c ON c.id = m.campaign_id"
    " JOIN delivery d ON d.message_id = m.id WHERE c.name = :name AND m.replaced_at IS NULL"
)
_RECORDED = text(
    "SELECT d.address, d.state FROM delivery d JOIN message m ON m.id = d.message_id"
    " WHERE m.id = :id AND m.message_id = :name AND m.owner IS NULL"
)
_TRIED = text("SELECT DISTINCT message_id FROM attempt")
_IN_HAND = text("SELECT id, owner, claim, lease_until FROM message WHERE owner IS NOT NULL")
_DISPATCHED = text("SELECT message_id, address_key FROM dispatch")


class Broken(Exception):
    """A law is broken."""


class Laws:
    """The laws of one world."""

    def __init__(self, world: "World") -> None:
        self.world = world
        self.allowed: Counter[tuple[str, str, str]] = Counter()
        """How often more than once a person let a recipient have a letter."""
        self.had: Counter[tuple[str, str, str]] = Counter()
        self.said_sent: set[tuple[str, str]] = set()

    def broken(self, law: str) -> None:
        self.world.tell(f"BROKEN: {law}")
        raise Broken(law)

    # -- at recovery

    def in_hand(self, engine: Engine) -> set[tuple[int, str, int]]:
        """What living workers have in hand, and their lease has not ended."""
        with engine.connect() as connection:
            return {
                (row.id, row.owner, row.claim)
                for row in connection.execute(_IN_HAND)
                if not self.world.is_dead(row.owner) and _moment(row.lease_until) >= self.world.now
            }

    def recovered(self, engine: Engine, before: set[tuple[int, str, int]]) -> None:
        if before and (lost := before - self.in_hand(engine)):
            self.broken(f"recovery has taken from living workers what they have in hand: {sorted(lost)}")

    # -- at the mark, within its transaction

    def before_mark(self, connection: Connection, claimed: ClaimedLetter) -> Any:
        row = connection.execute(_MARK, {"id": claimed.id}).mappings().one_or_none()
        if row is None:
            return None
        return (
            dict(row),
            [dict(one) for one in connection.execute(_TO, {"id": claimed.id}).mappings()],
            set(connection.scalars(_OUT)),
            set(connection.scalars(_BOUNCED)),
            set(connection.scalars(_CONTACTS, {"iso3": claimed.iso3})),
            _names(connection.scalar(_LIST, {"id": claimed.id}))
            - set(connection.scalars(_SIGNING, {"id": claimed.id})),
            connection.scalar(_DOUBTS, {"id": claimed.id}),
        )

    def marked(self, owner: str, rules: Rules, claimed: ClaimedLetter, known: Any) -> None:  # noqa: C901  (a list of laws)
        now, what = self.world.now, f"{claimed.campaign}/{claimed.iso3} claim {claimed.claim}"
        if known is None:
            self.broken(f"{what}: marked, and there is no such letter")
        row, deliveries, out, bounced, contacts, withdrawn, doubts = known
        if (row["owner"], row["claim"]) != (owner, claimed.claim):
            self.broken(f"{what}: passed the mark, and the claim is {row['owner']}'s, {row['claim']}")
        if row["state"] == "sending":  # the answer to its own commit was lost
            return
        if self.world.watched and rules.live != self.world.live:
            self.broken(f"{what}: passed the mark {_mode(rules.live)}, and the settings say {_mode(self.world.live)}")
        when = _moment(row["lease_until"])
        if when is None or when <= now:
            self.broken(f"{what}: passed the mark after its lease had ended")
        if row["campaign"] != "scheduled" or row["replaced_at"] is not None:
            self.broken(
                f"{what}: passed the mark, and its campaign is {row['campaign']}, replaced {row['replaced_at']}"
            )
        if row["approved"] is None:
            self.broken(f"{what}: passed the mark without an approval")
        if row["approvals"] == 2 and " and " not in row["who"]:
            self.broken(f"{what}: passed the mark, and only {row['who']} has approved it")
        if row["follows"] is not None:
            if row["answer"] not in ("none", "auto-reply"):
                self.broken(f"{what}: a reminder passed the mark, and the mission has answered")
            if doubts:
                self.broken(f"{what}: a reminder passed the mark, and a mail waits that may be the mission's answer")
            read_at, wanted = _moment(row["read_at"]), _moment(row["due_at"])
            if read_at is None or read_at < wanted:
                self.broken(f"{what}: a reminder passed the mark, and the box was not read since it is due")
        due = _moment(row["next_try_at"])
        if due is None or due > now:
            self.broken(f"{what}: passed the mark before its time, {due}")
        late, seen = now - rules.grace, _moment(row["seen"])
        if row["state"] == "queued" and due < late and (seen is None or seen < late):
            self.broken(f"{what}: passed the mark long after its time, {due}")
        if row["hours"] and not _working(now):
            self.broken(f"{what}: passed the mark outside of working hours")
        if rules.live and row["confirmed"] != row["missions"]:
            self.broken(f"{what}: live, and {row['confirmed']} of {row['missions']} missions are confirmed")
        to = {one.lower() for one in claimed.recipients}
        if to & out:
            self.broken(f"{what}: goes to {to & out}, who opted out")
        if to & bounced:
            self.broken(f"{what}: goes to {to & bounced}, who take no mail")
        if not any(one["state"] == "sent" for one in deliveries) and {o["address_key"] for o in deliveries} != contacts:
            self.broken(f"{what}: the addresses have changed since the approval")
        if withdrawn and not any(one["state"] == "sent" and not one["rehearsed"] for one in deliveries):
            self.broken(f"{what}: bears the name of {withdrawn}, who have withdrawn")
        if claimed.wire != dated(bytes(row["raw"]), claimed.dated_at, _zone()):
            self.broken(f"{what}: the bytes are not those that were approved")
        if row["dated_at"] is not None and _moment(row["dated_at"]) != claimed.dated_at:
            self.broken(f"{what}: its date is another one than at its first hand-over")

    # -- at the server

    def handed_over(self, one: "Worker", claimed: ClaimedLetter) -> None:
        """DATA is asked for: the dispatch journal must tell of it by now, and the database hold the mark."""
        if not one.own:
            self.broken("a letter leaves from a copy at another installation")
        told = self.world.grounds.begun(claimed.message_id, claimed.claim)
        if told is None:
            self.broken("a letter leaves, and the dispatch journal does not tell of it")
        if told != sha256(claimed.wire).hexdigest():
            self.broken("the dispatch journal tells of other bytes than those that leave")

    def taken(self, took: "Taken", *, embedded: bool) -> None:
        if not took.live:
            if not embedded and not took.address.endswith("@fra.example"):
                self.broken(f"in rehearsal, {took.address} is written to")
            return
        key = (_letter(took.letter), took.iso3, took.address)
        self.had[key] += 1
        if self.had[key] > 1 + self.allowed[key]:
            nearly = ", or nearly the same," if _letter(took.letter) != took.letter else ""
            self.broken(f"{took.address} has the letter {took.letter}{nearly} {self.had[key]} times")

    def recorded(self, engine: Engine, claimed: ClaimedLetter, outcome: Outcome) -> None:
        """A worker that the server told yes has said so: nobody is left in doubt of it."""
        if outcome.verdict is not Verdict.ACCEPTED:
            return
        with engine.connect() as connection:
            rows = connection.execute(_RECORDED, {"id": claimed.id, "name": claimed.message_id})
            states = {row.address: row.state for row in rows}
        for address, said in outcome.recipients.items():
            if said.verdict is Verdict.ACCEPTED and states.get(address) == "uncertain":
                self.broken(f"{claimed.campaign}/{claimed.iso3}: the server's yes was recorded, and it is uncertain")

    # -- a person's word

    def before_approving(self, engine: Engine, name: str) -> dict[int, str]:
        with engine.connect() as connection:
            return {row.id: f"{name}/{row.iso3}" for row in connection.execute(_OUT_ALREADY, {"name": name})}

    def approved(self, engine: Engine, before: dict[int, str]) -> None:
        with engine.connect() as connection:
            for number, what in before.items():
                if connection.execute(_REPLACED, {"id": number}).scalar() is not None:
                    self.broken(f"{what} is on its way or out, live, and an approval has put another in its place")

    def once_more(self, engine: Engine, name: str) -> None:
        """A person says that the missions of a campaign may get again what they had."""
        with engine.connect() as connection:
            for row in connection.execute(_ITS_RECIPIENTS, {"name": name}):
                self.allowed[_letter(row.letter), row.iso3, row.address_key] += 1

    def before_resolving(self, engine: Engine, number: int) -> list[dict[str, Any]]:
        with engine.connect() as connection:
            rows = connection.execute(_STATES).mappings()
            return [dict(row) for row in rows if row["letter"] == number and row["state"] in ("uncertain", "held")]

    def resolved(self, before: list[dict[str, Any]], decision: str) -> None:
        for row in before:
            if decision == "cancel":
                continue
            if decision == "resend":
                self.allowed[_letter(row["text_"]), row["iso3"], row["address_key"]] += 1
            else:
                self.said_sent.add((row["message_id"], row["address_key"]))

    # -- the end

    def at_rest(self, engine: Engine) -> None:  # noqa: C901  (a list of laws)
        """Nothing runs any more, everything due was looked after: every letter is accounted for."""
        with engine.connect() as connection:
            rows = [dict(row) for row in connection.execute(_STATES).mappings()]
            tried = set(connection.scalars(_TRIED))
            dispatched = {tuple(row) for row in connection.execute(_DISPATCHED)}
        known: dict[tuple[str, str], dict[str, Any]] = {}
        server = {(one.message_id, one.address) for one in self.world.taken if one.live}
        by_mission = {(one.campaign, one.iso3, one.address) for one in self.world.taken if one.live}
        by_anybody = {(one.campaign, one.iso3, one.address) for one in self.world.taken}
        now = self.world.now
        for row in rows:
            what = f"{row['campaign']}/{row['iso3']} to {row['address_key']} is {row['state']}"
            key = (row["message_id"], row["address_key"])
            known[key] = row
            if row["state"] == "sent" and not row["rehearsed"]:
                mission = (row["campaign"], row["iso3"], row["address_key"])
                if key not in server and mission not in by_mission and key not in self.said_sent:
                    self.broken(f"{what}, and the server did not take it")
            anyhow = key in self.said_sent or (row["campaign"], row["iso3"], row["address_key"]) in by_anybody
            if row["state"] == "sent" and row["rehearsed"] and not anyhow:
                self.broken(f"{what} in rehearsal, and no server took it")
            if row["replaced_at"] is not None:
                continue
            half = {one["rehearsed"] for one in rows if one["letter"] == row["letter"] and one["state"] == "sent"}
            if row["whole"] == "sent" and len(half) > 1:
                self.broken(f"{row['campaign']}/{row['iso3']} counts as sent, and some had it in rehearsal only")
            if row["owner"] is not None or row["state"] == "sending":
                self.broken(f"{what}, held by {row['owner']}, and nobody looks after it")
            if row["whole"] == "failed" and row["letter"] not in tried:
                self.broken(f"{what}, its letter has failed, and no server was asked")
            if row["whole"] == "held" and not row["hold"]:
                self.broken(f"{what} without a reason")
            if row["state"] in ("queued", "deferred") and row["whole"] not in ("held", "uncertain"):
                due = _moment(row["next_try_at"])
                if row["stands"] == "scheduled" and row["follows"] is None and (due is None or due <= now):
                    self.broken(f"{what}, due {due}, its campaign is scheduled, and it does not go")
                if row["stands"] in ("waiting", "paused") and not row["why"]:
                    self.broken(f"{what}, its campaign is {row['stands']} and does not say why")
                if row["stands"] == "cancelled":
                    self.broken(f"{what}, and its campaign is cancelled")
        for took in self.world.taken:
            key = (took.message_id, took.address)
            if not took.live or self.allowed[_letter(took.letter), took.iso3, took.address]:
                continue
            row = known.get(key)
            if row is None:
                if key not in dispatched and not any(
                    (one["campaign"], one["iso3"], one["address_key"]) == (took.campaign, took.iso3, took.address)
                    and one["state"] in ("sent", "uncertain")
                    for one in rows
                ):
                    self.broken(f"the server took {key}, and the database knows nothing of it")
            elif row["state"] not in ("sent", "uncertain"):
                self.broken(f"the server took {took.campaign}/{took.iso3} for {took.address}, and it is {row['state']}")
            elif row["state"] == "sent" and row["rehearsed"]:
                self.broken(f"the server took {took.campaign}/{took.iso3} live, and it is told as rehearsed")


def _letter(name: str) -> str:
    """What counts as one letter: two that say nearly the same are one."""
    return "spring" if name == "alike" else name


def _mode(live: bool) -> str:
    return "live" if live else "rehearsal"


def _names(entries: Any) -> set[str]:
    """The names of a frozen list, which SQLite keeps as text."""
    return {one["name"] for one in (json.loads(entries) if isinstance(entries, str) else entries or ())}


def _moment(value: Any) -> Any:
    from datetime import UTC, datetime

    if value is None:
        return None
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _zone() -> Any:
    from zoneinfo import ZoneInfo

    return ZoneInfo("Europe/Zurich")


def _working(now: Any) -> bool:
    local = now.astimezone(_zone())
    return local.weekday() < 5 and timedelta(hours=9) <= timedelta(hours=local.hour, minutes=local.minute) < timedelta(
        hours=17
    )
