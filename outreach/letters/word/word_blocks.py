"""A letter's Markdown as paragraphs that a word processor can show, each with the source that it was read from.

What nobody changes goes back as the bytes that it was; only a paragraph that was changed is written anew. Fields, tags
and pictures stand among the words as they are written; lines of nothing but tags, and parts (`::: address`), are
paragraphs of their own.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote, unquote

from markdown_it.token import Token

from outreach.letters import markdown
from outreach.letters.sandbox import template_tags

_FIRST_HELD = 0xF0000
"""Characters of a private plane (Unicode 15, 23.5) that stand for a tag while the words around it are read."""
_HELD = re.compile("[\U000f0000-\U000ffffd]")
PICTURE = re.compile(r"(?<!\\)!\[[^\]\n]*\]\([^)\n]*\)")
# Called, and not said: at the beginning of a line a colon follows where it is said.
_NOTE = re.compile(r"(?:(?<=[^\s>\\])|(?<!\\)(?=\[\^[^\]\s]+\](?!:)))\[\^([^\]\s]+)\]")
_NOTE_LINE = re.compile(r"^( {0,3}\[\^([^\]\s]+)\]:[ \t]*)(\S.*)$")
_LINK_LINE = re.compile(r"^ {0,3}\[[^\]\^][^\]]*\]:\s*\S")
_FENCE = re.compile(r"^ {0,3}(```+|~~~+)")
_PART = re.compile(r"^ {0,3}:{3,}[ \t]*(\w*)[ \t]*$")
_EMPTY = re.compile(r"[ \t>]*")
_QUOTED_OR_NO_BREAK = re.compile("(\"[^\"]*\"|'[^']*')|[\u00a0\u202f]")
_MARKS = {"strong": "strong", "em": "em", "s": "s", "sub": "sub", "sup": "sup"}
_ORDER = ("strong", "em", "s", "sup", "sub", "code")
_WRITTEN = {"strong": "**", "em": "*", "s": "~~", "sup": "^", "sub": "~", "code": "`"}
_LINES = frozenset({"date", "address", "signature"})


@dataclass(frozen=True, slots=True)
class WordRun:
    """Words of one look: `marks` are strong, em, s, sub, sup, code; a line feed in them is a line's end."""

    text: str
    marks: frozenset[str] = frozenset()
    link: str = ""
    note: str = ""
    """The name of the footnote that is called here; such a run has no words."""


Runs = tuple[WordRun, ...]


@dataclass(frozen=True, slots=True)
class WordBlock:
    """A paragraph, an entry of a list, a heading, a table, a footnote or a line of tags."""

    kind: str
    """`p`, `h1`…, `ul1`…, `ol1`…, `in1`… (a further paragraph of an entry), `quote`, `mark`, `table`, `note`."""
    runs: Runs = ()
    rows: tuple[tuple[Runs, ...], ...] = ()
    name: str = ""
    """Of a footnote."""
    part: str = ""
    """The part of the letter that it stands in (`address`); empty where in none."""
    start: int = 0
    """The number of a list's first entry; 0 for all other blocks."""
    aligned: tuple[str, ...] = ()
    """How the columns of a table are: `left`, `center`, `right` or nothing."""
    source: str = ""
    before: str = ""
    """What stands before its words in the source, such as `1. `."""
    behind: str = ""
    after: str = ""
    """The line ends that follow it in the source."""
    line: int = field(default=0, compare=False)

    @property
    def key(self) -> tuple[str, object, str]:
        """What a reader sees of it: two blocks with the same one say the same."""
        kind = "p" if self.kind == "mark" or self.kind.startswith("in") else self.kind
        return kind, tuple(tuple(map(even, row)) for row in self.rows) if self.rows else even(self.runs), self.name

    @property
    def words(self) -> str:
        """Its words without their look."""
        if self.rows:
            return " ".join(run.text for row in self.rows for cell in row for run in cell)
        return "".join(run.text for run in self.runs)


@dataclass(frozen=True, slots=True)
class WordText:
    """A letter's whole text in blocks; what stands in `lead` and then in all of them is its source."""

    lead: str
    blocks: tuple[WordBlock, ...]

    @property
    def source(self) -> str:
        """The text that it was read from."""
        return self.lead + "".join(f"{one.source}{one.after}" for one in self.blocks)


