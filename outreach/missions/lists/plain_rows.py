"""Writes rows of our own columns of the tables that were found in lists of another shape, and gathers what is asked.

Where anything was understood that the sheet does not say in so many words, and it changes who gets a letter, a person
is asked; what is only left out is told.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from outreach import clock
from outreach.errors import Problem, at_row
from outreach.missions import closed_lists
from outreach.missions.books.cell_values import NamedAddress, meant_state
from outreach.missions.books.cells import Cell, Sheet, column_letter
from outreach.missions.columns import SheetKind
from outreach.missions.facts import UnState
from outreach.missions.guessing import Guess
from outreach.missions.lists.address_text import addresses_in, is_blind_copy, lookalike_in, said_beside, without_copies
from outreach.missions.lists.blocks import Block, blocks_of
from outreach.missions.lists.headings import (
    about_another_channel,
    is_note,
    is_own_heading,
    is_plain_address,
    is_scale,
    says_an_end,
)
from outreach.missions.lists.list_finder import STATES, SUMS, FoundList, SaidOf, parts_left_out, read, said_of, state_of
from outreach.missions.lists.nearby import nearby
from outreach.missions.lists.own_fields import own_columns, told_own
from outreach.missions.lists.people_words import (
    denies,
    excludes,
    is_about_writing,
    is_past,
    is_vacant,
    mark,
    of_charges,
    permits,
    role_of,
    says_former,
    says_gone,
    says_still,
    split_person,
)
from outreach.missions.lists.plain_people import (
    PeopleOfRows,
    each_their_own,
    fields_of,
    is_of_the_past,
    named_beside,
    office_of,
)
from outreach.missions.lists.recasting import Asking, Headed, Recast
from outreach.missions.own_columns import PREFIX
from outreach.missions.result import MarkedCell
from outreach.missions.word_lists import word_list
from outreach.sentences import each_of, some_of
from outreach.text import address_key, folded, one_line
from outreach.vocabulary import Line, Role

_FIRST_WORD = re.compile(r"(?<=\w)[ ,;.:(–—-].*", re.DOTALL)
"""What goes on after it."""
COLUMNS = ("iso3", "role", "form_of_address", "name", "title", "gender_form", "email", "language", "line", "active")
_HEADERS = ("ISO3", "Role", "Form of address", "Name", "Title", "Gender form", "E-mail", "Language", "Line", "Active")


_CHARGE = "Chargé d'affaires a.i."
_DITTO = frozenset(word_list("remarks", "ditto"))
_DITTO_MARKS = {'"', "”", "“", "„", "''", "’’", "〃", "″", '""', ",,", "«", "»", "-//-", "- // -", "//", '-"-', '- " -'}
"""What stands in a cell that is the same as the one above."""


EVERY = SaidOf()


@dataclass(slots=True)
class _PlainRow:
    """What a row says besides its addresses, and where."""

    place: tuple[str, int]
    iso3: str
    cells: Mapping[int, Cell] = field(default_factory=dict)
    fields: dict[str, str] = field(default_factory=dict)
    out: str = ""
    """`gone` or `stopped`."""
    outs: dict[int, str] = field(default_factory=dict)
    """The same of single columns of addresses."""
    about: SaidOf = EVERY
    """What is said of whom just now."""


class PlainWriter:
    """Writes the plain list, row by row, and gathers what is to be asked and told."""

    def __init__(self, made: Recast) -> None:
        self._made = made
        self.asking = Asking(made)
        """What a person is asked and told about it."""
        self._people = PeopleOfRows(self.asking)
        self._asked_of: set[int] = set()
        self._about: Mapping[int, SaidOf] = {}
        """The columns that say who is written to, and of which addresses of a row each says so."""
        self._several = False
        """Whether the rows have addresses of several people, of whom each may have left."""
        self._own: Mapping[str, int] = {}
        """The columns of one's own of the table that is read, by their name."""
        self._legend: Mapping[str, str] = {}
        self._of_charges = False
        """Whether a line above the rows says that its people are chargés d'affaires."""
        self._next = 2
        self._named: dict[tuple[str, str, str], tuple[tuple[str, int], str]] = {}
        """Whom the rows name, by state, name and role: where first, and with which address."""
        self.written = 0
        made.sheet.rows[1] = {n: Cell(text) for n, text in enumerate(_HEADERS, start=1)}

    def take(self, one: FoundList) -> None:
        """Write the contacts of a table."""
        self._ask_columns(one)
        self._legend = {**self._made.legend, **legend_of(one.sheet)}
        for row in one.repeated:
            self.asking.note("header-again", str(row), one)
        above, merged = one.state, {
            row for area in one.sheet.merged for row in range(area.first_row, area.last_row + 1)
            if area.first_column == area.last_column and area.first_column in one.of(*STATES)
        }  # fmt: skip
        section, grouped = one.title if self._is_section(one.title) else "", _is_grouped(one)
        self.asking.need(bool(section))
        for number in one.passed_over:
            told = f"{column_letter(number)} ({one.unread[number][:40]})"
            self.asking.note("no-function", told, one, asks=True)
        for row in one.rows:
            filled = {n: c for n, c in one.sheet.rows[row].items() if c.text.strip()}
            if not filled:
                continue
            asked = next((t for k in one.order for n in one.of(k) if (t := read(one, row, n).text.strip())), "")
            addressed = {n for n, c in filled.items() if "@" in c.text or "＠" in c.text or c.link}
            has_address = bool(addressed & set(one.of("email", "cc")))
            if (
                folded(asked) in _DITTO
                or asked.casefold() in {"id.", "do.", "dto.", "dº", "d°"}
                or asked.strip(" .,") in _DITTO_MARKS
            ):
                asked = ""
            iso3 = state_of(asked) or "" if asked else ""
            # An address book has the mission in each card: who has none is at none.
            if not asked and has_address and above and (one.order[0] != "org" or grouped or row in merged):
                iso3 = above
                self.asking.note("down-merged" if row in merged else "down", f"{row} ({iso3})", one)
            elif not iso3 and not has_address and not _looks_like_address(one, row):
                self._made.accounted.add((one.sheet.name, row))
                self.asking.note("no-row-address" if addressed else "no-row", str(row), one, asks=bool(addressed))
                if len(filled) == 1 and not (said := filled[max(filled)].text.strip()).startswith("*"):
                    above, section = state_of(said) or "", said if self._is_section(said) else ""
                    self._of_charges = of_charges(said)
                continue
            elif not iso3:
                near = meant_state(asked) if len(asked) > 4 else None
                self._ask_state(one, row, asked or _told_of(filled), near)
                if near is None:
                    self._made.accounted.add((one.sheet.name, row))
                    continue
                iso3 = near.iso3
            above = iso3
            compared = set(one.of("code", "state", "org")) if "state" in one.order else set()
            others = {
                n: o
                for n in one.of("code", "state", "org")
                if n in compared and (o := state_of(read(one, row, n).text)) not in (None, iso3)
            }
            if others:
                self.asking.question(
                    Problem(
                        "cell.two-states",
                        "the row names {iso3} and {other}: it is taken for {iso3}",
                        where=f"{one.sheet.name}!{row}",
                        iso3=iso3,
                        other=", ".join(sorted(set(filter(None, others.values())))),
                        remedy="Correct the one that is wrong.",
                    )
                )
            self._take_row(one, row, iso3, section)

    def _ask_columns(self, one: FoundList) -> None:
        """Tell which columns are not read, and ask about those whose headings leave something open."""
        self._asked_of.clear()
        self._about = {n: said_of(one, n) for n in (*one.of(*_SAY_WHO), *one.unread)}
        self._several = len({head.whose for head in one.columns.values() if head.kind == "email"}) > 1
        self._of_charges = False
        states = set(one.of(*one.order)) if one.order[0] == "org" else set()
        read_ones = frozenset(n for n, h in one.columns.items() if h.kind not in {"none", "org", "own"} or n in states)
        heads = self._made.heads.setdefault(one.sheet.name, {})
        beside = heads.get(one.header_row, Headed())
        heads[one.header_row] = Headed({**beside.headings, **one.headings}, beside.read | read_ones)
        unread = {number: text for number, text in one.unread.items() if number not in one.columns}
        unread |= {number: one.heading(number) for number in one.of("own")}
        self._own = own_columns(SheetKind.CONTACTS, one.sheet, one.rows, unread)
        self._made.notes.extend(told_own(SheetKind.CONTACTS, one.sheet.name, unread, self._own))
        for name in self._own:
            self._made.own.setdefault(f"{PREFIX}{name}", len(COLUMNS) + len(self._made.own) + 1)
        if any(not is_own_heading(one.heading(n)) for n in one.of(*_STRICT_KINDS - {"code", "state"})):
            self.asking.need()
        several = len(one.of("email", "cc")) > 1 or any(h.whose or h.role for h in one.columns.values())
        if several or {head.kind for head in one.columns.values()} - _STRICT_KINDS:
            self.asking.need()
        self._ask_parts(one)
        alike = [
            n
            for n in one.of("email")
            if one.columns[n].role in (None, Role.GENERAL) and is_plain_address(one.heading(n))
        ]
        if len(alike) > 1:
            self.asking.question(
                Problem(
                    "sheet.columns-alike",
                    "columns {letters} are both called addresses: each becomes a contact",
                    where=f"{one.sheet.name}!{one.header_row}",
                    letters=each_of([*map(column_letter, alike)]),
                    remedy="Say which one counts{MAP}.",
                )
            )
        for number in one.of("name", "person", "title", "role", "active", "state", "language"):
            self._ask_column(one, number)
        for number in one.of("old"):
            if any("@" in read(one, row, number).text for row in one.rows):
                self._made.accounted.update((one.sheet.name, row, number) for row in one.rows)
                self.asking.question(
                    Problem(
                        "sheet.column-old",
                        "column {letter} ({header}) says that it is old: nobody is written to by it",
                        where=f"{one.sheet.name}!{column_letter(number)}{one.header_row}",
                        letter=column_letter(number),
                        header=one.heading(number)[:40],
                        remedy="If it counts, name it{MAP}.",
                    )
                )
        for number in one.of("status"):
            texts = (one_line(read(one, row, number).text) for row in one.rows)
            open_words = {folded(text): text[:30] for text in texts if text and not excludes(text) and len(text) < 99}
            if len(open_words) > 1 and len(open_words) < max(len(one.rows) / 2, 3):
                told = ", ".join(f'"{text}"' for text in list(open_words.values())[:12])
                self.asking.note("status", f"{column_letter(number)} ({told})", one, asks=True)
        for place, words in sorted(one.sheet.struck_words.items()):
            if place[0] in one.rows and place[1] in one.columns:
                told = f"{column_letter(place[1])}{place[0]} ({one_line(words)[:40]})"
                self.asking.note("struck", told, one, asks=True)

    def _ask_parts(self, one: FoundList) -> None:
        """Ask about columns that hold parts of names, where the other part is lacking or no address belongs to them."""

        def asked(number: int) -> tuple[str, str, str]:
            letter = column_letter(number)
            header = one.heading(number)[:40]
            return f"{one.sheet.name}!{letter}{one.header_row}", letter, header

        parts = one.of("first", "last")
        if parts and not one.of("name") and len({one.columns[n].kind for n in parts}) == 1:
            where, letter, header = asked(parts[0])
            self.asking.question(
                Problem(
                    "sheet.names-in-part",
                    "column {letter} ({header}) holds only a part of the names, and no other column the rest",
                    where=where, letter=letter, header=header, remedy="If there is one, name it{MAP}.",
                )
            )  # fmt: skip
        for where, letter, header in map(asked, parts_left_out(one)):
            self.asking.question(
                Problem(
                    "sheet.names-left",
                    "column {letter} ({header}) holds parts of names and is not read: no address belongs to them",
                    where=where, letter=letter, header=header,
                    remedy="If they belong to an address of the row, name it{MAP}.",
                )
            )  # fmt: skip

    def _ask_column(self, one: FoundList, number: int) -> None:
        """Ask once about a column whose heading does not say that it holds addresses."""
        head = one.columns[number]
        if not any((cell := read(one, row, number)).text.strip() or cell.link for row in one.rows):
            return  # of an empty one nothing is taken
        if head.unsure and number not in self._asked_of:
            self._asked_of.add(number)
            guess = Guess(one.sheet.name, one.header_row, number, one.heading(number), head.kind)
            self.asking.question(guess.told())
        elif head.kind in {"email", "cc"} and number in one.unread and number not in self._asked_of:
            self._asked_of.add(number)
            self.asking.question(
                Problem(
                    "sheet.column-addresses",
                    "column {letter} ({header}) holds addresses: each becomes a contact",
                    where=f"{one.sheet.name}!{column_letter(number)}{one.header_row}",
                    letter=column_letter(number),
                    header=one.unread[number][:40],
                    remedy="Take the column out if they are not to be written to.",
                )
            )

    def _is_section(self, title: str) -> bool:
        """Tell whether a line above rows says that they are not written to; a line of the legend is about a colour."""
        return bool(excludes(title)) and "=" not in title and one_line(title) not in self._legend.values()

    def _take_row(self, one: FoundList, row: int, iso3: str, section: str) -> None:
        where = f"{one.sheet.name}!{row}"
        made = _PlainRow((one.sheet.name, row), iso3, one.sheet.rows[row])
        person = self._people.person(one, row)
        if self._of_charges and person.get("name") and not person.get("title"):
            person |= {"title": _CHARGE, "role": str(Role.PERMANENT_REPRESENTATIVE)}
            self.asking.need()
        people = self._people.several(one, row, person)
        self._language(one, row, made)
        self._line(one, row, person)
        self._exclusion(one, row, made, where)
        if section:
            self._out(made, excludes(section), f"{where}: {one_line(section)[:40]}", one, asks=True)
        emails = [(n, one.columns[n]) for n in one.of("email", "cc")]
        ticked = self._ticked(one, row, made, where)
        several = any(not head.whose and head.kind == "email" and head.role is None for _, head in emails)
        any_address = False
        written: set[str] = set()
        for number, head in emails:
            cell = read(one, row, number)
            if (not cell.text.strip() or is_vacant(cell.text)) and not cell.link:
                continue
            text, copies = without_copies(cell.text)
            boxes, repaired, unread = addresses_in(text, cell.link)
            copied = self._copied(one, (row, number), copies)
            boxes = self._of_now(one, (row, number), text, boxes) + copied
            only = unread and "@" in cell.text and len(emails) == 1
            if number in one.unread and not only and all(address_key(box.address) in written for box in boxes):
                continue  # what stands in another column of the row once more, or is no address
            self._ask_column(one, number)
            self._ask_address(one, (row, number), boxes, unread=unread and not any_address, repaired=repaired)
            own = head.kind == "email" and not head.whose and not (several and head.role is not None)
            fields = dict(person) if own else self._people.other(one, row, head, person)
            if head.kind == "cc" or ticked == "cc":
                fields["line"] = "cc"
            if len(boxes) > 1:
                self.asking.note("several", f"{column_letter(number)}{row}", one, needed=False)
            own_names = each_their_own(boxes, people) if own and len(boxes) == len(people) else {}
            for box in boxes:
                any_address = True
                if address_key(box.address) in written:
                    continue
                written.add(address_key(box.address))
                named = {} if _is_whole(fields.get("name", ""), box) else named_beside(box, text, len(boxes))
                named |= fields_of(own_names.get(box)) | office_of(own_names.get(box))
                if box in copied:
                    named = {"name": split_person(box.name).name, "line": "cc", "role": str(Role.GENERAL)}
                self._write(made, {**made.fields, **fields, **named}, box.address, {"email": number})
        if not any_address and not any(
            (said := read(one, row, n).text.strip()) and not is_vacant(said) for n, _ in emails
        ):
            self.asking.note("no-address", f"{row} ({iso3})", one, needed=False)

    def _of_now(self, one: FoundList, at: tuple[int, int], text: str, boxes: list[NamedAddress]) -> list[NamedAddress]:
        """Return the addresses of a cell without those that it says are old; a person is asked."""
        left = [box for box in boxes if not is_of_the_past(said_beside(text, box.address), clock.now().date())]
        if len(left) < len(boxes):
            row, number = at
            gone = ", ".join(box.address for box in boxes if box not in left)
            self.asking.note("former", f"{column_letter(number)}{row} ({gone})", one, asks=True)
            self._made.accounted.add((one.sheet.name, row, number))
        return left

    def _copied(self, one: FoundList, at: tuple[int, int], copies: str) -> list[NamedAddress]:
        """Return the addresses of copies in a cell; blind ones, by the cell or the column, are asked about."""
        row, number = at
        copied = addresses_in(copies)[0] if copies else []
        self.asking.need(bool(copied))
        blind = bool(copied) and is_blind_copy(read(one, row, number).text)
        if blind or (one.columns[number].kind == "cc" and is_blind_copy(one.heading(number))):
            self.asking.note("blind", f"{column_letter(number)}{row}", one, asks=True)
        return copied

    def _ticked(self, one: FoundList, row: int, made: _PlainRow, where: str) -> str:
        """Return the line of the letter that the ticks of a row say; whoever is ticked for none is asked about."""
        to, cc = ([mark(read(one, row, n).text) is True for n in one.of(kind)] for kind in ("tick-to", "tick-cc"))
        if any(cc) and not any(to):
            return "cc"
        if to and not any(to):
            self._out(made, "gone", f"{where}: ticked for no line", one, asks=True)
        return ""

    def _ask_address(
        self, one: FoundList, at: tuple[int, int], boxes: Sequence[NamedAddress], *, unread: bool, repaired: bool
    ) -> None:
        """Ask about a cell of addresses that can't be read, was mended, or whose link writes elsewhere."""
        row, number = at
        cell = read(one, row, number)
        place = f"{one.sheet.name}!{column_letter(number)}{row}"
        if unread:
            self._made.accounted.add((one.sheet.name, row, number))
            self.asking.question(_no_address(cell.text, place))
            self.asking.mark_last(one, row, number)
        if repaired and boxes:
            self.asking.question(
                Problem(
                    "cell.address-repaired",
                    "{value} is read as {read}",
                    where=place,
                    value=f'"{one_line(cell.text)[:60]}"',
                    read=", ".join(box.address for box in boxes),
                    remedy="Correct it if that is not meant.",
                )
            )
        if cell.link and boxes and "@" in cell.text and address_key(cell.link) != address_key(boxes[0].address):
            self.asking.question(
                Problem(
                    "cell.link-differs",
                    "{value} is shown, and its link writes to {link}: what is shown is taken",
                    where=place,
                    value=boxes[0].address,
                    link=cell.link,
                    remedy="Correct the one that is wrong.",
                )
            )

    def _language(self, one: FoundList, row: int, made: _PlainRow) -> None:
        for n in one.of("language"):
            text = one_line(read(one, row, n).text)
            if not text or is_vacant(text):
                made.fields["language"] = ""
                continue
            text = re.sub(r"^([a-z]{2})[_-][A-Za-z]{2}$", r"\1", text)  # `en_GB`, as programs write it
            known = [
                x for part in re.split(r"[,/;&+]| and | et | y | и ", text[:200])
                if (x := closed_lists.language_of_a_column(part))
            ]  # fmt: skip
            made.fields["language"] = str(known[0]) if known else ""
            if closed_lists.language_of_a_column(text) is None:
                self.asking.need()
                taken = str(known[0]) if known else "the mission's own"
                self.asking.note("language", f"{row} ({text[:30]}: {taken})", one, asks=True)

    def _line(self, one: FoundList, row: int, person: dict[str, str]) -> None:
        """Take the line of the letter that a row says, as far as it is known."""
        text = next((t for n in one.of("line") if (t := one_line(read(one, row, n).text))), "")
        if text and not is_vacant(text):
            found = Line.CC if is_blind_copy(text) else closed_lists.line(text)
            person["line"] = str(found or Line.TO)
            if found is None or is_blind_copy(text):
                self.asking.note("line" if found is None else "blind", f"{row} ({text[:20]})", one, asks=True)

    def _exclusion(self, one: FoundList, row: int, made: _PlainRow, where: str) -> None:
        """Find out whether a column of the row says that it is not to be written to, or what else is about it."""
        for n, head in one.columns.items():
            if head.kind not in _SAY_WHO:
                continue
            cell, made.about = read(one, row, n).text.strip(), self._about.get(n, EVERY)
            if cell and head.kind != "active" and denies(cell):
                self.asking.note("denied", f"{where}: {cell[:30]}", one, asks=True)
            if head.kind == "optout" and cell:
                allowed = permits(cell)
                says = mark(cell) if allowed is None else not allowed
                gone = excludes(one.heading(n)) == "gone"
                if gone and says is None and (says_still(cell) or is_past(cell, clock.now().date()) is not None):
                    self._departure(one, row, made, cell)
                elif says is not False and (says or not is_vacant(cell)) and not denies(cell):
                    asks = says is None and (says_still(cell) or (gone and not excludes(cell)))
                    self._out(made, "gone" if gone else "stopped", f"{where}: {cell[:30]}", one, asks=asks)
            elif head.kind == "departed" and cell:
                self._departure(one, row, made, cell)
            elif head.kind == "active":
                self._activity(one, row, made, cell, sure=not head.unsure)
            elif says_so := excludes(cell):
                self._out(made, says_so, f"{where}: {cell[:30]}", one)
        made.about = EVERY
        self._former_office(one, row, made, where)
        self._exclusion_beside(one, row, made, where)
        self._end_of_posting(one, row, made, where)
        for said in one.footnotes.get(row, ()):
            if excludes(said, remark=True):
                self._out(made, "gone", f"{where}: {one_line(said)[:60]}", one, asks=True)
            else:
                self.asking.note("footnote", f"{row} ({one_line(said)[:60]})", one)

    def _former_office(self, one: FoundList, row: int, made: _PlainRow, where: str) -> None:
        """Leave out, and ask about, whoever has no function but one that they had."""
        offices = [t for kind in ("role", "title") for n in one.of(kind) if (t := one_line(read(one, row, n).text))]
        past = [text for text in offices if says_former(text)]
        if past and all(role_of(text)[0] in (None, Role.GENERAL) for text in offices if text not in past):
            self._out(made, "gone", f"{where}: {past[0][:40]}", one, asks=True)

    def _end_of_posting(self, one: FoundList, row: int, made: _PlainRow, where: str) -> None:
        """Ask where it is said behind a name or a title that somebody has left, or until when they stay."""
        for n in (*one.of("name"), *one.of("title")):
            if left := says_gone(said := read(one, row, n).text):
                self._out(made, "gone", f"{where}: {one_line(left)[:60]}", one, asks=True)
            else:
                self._ends(one, row, made, split_person(said).aside)

    def _ends(self, one: FoundList, row: int, made: _PlainRow, words: str) -> None:
        """Ask about words that say until when somebody is there: whoever was is left out."""
        if len(words) > LONGEST_OBEYED or not says_an_end(words):
            return
        if is_past(words, clock.now().date()):
            self._out(made, "gone", f"{one.sheet.name}!{row}: {one_line(words)[:60]}", one, asks=True)
        else:
            self.asking.note("to-leave", f"{row} ({one_line(words)[:40]})", one, asks=True)

    def _departure(self, one: FoundList, row: int, made: _PlainRow, cell: str) -> None:
        """Leave out who has left by the day that a cell names; who will leave is still written to, and told."""
        if is_vacant(cell) or says_still(cell):
            return
        if is_past(cell, clock.now().date()) is False:
            self.asking.note("to-leave", f"{row} ({cell[:30]})", one)
        else:
            self._out(made, "gone", f"{one.sheet.name}!{row}: {cell[:30]}", one, asks=True)

    def _activity(self, one: FoundList, row: int, made: _PlainRow, cell: str, *, sure: bool) -> None:
        """Take whether a row is written to from a column of yes and no."""
        says = mark(cell) if (allowed := permits(cell)) is None else allowed
        if made.about.columns and cell and not says:
            self._out(made, "gone", f"{one.sheet.name}!{row}: {cell[:30]}", one, asks=says is None)
        elif cell and not made.about.columns:
            if says is None and not excludes(cell) and closed_lists.yes_no(_FIRST_WORD.sub("", cell[:100])):
                says = True  # `Yes, but only in Arabic`
                self.asking.note("condition", f"{row} ({one_line(cell)[:40]})", one, asks=True)
            # Of several such columns each has to say yes.
            made.fields["active"] = "yes" if says and made.fields.get("active") != "no" else "no"
            self.asking.need(closed_lists.yes_no(cell) is None)
            if says is None and not excludes(cell):
                self.asking.note("active", f"{row} ({cell[:20]})", one, asks=True)
        elif not sure:
            self.asking.note("unticked", str(row), one, asks=True)

    def _exclusion_beside(self, one: FoundList, row: int, made: _PlainRow, where: str) -> None:
        """Find a line through the row, a comment, or words in a column that is not read: a person is asked."""
        for n, beside in one.sheet.rows[row].items():
            if (
                (is_about_writing(beside.text) or not about_another_channel(one.heading(n)))
                and not is_scale(one.heading(n))
                and (n not in one.columns or (n in one.unread and one.columns[n].kind == "email"))
                and len(beside.text) < LONGEST_OBEYED
                and excludes(beside.text, remark=True)
            ):
                made.about = self._about.get(n, EVERY)
                self._out(made, "gone", f"{where}: {one_line(beside.text)[:60]}", one, asks=True)
                made.about = EVERY
            elif n not in one.columns and is_note(one.heading(n)):
                self._ends(one, row, made, beside.text)
            if comment := one.sheet.comments.get((row, n)):
                self.asking.need()
                if excludes(comment, remark=True):
                    self._out(made, "gone", f"{where}: {one_line(comment)[:60]}", one, asks=True)

        struck = {n for n, beside in one.sheet.rows[row].items() if n in one.columns and beside.struck}
        there = {n for n in one.of("email", "cc") if read(one, row, n).text.strip()}
        if struck:
            made.about = SaidOf(tuple(struck & there)) if struck & there < there else EVERY
            told = ", ".join(map(column_letter, sorted(made.about.columns)))
            self._out(made, "gone", f"{where}: struck through{told and f' ({told})'}", one, asks=True)
        made.about = EVERY
        for colour in {c for n in one.columns if (c := one.sheet.colours.get((row, n), "")) in self._legend}:
            self._out(made, "gone", f"{where}: {self._legend[colour][:40]}", one, asks=True)

    def _out(self, made: _PlainRow, how: str, why: str, one: FoundList, *, asks: bool = False) -> None:
        for number in made.about.columns:
            made.outs[number] = "stopped" if made.outs.get(number) == "stopped" else how
        if not made.about.columns:
            made.out = "stopped" if made.out == "stopped" else how
        asks |= not made.about.sure or (how == "gone" and not made.about.columns and self._several)
        self.asking.note("out-asked" if asks else "out", why, one, asks=asks)

    def _write(self, made: _PlainRow, fields: Mapping[str, str], address: str, columns: Mapping[str, int]) -> None:
        of_column = made.outs.get(columns.get("email", 0), "")
        out = made.out if made.out == "stopped" else of_column or made.out
        if (key := address_key(address)) in self._made.stops:
            out = "stopped"
            told = f"{made.place[1]} ({address}: {self._made.stops[key]})"
            self.asking.gather("out-listed", told, made.place[0])
        fields = {**fields, "active": "no"} if out else fields
        filled = {**fields, "iso3": made.iso3, "email": address}
        if fields.get("name") and not out:
            once = (made.iso3, folded(fields["name"]), fields.get("role", ""))
            place, before = self._named.setdefault(once, (made.place, address))
            if place != made.place and address_key(before) != key:
                told = f"{place[1]}, {made.place[1]} ({fields['name']}: {before}, {address})"
                self.asking.gather("person-again", told, made.place[0])
        row, self._next = self._next, self._next + 1
        self.written += 1
        self._made.sheet.rows[row] = {
            n: Cell(filled[name]) for n, name in enumerate(COLUMNS, start=1) if name in filled
        }  # fmt: skip
        own = {f"{PREFIX}{name}": n for name, n in self._own.items() if n in made.cells}
        self._made.sheet.rows[row] |= {self._made.own[name]: made.cells[n] for name, n in own.items()}
        self._made.sources[row] = (*made.place, {**columns, **own})
        if out == "stopped":
            self._made.stopped[address_key(address)] = at_row(made.place[0], made.place[1])

    def take_blocks(self, sheet: Sheet) -> None:
        """Write the contacts of a list without a header, in which each state begins a block of lines or a cell."""
        found = blocks_of(sheet)
        whole = [one for one in found if not one.unknown]
        if len(whole) < 2 or len({one.iso3 for one in whole}) < 2:
            return
        self._made.sheet.name = sheet.name
        self.asking.question(
            Problem(
                "sheet.blocks",
                "there is no header row: {count} blocks, each beginning with a state, are read",
                where=sheet.name,
                count=len(whole),
                remedy="Give it a header row if that is not so.",
            )
        )
        for block in found:
            if block.unknown:
                self._made.accounted.update((sheet.name, row) for row in block.rows)
                self.asking.question(
                    Problem(
                        "cell.no-state-block",
                        "{value} names no state that is known: what stands below it is left out ({addresses})",
                        where=f"{sheet.name}!{block.row}", value=f'"{one_line(block.unknown)[:60]}"',
                        addresses=some_of([*block.addresses, *(line for _, line in block.unread)]),
                        remedy="Correct the name, or agree to leave it out.",
                    )
                )  # fmt: skip
                self._made.left.append(MarkedCell(sheet.name, block.row, 0, self._made.questions[-1]))
        self._write_blocks(sheet, whole)

    def take_nearby(self, sheet: Sheet) -> None:
        """Write the contacts of a sheet of no known shape, each with the state that stands nearest, and ask."""
        whole, left = nearby(sheet)
        if not whole:
            return
        self._made.sheet.name = sheet.name
        rows = [f"{block.row} ({block.iso3}: {', '.join(block.addresses)})" for block in whole]
        self.asking.question(
            Problem(
                "sheet.nearby",
                "no header row is known: each address is taken for the state that stands nearest to it: {rows}",
                where=sheet.name,
                rows=some_of(rows),
                remedy="Give it a header row if that is not so.",
            )
        )
        for row, line in left:
            self._made.accounted.add((sheet.name, row))
            where = f"{sheet.name}!{row}"
            self.asking.question(
                Problem(
                    "cell.no-state-row",
                    "{value} names no state that is known: the row is left out",
                    where=where,
                    value=f'"{one_line(line)[:60]}"',
                    remedy="Correct the name, or agree to leave it out.",
                )
                if addresses_in(line)[0]
                else _no_address(line, where)
            )
        self._write_blocks(sheet, whole)

    def _write_blocks(self, sheet: Sheet, whole: Sequence[Block]) -> None:
        for block in whole:
            for row, line in block.unread:
                self._made.accounted.add((sheet.name, row))
                self.asking.question(_no_address(line, f"{sheet.name}!{row}"))
            for told in block.beside:
                self.asking.gather("block-beside", told, sheet.name)
            for told in block.sentences:
                self.asking.gather("block-sentence", told, sheet.name)
            made = _PlainRow((sheet.name, block.row), block.iso3)
            if block.language:
                made.fields["language"] = block.language
            for number, address in enumerate(block.addresses):
                own = block.people.get(address_key(address))
                fields = own or (block.person if number == 0 and not block.placed else {"role": "general"})
                self._write(made, {**made.fields, **fields}, address, {})

    def _ask_state(self, one: FoundList, row: int, asked: str, near: UnState | None) -> None:
        """Ask about a name that is no state's: whether it is the one that it is near to, or the row is left out."""
        value, where = f'"{one_line(asked)[:60]}"', f"{one.sheet.name}!{row}"
        if near is not None:
            self.asking.question(
                Problem(
                    "cell.near-state", "{value} is taken for {state} ({iso3})", where=where, value=value,
                    state=near.short("en").partition(" (")[0], iso3=near.iso3,
                    remedy="Correct the name if another is meant.",
                )
            )  # fmt: skip
            return
        self.asking.question(
            Problem(
                "cell.no-state-row", "{value} names no state that is known: the row is left out", where=where,
                value=value, remedy="Correct the name, or agree to leave it out.",
            )
        )  # fmt: skip
        self.asking.mark_last(one, row, one.of(*one.order)[0])


