"""The letterhead: who writes, on every PDF and at the head of the open edition."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

from outreach.errors import LetterError
from outreach.letters.toml_lines import place

_PICTURES = (".svg", ".png", ".jpg", ".jpeg")
_MAX_LOGO = 2 * 1024 * 1024
_Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]


@dataclass(frozen=True, slots=True)
class Letterhead:
    """A name, lines of address, pictures beside them, and the colour of the rule below."""

    name: str = ""
    lines: tuple[str, ...] = ()
    logos: tuple[Path, ...] = ()
    colour: str = "#1f4e79"


class LetterheadTable(BaseModel):
    """`[letterhead]` of letter.toml."""

    model_config = ConfigDict(extra="forbid")

    name: _Line = ""
    lines: list[_Line] = []
    logos: list[str] = []
    colour: str = "#1f4e79"


class PdfTable(BaseModel):
    """`[pdf]` of letter.toml: that there is one, and what its file is called."""

    model_config = ConfigDict(extra="forbid")

    file: _Line = "letter"
    """The first part of the file's name; the state's follows: `HRC55_letter` gives `HRC55_letter_France.pdf`."""


def read_letterhead(table: LetterheadTable, folder: Path) -> Letterhead:
    """Check a letterhead's pictures. Raises LetterError (file, setting, cure)."""
    file = folder / "letter.toml"
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", table.colour):
        where = place(file, "letterhead.colour")
        raise LetterError(
            "letter.no-colour",
            "{place}: {colour!r} is no colour.",
            place=where,
            colour=table.colour,
            remedy="Write it as #1f4e79.",
        )
    return Letterhead(
        name=table.name,
        lines=tuple(table.lines),
        logos=tuple(_logo(folder, entry, place(file, "letterhead.logos", entry)) for entry in table.logos),
        colour=table.colour,
    )


def _logo(folder: Path, entry: str, where: str) -> Path:
    path = folder / entry
    resolved = path.resolve()
    if not resolved.is_relative_to(folder.resolve()) or not resolved.is_file():
        raise LetterError(
            "letter.no-file-in-folder",
            "{place}: there is no file {entry!r} in the folder.",
            place=where,
            entry=entry,
            remedy="Put it there, or remove it.",
        )
    if resolved.suffix.lower() not in _PICTURES:
        raise LetterError(
            "letter.no-picture",
            "{place}: {entry!r} is no picture that can be set.",
            place=where,
            entry=entry,
            remedy="Take .svg, .png or .jpg.",
        )
    if resolved.stat().st_size > _MAX_LOGO:
        raise LetterError(
            "letter.picture-over-2-mb",
            "{place}: {entry!r} is over 2 MB.",
            place=where,
            entry=entry,
            remedy="It goes with every letter: make it smaller.",
        )
    return path


def picture_data(path: Path) -> str:
    """Return a logo as a data URL, so that a page stands by itself."""
    import base64
    import mimetypes

    kind = mimetypes.guess_type(path.name)[0] or "image/png"
    return f"data:{kind};base64,{base64.b64encode(path.read_bytes()).decode()}"