def even(runs: Iterable[WordRun]) -> Runs:
    """Return runs as few as can be, with the look of spaces and tags settled: two that read alike are alike."""
    pieces: list[list[Any]] = []
    for run in runs:
        if run.note:
            pieces.append(["", frozenset(), "", run.note])
            continue
        for tag, text in _with_tags(run.text):
            parts = [plain_tag(text)] if tag else re.findall(r"\s+|\S+", text)
            pieces += [[part, run.marks, unquote(run.link).rstrip("/"), ""] for part in parts]
    for at, piece in enumerate(pieces):
        if str(piece[0]).isspace():
            piece[1:] = _between(
                pieces[at - 1] if at else None, pieces[at + 1] if at + 1 < len(pieces) else None, piece
            )
    joined: list[list[Any]] = []
    for piece in pieces:
        if joined and joined[-1][1:] == piece[1:] and not piece[3]:
            joined[-1][0] = f"{joined[-1][0]}{piece[0]}"
        else:
            joined.append(list(piece))
    for at, strip in ((0, str.lstrip), (-1, str.rstrip)):
        while joined and not joined[at][3]:
            joined[at][0] = strip(joined[at][0], " \t\n")
            if joined[at][0]:
                break
            joined.pop(at)
    done = [WordRun(re.sub(r"[ \t]*\n[ \t]*", "\n", text), *look) for text, *look in joined]
    return tuple(one for one in done if one.text or one.note)


def _between(left: list[Any] | None, right: list[Any] | None, space: list[Any]) -> list[Any]:
    """The look of a space: what those on both sides have in common, as far as a space can bear it."""
    if left is None or right is None:
        return [frozenset(), "", ""]
    bears = {"strong", "em", "s"} if "\n" in space[0] else {"strong", "em", "s", "code"}
    return [left[1] & right[1] & bears, left[2] if left[2] == right[2] else "", ""]


def _with_tags(text: str) -> Iterator[tuple[bool, str]]:
    end = 0
    for start, stop in held_in(text):
        if start > end:
            yield False, text[end:start]
        yield True, text[start:stop]
        end = stop
    if end < len(text):
        yield False, text[end:]


def plain_tag(tag: str) -> str:
    """Return a field or tag with blanks for its no-break spaces, which Word and typists put in: nobody sees them apart.

    What stands in quotation marks stays as it is.
    """
    if not tag.startswith(("{{", "{%")):
        return tag
    return _QUOTED_OR_NO_BREAK.sub(lambda found: found[1] or " ", tag)


def held_in(text: str) -> list[tuple[int, int]]:
    """Return where the fields, tags, pictures and calls of footnotes in a text begin and end."""
    spans = [(start, end) for start, end, _ in template_tags(text)]
    for match in (*PICTURE.finditer(text), *_NOTE.finditer(text)):
        spans = [one for one in spans if not (match.start() <= one[0] and one[1] <= match.end())]
        if not any(start < match.end() and match.start() < end for start, end in spans):
            spans.append(match.span())
    return sorted(spans)


# --------------------------------------------------------------------------------------------------------- reading


def blocks_of(source: str, *, part: str = "") -> WordText:
    """Read a letter's Markdown, with line feeds as line ends."""
    return _Blocks(source, part).read()


