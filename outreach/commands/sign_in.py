"""The mail account signed in by the provider's own page, or by a code, and signed out again."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from outreach import terminal
from outreach.commands import parts
from outreach.errors import OutreachError, UserError
from outreach.pasted import in_words

if TYPE_CHECKING:
    from outreach.outbox.sign_in.signing_in import DeviceAttempt, Keeper, PageAttempt, SignedIn

_PROVIDERS = ("google", "microsoft")


def add(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `outreach sign-in`."""
    parser.add_argument("provider", metavar="google|microsoft", help="whose mail account it is")
    parser.add_argument("--device", action="store_true", help="with a code that is typed on another computer or phone")
    parser.add_argument("--no-browser", action="store_true", help="print the page's address, and open no browser")
    parser.add_argument("--file", action="store_true", help="keep it in a file that only you read, not in the keyring")
    parts.by(parser)
    parser.set_defaults(command=_sign_in)


def add_out(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `outreach sign-out`."""
    parser.add_argument("provider", metavar="google|microsoft", help="whose mail account it is")
    parts.by(parser)
    parser.set_defaults(command=_sign_out)


def _sign_in(args: argparse.Namespace) -> None:
    from pathlib import Path

    from outreach.outbox.sign_in.oauth import OAuthApp
    from outreach.outbox.sign_in.signing_in import DeviceAttempt, Keeper, PageAttempt, provider_of
    from outreach.settings import load
    from outreach.workplace import name_mail_service

    _require_known(args.provider)
    settings, engine = parts.opened()
    if not settings.smtp_host:
        OAuthApp.configured(settings, provider_of(args.provider))  # or nothing is changed
        if written := name_mail_service(Path(), args.provider):
            terminal.say(written)
            settings = load()
    keeper = Keeper(engine, settings, args.provider, by=parts.acting(args), in_file=args.file, folder=Path())
    if args.device:
        found = _by_code(keeper, DeviceAttempt(keeper))
    else:
        attempt = PageAttempt(keeper)
        try:
            found = _by_page(keeper, attempt, browser=not args.no_browser)
        finally:
            attempt.close()
    terminal.say(f"{found.account} is signed in with {found.title}, kept in {found.home}.", "Next: outreach doctor")


def _require_known(word: str) -> None:
    if word not in _PROVIDERS:
        raise UserError(
            "sign-in.no-provider", "There is no sign-in with {word!r} here: only with google and microsoft.", word=word,
            remedy="Any other account logs in with its password, or one made for programs{MAIL_LOGIN}.",
        )  # fmt: skip


def _by_page(keeper: Keeper, attempt: PageAttempt, *, browser: bool) -> SignedIn:
    import webbrowser

    from outreach.outbox.sign_in.signing_in import PAGE_SECONDS

    terminal.say(f"Sign in as {keeper.account} at {keeper.provider.title}'s page, and allow what it asks:")
    terminal.say(f"  {attempt.address}")
    if not (browser and webbrowser.open(attempt.address)):
        terminal.say(
            "Open it in any browser. If that is on another computer, it ends at a page that can't be reached: "
            "copy the address of that page from the browser, and paste it here."
        )
        _take_pasted(attempt)
    terminal.flush()
    return attempt.wait(PAGE_SECONDS)


def _take_pasted(attempt: PageAttempt) -> None:
    """Take an address from standard input, while the browser may come back by itself; what is wrong is said."""
    import threading

    def read() -> None:
        while attempt.outcome is None and (line := sys.stdin.readline()):
            if line.strip():
                try:
                    attempt.take(line)
                except OutreachError as error:
                    if attempt.outcome is None:
                        terminal.warn(in_words(error))

    threading.Thread(target=read, daemon=True).start()


def _by_code(keeper: Keeper, attempt: DeviceAttempt) -> SignedIn:
    import time

    def pause(seconds: float) -> bool:
        time.sleep(seconds)
        return False

    terminal.say(
        f"On any computer or phone, open {attempt.code.page}",
        f"type the code  {attempt.code.user_code}",
        f"and sign in there as {keeper.account}. This goes on by itself.",
    )
    terminal.flush()
    attempt.ask_until_done(pause)
    return attempt.wait(0)


def _sign_out(args: argparse.Namespace) -> None:
    from pathlib import Path

    from outreach.outbox.sign_in.signing_in import sign_out

    _require_known(args.provider)
    settings, engine = parts.opened()
    found = sign_out(engine, settings, args.provider, by=parts.acting(args), folder=Path())
    terminal.say(f"{found.account} is signed out of {found.title} here: {found.rest}")
