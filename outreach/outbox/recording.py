"""What a server's answer makes of a letter: each delivery's state, an attempt each, and what comes next.

The answer comes from the worker that asked, or, where that worker ended before it could record it, from the dispatch
journal. Whoever has lost the claim can report nothing over another's word, but for one thing: that the server took the
letter settles a letter in doubt.
"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from outreach.ledger import Ledger, enhanced, in_states
from outreach.outbox.outcome import Outcome, RecipientAnswer, Verdict
from outreach.outbox.reasons import CAMPAIGN_CANCELLED, held_for
from outreach.outbox.retry import BREAKS_TAKEN_UP, next_try
from outreach.outbox.rules import Rules
from outreach.sentences import KeptSentence
from outreach.statement import Row
from outreach.vocabulary import CampaignState, DeliveryStatus, EventKind, Hold, MessageState, Stage
from outreach.witness.lines import Answered

_IN_HAND = in_states(MessageState.QUEUED, MessageState.DEFERRED, MessageState.SENDING)
_SETTLED_BY_A_YES = in_states(MessageState.QUEUED, MessageState.DEFERRED, MessageState.SENDING, MessageState.UNCERTAIN)
_APART = {
    MessageState.FAILED: EventKind.REFUSED,
    MessageState.HELD: EventKind.HELD,
    MessageState.DEFERRED: EventKind.DEFERRED,
    MessageState.QUEUED: EventKind.REQUEUED,
}
"""What is recorded of a recipient who got no copy with the others."""
_CODE = re.compile(r"([2-5]\d\d)(?:[ -]|$)")  # RFC 5321, 4.2


def record(
    ledger: Ledger,
    letter: Row,
    outcome: Outcome,
    *,
    claim: int,
    owner: str,
    rules: Rules,
    began_at: datetime,
    now: datetime,
) -> None:
    """Record what became of a letter that was handed over under a claim."""
    ours = letter["claim"] == claim and letter["owner"] == owner
    if not ours and not _settles(letter, outcome):
        if outcome.verdict is Verdict.ACCEPTED and letter["state"] is not MessageState.SENT:
            words = KeptSentence(
                "letter.taken-for-another", "the server had taken it, said a worker that had lost its claim: {reply}",
                reply=outcome.reply,
            )  # fmt: skip
            ledger.event(letter["id"], EventKind.ACCEPTED, who=owner, at=now, detail=words)
        return
    _Entry(ledger, letter, outcome, claim, owner, rules.server, rules.live, began_at, now).enter(rules, ours=ours)


def recover(ledger: Ledger, letter: Row, answered: Answered, now: datetime) -> None:
    """Record the answer that the dispatch journal has of a letter whose worker ended before it could."""
    recipients = {
        address: RecipientAnswer(Verdict(verdict), words) for address, (verdict, words) in answered.recipients.items()
    }
    outcome = Outcome(Verdict(answered.verdict), answered.reply, recipients)
    live = not any(one["rehearsed"] for one in letter["deliveries"] if one["state"] is MessageState.SENDING)
    entry = _Entry(
        ledger, letter, outcome, letter["claim"], letter["owner"], "", live, letter["lease_until"], now
    )  # fmt: skip
    entry.enter(None, ours=True)


def _settles(letter: Row, outcome: Outcome) -> bool:
    """Whether the server's yes, which comes after the claim was lost, settles a letter that nobody else has."""
    undecided = letter["state"] in (MessageState.UNCERTAIN, MessageState.QUEUED) and letter["owner"] is None
    return outcome.verdict is Verdict.ACCEPTED and undecided


