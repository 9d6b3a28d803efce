"""An invented world of missions: it takes, delays, refuses and bounces letters, and answers some. Always the same way.

Each mission is dealt a fate by a seeded shuffle, so that the same seed and missions make the same story, whatever
the order in which their letters come.
"""

import random
import threading
from collections import Counter
from collections.abc import Iterable
from enum import Enum
from pathlib import Path

from outreach import clock
from outreach.rehearsal import mails
from outreach.rehearsal.mails import LetterSeen
from outreach.rehearsal.post_office import Posted
from outreach.vocabulary import Position


class InventedFate(Enum):
    """What a mission's mail server and people do with a letter."""

    SILENT = "takes it and says nothing"
    ANSWERS = "a person answers"
    ON_LEAVE = "an automatic reply says that somebody is away"
    TELLS = "its server reports the delivery"
    DELAYS = "its server reports a delay"
    BOUNCES = "its server takes it, and bounces one address later"
    BUSY = "its server refuses everything at first, and takes it at the next try"
    REFUSES_ONE = "its server refuses one of its addresses"


_SHARES = (
    (InventedFate.REFUSES_ONE, 2),
    (InventedFate.BOUNCES, 2),
    (InventedFate.DELAYS, 1),
    (InventedFate.BUSY, 4),
    (InventedFate.ON_LEAVE, 4),
    (InventedFate.TELLS, 6),
)
_ANSWERS = (
    (Position.CO_SPONSOR, 3),
    (Position.IN_FAVOUR, 5),
    (Position.UNDECIDED, 2),
    (Position.ABSTAIN, 2),
    (Position.AGAINST, 1),
    (Position.DECLINED, 1),
)
_UNKNOWN = "550 5.1.1 No such mailbox here"
_LATER = "451 4.7.1 Greylisted: please try again later"


class InventedWorld:
    """The missions of a story, told apart by the first label of their domain: `fra` in `@fra.mission.example`."""

    def __init__(self, missions: Iterable[str], inbox: Path, seed: int = 55) -> None:
        """Take the missions' ISO3 codes, the folder that what they send back is put into, and the story's seed."""
        dealt: list[tuple[InventedFate, Position | None]] = [
            (InventedFate.ANSWERS, p) for p, number in _ANSWERS for _ in range(number)
        ]
        dealt += [(fate, None) for fate, number in _SHARES for _ in range(number)]
        codes = sorted(missions)
        random.Random(seed).shuffle(codes)  # noqa: S311  (a story, not a secret)
        self._fates = dict(zip(codes, dealt, strict=False))
        self._inbox = inbox
        self._tries: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._sent_back = 0

    def fate(self, iso3: str) -> InventedFate:
        """Return what becomes of the letter to a mission."""
        return self._fates.get(iso3, (InventedFate.SILENT, None))[0]

    def position(self, iso3: str) -> Position | None:
        """Return the position that a mission's answer expresses; None for one that does not answer."""
        return self._fates.get(iso3, (InventedFate.SILENT, None))[1]

    def answer_to_recipient(self, address: str) -> str | None:
        """Refuse a recipient for good or for now, or take it."""
        local = address.partition("@")[0]
        match self.fate(_iso3(address)):
            case InventedFate.REFUSES_ONE if local == "mission":
                return _UNKNOWN
            case InventedFate.BUSY:
                with self._lock:
                    self._tries[address] += 1
                    return _LATER if self._tries[address] == 1 else None
            case _:
                return None

    def receive(self, letter: Posted) -> None:
        """Read a letter and put what comes back into the inbox."""
        first = letter.recipients[0]
        iso3 = _iso3(first)
        seen = LetterSeen(letter)
        now = clock.now()
        match self._fates.get(iso3, (InventedFate.SILENT, None)):
            case InventedFate.ANSWERS, Position() as position:
                self._send_back(mails.answer(seen, first, position, now))
            case InventedFate.ON_LEAVE, _:
                self._send_back(mails.on_leave(seen, first, now))
            case InventedFate.TELLS, _:
                for address in letter.recipients:
                    self._send_back(mails.report(seen, address, "delivered", "2.0.0", "250 2.0.0 Delivered", now))
            case InventedFate.DELAYS, _:
                self._send_back(mails.report(seen, first, "delayed", "4.4.1", "connection timed out", now))
            case InventedFate.BOUNCES, _:
                self._send_back(mails.report(seen, letter.recipients[-1], "failed", "5.1.1", _UNKNOWN, now))

    def _send_back(self, raw: bytes) -> None:
        with self._lock:
            self._sent_back += 1
            number = self._sent_back
        self._inbox.mkdir(parents=True, exist_ok=True)
        (self._inbox / f"{number:03d}.eml").write_bytes(raw)


def _iso3(address: str) -> str:
    return address.rpartition("@")[2].partition(".")[0].upper()
