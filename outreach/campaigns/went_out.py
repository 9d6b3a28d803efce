"""What went out by a copy of this campaign, before the letters in this database were made: each counts as sent.

A backup that was made before the approval has no row for what went out since. `outreach here` keeps that as Dispatch;
the next approval of the campaign finds it here, so that nobody waits for a letter that was had long ago.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete
from sqlmodel import Session, col, select

from outreach.ledger import Ledger
from outreach.models import Campaign, Delivery, Dispatch, Message
from outreach.sentences import KeptSentence
from outreach.statement import Row
from outreach.text import address_key
from outreach.vocabulary import DeliveryStatus, MessageState, Stage

WHO = "the dispatch journal"
_MOST_IN_A_QUERY = 500  # SQLite bounds the variables of a statement


@dataclass(frozen=True, slots=True)
class WentOut:
    """What an approval found to have gone out already: the missions, by ISO3."""

    sent: tuple[str, ...] = ()
    doubtful: tuple[str, ...] = ()
    """Of these the journal has no answer of the server: a person decides each."""


NOTHING_WENT_OUT = WentOut()


@dataclass(frozen=True, slots=True)
class KnownAs:
    """Under which Message-ID a text went out to a mission, and to which addresses, as compared."""

    message_id: str
    keys: frozenset[str]


def known_as(session: Session, campaign: Campaign) -> dict[tuple[str, str], KnownAs]:
    """Return, by mission and digest of the text, the Message-IDs that its mailboxes know the letters by.

    A letter that everybody has keeps that name: answers and reports give it.
    """
    found: dict[tuple[str, str, str], set[str]] = {}
    for one in _dispatches(session, campaign):
        if one.taken and one.text_digest:
            found.setdefault((one.iso3, one.text_digest, one.message_id), set()).add(one.address_key)
    names = {name for _, _, name in found}
    rows = set(session.exec(select(Message.message_id).where(col(Message.message_id).in_(names)))) if names else set()
    return {
        (iso3, digest): KnownAs(name, frozenset(keys))
        for (iso3, digest, name), keys in found.items()
        if name not in rows
    }


def name_of(known: Mapping[tuple[str, str], KnownAs], iso3: str, digest: str, addresses: Collection[str]) -> str | None:
    """Return the Message-ID by which all of these addresses have this text; None where they do not all have it."""
    one = known.get((iso3, digest))
    return one.message_id if one is not None and one.keys >= {address_key(each) for each in addresses} else None


def count_what_went_out(session: Session, campaign: Campaign, now: datetime) -> WentOut:
    """Take the letters of a campaign that were just frozen as sent to whom they went already, live.

    As an approval keeps what went out of this database, it keeps what went out of the campaign by a copy of it: to the
    same address, of the same letter. What the journal has no answer of is in doubt. What went to another address, or
    was another letter, is asked about at the gate.
    """
    told: dict[str, list[Dispatch]] = {}
    for one in _dispatches(session, campaign):
        told.setdefault(one.iso3, []).append(one)
    if not told:
        return WentOut()
    ledger = Ledger(session)
    codes = sorted(told)
    numbers: list[int] = []
    for start in range(0, len(codes), _MOST_IN_A_QUERY):
        query = select(Message.id).where(
            col(Message.campaign_id) == campaign.id,
            col(Message.replaced_at).is_(None),
            col(Message.state) == MessageState.QUEUED,
            col(Message.iso3).in_(codes[start : start + _MOST_IN_A_QUERY]),
        )
        numbers += [number for number in session.exec(query) if number is not None]
    sent, doubtful = [], []
    for letter in ledger.read(numbers).values():
        if _settle(ledger, letter, told[letter["iso3"]], MessageState.SENT, now):
            sent.append(letter["iso3"])
        if _settle(ledger, letter, told[letter["iso3"]], MessageState.UNCERTAIN, now):
            doubtful.append(letter["iso3"])
    ledger.write()
    _forget_what_has_a_row(session)
    return WentOut(tuple(sorted(sent)), tuple(sorted(doubtful)))


def _dispatches(session: Session, campaign: Campaign) -> list[Dispatch]:
    query = select(Dispatch).where(
        col(Dispatch.campaign) == campaign.name,
        col(Dispatch.letter) == campaign.letter,
        col(Dispatch.taken).is_(None) | col(Dispatch.taken).is_(True),
    )
    return list(session.exec(query.order_by(col(Dispatch.id))))


def _in_words(to: MessageState, another: str, said: str) -> KeptSentence:
    match to is MessageState.SENT, bool(another):
        case True, False:
            return KeptSentence(
                "copy.went",
                "it went out before this copy was brought back, by the dispatch journal: {words}",
                words=said,
            )
        case True, True:
            return KeptSentence(
                "copy.went-under-another",
                "it went out as {message} before this copy was brought back, by the dispatch journal: {words}",
                message=another, words=said,
            )  # fmt: skip
        case False, False:
            return KeptSentence(
                "copy.may-have-gone",
                "it may have gone out before this copy was brought back, by the dispatch journal: {words}", words=said,
            )  # fmt: skip
    return KeptSentence(
        "copy.may-have-gone-under-another",
        "it may have gone out as {message} before this copy was brought back, by the dispatch journal: {words}",
        message=another, words=said,
    )  # fmt: skip


def _settle(ledger: Ledger, letter: Row, told: Collection[Dispatch], to: MessageState, now: datetime) -> bool:
    """Move those deliveries of a letter of which something is told; return whether there are any."""
    by_key = {one.address_key: one for one in told if bool(one.taken) is (to is MessageState.SENT)}
    chosen = {
        one["id"]: by_key[one["address_key"]]
        for one in letter["deliveries"]
        if one["state"] is MessageState.QUEUED and one["address_key"] in by_key
    }
    if not chosen:
        return False
    first = next(iter(chosen.values()))
    another = "" if first.message_id == letter["message_id"] else first.message_id
    words = _in_words(to, another, first.words)
    changes = {"smtp_reply": first.words, "dated_at": first.at} if to is MessageState.SENT else {"reason": words}
    ledger.transition(letter, to, only=lambda row: row["id"] in chosen, who=WHO, at=now, detail=words, **changes)
    if another and letter["state"] is MessageState.SENT:  # its own bytes never left: no copy of them is filed as sent
        ledger.change(letter, filed_at=now, archived_at=now)
    for one in letter["deliveries"]:
        if (known := chosen.get(one["id"])) is None:
            continue
        note_told(ledger, letter, one, to, known.at, known.words, words)
    return True


def note_told(
    ledger: Ledger, letter: Row, delivery: Row, to: MessageState, at: datetime, answer: str, words: str
) -> None:
    """Write down of a recipient what the journal tells of a hand-over at a moment: the server's answer, or why not."""
    if to is MessageState.SENT:
        status = delivery["status"] or DeliveryStatus.ACCEPTED
        ledger.change_delivery(delivery, sent_at=at, rehearsed=False, status=status)
    ledger.change_delivery(delivery, smtp_reply=answer if to is MessageState.SENT else "")
    ledger.attempt(
        delivery_id=delivery["id"], message_id=letter["id"], claim=letter["claim"], began_at=at, ended_at=at,
        worker=WHO, server="", live=True, stage=Stage.NONE, code=None, enhanced="", words=answer or words, outcome=to,
    )  # fmt: skip


def _forget_what_has_a_row(session: Session) -> None:
    """A letter that bears its own Message-ID again has its row: nothing more has to be known of it beside that."""
    has_row = (
        select(Delivery.id)
        .join(Message, col(Message.id) == col(Delivery.message_id))
        .where(
            col(Message.message_id) == col(Dispatch.message_id), col(Delivery.address_key) == col(Dispatch.address_key)
        )
    )
    session.execute(delete(Dispatch).where(has_row.exists()).execution_options(synchronize_session=False))
