"""The hemicycle: where each seat stands on arcs around the rostrum, so that neighbours in a list sit together."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import cos, pi, sin

WIDTH, HEIGHT = 800.0, 424.0
_CENTRE = (WIDTH / 2, HEIGHT - 32)
_OUTER, _INNER = 332.0, 190.0
_LABELS = 365.0
"""The radius at which the groups' names stand."""
_GAP = 0.05
"""The angle that is left free between two groups, in radians."""


@dataclass(frozen=True, slots=True)
class Place:
    """The middle of a seat, and its radius, in units of the drawing."""

    x: float
    y: float
    r: float


@dataclass(frozen=True, slots=True)
class Wedge:
    """The places of one group, from left to right, and the arc along which its name is written (SVG 2, 9.3.8)."""

    places: tuple[Place, ...]
    arc: str


@lru_cache
def wedges(sizes: tuple[int, ...]) -> list[Wedge]:
    """Lay out groups of these sizes from left to right over half a circle.

    Rows are as many as the seats need; each wedge takes its share of the angle and fills its rows in proportion
    to their length, so that seats keep about the same distance everywhere.
    """
    total = sum(sizes)
    if not total:
        return []
    rows = max(1, min(7, round((total / 5) ** 0.5)))
    radii = [_OUTER - (_OUTER - _INNER) * row / max(rows - 1, 1) for row in range(rows)]
    radius = min(20.5, (_OUTER - _INNER) / max(rows - 1, 1) * 0.42)
    present = [size for size in sizes if size]
    free = pi - _GAP * (len(present) - 1)
    found: list[Wedge] = []
    begin = pi
    for size in sizes:
        if not size:
            found.append(Wedge((), ""))
            continue
        span = free * size / total
        found.append(Wedge(_filled(size, radii, begin, span, radius), _arc(begin, begin - span)))
        begin -= span + _GAP
    return found


def _filled(size: int, radii: Sequence[float], begin: float, span: float, radius: float) -> tuple[Place, ...]:
    seats: list[tuple[float, float]] = []
    for arc, number in zip(radii, _shares(size, radii), strict=True):
        seats += [(begin - (place + 0.5) / number * span, arc) for place in range(number)]
    seats.sort(key=lambda seat: (-seat[0], -seat[1]))
    return tuple(
        Place(round(_CENTRE[0] + arc * cos(angle), 1), round(_CENTRE[1] - arc * sin(angle), 1), radius)
        for angle, arc in seats
    )


def _arc(begin: float, end: float) -> str:
    (x1, y1), (x2, y2) = ((_CENTRE[0] + _LABELS * cos(a), _CENTRE[1] - _LABELS * sin(a)) for a in (begin, end))
    return f"M{x1:.1f} {y1:.1f}A{_LABELS:g} {_LABELS:g} 0 0 1 {x2:.1f} {y2:.1f}"


def _shares(size: int, radii: Sequence[float]) -> list[int]:
    """Share seats among rows in proportion to their length, by largest remainder."""
    whole = sum(radii)
    exact = [size * arc / whole for arc in radii]
    shares = [int(part) for part in exact]
    by_remainder = sorted(range(len(radii)), key=lambda row: exact[row] - shares[row], reverse=True)
    for row in by_remainder[: size - sum(shares)]:
        shares[row] += 1
    return shares
