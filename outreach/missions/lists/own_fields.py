"""Which further columns of a sheet become fields of one's own, and what is told of them: see `own_columns.py`."""

import re
from collections.abc import Iterator, Mapping, Sequence

from outreach.missions.books.cells import Sheet, column_letter, of_rows
from outreach.missions.columns import SheetKind
from outreach.missions.lists.headings import heading, is_scale
from outreach.missions.lists.people_words import excludes
from outreach.missions.own_columns import MAX_OWN, is_taken, name_of
from outreach.sentences import Sentence, saying

_LONGEST_ASKED = 300
_ADDRESS = re.compile(r"\w[@＠]\w{1,63}[.-]")


def own_columns(kind: SheetKind, sheet: Sheet, rows: Sequence[int], unread: Mapping[int, str]) -> dict[str, int]:
    """Return which columns that we have no field for become fields of one's own, by name: see `own_columns.py`.

    `rows` are those of the table. Not those that another reading would ask about (addresses, words of exclusion), nor
    those with merged cells.
    """
    found: dict[str, int] = {}
    if kind is SheetKind.TERMS:
        return found
    for number, text in unread.items():
        name, head = name_of(text), heading(text)
        cells = [sheet.rows[row][number].text for row in rows if number in sheet.rows[row]]
        areas = (area for area in sheet.merged if area.first_column <= number <= area.last_column)
        merged = bool(rows) and any(area.last_row >= rows[0] and area.first_row <= rows[-1] for area in areas)
        asked = head is not None and head.kind in {"email", "cc", "old", "optout"}
        asked = asked or any(
            _ADDRESS.search(cell[:_LONGEST_ASKED]) or (excludes(cell, remark=True) and not is_scale(text))
            for cell in cells
        )
        asked = asked or _OF_A_PROGRAM.search(text[:_LONGEST_ASKED]) is not None
        if name and name not in found and not asked and not merged and not is_taken(kind, text):
            found[name] = number
        if len(found) == MAX_OWN:
            break
    return found


_OF_A_PROGRAM = re.compile(r" [1-9]\d? - (?:label|type)$|^(?:photo|file as|phonetic .{0,20})$", re.IGNORECASE)
"""Columns in which an address book says what another of its columns is: `Phone 1 - Label`."""


def told_own(kind: SheetKind, sheet: str, unread: Mapping[int, str], own: Mapping[str, int]) -> Iterator[Sentence]:
    """Yield which columns without a field of ours are fields of one's own, and which are not read."""
    whose = "mission" if kind is SheetKind.MISSIONS else "contact"
    told = [f"{column_letter(n)} ({unread[n][:40]}) → {whose}.fields.{name}" for name, n in own.items()]
    if told:
        yield of_rows(sheet, saying("sheet.own-columns", "columns of your own are fields of a letter"), told)
    for number, text in unread.items():
        if number not in own.values():
            yield saying(
                "sheet.column-unread", "Sheet {sheet!r}: column {letter} ({header}) is not read.", sheet=sheet,
                letter=column_letter(number), header=text[:40],
            )  # fmt: skip
