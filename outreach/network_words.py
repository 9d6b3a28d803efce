"""Why another machine can't be reached, in words that say more than a number of the system's."""

import socket
from collections.abc import Iterator

from outreach.sentences import Sentence, saying

_WORDS: tuple[tuple[tuple[type[BaseException], ...], Sentence], ...] = (
    ((socket.gaierror,), saying("network.no-name", "no machine of that name is known")),
    ((ConnectionRefusedError,), saying("network.refused", "nothing takes connections there, at that port")),
    ((TimeoutError,), saying("network.silent", "it gives no answer")),
    ((ConnectionError,), saying("network.broken", "it broke the connection off")),
)


def why_not_reached(error: BaseException) -> Sentence | str:
    """Return why, from the innermost cause that tells; else what the error says itself."""
    for cause in reversed(list(_causes(error))):
        for kinds, words in _WORDS:
            if isinstance(cause, kinds) and isinstance(cause, OSError):
                return words
    return str(error)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
