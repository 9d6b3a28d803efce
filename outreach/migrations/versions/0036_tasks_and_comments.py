"""Whose task a mission is in a campaign and until when, comments on it, and whom they mention

Revision 0036, after 0035.
"""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    # Not as a batch: that makes the table anew, and SQLite deletes no table whose rows others refer to.
    op.execute(
        "ALTER TABLE response ADD COLUMN assigned_id INTEGER "
        "CONSTRAINT fk_response_assigned_id_account REFERENCES account (id)"
    )
    op.add_column("response", sa.Column("due_on", sa.Date(), nullable=True))
    op.create_index("ix_response_assigned_id", "response", ["assigned_id"])
    op.create_table(
        "mission_comment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("response_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("withdrawn_at", moment, nullable=True),
        sa.Column("withdrawn_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["response_id"], ["response.id"], name="fk_mission_comment_response_id_response"),
        sa.PrimaryKeyConstraint("id", name="pk_mission_comment"),
    )
    op.create_index("ix_mission_comment_response_id", "mission_comment", ["response_id"])
    op.create_table(
        "mention",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("comment_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("seen_at", moment, nullable=True),
        sa.ForeignKeyConstraint(["comment_id"], ["mission_comment.id"], name="fk_mention_comment_id_mission_comment"),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_mention_account_id_account"),
        sa.PrimaryKeyConstraint("id", name="pk_mention"),
        sa.UniqueConstraint("comment_id", "account_id", name="uq_mention_comment_account"),
    )
    op.create_index("ix_mention_account_id", "mention", ["account_id"])
