"""Who signs a campaign's letter: brought in from a sheet, until a deadline, and fixed at approval.

What is no longer in the file is kept and marked, never deleted. A letter that was approved keeps the names that it
was approved with; a later one may carry more, and says since when.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from outreach import clock
from outreach.actors import Actor
from outreach.campaigns.plan import get_campaign
from outreach.campaigns.stopping import bring_to_a_stop
from outreach.database import reading, writing
from outreach.errors import NotFoundError, Problem, SheetError, UserError
from outreach.letters import signers as lists
from outreach.letters.editing import known_language
from outreach.letters.sign_on import SignOn, read_sign_on
from outreach.letters.signers import Signatories, SigningCategory, in_lists
from outreach.missions.result import DirectoryEntry, FieldChange, SheetDifference
from outreach.models import Campaign, Delivery, Message, Signatory, SignatoryList
from outreach.people import audit
from outreach.sentences import Remedy, Sentence, saying, some_of
from outreach.text import counted, folded, one_line
from outreach.vocabulary import Act, CampaignState, Language, MessageState, SignatoryKind, Stop

_APPROVED = (
    CampaignState.APPROVED_ONCE, CampaignState.APPROVED, CampaignState.SCHEDULED, CampaignState.PAUSED,
    CampaignState.WAITING,
)  # fmt: skip
_NOT_OUT = (MessageState.QUEUED, MessageState.DEFERRED, MessageState.HELD, MessageState.FAILED)
_MAY_BE_OUT = (MessageState.SENDING, MessageState.SENT, MessageState.UNCERTAIN)
PLACES_OF_PAGE = 1_000_000
"""The places above are of those who signed on the page and stood in no sheet since: no sheet retires them."""
_MOST_HEADING = 120
_MOST_CATEGORIES = 40
_FIELDS = (
    "name",
    "title",
    "affiliation",
    "acronym",
    "country",
    "website",
    "logo",
    "sort_as",
    "representative",
    "category",
    "signature",
    "words",
    "signed_on",
)


@dataclass(frozen=True, slots=True)
class SignOnResult:
    """What an import of signatories did; with `dry_run`, what it would do."""

    file: str
    dry_run: bool
    individuals: int
    organisations: int
    people: int
    """How many people sign as individuals: an entry may be several."""
    difference: SheetDifference = field(default_factory=SheetDifference)
    notes: Sequence[Sentence] = ()
    withdrawn: tuple["Withdrawn", ...] = ()
    """Who is gone from the list and stands in approved letters, and what becomes of these."""
    voided: bool = False
    """Whether the approval was taken back for that."""
    not_yet: tuple[str, ...] = ()
    """Who is in the list and in no letter, since the day of signing lies after the day that the list is of."""
    questions: tuple[Problem, ...] = ()
    """What had to be guessed, and what may be a double: a person has agreed to it or, in a dry run, is to."""

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
) -> SignOnResult:
    """Bring a sheet of signatories (.xlsx, .csv, the export of a form) into a campaign, in one transaction.

    What had to be guessed, and entries that may be one, are taken only where `yes` says so or `ask` answers it; whether
    two that sign already are one is not asked again, and nothing is where the sheet changes nothing. `mapping` says by
    field which column is meant.

    A row without a day of signing is taken to have signed today. Past the deadline nobody new is taken. Where somebody
    is gone who stands in approved letters that have not gone out, the approval is taken back in the same transaction.
    `called` is the file's name for the log, if not its own. Raises
    NotFoundError for the campaign, SheetError with a Problem for every row that can't be taken: then nothing is
    changed.
    """
    moment = clock.now()
    with reading(engine) as session:
        campaign = get_campaign(session, name)
        today = moment.astimezone(clock.zone(campaign.time_zone)).date()
        there = _rows(session, campaign)
        settled = {one.name for one in there}
    sheet = read_sign_on(path, mapping, today=today)
    questions = tuple(one for one in sheet.questions if not _is_settled(one, settled))
    questions += _ask_of_the_unnamed(sheet, there, path.name)
    if questions and _changes_nothing(engine, name, sheet, moment):
        questions = ()  # whatever the answer, what was agreed to before stays as it is
    if questions and not (dry_run or yes or ask(questions)):
        raise SheetError(
            "signatories.to-agree",
            "{path} can't be taken before somebody agrees to this; nothing was changed.",
            path=path.name,
            remedy="If it is right, {AGREE:take it so}; else correct the sheet.",
            problems=questions,
        )
    with reading(engine) if dry_run else writing(engine) as session:
        campaign = get_campaign(session, name)
        known = {(one.kind, one.name_key): one for one in _rows(session, campaign, everyone=True)}
        _require_in_time(campaign, sheet, known, moment, path)
        difference = _compare(session, campaign, sheet, known, moment, dry_run=dry_run)
        taken = [row.signatory for row in sheet.rows]
        both = in_lists(taken)
        leaving = {str(one.key) for one in difference.absent}
        gone: tuple[Withdrawn, ...] = ()
        late: tuple[str, ...] = ()
        voided = False
        if not dry_run:
            session.flush()
            gone = withdrawn(session, campaign)
            voided = void_for_withdrawn(session, campaign, gone, by)
            late = not_in_letters(session, campaign, moment)
        elif leaving:
            gone = withdrawn(session, campaign, leaving)
        if not dry_run:
            counts = f"{one_line(called or path.name)[:120]}: {counted(len(both.individuals), 'individual')}, "
            counts += counted(len(both.organisations), "organisation")
            audit.record(session, by, Act.SIGNATORIES_IMPORTED, campaign=name, detail=counts)
    return SignOnResult(
        file=path.name,
        dry_run=dry_run,
        individuals=len(both.individuals),
        organisations=len(both.organisations),
        people=sum(len(one.people) for one in both.individuals),
        difference=difference,
        notes=sheet.notes,
        withdrawn=gone,
        voided=voided,
        not_yet=late,
        questions=questions,
    )


_UNNAMED_UNASKED = 5


def _ask_of_the_unnamed(sheet: SignOn, there: Sequence[Signatory], file: str) -> tuple[Problem, ...]:
    """Ask where a sheet that does not name many of those who sign would take them out: it may be no whole list."""
    named = {folded(row.signatory.name) for row in sheet.rows} | sheet.unlisted
    listed = [one for one in there if one.place <= PLACES_OF_PAGE]
    gone = [one.name for one in listed if one.name_key not in named]
    if len(gone) < 2 or (len(gone) <= _UNNAMED_UNASKED and len(gone) * 2 <= len(listed)):
        return ()  # somebody withdrew
    return (
        Problem(
            "signatories.would-retire",
            "{count} of {all} who sign are not in it, and would sign no more: {names}",
            count=len(gone), all=len(listed), names=some_of(gone), where=file,
            remedy="If it is not the whole list, add its rows to the sheet of before.",
        ),
    )  # fmt: skip


def _is_settled(question: Problem, settled: Collection[str]) -> bool:
    """Whether a question is about two that sign already, so that it was answered then."""
    facts = question.says.facts
    return "other" in facts and facts.get("name") in settled and facts["other"] in settled


def set_order(engine: Engine, name: str, *, as_in_sheet: bool, by: Actor) -> None:
    """Let those who sign stand in the order of their sheet, or in that of each letter's language."""
    with writing(engine) as session:
        campaign = get_campaign(session, name)
        campaign.as_in_sheet = as_in_sheet
        session.add(campaign)
        told = "in the order of the sheet" if as_in_sheet else "in the order of the language"
        audit.record(session, by, Act.SIGNATORIES_DEADLINE, campaign=name, detail=told)


