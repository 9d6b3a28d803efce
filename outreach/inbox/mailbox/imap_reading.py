"""One folder read over a connection that is made anew where it breaks: which mails there are, and each of them.

A group of mails that fails is halved down to the one at fault; what an answer leaves out is asked for singly. A mail
that can't be had is told with the reason, and stops no other. That a mail is at fault is only said once the server
has answered something else after it.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from typing import Self

from outreach.errors import OutreachError, Problem, ServerFault
from outreach.inbox.mailbox.imap_folders import BoxFolder
from outreach.inbox.mailbox.imap_login import TIMEOUT_SECONDS, breaking, logged_in
from outreach.inbox.mailbox.imap_wire import (
    PASSING,
    Examined,
    Fetched,
    ImapConnectionLost,
    ImapRefused,
    ListedFolder,
    Wire,
)
from outreach.settings import Settings
from outreach.vocabulary import UidState

_MOST_BROKEN = 5
"""After so many mails in a row at which the connection broke, nobody asks on for now."""
_MOST_REFUSED = 50
_MOST_DOUBTED = 20
"""So many mails of another size than was told are asked for twice: some servers only guess sizes."""
_SIZES_AT_ONCE = 1000
_MOST_MEANWHILE = 1000
"""So many more mails than the server told on opening the folder may have come until it was searched."""
_CURE = "Look at it in your mail program, and record the answer by hand; it is asked for again."


def is_about_mails(fault: Exception) -> bool:
    """Whether a reading ended because too many mails in a row could not be had, and not for the server as such."""
    return isinstance(fault, ServerFault) and fault.says.code == "inbox.gives-nothing"


class BoxRenumberedError(Exception):
    """The folder has another UIDVALIDITY than a moment ago: its UIDs mean other mails now."""


@dataclass(slots=True)
class Odd:
    """Why a mail was not had, or what is odd about it."""

    state: UidState
    problem: Problem | None = None


@dataclass(slots=True)
class Part:
    """What came of asking for some mails."""

    asked: tuple[int, ...]
    mails: list[tuple[int, bytes]] = field(default_factory=list)
    odd: dict[int, Odd] = field(default_factory=dict)
    rest: tuple[int, ...] = ()
    """Those that were not got round to."""
    fault: Exception | None = None
    """Why not."""


class BoxConnection:
    """The connection of one reading of the box."""

    def __init__(
        self, settings: Settings, *, most_literal: int, silence: float = TIMEOUT_SECONDS,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        """Take the settings; nothing is connected yet. `silence` is how long any word is waited for, in seconds."""
        self._settings, self._most_literal, self._silence, self._ticks = settings, most_literal, silence, ticks
        self._open: ExitStack | None = None
        self._wire: Wire | None = None
        self._examined: tuple[BoxFolder, Examined] | None = None
        self._special_use = False
        self.idles = False
        """Whether the server tells of new mail by itself (RFC 2177)."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def wire(self) -> Wire:
        """Return the connection, logged in. Raises SettingsError, ServerFault, ImapConnectionLost."""
        if self._wire is None:
            stack = ExitStack()
            with stack:
                client = stack.enter_context(logged_in(self._settings, timeout=self._silence))
                with breaking():
                    self.idles, self._special_use = client.has_capability("IDLE"), client.has_capability("SPECIAL-USE")
                    # From here on IMAPClient reads nothing until it logs out: what is on the wire is ours.
                    connection = client.socket()
                self._wire = Wire(connection, silence=self._silence, most_literal=self._most_literal, clock=self._ticks)
                self._open = stack.pop_all()
        return self._wire

    def folders(self) -> list[ListedFolder]:
        """Return the folders that there are. Raises ImapRefused where the server does not say."""
        return self.wire().folders(special_use=self._special_use)

    def opened(self, folder: BoxFolder, *, anew: bool = False) -> tuple[Wire, Examined]:
        """Open a folder, if it is not the one that is open. Raises ImapRefused as well."""
        wire = self.wire()
        if anew or self._examined is None or self._examined[0] != folder:
            self._examined = None
            examined = wire.examine(folder.wire_name)
            if examined.uid_validity is None:
                examined = replace(examined, uid_validity=wire.validity_by_status(folder.wire_name))
            self._examined = (folder, examined)
        return wire, self._examined[1]

    def lost(self) -> None:
        """Give the connection up; the next question makes a new one."""
        if self._wire is not None:
            self._wire.cut()  # so that nobody waits for the answer to a farewell
        self._close()

    def _close(self) -> None:
        stack, self._open, self._wire, self._examined = self._open, None, None, None
        if stack is not None:
            stack.close()


