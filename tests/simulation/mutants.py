"""The code, broken on purpose: each way of breaking it must be found by the simulation within so many seeds."""

import dataclasses
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from typing import Any
from unittest import mock

from sqlalchemy import text, update
from sqlmodel import col, select

from outreach import ledger
from outreach.campaigns import approve, had_already, near_letters, timing
from outreach.campaigns.who_signs import signatories
from outreach.database import working
from outreach.ledger import Ledger
from outreach.models import Message
from outreach.outbox import gate, guard, hand, journal, queue, reconcile, recording
from outreach.outbox.outcome import Verdict
from outreach.vocabulary import CampaignState, MessageState
from outreach.witness import dispatch, standing
from tests.simulation import world as simulated
from tests.simulation.story import Found, run
from tests.simulation.world import Grounds

Patch = Callable[[ExitStack], None]
MUTANTS: dict[str, Patch] = {}
EQUIVALENT = {
    "a new time, or a cancellation, takes no claim away": "whoever has it in hand keeps it, so that nobody else claims "
    "it; and the mark asks the gate, which asks for the time and for the campaign as they are by then. Of a letter "
    "that was cancelled no delivery is open besides, so that whom the server was told of is no longer who is to get "
    "it. Where the gate does not ask, the claim that was taken away is what holds it: with both taken out it is found "
    "(test_simulation.py)",
}
"""Mutants that no seed can find, for what they take out has another guard behind it: which, and how that is shown."""


def mutant(name: str) -> Callable[[Patch], Patch]:
    def register(patch: Patch) -> Patch:
        MUTANTS[name] = patch
        return patch

    return register


@contextmanager
def broken(name: str) -> Iterator[None]:
    """The code is broken in this way inside the block."""
    with ExitStack() as stack:
        MUTANTS[name](stack)
        yield


def _put(stack: ExitStack, target: Any, name: str, new: Any) -> None:
    stack.enter_context(mock.patch.object(target, name, new))


def _without(code: str) -> Patch:
    def patch(stack: ExitStack) -> None:
        fewer = tuple(reason for reason in gate.REASONS if reason.code != code)
        assert len(fewer) < len(gate.REASONS)
        _put(stack, gate, "REASONS", fewer)

    return patch


def _marking(stack: ExitStack, show: Callable[[Any, Any, Any], dict[str, Any]]) -> None:
    """Leave out a comparison of `_mark`: the letter's row is shown to it as it wants to see it."""
    real = journal.Journal._mark

    def mark(self: Any, connection: Any, ledger: Any, letters: Any, in_hand: Any, now: Any) -> Any:
        for claimed in in_hand:
            if claimed.id in letters:
                letters[claimed.id].update(show(self, letters[claimed.id], claimed))
        return real(self, connection, ledger, letters, in_hand, now)

    _put(stack, journal.Journal, "_mark", mark)


@mutant("no fencing number at the mark")
def _(stack: ExitStack) -> None:
    _marking(stack, lambda _self, _letter, claimed: {"claim": claimed.claim})


@mutant("no fencing at all at the mark")
def _(stack: ExitStack) -> None:
    _marking(stack, lambda self, _letter, claimed: {"claim": claimed.claim, "owner": self._owner})


@mutant("no lease at the mark")
def _(stack: ExitStack) -> None:
    _marking(
        stack,
        lambda _self, letter, _claimed: {
            "lease_until": letter["lease_until"] and letter["lease_until"] + timedelta(days=9)
        },
    )


@mutant("the gate is not asked at the mark")
def _(stack: ExitStack) -> None:
    real = gate.Gate.open_for

    def open_for(self: Any, letters: Any, *, seen: Any = None) -> Any:
        return list(letters) if seen is not None else real(self, letters)

    _put(stack, gate.Gate, "open_for", open_for)


@mutant("opt-outs are not asked about at the mark")
def _(stack: ExitStack) -> None:
    _only_at_claim(stack, "no address that may be written to")
    real = gate.Gate._leave_out

    def leave_out(self: Any, facts: Any) -> None:
        if facts.letter["owner"] is None:
            real(self, facts)

    _put(stack, gate.Gate, "_leave_out", leave_out)


