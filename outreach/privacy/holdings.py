"""What the database holds of a person: every row of every table that bears their address or name, by place.

What is certain and what is only likely are kept apart, and so is what stays and why. Nothing is changed here.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, Column, String, Table, Text, select
from sqlmodel import Session, SQLModel, col
from sqlmodel.sql.sqltypes import AutoString

from outreach.models import Attempt, Contact, Delivery, KeptText, Message, Reply, Signatory, SignatoryList
from outreach.privacy.identity import MARK, NaturalPerson, asked_for, family_name, same_name
from outreach.privacy.mail_parts import Concern, parts_of
from outreach.privacy.sent_letters import BearingLetter, letters_bearing
from outreach.privacy.typed_drafts import DRAFTS, drafts_bearing
from outreach.sentences import Sentence, saying
from outreach.vocabulary import MessageState, Role, SignatoryKind

WAITING = (MessageState.QUEUED, MessageState.SENDING, MessageState.DEFERRED, MessageState.UNCERTAIN)
"""A letter that may still go out to an address, or may be on its way."""
_UNDER_WAY = (MessageState.SENDING, MessageState.UNCERTAIN)
_TO_GO = (*WAITING, MessageState.HELD)
_ROWS = 500
_MOST_SHOWN = 160


class Do(StrEnum):
    """What erasing does with a row."""

    DELETE = "taken away"
    EMPTY = "emptied"  # a mail: its words and bytes go; what it counts for stays
    REDACT = "the name and the address taken out"
    HASH = "the address replaced by a digest"


class KeptPlace(StrEnum):
    """Where something stands, as people know it. Their order is that of lists."""

    CONTACTS = "contacts"
    CHANGES = "history of the directory"
    SENDERS = "known senders"
    SIGNATORIES = "signatories"
    LISTS = "signatories of approved letters"
    FROM = "mails from the person"
    TO = "mails to or about the person"
    MENTIONED = "mails that mention the person"
    PROPOSALS = "proposals"
    RELEASED = "released answers"
    NOTES = "notes"
    ANSWERS = "positions and answers"
    ADDRESSED = "letters to the person"
    SENDING = "records of sending"
    OPT_OUTS = "addresses not written to"
    LOG = "log"
    DRAFTS = "drafts at the desk"
    OTHER = "elsewhere"


class KeptForGood(StrEnum):
    """What an erasure leaves, as people know it."""

    BEARING = "letters sent that bear the name"
    SENT = "letters that were sent to the person"
    JOURNAL = "letters in the dispatch journal"
    ACTED = "records of who acted"
    ACCOUNTS = "accounts of the desk"
    SUBJECTS = "subjects of letters"
    NAMES = "names of campaigns, letters and boxes"


_OF_TABLES: Mapping[str, KeptPlace] = {
    "contact": KeptPlace.CONTACTS, "directory_change": KeptPlace.CHANGES, "directory_import": KeptPlace.CHANGES,
    "known_sender": KeptPlace.SENDERS, "signatory": KeptPlace.SIGNATORIES, "signatory_list": KeptPlace.LISTS,
    "sign_on_entry": KeptPlace.SIGNATORIES,
    "suggestion": KeptPlace.PROPOSALS, "mail_decision": KeptPlace.PROPOSALS, "released": KeptPlace.RELEASED,
    "mission_note": KeptPlace.NOTES, "mission_comment": KeptPlace.NOTES,
    "response": KeptPlace.ANSWERS, "response_change": KeptPlace.ANSWERS,
    "delivery": KeptPlace.ADDRESSED, "dispatch": KeptPlace.SENDING, "attempt": KeptPlace.SENDING,
    "delivery_event": KeptPlace.SENDING, "message": KeptPlace.SENDING, "opt_out": KeptPlace.OPT_OUTS,
    "audit_entry": KeptPlace.LOG, "mission": KeptPlace.OTHER,
}  # fmt: skip

_MAILS = {
    Concern.FROM: (KeptPlace.FROM, Do.EMPTY),
    Concern.TO: (KeptPlace.TO, Do.EMPTY),
    Concern.MENTIONED: (KeptPlace.MENTIONED, Do.REDACT),
}
WHO_ACTED = frozenset(
    {
        "who", "machine_user", "settled_by", "decided_by", "undone_by", "replaced_by", "withdrawn_by", "changed_by",
        "approved_by", "opened_by", "first_approved_by", "again_by", "no_mailbox_by", "created_by",
    }
)  # fmt: skip
"""Columns that say who acted: the record of what was done stays whole."""
_OF_ACCOUNTS = frozenset(
    {
        "account", "account_link", "desk_session", "authenticator_app", "recovery_code", "passkey", "linked_identity",
    }
)  # fmt: skip
_AS_SENT = frozenset({("message", "subject"), ("dispatch", "subject"), ("message", "envelope_from")})
"""Part of what was sent, as its frozen bytes are."""
_NAMES_OF_THINGS = frozenset(
    {
        ("campaign", "name"), ("campaign", "letter"), ("dispatch", "campaign"), ("dispatch", "letter"),
        ("audit_entry", "campaign"), ("event_reader", "name"), ("mailbox", "name"), ("copy_keeper", "place"),
    }
)  # fmt: skip
"""What programs and people know a thing by: it is renamed there, and not here."""
_NO_WORDS = frozenset(
    {
        "iso3", "digest", "sha256", "text_digest", "text_sketch", "same_key", "message_id", "in_reply_to",
        "database_id", "home",
        "owner", "worker", "server", "signature", "password_hash", "token_hash", "media_type", "action", "enhanced",
        "status", "time_zone", "follow_after", "follow_to", "despite", "session_name", "regional_group", "city",
        "short_name", "formal_name", "field", "kind", "language", "name_key", "link_hash", "leave_hash",
        "sealed", "code_hash", "credential_id", "public_key", "rp_id", "handle",
    }
)  # fmt: skip
"""Columns that hold codes, digests, and names of states: they tell of nobody."""
_SPECIAL = frozenset(
    {"contact", "signatory", "known_sender", "opt_out", "delivery", "reply", "reply_path", "attachment"}
)
"""Tables whose rows are more than texts: they are looked at one by one."""
_BY_ADDRESS: Mapping[str, Do] = {"known_sender": Do.DELETE, "opt_out": Do.HASH}
"""Tables whose rows are known by an address, and what erasing does with such a row."""
_PUBLISHED = frozenset({"past_resolution", "past_vote"})
"""What the United Nations publish of states and resolutions: nobody's data."""


