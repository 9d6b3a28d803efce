"""Whether the settings can send at all: asked before anything is begun, so that a wrong one stops the start."""

from outreach.errors import SettingsError
from outreach.outbox.dkim_signing import Signer
from outreach.outbox.server import SmtpServer
from outreach.outbox.sign_in.token import program_missing
from outreach.settings import Settings


def require_usable(settings: Settings) -> None:
    """Refuse settings with which no letter could go out: no server, no login, no token command, no key.

    Nothing is connected to and no command is run. Raises SettingsError, whose sentence fits on one line.
    """
    if settings.live and not settings.smtp_host:
        raise SettingsError(
            "settings.no-server",
            "LIVE mode, and no mail server is set.",
            remedy="Name one{SET_SERVER}.",
        )
    if settings.smtp_host:
        if settings.smtp_username and not _has_secret(settings):
            raise SettingsError(
                "settings.no-password",
                "smtp_username is set, and no password or token.",
                remedy="Give one{MAIL_LOGIN}. Or set smtp_token_command.",
            )
        require_program("smtp_token_command", settings.smtp_token_command)
    Signer.configured(settings)


def require_program(setting: str, command: str) -> None:
    """Refuse a token command whose program is not there. Raises SettingsError."""
    if command and (missing := program_missing(command)):
        raise SettingsError(
            "settings.no-program",
            "{setting} can't be run: {missing}.",
            setting=setting,
            missing=missing,
            remedy="Correct {setting}, or install the program.",
        )


def _has_secret(settings: Settings) -> bool:
    server = SmtpServer.configured(settings)
    return bool(server.password.get_secret_value()) or server.uses_token
