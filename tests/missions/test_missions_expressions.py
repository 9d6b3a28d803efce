"""Each expression that meets foreign text costs as much as the text is long, whatever its shape."""

import importlib
import pkgutil
import re
import time
from collections.abc import Callable
from datetime import date
from functools import cache
from typing import Any

import pytest

import outreach.missions
from outreach.missions.books.cells import Cell, Sheet, narrow
from outreach.missions.facts import find_state
from outreach.missions.lists.address_text import addresses_in, without_copies
from outreach.missions.lists.blocks import labelled
from outreach.missions.lists.footnotes import without_marks
from outreach.missions.lists.headings import heading
from outreach.missions.lists.nearby import nearby
from outreach.missions.lists.people_words import (
    excludes,
    gender_of_prefix,
    is_about_writing,
    is_function,
    is_past,
    is_vacant,
    mark,
    permits,
    role_of,
    split_person,
)

SHAPES = (
    "a", "a ", "a.", "a@", "@", " ", ".", "a@b.", "a.b@", "(", ")", "(a", "(at)", "[", "-", "_x0041_", ",", ", ", '"',
    "\t",
    "\n", "é", "и", "字", "ا", "H.E. ", "M. ", "permanent mission of ", "republic of ", "HYPERLINK(", "mailto:",
    "0", "1a", "cc: ", "cc:a@", "a AT ", "a DOT ", "?", "a?", "Vacant – ", "vacant (", " a. i.",
    "d'", "a: ", "(e)", "·e",
    "\u00ad", "e.g.", "Ã", "12.12.", "a：", "*", "(1", "Yes, ", "１",
)  # fmt: skip
SHORT, LONG = 2_000, 20_000


def expressions() -> dict[str, re.Pattern[str]]:
    found: dict[str, re.Pattern[str]] = {}
    for known in pkgutil.iter_modules(outreach.missions.__path__):
        module = importlib.import_module(f"outreach.missions.{known.name}")
        for name, value in vars(module).items():
            if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
                found[f"{known.name}.{name}"] = value
    return found


EXPRESSIONS = expressions()
FUNCTIONS: dict[str, Callable[[str], Any]] = {
    "split_person": split_person, "role_of": role_of, "excludes": excludes, "mark": mark, "is_vacant": is_vacant,
    "gender_of_prefix": gender_of_prefix, "find_state": find_state, "heading": heading, "addresses_in": addresses_in,
    "without_copies": without_copies, "is_past": lambda text: is_past(text, date(2024, 3, 18)),
    "is_about_writing": is_about_writing, "remark": lambda text: excludes(text, remark=True),
    "is_function": is_function, "permits": permits,
    "nearby": lambda text: nearby(Sheet("List", {1: {1: Cell(f"{text} a@fra.example")}})),
    "labelled": lambda text: labelled(Sheet("List", {1: {1: Cell(text)}})),
    "without_marks": lambda text: without_marks(Sheet("List", {1: {1: Cell(f"* {text}")}, 2: {1: Cell(f"{text}*")}})),
    "narrow": lambda text: narrow(Sheet("List", {1: {1: Cell(f"{text}\uff41")}})),
}  # fmt: skip


def cost(call: Callable[[str], object], text: str) -> float:
    begun = time.process_time()
    call(text)
    return time.process_time() - begun


def squared(text: str) -> int:
    """Take what grows as the square of a text of one letter."""
    return sum(1 for _ in re.finditer(r"a+b", text))


@cache
def noise() -> float:
    """What is too little to be compared, on this machine: what the square of a short text costs."""
    return min(cost(squared, "a" * SHORT) for _ in range(3))


def grows(call: Callable[[str], object], shape: str) -> bool:
    """Tell whether ten times the text takes much more than ten times the work: of three tries, the least."""
    short, long = ((shape * length)[:length] for length in (SHORT, LONG))
    for _ in range(3):
        before, after = max(cost(call, short), noise()), cost(call, long)
        if after <= 40 * before:
            return False
    return True


def test_there_are_expressions_to_look_at() -> None:
    assert len(EXPRESSIONS) > 12


@pytest.mark.heavy
@pytest.mark.parametrize("name", sorted(EXPRESSIONS))
def test_an_expression_costs_what_the_text_is_long(name: str) -> None:
    expression = EXPRESSIONS[name]
    assert [shape for shape in SHAPES if grows(lambda text: sum(1 for _ in expression.finditer(text)), shape)] == []


@pytest.mark.heavy
@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_what_reads_a_cell_costs_what_it_is_long(name: str) -> None:
    assert [shape for shape in SHAPES if grows(FUNCTIONS[name], shape)] == []


@pytest.mark.heavy
@pytest.mark.parametrize("length", [10_000, 32_767, 100_000])
@pytest.mark.parametrize("shape", SHAPES)
def test_what_reads_a_cell_ends(shape: str, length: int) -> None:
    text = (shape * length)[:length]
    for read in FUNCTIONS.values():
        read(text)


@pytest.mark.heavy
def test_growth_is_seen() -> None:
    assert grows(squared, "a")
