"""Brings a backup back: the database in the place of the present one, which is kept; what else is missing, too.

Nothing is changed until the whole backup was looked at. Whether letters went out after it was made is for the
dispatch journal to tell (outreach/witness/); until that is settled, nothing is sent.
"""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import tomlkit
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from tomlkit.exceptions import TOMLKitError

from outreach import clock, platform
from outreach.backup.archive import Unpacked, unpack
from outreach.backup.make import folder_of, make, without_secrets
from outreach.backup.manifest import SETTINGS, Manifest
from outreach.copying import copy_rows, remove_rows
from outreach.database import STAMP, database_file, open_database, open_existing
from outreach.errors import BackupFault, ConfirmationError, DatabaseFault
from outreach.outbox.running import require_none, require_none_at
from outreach.settings import PREFIX, Settings, load

BEFORE_RESTORE = "before restore"
_DEFAULT_DATABASE = "sqlite:///outreach.db"
_BESIDE = ("-wal", "-shm")


@dataclass(frozen=True, slots=True)
class Counts:
    """What a database holds, in three numbers."""

    campaigns: int
    letters: int
    sent: int


@dataclass(frozen=True, slots=True)
class Question:
    """What a person is asked before the present database is put aside."""

    manifest: Manifest | None
    copy: Counts
    present: Counts | None
    """None for one that can't be read."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What was brought back, and what was kept."""

    manifest: Manifest | None
    """None where it was a bare database file."""
    counts: Counts
    put_aside: tuple[Path, ...]
    written: tuple[Path, ...]
    """Letters, by their folders, and settings."""
    kept: tuple[Path, ...]
    """Those that were there, and stayed as they are."""
    notes: tuple[str, ...]


def restore(
    path: Path,
    folder: Path,
    *,
    everything: bool = False,
    agree: Callable[[Question], bool] = lambda _question: False,
    environ: Mapping[str, str] | None = None,
) -> Restored:
    """Bring a backup back into a folder, which may be empty.

    The database that is there, if any, is put aside as a backup of its own, after `agree` said yes. Letters and
    settings are brought back only where they are missing, or all of them with `everything`. Raises NotFoundError,
    BackupError, BackupFault, ConflictError while a program sends from the database, ConfirmationError.
    """
    environ = os.environ if environ is None else environ
    try:
        with tempfile.TemporaryDirectory(prefix=".outreach-restore-", dir=folder) as temporary:
            return _restore(path, folder, Path(temporary), everything, agree, environ)
    except (OSError, sqlite3.Error, SQLAlchemyError) as error:
        words = error.strerror if isinstance(error, OSError) and error.strerror else str(error).partition("\n")[0]
        raise BackupFault(
            "backup.not-brought-back", "{path} could not be brought back: {words}.", path=path, words=words
        ) from error


def _restore(
    path: Path,
    folder: Path,
    temporary: Path,
    everything: bool,
    agree: Callable[[Question], bool],
    environ: Mapping[str, str],
) -> Restored:
    unpacked = unpack(path, temporary)
    open_database(f"sqlite:///{unpacked.database}", keep_copy=False).dispose()  # brings it up to date
    settings = load(folder, environ)
    copy = _counts_in(unpacked.database)
    file = database_file(settings.database_url)
    if file is not None:
        put_aside = _into_file(settings, folder, unpacked, file, copy, agree)
    else:
        put_aside = _into_server(settings, folder, unpacked, copy, agree)
    written, kept = _letters(unpacked, folder, everything=everything)
    notes: list[str] = []
    own = folder / SETTINGS
    if unpacked.has_settings and (everything or not own.exists()):
        text, notes = _settings(unpacked, own, environ)
        if own.exists():
            put_aside += (_put_aside(own, settings, folder, "-before-restore-outreach.toml"),)
        _write(own, text.encode())
        written.append(own)
    elif unpacked.has_settings:
        kept.append(own)
    return Restored(unpacked.manifest, copy, put_aside, tuple(written), tuple(kept), tuple(notes))


def _into_file(
    settings: Settings, folder: Path, unpacked: Unpacked, file: Path, copy: Counts, agree: Callable[[Question], bool]
) -> tuple[Path, ...]:
    require_none_at(file)
    engine = _opened(settings.database_url) if file.exists() and file.stat().st_size else None
    try:
        if engine is not None:
            require_none(engine)
            _ask(agree, Question(unpacked.manifest, copy, _counts_in(file)))
            aside = make(engine, settings, folder, why=BEFORE_RESTORE)
            _over(unpacked.database, engine)
            return (aside.path,)
    finally:
        if engine is not None:
            engine.dispose()
    there = [one for one in (file, *(file.with_name(f"{file.name}{end}") for end in _BESIDE)) if one.exists()]
    if file in there and file.stat().st_size:
        _ask(agree, Question(unpacked.manifest, copy, None))
    # What stands beside a file that is gone belongs to that file: SQLite would take it for the new one's.
    moved = [
        _put_aside(one, settings, folder, f"-before-restore-unreadable{one.name.removeprefix(file.stem)}")
        for one in there
    ]
    with unpacked.database.open("r+b") as stream:
        platform.flush(stream.fileno())
    platform.make_private(unpacked.database)
    platform.replace(unpacked.database, file)
    return tuple(moved)


