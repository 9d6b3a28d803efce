"""Approval: the letters are merged once more, and their bytes are frozen. What was approved is what goes out.

Where a campaign asks for two approvals, the first one freezes and the second finds that nothing has changed since:
see two_people.py.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, insert
from sqlmodel import Session, col, select

from outreach import clock
from outreach.actors import Actor, acting
from outreach.campaigns.approved_text import keep_texts
from outreach.campaigns.compose import Composed, Progress, compose_all, merge_all, return_address
from outreach.campaigns.had_already import Repeated, repeated
from outreach.campaigns.lint_campaign import findings_of, require_fit
from outreach.campaigns.near_letters import signing_of, sketcher
from outreach.campaigns.plan import (
    addressees,
    as_seen,
    current_messages,
    get_campaign,
    rehearsed_letters,
    threads_of,
)
from outreach.campaigns.read_texts import findings_of_reading
from outreach.campaigns.return_path import decided
from outreach.campaigns.stopping import clear
from outreach.campaigns.too_large import too_large
from outreach.campaigns.two_people import (
    KEPT,
    FirstApproval,
    awaiting,
    changed_since,
    confirm,
    first_approval,
    require_account,
    taken_letters,
    whole_approval,
)
from outreach.campaigns.went_out import NOTHING_WENT_OUT, WentOut, count_what_went_out, known_as
from outreach.campaigns.who_signs.signatories import findings_of_doubts, freeze, signatories_of
from outreach.database import reading, writing
from outreach.errors import CampaignError, ConflictError, LetterError, Problem
from outreach.letters.faces.mime_writer import ascii_domain, text_digest
from outreach.letters.folder import TEMPLATES, load_letter
from outreach.letters.lint.findings import codes_of, require_known
from outreach.letters.merge import missing_problems
from outreach.letters.signing.signers import Signatories
from outreach.models import Campaign, Delivery, DeliveryEvent, Frozen, Message
from outreach.people import audit
from outreach.sentences import KeptSentence
from outreach.settings import Settings
from outreach.text import address_key
from outreach.vocabulary import Act, CampaignState, EventKind, Hold, Line, MessageState
from outreach.witness.standing import require_home


@dataclass(frozen=True, slots=True)
class Approval:
    """What an approval froze: letters ready to go, held ones, and those kept because they went out already."""

    missions: int
    """How many missions can be written to, or were; those in `held` count as none."""
    ready: int
    held: tuple[str, ...]
    kept: tuple[str, ...]
    replaced: int
    awaits_second: bool = False
    """Whether a second person still has to approve these letters."""
    first_by: str = ""
    """Of a second approval: who gave the first."""
    voided: FirstApproval | None = None
    """The approval that no longer held, since these letters had changed: this one takes its place."""
    changed: tuple[str, ...] = ()
    """The missions whose letters had."""
    unchanged: FirstApproval | None = None
    """The approval that stands already: nothing has changed since, and so nothing was changed by this one."""
    due_at: datetime | None = None
    """The campaign's time, where nothing was changed."""
    lost_time: datetime | None = None
    """The time that it had, where that is gone by this approval."""
    repeated: tuple[Repeated, ...] = ()
    """The missions that have had this already, live, by another campaign."""
    too_large: tuple[Problem, ...] = ()
    """The letters that the mail server will not take, by what it last said of itself."""
    despite: tuple[str, ...] = ()
    """The codes of the findings that the person overruled."""
    went_out: WentOut = NOTHING_WENT_OUT
    """The missions that had their letter before a copy of the database was brought back: those count as sent."""


