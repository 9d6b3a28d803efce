"""Writes a backup: the database as it is at one moment, the letters, the settings without their secrets.

It is right also while letters are being sent. It is written whole, under another name until it is complete, and only
its owner may read it.
"""

import errno
import hashlib
import os
import re
import shutil
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import tomlkit
from pydantic import SecretStr
from sqlalchemy import Engine, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from tomlkit.exceptions import TOMLKitError

from outreach import __version__, clock, platform
from outreach.backup.manifest import (
    DATABASE,
    MANIFEST,
    MOST_FILES,
    MOST_TEMPLATES_BYTES,
    SETTINGS,
    TEMPLATES,
    Manifest,
    is_plain,
)
from outreach.copying import copy_rows, remove_rows
from outreach.database import HEAD, STAMP, copy_file, database_file, open_database
from outreach.errors import BackupFault, UserError
from outreach.sentences import Remedy
from outreach.settings import Settings

BY_HAND = "by hand"
PART = ".outreach-backup-"
"""How the name of a folder begins in which a backup is being made."""
_LEVEL = 1  # frozen letters hold PDFs, which are packed already
_FULL = {errno.ENOSPC, errno.EDQUOT}
_SECRET_COMMENT = re.compile(r"^\s*#\s*\w*(password|secret|token)\w*\s*=.*$", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class MadeBackup:
    """A backup that was written."""

    path: Path
    manifest: Manifest


def make(
    engine: Engine,
    settings: Settings,
    folder: Path,
    target: Path | None = None,
    *,
    why: str = BY_HAND,
    campaigns: Sequence[str] = (),
) -> MadeBackup:
    """Write a backup of the campaign in a folder: into `target`, else into the folder for backups, by the time.

    Raises UserError where `target` is there already, BackupFault where it can't be written.
    """
    made_at = clock.now()
    path = _path(settings, folder, target, f"{made_at:{STAMP}}{'' if why == BY_HAND else '-' + why.replace(' ', '-')}")
    part: Path | None = None
    try:
        if target is None:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=PART, dir=path.parent))
        _snapshot(engine, part / DATABASE)
        _require_sound(part / DATABASE)
        text, left_out = _settings_text(folder / SETTINGS)
        files, not_taken = _templates(folder / TEMPLATES)
        counts, database_id, generation = _told(part / DATABASE)
        manifest = Manifest(
            made_at=made_at,
            why=why,
            outreach=__version__,
            schema=HEAD,
            database_id=database_id,
            generation=generation,
            counts=counts,
            mode=str(settings.mode),
            digest=digest_of(part / DATABASE),
            campaigns=tuple(campaigns),
            left_out=(*left_out, *not_taken),
        )
        packed = part / "packed"
        _pack(packed, manifest, part / DATABASE, text, files)
        platform.replace(packed, path)
    except (OSError, sqlite3.Error, SQLAlchemyError) as error:
        raise _fault(error, engine, path) from error
    finally:
        if part is not None:
            shutil.rmtree(part, ignore_errors=True)
    return MadeBackup(path, manifest)


def folder_of(settings: Settings, folder: Path) -> Path:
    """Return the folder that the backups of a campaign lie in."""
    return folder / Path(settings.backup_dir or ".").expanduser()


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file, as hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _path(settings: Settings, folder: Path, target: Path | None, name: str) -> Path:
    if target is not None and not target.is_dir():
        if target.exists():
            raise UserError(
                "file.there-already",
                "{target} is there already, and is not overwritten.",
                target=target,
                remedy="Take another name.",
            )
        if not target.parent.is_dir():
            raise UserError(
                "folder.not-there",
                "There is no folder {folder}.",
                folder=target.parent,
                remedy="Make it, or take another one.",
            )
        return target
    into = target if target is not None else folder_of(settings, folder)
    path, number = into / f"{name}.zip", 2
    while path.exists():
        path, number = into / f"{name}-{number}.zip", number + 1
    return path


def _snapshot(engine: Engine, target: Path) -> None:
    if engine.dialect.name == "sqlite":
        copy_file(engine, target)
        return
    platform.create_private(target).close()
    copy = open_database(f"sqlite:///{target}")
    one_moment = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    try:
        with one_moment.connect() as read, copy.execution_options(outreach_writes=True).begin() as write:
            remove_rows(write)
            copy_rows(read, write)
    finally:
        copy.dispose()
    with closing(sqlite3.connect(target)) as database:
        database.execute("PRAGMA journal_mode = DELETE")  # so that it is one file


def _require_sound(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        found = database.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise BackupFault(
            "database.damaged-no-backup",
            "The database is damaged ({found}): no backup was made of it.",
            found=found,
            remedy="Bring the last sound one back{RESTORE}.",
        )


def _told(path: Path) -> tuple[dict[str, int], str, int]:
    """What the manifest tells of the database: its rows, its number and its generation."""
    with closing(sqlite3.connect(path)) as database:
        names = [
            name
            for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
            if not name.startswith(("sqlite_", "alembic_"))
        ]
        counts = {name: int(database.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]) for name in names}  # noqa: S608
        query = "SELECT count(*) FROM message WHERE state = 'sent' AND replaced_at IS NULL"
        counts["sent"] = int(database.execute(query).fetchone()[0])
        known = None
        if "identity" in names:
            known = database.execute("SELECT database_id, generation FROM identity").fetchone()
    database_id, generation = known or ("", 0)
    return counts, str(database_id), int(generation)


