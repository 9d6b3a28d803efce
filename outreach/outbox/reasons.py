"""What is written down of letters and campaigns that do not go, in sentences that more than one module writes."""

from outreach.sentences import KeptSentence, Moment
from outreach.vocabulary import Hold

UNCONFIRMED = KeptSentence(
    "gate.unconfirmed", "it was scheduled in rehearsal: schedule it again in live mode and confirm its missions"
)
REHEARSED = KeptSentence("gate.rehearsed", "some of its letters went out in rehearsal only: approve it again")
CAMPAIGN_CANCELLED = KeptSentence("letter.with-its-campaign", "the campaign was cancelled")


def late(due: Moment) -> KeptSentence:
    """Say that the time of a campaign passed unattended."""
    return KeptSentence("gate.late", "its time ({due}) passed while nothing was running", due=due)


def held_for(hold: Hold, what: str) -> KeptSentence:
    """Say for what a letter is held, and what that is about: addresses, or a server's words."""
    return KeptSentence("gate.held", "{hold}: {what}", hold=hold, what=what)
