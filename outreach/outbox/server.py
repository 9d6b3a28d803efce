"""The mail server that the outbox talks to, as it was set up."""

from dataclasses import dataclass, field

from pydantic import SecretStr

from outreach.settings import Security, Settings


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where to connect, how it is protected, and who we are there."""

    host: str
    port: int
    security: Security = Security.NONE
    username: str = ""
    password: SecretStr = field(default_factory=lambda: SecretStr(""))
    embedded: bool = False
    """Whether it is the rehearsal server in this process: what it takes reaches nobody."""

    @classmethod
    def configured(cls, settings: Settings) -> "SmtpServer":
        """Return the server that the settings name."""
        return cls(
            host=settings.smtp_host,
            port=settings.port,
            security=settings.security,
            username=settings.smtp_username,
            password=settings.smtp_password,
        )

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"
