"""Reads a backup, which is hostile until it has been looked at: bounded, nothing outside its folder, a sound database.

A bare SQLite file is taken too: a copy that somebody made by hand, or the one that is kept before a schema upgrade.
"""

import errno
import shutil
import sqlite3
import stat
import zipfile
import zlib
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from outreach.backup.make import digest_of
from outreach.backup.manifest import (
    DATABASE,
    MANIFEST,
    MOST_DATABASE_BYTES,
    MOST_FILES,
    MOST_SMALL_BYTES,
    MOST_TEMPLATES_BYTES,
    SETTINGS,
    TEMPLATES,
    Manifest,
    is_plain,
    read_manifest,
)
from outreach.database import HEAD
from outreach.errors import BackupError, BackupFault, NotFoundError

_SQLITE = b"SQLite format 3\x00"
_CHUNK = 1 << 20
_NEEDED = {"alembic_version", "campaign", "message", "mission"}


@dataclass(frozen=True, slots=True)
class Unpacked:
    """A backup that was looked at and lies unpacked in a folder."""

    folder: Path
    manifest: Manifest | None
    """None for a bare database file."""
    templates: tuple[Path, ...]
    """Relative to the folder."""
    has_settings: bool

    @property
    def database(self) -> Path:
        """The database."""
        return self.folder / DATABASE

    @property
    def settings(self) -> Path:
        """The settings."""
        return self.folder / SETTINGS


def manifest_of(path: Path) -> Manifest:
    """Return what a backup says of itself, without looking at the rest of it. Raises BackupError."""
    try:
        with zipfile.ZipFile(path) as packed:
            return read_manifest(_small(packed, packed.getinfo(MANIFEST)))
    except (zipfile.BadZipFile, KeyError, OSError, EOFError, NotImplementedError, RuntimeError, ValueError):
        raise BackupError("backup.not-one", "{path} is no backup.", path=path) from None


def unpack(path: Path, into: Path) -> Unpacked:
    """Unpack a backup into an empty folder and look at everything in it.

    Raises NotFoundError, BackupError for a file that is none, is damaged, or holds what no backup holds, BackupFault
    where there is no room for it.
    """
    try:
        with path.open("rb") as stream:
            head = stream.read(len(_SQLITE))
        if head == _SQLITE:
            return _bare(path, into)
        with zipfile.ZipFile(path) as packed:
            found = _unpack(packed, into)
    except FileNotFoundError:
        raise NotFoundError("file.not-there", "There is no file {path}.", path=path) from None
    except OSError as error:
        if error.errno in (errno.EINVAL, None):  # zipfile followed a place in the file that is none
            raise _damaged(path, error) from None
        raise BackupFault(
            "backup.not-restorable", "{path} can't be brought back: {error}.", path=path, error=error.strerror or error
        ) from error
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError, zlib.error) as error:
        raise _damaged(path, error) from None
    assert found.manifest is not None
    if digest_of(found.database) != found.manifest.digest:
        raise _refused("its database is not the one that was put into it")
    _require_ours(found.database)
    return found


def _bare(path: Path, into: Path) -> Unpacked:
    wal = path.with_name(f"{path.name}-wal")
    copy = into / DATABASE
    shutil.copyfile(path, copy)
    if wal.is_file():  # the newest of it lies there
        shutil.copyfile(wal, copy.with_name(f"{copy.name}-wal"))
    _require_ours(copy)
    return Unpacked(into, None, (), has_settings=False)


