"""The backups that are made by themselves: once a day, and before live letters go out; and which of them are kept."""

import logging
import re
import shutil
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import col, select

from outreach import clock
from outreach.backup.archive import manifest_of
from outreach.backup.make import PART, MadeBackup, folder_of, make
from outreach.database import STAMP, reading
from outreach.diagnosis import Diagnosis, good, noted
from outreach.errors import BackupFault, OutreachError
from outreach.models import Campaign, Message
from outreach.sentences import Moment, Remedy, Sentence, saying
from outreach.settings import Settings
from outreach.vocabulary import CampaignState, MessageState

FAILED = ".outreach-backup-failed"
"""The file that tells of the last backup that failed, until one succeeds."""
DAILY = "daily"
BEFORE_SENDING = "before sending"
_AUTOMATIC = re.compile(r"(\d{4}-\d\d-\d\d-\d{6}Z)-(daily|before-sending)(-\d+)?\.zip")
_DAY = timedelta(days=1)
_OLD = timedelta(days=2)
_SOON = timedelta(minutes=10)
"""Letters that are due so soon may go out in the pass that begins now."""
_LONGEST = 2000
_log = logging.getLogger(__name__)


def daily(engine: Engine, settings: Settings, folder: Path) -> MadeBackup | None:
    """Make the backup of the day, unless there is one that is younger than a day, or none is wanted.

    Raises BackupFault.
    """
    now = clock.now()
    if not settings.backup_keep or any(
        word == DAILY and now - _DAY < moment <= now + _DAY for moment, word, _ in _automatic(settings, folder)
    ):
        return None
    return _automatically(engine, settings, folder, DAILY)


def _automatically(
    engine: Engine, settings: Settings, folder: Path, why: str, campaigns: Sequence[str] = ()
) -> MadeBackup:
    """Make a backup without a person at hand: where it fails, that is written down for the pages and the doctor."""
    failed = folder / FAILED
    try:
        made = make(engine, settings, folder, why=why, campaigns=campaigns)
    except BackupFault as fault:
        with suppress(OSError):
            failed.write_text(f"{clock.now().isoformat()} {fault}", encoding="utf-8")
        raise
    with suppress(OSError):
        failed.unlink(missing_ok=True)
    _log.info("backup: %s", made.path)
    prune(settings, folder)
    return made


class BeforeSending:
    """Makes a backup before a campaign's first live letter goes out: once for each campaign and time."""

    def __init__(self, engine: Engine, settings: Settings, folder: Path, campaign: str | None = None) -> None:
        """Take the campaign if only one is to be sent."""
        self._engine, self._settings, self._folder, self._campaign = engine, settings, folder, campaign
        self._done: set[str] | None = None

    def __call__(self) -> MadeBackup | None:
        """Make a backup if letters of a campaign are about to go out for which there is none.

        Raises BackupFault. Unless the disk is `full`, it is raised once only: the letters go out all the same.
        """
        if not (self._settings.live and self._settings.backup_keep):
            return None
        beginning = self._beginning()
        if self._done is None:
            self._done = _backed_up(self._settings, self._folder)
        if not beginning - self._done:
            return None
        try:
            new = sorted(beginning - self._done)
            made = _automatically(self._engine, self._settings, self._folder, BEFORE_SENDING, new)
        except BackupFault as fault:
            if not fault.full:
                self._done |= beginning
            raise
        self._done |= beginning
        return made

    def _beginning(self) -> set[str]:
        """The campaigns whose letters may go out now or soon: number, name, and the time that was set."""
        query = (
            select(Campaign.id, Campaign.name, Campaign.due_at)
            .join(Message, col(Message.campaign_id) == col(Campaign.id))
            .where(
                col(Campaign.state) == CampaignState.SCHEDULED,
                col(Campaign.confirmed_missions).is_not(None),
                col(Message.state).in_((MessageState.QUEUED, MessageState.DEFERRED)),
                col(Message.replaced_at).is_(None),
                col(Message.next_try_at) <= clock.now() + _SOON,
            )
            .distinct()
        )
        if self._campaign is not None:
            query = query.where(col(Campaign.name) == self._campaign)
        with reading(self._engine) as session:
            rows = session.exec(query).all()
        return {f"{number} {name} {due.isoformat() if due else ''}".strip() for number, name, due in rows}


