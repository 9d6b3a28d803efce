"""A sheet of those who sign brought into a campaign: it adds and updates, and takes out whom it says has left.

Whom the sheet does not name signs still: one is retired only by a person's word (`replace`), with their number where
they are many. A sheet that names most of those who sign looks like the whole list, though, so that whoever is missing
may have withdrawn: that is asked, and until a person has answered, no letter is approved with the name and none that
has it goes out. What a sheet has no column for stays as it is. The last import can be taken back.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

from outreach import clock
from outreach.actors import Actor
from outreach.campaigns.plan import get_campaign
from outreach.campaigns.who_signs.signatories import (
    FIELDS,
    PLACES_OF_PAGE,
    Withdrawn,
    not_in_letters,
    rows_of,
    settle_approval,
    withdrawn,
)
from outreach.campaigns.who_signs.signatory_history import SignatoryJournal, key_of, said_to_sign
from outreach.database import reading, writing
from outreach.errors import ConfirmationError, Problem, SheetError
from outreach.letters.signing.sign_on import SignOn, read_sign_on
from outreach.letters.signing.signers import LetterSignatory, SignOnRow, in_lists
from outreach.missions.facts import find_state
from outreach.missions.result import DirectoryEntry, FieldChange, SheetDifference, must_be_typed
from outreach.models import Campaign, Signatory
from outreach.people import audit
from outreach.sentences import Moment, Sentence, saying
from outreach.text import counted, few, folded, one_line
from outreach.vocabulary import Act

_Key = tuple[Any, str]
_MOST_NAMES = 12


@dataclass(frozen=True, slots=True)
class SignOnResult:
    """What an import of signatories did; with `dry_run`, what it would do."""

    file: str
    dry_run: bool
    individuals: int
    """How many sign as individuals in the sheet."""
    organisations: int
    people: int
    """How many people sign as individuals: an entry may be several."""
    difference: SheetDifference = field(default_factory=SheetDifference)
    notes: Sequence[Sentence] = ()
    withdrawn: tuple[Withdrawn, ...] = ()
    """Who is gone from the list and stands in approved letters, and what becomes of these."""
    voided: bool = False
    """Whether the approval was taken back for that."""
    not_yet: tuple[str, ...] = ()
    """Who is in the list and in no letter, since the day of signing lies after the day that the list is of."""
    questions: tuple[Problem, ...] = ()
    """What had to be guessed, and what may be a double: a person has agreed to it or, in a dry run, is to."""
    unnamed: tuple[str, ...] = ()
    """Who signs and is not in the sheet, neither as signing nor as not: retired with `replace`, else signing still."""
    doubted: tuple[Withdrawn, ...] = ()
    """Those of them who may have withdrawn, since the sheet names most others: a person is to say."""
    known: int = 0
    """How many signed before."""

    @property
    def must_be_confirmed(self) -> bool:
        """Whether to retire whom the sheet does not name asks for their number: over 5, and over 5 in a hundred."""
        return must_be_typed(len(self.unnamed), max(self.known, 1))

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain data, for JSON."""
        return {
            "file": self.file,
            "dry_run": self.dry_run,
            "individuals": self.individuals,
            "organisations": self.organisations,
            "people": self.people,
            "signatories": self.difference.as_dict(),
            "notes": list(map(str, self.notes)),
            "withdrawn": [{"name": one.name, "out": list(one.out), "to_go": list(one.to_go)} for one in self.withdrawn],
            "voided": self.voided,
            "not_yet": list(self.not_yet),
            "questions": [one.as_dict() for one in self.questions],
            "unnamed": list(self.unnamed),
            "doubted": [{"name": one.name, "out": list(one.out), "to_go": list(one.to_go)} for one in self.doubted],
        }


