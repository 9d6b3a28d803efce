"""The check of a letter's folder, before any campaign: what can't work, and what a person should look at.

It reads every language's text as it stands, branches that no mission takes included, and then merges each for a
state: unknown fields with a suggestion, parts and emphasis that are not closed, languages out of step, subjects that
are too long for some state, a layout that fails; and what a reader would stumble over in the words (lint_reading.py).
"""

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from jinja2 import TemplateSyntaxError, meta, nodes

from outreach import clock
from outreach.errors import LetterError, Problem, at_line
from outreach.letters import markdown
from outreach.letters.filters import filters
from outreach.letters.folder import SHARED_BLOCKS, TEMPLATES, Letter, load_letter
from outreach.letters.lint.findings import Findings
from outreach.letters.lint.lint_agree import is_said
from outreach.letters.lint.lint_files import findings_of_files, findings_of_sheets
from outreach.letters.lint.lint_hit import flat
from outreach.letters.lint.lint_reading import (
    LetterReader,
    findings_of_names,
    findings_of_sender,
    findings_of_size,
    mail_size,
    names_of,
    read_files,
    read_merged,
)
from outreach.letters.lint.lint_signing import findings_of_signing
from outreach.letters.merge import MAX_SUBJECT, MergedText, Merger
from outreach.letters.merge_values import FIELDS, SINGLE_FIELDS, Addressee
from outreach.letters.sandbox import Sandbox
from outreach.letters.toml_lines import place
from outreach.missions.facts import states
from outreach.missions.shipped import shipped_mission
from outreach.models import Contact
from outreach.sentences import Remedy, saying
from outreach.vocabulary import Language, Line, Role

LONG_SUBJECT = 160
_TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
# A mark that emphasis could begin or end with: not a star between spaces, not an underscore at the end of a word.
_MARK = re.compile(r"\*{1,3}(?=\S)|(?<=\S)\*{1,3}|(?<!\w)_{1,3}(?=\w)|`")
_PART_LINE = re.compile(r"^:{3,}[ \t]*(?P<name>[^:\n]*?)[ \t]*$")
_KINDS = {
    "paragraph_open": "a paragraph", "heading_open": "a heading", "list_item_open": "a list item",
    "blockquote_open": "a quotation", "hr": "a rule", "fence": "a block of code", "code_block": "a block of code",
    "table_open": "a table",
}  # fmt: skip


def check_letter(
    name: str, templates: Path = TEMPLATES, *, live: bool = False, today: date | None = None, trial: bool = True
) -> Findings:
    """Check the letter of that name in a templates folder.

    `live` says that it goes to real missions; `today` is the day that others lie before or after, in UTC if not told.
    Without `trial` nothing is merged: whoever asks does that for real. Raises NotFoundError if there is none; whatever
    else is wrong is in the findings, each with file and line.
    """
    found = Findings()
    try:
        letter = load_letter(name, templates)
    except LetterError as error:
        found.problems += error.problems or (Problem.of(error.says, where="", remedy=error.remedy),)
        if [one.says.code for one in error.problems] != ["letter.fallback-lacking"]:
            return found
        letter = load_letter(name, templates, instead=True)
    for one in structure_of(letter):
        found.problems.append(one)
    whole = not found.problems
    said = [*words_of(letter, today), *findings_of_sheets(letter)]
    found.take(said, live=live)
    if whole:
        found.warnings += [*_languages(letter), *_unused_facts(letter)]
        if trial:
            _try(letter, found, said, live=live, today=today)
    return found


