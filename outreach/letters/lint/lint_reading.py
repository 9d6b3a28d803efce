"""A letter read over: its files as they stand, and every letter as a mission gets it.

What stands in a file is told with its line, also in a branch that no mission takes. What only the merged letters show,
such as a gap or a value of the sheet, is told with the missions. Most paragraphs are the same in all letters, and are
read once.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from html import unescape
from pathlib import Path

from outreach.errors import Problem, at_line
from outreach.letters import markdown
from outreach.letters.attached_files import most_bytes
from outreach.letters.filters import day
from outreach.letters.folder import Letter
from outreach.letters.lint.lint_addressee import hits_of_addressee
from outreach.letters.lint.lint_agree import (
    hits_of_deadlines,
    hits_of_empty_facts,
    hits_of_figures,
    hits_of_stances,
    hits_of_subject_numbers,
    hits_of_two_articles,
    with_facts,
)
from outreach.letters.lint.lint_between import hits_between
from outreach.letters.lint.lint_bodies import hits_of_acronyms, hits_of_bodies, hits_of_the_council
from outreach.letters.lint.lint_calendar import (
    hits_of_calendar,
    hits_of_drafts,
    hits_of_resolutions,
    hits_of_session_facts,
    hits_of_sessions,
    hits_of_two_sessions,
)
from outreach.letters.lint.lint_context import hits_of_attachments, hits_of_capitals, hits_of_phrases, hits_of_states
from outreach.letters.lint.lint_counts import hits_of_counts
from outreach.letters.lint.lint_dates import (
    hits_of_days,
    hits_of_facts,
    hits_of_spans,
    hits_of_subject_day,
    session_of,
)
from outreach.letters.lint.lint_gaps import hits_of_double_spaces
from outreach.letters.lint.lint_grammar import hits_of_agreement
from outreach.letters.lint.lint_hit import FIELD, LOGO, Hit, flat
from outreach.letters.lint.lint_languages import hits_of_copies, hits_of_language, other_in_few_words, paragraphs
from outreach.letters.lint.lint_letterhead import hits_of_letterhead
from outreach.letters.lint.lint_lines import hits_of_lines
from outreach.letters.lint.lint_links import domains_of, hits_of_domains, hits_of_links
from outreach.letters.lint.lint_lists import hits_of_lists
from outreach.letters.lint.lint_marks import hits_broken, hits_mixed, hits_of_marks, hits_unseen
from outreach.letters.lint.lint_names import hits_of_familiarity, hits_of_people, hits_of_spelling
from outreach.letters.lint.lint_numerals import hits_of_numerals
from outreach.letters.lint.lint_order import hits_of_answer_in_time, hits_of_half_sentences, hits_of_points
from outreach.letters.lint.lint_parts import Section, hits_of_address, hits_of_parts, sections_of
from outreach.letters.lint.lint_strays import hits_of_strays
from outreach.letters.lint.lint_sums import hits_of_sums
from outreach.letters.lint.lint_told import told
from outreach.letters.lint.lint_typing import hits_of_typing
from outreach.letters.lint.lint_whole import hits_of_documents, hits_of_sections, hits_of_subjects, hits_of_votes
from outreach.letters.lint.lint_words import acronyms_of, hits_in
from outreach.letters.merge import MailWords, Merged, MergedText
from outreach.letters.merge_fields import stand_in
from outreach.letters.signing.signers import LetterSignatory
from outreach.letters.toml_lines import place
from outreach.letters.word.word_letter import FROM_WORD
from outreach.sentences import KeptSentence, Remedy, some_of
from outreach.settings import mailbox
from outreach.text import is_reserved
from outreach.vocabulary import Language, SignatoryKind

_LOGO_TAG = re.compile(r"\{\{-?\s*\w+\.(?:logo|signature)\s*-?\}\}")
_FIELD_TAG = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_OTHER_TAG = re.compile(r"\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_CODE = re.compile(r"(?<!\\)`[^`\n]+`|^```.*?^```|^~~~.*?^~~~", re.DOTALL | re.MULTILINE)
_MOST_CODES = 6
_PASSAGES = 4096
"""So many passages are remembered with what was found in them: a campaign has some hundreds."""
_LETTERS = 4
"""And so many letters, as they stand in their folders: one is looked at several times before it is approved."""
_LARGE, _TOO_LARGE = 7_000_000, 20_000_000
"""Bytes of a mail: many a mission's server refuses what is larger than the one, and nearly all than the other."""
_BASE64 = 78 / 57
"""Bytes that a mail needs for each byte of a file (RFC 2045, 6.8: lines of 76 characters and their end)."""
_ALT = re.compile(r'<img [^>]*?alt="([^"]*)"')
_OVERHEAD = 60_000
_TITLED = re.compile(
    r"(?:(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Professor|Sir|Dame|H\.\s?E|S\.\s?E|Hon|Rev|Amb|Ambassador|M|Mme|Mlle|Me|Pr|Sr|"
    r"Sra|"
    r"Dra|Excmo|Excma|Embajador|Embajadora|Ambassadeur|Ambassadrice|Herr|Frau)\.?\s+)(?=\w)"
)
_PLACEHOLDER = re.compile(
    r"(?i)^(?:you|your[.-]?name|name|user|me|someone|info)@(?:your|my|our|the)?-?(?:organi[sz]ation|domain|company|"
    r"coalition)"
    r"\.|@(?:your|my)-|@(?:domain|company)\.|@example\.(?:com|org|net)$"
)
_NAMELESS = re.compile(
    r"(?i)^(?:your|my) (?:name|organi[sz]ation|coalition)\b|^(?:(?:full |first |last |sender |ngo |coalition |"
    r"organi[sz]ation )?"
    r"name|sender|first(?:name)? last(?:name)?|test|todo|tbc|xxx+|(?:jane|john|j\.) doe|"
    r"prénom,? nom|"
    r"n\.?/?a\.?|s/n|tbd|unknown|none|aucune?|ningun[oa]|néant|нет|无|لا يوجد|"
    r"nombre(?: y)? apellidos?|nom|nombre|имя(?: фамилия)?|expéditeur|remitente|отправитель|姓名|الاسم)$"
)

