"""The words of a dossier's frame, by language. What missions and people wrote stands as they wrote it."""

from collections.abc import Mapping
from types import MappingProxyType

from outreach.errors import UserError

WORDS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "en": {
            "dossier": "Dossier",
            "overview": "Overview",
            "letter": "The letter",
            "received": "Who received it",
            "answers": "Answers",
            "votes": "The vote",
            "files": "Files",
            "skip": "Skip to the content",
            "state": "As of {day}",
            "edition_team": "Edition for the team: it holds addresses and notes, and is not to be passed on",
            "edition_partners": "Edition for partners",
            "edition_public": "Public edition",
            "sent_one_day": "Sent to {missions} missions on {first}.",
            "sent_days": "Sent to {missions} missions from {first} to {last}.",
            "not_sent": "It has not been sent yet.",
            "rehearsed": "This was a rehearsal: {letters} letters went to nobody.",
            "written_to": "missions written to",
            "answered": "have answered",
            "support": "in favour or co-sponsors",
            "released": "answers published here",
            "read_letter": "Read the letter",
            "page": "Page",
            "positions": "Where missions stand",
            "position": "Position",
            "missions": "Missions",
            "number": "Number",
            "answers_intro": "Each was released for publication. Addresses and telephone numbers are left out.",
            "no_answers": "No answer was released for publication.",
            "answer_on": "Answer of {day}",
            "no_votes": "No vote is recorded.",
            "vote": "Vote",
            "how_voted": "How members voted",
            "received_public": "{missions} missions received the letter between {first} and {last}. Which ones "
            "received it when is not part of this edition.",
            "received_public_one": "{missions} missions received the letter on {first}. Which ones received it when is "
            "not part of this edition.",
            "received_intro": "Times are those of {zone}. Sent means that the first mail server took the letter.",
            "files_intro": "Whoever gets this folder can check that nothing was changed: the SHA-256 digests are in "
            "SHA256SUMS too, in the form that sha256sum -c reads.",
            "file": "File",
            "size": "Size",
            "digest": "SHA-256",
            "table": "As a table (CSV)",
            "back": "← Dossier",
        }
    }
)


def words_of(language: str) -> Mapping[str, str]:
    """Return the words of a language (ISO 639-1). Raises UserError for one that there are none of."""
    if language not in WORDS:
        raise UserError(
            "dossier.no-language", "There is no dossier in {language!r}.", language=language,
            languages=", ".join(WORDS), remedy="There are: {languages}.",
        )  # fmt: skip
    return WORDS[language]


__all__ = ["WORDS", "words_of"]
