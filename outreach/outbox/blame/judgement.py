"""Whose fault a refusal is, by the stage at which it came, its codes and its words; never by its first digit alone.

The table is refusals.toml, which the inbox reads too. A stage narrows it: before RCPT nothing has been said of an
address, and before the data, only its size of the letter.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from outreach.expressions import found
from outreach.outbox.blame.refusals import RefusalReason, refusals, said
from outreach.vocabulary import Blame, Stage

_TOO_LARGE = "the letter is too large"
_OF_ALL = frozenset({Blame.SENDER, Blame.QUOTA})
_EARLY = frozenset({Blame.SENDER, Blame.QUOTA, Blame.BUSY})
_BEFORE_RCPT = frozenset({Stage.CONNECT, Stage.MAIL})
_AT_MAIL = _EARLY | {Blame.LETTER}
# RFC 5321, 4.2.3: what these codes say where they answer RCPT, if nothing else is said.
_MAILBOX = frozenset({551, 553})
_MAILBOX_UNDEFINED = "5.2.0"
"""Other or undefined mailbox status: once the recipients were taken, it says nothing of them (RFC 3463, 3.3)."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whose fault it is, and by which reason of the table; None where no reason was found."""

    blame: Blame
    reason: RefusalReason | None = None

    @property
    def of_all(self) -> bool:
        """Whether the same would be said of every other letter."""
        return self.blame in _OF_ALL

    @property
    def waits(self) -> bool:
        """Whether it is tried again, though the address is to blame: a box that is full."""
        return self.reason is not None and self.reason.waits

    @property
    def perhaps_theirs(self) -> bool:
        """Whether a mission's own server, behind ours, may have said it of us."""
        return self.reason is not None and self.reason.perhaps_theirs


_ENHANCED = re.compile(r"([245]\.\d{1,3}\.\d{1,3})\b ?")
_BEHIND = re.compile(r"#([245]\.\d{1,3}\.\d{1,3})\b")
"""Where qmail and its kin put it: `sorry, no mailbox here by that name. (#5.1.1)`."""


def judged(stage: Stage, code: int, text: str) -> Judgement:
    """Judge a negative answer as it came: its code, and its text with the enhanced code that may begin each line."""
    found = _ENHANCED.match(text) or _BEHIND.search(text)
    return judge(stage, code, found[1] if found else "", _ENHANCED.sub("", text))


@lru_cache(maxsize=512)
def judge(stage: Stage, code: int, enhanced: str, words: str) -> Judgement:
    """Judge a negative answer (RFC 5321, 4.2.1: 4yz or 5yz) to what was said at a stage.

    `enhanced` is its enhanced status code (RFC 3463), or empty; `words` are what follows the codes.
    """
    may = [one for one in refusals() if _fits(one, stage)]
    text = said(words, enhanced)
    reason = (
        (next((one for one in may if enhanced in one.early), None) if stage in _BEFORE_RCPT else None)
        or next((one for one in may if enhanced in one.decisive), None)
        or next((one for one in may if text and found(one.words, text)), None)
        or next((one for one in may if enhanced in one.statuses), None)
    )
    if reason is not None:
        return Judgement(_blamed(reason, stage, code, enhanced), reason)
    return Judgement(_by_code(stage, code, enhanced))


def _blamed(reason: RefusalReason, stage: Stage, code: int, enhanced: str) -> Blame:
    """Whom a reason blames where it is said. A passing code (4yz) blames nobody for good, unless the reason stays; and
    a server that has not seen the letter can't mean what is in it."""
    if code < 500 and not (enhanced in reason.decisive | reason.early or reason.stays or reason.blame is Blame.QUOTA):
        return Blame.BUSY
    unseen = stage is Stage.MAIL and reason.blame is Blame.LETTER and reason.name != _TOO_LARGE
    return Blame.SENDER if unseen else reason.blame


def _fits(one: RefusalReason, stage: Stage) -> bool:
    if stage is Stage.CONNECT:
        return one.blame in _EARLY
    return stage is not Stage.MAIL or one.blame in _AT_MAIL


def _by_code(stage: Stage, code: int, enhanced: str) -> Blame:
    if code < 500:
        return Blame.BUSY
    if stage is Stage.CONNECT or stage is Stage.MAIL:
        # 552 is of the size there (RFC 1870, 6.1), but for a mailbox that is full: only the sender's own can be meant.
        return Blame.LETTER if code == 552 and enhanced != "5.2.2" else Blame.SENDER
    if stage is Stage.DOT and enhanced == _MAILBOX_UNDEFINED:
        return Blame.UNKNOWN
    if enhanced.startswith(("5.1.", "5.2.")) or (stage is Stage.RCPT and code in _MAILBOX):
        return Blame.ADDRESS
    if enhanced.startswith("5.6."):
        return Blame.LETTER
    return Blame.UNKNOWN