def set_deadline(engine: Engine, name: str, text: str | None, *, by: Actor) -> datetime | None:
    """Set until when one can sign, in the campaign's zone unless it has an offset; None takes the deadline away."""
    with writing(engine) as session:
        campaign = get_campaign(session, name)
        campaign.sign_on_by = clock.parse_moment(text, clock.zone(campaign.time_zone)) if text else None
        session.add(campaign)
        told = campaign.sign_on_by.isoformat() if campaign.sign_on_by else "none"
        audit.record(session, by, Act.SIGNATORIES_DEADLINE, campaign=name, detail=told)
        return campaign.sign_on_by


def signatories_of(session: Session, campaign: Campaign, moment: datetime) -> Signatories | None:
    """Return who signs the campaign's letter at a moment; None where nobody was ever imported into it.

    The lists are of the day that a person set, else of that of the moment in the campaign's zone, or of the deadline's
    where that has passed.
    """
    rows = _rows(session, campaign, everyone=True)
    if not rows:
        return None
    as_of = as_of_day(campaign, moment)
    both = in_lists(_as_entries([row for row in rows if row.absent_since is None and row.signed_on <= as_of]))
    last = _last_sent(session, campaign)
    return Signatories(
        both.individuals, both.organisations, as_of, last, sorted=not campaign.as_in_sheet,
        categories=categories_of(campaign), in_sheet=both.in_sheet,
    )  # fmt: skip


