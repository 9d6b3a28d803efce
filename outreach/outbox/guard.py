"""What is looked after before letters are sent: late, unconfirmed and failing campaigns, holds."""

from collections import defaultdict
from collections.abc import Callable, Iterable

from sqlalchemy import Connection, Engine, bindparam, case, exists, or_, select, update
from sqlmodel import Session, col

from outreach import clock
from outreach.actors import SCHEDULER
from outreach.campaigns.failures import count_failures
from outreach.campaigns.stopping import bring_to_a_stop
from outreach.database import reading, working, writing
from outreach.errors import ServerFault
from outreach.ledger import Ledger, in_states
from outreach.models import Campaign, Delivery, Message
from outreach.outbox import reasons
from outreach.outbox.gate import blocked_addresses
from outreach.outbox.rules import Rules
from outreach.people import audit
from outreach.sentences import KeptSentence, Moment
from outreach.statement import Statement
from outreach.vocabulary import Act, CampaignState, Hold, MessageState, Stop

_OPEN = (MessageState.QUEUED, MessageState.DEFERRED)
_REVIEWED = (Hold.NOT_ALLOWED, Hold.OPTED_OUT, Hold.BOUNCED)

# Made once: they are asked at every pass.
_STANDING_LETTER = (col(Message.campaign_id) == col(Campaign.id)) & col(Message.replaced_at).is_(None)
_DUE = (col(Campaign.state) == CampaignState.SCHEDULED) & (col(Campaign.due_at) <= bindparam("now"))
_OVERDUE = Statement(
    lambda _: select(col(Campaign.id), col(Campaign.name)).where(
        col(Campaign.state) == CampaignState.SCHEDULED,
        or_(col(Campaign.last_active_at).is_(None), col(Campaign.last_active_at) < bindparam("late")),
        exists().where(
            # Also what a worker of this machine has in hand: the machine may have slept meanwhile.
            _STANDING_LETTER,
            col(Message.state) == MessageState.QUEUED,
            col(Message.next_try_at) < bindparam("late"),
        ),
    )
)
_ALIVE = Statement(lambda _: update(Campaign).where(_DUE).values(last_active_at=bindparam("now")))
_ALIVE_OF_ONE = Statement(
    lambda _: (
        update(Campaign).where(_DUE, col(Campaign.name) == bindparam("its")).values(last_active_at=bindparam("now"))
    )
)
_UNCONFIRMED = Statement(lambda _: select(col(Campaign.id)).where(_DUE, col(Campaign.confirmed_missions).is_(None)))
_HALF_REHEARSED = Statement(
    lambda _: select(col(Campaign.id)).where(
        _DUE,
        exists().where(_STANDING_LETTER, col(Message.rehearsed).is_(True)),
        exists().where(_STANDING_LETTER, or_(*(col(Message.state) == state for state in _OPEN))),
        col(Campaign.confirmed_missions).is_not(None),
    )
)
_HELD = Statement(
    lambda _: (
        select(col(Message.id), col(Message.hold), col(Delivery.address))
        .join(Campaign, col(Message.campaign_id) == col(Campaign.id))
        .join(Delivery, col(Delivery.message_id) == col(Message.id))
        .where(
            or_(*(col(Message.hold) == hold for hold in _REVIEWED)),
            col(Message.state) == MessageState.HELD,
            col(Message.replaced_at).is_(None),
            col(Message.due_at).is_not(None),
            col(Campaign.state) == CampaignState.SCHEDULED,
        )
    )
)


def hold_late_campaigns(engine: Engine, rules: Rules, campaign: str | None = None) -> list[str]:
    """Let a campaign wait for a person whose time passed, past the grace period, while nobody looked after it.

    The others are marked as looked after. A letter that was refused for now is not late: it is tried again for as
    long as the settings say, and no longer. Return the names of those that wait from now on.
    """
    now = clock.now()
    late = now - rules.grace
    with writing(engine) as session:
        # A sign of life for the others, so that a slow pace is not taken for a process that was down.
        rows = _OVERDUE.rows(session.connection(), late=late)
        waiting = _wait(
            session,
            (row["id"] for row in rows if campaign in (None, row["name"])),
            Stop.LATE,
            lambda one: reasons.late(Moment(one.due_at or late, one.time_zone)),
        )
        session.flush()
        (_ALIVE if campaign is None else _ALIVE_OF_ONE).run(session.connection(), [{"now": now, "its": campaign}])
        return waiting


def _wait(
    session: Session, numbers: Iterable[int], stop: Stop, why: KeptSentence | Callable[[Campaign], KeptSentence]
) -> list[str]:
    """Let campaigns wait for a person; return their names."""
    campaigns = [session.get_one(Campaign, number) for number in numbers]
    for one in campaigns:
        bring_to_a_stop(one, CampaignState.WAITING, stop, why if isinstance(why, KeptSentence) else why(one))
        session.add(one)
        audit.record(session, SCHEDULER, Act.CAMPAIGN_WAITS, campaign=one.name, detail=one.reason)
    return [one.name for one in campaigns]


