"""What a check of letters found: each finding is blocking, a warning or a note, alike at every door.

What is wrong only for real recipients, such as sample text or a day that has passed, is a warning while a campaign is
rehearsed and blocks it in live mode. A person may overrule a blocking finding that is about words, by its code.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from outreach.errors import LetterError, Problem


class Severity(StrEnum):
    """How much a finding weighs."""

    BLOCKING = "blocking"
    LIVE = "live"  # blocking in live mode, a warning in rehearsal
    WARNING = "warning"
    NOTE = "note"


SEVERITIES: Mapping[str, Severity] = MappingProxyType({
    "letter.no-part": Severity.BLOCKING,
    "letter.part-open": Severity.BLOCKING,
    "letter.closes-nothing": Severity.BLOCKING,
    "letter.mark-open": Severity.BLOCKING,
    "words.leftover": Severity.BLOCKING,
    "words.filler": Severity.BLOCKING,
    "words.quoted": Severity.WARNING,
    "words.merge-mark": Severity.BLOCKING,
    "words.brackets": Severity.WARNING,
    "words.note-perhaps": Severity.WARNING,
    "words.html": Severity.BLOCKING,
    "words.doubled": Severity.WARNING,
    "words.gap": Severity.BLOCKING,
    "words.gap-perhaps": Severity.WARNING,
    "words.nobody": Severity.BLOCKING,
    "words.skeleton": Severity.BLOCKING,
    "words.sample": Severity.LIVE,
    "words.line-break": Severity.WARNING,
    "words.lines-kept": Severity.NOTE,
    "words.line-kept": Severity.WARNING,
    "words.not-supported": Severity.WARNING,
    "words.struck": Severity.WARNING,
    "words.from-the-sheet": Severity.LIVE,
    "words.tracked": Severity.BLOCKING,
    "words.either-or": Severity.WARNING,
    "words.empty-section": Severity.WARNING,
    "words.phone": Severity.BLOCKING,
    "words.sample-name": Severity.WARNING,
    "words.bracket-open": Severity.WARNING,
    "words.quote-open": Severity.WARNING,
    "words.unseen": Severity.WARNING,
    "words.control": Severity.BLOCKING,
    "words.broken": Severity.BLOCKING,
    "words.two-alphabets": Severity.WARNING,
    "words.capitals": Severity.WARNING,
    "words.paragraph-twice": Severity.WARNING,
    "words.greeting-twice": Severity.WARNING,
    "words.closing-twice": Severity.WARNING,
    "words.no-signature": Severity.WARNING,
    "words.address-form": Severity.WARNING,
    "words.familiar": Severity.WARNING,
    "words.two-spellings": Severity.WARNING,
    "words.typing": Severity.WARNING,
    "words.agreement": Severity.WARNING,
    "words.order": Severity.WARNING,
    "words.body": Severity.WARNING,
    "words.few-attachments": Severity.WARNING,
    "words.count": Severity.BLOCKING,
    "words.count-perhaps": Severity.WARNING,
    "words.mixed-numerals": Severity.WARNING,
    "date.subject": Severity.WARNING,
    "words.sum": Severity.WARNING,
    "words.parts": Severity.WARNING,
    "words.ours-differ": Severity.WARNING,
    "words.two-stances": Severity.WARNING,
    "words.subject-differs": Severity.WARNING,
    "words.one-addressee": Severity.WARNING,
    "words.no-attachment": Severity.WARNING,
    "words.one-state": Severity.WARNING,
    "words.other-state": Severity.WARNING,
    "language.phrase": Severity.WARNING,
    "language.paragraph-lacking": Severity.WARNING,
    "language.paragraph-short": Severity.WARNING,
    "language.figure": Severity.WARNING,
    "language.date": Severity.WARNING,
    "language.session": Severity.WARNING,
    "language.address": Severity.WARNING,
    "language.link": Severity.WARNING,
    "language.state": Severity.WARNING,
    "language.stance": Severity.WARNING,
    "language.currency": Severity.WARNING,
    "language.office": Severity.WARNING,
    "language.name": Severity.WARNING,
    "link.other-address": Severity.BLOCKING,
    "link.other-page": Severity.WARNING,
    "link.test-site": Severity.WARNING,
    "link.placeholder": Severity.LIVE,
    "link.other-domain": Severity.WARNING,
    "language.same-subject": Severity.WARNING,
    "document.odds": Severity.WARNING,
    "date.vote": Severity.BLOCKING,
    "word.to-look-at": Severity.BLOCKING,
    "date.weekday": Severity.BLOCKING,
    "date.none": Severity.BLOCKING,
    "date.past": Severity.LIVE,
    "date.past-perhaps": Severity.WARNING,
    "date.two-deadlines": Severity.WARNING,
    "date.order": Severity.BLOCKING,
    "date.order-perhaps": Severity.WARNING,
    "date.campaign": Severity.BLOCKING,
    "session.facts": Severity.BLOCKING,
    "session.subject": Severity.BLOCKING,
    "session.campaign": Severity.BLOCKING,
    "session.later": Severity.WARNING,
    "session.months": Severity.WARNING,
    "session.file": Severity.WARNING,
    "session.two": Severity.WARNING,
    "document.body": Severity.WARNING,
    "document.year": Severity.WARNING,
    "session.earlier": Severity.NOTE,
    "language.same-text": Severity.BLOCKING,
    "language.half": Severity.BLOCKING,
    "language.other": Severity.BLOCKING,
    "language.same-paragraph": Severity.WARNING,
    "link.broken": Severity.BLOCKING,
    "link.empty": Severity.BLOCKING,
    "link.local": Severity.BLOCKING,
    "picture.remote": Severity.BLOCKING,
    "picture.inline": Severity.BLOCKING,
    "picture.missing": Severity.BLOCKING,
    "picture.no-alt": Severity.BLOCKING,
    "picture.field": Severity.BLOCKING,
    "picture.outside": Severity.BLOCKING,
    "picture.svg": Severity.BLOCKING,
    "picture.kind": Severity.BLOCKING,
    "picture.broken": Severity.BLOCKING,
    "picture.moving": Severity.BLOCKING,
    "picture.dimensions": Severity.BLOCKING,
    "picture.too-large": Severity.BLOCKING,
    "picture.large": Severity.WARNING,
    "picture.metadata": Severity.WARNING,
    "sender.placeholder": Severity.LIVE,
    "sender.reserved": Severity.WARNING,
    "name.no-letters": Severity.WARNING,
    "name.title": Severity.WARNING,
    "name.two-titles": Severity.WARNING,
    "signatories.kind-guessed": Severity.WARNING,
    "signatories.represented": Severity.WARNING,
    "signatories.unnamed": Severity.BLOCKING,
    "signatories.answers-unnamed": Severity.WARNING,
    "signatories.ticks-unnamed": Severity.WARNING,
    "signatories.status-unknown": Severity.WARNING,
    "signatories.remark-leaves": Severity.WARNING,
    "signatories.comment-leaves": Severity.WARNING,
    "signatories.struck": Severity.WARNING,
    "signatories.signs-and-not": Severity.WARNING,
    "signatories.consent-unclear": Severity.WARNING,
    "signatories.waits": Severity.WARNING,
    "signatories.day-doubtful": Severity.WARNING,
    "signatories.to-come": Severity.WARNING,
    "signatories.tried": Severity.WARNING,
    "signatories.twice": Severity.WARNING,
    "signatories.person-twice": Severity.WARNING,
    "signatories.acronym-twice": Severity.WARNING,
    "signatories.both-kinds": Severity.WARNING,
    "signatories.alike": Severity.WARNING,
    "signatories.returns": Severity.WARNING,
    "signatories.part": Severity.WARNING,
    "review.source-changed": Severity.WARNING,
    "review.remarks": Severity.WARNING,
    "signatories.list-ends": Severity.WARNING,
    "signatories.logo": Severity.WARNING,
    "signatories.heading": Severity.WARNING,
    "attachment.program": Severity.BLOCKING,
    "attachment.empty": Severity.WARNING,
    "attachment.other-kind": Severity.WARNING,
    "attachment.encrypted": Severity.WARNING,
    "attachment.nobody": Severity.WARNING,
    "attachment.nobody-of": Severity.NOTE,
    "sheet.not-named": Severity.WARNING,
    "size.large": Severity.WARNING,
    "size.too-large": Severity.BLOCKING,
})  # fmt: skip
"""What each finding about words weighs, by its code. Any other stands in the way, and can't be overruled."""


