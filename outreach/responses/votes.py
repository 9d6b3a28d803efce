"""Takes a recorded vote in: how each member voted when the resolution was put to the vote."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlmodel import select

from outreach.actors import Actor
from outreach.campaigns.plan import get_campaign
from outreach.clock import now
from outreach.database import reading, writing
from outreach.errors import Problem, SheetError
from outreach.missions.audience import member_until
from outreach.missions.facts import states
from outreach.missions.names import NamedStates, short_name
from outreach.models import Campaign, Response
from outreach.people import audit
from outreach.responses.ballots.ballot import Ballot, Cast
from outreach.responses.ballots.ballot_sources import PASTED, read_ballots, read_content
from outreach.responses.typed import Typed, TypedChange, take
from outreach.sentences import Sentence, saying, some_of
from outreach.text import counted, one_line
from outreach.vocabulary import Act, Vote

_LISTED = 20
PASTED_NAME = "pasted"
"""Where votes came from that came by no file, as the history has it."""
_COUNTED = (Vote.IN_FAVOUR, Vote.AGAINST, Vote.ABSTAINED)


@dataclass(frozen=True, slots=True)
class VotesResult:
    """What came of a recorded vote."""

    campaign: str
    file: str
    dry_run: bool
    changes: Sequence[TypedChange]
    tally: Mapping[Vote, int]
    notes: Sequence[Sentence]
    questions: Sequence[Problem] = ()
    """What was likely only, and agreed to; with `dry_run`, what would be asked."""
    resolution: Mapping[str, str] = field(default_factory=dict)
    """What the source tells of it: symbol, title, session, date."""

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain data, for JSON."""
        return {
            "campaign": self.campaign,
            "file": self.file,
            "dry_run": self.dry_run,
            "tally": {vote.value: number for vote, number in self.tally.items()},
            "changes": [{"iso3": c.iso3, "field": c.field, "old": c.old, "new": c.new} for c in self.changes],
            "notes": list(map(str, self.notes)),
            "questions": list(self.questions),
            "resolution": dict(self.resolution),
        }


def _nobody_voted(votes: Mapping[str, Vote], name: str) -> list[Problem]:
    """Ask about a source by which nobody voted: a list of who was present says `absent` too."""
    if set(votes.values()) - {Vote.NOT_VOTING}:
        return []
    return [
        Problem(
            "votes.nobody-voted", "it tells who did not vote, and nobody who did: {states}", where=name,
            states=NamedStates.coded(votes), remedy="Look whether it is the record of a vote.",
        )
    ]  # fmt: skip


