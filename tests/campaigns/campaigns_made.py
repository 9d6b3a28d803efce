"""What the tests of the campaigns share."""

import email
import email.policy
from email.message import EmailMessage
from pathlib import Path

LAYOUTS = Path(__file__).parents[2] / "templates" / "layouts"
SENDER = "Coalition <secretariat@coalition.example>"


def parsed(raw: bytes) -> EmailMessage:
    """The mail as the standard library reads it, without a defect."""
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    assert not message.defects
    return message


def plain(raw: bytes) -> str:
    """The plain text of a mail."""
    body = parsed(raw).get_body(("plain",))
    assert body is not None
    return str(body.get_content())
