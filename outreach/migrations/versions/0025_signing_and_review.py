"""Headings and words of those who sign, the page to sign on; versions, marks and remarks of a letter's texts

Revision 0025, after 0024.
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("signatory", sa.Column("category", sa.String(), nullable=False, server_default=""))
    op.add_column("signatory", sa.Column("signature", sa.String(), nullable=False, server_default=""))
    op.add_column("signatory", sa.Column("words", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("campaign", sa.Column("categories", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("campaign", sa.Column("require_read", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "sign_on_page",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("campaign_id", sa.Integer(), sa.ForeignKey("campaign.id"), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("opened_at", _MOMENT, nullable=True),
        sa.Column("opened_by", sa.String(), nullable=False, server_default=""),
        sa.Column("until", _MOMENT, nullable=True),
        sa.Column("words", sa.JSON(), nullable=False, server_default="{}"),
        sa.UniqueConstraint("campaign_id", name="uq_sign_on_page_campaign_id"),
        sa.UniqueConstraint("key", name="uq_sign_on_page_key"),
    )
    entry = op.create_table(
        "sign_on_entry",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("campaign_id", sa.Integer(), sa.ForeignKey("campaign.id"), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False)
          for name in ("name", "title", "representative", "country", "category", "email", "email_key", "language",
                       "state")),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("link_hash", sa.String(64), nullable=False),
        sa.Column("leave_hash", sa.String(64), nullable=False),
        sa.Column("mails", sa.Integer(), nullable=False),
        sa.Column("mailed_at", _MOMENT, nullable=True),
        sa.Column("confirmed_at", _MOMENT, nullable=True),
        sa.Column("decided_at", _MOMENT, nullable=True),
        sa.Column("decided_by", sa.String(), nullable=False),
        sa.Column("signatory_id", sa.Integer(), sa.ForeignKey("signatory.id"), nullable=True),
    )  # fmt: skip
    for name in ("campaign_id", "email_key", "link_hash", "leave_hash"):
        op.create_index(f"ix_sign_on_entry_{name}", entry.name, [name])
    for table, more in (
        ("text_version", (
            sa.Column("subject", sa.String(), nullable=False), sa.Column("text", sa.Text(), nullable=False),
            sa.Column("digest", sa.String(64), nullable=False),
            sa.Column("restores", sa.Integer(), sa.ForeignKey("text_version.id"), nullable=True),
        )),
        ("text_mark", (
            sa.Column("mark", sa.String(), nullable=False), sa.Column("digest", sa.String(64), nullable=False),
            sa.Column("source", sa.String(5), nullable=False),
            sa.Column("source_digest", sa.String(64), nullable=False),
        )),
        ("text_comment", (
            sa.Column("place", sa.Integer(), nullable=False), sa.Column("paragraph", sa.Text(), nullable=False),
            sa.Column("words", sa.Text(), nullable=False), sa.Column("settled_at", _MOMENT, nullable=True),
            sa.Column("settled_by", sa.String(), nullable=False),
        )),
    ):  # fmt: skip
        op.create_table(
            table,
            sa.Column("id", sa.Integer(), primary_key=True),
            sa.Column("letter", sa.String(), nullable=False),
            sa.Column("language", sa.String(), nullable=False),
            sa.Column("at", _MOMENT, nullable=False),
            sa.Column("who", sa.String(), nullable=False),
            *more,
        )
        op.create_index(f"ix_{table}_letter_language", table, ["letter", "language"])
