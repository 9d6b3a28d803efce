"""Counting: indexes that hold what the desk's pages count, so that no letter is read for it

Revision 0009, after 0008.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    counts = sa.text("replaced_at IS NULL")
    op.create_index(
        "ix_message_counted",
        "message",
        ["campaign_id", "state", "delivery", "rehearsed", "replaced_at"],
        sqlite_where=counts,
        postgresql_where=counts,
    )
    corrections = sa.text("corrects_id IS NOT NULL")
    op.create_index(
        "ix_message_corrects",
        "message",
        ["campaign_id", "corrects_id"],
        sqlite_where=corrections,
        postgresql_where=corrections,
    )
    op.create_index("ix_message_iso3", "message", ["iso3"])
    op.create_index("ix_response_counted", "response", ["campaign_id", "answer", "position"])
    op.create_index("ix_response_of_mission", "response", ["iso3", "campaign_id"])
    op.drop_index("ix_response_campaign_id", table_name="response")
    op.create_index("ix_reply_to_settle", "reply", ["message_id", "settled_at", "ours"])
    op.drop_index("ix_reply_message_id", table_name="reply")
    # By kind alone, SQLite was led through years of bounces where a few messages' were asked for.
    lately = sa.text("kind = 'sending' OR kind = 'bounced'")
    op.create_index(
        "ix_delivery_event_lately", "delivery_event", ["at", "kind"], sqlite_where=lately, postgresql_where=lately
    )
    op.drop_index("ix_delivery_event_kind_at", table_name="delivery_event")
