"""What somebody had typed when their session ended: kept on the page where they sign in again, and sent on by them.

It is sealed for the browser that it came from, and only a form of the desk's own is taken: otherwise another site could
lay a form before somebody who signs in, for them to send on.
"""

import json
import zlib
from dataclasses import dataclass

from fastapi import Request
from itsdangerous import BadData, URLSafeSerializer
from starlette.datastructures import UploadFile

from outreach.web.desk import Desk, Visit
from outreach.web.under_way import Form

MOST = 300_000
"""Characters of a form that are kept; a longer one is told not to be."""
_SALT = "outreach kept form"
NEVER = frozenset({"csrf", "password", "old", "new", "present", "code", "recovery", "credential", "secret"})
"""Fields that are not kept: tokens that are worth nothing any more, passwords, and codes."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A form as the page carries it, and the fields that could not be kept."""

    text: str
    lost: tuple[str, ...]


async def keep(desk: Desk, request: Request, visit: Visit) -> Sealed:
    """Seal the form of a request, for the visit that it came in."""
    form = await request.form()
    fields: list[tuple[str, str]] = []
    lost: list[str] = []
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            lost += [f"the file {value.filename}"] if value.filename else []
        elif name in NEVER:
            lost += [] if name == "csrf" else ["the password"]
        else:
            fields.append((name, value))
    await request.close()  # what was uploaded
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    text = _serializer(desk, visit).dumps([path, fields])
    if lost or len(text) > MOST:
        return Sealed("", tuple(dict.fromkeys(lost)) or ("a text as long as that",))
    return Sealed(str(text), ())


def read_kept(desk: Desk, visit: Visit, text: str) -> Form | None:
    """Return the form that was sealed for a visit; None for none, or one that is not ours or another browser's."""
    if not text:
        return None
    try:
        path, fields = _serializer(desk, visit).loads(text)
        return Form(str(path), tuple((str(name), str(value)) for name, value in fields))
    except (BadData, ValueError, TypeError, json.JSONDecodeError, zlib.error):
        return None


def _serializer(desk: Desk, visit: Visit) -> URLSafeSerializer:
    return URLSafeSerializer(desk.key, salt=f"{_SALT} {visit.sid}")


__all__ = ["MOST", "NEVER", "Form", "Sealed", "keep", "read_kept"]
