"""What a person's words propose: a position, or to be left alone. What becomes of that is not told here."""

import re
import tomllib
import unicodedata
from functools import lru_cache
from importlib.resources import files

from outreach.expressions import Rules, found, rules
from outreach.inbox.finding import Proposed, ToldPosition
from outreach.text import one_line
from outreach.vocabulary import Position

_MOST_CHARACTERS = 20_000
_MOST_EVIDENCE = 300
_BROKEN_LINE = re.compile(r"(?<=[^\n.!?:;])\n(?=\S)")
_ENDS = re.compile(r"(?<=[.!?;。！？])\s*|\n+")


def proposed(text: str) -> Proposed:
    """Return what a text's words propose: a position in English, French or Spanish; to be left alone in all six.

    Where several positions are told, the most reserved of one sentence counts, and the first sentence that tells any.
    """
    positions, opt_out = _tables()
    joined = _BROKEN_LINE.sub(" ", text[:_MOST_CHARACTERS])
    sentences = [(one, _plain(one)) for one in _ENDS.split(joined) if one.strip()]
    # A sentence is a line, over whose end no expression reaches: what is not found in all of them is in none.
    whole = "\n".join(plain for _sentence, plain in sentences)
    likely = [(position, words) for position, words in positions if found(words, whole)]
    told = (
        ToldPosition(position, one_line(sentence)[:_MOST_EVIDENCE])
        for sentence, plain in sentences
        for position, words in likely
        if found(words, plain)
    )
    asked = (one_line(sentence)[:_MOST_EVIDENCE] for sentence, plain in sentences if found(opt_out, plain))
    return Proposed(next(told, None), next(asked, "") if found(opt_out, whole) else "")


@lru_cache(maxsize=1)
def _tables() -> tuple[tuple[tuple[Position, Rules], ...], Rules]:
    rows = tomllib.loads((files(__package__) / "proposals.toml").read_text(encoding="utf-8"))
    positions = tuple((Position(row["position"]), rules(row["words"])) for row in rows["position"])
    return positions, rules(rows["opt_out"]["words"])


def _plain(text: str) -> str:
    """Return a text in lower case and without accents, its spaces folded."""
    if text.isascii():
        return " ".join(text.lower().split())
    folded = unicodedata.normalize("NFKD", text.replace("’", "'")).casefold()
    return " ".join("".join(c for c in folded if not unicodedata.combining(c)).split())
