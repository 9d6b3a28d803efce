"""Mail that waits for a person: which there is, and what the person decides, remembered for the sender's address."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from outreach import clock
from outreach.actors import Actor
from outreach.database import reading, writing
from outreach.errors import ConflictError, NotFoundError, UserError
from outreach.inbox.classify import classify
from outreach.inbox.effects import WHO, apply, mark_again, tell_again
from outreach.inbox.enclosed.attached_notes import with_its_notes
from outreach.inbox.enclosed.enclosures import File
from outreach.inbox.finding import MailFinding, Proposed
from outreach.inbox.ingest import Record, kept_candidates
from outreach.inbox.known import KnownLetter, KnownLetters, letter_of, words_of
from outreach.inbox.mail_list import attachments_of, to_settle
from outreach.inbox.match import Match, match
from outreach.inbox.prepare import understood
from outreach.inbox.quoting.our_letter import without_letters
from outreach.inbox.quoting.passed_on import heard, is_of
from outreach.inbox.stored import StoredMail
from outreach.models import (
    Attachment,
    Campaign,
    Contact,
    DeliveryEvent,
    KnownSender,
    MailDecision,
    Message,
    Mission,
    Reply,
    Suggestion,
)
from outreach.people import audit
from outreach.sentences import KeptSentence, packed, unpacked
from outreach.text import address_key
from outreach.vocabulary import Act, Answering, Confidence, MailKind, Speaker, SubKind, SuggestionKind

Release = Callable[[Session, KnownLetter, Reply, Actor], None]
"""Called within the transaction where a person (named last) takes a mail from a letter, after it has left it."""
_ANSWERS = (MailKind.REPLY, MailKind.AUTO_REPLY)
NONE = "none"
"""What a person says of a mail that belongs to no letter."""


@dataclass(frozen=True, slots=True)
class ListedMail:
    """One mail that was taken in, as it is listed."""

    id: int
    received_at: datetime
    kind: MailKind
    sub_kind: str
    """What else it is, where that matters; or empty."""
    counts_as_answer: Answering
    speaker: Speaker
    sender: str
    subject: str
    confidence: Confidence
    basis: str
    iso3: str
    """The mission whose letter it belongs to; empty where none is known."""
    candidates: tuple[str, ...]
    """The missions that it may belong to."""
    returns_on: str
    attachments: tuple[str, ...]
    text: str


def mails(engine: Engine, *, waiting: bool = True) -> list[ListedMail]:
    """Return the mails that wait for a person's word, or all but our own, the oldest first."""
    with reading(engine) as session:
        query = (
            select(Reply, Message.iso3)
            .join(Message, col(Message.id) == col(Reply.message_id), isouter=True)
            .where(col(Reply.ours).is_(False))
            .order_by(col(Reply.received_at), col(Reply.id))
        )
        if waiting:
            query = query.where(*to_settle())
        rows = session.exec(query).all()
        files = _files(session)
        return [_listed(reply, iso3 or "", files.get(reply.id or 0, ())) for reply, iso3 in rows]


def _files(session: Session) -> dict[int, tuple[str, ...]]:
    found: dict[int, tuple[str, ...]] = {}
    for one in session.exec(select(Attachment).order_by(col(Attachment.id))).all():
        shown = f"{one.name} ({one.media_type}, {one.size} bytes, SHA-256 {one.sha256})"
        found[one.reply_id] = (*found.get(one.reply_id, ()), shown)
    return found


def _listed(reply: Reply, iso3: str, files: tuple[str, ...]) -> ListedMail:
    assert reply.id is not None
    return ListedMail(
        id=reply.id,
        received_at=reply.received_at,
        kind=reply.kind,
        sub_kind=reply.sub_kind or "",
        counts_as_answer=reply.counts,
        speaker=reply.speaker,
        sender=reply.sender,
        subject=reply.subject,
        confidence=reply.confidence,
        basis=reply.basis,
        iso3=iso3,
        candidates=tuple(dict.fromkeys(str(one["iso3"]) for one in reply.candidates)),
        returns_on=reply.returns_on.isoformat() if reply.returns_on else "",
        attachments=files,
        text=reply.body,
    )


def where_it_is(reply: Reply) -> str:
    """Return what tells whether a mail was put elsewhere since it was seen."""
    return f"{reply.message_id or ''} {reply.settled_at.isoformat() if reply.settled_at else ''}"


