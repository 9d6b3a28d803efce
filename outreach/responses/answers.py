"""Answers as they come in by mail: the answer status of a mission, and the door's way to take mail in."""

import re
import threading
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, bindparam, update
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from outreach import clock
from outreach.actors import Actor
from outreach.campaigns.box import note_box_read
from outreach.database import writing
from outreach.errors import UserError
from outreach.inbox.earlier_files import read_earlier_files
from outreach.inbox.effects import WHO
from outreach.inbox.ingest import IngestResult, Progress, ingest
from outreach.inbox.known import KnownLetter, listed
from outreach.inbox.proof import MailEffect, Proof, happens
from outreach.inbox.settle import NONE, letter_to
from outreach.inbox.settle import settle as settle_mail
from outreach.inbox.stored import StoredMail
from outreach.models import Campaign, MailDecision, Message, Reply, Response, Suggestion
from outreach.people import audit
from outreach.responses.changes import last_standing, record_answers_told, record_change, take_back
from outreach.responses.suggest import suggest
from outreach.sentences import KeptSentence
from outreach.settings import Settings
from outreach.statement import Row, Statement, in_list
from outreach.text import counted
from outreach.vocabulary import ANSWERED, Act, Answer, Answering, CampaignState, MailKind, MessageState, SuggestionKind

if TYPE_CHECKING:
    from outreach.inbox.mailbox.imap import SyncResult


def collect(
    engine: Engine, paths: Iterable[Path], *, by: Actor, progress: Progress | None = None, team: Collection[str] = ()
) -> IngestResult:
    """Take mail in from files and folders (see outreach.inbox.ingest), and note who answered.

    `team` are the team's own addresses: nothing that comes from them is a mission's.
    That a person does so is their word that these are the answers so far: follow-ups that were due wait no longer.
    Raises NotFoundError for a path that is not there, before anything is written.
    """
    began = clock.now()
    result = ingest(engine, paths, record=record_answers, progress=progress, team=team)
    with writing(engine) as session:
        note_box_read(session, began)
        audit.record(
            session,
            by,
            Act.MAIL_INGESTED,
            counted(result.taken, "mail"),
            KeptSentence("log.there-already", "{count:,} {count:*was|were} there already", count=result.known),
        )
    read_earlier_files(engine)
    return result


def sync(
    engine: Engine,
    settings: Settings,
    *,
    progress: Progress | None = None,
    all_again: bool = True,
    before_fault: "Callable[[SyncResult], None]" = lambda _taken: None,
) -> "SyncResult":
    """Take in what is new in the IMAP box (see outreach.inbox.mailbox.imap), and note who answered."""
    from outreach.inbox.mailbox.imap import sync as sync_box

    result = sync_box(
        engine, settings, record=record_answers, progress=progress, all_again=all_again, before_fault=before_fault
    )
    read_earlier_files(engine)
    return result


def watch(engine: Engine, settings: Settings, *, stop: threading.Event, told: Callable[[IngestResult], None]) -> None:
    """Take in mail from the IMAP box as it comes, until `stop` is set (see outreach.inbox.mailbox.imap)."""
    from outreach.inbox.mailbox.imap import watch as watch_box

    watch_box(engine, settings, record=record_answers, stop=stop, told=told)


def settle(
    engine: Engine,
    number: int,
    where: str,
    *,
    campaign: str | None = None,
    by: Actor,
    team: Collection[str] = (),
    seen: str | None = None,
) -> Reply:
    """Say to which mission's letter a mail belongs, or that it belongs to `none` (see outreach.inbox.settle).

    A joint answer is put down to several missions, as `ALB, HND, HUN`: it belongs to the first one's letter, and counts
    as the answer to all; they are decided at once, and taken back at once. `seen`: see there.
    Raises UserError for missions after `none`, and what is raised there.
    """
    first, *others = [one for one in _MISSIONS.split(where.strip()) if one] or [""]
    if others and first.lower() == NONE:
        raise UserError(
            "mail.none-and-others", "A mail that belongs to no letter answers for nobody: {missions}.", missions=where,
            remedy="Name the missions alone, or none alone.",
        )  # fmt: skip
    hooks: dict[str, Any] = {"record": record_answers, "release": release_answers}
    letters = [letter_to(engine, one, campaign) for one in others]  # before anything is done
    joint = clock.now().isoformat() if letters else ""
    reply = settle_mail(engine, number, first, campaign=campaign, by=by, team=team, seen=seen, joint=joint, **hooks)
    for letter in letters:
        with writing(engine) as session:
            _also_answers(session, session.get_one(Reply, number), letter, by, joint)
    return reply


