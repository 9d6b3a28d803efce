"""The audit log: what was done at the web desk, when and by whom. Entries are added, never changed."""

from sqlalchemy import Engine
from sqlmodel import col, select

from outreach import clock
from outreach.database import reading, writing
from outreach.models import AuditEntry
from outreach.text import one_line

_MOST_DETAIL = 2_000


def note(engine: Engine, who: str, action: str, subject: str = "", detail: str = "") -> None:
    """Add an entry. No password and no mail's text belongs in it."""
    with writing(engine) as session:
        session.add(
            AuditEntry(
                at=clock.now(),
                who=one_line(who),
                action=action,
                subject=one_line(subject)[:300],
                detail=detail[:_MOST_DETAIL],
            )
        )


def entries(engine: Engine, *, before: int | None = None, most: int = 100) -> list[AuditEntry]:
    """Return the latest entries, newest first; `before` an entry's number, to leaf back."""
    with reading(engine) as session:
        query = select(AuditEntry).order_by(col(AuditEntry.id).desc()).limit(most)
        if before is not None:
            query = query.where(col(AuditEntry.id) < before)
        return list(session.exec(query))