_SHEET = frozenset({
    "words.leftover", "words.merge-mark", "words.html", "words.brackets", "words.filler", "words.doubled",
})  # fmt: skip
"""What a value of the sheet may hold: there it has to be cured, whatever it is."""


def _one_character(match: re.Match[str]) -> str:
    """What stands for a field: it is the lines of the text that stay."""
    return (LOGO if _LOGO_TAG.fullmatch(match[0]) else FIELD) + "\n" * match[0].count("\n")


def without_tags(source: str) -> str:
    """Return a text with each field made one character, and tags, comments and code taken out; its lines stay."""
    text = _FIELD_TAG.sub(_one_character, source)
    text = _OTHER_TAG.sub(lambda match: "\n" * match[0].count("\n"), text)
    return _CODE.sub(lambda match: FIELD + "\n" * match[0].count("\n"), text)


def number_of_session(letter: Letter, language: Language) -> int | None:
    """Return the number of the session that a letter's facts name in a language; None where they name none."""
    facts = letter.facts[language]
    named = [facts.get(name) for name in ("session", "session_name", "session_number")]
    # One fact for all languages is written in one of them.
    every = (language, letter.fallback, *Language)
    return next((number for value in named for one in every if (number := session_of(value, one)) is not None), None)


def read_files(letter: Letter, today: date) -> Iterator[Problem]:
    """Yield what is wrong with the words of a letter's files, each with file and line; `today` is the sender's day.

    That it is a sample is said once.
    """
    is_sample = False
    for one in (*_in_files(letter, today), *_in_links(letter)):
        if one.says.code != "words.sample" or not is_sample:
            yield one
        is_sample = is_sample or one.says.code == "words.sample"


