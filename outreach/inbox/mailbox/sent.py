"""The mailbox's Sent folder as a witness: which of our letters lie in it. Nothing in it is marked, moved or deleted.

Many mail services put a copy of whatever goes out through them there. Not every one does, so that what is missing from
it proves nothing.
"""

from collections.abc import Collection, Sequence
from email.parser import BytesHeaderParser
from typing import TYPE_CHECKING

from outreach.errors import OutreachError
from outreach.inbox.mailbox.imap_login import breaking, logged_in
from outreach.inbox.mailbox.imap_wire import ImapConnectionLost
from outreach.outbox.reconcile import SentFolder
from outreach.settings import Settings

if TYPE_CHECKING:
    from imapclient import IMAPClient

_AT_ONCE = 20
_MOST_HEADER = 4000


def found_in_sent(settings: Settings, message_ids: Collection[str]) -> SentFolder:
    """Look for letters, given by their Message-IDs, in the folder that the server names as the one for what was sent
    (the attribute \\Sent, RFC 6154; else by its usual names).

    Nothing is raised for a server that does not answer: this evidence is then missing, and it is noted why.
    """
    if not settings.imap_host:
        return SentFolder(note="no mail box is set (imap_host)")
    try:
        with logged_in(settings) as client, breaking():
            folder = sent_folder(client)
            if folder is None:
                return SentFolder(note="the mail server names none")
            client.select_folder(folder, readonly=True)
            return SentFolder(folder, frozenset(found_in_folder(client, sorted(message_ids))))
    except (OutreachError, ImapConnectionLost) as error:
        return SentFolder(note=str(error).rstrip("."))


def sent_folder(client: "IMAPClient") -> str | None:
    """Return the folder that the server names as the one for what was sent (RFC 6154), else one of a usual name."""
    folder = client.find_special_folder(b"\\Sent")
    return None if folder is None else str(folder)


def found_in_folder(client: "IMAPClient", names: Sequence[str]) -> set[str]:
    """Return those Message-IDs that mails of the folder which is open bear."""
    found: set[str] = set()
    for start in range(0, len(names), _AT_ONCE):
        asked = [name for name in names[start : start + _AT_ONCE] if _is_plain(name)]
        if not asked:
            continue
        uids = client.search(_any_of(asked))
        answer = client.fetch(uids, [_HEADER]) if uids else {}
        found |= {_message_id(raw) for told in answer.values() for key, raw in told.items() if key.startswith(b"BODY[")}
        found &= set(names)  # a search finds what contains the words
    return found


_HEADER = "BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]"


def _any_of(names: Sequence[str]) -> list[str]:
    """The search for mails that bear any of these Message-IDs (RFC 9051, 6.4.4: OR takes two keys)."""
    words = ["HEADER", "Message-ID", names[0]]
    for name in names[1:]:
        words = ["OR", "HEADER", "Message-ID", name, *words]
    return words


def _is_plain(name: str) -> bool:
    return name.isascii() and name.isprintable() and '"' not in name and "\\" not in name


def _message_id(raw: bytes) -> str:
    header = BytesHeaderParser().parsebytes(raw[:_MOST_HEADER])
    return str(header.get("Message-ID", "")).strip()
