"""A letter's texts as they were when a campaign's letters were approved, whatever stands in its folder now.

Each approval keeps the texts of all languages as versions (`keep_texts`). Facts, shared blocks and pictures are not
kept: whether the words still come out as they were frozen is found by making the letters again and comparing digests.
"""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

from sqlmodel import Session, col, select

from outreach.campaigns.compose import merge_all
from outreach.campaigns.plan import addressees, current_messages
from outreach.campaigns.signatories import signatories_of, since_last_approval
from outreach.errors import LetterError, Problem
from outreach.letters.folder import Letter, with_texts
from outreach.letters.mime_writer import text_digest
from outreach.letters.text_versions import digest_of, keep_version
from outreach.models import Campaign, TextVersion
from outreach.vocabulary import Language


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
    same: Collection[Language] = {
        one.language for one in merged if digests[one.language].get(one.addressee.mission.iso3) == text_digest(one.text)
    }
    return [
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


__all__ = ["approved_letter", "keep_texts"]
