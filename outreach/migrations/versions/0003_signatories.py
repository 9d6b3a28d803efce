"""Signatories

Revision 0003, after 0002.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "signatory",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_key", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("affiliation", sa.String(), nullable=False),
        sa.Column("acronym", sa.String(), nullable=False),
        sa.Column("country", sa.String(), nullable=False),
        sa.Column("website", sa.String(), nullable=False),
        sa.Column("logo", sa.String(), nullable=False),
        sa.Column("sort_as", sa.String(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("absent_since", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_signatory_campaign_id_campaign")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signatory")),
        sa.UniqueConstraint("campaign_id", "kind", "name_key", name="uq_signatory_campaign_kind_name"),
    )
    op.create_index(op.f("ix_signatory_campaign_id"), "signatory", ["campaign_id"])
    op.create_table(
        "signatory_list",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("entries", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_signatory_list_campaign_id_campaign")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signatory_list")),
    )
    op.create_index(op.f("ix_signatory_list_campaign_id"), "signatory_list", ["campaign_id"])
    op.add_column("campaign", sa.Column("sign_on_by", sa.DateTime(timezone=True), nullable=True))
    # Not through a batch: on SQLite that makes the table anew, and dropping the old one breaks what points at its rows.
    op.execute(
        "ALTER TABLE message ADD COLUMN signatory_list_id INTEGER "
        "CONSTRAINT fk_message_signatory_list_id_signatory_list REFERENCES signatory_list (id)"
    )


def downgrade() -> None:
    with op.batch_alter_table("message") as batch_op:
        batch_op.drop_constraint(op.f("fk_message_signatory_list_id_signatory_list"), type_="foreignkey")
        batch_op.drop_column("signatory_list_id")
    with op.batch_alter_table("campaign") as batch_op:
        batch_op.drop_column("sign_on_by")
    op.drop_index(op.f("ix_signatory_list_campaign_id"), table_name="signatory_list")
    op.drop_table("signatory_list")
    op.drop_index(op.f("ix_signatory_campaign_id"), table_name="signatory")
    op.drop_table("signatory")
