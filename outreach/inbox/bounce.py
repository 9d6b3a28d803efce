"""Bounces that are no standard report: a mail system's letter in plain words, with the message it returns.

Only what mail systems have in common is read here: codes (RFC 5321, RFC 3463), addresses that also stand in the
returned header, the fields of RFC 3464 where they stand in the text. No words of single programs, but for those
that tell a delay from a failure. A person's mail never gets here: see `is_notice`.
"""

import re
from dataclasses import dataclass

from outreach.inbox.automatic import is_automatic
from outreach.inbox.finding import RecipientFinding
from outreach.inbox.mime import Part, enclosed
from outreach.inbox.origin import Origin
from outreach.inbox.read import body_text
from outreach.inbox.report import (
    SMTP_CODE,
    STATUS,
    delivery_findings,
    groups,
    permanence,
    returned_id,
    returns_a_message,
)
from outreach.inbox.words import addresses, addresses_in, header
from outreach.models import MailKind
from outreach.text import address_key, one_line

_MOST_NOTICE = 64 * 1024
_LINE = re.MULTILINE | re.IGNORECASE
# Lines that stand at the head of a mail and that no person writes or quotes.
_TRACE = re.compile(r"^[ \t>|]{0,6}(?:Return-Path|Received|Message-ID|MIME-Version|Delivered-To):", _LINE)
_RECEIVED = re.compile(r"^[ \t>|]{0,6}Received:[ \t]", _LINE)
_RETURNED_ID = re.compile(r"^[ \t>|]{0,6}Message-ID:\s{0,20}(<[^<>\s]{1,990}>)", _LINE)
_DELAY = re.compile(r"\bdelay|\bwarning\b|\bstill being retried|\bnot yet (?:been )?delivered", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Notice:
    """What a mail system says in its own words."""

    kind: MailKind
    recipients: tuple[RecipientFinding, ...]
    returned_id: str


def notice(mail: Part, sender: Origin) -> Notice | None:
    """Read a mail as a mail system's notice of a failure or delay; None where it is none."""
    text = body_text(mail) if sender.machine else ""
    if not is_notice(mail, sender, text):
        return None
    trace = _TRACE.search(text)
    said = text[: trace.start() if trace else len(text)][:_MOST_NOTICE]
    found_id = _RETURNED_ID.search(text)
    recipients = delivery_findings(groups(text)) if "final-recipient:" in text.lower() else ()
    if not recipients:
        recipients = _recipients(mail, said, text[trace.start() :] if trace else "")
    kinds = {finding.kind for finding in recipients}
    kind = next((one for one in (MailKind.BOUNCE, MailKind.DELAYED) if one in kinds), MailKind.DELIVERED)
    return Notice(kind, recipients, returned_id(mail) or (found_id[1] if found_id else ""))


def is_notice(mail: Part, sender: Origin, text: str) -> bool:
    """Tell whether a mail system speaks here of a message it could not deliver.

    Nobody writes as MAILER-DAEMON. A postmaster is also a person, who answers letters and quotes them: that is no
    notice, unless it left with an empty reverse-path or by itself, or returns a message with its trace lines.
    """
    if sender.daemon:
        return True
    returns = returns_a_message(mail) or _RECEIVED.search(text) is not None
    codes = STATUS.search(text) is not None or SMTP_CODE.search(text) is not None
    answers = mail.get("in-reply-to") is not None or mail.get("references") is not None
    if sender.postmaster and not sender.null_path:
        automatic = (mail.get("auto-submitted") or "no").strip().lower() != "no"
        return (returns or codes) if automatic else (returns and not answers)
    if sender.postmaster and not answers:
        return True
    return sender.null_path and returns and (codes or not is_automatic(mail, sender))


def _recipients(mail: Part, said: str, returned: str) -> tuple[RecipientFinding, ...]:
    line = _line_with_a_code(said)
    status, code = STATUS.search(line or said), SMTP_CODE.search(line)
    told = status[0] if status else ""
    delayed = _DELAY.search(f"{header(mail.get('subject'))}\n{said}") and not (code and code[1] == "5")
    kind = MailKind.DELAYED if delayed and not told.startswith("5") else MailKind.BOUNCE
    permanent = permanence(kind, told, line)
    names = _failed(mail, said, returned) or ("",)
    return tuple(RecipientFinding(name, told, permanent, one_line(line)[:1000], kind) for name in names)


def _line_with_a_code(said: str) -> str:
    """Return the line in which a server's answer is given: one with both codes before one with either."""
    lines = [line for line in said.split("\n")[:2000] if STATUS.search(line) or SMTP_CODE.search(line)]
    both = [line for line in lines if STATUS.search(line) and SMTP_CODE.search(line)]
    return next(iter(both or lines), "")


def _failed(mail: Part, said: str, returned: str) -> tuple[str, ...]:
    """Return the addresses that failed: named by the header, else told and also written to, else the only one told."""
    named = tuple(one for value in mail.all("x-failed-recipients") for one in addresses_in(value))
    if named:
        return named
    aside = {address_key(one) for name in ("from", "to", "reply-to") for one in addresses(mail.get(name))}
    told = [one for one in addresses_in(said)[:200] if address_key(one) not in aside]
    told = [one for one in told if not re.match(r"(?i)postmaster@|mailer-daemon@", one)]
    written_to = {address_key(one) for one in _addressees(mail, returned)}
    both = tuple(one for one in told if address_key(one) in written_to)
    return both or (tuple(told) if len(told) == 1 else ()) or tuple(_only(written_to, aside))


def _only(written_to: set[str], aside: set[str]) -> list[str]:
    left = sorted(written_to - aside)
    return left if len(left) == 1 else []


def _addressees(mail: Part, returned: str) -> tuple[str, ...]:
    """Return the addresses in To and Cc of the returned message."""
    originals = [part.parts[0] for part in mail.own() if part.type == "message/rfc822" and part.parts]
    inline = enclosed(returned[:_MOST_NOTICE].encode("utf-8", "replace")) if returned else None
    found = [*originals, *([inline] if inline else [])]
    return tuple(one for original in found for name in ("to", "cc") for one in addresses(original.get(name)))
