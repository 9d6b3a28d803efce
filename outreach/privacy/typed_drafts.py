"""What somebody is typing at the desk and has not saved: files beside the database, which may bear a person too."""

import json
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from outreach import platform
from outreach.privacy.identity import NaturalPerson

DRAFTS = "drafts"
"""The folder of a campaign folder in which the desk keeps them."""
_MOST_BYTES = 4_000_000


def drafts_bearing(folder: Path, person: NaturalPerson) -> dict[str, list[str]]:
    """Return the drafts of a campaign folder that bear a person, by file name: the texts that do."""
    found = {}
    for path, fields in _drafts(folder / DRAFTS):
        if texts := [value for _, value in fields if person.redacted(value) != value]:
            found[path.name] = texts
    return dict(sorted(found.items()))


def redact_drafts(folder: Path, person: NaturalPerson) -> None:
    """Take a person's names and addresses out of the drafts; the rest of what was typed stays, with its age."""
    for path, fields in _drafts(folder / DRAFTS):
        redacted = [[name, person.redacted(value)] for name, value in fields]
        if redacted == fields:
            continue
        try:
            held, was = json.loads(path.read_bytes()), path.stat()
        except (OSError, ValueError):
            continue  # it was saved meanwhile
        beside = path.with_name(f".{secrets.token_hex(6)}.part")
        try:
            with platform.create_private(beside) as stream:
                stream.write(json.dumps(held | {"fields": redacted}).encode())
            os.utime(beside, ns=(was.st_atime_ns, was.st_mtime_ns))
            platform.replace(beside, path)
        finally:
            beside.unlink(missing_ok=True)


def _drafts(folder: Path) -> Iterator[tuple[Path, list[Any]]]:
    if not folder.is_dir():
        return
    for path in sorted(folder.glob("*.json")):
        try:
            if path.stat().st_size > _MOST_BYTES:
                continue
            fields = [[str(name), str(value)] for name, value in json.loads(path.read_bytes())["fields"]]
        except (OSError, ValueError, KeyError, TypeError):
            continue  # it was saved meanwhile, or is none of the desk's
        yield path, fields
