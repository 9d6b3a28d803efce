"""Straight quotation marks as the pairs that a language has, one pair within another.

Whether a mark opens or closes is told by what it touches, and where that tells nothing (`他说"好"`), by what is open.
Pairs that were typed as such count as open too: a straight mark within « » becomes a pair for within.
"""

from collections.abc import Sequence

from outreach.letters.faces.directions import END, ISOLATE

Pair = tuple[str, str]
_OPENING = frozenset("([{<«“„‘—–-/¿¡（《「『")
_CLOSING = frozenset(".,;:!?)]}>»”’…،؛؟。，；：？！、）》」』%")
_APOSTROPHES = frozenset("'’")
_PASSED_OVER = f'"{ISOLATE}{END}'
_NOT_COUNTED = frozenset("‘”")
"""What opens a pair that can't be counted as typed: an apostrophe closes it, or both ways are typed."""


def turned(texts: Sequence[str], beside: Sequence[tuple[str, str]], levels: Sequence[Pair], outer: int) -> list[str]:
    """Return texts of one paragraph with their straight marks as pairs; as they are where the marks do not pair.

    `beside` is what each text touches before and behind it; `levels` are the pairs from the outermost, of which a
    straight mark that stands in no other becomes the one at `outer`.
    """
    typed = {sign: (at, end) for at, pair in enumerate(levels) for end, sign in enumerate(map(str.strip, pair))
             if pair[0] not in _NOT_COUNTED}  # fmt: skip
    opened: list[tuple[int, bool]] = []
    done: list[str] = []
    for text, (before, after) in zip(texts, beside, strict=True):
        signs = list(text)
        for at, sign in enumerate(text):
            if sign == '"':
                touched = text[:at].rstrip(_PASSED_OVER)[-1:] or before
                opens = _opens(touched, text[at:].lstrip(_PASSED_OVER)[:1] or after, opened)
                if not opens and not opened and touched.isdecimal():
                    continue  # inches
                if not opens and not (opened and opened[-1][1]):
                    return list(texts)
                level = _within(opened, len(levels), outer) if opens else opened.pop()[0]
                signs[at] = levels[level][not opens]
                if opens:
                    opened.append((level, True))
            elif sign in typed:
                level, ends = typed[sign]
                if not ends:
                    opened.append((level, False))
                elif (level, False) in opened:
                    del opened[len(opened) - 1 - opened[::-1].index((level, False)) :]
        done.append("".join(signs))
    return list(texts) if any(straight for _, straight in opened) else done


def _opens(before: str, after: str, opened: Sequence[tuple[int, bool]]) -> bool:
    ends_none = before == "" or before.isspace() or before in _OPENING
    begins_none = after == "" or after.isspace() or after in _CLOSING
    elided = before in _APOSTROPHES and after.isalpha()  # l'"État"
    if (ends_none or elided) is begins_none:
        return not (opened and opened[-1][1])
    return not begins_none


def _within(opened: Sequence[tuple[int, bool]], levels: int, outer: int) -> int:
    """Return the level of a pair that opens here: the next one, and past the innermost the one before it again."""
    if not opened:
        return outer
    level = opened[-1][0] + 1
    return level if level < levels else max(levels - 2, 0)