def _unpack(packed: zipfile.ZipFile, into: Path) -> Unpacked:
    entries = packed.infolist()
    _require_expected(entries)
    by_name = {entry.filename: entry for entry in entries}
    if not {MANIFEST, DATABASE} <= by_name.keys():
        raise _refused(f"it holds no {MANIFEST if MANIFEST not in by_name else DATABASE}")
    manifest = read_manifest(_small(packed, by_name[MANIFEST]))
    if manifest.schema > HEAD:
        raise BackupError(
            "backup.later-outreach",
            "The backup was written by a later Outreach ({outreach}). Nothing was changed.",
            outreach=manifest.outreach,
            remedy="Install that one.",
        )
    needed = sum(entry.file_size for entry in entries)
    if needed > shutil.disk_usage(into).free:
        raise BackupFault(
            "backup.no-room",
            "The backup holds {needed:,} bytes, and there is not so much room.",
            needed=needed,
            remedy="Make room.",
        )
    for entry in entries:
        if entry.filename != MANIFEST:
            _take_out(packed, entry, into / entry.filename)
    templates = sorted(Path(name) for name in by_name if name.startswith(f"{TEMPLATES}/"))
    return Unpacked(into, manifest, tuple(templates), SETTINGS in by_name)


def _require_expected(entries: list[zipfile.ZipInfo]) -> None:
    """Refuse a backup with anything in it that `outreach backup` does not put there."""
    if len(entries) > MOST_FILES + 3:
        raise _refused(f"it holds {len(entries):,} files")
    seen: set[str] = set()
    of_templates = 0
    for entry in entries:
        name, kind = entry.filename, stat.S_IFMT(entry.external_attr >> 16)
        if not is_plain(name) or kind not in (0, stat.S_IFREG) or entry.flag_bits & 0x1:
            raise _refused(f"what is in it under the name {name!r} is no plain file")
        if name.casefold() in seen:
            raise _refused(f"it holds {name!r} twice")
        seen.add(name.casefold())
        if name.startswith(f"{TEMPLATES}/"):
            of_templates += entry.file_size
        elif name not in (MANIFEST, DATABASE, SETTINGS):
            raise _refused(f"{name!r} is no part of a backup")
        elif entry.file_size > (MOST_DATABASE_BYTES if name == DATABASE else MOST_SMALL_BYTES):
            raise _refused(f"{name} is {entry.file_size:,} bytes long")
    if of_templates > MOST_TEMPLATES_BYTES:
        raise _refused(f"its letters are {of_templates:,} bytes long")


def _small(packed: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    if entry.file_size > MOST_SMALL_BYTES:
        raise _refused(f"{entry.filename} is {entry.file_size:,} bytes long")
    with packed.open(entry) as stream:
        return stream.read(MOST_SMALL_BYTES + 1)


def _take_out(packed: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path) -> None:
    """Take a file out, and never more of it than it says it holds: zipfile stops there, and compares its sum."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with packed.open(entry) as read, target.open("xb") as write:
        shutil.copyfileobj(read, write, _CHUNK)


def _require_ours(path: Path) -> None:
    """Refuse a database that is damaged, of a later schema, not ours, or that would do something by itself."""
    try:
        with closing(sqlite3.connect(path)) as database:
            database.execute("PRAGMA trusted_schema = OFF")
            database.execute("PRAGMA cell_size_check = ON")
            parts = list(database.execute("SELECT type, name, coalesce(sql, '') FROM sqlite_master"))
            tables = {name for kind, name, _ in parts if kind == "table"}
            acts = any(
                kind not in ("table", "index") or sql.upper().startswith("CREATE VIRTUAL") for kind, _, sql in parts
            )
            if acts or not tables >= _NEEDED:
                raise _refused("its database is not one of Outreach's")
            found = database.execute("PRAGMA integrity_check(1)").fetchone()[0]
            revision = database.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.Error as error:
        raise _refused(f"its database can't be read: {error}") from None
    if found != "ok":
        raise _refused("its database is damaged")
    if revision is None or not str(revision[0]) <= HEAD:
        raise BackupError(
            "backup.later-schema",
            "The backup was written by a later Outreach. Nothing was changed.",
            remedy="Install the newer one.",
        )


def _damaged(path: Path, error: Exception) -> BackupError:
    return BackupError(
        "backup.damaged",
        "{path} is no backup, or it is damaged ({error}). Nothing was changed.",
        path=path,
        error=error,
        remedy="Take another backup.",
    )


def _refused(why: str) -> BackupError:
    return BackupError(
        "backup.unusable",
        "This is no backup that can be used: {why}. Nothing was changed.",
        why=why,
        remedy="Take another backup.",
    )