class _Blocks:
    """Cuts a text into lines, lets the parser read what is between tags, and keeps each block's own bytes."""

    def __init__(self, source: str, part: str) -> None:
        self._held: dict[str, str] = {}
        self._called: set[str] = set()
        self._part = part
        self._lines = self._cut(source)
        self._notes = {m[2] for line in self._lines if (m := _NOTE_LINE.match(line))}
        self._notes -= self._long_notes()
        self._links = "\n".join(line for line in self._lines if _LINK_LINE.match(line))
        self._found: list[WordBlock] = []
        self._gap: list[str] = []
        self._at = 0

    def _cut(self, source: str) -> list[str]:
        """The lines of the text with one character in the place of each tag, however many lines it goes over."""
        pieces: list[str] = []
        end = 0
        for start, stop in held_in(source):
            pieces += [self._hide_all(source[end:start]), self._hide(source[start:stop])]
            end = stop
        return "".join([*pieces, self._hide_all(source[end:])]).split("\n")

    def _hide(self, words: str) -> str:
        mark = chr(_FIRST_HELD + len(self._held))
        self._held[mark] = words
        return mark

    def _hide_all(self, words: str) -> str:
        return _HELD.sub(lambda found: self._hide(found[0]), words)

    def shown(self, masked: str) -> str:
        return _HELD.sub(lambda found: self._held.get(found[0], found[0]), masked)

    def _long_notes(self) -> set[str]:
        """Footnotes of more than one paragraph, or said twice: they stay written as they are."""
        found: set[str] = set()
        seen: set[str] = set()
        for at, line in enumerate(self._lines):
            if match := _NOTE_LINE.match(line):
                below = self._lines[at + 1 :]
                empty = next((n for n, one in enumerate(below) if not one.strip() or _NOTE_LINE.match(one)), len(below))
                first = next((one for one in below[empty:] if one.strip()), "")
                if match[2] in seen or empty or re.match(r" {4}|\t", first):
                    found.add(match[2])
                seen.add(match[2])
        return found

    def read(self) -> WordText:
        at = 0
        fence = ""
        stretch: list[str] = []
        began = 0
        for at, line in enumerate(self._lines):
            mark = _FENCE.match(line)
            if fence or mark:
                if not fence and mark:
                    self._stretch(stretch, began)
                    stretch, fence, fenced = [], mark[1], []
                    fence_at = at
                fenced.append(line)
                closes = bool(mark) and len(fenced) > 1 and mark is not None and mark[1].startswith(fence)
                if closes and not line.strip().strip(fence[0]):
                    self._verbatim("\n".join(fenced), fence_at)
                    fence = ""
                continue
            alone = self._is_alone(line)
            if alone or _PART.match(line) or _NOTE_LINE.match(line) or _LINK_LINE.match(line):
                self._stretch(stretch, began)
                stretch = []
                self._special(line, at)
            else:
                if not stretch:
                    began = at
                stretch.append(line)
        if fence:
            self._verbatim("\n".join(fenced), fence_at)
        self._stretch(stretch, began)
        return self._finished()

    def _is_alone(self, line: str) -> bool:
        tags = _HELD.findall(line)
        if not tags or _HELD.sub("", line).strip():
            return False
        return all(self._held[tag].startswith(("{%", "{#")) for tag in tags)

    def _special(self, line: str, at: int) -> None:
        note = _NOTE_LINE.match(line)
        if note and note[2] in self._notes:
            runs = self._inline_of(note[3])
            self._take(WordBlock("note", runs, name=note[2], source=line, before=note[1]), at, at + 1)
            return
        self._verbatim(line, at)
        if found := _PART.match(line):
            self._part = found[1] if found[1] in markdown.PARTS else ""

    def _inline_of(self, words: str) -> Runs:
        tokens = markdown.parse(f"{words}\n\n{self._links}")
        inline = next((one for one in tokens if one.type == "inline"), None)
        return self._runs(inline.children or []) if inline else (WordRun(self.shown(words)),)

    def _verbatim(self, words: str, at: int) -> None:
        until = at + words.count("\n") + 1
        self._take(
            WordBlock("mark", (WordRun(self.shown(words)),), source=words, before="", part=self._part), at, until
        )

    def _take(self, block: WordBlock, at: int, until: int) -> None:
        """Put a block after those that are there; what lies between is the line ends of the one before."""
        between = "".join(f"{line}\n" for line in self._lines[self._at : at])
        if self._found:
            self._found[-1] = replace(self._found[-1], after=f"\n{between}")
        else:
            self._gap.append(between)
        self._at = until
        self._found.append(replace(block, line=at))

    def _finished(self) -> WordText:
        rest = self._lines[self._at :]
        if self._found:
            self._found[-1] = replace(self._found[-1], after="\n" * bool(rest) + "\n".join(rest))
        else:
            self._gap.append("\n".join(rest))
        line_of = [0]
        for line in self._lines:
            line_of.append(line_of[-1] + 1 + self.shown(line).count("\n"))
        for at, one in enumerate(self._found):
            if one.kind == "note" and one.name not in self._called:
                words = (WordRun(self.shown(one.source)),)
                self._found[at] = replace(one, kind="mark", runs=words, name="", before="")
        done = [
            replace(
                one, source=self.shown(one.source), before=self.shown(one.before), behind=self.shown(one.behind),
                after=self.shown(one.after), line=line_of[one.line] + 1,
            )
            for one in self._found
        ]  # fmt: skip
        return WordText("".join(map(self.shown, self._gap)), tuple(done))

    # ------------------------------------------------------------------------------------------ between the tags

    def _stretch(self, lines: Sequence[str], began: int) -> None:
        if not any(line.strip() for line in lines):
            return
        masked = "\n".join(lines)
        tokens = markdown.parse(f"{masked}\n\n{self._links}")
        leaves = list(self._leaves(tokens, len(lines), masked.split("\n")))
        covered = 0
        for start, end, block in leaves:
            self._loose(lines, covered, start, began)
            self._take(replace(block, source="\n".join(lines[start:end])), began + start, began + end)
            covered = max(covered, end)
        self._loose(lines, covered, len(lines), began)

    def _loose(self, lines: Sequence[str], start: int, end: int, began: int) -> None:
        """Lines that show nothing by themselves but are not empty either, such as an entry without words."""
        for at in range(start, end):
            if not _EMPTY.fullmatch(lines[at]):
                self._verbatim(lines[at], began + at)

    def _leaves(self, tokens: Sequence[Token], most: int, lines: list[str]) -> Iterator[tuple[int, int, WordBlock]]:
        """Yield each paragraph, heading, entry, table and rule with the lines that it takes."""
        around = _Around()
        at = -1
        while (at := at + 1) < len(tokens):
            token = tokens[at]
            if token.map is not None and token.map[0] >= most:
                break
            around.pass_by(token)
            if token.map is None:
                continue
            first, end = token.map
            if token.type == "table_open":
                close = next(n for n in range(at, len(tokens)) if tokens[n].type == "table_close")
                table = self._table(tokens[at:close])
                says = any(even(cell) for row in table.rows for cell in row)
                alone = not around.lists and not around.quotes
                yield first, end, table if says and alone else self._as_it_is(lines[first:end])
                at = close
            elif token.type in {"hr", "code_block"}:
                while end > first + 1 and not lines[end - 1].strip():
                    end -= 1
                yield first, end, self._as_it_is(lines[first:end])
            elif token.type == "inline":
                kind, begins, span = around.entry(first, end)
                yield self._leaf(token, kind, begins, lines, span)

    def _leaf(
        self, token: Token, kind: str, start: int, lines: list[str], span: tuple[int, int]
    ) -> tuple[int, int, WordBlock]:
        first, end = span
        runs = self._runs(token.children or [])
        if not even(runs):  # it says nothing, and would be lost
            return first, end, self._as_it_is(lines[first:end])
        own = token.content.split("\n")
        line = lines[first]
        at = line.rfind(own[0]) if kind[0] != "h" else line.find(own[0], len(line) - len(line.lstrip(" #>")))
        at = max(at, 0) if own[0] else len(line.rstrip())
        behind = ""
        if kind[0] == "h":
            last = lines[first + len(own) - 1]
            behind = last[last.find(own[-1]) + len(own[-1]) :].rstrip() if len(own) == 1 else ""
            behind += "".join(f"\n{one}" for one in lines[first + len(own) : end])
        block = WordBlock(kind, runs, part=self._part, start=start, before=line[:at], behind=behind)
        return first, end, block

    def _as_it_is(self, lines: Sequence[str]) -> WordBlock:
        return WordBlock("mark", (WordRun(self.shown("\n".join(lines))),))

    def _table(self, tokens: Sequence[Token]) -> WordBlock:
        rows: list[list[Runs]] = []
        aligned: list[str] = []
        for token in tokens:
            if token.type == "tr_open":
                rows.append([])
            elif token.type == "th_open":
                aligned.append(str(token.attrGet("style") or "").removeprefix("text-align:"))
            elif token.type == "inline":
                rows[-1].append(self._runs(token.children or []))
        return WordBlock("table", rows=tuple(map(tuple, rows)), part=self._part, aligned=tuple(aligned))

    def _runs(self, children: Sequence[Token]) -> Runs:
        found: list[WordRun] = []
        marks: list[str] = []
        links: list[str] = []

        def add(words: str, *extra: str) -> None:
            look = frozenset([*marks, *extra])
            link = self._target(links[-1]) if links else ""
            end = 0
            for match in _HELD.finditer(words):
                held = self._held.get(match[0], match[0])
                found.append(WordRun(words[end : match.start()], look, link))
                end = match.end()
                note = _NOTE.fullmatch(held)
                if note and note[1] in self._notes and note[1] not in self._called:
                    self._called.add(note[1])
                    found.append(WordRun("", note=note[1]))
                else:
                    found.append(WordRun(held, look, link))
            found.append(WordRun(words[end:], look, link))

        for token in children:
            kind = token.type.removesuffix("_open").removesuffix("_close")
            if token.type == "link_open":
                links.append(str(token.attrGet("href") or ""))
            elif token.type == "link_close":
                links.pop()
            elif kind in _MARKS and token.nesting:
                marks.append(_MARKS[kind]) if token.nesting == 1 else marks.remove(_MARKS[kind])
            elif token.type == "softbreak":
                add("\n" if self._part in _LINES else " ")
            elif token.type == "hardbreak":
                add("\n")
            elif token.type == "code_inline":
                add(token.content, "code")
            elif token.type == "image":
                add(f"![{token.content}]({token.attrGet('src')})")
            else:
                add(token.content)
        return tuple(one for one in found if one.text or one.note)

    def _target(self, href: str) -> str:
        """A link's address with its tags as they are written: the parser has written their stand-ins in percent."""
        for mark, words in self._held.items():
            href = href.replace(quote(mark), words).replace(mark, words)
        return href


