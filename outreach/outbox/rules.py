"""What may be sent at all, by the settings, and at what pace."""

from dataclasses import dataclass
from datetime import timedelta

from outreach.missions.allow_list import AllowList
from outreach.outbox.dkim_signing import Signer
from outreach.outbox.pace import Rate
from outreach.outbox.server import SmtpServer
from outreach.settings import Settings


@dataclass(frozen=True, slots=True)
class Rules:
    """The settings as the queue needs them."""

    live: bool
    embedded: bool
    allow_list: AllowList
    rates: tuple[Rate, ...]
    grace: timedelta
    retry_first: timedelta
    retry_for: timedelta
    per_domain: int = 0
    """The most letters in hand to one receiving domain; 0 sets no limit."""
    failures_percent: int = 20
    failures_after: int = 10
    no_mailbox: bool = False
    """Whether the team has said that there is no box of answers to be read before follow-ups."""
    server: str = "rehearsal"
    """Host and port of the server, as attempts name it."""
    signer: Signer | None = None
    """Signs each letter as it is taken up; None where the mail server does that."""

    @property
    def guarded(self) -> bool:
        """Whether the allow-list decides: in rehearsal, towards a server that is not our own."""
        return not self.live and not self.embedded

    @classmethod
    def of(cls, settings: Settings, server: SmtpServer) -> "Rules":
        """Return what may be sent to this server under these settings."""
        return cls(
            live=settings.live,
            embedded=server.embedded,
            allow_list=AllowList(settings.allow_list),
            rates=tuple(Rate.parse(rate) for rate in settings.rate),
            grace=timedelta(minutes=settings.grace_minutes),
            retry_first=timedelta(minutes=settings.retry_minutes),
            retry_for=timedelta(hours=settings.retry_hours),
            per_domain=settings.smtp_per_domain,
            failures_percent=settings.pause_failures_percent,
            failures_after=settings.pause_failures_after,
            no_mailbox=settings.no_mailbox,
            server="rehearsal" if server.embedded else str(server),
            signer=Signer.configured(settings),
        )
