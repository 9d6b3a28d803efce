"""Looks once more over what was read of a book of contacts, as a careful clerk does before the letters go.

What was read may be sound cell by cell and yet be wrong: addresses that have slipped against the states, two
ambassadors of one mission, a red row, an address in a corner that nobody reads. None of that is settled here; it is
asked about. Each guard is about the book as a whole and knows no kind of list.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import pairwise
from typing import Any

from outreach.errors import Problem
from outreach.missions import closed_lists
from outreach.missions.books.cells import Cell, Sheet, column_letter
from outreach.missions.books.sheets import FoundSheets, Table, is_own
from outreach.missions.columns import SheetKind, is_read_me
from outreach.missions.facts import bodies, find_state, names_a_state, states
from outreach.missions.lists.headings import about_another_channel, heading, is_scale
from outreach.missions.lists.list_finder import ColumnNames, is_like_a_name, is_titled
from outreach.missions.lists.people_words import (
    excludes,
    gender_of_prefix,
    is_about_writing,
    is_vacant,
    mark,
    negates,
    role_of,
    several_people,
    split_person,
)
from outreach.missions.lists.plain_rows import LONGEST_OBEYED
from outreach.missions.lists.recast import says_stop
from outreach.missions.rows import CheckedRow, Records
from outreach.missions.word_lists import word_list
from outreach.sentences import Sentence, saying, some_of
from outreach.text import address_key, folded, one_line
from outreach.vocabulary import GenderForm, Line, Role

_ADDRESS = re.compile(r"(?<![\w.+'-])[\w.+'-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_TOKEN = re.compile(r"[^\W_]{2,40}")
# UTF-8 read as Windows-1252, a letter that had no place in the encoding, a mark of interrogation within a word.
_SPOILT = re.compile(
    r"[ÃÂÐÑØÙ][\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]|\ufffd"
    r"|[^\W\d_]\?[^\W\d_]|[^\W\d_]\?(?= [^\W\d_])|(?<= )\?[^\W\d_]"
)
_SAMPLE = re.compile(
    r"\s{0,9}(?:e\.? ?g\.|for example|example ?:|sample ?:|sample row|p\. ?ej\.|por ejemplo|par exemple|p\. ?ex\."
    r"|ex\. ?:|exemple ?:|ejemplo ?:|z\. ?b\.|например|مثال|例如|例[:：])",
    re.IGNORECASE,
)
_HOSTS = {"com", "org", "net", "int", "edu", "gov", "info", "example", "test", "invalid", "mission", "missions", "mail"}
_BY_NAME_ONLY = {"can", "per", "and", "are", "pan", "mar", "fin", "lie", "nor", "arm", "dom", "col", "est", "sur",
    "ton",
    "ben", "ken", "dan", "max", "cub", "gin", "mac", "tur", "zwe", "bel", "sen", "slv", "com"}  # fmt: skip
"""Codes that are also words or first names: within a local part they say nothing."""
_CAPITALS = {
    "kinshasa": "COD", "brazzaville": "COG", "pyongyang": "PRK", "seoul": "KOR", "conakry": "GIN", "bissau": "GNB",
    "malabo": "GNQ", "niamey": "NER", "abuja": "NGA", "juba": "SSD", "khartoum": "SDN", "roseau": "DMA",
    "santodomingo": "DOM", "bratislava": "SVK", "ljubljana": "SVN", "vienna": "AUT", "canberra": "AUS",
}  # fmt: skip
"""Of states that are taken for each other."""
_AMBIGUOUS = {"congo": "COG COD", "le congo": "COG COD", "el congo": "COG COD", "the congo": "COG COD",
    "korea": "KOR PRK", "coree": "KOR PRK", "corea": "KOR PRK", "guinea": "GIN GNB GNQ PNG", "guinee": "GIN GNB GNQ",
    "конго": "COG COD", "корея": "KOR PRK", "гвинея": "GIN GNB GNQ", "الكونغو": "COG COD", "كوريا": "KOR PRK",
    "刚果": "COG COD", "sudan": "SDN SSD", "soudan": "SDN SSD"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Taken:
    """A contact that is read: where it stands, and what it says."""

    sheet: str
    row: int
    iso3: str
    key: str
    values: Mapping[str, Any]

    @property
    def written_to(self) -> bool:
        return self.values.get("active") is not False

    @property
    def name(self) -> str:
        return str(self.values.get("name") or "")


@dataclass(slots=True)
class _Look:
    """The book, what was read of it, and what is to be asked."""

    found: FoundSheets
    table: Table
    taken: Sequence[_Taken]
    new: Sequence[_Taken]
    """Those that the directory does not have yet: what it has was asked about when it came."""
    own: Collection[str]
    aside: Collection[tuple[str, int]]
    """The rows that are set aside, and told."""
    asked: list[Problem] = field(default_factory=list)
    _rows: dict[tuple[str, int], list[_Taken]] = field(default_factory=dict)
    _sheets: dict[str, Sheet] = field(default_factory=dict)

    def ask(self, problem: Problem) -> None:
        self.asked.append(problem)

    def sheet(self, name: str) -> Sheet:
        """Return a sheet of the file."""
        if name not in self._sheets:
            self._sheets[name] = self.found.sheet(name)
        return self._sheets[name]

    def cells(self, one: _Taken) -> Mapping[int, Cell]:
        """Return the cells of a contact's row as they stand in the file."""
        return self.sheet(one.sheet).rows.get(one.row, {})

    def rows(self) -> Mapping[tuple[str, int], list[_Taken]]:
        """Return the new contacts by the row that they stand in."""
        if not self._rows:
            for one in self.new:
                self._rows.setdefault((one.sheet, one.row), []).append(one)
        return self._rows


