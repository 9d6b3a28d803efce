"""Finds the tables of a list of contacts in a sheet: their header rows, what each column is, and the rows below.

A heading tells what a column is as far as its words are known; what it leaves open is told by what stands in the cells.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from outreach.missions import closed_lists
from outreach.missions.books.cells import Cell, Sheet, column_number
from outreach.missions.facts import by_m49, find_state, names_a_mission
from outreach.missions.guessing import guess_contacts
from outreach.missions.lists.address_text import addresses_in
from outreach.missions.lists.footnotes import without_marks
from outreach.missions.lists.headings import (
    Heading,
    heading,
    heading_of_marks,
    is_of_a_person,
    of_a_term,
    says_an_end,
    says_copies,
    speaks_of_addresses,
)
from outreach.missions.lists.people_words import (
    excludes,
    is_function,
    is_vacant,
    mark,
    role_of,
    says_still,
    split_person,
)
from outreach.missions.word_lists import word_list
from outreach.text import address_key, folded
from outreach.vocabulary import Role

LIST_FIELDS = frozenset({"first", "middle", "last", "cc", "optout", "own", "none"})
"""What a person may say of a column besides our fields: `own` is one of the team's own, `none` one that is not read."""
STATES = ("code", "state", "org", "place")
_KINDS = {"iso3": "state", "form_of_address": "prefix", "gender_form": "gender"}
_PARTICLES = frozenset(word_list("names", "particles"))
_NO_PERSON = frozenset(word_list("names", "no_person"))
_NOTES = frozenset(word_list("heading_words", "notes"))
_DATE_LIKE = re.compile(
    r"\b[12][0-9]{3}-[01][0-9]-[0-3][0-9]|\b[0-9]{1,2}[./-][0-9]{1,2}[./-](?:[12][0-9])?[0-9]{2}\b"
    r"|\b[12][0-9]{3}[./年][0-9]{1,2}|(?<![0-9])(?:19|20)[0-9]{2}$"
)
_HOSTS = {"CHE", "USA", "AUT", "KEN", "NLD", "FRA", "ITA", "BEL", "ETH", "THA", "CHL", "LBN"}
"""Where the United Nations and their missions sit: the country of most addresses, whosever mission it is."""
_HOST_SHARE, _HOST_OF = 7, 10
_OF_A_COLLEAGUE = 3
"""In so many rows addresses that stand twice, beside the missions' own, are nobody's at a mission."""
_TITLE_WITHIN = 3
_ENOUGH = 4
"""So many known headings are enough, however many columns an exporting program has."""
SUMS = frozenset(word_list("remarks", "sums"))
"""What begins a row that only counts others."""
_CASELESS = re.compile(r"[\u0590-\u06ff\u0900-\u0dff\u0e00-\u0eff\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]")


@dataclass(slots=True)
class FoundList:
    """A table: its header row, what each column is, and the rows below it."""

    sheet: Sheet
    header_row: int
    columns: dict[int, Heading]
    headings: Mapping[int, str]
    """What each column is called: what stands in the header row, with what stands above it where that is needed."""
    unread: dict[int, str]
    rows: list[int]
    order: tuple[str, ...] = STATES
    repeated: list[int] = field(default_factory=list)
    """Rows that say the header once more, in another language or on another page."""
    title: str = ""
    """What stands alone above its header: `Do not write to these`."""
    state: str = ""
    """Whose all of its rows are that name no state, by its title or its sheet's name: ISO3."""
    passed_over: list[int] = field(default_factory=list)
    """Columns called like a field of ours that hold something else."""
    footnotes: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    """The sentences that the marks of a row mean: `Peru²`."""
    settled: bool = False
    """Whether its columns change no more: what `of` found is kept then."""
    _of: dict[tuple[str, ...], list[int]] = field(default_factory=dict)

    def settle(self) -> None:
        """Say that the columns change no more."""
        self._of.clear()
        self.settled = True

    def heading(self, number: int) -> str:
        """Return what a column is called; empty where nothing says so."""
        return self.headings.get(number, "")

    def of(self, *kinds: str) -> list[int]:
        """Return the columns of some kinds, from the left."""
        if self.settled and kinds in self._of:
            return self._of[kinds]
        self._of[kinds] = [number for number, one in sorted(self.columns.items()) if one.kind in kinds]
        return self._of[kinds]


