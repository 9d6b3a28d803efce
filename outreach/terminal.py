"""What a person sees on a terminal: tables, progress, problems. In a pipe: plain lines, and no progress."""

import io
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from outreach.errors import OutreachError, Problem
from outreach.pasted import as_json, error_as_json, in_words
from outreach.sentences import Sentence

_NARROWEST = 20
Shown = Callable[[int], None]
"""Takes how many of something long are done, and shows it."""


_unwritten: list[OSError] = []
"""Why standard output takes no more, where that is a fault and not a reader who has gone."""


def take_any_letter() -> None:
    """Let standard output replace the letters that its encoding lacks, such as Windows' cp1252 in a redirection."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="replace")


def say(*lines: str | Sentence) -> None:
    """Print lines to standard output. One that takes no more breaks nothing off: see `flush`."""
    if lines:
        _write("\n".join(map(in_words, lines)) + "\n")


def say_now(line: str) -> bool:
    """Print a line and write it out at once; return whether standard output still takes more."""
    say(line)
    _write("")
    return sys.stdout is not None


def is_seen() -> bool:
    """Whether standard output is a terminal, at which a person sits."""
    return sys.stdout is not None and sys.stdout.isatty()


def say_json(value: Any, *, one_line: bool = False) -> None:
    """Print a value as JSON, in the script that it is written in; where the output has no such letters, escaped."""
    encoding = (getattr(sys.stdout, "encoding", None) or "").lower().replace("-", "").replace("_", "")
    indent = None if one_line else 2
    _write(json.dumps(as_json(value), ensure_ascii=encoding != "utf8", indent=indent, default=str) + "\n")


def flush() -> int:
    """Write out what is still to be written; return 1, and say so, where standard output could not take it all."""
    _write("")
    if not _unwritten:
        return 0
    why = _unwritten[0].strerror or str(_unwritten[0])
    _unwritten.clear()
    warn(f"What there was to say could not all be written: {why}. What the command had to do is done.")
    return 1


def _write(text: str) -> None:
    """Write to standard output, or flush it. Once that fails it is let go of, and the command goes on without words."""
    if sys.stdout is None:
        return
    try:
        if text:
            sys.stdout.write(text)
        else:
            sys.stdout.flush()
    except BrokenPipeError:  # the reader of our output has gone, as in `outreach … | head`
        sys.stdout = None
    except OSError as error:
        _unwritten.append(error)
        sys.stdout = None


def complain(error: OutreachError, *, json_wanted: bool = False) -> None:
    """Print what went wrong, each single problem on its own line, to standard error; or as JSON, for a program."""
    if json_wanted:
        _to_stderr(json.dumps({"error": error_as_json(error)}, ensure_ascii=True, indent=2, default=str))
        return
    _to_stderr(f"outreach: {in_words(error)}", *(f"  {in_words(problem)}" for problem in error.problems))


def warn(words: str | Sentence) -> None:
    """Print what a person should know to standard error; the command goes on."""
    _to_stderr(f"outreach: {in_words(words)}")


def _to_stderr(*lines: str) -> None:
    if sys.stderr is not None:
        with suppress(OSError):
            print(*lines, sep="\n", file=sys.stderr, flush=True)


def is_asked() -> bool:
    """Whether a person sits at both ends, who can be asked."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))


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
    width = _width()
    for row in cells:
        padded = [value + " " * (width - cell_len(value)) for value, width in zip(row, widths, strict=True)]
        line = "  ".join(padded).rstrip()
        say(set_cell_size(line, width).rstrip() if width and cell_len(line) > width else line)


def _cell(value: object) -> str:
    return "" if value is None else " ".join(str(value).split())


def _width() -> int:
    """How wide the terminal is; 0 where there is none, or one so narrow that it will not be a person's."""
    import shutil

    if not is_seen():
        return 0
    width = shutil.get_terminal_size().columns
    return width if width >= _NARROWEST else 0


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
    if sys.stderr is None or not sys.stderr.isatty():
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
    if not is_asked():
        return False
    print(heading, *(f"  {in_words(problem)}" for problem in found), sep="\n", file=sys.stderr)
    print(f"{question} [y/N]", end=" ", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().casefold() in {"y", "yes"}


def ask_words(question: str) -> str | None:
    """Ask a person at a terminal; None in a pipe, and where the input ends."""
    if not is_asked():
        return None
    print(question, end=" ", file=sys.stderr, flush=True)
    line = sys.stdin.readline()
    return line.strip() if line else None


def ask_secret(question: str) -> str:
    """Ask for a password without showing it; in a pipe, take a line."""
    import getpass

    return getpass.getpass(question) if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")


def ask_number(question: str) -> int | None:
    """Ask a person at a terminal for a number; None in a pipe, or for anything else than a number."""
    answer = ask_words(question) or ""
    return int(answer) if answer.isdecimal() else None
