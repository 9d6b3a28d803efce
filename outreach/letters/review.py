"""Who looked at a letter's words: its versions and how they differ, how far each language is, remarks on paragraphs.

What somebody said of a text holds for the words that it had: once they change, it is a draft again, and it is told who
had read the ones before. A translation knows the words of its source that it was made from.
"""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session, col, func, select

from outreach import clock
from outreach.actors import Actor
from outreach.database import reading, writing
from outreach.errors import NotFoundError, UserError
from outreach.letters.by_word import ChangedPassage, passages
from outreach.letters.editing import save_text, version
from outreach.letters.folder import TEMPLATES, Letter, load_letter
from outreach.letters.text_versions import digest_of, keep_version, paragraphs_of
from outreach.models import TextComment, TextMark, TextVersion
from outreach.people import audit
from outreach.sentences import KeptSentence
from outreach.vocabulary import Act, Language, TextState

_MOST_REMARK = 4_000
_ALIKE = 0.6


@dataclass(frozen=True, slots=True)
class TextStanding:
    """How far a letter's words in a language are."""

    language: Language
    state: TextState
    who: str = ""
    """Who said so; of a draft, who had read or translated the words that it had before."""
    at: datetime | None = None
    was: TextState | None = None
    """What had been said of the words before they changed."""
    source: Language | None = None
    source_changed: bool = False
    """Whether the words that it was translated from have changed since."""
    remarks: int = 0
    """How many remarks are open."""

    def __str__(self) -> str:
        if self.was is not None:
            words = f"draft (changed since {self.who} said {self.was})"
        elif self.state is TextState.READ:
            words = f"read by {self.who}"
        elif self.state is TextState.TRANSLATED:
            words = f"translated by {self.who}"
        else:
            words = self.state.value
        words += f", and the {self.source} text has changed since" if self.source_changed else ""
        return words + (f", {self.remarks} open remarks" if self.remarks > 1 else ", 1 open remark" * self.remarks)


@dataclass(frozen=True, slots=True)
class PlacedRemark:
    """A remark, and the paragraph that it is about now."""

    number: int
    place: int | None
    """From 1; None where the paragraph is gone."""
    paragraph: str
    """Its words at the time."""
    words: str
    who: str
    at: datetime
    settled_by: str = ""


@dataclass(frozen=True, slots=True)
class SideBySide:
    """One paragraph of a translation beside its source's."""

    place: int
    source: str
    text: str
    source_changed: bool
    """Whether the source's paragraph is another than the translation was made from."""


def _load(templates: Path, name: str, language: Language) -> Letter:
    letter = load_letter(name, templates)
    if language not in letter.bodies:
        raise NotFoundError(
            "letter.no-text", "The letter {name!r} has no text in {language}.", name=name, language=language
        )
    return letter


def _marked(letter: Letter, language: Language) -> str:
    """What tells whether the words are those that somebody read: with the covering mail's."""
    cover = letter.covers.get(language, "")
    body = letter.bodies[language]
    return digest_of(letter.subjects[language], f"{body}\f{cover}" if cover else body)


def versions(engine: Engine, name: str, language: Language, *, templates: Path = TEMPLATES) -> list[TextVersion]:
    """Return the versions of a text, the newest first. What lies in the file and no door wrote is kept as one now."""
    letter = _load(templates, name, language)
    with writing(engine) as session:
        keep_version(session, name, language, letter.subjects[language], letter.bodies[language], who="")
        query = select(TextVersion).where(TextVersion.letter == name, TextVersion.language == language)
        found = list(session.exec(query.order_by(col(TextVersion.id).desc())))
        session.expunge_all()
        return found


def version_numbered(session: Session, name: str, language: Language, number: int) -> TextVersion:
    """Return a version of a text. Raises NotFoundError for a number that is none of it."""
    found = session.get(TextVersion, number)
    if found is None or (found.letter, found.language) != (name, language):
        raise NotFoundError(
            "review.no-version", "{letter}/{language}.md has no version {number}.", letter=name, language=language,
            number=number, remedy="Look at its versions.",
        )  # fmt: skip
    return found


def difference(
    engine: Engine, name: str, language: Language, before: int, now: int | None = None, *, templates: Path = TEMPLATES
) -> tuple[ChangedPassage, ...]:
    """Return by word what differs between two versions of a text, or between one and the text as it is now."""
    letter = _load(templates, name, language)
    with reading(engine) as session:
        one = version_numbered(session, name, language, before)
        if now is None:
            subject, text = letter.subjects[language], letter.bodies[language]
        else:
            other = version_numbered(session, name, language, now)
            subject, text = other.subject, other.text
        return passages([one.subject, *paragraphs_of(one.text)], [subject, *paragraphs_of(text)])


