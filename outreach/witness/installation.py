"""This installation: where it keeps what it knows outside of any database, and the random id that it has once for all.

An installation is a state directory: one user's on one machine, or the volume of a container. The names of machine and
user say less: containers get new ones, and copied disks keep theirs.
"""

import os
import re
import secrets
from pathlib import Path

from outreach import platform
from outreach.errors import SettingsError
from outreach.settings import PREFIX, Settings
from outreach.witness.dispatch import DispatchJournal, journal_path

_ID = re.compile(r"[0-9a-f]{32}")


def state_dir(settings: Settings) -> Path:
    """Return the state directory, made where it is missing: as set, else the user's own (XDG_STATE_HOME and the like).

    OUTREACH_STATE_DIR counts for settings that were made without the environment, too.
    Raises SettingsError where it can't be made.
    """
    chosen = settings.state_dir or os.environ.get(f"{PREFIX}STATE_DIR", "")
    if chosen:
        folder = Path(chosen).expanduser().absolute()
    else:
        from platformdirs import user_state_path

        folder = user_state_path("outreach", appauthor=False)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise _unusable(folder, error) from None
    return folder


def installation_id(settings: Settings) -> str:
    """Return this installation's id, made at its first use. Raises SettingsError where it can be neither read nor kept.

    One that can't be read any more is replaced: what was used here is then taken for another installation's, which a
    person settles. Of several processes that make one at the same moment all get the same.
    """
    path = state_dir(settings) / "installation"
    try:
        found = _read(path)
        if found is None:
            _make(path)
            found = _read(path)
    except OSError as error:
        raise _unusable(path, error) from None
    if found is None:
        raise SettingsError(
            "state.not-made",
            "{path} can't be made.",
            path=path,
            remedy="Set state_dir to a folder of this installation's own.",
        )
    return found


def journal_of(settings: Settings, database_id: str) -> DispatchJournal:
    """Return this installation's dispatch journal of a database; the file is made with its first line.

    Raises SettingsError where the state directory can't be made, Fault for an id that is none.
    """
    return DispatchJournal(journal_path(state_dir(settings), database_id))


def write_whole(path: Path, text: str) -> None:
    """Write a small file so that it is there whole or not at all, on disk when this returns. Raises OSError."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        _put(new, text)
        platform.replace(new, path)
    finally:
        new.unlink(missing_ok=True)
    platform.flush_names(path.parent)


def _read(path: Path) -> str | None:
    try:
        text = path.read_bytes()[:100].decode("ascii", "replace").strip()
    except FileNotFoundError:
        return None
    return text if _ID.fullmatch(text) else None


def _make(path: Path) -> None:
    new = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    _put(new, f"{secrets.token_hex(16)}\n")
    try:
        if not platform.name_if_free(new, path) and _read(path) is None:
            platform.replace(new, path)
    finally:
        new.unlink(missing_ok=True)
    platform.flush_names(path.parent)


def _put(path: Path, text: str) -> None:
    with platform.create_private(path) as file:
        file.write(text.encode())
        file.flush()
        platform.flush(file.fileno())


def _unusable(path: Path, error: OSError) -> SettingsError:
    return SettingsError(
        "state.unusable",
        "{path} can't be used: {error}. What went out has to be kept outside of the database as well.",
        path=path,
        error=error.strerror,
        remedy="Set state_dir (OUTREACH_STATE_DIR) to a folder that can be written to.",
    )