def _only_at_claim(stack: ExitStack, code: str) -> None:
    changed = tuple(
        dataclasses.replace(one, holds=lambda f, holds=one.holds: f.letter["owner"] is None and holds(f))
        if one.code == code
        else one
        for one in gate.REASONS
    )
    _put(stack, gate, "REASONS", changed)


for _code in (
    "outside working hours", "stopped", "not yet due", "addresses changed", "had already", "not wanted",
    "mail to look at",
):  # fmt: skip
    MUTANTS[f"“{_code}” is asked at the claim only"] = lambda stack, code=_code: _only_at_claim(stack, code)


@mutant("what others write is not noticed")
def _(stack: ExitStack) -> None:
    _put(stack, hand, "commits_of_others", lambda _connection: 1)


@mutant("a confirmation is never asked for")
def _(stack: ExitStack) -> None:
    codes = ("unconfirmed", "another number")
    _put(stack, gate, "REASONS", tuple(reason for reason in gate.REASONS if reason.code not in codes))
    _put(stack, guard, "hold_unconfirmed_campaigns", lambda *_args: [])
    real = queue._sending
    _put(
        stack, queue, "_sending",
        lambda connection, rules, name: real(connection, dataclasses.replace(rules, live=False), name),
    )  # fmt: skip


@mutant("late is never judged")
def _(stack: ExitStack) -> None:
    _without("late")(stack)
    _put(stack, guard, "hold_late_campaigns", lambda *_args: [])


@mutant("mark after DATA")
def _(stack: ExitStack) -> None:
    real = simulated.SimJournal.commit
    late: dict[int, Any] = {}

    def commit(self: Any, one: Any, entries: Any) -> Any:
        if entries[0].outcome is None:
            late.update({entry.claimed.id: entry for entry in entries})
            return [True] * len(entries)
        marks = [late.pop(entry.claimed.id) for entry in entries if entry.claimed.id in late]
        if marks:
            real(self, one, marks)
        return real(self, one, entries)

    _put(stack, simulated.SimJournal, "commit", commit)


@mutant("what is marked is not looked at again, and claims are counted one by one")
def _(stack: ExitStack) -> None:
    def all_of_them(_self: Any, _witness: Any, letters: Any) -> Any:
        return {(claimed.id, claimed.claim) for claimed in letters}

    _put(stack, journal.Journal, "_still_marked", all_of_them)
    _put(stack, ledger, "next_claim", lambda last: last + 1)
    _put(stack, queue, "next_claim", lambda last: last + 1)


@mutant("one approval is enough where two are asked for")
def _(stack: ExitStack) -> None:
    def sign(campaign: Any, by: Any, moment: Any) -> None:
        campaign.state, campaign.reason, campaign.approved_at, campaign.approved_by = (
            CampaignState.APPROVED, "", moment, by.name,
        )  # fmt: skip

    _put(stack, approve, "_sign", sign)


@mutant("nothing is begun in the dispatch journal")
def _(stack: ExitStack) -> None:
    _put(stack, dispatch.DispatchJournal, "begin", lambda *_args: None)


@mutant("begun in the dispatch journal only with the answer")
def _(stack: ExitStack) -> None:
    begin, answer = dispatch.DispatchJournal.begin, dispatch.DispatchJournal.answer
    late: list[Any] = []
    _put(stack, dispatch.DispatchJournal, "begin", lambda _self, *args: late.append(args))

    def answering(self: Any, *args: Any) -> None:
        for one in late:
            begin(self, *one)
        late.clear()
        answer(self, *args)

    _put(stack, dispatch.DispatchJournal, "answer", answering)


@mutant("answers are not journaled, and none of them is missed")
def _(stack: ExitStack) -> None:
    _put(stack, dispatch.DispatchJournal, "answer", lambda *_args: None)
    real = dispatch.DispatchJournal.evidence

    def evidence(self: Any, marks: Any) -> Any:
        return {
            name: dispatch.Evidence(dispatch.EvidenceKind.NOT_BEGUN)
            if one.known is dispatch.EvidenceKind.BEGUN
            else one
            for name, one in real(self, marks).items()
        }

    _put(stack, dispatch.DispatchJournal, "evidence", evidence)


