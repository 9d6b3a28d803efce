"""Markdown's tokens as plain data, for the page of a PDF: the same words as in the mail, and nothing but words.

A node is a string, or a mapping with its kind `t` and its content `c`. The page (templates/layouts/letter.typ) gets
the nodes as JSON, so that no value can become code there, whatever it holds.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from markdown_it.token import Token

from outreach.letters.faces.directions import (
    END,
    ISOLATE,
    JOINER,
    begins_in_latin,
    latin_runs,
    meets_another,
    runs_against,
)
from outreach.letters.faces.typography import without_joiners
from outreach.letters.markdown import MARK, PICTURE, in_words
from outreach.vocabulary import Language

Node = str | dict[str, Any]

# A word of a script that is broken between words only: lines of Chinese, Japanese and Korean are broken by the engine
# (W3C, Requirements for Chinese Text Layout, 3.1), which keeps 。 and ， off the beginning of one.
_UNBROKEN = re.compile(r"[^\s\u1100-\u11ff\u2e80-\ua4cf\uac00-\ud7ff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef]{60,}")
_TOO_LONG = re.compile(r"[^\s\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]{40,}")
_NO_ISOLATES = dict.fromkeys((0x2066, 0x2067, 0x2068, 0x2069))
_PIECES = re.compile(r"[^/?&=#]{1,30}[/?&=#]*|[/?&=#]+")
"""Where a long word may break: an address behind its strokes."""
_BREAK = "\u200b"
_RUN = re.compile(f"{ISOLATE}([^{ISOLATE}{END}]+){END}")
_OPENING = {
    "strong_open": "strong", "em_open": "em", "link_open": "link", "s_open": "s", "sub_open": "sub", "sup_open": "sup",
}  # fmt: skip
_SHORTEST_RUN = 3
_LEFT_TO_RIGHT_MARK, _RIGHT_TO_LEFT_MARK = "\u200e", "\u200f"
_RAISED = {
    Language.FRENCH: re.compile(  # behind figures, Arabic and Roman (but `Le`), and in `no 5`; its letter first: quick
        r"([er](?<=[\dIVXL].)(?:(?<=\d.)|(?<=\b[IVX].)|(?<=\b[IVXL]{2}.)|(?<=\b[IVXL]{3}.)|(?<=\b[IVXL]{4}.))"
        r"(?:(?<=e)(?:rs?|s)?|(?<=r)es?)(?![\w’'-])|o(?<=\b[nN].)s?(?=\u00a0\d))"
    ),
    Language.SPANISH: re.compile(r"(?<=\d\.)(er)(?!\w)"),
}
"""What is raised behind figures, in a group of its own."""
_WITHIN_A_LINE = frozenset(_OPENING.values())
KINDS = ("table", "footnote", "s", "sub", "sup", "latin", "picture")
"""Kinds of nodes that a page may not know, if it was written before there were any."""


def to_tree(tokens: Sequence[Token]) -> list[Node]:
    """Return the block tokens of a letter as nodes.

    A footnote stands where it is referred to. Headings begin at the first level and leave none out, whatever the letter
    begins with: PDF/UA-1 (ISO 14289-1, 7.4.2) asks for that.
    """
    notes: dict[int, list[Node]] = {}
    body: list[Token] = []
    inside = False
    for token in tokens:
        if token.type == "footnote_block_open":
            inside = True
        elif token.type == "footnote_block_close":
            inside = False
        elif inside:
            if token.type == "footnote_open":
                notes[int(token.meta["id"])] = []
                own: list[Token] = []
            elif token.type == "footnote_close":
                notes[max(notes)] = _Tree({}).blocks(iter(own), "")
            else:
                own.append(token)
        else:
            body.append(token)
    return _with_headings(_Tree(notes).blocks(iter(body), ""))


def kinds_in(nodes: Sequence[Any]) -> set[str]:
    """Return the kinds of all nodes, however deep they lie."""
    kinds, waiting = set[str](), list(nodes)
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            kinds.add(node["t"])
            waiting += (node.get("c"), node.get("head"))
        elif isinstance(node, list):
            waiting += node
    return kinds


def in_their_own_direction(nodes: Sequence[Node]) -> list[Node]:
    """Return the nodes of a letter from right to left, with list entries marked that have no letter of its own."""
    turned: list[Node] = []
    for node in nodes:
        if isinstance(node, str) or node["t"] not in {"columns", "list"}:
            turned.append(node)
        elif node["t"] == "columns":
            turned.append({**node, "c": in_their_own_direction(node["c"])})
        else:
            items = [[{"t": "ltr", "c": item}] if runs_against(_all_text(item)) else item for item in node["c"]]
            turned.append({**node, "c": items})
    return turned


def with_latin_marked(nodes: Sequence[Node]) -> list[Node]:
    """Return the nodes of a letter in another script from left to right, with words in Latin letters marked as such."""
    marked: list[Node] = []
    for node in nodes:
        if isinstance(node, str):
            marked += _in_runs(node)
        elif node["t"] in {"latin", "code", "pre"}:
            marked.append(node)
        elif node["t"] == "link" and not node["shown"]:  # an address
            marked.append({**node, "c": [{"t": "latin", "c": _all_text(node["c"])}]})
        else:
            marked.append(_each_part(node, with_latin_marked))
    return marked


def with_runs_apart(nodes: Sequence[Node], after: str = "") -> list[Node]:
    """Return the nodes of a letter from right to left with a mark behind each run of another direction that needs one.

    Without it, a figure or a run that follows would go to its other side (UAX 9, W7 and N1). `after` is what follows
    the nodes on their line.
    """
    apart: list[Node] = []
    for at, node in enumerate(nodes):
        if isinstance(node, str) or node["t"] in {"ltr", "code", "pre"}:  # a name as a whole is marked already
            apart.append(node)
            continue
        address = node["t"] == "link" and not node["shown"]  # whose figures and strokes go its way
        if node["t"] == "latin" or address:
            run: Node = {"t": "latin", "c": _all_text([node])}
            apart.append({**node, "c": [run]} if address else run)
            if meets_another(_all_text(nodes[at + 1 :]) + after):
                apart.append(_RIGHT_TO_LEFT_MARK)
        else:
            rest = _all_text(nodes[at + 1 :]) + after if node["t"] in _WITHIN_A_LINE else ""
            apart.append(_each_part(node, lambda part, rest=rest: with_runs_apart(part, rest)))  # type: ignore[misc]
    return apart


def _each_part(node: dict[str, Any], change: Callable[[Sequence[Node]], list[Node]]) -> Node:
    """Return a node with every run of nodes in it changed."""
    if node["t"] == "table":
        head = [change(cell) for cell in node["head"]]
        return {**node, "head": head, "c": [[change(cell) for cell in row] for row in node["c"]]}
    if node["t"] in {"list", "enum"}:
        return {**node, "c": [change(item) for item in node["c"]]}
    return {**node, "c": change(node["c"])} if isinstance(node.get("c"), list) else node


def with_raised_endings(nodes: Sequence[Node], language: Language) -> list[Node]:
    """Return the nodes of a French or Spanish letter with the endings of ordinals raised: 61e, 1er, XXIe, no 5; 61.er.

    Imprimerie nationale, Lexique, "abréviations"; RAE and ASALE, Ortografía, VIII.2.2.
    """
    pattern = _RAISED.get(language)
    if pattern is None:
        return list(nodes)
    raised: list[Node] = []
    for node in nodes:
        if isinstance(node, str):
            pieces = pattern.split(node)
            raised += [{"t": "sup", "c": [piece]} if at % 2 else piece for at, piece in enumerate(pieces) if piece]
        elif node["t"] in {"code", "pre", "sup", "sub", "ltr"}:
            raised.append(node)
        else:
            raised.append(_each_part(node, lambda part: with_raised_endings(part, language)))
    return raised


def with_first_lines(nodes: Sequence[Node]) -> list[Node]:
    """Return the nodes of a Chinese letter with the paragraphs marked that begin two characters in.

    The first one, which is the salutation, does not where it ends in a colon (GB/T 9704-2012); the close does.
    """
    indented: list[Node] = []
    salutation = True
    for node in nodes:
        if isinstance(node, dict) and node["t"] == "signature" and node["c"]:
            close, *rest = node["c"]
            a_sentence = close["t"] == "p" and _all_text(close["c"]).endswith("。")
            indented.append({**node, "c": [{**close, "indent": True}, *rest]} if a_sentence else node)
        elif isinstance(node, dict) and node["t"] == "p":
            at_the_edge = salutation and _all_text(node["c"]).endswith(("：", ":", "，"))
            indented.append(node if at_the_edge else {**node, "indent": True})
            salutation = False
        else:
            indented.append(node)
    return indented


def _in_runs(text: str) -> list[Node]:
    runs: list[Node] = []
    at = 0
    for start, end in latin_runs(text):
        if end - start < _SHORTEST_RUN:  # a numeral, an initial
            continue
        runs += [text[at:start]] if start > at else []
        runs.append({"t": "latin", "c": text[start:end]})
        at = end
    return [*runs, text[at:]] if at < len(text) else runs


def addressee_of(nodes: Sequence[Node]) -> list[str]:
    """Return the lines of a letter's address, for the head of its later pages; none where it has none."""
    for node in nodes:
        if isinstance(node, dict) and node["t"] == "address":
            return list(filter(str.strip, without_joiners(_all_text(node["c"])).split("\n")))
    return []


