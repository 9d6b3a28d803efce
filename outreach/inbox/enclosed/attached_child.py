"""Reads the words of PDF and Word files that strangers sent, in a process that may fail alone.

A few kilobytes can ask for gigabytes or hours, and what reads PDF is not ours. So this process has a bound on memory
and processor time; it is given the files on standard input and answers with one line of JSON a file, in their order,
on standard output. Whatever ends it leaves the answers to the files before; the one who asked says the rest.
"""

import io
import json
import os
import re
import sys
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType

from outreach import platform
from outreach.vocabulary import FileKind

MEMORY_BYTES = 768 * 1024**2
SECONDS = 30
MOST_CHARACTERS = 100_000
"""No more of a file's words than this is kept: a note of forty pages."""
LINE_BYTES = MOST_CHARACTERS * 12 + 1000
"""No answer is longer: JSON writes a character in twelve bytes at most."""
_MOST_PAGES = 200
_MOST_MARKUP = 5_000_000
_LEAST_LETTERS = 12
"""A page number, or a scanner's own name, is no text."""
_COMPOUND = bytes.fromhex("d0cf11e0a1b11ae1")
_LETTER = re.compile(r"[^\W\d_]")
_BROKEN_WORD = re.compile("[\x02\xad](?:\r?\n)?")
"""How PDFium tells a hyphen that was set at the end of a line, most often without the line's end."""
_LEAST_WIDE, _NEARLY = 25, 0.72  # characters; of the width
_ITEM = re.compile(r"[-–—•·*]\s|\(?\w{1,3}[.)]\s")
_NO_SPACES = re.compile("[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]")


def main() -> None:
    """Answer for each file on standard input: its kind's letter, its length in bytes as 16 digits, its bytes."""
    platform.bound_this_process(memory_bytes=MEMORY_BYTES, seconds=SECONDS)
    out = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    with Path(os.devnull).open("wb") as nothing:
        os.dup2(nothing.fileno(), sys.stdout.fileno())  # what else is said there is no answer
    source = sys.stdin.buffer
    while letter := source.read(1):
        content = source.read(int(source.read(16)))
        try:
            kind, words = _READERS[letter](content)
        except MemoryError:
            kind, words = FileKind.REFUSED, ""
        except Exception:  # noqa: BLE001  (whatever it is, the file can't be read)
            kind, words = FileKind.BROKEN, ""
        words = words[:MOST_CHARACTERS].encode("utf-8", "ignore").decode()
        out.write(json.dumps([kind.value, words]).encode() + b"\n")
        out.flush()


def _open_document(content: bytes) -> tuple[FileKind, str]:
    from outreach.inbox.enclosed.attached_kinds import of_open_document

    return of_open_document(content, MOST_CHARACTERS)


def _rich_text(content: bytes) -> tuple[FileKind, str]:
    from outreach.inbox.enclosed.rich_text import of_rich_text

    return of_rich_text(content, MOST_CHARACTERS)


def _sheet(content: bytes) -> tuple[FileKind, str]:
    if content.startswith(_COMPOUND):
        return _compound(content)
    from outreach.inbox.enclosed.attached_kinds import of_sheet

    return of_sheet(content, MOST_CHARACTERS)


def _page(content: bytes) -> tuple[FileKind, str]:
    from outreach.inbox.decoding import decode, html_text

    found = re.search(rb"charset\s{0,5}=\s{0,5}[\"']?([\w.:-]{1,40})", content[:2048], re.IGNORECASE)
    charset = found[1].decode("ascii", "replace") if found else ""
    return FileKind.TEXT, html_text(decode(content[:_MOST_MARKUP], charset))


def of_pdf(content: bytes) -> tuple[FileKind, str]:
    """Return what a PDF is and its words, the beginning of many. A PDF without words is a scan."""
    import pypdfium2
    from pypdfium2.raw import FPDF_ERR_PASSWORD, FPDF_ERR_SECURITY

    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        locked = getattr(error, "err_code", None) in (FPDF_ERR_PASSWORD, FPDF_ERR_SECURITY)
        return (FileKind.ENCRYPTED if locked else FileKind.BROKEN), ""
    pages: list[str] = []
    unread = left = 0
    for number in range(min(len(document), _MOST_PAGES)):
        try:
            page = document[number]
            text = page.get_textpage().get_text_bounded()
            page.close()
        except pypdfium2.PdfiumError:
            unread += 1
            continue
        pages.append(_flowing(text))
        left += len(text)
        if left > MOST_CHARACTERS:
            break
    if not pages:
        return FileKind.BROKEN, ""
    words = "\n\n".join(pages).strip()
    if len(_LETTER.findall(words[:10_000])) < _LEAST_LETTERS:
        return (FileKind.BROKEN if unread else FileKind.SCAN), ""
    return FileKind.PDF, words


def _flowing(page: str) -> str:
    """Return a page's words with lines for paragraphs: one that was set nearly as wide as most goes on in the next."""
    lines = [line.strip() for line in _BROKEN_WORD.sub("\xad\n", page).splitlines()]
    wide = sorted(map(len, lines))[len(lines) * 9 // 10] if lines else 0
    wide = max(wide, _LEAST_WIDE)
    pieces: list[str] = []
    for line, following in pairwise([*lines, ""]):
        joined = line and following and len(line) >= wide * _NEARLY and not _ITEM.match(following)
        scripted = joined and _NO_SPACES.match(line[-1]) and _NO_SPACES.match(following[0])
        broken = line.endswith("\xad")
        pieces += (line.rstrip("\xad"), "" if scripted or broken else " " if joined else "\n")
    return "".join(pieces)


def _word(content: bytes) -> tuple[FileKind, str]:
    if content.startswith(_COMPOUND):
        return _compound(content)
    from outreach.inbox.enclosed.attached_kinds import of_word

    return of_word(content, MOST_CHARACTERS)


def _compound(content: bytes) -> tuple[FileKind, str]:
    """Tell of a compound file in the place of a package: a password puts all of it into one (MS-OFFCRYPTO, 2.3)."""
    import olefile

    with olefile.OleFileIO(io.BytesIO(content)) as compound:
        return (FileKind.ENCRYPTED if compound.exists("EncryptedPackage") else FileKind.BROKEN), ""


_READERS: Mapping[bytes, Callable[[bytes], tuple[FileKind, str]]] = MappingProxyType(
    {b"p": of_pdf, b"w": _word, b"o": _open_document, b"r": _rich_text, b"x": _sheet, b"h": _page}
)


if __name__ == "__main__":
    main()