def settle(
    engine: Engine,
    number: int,
    where: str,
    *,
    campaign: str | None = None,
    by: Actor,
    record: Record,
    release: Release,
    team: Collection[str] = (),
    seen: str | None = None,
    joint: str = "",
) -> Reply:
    """Put a mail down to the letter of a mission, as a person says, or to none; remember it for the sender's address.

    A mail that belongs to another letter is moved: what it told there no longer counts. From then on mail from that
    address belongs to that mission; `none` is not remembered, nor is one of the `team`'s own addresses, nor who passes
    a mail on: of that, its writer's is. Proposals that it answers other letters fall. Where the mission has letters
    in several campaigns, the campaign is named, else the latest letter is meant. What was before is kept, so that it
    can be taken back.
    `seen` is the `where_it_is` of the mail that the person looked at; None does not ask. An answer that is put down to
    others too may be there already; `joint` names what is decided at once, and taken back at once.
    Raises NotFoundError for a number, a mission or a campaign that is not, UserError for a mail that is there already,
    ConflictError for one that somebody has put elsewhere since it was seen.
    """
    who = by.name
    with writing(engine) as session:
        reply = session.get(Reply, number)
        if reply is None:
            raise NotFoundError(
                "mail.not-there", "There is no mail {number}.", number=number, remedy="See {INBOX:all mails}."
            )
        if reply.ours:
            raise UserError(
                "mail.ours",
                "Mail {number} is our own: {basis}.",
                number=number,
                basis=reply.basis,
                remedy="Nothing is to be done.",
            )
        if reply.erased_at is not None:
            raise _is_erased(number)
        if seen is not None and seen != where_it_is(reply):
            raise ConflictError(
                "mail.moved-meanwhile", "Mail {number} was put elsewhere meanwhile: {basis}.", number=number,
                basis=reply.basis or NONE, remedy="Look at it again; nothing was changed.",
            )  # fmt: skip
        nowhere = where.strip().lower() == NONE
        message = None if nowhere else _letter(session, where.strip().upper(), campaign, reply)
        writer = _to_remember(session, reply, message.iso3, team) if message else ""
        before = _state(session, reply, writer) | {"joint": joint}
        is_there = (message.id if message else None) == reply.message_id and (
            not nowhere or reply.settled_at is not None
        )
        if is_there and not before["open"]:
            if joint:
                return reply
            raise UserError(
                "mail.there-already",
                "Mail {number} is there already: {basis}.",
                number=number,
                basis=reply.basis,
                remedy="Nothing is to be done.",
            )
        what = (
            KeptSentence(
                "decision.letter", "it belongs to {iso3}, {subject}", iso3=message.iso3, subject=message.subject
            )
            if message
            else KeptSentence("decision.no-letter", "it belongs to no letter")
        )
        session.add(MailDecision(reply_id=number, at=clock.now(), who=who, what=what, before=before))
        _leave(session, reply, by, release)
        reply.settled_at, reply.settled_by = clock.now(), who
        if message is None:
            reply.confidence, reply.basis = (
                Confidence.NONE,
                KeptSentence("match.said-none", "{who} says that it belongs to no letter", who=who),
            )
        else:
            reply.confidence, reply.basis = (
                Confidence.CERTAIN,
                KeptSentence("match.said", "{who} has put it down to {iso3}", who=who, iso3=message.iso3),
            )
            _join(session, reply, message, record, confirmed=True)
            if writer:
                _remember(session, writer, {"iso3": message.iso3, "at": clock.now().isoformat(), "who": who})
        _close(session, reply, before["open"], message, by)
        session.add(reply)
        iso3 = message.iso3 if message else ""
        audit.record(session, by, Act.MAIL_SETTLED, f"mail {number}", iso3 or NONE, iso3=iso3)
        return reply


def _is_erased(number: int) -> UserError:
    return UserError(
        "mail.erased",
        "The words of mail {number} were erased: what it counts for stays as it is.",
        number=number,
        remedy="Set the mission's position or answer by hand where it is wrong.",
    )