MAIL_WORDS: Mapping[str, tuple[str, ...]] = {
    "suggestion": ("evidence", "value"), "released": ("text",), "delivery_event": ("detail",),
    "response_change": ("note",), "opt_out": ("why",),
}  # fmt: skip
"""Where the words of a mail are told again, by tables that name it (`reply_id`): they go with the mail's own.

A table that is new and names a mail belongs here with its columns, or into `NO_MAIL_WORDS`; a test holds it.
"""
NO_MAIL_WORDS = frozenset({"attachment", "reply_path", "mail_decision"})
"""Tables that name a mail and go with it in another way, or hold nothing that it said."""


@dataclass(frozen=True, slots=True)
class HeldRow:
    """A row that bears something of the person."""

    place: KeptPlace
    table: str
    id: int
    do: Do
    says: str
    """What it is, on one line."""
    columns: tuple[str, ...] = ()
    """Those that bear it, where only these change."""


@dataclass(frozen=True, slots=True)
class Stays:
    """Something that stays, and why."""

    what: KeptForGood
    count: int
    why: Sentence
    which: tuple[str, ...] = ()
    """Each of them, where they are told one by one."""


@dataclass(frozen=True, slots=True)
class Waits:
    """A letter that keeps an erasure waiting."""

    campaign_id: int
    iso3: str
    state: MessageState
    as_signatory: bool


