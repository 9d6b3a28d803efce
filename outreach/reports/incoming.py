"""Takes a report back in: what a colleague typed into its yellow columns, unless somebody changed the row since."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from outreach import clock
from outreach.actors import Actor
from outreach.database import reading, writing
from outreach.errors import Problem, SheetError, UserError
from outreach.missions.cells import Book, Sheet, column_letter
from outreach.missions.correction import Uncertain, correct
from outreach.missions.history import ImportHistory
from outreach.missions.opening import open_book
from outreach.missions.rows import count_cells
from outreach.models import Campaign, Delivery, Message, Response, ResponseChange
from outreach.people import audit
from outreach.reports.rowkey import RowKey, digest, read_key
from outreach.responses.positions import parse_position
from outreach.responses.typed import MOST_NOTE, Typed, TypedChange, take
from outreach.sentences import Remedy, Sentence, saying
from outreach.text import folded, one_line
from outreach.vocabulary import Act, Answer, DeliveryStatus, MessageState, Position

_HEADER_WITHIN = 20
_KEY, _ISO3 = "row key", "iso3"
_TYPED = ("position", "note", "answered how", "corrected address", "answer")
_DAY = re.compile(r"\b(\d{4}-\d{2}-\d{2})\b")
_UNTYPED_WORDS = re.compile(r"(?i)^\s*(?:has\s+)?answered\s+")


@dataclass(frozen=True, slots=True)
class IncomingResult:
    """What a report brought in; with `dry_run`, what it would."""

    campaign: str
    file: str
    dry_run: bool
    changes: Sequence[TypedChange]
    skipped: Sequence[Problem]
    """The stale rows that were left out, where that was asked for."""

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain data, for JSON."""
        return {
            "campaign": self.campaign,
            "file": self.file,
            "dry_run": self.dry_run,
            "changes": [{"iso3": c.iso3, "field": c.field, "old": c.old, "new": c.new} for c in self.changes],
            "skipped": list(self.skipped),
        }


def import_report(
    engine: Engine, path: Path, *, dry_run: bool = False, skip_stale: bool = False, by: Actor
) -> IncomingResult:
    """Take back what was typed into a report's workbook, saved as .xlsx or .ods, in one transaction.

    Rows may have been sorted, filtered or deleted: each is known by its hidden key. A row that a person changed in
    the database since the report was made is stale. Stale rows are refused, each named, and nothing is written;
    with `skip_stale`, the others are taken. A row in which nothing was typed is never stale.

    Raises SheetError for a file that is no report of this database, for a cell that can't be taken, for stale rows.
    """
    book = open_book(path)
    rows = _typed_rows(book)
    with reading(engine) if dry_run else writing(engine) as session:
        taken = _Taking(session, path.name, by)
        for row in rows:
            taken.take(row)
        taken.finish(skip_stale=skip_stale)
        if dry_run:
            session.rollback()
        else:
            told = f"{one_line(path.name)}: {len(taken.changes)} changes"
            audit.record(session, by, Act.REPORT_IMPORTED, campaign=taken.campaign, detail=told)
    return IncomingResult(taken.campaign, path.name, dry_run, taken.changes, taken.stale)


@dataclass(slots=True)
class _KeyedRow:
    """One row of the sheet that has a key."""

    where: str
    iso3: str
    key: RowKey
    texts: Mapping[str, str]
    places: Mapping[str, str]


def _typed_rows(book: Book) -> list[_KeyedRow]:
    sheet, header_row, columns = _keyed_sheet(book)
    found: list[_KeyedRow] = []
    problems: list[Problem] = []
    seen: dict[int, str] = {}
    for number in sorted(row for row in sheet.rows if row > header_row):
        cells = sheet.rows[number]
        texts = {name: cells[at].text.strip() if at in cells else "" for name, at in columns.items()}
        where = f"{sheet.name}, row {number}"
        key = read_key(texts[_KEY])
        if key is None:
            if any(texts.get(name) for name in _TYPED):
                problems.append(
                    Problem(
                        "report.row-key",
                        "it has no row key, so nobody can say which mission it is about",
                        where=where,
                        remedy="Type into a row that the report made; sort whole rows only.",
                    )
                )
            continue
        if key.response in seen:
            problems.append(
                Problem(
                    "report.row-copied",
                    "it is a copy of {seen}",
                    seen=seen[key.response],
                    where=where,
                    remedy="Keep one of the two.",
                )
            )
        seen[key.response] = f"row {number}"
        places = {name: f"{sheet.name}!{column_letter(at)}{number}" for name, at in columns.items()}
        found.append(_KeyedRow(where, texts.get(_ISO3, "").upper(), key, texts, places))
    if problems:
        raise _refused(book.name, problems)
    return found