def structure_of(letter: Letter) -> Iterator[Problem]:
    """Yield what is wrong with the fields, the tags and the formatting of a letter."""
    for language in letter.languages:
        path = letter.folder / f"{language}.md"
        yield from _in_template(letter.bodies[language], str(path), letter, language, lines=True)
        subject = place(letter.folder / "letter.toml", f"subject.{language}")
        yield from _in_template(letter.subjects[language], subject, letter, language, lines=False)
        if _readable(letter.bodies[language]):
            yield from _in_markdown(letter.bodies[language], str(path))
    for language, cover in letter.covers.items():
        where = str(letter.folder / f"cover.{language}.md")
        yield from _in_template(cover, where, letter, language, lines=True)
        if _readable(cover):
            yield from _in_markdown(cover, where)
    named = [(one.name, language) for one in letter.attachments for language in letter.languages if "{" in one.name]
    for name, language in named:
        yield from _in_template(
            name, place(letter.folder / "letter.toml", "attachments", name), letter, language, lines=False
        )


def words_of(letter: Letter, today: date | None = None) -> Iterator[Problem]:
    """Yield what is wrong with the words of a letter's files, its names and its size; `today` is in UTC if not told."""
    yield from read_files(letter, today or clock.now().date())
    where = str(letter.folder / "letter.toml")
    yield from findings_of_sender(letter.sender, place(letter.folder / "letter.toml", "from"))
    yield from findings_of_names(names_of(letter.signatories.entries, f"{where}, signatories"))
    yield from letter.signatories.doubts
    yield from findings_of_signing(letter, letter.signatories, f"{where}, signatories")
    yield from findings_of_files(letter)
    yield from findings_of_size(mail_size(letter), where)


def _try(letter: Letter, found: Findings, said: Sequence[Problem], *, live: bool, today: date | None) -> None:
    reader = LetterReader(letter, today or clock.now().date())
    found.problems += _in_merge(letter, found.warnings, reader)
    # Who signs is not known here where the campaign says it.
    merged = [one for one in reader.findings(said) if one.says.code != "words.nobody"]
    found.take(merged, live=live)


# ------------------------------------------------------------------------------------------- fields and syntax


@lru_cache(maxsize=128)
def _compiled(source: str, language: Language) -> tuple[nodes.Template, frozenset[str]]:
    """The tree of a template that compiles, which is only read, and the names that it does not make itself.

    Raises TemplateSyntaxError for one that does not compile.
    """
    env = Sandbox()
    env.filters.update(filters(language))
    tree = env.parse(source)
    env.compile(tree, raw=True)  # unknown filters and the like show only here; nothing is run
    return tree, frozenset(meta.find_undeclared_variables(tree) - env.globals.keys())


def _in_template(source: str, where: str, letter: Letter, language: Language, *, lines: bool) -> Iterator[Problem]:
    def at(line: int) -> str:
        return at_line(where, line) if lines else where

    try:
        tree, undeclared = _compiled(source, language)
    except TemplateSyntaxError as error:
        yield Problem(
            "letter.template",
            "{said}",
            said=error.message or saying("letter.not-readable", "it can't be read"),
            where=at(error.lineno),
            remedy="Correct the {{{{ }}}} or {{% %}} there.",
        )
        return
    known = [*FIELDS, "letter", *SINGLE_FIELDS]
    for node in tree.find_all(nodes.Name):
        if node.name in undeclared and node.name not in known:
            yield Problem(
                "letter.no-field",
                "there is no field {field!r}",
                field=node.name,
                where=at(node.lineno),
                remedy=_meant(node.name, known),
            )
    facts = ["title", *letter.facts[language]]
    for got in tree.find_all(nodes.Getattr):
        if not isinstance(got.node, nodes.Name):
            continue
        group = got.node.name
        fields = facts if group == "letter" else FIELDS.get(group)
        if fields is not None and group in undeclared and got.attr not in fields:
            near = difflib.get_close_matches(got.attr, fields, n=1)
            cure = (
                "Write {group}|{attr}." if group == "mission" and got.attr in ("the", "to", "in")
                else "Did you mean {group}.{near}?" if near
                else "{group} has: {fields}. Write {attr} = …{FACTS}."
                if group == "letter" else "{group} has: {fields}."
            )  # fmt: skip
            yield Problem(
                "letter.no-field-of",
                "there is no field {group}.{attr}",
                group=group,
                attr=got.attr,
                near=near[0] if near else "",
                fields=", ".join(sorted(fields)),
                language=language,
                letter=letter.folder.name,
                where=at(got.lineno),
                remedy=cure,
            )
    for include in tree.find_all(nodes.Include):
        if isinstance(include.template, nodes.Const) and not any(
            (folder / str(include.template.value)).is_file() for folder in (letter.folder, letter.layouts)
        ):
            yield Problem(
                "letter.no-block",
                "there is no file {file!r}",
                file=include.template.value,
                shared_blocks=SHARED_BLOCKS,
                where=at(include.lineno),
                remedy="Put it into the letter's folder or into {shared_blocks}/.",
            )


