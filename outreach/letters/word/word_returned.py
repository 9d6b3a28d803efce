"""A Word file of ours that comes back: what differs from the letter's text, and the text as it would be then.

Paragraphs that say the same keep their Markdown byte by byte; the others are written anew. Nothing here writes a file.
"""

import difflib
import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from defusedxml.ElementTree import fromstring
from jinja2 import TemplateSyntaxError

from outreach.errors import LetterError, Problem
from outreach.letters.by_word import ChangedPassage, passages
from outreach.letters.filters import filters
from outreach.letters.folder import Letter
from outreach.letters.sandbox import Sandbox, template_tags
from outreach.letters.word.word_blocks import (
    WordBlock,
    WordRun,
    WordText,
    blocks_of,
    held_in,
    opening,
    plain_tag,
    written,
)
from outreach.letters.word.word_file import OURS, digest
from outreach.letters.word.word_reader import InTheFile, read_file
from outreach.sentences import Sentence, saying
from outreach.vocabulary import Language

_BRACES = re.compile(r"\{\{|\}\}|\{%|%\}")
_HALF = re.compile(
    r"(?<![{\w])\{\s*[a-z_]+(?:\.[a-z_]+)+[^{}\n]{0,60}\}\}?|\{?\{\s*[a-z_]+(?:\.[a-z_]+)+[^{}\n]{0,60}\}(?!\})"
)
_PART_LINE = re.compile(r"(?m)^ {0,3}:{3,}[ \t]*\w*[ \t]*$")
_ALIKE = 0.25


Pair = tuple[WordBlock | None, WordBlock | None, int]
"""A block that was, one that is now, and its paragraph in Word: 0 where nothing changed, -1 where it went."""


@dataclass(frozen=True, slots=True)
class OurFile:
    """Whose text a Word file holds: what its properties say."""

    letter: str
    language: Language
    digest: str


@dataclass(frozen=True, slots=True)
class Returned:
    """A letter's text as it came back from Word."""

    letter: str
    language: Language
    text: str
    subject: str
    changed: tuple[ChangedPassage, ...]
    """Its paragraphs that differ, word by word; empty where nothing does."""
    doubts: tuple[Problem, ...]
    """What somebody must agree to: fields that were lost, altered or added, and a text that was changed meanwhile."""
    notes: tuple[Sentence, ...]
    """What Word held besides, by its place."""


def whose(path: Path) -> OurFile | None:
    """Return what a Word file that was found harmless says of itself; None where it is none of ours."""
    with zipfile.ZipFile(path) as package:
        if "docProps/custom.xml" not in package.namelist():
            return None
        root = fromstring(package.read("docProps/custom.xml"))
    said = {
        str(one.get("name")): "".join(one.itertext()).strip()
        for one in root
        if one.tag.rpartition("}")[2] == "property"
    }
    try:
        return OurFile(said[OURS], Language(said[f"{OURS}Language"]), said.get(f"{OURS}Text", ""))
    except (KeyError, ValueError):
        return None


def returned(path: Path, ours: OurFile, letter: Letter, language: Language) -> Returned:
    """Compare a file of ours with its letter, and return the text that it makes in a language.

    The text is the letter's own in that language, or another one that was translated in the file. Raises LetterError
    (paragraph, cure) for a tag that is broken.
    """
    read = read_file(path)
    text, blocks, lines = brought_together(letter, ours, read)
    subject = letter.subjects[ours.language] if read.subject is None else read.subject
    before_text = letter.bodies.get(language, letter.bodies[ours.language])
    before_subject = letter.subjects.get(language, letter.subjects[ours.language])
    _require_whole_tags(path, blocks, lines, language, letter.subjects[ours.language], subject)
    doubts = [
        *_fields(path, letter.bodies[ours.language], text),
        *_fields(path, letter.subjects[ours.language], subject),
    ]
    if language is ours.language and ours.digest != digest(letter, language):
        doubts.insert(
            0,
            Problem(
                "letter.changed-since-word",
                "somebody has changed {language}.md or its subject since this file was made",
                language=language,
                where=path.name,
                remedy="The differences below take those changes back too.",
            ),
        )
    notes = [*read.notes, *_odd(blocks, lines, read)]
    changed: tuple[ChangedPassage, ...] = ()
    if (text, subject) != (before_text, before_subject):
        changed = passages(
            [f"Subject: {before_subject}", *_shown_blocks(before_text)], [f"Subject: {subject}", *_shown_blocks(text)]
        )
    return Returned(letter.name, language, text, subject, changed, tuple(doubts), tuple(notes))


