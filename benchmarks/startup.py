"""How long `outreach --help` takes, beside the bare interpreter, in one run. Promise: at most 5 times."""

import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROUNDS = 30


def median_seconds(*command: str) -> float:
    """The median wall-clock time of a command, in seconds."""
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def main() -> None:
    outreach = shutil.which("outreach", path=str(Path(sys.executable).parent)) or "outreach"
    bare = median_seconds(sys.executable, "-c", "pass")
    rows = [("bare interpreter", bare), ("outreach --help", median_seconds(outreach, "--help"))]
    print(f"{'start-up, median of ' + str(ROUNDS):<28}{'ms':>8}{'ratio':>8}")
    for name, seconds in rows:
        print(f"{name:<28}{seconds * 1000:>8.1f}{seconds / bare:>8.2f}")


if __name__ == "__main__":
    main()
