"""A workbook as a file that other readers than Excel open too.

openpyxl writes drawings without the prefix `xdr` and parts by absolute names, as ECMA-376 allows. exceljs, the usual
reader under Node, knows neither: it fails on the drawing, and on the absolute name of a table.
"""

import posixpath
import re
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from openpyxl import Workbook
from openpyxl.writer.excel import ExcelWriter

_DRAWING = re.compile(r"xl/drawings/drawing\d+\.xml")
_OF_SPREADSHEETS = b'xmlns="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing"'
_UNPREFIXED = re.compile(rb"<(/?)(?=[A-Za-z]+[\s/>])")
_TARGET = re.compile(rb'Target="/([^"]+)"')


def save_book(book: Workbook, path: Path) -> None:
    """Write a workbook. Raises OSError where the file can't be written."""
    with _Archive(path, "w", ZIP_DEFLATED, allowZip64=True) as archive:
        ExcelWriter(book, archive).save()


class _Archive(ZipFile):
    """A zip whose drawings and relations are written in the form that all readers know."""

    def writestr(self, zinfo_or_arcname: Any, data: Any, *args: Any, **kwargs: Any) -> None:
        name = getattr(zinfo_or_arcname, "filename", zinfo_or_arcname)
        if name.endswith(".rels") or _DRAWING.fullmatch(name):
            content = data.encode() if isinstance(data, str) else data
            data = _relative(name, content) if name.endswith(".rels") else _prefixed(content)
        super().writestr(zinfo_or_arcname, data, *args, **kwargs)


def _prefixed(content: bytes) -> bytes:
    """Return a drawing with its own elements under the prefix `xdr`; those of other vocabularies have theirs."""
    if _OF_SPREADSHEETS not in content:
        return content
    named = content.replace(_OF_SPREADSHEETS, _OF_SPREADSHEETS.replace(b"xmlns=", b"xmlns:xdr="))
    return _UNPREFIXED.sub(rb"<\1xdr:", named)


def _relative(name: str, content: bytes) -> bytes:
    """Return relations with the names of parts relative to the part that has them."""
    folder = posixpath.dirname(posixpath.dirname(name))
    return _TARGET.sub(
        lambda found: b'Target="' + posixpath.relpath(found[1].decode(), folder or ".").encode() + b'"', content
    )


__all__ = ["save_book"]
