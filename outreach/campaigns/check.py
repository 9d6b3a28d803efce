"""The check before approval: what stands in the way of a letter, and what a person should know."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from outreach import clock
from outreach.campaigns.alongside import Alongside, alongside, lines_of
from outreach.campaigns.compose import compose_all, merge_all, try_pdfs
from outreach.campaigns.had_already import Planned, Repeated, told, would_repeat
from outreach.campaigns.lint_campaign import findings_of
from outreach.campaigns.material import Material, material_of
from outreach.campaigns.near_letters import NearText, own_passages, signing_of
from outreach.campaigns.plan import counting, get_campaign
from outreach.campaigns.read_texts import findings_of_reading
from outreach.campaigns.too_large import too_large
from outreach.campaigns.who_signs.signatories import as_of_day, findings_of_doubts, not_in_letters, withdrawn
from outreach.database import reading
from outreach.errors import AudienceError, LetterError, Problem
from outreach.letters.faces.mime_writer import text_digest
from outreach.letters.folder import TEMPLATES, Letter, current_letter, load_letter
from outreach.letters.lint.findings import Findings, codes_of, overrulable
from outreach.letters.lint.lint_letter import check_letter
from outreach.letters.merge import Addressee, Merged, missing_problems
from outreach.missions.allow_list import reach, reach_in_words
from outreach.missions.audience import resolve
from outreach.missions.directory import withheld_keys
from outreach.missions.names import NamedStates
from outreach.models import Campaign, Message
from outreach.sentences import KeptSentence
from outreach.settings import Settings
from outreach.text import few, is_reserved
from outreach.vocabulary import CampaignState, Language, Line, MessageState
from outreach.witness.server_sizes import largest_taken

_MOST_NAMES = 12
_OUT = (MessageState.SENDING, MessageState.SENT, MessageState.UNCERTAIN)


@dataclass(frozen=True, slots=True)
class Check:
    """What a check found. Problems stop an approval; warnings do not."""

    missions: int
    """How many missions can be written to. Those that can't are in `unaddressed`, and count as none."""
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    had_already: tuple[Repeated, ...] = ()
    """The missions that have had this already, live, by another campaign. The warnings name them too."""
    unaddressed: tuple[str, ...] = ()
    """The missions without a usable address, by ISO3: they get nothing. The warnings name them too."""
    notes: tuple[Problem, ...] = ()
    """What weighs less than a warning."""
    overrulable: tuple[str, ...] = ()
    """The codes of those problems that a person may overrule at the approval."""

    @property
    def all_overrulable(self) -> bool:
        """Whether everything that stands in the way may be overruled."""
        return all(overrulable(one) for one in self.problems)

    @property
    def ready(self) -> bool:
        """Whether nothing stands in the way, and somebody would get a letter."""
        return not self.problems and self.missions > 0


@dataclass(frozen=True, slots=True)
class ReadOver:
    """What came of merging a campaign's letters and reading them: of the same material it is the same."""

    problems: tuple[Problem, ...]
    """Why they can't be merged, or set as PDFs."""
    found: Findings
    large: tuple[Problem, ...]
    """Which letters their mail server would not take."""
    elsewhere: tuple[Problem, ...]
    """Who gets them in another language than wanted."""
    planned: tuple[Planned, ...]
    """What each would be compared by: also where they can't be merged yet."""
    languages: frozenset[Language]
    """The languages that go out; none where they can't be merged."""


def check(
    engine: Engine,
    name: str,
    templates: Path = TEMPLATES,
    *,
    settings: Settings | None = None,
    read: Callable[[Material], ReadOver] | None = None,
) -> Check:
    """Merge every letter of a campaign without keeping any, read it, and say what is wrong with it.

    With `settings`, also whether their mail server takes letters so large, as far as it has told what it takes.
    `read` stands in for `read_over`, for whoever keeps what that told of the same material.
    Raises NotFoundError for a campaign or letter that is not there.
    """
    moment = clock.now()
    with reading(engine) as session:
        campaign = get_campaign(session, name)
        material = material_of(session, campaign, templates, settings, moment)
        people = material.people
        drift = _drift(session, campaign, people)
        withheld = withheld_keys(session, [contact.email_key for one in people for contact in one.contacts])
        signing = _signing(session, campaign, moment)
        codes = [one.mission.iso3 for one in people]
        reached = reach_in_words(reach(session, settings, codes)) if settings is not None else []
    over = (read or read_over)(material)
    unread = Findings()
    if over.languages:
        with reading(engine) as session:
            letter = current_letter(campaign.letter, templates)
            unread.take(findings_of_reading(session, campaign, letter, over.languages))
            unread.take(findings_of_doubts(session, campaign), despite=_standing(campaign))
    problems = [*over.problems, *_nobody_writes(settings, campaign.letter, templates)]
    told_of = {one.where for one in problems}
    found = (*over.found.problems, *unread.problems)
    problems += [one for one in found if one not in problems and one.where not in told_of]
    had, too = _had_already(engine, campaign, over.planned)
    warnings = [
        *_without_address(people, withheld), *over.large, *_repeats(campaign, had, too), *drift,
        *(Problem.of(one, where="allow_list") for one in reached),
        *over.elsewhere, *_placeholders(people), *signing, *over.found.warnings, *unread.warnings,
    ]  # fmt: skip
    unaddressed = tuple(one.mission.iso3 for one in people if not _usable(one, withheld))
    return Check(
        len(people) - len(unaddressed), tuple(problems), tuple(warnings), had, unaddressed,
        (*over.found.notes, *unread.notes), codes_of(problems),
    )  # fmt: skip


