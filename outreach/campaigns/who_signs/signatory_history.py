"""What each import changed of those who sign, kept beside the directory's own imports; and the last one taken back."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, col, select

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
from outreach.errors import NotFoundError, Problem
from outreach.missions.history import (
    ADDED,
    REMOVED,
    SIGNATORY,
    ImportHistory,
    Undone,
    WalkBack,
    kept,
    newest_import,
    not_as_left,
    take_back_import,
)
from outreach.models import Campaign, DirectoryChange, DirectoryImport, Signatory, SignOnEntry
from outreach.people import audit
from outreach.text import counted
from outreach.vocabulary import Act

_SINCE = ("absent_since", "unnamed_since")
_KEPT = (*FIELDS, "place", *_SINCE)


class SignatoryJournal:
    """Changes those who sign a campaign, and gathers what was changed until it is written in one go."""

    def __init__(self, campaign: Campaign, history: ImportHistory | None = None) -> None:
        self._campaign = campaign
        self._history = ImportHistory() if history is None else history

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

    def write(self, session: Session, *, at: datetime, by: Actor, file: str) -> None:
        """Write the import and its changes into the session; nothing where nothing changed."""
        self._history.write(session, at=at, who=by.name, file=file)

    def _note(self, one: Signatory, name: str, old: Any, new: Any) -> None:
        key = f"{_prefix(self._campaign)}{one.kind.value}:{one.name_key}"
        self._history.entries.append({"kind": SIGNATORY, "iso3": "", "key": key, "field": name, "old": old, "new": new})


def last_import(session: Session, campaign: Campaign) -> DirectoryImport | None:
    """Return the last import of signatories into a campaign that was not taken back; None where there is none."""
    of_this = select(DirectoryChange.id).where(
        DirectoryChange.import_id == DirectoryImport.id,
        DirectoryChange.kind == SIGNATORY,
        col(DirectoryChange.key).startswith(_prefix(campaign), autoescape=True),
    )
    return newest_import(session, of_this.exists())


def undo_signatories(engine: Engine, name: str, *, by: Actor) -> tuple[Undone, tuple[Withdrawn, ...], bool]:
    """Take back the last import of signatories: every field as it was, everybody whom it added gone.

    Return what was taken back, who stands in approved letters and signs no more by that, and whether an approval was
    taken back for them. Somebody who signed on the page, too, is kept and marked. Raises NotFoundError where there is
    no import, SheetError where something it changed was changed again since, with a Problem for each; nothing is
    changed then.
    """
    with writing(engine) as session:
        campaign = get_campaign(session, name)
        made = last_import(session, campaign)
        if made is None:
            raise NotFoundError(
                "signatories.no-import", "No import of signatories into {campaign!r} is there to take back.",
                campaign=name, remedy="Correct the list in a sheet, and bring that in.",
            )  # fmt: skip
        back = _SignatoriesBack(session, campaign)
        take_back_import(session, made, back, by=by)
        back.require_unchanged(made.file)
        gone = withdrawn(session, campaign)
        voided = void_for_withdrawn(session, campaign, gone, by)
        told = f"{made.file}: {counted(len(back.done), 'change')}"
        audit.record(session, by, Act.SIGNATORIES_UNDONE, campaign=name, detail=told)
        return Undone(made.file, made.at, made.who, len(back.done), tuple(back.kept)), gone, voided


class _SignatoriesBack(WalkBack[DirectoryChange]):
    """Takes an import of who signs a campaign back."""

    def __init__(self, session: Session, campaign: Campaign) -> None:
        super().__init__(session)
        self._changes = SignatoryJournal(campaign, self.journal)
        self._known = {
            f"{_prefix(campaign)}{one.kind.value}:{one.name_key}": one
            for one in rows_of(session, campaign, everyone=True)
        }
        of_page = select(SignOnEntry.signatory_id).where(SignOnEntry.campaign_id == campaign.id)
        self._of_page = set(session.exec(of_page))

    def changed_since(self, change: DirectoryChange) -> Iterable[Problem]:
        """Return what is not as the import left it."""
        one = self._known.get(change.key)
        return not_as_left(change, None if one is None else _whole(one), change.key if one is None else one.name)

    def put_back(self, change: DirectoryChange) -> None:
        """Put a field back; who was added goes, or is marked who signed on the page too."""
        one = self._known[change.key]
        if change.field != ADDED:
            self._changes.change(one, {change.field: _restored(change.field, change.old)})
        elif one.id in self._of_page:
            self._changes.change(one, {"absent_since": self.moment})
            self.kept.append(one.name)
        else:
            self._changes.removed(one)
            self.session.delete(one)
            return
        self.session.add(one)


def _prefix(campaign: Campaign) -> str:
    return f"{campaign.id}:"


def _whole(one: Signatory) -> dict[str, Any]:
    return {name: kept(getattr(one, name)) for name in _KEPT}


def _restored(name: str, value: Any) -> Any:
    if name == "signed_on":
        return date.fromisoformat(value)
    return datetime.fromisoformat(value) if name in _SINCE and value else value
