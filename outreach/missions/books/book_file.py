"""A workbook as a file that other readers than Excel open too.

openpyxl writes drawings without the prefix `xdr` and parts by absolute names, as ECMA-376 allows. exceljs, the usual
reader under Node, knows neither: it fails on the drawing, and on the absolute name of a table. Of a font it writes the
parts in an order of its own; Microsoft's validator, and older editions of ECMA-376, know one order alone.
"""

import os
import posixpath
import re
import shutil
import time
from collections.abc import Callable
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import IO, Any, BinaryIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from openpyxl import Workbook
from openpyxl.packaging.extended import ExtendedProperties
from openpyxl.writer.excel import ExcelWriter
from openpyxl.xml.constants import ARC_APP
from openpyxl.xml.functions import tostring

_DRAWING = re.compile(r"xl/drawings/drawing\d+\.xml")
_OF_SPREADSHEETS = b'xmlns="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing"'
_UNPREFIXED = re.compile(rb"<(/?)(?=[A-Za-z]+[\s/>])")
_TARGET = re.compile(rb'Target="/([^"]+)"')


_FONT = re.compile(rb"<font>(.*?)</font>", re.DOTALL)
_PART = re.compile(rb"<([A-Za-z]+)(?: [^<>]*)?/>")
_PARTS = (
    b"b", b"i", b"strike", b"condense", b"extend", b"outline", b"shadow", b"u", b"vertAlign", b"sz", b"color", b"name",
    b"family", b"charset", b"scheme",
)  # fmt: skip
"""The order of CT_Font (ECMA-376, part 1, 18.8.22)."""


def save_book(
    book: Workbook, path: Path | BinaryIO, rows_of: Callable[[str], IO[bytes] | None] = lambda _part: None
) -> None:
    """Write a workbook to a file or a stream. Raises OSError where it can't be written.

    `rows_of` gives, by the name of a sheet's part, rows as XML that are to stand behind those that it has.
    """
    with _Archive(path, "w", ZIP_DEFLATED, allowZip64=True) as archive:
        archive.rows_of = rows_of
        ExcelWriter(book, archive).save()


@cache
def book_beginning() -> bytes:
    """Return the bytes that each workbook of ours begins with, whatever is in it: the part that says what made it."""
    stream = BytesIO()
    with _Archive(stream, "w", ZIP_DEFLATED) as archive:
        archive.writestr(ARC_APP, tostring(ExtendedProperties().to_tree()))
        return stream.getvalue()


class _Archive(ZipFile):
    """A zip whose drawings, relations and fonts are written in the form that all readers know."""

    rows_of: Callable[[str], IO[bytes] | None]

    def write(self, filename: Any, arcname: Any = None, *args: Any, **kwargs: Any) -> None:
        rows = self.rows_of(arcname)
        if rows is None:
            super().write(filename, arcname, *args, **kwargs)
            return
        before, end, after = Path(filename).read_bytes().rpartition(b"</sheetData>")
        part = ZipInfo(arcname, time.localtime()[:6])
        part.compress_type = ZIP_DEFLATED
        # Told beforehand, it makes a Zip64 part only of what is too large for another: SheetJS reads none.
        part.file_size = len(before) + rows.seek(0, os.SEEK_END) + len(end + after)
        rows.seek(0)
        with self.open(part, "w") as out:
            out.write(before)
            shutil.copyfileobj(rows, out)
            out.write(end + after)

    def writestr(self, zinfo_or_arcname: Any, data: Any, *args: Any, **kwargs: Any) -> None:
        name = getattr(zinfo_or_arcname, "filename", zinfo_or_arcname)
        content = data.encode() if isinstance(data, str) else data
        if name.endswith(".rels"):
            content = _relative(name, content)
        elif _DRAWING.fullmatch(name):
            content = _prefixed(content)
        elif name == "xl/styles.xml":
            content = _FONT.sub(_in_order, content)
        if name == ARC_APP:
            part = ZipInfo(name)  # of no moment, so that all workbooks begin alike
            part.compress_type, part.external_attr = ZIP_DEFLATED, 0o600 << 16
            super().writestr(part, content)
            return
        super().writestr(zinfo_or_arcname, content, *args, **kwargs)


def _prefixed(content: bytes) -> bytes:
    """Return a drawing with its own elements under the prefix `xdr`; those of other vocabularies have theirs."""
    if _OF_SPREADSHEETS not in content:
        return content
    named = content.replace(_OF_SPREADSHEETS, _OF_SPREADSHEETS.replace(b"xmlns=", b"xmlns:xdr="))
    return _UNPREFIXED.sub(rb"<\1xdr:", named)


def _in_order(font: re.Match[bytes]) -> bytes:
    """Return a font with its parts in the order of the standard; as it is where a part of it is not known."""
    parts = list(_PART.finditer(font[1]))
    if b"".join(part[0] for part in parts) != font[1].strip() or not {part[1] for part in parts} <= set(_PARTS):
        return font[0]
    return b"<font>" + b"".join(part[0] for part in sorted(parts, key=lambda one: _PARTS.index(one[1]))) + b"</font>"


def _relative(name: str, content: bytes) -> bytes:
    """Return relations with the names of parts relative to the part that has them."""
    folder = posixpath.dirname(posixpath.dirname(name))
    return _TARGET.sub(
        lambda found: b'Target="' + posixpath.relpath(found[1].decode(), folder or ".").encode() + b'"', content
    )