def _meant(name: str, known: list[str]) -> Remedy:
    near = difflib.get_close_matches(name, known, n=1)
    return (
        Remedy("Did you mean {near}?", near=near[0]) if near else Remedy("There is: {known}.", known=", ".join(known))
    )


# ------------------------------------------------------------------------------------------------- formatting


@lru_cache(maxsize=128)
def _readable(source: str) -> bool:
    """Tell whether every tag is closed, so that the text around the tags can be told from them."""
    try:
        Sandbox().parse(source)
    except TemplateSyntaxError:
        return False
    return True


def _in_markdown(source: str, where: str) -> Iterator[Problem]:
    plain = _without_tags(source)
    open_part: tuple[int, str] | None = None
    for number, line in enumerate(plain.splitlines(), start=1):
        match = _PART_LINE.match(line)
        if match is None:
            continue
        name = match["name"]
        if name and name not in markdown.PARTS:
            yield Problem(
                "letter.no-part",
                "there is no part {name!r}",
                name=name,
                where=at_line(where, number),
                remedy=_meant(name, list(markdown.PARTS)),
            )
        elif name and open_part is not None:
            yield _unclosed(where, *open_part)
        elif not name and open_part is None:
            yield Problem(
                "letter.closes-nothing",
                "::: closes no part",
                where=at_line(where, number),
                remedy="Remove it, or open one above it.",
            )
        open_part = (number, name) if name else None
    if open_part is not None:
        yield _unclosed(where, *open_part)
    for token in markdown.parse(plain):
        if token.type != "inline" or token.map is None:
            continue
        left = [mark for child in token.children or () if child.type == "text" for mark in _MARK.findall(child.content)]
        escaped = re.findall(r"\\[*_`]", token.content)
        if len(left) > len(escaped):
            yield Problem(
                "letter.mark-open",
                "a {left} is not closed in “{words}”, and would be seen in the letter",
                words=_from(token.content, left[0]),
                left=left[0],
                single=left[0][0],
                where=at_line(where, _line_of(plain, token.map, left[0])),
                remedy="Close it with another {left}, or write \\{single} for the character itself.",
            )


def _from(text: str, mark: str) -> str:
    """The words from a mark on that stands last, as far as they are needed to find it."""
    place = text.rfind(mark)
    return flat(text[max(0, place if text[place + len(mark) :].strip() else place - 40) : place + 48])


def _unclosed(where: str, number: int, name: str) -> Problem:
    return Problem(
        "letter.part-open",
        "the part {name!r} is not closed",
        name=name,
        where=at_line(where, number),
        remedy="Write ::: on a line below it.",
    )


def _line_of(text: str, lines: list[int], mark: str) -> int:
    """The line of a block on which a mark stands last."""
    rows = text.splitlines()[lines[0] : lines[1]]
    return next((lines[0] + offset + 1 for offset, row in reversed(list(enumerate(rows))) if mark in row), lines[0] + 1)


