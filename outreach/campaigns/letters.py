"""Which letters there are in the folder, and which campaigns send them."""

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import col, select

from outreach.database import reading
from outreach.errors import OutreachError
from outreach.letters.folder import TEMPLATES, letter_names, load_letter
from outreach.models import Campaign
from outreach.settings import Settings


@dataclass(frozen=True, slots=True)
class ListedLetter:
    """A letter as a list shows it."""

    letter: str
    """The name of its folder."""
    title: str
    languages: tuple[str, ...]
    fallback: str
    sender: str
    """Who writes it: by its letter.toml, else by the settings."""
    pdf: bool
    """Whether a PDF goes with it."""
    campaigns: tuple[str, ...]
    """The campaigns that send it, by name."""
    problem: str = ""
    """Why it can't be read, in words; empty where it can."""


def listed(engine: Engine, settings: Settings, templates: Path = TEMPLATES) -> list[ListedLetter]:
    """Return the letters of a templates folder by name; one that can't be read is among them, with the problem."""
    used: dict[str, list[str]] = defaultdict(list)
    with reading(engine) as session:
        for campaign, of in session.exec(select(Campaign.name, Campaign.letter).order_by(col(Campaign.name))):
            used[of].append(campaign)
    found = []
    for name in letter_names(templates):
        campaigns = tuple(used[name])
        try:
            letter = load_letter(name, templates)
        except OutreachError as error:
            found.append(ListedLetter(name, "", (), "", "", False, campaigns, " ".join(str(error).split())))
            continue
        found.append(
            ListedLetter(
                name, letter.title, tuple(map(str, letter.languages)), str(letter.fallback),
                letter.sender or settings.sender, letter.pdf_file is not None, campaigns,
            )
        )  # fmt: skip
    return found