@dataclass(slots=True)
class Holdings:
    """What is held of a person."""

    person: NaturalPerson
    certain: list[HeldRow] = field(default_factory=list)
    likely: list[HeldRow] = field(default_factory=list)
    stays: list[Stays] = field(default_factory=list)
    waits: list[Waits] = field(default_factory=list)
    mails_read: int = 0
    """The number of the last mail that was looked at."""
    letters: tuple[BearingLetter, ...] = ()
    """The letters that left and bear the person."""

    @property
    def total(self) -> int:
        """How many things are certainly the person's: what erasing has to be confirmed with."""
        return len(self.certain)

    def by_place(self) -> dict[KeptPlace, list[HeldRow]]:
        """Return what is certain by place, in the order of places."""
        return _by_place(self.certain)

    @property
    def likely_names(self) -> tuple[str, ...]:
        """The family names by which things are only likely, and by which they are found once they are asked for too.

        One word alone is none: it stands in too many texts.
        """
        names = {family_name(name) for name in (*self.person.names, *self.person.maybe)}
        texts = [one.says for one in self.likely if one.columns or one.table == "reply"]
        offered = [NaturalPerson(names=(name,)) for name in sorted(names)]
        return tuple(one.names[0] for one in offered if any(map(one.spans, texts)))

    def likely_by_place(self) -> dict[KeptPlace, list[HeldRow]]:
        """Return what is only likely by place."""
        return _by_place(self.likely)


def _by_place(held: Sequence[HeldRow]) -> dict[KeptPlace, list[HeldRow]]:
    found: dict[KeptPlace, list[HeldRow]] = {}
    for place in KeptPlace:
        if some := [one for one in held if one.place is place]:
            found[place] = some
    return found


def who_is(session: Session, words: str, also: Sequence[str] = ()) -> NaturalPerson:
    """Return who is meant by an address or a name, and by further ones of the same person.

    A name stands for the one address that it has in the directory, unless that is a box which others share; an address
    brings the names of its contacts along, which may be others' too. Raises UserError for words that name nobody.
    """
    keys, names = asked_for([words, *also])
    mine = set(keys)
    known: dict[str, list[Contact]] = {}
    for contact in session.scalars(select(Contact).order_by(col(Contact.id))):
        known.setdefault(contact.email_key, []).append(contact)
    for name in names:
        bearing = {key for key, some in known.items() if any(same_name(name, one.name) for one in some)}
        if len(bearing - mine) == 1 and not (bearing & mine):
            (key,) = bearing
            if all(one.role is not Role.GENERAL and same_name(name, one.name) for one in known[key]):
                mine.add(key)
    beside = {one.name for key in mine for one in known.get(key, ()) if one.name.strip()}
    maybe = [one for one in sorted(beside) if not any(same_name(one, name) for name in names)]
    alone = [one for one in maybe if not _is_elsewhere(one, known, mine)]
    return NaturalPerson(
        frozenset(mine), (*names, *(one for one in alone)), tuple(one for one in maybe if one not in alone),
        (words, *also),
    )  # fmt: skip


def _is_elsewhere(name: str, known: Mapping[str, list[Contact]], mine: set[str]) -> bool:
    return any(same_name(name, one.name) for key, some in known.items() if key not in mine for one in some)


