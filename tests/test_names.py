"""What things are called: no class and no module twice with two meanings, no letter that stands for a list.

The doors (commands/, web/routes/) are named after the room that they open: there the same name means the same thing.
"""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import outreach

HOUSE = Path(outreach.__file__).parent
DOORS = ("commands", "web/routes")


def modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(HOUSE.rglob("*.py")):
        place = path.relative_to(HOUSE).as_posix()
        if not place.startswith(("migrations/", "samples/")):
            yield place, ast.parse(path.read_text(encoding="utf-8"))


def test_no_class_has_the_name_of_another() -> None:
    found = defaultdict(list)
    for place, tree in modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                found[node.name].append(place)
    assert found
    assert {name: places for name, places in found.items() if len(places) > 1} == {}


def test_no_module_has_the_name_of_another() -> None:
    found = defaultdict(list)
    for place, _ in modules():
        name = place.rpartition("/")[2]
        if name != "__init__.py" and not place.startswith(DOORS):
            found[name].append(place)
    assert found
    assert {name: places for name, places in found.items() if len(places) > 1} == {}


def test_no_letter_stands_for_a_closed_list() -> None:
    letters = [
        f"{place}: {ast.unparse(node)}"
        for place, tree in modules()
        for node in tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Name | ast.Attribute)
        and any(isinstance(target, ast.Name) and len(target.id) == 1 for target in node.targets)
    ]
    assert letters == []