@dataclass(slots=True)
class Findings:
    """What a check found. Problems stop a letter; warnings and notes do not."""

    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)
    overruled: list[Problem] = field(default_factory=list)
    """Those of the warnings that would stop it, had not a person overruled them."""

    def take(self, found: Iterable[Problem], *, live: bool = False, despite: Collection[str] = ()) -> None:
        """Take findings in, each where it belongs by its code. What a person overruled, `despite`, is a warning.

        What was said before in the same words is said once.
        """
        for one in found:
            severity = SEVERITIES.get(one.says.code, Severity.BLOCKING)
            blocks = severity is Severity.BLOCKING or (severity is Severity.LIVE and live)
            let_go = blocks and one.says.code in despite and overrulable(one)
            if let_go:
                self.overruled.append(one)
            if blocks and not let_go:
                place = self.problems
            else:
                place = self.notes if severity is Severity.NOTE else self.warnings
            place.append(one)
        for place in (self.problems, self.warnings, self.notes):
            place[:] = dict.fromkeys(place)

    @property
    def overrulable(self) -> tuple[str, ...]:
        """The codes of those that stand in the way and can be overruled, each once."""
        return codes_of(self.problems)


def overrulable(one: Problem) -> bool:
    """Tell whether a person may send a letter despite a finding: one about its words, not one that it can't be made."""
    return one.says.code in SEVERITIES


def codes_of(problems: Iterable[Problem]) -> tuple[str, ...]:
    """Return the codes of the findings that a person may overrule, each once."""
    return tuple(dict.fromkeys(one.says.code for one in problems if overrulable(one)))


def require_known(despite: Iterable[str]) -> None:
    """Raise LetterError for a code that is none, or that nobody may overrule."""
    for code in despite:
        if code not in SEVERITIES:
            raise LetterError(
                "findings.no-code",
                "{code!r} is no finding that can be overruled.",
                code=code,
                known=", ".join(SEVERITIES),
                remedy="There is: {known}.",
            )