def look_over(
    found: FoundSheets, records: Records, known: Collection[tuple[str, str]] = (), own: Collection[str] = ()
) -> list[Problem]:
    """Return what a careful clerk asks of the contacts that were read from a book, before they are taken.

    `known` are the missions and addresses that the directory has already, `own` the columns of the team's own that
    its contacts have: nothing is asked of those again.
    """
    table = found.tables.get(SheetKind.CONTACTS)
    if table is None:
        return []
    taken = [_taken(table, record) for record in records.of.get(SheetKind.CONTACTS, ()) if "iso3" in record.values]
    new = [one for one in taken if (one.iso3, one.key) not in known]
    look = _Look(found, table, taken, new, own, {(one.sheet, one.row) for one in records.marks})
    if new:
        for guard in _GUARDS:
            guard(look)
    return look.asked


def name_nobody_jointly(
    found: FoundSheets, records: Records, known: Mapping[tuple[str, str], str]
) -> tuple[Records, list[Problem]]:
    """Return the rows without the names of several people in one, and what is asked of those.

    Nobody is called `Mr. Li and Ms. Sol`: one letter goes to their address, and names neither. `known` are the names
    of the directory's contacts by mission and address: what stands there so was said by a person.
    """
    table = found.tables.get(SheetKind.CONTACTS)
    if table is None:
        return records, []
    rows, asked = list(records.of.get(SheetKind.CONTACTS, ())), []
    for at, record in enumerate(rows):
        name = str(record.values.get("name") or "")
        count = len(several_people(name)) if name else 0
        if count and known.get((record.iso3, address_key(record.values.get("email", "")))) != name:
            nobody = {"name": "", "gender_form": None, "form_of_address": ""}
            rows[at] = replace(record, values={**record.values, **{n: nobody[n] for n in nobody if n in record.values}})
            asked.append(
                Problem(
                    "cell.several-people",
                    "{value} names {count} people: where the row has as many addresses each has their own, "
                    "else nobody is named",
                    where=table.place(record.row, "name"), value=f'"{one_line(name)[:60]}"', count=count,
                    remedy="Give each a row if that is not so.",
                )
            )  # fmt: skip
    return (replace(records, of={**records.of, SheetKind.CONTACTS: rows}) if asked else records), asked


def _taken(table: Table, record: CheckedRow) -> _Taken:
    sheet, row = table.name, record.row
    if table.plain is not None:
        sheet, row, _ = table.plain.sources.get(row, (sheet, row, {}))
    return _Taken(sheet, row, record.iso3, address_key(record.values.get("email", "")), record.values)


def _rows_asked(words: Sentence, where: str, told: Sequence[str]) -> Problem:
    return Problem("sheet.rows-read", "{words}: {rows}", words=words, rows=some_of(told), where=where)


# Every address of the book is taken, left out by a rule that is told, or asked about.


