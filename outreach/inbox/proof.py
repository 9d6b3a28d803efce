"""What a mail proves, and what may follow from it: one table.

Of each mail three things are asked: which *letter* it is about, *who speaks*, and of which *address* it tells. Each is
certain, likely, or nothing. `COUNTS` says which mail is an answer by what it is; `NEEDS` which proof each effect needs.
What has it, happens. What is only likely is put before a person as a proposal, and what depends on it waits visibly;
the rest changes nothing. Nothing else in this room decides that.
"""

from collections.abc import Mapping
from enum import Enum, IntEnum
from typing import NamedTuple

from outreach.vocabulary import Confidence, Counts, MailKind, Speaker, SubKind


class Certainty(IntEnum):
    """How far something is proved."""

    NOTHING = 0
    LIKELY = 1
    CERTAIN = 2


class Effect(Enum):
    """What may follow from a mail."""

    ANSWERED = "the mission has answered, and no reminder goes to it"
    ACKNOWLEDGED = "the mission has acknowledged the letter"
    AUTO_REPLY = "a program of the mission has answered"
    DELIVERED = "the letter arrived at an address"
    DELAYED = "the letter waits on its way to an address"
    BOUNCED = "the letter did not arrive at an address"
    ADDRESS_DEAD = "no letter is written to an address any more"
    POSITION = "the mission's position"
    NEW_CONTACT = "another address of the mission"
    OPT_OUT = "an address is written to no more"
    PROBLEM = "something that a person has to see to"


class Proof(NamedTuple):
    """What a mail proves."""

    letter: Certainty = Certainty.NOTHING
    speaker: Certainty = Certainty.NOTHING
    address: Certainty = Certainty.NOTHING


_C, _L = Certainty.CERTAIN, Certainty.LIKELY

# Which proof an effect needs to happen by itself; None: never by itself, a person decides.
NEEDS: Mapping[Effect, Proof | None] = {
    #                          letter          speaker         address
    Effect.ANSWERED: Proof(_C, _C),
    Effect.ACKNOWLEDGED: None,
    Effect.AUTO_REPLY: Proof(_L),
    Effect.DELIVERED: Proof(_C, Certainty.NOTHING, _C),
    Effect.DELAYED: Proof(_C, Certainty.NOTHING, _C),
    Effect.BOUNCED: Proof(_C, Certainty.NOTHING, _C),
    Effect.ADDRESS_DEAD: Proof(_C, Certainty.NOTHING, _C),
    Effect.POSITION: None,
    Effect.NEW_CONTACT: None,
    Effect.OPT_OUT: None,
    Effect.PROBLEM: None,
}

# How far each speaker is the mission.
SPEAKERS: Mapping[Speaker, Certainty] = {
    Speaker.CONTACT: _C,
    Speaker.CONFIRMED: _C,
    Speaker.OWN_DOMAIN: _C,
    Speaker.SHARED_DOMAIN: _L,
    Speaker.PASSED_ON: _L,
    Speaker.STRANGER: Certainty.NOTHING,
    Speaker.OURS: Certainty.NOTHING,
    Speaker.NOBODY: Certainty.NOTHING,
}

# Whether a mail is an answer, by what it is.
COUNTS: Mapping[SubKind | None, Counts] = {
    None: Counts.YES,
    SubKind.FORWARD: Counts.YES,
    SubKind.AWAY: Counts.DOUBTFUL,
    SubKind.LEFT: Counts.DOUBTFUL,
    SubKind.CLOSED: Counts.DOUBTFUL,
    SubKind.UNATTENDED: Counts.DOUBTFUL,
    SubKind.HELD: Counts.DOUBTFUL,
    SubKind.CHALLENGE: Counts.DOUBTFUL,
    SubKind.RECALL: Counts.DOUBTFUL,
    SubKind.REACTION: Counts.DOUBTFUL,
    SubKind.MEETING: Counts.DOUBTFUL,
    SubKind.MEETING_ANSWER: Counts.DOUBTFUL,
    SubKind.ENCRYPTED: Counts.DOUBTFUL,
    SubKind.DISPLAYED: Counts.NO,
    SubKind.DELETED: Counts.NO,
    SubKind.RECEIPT: Counts.NO,
    SubKind.NEWSLETTER: Counts.NO,
    SubKind.MONITORING: Counts.NO,
    SubKind.REJECTED: Counts.NO,
}

PROBLEMS: Mapping[SubKind, str] = {
    SubKind.HELD: "the letter was held back, and has not arrived",
    SubKind.CHALLENGE: "the letter arrives only once somebody confirms it",
    SubKind.CLOSED: "the box is closed or has moved",
    SubKind.LEFT: "the person has left",
    SubKind.UNATTENDED: "nobody reads that box",
    SubKind.REJECTED: "the receiver's own rules refused the letter",
    SubKind.RECALL: "an earlier mail was called back",
}
"""What a person has to see to, in words."""
_LETTERS = {Confidence.CERTAIN: _C, Confidence.LIKELY: _L}


def counts(kind: MailKind, sub_kind: SubKind | None) -> Counts:
    """Tell whether a mail is an answer by what it is: no report and no program's answer is one."""
    return COUNTS[sub_kind] if kind is MailKind.REPLY else Counts.NO


def certainty(confidence: Confidence) -> Certainty:
    """Return how far a match proves its letter."""
    return _LETTERS.get(confidence, Certainty.NOTHING)


def happens(effect: Effect, proof: Proof) -> bool:
    """Tell whether an effect follows from a proof by itself."""
    need = NEEDS[effect]
    return need is not None and all(have >= wanted for have, wanted in zip(proof, need, strict=True))


def weighed(content: Counts, proof: Proof) -> Counts:
    """Return whether a mail counts as its mission's answer, by what it is and by what it proves."""
    if content is not Counts.YES:
        return content
    return Counts.YES if happens(Effect.ANSWERED, proof) else Counts.DOUBTFUL
