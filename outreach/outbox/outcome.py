"""What a mail server did with a letter, told apart as the queue needs it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from outreach.outbox.blame.judgement import Judgement
from outreach.vocabulary import Stage


class Verdict(StrEnum):
    """The kinds of outcome. RFC 5321, 4.2.1: 2yz completed, 4yz try again, 5yz never."""

    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    REFUSED = "refused"
    BROKEN = "broken"  # the connection ended before the data was asked for: nothing can have been accepted
    UNCERTAIN = "uncertain"  # it ended, or spoke nonsense, after the data may have been accepted
    NO_SMTPUTF8 = "no SMTPUTF8"
    STOPPED = "stopped"  # it is the sender's fault, or the provider's limit: the letter stays as it was
    REFUSED_UNSEEN = "refused, and a person looks"  # the letter, or nobody knows what, is to blame
    ANOTHER_TRANSACTION = "another transaction"  # too many recipients for one: it follows at once
    NOT_TRIED = "not tried"  # the claim was lost or the campaign stopped: the server was asked nothing of weight


@dataclass(frozen=True, slots=True)
class RecipientAnswer:
    """What became of one recipient."""

    verdict: Verdict
    reply: str
    stage: Stage = Stage.RCPT
    judgement: Judgement | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a letter as a whole, the server's words, and each recipient's own answer where it has one."""

    verdict: Verdict
    reply: str = ""
    recipients: Mapping[str, RecipientAnswer] = field(default_factory=lambda: MappingProxyType({}))
    stage: Stage = Stage.DOT
    """How far the dialogue had come when this was decided."""
    judgement: Judgement | None = None
    """Of a refusal: whose fault it is."""
    unsaid: bool = False
    """Whether it was known before a word was said of the letter: then nothing was tried."""
    crowded: bool = False
    """Whether the server ended the connection of its own: it may have had too many of them."""
