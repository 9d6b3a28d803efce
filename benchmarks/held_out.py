"""How well unseen mail systems would be read: each system's real mails by the rules that the other systems need.

    python benchmarks/held_out.py FOLDER [--flufl FOLDER] [--each]

FOLDER holds mails with an expected.tsv, as Sisimai's data set (shared/corpora/bounces). With --flufl: also the test
mails of flufl.bounce, from the `tests/data` of its source distribution (`pip download --no-binary :all: flufl.bounce`),
which lie beside the list of what is expected of them. Its reading of addresses, on which ours falls back, is switched
off then: its own mails would prove nothing. `--each` prints a line for each mail system.

The mails of one system (`lhost-exim-02.eml` and `exim_01.txt` are two of `exim`) are judged without every expression of
refusals.toml and every entry of dialects.toml that matches in no other system's mail: as if that system had never been
seen. What matches in no mail at all was not learned here, and stays; and what other systems answer while we send
(tests/outbox/answers.tsv, from their manuals) is other systems' too.
"""

import argparse
import ast
import csv
import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from outreach.inbox import bounce, codes, dialects, failed, origin
from outreach.inbox.classify import understand
from outreach.inbox.finding import RecipientFinding
from outreach.outbox.blame import refusals
from outreach.text import address_key, without_accents
from outreach.vocabulary import MailKind

UNSURE = frozenset(["filtered", "suspend", "undefined", "onhold"])
"""Reasons of which the data set itself is not sure whether the address is dead.

`filtered` is its word for a user unknown who was not told so in reply to RCPT TO, as far as the mail shows.
"""
_GUESS = re.compile(r"\d\.0\.9\d\d")
"""A status of the data set's own, where the mail holds none: a guess, as it says."""


@dataclass(frozen=True)
class Mail:
    """A mail, and what is expected of it."""

    system: str
    raw: bytes
    kind: str
    dead: tuple[tuple[bool, bool], ...] = ()
    """For each recipient: is its address dead, and is that sure?"""
    statuses: tuple[str, ...] = ()
    addresses: frozenset[str] | None = None
    """Those that failed, where that is told."""
    passes: bool = False
    """Whether the failure is temporary: then no address is dead."""


