"""Letters made for a test, in a templates folder with the shipped layouts."""

import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from outreach.letters.folder import Letter, load_letter
from outreach.letters.merge import Addressee, Merged, Merger
from outreach.missions.shipped import shipped_mission
from outreach.models import Contact
from outreach.vocabulary import Line, Role

ROOT = Path(__file__).parents[2]
LAYOUTS = ROOT / "templates" / "layouts"
TOML = 'title = "T"\n[subject]\nen = "To {{ mission.name }}"\nfr = "À {{ mission.name }}"\n'


def write_letter(templates: Path, files: Mapping[str, str | bytes], *, name: str = "letter") -> Path:
    """Write a letter's folder; without a letter.toml of its own it gets a plain one. Returns the folder."""
    if not (templates / "layouts").exists():
        shutil.copytree(LAYOUTS, templates / "layouts")
    folder = templates / name
    folder.mkdir(parents=True, exist_ok=True)
    for file, content in {"letter.toml": TOML, "en.md": "Dear all\n", **files}.items():
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return folder


def contact(iso3: str = "FRA", **values: Any) -> Contact:
    email = values.pop("email", f"pr@{iso3.lower()}.mission.example")
    defaults = {"role": Role.PERMANENT_REPRESENTATIVE, "line": Line.TO}
    return Contact(iso3=iso3, email=email, email_key=email, **(defaults | values))


def addressee(iso3: str = "FRA", *contacts: Contact, **values: Any) -> Addressee:
    """A mission as shipped, with some fields changed, and its contacts (one without a name unless given)."""
    mission = shipped_mission(iso3)
    for field, value in values.items():
        setattr(mission, field, value)
    return Addressee(mission, contacts or (contact(iso3),))


def merger(letter: Letter) -> Merger:
    moment = datetime(2024, 3, 15, 23, 30, tzinfo=UTC)
    return Merger(letter, campaign="spring", moment=moment, tz=ZoneInfo("Europe/Zurich"))


_AS_TYPED = str.maketrans({"\u00a0": " ", "\u202f": " ", "’": "'", "“": '"', "”": '"', "–": "-"})


def as_typed(text: str) -> str:
    """Return finished text with the spaces, dashes and quotation marks of a keyboard, for comparison of words."""
    return text.translate(_AS_TYPED)


def merged(templates: Path, files: Mapping[str, str | bytes], to: Addressee | None = None) -> Merged:
    """Write a letter, and merge it for one mission (default: France's, in English)."""
    write_letter(templates, files)
    return merger(load_letter("letter", templates)).merge(to or addressee("GBR"))