def categories_of(campaign: Campaign) -> tuple[SigningCategory, ...]:
    """Return the headings of those who sign in the order that was set, with their words."""
    return tuple(SigningCategory(one["name"], one.get("headings") or {}) for one in campaign.categories)


def set_category(
    engine: Engine,
    name: str,
    category: str,
    *,
    by: Actor,
    place: int | None = None,
    headings: Mapping[str, str] | None = None,
    forget: bool = False,
) -> tuple[SigningCategory, ...]:
    """Say where a heading stands (from 1) and its words by language; return all whose order is set.

    `category` is as in the sheet, or `individual` or `organisation`. Raises UserError for a place or a language that
    is none, NotFoundError for a category under which nobody signs.
    """
    wanted = one_line(category)[:_MOST_HEADING]
    said = {known_language(code).value: one_line(words)[:_MOST_HEADING] for code, words in (headings or {}).items()}
    with writing(engine) as session:
        campaign = get_campaign(session, name)
        there = [dict(one) for one in campaign.categories]
        found = next((one for one in there if folded(one["name"]) == folded(wanted)), None)
        if found is None:
            used = {one.category for one in _rows(session, campaign)} | {kind.value for kind in SignatoryKind}
            called = next((one for one in sorted(used) if one and folded(one) == folded(wanted)), None)
            if called is None:
                raise NotFoundError(
                    "signatories.no-category", "Nobody signs {campaign!r} under {category!r}.", campaign=name,
                    category=wanted, known=", ".join(sorted(filter(None, used))), remedy="There is: {known}.",
                )  # fmt: skip
            found = {"name": called, "headings": {}}
            there.append(found)
        if place is not None:
            if not 1 <= place <= _MOST_CATEGORIES:
                raise UserError(
                    "signatories.place", "{place} is no place of a heading.", place=place, most=_MOST_CATEGORIES,
                    remedy="Take a number from 1 to {most}.",
                )  # fmt: skip
            there.remove(found)
            there.insert(place - 1, found)
        found["headings"] = {**found["headings"], **said}
        if forget:
            there.remove(found)
        campaign.categories = there
        session.add(campaign)
        told = "; ".join(f"{one['name']} {one['headings'] or ''}".strip() for one in there)
        audit.record(session, by, Act.SIGNATORIES_SET, campaign=name, detail=f"headings: {told or 'as in the sheet'}")
        return categories_of(campaign)


def as_of_day(campaign: Campaign, moment: datetime) -> date:
    """Return the day that a campaign's list is of at a moment: see `signatories_of`."""
    if campaign.signed_as_of is not None:
        return campaign.signed_as_of
    closed = min(moment, campaign.sign_on_by) if campaign.sign_on_by else moment
    return closed.astimezone(clock.zone(campaign.time_zone)).date()


