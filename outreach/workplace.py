"""The folder that a team works in: settings, database, letters and the workbook to fill in."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from outreach.backup.kept import backups
from outreach.database import open_database, open_existing
from outreach.errors import NoDatabaseError, UserError
from outreach.presets import presets
from outreach.sentences import Remedy
from outreach.settings import FILE, Settings
from outreach.witness.installation import write_whole

_SETTINGS = """\
# The settings of this folder. Each can also be set in the environment: mode as OUTREACH_MODE, and so on.
# Keep passwords out of this file: the mail password is asked for once, and kept safe (docs/mail-server.md).

# rehearsal: mail goes to the built-in rehearsal server, or with smtp_host to the addresses in allow_list only.
# live: mail goes to the missions, after the number of missions has been typed once more.
mode = "rehearsal"
allow_list = []                   # such as ["me@my-organisation.example", "@my-organisation.example"]

from = "Coalition Secretariat <secretariat@coalition.example>"
# reply_to = "answers@coalition.example"
# bounce_address = "bounces@coalition.example"
# bounce_tags = "auto"            # an address for each letter once a test letter shows that it works; or true, false

# provider = "gmail"              # microsoft365, infomaniak, proton-bridge, postfix: docs/mail-server.md
# smtp_host = "smtp.my-organisation.example"
# smtp_port = 587
# smtp_security = "starttls"      # none, starttls or tls
# smtp_username = "secretariat"
# smtp_connections = 4
# rate = ["30/minute", "500/day"]

# Backups are made by themselves; on another disk they are safer.
# backup_dir = "backups"
# backup_keep = 14

# So long after a campaign came to rest its mails are emptied, after a warning: docs/people.md. 0: never.
# retention_days = 0
# retention_warning_days = 14

# What comes back is read from here by the scheduler; nothing in the box is marked or moved.
# imap_host = "imap.my-organisation.example"
# imap_username = "secretariat"
# imap_folder = "INBOX"
# no_mailbox = true               # there is no box of answers: follow-ups do not wait until it is read

# Each live letter is copied into the mailbox's Sent folder, unless the provider does so by itself; and to an archive
# of your own, if you name one.
# copy_in_sent = "auto"           # auto, true or false
# archive = "archive@my-organisation.example"

# Whom the scheduler mails the report, and a note when an answer or a bounce comes in. Never a mission.
# team = ["ana@my-organisation.example"]
# report_every = "week"           # never, day or week

timezone = "Europe/Zurich"        # Geneva
database_url = "sqlite:///outreach.db"
"""


@dataclass(frozen=True, slots=True)
class LaidOut:
    """What `init` wrote, and what it found and left alone."""

    written: tuple[Path, ...]
    kept: tuple[Path, ...]


def samples() -> Path:
    """Return the folder that holds the sample letters and workbook: in the package, or at the top of a checkout."""
    package = Path(__file__).parent
    packed = package / "samples"
    return packed if packed.is_dir() else package.parent


def open_here(settings: Settings, folder: Path) -> Engine:
    """Open the database of the campaign folder that a person works in. In any other folder nothing is made.

    Raises NoDatabaseError, which names the cure, and whatever opening a database raises.
    """
    try:
        return open_existing(settings.database_url)
    except NoDatabaseError as error:
        if not (folder / FILE).exists():
            raise NoDatabaseError(
                "folder.no-campaign",
                "This is no campaign folder: {folder}.",
                folder=folder.absolute(),
                remedy="Go to the folder of your campaign (cd), or make one here{INIT}. A backup is "
                "brought back{RESTORE}.",
            ) from error
        kept = backups(settings, folder)
        gone = NoDatabaseError(
            "database.gone",
            "The database of this folder is gone: {place}.",
            place=error.place,
            remedy=Remedy(
                "Bring the last one back{RESTORE}. To begin anew, with nothing in it{INIT}.", file=kept[-1][1]
            )
            if kept
            else Remedy("Bring a backup back{RESTORE}. To begin anew, with nothing in it{INIT}."),
        )
        gone.gone = True
        raise gone from error


def name_mail_service(folder: Path, sign_in: str) -> str:
    """Write into a folder's settings which mail service one signs in with, where none is named. Say what was written.

    All else in the file stays as it is. Empty where one is named already, or there is no such file.
    Raises UserError where the file can't be read or written.
    """
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    path = folder / FILE
    name = next(one.name for one in presets().values() if one.sign_in == sign_in)
    try:
        if not path.exists():
            return ""
        settings = tomlkit.parse(path.read_text(encoding="utf-8-sig"))
        if settings.get("provider") or settings.get("smtp_host"):
            return ""
        settings["provider"] = name
        write_whole(path, tomlkit.dumps(settings))
    except (OSError, UnicodeDecodeError, TOMLKitError) as error:
        raise UserError("file.not-written", "{path} can't be written: {error}.", path=path, error=error) from None
    return f'Written into {FILE}: provider = "{name}".'


def is_empty(folder: Path) -> bool:
    """Tell whether nothing is in a folder that anybody can see, so that a campaign can be made there."""
    return folder.is_dir() and not any(not path.name.startswith(".") for path in folder.iterdir())


def begin(settings: Settings) -> None:
    """Make the database of a folder, if there is none yet. Raises whatever opening a database raises."""
    open_database(settings.database_url).dispose()


def lay_out(folder: Path) -> LaidOut:
    """Write settings, sample letters and the missions' workbook into a folder.

    What is there already is left as it is. Raises UserError where the folder can't be written to.
    """
    written: list[Path] = []
    kept: list[Path] = []

    def put(path: Path, source: Path | None) -> None:
        if path.exists():
            kept.append(path)
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        if source is None:
            path.write_text(_SETTINGS, encoding="utf-8")
        else:
            shutil.copyfile(source, path)
        written.append(path)

    try:
        put(folder / FILE, None)
        templates = samples() / "templates"
        for source in sorted(path for path in templates.rglob("*") if path.is_file()):
            put(folder / "templates" / source.relative_to(templates), source)
        put(folder / "data" / "missions.xlsx", samples() / "data" / "missions.xlsx")
    except OSError as error:
        raise UserError(
            "file.not-written",
            "{path} can't be written: {error}.",
            path=error.filename or folder,
            error=error.strerror,
        ) from None
    return LaidOut(tuple(written), tuple(kept))
