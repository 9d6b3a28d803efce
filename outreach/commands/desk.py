"""The web desk: serving it, and who may open it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from outreach import terminal
from outreach.commands import parts
from outreach.errors import UserError

if TYPE_CHECKING:
    from outreach.people.first_link import FirstLink

_ROLES = ("viewer", "editor", "approver", "admin")


def add_serve(parser: argparse.ArgumentParser) -> None:
    """Add what `serve` takes."""
    parser.add_argument("--host", default="127.0.0.1", metavar="H", help="the address to listen on (127.0.0.1)")
    parser.add_argument("--port", type=int, default=8000, metavar="P", help="the port (default: 8000; 0: a free one)")
    parser.add_argument("--tls-cert", type=Path, metavar="FILE", help="serve over TLS with this certificate")
    parser.add_argument("--tls-key", type=Path, metavar="FILE", help="the certificate's key")
    parser.add_argument("--behind-proxy", default="", metavar="ADDRESS", help="the proxy that ends TLS before the desk")
    parser.add_argument("--name", action="append", default=[], metavar="HOST", help="a host name that browsers use")
    parser.add_argument(
        "--no-send", action="store_true", help="only show pages; leave the sending to `outreach run` or `outreach send`"
    )
    parser.set_defaults(command=_serve)


def add_user(parser: argparse.ArgumentParser) -> None:
    """Add the commands below `user`."""
    commands = parts.group(parser)
    add = _on_login(commands, "add", _user_add, "let somebody open the web desk")
    add.add_argument("--role", choices=_ROLES, default="viewer", help="how much they may do (default: viewer)")
    add.add_argument("--name", default="", help="how they are named under what they do (default: the login)")
    _on_login(commands, "password", _user_password, "give somebody a new password")
    invited = parts.command(commands, "invite", _user_invite, "make a one-time link by which somebody makes an account")
    invited.add_argument("name", metavar="NAME")
    parts.by(invited)
    invited.add_argument("--role", choices=_ROLES, default="viewer", help="how much they may do (default: viewer)")
    invited.add_argument("--email", default="", metavar="ADDRESS", help="their address, to which nothing is mailed now")
    invited.add_argument("--login", default="", help="what they sign in with (default: the address, or the first name)")
    _desk_address(invited)
    reset = _on_login(commands, "reset", _user_reset, "make a one-time link by which somebody sets a new password")
    _desk_address(reset)
    lost = "take the second factors of somebody who has lost them away"
    _on_login(commands, "reset-second-factor", _user_reset_factors, lost)
    _on_login(commands, "sign-out", _user_sign_out, "end every session of somebody at the web desk")
    listed = parts.command(commands, "list", _user_list, "who may open the web desk")
    parts.json_flag(listed)


def _on_login(commands: parts.Commands, name: str, run: parts.Command, text: str) -> argparse.ArgumentParser:
    """Add a command whose first argument is somebody's login."""
    command = parts.command(commands, name, run, text)
    command.add_argument("login", metavar="LOGIN")
    parts.by(command)
    return command


def begin() -> None:
    """Serve an empty folder as `serve` does by itself: its browser opens on the assistant."""
    parser = argparse.ArgumentParser()
    add_serve(parser)
    _serve(parser.parse_args([]))


def _serve(args: argparse.Namespace) -> None:
    from outreach.people.accounts import accounts
    from outreach.people.first_link import FirstLink
    from outreach.schedule import require_settings
    from outreach.settings_watch import SettingsWatch
    from outreach.web.serve import (
        ListenAddress,
        is_loopback,
        listening,
        require_safe,
        serve,
        serve_first_folder,
        url_of,
    )
    from outreach.workplace import is_empty

    folder = Path()
    address = ListenAddress(args.host, args.port, args.tls_cert, args.tls_key, args.behind_proxy, tuple(args.name))
    require_safe(address)
    first = FirstLink(anywhere=not is_loopback(args.host))
    empty = is_empty(folder)
    if not empty:  # what is wrong is said before anything is listened on
        settings, engine = parts.opened()
        engine.dispose()
        if not args.no_send:
            require_settings(settings)
    with listening(address) as bound:
        if empty:
            _say_first(url_of(bound, address), first)
            if not serve_first_folder(folder, address, first, bound):
                return
        settings, engine = parts.opened()
        watch = SettingsWatch.of(folder)

        def ready(url: str) -> None:
            terminal.say(f"The desk is open at {url}", parts.mode_line(settings))
            if not empty and not accounts(engine):
                _say_first(url, first)
            terminal.flush()

        serve(
            engine, watch.settings, folder, address, sends=not args.no_send, ready=ready, watch=watch,
            first=None if accounts(engine) else first, bound=bound,
        )  # fmt: skip