def read_over(material: Material) -> ReadOver:
    """Merge every letter, set one PDF of each language, and read them all; nothing is asked but the letter's files."""
    campaign, settings, moment = material.campaign, material.settings, material.moment
    problems: list[Problem] = []
    merged: list[Merged] = []
    large: list[Problem] = []
    languages = frozenset[Language]()
    try:
        letter = load_letter(campaign.letter, material.templates)
        merged = merge_all(campaign, material.people, letter, moment, material.signatories)
        problems += missing_problems([one for one in merged if one.addressee.contacts])
        try_pdfs(letter, merged, moment)
        large = _too_large(settings, letter, merged, moment) if settings is not None and not problems else []
        found = findings_of(
            campaign, settings, letter, merged, moment, material.signatories, despite=_standing(campaign)
        )
        languages = frozenset(one.language for one in merged)
    except LetterError as error:
        problems += error.problems or (Problem.of(error.says, where="", remedy=error.remedy),)
        live = settings is not None and settings.live
        found = check_letter(campaign.letter, material.templates, live=live, trial=False)
    planned = {one.mission.iso3: Planned(one.mission.iso3) for one in material.people}
    signing, follows = signing_of(material.signatories), campaign.follows_id is not None
    as_of = material.signatories.as_of if material.signatories else None
    days = moment.astimezone(clock.zone(campaign.time_zone)).date(), as_of
    own = {language: own_passages(language, days, signing) for language in languages}
    for one in merged:
        iso3 = one.addressee.mission.iso3
        near = (
            None
            if one.cover or one.language not in own
            else NearText(one.text, one.language, own[one.language], follows)
        )
        planned[iso3] = Planned(iso3, one.subject, text_digest(one.text), one.language, near)
    return ReadOver(
        tuple(problems), found, tuple(large), tuple(_in_another_language(merged)), tuple(planned.values()), languages
    )


def _standing(campaign: Campaign) -> tuple[str, ...]:
    """The codes that the approval which holds has overruled."""
    return () if campaign.state is CampaignState.DRAFT else tuple(campaign.despite.split())


def _nobody_writes(settings: Settings | None, name: str, templates: Path) -> list[Problem]:
    if settings is None or settings.sender:
        return []
    try:
        if load_letter(name, templates).sender:
            return []
    except LetterError:  # what is wrong with it is told beside this
        return []
    return [
        Problem("check.no-sender", "nobody is set who writes", where="sender", remedy="Say who writes{SET_SENDER}.")
    ]


def _too_large(settings: Settings, letter: Letter, merged: list[Merged], moment: datetime) -> list[Problem]:
    """Judge by one letter of each language: those of one language differ by a few words."""
    if largest_taken(settings) is None or not (letter.sender or settings.sender):
        return []
    alike: dict[Language, list[Merged]] = {}
    for one in merged:
        if one.addressee.contacts:
            alike.setdefault(one.language, []).append(one)
    composed = compose_all(settings, letter, [some[0] for some in alike.values()], moment)
    return too_large(
        settings,
        [
            (len(one.raw), tuple(each.addressee.mission.iso3 for each in some))
            for one, some in zip(composed, alike.values(), strict=True)
        ],
    )


def _had_already(
    engine: Engine, campaign: Campaign, every: tuple[Planned, ...]
) -> tuple[tuple[Repeated, ...], tuple[Alongside, ...]]:
    """Those that are still to be written to, and have had this, or are to get it by another campaign too; also where
    the letter can't be merged yet."""
    with reading(engine) as session:
        out = set(session.exec(select(Message.iso3).where(*counting(campaign), col(Message.state).in_(_OUT))))
        planned = [one for one in every if one.iso3 not in out]
        had = would_repeat(session, planned, letter=campaign.letter, campaign=campaign)
        return had, alongside(session, campaign, planned)