def holdings(
    session: Session,
    person: NaturalPerson,
    *,
    mails_read: int = 0,
    known_mails: Iterable[HeldRow] = (),
    known_letters: tuple[BearingLetter, ...] | None = None,
    folder: Path | None = None,
    progress: Callable[[int], None] = lambda _done: None,
) -> Holdings:
    """Return all that is held of a person, in the order of places.

    Reading mails takes its time: of those up to the number `mails_read`, what was found before is given as
    `known_mails`, since mails do not change; so are the letters that left, as `known_letters`. `folder` is the
    campaign folder, in which the desk's drafts lie.
    """
    found = Holdings(person)
    named = _asked_names(person)
    _contacts(session, found)
    signed = _signatories(session, found, named)
    found.letters = letters_bearing(session, person, signed) if known_letters is None else known_letters
    _note_letters(found)
    if folder is not None:
        _drafts(found, folder)
    _letters(session, found)
    _mails(session, found, mails_read, {one.id: one for one in known_mails if one.table == "reply"}, progress)
    emptied = {one.id for one in found.certain if one.table == "reply" and one.do is Do.EMPTY}
    quoted = quoted_notes(session, emptied)
    by_address = [SQLModel.metadata.tables[name] for name in _BY_ADDRESS]
    for table in by_address:
        _keyed(session, found, table)
    for table in (*(one for one in SQLModel.metadata.sorted_tables if one.name not in _SPECIAL), *by_address):
        _texts(session, found, table, emptied, quoted)
    _accounts(found)
    order = list(KeptPlace)
    for held in (found.certain, found.likely):
        held.sort(key=lambda one: (order.index(one.place), one.table, one.id))
    return found


def _asked_names(person: NaturalPerson) -> tuple[str, ...]:
    """The names that somebody asked for: those that came with an address prove nothing of a list without any."""
    return asked_for(person.asked)[1]


def _contacts(session: Session, found: Holdings) -> None:
    person = found.person
    for one in session.scalars(select(Contact).order_by(col(Contact.id))):
        assert one.id is not None
        says = _line(one.iso3, one.name, one.email, one.role)
        if person.has_address(one.email_key):
            found.certain.append(HeldRow(KeptPlace.CONTACTS, "contact", one.id, Do.DELETE, says))
        elif columns := _bearing(person, _row(one)):
            others = {"name", "email"} & set(columns)
            held = HeldRow(KeptPlace.CONTACTS, "contact", one.id, Do.DELETE if others else Do.REDACT, says, columns)
            (found.likely if others else found.certain).append(held)
        elif person.may_be_named(one.name):
            found.likely.append(HeldRow(KeptPlace.CONTACTS, "contact", one.id, Do.DELETE, says))


def _signatories(session: Session, found: Holdings, named: Sequence[str]) -> set[int]:
    """Look through those who sign; return the letters that left with the name in their list."""
    person = found.person
    for one in session.scalars(select(Signatory).order_by(col(Signatory.id))):
        assert one.id is not None
        says = _line(one.kind, one.name, one.affiliation, one.representative)
        is_person = one.kind is SignatoryKind.INDIVIDUAL
        columns = _bearing(person, _row(one))
        if is_person and any(same_name(name, one.name) for name in named):
            found.certain.append(HeldRow(KeptPlace.SIGNATORIES, "signatory", one.id, Do.DELETE, says))
        elif columns and any(_within(named, getattr(one, name)) for name in columns):
            found.certain.append(HeldRow(KeptPlace.SIGNATORIES, "signatory", one.id, Do.REDACT, says, columns))
        elif columns or (is_person and person.may_be_named(one.name)):
            found.likely.append(HeldRow(KeptPlace.SIGNATORIES, "signatory", one.id, Do.DELETE, says))
    lists = []
    for row in session.scalars(select(SignatoryList)):
        assert row.id is not None
        if any(_within(named, str(value)) for entry in row.entries for value in entry.values()):
            lists.append(row.id)
    query = select(
        col(Message.id), col(Message.campaign_id), col(Message.iso3), col(Message.state), col(Message.replaced_at)
    ).where(col(Message.signatory_list_id).in_(lists))
    out: set[int] = set()
    for number, campaign, iso3, state, replaced in session.execute(query):
        if state in _TO_GO and replaced is None:
            found.waits.append(Waits(campaign, iso3, state, as_signatory=True))
        if state is MessageState.SENT:
            out.add(number)
    return out


