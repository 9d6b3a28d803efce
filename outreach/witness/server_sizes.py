"""The largest letter that each mail server said it takes (SIZE, RFC 1870), as it was last heard by this installation.

So a letter that is too large is told before it is approved, and not when it is to go.
"""

import json
from pathlib import Path

from outreach.errors import SettingsError
from outreach.settings import Settings
from outreach.witness.installation import state_dir, write_whole

_MOST_BYTES = 64 * 1024
_MOST_SERVERS = 100


def largest_taken(settings: Settings) -> int | None:
    """Return how many bytes the mail server of the settings takes in a letter; None where that is not known."""
    if not settings.smtp_host:
        return None
    try:
        return _read(_path(settings)).get(_name(settings)) or None
    except (SettingsError, OSError):
        return None


def note_size(settings: Settings, offered: str) -> None:
    """Keep what the mail server of the settings has just offered: digits, or nothing where it offers no limit.

    What can't be kept is not kept: it is told again with the next greeting.
    """
    size = int(offered) if offered.isdigit() and len(offered) < 20 else 0
    try:
        path = _path(settings)
        known = _read(path)
        if known.get(_name(settings), 0) != size:
            known = dict(list(known.items())[-_MOST_SERVERS:]) | {_name(settings): size}
            write_whole(path, json.dumps(known))
    except (SettingsError, OSError):
        return


def _path(settings: Settings) -> Path:
    return state_dir(settings) / "server-sizes.json"


def _name(settings: Settings) -> str:
    return f"{settings.smtp_host}:{settings.port}"


def _read(path: Path) -> dict[str, int]:
    """What is kept; nothing where it can't be understood. Raises OSError."""
    try:
        with path.open("rb") as file:
            found = json.loads(file.read(_MOST_BYTES))
    except (FileNotFoundError, ValueError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {name: size for name, size in found.items() if isinstance(size, int) and size >= 0}
