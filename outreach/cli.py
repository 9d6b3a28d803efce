"""The command line: which commands there are, and what an error ends with. The commands are in outreach/commands/.

A command's module is imported when that command is named, so that `outreach --help` and light commands start at once.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any, NoReturn

from outreach.platform import keep_private

# In the order of the help: a command, what it does, and the function of outreach/commands that adds its arguments.
COMMANDS = (
    ("init", "settings, database and example letters in this folder", "workplace:add_init"),
    ("demo", "the whole story in rehearsal, ends with report.xlsx", "workplace:add_demo"),
    ("missions", "the directory of missions and contacts", "missions:add"),
    ("letter", "the letters in templates/: new, check, from Word, publish", "letter:add"),
    ("campaign", "who gets which letter when", "campaign:add"),
    ("signatories", "who signs a campaign's letter", "signatories:add"),
    ("status", "where everything stands, what stops it and what to do next", "overview:add_status"),
    ("send", "send what is due now, then end", "sending:add_send"),
    ("run", "the scheduler: sends what is due, until stopped", "sending:add_run"),
    ("messages", "what became of each letter", "messages:add"),
    ("inbox", "what comes back", "inbox:add"),
    ("responses", "where each mission stands", "responses:add"),
    ("serve", "the web desk: the same in a browser", "desk:add_serve"),
    ("user", "who may open the web desk", "desk:add_user"),
    ("addresses", "addresses that are not written to", "addresses:add"),
    ("people", "what is kept of a person: found, handed over, erased", "people:add"),
    ("votes", "how the members voted", "votes:add"),
    ("events", "all that happens, as it happens", "events:add"),
    ("report", "the status report out, and what was typed into it in again", "report:add_report"),
    ("dossier", "a campaign as a site and a zip, to publish or hand over", "dossier:add"),
    ("password", "the mail password, kept in the keyring or a file of yours", "password:add"),
    ("sign-in", "the mail account signed in by Google's or Microsoft's own page", "sign_in:add"),
    ("sign-out", "the mail account signed out again", "sign_in:add_out"),
    ("doctor", "look over settings, mail server, database and clock", "upkeep:add_doctor"),
    ("here", "this folder has moved, or is a copy: settle what went out", "upkeep:add_here"),
    ("backup", "the whole campaign as one file", "upkeep:add_backup"),
    ("restore", "bring a backup back, in any folder", "upkeep:add_restore"),
    ("database", "move to another database", "upkeep:add_database"),
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status.

    0: done, or nothing to do. 1: a fault of the machine or the network. 2: a person's mistake; nothing was changed.
    3: letters are due that can't go before a person has done something (`status`, `send`). What could not be written
    to standard output is a fault; that its reader has gone, as in `outreach … | head`, is none.
    """
    from outreach import terminal

    keep_private()
    terminal.take_any_letter()
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        status = _run(words)
    except SystemExit as end:  # argparse has said its word
        terminal.flush()
        raise SystemExit(end.code) from None
    except KeyboardInterrupt:
        status = 130
    return terminal.flush() or status


def _run(words: Sequence[str]) -> int:
    from outreach import terminal
    from outreach.errors import OutreachError

    try:
        if not words:
            from outreach.commands.overview import begin_here, first_look

            if (status := first_look()) is not None or (status := begin_here()) is not None:
                return status
        args = _parsed(words)
        if not hasattr(args, "command"):
            args.help_of.print_help()
            return 2
        done: int | None = args.command(args)
        return done or 0
    except OutreachError as error:
        terminal.complain(error, json_wanted="--json" in words)
        return error.exit_status
    except Exception as error:
        from outreach.database import fault_of

        if (fault := fault_of(error)) is None:
            raise
        terminal.complain(fault, json_wanted="--json" in words)
        return fault.exit_status


def parser(named: str | None = None) -> argparse.ArgumentParser:
    """Return the parser: with the arguments of the command that is named, and with the names alone of all others."""
    top = _Parser(
        prog="outreach",
        description="Letters to UN missions: merged, scheduled, sent once, and followed until they are answered.",
        epilog="In a campaign's folder, outreach by itself says where everything stands. A first look: outreach demo. "
        "A first campaign: outreach init, then docs/guide.md. Exit status: 0 done, 1 a fault, 2 a mistake, "
        "3 something that is due can't go.",
    )
    top.add_argument("--version", action=_Version)
    top.set_defaults(help_of=top)
    commands = top.add_subparsers(metavar="COMMAND")
    top.set_defaults(below=commands.choices)
    for name, text, place in COMMANDS:
        one = commands.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
        if name == named:
            module, _, add = place.partition(":")
            getattr(import_module(f"outreach.commands.{module}"), add)(one)
    return top


