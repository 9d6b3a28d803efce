"""Two approvals, the session's dates, letters to corrected addresses, notes on missions

Revision 0008, after 0007.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    for column in (
        sa.Column("approvals", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("first_approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_approved_by", sa.String(), nullable=False, server_default=""),
        sa.Column("session_name", sa.String(), nullable=False, server_default=""),
        sa.Column("session_starts", sa.Date(), nullable=True),
        sa.Column("session_ends", sa.Date(), nullable=True),
        sa.Column("vote_on", sa.Date(), nullable=True),
    ):
        op.add_column("campaign", column)
    # In SQL, which SQLite and PostgreSQL read alike: Alembic would copy the whole table for a named reference.
    op.execute(
        "ALTER TABLE message ADD COLUMN corrects_id INTEGER "
        "CONSTRAINT fk_message_corrects_id_message REFERENCES message (id)"
    )
    op.create_table(
        "mission_note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("iso3", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("replaces_id", sa.Integer(), nullable=True),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("replaced_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["iso3"], ["mission.iso3"], name=op.f("fk_mission_note_iso3_mission")),
        sa.ForeignKeyConstraint(
            ["replaces_id"], ["mission_note.id"], name=op.f("fk_mission_note_replaces_id_mission_note")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mission_note")),
    )
    op.create_index(op.f("ix_mission_note_iso3"), "mission_note", ["iso3"])
