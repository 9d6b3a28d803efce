"""The IMAP box: what is new in a folder is taken in, and nothing in it is marked, moved or deleted (RFC 9051).

Others read the same box, so the folder is opened read-only (EXAMINE). How far it has been read is kept in the
database, by UID; where the server gives the folder a new UIDVALIDITY all of it is read again, and what was taken in
before is known by its digest. A connection that breaks is made anew, and goes on where it stopped.
"""

import logging
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import Engine
from sqlmodel import Session, select

from outreach import clock
from outreach.campaigns.box import note_box_read
from outreach.database import reading, writing
from outreach.errors import Problem, ServerFault, SettingsError
from outreach.inbox.helper import Helper
from outreach.inbox.ingest import BATCH, BATCH_BYTES, IngestResult, Progress, Record, Tally, take_all
from outreach.inbox.prepare import RawMail
from outreach.inbox.sources import MOST_BYTES
from outreach.mail_password import Protocol, password_for
from outreach.models import Mailbox
from outreach.outbox.grant import TokenSource, token_source
from outreach.outbox.token import NoTokenError, printed_token
from outreach.settings import Security, Settings

if TYPE_CHECKING:
    from imapclient import IMAPClient

_log = logging.getLogger(__name__)
_TIMEOUT_SECONDS = 60
_FIRST_BATCH = 50
"""The first ones are smaller, so that what is done with them begins at once."""
_LARGE_BYTES = BATCH_BYTES // BATCH
"""Mails up to this size fit into one batch in any case; of larger ones the size is asked."""
_TRIES = 4
_WAIT_SECONDS = 1.0
_MOST_IDLE_SECONDS = 28 * 60
_LOOK_SECONDS = 1.0
_SIZES_AT_ONCE = 1000


class ImapConnectionLost(Exception):
    """The connection broke: it is worth another try."""


@dataclass
class _Folder:
    """One opened folder of one connection."""

    client: "IMAPClient"
    name: str
    uid_validity: int


def sync(engine: Engine, settings: Settings, *, record: Record, progress: Progress | None = None) -> IngestResult:
    """Take in what is new in the folder, then end. A connection that breaks is tried again a few times.

    Raises SettingsError where no server is set or it refuses the name and password, ServerFault where it can't be
    reached.
    """
    tally = Tally()
    for attempt in range(1, _TRIES + 1):
        try:
            with _opened(settings) as folder:
                _read(engine, folder, record, tally, progress)
            return tally.result()
        except ImapConnectionLost as error:
            if attempt == _TRIES:
                raise ServerFault(
                    "inbox.not-read",
                    "The mail server {imap_host} can't be read: {error}.",
                    imap_host=settings.imap_host,
                    error=error,
                ) from error
            _log.warning("the connection to %s broke (%s): once more", settings.imap_host, error)
            threading.Event().wait(_WAIT_SECONDS * attempt)
    raise AssertionError


def watch(
    engine: Engine,
    settings: Settings,
    *,
    record: Record,
    stop: threading.Event,
    told: Callable[[IngestResult], None] = lambda _result: None,
) -> None:
    """Take in mail as it comes, until `stop` is set: by IDLE where the server offers it (RFC 2177), else by asking.

    After a break it is tried again, later each time, up to a few minutes apart.
    Raises SettingsError where no server is set or it refuses the name and password.
    """
    failures = 0
    while not stop.is_set():
        try:
            with _opened(settings) as folder:
                _keep_reading(engine, settings, folder, record, stop, told)
                failures = 0
        except (ImapConnectionLost, ServerFault) as error:
            failures += 1
            _log.warning("%s: trying again", error)
            stop.wait(min(_WAIT_SECONDS * 2**failures, 300))


def _keep_reading(
    engine: Engine,
    settings: Settings,
    folder: _Folder,
    record: Record,
    stop: threading.Event,
    told: Callable[[IngestResult], None],
) -> None:
    idles = folder.client.has_capability("IDLE")
    while not stop.is_set():
        tally = Tally()
        _read(engine, folder, record, tally, None)
        if tally.found:
            told(tally.result())
        if idles:
            _idle(folder, settings.imap_poll_seconds, stop)
        else:
            stop.wait(settings.imap_poll_seconds)
            with breaking():
                folder.client.noop()


def _idle(folder: _Folder, seconds: int, stop: threading.Event) -> None:
    """Wait until the server speaks of new mail, `stop` is set, or it is time to look by ourselves.

    What a server says of new mail just before it answers IDLE goes unheard, so we look from time to time; that is
    also more often than the 29 minutes after which RFC 2177 wants it renewed.
    """
    with breaking():
        folder.client.idle()
        waited = 0.0
        while waited < min(seconds, _MOST_IDLE_SECONDS) and not stop.is_set():
            said = folder.client.idle_check(timeout=_LOOK_SECONDS)
            if any(isinstance(one, tuple) and len(one) > 1 and one[1] == b"EXISTS" for one in said):
                break
            waited += _LOOK_SECONDS
        folder.client.idle_done()