class FolderReading:
    """One reading of one folder, under the UIDVALIDITY that it had when that was begun."""

    def __init__(
        self, connection: BoxConnection, folder: BoxFolder, name: str, *, pause: Callable[[int], None]
    ) -> None:
        """Take a connection. `name` is what its mails are told by; `pause` waits before the n-th try in a row."""
        self._connection, self._folder, self._name, self._pause = connection, folder, name, pause
        self._told: int | None = None
        self._breaks = 0
        self._broken = self._refused = 0
        self._doubted: dict[int, list[bytes]] = {}
        self._sizes: dict[int, int] = {}

    def begin(self) -> Examined:
        """Open the folder anew, so that it is seen as it is now."""
        _, examined = self._connection.opened(self._folder, anew=True)
        self._told = examined.uid_validity
        return examined

    def listing(self, first: int) -> list[int]:
        """Return the UIDs from `first` on. Raises ImapRefused.

        Where a search is refused, says nonsense, or finds less than the server told on opening the folder, they are
        asked for in another way too.
        """
        wire, examined = self._opened()
        refused: ImapRefused | None = None
        found: set[int] = set()
        sound = False
        try:
            found, sound = wire.search(first)
        except ImapRefused as error:
            refused = error
        sound = sound and len(found) <= 2 * examined.exists + _MOST_MEANWHILE
        if not sound or (examined.uid_next or 0) - 1 > max(found, default=first - 1):
            try:
                sizes = wire.sizes(first)
            except ImapRefused:
                if refused is not None:
                    raise refused from None
            else:
                found = found | sizes.keys() if sound or not sizes else set(sizes)
        self._check(wire)
        return sorted(found)

    def sizes_of(self, uids: Sequence[int]) -> dict[int, int]:
        """Return what the server tells as the sizes of some mails, in bytes, as far as it does."""
        for start in range(0, len(uids), _SIZES_AT_ONCE):
            wire, _ = self._opened()
            with suppress(ImapRefused):
                self._sizes |= wire.sizes_of(uids[start : start + _SIZES_AT_ONCE])
            self._check(wire)
        return self._sizes

    def fetch(self, uids: Sequence[int]) -> Part:
        """Fetch some mails whole. Raises BoxRenumberedError; every other fault is told in what it returns."""
        part = Part(tuple(uids))
        left = [part.asked]
        retried: set[tuple[int, ...]] = set()
        while left and part.fault is None:
            some = left.pop()
            got = Fetched()
            trouble = self._ask(some, got, part)
            rest = self._settled(some, got, part, left)
            if not rest:
                continue
            if part.fault is not None or 0 < len(rest) < len(some):
                # What came has come; what did not is asked for on its own, each alone where it was left out.
                left += [rest] if part.fault or trouble else [(uid,) for uid in reversed(rest)]
            elif trouble is None and len(some) > 1:
                left += [(uid,) for uid in reversed(rest)]
            elif self._is_worth_a_retry(some, trouble, part) and some not in retried:
                retried.add(some)
                left.append(some)
            elif len(some) > 1:
                half = len(some) // 2
                left += [some[half:], some[:half]]
            else:
                self._judge(some[0], trouble, part, left)
        part.rest = tuple(sorted({uid for some in left for uid in some}))
        part.mails.sort(key=lambda mail: mail[0])
        return part

    def _ask(self, some: tuple[int, ...], got: Fetched, part: Part) -> ImapRefused | ImapConnectionLost | None:
        """Ask for some mails at once; return why not all came, where the server or the connection told."""
        if not some:
            return None
        try:
            wire, _ = self._opened()
            wire.bodies(some, got)
            self._check(wire)
        except ImapRefused as error:
            if error.code in PASSING:
                part.fault = self._fault(error)
            return error
        except ImapConnectionLost as error:
            self._lost()
            return error
        except OutreachError as error:
            part.fault = error
        return None

    @staticmethod
    def _is_worth_a_retry(some: tuple[int, ...], trouble: ImapRefused | ImapConnectionLost | None, part: Part) -> bool:
        """Whether it may have been the connection and not a mail: asked once, for a whole group and for one mail."""
        return isinstance(trouble, ImapConnectionLost) and (some == part.asked or len(some) == 1)

    def _opened(self) -> tuple[Wire, Examined]:
        try:
            wire, examined = self._connection.opened(self._folder)
        except ImapRefused as error:  # it was opened a moment ago
            raise self._fault(error) from error
        if examined.uid_validity != self._told:
            raise BoxRenumberedError
        return wire, examined

    def _check(self, wire: Wire) -> None:
        """See whether the server has said meanwhile that the UIDs are others now."""
        if wire.uid_validity is not None and wire.uid_validity != self._told:
            self._connection.lost()
            raise BoxRenumberedError

    def _lost(self) -> None:
        self._connection.lost()
        self._breaks += 1
        self._pause(min(self._breaks, 5))

    def _settled(self, some: Sequence[int], got: Fetched, part: Part, left: list[tuple[int, ...]]) -> tuple[int, ...]:
        """Take what came whole; return the UIDs of which nothing came. What is in doubt is asked for once more."""
        rest: list[int] = []
        for uid in some:
            bodies = [one for one in got.bodies.get(uid, ()) if one]
            if not bodies:
                rest.append(uid)
                continue
            self._breaks = self._broken = self._refused = 0
            told = got.sizes.get(uid) or self._sizes.get(uid, 0)
            doubtful = len(bodies) > 1 or (told and told != len(bodies[0]))
            if doubtful and uid not in self._doubted and len(self._doubted) < _MOST_DOUBTED:
                self._doubted[uid] = bodies
                left.append((uid,))
                continue
            if uid in self._doubted:
                self._doubted[uid] = []
            part.mails += [(uid, one) for one in bodies]
            if len(bodies) > 1:
                part.odd[uid] = Odd(UidState.TAKEN, self._contradicts(uid, len(bodies)))
            elif doubtful:
                part.odd[uid] = Odd(UidState.TAKEN, self._other_size(uid, told, len(bodies[0])))
        return tuple(rest)

    def _judge(
        self, uid: int, trouble: ImapRefused | ImapConnectionLost | None, part: Part, left: list[tuple[int, ...]]
    ) -> None:
        """Say what became of one mail that was asked for alone and did not come."""
        if once := self._doubted.get(uid):
            part.mails += [(uid, one) for one in once]
            part.odd[uid] = Odd(UidState.TAKEN, self._contradicts(uid, len(once)))
            return
        try:
            there = self._is_listed(uid)
        except OutreachError as error:
            part.fault = error
            left.append((uid,))
            return
        if not there:
            part.odd[uid] = Odd(UidState.GONE, self._vanished(uid))
            return
        part.odd[uid] = Odd(UidState.UNREADABLE, self._not_had(uid, trouble))
        if isinstance(trouble, ImapConnectionLost):
            self._broken += 1
        elif trouble is not None:
            self._refused += 1
        if trouble is not None and (self._broken >= _MOST_BROKEN or self._refused >= _MOST_REFUSED):
            part.fault = self._fault(trouble)

    def _vanished(self, uid: int) -> Problem:
        return Problem(
            "mail.vanished",
            "it was there, and had gone when it was asked for: somebody moved or deleted it meanwhile",
            where=self._where(uid),
            remedy="Where nobody did, look for it with a mail program, in the other folders too.",
        )

    def _is_listed(self, uid: int) -> bool:
        """Ask whether the server still lists a mail; where it refuses to say, it is taken to be there.

        Raises ServerFault where the server does not even answer that: it is not the mail that is at fault.
        """
        fault: ServerFault | None = None
        for _ in range(2):
            try:
                wire, _examined = self._opened()
                there = wire.search(uid, uid)[0] or wire.sizes(uid, uid)
                self._check(wire)
                return bool(there)
            except ImapRefused:
                return True
            except ImapConnectionLost as error:
                fault = self._fault(error)
                self._lost()
        assert fault is not None
        raise fault

    def _where(self, uid: int) -> str:
        return f"{self._name}, UID {uid}"

    def _not_had(self, uid: int, trouble: ImapRefused | ImapConnectionLost | None) -> Problem:
        if trouble is None:
            return Problem(
                "mail.not-given", "the server lists it and does not give it", where=self._where(uid), remedy=_CURE
            )
        if isinstance(trouble, ImapRefused):
            return Problem(
                "mail.refused", "the server does not give it: {error}", error=trouble, where=self._where(uid),
                remedy=_CURE,
            )  # fmt: skip
        return Problem(
            "mail.breaks", "the connection breaks at it: {error}", error=trouble, where=self._where(uid), remedy=_CURE
        )

    def _other_size(self, uid: int, told: int, came: int) -> Problem:
        return Problem(
            "mail.other-size",
            "the server tells {told} bytes and gives {came}; it was taken in as it came",
            told=told,
            came=came,
            where=self._where(uid),
            remedy="Compare it with what your mail program shows.",
        )

    def _contradicts(self, uid: int, number: int) -> Problem:
        return Problem(
            "mail.contradicted",
            "the server contradicts itself about it; {number} {number:*was|were} taken in as {number:*it|they} came",
            number=number,
            where=self._where(uid),
            remedy="Compare it with what your mail program shows.",
        )

    def _fault(self, error: Exception) -> ServerFault:
        return ServerFault(
            "inbox.gives-nothing",
            "The mail server does not give the mails of {name}: {error}.",
            name=self._name,
            error=error,
            remedy="What was read is kept; try again later, or look into the box with a mail program.",
        )
