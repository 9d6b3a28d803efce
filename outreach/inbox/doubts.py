"""Bounces that are not proved to be of our letter, or of an address that it went to: put before a person."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import bindparam, insert, select
from sqlmodel import Session, col

from outreach.inbox.finding import RecipientFinding
from outreach.inbox.known import KnownLetter, listed
from outreach.inbox.meaning.clauses import evidence
from outreach.inbox.proof import Certainty
from outreach.inbox.stored import StoredMail
from outreach.models import Suggestion
from outreach.statement import Row, Statement, in_list
from outreach.vocabulary import SuggestionKind

_COLUMNS = ("reply_id", "iso3", "message_id", "kind", "value", "evidence", "at", "decided_by")
KEEP_SUGGESTION = Statement(lambda _: insert(Suggestion).values({name: bindparam(name) for name in _COLUMNS}))
"""Keeps proposals, many at once."""
_KNOWN = Statement(
    lambda length: select(col(Suggestion.reply_id), col(Suggestion.value)).where(
        col(Suggestion.reply_id).in_(in_list(length)), col(Suggestion.kind) == SuggestionKind.BOUNCED
    )
)


class Doubt(NamedTuple):
    """A bounce that may be of a letter."""

    mail: StoredMail
    letter: KnownLetter
    address: str
    """The address that it reports on; empty where it names none."""
    told: RecipientFinding | None


def propose_bounces(session: Session, doubts: Sequence[Doubt]) -> None:
    """Keep each as a proposal, once, within the session's transaction."""
    if not doubts:
        return
    known = {(row["reply_id"], row["value"]) for row in listed(session, _KNOWN, (one.mail.id for one in doubts))}
    new: list[Row] = []
    for one in doubts:
        if (one.mail.id, one.address) in known:
            continue
        known.add((one.mail.id, one.address))
        words = evidence(f"{_why(one)}: {one.told.diagnostic if one.told else ''}")
        new.append(
            {
                "reply_id": one.mail.id, "iso3": one.letter.iso3, "message_id": one.letter.id,
                "kind": SuggestionKind.BOUNCED, "value": one.address, "evidence": words,
                "at": one.mail.ingested_at, "decided_by": "",
            }
        )  # fmt: skip
    if new:
        KEEP_SUGGESTION.run(session.connection(), new)


def _why(one: Doubt) -> str:
    if one.mail.letter_certainty < Certainty.CERTAIN:
        return f"that it is of this letter is not proved ({one.mail.basis})"
    return "the address that did not take it is none that the letter went to"
