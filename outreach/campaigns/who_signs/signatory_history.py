"""What each import changed of those who sign, kept beside the directory's own imports; and the last one taken back."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from outreach import clock
from outreach.actors import Actor
from outreach.campaigns.plan import get_campaign
from outreach.campaigns.who_signs.signatories import (
    FIELDS,
    Withdrawn,
    doubted,
    rows_of,
    settle_approval,
    withdrawn,
)
from outreach.database import writing
from outreach.errors import NotFoundError, Problem, SheetError
from outreach.missions.history import ADDED, REMOVED, SIGNATORY, ImportHistory, Undone, kept
from outreach.models import Campaign, DirectoryChange, DirectoryImport, Signatory, SignOnEntry
from outreach.people import audit
from outreach.text import counted
from outreach.vocabulary import Act

_SINCE = ("absent_since", "unnamed_since")
_SAID = "signs"
"""The field of a change that is a person's word: they sign, though a sheet of the whole list does not name them."""
_KEPT = (*FIELDS, "place", *_SINCE)


class SignatoryJournal:
    """Changes those who sign a campaign, and gathers what was changed until it is written in one go."""

    def __init__(self, campaign: Campaign) -> None:
        self._campaign = campaign
        self._history = ImportHistory()

    def change(self, one: Signatory, values: dict[str, Any]) -> None:
        """Set fields of somebody who signs, and note those that differ."""
        for name, value in values.items():
            before = getattr(one, name)
            if before != value:
                setattr(one, name, value)
                self._note(one, name, kept(before), kept(value))

    def added(self, one: Signatory) -> None:
        """Note somebody new, with all that is kept of them."""
        self._note(one, ADDED, None, _whole(one))

    def removed(self, one: Signatory) -> None:
        """Note somebody who is taken away with an import that is taken back."""
        self._note(one, REMOVED, _whole(one), None)

    def said(self, one: Signatory, *, signs: bool) -> None:
        """Note that a person said of somebody who is not named that they sign; or that a sheet names them again."""
        self._note(one, _SAID, not signs, signs)

    def write(self, session: Session, *, at: datetime, by: Actor, file: str, undoes: int | None = None) -> None:
        """Write the import and its changes into the session; nothing where nothing changed."""
        self._history.write(session, at=at, who=by.name, file=file, undoes=undoes)

    def _note(self, one: Signatory, name: str, old: Any, new: Any) -> None:
        key = key_of(self._campaign, one)
        self._history.entries.append({"kind": SIGNATORY, "iso3": "", "key": key, "field": name, "old": old, "new": new})


def key_of(campaign: Campaign, one: Signatory) -> str:
    """Return by what changes name somebody who signs."""
    return f"{_prefix(campaign)}{one.kind.value}:{one.name_key}"


def said_to_sign(session: Session, campaign: Campaign) -> set[str]:
    """Return the keys of those of whom a person said that they sign, and whom no sheet has named since."""
    query = (
        select(DirectoryChange.key, DirectoryChange.new)
        .join(DirectoryImport, col(DirectoryImport.id) == col(DirectoryChange.import_id))
        .where(
            DirectoryChange.kind == SIGNATORY,
            DirectoryChange.field == _SAID,
            col(DirectoryChange.key).startswith(_prefix(campaign), autoescape=True),
            col(DirectoryImport.undone_at).is_(None),
        )
        .order_by(col(DirectoryChange.id))
    )
    last = dict(session.exec(query).all())
    return {key for key, signs in last.items() if signs}


def last_import(session: Session, campaign: Campaign) -> DirectoryImport | None:
    """Return the last import of signatories into a campaign that was not taken back; None where there is none."""
    of_this = (
        select(DirectoryChange.id)
        .where(
            DirectoryChange.import_id == DirectoryImport.id,
            DirectoryChange.kind == SIGNATORY,
            col(DirectoryChange.key).startswith(_prefix(campaign), autoescape=True),
        )
        .exists()
    )
    query = (
        select(DirectoryImport)
        .where(col(DirectoryImport.undone_at).is_(None), col(DirectoryImport.undoes).is_(None), of_this)
        .order_by(col(DirectoryImport.id).desc())
    )
    return session.exec(query).first()


