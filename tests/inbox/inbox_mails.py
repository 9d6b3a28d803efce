"""Mails for the inbox tests, written by hand in the forms that mail programs and servers send."""

from collections.abc import Sequence
from zlib import crc32

OURS = "<letter-fra@coalition.example>"
LETTER = "Excellency,\n\nWe ask the Council to renew the mandate.\n\nThe undersigned organisations"


def mail(*fields: str, body: str = "", charset: str = "utf-8") -> bytes:
    """A mail of these header lines and this body, with CRLF line ends."""
    return ("\n".join([*fields, "", body])).replace("\n", "\r\n").encode(charset)


def answer(
    body: str, *fields: str, sender: str = "Mission <mission@fra.mission.example>", reply_to: str = OURS
) -> bytes:
    """A person's answer to our letter."""
    return mail(
        "Return-Path: <mission@fra.mission.example>",
        f"From: {sender}",
        "To: letters@coalition.example",
        "Subject: Re: Joint letter",
        "Date: Tue, 19 Mar 2024 10:00:00 +0100",
        "Message-ID: <answer-1@fra.mission.example>",
        *([f"In-Reply-To: {reply_to}"] if reply_to else []),
        *fields,
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: 8bit",
        body=body,
    )


def named_anew(raw: bytes) -> bytes:
    """Give a mail a Message-ID of its own, which another one of the same words has not."""
    return raw.replace(b"answer-1@", b"answer-%d@" % crc32(raw))


def recipient_group(
    address: str, action: str, status: str, diagnostic: str = "", original: str = "", more: Sequence[str] = ()
) -> str:
    """The fields of one recipient in a delivery report."""
    lines = [
        *([f"Original-Recipient: rfc822;{original}"] if original else []),
        f"Final-Recipient: rfc822; {address}",
        *([f"Action: {action}"] if action else []),
        *([f"Status: {status}"] if status else []),
        *([f"Diagnostic-Code: smtp; {diagnostic}"] if diagnostic else []),
        *more,
    ]
    return "\n".join(lines)


def report(
    *groups: str,
    message_id: str = OURS,
    fields: Sequence[str] = (),
    top: str = "multipart/report; report-type=delivery-status",
    returned: str = "text/rfc822-headers",
    date: str = "Mon, 18 Mar 2024 09:00:05 +0000",
    sender: str = "Mail Delivery System <MAILER-DAEMON@mx.mission.example>",
) -> bytes:
    """A delivery report (RFC 3464) with these groups of recipient fields."""
    original = [
        "From: The Coalition <letters@coalition.example>",
        "To: mission@fra.mission.example",
        "Subject: Joint letter",
        *([f"Message-ID: {message_id}"] if message_id else []),
    ]
    parts = [
        "--=_b",
        "Content-Type: text/plain; charset=us-ascii",
        "",
        "This is the mail system at host mx.mission.example.",
        "",
        "--=_b",
        "Content-Type: message/delivery-status",
        "",
        "Reporting-MTA: dns; mx.mission.example",
        "Arrival-Date: Mon, 18 Mar 2024 09:00:00 +0000",
        "",
        "\n\n".join(groups),
        "",
        "--=_b",
        f"Content-Type: {returned}",
        "",
        *original,
        "",
        "--=_b--",
    ]
    return mail(
        "Return-Path: <>",
        f"From: {sender}",
        "To: bounces@coalition.example",
        "Subject: Undelivered Mail Returned to Sender",
        f"Date: {date}",
        "Message-ID: <report-1@mx.mission.example>",
        *fields,
        "MIME-Version: 1.0",
        f'Content-Type: {top}; boundary="=_b"',
        body="\n".join(parts),
    )
