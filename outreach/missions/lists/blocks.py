"""Reads lists of contacts without a header, in which each state begins a block of lines."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from outreach.missions import closed_lists
from outreach.missions.books.cell_values import NamedAddress
from outreach.missions.books.cells import Cell, Sheet
from outreach.missions.lists.address_text import addresses_in, means_an_address
from outreach.missions.lists.headings import heading
from outreach.missions.lists.list_finder import is_like_a_name, state_of
from outreach.missions.lists.people_words import (
    PersonWords,
    is_function,
    is_vacant,
    names_a_function,
    role_of,
    split_person,
)
from outreach.text import address_key, folded, one_line
from outreach.vocabulary import Role


def blocks_of(sheet: Sheet) -> list["Block"]:
    """Return the blocks of a sheet that have an address, or what should be one and can't be read.

    A block whose heading names nobody that is known has that as its `unknown`, and no state.
    """
    blocks: list[Block] = []
    unknown = _unknown_headings(sheet)
    for row in sorted(sheet.rows):
        cells = [c.text for _, c in sorted(sheet.rows[row].items()) if c.text.strip()]
        own = list(dict.fromkeys(iso3 for cell in cells if len(cell) > len("CHE") and (iso3 := state_of(cell))))
        if len(cells) > 1 and len(own) == 1 and any("@" in cell for cell in cells):
            blocks.append(Block(own[0], row))  # a row that says itself whose it is
            blocks[-1].take_row(cells, row)
            cells = [cell for cell in cells if state_of(cell) != own[0]]
        elif blocks:
            blocks[-1].take_row(cells, row)
        if blocks and row in unknown:
            blocks.append(Block("", row, unknown=unknown[row]))
            continue
        for line in _lines(cells):
            iso3 = state_of(line.rstrip(" :：")) if "@" not in line and len(line) < 200 else None
            if iso3 and (not blocks or blocks[-1].iso3 != iso3):
                blocks.append(Block(iso3, row))
            elif blocks and not iso3:
                blocks[-1].take(line, row)
    return [one for one in blocks if one.addresses or one.unread or one.sentences]


def _unknown_headings(sheet: Sheet) -> dict[int, str]:
    """Return the lines, by their row, in the manner of those that name states: in capitals, or first after a gap.

    A manner counts where nearly all headings have it and nearly nothing else does; what stands there twice is the head
    of a page.
    """
    alone = {
        row: next(iter(filled))
        for row, cells in sheet.rows.items()
        if len(filled := [text for cell in cells.values() if (text := cell.text.strip())]) == 1
    }
    states = {
        row: iso3
        for row, text in sorted(alone.items())
        if len(text) < _LONGEST_HEADING and (iso3 := state_of(text.rstrip(" :：")))
    }
    before = ["", *states.values()]  # what names the same once more is the mission's own line
    named = {row for (row, iso3), above in zip(states.items(), before, strict=False) if iso3 != above}
    times = Counter(alone.values())
    begins = [row for row in sheet.rows if not any(cell.text.strip() for cell in sheet.rows.get(row - 1, {}).values())]
    first, capitals = set(begins), {row for row, text in alone.items() if text.isupper()}
    found: dict[int, str] = {}
    for manner in (first, capitals):
        after = [row for row in manner if row > min(named, default=0)]
        if len(named) < _LEAST_LINES or len(named & manner) < _NEARLY * len(named) or len(after) > 2 * len(named):
            continue
        found |= {
            row: alone[row]
            for row in after
            if row in alone and row not in states and times[alone[row]] == 1 and _may_head(alone[row])
        }
    return {row: text for row, text in found.items() if row in first or text.isupper()}


def _may_head(text: str) -> bool:
    """Tell whether a line may be what a body is called: no address, number, label, person or function."""
    if len(text) > _LONGEST_HEADING or "\n" in text or set(text) & set("@:：;") or any(map(str.isdigit, text)):
        return False
    taken = split_person(text)
    return not (taken.before or taken.vacant or taken.title or is_function(text) or role_of(text)[0])


_LONGEST_HEADING, _NEARLY = 100, 0.9


def labelled(sheet: Sheet, *, by_values: bool = False) -> Sheet | None:
    """Return the rows of a sheet of forms or cards, each a label and a value to a line, as a table; None for no such.

    The value stands behind a colon of any script or in the next cell, one below the other or several cards side by
    side. Each begins with the label of its state, and stands in the row of that. The header is row 0. `by_values`:
    labels that nobody knows count where they stand there again and again, and the first that a state stands beside.
    """
    headers: dict[str, int] = {}
    rows: dict[int, dict[int, Cell]] = {}
    first = ""
    column = current = taken = 0
    for one in sorted(_lines_of_forms(sheet, by_values=by_values), key=lambda line: (line.column, line.row)):
        if one.column != column:
            column, current = one.column, 0
        head = heading(one.label)
        begins = state_of(one.value.text) if by_values else head is not None and head.kind in {"state", "code"}
        if begins and first in {"", folded(one.label)}:
            first = folded(one.label)
            current = next(n for n in range(one.row, one.row + len(rows) + 1) if n not in rows)
        if current:
            taken += 1
            rows.setdefault(current, {}).setdefault(headers.setdefault(one.label, len(headers) + 1), one.value)
    whole = len(rows) > 1 and taken >= len(rows) * _LEAST_LINES and taken * 2 >= len(sheet.rows)
    if not whole or len(headers) > _MOST_LABELS:
        return None
    return Sheet(sheet.name, {0: {number: Cell(label) for label, number in headers.items()}, **rows})


class _FormLine(NamedTuple):
    """A line of a form."""

    column: int
    row: int
    label: str
    value: Cell


def _lines_of_forms(sheet: Sheet, *, by_values: bool) -> Iterator[_FormLine]:
    times = Counter(folded(cell.text[:_LONGEST_LABEL]) for cells in sheet.rows.values() for cell in cells.values())
    for row, filled in sheet.rows.items():
        cells = [(n, cell) for n, cell in sorted(filled.items()) if cell.text.strip()]
        value_of = 0
        for at, (number, cell) in enumerate(cells):
            if number == value_of:
                continue
            lines = list(filter(None, map(_label_and_value, cell.text[:_LONGEST_CELL].splitlines())))
            yield from (
                _FormLine(number, row, label, Cell(text, link=cell.link if len(lines) == 1 else ""))
                for label, text in lines
            )
            label = cell.text.strip(" :：\t\n")
            beside = cells[at + 1] if at + 1 < len(cells) else None
            if lines or beside is None or not label or len(label) > _LONGEST_LABEL or "@" in label:
                continue
            if len(cells) == 2 or heading(label) is not None or (by_values and times[folded(label)] > 1):
                value_of = beside[0]
                yield _FormLine(number, row, label, beside[1])


def _label_and_value(line: str) -> tuple[str, str] | None:
    label, colon, value = line.replace("：", ":").partition(":")
    label, value = label.strip(), value.strip()
    return (label, value) if colon and value and 0 < len(label) <= _LONGEST_LABEL and "@" not in label else None


_LONGEST_LABEL, _MOST_LABELS, _LEAST_LINES, _LONGEST_CELL = 60, 40, 2, 5_000


@dataclass(slots=True)
class Block:
    """A state's part of a list without a header."""

    iso3: str
    row: int
    addresses: list[str] = field(default_factory=list)
    unknown: str = ""
    """Its heading, where that names nobody that is known."""
    person: dict[str, str] = field(default_factory=dict)
    people: dict[str, dict[str, str]] = field(default_factory=dict)
    """Those who stand in one line with their address, by that."""
    language: str = ""
    """The language that a line says they are written to in."""
    unread: list[tuple[int, str]] = field(default_factory=list)
    """The rows and lines that have what should be an address, and none that can be read."""

    _titled: PersonWords | None = None
    """Whom a line names, until the next says what they are."""
    _somebody: bool = False
    """Whether a line named somebody already: the mission's box is no later colleague's."""
    _function: str = ""
    """A function that stood alone, until the next line says who has it."""

    _awaited: PersonWords | None = None
    """Whom the lines since the last address name."""
    placed: bool = False
    """Whether its person has a later address than the first one."""
    beside: list[str] = field(default_factory=list)
    """The rows, and what in them stands beside an address and is not understood."""
    rows: set[int] = field(default_factory=set)
    """The rows with its addresses."""
    sentences: list[str] = field(default_factory=list)
    """The rows, and the sentences in them that tell of an address: `Source: … Errors to …`."""

    def take(self, line: str, row: int) -> None:
        """Take a line of the block, which stands in a row: addresses, or whom it names."""
        line = line.replace("：", ":")
        label, colon, rest = line.partition(":")
        if "@" in line or means_an_address(line):
            self.rows.add(row)
            boxes = addresses_in(rest if colon else line, "")[0]
            if boxes and _is_sentence(rest if colon else line, boxes):
                self.sentences.append(f"{row} ({one_line(line)[:60]})")
                return
            self.addresses += [box.address for box in boxes]
            if not boxes and means_an_address(line):
                self.unread.append((row, line))
            self._take_owner(line, boxes)
        elif colon and (head := heading(label)) is not None and head.kind == "language":
            self.language = str(closed_lists.language(rest) or "")
        elif len(line) < _LONGEST_LINE:
            self._await(rest if colon else line)
            if not self.person:
                self._take_person(label if colon else "", rest if colon else line)

    def _take_owner(self, line: str, boxes: Sequence[NamedAddress]) -> None:
        """Give the address of a line whom the line names before it, or a later address whom the lines above named."""
        before = line.partition(boxes[0].address)[0] if len(boxes) == 1 else ""
        words = before.strip(" ,;<(") if "," in before and len(before) < _LONGEST_LINE else ""
        taken = split_person(words)
        role = role_of(words.partition(",")[2])[0]
        if taken.name and (role or taken.title) and not any(letter.isdigit() for letter in taken.name):
            self.people[address_key(boxes[0].address)] = person_fields(taken, role or Role.GENERAL)
        elif self._awaited is not None and len(boxes) == 1 and len(self.addresses) > 1:
            owner = person_fields(self._awaited, role_of(self._awaited.title)[0] or Role.GENERAL)
            self.people[address_key(boxes[0].address)] = owner
            self.placed |= owner["name"] == self.person.get("name")
        self._awaited = None

    def _await(self, line: str) -> None:
        """Remember whom a line names, by a form of address or a function, until an address follows."""
        if is_function(line) and self._awaited is not None:
            self._awaited = self._awaited._replace(title=self._awaited.title or line)
            return
        taken = split_person(line)
        if (taken.before or taken.title) and is_like_a_name(taken.name):
            self._awaited = taken

    def take_row(self, cells: Sequence[str], row: int) -> None:
        """Take whom a row of several cells names beside its one address, and what they are."""
        boxes = [box for cell in cells if "@" in cell for box in addresses_in(cell)[0]]
        if not boxes or len(cells) < 2:
            return
        beside = [cell for cell in cells if "@" not in cell and state_of(cell) is None]
        people = [cell for cell in beside if is_like_a_name(cell)]
        if len(people) > 1:
            people = [cell for cell in people if split_person(cell).before]
        functions = [cell for cell in beside if role_of(cell)[0] is not None or names_a_function(cell)]
        if len(boxes) == len(people) == 1:
            taken = split_person(people[0])
            title = ", ".join(dict.fromkeys(filter(None, (taken.title, *functions))))
            role = next((found for text in (*functions, taken.title) if (found := role_of(text)[0])), Role.GENERAL)
            self.people[address_key(boxes[0].address)] = person_fields(taken._replace(title=title), role)
            beside = [cell for cell in beside if cell not in people and cell not in functions]
        said = [cell for cell in beside if any(map(str.isalpha, cell)) and not cell.rstrip().endswith((":", "："))]
        said = [cell for cell in said if not any(map(str.isdigit, cell)) and heading(cell) is None]
        self.beside += [f"{row} ({one_line(cell)[:40]})" for cell in said if not is_vacant(cell)]

    def _take_person(self, label: str, line: str) -> None:
        """Take a line that names a person, a function, or both; the two may stand on lines below each other."""
        role = role_of(label)[0] if label else role_of(line)[0]
        if not label and is_function(line):
            if self._titled is not None and role:
                self.person = person_fields(self._titled._replace(title=line), role)
            else:
                self._function = line if role else ""
            return
        taken = split_person(line if line.strip() else label)
        if not taken.name or any(letter.isdigit() for letter in taken.name):
            return
        if role:
            if role is Role.PERMANENT_REPRESENTATIVE or not self._somebody:
                self.person = person_fields(taken, role)
            self._titled = None
        elif not label and self._function and (taken.before or is_like_a_name(line)):
            self.person = person_fields(
                taken._replace(title=self._function), role_of(self._function)[0] or Role.GENERAL
            )
        elif not label:
            self._titled = taken if taken.gender_form or taken.before or is_like_a_name(line) else None
            self._somebody |= self._titled is not None


