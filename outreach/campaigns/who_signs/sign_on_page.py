"""The page on which anybody may sign a campaign's letter: off until a person opens it, and nobody is listed unread.

Who signs gives a name and an address; the address is confirmed by a link that works once; a person of the team says yes
or no; only then is there a signatory. A second link withdraws, also after the deadline, and follows the rules of
withdrawal: what has not gone out is voided, what went out is told. The links are kept as digests. What strangers can
make this database and the mail server do has bounds, by hour and by address.
"""

import re
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import make_msgid
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Engine, delete
from sqlmodel import Session, col, func, select

from outreach import clock
from outreach.actors import Actor, program
from outreach.campaigns.plan import get_campaign
from outreach.campaigns.trial import Trial
from outreach.campaigns.who_signs.sign_on_words import sign_on_words
from outreach.campaigns.who_signs.signatories import PLACES_OF_PAGE, settle_approval
from outreach.database import reading, writing
from outreach.errors import NotFoundError, Problem, SheetError, UserError
from outreach.letters.faces.mime_writer import ascii_domain, dated
from outreach.letters.signing.sign_on_doubles import near_duplicates
from outreach.letters.signing.signers import LetterSignatory, SignOnRow
from outreach.missions.books.cell_values import Unusable, email
from outreach.missions.own import foreign, own_domains
from outreach.models import Campaign, OptOut, Signatory, SignOnEntry, SignOnPage
from outreach.people import audit
from outreach.sentences import KeptSentence, Moment
from outreach.settings import Settings, mailbox
from outreach.text import address_key, folded, one_line
from outreach.vocabulary import Act, Door, Language, SignatoryKind, SignOnState

MOST_CHARACTERS = 200
LINK_DAYS = 7
MOST_AN_HOUR = 300
"""So many may sign one page in an hour; who comes then is asked to come later."""
MOST_MAILS_A_DAY = 3
"""So many mails go to one address in a day: the page is no way to fill somebody's box."""
MOST_WAITING = 5_000
_PAGE = program("sign-on page", Door.DESK)
_WEB = re.compile(r"(?i)\b(?:https?:|www\.)|://|\b[\w-]+\.(?:com|net|org|info|biz|ru|cn|io|xyz|top|shop)\b")
_LETTER = re.compile(r"[^\W\d_]")


@dataclass(frozen=True, slots=True)
class SignOnForm:
    """What somebody typed on the page, as it came."""

    kind: str = ""
    name: str = ""
    representative: str = ""
    title: str = ""
    country: str = ""
    category: str = ""
    email: str = ""
    agreed: bool = False

    def faults(self) -> tuple[str, ...]:
        """Return what has to be looked at again, as keys of the table of words."""
        found = []
        if self.kind not in set(SignatoryKind):
            found.append("fault_kind")
        name = one_line(self.name)
        if not _LETTER.search(name) or len(name) > MOST_CHARACTERS or _WEB.search(name):
            found.append("fault_name")
        others = (self.representative, self.title, self.country, self.category)
        if any(len(one) > MOST_CHARACTERS or _WEB.search(one) for one in others):
            found.append("fault_long")
        if not _is_address(self.email):
            found.append("fault_email")
        if not self.agreed:
            found.append("fault_agreed")
        return tuple(found)


def _is_address(text: str) -> bool:
    try:
        return bool(email(text)) and not set("\r\n") & set(text.strip())
    except (Unusable, ValueError):
        return False


@dataclass(frozen=True, slots=True)
class SigningMail:
    """The mail by which somebody confirms: to whom, and the links, which stand nowhere else."""

    entry: int
    to: str
    language: Language
    confirm: str
    leave: str


@dataclass(frozen=True, slots=True)
class PublicPage:
    """What the world may know of a sign-on page."""

    campaign: int
    name: str
    letter: str
    key: str
    open: bool
    until: datetime | None
    time_zone: str
    categories: tuple[Mapping[str, object], ...]
    words: Mapping[str, str]


class ClosedPageError(Exception):
    """The page is not open: it was closed, or its time is over."""


class TooManyError(Exception):
    """More sign than the page takes in an hour."""


def url_of(page: SignOnPage) -> str:
    """Return the page's address in the world."""
    return f"{page.address}/sign/{page.key}"