def _say_first(url: str, first: FirstLink) -> None:
    """Say the link to the first account, and open it where a browser can be seen."""
    import webbrowser

    from outreach.platform import has_display

    link = f"{url.rstrip('/')}{first.path}"
    terminal.say("Nobody can sign in yet. Set it up with this link, which is good once, for an hour:", f"  {link}")
    terminal.flush()
    if terminal.is_seen() and has_display():
        webbrowser.open(link)


def open_on(folder: Path) -> None:
    """Serve the desk on the demo in a folder, on this machine only, with an account of its own made for this once."""
    import secrets

    from outreach.database import open_database
    from outreach.demo import DEMO, settings_of
    from outreach.people.accounts import accounts, add_account, change_password
    from outreach.web.serve import ListenAddress, serve

    settings = settings_of(folder)
    engine = open_database(settings.database_url)
    password = "-".join(secrets.token_hex(2) for _ in range(5))
    if any(account.login == "demo" for account in accounts(engine)):
        change_password(engine, "demo", password, by=DEMO)
    else:
        add_account(engine, "demo", password, "admin", name="The demo", by=DEMO)

    def ready(url: str) -> None:
        terminal.say("", f"The desk is open at {url}", f"Sign in as demo, with the password {password}")
        terminal.say("Stop it with Ctrl+C.")
        terminal.flush()

    serve(engine, settings, folder, ListenAddress(port=0), sends=True, ready=ready)


def _user_add(args: argparse.Namespace) -> None:
    from outreach.people.accounts import add_account

    _, engine = parts.opened()
    made = add_account(engine, args.login, _password(), args.role, name=args.name, by=parts.acting(args))
    terminal.say(f"{made.login} may open the desk as {made.role}.", "Next: outreach serve")


def _user_password(args: argparse.Namespace) -> None:
    from outreach.people.accounts import change_password

    _, engine = parts.opened()
    changed = change_password(engine, args.login, _password(), by=parts.acting(args))
    terminal.say(f"{changed.login} has a new password, and is signed out everywhere.")


def _desk_address(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--desk",
        default="http://127.0.0.1:8000",
        metavar="URL",
        help="where they open the desk (http://127.0.0.1:8000)",
    )


def _user_invite(args: argparse.Namespace) -> None:
    from outreach.people.links import invite

    _, engine = parts.opened()
    made = invite(engine, args.name, args.role, email=args.email, login=args.login, by=parts.acting(args))
    terminal.say(
        f"{made.name} may make the account {made.login} as {args.role} with this link, good once, for three days:",
        f"  {args.desk.rstrip('/')}{made.path}",
        "It is not kept, and not shown again.",
    )


def _user_reset(args: argparse.Namespace) -> None:
    from outreach.people.links import reset

    _, engine = parts.opened()
    made = reset(engine, args.login, by=parts.acting(args))
    terminal.say(
        f"{made.login} may set a new password with this link, which is good once, for an hour:",
        f"  {args.desk.rstrip('/')}{made.path}",
        "It is not kept, and not shown again.",
    )


def _user_reset_factors(args: argparse.Namespace) -> None:
    from outreach.people.factors import reset_factors

    _, engine = parts.opened()
    changed = reset_factors(engine, args.login, by=parts.acting(args))
    terminal.say(f"{changed.login} signs in with the password alone again, and is signed out everywhere.")


def _user_sign_out(args: argparse.Namespace) -> None:
    from outreach.people.sessions import end_all

    _, engine = parts.opened()
    ended = end_all(engine, args.login, by=parts.acting(args))
    terminal.say(f"{args.login} was signed in with {ended} browsers, and is signed out.")


def _user_list(args: argparse.Namespace) -> None:
    from outreach.people.accounts import accounts
    from outreach.people.factors import with_factors

    _, engine = parts.opened()
    strong = with_factors(engine)
    rows = [
        {
            "login": one.login,
            "name": one.name,
            "role": str(one.role),
            "active": one.active,
            "second_factor": one.id in strong,
        }
        for one in accounts(engine)
    ]
    if args.json:
        terminal.say_json(rows)
        return
    terminal.table(
        ("Login", "Name", "Role", "May sign in", "Second factor"),
        (
            (
                row["login"],
                row["name"],
                row["role"],
                "yes" if row["active"] else "no",
                "yes" if row["second_factor"] else "no",
            )
            for row in rows
        ),
    )


def _password() -> str:
    """Ask for a new password, at a terminal twice; in a pipe, take the first line."""
    first = terminal.ask_secret("Password: ")
    if sys.stdin.isatty() and terminal.ask_secret("Once more: ") != first:
        raise UserError("password.differ", "The two passwords differ. Nothing was changed.")
    return first