def brought_together(letter: Letter, ours: OurFile, read: InTheFile) -> tuple[str, list[WordBlock], list[int]]:
    """Return the text that a file makes of its letter's, its blocks, and of each that changed its paragraph in Word."""
    base = blocks_of(letter.bodies[ours.language])
    blocks, lines = _brought_together(base, read)
    return "".join([base.lead, *(f"{one.source}{one.after}" for one in blocks)]), blocks, lines


def _shown_blocks(text: str) -> list[str]:
    """A text's blocks as they are shown: all written in one way, so that only what a reader sees can differ."""
    return [written(replace(one, behind="")) for one in blocks_of(text).blocks]


# --------------------------------------------------------------------------------------------------------- fields


def _tags(text: str) -> Counter[str]:
    return Counter(plain_tag(text[start:end]) for start, end in held_in(text))


def _parts(text: str) -> Counter[str]:
    """The lines that begin and end a part of the letter, `::: signature` and `:::`."""
    return Counter(" ".join(match[0].split()) for match in _PART_LINE.finditer(text))


def _fields(path: Path, before: str, now: str) -> Iterator[Problem]:
    """Fields, tags, pictures, lines of parts that are not what they were; one that took another's place as altered."""
    old, new = _tags(before) + _parts(before), _tags(now) + _parts(now)
    lost, added = list((old - new).elements()), list((new - old).elements())
    for tag in list(lost):
        near = difflib.get_close_matches(tag, added, n=1, cutoff=0.6)
        if near:
            lost.remove(tag)
            added.remove(near[0])
            yield Problem(
                "letter.field-altered", "{tag} has become {now}", tag=tag, now=near[0], where=path.name,
                remedy="Is it meant?",
            )  # fmt: skip
    for tag in lost:
        yield Problem("letter.field-lost", "{tag} is lost", tag=tag, where=path.name, remedy="Is it meant?")
    for tag in added:
        yield Problem("letter.field-added", "{tag} is new", tag=tag, where=path.name, remedy="Is it meant?")


def _require_whole_tags(
    path: Path, blocks: Sequence[WordBlock], lines: Sequence[int], language: Language, old_subject: str, subject: str
) -> None:
    """Raise LetterError for tags that were broken, each with the paragraph of the Word file."""
    problems: list[Problem] = []
    for block, number in zip(blocks, lines, strict=True):
        if number:
            problems += _broken(block.source, f"{path.name}, paragraph {number}")
    problems += _broken(subject, f"{path.name}, subject") if subject != old_subject else []
    if not problems:
        source = "".join(f"{one.source}{one.after}" for one in blocks)
        env = Sandbox()
        env.filters.update(filters(language))
        for words, is_subject in ((source, False), (subject, True)):
            try:
                env.compile(words)
            except TemplateSyntaxError as error:
                number = 0 if is_subject else _paragraph_at(blocks, lines, error.lineno)
                place = "subject" if is_subject else f"paragraph {number}" if number else f"line {error.lineno}"
                problems.append(
                    Problem(
                        "letter.template", "{said}", said=error.message or "it can't be read",
                        where=f"{path.name}, {place}",
                        remedy="Write the tag again as it stands in the letter.",
                    )
                )  # fmt: skip
    if problems:
        raise LetterError(
            "document.tags-broken",
            "{path} holds tags that are broken; nothing was changed.",
            path=path.name,
            problems=problems,
        )


def _broken(source: str, where: str) -> Iterator[Problem]:
    end, apart = 0, []
    for start, stop, _ in template_tags(source):
        apart.append(source[end:start])
        end = stop
    apart.append(source[end:])
    for piece in apart:
        if match := _BRACES.search(piece) or _HALF.search(piece):
            around = " ".join(piece[max(0, match.start() - 20) : match.end() + 30].split())
            yield Problem(
                "letter.tag-broken",
                "a tag is broken at “{around}”",
                around=around,
                where=where,
                remedy="Write it again as it stands in the letter, such as {{{{ mission.name }}}}, two braces a side.",
            )


def _paragraph_at(blocks: Sequence[WordBlock], lines: Sequence[int], wanted: int) -> int:
    line, number = 1, 0
    for block, own in zip(blocks, lines, strict=True):
        if line > wanted:
            break
        number = own or number
        line += block.source.count("\n") + block.after.count("\n")
    return number


def _odd(blocks: Sequence[WordBlock], lines: Sequence[int], read: InTheFile) -> Iterator[Sentence]:
    """Paragraphs that Markdown can't say as Word has them."""
    wanted = dict(zip(read.lines, read.blocks, strict=True))
    for block, number in zip(blocks, lines, strict=True):
        if number and block.kind not in {"note", "mark", "table"} and (word := wanted.get(number)):
            found = [one for one in blocks_of(block.source, part=block.part).blocks if one.kind != "note"]
            plain = "".join(one.words for one in found)
            if plain.split() != word.words.split() and not any(run.note for run in word.runs):
                yield saying(
                    "word.look-lost", "paragraph {number}: its look could not be kept as it is in Word; look at it",
                    number=number,
                )  # fmt: skip


