"""Takes a report back in: what a colleague typed into its yellow columns, unless somebody changed the row since."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from outreach import clock
from outreach.actors import Actor
from outreach.catalogues import ENGLISH_TONGUE, Tongue, languages, tongue
from outreach.database import reading, writing
from outreach.errors import Problem, SheetError, UserError
from outreach.missions.cells import Book, Sheet, column_letter
from outreach.missions.correction import Uncertain, correct
from outreach.missions.history import ImportHistory
from outreach.missions.opening import open_book
from outreach.missions.rows import count_cells
from outreach.models import Campaign, Delivery, Message, Response, ResponseChange
from outreach.people import audit
from outreach.reports.report_columns import MISSION_COLUMNS, CellKind, ReportColumn, sealed_columns
from outreach.reports.rowkey import RowKey, cell_digest, digest, read_key
from outreach.reports.table import MissionRow
from outreach.reports.typed_days import TypedDay, moment_of, typed_day
from outreach.responses.positions import parse_position
from outreach.responses.typed import MOST_NOTE, Typed, TypedChange, take
from outreach.sentences import Remedy, Sentence, saying
from outreach.text import counted, folded, one_line
from outreach.vocabulary import Act, Answer, DeliveryStatus, MessageState, Position

WordT = TypeVar("WordT", bound=StrEnum)

_HEADER_WITHIN = 20
_KEY, _ISO3 = "row key", "iso3"
_TYPED = ("position", "note", "answered how", "corrected address", "answer")
_PERMUTED_FROM, _PERMUTED_SHARE = 4, 0.6
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
    told: Sequence[Problem] = ()
    """What was edited and not taken, with the reason; and what was read into what was taken."""

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain data, for JSON."""
        return {
            "campaign": self.campaign,
            "file": self.file,
            "dry_run": self.dry_run,
            "changes": [{"iso3": c.iso3, "field": c.field, "old": c.old, "new": c.new} for c in self.changes],
            "skipped": list(self.skipped),
            "told": list(self.told),
        }


def import_report(
    engine: Engine, path: Path, *, dry_run: bool = False, skip_stale: bool = False, by: Actor
) -> IncomingResult:
    """Take back what was typed into a report's workbook, saved as .xlsx, .ods or .csv, in one transaction.

    Every cell that was edited is accounted for: it is taken, or told with the reason why not, or refused with the cure.
    Columns that were sorted without the others are noticed by what stood in the rows, and refused.

    Rows may have been sorted, filtered or deleted: each is known by its hidden key. A row that a person changed in
    the database since the report was made is stale. Stale rows are refused, each named, and nothing is written;
    with `skip_stale`, the others are taken. A row in which nothing was typed is never stale.

    Raises SheetError for a file that is no report of this database, for a cell that can't be taken, for stale rows.
    """
    book = open_book(path)
    rows, told = _typed_rows(book)
    _refuse_permuted(path.name, rows)
    with reading(engine) if dry_run else writing(engine) as session:
        taken = _Taking(session, path.name, by, told=told)
        for row in rows:
            taken.take(row)
        taken.finish(skip_stale=skip_stale)
        taken.tell_sealed(rows)
        if dry_run:
            session.rollback()
        else:
            detail = f"{one_line(path.name)}: {counted(len(taken.changes), 'change')}"
            audit.record(session, by, Act.REPORT_IMPORTED, campaign=taken.campaign, detail=detail)
    return IncomingResult(taken.campaign, path.name, dry_run, taken.changes, taken.stale, taken.told)


@dataclass(slots=True)
class _KeyedRow:
    """One row of the sheet that has a key."""

    where: str
    iso3: str
    key: RowKey
    texts: Mapping[str, str]
    places: Mapping[str, str]
    say: Tongue
    """The language of the sheet: its columns and words are named in it."""

    def head(self, name: str) -> str:
        """What the sheet calls a column of ours."""
        return self.say.about("column", name)