def import_signatories(
    engine: Engine,
    name: str,
    path: Path,
    *,
    by: Actor,
    dry_run: bool = False,
    called: str = "",
    mapping: Mapping[str, str] | None = None,
    yes: bool = False,
    ask: Callable[[Sequence[Problem]], bool] = lambda _: False,
    replace: bool = False,
    confirmed: int | None = None,
    ask_number: Callable[[SignOnResult], int | None] = lambda _: None,
    keep: bool = False,
) -> SignOnResult:
    """Bring a sheet of signatories (.xlsx, .csv, the export of a form) into a campaign, in one transaction.

    What had to be guessed, and entries that may be one, are taken only where `yes` says so or `ask` answers it; whether
    two that sign already are one is not asked again, and nothing is where the sheet changes nothing. `mapping` says by
    field which column is meant.

    Whom the sheet does not name signs still. With `replace` they are retired: kept, and marked; past five, or five in a
    hundred, `confirmed` has to be their number, or `ask_number` answers it. With `keep` a person says that they sign.
    With neither, those that a sheet of most others lacks are doubted: see the module.

    A row without a day of signing is taken to have signed today. Past the deadline nobody new is taken. Where somebody
    is gone or doubted who stands in approved letters that have not gone out, the approval is taken back in the same
    transaction. `called` is the file's name for the log, if not its own. Raises NotFoundError for the campaign,
    SheetError with a Problem for every row that can't be taken, ConfirmationError without the number or with another:
    then nothing is changed.
    """
    moment = clock.now()
    with reading(engine) as session:
        campaign = get_campaign(session, name)
        today = moment.astimezone(clock.zone(campaign.time_zone)).date()
        settled = {one.name for one in rows_of(session, campaign)}
    sheet = read_sign_on(path, mapping, today=today)
    questions = tuple(one for one in sheet.questions if not _is_settled(one, settled))

    def compared(session: Session, *, dry: bool) -> tuple[_Comparison, SignOnResult]:
        campaign = get_campaign(session, name)
        plan = _Comparison(session, campaign, sheet, moment, replace=replace, keep=keep)
        _require_in_time(campaign, sheet, plan.known, moment, path)
        plan.compare()
        return plan, _result(plan, called or path.name, dry, questions)

    with reading(engine) as session:  # nothing is locked while a person reads and counts
        plan, looked = compared(session, dry=True)
    if plan.returning:
        questions += (_asks_of_returning(plan.returning),)
    if plan.changes_nothing:
        questions = ()  # whatever the answer, what was agreed to before stays as it is
    if questions and not (dry_run or yes or ask(questions)):
        raise SheetError(
            "signatories.to-agree",
            "{path} can't be taken before somebody agrees to this; nothing was changed.",
            path=called or path.name,
            remedy="If it is right, {AGREE:take it so}; else correct the sheet.",
            problems=questions,
        )
    if dry_run:
        with reading(engine) as session:
            return compared(session, dry=True)[1]
    if replace and confirmed is None and looked.must_be_confirmed and looked.unnamed:
        confirmed = ask_number(looked)
    with writing(engine) as session:
        plan, result = compared(session, dry=False)
        if replace:
            _require_confirmed(result, confirmed)
        return plan.apply(result, by, called or path.name)


def _result(plan: "_Comparison", file: str, dry: bool, questions: tuple[Problem, ...]) -> SignOnResult:
    both = in_lists([row.signatory for row in plan.sheet.rows])
    leaving = {entry.key for entry in plan.difference.absent}
    return SignOnResult(
        file=file,
        dry_run=dry,
        individuals=len(both.individuals),
        organisations=len(both.organisations),
        people=sum(len(one.people) for one in both.individuals),
        difference=plan.difference,
        notes=plan.sheet.notes,
        withdrawn=withdrawn(plan.session, plan.campaign, leaving) if leaving else (),
        questions=questions,
        unnamed=tuple(one.name for one in plan.unnamed),
        doubted=plan.doubted_in_letters(),
        known=sum(one.absent_since is None for one in plan.known.values()),
    )


