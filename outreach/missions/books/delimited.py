"""Reads delimited text (.csv, .tsv) in any common encoding and with any common delimiter, as one sheet.

RFC 4180 fixes neither. What a byte order mark or valid UTF-8 (RFC 3629) does not tell, is told by which reading
makes words of the letters; what was chosen is said in a note.
"""

import csv
import io
import re
import unicodedata
from pathlib import Path

from outreach.errors import SheetError
from outreach.missions.books.cells import Cell, Sheet
from outreach.missions.books.sheet_bounds import MAX_CELLS, MAX_ROWS, MAX_TEXT
from outreach.sentences import Sentence, saying

_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_LEGACY = {
    "cp1252": "Western European (Windows-1252)",
    "mac_roman": "Western European (Mac)", "cp850": "Western European (DOS)",
    "cp1250": "Central European (Windows-1250)", "cp1251": "Cyrillic (Windows-1251)", "koi8_r": "Cyrillic (KOI8-R)",
    "cp1256": "Arabic (Windows-1256)", "cp1253": "Greek (Windows-1253)", "gb18030": "Chinese (GB 18030)",
}  # fmt: skip
_DELIMITERS = ",;\t|"
_SAMPLE = 64 * 1024
_BINARY = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_LATIN = set("éèêëàâäáãåçñóòôöõíìîïúùûüýÿßæœøÉÈÊÀÂÁÃÅÇÑÓÔÖÍÎÚÜØłŁśŚżŻźŹćĆńŃęĘąĄšŠčČřŘžŽěĚůőű’‘“”«»–—…°ºª€")


class Delimited:
    """A .csv or .tsv file: one sheet, called as the file is."""

    def __init__(self, name: str, content: bytes) -> None:
        """Decode it and split it; raises SheetError, one sentence, for what is no text or not sound."""
        self.name = name
        text, self.notes = decoded(name, content)
        text, delimiter = _delimiter(text)
        self._sheet = Sheet(Path(name).stem)
        self._split(text, delimiter)

    @property
    def sheet_names(self) -> list[str]:
        """The one sheet's name."""
        return [self._sheet.name]

    def read(self, sheet: str) -> Sheet:  # noqa: ARG002  (there is one)
        """Return its cells."""
        return self._sheet

    def _split(self, text: str, delimiter: str) -> None:
        csv.field_size_limit(MAX_TEXT * 4)
        cells = 0
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True, strict=True)
        try:
            for number, row in enumerate(reader, start=1):
                if number > MAX_ROWS:
                    raise _too_large(self.name, f"more than {MAX_ROWS:,} rows")
                filled = {column: Cell(value[:MAX_TEXT]) for column, value in enumerate(row, start=1) if value.strip()}
                cells += len(filled)
                if cells > MAX_CELLS:
                    raise _too_large(self.name, f"more than {MAX_CELLS:,} filled cells")
                if filled:
                    self._sheet.rows[number] = filled
        except csv.Error as error:
            raise SheetError(
                "sheet.quotes",
                "{name}, line {line_num}: the quotes do not match ({error}).",
                name=self.name,
                line_num=reader.line_num,
                error=error,
                remedy="Open it in Excel or LibreOffice, look at that line, and save it again.",
            ) from None


def decoded(name: str, content: bytes) -> tuple[str, list[Sentence]]:
    """Return the text of bytes in any common encoding, and a note where the encoding had to be guessed.

    Raises SheetError, one sentence, for what is no text.
    """
    text, notes = _text_of(name, content)
    if _BINARY.search(text):
        raise SheetError(
            "sheet.no-text",
            "{name} is not text, whatever its name says.",
            name=name,
            remedy="Save it as .xlsx or .csv again.",
        )
    return text, notes


def _text_of(name: str, content: bytes) -> tuple[str, list[Sentence]]:
    sample = content[:_SAMPLE]
    encoding = next((name for mark, name in _BOMS if content.startswith(mark)), None)
    if encoding is None and sample.count(0) > len(sample) // 4:
        # UTF-16 without its mark: the zeros of Latin letters stand at odd places where the low byte comes first.
        encoding = "utf-16-le" if sample[1::2].count(0) > sample[::2].count(0) else "utf-16-be"
    try:
        return content.decode(encoding or "utf-8"), []
    except UnicodeDecodeError:
        if encoding:
            raise SheetError(
                "sheet.encoding",
                "{name} is not sound {encoding} text.",
                name=name,
                encoding=encoding,
                remedy="Save it again.",
            ) from None
    guess = max(_LEGACY, key=lambda likely: _likeness(sample, likely))
    return content.decode(guess, errors="replace"), [not_utf8(name, guess)]


def not_utf8(name: str, encoding: str) -> Sentence:
    """Say that a text is read in an older encoding."""
    return saying(
        "sheet.not-utf8", "{name} is not UTF-8; it is read as {encoding}.", name=name, encoding=_LEGACY[encoding]
    )


def _too_large(name: str, reason: str) -> SheetError:
    return SheetError(
        "sheet.bounds",
        "{name} is refused: it has {reason}.",
        name=name,
        reason=reason,
        remedy="Copy the filled rows into a new file.",
    )


def _delimiter(text: str) -> tuple[str, str]:
    """Return the text and its delimiter: as Excel's first line `sep=;` says, or the one that lines agree on."""
    first, _, rest = text.partition("\n")
    told = re.fullmatch(r"\s*sep=(.)\s*", first.lstrip("\ufeff"))
    if told:
        return f"\n{rest}", told[1]  # the line stays, empty, so that rows keep their numbers
    unquoted = re.sub(r'"[^"]*"', "", text[:_SAMPLE])
    lines = [line for line in unquoted.splitlines()[:50] if line.strip()]
    return text, max(_DELIMITERS, key=lambda mark: (_agreement(lines, mark), -_DELIMITERS.index(mark)))


def _agreement(lines: list[str], mark: str) -> tuple[int, int]:
    """Return how many lines have the most usual number of a delimiter, and that number; addresses hold `;` too."""
    counts = [line.count(mark) for line in lines if mark in line]
    if not counts:
        return (0, 0)
    usual = max(set(counts), key=lambda number: (counts.count(number), number))
    return (counts.count(usual), usual)


def _likeness(sample: bytes, encoding: str) -> float:
    """Return how much a sample looks like words in an encoding: letters of its script among letters of its script."""
    text = sample.decode(encoding, errors="replace")
    score = 0.0
    for before, letter in zip(" " + text, text, strict=False):
        if letter.isascii():
            continue
        if letter == "\ufffd" or unicodedata.category(letter) in {"Cc", "Co", "Cn", "Sm", "So"}:
            score -= 3
        elif letter in _LATIN:
            # Accents do not stand side by side, nor a capital behind a small letter: `prŽnom`, `Àííà` are no words.
            likely = before not in _LATIN and not (letter.isupper() and before.islower())
            score += (1 if encoding == "cp1252" else 0.9) if likely else -1
        elif before.isascii() or not letter.isalpha():
            score -= 0.3
        elif unicodedata.name(before, "").split()[:1] == unicodedata.name(letter, "").split()[:1]:
            # Lower case after lower case is a word; capitals after it are what KOI8-R makes of Windows-1251.
            score += 1 if not (letter.isupper() and before.islower()) else -1
    return score
