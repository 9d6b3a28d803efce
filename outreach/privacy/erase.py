"""Erasing a person's data: in one transaction, with what must stay named, and the bytes overwritten afterwards."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, delete, insert, select, update
from sqlmodel import Session, SQLModel, col

from outreach import clock
from outreach.actors import Actor
from outreach.database import overwrite_freed, overwrites_freed, reading, writing
from outreach.errors import CampaignError, ConfirmationError, NotFoundError, Problem
from outreach.models import (
    Attachment,
    Attempt,
    Campaign,
    Delivery,
    Frozen,
    Message,
    OptOut,
    Released,
    Reply,
    ReplyPath,
    Response,
    Signatory,
    Suggestion,
)
from outreach.people import audit
from outreach.privacy.holdings import (
    MAIL_WORDS,
    Do,
    HeldRow,
    Holdings,
    KeptPlace,
    Waits,
    holdings,
    is_changed,
    quoted_notes,
    text_columns,
    who_is,
)
from outreach.privacy.identity import MARK, NaturalPerson
from outreach.privacy.outside import Outside, outside
from outreach.privacy.typed_drafts import DRAFTS, redact_drafts
from outreach.settings import Settings
from outreach.text import erased_key, folded
from outreach.vocabulary import Act, CampaignState, FileKind, MessageState, SignatoryKind, SuggestionKind

_NEVER_SENT = b"Subject: [erased]\r\n\r\nThis letter was never sent, and was erased.\r\n"
_KEYS_OF = {
    "signatory": ("campaign_id", "kind"),
    "delivery": ("address_key",),
    "opt_out": ("address_key",),
    "dispatch": ("address_key",),
}
_WHY_STOPPED = "the person's data were erased"


@dataclass(frozen=True, slots=True)
class Erased:
    """What was erased; with a dry run, what would be."""

    held: Holdings
    outside: tuple[Outside, ...]
    dry_run: bool
    overwritten: bool = True
    """Whether the freed bytes were overwritten in the database's file and its log. False while others have it open."""


def find(
    engine: Engine,
    words: str,
    also: Sequence[str] = (),
    *,
    folder: Path | None = None,
    progress: Callable[[int], None] = lambda _done: None,
) -> Holdings:
    """Return what is held of a person, by an address or a name; it may be nothing.

    With the campaign folder, what the desk keeps there of what is being typed is looked into too. Raises UserError for
    words that name nobody.
    """
    with reading(engine) as session:
        return holdings(session, who_is(session, words, also), folder=folder, progress=progress)


def erase(
    engine: Engine,
    settings: Settings,
    folder: Path,
    words: str,
    *,
    by: Actor,
    also: Sequence[str] = (),
    dry_run: bool = False,
    yes: int | None = None,
    ask: Callable[[Holdings], int | None] = lambda _found: None,
    progress: Callable[[int], None] = lambda _done: None,
) -> Erased:
    """Erase what is certainly a person's, in one transaction; what is only likely stays unless `also` names it.

    The number of things has to be confirmed, by `yes` or by what `ask` answers. An address that is erased is not
    written to any more, whatever sheet brings it back: a digest of it stays on the list. Asked again once all is
    erased, it only overwrites what the database has freed.

    Raises UserError for words that name nobody, NotFoundError where nothing is held, CampaignError while a letter to
    the person, or one that bears their name, waits or is on its way; ConfirmationError for another number.
    """
    before = find(engine, words, also, folder=folder, progress=progress)
    there = outside(settings, folder, before.person)
    if not before.total:
        overwritten = True if dry_run else overwrite_freed(engine)
        if not before.likely and not before.stays:
            raise NotFoundError("person.nothing", "Nothing is held of {asked!r}.", asked=words)
        return Erased(before, there, dry_run, overwritten)
    if dry_run:
        return Erased(before, there, dry_run=True)
    _require_none_waits(engine, before.waits)
    _require_confirmed(before, ask(before) if yes is None else yes)
    with writing(engine) as session, overwrites_freed(session):
        mails = [one for one in before.certain if one.table == "reply"]
        now = holdings(
            session, who_is(session, words, also), mails_read=before.mails_read, known_mails=mails,
            known_letters=before.letters, folder=folder,
        )  # fmt: skip
        _require_none_waits(engine, now.waits)
        if now.total != before.total:
            raise ConfirmationError(
                "person.another-number",
                "{confirmed} {confirmed:*thing was|things were} confirmed, and meanwhile there "
                "{found:*is|are} {found}. Nothing was erased.",
                confirmed=before.total,
                found=now.total,
                remedy="Look at them again.",
            )
        _erase(session, now, by)
        counts = ", ".join(f"{place}: {len(some)}" for place, some in now.by_place().items())
        audit.record(session, by, Act.PERSON_ERASED, detail=counts)
    redact_drafts(folder, now.person)
    return Erased(now, there, dry_run=False, overwritten=overwrite_freed(engine))


