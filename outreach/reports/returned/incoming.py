"""Takes a report back in: what a colleague typed into its yellow columns, unless somebody changed the row since."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from outreach import clock
from outreach.actors import Actor
from outreach.catalogues import Word
from outreach.database import writing
from outreach.errors import Problem, SheetError, UserError
from outreach.missions.books.opening import open_book
from outreach.missions.correction import Uncertain, correct
from outreach.missions.history import ImportHistory
from outreach.missions.rows import count_cells
from outreach.models import Campaign, Delivery, Message, Response, ResponseChange
from outreach.people import audit
from outreach.reports.excel.report_columns import CellKind, ReportColumn, sealed_columns
from outreach.reports.returned.incoming_sheet import KeyedRow, read_back, word_of
from outreach.reports.returned.misplaced import moved_columns, moved_questions, refuse_moved
from outreach.reports.returned.rowkey import RowKey, cell_digest, digest
from outreach.reports.returned.typed_answers import says_unanswered
from outreach.reports.returned.typed_days import TypedDay, moment_of, typed_day
from outreach.reports.table import MissionRow
from outreach.responses.changes import TASK_FIELDS
from outreach.responses.positions import is_firm, parse_position
from outreach.responses.typed import MOST_NOTE, Typed, TypedChange, take
from outreach.sentences import Moment, Remedy, Sentence, saying
from outreach.text import counted, few, folded, one_line
from outreach.vocabulary import Act, Answer, DeliveryStatus, MessageState, Position

_EMPTY = saying("report.empty", "empty")
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
    questions: Sequence[Problem] = ()
    """What was likely only, and agreed to; with `dry_run`, what would be asked."""
    unread: Sequence[str] = ()
    """The names of the sheets that are not read."""

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain data, for JSON."""
        return {
            "campaign": self.campaign,
            "file": self.file,
            "dry_run": self.dry_run,
            "changes": [{"iso3": c.iso3, "field": c.field, "old": c.old, "new": c.new} for c in self.changes],
            "skipped": list(self.skipped),
            "told": list(self.told),
            "questions": list(self.questions),
            "unread_sheets": list(self.unread),
        }


def import_report(
    engine: Engine,
    path: Path,
    *,
    dry_run: bool = False,
    skip_stale: bool = False,
    yes: bool = False,
    ask: Callable[[Sequence[Problem]], bool] = lambda _: False,
    by: Actor,
) -> IncomingResult:
    """Take back what was typed into a report's workbook, saved as .xlsx, .ods or .csv, in one transaction.

    Every cell that was edited is accounted for: it is taken, or told with the reason why not, or refused with the cure.
    Columns that were surely sorted without the others are refused; where that is only likely, and where words tell
    several days, it is asked with `ask`, unless `yes` agrees beforehand.

    Rows may have been sorted, filtered or deleted: each is known by its hidden key. A row that a person changed in
    the database since the report was made is stale. Stale rows are refused, each named, and nothing is written;
    with `skip_stale`, the others are taken. A row in which nothing was typed is never stale.

    Raises SheetError for a file that is no report of this database, for cells that can't be taken, each named, for
    stale rows, and for what nobody has agreed to. Nothing has been changed then.
    """
    read = read_back(open_book(path))
    moved = moved_columns(read.rows)
    refuse_moved(path.name, read.rows, moved)
    asked = moved_questions(read.rows, moved)

    def taking(session: Session) -> _Taking:
        one = _Taking(session, path.name, by, told=list(read.told), problems=list(read.problems), questions=[*asked])
        one.require_own(read.rows)
        for row in read.rows:
            one.take(row)
        one.finish(skip_stale=skip_stale)
        one.tell_sealed(read.rows)
        one.tell_missing(read.sheet, read.rows)
        return one

    if not (dry_run or yes):
        with writing(engine, dry_run=True) as session:
            questions = taking(session).questions
        if questions and not ask(questions):
            raise SheetError(
                "report.asked",
                "{file}: {count} {count:*thing is|things are} to be agreed to, and nobody has; nothing was taken.",
                file=path.name,
                count=len(questions),
                problems=questions,
                remedy="If they are right, {AGREE:take them so}; else correct the file.",
            )
    with writing(engine, dry_run=dry_run) as session:
        taken = taking(session)
        if not dry_run:
            detail = f"{one_line(path.name)}: {counted(len(taken.changes), 'change')}"
            audit.record(session, by, Act.REPORT_IMPORTED, campaign=taken.campaign, detail=detail)
    return IncomingResult(
        taken.campaign, path.name, dry_run, taken.changes, taken.stale, taken.told, taken.questions, read.unread
    )


