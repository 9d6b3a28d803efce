"""Whether the directory still has the addresses that a letter was approved for; if not, the approval is void."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, select
from sqlmodel import Session, col

from outreach.actors import SCHEDULER, Actor
from outreach.campaigns.stopping import bring_to_a_stop
from outreach.database import reading, writing
from outreach.missions.directory import erased_keys
from outreach.missions.result import ImportResult, Recipients
from outreach.models import Campaign, Contact, Delivery, Message, Response
from outreach.people import audit
from outreach.sentences import KeptSentence
from outreach.statement import Statement, in_list
from outreach.text import address_key, erased_key
from outreach.vocabulary import Act, CampaignState, MessageState, Stop

_MOST_IN_A_QUERY = 500
_CONTACTS = Statement(
    lambda length: select(col(Contact.iso3), col(Contact.email), col(Contact.active), col(Contact.absent_since)).where(
        col(Contact.iso3).in_(in_list(length))
    )
)
_APPROVED = (
    CampaignState.APPROVED_ONCE, CampaignState.APPROVED, CampaignState.SCHEDULED, CampaignState.PAUSED,
    CampaignState.WAITING,
)  # fmt: skip
_TO_COME = (CampaignState.DRAFT, *_APPROVED)
_NOT_SENT = (MessageState.QUEUED, MessageState.DEFERRED, MessageState.HELD)


@dataclass(frozen=True, slots=True)
class AddressChange:
    """What the sheet changed of the addresses of one mission's letter."""

    iso3: str
    gone: tuple[str, ...]
    new: tuple[str, ...]

    def __str__(self) -> str:
        if self.gone and self.new:
            return f"{self.iso3}: {', '.join(self.gone)} → {', '.join(self.new)}"
        return (
            f"{self.iso3}: {', '.join(self.gone)} is gone" if self.gone else f"{self.iso3}: new {', '.join(self.new)}"
        )


@dataclass(frozen=True, slots=True)
class Voided:
    """A campaign whose approval no longer holds, and why."""

    campaign: str
    changes: tuple[AddressChange, ...]


def changed_in_words(changes: Sequence[AddressChange]) -> KeptSentence:
    """Say why an approval holds no more: what the sheet changed of the addresses."""
    told = "; ".join(map(str, changes))
    return KeptSentence(
        "gate.addresses-changed", "the sheet has changed since the approval: {changes}. Approve it again", changes=told
    )


def changed_addresses(connection: Connection, addressed: Mapping[str, Sequence[str]]) -> dict[str, AddressChange]:
    """Compare the addresses of letters, by mission, with those of the directory. Return what differs.

    A mission of which the directory knows no contact has lost all: its letter would go to nobody whom a sheet names.
    """
    known: dict[str, dict[str, str]] = {iso3: {} for iso3 in addressed}
    asked = list(addressed)
    for start in range(0, len(asked), _MOST_IN_A_QUERY):
        for row in _CONTACTS.rows(connection, asked[start : start + _MOST_IN_A_QUERY]):
            if row["active"] and row["absent_since"] is None:
                known[row["iso3"]][address_key(row["email"])] = row["email"]
    changes: dict[str, AddressChange] = {}
    erased: set[str] | None = None
    for iso3, usable in known.items():
        written = {address_key(address): address for address in addressed[iso3]}
        if usable.keys() - written.keys():  # whom a sheet brought back after an erasure stands in no letter
            erased = erased_keys(connection) if erased is None else erased
            for key in [key for key in usable if erased_key(key) in erased]:
                del usable[key]
        if written.keys() != usable.keys():
            changes[iso3] = AddressChange(
                iso3,
                tuple(written[key] for key in written.keys() - usable.keys()),
                tuple(usable[key] for key in usable.keys() - written.keys()),
            )
    return changes


@dataclass(frozen=True, slots=True)
class Affected:
    """A campaign whose letters would go to other addresses than before, and what becomes of its approval."""

    campaign: str
    changes: tuple[AddressChange, ...]
    loses: tuple[str, ...]
    """The missions that nobody would write to any more, by ISO3."""
    voids: bool
    """Whether its approval would be void, so that nothing goes out until it is approved again."""

    def as_dict(self) -> dict[str, object]:
        """Return it as plain data, for JSON."""
        return {
            "campaign": self.campaign,
            "changes": [{"iso3": one.iso3, "gone": list(one.gone), "new": list(one.new)} for one in self.changes],
            "loses": list(self.loses),
            "voids": self.voids,
        }