def hold_unconfirmed_campaigns(engine: Engine, rules: Rules) -> list[str]:
    """In live mode, let a campaign wait whose letters are due and whose missions nobody has confirmed.

    So does one of which some letters went to the rehearsal server: those missions would be left out.
    """
    if not rules.live:
        return []
    with writing(engine) as session:
        connection, now = session.connection(), clock.now()
        return [
            name
            for which, stop, why in (
                (_UNCONFIRMED, Stop.UNCONFIRMED, reasons.UNCONFIRMED),
                (_HALF_REHEARSED, Stop.REHEARSED, reasons.REHEARSED),
            )
            for name in _wait(session, [row["id"] for row in which.rows(connection, now=now)], stop, why)
        ]


def pause_failing_campaigns(engine: Engine, rules: Rules) -> list[str]:
    """Pause each campaign of which more letters were refused for good than the settings bear with.

    Counted are those since a person last let it go on. Return the names of those that pause from now on.
    """
    paused: list[str] = []
    with reading(engine) as session:
        failing = _failing(session.connection(), rules)
    if not failing:
        return []
    with writing(engine) as session:
        for number, words in _failing(session.connection(), rules).items():
            campaign = session.get_one(Campaign, number)
            bring_to_a_stop(campaign, CampaignState.PAUSED, Stop.FAILING, words)
            session.add(campaign)
            audit.record(session, SCHEDULER, Act.CAMPAIGN_PAUSED, campaign=campaign.name, detail=words)
            paused.append(campaign.name)
    return paused


def _failing_in_words(failed: int, tried: int, partly: int, most: int) -> KeptSentence:
    share = failed * 100 // tried
    if partly:
        return KeptSentence(
            "gate.failing-partly",
            "{failed} of {tried} letters were refused for good, or at one of their addresses ({share} %; it pauses "
            "above {most} %)",
            failed=failed, tried=tried, share=share, most=most,
        )  # fmt: skip
    return KeptSentence(
        "gate.failing",
        "{failed} of {tried} letters were refused for good ({share} %; it pauses above {most} %)",
        failed=failed, tried=tried, share=share, most=most,
    )  # fmt: skip


def _failing(connection: Connection, rules: Rules) -> dict[int, KeptSentence]:
    found: dict[int, KeptSentence] = {}
    counts = count_failures(connection)
    rows = connection.execute(
        select(col(Campaign.id), col(Campaign.forgiven_tried), col(Campaign.forgiven_failed)).where(
            col(Campaign.id).in_(list(counts))
        )
    )
    for number, forgiven_tried, forgiven_failed in rows:
        assert number is not None
        tried, failed = counts[number].tried - forgiven_tried, counts[number].failed - forgiven_failed
        if tried >= rules.failures_after and failed * 100 > tried * rules.failures_percent:
            found[number] = _failing_in_words(failed, tried, counts[number].partly, rules.failures_percent)
    return found


def review_holds(engine: Engine, rules: Rules) -> int:
    """Release letters that were held for what no longer stands in the way. Return how many."""
    with reading(engine) as session:
        free = over_holds(session.connection(), rules)
    if not free:
        return 0
    now = clock.now()
    released = 0
    with working(engine) as connection:
        ledger = Ledger(connection)
        for start in range(0, len(free), 500):
            for letter in ledger.read(free[start : start + 500]).values():
                if letter["state"] is MessageState.HELD:
                    words = KeptSentence("gate.held-no-longer", "no longer: {hold}", hold=letter["hold"])
                    ledger.transition(
                        letter,
                        MessageState.QUEUED,
                        only=in_states(MessageState.HELD),
                        who="outbox",
                        at=now,
                        detail=words,
                        hold=None,
                        reason="",
                    )
                    released += 1
        ledger.write()
    return released


def over_holds(connection: Connection, rules: Rules) -> list[int]:
    """Return the numbers of letters that are held for what no longer stands in the way; nothing is written."""
    held: dict[int, list[str]] = defaultdict(list)
    holds: dict[int, Hold] = {}
    for row in _HELD.rows(connection):
        held[row["id"]].append(row["address"])
        holds[row["id"]] = row["hold"]
    if not held:
        return []
    blocked: dict[str, Hold] = {}
    addresses = sorted({address for many in held.values() for address in many})
    for start in range(0, len(addresses), 500):
        blocked |= blocked_addresses(connection, addresses[start : start + 500])
    return [number for number, many in held.items() if not _stands(rules, holds[number], many, blocked)]


def _stands(rules: Rules, hold: Hold, addresses: list[str], blocked: dict[str, Hold]) -> bool:
    if hold is Hold.NOT_ALLOWED:
        return rules.guarded and bool(rules.allow_list.outside(addresses))
    return all(address in blocked for address in addresses)


def note_fault(engine: Engine, fault: ServerFault | None) -> None:
    """Write beside the campaigns that are being sent why nothing goes out, and since when; None takes it back."""
    now = clock.now()
    words = KeptSentence.of(fault.whole()) if fault is not None else ""
    since = case((col(Campaign.stop) == Stop.MAIL_SERVER, col(Campaign.stopped_at)), else_=now)
    told = {"stop": Stop.MAIL_SERVER, "stopped_at": since} if words else {"stop": None, "stopped_at": None}
    with writing(engine) as session:
        session.execute(
            update(Campaign)
            .where(
                col(Campaign.state) == CampaignState.SCHEDULED,
                col(Campaign.due_at) <= now,
                col(Campaign.reason) != words,
            )
            .values(reason=words, **told)
        )