@lru_cache(maxsize=_LETTERS)
def _in_files(letter: Letter, today: date) -> tuple[Problem, ...]:
    """What the letter's words alone tell: read once for the check, the page and the approval."""
    return tuple(_in_words(letter, today))


def _in_links(letter: Letter) -> Iterator[Problem]:
    """What links and pictures lead to lies outside of the letter's words, and is looked at each time."""
    for prefix, texts in (("", letter.bodies), ("cover.", letter.covers)):
        for language, source in texts.items():
            text = without_tags(source)
            for hit in hits_of_links(text, letter.folder):
                yield told(hit, _at(letter.folder / f"{prefix}{language}.md", text, hit.start))


def _in_words(letter: Letter, today: date) -> Iterator[Problem]:
    toml = letter.folder / "letter.toml"
    for language in letter.languages:
        path = letter.folder / f"{language}.md"
        text = without_tags(letter.bodies[language])
        yield from _from_word(letter.bodies[language], path)
        for hit in _hits_of_source(letter, text, language, today):
            yield told(hit, _at(path, text, hit.start))
        for hit in hits_unseen(letter.bodies[language], language):
            yield told(hit, _at(path, letter.bodies[language], hit.start))
        subject = without_tags(letter.subjects[language])
        for hit in _hits_of_subject(subject, letter.subjects[language], language):
            yield told(hit, place(toml, f"subject.{language}"))
        days = [value for value in letter.facts[language].values() if isinstance(value, date)]
        for hit in hits_of_subject_day(subject, text, language, days):
            yield told(hit, place(toml, f"subject.{language}"))
        for hit in hits_of_text(
            subject,
            language,
            today,
            number_of_session(letter, language),
            frozenset(),
            subject=True,
            acronyms=acronyms_of(text),
        ):
            # A subject is said whole: it is short, and what is around the words tells where to look.
            yield told(replace(hit, words=flat(subject)), place(toml, f"subject.{language}"))
    yield from _in_covers(letter, today)
    yield from _in_copies(letter)
    yield from _in_all(letter, today)
    yield from _in_toml(letter, today)


def _hits_of_subject(subject: str, source: str, language: Language) -> Iterator[Hit]:
    yield from hits_of_capitals(subject)
    yield from hits_of_marks(subject)
    yield from hits_broken(subject)
    yield from hits_mixed(subject)
    yield from hits_unseen(source, language)
    if (other := other_in_few_words(subject, language)) is not None:
        yield Hit("language.phrase", flat(subject), 0, {"other": other})


def _in_covers(letter: Letter, today: date) -> Iterator[Problem]:
    for language, cover in letter.covers.items():
        path = letter.folder / f"cover.{language}.md"
        text = without_tags(cover)
        yield from _from_word(cover, path)
        sent = len(letter.attachments) + (letter.pdf_file is not None)
        promised = hits_of_attachments(text, language, sent=sent)
        for hit in (*_hits_of_source(letter, text, language, today), *promised):
            yield told(hit, _at(path, text, hit.start))


def _from_word(source: str, path: Path) -> Iterator[Problem]:
    """What came from Word and nobody has looked at yet: it stands in a comment, line by line."""
    for comment in re.finditer(r"\{#\s*" + re.escape(FROM_WORD) + r"(.*?)#\}", source, re.DOTALL):
        for line in re.finditer(r"^- (.+)$", comment[1], re.MULTILINE):
            yield Problem(
                "word.to-look-at",
                "from Word: {words}",
                words=line[1],
                where=_at(path, source, comment.start(1) + line.start()),
                remedy="Look at it, and take this line out of the comment.",
            )


def _at(path: Path | str, text: str, start: int) -> KeptSentence:
    """Return the line of a file on which a place of its text lies."""
    return at_line(path, text.count("\n", 0, start) + 1)


