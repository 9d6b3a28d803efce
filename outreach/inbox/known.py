"""What the database knows of the letters that some mails may be about, asked in a few queries for all of them.

Only the columns that matching and its effects need are read, and each letter once, however many mails name it.
"""

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import bindparam, func, or_, select
from sqlmodel import Session, col

from outreach.inbox.decoding import addresses
from outreach.inbox.finding import MailFinding
from outreach.inbox.quoting.our_letter import LETTER_BYTES, letter_words
from outreach.models import Contact, CopyKeeper, Delivery, Frozen, KnownSender, Message
from outreach.outbox.copies import CopyPlace
from outreach.statement import Row, Statement, in_list
from outreach.text import address_key, domain_of
from outreach.vocabulary import DeliveryStatus, MailKind, MessageState, Speaker

REPORTS = frozenset([MailKind.BOUNCE, MailKind.DELAYED, MailKind.DELIVERED, MailKind.COMPLAINT])
"""What mail systems send about a letter."""
ANYBODYS = frozenset(
    """
    gmail.com googlemail.com outlook.com hotmail.com live.com yahoo.com yahoo.fr icloud.com me.com gmx.com gmx.net
    gmx.ch gmx.de web.de mail.ru yandex.ru qq.com 163.com 126.com bluewin.ch proton.me protonmail.com aol.com orange.fr
    free.fr
    """.split()  # noqa: SIM905
)
"""Domains whose addresses say nothing of the mission that somebody writes for."""
_MOST_LETTERS_OF_TEAM = 50
_MOST_IDS = 200
_MOST_ADDRESSES = 50
_MOST_TAGS = 50
_TAG = re.compile(r"\+[a-z2-7]{16}@", re.IGNORECASE)
_MOST_IN_A_QUERY = 500  # SQLite bounds the variables of a statement
_HEAD_BYTES = 8 * 1024
_WRITERS = re.compile(r"^(?:From|Reply-To):(.*(?:\n[ \t].*)*)", re.MULTILINE | re.IGNORECASE)
_COLUMNS = (
    col(Message.id), col(Message.campaign_id), col(Message.iso3), col(Message.message_id), col(Message.subject),
    col(Message.envelope_from), col(Message.state), col(Message.sent_at), col(Message.first_try_at),
    col(Message.delivery),
)  # fmt: skip
_CURRENT_AND_OUT = (
    col(Message.replaced_at).is_(None),
    or_(
        col(Message.state) == MessageState.SENT,
        col(Message.state) == MessageState.UNCERTAIN,
        col(Message.sent_at).is_not(None),
    ),
)
_NAMED = Statement(lambda length: select(*_COLUMNS).where(col(Message.message_id).in_(in_list(length))))
_TAGGED = Statement(lambda length: select(*_COLUMNS).where(func.lower(Message.envelope_from).in_(in_list(length))))
_WRITTEN_TO = Statement(
    lambda length: (
        select(*_COLUMNS, col(Delivery.address_key).label("key"))
        .join(Delivery, col(Delivery.message_id) == col(Message.id))
        .where(col(Delivery.address_key).in_(in_list(length)), *_CURRENT_AND_OUT)
    )
)
_AT_DOMAIN = Statement(
    lambda _: (
        select(*_COLUMNS)
        .join(Delivery, col(Delivery.message_id) == col(Message.id))
        .where(col(Delivery.address_key).like(bindparam("pattern"), escape="\\"), *_CURRENT_AND_OUT)
        .distinct()
        .order_by(col(Message.id))
    )
)
_OF_MISSIONS = Statement(
    lambda length: select(*_COLUMNS).where(col(Message.iso3).in_(in_list(length)), *_CURRENT_AND_OUT)
)
_DIRECTORY = Statement(
    lambda length: select(col(Contact.email_key).label("key"), col(Contact.iso3)).where(
        col(Contact.email_key).in_(in_list(length))
    )
)
_SENDERS = Statement(
    lambda length: select(col(KnownSender.address_key).label("key"), col(KnownSender.iso3), col(KnownSender.who)).where(
        col(KnownSender.address_key).in_(in_list(length))
    )
)
_HEADS = Statement(
    lambda length: select(
        col(Frozen.message_id).label("id"), func.substr(Frozen.raw, 1, _HEAD_BYTES).label("head")
    ).where(col(Frozen.message_id).in_(in_list(length)))
)