def put_back(
    session: Session, decision: MailDecision, who: Actor, *, record: Record, release: Release, team: Collection[str]
) -> list[int]:
    """Take back what was decided of a mail: it belongs again to where it belonged before, within the transaction.

    Return the numbers of the later mails that were judged by what it taught of its writer, and are judged again.
    Raises UserError for a mail whose words were erased since: it can't be read again.
    """
    reply, before = session.get_one(Reply, decision.reply_id), decision.before
    if reply.erased_at is not None:
        raise _is_erased(decision.reply_id)
    for number in before.get("open", ()):
        one = session.get_one(Suggestion, number)
        one.accepted, one.decided_at, one.decided_by = None, None, ""
        session.add(one)
    _leave(session, reply, who, release)
    reply.confidence, reply.basis = Confidence(before["confidence"]), unpacked(before["basis"])
    reply.settled_at = datetime.fromisoformat(before["settled_at"]) if before["settled_at"] else None
    reply.settled_by = before["settled_by"]
    for number in before.get("taken", ()):
        session.get_one(Suggestion, number).accepted = True
    if before["message_id"] is not None:
        confirmed = reply.settled_at is not None
        _join(session, reply, session.get_one(Message, before["message_id"]), record, confirmed=confirmed)
    # Decisions of before there were writers remembered the sender.
    writer = before.get("writer", reply.sender if reply.kind in _ANSWERS else "")
    session.add(reply)
    if not writer or _was_said_again(session, decision, writer):
        return []
    later = _judged_by(session, decision, writer)
    taught = [match(finding, KnownLetters(session, [finding], team)) for _mail, finding in later]
    _remember(session, writer, before["sender"])
    session.flush()
    again: list[int] = []
    for (mail, finding), old in zip(later, taught, strict=True):
        new = match(finding, KnownLetters(session, [finding], team))
        if (new.letter and new.letter.id, new.confidence, new.speaker) != (
            old.letter and old.letter.id, old.confidence, old.speaker,
        ):  # fmt: skip
            _judge_again(session, mail, finding, new, who, record, release)
            again.append(mail.id or 0)
    return again


def _was_said_again(session: Session, decision: MailDecision, writer: str) -> bool:
    """Tell whether a later decision, of another mail, teaches the same of a writer: then it goes on to be known.

    Once that one is taken back too, what was before both is left.
    """
    query = select(MailDecision).where(
        col(MailDecision.id) > decision.id, col(MailDecision.undone_at).is_(None),
        col(MailDecision.suggestion_id).is_(None),
    )  # fmt: skip
    for one in session.exec(query.order_by(col(MailDecision.id))).all():
        if address_key(one.before.get("writer", "")) == address_key(writer):
            one.before = one.before | {"sender": decision.before["sender"]}
            session.add(one)
            return True
    return False


def _judged_by(session: Session, decision: MailDecision, writer: str) -> list[tuple[Reply, MailFinding]]:
    """Return the mails by a writer that came after a decision, and of which no person has decided anything."""
    said = select(MailDecision.reply_id).where(col(MailDecision.undone_at).is_(None))
    query = select(Reply.id, Reply.sender, Reply.sub_kind).where(
        col(Reply.ingested_at) >= decision.at, Reply.id != decision.reply_id, col(Reply.settled_at).is_(None),
        col(Reply.erased_at).is_(None), col(Reply.ours).is_(False), col(Reply.kind).in_(_ANSWERS),
        col(Reply.id).not_in(said),
    )  # fmt: skip
    key, found = address_key(writer), []
    for number, sender, sub_kind in session.exec(query.order_by(col(Reply.id))).all():
        if address_key(sender) == key or sub_kind is SubKind.FORWARD:
            reply = session.get_one(Reply, number)
            finding = classify(reply.raw)
            if key in (address_key(reply.sender), address_key(finding.writer)):
                found.append((reply, finding))
    return found


def _judge_again(
    session: Session, reply: Reply, finding: MailFinding, found: Match, who: Actor, record: Record, release: Release
) -> None:
    """Let a mail that no person has decided of belong to where it would, had it come in now."""
    assert reply.id is not None
    _leave(session, reply, who, release)
    meant = {one.iso3 for one in (found.letter, *(one.letter for one in found.candidates)) if one is not None}
    for number in _open_answers(session, reply):
        asked = session.get_one(Suggestion, number)
        if asked.iso3 not in meant:
            asked.accepted, asked.decided_at, asked.decided_by = False, clock.now(), who.name
            session.add(asked)
    reply.confidence, reply.basis, reply.speaker = found.confidence, found.basis, found.speaker
    reply.candidates = kept_candidates(found)
    session.add(reply)
    session.flush()
    if found.letter is not None:
        _join(session, reply, session.get_one(Message, found.letter.id), record, confirmed=False)
        return
    record(
        session,
        [
            StoredMail(
                reply.id, reply.source, reply.received_at, reply.ingested_at,
                finding._replace(text=reply.body, proposes=Proposed()), None, found.basis, confidence=found.confidence,
                speaker=found.speaker, candidates=tuple(found.candidates),
            )
        ],
    )  # fmt: skip


