"""Reports in a form of their sender's own: JSON of Amazon SES, complaints of Outlook.com, opt-outs of Apple Mail."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from outreach.inbox.codes import best_status, permanence
from outreach.inbox.decoding import addresses, is_address
from outreach.inbox.finding import RecipientFinding
from outreach.inbox.mime_reader import MimePart
from outreach.inbox.read import body_text
from outreach.text import one_line
from outreach.vocabulary import MailKind

_KINDS = {"bounce": MailKind.BOUNCE, "complaint": MailKind.COMPLAINT, "delivery": MailKind.DELIVERED}
_RECIPIENTS = {"bounce": "bouncedRecipients", "complaint": "complainedRecipients", "delivery": "recipients"}
_OF_SERVICES = frozenset(["x-amz-sns-message-id", "x-amz-sns-subscription-arn", "x-apple-unsubscribe"])
_COMPLAINT = re.compile(r"complaint about message from \d{1,3}(?:\.\d{1,3}){3}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ServiceReport:
    """What a service's own report says."""

    kind: MailKind
    recipients: tuple[RecipientFinding, ...]
    returned_id: str = ""


def service_report(mail: MimePart, subject: str) -> ServiceReport | None:
    """Read a report that a sending service or mail provider writes in its own form; None for anything else."""
    if not _OF_SERVICES.isdisjoint(mail.fields):
        if mail.get("x-amz-sns-message-id") or mail.get("x-amz-sns-subscription-arn"):
            return _ses(mail)
        if mail.get("x-apple-unsubscribe"):
            return ServiceReport(MailKind.COMPLAINT, tuple(_complained(addresses(mail.get("from")), "opt-out")))
    return _outlook_complaint(mail) if _COMPLAINT.match(subject) else None


def _complained(names: tuple[str, ...], sort: str) -> Iterator[RecipientFinding]:
    return (RecipientFinding(name, "", None, sort, MailKind.COMPLAINT) for name in names)


def _outlook_complaint(mail: MimePart) -> ServiceReport | None:
    """The complaints of Outlook.com (JMRP) return the message, and say in its header who complained."""
    for part in mail.own():
        original = part.parts[0] if part.type == "message/rfc822" and part.parts else None
        told = original.get("x-hmxmroriginalrecipient") if original else None
        if original is not None and told:
            return ServiceReport(
                MailKind.COMPLAINT, tuple(_complained(addresses(told), "abuse")), original.get("message-id") or ""
            )
    return None


def _ses(mail: MimePart) -> ServiceReport | None:
    """https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html"""
    try:
        event = _event(body_text(mail))
    except (ValueError, RecursionError):
        return None
    sort = str(_at(event, "notificationType") or _at(event, "eventType") or "").lower()
    if sort not in _KINDS or not isinstance(_at(event, "mail"), dict):
        return None
    about = _at(event, sort)
    listed = _at(about, _RECIPIENTS[sort])
    found = tuple(_ses_recipient(one, sort, about) for one in listed[:1000]) if isinstance(listed, list) else ()
    name = str(_at(_at(event, "mail"), "commonHeaders", "messageId") or _at(event, "mail", "messageId") or "")
    return ServiceReport(_KINDS[sort], tuple(one for one in found if one.address), name)


def _event(text: str) -> Any:
    """Return the event in a notification; one that is wrapped up for signing has it as text in `Message`."""
    text = text.replace("!\n ", "").lstrip()  # how Sendmail breaks lines that are too long
    event, _ = json.JSONDecoder().raw_decode(text)
    wrapped = _at(event, "Message")
    return json.loads(wrapped) if isinstance(wrapped, str) else event


def _ses_recipient(one: Any, sort: str, about: Any) -> RecipientFinding:
    kind = _KINDS[sort]
    address = one if isinstance(one, str) else _at(one, "emailAddress")
    address = address.strip().strip("<>") if isinstance(address, str) else ""
    said = _at(one, "diagnosticCode") or _at(about, "smtpResponse") or _at(about, "complaintFeedbackType") or ""
    words = one_line(str(said)).removeprefix("smtp; ")[:1000]
    status = best_status(str(_at(one, "status") or ""), words)
    permanent = permanence(kind, status, words)
    if kind is MailKind.BOUNCE and permanent is None:
        permanent = _at(about, "bounceType") == "Permanent"
    return RecipientFinding(address if is_address(address) else "", status, permanent, words, kind)


def _at(value: Any, *names: str) -> Any:
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value