def _typed_rows(book: Book) -> tuple[list[_KeyedRow], list[Problem]]:
    sheet, header_row, columns = _keyed_sheet(book)
    say = _language_of([cell.text for cell in sheet.rows[header_row].values()])
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
        for name in _TYPED:
            cell = cells.get(columns.get(name, 0))
            if cell is not None and (cell.no_value or cell.error):
                problems.append(
                    Problem(
                        "report.no-value",
                        "a formula without a stored value, or an error",
                        where=places[name],
                        remedy="Open the file in Excel or LibreOffice and save it, or type the value.",
                    )
                )
        found.append(_KeyedRow(where, texts.get(_ISO3, "").upper(), key, texts, places, say))
    if problems:
        raise _refused(book.name, problems)
    ours = {folded(column.header) for column in MISSION_COLUMNS}
    told = [
        Problem(
            "report.own-column",
            "a column of your own is not taken",
            where=f"{sheet.name}!{column_letter(at)}{header_row} ({one_line(name)[:40]})",
            note=say.about("column", "Note"),
            remedy="Only the yellow columns are; copy what counts into {note}.",
        )
        for name, at in columns.items()
        if name and name not in ours and any(at in sheet.rows[row] for row in sheet.rows if row > header_row)
    ]
    return found, told


def _refuse_permuted(file: str, rows: Sequence[_KeyedRow]) -> None:
    """Raise where positions and notes seem to stand at other rows than those they were typed at.

    Whoever sorts the yellow columns alone moves what stood in them: the same positions and notes as before, in other
    rows. Who types changes what there is.
    """
    was = {row.key.response: (row.key.position.value, row.key.note) for row in rows}
    now = {
        row.key.response: (_folded_position(row.texts.get("position", "")), digest(row.texts.get("note", "")))
        for row in rows
        if "position" in row.texts and "note" in row.texts
    }
    was = {number: (folded(position), note) for number, (position, note) in was.items()}
    changed = [number for number in now if now[number] != was[number]]
    same = sum((Counter(was[number] for number in changed) & Counter(now[number] for number in changed)).values())
    empty = digest("")
    gone = {was[number][1] for number in changed if now[number][1] != was[number][1]} - {empty}
    moved = sum(now[number][1] in gone and now[number][1] != was[number][1] for number in changed)
    if moved > 1 or (len(changed) >= _PERMUTED_FROM and same >= _PERMUTED_SHARE * len(changed)):
        raise SheetError(
            "report.permuted",
            "{file}: positions or notes of {count} rows stand at other missions than before, as when the yellow "
            "columns are sorted without the others. Nothing was taken.",
            file=file,
            count=len(changed),
            remedy="Undo that sorting, or type into a new report{REPORT}; to sort, select all columns.",
        )


def _folded_position(text: str) -> str:
    known = _word_of(Position, text)
    return folded(known.value if known is not None else text)


def _keyed_sheet(book: Book) -> tuple[Sheet, int, dict[str, int]]:
    for name in book.sheet_names:
        sheet = book.read(name)
        for row in sorted(sheet.rows)[:_HEADER_WITHIN]:
            columns = _canonical({folded(cell.text): number for number, cell in sheet.rows[row].items()})
            if _KEY in columns and _ISO3 in columns:
                return sheet, row, columns
    raise SheetError(
        "report.no-row-keys",
        "{book} is no report that can be taken back: no sheet has the column Row key.",
        book=book.name,
        remedy="Make one{REPORT}. Type into its yellow columns, and keep its columns.",
    )


def _language_of(headers: Sequence[str]) -> Tongue:
    """Return the language in which a sheet's columns are named; English where it could be several."""
    there = {folded(header) for header in headers}
    return max(
        (tongue(language) for language in languages()),
        key=lambda say: sum(folded(column.head(say)) in there for column in MISSION_COLUMNS),
        default=ENGLISH_TONGUE,
    )


