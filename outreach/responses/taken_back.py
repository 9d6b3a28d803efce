"""A whole import taken back: every field that it changed as it was, in every row and in the directory, or nothing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from outreach.actors import Actor
from outreach.database import writing
from outreach.errors import NotFoundError, Problem
from outreach.missions.history import DirectoryBack, WalkBack, take_back_import
from outreach.models import AuditEntry, DirectoryChange, DirectoryImport, Response, ResponseChange
from outreach.people import audit
from outreach.responses.changes import changes_of, standing, take_back
from outreach.responses.typed import TypedChange
from outreach.text import counted, one_line
from outreach.vocabulary import Act


@dataclass(frozen=True, slots=True)
class ImportTakenBack:
    """What was taken back."""

    campaign: str
    file: str
    at: datetime
    """When it was imported, in UTC."""
    who: str
    dry_run: bool
    changes: Sequence[TypedChange]

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain data, for JSON."""
        return {
            "campaign": self.campaign,
            "file": self.file,
            "at": self.at.isoformat(timespec="seconds"),
            "who": self.who,
            "dry_run": self.dry_run,
            "changes": [{"iso3": c.iso3, "field": c.field, "old": c.old, "new": c.new} for c in self.changes],
        }


def undo_report(engine: Engine, file: str = "", *, dry_run: bool = False, by: Actor) -> ImportTakenBack:
    """Take back the last import of a report, or the last one of a file by its name, that was not taken back yet.

    All of it, and exactly: positions, notes, answers and their words, and addresses that it corrected. What somebody
    has taken back already stays so. Raises NotFoundError where there is none, SheetError where something that it
    changed was changed again since, with a Problem for each such field. Nothing is changed then.
    """
    with writing(engine, dry_run=dry_run) as session:
        found = _last(session, file)
        walk = _ReportBack(session, found.file, by)
        walk.over(reversed(found.changes))
        addresses: Sequence[DirectoryChange] = ()
        if found.directory is not None:
            there = DirectoryBack(session, found.directory)
            take_back_import(session, found.directory, there, by=by)
            walk.problems += there.problems
            walk.first = there.first
            addresses = [one for one in there.done if one.field == "email"]
        walk.require_unchanged(found.file)
        back = [TypedChange(walk.iso3(one), one.field, one.new, one.old) for one in walk.done]
        back += [TypedChange(one.iso3, "address", str(one.new), str(one.old)) for one in addresses]
        if not dry_run:
            told = f"{found.file}: {counted(len(back), 'change')}"
            audit.record(session, by, Act.REPORT_UNDONE, campaign=found.campaign, detail=told)
        return ImportTakenBack(found.campaign, found.file, found.at, found.who, dry_run, back)


@dataclass(frozen=True, slots=True)
class _Import:
    campaign: str
    file: str
    at: datetime
    who: str
    changes: Sequence[ResponseChange]
    """Those that were not taken back."""
    directory: DirectoryImport | None


def _last(session: Session, file: str) -> _Import:
    """Return the last import of a report of which something stands; of one file, where it is named."""
    query = select(AuditEntry).where(AuditEntry.action == Act.REPORT_IMPORTED.value).order_by(col(AuditEntry.id).desc())
    wanted = one_line(file)
    for entry in session.exec(query):
        name = entry.detail.rpartition(": ")[0]
        if wanted and name != wanted:
            continue
        found = _rows_of(session, entry, name)
        if found is not None and (found.changes or found.directory is not None):
            return found
    if wanted:
        raise NotFoundError(
            "report.no-import-of-it", "No import of {file} is left to take back.", file=wanted,
            remedy="See the log for what was imported.",
        )  # fmt: skip
    raise NotFoundError(
        "report.no-import", "No import of a report is left to take back.", remedy="See the log for what was imported."
    )


def _rows_of(session: Session, entry: AuditEntry, name: str) -> _Import | None:
    """Return what an import wrote: its rows bear one moment, the last before its act, and its file's name."""
    changes = (
        select(ResponseChange)
        .where(
            ResponseChange.who == entry.who,
            col(ResponseChange.note).endswith(f"from {name}", autoescape=True),
            col(ResponseChange.field) != "vote",
            col(ResponseChange.undoes_id).is_(None),
            col(ResponseChange.at) <= entry.at,
        )
        .order_by(col(ResponseChange.at).desc(), col(ResponseChange.id).desc())
    )
    made = (
        select(DirectoryImport)
        .where(
            DirectoryImport.file == name[:200], col(DirectoryImport.undoes).is_(None),
            col(DirectoryImport.at) <= entry.at,
        )
        .order_by(col(DirectoryImport.at).desc())
    )  # fmt: skip
    last, directory = session.exec(changes.limit(1)).first(), session.exec(made.limit(1)).first()
    moments = [one.at for one in (last, directory) if one is not None]
    if not moments or entry.detail.endswith(": 0 changes"):
        return None
    at = max(moments)
    rows = session.exec(changes.where(ResponseChange.at == at)).all()
    gone = set(session.exec(select(ResponseChange.undoes_id).where(col(ResponseChange.undoes_id).is_not(None))))
    stands = directory is not None and directory.at == at and directory.undone_at is None
    return _Import(
        entry.campaign, name, at, entry.who, [one for one in reversed(rows) if one.id not in gone],
        directory if stands else None,
    )  # fmt: skip


class _ReportBack(WalkBack[ResponseChange]):
    """Takes back what a report's import said of where missions stand."""

    def __init__(self, session: Session, file: str, by: Actor) -> None:
        super().__init__(session)
        self._note, self._by = f"takes back: from {file}", by

    def iso3(self, change: ResponseChange) -> str:
        """Return the mission that a change is about."""
        return self.session.get_one(Response, change.response_id).iso3

    def changed_since(self, change: ResponseChange) -> Iterator[Problem]:
        """Yield the field of a change that somebody changed since."""
        response = self.session.get_one(Response, change.response_id)
        of_field = (one for one in standing(changes_of(self.session, response)) if one.field == change.field)
        last = next(of_field, None)
        # The words of how it answered are in the history alone.
        now = change.new if change.field == "how" else str(getattr(response, change.field) or "")
        if last is None or last.id != change.id or now != change.new:
            who = last.who if last is not None and last.id != change.id else response.changed_by
            yield Problem(
                "report.undo-field", "{field} was changed since, by {who}", where=response.iso3, field=change.field,
                who=who,
            )  # fmt: skip

    def put_back(self, change: ResponseChange) -> None:
        """Give the response what it had before."""
        response = self.session.get_one(Response, change.response_id)
        take_back(self.session, response, change, note=self._note, who=self._by)
        self.session.flush()
