"""Marks that a reader trips over: brackets and quotation marks left open, characters that nobody sees, broken ones."""

import re
import unicodedata
from collections.abc import Iterator

from outreach.letters.lint.lint_hit import Hit, flat
from outreach.vocabulary import Language

_LINKED = re.compile(
    r"!?\[(?P<words>[^\]\[\n]*)\](?:\((?:[^()\n]|\([^()\n]*\))*\)|\[[^\]\n]*\])|\[\^[^\]\n]*\]|"
    r"<?https?://(?:[^\s()（）<>]|\([^\s()]*\))+>?"
)
_PAIRS = {
    ")": "(（", "]": "[", "）": "（(", "】": "【", "》": "《", "」": "「", "』": "『", "»": "«", "”": "“„",
}  # fmt: skip
"""What closes, and what may have opened it."""
_OPENING = frozenset("".join(_PAIRS.values()))
_QUOTES = frozenset('«»“”„"')
_AROUND = 48
"""So many characters after a mark say which one is meant."""
# `a)`, `3)` and `iv)` before what they number, and what smiles.
_NUMBERS = re.compile(
    r"(?:^|[\s(（,;])(?:[ivxlc]{1,5}|[A-Za-zа-яأ-ي]|\d{1,3}(?:[.-]\d{1,3})*)$|"
    r"[:;]-?$",
    re.IGNORECASE,
)


def hits_of_marks(text: str) -> Iterator[Hit]:
    """Yield brackets and quotation marks without their other half, paragraph by paragraph."""
    start = 0
    carried = False
    for part in re.split(r"(\n[ \t]*\n+)", text):
        bare = _LINKED.sub(_unlinked, part)
        if bare.strip():
            found = list(_unpaired(bare))
            # A quotation of several paragraphs opens in each of them, and closes in the last.
            following = text[start + len(part) :].lstrip()[:1]
            for mark, place in found:
                if mark in "“«„" and following and following in "“«„":
                    carried = True
                    continue
                if mark in "”»" and carried:
                    carried = False
                    continue
                yield _hit(part, mark, place, start)
        start += len(part)


def _unlinked(match: re.Match[str]) -> str:
    """A link's words alone, where they stand."""
    words = match["words"] or ""
    before = match.start("words") - match.start() if words else 0
    return " " * before + words + " " * (len(match[0]) - before - len(words))


def _hit(part: str, mark: str, place: int, start: int) -> Hit:
    if mark in _OPENING or mark == '"':
        words = part[place : place + _AROUND]
        words = words if len(words) < _AROUND else words.rpartition(" ")[0] or words
    else:
        words = part[max(0, place - _AROUND) : place + 1]
        words = words if place < _AROUND else words.partition(" ")[2] or words
    code = "words.quote-open" if mark in _QUOTES else "words.bracket-open"
    return Hit(code, flat(words), start + place, {"mark": mark})


def _unpaired(text: str) -> Iterator[tuple[str, int]]:
    opened: list[tuple[str, int]] = []
    straight: list[int] = []
    for place, one in enumerate(text):
        if one == "“" and (at := _last(opened, "„")) is not None:
            del opened[at]  # „…“ ends with the mark that begins elsewhere
        elif one in _OPENING:
            opened.append((one, place))
        elif one in _PAIRS:
            at = _last(opened, _PAIRS[one])
            if at is not None:
                del opened[at]
            elif not (one == ")" and _NUMBERS.search(text[:place])) and not (one == "»" and "«" in text[place:]):
                yield one, place
        elif one == '"' and not (place and text[place - 1].isdigit() and text.count('"') % 2):
            straight.append(place)
    yield from opened
    if len(straight) % 2:
        yield '"', straight[-1]


def _last(opened: list[tuple[str, int]], marks: str) -> int | None:
    return next((number for number in range(len(opened) - 1, -1, -1) if opened[number][0] in marks), None)


# ----------------------------------------------------------------------------------------------- what nobody sees

_DIRECTIONS = "\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069"
_UNSEEN = re.compile(
    rf"[\u00ad\u180e\u200b-\u200d\u2060-\u2064\ufeff\u115f\u1160\u3164{_DIRECTIONS}\U000e0000-\U000e007f]"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x9f\ue000-\uf8ff]")
_WORD_AROUND = re.compile(r"[\w\u00ad\u200b-\u200f\u2060-\u2064\ufeff\u202a-\u202e\u2066-\u2069'’-]*")


