"""Notices what stands at other missions than it was written for: columns sorted by themselves, shifted, exchanged.

Each row's key says what the report wrote beside it. Who types changes what there is; who sorts, moves or inserts cells
leaves what there was, at other rows.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from outreach.errors import Problem, SheetError
from outreach.reports.returned.incoming_sheet import KeyedRow, word_of
from outreach.reports.returned.rowkey import digest
from outreach.text import few, folded
from outreach.vocabulary import Answer, Position

_MOVED_SHARE = 0.6
"""Of the values that changed, how many were there before when a column has been moved rather than typed into."""
_SURE_FROM = 4
_EMPTIED_FROM = 3
_MOST_NAMED = 12
Written = Sequence[str]


@dataclass(frozen=True, slots=True)
class Misplaced:
    """What is odd about a column: which of its rows, by their place in the sheet, and how sure it is."""

    column: str
    rows: tuple[int, ...]
    sure: bool
    """Whether nothing else explains it."""
    emptied: bool = False
    """Whether what was known became the word for nothing, in many rows at once."""


def misplaced(column: str, was: Written, now: Written, *, nothing: str, alike: bool = True) -> Misplaced | None:
    """Compare what a column held in each row with what it holds; None where it was only typed into.

    Rows come in the order of the sheet. `nothing` is the value of a row of which nothing is known. Where values are
    `alike` many rows share one (positions); else each is somebody's own words (notes), and two that moved are sure.
    """
    changed = [at for at, (old, new) in enumerate(zip(was, now, strict=True)) if old != new]
    if not changed:
        return None
    before, after = Counter(was[at] for at in changed), Counter(now[at] for at in changed)
    kept = sum((before & after).values())
    moved = tuple(changed)
    if not alike:
        gone = set(before) - {nothing}
        found = [at for at in changed if now[at] in gone]
        if found:
            return Misplaced(column, moved, sure=len(found) > 1)
        return None
    if len(changed) > 1 and before == after:
        return Misplaced(column, moved, sure=len(changed) >= _SURE_FROM)
    if len(changed) > 2 and (kept >= _MOVED_SHARE * len(changed) or _is_shift(was, now, changed)):
        return Misplaced(column, moved, sure=False)
    emptied = [at for at in changed if was[at] != nothing and now[at] == nothing]
    known = sum(one != nothing for one in was)
    if len(emptied) >= _EMPTIED_FROM and 2 * len(emptied) >= known:
        return Misplaced(column, tuple(emptied), sure=False, emptied=True)
    return None


def _is_shift(was: Written, now: Written, changed: Sequence[int]) -> bool:
    """Whether most of what changed is what the row above had, or the one below: a cell was inserted or deleted."""
    down = sum(at > 0 and now[at] == was[at - 1] for at in changed)
    up = sum(at + 1 < len(was) and now[at] == was[at + 1] for at in changed)
    together = sum(b - a == 1 for a, b in pairwise(changed))
    varied = len({now[at] for at in changed}) > 1
    return varied and max(down, up) >= _MOVED_SHARE * len(changed) and together >= len(changed) // 2


def moved_columns(rows: Sequence[KeyedRow]) -> list[Misplaced]:
    """Return which of a report's columns seem to stand at other missions than they were written for."""
    unknown, none, empty = folded(Position.UNKNOWN.value), folded(Answer.NONE.value), digest("")
    found: list[Misplaced] = []
    for column, nothing, alike, written, read in (
        ("Position", unknown, True, lambda key: folded(key.position.value), lambda text: _plain(Position, text)),
        ("Answer", none, True, lambda key: folded(key.answer.value), lambda text: _plain(Answer, text)),
        ("Answered how", empty, True, lambda key: key.how, digest),
        ("Note", empty, False, lambda key: key.note, digest),
    ):
        name = folded(column)
        # A report of an earlier version does not say how a mission answered.
        there = [at for at, row in enumerate(rows) if name in row.texts and written(row.key)]
        was = [written(rows[at].key) for at in there]
        now = [read(rows[at].texts[name]) if rows[at].texts[name] else nothing for at in there]
        one = misplaced(column, was, now, nothing=nothing, alike=alike)
        if one is None:
            continue
        odd = tuple(there[at] for at in one.rows)
        if one.emptied:  # an emptied cell changes nothing, and that is told
            odd = tuple(at for at in odd if rows[at].texts[name])
        if len(odd) >= (_EMPTIED_FROM if one.emptied else 1):
            found.append(replace(one, rows=odd))
    return found


def _plain(words: type[Position] | type[Answer], text: str) -> str:
    known = word_of(words, text)
    return folded(known.value if known is not None else text)


def refuse_moved(file: str, rows: Sequence[KeyedRow], found: Sequence[Misplaced]) -> None:
    """Raise where a column was surely moved: nothing else explains what stands in it, and no agreeing mends it."""
    sure = [one for one in found if one.sure]
    if sure:
        raise SheetError(
            "report.permuted",
            "{file}: positions or notes of {count} rows stand at other missions than before, as when the yellow "
            "columns are sorted without the others. Nothing was taken.",
            file=file,
            count=max(len(one.rows) for one in sure),
            remedy="Undo that sorting, or type into a new report{REPORT}; to sort, select all columns.",
            problems=[_told(one, rows) for one in found],
        )


def moved_questions(rows: Sequence[KeyedRow], found: Sequence[Misplaced]) -> list[Problem]:
    """Return what only looks moved, for a person to say whether it is meant."""
    return [_told(one, rows) for one in found if not one.sure]


def _told(one: Misplaced, rows: Sequence[KeyedRow]) -> Problem:
    states = few([rows[at].iso3 for at in one.rows], _MOST_NAMED)
    head = rows[one.rows[0]].head(one.column)
    if one.emptied:
        return Problem(
            "report.known-no-more",
            "what was known of {count} {count:*mission|missions} becomes unknown: {states}",
            where=head, count=len(one.rows), states=states,
            remedy="Is it meant? A column that was pasted over looks so too.",
        )  # fmt: skip
    return Problem(
        "report.moved",
        "of {count} {count:*mission|missions} it holds what was written beside others of them: {states}",
        where=head, count=len(one.rows), states=states,
        remedy="Is it meant? A column that was sorted or moved without the others looks so too.",
    )  # fmt: skip
