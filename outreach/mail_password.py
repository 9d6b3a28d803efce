"""The mail password's home: the system's keyring, or a file in the state directory that only its owner reads.

A password is asked for once (`outreach password`) and looked up when a server is talked to. One in the environment goes
before; one in outreach.toml does as well, though it does not belong there. What a sign-in gave (`sign_in/grant.py`) has
the same home. None is ever in the database or a log.

The keyring comes with Outreach on macOS and Windows, and as an extra on Linux, where servers have none.
"""

import json
from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr

from outreach import platform
from outreach.errors import SettingsError, UserError
from outreach.settings import Settings
from outreach.witness.installation import state_dir, write_whole

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SERVICE = "outreach"
"""What our entries in the keyring are filed under."""
_FILE = "passwords.json"
_MOST_BYTES = 100_000
_MOST_LENGTH = 1_000
_MOST_IN_WINDOWS = 1_200
"""Windows' Credential Manager takes 2,560 bytes (CRED_MAX_CREDENTIAL_BLOB_SIZE), two for a letter."""


class Protocol(StrEnum):
    """What a password is for."""

    SMTP = "smtp"
    IMAP = "imap"


class Home(StrEnum):
    """Where a password is kept."""

    KEYRING = "the system's keyring"
    FILE = "a file that only you read"


def account_of(settings: Settings, protocol: Protocol) -> str:
    """Return the account that is set for a protocol, as `user at host`; empty where none is."""
    user, host = (
        (settings.smtp_username, settings.smtp_host)
        if protocol is Protocol.SMTP
        else (settings.imap_username, settings.imap_host)
    )
    return f"{user} at {host.lower()}" if user and host else ""


def password_for(settings: Settings, protocol: Protocol) -> SecretStr:
    """Return the password of the account that is set: from the settings, else as it is kept; empty where none is.

    Raises SettingsError where the file is open to others, or can't be read, or the keyring is locked.
    """
    given = settings.smtp_password if protocol is Protocol.SMTP else settings.imap_password
    if given.get_secret_value() or _has_token(settings, protocol):
        return given
    return SecretStr(_kept(settings, protocol)[0])


def home_of(settings: Settings, protocol: Protocol) -> Home | None:
    """Return where the password of the account that is set is kept; None where it is not. Raises as `password_for`."""
    return _kept(settings, protocol)[1]


def keep(settings: Settings, protocol: Protocol, password: str, *, in_file: bool = False) -> Home:
    """Keep a password for the account that is set: in the keyring if there is one, else in the file. Return where.

    The other place forgets it. Raises UserError where no account is set, or for a password that is none,
    SettingsError where neither place takes it.
    """
    account = _require_account(settings, protocol)
    if not password:
        raise UserError(
            "password.empty",
            "The password is empty. Nothing was kept.",
            remedy="Type the password of the mail account.",
        )
    if len(password) > _MOST_LENGTH or not password.isprintable():
        raise UserError(
            "password.unlikely", "That is no password of a mail account. Nothing was kept.", remedy="Type it by hand."
        )
    return keep_entry(settings, _key(protocol, account), password, in_file=in_file)


def forget(settings: Settings, protocol: Protocol) -> bool:
    """Forget the password of the account that is set, wherever it is kept. Return whether there was one."""
    return forget_entry(settings, _key(protocol, _require_account(settings, protocol)))


def kept_entry(settings: Settings, key: str) -> tuple[str, Home | None]:
    """Return what is kept under a key, and where; empty and None where nothing is. Raises as `password_for`."""
    if found := _read(settings).get(key, ""):
        return found, Home.FILE
    if (ring := _keyring()) is not None:
        from keyring.errors import KeyringError

        try:
            if found := ring.get_password(SERVICE, key) or "":
                return found, Home.KEYRING
        except KeyringError as error:
            raise _locked(error) from None
    return "", None


def keep_entry(settings: Settings, key: str, secret: str, *, in_file: bool = False) -> Home:
    """Keep a secret under a key: in the keyring if there is one, else in the file. Return where.

    The other place forgets it, after it is there. Raises SettingsError where neither place takes it.
    """
    too_long = platform.WINDOWS and len(secret) > _MOST_IN_WINDOWS
    ring = None if in_file or too_long else _keyring()
    if ring is None:
        _change(settings, lambda kept: {**kept, key: secret})
        with suppress(SettingsError):  # the keyring may be locked: that is why it goes into the file
            _forget_in_keyring(key)
        return Home.FILE
    from keyring.errors import KeyringError

    try:
        ring.set_password(SERVICE, key, secret)
    except KeyringError as error:
        raise _locked(error) from None
    _forget_in_file(settings, key)
    return Home.KEYRING


