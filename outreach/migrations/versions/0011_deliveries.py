"""Once: a delivery for each recipient, an attempt for each try, claims with numbers, what this database is

Revision 0011, after 0010.
"""

import uuid

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    _deliveries()
    op.create_table(
        "attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("claim", sa.Integer(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("worker", sa.String(), nullable=False),
        sa.Column("server", sa.String(), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column("stage", sa.String(40), nullable=False),
        sa.Column("code", sa.Integer(), nullable=True),
        sa.Column("enhanced", sa.String(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("outcome", sa.String(40), nullable=False),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"], name="fk_attempt_delivery_id_delivery"),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name="fk_attempt_message_id_message"),
        sa.PrimaryKeyConstraint("id", name="pk_attempt"),
    )
    op.create_index("ix_attempt_message_id", "attempt", ["message_id"])
    if op.get_bind().dialect.name == "postgresql":  # one of its words is longer; SQLite does not mind
        op.alter_column("message", "hold", type_=sa.String(80), existing_nullable=True)
    op.add_column("message", sa.Column("claim", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("message", sa.Column("text_digest", sa.String(64), nullable=False, server_default=""))
    op.create_index("ix_message_text_digest", "message", ["text_digest"])
    op.add_column("campaign", sa.Column("version", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("campaign", sa.Column("again_by", sa.String(), nullable=False, server_default=""))
    op.add_column("campaign", sa.Column("no_mailbox_by", sa.String(), nullable=False, server_default=""))
    _identity()


def _deliveries() -> None:
    """Each recipient becomes a delivery of its own; what was known of its letter as a whole is now known of it."""
    op.create_table(
        "delivery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("address_key", sa.String(), nullable=False),
        sa.Column("line", sa.String(40), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("smtp_reply", sa.String(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rehearsed", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("status", sa.String(40), nullable=True),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name="fk_delivery_message_id_message"),
        sa.PrimaryKeyConstraint("id", name="pk_delivery"),
    )
    op.execute(
        "INSERT INTO delivery "
        "(id, message_id, address, address_key, line, state, smtp_reply, sent_at, rehearsed, status) "
        "SELECT recipient.id, recipient.message_id, address, address_key, line, "
        # A recipient kept no states of its own but queued, deferred, sent and failed: the rest was told by its letter.
        "CASE WHEN recipient.state IN ('queued', 'deferred') "
        "AND message.state IN ('sending', 'uncertain', 'held', 'cancelled', 'failed') "
        "THEN message.state ELSE recipient.state END, "
        "recipient.smtp_reply, CASE WHEN recipient.state = 'sent' THEN message.sent_at END, "
        "CASE WHEN recipient.state = 'sent' THEN message.rehearsed ELSE false END, recipient.delivery "
        "FROM recipient JOIN message ON message.id = recipient.message_id"
    )
    op.drop_table("recipient")
    op.create_index("ix_delivery_message_id", "delivery", ["message_id"])
    op.create_index("ix_delivery_address_key", "delivery", ["address_key"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "SELECT setval(pg_get_serial_sequence('delivery', 'id'), "
            "coalesce((SELECT max(id) FROM delivery), 0) + 1, false)"
        )


def _identity() -> None:
    op.create_table(
        "identity",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("database_id", sa.String(32), nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column("home", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("inbox_read_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_identity"),
    )
    identity = sa.table(
        "identity",
        *(sa.column(name) for name in ("id", "database_id", "generation", "home", "place")),
    )
    op.bulk_insert(identity, [{"id": 1, "database_id": uuid.uuid4().hex, "generation": 0, "home": "", "place": ""}])
    op.create_table(
        "dispatch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("campaign", sa.String(), nullable=False),
        sa.Column("letter", sa.String(), nullable=False),
        sa.Column("iso3", sa.String(3), nullable=False),
        sa.Column("address_key", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("text_digest", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken", sa.Boolean(), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_dispatch"),
        sa.UniqueConstraint("message_id", "address_key", name="uq_dispatch_message_id_address_key"),
    )
    op.create_index("ix_dispatch_iso3", "dispatch", ["iso3"])
