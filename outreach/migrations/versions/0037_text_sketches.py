"""A sketch of each letter's text, by which nearly the same is known again in a copy that lacks the text

Revision 0037, after 0036.
"""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"


def upgrade() -> None:
    for table in ("message", "dispatch"):
        op.add_column(table, sa.Column("text_sketch", sa.String(), nullable=False, server_default=""))
