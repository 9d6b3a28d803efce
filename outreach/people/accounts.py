"""Accounts of the web desk: who there is, what role they have, and whether a password is theirs."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import Engine, delete
from sqlmodel import Session, col, func, select

from outreach import clock
from outreach.actors import Actor
from outreach.catalogues import languages
from outreach.database import reading, writing
from outreach.errors import AccessError, ConflictError, NotFoundError, UserError
from outreach.models import Account, AccountLink
from outreach.people import audit
from outreach.people.passwords import MOST, normalised, require_good
from outreach.sentences import KeptSentence
from outreach.settings import mailbox
from outreach.text import as_name, one_line
from outreach.vocabulary import Act, DeskRole

if TYPE_CHECKING:
    from argon2 import PasswordHasher

_MOST_ADDRESS = 254
"""Characters of an e-mail address (RFC 5321, 4.5.3.1.3, less the brackets)."""
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,99}")


def add_account(
    engine: Engine, login: str, password: str, role: str, *, name: str = "", by: Actor, first: bool = False
) -> Account:
    """Make an account. `login` is compared without case; `name` is the login where none is given.

    Raises UserError for a login that is taken or can't be one, a role there is not, a password that does not do; with
    `first`, ConflictError where there is any account.
    """
    key = parse_login(login)
    account = Account(
        login=key,
        name=one_line(name)[:100] or key,
        role=parse_role(role),
        password_hash=hashed_password(password, key, name),
        created_at=clock.now(),
        created_by=by.name,
    )
    with writing(engine) as session:
        if first and session.exec(select(Account.id)).first() is not None:
            raise ConflictError(
                "account.not-first", "There is an account already. Nothing was made.", remedy="Sign in{SIGN_IN}."
            )
        if session.exec(select(Account.id).where(Account.login == key)).first() is not None:
            raise UserError(
                "account.there-already", "There is an account {key!r} already.", key=key, remedy="Take another login."
            )
        session.add(account)
        audit.record(session, by, Act.ACCOUNT_ADDED, key, account.role.value)
    return account


def add_first_account(engine: Engine, login: str, password: str, *, name: str, by: Actor) -> Account:
    """Make the first account, an admin's. Raises UserError as `add_account`, ConflictError where there is one."""
    return add_account(engine, login, password, DeskRole.ADMIN, name=name, by=by, first=True)


def accounts(engine: Engine) -> list[Account]:
    """Return every account, by login."""
    with reading(engine) as session:
        return list(session.exec(select(Account).order_by(Account.login)))


def sign_in(engine: Engine, login: str, password: str) -> Account:
    """Return the account that a login and a password belong to.

    Raises AccessError, which does not tell which of the two is wrong. It takes as long for a login that there
    is not, so that the time doesn't tell either.
    """
    from argon2.exceptions import InvalidHashError, VerificationError

    key = login.strip().casefold()
    with reading(engine) as session:
        account = session.exec(select(Account).where(Account.login == key)).one_or_none()
    known = account is not None and account.active and bool(account.password_hash)
    try:
        _hasher().verify(account.password_hash if known and account else _nobodys(), normalised(password)[:MOST])
    except (VerificationError, InvalidHashError):
        known = False
    if not known or account is None:
        raise AccessError(
            "account.wrong", "That login and password don't belong together.", remedy="Try again, or ask an admin."
        )
    if _hasher().check_needs_rehash(account.password_hash):
        _store_hash(engine, account.id, _hasher().hash(normalised(password)))
    return account


def change_password(engine: Engine, login: str, password: str, *, by: Actor) -> Account:
    """Give an account another password, and end its sessions. Raises NotFoundError, UserError for a bad one."""
    account = get_account(engine, login)
    return _store_hash(engine, account.id, hashed_password(password, account.login, account.name), by=by)


def change_account(engine: Engine, login: str, *, role: str, active: bool, by: Actor) -> Account:
    """Change what a person may do, or close their account, which ends their sessions.

    Raises NotFoundError, UserError for a role there is not, and where no active admin would be left.
    """
    wanted = parse_role(role)
    with writing(engine) as session:
        account = account_in(session, parse_login(login))
        if account.role is DeskRole.ADMIN and account.active and not (active and wanted is DeskRole.ADMIN):
            admins = select(func.count()).where(Account.role == DeskRole.ADMIN, col(Account.active).is_(True))
            if session.exec(admins).one() < 2:
                raise UserError(
                    "account.only-admin",
                    "{account} is the only admin: nobody could let people in any more.",
                    account=account.name,
                    remedy="Make somebody else an admin first.",
                )
        if account.active and not active:
            account.epoch += 1
        account.role, account.active = wanted, active
        session.add(account)
        told = wanted.value if active else "closed"
        audit.record(session, by, Act.ACCOUNT_CHANGED, account.login, told)
        return account