def _hits_of_source(letter: Letter, text: str, language: Language, today: date) -> Iterator[Hit]:
    yield from hits_of_text(text, language, today, number_of_session(letter, language), _years(letter, language))
    yield from hits_of_language(text, language)
    yield from hits_of_marks(text)
    yield from hits_broken(text)
    yield from hits_mixed(text)
    yield from hits_of_lines(text)
    yield from hits_of_double_spaces(text)
    yield from _not_supported(text)


@lru_cache(maxsize=_PASSAGES)
def hits_of_text(
    text: str,
    language: Language,
    today: date,
    number: int | None,
    years: frozenset[int],
    *,
    subject: bool = False,
    acronyms: frozenset[str] = frozenset(),
) -> tuple[Hit, ...]:
    """Return what the rules find in a text, or in a passage of a merged letter; `number` is the letter's session.

    Nothing else goes in, so that a passage which many letters have in common, or which is read again, is read once.
    """
    return (
        *hits_in(text, language, acronyms),
        *hits_of_days(text, language, today, years),
        *hits_of_calendar(text, language, today),
        *hits_of_spans(text, language),
        *hits_of_sessions(text, language, number, subject=subject),
    )


def _years(letter: Letter, language: Language) -> frozenset[int]:
    return frozenset(value.year for value in letter.facts[language].values() if isinstance(value, date))


def _in_all(letter: Letter, today: date) -> Iterator[Problem]:
    """What one language says and another does not, and sections of nothing."""
    toml = letter.folder / "letter.toml"
    facts = letter.facts
    subjects = {
        language: without_tags(with_facts(letter.subjects[language], facts[language], language))
        for language in letter.languages
    }
    written = {language: words for language, words in subjects.items() if words.strip()}
    for language, hit in hits_of_subjects(letter.subjects, letter.fallback):
        yield told(hit, place(toml, f"subject.{language}"))
    for language, hit in hits_between(written, letter.fallback):
        where = {**hit.facts, "place": f"subject.{str(hit.facts['place']).removesuffix('.md')}"}
        yield told(replace(hit, facts=where), place(toml, f"subject.{language}"))
    texts = {
        language: without_tags(with_facts(letter.bodies[language], facts[language], language))
        for language in letter.languages
    }

    def at(language: Language, hit: Hit) -> str:
        line = letter.bodies[language].count("\n", 0, hit.start) + 1
        return at_line(letter.folder / f"{language}.md", line)

    for language, hit in hits_of_documents(texts, letter.fallback):
        yield told(hit, _at(letter.folder / f"{language}.md", texts[language], hit.start))
    for language, text in texts.items():
        for hit in hits_of_sections(letter.bodies[language]):
            yield told(hit, at(language, hit))
        about = number_of_session(letter, language)
        for hit in hits_of_subject_numbers(subjects[language], text, language, about, today):
            yield told(hit, place(toml, f"subject.{language}"))
        vote = letter.facts[language].get("vote_on")
        vote_on = vote if isinstance(vote, date) else None
        for hit in hits_of_votes(text, language, vote_on, _years(letter, language)):
            yield told(hit, _at(letter.folder / f"{language}.md", text, hit.start))
    for language, hit in _of_the_whole(letter, texts, subjects, today):
        path = f"{letter.folder / f'{language}.md'}"
        if hit.code == "words.subject-differs":
            yield told(hit, place(toml, f"subject.{language}"))
        elif hit.code == "language.paragraph-lacking":
            line = texts[letter.fallback].count("\n", 0, hit.facts["start"]) + 1
            yield told(replace(hit, facts={**hit.facts, "line": line}), path)
        else:
            yield told(hit, _at(path, texts[language], hit.start))


