"""Which folders of the box are read: the named ones, and the one for spam, which the server names (RFC 6154).

Names are compared as people write them, and asked for by the very bytes that the server listed: modified UTF-7,
quotes and whatever else a folder may be called.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from outreach.inbox.mailbox.imap_wire import ListedFolder
from outreach.settings import Settings

if TYPE_CHECKING:
    from imapclient import IMAPClient

JUNK = "\\Junk"
"""In the settings: the folder for spam, whatever it is called."""
_JUNK_FLAGS = frozenset([b"\\junk", b"\\spam"])
# What providers that name no special uses call it.
_JUNK_NAMES = frozenset(
    [
        "junk",
        "spam",
        "junk e-mail",
        "junk email",
        "bulk mail",
        "courrier indésirable",
        "correo no deseado",
        "unerwünscht",
    ]
)


@dataclass(frozen=True, slots=True)
class BoxFolder:
    """A folder that is read."""

    name: str
    """As a person writes it."""
    wire_name: bytes
    """As the server wants it."""
    is_junk: bool = False
    """Whether it is the one for spam: what names no letter and nobody whom we wrote to is left in it."""
    is_named: bool = True
    """Whether the settings name it; else it was found."""


def shown_name(wire_name: bytes) -> str:
    """Return a folder's name as a person writes it; its bytes as words where it is no modified UTF-7."""
    from imapclient import imap_utf7

    try:
        return str(imap_utf7.decode(wire_name))
    except (ValueError, IndexError):  # UnicodeDecodeError and binascii.Error are ValueErrors
        return wire_name.decode("utf-8", "replace")


def listed_folders(client: "IMAPClient") -> list[ListedFolder]:
    """Return the folders by way of a client of the library, for who reads no mails."""
    found = []
    for flags, delimiter, name in client.list_folders():
        names = frozenset(bytes(flag).lower() for flag in flags)
        found.append(ListedFolder(_encoded(str(name)), names, bytes(delimiter or b"")))
    return found


def wants_junk(settings: Settings) -> bool:
    """Tell whether the folder for spam is to be read, which only the server's own list can name."""
    return not settings.imap_folders or any(name.casefold() == JUNK.casefold() for name in settings.imap_folders)


def folders_to_read(settings: Settings, listed: Sequence[ListedFolder]) -> list[BoxFolder]:
    """Return the folders to read, `imap_folder` first, each once.

    A named folder that the server does not list is among them all the same: it says itself whether it is there.
    """
    there = [one for one in listed if not one.is_closed]
    junk = _junk(there)
    found: dict[bytes, BoxFolder] = {}
    for folder in _wanted(settings, there, junk):
        found.setdefault(_key(folder.wire_name), folder)
    return list(found.values())


def _wanted(settings: Settings, there: Sequence[ListedFolder], junk: ListedFolder | None) -> Iterator[BoxFolder]:
    junk_key = _key(junk.name) if junk is not None else None
    for name in (settings.imap_folder, *settings.imap_folders):
        if name.casefold() != JUNK.casefold():
            wire_name = _wire_name(name, there)
            yield BoxFolder(name, wire_name, is_junk=_key(wire_name) == junk_key)
        elif junk is not None:
            yield BoxFolder(shown_name(junk.name), junk.name, is_junk=True)
    if not settings.imap_folders and junk is not None:
        yield BoxFolder(shown_name(junk.name), junk.name, is_junk=True, is_named=False)


def _junk(there: Sequence[ListedFolder]) -> ListedFolder | None:
    for one in there:
        if one.flags & _JUNK_FLAGS:
            return one
    for one in there:
        name = shown_name(one.name)
        last = name.rpartition(shown_name(one.delimiter))[2] if one.delimiter else name
        if last.casefold() in _JUNK_NAMES:
            return one
    return None


def _wire_name(name: str, there: Sequence[ListedFolder]) -> bytes:
    for one in there:
        if shown_name(one.name) == name:
            return one.name
    return _encoded(name)


def _encoded(name: str) -> bytes:
    from imapclient import imap_utf7

    return bytes(imap_utf7.encode(name))


def _key(wire_name: bytes) -> bytes:
    return b"INBOX" if wire_name.upper() == b"INBOX" else wire_name