def sisimai(folder: Path) -> list[Mail]:
    rows: dict[str, list[dict[str, str]]] = defaultdict(list)
    with (folder / "expected.tsv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            rows[row["file"]].append(row)
    found = []
    for name, some in sorted(rows.items()):
        raw = (folder / name).read_bytes()
        kind = {"feedback": "complaint"}.get(some[0]["kind"], some[0]["kind"])
        dead = tuple((row["permanent"] == "true", sure(row)) for row in some)
        held = tuple(row["status"] for row in some if row["status"] and row["status"].encode() in raw)
        bounced = kind == "bounce"
        system = re.sub(r"-\d+\.eml$", "", name).removeprefix("lhost-")
        found.append(Mail(system, raw, kind, dead if bounced else (), held if bounced else ()))
    return found


def sure(row: Mapping[str, str]) -> bool:
    """Tell whether the data set is sure of a recipient's verdict."""
    return row["reason"] not in UNSURE and not _GUESS.fullmatch(row["status"])


def flufl(folder: Path) -> list[Mail]:
    """The mails that its table of detectors names: the file, the addresses, and whether the failure is temporary."""
    table = next(
        node.value
        for node in ast.parse((folder.parent / "test_detectors.py").read_text(encoding="utf-8")).body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "DETECTORS"
    )
    found = []
    for _, name, addresses, passes in ast.literal_eval(table):
        system = name.partition("_")[0] if not name.startswith(("simple_", "dsn_", "bounce_")) else name
        keys = frozenset(address_key(one.decode()) for one in addresses)
        if keys:
            found.append(Mail(system, (folder / name).read_bytes(), "bounce", addresses=keys, passes=passes))
    return found


def answers(systems: set[str]) -> Iterator[tuple[str, str]]:
    """Give each answer that is known of a mail server, and the system that gives it: one of these where it is named."""
    names = {re.sub(r"\d+$", "", one): one for one in systems} | {"google": "gmail", "microsoft": "office365"}
    with (Path(__file__).parent.parent / "tests" / "outbox" / "answers.tsv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            source = row["source"].lower()
            system = next((one for name, one in names.items() if len(name) > 2 and name in source), source)
            yield system, refusals.said(row["words"], row["enhanced"])


def judged(mails: list[Mail]) -> Counter[str]:
    """Count what is right and what there is, for kind, permanence, status and address."""
    count: Counter[str] = Counter()
    for mail in mails:
        found = understand(mail.raw)
        count["kinds"] += 1
        count["kind"] += found.kind == mail.kind or (mail.kind == "bounce" and found.kind is MailKind.DELAYED)
        for place, (dead, sure) in enumerate(mail.dead):
            told = found.recipients[place].permanent if place < len(found.recipients) else "missing"
            count["recipients"] += 1
            count["verdict"] += told is dead
            count["sure"] += sure
            count["sure and right"] += sure and told is dead
            count["unknown, rightly"] += told is None and not sure
            count["alive called dead"] += told is True and not dead and sure
        count["statuses"] += len(mail.statuses)
        count["status"] += (Counter(mail.statuses) & Counter(one.status for one in found.recipients)).total()
        if mail.addresses is not None:
            count["addressed"] += 1
            count["address"] += mail.addresses <= {address_key(one.address) for one in found.recipients}
            count["alive called dead"] += mail.passes and any(one.permanent for one in found.recipients)
    return count


def told(title: str, count: Counter[str]) -> None:
    count["verdict or rightly unknown"] = count["verdict"] + count["unknown, rightly"]
    parts = (
        ("kind", "kind", "kinds"),
        ("permanent or temporary", "verdict", "recipients"),
        ("of the sure ones", "sure and right", "sure"),
        ("the same or rightly unknown", "verdict or rightly unknown", "recipients"),
        ("status", "status", "statuses"),
        ("addresses", "address", "addressed"),
    )
    shares = [f"{name} {count[right] / count[of]:.1%} of {count[of]}" for name, right, of in parts if count[of]]
    print(f"{title}: {', '.join(shares)}, alive called dead {count['alive called dead']}")


class Rules:
    """The two tables, and in which systems' mails each of their entries matches."""

    def __init__(self, mails: list[Mail]) -> None:
        table = tomllib.loads((files("outreach.outbox.blame") / "refusals.toml").read_text(encoding="utf-8"))
        self.reasons = refusals.written_out(table)
        self.dialects = dict(dialects.tables())
        texts: dict[str, list[str]] = defaultdict(list)
        whole: dict[str, list[str]] = defaultdict(list)
        real = refusals.reason_in
        for mail in mails:
            asked = texts[mail.system]

            def noted(words: str, status: str = "", asked: list[str] = asked) -> Any:
                asked.append(refusals.said(words, status))
                return real(words, status)

            with_reason_in(noted, lambda raw=mail.raw: understand(raw))
            whole[mail.system].append(mail.raw.decode("latin-1").lower())
        for system, said in answers(set(texts)):
            texts[system].append(said)
        self.words = {
            words: {one for one, said in texts.items() if any(map(expression.search, said))}
            for row in self.reasons
            for words in row["words"]
            for expression in [re.compile(without_accents(words))]
        }
        self.entries = {
            entry: {one for one, said in whole.items() if any(entry in text for text in said)}
            for values in self.dialects.values()
            for entry in values
        }

    def without(self, one: str) -> int:
        """Put those rules in force that another system than this one needs, or none; return how many are missing."""
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
        for remembers in (refusals.all_words, refusals.reason_said, refusals.reason_of, refusals.decided_by):
            remembers.cache_clear()
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


def unhelped(_mail: object, unnamed: RecipientFinding) -> tuple[RecipientFinding, ...]:
    """What is told of a mail in which no address was found, without flufl.bounce."""
    return (unnamed,)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--flufl", type=Path)
    parser.add_argument("--each", action="store_true")
    args = parser.parse_args()
    sources = [sisimai(args.folder)]
    if args.flufl:
        sources.append(flufl(args.flufl))
        bounce._named_by_flufl = unhelped  # noqa: SLF001
    mails = [mail for source in sources for mail in source]
    for source in sources:
        told("all rules", judged(source))
    rules = Rules(mails)
    counts: list[Counter[str]] = [Counter() for _ in sources]
    missing = 0
    systems = sorted({mail.system for mail in mails})
    for one in systems:
        missing += rules.without(one)
        for source, count in zip(sources, counts, strict=True):
            own = judged([mail for mail in source if mail.system == one])
            count.update(own)
            if args.each and own:
                told(f"  {one} unseen", own)
    for count in counts:
        told(f"each of {len(systems)} systems unseen ({missing} rules are one system's own)", count)


if __name__ == "__main__":
    main()
