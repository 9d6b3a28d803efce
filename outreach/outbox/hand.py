"""The letters that a worker has in hand, as it last read them: good for as long as nobody else has written.

SQLite tells, within the transaction that asks, whether any other connection has committed since this one last looked
(`data_version`). While none has, what was read with the claim is what would be read again with the mark: the letters,
their campaigns, and whatever else the gate asked about. Then only the clock is asked anew. Once anybody has written,
all is forgotten and read again. PostgreSQL does not tell, and there everything is read each time.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, bindparam, select
from sqlmodel import col

from outreach.database import commits_of_others, worker_connection
from outreach.models import Campaign
from outreach.outbox.claimed import ClaimedLetter
from outreach.outbox.gate import GateFacts
from outreach.statement import Row
from outreach.vocabulary import CampaignState

_STATE = select(col(Campaign.state), col(Campaign.version)).where(col(Campaign.name) == bindparam("name"))


class Hand:
    """A worker's connection to the database, for one transaction after another, and what it has read through it."""

    def __init__(self, engine: Engine) -> None:
        """Take the database; the connection is made when it is first needed."""
        self._engine = engine
        self._connection: Connection | None = None
        self._version: int | None = None
        self._facts: dict[int, GateFacts] = {}
        self._campaign: int | None = None

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """One transaction of a worker, committed at the end of the block; what is known in it is still so."""
        if self._connection is None:
            self._connection = worker_connection(self._engine)
        try:
            with self._connection.begin():
                self.alone()
                yield self._connection
        except BaseException:
            self.close()  # what was changed in the rows is not so in the database
            raise

    def alone(self) -> bool:
        """Whether nobody else has written since this was last asked; else, or if that can't be told, forget all."""
        before = self._version
        self._version = commits_of_others(self._connection) if self._connection is not None else None
        same = before is not None and before == self._version
        if not same:
            self.forget()
        return same

    def going(self, claimed: ClaimedLetter) -> bool:
        """Whether the campaign of a claimed letter is still as it was when it was claimed, or still being sent.

        Asked before the server is told anything of the letter; before its data the gate asks again, and says why not.
        """
        if self.alone() and self.facts(claimed.id) is not None:
            return True  # nobody has written since
        with self.transaction() as connection:
            row = connection.execute(_STATE, {"name": claimed.campaign}).one_or_none()
        return row is not None and (row.version == claimed.version or row.state is CampaignState.SCHEDULED)

    def remember(self, facts: Iterable[GateFacts]) -> None:
        """Keep what the gate was told of letters, within a transaction that read it.

        Letters of one campaign only: whether a mission has had this already is a question of the others', and the
        answer changes with each of those that this worker itself marks.
        """
        for one in facts:
            if one.letter["campaign_id"] != self._campaign:
                self.forget()
                self._campaign = one.letter["campaign_id"]
            self._facts[one.letter["id"]] = one

    def facts(self, number: int) -> GateFacts | None:
        """Return what is known of a letter."""
        return self._facts.get(number)

    def marked(self, letter: Row) -> None:
        """Note that a letter is on its way: to what is known of another campaign's that may make a difference."""
        if letter["campaign_id"] != self._campaign:
            self.forget()

    def drop(self, number: int) -> None:
        """Forget a letter that is not in hand any more."""
        self._facts.pop(number, None)

    def forget(self) -> None:
        """Forget everything."""
        self._facts.clear()
        self._campaign = None

    def close(self) -> None:
        """Give the connection back."""
        self.forget()
        self._version = None
        if self._connection is not None:
            self._connection.close()
            self._connection = None
