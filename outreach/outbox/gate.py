"""The gate: the last question before DATA, in one transaction with the mark `sending`. May this letter go, now?

`REASONS` is every reason not to send, in the order in which they are asked; each says what comes of it. The gate is
asked twice: when a worker claims a letter, so that nothing is taken up in vain, and again with the mark, since people
act in between. What it reads, it reads within the transaction that writes the mark (`Facts`).
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from functools import cached_property
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, bindparam, func, select, update
from sqlmodel import col

from outreach import clock
from outreach.actors import program
from outreach.campaigns.address_changes import AddressChange, changed_addresses, changed_in_words
from outreach.campaigns.box import missions_to_look_at
from outreach.campaigns.follow_up import still_wanted
from outreach.campaigns.had_already import Had, had_already, same_thing
from outreach.campaigns.near_letters import with_difference
from outreach.campaigns.stopping import stopped
from outreach.campaigns.who_signs.withdrawn_names import names_withdrawn
from outreach.campaigns.working_time import is_working_time
from outreach.ledger import Ledger, in_states, open_deliveries
from outreach.models import Campaign, Contact, Identity, OptOut, Response
from outreach.outbox.reasons import REHEARSED, UNCONFIRMED, held_for, late
from outreach.outbox.rules import Rules
from outreach.people import audit
from outreach.sentences import KeptSentence, Moment, Sentence, saying
from outreach.statement import Row, Statement, in_list
from outreach.text import address_key, erased_key
from outreach.vocabulary import Act, Answer, CampaignState, EventKind, Hold, MessageState, Position, Stop

_OPEN = (MessageState.QUEUED, MessageState.DEFERRED)
_OUT = (MessageState.SENT, MessageState.UNCERTAIN, MessageState.SENDING)
WHO = "outbox"


class Effect(Enum):
    """What comes of a reason: to the letter, or to its campaign as a whole."""

    SKIP = "this claim ends; the letter stays as it is"
    LATER = "the letter waits, and is asked about again"
    HOLD = "the letter is held, with the reason"
    CANCEL = "the letter is cancelled"
    WAIT = "its campaign waits for a person"
    VOID = "its campaign's approval is void"


@dataclass(frozen=True)
class GateFacts:
    """What the gate knows of a letter: its row with deliveries and campaign, and what else bears on it."""

    letter: Row
    rules: Rules
    now: datetime
    blocked: Mapping[str, Hold]
    changed: AddressChange | None = None
    stand: tuple[Answer, Position] | None = None
    """Of a follow-up: where its mission stands on the first letter."""
    inbox_read_at: datetime | None = None
    missions: int | None = None
    """How many missions its campaign has; None where nobody has changed that since it was last asked."""
    had: Had | None = None
    unread: bool = False
    """Of a follow-up: whether a mail waits for a person's word that may be the mission's answer."""
    withdrawn: tuple[str, ...] = ()
    """The names in it of those who have withdrawn since its approval."""

    @cached_property
    def open_addresses(self) -> list[str]:
        """The addresses that it is still to go to."""
        return [one["address"] for one in open_deliveries(self.letter)]

    def campaign(self, name: str) -> Any:
        """Return a column of its campaign."""
        return self.letter[f"campaign_{name}"]

    def moment(self, at: datetime) -> Moment:
        """Return a moment as it is told of this letter."""
        return Moment(at, self.campaign("time_zone"))


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason not to send: when it holds, in which words, what comes of it, and what a person can do."""

    code: str
    holds: Callable[[GateFacts], Any]
    effect: Effect
    words: Callable[[GateFacts], KeptSentence]
    cure: str
    hold: Callable[[GateFacts], Hold] | None = None


def _says(words: KeptSentence) -> Callable[[GateFacts], KeptSentence]:
    return lambda _: words


def _outside_hours(facts: GateFacts) -> bool:
    return bool(facts.campaign("working_hours")) and not is_working_time(
        facts.now, clock.zone(facts.campaign("time_zone"))
    )


def _is_late(facts: GateFacts) -> bool:
    """Its time passed more than the grace period ago, and since then nobody looked after its campaign."""
    late, due, seen = facts.now - facts.rules.grace, facts.letter["next_try_at"], facts.campaign("last_active_at")
    return (
        facts.letter["state"] is MessageState.QUEUED
        and due is not None
        and due < late
        and (seen is None or seen < late)
    )


