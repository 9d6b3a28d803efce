"""What comes back: what people decided of a mail, so that it can be taken back

Revision 0010, after 0009.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "mail_decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reply_id", sa.Integer(), nullable=False),
        sa.Column("suggestion_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["reply_id"], ["reply.id"], name="fk_mail_decision_reply_id_reply"),
        sa.ForeignKeyConstraint(["suggestion_id"], ["suggestion.id"], name="fk_mail_decision_suggestion_id_suggestion"),
        sa.PrimaryKeyConstraint("id", name="pk_mail_decision"),
    )
    op.create_index("ix_mail_decision_reply_id", "mail_decision", ["reply_id"])
