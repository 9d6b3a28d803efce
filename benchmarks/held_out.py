"""How well unseen mail systems would be read: each family of real mails by the rules that the other families need.

    python benchmarks/held_out.py FOLDER OF MAILS     with its expected.tsv

The files of one family (`lhost-exim-02.eml` is one of `lhost-exim`) are judged without every expression of
refusals.toml and every entry of dialects.toml that matches in no other family's mail: as if that family had never been
seen. What matches in no mail at all was not learned here, and stays.
"""

import csv
import re
import sys
import tomllib
from collections import Counter, defaultdict
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

from outreach.inbox import codes, dialects, failed, origin
from outreach.inbox.classify import understand
from outreach.outbox import refusals
from outreach.vocabulary import MailKind

Rows = dict[str, list[dict[str, str]]]


def family(name: str) -> str:
    return re.sub(r"-\d+\.eml$", "", name)


def expected(folder: Path) -> Rows:
    rows: Rows = defaultdict(list)
    with (folder / "expected.tsv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            rows[row["file"]].append(row)
    return rows


def judged(folder: Path, wanted: Rows, names: list[str]) -> Counter[str]:
    """Count what is right and what there is, for kind, permanence and status."""
    count: Counter[str] = Counter()
    for name in names:
        raw, rows = (folder / name).read_bytes(), wanted[name]
        found = understand(raw)
        kind = {"feedback": "complaint"}.get(rows[0]["kind"], rows[0]["kind"])
        count["kinds"] += 1
        count["kinds right"] += found.kind == kind or (kind == "bounce" and found.kind is MailKind.DELAYED)
        if kind != "bounce":
            continue
        count["recipients"] += len(rows)
        pairs = zip(found.recipients, rows, strict=False)
        count["permanence right"] += sum(one.permanent is (row["permanent"] == "true") for one, row in pairs)
        held = Counter(row["status"] for row in rows if row["status"] and row["status"].encode() in raw)
        count["statuses"] += held.total()
        count["status right"] += (held & Counter(one.status for one in found.recipients)).total()
    return count


def told(title: str, count: Counter[str]) -> None:
    parts = (("kind", "kinds right", "kinds"), ("permanent or temporary", "permanence right", "recipients"),
             ("status", "status right", "statuses"))  # fmt: skip
    shares = (f"{name} {count[right] / count[of]:.1%} of {count[of]}" for name, right, of in parts)
    print(f"{title}: {', '.join(shares)}")


class Rules:
    """The two tables, and in which families' mails each of their entries matches."""

    def __init__(self, folder: Path, names: list[str]) -> None:
        self.reasons = tomllib.loads((files("outreach.outbox") / "refusals.toml").read_text(encoding="utf-8"))["reason"]
        self.dialects = dict(dialects.tables())
        texts: dict[str, list[str]] = defaultdict(list)
        whole: dict[str, list[str]] = defaultdict(list)
        real = refusals.reason_in
        for name in names:
            asked = texts[family(name)]

            def noted(words: str, status: str = "", asked: list[str] = asked) -> Any:
                asked.append(refusals.plain(words))
                return real(words, status)

            raw = (folder / name).read_bytes()
            with_reason_in(noted, lambda raw=raw: understand(raw))
            whole[family(name)].append(raw.decode("latin-1").lower())
        self.words = {
            words: {
                one
                for one, said in texts.items()
                if any(re.search(refusals.without_accents(words), text) for text in said)
            }
            for row in self.reasons
            for words in row["words"]
        }
        self.entries = {
            entry: {one for one, said in whole.items() if any(entry in text for text in said)}
            for values in self.dialects.values()
            for entry in values
        }

    def without(self, one: str) -> int:
        """Put those rules in force that another family than this one needs, or none; return how many are missing."""
        missing = 0
        rows = []
        for row in self.reasons:
            kept = [words for words in row["words"] if self.words[words] != {one}]
            missing += len(row["words"]) - len(kept)
            rows.append({**row, "words": kept})
        tables = {
            name: tuple(entry for entry in values if self.entries[entry] != {one})
            for name, values in self.dialects.items()
        }
        missing += sum(map(len, self.dialects.values())) - sum(map(len, tables.values()))
        in_force = refusals.in_order(rows)
        refusals.refusals = lambda: in_force  # type: ignore[assignment]
        refusals.reason_in.cache_clear()
        refusals.reason_of.cache_clear()
        dialects.tables = origin.tables = lambda: tables  # type: ignore[assignment]
        return missing


def with_reason_in(new: Any, work: Callable[[], object]) -> None:
    """Do some work while `reason_in` is another, wherever it was imported to."""
    places = [codes, failed]
    old = [place.reason_in for place in places]
    for place in places:
        place.reason_in = new
    try:
        work()
    finally:
        for place, one in zip(places, old, strict=True):
            place.reason_in = one


def main() -> None:
    folder = Path(sys.argv[1])
    wanted = expected(folder)
    names = sorted(wanted)
    told("all rules", judged(folder, wanted, names))
    rules = Rules(folder, names)
    count: Counter[str] = Counter()
    missing = 0
    families = sorted(set(map(family, names)))
    for one in families:
        missing += rules.without(one)
        count += judged(folder, wanted, [name for name in names if family(name) == one])
    told(f"each of {len(families)} families unseen ({missing} rules are one family's own)", count)


if __name__ == "__main__":
    main()
