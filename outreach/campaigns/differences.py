"""What differs: between two missions' letters, and between the letters of this approval and those of the last."""

import difflib
import email
import email.policy
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from outreach import clock
from outreach.campaigns.compose import compose_all, merge_all
from outreach.campaigns.plan import addressees, current_messages, frozen_bytes, get_campaign
from outreach.campaigns.signatories import signatories_of
from outreach.database import reading
from outreach.errors import NotFoundError
from outreach.letters.folder import TEMPLATES, load_letter
from outreach.models import Message
from outreach.settings import Settings

_AROUND = 1


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference, and the missions whose letters show it."""

    missions: tuple[str, ...]
    lines: tuple[str, ...]
    """As `diff -u` writes them: `-` was, `+` is, ` ` around; empty where nothing differs."""


def between_missions(
    engine: Engine, settings: Settings, name: str, first: str, second: str, templates: Path = TEMPLATES
) -> Difference:
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
            raise NotFoundError(f"{code} is not in the campaign {name!r}.", cure="Name two of its missions.")
    if not raw.keys() >= set(wanted):
        letter = load_letter(campaign.letter, templates)
        merged = merge_all(campaign, people, letter, moment, signatories)
        raw = {one.iso3: one.raw for one in compose_all(settings, letter, merged, moment)}
    one, other = (raw[code] for code in wanted)
    return Difference((wanted[0], wanted[1]), tuple(_changes(_lines(one), _lines(other))))


def between_approvals(engine: Engine, name: str) -> list[Difference]:
    """Compare each letter that is approved now with the one that it replaced; like differences together.

    A letter that went out was not replaced, and is not in the result. Raises NotFoundError where nothing was approved
    twice.
    """
    with reading(engine) as session:
        campaign = get_campaign(session, name)
        found: dict[tuple[str, ...], list[str]] = {}
        for now in current_messages(session, campaign):
            if (before := _before(session, now)) is not None:
                was, is_now = (_lines(frozen_bytes(session, message)) for message in (before, now))
                found.setdefault(tuple(_changes(was, is_now, around=0)), []).append(now.iso3)
    if not found:
        raise NotFoundError(f"No letter of {name!r} was approved twice.", cure="There is nothing to compare yet.")
    return [Difference(tuple(codes), lines) for lines, codes in sorted(found.items(), key=lambda pair: pair[1])]


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
    body = mail.get_body(("plain",))
    text = str(body.get_content()) if body is not None else ""
    # Whole paragraphs: a word more in the first line must not show as a change of all the lines below it.
    paragraphs = [" ".join(block.split()) for block in text.replace("\r\n", "\n").split("\n\n")]
    return [*head, *attached, "", *filter(None, paragraphs)]


def _changes(before: Sequence[str], now: Sequence[str], around: int = _AROUND) -> list[str]:
    lines = difflib.unified_diff(before, now, n=around, lineterm="")
    return [line for line in lines if not line.startswith(("---", "+++", "@@"))]
