"""What does as a password of the desk, by NIST SP 800-63B-4, 3.1.1.2: long enough, and not what anybody tries first.

No rules of make-up, no change by the calendar, any characters. The whole password is looked at, never a part: one with
"password" in it does, if it is not made of such words alone.
"""

import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from outreach.errors import UserError

LEAST = 15
"""Characters, where a password is the only thing that is asked for (3.1.1.2)."""
MOST = 128
"""Far above the 64 that have to be allowed; a bound for what is hashed."""
_OWN = 8
"""So many characters have to be left once what everybody guesses is taken out."""
_RUN = 4
_ROWS = (
    "abcdefghijklmnopqrstuvwxyz", "01234567890123456789", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "yxcvbnm",
    "azertyuiop", "qsdfghjklm", "wxcvbn", "йцукенгшщзхъ", "1qaz2wsx3edc4rfv5tgb6yhn7ujm", "qazwsxedcrfvtgbyhnujm",
)  # fmt: skip
COMMON = frozenset(Path(__file__).with_name("common_words.txt").read_text(encoding="utf-8").split())
"""What is tried first, here above all: a word of these, alone or one after the other."""


def normalised(password: str) -> str:
    """Return a password as it is hashed (NFC), so that it is the same from each keyboard (3.1.1.2, RFC 8265)."""
    return unicodedata.normalize("NFC", password)


def require_same(password: str, again: str) -> None:
    """Raise UserError where a password that is typed twice was typed differently."""
    if password != again:
        raise UserError("password.differ", "The two passwords differ. Nothing was changed.")


def require_good(password: str, context: Iterable[str] = ()) -> str:
    """Return a password as it is to be hashed. `context` is what is known of its owner: login, name.

    Raises UserError, which says why it does not do and never repeats it.
    """
    text = normalised(password)
    if len(text) < LEAST:
        raise UserError(
            "password.short",
            "The password is shorter than {least} characters.",
            least=LEAST,
            remedy="Four or five words in a row make a good one.",
        )
    if len(text) > MOST:
        raise UserError(
            "password.long", "The password is longer than {most} characters.", most=MOST, remedy="Take a shorter one."
        )
    if len(left(text, context)) < _OWN:
        raise UserError(
            "password.guessed",
            "That password is one of the first that anybody would try: it is made of common words, names that are "
            "known here, or rows and repetitions.",
            remedy="Take four or five words that have nothing to do with one another.",
        )
    return text


def left(text: str, context: Iterable[str] = ()) -> str:
    """Return what is left of a text without common words, words of its context, rows of keys and repetitions."""
    rest = "".join(character for character in text.casefold() if character.isalnum())
    known = {part for words in context for part in re.split(r"\W+", words.casefold()) if len(part) >= 3}
    for word in sorted(COMMON | known, key=len, reverse=True):
        if len(word) >= 3:
            rest = rest.replace(word, " ")
    rest = "".join(_without_rows(rest))
    previous = None
    while previous != rest:  # "abcabcabc" is "abc"; "aaaa" is "a"
        previous, rest = rest, re.sub(r"(.+?)\1+", r"\1", rest)
    return rest.replace(" ", "")


def _without_rows(text: str) -> Iterable[str]:
    """Yield the characters that are in no run of neighbours in a row of keys or letters, forwards or backwards."""
    at = 0
    while at < len(text):
        length = max((_run(text, at, row) for one in _ROWS for row in (one, one[::-1])), default=0)
        if length >= _RUN:
            yield " "
            at += length
        else:
            yield text[at]
            at += 1


def _run(text: str, at: int, row: str) -> int:
    length = 0
    for end in range(at + _RUN, len(text) + 1):
        if text[at:end] not in row:
            break
        length = end - at
    return length