_MISSIONS = re.compile(r"[,;\s]+")


def _also_answers(session: Session, reply: Reply, letter: int, by: Actor, joint: str) -> None:
    """Let a mail count as the answer to one more letter, as a person says; `joint` names what is decided at once."""
    assert reply.id is not None
    message = session.get_one(Message, letter)
    query = select(Suggestion).where(
        Suggestion.reply_id == reply.id, Suggestion.kind == SuggestionKind.ANSWER, Suggestion.iso3 == message.iso3
    )
    one = session.exec(query).first() or Suggestion(
        reply_id=reply.id, iso3=message.iso3, kind=SuggestionKind.ANSWER, value=Answer.REPLIED, at=clock.now(),
        evidence=f"{by.name} has put it down to {message.iso3} too",
    )  # fmt: skip
    one.message_id, one.accepted, one.decided_at, one.decided_by = letter, True, clock.now(), by.name
    session.add(one)
    session.flush()
    response = response_to(session, message)
    tell_answer_again(session, response, note=one.evidence, who=by, reply_id=reply.id)
    what = KeptSentence("decision.answers-too", "it answers the letter to {iso3} too", iso3=message.iso3)
    before = {"settled": False, "response": response.id, "joint": joint}
    session.add(
        MailDecision(
            reply_id=reply.id, suggestion_id=one.id, at=clock.now(), who=by.name, what=what, before=before
        )
    )  # fmt: skip
    audit.record(session, by, Act.MAIL_SETTLED, f"mail {reply.id}", message.iso3, iso3=message.iso3)


def record_answers(session: Session, mails: Sequence[StoredMail]) -> None:
    """Note the answers among some mails and what their words propose, within the session's transaction.

    A person's answer makes the mission's status `replied`. An automatic one makes it `auto-reply` where there was
    none, and never takes anything back. What the words propose waits for a person: outreach.responses.suggest.
    """
    suggest(session, mails)
    answers = [(one, one.letter) for one in mails if one.letter is not None and _is_told(one)]
    standings = _standings(session, {(letter.campaign_id, letter.iso3) for _mail, letter in answers})
    told: dict[int, _Standing] = {}
    changes: list[Row] = []
    for mail, letter in answers:
        one = standings[letter.campaign_id, letter.iso3]
        if not _tells_more(mail, one):
            continue
        told[one.id] = one
        if mail.kind is MailKind.REPLY:
            one.answered_at = _earliest(one.answered_at, mail.received_at)
        old, one.answer = one.answer, _ANSWERS[mail.kind]
        if old is not one.answer:
            changes.append(
                {"response_id": one.id, "old": old, "new": one.answer, "note": mail.basis, "reply_id": mail.id}
            )
    connection = session.connection()
    if told:
        rows = [{"this": one.id, "answered_at": one.answered_at} for one in told.values()]
        _WRITE_SINCE.run(connection, rows)
    if changes:
        record_answers_told(connection, changes, who=WHO, at=clock.now())


_STANDING = Statement(
    lambda length: select_columns(
        col(Response.id), col(Response.campaign_id), col(Response.iso3), col(Response.answer), col(Response.answered_at)
    ).where(col(Response.campaign_id).in_(in_list(length)))
)
_WRITE_SINCE = Statement(
    lambda _: update(Response).where(col(Response.id) == bindparam("this")).values(answered_at=bindparam("answered_at"))
)
_ANSWERS = {MailKind.REPLY: Answer.REPLIED, MailKind.AUTO_REPLY: Answer.AUTO_REPLY}
_Of = tuple[int, str]
"""A campaign and a mission."""


