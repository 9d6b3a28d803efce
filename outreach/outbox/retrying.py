"""A person lets letters be tried again that the mail server did not take: all of a campaign, or some of them.

What it refused for now waits for its time, up to hours; a person who knows that the server is well again need not.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Engine, or_, select
from sqlmodel import Session, col
from sqlmodel import select as select_rows

from outreach import clock
from outreach.actors import Actor
from outreach.campaigns.address_changes import AddressChange, changed_addresses
from outreach.campaigns.failures import refused_beside_others
from outreach.campaigns.plan import get_campaign
from outreach.campaigns.stopping import go_on
from outreach.database import writing
from outreach.errors import CampaignError
from outreach.ledger import Ledger, in_states, open_deliveries
from outreach.models import Campaign, Message
from outreach.people import audit
from outreach.sentences import KeptSentence, each_of
from outreach.settings import Settings
from outreach.statement import Row
from outreach.text import address_key, folded
from outreach.vocabulary import Act, CampaignState, EventKind, Hold, MessageState, Stop
from outreach.witness.standing import require_home

_ENDED = (MessageState.FAILED, MessageState.HELD)
_BACK = in_states(*_ENDED)
_TO_BE_TRIED = KeptSentence("letter.to-be-tried", "to be tried again")
_REPLACED = KeptSentence("letter.left-out-replaced", "left out: the directory has it no more")
_REFUSED = in_states(*_ENDED, MessageState.DEFERRED)


@dataclass(frozen=True, slots=True)
class AddressReplaced:
    """A letter that was refused at an address that the directory has no more: that one is not tried again."""

    letter: int
    iso3: str
    change: AddressChange
    partly: bool
    """Whether others have their copy of it: then it is corrected; else it is approved anew."""


@dataclass(frozen=True, slots=True)
class Retried:
    """What is tried again."""

    campaign: str
    letters: tuple[str, ...]
    """The missions, by ISO3 code, whose letters wait in the queue again, due now."""
    goes_on: bool = False
    """Whether the campaign had paused by itself, and goes on with this."""
    waits: str = ""
    """Why nothing goes out all the same: the state of the campaign, where it is not being sent."""
    others: tuple[str, ...] = field(default=())
    """The missions whose letters did not fit what was asked for."""
    stands_for: int = 0
    """How many letters nobody has named, for which a campaign that paused by itself goes on standing still."""
    replaced: tuple[AddressReplaced, ...] = ()
    """What is not tried again, since the directory has other addresses by now."""


def retry(
    engine: Engine, settings: Settings, name: str, *, by: Actor, missions: Collection[str] = (), reason: str = ""
) -> Retried:
    """Queue letters again that failed, or that are held since the mail server refused them; due now, tries at nought.
    Those that it refused for now are due now.

    So it does those that were refused at some of their addresses, for these. `missions` are ISO3 codes, and `reason` is
    a part of the server's words; empty means whatever. Recipients who have their copy do not get another. An address
    that the directory has no more is not tried again, nor is a letter that nobody has and whose mission has other
    addresses by now: it is told, and its cure is another (`AddressReplaced`). A campaign
    that paused by itself goes on, unless single missions are named and other letters wait: these were stopped, and
    `resume` is a person's word for them. Raises NotFoundError, CopyError where this database may be a copy,
    CampaignError for a campaign that is cancelled or has no time, and where nothing fits.
    """
    require_home(engine, settings)
    wanted = {one.strip().upper() for one in missions}
    now = clock.now()
    with writing(engine) as session:
        campaign = get_campaign(session, name)
        if campaign.state is CampaignState.CANCELLED or campaign.due_at is None:
            raise CampaignError(
                "retry.not-sent",
                "The campaign {campaign!r} is {state}: nothing of it is sent.",
                campaign=name,
                state=campaign.state,
                remedy="How far each came: see {LETTERS:its letters}.",
            )
        query = select(col(Message.id)).where(
            col(Message.campaign_id) == campaign.id,
            col(Message.replaced_at).is_(None),
            col(Message.owner).is_(None),
            or_(
                col(Message.state).in_((MessageState.FAILED, MessageState.DEFERRED)),
                (col(Message.state) == MessageState.HELD) & (col(Message.hold) == Hold.REFUSED),
                refused_beside_others(),
            ),
        )
        ledger = Ledger(session)
        letters = list(ledger.read(number for number in session.connection().scalars(query) if number).values())
        chosen = [
            one for one in letters if (not wanted or one["iso3"] in wanted) and folded(reason) in folded(_said(one))
        ]
        _require_known(session, campaign, wanted)
        if not letters and (waiting := _waiting_beside(session, campaign, ())):
            raise CampaignError(
                "retry.waits",
                "{count} {count:*letter|letters} of {campaign!r} {count:*waits|wait} in the queue already: none has to "
                "be put there again.",
                campaign=name,
                count=waiting,
                remedy="Once what keeps them is mended, send again{SEND}.",
            )
        if not chosen:
            raise CampaignError(
                "retry.nothing",
                "Nothing of {campaign!r} fits: the mail server has refused {count} of its letters.",
                campaign=name,
                count=len(letters),
                remedy="How far each came: see {LETTERS:its letters}.",
            )
        replaced, back = _left_out(session, ledger, chosen, by, now)
        chosen = [one for one in chosen if one["id"] in back]
        for letter in chosen:
            if letter["state"] is MessageState.DEFERRED:
                ledger.event(letter["id"], EventKind.RELEASED, who=by, at=now, detail=_TO_BE_TRIED)
                ledger.change(letter, next_try_at=now)
            if letter["state"] in _ENDED or any(map(back[letter["id"]], letter["deliveries"])):
                ledger.transition(
                    letter, MessageState.QUEUED, only=back[letter["id"]], who=by, at=now, detail=_TO_BE_TRIED,
                    hold=None, reason="", next_try_at=now, first_try_at=None, attempts=0,
                )  # fmt: skip
        ledger.write()
        failing = campaign.state is CampaignState.PAUSED and campaign.stop is Stop.FAILING
        unnamed = _waiting_beside(session, campaign, chosen) if failing and wanted else 0
        goes_on = failing and not unnamed and bool(chosen)
        if goes_on:
            go_on(session, campaign, now)
        tried = tuple(sorted(one["iso3"] for one in chosen))
        audit.record(session, by, Act.LETTERS_RETRIED, detail=", ".join(tried), campaign=name)
        waits = "" if campaign.state is CampaignState.SCHEDULED else str(campaign.state)
        others = tuple(sorted({one["iso3"] for one in letters} - {*tried, *(one.iso3 for one in replaced)}))
    return Retried(name, tried, goes_on, waits, others, unnamed, tuple(replaced))


def _require_known(session: Session, campaign: Campaign, missions: Collection[str]) -> None:
    """Raise CampaignError where a campaign has no letter to one of the missions."""
    has = session.exec(select_rows(col(Message.iso3)).where(col(Message.campaign_id) == campaign.id).distinct())
    if unknown := sorted(set(missions) - set(has)):
        raise CampaignError(
            "retry.no-letter",
            "{campaign!r} has no letter to {missions}.",
            campaign=campaign.name,
            missions=each_of(unknown),
            remedy="Which letters it has: see {LETTERS:its letters}.",
        )


def _left_out(
    session: Session, ledger: Ledger, chosen: Collection[Row], by: Actor, now: datetime
) -> tuple[list[AddressReplaced], dict[int, Callable[[Row], bool]]]:
    """Return what the directory has replaced, and by letter which of its deliveries are tried again.

    Where others have their copy, the address that is gone fails for good, so that the letter can be corrected.
    """
    written = {one["iso3"]: [each["address"] for each in one["deliveries"]] for one in chosen}
    changes = changed_addresses(session.connection(), written)
    replaced: list[AddressReplaced] = []
    back: dict[int, Callable[[Row], bool]] = {}
    for letter in chosen:
        change = changes.get(letter["iso3"])
        partly = any(one["state"] is MessageState.SENT for one in letter["deliveries"])
        gone = {address_key(one) for one in change.gone} if change else set[str]()
        stay = [one["id"] for one in letter["deliveries"] if _REFUSED(one) and one["address_key"] not in gone]
        lost = [one["id"] for one in letter["deliveries"] if _REFUSED(one) and one["address_key"] in gone]
        if change and (lost or not partly):
            replaced.append(AddressReplaced(letter["id"], letter["iso3"], change, partly))
        if partly and (ended := [one for one in open_deliveries(letter) if one["id"] in lost]):
            ledger.transition(
                letter, MessageState.FAILED, only=lambda row, lost=lost: row["id"] in lost, who=by, at=now,  # type: ignore[misc]
                detail=_REPLACED,
            )  # fmt: skip
            for one in ended:
                ledger.change_delivery(one, hold=Hold.NO_ADDRESS, smtp_reply=_REPLACED)
        if (partly and stay) or not change:
            back[letter["id"]] = lambda row, lost=lost: _BACK(row) and row["id"] not in lost  # type: ignore[misc]
    return replaced, back


def _waiting_beside(session: Session, campaign: Campaign, chosen: Collection[Row]) -> int:
    """How many letters of a campaign wait to go beside these."""
    named = {one["id"] for one in chosen}
    query = select(col(Message.id)).where(
        col(Message.campaign_id) == campaign.id,
        col(Message.replaced_at).is_(None),
        col(Message.state).in_((MessageState.QUEUED, MessageState.DEFERRED)),
    )
    return sum(number not in named for number in session.connection().scalars(query))


def _said(letter: Row) -> str:
    """What was said of a letter, and of each of its addresses that are to be tried again."""
    refused = (one["smtp_reply"] for one in letter["deliveries"] if _REFUSED(one))
    return " ".join([letter["smtp_reply"], letter["reason"], *refused])