def _all_text(nodes: Sequence[Any]) -> str:
    """All words in nodes, on the lines that they have."""
    parts: list[str] = []
    for node in nodes:
        if isinstance(node, str):
            parts.append(node)
        elif isinstance(node, list):  # an entry of a list
            parts.append(_all_text(node))
        elif node["t"] == "break":
            parts.append("\n")
        elif isinstance(node.get("c"), str):
            parts.append(node["c"])
        elif "c" in node:
            parts.append(_all_text(node["c"]))
    return "".join(parts)


def _shown(target: str, words: str) -> str:
    """What of a link's address is to be read on paper: nothing where its words are the address."""
    plain = re.sub(r"^(?:https?://|mailto:)", "", target)
    words = words.replace(_BREAK, "")
    return "" if words.rstrip("/") in {target.rstrip("/"), plain.rstrip("/")} else plain


def _with_headings(nodes: list[Node]) -> list[Node]:
    """Make a paragraph that is all bold the heading that it is meant as, below those that stand over it."""
    level, made = 0, list[Node]()
    for node in nodes:
        if isinstance(node, dict) and _is_heading(node):
            made.append({"t": "heading", "level": level + 1, "c": node["c"][0]["c"]})
        else:
            level = node["level"] if isinstance(node, dict) and node["t"] == "heading" else level
            made.append(node)
    return made


