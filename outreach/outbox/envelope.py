"""What is said of a letter before its data: MAIL and RCPT (RFC 5321, 3.3), with what the server offers."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from outreach.outbox.claimed import ClaimedLetter
from outreach.outbox.outcome import RecipientAnswer, Verdict

_NOT_XCHAR = re.compile(r"[^!-~]|[+=]")


@dataclass(frozen=True, slots=True)
class Envelope:
    """The commands of one letter."""

    claimed: ClaimedLetter
    mail: str
    encoding: str
    recipients: Mapping[str, str]
    """The RCPT command of each address."""
    unusable: dict[str, RecipientAnswer] = field(default_factory=dict)
    """The addresses for which there is no command, each with why."""

    @classmethod
    def of(cls, claimed: ClaimedLetter, extensions: Mapping[str, str]) -> "Envelope":
        """Return the envelope of a letter for a server that offers these extensions."""
        encoding = "utf-8" if claimed.smtputf8 else "ascii"
        recipients: dict[str, str] = {}
        unusable: dict[str, RecipientAnswer] = {}
        for address in claimed.recipients:
            try:
                recipients[address] = _rcpt(address, encoding, extensions, reported=not claimed.unreported)
            except ValueError as error:  # no such address fits into a command
                unusable[address] = RecipientAnswer(Verdict.REFUSED, f"the address can't be used: {error}")
        return cls(claimed, _mail(claimed, extensions), encoding, recipients, unusable)

    @property
    def commands(self) -> tuple[str, ...]:
        """All of it, in the order in which it is said."""
        return (self.mail, *self.recipients.values())


def _mail(claimed: ClaimedLetter, extensions: Mapping[str, str]) -> str:
    """MAIL, with what the server offers: SIZE (RFC 1870), 8BITMIME (6152), DSN (3461), SMTPUTF8 (6531)."""
    options = [f"SIZE={len(claimed.wire)}"] if "size" in extensions else []
    if "8bitmime" in extensions and not claimed.wire.isascii():
        options.append("BODY=8BITMIME")
    if claimed.smtputf8:
        options.append("SMTPUTF8")
    if "dsn" in extensions and not claimed.unreported:
        options += ["RET=HDRS", f"ENVID={_xtext(claimed.message_id.strip('<>'))}"]
    return " ".join([f"MAIL FROM:<{claimed.envelope_from}>", *options])


def _rcpt(address: str, encoding: str, extensions: Mapping[str, str], *, reported: bool) -> str:
    if any(character in address for character in "<>\r\n\0 ") or address.count("@") != 1:
        raise ValueError(f"{address!r} is no address")
    address.encode(encoding)
    command = f"RCPT TO:<{address}>"
    if "dsn" in extensions and not reported:
        command += " NOTIFY=NEVER"
    elif "dsn" in extensions:
        command += " NOTIFY=SUCCESS,FAILURE,DELAY"
        if address.isascii():
            command += f" ORCPT=rfc822;{_xtext(address)}"
    return command


def _xtext(text: str) -> str:
    """Encode a value as RFC 3461, 4 asks."""
    return _NOT_XCHAR.sub(lambda match: f"+{ord(match[0]):02X}", text)
