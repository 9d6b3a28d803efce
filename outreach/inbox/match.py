"""Which of our letters an incoming mail is about, and how that is known, in words.

A Message-ID of ours proves it. Failing that, an address that was written to in one campaign only is taken for it.
Everything else stays unmatched: it is kept and listed for a person.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, or_, select

from outreach.inbox.finding import Finding, NamedBy
from outreach.inbox.mime import parse
from outreach.inbox.words import addresses
from outreach.models import MailKind, Message, MessageState, Recipient
from outreach.text import address_key

_MOST_IDS = 200
_MOST_ADDRESSES = 50
_CLOCKS_DIFFER = timedelta(days=1)
_REPORTS = frozenset([MailKind.BOUNCE, MailKind.DELAYED, MailKind.DELIVERED, MailKind.COMPLAINT])


@dataclass(frozen=True, slots=True)
class Match:
    """A letter of ours, or none, and the basis of that."""

    message: Message | None
    basis: str
    proved: bool = False
    """Whether the mail bears the Message-ID of the letter: it must have arrived somewhere."""
    ours: bool = False
    """Whether the mail is one of our own, such as a copy in a Sent folder: it says nothing of the mission."""


def match(session: Session, finding: Finding) -> Match:
    """Find the letter that a mail is about, within the session's transaction."""
    if finding.kind is MailKind.UNREADABLE:
        return Match(None, "")
    if finding.message_id and _by_ids(session, [finding.message_id]):
        return Match(None, "it is a letter of ours itself", ours=True)
    known = _by_ids(session, [finding.in_reply_to, *finding.references])
    for name in filter(None, [finding.in_reply_to, *finding.references]):
        if name in known:
            message = known[name]
            ours = finding.kind not in _REPORTS and _is_ours(message, finding.sender)
            basis = _words(finding, name) + ("; but it comes from our own address" if ours else "")
            return Match(message, basis, proved=not ours, ours=ours)
    if finding.kind in _REPORTS:
        told = [one.address for one in finding.recipients]
        return _by_address(session, finding, told, "the address it reports on")
    return _by_address(session, finding, [finding.sender], "its sender")


def _by_ids(session: Session, names: Iterable[str]) -> dict[str, Message]:
    wanted = list(dict.fromkeys(filter(None, names)))[:_MOST_IDS]
    if not wanted:
        return {}
    found = session.exec(select(Message).where(col(Message.message_id).in_(wanted))).all()
    return {message.message_id: message for message in found}


def _words(finding: Finding, name: str) -> str:
    if name == finding.in_reply_to and finding.named_by is NamedBy.RETURNED:
        return "the message it returns has our Message-ID"
    if name == finding.in_reply_to and finding.named_by is NamedBy.IN_REPLY_TO:
        return "its In-Reply-To names our Message-ID"
    return "its References name our Message-ID"


def _is_ours(message: Message, sender: str) -> bool:
    """Tell whether the writer is the letter's own: the team's mail in the same thread is no answer to it."""
    if not sender:
        return False
    head = parse(message.raw[: 64 * 1024])
    written_as = [one for name in ("from", "reply-to") for one in addresses(head.get(name) if head else None)]
    return address_key(sender) in {address_key(one) for one in (*written_as, message.envelope_from)}


def _by_address(session: Session, finding: Finding, told: list[str], who: str) -> Match:
    keys = list(dict.fromkeys(address_key(one) for one in told if one))[:_MOST_ADDRESSES]
    messages = _written_to(session, keys, finding.date) if keys else []
    if not messages:
        return Match(None, "it names no letter of ours, and nobody we wrote to")
    if len({message.campaign_id for message in messages}) > 1:
        return Match(None, f"{who} was written to in several campaigns")
    if len(messages) > 1:
        return Match(None, f"{who} was written to for several missions")
    shown = ", ".join(one for one in told if one)
    return Match(messages[0], f"{who} ({_short(shown)}) was written to in this campaign only")


def _written_to(session: Session, keys: list[str], date: datetime | None) -> list[Message]:
    """Return the letters that went to any of these addresses, before the mail was written."""
    went_out = or_(
        col(Message.state).in_([MessageState.SENT, MessageState.UNCERTAIN]), col(Message.sent_at).is_not(None)
    )
    query = (
        select(Message)
        .join(Recipient, col(Recipient.message_id) == col(Message.id))
        .where(col(Recipient.address_key).in_(keys), col(Message.replaced_at).is_(None), went_out)
        .distinct()
    )
    found = session.exec(query).all()
    return [one for one in found if not _is_older(date, one.sent_at or one.first_try_at)]


def _is_older(date: datetime | None, sent_at: datetime | None) -> bool:
    return date is not None and sent_at is not None and date < sent_at - _CLOCKS_DIFFER


def _short(text: str) -> str:
    return re.sub(r"^(.{100}).+$", r"\1…", text)