def _note_letters(found: Holdings) -> None:
    """Tell the letters that left and bear the person one by one, and where copies of them lie."""
    if not found.letters:
        return
    filed, archived = sum(one.filed for one in found.letters), sum(one.archived for one in found.letters)
    copies = saying(
        "stays.copies", "; copies: {filed} in the Sent folder, {archived} in the archive",
        filed=filed, archived=archived,
    )  # fmt: skip
    found.stays.append(
        Stays(
            KeptForGood.BEARING, len(found.letters),
            saying(
                "stays.signed", "the frozen bytes of what was sent are the proof of what each mission was told; the "
                "dispatch journal has the subject and the addresses of each{copies}",
                copies=copies if filed or archived else "",
            ),
            tuple(map(str, found.letters)),
        )
    )  # fmt: skip


def _drafts(found: Holdings, folder: Path) -> None:
    for number, (name, texts) in enumerate(drafts_bearing(folder, found.person).items(), 1):
        says = _line(f"{DRAFTS}/{name}", *texts)
        found.certain.append(HeldRow(KeptPlace.DRAFTS, DRAFTS, number, Do.REDACT, says))


def _within(names: Sequence[str], text: str) -> bool:
    return bool(NaturalPerson(names=tuple(names)).spans(text)) or any(same_name(one, text) for one in names)


def _letters(session: Session, found: Holdings) -> None:
    person = found.person
    query = (
        select(Delivery, col(Message.campaign_id), col(Message.iso3), col(Message.replaced_at))
        .join(Message, col(Message.id) == col(Delivery.message_id))
        .order_by(col(Delivery.id))
    )
    sent = 0
    for one, campaign, iso3, replaced in session.execute(query):
        if person.has_address(one.address_key):
            if one.state in WAITING and (replaced is None or one.state in _UNDER_WAY):
                found.waits.append(Waits(campaign, iso3, one.state, as_signatory=False))
            sent += one.state is MessageState.SENT
            if one.address_key in person.keys:
                says = _line(iso3, one.address, one.state)
                found.certain.append(HeldRow(KeptPlace.ADDRESSED, "delivery", one.id, Do.HASH, says))
        elif columns := _bearing(person, {"smtp_reply": one.smtp_reply}):
            found.certain.append(
                HeldRow(KeptPlace.SENDING, "delivery", one.id, Do.REDACT, _line(one.smtp_reply), columns)
            )
    tries = session.execute(
        select(col(Attempt.message_id)).join(Delivery, col(Delivery.id) == col(Attempt.delivery_id))
        .where(col(Delivery.address_key).in_([*person.keys, *(person.erased_keys)])).distinct()
    ).all() if person.keys else []  # fmt: skip
    if sent:
        found.stays.append(
            Stays(KeptForGood.SENT, sent, saying(
                "stays.sent", "the frozen bytes of what was sent are the proof of what the mission was told; the list "
                "of letters has a digest in the place of the address"
            ))
        )  # fmt: skip
    if tries:
        found.stays.append(
            Stays(KeptForGood.JOURNAL, len(tries), saying(
                "stays.journal", "it tells outside of the database what went out, so that nobody gets a letter twice; "
                "it holds the address"
            ))
        )  # fmt: skip


def _mails(
    session: Session, found: Holdings, read: int, known: Mapping[int, HeldRow], progress: Callable[[int], None]
) -> None:
    person = found.person
    columns: tuple[Any, ...] = (
        Reply.id, Reply.kind, Reply.sender, Reply.subject, Reply.source, Reply.basis, Reply.body, Reply.findings,
        Reply.candidates, Reply.page, Reply.raw, Reply.ours, Reply.erased_at, Reply.received_at,
    )  # fmt: skip
    if read:
        found.certain.extend(known.values())
    query = select(*columns).where(col(Reply.id) > read).order_by(col(Reply.id))
    found.mails_read = read
    words = _words_of_files(session, read)
    for done, row in enumerate(session.execute(query.execution_options(yield_per=_ROWS)), 1):
        found.mails_read = row.id
        part, likely = parts_of(person, row, words.get(row.id, ()))
        if part is not None:
            place, do = _MAILS[part]
            says = _line(f"mail {row.id}", row.received_at.date(), row.sender, row.subject)
            (found.likely if likely else found.certain).append(HeldRow(place, "reply", row.id, do, says))
        progress(done)


