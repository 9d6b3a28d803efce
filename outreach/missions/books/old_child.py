"""Reads an old or binary Excel workbook (.xls, .xlsb) with calamine, in a process that may fail alone.

A few bytes can ask for a sheet of seventeen milliard cells, and what reads them is not ours. So this process has a
bound on memory and processor time; it is given the file on standard input and tells on standard output what each sheet
holds, a column at a time. Whatever it cannot read ends it, and the one who asked says so in a sentence.
"""

import datetime as dt
import gc
import io
import itertools
import marshal
import os
import struct
import sys
from array import array
from collections import defaultdict
from collections.abc import Sequence
from operator import itemgetter
from typing import Any

from outreach import platform
from outreach.missions.books.old_records import Beside, LockedError, TooLargeError, is_before_97, of_xls
from outreach.missions.books.sheet_bounds import (
    MAX_CELLS,
    MAX_COLUMNS,
    MAX_INFLATED_BYTES,
    MAX_MERGED,
    MAX_ROWS,
    MAX_TEXT,
)  # fmt: skip

MEMORY_BYTES = 2 * 1024**3
SECONDS = 60
_AT_ONCE = 500  # so many rows also show whether a column says the same over and over


def main() -> None:
    """Answer for the one file on standard input."""
    gc.disable()  # it ends after one file, and nothing that it makes goes round in circles
    platform.bound_this_process(memory_bytes=MEMORY_BYTES, seconds=SECONDS)
    content = sys.stdin.buffer.read()
    out = sys.stdout.buffer
    try:
        _answer(content, out)
    except LockedError:
        out.write(_framed({"refused": "locked"}))
    except (MemoryError, TooLargeError):
        out.write(_framed({"refused": "bounds"}))
    except Exception as error:  # noqa: BLE001  (whatever it is, the file can't be read)
        out.write(_framed({"refused": "locked" if "assword" in str(error) else "damaged"}))


def _answer(content: bytes, out: Any) -> None:
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    if content.startswith(b"PK"):
        from outreach.missions.books.old_binary import beside_of_xlsb

        beside, unseen = beside_of_xlsb(content), False
    else:
        stream = _stream(content)
        beside, unseen = of_xls(stream), is_before_97(stream)
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    cells = written = 0
    for number, known in enumerate(book.sheets_metadata):
        if known.typ is not SheetTypeEnum.WorkSheet:
            continue
        sheet = book.get_sheet_by_index(number)
        more = beside[number] if number < len(beside) else Beside()
        if sheet.total_height > MAX_ROWS * 5 or sheet.total_width > MAX_COLUMNS:
            raise TooLargeError
        merged = [
            [top + 1, left + 1, bottom + 1, right + 1]
            for (top, left), (bottom, right) in (sheet.merged_cell_ranges or [])[:MAX_MERGED]
        ]
        _, left = sheet.start or (0, 0)
        filled, columns, here = _filled(sheet)
        cells += here
        if cells > MAX_CELLS or len(filled) > MAX_ROWS:
            raise TooLargeError
        told = {
            "name": known.name, "hidden": known.visible is not SheetVisibleEnum.Visible,
            "rows": filled, "left": left + 1, "columns": [column.told() for column in columns],
            "merged": merged, "struck": sorted(more.struck), "hidden_rows": sorted(more.hidden_rows),
            "hidden_columns": sorted(more.hidden_columns),
            "errors": [(*place, text) for place, text in more.errors.items()],
            "comments": [(*place, text[:MAX_TEXT]) for place, text in more.comments.items()],
            "links": [(*place, text) for place, text in more.links.items()],
            "colours": [(*place, text) for place, text in more.colours.items()],
            "words": [(*place, *texts) for place, texts in more.struck_words.items()],
        }  # fmt: skip
        frame = _framed(told)
        written += len(frame)
        if written > MAX_INFLATED_BYTES:
            raise TooLargeError
        out.write(frame)
    out.write(_framed({"whole": True, "unseen": unseen}))
    out.flush()
    os._exit(0)  # at once: what very many cells took need not be given back one by one


