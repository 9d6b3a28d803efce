"""The paragraphs of a Word file of ours, whichever word processor saved it last, as blocks of a letter."""

import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring
from jinja2 import TemplateSyntaxError

from outreach.letters.sandbox import Sandbox
from outreach.letters.word.word_blocks import WordBlock, WordRun, held_in, plain_tag
from outreach.letters.word.word_letter import TABLE, made_ready
from outreach.letters.word.word_styles import CODE, HELP, MAIN, QUOTE, STRUCK, STRUCK_CODE, SUBJECT
from outreach.sentences import Sentence

_W = f"{{{MAIN}}}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_STRAIGHT = str.maketrans("‘’“”«»\u00a0\u202f", '\'\'""""  ')


@dataclass(frozen=True, slots=True)
class InTheFile:
    """The paragraphs of a file, with the number of each."""

    blocks: tuple[WordBlock, ...]
    subject: str | None
    notes: tuple[Sentence, ...]
    lines: tuple[int, ...]


def read_file(path: Path) -> InTheFile:
    """Read a file of ours. Raises ParseError for XML that is none."""
    ready, found = made_ready(path)
    with zipfile.ZipFile(ready) as package:
        parts = {name: package.read(name) for name in package.namelist() if name.endswith((".xml", ".rels"))}
    notes = [one.said for one in found if one.what.code != TABLE]
    return _PartsReader(parts).read(tuple(notes))


class _PartsReader:
    """Reads the paragraphs of a document, whichever word processor saved it last."""

    def __init__(self, parts: dict[str, bytes]) -> None:
        self._parts = parts
        self._names: dict[str, str] = {}
        self._numbered: dict[str, tuple[str, int]] = {}
        self._levels: dict[str, int] = {}
        self._based: dict[str, str] = {}
        if "word/styles.xml" in parts:
            self._read_styles(fromstring(parts["word/styles.xml"]))
        self._formats = self._read_numbering()
        self._links: dict[str, str] = {}
        self._note_names: dict[str, str] = {}

    def read(self, told: tuple[Sentence, ...]) -> InTheFile:
        document = fromstring(self._parts["word/document.xml"])
        body = document.find(f"{_W}body")
        assert body is not None
        blocks: list[WordBlock] = []
        lines: list[int] = []
        subject: str | None = None
        number = 0
        self._links = self._targets("document")
        for element in self._flat(body):
            if element.tag == f"{_W}tbl":
                rows = tuple(tuple(map(self._cell, row.iter(f"{_W}tc"))) for row in element.iter(f"{_W}tr"))
                number += sum(1 for _ in element.iter(f"{_W}p"))
                if any(run.text.strip() for row in rows for cell in row for run in cell):
                    blocks.append(WordBlock("table", rows=rows))
                    lines.append(number)
                continue
            number += 1
            style = self._style_of(element)
            if style == HELP:
                continue
            runs = self._runs_of(element)
            block = WordBlock(self._kind(element, style), runs)
            if not block.key[1]:
                continue
            if style == SUBJECT and subject is None:
                subject = " ".join(_mended(block.words).split())
                continue
            blocks.append(replace(block, runs=tuple(replace(run, text=_mended(run.text)) for run in block.runs)))
            lines.append(number)
        called = dict(self._note_names)
        self._links = self._targets("footnotes")
        for name, runs in self._footnotes(called):
            blocks.append(WordBlock("note", runs, name=name))
            lines.append(0)
        return InTheFile(tuple(blocks), subject, told, tuple(lines))

    def _flat(self, body: Element) -> Iterator[Element]:
        for element in body:
            if element.tag in {f"{_W}p", f"{_W}tbl"}:
                yield element
            elif element.tag in {f"{_W}sdt", f"{_W}sdtContent", f"{_W}ins", f"{_W}customXml", f"{_W}moveTo"}:
                yield from self._flat(element)

    def _cell(self, cell: Element) -> tuple[WordRun, ...]:
        runs: list[WordRun] = []
        for one in cell.iter(f"{_W}p"):
            if runs:
                runs.append(WordRun(" "))
            runs += self._runs_of(one)
        return tuple(runs)

    def _style_of(self, paragraph: Element) -> str:
        style = paragraph.find(f"{_W}pPr/{_W}pStyle")
        return self._name_of(str(style.get(f"{_W}val"))) if style is not None else ""

    def _name_of(self, style: str) -> str:
        """The name of a style that is known, or of one that it is based on: word processors make styles of styles."""
        for _ in range(10):
            name = self._names.get(style, "")
            if name.startswith("Letter ") or re.fullmatch(r"heading \d", name, re.IGNORECASE):
                return name
            if style not in self._based:
                return name
            style = self._based[style]
        return ""

    def _kind(self, paragraph: Element, style: str) -> str:
        if match := re.fullmatch(r"heading (\d)", style, re.IGNORECASE):
            return f"h{min(int(match[1]), 6)}"
        if style == QUOTE or style.casefold() in {"quote", "intense quote"}:
            return "quote"
        if style.casefold() in {"title", "subtitle"}:
            return "h1" if style.casefold() == "title" else "h2"
        number = paragraph.find(f"{_W}pPr/{_W}numPr")
        named = paragraph.find(f"{_W}pPr/{_W}pStyle")
        own: tuple[str, int] | None = None
        if number is not None:
            which, level = number.find(f"{_W}numId"), number.find(f"{_W}ilvl")
            own = (
                str(which.get(f"{_W}val")) if which is not None else "0",
                int(level.get(f"{_W}val") or 0) if level is not None else 0,
            )
        elif named is not None:
            own = self._numbered.get(str(named.get(f"{_W}val")))
        if own is None or own[0] == "0":
            return "p"
        form = self._formats.get(own, "bullet")
        return "p" if form == "none" else f"{'ul' if form == 'bullet' else 'ol'}{own[1] + 1}"

    def _runs_of(self, paragraph: Element) -> tuple[WordRun, ...]:
        walk = _Walk(self._links, self._note_names, self._marks)
        walk.over(paragraph, "")
        return tuple(walk.found)

    def _marks(self, run: Element) -> frozenset[str]:
        properties = run.find(f"{_W}rPr")
        if properties is None:
            return frozenset()
        marks = set()
        for name, mark in (("b", "strong"), ("i", "em")):
            one = properties.find(f"{_W}{name}")
            if one is not None and one.get(f"{_W}val") not in {"0", "false", "off"}:
                marks.add(mark)
        style = properties.find(f"{_W}rStyle")
        name = self._name_of(str(style.get(f"{_W}val"))) if style is not None else ""
        if name in {STRUCK, STRUCK_CODE}:
            marks.add("s")
        if name in {CODE, STRUCK_CODE}:
            marks.add("code")
        if name.casefold() in {"strong", "emphasis"}:
            marks.add("strong" if name.casefold() == "strong" else "em")
        place = properties.find(f"{_W}vertAlign")
        where = place.get(f"{_W}val") if place is not None else ""
        marks |= {"superscript": {"sup"}, "subscript": {"sub"}}.get(str(where), set())
        return frozenset(marks)

    def _footnotes(self, called: dict[str, str]) -> Iterator[tuple[str, tuple[WordRun, ...]]]:
        if "word/footnotes.xml" not in self._parts:
            return
        for one in fromstring(self._parts["word/footnotes.xml"]).iter(f"{_W}footnote"):
            name = called.get(str(one.get(f"{_W}id")))
            if name is not None:
                runs: list[WordRun] = []
                for paragraph in one.iter(f"{_W}p"):
                    if runs:
                        runs.append(WordRun(" "))
                    runs += self._runs_of(paragraph)
                yield name, tuple(replace(run, text=_mended(run.text)) for run in runs)

    def _read_styles(self, root: Element) -> None:
        for one in root.iter(f"{_W}style"):
            style = str(one.get(f"{_W}styleId"))
            name = one.find(f"{_W}name")
            self._names[style] = str(name.get(f"{_W}val")) if name is not None else style
            base = one.find(f"{_W}basedOn")
            if base is not None:
                self._based[style] = str(base.get(f"{_W}val"))
            number = one.find(f"{_W}pPr/{_W}numPr")
            if number is not None:
                which, level = number.find(f"{_W}numId"), number.find(f"{_W}ilvl")
                self._numbered[style] = (
                    str(which.get(f"{_W}val")) if which is not None else "0",
                    int(level.get(f"{_W}val") or 0) if level is not None else 0,
                )

    def _read_numbering(self) -> dict[tuple[str, int], str]:
        if "word/numbering.xml" not in self._parts:
            return {}
        root = fromstring(self._parts["word/numbering.xml"])
        abstract = {
            str(one.get(f"{_W}abstractNumId")): {
                int(level.get(f"{_W}ilvl") or 0): str(form.get(f"{_W}val"))
                for level in one.iter(f"{_W}lvl")
                if (form := level.find(f"{_W}numFmt")) is not None
            }
            for one in root.iter(f"{_W}abstractNum")
        }
        found: dict[tuple[str, int], str] = {}
        for one in root.findall(f"{_W}num"):
            which = one.find(f"{_W}abstractNumId")
            levels = abstract.get(str(which.get(f"{_W}val")), {}) if which is not None else {}
            found |= {(str(one.get(f"{_W}numId")), level): form for level, form in levels.items()}
        return found

    def _targets(self, part: str) -> dict[str, str]:
        name = f"word/_rels/{part}.xml.rels"
        if name not in self._parts:
            return {}
        return {
            str(one.get("Id")): _with_tags_in(str(one.get("Target")))
            for one in fromstring(self._parts[name])
            if str(one.get("Type")).endswith("/hyperlink")
        }


def _with_tags_in(target: str) -> str:
    return re.sub(r"(?i)%7B(?:%7B|%25).*?(?:%7D|%25)%7D", lambda found: unquote(found[0]), target)


def _mended(words: str) -> str:
    """Words with the marks in their tags straight again, where a tag can't be read as the word processor left it."""
    for start, end in reversed(held_in(words)):
        tag = words[start:end]
        if not tag.startswith(("{{", "{%")):
            continue
        if not _reads(tag) and _reads(straight := tag.translate(_STRAIGHT)):
            tag = straight
        words = words[:start] + plain_tag(tag) + words[end:]
    return words


