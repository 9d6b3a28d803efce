"""Scores the books of contacts that officers really have, as they lie beside the repository, against what is expected.

A book may be taken at once (`right`), after a question (`ask`), or not at all (`refuse`). What matters is the last
word: a book that is taken without a question and comes out otherwise than expected is *silently wrong*.
"""

import csv
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from outreach.actors import named
from outreach.database import open_database, reading
from outreach.errors import OutreachError
from outreach.missions.importer import import_file
from outreach.missions.roster import listing
from outreach.text import address_key


def find_cases(start: Path) -> Path | None:
    """Return the folder of the sheets' cases that lies beside the repository; None where there is none."""
    folders = (parent / "shared" / "cases" / "sheets" for parent in start.parents)
    return next((folder for folder in folders if folder.is_dir()), None)


def read_expected(folder: Path) -> list[dict[str, str]]:
    """Return the rows of an expected.tsv, which has no quoting."""
    with (folder / "expected.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


@dataclass(frozen=True)
class Score:
    """What became of one book."""

    file: str
    outcome: str
    contacts: int
    failures: tuple[str, ...]
    expected: bool
    said: str = ""

    @property
    def silently_wrong(self) -> bool:
        """Whether it was taken without a question, and wrongly or where it had to be asked."""
        return self.outcome == "right" and not self.expected

    def __str__(self) -> str:
        verdict = "as expected" if self.expected else "SILENTLY WRONG" if self.silently_wrong else "other"
        return (
            f"{verdict:<15}{self.file:<34}{self.outcome:<8}{self.contacts:>3}  {'; '.join(self.failures)} {self.said}"
        )


def score(folder: Path, case: Mapping[str, str], database: Path) -> Score:
    """Import a book into a new database, every question answered yes, and compare what can be written to then."""
    engine = open_database(f"sqlite:///{database}")
    asked: list[object] = []
    said = ""

    def agree(guesses: Sequence[object]) -> bool:
        asked.extend(guesses)
        return True

    try:
        import_file(engine, folder / case["file"], ask=agree, by=named("Ana"))
        outcome = "ask" if asked else "right"
    except OutreachError as error:
        outcome, said = "refuse", str(error).replace("\n", " ")[:200]
    with reading(engine) as session:
        rows = {row["iso3"]: row["contacts"] for row in listing(session, [], [], date(2024, 3, 18))}
    engine.dispose()
    number = sum(map(len, rows.values()))
    failures = [] if outcome == "refuse" else list(_failures(rows, json.loads(case["check"])))
    if outcome != "refuse" and str(number) not in case["contacts"].split("|"):
        failures.append(f"{number} contacts instead of {case['contacts']}")
    right = outcome in case["outcome"].split("|") and not failures
    return Score(case["file"], outcome, number, tuple(failures), right, said)


def score_all(folder: Path, empty_database: Path, work: Path) -> list[Score]:
    """Score every book of a folder, each in a copy of an empty database."""
    scores = []
    for number, case in enumerate(read_expected(folder)):
        database = work / f"{number}.db"
        shutil.copyfile(empty_database, database)
        scores.append(score(folder, case, database))
    return scores


def _failures(rows: Mapping[str, Sequence[Mapping[str, Any]]], check: Mapping[str, Mapping[str, Any]]) -> list[str]:
    found = []
    for iso3, wanted in check.items():
        contacts = {address_key(one["email"]): one for one in rows.get(iso3, ())}
        names = {one["name"].casefold() for one in contacts.values()}
        found += [f"{iso3} lacks {a}" for a in wanted.get("emails", ()) if address_key(a) not in contacts]
        found += [f"{iso3} has {a}" for a in wanted.get("not_emails", ()) if address_key(a) in contacts]
        found += [
            f"{iso3} lacks the name {name}, has {sorted(names)}"
            for name in wanted.get("names", ())
            if not names & set(name.casefold().split("|"))
        ]
        found += [
            f"{iso3} has {part!r} in a name"
            for part in wanted.get("not_names", ())
            if any(part.casefold() in name for name in names)
        ]
        for key, field in (("roles", "role"), ("languages", "language"), ("lines", "line")):
            for address, value in wanted.get(key, {}).items():
                is_so = str(contacts.get(address_key(address), {}).get(field)).casefold()
                turned, values = value.startswith("!"), value.removeprefix("!").casefold().split("|")
                if (is_so in values) is turned:
                    found.append(f"{iso3} {address}: {field} {is_so}")
        if (
            "gender" in wanted
            and contacts
            and wanted["gender"] not in [one["gender_form"] for one in contacts.values()]
        ):
            found.append(f"{iso3}: gender")
    return found