def _addresses_passed_over(look: _Look) -> None:
    taken = {one.key for one in look.taken}
    told: set[object] = {*look.aside, *(look.table.plain.accounted if look.table.plain is not None else ())}
    if "email" in look.table.told:  # a person has said which column counts
        told |= {(look.table.name, row) for row in look.table.sheet.rows if row > look.table.header_row}
    for sheet in look.found.sheets:
        if (is_read_me(sheet.name) and look.table.name != sheet.name) or sheet.name in told:
            continue
        over: dict[str, str] = {}
        for row, cells in sheet.rows.items():
            for number, cell in cells.items():
                is_told = (sheet.name, row) in told or (sheet.name, row, number) in told
                if not is_told and ("@" in cell.text or cell.link):
                    _gather(over, taken, f"{column_letter(number)}{row}", f"{cell.text} {cell.link}")
        for (row, number), text in sheet.comments.items():
            _gather(over, taken, f"{column_letter(number)}{row}", text)
        if over:
            words = saying("sheet.beside", "addresses that stand beside what is read are not written to")
            look.ask(_rows_asked(words, sheet.name, [f"{place} ({text})" for text, place in over.items()]))


def _gather(over: dict[str, str], taken: set[str], place: str, text: str) -> None:
    for address in _ADDRESS.findall(text[:2_000]):
        if address_key(address.strip(".'-")) not in taken:
            over.setdefault(address, place)


def _sheets_of_those_who_stop(look: _Look) -> None:
    told = look.table.plain.accounted if look.table.plain is not None else set()
    read = {look.table.name, *look.found.heads, *(one.sheet for one in look.taken)}
    for sheet in look.found.sheets:
        says = says_stop(sheet)
        if sheet.name in told or sheet.name in (read if not says else {look.table.name}):
            continue
        texts = (f"{cell.text} {cell.link}" for cells in sheet.rows.values() for cell in cells.values())
        there = {address_key(one) for text in texts if "@" in text for one in _ADDRESS.findall(text[:2_000])}
        rows = [f"{one.row} ({one.key})" for one in look.taken if one.key in there and one.written_to]
        if rows and not says:
            words = saying(
                "sheet.stands-again",
                "their addresses stand in the sheet {sheet} too, which is not read and may say whom not to write to",
                sheet=sheet.name,
            )
            look.ask(_rows_asked(words, look.table.name, rows))
        elif says and (rows or not there):
            words = saying(
                "sheet.stop-sheet",
                "the sheet {sheet} says who is not to be written to, and is not obeyed",
                sheet=sheet.name,
            )
            look.ask(_rows_asked(words, look.table.name, rows or [sheet.name]))


# What the address says against what the row says.


@cache
def _by_token() -> Mapping[str, str]:
    """Return what states are called in an address, as one word: their codes, their names, some capitals."""
    found = dict(_CAPITALS)
    for state in states().values():
        found.setdefault(state.iso3.casefold(), state.iso3)
        for language in ("en", "fr", "es"):
            name = folded(state.short(language).partition("(")[0]).replace(" ", "")
            if len(name) > 3:
                found.setdefault(name, state.iso3)
    return found


def _states_of_address(key: str, name: str) -> set[str]:
    """Return the states that an address names; what is also a part of the person's name says nothing."""
    local, _, domain = key.rpartition("@")
    persons = set(_TOKEN.findall(folded(name)))
    labels = domain.split(".")
    found: set[str] = set()
    for word in _TOKEN.findall(local.casefold()):
        if word not in persons and word not in _BY_NAME_ONLY and (len(word) > 3 or word != local):
            found |= {_by_token()[word]} if word in _by_token() else set()
    for label in labels[:-1]:
        for word in {label, *_TOKEN.findall(label)} - _HOSTS:
            found |= {_by_token()[word]} if word in _by_token() else set()
    of_government = len(labels) > 2 and labels[-2] in {"gov", "gob", "gouv", "mfa", "gub", "govt", "go"}
    state = find_state(labels[-1]) if of_government and len(labels[-1]) == 2 else None
    return found | {state.iso3} if state else found


def _addresses_of_another_state(look: _Look) -> None:
    listed = {one.iso3 for one in look.taken}
    told: dict[str, list[str]] = {}
    naming = agreeing = 0
    for one in look.taken:
        named = _states_of_address(one.key, one.name)
        naming += bool(named)
        agreeing += one.iso3 in named
        if named and one.iso3 not in named and (named & listed or named & set(_CAPITALS.values())):
            told.setdefault(one.sheet, []).append(f"{one.row} ({one.iso3}: {one.key})")
    for sheet, rows in told.items():
        words = saying("sheet.another-state", "addresses that name another state of the list than their rows")
        if naming > 3 and agreeing * 2 < naming:
            words = saying(
                "sheet.addresses-slipped",
                "the addresses have slipped against the states: most of them name another one than their rows",
            )
        look.ask(_rows_asked(words, sheet, rows))


