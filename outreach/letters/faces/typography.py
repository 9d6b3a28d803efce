"""Finished text as its language sets it: no-break spaces, apostrophes, quotation marks, ordinals, foreign runs.

A hyphen or stroke at which no line may end (`г-жа`, `55-я`, `A/HRC/55/1`) is followed by a word joiner (U+2060), which
each face says in its own way (`KEPT`, `without_joiners`), so that no reader gets anything but what was typed.

It is done once, on Markdown's tokens, after the merge and before mail, page and PDF are made of them, and on each
value that is set into them. Code, links and addresses stay as they are, and so does every no-break space that is
there. Done twice, it changes nothing. The rules are data, in typography.toml, with their sources.
"""

import re
import tomllib
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from markdown_it.token import Token

from outreach.letters.faces.directions import END, ISOLATE, JOINER, TELEPHONE, VALUE, isolated
from outreach.letters.faces.quotation import Pair, turned
from outreach.month_names import months_by_word
from outreach.vocabulary import Language

_NO_BREAK, _NARROW = "\u00a0", "\u202f"
_OF_A_WORD = rf"[^\s{JOINER}\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]"
KEPT = re.compile(rf"{_OF_A_WORD}+(?:{JOINER}{_OF_A_WORD}+)+")
"""What stays on one line, with its joiners."""
LONGEST_KEPT = 24
"""Characters that a telephone's line holds: no more are kept on one."""
NO_ADDRESS = r"\u060c\u061b\u061f\u2014\u2018-\u201f\u2026\xab\xbb\u3000-\u303f\u3400-\u9fff\uac00-\ud7af\uff00-\uffef"
"""Characters that end an address though no blank stands there, as in Chinese: within a class of a pattern."""
_AS_IT_IS = re.compile(rf"(?:https?://|www\.)[^\s{NO_ADDRESS}]+|[\w.+'-]+@[\w-]+(?:\.[\w-]+)+")
_IN_ONE_PIECE = re.compile(rf"{_AS_IT_IS.pattern}|(?P<telephone>{TELEPHONE.pattern})")
_HIDDEN = "\ufdd4"
"""A quotation mark of an address, while those of the text are paired: a noncharacter (Unicode 15, 23.7)."""
_APOSTROPHE = re.compile(rf"(?<=[^\W\d_])'(?=[^\W\d_]|[«“„]|{VALUE})")
_SINGLE = re.compile(
    rf"(?<![\w’'{END}])'(?={ISOLATE}?[^\W_])((?:[^'’\n]|(?<=\w)’(?=\w)){{0,200}})(?<=[^\s'’])'(?![\w'{ISOLATE}])"
)
"""Single quotation marks about words, which a possessive has none before."""
_POSSESSIVE = re.compile(r"(?<=s)'(?=\s|$|[,.;:])|(?<=\d)'(?=s\b)|(?<!\w)'(?=\d0s\b(?!'))")
"""Of the states' and of the '90s."""
_IN_CHINESE = re.compile("[\u3000-\u303f\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]{2}")
_ELLIPSIS = re.compile(r"(?<!\.)\.\.\.(?!\.)")
_HOUR = r"\d{1,2}(?::\d\d|[ \u00a0]?h(?:[ \u00a0]?\d\d)?)(?:[ \u00a0][ap]\.m\.)?"
_CLOCK = re.compile(rf"(?<![\w./:-])({_HOUR})( ?)-(?= ?{_HOUR}(?![\w:]))")
"""Hours from and to: `10:00-11:30`."""
_CURLY = frozenset({Language.ENGLISH, Language.FRENCH, Language.SPANISH, Language.RUSSIAN})


_LETTERS = r"[^\W\d_]"
# In every language: no line ends or begins with a piece of one or two letters (Мильчин, Чельцова; Imprimerie nationale,
# "divisions"), nor between a figure and its ending, within a range of figures, or within a document's symbol.
_KEPT_TOGETHER = tuple(
    map(
        re.compile,
        (
            r"(?<![A-Za-z0-9_/])[A-Z]{1,4}/(?:[A-Z0-9][A-Za-z0-9.-]*/)*(?=[A-Z0-9])",
            rf"(?<!\w){_LETTERS}{{1,2}}\.?-(?={_LETTERS}|\d)",
            rf"(?<=\w)-(?={_LETTERS}{{1,2}}(?!\w))",
            rf"(?<=\d)-(?={_LETTERS}{{1,3}}(?!\w))",
            rf"(?<=\.)-(?={_LETTERS})",
            r"(?<=\d)[-–](?=\d)",
            r"(?<=[\u0620-\u064a])/(?=[\u0620-\u064a])",  # آذار/مارس
            rf"(?<![\w/]){_LETTERS}{{1,3}}/(?={_LETTERS}{{1,3}}(?![\w/]))",
        ),
    )
)
_ANY_STROKE = re.compile("[-–/]")
_STROKES = re.compile("(?<=[-–/])")