def _require_none_waits(engine: Engine, waits: Sequence[Waits]) -> None:
    if not waits:
        return
    with reading(engine) as session:
        names = {one.id: one.name for one in session.scalars(select(Campaign))}
    problems = []
    for one in waits:
        campaign = names[one.campaign_id]
        if one.state is MessageState.UNCERTAIN:
            cure = "Decide first whether it went out{LETTERS}."
        elif one.as_signatory:
            cure = "Let it go out; or take the name out of the list of signatories and approve again{APPROVE}."
        else:
            cure = (
                "Let it go out, or cancel the campaign{CANCEL}; or take the address out of the sheet and approve again."
            )
        problems.append(
            Problem(
                "person.letter-waits", "its letter to {iso3} is {state}", iso3=one.iso3, state=one.state,
                campaign=campaign, where=campaign, remedy=cure,
            )
        )  # fmt: skip
    raise CampaignError(
        "person.letters-wait",
        "Letters to this person, or with their name, have not come to rest. Nothing was erased.",
        problems=list(dict.fromkeys(problems)),
    )


def _require_confirmed(found: Holdings, yes: int | None) -> None:
    if yes is None:
        raise ConfirmationError(
            "person.not-confirmed",
            "This erases {things} {things:*thing|things}, for good, and nobody has confirmed it. Nothing was erased.",
            things=found.total,
            remedy="If that is meant, {CONFIRM_THINGS:confirm it}.",
        )
    if yes != found.total:
        raise ConfirmationError(
            "person.wrong-number",
            "{yes} was confirmed, but there {things:*is|are} {things} {things:*thing|things}. Nothing was erased.",
            yes=yes,
            things=found.total,
            remedy="Look at them again.",
        )


def _erase(session: Session, found: Holdings, by: Actor) -> None:
    person = found.person
    for one in found.certain:
        if one.table == "reply":
            (empty_mail if one.do is Do.EMPTY else _redact_mail)(session, one.id, person)
    session.flush()
    letters = {one.id for one in found.certain if one.table == "delivery"}
    _drop_unsent(session, letters)
    for one in found.certain:
        if one.table not in ("reply", DRAFTS):
            _take(session, person, one)
    for key in sorted(person.keys):
        _stop_writing(session, key, by)
    if any(one.place in (KeptPlace.CONTACTS, KeptPlace.SIGNATORIES) for one in found.certain):
        # An approval that is being made has read them: it finds another version, and begins anew.
        session.execute(
            update(Campaign)
            .where(col(Campaign.state) != CampaignState.CANCELLED)
            .values(version=col(Campaign.version) + 1)
        )
    session.flush()
    session.expire_all()


def _take(session: Session, person: NaturalPerson, one: HeldRow) -> None:
    table = SQLModel.metadata.tables[one.table]
    (key,) = table.primary_key.columns
    here = key == one.id
    if one.do is Do.DELETE:
        session.execute(delete(table).where(here))
        return
    if one.table in ("suggestion", "released") and one.do is Do.EMPTY:
        _empty_words(session, person, one)
        return
    wanted = [*text_columns(table), *(table.columns[name] for name in _KEYS_OF.get(one.table, ()))]
    row = session.execute(select(*wanted).where(here)).mappings().one()
    changes: dict[str, Any] = {}
    for column in text_columns(table):
        if is_changed(one.table, column.name):
            value = person.redacted_value(row[column.name])
            if value != row[column.name]:
                changes[column.name] = value
    if one.do is Do.EMPTY:
        emptied = ("note",) if one.table == "response" else MAIL_WORDS[one.table]
        changes |= {name: MARK for name in emptied if row[name]}
    if one.do is Do.HASH:
        changes |= _hashed(one.table, row)
    if one.table == "signatory" and "name" in changes:
        kind = SignatoryKind(row["kind"])
        changes["name_key"] = _free_key(session, row["campaign_id"], kind, folded(changes["name"]), one.id)
    if changes:
        session.execute(update(table).where(here).values(changes))


def _hashed(table: str, row: Any) -> dict[str, str]:
    stands = erased_key(row["address_key"])
    return {"address_key": stands} | ({"address": stands} if table in ("delivery", "opt_out") else {})


def _free_key(session: Session, campaign: int, kind: SignatoryKind, key: str, number: int) -> str:
    taken = session.execute(
        select(col(Signatory.id)).where(
            col(Signatory.campaign_id) == campaign,
            col(Signatory.kind) == kind,
            col(Signatory.name_key) == key,
            col(Signatory.id) != number,
        )
    ).first()
    return f"{key} {number}" if taken else key


