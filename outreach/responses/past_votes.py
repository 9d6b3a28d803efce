"""Takes in the voting data that the UN Digital Library publishes: a CSV with a row for each state and resolution.

The General Assembly's file (digitallibrary.un.org/record/4060887) has some 900,000 rows; the Human Rights Council's and
the Security Council's are of the same shape. Whatever their size, a file is read line by line, twice: once to see that
all of it can be taken, and once to write it, some thousand rows a transaction, so that no letter waits for it. The same
file, or a later edition, brings what is there up to date, and what it changed is told.

Columns, as published: undl_id, ms_code, ms_name, ms_vote (Y, N, A; X, NV or empty for not voting), date, session,
resolution, draft, committee_report, meeting, title, agenda_title, subjects, vote_note, total_yes, total_no,
total_abstentions, total_non_voting, total_ms, undl_link. The edition of 2024 calls some of them otherwise.
"""

import csv
import re
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Engine
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from outreach.actors import Actor
from outreach.database import reading, writing
from outreach.errors import Problem, SheetError
from outreach.missions.facts import addressees, find_state
from outreach.missions.past import VOTE_WORDS
from outreach.models import PastResolution, PastVote
from outreach.people import audit
from outreach.sentences import Sentence, saying, some_of
from outreach.text import counted, folded, one_line
from outreach.vocabulary import Act, Vote

_Key = TypeVar("_Key", int, str)
_BATCH = 5_000
_MOST_PROBLEMS = 20
_MOST_NAMED = 10
_LONGEST = 2_000
_COLUMNS = {
    "code": ("ms_code", "ms_codes"),
    "name": ("ms_name", "ms_names"),
    "vote": ("ms_vote", "ms_votes"),
    "date": ("date",),
    "symbol": ("resolution", "resolutions"),
    "session": ("session", "sessions"),
    "title": ("title",),
    "agenda": ("agenda_title", "agenda_titles", "agenda"),
    "subjects": ("subjects", "subject"),
    "modality": ("modality",),
    "yes": ("total_yes", "yes"),
    "no": ("total_no", "no"),
    "abstained": ("total_abstentions", "abstentions", "abstention"),
    "not_voting": ("total_non_voting", "non_voting"),
}
_NEEDED = ("code", "vote", "date", "symbol")
_TALLIES = ("yes", "no", "abstained")
_OF = {Vote.IN_FAVOUR: "yes", Vote.AGAINST: "no", Vote.ABSTAINED: "abstained", Vote.NOT_VOTING: "not_voting"}


@dataclass(frozen=True, slots=True)
class PastChange:
    """A vote that is there already, and that the file tells otherwise."""

    symbol: str
    iso3: str
    old: Vote
    new: Vote


