"""One mail that comes by several ways is one record: by a list and directly, saved to a file and fetched by IMAP.

The same bytes are the same mail. So is another copy with the same Message-ID, From and Date whose words are the same,
but for what a list puts below them, and which brings no file that the first one lacks. Each way is kept (ReplyPath).
"""

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import NamedTuple

from sqlalchemy import bindparam, insert, select
from sqlmodel import Session, col

from outreach import clock
from outreach.inbox.finding import MailFinding
from outreach.inbox.known import listed
from outreach.inbox.prepare import Prepared
from outreach.models import Attachment, Reply, ReplyPath
from outreach.statement import Row, Statement, in_list
from outreach.text import address_key
from outreach.vocabulary import MailKind

_KNOWN = Statement(
    lambda length: select(col(Reply.digest), col(Reply.id), col(Reply.source)).where(
        col(Reply.digest).in_(in_list(length))
    )
)
_KNOWN_WAYS = Statement(
    lambda length: select(col(ReplyPath.digest), col(ReplyPath.reply_id).label("id")).where(
        col(ReplyPath.digest).in_(in_list(length))
    )
)
_ALIKE = Statement(
    lambda length: (
        select(
            col(Reply.same_key), col(Reply.id), col(Reply.kind), col(Reply.body), col(Reply.findings),
            col(Reply.in_reply_to), col(Reply.erased_at),
        )
        .where(col(Reply.same_key).in_(in_list(length)))
        .order_by(col(Reply.id))
    )
)  # fmt: skip
_FILES = Statement(
    lambda length: select(col(Attachment.reply_id), col(Attachment.sha256)).where(
        col(Attachment.reply_id).in_(in_list(length))
    )
)
_WAYS = Statement(
    lambda length: (
        select(col(ReplyPath.reply_id), col(ReplyPath.source))
        .where(col(ReplyPath.reply_id).in_(in_list(length)))
        .order_by(col(ReplyPath.id))
    )
)
_WAY = ("reply_id", "source", "digest", "at")
_ADD = Statement(lambda _: insert(ReplyPath).values({name: bindparam(name) for name in _WAY}))
_RULE = re.compile(r"\s*(?:_{5,}|-{5,}|={5,}|\*{5,}|-- ?)\s*(?:\n|\Z)")
"""What a list puts between a mail and its own words."""
_FIRST_RULE = re.compile(
    r"(?<!_)_{5,}(?= ?(?:\n|\Z))|(?<!-)-{5,}(?= ?(?:\n|\Z))|(?<!=)={5,}(?= ?(?:\n|\Z))"
    r"|(?<!\*)\*{5,}(?= ?(?:\n|\Z))|(?<!-)--(?= ?(?:\n|\Z))"
)
_MOST_ALIKE = 50
"""So many mails with the same Message-ID and the same words are compared; of more, each is a mail of its own."""


def same_key(finding: MailFinding) -> str:
    """Return what every copy of a mail has: SHA-256 of its Message-ID, From and Date; empty where one is missing."""
    if not finding.message_id or not finding.sender or finding.date is None:
        return ""
    date = finding.date.astimezone(UTC).isoformat()
    return hashlib.sha256(f"{finding.message_id}\n{address_key(finding.sender)}\n{date}".encode()).hexdigest()


