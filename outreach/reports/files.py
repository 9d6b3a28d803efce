"""A file is written whole or not at all: beside its place first, then moved there in one step."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from outreach import platform
from outreach.errors import UserError


@contextmanager
def replacing(out: Path) -> Iterator[Path]:
    """Yield a path beside `out` to write to; at the end of the block it takes the place of `out`.

    If the block fails, `out` is as it was and nothing is left beside it.

    Raises UserError where the folder is missing, or the file is in use or may not be written.
    """
    target = out.resolve() if out.is_symlink() else out
    _check(target)
    beside = target.with_name(f".{secrets.token_hex(6)}.part")
    try:
        yield beside
        platform.replace(beside, target)
    except OSError as error:
        raise UserError(
            "report.not-written",
            "{out} can't be written: {error}.",
            out=out,
            error=error.strerror or error,
            remedy="Close it where it is open, or write to another file."
            if isinstance(error, PermissionError)
            else "Write to another file.",
        ) from error
    finally:
        beside.unlink(missing_ok=True)


def _check(target: Path) -> None:
    folder = target.parent
    if not folder.exists():
        raise UserError(
            "folder.not-there",
            "There is no folder {folder}.",
            folder=folder,
            remedy="Make it, or write to another one.",
        )
    if not folder.is_dir():
        raise UserError(
            "folder.file", "{folder} is a file, not a folder.", folder=folder, remedy="Write to another place."
        )
    if target.is_dir():
        raise UserError(
            "report.folder", "{target} is a folder.", target=target, remedy="Give the report a name of its own."
        )
    if target.exists() and not os.access(target, os.W_OK):
        raise UserError(
            "file.protected",
            "{target} is write-protected.",
            target=target,
            remedy="Allow writing to it, or write to another file.",
        )