@mutant("behind() is always false")
def _(stack: ExitStack) -> None:
    _put(stack, standing.Witness, "behind", lambda *_args: False)


@mutant("a copy is never told at the start")
def _(stack: ExitStack) -> None:
    _put(stack, standing, "require_home", lambda *_args: None)
    _put(stack, standing.Witness, "behind", lambda *_args: False)


@mutant("the generation is not raised")
def _(stack: ExitStack) -> None:
    _put(stack, journal, "_RAISE_GENERATION", mock.Mock())


@mutant("a copy of the second installation is taken as at home")
def _(stack: ExitStack) -> None:
    real = standing.standing

    def stands(engine: Any, settings: Any) -> Any:
        found = real(engine, settings)
        return dataclasses.replace(found, kind=standing.StandingKind.AT_HOME)

    _put(stack, standing, "standing", stands)
    _put(stack, standing.Witness, "behind", lambda *_args: False)


@mutant("settings that were changed are not asked about at the mark")
def _(stack: ExitStack) -> None:
    real = journal.Journal._mark

    def mark(self: Any, *args: Any) -> Any:
        self._holds = lambda: True
        return real(self, *args)

    _put(stack, journal.Journal, "_mark", mark)


@mutant("a withdrawal takes no approval back, and the gate does not ask")
def _(stack: ExitStack) -> None:
    _put(stack, signatories, "settle_approval", lambda *_args: ((), False))
    _without("signatory withdrew")(stack)


@mutant("settling a copy is not written into the dispatch journal")
def _(stack: ExitStack) -> None:
    _put(stack, dispatch.DispatchJournal, "settle", lambda *_args: None)
    _put(stack, standing, "_first_since", lambda journal, highest: mock.ANY)


@mutant("settling a copy does not leap ahead of what is under way")
def _(stack: ExitStack) -> None:
    _put(stack, standing, "_LEAP", 0)


@mutant("settling a copy gives out claims again that the journal has seen")
def _(stack: ExitStack) -> None:
    real = ledger.Ledger.change
    _put(stack, ledger, "next_claim", lambda last: last + 1)
    _put(stack, queue, "next_claim", lambda last: last + 1)

    def change(self: Any, letter: Any, **changes: Any) -> None:
        if changes.keys() == {"claim"}:
            return
        real(self, letter, **changes)

    _put(stack, reconcile, "Ledger", type("Forgetful", (ledger.Ledger,), {"change": change}))


@mutant("a copy is told at the start only")
def _(stack: ExitStack) -> None:
    _put(stack, standing.Witness, "behind", lambda *_args: False)
    _put(stack, hand, "commits_of_others", lambda _connection: 1)


@mutant("a new time, or a cancellation, takes no claim away")
def _(stack: ExitStack) -> None:
    class Lenient(Ledger):
        def take_away(self, letter: Any) -> None:
            pass

    _put(stack, timing, "Ledger", Lenient)


@mutant("a new time takes no claim away, and “not yet due” is asked at the claim only")
def _(stack: ExitStack) -> None:
    MUTANTS["a new time, or a cancellation, takes no claim away"](stack)
    _only_at_claim(stack, "not yet due")


@mutant("a claim does not raise its number, and names are not compared")
def _(stack: ExitStack) -> None:
    _put(stack, queue, "next_claim", lambda last: last)
    _put(stack, Ledger, "take_away", lambda self, letter: self.change(letter, owner=None, lease_until=None))
    _marking(stack, lambda self, _letter, _claimed: {"owner": self._owner})


@mutant("what was rehearsed counts as live")
def _(stack: ExitStack) -> None:
    real = Ledger.change_delivery

    def change(self: Any, delivery: Any, **changes: Any) -> None:
        if "rehearsed" in changes:
            changes["rehearsed"] = False
        real(self, delivery, **changes)

    _put(stack, Ledger, "change_delivery", change)