def _no_address(text: str, where: str) -> Problem:
    """Return what is asked about a text in which no address can be read."""
    value = f'"{one_line(text)[:60]}"'
    if (other := lookalike_in(text)) is not None:
        facts = other.says.facts
        return Problem(
            "cell.address-lookalike",
            "{value} mixes scripts: {letter} in {label} is {called}: nobody is written to by it",
            value=value, where=where, letter=facts["letter"], label=facts["label"], called=facts["called"],
            remedy="Type the address anew: that letter only looks like another one. Or agree to leave it out.",
        )  # fmt: skip
    return Problem(
        "cell.no-address-read",
        "no address can be read in {value}: nobody is written to by it",
        where=where,
        value=value,
        remedy="Correct it, or agree to leave it out.",
    )


def _told_of(cells: Mapping[int, Cell]) -> str:
    """Return what tells a person whom a row is about that names no state: its first words, and its addresses."""
    texts = [one_line(cell.text) for _, cell in sorted(cells.items())]
    named = [text for text in texts if "@" not in text][:2]
    return ", ".join([*named, *(text for text in texts if "@" in text)])


def legend_of(sheet: Sheet) -> dict[str, str]:
    """Return the colours of which a sheet's legend says that those who have it are not written to, and its words.

    A legend's words stand in a cell of the colour, or beside one; rows of contacts are none.
    """
    said: dict[str, str] = {}
    for (row, number), colour in {**sheet.swatches, **sheet.colours}.items():
        cells = sheet.rows.get(row, {})
        if any("@" in cell.text for cell in cells.values()):
            continue
        words = next((t for n in (number, number + 1, number - 1) if n in cells and (t := cells[n].text.strip())), "")
        if words and excludes(words, remark=True):
            said[colour] = one_line(words)
    return said