def _parsed(words: Sequence[str]) -> argparse.Namespace:
    """Return what the words ask for. Raises UserError for a command that is none, and for words that it takes not."""
    top = parser(words[0] if words else None)
    command = _command_of(words, top)
    args, more = top.parse_known_args(words)
    if more:
        from outreach.errors import UserError

        raise UserError(
            "command.more", "{command} does not know what to do with {words}.", command=command, words=" ".join(more),
            remedy="What it takes: {command} --help.",
        )  # fmt: skip
    return args


def _command_of(words: Sequence[str], top: argparse.ArgumentParser) -> str:
    """Return the command that is named, with those above it.

    Raises UserError for one that is none, with the one that was meant: argparse would list them all.
    """
    above, path = top, [top.prog]
    for word in words:
        below: Mapping[str, argparse.ArgumentParser] | None = above.get_default("below")
        if below is None or word.startswith("-"):
            break
        if word not in below:
            from difflib import get_close_matches

            from outreach.errors import UserError
            from outreach.sentences import Remedy

            near = get_close_matches(word, below, n=1)
            raise UserError(
                "command.unknown", "There is no command {word!r}.", word=word,
                remedy=Remedy("Did you mean {meant}?", meant=" ".join([*path, *near])) if near
                else Remedy("There is: {known}. More with {help}.", known=", ".join(below),
                            help=" ".join([*path, "--help"])),
            )  # fmt: skip
        above = below[word]
        path.append(word)
    return " ".join(path)


class _NoNumber(argparse.ArgumentTypeError):
    """A word that is no whole number, where one belongs."""


def _whole(word: str) -> int:
    try:
        return int(word)
    except ValueError:
        raise _NoNumber(word) from None


class _Parser(argparse.ArgumentParser):
    """Says what is wrong with a command's words as every other mistake is said. Raises UserError."""

    def __init__(self, **how: Any) -> None:
        self._needed: list[argparse.Action] = []
        super().__init__(exit_on_error=False, **how)
        self.register("type", int, _whole)

    def add_argument(self, *names: str, **how: Any) -> argparse.Action:
        action = super().add_argument(*names, **how)
        if action.required:
            self._needed.append(action)
        return action

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        try:
            return super().parse_known_args(args, namespace)
        except argparse.ArgumentError as wrong:
            raise self._slip(wrong, self._lacking(args)) from None

    def _slip(self, wrong: argparse.ArgumentError, lacking: Sequence[str]) -> Exception:
        from outreach.errors import UserError

        if lacking and wrong.argument_name is None:
            return UserError(
                "command.lacking", "{command} needs {what}.", command=self.prog, what=", ".join(lacking),
                remedy="What it takes: {command} --help.",
            )  # fmt: skip
        if isinstance(wrong.__context__, _NoNumber):
            return UserError(
                "command.number", "{command} takes a whole number for {what}, and not {word}.",
                command=self.prog, what=wrong.argument_name, word=repr(str(wrong.__context__)),
                remedy="What it takes: {command} --help.",
            )  # fmt: skip
        return UserError(
            "command.words", "{command} can't be understood: {why}.", command=self.prog,
            why=str(wrong).removeprefix("argument "), remedy="What it takes: {command} --help.",
        )  # fmt: skip

    def _lacking(self, args: Any) -> list[str]:
        """Return the arguments that have to be there and are not; none where the words are wrong for another reason."""
        for one in self._needed:
            one.required = False
        try:
            there, _ = super().parse_known_args(args)
        except argparse.ArgumentError:
            return []
        lacking = (one for one in self._needed if getattr(there, one.dest) is one.default)
        return [str(argparse.ArgumentError(one, "").argument_name) for one in lacking]

    def error(self, message: str) -> NoReturn:
        raise argparse.ArgumentError(None, message)  # as Python 3.12 does by itself

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """Name the words that there are, and the one that was meant. Argparse words it for programs."""
        if action.choices is None or value in action.choices:
            return
        from difflib import get_close_matches

        from outreach.errors import UserError
        from outreach.sentences import Remedy

        known = [str(one) for one in action.choices]
        near = get_close_matches(str(value), known, n=1)
        what = action.option_strings[0] if action.option_strings else action.metavar or action.dest
        raise UserError(
            "command.choice", "{command} knows no {what} {word!r}.", command=self.prog, what=what, word=str(value),
            remedy=Remedy("Did you mean {meant}?", meant=near[0]) if near
            else Remedy("There is: {known}. More with {help}.", known=", ".join(known), help=f"{self.prog} --help"),
        )  # fmt: skip


class _Version(argparse.Action):
    def __init__(self, option_strings: Sequence[str], dest: str, **_: object) -> None:
        super().__init__(option_strings, dest, nargs=0, help="show the version")

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from outreach import __version__

        parser.exit(message=f"outreach {__version__}\n")
