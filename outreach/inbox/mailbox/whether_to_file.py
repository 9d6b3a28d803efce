"""Whether copies of what went out are put into the Sent folder, and how that is getting on; no mailbox is asked."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from sqlmodel import Session

from outreach.outbox.copies import CopiesNow, CopyPlace, copies_now
from outreach.settings import CopyInSent, Settings

_HOSTS = Path(__file__).with_name("own_copies.toml")


def own_copies_of(settings: Settings) -> str:
    """Return the name of the mail provider of the settings, if it puts what it sends into Sent by itself; else ''."""
    smtp, imap = settings.smtp_host.lower().rstrip("."), settings.imap_host.lower().rstrip(".")
    return next((one["name"] for one in _providers() if smtp in one["smtp"] and imap in one["imap"]), "")


def files(settings: Settings) -> bool:
    """Tell whether copies are put into Sent under these settings: live letters only, and where a mailbox is set."""
    if not (settings.live and settings.smtp_host and settings.imap_host):
        return False
    if settings.copy_in_sent is CopyInSent.AUTO:
        return not own_copies_of(settings)
    return settings.copy_in_sent is CopyInSent.YES


def filing_now(session: Session, settings: Settings) -> CopiesNow | None:
    """Return how the copies in Sent are getting on; None where none are made."""
    return copies_now(session, CopyPlace.SENT, box_of(settings)) if files(settings) else None


def box_of(settings: Settings) -> str:
    """Return the mailbox, and what sends into it: what was seen of one provider is not true of another."""
    return f"{settings.imap_username}@{settings.imap_host} ({settings.smtp_host})"


@cache
def _providers() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = tomllib.loads(_HOSTS.read_text(encoding="utf-8"))["provider"]
    return found
