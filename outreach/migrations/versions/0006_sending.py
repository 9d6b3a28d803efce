"""Sending: indexes that keep a claim short, follow-ups, letters spread over a window

Revision 0006, after 0005.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    for column in (
        sa.Column("spread_minutes", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("working_hours", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("follow_after", sa.String(), nullable=False, server_default=""),
        sa.Column("follow_to", sa.String(), nullable=False, server_default=""),
        sa.Column("forgiven_tried", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("forgiven_failed", sa.Integer(), nullable=False, server_default="0"),
    ):
        op.add_column("campaign", column)
    # In SQL, which SQLite and PostgreSQL read alike: Alembic would copy the whole table for a named reference.
    op.execute(
        "ALTER TABLE campaign ADD COLUMN follows_id INTEGER "
        "CONSTRAINT fk_campaign_follows_id_campaign REFERENCES campaign (id)"
    )
    op.add_column("message", sa.Column("in_reply_to", sa.String(), nullable=False, server_default=""))
    op.drop_index("ix_message_due", table_name="message")
    for name, columns, where in (
        ("to_send", ["campaign_id", "state", "next_try_at", "id"], "owner IS NULL AND replaced_at IS NULL"),
        ("in_hand", ["owner"], "owner IS NOT NULL"),
        ("held", ["hold"], "hold IS NOT NULL"),
    ):
        op.create_index(
            f"ix_message_{name}", "message", columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where)
        )
