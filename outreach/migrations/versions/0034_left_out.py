"""Why a recipient is not written to while the others of its letter are is kept in a column of its own

Revision 0034, after 0033. Until now it was read from the words that stood in the place of the server's answer.
"""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"

_HOLDS = ("asked to be left alone", "the address takes no mail")


def upgrade() -> None:
    length = 80 if op.get_bind().dialect.name == "postgresql" else 40  # as of message.hold (0011)
    op.add_column("delivery", sa.Column("hold", sa.String(length), nullable=True))
    delivery = sa.table("delivery", sa.column("hold"), sa.column("smtp_reply"), sa.column("state"))
    for hold in _HOLDS:
        op.execute(
            sa.update(delivery)
            .where(delivery.c.smtp_reply == f"left out: {hold}", delivery.c.state == "failed")
            .values(hold=hold)
        )
