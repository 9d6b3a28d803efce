"""What a file that came with a mail is, and the words in it

Revision 0021, after 0020. Files that came before are read when mail is next fetched.
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.add_column("attachment", sa.Column("kind", sa.String(length=40), nullable=False, server_default=""))
    op.add_column("attachment", sa.Column("words", sa.Text(), nullable=False, server_default=""))
