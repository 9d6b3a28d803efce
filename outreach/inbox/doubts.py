"""Bounces that are not proved to be of our letter, or of an address that it went to: put before a person."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlmodel import Session, col, select

from outreach.inbox.finding import RecipientFinding
from outreach.inbox.known import KnownLetter
from outreach.inbox.proof import Certainty
from outreach.inbox.stored import StoredMail
from outreach.models import Suggestion
from outreach.vocabulary import SuggestionKind

_MOST_EVIDENCE = 300


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
    numbers = {one.mail.id for one in doubts}
    query = select(Suggestion.reply_id, Suggestion.value).where(
        col(Suggestion.reply_id).in_(numbers), Suggestion.kind == SuggestionKind.BOUNCED
    )
    known = set(session.exec(query).all())
    for one in doubts:
        if (one.mail.id, one.address) in known:
            continue
        known.add((one.mail.id, one.address))
        session.add(
            Suggestion(
                reply_id=one.mail.id, iso3=one.letter.iso3, message_id=one.letter.id, kind=SuggestionKind.BOUNCED,
                value=one.address, evidence=f"{_why(one)}: {one.told.diagnostic if one.told else ''}"[:_MOST_EVIDENCE],
                at=one.mail.ingested_at,
            )
        )  # fmt: skip


def _why(one: Doubt) -> str:
    if one.mail.letter_certainty < Certainty.CERTAIN:
        return f"that it is of this letter is not proved ({one.mail.basis})"
    return "the address that did not take it is none that the letter went to"
