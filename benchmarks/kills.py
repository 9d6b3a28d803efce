"""The long proof: workers killed at random and started again, on SQLite and on PostgreSQL, with a faulty server.

    python benchmarks/kills.py [RUNS] [LETTERS] [sqlite|postgresql]      (200 and 200, on both)

Promise: no letter twice, none lost. The same in small is in tests/outbox/test_outbox_crash.py.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent.parent), str(Path(__file__).parent)]  # tests/ is no package of ours

import filled_queue as letters  # noqa: E402
import pytest  # noqa: E402

from outreach.database import open_database  # noqa: E402
from tests.outbox.killing import Found, Nursery, kill_and_restart  # noqa: E402
from tests.servers import postgresql  # noqa: E402


def prove(name: str, runs: int, count: int, new_database: Callable[[int], str], workers: Callable[[int], int]) -> None:
    """Make so many runs, say what each came to, and what all did."""
    began = time.monotonic()
    found: list[Found] = []
    with Nursery() as nursery, tempfile.TemporaryDirectory() as state:
        for seed in range(runs):
            url = new_database(seed)
            # Each run is another installation's: its letters have the Message-IDs of the run before.
            os.environ["OUTREACH_STATE_DIR"] = f"{state}/{name.partition(',')[0]}-{seed}"
            engine = open_database(url)
            letters.fill(engine, count)
            share = 0.02 if seed % 2 else 0.0
            one = kill_and_restart(
                nursery, engine, url, seed, workers=workers(seed), kills=3 + seed % 4, share=share
            )  # fmt: skip
            found.append(one)
            engine.dispose()
            if one.duplicates or one.lost:
                print(f"{name}, run {seed}: {one}")
    print(
        f"{name}: {runs} runs of {count} letters, {sum(one.kills for one in found)} kills, "
        f"{sum(one.duplicates for one in found)} duplicates, {sum(one.lost for one in found)} lost, "
        f"{sum(one.states['uncertain'] for one in found)} uncertain; {time.monotonic() - began:.0f} s"
    )


@contextmanager
def sqlite(folder: Path) -> Iterator[Callable[[int], str]]:
    def new(seed: int) -> str:
        for old in folder.glob("*.db*"):
            old.unlink()
        return f"sqlite:///{folder}/{seed}.db"

    yield new


@contextmanager
def on_postgresql(folder: Path) -> Iterator[Callable[[int], str]]:
    import psycopg

    with postgresql(folder) as url, psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as server:

        def new(seed: int) -> str:
            if seed:
                server.execute(f"DROP DATABASE run_{seed - 1}")
            server.execute(f"CREATE DATABASE run_{seed}")
            return f"{url.rpartition('/')[0]}/run_{seed}"

        yield new


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 200
    on = sys.argv[3:] or ["sqlite", "postgresql"]
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # PostgreSQL runs as another user
        if "sqlite" in on:
            with sqlite(Path(folder)) as new:
                prove("SQLite, 1 and 4 workers", runs, count, new, lambda seed: 1 if seed % 2 else 4)
        if "postgresql" in on:
            try:
                with on_postgresql(Path(folder)) as new:
                    prove("PostgreSQL, 4 workers", runs, count, new, lambda _seed: 4)
            except pytest.skip.Exception as why:
                print(f"PostgreSQL: left out. {why}")


if __name__ == "__main__":
    main()