def _without_tags(source: str) -> str:
    """The text with its fields and tags made letters, so that what is in them is no formatting; lines stay."""

    def letters(match: re.Match[str]) -> str:
        return "\n".join("x" * len(line) if match[0].startswith("{{") else "" for line in match[0].split("\n"))

    return _TAG.sub(letters, source)


# -------------------------------------------------------------------------------------------------- languages


def _languages(letter: Letter) -> Iterator[Problem]:
    lacking = [language for language in Language if language not in letter.bodies]
    if lacking:
        yield Problem(
            "letter.languages-lacking",
            "there is no text in {lacking}",
            lacking=", ".join(lacking),
            where=str(letter.folder),
            fallback=letter.fallback,
            remedy="Missions that correspond in it get {fallback}.md."
            if len(lacking) == 1
            else "Missions that correspond in them get {fallback}.md.",
        )
    first = letter.fallback
    model = _blocks(letter.bodies[first])
    for language in letter.languages:
        if language is not first:
            yield from _out_of_step(letter.folder, first, model, language, _blocks(letter.bodies[language]))
            yield from _fields_out_of_step(letter, first, language)


def _out_of_step(
    folder: Path, first: Language, model: list[tuple[str, int]], language: Language, own: list[tuple[str, int]]
) -> Iterator[Problem]:
    matcher = difflib.SequenceMatcher(a=[kind for kind, _ in model], b=[kind for kind, _ in own], autojunk=False)
    for change, from_a, to_a, from_b, to_b in matcher.get_opcodes():
        if _is_signature(model, from_a, to_a) and _is_signature(own, from_b, to_b):
            continue
        for kind, line in model[from_a:to_a] if change in {"delete", "replace"} else ():
            before = own[from_b - 1][1] if from_b else 1
            yield Problem(
                "letter.match-lacking",
                "{kind} has none to match it in {language}.md",
                kind=kind,
                language=language,
                before=before,
                where=at_line(f"{folder}/{first}.md", line),
                remedy="Translate it there, near line {before}, or remove it here.",
            )
        for kind, line in own[from_b:to_b] if change in {"insert", "replace"} else ():
            yield Problem(
                "letter.match-too-many",
                "{kind} has none to match it in {first}.md",
                kind=kind,
                first=first,
                where=at_line(f"{folder}/{language}.md", line),
                remedy="Remove it, or write it there too.",
            )


_LAST = 3
"""So many blocks at the end may be a formula and those who sign, which a language may have in one paragraph."""


def _is_signature(blocks: list[tuple[str, int]], begin: int, end: int) -> bool:
    """Whether what differs is no more than a paragraph, at the end of the text."""
    return (
        end - begin <= 1
        and begin >= len(blocks) - _LAST
        and all(kind == "a paragraph" for kind, _ in blocks[begin:end])
    )


def _blocks(source: str) -> list[tuple[str, int]]:
    """The blocks of a text in their order: what each is, and the line on which it begins."""
    found: list[tuple[str, int]] = []
    for token in markdown.parse(_without_tags(source)):
        if token.map is None or (token.type == "paragraph_open" and token.hidden):
            continue
        if token.type == f"{markdown.MARK}_open":
            found.append((f"the part {token.info.strip()}", token.map[0] + 1))
        elif token.type in _KINDS:
            found.append((_KINDS[token.type], token.map[0] + 1))
    return found


def _fields_out_of_step(letter: Letter, first: Language, language: Language) -> Iterator[Problem]:
    """Facts of the letter that one language tells and the other leaves out."""
    used, own = _facts_used(letter.bodies[first]), _facts_used(letter.bodies[language])
    for name in sorted(used.keys() ^ own.keys()):
        here, there = (first, language) if name in used else (language, first)
        if is_said(letter.facts[there].get(name), letter.bodies[there], there):
            continue
        line = (used | own)[name]
        yield Problem(
            "letter.fact-not-said",
            "letter.{name} is not said in {there}.md",
            name=name,
            there=there,
            where=at_line(f"{letter.folder}/{here}.md", line),
            remedy="Is it meant?",
        )