def forget_entry(settings: Settings, key: str) -> bool:
    """Forget what is kept under a key, wherever it is. Return whether there was something."""
    in_file = _forget_in_file(settings, key)
    return _forget_in_keyring(key) or in_file


def password_file(settings: Settings) -> Path:
    """Return where the file is, whether or not there is one."""
    return state_dir(settings) / _FILE


def _has_token(settings: Settings, protocol: Protocol) -> bool:
    if protocol is Protocol.IMAP:
        return bool(settings.imap_token_command)
    return bool(settings.smtp_token_command or settings.smtp_refresh_token.get_secret_value())


def _kept(settings: Settings, protocol: Protocol) -> tuple[str, Home | None]:
    account = account_of(settings, protocol)
    if not account:
        return "", None
    return kept_entry(settings, _key(protocol, account))


def _key(protocol: Protocol, account: str) -> str:
    return f"{protocol} {account}"


def _require_account(settings: Settings, protocol: Protocol) -> str:
    account = account_of(settings, protocol)
    if not account:
        raise UserError(
            "password.no-account-of",
            "No account is set for {name}, so that a password belongs to nobody.",
            name=protocol.upper(),
            protocol=protocol,
            remedy="Write {protocol}_host and {protocol}_username into outreach.toml first.",
        )
    return account


def _keyring() -> "KeyringBackend | None":
    """Return the system's keyring; None where there is none, or nothing that talks to it is installed."""
    try:
        import keyring
        from keyring.backends import fail, null
    except ImportError:
        return None
    ring = keyring.get_keyring()
    return None if isinstance(ring, fail.Keyring | null.Keyring) else ring


def _locked(error: Exception) -> SettingsError:
    return SettingsError(
        "keyring.unusable",
        "The system's keyring can't be used: {error}.",
        error=str(error).splitlines()[0] if str(error) else type(error).__name__,
        remedy="Unlock it, or keep the password in a file that only you read{MAIL_LOGIN_FILE}.",
    )


def _read(settings: Settings) -> dict[str, str]:
    path = password_file(settings)
    try:
        if others := platform.who_else_reads(path):
            raise SettingsError(
                "password.readable",
                "{path} holds mail passwords, and {others} may read it.",
                path=path,
                others=others,
                typed=platform.typed(str(path)),
                remedy="Say: chmod 600 {typed}. Then give the account a new password: this one may be known.",
            )
        with path.open("rb") as stream:
            found = json.loads(stream.read(_MOST_BYTES))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise SettingsError(
            "file.not-read", "{path} can't be read: {error}.", path=path, error=error.strerror
        ) from None
    except ValueError:
        found = None
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise SettingsError(
            "password.damaged",
            "{path} is damaged.",
            path=path,
            remedy="Remove it, then give the password anew{MAIL_LOGIN}.",
        )
    return found


def _write(settings: Settings, kept: dict[str, str]) -> None:
    path = password_file(settings)
    try:
        write_whole(path, json.dumps(kept, ensure_ascii=False, indent=1) + "\n")
    except OSError as error:
        raise SettingsError(
            "file.not-written", "{path} can't be written: {error}.", path=path, error=error.strerror
        ) from None


def _change(settings: Settings, change: Callable[[dict[str, str]], dict[str, str]]) -> None:
    """Read the file, change it and write it, so that what another process keeps meanwhile is not lost."""
    try:
        with platform.locked(password_file(settings).with_name(f".{_FILE}.lock")):
            kept = _read(settings)
            if (changed := change(dict(kept))) != kept:
                _write(settings, changed)
    except OSError as error:
        raise SettingsError(
            "file.not-written", "{path} can't be written: {error}.", path=password_file(settings), error=error.strerror
        ) from None


def _forget_in_file(settings: Settings, key: str) -> bool:
    if key not in _read(settings):
        return False
    _change(settings, lambda kept: {name: value for name, value in kept.items() if name != key})
    return True


def _forget_in_keyring(key: str) -> bool:
    if (ring := _keyring()) is None:
        return False
    from keyring.errors import KeyringError, PasswordDeleteError

    try:
        ring.delete_password(SERVICE, key)
    except PasswordDeleteError:  # there was none
        return False
    except KeyringError as error:
        raise _locked(error) from None
    return True