def set_as_of(engine: Engine, name: str, day: date | None, *, by: Actor) -> date | None:
    """Set the day that a campaign's list is of: who signed later stands in no letter. None leaves it to the letters."""
    with writing(engine) as session:
        campaign = get_campaign(session, name)
        campaign.signed_as_of = day
        session.add(campaign)
        audit.record(session, by, Act.SIGNATORIES_DEADLINE, campaign=name, detail=f"as of {day or 'the letters'}")
        return day


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """Somebody who signs no more and stands in letters that were approved."""

    name: str
    out: tuple[str, ...]
    """The missions that have the name, or may have it, by ISO3; what was only rehearsed counts for nobody."""
    to_go: tuple[str, ...]
    """Those whose approved letter has not gone out."""

    @property
    def says(self) -> Sentence:
        """Who withdrew, which missions have the name, and how many letters with it have not gone out."""
        name, out, left, missions = self.name, len(self.out), len(self.to_go), ", ".join(self.out)
        if not out:
            return saying(
                "signatories.withdrew",
                "{name} has withdrawn: no mission has the name; {left} {left:*letter with it has|letters with it have} "
                "not gone out",
                name=name, left=left,
            )  # fmt: skip
        if not left:
            return saying(
                "signatories.withdrew-after",
                "{name} has withdrawn: {out} {out:*mission has|missions have} the name ({missions})",
                name=name, out=out, missions=missions,
            )  # fmt: skip
        return saying(
            "signatories.withdrew-between",
            "{name} has withdrawn: {out} {out:*mission has|missions have} the name ({missions}); "
            "{left} {left:*letter with it has|letters with it have} not gone out",
            name=name, out=out, missions=missions, left=left,
        )  # fmt: skip

    @property
    def cure(self) -> Remedy:
        """What to do: approve what has not gone out without the name, write to those who have it."""
        audience = f"iso:{','.join(self.out)}"
        if not self.to_go:
            return Remedy("Write to those who have it, by a campaign of its own{CREATE_CAMPAIGN}.", audience=audience)
        if not self.out:
            return Remedy("Approve the letters again, without the name.")
        return Remedy(
            "Approve the letters again, without the name; write to those who have it, by a campaign of its "
            "own{CREATE_CAMPAIGN}.",
            audience=audience,
        )

    def __str__(self) -> str:
        return str(self.says)


def withdrawn(session: Session, campaign: Campaign, leaving: Collection[str] = ()) -> tuple[Withdrawn, ...]:
    """Return who stands in a campaign's approved letters and signs no more; `leaving` are about to (`kind name`)."""
    signing = {
        (one.kind.value, one.name_key) for one in _rows(session, campaign) if f"{one.kind} {one.name}" not in leaving
    }
    query = (
        select(Message)
        .where(
            Message.campaign_id == campaign.id,
            col(Message.replaced_at).is_(None),
            col(Message.signatory_list_id).is_not(None),
            col(Message.state) != MessageState.CANCELLED,
        )
        .order_by(col(Message.iso3))
    )
    letters = session.exec(query).all()
    partly = _partly_out(session, campaign)
    lists_by_number = {
        one.id: one.entries
        for one in session.exec(select(SignatoryList).where(SignatoryList.campaign_id == campaign.id))
    }
    found: dict[str, tuple[list[str], list[str]]] = {}
    for letter in letters:
        has = letter.id in partly or (letter.state in _MAY_BE_OUT and not letter.rehearsed)
        for entry in lists_by_number.get(letter.signatory_list_id, ()):
            if (entry["kind"], folded(entry["name"])) in signing:
                continue
            out, to_go = found.setdefault(entry["name"], ([], []))
            if has:
                out.append(letter.iso3)
            elif letter.state in _NOT_OUT:
                to_go.append(letter.iso3)
    return tuple(
        Withdrawn(name, tuple(out), tuple(to_go)) for name, (out, to_go) in sorted(found.items()) if out or to_go
    )


def _partly_out(session: Session, campaign: Campaign) -> set[int]:
    """The letters that some of their addresses have, live: the others there get theirs too."""
    query = (
        select(Delivery.message_id)
        .join(Message, col(Message.id) == col(Delivery.message_id))
        .where(
            Message.campaign_id == campaign.id,
            col(Delivery.state).in_(_MAY_BE_OUT),
            col(Delivery.rehearsed).is_(False),
        )
    )
    return set(session.exec(query))


def not_in_letters(session: Session, campaign: Campaign, moment: datetime) -> tuple[str, ...]:
    """Return who signs and stands in no letter all the same: the day of signing lies after the day of the list."""
    as_of = as_of_day(campaign, moment)
    return tuple(f"{one.name} ({one.signed_on})" for one in _rows(session, campaign) if one.signed_on > as_of)


def late_signatories(engine: Engine, name: str) -> tuple[str, ...]:
    """Return who signs a campaign and stands in none of its letters: see `not_in_letters`."""
    with reading(engine) as session:
        return not_in_letters(session, get_campaign(session, name), clock.now())


