"""Widens what a sheet's ranges cover over columns that were put beside them: tables, filters, print areas, formats.

A table or filter that ends before the new columns would sort without them, and one state's answer would stand beside
another's name. Only the references are changed (ECMA-376 part 1: 18.3.1.2 autoFilter, 18.5.1.2 table, 18.2.5
definedName, 18.3.1.18 conditionalFormatting); every other byte stays.
"""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from outreach.errors import SheetError
from outreach.missions.books.cells import column_letter, column_number

_AREA = re.compile(r"(\$?)([A-Z]{1,3})(\$?)(\d{0,7}):(\$?)([A-Z]{1,3})(\$?)(\d{0,7})")
_REF = re.compile(rb'(<(?:\w+:)?(?:table|autoFilter|sortState)\b[^>]*?\sref=")([A-Z0-9:$]{3,30})(")')
_PLACED = {"_xlnm.Print_Area", "_xlnm._FilterDatabase"}


@dataclass(frozen=True, slots=True)
class Widening:
    """New columns, from `first` to `last`, beside the rows from `header_row` to `last_row` of a sheet."""

    sheet: str
    first: int
    last: int
    header_row: int
    last_row: int

    def worksheet(self, tail: bytes) -> bytes:
        """Return what stands behind a worksheet's rows, its filter and its formats of whole rows widened.

        Raises SheetError for a filter that ends before columns of the team's own, which nobody asked to be sorted.
        """
        found = re.search(rb"<(?:\w+:)?autoFilter\b[^>]*>(?:.{0,20000}?</(?:\w+:)?autoFilter>)?", tail, re.DOTALL)
        if found is not None and found[0].split(b">", 1)[0].endswith(b"/"):
            found = re.match(rb"<[^>]*>", tail[found.start() :])
            assert found is not None
            at = tail.index(found[0])
            tail = tail[:at] + self._refs(found[0], "the filter") + tail[at + len(found[0]) :]
        elif found is not None:
            tail = tail[: found.start()] + self._refs(found[0], "the filter") + tail[found.end() :]
        return re.sub(
            rb'(<(?:\w+:)?conditionalFormatting\b[^>]*?\ssqref=")([^"]*)(")',
            lambda match: match[1] + self._formats(match[2].decode()).encode() + match[3],
            tail,
        )

    def table(self, part: bytes, headers: Sequence[str]) -> bytes:
        """Return a table's part that covers the new columns, which are called `headers`; as it is where it lies apart.

        Raises SheetError where it ends before columns of the team's own, or has its header in another row.
        """
        opening = re.search(rb"<(?:\w+:)?table\b[^>]*>", part)
        reference = _REF.search(opening[0]) if opening else None
        name = _attribute(opening[0], "displayName") if opening else ""
        if reference is None or self._wider(reference[2].decode()) is None:
            return part
        called = f"the table {name}"
        area = _AREA.fullmatch(reference[2].decode())
        if area is not None and int(area[4] or 0) != self.header_row:
            raise SheetError(
                "into.table-header",
                "Sheet {sheet!r}: {what} has its headings in another row than the list. Nothing was written.",
                sheet=self.sheet,
                what=called,
                remedy="Turn it into a plain range in Excel (Table Design, Convert to Range), and try again.",
            )
        columns = re.search(rb"<((?:\w+:)?)tableColumns\b[^>]*>.*?</(?:\w+:)?tableColumns>", part, re.DOTALL)
        if columns is None:
            return part
        ids = [int(number) for number in re.findall(rb'tableColumn\b[^>]*?\sid="(\d+)"', columns[0])]
        prefix = columns[1].decode()
        added = "".join(
            f"<{prefix}tableColumn id={quoteattr(str(max(ids, default=0) + at))} name={quoteattr(header)}/>"
            for at, header in enumerate(headers, start=1)
        )
        grown = re.sub(rb'(\scount=")\d+(")', b"\\g<1>%d\\g<2>" % (len(ids) + len(headers)), columns[0], count=1)
        closing = f"</{prefix}tableColumns>".encode()
        grown = grown.replace(closing, added.encode() + closing)
        before, behind = part[: columns.start()], part[columns.end() :]
        return sound(self._refs(before, called) + grown + behind)

    def workbook(self, part: bytes) -> bytes:
        """Return the workbook part whose print area and hidden name of the filter cover the new columns."""
        sheets = [html.unescape(_attribute(tag, "name")) for tag in re.findall(rb"<(?:\w+:)?sheet\s[^>]*>", part)]
        number = str(sheets.index(self.sheet)) if self.sheet in sheets else ""

        def widened(match: re.Match[bytes]) -> bytes:
            if _attribute(match[1], "name") not in _PLACED or _attribute(match[1], "localSheetId") != number:
                return match[0]
            text = _AREA.sub(lambda area: self._wider(area[0]) or area[0], match[2].decode())
            return match[1] + text.encode() + match[3]

        pattern = rb"(<(?:\w+:)?definedName\b[^>]*>)([^<]*)(</(?:\w+:)?definedName>)"
        return sound(re.sub(pattern, widened, part))

    def taken(self, part: bytes) -> set[str]:
        """Return the names of a table's columns in lower case, where it covers the rows; none where it lies apart."""
        opening = re.search(rb"<(?:\w+:)?table\b[^>]*>", part)
        reference = _REF.search(opening[0]) if opening else None
        if reference is None or self._wider(reference[2].decode()) is None:
            return set()
        tags = re.findall(rb"<(?:\w+:)?tableColumn\s[^>]*>", part)
        return {html.unescape(_attribute(tag, "name")).casefold() for tag in tags}

    def _refs(self, part: bytes, what: str) -> bytes:
        def widened(match: re.Match[bytes]) -> bytes:
            wider = self._wider(match[2].decode())
            if wider is None:
                return match[0]
            area = _AREA.fullmatch(match[2].decode())
            ends = column_number(area[6]) if area else None
            if ends is not None and ends < self.first - 1:
                between = f"{column_letter(ends + 1)}:{column_letter(self.first - 1)}"
                raise SheetError(
                    "into.beside",
                    "Sheet {sheet!r}: {what} ends at column {ends}, and {between} stand beside it: whoever sorts it "
                    "would leave them, and the status, where they are. Nothing was written.",
                    sheet=self.sheet,
                    what=what,
                    ends=column_letter(ends),
                    between=between,
                    remedy="Let it cover them too, or move them away, and try again.",
                )
            return match[1] + wider.encode() + match[3]

        return _REF.sub(widened, part)

    def _formats(self, areas: str) -> str:
        """Widen the formats of whole rows: ranges of several columns that end where the new ones begin."""

        def widened(area: re.Match[str]) -> str:
            left, right = column_number(area[2]) or 0, column_number(area[6]) or 0
            wider = self._wider(area[0]) if left < right == self.first - 1 else None
            return wider or area[0]

        return _AREA.sub(widened, areas)

    def _wider(self, reference: str) -> str | None:
        """Return a range as far as the last new column; None where it need not, or lies at other rows."""
        area = _AREA.fullmatch(reference)
        if area is None:
            return None
        left, right = column_number(area[2]) or 0, column_number(area[6]) or 0
        top, bottom = int(area[4] or 1), int(area[8] or 1_048_576)
        # Below its heading something of the list has to stand.
        if left >= self.first or right >= self.last or bottom <= self.header_row or top > self.last_row:
            return None
        return f"{area[1]}{area[2]}{area[3]}{area[4]}:{area[5]}{column_letter(self.last)}{area[7]}{area[8]}"


def _attribute(tag: bytes, name: str) -> str:
    found = re.search(rb'\s%s="([^"]*)"' % name.encode(), tag)
    return found[1].decode() if found else ""


def sound(part: bytes) -> bytes:
    """Return a part that is sound XML; raises expat's error for any other."""
    expat.ParserCreate().Parse(part, True)  # never a file that no program opens
    return part