class _Around:
    """What is open around the tokens that are walked over."""

    def __init__(self) -> None:
        self.lists: list[str] = []
        self.quotes = 0
        self._fresh = False
        self._start = 0
        self._heading: Token | None = None

    def pass_by(self, token: Token) -> None:
        """Take note of what a token opens or closes."""
        match token.type:
            case "bullet_list_open":
                self.lists.append("ul")
            case "ordered_list_open":
                self.lists.append("ol")
                self._start = int(token.attrGet("start") or 1) or 1
            case "bullet_list_close" | "ordered_list_close":
                self.lists.pop()
            case "list_item_open":
                self._fresh = True
            case "blockquote_open" | "blockquote_close":
                self.quotes += token.nesting
            case "heading_open":
                self._heading = token
            case "heading_close":
                self._heading = None

    def entry(self, first: int, end: int) -> tuple[str, int, tuple[int, int]]:
        """Return the kind of the words that stand here, a list's first number, and the lines that they take."""
        if self._heading is not None and self._heading.map is not None:
            self._fresh = False
            return f"h{self._heading.tag[1:]}", 0, (self._heading.map[0], self._heading.map[1])
        fresh, self._fresh = self._fresh, False
        if not self.lists:
            return ("quote" if self.quotes else "p"), 0, (first, end)
        kind = f"{self.lists[-1] if fresh else 'in'}{len(self.lists)}"
        start = self._start if kind.startswith("ol") else 0
        if start:
            self._start = 0
        return kind, start, (first, end)