_LONGEST_LINE = 300
_SENTENCE_WORDS, _SMALL_WORDS = 4, 2


def _is_sentence(words: str, boxes: Sequence[NamedAddress]) -> bool:
    """Whether words speak of an address, and do not say whose it is: several, in small letters, and no function."""
    for box in boxes:
        words = words.replace(box.address, " ")
    alone = [word for word in words.split() if any(map(str.isalpha, word))]
    small = [word for word in alone if word[0].islower() and len(word) > 1]
    return len(alone) >= _SENTENCE_WORDS and len(small) >= _SMALL_WORDS and role_of(words)[0] is None


def person_fields(taken: PersonWords, role: Role = Role.GENERAL) -> dict[str, str]:
    """Return the fields of a contact of a person and what that is."""
    fields = {"name": taken.name, "role": str(role), "title": taken.title[:200]}
    said = {"form_of_address": taken.before, "gender_form": str(taken.gender_form or "")}
    return fields | {name: text for name, text in said.items() if text}


def _lines(cells: Sequence[str]) -> Iterator[str]:
    """Return the lines of a row: those within its one cell, or its cells as one line."""
    if len(cells) == 1:
        yield from (line.strip() for line in cells[0].splitlines() if line.strip())
    elif cells:
        first, *others = (one_line(cell) for cell in cells)
        if is_function(first):
            first += ":"
        yield first + "".join(f", {cell}" if names_a_function(cell) else f" {cell}" for cell in others)
