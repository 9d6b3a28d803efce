"""The audit log: what was done, when, by whom and at which door. Entries are added, never changed.

`record` writes into the transaction that does what it tells of: there is never one without the other.
"""

from datetime import datetime

from sqlalchemy import Connection, Engine, bindparam, insert
from sqlmodel import Session, col, func, select

from outreach import clock
from outreach.actors import Actor
from outreach.database import reading, writing
from outreach.models import AuditEntry
from outreach.statement import Statement
from outreach.text import one_line
from outreach.vocabulary import Act, Door

_MOST_DETAIL = 2_000
_MOST_SUBJECT = 300
_COLUMNS = (
    "at", "who", "actor_kind", "account_id", "door", "machine_user", "action", "subject", "campaign", "iso3", "detail",
)  # fmt: skip
_ADD = Statement(lambda _: insert(AuditEntry).values({name: bindparam(name) for name in _COLUMNS}))


def record(
    session: Session | Connection,
    by: Actor,
    act: Act,
    subject: str = "",
    detail: str = "",
    *,
    campaign: str = "",
    iso3: str = "",
) -> None:
    """Add what somebody did to the log, in the transaction. No password and no mail's text belongs in it.

    `campaign` and `iso3` are what it is about, and the subject where no other is told.
    """
    about = one_line(subject or ", ".join(filter(None, (campaign, iso3))))[:_MOST_SUBJECT]
    row = {
        "at": clock.now(), "who": one_line(by.name), "actor_kind": by.kind, "account_id": by.account, "door": by.door,
        "machine_user": by.user, "action": act.value, "subject": about, "campaign": campaign, "iso3": iso3,
        "detail": detail if len(detail) <= _MOST_DETAIL else detail[:_MOST_DETAIL],
    }  # fmt: skip
    if isinstance(session, Session):
        session.flush()  # what it tells of comes first
        session = session.connection()
    _ADD.run(session, [row])


def refuse_sign_in(engine: Engine, login: str, door: Door, detail: str = "") -> None:
    """Note that somebody whom nobody knows was not let in, under the login that they gave, and at which step."""
    with writing(engine) as session:
        session.add(
            AuditEntry(
                at=clock.now(),
                who="",
                door=door,
                action=Act.SIGN_IN_REFUSED.value,
                subject=one_line(login)[:100],
                detail=detail,
            )
        )


def refused_since(session: Session, since: datetime) -> int:
    """Return how many sign-ins were refused since a moment (UTC)."""
    query = select(func.count()).where(
        AuditEntry.action == Act.SIGN_IN_REFUSED.value, col(AuditEntry.at) >= since
    )  # fmt: skip
    return int(session.exec(query).one())


def note_sign_in(engine: Engine, by: Actor, how: str = "") -> bool:
    """Note that somebody was let in, and by what where it was more than a password; tell whether they were before."""
    with writing(engine) as session:
        before = select(AuditEntry.id).where(
            AuditEntry.account_id == by.account, AuditEntry.action == Act.SIGNED_IN.value
        )
        known = session.exec(before.limit(1)).first() is not None
        record(session, by, Act.SIGNED_IN, detail="" if how == "password" else how)
    return known


def entries(engine: Engine, *, before: int | None = None, most: int = 100) -> list[AuditEntry]:
    """Return the latest entries, newest first; `before` an entry's number, to leaf back."""
    with reading(engine) as session:
        query = select(AuditEntry).order_by(col(AuditEntry.id).desc()).limit(most)
        if before is not None:
            query = query.where(col(AuditEntry.id) < before)
        return list(session.exec(query))
