"""What a team keeps of its missions and contacts in columns of its own

Revision 0022, after 0021.
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    for table in ("mission", "contact"):
        op.add_column(table, sa.Column("fields", sa.JSON(), nullable=False, server_default="{}"))
