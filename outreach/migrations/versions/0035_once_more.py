"""That a person let one letter go which its mission has had is kept in a column of its own

Revision 0035, after 0034. Until now it was read from the words of the event that tells of it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"

_WORDS = "to be sent once more, to who has had it already"


def upgrade() -> None:
    op.add_column("message", sa.Column("once_more_at", sa.DateTime(timezone=True), nullable=True))
    message = sa.table("message", sa.column("id"), sa.column("once_more_at"))
    event = sa.table("delivery_event", *map(sa.column, ("message_id", "at", "kind", "detail")))
    let_go = (event.c.message_id == message.c.id) & (event.c.kind == "released") & (event.c.detail == _WORDS)
    last = sa.select(sa.func.max(event.c.at)).where(let_go).scalar_subquery()
    op.execute(sa.update(message).where(sa.exists().where(let_go)).values(once_more_at=last))
