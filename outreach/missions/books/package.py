"""Opens a file that claims to be a workbook, and reads its parts in bounded time and memory.

An .xlsx file is a zip of XML parts (ECMA-376, Office Open XML), and so is an .ods file (OpenDocument 1.3, part 2).
Whoever made it is not trusted: what is inflated is counted as it comes, whatever the zip's directory declares; a
DTD, and so any entity of its own, is refused; elements are counted and never kept as a tree.
"""

import io
import os
import posixpath
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from xml.parsers import expat

from outreach.errors import SheetError
from outreach.missions.books.sheet_bounds import MAX_INFLATED_BYTES
from outreach.sentences import Remedy

MAX_FILE_BYTES = 50 * 1024 * 1024
MAX_PARTS = 5_000
MAX_ELEMENTS = 5_000_000
MAX_DEPTH = 250  # what a parser has open it keeps in memory, and no spreadsheet program nests so deep
_CHUNK = 64 * 1024
_SCAN_CHUNK = 1024 * 1024
_MAX_TOKEN = 1024 * 1024  # one tag or comment: older expats read an endless one again with every chunk

_OLE = bytes.fromhex("d0cf11e0a1b11ae1")  # compound file: an old .xls, or an encrypted workbook's envelope
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_AGAIN = Remedy("Open it in Excel or LibreOffice and save it as an Excel workbook (.xlsx).")


@dataclass(frozen=True, slots=True)
class Handlers:
    """What to call for each start tag, end tag and run of text. Names come without their namespace prefix."""

    start: Callable[[str, Mapping[str, str]], None]
    end: Callable[[str], None]
    text: Callable[[str], None]