def choose_language(engine: Engine, login: str, language: str, *, by: Actor) -> Account:
    """Let the desk speak to a person in a language from now on. Raises NotFoundError, and UserError for one there is
    not."""
    if language not in languages():
        raise UserError(
            "account.no-language", "There are no words in {language!r}.", language=language,
            remedy="Choose one of: {known}.", known=", ".join(languages()),
        )  # fmt: skip
    with writing(engine) as session:
        account = account_in(session, parse_login(login))
        if account.language != language:
            account.language = language
            session.add(account)
            detail = KeptSentence("log.language", "language {language}", language=language)
            audit.record(session, by, Act.ACCOUNT_CHANGED, account.login, detail)
        return account


def set_email(engine: Engine, login: str, email: str, *, by: Actor) -> Account:
    """Write down where a person's links to a new password are mailed to; empty for nowhere. The log tells that, and
    not the address. Raises NotFoundError, and UserError for an address that is none."""
    address = usable_email(email)
    with writing(engine) as session:
        account = account_in(session, parse_login(login))
        account.email = address
        session.add(account)
        # Links that went to the former address are over with it.
        session.execute(delete(AccountLink).where(col(AccountLink.account_id) == account.id))
        audit.record(session, by, Act.ACCOUNT_CHANGED, account.login, "mail address" if address else "no mail address")
        return account


def usable_email(text: str) -> str:
    """Return an e-mail address as it is stored, or nothing for nothing. Raises UserError for one that is none."""
    if not text.strip():
        return ""
    try:
        named, address = mailbox(text)
    except ValueError:
        named, address = text, ""
    if named or not address or len(address) > _MOST_ADDRESS:
        raise UserError(
            "account.address", "{text!r} is no e-mail address.", text=text[:100], remedy="Write it as name@domain."
        )
    return address


def hashed_password(password: str, *context: str) -> str:
    """Return the hash of a password that does; `context` is what is known of its owner. Raises UserError."""
    return _hasher().hash(require_good(password, context))


def parse_role(text: str) -> DeskRole:
    """Return the role of that name; raises UserError, which lists them."""
    try:
        return DeskRole(text.strip().casefold())
    except ValueError:
        raise UserError(
            "account.role",
            "{text!r} is no role.",
            text=text,
            deskrole=", ".join(DeskRole),
            remedy="Say one of: {deskrole}.",
        ) from None


def may(role: DeskRole, needed: DeskRole) -> bool:
    """Tell whether a role includes what another one may do."""
    order = list(DeskRole)
    return order.index(role) >= order.index(needed)


def parse_login(text: str) -> str:
    """Return a login as it is stored. Raises UserError for one that can't be."""
    key = text.strip().casefold()
    if not _LOGIN.fullmatch(key):
        raise UserError(
            "account.login",
            "{text!r} can't be a login.",
            text=text,
            remedy="Use letters a to z, digits and . _ - @ +, at most 100 of them.",
        )
    return key


def login_of(name: str) -> str:
    """Return the login that a person has where none is given: their first name, as far as it can be one."""
    first = name.strip().partition(" ")[0]
    return as_name(first) or first


def _store_hash(engine: Engine, account_id: int | None, password_hash: str, *, by: Actor | None = None) -> Account:
    """Store a hash: a person's new password, which ends the sessions, or nobody's act, where one is made anew."""
    with writing(engine) as session:
        account = session.get_one(Account, account_id)
        account.password_hash = password_hash
        if by is not None:
            account.epoch += 1
            audit.record(session, by, Act.PASSWORD_SET, account.login)
        session.add(account)
        return account


def get_account(engine: Engine, login: str) -> Account:
    """Return the account of a login. Raises NotFoundError."""
    with reading(engine) as session:
        return account_in(session, login)


def account_in(session: Session, login: str) -> Account:
    """Return the account of a login within the session's transaction. Raises NotFoundError."""
    account = session.exec(select(Account).where(Account.login == login.strip().casefold())).one_or_none()
    if account is None:
        raise NotFoundError(
            "account.not-there", "There is no account {login!r}.", login=login, remedy="Make it{ADD_USER}."
        )
    return account


@cache
def _hasher() -> PasswordHasher:
    """Argon2id with the second recommended parameters of RFC 9106, section 4, which the library takes by default."""
    from argon2 import PasswordHasher

    return PasswordHasher()


@cache
def _nobodys() -> str:
    return _hasher().hash("nobody's password")
