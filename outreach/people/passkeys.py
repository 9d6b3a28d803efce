"""Passkeys (W3C Web Authentication, level 2): made, used to sign in, renamed and taken away.

They are discoverable and ask for their person (PIN, finger, face), so that one is two factors by itself. Each belongs
to the host name that the desk is reached by.
"""

import ipaddress
import json
import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, select
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from outreach import clock
from outreach.actors import Actor
from outreach.database import reading, writing
from outreach.errors import AccessError, NotFoundError, UserError
from outreach.models import Account, Passkey
from outreach.people import audit, factors
from outreach.sentences import KeptSentence
from outreach.text import one_line
from outreach.vocabulary import Act

MOST = 20
"""So many passkeys an account may have."""
_VERIFIED = UserVerificationRequirement.REQUIRED
# What a stranger's JSON can do to the library: its own errors, and those of the parsing beneath them.
_BAD = (WebAuthnException, ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError)


def takes_passkeys(host: str) -> bool:
    """Tell whether browsers make passkeys for a host: a name, and no address (WebAuthn, 5.1.3: a valid domain)."""
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return bool(host)
    return False


@dataclass(frozen=True, slots=True)
class PasskeyToBe:
    """What a passkey that is being made has to sign, and the handle that it is given."""

    challenge: bytes
    handle: str
    options: str
    """What the browser is told, as JSON."""


def options_to_add(engine: Engine, account_id: int, rp_id: str) -> PasskeyToBe:
    """Return what a browser is told to make a passkey. Raises UserError where there are many already."""
    with reading(engine) as session:
        account = session.get_one(Account, account_id)
        has = session.exec(select(Passkey.credential_id).where(Passkey.account_id == account_id)).all()
    if len(has) >= MOST:
        raise UserError(
            "passkey.many", "There are {count} {count:*passkey|passkeys} already.", count=len(has), remedy="Remove one."
        )
    handle = account.handle or bytes_to_base64url(secrets.token_bytes(32))
    made = generate_registration_options(
        rp_id=rp_id, rp_name=factors.ISSUER, user_id=base64url_to_bytes(handle), user_name=account.login,
        user_display_name=account.name,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=_VERIFIED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=base64url_to_bytes(one)) for one in has],
    )  # fmt: skip
    return PasskeyToBe(made.challenge, handle, options_to_json(made))


def add(
    engine: Engine,
    account_id: int,
    credential: str,
    *,
    asked: PasskeyToBe,
    rp_id: str,
    origin: str,
    name: str,
    by: Actor,
) -> list[str]:
    """Take a passkey that a browser made; return recovery codes where they are the first. Every other session ends.

    Raises UserError for one that was not made for this challenge and this desk, or is known.
    """
    try:
        proven = verify_registration_response(
            credential=credential, expected_challenge=asked.challenge, expected_rp_id=rp_id,
            expected_origin=origin, require_user_verification=True,
        )  # fmt: skip
    except _BAD:
        raise UserError(
            "passkey.not-made", "The passkey could not be taken. Nothing was changed.", remedy="Try once more."
        ) from None
    number, key = bytes_to_base64url(proven.credential_id), bytes_to_base64url(proven.credential_public_key)
    called = one_line(name)[:100] or "Passkey"
    with writing(engine) as session:
        account = session.get_one(Account, account_id)
        account.handle = account.handle or asked.handle
        known = session.exec(select(Passkey.id).where(Passkey.credential_id == number)).first() is not None
        if known or account.handle != asked.handle:  # or two first ones were made at once
            raise UserError("passkey.known", "This passkey is known already. Nothing was changed.")
        session.add(
            Passkey(
                account_id=account_id, credential_id=number, public_key=key, sign_count=proven.sign_count, rp_id=rp_id,
                name=called, added_at=clock.now(),
            )
        )  # fmt: skip
        session.flush()
        return factors.added(session, account, _as_told(called), by=by)


