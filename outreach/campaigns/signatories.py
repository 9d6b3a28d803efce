"""Who signs a campaign's letter: brought in from a sheet, until a deadline, and fixed at approval.

What is no longer in the file is kept and marked, never deleted. A letter that was approved keeps the names that it
was approved with; a later one may carry more, and says since when.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from outreach import clock
from outreach.actors import Actor
from outreach.campaigns.plan import get_campaign
from outreach.database import reading, writing
from outreach.errors import NotFoundError, Problem, SheetError
from outreach.letters import signers as lists
from outreach.letters.sign_on import Row, SignOn, read_sign_on
from outreach.letters.signers import Signatories, in_lists
from outreach.missions.result import DirectoryEntry, FieldChange, SheetDifference
from outreach.models import Campaign, Message, Signatory, SignatoryList
from outreach.people import audit
from outreach.sentences import saying
from outreach.text import folded, one_line
from outreach.vocabulary import Act, Language, MessageState

_FIELDS = ("name", "title", "affiliation", "acronym", "country", "website", "logo", "sort_as", "signed_on")


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
    notes: Sequence[str] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain data, for JSON."""
        return {
            "file": self.file,
            "dry_run": self.dry_run,
            "individuals": self.individuals,
            "organisations": self.organisations,
            "people": self.people,
            "signatories": self.difference.as_dict(),
            "notes": list(self.notes),
        }


def import_signatories(
    engine: Engine, name: str, path: Path, *, by: Actor, dry_run: bool = False, called: str = ""
) -> SignOnResult:
    """Bring a sheet of signatories (.xlsx, .csv) into a campaign, in one transaction.

    A row without a day of signing is taken to have signed today. Past the deadline nobody new is taken. `called` is the
    file's name for the log, if not its own. Raises
    NotFoundError for the campaign, SheetError with a Problem for every row that can't be taken: then nothing is
    changed.
    """
    sheet = read_sign_on(path)
    moment = clock.now()
    with reading(engine) if dry_run else writing(engine) as session:
        campaign = get_campaign(session, name)
        known = {(one.kind, one.name_key): one for one in _rows(session, campaign, everyone=True)}
        _require_in_time(campaign, sheet, known, moment, path)
        difference = _compare(session, campaign, sheet.rows, known, moment, dry_run=dry_run)
        taken = [row.signatory for row in sheet.rows]
        both = in_lists(taken)
        if not dry_run:
            counts = f"{one_line(called or path.name)[:120]}: {len(both.individuals)} individuals, "
            counts += f"{len(both.organisations)} organisations"
            audit.record(session, by, Act.SIGNATORIES_IMPORTED, campaign=name, detail=counts)
    return SignOnResult(
        file=path.name,
        dry_run=dry_run,
        individuals=len(both.individuals),
        organisations=len(both.organisations),
        people=sum(len(one.people) for one in both.individuals),
        difference=difference,
        notes=sheet.notes,
    )


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

    The lists are of the day of that moment in the campaign's zone, or of the deadline's where that has passed.
    """
    rows = _rows(session, campaign, everyone=True)
    if not rows:
        return None
    tz = clock.zone(campaign.time_zone)
    closed = min(moment, campaign.sign_on_by) if campaign.sign_on_by else moment
    as_of = closed.astimezone(tz).date()
    both = in_lists(_as_entries([row for row in rows if row.absent_since is None and row.signed_on <= as_of]))
    return Signatories(both.individuals, both.organisations, as_of, _last_sent(session, campaign), sorted=True)


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
            ordered = Signatories(rows.individuals, rows.organisations, sorted=True).in_order(Language.ENGLISH)
            return [
                {"kind": one.kind.value, "name": one.name, "acronym": one.acronym, "country": one.country,
                 "title": one.title, "affiliation": one.affiliation, "signed_on": str(one.signed_on)}
                for one in ordered.entries
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
    query = select(Signatory).where(Signatory.campaign_id == campaign.id).order_by(col(Signatory.id))
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


def _compare(
    session: Session,
    campaign: Campaign,
    rows: Sequence[Row],
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
    for row in rows:
        one = row.signatory
        key = (one.kind, folded(one.name))
        wanted.add(key)
        values = {name: getattr(one, name) for name in _FIELDS}
        before = known.get(key)
        if before is None:
            values["signed_on"] = one.signed_on or today
            if not dry_run:
                session.add(Signatory(campaign_id=campaign.id, kind=one.kind, name_key=key[1], **values))
            difference.added.append(_entry(one.kind, one.name))
            continue
        values["signed_on"] = one.signed_on or before.signed_on
        changes = [
            FieldChange(name, str(getattr(before, name) or ""), str(value or ""))
            for name, value in values.items()
            if getattr(before, name) != value
        ]
        if before.absent_since is not None:
            changes.append(FieldChange("absent_since", before.absent_since.isoformat(timespec="seconds"), ""))
        if not dry_run:
            for name, value in values.items():
                setattr(before, name, value)
            before.absent_since = None
            session.add(before)
        (difference.changed if changes else difference.unchanged).append(_entry(one.kind, one.name, changes))
    for key, before in known.items():
        if key in wanted:
            continue
        gone = difference.still_absent if before.absent_since is not None else difference.absent
        gone.append(_entry(before.kind, before.name))
        if before.absent_since is None and not dry_run:
            before.absent_since = moment
            session.add(before)
    return difference


def _entry(kind: object, name: str, changes: Sequence[FieldChange] = ()) -> DirectoryEntry:
    return DirectoryEntry(f"{kind} {name}", name, tuple(changes))
