"""Reads sheets in which no header and no blocks are known: each address with the state and person nearest to it.

This is the last reader: whatever it finds is asked about.
"""

import re
from collections.abc import Iterator
from itertools import chain

from outreach.missions.books.cells import Sheet
from outreach.missions.lists.address_text import addresses_in, means_an_address
from outreach.missions.lists.blocks import Block, person_fields
from outreach.missions.lists.list_finder import is_like_a_name, state_of
from outreach.missions.lists.people_words import excludes, role_of, split_person
from outreach.text import address_key

_PARTS = re.compile(r"[,;|\t/()<>\[\]:：、，；•·–—]| - ")
_ADDRESS = re.compile(r"(?<![\w.+'-])[\w.+'-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_LONGEST = 1_000
_FEWEST, _SHARE, _SHARE_OF = 2, 6, 10


def nearby(sheet: Sheet) -> tuple[list[Block], list[tuple[int, str]]]:
    """Return the contacts of a sheet, and the rows with addresses that are not taken, each with why.

    A line is a row, or a line within the one cell of a row. The state stands in the line, or alone above it. Nothing is
    returned where fewer than six in ten lines with an address have one state: that is no list of missions.
    """
    found: list[Block] = []
    left: list[tuple[int, str]] = []
    above = ""
    for row, line in _lines(sheet):
        parts = _parts(line)
        named = list(dict.fromkeys(iso3 for part in parts if (iso3 := _state(part))))
        boxes = addresses_in(line)[0] if "@" in line else []
        if not boxes and means_an_address(line):
            left.append((row, line))
        elif not boxes:
            above = named[0] if len(named) == 1 and len(parts) == 1 else above
        elif excludes(line, remark=True) or len(named) > 1 or not (named or above):
            left.append((row, line))
        else:
            block = Block(named[0] if named else above, row, [box.address for box in boxes])
            people = [part for part in parts if not _state(part) and role_of(part)[0] is None and is_like_a_name(part)]
            roles = [role for part in parts if not _state(part) and (role := role_of(part)[0]) is not None]
            if len(people) == 1 and len(boxes) == 1:
                block.people[address_key(boxes[0].address)] = person_fields(split_person(people[0]), *roles[:1])
            found.append(block)
    if len({one.iso3 for one in found}) < _FEWEST or len(found) * _SHARE_OF < (len(found) + len(left)) * _SHARE:
        return [], []
    return found, left


def _lines(sheet: Sheet) -> Iterator[tuple[int, str]]:
    for row in sorted(sheet.rows):
        cells = [
            cell.text if "@" in cell.text or not cell.link else f"{cell.text} {cell.link}"
            for _, cell in sorted(sheet.rows[row].items())
            if cell.text.strip()
        ]
        if len(cells) == 1:
            yield from ((row, line.strip()) for line in cells[0].splitlines() if line.strip())
        elif cells:
            yield row, "\t".join(" ".join(cell.split()) for cell in cells)


def _parts(line: str) -> list[str]:
    """Return what stands in a line besides its addresses, cell by cell, and within a cell by its punctuation."""
    cells = (_ADDRESS.sub(" ", cell).strip(" <>,;:") for cell in line[:_LONGEST].split("\t"))
    parts = chain.from_iterable([cell] if state_of(cell) else _PARTS.split(cell) for cell in cells)
    return [part.strip() for part in parts if part.strip(" .-*")]


def _state(part: str) -> str | None:
    """Return the state that a part names; two letters, and three that are no capitals, are too likely another word."""
    plain = part.strip(" .*")
    return state_of(plain) if len(plain) > len("CHE") or (len(plain) == len("CHE") and plain.isupper()) else None
