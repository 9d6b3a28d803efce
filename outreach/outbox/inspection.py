"""The last look at a letter before a worker takes it up: whether it may go out at all, and to whom.

Held here are letters outside the rehearsal's allow-list, to people who asked to be left alone, and to addresses
that are known to take no mail. A letter whose addresses are no longer those of the sheet stops its campaign: a
person has approved something else. A letter that was refused for too long is given up.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, select, update
from sqlmodel import col

from outreach.campaigns.addresses import changed_addresses
from outreach.campaigns.follow_up import still_wanted
from outreach.models import Campaign, Contact, OptOut, Response
from outreach.outbox.ledger import Ledger
from outreach.outbox.parcel import Copy
from outreach.outbox.rules import Rules
from outreach.statement import Row
from outreach.text import address_key
from outreach.vocabulary import CampaignState, EventKind, Hold, MessageState

S = MessageState
_OPEN = (S.QUEUED, S.DEFERRED)
_OPTED_OUT = select(col(OptOut.address_key)).where(
    col(OptOut.withdrawn_at).is_(None), col(OptOut.address_key).in_(bindparam("keys", expanding=True))
)
_BOUNCED = select(col(Contact.email_key)).where(
    col(Contact.bounced_at).is_not(None), col(Contact.email_key).in_(bindparam("keys", expanding=True))
)


def blocked_addresses(connection: Connection, addresses: Iterable[str]) -> dict[str, Hold]:
    """Return, of these addresses, those that no letter may go to, with the reason."""
    keys = {address_key(address): address for address in addresses}
    values = {"keys": list(keys)}
    blocked = {keys[key]: Hold.BOUNCED for key in connection.scalars(_BOUNCED, values)}
    return blocked | {keys[key]: Hold.OPTED_OUT for key in connection.scalars(_OPTED_OUT, values)}


class Inspection:
    """Looks at letters within the transaction of a claim."""

    def __init__(self, connection: Connection, ledger: Ledger, rules: Rules, owner: str, now: datetime) -> None:
        """Take the transaction, what it writes to, the rules, and the worker."""
        self._connection, self._ledger, self._rules = connection, ledger, rules
        self._owner, self._now = owner, now
        self._void: set[int] = set()

    def fit(self, letters: Mapping[int, Row], copies: dict[int, list[Copy]]) -> list[int]:
        """Return the numbers of those letters that may go out; settle the others. `copies` loses who may get none."""
        changed = self._changed(letters, copies)
        blocked = blocked_addresses(
            self._connection, {copy.address for many in copies.values() for copy in many if copy.state in _OPEN}
        )
        needless = self._needless(letters)
        return [
            number
            for number, letter in letters.items()
            if letter["campaign_id"] not in self._void
            and number not in changed
            and not self._settled(letter, copies[number], blocked, needless)
        ]

    def _settled(self, letter: Row, copies: list[Copy], blocked: Mapping[str, Hold], needless: set[int]) -> bool:
        if letter["id"] in needless:
            words = "the mission has answered"
            self._ledger.move(letter, S.CANCELLED, who="outbox", at=self._now, detail=words, reason=words)
            return True
        open_addresses = [copy.address for copy in copies if copy.state in _OPEN]
        if self._rules.guarded and (outside := self._rules.allow_list.outside([copy.address for copy in copies])):
            self._hold(letter, Hold.NOT_ALLOWED, outside)
            return True
        if open_addresses and all(address in blocked for address in open_addresses):
            self._hold(letter, blocked[open_addresses[0]], open_addresses)
            return True
        if letter["state"] is S.DEFERRED and letter["first_try_at"] is not None:
            spent = letter["first_try_at"] + self._rules.retry_for < self._now
            if spent:
                self._give_up(letter, copies)
                return True
        self._leave_out(letter, copies, blocked)
        return False

    def _hold(self, letter: Row, hold: Hold, addresses: Sequence[str]) -> None:
        reason = f"{hold}: {', '.join(addresses)}"
        self._ledger.move(letter, S.HELD, who="outbox", at=self._now, detail=reason, hold=hold, reason=reason)

    def _give_up(self, letter: Row, copies: Sequence[Copy]) -> None:
        hours = self._rules.retry_for.total_seconds() / 3600
        reason = f"it was not accepted in {hours:.0f} hours; the last answer: {letter['smtp_reply']}"
        for copy in copies:
            if copy.state in _OPEN:
                self._ledger.copy(copy.id, S.FAILED, letter["smtp_reply"])
        to = S.SENT if any(copy.state is S.SENT for copy in copies) else S.FAILED
        self._ledger.move(letter, to, who=self._owner, at=self._now, detail=reason, reason=reason)

    def _leave_out(self, letter: Row, copies: list[Copy], blocked: Mapping[str, Hold]) -> None:
        """The others get their copy; whoever may get none is recorded for himself."""
        for copy in list(copies):
            if copy.state in _OPEN and copy.address in blocked:
                words = f"left out: {blocked[copy.address]}"
                copies[copies.index(copy)] = Copy(copy.id, copy.address, S.FAILED)
                self._ledger.copy(copy.id, S.FAILED, words)
                self._ledger.event(
                    letter["id"], EventKind.REFUSED, who="outbox", at=self._now, detail=words,
                    recipient=copy.address, permanent=True,
                )  # fmt: skip

    def _needless(self, letters: Mapping[int, Row]) -> set[int]:
        """Follow-ups whose mission no longer is among those that they are for."""
        asked: dict[int, list[Row]] = defaultdict(list)
        for letter in letters.values():
            if letter["follows_id"] is not None:
                asked[letter["follows_id"]].append(letter)
        needless: set[int] = set()
        for campaign, follow_ups in asked.items():
            rows = self._connection.execute(
                select(col(Response.iso3), col(Response.answer), col(Response.position)).where(
                    col(Response.campaign_id) == campaign,
                    col(Response.iso3).in_([letter["iso3"] for letter in follow_ups]),
                )
            )
            stand = {row.iso3: row for row in rows}
            for letter in follow_ups:
                here = stand.get(letter["iso3"])
                if here is not None and not still_wanted(letter["follow_to"], here.answer, here.position):
                    needless.add(letter["id"])
        return needless

    def _changed(self, letters: Mapping[int, Row], copies: Mapping[int, Sequence[Copy]]) -> set[int]:
        """Letters whose addresses the sheet has changed since the approval: their campaigns stop, and ask again.

        One that some have their copy of already goes on to the others.
        """
        fresh = [
            letter for letter in letters.values() if not any(copy.state is S.SENT for copy in copies[letter["id"]])
        ]
        addressed = {letter["iso3"]: [copy.address for copy in copies[letter["id"]]] for letter in fresh}
        found = changed_addresses(self._connection, addressed)
        if not found:
            return set()
        reasons: dict[int, list[str]] = defaultdict(list)
        for letter in fresh:
            if letter["iso3"] in found:
                reasons[letter["campaign_id"]].append(str(found[letter["iso3"]]))
        for campaign, changes in reasons.items():
            self._void.add(campaign)
            stop = (
                update(Campaign)
                .where(col(Campaign.id) == campaign, col(Campaign.state) == CampaignState.SCHEDULED)
                .values(
                    state=CampaignState.DRAFT,
                    reason=f"the sheet has changed since the approval: {'; '.join(changes)}. Approve it again",
                )
            )
            self._connection.execute(stop)
        return {letter["id"] for letter in fresh if letter["iso3"] in found}
