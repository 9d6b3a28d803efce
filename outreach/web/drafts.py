"""What somebody is typing, kept on the server every few seconds until it is saved: a file for each account and form.

They are files beside the database and not rows of it, since the pages remember what they read until something is
committed. Nobody but their account is offered them; after two weeks they go.
"""

import hashlib
import json
import secrets
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from outreach import platform
from outreach.errors import UserError
from outreach.privacy.typed_drafts import DRAFTS
from outreach.web.desk import Desk
from outreach.web.kept_forms import MOST, NEVER

FOLDER = DRAFTS
_MOST_EACH = 60
"""Drafts of an account; the oldest goes for another one."""
_KEPT_SECONDS = 14 * 86400
_NEVER = NEVER | {"again", "kept"}
_UNKEPT = "/personal-data"
"""Whom somebody looks for to erase them is not written down once more."""
Fields = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Draft:
    """What was typed into a form and not saved."""

    form: str
    """The path that the form is sent to."""
    fields: tuple[tuple[str, str], ...]
    at: datetime

    @property
    def as_json(self) -> str:
        """The fields, for the page's script to put back."""
        return json.dumps(self.fields, ensure_ascii=False)

    @property
    def typed(self) -> list[str]:
        """Its longer texts, to be read and copied."""
        return [value for name, value in self.fields if value.strip() and name not in ("seen", "state")]


def keep_draft(desk: Desk, account: int, page: str, form: str, fields: Fields) -> None:
    """Keep what is typed in a form of a page, in the place of what was kept of it before.

    Raises UserError for one that is too long, or for what is no path of the desk.
    """
    if not all(path.startswith("/") and len(path) <= 300 for path in (page, form)):
        raise UserError("desk.draft-path", "That is no form of this desk.")
    if form.startswith(_UNKEPT):
        return
    told = json.dumps({"page": page, "form": form, "fields": [one for one in fields if one[0] not in _NEVER]})
    if len(told) > MOST:
        raise UserError("desk.draft-long", "What is typed is too long to be kept as a draft.", remedy="Save it.")
    folder = desk.folder / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / f"{account}-{_short(page)}-{_short(form)}.json"
    beside = folder / f".{secrets.token_hex(6)}.part"
    try:
        with platform.create_private(beside) as stream:
            stream.write(told.encode())
        platform.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)
    held = sorted(_held(folder, f"{account}-"), key=lambda one: one[1])
    for other, _ in held[:-_MOST_EACH]:
        other.unlink(missing_ok=True)


def drafts_of(desk: Desk, account: int, page: str) -> list[Draft]:
    """Return what an account has typed on a page and not saved, by form."""
    found = []
    for path, at in _held(desk.folder / FOLDER, f"{account}-{_short(page)}-"):
        try:
            held = json.loads(path.read_bytes())
            fields = tuple((str(name), str(value)) for name, value in held["fields"])
            if held["page"] == page:
                found.append(Draft(str(held["form"]), fields, datetime.fromtimestamp(at, UTC)))
        except (OSError, ValueError, KeyError, TypeError):
            continue  # it was saved meanwhile, or is none of ours
    return sorted(found, key=lambda one: one.form)


def drop_draft(desk: Desk, account: int, form: str) -> None:
    """Forget what an account has typed into a form: it is saved, or not wanted."""
    for path, _ in _held(desk.folder / FOLDER, f"{account}-"):
        if path.name.endswith(f"-{_short(form)}.json"):
            path.unlink(missing_ok=True)


def _held(folder: Path, prefix: str) -> Iterator[tuple[Path, float]]:
    try:
        names = [one.name for one in folder.iterdir() if one.name.startswith(prefix) and one.suffix == ".json"]
    except OSError:
        return
    for name in names:
        path = folder / name
        try:
            at = path.stat().st_mtime
        except OSError:
            continue
        if at < time.time() - _KEPT_SECONDS:
            path.unlink(missing_ok=True)
        else:
            yield path, at


def _short(path: str) -> str:
    return hashlib.sha256(path.encode()).hexdigest()[:24]
