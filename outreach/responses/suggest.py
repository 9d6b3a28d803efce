"""What mails propose: that they are an answer, a position, an address, to be left alone, a thing to see to.

It is kept, and nothing comes of it until a person says yes (see outreach.inbox.proof).
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlmodel import Session, col

from outreach.inbox.doubts import KEEP_SUGGESTION
from outreach.inbox.known import KnownLetter, listed
from outreach.inbox.meaning.clauses import evidence
from outreach.inbox.meaning.people_told import person_to_turn_to
from outreach.inbox.meaning.proposals import addresses_to_use, may_wish
from outreach.inbox.meaning.stances import is_of_another
from outreach.inbox.meaning.wishes import proposed_days
from outreach.inbox.proof import PROBLEMS
from outreach.inbox.stored import StoredMail
from outreach.models import Contact, Reply, Suggestion
from outreach.statement import Row, Statement, in_list
from outreach.text import address_key
from outreach.vocabulary import Answer, Answering, MailKind, SubKind, SuggestionKind

_MOVE = Statement(
    lambda _: (
        update(Suggestion)
        .where(col(Suggestion.id) == bindparam("this"))
        .values(iso3=bindparam("iso3"), message_id=bindparam("letter"))
    )
)
_KNOWN = Statement(
    lambda length: select(
        col(Suggestion.id), col(Suggestion.reply_id), col(Suggestion.kind), col(Suggestion.value), col(Suggestion.iso3)
    ).where(col(Suggestion.reply_id).in_(in_list(length)))
)


def suggest(session: Session, mails: Sequence[StoredMail]) -> None:
    """Keep what some mails propose, each thing once, within the session's transaction."""
    _keep(session, mails)
    touched = {
        mail.letter.id
        for mail in mails
        if mail.letter is not None and (mail.finding.sub_kind is SubKind.RECALL or mail.finding.proposes.position)
    }
    if touched:  # a mail may come after the one that calls it back, or with it
        for recall in session.connection().execute(_recalls_of(touched)).all():
            _call_back(session, *recall)


def _keep(session: Session, mails: Sequence[StoredMail]) -> None:
    proposed = _not_known(session, [row for mail in mails for row in _proposed(mail)])
    if not proposed:
        return
    rows = listed(session, _KNOWN, (row["reply_id"] for row in proposed))
    known = {_key(row): row["id"] for row in rows}
    new: dict[tuple[Any, ...], Row] = {}
    for row in proposed:
        key = _key(row)
        if key not in known:
            new.setdefault(key, row)
        elif row["iso3"]:
            _MOVE.run(session.connection(), [{"this": known[key], "iso3": row["iso3"], "letter": row["message_id"]}])
    if new:
        KEEP_SUGGESTION.run(session.connection(), list(new.values()))


def _not_known(session: Session, proposed: list[Row]) -> list[Row]:
    """Leave out the addresses that are contacts of their mission, and written to, already."""
    keys = {address_key(row["value"]) for row in proposed if row["kind"] is SuggestionKind.CONTACT}
    if not keys:
        return proposed
    query = select(col(Contact.iso3), col(Contact.email_key)).where(
        col(Contact.email_key).in_(keys), col(Contact.active).is_(True), col(Contact.absent_since).is_(None)
    )
    known = {(iso3, key) for iso3, key in session.connection().execute(query)}
    return [
        row
        for row in proposed
        if row["kind"] is not SuggestionKind.CONTACT or (row["iso3"], address_key(row["value"])) not in known
    ]