def import_votes(
    engine: Engine,
    campaign_name: str,
    path: Path,
    *,
    sheet: str | None = None,
    which: str = "",
    dry_run: bool = False,
    yes: bool = False,
    ask: Callable[[Sequence[Problem]], bool] = lambda _: False,
    content: bytes | None = None,
    by: Actor,
) -> VotesResult:
    """Take the votes of a campaign's missions from whatever tells them; see docs/sheets.md for the shapes.

    `content` is what was pasted, in the place of a file. `which` names a column, its letter or a resolution where
    several votes are told. What is only likely is asked with `ask`, unless `yes` agrees beforehand; a state that was no
    member of that Council, or that the campaign does not write to, is left out and told. A vote that the source does
    not tell leaves what is there.

    Raises NotFoundError for the campaign, SheetError with a Problem for each cell that can't be taken or each thing
    that nobody has agreed to. Nothing has been changed then.
    """
    name = PASTED_NAME if content is not None else path.name
    ballots, notes = read_ballots(path, sheet=sheet) if content is None else read_content(PASTED, content, sheet=sheet)
    ballot = _chosen(ballots, which, name)
    notes = [*notes, *ballot.notes]
    problems = [*ballot.problems, *_twice(ballot.casts, notes)]
    if problems:
        raise SheetError(
            "votes.refused",
            "{file}: {count} {count:*cell|cells} can't be taken; nothing was imported.",
            file=name,
            count=len(problems),
            problems=[*problems, *ballot.questions],
        )
    votes = ballot.votes()
    if not votes:
        raise _none_found(name)
    with reading(engine) as session:
        campaign = get_campaign(session, campaign_name)
        members = set(member_until(session, states(), _day_of(campaign)))
        strangers = sorted(iso3 for iso3 in votes if members and iso3 not in members)
        questions = [*ballot.questions, *_nobody_voted(votes, name)]
        questions += [*_differing(ballot, notes), *_other_vote(campaign, ballot, strangers)]
    if questions and not (dry_run or yes or ask(questions)):
        raise SheetError(
            "votes.asked",
            "{file}: {count} {count:*thing is|things are} to be agreed to, and nobody has; nothing was imported.",
            file=name,
            count=len(questions),
            problems=questions,
            remedy="If they are right, {AGREE:take them so}; else correct the source.",
        )
    if strangers:
        year = _day_of(campaign).year
        notes.append(
            saying("votes.no-members", "No member of the Council in {year}, and left out: {states}.", year=str(year),
                   states=_with_names(strangers))
        )  # fmt: skip
    for iso3 in strangers:
        votes.pop(iso3, None)
    with writing(engine, dry_run=dry_run) as session:
        campaign = get_campaign(session, campaign_name)
        responses = {r.iso3: r for r in session.exec(select(Response).where(Response.campaign_id == campaign.id))}
        at = now()
        changes = [
            change
            for iso3, vote in votes.items()
            if iso3 in responses
            for change in take(session, responses[iso3], Typed(vote=vote), who=by, at=at, note=f"from {name}")
        ]
        if not dry_run:
            if ballot.about:
                campaign.resolution = {**ballot.about, "file": one_line(name)[:200]}
                session.add(campaign)
            told = f"{name}: {counted(len(changes), 'change')}"
            audit.record(session, by, Act.VOTES_IMPORTED, campaign=campaign_name, detail=told)
        here = set(responses)
    if others := sorted(votes.keys() - here):
        notes.append(
            saying(
                "votes.not-in-campaign",
                "Not in the campaign, and left out: {states}.",
                states=NamedStates.coded(others),
            )
        )
    if missing := sorted((here & members if members else here) - votes.keys()):
        notes.append(saying("votes.none-told", "No vote is told of: {states}.", states=NamedStates.coded(missing)))
    tally = {vote: sum(found == vote for found in votes.values()) for vote in Vote}
    return VotesResult(campaign_name, name, dry_run, changes, tally, notes, tuple(questions), ballot.about)


def _chosen(ballots: Sequence[Ballot], which: str, file: str) -> Ballot:
    if not ballots:
        raise _none_found(file)
    names = _ways(ballots)
    labels = "; ".join(dict.fromkeys(names))[:600]
    if which:
        meant = [one for one, name in zip(ballots, names, strict=True) if one.is_called(which, name)]
        if not meant:
            raise SheetError(
                "votes.no-such-vote", "{file} has no vote called {which!r}.", file=file, which=which, labels=labels,
                remedy="It has: {labels}.",
            )  # fmt: skip
        if len(meant) != 1:
            raise SheetError(
                "votes.several-such-votes",
                "{file} has {count} {count:*vote|votes} called {which!r}.",
                file=file,
                count=len(meant),
                which=which,
                labels=labels,
                remedy="It has: {labels}.",
            )
        # A person has said that it is the vote: that needs no asking any more.
        meant[0].questions = [one for one in meant[0].questions if one.says.code != "votes.column-guessed"]
        return meant[0]
    if len(ballots) > 1:
        if all(one.votes() == ballots[0].votes() and not one.problems for one in ballots):
            return ballots[0]
        raise SheetError(
            "votes.which",
            "{file} tells {count} votes, and nobody can say which one is meant: {labels}. Nothing was imported.",
            file=file,
            count=len(ballots),
            labels=labels,
            vote=_name_of(ballots[0], names[0]),
            remedy="Say which one{WHICH}.",
        )
    return ballots[0]


def _label(ballot: Ballot) -> str:
    symbol = ballot.about.get("symbol", "")
    return f"{ballot.label} ({symbol})" if symbol and symbol not in ballot.label else ballot.label


