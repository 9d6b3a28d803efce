"""Letters as the outbox hands them to the journal."""

from datetime import UTC, datetime

from hypothesis import strategies as st

from outreach.witness.dispatch import Answered, Handover

AT = datetime(2024, 3, 18, 8, 0, tzinfo=UTC)
DATABASE = "0123456789abcdef0123456789abcdef"


def handover(number: int = 1, **changes: object) -> Handover:
    """A letter to one mission, with what a test says otherwise."""
    plain = Handover(
        message_id=f"<{number}@coalition.example>",
        campaign="spring",
        letter="hrc-joint-letter",
        iso3="FRA",
        recipients=("mission@fra.mission.example",),
        digest="a" * 64,
        subject="Joint letter",
        text_digest="b" * 64,
        claim=1,
        live=True,
    )
    return plain._replace(**changes)  # type: ignore[arg-type]


def accepted(number: int = 1, **changes: object) -> Answered:
    """The server's yes to it."""
    return Answered(f"<{number}@coalition.example>", 1, "accepted", "250 2.0.0 Ok", {})._replace(**changes)  # type: ignore[arg-type]


words = st.text(st.characters(), max_size=40)
"""Anything that a name, a subject or a server's words may hold: line ends, quotes, lone surrogates."""
numbers = st.integers(0, 10**15)
handovers = st.builds(
    Handover, words, words, words, words, st.lists(words, max_size=4).map(tuple), words, words, words, numbers,
    st.booleans(),
)  # fmt: skip
answers = st.builds(Answered, words, numbers, words, words, st.dictionaries(words, st.tuples(words, words), max_size=3))
