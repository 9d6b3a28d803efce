"""What mails propose: a position, or to be left alone. It is kept, and nothing comes of it until a person says yes."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlmodel import Session, col

from outreach.inbox.known import listed
from outreach.inbox.stored import StoredMail
from outreach.models import Suggestion
from outreach.statement import Row, Statement, in_list
from outreach.vocabulary import MailKind, SuggestionKind

_COLUMNS = ("reply_id", "iso3", "kind", "value", "evidence", "at", "decided_by")
_ADD = Statement(lambda _: insert(Suggestion).values({name: bindparam(name) for name in _COLUMNS}))
_MOVE = Statement(
    lambda _: update(Suggestion).where(col(Suggestion.id) == bindparam("this")).values(iso3=bindparam("iso3"))
)
_KNOWN = Statement(
    lambda length: select(
        col(Suggestion.id), col(Suggestion.reply_id), col(Suggestion.kind), col(Suggestion.value)
    ).where(col(Suggestion.reply_id).in_(in_list(length)))
)


def suggest(session: Session, mails: Sequence[StoredMail]) -> None:
    """Keep what some mails propose, each thing once, within the session's transaction."""
    proposed = [row for mail in mails for row in _proposed(mail)]
    if not proposed:
        return
    rows = listed(session, _KNOWN, (row["reply_id"] for row in proposed))
    known = {(row["reply_id"], row["kind"], row["value"]): row["id"] for row in rows}
    new: dict[tuple[Any, ...], Row] = {}
    for row in proposed:
        key = (row["reply_id"], row["kind"], row["value"])
        if key not in known:
            new.setdefault(key, row)
        elif row["iso3"]:
            _MOVE.run(session.connection(), [{"this": known[key], "iso3": row["iso3"]}])
    if new:
        _ADD.run(session.connection(), list(new.values()))


def _proposed(mail: StoredMail) -> Iterator[Row]:
    if mail.kind is MailKind.REPLY:
        told, asked = mail.finding.proposes
        if told is not None and mail.letter is not None:
            yield _row(mail, SuggestionKind.POSITION, told.position.value, told.sentence)
        if asked and mail.finding.sender:
            yield _row(mail, SuggestionKind.OPT_OUT, mail.finding.sender, asked)
    elif mail.kind is MailKind.COMPLAINT:
        for one in mail.finding.recipients:
            if one.address:
                yield _row(mail, SuggestionKind.OPT_OUT, one.address, f"a complaint: {one.diagnostic}")


def _row(mail: StoredMail, kind: SuggestionKind, value: str, evidence: str) -> Row:
    iso3 = mail.letter.iso3 if mail.letter else ""
    return {
        "reply_id": mail.id, "iso3": iso3, "kind": kind, "value": value, "evidence": evidence, "at": mail.ingested_at,
        "decided_by": "",
    }  # fmt: skip
