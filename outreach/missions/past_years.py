"""How states voted on one subject, year by year: "2023 in favour, 2022 abstained". The past, and no position.

The subject is what a person names: words that titles, subjects or agenda items have, or symbols of resolutions, with
`;` between several.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import Any

import sqlalchemy
from sqlmodel import Session, col, select

from outreach.models import Campaign, PastResolution, PastVote
from outreach.text import folded, one_line
from outreach.vocabulary import Vote

LONGEST_SUBJECT = 300
MOST_RESOLUTIONS = 60
"""More than so many are no subject: a year would say yes and no of everything at once."""
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class PastBallot:
    """A resolution of past years on a subject."""

    id: int
    symbol: str
    title: str
    voted_on: date


@dataclass(frozen=True, slots=True)
class PastYear:
    """How a state voted on a subject in a year."""

    year: int
    votes: tuple[Vote, ...]
    """Each way in which it voted, once, in the order of the closed list: several where its votes differed."""

    @property
    def vote(self) -> Vote | None:
        """How it voted; None where it voted in several ways that year."""
        return self.votes[0] if len(self.votes) == 1 else None


@dataclass(frozen=True, slots=True)
class PastOnSubject:
    """The votes of past years on a subject."""

    subject: str = ""
    ballots: tuple[PastBallot, ...] = ()
    """The latest first."""
    years: Mapping[str, tuple[PastYear, ...]] = field(default_factory=dict)
    """By ISO3, the latest year first; a state that cast none is not in it."""
    cast: Mapping[str, Mapping[str, Vote]] = field(default_factory=dict)
    """By ISO3, then by symbol."""

    def of(self, iso3: str) -> tuple[PastYear, ...]:
        """How a state voted, the latest year first."""
        return self.years.get(iso3, ())

    @property
    def all_years(self) -> tuple[int, ...]:
        """The years in which it was voted on, the latest first."""
        return tuple(dict.fromkeys(one.voted_on.year for one in self.ballots))


def ballots_on(session: Session, subject: str, years: Collection[int] = ()) -> tuple[PastBallot, ...]:
    """Return the resolutions of past years on a subject, the latest first; with `years`, only those of these."""
    parts = [part for text in subject.split(";") if (part := folded(text))]
    if not parts:
        return ()
    symbols = {one_line(text).upper() for text in subject.split(";")}
    columns: tuple[Any, ...] = (
        col(PastResolution.id), col(PastResolution.symbol), col(PastResolution.title), col(PastResolution.themes),
        col(PastResolution.voted_on),
    )  # fmt: skip
    latest_first = col(PastResolution.voted_on).desc(), col(PastResolution.id).desc()
    query: Any = sqlalchemy.select(*columns).order_by(*latest_first)
    wholes = [re.compile(rf"(?<!\w){re.escape(part)}") for part in parts]
    return tuple(
        PastBallot(number, symbol, title, day)
        for number, symbol, title, themes, day in session.exec(query)
        if number is not None
        and (not years or day.year in years)
        and (symbol.upper() in symbols or any(whole.search(folded(f"{title} {themes}")) for whole in wholes))
    )


def past_on(
    session: Session, subject: str, iso3s: Iterable[str], ballots: tuple[PastBallot, ...] | None = None
) -> PastOnSubject:
    """Return how these states voted on a subject in past years; nothing where there is no subject or no data.

    `ballots` are those on the subject, where they are known already.
    """
    ballots = ballots_on(session, subject) if ballots is None else ballots
    if not ballots:
        return PastOnSubject(subject)
    wanted = set(iso3s)
    known = {one.id: one for one in ballots}
    found: dict[str, dict[int, set[Vote]]] = defaultdict(lambda: defaultdict(set))
    cast: dict[str, dict[str, Vote]] = defaultdict(dict)
    numbers = iter(known)
    while some := list(islice(numbers, _AT_ONCE)):  # SQLite takes no more than so many in a statement
        query = select(PastVote.resolution_id, PastVote.iso3, PastVote.vote)
        for number, iso3, vote in session.exec(query.where(col(PastVote.resolution_id).in_(some))):
            if iso3 in wanted:
                found[iso3][known[number].voted_on.year].add(Vote(vote))
                cast[iso3][known[number].symbol] = Vote(vote)
    years = {
        iso3: tuple(
            PastYear(year, tuple(one for one in Vote if one in votes))
            for year, votes in sorted(of_state.items(), reverse=True)
        )
        for iso3, of_state in found.items()
    }
    return PastOnSubject(subject, ballots, years, dict(cast))


def latest_subject(session: Session) -> str:
    """Return the subject of the newest campaign that has one; empty where none has."""
    query = select(Campaign.past_subject).where(Campaign.past_subject != "").order_by(col(Campaign.id).desc())
    return session.exec(query.limit(1)).first() or ""


def years_as_data(years: Sequence[PastYear]) -> list[dict[str, object]]:
    """Return years as plain data, for JSON."""
    return [{"year": one.year, "votes": [vote.value for vote in one.votes]} for one in years]
