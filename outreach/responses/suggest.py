"""What a mail's words propose: a position, or to be left alone. Nothing comes of it until a person says yes."""

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlmodel import Session, col

from outreach.inbox.known import listed
from outreach.inbox.taken import Taken
from outreach.inbox.triggers import Rules, found, rules
from outreach.models import Suggestion
from outreach.outbox.ledger import in_list
from outreach.outbox.statement import Row, Statement
from outreach.text import one_line
from outreach.vocabulary import MailKind, Position, SuggestionKind

_MOST_CHARACTERS = 20_000
_MOST_EVIDENCE = 300
_BROKEN_LINE = re.compile(r"(?<=[^\n.!?:;])\n(?=\S)")
_ENDS = re.compile(r"(?<=[.!?;。！？])\s*|\n+")
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


@lru_cache(maxsize=1)
def _tables() -> tuple[tuple[tuple[Position, Rules], ...], Rules]:
    rows = tomllib.loads((files(__package__) / "words.toml").read_text(encoding="utf-8"))
    positions = tuple((Position(row["position"]), rules(row["words"])) for row in rows["position"])
    return positions, rules(rows["opt_out"]["words"])


def position_in(text: str) -> tuple[Position, str] | None:
    """Return the position that a text's words tell, and the sentence that tells it; None where they tell none.

    English, French and Spanish. Where several are told, the most reserved of one sentence counts, and the first
    sentence that tells any.
    """
    return _position(_sentences(text))


def asks_to_be_left_alone(text: str) -> str:
    """Return the sentence that asks for no more letters; empty where none does."""
    return _opt_out(_sentences(text))


def suggest(session: Session, mails: Sequence[Taken]) -> None:
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


def _proposed(mail: Taken) -> Iterator[Row]:
    if mail.kind is MailKind.REPLY:
        sentences = _sentences(mail.finding.text)
        told = _position(sentences) if mail.letter is not None else None
        if told is not None:
            yield _row(mail, SuggestionKind.POSITION, told[0].value, told[1])
        asked = _opt_out(sentences)
        if asked and mail.finding.sender:
            yield _row(mail, SuggestionKind.OPT_OUT, mail.finding.sender, asked)
    elif mail.kind is MailKind.COMPLAINT:
        for one in mail.finding.recipients:
            if one.address:
                yield _row(mail, SuggestionKind.OPT_OUT, one.address, f"a complaint: {one.diagnostic}")


def _row(mail: Taken, kind: SuggestionKind, value: str, evidence: str) -> Row:
    iso3 = mail.letter.iso3 if mail.letter else ""
    return {
        "reply_id": mail.id, "iso3": iso3, "kind": kind, "value": value, "evidence": evidence, "at": mail.ingested_at,
        "decided_by": "",
    }  # fmt: skip


def _position(sentences: list[tuple[str, str]]) -> tuple[Position, str] | None:
    for sentence, plain in sentences:
        for position, words in _tables()[0]:
            if found(words, plain):
                return position, one_line(sentence)[:_MOST_EVIDENCE]
    return None


def _opt_out(sentences: list[tuple[str, str]]) -> str:
    words = _tables()[1]
    return next((one_line(one)[:_MOST_EVIDENCE] for one, plain in sentences if found(words, plain)), "")


def _sentences(text: str) -> list[tuple[str, str]]:
    """Return each sentence of a text, and the same in lower case and without accents."""
    joined = _BROKEN_LINE.sub(" ", text[:_MOST_CHARACTERS])
    return [(one, _plain(one)) for one in _ENDS.split(joined) if one.strip()]


def _plain(text: str) -> str:
    if text.isascii():
        return " ".join(text.lower().split())
    folded = unicodedata.normalize("NFKD", text.replace("’", "'")).casefold()
    return " ".join("".join(c for c in folded if not unicodedata.combining(c)).split())
