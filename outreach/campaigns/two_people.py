"""Two people for one campaign: the letters that the first approved can be sent once a second approved the same.

The first approval freezes them, as every approval does. The second one holds only if they would come out the same
now, to the byte, from the directory, the text and the list of signatories as these are by then: whoever approves
second has seen what goes out. If they would not, the first approval is void and the second is a first one.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from outreach import clock
from outreach.actors import Actor
from outreach.campaigns.compose import Progress, compose_all, merge_all
from outreach.campaigns.plan import (
    addressees,
    as_seen,
    current_messages,
    frozen_bytes,
    get_campaign,
    require_approvals,
    standing_now,
    threads_of,
)
from outreach.campaigns.stopping import clear
from outreach.campaigns.who_signs.signatories import signatories_of
from outreach.database import reading, writing
from outreach.errors import AccessError, CampaignError, ConflictError, LetterError
from outreach.letters.faces.mime_writer import same_letter
from outreach.letters.folder import TEMPLATES, load_letter
from outreach.models import Campaign, Delivery, DeliveryEvent, Message
from outreach.people import audit
from outreach.sentences import KeptSentence
from outreach.settings import Settings
from outreach.text import folded
from outreach.vocabulary import Act, CampaignState, EventKind, MessageState

KEPT = frozenset({MessageState.SENDING, MessageState.SENT, MessageState.UNCERTAIN})
"""What is on its way or has arrived is never replaced by a second letter."""


_APPROVED = (CampaignState.APPROVED, CampaignState.SCHEDULED, CampaignState.PAUSED, CampaignState.WAITING)


@dataclass(frozen=True, slots=True)
class FirstApproval:
    """The first of two approvals, or all there are: who gave it, and when its letters were frozen."""

    by: str
    at: datetime
    account: int | None = None
    """The account that was signed in; None where a name was enough, as it is for one approval."""

    def is_by(self, actor: Actor) -> bool:
        """Tell whether that person gave it: the same account, or one of the same name, however that is written."""
        if self.account is not None and actor.account is not None:
            return self.account == actor.account
        return folded(actor.name) == folded(self.by)


def ask_for(engine: Engine, name: str, approvals: int, *, by: Actor, seen: int | None = None) -> None:
    """Set how many people have to approve a campaign, while nobody has. Raises UserError, CampaignError.

    `seen` is the campaign's version as the person saw it; ConflictError where it has been changed since.

    Once somebody has, one person alone can't do with one approval, also where that approval is void by now.
    """
    require_approvals(approvals)
    with writing(engine) as session:
        campaign = as_seen(session, name, seen)
        if campaign.state is not CampaignState.DRAFT:
            raise CampaignError(
                "approvals.settled",
                "The campaign {campaign!r} is {state}: how many people have to approve it is settled.",
                campaign=name,
                state=campaign.state,
                remedy="It can be changed only before the first approval.",
            )
        if approvals < campaign.approvals and campaign.first_approved_at is not None:
            raise CampaignError(
                "approvals.second-wanted",
                "{first_approved_by} has approved {campaign!r} already: two people have to.",
                first_approved_by=campaign.first_approved_by,
                campaign=name,
                remedy="Approve it again, and let a second person approve the same letters.",
            )
        campaign.approvals, campaign.version = approvals, campaign.version + 1
        session.add(campaign)
        audit.record(session, by, Act.CAMPAIGN_APPROVALS, campaign=name, detail=str(approvals))


def require_account(campaign: Campaign, by: Actor) -> None:
    """Raise AccessError where two people have to approve and this one has not shown who they are.

    Two names that are only stated can be one person's: two approvals are those of two accounts.
    """
    if campaign.approvals > 1 and by.account is None:
        raise AccessError(
            "approval.not-signed-in",
            "Two people have to approve {campaign!r}, and {person} has not signed in. Nothing was approved.",
            campaign=campaign.name,
            person=by.name,
            remedy="Each of the two needs an account, and signs in{SIGN_IN}.",
        )


def awaits_second(engine: Engine, name: str) -> FirstApproval | None:
    """Return the first approval of a campaign that waits for the second; None where it waits for none."""
    with reading(engine) as session:
        return first_approval(get_campaign(session, name))


def first_approval(campaign: Campaign) -> FirstApproval | None:
    """Return the first approval of a campaign that waits for the second; None where it waits for none."""
    if campaign.state is not CampaignState.APPROVED_ONCE or campaign.first_approved_at is None:
        return None
    return FirstApproval(campaign.first_approved_by, campaign.first_approved_at, campaign.first_account_id)


def whole_approval(campaign: Campaign) -> FirstApproval | None:
    """Return by whom the letters of a campaign were approved, and when they were frozen; None where they are not."""
    at = campaign.first_approved_at or campaign.approved_at
    if campaign.state not in _APPROVED or campaign.approved_at is None or at is None:
        return None
    return FirstApproval(campaign.approved_by, at)


def changed_since(
    engine: Engine,
    settings: Settings,
    name: str,
    first: FirstApproval,
    *,
    templates: Path = TEMPLATES,
    signing_at: datetime | None = None,
    progress: Progress = lambda _done, _all: None,
) -> tuple[str, ...]:
    """Return the missions whose letters would come out otherwise now than they were frozen at the first approval.

    A letter that can't be merged any more is one of them. Whoever signed later than that approval counts only with
    `signing_at`, the moment up to which they do; that the list is of another day is no difference by itself.
    """
    with reading(engine) as session:
        campaign = get_campaign(session, name)
        frozen = {one.iso3: (one, frozen_bytes(session, one)) for one in awaiting(session, campaign)}
        kept = {one.iso3 for one in current_messages(session, campaign)} - frozen.keys()
        people = [one for one in addressees(session, campaign) if one.mission.iso3 not in kept]
        threads = threads_of(session, campaign)
        signatories = signatories_of(session, campaign, first.at)
        if signing_at is not None and (later := signatories_of(session, campaign, signing_at)) is not None:
            then = signatories or later
            signatories = replace(later, as_of=then.as_of, since=then.since)
    everyone = sorted(frozen.keys() | {one.mission.iso3 for one in people})
    try:
        letter = load_letter(campaign.letter, templates)
        merged = merge_all(campaign, people, letter, first.at, signatories)
        # Each is frozen with the moment of its approval: the second look takes that of the first.
        now = {one.iso3: one for one in compose_all(settings, letter, merged, first.at, progress, threads)}
    except LetterError:
        return tuple(everyone)

    def same(iso3: str) -> bool:
        if iso3 not in now or iso3 not in frozen:
            return False
        message, raw = frozen[iso3]
        bounces = _untagged(now[iso3].envelope_from) == _untagged(message.envelope_from)
        return bounces and same_letter(now[iso3].raw, raw)

    return tuple(iso3 for iso3 in everyone if not same(iso3))


def _untagged(address: str) -> str:
    """The address without the tag that is drawn from each letter's own Message-ID."""
    local, _, domain = address.rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def confirm(
    engine: Engine, name: str, first: FirstApproval, *, by: Actor, seen: int | None = None
) -> tuple[int, tuple[str, ...], tuple[str, ...]]:
    """Give the second approval to the letters that the first one froze.

    Return how many are ready, the missions whose letters are held, and those whose letters were out already. Raises
    CampaignError for the person who gave the first, ConflictError where the campaign has changed meanwhile.
    """
    if first.is_by(by):
        raise CampaignError(
            "approvals.same-person",
            "{by} has approved these letters already, and they have not changed since.",
            by=first.by,
            remedy="The second approval has to be another person's.",
        )
    moment = clock.now()
    with writing(engine) as session:
        campaign = as_seen(session, name, seen)
        if first_approval(campaign) != first:
            raise ConflictError(
                "approvals.campaign-changed",
                "The campaign {campaign!r} has changed meanwhile: {standing}. Nothing was approved.",
                campaign=name,
                standing=standing_now(campaign),
                remedy="Look at it as it is now.",
            )
        letters = awaiting(session, campaign)
        detail = KeptSentence("log.first-by", "the first was by {who}", who=first.by)
        for message in letters:
            assert message.id is not None
            session.add(
                DeliveryEvent(
                    message_id=message.id,
                    at=moment,
                    kind=EventKind.SECOND_APPROVAL,
                    who=by.name,
                    actor_kind=by.kind,
                    detail=detail,
                )
            )
        clear(campaign, CampaignState.APPROVED)
        campaign.approved_at, campaign.approved_by = moment, f"{first.by} and {by.name}"
        session.add(campaign)
        words = KeptSentence(
            "log.second-approval",
            "the second approval of {number:,} {number:*letter|letters}; the first was by {who}",
            number=len(letters), who=first.by,
        )  # fmt: skip
        audit.record(session, by, Act.CAMPAIGN_APPROVED, campaign=name, detail=words)
        held = tuple(one.iso3 for one in letters if one.state is MessageState.HELD)
        about = {one.iso3 for one in letters}
        out = tuple(one.iso3 for one in current_messages(session, campaign) if one.iso3 not in about)
    return len(letters) - len(held), held, out


def awaiting(session: Session, campaign: Campaign) -> list[Message]:
    """Return the letters of a campaign that an approval is about: those that nobody has a copy of, by ISO3."""
    query = (
        select(Message)
        .where(
            Message.campaign_id == campaign.id,
            col(Message.replaced_at).is_(None),
            col(Message.state).not_in(list(KEPT)),
        )
        .order_by(col(Message.iso3))
    )
    out = taken_letters(session, campaign)
    return [message for message in session.exec(query) if message.id not in out]


def taken_letters(session: Session, campaign: Campaign) -> dict[int, bool]:
    """Return the letters of which some recipient has a copy, or may have: by number, whether all that was rehearsal."""
    query = (
        select(Delivery.message_id, Delivery.rehearsed)
        .join(Message, col(Message.id) == col(Delivery.message_id))
        .where(
            Message.campaign_id == campaign.id,
            col(Message.replaced_at).is_(None),
            col(Delivery.state).in_(list(KEPT)),
        )
    )
    found: dict[int, bool] = {}
    for number, rehearsed in session.exec(query):
        found[number] = rehearsed and found.get(number, True)
    return found
