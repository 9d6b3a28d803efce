"""Whose words a forward bears: what a mission's official passes on of somebody else is not the mission's own.

The words of who passes a mail on stand above those of its writer. Each are the mission's only if it is an address of
the mission that speaks; what an official of one mission shows us of another proposes nothing of either by itself.
"""

from outreach.inbox.finding import MailFinding
from outreach.inbox.known import KnownLetters
from outreach.inbox.meaning.proposals import proposed
from outreach.inbox.proof import SPEAKERS, Certainty
from outreach.vocabulary import Answering, SubKind


def heard(finding: MailFinding, iso3: str, known: KnownLetters, *, confirmed: bool = False) -> MailFinding:
    """Return a forward with what the words of a mission in it propose; other mail as it is.

    `iso3` is the mission whose letter it is about, empty where that is in doubt; `confirmed`: a person said so.
    """
    if finding.sub_kind is not SubKind.FORWARD:
        return finding
    sends, writes = (is_of(one, iso3, known) for one in (finding.sender, finding.writer))
    if sends:
        # That it shows us what others wrote is no answer yet.
        counts = finding.counts if writes or finding.counts is not Answering.YES else Answering.DOUBTFUL
        own = proposed(finding.text if writes else finding.above)
        return finding._replace(proposes=own._replace(writer=finding.sender), counts=counts)
    below = proposed(finding.text.removeprefix(finding.above).lstrip())._replace(writer=finding.writer)
    return finding._replace(proposes=below if writes or confirmed else below._replace(position=None))


def is_of(address: str, iso3: str, known: KnownLetters) -> bool:
    """Tell whether an address speaks for a mission for sure: one of its own, or of a house that is its alone."""
    return SPEAKERS[known.speaker(address, iso3)] is Certainty.CERTAIN
