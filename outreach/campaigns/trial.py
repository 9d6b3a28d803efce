"""A test letter: what a mission would get, to an address of one's own. It counts for nothing and is not kept."""

from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session

from outreach import clock
from outreach.campaigns.compose import compose_all, merge_all
from outreach.campaigns.plan import addressees, get_campaign
from outreach.campaigns.signatories import signatories_of
from outreach.database import reading
from outreach.errors import NotFoundError, UserError
from outreach.letters.folder import TEMPLATES, Letter, load_letter
from outreach.letters.merge import Addressee
from outreach.letters.mime_writer import ascii_domain, dated
from outreach.missions.cell_values import Unusable, email
from outreach.missions.own import foreign, own_domains
from outreach.models import Contact
from outreach.sentences import saying
from outreach.settings import Settings
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
        _require_ones_own(session, settings, letter, to)
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


def _require_ones_own(session: Session, settings: Settings, letter: Letter, to: str) -> None:
    """Raise UserError for an address of a mission, or one in a domain where any mission has its box."""
    own = own_domains(settings, letter.sender or "", letter.reply_to or "")
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