def _words_of_files(session: Session, read: int) -> dict[int, list[str]]:
    table = SQLModel.metadata.tables["attachment"]
    ways = SQLModel.metadata.tables["reply_path"]
    words: dict[int, list[str]] = {}
    query = select(table.c.reply_id, table.c.name, table.c.words).where(table.c.reply_id > read)
    for number, name, text in session.execute(query):
        words.setdefault(number, []).extend((name, text))
    for number, source in session.execute(select(ways.c.reply_id, ways.c.source).where(ways.c.reply_id > read)):
        words.setdefault(number, []).append(source)
    return words


def _keyed(session: Session, found: Holdings, table: Table) -> None:
    """Look through a table whose rows are known by an address, as compared."""
    if not found.person.keys:
        return
    place, do = _OF_TABLES[table.name], _BY_ADDRESS[table.name]
    query = select(table).where(table.c.address_key.in_(found.person.keys)).order_by(table.c.id)
    for row in session.execute(query).mappings():
        found.certain.append(HeldRow(place, table.name, row["id"], do, _line(row["address"])))


def quoted_notes(session: Session, mails: Iterable[int]) -> set[tuple[int, str]]:
    """Return the notes of responses that are words of these mails, each with its response's number."""
    changes = SQLModel.metadata.tables["response_change"]
    query = select(changes.c.response_id, changes.c.note).where(changes.c.note.not_in(("", MARK)))
    found = set[tuple[int, str]]()
    numbers = sorted(mails)
    for at in range(0, len(numbers), _ROWS):
        rows = session.execute(query.where(changes.c.reply_id.in_(numbers[at : at + _ROWS])))
        found |= {(response, note) for response, note in rows}
    return found


def _texts(session: Session, found: Holdings, table: Table, emptied: set[int], quoted: set[tuple[int, str]]) -> None:
    """Look through the texts of a table, whatever it is: one that is added later is looked through too."""
    person, known = found.person, {one.id for one in found.certain if one.table == table.name}
    texts = text_columns(table)
    if not texts:
        return
    (identity,) = table.primary_key.columns
    extra = [column for column in table.columns if column.name in ("kind", "key", "reply_id", "iso3")]
    wanted = {column.name: column for column in (identity, *extra, *texts)}
    acted = kept_there = accounts = 0
    for row in session.execute(select(*wanted.values()).execution_options(yield_per=_ROWS)).mappings():
        if row[identity.name] in known:
            continue
        kept = {name for name in wanted if _is_kept(table.name, name)}
        for name in kept & {column.name for column in texts}:
            if _bearing(person, {name: row[name]}):
                accounts += table.name in _OF_ACCOUNTS
                acted += name in WHO_ACTED and table.name not in _OF_ACCOUNTS
                kept_there += name not in WHO_ACTED and table.name not in _OF_ACCOUNTS
        columns = _bearing(person, {column.name: row[column.name] for column in texts if column.name not in kept})
        do = Do.REDACT
        if table.name == "directory_change" and row["key"] in person.keys:
            do, columns = Do.DELETE, ("key",)
        if table.name == "dispatch" and "address_key" in columns:
            do = Do.HASH
        if told := _emptied_with_mail(table.name, row, identity.name, emptied, quoted):
            do, columns = Do.EMPTY, tuple(dict.fromkeys((*columns, *told)))
        held = found.certain
        if not columns:
            held = found.likely
            columns = _maybe_bearing(person, {column.name: row[column.name] for column in texts}, kept)
        if columns:
            place = _OF_TABLES.get(table.name, KeptPlace.OTHER)
            number = row[identity.name]
            if not isinstance(number, int):
                continue
            says = _line(*(row[name] for name in ("iso3", *columns) if name in row))
            held.append(HeldRow(place, table.name, number, do, says, tuple(columns)))
    _note_kept(found, table, acted, kept_there, accounts)


