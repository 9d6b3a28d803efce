"""The long proof: any number of seeds of the simulation, on SQLite or PostgreSQL; or the mutants, and what finds each.

    python benchmarks/simulate.py [--seeds 1000] [--start 0] [--jobs 1] [--database URL] [--mutants [WORDS]]

A seed that breaks a law is told as the shortest story that still does. `--database` is the URL of a PostgreSQL database
of its own, whose schema `public` is thrown away; with `--database postgresql` a server is started for it.
"""

import argparse
import sys
import time
from collections.abc import Iterable
from contextlib import ExitStack
from functools import cache
from multiprocessing import get_context
from multiprocessing.util import Finalize
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parent.parent))  # tests/ is no package of ours

from tests.simulation.story import Found, run, shrunk
from tests.simulation.world import Grounds

_MOST_TOLD = 5


@cache
def _grounds(url: str) -> Grounds:
    """What a process plays its seeds in, made once: the schema alone takes as long as some ten seeds."""
    grounds = Grounds(url)
    ending = ExitStack()
    ending.callback(grounds.close)
    ending.enter_context(grounds.patched())
    Finalize(None, ending.close, exitpriority=1)  # a process of a pool ends without `atexit`
    return grounds


def some(given: tuple[str, int, int]) -> tuple[int, list[Found]]:
    url, start, count = given
    grounds, found = _grounds(url), list[Found]()
    for seed in range(start, start + count):
        broken = run(grounds, seed)
        if broken is not None:
            found.append(shrunk(grounds, broken) if len(found) < _MOST_TOLD else broken)
    return count, found


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=1000)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--database", default="")
    parser.add_argument("--mutants", nargs="?", const="all", default="", metavar="WORDS")
    args = parser.parse_args()
    if args.mutants:
        from tests.simulation.mutants import tell

        return tell(args.seeds, args.start, args.mutants.replace("all", ""))
    if args.database == "postgresql":
        from tests.servers import postgresql

        with TemporaryDirectory() as folder, postgresql(Path(folder)) as url:
            args.database = url
            return prove(args)
    return prove(args)


def prove(args: argparse.Namespace) -> int:
    began, done, broken = time.monotonic(), 0, 0
    size = 500
    parts = [
        (args.database, start, min(size, args.start + args.seeds - start))
        for start in range(args.start, args.start + args.seeds, size)
    ]
    pool = get_context("spawn").Pool(1 if args.database else args.jobs)
    try:
        results: Iterable[tuple[int, list[Found]]] = pool.imap(some, parts)
        for count, found in results:
            done, broken = done + count, broken + len(found)
            for one in found[:_MOST_TOLD]:
                print(one, flush=True)
            spent = time.monotonic() - began
            print(f"{done} seeds, {broken} violations; {spent:.0f} s, {1000 * spent / done:.1f} ms a seed", flush=True)
    finally:  # not terminated: each puts away what it made
        pool.close()
        pool.join()
    return 1 if broken else 0


if __name__ == "__main__":
    raise SystemExit(main())