def find_lists(sheet: Sheet, told: Mapping[str, str]) -> list[FoundList]:
    """Return the tables of a sheet that have addresses; `told` says which column (heading, letters) is which field."""
    found: list[FoundList] = []
    sheet, footnotes = without_marks(_with_codes(sheet))
    parts = _side_by_side(sheet, told)
    if parts:
        return [one for part in parts for one in find_lists(part, told)]
    above: Mapping[int, str] = {}
    for row in sorted(sheet.rows):
        cells = _under(above, sheet.rows[row])
        above = _spread(sheet, row)
        heads = _headings(cells, told) or (_told_by_cells(sheet, row, cells) if not found and not told else {})
        heads = heads or _of_one_state(sheet, row, cells)
        whose = _whose(sheet, row) if heads else ""
        again = bool(found) and _says_again(found[-1], cells) and whose == found[-1].state
        if heads and not again and (not found or {one.kind for one in heads.values()} & {"email", "cc"}):
            texts = {n: text for n, cell in cells.items() if (text := cell.text.strip())}
            unread = {n: text for n, text in texts.items() if n not in heads}
            found.append(FoundList(sheet, row, heads, texts, unread, [], title=_title(sheet, row), state=whose))
            found[-1].footnotes = footnotes
        elif again:
            found[-1].repeated.append(row)
        elif found:
            found[-1].rows.append(row)
    return [one for one in found if _complete(one)]


def list_by_cells(sheet: Sheet) -> FoundList | None:
    """Return the table of a sheet without headings that are known: a column of states beside one of addresses.

    Both are asked about. None where the rows with addresses do not say each whose it is.
    """
    guessed = guess_contacts(sheet, {})
    if guessed is None:
        return None
    state, email = guessed.columns["iso3"], guessed.columns["email"]
    rows = [row for row in sorted(sheet.rows) if row > guessed.header_row]
    said = [row for row in rows if email in sheet.rows[row] and "@" in sheet.rows[row][email].text]
    whole = [row for row in said if state in sheet.rows[row] and state_of(sheet.rows[row][state].text.strip())]
    if len(whole) < _LEAST_ROWS or len(whole) * _HOST_OF < len(said) * _HOST_SHARE:
        return None
    heads = {n: cell.text.strip() for n, cell in sheet.rows.get(guessed.header_row, {}).items() if cell.text.strip()}
    known = {n: head for n, text in heads.items() if (head := heading(text)) is not None}
    columns = {**known, state: Heading("state", unsure=True), email: Heading("email", unsure=True)}
    filled = {n: "" for row in rows for n, cell in sheet.rows[row].items() if cell.text.strip()}
    unread = {n: text for n, text in {**filled, **heads}.items() if n not in columns}
    one = FoundList(sheet, guessed.header_row, columns, heads, unread, rows)
    return one if _complete(one) else None


_LEAST_ROWS = 2


def _title(sheet: Sheet, header: int) -> str:
    """Return what stands alone in the rows just above a header; empty where other things do."""
    for row in range(header - 1, header - 1 - _TITLE_WITHIN, -1):
        filled = [cell.text.strip() for cell in sheet.rows.get(row, {}).values() if cell.text.strip()]
        if filled:
            return filled[0] if len(filled) == 1 and "@" not in filled[0] else ""
    return ""


def _with_codes(sheet: Sheet) -> Sheet:
    """Return the sheet with codes of three letters for the numbers below a heading that says M49."""
    said = {n: row for row in sorted(sheet.rows)[:20] for n, cell in sheet.rows[row].items() if _is_m49(cell.text)}
    if not said:
        return sheet
    rows = {row: dict(cells) for row, cells in sheet.rows.items()}
    for number, header in said.items():
        for row, cells in rows.items():
            text = cells[number].text.strip() if row > header and number in cells else ""
            found = by_m49().get(int(text)) if text.isascii() and text.isdecimal() and len(text) < 4 else None
            if found is not None:
                cells[number] = cells[number]._replace(text=found.iso3)
    return replace(sheet, rows=rows)


def _is_m49(text: str) -> bool:
    head = heading(text) if 0 < len(text) < 40 else None
    return head is not None and head.kind == "m49"


def _spread(sheet: Sheet, row: int) -> Mapping[int, str]:
    """Return the texts of a row by all of the columns that each stands above: merged, or empty to its right."""
    cells = {n: cell.text.strip() for n, cell in sheet.rows.get(row, {}).items() if cell.text.strip()}
    below = {n for n, cell in sheet.rows.get(row + 1, {}).items() if cell.text.strip()}
    if len(cells) < 2 or below <= cells.keys() or any("@" in text for text in cells.values()):
        return {}
    spread: dict[int, str] = {}
    text = ""
    for number in range(min(cells), max(*below, *cells) + 1):
        text = cells.get(number, text)
        spread[number] = text
    return spread


def _under(above: Mapping[int, str], cells: Mapping[int, Cell]) -> Mapping[int, Cell]:
    """Return a header's cells with what stands above them, where that is needed to tell them apart."""
    texts = [folded(cell.text) for cell in cells.values() if cell.text.strip()]
    parts = any(is_of_a_person(cell.text) and role_of(above.get(n, ""))[0] is not None for n, cell in cells.items())
    if not above or (len(set(texts)) == len(texts) and not parts) or any("@" in text for text in texts):
        return cells
    many = {text for text in texts if texts.count(text) > 1}
    joined = dict(cells)
    for number, text in above.items():
        cell = cells.get(number)
        if cell is None or not cell.text.strip():
            joined[number] = Cell(text)  # one heading over both rows
        elif folded(cell.text) in many or (is_of_a_person(cell.text) and role_of(text)[0] is not None):
            joined[number] = Cell(f"{cell.text.strip()} {text}")
    return joined


