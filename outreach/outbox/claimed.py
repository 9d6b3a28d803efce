"""A claimed letter with all that is needed to hand it over, and how long a claim holds."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from outreach import clock
from outreach.vocabulary import MessageState

LEASE = timedelta(minutes=15)
"""Longer than any letter takes, by the time limits of the connection."""


class ClaimedCopy(NamedTuple):
    """One recipient of a letter, and whether it has its copy already."""

    id: int
    address: str
    state: MessageState


@dataclass(frozen=True, slots=True)
class ClaimedLetter:
    """A claimed letter."""

    id: int
    claim: int
    """The fencing number of the claim: whoever comes with an older one acts on nothing."""
    version: int
    """Its campaign's version when it was claimed."""
    iso3: str
    campaign: str
    letter: str
    subject: str
    text_digest: str
    message_id: str
    envelope_from: str
    copies: tuple[ClaimedCopy, ...]
    """Every recipient, those who have their copy included."""
    wire: bytes
    smtputf8: bool
    dated_at: datetime
    """The moment in its Date header, in UTC."""
    time_zone: str = "UTC"
    """Its campaign's: in which its moments are told."""
    text_sketch: str = ""
    unreported: bool = False
    """Whether no report on its delivery is wanted: it would be taken for one on the mission's letter."""

    @classmethod
    def unqueued(
        cls, message_id: str, envelope_from: str, to: Iterable[str], wire: bytes, *, smtputf8: bool = False,
        unreported: bool = False,
    ) -> "ClaimedLetter":  # fmt: skip
        """Return one that is handed over past the queue and leaves no trace in it: a test, a mail to the team."""
        copies = tuple(ClaimedCopy(0, address, MessageState.QUEUED) for address in to)
        return cls(
            0, 0, 0, "", "", "", "", "", message_id, envelope_from, copies, wire, smtputf8, clock.now(),
            unreported=unreported,
        )  # fmt: skip

    @property
    def recipients(self) -> tuple[str, ...]:
        """The addresses that have no copy yet."""
        return tuple(one.address for one in self.copies if one.state in (MessageState.QUEUED, MessageState.DEFERRED))

    @property
    def domains(self) -> frozenset[str]:
        """The domains that it goes to."""
        return frozenset(address.rpartition("@")[2].lower() for address in self.recipients)
