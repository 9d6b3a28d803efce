"""Who signs a campaign's letter: brought in from a sheet, until a deadline, and fixed at approval.

What is no longer in the file is kept and marked, never deleted. A letter that was approved keeps the names that it
was approved with; a later one may carry more, and says since when.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Engine, bindparam
from sqlmodel import Session, col, select

from outreach import clock
from outreach.actors import Actor
from outreach.campaigns.plan import get_campaign
from outreach.campaigns.stopping import bring_to_a_stop
from outreach.database import reading, writing
from outreach.errors import NotFoundError, Problem, UserError
from outreach.letters.editing import known_language
from outreach.letters.signing import signers as lists
from outreach.letters.signing.signers import Signatories, SigningCategory, in_lists
from outreach.models import Campaign, Delivery, Message, Signatory, SignatoryList
from outreach.people import audit
from outreach.sentences import KeptSentence, Remedy, Sentence, saying
from outreach.text import few, folded, one_line
from outreach.vocabulary import Act, CampaignState, Language, MessageState, SignatoryKind, Stop

_APPROVED = (
    CampaignState.APPROVED_ONCE, CampaignState.APPROVED, CampaignState.SCHEDULED, CampaignState.PAUSED,
    CampaignState.WAITING,
)  # fmt: skip
_ROWS = (
    select(Signatory)
    .where(col(Signatory.campaign_id) == bindparam("campaign"))
    .order_by(col(Signatory.place), col(Signatory.id))
)
_NOT_OUT = (MessageState.QUEUED, MessageState.DEFERRED, MessageState.HELD, MessageState.FAILED)
_MAY_BE_OUT = (MessageState.SENDING, MessageState.SENT, MessageState.UNCERTAIN)
PLACES_OF_PAGE = 1_000_000
"""The places above are of those who signed on the page and stood in no sheet since: no sheet retires them."""
_MOST_HEADING = 120
_MOST_NAMES = 12
_MOST_CATEGORIES = 40
FIELDS = (
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
"""What is kept of somebody who signs, as a sheet tells it."""


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
    rows = rows_of(session, campaign, everyone=True)
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
            used = {one.category for one in rows_of(session, campaign)} | {kind.value for kind in SignatoryKind}
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
        detail = KeptSentence("log.headings", "headings: {headings}", headings=told) if told else _AS_IN_THE_SHEET
        audit.record(session, by, Act.SIGNATORIES_SET, campaign=name, detail=detail)
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
        detail = KeptSentence("log.as-of", "as of {day}", day=day) if day is not None else _AS_OF_THE_LETTERS
        audit.record(session, by, Act.SIGNATORIES_DEADLINE, campaign=name, detail=detail)
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
    """Return who stands in a campaign's approved letters and signs no more.

    With `leaving` (`kind name`), also who is about to sign no more.
    """
    return _withdrawn(_names_in_letters(session, campaign), rows_of(session, campaign), leaving)


@dataclass(frozen=True, slots=True)
class _NameInLetter:
    kind: str
    name: str
    iso3: str
    out: bool
    """Whether the mission has that letter, or may have it."""
    to_go: bool


def _names_in_letters(session: Session, campaign: Campaign) -> list[_NameInLetter]:
    """Who stands in which of a campaign's approved letters, by ISO3."""
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
    found = list[_NameInLetter]()
    for letter in letters:
        has = letter.id in partly or (letter.state in _MAY_BE_OUT and not letter.rehearsed)
        for entry in lists_by_number.get(letter.signatory_list_id, ()):
            to_go = not has and letter.state in _NOT_OUT
            found.append(_NameInLetter(entry["kind"], entry["name"], letter.iso3, has, to_go))
    return found


def _withdrawn(
    named: Sequence[_NameInLetter], rows: Sequence[Signatory], leaving: Collection[str]
) -> tuple[Withdrawn, ...]:
    """Who of the names in letters signs no more."""
    signing = {(one.kind.value, one.name_key) for one in rows if f"{one.kind} {one.name}" not in leaving}
    found: dict[str, tuple[list[str], list[str]]] = {}
    for one in named:
        if (one.kind, folded(one.name)) in signing:
            continue
        out, to_go = found.setdefault(one.name, ([], []))
        if one.out:
            out.append(one.iso3)
        elif one.to_go:
            to_go.append(one.iso3)
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
    return tuple(f"{one.name} ({one.signed_on})" for one in rows_of(session, campaign) if one.signed_on > as_of)