def _side_by_side(sheet: Sheet, told: Mapping[str, str]) -> list[Sheet]:
    """Return the parts of a sheet in which tables stand beside each other, each with a header of its own."""
    for row in sorted(sheet.rows)[:20]:
        filled = sorted(n for n, cell in sheet.rows[row].items() if cell.text.strip())
        if len(filled) < 4:
            continue
        groups: list[list[int]] = [[filled[0]]]
        for number in filled[1:]:
            if number - groups[-1][-1] > 1:
                groups.append([])
            groups[-1].append(number)
        whole = [
            group
            for group in groups
            if (heads := _headings({n: sheet.rows[row][n] for n in group}, told))
            and {"email", "cc"} & {head.kind for head in heads.values()}
        ]
        if len(whole) > 1:
            return [_part(sheet, group, row - _TITLE_WITHIN) for group in whole]
    return []


def _part(sheet: Sheet, columns: list[int], first: int) -> Sheet:
    kept = set(range(columns[0], columns[-1] + 1))
    rows = {
        row: {n: cell for n, cell in cells.items() if n in kept}
        for row, cells in sheet.rows.items()
        if row >= first and kept & cells.keys()
    }
    part = Sheet(sheet.name, rows)
    part.merged = [area for area in sheet.merged if area.first_column in kept]
    part.comments = {place: words for place, words in sheet.comments.items() if place[1] in kept}
    part.colours = {place: colour for place, colour in sheet.colours.items() if place[1] in kept}
    part.struck_words = {place: words for place, words in sheet.struck_words.items() if place[1] in kept}
    return part


def _headings(cells: Mapping[int, Cell], told: Mapping[str, str]) -> dict[int, Heading]:
    """Return what the columns are if a row is a header: it names a state's column and one of addresses or people."""
    filled = {n: cell.text for n, cell in cells.items() if cell.text.strip()}
    if len(filled) < 2 or any("@" in text or len(text) > 200 for text in filled.values()):
        return {}
    heads = {n: head for n, text in filled.items() if (head := heading(text)) is not None}
    heads = {n: Heading("code") if head.kind == "m49" else head for n, head in heads.items()}
    for name, asked in told.items():
        kind = _KINDS.get(name, name)
        named = _named_columns(asked, filled)
        if not named:
            return {}
        heads = {n: head for n, head in heads.items() if n not in named and not (head.kind == kind and not head.whose)}
        heads.update(dict.fromkeys(named, Heading(kind)))
    kinds = {one.kind for one in heads.values()}
    if not kinds & set(STATES) or not kinds - set(STATES) or len(heads) < min(len(filled) / 3, _ENOUGH):
        return {}
    return heads


def _of_one_state(sheet: Sheet, row: int, cells: Mapping[int, Cell]) -> dict[int, Heading]:
    """Return the columns of a header that names addresses and people, where all below it are at one mission."""
    heads = {n: head for n, cell in cells.items() if (head := heading(cell.text)) is not None}
    kinds = {head.kind for head in heads.values()}
    filled = [cell.text for cell in cells.values() if cell.text.strip()]
    is_header = "email" in kinds and len(kinds) > 1 and not kinds & set(STATES) and len(heads) * 2 > len(filled)
    return heads if is_header and not any("@" in text for text in filled) and _whose(sheet, row) else {}


def _whose(sheet: Sheet, header: int) -> str:
    """Return the state that the title above a header names, or the sheet's name: ISO3, empty for none."""
    return state_of(_title(sheet, header)) or state_of(sheet.name) or ""


def _told_by_cells(sheet: Sheet, row: int, cells: Mapping[int, Cell]) -> dict[int, Heading]:
    """Return the columns of a header that names only the states or only the addresses: the others stand below it."""
    heads = {n: head for n, cell in cells.items() if (head := heading(cell.text)) is not None}
    texts = {n: cell.text for n, cell in cells.items() if n not in heads and cell.text.strip()}
    named = {n: cell.text for n, cell in cells.items() if n in heads and heads[n].kind in {"name", "title", "role"}}
    kinds = {head.kind for head in heads.values()}
    below = [sheet.rows[n] for n in range(row + 1, row + 11) if n in sheet.rows]
    if not (texts or named) or len(cells) < 2 or any("@" in cell.text for cell in cells.values()):
        return {}
    if kinds & {"state", "code"} and not kinds - set(STATES):
        number = _column_of(below, texts, lambda text: "@" in text)
        return {**heads, number: Heading("email", unsure=True)} if number else {}
    if kinds & {"email", "cc"} and not kinds & set(STATES):
        number = _column_of(below, [*texts, *named], lambda text: state_of(text) is not None)
        return {**heads, number: Heading("state", unsure=True)} if number else {}
    return {}


