"""How many examples a property is tried on: a share of them by `make test`, all by `make test-all` and in CI."""

import os

THOROUGH = bool(os.environ.get("OUTREACH_THOROUGH"))


def examples(most: int) -> int:
    """Return how many of so many examples are tried in this run; those that failed before are always among them."""
    return most if THOROUGH else min(most, max(most // 5, 5))