def restore(
    engine: Engine, name: str, language: Language, number: int, *, by: Actor, templates: Path = TEMPLATES
) -> TextVersion:
    """Bring a version of a text back: it is written into the file, and kept as a new version. What was stays a version.

    Raises as `save_text` does.
    """
    letter = _load(templates, name, language)
    with reading(engine) as session:
        found = version_numbered(session, name, language, number)
    seen = version(letter, language)
    save_text(engine, templates, name, language, found.text, by=by, seen=seen, subject=found.subject, restores=number)
    return found


def mark(
    engine: Engine, name: str, language: Language, state: TextState, *, by: Actor, source: Language | None = None,
    templates: Path = TEMPLATES,
) -> TextStanding:  # fmt: skip
    """Say how far a text is, of the words that it has now; return how it stands then.

    A translation is of the letter's fallback language unless `source` names another. Raises NotFoundError, UserError
    for a source that the letter lacks or that is the text itself.
    """
    letter = _load(templates, name, language)
    origin = source or letter.fallback
    if source is not None and (source is language or source not in letter.bodies):
        raise UserError(
            "review.no-source", "{source} is no text that {language} could be translated from.", source=source,
            language=language, remedy="Name another language of the letter.",
        )  # fmt: skip
    is_translation = origin is not language and origin in letter.bodies
    with writing(engine) as session:
        keep_version(session, name, language, letter.subjects[language], letter.bodies[language], who="")
        if is_translation:
            keep_version(session, name, origin, letter.subjects[origin], letter.bodies[origin], who="")
        last = _last_mark(session, name, language)
        digest, origin_digest = _marked(letter, language), ""
        if is_translation:
            origin_digest = version(letter, origin)
            # Who reads a translation has not translated it anew: what it was made from stays, unless they name it.
            if state is TextState.READ and last is not None and last.source == origin and source is None:
                origin_digest = last.source_digest
        session.add(
            TextMark(
                letter=name, language=language, mark=state, digest=digest, source=origin if is_translation else "",
                source_digest=origin_digest, at=clock.now(), who=by.name,
            )
        )  # fmt: skip
        audit.record(session, by, Act.TEXT_MARKED, f"{name}, {language}", state.value)
        session.flush()
        return standing(session, letter, language)


def _last_mark(session: Session, name: str, language: Language) -> TextMark | None:
    return session.exec(
        select(TextMark).where(TextMark.letter == name, TextMark.language == language)
        .order_by(col(TextMark.id).desc()).limit(1)
    ).first()  # fmt: skip


def standing(session: Session, letter: Letter, language: Language) -> TextStanding:
    """Return how far a letter's words in a language are."""
    return standings_of(session, letter, [language])[0]


def standings_of(session: Session, letter: Letter, languages: Sequence[Language]) -> list[TextStanding]:
    """Return the same of several languages, in the order given, by two statements."""
    latest = select(func.max(TextMark.id)).where(TextMark.letter == letter.name).group_by(col(TextMark.language))
    marks = {one.language: one for one in session.exec(select(TextMark).where(col(TextMark.id).in_(latest)))}
    remarks = dict(
        session.exec(
            select(TextComment.language, func.count()).where(
                TextComment.letter == letter.name, col(TextComment.settled_at).is_(None)
            ).group_by(col(TextComment.language))
        ).all()
    )  # fmt: skip
    return [_standing(letter, one, marks.get(one), remarks.get(one, 0)) for one in languages]


def _standing(letter: Letter, language: Language, last: TextMark | None, remarks: int) -> TextStanding:
    if last is None:
        return TextStanding(language, TextState.DRAFT, remarks=remarks)
    source = Language(last.source) if last.source else None
    changed = source is not None and source in letter.bodies and version(letter, source) != last.source_digest
    if last.digest != _marked(letter, language) and last.mark is not TextState.DRAFT:
        return TextStanding(language, TextState.DRAFT, last.who, last.at, last.mark, source, changed, remarks)
    return TextStanding(language, last.mark, last.who, last.at, None, source, changed, remarks)


def standings(engine: Engine, name: str, *, templates: Path = TEMPLATES) -> list[TextStanding]:
    """Return how far each language of a letter is. Raises LetterError for one that can't be read."""
    letter = load_letter(name, templates)
    with reading(engine) as session:
        return standings_of(session, letter, list(letter.languages))