def _column_of(below: Sequence[Mapping[int, Cell]], among: Iterable[int], fits: Callable[[str], bool]) -> int:
    """Return the first column most of whose filled cells fit, if it is filled in half of the rows; 0 for none."""
    for number in among:
        filled = [line[number].text for line in below if number in line and line[number].text.strip()]
        if filled and len(filled) * 2 >= len(below) and sum(map(fits, filled)) * 10 > len(filled) * 6:
            return number
    return 0


def _says_again(one: FoundList, cells: Mapping[int, Cell]) -> bool:
    """Tell whether a row has headings of the same kinds as the table's own, and nothing else."""
    kinds = {
        n: head.kind for n, cell in cells.items() if cell.text.strip() and (head := heading(cell.text)) is not None
    }
    filled = sum(bool(cell.text.strip()) for cell in cells.values())
    return filled == len(kinds) >= 2 and all(
        n in one.columns and one.columns[n].kind == kind for n, kind in kinds.items()
    )


def _named_columns(asked: str, filled: Mapping[int, str]) -> list[int]:
    """Return the columns that a person names by a heading, by letters, or by several letters such as `B+C`."""
    by_heading = next((n for n, text in filled.items() if folded(text) == folded(asked)), None)
    if by_heading is not None:
        return [by_heading]
    numbers = [column_number(part.strip()) for part in asked.split("+")]
    return [n for n in numbers if n is not None] if all(n in filled for n in numbers) else []


def _complete(one: FoundList) -> bool:
    """Settle what the headings leave open, by what stands in the cells; return whether the list has addresses."""
    _addresses_by_cells(one)
    kinds = {head.kind for head in one.columns.values()}
    if "first" in kinds or "last" in kinds:
        part = "last" if "last" not in kinds else "first" if "first" not in kinds else ""
        for number in one.of("name") if part else ():
            one.columns[number] = Heading(part)
    _pairs_side_by_side(one)
    _parts_of_others(one)
    _parts_of_its_own(one)
    if not one.of("name", "first", "last"):
        own = next((n for n in one.of("person") if not _has_address(one, one.columns[n])), None)
        if own is not None:
            one.columns[own] = Heading("name", one.columns[own].role)
    _names_of_people(one)
    _states_by_cells(one)
    _marks_by_cells(one)
    _addresses_beside(one)
    _people_beside(one)
    _name_by_cells(one)
    _functions_among_others(one)
    _roles_by_cells(one)
    emails = one.of("email")
    if emails and all(number in one.unread for number in emails):
        one.columns[emails[0]] = Heading("email", unsure=True)
    if len(emails) == 1 and (one.columns[emails[0]].unsure or emails[0] in one.unread):
        one.columns[emails[0]] = Heading("email", unsure=True)  # the row's own, whatever it is called
    one.settle()
    return any(
        "@" in read(one, row, n).text or read(one, row, n).link for row in one.rows for n in one.of("email", "cc")
    ) or (bool(one.of("email")) and any(read(one, row, n).text.strip() for row in one.rows for n in one.of("email")))


def _addresses_beside(one: FoundList) -> None:
    """Take the columns of unknown headings in which addresses stand, unless they are of those who keep the list."""
    for number in list(one.unread):
        if _NOTES & set(folded(one.unread[number]).split()) and not _mostly_addresses(one, number):
            continue  # an address in a remark is another's, or the way round: it is asked about
        if one.of("email") and _of_colleagues(one, number):
            continue  # it is asked about, and nobody is written to there for each state
        if any("@" in read(one, row, number).text and _has_state(one, row, number) for row in one.rows):
            text = one.unread[number]
            head = Heading("email", role_of(text)[0], folded(text))
            one.columns[number] = Heading("cc") if says_copies(text) else head
    for number in one.of("email"):
        if one.columns[number].unsure and len(one.of("email")) > 1 and _of_colleagues(one, number):
            one.columns[number] = Heading("none")


def _people_beside(one: FoundList) -> None:
    """Take a column of people for those of an address that has a function: by the same words, else as the next to it.

    So `Expert DH` is who is written to by `Expert DH courriel`. Who only stands beside an address is asked about.
    """
    for at, head in [(n, one.columns[n]) for n in one.of("email") if one.columns[n].whose]:
        if any(one.columns[n].whose == head.whose or one.columns[n].role is head.role for n in one.of("person")):
            continue
        free = [n for n in one.unread if n not in one.columns and _are_people(one, n)]
        words = {*head.whose.split()}
        same = [n for n in free if words <= {*folded(one.unread[n]).split()} or _is_role(one.unread[n], head.role)]
        for number in same[:1] or [n for n in free if n == at - 1][:1]:
            one.columns[number] = Heading("person", head.role, head.whose, unsure=not same)


def _is_role(text: str, role: Role | None) -> bool:
    return role not in (None, Role.GENERAL) and role_of(text)[0] is role


def _are_people(one: FoundList, number: int) -> bool:
    texts = [t for row in one.rows if (t := read(one, row, number).text.strip()) and not is_vacant(t)]
    return sum(is_titled(text) or is_like_a_name(text) for text in texts) * 10 >= len(texts) * 7 > 0


