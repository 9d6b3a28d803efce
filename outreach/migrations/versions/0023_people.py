"""Erased mails, answers that were given free, and what is going to be erased

Revision 0023, after 0022.
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.add_column("reply", sa.Column("erased_at", moment, nullable=True))
    op.create_table(
        "released",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("response_id", sa.Integer(), nullable=False),
        sa.Column("reply_id", sa.Integer(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("withdrawn_at", moment, nullable=True),
        sa.Column("withdrawn_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["response_id"], ["response.id"], name="fk_released_response_id_response"),
        sa.ForeignKeyConstraint(["reply_id"], ["reply.id"], name="fk_released_reply_id_reply"),
        sa.PrimaryKeyConstraint("id", name="pk_released"),
    )
    op.create_index("ix_released_response_id", "released", ["response_id"])
    op.create_table(
        "retention_warning",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("warned_at", moment, nullable=False),
        sa.Column("erases_at", moment, nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("mails", sa.Integer(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_retention_warning"),
    )
