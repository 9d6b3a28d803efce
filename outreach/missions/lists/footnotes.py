"""Ties the marks of footnotes, such as `Peru²` or `Ana Li*`, to the sentences below or above a table."""

import re
from collections.abc import Mapping
from dataclasses import replace

from outreach.missions.books.cells import Sheet

_MARK = r"(\*{1,5}|[†‡§¶]{1,3}|[¹²³⁰⁴⁵⁶⁷⁸⁹]{1,2}|[(\[][0-9a-z]{1,2}[)\]]|[①-⑳])"
_NOTE = re.compile(_MARK + r"[).:]?\s{0,5}(?=[^\W\d_]|[\"«“'(])")
_MARKED = re.compile(_MARK + r"\s{0,3}$")
_TAIL = 12
_LONGEST = 1_000


def without_marks(sheet: Sheet) -> tuple[Sheet, Mapping[int, tuple[str, ...]]]:
    """Return a sheet without the marks of its footnotes, and for each row that has some, the sentences they mean.

    A sentence stands alone in its row and begins with the mark. Where there are none, the sheet is returned as it is.
    """
    notes: dict[str, str] = {}
    rows: set[int] = set()
    for row, cells in sheet.rows.items():
        filled = [cell.text.strip() for cell in cells.values() if cell.text.strip()]
        found = _NOTE.match(filled[0][:_LONGEST]) if len(filled) == 1 else None
        if found is not None and " " in filled[0]:
            notes.setdefault(found[1], filled[0][found.end() : _LONGEST])
            rows.add(row)
    if not notes:
        return sheet, {}
    said: dict[int, tuple[str, ...]] = {}
    changed = dict(sheet.rows)
    for row, cells in sheet.rows.items():
        for number, cell in cells.items() if row not in rows else ():
            text = cell.text.rstrip()
            found = _MARKED.search(text[-_TAIL:])
            if found is None or found[1] not in notes:
                continue
            rest = text[: len(text) - len(found[0])].rstrip()
            if rest or len(cells) > 1:
                said[row] = (*said.get(row, ()), notes[found[1]])
                changed[row] = {**changed[row], number: cell._replace(text=rest)}
    return (replace(sheet, rows=changed), said) if said else (sheet, {})