def _ways(ballots: Sequence[Ballot]) -> list[str]:
    """Return what each vote may be asked for by: its label; where labels are alike, with the column's letter, or else
    where the first vote stands.
    """
    labels = [_label(one) for one in ballots]
    return [
        label
        if labels.count(label) == 1
        else f"{label} in column {one.other_names[0]}"
        if one.other_names
        else next((cast.where for cast in one.casts if cast.where), label)
        for one, label in zip(ballots, labels, strict=True)
    ]


def _name_of(ballot: Ballot, name: str) -> str:
    return ballot.other_names[0] if ballot.other_names else ballot.about.get("symbol") or name


def _none_found(file: str) -> SheetError:
    return SheetError(
        "votes.none-found",
        "{file} tells no votes: there is no column of states with one of votes, nor a list of names under In favour, "
        "Against and Abstained.",
        file=file,
        remedy="Give it the columns Country and Vote, or the lists as the record of the meeting has them.",
    )


def _twice(casts: Iterable[Cast], notes: list[Sentence]) -> list[Problem]:
    first: dict[str, Cast] = {}
    problems: list[Problem] = []
    again: list[str] = []
    for cast in casts:
        known = first.setdefault(cast.iso3, cast)
        if known is cast or cast.vote is None:
            continue
        if known.vote is None:
            first[cast.iso3] = cast
        elif known.vote is cast.vote:
            again.append(cast.iso3)
        else:
            problems.append(
                Problem(
                    "votes.twice",
                    "{iso3} voted {vote} there, and {other} in {place}",
                    iso3=cast.iso3,
                    vote=cast.vote,
                    other=known.vote,
                    place=known.where,
                    where=cast.where,
                    remedy="Keep the one that counts.",
                )
            )
    if again:
        notes.append(
            saying("votes.again", "Twice, with the same vote: {states}.", states=NamedStates.coded(set(again)))
        )
    return problems


def _differing(ballot: Ballot, notes: list[Sentence]) -> list[Problem]:
    """Compare the announced result with the rows, of all states that the source names."""
    counted = dict.fromkeys(Vote, 0)
    for vote in ballot.votes().values():
        counted[vote] += 1
    questions: list[Problem] = []
    told: set[tuple[Vote, int]] = set()
    for where, numbers in ballot.announced:
        for vote, number in numbers.items():
            if (vote, number) in told or (vote not in _COUNTED and not counted[vote]):
                continue
            told.add((vote, number))
            if number != counted[vote]:
                questions.append(
                    Problem(
                        "votes.tally",
                        "{number} {vote} are announced, and {counted} are listed",
                        number=number,
                        vote=vote,
                        counted=counted[vote],
                        where=where,
                        remedy="Look which name is missing or too many.",
                    )
                )
    if told and not questions:
        notes.append(saying("votes.agrees", "The announced result agrees with the list."))
    return questions


def _day_of(campaign: Campaign) -> date:
    return campaign.vote_on or campaign.session_starts or campaign.as_of


def _other_vote(campaign: Campaign, ballot: Ballot, strangers: Sequence[str]) -> list[Problem]:
    """Ask where a source seems to be about another vote than the campaign's: another year, another Council."""
    day, questions = _day_of(campaign), []
    told = ballot.about.get("date", "")
    if told and told[:4] != str(day.year):
        questions.append(
            Problem(
                "votes.other-year",
                "it is a vote of {told}, and the campaign is about {year}",
                told=told,
                year=day.year,
                where=ballot.label,
                remedy="Is it the right one?",
            )
        )
    if strangers:  # who was no member can't have voted: the source is wrong there, or of another vote
        questions.append(
            Problem(
                "votes.other-council",
                "{count} of {all} states in it {count:*was no member|were no members} of the Council in {year}, and "
                "would be left out: {states}",
                count=len(strangers),
                all=len(ballot.votes()),
                year=day.year,
                states=_with_names(strangers),
                where=ballot.label,
                remedy="Is it a vote of another year, or of the General Assembly?",
            )
        )
    return questions


def _with_names(iso3s: Sequence[str]) -> Sentence:
    return some_of([f"{iso3} ({short_name(states()[iso3], 'en')})" for iso3 in iso3s], _LISTED)
