"""Letters that are larger than the mail server takes: told at the check and at the approval."""

from collections.abc import Iterable

from outreach.errors import Problem
from outreach.sentences import some_of
from outreach.settings import Settings
from outreach.witness.server_sizes import largest_taken

ADDED_BYTES = 1_500
"""What comes to the frozen bytes at the hand-over: the Date line, and a signature where letters are signed."""
_MOST_CODES = 12


def too_large(settings: Settings, sizes: Iterable[tuple[int, tuple[str, ...]]]) -> list[Problem]:
    """Say which letters the mail server will not take, by what it last said of itself; nothing where that is not known.

    `sizes` are bytes as they are frozen, with the missions, by ISO3 code, whose letters are about so large.
    """
    limit = largest_taken(settings)
    if limit is None:
        return []
    over = [(size + ADDED_BYTES, codes) for size, codes in sizes if size + ADDED_BYTES > limit]
    if not over:
        return []
    codes = [code for _, some in over for code in some]
    return [
        Problem(
            "check.too-large",
            "too large for the mail server ({server}), which takes {limit:,} bytes: {codes}, with up to {size:,} bytes",
            codes=some_of(codes, _MOST_CODES),
            size=max(size for size, _ in over),
            server=f"{settings.smtp_host}:{settings.port}",
            limit=limit,
            where="size",
            remedy="Make the letter smaller (its PDF, logos), or send through a mail server that takes larger ones. "
            "Whether it takes larger ones by now: {EXAMINE:the doctor} asks it again.",
        )
    ]
