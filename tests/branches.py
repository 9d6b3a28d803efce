"""Run as a program after the tests: which share of the branches they ran; ends with 1 where it is too small."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path


def main(least: float) -> int:
    """Print the files that lack most, and the whole, in percent."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "coverage.json"
        subprocess.run([sys.executable, "-m", "coverage", "json", "--quiet", "-o", str(out)], check=True)
        found = json.loads(out.read_text(encoding="utf-8"))
    files = sorted(found["files"].items(), key=lambda one: -one[1]["summary"]["missing_branches"])
    for name, one in files[:15]:
        print(f"{one['summary']['missing_branches']:5} of {one['summary']['num_branches']:5} branches not run  {name}")
    totals = found["totals"]
    lines = 100 * totals["covered_lines"] / totals["num_statements"]
    branches = 100 * totals["covered_branches"] / totals["num_branches"]
    print(f"{lines:.1f} % of the statements and {branches:.1f} % of the branches are run; asked for: {least:g} %")
    return 0 if branches >= least else 1


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1])))
