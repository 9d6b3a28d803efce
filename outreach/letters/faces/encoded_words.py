"""Words in a header field that are not plain ASCII: encoded and folded (RFC 2047; RFC 5322, 2.2.3)."""

from base64 import b64encode
from functools import lru_cache

_LONGEST_WORD = 75  # RFC 2047, 2
_LONGEST_LINE = 76
_LONGEST_UNCODED = 60
"""A word: longer ones are encoded, so that they can be folded at all."""
_WRAPPING = len("=?utf-8?b??=")
_FOLD = "\r\n "


def encoded(value: str, field: str) -> str:
    """Return the value of a field as encoded words, as many as it needs, each of whole characters."""
    return _FOLD.join(f"=?utf-8?b?{b64encode(piece).decode()}?=" for piece in _pieces(value, len(field) + 2))


def folded(value: str, field: str) -> str:
    """Return the value of a field with no word encoded, folded at spaces where the line would be too long."""
    line, lines = f"{field}:", []
    for word in value.split(" "):
        if len(line) + 1 + len(word) > _LONGEST_LINE and line != f"{field}:":
            lines.append(line)
            line = ""
        line = f"{line} {word}"
    return "\r\n".join([*lines, line])[len(field) + 2 :]


@lru_cache(maxsize=256)  # a subject is that of many letters
def unstructured(value: str, field: str) -> str:
    """Return a one-line text as the value of a field such as Subject."""
    # What looks like an encoded word would be read as one, so it is encoded itself.
    plain = value.isascii() and "=?" not in value and len(max(value.split(" "), key=len)) <= _LONGEST_UNCODED
    return folded(value, field) if plain else encoded(value, field)


def _pieces(value: str, used: int) -> list[bytes]:
    """The value in UTF-8, in pieces that fit into one word each, the first one after so many characters of a line."""
    room = _bytes_in(_LONGEST_LINE - used)
    pieces, piece = [], bytearray()
    for character in value:
        own = character.encode()
        if len(piece) + len(own) > room:
            pieces.append(bytes(piece))
            piece.clear()
            room = _bytes_in(_LONGEST_WORD)
        piece += own
    return [*pieces, bytes(piece)]


def _bytes_in(width: int) -> int:
    return (min(width, _LONGEST_WORD) - _WRAPPING) // 4 * 3
