"""When a letter that was refused for now is tried again: later each time, never two at the same moment."""

import random
from datetime import datetime, timedelta

_LONGEST_IN_FIRST_WAITS = 48  # with the usual five minutes: four hours
# A connection that breaks before the data was asked for says little about the letter: so often it is simply
# taken up again, before it counts as a refusal for now.
BREAKS_TAKEN_UP = 3


def next_try(now: datetime, first_wait: timedelta, attempts: int, rng: random.Random | None = None) -> datetime:
    """Return when to try again after `attempts` tries: the first wait, doubled each time, give or take a fifth."""
    wait = first_wait * min(2.0 ** min(max(attempts, 1) - 1, 16), _LONGEST_IN_FIRST_WAITS)
    return now + wait * (rng or random.Random()).uniform(0.8, 1.2)  # noqa: S311  (spreads load; guards nothing)
