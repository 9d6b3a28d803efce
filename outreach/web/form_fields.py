"""What comes with a request, bounded: numbers that a database can hold, and the texts of forms."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Form, Path, Query

_MOST_NUMBER = 2**31 - 1  # the largest INTEGER of PostgreSQL

Number = Annotated[int, Path(ge=0, le=_MOST_NUMBER)]
"""The number of a campaign, a mail, a letter, in a path."""
FormNumber = Annotated[int | None, Form(ge=0, le=_MOST_NUMBER)]
"""The number of what a form is about, in it; it may be left out."""
Before = Annotated[int | None, Query(ge=0, le=_MOST_NUMBER)]
"""The number before which a list goes on."""
Asked = Annotated[str, Query(max_length=300)]
"""The words that are searched for."""
Short = Annotated[str, Form(max_length=300)]
Several = Annotated[list[str], Form(max_length=200)]
"""A field that a form has several times."""
SeveralAsked = Annotated[list[str], Query(max_length=200)]
"""The same in a page's address."""
NONE: list[str] = []
Address = Annotated[str, Form(max_length=8_000)]
"""The address of a page, as a browser shows it."""
Long = Annotated[str, Form(max_length=20_000)]
Kept = Annotated[str, Form(max_length=450_000)]
"""A form that somebody had filled in when their session ended, as the desk sealed it (see `kept_forms`)."""
Password = Annotated[str, Form(max_length=1_000)]
AskedShort = Annotated[str, Query(max_length=2_000)]
"""What another site's page sends a browser back with."""
Credential = Annotated[str, Form(max_length=20_000)]
"""What a passkey gave, as JSON."""


def pairs(told: Sequence[str]) -> dict[str, str]:
    """Return what stands before and behind the first `=` of each text."""
    return {key: value for key, equals, value in (one.partition("=") for one in told) if equals}
