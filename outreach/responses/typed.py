"""What people typed into a sheet about many missions: positions, notes, answers by other ways, votes; in one go."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from outreach.actors import Actor
from outreach.models import Response, ResponseChange
from outreach.vocabulary import ANSWERED, Answer, Position, Vote

MOST_NOTE = 5_000


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed about one mission; None leaves a field as it is."""

    position: Position | None = None
    note: str | None = None
    answer: Answer | None = None
    how: str = ""
    """How it answered, such as `by phone`."""
    answered_at: datetime | None = None
    vote: Vote | None = None


@dataclass(frozen=True, slots=True)
class TypedChange:
    """One field of one response, as words: what it was and what it is now."""

    iso3: str
    field: str
    old: str
    new: str


def take(
    session: Session, response: Response, typed: Typed, *, who: Actor, at: datetime, note: str = ""
) -> list[TypedChange]:
    """Write what was typed into a response, each change with its history, and return what changed.

    `note` goes into the history, such as the name of the sheet.
    """
    wanted: dict[str, tuple[str, str]] = {}
    if typed.position is not None:
        wanted["position"] = (response.position.value, typed.position.value)
    if typed.note is not None:
        wanted["note"] = (response.note, typed.note)
    if typed.answer is not None:
        wanted["answer"] = (response.answer.value, typed.answer.value)
    if typed.vote is not None:
        wanted["vote"] = (response.vote.value if response.vote else "", typed.vote.value)
    changed = [TypedChange(response.iso3, name, old, new) for name, (old, new) in wanted.items() if old != new]
    assert response.id is not None
    for change in changed:
        said = " ".join(part for part in (typed.how if change.field == "answer" else "", note) if part)
        session.add(
            ResponseChange(
                response_id=response.id, at=at, who=who.name, actor_kind=who.kind, field=change.field,
                old=change.old, new=change.new, note=said,
            )
        )  # fmt: skip
    if changed:
        response.position = typed.position or response.position
        response.note = response.note if typed.note is None else typed.note
        response.answer = typed.answer or response.answer
        response.vote = typed.vote or response.vote
        if typed.answer in ANSWERED:
            response.answered_at = response.answered_at or typed.answered_at or at
        response.changed_at, response.changed_by = at, who.name
        session.add(response)
    return changed