@contextmanager
def logged_in(settings: Settings, *, timeout: float = _TIMEOUT_SECONDS) -> Iterator["IMAPClient"]:
    """A connection to the server of the settings, ended with the block. Whoever uses it does so within `breaking`.

    `timeout` is how long any one answer is waited for, in seconds.
    Raises SettingsError, ServerFault where the server can't be reached, Broken where it breaks off.
    """
    client = _connected(settings, timeout)
    try:
        _log_in(client, settings)
        yield client
    finally:
        with suppress(Exception):
            client.logout()
        with suppress(Exception):  # where the connection is broken already, its end here is still open
            client.shutdown()


@contextmanager
def _opened(settings: Settings) -> Iterator[_Folder]:
    """Connect, log in and open the folder read-only."""
    with logged_in(settings) as client:
        with breaking():
            try:
                found = client.select_folder(settings.imap_folder, readonly=True)
            except client.Error as error:
                if isinstance(error, client.AbortError):
                    raise
                raise SettingsError(
                    "inbox.no-folder",
                    "The mail server has no folder {imap_folder!r}.",
                    imap_folder=settings.imap_folder,
                    remedy="Correct imap_folder.",
                ) from None
        name = f"{settings.imap_username}@{settings.imap_host}/{settings.imap_folder}"
        yield _Folder(client, name, int(found[b"UIDVALIDITY"]))


def _connected(settings: Settings, timeout: float) -> "IMAPClient":
    from imapclient import IMAPClient

    if not settings.imap_host:
        raise SettingsError(
            "inbox.no-box", "No mail box is set.", remedy="Write imap_host and imap_username into outreach.toml."
        )
    encrypted = settings.imap_security is Security.TLS
    port = settings.imap_port or (993 if encrypted else 143)
    try:
        client = IMAPClient(settings.imap_host, port, ssl=encrypted, timeout=timeout)
        if settings.imap_security is Security.STARTTLS:
            client.starttls(ssl.create_default_context())
    except ssl.SSLCertVerificationError as error:
        raise SettingsError(
            "inbox.certificate",
            "The certificate of {imap_host} is not to be trusted: {verify_message}.",
            imap_host=settings.imap_host,
            verify_message=error.verify_message,
            remedy="Check imap_host; a server of your own needs a certificate of its name.",
        ) from None
    except OSError as error:
        raise ServerFault(
            "inbox.not-reached",
            "The mail server {imap_host}:{port} can't be reached: {error}.",
            imap_host=settings.imap_host,
            port=port,
            error=error,
        ) from error
    except Exception as error:
        raise ImapConnectionLost(str(error)) from error
    return client


def _log_in(client: "IMAPClient", settings: Settings) -> None:
    try:
        if settings.imap_token_command:
            client.oauth2_login(settings.imap_username, _token(settings.imap_token_command))
        elif (source := token_source(settings, Protocol.IMAP)) is not None:
            _with_token(client, settings.imap_username, source)
        else:
            client.login(settings.imap_username, password_for(settings, Protocol.IMAP).get_secret_value())
    except (OSError, client.AbortError) as error:
        raise ImapConnectionLost(str(error)) from error
    except client.Error as error:
        if isinstance(error.__context__, client.AbortError):  # IMAPClient makes a login error of a broken connection
            raise ImapConnectionLost(said(error)) from error
        raise SettingsError(
            "inbox.refused",
            "The mail server {imap_host} refuses {imap_username!r}: {error}.",
            imap_host=settings.imap_host,
            imap_username=settings.imap_username,
            error=said(error),
            remedy="Check imap_username, and the password{BOX_LOGIN}, or OUTREACH_IMAP_PASSWORD, or what "
            "imap_token_command prints.",
        ) from None


def _with_token(client: "IMAPClient", account: str, source: TokenSource) -> None:
    """Log in with what somebody granted by signing in; a token that is refused may have been taken back: once more."""
    try:
        try:
            client.oauth2_login(account, source.access_token().get_secret_value())
        except client.Error as error:
            if isinstance(error, client.AbortError) or isinstance(error.__context__, client.AbortError):
                raise
            client.oauth2_login(account, source.access_token(fresh=True).get_secret_value())
    except ServerFault as fault:
        if not fault.standing:
            raise
        # Only a person helps: as with a wrong password, nothing is gained by asking on.
        raise SettingsError(
            "inbox.signed-out", "{why}", why=fault.says, provider=fault.facts.get("provider", ""), remedy=fault.remedy
        ) from None


def _token(command: str) -> str:
    """Return the access token that a command prints, for XOAUTH2; raises SettingsError where it prints none."""
    try:
        return printed_token(command)
    except NoTokenError as error:
        raise SettingsError(
            "inbox.token", "imap_token_command: {error}.", error=error, remedy="Run it by hand; it prints the token."
        ) from None


def said(error: Exception) -> str:
    """Return the server's words of an error."""
    word = error.args[0] if error.args else error
    return (word.decode("utf-8", "replace") if isinstance(word, bytes) else str(word))[:300]


