"""The subject on which the votes of past years are shown beside a campaign's positions

Revision 0030, after 0029.
"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    op.add_column("campaign", sa.Column("past_subject", sa.String(), nullable=False, server_default=""))