def _other_number(facts: GateFacts) -> bool:
    return facts.rules.live and facts.missions is not None and facts.missions != facts.campaign("confirmed_missions")


def _begun_live(facts: GateFacts) -> bool:
    return not facts.rules.live and any(
        one["state"] in _OUT and not one["rehearsed"] for one in facts.letter["deliveries"]
    )


def _rehearsed(facts: GateFacts) -> bool:
    return facts.rules.live and any(one["state"] in _OUT and one["rehearsed"] for one in facts.letter["deliveries"])


def _address_changed(facts: GateFacts) -> bool:
    """One that some have their copy of already goes on to the others."""
    return facts.changed is not None and not any(
        one["state"] is MessageState.SENT for one in facts.letter["deliveries"]
    )


def _signatory_withdrew(facts: GateFacts) -> bool:
    """One that some have their copy of already goes on to the others: they get what those have."""
    return bool(facts.withdrawn) and not any(
        one["state"] is MessageState.SENT and not one["rehearsed"] for one in facts.letter["deliveries"]
    )


def _outside_allow_list(facts: GateFacts) -> list[str]:
    if not facts.rules.guarded:
        return []
    return list(facts.rules.allow_list.outside([one["address"] for one in facts.letter["deliveries"]]))


def _not_wanted(facts: GateFacts) -> bool:
    return facts.stand is not None and not still_wanted(facts.campaign("follow_to"), *facts.stand)


def _box_unread(facts: GateFacts) -> bool:
    """A reminder waits until the answers were read that came before it was due."""
    if facts.campaign("follows_id") is None or facts.campaign("no_mailbox_by") or facts.rules.no_mailbox:
        return False
    read, due = facts.inbox_read_at, facts.letter["due_at"]
    return read is None or (due is not None and read < due)


def _unread(facts: GateFacts) -> bool:
    """A reminder waits for a mail that may be the answer, or a bounce of the letter, and is never dropped for it."""
    return facts.unread


def _all_blocked(facts: GateFacts) -> bool:
    return bool(facts.blocked and facts.open_addresses) and facts.blocked.keys() >= set(facts.open_addresses)


def _had_words(facts: GateFacts) -> KeptSentence:
    had = facts.had
    assert had is not None
    if had.at is None:
        words = saying(
            "gate.had-already", "{hold}: {what} went to it in the campaign {campaign}",
            hold=Hold.HAD_ALREADY, what=Sentence("had.same", had.what), campaign=had.campaign,
        )  # fmt: skip
    else:
        words = saying(
            "gate.had-already-on", "{hold}: {what} went to it in the campaign {campaign} on {at}",
            hold=Hold.HAD_ALREADY, what=Sentence("had.same", had.what), campaign=had.campaign,
            at=facts.moment(had.at),
        )  # fmt: skip
    return KeptSentence.of(with_difference(words, had.near))