def undo_signatories(engine: Engine, name: str, *, by: Actor) -> tuple[Undone, tuple[Withdrawn, ...], bool]:
    """Take back the last import of signatories: every field as it was, everybody whom it added gone.

    Return what was taken back, who stands in approved letters and signs no more by that, and whether an approval was
    taken back for them. Somebody who signed on the page, too, is kept and marked. Raises NotFoundError where there is
    no import, SheetError where something it changed was changed again since, with a Problem for each; nothing is
    changed then.
    """
    moment = clock.now()
    with writing(engine) as session:
        campaign = get_campaign(session, name)
        made = last_import(session, campaign)
        if made is None:
            raise NotFoundError(
                "signatories.no-import", "No import of signatories into {campaign!r} is there to take back.",
                campaign=name, remedy="Correct the list in a sheet, and bring that in.",
            )  # fmt: skip
        changes = session.exec(
            select(DirectoryChange).where(DirectoryChange.import_id == made.id).order_by(col(DirectoryChange.id).desc())
        ).all()
        journal = SignatoryJournal(campaign)
        doubts = set(doubted(session, campaign))
        staying = _take_back(session, campaign, changes, journal, moment, made.file)
        session.flush()
        assert made.id is not None
        journal.write(session, at=moment, by=by, file=made.file, undoes=made.id)
        made.undone_at = moment
        session.add(made)
        again = [one for one in rows_of(session, campaign) if one.unnamed_since is not None and one.name not in doubts]
        keys = [f"{one.kind} {one.name}" for one in again]
        names = {one.name for one in again}
        in_letters = [one for one in withdrawn(session, campaign, keys) if one.name in names] if keys else []
        gone, voided = settle_approval(session, campaign, in_letters, by)
        told = f"{made.file}: {counted(len(changes), 'change')}"
        audit.record(session, by, Act.SIGNATORIES_UNDONE, campaign=name, detail=told)
        return Undone(made.file, made.at, made.who, len(changes), tuple(staying)), gone, voided


def _take_back(
    session: Session, campaign: Campaign, changes: "list[DirectoryChange] | Any", journal: SignatoryJournal,
    moment: datetime, file: str,
) -> list[str]:  # fmt: skip
    known = {
        f"{_prefix(campaign)}{one.kind.value}:{one.name_key}": one for one in rows_of(session, campaign, everyone=True)
    }
    of_page = set(session.exec(select(SignOnEntry.signatory_id).where(SignOnEntry.campaign_id == campaign.id)))
    problems: list[Problem] = []
    staying = []
    for change in changes:
        one = known.get(change.key)
        if one is None:
            problems.append(Problem("signatories.gone-since", "it is not in the list any more", where=change.key))
        elif change.field == _SAID:
            continue  # it counts as long as its import does
        elif change.field == ADDED:
            now = _whole(one)
            problems += [
                Problem("signatories.changed-again", "{field} was changed since", field=name, where=one.name)
                for name, value in (change.new or {}).items() if now.get(name) != value
            ]  # fmt: skip
            if one.id in of_page:
                journal.change(one, {"absent_since": moment})
                session.add(one)
                staying.append(one.name)
            else:
                journal.removed(one)
                session.delete(one)
        else:
            if kept(getattr(one, change.field)) != change.new:
                problems.append(
                    Problem("signatories.changed-again", "{field} was changed since", field=change.field,
                            where=one.name)
                )  # fmt: skip
            journal.change(one, {change.field: _restored(change.field, change.old)})
            session.add(one)
    if problems:
        raise SheetError(
            "signatories.changed-since",
            "The import of {file} can't be taken back: {count} {count:*thing was|things were} changed since.",
            file=file, count=len(problems), problems=problems,
            remedy="Nothing was changed. Correct these in the sheet and import it instead.",
        )  # fmt: skip
    return staying


def _prefix(campaign: Campaign) -> str:
    return f"{campaign.id}:"


def _whole(one: Signatory) -> dict[str, Any]:
    return {name: kept(getattr(one, name)) for name in _KEPT}


def _restored(name: str, value: Any) -> Any:
    if name == "signed_on":
        return date.fromisoformat(value)
    return datetime.fromisoformat(value) if name in _SINCE and value else value
