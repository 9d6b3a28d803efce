"""Text from outside, made harmless for a cell of a workbook or of a CSV file."""

import re

LONGEST = 32_767
"""The most characters that a cell of a workbook holds (ECMA-376; UTF-16 units, as Excel counts them)."""
CUT = " … [cut]"

# Not in XML 1.0 (production 2), or marks that reorder what follows (Unicode UAX #9). Tab and line feed stay.
_UNWANTED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]")
_LINE_END = re.compile("\r\n?|[\u2028\u2029\x85]")
# ECMA-376, 22.9.2.19 (ST_Xstring): a reader turns _x000D_ into that character, so text that looks so is escaped.
_LOOKS_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
# What makes Excel or LibreOffice take a cell for a formula; the wide forms are taken so in East Asian settings.
_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]")
_HIDDEN_FORMULA = re.compile(r"(^|[;\t\n])(?=[^\S\n]*[=+\-@＝＋－＠])")


def clean(text: str) -> str:
    """Return the text with one kind of line end, and without what XML can't hold or what reorders a line."""
    return _UNWANTED.sub("", _LINE_END.sub("\n", text))


def is_formula_like(text: str) -> bool:
    """Tell whether a spreadsheet might take the text for a formula."""
    if text[:1].isalnum():
        return False
    return _FORMULA.match(text) is not None or text[:1] in {"\t", "\r", "\n"}


def for_workbook(text: str) -> str:
    """Return the text as a workbook's string cell holds it: clean, escaped, and cut with a mark where too long."""
    if not (text.isascii() and text.isprintable()):  # nearly all is, and needs no cleaning
        text = clean(text)
    if "_x" in text:
        text = _LOOKS_ESCAPED.sub("_x005F_", text)
    if len(text) * 2 > LONGEST and _units(text) > LONGEST:
        text = _cut(text, LONGEST - len(CUT)) + CUT
    return text


def for_csv(text: str) -> str:
    """Return the text as a CSV cell that no spreadsheet takes for a formula: an apostrophe goes before it.

    Also where a formula begins after a semicolon, a tab or a line end in the text: a spreadsheet that splits there,
    as Excel does in many countries' settings, would make it a cell of its own.
    """
    text = clean(text)
    guarded = _HIDDEN_FORMULA.sub(r"\1'", text)
    return f"'{guarded}" if guarded[:1] in {"\t", "\n"} else guarded


def _units(text: str) -> int:
    return len(text) + sum(character > "\uffff" for character in text)


def _cut(text: str, units: int) -> str:
    return text.encode("utf-16-le")[: units * 2].decode("utf-16-le", "ignore")
