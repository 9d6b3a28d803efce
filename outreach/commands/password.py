"""The mail password: asked for without showing it, and kept where only its owner gets at it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from outreach import terminal
from outreach.errors import UserError

if TYPE_CHECKING:
    from outreach.settings import Settings


def add(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `outreach password`."""
    parser.add_argument(
        "protocol",
        nargs="?",
        choices=("smtp", "imap", "oidc"),
        help="for which (default: each mail account that is set)",
    )
    parser.add_argument("--file", action="store_true", help="in a file that only you read, not in the keyring")
    parser.add_argument("--forget", action="store_true", help="forget it")
    parser.set_defaults(command=_password)


def _password(args: argparse.Namespace) -> None:
    from outreach.mail_password import Protocol, account_of, forget, keep
    from outreach.settings import load
    from outreach.settings_watch import touch

    settings = load()
    if args.protocol == "oidc":
        _issuer_secret(settings, forget=args.forget)
        return
    wanted = [Protocol(args.protocol)] if args.protocol else [one for one in Protocol if account_of(settings, one)]
    if not wanted:
        raise UserError(
            "password.no-account",
            "No mail account is set, so that a password belongs to nobody.",
            remedy="Write smtp_host and smtp_username into outreach.toml first, and imap_host and imap_username.",
        )
    if args.forget:
        for one in wanted:
            gone = forget(settings, one)
            terminal.say(f"{one.upper()}, {account_of(settings, one)}: {'forgotten' if gone else 'none was kept'}.")
        return
    said: dict[str, str] = {}  # one account is asked for once, whatever it is for
    for one in wanted:
        user = settings.smtp_username if one is Protocol.SMTP else settings.imap_username
        if user not in said:
            said[user] = _asked(account_of(settings, one))
        home = keep(settings, one, said[user], in_file=args.file)
        terminal.say(f"{one.upper()}, {account_of(settings, one)}: kept in {home}.")
    touch(Path())
    terminal.say("Next: outreach doctor")


def _issuer_secret(settings: Settings, *, forget: bool) -> None:
    """Keep the secret that the desk has at the organisation's sign-in."""
    from outreach.people.oidc import keep_issuer_secret

    secret = "" if forget else _asked(f"{settings.oidc_client_id} at {settings.oidc_issuer}")
    home = keep_issuer_secret(settings, secret)
    terminal.say(f"OIDC, {settings.oidc_issuer}: {f'kept in {home}' if secret else 'forgotten'}.")


def _asked(account: str) -> str:
    return terminal.ask_secret(f"Mail password of {account}: ")