class Package:
    """The parts of one workbook file. Every refusal is a SheetError of one sentence that names the file."""

    def __init__(self, name: str, content: bytes) -> None:
        """Look at the zip's directory; `name` is what the file is called in a message."""
        self.name = name
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(content))
        except (zipfile.BadZipFile, struct.error, ValueError, OSError, NotImplementedError):
            raise self._damaged() from None
        entries = self._zip.infolist()
        if len(entries) > MAX_PARTS or sum(entry.file_size for entry in entries) > MAX_INFLATED_BYTES:
            raise self.too_large("it unpacks to far more than a directory of missions")
        self._parts = {entry.filename.lower(): entry for entry in entries}
        self._inflated = 0
        self._elements = 0
        self._depth = 0

    def has(self, part: str) -> bool:
        """Tell whether there is a part of that name. Part names are compared without regard to case (OPC, 9.1)."""
        return part.lower() in self._parts

    @property
    def is_binary(self) -> bool:
        """Tell whether it is a binary workbook, .xlsb."""
        return self.has("xl/workbook.bin")

    @property
    def is_open_document(self) -> bool:
        """Tell whether it is an OpenDocument file, .ods or the like, and no Excel workbook."""
        return self.has("mimetype") and not self.has("[Content_Types].xml")

    def count(self, part: str, *tags: re.Pattern[bytes]) -> list[int]:
        """Count tags in a part without parsing it, which is quick; roughly, for whoever wrote it may deceive us.

        Raises SheetError for a part that unpacks to more than is allowed, or is damaged.
        """
        counted, unpacked, marks = [0] * len(tags), 0, 0
        with self._opened(part) as stream:
            while chunk := stream.read(_SCAN_CHUNK):
                unpacked += len(chunk)
                if unpacked > MAX_INFLATED_BYTES:
                    raise self.too_large("it unpacks to far more than a directory of missions")
                marks += chunk.count(b"<")
                if marks > 2 * MAX_ELEMENTS:  # an element has two, or one
                    raise self.too_large(f"it holds more than {MAX_ELEMENTS:,} cells and marks")
                for index, tag in enumerate(tags):
                    counted[index] += sum(1 for _ in tag.finditer(chunk))
        return counted

    def text(self, part: str, most: int) -> bytes:
        """Return the first bytes of a part as they are, up to `most`; raises SheetError."""
        with self._opened(part) as stream:
            return stream.read(most)

    def whole(self, part: str) -> bytes:
        """Return the bytes of a part; raises SheetError where they, or their marks, are more than is allowed."""
        content = self.text(part, MAX_INFLATED_BYTES + 1)
        if len(content) > MAX_INFLATED_BYTES:
            raise self.too_large("it unpacks to far more than a directory of missions")
        if content.count(b"<") > 2 * MAX_ELEMENTS:  # an element has two, or one
            raise self.too_large(f"it holds more than {MAX_ELEMENTS:,} cells and marks")
        return content

    def read(self, part: str, handlers: Handlers, content: bytes | None = None) -> None:
        """Parse one XML part from beginning to end, calling the handlers; raises SheetError.

        With `content`, that is parsed in its place: a part of which only some is left.
        """
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._refuse_doctype
        names: dict[str, str] = {}
        self._depth = 0
        parser.StartElementHandler = self._counting(handlers.start, names)
        parser.EndElementHandler = self._closing(handlers.end, names)
        parser.CharacterDataHandler = handlers.text
        try:
            with self._opened(part) if content is None else io.BytesIO(content) as stream:
                self._feed(parser, stream)
        except (expat.ExpatError, LookupError, ValueError, OverflowError):
            raise SheetError(
                "sheet.unsound-xml",
                "{name} is damaged: its part {part} is not sound XML.",
                name=self.name,
                part=part,
                remedy=_AGAIN,
            ) from None

    @contextmanager
    def _opened(self, part: str) -> Iterator[IO[bytes]]:
        try:
            entry = self._parts[part.lower()]
            if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:  # OPC, annex B allows no other
                raise self._damaged()
            with self._zip.open(entry) as stream:
                yield stream
        except KeyError:
            raise SheetError(
                "sheet.part-missing",
                "{name} is damaged: its part {part} is missing.",
                name=self.name,
                part=part,
                remedy=_AGAIN,
            ) from None
        except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, NotImplementedError):
            raise self._damaged() from None
        except RuntimeError:  # zipfile's word for an entry with a password
            raise self._encrypted() from None

    def too_large(self, reason: str) -> SheetError:
        """Return the error for a file that asks for more than any directory of missions would."""
        return SheetError(
            "sheet.refused",
            "{name} is refused: {reason}.",
            name=self.name,
            reason=reason,
            remedy="Copy the filled rows into a new workbook and import that.",
        )

    def _feed(self, parser: expat.XMLParserType, stream: IO[bytes]) -> None:
        fed = 0
        while chunk := stream.read(_CHUNK):
            self._inflated += len(chunk)
            fed += len(chunk)
            if self._inflated > MAX_INFLATED_BYTES:
                raise self.too_large("it unpacks to far more than a directory of missions")
            parser.Parse(chunk, False)
            if fed - max(parser.CurrentByteIndex, 0) > _MAX_TOKEN:
                raise self.too_large("it holds a single XML tag of over a megabyte")
        parser.Parse(b"", True)

    def _counting(
        self, start: Callable[[str, Mapping[str, str]], None], names: dict[str, str]
    ) -> Callable[[str, dict[str, str]], None]:
        """Return `start` with a count before it; `names` keeps each tag's name without its prefix."""

        def counted(name: str, attributes: dict[str, str]) -> None:
            self._elements += 1
            if self._elements > MAX_ELEMENTS:
                raise self.too_large(f"it holds more than {MAX_ELEMENTS:,} cells and marks")
            self._depth += 1
            if self._depth > MAX_DEPTH:
                raise self.too_large(f"its marks stand more than {MAX_DEPTH} deep in one another")
            local = names.get(name)
            if local is None:
                local = names[name] = _local(name)
            start(local, attributes)

        return counted

    def _closing(self, end: Callable[[str], None], names: Mapping[str, str]) -> Callable[[str], None]:
        """Return `end` for what `_counting` has opened."""

        def closed(name: str) -> None:
            self._depth -= 1
            end(names[name])

        return closed

    def _refuse_doctype(self, *_: object) -> None:
        raise SheetError(
            "sheet.document-type",
            "{name} is refused: its XML declares a document type, which no spreadsheet program "
            "writes and attacks with entities do.",
            name=self.name,
            remedy=_AGAIN,
        )

    def refuse_other_formats(self) -> None:
        """Raise SheetError for a zip that is neither an Excel workbook nor an OpenDocument file."""
        if not self.is_open_document and not self.has("_rels/.rels"):
            raise SheetError(
                "sheet.zip", "{name} is a zip archive, but no Excel workbook.", name=self.name, remedy=_AGAIN
            )

    def _damaged(self) -> SheetError:
        return damaged(self.name)

    def _encrypted(self) -> SheetError:
        return encrypted(self.name)


