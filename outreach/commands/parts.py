"""What several commands share: how they are added, the arguments they have in common, and opening the folder."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Literal, Protocol

from outreach import terminal
from outreach.errors import AccessError, UserError
from outreach.text import counted

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from outreach.actors import Actor
    from outreach.campaigns.address_changes import Voided
    from outreach.errors import Problem
    from outreach.missions.history import Undone
    from outreach.missions.result import DirectoryEntry, SheetDifference
    from outreach.models import Account
    from outreach.responses.typed import TypedChange
    from outreach.settings import Settings


class Commands(Protocol):
    """What `add_subparsers` returns, for which argparse has no public name."""

    def add_parser(self, name: str, **kwargs: Any) -> argparse.ArgumentParser:
        """Add a command."""


Command = Callable[[argparse.Namespace], int | None]

_AUDIENCE = (
    "hrc-members | hrc-observers | all | group:NAME | iso:FRA,DEU | org:EU | tag:NAME | where:FIELD=VALUE | "
    "vote:SYMBOL=yes"
)


def group(parser: argparse.ArgumentParser) -> Commands:
    """Make a command one that has commands below it; without one of them it prints its help."""
    commands = parser.add_subparsers(metavar="COMMAND")
    parser.set_defaults(help_of=parser, below=commands.choices)
    return commands


def command(commands: Commands, name: str, run: Command, text: str) -> argparse.ArgumentParser:
    """Add a command, with the function that runs it and a line that says what it does."""
    parser: argparse.ArgumentParser = commands.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
    parser.set_defaults(command=run)
    return parser


def on_campaign(commands: Commands, name: str, run: Command, text: str) -> argparse.ArgumentParser:
    """Add a command whose first argument is a campaign."""
    parser = command(commands, name, run, text)
    parser.add_argument("name", metavar="NAME", help="the campaign")
    return parser


def audience(parser: argparse.ArgumentParser, *, required: bool) -> None:
    """Add the arguments that choose missions."""
    parser.add_argument(
        "--audience", nargs="+", action="extend", default=[], required=required, metavar="A", help=_AUDIENCE
    )
    parser.add_argument(
        "--except", dest="exceptions", nargs="+", action="extend", default=[], metavar="ISO3", help="leave these out"
    )
    parser.add_argument("--as-of", metavar="DATE", help="the date at which membership is asked (default: today)")


def yes(parser: argparse.ArgumentParser) -> None:
    """Add the confirmation of live mode."""
    parser.add_argument("--yes", type=int, metavar="N", help="in live mode: the number of missions, as confirmation")


def json_flag(parser: argparse.ArgumentParser) -> None:
    """Add --json."""
    parser.add_argument("--json", action="store_true", help="print JSON")


def listed(
    args: argparse.Namespace, rows: Sequence[Any], headings: Sequence[str], cells: Callable[[Any], Sequence[object]],
    nothing: str = "",
) -> None:  # fmt: skip
    """Print a list of dataclasses as a table with a row each, or as JSON with --json; `nothing` where it is empty."""
    if args.json:
        terminal.say_json([asdict(row) for row in rows])
        return
    terminal.table(headings, map(cells, rows))
    if nothing and not rows:
        terminal.say(nothing)


def opened(*, a_copy: Literal["is told", "is refused", "is settled"] = "is told") -> tuple[Settings, Engine]:
    """Return the settings that hold in the current folder, and its database.

    That the database may be a copy is said beside whatever the command says; or the command refuses it, before it asks
    anything (CopyError); or it is the one that settles it. Raises NoDatabaseError outside a campaign folder, where
    nothing is made.
    """
    from pathlib import Path

    from outreach.settings import load
    from outreach.witness.standing import require_home, told
    from outreach.workplace import open_here

    settings = load()
    engine = open_here(settings, Path())
    if a_copy == "is refused":
        require_home(engine, settings)
    elif a_copy == "is told" and (words := told(engine, settings)):
        terminal.warn(words)
    return settings, engine


def require_campaign() -> Settings:
    """Return the settings that hold in the current folder; raises NoDatabaseError outside a campaign folder."""
    settings, engine = opened()
    engine.dispose()
    return settings


def by(parser: argparse.ArgumentParser) -> None:
    """Add --by, where nobody has to be named."""
    parser.add_argument("--by", metavar="WHO", help="who does this, for the record (default: the machine's user)")


def who() -> str:
    """Return the login of the machine's user, for the commands that we propose."""
    from outreach.actors import machine_user

    return machine_user()


