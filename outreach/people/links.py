"""One-time links to the desk: an invitation to an account, and a link to a new password.

A link bears a secret of 256 bits, of which the database has the hash alone. It is good once and until its hour: using
it takes its row away in the transaction that makes the account or sets the password, so that of two who use it at once
one does. It is over as well once the admin who made it is none any more, and a link to a password once the account has
another password or is closed.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Engine, delete
from sqlmodel import Session, col, select

from outreach import clock
from outreach.actors import Actor, account_at
from outreach.database import reading, writing
from outreach.errors import AccessError, NotFoundError, UserError
from outreach.models import Account, AccountLink
from outreach.people import audit
from outreach.people.accounts import account_in, hashed_password, login_of, parse_login, parse_role, usable_email
from outreach.sentences import KeptSentence
from outreach.text import one_line
from outreach.vocabulary import Act, ActorKind, DeskRole, Door

INVITED = timedelta(hours=72)
"""How long an invitation is good."""
RESET = timedelta(hours=1)
"""How long a link to a new password is good."""
_BETWEEN = timedelta(minutes=5)
"""So long after a link was mailed to a person, no other is mailed to them."""
_MOST_ASKED = 3
"""To so many accounts of one address a link is mailed: a team may share a box."""


@dataclass(frozen=True, slots=True)
class OneTimeLink:
    """A link as it was made: its path is shown or mailed now, and never again."""

    path: str
    login: str
    name: str
    email: str
    language: str = ""
    """The language that the person has chosen; empty for an invitation, and where they have chosen none."""


def invite(engine: Engine, name: str, role: str, *, email: str = "", login: str = "", by: Actor) -> OneTimeLink:
    """Invite somebody to an account. The login is the e-mail address, or the first name, where none is given.

    An open invitation to the same login is replaced. Raises UserError for a login that is taken or can't be one, a role
    that there is not, an address that is none, and nobody's name.
    """
    said = one_line(name)[:100]
    if not said:
        raise UserError("invitation.nobody", "Nobody is named who is invited.", remedy="Say their name.")
    address, wanted = usable_email(email), parse_role(role)
    key = parse_login(login or address or login_of(said))
    token, now = secrets.token_urlsafe(32), clock.now()
    with writing(engine) as session:
        _require_free(session, key)
        session.execute(
            delete(AccountLink).where(
                (col(AccountLink.ends_at) <= now)
                | (col(AccountLink.account_id).is_(None) & (col(AccountLink.login) == key))
            )
        )
        session.add(
            AccountLink(
                token_hash=_hash(token), login=key, name=said, email=address, role=wanted, made_at=now,
                ends_at=now + INVITED, made_by=by.name, maker_id=_maker(by),
            )
        )  # fmt: skip
        audit.record(session, by, Act.ACCOUNT_INVITED, key, wanted.value)
    return OneTimeLink(f"/link/{token}", key, said, address)


def invitations(engine: Engine) -> list[AccountLink]:
    """Return the invitations that are open, the one that ends first in front."""
    with reading(engine) as session:
        found = session.exec(
            select(AccountLink)
            .where(col(AccountLink.account_id).is_(None), col(AccountLink.ends_at) > clock.now())
            .order_by(col(AccountLink.ends_at), col(AccountLink.id))
        )
        return [one for one in found if _maker_may(session, one)]


def withdraw(engine: Engine, number: int, *, by: Actor) -> AccountLink:
    """Take an invitation back. Raises NotFoundError for one that was used or is over."""
    with writing(engine) as session:
        one = session.get(AccountLink, number)
        if one is None or one.account_id is not None:
            raise NotFoundError("invitation.not-there", "There is no such invitation: it was used, or is over.")
        session.delete(one)
        audit.record(session, by, Act.ACCOUNT_INVITATION_ENDED, one.login)
        return one


def reset(engine: Engine, login: str, *, by: Actor) -> OneTimeLink:
    """Make a link by which a person chooses a new password; an earlier one is over. Their password holds until then.

    Raises NotFoundError for a login that there is not, UserError for an account that is closed.
    """
    with writing(engine) as session:
        account = account_in(session, login)
        if not account.active:
            raise UserError("account.closed", "The account {login!r} is closed.", login=account.login)
        return _made(session, account, by)


def asked_for(engine: Engine, who: str, *, by: Actor) -> list[OneTimeLink]:
    """Return the links to be mailed to a person who has forgotten their password, by their login or e-mail address.

    None where nobody is known by that, no address is recorded, or a link was made a moment ago. Who asked is not to be
    told which of these it is.
    """
    key, now = who.strip().casefold(), clock.now()
    if not key:
        return []
    with writing(engine) as session:
        known = session.exec(select(Account).where(col(Account.active).is_(True), col(Account.email) != "")).all()
        meant = [one for one in known if key in (one.login, one.email.casefold())][:_MOST_ASKED]
        lately = set(
            session.exec(select(AccountLink.account_id).where(col(AccountLink.made_at) > now - _BETWEEN)).all()
        )
        return [_made(session, one, by) for one in meant if one.id not in lately]


def opened(engine: Engine, token: str) -> AccountLink:
    """Return what a link is for; nothing changes. Raises AccessError for one that is no longer good."""
    with reading(engine) as session:
        return _good(session, token)


def accept(engine: Engine, token: str, password: str) -> Account:
    """Use a link: make the account, or set its new password and end its sessions. The person is the one who acts.

    Raises AccessError for a link that is no longer good, UserError for a password that does not do and, for an
    invitation, a login that somebody else has by now. The link stays good in these.
    """
    link = opened(engine, token)
    made = hashed_password(password, link.login, link.name, link.email)  # slow on purpose: outside the transaction
    with writing(engine) as session:
        now = _used_up(session, token)
        if now.account_id is None:
            return _joined(session, now, made)
        account = session.get_one(Account, now.account_id)
        account.password_hash = made
        account.epoch += 1
        session.add(account)
        audit.record(
            session,
            account_at(Door.DESK, account.id, account.name),
            Act.PASSWORD_SET,
            account.login,
            KeptSentence("log.link", "link"),
        )
        return account


def use_invitation(session: Session, token: str) -> Account:
    """Use an invitation in a transaction, for somebody who proves who they are elsewhere: the account has no password.

    Raises AccessError for a link that is no longer good, or to a new password; UserError for a login that is taken.
    """
    link = _used_up(session, token)
    if link.account_id is not None:
        raise _over()
    return _joined(session, link, "")


def _used_up(session: Session, token: str) -> AccountLink:
    """Return a good link, which is none any more once the transaction is committed. Raises AccessError."""
    link = _good(session, token)
    taken = session.execute(delete(AccountLink).where(col(AccountLink.id) == link.id))
    if getattr(taken, "rowcount", 0) != 1:  # two at once, on a database where both come this far
        raise _over()
    return link


def _joined(session: Session, link: AccountLink, password_hash: str) -> Account:
    _require_free(session, link.login)
    account = Account(
        login=link.login, name=link.name, role=link.role or DeskRole.VIEWER, password_hash=password_hash,
        created_at=clock.now(), created_by=link.made_by, email=link.email,
    )  # fmt: skip
    session.add(account)
    session.flush()
    by = account_at(Door.DESK, account.id, account.name)
    audit.record(session, by, Act.ACCOUNT_ADDED, account.login, account.role.value)
    return account


def _made(session: Session, account: Account, by: Actor) -> OneTimeLink:
    token, now = secrets.token_urlsafe(32), clock.now()
    session.execute(
        delete(AccountLink).where((col(AccountLink.ends_at) <= now) | (col(AccountLink.account_id) == account.id))
    )
    session.add(
        AccountLink(
            token_hash=_hash(token), account_id=account.id, epoch=account.epoch, login=account.login, name=account.name,
            email=account.email, made_at=now, ends_at=now + RESET, made_by=by.name, maker_id=_maker(by),
        )
    )  # fmt: skip
    audit.record(session, by, Act.ACCOUNT_RESET_MADE, account.login)
    return OneTimeLink(f"/link/{token}", account.login, account.name, account.email, account.language)


def _good(session: Session, token: str) -> AccountLink:
    link = session.exec(select(AccountLink).where(AccountLink.token_hash == _hash(token))).one_or_none()
    if link is None or link.ends_at <= clock.now() or not _maker_may(session, link):
        raise _over()
    if link.account_id is not None:
        account = session.get(Account, link.account_id)
        if account is None or not account.active or account.epoch != link.epoch:
            raise _over()
    return link


def _maker_may(session: Session, link: AccountLink) -> bool:
    """Tell whether the admin who made it is one still: what they gave out goes with their role."""
    if link.maker_id is None:
        return True
    maker = session.get(Account, link.maker_id)
    return maker is not None and maker.active and maker.role is DeskRole.ADMIN


def _require_free(session: Session, key: str) -> None:
    if session.exec(select(Account.id).where(Account.login == key)).first() is not None:
        raise UserError(
            "account.there-already", "There is an account {key!r} already.", key=key, remedy="Take another login."
        )


def _maker(by: Actor) -> int | None:
    return by.account if by.kind is ActorKind.ACCOUNT and by.door is Door.DESK else None


def _over() -> AccessError:
    return AccessError(
        "link.over", "This link is no longer good: it was used, replaced or withdrawn, or its time is over.",
        remedy="Ask an admin of the desk for another one.",
    )  # fmt: skip


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