@dataclass(slots=True)
class _Changes:
    """What differs from what is there."""

    new_resolutions: int = 0
    changed_resolutions: int = 0
    new_votes: int = 0
    votes: list[PastChange] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class PastImport:
    """What a file of published votes brought in; with `dry_run`, what it would."""

    file: str
    dry_run: bool
    resolutions: int
    votes: int
    first: date | None
    last: date | None
    notes: Sequence[Sentence] = ()
    new_resolutions: int = 0
    changed_resolutions: int = 0
    """Those whose title, date, session, words or totals the file tells otherwise."""
    new_votes: int = 0
    changes: Sequence[PastChange] = ()

    @property
    def changes_nothing(self) -> bool:
        """Whether all that the file tells is there already."""
        return not (self.new_resolutions or self.changed_resolutions or self.new_votes or self.changes)

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain data, for JSON."""
        return {
            "file": self.file, "dry_run": self.dry_run, "resolutions": self.resolutions, "votes": self.votes,
            "from": self.first and self.first.isoformat(), "to": self.last and self.last.isoformat(),
            "notes": list(map(str, self.notes)), "new_resolutions": self.new_resolutions,
            "changed_resolutions": self.changed_resolutions, "new_votes": self.new_votes,
            "changes": [
                {"symbol": one.symbol, "iso3": one.iso3, "old": one.old.value, "new": one.new.value}
                for one in self.changes
            ],
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class _PublishedVote:
    """A line that can be read; `vote` is None where its resolution was adopted without one."""

    number: int
    symbol: str
    day: date
    voter: str
    """The state as the file calls it."""
    iso3: str | None
    """None where it is no state today."""
    vote: Vote | None
    row: Mapping[str, str]


_ORDER = tuple(Vote)


@dataclass(slots=True)
class _BallotOf:
    """The votes on one resolution: for each state its vote and the line that told it first, a few bytes a state."""

    day: date
    announced: Mapping[Vote, int]
    votes: bytearray = field(default_factory=bytearray)
    lines: "array[int]" = field(default_factory=lambda: array("L"))
    of_today: int = 0
    """How many of the votes are those of states of today."""

    def of(self, voter: int) -> tuple[Vote, int] | None:
        """How a state voted, by its number, and in which line that stands."""
        if voter >= len(self.votes) or not self.votes[voter]:
            return None
        return _ORDER[self.votes[voter] - 1], self.lines[voter]

    def put(self, voter: int, vote: Vote, line: int) -> None:
        """Write down how a state voted."""
        missing = max(voter + 1 - len(self.votes), 0)
        self.votes.extend(bytes(missing))
        self.lines.extend([0] * missing)
        self.votes[voter], self.lines[voter] = _ORDER.index(vote) + 1, line

    def agrees(self) -> bool:
        """Whether the rows are as many as the totals beside them say; also where no totals are told."""
        if not any(self.announced.values()):
            return True
        return all(self.votes.count(_ORDER.index(vote) + 1) == told for vote, told in self.announced.items())


@dataclass(slots=True)
class _Seen:
    """What the first reading found."""

    ballots: dict[str, _BallotOf] = field(default_factory=dict)
    voters: dict[str, int] = field(default_factory=dict)
    strangers: Counter[str] = field(default_factory=Counter)
    without: set[str] = field(default_factory=set)
    again: int = 0

    def take(self, line: _PublishedVote) -> Problem | None:
        """Take in a line; return what is wrong with it where the same state voted otherwise in an earlier one."""
        if line.vote is None:
            self.without.add(line.symbol)
            return None
        ballot = self.ballots.get(line.symbol)
        if ballot is None:
            told = {
                vote: _number(line.row[name]) for vote, name in _OF.items() if name in _TALLIES and name in line.row
            }
            ballot = self.ballots[line.symbol] = _BallotOf(line.day, told)
        voter = self.voters.setdefault(line.iso3 or line.voter, len(self.voters))
        known = ballot.of(voter)
        if known is not None:
            vote, number = known
            if vote is line.vote:
                self.again += 1
                return None
            return Problem(
                "record.twice",
                "{state} voted {vote} on {symbol} there, and {other} in line {line}",
                state=one_line(line.iso3 or line.voter)[:60],
                vote=line.vote,
                symbol=line.symbol,
                other=vote,
                line=number,
                where=f"line {line.number}",
                remedy="Keep the line that is right.",
            )
        ballot.put(voter, line.vote, line.number)
        if line.iso3 is None:
            self.strangers[one_line(line.voter)[:60]] += 1
        else:
            ballot.of_today += 1
        return None

    def told(self, line: _PublishedVote) -> bool:
        """Tell whether it is a line with a vote, and the first that tells it."""
        known = self.ballots[line.symbol].of(self.voters[line.iso3 or line.voter]) if line.vote else None
        return known is not None and known[1] == line.number

    def differing(self) -> set[str]:
        """The symbols of the resolutions whose rows are not as many as the totals beside them say."""
        return {symbol for symbol, ballot in self.ballots.items() if not ballot.agrees()}


def import_past_votes(engine: Engine, path: Path, *, dry_run: bool = False, by: Actor) -> PastImport:
    """Take in a file of the UN Digital Library's voting data; what of it is there already is brought up to date.

    Left out, and told in the notes: resolutions whose rows are not as many as the totals beside them say, those that
    were adopted without a vote, and states that are none today. A file that tells nothing new changes nothing.

    Raises SheetError for a file that is none, for rows that can't be read, and for a state that voted in two ways on
    one resolution, each with its line; nothing is written then.
    """
    seen, problems = _Seen(), list[Problem]()
    for line in _lines(path, problems.append):
        if (twice := seen.take(line)) is not None:
            problems.append(twice)
        if len(problems) > _MOST_PROBLEMS:
            break
    if problems:
        raise SheetError(
            "record.lines-refused",
            "{file}: {count} {count:*line|lines} can't be taken{more}; nothing was changed.",
            file=path.name, count=min(len(problems), _MOST_PROBLEMS),
            more=saying("record.and-more", ", and more") if len(problems) > _MOST_PROBLEMS else "",
            problems=problems[:_MOST_PROBLEMS],
        )  # fmt: skip
    differing = seen.differing()
    taken = {symbol: ballot for symbol, ballot in seen.ballots.items() if symbol not in differing and ballot.of_today}
    votes = sum(ballot.of_today for ballot in taken.values())
    changes, numbers = _Changes(), dict[str, int | None]()
    lines = (line for line in _lines(path, problems.append) if line.symbol in taken and line.iso3 and seen.told(line))
    while batch := list(islice(lines, _BATCH)):
        with reading(engine) if dry_run else writing(engine) as session:
            _compare(session, batch, numbers, changes)
            if not dry_run:
                _write(session, batch, numbers)
    days = [ballot.day for ballot in taken.values()]
    done = PastImport(
        path.name, dry_run, len(taken), votes, min(days, default=None), max(days, default=None),
        _notes(seen, sorted(differing)), changes.new_resolutions, changes.changed_resolutions, changes.new_votes,
        tuple(changes.votes),
    )  # fmt: skip
    if not (dry_run or done.changes_nothing):
        with writing(engine) as session:
            told = f"{one_line(path.name)}: {counted(len(taken), 'resolution')}, {counted(votes, 'vote')}"
            audit.record(session, by, Act.RECORD_IMPORTED, detail=told)
    return done


def _lines(path: Path, refuse: Callable[[Problem], None]) -> Iterator[_PublishedVote]:
    """Yield the lines of a file that can be read, one after the other."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            parted_by = max(",;\t", key=stream.readline().count)  # programs save it again as their country does
            stream.seek(0)
            rows = csv.reader(stream, delimiter=parted_by)
            columns = _columns(path.name, next(rows, []))
            for cells in rows:
                row = {name: cells[at].strip() if at < len(cells) else "" for name, at in columns.items()}
                if not any(row.values()):
                    continue
                line = _line(row, rows.line_num, refuse)
                if line is not None:
                    yield line
    except OSError as error:
        raise SheetError(
            "record.no-file", "{file} can't be read: {why}.", file=path.name, why=error.strerror or error
        ) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise SheetError(
            "record.no-csv",
            "{file} is no CSV in UTF-8: {why}.",
            file=path.name,
            why=error,
            remedy="Take the file as the UN Digital Library publishes it.",
        ) from error


