"""Many expressions over one text, each tried only where a piece of text stands without which it can't match.

To look for a piece of text is quick, and most expressions find theirs nowhere.
"""

import re
from collections.abc import Iterable

Rules = tuple[tuple[str, re.Pattern[str]], ...]


def rules(expressions: Iterable[str]) -> Rules:
    """Return the expressions with what triggers them, those of one trigger together."""
    groups: dict[str, list[str]] = {}
    for one in expressions:
        groups.setdefault(trigger(one), []).append(one)
    return tuple((word, re.compile("|".join(group))) for word, group in groups.items())


def found(expressions: Rules, text: str) -> bool:
    """Tell whether any of the expressions is found in a text."""
    return any(expression.search(text) for word, expression in expressions if word in text)


def trigger(expression: str) -> str:
    """Return the longest piece of text that stands in whatever an expression matches; empty where it has none."""
    plain = re.sub(r"\\.|\[[^\]]*\]", "\0", expression)
    while "(" in plain:
        plain = re.sub(r"\([^()]*\)", "\0", plain)
    plain = re.sub(r".(?:[?*]|\{[^}]*\})|[.^$+]", "\0", plain)
    return "" if "|" in plain else max(plain.split("\0"), key=len)