def _of_colleagues(one: FoundList, number: int) -> bool:
    """Tell whether a column has the addresses of a few who share the missions among them: those who keep the list."""
    boxes = [text.casefold() for row in one.rows if "@" in (text := read(one, row, number).text)]
    return len(boxes) >= _OF_A_COLLEAGUE and len(set(boxes)) * 2 <= len(boxes)


def _pairs_side_by_side(one: FoundList) -> None:
    """Give each person of a row the address beside, where headings are people and plain addresses by turns.

    So it is where a row has a delegate and an alternate, each with an `E-mail`; the first is the row's own.
    """
    people, emails = one.of("name", "person"), one.of("email")
    plain = len(emails) > 1 and not any(one.columns[n].whose or one.columns[n].role for n in emails)
    if not plain or [*sum(zip(people, emails, strict=False), ())] != sorted((*people, *emails)):
        return
    for number, email in list(zip(people, emails, strict=True))[1:]:
        head = one.columns[number]
        whose = head.whose or f"{folded(one.heading(number))} {number}"
        one.columns[number] = Heading("person", head.role, whose)
        one.columns[email] = Heading("email", head.role or Role.GENERAL, whose)
        for between in (n for n in one.of("role", "title") if number < n < email):
            one.columns[between] = Heading("office", whose=whose)


def _parts_of_others(one: FoundList) -> None:
    """Take what is called a name for the family's where a given name of the same function stands beside it.

    So it is in lists of two lines of headings: `Nom`, `Prénom` and `Courriel` below `Chef de mission`.
    """
    by_whose: dict[str, dict[str, int]] = {}
    for number in one.of("person", "first", "last"):
        by_whose.setdefault(one.columns[number].whose, {}).setdefault(one.columns[number].kind, number)
    for whose, kinds in by_whose.items():
        missing = {"first", "last"} - kinds.keys()
        if whose and "person" in kinds and len(missing) == 1:
            one.columns[kinds["person"]] = replace(one.columns[kinds["person"]], kind=missing.pop())


def _parts_of_its_own(one: FoundList) -> None:
    """Take the parts of a name below a function that has no address for those of the row's own person, who has it.

    So it is where `Title`, `First`, `Last` and `Direct e-mail` stand below `Ambassador`, beside others of a row.
    """
    others = {one.columns[n].whose: one.columns[n] for n in one.of("first", "last") if one.columns[n].whose}
    without = [head for head in others.values() if not _has_address(one, head)]
    whole = one.of("name") or any(not one.columns[n].whose for n in one.of("first", "last"))
    own = [n for n in one.of("email") if not one.columns[n].whose and one.columns[n].role is None]
    if len(without) != 1 or whole or len(own) != 1:
        return
    for number in one.of("first", "middle", "last", "prefix"):
        if one.columns[number].whose == without[0].whose:
            one.columns[number] = Heading(one.columns[number].kind, without[0].role)


def parts_left_out(one: FoundList) -> list[int]:
    """Return the columns that are called parts of names, by a function to which no address belongs: nobody has them."""
    parts = (n for n in one.of("first", "middle", "last") if one.columns[n].whose)
    return [n for n in parts if not _has_address(one, one.columns[n]) and any(read(one, r, n).text for r in one.rows)]


@dataclass(frozen=True, slots=True)
class SaidOf:
    """Of which columns of addresses something is said; of all of a row where none is named. And is it sure?"""

    columns: tuple[int, ...] = ()
    sure: bool = True


def said_of(one: FoundList, number: int) -> SaidOf:
    """Return of which addresses of a row a column speaks that says who is written to: `E-mail 2 status`, `PR left`.

    Where several are called alike, each speaks of the address next to it.
    """
    emails, words = one.of("email", "cc"), folded(one.heading(number)).split()
    role, counts = role_of(one.heading(number))[0], {word for word in words if word.isdecimal()}
    if len(emails) < 2:
        return SaidOf()
    alike = [n for n in one.columns if folded(one.heading(n)).split() == words]
    heads = {n: (one.columns[n], folded(one.heading(n)).split()) for n in emails}
    named = [n for n, (head, _) in heads.items() if head.whose and {*head.whose.split()} <= {*words}]
    named = named or [n for n, (head, _) in heads.items() if head.role is role and role not in (None, Role.GENERAL)]
    counted = {n: {word for word in texts if word.isdecimal()} for n, (_, texts) in heads.items()}
    if not named and speaks_of_addresses(one.heading(number)) and any(counted.values()):
        named = [n for n, there in counted.items() if there == counts]
    if not named and len(alike) > 1:
        nearest = [n for n in emails if n < number] if min(emails) < min(alike) else [n for n in emails if n > number]
        named = nearest[-1:] if min(emails) < min(alike) else nearest[:1]
    return SaidOf(tuple(named), sure=bool(named) or not speaks_of_addresses(one.heading(number)))


