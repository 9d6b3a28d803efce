"""Who a browser is: a secret in a signed cookie that scripts can't read and other sites don't send. Whether somebody
has signed in with it, and until when, is known on the server (`outreach.people.sessions`).
"""

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Mapping

from fastapi import Request, Response
from itsdangerous import BadSignature, TimestampSigner, URLSafeTimedSerializer

from outreach import clock
from outreach.models import Account
from outreach.people import sessions
from outreach.web.desk import Desk, Visit, address_of, visit_of

COOKIE = "outreach_desk"
NOTICE = "outreach_notice"
KNOWN = "outreach_known"
LIFETIME = 30 * 86400
"""Seconds for which a browser keeps the secret that its forms are known by. Nobody is signed in for so long: who has
been signed out can still prove that a form is this desk's own, so that what was typed is not lost."""
_NOTICE_LIFETIME = 60
_KNOWN_LIFETIME = 180 * 86400
_MOST_KNOWN = 7
_BY_ITSELF = re.compile(r"/sending|/campaigns/\d+/progress")
"""What open pages ask without anybody touching them: it keeps no session alive."""


def called(desk: Desk, name: str) -> str:
    """Return how a cookie is named: over TLS so that browsers take it from this host alone (RFC 6265bis, 4.1.3)."""
    return f"__Host-{name}" if desk.secure else name


def has_cookie(desk: Desk, request: Request) -> bool:
    """Tell whether the browser has a secret of this desk's."""
    return called(desk, COOKIE) in request.cookies


def _serializer(desk: Desk, salt: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(
        desk.key,
        salt=salt,
        signer=TimestampSigner,
        signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
    )


def read_visit(desk: Desk, request: Request) -> Visit:
    """Return the session that the request's cookie proves, or a fresh one of nobody."""
    found = _read(desk, request.cookies.get(called(desk, COOKIE), ""), COOKIE, LIFETIME)
    sid = found.get("sid")
    if not isinstance(sid, str) or len(sid) < 20:
        return _visit(desk, secrets.token_urlsafe(24))
    visit = _visit(desk, sid)
    held = _held(desk, sid)
    if held is not None:
        visit.account, visit.session = held.account, held.id
        visit.strong, visit.begun_at = held.strong, held.begun_at
        if held.to_be_noted(clock.now()) and not _BY_ITSELF.fullmatch(request.url.path):
            sessions.note_use(desk.engine, held.id)
    notice = _read(desk, request.cookies.get(called(desk, NOTICE), ""), NOTICE, _NOTICE_LIFETIME)
    visit.notice = {key: str(value) for key, value in notice.items()} or None
    return visit


def still_in_force(desk: Desk, visit: Visit) -> bool:
    """Tell whether a session that has been open for a while still holds: nobody ended it, nor closed the account."""
    return _held(desk, visit.sid) is not None


def begin(desk: Desk, request: Request, account: Account | None, *, strong: bool = False) -> Visit:
    """Begin a session of its own for a person, or for nobody; the one that was there before ends. `strong` tells that
    they have proven two factors.

    Return the visit, whose cookie is still to be written with `keep`.
    """
    before = visit_of(request)
    if before.session is not None:
        sessions.end(desk.engine, before.sid)
    visit = _visit(desk, secrets.token_urlsafe(32))
    visit.account = account
    if account is not None:
        agent = request.headers.get("user-agent", "")
        sessions.begin(desk.engine, account, visit.sid, address=address_of(request), agent=agent, strong=strong)
        visit.strong = strong
    request.state.visit = visit
    return visit


def keep(desk: Desk, response: Response, visit: Visit) -> None:
    """Write the session's cookie."""
    _write(desk, response, COOKIE, {"sid": visit.sid}, LIFETIME)


def knows(desk: Desk, request: Request, login: str) -> str:
    """Return the number of a browser in which that person has signed in before; empty for any other."""
    found = _read(desk, request.cookies.get(called(desk, KNOWN), ""), KNOWN, _KNOWN_LIFETIME)
    number = found.get(login)
    return number if isinstance(number, str) else ""


def remember(desk: Desk, request: Request, response: Response, login: str) -> bool:
    """Leave a mark that this person has signed in with this browser, and of those the last few; tell whether there was
    one already."""
    found = _read(desk, request.cookies.get(called(desk, KNOWN), ""), KNOWN, _KNOWN_LIFETIME)
    others = [(name, value) for name, value in found.items() if name != login][-_MOST_KNOWN:]
    known = {**dict(others), login: found.get(login) or secrets.token_urlsafe(12)}
    _write(desk, response, KNOWN, known, _KNOWN_LIFETIME)
    return login in found


def put_notice(desk: Desk, response: Response, text: str, kind: str = "done", undo: str = "", seen: str = "") -> None:
    """Leave a sentence that the next page shows once; `undo` is where a form takes back what it tells of, `seen` what
    that form says it has seen."""
    told = {"text": text[:1500], "kind": kind, "undo": undo, "seen": seen}
    _write(desk, response, NOTICE, told, _NOTICE_LIFETIME)


def drop_notice(desk: Desk, response: Response) -> None:
    """Take it away once it was shown."""
    name = called(desk, NOTICE)
    response.delete_cookie(name, path="/", httponly=True, secure=desk.secure, samesite="lax")


def csrf_holds(visit: Visit, token: str) -> bool:
    """Tell whether a form's token is that of the session it was shown in."""
    return hmac.compare_digest(visit.secret.encode(), _unmasked(token).encode())


def _held(desk: Desk, sid: str) -> sessions.InForce | None:
    found = desk.read(("session", sid), lambda session: sessions.in_force(session, sid))
    return found if found is not None and found.holds(clock.now()) else None


def _visit(desk: Desk, sid: str) -> Visit:
    secret = hmac.new(desk.key, b"csrf:" + sid.encode(), hashlib.sha256).hexdigest()
    return Visit(sid, secret, masked(secret))


def masked(secret: str) -> str:
    """Return a secret as a page may carry it: another one in each response.

    Pages are compressed, and some show words of their address: by the length of many such answers a stranger could
    else guess the secret letter by letter (BREACH).
    """
    pad = secrets.token_bytes(len(secret) // 2)
    return (pad + bytes(one ^ other for one, other in zip(pad, bytes.fromhex(secret), strict=True))).hex()


def _unmasked(token: str) -> str:
    try:
        told = bytes.fromhex(token)
    except ValueError:
        return ""
    half = len(told) // 2
    return bytes(one ^ other for one, other in zip(told[:half], told[half:], strict=False)).hex()


def _read(desk: Desk, text: str, salt: str, lifetime: int) -> dict[str, object]:
    try:
        found = _serializer(desk, salt).loads(text, max_age=lifetime)
    except (BadSignature, json.JSONDecodeError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _write(desk: Desk, response: Response, name: str, value: Mapping[str, object], lifetime: int) -> None:
    response.set_cookie(
        called(desk, name),
        _serializer(desk, name).dumps(value),
        max_age=lifetime,
        path="/",
        httponly=True,
        secure=desk.secure,
        samesite="lax",
    )
