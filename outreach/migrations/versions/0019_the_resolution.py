"""What the recorded vote of a campaign says of its resolution

Revision 0019, after 0018.
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.add_column("campaign", sa.Column("resolution", sa.JSON(), nullable=True))
