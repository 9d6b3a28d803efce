"""The note verbale that *is* the answer: a mail that says no more than that it bears one, and what the note tells.

Precision first: only a paper in which a mission presents itself is asked, only where the mail's own words are few and
tell no position, and nothing is told where two papers disagree. The words shown end with the file's name.
"""

from collections.abc import Iterable

from outreach.inbox.enclosed.enclosures import File
from outreach.inbox.finding import MailFinding, ToldPosition
from outreach.inbox.meaning.clauses import MOST_EVIDENCE
from outreach.inbox.meaning.stances import position_of, presents_itself
from outreach.inbox.quoting.our_letter import without_letter
from outreach.vocabulary import MailKind, SubKind

_COVER = 800
"""Characters: a mail of more words says itself what it has to say."""
_MOST_NAME = 80


def with_its_notes(finding: MailFinding, files: Iterable[File], letters: Iterable[str] = ()) -> MailFinding:
    """Return what was found in a mail, with the position that its attached papers tell where its own words tell none.

    `letters` are the words of letters of ours that it may answer: what stands in them is not the mission's.
    """
    if finding.kind is not MailKind.REPLY or finding.sub_kind not in (None, SubKind.FORWARD):
        return finding
    if finding.proposes.position is not None or len(finding.text) > _COVER:
        return finding
    papers = [one for one in files if one.words]
    if not papers:
        return finding
    ours = [one for one in dict.fromkeys(letters) if one]
    told: list[ToldPosition] = []
    for paper in papers:
        found = _told(paper, ours)
        if found is not None:
            told.append(found)
    if len({one.position for one in told}) != 1:
        return finding
    return finding._replace(proposes=finding.proposes._replace(position=told[0]))


def _told(paper: File, letters: Iterable[str]) -> ToldPosition | None:
    words = paper.words
    for letter in letters:
        words = without_letter(words, letter)
    words = "\n".join(line for line in words.split("\n") if line != ">")
    found = position_of(words) if presents_itself(words) else None
    if found is None:
        return None
    name = f" [{paper.name[-_MOST_NAME:]}]"  # at the end: the words begin in their own direction of writing
    return found._replace(sentence=found.sentence[: MOST_EVIDENCE - len(name)] + name)
