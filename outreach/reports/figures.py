"""The figures that a reader sees first, each defined once: workbook, page and desk show the same words and numbers."""

from collections.abc import Mapping

from outreach.catalogues import ENGLISH_TONGUE, Tongue
from outreach.reports.groups import ACCEPTED
from outreach.reports.source import Source
from outreach.reports.status import CampaignStatus
from outreach.vocabulary import ANSWERED, SUPPORT, DeliveryStatus, MessageState


def figures_of(status: CampaignStatus, say: Tongue = ENGLISH_TONGUE) -> tuple[tuple[str, int], ...]:
    """Return the figures of a campaign with their labels in a language, in the order in which they are shown."""
    return (
        (say.about("number of", "Missions"), status.missions),
        (say.about("number of", "Sent"), _sum(status.messages, MessageState.SENT)),
        (say.about("number of", "Accepted or delivered"), _sum(status.delivery, *ACCEPTED)),
        (say.about("number of", "Bounced"), _sum(status.delivery, DeliveryStatus.BOUNCED)),
        (say.about("number of", "Answered"), _sum(status.answers, *ANSWERED)),
        (say.about("number of", "In favour or co-sponsor"), _sum(status.positions, *SUPPORT)),
    )


def missions_as_of(source: Source) -> str:
    """Return how many missions are written to, and as of when, such as `47 missions as of 1 March 2024`."""
    return source.say.several(
        "{count} mission as of {day}",
        "{count} missions as of {day}",
        source.status.missions,
        day=source.say.day(source.campaign.as_of),
    )


def _sum(counts: Mapping[str, int], *words: str) -> int:
    return sum(counts.get(word, 0) for word in words)
