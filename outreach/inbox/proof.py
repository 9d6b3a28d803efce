"""What a mail proves, and what may follow from it: one table.

Of each mail three things are asked: which *letter* it is about, *who speaks*, and of which *address* it tells. Each is
certain, likely, or nothing. `COUNTS` says which mail is an answer by what it is; `NEEDS` which proof each effect needs.
What has it, happens. What is only likely is put before a person as a proposal, and what depends on it waits visibly;
the rest changes nothing. Nothing else in this room decides that.
"""

from collections.abc import Mapping
from enum import Enum, IntEnum
from typing import NamedTuple

from outreach.vocabulary import Answering, Confidence, MailKind, Speaker, SubKind


class Certainty(IntEnum):
    """How far something is proved."""

    NOTHING = 0
    LIKELY = 1
    CERTAIN = 2


class MailEffect(Enum):
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
NEEDS: Mapping[MailEffect, Proof | None] = {
    #                          letter          speaker         address
    MailEffect.ANSWERED: Proof(_C, _C),
    MailEffect.ACKNOWLEDGED: None,
    MailEffect.AUTO_REPLY: Proof(_L),
    MailEffect.DELIVERED: Proof(_C, Certainty.NOTHING, _C),
    MailEffect.DELAYED: Proof(_C, Certainty.NOTHING, _C),
    MailEffect.BOUNCED: Proof(_C, Certainty.NOTHING, _C),
    MailEffect.ADDRESS_DEAD: Proof(_C, Certainty.NOTHING, _C),
    MailEffect.POSITION: None,
    MailEffect.NEW_CONTACT: None,
    MailEffect.OPT_OUT: None,
    MailEffect.PROBLEM: None,
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

RECEIPTS = frozenset({SubKind.DISPLAYED, SubKind.DELETED, SubKind.PROCESSED})
"""What a program sends back of a mail (RFC 8098): whatever became of it, it has arrived."""

# Whether a mail is an answer, by what it is.
COUNTS: Mapping[SubKind | None, Answering] = {
    None: Answering.YES,
    SubKind.FORWARD: Answering.YES,
    SubKind.AWAY: Answering.DOUBTFUL,
    SubKind.LEFT: Answering.DOUBTFUL,
    SubKind.CLOSED: Answering.DOUBTFUL,
    SubKind.UNATTENDED: Answering.DOUBTFUL,
    SubKind.HELD: Answering.DOUBTFUL,
    SubKind.CHALLENGE: Answering.DOUBTFUL,
    SubKind.RECALL: Answering.NO,
    SubKind.REACTION: Answering.DOUBTFUL,
    SubKind.MEETING: Answering.DOUBTFUL,
    SubKind.MEETING_ANSWER: Answering.DOUBTFUL,
    SubKind.ENCRYPTED: Answering.DOUBTFUL,
    SubKind.DISPLAYED: Answering.NO,
    SubKind.DELETED: Answering.NO,
    SubKind.PROCESSED: Answering.NO,
    SubKind.RECEIPT: Answering.NO,
    SubKind.NEWSLETTER: Answering.NO,
    SubKind.MONITORING: Answering.NO,
    SubKind.REJECTED: Answering.NO,
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


def counts(kind: MailKind, sub_kind: SubKind | None) -> Answering:
    """Tell whether a mail is an answer by what it is: no report and no program's answer is one."""
    return COUNTS[sub_kind] if kind is MailKind.REPLY else Answering.NO


def certainty(confidence: Confidence) -> Certainty:
    """Return how far a match proves its letter."""
    return _LETTERS.get(confidence, Certainty.NOTHING)


def happens(effect: MailEffect, proof: Proof) -> bool:
    """Tell whether an effect follows from a proof by itself."""
    need = NEEDS[effect]
    return need is not None and all(have >= wanted for have, wanted in zip(proof, need, strict=True))


def weighed(content: Answering, proof: Proof) -> Answering:
    """Return whether a mail counts as its mission's answer, by what it is and by what it proves."""
    if content is not Answering.YES:
        return content
    return Answering.YES if happens(MailEffect.ANSWERED, proof) else Answering.DOUBTFUL
