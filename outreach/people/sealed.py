"""Secrets that the database holds sealed: the key is where the mail password is, in the keyring or a file of its owner.

Whoever reads the database, or a backup of it, gets no code out of them. Another computer has another key: what was
sealed here can't be opened there, and people use their recovery codes once.
"""

from cryptography.fernet import Fernet, InvalidToken

from outreach import platform
from outreach.errors import SettingsError
from outreach.mail_password import keep_entry, kept_entry, password_file
from outreach.settings import Settings

_ENTRY = "second factors of the desk"


def seal(settings: Settings, secret: str) -> str:
    """Return a secret as the database may hold it (Fernet: AES-128 in CBC mode, HMAC-SHA-256). The key is made where
    there is none. Raises SettingsError where it can't be read or kept."""
    return Fernet(_key(settings)).encrypt(secret.encode()).decode()


def unseal(settings: Settings, sealed: str) -> str:
    """Return the secret. Raises SettingsError where the key can't be read, or is another than it was sealed with."""
    key, _ = kept_entry(settings, _ENTRY)
    try:
        return Fernet(key).decrypt(sealed.encode()).decode()
    except (InvalidToken, ValueError):
        raise SettingsError(
            "factor.no-key",
            "The key to the codes of authenticator apps is not on this computer: codes can't be looked at here.",
            remedy="Use a recovery code, or a passkey; or ask an admin to take your second factors away.",
        ) from None


def _key(settings: Settings) -> str:
    with platform.locked(password_file(settings).with_name(".second-factors.lock")):
        key, _ = kept_entry(settings, _ENTRY)
        if not key:
            key = Fernet.generate_key().decode()
            keep_entry(settings, _ENTRY, key)
        return key
