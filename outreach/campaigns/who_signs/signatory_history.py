"""What each import changed of those who sign, kept beside the directory's own imports; and the last one taken back."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, col, select

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
from outreach.database import reading, writing
from outreach.errors import NotFoundError, Problem, require_last
from outreach.missions.history import (
    SIGNATORY,
    ImportHistory,
    Undone,
    WalkBack,
    kept,
    newest_import,
    not_as_left,
    require_confirmed,
    take_back_import,
)
from outreach.missions.later_changes import ADDED, REMOVED
from outreach.missions.result import DirectoryEntry, must_be_typed
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

    def said(self, one: Signatory, *, signs: bool) -> None:
        """Note that a person said of somebody who is not named that they sign; or that a sheet names them again."""
        self._note(one, _SAID, not signs, signs)

    def write(self, session: Session, *, at: datetime, by: Actor, file: str) -> None:
        """Write the import and its changes into the session; nothing where nothing changed."""
        self._history.write(session, at=at, who=by.name, file=file)

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
    of_this = select(DirectoryChange.id).where(
        DirectoryChange.import_id == DirectoryImport.id,
        DirectoryChange.kind == SIGNATORY,
        col(DirectoryChange.key).startswith(_prefix(campaign), autoescape=True),
    )
    return newest_import(session, of_this.exists())


def undo_signatories(
    engine: Engine,
    name: str,
    *,
    by: Actor,
    seen: str | None = None,
    dry_run: bool = False,
    confirmed: int | None = None,
    ask_number: Callable[[Undone], int | None] = lambda _: None,
) -> tuple[Undone, tuple[Withdrawn, ...], bool]:
    """Take back the last import of signatories: every field as it was, everybody whom it added gone.

    Return what was taken back, who stands in approved letters and signs no more by that, and whether an approval was
    taken back for them. Somebody who signed on the page, too, is kept and marked. Raises NotFoundError where there is
    no import, SheetError where something it changed was changed again since, with a Problem for each; nothing is
    changed then. `seen` is the moment of the last import that the person saw; None does not ask. Raises ConflictError
    where the last is another by now.

    As with the directory, `dry_run` tells what it would change and changes nothing; past five people, or five in a
    hundred, who sign no more by that, `confirmed` or `ask_number` has to say how many: ConfirmationError else.
    """
    if not dry_run and confirmed is None:  # nothing is locked while a person counts
        would, _, _ = undo_signatories(engine, name, by=by, seen=seen, dry_run=True)
        if must_be_typed(would.retired, would.known):
            confirmed, seen = ask_number(would), seen or would.at.isoformat()
    with reading(engine) if dry_run else writing(engine) as session:
        campaign = get_campaign(session, name)
        made = last_import(session, campaign)
        if made is None:
            raise NotFoundError(
                "signatories.no-import", "No import of signatories into {campaign!r} is there to take back.",
                campaign=name, remedy="Correct the list in a sheet, and bring that in.",
            )  # fmt: skip
        require_last(made.at, seen, what=made.file, who=made.who)
        doubts = set(doubted(session, campaign))
        signing = {one.name_key: one.name for one in rows_of(session, campaign)}
        back = _SignatoriesBack(session, campaign)
        take_back_import(session, made, back, by=by)
        back.require_unchanged(made.file)
        again = [one for one in rows_of(session, campaign) if one.unnamed_since is not None and one.name not in doubts]
        keys = [f"{one.kind} {one.name}" for one in again]
        names = {one.name for one in again}
        in_letters = [one for one in withdrawn(session, campaign, keys) if one.name in names] if keys else []
        gone, voided = settle_approval(session, campaign, in_letters, by)
        now = {one.name_key for one in rows_of(session, campaign)}
        leaving = [DirectoryEntry(one, one) for key, one in signing.items() if key not in now]
        done = Undone(
            made.file, made.at, made.who, len(back.done), tuple(back.kept), number=made.id, gone=leaving,
            dry_run=dry_run, retired=len(leaving), known=len(signing),
        )  # fmt: skip
        if dry_run:
            session.rollback()
            return done, gone, voided
        require_confirmed(done, confirmed)
        told = f"{made.file}: {counted(len(back.done), 'change')}"
        audit.record(session, by, Act.SIGNATORIES_UNDONE, campaign=name, detail=told)
        return done, gone, voided


class _SignatoriesBack(WalkBack[DirectoryChange]):
    """Takes an import of who signs a campaign back."""

    def __init__(self, session: Session, campaign: Campaign) -> None:
        super().__init__(session)
        self._changes = SignatoryJournal(campaign, self.journal)
        self._known = {key_of(campaign, one): one for one in rows_of(session, campaign, everyone=True)}
        of_page = select(SignOnEntry.signatory_id).where(SignOnEntry.campaign_id == campaign.id)
        self._of_page = set(session.exec(of_page))

    def changed_since(self, change: DirectoryChange) -> Iterable[Problem]:
        """Return what is not as the import left it."""
        one = self._known.get(change.key)
        if one is not None and change.field == _SAID:
            return ()  # it counts as long as its import does
        return not_as_left(change, None if one is None else _whole(one), change.key if one is None else one.name)

    def put_back(self, change: DirectoryChange) -> None:
        """Put a field back; who was added goes, or is marked who signed on the page too."""
        one = self._known[change.key]
        if change.field == _SAID:
            return
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