def hits_unseen(text: str, language: Language) -> Iterator[Hit]:
    """Yield characters that nobody sees, by the word that they stand in; `text` is as it stands in the file.

    Arabic needs joiners and marks of direction; an emoji may be joined of several.
    """
    taken = -1
    for match in (*_UNSEEN.finditer(text), *_CONTROL.finditer(text)):
        one, place = match[0], match.start()
        if place <= taken or (place == 0 and one == "\ufeff"):
            continue
        if one in "\u200c\u200d" and not _among_latin(text, place):
            continue
        if re.match(f"[{_DIRECTIONS}]", one) and (language is Language.ARABIC or _right_to_left(text, place)):
            continue
        begin = place
        while begin and _WORD_AROUND.fullmatch(text[begin - 1]):
            begin -= 1
        around = _WORD_AROUND.match(text, place)
        end = max(around.end() if around else place, place + 1)
        taken = end
        code = "words.control" if _CONTROL.match(one) else "words.unseen"
        yield Hit(code, flat(text[begin:end]), begin, {"character": f"U+{ord(one):04X}"})


def _among_latin(text: str, place: int) -> bool:
    before, after = text[place - 1 : place], text[place + 1 : place + 2]
    return any(one and unicodedata.name(one, "").startswith(("LATIN", "CYRILLIC", "CJK")) for one in (before, after))


def _right_to_left(text: str, place: int) -> bool:
    around = text[max(0, place - 40) : place + 40]
    return any(unicodedata.bidirectional(one) in {"R", "AL"} for one in around)


# ------------------------------------------------------------------------------------------------ broken characters

_BROKEN = re.compile(
    # UTF-8 that was read as Windows-1252, or as Windows-1251.
    r"(?P<western>[Â-ô][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u2026\u2030"
    r"\u2039\u203a\u20ac\u2122]{1,3})"
    r"|(?P<cyrillic>(?:[РСВГ][^\W\d_А-Яа-п\x00-\x7f]|"
    r"[РС][\u00a0-\u00bf\u2013-\u2026\u2030\u2039\u203a\u20ac\u2122Ѐ-Џђ-џ]){2,})"
    r"|(?P<lost>\ufffd+|(?<=[^\W\d_])\?(?=[a-zà-ÿа-я])|(?<=[^\W\d_])¿(?=[a-zà-ÿ]))"
    r"|(?P<quoted>(?<![\w/?&])\w*=(?:[C-F][0-9A-F](?:=[89AB][0-9A-F])+|20|E[0-9A-F])\w*)"
    r"|(?P<entity>&(?:amp;)+\w+;|&amp;#\d+;|(?<=\w)%(?:20|C3%[89AB][0-9A-F])(?=\w))"
)
_PLAUSIBLE = re.compile(
    r"[\u00a0-\u024f\u0400-\u045f\u0600-\u06ff\u2010-\u203a\u20ac\u2122\u4e00-\u9fff\u3000-\u303f\uff00-\uffef]"
)
_AFTER = re.compile(r"[^\s,;.()]*")


def hits_broken(text: str) -> Iterator[Hit]:
    """Yield characters that were read in another encoding than they were written in, by the words they stand in."""
    bare = re.sub(r"https?://\S+|\]\([^)\n]*\)", lambda match: " " * len(match[0]), text)
    taken = -1
    for match in _BROKEN.finditer(bare):
        place = match.start()
        if place < taken:
            continue
        if match["western"] and not _misread(match["western"], "cp1252"):
            continue
        if match["cyrillic"] and not _misread(match["cyrillic"], "cp1251"):
            continue
        begin = max(bare.rfind(" ", 0, place), bare.rfind("\n", 0, place)) + 1
        around = _AFTER.match(bare, match.end())
        taken = around.end() if around else match.end()
        yield Hit("words.broken", flat(text[begin:taken].strip('*_([“«"')), begin)


def _misread(words: str, encoding: str) -> bool:
    for length in range(len(words), 1, -1):
        try:
            raw = b"".join(
                one.encode("latin-1") if "\x80" <= one < "\xa0" else one.encode(encoding) for one in words[:length]
            )
            read = raw.decode("utf-8")
        except UnicodeError:
            continue
        # ‘É»’ is a letter before its quotation mark, though it could be read so.
        return bool(read) and all(_PLAUSIBLE.match(one) for one in read) and not re.search("^.[»«”“’]$", words)
    return False


# Letters of two scripts that look alike, in one word.
_MIXED = re.compile(r"(?<![\w/@.])[A-Za-zÀ-ÿА-яЁё]*(?:[A-Za-z][А-яЁё]|[А-яЁё][A-Za-z])[A-Za-zÀ-ÿА-яЁё]*(?![\w@])")


def hits_mixed(text: str) -> Iterator[Hit]:
    """Yield words with letters of two alphabets in them."""
    for match in _MIXED.finditer(text):
        yield Hit("words.two-alphabets", flat(match[0]), match.start())
