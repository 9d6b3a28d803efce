"""The words of lists of contacts by what they mean, of all languages together; they stand in `words/`, one file each.

A file has sections (`functions`, `honorifics`, `remarks`, `headings` and so on) of lists of words or phrases. What a
list means is told where it is used.
"""

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).with_name("words")
_LANGUAGES = ("en", "fr", "es", "ru", "ar", "zh", "other")


def word_list(section: str, key: str) -> tuple[str, ...]:
    """Return the words of a list, of all languages one after the other; raises KeyError for no such list."""
    return tuple(dict.fromkeys(_lists()[section][key]))


def lists_of(section: str) -> Mapping[str, Sequence[str]]:
    """Return all lists of a section by their key; raises KeyError for no such section."""
    return _lists()[section]


@cache
def _lists() -> dict[str, dict[str, list[str]]]:
    found: dict[str, dict[str, list[str]]] = {}
    for language in _LANGUAGES:
        read: dict[str, dict[str, list[str]]] = tomllib.loads(
            (_FOLDER / f"{language}.toml").read_text(encoding="utf-8")
        )
        for section, lists in read.items():
            for key, listed in lists.items():
                found.setdefault(section, {}).setdefault(key, []).extend(listed)
    return found
