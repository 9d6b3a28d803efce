"""docs/security.md: each requirement once, its counts as its table, and what it names is there."""

import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (\d+\.\d+\.\d+) \| (met|not applicable|open) \| (.+) \|$", TEXT, re.MULTILINE)


def test_each_requirement_stands_once_and_is_counted() -> None:
    numbers = [tuple(map(int, number.split("."))) for number, _, _ in ROWS]
    assert numbers == sorted(set(numbers))
    counts = Counter(verdict for _, verdict, _ in ROWS)
    told = re.search(r"(\d+) requirements, \*\*(\d+) met, (\d+) not\s+applicable, (\d+) open\*\*", TEXT)
    assert told
    assert tuple(map(int, told.groups())) == (
        len(ROWS), counts["met"], counts["not applicable"], counts["open"],
    )  # fmt: skip
    assert all(where != "–" for _, verdict, where in ROWS if verdict == "open"), "what is open says why"


def test_what_it_names_is_there() -> None:
    missing = []
    for _, _, where in ROWS:
        for name in re.findall(r"`([\w./-]+/[\w./-]*|[\w-]+\.py)`", where):
            places = [ROOT / name, ROOT / "outreach" / name]
            if not name.startswith("/") and not any(place.exists() for place in places):
                missing.append(name)
    assert sorted(set(missing) - {"drafts/", "backups/"}) == []
