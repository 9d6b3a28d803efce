"""Several campaigns beside each other: where each mission stood in each, and who has moved."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from outreach.errors import UserError
from outreach.models import Campaign, Mission, Response
from outreach.vocabulary import Position, Vote

MOST = 6
"""The most campaigns that fit beside each other on a screen."""


@dataclass(frozen=True, slots=True)
class Stood:
    """Where a mission stood in one campaign, and how it voted then."""

    position: Position
    vote: Vote | None


@dataclass(frozen=True, slots=True)
class Compared:
    """One mission over the campaigns, in their order; None where it was not written to."""

    iso3: str
    mission: str
    group: str
    stood: tuple[Stood | None, ...]

    @property
    def moved(self) -> bool:
        """Whether it is known to have stood otherwise in one campaign than in another."""
        known = {one.position for one in self.stood if one is not None and one.position is not Position.UNKNOWN}
        return len(known) > 1


def compare(session: Session, campaigns: Sequence[Campaign]) -> list[Compared]:
    """Return each mission of these campaigns, by name. Raises UserError for more campaigns than fit."""
    if len(campaigns) > MOST:
        raise UserError(
            "compare.too-many",
            "{count} campaigns don't fit beside each other.",
            count=len(campaigns),
            most=MOST,
            remedy="Choose {most} at most.",
        )
    numbers = [one.id for one in campaigns]
    rows = session.exec(
        select(Response.campaign_id, Response.iso3, Response.position, Response.vote).where(
            col(Response.campaign_id).in_(numbers)
        )
    )
    stood: dict[str, list[Stood | None]] = {}
    for number, iso3, position, vote in rows:
        stood.setdefault(iso3, [None] * len(numbers))[numbers.index(number)] = Stood(
            Position(position), Vote(vote) if vote else None
        )
    missions = session.exec(select(Mission).where(col(Mission.iso3).in_(list(stood)))).all()
    found = [Compared(one.iso3, one.short_name, one.regional_group, tuple(stood[one.iso3])) for one in missions]
    return sorted(found, key=lambda one: one.mission)
