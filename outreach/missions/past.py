"""How states voted in past years: a state's record, and the missions that voted so. The past, and no position.

Nothing here says how anybody is going to vote: it is kept apart from positions wherever it is shown.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import Session, col, func, select

from outreach.errors import AudienceError, NotFoundError
from outreach.missions.facts import find_state
from outreach.models import Mission, PastResolution, PastVote
from outreach.text import folded
from outreach.vocabulary import Vote

VOTE_WORDS = {
    "yes": Vote.IN_FAVOUR, "y": Vote.IN_FAVOUR, "for": Vote.IN_FAVOUR, "in favour": Vote.IN_FAVOUR,
    "in favor": Vote.IN_FAVOUR, "no": Vote.AGAINST, "n": Vote.AGAINST, "against": Vote.AGAINST,
    "abstain": Vote.ABSTAINED, "abstained": Vote.ABSTAINED, "abstention": Vote.ABSTAINED, "a": Vote.ABSTAINED,
    "absent": Vote.NOT_VOTING, "not voting": Vote.NOT_VOTING, "non voting": Vote.NOT_VOTING, "x": Vote.NOT_VOTING,
    "nv": Vote.NOT_VOTING,
}  # fmt: skip
"""What a vote is called in an audience, and in the files of the UN Digital Library."""


@dataclass(frozen=True, slots=True)
class RecordedVote:
    """One vote of a state in past years."""

    symbol: str
    voted_on: date
    session: str
    title: str
    themes: str
    vote: Vote


@dataclass(frozen=True, slots=True)
class VotingRecord:
    """How a state voted in past years, the latest vote first."""

    iso3: str
    theme: str
    votes: tuple[RecordedVote, ...]

    @property
    def tally(self) -> dict[Vote, int]:
        """How often it voted in each way, in the order of the closed list."""
        counted = Counter(one.vote for one in self.votes)
        return {vote: counted[vote] for vote in Vote}

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain data, for JSON."""
        return {
            "iso3": self.iso3,
            "theme": self.theme,
            "tally": {vote.value: number for vote, number in self.tally.items()},
            "votes": [
                {
                    "symbol": one.symbol, "date": one.voted_on.isoformat(), "session": one.session,
                    "title": one.title, "themes": one.themes, "vote": one.vote.value,
                }
                for one in self.votes
            ],
        }  # fmt: skip


def is_known(session: Session) -> bool:
    """Tell whether any vote of past years was taken in."""
    return session.exec(select(col(PastResolution.id)).limit(1)).first() is not None


def record_of(session: Session, state: str, theme: str = "") -> VotingRecord:
    """Return how a state, by its code or name, voted; with a theme, on the resolutions whose words have it.

    A theme is looked for in title, subjects and agenda item, without case and accents.

    Raises NotFoundError for what is no state.
    """
    found = find_state(state)
    if found is None:
        raise NotFoundError("record.state", "{state!r} is no state.", state=state, remedy="Write its code, as FRA.")
    query = (
        select(PastResolution, PastVote.vote)
        .join(PastVote, col(PastVote.resolution_id) == col(PastResolution.id))
        .where(PastVote.iso3 == found.iso3)
        .order_by(col(PastResolution.voted_on).desc(), col(PastResolution.id).desc())
    )
    wanted = folded(theme)
    votes = (
        RecordedVote(one.symbol, one.voted_on, one.session, one.title, one.themes, Vote(vote))
        for one, vote in session.exec(query)
        if not wanted or wanted in folded(f"{one.title} {one.themes}")
    )
    return VotingRecord(found.iso3, theme, tuple(votes))


@dataclass(frozen=True, slots=True)
class PastTally:
    """How often a state voted in each way, from one year to another."""

    iso3: str
    mission: str
    votes: dict[Vote, int]
    first_year: int
    last_year: int


def tallies(session: Session, missions: Collection[tuple[str, str]], theme: str = "") -> list[PastTally]:
    """Return how the states of missions, as code and name, voted in past years; those without a vote are left out."""
    wanted, numbers, years = folded(theme), set[int](), dict[int, int]()
    columns = (
        col(PastResolution.id), col(PastResolution.title), col(PastResolution.themes), col(PastResolution.voted_on)
    )  # fmt: skip
    for number, title, themes, day in session.exec(select(*columns)):
        if number is not None and (not wanted or wanted in folded(f"{title} {themes}")):
            numbers.add(number)
            years[number] = day.year
    found = []
    for iso3, mission in missions:
        query = select(PastVote.resolution_id, PastVote.vote).where(PastVote.iso3 == iso3)
        cast = [(number, vote) for number, vote in session.exec(query) if number in numbers]
        if cast:
            counted = Counter(vote for _, vote in cast)
            span = [years[number] for number, _ in cast]
            votes = {vote: counted[vote] for vote in Vote}
            found.append(PastTally(iso3, mission, votes, min(span), max(span)))
    return found


def with_vote(session: Session, asked: str, directory: dict[str, Mission]) -> set[str]:
    """Return the codes of the missions whose state voted so: `A/RES/78/1=yes`, `no`, `abstain` or `absent`.

    Raises AudienceError for what can't be read, and a resolution that is not in the data.
    """
    symbol, _, word = (part.strip() for part in asked.rpartition("="))
    symbol, vote = (symbol, VOTE_WORDS.get(folded(word))) if symbol else (word, None)
    if vote is None:
        raise AudienceError(
            "audience.vote",
            "{asked!r} asks for no vote.",
            asked=asked,
            remedy="Write it as in vote:A/RES/78/1=yes, or =no, =abstain, =absent.",
        )
    number = session.exec(
        select(PastResolution.id).where(func.upper(col(PastResolution.symbol)) == symbol.upper())
    ).first()
    if number is None:
        raise AudienceError(
            "audience.no-resolution",
            "No vote on {symbol} is in the data.",
            symbol=symbol,
            remedy="Take in the votes of past years first{RECORD}.",
        )
    query = select(PastVote.iso3).where(PastVote.resolution_id == number, PastVote.vote == vote)
    return set(session.exec(query)) & directory.keys()
