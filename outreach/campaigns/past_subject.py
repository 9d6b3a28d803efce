"""On which subject the votes of past years stand beside a campaign's positions, and are known to its letters."""

from dataclasses import dataclass

from sqlalchemy import Engine

from outreach.actors import Actor
from outreach.campaigns.plan import get_campaign
from outreach.database import writing
from outreach.errors import ConflictError, UserError
from outreach.missions.past_years import LONGEST_SUBJECT, MOST_RESOLUTIONS, PastBallot, ballots_on
from outreach.people import audit
from outreach.text import one_line
from outreach.vocabulary import Act


@dataclass(frozen=True, slots=True)
class PastSubject:
    """A campaign's subject, and the resolutions of past years that are on it, the latest first."""

    subject: str
    ballots: tuple[PastBallot, ...] = ()


def set_past_subject(engine: Engine, name: str, subject: str, *, by: Actor, seen: str | None = None) -> PastSubject:
    """Set the subject of a campaign, in words or symbols with `;` between several; empty takes it away.

    A subject that nothing in the data is on yet is kept: the data may come later, and the result tells it. What was
    approved stays as it was frozen. `seen` is the subject that the person looked at.

    Raises UserError for one that is too long or that far too many resolutions are on, NotFoundError for a campaign
    that is not there, ConflictError where somebody has changed the subject meanwhile.
    """
    wanted = one_line(subject).strip()
    if len(wanted) > LONGEST_SUBJECT:
        raise UserError(
            "past.subject-long",
            "The subject has {count} characters, of {most} at the most.",
            count=len(wanted),
            most=LONGEST_SUBJECT,
            remedy="Name it in a few words.",
        )
    with writing(engine) as session:
        campaign = get_campaign(session, name)
        if seen is not None and seen != campaign.past_subject:
            raise ConflictError(
                "past.subject-changed",
                "Somebody has changed the subject meanwhile. Nothing was overwritten.",
                remedy="Look at it as it is now.",
            )
        ballots = ballots_on(session, wanted)
        if len(ballots) > MOST_RESOLUTIONS:
            raise UserError(
                "past.subject-wide",
                "{count} resolutions are on {subject!r}: votes on so many say nothing of one subject.",
                count=len(ballots),
                subject=wanted,
                remedy="Name it more narrowly, or by the symbols of its resolutions with ; between them.",
            )
        if wanted != campaign.past_subject:
            campaign.past_subject, campaign.version = wanted, campaign.version + 1
            session.add(campaign)
            audit.record(session, by, Act.CAMPAIGN_SUBJECT, campaign=name, detail=wanted or "none")
        return PastSubject(wanted, ballots)
