"""What the doctor says of the box of answers: the login, its folders, Sent and Junk, and the copies in Sent."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine

from outreach.campaigns.return_path import is_to_be_tried, last_trial
from outreach.database import reading
from outreach.diagnosis import Diagnosis
from outreach.doctor.doctor_certificate import validity
from outreach.errors import OutreachError
from outreach.inbox.imap_folders import BoxFolder, folders_to_read, listed_folders, shown_name
from outreach.inbox.imap_login import breaking, logged_in, said
from outreach.inbox.imap_wire import ImapConnectionLost
from outreach.inbox.sent import sent_folder
from outreach.inbox.whether_to_file import files, filing_now, own_copies_of
from outreach.letters.mime_writer import ascii_domain
from outreach.outbox.archive_copies import archive_now, require_own_archive
from outreach.outbox.server_certificate import moment_of
from outreach.sentences import Remedy
from outreach.settings import BounceTags, CopyInSent, Security, Settings, mailbox
from outreach.text import counted
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


def return_path(engine: Engine, settings: Settings) -> Iterator[Diagnosis]:
    """Whether each letter gets a return address of its own, and how that is known."""
    if not settings.sender:
        return
    bounces = ascii_domain(mailbox(settings.bounce_address or settings.sender)[1])
    if settings.bounce_tags is BounceTags.YES:
        yield Diagnosis(
            "bounces", "good", f"each letter comes back to an address of its own, {bounces} with a tag (bounce_tags)."
        )
    if not is_to_be_tried(settings):
        return
    with reading(engine) as session:
        trial = last_trial(session, settings, bounces)
    if trial is not None and trial.back_at is not None:
        yield Diagnosis(
            "bounces", "good",
            f"each letter that is approved now comes back to an address of its own, {bounces} with a tag: "
            "a test letter has shown that this works.",
        )  # fmt: skip
    elif trial is None:
        yield Diagnosis(
            "bounces", "note", f"letters come back to {bounces}; an address for each was not tried yet.",
            Remedy("Send yourself a test letter, and have the box read afterwards."),
        )  # fmt: skip
    elif trial.refused:
        yield Diagnosis(
            "bounces", "note",
            f"letters come back to {bounces}; an address for each was not taken: {trial.refused.rstrip('.')}.",
            Remedy("Bounces are told apart all the same, less surely. A test letter tries it again."),
        )  # fmt: skip
    else:
        yield Diagnosis(
            "bounces", "note",
            f"letters come back to {bounces}; what went to a tagged address on {trial.tried_at:%Y-%m-%d} "
            "has not come into the box.",
            Remedy("Have the box read once more. If it stays away, the server lets no such addresses through."),
        )  # fmt: skip


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
    there = listed_folders(client)
    names = sorted(shown_name(one.name) for one in there if not one.is_closed)
    read = folders_to_read(settings, there)
    for folder in read:
        yield _folder(client, folder, names)
    yield _sent(sent_folder(client), settings)
    if not any(folder.is_junk for folder in read):
        yield _no_junk(settings)
    if settings.imap_security is not Security.NONE:
        shown: Any = client.socket()
        if (ends := moment_of(shown.getpeercert())) is not None:
            yield validity(_WHAT, settings.imap_host, ends, settings)


def _folder(client: "IMAPClient", folder: BoxFolder, names: list[str]) -> Diagnosis:
    why = "the server does not list it"
    answer = None
    try:
        if not names or folder.name.upper() == "INBOX" or folder.name in names:
            answer = client.select_folder(folder.name, readonly=True)
    except client.Error as error:
        if isinstance(error, client.AbortError):
            raise
        why = said(error)
    if answer is None:
        return Diagnosis(
            _WHAT, "wrong", f"there is no folder {folder.name!r} that can be read ({why}); "
            f"there are {', '.join(names)}.",
            Remedy("Set imap_folder, or imap_folders, to some of these; most often that is INBOX."),
        )  # fmt: skip
    subject = f"what looks like spam goes to {folder.name}, which" if folder.is_junk else folder.name
    words = f"{subject} is read; it holds {counted(answer.get(b'EXISTS', 0), 'mail')}."
    if not answer.get(b"UIDVALIDITY"):
        return Diagnosis(_WHAT, "note", f"{words} It has no UIDVALIDITY, so that all of it is read each time.")
    return Diagnosis(_WHAT, "good", words)


def _no_junk(settings: Settings) -> Diagnosis:
    if settings.imap_folders:
        return Diagnosis(
            _WHAT, "note", "the folder for spam is not among imap_folders: look there for answers at times."
        )
    return Diagnosis(_WHAT, "note", "the server names no folder for spam; answers may be put aside elsewhere.")


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
