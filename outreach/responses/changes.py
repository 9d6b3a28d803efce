"""The one place where a mail's or a person's word on a response is written into its history."""

from datetime import datetime

from sqlmodel import Session

from outreach.models import Response, ResponseChange


def record_change(
    session: Session,
    response: Response,
    field: str,
    old: str,
    new: str,
    *,
    note: str,
    who: str,
    at: datetime,
    reply_id: int | None = None,
) -> ResponseChange:
    """Keep a change of one field, by whom and when (UTC), in the session's transaction; the caller sets the field."""
    assert response.id is not None
    change = ResponseChange(
        response_id=response.id, at=at, who=who, field=field, old=old, new=new, note=note, reply_id=reply_id
    )
    response.changed_at, response.changed_by = at, who
    session.add(change)
    session.add(response)
    return change