@contextmanager
def breaking() -> Iterator[None]:
    """Tell a broken connection, or a server that talks nonsense, from a fault of our own."""
    from imapclient.exceptions import IMAPClientError, ProtocolError

    try:
        yield
    except (OSError, EOFError, IMAPClientError, ProtocolError) as error:
        raise ImapConnectionLost(said(error) or type(error).__name__) from error


def _read(engine: Engine, folder: _Folder, record: Record, tally: Tally, progress: Progress | None) -> None:
    """Take in what is new, a batch at a time; how far it came is committed with each batch.

    While one batch is understood and written down, the next one is fetched. Once the end is reached, it is noted that
    everything has been read that lay there when it began: what comes meanwhile is a matter of the next time.
    """
    began = clock.now()
    last = _last_uid(engine, folder)
    with breaking():
        new = sorted(uid for uid in folder.client.search(["UID", f"{last + 1}:*"]) if uid > last)
    tally.expect(len(new))
    groups = list(_groups(new, _sizes(folder, last)))
    # In this order: a process is best copied while it has one thread.
    with Helper(len(new)) as helper, ThreadPoolExecutor(1) as fetcher:
        for group, batch in zip(groups, helper.in_turn(_fetched_ahead(folder, groups, fetcher)), strict=True):
            _tell_lost(folder, group, tally)
            note = partial(_note, folder=folder, last=group.uids[-1])
            take_all(engine, batch, record=record, tally=tally, progress=progress, also=note)
    with writing(engine) as session:
        note_box_read(session, began)


def _fetched_ahead(folder: _Folder, groups: Sequence["_Group"], fetcher: ThreadPoolExecutor) -> Iterator[list[RawMail]]:
    """Yield the mails of each group, while those of the next one are fetched."""
    coming = [fetcher.submit(_fetched, folder, group) for group in groups[:1]]
    for following in range(1, len(groups) + 1):
        mails = coming.pop().result()
        coming = [fetcher.submit(_fetched, folder, group) for group in groups[following : following + 1]]
        yield [RawMail(f"{folder.name}, UID {uid}", raw) for uid, raw in sorted(mails.items())]


@dataclass(frozen=True, slots=True)
class _Group:
    """Some mails that are fetched together, and which of them are too large for that."""

    uids: tuple[int, ...]
    too_large: frozenset[int]


def _groups(uids: Sequence[int], sizes: Mapping[int, int]) -> Iterator[_Group]:
    too_large = frozenset(uid for uid in uids if sizes.get(uid, 0) > MOST_BYTES)
    group: list[int] = []
    size, most = 0, min(_FIRST_BATCH, BATCH)
    for uid in uids:
        mine = 0 if uid in too_large else sizes.get(uid, _LARGE_BYTES)
        if group and (len(group) >= most or size + mine > BATCH_BYTES):
            yield _Group(tuple(group), too_large & set(group))
            group, size, most = [], 0, min(2 * most, BATCH)
        group.append(uid)
        size += mine
    if group:
        yield _Group(tuple(group), too_large & set(group))


def _sizes(folder: _Folder, last: int) -> dict[int, int]:
    """Return the sizes of the large mails after a UID, in bytes."""
    with breaking():
        uids = folder.client.search(["UID", f"{last + 1}:*", "LARGER", _LARGE_BYTES])
    sizes: dict[int, int] = {}
    for start in range(0, len(uids), _SIZES_AT_ONCE):
        with breaking():
            answer = folder.client.fetch(uids[start : start + _SIZES_AT_ONCE], ["RFC822.SIZE"])
        sizes |= {uid: int(told.get(b"RFC822.SIZE", 0)) for uid, told in answer.items()}
    return sizes


def _fetched(folder: _Folder, group: _Group) -> dict[int, bytes]:
    """Return the mails of a group, whole and without marking them as seen (PEEK); one deleted meanwhile is missing."""
    wanted = [uid for uid in group.uids if uid not in group.too_large]
    if not wanted:
        return {}
    with breaking():
        answer = folder.client.fetch(wanted, ["BODY.PEEK[]"])
    return {uid: told[b"BODY[]"] for uid, told in answer.items() if told.get(b"BODY[]") is not None}


def _tell_lost(folder: _Folder, group: _Group, tally: Tally) -> None:
    for uid in sorted(group.too_large):
        tally.problem(
            Problem(
                "mail.too-large",
                "it is larger than {most} MB and was not read",
                most=MOST_BYTES // 1_000_000,
                where=f"{folder.name}, UID {uid}",
                remedy="Record the answer by hand.",
            )
        )


def _last_uid(engine: Engine, folder: _Folder) -> int:
    with reading(engine) as session:
        known = _mailbox(session, folder)
        return known.last_uid if known is not None and known.uid_validity == folder.uid_validity else 0


def _note(session: Session, *, folder: _Folder, last: int) -> None:
    row = _mailbox(session, folder)
    if row is None:
        row = Mailbox(name=folder.name, uid_validity=folder.uid_validity, synced_at=clock.now())
    row.uid_validity, row.last_uid, row.synced_at = folder.uid_validity, last, clock.now()
    session.add(row)


def _mailbox(session: Session, folder: _Folder) -> Mailbox | None:
    return session.exec(select(Mailbox).where(Mailbox.name == folder.name)).first()
