"""The letters that the mail server does not take for now: what it says of them, and whether that is of all.

After a passing answer (4yz) a letter is tried again by itself, and mostly that is over in minutes. Said of nearly every
letter, and for long, it is a fault that somebody has to cure: a domain that is not found, a host without a name.
"""

import textwrap
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, func, select

from outreach.models import Attempt, Delivery, Message
from outreach.outbox.blame.server_words import without_names
from outreach.vocabulary import MessageState

LASTS = timedelta(hours=1)
"""From the first such answer to the last: then it is a matter for a person. Servers that let new senders wait do so for
minutes; a night in which nothing is tried does not count."""
_NEARLY = 0.9
_ALIKE = 3
_MOST_SAID = 160
_OPEN = (MessageState.QUEUED, MessageState.DEFERRED)


@dataclass(frozen=True, slots=True)
class PutOff:
    """Letters of a campaign that the mail server did not take for now, and that are tried again by themselves."""

    letters: int
    words: str
    """What it said of most of them, as it said it of one."""
    alike: int
    """Of how many it said just that."""
    since: datetime | None = None
    """When the first of them was first tried, in UTC."""
    until: datetime | None = None
    """When one of them was last tried, in UTC."""
    asked: int = 0
    """Of how many letters it could have said so: those that wait, and those that it took since then."""

    @property
    def of_all(self) -> bool:
        """Whether it says the same of nearly every letter: then it is no letter's and no mission's own."""
        return self.alike >= min(_ALIKE, self.asked) and self.alike >= _NEARLY * self.asked

    @property
    def lasts(self) -> bool:
        """Whether that has gone on for so long that it hardly passes by itself."""
        return self.of_all and self.since is not None and self.until is not None and self.until - self.since >= LASTS


def put_off(session: Session, numbers: Collection[int | None]) -> dict[int, PutOff]:
    """Return, by campaign, the letters that the mail server did not take for now, where there are any."""
    if not numbers:
        return {}
    which = (
        col(Message.campaign_id).in_(numbers),
        col(Message.state) == MessageState.DEFERRED,
        col(Message.replaced_at).is_(None),
    )
    # Of the addresses that were put off: others of the same letter may have their copy.
    query = (
        select(col(Message.campaign_id), col(Delivery.smtp_reply), func.count(col(Message.id).distinct()))
        .join(Delivery, col(Delivery.message_id) == col(Message.id))
        .where(*which, col(Delivery.state) == MessageState.DEFERRED, col(Delivery.smtp_reply) != "")
        .group_by(col(Message.campaign_id), col(Delivery.smtp_reply))
        .order_by(col(Delivery.smtp_reply))
    )
    number = select(col(Message.campaign_id), func.count()).where(*which).group_by(col(Message.campaign_id))
    letters = dict(session.exec(number).all())
    told: dict[int, dict[str, tuple[str, int]]] = defaultdict(dict)
    for campaign, words, count in session.exec(query):
        alike = without_names(words)  # names of addresses and hosts differ, where the answer is the same
        example, before = told[campaign].get(alike, (words, 0))
        told[campaign][alike] = (example, before + count)
    if not told:
        return {}
    tries = (
        select(col(Message.campaign_id), func.min(col(Attempt.began_at)), func.max(col(Attempt.ended_at)))
        .join(Attempt, col(Attempt.message_id) == col(Message.id))
        .where(*which, col(Attempt.outcome) == MessageState.DEFERRED)
        .group_by(col(Message.campaign_id))
    )
    spans = {campaign: (began, ended) for campaign, began, ended in session.exec(tries)}
    found = {}
    for campaign, groups in told.items():
        example, most = max(groups.values(), key=lambda pair: pair[1])
        words = textwrap.shorten(example, _MOST_SAID, placeholder="…")
        began, last = spans.get(campaign, (None, None))
        whole = letters[campaign]
        most = min(most, whole)  # two addresses of a letter may be told the same, but for their names
        found[campaign] = PutOff(whole, words, most, began, last, _asked(session, campaign, began))
    return found


def _asked(session: Session, campaign: int, since: datetime | None) -> int:
    """How many letters of a campaign are still to go, or were taken after the server began to put them off."""
    of = select(func.count(col(Message.id))).where(
        col(Message.campaign_id) == campaign, col(Message.replaced_at).is_(None)
    )
    waiting = session.exec(of.where(col(Message.state).in_(_OPEN))).one()
    if since is None:
        return waiting
    return waiting + session.exec(of.where(col(Message.state) == MessageState.SENT, col(Message.sent_at) > since)).one()
