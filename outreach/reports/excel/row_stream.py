"""Puts rows into a write-only workbook as the XML that they are (ECMA-376, part 1, 18.3.1.73).

openpyxl makes an object of every cell and asks it many things; over very many letters that took longer than all else.
Whatever is no row (columns, tables, rules, print) stays openpyxl's, and so do the rows that are given as its cells.
"""

import tempfile
from collections.abc import Sequence
from typing import IO, Any, Self
from xml.parsers import expat
from xml.sax.saxutils import escape

from openpyxl import Workbook

_SPECIAL = frozenset("&<>")
_IN_MEMORY = 1 << 20


class StreamedBook(Workbook):
    """A write-only workbook whose sheets take rows as XML too, to be written by `book_file.save_book`.

    To be used in a `with` block: the rows lie in files of their own until the workbook is written.
    """

    def __init__(self) -> None:
        """Begin without a sheet."""
        super().__init__(write_only=True)
        self._streams: list[tuple[Any, IO[bytes]]] = []

    def add_rows(self, sheet: Any, rows: Sequence[str]) -> None:
        """Put rows behind those that a sheet was given as cells; their numbers are theirs to say.

        Raises ExpatError for what is no XML, so that no workbook is written that can't be opened.
        """
        text = "".join(rows)
        expat.ParserCreate().Parse(f"<rows>{text}</rows>", True)
        stream = next((stream for of, stream in self._streams if of is sheet), None)
        if stream is None:
            stream = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115  (closed at the end of the block)
            self._streams.append((sheet, stream))
        stream.write(text.encode())

    def rows_of(self, part: str) -> IO[bytes] | None:
        """Return the rows of a part of the file, such as `xl/worksheets/sheet1.xml`; None where it has none."""
        return next((stream for of, stream in self._streams if of.path == f"/{part}"), None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for _sheet, stream in self._streams:
            stream.close()


def text_cell(text: str) -> str:
    """Return what stands in a cell of text behind its attributes (18.4.8); harmless text, see `safe_cells`."""
    kept = ' xml:space="preserve"' if text[0].isspace() or text[-1].isspace() else ""
    return f"<is><t{kept}>{text if _SPECIAL.isdisjoint(text) else escape(text)}</t></is></c>"