def open_page(
    engine: Engine,
    name: str,
    *,
    by: Actor,
    address: str,
    until: str | None = None,
    words: Mapping[str, str] | None = None,
) -> str:
    """Open a campaign's sign-on page to the public and return its address.

    `address` is how the world reaches the desk, such as https://sign.coalition.example; http only on this machine.
    `until` is in the campaign's zone. Raises UserError for an address that is none, NotFoundError.
    """
    root = _address(address)
    with writing(engine) as session:
        campaign = get_campaign(session, name)
        page = page_of(session, campaign) or SignOnPage(campaign_id=campaign.id or 0, key=secrets.token_urlsafe(12))
        page.address, page.opened_at, page.opened_by = root, clock.now(), by.name
        page.until = clock.parse_moment(until, clock.zone(campaign.time_zone)) if until else None
        if page.until is not None and page.until <= clock.now():
            raise UserError(
                "sign-on.until", "{until} is past.", until=Moment(page.until, campaign.time_zone),
                remedy="Name a moment to come.",
            )  # fmt: skip
        if words:
            page.words = {code: one_line(said)[:1_000] for code, said in words.items()}
        session.add(page)
        told = f"opened until {page.until.isoformat() if page.until else 'the deadline'}"
        audit.record(session, by, Act.SIGN_ON_PAGE, campaign=name, detail=told)
        return url_of(page)


def _address(text: str) -> str:
    parts = urlsplit(text.strip().rstrip("/"))
    local = parts.hostname in {"localhost", "127.0.0.1", "::1"}
    if parts.scheme not in ({"http", "https"} if local else {"https"}) or not parts.hostname or parts.username:
        raise UserError(
            "sign-on.address", "{address!r} is no address of a page for the public.", address=text,
            remedy="Write it as https://sign.example.org.",
        )  # fmt: skip
    return f"{parts.scheme}://{parts.netloc}"


def close_page(engine: Engine, name: str, *, by: Actor) -> None:
    """Close a campaign's sign-on page; links to withdraw go on working. Raises NotFoundError where there is none."""
    with writing(engine) as session:
        campaign = get_campaign(session, name)
        page = page_of(session, campaign)
        if page is None:
            raise NotFoundError("sign-on.no-page", "{campaign!r} has no sign-on page.", campaign=name)
        page.opened_at = None
        session.add(page)
        audit.record(session, by, Act.SIGN_ON_PAGE, campaign=name, detail=KeptSentence("log.sign-on-closed", "closed"))


def page_of(session: Session, campaign: Campaign) -> SignOnPage | None:
    """Return a campaign's sign-on page, open or not; None where it was never opened."""
    return session.exec(select(SignOnPage).where(SignOnPage.campaign_id == campaign.id)).one_or_none()


def public_page(session: Session, key: str, moment: datetime | None = None) -> PublicPage | None:
    """Return what the world may know of the page of a key; None where there is none."""
    found = session.exec(
        select(SignOnPage, Campaign).join(Campaign, col(Campaign.id) == col(SignOnPage.campaign_id))
        .where(SignOnPage.key == key[:64])
    ).one_or_none()  # fmt: skip
    if found is None:
        return None
    page, campaign = found
    ends = [one for one in (page.until, campaign.sign_on_by) if one is not None]
    until = min(ends, default=None)
    is_open = page.opened_at is not None and (until is None or (moment or clock.now()) <= until)
    own = tuple(one for one in campaign.categories if one["name"] not in set(SignatoryKind))
    return PublicPage(
        campaign.id or 0, campaign.name, campaign.letter, page.key, is_open, until, campaign.time_zone, own, page.words
    )


