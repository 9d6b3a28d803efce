"""Reads an old or binary Excel workbook (.xls, .xlsb) with calamine, in a process that may fail alone.

A few bytes can ask for a sheet of seventeen milliard cells, and what reads them is not ours. So this process has a
bound on memory and processor time; it is given the file on standard input and answers with one line of JSON a sheet
on standard output. Whatever it cannot read ends it, and the one who asked says so in a sentence.
"""

import datetime as dt
import gc
import io
import json
import sys
from typing import Any

from outreach import platform
from outreach.missions.books.cells import MAX_CELLS, MAX_COLUMNS, MAX_MERGED, MAX_ROWS, MAX_TEXT
from outreach.missions.books.old_binary import bundled_sheets, comments_of_xlsb, of_xlsb, rich_texts, styles_of_xlsb
from outreach.missions.books.old_records import Beside, LockedError, is_before_97, of_xls
from outreach.missions.books.package import MAX_INFLATED_BYTES, Package, relations

MEMORY_BYTES = 2 * 1024**3
SECONDS = 60


def main() -> None:
    """Answer for the one file on standard input."""
    gc.disable()  # it ends after one file, and nothing that it makes goes round in circles
    platform.bound_this_process(memory_bytes=MEMORY_BYTES, seconds=SECONDS)
    content = sys.stdin.buffer.read()
    out = sys.stdout.buffer
    try:
        _answer(content, out)
    except LockedError:
        out.write(b'{"refused":"locked"}\n')
    except (MemoryError, _TooLargeError):
        out.write(b'{"refused":"bounds"}\n')
    except Exception as error:  # noqa: BLE001  (whatever it is, the file can't be read)
        out.write(json.dumps({"refused": "locked" if "assword" in str(error) else "damaged"}).encode() + b"\n")


class _TooLargeError(Exception):
    pass


def _answer(content: bytes, out: Any) -> None:
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    if content.startswith(b"PK"):
        beside, unseen = _xlsb_beside(content), False
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
            raise _TooLargeError
        merged = [
            [top + 1, left + 1, bottom + 1, right + 1]
            for (top, left), (bottom, right) in (sheet.merged_cell_ranges or [])[:MAX_MERGED]
        ]
        top, left = sheet.start or (0, 0)
        rows = []
        for row, values in enumerate(sheet.to_python(skip_empty_area=True), start=top + 1):
            texts = [value if type(value) is str and len(value) <= MAX_TEXT else _text(value) for value in values]
            if filled := len(texts) - texts.count(""):
                cells += filled
                rows.append([row, left + 1, texts])
            if cells > MAX_CELLS or len(rows) > MAX_ROWS:
                raise _TooLargeError
        line = json.dumps(
            {
                "name": known.name, "hidden": known.visible is not SheetVisibleEnum.Visible, "rows": rows,
                "merged": merged, "struck": sorted(more.struck), "hidden_rows": sorted(more.hidden_rows),
                "hidden_columns": sorted(more.hidden_columns),
                "errors": [[*place, text] for place, text in more.errors.items()],
                "comments": [[*place, text[:MAX_TEXT]] for place, text in more.comments.items()],
                "links": [[*place, text] for place, text in more.links.items()],
                "colours": [[*place, text] for place, text in more.colours.items()],
                "words": [[*place, *texts] for place, texts in more.struck_words.items()],
            }
        ).encode()  # fmt: skip
        written += len(line)
        if written > MAX_INFLATED_BYTES:
            raise _TooLargeError
        out.write(line + b"\n")
    out.write(b'{"whole":true,"unseen":true}\n' if unseen else b'{"whole":true}\n')
    out.flush()


def _text(value: object) -> str:
    """Return a value as a person reads it in the cell: 2024 and not 2024.0, a day without its midnight."""
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
    return str(value)[:MAX_TEXT]


def _stream(content: bytes) -> bytes:
    import olefile

    with olefile.OleFileIO(io.BytesIO(content)) as compound:
        for name in ("Workbook", "Book"):
            if compound.exists(name):
                read: bytes = compound.openstream(name).read()
                return read
    raise ValueError("no workbook in it")


def _xlsb_beside(content: bytes) -> list[Beside]:
    package = Package("", content)
    book = "xl/workbook.bin"
    parts = {identity: part for identity, _, part in relations(package, book)}
    beside = {kind: part for _, kind, part in relations(package, book)}

    def part(name: str) -> bytes:
        data = package.text(name, MAX_INFLATED_BYTES + 1) if package.has(name) else b""
        if len(data) > MAX_INFLATED_BYTES:
            raise _TooLargeError
        return data

    styles = styles_of_xlsb(part(beside.get("styles", "")))
    texts = rich_texts(part(beside.get("sharedStrings", ""))) if styles.struck_fonts else {}
    found = []
    for identity in bundled_sheets(part(book)):
        sheet = parts.get(identity, "")
        found.append(of_xlsb(part(sheet), styles, texts))
        of_sheet = {kind: name for _, kind, name in relations(package, sheet)} if sheet else {}
        found[-1].comments = comments_of_xlsb(part(of_sheet.get("comments", "")))
    return found


if __name__ == "__main__":
    main()