def _into_server(
    settings: Settings, folder: Path, unpacked: Unpacked, copy: Counts, agree: Callable[[Question], bool]
) -> tuple[Path, ...]:
    engine = open_database(settings.database_url)
    source = open_database(f"sqlite:///{unpacked.database}")
    try:
        require_none(engine)
        put_aside: tuple[Path, ...] = ()
        present = _counts_on(engine)
        if present is not None:
            _ask(agree, Question(unpacked.manifest, copy, present))
            put_aside = (make(engine, settings, folder, why=BEFORE_RESTORE).path,)
        with source.begin() as read, engine.execution_options(outreach_writes=True).begin() as write:
            remove_rows(write)
            copy_rows(read, write)
        return put_aside
    finally:
        source.dispose()
        engine.dispose()


def _ask(agree: Callable[[Question], bool], question: Question) -> None:
    if not agree(question):
        raise ConfirmationError(
            "restore.database-there",
            "There is a database here already. Nothing was changed.",
            remedy="To put the backup in its place, {REPLACE:say so}; the present one is kept as a backup.",
        )


def _opened(url: str) -> Engine | None:
    """The present database; None for one that can't be read or is damaged."""
    try:
        engine = open_existing(url)
    except DatabaseFault:
        return None
    try:
        with engine.connect() as connection:
            found = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
    except SQLAlchemyError as error:
        found = str(error)
    if found == "ok":
        return engine
    engine.dispose()
    return None


def _over(database: Path, engine: Engine) -> None:
    """Write a database over another, in one transaction: whoever has that open sees the one or the other."""
    pooled = engine.raw_connection()
    try:
        target = pooled.driver_connection
        assert isinstance(target, sqlite3.Connection)
        size = target.execute("PRAGMA page_size").fetchone()[0]
        with closing(sqlite3.connect(database)) as source:
            if source.execute("PRAGMA page_size").fetchone()[0] != size:
                source.execute("PRAGMA journal_mode = DELETE")
                source.execute(f"PRAGMA page_size = {int(size)}")
                source.execute("VACUUM")
            source.backup(target)
        target.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        pooled.close()


def _counts_in(file: Path) -> Counts:
    with closing(sqlite3.connect(file)) as database:
        return Counts(*(int(database.execute(query).fetchone()[0]) for query in _COUNTS))


def _counts_on(engine: Engine) -> Counts | None:
    """What a database on a server holds; None if nothing."""
    with engine.connect() as connection:
        found = Counts(*(int(connection.exec_driver_sql(query).scalar_one()) for query in _COUNTS))
        missions = connection.exec_driver_sql("SELECT count(*) FROM mission").scalar_one()
    return found if missions or found.campaigns else None


_COUNTS = (
    "SELECT count(*) FROM campaign",
    "SELECT count(*) FROM message WHERE replaced_at IS NULL",
    "SELECT count(*) FROM message WHERE replaced_at IS NULL AND state = 'sent'",
)


def _letters(unpacked: Unpacked, folder: Path, *, everything: bool) -> tuple[list[Path], list[Path]]:
    """Bring letters back, each as a whole: one that is there stays as it is, unless all are wanted."""
    written: dict[Path, None] = {}
    kept: dict[Path, None] = {}
    here = {letter for letter in {Path(*name.parts[:2]) for name in unpacked.templates} if (folder / letter).exists()}
    for name in unpacked.templates:
        letter = Path(*name.parts[:2])
        if letter in here and not everything:
            kept[folder / letter] = None
            continue
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        _write(target, (unpacked.folder / name).read_bytes())
        written[folder / letter] = None
    return list(written), list(kept)


def _settings(unpacked: Unpacked, own: Path, environ: Mapping[str, str]) -> tuple[str, list[str]]:
    """The settings of a backup, made harmless: no secrets, nothing that runs, and this folder's own database."""
    try:
        text, left_out = without_secrets(unpacked.settings.read_text(encoding="utf-8-sig"))
        document = tomlkit.parse(text)
        present = tomlkit.parse(own.read_text(encoding="utf-8-sig")) if own.exists() else tomlkit.document()
    except (TOMLKitError, UnicodeDecodeError):
        return "", ["The settings in the backup can't be read; outreach.toml is empty."]
    notes = [f"{name} in the backup's settings was left out." for name in left_out]
    theirs, ours = document.get("database_url"), present.get("database_url", _DEFAULT_DATABASE)
    if theirs is not None and theirs != ours:
        document["database_url"] = ours
        if f"{PREFIX}DATABASE_URL" not in environ:
            notes.append(f"The backup is of the database {theirs}; here it is {_bare(str(ours))}.")
    return tomlkit.dumps(document), notes


def _bare(url: str) -> str:
    return url if "@" not in url else "the one that is set"


def _put_aside(path: Path, settings: Settings, folder: Path, ending: str) -> Path:
    into = folder_of(settings, folder)
    into.mkdir(mode=0o700, parents=True, exist_ok=True)
    aside = into / f"{clock.now():{STAMP}}{ending}"
    shutil.move(path, aside)
    platform.make_private(aside)
    return aside


def _write(target: Path, content: bytes) -> None:
    part = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with platform.create_private(part) as stream:
            stream.write(content)
        platform.replace(part, target)
    finally:
        part.unlink(missing_ok=True)