def acting(args: argparse.Namespace) -> Actor:
    """Return who acts: the person that `--by` names, else the machine's user."""
    from outreach.actors import named, user

    given: str | None = getattr(args, "by", None)
    return user() if given is None else named(given)


def approving(engine: Engine, settings: Settings, name: str, login: str) -> Actor:
    """Return who approves a campaign: for one approval a name is enough, for two an account has to be signed in.

    The password of the account whose login is given is asked for and, where it has a second factor, a code of its app
    or a recovery code, as at the desk; in scripts they are the first two lines of the file that OUTREACH_PASSWORD_FILE
    names, else of standard input. Raises AccessError, UserError, NotFoundError for the campaign.
    """
    from outreach.actors import account_at, machine_user, named
    from outreach.campaigns.plan import get_campaign
    from outreach.database import reading
    from outreach.people.accounts import accounts, may, sign_in
    from outreach.vocabulary import DeskRole, Door

    with reading(engine) as session:
        approvals = get_campaign(session, name).approvals
    if approvals < 2:
        return named(login)
    if not any(one.login == login.strip().casefold() for one in accounts(engine)):
        raise AccessError(
            "approval.no-account",
            "Two people have to approve {campaign!r}, each with an account, and there is no account {login!r}. "
            "Nothing was approved.",
            campaign=name,
            login=login,
            remedy="Say the login of your account; an admin makes one for an approver{ADD_USER}.",
        )
    ask = _asking()
    account = sign_in(engine, login, ask(f"Password of {login}: "))
    if not may(account.role, DeskRole.APPROVER):
        raise AccessError(
            "approval.no-approver",
            "{person} has the role {role}, which does not approve. Nothing was approved.",
            person=account.name,
            role=account.role,
            remedy="Ask an admin of the desk for the role approver.",
        )
    _second_step(engine, settings, account, ask)
    return account_at(Door.COMMAND, account.id, account.name, user=machine_user())


def _second_step(engine: Engine, settings: Settings, account: Account, ask: Callable[[str], str]) -> None:
    """Ask an account that has a second factor for a code; refuse one that has none where the settings want it."""
    from outreach.people import audit, factors
    from outreach.vocabulary import Door

    assert account.id is not None
    if not factors.factors_of(engine, account.id).any:
        if not factors.is_asked(settings, account.role):
            return
        raise AccessError(
            "approval.no-factor",
            "The settings ask {person} for a second factor, and there is none. Nothing was approved.",
            person=account.name,
            remedy="Set one up at the desk, under Your account.",
        )
    code = ask("Code of your app, or a recovery code: ").strip()
    try:
        if code.replace(" ", "").isdecimal():
            factors.check_code(engine, settings, account.id, code)
        else:
            factors.use_recovery_code(engine, account.id, code)
    except AccessError:
        audit.refuse_sign_in(engine, account.login, Door.COMMAND, "second factor")
        raise


def _asking() -> Callable[[str], str]:
    """Return what asks for one secret after the other: the person, else the file's next line."""
    import os
    from pathlib import Path

    from outreach.settings import PASSWORD_FILE

    if file := os.environ.get(PASSWORD_FILE):
        try:
            lines = iter(Path(file).read_text(encoding="utf-8").splitlines())
        except (OSError, UnicodeDecodeError) as error:
            raise UserError(
                "password.unreadable-file",
                "{variable}: {file} can't be read: {error}.",
                variable=PASSWORD_FILE,
                file=file,
                error=error,
            ) from None
        return lambda _question: next(lines, "")
    return terminal.ask_secret


def mode_line(settings: Settings) -> str:
    """Return the sentence that says where letters go."""
    if settings.live:
        return "LIVE: letters go to the missions."
    if settings.smtp_host:
        return "Rehearsal: letters go to addresses on the allow-list only."
    return "Rehearsal: letters go to the built-in rehearsal server, and to nobody else (rehearsal-mail/)."


def test_letter(settings: Settings, iso3: str, to: str) -> str:
    """Say what became of a test letter: where there is no mail server, it went to nobody."""
    if settings.smtp_host:
        return f"The letter to {iso3} was handed to the mail server for {to}, as a test."
    return f"The letter to {iso3} for {to} was filed in rehearsal-mail/ as a test, and sent to nobody."