def _one_name_for_two_states(look: _Look) -> None:
    """Ask about `Congo` where it stands with several people: one of them may be the other Congo's."""
    people: dict[str, dict[str, str]] = {}
    for (sheet, row), contacts in look.rows().items():
        texts = [cell.text.strip() for cell in look.sheet(sheet).rows.get(row, {}).values() if len(cell.text) < 30]
        named = [contact.name for contact in contacts if contact.name]
        said = next((word for text in texts if (word := folded(text)) in _AMBIGUOUS), "")
        if said and named and contacts[0].iso3 in _AMBIGUOUS[said] and contacts[0].iso3 not in texts:
            people.setdefault(said, {})[named[0]] = f"{sheet}!{row}"
    for said, places in people.items():
        if len(places) > 1:
            words = saying(
                "sheet.two-states", "several people stand under {name}, which may be two states", name=said.title()
            )
            look.ask(_rows_asked(words, next(iter(places.values())), [f"{w} ({who})" for who, w in places.items()]))


# Two people where there can be one; a person who is none.


def _two_heads(look: _Look) -> None:
    heads: dict[str, dict[str, _Taken]] = {}
    for one in look.taken:
        is_head = one.values.get("role") is Role.PERMANENT_REPRESENTATIVE and one.values.get("line") is not Line.CC
        if is_head and one.written_to and one.name:
            heads.setdefault(one.iso3, {}).setdefault(" ".join(sorted(folded(one.name).split())), one)
    new = {one.iso3 for one in look.new}
    for iso3, people in heads.items():
        if len(people) > 1 and iso3 in new:
            told = [f"{one.row} ({one.name})" for one in people.values()]
            look.ask(
                _rows_asked(
                    saying("sheet.several-heads", "{iso3} has several heads of mission", iso3=iso3),
                    next(iter(people.values())).sheet,
                    told,
                )
            )


def _bodies(look: _Look) -> None:
    """Tell organisations that were named and not coded: a reader may have meant a state, or nobody at all."""
    told: dict[str, list[str]] = {}
    for one in look.new:
        if one.iso3 in bodies() and one.iso3 not in {cell.text.strip() for cell in look.cells(one).values()}:
            told.setdefault(one.sheet, []).append(f"{one.row} ({one.iso3}, {bodies()[one.iso3].short('en')[:40]})")
    for sheet, rows in told.items():
        look.ask(
            _rows_asked(
                saying("sheet.organisations-too", "organisations, which are no states, are taken too"), sheet, rows
            )
        )


def _names_that_are_none(look: _Look) -> None:
    told: dict[str, list[str]] = {}
    for one in look.new:
        name = one.name
        if name and (
            "@" in name
            or any(c.isdigit() for c in name)
            or (name.islower() and name != name.title())
            or closed_lists.role(name) is not None
            or (len(name.split()) < 5 and name.casefold() != name.upper() and role_of(name)[0] is not None)
            or names_a_state(name)
            or (closed_lists.language(name) is not None and len(name) > 2)
            or excludes(name) == "stopped"
            or is_vacant(name)
        ):
            told.setdefault(one.sheet, []).append(f"{one.row} ({name[:40]})")
    for sheet, rows in told.items():
        look.ask(_rows_asked(saying("sheet.no-persons-name", "names that do not look like a person's"), sheet, rows))


def _gender_against_address(look: _Look) -> None:
    told: dict[str, list[str]] = {}
    for one in look.new:
        form = str(one.values.get("form_of_address") or "")
        said = one.values.get("gender_form")
        if not form or said not in (GenderForm.FEMININE, GenderForm.MASCULINE):
            continue
        of_form = gender_of_prefix(form)
        if of_form and of_form is not said:
            told.setdefault(one.sheet, []).append(f"{one.row} ({form[:20]}, {said})")
    for sheet, rows in told.items():
        look.ask(
            _rows_asked(
                saying("sheet.gender-differs", "the form of address is of another gender than the row says"),
                sheet,
                rows,
            )
        )


