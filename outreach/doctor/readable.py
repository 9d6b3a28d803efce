"""Who on this machine may read a campaign's files: what the doctor says of that, and of where the mail password is."""

import os
import tomllib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from sqlalchemy.exc import ArgumentError

from outreach import platform
from outreach.database import database_file
from outreach.diagnosis import Diagnosis, good, noted
from outreach.errors import OutreachError
from outreach.mail_password import Protocol, account_of, home_of, password_for
from outreach.outbox.sign_in import sign_in_standing
from outreach.sentences import Remedy, saying
from outreach.settings import FILE, Settings
from outreach.witness.installation import state_dir

_FOLDERS = ("previews", "rehearsal-mail", "rehearsal-inbox", "uploads")
_MOST_FILES = 2_000
"""So many files of a folder are looked at: what is made at one time has one kind of rights."""
_MOST_TOLD = 5
_SECRETS = ("smtp_password", "imap_password", "smtp_client_secret", "smtp_refresh_token")


def findings(settings: Settings, folder: Path) -> Iterator[Diagnosis]:
    """Return what the doctor says of the files of a campaign's folder, and of the mail account."""
    yield _files(settings, folder)
    yield from _passwords(settings, folder)
    yield from sign_in_standing.findings(settings)


def _files(settings: Settings, folder: Path) -> Diagnosis:
    open_to = {path: who for path in _private(settings, folder) if (who := platform.who_else_reads(path))}
    if platform.WINDOWS:
        return _on_windows(folder)
    if not open_to:
        return good(
            "doctor.files-closed",
            "nobody else on this machine reads the database, the letters or the backups.",
            where="privacy",
        )
    named = [f"{path} ({who})" for path, who in islice(open_to.items(), _MOST_TOLD)]
    more = saying("doctor.and-more", " and {number} more", number=len(open_to) - _MOST_TOLD)
    tops = dict.fromkeys(_top(path, folder) for path in open_to)
    return Diagnosis(
        "privacy",
        "note",
        saying(
            "doctor.files-open",
            "others on this machine may read {paths}{more}.",
            paths=", ".join(named),
            more=more if len(open_to) > _MOST_TOLD else "",
        ),
        Remedy("Say: chmod -R go= {paths}", paths=" ".join(platform.typed(str(path)) for path in tops)),
    )


def _on_windows(folder: Path) -> Diagnosis:
    if folder.absolute().is_relative_to(Path.home()):
        return good(
            "doctor.profile", "the folder lies in your own profile, which Windows closes to others.", where="privacy"
        )
    return noted(
        "doctor.not-profile",
        "{folder} does not lie in your own profile: who may read it is for its rights to say.",
        where="privacy",
        folder=folder.absolute(),
        remedy="Move the folder into your profile, or take others' rights away (Properties, Security).",
    )


def _private(settings: Settings, folder: Path) -> Iterator[Path]:
    """What is to be its owner's alone: the database and what lies beside it, settings, letters, backups, journals."""
    try:
        file = database_file(settings.database_url)
    except ArgumentError:
        file = None
    if file is not None:
        yield from (file.with_name(f"{file.name}{end}") for end in ("", "-wal", "-shm"))
    yield folder / FILE
    for name in (*_FOLDERS, settings.backup_dir):
        yield from islice(_within(folder / name), _MOST_FILES)
    yield from islice(_within(state_dir(settings)), _MOST_FILES)


def _within(folder: Path) -> Iterator[Path]:
    for above, _, names in os.walk(folder):
        yield from (Path(above, name) for name in names)


def _top(path: Path, folder: Path) -> Path:
    """The folder below the campaign's, for a file that lies in one: the whole of it is to be closed."""
    try:
        parts = path.relative_to(folder).parts
    except ValueError:
        return path
    return folder / parts[0] if len(parts) > 1 else path


def _passwords(settings: Settings, folder: Path) -> Iterator[Diagnosis]:
    try:
        written = tomllib.loads((folder / FILE).read_text(encoding="utf-8-sig"))
    except (OSError, ValueError):
        written = {}
    for name in _SECRETS:
        if written.get(name):
            yield Diagnosis(
                "password",
                "note",
                saying(
                    "doctor.secret-in-file",
                    "{name} stands in {file}, where backups, copies and colleagues meet it.",
                    name=name,
                    file=FILE,
                ),
                Remedy(
                    "Take it out. It can be asked for and kept safe{MAIL_LOGIN}. Else set OUTREACH_{name}."
                    if name.endswith("_password")
                    else "Take it out, and set OUTREACH_{name} instead.",
                    name=name.upper(),
                ),
            )
    for protocol in Protocol:
        if not (account := account_of(settings, protocol)):
            continue
        try:
            home = home_of(settings, protocol)
            known = bool(password_for(settings, protocol).get_secret_value())
        except OutreachError as error:
            yield Diagnosis("password", "wrong", error.says, error.remedy)
            continue
        if known:
            words = (
                saying("doctor.password-kept", "that of {account} ({protocol}) is kept in {home}.", account=account,
                       protocol=protocol.upper(), home=home)
                if home
                else saying("doctor.password-set", "that of {account} ({protocol}) is given by the settings.",
                            account=account, protocol=protocol.upper())
            )  # fmt: skip
            yield Diagnosis("password", "good", words)