def _key(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """A mail proposes each thing once; that it is an answer, once for each mission."""
    mission = row["iso3"] if row["kind"] is SuggestionKind.ANSWER else ""
    return row["reply_id"], row["kind"], row["value"], mission


def _proposed(mail: StoredMail) -> Iterator[Row]:
    if mail.kind is MailKind.REPLY:
        yield from _by_a_person(mail)
    elif mail.kind is MailKind.COMPLAINT:
        for one in mail.finding.recipients:
            if one.address:
                yield _row(mail, mail.letter, SuggestionKind.OPT_OUT, one.address, f"a complaint: {one.diagnostic}")
    yield from _by_a_program(mail)


def _by_a_person(mail: StoredMail) -> Iterator[Row]:
    """Yield what a reply proposes; of one that may answer several letters, for each of them."""
    told, asked, writer = mail.finding.proposes
    writer = writer or mail.finding.sender
    doubted = {one.letter.iso3: one.letter for one in mail.candidates}  # of several to a mission, the latest
    for letter in [mail.letter] if mail.letter is not None else doubted.values():
        if mail.counts is Answering.DOUBTFUL:  # of a receipt in words, no more than that it came
            is_receipt = mail.finding.sub_kind is SubKind.RECEIPT
            value = Answer.ACKNOWLEDGED if is_receipt else Answer.REPLIED
            yield _row(mail, letter, SuggestionKind.ANSWER, value, f"{mail.basis}: {_beginning(mail)}")
    if told is not None and mail.letter is not None and not is_of_another(told, mail.letter.iso3):
        yield _row(mail, mail.letter, SuggestionKind.POSITION, told.position.value, told.sentence)
    if asked and writer and mail.finding.sub_kind is not SubKind.NEWSLETTER:
        yield _row(mail, mail.letter, SuggestionKind.OPT_OUT, writer, asked)
    if mail.letter is None or mail.finding.sub_kind is SubKind.FORWARD:
        return
    if mail.finding.meeting is not None or may_wish(mail.finding.text):
        yield from _wishes(mail, mail.letter)


def _wishes(mail: StoredMail, letter: KnownLetter) -> Iterator[Row]:
    """Yield whom a person's words name to write to, the meeting that they offer, the day to come back to."""
    own = (mail.finding.sender, *mail.finding.to, *mail.finding.delivered_to)
    told_to_use = addresses_to_use(mail.finding.text, own)
    for address, words in told_to_use:
        yield _row(mail, letter, SuggestionKind.CONTACT, address, words)
    if not told_to_use and (person := person_to_turn_to(mail.finding.text)) is not None:
        yield _row(mail, letter, SuggestionKind.PROBLEM, person.sort, person.words)
    meeting, come_back = proposed_days(mail.finding, mail.received_at)
    if meeting is not None:
        yield _row(mail, letter, SuggestionKind.MEETING, meeting.value, meeting.words)
    if come_back is not None:
        yield _row(mail, letter, SuggestionKind.COME_BACK, come_back.value, come_back.words)


def _by_a_program(mail: StoredMail) -> Iterator[Row]:
    sub_kind, letter = mail.finding.sub_kind, mail.letter
    if sub_kind is SubKind.RECEIPT and letter is not None:
        yield _row(mail, letter, SuggestionKind.ANSWER, Answer.ACKNOWLEDGED, _beginning(mail))
    if sub_kind is not None and sub_kind in PROBLEMS:
        yield _row(mail, letter, SuggestionKind.PROBLEM, sub_kind.value, f"{PROBLEMS[sub_kind]}: {_beginning(mail)}")
    if letter is not None:
        for address in mail.finding.new_addresses:
            yield _row(mail, letter, SuggestionKind.CONTACT, address, _beginning(mail))


def _recalls_of(letters: Collection[int]) -> Any:
    """The mails that call back an answer to one of some letters."""
    return select(
        col(Reply.id), col(Reply.message_id), col(Reply.sender), col(Reply.received_at), col(Reply.ingested_at)
    ).where(col(Reply.sub_kind) == SubKind.RECALL, col(Reply.message_id).in_(letters))


def _call_back(session: Session, number: int, letter: int, sender: str, sent_at: datetime, at: datetime) -> None:
    """What a mail that is called back seemed to say is not proposed any more; of the same second, it is the earlier.

    What the same person wrote later, which may be the answer put right, stays.
    """
    earlier = select(col(Reply.id)).where(
        col(Reply.message_id) == letter, col(Reply.sender) == sender, col(Reply.id) != number,
        col(Reply.received_at) <= sent_at,
    )  # fmt: skip
    session.connection().execute(
        update(Suggestion)
        .where(
            col(Suggestion.kind) == SuggestionKind.POSITION, col(Suggestion.accepted).is_(None),
            col(Suggestion.reply_id).in_(earlier),
        )
        .values(accepted=False, decided_at=at, decided_by=f"mail {number}, which calls it back")
    )  # fmt: skip


def _beginning(mail: StoredMail) -> str:
    return evidence(mail.finding.text or mail.finding.subject)


def _row(mail: StoredMail, letter: KnownLetter | None, kind: SuggestionKind, value: str, words: str) -> Row:
    return {
        "reply_id": mail.id, "iso3": letter.iso3 if letter else "", "message_id": letter.id if letter else None,
        "kind": kind, "value": str(value), "evidence": words, "at": mail.ingested_at, "decided_by": "",
    }  # fmt: skip
