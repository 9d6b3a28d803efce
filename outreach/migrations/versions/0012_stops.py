"""What stopped a campaign, and since when

Revision 0012, after 0011.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.add_column("campaign", sa.Column("stop", sa.String(40), nullable=True))
    op.add_column("campaign", sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True))
    # Of one that stands still already nobody has written down more than its words: a person paused most of them.
    op.execute("UPDATE campaign SET stop = 'paused' WHERE state = 'paused'")
    op.execute("UPDATE campaign SET stop = 'late' WHERE state = 'waiting'")
    op.execute("UPDATE campaign SET stop = 'addresses changed' WHERE state = 'draft' AND reason <> ''")