def _maybe_bearing(person: NaturalPerson, row: Mapping[str, Any], kept: set[str]) -> tuple[str, ...]:
    """The columns of a row that have a family name of the person's by itself."""
    return tuple(
        name for name, value in row.items() if name not in kept and any(map(person.may_be_in, each_text(value)))
    )


def _emptied_with_mail(
    table: str, row: Any, identity: str, emptied: set[int], quoted: set[tuple[int, str]]
) -> tuple[str, ...]:
    """The columns of a row that hold words of a mail which is emptied."""
    if row.get("reply_id") in emptied and _has_words(table, row):
        return MAIL_WORDS[table]
    return ("note",) if table == "response" and (row[identity], row["note"]) in quoted else ()


def _has_words(table: str, row: Any) -> bool:
    columns = MAIL_WORDS.get(table, ())
    return bool(columns) and row[columns[0]] not in ("", MARK)


def _note_kept(found: Holdings, table: Table, acted: int, kept: int, accounts: int) -> None:
    if acted:
        found.stays.append(Stays(KeptForGood.ACTED, acted, saying(
            "stays.acted", "who decided what is the record of the team's own acts"
        )))  # fmt: skip
    if accounts:
        found.stays.append(Stays(KeptForGood.ACCOUNTS, accounts, saying(
            "stays.account", "an account is closed by an admin, not erased: it stands behind the record of acts"
        )))  # fmt: skip
    if kept:
        as_sent = table.name in ("message", "dispatch")
        found.stays.append(
            Stays(KeptForGood.SUBJECTS if as_sent else KeptForGood.NAMES, kept, saying(
                "stays.subject", "it is part of what was sent"
            ) if as_sent else saying("stays.name", "things are known by it: give them another name first"))
        )  # fmt: skip


def _accounts(found: Holdings) -> None:
    """Put together what stays for the same reason."""
    counts: Counter[tuple[str, str]] = Counter()
    first: dict[tuple[str, str], Stays] = {}
    for one in found.stays:
        counts[one.what, str(one.why)] += one.count
        first.setdefault((one.what, str(one.why)), one)
    found.stays = [replace(first[key], count=number) for key, number in counts.items()]


def text_columns(table: Table) -> list[Column[Any]]:
    """Return the columns of a table that may hold words about somebody."""
    return [
        column
        for column in table.columns
        if table.name not in _PUBLISHED
        and isinstance(column.type, AutoString | String | Text | KeptText | JSON)
        and column.name not in _NO_WORDS
    ]


def _is_kept(table: str, column: str) -> bool:
    return (
        column in WHO_ACTED
        or table in _OF_ACCOUNTS
        or (table, column) in _AS_SENT
        or (table, column) in _NAMES_OF_THINGS
    )


def is_changed(table: str, column: str) -> bool:
    """Whether erasing takes a name out of a column of a table."""
    return not _is_kept(table, column)


def _row(one: SQLModel) -> dict[str, Any]:
    table = SQLModel.metadata.tables[str(one.__tablename__)]
    return {column.name: getattr(one, column.name) for column in text_columns(table)}


def _bearing(person: NaturalPerson, row: Mapping[str, Any]) -> tuple[str, ...]:
    """The columns of a row that bear an address or a name of the person."""
    return tuple(
        name for name, value in row.items() if value not in (None, "", [], {}) and person.redacted_value(value) != value
    )


def _line(*words: object) -> str:
    text = "  ".join(" ".join(str(word).split()) for word in words if word not in (None, "", [], {}))
    return text if len(text) <= _MOST_SHOWN else f"{text[: _MOST_SHOWN - 1]}…"


def each_text(value: Any) -> Iterator[str]:
    """Yield every text in plain data."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, one in value.items():
            yield from each_text(name)
            yield from each_text(one)
    elif isinstance(value, list):
        for one in value:
            yield from each_text(one)