def affected(engine: Engine, recipients: Sequence[Recipients]) -> list[Affected]:
    """Return the campaigns, by name, whose letters that have not gone out would lose or change recipients.

    `recipients` are the addresses of missions before and after an import, as its result tells them. Nothing is changed.
    """
    by_iso3 = {one.iso3: one for one in recipients}
    found: list[Affected] = []
    with reading(engine) as session:
        campaigns = session.scalars(select(Campaign).where(col(Campaign.state).in_(_TO_COME))).all() if by_iso3 else []
        for campaign in sorted(campaigns, key=lambda one: one.name):
            on_it = set(session.scalars(select(col(Response.iso3)).where(col(Response.campaign_id) == campaign.id)))
            out = set(
                session.scalars(
                    select(col(Message.iso3)).where(
                        col(Message.campaign_id) == campaign.id,
                        col(Message.replaced_at).is_(None),
                        col(Message.state).not_in(_NOT_SENT),
                    )
                )
            )
            touched = [by_iso3[iso3] for iso3 in sorted(by_iso3.keys() & on_it - out)]
            if touched:
                changes = tuple(
                    AddressChange(
                        one.iso3,
                        tuple(a for a in one.before if a not in one.after),
                        tuple(a for a in one.after if a not in one.before),
                    )
                    for one in touched
                )
                loses = tuple(one.iso3 for one in touched if one.before and not one.after)
                found.append(Affected(campaign.name, changes, loses, campaign.state in _APPROVED))
    return found


_WORDED_BY = {
    "name",
    "form_of_address",
    "title",
    "gender_form",
    "language",
    "role",
    "line",
    "short_name",
    "formal_name",
}
"""What of a contact or a mission a letter says, or is written in."""


def worded_before(engine: Engine, result: ImportResult) -> dict[str, tuple[str, ...]]:
    """Return by campaign the missions whose approved letter, not gone out yet, says what was so before an import.

    A letter stays as it was approved: another name, form of address or language comes into it by a new approval. Those
    whose addresses change are told by `affected`. Nothing is changed.
    """
    rewritten = {
        entry.key[:3]
        for part in (result.contacts, result.missions)
        for entry in part.changed
        if any(change.field in _WORDED_BY for change in entry.changes)
    } - {one.iso3 for one in result.recipients}
    found: dict[str, tuple[str, ...]] = {}
    with reading(engine) as session:
        campaigns = (
            session.scalars(select(Campaign).where(col(Campaign.state).in_(_APPROVED))).all() if rewritten else []
        )
        for campaign in sorted(campaigns, key=lambda one: one.name):
            if touched := sorted(rewritten & _to_go(session, campaign).keys()):
                found[campaign.name] = tuple(touched)
    return found


def still_void(engine: Engine) -> list[str]:
    """Return the campaigns whose approval is void for changed addresses, though these are again what they were."""
    with reading(engine) as session:
        stopped = select(Campaign).where(
            col(Campaign.stop) == Stop.ADDRESSES_CHANGED, col(Campaign.state) == CampaignState.DRAFT
        )
        return [
            campaign.name
            for campaign in session.scalars(stopped.order_by(col(Campaign.name)))
            if not changed_addresses(session.connection(), _to_go(session, campaign))
        ]


def void_changed(engine: Engine, *, by: Actor = SCHEDULER) -> list[Voided]:
    """Take back the approval of every campaign that has letters to go to addresses which the sheet has changed.

    Letters that have gone out, to all or some of their recipients, are not looked at. Return what was found, by
    campaign; each must be approved again.
    """
    voided: list[Voided] = []
    with writing(engine) as session:
        for campaign in session.scalars(select(Campaign).where(col(Campaign.state).in_(_APPROVED))).all():
            changes = changed_addresses(session.connection(), _to_go(session, campaign))
            if not changes:
                continue
            found = tuple(changes[iso3] for iso3 in sorted(changes))
            bring_to_a_stop(campaign, CampaignState.DRAFT, Stop.ADDRESSES_CHANGED, changed_in_words(found))
            session.add(campaign)
            audit.record(session, by, Act.CAMPAIGN_VOIDED, campaign=campaign.name, detail="; ".join(map(str, found)))
            voided.append(Voided(campaign.name, found))
    return voided


def _to_go(session: Session, campaign: Campaign) -> dict[str, list[str]]:
    """The addresses of the letters that nobody has a copy of yet, by mission."""
    rows = session.execute(
        select(col(Message.iso3), col(Delivery.address), col(Delivery.state))
        .join(Delivery, col(Delivery.message_id) == col(Message.id), isouter=True)
        .where(
            col(Message.campaign_id) == campaign.id,
            col(Message.replaced_at).is_(None),
            col(Message.state).in_(_NOT_SENT),
        )
    ).all()
    partly = {iso3 for iso3, _, state in rows if state is MessageState.SENT}
    addressed: dict[str, list[str]] = {}
    for iso3, address, _ in rows:
        if iso3 not in partly:
            addressed.setdefault(iso3, []).extend([address] if address else [])
    return addressed
