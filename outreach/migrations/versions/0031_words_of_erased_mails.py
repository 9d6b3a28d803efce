"""The words of mails that were emptied go from what was told of them too

Revision 0031, after 0030. An erasure before this left them in the events of letters, in the history of answers and in
the reasons of addresses that are not written to.
"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"

_MARK = "[erased]"


def upgrade() -> None:
    reply = sa.table("reply", sa.column("id"), sa.column("erased_at"), sa.column("body"), sa.column("subject"))
    emptied = sa.select(reply.c.id).where(
        reply.c.erased_at.is_not(None), reply.c.body == _MARK, reply.c.subject == _MARK
    )
    response = sa.table("response", sa.column("id"), sa.column("note"))
    change = sa.table("response_change", sa.column("response_id"), sa.column("note"), sa.column("reply_id"))
    quotes = sa.exists().where(
        change.c.response_id == response.c.id, change.c.note == response.c.note, change.c.reply_id.in_(emptied)
    )
    op.execute(sa.update(response).where(response.c.note != "", quotes).values(note=_MARK))
    for name, column in (("delivery_event", "detail"), ("response_change", "note"), ("opt_out", "why")):
        table = sa.table(name, sa.column(column), sa.column("reply_id"))
        words = table.c[column]
        op.execute(sa.update(table).where(words != "", table.c.reply_id.in_(emptied)).values({column: _MARK}))