@dataclass(slots=True)
class _Standing:
    """The answer of a mission in a campaign, and since when."""

    id: int
    answer: Answer
    answered_at: datetime | None


def _standings(session: Session, wanted: set[_Of]) -> dict[_Of, _Standing]:
    """Return the answers of some missions in their campaigns; a row is made where there is none."""
    rows = listed(session, _STANDING, {campaign for campaign, _iso3 in wanted})
    found = {(row["campaign_id"], row["iso3"]): _Standing(row["id"], row["answer"], row["answered_at"]) for row in rows}
    for of, made in _responses(session, wanted - found.keys()).items():
        assert made.id is not None
        found[of] = _Standing(made.id, made.answer, made.answered_at)
    return found


def _is_told(mail: StoredMail) -> bool:
    """Whether a mail changes the answer by itself: a person's where it is proved, an automatic one as what it is."""
    return mail.counts is Answering.YES or (
        mail.kind is MailKind.AUTO_REPLY and happens(MailEffect.AUTO_REPLY, Proof(mail.letter_certainty))
    )


def _tells_more(mail: StoredMail, known: _Standing) -> bool:
    """Tell whether an answer changes what is known; most come where one was before, and change nothing."""
    if mail.kind is MailKind.AUTO_REPLY:
        return known.answer is Answer.NONE
    return known.answer is not Answer.REPLIED or known.answered_at is None or mail.received_at < known.answered_at


def _responses(session: Session, wanted: set[_Of]) -> dict[_Of, Response]:
    """Return the rows of some missions in their campaigns; new ones for those that have none."""
    if not wanted:
        return {}
    campaigns, missions = {campaign for campaign, _iso3 in wanted}, {iso3 for _campaign, iso3 in wanted}
    query = select(Response).where(col(Response.campaign_id).in_(campaigns), col(Response.iso3).in_(missions))
    rows = {(one.campaign_id, one.iso3): one for one in session.exec(query).all()}
    for campaign, iso3 in wanted - rows.keys():
        rows[campaign, iso3] = Response(campaign_id=campaign, iso3=iso3)
        session.add(rows[campaign, iso3])
    session.flush()
    return rows


def release_answers(session: Session, letter: KnownLetter, reply: Reply, who: Actor) -> None:
    """Take back what a mail told of a mission that it no longer belongs to, within the session's transaction.

    The answer is told by what is left: other mail, else what a person recorded. A position that was taken from this
    mail goes back to what it was, unless somebody has set another one since; the proposal of it waits again, for
    whosever the mail is. What the mail proposed for that
    mission's contacts falls.
    """
    proposals = select(Suggestion).where(
        Suggestion.reply_id == reply.id, Suggestion.kind == SuggestionKind.CONTACT, col(Suggestion.accepted).is_(None)
    )
    for one in session.exec(proposals).all():
        one.accepted, one.decided_at, one.decided_by = False, clock.now(), who.name
        session.add(one)
    response = _responses(session, {(letter.campaign_id, letter.iso3)})[letter.campaign_id, letter.iso3]
    note = f"mail {reply.id} belongs elsewhere"
    standing = last_standing(session, response, "position")
    if standing is not None and standing.reply_id == reply.id:
        take_back(session, response, standing, note=note, who=who)
        _ask_again(session, reply)
    if reply.kind not in _ANSWERS:
        return
    tell_answer_again(session, response, note=note, who=who, reply_id=reply.id)


def _ask_again(session: Session, reply: Reply) -> None:
    """Let the position that a person took from a mail wait for a yes or no again."""
    taken = select(Suggestion).where(
        Suggestion.reply_id == reply.id, Suggestion.kind == SuggestionKind.POSITION, col(Suggestion.accepted).is_(True)
    )
    for one in session.exec(taken).all():
        one.accepted, one.decided_at, one.decided_by = None, None, ""
        session.add(one)
    session.flush()