def _reads(tag: str) -> bool:
    try:
        list(Sandbox().lex(tag))
    except TemplateSyntaxError:
        return False
    return True


_AROUND = frozenset({"ins", "moveTo", "smartTag", "sdt", "sdtContent", "fldSimple", "customXml", "dir", "bdo"})
_SIGNS = {"tab": "\t", "noBreakHyphen": "\u2011", "softHyphen": "\u00ad"}


class _Walk:
    """Goes over the runs of one paragraph; a link is an element of its own or one of Word's fields (17.16.5.25)."""

    def __init__(
        self, links: Mapping[str, str], notes: dict[str, str], marks: Callable[[Element], frozenset[str]]
    ) -> None:
        self.found: list[WordRun] = []
        self._targets, self._notes, self._marks = links, notes, marks
        self._fields: list[_OpenField] = []

    def over(self, element: Element, link: str) -> None:
        for child in element:
            tag = child.tag.removeprefix(_W) if isinstance(child.tag, str) else ""
            if tag == "hyperlink":
                anchor = child.get(f"{_W}anchor")
                target = self._targets.get(str(child.get(f"{_R}id")), "")
                self.over(child, target or (f"#{anchor}" if anchor else ""))
            elif tag == "r":
                self._run(child, link or next((one.target for one in reversed(self._fields) if one.target), ""))
            elif tag in _AROUND:
                self.over(child, link)

    def _run(self, element: Element, link: str) -> None:
        words: list[str] = []
        for child in element:
            tag = child.tag.removeprefix(_W) if isinstance(child.tag, str) else ""
            if tag == "t":
                words.append(child.text or "")
            elif tag in _SIGNS:
                words.append(_SIGNS[tag])
            elif tag in {"br", "cr"} and child.get(f"{_W}type") not in {"page", "column"}:
                words.append("\n")
            elif tag == "footnoteReference":
                name = str(child.get(f"{_W}id"))
                self.found.append(WordRun("", note=self._notes.setdefault(name, f"\0{name}")))
            else:
                self._field(tag, child)
        if words:
            self.found.append(WordRun("".join(words), self._marks(element), link))

    def _field(self, tag: str, child: Element) -> None:
        if tag == "instrText" and self._fields:
            self._fields[-1].instruction += child.text or ""
        elif tag == "fldChar":
            kind = child.get(f"{_W}fldCharType")
            if kind == "begin":
                self._fields.append(_OpenField())
            elif kind == "separate" and self._fields:
                target = re.search(r'HYPERLINK\s+"([^"]+)"', self._fields[-1].instruction)
                self._fields[-1].target = target[1] if target else ""
            elif kind == "end" and self._fields:
                self._fields.pop()


@dataclass(slots=True)
class _OpenField:
    instruction: str = ""
    target: str = ""