# --------------------------------------------------------------------------------------------------------- writing


def written(block: WordBlock) -> str:
    """Return Markdown for a block that somebody changed: as little is escaped as its words allow.

    `before` and `behind` of the block stand around its words.
    """
    if block.kind == "table":
        return _table_written(block)
    if block.kind == "mark":
        return block.words
    wanted = _key_of(block)
    notes = "".join(f"\n\n[^{run.note}]: x" for run in block.runs if run.note)
    below = re.sub(r"[^>\s]", " ", block.before)

    def around(words: str) -> str:
        return f"{block.before}{words}{block.behind}"

    def says_it(words: str) -> bool:
        read = [one for one in blocks_of(around(words) + notes, part=block.part).blocks if one.kind != "note"]
        if block.kind == "note":
            read = [one for one in blocks_of(f"[^{block.name}]\n\n{around(words)}").blocks if one.kind == "note"]
        return len(read) == 1 and read[0].key == wanted

    tries = []
    for level in range(4):
        words = _inline_written(even(block.runs), level).replace("\n", f"\\\n{below}")
        tries.append(words)
        if says_it(words):
            return around(_less_escaped(words, says_it) if level else words)
    return around(tries[2])


def _less_escaped(words: str, says_it: Callable[[str], bool]) -> str:
    """Return words with those escapes alone that they need; `says_it` tells whether others still say the same.

    A mark that could open emphasis stays escaped, for that one which closes it may be written later.
    """
    for mark in dict.fromkeys(_ESCAPES.findall(words)):
        bare = words.replace(f"\\{mark}", mark)
        if mark not in "*_`" and says_it(bare):
            words = bare
    places = [match.start() for match in _ESCAPES.finditer(words) if match[1] not in "`~^"]
    for place in reversed(places[-_MOST_TRIED:]):
        bare = words[:place] + words[place + 1 :]
        if not _MAY_OPEN.match(bare, place) and says_it(bare):
            words = bare
    return words


