"""A campaign's list of signatories is as of a day that a person sets; which findings an approval overruled

Revision 0018, after 0017.
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.add_column("campaign", sa.Column("despite", sa.String(), nullable=False, server_default=""))
    op.add_column("campaign", sa.Column("signed_as_of", sa.Date(), nullable=True))
