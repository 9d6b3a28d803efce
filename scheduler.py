"""The long-running process: `python scheduler.py` is `outreach run`."""

import sys

from outreach.cli import main

if __name__ == "__main__":
    sys.exit(main(["run", *sys.argv[1:]]))
