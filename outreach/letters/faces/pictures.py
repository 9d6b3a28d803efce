"""Pictures in a letter's text: files of its own folder that go along in the mail, the PDF and the open edition.

They are looked at before anything opens them: PNG (ISO/IEC 15948) and JPEG (ITU-T T.81) by their content, their
dimensions by their heads. In a mail each is an inline part that the HTML names by its Content-ID (RFC 2392).
"""

import base64
import hashlib
import re
import struct
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import unquote

MOST_BYTES = 2 * 1024 * 1024
LARGE_BYTES = 300 * 1024
MOST_PIXELS = 16_000_000
MOST_SIDE = 8_000
_MOST_UNPACKED = 4 * 1024 * 1024
MOST_LOGOS, MOST_LOGOS_BYTES = 100, 3 * 1024 * 1024
_LOGO = 150, 48
SIGNED = 240, 90
"""Pixels, at 96 to the inch, that a scanned signature is shown in at most: 63 by 24 mm on paper."""
WIDEST = 640
"""Pixels of the widest picture in a mail, which are those of the letter (`mail_html.WIDTH`)."""
_TARGETS = re.compile(r"\]\(\s*(?:<([^>\n]*)>|([^)\s]+))|^ {0,3}\[[^\]\n]+\]:\s*<?([^\s>]+)", re.MULTILINE)
_OWN_DISK = re.compile(r"(?i)file:|[a-z]:[\\/]")
_REMOTE = re.compile(r"(?i)[a-z][a-z0-9+.-]*:|//")
_PNG = b"\x89PNG\r\n\x1a\n"
_PACKED = frozenset({b"iCCP", b"zTXt", b"iTXt"})
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


@dataclass(frozen=True, slots=True)
class LetterPicture:
    """A picture as it goes out, looked at."""

    name: str
    """As the text names it: a path within the letter's folder."""
    media_type: str
    content: bytes
    width: int
    height: int
    """In pixels."""

    @property
    def content_id(self) -> str:
        """What the HTML calls it (RFC 2392): the same picture has the same one in every letter."""
        return f"{hashlib.sha256(self.content).hexdigest()[:32]}@picture.invalid"

    def within(self, width: int, height: int) -> "LetterPicture":
        """Return the picture shown at most so wide and high, in pixels; its file stays as it is."""
        scale = min(1.0, width / self.width, height / self.height)
        shown = max(1, round(self.width * scale)), max(1, round(self.height * scale))
        return replace(self, width=shown[0], height=shown[1])

    @property
    def data(self) -> str:
        """The picture as a data URL (RFC 2397), for a page that stands by itself."""
        return f"data:{self.media_type};base64,{base64.b64encode(self.content).decode()}"


class NoPicture(Exception):
    """A file that can't go out as a picture; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def read_picture(folder: Path, source: str) -> LetterPicture:
    """Read a picture of a letter's folder that the text names. Raises NoPicture with the code of what is wrong."""
    name = unquote(source.strip())
    if name.lower().startswith("data:"):
        raise NoPicture("picture.inline")
    if _OWN_DISK.match(name):
        raise NoPicture("picture.outside")
    if _REMOTE.match(name):
        raise NoPicture("picture.remote")
    path = folder / name
    if not name or "\0" in name or "\\" in name:
        raise NoPicture("picture.missing")
    inside = folder.resolve()
    here = Path(name)
    if here.is_absolute() or ".." in here.parts:
        raise NoPicture("picture.outside")
    if any((folder / Path(*here.parts[:deep])).is_symlink() for deep in range(1, len(here.parts) + 1)):
        raise NoPicture("picture.outside")
    if not path.is_file():
        raise NoPicture("picture.missing")
    if not path.resolve().is_relative_to(inside):
        raise NoPicture("picture.outside")
    if path.suffix.lower() in {".svg", ".svgz"}:
        raise NoPicture("picture.svg")
    if path.stat().st_size > MOST_BYTES:
        raise NoPicture("picture.too-large")
    content = path.read_bytes()
    kind, width, height = measured(content)
    if width > MOST_SIDE or height > MOST_SIDE or width * height > MOST_PIXELS:
        raise NoPicture("picture.dimensions")
    return LetterPicture(here.as_posix(), kind, content, width, height)


def read_pictures(folder: Path, texts: Iterable[str]) -> dict[str, LetterPicture]:
    """Return the pictures that texts name and that can go out, by the name; the check tells of the others."""
    found: dict[str, LetterPicture] = {}
    for text in texts:
        if "![" not in text:
            continue
        for match in _TARGETS.finditer(text):
            source = unquote(next(filter(None, match.groups()), "").strip())
            if source and source not in found and Path(source).suffix.lower() in {".png", ".jpg", ".jpeg"}:
                try:
                    found[source] = read_picture(folder, source)
                except (NoPicture, OSError, ValueError):
                    continue
    return found