def _spoilt_letters(look: _Look) -> None:
    told: dict[str, list[str]] = {}
    for one in look.new:
        for name in ("name", "title", "form_of_address"):
            text = str(one.values.get(name) or "")
            if _SPOILT.search(text):
                told.setdefault(one.sheet, []).append(f"{one.row} ({text[:40]})")
    for sheet, rows in told.items():
        look.ask(_rows_asked(saying("sheet.letters-lost", "letters were lost before the file was saved"), sheet, rows))


# What stands in the rows beside the columns that are read.


def _cells_without_heading(look: _Look) -> None:
    told: dict[str, list[str]] = {}
    heads = look.found.heads
    for sheet, row in look.rows():
        header = max((r for r in heads.get(sheet, ()) if r < row), default=0)
        if not header:
            continue
        cells = look.sheet(sheet).rows.get(row, {})
        headed = heads[sheet][header].headings.keys() | heads[sheet][header].read
        for number, cell in cells.items():
            if number not in headed and cell.text.strip() and not _is_counter(cell.text):
                told.setdefault(sheet, []).append(f"{column_letter(number)}{row} ({one_line(cell.text)[:40]})")
    for sheet, rows in told.items():
        look.ask(
            _rows_asked(
                saying("sheet.slipped", "cells below no heading are not read: have the cells of the row slipped?"),
                sheet,
                rows,
            )
        )


def _is_counter(text: str) -> bool:
    return text.strip().rstrip(".)").isdecimal() and len(text) < 7


def _hidden(look: _Look) -> None:
    told: dict[str, list[str]] = {}
    for (sheet, row), contacts in look.rows().items():
        if row in look.sheet(sheet).hidden_rows and any(one.written_to for one in contacts):
            told.setdefault(sheet, []).append(f"{row} ({contacts[0].iso3})")
    for sheet, rows in told.items():
        if not is_own(look.sheet(sheet)):
            look.ask(_rows_asked(saying("sheet.hidden-written", "rows that are hidden are written to"), sheet, rows))


def _hidden_columns(look: _Look) -> None:
    """Ask about columns that are hidden and hold addresses which are written to: they may be private ones."""
    told: dict[tuple[str, int], list[str]] = {}
    for (sheet, row), contacts in look.rows().items():
        keys = {one.key for one in contacts if one.written_to}
        for number, cell in look.sheet(sheet).rows.get(row, {}).items():
            if number in look.sheet(sheet).hidden_columns and "@" in cell.text:
                there = {address_key(one) for one in _ADDRESS.findall(cell.text[:2_000])} & keys
                told.setdefault((sheet, number), []).extend(f"{row} ({one})" for one in there)
    for (sheet, number), rows in told.items():
        if rows and not is_own(look.sheet(sheet)):
            look.ask(
                _rows_asked(
                    saying(
                        "sheet.hidden-column",
                        "addresses of the hidden column {letter} are written to",
                        letter=column_letter(number),
                    ),
                    sheet,
                    rows,
                )
            )


def _samples(look: _Look) -> None:
    told: dict[str, list[str]] = {}
    for sheet, row in look.rows():
        for cell in look.sheet(sheet).rows.get(row, {}).values():
            if _SAMPLE.match(cell.text[:60]):
                told.setdefault(sheet, []).append(f"{row} ({one_line(cell.text)[:40]})")
                break
    for sheet, rows in told.items():
        look.ask(_rows_asked(saying("sheet.samples", "rows that may be samples are written to"), sheet, rows))


def _comments(look: _Look) -> None:
    for sheet in look.found.sheets:
        told = [
            f"{column_letter(number)}{row} ({one_line(text)[:60]})"
            for (row, number), text in sorted(sheet.comments.items())
            if text.strip() and any(one.written_to for one in look.rows().get((sheet.name, row), ()))
        ]
        if told:
            look.ask(_rows_asked(saying("sheet.comments", "comments are not obeyed"), sheet.name, told))


def _unseen(look: _Look) -> None:
    if look.found.unseen:
        look.ask(
            Problem(
                "sheet.marks-unseen",
                "comments, and lines through single words, can't be read in a workbook older than Excel 97",
                where=look.table.name,
                remedy="If you mark missions so, save it as .xlsx and import that.",
            )
        )


