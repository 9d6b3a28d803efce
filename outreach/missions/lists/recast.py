"""Makes one plain list of contacts of the lists that officers really have.

Such a list has names in parts, a column of addresses for each function, countries on the first row of several,
sections, totals and notes, tables below each other, a sheet a group, or no header row at all. Here each becomes rows of
our own columns, which the strict reader then checks. Where anything was understood that the sheet does not say in so
many words, and it changes who gets a letter, a person is asked; what is only left out is told.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from outreach.errors import Problem
from outreach.missions.books.cells import Cell, Sheet, column_letter, narrow, of_rows
from outreach.missions.guessing import guess_contacts
from outreach.missions.lists.address_text import addresses_in
from outreach.missions.lists.blocks import labelled
from outreach.missions.lists.list_finder import FoundList, find_lists, list_by_cells, read
from outreach.missions.lists.people_words import (
    excludes,
)
from outreach.missions.lists.plain_rows import COLUMNS, PlainWriter, legend_of
from outreach.missions.lists.recasting import Recast
from outreach.sentences import saying, some_of
from outreach.text import address_key

__all__ = ("COLUMNS", "Recast", "recast", "says_stop")
_ASIDE = re.compile(
    r"\b(old|archive|archived|archives|draft|copy|anciens?|ancienne|antiguos?|antigua|backup|obsolete|outdated|"
    r"superseded|expired|périmée?|obsolète|desactualizad[oa]|obsolet[oa]|veraltet)\b|архив|устар|قديم|旧|过期",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")

_ALONE = "To read one alone, name it{SHEET}."


def recast(
    sheets: Sequence[Sheet],
    hidden: frozenset[str] = frozenset(),
    told: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
) -> Recast | None:
    """Return the contacts of all sheets as one plain list; None where there is no list that can be told.

    `hidden` are the names of sheets that the workbook does not show. `told` says, for a sheet's name, which column
    (its heading or letters) holds which of our fields. None also where a cell that would be read has no value or an
    error: that is for the strict reader to refuse.
    """
    whole = sheets
    sheets = [narrow(sheet) for sheet in whole]
    found, forms = _find(sheets, told)
    errors = _emptied(found)
    if errors is None:
        return None
    made = Recast(Sheet(next(iter(found), sheets[0].name if sheets else "")))
    if found:
        made.origin = (next(iter(found.values()))[0].sheet, next(iter(found.values()))[0].header_row)
    made.questions += errors
    made.questions += [
        Problem(
            "sheet.blocks",
            "there is no header row: {count} blocks, each beginning with a state, are read",
            where=name,
            count=len(form.rows) - 1,
            remedy="Give it a header row if that is not so.",
        )
        for name, form in forms.items()
        if name in found and found[name][0].sheet.name == name and found[name][0].header_row == 0
    ]
    made.doubts = bool(errors)
    made.needed = bool(made.questions) or any(one is not other for one, other in zip(sheets, whole, strict=True))
    _take_stops(made, sheets, found)
    earlier = _of_earlier_years(list(found))
    left = (
        [name for name in found if name in hidden or name in earlier or _ASIDE.search(name)] if len(found) > 1 else []
    )
    if left and len(left) < len(found):
        for name in left:
            del found[name]
            made.accounted.add(name)
        made.sheet.name = next(iter(found))
        made.needed = True
        made.questions.append(
            Problem(
                "sheet.left-out",
                "{sheets}: hidden, called old, or of an earlier year than {sheet}: not read",
                sheets=", ".join(left),
                sheet=next(iter(found)),
                where="sheets",
                remedy=_ALONE,
            )
        )
    if len(found) > 1:
        made.needed = True
        made.questions.append(
            Problem(
                "sheet.joined",
                "the sheets {sheets} are read as one list",
                sheets=", ".join(found),
                where="sheets",
                remedy=_ALONE,
            )
        )
    beside = [sheet for sheet in sheets if sheet.name not in found and (sheet.swatches or sheet.colours)]
    made.legend = {colour: words for sheet in beside for colour, words in legend_of(sheet).items()}
    writer = PlainWriter(made)
    for lists in found.values():
        if len(lists) > 1:
            made.needed = True
            words = saying("sheet.tables", "tables below each other are read, with headers in rows")
            heads: Sequence[object] = [one.header_row for one in lists]
            if len(set(heads)) == 1:
                words = saying("sheet.tables-beside", "tables beside each other are read, each from its column")
                heads = [column_letter(min(one.columns)) for one in lists]
            made.notes.append(of_rows(lists[0].sheet.name, words, heads))
        for one in lists:
            writer.take(one)
    if not found:
        _take_without_header(writer, sheets)
    writer.asking.finish()
    return made if writer.written else None


def _find(
    sheets: Sequence[Sheet], told: Mapping[str, Mapping[str, str]]
) -> tuple[dict[str, list[FoundList]], dict[str, Sheet]]:
    """Return the lists of sheets by their headings, else those of forms, which are returned too, else by the cells."""
    found = {sheet.name: lists for sheet in sheets if (lists := find_lists(sheet, told.get(sheet.name, {})))}
    forms = {sheet.name: form for sheet in sheets if sheet.name not in found and (form := labelled(sheet))}
    for name, form in forms.items() if not found else ():
        found.update({name: lists} if (lists := find_lists(form, told.get(name, {}))) else {})
    for sheet in sheets if not found else ():
        one = list_by_cells(sheet) if sheet.name not in told else None
        found.update({sheet.name: [one]} if one is not None else {})
    return found, forms


def _of_earlier_years(names: Sequence[str]) -> list[str]:
    """Return the sheets that are called by an earlier year, where each is called by another one."""
    years = ["".join(sorted(set(_YEAR.findall(name)))) for name in names]
    if len(set(years)) < max(2, len(years)) or any(len(year) != 4 for year in years):
        return []
    return [name for name, year in zip(names, years, strict=True) if year != max(years)]


def _take_without_header(writer: PlainWriter, sheets: Sequence[Sheet]) -> None:
    for sheet in sheets:
        writer.take_blocks(sheet)
    if not writer.written and not any(guess_contacts(sheet, {}) for sheet in sheets):
        for sheet in sheets:
            writer.take_nearby(labelled(sheet, by_values=True) or sheet)


def _emptied(found: Mapping[str, Sequence[FoundList]]) -> list[Problem] | None:
    """Empty the cells of lists that have an error, and return what is asked of them; None for too many."""
    errors: dict[str, list[str]] = {}
    for one in (one for lists in found.values() for one in lists):
        without = _without_values(one)
        if without is None:
            return None
        if without:
            errors.setdefault(one.sheet.name, []).extend(without)
    words = saying("sheet.errors-empty", "cells with an error are read as empty")
    return [
        Problem("sheet.rows-read", "{words}: {rows}", words=words, rows=some_of(cells), where=name)
        for name, cells in errors.items()
    ]


def _without_values(one: FoundList) -> list[str] | None:
    """Empty the cells of a list that have an error, in a copy of its sheet, and return them; None for too many.

    A formula that was never worked out, or an error in every other row, is for the strict reader to refuse: the file
    needs to be saved anew, and is not a list with a few gaps.
    """
    asked = one.of(*one.order, "email", "cc")
    rows = [row for row in one.rows if any(cell.text.strip() for n in asked if (cell := read(one, row, n)))]
    ours = [n for n, head in one.columns.items() if head.kind not in {"own", "none"}]
    bad = [(row, n) for row in rows for n in ours if (cell := read(one, row, n)).error or cell.no_value]
    states = one.of("state", "code")  # of two that say whose a row is, one is enough
    gaps = [(row, n) for row, n in bad if n not in states or not any(
        (cell := read(one, row, other)).text.strip() and not cell.error for other in states)]  # fmt: skip
    if any(read(one, row, n).no_value for row, n in bad) or len(gaps) * 2 > max(len(rows), 5):
        return None
    told = [f"{column_letter(n)}{row} ({read(one, row, n).text[:20]})" for row, n in bad]
    if bad:
        one.sheet = replace(one.sheet, rows={row: dict(cells) for row, cells in one.sheet.rows.items()})
        for row, n in bad:
            # Whose a row is that says so amiss is asked: it is not that of the one above.
            one.sheet.rows[row][n] = Cell(read(one, row, n).text if (row, n) in gaps and n in states else "")
    return told


def _take_stops(made: Recast, sheets: Sequence[Sheet], found: dict[str, list[FoundList]]) -> None:
    """Set aside the sheets of those who are not to be written to, and ask; they stay where there are no others."""
    lists = [sheet for sheet in sheets if says_stop(sheet)]
    if not lists or not found:
        return
    made.needed = True
    others = bool(set(found) - {sheet.name for sheet in lists})
    for sheet in lists:
        if others:
            found.pop(sheet.name, None)
            made.accounted.add(sheet.name)
        for cells in sheet.rows.values():
            for cell in cells.values():
                for box in addresses_in(cell.text, cell.link)[0] if "@" in cell.text or cell.link else ():
                    made.stops[address_key(box.address)] = sheet.name
    made.sheet.name = next(iter(found))
    made.origin = (found[made.sheet.name][0].sheet, found[made.sheet.name][0].header_row)
    made.questions.append(
        Problem(
            "sheet.stops",
            "{sheets}: nobody who stands there is written to, wherever else they stand",
            sheets=", ".join(sheet.name for sheet in lists),
            where="sheets",
            remedy=_ALONE,
        )
    )


def says_stop(sheet: Sheet) -> bool:
    """Tell whether a sheet's name, or a title above its rows, says that those in it are not to be written to."""
    first = sheet.rows.get(min(sheet.rows), {}) if sheet.rows else {}
    titles = [cell.text for cell in first.values() if cell.text.strip()]
    says = excludes(sheet.name, remark=True)
    of_who_stop = says == "stopped" or (says and not _ASIDE.search(sheet.name))  # `2023 (old)` is an old list
    return bool(of_who_stop or (len(titles) == 1 and excludes(titles[0]) == "stopped"))
