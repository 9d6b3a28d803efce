"""What a campaign's letters are made of, read at one moment: of the same material, the same letters come.

Merging a campaign's letters, reading them over and setting their PDFs takes seconds, and reading what they are made of
takes milliseconds. So whoever shows them again and again (the desk) asks for the material each time, and keeps what was
made of it under its `key` for as long as that is the same.
"""

import hashlib
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlmodel import Session, SQLModel

from outreach import clock
from outreach.campaigns.plan import Thread, addressees, threads_of
from outreach.campaigns.who_signs.signatories import signatories_of
from outreach.letters.folder import stamp
from outreach.letters.merge import Addressee
from outreach.letters.signing.signers import Signatories
from outreach.models import Campaign
from outreach.settings import Settings
from outreach.witness.server_sizes import largest_taken


@dataclass(frozen=True, slots=True)
class Material:
    """Everything that letters of a campaign are made of, and are read over by. Its rows belong to no session."""

    key: Hashable
    """Equal only where all of this is: the rows by each of their values, the letter's files by their stamps, the
    settings, what the mail server takes, and the day in the campaign's zone."""
    campaign: Campaign = field(compare=False)
    people: list[Addressee] = field(compare=False)
    signatories: Signatories | None = field(compare=False)
    threads: Mapping[str, Thread] = field(compare=False)
    """By ISO3, what letters of a follow-up answer."""
    settings: Settings | None = field(compare=False)
    templates: Path = field(compare=False)
    moment: datetime = field(compare=False)
    """When it was read; of it, letters tell the day alone."""


def material_of(
    session: Session,
    campaign: Campaign,
    templates: Path,
    settings: Settings | None,
    moment: datetime,
    *,
    iso3: str | None = None,
) -> Material:
    """Read what the letters of a campaign are made of, or that of one mission (none where that is not in it)."""
    people = addressees(session, campaign, iso3)
    signatories, threads = signatories_of(session, campaign, moment), threads_of(session, campaign)
    told = hashlib.sha256()
    rows = (part for one in people for part in (one.mission, *one.contacts, one.facts))
    for part in (campaign, signatories, sorted(threads.items()), *rows):
        told.update(_as_told(part))
    limit = largest_taken(settings) if settings is not None else None
    day = moment.astimezone(clock.zone(campaign.time_zone)).date()
    key = (campaign.id, iso3, stamp(campaign.letter, templates), settings, limit, day, told.digest())
    return Material(key, campaign, people, signatories, threads, settings, templates, moment)


def _as_told(part: Any) -> bytes:
    """Each value of a row by its name, whatever its columns are; anything else as Python shows it."""
    if isinstance(part, SQLModel):
        part = sorted((name, value) for name, value in vars(part).items() if name != "_sa_instance_state")
    return f"{part!r}\n".encode(errors="surrogatepass")
