"""The order of names in a list, as readers of a language expect it.

Neither Python nor Babel brings the Unicode collation algorithm (UTS #10). This is the part of it that a list of names
needs: case, accents and punctuation do not matter at first and break ties, letters that a language counts as its own
stand where it puts them, and the language's own script comes first.
"""

import unicodedata

from outreach.text import folded
from outreach.vocabulary import Language

# Letters that stand behind their neighbour, and not with it (CLDR's tailorings for the official languages).
_OWN_LETTERS = {Language.SPANISH: {"ñ": "n\uffff"}, Language.RUSSIAN: {"ё": "е\uffff", "й": "и\uffff"}}
_SCRIPTS = {Language.ARABIC: "ARABIC", Language.CHINESE: "CJK", Language.RUSSIAN: "CYRILLIC"}
_TAKEN_APART = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ı": "i"})
_ARABIC_ARTICLE = "ال"


def sort_key(name: str, language: Language) -> tuple[int, str, str]:
    """Return the key by which a name stands in a list in that language."""
    script = _SCRIPTS.get(language, "LATIN")
    if name.isascii():  # most are, and are compared as one
        first = next(filter(str.isalnum, name), "")
        return (0 if first.isdigit() or (first and script == "LATIN") else 1, folded(name), name)
    text = name.casefold().translate(_TAKEN_APART)
    if language is Language.ARABIC:
        text = text.removeprefix(_ARABIC_ARTICLE)
    own = _OWN_LETTERS.get(language, {})
    kept = "".join(own.get(letter) or folded(letter) or " " for letter in unicodedata.normalize("NFC", text))
    first = next((unicodedata.name(letter, "") for letter in text if letter.isalnum()), "")
    return (0 if first.startswith((script, "DIGIT")) else 1, " ".join(kept.split()), name)
