"""What the doctor says of the box of answers: the login, its folders, Sent and Junk, and the copies in Sent."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine

from outreach.database import reading
from outreach.diagnosis import Diagnosis
from outreach.doctor.doctor_certificate import validity
from outreach.errors import OutreachError
from outreach.inbox.imap_login import breaking, logged_in
from outreach.inbox.imap_wire import ImapConnectionLost
from outreach.inbox.sent import sent_folder
from outreach.inbox.whether_to_file import files, filing_now, own_copies_of
from outreach.outbox.archive_copies import archive_now, require_own_archive
from outreach.outbox.server_certificate import moment_of
from outreach.sentences import Remedy
from outreach.settings import CopyInSent, Security, Settings
from outreach.wording import copies_in_words

if TYPE_CHECKING:
    from imapclient import IMAPClient

_SECONDS = 20
_WHAT = "box"


def box(settings: Settings) -> list[Diagnosis]:
    """Log in, and look which folders there are. Nothing is marked, moved or deleted."""
    if not settings.imap_host:
        return [_no_box(settings)]
    found = list(_protection(settings))
    try:
        with logged_in(settings, timeout=_SECONDS) as client, breaking():
            return [*found, *_look(client, settings)]
    except OutreachError as error:
        return [*found, Diagnosis(_WHAT, "wrong", error.says, error.remedy)]
    except ImapConnectionLost as error:
        return [
            *found,
            Diagnosis(
                _WHAT, "wrong", f"the connection to {settings.imap_host} broke: {error}.",
                Remedy("Try again; if it stays so, check imap_host, imap_port and imap_security."),
            ),
        ]  # fmt: skip


def copies(engine: Engine, settings: Settings) -> Iterator[Diagnosis]:
    """How the copies of what went out are getting on: in Sent, and for an archive."""
    with reading(engine) as session:
        made = [one for one in (filing_now(session, settings), archive_now(session, settings)) if one is not None]
        if settings.archive:
            try:
                require_own_archive(session, settings)
            except OutreachError as error:
                yield Diagnosis("copies", "wrong", error.says, error.remedy)
                return
    for one in made:
        if one.trouble:
            yield Diagnosis(
                "copies", "note", copies_in_words(one),
                Remedy("The letters went out all the same; copies are tried again. See docs/mail-server.md."),
            )  # fmt: skip
    if settings.archive:
        yield Diagnosis("copies", "good", f"{settings.archive} gets a copy of each live letter.")


def _no_box(settings: Settings) -> Diagnosis:
    if settings.no_mailbox:
        return Diagnosis(_WHAT, "good", "there is none, as the settings say.")
    return Diagnosis(
        _WHAT,
        "note",
        "none is set: answers and bounces are taken in by hand only.",
        Remedy("Set imap_host and imap_username; or no_mailbox = true where there is none."),
    )


def _protection(settings: Settings) -> Iterator[Diagnosis]:
    local = settings.imap_host in ("localhost", "::1") or settings.imap_host.startswith("127.")
    if settings.imap_security is Security.NONE and not local:
        yield Diagnosis(
            _WHAT,
            "wrong",
            f"the way to {settings.imap_host} is not encrypted: anybody on it can read password and mail.",
            Remedy('Set imap_security = "tls" (port 993) or "starttls" (port 143).'),
        )


def _look(client: "IMAPClient", settings: Settings) -> Iterator[Diagnosis]:
    yield Diagnosis(_WHAT, "good", f"{settings.imap_host} answers, logged in as {settings.imap_username}.")
    names = sorted(str(name) for flags, _, name in client.list_folders() if b"\\Noselect" not in flags)
    if client.folder_exists(settings.imap_folder):
        answer = client.select_folder(settings.imap_folder, readonly=True)
        yield Diagnosis(_WHAT, "good", f"{settings.imap_folder} is read; it holds {answer[b'EXISTS']} mails.")
    else:
        yield Diagnosis(
            _WHAT,
            "wrong",
            f"there is no folder {settings.imap_folder!r}; there are {', '.join(names)}.",
            Remedy("Set imap_folder to one of these; most often that is INBOX."),
        )
    yield _sent(sent_folder(client), settings)
    junk = client.find_special_folder(b"\\Junk")
    if junk is not None:
        yield Diagnosis(
            _WHAT, "good", f"what looks like spam goes to {junk}, which is not read: look there for answers at times."
        )
    else:
        yield Diagnosis(_WHAT, "note", "the server names no folder for spam; answers may be put aside elsewhere.")
    if settings.imap_security is not Security.NONE:
        shown: Any = client.socket()
        if (ends := moment_of(shown.getpeercert())) is not None:
            yield validity(_WHAT, settings.imap_host, ends, settings)


def _sent(folder: str | None, settings: Settings) -> Diagnosis:
    if settings.copy_in_sent is CopyInSent.NO:
        return Diagnosis(_WHAT, "good", f"no copies are put into {folder or 'Sent'} (copy_in_sent).")
    if settings.copy_in_sent is CopyInSent.AUTO and (provider := own_copies_of(settings)):
        return Diagnosis(_WHAT, "good", f"{provider} puts what goes out into {folder or 'Sent'} by itself.")
    if folder is None:
        return Diagnosis(
            _WHAT,
            "note",
            "it names no folder for what was sent, so that no copy of the letters can be put there.",
            Remedy('Make a folder "Sent" in your mail program, or set copy_in_sent = false.'),
        )
    when = "each letter" if files(settings) else "each live letter, once the mode is live,"
    return Diagnosis(_WHAT, "good", f"a copy of {when} is put into {folder}.")