def typed(name: str) -> str:
    """Return a name as it is to be typed in a shell, for the commands that we propose."""
    from outreach import platform

    return platform.typed(name)


def ask_missions(missions: int) -> int | None:
    """Ask the person at the terminal to type the number of missions; None where nobody is there to ask."""

    return terminal.ask_number(
        f"LIVE mode: this writes to {counted(missions, 'real mission')}. Type their number to go on:"
    )


def say_difference(kind: str, found: SheetDifference, *, dry_run: bool = False) -> None:
    """Print what an import did with one kind of row: added, changed, retired, left alone."""

    retired = "would be retired" if dry_run else "retired"
    numbers = [f"{len(found.added)} added", f"{len(found.changed)} changed", f"{len(found.unchanged)} unchanged"]
    for rows, words in (
        (found.absent, retired), (found.left_alone, "left alone"), (found.still_absent, "retired before")
    ):  # fmt: skip
        if rows:
            numbers.append(f"{len(rows)} {words}")
    terminal.say(f"{kind}: {', '.join(numbers)}")
    terminal.listed("added", [entry.label for entry in found.added])
    say_changed("changed", found.changed)
    terminal.listed(retired, [entry.label for entry in found.absent])


def say_changed(word: str, rows: Sequence[DirectoryEntry], most: int = 20) -> None:
    """Print rows with what changed in each, behind a word."""

    lines = [
        f"{entry.label}: " + "; ".join(f"{change.field} {change.old!r} → {change.new!r}" for change in entry.changes)
        for entry in rows
    ]
    terminal.listed(word, lines, most)


def say_voided(voided: Sequence[Voided]) -> None:
    """Print which approvals are void, since other addresses are written to than were approved."""

    for one in voided:
        terminal.say(f"{one.campaign}: its approval is void, for the sheet has changed whom it goes to.")
        terminal.listed("changed", [str(change) for change in one.changes])
        terminal.say(f"  Look again, then: outreach campaign approve {typed(one.campaign)} --by WHO")


def say_changes(changes: Sequence[TypedChange]) -> None:
    """Print what a sheet changed: state, field, what it was and what it is."""

    terminal.say(*(f"  {change.iso3}  {change.field} {change.old!r} → {change.new!r}" for change in changes))


def mapping(entries: Sequence[str]) -> dict[str, str]:
    """Return what `--map FIELD=COLUMN` says. Raises UserError for one that names no column."""

    pairs = [entry.partition("=") for entry in entries]
    for field, equals, column in pairs:
        if not (field.strip() and equals and column.strip()):
            raise UserError(
                "command.map",
                "--map {field}{equals}{column} names no column.",
                field=field,
                equals=equals,
                column=column,
                remedy="Write --map email=Courriel.",
            )
    return {field.strip(): column.strip() for field, _, column in pairs}


def doubles(entries: Sequence[str]) -> dict[str, str]:
    """Return what `--double KEY=ROW` says; `--double both` is said of all. Raises UserError for what says nothing."""
    from outreach.missions.doubles import ASIDE, BOTH

    found: dict[str, str] = {}
    for entry in entries:
        key, equals, how = entry.rpartition("=")
        if not how.strip() or (not equals and how.strip() not in (BOTH, ASIDE)):
            raise UserError(
                "command.double",
                "--double {entry} says of no rows which one holds.",
                entry=entry,
                remedy="Write --double mission@fra.mission.example=4, or both or aside for a row.",
            )
        found[key.strip()] = how.strip()
    return found


def agree_to(doubts: Sequence[Problem]) -> bool:
    """Ask at a terminal whether what a text lost, changed or won is meant; False elsewhere."""

    return terminal.agree("This is not as it was:", doubts, "Is all of it meant?")


def agree(guesses: Sequence[Problem]) -> bool:
    """Ask at a terminal whether what was guessed is right; False elsewhere."""

    return terminal.agree("This is guessed:", guesses, "Is all of it right?")


def ask_gone(found: Undone) -> int | None:
    """Ask at a terminal how many rows go with an import that is taken back; None where nobody can be asked."""
    if not terminal.is_asked():
        return None
    terminal.listed("taken away", [entry.label for entry in found.gone], most=12)
    return terminal.ask_number(
        f"With the import of {found.file} go {found.retired} of {counted(found.known, 'row')}. "
        "Type their number to go on:"
    )
