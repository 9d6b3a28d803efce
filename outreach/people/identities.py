"""Which account somebody is who comes from their organisation's sign-in: linked already, by a verified address, or by
an invitation. Nobody gets an account unasked.
"""

from sqlalchemy import Engine, delete
from sqlmodel import Session, col, select

from outreach import clock
from outreach.actors import Actor, account_at
from outreach.database import reading, writing
from outreach.errors import AccessError, UserError
from outreach.models import Account, LinkedIdentity
from outreach.people import audit, links
from outreach.people.oidc import Claims
from outreach.vocabulary import Act, Door


def account_for(engine: Engine, claims: Claims) -> Account:
    """Return the account of a person whom the issuer names; it is linked at the first time, by a verified address that
    one open account alone has. Raises AccessError, which says the same whatever the reason."""
    with writing(engine) as session:
        linked = session.exec(_of(claims)).one_or_none()
        if linked is not None:
            account = session.get_one(Account, linked.account_id)
            if not account.active:
                raise _nobody()
            return account
        meant = _by_address(session, claims.email) if claims.email else []
        if len(meant) != 1:
            raise _nobody()
        _link(session, meant[0], claims, claims.email)
        return meant[0]


def join(engine: Engine, token: str, claims: Claims) -> Account:
    """Use an invitation: make its account, linked and without a password. Raises AccessError for a link that is over,
    UserError for one to a new password, or a person who has an account already."""
    with writing(engine) as session:
        if session.exec(_of(claims)).one_or_none() is not None:
            raise UserError(
                "identity.taken", "You have an account here already. Nothing was made.", remedy="Sign in{SIGN_IN}."
            )
        account = links.use_invitation(session, token)
        _link(session, account, claims, "")
        return account


def identities_of(engine: Engine, account_id: int) -> list[LinkedIdentity]:
    """Return how an account is linked, the first in front."""
    with reading(engine) as session:
        found = select(LinkedIdentity).where(LinkedIdentity.account_id == account_id)
        return list(session.exec(found.order_by(col(LinkedIdentity.id))))


def unlink(engine: Engine, account_id: int, *, by: Actor) -> None:
    """Take an account's links away. Raises UserError where nothing else would let its person in, or there is none."""
    with writing(engine) as session:
        account = session.get_one(Account, account_id)
        if not account.password_hash:
            raise UserError(
                "identity.only-way", "You have no password here: you could not sign in any more.",
                remedy="Have a link to a password made first.",
            )  # fmt: skip
        gone = session.execute(delete(LinkedIdentity).where(col(LinkedIdentity.account_id) == account_id))
        if not getattr(gone, "rowcount", 0):
            raise UserError("identity.none", "The account is linked with no organisation's sign-in.")
        audit.record(session, by, Act.IDENTITY_UNLINKED, account.login)


def _of(claims: Claims):  # type: ignore[no-untyped-def]
    return select(LinkedIdentity).where(
        LinkedIdentity.issuer == claims.issuer, LinkedIdentity.subject == claims.subject
    )


def _by_address(session: Session, email: str) -> list[Account]:
    known = session.exec(select(Account).where(col(Account.active).is_(True), col(Account.email) != "")).all()
    return [one for one in known if one.email.casefold() == email.casefold()]


def _link(session: Session, account: Account, claims: Claims, email: str) -> None:
    assert account.id is not None
    session.add(
        LinkedIdentity(
            account_id=account.id, issuer=claims.issuer, subject=claims.subject, email=email, linked_at=clock.now()
        )
    )
    by: Actor = account_at(Door.DESK, account.id, account.name)
    audit.record(session, by, Act.IDENTITY_LINKED, account.login, claims.issuer)


def _nobody() -> AccessError:
    return AccessError(
        "identity.unknown", "Your organisation knows you, and this desk does not.",
        remedy="Ask an admin of the desk for an invitation, and open it before you sign in.",
    )  # fmt: skip
