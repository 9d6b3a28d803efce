"""What differs: between two missions' letters, between two approvals, and between what was approved and what is now."""

import difflib
import email
import email.policy
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from outreach import clock
from outreach.campaigns.compose import Composed, compose_all, merge_all
from outreach.campaigns.plan import addressees, current_messages, frozen_bytes, get_campaign, with_earlier
from outreach.campaigns.who_signs.signatories import signatories_of
from outreach.database import reading
from outreach.errors import NotFoundError
from outreach.letters import editing
from outreach.letters.by_word import ChangedPassage, passages
from outreach.letters.faces.mime_writer import text_digest
from outreach.letters.folder import TEMPLATES, load_letter
from outreach.letters.reading import read_letter
from outreach.models import Campaign, DeliveryEvent, Message, Mission
from outreach.settings import Settings
from outreach.vocabulary import EventKind, Language

_AROUND = 1


@dataclass(frozen=True, slots=True)
class LetterDifference:
    """One difference, and the missions whose letters show it."""

    missions: tuple[str, ...]
    lines: tuple[str, ...]
    """As `diff -u` writes them: `-` was, `+` is, ` ` around; `~` tells of files alone; empty where nothing differs."""


def between_missions(
    engine: Engine, settings: Settings, name: str, first: str, second: str, templates: Path = TEMPLATES
) -> LetterDifference:
    """Compare the letters of two missions: recipients, subject, attachments and text.

    They are compared as approved; before that, as they would be now. Raises NotFoundError for a mission that is not in
    the campaign.
    """
    wanted = [code.strip().upper() for code in (first, second)]
    moment = clock.now()
    with reading(engine) as session:
        campaign = get_campaign(session, name)
        raw = {
            message.iso3: frozen_bytes(session, message)
            for message in current_messages(session, campaign)
            if message.iso3 in wanted
        }
        people = [one for one in addressees(session, campaign) if one.mission.iso3 in wanted]
        signatories = signatories_of(session, campaign, moment)
    known = {one.mission.iso3 for one in people}
    for code in wanted:
        if code not in known:
            raise NotFoundError(
                "campaign.mission-not-in",
                "{mission} is not in the campaign {campaign!r}.",
                mission=code,
                campaign=name,
                remedy="Name two of its missions.",
            )
    if not raw.keys() >= set(wanted):
        letter = load_letter(campaign.letter, templates)
        merged = merge_all(campaign, people, letter, moment, signatories)
        raw = {one.iso3: one.raw for one in compose_all(settings, letter, merged, moment)}
    one, other = (raw[code] for code in wanted)
    return LetterDifference((wanted[0], wanted[1]), tuple(_changes(_lines(one), _lines(other))))


def between_approvals(engine: Engine, name: str) -> list[LetterDifference]:
    """Compare each letter that is approved now with the one that it replaced; like differences together.

    A letter that went out was not replaced, and is not in the result. Raises NotFoundError where nothing was approved
    twice.
    """
    with reading(engine) as session:
        campaign = get_campaign(session, name)
        found: dict[tuple[str, ...], list[str]] = {}
        for now in current_messages(session, campaign):
            if (before := _before(session, now)) is not None:
                old, new = (frozen_bytes(session, message) for message in (before, now))
                changes = _changes(_lines(old), _lines(new), around=0) or _other_files(old, new)
                found.setdefault(tuple(changes), []).append(now.iso3)
    if not found:
        raise NotFoundError(
            "letter.not-approved-twice",
            "No letter of {campaign!r} was approved twice.",
            campaign=name,
            remedy="There is nothing to compare yet.",
        )
    return [LetterDifference(tuple(codes), lines) for lines, codes in sorted(found.items(), key=lambda pair: pair[1])]


@dataclass(frozen=True, slots=True)
class Since:
    """What a mission's letter would be now, against the one that was approved last."""

    campaign: str
    approved_by: str
    approved_at: datetime | None
    passages: tuple[ChangedPassage, ...]
    """Empty where nothing differs."""


def since_approval(engine: Engine, name: str, now: Composed) -> Since | None:
    """Compare a mission's letter as it would be now with the one that is approved; None where none is.

    Recipients, subject, attachments and text are compared. Raises NotFoundError for the campaign.
    """
    with reading(engine) as session:
        campaign = get_campaign(session, name)
        approved = _approved(session, Message.campaign_id == campaign.id, now.iso3)
        if approved is None:
            return None
        found = passages(_lines(frozen_bytes(session, approved)), _lines(now.raw))
        if now.merged.cover is not None and approved.text_digest != text_digest(now.merged.text):
            found = (*found, ChangedPassage((("new", "The letter in the PDF says something else."),)))
        return _since(session, campaign, approved, found)


