"""A letter that did not arrive goes out again, to the address that a person put right, and to nobody else.

The text is that which was approved, to the byte: only the address in its header and its Message-ID are new. The
letter that did not arrive is kept, replaced by this one; whoever has a copy of it gets no second one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from outreach import clock
from outreach.actors import Actor
from outreach.campaigns.address_changes import Voided, void_changed
from outreach.campaigns.plan import frozen_bytes
from outreach.campaigns.timing import confirm
from outreach.campaigns.working_time import next_working_moment
from outreach.database import writing
from outreach.errors import CampaignError, ConflictError, NotFoundError, UserError
from outreach.letters.faces import mime_writer
from outreach.missions.books.cell_values import Unusable, email
from outreach.missions.correction import Uncertain, correct
from outreach.missions.history import ImportHistory
from outreach.missions.own import foreign, own_domains, untagged
from outreach.models import Campaign, Contact, Delivery, DeliveryEvent, Frozen, Message, Suggestion
from outreach.outbox.gate import blocked_addresses
from outreach.people import audit
from outreach.sentences import KeptSentence, Remedy, saying
from outreach.settings import Settings
from outreach.text import address_key
from outreach.vocabulary import Act, CampaignState, DeliveryStatus, EventKind, Hold, MessageState, SuggestionKind

_HAS_A_TIME = (CampaignState.SCHEDULED, CampaignState.PAUSED, CampaignState.WAITING)


@dataclass(frozen=True, slots=True)
class Corrected:
    """The letter that goes out again, and the address that took the place of another."""

    letter: int
    campaign: str
    campaign_id: int
    iso3: str
    old: str
    new: str
    waits: str
    """Why it does not go out by itself, such as `paused`; empty where it does."""
    voided: tuple[Voided, ...]
    """Campaigns whose approval no longer holds, since they were to write to the old address."""


def failed_recipients(message: Message, recipients: Sequence[Delivery], dead: Sequence[str] = ()) -> list[Delivery]:
    """Return the recipients that a letter did not reach for good, and will not by itself.

    `dead` are addresses known to take no mail: of a letter that is held for that, those are meant.
    """
    if message.state is MessageState.HELD:
        return [one for one in recipients if message.hold is Hold.BOUNCED and one.address in dead]
    if message.state not in (MessageState.SENT, MessageState.FAILED):
        return []
    return [one for one in recipients if one.status is DeliveryStatus.BOUNCED or one.state is MessageState.FAILED]


def send_to_corrected(
    engine: Engine, settings: Settings, number: int, new: str, *, old: str = "", by: Actor, yes: int | None = None
) -> Corrected:
    """Put an address right and queue the letter that did not reach it once more, to the right address alone.

    `old` says which address, where the letter did not reach several. `new` may be another contact of the mission, or
    the same address, if it takes mail again. In the directory the contact's address is changed and its mark taken
    away; another contact is taken into use instead. In live mode `yes` must be 1. Raises NotFoundError, UserError for
    what is no address or has its copy already, ConflictError where somebody has done it, CampaignError where nothing
    has failed, ConfirmationError. Then nothing is changed.
    """
    try:
        address = email(new)
    except Unusable as error:
        raise UserError(
            "address.unusable",
            "{what!c}.",
            what=error.says,
            remedy=error.remedy,
        ) from None
    confirm(settings, 1, yes)
    now = clock.now()
    with writing(engine) as session:
        message, campaign = _failed_letter(session, settings, number)
        recipients = list(
            session.exec(select(Delivery).where(Delivery.message_id == message.id).order_by(col(Delivery.id)))
        )
        failed = _failed_one(session, message, recipients, old)
        _require_no_copy(session, settings, message, recipients, failed, address)
        _change_directory(session, failed.address, address, message.iso3, who=by, at=now)
        letter = _again(session, campaign, message, recipients, failed, address, who=by, at=now)
        waits = "" if campaign.state is CampaignState.SCHEDULED else f"the campaign is {campaign.state}"
        assert letter.id is not None
        assert campaign.id is not None
        told = f"letter {message.id} to {letter.iso3}"
        words = f"{failed.address} → {address}"
        audit.record(session, by, Act.LETTER_CORRECTED, told, words, campaign=campaign.name, iso3=letter.iso3)
        number, name, campaign_id, iso3 = letter.id, campaign.name, campaign.id, letter.iso3
    return Corrected(
        number, name, campaign_id, iso3, failed.address, address, waits, tuple(void_changed(engine, by=by))
    )


def _failed_letter(session: Session, settings: Settings, number: int) -> tuple[Message, Campaign]:
    message = session.get(Message, number)
    if message is None:
        raise NotFoundError(
            "letter.not-there-of",
            "There is no letter {number}.",
            number=number,
            remedy="See {LETTERS:the campaign's letters}.",
        )
    campaign = session.get_one(Campaign, message.campaign_id)
    if message.replaced_at is not None:
        later = session.exec(select(Message).where(Message.corrects_id == message.id)).first()
        raise ConflictError(
            "letter.replaced",
            "Letter {number} to {iso3} was replaced meanwhile.{told} Nothing was done.",
            number=number,
            iso3=message.iso3,
            told=saying(
                "letter.goes-again",
                " It goes out again as letter {number}, which is {state}.",
                number=later.id,
                state=later.state,
            )
            if later is not None
            else "",
            remedy="Look at the mission's letter as it is now.",
        )
    if campaign.state is CampaignState.CANCELLED:
        raise CampaignError(
            "letter.campaign-cancelled",
            "The campaign {campaign!r} is cancelled: letter {number} can't go out again.",
            campaign=campaign.name,
            number=number,
            remedy="Write to the mission in a new campaign.",
        )
    if message.rehearsed and settings.live:
        raise CampaignError(
            "letter.rehearsed",
            "Letter {number} to {iso3} went to the rehearsal server only, and so to nobody.",
            number=number,
            iso3=message.iso3,
            remedy="Correct the address in the sheet, and approve the campaign again in live mode.",
        )
    return message, campaign


def _failed_one(session: Session, message: Message, recipients: list[Delivery], old: str) -> Delivery:
    dead = blocked_addresses(session.connection(), [one.address for one in recipients])
    failed = failed_recipients(message, recipients, list(dead))
    if not failed:
        raise CampaignError(
            "letter.nothing-failed",
            "Letter {id} to {iso3} is {state}: no address of it has failed for good.",
            id=message.id,
            iso3=message.iso3,
            state=message.state,
            remedy=None if recipients else Remedy("Add an address in the sheet, and approve the campaign again."),
        )
    if old:
        failed = [one for one in failed if one.address_key == address_key(old)]
        if not failed:
            raise UserError(
                "letter.address-not-failed",
                "{old} is no address that letter {id} to {iso3} failed to reach.",
                old=old,
                id=message.id,
                iso3=message.iso3,
            )
    if len(failed) > 1:
        listed = ", ".join(one.address for one in failed)
        raise UserError(
            "address.may-stand-for",
            "It may stand for any of {listed}.",
            listed=listed,
            remedy="Say which one was wrong{OLD}.",
        )
    return failed[0]


def _require_no_copy(
    session: Session,
    settings: Settings,
    message: Message,
    recipients: list[Delivery],
    failed: Delivery,
    address: str,
) -> None:
    key = address_key(address)
    for one in recipients:
        if one is not failed and untagged(one.address) == untagged(address):  # a tag leads to the same box
            copy = saying("address.has-copy", "has its copy already")
            recipient = saying("address.is-recipient", "is a recipient of this letter already")
            raise UserError(
                "address.has-a-copy",
                "{address} {has}: nobody gets a letter twice.",
                address=address,
                has=copy if _has_copy(one) else recipient,
                remedy="Give another address.",
            )
    # The same address may be tried again: that is the person's word that it takes mail by now.
    if key != failed.address_key and (blocked := blocked_addresses(session.connection(), [address])):
        raise UserError(
            "address.not-written-to",
            "{address} is not written to: {why}.",
            address=address,
            why=next(iter(blocked.values())),
            remedy="Give another address, or first allow it{BLOCKED}.",
        )
    _require_the_missions_own(session, settings, message.iso3, address)


def _require_the_missions_own(session: Session, settings: Settings, iso3: str, address: str) -> None:
    """Raise UserError where the address, or its domain, is another mission's.

    Two missions may have their boxes at one large provider: there only an address counts that the sheet has for it.
    """
    own = own_domains(settings)
    found = foreign(session, address, own, but=iso3)
    if found is None:
        return
    if not found.domain:
        raise UserError(
            "address.of-another",
            "{address} is an address of the mission {iso3}, and not of {own}.",
            address=address,
            iso3=found.iso3,
            own=iso3,
        )
    known = select(Contact.id).where(
        Contact.iso3 == iso3, Contact.email_key == address_key(address), col(Contact.absent_since).is_(None)
    )
    if session.exec(known).first() is None:
        raise UserError(
            "address.may-be-another",
            "{address} may be another mission's, and not of {iso3}: {found}.",
            address=address,
            iso3=iso3,
            found=found,
            remedy="If it is right, put it into the sheet as a contact of {iso3}, and import that first.",
        )


def _has_copy(recipient: Delivery) -> bool:
    return recipient.state is MessageState.SENT and recipient.status is not DeliveryStatus.BOUNCED


def _change_directory(session: Session, old: str, new: str, iso3: str, *, who: Actor, at: datetime) -> None:
    """Put the address right in the directory, or take another contact into use, and remember who did."""
    contacts = {
        one.email_key: one
        for one in session.exec(select(Contact).where(Contact.iso3 == iso3))
        if one.absent_since is None
    }
    wrong, right = contacts.get(address_key(old)), contacts.get(address_key(new))
    journal = ImportHistory()
    if right is not None:
        if not right.active:
            journal.changed(right, "active", right.active, True)
            right.active = True
        if right is wrong:
            right.bounced_at, right.bounce_detail = None, ""
        session.add(right)
    else:
        if wrong is None:
            raise UserError(
                "address.left-directory",
                "{old} is not in the directory any more.",
                old=old,
                contacts=", ".join(one.email for one in contacts.values()),
                remedy="Take one of {contacts}." if contacts else "Take one of a new sheet.",
            )
        try:
            correct(session, journal, iso3, f"{wrong.email} > {new}", [old])
        except Uncertain as error:
            raise UserError("address.unusable", "{what!c}.", what=error.says, remedy=error.remedy) from None
    _answer_proposals(session, old, iso3, who=who, at=at)
    file = KeptSentence("import.corrected", "corrected after a bounce: {address}", address=old)
    journal.write(session, at=at, who=who.name, file=file)


def _answer_proposals(session: Session, old: str, iso3: str, *, who: Actor, at: datetime) -> None:
    """An address that is put right needs no other contact in its place: what asks for one is settled."""
    query = select(Suggestion).where(
        Suggestion.iso3 == iso3, Suggestion.kind == SuggestionKind.CONTACT, col(Suggestion.accepted).is_(None)
    )
    for one in session.exec(query):
        if isinstance(one.evidence, KeptSentence) and one.evidence.sentence.facts.get("address") == old:
            one.accepted, one.decided_by, one.decided_at = False, who.name, at
            session.add(one)


def _again(
    session: Session,
    campaign: Campaign,
    message: Message,
    recipients: Sequence[Delivery],
    failed: Delivery,
    address: str,
    *,
    who: Actor,
    at: datetime,
) -> Message:
    """Make the letter that goes out again, and set the one that did not arrive aside."""
    message_id = mime_writer.new_message_id(message.message_id.strip("<>"))
    written = mime_writer.ascii_domain(address)
    due = next_working_moment(at, clock.zone(campaign.time_zone)) if campaign.working_hours else at
    due_at = due if campaign.state in _HAS_A_TIME else None
    others_have_it = any(_has_copy(one) for one in recipients)
    message.replaced_at = at
    session.add(message)
    session.flush()  # one letter a mission: the old one makes room before the new one is there
    raw = mime_writer.readdressed(frozen_bytes(session, message), failed.address, written, message_id)
    letter = Message(
        campaign_id=message.campaign_id,
        iso3=message.iso3,
        message_id=message_id,
        language=message.language,
        subject=message.subject,
        text_digest=message.text_digest,
        text_sketch=message.text_sketch,
        envelope_from=mime_writer.retagged(message.envelope_from, message_id),
        size=len(raw),
        smtputf8=message.smtputf8 or mime_writer.needs_smtputf8([written]),
        in_reply_to=message.in_reply_to,
        # As after a try at which only some were taken: the rest is still to be sent to.
        state=MessageState.DEFERRED if others_have_it else MessageState.QUEUED,
        due_at=due_at,
        next_try_at=due_at,
        sent_at=message.sent_at if others_have_it else None,
        delivery=DeliveryStatus.ACCEPTED if others_have_it else None,
        # Copies that only the rehearsal server took are nobody's: going live, all of the letter is due again.
        rehearsed=message.rehearsed and others_have_it,
        signatory_list_id=message.signatory_list_id,
        corrects_id=message.id,
    )
    session.add(letter)
    session.flush()
    assert letter.id is not None
    assert message.id is not None
    session.add(Frozen(message_id=letter.id, raw=raw))
    for one in recipients:
        _carry(session, letter.id, one, written if one is failed else "", keep_old=_in_use(session, message.iso3, one))
    detail = KeptSentence(
        "event.corrected", "{old} → {new}; the text is as it was approved", old=failed.address, new=written
    )
    session.add(
        DeliveryEvent(
            message_id=letter.id,
            at=at,
            kind=EventKind.CORRECTED,
            who=who.name,
            actor_kind=who.kind,
            recipient=written,
            detail=detail,
        )
    )
    session.add(
        DeliveryEvent(
            message_id=message.id,
            at=at,
            kind=EventKind.REPLACED,
            who=who.name,
            actor_kind=who.kind,
            recipient=failed.address,
            detail=detail,
        )
    )
    return letter


def _in_use(session: Session, iso3: str, recipient: Delivery) -> bool:
    query = select(Contact.id).where(
        Contact.iso3 == iso3, Contact.email_key == recipient.address_key, col(Contact.absent_since).is_(None)
    )
    return session.exec(query).first() is not None


def _carry(session: Session, letter: int, one: Delivery, address: str, *, keep_old: bool) -> None:
    """Write a recipient of the old letter under the new one: as it stands, or with the right address, to be sent to."""
    if address:
        session.add(Delivery(message_id=letter, address=address, address_key=address_key(address), line=one.line))
    same = bool(address) and one.address_key == address_key(address)
    if not address or (keep_old and not same):
        # A copy that came back is one that nobody has.
        state = MessageState.FAILED if one.status is DeliveryStatus.BOUNCED or address else one.state
        session.add(
            Delivery(
                message_id=letter,
                address=one.address,
                address_key=one.address_key,
                line=one.line,
                state=state,
                hold=one.hold,
                smtp_reply=one.smtp_reply,
                sent_at=one.sent_at,
                rehearsed=one.rehearsed,  # what was rehearsed counts for nobody, under the new letter too
                status=one.status,
            )
        )