def _states_by_cells(one: FoundList) -> None:
    """Settle which columns name the states: an `État` of other words is a status, an employer may be the mission."""
    _without_hosts(one)
    columns = {n: _named(one, n) for n in (*one.of(*STATES), *(n for n in one.unread if n not in one.columns))}
    best = max((len(named.states) for named in columns.values()), default=0)
    for number in one.of("state", "code"):
        named = columns[number]
        if best and len(named.states) * 3 < named.filled and len(named.states) * 3 < best:
            one.columns[number] = Heading("status")
    for number in list(one.unread):
        if number not in one.columns and one.of("state", "code") and _says_the_code(one, number):
            one.columns[number] = Heading("code")
    states = one.of("state", "code")
    hosts = _hosts([state for n in (*states, *one.of("place")) for state in columns[n].states])
    among = [*(n for n in one.unread if n not in one.columns), *(n for n in one.of("name") if one.columns[n].unsure)]
    for number in among if len(hosts) == 1 or not states else ():
        named = columns.get(number) or _named(one, number)
        if (len(set(named.states)) > 1 and named.are_states) or (len(hosts) == 1 and named.are_missions):
            columns[number] = named
            one.columns[number] = Heading("org")
    org = next((n for n in one.of("org") if columns[n].are_states), None)
    if org is None and len(hosts) == 1:
        org = next((n for n in one.of("org") if columns[n].are_missions), None)  # asked about: nobody is the host's
    if org is not None and len(hosts) == 1 and (len(set(columns[org].states)) > 1 or columns[org].are_missions):
        one.order = ("org",)  # the country is where the office stands, and says nothing of whom it is a mission of
    elif org is not None and one.of("place"):
        one.order = ("org", "code", "state")
    elif one.of("org") and (not states or org is not None):
        one.order = ("org", "code", "state", "place")


def _says_the_code(one: FoundList, number: int) -> bool:
    """Tell whether a column has the code of the state that its row names beside, of two letters or three, and no more.

    Else `Code` and `ISO2` would be fields of one's own, and what a row says of its state be asked about as a remark.
    """
    beside = [(text, state_of(text), _states_of(one, row)) for row in one.rows
              if (cell := read(one, row, number)) and (text := cell.text.strip()) and not cell.error]  # fmt: skip
    codes = [text for text, iso3, states in beside if len(text) in (2, 3) and text.isupper() and iso3 in states]
    return len(codes) == len(beside) and (len(codes) > 1 or any(len(code) > 2 for code in codes))  # a `NO` is a no


def _states_of(one: FoundList, row: int) -> set[str | None]:
    return {state_of(text) for n in one.of("state", "code") if (text := read(one, row, n).text.strip())}


@dataclass(frozen=True)
class ColumnNames:
    """What the filled cells of a column name: the one judgement whether it is of states, or of missions."""

    texts: Sequence[str]

    @cached_property
    def states(self) -> Sequence[str]:
        """The states, ISO3, a cell at a time."""
        return [iso3 for text in self.texts if (iso3 := state_of(text))]

    @cached_property
    def are_missions(self) -> bool:
        """Whether most of the cells are what several missions are called, their states known or not."""
        missions = [text for text in self.texts if names_a_mission(text)]
        return len(set(missions)) > 1 and len(missions) * 2 > self.filled

    @property
    def filled(self) -> int:
        """How many cells there are."""
        return len(self.texts)

    @property
    def are_states(self) -> bool:
        """Whether half of the cells and more name a state that is known."""
        return len(self.states) * 2 >= self.filled > 0


def _without_hosts(one: FoundList) -> None:
    """Of several columns of states, leave out one that names nothing but where the offices stand."""
    named = {n: set(_named(one, n).states) for n in one.of("state", "code")}
    several = any(len(states) > 1 for states in named.values())
    for number, states in named.items():
        if several and len(states) == 1 and states <= _HOSTS and len(one.rows) > 1:
            one.columns[number] = Heading("none")


def _names_of_people(one: FoundList) -> None:
    """Of several columns that are called names, keep those in which people stand: another may hold numbers."""
    names = one.of("name")
    texts = {n: [t for row in one.rows if (t := read(one, row, n).text.strip()) and not _is_open(t)] for n in names}
    people = [n for n in names if any(map(is_like_a_name, texts[n]))]
    for number in names if people or one.of("first", "last") else ():
        if number not in people and texts[number] and all(any(map(str.isdigit, text)) for text in texts[number]):
            one.columns[number] = Heading("none")


def _mostly_addresses(one: FoundList, number: int) -> bool:
    texts = [text for row in one.rows if (text := read(one, row, number).text.strip())]
    return sum("@" in text for text in texts) * 2 > len(texts)


def _hosts(named: Sequence[str]) -> set[str]:
    """Return the states that a list's columns of countries name: one, where nearly all are the host of the missions."""
    most, times = Counter(named).most_common(1)[0] if named else ("", 0)
    return {most} if most in _HOSTS and times * _HOST_OF >= len(named) * _HOST_SHARE else set(named)