def _to_remember(session: Session, reply: Reply, iso3: str, team: Collection[str]) -> str:
    """Return the address that is known from now on: who wrote an answer; empty where nobody did.

    Never one of us, nor another mission's, nor who passes a mail on: whoever that is, at most the original's writer is
    meant; and nobody where it is the mission itself that shows us what others wrote.
    """
    if reply.kind not in _ANSWERS:
        return ""
    finding = classify(reply.raw)
    known = KnownLetters(session, [finding], team)
    writer = reply.sender
    if finding.sub_kind is SubKind.FORWARD:
        writer = "" if is_of(reply.sender, iso3, known) else finding.writer
    return writer if writer and not known.is_team(writer) and not known.is_of_another(writer, iso3) else ""


def _close(session: Session, reply: Reply, open_ones: list[int], message: Message | None, who: Actor) -> None:
    """Decide what was proposed of whose answer a mail is: it is what the person says now."""
    for number in open_ones:
        one = session.get_one(Suggestion, number)
        mine = message is not None and one.message_id == message.id
        if mine and reply.counts is Answering.DOUBTFUL:
            continue  # whose it is, is said; whether it is an answer is not
        one.accepted, one.decided_at, one.decided_by = mine, clock.now(), who.name
        session.add(one)


def _open_answers(session: Session, reply: Reply) -> list[int]:
    return [one.id or 0 for one in _answers(session, reply) if one.accepted is None]


def _taken_answers(session: Session, reply: Reply) -> list[Suggestion]:
    """Return the yes that a person gave to a mail's being the answer to the letter that it belongs to."""
    return [one for one in _answers(session, reply) if one.accepted and one.message_id == reply.message_id]


def _answers(session: Session, reply: Reply) -> Sequence[Suggestion]:
    query = select(Suggestion).where(Suggestion.reply_id == reply.id, Suggestion.kind == SuggestionKind.ANSWER)
    return session.exec(query.order_by(col(Suggestion.id))).all()


def _state(session: Session, reply: Reply, writer: str) -> dict[str, Any]:
    """Return whose a mail is, what of it is open, and its writer, as plain values."""
    known = _known_sender(session, writer) if writer else None
    return {
        "message_id": reply.message_id, "confidence": reply.confidence.value, "basis": packed(reply.basis),
        "settled_at": reply.settled_at.isoformat() if reply.settled_at else "", "settled_by": reply.settled_by,
        "open": _open_answers(session, reply), "writer": writer,
        "taken": [one.id for one in _taken_answers(session, reply)],
        "sender": {"iso3": known.iso3, "at": known.at.isoformat(), "who": known.who} if known else None,
    }  # fmt: skip


def letter_to(engine: Engine, iso3: str, campaign: str | None) -> int:
    """Return the number of the latest letter to a mission, or of that in a campaign. Raises NotFoundError."""
    with reading(engine) as session:
        found = _letter(session, iso3.strip().upper(), campaign, None)
        assert found.id is not None
        return found.id


def _letter(session: Session, iso3: str, campaign: str | None, reply: Reply | None) -> Message:
    """Return the letter that a mail answers: of those to a mission that went out, the one it is proposed for, or is at.

    Nobody answers what has not gone out: a reminder that is still to go is chosen only where its campaign is named.
    """
    if session.get(Mission, iso3) is None:
        raise NotFoundError(
            "mission.not-there", "There is no mission {iso3!r}.", iso3=iso3, remedy="Give its ISO3 code, or none."
        )
    query = (
        select(Message)
        .join(Campaign, col(Campaign.id) == col(Message.campaign_id))
        .where(Message.iso3 == iso3, col(Message.replaced_at).is_(None))
        .order_by(col(Message.sent_at).is_(None), col(Message.id).desc())
    )
    if campaign is not None:
        query = query.where(Campaign.name == campaign)
    letters = session.exec(query).all()
    meant: set[int | None] = set()
    if reply is not None:
        asked = (session.get_one(Suggestion, number) for number in _open_answers(session, reply))
        meant = {reply.message_id, *(one.message_id for one in asked)}
    found = next((one for one in letters if one.id in meant), letters[0] if letters else None)
    if found is None:
        named = f" in the campaign {campaign!r}" if campaign else ""
        raise NotFoundError(
            "mission.no-letter",
            "{iso3} has no letter{named}.",
            iso3=iso3,
            named=named,
            remedy="Name the campaign that wrote to it.",
        )
    return found


