"""Runs of text in another script, found by each character's class in Unicode and not by lists of letters.

In a letter from right to left such a run stands between isolates, which mail, page and PDF all go by: a name with all
its letters, marks and figures is one run (Unicode Standard Annex 9, 2.4.3), and so is a telephone number.
"""

import re
import unicodedata
from collections.abc import Iterator

JOINER = "\u2060"
VALUE = "\ufdd0"
"""What stands in place of a value of the merge: see passages.py."""
ISOLATE, END = "\u2068", "\u2069"  # first strong isolate, pop directional isolate (UAX 9)
_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})
_GAP = rf"(?:[ \u00a0\u202f./–-]{JOINER}?|[ \u00a0\u202f]?\(\d{{1,4}}\)[ \u00a0\u202f]?)"
TELEPHONE = re.compile(
    rf"(?:(?<![0-9A-Za-z+./])\+(?=(?:[ \u00a0\u202f()./–{JOINER}-]{{0,3}}\d){{7,15}})"
    rf"\d{{1,15}}(?:{_GAP}\d{{1,11}}){{0,7}}"
    rf"|(?<![\w+./])(?:0\d{{2,4}}(?:{_GAP}\d{{2,5}}){{2,5}}|0\d(?:{_GAP}\d{{2,4}}){{3,5}}))(?![\w/])"
)
"""A telephone number (ITU-T E.123): behind a plus, or from nought in at least three groups, which a date has not."""


class _Kinds(dict[int, str]):
    """Says of each character what it is to a run: L its letter, M a mark on one, N a figure, R a letter of the text."""

    def __init__(self, *, latin: bool) -> None:
        super().__init__()
        self._latin = latin

    def __missing__(self, code: int) -> str:
        one = chr(code)
        self[code] = kind = self._kind(one, unicodedata.bidirectional(one))
        return kind

    def _kind(self, one: str, direction: str) -> str:
        category = unicodedata.category(one)
        if category.startswith("M"):
            return "M"
        if category == "Nd" and direction == "EN":
            return "N"
        if self._latin and not unicodedata.name(one, "").startswith(("LATIN", "FULLWIDTH LATIN", "MODIFIER LETTER")):
            return "R" if one.isalpha() or unicodedata.east_asian_width(one) in "WF" else one
        if category == "Cf":  # a mark of direction is no letter
            return one
        if direction in _RIGHT_TO_LEFT:
            return "R"
        return "L" if direction == "L" or category.startswith("L") else one


_BY_DIRECTION, _BY_SCRIPT = _Kinds(latin=False), _Kinds(latin=True)
_RUN = re.compile(
    rf"(?<!{ISOLATE})(?<![LMNR_{VALUE}])N{{0,6}}LM*"
    rf"(?:[LMN_.,&'’/()\[\] \u00a0{JOINER}–+#-]*(?:[LN]M*|\)))?"
    r"(?:(?<=[LM])[+#]{1,2}(?![LNR]))?"  # C++, C#
)
_IN_LATIN = re.compile(rf"LM*(?:[^R]*LM*)?(?:[./-]{JOINER}?N+)*")  # with the figures of a symbol: A/HRC/55/L.12
_OWN_POINT = re.compile(r"(?:(?<=[.,\s][^\W\d_])|(?<=\b[JS]r))\.")
"""The point of an abbreviation at the end of a run: else it ends the sentence around."""
_ISOLATED = re.compile(f"{ISOLATE}[^{ISOLATE}{END}]*{END}")


def isolated(text: str) -> str:
    """Return text from right to left with each run of another direction between isolates, if it is not already."""
    parts, start = list[str](), 0
    for kept in _ISOLATED.finditer(text):
        parts += [_with_isolates(text[start : kept.start()]), kept[0]]
        start = kept.end()
    return "".join([*parts, _with_isolates(text[start:])])


def _with_isolates(text: str) -> str:
    parts, at = list[str](), 0
    for found in _RUN.finditer(text.translate(_BY_DIRECTION)):
        point = _OWN_POINT.match(text, found.end())
        end = point.end() if point else found.end()
        parts += [text[at : found.start()], _alone(text[found.start() : end])]
        at = end
    return "".join([*parts, text[at:]])


def _alone(run: str) -> str:
    """Return a run between isolates, up to a bracket that was opened before it: `(Open Square)`."""
    open_ones = 0
    for place, sign in enumerate(run):
        open_ones += {"(": 1, "[": 1, ")": -1, "]": -1}.get(sign, 0)
        if open_ones < 0:
            inside = run[:place].rstrip(" \u00a0,.")
            return f"{ISOLATE}{inside}{END}{run[len(inside) : place + 1]}{isolated(run[place + 1 :])}"
    return f"{ISOLATE}{run}{END}"


def latin_runs(text: str) -> Iterator[tuple[int, int]]:
    """Yield where words in Latin letters begin and end in a text of another script: for a voice, that says them so."""
    for found in _IN_LATIN.finditer(text.translate(_BY_SCRIPT)):
        yield found.span()


def runs_against(text: str) -> bool:
    """Tell whether a text has letters, and all of them from left to right: an entry for a list from right to left."""
    kinds = text.translate(_BY_DIRECTION)
    return "L" in kinds and "R" not in kinds


def begins_in_latin(text: str) -> bool:
    """Tell whether the first letter of a text is Latin."""
    return next((kind for kind in text.translate(_BY_SCRIPT) if kind in "LR"), "") == "L"


def meets_another(text: str) -> bool:
    """Tell whether what follows a run comes to a figure or to another run before a letter of the text itself."""
    return next((kind in "LN" for kind in text.translate(_BY_DIRECTION) if kind in "LNR"), False)