def _framed(told: dict[str, Any]) -> bytes:
    """Return what is told as its length and its bytes: marshal is the quickest way to another process of ours."""
    said = marshal.dumps(told, 2)
    return struct.pack("<Q", len(said)) + said


def _filled(sheet: Any) -> tuple[list[int], list["_Column"], int]:
    """Return the numbers of the filled rows of a sheet, its columns with those rows alone, and how many cells have a
    value.

    They are taken some rows at a time: what all rows hold lies too far apart in memory to be looked at over and over.
    """
    columns = [_Column() for _ in range(sheet.width)]
    filled: list[int] = []
    cells = 0
    rows = enumerate(sheet.iter_rows(), start=1)  # of which those above the first cell are empty
    while some := [*itertools.islice(rows, _AT_ONCE)]:
        with_values = []
        for row, values in some:
            if here := len(values) - values.count(""):
                cells += here
                filled.append(row)
                with_values.append(values)
        for number, column in enumerate(columns):
            column.take([*map(itemgetter(number), with_values)])
    return filled, columns, cells


class _Column:
    """The texts of a column: columns say the same over and over, and then each text is told once."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._number: dict[str, int] | None = None
        self._numbers = array("I")

    def take(self, values: Sequence[Any]) -> None:
        """Take the values of some more rows, of which the first show whether the column repeats what it says."""
        try:
            "".join(values)  # tells sooner than their types do whether all are texts
            texts = values
        except TypeError:
            texts = [value if type(value) is str else _text(value) for value in values]
        if texts and not self._texts and self._number is None and len({*texts}) * 2 <= len(texts):
            self._number = defaultdict(itertools.count().__next__)
        if self._number is None:
            self._texts += texts
        else:
            self._numbers.extend(map(self._number.__getitem__, texts))

    def told(self) -> tuple[str | list[str], bytes]:
        """Return its texts, and for each row the number of its text; no numbers where the texts are in their order.

        The texts are one text with NUL between them, where none of them has one: that takes a third of the time.
        """
        texts = self._texts if self._number is None else [*self._number]
        joined = "\0".join(texts)
        return (joined if joined.count("\0") == len(texts) - 1 else texts), self._numbers.tobytes()


def _text(value: object) -> str:
    """Return a value as a person reads it in the cell: 2024 and not 2024.0, a day without its midnight."""
    if type(value) is int:
        return str(value)  # before the rest: whole columns are such
    match value:
        case bool():
            return "TRUE" if value else "FALSE"
        case float():
            return str(int(value)) if value.is_integer() and abs(value) < 1e15 else str(value)
        case dt.datetime():
            at_midnight = value.time() == dt.time()
            return value.date().isoformat() if at_midnight else value.isoformat(sep=" ", timespec="minutes")
        case dt.date() | dt.time():
            return value.isoformat()
    return str(value)


def _stream(content: bytes) -> bytes:
    import olefile

    with olefile.OleFileIO(io.BytesIO(content)) as compound:
        for name in ("Workbook", "Book"):
            if compound.exists(name):
                if (whole := _in_one_piece(compound, name, content)) is not None:
                    return whole
                read: bytes = compound.openstream(name).read()
                return read
    raise ValueError("no workbook in it")


def _in_one_piece(compound: Any, name: str, content: bytes) -> bytes | None:
    """Return a stream whose sectors follow each other, as they nearly always do ([MS-CFB] 2.3); else None."""
    (entry,) = (one for one in compound.root.kids if one.name.casefold() == name.casefold())
    first, size, sector = entry.isectStart, entry.size, compound.sectorsize
    last = first + (size - 1) // sector
    if size < compound.minisectorcutoff or list(compound.fat[first:last]) != list(range(first + 1, last + 1)):
        return None
    start = (first + 1) * sector
    return content[start : start + size] if start + size <= len(content) else None


if __name__ == "__main__":
    main()