def beside(
    engine: Engine, name: str, language: Language, *, source: Language | None = None, templates: Path = TEMPLATES
) -> list[SideBySide]:
    """Return a translation beside its source, paragraph by paragraph; one that is missing on a side is empty there.

    Paragraphs of the source that changed since the translation was made are told, by the version that it was made from.
    """
    letter = _load(templates, name, language)
    with reading(engine) as session:
        last = _last_mark(session, name, language)
        origin = source or (Language(last.source) if last and last.source else letter.fallback)
        if origin is language or origin not in letter.bodies:
            alone = enumerate(paragraphs_of(letter.bodies[language]), start=1)
            return [SideBySide(place, "", text, False) for place, text in alone]
        before = None
        if last is not None and last.source == origin:
            query = select(TextVersion.text).where(
                TextVersion.letter == name, TextVersion.language == origin, TextVersion.digest == last.source_digest
            )
            before = session.exec(query).first()
    own, theirs = paragraphs_of(letter.bodies[language]), paragraphs_of(letter.bodies[origin])
    changed = _changed(paragraphs_of(before), theirs) if before is not None else set()
    most = max(len(own), len(theirs))
    return [
        SideBySide(
            at + 1, theirs[at] if at < len(theirs) else "", own[at] if at < len(own) else "", at in changed
        )
        for at in range(most)
    ]  # fmt: skip


def _changed(before: Sequence[str], now: Sequence[str]) -> set[int]:
    """The places of paragraphs that are new, or another than before; a gap is told at the paragraph after it."""
    found: set[int] = set()
    for kind, _, _, start, end in difflib.SequenceMatcher(None, before, now, autojunk=False).get_opcodes():
        if kind != "equal":
            found |= set(range(start, end)) or {min(start, len(now) - 1)}
    return found


def remark(
    engine: Engine, name: str, language: Language, place: int, words: str, *, by: Actor, templates: Path = TEMPLATES
) -> int:
    """Remark on a paragraph, counted from 1; return the remark's number. Raises UserError for a place that is none."""
    paragraphs = paragraphs_of(_load(templates, name, language).bodies[language])
    said = words.replace("\r\n", "\n").strip()
    if not 1 <= place <= len(paragraphs):
        raise UserError(
            "review.no-paragraph", "{letter}/{language}.md has no paragraph {place}.", letter=name, language=language,
            place=place, most=len(paragraphs), remedy="Name one from 1 to {most}.",
        )  # fmt: skip
    if not said or len(said) > _MOST_REMARK:
        raise UserError(
            "review.remark", "A remark has 1 to {most:,} characters.", most=_MOST_REMARK,
            remedy="Write it, or shorten it.",
        )  # fmt: skip
    with writing(engine) as session:
        made = TextComment(
            letter=name, language=language, place=place, paragraph=paragraphs[place - 1], words=said, at=clock.now(),
            who=by.name,
        )  # fmt: skip
        session.add(made)
        session.flush()
        paragraph = KeptSentence("log.paragraph", "paragraph {number}", number=place)
        audit.record(session, by, Act.COMMENT_WRITTEN, f"{name}, {language}", paragraph)
        assert made.id is not None
        return made.id


def settle_remark(engine: Engine, number: int, *, by: Actor) -> None:
    """Settle a remark. Raises NotFoundError for one that is not there, or settled already."""
    with writing(engine) as session:
        found = session.get(TextComment, number)
        if found is None or found.settled_at is not None:
            raise NotFoundError("review.no-remark", "There is no open remark {number}.", number=number)
        found.settled_at, found.settled_by = clock.now(), by.name
        session.add(found)
        remark = KeptSentence("log.remark", "remark {number}", number=number)
        audit.record(session, by, Act.COMMENT_SETTLED, f"{found.letter}, {found.language}", remark)


def remarks(
    engine: Engine, name: str, language: Language, *, everyone: bool = False, templates: Path = TEMPLATES
) -> list[PlacedRemark]:
    """Return the remarks on a text with the paragraphs that they are about now: the open ones, or all."""
    paragraphs = paragraphs_of(_load(templates, name, language).bodies[language])
    with reading(engine) as session:
        query = select(TextComment).where(TextComment.letter == name, TextComment.language == language)
        if not everyone:
            query = query.where(col(TextComment.settled_at).is_(None))
        return [
            PlacedRemark(
                one.id or 0, _place(one.paragraph, one.place, paragraphs), one.paragraph, one.words, one.who, one.at,
                one.settled_by,
            )
            for one in session.exec(query.order_by(col(TextComment.id)))
        ]  # fmt: skip


def _place(paragraph: str, place: int, now: Sequence[str]) -> int | None:
    if place <= len(now) and now[place - 1] == paragraph:
        return place
    if paragraph in now:
        return now.index(paragraph) + 1
    alike = [
        (difflib.SequenceMatcher(None, paragraph, one, autojunk=False).ratio(), at) for at, one in enumerate(now, 1)
    ]
    best = max(alike, default=(0.0, 0))
    return best[1] if best[0] >= _ALIKE else None