@dataclass(frozen=True, slots=True)
class _Rules:
    bound: tuple[tuple[re.Pattern[str], str], ...]
    """Patterns whose group is a space, and the space that it becomes."""
    replaced: tuple[tuple[re.Pattern[str], str], ...]
    quotes: tuple[Pair, ...]
    """Pairs of quotation marks, from the outermost."""
    outer: int
    """Which of them a straight mark becomes that stands in no other."""
    inner: Pair | None
    """What single straight marks become."""
    curly: bool
    possessive: bool
    isolates: bool


@lru_cache(maxsize=8192)
def typeset(text: str, language: Language) -> str:
    """Return a piece of running text as the language sets it."""
    if text.isspace() or not text:
        return text
    return _quoted([text], [("", "")], language)[0]


def typeset_tokens(tokens: Sequence[Token], language: Language) -> list[Token]:
    """Return Markdown's block tokens with their running text as the language sets it; the tokens given stay."""
    done: list[Token] = []
    for block in tokens:
        if block.type == "inline" and block.children:
            own = copy(block)
            own.children = _inline(_joined(block.children, language), language)
            done.append(own)
        else:
            done.append(block)
    return done


def _joined(children: Sequence[Token], language: Language) -> list[Token]:
    """Join the text before and behind a line end of the source, which no reader sees: `26` and `February`.

    Chinese has no blank there.
    """
    joined: list[Token] = []
    for at, token in enumerate(children):
        before = joined[-1] if joined else None
        follows = children[at + 1].type == "text" if at + 1 < len(children) else False
        if before is not None and before.type == "text" and (
            token.type == "text" or (token.type == "softbreak" and follows)
        ):  # fmt: skip
            joined[-1] = own = copy(before)
            ends = token.type == "softbreak" and before.content[-1:] + children[at + 1].content[:1]
            gap = "" if ends and language is Language.CHINESE and _IN_CHINESE.fullmatch(ends) else " "
            own.content = before.content + (token.content if token.type == "text" else gap)
        else:
            joined.append(token)
    return joined


def _inline(children: Sequence[Token], language: Language) -> list[Token]:
    done = [copy(token) for token in children]
    links, running = 0, []
    for at, token in enumerate(done):
        links += {"link_open": 1, "link_close": -1}.get(token.type, 0)
        if token.type == "text" and token.content and not (links and _AS_IT_IS.search(token.content)):
            running.append(at)
    beside = [(_beside(done, at, -1), _beside(done, at, 1)) for at in running]
    for at, text in zip(running, _quoted([done[at].content for at in running], beside, language), strict=True):
        done[at].content = text
    return done


def _beside(tokens: Sequence[Token], at: int, step: int) -> str:
    """Return the letter, figure or per cent that a text touches in its paragraph, be it bold, or a note between."""
    at += step
    while 0 <= at < len(tokens) and (tokens[at].type == "footnote_ref" or tokens[at].nesting or not _shows(tokens[at])):
        at += step
    if not 0 <= at < len(tokens) or tokens[at].type != "text":
        return ""
    touched = tokens[at].content[-1 if step < 0 else 0]
    return touched if touched.isalnum() or touched == "%" else ""


def _shows(token: Token) -> bool:
    return token.type != "text" or bool(token.content)


def _quoted(texts: Sequence[str], beside: Sequence[tuple[str, str]], language: Language) -> list[str]:
    """Set texts that stand in one paragraph; quotation marks are paired across them, or left alone.

    `beside` are the characters that each touches: `l'**ONU**` has an apostrophe, `**Nous** :` a no-break space.
    """
    rules = _rules(language)
    if any('"' in text for text in texts):
        hidden = [_AS_IT_IS.sub(lambda kept: kept[0].replace('"', _HIDDEN), text) for text in texts]
        texts = [one.replace(_HIDDEN, '"') for one in turned(hidden, beside, rules.quotes, rules.outer)]
    pieces = [_pieces(text, rules) for text in texts]
    return [_in_pieces(text, *touched, rules) for text, touched in zip(pieces, beside, strict=True)]