def _of_the_whole(
    letter: Letter, texts: Mapping[Language, str], subjects: Mapping[Language, str], today: date
) -> Iterator[tuple[Language, Hit]]:
    """What a letter says against itself: its parts, its counts, what it promises, whom it names, and its languages."""
    sections = {language: sections_of(letter.bodies[language], text, language) for language, text in texts.items()}
    about = {language: f"{without_tags(letter.subjects[language])}\n{letter.title}" for language in texts}
    for language, text in texts.items():
        signing = _signing(letter, language)
        hits = [
            *hits_of_parts(sections[language], text, language, letter.bodies[language]),
            *hits_of_address(sections[language], language),
            *hits_of_counts(sections[language], language, signing),
            *hits_of_sums(text, sections[language], language),
            *hits_of_addressee(text, sections[language], language),
            *hits_of_attachments(text, language, sent=len(letter.attachments)),
            *hits_of_bodies(text, language),
            *hits_of_acronyms(text),
            *hits_of_the_council(text, language, today),
            *hits_of_points(text, language),
            *hits_of_answer_in_time(text, language),
            *hits_of_deadlines(text, letter.facts[language], language),
            *hits_of_empty_facts(letter.bodies[language], letter.facts[language]),
            *hits_of_two_articles(letter.bodies[language]),
            *hits_of_stances(sections[language], language),
            *hits_of_lists(sections[language], text, letter.bodies[language]),
            *hits_of_figures(subjects[language], text, language),
            *hits_of_half_sentences(sections[language], language),
            *hits_of_foreign_words(sections[language], language),
            *hits_of_domains(text, _own_domains(letter)),
            *hits_of_spelling(text, language),
            *hits_of_people(text, language),
            *hits_of_familiarity(text, language),
            *hits_of_typing(text, language),
            *hits_of_agreement(text, language),
            *hits_of_resolutions(text, language),
            *hits_of_drafts(text, language),
            *hits_of_numerals(text),
            *hits_of_two_sessions(text, language, number_of_session(letter, language)),
        ]
        yield from ((language, hit) for hit in hits)
    yield from hits_of_states(texts, about, sections)
    yield from hits_between(texts, letter.fallback)


def hits_of_foreign_words(sections: Sequence[Section], language: Language) -> Iterator[Hit]:
    """Yield sentences, phrases and words in another language than the text, one a paragraph."""
    phrases = list(hits_of_phrases(sections, language))
    yield from phrases
    told_of = [one for one in sections if any(one.start <= hit.start <= one.start + len(one.words) for hit in phrases)]
    yield from hits_of_strays([one for one in sections if one not in told_of], language)


def _signing(letter: Letter, language: Language) -> tuple[int, ...]:
    """How many sign by the letter's own list, where its text shows it: all, individuals, organisations."""
    if "signator" not in letter.bodies[language]:
        return ()
    kinds = [one.kind for one in letter.signatories.entries]
    counts = {len(kinds), *(kinds.count(kind) for kind in set(kinds))}
    return tuple(sorted(count for count in counts if count))


def _own_domains(letter: Letter) -> set[str]:
    """The domains of the sender and of the letterhead."""
    mails, sites = domains_of("\n".join((letter.sender, *letter.letterhead.lines)))
    return {domain for domain, _, _ in mails} | sites


_ROW = re.compile(r"^ {0,3}\|[^\n]*\|[ \t]*$", re.MULTILINE)
_FOOTNOTE = re.compile(r"\[\^[^\]\s]{1,30}\](?!:)")
_NO_MARKDOWN = re.compile(r"==[^=\n]+==|^ {0,3}[-*] \[[ xX]\] [^\n]*", re.MULTILINE)
_STRUCK = re.compile(r"~~[^~\n]+~~")


