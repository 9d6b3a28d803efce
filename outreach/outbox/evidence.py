"""What the dispatch journal tells of letters that a database does not know to be sent: who has them, who may."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from outreach.outbox.outcome import Verdict
from outreach.text import address_key
from outreach.witness.dispatch import Answered, Began, Entry, Handover, Said


class Try(NamedTuple):
    """One handing over of a letter to one address, live."""

    claim: int
    at: datetime
    taken: bool | None
    """Whether the server took it; None where it may have."""
    words: str
    generation: int = 0
    """The database's as the letter was marked; 0 where this is told by something else than the journal."""


@dataclass(slots=True)
class DispatchFate:
    """What the journal tells of one letter, as far as it was handed over live."""

    letter: Handover
    tries: dict[tuple[str, int], Try] = field(default_factory=dict)
    """By the address as compared (see outreach.text.address_key) and the claim."""
    last_claim: int = 0
    """The highest number of a claim on it."""

    def of(self, key: str) -> Try | None:
        """Return the try that decides for an address: one that was taken, else one that may have been, else any."""
        ranked = sorted((one for (whose, _), one in self.tries.items() if whose == key), key=_weight)
        return ranked[-1] if ranked else None

    @property
    def keys(self) -> list[str]:
        """The addresses that it was handed over for, as compared."""
        return sorted({key for key, _ in self.tries})

    @property
    def taken(self) -> bool:
        """Whether the server took it for any address."""
        return any(one.taken for one in self.tries.values())


def _weight(one: Try) -> tuple[int, int]:
    return ({True: 2, None: 1, False: 0}[one.taken], one.claim)


@dataclass(slots=True)
class JournalEvidence:
    """What a journal tells."""

    fates: dict[str, DispatchFate] = field(default_factory=dict)
    """Of letters that went out live, by Message-ID."""
    rehearsed: set[str] = field(default_factory=set)
    """The Message-IDs of letters that were handed over in rehearsal, whether or not they went out live as well."""

    @property
    def rehearsed_only(self) -> set[str]:
        """The Message-IDs of letters that were never handed over live."""
        return self.rehearsed - self.fates.keys()


def gather(entries: Iterable[Entry], known: Collection[str]) -> JournalEvidence:
    """Read a journal, but for letters that are known to be sent, given by their Message-IDs."""
    told = JournalEvidence()
    live: set[tuple[str, int]] = set()
    for entry in entries:
        match entry:
            case Began(letter) if letter.message_id not in known:
                if letter.live:
                    live.add((letter.message_id, letter.claim))
                    _began(told, letter, entry)
                else:
                    told.rehearsed.add(letter.message_id)
                    live.discard((letter.message_id, letter.claim))
            case Said(answer) if (answer.message_id, answer.claim) in live:
                _said(told.fates[answer.message_id], answer, entry.at)
    return told


def _began(told: JournalEvidence, letter: Handover, entry: Began) -> None:
    fate = told.fates.setdefault(letter.message_id, DispatchFate(letter))
    fate.letter = letter
    fate.last_claim = max(fate.last_claim, letter.claim)
    for address in letter.recipients:
        key = address_key(address)
        before = fate.tries.get((key, letter.claim))
        if before is None or not before.taken:
            words = "it was handed over, and the mail server's answer is not known"
            fate.tries[key, letter.claim] = Try(letter.claim, entry.at, None, words, entry.generation)


def _said(fate: DispatchFate, answer: Answered, at: datetime) -> None:
    single = {address_key(address): told for address, told in answer.recipients.items()}
    for (key, claim), before in fate.tries.items():
        if claim == answer.claim and not before.taken:
            verdict, reply = single.get(key, (answer.verdict, answer.reply))
            taken = _taken(answer.verdict, verdict)
            # What took the letter is the answer to its data, which may name it there; at RCPT it was only let in.
            words = answer.reply or reply if taken else reply or answer.reply
            fate.tries[key, claim] = Try(claim, at, taken, words, before.generation)


def _taken(letter: str, recipient: str) -> bool | None:
    """Whether a recipient has a letter, by the verdict on the letter and the one on the recipient."""
    if letter == Verdict.ACCEPTED:
        return recipient == Verdict.ACCEPTED
    refused = recipient not in (Verdict.ACCEPTED, Verdict.UNCERTAIN)
    return None if letter == Verdict.UNCERTAIN and not refused else False