def _leave(session: Session, reply: Reply, who: Actor, release: Release) -> None:
    """Take a mail from the letter that it belongs to, if it does to any: what it told of it no longer counts."""
    if reply.message_id is None:
        return
    letter = letter_of(session.get_one(Message, reply.message_id))
    _revive(session, reply, letter.iso3)
    for one in _taken_answers(session, reply):
        one.accepted = False
    reply.message_id, reply.counts = None, Answering.NO
    session.add(reply)
    session.flush()
    tell_again(session, letter)
    release(session, letter, reply, who)


def _revive(session: Session, reply: Reply, iso3: str) -> None:
    """A report that is no longer of that letter marks no address of its mission as dead."""
    if reply.kind is not MailKind.BOUNCE:
        return
    query = select(Contact).where(Contact.iso3 == iso3, Contact.bounced_at == reply.received_at)
    for contact in session.exec(query).all():
        contact.bounced_at, contact.bounce_detail = None, ""
        session.add(contact)


def _join(session: Session, reply: Reply, message: Message, record: Record, *, confirmed: bool) -> None:
    assert reply.id is not None
    reply.message_id = message.id
    session.add(reply)
    session.flush()
    found = understood(reply.raw, read=False)  # what its files say is kept: no child is waited for in a transaction
    finding = found.finding._replace(kind=reply.kind)  # what it is was decided when it came in
    assert message.id is not None
    letters = list(words_of(session, [message.id]).values())
    files = [
        File(one.name, one.media_type, one.size, one.sha256, one.kind, one.words)
        for one in attachments_of(session, reply)
    ]
    finding = heard(
        without_letters(finding, found.whole, letters), message.iso3, KnownLetters(session, [finding]),
        confirmed=confirmed,
    )  # fmt: skip
    finding = with_its_notes(finding, files, letters)
    reply.body = finding.text
    letter = letter_of(message)
    mail = StoredMail(
        reply.id, reply.source, reply.received_at, reply.ingested_at, finding, letter, reply.basis,
        confidence=reply.confidence, speaker=reply.speaker, confirmed=confirmed,
    )  # fmt: skip
    reply.counts = mail.counts
    session.add(reply)
    told = select(DeliveryEvent.id).where(
        DeliveryEvent.reply_id == reply.id, DeliveryEvent.message_id == message.id, DeliveryEvent.who == WHO
    )
    if session.exec(told).first() is None:
        apply(session, [mail])
    else:
        mark_again(session, mail)
    tell_again(session, letter)  # where it comes back, what it told once, or a person said of it, is written down
    record(session, [mail])


@dataclass(frozen=True, slots=True)
class ToldOfSettling:
    """What a person is told of whose mail it is, beside that."""

    learnt: KnownSender | None
    """The address whose mail belongs to a mission from now on; None where nothing was learnt."""
    passed_on_by: str
    """Who passed it on, and is not learnt as the mission's; empty where nobody did."""
    before: str
    """What somebody else had said of it before, in words; empty where nobody had."""


def told_of_settling(engine: Engine, reply: Reply) -> ToldOfSettling:
    """Return what is to be told of the last time that a mail was settled."""
    with reading(engine) as session:
        query = select(MailDecision).where(
            MailDecision.reply_id == reply.id, col(MailDecision.suggestion_id).is_(None),
            col(MailDecision.undone_at).is_(None),
        )  # fmt: skip
        last = session.exec(query.order_by(col(MailDecision.id).desc())).first()
        if last is None:
            return ToldOfSettling(None, "", "")
        others = last.before["settled_by"] not in ("", last.who)
        return ToldOfSettling(
            _known_sender(session, last.before.get("writer", "")),
            reply.sender if reply.sub_kind is SubKind.FORWARD and reply.message_id is not None else "",
            unpacked(last.before["basis"]) if others else "",
        )


def _known_sender(session: Session, address: str) -> KnownSender | None:
    return session.exec(select(KnownSender).where(KnownSender.address_key == address_key(address))).first()


def _remember(session: Session, address: str, settled: dict[str, str] | None) -> None:
    """Keep to which mission a sender was put down, by whom and when; None forgets it."""
    known = _known_sender(session, address)
    if settled is None:
        if known is not None:
            session.delete(known)
        return
    at = datetime.fromisoformat(settled["at"])
    if known is None:
        known = KnownSender(
            address=address, address_key=address_key(address), iso3=settled["iso3"], at=at, who=settled["who"]
        )
    known.iso3, known.at, known.who = settled["iso3"], at, settled["who"]
    session.add(known)
