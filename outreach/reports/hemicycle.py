"""The hemicycle: where each seat stands on arcs around the rostrum, so that neighbours in a list sit together."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import cos, pi, sin

WIDTH, HEIGHT = 800.0, 424.0
_CENTRE = (WIDTH / 2, HEIGHT - 32)
_OUTER, _INNER = 338.0, 192.0
_LABELS = 370.0
"""The radius at which the groups' names stand."""
_LARGEST = 20.5
_APART = 4.0
"""The least that is left free between two seats, in units of the drawing."""
_GAP = 0.05
"""The angle that is left free between two groups, in radians."""


@dataclass(frozen=True, slots=True)
class SeatPlace:
    """The middle of a seat, and its radius, in units of the drawing."""

    x: float
    y: float
    r: float


@dataclass(frozen=True, slots=True)
class Wedge:
    """The places of one group, from left to right, and the arc along which its name is written (SVG 2, 9.3.8)."""

    places: tuple[SeatPlace, ...]
    arc: str


def wedges(sizes: Sequence[int]) -> list[Wedge]:
    """Lay out groups of these sizes from left to right over half a circle.

    Rows are as many as the seats need; each wedge takes its share of the angle and fills its rows so that its seats
    keep their distance. The seats are as large as the two that stand closest allow.
    """
    return list(_laid_out(tuple(sizes)))


@lru_cache
def _laid_out(sizes: tuple[int, ...]) -> list[Wedge]:
    total = sum(sizes)
    if not total:
        return []
    rows = max(1, min(7, round((total / 5) ** 0.5)))
    radii = [_OUTER - (_OUTER - _INNER) * row / max(rows - 1, 1) for row in range(rows)]
    present = [size for size in sizes if size]
    free = pi - _GAP * (len(present) - 1)
    spans = [free * size / total for size in sizes]
    shares = [_shares(size, radii) for size in sizes]
    closest = min(
        span * arc / number
        for span, share in zip(spans, shares, strict=True)
        for arc, number in zip(radii, share, strict=True)
        if number
    )
    between_rows = (_OUTER - _INNER) / (rows - 1) if rows > 1 else _INNER
    radius = min(_LARGEST, (min(closest, between_rows) - _APART) / 2)
    found: list[Wedge] = []
    begin = pi
    for size, span, share in zip(sizes, spans, shares, strict=True):
        if not size:
            found.append(Wedge((), ""))
            continue
        found.append(Wedge(_filled(share, radii, begin, span, radius), _arc(begin, begin - span)))
        begin -= span + _GAP
    return found


def _filled(
    share: Sequence[int], radii: Sequence[float], begin: float, span: float, radius: float
) -> tuple[SeatPlace, ...]:
    seats: list[tuple[float, float]] = []
    for arc, number in zip(radii, share, strict=True):
        seats += [(begin - (place + 0.5) / number * span, arc) for place in range(number)]
    seats.sort(key=lambda seat: (-seat[0], -seat[1]))
    return tuple(
        SeatPlace(round(_CENTRE[0] + arc * cos(angle), 1), round(_CENTRE[1] - arc * sin(angle), 1), radius)
        for angle, arc in seats
    )


def _arc(begin: float, end: float) -> str:
    (x1, y1), (x2, y2) = ((_CENTRE[0] + _LABELS * cos(a), _CENTRE[1] - _LABELS * sin(a)) for a in (begin, end))
    return f"M{x1:.1f} {y1:.1f}A{_LABELS:g} {_LABELS:g} 0 0 1 {x2:.1f} {y2:.1f}"


def _shares(size: int, radii: Sequence[float]) -> list[int]:
    """Share seats among rows so that the closest two stand as far apart as can be: by highest averages."""
    shares = [0] * len(radii)
    for _ in range(size):
        row = max(range(len(radii)), key=lambda place: radii[place] / (shares[place] + 1))
        shares[row] += 1
    return shares