def void_for_withdrawn(session: Session, campaign: Campaign, gone: Sequence[Withdrawn], by: Actor) -> bool:
    """Take back an approval whose letters, as far as they have not gone out, name somebody who has withdrawn."""
    named = [one for one in gone if one.to_go]
    if not named or campaign.state not in _APPROVED:
        return False
    words = f"{'; '.join(map(str, named))}. Approve it again"
    bring_to_a_stop(campaign, CampaignState.DRAFT, Stop.SIGNATORY_WITHDREW, words)
    session.add(campaign)
    audit.record(session, by, Act.CAMPAIGN_VOIDED, campaign=campaign.name, detail="; ".join(map(str, named)))
    return True


def freeze(session: Session, campaign: Campaign, signatories: Signatories | None, moment: datetime) -> int | None:
    """Write down who signs at an approval, and return the list's number; None where the campaign has no list."""
    if signatories is None or signatories.as_of is None:
        return None
    assert campaign.id is not None
    frozen = SignatoryList(
        campaign_id=campaign.id,
        approved_at=moment,
        as_of=signatories.as_of,
        entries=[
            {"kind": one.kind.value, "name": one.name, "signed_on": str(one.signed_on)}
            for one in signatories.in_order(Language.ENGLISH).entries
        ],
    )
    session.add(frozen)
    session.flush()
    return frozen.id


@dataclass(frozen=True, slots=True)
class SinceApproval:
    """What has become of the list since the letters were approved last."""

    as_of: date
    approved_at: datetime
    added: tuple[str, ...]
    gone: tuple[str, ...]


def since_last_approval(session: Session, campaign: Campaign) -> SinceApproval | None:
    """Compare who signs now with the list of the last approval; None where no approval had one."""
    query = (
        select(SignatoryList)
        .where(SignatoryList.campaign_id == campaign.id)
        .order_by(col(SignatoryList.id).desc())
        .limit(1)
    )
    last = session.exec(query).first()
    if last is None:
        return None
    before = {(one["kind"], folded(one["name"])): one["name"] for one in last.entries}
    now = {(one.kind.value, one.name_key): one.name for one in _rows(session, campaign)}
    return SinceApproval(
        last.as_of,
        last.approved_at,
        tuple(sorted(now[key] for key in now.keys() - before.keys())),
        tuple(sorted(before[key] for key in before.keys() - now.keys())),
    )


def listing(engine: Engine, name: str, iso3: str | None = None) -> list[dict[str, str]]:
    """Return who signs a campaign's letter: now, or in the letter that one mission received or is to receive.

    Raises NotFoundError for the campaign, or a mission that has no approved letter with a list of the campaign's.
    """
    with reading(engine) as session:
        campaign = get_campaign(session, name)
        if iso3 is None:
            rows = in_lists(_as_entries(_rows(session, campaign)))
            both = Signatories(
                rows.individuals, rows.organisations, sorted=not campaign.as_in_sheet,
                categories=categories_of(campaign), in_sheet=rows.in_sheet,
            )  # fmt: skip
            ordered = both.in_order(Language.ENGLISH)
            return [
                {"kind": one.kind.value, "name": one.name, "acronym": one.acronym, "country": one.country,
                 "title": one.title, "affiliation": one.affiliation,
                 "representative": one.representative, "signed_on": str(one.signed_on),
                 "category": one.category, "logo": one.logo, "signature": one.signature}
                for group in ordered.groups(Language.ENGLISH) for one in group.entries
            ]  # fmt: skip
        wanted = iso3.strip().upper()
        message = session.exec(
            select(Message).where(
                Message.campaign_id == campaign.id, Message.iso3 == wanted, col(Message.replaced_at).is_(None)
            )
        ).first()
        frozen = (
            session.get(SignatoryList, message.signatory_list_id) if message and message.signatory_list_id else None
        )
        if frozen is None:
            raise NotFoundError(
                "signatories.none-of-its-own",
                "No approved letter of {campaign!r} to {wanted} bears a list of its own.",
                campaign=name,
                wanted=wanted,
                remedy="Approve the campaign first.",
            )
        return [dict(entry) for entry in frozen.entries]


def _as_entries(rows: Sequence[Signatory]) -> list[lists.LetterSignatory]:
    return [lists.LetterSignatory(**{name: getattr(row, name) for name in ("kind", *_FIELDS)}) for row in rows]


