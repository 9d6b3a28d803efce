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
    rows_of,
    void_for_withdrawn,
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

    def write(self, session: Session, *, at: datetime, by: Actor, file: str, undoes: int | None = None) -> None:
        """Write the import and its changes into the session; nothing where nothing changed."""
        self._history.write(session, at=at, who=by.name, file=file, undoes=undoes)

    def _note(self, one: Signatory, name: str, old: Any, new: Any) -> None:
        key = f"{_prefix(self._campaign)}{one.kind.value}:{one.name_key}"
        self._history.entries.append({"kind": SIGNATORY, "iso3": "", "key": key, "field": name, "old": old, "new": new})


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
        staying = _take_back(session, campaign, changes, journal, moment, made.file)
        session.flush()
        assert made.id is not None
        journal.write(session, at=moment, by=by, file=made.file, undoes=made.id)
        made.undone_at = moment
        session.add(made)
        gone = withdrawn(session, campaign)
        voided = void_for_withdrawn(session, campaign, gone, by)
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