def late_signatories(engine: Engine, name: str) -> tuple[str, ...]:
    """Return who signs a campaign and stands in none of its letters: see `not_in_letters`."""
    with reading(engine) as session:
        return not_in_letters(session, get_campaign(session, name), clock.now())


def settle_approval(
    session: Session, campaign: Campaign, doubts: Sequence[Withdrawn], by: Actor
) -> tuple[tuple[Withdrawn, ...], bool]:
    """Take back an approval whose letters that have not gone out name somebody who withdrew, or is in `doubts` now.

    An approval that such a name took back before stays so, and says what stands in its way still. Return who withdrew
    and stands in letters, and whether an approval was taken back.
    """
    rows, named = rows_of(session, campaign), _names_in_letters(session, campaign)
    gone = _withdrawn(named, rows, ())
    left = [KeptSentence.of(one.says) for one in gone if one.to_go]
    if campaign.state in _APPROVED:
        words = left + _missing([one.name for one in doubts if one.to_go])
        if words:
            bring_to_a_stop(campaign, CampaignState.DRAFT, Stop.SIGNATORY_WITHDREW, _then(words, to_approve=bool(left)))
            session.add(campaign)
            detail = KeptSentence.joined(words)
            audit.record(session, by, Act.CAMPAIGN_VOIDED, campaign=campaign.name, detail=detail)
        return gone, bool(words)
    if campaign.state is CampaignState.DRAFT and campaign.stop is Stop.SIGNATORY_WITHDREW:
        unnamed = {f"{one.kind} {one.name}": one.name for one in rows if one.unnamed_since}
        of_letters = {one.name for one in _withdrawn(named, rows, unnamed) if one.to_go}
        missing = _missing([name for name in unnamed.values() if name in of_letters])
        campaign.reason = _then(left + missing or [_AS_IN_ITS_LETTERS], to_approve=bool(left) or not missing)
        session.add(campaign)
    return gone, False


_AS_IN_THE_SHEET = KeptSentence("log.headings-of-the-sheet", "headings: as in the sheet")
_AS_OF_THE_LETTERS = KeptSentence("log.as-of-the-letters", "as of the letters")
_AS_IN_ITS_LETTERS = KeptSentence("signatories.as-in-letters", "those who sign are again those of its letters")


def _missing(names: Sequence[str]) -> list[KeptSentence]:
    listed = few(names, _MOST_NAMES, "; ")
    return [
        KeptSentence(
            "signatories.missing",
            "not in the sheet that was brought in last, and in its letters: {names}. Say whether they sign",
            names=listed,
        )
    ] * bool(names)  # fmt: skip


def _then(words: Sequence[KeptSentence], *, to_approve: bool) -> KeptSentence:
    told = KeptSentence.joined(words)
    return KeptSentence("signatories.approve-again", "{words}. Approve it again", words=told) if to_approve else told


def doubted(session: Session, campaign: Campaign) -> tuple[str, ...]:
    """Return who signs and may have withdrawn: the sheet that was brought in last names most others, and not them."""
    return tuple(one.name for one in rows_of(session, campaign) if one.unnamed_since is not None)


def findings_of_doubts(session: Session, campaign: Campaign) -> list[Problem]:
    """Return what stands in the way of letters that name somebody who may have withdrawn: a person is to say."""
    names = doubted(session, campaign)
    if not names:
        return []
    return [
        Problem(
            "signatories.unnamed",
            "{count} who {count:*signs is|sign are} not in the sheet that was brought in last, and may have withdrawn: "
            "{names}",
            count=len(names), names=few(names, _MOST_NAMES, "; "),
            retired=len(names), where="signatories",
            remedy="Bring the sheet again: if they have withdrawn, {RETIRE:confirm it}; if they sign, {KEEP:say so}.",
        )
    ]  # fmt: skip


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
    now = {(one.kind.value, one.name_key): one.name for one in rows_of(session, campaign)}
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
            rows = in_lists(_as_entries(rows_of(session, campaign)))
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
    return [lists.LetterSignatory(**{name: getattr(row, name) for name in ("kind", *FIELDS)}) for row in rows]


def rows_of(session: Session, campaign: Campaign, *, everyone: bool = False) -> list[Signatory]:
    """Return who signs a campaign in the order of their sheets; with `everyone`, also who signs no more."""
    rows = session.scalars(_ROWS, {"campaign": campaign.id})
    return [row for row in rows if everyone or row.absent_since is None]


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
