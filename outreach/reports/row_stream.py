"""Puts rows into a write-only sheet as the XML that they are (ECMA-376, part 1, 18.3.1.73).

openpyxl makes an object of every cell and asks it many things; over very many letters that took longer than all else.
Whatever is no row (columns, tables, rules, print) stays openpyxl's, and so do the rows that are given as its cells.
"""

from collections.abc import Callable, Generator, Sequence
from typing import Any
from xml.sax.saxutils import escape

from openpyxl.worksheet._write_only import WriteOnlyWorksheet
from openpyxl.xml.functions import fromstring

_SPECIAL = frozenset("&<>")


def rows_of(sheet: Any) -> Callable[[Sequence[str]], None]:
    """Return what writes rows, each as its XML, behind those that a sheet has; `sheet.append` still adds others.

    Raises a parser's error for what is no XML, so that no workbook is written that can't be opened.
    """
    return _RowSheet.begun(sheet)


class _Rows(tuple[str, ...]):
    """Rows as XML, told from a list of cells."""

    __slots__ = ()


class _RowSheet(WriteOnlyWorksheet):
    """openpyxl's sheet, whose functions take any of its kind and stand in for its own writer of rows."""

    def begun(self: Any) -> Callable[[Sequence[str]], None]:
        self._get_writer()
        self._rows = _RowSheet.streamed(self)
        next(self._rows)
        send = self._rows.send
        return lambda rows: send(_Rows(rows))

    def streamed(self: Any) -> Generator[None, Any, None]:
        """Do as `WriteOnlyWorksheet._write_rows` does, and take rows as text too."""
        out = self._writer.xf.send(True)
        with out.element("sheetData"):
            number = 0
            try:
                while True:
                    row = yield
                    if isinstance(row, _Rows):
                        number += len(row)
                        for one in fromstring(f"<rows>{''.join(row)}</rows>"):
                            out.write(one)
                    else:
                        number += 1
                        self._writer.write_row(out, self._values_to_row(row, number), number)
            except GeneratorExit:
                pass
        self._writer.xf.send(None)


def text_cell(text: str) -> str:
    """Return what stands in a cell of text behind its attributes (18.4.8); harmless text, see `safe_cells`."""
    kept = ' xml:space="preserve"' if text[0].isspace() or text[-1].isspace() else ""
    return f"<is><t{kept}>{text if _SPECIAL.isdisjoint(text) else escape(text)}</t></is></c>"


__all__ = ["rows_of", "text_cell"]
