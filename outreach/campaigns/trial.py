"""A test letter: what a mission would get, to an address of one's own. It counts for nothing and is not kept."""

from dataclasses import dataclass, replace
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import make_msgid
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session

from outreach import clock
from outreach.campaigns.compose import compose_all, merge_all
from outreach.campaigns.plan import addressees, get_campaign
from outreach.campaigns.who_signs.signatories import signatories_of
from outreach.catalogues import tongue
from outreach.database import reading
from outreach.errors import NotFoundError, UserError
from outreach.letters.faces.mime_writer import ascii_domain, dated
from outreach.letters.folder import TEMPLATES, load_letter
from outreach.letters.merge import Addressee
from outreach.missions.books.cell_values import Unusable, email
from outreach.missions.own import foreign, own_domains
from outreach.models import Contact
from outreach.sentences import saying
from outreach.settings import Settings, mailbox
from outreach.text import address_key
from outreach.vocabulary import Line, Role


@dataclass(frozen=True, slots=True)
class Trial:
    """A test letter, ready to be handed over."""

    iso3: str
    to: str
    envelope_from: str
    message_id: str
    wire: bytes
    smtputf8: bool


def compose_trial(
    engine: Engine, settings: Settings, name: str, *, to: str, iso3: str | None = None, templates: Path = TEMPLATES
) -> Trial:
    """Merge the letter of one mission (default: the first), addressed to `to` alone and marked as a test.

    Raises UserError for an address that is none, or that is a mission's; NotFoundError for a mission that is not in
    the campaign.
    """
    try:
        to = email(to)
    except Unusable as error:
        raise UserError("address.unusable", "{what!c}.", what=error.says, remedy=error.remedy) from None
    moment = clock.now()
    with reading(engine) as session:
        campaign = get_campaign(session, name)
        letter = load_letter(campaign.letter, templates)
        _require_ones_own(session, settings, to, letter.sender or "", letter.reply_to or "")
        people = addressees(session, campaign)
        signatories = signatories_of(session, campaign, moment)
    wanted = None if iso3 is None else iso3.strip().upper()
    chosen = next((one for one in people if wanted in (None, one.mission.iso3)), None)
    if chosen is None:
        raise NotFoundError(
            "campaign.mission-not-in",
            "{mission} is not in the campaign {campaign!r}.",
            mission=wanted or saying("campaign.a-mission", "A mission"),
            campaign=name,
        )
    (merged,) = merge_all(campaign, [chosen], letter, moment, signatories)
    # Merged for the mission's contact, as the mission would see it; but addressed to nobody there.
    own = Contact(iso3=chosen.mission.iso3, email=to, email_key=address_key(to), line=Line.TO, role=Role.GENERAL)
    merged = replace(
        merged, addressee=Addressee(chosen.mission, (own,)), subject=f"[Test, {chosen.mission.iso3}] {merged.subject}"
    )
    (composed,) = compose_all(settings, letter, [merged], moment)
    return Trial(
        iso3=chosen.mission.iso3,
        to=ascii_domain(to),
        envelope_from=composed.envelope_from,
        message_id=composed.message_id,
        wire=dated(composed.raw, moment, clock.zone(campaign.time_zone)),
        smtputf8=composed.smtputf8,
    )


def compose_hello(engine: Engine, settings: Settings, *, to: str) -> Trial:
    """Return a few words to an address of one's own, to try the mail server with. No campaign is needed.

    Raises UserError where nobody is set who writes, for an address that is none, or that may be a mission's.
    """
    with reading(engine) as session:
        _require_ones_own(session, settings, _usable(to))
    say = tongue(settings.report_language)
    lines = (
        say("This is a test: the mail server takes letters from Outreach."),
        say(
            "Nobody but you has got it, and it counts for nothing. "
            "Look whether it lies in the inbox, and not among the spam."
        ),
    )
    return plain_mail(settings, to, say("A test from Outreach"), "\n\n".join(lines) + "\n")


def plain_mail(settings: Settings, to: str, subject: str, text: str) -> Trial:
    """Return a mail of a few words to one person of the team, past the queue.

    Raises UserError where nobody is set who writes, and for an address that is none.
    """
    if not settings.sender:
        raise UserError("settings.no-sender", "Nobody is set as the sender.", remedy="Say who writes{SET_SENDER}.")
    to = _usable(to)
    sender = mailbox(settings.sender)[1]
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = settings.sender, ascii_domain(to), subject
    mail["Message-ID"] = message_id = make_msgid(domain=ascii_domain(sender).rpartition("@")[2])
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(text)
    return Trial(
        iso3="", to=ascii_domain(to), envelope_from=ascii_domain(mailbox(settings.bounce_address or sender)[1]),
        message_id=message_id, wire=dated(mail.as_bytes(policy=SMTP), clock.now(), settings.tz),
        smtputf8=not (to.isascii() and sender.isascii()),
    )  # fmt: skip


def _usable(to: str) -> str:
    try:
        return email(to)
    except Unusable as error:
        raise UserError("address.unusable", "{what!c}.", what=error.says, remedy=error.remedy) from None


def _require_ones_own(session: Session, settings: Settings, to: str, *more: str) -> None:
    """Raise UserError for an address of a mission, or one in a domain where any mission has its box."""
    own = own_domains(settings, *more)
    found = foreign(session, to, own)
    if found is None or (found.domain and address_key(to) in map(address_key, settings.team)):
        return
    if not found.domain:
        raise UserError(
            "test-letter.of-mission",
            "{to} is an address of the mission {iso3}: a test letter goes to yourself.",
            to=to,
            iso3=found.iso3,
        )
    raise UserError(
        "test-letter.may-be-missions",
        "{to} may be the mission's own: {found}. A test letter goes to yourself.",
        to=to,
        found=found,
        remedy="Name an address at your own domain, that of From or Reply-To.",
    )