def _rows(session: Session, campaign: Campaign, *, everyone: bool = False) -> list[Signatory]:
    query = (
        select(Signatory).where(Signatory.campaign_id == campaign.id).order_by(col(Signatory.place), col(Signatory.id))
    )
    if not everyone:
        query = query.where(col(Signatory.absent_since).is_(None))
    return list(session.exec(query))


def _last_sent(session: Session, campaign: Campaign) -> date | None:
    """The day of the newest list of which a letter has gone out to anybody."""
    query = (
        select(col(SignatoryList.as_of))
        .join(Message, col(Message.signatory_list_id) == col(SignatoryList.id))
        .where(
            col(SignatoryList.campaign_id) == campaign.id,
            col(Message.state).in_([MessageState.SENT, MessageState.UNCERTAIN]),
            col(Message.rehearsed).is_(False),
        )
        .order_by(col(SignatoryList.as_of).desc())
    )
    found: date | None = session.exec(query).first()
    return found


def _require_in_time(
    campaign: Campaign, sheet: SignOn, known: dict[tuple[Any, str], Signatory], moment: datetime, path: Path
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
            path=path,
            sign_on_by=clock.shown(campaign.sign_on_by, tz),
            problems=problems,
        )


def _changes_nothing(engine: Engine, name: str, sheet: SignOn, moment: datetime) -> bool:
    with reading(engine) as session:
        campaign = get_campaign(session, name)
        known = {(one.kind, one.name_key): one for one in _rows(session, campaign, everyone=True)}
        found = _compare(session, campaign, sheet, known, moment, dry_run=True)
    return not (found.added or found.changed or found.absent)


def _compare(
    session: Session,
    campaign: Campaign,
    sheet: SignOn,
    known: dict[tuple[Any, str], Signatory],
    moment: datetime,
    *,
    dry_run: bool,
) -> SheetDifference:
    """Work out what becomes of each row and, unless it is a dry run, do it."""
    assert campaign.id is not None
    difference = SheetDifference()
    today = moment.astimezone(clock.zone(campaign.time_zone)).date()
    wanted = set()
    for place, row in enumerate(sheet.rows, start=1):
        one = row.signatory
        key = (one.kind, folded(one.name))
        wanted.add(key)
        values = {name: getattr(one, name) for name in _FIELDS}
        before = known.get(key)
        if before is None:
            values["signed_on"] = one.signed_on or today
            if not dry_run:
                session.add(Signatory(campaign_id=campaign.id, kind=one.kind, name_key=key[1], place=place, **values))
            difference.added.append(_entry(one.kind, one.name))
            continue
        if before.absent_since is None:  # what the sheet has no place for is left as it is
            values = {name: value for name, value in values.items() if value or name in sheet.told}
        values["signed_on"] = one.signed_on or before.signed_on
        changes = [
            FieldChange(name, _as_text(getattr(before, name)), _as_text(value))
            for name, value in values.items()
            if getattr(before, name) != value
        ]
        if before.absent_since is not None:
            changes.append(FieldChange("absent_since", before.absent_since.isoformat(timespec="seconds"), ""))
        if not dry_run:
            for name, value in values.items():
                setattr(before, name, value)
            before.absent_since, before.place = None, place
            session.add(before)
        (difference.changed if changes else difference.unchanged).append(_entry(one.kind, one.name, changes))
    for key, before in known.items():
        if key in wanted:
            continue
        if before.place > PLACES_OF_PAGE and before.absent_since is None:
            difference.unchanged.append(_entry(before.kind, before.name))
            continue  # who signed on the page stood in no sheet yet
        gone = difference.still_absent if before.absent_since is not None else difference.absent
        gone.append(_entry(before.kind, before.name))
        if before.absent_since is None and not dry_run:
            before.absent_since = moment
            session.add(before)
    return difference


def _as_text(value: Any) -> str:
    if isinstance(value, Mapping):
        return "; ".join(f"{field} ({code}): {words}" for code, said in value.items() for field, words in said.items())
    return str(value or "")


def _entry(kind: object, name: str, changes: Sequence[FieldChange] = ()) -> DirectoryEntry:
    return DirectoryEntry(f"{kind} {name}", name, tuple(changes))
