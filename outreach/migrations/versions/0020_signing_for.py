"""Who signs for an organisation; the order of the sheet, which a campaign may keep

Revision 0020, after 0019.
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.add_column("signatory", sa.Column("representative", sa.String(), nullable=False, server_default=""))
    op.add_column("signatory", sa.Column("place", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("campaign", sa.Column("as_in_sheet", sa.Boolean(), nullable=False, server_default=sa.false()))
