"""What programs say in mail: the sub-kinds of robots.toml, found by the words over and in it.

Words alone never make a person's mail a program's. They tell which of a program's answers it is; and where nothing but
the words speaks of one, the mail stays a reply, that a person has to look at.
"""

import re
import tomllib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Any

from outreach.expressions import Rules, rules, together
from outreach.text import without_accents

_MOST_CHARACTERS = 6_000
_SENTENCE_ENDS = re.compile(r"(?<!\d)[.](?=\s|$)|[!?。！？؟;；]|\n")
_WRAPPED = re.compile(r"([^\n]{50,200})\n(?=[^\n])")
"""A line that its writer's program broke: the sentence goes on below."""
_LONGEST_GREETING = 4
_THANKS = re.compile(
    r"(?:with )?(?:many )?(?:thank|merci|(?:nous )?(?:vous )?remerci|(?:muchas )?gracias|agradec|спасибо|благодар"
    r"|شكرا|感谢|谢谢)[^,;:]{,60}"
)
_REPLIES = re.compile(
    r"\s*(?:(?:re|aw|sv|ref|rép|rep|отв|ответ|回复|回覆|答复|رد|vá|ynt|απ|odp|antw?|bls|res|td)\s?(?:\[\d+\])?\s?[:：])",
    re.IGNORECASE,
)
_TICKET = re.compile(r"[\[(#]{1,2}\s?[\w-]{0,20}\d{3,}")


def plain(text: str) -> str:
    """Return a text in lower case and without accents, its blanks folded, as the expressions are written for."""
    return " ".join(_without_marks(text.replace("’", "'").casefold()).split())


def _without_marks(text: str) -> str:
    return without_accents(text.replace("ı", "i"))  # Turkish: a letter of its own, and no i with a mark


def said(text: str) -> frozenset[str]:
    """Return the names of everything that programs say and this text does."""
    words = plain(text[:_MOST_CHARACTERS])
    names, expressions = _table()
    told: set[str] = set()
    for place in expressions.triggered(words):
        if names[place] not in told and expressions[place][1].search(words):
            told.add(names[place])
    return frozenset(told)


STANDING = frozenset({"standing", "receipt", "to everybody", "by itself", "away"})
"""What is said to whoever writes, and says nothing of what they wrote."""


def is_standing(text: str) -> bool:
    """Tell whether each sentence of a text is said to whoever writes, and none is about the letter; greetings, names
    and mere thanks are no sentences."""
    if _of_the_letter().search(plain(text[:_MOST_CHARACTERS])):
        return False
    running = _WRAPPED.sub(r"\1 ", text[:_MOST_CHARACTERS])
    sentences = [one for one in map(str.strip, _SENTENCE_ENDS.split(running)) if _is_sentence(one)]
    return bool(sentences) and all(STANDING & said(one) for one in sentences)


def _is_sentence(text: str) -> bool:
    return _THANKS.fullmatch(plain(text)) is None and (
        len(text.split()) > _LONGEST_GREETING or sum(map("\u4e00".__le__, text)) > _LONGEST_GREETING
    )


@lru_cache(maxsize=64)  # most answers to a letter have one subject
def titled(subject: str, name: str) -> bool:
    """Tell whether a subject begins as programs, or mail programs, begin it: `automatic`, `recall`, `read` ..."""
    return _subjects()[name].match(plain(subject)) is not None


def answers(subject: str) -> bool:
    """Tell whether a subject begins as that of an answer: `Re:` in any language."""
    return _REPLIES.match(subject) is not None


def numbered(subject: str) -> bool:
    """Tell whether a subject bears a number as ticket systems give one."""
    return _TICKET.search(subject) is not None


@lru_cache(maxsize=1)
def _file() -> dict[str, Any]:
    return tomllib.loads((files(__package__) / "robots.toml").read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def _of_the_letter() -> re.Pattern[str]:
    return re.compile("|".join(map(_without_marks, _file()["letter"]["words"])))


@lru_cache(maxsize=1)
def _rows() -> dict[str, list[str]]:
    data = _file()
    kinds = {str(one["name"]): list(one["words"]) for one in data["kind"]}
    return kinds | {f"subject {name}": list(words) for name, words in data["subjects"].items()}


@lru_cache(maxsize=1)
def _table() -> tuple[Sequence[str], Rules]:
    """Return the expressions of all kinds, and of which kind each group of them is."""
    kinds = ((name, words) for name, words in _rows().items() if not name.startswith("subject "))
    return together((name, rules(map(_without_marks, words))) for name, words in kinds)


@lru_cache(maxsize=1)
def _subjects() -> dict[str, re.Pattern[str]]:
    return dict(_compiled())


def _compiled() -> Iterator[tuple[str, re.Pattern[str]]]:
    for name, words in _rows().items():
        if name.startswith("subject "):
            yield name.removeprefix("subject "), re.compile(rf"[\W_]{{0,6}}(?:{'|'.join(map(_without_marks, words))})")