class Copies:
    """Which of some mails are copies of one that is there, or of another one among them; good for one transaction."""

    def __init__(self, session: Session, mails: Sequence[Prepared]) -> None:
        """Ask what is there, and write down by which further ways it came."""
        self._session = session
        self._later: list[tuple[Prepared, Prepared]] = []
        """Copies of mails that are not recorded yet."""
        self.new: list[Prepared] = []
        """The first copy of each mail that is not there yet."""
        known = self._known(mails)
        keys = {one.digest: same_key(one.finding) for one in mails}
        self.keys = keys
        """What every copy of a mail has, by the mail's digest (same_key)."""
        rows = listed(session, _ALIKE, filter(None, keys.values()))
        erased = {row["same_key"]: int(row["id"]) for row in rows if row["erased_at"] is not None}
        alike: dict[_Alike, list[Row]] = {}
        for row in rows:
            alike.setdefault(_of_row(row), []).append(row)
        files = self._files([row["id"] for row in rows])
        shared = Counter(keys[one.digest] or one.digest for one in mails) + Counter(row["same_key"] for row in rows)
        firsts: dict[_Alike, list[Prepared]] = {}
        ways: list[Row] = []
        for one in mails:
            if shared[keys[one.digest] or one.digest] == 1 and one.digest not in known:  # as nearly all are
                self.new.append(one)
                continue
            this = _of_mail(one, keys[one.digest] or one.digest)
            # The words of an erased one are gone, and no other copy of it is to bring them back.
            number = (
                known.get(one.digest)
                or erased.get(keys[one.digest])
                or next(
                    (
                        int(row["id"])
                        for row in alike.get(this, ())[:_MOST_ALIKE]
                        if _same_words(row["body"], one.finding.text) and _hashes(one) <= files.get(row["id"], set())
                    ),
                    None,
                )
            )
            if number is not None:
                ways.append(_way(number, one))
                continue
            there = firsts.setdefault(this, [])
            first = next((old for old in there[:_MOST_ALIKE] if _are_copies(old, one)), None)
            if first is not None:
                self._later.append((first, one))
                continue
            there.append(one)
            self.new.append(one)
        self._add(ways)

    def recorded(self, numbers: Mapping[str, int]) -> None:
        """Write down by which further ways the new mails came, given their numbers by digest."""
        self._add([_way(numbers[first.digest], one) for first, one in self._later if first.digest in numbers])

    def _known(self, mails: Sequence[Prepared]) -> dict[str, int]:
        digests = [one.digest for one in mails]
        rows = listed(self._session, _KNOWN, digests)
        self._sources = {(row["id"], row["source"]) for row in rows}
        known = {row["digest"]: int(row["id"]) for row in listed(self._session, _KNOWN_WAYS, digests)}
        return known | {row["digest"]: int(row["id"]) for row in rows}

    def _files(self, numbers: Sequence[int]) -> dict[int, set[str]]:
        found: dict[int, set[str]] = {}
        for row in listed(self._session, _FILES, numbers):
            found.setdefault(row["reply_id"], set()).add(row["sha256"])
        return found

    def _add(self, ways: Sequence[Row]) -> None:
        if not ways:
            return
        there = self._sources | {
            (row["reply_id"], row["source"]) for row in listed(self._session, _WAYS, (one["reply_id"] for one in ways))
        }
        new = {(one["reply_id"], one["source"]): one for one in ways}
        rows = [one for of, one in new.items() if of not in there]
        if rows:
            _ADD.run(self._session.connection(), rows, {"at": clock.now()})


def ways_of(session: Session, numbers: Sequence[int]) -> dict[int, list[str]]:
    """Return by which further ways some mails came, beside the one that they were taken in by."""
    found: dict[int, list[str]] = {}
    for row in listed(session, _WAYS, numbers):
        found.setdefault(row["reply_id"], []).append(row["source"])
    return found


def _way(number: int, mail: Prepared) -> Row:
    return {"reply_id": number, "source": mail.source, "digest": mail.digest}


class _Alike(NamedTuple):
    """What all copies of a mail have in common: only mails of which this is the same are compared."""

    key: str
    kind: str
    in_reply_to: str
    told: tuple[tuple[str, str], ...]
    words: str
    """Up to what a list may have put below."""


def _of_mail(mail: Prepared, key: str) -> _Alike:
    found = mail.finding
    told = tuple((one.address, one.status) for one in found.recipients)
    return _Alike(key, found.kind.value, found.in_reply_to, told, _above_rule(found.text))


def _of_row(row: Row) -> _Alike:
    told = tuple((str(one["address"]), str(one["status"])) for one in row["findings"])
    return _Alike(row["same_key"], MailKind(row["kind"]).value, row["in_reply_to"], told, _above_rule(row["body"]))


def _above_rule(text: str) -> str:
    text = _spaced(text)
    rule = _FIRST_RULE.search(text)
    return text[: rule.start()].rstrip() if rule else text


def _are_copies(old: Prepared, new: Prepared) -> bool:
    """Tell whether two mails that are alike are copies of each other."""
    return old.digest == new.digest or (
        _same_words(old.finding.text, new.finding.text) and _hashes(new) <= _hashes(old)
    )


def _hashes(mail: Prepared) -> set[str]:
    return {one.sha256 for one in mail.files}


def _same_words(one: str, other: str) -> bool:
    """Whether two texts are the same, but for what a list puts below one of them."""
    short, long = sorted((_spaced(one), _spaced(other)), key=len)
    return short == long or (bool(short) and long.startswith(short) and _RULE.match(long[len(short) :]) is not None)


def _spaced(text: str) -> str:
    return "\n".join(" ".join(line.split()) for line in text.strip().splitlines()).rstrip()
