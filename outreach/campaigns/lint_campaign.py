"""A campaign's letters read over before they go: the files, every letter as its mission gets it, names, sender, dates.

The check, the desk and the approval tell the same findings. An approval is refused while a blocking one stands, unless
a person overrules it by its code; which ones were is written beside the approval, and holds for it alone. In live mode
the frozen letters are read once more when they get their time: they may have been approved in rehearsal.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, datetime

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from outreach import clock
from outreach.campaigns.dates import dates_of
from outreach.errors import LetterError, Problem
from outreach.letters.folder import Letter
from outreach.letters.lint.findings import SEVERITIES, Findings, Severity, codes_of
from outreach.letters.lint.lint_dates import session_of
from outreach.letters.lint.lint_files import findings_of_recipients, findings_of_sheets
from outreach.letters.lint.lint_hit import Hit
from outreach.letters.lint.lint_letter import structure_of, words_of
from outreach.letters.lint.lint_reading import (
    LetterReader,
    findings_of_names,
    findings_of_sender,
    names_of,
    number_of_session,
    read_merged,
)
from outreach.letters.lint.lint_signing import findings_of_signing
from outreach.letters.lint.lint_told import told
from outreach.letters.lint.lint_words import hits_in
from outreach.letters.merge import Addressee, Merged
from outreach.letters.reading import read_letter
from outreach.letters.signing.signers import Signatories
from outreach.letters.toml_lines import place
from outreach.models import Campaign, Frozen, Message
from outreach.settings import Settings
from outreach.vocabulary import Language, MessageState

_LETTERS = (
    select(Message.iso3, Message.language, Frozen.raw)
    .join(Frozen, col(Frozen.message_id) == col(Message.id))
    .where(
        col(Message.campaign_id) == bindparam("campaign"),
        col(Message.replaced_at).is_(None),
        col(Message.state).in_((MessageState.QUEUED, MessageState.DEFERRED, MessageState.HELD)),
    )
    .order_by(col(Message.iso3))
)


def findings_of(
    campaign: Campaign,
    settings: Settings | None,
    letter: Letter,
    merged: Sequence[Merged],
    moment: datetime,
    signatories: Signatories | None,
    *,
    despite: Collection[str] = (),
) -> Findings:
    """Read a campaign's letter and what it became for each mission.

    Days lie before or after that of `moment` in the campaign's zone. Findings whose codes are in `despite` are
    overruled. Nothing is merged here.
    """
    today = moment.astimezone(clock.zone(campaign.time_zone)).date()
    live = settings is not None and settings.live
    found = Findings()
    files = [*structure_of(letter), *words_of(letter, today)]
    # The words of a letter behind a covering mail are in its PDF, and are not read again before it goes to missions.
    behind = [one for one in files if letter.covers and one.says.code.startswith("words.")]
    found.take(behind, live=True, despite=despite)
    found.take([one for one in files if one not in behind], live=live, despite=despite)
    found.take(_of_dates(campaign, letter), live=live, despite=despite)
    if not letter.sender and settings is not None:
        found.take(findings_of_sender(settings.sender, "from"), live=live, despite=despite)
    reader = LetterReader(letter, today, session_of(campaign.session_name, Language.ENGLISH))
    for one in (each for each in merged if each.addressee.contacts):  # the others go to nobody
        read_merged(reader, one, one.addressee.mission.iso3, _from_the_sheet(one.addressee))
    found.take(reader.findings(files), live=live or bool(letter.covers), despite=despite)
    found.take(findings_of_recipients(letter, merged), live=live, despite=despite)
    names = list(_names(one.addressee for one in merged))
    if signatories is not None:
        names += names_of(signatories.entries, "signatories")
        found.take(findings_of_signing(letter, signatories, "signatories"), live=live, despite=despite)
    else:  # those who were imported into the campaign may well have come from a sheet that lies there
        found.take(findings_of_sheets(letter), live=live, despite=despite)
    found.take(findings_of_names(names), live=live, despite=despite)
    return found


def require_fit(found: Findings, campaign: Campaign) -> None:
    """Raise LetterError with everything that stands in the way of letters, and how a person overrules it."""
    if not found.problems:
        return
    codes = found.overrulable
    raise LetterError(
        "approval.findings",
        "{count} {count:*thing stands|things stand} in the way of these letters; nothing was approved.",
        count=len(found.problems),
        campaign=campaign.name,
        number=campaign.id,
        codes=" ".join(codes),
        problems=found.problems,
        remedy="Mend the letter{APPROVE_DESPITE}." if codes else "Mend the letter.",
    )


def require_fit_for_missions(session: Session, settings: Settings, campaign: Campaign) -> None:
    """Raise LetterError in live mode where the letters that are frozen should go to no mission.

    That is sample text, or a sender that is a placeholder; in rehearsal it was no more than a warning. What was
    overruled at the approval is let go.
    """
    if not settings.live:
        return
    found = Findings()
    for iso3, language, raw in session.connection().execute(_LETTERS, {"campaign": campaign.id}):
        text = " ".join(read_letter(raw).text.split())
        for hit in hits_in(text, Language(language)):
            if SEVERITIES[hit.code] is Severity.LIVE:
                found.take([told(Hit(hit.code, hit.words), iso3)], live=True, despite=campaign.despite.split())
        if found.problems:
            break
    found.take(findings_of_sender(settings.sender, "from"), live=True, despite=campaign.despite.split())
    if found.problems:
        raise LetterError(
            "campaign.not-for-missions",
            "The letters of {campaign!r} are not fit to go to missions. Nothing was done.",
            campaign=campaign.name,
            number=campaign.id,
            codes=" ".join(codes_of(found.problems)),
            problems=found.problems,
            remedy="Mend the letter and approve it again{APPROVE_DESPITE}.",
        )


def _of_dates(campaign: Campaign, letter: Letter) -> Iterator[Problem]:
    """The session and the days that the campaign knows, where the letter's facts say otherwise."""
    dates = dates_of(campaign)
    toml = letter.folder / "letter.toml"
    number = session_of(dates.session, Language.ENGLISH)
    days = {"session_opens": dates.starts, "session_closes": dates.ends, "vote_on": dates.vote_on}
    said: set[object] = set()
    for language in letter.languages:
        facts = letter.facts[language]
        own = number_of_session(letter, language)
        if number is not None and own is not None and own != number and own not in said:
            said.add(own)
            yield Problem(
                "session.campaign",
                "the letter is about session {own}, and the campaign about {session}",
                own=own,
                session=dates.session,
                where=place(toml, f"facts.{language}.session"),
                remedy="Correct one of them.",
            )
        for name, day in days.items():
            fact = facts.get(name)
            if day is not None and type(fact) is date and fact != day and name not in said:
                said.add(name)
                yield Problem(
                    "date.campaign",
                    "the letter says {fact}, and the campaign {day}",
                    fact=fact,
                    day=day,
                    where=place(toml, f"facts.{name}"),
                    remedy="Correct one of them.",
                )


def _from_the_sheet(addressee: Addressee) -> list[str]:
    mission = addressee.mission
    values = [mission.short_name, mission.formal_name, mission.city]
    for contact in addressee.contacts:
        values += [contact.name, contact.title, contact.form_of_address, contact.email]
    return [value for value in values if value]


def _names(people: Iterable[Addressee]) -> Iterator[tuple[str, str]]:
    for one in people:
        for contact in one.contacts:
            yield contact.name, f"{one.mission.short_name} ({one.mission.iso3})"