def _refused(file: str, problems: Sequence[Problem], asked: Sequence[Problem] = ()) -> SheetError:
    return SheetError(
        "sheet.cells-refused",
        "{file}: {count} can't be taken; nothing was changed.",
        file=file,
        count=count_cells(len(problems)),
        problems=[*problems, *asked],
    )


def _instead(header: str, row: KeyedRow) -> Remedy:
    """Say what to do with what was typed into a column that is not taken."""
    how, note = row.head("Answered how"), row.head("Note")
    if header == "Vote":
        return Remedy("Bring the record of the vote itself{VOTES:, as a file or pasted}.")
    if header == "Answered":
        return Remedy("Write into {how} how it answered, and on which day.", how=how)
    if header == "Delivery":
        return Remedy(
            "What became of a letter is told by mail servers; write what the mission said into {how}.", how=how
        )
    return Remedy("Only the yellow columns are; write it into {note}.", note=note)


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
    questions: list[Problem] = field(default_factory=list)
    zone: ZoneInfo | None = None

    def take(self, row: KeyedRow) -> None:
        response = self.session.get(Response, row.key.response)
        if response is None:
            raise self._of_another(row)
        self._same_campaign(response)
        if response.iso3 != row.iso3:
            self.problems.append(
                Problem(
                    "report.code-edited",
                    'the code was changed: "{code}" stands where the row\'s key says {iso3}',
                    where=row.places["iso3"],
                    code=one_line(row.iso3)[:20],
                    iso3=response.iso3,
                    remedy="Write {iso3} again. If the rows were sorted without the hidden key, undo that.",
                )
            )
            return
        before = len(self.problems)
        typed = self._typed(row)
        corrected = row.texts.get("corrected address", "")
        self._struck(row, typed)
        if len(self.problems) > before or (typed == Typed() and not corrected):
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

    def _of_another(self, row: KeyedRow) -> SheetError:
        return SheetError(
            "report.no-campaign",
            "{file}: {place} is of no campaign in this database.",
            file=self.file,
            place=row.where,
            remedy="Is it the report of another folder? Make one here, and type into that. If rows were sorted "
            "without the hidden key, undo that.",
        )

    def require_own(self, rows: Sequence[KeyedRow]) -> None:
        """Raise where most rows bear other states than their keys: it is the report of another database, or sorted."""
        known = dict(self.session.exec(select(Response.id, Response.iso3)).all())
        others = [row for row in rows if known.get(row.key.response) != row.iso3]
        if len(others) > 1 and 2 * len(others) > len(rows):
            raise self._of_another(others[0])

    def finish(self, *, skip_stale: bool) -> None:
        if self.problems:
            comments = [one for one in self.told if one.says.code == "report.comment"]
            raise _refused(self.file, self.problems, [*self.questions, *comments])
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

    def tell_missing(self, sheet: str, rows: Sequence[KeyedRow]) -> None:
        """Tell which missions of the campaign have no row: rows may be deleted, but nothing of theirs is taken back."""
        there = {row.key.response for row in rows}
        of_campaign = select(Response.id, Response.iso3).join(Campaign).where(Campaign.name == self.campaign)
        gone = sorted(iso3 for key, iso3 in self.session.exec(of_campaign).all() if key not in there)
        if gone:
            self.told.append(
                Problem(
                    "report.rows-missing",
                    "{count} {count:*mission|missions} of the campaign {count:*has|have} no row: {states}",
                    count=len(gone),
                    states=few(gone, 10),
                    where=sheet,
                    remedy="What stands of them stays as it is.",
                )
            )

    def _struck(self, row: KeyedRow, typed: Typed) -> None:
        """Tell of yellow cells with a line through them: what was struck out is not taken for what was written."""
        written = {
            "position": typed.position is not None,
            "note": typed.note is not None,
            "answered how": bool(typed.how),
            "answer": typed.answer is not None and not typed.how,
            "corrected address": bool(row.texts.get("corrected address")),
        }
        for name in sorted(row.struck):
            if not row.texts.get(name):
                continue
            struck = Problem(
                "report.struck",
                '"{text}" is struck through',
                where=row.places[name],
                text=one_line(row.texts[name])[:60],
                remedy="Write what holds now, without the line; what is struck out takes nothing back.",
            )
            (self.problems if written[name] else self.told).append(struck)

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

    def _typed(self, row: KeyedRow) -> Typed:
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
        if how and says_unanswered(how):
            self.problems.append(
                Problem(
                    "report.no-answer",
                    '"{words}" does not say that the mission answered',
                    where=row.places["answered how" if row.texts.get("answered how") else "answer"],
                    words=one_line(how)[:60],
                    note=row.head("Note"),
                    remedy="Write how it answered, such as by phone; what is no answer goes into {note}.",
                )
            )
        elif how:
            said = typed_day(how, self.at.date())
            how = said.words
            answered_at = self._moment(row, said)
        return Typed(position=position, note=note, answer=answer, how=how, answered_at=answered_at)

    def _moment(self, row: KeyedRow, said: TypedDay) -> datetime | None:
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
        elif said.others:
            self.questions.append(
                Problem(
                    "report.days",
                    "it names {day} and {others}: {day} counts as the day on which it answered",
                    where=place,
                    day=said.day,
                    others=", ".join(map(str, said.others)),
                    remedy="If it is another one, write that one first.",
                )
            )
        elif said.about:
            self.questions.append(
                Problem(
                    "report.day-about",
                    '"{words}" is no one day: {day} counts as the day on which it answered',
                    where=place,
                    words=one_line(said.about)[:60],
                    day=said.day,
                    remedy="If it is another one, write it as 2024-03-18.",
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

    def _keep_how(self, row: KeyedRow, response: Response, typed: Typed) -> None:
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

    def tell_sealed(self, rows: Sequence[KeyedRow]) -> None:
        """Tell which cells outside of the yellow columns were edited; they are not taken."""
        columns = sealed_columns()
        edited: dict[str, list[KeyedRow]] = {}
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
                        remedy=_instead(header, row),
                    )
                )

    def _is_sealed(self, column: ReportColumn[MissionRow], text: str, seal: str) -> bool:
        if column.kind in {CellKind.MOMENT, CellKind.SECOND, CellKind.DAY} and (shown := moment_of(text)) is not None:
            text = f"{shown.replace(tzinfo=self.zone).astimezone(UTC):%Y-%m-%d %H:%M}"
        # Reports of an earlier version sealed a zero as nothing.
        return cell_digest(text) == seal or (text == "0" and column.kind is CellKind.NUMBER and cell_digest("") == seal)

    def _position(self, row: KeyedRow) -> Position | None:
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
            # A word of the sheet's own list comes first; but what has a doubt beside it is none of these.
            listed = word_of(Position, text) if is_firm(text) else None
            position = listed or parse_position(text, row.say.word)
        except UserError as error:
            self.problems.append(Problem.of(error.says, where=row.places["position"], remedy=error.remedy))
            return None
        return None if position is row.key.position else position

    def _answer(self, row: KeyedRow) -> tuple[Answer | None, str]:
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
        said = word_of(Answer, text)
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
        found = self.session.exec(query).all()
        gone = {one.undoes_id for one in found}
        for change in found:
            if change.id in gone or (change.undoes_id or 0) > key.change:
                continue  # done and taken back since: nothing of it is left
            if change.field == "answer" and typed.answer is None:
                continue
            if change.field in {"vote", "how", *TASK_FIELDS} or self._already(response, change.field, typed):
                continue
            zone = self.session.get_one(Campaign, response.campaign_id).time_zone
            return saying(
                "report.stale", "{field} was changed from {old!r} to {new!r} by {who} on {at}",
                field=Word("field", change.field),
                old=change.old or _EMPTY, new=change.new or _EMPTY, who=change.who, at=Moment(change.at, zone),
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

    def _correct(self, row: KeyedRow, response: Response, text: str) -> None:
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
