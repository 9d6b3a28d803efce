"""Figures of two kinds in one text: ١٨ beside 18, ２０２４ beside 2024."""

import re
from collections.abc import Iterator

from outreach.letters.lint.lint_hit import Hit, flat

_KINDS = (
    ("٠-٩", re.compile("[٠-٩]+(?:[٫٬./][٠-٩]+)*")),
    ("۰-۹", re.compile("[۰-۹]+(?:[٫٬./][۰-۹]+)*")),
    ("０-９", re.compile("[０-９]+(?:[．，][０-９]+)*")),
    ("0-9", re.compile("[0-9]+(?:[.,][0-9]+)*")),
)
_NO_TEXT = re.compile(
    r"https?://\S+|\S+@\S+|\]\([^)\n]*\)|\[\^[^\]\n]*\]|(?m:^[ \t]*\d{1,3}[.)])|(?:[A-Z]+/)+[\w/.]+|\b[A-Za-z]+-?\d+\b|"
    r"[+(]?\d[\d ()-]{7,}"
)
_AROUND = 12


def hits_of_numerals(text: str) -> Iterator[Hit]:
    """Yield the first figures of a kind that a text writes more rarely than another."""
    if not re.search("[٠-٩۰-۹０-９]", text):
        return
    bare = _NO_TEXT.sub(lambda match: " " * len(match[0]), text)
    found = {kind: list(pattern.finditer(bare)) for kind, pattern in _KINDS}
    used = [kind for kind, every in found.items() if every]
    if len(used) < 2:
        return
    usual = max(used, key=lambda kind: len(found[kind]))
    for kind in used:
        if kind != usual:
            first = found[kind][0]
            words = re.compile(rf"[^\n]{{0,{_AROUND}}}").match(text, first.end())
            yield Hit("words.mixed-numerals", flat(first[0] + (words[0] if words else "")), first.start(),
                      {"kind": kind, "other": usual})  # fmt: skip