def _not_supported(text: str) -> Iterator[Hit]:
    """What looks like formatting and is none, and struck-out words, which can still be read."""
    if not any(mark in text for mark in ("|", "[^", "==", "~~", "[ ]", "[x]", "[X]")):
        return
    for match in _STRUCK.finditer(text):
        yield Hit("words.struck", flat(match[0]), match.start())
    tokens = markdown.parse(text)
    in_tables = {line for token in tokens if token.type == "table_open" and token.map for line in range(*token.map)}
    plain = {
        line for token in tokens if token.type in {"fence", "code_block"} and token.map for line in range(*token.map)
    }
    for match in _ROW.finditer(text):
        if text.count("\n", 0, match.start()) not in in_tables | plain:
            yield Hit("words.not-supported", flat(match[0]), match.start())
    notes = {child.meta["label"] for token in tokens for child in token.children or () if child.type == "footnote_ref"}
    for match in _FOOTNOTE.finditer(text):
        if match[0][2:-1] not in notes:
            yield Hit("words.not-supported", flat(match[0]), match.start())
    for match in _NO_MARKDOWN.finditer(text):
        yield Hit("words.not-supported", flat(match[0]), match.start())


def _in_copies(letter: Letter) -> Iterator[Problem]:
    for language, _, hit in hits_of_copies(letter.bodies, letter.fallback):
        path = letter.folder / f"{language}.md"
        line = letter.bodies[language].count("\n", 0, hit.start) + 1
        yield told(hit, str(path) if hit.code == "language.same-text" else at_line(path, line))
    model = sum(1 for _ in paragraphs(letter.bodies[letter.fallback]))
    for language in letter.languages:
        count = sum(1 for _ in paragraphs(letter.bodies[language]))
        if model >= 4 and count < 0.6 * model:
            yield Problem(
                "language.half",
                "it has {count} of the {model} paragraphs of {fallback}.md",
                count=count,
                model=model,
                fallback=letter.fallback,
                where=str(letter.folder / f"{language}.md"),
                remedy="Translate the rest, or remove the file: those missions then get {fallback}.md.",
            )


def _in_letterhead(letter: Letter) -> Iterator[Problem]:
    """What stands above the letter, and what it is called."""
    toml = letter.folder / "letter.toml"
    head = letter.letterhead
    strings = {"title": letter.title, "letterhead.name": head.name, "from": letter.sender}
    strings |= {"pdf.file": letter.pdf_file or ""}
    for setting, value in strings.items():
        for hit in hits_in(without_tags(value), letter.fallback):
            yield told(hit, place(toml, setting))
    for line in head.lines:
        for hit in hits_in(line, letter.fallback):
            yield told(hit, place(toml, "letterhead.lines", line))
    for words, hit in hits_of_letterhead(head.name, head.lines, letter.sender):
        yield told(hit, place(toml, "letterhead.name" if words == head.name else "letterhead.lines", words))
    about = number_of_session(letter, letter.fallback)
    for setting in ("title", "pdf.file"):
        named = session_of(strings[setting], letter.fallback)
        been = any(
            hit.code == "session.earlier"
            for hit in hits_of_sessions(strings[setting], letter.fallback, about, subject=True)
        )
        if about is not None and named is not None and named != about and not been:
            yield told(Hit("session.file", flat(strings[setting]), 0, {"number": about}), place(toml, setting))


def _in_toml(letter: Letter, today: date) -> Iterator[Problem]:
    yield from _in_letterhead(letter)
    numbers: dict[int, tuple[Language, str]] = {}
    for language in letter.languages:
        facts = letter.facts[language]
        for name, hit in hits_of_facts(facts, today):
            yield told(hit, _place_of_fact(letter, language, name))
        for name, hit in hits_of_session_facts(facts, number_of_session(letter, language)):
            yield told(hit, _place_of_fact(letter, language, name))
        for name, value in facts.items():
            for hit in hits_in(value, language) if isinstance(value, str) else ():
                yield told(hit, _place_of_fact(letter, language, name))
        if (number := number_of_session(letter, language)) is not None:
            numbers.setdefault(number, (language, str(facts.get("session", number))))
    first, *others = numbers.values() or [(letter.fallback, "")]
    for language, words in others:
        hit = Hit("session.facts", words, 0, {"other": f"{first[1]} ({first[0]})"})
        yield told(hit, _place_of_fact(letter, language, "session"))