_BEGINNINGS = Statement(
    lambda length: select(
        col(Frozen.message_id).label("id"), func.substr(Frozen.raw, 1, LETTER_BYTES).label("raw")
    ).where(col(Frozen.message_id).in_(in_list(length)))
)


@dataclass(slots=True, eq=False)
class KnownLetter:
    """A letter of ours, as far as incoming mail needs it. `state` and `delivery` follow what is recorded of it."""

    id: int
    campaign_id: int
    iso3: str
    message_id: str
    subject: str
    envelope_from: str
    state: MessageState
    sent_at: datetime | None
    first_try_at: datetime | None
    delivery: DeliveryStatus | None


def letter_of(message: Message) -> KnownLetter:
    """Return a letter as incoming mail needs it."""
    assert message.id is not None
    return KnownLetter(**{name: getattr(message, name) for name in KnownLetter.__slots__})


def listed(session: Session, statement: Statement, values: Iterable[Any]) -> list[Row]:
    """Return what a statement gives for a list of values of any length, each asked for once."""
    wanted = list(dict.fromkeys(values))
    connection = session.connection() if wanted else None
    found: list[Row] = []
    for start in range(0, len(wanted), _MOST_IN_A_QUERY):
        some = wanted[start : start + _MOST_IN_A_QUERY]
        # A few lengths only, so that the statement is compiled a few times only.
        places = next(length for length in (1, 8, 64, _MOST_IN_A_QUERY) if length >= len(some))
        assert connection is not None
        found += statement.rows(connection, some + some[-1:] * (places - len(some)))
    return found


def names_of(finding: MailFinding) -> list[str]:
    """Return the Message-IDs that a mail bears or names, its own first, then the nearest."""
    return [one for one in (finding.message_id, finding.in_reply_to, *finding.references[:_MOST_IDS]) if one]


def keys_of(finding: MailFinding) -> list[str]:
    """Return the addresses by which a mail that names no letter is matched, as compared."""
    told = [one.address for one in finding.recipients] if finding.kind in REPORTS else [finding.sender, finding.writer]
    return list(dict.fromkeys(address_key(one) for one in told if one))[:_MOST_ADDRESSES]


def tags_of(finding: MailFinding) -> list[str]:
    """Return the bounce addresses of single letters that a mail came to: letters.mime_writer.tagged_address."""
    return [one.lower() for one in (*finding.delivered_to, *finding.to) if "+" in one and _TAG.search(one)][:_MOST_TAGS]


def words_of(session: Session, letters: Iterable[int]) -> dict[int, str]:
    """Return the words of letters, given by their numbers, as they went out; asked in one query for some hundred."""
    return {row["id"]: letter_words(bytes(row["raw"])) for row in listed(session, _BEGINNINGS, letters)}