# ------------------------------------------------------------------------------------------------------- alignment


def _brought_together(base: WordText, read: InTheFile) -> tuple[list[WordBlock], list[int]]:
    """The blocks that the text consists of now, and for each that was written anew its paragraph in Word, else 0."""
    read = _with_names(base, read)
    old = [one for one in base.blocks if one.kind != "note"]
    new = [one for one in read.blocks if one.kind != "note"]
    notes = {one.name: one for one in read.blocks if one.kind == "note"}
    numbers = [number for one, number in zip(read.blocks, read.lines, strict=True) if one.kind != "note"]
    matcher = difflib.SequenceMatcher(None, [one.key for one in old], [one.key for one in new], autojunk=False)
    pairs: list[Pair] = []
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind == "equal":
            pairs += [(one, None, 0) for one in old[a:b]]
        else:
            pairs += _paired(old[a:b], new[c:d], numbers[c:d])
    called = {run.note for one in new for run in one.runs if run.note}
    called |= {run.note for one in new for row in one.rows for cell in row for run in cell if run.note}
    return _assembled(base, pairs, notes, called)


def _with_names(base: WordText, read: InTheFile) -> InTheFile:
    """Footnotes have numbers in Word and names in the letter: by what they say, else by their order."""
    own = [one for one in base.blocks if one.kind == "note" and _was_called(base, one.name)]
    came = [one for one in read.blocks if one.kind == "note"]
    names: dict[str, str] = {}
    for note in came:
        same = next((one for one in own if one.key[1] == note.key[1]), None)
        if same is not None:
            own.remove(same)
            names[note.name] = same.name
    free = (str(number) for number in range(1, 10_000) if str(number) not in {one.name for one in base.blocks})
    for note in came:
        if note.name not in names:
            names[note.name] = own.pop(0).name if own else next(free)

    def named(runs: tuple[WordRun, ...]) -> tuple[WordRun, ...]:
        return tuple(replace(run, note=names.get(run.note, "")) if run.note else run for run in runs)

    blocks = tuple(
        replace(
            one, runs=named(one.runs), rows=tuple(tuple(map(named, row)) for row in one.rows),
            name=names.get(one.name, one.name),
        )
        for one in read.blocks
    )  # fmt: skip
    return replace(read, blocks=blocks)


def _paired(old: Sequence[WordBlock], new: Sequence[WordBlock], numbers: Sequence[int]) -> list[Pair]:
    """Which new paragraph took which old one's place: the way with the most in common (Needleman and Wunsch, 1970)."""
    many, most = len(old), len(new)
    score = [[0.0] * (most + 1) for _ in range(many + 1)]
    alike = [[_likeness(one, other) for other in new] for one in old]
    for i in range(many - 1, -1, -1):
        for j in range(most - 1, -1, -1):
            score[i][j] = max(score[i + 1][j], score[i][j + 1], score[i + 1][j + 1] + alike[i][j])
    found: list[Pair] = []
    i = j = 0
    while i < many or j < most:
        if i < many and j < most and score[i][j] == score[i + 1][j + 1] + alike[i][j] and alike[i][j] > 0:
            found.append((old[i], new[j], numbers[j]))
            i, j = i + 1, j + 1
        elif j < most and (i == many or score[i][j] == score[i][j + 1]):
            found.append((None, new[j], numbers[j]))
            j += 1
        else:
            found.append((old[i], None, -1))
            i += 1
    return found


def _likeness(one: WordBlock, other: WordBlock) -> float:
    """How likely it is that a paragraph took another's place; a translation has its kind and its tags alone."""
    first, second = set(re.findall(r"\w+", one.words)), set(re.findall(r"\w+", other.words))
    words = len(first & second) / max(1, len(first | second))
    kind = 0.4 * (one.key[0] == other.key[0])
    own, others = set(_tags(one.words)), set(_tags(other.words))
    tags = 0.5 * len(own & others) / len(own | others) if own | others else 0.15
    if (one.kind == "mark") != (not _says_words(other)):
        return 0.0
    return max(0.0, words + kind + tags - 0.1)