def read_logos(folder: Path, names: Iterable[str]) -> dict[str, LetterPicture]:
    """Return logos and scanned signatures of a letter's folder that can go out, by name, as large as a line shows them.

    The first hundred files and 3 MB of them are taken: they go along in every mail. The check tells of the others.
    """
    found: dict[str, LetterPicture] = {}
    left = MOST_LOGOS_BYTES
    for name in dict.fromkeys(names):
        if len(found) == MOST_LOGOS:
            break
        try:
            picture = read_picture(folder, name)
        except (NoPicture, OSError, ValueError):
            continue
        if len(picture.content) > left:
            continue
        left -= len(picture.content)
        found[name] = picture.within(*_LOGO)
    return found


def as_page(html: str, pictures: Iterable[LetterPicture]) -> str:
    """Return a mail's HTML as a page that stands by itself: its pictures are in it, and named by nothing."""
    for one in pictures:
        html = html.replace(f'"cid:{one.content_id}"', f'"{one.data}"')
    return html


def used_in(page: Sequence[str], pictures: Mapping[str, LetterPicture]) -> tuple[LetterPicture, ...]:
    """Return the pictures that a mail's HTML shows, each once; it comes in pieces."""
    by_id = {one.content_id: one for one in pictures.values()}
    html = "".join(page) if by_id else ""
    return tuple(one for name, one in sorted(by_id.items()) if f'"cid:{name}"' in html)


def measured(content: bytes) -> tuple[str, int, int]:
    """Return a picture's media type, width and height in pixels, by its content.

    Raises NoPicture for what is neither PNG nor JPEG, is cut short, or would unpack to far more than it is.
    """
    try:
        if content.startswith(_PNG):
            return ("image/png", *_png(content))
        if content.startswith(b"\xff\xd8\xff"):
            return ("image/jpeg", *_jpeg(content))
    except (struct.error, IndexError, zlib.error):
        raise NoPicture("picture.broken") from None
    raise NoPicture("picture.kind")


def _png(content: bytes) -> tuple[int, int]:
    size: tuple[int, int] | None = None
    at = len(_PNG)
    while at < len(content):
        length, kind = struct.unpack_from(">I4s", content, at)
        data = content[at + 8 : at + 8 + length]
        if len(data) != length or at + 12 + length > len(content):
            raise NoPicture("picture.broken")
        if size is None:
            if kind != b"IHDR" or length != 13:
                raise NoPicture("picture.broken")
            size = struct.unpack_from(">II", data)
        elif kind in _PACKED:
            _require_small(data)
        elif kind == b"acTL":
            raise NoPicture("picture.moving")
        elif kind == b"IEND":
            return _sized(size)
        at += 12 + length
    raise NoPicture("picture.broken")


def _require_small(data: bytes) -> None:
    """Refuse a packed note of a PNG that unpacks to far more than any note is."""
    for start in (match.start() for match in re.finditer(rb"[\x08\x18\x28\x38\x48\x58\x68\x78]", data[:400])):
        unpacking = zlib.decompressobj()
        try:
            made = unpacking.decompress(data[start:], _MOST_UNPACKED)
        except zlib.error:
            continue
        if len(made) >= _MOST_UNPACKED:
            raise NoPicture("picture.dimensions")


def _jpeg(content: bytes) -> tuple[int, int]:
    for marker, start, _ in _segments(content):
        if marker in _FRAMES:
            height, width = struct.unpack_from(">HH", content, start + 1)
            if b"\xff\xd9" not in content[start:]:
                break
            return _sized((width, height))
    raise NoPicture("picture.broken")


def _segments(content: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield the marker of each segment before the picture's data, and where what it holds begins and ends."""
    at = 2
    while at + 4 <= len(content):
        if content[at] != 0xFF:
            return
        marker = content[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if marker == 0xDA:
            return
        (length,) = struct.unpack_from(">H", content, at + 2)
        if length < 2:
            return
        yield marker, at + 4, at + 2 + length
        at += 2 + length


def _sized(size: tuple[int, int]) -> tuple[int, int]:
    if not all(size):
        raise NoPicture("picture.broken")
    return size


def tells_where(picture: LetterPicture) -> bool:
    """Whether a picture holds what a camera wrote about itself (Exif), which may tell the place and the owner."""
    if picture.media_type == "image/png":
        return b"eXIf" in picture.content
    return any(
        marker == 0xE1 and picture.content[start : start + 6] == b"Exif\0\0"
        for marker, start, _ in _segments(picture.content)
    )
