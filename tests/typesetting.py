"""PDFs in tests that are about something else: a letter that has been set once is not set again."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from outreach.letters.faces.pdf import PdfContent, Typesetter


@contextmanager
def each_letter_set_once() -> Iterator[None]:
    """Let the same text on the same page and letterhead have the PDF that was made of it first in this process.

    Each is a real one; a later one has the earlier one's date in its data. What can't be set is tried each time.
    """
    made: dict[tuple[bytes, ...], bytes] = {}
    real = Typesetter.pdf

    def pdf(self: Typesetter, sheet: PdfContent) -> bytes:
        key = (self._source(sheet), *(logo.read_bytes() for logo in self._letterhead.logos))
        if key not in made:
            made[key] = real(self, sheet)
        return made[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Typesetter, "pdf", pdf)
        yield