class _Entry:
    """One answer on its way into the ledger."""

    def __init__(
        self,
        ledger: Ledger,
        letter: Row,
        outcome: Outcome,
        claim: int,
        owner: str,
        server: str,
        live: bool,
        began_at: datetime,
        now: datetime,
    ) -> None:
        self.ledger, self.letter, self.outcome = ledger, letter, outcome
        self.claim, self.owner, self.server, self.live = claim, owner, server, live
        self.began_at, self.now = min(began_at, now), now

    def enter(self, rules: Rules | None, *, ours: bool) -> None:
        letter, outcome = self.letter, self.outcome
        if ours:
            self.ledger.change(letter, owner=None, lease_until=None)
        if outcome.verdict is Verdict.NOT_TRIED:
            self._not_tried()
            return
        if outcome.verdict is Verdict.STOPPED:
            self._stopped()
            return
        # Refused before the mark: that was a try all the same, if anything was said of the letter.
        if ours and letter["state"] is not MessageState.SENDING and not outcome.unsaid:
            self.ledger.change(letter, attempts=letter["attempts"] + 1, first_try_at=tried_since(letter, self.began_at))
        if outcome.reply:
            self.ledger.change(letter, smtp_reply=outcome.reply)
        moved = self._deliveries(ours=ours)
        self._letter(rules, moved)

    def _not_tried(self) -> None:
        """What was marked, and then not handed over, never left this machine: it is free again."""
        if any(one["state"] is MessageState.SENDING for one in self.letter["deliveries"]):
            said: dict[str, Any] = {"who": self.owner, "at": self.now}
            words = KeptSentence("letter.not-handed-over", "it was not handed over")
            self.ledger.transition(
                self.letter, MessageState.QUEUED, only=in_states(MessageState.SENDING), detail=words, reason="", **said
            )
            self._end_if_cancelled()

    def _stopped(self) -> None:
        """The sender, or the provider's limit, is to blame: the letter waits as before, behind the others, and no try
        of it is counted. What was said stays with it."""
        letter, outcome = self.letter, self.outcome
        said: dict[str, Any] = {"who": self.owner, "at": self.now, "detail": outcome.reply}
        tried = [one for one in letter["deliveries"] if _IN_HAND(one)]
        changes: Row = {"next_try_at": self.now, "smtp_reply": outcome.reply}
        if any(one["state"] is MessageState.SENDING for one in tried):
            changes["attempts"] = max(letter["attempts"] - 1, 0)
            self.ledger.transition(letter, MessageState.QUEUED, only=in_states(MessageState.SENDING), reason="", **said)
        else:
            self.ledger.event(letter["id"], EventKind.REQUEUED, **said)
        self.ledger.change(letter, **changes)
        answer = RecipientAnswer(outcome.verdict, outcome.reply, outcome.stage)
        for one in tried:
            self.ledger.change_delivery(one, smtp_reply=outcome.reply)
            self._attempt(one, answer, one["state"], accepted=False)
        self._end_if_cancelled()

    def _deliveries(self, *, ours: bool) -> set[MessageState]:
        """Move each delivery that was tried, with an attempt of its own; return the states that came of it."""
        tried = [one for one in self.letter["deliveries"] if (_IN_HAND if ours else _SETTLED_BY_A_YES)(one)]
        if not ours:
            # The database may be a copy in which more of them are open than the server was told of.
            tried = [one for one in tried if one["address"] in self.outcome.recipients]
        came: dict[MessageState, list[tuple[Row, RecipientAnswer]]] = {}
        for one in tried:
            answer = self.outcome.recipients.get(one["address"]) or RecipientAnswer(
                self.outcome.verdict, self.outcome.reply, self.outcome.stage
            )
            # Taken at RCPT, and then refused or lost as a letter: what was said last counts.
            if answer.verdict is Verdict.ACCEPTED and self.outcome.verdict is not Verdict.ACCEPTED:
                answer = RecipientAnswer(self.outcome.verdict, self.outcome.reply, self.outcome.stage)
            came.setdefault(self._next(one, answer.verdict), []).append((one, answer))
        for state, many in came.items():
            self._move(state, many)
        return set(came)

    def _move(self, state: MessageState, many: list[tuple[Row, RecipientAnswer]]) -> None:
        numbers = {one["id"] for one, _ in many}
        accepted = self.outcome.verdict is Verdict.ACCEPTED
        apart = accepted and state is not MessageState.SENT  # others have their copy; these are recorded for themselves
        self.ledger.transition(
            self.letter,
            state,
            only=lambda row: row["id"] in numbers,
            who=self.owner,
            at=self.now,
            detail=self.outcome.reply,
            recorded=not apart,
        )
        for one, answer in many:
            changes: Row = {"smtp_reply": answer.reply}
            if state is MessageState.SENT:
                changes |= {"sent_at": self.now, "rehearsed": not self.live}
                changes["status"] = one["status"] or DeliveryStatus.ACCEPTED
            elif state is not MessageState.UNCERTAIN:
                changes["rehearsed"] = False
            self.ledger.change_delivery(one, **changes)
            if apart:
                self.ledger.event(
                    self.letter["id"],
                    _APART[state],
                    who=self.owner,
                    at=self.now,
                    recipient=one["address"],
                    permanent=state is MessageState.FAILED,
                    detail=answer.reply,
                )
            if not self.outcome.unsaid:
                self._attempt(one, answer, state, accepted=accepted)

    def _attempt(self, one: Row, answer: RecipientAnswer, state: MessageState, *, accepted: bool) -> None:
        words = self.outcome.reply if accepted and state is MessageState.SENT else answer.reply
        code = _CODE.match(words)
        self.ledger.attempt(
            delivery_id=one["id"],
            message_id=self.letter["id"],
            claim=self.claim,
            began_at=self.began_at,
            ended_at=self.now,
            worker=self.owner,
            server=self.server,
            live=self.live,
            stage=self.outcome.stage if state is MessageState.SENT or answer.stage is Stage.NONE else answer.stage,
            code=int(code[1]) if code else None,
            enhanced=enhanced(words),
            words=words,
            outcome=state,
        )

    def _next(self, delivery: Row, verdict: Verdict) -> MessageState:
        match verdict:
            case Verdict.ACCEPTED:
                return MessageState.SENT
            case Verdict.DEFERRED:
                return MessageState.DEFERRED
            case Verdict.REFUSED:
                return MessageState.FAILED
            case Verdict.BROKEN:
                again = self.letter["attempts"] < BREAKS_TAKEN_UP and delivery["state"] is not MessageState.DEFERRED
                return MessageState.QUEUED if again else MessageState.DEFERRED
            case Verdict.NO_SMTPUTF8 | Verdict.REFUSED_UNSEEN:
                return MessageState.HELD
            case Verdict.ANOTHER_TRANSACTION:
                return MessageState.QUEUED
            case _:
                # Only what was marked can be in doubt.
                return MessageState.UNCERTAIN if delivery["state"] is MessageState.SENDING else delivery["state"]

    def _letter(self, rules: Rules | None, moved: set[MessageState]) -> None:
        """Say what comes next of the letter as a whole."""
        letter, outcome = self.letter, self.outcome
        state = letter["state"]
        changes: Row = {"reason": "" if state in (MessageState.SENT, MessageState.QUEUED) else outcome.reply}
        if MessageState.DEFERRED in moved:
            # Without rules, this is a recovery: the letter is tried again at once.
            changes["next_try_at"] = next_try(self.now, rules.retry_first, letter["attempts"]) if rules else self.now
        if MessageState.HELD in moved:
            smtputf8 = outcome.verdict is Verdict.NO_SMTPUTF8
            words = next((a.reply for a in outcome.recipients.values() if a.verdict is Verdict.REFUSED_UNSEEN), "")
            changes["hold"] = Hold.NO_SMTPUTF8 if smtputf8 else Hold.REFUSED
            refused = held_for(Hold.REFUSED, words or outcome.reply)
            changes["reason"] = str(Hold.NO_SMTPUTF8) if smtputf8 else refused
        if needs_another(outcome) and MessageState.DEFERRED not in moved:
            changes["attempts"] = max(letter["attempts"] - 1, 0)  # the transaction that follows is of the same try
        self.ledger.change(letter, **changes)
        if moved & {MessageState.QUEUED, MessageState.DEFERRED}:
            self._end_if_cancelled()
        if MessageState.DEFERRED in moved and rules is not None:
            self._give_up_if_spent(rules)

    def _give_up_if_spent(self, rules: Rules) -> None:
        """Let what was refused for now once more fail, when it has been tried for as long as the settings say."""
        first, waits = self.letter["first_try_at"], in_states(MessageState.DEFERRED)
        if first is None or self.now < first + rules.retry_for or not any(map(waits, self.letter["deliveries"])):
            return
        words = KeptSentence(
            "letter.tried-long",
            "it was tried for {hours} {hours:*hour|hours}, and not accepted; the last answer: {reply}",
            hours=round(rules.retry_for.total_seconds() / 3600), reply=self.outcome.reply,
        )  # fmt: skip
        self.ledger.transition(
            self.letter, MessageState.FAILED, only=waits, who=self.owner, at=self.now, detail=words, reason=words
        )  # fmt: skip

    def _end_if_cancelled(self) -> None:
        if self.letter["campaign_state"] is CampaignState.CANCELLED:
            self.ledger.transition(
                self.letter,
                MessageState.CANCELLED,
                only=in_states(MessageState.QUEUED, MessageState.DEFERRED),
                who=self.owner,
                at=self.now,
                detail=CAMPAIGN_CANCELLED,
            )


def tried_since(letter: Row, now: datetime) -> datetime:
    """Return since when a letter that is tried now has been tried, in UTC.

    The time for which it lay although it was due (a night outside of the working hours, a shut laptop) does not count:
    a letter that was not tried has not been refused (RFC 5321, 4.5.4.1).
    """
    first: datetime | None = letter["first_try_at"]
    due: datetime | None = letter["next_try_at"]
    if first is None or letter["state"] is not MessageState.DEFERRED or due is None:
        return first or now
    return min(first + max(now - due, timedelta(0)), now)


def needs_another(outcome: Outcome) -> bool:
    """Whether some of a letter's recipients are to have a transaction of their own at once."""
    return any(one.verdict is Verdict.ANOTHER_TRANSACTION for one in outcome.recipients.values())


def answered(message_id: str, claim: int, outcome: Outcome) -> Answered:
    """Return an outcome as the dispatch journal keeps it."""
    recipients: Mapping[str, tuple[str, str]] = {
        address: (answer.verdict.value, answer.reply) for address, answer in outcome.recipients.items()
    }
    return Answered(message_id, claim, outcome.verdict.value, outcome.reply, recipients)