def approve(
    engine: Engine,
    settings: Settings,
    name: str,
    *,
    by: Actor | str,
    only_second: bool = False,
    seen: int | None = None,
    templates: Path = TEMPLATES,
    despite: Collection[str] = (),
    progress: Progress = lambda _done, _all: None,
) -> Approval:
    """Freeze the letters of a campaign as they are now. A letter that went out already is kept as it is.

    They are read first (see lint_campaign.py): whatever stands in their way refuses the approval, but for the findings
    whose codes are in `despite`; that these were overruled, and by whom, is recorded with the approval.

    Where its letters are approved and would come out the same, nothing is changed: neither its state nor its time,
    nor who has approved it. Else a campaign that was scheduled must be scheduled again, and whoever said that
    missions get it once more has to say so again. `seen` is its version as the person saw it: ConflictError where
    it has been changed since, before or while the letters are made. Where two approvals are asked for, the second
    person's holds for the letters that the first one froze, if they would be the same now; if not, it is a first
    one, unless `only_second` says that the person has seen the same letters and means no others. Raises AccessError
    where two approvals are asked for and nobody has signed in, CampaignError for a cancelled campaign, while it is
    being sent, or if the first person approves the same letters again; CopyError in what may be a copy of the
    database; ConflictError where the letters have changed and `only_second` is given; LetterError if a mission
    lacks what the letter needs, or a finding stands in the way. Then nothing is changed.
    """
    by = acting(by)
    require_known(despite)
    require_home(engine, settings)
    with reading(engine) as session:
        before = as_seen(session, name, seen)
    require_account(before, by)
    version, first, whole = before.version, first_approval(before), whole_approval(before)
    changed: tuple[str, ...] = ()
    if standing := first or whole:
        # The second of two approves what the first one saw; who approves anew also takes in who has signed since.
        changed = changed_since(
            engine, settings, name, standing, templates=templates, progress=progress,
            signing_at=clock.now() if first is None else None,
        )  # fmt: skip
        if first is not None and not changed:
            ready, held, out = confirm(engine, name, first, by=by, seen=version)
            return Approval(
                ready + len(out), ready, held, out, replaced=0, first_by=first.by,
                repeated=_repeated(engine, name),
            )  # fmt: skip
        if whole is not None and not changed and (same := _unchanged(engine, settings, name, whole, version)):
            return same
    if only_second:
        raise ConflictError(
            "approval.letters-changed",
            "The letters have changed since you looked at them. Nothing was approved.",
            remedy="Look at what has changed, and decide again.",
        )
    moment = clock.now()
    with reading(engine) as session:
        campaign = get_campaign(session, name)
        _require_open(campaign)
        people = addressees(session, campaign)
        threads = threads_of(session, campaign)
        signatories = signatories_of(session, campaign, moment)
    letter = load_letter(campaign.letter, templates)
    merged = merge_all(campaign, people, letter, moment, signatories)
    if problems := missing_problems([one for one in merged if one.addressee.contacts]):
        raise LetterError(
            "approval.missions-lack",
            "Some missions lack what the letter needs; nothing was approved.",
            problems=problems,
        )
    found = findings_of(campaign, settings, letter, merged, moment, signatories, despite=despite)
    with reading(engine) as session:
        found.take(findings_of_reading(session, campaign, letter, {one.language for one in merged}))
        found.take(findings_of_doubts(session, campaign), despite=despite)
        tags = decided(session, settings, return_address(settings, letter))
        known = known_as(session, campaign)
    require_fit(found, campaign)
    overruled = codes_of(found.overruled)
    composed = list(compose_all(tags, letter, merged, moment, progress, threads, known))
    with writing(engine) as session:
        campaign = as_seen(session, name, version)
        _require_open(campaign)
        _require_same_signatories(signatories, signatories_of(session, campaign, moment))
        lost_time = campaign.due_at
        kept, replaced = _make_room(session, settings, campaign, moment, by)
        fresh = [one for one in composed if one.iso3 not in kept]
        list_id = freeze(session, campaign, signatories, moment)
        keep_texts(session, letter, moment)
        sketched = sketcher(name for _, name in signing_of(signatories))
        _freeze(session, campaign, fresh, moment, by, list_id, sketched)
        went_out = count_what_went_out(session, campaign, moment)
        _sign(campaign, by, moment)
        held = tuple(one.iso3 for one in fresh if not one.to)
        ready = len(fresh) - len({*held, *went_out.sent, *went_out.doubtful})
        campaign.despite = " ".join(overruled)
        _record(session, campaign, by, ready, held, went_out)
        campaign.due_at = campaign.last_active_at = campaign.confirmed_missions = None
        campaign.again_by = ""
        campaign.forgiven_tried = campaign.forgiven_failed = 0
        session.add(campaign)
        session.flush()
        had = repeated(session, campaign)
    return Approval(
        len(composed) - len(held), ready, held, tuple(sorted(kept)), replaced,
        awaits_second=campaign.state is CampaignState.APPROVED_ONCE, voided=(first or whole) if changed else None,
        changed=changed, lost_time=lost_time, repeated=had,
        too_large=tuple(too_large(settings, [(len(one.raw), (one.iso3,)) for one in fresh if one.to])),
        despite=overruled, went_out=went_out,
    )  # fmt: skip