def _is_heading(node: dict[str, Any]) -> bool:
    if node["t"] != "p" or len(node["c"]) != 1 or isinstance(node["c"][0], str):
        return False
    return bool(node["c"][0]["t"] == "strong")


class _Tree:
    """Walks tokens; remembers the headings around the next one, and what stands in the footnotes."""

    def __init__(self, notes: dict[int, list[Node]]) -> None:
        self._notes = notes
        self._said: set[int] = set()
        self._levels: list[int] = []

    def blocks(self, tokens: Iterator[Token], until: str) -> list[Node]:
        found: list[Node] = []
        for token in tokens:
            kind = token.type
            if kind == until:
                break
            match kind:
                case "paragraph_open":
                    found.append({"t": "line" if token.hidden else "p", "c": self._inline_of(tokens)})
                case "heading_open":
                    level = self._level(int(token.tag[1:]))
                    found.append({"t": "heading", "level": level, "c": self._inline_of(tokens)})
                case "bullet_list_open":
                    found.append({"t": "list", "c": self._items(tokens, "bullet_list_close")})
                case "ordered_list_open":
                    start = int(token.attrGet("start") or 1)
                    found.append({"t": "enum", "start": start, "c": self._items(tokens, "ordered_list_close")})
                case "blockquote_open":
                    found.append({"t": "quote", "c": self.blocks(tokens, "blockquote_close")})
                case "fence" | "code_block":
                    found.append({"t": "pre", "c": token.content.rstrip("\n")})
                case "hr":
                    found.append({"t": "rule"})
                case "table_open":
                    found.append(self._table(tokens))
                case _ if kind == f"{MARK}_open":
                    found.append({"t": token.info.strip(), "c": self.blocks(tokens, f"{MARK}_close")})
        return found

    def _level(self, source: int) -> int:
        while self._levels and self._levels[-1] >= source:
            self._levels.pop()
        self._levels.append(source)
        return len(self._levels)

    def _items(self, tokens: Iterator[Token], until: str) -> list[list[Node]]:
        items: list[list[Node]] = []
        for token in tokens:
            if token.type == until:
                break
            if token.type == "list_item_open":
                items.append(self.blocks(tokens, "list_item_close"))
        return items

    def _table(self, tokens: Iterator[Token]) -> Node:
        rows: list[list[list[Node]]] = []
        align: list[str] = []
        for token in tokens:
            if token.type == "table_close":
                break
            if token.type == "tr_open":
                rows.append([])
            elif token.type in {"th_open", "td_open"}:
                if len(rows) == 1:
                    align.append(str(token.attrGet("style") or "").removeprefix("text-align:"))
                rows[-1].append(self._inline_of(tokens))
        return {"t": "table", "align": align, "head": rows[0], "c": rows[1:]}

    def _inline_of(self, tokens: Iterator[Token]) -> list[Node]:
        """The content of a paragraph, heading or cell, up to its close."""
        content: list[Node] = []
        for token in tokens:
            if token.type == "inline":
                content = self._inline(iter(token.children or ()), "")
            elif token.type != "footnote_anchor":
                break
        return content

    def _inline(self, children: Iterator[Token], until: str) -> list[Node]:
        found: list[Node] = []
        for token in children:
            if token.type == until:
                break
            match token.type:
                case "text" if token.content:
                    found += _runs_of(token.content)
                case "code_inline":
                    found.append({"t": "code", "c": _breakable(token.content)})
                case "softbreak":
                    found.append(" ")
                case "hardbreak":
                    found.append({"t": "break"})
                case "image" if (picture := token.meta.get(PICTURE)) is not None:
                    size = {"width": picture.width, "height": picture.height}
                    found.append({"t": "picture", "name": picture.name, "alt": token.content, **size})
                case "image":
                    found.append(_breakable(in_words(token)))
                case "footnote_ref":
                    number = int(token.meta["id"])
                    again = number in self._said
                    self._said.add(number)
                    # Referred to again, it is the number alone that stands there.
                    note: Node = {"t": "sup", "c": [str(number + 1)]}
                    found.append(note if again else {"t": "footnote", "c": self._notes.get(number, [])})
                case kind if kind in _OPENING:
                    name = _OPENING[kind]
                    node: dict[str, Any] = {"t": name, "c": self._inline(children, f"{name}_close")}
                    if name == "link":
                        node["to"] = str(token.attrGet("href") or "")
                        node["shown"] = _shown(node["to"], _all_text(node["c"]))
                    found.append(node)
        return found


def _runs_of(text: str) -> list[Node]:
    """A text with what stands between isolates as runs of their own, which the page sets from left to right."""
    found: list[Node] = []
    for at, piece in enumerate(_RUN.split(text)):
        if not at % 2:
            found += [_breakable(piece)] if piece else []
        elif begins_in_latin(piece):
            found.append({"t": "latin", "c": _breakable(piece)})
        else:
            # A number is tied to both its ends, beside which its strokes stand in boxes; another script is no English.
            ends = _LEFT_TO_RIGHT_MARK if JOINER in piece else ""
            found.append({"t": "latin", "c": f"{ends}{_breakable(piece)}{ends}", "other": True})
    return found


def _breakable(text: str) -> str:
    """Let a word that no line can hold break: a zero-width space every so often (Unicode U+200B)."""
    text = text.translate(_NO_ISOLATES)
    text = _TOO_LONG.sub(lambda word: without_joiners(word[0]), text) if JOINER in text else text
    return _UNBROKEN.sub(lambda word: _BREAK.join(_PIECES.findall(word[0])), text)
