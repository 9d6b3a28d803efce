"""Whether the words that go out were read by a person: told in every check, and required where a campaign says so."""

from collections.abc import Iterable

from sqlmodel import Session

from outreach.catalogues import Word
from outreach.errors import Problem
from outreach.letters.folder import Letter
from outreach.letters.review import standings_of
from outreach.models import Campaign
from outreach.vocabulary import Language, TextState


def findings_of_reading(
    session: Session, campaign: Campaign, letter: Letter, languages: Iterable[Language]
) -> list[Problem]:
    """Return what is to be told of the texts that go out: unread where that is required, a changed source, remarks."""
    found = []
    for now in standings_of(session, letter, sorted(set(languages))):
        language = now.language
        where = f"{letter.name}/{language}.md"
        if campaign.require_read and now.state is not TextState.READ:
            found.append(
                Problem(
                    "review.unread", "the campaign asks that somebody has read it, and it is {state}", state=now.state,
                    where=where, remedy="Let somebody read it{MARK_READ}.", letter=letter.name, language=language,
                )
            )  # fmt: skip
        if now.source_changed and now.source is not None:
            found.append(
                Problem(
                    "review.source-changed", "the {source} text has changed since it was translated",
                    source=Word("language", now.source.english),
                    where=where, remedy="Look at what differs, and say that it is translated again{MARK_READ}.",
                    letter=letter.name, language=language,
                )
            )  # fmt: skip
        if now.remarks:
            found.append(
                Problem(
                    "review.remarks", "{count} {count:*remark on it is|remarks on it are} open", count=now.remarks,
                    where=where,
                    remedy="Settle {count:*it|them}.",
                )
            )  # fmt: skip
    return found
