"""What a backup is made of: the names in it, its bounds, and the manifest that tells what it holds."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any

from outreach.errors import BackupError
from outreach.settings import FILE

FORMAT = 1
MANIFEST = "manifest.json"
DATABASE = "outreach.db"
SETTINGS = FILE
TEMPLATES = "templates"

MOST_FILES = 20_000
MOST_SMALL_BYTES = 1 << 20
"""The most that the manifest and the settings may be."""
MOST_TEMPLATES_BYTES = 2 << 30
MOST_DATABASE_BYTES = 1 << 40


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself."""

    made_at: datetime
    """In UTC."""
    why: str
    """`by hand`, `daily`, `before sending` or `before restore`."""
    outreach: str
    """The version that made it."""
    schema: str
    """The revision of the database's tables."""
    database_id: str
    generation: int
    """How many times letters had been marked as being handed over when it was made."""
    mode: str
    digest: str
    """SHA-256 of the database in it."""
    counts: Mapping[str, int]
    """The rows of each table; under `sent`, the letters that had gone out."""
    campaigns: tuple[str, ...] = ()
    """Before which campaigns' letters it was made: their number, name and time."""
    left_out: tuple[str, ...] = field(default=())
    """What is not in it: secrets of the settings, and files that can't be taken along."""

    def as_json(self) -> bytes:
        """Return it as the file that lies in the backup."""
        values = {"format": FORMAT, **asdict(self), "made_at": self.made_at.isoformat()}
        return json.dumps(values, ensure_ascii=False, indent=2).encode()


def read_manifest(raw: bytes) -> Manifest:
    """Read the manifest of a backup; raises BackupError for one that says something else than it should."""
    try:
        values: dict[str, Any] = json.loads(raw)
        number = values.pop("format")
        if number != FORMAT:
            raise BackupError(
                "backup.format",
                "The backup is of format {number}; this Outreach knows {format}.",
                number=number,
                format=FORMAT,
                remedy="Install the newer Outreach that wrote it.",
            )
        made_at = datetime.fromisoformat(values["made_at"]).astimezone(UTC)
        texts = {name: str(values[name]) for name in ("why", "outreach", "schema", "database_id", "mode", "digest")}
        return Manifest(
            made_at=made_at,
            **texts,
            generation=int(values["generation"]),
            counts={str(name): int(count) for name, count in values["counts"].items()},
            campaigns=tuple(str(one) for one in values["campaigns"]),
            left_out=tuple(str(one) for one in values["left_out"]),
        )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise BackupError(
            "backup.manifest", "What the backup says of itself can't be read.", remedy="Take another backup."
        ) from None


def is_plain(name: str) -> bool:
    """Whether a name in a backup leads to a place below the folder that it is taken out into, on every system."""
    path = PurePosixPath(name)
    return (
        name == str(path)
        and not path.is_absolute()
        and all(part not in (".", "..") and part == part.strip() and not part.endswith(".") for part in path.parts)
        and not any(character in '\\:*?"<>|' or ord(character) < 32 or ord(character) == 127 for character in name)
        and len(name) < 1000
    )
