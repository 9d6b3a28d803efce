"""The webhook: every event is posted to an address of the team's, signed, at least once and in order (docs/events.md).

It stands beside the sending and never in its way: what could not be posted waits, and how far it came is kept.
Requests are signed as Standard Webhooks 1.0 has it (standardwebhooks.com), so that receivers find a library for it.
"""

import base64
import binascii
import hashlib
import hmac
import http.client
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from sqlalchemy import Engine
from sqlmodel import select

from outreach import __version__, clock
from outreach.database import reading, writing
from outreach.errors import ServerFault
from outreach.models import EventReader, Identity
from outreach.reports.events import Event, anything_after, as_line, events, last_number
from outreach.settings import Settings

NAME = "webhook"
SECRET_PREFIX = "whsec_"  # noqa: S105  (how a secret begins that is written in base64)
_LEASE = timedelta(seconds=60)
_PASS_SECONDS = 30.0
"""A pass ends before the lease does, with the longest request still under way."""
_TIMEOUT_SECONDS = 10.0
_AT_ONCE = 50
_FIRST_WAIT = timedelta(seconds=10)
_LONGEST_WAIT = timedelta(hours=1)
_MOST_ANSWER = 65_536


@dataclass(frozen=True, slots=True)
class Refused(Exception):
    """An event was not taken, and why."""

    words: str


def push(engine: Engine, settings: Settings, *, stop: Callable[[], bool] = lambda: False) -> int:
    """Post the events that have not been posted yet; return how many were taken.

    Begins with what happens after it was first called. One that is refused is tried again, by a later call, after 10
    seconds, and twice as long each time, up to an hour; those after it wait. Of two processes one posts. Raises
    ServerFault where an event was refused.
    """
    last = _claim(engine)
    if last is None:
        return 0
    began, taken, refusal = time.monotonic(), 0, ""
    caller = _Caller(settings, _database_id(engine))
    try:
        while not refusal and not stop() and time.monotonic() - began < _PASS_SECONDS:
            batch = events(engine, since=last, most=_AT_ONCE)
            if not batch:
                break
            before = last
            for event in batch:
                if stop() or time.monotonic() - began >= _PASS_SECONDS:
                    break
                try:
                    caller.post(event)
                except Refused as error:
                    refusal = error.words
                    break
                last, taken = event["id"], taken + 1
            if last != before:
                _keep(engine, last)
    finally:
        caller.close()
        _give_back(engine, last, refusal)
    if refusal:
        raise ServerFault(
            "webhook.refused",
            "The webhook was not taken: {refusal}. The events wait, and are posted later.",
            refusal=refusal,
            remedy="Look at what answers at webhook_url.",
        )
    return taken


def signature(secret: str, identity: str, moment: int, body: bytes) -> str:
    """Return the header `webhook-signature`: HMAC-SHA256 over `id.timestamp.body`, in base64 (Standard Webhooks)."""
    signed = b".".join((identity.encode("ascii"), str(moment).encode("ascii"), body))
    mac = hmac.new(key_of(secret), signed, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(mac).decode('ascii')}"


def key_of(secret: str) -> bytes:
    """Return the key that a secret stands for: base64 after `whsec_`, else its own bytes."""
    if secret.startswith(SECRET_PREFIX):
        try:
            return base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
        except binascii.Error:
            pass
    return secret.encode()


class _Caller:
    """Posts to the address that is set, over one connection."""

    def __init__(self, settings: Settings, database_id: str) -> None:
        self._secret = settings.webhook_secret.get_secret_value()
        self._database_id = database_id
        parts = urlsplit(settings.webhook_url)
        self._path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        host = parts.hostname or ""
        self._connection = (
            http.client.HTTPSConnection(
                host, parts.port, timeout=_TIMEOUT_SECONDS, context=ssl.create_default_context()
            )
            if parts.scheme == "https"
            else http.client.HTTPConnection(host, parts.port, timeout=_TIMEOUT_SECONDS)
        )

    def post(self, event: Event) -> None:
        """Post one event. Raises Refused for whatever is no answer of 200 to 299; a redirect is not followed."""
        body, identity, moment = as_line(event).encode("ascii"), f"{self._database_id}.{event['id']}", int(time.time())
        headers = {
            "content-type": "application/json",
            "user-agent": f"outreach/{__version__}",
            "webhook-id": identity,
            "webhook-timestamp": str(moment),
            "webhook-signature": signature(self._secret, identity, moment, body),
        }
        try:
            self._connection.request("POST", self._path, body, headers)
            answer = self._connection.getresponse()
            answer.read(_MOST_ANSWER)
            if not answer.isclosed():  # more than anybody need say
                self._connection.close()
        except (OSError, http.client.HTTPException) as error:
            raise Refused(str(error) or type(error).__name__) from None
        if not 200 <= answer.status < 300:
            raise Refused(f"{answer.status} {answer.reason}".strip())

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def _claim(engine: Engine) -> int | None:
    """Take the webhook for a while; return the number of the last event that was taken, None where it is not its turn.

    Its first turn only finds out where events stand.
    """
    now = clock.now()
    with reading(engine) as session:
        reader = session.get(EventReader, NAME)
        if reader is not None and not (_is_free(reader, now) and anything_after(session, reader.last)):
            return None
    start = last_number(engine) if reader is None else 0
    with writing(engine) as session:
        reader = session.get(EventReader, NAME)
        if reader is None:
            session.add(EventReader(name=NAME, last=start))
            return None
        if not _is_free(reader, now):
            return None
        reader.next_try_at = now + _LEASE
        session.add(reader)
        return reader.last


def _is_free(reader: EventReader, now: datetime) -> bool:
    return reader.next_try_at is None or reader.next_try_at <= now


def _keep(engine: Engine, last: int) -> None:
    with writing(engine) as session:
        reader = session.get_one(EventReader, NAME)
        reader.last, reader.tries, reader.trouble = last, 0, ""
        session.add(reader)


def _give_back(engine: Engine, last: int, refusal: str) -> None:
    with writing(engine) as session:
        reader = session.get_one(EventReader, NAME)
        reader.last, reader.trouble, reader.next_try_at = last, refusal, None
        if refusal:
            wait = min(_FIRST_WAIT * 2 ** min(reader.tries, 20), _LONGEST_WAIT)
            reader.tries, reader.next_try_at = reader.tries + 1, clock.now() + wait
        session.add(reader)


def _database_id(engine: Engine) -> str:
    with reading(engine) as session:
        return session.exec(select(Identity.database_id)).one()
