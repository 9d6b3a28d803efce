"""The same answer for several missions' letters: then it is no letter's and no address's own, but the sender's.

One dead address and a server that refuses everybody may answer in the same words, `550 5.1.1 recipient rejected`. What
tells them apart is what the server says to others: words that come again and again, at addresses of different domains,
and no letter taken in between, are not about an address. A server that takes a letter meanwhile does look at addresses:
what it refuses again after that, in the same words, is refused for its own sake.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, Engine, bindparam, func, select
from sqlmodel import col

from outreach import clock
from outreach.database import working
from outreach.ledger import Ledger, in_states
from outreach.models import Attempt, Campaign, Delivery, Message
from outreach.outbox.blame.refusals import plain
from outreach.outbox.rules import Rules
from outreach.sentences import KeptSentence
from outreach.statement import Row, Statement
from outreach.vocabulary import Hold, MessageState

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
            col(Attempt.outcome) == bindparam("outcome"),
            col(Attempt.ended_at) > bindparam("since"),
        )
        .order_by(col(Attempt.id))
    )
)  # fmt: skip


_STOPPED = Statement(
    lambda _: select(col(Attempt.words), col(Attempt.ended_at)).where(
        col(Attempt.message_id) == bindparam("message"),
        col(Attempt.server) == bindparam("server"),
        col(Attempt.live) == bindparam("live"),
        col(Attempt.outcome) == MessageState.QUEUED,
        col(Attempt.ended_at) > bindparam("since"),
    )
)


@dataclass(frozen=True, slots=True)
class RefusedAlike:
    """One answer that several letters got."""

    letters: tuple[int, ...]
    """The numbers of those that wait in the queue again from now on."""
    alike: int
    """How many letters it was said of in all, or, of addresses, at how many different domains."""


def taken_lately(engine: Engine, rules: Rules) -> int:
    """Return how many letters the server has taken within a day."""
    query = select(func.count(col(Attempt.message_id).distinct())).where(
        col(Attempt.server) == rules.server,
        col(Attempt.live) == rules.live,
        col(Attempt.outcome) == MessageState.SENT,
        col(Attempt.ended_at) > clock.now() - _WITHIN,
    )
    with working(engine) as connection:
        return int(connection.execute(query).scalar_one())


def said_again(engine: Engine, rules: Rules, letter: int, said: str) -> bool:
    """Tell whether the server stopped us before with the same words to the same letter, and has taken others since:
    then they are said of that letter, whomever they name."""
    with working(engine) as connection:
        taken = _last_taken(connection, rules)
        key = _without_what_varies(said)
        return taken is not None and any(
            row["ended_at"] < taken and _without_what_varies(row["words"]) == key
            for row in _STOPPED.rows(connection, message=letter, **_within(rules))
        )


def refused_alike(engine: Engine, rules: Rules, campaign: str, said: str) -> RefusedAlike | None:
    """Where several missions' letters are held for what was `said` just now, and none was taken since, it is not
    theirs: let them wait in the queue again, as before. Return None where it was not said so often.
    """
    with working(engine) as connection:
        held = _lately(connection, rules, MessageState.HELD, said, _last_taken(connection, rules))
        held += _unsaid(connection, campaign, said)
        letters = {one.message for one in held}
        if len(letters) < _ALIKE:
            return None
        waiting = sorted({one.message for one in held if one.stands})
        why = KeptSentence("alike.letters", "{count} {count:*letter|letters} got this answer", count=len(letters))
        _put_back(connection, waiting, MessageState.HELD, why)
    return RefusedAlike(tuple(waiting), len(letters))


def addresses_refused_alike(engine: Engine, rules: Rules, said: str) -> RefusedAlike | None:
    """Where a server says the same of addresses at several domains, one after another, and takes none: let the letters
    that failed by it wait in the queue again, behind the others, as if they had not been tried.

    `said` is what it has just answered. Return None where it is no more than some dead addresses: the server took
    letters in between, or it was said before others were taken, and is said again now.
    """
    with working(engine) as connection:
        taken = _last_taken(connection, rules)
        lately = _lately(connection, rules, MessageState.FAILED, said, taken)
        domains = {one.domain for one in lately}
        if len(domains) < (_ALIKE if taken is None else _ALIKE_AFTER_OTHERS):
            return None
        failed = sorted({one.message for one in lately if one.stands})
        why = KeptSentence(
            "alike.domains", "addresses at {count} {count:*domain|domains} got this answer", count=len(domains)
        )
        _put_back(connection, failed, MessageState.FAILED, why)
    return RefusedAlike(tuple(failed), len(domains))


class _Refused(NamedTuple):
    """A letter, or one recipient of it, that was refused."""

    message: int
    domain: str
    stands: bool
    """Whether it still stands where the refusal brought it."""


def _last_taken(connection: Connection, rules: Rules) -> datetime | None:
    """When the last letter was begun that the server took. What was begun before a refusal came says nothing of what
    the server does since."""
    taken: datetime | None = _TAKEN.rows(connection, **_within(rules))[0]["at"]
    return taken


def _lately(
    connection: Connection, rules: Rules, state: MessageState, said: str, taken: datetime | None
) -> list[_Refused]:
    """What was brought into a state by these words, but for what is a letter's own: once the server has taken others
    after it, the same said again is said of that letter."""
    key = _without_what_varies(said)
    rows = _REFUSED.rows(connection, outcome=state, **_within(rules))
    alike = [row for row in rows if _without_what_varies(row["words"]) == key]
    own = {row["delivery_id"] for row in alike if taken is not None and row["ended_at"] < taken}
    return [
        _Refused(
            row["message_id"], row["address_key"].rpartition("@")[2],
            row["state"] is state and row["owner"] is None and row["replaced_at"] is None,
        )
        for row in alike
        if row["delivery_id"] not in own
    ]  # fmt: skip


def _unsaid(connection: Connection, campaign: str, said: str) -> list[_Refused]:
    """The letters of a campaign that are held for this, known of the server before a word was said to it."""
    key = _without_what_varies(said)
    tried = select(col(Attempt.id)).where(col(Attempt.message_id) == col(Message.id))
    query = (
        select(col(Message.id), col(Message.smtp_reply))
        .join(Campaign, col(Campaign.id) == col(Message.campaign_id))
        .where(
            col(Campaign.name) == campaign,
            col(Message.state) == MessageState.HELD,
            col(Message.hold) == Hold.REFUSED,
            col(Message.replaced_at).is_(None),
            ~tried.exists(),
        )
    )
    return [
        _Refused(number or 0, "", stands=True)
        for number, words in connection.execute(query)
        if _without_what_varies(words) == key
    ]


def _within(rules: Rules) -> Row:
    return {"server": rules.server, "live": rules.live, "since": clock.now() - _WITHIN}


def _put_back(connection: Connection, numbers: list[int], state: MessageState, why: KeptSentence) -> None:
    now = clock.now()
    ledger = Ledger(connection)
    for letter in ledger.read(numbers).values():
        # What is no letter's own fault is no try of it; one of which nothing was said has none to give back.
        tried = letter["attempts"] - letter["smtp_reply"][:1].isdigit()
        ledger.transition(
            letter, MessageState.QUEUED, only=in_states(state), who="outbox", at=now,
            detail=KeptSentence("alike.why", "{why}: {reply}", why=why, reply=letter["smtp_reply"]), hold=None,
            reason="", next_try_at=now, attempts=max(tried, 0),
        )  # fmt: skip
    ledger.write()


def _without_what_varies(said: str) -> str:
    """A server's words without names, numbers and codes: what it would say of another letter, too."""
    return " ".join(word for word in plain(said).split() if not any(map(str.isdigit, word)))
