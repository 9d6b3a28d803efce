"""docs/security.md: each requirement once, its counts as its table, and what it names is there."""

import re
import runpy
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


def test_the_bill_of_materials_names_each_package_of_the_lock() -> None:
    made = runpy.run_path(str(ROOT / "docs" / "make_sbom.py"))["bill"]()
    assert (made["bomFormat"], made["specVersion"]) == ("CycloneDX", "1.5")
    lock = (ROOT / "requirements" / "server.txt").read_text(encoding="utf-8")
    scripts = [one for one in made["components"] if one["purl"].startswith("pkg:npm/")]
    assert {"htmx.org", "@codemirror/state", "@codemirror/view", "style-mod"} <= {one["name"] for one in scripts}
    assert all(one["hashes"] and one["purl"].endswith(f"@{one['version']}") for one in scripts)
    of_python = [one for one in made["components"] if one not in scripts]
    assert len(of_python) == len(re.findall(r"^[\w.-]+==", lock, re.MULTILINE)) > 30
    refs = [one["bom-ref"] for one in made["components"]]
    assert len(set(refs)) == len(refs), "of one package there may be two versions, for two systems"
    assert all(one["hashes"] and one["purl"] == f"pkg:pypi/{one['name']}@{one['version']}" for one in of_python)
    assert sum(len(one["hashes"]) for one in of_python) == lock.count("--hash=sha256:")