class KnownLetters:
    """What is known of the letters that some mails may be about; good for one transaction."""

    def __init__(self, session: Session, findings: Sequence[MailFinding], team: Collection[str] = ()) -> None:
        """Ask which letters the mails name; what else they may be about is asked for when it is first needed.

        `team` are the team's own addresses, beside those that its letters were written under.
        """
        self._session = session
        self._named_team = team
        self._letters: dict[int, KnownLetter] = {}
        self._domains: dict[str, list[KnownLetter]] = {}
        rows = listed(session, _NAMED, (name for finding in findings for name in names_of(finding)))
        self.named = {row["message_id"]: self._letter(row) for row in rows}
        """The letters that the mails name, or are, by Message-ID."""
        self._keys: set[str] = set()
        self._tags: set[str] = set()
        self._answered: set[int] = set()
        for finding in findings:
            named = next((self.named[name] for name in names_of(finding) if name in self.named), None)
            if named is None or finding.kind not in REPORTS:
                self._keys.update(keys_of(finding))
            if named is None:
                self._tags.update(tags_of(finding))
            elif finding.kind not in REPORTS:
                self._answered.add(named.id)

    @cached_property
    def _by_key(self) -> dict[str, list[KnownLetter]]:
        return self._grouped(listed(self._session, _WRITTEN_TO, self._keys), lambda row: str(row["key"]))

    @cached_property
    def _by_tag(self) -> dict[str, list[KnownLetter]]:
        return self._grouped(listed(self._session, _TAGGED, self._tags), lambda row: str(row["envelope_from"]).lower())

    @cached_property
    def _missions_of(self) -> dict[str, set[str]]:
        missions: dict[str, set[str]] = {}
        for row in listed(self._session, _DIRECTORY, self._keys):
            missions.setdefault(row["key"], set()).add(row["iso3"])
        return missions

    @cached_property
    def _by_mission(self) -> dict[str, list[KnownLetter]]:
        wanted = {iso3 for some in self._missions_of.values() for iso3 in some}
        wanted |= {iso3 for iso3, _who in self.senders.values()}
        return self._grouped(listed(self._session, _OF_MISSIONS, wanted), lambda row: str(row["iso3"]))

    @cached_property
    def archives(self) -> frozenset[str]:
        """The archive's address, as compared, if there is one: what comes of its copies says nothing of a letter."""
        keeper = self._session.get(CopyKeeper, CopyPlace.ARCHIVE)
        return frozenset([address_key(keeper.place)] if keeper is not None else [])

    @cached_property
    def senders(self) -> dict[str, tuple[str, str]]:
        """The mission that a person has put a sender down to, and who that was, by the address as compared."""
        return {row["key"]: (row["iso3"], row["who"]) for row in listed(self._session, _SENDERS, self._keys)}

    @cached_property
    def subjects(self) -> list[str]:
        """The subjects of letters that went out."""
        query = select(col(Message.subject)).where(col(Message.sent_at).is_not(None)).distinct().limit(500)
        return list(self._session.connection().execute(query).scalars())

    @cached_property
    def _houses(self) -> dict[str, set[str]]:
        """The missions at each domain in the directory."""
        houses: dict[str, set[str]] = {}
        for key, missions in self._people.items():
            houses.setdefault(domain_of(key), set()).update(missions)
        return houses

    @cached_property
    def _people(self) -> dict[str, set[str]]:
        """The missions of each address that stands in the directory."""
        people: dict[str, set[str]] = {}
        query = select(col(Contact.email_key), col(Contact.iso3)).where(col(Contact.email_key) != "")
        for key, iso3 in self._session.connection().execute(query):
            people.setdefault(key, set()).add(iso3)
        return people

    @cached_property
    def _team(self) -> tuple[frozenset[str], frozenset[str]]:
        """The team's own addresses, as compared, and its domains."""
        query = select(func.max(Message.id).label("id")).group_by(col(Message.campaign_id), col(Message.envelope_from))
        numbers = [row.id for row in self._session.connection().execute(query)]
        keys = {address_key(one) for one in self._named_team} | self.archives
        for row in listed(self._session, _HEADS, numbers[-_MOST_LETTERS_OF_TEAM:]):
            keys |= _writers(row["head"])
        envelopes = select(col(Message.envelope_from)).distinct().limit(_MOST_LETTERS_OF_TEAM)
        keys |= {address_key(one) for one in self._session.connection().execute(envelopes).scalars() if one}
        domains = {domain_of(one) for one in keys} - ANYBODYS - self._houses.keys()
        return frozenset(keys), frozenset(domains - {""})

    def is_team(self, address: str) -> bool:
        """Tell whether an address is the team's own, or lies in its domain: it is never a mission's."""
        keys, domains = self._team
        return address_key(address) in keys or domain_of(address) in domains

    def is_of_another(self, address: str, iso3: str) -> bool:
        """Tell whether an address stands in the directory of missions other than this one, and not in its own."""
        missions = self._people.get(address_key(address), set())
        return bool(missions) and iso3 not in missions

    def speaker(self, address: str, iso3: str) -> Speaker:
        """Tell who speaks under an address, in a mail about a letter to this mission."""
        if not address:
            return Speaker.NOBODY
        key, domain = address_key(address), domain_of(address)
        settled = self.senders.get(key)
        if settled is not None and settled[0] == iso3:
            return Speaker.CONFIRMED
        if iso3 in self._people.get(key, ()) or any(one.iso3 == iso3 for one in self._by_key.get(key, ())):
            return Speaker.CONTACT
        if self.is_team(address):
            return Speaker.OURS
        if domain in ANYBODYS:
            return Speaker.STRANGER
        while domain.count(".") >= 1:
            missions = self._houses.get(domain)
            if missions:
                return (
                    Speaker.STRANGER
                    if iso3 not in missions
                    else Speaker.OWN_DOMAIN
                    if len(missions) == 1
                    else Speaker.SHARED_DOMAIN
                )
            domain = domain.partition(".")[2]
        return Speaker.STRANGER

    def written_to(self, keys: Iterable[str]) -> list[KnownLetter]:
        """Return the letters that went to any of these addresses, the oldest first."""
        return _once(letter for key in keys for letter in self._by_key.get(key, ()))

    def in_directory(self, keys: Iterable[str]) -> list[KnownLetter]:
        """Return the letters to the missions in whose directory any of these addresses stands."""
        missions = {iso3 for key in keys for iso3 in self._missions_of.get(key, ())}
        return _once(letter for iso3 in missions for letter in self.to_mission(iso3))

    def to_mission(self, iso3: str) -> list[KnownLetter]:
        """Return the letters to a mission that a sender was put down to, or that has a contact of these mails."""
        return self._by_mission.get(iso3, [])

    def at_domain(self, domain: str) -> list[KnownLetter]:
        """Return the letters that went to an address of this domain, given in its ASCII form."""
        if domain not in self._domains:
            pattern = f"%@{domain.translate(_ESCAPED)}"
            rows = _AT_DOMAIN.rows(self._session.connection(), pattern=pattern)
            self._domains[domain] = [self._letter(row) for row in rows]
        return self._domains[domain]

    def tagged(self, tags: Iterable[str]) -> list[KnownLetter]:
        """Return the letters with any of these bounce addresses, given in lower case."""
        return _once(letter for tag in tags for letter in self._by_tag.get(tag, ()))

    def _grouped(self, rows: Sequence[Row], by: Callable[[Row], str]) -> dict[str, list[KnownLetter]]:
        groups: dict[str, list[KnownLetter]] = {}
        for row in sorted(rows, key=lambda row: int(row["id"])):
            groups.setdefault(by(row), []).append(self._letter(row))
        return groups

    def _letter(self, row: Row) -> KnownLetter:
        number = row["id"]
        if number not in self._letters:
            self._letters[number] = KnownLetter(**{name: row[name] for name in KnownLetter.__slots__})
        return self._letters[number]


def _writers(head: bytes) -> frozenset[str]:
    """Return the addresses in From and Reply-To at the head of a letter's bytes, as compared."""
    text = bytes(head).partition(b"\r\n\r\n")[0].decode("utf-8", "replace")
    return frozenset(address_key(one) for line in _WRITERS.findall(text) for one in addresses(line))


_ESCAPED = str.maketrans({"\\": "\\\\", "%": "\\%", "_": "\\_"})


def _once(letters: Iterable[KnownLetter]) -> list[KnownLetter]:
    return sorted(dict.fromkeys(letters), key=lambda letter: letter.id)