def sign(
    engine: Engine, settings: Settings, key: str, form: SignOnForm, language: Language, moment: datetime | None = None
) -> SigningMail | None:
    """Take down who signs, and return the mail by which they confirm; None where none is to go.

    None goes to an address of a mission, to one that asked to be left alone, or after a few in a day; the answer on
    the page is the same, so that it tells nobody whose address is known here. Who signs again before the confirmation
    gets a new link, and the old one no longer works. Raises ClosedPageError, TooManyError; ValueError for a
    form with faults.
    """
    if form.faults():
        raise ValueError(", ".join(form.faults()))
    now = moment or clock.now()
    with writing(engine) as session:
        page = public_page(session, key, now)
        if page is None or not page.open:
            raise ClosedPageError
        _prune(session, page.campaign, now)
        if _recent(session, page.campaign, now) >= MOST_AN_HOUR or _waiting(session, page.campaign) >= MOST_WAITING:
            raise TooManyError
        to = email(form.email)
        values: dict[str, Any] = {
            "kind": SignatoryKind(form.kind), "name": one_line(form.name), "title": one_line(form.title),
            "representative": one_line(form.representative) if form.kind == SignatoryKind.ORGANISATION else "",
            "country": one_line(form.country), "category": _known_category(page, form.category),
        }  # fmt: skip
        mine = session.exec(
            select(SignOnEntry).where(
                SignOnEntry.campaign_id == page.campaign, SignOnEntry.email_key == address_key(to),
                col(SignOnEntry.at) > now - timedelta(days=1),
            )
        ).all()  # fmt: skip
        confirm, leave = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        again = next((one for one in mine if one.state is SignOnState.UNCONFIRMED and one.name == values["name"]), None)
        mailed = sum(one.mails for one in mine)
        entry = again or SignOnEntry(
            campaign_id=page.campaign, email=to, email_key=address_key(to), language=language,
            state=SignOnState.UNCONFIRMED, at=now, **values,
        )  # fmt: skip
        for name, value in values.items():
            setattr(entry, name, value)
        entry.link_hash, entry.leave_hash = _digest(confirm), _digest(leave)
        left_alone = session.exec(
            select(OptOut.id).where(OptOut.address_key == address_key(to), col(OptOut.withdrawn_at).is_(None))
        ).first()
        none_goes = (
            mailed >= MOST_MAILS_A_DAY
            or left_alone is not None
            or foreign(session, to, own_domains(settings)) is not None
        )
        entry.mails += 0 if none_goes else 1
        session.add(entry)
        session.flush()
        assert entry.id is not None
        return None if none_goes else SigningMail(entry.id, to, language, confirm, leave)


def _known_category(page: PublicPage, text: str) -> str:
    """The heading of that name, if the campaign has it: the world makes no headings."""
    return next((str(one["name"]) for one in page.categories if folded(str(one["name"])) == folded(text)), "")


def _prune(session: Session, campaign: int, now: datetime) -> None:
    """Forget who never confirmed: an address that may be another's is not kept."""
    session.execute(
        delete(SignOnEntry).where(
            col(SignOnEntry.campaign_id) == campaign, col(SignOnEntry.state) == SignOnState.UNCONFIRMED,
            col(SignOnEntry.at) < now - timedelta(days=LINK_DAYS),
        )
    )  # fmt: skip


def _recent(session: Session, campaign: int, now: datetime) -> int:
    query = select(func.count()).where(
        SignOnEntry.campaign_id == campaign, col(SignOnEntry.at) > now - timedelta(hours=1)
    )
    return session.exec(query).one()


def _waiting(session: Session, campaign: int) -> int:
    states = [SignOnState.UNCONFIRMED, SignOnState.WAITING]
    return session.exec(
        select(func.count()).where(SignOnEntry.campaign_id == campaign, col(SignOnEntry.state).in_(states))
    ).one()


def _digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def compose_signing(settings: Settings, engine: Engine, mail: SigningMail, title: str) -> Trial:
    """Return the mail by which somebody confirms, for the campaign's mail account. Nothing that they typed is in it.

    So the page is no way to send words of one's own to strangers. Raises UserError where nobody is set as the sender.
    """
    if not settings.sender:
        raise UserError("settings.no-sender", "Nobody is set as the sender.", remedy="Say who writes{SET_SENDER}.")
    with reading(engine) as session:
        entry = session.get_one(SignOnEntry, mail.entry)
        page = session.exec(select(SignOnPage).where(SignOnPage.campaign_id == entry.campaign_id)).one()
        root = url_of(page)
    sender = mailbox(settings.sender)[1]
    made = EmailMessage()
    made["From"], made["To"] = settings.sender, ascii_domain(mail.to)
    made["Subject"] = one_line(sign_on_words("mail_subject", mail.language, title=title))[:200]
    made["Message-ID"] = message_id = make_msgid(domain=ascii_domain(sender).rpartition("@")[2])
    made["Auto-Submitted"] = "auto-generated"
    made["Content-Language"] = mail.language.value
    links = {"confirm": f"{root}/confirm/{mail.confirm}", "leave": f"{root}/leave/{mail.leave}"}
    made.set_content(sign_on_words("mail_text", mail.language, title=one_line(title), days=LINK_DAYS, **links).lstrip())
    return Trial(
        iso3="", to=ascii_domain(mail.to), envelope_from=ascii_domain(mailbox(settings.bounce_address or sender)[1]),
        message_id=message_id, wire=dated(made.as_bytes(policy=SMTP), clock.now(), settings.tz),
        smtputf8=not (mail.to.isascii() and sender.isascii()),
    )  # fmt: skip


def note_mailed(engine: Engine, entry: int) -> None:
    """Write down that the mail to confirm was handed over."""
    with writing(engine) as session:
        found = session.get(SignOnEntry, entry)
        if found is not None:
            found.mailed_at = clock.now()
            session.add(found)