def _asks_of_returning(some: Sequence[str]) -> Problem:
    """The question whether those who have withdrawn sign again: a sheet of before that names them too."""
    return Problem(
        "signatories.returns",
        "{count} who {count:*has|have} withdrawn {count:*stands|stand} in the sheet as signing: {names}",
        count=len(some), names=few(some, _MOST_NAMES, "; "), where="",
        remedy="Do they sign again? An older sheet names them too: take their rows out of it then.",
    )  # fmt: skip


def _is_settled(question: Problem, settled: Collection[str]) -> bool:
    """Whether a question is about two that sign already, so that it was answered then."""
    facts = question.says.facts
    return "other" in facts and facts.get("name") in settled and facts["other"] in settled


def _require_confirmed(result: SignOnResult, confirmed: int | None) -> None:
    """Raise where more would be retired than goes without a word, and its number is not what a person typed."""
    retired = len(result.unnamed)
    if confirmed is None and retired and result.must_be_confirmed:
        raise ConfirmationError(
            "signatories.not-confirmed",
            "{file} would retire {retired} of {known} who sign, since it does not name them, and nobody has confirmed "
            "that number. Nothing was changed.",
            file=result.file, retired=retired, known=result.known,
            remedy="If that is meant, {RETIRE:confirm it}; to add and update only, leave that out.",
        )  # fmt: skip
    if confirmed is not None and confirmed != retired:
        raise ConfirmationError(
            "signatories.another-number",
            "{confirmed} was confirmed, but {file} would retire {retired} of those who sign. Nothing was changed.",
            confirmed=confirmed, file=result.file, retired=retired, remedy="Look at the difference again.",
        )  # fmt: skip


