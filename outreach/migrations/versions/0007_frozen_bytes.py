"""The bytes of a message in a table of their own, apart from what is written on its way out

Revision 0007, after 0006.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "frozen",
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name="fk_frozen_message_id_message"),
        sa.PrimaryKeyConstraint("message_id", name="pk_frozen"),
    )
    op.execute("INSERT INTO frozen (message_id, raw) SELECT id, raw FROM message")
    op.add_column("message", sa.Column("size", sa.Integer(), nullable=False, server_default="0"))
    op.execute("UPDATE message SET size = length(raw)")
    op.drop_column("message", "raw")