def _is_whole(name: str, box: NamedAddress) -> bool:
    """Tell whether a row names whom it is about, as wholly as the address does: `Dear Ms. Li`, `Ana Li <…>`."""
    return bool(name) and not set(folded(name).split()) < set(folded(box.name).split())


def _is_grouped(one: FoundList) -> bool:
    """Tell whether a list names each mission once, above its people, as reports do that have sums below each."""
    names = [text for row in one.rows for n in one.of("org") if (text := read(one, row, n).text.strip())]
    sums = [name for name in names if folded(name) in SUMS]
    groups = [name for name in names if name not in sums]
    return bool(sums) and len(set(groups)) == len(groups)


_SAY_WHO = ("optout", "departed", "active", "status")
LONGEST_OBEYED = 200
"""A remark of so many characters is a text, of which a person is asked."""
_STRICT_KINDS = {
    "code", "state", "name", "role", "title", "prefix", "gender", "email", "language", "line", "active",
}  # fmt: skip
"""What the strict reader knows too."""


def _looks_like_address(one: FoundList, row: int) -> bool:
    """Tell whether a row without an @ has something in a column of addresses, and a state to it."""
    states = [t for k in STATES for n in one.of(k) if (t := read(one, row, n).text.strip())]
    return any(state_of(text) for text in states)