def entry_of_link(
    session: Session, key: str, token: str, *, leave: bool, moment: datetime | None = None
) -> SignOnEntry | None:
    """Return who a link belongs to; None for one that was used, replaced, is too old, or of another page."""
    if not 20 <= len(token) <= 100:
        return None
    column = SignOnEntry.leave_hash if leave else SignOnEntry.link_hash
    entry = session.exec(
        select(SignOnEntry).join(SignOnPage, col(SignOnPage.campaign_id) == col(SignOnEntry.campaign_id))
        .where(column == _digest(token), SignOnPage.key == key[:64])
    ).one_or_none()  # fmt: skip
    if entry is None or entry.state in (SignOnState.WITHDRAWN, SignOnState.REFUSED):
        return None
    old = (moment or clock.now()) - entry.at > timedelta(days=LINK_DAYS)
    if not leave and (entry.state is not SignOnState.UNCONFIRMED or old):
        return None
    return entry


def confirm(engine: Engine, key: str, token: str, moment: datetime | None = None) -> bool:
    """Confirm an address by its link; False for a link that is no longer good. It works once, and until the deadline.

    Raises ClosedPageError where the page is closed by now.
    """
    now = moment or clock.now()
    with writing(engine) as session:
        page = public_page(session, key, now)
        entry = entry_of_link(session, key, token, leave=False, moment=now)
        if page is None or entry is None:
            return False
        if not page.open:
            raise ClosedPageError
        entry.state, entry.confirmed_at, entry.link_hash = SignOnState.WAITING, now, ""
        session.add(entry)
        return True


def leave(engine: Engine, key: str, token: str) -> bool:
    """Withdraw who a link belongs to, also after the deadline; False for a link that is no longer good.

    An approval whose letters name them and have not gone out is taken back in the same transaction.
    """
    with writing(engine) as session:
        entry = entry_of_link(session, key, token, leave=True)
        if entry is None:
            return False
        campaign = session.get_one(Campaign, entry.campaign_id)
        _take_out(session, campaign, entry, _PAGE)
        return True


def _take_out(session: Session, campaign: Campaign, entry: SignOnEntry, by: Actor) -> None:
    """Let an entry, and the signatory that it became, sign no more, with what follows for approved letters."""
    signatory = session.get(Signatory, entry.signatory_id) if entry.signatory_id else None
    entry.state, entry.decided_at, entry.decided_by = SignOnState.WITHDRAWN, clock.now(), by.name
    entry.link_hash = entry.leave_hash = ""
    session.add(entry)
    audit.record(session, by, Act.SIGNATORY_WITHDREW, campaign=campaign.name, detail=entry.name)
    if signatory is not None and signatory.absent_since is None:
        signatory.absent_since = clock.now()
        session.add(signatory)
        session.flush()
        settle_approval(session, campaign, (), by)


def entries_of(engine: Engine, name: str, *, everyone: bool = False) -> list[SignOnEntry]:
    """Return who signed on the page and waits for a person's yes, the first to confirm first; `everyone`: all."""
    with reading(engine) as session:
        campaign = get_campaign(session, name)
        query = select(SignOnEntry).where(SignOnEntry.campaign_id == campaign.id)
        if not everyone:
            query = query.where(SignOnEntry.state == SignOnState.WAITING)
        return list(session.exec(query.order_by(col(SignOnEntry.confirmed_at), col(SignOnEntry.id))))


@dataclass(frozen=True, slots=True)
class Accepted:
    """Who was taken into the list, and what a person agreed to."""

    names: tuple[str, ...]
    questions: tuple[Problem, ...] = ()


