"""What things are called: no class and no module twice with two meanings, no letter that stands for a list.

The doors (commands/, web/routes/) are named after the room that they open: there the same name means the same thing.
"""

import ast
from collections import defaultdict

import pytest

from tests.sources import modules

DOORS = ("commands", "web/routes")


def named_by_us() -> list[tuple[str, ast.Module]]:
    return [(place, tree) for place, tree in modules() if not place.startswith(("migrations/", "samples/"))]


@pytest.mark.heavy
def test_no_class_has_the_name_of_another() -> None:
    found = defaultdict(list)
    for place, tree in named_by_us():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                found[node.name].append(place)
    assert found
    assert {name: places for name, places in found.items() if len(places) > 1} == {}


def test_no_module_has_the_name_of_another() -> None:
    found = defaultdict(list)
    for place, _ in named_by_us():
        name = place.rpartition("/")[2]
        if name != "__init__.py" and not place.startswith(DOORS):
            found[name].append(place)
    assert found
    assert {name: places for name, places in found.items() if len(places) > 1} == {}


def test_no_letter_stands_for_a_closed_list() -> None:
    letters = [
        f"{place}: {ast.unparse(node)}"
        for place, tree in named_by_us()
        for node in tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Name | ast.Attribute)
        and any(isinstance(target, ast.Name) and len(target.id) == 1 for target in node.targets)
    ]
    assert letters == []