def _columns(file: str, head: Sequence[str]) -> dict[str, int]:
    places = {folded(name): at for at, name in reversed(list(enumerate(head)))}
    found = {
        ours: places[folded(name)]
        for ours, names in _COLUMNS.items()
        for name in reversed(names)
        if folded(name) in places
    }
    if missing := [_COLUMNS[name][0] for name in _NEEDED if name not in found]:
        raise SheetError(
            "record.columns",
            "{file} is no voting data of the UN Digital Library: it has no column {missing}.",
            file=file,
            missing=", ".join(missing),
            remedy="Take the CSV as it is published. Votes on one resolution are for a campaign{VOTES}.",
        )
    return found


def _line(row: Mapping[str, str], number: int, refuse: Callable[[Problem], None]) -> _PublishedVote | None:
    where, symbol, day = f"line {number}", row["symbol"].upper()[:100], _day(row["date"])
    if not symbol or day is None:
        what = "resolution" if not symbol else "date"
        refuse(Problem("record.line", "it has no {what}", where=where, what=what, remedy="Correct the line."))
        return None
    code, name = row["code"].upper(), row.get("name", "")
    totals = any(_number(row.get(tally, "")) for tally in _TALLIES)
    if "without" in row.get("modality", "").casefold() or (not row["vote"] and not totals and "yes" in row):
        return _PublishedVote(number, symbol, day, name or code, None, None, row)
    vote = VOTE_WORDS.get(folded(row["vote"])) if row["vote"] else Vote.NOT_VOTING
    if vote is None:
        refuse(
            Problem(
                "record.vote",
                "{vote!r} is no vote",
                where=where,
                vote=row["vote"][:40],
                remedy="It is to be Y, N, A or X.",
            )
        )
        return None
    return _PublishedVote(number, symbol, day, name or code, _state(code, name), vote, row)


def _about(line: _PublishedVote) -> dict[str, Any]:
    """What a line says of its resolution: the columns of PastResolution."""
    row = line.row
    themes = "; ".join(filter(None, (row.get("subjects", ""), row.get("agenda", ""))))
    return {
        "symbol": line.symbol, "title": one_line(row.get("title", ""))[:_LONGEST],
        "session": one_line(row.get("session", ""))[:40], "voted_on": line.day, "themes": one_line(themes)[:_LONGEST],
        **{name: _number(row.get(name, "")) for name in _OF.values()},
    }  # fmt: skip