def _repeats(campaign: Campaign, had: tuple[Repeated, ...], too: tuple[Alongside, ...]) -> list[Problem]:
    zone = clock.zone(campaign.time_zone)
    found = [
        Problem(
            "check.had-already",
            "{line}",
            line=line,
            where="had already",
            remedy="In live mode they get nothing more, unless you say so when you schedule it{AGAIN}.",
        )
        for line in told(had, zone)
    ]
    return found + [
        Problem(
            "check.alongside",
            "{line}",
            line=line,
            where="by another campaign",
            remedy="In live mode only what goes first is sent, and the other is held: cancel one, or leave these out.",
        )
        for line in lines_of(too, zone)
    ]


def _drift(session: Session, campaign: Campaign, people: list[Addressee]) -> list[Problem]:
    then = {addressee.mission.iso3 for addressee in people}
    try:
        now = {mission.iso3 for mission in resolve(session, campaign.audience, campaign.exceptions, campaign.as_of)}
    except AudienceError as error:
        return [
            Problem(
                "check.audience-untold",
                "it could not be told today: {message}",
                message=error.says,
                where="audience",
            )
        ]
    if now == then:
        return []
    changes = [f"+{iso3}" for iso3 in sorted(now - then)] + [f"-{iso3}" for iso3 in sorted(then - now)]
    return [
        Problem(
            "check.audience-changed",
            "the directory has changed since the campaign was made: {changes}",
            changes=", ".join(changes),
            where="audience",
            remedy="The campaign keeps its missions; make a new one for the new audience.",
        )
    ]


def _usable(one: Addressee, withheld: set[str]) -> bool:
    return any(contact.email_key not in withheld for contact in one.contacts)


def _place_of(one: Addressee) -> KeptSentence:
    return KeptSentence.of(NamedStates([(one.mission.iso3, one.mission.short_name)]))


def _without_address(people: list[Addressee], withheld: set[str]) -> list[Problem]:
    stopped = [
        Problem(
            "check.all-withheld",
            "each of its addresses has opted out or bounced: nobody there is written to",
            where=_place_of(one),
            remedy="Add another contact, or look at {BLOCKED:the addresses that are not written to}.",
        )
        for one in people
        if one.contacts and not _usable(one, withheld)
    ]
    held = [
        Problem(
            "check.no-address",
            "no usable address: its letter will be held",
            where=_place_of(one),
            remedy="Add a contact to the sheet and import it.",
        )
        for one in people
        if not one.contacts
    ]
    moved_up = [
        Problem(
            "check.nobody-in-to",
            "nobody stands in To: those in Cc are moved up to To",
            where=_place_of(one),
        )
        for one in people
        if one.contacts and all(contact.line is Line.CC for contact in one.contacts)
    ]
    return held + stopped + moved_up


def _in_another_language(merged: list[Merged]) -> list[Problem]:
    by_language: dict[tuple[str, str], list[str]] = {}
    for one in merged:
        if one.fell_back:
            key = (str(one.addressee.wanted_language), str(one.language))
            by_language.setdefault(key, []).append(one.addressee.mission.iso3)
    return [
        Problem(
            "check.language-lacking",
            "the letter has no {wanted}.md: {count} {count:*mission gets|missions get} {used}",
            wanted=wanted,
            count=len(codes),
            used=used,
            where=KeptSentence("place.language", "language {code}", code=wanted),
            remedy="{codes}",
            codes=", ".join(codes),
        )
        for (wanted, used), codes in sorted(by_language.items())
    ]


def _signing(session: Session, campaign: Campaign, moment: datetime) -> list[Problem]:
    """Who has withdrawn and stands in approved letters; who signs and stands in none."""
    gone = [
        Problem("check.withdrawn", "{words}", words=one.says, where="signatories", remedy=one.cure)
        for one in withdrawn(session, campaign)
    ]
    late = not_in_letters(session, campaign, moment)
    if not late:
        return gone
    return [
        *gone,
        Problem(
            "check.signed-later",
            "{count} who {count:*signs stands|sign stand} in no letter, since they signed after {as_of}: {names}",
            count=len(late),
            as_of=as_of_day(campaign, moment),
            names=few(late, _MOST_NAMES),
            where="signatories",
            remedy="Correct the day in the sheet, or set the day that the list is of.",
        ),
    ]


def _placeholders(people: list[Addressee]) -> list[Problem]:
    reserved = [c.email for one in people for c in one.contacts if is_reserved(c.email)]
    if not reserved:
        return []
    return [
        Problem(
            "check.placeholders",
            "{count} {count:*address is a placeholder|addresses are placeholders} under a reserved domain, such as "
            "{reserved}",
            count=len(reserved),
            reserved=reserved[0],
            where="addresses",
            remedy="Nobody receives mail there: put the missions' own addresses into the sheet before going live.",
        )
    ]
