"""The settings while a program runs: a file that was changed, by hand or at the desk, is noticed before another letter.

Whoever sends asks `holds` within the transaction that marks a letter; where the answer is no, that letter stays, and
the sending goes on under the settings as they are by then, or not at all where they can't be used.
"""

import os
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from outreach.errors import SettingsError
from outreach.settings import FILE, Settings, load

FileMark = tuple[int, int, int, int] | None
"""What tells one state of the file from another; None where there is none."""
FIXED = ("database_url", "state_dir")
"""What a running program stands on: another value holds only once it is started again."""


class SettingsWatch:
    """Knows the settings of a folder as they are now. Several threads may ask."""

    def __init__(
        self,
        folder: Path,
        settings: Settings,
        *,
        mark: FileMark | bool = False,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        """Take a folder and the settings that were read there; `mark` is that of the file when they were read."""
        self._folder, self._environ = folder, environ
        self._path = folder.absolute() / FILE
        self._mark: FileMark = file_mark(self._path) if isinstance(mark, bool) else mark
        self._first = self._settings = settings
        self._fault: SettingsError | None = None
        self._lock = threading.Lock()
        self._version = 0

    @classmethod
    def of(cls, folder: Path) -> "SettingsWatch":
        """Read the settings of a folder, so that no change in between is missed. Raises SettingsError."""
        mark = file_mark(folder.absolute() / FILE)
        return cls(folder, load(folder), mark=mark)

    @property
    def settings(self) -> Settings:
        """The settings as they are now; the last ones that could be used, where these can't be."""
        self._look()
        return self._settings

    @property
    def fault(self) -> SettingsError | None:
        """Why the settings as they are now can't be used; None where they can."""
        self._look()
        return self._fault

    @property
    def version(self) -> int:
        """A number that is another one once they have changed."""
        self._look()
        return self._version

    @property
    def mark(self) -> FileMark:
        """What the file was told by when it was last looked at."""
        return self._mark

    @property
    def moved(self) -> bool:
        """Whether the file is another one than when it was last looked at."""
        return file_mark(self._path) != self._mark

    def require(self) -> Settings:
        """Return the settings as they are now. Raises SettingsError where they can't be used."""
        self._look()
        if self._fault is not None:
            raise self._fault
        return self._settings

    def holds(self, settings: Settings) -> bool:
        """Tell whether the file is still as it was when these were read: what was kept beside it is read anew then."""
        self._look()
        return self._fault is None and settings is self._settings

    def _look(self) -> None:
        if not self.moved:
            return
        with self._lock:
            mark = file_mark(self._path)  # before it is read: what is written meanwhile is seen the next time
            if mark == self._mark:
                return
            fault: SettingsError | None = None
            found = self._settings
            try:
                found = load(self._folder, self._environ)
                _require_same_ground(self._first, found)
            except SettingsError as error:
                fault, found = error, self._settings
            self._version += 1
            self._settings, self._fault, self._mark = found, fault, mark


def touch(folder: Path) -> None:
    """Let all that watches a folder's settings read them anew, such as for a password that is kept beside them."""
    with suppress(OSError):  # where there is no file, nothing is read from it
        os.utime(folder / FILE)


def file_mark(path: Path) -> FileMark:
    """Return what tells a state of a file from another one: its number, size and times; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _require_same_ground(first: Settings, found: Settings) -> None:
    for name in FIXED:
        if getattr(first, name) != getattr(found, name):
            raise SettingsError(
                "settings.other-ground",
                "{setting} was changed while this was running.",
                setting=name,
                remedy="End it and start it again; or write the old value back.",
            )
