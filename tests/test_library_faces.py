"""Libraries are used by their public faces only: no private attribute of one is read, set or imported anywhere."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sources import tree_of

ROOT = Path(__file__).parent.parent
FILES = sorted([*(ROOT / "outreach").rglob("*.py"), ROOT / "scheduler.py"])
DOCUMENTED = {
    # collections.namedtuple, enum, os: named so that they can't collide, and documented
    "_replace", "_asdict", "_fields", "_make", "_value_", "_exit",
    # jinja2.Undefined, "Undefined Types"
    "_undefined_obj", "_undefined_name", "_undefined_message", "_fail_with_undefined_error",
}  # fmt: skip


def _private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and name not in DOCUMENTED


def _own(trees: list[ast.AST]) -> set[str]:
    """The private names that our code defines: functions, classes, and what is set on self or in a class or module."""
    found: set[str] = set()
    for tree in trees:
        for node in ast.walk(tree):
            match node:
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                    found.add(name)
                case ast.Name(id=name, ctx=ast.Store()):
                    found.add(name)
                case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name, ctx=ast.Store()):
                    found.add(name)
    return found


def _foreign(tree: ast.AST, own: set[str]) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(attr=name, value=value, lineno=line) if _private(name):
                on_self = isinstance(value, ast.Name) and value.id in ("self", "cls")
                sets = isinstance(node.ctx, ast.Store) and not on_self
                if name not in own or sets:
                    yield line, ast.unparse(node)
            case ast.Call(
                func=ast.Name(id="getattr" | "setattr" | "hasattr"), args=[_, ast.Constant(value=str(name)), *_]
            ):
                if _private(name) and name not in own:
                    yield node.lineno, ast.unparse(node)
            case ast.ImportFrom(module=str(module), names=names, lineno=line) if not module.startswith("outreach"):
                parts = [*module.split("."), *(one.name for one in names)]
                if module != "__future__" and any(part.startswith("_") for part in parts):
                    yield line, ast.unparse(node)


@pytest.fixture(scope="module")
def own(trees: dict[Path, ast.AST]) -> set[str]:
    return _own(list(trees.values()))


@pytest.fixture(scope="module")
def trees() -> dict[Path, ast.AST]:
    return {path: tree_of(path) for path in FILES}


@pytest.mark.heavy
def test_no_private_attribute_of_a_library_is_used(trees: dict[Path, ast.AST], own: set[str]) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}: {words}"
        for path, tree in trees.items()
        for line, words in _foreign(tree, own)
    ]
    assert found == []


@pytest.mark.heavy
@pytest.mark.parametrize(
    "code",
    ["client._imap.debug = 0", "sheet._values_to_row = x", "getattr(codec, '_is_text_encoding')",
     "from email._header_value_parser import x", "cell._value = 1"],
)  # fmt: skip
def test_the_check_finds_what_was_there_once(own: set[str], code: str) -> None:
    assert list(_foreign(ast.parse(code), own))
