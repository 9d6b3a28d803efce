"""Reads the words of rich text (RTF 1.9.1): of files within the process of attached_child, of a mail's body here.

One pass from left to right: what a destination holds that is none of the document's text is passed over, and so are
pictures and objects. No field, object or link is followed.
"""

import re
from typing import NamedTuple

from outreach.vocabulary import FileKind

_MOST_GROUPS = 1_000
# Control words and signs, groups, bytes in hexadecimal, and what stands between (RTF 1.9.1).
_RTF = re.compile(
    rb"\\([a-z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-f]{2})|\\([^a-z])|([{}])|[\r\n]+|([^\\{}\r\n]+)", re.IGNORECASE
)
_ASIDE = frozenset(
    b"fonttbl colortbl stylesheet info pict object objdata themedata colorschememapping datastore latentstyles "
    b"listtable listoverridetable rsidtbl generator xmlnstbl filetbl revtbl fldinst bkmkstart bkmkend nonshppict "
    b"deleted pgptbl bin footnote annotation atnid atnauthor mmathPr wgrffmtfilter".split()
)
"""Destinations whose text is none of the document's own."""
_BREAKS = {b"par": "\n", b"line": "\n", b"sect": "\n", b"page": "\n", b"row": "\n", b"cell": "\t", b"tab": "\t",
           b"emdash": "—", b"endash": "–", b"lquote": "‘", b"rquote": "’", b"ldblquote": "“", b"rdblquote": "”",
           b"bullet": "•"}  # fmt: skip
_SIGNS = {b"~": "\u00a0", b"_": "-", b"{": "{", b"}": "}", b"\\": "\\", b"\n": "\n", b"\r": "\n"}
_CODEPAGES = {0: 1252, 128: 932, 129: 949, 134: 936, 136: 950, 161: 1253, 162: 1254, 163: 1258, 177: 1255, 178: 1256,
              186: 1257, 204: 1251, 222: 874, 238: 1250}  # fmt: skip


def of_rich_text(content: bytes, most: int) -> tuple[FileKind, str]:
    """Return what a rich text is and its words. What is deeper in groups than any writer goes is refused."""
    if not content.lstrip().startswith(b"{\\rtf"):
        return FileKind.BROKEN, ""
    reader = _RichText()
    for token in _RTF.finditer(content):
        reader.take(*token.groups())
        if reader.ended or reader.size > most:
            break
        if reader.depth > _MOST_GROUPS:
            return FileKind.REFUSED, ""
    return FileKind.WORD, reader.text()


class _GroupState(NamedTuple):
    """What holds within a group, and ends with it."""

    aside: bool = False
    hidden: bool = False
    skips: int = 1
    """How many characters stand for one beyond the codepage, for readers that do not know it."""
    charset: str = ""
    in_fonts: bool = False


class _RichText:
    """Takes in the tokens of a rich text, and collects its words."""

    def __init__(self) -> None:
        self.size = 0
        self.ended = False
        self._state = _GroupState()
        self._groups: list[_GroupState] = []
        self._pieces: list[str] = []
        self._raw = bytearray()
        self._default, self._fonts, self._font = "cp1252", dict[int, str](), 0
        self._to_skip = 0

    @property
    def depth(self) -> int:
        return len(self._groups)

    def take(self, word: bytes | None, number: bytes | None, hexed: bytes | None, sign: bytes | None,
             brace: bytes | None, text: bytes | None) -> None:  # fmt: skip
        """Take in one token, of which all but one part (and the number of a word) are None."""
        if hexed is not None or text is not None:
            self._bytes(bytes.fromhex(hexed.decode()) if hexed is not None else text or b"")
            return
        self._flush()
        if brace is not None:
            self._brace(opens=brace == b"{")
        elif sign == b"*":  # a destination that a reader may not know: shapes, lists, fields' own words
            self._state = self._state._replace(aside=True)
        elif sign is not None:
            self._put(_SIGNS.get(sign, ""))
        elif word is not None:
            self._word(word, int(number) if number is not None else None)

    def text(self) -> str:
        """Return the words; a paragraph is a line."""
        self._flush()
        # Characters beyond the first 65,536 come as two halves.
        whole = "".join(self._pieces).encode("utf-16", "surrogatepass").decode("utf-16", "ignore")
        lines = (line.strip() for line in whole.split("\n"))
        return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()

    def _bytes(self, given: bytes) -> None:
        cut = min(self._to_skip, len(given))
        self._to_skip -= cut
        if not self._state.aside and not self._state.hidden:
            self._raw += given[cut:]

    def _flush(self) -> None:
        if self._raw:
            self._put(self._raw.decode(self._state.charset or self._default, "replace"))
            self._raw.clear()

    def _put(self, text: str) -> None:
        if text and not self._state.aside and not self._state.hidden:
            self._pieces.append(text)
            self.size += len(text)

    def _brace(self, *, opens: bool) -> None:
        self._to_skip = 0
        if opens:
            self._groups.append(self._state)
        elif self._groups:
            self._state = self._groups.pop()
            self.ended = not self._groups

    def _word(self, word: bytes, number: int | None) -> None:
        if word in _ASIDE:
            self._state = self._state._replace(aside=True, in_fonts=word == b"fonttbl" or self._state.in_fonts)
        elif word in _BREAKS:
            self._put(_BREAKS[word])
        elif word == b"u" and number is not None:
            self._put(chr(number % 65536))
            self._to_skip = self._state.skips
        elif word == b"uc":
            self._state = self._state._replace(skips=min(max(number or 0, 0), 10))
        elif word == b"v":
            self._state = self._state._replace(hidden=number != 0)
        else:
            self._codepage(word, number or 0)

    def _codepage(self, word: bytes, number: int) -> None:
        if word == b"ansicpg":
            self._default = _codec(number)
        elif word == b"f":
            self._font = number
            if not self._state.in_fonts:
                self._state = self._state._replace(charset=self._fonts.get(number, ""))
        elif word == b"fcharset" and self._state.in_fonts and number in _CODEPAGES and number:
            self._fonts[self._font] = _codec(_CODEPAGES[number])


def _codec(page: int) -> str:
    try:
        "".encode(f"cp{page}")
    except LookupError:
        return "cp1252"
    return f"cp{page}"