def _named(one: FoundList, number: int) -> ColumnNames:
    texts = (read(one, row, number).text.strip() for row in one.rows)
    return ColumnNames(
        [text for row, text in zip(one.rows, texts, strict=True) if text and not _is_beside(one, row, text)]
    )


def _is_beside(one: FoundList, row: int, text: str) -> bool:
    """Tell whether a text is of no row of a list: a sum, or what stands alone below it and names no state."""
    alone = sum(bool(cell.text.strip()) for cell in one.sheet.rows[row].values()) == 1
    return folded(text) in SUMS or (alone and state_of(text) is None)


def _marks_by_cells(one: FoundList) -> None:
    """Take columns of yes and no whose headings ask about writing, and those of dates on which people leave."""
    for number in one.of("optout", "cc", "email"):
        head = _by_marks_or_dates(one, number)
        if head is not None:
            one.columns[number] = head
    for number in one.of("departed"):
        cells = [text for row in one.rows if (text := read(one, row, number).text.strip())]
        if cells and sum(is_like_a_name(cell) and not says_still(cell) for cell in cells) * 2 > len(cells):
            one.columns[number] = Heading("none")  # who was there before the successor beside
    for number, header in one.unread.items():
        if number in one.columns:
            continue
        cells = [text for row in one.rows if (text := read(one, row, number).text.strip())]
        if not cells:
            continue
        if sum(mark(cell) is not None for cell in cells) * 5 >= len(cells) * 4:
            head = heading_of_marks(header)
        elif says_an_end(header) and sum(map(_says_when, cells)) * 2 > len(cells) and not _is_of_a_term(one, cells):
            head = Heading("departed")
        elif not one.of("language") and len(cells) > 1 and all(map(_is_language, cells)):
            head = Heading("language", unsure=True)
        else:
            head = None
        if head is not None:
            one.columns[number] = head


def _is_of_a_term(one: FoundList, cells: Sequence[str]) -> bool:
    """Tell whether bare years until when something lasts are a state's on the Council, and not a person's in a post."""
    bare = all(_YEAR_ALONE.fullmatch(cell) for cell in cells if _is_date(cell))
    people = one.of("name", "first", "last", "person")
    return bare and (not people or of_a_term(f"{one.sheet.name} {one.title}"))


_YEAR_ALONE = re.compile(r"(?:19|20)[0-9]{2}(?:\.0)?")


def _by_marks_or_dates(one: FoundList, number: int) -> Heading | None:
    """Return what a column is of which the heading says `left` or `cc` and the cells hold days, or ticks only."""
    cells = [text for row in one.rows if (text := read(one, row, number).text.strip())]
    head = one.columns[number]
    if not cells:
        return None
    if head.kind == "optout":
        header = one.heading(number)
        of_leaving = excludes(header) != "stopped" and says_an_end(header)
        return Heading("departed") if of_leaving and sum(map(_says_when, cells)) * 2 > len(cells) else None
    if any("@" in cell or "＠" in cell for cell in cells):
        return None
    if sum(map(_says_when, cells)) * 5 >= len(cells) * 4:
        return Heading("departed")  # `From` and `To` of a post
    if sum(mark(cell) is not None for cell in cells) * 5 < len(cells) * 4:
        return None
    if head.whose or head.unsure:
        return heading_of_marks(one.heading(number)) or Heading("none")
    return Heading("tick-cc" if head.kind == "cc" else "tick-to")


def _is_date(text: str) -> bool:
    return bool(_DATE_LIKE.search(text[:40]))


def _says_when(text: str) -> bool:
    """Tell whether a cell says when somebody leaves, or that they do not yet."""
    return _is_date(text) or says_still(text)


def _is_language(text: str) -> bool:
    """Tell whether a cell is the name of a language; a code of two or three letters may be a state's."""
    return len(folded(text)) > len("ISO3") and closed_lists.language(text) is not None


def _addresses_by_cells(one: FoundList) -> None:
    """Take a column for addresses that is called otherwise and holds little else, where no other is called so."""
    for number in one.of("optout"):
        if any("@" in read(one, row, number).text for row in one.rows):
            # Addresses that are not to be used; `E-mail (not for publication)` says something else.
            of_use = excludes(one.heading(number)) == "stopped"
            one.columns[number] = Heading("old") if of_use else Heading("email", unsure=True)
    emails = {n: [cell for row in one.rows if (cell := read(one, row, n)).text.strip()] for n in one.of("email", "cc")}
    holds = {n: any("@" in c.text or c.link or addresses_in(c.text)[0] for c in cells) for n, cells in emails.items()}
    for number in (n for n in emails if any(holds.values()) and not holds[n]):
        # What is known of the addresses that stand elsewhere: `Estado del correo`, `E-mail 1 - Label`.
        if any(excludes(cell.text) for cell in emails[number]):
            one.columns[number] = Heading("status")
        elif all(mark(cell.text) is None and not _is_date(cell.text) for cell in emails[number]):
            one.unread[number] = one.heading(number)
            del one.columns[number]
    for number in one.of("name", "person", "title", "role", "state", "org", "status"):
        texts = [text for row in one.rows if (text := read(one, row, number).text.strip())]
        if texts and sum("@" in text for text in texts) * 2 >= len(texts):
            head = one.columns[number]
            if _says_once_more(one, number):
                one.columns[number] = Heading("none")  # `E-mail Display Name`: the name with the address beside
                continue
            one.columns[number] = Heading("email", head.role, head.whose, unsure=True)