REASONS: tuple[Reason, ...] = (
    Reason(
        "replaced", lambda f: f.letter["replaced_at"] is not None, Effect.SKIP,
        _says(KeptSentence("gate.replaced", "another letter has taken its place")),
        "Look at the mission's letter as it is now.",
    ),
    Reason(
        "settled", lambda f: not f.open_addresses, Effect.SKIP,
        _says(KeptSentence("gate.settled", "there is nobody left to send it to")), "Look at the letter as it is now.",
    ),
    Reason(
        "stopped", lambda f: f.letter["campaign_state"] is not CampaignState.SCHEDULED, Effect.SKIP,
        lambda f: KeptSentence("gate.stopped", "the campaign is {state}", state=f.letter["campaign_state"]),
        "Let it go on, or give it a time.",
    ),
    Reason(
        "not yet due", lambda f: f.letter["next_try_at"] is None or f.letter["next_try_at"] > f.now, Effect.SKIP,
        _says(KeptSentence("gate.not-yet", "its time has not come")), "Wait, or give the campaign another time.",
    ),
    Reason(
        "unconfirmed", lambda f: f.rules.live and f.campaign("confirmed_missions") is None, Effect.WAIT,
        _says(UNCONFIRMED),
        "Schedule it again in live mode, and type the number of missions.",
    ),
    Reason(
        "another number", _other_number, Effect.WAIT,
        lambda f: KeptSentence(
            "gate.another-number",
            "{confirmed} {confirmed:*mission was|missions were} confirmed, and it has {missions} now",
            confirmed=f.campaign("confirmed_missions") or 0, missions=f.missions,
        ),
        "Schedule it again, and type the number of missions.",
    ),
    Reason(
        "rehearsed", _rehearsed, Effect.WAIT,
        _says(REHEARSED), "Approve it again in live mode.",
    ),
    Reason(
        "begun live", _begun_live, Effect.LATER,
        _says(
            KeptSentence(
                "gate.begun-live", "some of its recipients have it already, live: the others get it in live mode"
            )
        ),
        "Go back to live mode.",
    ),
    Reason(
        "late", _is_late, Effect.WAIT,
        lambda f: late(f.moment(f.letter["next_try_at"])),
        "Look whether it is still to go out; then resume the campaign.",
    ),
    Reason(
        "outside working hours", _outside_hours, Effect.LATER,
        _says(KeptSentence("gate.hours", "it waits for working hours")), "Wait, or schedule it without working hours.",
    ),
    Reason(
        "addresses changed", _address_changed, Effect.VOID,
        lambda f: changed_in_words([f.changed] if f.changed is not None else []), "Approve it again.",
    ),
    Reason(
        "signatory withdrew", _signatory_withdrew, Effect.VOID,
        lambda f: KeptSentence(
            "gate.withdrawn",
            "{names} {count:*signs no more, and stands|sign no more, and stand} in letters that have not gone out. "
            "Approve it again",
            count=len(f.withdrawn), names=", ".join(f.withdrawn),
        ),
        "Approve it again.",
    ),
    Reason(
        "outside the allow-list", _outside_allow_list, Effect.HOLD,
        lambda f: held_for(Hold.NOT_ALLOWED, ", ".join(_outside_allow_list(f))),
        "Add the address to the allow-list, or go live.", lambda _: Hold.NOT_ALLOWED,
    ),
    Reason(
        "not wanted", _not_wanted, Effect.CANCEL,
        _says(KeptSentence("gate.not-wanted", "the mission has answered")), "Nothing: a reminder is no longer needed.",
    ),
    Reason(
        "box unread", _box_unread, Effect.LATER,
        _says(KeptSentence("gate.box-unread", "the answers that came before it was due have not been read")),
        "Read the box of answers, or say that there is none: no_mailbox = true.",
    ),
    Reason(
        "mail to look at", _unread, Effect.LATER,
        _says(
            KeptSentence(
                "gate.mail-to-look-at",
                "a mail that may be the mission's answer, or say that the letter did not arrive, waits for a person",
            )
        ),
        "Say of that mail what it is.",
    ),
    Reason(
        "had already", lambda f: f.rules.live and f.had is not None and not f.campaign("again_by"), Effect.HOLD,
        _had_words, "Count it as sent, send it once more, or leave it.", lambda _: Hold.HAD_ALREADY,
    ),
    Reason(
        "no address that may be written to", _all_blocked, Effect.HOLD,
        lambda f: held_for(f.blocked[f.open_addresses[0]], ", ".join(f.open_addresses)),
        "Give the mission another address.", lambda f: f.blocked[f.open_addresses[0]],
    ),
)  # fmt: skip


def asked(facts: GateFacts) -> Reason | None:
    """Return the first reason not to send a letter; None where it may go."""
    return next((reason for reason in REASONS if reason.holds(facts)), None)


