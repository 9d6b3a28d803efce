"""Proof: what else a mail is, who speaks in it, whether it counts; proposals of answers and bounces name their letter

Revision 0016, after 0015.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.add_column("reply", sa.Column("sub_kind", sa.String(), nullable=True))
    op.add_column("reply", sa.Column("speaker", sa.String(), nullable=False, server_default="nobody"))
    op.add_column("reply", sa.Column("counts", sa.String(), nullable=False, server_default="no"))
    # What counted so far goes on to count: nothing is concluded anew of mail that people have read.
    op.execute("UPDATE reply SET counts = 'yes' WHERE kind = 'reply' AND message_id IS NOT NULL")
    with op.batch_alter_table("suggestion") as batch:
        batch.add_column(sa.Column("message_id", sa.Integer(), nullable=True))
        batch.create_foreign_key("fk_suggestion_message_id_message", "message", ["message_id"], ["id"])
    op.add_column("delivery_event", sa.Column("taken_back_at", sa.DateTime(timezone=True), nullable=True))