def _facts_used(source: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for node in Sandbox().parse(source).find_all(nodes.Getattr):
        if isinstance(node.node, nodes.Name) and node.node.name == "letter":
            found.setdefault(node.attr, node.lineno)
    return found


_READ_ANYWAY = frozenset({"session", "session_name", "session_number"})
"""Facts that say what a letter is about, in its text or not."""


def _unused_facts(letter: Letter) -> Iterator[Problem]:
    texts = [*letter.bodies.values(), *letter.subjects.values(), *letter.covers.values()]
    texts += [one.name for one in letter.attachments]
    texts += [path.read_text(encoding="utf-8", errors="replace") for path in letter.layouts.glob("*.md")]
    every = "\n".join(texts)
    if re.search(r"\bletter\s*\[", every):  # by a name that is worked out, any of them may be meant
        return
    for name in sorted({name for facts in letter.facts.values() for name in facts} - _READ_ANYWAY):
        if not re.search(rf"\bletter\.{re.escape(name)}\b", every) and not any(
            is_said(letter.facts[language].get(name), letter.bodies[language], language)
            for language in letter.languages
        ):
            yield Problem(
                "letter.fact-unused",
                "no text uses it",
                where=place(letter.folder / "letter.toml", f"facts.{name}"),
                remedy="Is it meant?",
            )


# ------------------------------------------------------------------------------------------------ a trial merge


def _in_merge(letter: Letter, warnings: list[Problem], reader: LetterReader) -> Iterator[Problem]:
    """Merge the letter in each language, for the state with the longest subject and for a named person; set a PDF."""
    try:
        merger = Merger(letter, campaign="check", moment=clock.now(), tz=ZoneInfo("Europe/Zurich"))
    except LetterError as error:
        yield from error.problems or (Problem.of(error.says, where="", remedy=error.remedy),)
        return
    for language in letter.languages:
        try:
            _in_language(letter, merger, language, warnings, reader)
        except LetterError as error:
            yield from error.problems or (Problem.of(error.says, where="", remedy=error.remedy),)


def _in_language(
    letter: Letter, merger: Merger, language: Language, warnings: list[Problem], reader: LetterReader
) -> None:
    longest = max((len(merger.subject(_somebody(iso3, language, name=""))), iso3) for iso3 in states())
    merger.merge(_somebody(longest[1], language, name=""))
    named = merger.merge(_somebody("FRA", language, name="A. Name"))
    # The day of a list that a campaign brings along is no mark of a merge.
    read_merged(reader, replace(named, missing=(*named.missing, "signatories.as_of", "signatories.since")), "FRA")
    if longest[0] > LONG_SUBJECT:
        warnings.append(
            Problem(
                "letter.subject-long",
                "the subject “{words}” has {count} characters for {iso3}",
                words=flat(named.subject),
                count=longest[0],
                iso3=longest[1],
                where=place(letter.folder / "letter.toml", f"subject.{language}"),
                remedy=Remedy(
                    "Keep it within {long_subject}; over {max_subject} it is refused.",
                    long_subject=LONG_SUBJECT,
                    max_subject=MAX_SUBJECT,
                ),
            )
        )
    if letter.pdf_file is not None:
        _set(letter, named)


def _set(letter: Letter, words: MergedText) -> None:
    from outreach.letters.faces.pdf import sheet_of, typesetter

    typesetter(letter, clock.now()).pdf(sheet_of(words))


def _somebody(iso3: str, language: Language, *, name: str) -> Addressee:
    email = f"pr@{iso3.lower()}.mission.example"
    contact = Contact(
        iso3=iso3, role=Role.PERMANENT_REPRESENTATIVE, line=Line.TO, email=email, email_key=email,
        language=language, name=name, title="", form_of_address="",
    )  # fmt: skip
    return Addressee(shipped_mission(iso3), (contact,))