def _settings_text(path: Path) -> tuple[str | None, list[str]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return None, []
    except (OSError, UnicodeDecodeError):
        return None, [path.name]
    try:
        return without_secrets(text)
    except TOMLKitError:
        return None, [path.name]


def without_secrets(text: str) -> tuple[str, list[str]]:
    """Return outreach.toml without passwords, tokens and client secrets, and the names of those left out.

    Commands that print a token are left out too: they may hold one, and a backup from elsewhere must not run anything.
    Raises TOMLKitError for a text that is no TOML.
    """
    document = tomlkit.parse(text)
    left_out: list[str] = []
    for key in list(document):
        value = document[key]
        name = key.lower()
        if _is_secret(name) or (name != "database_url" and isinstance(value, str) and re.search(r"://[^/\s]*@", value)):
            del document[key]
            left_out.append(key)
        elif name == "database_url":
            bare = _without_password(str(value))
            if bare != str(value):
                document[key] = bare
                left_out.append(f"the password in {key}")
    kept = _SECRET_COMMENT.sub("# (left out of the backup)", tomlkit.dumps(document))
    if left_out:
        kept = f"# Left out of the backup, and to be set again: {', '.join(left_out)}.\n{kept}"
    return kept, left_out


def _is_secret(name: str) -> bool:
    for field_name, field in Settings.model_fields.items():
        if name in (field_name, field.alias) and field.annotation is SecretStr:
            return True
    return bool(re.search(r"password|secret|token", name)) and not name.endswith("_url")


def _without_password(url: str) -> str:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        return ""
    named = [name for name in parsed.query if re.search(r"password|secret|token", name.lower())]
    if parsed.password is None and not named:
        return url
    return parsed._replace(password=None).difference_update_query(named).render_as_string(hide_password=False)


def _templates(root: Path) -> tuple[list[tuple[str, Path]], list[str]]:
    """The files below templates/ with their names in the backup, and the names of those that can't be taken along."""
    taken: list[tuple[str, Path]] = []
    not_taken: list[str] = []
    size, inside = 0, root.resolve()
    for path in sorted(_below(root)):
        name = f"{TEMPLATES}/{path.relative_to(root).as_posix()}"
        if not (is_plain(name) and path.resolve().is_relative_to(inside)):
            not_taken.append(name)
            continue
        size += path.stat().st_size
        taken.append((name, path))
    if len(taken) > MOST_FILES or size > MOST_TEMPLATES_BYTES:
        raise BackupFault(
            "backup.too-much",
            "{root} holds {count:,} files of {size:,} bytes together: that is too much for a backup.",
            root=root,
            count=len(taken),
            size=size,
            remedy="Move what is no letter out of it.",
        )
    return taken, not_taken


def _below(root: Path) -> Iterator[Path]:
    for folder, _, names in os.walk(root):
        yield from (path for path in (Path(folder, name) for name in names) if path.is_file())


def _pack(
    target: Path, manifest: Manifest, database: Path, settings: str | None, templates: Sequence[tuple[str, Path]]
) -> None:
    with platform.create_private(target) as stream:
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as packed:

            def put(name: str, source: Path | bytes) -> None:
                size = len(source) if isinstance(source, bytes) else source.stat().st_size
                with packed.open(name, "w", force_zip64=size > 1 << 30) as entry:
                    if isinstance(source, bytes):
                        entry.write(source)
                    else:
                        with source.open("rb") as read:
                            shutil.copyfileobj(read, entry, 1 << 20)

            put(MANIFEST, manifest.as_json())
            put(DATABASE, database)
            if settings is not None:
                put(SETTINGS, settings.encode())
            for name, path in templates:
                put(name, path)
        stream.flush()
        platform.flush(stream.fileno())


def _fault(error: Exception, engine: Engine, path: Path) -> BackupFault:
    database = database_file(engine.url)
    full = (isinstance(error, OSError) and error.errno in _FULL) or "disk is full" in str(error)
    fault = BackupFault(
        "backup.not-written",
        "No backup could be written to {parent}: {error}.",
        parent=path.parent,
        error=_words(error),
        remedy=Remedy("Make room on that disk.")
        if full
        else Remedy("See that the folder is there and can be written to (backup_dir)."),
    )
    fault.full = full and database is not None and _same_disk(database.absolute().parent, path.parent)
    return fault


def _words(error: Exception) -> str:
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def _same_disk(one: Path, other: Path) -> bool:
    try:
        return one.stat().st_dev == other.stat().st_dev
    except OSError:
        return True