def empty_mail(session: Session, number: int, person: NaturalPerson | None = None) -> None:
    """Take the words and bytes of a mail away; that it came, when, what it is and what it counts for stays.

    Its digest stays too, so that the same mail is known again and does not come back. Its words go from what was told
    of it, too: the letter's events, the history of answers, reasons.
    """
    reply = session.get_one(Reply, number)
    whom = person or NaturalPerson()
    findings = whom.redacted_value(reply.findings) if person else [_without_words(one) for one in reply.findings]
    reply.sender, reply.subject, reply.body = "", MARK, MARK
    reply.findings, reply.candidates = findings, whom.redacted_value(reply.candidates)
    reply.basis = whom.redacted(reply.basis)
    _without_bytes(session, reply)
    _empty_told(session, number)
    for file in session.scalars(select(Attachment).where(col(Attachment.reply_id) == number)):
        file.name, file.words, file.kind = MARK, "", FileKind.OTHER
        session.add(file)
    if person is None:
        for one in session.scalars(select(Suggestion).where(col(Suggestion.reply_id) == number)):
            one.evidence = MARK
            session.add(one)


def _empty_told(session: Session, number: int) -> None:
    """Take the words of a mail out of the events and notes that were made of them; what was concluded stays."""
    for response, note in quoted_notes(session, [number]):
        session.execute(
            update(Response).where(col(Response.id) == response, col(Response.note) == note).values(note=MARK)
        )
    for table in ("delivery_event", "response_change", "opt_out"):
        columns = SQLModel.metadata.tables[table].columns
        for name in MAIL_WORDS[table]:
            session.execute(
                update(SQLModel.metadata.tables[table])
                .where(columns.reply_id == number, columns[name] != "")
                .values({name: MARK})
            )


def _without_words(finding: dict[str, Any]) -> dict[str, Any]:
    return finding | {"address": erased_key(str(finding.get("address", ""))), "diagnostic": ""}


def _redact_mail(session: Session, number: int, person: NaturalPerson) -> None:
    """Take the name and the address out of the words of a mail; its bytes can't be changed, and go."""
    reply = session.get_one(Reply, number)
    reply.sender, reply.subject = person.redacted(reply.sender), person.redacted(reply.subject)
    reply.body, reply.basis = person.redacted(reply.body), person.redacted(reply.basis)
    reply.findings = person.redacted_value(reply.findings)
    reply.candidates = person.redacted_value(reply.candidates)
    _without_bytes(session, reply)
    for file in session.scalars(select(Attachment).where(col(Attachment.reply_id) == number)):
        file.name, file.words = person.redacted(file.name), person.redacted(file.words)
        session.add(file)


def _without_bytes(session: Session, reply: Reply) -> None:
    reply.raw, reply.page, reply.source, reply.erased_at = b"", "", "", clock.now()
    session.add(reply)
    for way in session.scalars(select(ReplyPath).where(col(ReplyPath.reply_id) == reply.id)):
        way.source = f"erased {way.id}"
        session.add(way)


def _empty_words(session: Session, person: NaturalPerson, one: HeldRow) -> None:
    if one.table == "released":
        released = session.get_one(Released, one.id)
        released.text = MARK
        released.withdrawn_at = released.withdrawn_at or clock.now()
        session.add(released)
        return
    suggestion = session.get_one(Suggestion, one.id)
    suggestion.evidence = MARK
    if suggestion.kind is not SuggestionKind.POSITION:
        suggestion.value = person.redacted_value(suggestion.value)
    session.add(suggestion)


def _drop_unsent(session: Session, deliveries: set[int]) -> None:
    """Letters to the person that were replaced or cancelled, and of which no byte ever left, prove nothing: they go."""
    if not deliveries:
        return
    tried = select(col(Attempt.message_id))
    query = (
        select(col(Message.id))
        .join(Delivery, col(Delivery.message_id) == col(Message.id))
        .where(
            col(Delivery.id).in_(deliveries),
            (col(Message.replaced_at).is_not(None)) | (col(Message.state) == MessageState.CANCELLED),
            col(Message.state).in_((MessageState.QUEUED, MessageState.HELD, MessageState.CANCELLED)),
            col(Message.dated_at).is_(None),
            col(Message.id).not_in(tried),
        )
        .distinct()
    )
    for number in session.scalars(query).all():
        session.execute(update(Frozen).where(col(Frozen.message_id) == number).values(raw=_NEVER_SENT))


def _stop_writing(session: Session, key: str, by: Actor) -> None:
    """Keep a digest of the address on the list of those that are not written to."""
    stands = erased_key(key)
    in_force = select(col(OptOut.id)).where(col(OptOut.address_key) == stands, col(OptOut.withdrawn_at).is_(None))
    if session.execute(in_force).first() is None:
        session.execute(
            insert(OptOut).values(
                address=stands, address_key=stands, at=clock.now(), who=by.name, why=_WHY_STOPPED, withdrawn_by=""
            )
        )
