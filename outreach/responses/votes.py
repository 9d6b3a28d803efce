"""Takes the vote sheet in: how each member voted when the resolution was put to the vote."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlmodel import select

from outreach.actors import Actor
from outreach.campaigns.plan import get_campaign
from outreach.clock import now
from outreach.database import reading, writing
from outreach.errors import Problem, SheetError
from outreach.missions.by_state import StateSheet, find_states
from outreach.missions.opening import open_book
from outreach.models import Response
from outreach.people import audit
from outreach.responses.typed import Typed, TypedChange, take
from outreach.sentences import Remedy
from outreach.text import folded
from outreach.vocabulary import Act, Vote

_HEADERS = ("vote", "voted", "votes", "vote cast", "result", "roll call", "voto", "votación", "vote exprimé", "scrutin")
_WORDS: Mapping[Vote, Sequence[str]] = {
    Vote.IN_FAVOUR: ("in favour", "in favor", "for", "yes", "y", "pour", "oui", "a favor", "sí",
                     "favour", "favor", "+"),
    Vote.AGAINST: ("against", "no", "n", "contre", "non", "en contra", "-"),
    Vote.ABSTAINED: ("abstained", "abstain", "abstention", "abstaining", "a", "abs", "s'est abstenu", "abstención",
                     "abstenido", "se abstuvo"),
    Vote.NOT_VOTING: ("not voting", "did not vote", "absent", "non-participating", "no vote", "nv", "ausente",
                      "n'a pas voté", "no votó"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class VotesResult:
    """What came of a vote sheet."""

    campaign: str
    file: str
    dry_run: bool
    changes: Sequence[TypedChange]
    tally: Mapping[Vote, int]
    notes: Sequence[str]

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain data, for JSON."""
        return {
            "campaign": self.campaign,
            "file": self.file,
            "dry_run": self.dry_run,
            "tally": {vote.value: number for vote, number in self.tally.items()},
            "changes": [{"iso3": c.iso3, "field": c.field, "old": c.old, "new": c.new} for c in self.changes],
            "notes": list(self.notes),
        }


def import_votes(
    engine: Engine, campaign_name: str, path: Path, *, sheet: str | None = None, dry_run: bool = False, by: Actor
) -> VotesResult:
    """Take the votes of a campaign's missions from a spreadsheet with a column of states and one called Vote.

    An empty vote leaves what is there. Members that the campaign does not write to are left out, and said.

    Raises NotFoundError for the campaign, SheetError with a Problem for each row that can't be taken.
    """
    found = find_states(open_book(path), sheet=sheet, fields={"vote": _HEADERS})
    votes = _votes(found, path.name)
    with reading(engine) if dry_run else writing(engine) as session:
        campaign = get_campaign(session, campaign_name)
        responses = {r.iso3: r for r in session.exec(select(Response).where(Response.campaign_id == campaign.id))}
        at = now()
        changes = [
            change
            for iso3, vote in votes.items()
            if iso3 in responses
            for change in take(session, responses[iso3], Typed(vote=vote), who=by, at=at, note=f"from {path.name}")
        ]
        if dry_run:
            session.rollback()
        else:
            told = f"{path.name}: {len(changes)} changes"
            audit.record(session, by, Act.VOTES_IMPORTED, campaign=campaign_name, detail=told)
    tally = {vote: sum(found == vote for found in votes.values()) for vote in Vote}
    notes = []
    if others := sorted(votes.keys() - responses.keys()):
        notes.append(f"Not in the campaign, and left out: {', '.join(others)}.")
    if missing := sorted(responses.keys() - votes.keys()):
        notes.append(f"No vote is told of: {', '.join(missing)}.")
    return VotesResult(campaign_name, path.name, dry_run, changes, tally, notes)


def _votes(found: StateSheet, file: str) -> dict[str, Vote]:
    problems = [Problem.of(p.says, where=p.where, remedy=Remedy("Write its ISO3 code.")) for p in found.unknown]
    votes: dict[str, Vote] = {}
    first: dict[str, int] = {}
    for row, iso3 in found.rows.items():
        text = found.text(row, "vote")
        vote = _words().get(folded(text) or text)
        if text and vote is None:
            problems.append(
                Problem(
                    "votes.no-vote",
                    '"{text}" is no vote',
                    text=text[:60],
                    where=found.place(row, "vote"),
                    known=", ".join(Vote),
                    remedy="Write one of: {known}.",
                )
            )
        elif vote is not None and iso3 in first:
            problems.append(
                Problem(
                    "votes.twice",
                    "{iso3} stands in row {row} already",
                    iso3=iso3,
                    row=first[iso3],
                    where=found.place(row, "state"),
                    remedy="Keep one of the two rows.",
                )
            )
        elif vote is not None:
            votes[iso3], first[iso3] = vote, row
    if problems:
        raise SheetError(
            "votes.refused",
            "{file}: {count} cells can't be taken; nothing was imported.",
            file=file,
            count=len(problems),
            problems=problems,
        )
    return votes


@cache
def _words() -> Mapping[str, Vote]:
    return {folded(word) or word: vote for vote, words in _WORDS.items() for word in words}