def text_since_approval(
    engine: Engine, templates: Path, name: str, language: Language, text: str, iso3: str, *, subject: str | None = None
) -> Since | None:
    """Compare the words of a letter that is being written with those that a mission's was last approved with.

    The latest campaign of that letter in which the mission has one in that language is meant; None where there is
    none. Subject and text are compared. Raises LetterError where the words can't be merged.
    """
    with reading(engine) as session:
        query = (
            select(Campaign)
            .join(Message, col(Message.campaign_id) == col(Campaign.id))
            .where(
                Campaign.letter == name,
                Message.iso3 == iso3,
                Message.language == language,
                col(Message.replaced_at).is_(None),
            )
            .order_by(col(Message.id).desc())
        )
        campaign = session.exec(query).first()
        if campaign is None:
            return None
        approved = _approved(session, Message.campaign_id == campaign.id, iso3)
        assert approved is not None
        moment = clock.now()
        (addressee,) = (one for one in addressees(session, campaign) if one.mission.iso3 == iso3)
        signatories = signatories_of(session, campaign, moment)
        since = _since(session, campaign, approved, ())
        raw = frozen_bytes(session, approved)
    merged = editing.try_text(
        templates, name, language, text, addressee, moment, clock.zone(campaign.time_zone), subject=subject,
        campaign=campaign.name, signatories=signatories,
    )  # fmt: skip
    if merged.cover is not None:  # what was approved stands in the PDF, and is not read from there
        return None
    before = [f"Subject: {approved.subject.removeprefix('Re: ') if approved.in_reply_to else approved.subject}"]
    # A follow-up has the subject of the letter that it answers, whatever its own says.
    now = before if approved.in_reply_to else [f"Subject: {merged.subject}"]
    found = passages([*before, *_paragraphs(_text(raw))], [*now, *_paragraphs(merged.text)])
    return replace(since, passages=found)


def first_written_to(session: Session, name: str, language: Language) -> str | None:
    """Return the first mission of a language, by ISO3, to which a letter of that name was approved in it; or None."""
    written = (
        select(Message.id)
        .join(Campaign, col(Campaign.id) == col(Message.campaign_id))
        .where(
            Campaign.letter == name,
            Message.language == language,
            Message.iso3 == Mission.iso3,
            col(Message.replaced_at).is_(None),
        )
    )
    theirs = select(Mission.iso3).where(col(Mission.absent_since).is_(None), Mission.language == language)
    return session.exec(theirs.where(written.exists()).order_by(col(Mission.iso3)).limit(1)).first()


def _approved(session: Session, condition: Any, iso3: str) -> Message | None:
    query = select(Message).where(condition, Message.iso3 == iso3.upper(), col(Message.replaced_at).is_(None))
    return session.exec(query).one_or_none()


def _since(session: Session, campaign: Campaign, approved: Message, found: tuple[ChangedPassage, ...]) -> Since:
    """Who approved it stands in the letter's own history; a corrected address took it over from another letter."""
    query = (
        select(DeliveryEvent)
        .where(
            col(DeliveryEvent.message_id).in_(with_earlier(session, approved)),
            col(DeliveryEvent.kind).in_([EventKind.APPROVED, EventKind.SECOND_APPROVAL]),
        )
        .order_by(col(DeliveryEvent.id))
    )
    events = session.exec(query).all()
    by = " and ".join(dict.fromkeys(one.who for one in events))
    return Since(campaign.name, by, events[-1].at if events else None, found)


def _before(session: Session, now: Message) -> Message | None:
    query = (
        select(Message)
        .where(Message.campaign_id == now.campaign_id, Message.iso3 == now.iso3, col(Message.id) < now.id)
        .order_by(col(Message.id).desc())
    )
    return session.exec(query).first()


def _lines(raw: bytes) -> list[str]:
    """A letter as lines to compare: what a person would notice, and not the Message-ID or a boundary."""
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(mail, EmailMessage)
    head = [f"{name}: {mail[name]}" for name in ("From", "Reply-To", "To", "Cc", "Subject") if mail[name]]
    attached = [f"Attachment: {part.get_filename()}" for part in mail.iter_attachments()]
    return [*head, *attached, "", *_paragraphs(_text(raw))]


def _other_files(before: bytes, now: bytes) -> list[str]:
    """Name the files of a letter that have other bytes under the same name, where its words are the same.

    A PDF has when its letterhead or page was changed, and when only the day is another: which of them is for a person
    to see.
    """
    was, is_now = ({one.name: one.content for one in read_letter(raw).attachments} for raw in (before, now))
    others = [name for name, content in is_now.items() if was.get(name, content) != content]
    told = ["~The PDF looks otherwise: its letterhead, page or pictures, or only its day."]
    told *= any(name.lower().endswith(".pdf") for name in others)
    return told + [f"~Attachment: {name} holds something else." for name in others if not name.lower().endswith(".pdf")]


def _text(raw: bytes) -> str:
    return read_letter(raw).text


def _paragraphs(text: str) -> list[str]:
    """Whole paragraphs, and each entry of a list: a word more in one line must not show as a change of all below it."""
    blocks = re.split(r"\n\n|\n(?=\s*(?:[-*•]|\d{1,2}[.)])[ \t]+\S)", text.replace("\r\n", "\n"))
    return [flat for block in blocks if (flat := " ".join(block.split()))]


def _changes(before: Sequence[str], now: Sequence[str], around: int = _AROUND) -> list[str]:
    lines = difflib.unified_diff(before, now, n=around, lineterm="")
    return [line for line in lines if not line.startswith(("---", "+++", "@@"))]