def _says_words(block: WordBlock) -> bool:
    """Whether a paragraph says something besides tags and marks."""
    end, apart = 0, []
    for start, stop in held_in(block.words):
        apart.append(block.words[end:start])
        end = stop
    rest = "".join([*apart, block.words[end:]]).strip()
    tags = [block.words[start:stop] for start, stop in held_in(block.words)]
    return bool(block.rows) or any(tag.startswith("{{") for tag in tags) or bool(rest and not rest.startswith(":::"))


def _assembled(
    base: WordText, pairs: Sequence[Pair], notes: dict[str, WordBlock], called: set[str]
) -> tuple[list[WordBlock], list[int]]:
    made = _Assembly(base, notes, called)
    places = {id(one): at for at, one in enumerate(base.blocks)}
    for old, new, number in pairs:
        if old is not None:
            made.notes_before(places[id(old)])
        made.take(old, new, number)
    made.notes_before(len(base.blocks))
    known = {one.name for one in base.blocks}
    for name in sorted(called & notes.keys() - known):
        made.take(None, replace(notes[name], before=f"[^{name}]: "), 0)
    if made.done:
        made.done[-1] = replace(made.done[-1], after=base.blocks[-1].after if base.blocks else "\n")
    return made.done, made.lines


class _Assembly:
    """Puts the blocks of a text together; footnotes keep their place among the paragraphs of the source."""

    def __init__(self, base: WordText, notes: dict[str, WordBlock], called: set[str]) -> None:
        self.done: list[WordBlock] = []
        self.lines: list[int] = []
        self._base, self._notes, self._called = base, notes, called
        self._at = 0

    def notes_before(self, until: int) -> None:
        for one in self._base.blocks[self._at : until]:
            now = self._notes.get(one.name)
            if one.kind != "note":
                continue
            if one.name not in self._called:
                _drop(self.done, one)
                continue
            same = now is None or now.key == one.key
            self._add(one if same or now is None else replace(one, source=written(replace(one, runs=now.runs))), 0)
        self._at = max(self._at, until)

    def take(self, old: WordBlock | None, new: WordBlock | None, number: int) -> None:
        """Take a block that stayed (a number of 0), went (-1), was changed, or is new."""
        if new is None:
            if old is not None and number:
                _drop(self.done, old)
            elif old is not None:
                self._add(old, 0)
        elif old is not None:
            self._add(_rewritten(old, new), number)
        else:
            _insert(self.done, new)
            self.lines.append(number)

    def _add(self, block: WordBlock, number: int) -> None:
        self.done.append(block)
        self.lines.append(number)


def _was_called(base: WordText, name: str) -> bool:
    return any(run.note == name for one in base.blocks for run in one.runs) or any(
        run.note == name for one in base.blocks for row in one.rows for cell in row for run in cell
    )


def _drop(done: list[WordBlock], gone: WordBlock) -> None:
    if done and gone.after.count("\n") > done[-1].after.count("\n"):
        done[-1] = replace(done[-1], after=gone.after)


def _rewritten(old: WordBlock, new: WordBlock) -> WordBlock:
    same_kind = old.key[0] == new.key[0]
    before = old.before if same_kind else opening(new.kind)
    kind = old.kind if same_kind else new.kind
    behind = "" if not same_kind else old.behind
    if behind.startswith("\n"):
        behind, before = "", opening(kind)
    block = replace(new, kind=kind, before=before, behind=behind, part=old.part, aligned=old.aligned)
    if old.kind == "mark" and same_kind and not _says_words(new):
        return replace(block, source=new.words, after=old.after)
    block = replace(block, kind="p") if kind == "mark" else block
    return replace(block, source=written(block), after=old.after)


def _insert(done: list[WordBlock], new: WordBlock) -> None:
    """Put a new block behind those that are there, with the line ends that Markdown wants between them."""
    mark = not _says_words(new) and new.kind == "p"
    block = replace(new, kind="mark") if mark else new
    if not block.before and block.kind not in {"mark", "table"}:
        number = 1
        if done and done[-1].kind == block.kind and (match := re.search(r"(\d+)[.)] *$", done[-1].before)):
            number = int(match[1]) + 1
        block = replace(block, before=opening(block.kind, number))
    block = replace(block, source=written(block), after="\n\n")
    if done:
        last = done[-1]
        both = last.kind[:2] in {"ul", "ol"} and block.kind[:2] in {"ul", "ol"}
        block = replace(block, after=last.after if last.after.count("\n") > 1 or last.kind == "mark" else "\n\n")
        if block.after.count("\n") < 2 and block.kind != "mark":
            block = replace(block, after="\n\n")
        done[-1] = replace(last, after="\n" if both or last.kind == "mark" else "\n\n")
        if both and last.after.count("\n") < 2:
            block = replace(block, after=last.after)
    done.append(block)
