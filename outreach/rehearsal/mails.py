"""The mails that come back in the invented world, as real mail servers and people write them.

Reports are those of RFC 3464, automatic replies mark themselves as RFC 3834 asks, and a person's answer quotes the
letter below the answer, as most mail programs do.
"""

import email.policy
import textwrap
import tomllib
from datetime import datetime
from email.message import EmailMessage, Message
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import format_datetime, make_msgid
from functools import cache
from importlib.resources import files
from typing import Any

from outreach.rehearsal.post_office import Posted
from outreach.vocabulary import Position

_QUOTED_LINES = 12


class LetterSeen:
    """A letter as the one who got it reads it: what an answer or a report needs of it."""

    def __init__(self, posted: Posted) -> None:
        """Read the letter from its bytes."""
        mail = email.message_from_bytes(posted.content, policy=email.policy.default)
        assert isinstance(mail, EmailMessage)
        body = mail.get_body(("plain",))
        self.posted = posted
        self.message_id = str(mail["Message-ID"])
        self.subject = str(mail["Subject"])
        self.sender = str(mail["From"])
        self.reply_to = str(mail["Reply-To"] or mail["From"])
        self.date = str(mail["Date"])
        self.language = str(mail["Content-Language"])
        self.text = body.get_content() if body is not None else ""
        self.header = posted.content.partition(b"\r\n\r\n")[0]


def answer(letter: LetterSeen, sender: str, position: Position, at: datetime) -> bytes:
    """Return a person's answer from an address at the mission: the words of a position, and the letter quoted."""
    words = _words()
    quoted = "\n".join(f"> {line}".rstrip() for line in letter.text.splitlines()[:_QUOTED_LINES])
    wrote = _in(words["wrote"], letter.language).format(date=letter.date, sender=letter.sender)
    parts = [
        _in(words["greeting"], letter.language),
        textwrap.fill(_in(words["positions"][position.value], letter.language), 76),
        f"-- \n{_in(words['signature'], letter.language)}",
        f"{wrote}\n{quoted}",
    ]
    mail = _mail(letter, sender, f"Re: {letter.subject}", at)
    mail["References"] = letter.message_id
    mail.set_content("\n\n".join(parts))
    return mail.as_bytes()


def on_leave(letter: LetterSeen, sender: str, at: datetime) -> bytes:
    """Return a vacation note (RFC 3834)."""
    leave = _words()["leave"]
    mail = _mail(letter, sender, _in(leave["subject"], letter.language) + letter.subject, at)
    mail["Auto-Submitted"] = "auto-replied"
    mail.set_content(textwrap.fill(_in(leave["text"], letter.language), 76))
    return mail.as_bytes()


def report(letter: LetterSeen, recipient: str, action: str, status: str, said: str, at: datetime) -> bytes:
    """Return a delivery status notification on one recipient (RFC 3464), with the letter's header (RFC 6522).

    `action` is `failed`, `delayed` or `delivered`; `status` an enhanced code (RFC 3463); `said` the server's words.
    """
    host = f"mx.{recipient.rpartition('@')[2]}"
    explained = {
        "failed": "Your message could not be delivered.",
        "delayed": "Your message has not been delivered yet. Delivery will be tried again; you need do nothing.",
        "delivered": "Your message was delivered.",
    }[action]
    mail = MIMEMultipart("report")
    mail.set_param("report-type", "delivery-status")
    mail["From"] = f"Mail Delivery Subsystem <mailer-daemon@{host}>"
    mail["To"] = letter.posted.envelope_from
    mail["Subject"] = {"failed": "Undelivered mail", "delayed": "Delayed mail", "delivered": "Delivered"}[action]
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = make_msgid(domain=host)
    mail["Auto-Submitted"] = "auto-replied"
    mail.attach(MIMEText(f"{explained}\n\n{recipient}: {said}\n"))
    per_message, per_recipient = Message(), Message()
    per_message["Reporting-MTA"] = f"dns; {host}"
    per_message["Arrival-Date"] = format_datetime(at)
    per_recipient["Final-Recipient"] = f"rfc822; {recipient}"
    per_recipient["Action"] = action
    per_recipient["Status"] = status
    per_recipient["Diagnostic-Code"] = f"smtp; {said}"
    told = MIMEMessage(Message(), "delivery-status")
    told.set_payload([per_message, per_recipient])
    mail.attach(told)
    mail.attach(MIMEText(letter.header.decode("utf-8", "replace").replace("\r\n", "\n") + "\n", "rfc822-headers"))
    return mail.as_bytes()


def _mail(letter: LetterSeen, sender: str, subject: str, at: datetime) -> EmailMessage:
    mail = EmailMessage(policy=email.policy.SMTP)
    mail["From"] = sender
    mail["To"] = letter.reply_to
    mail["Subject"] = subject
    mail["Date"] = at
    mail["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2].rstrip(">"))
    mail["In-Reply-To"] = letter.message_id
    return mail


def _in(by_language: dict[str, str], language: str) -> str:
    return by_language.get(language) or by_language["en"]


@cache
def _words() -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath("words.toml").read_text(encoding="utf-8"))
