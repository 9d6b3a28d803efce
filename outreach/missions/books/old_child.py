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
_SAMPLE = 1_000  # so many rows show whether a column says the same over and over


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
        top, left = sheet.start or (0, 0)
        filled = {}
        for row, here in enumerate(sheet.to_python(skip_empty_area=True), start=top + 1):
            if texts := len(here) - here.count(""):
                cells += texts
                filled[row] = here
        if cells > MAX_CELLS or len(filled) > MAX_ROWS:
            raise TooLargeError
        told = {
            "name": known.name, "hidden": known.visible is not SheetVisibleEnum.Visible,
            "rows": [*filled], "left": left + 1, "columns": [*map(_column, zip(*filled.values(), strict=True))],
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


def _column(values: Sequence[Any]) -> tuple[list[str], bytes]:
    """Return the texts of a column, each once, and for each of its rows the number of its text there.

    Where most of them differ, all are told in their order, and no numbers.
    """
    texts: Sequence[str] = values if set(map(type, values)) == {str} else [*map(_text, values)]
    if len(set(texts[:_SAMPLE])) * 2 > len(texts[:_SAMPLE]):
        return [*texts], b""
    number: dict[str, int] = defaultdict(itertools.count().__next__)
    cells = array("I", map(number.__getitem__, texts))
    return [*number], cells.tobytes()


def _text(value: object) -> str:
    """Return a value as a person reads it in the cell: 2024 and not 2024.0, a day without its midnight."""
    match value:
        case str():
            return value
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
