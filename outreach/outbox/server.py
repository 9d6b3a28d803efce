"""The mail server that the outbox talks to, as it was set up."""

from dataclasses import dataclass, field

from pydantic import SecretStr

from outreach.mail_password import Protocol, password_for
from outreach.outbox.sign_in.grant import TokenSource, token_source
from outreach.settings import Security, Settings


def _none() -> SecretStr:
    return SecretStr("")


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where to connect, how it is protected, and who we are there."""

    host: str
    port: int
    security: Security = Security.NONE
    username: str = ""
    password: SecretStr = field(default_factory=_none)
    token_command: str = ""
    tokens: TokenSource | None = None
    """Where access tokens come from, for what somebody granted by signing in."""
    letters_per_connection: int = 200
    ehlo_name: str = ""
    """What we call ourselves there (RFC 5321, 4.1.1.1); empty for this computer's own name."""
    embedded: bool = False
    """Whether it is the rehearsal server in this process: what it takes reaches nobody."""

    @classmethod
    def configured(cls, settings: Settings) -> "SmtpServer":
        """Return the server of the settings, with the password or sign-in that is kept for it. Raises SettingsError."""
        return cls(
            host=settings.smtp_host,
            port=settings.port,
            security=settings.security,
            username=settings.smtp_username,
            password=password_for(settings, Protocol.SMTP),
            token_command=settings.smtp_token_command,
            tokens=token_source(settings, Protocol.SMTP),
            letters_per_connection=settings.smtp_letters_per_connection,
            ehlo_name=settings.smtp_ehlo_name,
        )

    @property
    def uses_token(self) -> bool:
        """Whether an OAuth token stands in for a password."""
        return bool(self.token_command or self.tokens is not None)

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"
