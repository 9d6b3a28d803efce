"""The same answer for several missions' letters: then it is no letter's and no address's own, but the sender's.

One dead address and a server that refuses everybody may answer in the same words, `550 5.1.1 recipient rejected`. What
tells them apart is what the server says to others: words that come again and again, at addresses of different domains,
and no letter taken in between, are not about an address. A server that takes a letter meanwhile does look at addresses:
what it refuses again after that, in the same words, is refused for its own sake.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection, Engine, bindparam, func, select
from sqlmodel import col

from outreach import clock
from outreach.database import working
from outreach.ledger import Ledger, in_states
from outreach.models import Attempt, Campaign, Delivery, Message
from outreach.outbox.refusals import plain
from outreach.outbox.rules import Rules
from outreach.statement import Row, Statement
from outreach.vocabulary import Hold, MessageState, Stage

_ALIKE = 3
"""So many letters with one answer, and it is no letter's own; so many domains, and it is no address's own."""
_ALIKE_AFTER_OTHERS = 5
"""So many domains where the server has taken letters just before: a few dead addresses may come one after another."""
_WITHIN = timedelta(days=1)

_TAKEN = Statement(
    lambda _: select(func.max(col(Attempt.began_at)).label("at")).where(
        col(Attempt.server) == bindparam("server"),
        col(Attempt.live) == bindparam("live"),
        col(Attempt.outcome) == MessageState.SENT,
        col(Attempt.ended_at) > bindparam("since"),
    )
)
_REFUSED = Statement(
    lambda _: (
        select(
            col(Attempt.delivery_id), col(Attempt.message_id), col(Attempt.words), col(Attempt.ended_at),
            col(Delivery.address_key), col(Message.state), col(Message.owner), col(Message.replaced_at),
        )
        .join(Delivery, col(Delivery.id) == col(Attempt.delivery_id))
        .join(Message, col(Message.id) == col(Attempt.message_id))
        .where(
            col(Attempt.server) == bindparam("server"),
            col(Attempt.live) == bindparam("live"),
            col(Attempt.stage) == Stage.RCPT,
            col(Attempt.outcome) == MessageState.FAILED,
            col(Attempt.ended_at) > bindparam("since"),
        )
        .order_by(col(Attempt.id))
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RefusedAlike:
    """One answer that several letters got."""

    said: str
    letters: int
    """How many of them wait in the queue again."""
    domains: int = 0
    """At how many different domains it was said, where it was said of addresses."""


def refused_alike(engine: Engine, campaign: str) -> RefusedAlike | None:
    """Where several missions' letters are held for one and the same refusal, it is not theirs: let them wait in the
    queue again, as before. Return what was said; None where no answer came so often."""
    query = (
        select(col(Message.id), col(Message.smtp_reply))
        .join(Campaign, col(Campaign.id) == col(Message.campaign_id))
        .where(
            col(Campaign.name) == campaign,
            col(Message.state) == MessageState.HELD,
            col(Message.hold) == Hold.REFUSED,
            col(Message.replaced_at).is_(None),
        )
    )
    with working(engine) as connection:
        alike: dict[str, list[int]] = defaultdict(list)
        words: dict[str, str] = {}
        for number, said in connection.execute(query):
            assert number is not None
            key = _without_what_varies(said)
            alike[key].append(number)
            words[key] = said
        key = max(alike, key=lambda one: len(alike[one]), default="")
        if len(alike[key]) < _ALIKE:
            return None
        _put_back(connection, alike[key], MessageState.HELD, f"{len(alike[key])} letters got this answer")
    return RefusedAlike(words[key], len(alike[key]))


def addresses_refused_alike(engine: Engine, rules: Rules, said: str) -> RefusedAlike | None:
    """Where a server says the same of addresses at several domains, one after another, and takes none: let the letters
    that failed by it wait in the queue again, behind the others, as if they had not been tried.

    `said` is what it has just answered. Return None where it is no more than some dead addresses: the server took
    letters in between, or it was said before others were taken, and is said again now.
    """
    key = _without_what_varies(said)
    values: Row = {"server": rules.server, "live": rules.live, "since": clock.now() - _WITHIN}
    with working(engine) as connection:
        # What was begun before a refusal came, and was taken, says nothing of what the server does since.
        taken = _TAKEN.rows(connection, **values)[0]["at"]
        alike = [one for one in _REFUSED.rows(connection, **values) if _without_what_varies(one["words"]) == key]
        own = {one["delivery_id"] for one in alike if taken is not None and one["ended_at"] < taken}
        lately = [one for one in alike if one["delivery_id"] not in own]
        domains = {one["address_key"].rpartition("@")[2] for one in lately}
        if len(domains) < (_ALIKE if taken is None else _ALIKE_AFTER_OTHERS):
            return None
        failed = sorted({one["message_id"] for one in lately if _has_failed(one)})
        _put_back(connection, failed, MessageState.FAILED, f"addresses at {len(domains)} domains got this answer")
    return RefusedAlike(said, len(failed), len(domains))


def _has_failed(one: Row) -> bool:
    return one["state"] is MessageState.FAILED and one["owner"] is None and one["replaced_at"] is None


def _put_back(connection: Connection, numbers: list[int], state: MessageState, why: str) -> None:
    now = clock.now()
    ledger = Ledger(connection)
    for letter in ledger.read(numbers).values():
        # What is no letter's own fault is no try of it; one of which nothing was said has none to give back.
        tried = letter["attempts"] - letter["smtp_reply"][:1].isdigit()
        ledger.transition(
            letter, MessageState.QUEUED, only=in_states(state), who="outbox", at=now,
            detail=f"{why}: {letter['smtp_reply']}", hold=None, reason="", next_try_at=now, attempts=max(tried, 0),
        )  # fmt: skip
    ledger.write()


def _without_what_varies(said: str) -> str:
    """A server's words without names, numbers and codes: what it would say of another letter, too."""
    return " ".join(word for word in plain(said).split() if not any(map(str.isdigit, word)))