def _repeated(engine: Engine, name: str) -> tuple[Repeated, ...]:
    with reading(engine) as session:
        return repeated(session, get_campaign(session, name))


def _unchanged(engine: Engine, settings: Settings, name: str, whole: FirstApproval, version: int) -> Approval | None:
    """Return what stands approved already; None where a new approval would still do something.

    It would make letters anew that failed or were cancelled, and in live mode those that were only rehearsed.
    """
    with reading(engine) as session:
        campaign = as_seen(session, name, version)
        every, to_go = current_messages(session, campaign), awaiting(session, campaign)
        if any(one.state in (MessageState.FAILED, MessageState.CANCELLED) for one in to_go):
            return None
        if settings.live and rehearsed_letters(session, campaign):
            return None
        held = tuple(one.iso3 for one in to_go if one.state is MessageState.HELD)
        about = {one.iso3 for one in to_go}
        return Approval(
            len(every) - len(held), len(to_go) - len(held), held,
            tuple(one.iso3 for one in every if one.iso3 not in about), replaced=0, unchanged=whole,
            due_at=campaign.due_at, repeated=repeated(session, campaign),
        )  # fmt: skip


def _record(
    session: Session, campaign: Campaign, by: Actor, ready: int, held: Sequence[str], went_out: WentOut
) -> None:
    parts = [
        KeptSentence(
            "log.frozen", "{number:,} {number:*letter|letters} frozen, {held} held", number=ready, held=len(held)
        )
    ]
    if went_out.sent:
        number = len(went_out.sent)
        parts.append(KeptSentence("log.went-out", "{number} went out before the copy was brought back", number=number))
    if campaign.state is CampaignState.APPROVED_ONCE:
        parts.append(KeptSentence("log.first-approval", "the first of two approvals"))
    if campaign.despite:
        parts.append(KeptSentence("log.despite", "despite {what}", what=campaign.despite))
    audit.record(session, by, Act.CAMPAIGN_APPROVED, campaign=campaign.name, detail=KeptSentence.joined(parts))


def _sign(campaign: Campaign, by: Actor, moment: datetime) -> None:
    if campaign.approvals == 1:
        clear(campaign, CampaignState.APPROVED)
        campaign.approved_at, campaign.approved_by = moment, by.name
        campaign.first_approved_at, campaign.first_approved_by, campaign.first_account_id = None, "", None
    else:
        clear(
            campaign, CampaignState.APPROVED_ONCE, f"approved by {by}; a second person has to approve the same letters"
        )
        campaign.approved_at, campaign.approved_by = None, ""
        campaign.first_approved_at, campaign.first_approved_by = moment, by.name
        campaign.first_account_id = by.account


def _require_open(campaign: Campaign) -> None:
    if campaign.state is CampaignState.CANCELLED:
        raise CampaignError(
            "campaign.cancelled",
            "The campaign {campaign!r} is cancelled.",
            campaign=campaign.name,
            remedy="Make a new one.",
        )


def _require_same_signatories(merged: Signatories | None, now: Signatories | None) -> None:
    """Raise ConflictError where somebody has signed, or withdrawn, since the letters were merged."""
    if (merged.entries if merged else ()) != (now.entries if now else ()):
        raise ConflictError(
            "approval.signatories-changed",
            "Who signs has changed while the letters were made. Nothing was approved.",
            remedy="Look at the letters as they are now, and approve them again.",
        )