def _keyed_sheet(book: Book) -> tuple[Sheet, int, dict[str, int]]:
    for name in book.sheet_names:
        sheet = book.read(name)
        for row in sorted(sheet.rows)[:_HEADER_WITHIN]:
            columns = {folded(cell.text): number for number, cell in sheet.rows[row].items()}
            if _KEY in columns and _ISO3 in columns:
                return sheet, row, columns
    raise SheetError(
        "report.no-row-keys",
        "{book} is no report that can be taken back: no sheet has the column Row key.",
        book=book.name,
        remedy="Make one{REPORT}. Type into its yellow columns, and keep its columns.",
    )


def _refused(file: str, problems: Sequence[Problem]) -> SheetError:
    return SheetError(
        "sheet.cells-refused",
        "{file}: {count} can't be taken; nothing was changed.",
        file=file,
        count=count_cells(len(problems)),
        problems=problems,
    )


@dataclass(slots=True)
class _Taking:
    """Compares the rows with the database and writes what was typed, within one session."""

    session: Session
    file: str
    by: Actor
    at: datetime = field(default_factory=clock.now)
    campaign: str = ""
    changes: list[TypedChange] = field(default_factory=list)
    stale: list[Problem] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    journal: ImportHistory = field(default_factory=ImportHistory)

    def take(self, row: _KeyedRow) -> None:
        response = self.session.get(Response, row.key.response)
        if response is None or response.iso3 != row.iso3:
            raise SheetError(
                "report.no-campaign",
                "{file}: {place} is of no campaign in this database.",
                file=self.file,
                place=row.where,
                remedy="Is it the report of another folder? Make one here, and type into that.",
            )
        self._same_campaign(response)
        typed = self._typed(row)
        corrected = row.texts.get("corrected address", "")
        if typed == Typed() and not corrected:
            return
        since = self._since(response, row.key, typed)
        if since is not None:
            self.stale.append(
                Problem.of(
                    since, where=f"{row.iso3} ({row.where})", remedy=Remedy("Look at it, and make a new report.")
                )
            )
            return
        changed = take(self.session, response, typed, who=self.by, at=self.at, note=f"from {one_line(self.file)}")
        self.changes.extend(changed)
        if corrected:
            self._correct(row, response, corrected)

    def finish(self, *, skip_stale: bool) -> None:
        if self.problems:
            raise _refused(self.file, self.problems)
        if self.stale and not skip_stale:
            raise SheetError(
                "report.changed",
                "{file}: {rows} changed in the meantime; nothing was taken.",
                file=self.file,
                rows=saying("report.one-row", "one row was")
                if len(self.stale) == 1
                else saying("report.rows", "{count} rows were", count=len(self.stale)),
                remedy="The other rows can be taken all the same{SKIP_STALE}.",
                problems=self.stale,
            )
        self.journal.write(self.session, at=self.at, who=self.by.name, file=self.file)

    def _same_campaign(self, response: Response) -> None:
        name = self.session.get_one(Campaign, response.campaign_id).name
        if self.campaign and name != self.campaign:
            raise SheetError(
                "report.two-campaigns",
                "{file} holds rows of two campaigns.",
                file=self.file,
                remedy="Take each report back by itself.",
            )
        self.campaign = name

    def _typed(self, row: _KeyedRow) -> Typed:
        """Return what differs from what the report held when it was made."""
        position = self._position(row)
        note = row.texts.get("note")
        if note is not None and digest(note) == row.key.note:
            note = None
        if note is not None and len(note) > MOST_NOTE:
            self.problems.append(
                Problem(
                    "report.note-long",
                    "it is longer than {most_note:,} characters",
                    most_note=MOST_NOTE,
                    where=row.places["note"],
                    remedy="Shorten it.",
                )
            )
            note = None
        answer, how = self._answer(row)
        day = _DAY.search(how)
        answered_at = None
        if day:
            try:
                answered_at = datetime.fromisoformat(day[1]).replace(hour=12, tzinfo=UTC)
            except ValueError:
                self.problems.append(
                    Problem(
                        "report.day",
                        '"{day}" is no day',
                        day=day[1],
                        where=row.places["answered how"],
                        remedy="Write it as 2024-03-18.",
                    )
                )
        return Typed(position=position, note=note, answer=answer, how=how, answered_at=answered_at)

    def _position(self, row: _KeyedRow) -> Position | None:
        text = row.texts.get("position", "")
        if not text:
            return None
        try:
            position = parse_position(text)
        except UserError as error:
            self.problems.append(Problem.of(error.says, where=row.places["position"], remedy=error.remedy))
            return None
        return None if position is row.key.position else position

    def _answer(self, row: _KeyedRow) -> tuple[Answer | None, str]:
        """Return the answer status that was typed, and how: in its own column, or over the word in Answer."""
        how = one_line(_UNTYPED_WORDS.sub("", row.texts.get("answered how", "")))
        text = row.texts.get("answer", row.key.answer.value)
        if how:
            return Answer.REPLIED, how
        if not text or folded(text) == folded(row.key.answer.value):
            return None, ""
        known = {folded(answer.value): answer for answer in Answer}
        said = known.get(folded(text))
        return (said, "") if said else (Answer.REPLIED, one_line(_UNTYPED_WORDS.sub("", text)))

    def _since(self, response: Response, key: RowKey, typed: Typed) -> Sentence | None:
        """Return what changed since the report was made that what was typed would overwrite; None for nothing.

        A person's word on the row counts whatever was typed; an answer by mail only where Answer was.
        """
        query = (
            select(ResponseChange)
            .where(ResponseChange.response_id == response.id, col(ResponseChange.id) > key.change)
            .order_by(col(ResponseChange.id).desc())
        )
        for change in self.session.exec(query):
            if change.field == "answer" and typed.answer is None:
                continue
            if change.field == "vote" or self._already(response, change.field, typed):
                continue
            zone = clock.zone(self.session.get_one(Campaign, response.campaign_id).time_zone)
            return saying(
                "report.stale", "{field} was changed from {old!r} to {new!r} by {who} on {at}", field=change.field,
                old=change.old or "empty", new=change.new or "empty", who=change.who, at=clock.shown(change.at, zone),
            )  # fmt: skip
        return None

    def _already(self, response: Response, name: str, typed: Typed) -> bool:
        """Tell whether the database holds by now just what was typed, and nothing else was: no conflict."""
        now = Typed(
            position=response.position if typed.position is not None else None,
            note=response.note if typed.note is not None else None,
            answer=response.answer if typed.answer is not None else None,
            how=typed.how,
            answered_at=typed.answered_at,
        )
        return getattr(typed, name, None) is not None and now == typed

    def _correct(self, row: _KeyedRow, response: Response, text: str) -> None:
        try:
            done = correct(self.session, self.journal, row.iso3, text, self._failed(response))
        except Uncertain as error:
            self.problems.append(error.at(row.places["corrected address"]))
            return
        if done:
            self.changes.append(TypedChange(row.iso3, "address", *done))

    def _failed(self, response: Response) -> list[str]:
        """Return the addresses that the campaign's letter to the mission did not reach."""
        query = (
            select(Delivery)
            .join(Message, col(Message.id) == col(Delivery.message_id))
            .where(
                Message.campaign_id == response.campaign_id,
                Message.iso3 == response.iso3,
                col(Message.replaced_at).is_(None),
            )
            .order_by(col(Delivery.id))
        )
        found = list(self.session.exec(query))
        return [
            recipient.address
            for recipient in found
            if recipient.status is DeliveryStatus.BOUNCED or recipient.state is MessageState.FAILED
        ]
