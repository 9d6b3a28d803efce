"""How states voted in past years, by resolution

Revision 0024, after 0022.
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    resolution = op.create_table(
        "past_resolution",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("symbol", sa.String(100), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("session", sa.String(), nullable=False),
        sa.Column("voted_on", sa.Date(), nullable=False),
        sa.Column("themes", sa.Text(), nullable=False),
        sa.Column("yes", sa.Integer(), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("abstained", sa.Integer(), nullable=False),
        sa.Column("not_voting", sa.Integer(), nullable=False),
        sa.UniqueConstraint("symbol", name="uq_past_resolution_symbol"),
    )
    op.create_index("ix_past_resolution_voted_on", resolution.name, ["voted_on"])
    op.create_table(
        "past_vote",
        sa.Column("resolution_id", sa.Integer(), sa.ForeignKey("past_resolution.id"), primary_key=True),
        sa.Column("iso3", sa.String(3), primary_key=True),
        sa.Column("vote", sa.String(), nullable=False),
    )
    op.create_index("ix_past_vote_iso3", "past_vote", ["iso3"])
