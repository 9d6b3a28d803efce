"""What the doctor says of the box of answers: the login, its folders, Sent and Junk, and the copies in Sent."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine

from outreach.campaigns.return_path import is_to_be_tried, last_trial
from outreach.database import reading
from outreach.diagnosis import Diagnosis, good, noted, wrong
from outreach.doctor.doctor_certificate import validity
from outreach.errors import OutreachError
from outreach.inbox.mailbox.imap_folders import BoxFolder, folders_to_read, listed_folders, shown_name
from outreach.inbox.mailbox.imap_login import breaking, logged_in, said
from outreach.inbox.mailbox.imap_wire import ImapConnectionLost
from outreach.inbox.mailbox.sent import sent_folder
from outreach.inbox.mailbox.whether_to_file import files, filing_now, own_copies_of
from outreach.letters.faces.mime_writer import ascii_domain
from outreach.outbox.archive_copies import archive_now, require_own_archive
from outreach.outbox.server_certificate import moment_of
from outreach.sentences import Remedy, Sentence, saying
from outreach.settings import BounceTags, CopyInSent, Security, Settings, is_here, mailbox
from outreach.wording import copies_said

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
            wrong(
                "doctor.imap-broke",
                "the connection to {host} broke: {error}.",
                where=_WHAT,
                host=settings.imap_host,
                error=error,
                remedy="Try again; if it stays so, check imap_host, imap_port and imap_security.",
            ),
        ]


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
                "copies",
                "note",
                copies_said(one),
                Remedy("The letters went out all the same; copies are tried again. See docs/mail-server.md."),
            )
    if settings.archive:
        yield good(
            "doctor.archive", "{archive} gets a copy of each live letter.", where="copies", archive=settings.archive
        )


def return_path(engine: Engine, settings: Settings) -> Iterator[Diagnosis]:
    """Whether each letter gets a return address of its own, and how that is known."""
    if not settings.sender:
        return
    bounces = ascii_domain(mailbox(settings.bounce_address or settings.sender)[1])
    if settings.bounce_tags is BounceTags.YES:
        yield good(
            "doctor.tags",
            "each letter comes back to an address of its own, {bounces} with a tag (bounce_tags).",
            where="bounces",
            bounces=bounces,
        )
    if not is_to_be_tried(settings):
        return
    with reading(engine) as session:
        trial = last_trial(session, settings, bounces)
    if trial is not None and trial.back_at is not None:
        yield good(
            "doctor.tags-shown",
            "each letter that is approved now comes back to an address of its own, {bounces} with"
            " a tag: a test letter has shown that this works.",
            where="bounces",
            bounces=bounces,
        )
    elif trial is None:
        yield noted(
            "doctor.tags-not-tried",
            "letters come back to {bounces}; an address for each was not tried yet.",
            where="bounces",
            bounces=bounces,
            remedy="Send yourself a test letter, and have the box read afterwards.",
        )
    elif trial.refused:
        yield noted(
            "doctor.tags-refused",
            "letters come back to {bounces}; an address for each was not taken: {said}.",
            where="bounces",
            bounces=bounces,
            said=trial.refused.rstrip("."),
            remedy="Bounces are told apart all the same, less surely. A test letter tries it again.",
        )
    else:
        yield noted(
            "doctor.tags-lost",
            "letters come back to {bounces}; what went to a tagged address on {day} has not come into the box.",
            where="bounces",
            bounces=bounces,
            day=f"{trial.tried_at:%Y-%m-%d}",
            remedy="Have the box read once more. If it stays away, the server lets no such addresses through.",
        )


def _no_box(settings: Settings) -> Diagnosis:
    if settings.no_mailbox:
        return good("doctor.no-mailbox", "there is none, as the settings say.", where=_WHAT)
    return noted(
        "doctor.no-box",
        "none is set: answers and bounces are taken in by hand only.",
        where=_WHAT,
        remedy="Set imap_host and imap_username; or no_mailbox = true where there is none.",
    )


def _protection(settings: Settings) -> Iterator[Diagnosis]:
    if settings.imap_security is Security.NONE and not is_here(settings.imap_host):
        yield wrong(
            "doctor.imap-open",
            "the way to {host} is not encrypted: anybody on it can read password and mail.",
            where=_WHAT,
            host=settings.imap_host,
            remedy='Set imap_security = "tls" (port 993) or "starttls" (port 143).',
        )


def _look(client: "IMAPClient", settings: Settings) -> Iterator[Diagnosis]:
    yield good(
        "doctor.imap-answers",
        "{host} answers, logged in as {account}.",
        where=_WHAT,
        host=settings.imap_host,
        account=settings.imap_username,
    )
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
    why: str | Sentence = saying("doctor.not-listed", "the server does not list it")
    answer = None
    try:
        if not names or folder.name.upper() == "INBOX" or folder.name in names:
            answer = client.select_folder(folder.name, readonly=True)
    except client.Error as error:
        if isinstance(error, client.AbortError):
            raise
        why = said(error)
    if answer is None:
        return wrong(
            "doctor.no-folder",
            "there is no folder {folder!r} that can be read ({why}); there are {names}.",
            where=_WHAT,
            folder=folder.name,
            why=why,
            names=", ".join(names),
            remedy="Set imap_folder, or imap_folders, to some of these; most often that is INBOX.",
        )
    words = (
        saying(
            "doctor.junk-read",
            "what looks like spam goes to {folder}, which is read; it holds {count} {count:*mail|mails}.",
            folder=folder.name,
            count=answer.get(b"EXISTS", 0),
        )
        if folder.is_junk
        else saying(
            "doctor.folder-read",
            "{folder} is read; it holds {count} {count:*mail|mails}.",
            folder=folder.name,
            count=answer.get(b"EXISTS", 0),
        )
    )
    if not answer.get(b"UIDVALIDITY"):
        return noted(
            "doctor.no-uidvalidity",
            "{words} It has no UIDVALIDITY, so that all of it is read each time.",
            where=_WHAT,
            words=words,
        )
    return Diagnosis(_WHAT, "good", words)


def _no_junk(settings: Settings) -> Diagnosis:
    if settings.imap_folders:
        return noted(
            "doctor.junk-left-out",
            "the folder for spam is not among imap_folders: look there for answers at times.",
            where=_WHAT,
        )
    return noted(
        "doctor.no-junk", "the server names no folder for spam; answers may be put aside elsewhere.", where=_WHAT
    )


def _sent(folder: str | None, settings: Settings) -> Diagnosis:
    if settings.copy_in_sent is CopyInSent.NO:
        return good(
            "doctor.no-copies", "no copies are put into {folder} (copy_in_sent).", where=_WHAT, folder=folder or "Sent"
        )
    if settings.copy_in_sent is CopyInSent.AUTO and (provider := own_copies_of(settings)):
        return good(
            "doctor.copies-by-provider",
            "{provider} puts what goes out into {folder} by itself.",
            where=_WHAT,
            provider=provider,
            folder=folder or "Sent",
        )
    if folder is None:
        return noted(
            "doctor.no-sent",
            "it names no folder for what was sent, so that no copy of the letters can be put there.",
            where=_WHAT,
            remedy='Make a folder "Sent" in your mail program, or set copy_in_sent = false.',
        )
    if files(settings):
        return good("doctor.copied", "a copy of each letter is put into {folder}.", where=_WHAT, folder=folder)
    return good(
        "doctor.copied-live",
        "a copy of each live letter, once the mode is live, is put into {folder}.",
        where=_WHAT,
        folder=folder,
    )