def _place_of_fact(letter: Letter, language: Language, name: str) -> str:
    toml = letter.folder / "letter.toml"
    own = place(toml, f"facts.{language}.{name}")
    return own if isinstance(own, KeptSentence) else place(toml, f"facts.{name}")


# ------------------------------------------------------------------------------------------------ merged letters


@dataclass(slots=True)
class LetterReader:
    """Reads letters as missions get them. Whatever the files say already is not said again."""

    letter: Letter
    today: date
    session: int | None = None
    """The session that the campaign is about, where the letter's facts name none."""
    _seen: dict[tuple[Language, bool, str], tuple[Hit, ...]] = field(default_factory=dict)
    _known: dict[Language, tuple[int | None, frozenset[int], tuple[list[str], list[str]], frozenset[str]]] = field(
        default_factory=dict
    )
    """By language: the session, the years that a day without one may be of, what is meant as it stands, acronyms."""
    _found: dict[tuple[Language, Hit], list[str]] = field(default_factory=dict)

    def read(self, language: Language, subject: str, text: str, who: str, values: Iterable[str] = ()) -> None:
        """Read one letter's subject and plain text; `who` gets it, and `values` come from the sheet."""
        from_sheet: list[str] | None = None
        for is_subject, passage in ((True, subject), *((False, one) for one in text.split("\n\n"))):
            key = (language, is_subject, passage)
            hits = self._seen.get(key)
            if hits is None:
                hits = self._seen[key] = self._hits(language, passage, is_subject=is_subject)
            for found in hits:
                hit = found
                if hit.code in _SHEET:
                    from_sheet = [flat(value) for value in values] if from_sheet is None else from_sheet
                    if any(hit.words in value for value in from_sheet):
                        hit = Hit("words.from-the-sheet", hit.words)
                codes = self._found.setdefault((language, hit), [])
                if not codes or codes[-1] != who:
                    codes.append(who)

    def _hits(self, language: Language, passage: str, *, is_subject: bool) -> tuple[Hit, ...]:
        words = " ".join(passage.split()) if not passage.lstrip().startswith("    ") else ""
        if language not in self._known:
            number = number_of_session(self.letter, language)
            years = _years(self.letter, language)
            acronyms = acronyms_of(self.letter.bodies[language])
            self._known[language] = (self.session if number is None else number, years, self._said(language), acronyms)
        number, years, said, acronyms = self._known[language]
        hits = hits_of_text(words, language, self.today, number, years, subject=is_subject, acronyms=acronyms)
        return tuple(
            replace(hit, start=0)
            for hit in hits
            if not any(hit.words in code for code in said[0])
            and not (hit.code.startswith("date.past") and any(fact in hit.words for fact in said[1]))
        )

    def _said(self, language: Language) -> tuple[list[str], list[str]]:
        """What the letter shows as code, which is meant as it stands; and its facts' days, which are told as facts."""
        facts = [value for value in self.letter.facts[language].values() if isinstance(value, date)]
        return [flat(match[0]) for match in _CODE.finditer(self.letter.bodies[language])], [
            day(value, language) for value in facts
        ]

    def findings(self, files: Iterable[Problem] = ()) -> Iterator[Problem]:
        """Yield what was found, each with the missions whose letters show it, but for what `files` tell already."""
        said = [(one.says.code, str(one.says.facts.get("words", ""))) for one in files]
        is_sample = any(code == "words.sample" for code, _ in said)
        for (language, hit), codes in self._found.items():
            if any(hit.code == code and (hit.words in words or words in hit.words) for code, words in said):
                continue
            if hit.code == "words.sample":
                if is_sample:
                    continue
                is_sample = True  # said once
            yield told(
                hit,
                KeptSentence(
                    "place.as-got", "{file}, as {missions} would get it", file=f"{self.letter.name}/{language}.md",
                    missions=some_of(codes, _MOST_CODES),
                ),
            )  # fmt: skip