def _colours(look: _Look) -> None:
    by_sheet: dict[str, list[int]] = {}
    for of, row in look.rows():
        by_sheet.setdefault(of, []).append(row)
    for name, rows in by_sheet.items():
        sheet = look.sheet(name)
        if not sheet.colours or is_own(sheet):  # our own export is coloured by us
            continue
        rows.sort()
        filled = {row: [n for n, cell in sheet.rows.get(row, {}).items() if cell.text.strip()] for row in rows}
        counts: dict[int, Counter[str]] = {}
        for row, numbers in filled.items():
            for number in numbers:
                counts.setdefault(number, Counter())[sheet.colours.get((row, number), "")] += 1
        # A column is usually plain, or of the colour that most of its cells have.
        usual = {n: "" if "" in found else found.most_common(1)[0][0] for n, found in counts.items()}
        odd = {
            row: sorted({c or "none" for n in numbers if (c := sheet.colours.get((row, n), "")) != usual[n]})
            for row, numbers in filled.items()
        }
        if any(odd.values()) and not _is_banded([" ".join(odd[row]) for row in rows]):
            told = [str(row) for row, colours in odd.items() if colours]
            look.ask(
                _rows_asked(saying("sheet.colours", "rows have a colour of their own, which is not obeyed"), name, told)
            )


def _is_banded(kinds: Sequence[str]) -> bool:
    """Tell whether rows are coloured by turns, so that the eye keeps to its line."""
    counts = Counter(kinds)
    turns = sum(one != other for one, other in pairwise(kinds))
    return (
        len(counts) == 2 and len(kinds) > 3 and turns * 3 >= len(kinds) and min(counts.values()) * 5 >= len(kinds) * 2
    )


# Columns that are not understood and may say who is not to be written to.


def _columns_of_marks(look: _Look) -> None:
    for sheet, header, number, text, cells in _unread_columns(look):
        filled = [cell for cell in cells if cell]
        if not filled or is_scale(text) or folded(text) in look.own or _is_of_another_channel(text, filled):
            continue
        kinds = Counter(folded(cell) or cell for cell in filled)
        marks = sum(mark(cell) is not None for cell in filled)
        what = None
        if marks * 10 >= len(filled) * 9 and (len(kinds) > 1 or len(filled) < len(cells)):
            what = saying("sheet.marks", "marks")
        elif any(_is_kept_only(look, cell) for cell in filled if len(cell) < 300):
            what = saying("sheet.remarks", "remarks")
        if what:
            look.ask(
                Problem(
                    "sheet.column-not-obeyed",
                    "column {letter} ({header}) has {what} that are kept and not obeyed: {cells}",
                    where=f"{sheet}!{column_letter(number)}{header}",
                    letter=column_letter(number),
                    header=text[:40],
                    what=what,
                    cells=some_of([f'"{one[:40]}"' for one in kinds]),
                    remedy="If they say who is not to be written to, name the column{MAP}.",
                )
            )


def _is_kept_only(look: _Look, remark: str) -> bool:
    """Tell whether a remark may forbid writing and nobody obeys it: in lists of others the plain ones are obeyed."""
    if excludes(remark, remark=True):
        return look.table.plain is None or len(remark) >= LONGEST_OBEYED
    return negates(remark)


def _signs_of_a_legend(look: _Look) -> None:
    """Ask about signs in columns that are not read, where a legend says that who has one is not there any more."""
    signs: dict[str, str] = {}
    for sheet in look.found.sheets:
        beside = (cells for row, cells in sheet.rows.items() if (sheet.name, row) not in look.rows())
        for text in (cell.text[:1_000] for cells in beside for cell in cells.values()):
            found = _LEGEND.findall(text) if any(sign in text for sign in "=:–") else ()
            signs |= {sign.casefold(): one_line(words) for sign, words in found if excludes(words, remark=True)}
    for name, header, number, _, texts in _unread_columns(look) if signs else ():
        told = sorted({f"{text}: {signs[text.casefold()][:40]}" for text in texts if text.casefold() in signs})
        if told:
            where = f"{name}!{column_letter(number)}{header}"
            words = saying("sheet.legend", "a legend says what these mean, and they are not obeyed")
            look.ask(_rows_asked(words, where, told))


_LEGEND = re.compile(r"(?:^|[,;.(|\n]|\s)\s{0,3}([^\W_]{1,2}|[^\w\s,;=:.()-])\s{0,2}[=:–]\s{0,2}([^,;|\n=]{3,80})")
"""What a sign means, as it stands below a list: `R = returned to capital`."""


