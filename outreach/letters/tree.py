"""Markdown's tokens as plain data, for the page of a PDF: the same words as in the mail, and nothing but words.

A node is a string, or a mapping with its kind `t` and its content `c`. The page (templates/layouts/letter.typ) gets
the nodes as JSON, so that no value can become code there, whatever it holds.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from markdown_it.token import Token

from outreach.letters.markdown import MARK

Node = str | dict[str, Any]

_UNBROKEN = re.compile(r"\S{60,}")
_PIECE = 30
_LATIN = re.compile(r"[\W\d_]*[A-Za-z\u00c0-\u024f]")
_OPENING = {"strong_open": "strong", "em_open": "em", "link_open": "link"}


def to_tree(tokens: Sequence[Token]) -> list[Node]:
    """Return the block tokens of a letter as nodes."""
    return _blocks(iter(tokens), "")


def in_their_own_direction(nodes: Sequence[Node]) -> list[Node]:
    """Return the nodes of a letter from right to left, with list entries in Latin letters marked as such."""
    turned: list[Node] = []
    for node in nodes:
        if isinstance(node, str) or node["t"] not in {"columns", "list"}:
            turned.append(node)
        elif node["t"] == "columns":
            turned.append({**node, "c": in_their_own_direction(node["c"])})
        else:
            items = [[{"t": "ltr", "c": item}] if _LATIN.match(_first_text(item)) else item for item in node["c"]]
            turned.append({**node, "c": items})
    return turned


def _first_text(nodes: Sequence[Node]) -> str:
    """The first text in nodes that has any; empty where there is none."""
    for node in nodes:
        found = node if isinstance(node, str) else _first_text(node["c"]) if isinstance(node.get("c"), list) else ""
        if found.strip():
            return found
    return ""


def _blocks(tokens: Iterator[Token], until: str) -> list[Node]:
    found: list[Node] = []
    for token in tokens:
        kind = token.type
        if kind == until:
            break
        match kind:
            case "paragraph_open":
                found.append({"t": "line" if token.hidden else "p", "c": _inline_of(tokens)})
            case "heading_open":
                found.append({"t": "heading", "level": int(token.tag[1:]), "c": _inline_of(tokens)})
            case "bullet_list_open":
                found.append({"t": "list", "c": _items(tokens, "bullet_list_close")})
            case "ordered_list_open":
                start = int(token.attrGet("start") or 1)
                found.append({"t": "enum", "start": start, "c": _items(tokens, "ordered_list_close")})
            case "blockquote_open":
                found.append({"t": "quote", "c": _blocks(tokens, "blockquote_close")})
            case "fence" | "code_block":
                found.append({"t": "pre", "c": token.content.rstrip("\n")})
            case "hr":
                found.append({"t": "rule"})
            case _ if kind == f"{MARK}_open":
                found.append({"t": token.info.strip(), "c": _blocks(tokens, f"{MARK}_close")})
    return found


def _items(tokens: Iterator[Token], until: str) -> list[list[Node]]:
    items: list[list[Node]] = []
    for token in tokens:
        if token.type == until:
            break
        if token.type == "list_item_open":
            items.append(_blocks(tokens, "list_item_close"))
    return items


def _inline_of(tokens: Iterator[Token]) -> list[Node]:
    """The content of a paragraph or heading, up to its close."""
    content: list[Node] = []
    for token in tokens:
        if token.type == "inline":
            content = _inline(iter(token.children or ()), "")
        else:
            break
    return content


def _inline(children: Iterator[Token], until: str) -> list[Node]:
    found: list[Node] = []
    for token in children:
        if token.type == until:
            break
        match token.type:
            case "text" if token.content:
                found.append(_breakable(token.content))
            case "code_inline":
                found.append({"t": "code", "c": _breakable(token.content)})
            case "softbreak":
                found.append(" ")
            case "hardbreak":
                found.append({"t": "break"})
            case "image":
                found.append(_breakable(token.content))
            case "strong_open" | "em_open" | "link_open":
                kind = _OPENING[token.type]
                node: dict[str, Any] = {"t": kind, "c": _inline(children, f"{kind}_close")}
                if kind == "link":
                    node["to"] = str(token.attrGet("href") or "")
                found.append(node)
    return found


def _breakable(text: str) -> str:
    """Let a word that no line can hold break: a zero-width space every so often (Unicode U+200B)."""
    return _UNBROKEN.sub(lambda word: "\u200b".join(re.findall(f".{{1,{_PIECE}}}", word[0])), text)