class Gate:
    """Asks about letters within a transaction, and settles those that may not go."""

    def __init__(
        self,
        connection: Connection,
        ledger: Ledger,
        rules: Rules,
        now: datetime,
        known: Callable[[int], GateFacts | None] = lambda _number: None,
    ) -> None:
        """Take the transaction, what it writes to, the rules, the moment, and what is known of letters by number.

        Only what is known to be so still, within the transaction, may be known: it is not read again.
        """
        self._connection, self._ledger, self._rules, self._now = connection, ledger, rules, now
        self._known = known
        self._stopped: set[int] = set()
        self.passed: list[GateFacts] = []
        """What was found of those letters that may go out."""

    @property
    def stopped(self) -> bool:
        """Whether a campaign was stopped: what is known of its letters is no longer so."""
        return bool(self._stopped)

    def open_for(self, letters: Collection[Row], *, seen: Mapping[int, int] | None = None) -> list[Row]:
        """Return those letters that may go out now, without who may get none; settle the others.

        `seen` is the version of its campaign that each was last asked about under: while that is the same, nobody has
        changed how many missions it has.
        """
        passed: list[Row] = []
        by_mission: dict[str, list[Row]] = defaultdict(list)
        for facts in self.facts(letters, seen or {}):
            letter = facts.letter
            reason = asked(facts)
            if reason is None and letter["campaign_id"] not in self._stopped:
                others = by_mission[letter["iso3"]] if self._rules.live and not facts.campaign("again_by") else ()
                if any(same_thing(self._connection, letter, other) for other in others):
                    continue  # its mission is about to get just this; it is asked about again when that is known
                self._leave_out(facts)
                passed.append(letter)
                by_mission[letter["iso3"]].append(letter)
                self.passed.append(facts)
            elif reason is not None:
                self._settle(facts, reason)
        return passed

    def _settle(self, facts: GateFacts, reason: Reason) -> None:
        letter, words = facts.letter, reason.words(facts)
        said: dict[str, Any] = {"who": WHO, "at": self._now, "detail": words, "reason": words}
        open_ones = in_states(*_OPEN)
        match reason.effect:
            case Effect.HOLD:
                assert reason.hold is not None
                self._ledger.transition(letter, MessageState.HELD, only=open_ones, hold=reason.hold(facts), **said)
            case Effect.CANCEL:
                self._ledger.transition(letter, MessageState.CANCELLED, only=open_ones, **said)
            case Effect.WAIT:
                self._stop(letter["campaign_id"], CampaignState.WAITING, Stop(reason.code), words)
            case Effect.VOID:
                self._stop(letter["campaign_id"], CampaignState.DRAFT, Stop(reason.code), words)
            case Effect.LATER | Effect.SKIP:
                pass

    def _stop(self, campaign: int, state: CampaignState, stop: Stop, words: KeptSentence) -> None:
        if campaign in self._stopped:
            return
        self._stopped.add(campaign)
        done = self._connection.execute(
            update(Campaign)
            .where(col(Campaign.id) == campaign, col(Campaign.state) == CampaignState.SCHEDULED)
            .values(**stopped(state, stop, words, self._now), version=col(Campaign.version) + 1)
        )
        if done.rowcount:
            name = self._connection.execute(select(col(Campaign.name)).where(col(Campaign.id) == campaign)).scalar_one()
            act = Act.CAMPAIGN_WAITS if state is CampaignState.WAITING else Act.CAMPAIGN_VOIDED
            audit.record(self._connection, program(WHO), act, campaign=name, detail=words)

    def _leave_out(self, facts: GateFacts) -> None:
        """The others get their copy; whoever may get none is recorded for himself."""
        letter = facts.letter
        for one in open_deliveries(letter) if facts.blocked else ():
            if one["address"] in facts.blocked:
                hold = facts.blocked[one["address"]]
                words = KeptSentence("letter.left-out", "left out: {hold}", hold=hold)
                number = one["id"]
                self._ledger.transition(
                    letter, MessageState.FAILED, only=lambda row, number=number: row["id"] == number,  # type: ignore[misc]
                    who=WHO, at=self._now, recorded=False,
                )  # fmt: skip
                self._ledger.change_delivery(one, hold=hold, smtp_reply=words)
                self._ledger.event(
                    letter["id"], EventKind.REFUSED, who=WHO, at=self._now, detail=words, recipient=one["address"],
                    permanent=True,
                )  # fmt: skip

    def facts(self, letters: Collection[Row], seen: Mapping[int, int] = MappingProxyType({})) -> list[GateFacts]:
        """Return what bears on each of these letters now. Nothing is settled."""
        known: list[GateFacts] = []
        unknown: list[Row] = []
        for letter in letters:
            facts = self._known(letter["id"])
            if facts is not None and facts.letter is letter:
                known.append(replace(facts, now=self._now, missions=None))
            else:
                unknown.append(letter)
        return known + self._read(unknown, seen) if unknown else known

    def _read(self, letters: Collection[Row], seen: Mapping[int, int]) -> list[GateFacts]:
        addresses = {one["address"] for letter in letters for one in open_deliveries(letter)}
        blocked = blocked_addresses(self._connection, addresses)
        changed = changed_addresses(
            self._connection,
            {letter["iso3"]: [one["address"] for one in letter["deliveries"]] for letter in letters},
        ) if len({letter["iso3"] for letter in letters}) == len(letters) else None  # fmt: skip
        stands = self._stands(letters)
        had = had_already(self._connection, letters) if self._rules.live else {}
        missions = self._missions(letters, seen) if self._rules.live else {}
        unread = self._unread(letters)
        withdrawn = names_withdrawn(self._connection, letters)
        read_at = self._inbox_read_at() if any(one["campaign_follows_id"] is not None for one in letters) else None
        return [
            GateFacts(
                letter,
                self._rules,
                self._now,
                blocked,
                self._changed(letter) if changed is None else changed.get(letter["iso3"]),
                stands.get(letter["id"]),
                read_at,
                missions.get(letter["campaign_id"]),
                had.get(letter["id"]),
                letter["id"] in unread,
                withdrawn.get(letter["id"], ()),
            )
            for letter in letters
        ]

    def _changed(self, letter: Row) -> AddressChange | None:
        """What changed of the addresses of a letter, where another to the same mission is asked about too."""
        written = {letter["iso3"]: [one["address"] for one in letter["deliveries"]]}
        return changed_addresses(self._connection, written).get(letter["iso3"])

    def _stands(self, letters: Iterable[Row]) -> dict[int, tuple[Answer, Position]]:
        """Where the missions of follow-ups stand on the first letter, by the follow-up's number."""
        follow_ups: dict[int, list[Row]] = defaultdict(list)
        for letter in letters:
            if letter["campaign_follows_id"] is not None:
                follow_ups[letter["campaign_follows_id"]].append(letter)
        found: dict[int, tuple[Answer, Position]] = {}
        for campaign, asked_about in follow_ups.items():
            rows = self._connection.execute(
                select(col(Response.iso3), col(Response.answer), col(Response.position)).where(
                    col(Response.campaign_id) == campaign,
                    col(Response.iso3).in_([letter["iso3"] for letter in asked_about]),
                )
            )
            stand = {row.iso3: (row.answer, row.position) for row in rows}
            found |= {letter["id"]: stand[letter["iso3"]] for letter in asked_about if letter["iso3"] in stand}
        return found

    def _unread(self, letters: Iterable[Row]) -> set[int]:
        """Those follow-ups for whose mission a mail waits for a person that may be its answer."""
        asked_about = [letter for letter in letters if letter["campaign_follows_id"] is not None]
        if not asked_about:
            return set()
        waiting = missions_to_look_at(self._connection)
        return {one["id"] for one in asked_about if (one["campaign_follows_id"], one["iso3"]) in waiting}

    def _missions(self, letters: Iterable[Row], seen: Mapping[int, int]) -> dict[int, int]:
        """How many missions those campaigns have that have changed since their letters were last asked about."""
        campaigns = {
            letter["campaign_id"] for letter in letters if seen.get(letter["id"]) != letter["campaign_version"]
        }
        return {
            campaign: self._connection.execute(_MISSIONS, {"campaign": campaign}).scalar_one() for campaign in campaigns
        }

    def _inbox_read_at(self) -> datetime | None:
        return self._connection.execute(select(col(Identity.inbox_read_at))).scalar()


