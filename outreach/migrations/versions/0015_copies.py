"""Dates, and copies: which letters lie in the Sent folder, which the archive has, and how that is getting on

Revision 0015, after 0014.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    for name in ("filing_at", "filed_at", "archived_at", "dated_at"):
        op.add_column("message", sa.Column(name, moment, nullable=True))
    op.create_table(
        "copy_keeper",
        sa.Column("name", sa.String(length=20), primary_key=True),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=True),
        sa.Column("lease_until", moment, nullable=True),
        sa.Column("by_itself", sa.Boolean(), nullable=True),
        sa.Column("trouble", sa.Text(), nullable=False),
        sa.Column("trouble_since", moment, nullable=True),
        sa.Column("next_try_at", moment, nullable=True),
    )
