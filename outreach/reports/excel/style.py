"""How a workbook looks: one accent colour, quiet rules, and words that also read in black and white."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.styles.differential import DifferentialStyle

from outreach.vocabulary import Position

ACCENT = "1F5FA8"
ACCENT_TINT = "E8F0F9"
INK = "1F2A35"
MUTED = "5F6B76"
RULE = "D3DAE1"
WARNING = "8A4B00"
WARNING_TINT = "FDF0D9"
ALARM = "A32020"
ALARM_TINT = "FBE6E4"
SHADES = ("D9DEE3", "B9CFE8", "6F9FD3", ACCENT)
"""From nothing to everything, in steps that a grey print keeps apart."""
TYPED = "7A5C00"
TYPED_TINT = "FFF9E5"
"""The header and the ground of the columns that a person types into."""
POSITIONS = ("D9DEE3", "123F73", "6F9FD3", "F2D48A", "B8A28A", "A32020", "8C97A1")
"""A colour a position, in the order of the closed list: unknown, co-sponsor, in favour, undecided, abstain, against,
declined. Blue for, red against, in steps that a grey print keeps apart."""
POSITION_MARKS: Mapping[Position, str] = {
    Position.CO_SPONSOR: "★",
    Position.IN_FAVOUR: "+",
    Position.UNDECIDED: "?",
    Position.ABSTAIN: "○",
    Position.AGAINST: "−",
    Position.DECLINED: "…",
    Position.UNKNOWN: "",
}
"""A mark for each position, so that it is told without colour."""
_FACE = "Calibri"


@dataclass(frozen=True)
class Look:
    """How one cell looks."""

    size: float = 11
    bold: bool = False
    italic: bool = False
    colour: str = INK
    fill: str = ""
    rule: str = ""
    """The colour of the line below; none if empty."""
    across: str = "left"
    down: str = "top"
    wrap: bool = False
    indent: int = 0
    number_format: str = "General"
    apart: bool = False
    """Whether a white gap sets it off from the cell to its left."""
    quoted: bool = False
    """Whether Excel is told that it is text even if it is edited (quotePrefix)."""


def styled(sheet: Any, value: Any, look: Look) -> Any:
    """Return a cell of a write-only sheet. Text is text: it is never taken for a formula or an error."""
    cell: Any = WriteOnlyCell(sheet)
    cell.font = Font(name=_FACE, size=look.size, bold=look.bold, italic=look.italic, color=look.colour)
    cell.alignment = Alignment(
        horizontal=look.across, vertical=look.down, wrap_text=look.wrap or None, indent=look.indent
    )
    cell.number_format = look.number_format
    if look.fill:
        cell.fill = PatternFill("solid", fgColor=look.fill)
    if look.rule or look.apart:
        cell.border = Border(
            left=Side("thick", color="FFFFFF") if look.apart else None,
            bottom=Side("thin", color=look.rule) if look.rule else None,
        )
    if look.quoted:
        cell.quotePrefix = True
    return put(cell, value)


def put(cell: Any, value: Any) -> Any:
    """Give a cell a value and return it. A cell of a write-only sheet may be used again for the next row."""
    cell.value = value
    if isinstance(value, str):
        cell.data_type = "s"
    return cell


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, 1 to 21 (WCAG 2.2, contrast ratio)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def is_dark(colour: str) -> bool:
    """Tell whether white reads better on a colour than ink does."""
    return contrast(colour, "FFFFFF") > contrast(colour, INK)


def _luminance(colour: str) -> float:
    """Return the relative luminance of a colour (WCAG 2.2)."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


# Some programs apply the first rule that fits and no other: each rule draws the line as well.
_LINE_BELOW = Border(bottom=Side("thin", color=RULE))


def differing(
    *, colour: str, fill: str = "", bold: bool = False, italic: bool = False, strike: bool = False
) -> DifferentialStyle:
    """Return the look that a condition gives to a cell. Bold or italic goes with each colour, for grey prints."""
    return DifferentialStyle(
        font=Font(color=colour, bold=bold or None, italic=italic or None, strike=strike or None),
        fill=PatternFill(bgColor=fill, fill_type="solid") if fill else None,
        border=_LINE_BELOW,
    )


PROBLEM = differing(colour=ALARM, fill=ALARM_TINT, bold=True)
CAUTION = differing(colour=WARNING, fill=WARNING_TINT, bold=True)
GOOD = differing(colour=ACCENT, fill=ACCENT_TINT, bold=True)
WHOLE = differing(colour=INK, fill=ACCENT_TINT, bold=True)
LINE = DifferentialStyle(border=_LINE_BELOW)
TO_FILL_IN = DifferentialStyle(fill=PatternFill(bgColor=TYPED_TINT, fill_type="solid"), border=_LINE_BELOW)
QUIET = differing(colour=MUTED)
ASIDE = differing(colour=MUTED, italic=True)
VOID = differing(colour=MUTED, strike=True)