def _key_of(block: WordBlock) -> object:
    if block.kind.startswith("in"):
        return replace(block, kind="p").key
    deep = re.fullmatch(r"(ul|ol)\d+", block.kind)
    return replace(block, kind=f"{deep[1]}{_depth(block.before)}").key if deep else block.key


def _depth(before: str) -> int:
    """How deep an entry stands that is read by itself."""
    return max(1, len(re.findall(r"[-*+](?=\s)|\d+[.)]", before)))


_ESCAPES = re.compile(r"\\([!-/:-@\[-`{-~])")
_MAY_OPEN = re.compile(r"[*](?=\S)|(?<=\S)[*]|(?<!\w)_|_(?!\w)")
"""A star or an underscore elsewhere than between blanks, or within a word (see lint.py)."""
_MOST_TRIED = 200
_SOME = re.compile(r"([\\*_`\[\]<&~^])")


def _escaped(words: str, level: int, *, table: bool) -> str:
    pieces: list[str] = []
    for tag, text in _with_tags(words):
        if tag:
            pieces.append(text)
        elif level == 0:
            pieces.append(text.replace("|", "\\|") if table else text)
        elif level == 1:
            escaped = _SOME.sub(r"\\\1", text)
            pieces.append(escaped.replace("|", "\\|") if table else escaped)
        else:
            pieces.append("\n".join(map(markdown.escape, text.split("\n"))))
    return "".join(pieces)


def _inline_written(runs: Sequence[WordRun], level: int, *, table: bool = False) -> str:
    pieces: list[str] = []
    open_now: list[str] = []

    def close(until: int) -> None:
        while len(open_now) > until:
            last = open_now.pop()
            pieces.append(f"]({_address(last[1:])})" if last.startswith("\0") else _WRITTEN[last])

    for run in runs:
        if run.note:
            close(0)
            pieces.append(f"[^{run.note}]")
            continue
        bare = run.link and level < 2 and _is_bare(run.text, run.link)
        if bare:
            close(0)
            pieces.append(run.text if level == 0 else f"<{run.text}>")
            continue
        wanted = [f"\0{run.link}"] if run.link else []
        wanted += [mark for mark in _ORDER if mark in run.marks]
        same = 0
        while same < min(len(wanted), len(open_now)) and wanted[same] == open_now[same]:
            same += 1
        close(same)
        for mark in wanted[same:]:
            pieces.append("[" if mark.startswith("\0") else _WRITTEN[mark])
            open_now.append(mark)
        pieces.append(run.text if "code" in run.marks else _escaped(run.text, level, table=table))
    close(0)
    return "".join(pieces)


def _address(link: str) -> str:
    apart = "".join(text for tag, text in _with_tags(link) if not tag)
    return f"<{link}>" if re.search(r"[\s()]", apart) else link


def _is_bare(words: str, link: str) -> bool:
    return link.rstrip("/") in {words.rstrip("/"), f"mailto:{words}", f"http://{words}".rstrip("/")}


def _table_written(block: WordBlock) -> str:
    head, *rows = block.rows
    many = max(len(row) for row in block.rows)
    rules = {"left": ":--", "center": ":-:", "right": "--:"}
    aligned = [*block.aligned, *[""] * many][:many]

    def line(cells: Sequence[str]) -> str:
        return f"| {' | '.join([*cells, *[''] * (many - len(cells))])} |"

    def says_it(made: str) -> bool:
        read = blocks_of(made).blocks
        return len(read) == 1 and read[0].key == block.key

    for level in (0, 1, 2):
        cells = [
            [_inline_written(even(cell), level, table=True).replace("\n", " ") for cell in row] for row in (head, *rows)
        ]
        made = "\n".join([line(cells[0]), line([rules.get(one, "---") for one in aligned]), *map(line, cells[1:])])
        if says_it(made):
            return _less_escaped(made, says_it) if level else made
    return made


def opening(kind: str, number: int = 1) -> str:
    """Return what stands before the words of a new block of a kind."""
    deep = int(kind[2:]) - 1 if kind[:2] in {"ul", "ol", "in"} else 0
    match kind[:2]:
        case "ul":
            return "  " * deep + "- "
        case "ol":
            return "   " * deep + f"{number}. "
        case "in":
            return "   " * (deep + 1)
        case "qu":
            return "> "
        case _ if kind[0] == "h":
            return "#" * int(kind[1:]) + " "
    return ""
