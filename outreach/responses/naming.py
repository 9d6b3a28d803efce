"""How people are named in running text, in six languages: by a run of large first letters, or beside a title.

It finds what may be somebody's name, for a person to look at: offices, bodies, states and cities are told apart by
their words, and whatever else is written large is shown rather than passed over.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from outreach.missions.facts import addressees
from outreach.text import folded
from outreach.vocabulary import Language

_WORD = re.compile(r"[^\W\d_](?:[\w’-]|'(?=\w))*\.?")
_JOINS = frozenset({" ", "\u00a0"})
_MOST_WORDS = 5


@cache
def _words() -> Mapping[str, Any]:
    return tomllib.loads(Path(__file__).with_name("naming.toml").read_text(encoding="utf-8"))


@cache
def _nobody() -> tuple[frozenset[str], tuple[str, ...]]:
    """Words that are in no name of a person, and their beginnings where a language bends them."""
    told = _words()["nobody"]
    return frozenset(told["words"].split()), tuple(told["beginnings"].split())


@cache
def _places() -> str:
    """Names of states in six languages and of cities, in the words of a text, folded, with strokes between them."""
    found = {folded(zone.rpartition("/")[2].replace("_", " ")) for zone in available_timezones()}
    for one in addressees().values():
        for language in Language:
            for name in (one.short(language), one.formal(language)):
                found.add(folded(re.sub(r"\([^)]*\)", " ", name)))
    return f" {' | '.join(found | {folded(city) for city in _words()['nobody']['cities']})} "


def is_nobody(words: str) -> bool:
    """Tell whether words that begin large are an office, a body, a place or a greeting."""
    whole, beginnings = _nobody()
    parts = [folded(part) for part in re.findall(r"[\w'’-]+", words)]
    if any(part in whole or part.startswith(beginnings) for part in parts):
        return True
    named = [folded(part) for part in re.split(r"\s(?:y|e|and|et|и)\s", words)]
    return all(f" {said} " in _places() for said in named)


def runs(text: str) -> Iterator[tuple[int, int]]:
    """Yield where two to five words with large first letters stand together, particles such as *van der* among them."""
    small, particles = frozenset(_words()["small"].split()), frozenset(_words()["particles"].split())
    tokens = list(_WORD.finditer(text))
    place = 0
    while place < len(tokens):
        run = [tokens[place]] if tokens[place][0][0].isupper() else []
        held: list[re.Match[str]] = []
        after = place + 1
        while run and after < len(tokens) and text[tokens[after - 1].end() : tokens[after].start()] in _JOINS:
            word = tokens[after][0]
            if tokens[after - 1][0].endswith(".") and len(tokens[after - 1][0]) > 3:
                break  # the end of a sentence
            if word[0].isupper():
                run, held = [*run, *held, tokens[after]], []
            elif word in particles and len(held) < 2:
                held.append(tokens[after])
            else:
                break
            after += 1
        place = max(place + 1, after - len(held))
        while run and run[0][0].casefold().rstrip(".") in small:
            run = run[1:]
        large = [one for one in run if one[0][0].isupper()]
        if len(large) >= 2 and len(run) <= _MOST_WORDS and len(large[-1][0].rstrip(".")) > 1:
            yield run[0].start(), run[-1].end() - run[-1][0].endswith(".")


@cache
def _beside_titles() -> tuple[re.Pattern[str], ...]:
    """Patterns of names beside a title, where a script has no large letters or a name is one word alone."""
    told = _words()["titles"]
    russian = "|".join(told["ru"].split())
    arabic = "|".join(told["ar"].split())
    before, after = "|".join(told["zh_before"].split()), "|".join(told["zh_after"].split())
    surname = f"(?:{'|'.join(told['zh_surnames_of_two'].split())}|[{told['zh_surnames']}])"
    letter = r"[\u4e00-\u9fff]"
    word = r"[\u0621-\u064a\u0670-\u06d3]+"
    own = rf"(?!ال|وال|من |في |أن |إن |على |إلى ){word}(?:[ ](?:بن|ابن|بنت|آل|أبو|عبد)[ ]{word})?"
    return (
        re.compile(rf"(?i:(?<!\w)(?:{russian})\.?)[ ]((?-i:[А-ЯЁ][а-яё]+(?:[ -][А-ЯЁ][а-яё]+){{0,2}}))"),
        re.compile(rf"(?<!\w)[وفبك]?(?:ال|لل)?(?:{arabic})[ ](?!(?:ال)?(?:{arabic})(?!\w))({own}(?:[ ]{word})?)"),
        re.compile(rf"({surname}{letter}{{1,2}})(?:{after})"),
        re.compile(rf"(?:{before})[::]?({surname}(?:{letter}(?!{letter})|{letter}{{2}}))"),
        re.compile(rf"(?m:^)[ \t]*({surname}{letter}{{1,2}})[ \t]*\Z"),
        re.compile(rf"(?:التحيات|الاحترام|التقدير|التحية)[،,.]?\s*\n\s*({word}(?:[ ]{word}){{1,2}})[ \t]*(?=\n|\Z)"),
    )


def beside_titles(text: str) -> Iterator[tuple[int, int]]:
    """Yield where a name stands beside a title in Russian, Arabic or Chinese, or alone below a letter in these."""
    for pattern in _beside_titles():
        for match in pattern.finditer(text):
            yield match.span(1)
