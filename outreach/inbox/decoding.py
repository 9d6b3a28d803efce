"""Headers and bodies as text: charsets, encoded words, addresses, Message-IDs, dates, HTML.

Every function takes whatever stands there and returns something that can be stored and shown: valid Unicode
without control characters. Each is linear in its input, or looks at a bounded beginning of it only.
"""

import codecs
import html
import quopri
import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache

from outreach.inbox.charsets import guess
from outreach.inbox.mime_reader import MimePart, decode_base64
from outreach.text import one_line

_ENCODED_WORD = re.compile(r"=\?([\w.:+-]{1,40})(?:\*[\w-]{0,20})?\?([bBqQ])\?([^?]{0,1000})\?=(?:\s+(?==\?))?")
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,990}>")
_WITHOUT_ESCAPES = re.compile(rb"\$([@B])((?:[!-~]{2}){1,40}?)\(([BJ])")
_CHARSET = re.compile(r"[\w.:+-]{1,40}", re.ASCII)
_UNWANTED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x9f\ud800-\udfff\ufeff]+")
_SPARSE = 4
"""Of so many bytes above 127 that are more than their characters, one may be wrong."""
_SEPARATORS = re.compile(r"[\s<>()\[\]\",;，。；：、（）《》「」“”？！]+")
_STUCK_BEFORE = re.compile('(?:[^@"]*:)?(?:[\u3400-\u9fff]+(?=[a-z0-9]))?', re.IGNORECASE)
"""What no space parts from an address behind it: Chinese words, `SMTP:`, `mailto:`; no address has a colon."""
_HEADER_CHARACTERS = 8000
_QUOTED_NAME = re.compile(r'"(?:[^"\\]|\\.){0,300}"(?=\s*<)')
_ENTRIES = re.compile("[,;]")
_BOXED = re.compile(r"<([^<>]{1,320})>")
_ADDRESS = re.compile(
    r"(?:[^@\s<>\x00-\x1f\x7f-\x9f]{1,250}|\"[^\s<>\x00-\x1f\x7f-\x9f]{0,249})"
    r"@[^@\s<>\x00-\x1f\x7f-\x9f/:;,()\\\"]{1,255}"
)

