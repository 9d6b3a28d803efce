"""Sentences of the log, of events and of mails are kept with their facts

Revision 0033, after 0032. What was kept before is English text, and stays it; text that looks like a kept sentence is
marked as text, and a corrected address, which reports tell of, gets its facts. No column changes: that a program before
this does not open the database is the point.
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"

_BEGINS = '{"sentence": '
_AS_APPROVED = "; the text is as it was approved"
_COLUMNS = (
    ("reply", "basis"), ("mail_decision", "what"), ("delivery_event", "detail"), ("audit_entry", "detail"),
    ("directory_import", "file"),
)  # fmt: skip


def upgrade() -> None:
    connection = op.get_bind()
    for name, column in _COLUMNS:
        table = sa.table(name, sa.column("id"), sa.column(column))
        words = table.c[column]
        for number, text in connection.execute(sa.select(table.c.id, words).where(words.startswith(_BEGINS))).all():
            kept = _packed("said.as-it-is", "{text}", text=text)
            connection.execute(sa.update(table).where(table.c.id == number).values({column: kept}))
    event = sa.table("delivery_event", sa.column("id"), sa.column("kind"), sa.column("detail"))
    corrected = sa.select(event.c.id, event.c.detail).where(event.c.kind == "address corrected")
    for number, text in connection.execute(corrected).all():
        old, arrow, new = text.removesuffix(_AS_APPROVED).partition(" → ")
        if arrow and text.endswith(_AS_APPROVED):
            kept = _packed("event.corrected", f"{{old}} → {{new}}{_AS_APPROVED}", old=old, new=new)
            connection.execute(sa.update(event).where(event.c.id == number).values(detail=kept))


def _packed(code: str, template: str, **facts: str) -> str:
    return json.dumps({"sentence": [code, template, facts]}, ensure_ascii=False)
