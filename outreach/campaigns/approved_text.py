"""A letter's texts as they were when a campaign's letters were approved, whatever stands in its folder now.

Each approval keeps the texts of all languages as versions (`keep_texts`). Facts, shared blocks, letterhead and pictures
are not kept: whether words and page still come out as they were frozen is found by making the letters again.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from outreach.campaigns.compose import merge_all, pdf_name
from outreach.campaigns.plan import addressees, current_messages
from outreach.campaigns.who_signs.signatories import signatories_of, since_last_approval
from outreach.errors import LetterError, Problem
from outreach.letters.faces.mime_writer import text_digest
from outreach.letters.faces.pdf import sheet_of, typesetter
from outreach.letters.folder import Letter, with_texts
from outreach.letters.merge import Merged
from outreach.letters.reading import read_letter
from outreach.letters.text_versions import digest_of, keep_version
from outreach.models import AuditEntry, Campaign, Frozen, Message, TextVersion
from outreach.vocabulary import Act, Language


def keep_texts(session: Session, letter: Letter, moment: datetime) -> None:
    """Keep the texts of a letter that is approved at a moment (UTC), as far as they are not kept already.

    What somebody has saved since that moment stays the newest version.
    """
    kept = _kept(session, letter.name, moment)
    for language in letter.languages:
        subject, text = letter.subjects[language], letter.bodies[language]
        if language not in kept or kept[language].digest != digest_of(subject, text):
            keep_version(session, letter.name, language, subject, text, who="", at=moment)


def approved_letter(session: Session, campaign: Campaign, letter: Letter) -> tuple[Letter, list[Problem]]:
    """Return the letter with the texts that were approved, and what of it is not, or can't be shown to be, as approved.

    A text that has changed since is taken as it was; one that came later is left out. Raises ValueError for a campaign
    whose letters nobody has approved.
    """
    moment = campaign.first_approved_at or campaign.approved_at
    if moment is None:
        raise ValueError("nobody has approved the letters")
    kept = _kept(session, campaign.letter, moment)
    digests = defaultdict[Language, dict[str, str]](dict)
    for message in current_messages(session, campaign):
        digests[message.language][message.iso3] = message.text_digest
    # Before approvals kept texts, only those that a door had written were: a missing one tells nothing then.
    whole = bool(kept) and digests.keys() <= kept.keys()
    notes: list[Problem] = []
    bodies, subjects = {}, {}
    for language in letter.languages:
        where = f"{letter.name}/{language}.md"
        one = kept.get(language)
        if one is None and whole:
            notes.append(
                Problem(
                    "approved.later", "it was not there when the letters were approved, and is left out", where=where
                )
            )
            continue
        bodies[language], subjects[language] = letter.bodies[language], letter.subjects[language]
        if one is not None and one.digest != digest_of(subjects[language], bodies[language]):
            bodies[language], subjects[language] = one.text, one.subject
            notes.append(
                Problem(
                    "approved.changed",
                    "it has changed since the letters were approved; the text that was approved is taken",
                    where=where,
                )
            )
    notes += [
        Problem(
            "approved.gone",
            "it was there when the letters were approved, and is gone",
            where=f"{letter.name}/{language}.md",
            remedy="Put it back, to have it here too.",
        )
        for language in sorted(kept.keys() | digests.keys())
        if language not in letter.bodies
    ]
    letter = with_texts(letter, bodies, subjects)
    return letter, [*notes, *_otherwise(session, campaign, letter, moment, digests)]


def _kept(session: Session, name: str, moment: datetime) -> dict[Language, TextVersion]:
    """The last version of each text up to a moment."""
    query = (
        select(TextVersion)
        .where(TextVersion.letter == name, col(TextVersion.at) <= moment)
        .order_by(col(TextVersion.at), col(TextVersion.id))
    )
    return {one.language: one for one in session.exec(query)}


def _otherwise(
    session: Session, campaign: Campaign, letter: Letter, moment: datetime,
    digests: dict[Language, dict[str, str]],
) -> list[Problem]:  # fmt: skip
    """Tell what of the letters would be another one now: who signs it, or the words in a language.

    The words are compared through the letters that were frozen. A mission whose contact has changed has another letter;
    where not one in a language is the same, it is the language's words that are.
    """
    signing = since_last_approval(session, campaign)
    if signing is not None and (signing.added or signing.gone):
        told = [
            f"{word} {', '.join(names)}"
            for word, names in (("new are", signing.added), ("gone are", signing.gone))
            if names
        ]
        return [
            Problem(
                "approved.signatories", "other people sign it now than when the letters were approved: {names}; those "
                "who sign it now stand below it", names="; ".join(told), where=letter.name,
            )
        ]  # fmt: skip
    people = [one for one in addressees(session, campaign) if letter.language_for(one.wanted_language) in digests]
    try:
        merged = merge_all(campaign, people, letter, moment, signatories_of(session, campaign, moment))
    except LetterError:
        merged = []
    whole = [one for one in merged if digests[one.language].get(one.addressee.mission.iso3) == text_digest(one.text)]
    same: Collection[Language] = {one.language for one in whole}
    page = _page_otherwise(session, campaign, letter, moment, whole)
    return page + [
        Problem(
            "approved.otherwise",
            "no letter in this language would be made today in the words that were approved: a fact, a shared block or "
            "every addressee has changed since",
            where=f"{letter.name}/{language}.md",
            remedy="Compare it with a letter that was sent before you publish it{LETTERS}; put back what has changed.",
            campaign=campaign.name,
        )
        for language in sorted(digests.keys() & letter.bodies.keys())
        if language not in same
    ]


def _page_otherwise(
    session: Session, campaign: Campaign, letter: Letter, moment: datetime, same: Sequence[Merged]
) -> list[Problem]:
    """Tell whether the letter would stand on another page now: by a frozen PDF, which is set again from the same words.

    Where letters go without a PDF, nobody had the letterhead; then the log tells whether it was changed at the desk.
    """
    if letter.pdf_file is None:
        is_other = session.exec(
            select(AuditEntry.id).where(
                AuditEntry.action == Act.LETTERHEAD_CHANGED.value, AuditEntry.at > moment,
                col(AuditEntry.subject).startswith(f"{letter.name}, ", autoescape=True),
            ).limit(1)
        ).first() is not None  # fmt: skip
    else:
        is_other = any(not _is_set_alike(session, campaign, letter, moment, one) for one in same[:1])
    if not is_other:
        return []
    return [
        Problem(
            "approved.page",
            "its page is another one than when the letters were approved: letterhead, pictures or layout have changed, "
            "or the program that sets it; today's are in it",
            where=f"{letter.name}/letter.toml",
            remedy="Compare it with a letter that was sent before you publish it{LETTERS}; put back what has changed.",
            campaign=campaign.name,
        )
    ]


def _is_set_alike(session: Session, campaign: Campaign, letter: Letter, moment: datetime, one: Merged) -> bool:
    mission = one.addressee.mission
    raw = session.exec(
        select(Frozen.raw)
        .join(Message, col(Message.id) == col(Frozen.message_id))
        .where(Message.campaign_id == campaign.id, Message.iso3 == mission.iso3, col(Message.replaced_at).is_(None))
    ).one()
    name = pdf_name(letter, mission)
    frozen = next((file.content for file in read_letter(raw).attachments if file.name == name), None)
    return frozen is None or frozen == typesetter(letter, moment).pdf(sheet_of(one))
