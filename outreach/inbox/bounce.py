"""Bounces that are no standard report: a mail system's letter in plain words, with the message it returns.

A person's mail never gets here: see `is_notice`. What is told of which address: outreach.inbox.failed. Where that
finds no address, flufl.bounce is asked, which knows many dialects.
"""

import logging
import re
from dataclasses import dataclass

from outreach.expressions import WordedExpression
from outreach.inbox.automatic import is_automatic
from outreach.inbox.codes import SMTP_CODE, STATUS, permanence
from outreach.inbox.decoding import addresses
from outreach.inbox.dialects import greets, notice_subject
from outreach.inbox.dsn import delivery_findings, groups, returned_id, returns_a_message
from outreach.inbox.failed import TRACE, FailedAddress, split, told_of
from outreach.inbox.finding import RecipientFinding
from outreach.inbox.mime_reader import MimePart
from outreach.inbox.origin import Origin
from outreach.inbox.read import body_text
from outreach.text import address_key
from outreach.vocabulary import MailKind

_MOST_NOTICE = 64 * 1024
_LONG_LINE = re.compile(rb"([^\n]{998})[^\n]+\n?")
_LINE = re.MULTILINE | re.IGNORECASE
_RECEIVED = re.compile(r"^[ \t>|]{0,6}Received:[ \t]", _LINE)
_RETURNED_ID = WordedExpression(r"\bmessage-?id\b[^<>\n]{0,40}\s{0,20}(<[^<>\s]{1,990}>)")
_TRANSCRIPT = re.compile(r"^[ \t>]{0,6}(?:RCPT TO|MAIL FROM|Final-Recipient|Reporting-MTA|Remote-MTA)\s?:", _LINE)
_DELAY = WordedExpression(
    r"\bdelay|\bwarning\b|\bstill being retried|\bnot yet (?:been )?delivered|will (?:be|keep|continue) (?:re)?try"
    r"|do not need to (?:re-?send|resend)"
)


@dataclass(frozen=True, slots=True)
class Notice:
    """What a mail system says in its own words."""

    kind: MailKind
    recipients: tuple[RecipientFinding, ...]
    returned_id: str


def notice(mail: MimePart, sender: Origin) -> Notice | None:
    """Read a mail as a mail system's notice of a failure or delay; None where it is none."""
    if not sender.machine:
        return None
    text = body_text(mail)
    if not is_notice(mail, sender, text):
        return None
    said, returned = split(text[:_MOST_NOTICE])
    recipients = delivery_findings(groups(text), lambda: said) if "final-recipient:" in text.lower() else ()
    if not recipients:
        recipients = tuple(_finding(one, sender.subject) for one in told_of(mail, said, returned))
        if not any(one.address for one in recipients):
            recipients = _named_by_flufl(mail, recipients[0])
    kinds = {finding.kind for finding in recipients}
    kind = next((one for one in (MailKind.BOUNCE, MailKind.DELAYED) if one in kinds), MailKind.DELIVERED)
    return Notice(kind, recipients, returned_id(mail) or told_id(text))


def told_id(text: str) -> str:
    """Return the Message-ID that a program's words name as that of the mail they speak of; or empty."""
    found = _RETURNED_ID.search(text)
    return found[1] if found else ""


def is_notice(mail: MimePart, sender: Origin, text: str) -> bool:
    """Tell whether a mail system speaks here of a message it could not deliver.

    Nobody writes as MAILER-DAEMON. A postmaster is also a person, who answers letters and quotes them: that is no
    notice, unless it left with an empty reverse-path or by itself, returns a message with its trace lines, or
    has a notice's subject, belongs to no conversation and greets nobody.
    """
    if sender.daemon:
        return True
    returns = returns_a_message(mail) or _RECEIVED.search(text) is not None
    codes = STATUS.search(text) is not None or SMTP_CODE.search(text) is not None
    answers = mail.get("in-reply-to") is not None or mail.get("references") is not None
    if sender.postmaster and not sender.null_path:
        automatic = (mail.get("auto-submitted") or "no").strip().lower() != "no"
        titled = notice_subject(sender.subject)
        transcript = codes and _TRANSCRIPT.search(text) is not None and TRACE.search(text) is None
        if automatic:
            return returns or codes or titled
        person = greets(text) or answers
        return transcript and not greets(text) if person else (returns or titled or transcript)
    if sender.postmaster and (not answers or (sender.null_path and codes and returns_a_message(mail))):
        return True
    told = codes or (not answers and not is_automatic(mail, sender))
    return sender.null_path and returns and told and not greets(text)


def _finding(one: FailedAddress, subject: str) -> RecipientFinding:
    status, code = STATUS.search(one.words or one.around), SMTP_CODE.search(one.words)
    told = status[0] if status else ""
    delayed = (
        not (code and code[1] == "5")
        and not told.startswith("5")
        and _DELAY.search(f"{subject}\n{one.around}".lower()) is not None
    )
    kind = MailKind.DELAYED if delayed else MailKind.BOUNCE
    return RecipientFinding(one.address, told, permanence(kind, told, one.words, lambda: one.around), one.words, kind)


def _named_by_flufl(mail: MimePart, unnamed: RecipientFinding) -> tuple[RecipientFinding, ...]:
    """Return the finding with the addresses that flufl.bounce reads out of the mail, where it reads any."""
    from email import message_from_bytes

    from flufl.bounce import scan_message

    # It logs a traceback for every mail that one of its detectors can't read; that is no news to anybody.
    logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL + 1)
    # Its expressions take time that grows with the square of a line: no mail may have a longer one (RFC 5322, 2.1.1).
    raw = _LONG_LINE.sub(rb"\1\n", mail.raw[:_MOST_NOTICE])
    if raw.lower().count(b"boundary") > 10:
        return (unnamed,)  # a mail in many layers would keep the standard library's parser busy
    try:
        names = [name.decode("ascii", "replace") for name in scan_message(message_from_bytes(raw))]
    except Exception:  # noqa: BLE001  (a mail that it can't read simply has no address named)
        return (unnamed,)
    aside = {address_key(one) for one in addresses(mail.get("to"))}
    named = sorted(name for name in names if "@" in name and address_key(name) not in aside)
    return tuple(unnamed._replace(address=name) for name in named) or (unnamed,)