@mutant("what went out live counts as rehearsed")
def _(stack: ExitStack) -> None:
    real = Ledger.change_delivery

    def change(self: Any, delivery: Any, **changes: Any) -> None:
        if "rehearsed" in changes:
            changes["rehearsed"] = True
        real(self, delivery, **changes)

    _put(stack, Ledger, "change_delivery", change)


@mutant("recovery sends again what is in doubt")
def _(stack: ExitStack) -> None:
    def settle(ledger: Any, letter: Any, evidence: Any, now: Any) -> bool:
        ledger.take_away(letter)
        ledger.transition(
            letter, MessageState.QUEUED, only=lambda row: row["state"] is MessageState.SENDING, who="x", at=now
        )
        return False

    _put(stack, queue, "_settle", settle)


@mutant("recovery takes a live worker for dead")
def _(stack: ExitStack) -> None:
    _put(stack, queue, "is_dead", lambda _owner: True)


@mutant("recovery forgets what was marked")
def _(stack: ExitStack) -> None:
    def settle(ledger: Any, letter: Any, evidence: Any, now: Any) -> bool:
        return False

    _put(stack, queue, "_settle", settle)


@mutant("recording does not compare the claim")
def _(stack: ExitStack) -> None:
    real = recording.record

    def record(ledger: Any, letter: Any, outcome: Any, *, claim: int, owner: str, **more: Any) -> None:
        real(ledger, letter, outcome, claim=letter["claim"], owner=letter["owner"], **more)

    _put(stack, recording, "record", record)


@mutant("a late yes is not heard")
def _(stack: ExitStack) -> None:
    _put(stack, recording, "_settles", lambda *_args: False)


@mutant("uncertain is recorded as broken before DATA")
def _(stack: ExitStack) -> None:
    real = recording._Entry._next

    def following(self: Any, delivery: Any, verdict: Any) -> Any:
        return real(self, delivery, Verdict.BROKEN if verdict is Verdict.UNCERTAIN else verdict)

    _put(stack, recording._Entry, "_next", following)


@mutant("one recipient refused: the letter counts as sent to all")
def _(stack: ExitStack) -> None:
    real = recording._Entry._next

    def following(self: Any, delivery: Any, verdict: Any) -> Any:
        return real(self, delivery, self.outcome.verdict)

    _put(stack, recording._Entry, "_next", following)


@mutant("one recipient refused: the letter goes to all again")
def _(stack: ExitStack) -> None:
    real = recording._Entry._next

    def following(self: Any, delivery: Any, verdict: Any) -> Any:
        state = real(self, delivery, verdict)
        mixed = len({one.verdict for one in self.outcome.recipients.values()}) > 1
        return MessageState.DEFERRED if mixed and state is MessageState.SENT else state

    _put(stack, recording._Entry, "_next", following)


@mutant("letters that are nearly the same are two")
def _(stack: ExitStack) -> None:
    _put(stack, near_letters, "likeness", lambda *_texts: None)
    _put(stack, near_letters, "_found", {})  # what was found of frozen letters is remembered


@mutant("of a text that a copy lacks nothing is left")
def _(stack: ExitStack) -> None:
    _put(stack, had_already, "are_sketched_alike", lambda *_texts: False)


@mutant("a letter is known by its number alone")
def _(stack: ExitStack) -> None:
    _put(stack, journal, "_that_of", lambda letters, claimed: letters.get(claimed.id))


@mutant("a letter that some have is known to be sent to all")
def _(stack: ExitStack) -> None:
    def sent(session: Any) -> set[str]:
        query = select(col(Message.message_id)).where(
            Message.state == MessageState.SENT, col(Message.rehearsed).is_(False)
        )
        return set(session.exec(query).all())

    _put(stack, reconcile, "_sent_to_all", sent)