def prune(settings: Settings, folder: Path) -> None:
    """Remove the oldest of the backups that were made by themselves, and what was left of unfinished ones.

    What a person made or named is never removed, nor what `restore` put aside.
    """
    kept = max(settings.backup_keep, 1)
    for _, _, path in _automatic(settings, folder)[:-kept]:
        with suppress(OSError):
            path.unlink()
    for part in folder_of(settings, folder).glob(f"{PART}*"):
        with suppress(OSError):
            if part.is_dir() and not part.is_symlink() and part.stat().st_mtime < time.time() - _DAY.total_seconds():
                shutil.rmtree(part)


def backups(settings: Settings, folder: Path) -> list[tuple[datetime, Path]]:
    """Return the backups in the folder for backups whose name tells their time (in UTC), the oldest first."""
    found = []
    for path in _files(settings, folder):
        with suppress(ValueError):
            stamp = path.name.partition("Z")[0] + "Z"
            found.append((datetime.strptime(stamp, STAMP).replace(tzinfo=UTC), path))
    return sorted(found)


def worry(settings: Settings, folder: Path) -> Sentence | None:
    """Say what is wrong with the backups that are made by themselves: the last one failed, or is old; else None."""
    try:
        moment, _, words = (folder / FAILED).read_text(encoding="utf-8")[:_LONGEST].partition(" ")
        day = Moment(datetime.fromisoformat(moment), settings.timezone)
        return saying("backup.failed", "A backup failed on {day}: {words}", day=day, words=words)
    except (OSError, ValueError):
        pass
    found = backups(settings, folder)
    if found and clock.now() - found[-1][0] > _OLD:
        return saying(
            "backup.old", "The last backup in {folder} is of {day}.", folder=folder_of(settings, folder),
            day=Moment(found[-1][0], settings.timezone),
        )  # fmt: skip
    return None


def finding(settings: Settings, folder: Path) -> Diagnosis:
    """Return what the doctor says of a folder's backups."""
    if wrong := worry(settings, folder):
        return Diagnosis(
            "backup",
            "note",
            wrong,
            Remedy("Make one{BACKUP}. While the scheduler or the desk runs, one is made a day."),
        )
    found = backups(settings, folder)
    if not found:
        return noted(
            "doctor.no-backup",
            "no backup has been made yet",
            where="backup",
            remedy="Make one{BACKUP}. While the scheduler or the desk runs, one is made a day.",
        )
    newest, path = found[-1]
    return good(
        "doctor.last-backup",
        "the last one is of {day}: {path}.",
        where="backup",
        day=Moment(newest, settings.timezone),
        path=path,
    )


def _automatic(settings: Settings, folder: Path) -> list[tuple[datetime, str, Path]]:
    found = []
    for path in _files(settings, folder):
        if match := _AUTOMATIC.fullmatch(path.name):
            moment = datetime.strptime(match[1], STAMP).replace(tzinfo=UTC)
            found.append((moment, match[2].replace("-", " "), path))
    return sorted(found)


def _files(settings: Settings, folder: Path) -> Sequence[Path]:
    try:
        return [path for path in folder_of(settings, folder).glob("*.zip") if path.is_file() and not path.is_symlink()]
    except OSError:
        return []


def _backed_up(settings: Settings, folder: Path) -> set[str]:
    known: set[str] = set()
    for _, word, path in _automatic(settings, folder):
        if word == BEFORE_SENDING:
            with suppress(OutreachError):
                known |= set(manifest_of(path).campaigns)
    return known
