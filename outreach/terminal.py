"""What a person sees on a terminal: tables, progress, problems. In a pipe: plain lines, and no progress."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from outreach.errors import OutreachError, Problem
from outreach.pasted import as_json, in_words
from outreach.sentences import Sentence

Shown = Callable[[int], None]
"""Takes how many of something long are done, and shows it."""


def say(*lines: str | Sentence) -> None:
    """Print lines to standard output."""
    if lines:
        print(*(in_words(line) for line in lines), sep="\n")


def say_json(value: Any) -> None:
    """Print a value as JSON, in the script that it is written in."""
    json.dump(as_json(value), sys.stdout, ensure_ascii=False, indent=2, default=str)
    sys.stdout.write("\n")


def complain(error: OutreachError) -> None:
    """Print what went wrong, each single problem on its own line, to standard error."""
    print(f"outreach: {in_words(error)}", file=sys.stderr)
    for problem in error.problems:
        print(f"  {in_words(problem)}", file=sys.stderr)


def warn(words: str | Sentence) -> None:
    """Print what a person should know to standard error; the command goes on."""
    print(f"outreach: {in_words(words)}", file=sys.stderr)


def problems(heading: str, found: Sequence[Problem]) -> None:
    """Print problems under a heading, if there are any."""
    if found:
        say(heading, *(f"  {in_words(problem)}" for problem in found))


def listed(word: str, lines: Sequence[str], most: int = 20) -> None:
    """Print lines, each behind a word, up to so many; then how many more there are."""
    say(*(f"  {word}  {line}" for line in lines[:most]))
    if len(lines) > most:
        say(f"  … and {len(lines) - most} more (all of them: --json)")


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table whose columns stand under each other, in any script; on a terminal it is cut to its width."""
    from rich.cells import cell_len, set_cell_size

    cells = [list(columns), *([_cell(value) for value in row] for row in rows)]
    widths = [max(cell_len(row[index]) for row in cells) for index in range(len(columns))]
    for row in cells:
        padded = [value + " " * (width - cell_len(value)) for value, width in zip(row, widths, strict=True)]
        line = "  ".join(padded).rstrip()
        say(set_cell_size(line, _width()).rstrip() if sys.stdout.isatty() and cell_len(line) > _width() else line)


def _cell(value: object) -> str:
    return "" if value is None else " ".join(str(value).split())


def _width() -> int:
    import shutil

    return shutil.get_terminal_size().columns


@contextmanager
def progress(label: str, total: int) -> Iterator[Shown]:
    """Show how far something long has come, on a terminal only. The block gets a function that takes the count."""
    if total == 0:
        yield lambda _done: None
        return
    with progress_of(label) as shown:
        yield lambda done: shown(done, total)


@contextmanager
def progress_of(label: str) -> Iterator[Callable[[int, int], None]]:
    """Like `progress`, where the number of all is known only on the way: the block gets a function of done and all."""
    if not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(bar_width=40), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True)) as shown:
        task = shown.add_task(label, total=None)
        yield lambda done, total: shown.update(task, completed=done, total=total)


def agree(heading: str, found: Sequence[Problem], question: str) -> bool:
    """Show what is to be agreed to and ask a person at a terminal; False in a pipe, or for anything else than yes."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    print(heading, *(f"  {in_words(problem)}" for problem in found), sep="\n", file=sys.stderr)
    print(f"{question} [y/N]", end=" ", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().casefold() in {"y", "yes"}


def ask_number(question: str) -> int | None:
    """Ask a person at a terminal for a number; None in a pipe, or for anything else than a number."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return None
    print(question, end=" ", file=sys.stderr, flush=True)
    answer = sys.stdin.readline().strip()
    return int(answer) if answer.isdecimal() else None
