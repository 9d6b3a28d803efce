"""The words of the sign-on page and its mails, in each of its languages, from one table."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from outreach.vocabulary import Language

PAGE_LANGUAGES = (Language.ENGLISH, Language.FRENCH, Language.SPANISH)
_TABLE = Path(__file__).with_name("sign_on_words.toml")


@cache
def sign_on_table() -> Mapping[str, Mapping[str, str]]:
    """Return the table: the words of each key by language."""
    return tomllib.loads(_TABLE.read_text(encoding="utf-8"))


def sign_on_words(key: str, language: Language, **facts: object) -> str:
    """Return what stands under a key in a language of the page, with its facts in their places."""
    words = sign_on_table()[key][language]
    return words.format(**facts) if facts else words


def page_language(wanted: str, accepted: str = "") -> Language:
    """Return the page's language that was asked for, else the first that the browser accepts (RFC 9110, 12.5.4)."""
    known = {one.value: one for one in PAGE_LANGUAGES}
    if wanted in known:
        return known[wanted]
    for entry in accepted[:200].split(","):
        code = entry.partition(";")[0].strip().partition("-")[0].lower()
        if code in known:
            return known[code]
    return Language.ENGLISH
