"""What comes back

Revision 0002, after 0001.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "mailbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("uid_validity", sa.BigInteger(), nullable=False),
        sa.Column("last_uid", sa.BigInteger(), nullable=False),
        sa.Column("synced_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailbox")),
        sa.UniqueConstraint("name", name=op.f("uq_mailbox_name")),
    )
    op.create_table(
        "known_sender",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("address_key", sa.String(), nullable=False),
        sa.Column("iso3", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["iso3"], ["mission.iso3"], name=op.f("fk_known_sender_iso3_mission")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_known_sender")),
        sa.UniqueConstraint("address_key", name=op.f("uq_known_sender_address_key")),
    )
    op.create_table(
        "attachment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reply_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["reply_id"], ["reply.id"], name=op.f("fk_attachment_reply_id_reply")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
    )
    with op.batch_alter_table("attachment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_attachment_reply_id"), ["reply_id"], unique=False)

    op.create_table(
        "opt_out",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("address_key", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("reply_id", sa.Integer(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["reply_id"], ["reply.id"], name=op.f("fk_opt_out_reply_id_reply")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opt_out")),
    )
    with op.batch_alter_table("opt_out", schema=None) as batch_op:
        batch_op.create_index(
            "uq_opt_out_one_in_force",
            ["address_key"],
            unique=True,
            sqlite_where=sa.text("withdrawn_at IS NULL"),
            postgresql_where=sa.text("withdrawn_at IS NULL"),
        )

    op.create_table(
        "suggestion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reply_id", sa.Integer(), nullable=False),
        sa.Column("iso3", sa.String(3), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted", sa.Boolean(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["reply_id"], ["reply.id"], name=op.f("fk_suggestion_reply_id_reply")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suggestion")),
    )
    with op.batch_alter_table("suggestion", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_suggestion_reply_id"), ["reply_id"], unique=False)

    # Added one by one, not in a batch: a batch may make the table anew, and rows point at the old one.
    op.add_column("contact", sa.Column("bounced_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("contact", sa.Column("bounce_detail", sa.Text(), server_default="", nullable=False))

    op.add_column("reply", sa.Column("confidence", sa.String(40), server_default="none", nullable=False))
    op.add_column("reply", sa.Column("candidates", sa.JSON(), server_default="[]", nullable=False))
    op.add_column("reply", sa.Column("ours", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("reply", sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("reply", sa.Column("settled_by", sa.String(), server_default="", nullable=False))
    op.add_column("reply", sa.Column("returns_on", sa.Date(), nullable=True))
    op.add_column("reply", sa.Column("page", sa.Text(), server_default="", nullable=False))

    with op.batch_alter_table("response_change", schema=None) as batch_op:
        batch_op.add_column(sa.Column("undoes_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_response_change_undoes_id_response_change"), "response_change", ["undoes_id"], ["id"]
        )


def downgrade() -> None:
    with op.batch_alter_table("response_change", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_response_change_undoes_id_response_change"), type_="foreignkey")
        batch_op.drop_column("undoes_id")

    with op.batch_alter_table("reply", schema=None) as batch_op:
        batch_op.drop_column("page")
        batch_op.drop_column("returns_on")
        batch_op.drop_column("settled_by")
        batch_op.drop_column("settled_at")
        batch_op.drop_column("ours")
        batch_op.drop_column("candidates")
        batch_op.drop_column("confidence")

    with op.batch_alter_table("contact", schema=None) as batch_op:
        batch_op.drop_column("bounce_detail")
        batch_op.drop_column("bounced_at")

    with op.batch_alter_table("suggestion", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_suggestion_reply_id"))

    op.drop_table("suggestion")
    with op.batch_alter_table("opt_out", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_opt_out_one_in_force",
            sqlite_where=sa.text("withdrawn_at IS NULL"),
            postgresql_where=sa.text("withdrawn_at IS NULL"),
        )

    op.drop_table("opt_out")
    with op.batch_alter_table("attachment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_attachment_reply_id"))

    op.drop_table("attachment")
    op.drop_table("known_sender")
    op.drop_table("mailbox")
