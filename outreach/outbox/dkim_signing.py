"""DKIM signatures (RFC 6376), for a mail server that does not sign by itself. The work is dkimpy's."""

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from outreach import clock
from outreach.errors import SettingsError
from outreach.settings import Settings, mailbox

# What a reader sees or a program goes by. Signed twice over where it must not be added to (RFC 6376, 8.15).
_HEADERS = (
    "From", "From", "Subject", "Subject", "To", "Cc", "Date", "Message-ID", "Reply-To", "In-Reply-To", "References",
    "MIME-Version", "Content-Type",
)  # fmt: skip


_PROBE = b"From: a@b.example\r\n\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs letters with one key."""

    selector: str
    domain: str
    key: bytes

    @classmethod
    def configured(cls, settings: Settings) -> "Signer | None":
        """Return the signer of the settings; None where letters are not signed here.

        Raises SettingsError for a key that can't be read or used.
        """
        if not settings.dkim_key:
            return None
        try:
            key = Path(settings.dkim_key).read_bytes()
        except OSError as error:
            raise SettingsError(
                "settings.dkim-unread",
                "The DKIM key {dkim_key} can't be read: {error}.",
                dkim_key=settings.dkim_key,
                error=error.strerror,
                remedy="Check dkim_key.",
            ) from None
        if importlib.util.find_spec("dkim") is None:
            raise SettingsError(
                "settings.dkim-lacking",
                "dkim_key is set, and dkimpy is not installed.",
                remedy="pip install 'outreach[dkim]'.",
            )
        domain = settings.dkim_domain or mailbox(settings.sender)[1].rpartition("@")[2]
        signer = cls(settings.dkim_selector, domain, key)
        try:
            signer.sign(_PROBE, clock.now())
        except Exception as error:  # noqa: BLE001  (dkimpy raises many kinds for a key that is none)
            raise SettingsError(
                "settings.dkim-unusable",
                "The DKIM key {dkim_key} can't be used: {error}.",
                dkim_key=settings.dkim_key,
                error=error,
                remedy="It must be an RSA key in PEM form.",
            ) from None
        return signer

    def fits(self, record: str) -> bool:
        """Tell whether a published key (the TXT record at the selector) is the one that checks what this one signs."""
        import dkim

        try:
            return bool(dkim.verify(self.sign(_PROBE, clock.now()), dnsfunc=lambda *_args, **_more: record.encode()))
        except dkim.DKIMException:
            return False

    def sign(self, wire: bytes, at: datetime) -> bytes:
        """Return the letter with its signature in front, made out `at` a moment (in UTC): that of its Date.

        So the bytes are the same at each try, and in each copy, whenever they are made (RSA signs the same alike); it
        never runs out, for no end (x=) is set: a letter may be days on its way (RFC 6376, 3.5).
        """
        import dkim

        moment = str(int(at.timestamp())).encode("ascii")

        class AtMoment(dkim.DKIM):  # type: ignore[misc]
            """dkimpy takes the moment from the clock, and no other."""

            def gen_header(self, fields: Sequence[tuple[bytes, bytes]], *others: Any, **more: Any) -> bytes:
                dated = [(name, moment if name == b"t" else value) for name, value in fields]
                header: bytes = super().gen_header(dated, *others, **more)
                return header

        signature: bytes = AtMoment(wire).sign(
            self.selector.encode("ascii"),
            self.domain.encode("idna"),
            self.key,
            canonicalize=(b"relaxed", b"relaxed"),
            include_headers=[name.lower().encode("ascii") for name in _HEADERS],
        )
        return signature + wire