_MONTHS = dict(zip("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), range(1, 13), strict=True))  # noqa: SIM905
_DATE = re.compile(
    rf"\s*(?:[A-Za-z]{{3}},[ ]{{0,3}})?(\d{{1,2}}) ({'|'.join(_MONTHS)}) (\d{{4}})"
    r" (\d{2}):(\d{2})(?::(\d{2}))? ([+-])(\d{2})(\d{2})(?!\d)"
)

# What is written on mail and what is meant (WHATWG Encoding, 4.2, and names that mail programs made up).
_MEANT = {
    "iso-8859-1": "cp1252",
    "latin-1": "cp1252",
    "latin1": "cp1252",
    "iso-8859-8-i": "iso-8859-8",
    "iso-8859-8-e": "iso-8859-8",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "shift_jis": "cp932",
    "x-sjis": "cp932",
    "iso-2022-jp": "iso2022_jp_ext",
    "cp-850": "cp850",
    "x-mac-roman": "mac-roman",
    "macintosh": "mac-roman",
    "windows-874": "cp874",
    "unicode-1-1-utf-7": "utf-7",
}
# A promise that the first byte above 127 breaks: what comes then is most often UTF-8.
_NO_MORE_THAN_ASCII = frozenset(["ascii", "us-ascii", "ansi_x3.4-1968"])
# Codecs that make text out of bytes, but are no charset of mail.
_NO_CHARSETS = frozenset(["idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "mbcs", "oem"])


def decode(data: bytes, charset: str = "") -> str:
    """Return bytes as clean text: by the charset named, else UTF-8, else by the one that they read best in."""
    codec = _codec(charset)
    if codec.startswith("iso2022_jp") and b"\x1b" not in data:
        data = _WITHOUT_ESCAPES.sub(b"\x1b$\\1\\2\x1b(\\3", data)  # some gateway took the controls out
    elif b"\x1b$" in data and (not codec or codec == "utf-8"):
        codec = "iso2022_jp_ext"  # seven bits, and nobody says that they are Japanese (RFC 1468)
    for name in filter(None, (codec, "utf-8")):
        try:
            return clean(data.decode(name))
        except (UnicodeError, ValueError, LookupError):
            continue
    if not codec or codec == "utf-8":
        text = data.decode("utf-8", "replace")
        if text.count("\ufffd") * _SPARSE <= len(data) - len(text):
            return clean(text)  # UTF-8 with a break in it, such as at the end of what was looked at
        codec = guess(data)
    return clean(data.decode(codec, "replace"))


@lru_cache(maxsize=64)
def _codec(charset: str) -> str:
    name = charset.strip().strip("\"'").lower()
    if not _CHARSET.fullmatch(name) or name in _NO_MORE_THAN_ASCII:
        return ""
    try:
        found = codecs.lookup(_MEANT.get(name, name)).name
        b"".decode(found)  # a LookupError for what is no encoding of text
    except (LookupError, ValueError):
        return ""
    return found if found.replace("_", "-") not in _NO_CHARSETS else ""


def clean(text: str) -> str:
    """Return the text with plain line ends and without controls or halves of characters."""
    # Nothing unwanted is printable, and to ask that of a whole text is quick.
    if text.isprintable():
        return text
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    harmless = text.replace("\n", "").replace("\t", "").isprintable()
    return text if harmless else _UNWANTED.sub("", text)


def header(value: str | None) -> str:
    """Return a header's value for a reader: encoded words (RFC 2047) decoded, on one line."""
    if not value:
        return ""
    value = value[:_HEADER_CHARACTERS]
    if "=?" not in value:
        return one_line(clean(value))
    pieces: list[tuple[str, bytes]] = []  # charset and bytes; "" for text that was not encoded
    end = 0
    for word in _ENCODED_WORD.finditer(value):
        _add(pieces, "", value[end : word.start()].encode("utf-8", "replace"))
        data = decode_base64(word[3].encode()) if word[2] in "bB" else _q(word[3])
        _add(pieces, word[1].lower(), data)
        end = word.end()
    _add(pieces, "", value[end:].encode("utf-8", "replace"))
    return one_line("".join(decode(data, charset or "utf-8") for charset, data in pieces))


def _add(pieces: list[tuple[str, bytes]], charset: str, data: bytes) -> None:
    # Neighbours of one charset are decoded together: some programs break a character in two.
    if pieces and pieces[-1][0] == charset:
        pieces[-1] = (charset, pieces[-1][1] + data)
    elif data:
        pieces.append((charset, data))


def _q(text: str) -> bytes:
    return quopri.decodestring(text.encode("utf-8", "replace"), header=True)


@lru_cache(maxsize=256)  # In-Reply-To is the end of References
def message_ids(value: str | None) -> tuple[str, ...]:
    """Return the Message-IDs in a header's value (RFC 5322, 3.6.4), in their order, each once, in angle brackets."""
    if not value:
        return ()
    found = _MESSAGE_ID.findall(value)
    if not found and "@" in value and len(value) <= 990 and not re.search(r"[\s<>]", value.strip()):
        found = [f"<{value.strip()}>"]  # some programs forget the brackets
    return tuple(dict.fromkeys(found if value.isprintable() else map(clean, found)))


@lru_cache(maxsize=256)  # nearly every mail is to the team itself
def addresses(value: str | None) -> tuple[str, ...]:
    """Return the addresses in From, To or Cc, each once, without names: of each entry the one in angle brackets."""
    if not value or "@" not in value:
        return ()
    value = value[:_HEADER_CHARACTERS]
    if '"' in value:
        value = _QUOTED_NAME.sub("", value)
    found: list[str] = []
    for entry in _ENTRIES.split(value):
        boxed = [text.strip() for text in _BOXED.findall(entry) if is_address(text.strip())] if "<" in entry else []
        found += [clean(text) for text in boxed] or addresses_in(entry)
    return tuple(dict.fromkeys(found))


def addresses_in(text: str) -> tuple[str, ...]:
    """Return everything in a text that looks like an address, each once."""
    words = (word.strip("'.:`*") for word in _SEPARATORS.split(text) if "@" in word)
    words = (_STUCK_BEFORE.sub("", word, count=1) for word in words)
    return tuple(dict.fromkeys(word for word in words if is_address(word)))


def is_address(text: str) -> bool:
    """Tell whether a text could be an address: something, one @, a domain, no space."""
    return _ADDRESS.fullmatch(text) is not None


def moment(value: str | None) -> datetime | None:
    """Return a Date header (RFC 5322, 3.3) in UTC, or None where it can't be read or can't be true."""
    usual = _DATE.match(value or "")
    try:
        found = _usual_date(usual) if usual else _odd_date((value or "")[:100])
    except (ValueError, TypeError, IndexError, OverflowError, AttributeError):
        return None
    return found if 1980 <= found.year < 2200 else None


def _odd_date(value: str) -> datetime:
    """Return the date in UTC, which is what one without a zone is in; raises what `parsedate_to_datetime` does."""
    found = parsedate_to_datetime(value)
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _usual_date(found: re.Match[str]) -> datetime:
    """Return the date in its usual form, in UTC; raises ValueError for one that is none, as the 30th of February."""
    day, month, year, hour, minute, second, sign, hours, minutes = found.groups()
    local = datetime(int(year), _MONTHS[month], int(day), int(hour), int(minute), int(second or 0), tzinfo=UTC)
    if hours == minutes == "00":
        return local
    offset = timedelta(0, int(hours) * 3600 + int(minutes) * 60)
    return local + offset if sign == "-" else local - offset


def part_text(part: MimePart, most: int) -> str:
    """Return the text of a text part: its beginning, of at most `most` bytes; HTML as plain text."""
    if part.type == "text/html":
        return html_text(text_of_page(part, most))
    return decode(part.body(most), _charset(part))


def text_of_page(part: MimePart, most: int) -> str:
    """Return the markup of an HTML part, its beginning of at most `most` bytes, as it stands: not harmless yet."""
    data = part.body(most)
    charset = _charset(part) or _declared(data)
    if len(data) < most or b";base64," not in data:
        return decode(data, charset)
    return without_data(decode(part.body(_MOST_PICTURED), charset))[:most]  # the words stand below a picture


def _charset(part: MimePart) -> str:
    return part.parameters.get("charset", "").rpartition("'")[2]


def _declared(data: bytes) -> str:
    found = re.search(rb"charset\s{0,5}=\s{0,5}[\"']?([\w.:-]{1,40})", data[:2048], re.IGNORECASE)
    return found[1].decode("ascii", "replace") if found else ""


_MOST_PICTURED = 20_000_000
"""Of a page with pictures in its tags, so many bytes are looked at for its words."""
_BREAKS = frozenset(
    ["br", "p", "div", "tr", "li", "ul", "ol", "dl", "dt", "dd", "table", "hr", "pre", "section", "article"]
    + [f"h{level}" for level in range(1, 7)]
)
_HIDDEN = frozenset(["script", "style", "head", "title", "template", "noscript", "svg", "xml"])
_TAG = re.compile(r"</?([A-Za-z][\w:-]{0,30})([^<>]{0,5000})>")
_DECLARATION = re.compile(r"<(?:![A-Za-z\[]|\?)[^<>]{0,2000}>")
"""`<!DOCTYPE ...>`, `<![endif]>`, `<?xml ...?>`: nobody's words."""
_DATA = re.compile(r"(data:[\w.+/-]{0,80}[\w.+/;=-]{0,80}?;base64,)[A-Za-z0-9+/=%\s]+")
_HIDING = re.compile(r"display\s{0,3}:\s{0,3}none", re.IGNORECASE)
_CELL = "\x1f"
"""The end of a table's cell, while its line is gathered."""
_LONG_REFERENCE = re.compile(r"&#[xX]?[0-9A-Fa-f]{8,}")  # no character has such a number, and html.unescape raises


def html_text(markup: str, *, cells: str = " ") -> str:
    """Return HTML as plain text: blocks on lines of their own, quotes (`blockquote`) marked with `> `.

    `cells` stands between the cells of a table's row; of a tab, those that are empty keep their place.

    html.parser is not used: on tags and comments that never end it takes time that grows with their square.
    """
    markup = _DECLARATION.sub("", _without_comments(without_data(markup)))
    writer = _HtmlText(cells)
    end = 0
    for tag in _TAG.finditer(markup):
        writer.text(markup[end : tag.start()])
        writer.tag(tag[1].lower(), closing=tag[0].startswith("</"), attributes=tag[2])
        end = tag.end()
    writer.text(markup[end:])
    # Something that hides and never ends must not hide what a person wrote.
    return writer.result() or clean(" ".join(_unescaped(_TAG.sub(" ", markup)).split()))


def without_data(markup: str) -> str:
    """Return markup without the pictures that are written into its tags (`data:`, RFC 2397)."""
    return _DATA.sub(r"\1", markup) if ";base64," in markup else markup


def _unescaped(markup: str) -> str:
    return html.unescape(_LONG_REFERENCE.sub("", markup))


def _without_comments(markup: str) -> str:
    kept, position = [], 0
    while (start := markup.find("<!--", position)) >= 0:
        kept.append(markup[position:start])
        end = markup.find("-->", start + 4)
        if end < 0:
            return "".join(kept)
        position = end + 3
    kept.append(markup[position:])
    return "".join(kept)


class _HtmlText:
    """Collects the lines of an HTML text."""

    def __init__(self, cells: str) -> None:
        self.cells = cells
        self.lines: list[str] = []
        self.line: list[str] = []
        self.quotes = 0
        self.hidden = ""  # the element that hides what is in it
        self.hidden_depth = 0
        self.preformatted = False

    def text(self, markup: str) -> None:
        if self.hidden or not markup:
            return
        first, *more = _unescaped(markup).split("\n") if self.preformatted else [_unescaped(markup)]
        self.line.append(first)
        for line in more:
            self.new_line()
            self.line.append(line)

    def tag(self, name: str, *, closing: bool, attributes: str) -> None:
        if self.hidden:
            if name == self.hidden and not attributes.endswith("/"):
                self.hidden_depth += -1 if closing else 1
                self.hidden = self.hidden if self.hidden_depth > 0 else ""
            return
        if not closing and not attributes.endswith("/") and self._hides(name, attributes):
            self.hidden, self.hidden_depth = name, 1
        elif name == "blockquote":
            self.new_line()
            self.quotes = max(self.quotes - 1, 0) if closing else min(self.quotes + 1, 50)
        elif name in _BREAKS:
            self.preformatted = not closing if name == "pre" else self.preformatted
            self.new_line()
            if name in ("p", "hr") or (name == "div" and "divrplyfwdmsg" in attributes.lower()):
                self.new_line()
        elif name in ("td", "th") and closing:
            self.line.append(_CELL)

    def _hides(self, name: str, attributes: str) -> bool:
        void = name in ("br", "img", "hr", "input", "meta", "link", "col")
        return name in _HIDDEN or (not void and _HIDING.search(attributes[:1000]) is not None)

    def new_line(self) -> None:
        parts = [" ".join(part.split()) for part in "".join(self.line).split(_CELL)]
        text = self.cells.join(parts).rstrip() if self.cells == "\t" else " ".join(filter(None, parts))
        self.line = []
        if text or (self.lines and self.lines[-1].strip("> ")):
            self.lines.append("> " * self.quotes + text)

    def result(self) -> str:
        self.new_line()
        return clean("\n".join(self.lines)).strip()
