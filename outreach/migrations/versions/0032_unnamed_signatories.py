"""Whom a sheet of signatories lacks is kept in a column of its own

Revision 0032, after 0031.
"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    op.add_column("signatory", sa.Column("unnamed_since", sa.DateTime(timezone=True), nullable=True))