@cache
def _headers() -> Mapping[str, str]:
    """Return the English header, folded, of each header that a report has in any language."""
    found: dict[str, str] = {}
    for language in reversed(languages()):  # English last: its own headers always mean themselves
        for column in MISSION_COLUMNS:
            found[folded(column.head(tongue(language)))] = folded(column.header)
    return found


def _canonical(columns: Mapping[str, int]) -> dict[str, int]:
    """Return the columns of a sheet by their English headers, in whichever language the report was made."""
    known = _headers()
    canonical: dict[str, int] = {}
    for header, number in columns.items():
        name = known.get(header, header)
        canonical[header if name in canonical else name] = number
    return canonical


def _word_of(words: type[WordT], text: str) -> WordT | None:
    """Return the member of a closed list that a text names in any language of the reports; None for other text."""
    return _words_of(words).get(folded(text))


@cache
def _words_of(words: type[WordT]) -> Mapping[str, WordT]:
    return {folded(tongue(one).word(member)): member for one in reversed(languages()) for member in words}


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
    told: list[Problem] = field(default_factory=list)
    zone: ZoneInfo | None = None

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
        if typed.how:
            self._keep_how(row, response, typed)
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
                "{file}: {count} {count:*row was|rows were} changed in the meantime; nothing was taken.",
                file=self.file,
                count=len(self.stale),
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
        self.zone = self.zone or clock.zone(self.session.get_one(Campaign, response.campaign_id).time_zone)

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
        answered_at = None
        if how:
            said = typed_day(how, self.at.date())
            how = said.words
            answered_at = self._moment(row, said)
        return Typed(position=position, note=note, answer=answer, how=how, answered_at=answered_at)

    def _moment(self, row: _KeyedRow, said: TypedDay) -> datetime | None:
        """Return noon of the day that was typed; what is no day is refused, what was read into it is told."""
        place = row.places.get("answered how", row.where)
        if said.day is not None and said.day > self.at.date():
            self.problems.append(
                Problem(
                    "report.day-to-come",
                    "{day} has not come yet",
                    where=place,
                    day=said.day,
                    remedy="Write the day on which it answered.",
                )
            )
        elif said.wrong:
            self.problems.append(
                Problem(
                    "report.day", '"{day}" is no day', where=place, day=said.wrong, remedy="Write it as 2024-03-18."
                )
            )
        elif said.assumed:
            self.told.append(
                Problem(
                    "report.day-assumed",
                    "{what}",
                    where=place,
                    what=said.assumed,
                    remedy="If it is another day, write it as 2024-03-18.",
                )
            )
        elif said.day is None:
            self.told.append(
                Problem(
                    "report.no-day",
                    "no day is told with it: the mission counts as having answered by now",
                    where=place,
                    remedy="To say when, add the day, such as 2024-03-18.",
                )
            )
        return None if said.day is None else datetime.combine(said.day, time(12), UTC)

    def _keep_how(self, row: _KeyedRow, response: Response, typed: Typed) -> None:
        """Keep the words of how it answered, so that the next report has them in their column again."""
        query = (
            select(ResponseChange.new)
            .where(ResponseChange.response_id == response.id, ResponseChange.field == "how")
            .order_by(col(ResponseChange.id).desc())
        )
        old = self.session.exec(query).first() or ""
        if old == typed.how:
            return
        assert response.id is not None
        self.session.add(
            ResponseChange(
                response_id=response.id, at=self.at, who=self.by.name, actor_kind=self.by.kind, field="how", old=old,
                new=typed.how, note=f"from {one_line(self.file)}",
            )
        )  # fmt: skip
        self.changes.append(TypedChange(response.iso3, "answered how", old, typed.how))
        if typed.answered_at and response.answered_at and typed.answered_at.date() != response.answered_at.date():
            self.told.append(
                Problem(
                    "report.answered-before",
                    "the words are kept; that it first answered on {day} stands",
                    where=row.places["answered how"],
                    day=response.answered_at.date(),
                )
            )

    def tell_sealed(self, rows: Sequence[_KeyedRow]) -> None:
        """Tell which cells outside of the yellow columns were edited; they are not taken."""
        columns = sealed_columns()
        edited: dict[str, list[_KeyedRow]] = {}
        compared = 0
        for row in rows:
            if len(row.key.cells) != len(columns):
                continue
            compared += 1
            for column, seal in zip(columns, row.key.cells, strict=True):
                text = row.texts.get(folded(column.header))
                if text is not None and not self._is_sealed(column, text, seal):
                    edited.setdefault(column.header, []).append(row)
        for header, some in edited.items():
            if len(some) > 5 and len(some) * 2 > compared:
                # A program that shows a column otherwise than we wrote it has not been edited by anybody.
                self.told.append(
                    Problem(
                        "report.not-compared",
                        "the column {header} looks otherwise in most rows; nothing of it is taken",
                        where=some[0].head(header),
                        header=some[0].head(header),
                    )
                )
                continue
            for row in some:
                self.told.append(
                    Problem(
                        "report.not-yellow",
                        '"{text}" in {header} is not taken',
                        where=row.places[folded(header)],
                        text=one_line(row.texts[folded(header)])[:60],
                        header=row.head(header),
                        note=row.head("Note"),
                        remedy="Only the yellow columns are; write it into {note}.",
                    )
                )

    def _is_sealed(self, column: ReportColumn[MissionRow], text: str, seal: str) -> bool:
        if column.kind in {CellKind.MOMENT, CellKind.SECOND, CellKind.DAY} and (shown := moment_of(text)) is not None:
            text = f"{shown.replace(tzinfo=self.zone).astimezone(UTC):%Y-%m-%d %H:%M}"
        # Reports of an earlier version sealed a zero as nothing.
        return cell_digest(text) == seal or (text == "0" and column.kind is CellKind.NUMBER and cell_digest("") == seal)

    def _position(self, row: _KeyedRow) -> Position | None:
        text = row.texts.get("position", "")
        if not text:
            if "position" in row.texts and row.key.position is not Position.UNKNOWN:
                self.told.append(
                    Problem(
                        "report.emptied",
                        "it was emptied; the position {position} stays",
                        where=row.places["position"],
                        position=row.say.word(row.key.position),
                        unknown=row.say.word(Position.UNKNOWN),
                        remedy="To take it back, write {unknown}.",
                    )
                )
            return None
        try:
            position = _word_of(Position, text) or parse_position(text, row.say.word)
        except UserError as error:
            self.problems.append(Problem.of(error.says, where=row.places["position"], remedy=error.remedy))
            return None
        return None if position is row.key.position else position

    def _answer(self, row: _KeyedRow) -> tuple[Answer | None, str]:
        """Return the answer status that was typed, and how: in its own column, or over the word in Answer."""
        how = one_line(_UNTYPED_WORDS.sub("", row.texts.get("answered how", "")))
        text = row.texts.get("answer", row.key.answer.value)
        if row.key.how and digest(row.texts.get("answered how", "")) == row.key.how:
            how = ""  # as the report had it
        elif row.key.how and row.key.how != digest("") and not how and "answered how" in row.texts:
            self.told.append(
                Problem(
                    "report.how-emptied",
                    "it was emptied; that the mission answered stays",
                    where=row.places["answered how"],
                    none=row.say.word(Answer.NONE),
                    answer=row.head("Answer"),
                    remedy="To take the answer back, write {none} into {answer}.",
                )
            )
        if how:
            return Answer.REPLIED, how
        if not text and "answer" in row.texts and row.key.answer is not Answer.NONE:
            self.told.append(
                Problem(
                    "report.answer-emptied",
                    "it was emptied; {position} stays",
                    where=row.places["answer"],
                    position=row.say.word(row.key.answer),
                    none=row.say.word(Answer.NONE),
                    remedy="To take it back, write {none}.",
                )
            )
        said = _word_of(Answer, text)
        if not text or said is row.key.answer:
            return None, ""
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
            if change.field in {"vote", "how"} or self._already(response, change.field, typed):
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
