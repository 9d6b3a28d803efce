"""How states voted in past years: a state's record, and the missions that voted so. The past, and no position.

Nothing here says how anybody is going to vote: it is kept apart from positions wherever it is shown.
"""

import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy
from sqlmodel import Session, col, func, select

from outreach.errors import AudienceError, NotFoundError
from outreach.missions.facts import find_state
from outreach.missions.past_years import MOST_RESOLUTIONS, PastOnSubject, PastYear, ballots_on, past_on
from outreach.models import Mission, PastResolution, PastVote
from outreach.text import few, folded
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
    """Return how a state, by its code or name, voted; with a theme, on the resolutions on that subject.

    A theme is words of title, subjects or agenda item, or symbols: see `past_years`.

    Raises NotFoundError for what is no state.
    """
    found = find_state(state)
    if found is None:
        raise NotFoundError("record.state", "{state!r} is no state.", state=state, remedy="Write its code, as FRA.")
    return votes_of(session, found.iso3, theme)


def votes_of(session: Session, iso3: str, theme: str = "") -> VotingRecord:
    """Return how the state with a code voted, the latest vote first; with a theme, on what is on that subject."""
    columns: tuple[Any, ...] = (
        col(PastResolution.id), col(PastResolution.symbol), col(PastResolution.voted_on), col(PastResolution.session),
        col(PastResolution.title), col(PastResolution.themes), col(PastVote.vote),
    )  # fmt: skip
    query: Any = (
        sqlalchemy.select(*columns)
        .select_from(PastResolution)
        .join(PastVote, col(PastVote.resolution_id) == col(PastResolution.id))
        .where(col(PastVote.iso3) == iso3)
        .order_by(col(PastResolution.voted_on).desc(), col(PastResolution.id).desc())
    )
    meant = {one.id for one in ballots_on(session, theme)} if folded(theme) else None
    votes = (
        RecordedVote(one.symbol, one.voted_on, one.session, one.title, one.themes, Vote(one.vote))
        for one in session.exec(query)
        if meant is None or one.id in meant
    )
    return VotingRecord(iso3, theme, tuple(votes))


@dataclass(frozen=True, slots=True)
class PastTally:
    """How often a state voted in each way, from one year to another."""

    iso3: str
    mission: str
    votes: dict[Vote, int]
    first_year: int
    last_year: int
    years: tuple[PastYear, ...] = ()
    """Year by year, the latest first, where it is of a subject; a tally of everything has none."""


def tallies(session: Session, missions: Collection[tuple[str, str]], theme: str = "") -> list[PastTally]:
    """Return how the states of missions, as code and name, voted in past years; those without a vote are left out."""
    by_year = PastOnSubject(theme)
    if folded(theme):
        ballots = ballots_on(session, theme)
        years = {one.id: one.voted_on.year for one in ballots}
        if len(ballots) <= MOST_RESOLUTIONS:
            by_year = past_on(session, theme, [iso3 for iso3, _ in missions], ballots)
    else:
        of_all = session.exec(select(col(PastResolution.id), col(PastResolution.voted_on)))
        years = {number: day.year for number, day in of_all if number is not None}
    found = []
    for iso3, mission in missions:
        query = select(PastVote.resolution_id, PastVote.vote).where(PastVote.iso3 == iso3)
        cast = [(number, vote) for number, vote in session.exec(query) if number in years]
        if cast:
            counted = Counter(vote for _, vote in cast)
            span = [years[number] for number, _ in cast]
            votes = {vote: counted[vote] for vote in Vote}
            found.append(PastTally(iso3, mission, votes, min(span), max(span), by_year.of(iso3)))
    return found


def with_vote(session: Session, asked: str, directory: dict[str, Mission]) -> set[str]:
    """Return the codes of the missions whose state voted so: `A/RES/78/1=yes`, `no`, `abstain` or `absent`.

    In place of the symbol, a year and the words of a subject: `2023 landmines=yes`. Raises AudienceError for what can't
    be read, a resolution that is not in the data, and a subject on which that year had several.
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
    of_year = re.fullmatch(r"((?:19|20)[0-9]{2})\s+(.+)", symbol)
    if of_year:
        symbol = _one_on(session, of_year[2], int(of_year[1]))
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


def _one_on(session: Session, subject: str, year: int) -> str:
    """Return the symbol of the one resolution that was on a subject in a year."""
    found = ballots_on(session, subject, (year,))
    if not found:
        raise AudienceError(
            "audience.no-subject",
            "No vote of {year} on {subject!r} is in the data.",
            year=year,
            subject=subject,
            remedy="Take words of the resolution's title, or its symbol. Votes of past years come from a file{RECORD}.",
        )
    if len(found) > 1:
        raise AudienceError(
            "audience.several-on-subject",
            "{count} resolutions of {year} are on {subject!r}: {symbols}.",
            count=len(found),
            year=year,
            subject=subject,
            symbols=few([one.symbol for one in found], 10),
            remedy="Name the one that is meant, as in vote:{first}=yes.",
            first=found[0].symbol,
        )
    return found[0].symbol
