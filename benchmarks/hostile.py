"""How long files and mails made to exhaust keep the processor busy; the tests count the work and know no clock.

For each: seconds of the processor, and the same in megabytes a second. What is made to exhaust is the tests' own.

python benchmarks/hostile.py [WORD]      only those whose name has this word
"""

import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "inbox"), str(ROOT / "tests" / "missions")]


def main(word: str) -> None:
    """Print a line for each."""
    from test_inbox_hostile import BOMBS
    from test_missions_bounds import HOSTILE

    from outreach.errors import SheetError
    from outreach.inbox.classify import understand
    from outreach.missions.books.opening import open_book
    from outreach.missions.books.sheets import find_tables

    for name, raw in BOMBS.items():
        if word in name:
            began = time.process_time()
            understand(raw)
            say(name, len(raw), time.process_time() - began)
    with tempfile.TemporaryDirectory() as folder:
        for name, (file, make, _) in HOSTILE.items():
            if word in name:
                path = Path(folder) / file
                make(path)
                began = time.process_time()
                try:
                    find_tables(open_book(path))
                except SheetError as error:
                    say(f"{name} ({error.message})", path.stat().st_size, time.process_time() - began)


def say(name: str, size: int, seconds: float) -> None:
    """Print one line."""
    print(f"{seconds:8.2f} s  {size / 1e6 / max(seconds, 1e-9):10.1f} MB/s  {name}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "")
