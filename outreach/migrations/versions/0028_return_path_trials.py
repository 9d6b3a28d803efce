"""Tests of a return address for each letter

Revision 0028, after 0027.
"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "return_path_trial",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("server", sa.String(), nullable=False),
        sa.Column("box", sa.String(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("tried_at", _MOMENT, nullable=False),
        sa.Column("back_at", _MOMENT, nullable=True),
        sa.Column("refused", sa.Text(), nullable=False, server_default=""),
        sa.UniqueConstraint("message_id", name="uq_return_path_trial_message_id"),
    )
