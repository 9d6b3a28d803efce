"""What the doctor says of one thing that it looked at."""

from dataclasses import dataclass

from outreach.sentences import Remedy, Sentence


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One thing that was looked at: its verdict is `good`, `note` or `wrong`."""

    what: str
    verdict: str
    words: str | Sentence
    cure: Remedy | None = None