def _compare(
    session: Session, batch: Sequence[_PublishedVote], numbers: dict[str, int | None], changes: _Changes
) -> None:
    """Count what of a batch is new or otherwise than what is there.

    `numbers` gets the resolutions that earlier batches did not have, None for those that are not there.
    """
    first = {line.symbol: line for line in reversed(batch) if line.symbol not in numbers}
    for symbols in _chunks(first):
        here = {
            one.symbol: one
            for one in session.exec(select(PastResolution).where(col(PastResolution.symbol).in_(symbols)))
        }
        for symbol in symbols:
            kept = here.get(symbol)
            numbers[symbol] = kept.id if kept is not None else None
            if kept is None:
                changes.new_resolutions += 1
            elif any(getattr(kept, name) != value for name, value in _about(first[symbol]).items()):
                changes.changed_resolutions += 1
    there: dict[tuple[int, str], Vote] = {}
    for wanted in _chunks({number for line in batch if (number := numbers[line.symbol]) is not None}):
        query = select(PastVote.resolution_id, PastVote.iso3, PastVote.vote)
        for number, iso3, vote in session.exec(query.where(col(PastVote.resolution_id).in_(wanted))):
            there[number, iso3] = Vote(vote)
    for line in batch:
        symbol, iso3, new, resolution = line.symbol, str(line.iso3), line.vote, numbers[line.symbol]
        old = there.get((resolution, iso3)) if resolution is not None else None
        if old is None:
            changes.new_votes += 1
        elif new is not None and old is not new:
            changes.votes.append(PastChange(symbol, iso3, old, new))


def _chunks(values: Iterable[_Key]) -> Iterator[list[_Key]]:
    """A few hundred at a time: SQLite takes no more than so many parameters in a statement."""
    rest = iter(values)
    while some := list(islice(rest, 500)):
        yield some


def _write(session: Session, batch: Sequence[_PublishedVote], numbers: dict[str, int | None]) -> None:
    insert: Any = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    for line in {line.symbol: line for line in reversed(batch)}.values():
        about = _about(line)
        kept = {name: value for name, value in about.items() if name != "symbol"}
        session.execute(
            insert(PastResolution).values(**about).on_conflict_do_update(index_elements=["symbol"], set_=kept)
        )
        numbers[line.symbol] = session.exec(select(PastResolution.id).where(PastResolution.symbol == line.symbol)).one()
    statement = insert(PastVote)
    statement = statement.on_conflict_do_update(
        index_elements=["resolution_id", "iso3"], set_={"vote": statement.excluded.vote}
    )
    rows = [{"resolution_id": numbers[line.symbol], "iso3": line.iso3, "vote": line.vote} for line in batch]
    session.connection().execute(statement, rows)


def _state(code: str, name: str) -> str | None:
    if code in addressees():
        return code
    found = find_state(name) if name and not code else None
    return found.iso3 if found is not None else None


def _day(text: str) -> date | None:
    plain = re.fullmatch(r"(\d{4})-?(\d{2})-?(\d{2})(?:T.*)?", text)
    try:
        return date(int(plain[1]), int(plain[2]), int(plain[3])) if plain else None
    except ValueError:
        return None


def _number(text: str) -> int:
    try:
        return int(float(text)) if text else 0
    except (ValueError, OverflowError):
        return 0


def _notes(seen: _Seen, differing: Sequence[str]) -> list[Sentence]:
    notes = []
    if differing:
        notes.append(
            saying(
                "votes.past-differ",
                "The votes of {count} {count:*resolution|resolutions} differ from the totals that stand beside them: "
                "{symbols}. {count:*It is|They are} left out; what was there before stays.",
                count=len(differing), symbols=some_of(differing, _MOST_NAMED),
            )
        )  # fmt: skip
    if seen.without:
        notes.append(
            saying(
                "votes.past-without",
                "{count} {count:*resolution was|resolutions were} adopted without a vote and {count:*is|are} left out.",
                count=len(seen.without),
            )
        )
    if seen.strangers:
        named = ", ".join(f"{name} ({number})" for name, number in seen.strangers.most_common(_MOST_NAMED))
        notes.append(
            saying("votes.past-strangers", "Votes of states that are none today are left out: {states}.", states=named)
        )
    if seen.again:
        notes.append(
            saying("votes.past-again", "{count} {count:*vote stands|votes stand} twice, the same.", count=seen.again)
        )
    return notes