class _Comparison:
    """What becomes of each row of a sheet and of each who signs: worked out first, then done."""

    def __init__(
        self, session: Session, campaign: Campaign, sheet: SignOn, moment: datetime, *, replace: bool, keep: bool
    ) -> None:
        self.session, self.campaign, self.sheet = session, campaign, sheet
        self.known: dict[_Key, Signatory] = {
            (one.kind, one.name_key): one for one in rows_of(session, campaign, everyone=True)
        }
        self.difference = SheetDifference()
        self.unnamed: list[Signatory] = []
        self._moment, self._replace, self._keep = moment, replace, keep
        self._today = moment.astimezone(clock.zone(campaign.time_zone)).date()
        self._doubted: list[Signatory] = []
        self._settled: list[Signatory] = []
        """Whom an earlier sheet put in doubt, and of whom this one, or a person, now says that they sign."""
        self._said = said_to_sign(session, campaign)
        self._to_say: list[tuple[Signatory, bool]] = []
        """Of whom a person says now that they sign without being named, and whom a sheet names again after that."""
        self._added: list[tuple[SignOnRow, dict[str, Any]]] = []
        self._named: list[tuple[Signatory, dict[str, Any]]] = []
        self._gone: list[Signatory] = []

    @property
    def changes_nothing(self) -> bool:
        """Whether the sheet says what is known already, and puts nobody in doubt."""
        found = self.difference
        return not (found.added or found.changed or found.absent or self._doubted)

    @property
    def returning(self) -> list[str]:
        """Who has withdrawn, and stands in the sheet as one who signs."""
        return [before.name for before, _ in self._named if before.absent_since is not None]

    def compare(self) -> None:
        """Work out the difference. The database is not touched."""
        wanted = set()
        for row in self.sheet.rows:
            one = row.signatory
            key = (one.kind, folded(one.name))
            wanted.add(key)
            before = self.known.get(key)
            if before is None:
                values = {name: getattr(one, name) for name in FIELDS}
                values["signed_on"] = one.signed_on or self._today
                self._added.append((row, values))
                self.difference.added.append(_entry(one.kind, one.name))
            else:
                self._update(before, row)
        for gone in self._left_by_the_sheet(wanted):
            self._gone.append(gone)
            self.difference.absent.append(_entry(gone.kind, gone.name))
        for key, before in self.known.items():
            if key not in wanted and before not in self._gone:
                self._not_named(before)
        self._doubt()

    def _update(self, before: Signatory, row: SignOnRow) -> None:
        values = {name: value for name, value in _told(before, row).items() if getattr(before, name) != value}
        changes = [FieldChange(name, _as_text(getattr(before, name)), _as_text(new)) for name, new in values.items()]
        if before.absent_since is not None:
            changes.append(FieldChange("absent_since", before.absent_since.isoformat(timespec="seconds"), ""))
            values["absent_since"] = None
        self._named.append((before, values))
        entry = _entry(row.signatory.kind, row.signatory.name, changes)
        (self.difference.changed if changes else self.difference.unchanged).append(entry)

    def _left_by_the_sheet(self, wanted: Collection[_Key]) -> list[Signatory]:
        """Those who sign, and of whom the sheet says that they do not."""
        gone: dict[int, Signatory] = {}
        for row in self.sheet.left:
            key = folded(row.signatory.name)
            same = [one for (_, name), one in self.known.items() if name == key]
            exact = [one for one in same if one.kind is row.signatory.kind] or same
            for one in exact:
                if one.absent_since is None and (one.kind, one.name_key) not in wanted:
                    gone[id(one)] = one
        return list(gone.values())

    def _not_named(self, before: Signatory) -> None:
        entry = _entry(before.kind, before.name)
        if before.absent_since is not None:
            self.difference.still_absent.append(entry)
        elif before.place > PLACES_OF_PAGE:
            self.difference.unchanged.append(entry)  # who signed on the page stood in no sheet yet
        else:
            self.unnamed.append(before)
            if self._replace:
                self._gone.append(before)
            (self.difference.absent if self._replace else self.difference.left_alone).append(entry)

    def _doubt(self) -> None:
        """Tell a whole list, which names at least as many as it lacks, from one that adds and corrects."""
        named = sum(before.absent_since is None for before, _ in self._named)
        looks_whole = bool(named) and named >= len(self.unnamed)
        if self._replace or self._keep or not looks_whole:
            asked: list[Signatory] = []
        else:
            asked = [one for one in self.unnamed if key_of(self.campaign, one) not in self._said]
        self._doubted = [one for one in asked if one.unnamed_since is None]
        self._settled = [one for one, _ in self._named if one.unnamed_since is not None]
        if self._keep:
            self._settled += [one for one in self.unnamed if one.unnamed_since is not None]
            missing = self.unnamed if looks_whole else self._settled
            self._to_say = [(one, True) for one in missing if key_of(self.campaign, one) not in self._said]
        self._to_say += [(one, False) for one, _ in self._named if key_of(self.campaign, one) in self._said]

    def doubted_in_letters(self) -> tuple[Withdrawn, ...]:
        """Those in doubt from now on, with the letters that name them."""
        keys = {_entry(one.kind, one.name).key: one.name for one in self._doubted}
        if not keys:
            return ()
        with_letters = {one.name: one for one in withdrawn(self.session, self.campaign, keys)}
        return tuple(with_letters.get(name, Withdrawn(name, (), ())) for name in keys.values())

    def apply(self, result: SignOnResult, by: Actor, file: str) -> SignOnResult:
        """Do what was worked out, take back an approval that it concerns, and record it; return what was done."""
        journal = SignatoryJournal(self.campaign)
        whole = not self.difference.left_alone or bool(self._doubted)
        places = {
            (row.signatory.kind, folded(row.signatory.name)): at for at, row in enumerate(self.sheet.rows, start=1)
        }
        last = max((one.place for one in self.known.values() if one.place <= PLACES_OF_PAGE), default=0)
        for before, values in self._named:
            place = places[before.kind, before.name_key] if whole else before.place
            if place > PLACES_OF_PAGE:
                last += 1
                place = last
            journal.change(before, values | {"place": place, "unnamed_since": None})
        for one in self._doubted:
            journal.change(one, {"unnamed_since": self._moment})
        for one in self._settled:
            journal.change(one, {"unnamed_since": None})
        for one, signs in self._to_say:
            journal.said(one, signs=signs)
        for one in self._gone:
            journal.change(one, {"absent_since": self._moment, "unnamed_since": None})
        assert self.campaign.id is not None
        for row, values in self._added:
            last += 1
            kind, key = row.signatory.kind, folded(row.signatory.name)
            one = Signatory(
                campaign_id=self.campaign.id, kind=kind, name_key=key,
                place=places[kind, key] if whole else last, **values,
            )  # fmt: skip
            self.session.add(one)
            journal.added(one)
        self.session.flush()
        journal.write(self.session, at=self._moment, by=by, file=file)
        gone, voided = settle_approval(self.session, self.campaign, result.doubted, by)
        counts = f"{one_line(file)[:120]}: {counted(result.individuals, 'individual')}, "
        counts += counted(result.organisations, "organisation")
        if result.difference.absent:
            counts += f", {len(result.difference.absent)} retired"
        audit.record(self.session, by, Act.SIGNATORIES_IMPORTED, campaign=self.campaign.name, detail=counts)
        return SignOnResult(
            **{name: getattr(result, name) for name in result.__slots__}
            | {"withdrawn": gone, "voided": voided,
               "not_yet": not_in_letters(self.session, self.campaign, self._moment)}
        )  # fmt: skip


