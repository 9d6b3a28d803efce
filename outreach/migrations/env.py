"""Alembic's entry: runs the upgrade on the connection that outreach.database hands over."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlmodel import SQLModel

from outreach import models


def _plain(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    # A migration must not change when the models do, so it names plain types only.
    if kind == "type" and isinstance(item, models.UTCDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and hasattr(item, "words"):
        return f"sa.String({item.impl.length})"
    if kind == "type" and type(item).__module__.startswith("sqlmodel"):
        return f"sa.String({item.length or ''})"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
    render_item=_plain,
)
with context.begin_transaction():
    context.run_migrations()
