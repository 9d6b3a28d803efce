"""Sessions: who a browser is, in a signed cookie that scripts can't read, other sites don't send, and time ends."""

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping

from fastapi import Request, Response
from itsdangerous import BadSignature, TimestampSigner, URLSafeTimedSerializer

from outreach.models import Account
from outreach.people.accounts import account_in_force
from outreach.web.desk import Desk, Visit

COOKIE = "outreach_desk"
NOTICE = "outreach_notice"
LIFETIME = 12 * 3600
"""Seconds after which a person signs in again: a working day."""
_NOTICE_LIFETIME = 60


def _serializer(desk: Desk, salt: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(
        desk.key,
        salt=salt,
        signer=TimestampSigner,
        signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
    )


def read_visit(desk: Desk, request: Request) -> Visit:
    """Return the session that the request's cookie proves, or a fresh one of nobody."""
    found = _read(desk, request.cookies.get(COOKIE, ""), COOKIE, LIFETIME)
    sid = found.get("sid")
    if not isinstance(sid, str) or len(sid) < 20:
        return _visit(desk, secrets.token_urlsafe(24))
    visit = _visit(desk, sid)
    number, epoch = found.get("account"), found.get("epoch")
    if isinstance(number, int) and isinstance(epoch, int):
        visit.account = desk.read(("account", number, epoch), lambda session: account_in_force(session, number, epoch))
    notice = _read(desk, request.cookies.get(NOTICE, ""), NOTICE, _NOTICE_LIFETIME)
    visit.notice = {key: str(value) for key, value in notice.items()} or None
    return visit


def still_in_force(desk: Desk, visit: Visit) -> bool:
    """Tell whether a session that has been open for a while still holds: the account was not closed meanwhile."""
    account = visit.account
    if account is None or account.id is None:
        return False
    number, epoch = account.id, account.epoch
    found = desk.read(("account", number, epoch), lambda session: account_in_force(session, number, epoch))
    return found is not None


def begin(desk: Desk, response: Response, account: Account | None) -> None:
    """Begin a session of its own for a person, or for nobody: the number that was there before is worth nothing."""
    visit = _visit(desk, secrets.token_urlsafe(24))
    visit.account = account
    keep(desk, response, visit)


def keep(desk: Desk, response: Response, visit: Visit) -> None:
    """Write the session's cookie."""
    value: dict[str, object] = {"sid": visit.sid}
    if visit.account is not None:
        value |= {"account": visit.account.id, "epoch": visit.account.epoch}
    _write(desk, response, COOKIE, value, LIFETIME)


def put_notice(desk: Desk, response: Response, text: str, kind: str = "done") -> None:
    """Leave a sentence that the next page shows once."""
    _write(desk, response, NOTICE, {"text": text[:1500], "kind": kind}, _NOTICE_LIFETIME)


def drop_notice(response: Response) -> None:
    """Take it away once it was shown."""
    response.delete_cookie(NOTICE, path="/", httponly=True, samesite="lax")


def csrf_holds(visit: Visit, token: str) -> bool:
    """Tell whether a form's token is that of the session it was shown in."""
    return hmac.compare_digest(visit.csrf.encode(), token.encode())


def _visit(desk: Desk, sid: str) -> Visit:
    return Visit(sid, hmac.new(desk.key, b"csrf:" + sid.encode(), hashlib.sha256).hexdigest())


def _read(desk: Desk, text: str, salt: str, lifetime: int) -> dict[str, object]:
    try:
        found = _serializer(desk, salt).loads(text, max_age=lifetime)
    except (BadSignature, json.JSONDecodeError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _write(desk: Desk, response: Response, name: str, value: Mapping[str, object], lifetime: int) -> None:
    response.set_cookie(
        name,
        _serializer(desk, name).dumps(value),
        max_age=lifetime,
        path="/",
        httponly=True,
        secure=desk.secure,
        samesite="lax",
    )