def accept(engine: Engine, name: str, numbers: Collection[int], *, by: Actor, yes: bool = False) -> Accepted:
    """Take those of these numbers into the list of who signs, as of the day of their confirmation.

    Names that may be one with another are asked about unless `yes`: raises SheetError, and nothing is changed.
    Raises NotFoundError for a number that waits for nobody's yes.
    """
    with writing(engine) as session:
        campaign = get_campaign(session, name)
        chosen = _chosen(session, campaign, numbers)
        signing = list(session.exec(select(Signatory).where(Signatory.campaign_id == campaign.id)))
        questions = tuple(_doubles([one for one in signing if one.absent_since is None], chosen))
        if questions and not yes:
            raise SheetError(
                "sign-on.to-agree", "Somebody has to agree to this first; nobody was taken in.",
                remedy="If it is right, {AGREE:take them in all the same}; else refuse them.", problems=questions,
            )  # fmt: skip
        tz = clock.zone(campaign.time_zone)
        known = {(one.kind, one.name_key): one for one in signing}
        last = max((PLACES_OF_PAGE, *(one.place for one in signing)))
        for place, entry in enumerate(chosen, start=last + 1):
            assert entry.confirmed_at is not None
            key = (entry.kind, folded(entry.name))
            one = known.get(key) or Signatory(
                campaign_id=campaign.id or 0, kind=entry.kind, name=entry.name, name_key=key[1], place=place,
                signed_on=entry.confirmed_at.astimezone(tz).date(),
            )  # fmt: skip
            known[key] = one
            if one.absent_since is not None:
                one.absent_since, one.signed_on = None, entry.confirmed_at.astimezone(tz).date()
            org = entry.kind is SignatoryKind.ORGANISATION
            who = ", ".join(filter(None, (entry.representative, entry.title))) if org else ""
            values = {
                "title": "" if org else entry.title, "representative": who, "country": entry.country,
                "category": entry.category,
            }  # fmt: skip
            for field, value in values.items():
                if value:
                    setattr(one, field, value)
            session.add(one)
            session.flush()
            entry.signatory_id = one.id
            entry.state, entry.decided_at, entry.decided_by = SignOnState.ACCEPTED, clock.now(), by.name
            session.add(entry)
            audit.record(session, by, Act.SIGNATORY_ACCEPTED, campaign=name, detail=entry.name)
        return Accepted(tuple(one.name for one in chosen), questions)


def refuse(engine: Engine, name: str, numbers: Collection[int], *, by: Actor) -> tuple[str, ...]:
    """Refuse those of these numbers, or withdraw them where they were taken in already; return their names.

    Raises NotFoundError for a number of nobody who waits or was taken in.
    """
    with writing(engine) as session:
        campaign = get_campaign(session, name)
        chosen = _chosen(session, campaign, numbers, or_accepted=True)
        for entry in chosen:
            if entry.state is SignOnState.ACCEPTED:
                _take_out(session, campaign, entry, by)
                continue
            entry.state, entry.decided_at, entry.decided_by = SignOnState.REFUSED, clock.now(), by.name
            session.add(entry)
            audit.record(session, by, Act.SIGNATORY_REFUSED, campaign=name, detail=entry.name)
        return tuple(one.name for one in chosen)


def _chosen(
    session: Session, campaign: Campaign, numbers: Collection[int], *, or_accepted: bool = False
) -> list[SignOnEntry]:
    states = {SignOnState.WAITING, *([SignOnState.ACCEPTED] if or_accepted else [])}
    found = []
    for number in dict.fromkeys(numbers):
        entry = session.get(SignOnEntry, number)
        if entry is None or entry.campaign_id != campaign.id or entry.state not in states:
            raise NotFoundError(
                "sign-on.nobody", "Nobody of the number {number} waits in {campaign!r}.", number=number,
                campaign=campaign.name, remedy="Look at who waits now.",
            )  # fmt: skip
        found.append(entry)
    return found


def _doubles(signing: Sequence[Signatory], chosen: Sequence[SignOnEntry]) -> list[Problem]:
    rows = [
        SignOnRow("the list", LetterSignatory(one.name, one.kind, acronym=one.acronym, country=one.country))
        for one in signing
    ]
    there = {(one.kind, one.name_key) for one in signing}
    new = [SignOnRow(f"number {one.id}", LetterSignatory(one.name, one.kind, country=one.country)) for one in chosen]
    found = [
        Problem(
            "sign-on.signs-already", "{name!r} signs already", name=one.name, where=f"number {one.id}",
            remedy="Taken in, it stays one, with what is new of its title and country.",
        )
        for one in chosen if (one.kind, folded(one.name)) in there
    ]  # fmt: skip
    asked = [*rows, *(row for row in new if (row.signatory.kind, folded(row.signatory.name)) not in there)]
    names = {row.where for row in new}
    return found + [one for one in near_duplicates(asked) if one.where in names]


COLUMNS = ("number", "state", "kind", "name", "title", "represented by", "country", "category", "e-mail", "confirmed")


def as_rows(entries: Sequence[SignOnEntry]) -> list[tuple[str, ...]]:
    """Return entries as rows of COLUMNS, for a table, CSV or a workbook."""
    return [
        (str(one.id), one.state.value, one.kind.value, one.name, one.title, one.representative, one.country,
         one.category, one.email, one.confirmed_at.isoformat(timespec="minutes") if one.confirmed_at else "")
        for one in entries
    ]  # fmt: skip
