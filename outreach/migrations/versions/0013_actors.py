"""Who acted and at which door, in the audit log and beside what they did; the public numbers of events

Revision 0013, after 0012.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

_ACTS = {
    "wrote a note": "note.written",
    "changed a campaign": "campaign.changed",
    "deleted a campaign": "campaign.deleted",
    "changed a note": "note.changed",
    "took a note away": "note.removed",
    "sent a test letter": "trial.sent",
    "set how many people approve": "campaign.approvals",
    "approved": "campaign.approved",
    "scheduled": "campaign.scheduled",
    "paused": "campaign.paused",
    "resumed": "campaign.resumed",
    "cancelled": "campaign.cancelled",
    "decided an uncertain letter": "letter.settled",
    "took in signatories": "signatories.imported",
    "set the deadline for signing": "signatories.deadline",
    "corrected an address": "letter.corrected",
    "set a position": "position.set",
    "settled a mail": "mail.settled",
    "took a decision back": "mail.undone",
    "said yes to a proposal": "proposal.taken",
    "said no to a proposal": "proposal.refused",
    "made a campaign": "campaign.created",
    "set the session's dates": "campaign.dates",
    "recorded an answer": "answer.recorded",
    "took a change back": "answer.undone",
    "changed a letter": "text.changed",
    "sign-in refused": "account.refused",
    "signed in": "account.signed-in",
    "changed their password": "account.password",
    "set a person's password": "account.password",
    "took in a sheet": "missions.imported",
    "took a sheet back": "missions.undone",
    "put an address on the opt-out list": "address.stopped",
    "allowed an address again": "address.allowed",
    "added a person": "account.added",
    "changed a person": "account.changed",
}
"""What the desk wrote before acts had codes."""


def upgrade() -> None:
    for table in ("delivery_event", "response_change", "audit_entry"):
        op.add_column(table, sa.Column("actor_kind", sa.String(40), nullable=True))
    op.add_column("audit_entry", sa.Column("door", sa.String(40), nullable=True))
    for name in ("machine_user", "campaign", "iso3"):
        op.add_column("audit_entry", sa.Column(name, sa.String(), nullable=False, server_default=""))
    # In SQL, which SQLite and PostgreSQL read alike: Alembic would copy the whole table for a named reference.
    for table, column in (("audit_entry", "account_id"), ("campaign", "first_account_id")):
        op.execute(
            f"ALTER TABLE {table} ADD COLUMN {column} INTEGER "
            f"CONSTRAINT fk_{table}_{column}_account REFERENCES account (id)"
        )
    entry = sa.table("audit_entry", sa.column("action"), sa.column("door"), sa.column("actor_kind"), sa.column("who"))
    op.execute(entry.update().values(door="desk"))  # nothing else wrote there
    op.execute(entry.update().where(entry.c.who != "").values(actor_kind="account"))
    for words, act in _ACTS.items():
        op.execute(entry.update().where(entry.c.action == words).values(action=act))
    sources = ("delivery_event", "response_change", "audit_entry")
    op.create_table(
        "event_number",
        sa.Column("id", sa.Integer(), nullable=False),
        *(sa.Column(f"{source}_id", sa.Integer(), nullable=True) for source in sources),
        *(
            sa.ForeignKeyConstraint(
                [f"{source}_id"], [f"{source}.id"], name=f"fk_event_number_{source}_id_{source}", ondelete="CASCADE"
            )
            for source in sources
        ),
        sa.PrimaryKeyConstraint("id", name="pk_event_number"),
        *(sa.UniqueConstraint(f"{source}_id", name=f"uq_event_number_{source}_id") for source in sources),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "event_reader",
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("trouble", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_event_reader"),
    )
