"""The package as syntax trees, for the tests that read the code: each file is parsed once for each process."""

import ast
from functools import cache
from pathlib import Path

import outreach

HOUSE = Path(outreach.__file__).parent


@cache
def tree_of(path: Path) -> ast.Module:
    """A file's tree, which nobody changes."""
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def modules() -> list[tuple[str, ast.Module]]:
    """Every module of the package, by its path below the package's folder."""
    return [(path.relative_to(HOUSE).as_posix(), tree_of(path)) for path in sorted(HOUSE.rglob("*.py"))]