_MISSIONS = select(func.count()).select_from(Response).where(col(Response.campaign_id) == bindparam("campaign"))
_OPTED_OUT = Statement(
    lambda length: select(col(OptOut.address_key)).where(
        col(OptOut.withdrawn_at).is_(None), col(OptOut.address_key).in_(in_list(length))
    )
)
_BOUNCED = Statement(
    lambda length: select(col(Contact.email_key)).where(
        col(Contact.bounced_at).is_not(None), col(Contact.email_key).in_(in_list(length))
    )
)


def blocked_addresses(connection: Connection, addresses: Iterable[str]) -> dict[str, Hold]:
    """Return, of these addresses, those that no letter may go to, with the reason."""
    keys = {address_key(address): address for address in addresses}
    listed = list(keys)
    blocked: dict[str, Hold] = {}
    for start in range(0, len(listed), 250):  # two keys each: SQLite bounds the variables of a statement
        part = listed[start : start + 250]
        blocked |= {keys[row["email_key"]]: Hold.BOUNCED for row in _BOUNCED.rows(connection, part)}
        erased = {erased_key(key): keys[key] for key in part}
        blocked |= {
            keys.get(row["address_key"]) or erased[row["address_key"]]: Hold.OPTED_OUT
            for row in _OPTED_OUT.rows(connection, [*part, *(key for key in erased if key not in keys)])
        }
    return blocked
