"""Reads the words of Word files, OpenDocument texts and Excel sheets, within the process of attached_child.

Each is read as a stream, into a bounded number of characters: no tree is built, nothing is followed, and no formula,
macro or link is looked at.
"""

import io
import re
import zipfile
from collections.abc import Callable, Iterable
from typing import Any

from outreach.vocabulary import FileKind

MOST_XML = 30_000_000
MOST_MEMBERS = 5_000
_ENCRYPTED = re.compile(rb"<manifest:encryption-data")
_DOCUMENT = re.compile(r"word/(?:header\d{0,3}|document\d{0,3})\.xml")
_SHEET = re.compile(r"xl/(?:sharedStrings|worksheets/sheet\d{1,4})\.xml", re.IGNORECASE)


def of_word(content: bytes, most: int) -> tuple[FileKind, str]:
    """Return what a Word file (ECMA-376) is and its words, those of its letterhead first; a paragraph is a line."""
    words = _words(
        most,
        within=lambda local: local == "t",
        # What says once more what stands beside it, or is taken out (ECMA-376-1, 17.13.5; -3, 10).
        aside=frozenset(["Fallback", "moveFrom", "del"]),
        spaces={"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"},
        ends={"p": "\n", "tc": "\t"},
    )
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        names = sorted(name for name in package.namelist()[:MOST_MEMBERS] if _DOCUMENT.fullmatch(name))
        if not any("document" in name for name in names):
            return FileKind.BROKEN, ""
        whole = _read_all(package, sorted(names, key=lambda one: "document" in one), words)
    return (FileKind.WORD, words.text()) if whole else (FileKind.REFUSED, "")


def of_open_document(content: bytes, most: int) -> tuple[FileKind, str]:
    """Return what an OpenDocument text (ISO/IEC 26300) is and its words; a paragraph is a line."""
    from defusedxml import sax

    with zipfile.ZipFile(io.BytesIO(content)) as package:
        names = package.namelist()[:MOST_MEMBERS]
        if "META-INF/manifest.xml" in names and _ENCRYPTED.search(_member(package, "META-INF/manifest.xml") or b""):
            return FileKind.ENCRYPTED, ""
        if "content.xml" not in names:
            return FileKind.BROKEN, ""
        xml = _member(package, "content.xml")
    if xml is None:
        return FileKind.REFUSED, ""
    words = _words(
        most,
        within=lambda local: local in ("p", "h"),
        aside=frozenset(["tracked-changes", "annotation", "note-citation", "scripts", "font-face-decls"]),
        spaces={"tab": "\t", "line-break": "\n", "s": " "},
        ends={"p": "\n", "h": "\n"},
    )
    sax.parseString(xml, words, forbid_dtd=True)
    return FileKind.WORD, words.text()


def of_sheet(content: bytes, most: int) -> tuple[FileKind, str]:
    """Return what an Excel sheet (ECMA-376) is and the text in its cells, a line each; numbers are left out."""
    words = _words(
        most, within=lambda local: local == "t", aside=frozenset(["rPh"]), spaces={}, ends={"si": "\n", "is": "\n"}
    )
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        names = [name for name in package.namelist()[:MOST_MEMBERS] if _SHEET.fullmatch(name)]
        if not names:
            return FileKind.BROKEN, ""
        whole = _read_all(package, sorted(names), words)
    return (FileKind.SHEET, words.text()) if whole else (FileKind.REFUSED, "")


def _read_all(package: zipfile.ZipFile, names: Iterable[str], words: Any) -> bool:
    """Let `words` take in members of a package; tell whether they hold no more than is read."""
    from defusedxml import sax

    left = MOST_XML
    for name in names:
        xml = _member(package, name, left)
        if xml is None:
            return False
        left -= len(xml)
        sax.parseString(xml, words, forbid_dtd=True)
    return True


def _member(package: zipfile.ZipFile, name: str, most: int = MOST_XML) -> bytes | None:
    """Return what a member of a package holds; None where it holds more than that."""
    with package.open(name) as member:
        xml = member.read(most + 1)
    return xml if len(xml) <= most else None


def _words(
    most: int, *, within: Callable[[str], bool], aside: frozenset[str], spaces: dict[str, str], ends: dict[str, str]
) -> Any:
    """Return what takes in elements: the text within some of them, save what is aside; spaces and ends as told."""
    from xml.sax.handler import ContentHandler

    class Words(ContentHandler):
        def __init__(self) -> None:
            super().__init__()
            self._pieces: list[str] = []
            self._size = self._aside = self._within = 0

        def startElement(self, name: str, attrs: object) -> None:  # noqa: ARG002, N802  (SAX calls it so)
            local = name.rpartition(":")[2]
            self._aside += local in aside
            self._within += within(local)
            self._put(spaces.get(local, ""))

        def endElement(self, name: str) -> None:  # noqa: N802
            local = name.rpartition(":")[2]
            self._within -= within(local)
            self._put(ends.get(local, ""))
            self._aside -= local in aside

        def characters(self, content: str) -> None:
            if self._within:
                self._put(content)

        def _put(self, text: str) -> None:
            if text and not self._aside and self._size < most * 2:
                self._pieces.append(text)
                self._size += len(text)

        def text(self) -> str:
            lines = (line.strip() for line in "".join(self._pieces).split("\n"))
            return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()

    return Words()