def _what_is_left(session: Session, response: Response) -> tuple[Answer, datetime | None]:
    """Return the answer of a mission, and since when, by the mail that belongs to it and what people said."""
    query = (
        select(Reply.kind, Reply.received_at, Reply.counts)
        .join(Message, col(Message.id) == col(Reply.message_id))
        .where(Message.campaign_id == response.campaign_id, Message.iso3 == response.iso3)
    )
    mails = session.exec(query).all()
    taken = (
        select(Suggestion.value, Reply.received_at)
        .join(Reply, col(Reply.id) == col(Suggestion.reply_id))
        .join(Message, col(Message.id) == col(Suggestion.message_id))
        .where(
            Suggestion.kind == SuggestionKind.ANSWER, col(Suggestion.accepted).is_(True),
            Message.campaign_id == response.campaign_id, Message.iso3 == response.iso3,
        )
    )  # fmt: skip
    said = session.exec(taken).all()
    answers = [at for _kind, at, counts in mails if counts is Answering.YES]
    answers += [at for value, at in said if value == Answer.REPLIED]
    recorded = last_standing(session, response, "answer", by_mail=False)
    if answers:
        return Answer.REPLIED, min(answers)
    if recorded is not None and recorded.new in ANSWERED:
        return Answer(recorded.new), response.answered_at
    if said:
        return Answer.ACKNOWLEDGED, None
    automatic = any(kind is MailKind.AUTO_REPLY for kind, _at, _counts in mails)
    return (Answer.AUTO_REPLY if automatic else Answer.NONE), None


def tell_answer_again(session: Session, response: Response, *, note: str, who: Actor, reply_id: int | None) -> None:
    """Work out a mission's answer anew, after a person said that a mail is one or took that back; keep the change."""
    old, (answer, at) = response.answer, _what_is_left(session, response)
    response.answered_at = at
    if answer is not old:
        response.answer = answer
        record_change(session, response, "answer", old, answer, note=note, who=who, at=clock.now(), reply_id=reply_id)
    session.add(response)
    session.flush()
    if reply_id is not None and old is Answer.REPLIED and answer in (Answer.NONE, Answer.AUTO_REPLY):
        _tell_of_cancelled(session, response, reply_id)


def _tell_of_cancelled(session: Session, response: Response, reply_id: int) -> None:
    """Put before a person that a mission's reminder was cancelled for an answer that is none."""
    query = (
        select(Message)
        .join(Campaign, col(Campaign.id) == col(Message.campaign_id))
        .where(
            Campaign.follows_id == response.campaign_id, Message.iso3 == response.iso3,
            Message.state == MessageState.CANCELLED, col(Message.replaced_at).is_(None),
            col(Campaign.state) == CampaignState.SCHEDULED,
        )
    )  # fmt: skip
    cancelled = session.exec(query).first()
    there = select(Suggestion.id).where(
        Suggestion.reply_id == reply_id, Suggestion.kind == SuggestionKind.PROBLEM, Suggestion.value == _NO_REMINDER
    )
    if cancelled is None or session.exec(there).first() is not None:
        return
    session.add(
        Suggestion(
            reply_id=reply_id, iso3=response.iso3, message_id=cancelled.id, kind=SuggestionKind.PROBLEM,
            value=_NO_REMINDER, at=clock.now(),
            evidence=f"the reminder to {response.iso3} was cancelled when this counted as its answer; it does not any "
            "more, and the mission gets none: plan another follow-up, or call it",
        )
    )  # fmt: skip


_NO_REMINDER = "no reminder"


def response_to(session: Session, message: Message) -> Response:
    """Return the row of the mission that a letter went to, in its campaign; a new one where there is none."""
    of = (message.campaign_id, message.iso3)
    return _responses(session, {of})[of]


def _earliest(known: datetime | None, new: datetime) -> datetime:
    return new if known is None else min(known, new)