def _make_room(
    session: Session, settings: Settings, campaign: Campaign, moment: datetime, by: Actor
) -> tuple[set[str], int]:
    """Set aside what a new approval replaces; return the missions whose letter stays, and how many were replaced."""
    kept: set[str] = set()
    replaced = 0
    taken = taken_letters(session, campaign)
    for message in current_messages(session, campaign):
        assert message.id is not None
        out = message.state in KEPT or message.id in taken
        # What was taken in rehearsal reached nobody: going live, the mission still needs its letter.
        only_rehearsed = settings.live and taken.get(message.id, message.rehearsed)
        if out and not only_rehearsed:
            kept.add(message.iso3)
            continue
        if message.owner is not None:
            raise CampaignError(
                "campaign.being-sent",
                "The campaign {campaign!r} is being sent right now.",
                campaign=campaign.name,
                number=campaign.id,
                remedy="Pause it first{PAUSE}.",
            )
        message.replaced_at = moment
        session.add(message)
        session.add(_event(message, EventKind.REPLACED, moment, by, "a new approval replaced it"))
        replaced += 1
    session.flush()
    return kept, replaced


def _freeze(
    session: Session,
    campaign: Campaign,
    composed: Sequence[Composed],
    moment: datetime,
    by: Actor,
    signatory_list_id: int | None,
    sketched: Callable[[str], str],
) -> None:
    columns: dict[str, Any] = {
        "campaign_id": campaign.id,
        "signatory_list_id": signatory_list_id,
        "attempts": 0,
        "smtp_reply": "",
    }
    rows = [
        columns
        | {
            "iso3": one.iso3,
            "message_id": one.message_id,
            "envelope_from": one.envelope_from,
            "language": one.merged.language,
            "subject": one.subject,
            "size": len(one.raw),
            "text_digest": text_digest(one.merged.text),
            "text_sketch": sketched(one.merged.text),
            "smtputf8": one.smtputf8,
            "in_reply_to": one.in_reply_to,
            "state": MessageState.QUEUED if one.to else MessageState.HELD,
            "hold": None if one.to else Hold.NO_ADDRESS,
            "reason": "" if one.to else str(Hold.NO_ADDRESS),
            "rehearsed": False,
        }
        for one in composed
    ]
    if not rows:
        return
    # In bulk, and on the connection itself, without objects: a large campaign has thousands.
    connection = session.connection()
    connection.execute(insert(Message), rows)
    query = select(Message.message_id, Message.id).where(
        Message.campaign_id == campaign.id, col(Message.replaced_at).is_(None)
    )
    numbers = dict(session.exec(query).all())
    frozen = [{"message_id": numbers[one.message_id], "raw": one.raw} for one in composed]
    connection.execute(insert(Frozen), frozen)
    recipients = [row for one in composed for row in _recipients(numbers[one.message_id], one)]
    if recipients:
        connection.execute(insert(Delivery), recipients)
    approved: dict[str, Any] = {
        "at": moment, "who": by.name, "actor_kind": by.kind, "recipient": "", "status": "", "permanent": None,
    }  # fmt: skip
    events = [
        approved | {"message_id": numbers[one.message_id], "kind": EventKind.APPROVED, "detail": ""} for one in composed
    ]
    events += [
        approved | {"message_id": numbers[one.message_id], "kind": EventKind.HELD, "detail": str(Hold.NO_ADDRESS)}
        for one in composed
        if not one.to
    ]
    connection.execute(insert(DeliveryEvent), events)


def _recipients(number: int | None, one: Composed) -> list[dict[str, Any]]:
    return [
        {
            "message_id": number,
            "address": ascii_domain(address),
            "address_key": address_key(address),
            "line": line,
            "state": MessageState.QUEUED,
            "smtp_reply": "",
        }
        for line, addresses in ((Line.TO, one.to), (Line.CC, one.cc))
        for address in addresses
    ]


def _event(message: Message, kind: EventKind, at: datetime, who: Actor, detail: str) -> DeliveryEvent:
    assert message.id is not None
    return DeliveryEvent(message_id=message.id, at=at, kind=kind, who=who.name, actor_kind=who.kind, detail=detail)
