"""The box: what became of each mail of a folder, by its UID; by which ways a mail came

Revision 0017, after 0016. How far each folder was read stays as it is: what was read is not asked for again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.add_column("mailbox", sa.Column("read_at", moment, nullable=True))
    op.add_column("mailbox", sa.Column("trouble", sa.Text(), nullable=False, server_default=""))
    op.add_column("reply", sa.Column("same_key", sa.String(length=64), nullable=False, server_default=""))
    op.create_index("ix_reply_same_key", "reply", ["same_key"])
    op.create_table(
        "mailbox_uid",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("mailbox_id", sa.Integer(), nullable=False),
        sa.Column("uid_validity", sa.BigInteger(), nullable=False),
        sa.Column("uid", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.ForeignKeyConstraint(["mailbox_id"], ["mailbox.id"], name="fk_mailbox_uid_mailbox_id_mailbox"),
        sa.UniqueConstraint("mailbox_id", "uid_validity", "uid", name="uq_mailbox_uid_mailbox_id_uid_validity_uid"),
    )
    op.create_index("ix_mailbox_uid_state", "mailbox_uid", ["mailbox_id", "state"])
    op.create_table(
        "reply_path",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("reply_id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.ForeignKeyConstraint(["reply_id"], ["reply.id"], name="fk_reply_path_reply_id_reply", ondelete="CASCADE"),
        sa.UniqueConstraint("reply_id", "source", name="uq_reply_path_reply_id_source"),
    )
    op.create_index("ix_reply_path_digest", "reply_path", ["digest"])