def relations(package: Package, part: str, *, outside: bool = False) -> list[tuple[str, str, str]]:
    """Return the relationships of a part (OPC, 9.3) as (id, the type's last word, target part).

    With `outside`, those that point out of the package instead, with their targets as they stand.
    """
    folder, name = posixpath.split(part)
    found: list[tuple[str, str, str]] = []

    def start(tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "Relationship" and (attributes.get("TargetMode") == "External") is outside:
            target = attributes.get("Target", "")
            if not outside:
                target = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
            kind = attributes.get("Type", "").rpartition("/")[2]
            found.append((attributes.get("Id", ""), kind, target))

    rels = posixpath.join(folder, "_rels", f"{name}.rels")
    if package.has(rels):
        package.read(rels, Handlers(start, _nothing, _nothing))
    return found


def content_of(path: Path) -> bytes:
    """Return the bytes of a file, up to 50 MB.

    Raises SheetError, one sentence, where there is none, or it is larger, empty, or an old or encrypted Excel file.
    """
    try:
        if path.is_dir():
            raise SheetError(
                "sheet.folder", "{path} is a folder, not a file.", path=path, remedy="Name the workbook in it."
            )
        if not path.is_file():
            raise SheetError(
                "file.not-there", "There is no file {path}.", path=path, remedy="Check the name and the folder."
            )
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            content = file.read(min(size, MAX_FILE_BYTES))
    except OSError as error:
        raise SheetError("file.not-read", "{path} can't be read: {error}.", path=path, error=error.strerror) from None
    except ValueError:  # a NUL in the name
        raise SheetError(
            "sheet.not-there", "There is no file {path!r}.", path=str(path), remedy="Check the name and the folder."
        ) from None
    if not content:
        raise SheetError(
            "sheet.empty", "{path} is empty: it has no bytes.", path=path.name, remedy="Save or download it again."
        )
    if size > MAX_FILE_BYTES:
        raise SheetError(
            "sheet.too-large",
            "{path} is over {max_file_bytes} MB: no directory of missions is.",
            path=path.name,
            max_file_bytes=MAX_FILE_BYTES // 1024**2,
        )
    if content.startswith(_OLE) and "EncryptedPackage".encode("utf-16-le") in content:
        raise encrypted(path.name)
    return content


def has_mark(content: bytes, mark: bytes, start: int = 0) -> bool:
    """Tell whether a mark of two bytes is there. Its second alone is looked for first: it is rare, and `<` is not."""
    return content.find(mark[1:], start) >= 0 and content.find(mark, start) >= 0


def is_compound(content: bytes) -> bool:
    """Tell whether some bytes begin like a compound file ([MS-CFB] 2.2), as an old Excel workbook does."""
    return content.startswith(_OLE)


def is_zip(content: bytes) -> bool:
    """Tell whether some bytes begin like a zip archive."""
    return content.startswith(_ZIP)


def damaged(name: str) -> SheetError:
    """Return the error for a file that is no whole workbook."""
    return SheetError("sheet.damaged", "{name} is damaged or not a whole workbook.", name=name, remedy=_AGAIN)


def encrypted(name: str) -> SheetError:
    """Return the error for a workbook that asks for a password."""
    return SheetError(
        "sheet.encrypted",
        "{name} is encrypted: it asks for a password.",
        name=name,
        remedy="Save it without one, and import that.",
    )


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _nothing(*_: object) -> None:
    """Ignore it."""