def _told(before: Signatory, row: SignOnRow) -> dict[str, Any]:
    """What a row says of somebody who is known: what its sheet has no column for stays as it is."""
    one: LetterSignatory = row.signatory
    values = {name: getattr(one, name) if name in row.told else getattr(before, name) for name in FIELDS}
    values["name"] = one.name
    values["signed_on"] = one.signed_on or before.signed_on
    if values["country"] and (state := find_state(values["country"])) is not None:
        # The same state in other words: letters say it in their language.
        values["country"] = before.country if find_state(before.country) is state else values["country"]
    who = one.representative
    if "title" not in row.told and who and before.representative.startswith(f"{who}, "):
        values["representative"] = before.representative
    words: dict[str, dict[str, str]] = {}
    for language, said in before.words.items():
        words[language] = {name: text for name, text in said.items() if f"{language}.{name}" not in row.told}
    for language, told in one.words.items():
        words.setdefault(language, {}).update(told)
    values["words"] = {language: said for language, said in words.items() if said}
    return values


def _require_in_time(
    campaign: Campaign, sheet: SignOn, known: Mapping[_Key, Signatory], moment: datetime, path: Path
) -> None:
    if campaign.sign_on_by is None:
        return
    tz = clock.zone(campaign.time_zone)
    last_day = campaign.sign_on_by.astimezone(tz).date()
    closed = moment > campaign.sign_on_by
    problems = []
    for row in sheet.rows:
        one = row.signatory
        before = known.get((one.kind, folded(one.name)))
        signed_on = one.signed_on or (before.signed_on if before else None)
        late = signed_on > last_day if signed_on else closed
        if late:
            problems.append(
                Problem(
                    "signatories.too-late",
                    "{name!r} signed {when}, after the deadline",
                    name=one.name,
                    when=saying("time.on", "on {day}", day=signed_on) if signed_on else saying("time.today", "today"),
                    where=row.where,
                    remedy="Leave the row out, or move the deadline.",
                )
            )
    if problems:
        raise SheetError(
            "signatories.not-taken",
            "{path} can't be taken: one could sign until {sign_on_by}.",
            path=path.name,
            sign_on_by=Moment(campaign.sign_on_by, campaign.time_zone),
            problems=problems,
        )


def _as_text(value: Any) -> str:
    if isinstance(value, Mapping):
        return "; ".join(f"{field} ({code}): {words}" for code, said in value.items() for field, words in said.items())
    return str(value or "")


def _entry(kind: object, name: str, changes: Sequence[FieldChange] = ()) -> DirectoryEntry:
    return DirectoryEntry(f"{kind} {name}", name, tuple(changes))
