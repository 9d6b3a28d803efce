"""What each run tries, and what `make test-all` and CI alone: more of the same kind, never another behaviour."""

import os
from functools import partial
from typing import Any

import pytest

THOROUGH = bool(os.environ.get("THOROUGH"))

MORE = partial(pytest.param, marks=pytest.mark.skipif(not THOROUGH, reason="one more of a kind: make test-all"))
"""One more case of a test: whole programs that are killed in yet another combination."""


HEAVY = pytest.mark.heavy
"""Plays whole processes, waits for their own periods, or is one of many cases: CI runs it, `make test` does not."""


def heavy(*values: Any) -> Any:
    """Return a case of a test that CI alone plays; at least one other of the same kind stays in `make test`."""
    return pytest.param(*values, marks=HEAVY)


def examples(most: int) -> int:
    """Return how many of so many examples are tried in this run; those that failed before are always among them."""
    return most if THOROUGH else min(most, max(most // 5, 5))