def _is_of_another_channel(header: str, cells: Sequence[str]) -> bool:
    return about_another_channel(header) and not any(map(is_about_writing, cells))


def _unread_columns(look: _Look) -> Iterator[tuple[str, int, int, str, list[str]]]:
    """Yield the columns that no field of ours is read from: sheet, header row, number, heading and cells."""
    by_header: dict[tuple[str, int], list[int]] = {}
    for of, row in look.rows():
        header = max((r for r in look.found.heads.get(of, ()) if r < row), default=0)
        if header:
            by_header.setdefault((of, header), []).append(row)
    for (name, header), rows in by_header.items():
        sheet = look.sheet(name)
        for number, text in sorted(look.found.heads[name][header].headings.items()):
            if number not in look.found.heads[name][header].read:
                cells = [one_line(sheet.rows[row].get(number, Cell("")).text) for row in rows]
                yield name, header, number, one_line(text), cells


def _successors(look: _Look) -> None:
    """Ask where a column names who comes next: `Ambassador designate`. It may be they who hold the post by now."""
    for sheet, header, number, text, cells in _unread_columns(look):
        said = set(folded(text).split()) & _SUCCESSORS or any(word in text for word in _SUCCESSORS_UNPARTED)
        told = [f'"{cell[:40]}"' for cell in cells if cell and is_like_a_name(cell)] if said else []
        if told and len(told) * 2 > sum(map(bool, cells)):
            words = saying("sheet.incoming", "who comes next by this column is not named, and who was there before is")
            look.ask(_rows_asked(words, f"{sheet}!{column_letter(number)}{header}", told))


def _people_not_read(look: _Look) -> None:
    """Ask about columns of people that are kept and not read: whoever stands there is written to by no name."""
    named = {folded(one.name) for one in look.taken if one.name}
    for sheet, header, number, text, cells in _unread_columns(look):
        filled = [cell for cell in cells if cell and folded(split_person(cell).name) not in {"", *named}]
        head = heading(text)
        addresses = any("@" in cell for cell in filled)  # a display name, which says nothing more
        if not filled or addresses or folded(text) in look.own or (head is not None and head.kind == "none"):
            continue
        titled = sum(map(is_titled, filled)) * 2 >= len(filled)
        plain = len(filled) > 2 and min(sum(map(is_like_a_name, filled)), len(set(filled))) * 5 >= len(filled) * 4
        if titled or plain:
            look.ask(
                Problem(
                    "sheet.column-people",
                    "column {letter} ({header}) names people, of whom no contact takes a name: {cells}",
                    where=f"{sheet}!{column_letter(number)}{header}",
                    letter=column_letter(number),
                    header=text[:40],
                    cells=some_of([f'"{cell[:40]}"' for cell in filled]),
                    remedy="If an address of the row is theirs, say so{MAP}.",
                )
            )


_SUCCESSORS = frozenset(word_list("heading_words", "successors"))
_SUCCESSORS_UNPARTED = tuple(word for word in _SUCCESSORS if "\u4e00" <= word[0] <= "\u9fff")


def _organisations(look: _Look) -> None:
    """Ask where a column of organisations names none of the missions: it may be a list of others than diplomats."""
    for sheet, header, number, text, cells in _unread_columns(look):
        words = set(folded(text).split())
        named = ColumnNames([cell for cell in cells if cell])
        # Missions that nobody here knows, too.
        if named.filled and (words & _ORGANISATIONS or named.are_missions) and not named.are_states:
            look.ask(
                Problem(
                    "sheet.organisations",
                    "column {letter} ({header}) names organisations, and no missions: are these people at missions?",
                    where=f"{sheet}!{column_letter(number)}{header}",
                    letter=column_letter(number),
                    header=text[:40],
                    remedy="A list of signatories or partners is no list of missions.",
                )
            )


_ORGANISATIONS = frozenset(word_list("heading_words", "organisations"))

_GUARDS: tuple[Callable[[_Look], None], ...] = (
    _addresses_passed_over, _sheets_of_those_who_stop, _addresses_of_another_state, _one_name_for_two_states,
    _two_heads, _bodies, _names_that_are_none, _gender_against_address, _spoilt_letters, _cells_without_heading,
    _hidden, _hidden_columns, _samples, _comments, _unseen, _colours, _columns_of_marks, _signs_of_a_legend,
    _organisations, _successors, _people_not_read,
)  # fmt: skip