def _in_pieces(text: Sequence[tuple[str, bool]], before: str, after: str, rules: _Rules) -> str:
    said = []
    for at, (piece, free) in enumerate(text):
        # A number is a figure to what stands beside it; an address is nothing.
        ends = before if not at else _figure(text[at - 1][0].rstrip(END)[-1:])
        begins = after if at == len(text) - 1 else _figure(text[at + 1][0].lstrip(ISOLATE)[:1])
        said.append(_set_beside(piece, ends, begins, rules) if free else piece)
    return "".join(said)


def _figure(touched: str) -> str:
    return touched if touched.isdecimal() else ""


def _set_beside(text: str, before: str, after: str, rules: _Rules) -> str:
    """Set a text as what stands before and after it asks, which stays as it is."""
    said = _set(f"{before}{text}{after}", rules) if text else ""
    if not (before or after) or not text:
        return said
    kept = said.startswith(before) and said.endswith(after)
    return said[len(before) : len(said) - len(after)].strip(JOINER) if kept else _set(text, rules)


def _pieces(text: str, rules: _Rules) -> list[tuple[str, bool]]:
    """Return a text cut into what may be set and what stays as it is: links, addresses and telephone numbers."""
    found: list[tuple[str, bool]] = []
    start = 0
    for kept in _IN_ONE_PIECE.finditer(text):
        said = _telephone(kept[0]) if kept["telephone"] else kept[0]
        alone = kept["telephone"] and rules.isolates and text[kept.start() - 1 : kept.start()] != ISOLATE
        found += [(text[start : kept.start()], True), (f"{ISOLATE}{said}{END}" if alone else said, False)]
        start = kept.end()
    return [*found, (text[start:], True)]


def _telephone(number: str) -> str:
    """Return a telephone number on one line, its spaces alike and not those of thousands."""
    return _STROKES.sub(JOINER, re.sub("[ \u00a0\u202f]", _NO_BREAK, number.replace(JOINER, "")))


def _set(text: str, rules: _Rules) -> str:
    if rules.curly:
        text = _ELLIPSIS.sub("…", _APOSTROPHE.sub("’", text))
    if rules.inner:
        text = _SINGLE.sub(lambda found: f"{rules.inner[0]}{found[1]}{rules.inner[1]}", text)  # type: ignore[index]
    if rules.possessive:
        text = _POSSESSIVE.sub("’", text)
    text = _CLOCK.sub(lambda hour: f"{hour[1]}{_NO_BREAK if hour[2] else ''}–", text)
    for pattern, by in rules.replaced:
        text = pattern.sub(by, text)
    for pattern, space in rules.bound:
        text = pattern.sub(lambda found, space=space: _with(found, space), text)  # type: ignore[misc]
    for kept in _KEPT_TOGETHER if _ANY_STROKE.search(text) else ():
        text = kept.sub(lambda found: _STROKES.sub(JOINER, found[0]), text)
    return isolated(text) if rules.isolates else text


def without_joiners(text: str) -> str:
    """Return set text without its joiners: for a face that breaks lines at spaces only."""
    return text.replace(JOINER, "")


def _with(found: re.Match[str], space: str) -> str:
    """Return what was found with its space as another one."""
    start, end = found.start(1) - found.start(), found.end(1) - found.start()
    return f"{found[0][:start]}{space}{found[0][end:]}"


@cache
def _rules(language: Language) -> _Rules:
    data = tomllib.loads(Path(__file__).with_name("typography.toml").read_text(encoding="utf-8"))[language]

    def compiled(pattern: str) -> re.Pattern[str]:
        slots = {
            "{d}": rf"[\d{VALUE}]",
            "{A}": rf"(?:[^\W\d_a-zà-öø-ÿа-яё]|{VALUE})",
            "{months}": "|".join(sorted(months_by_word(str, language), key=len, reverse=True)),
            "{w}": rf"[^\W_]|[).»”’…{VALUE}]",
            "{c}": "[\u3007\u3400-\u9fff\uf900-\ufaff《》「」『』【】（）“”]",
        }
        for slot, meaning in slots.items():
            pattern = pattern.replace(slot, meaning)
        return re.compile(pattern)

    levels, outer = tuple((first, second) for first, second in data["quotes"]), int(data.get("outer", 0))
    bound = [(compiled(pattern), _NO_BREAK) for pattern in data.get("bind", ())]
    bound += [(compiled(pattern), _NARROW) for pattern in data.get("narrow", ())]
    return _Rules(
        bound=tuple(bound),
        replaced=tuple((compiled(pattern), by) for pattern, by in data.get("replace", ())),
        quotes=levels,
        outer=outer,
        inner=levels[outer + 1] if language is not Language.CHINESE else None,
        curly=language in _CURLY,
        possessive=language is Language.ENGLISH,  # the states' rights
        isolates=bool(data.get("isolate")),
    )