def read_merged(reader: LetterReader, one: MergedText, who: str, values: Iterable[str] = ()) -> None:
    """Read a merged letter; `who` gets it, and `values` come from the sheet.

    Its empty fields are told by `missing_problems`, and read as fields here: what stands in for them is no mark.
    """
    subject = _with_fields(one.subject, one.missing)
    cover = one.cover if isinstance(one, Merged) else None
    for said in (one, cover) if cover is not None else (one,):
        text = _with_fields(_without_brackets(said), one.missing)
        reader.read(one.language, subject, text, who, values)


def _with_fields(text: str, empty: Iterable[str]) -> str:
    for name in empty:
        text = text.replace(stand_in(name), FIELD)
    return text


def _without_brackets(said: MergedText | MailWords) -> str:
    """The text with the words of its pictures as words: their brackets are no mark that something fills in."""
    text = said.text
    for alt in _ALT.findall(said.html) if "[" in text else ():
        words = r"\s+".join(map(re.escape, unescape(alt).split()))
        text = re.sub(rf"\[({words})\]", r"\1", text) if words else text
    return text


# --------------------------------------------------------------------------------------- names, sender and size


def findings_of_names(names: Iterable[tuple[str, str]]) -> Iterator[Problem]:
    """Yield names that are none or have a title in them; each comes with its place."""
    for name, where in names:
        if not name:
            continue
        if _is_no_name(name):
            yield told(Hit("name.no-letters", flat(name)), where)
        elif _TITLED.match(name):
            yield told(Hit("name.title", flat(name)), where)


def names_of(signatories: Iterable[LetterSignatory], where: str) -> Iterator[tuple[str, str]]:
    """Yield the names of the individuals who sign, and those of organisations that are no names, with the place."""
    for one in signatories:
        if one.kind is SignatoryKind.INDIVIDUAL or _is_no_name(one.name):
            yield one.name, where


def _is_no_name(name: str) -> bool:
    """Tell whether a name has no letters, or is what people write into a form's field that they leave empty."""
    return not any(character.isalpha() for character in name) or _NAMELESS.search(name.strip()) is not None


def findings_of_sender(sender: str, where: str) -> Iterator[Problem]:
    """Yield that a sender, such as `Name <box@domain>`, is a placeholder or lies under a reserved domain."""
    if not sender:
        return
    name, address = mailbox(sender)
    if _PLACEHOLDER.search(address) or _NAMELESS.search(name):
        yield told(Hit("sender.placeholder", flat(sender)), where)
    elif is_reserved(address):
        yield told(Hit("sender.reserved", flat(sender)), where)


def mail_size(letter: Letter) -> int:
    """Return about how many bytes a mail of this letter has, before any is made."""
    text = max((len(body.encode()) for body in letter.bodies.values()), default=0)
    files = most_bytes(letter.attachments, letter.languages)
    files += sum(len(one.content) for one in letter.pictures.values())
    return int(files * _BASE64) + 3 * text + _OVERHEAD


def findings_of_size(size: int, where: str) -> Iterator[Problem]:
    """Yield that a mail of so many bytes is one that mail servers refuse."""
    cure = Remedy("Make the attachments smaller, or put them where a link leads.")
    if size > _TOO_LARGE:
        yield Problem(
            "size.too-large", "each mail has about {size:.0f} MB: hardly a mail server takes that",
            size=size / 1_000_000, where=where, remedy=cure,
        )  # fmt: skip
    elif size > _LARGE:
        yield Problem(
            "size.large", "each mail has about {size:.0f} MB: many mail servers refuse more than 7",
            size=size / 1_000_000, where=where, remedy=cure,
        )  # fmt: skip
