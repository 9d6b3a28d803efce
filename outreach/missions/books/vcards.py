"""Reads vCards (.vcf, RFC 6350 and its elder versions) as a sheet with a row a card."""

import quopri
import re
from pathlib import Path

from outreach.errors import SheetError
from outreach.missions.books.cells import Cell, Sheet
from outreach.missions.books.delimited import not_utf8
from outreach.missions.books.sheet_bounds import MAX_ROWS, MAX_TEXT
from outreach.sentences import Sentence, saying

_HEADERS = ("Organization", "Prefix", "First name", "Last name", "Name", "Role", "E-mail", "Other e-mail", "Notes")
_CARD = re.compile(rb"\s{0,99}BEGIN:VCARD", re.IGNORECASE)
_ESCAPED = re.compile(r"\\([,;\\nN])")


def is_vcard(content: bytes) -> bool:
    """Tell whether some bytes begin like a file of vCards."""
    return _CARD.match(content.removeprefix(b"\xef\xbb\xbf")) is not None


class VCards:
    """A .vcf file: one sheet, called as the file is."""

    def __init__(self, name: str, content: bytes) -> None:
        """Read its cards; raises SheetError, one sentence, for more than any directory holds."""
        self.name = name
        self.notes: list[Sentence] = []
        self._sheet = Sheet(Path(name).stem)
        self._sheet.rows[1] = {number: Cell(text) for number, text in enumerate(_HEADERS, start=1)}
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = content.decode("cp1252", errors="replace")
            self.notes.append(not_utf8(name, "cp1252"))
        card: dict[str, list[str]] = {}
        for line in _unfolded(text):
            head, colon, value = line.partition(":")
            parts = head.upper().split(";")
            key = parts[0].rpartition(".")[2]
            parts[0] = key
            if "ENCODING=QUOTED-PRINTABLE" in parts:
                value = quopri.decodestring(value.encode()).decode("utf-8", errors="replace")
            if key == "BEGIN":
                card = {}
            elif key == "END":
                self._add(card)
            elif colon:
                card.setdefault(key, []).append(value.strip()[:MAX_TEXT])

    @property
    def sheet_names(self) -> list[str]:
        """The one sheet's name."""
        return [self._sheet.name]

    def read(self, sheet: str) -> Sheet:  # noqa: ARG002  (there is one)
        """Return its cells."""
        return self._sheet

    def _add(self, card: dict[str, list[str]]) -> None:
        row = len(self._sheet.rows) + 1
        if row > MAX_ROWS:
            raise SheetError(
                "sheet.bounds",
                "{name} is refused: it has {reason}.",
                name=self.name,
                reason=saying("sheet.most-cards", "more than {most:,} cards", most=MAX_ROWS),
                remedy="Copy the filled rows into a new file.",
            )
        last, first, _, prefix = ([_plain(part) for part in _parts(_of(card, "N"))] + [""] * 4)[:4]
        addresses = card.get("EMAIL", [])
        organization, *units = [_plain(part) for part in _parts(_of(card, "ORG"))]
        texts = (
            organization.strip(), prefix, first, last, _plain(_of(card, "FN")),
            _plain(_of(card, "TITLE") or _of(card, "ROLE")), addresses[0] if addresses else "",
            "; ".join(addresses[1:]),
            "; ".join(filter(None, [_plain(_of(card, "NOTE")), *units, *map(_plain, card.get("CATEGORIES", []))])),
        )  # fmt: skip
        cells = {number: Cell(text) for number, text in enumerate(texts, start=1) if text}
        if cells:
            self._sheet.rows[row] = cells


def _unfolded(text: str) -> list[str]:
    """Return the lines, those that are continued on the next one joined (RFC 6350, 3.2)."""
    return re.sub(r"\r?\n[ \t]", "", text).splitlines()


def _of(card: dict[str, list[str]], key: str) -> str:
    return card.get(key, [""])[0]


def _parts(value: str) -> list[str]:
    return re.split(r"(?<!\\);", value)


def _plain(value: str) -> str:
    return _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], value)
