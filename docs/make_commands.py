"""Write docs/commands.md: what every command says of itself with --help, so that the page can't drift from the program.

`make commands` writes it; a test compares.
"""

import argparse
import os
from collections.abc import Iterator
from pathlib import Path

from outreach import cli

PAGE = Path(__file__).with_name("commands.md")
_HEAD = """# The commands

Made from the program itself (`make commands`). Every list takes `--json`. Exit status: 0 done, 2 a mistake that you can
correct (nothing was changed), 1 a fault of the machine or the network, 3 letters are due that can't go
([status.md](status.md)).
"""


def page() -> str:
    """Return the page."""
    os.environ["COLUMNS"] = "100"
    parts = [_HEAD]
    for name, _, _ in cli.COMMANDS:
        for words, parser in _below(name, _subparsers(cli.parser(name))[name]):
            parts.append(f"## outreach {words}\n\n```\n{parser.format_help().rstrip()}\n```\n")
    return "\n".join(parts)


def _below(words: str, parser: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    yield words, parser
    for name, one in _subparsers(parser).items():
        yield from _below(f"{words} {name}", one)


def _subparsers(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    for action in parser._actions:  # noqa: SLF001  (argparse shows its parsers nowhere else)
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            return dict(action.choices)
    return {}


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