def options_to_use(engine: Engine, rp_id: str, account_id: int | None = None) -> tuple[bytes, str]:
    """Return a challenge, and what the browser is told to use a passkey: an account's, or whichever is picked."""
    allowed = None
    if account_id is not None:
        with reading(engine) as session:
            keys = session.exec(select(Passkey.credential_id).where(Passkey.account_id == account_id)).all()
        allowed = [PublicKeyCredentialDescriptor(id=base64url_to_bytes(one)) for one in keys]
    made = generate_authentication_options(rp_id=rp_id, allow_credentials=allowed, user_verification=_VERIFIED)
    return made.challenge, options_to_json(made)


def use(
    engine: Engine,
    credential: str,
    *,
    challenge: bytes | None,
    rp_id: str,
    origin: str,
    account_id: int | None = None,
) -> Account:
    """Return the account that a passkey signs in; its count is kept. `account_id` is whose it has to be, where the
    password has told already. Raises AccessError, the same for each reason."""
    with writing(engine) as session:
        found = _named(session, credential)
        if found is None or challenge is None:
            raise refused()
        key, account = found
        if not account.active or (account_id is not None and account.id != account_id) or key.rp_id != rp_id:
            raise refused()
        if not _is_of(credential, account):
            raise refused()
        try:
            proven = verify_authentication_response(
                credential=credential, expected_challenge=challenge, expected_rp_id=rp_id, expected_origin=origin,
                credential_public_key=base64url_to_bytes(key.public_key),
                credential_current_sign_count=key.sign_count, require_user_verification=True,
            )  # fmt: skip
        except _BAD:
            raise refused() from None
        key.sign_count, key.used_at = proven.new_sign_count, clock.now()
        session.add(key)
        return account


def rename_passkey(engine: Engine, account_id: int, number: int, name: str, *, by: Actor) -> Passkey:
    """Call a passkey otherwise. Raises NotFoundError where it is gone, or another's; UserError without a name."""
    called = one_line(name)[:100]
    if not called:
        raise UserError("passkey.no-name", "A passkey needs a name.", remedy="Say what you know it by.")
    with writing(engine) as session:
        key = _own(session, account_id, number)
        key.name = called
        session.add(key)
        audit.record(session, by, Act.ACCOUNT_CHANGED, session.get_one(Account, account_id).login, _as_told(called))
        return key


def remove(engine: Engine, account_id: int, number: int, *, by: Actor) -> Passkey:
    """Take a passkey away: it signs nobody in any more. Raises NotFoundError where it is gone, or another's."""
    with writing(engine) as session:
        key = _own(session, account_id, number)
        session.delete(key)
        session.flush()
        factors.removed(session, session.get_one(Account, account_id), f"passkey: {key.name}", by=by)
        return key


def _as_told(called: str) -> KeptSentence:
    return KeptSentence("log.passkey", "passkey: {called}", called=called)


def _own(session: Session, account_id: int, number: int) -> Passkey:
    key = session.get(Passkey, number)
    if key is None or key.account_id != account_id:
        raise NotFoundError("passkey.not-there", "There is no such passkey: it was removed already.")
    return key


def _read(credential: str) -> dict[str, Any]:
    try:
        found = json.loads(credential)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _named(session: Session, credential: str) -> tuple[Passkey, Account] | None:
    number = _read(credential).get("id")
    if not isinstance(number, str):
        return None
    key = session.exec(select(Passkey).where(Passkey.credential_id == number.rstrip("="))).one_or_none()
    return None if key is None else (key, session.get_one(Account, key.account_id))


def _is_of(credential: str, account: Account) -> bool:
    """Tell whether the handle, where the passkey tells one, is the account's (WebAuthn, 7.2, step 6)."""
    response = _read(credential).get("response")
    told = response.get("userHandle") if isinstance(response, dict) else None
    return told is None or (isinstance(told, str) and told.rstrip("=") == account.handle)


def refused() -> AccessError:
    """Return what is said where a passkey did not sign in, whatever the reason."""
    return AccessError(
        "passkey.refused", "That passkey did not sign you in.",
        remedy="Try again, or sign in with your password.",
    )  # fmt: skip