def _says_once_more(one: FoundList, number: int) -> bool:
    """Tell whether each address of a column stands in another column of addresses of its row too."""
    others = [n for n in one.of("email") if n != number]
    said = [row for row in one.rows if "@" in read(one, row, number).text]
    return all(_keys(one, row, [number]) <= _keys(one, row, others) for row in said)


def _keys(one: FoundList, row: int, columns: Sequence[int]) -> set[str]:
    return {address_key(box.address) for n in columns for box in addresses_in(read(one, row, n).text)[0]}


def _name_by_cells(one: FoundList) -> None:
    """Where no heading says so, take the column for names that has people, with their honorifics or without, in it."""
    if one.of("name", "first", "last", "person"):
        return
    columns = {
        number: [text for row in one.rows if (text := read(one, row, number).text.strip()) and not _is_open(text)]
        for number in one.unread
        if number not in one.columns and not _NOTES & set(folded(one.unread[number]).split())
    }
    for is_person, least in ((is_titled, 0.5), (is_like_a_name, 0.7)):
        for number, texts in columns.items():
            if len(set(texts)) >= len(texts) * least > 0 and sum(map(is_person, texts)) >= len(texts) * least:
                one.columns[number] = Heading("name", unsure=True)
                return


def _is_open(text: str) -> bool:
    """Tell whether a cell for a name says that nobody is there, or no more than that."""
    return split_person(text).vacant


def _functions_among_others(one: FoundList) -> None:
    """Of several columns that are called functions, keep those in which functions stand: a position may be a stand."""
    columns = {n: [t for row in one.rows if (t := read(one, row, n).text.strip())] for n in one.of("role")}
    known = {n: sum(role_of(text)[0] is not None for text in texts) for n, texts in columns.items()}
    if not any(known[n] * 2 >= len(texts) > 0 for n, texts in columns.items()):
        return
    for number, texts in columns.items():
        if texts and not known[number]:
            del one.columns[number]
            one.unread[number] = one.heading(number)
            one.passed_over.append(number)


def _roles_by_cells(one: FoundList) -> None:
    """Where no heading says so, take the column for functions that has functions in it, and ask."""
    if one.of("role", "title"):
        return
    for number in one.unread:
        texts = [text for row in one.rows if (text := read(one, row, number).text.strip())]
        known = sum(role_of(text)[0] is not None and len(text) < 120 for text in texts)
        if number not in one.columns and len(texts) > 1 and known * 2 >= len(texts):
            one.columns[number] = Heading("role", unsure=True)
            return


def is_titled(text: str) -> bool:
    """Tell whether a cell names somebody with a form of address or a function: `Mme Zoé Li`."""
    taken = split_person(text)
    return bool(taken.name and (taken.gender_form or taken.title))


def is_like_a_name(text: str) -> bool:
    """Tell whether a cell may be a person's name: some words with capitals, and nothing else that is known."""
    if excludes(text) or is_vacant(text):
        return False
    text = split_person(text).name or text
    words = text.split()
    if not 2 <= len(words) <= 6 or len(text) > 80 or any(c.isdigit() or c in "@/:;()" for c in text):
        return bool(len(words) == 1 and 2 <= len(text) <= 12 and all(_CASELESS.match(c) or c in "·・" for c in text))
    if (
        any(folded(word) in _NO_PERSON for word in words)
        or role_of(text)[0]
        or is_function(text)
        or closed_lists.group(text)
        or state_of(text)
    ):
        return False
    return all(
        word[0].isupper() or _CASELESS.match(word) or folded(word) in _PARTICLES for word in words if word[0].isalpha()
    )


def _has_address(one: FoundList, head: Heading) -> bool:
    emails = [each for each in one.columns.values() if each.kind == "email" and each.whose]
    return any(
        each.whose == head.whose or (each.role is head.role and head.role is not Role.GENERAL) for each in emails
    )


def _has_state(one: FoundList, row: int, but: int) -> bool:
    """Tell whether a row, or one of the rows above it, says whose it is: else it is a note below the table."""
    return any(read(one, row, n).text.strip() for n in one.columns if n != but)


def read(one: FoundList, row: int, number: int) -> Cell:
    """Return a cell of a table, an empty one where there is none."""
    return one.sheet.rows.get(row, {}).get(number, Cell(""))


def state_of(text: str) -> str | None:
    """Return the ISO3 code of the state that a text names."""
    found = find_state(text)
    return found.iso3 if found else None
