"""Second factors: an app that shows six digits (RFC 6238), recovery codes, and what an account has of them.

Passkeys are a module of their own (`outreach.people.passkeys`). Recovery codes are made with the first factor.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime

from pyotp import TOTP, random_base32
from sqlalchemy import Engine, delete
from sqlmodel import Session, col, func, select

from outreach import clock
from outreach.actors import Actor
from outreach.database import reading, writing
from outreach.errors import AccessError, NotFoundError, UserError
from outreach.models import Account, AuthenticatorApp, Passkey, RecoveryCode
from outreach.people import audit
from outreach.people.accounts import account_in
from outreach.people.sealed import seal, unseal
from outreach.sentences import KeptSentence
from outreach.settings import SecondFactor, Settings
from outreach.vocabulary import Act, DeskRole

ISSUER = "Outreach"
"""How the app names its entry."""
CODES = 8
"""So many recovery codes are made at a time."""
_SECONDS = 30
_AROUND = 1
"""A code of the step before or after does too: clocks differ (RFC 6238, 5.2)."""
_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
_LENGTH = 24
"""Characters of a recovery code: 120 bits, so that a plain hash does (OWASP ASVS 2.6.2)."""


@dataclass(frozen=True, slots=True)
class Factors:
    """What an account has besides its password."""

    app_since: datetime | None
    passkeys: tuple[Passkey, ...]
    codes: int
    """Recovery codes that are left."""

    @property
    def any(self) -> bool:
        """Whether a sign-in by password asks for something more."""
        return self.app_since is not None or bool(self.passkeys)


def is_asked(settings: Settings, role: DeskRole) -> bool:
    """Tell whether the settings ask people of a role for a second factor."""
    if settings.second_factor is SecondFactor.APPROVERS:
        return role in (DeskRole.APPROVER, DeskRole.ADMIN)
    return settings.second_factor is SecondFactor.EVERYBODY


def factors_of(engine: Engine, account_id: int) -> Factors:
    """Return what an account has besides its password."""
    with reading(engine) as session:
        return _standing(session, account_id)


def with_factors(engine: Engine) -> frozenset[int]:
    """Return the accounts that have any."""
    with reading(engine) as session:
        return frozenset(
            [*session.exec(select(AuthenticatorApp.account_id)), *session.exec(select(Passkey.account_id))]
        )


def new_secret() -> str:
    """Return the secret that an app and the desk are to share: 160 bits, base32 (RFC 4226, 4, R6)."""
    return random_base32()


def uri_of(secret: str, login: str) -> str:
    """Return what the app reads off the picture (otpauth://)."""
    return TOTP(secret).provisioning_uri(name=login, issuer_name=ISSUER)


def add_app(engine: Engine, settings: Settings, account_id: int, secret: str, code: str, *, by: Actor) -> list[str]:
    """Take an app, once it has shown a right code, in place of the one before; return new recovery codes, or none
    where there are some already. Every other session ends. Raises UserError for a wrong code, SettingsError."""
    step = _step_of(secret, code)
    if step is None:
        raise UserError(
            "factor.wrong-code", "That is not the code that the app shows now. Nothing was changed.",
            remedy="Type the six digits before they change; and see that the phone's clock is right.",
        )  # fmt: skip
    sealed = seal(settings, secret)
    with writing(engine) as session:
        account = session.get_one(Account, account_id)
        session.execute(delete(AuthenticatorApp).where(col(AuthenticatorApp.account_id) == account_id))
        session.add(AuthenticatorApp(account_id=account_id, sealed=sealed, last_step=step, added_at=clock.now()))
        return added(session, account, "app", by=by)


def remove_app(engine: Engine, account_id: int, *, by: Actor) -> None:
    """Take the app away; with the last factor, the recovery codes go. Raises NotFoundError where there is none."""
    with writing(engine) as session:
        gone = session.execute(delete(AuthenticatorApp).where(col(AuthenticatorApp.account_id) == account_id))
        if not getattr(gone, "rowcount", 0):
            raise NotFoundError("factor.no-app", "There is no authenticator app: it was taken away already.")
        removed(session, session.get_one(Account, account_id), "app", by=by)


def renew_codes(engine: Engine, account_id: int, *, by: Actor) -> list[str]:
    """Make new recovery codes; those before are worth nothing from now on. Raises UserError without a factor."""
    with writing(engine) as session:
        account = session.get_one(Account, account_id)
        if not _standing(session, account_id).any:
            raise UserError(
                "factor.none", "There is no second factor that codes could stand in for.", remedy="Add one first."
            )
        audit.record(session, by, Act.FACTOR_ADDED, account.login, KeptSentence("log.recovery-codes", "recovery codes"))
        return _new_codes(session, account_id)


def reset_factors(engine: Engine, login: str, *, by: Actor) -> Account:
    """Take everything but the password away from a person who has lost it, and end their sessions; it stands in the
    log under who did it. Raises NotFoundError for a login that there is not, UserError where there is nothing."""
    with writing(engine) as session:
        account = account_in(session, login)
        assert account.id is not None
        if not _standing(session, account.id).any:
            raise UserError("factor.nothing-to-reset", "{login} has no second factor.", login=account.login)
        for table in (AuthenticatorApp, Passkey, RecoveryCode):
            session.execute(delete(table).where(col(table.account_id) == account.id))
        account.epoch += 1
        session.add(account)
        audit.record(session, by, Act.FACTORS_RESET, account.login)
        return account


def check_code(engine: Engine, settings: Settings, account_id: int, code: str) -> None:
    """Take a code of the app, once: the same one a second time is refused.

    Raises AccessError where it is none (`factor.used` where it was taken before), SettingsError where codes can't be
    looked at on this computer.
    """
    with writing(engine) as session:
        app = session.exec(select(AuthenticatorApp).where(AuthenticatorApp.account_id == account_id)).one_or_none()
        step = _step_of(unseal(settings, app.sealed), code) if app is not None else None
        if app is None or step is None:
            raise _wrong()
        if step <= app.last_step:
            raise AccessError("factor.used", "That code was used already.", remedy="Wait for the next one.")
        app.last_step = step
        session.add(app)


def use_recovery_code(engine: Engine, account_id: int, code: str) -> int:
    """Take a recovery code, once; return how many are left. Raises AccessError where it is none of the account's."""
    typed = "".join(one for one in code.casefold() if one.isalnum())
    with writing(engine) as session:
        gone = session.execute(
            delete(RecoveryCode).where(
                col(RecoveryCode.account_id) == account_id, col(RecoveryCode.code_hash) == _hash(typed)
            )
        )
        if getattr(gone, "rowcount", 0) != 1:
            raise _wrong()
        return _standing(session, account_id).codes


def added(session: Session, account: Account, what: str, *, by: Actor) -> list[str]:
    """Note that a factor was added, in its transaction: sessions end; recovery codes are made where there are none."""
    assert account.id is not None
    account.epoch += 1
    session.add(account)
    audit.record(session, by, Act.FACTOR_ADDED, account.login, what)
    return [] if _standing(session, account.id).codes else _new_codes(session, account.id)


def removed(session: Session, account: Account, what: str, *, by: Actor) -> None:
    """Note that a factor was taken away, in its transaction: sessions end; with the last one, recovery codes go."""
    assert account.id is not None
    account.epoch += 1
    session.add(account)
    audit.record(session, by, Act.FACTOR_REMOVED, account.login, what)
    if not _standing(session, account.id).any:
        session.execute(delete(RecoveryCode).where(col(RecoveryCode.account_id) == account.id))


def _standing(session: Session, account_id: int) -> Factors:
    since = session.exec(select(AuthenticatorApp.added_at).where(AuthenticatorApp.account_id == account_id)).first()
    keys = session.exec(select(Passkey).where(Passkey.account_id == account_id).order_by(col(Passkey.id))).all()
    codes = select(func.count()).select_from(RecoveryCode).where(RecoveryCode.account_id == account_id)
    return Factors(since, tuple(keys), session.exec(codes).one())


def _new_codes(session: Session, account_id: int) -> list[str]:
    session.execute(delete(RecoveryCode).where(col(RecoveryCode.account_id) == account_id))
    made = ["".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH)) for _ in range(CODES)]
    session.add_all(RecoveryCode(account_id=account_id, code_hash=_hash(one)) for one in made)
    return ["-".join(one[at : at + 4] for at in range(0, _LENGTH, 4)) for one in made]


def _step_of(secret: str, code: str) -> int | None:
    """Return the latest step whose code was typed; None where it is none (RFC 6238, 4.2)."""
    typed = "".join(code.split())
    if not (len(typed) == 6 and typed.isascii() and typed.isdigit()):
        return None
    app, now = TOTP(secret, interval=_SECONDS), int(clock.now().timestamp()) // _SECONDS
    found = None
    for step in range(now - _AROUND, now + _AROUND + 1):  # each is looked at, so that the time tells nothing
        if hmac.compare_digest(app.at(step * _SECONDS), typed):
            found = step
    return found


def _wrong() -> AccessError:
    return AccessError(
        "factor.wrong", "That code is not right, or was used already.", remedy="Wait for the next one, or try again."
    )


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
