"""Work that is counted, where a test says that something hostile costs little.

How long a thing takes says how busy the machine is, and a limit of time is either so wide that it holds nothing or
fails one day in ten. So work is counted: what a zip archive gives out, how many functions are called. What is counted
is the same on every machine, each time. Times are measured in benchmarks/hostile.py.
"""

import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

T = TypeVar("T")


class Unpacked:
    """How many bytes came out of zip archives."""

    bytes = 0


@contextmanager
def unpacking() -> Iterator[Unpacked]:
    """Count what is inflated while the block runs."""
    counted = Unpacked()
    read = zipfile.ZipExtFile.read

    def counting(self: zipfile.ZipExtFile, n: int | None = -1) -> bytes:
        got = read(self, n)
        counted.bytes += len(got)
        return got

    zipfile.ZipExtFile.read = counting  # type: ignore[assignment]
    try:
        yield counted
    finally:
        zipfile.ZipExtFile.read = read  # type: ignore[method-assign]


def calls_of(work: Callable[[], T]) -> tuple[T, int]:
    """Return what it returns, and how many functions were called meanwhile, those in C among them."""
    count = 0

    def called(_frame: Any, event: str, _what: Any) -> None:
        nonlocal count
        if event in ("call", "c_call"):
            count += 1

    before = sys.getprofile()
    sys.setprofile(called)
    try:
        result = work()
    finally:
        sys.setprofile(before)
    return result, count