@mutant("who gives up asks whether the letter as a whole is cancelled")
def _(stack: ExitStack) -> None:
    def give_up(self: Any, rules: Any) -> None:
        first = self.letter["first_try_at"]
        if first and self.now >= first + rules.retry_for and self.letter["state"] is not MessageState.CANCELLED:
            self.ledger.transition(
                self.letter, MessageState.FAILED, only=ledger.in_states(MessageState.DEFERRED), who="", at=self.now
            )

    _put(stack, recording._Entry, "_give_up_if_spent", give_up)


@mutant("releasing forgets what is marked, too")
def _(stack: ExitStack) -> None:
    def release(engine: Any, owner: str, letters: Any = None) -> None:
        with working(engine) as connection:
            connection.execute(
                update(Message).where(col(Message.owner).is_not(None)).values(owner=None, lease_until=None)
            )

    _put(stack, queue, "release", release)


@mutant("approval replaces what is on its way or out")
def _(stack: ExitStack) -> None:
    _put(stack, approve, "KEPT", frozenset())
    _put(stack, approve, "taken_letters", lambda *_args: {})


@mutant("cancelling forgets the letters")
def _(stack: ExitStack) -> None:
    _put(stack, timing, "_numbers", lambda *_args: [])


@mutant("reconciling forgets what went out")
def _(stack: ExitStack) -> None:
    _put(stack, reconcile._Reconciliation, "_tell", lambda *_args, **_named: None)


@mutant("reconciling takes what is in doubt as never sent")
def _(stack: ExitStack) -> None:
    real = reconcile._Reconciliation._settle

    def settle(self: Any, letter: Any, to: Any, deliveries: Any, words: str) -> None:
        if to is not MessageState.UNCERTAIN:
            real(self, letter, to, deliveries, words)

    _put(stack, reconcile._Reconciliation, "_settle", settle)


@mutant("other bytes leave than were approved")
def _(stack: ExitStack) -> None:
    real = queue._claimed_letter

    def claimed(*given: Any) -> Any:
        made = real(*given)
        return dataclasses.replace(made, wire=made.wire + b"P.S.\r\n")

    _put(stack, queue, "_claimed_letter", claimed)


for _code in (
    "stopped", "not yet due", "rehearsed", "outside working hours",
    "addresses changed", "outside the allow-list", "had already", "no address that may be written to", "not wanted",
    "box unread", "mail to look at", "signatory withdrew", "begun live",
):  # fmt: skip
    MUTANTS[f"no reason “{_code}”"] = _without(_code)


def found_by(grounds: Grounds, name: str, seeds: int, start: int = 0) -> tuple[int, Found] | None:
    """Return how many seeds it took to find a mutant, and the story; None where so many did not."""
    with grounds.patched(), broken(name):
        for count in range(seeds):
            story = run(grounds, start + count)
            if story is not None:
                if "BROKEN" not in str(story):  # the mutant does not fit the code any more: that is no proof
                    raise AssertionError(f"{name}: {story}")
                return count + 1, story
    return None


def tell(seeds: int, start: int, only: str = "") -> int:
    """Break the code in each way in turn, and print what finds it."""
    grounds, missed = Grounds(), 0
    chosen = [one for one in MUTANTS if only in one]
    try:
        for name in chosen:
            if name in EQUIVALENT:
                print(f"{name}: EQUIVALENT: {EQUIVALENT[name]}", flush=True)
                continue
            began = time.monotonic()
            try:
                found = found_by(grounds, name, seeds, start)
            except AssertionError as error:
                missed += 1
                print(f"DOES NOT FIT: {error}", flush=True)
                continue
            missed += found is None
            told = f"found by seed {found[0]}: {found[1].law}" if found else f"NOT FOUND in {seeds} seeds"
            print(f"{name}: {told[:150]} ({time.monotonic() - began:.0f} s)", flush=True)
    finally:
        grounds.close()
    alike = sum(name in EQUIVALENT for name in chosen)
    print(f"{len(chosen) - missed - alike} of {len(chosen)} mutants found, {alike} equivalent")
    return 1 if missed else 0


__all__ = ["EQUIVALENT", "MUTANTS", "broken", "found_by", "tell", "text"]
