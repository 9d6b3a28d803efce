"""What the doctor says of one thing that it looked at: that it is good, to be noted, or wrong; each with its cure."""

from dataclasses import dataclass

from outreach.sentences import Remedy, Sentence


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One thing that was looked at: its verdict is `good`, `note` or `wrong`."""

    what: str
    verdict: str
    words: str | Sentence
    cure: Remedy | None = None


def good(code: str, template: str, /, *, where: str, **facts: object) -> Diagnosis:
    """Say of a thing that was looked at (`where`) that all is well."""
    return Diagnosis(where, "good", Sentence(code, template, facts))


def noted(code: str, template: str, /, *, where: str, remedy: str = "", **facts: object) -> Diagnosis:
    """Say of a thing that was looked at what is to be known of it; what can be done is filled with the same facts."""
    return Diagnosis(where, "note", Sentence(code, template, facts), Remedy(remedy, **facts) if remedy else None)


def wrong(code: str, template: str, /, *, where: str, remedy: str, **facts: object) -> Diagnosis:
    """Say of a thing that was looked at what is wrong with it, and what to do about it."""
    return Diagnosis(where, "wrong", Sentence(code, template, facts), Remedy(remedy, **facts))
