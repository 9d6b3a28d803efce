"""Who signs: the people and organisations under a letter, from a CSV file in its folder."""

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from outreach.errors import LetterError, Problem
from outreach.text import folded, one_line

_COLUMNS = ("kind", "name", "title", "affiliation", "acronym", "country")


@dataclass(frozen=True, slots=True)
class Signatory:
    """A person (name, title, affiliation) or an organisation (name, acronym, country)."""

    name: str
    title: str = ""
    affiliation: str = ""
    acronym: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True)
class Signatories:
    """The two lists under a joint letter."""

    individuals: tuple[Signatory, ...] = ()
    organisations: tuple[Signatory, ...] = ()

    def __len__(self) -> int:
        return len(self.individuals) + len(self.organisations)


def read_signatories(path: Path) -> Signatories:
    """Read the file `path`: columns kind (individual or organisation), name, title, affiliation, acronym, country.

    Raises LetterError, which lists every bad row with its line and cure.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise LetterError(
            f"There is no file {path}.", cure="Write it, or remove `signatories` in letter.toml."
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise LetterError(f"{path} can't be read: {error}.", cure="Save it as CSV in UTF-8.") from None
    rows = csv.DictReader(io.StringIO(text), restkey="")
    if not {"kind", "name"} <= set(rows.fieldnames or ()):
        raise LetterError(f"{path}, line 1: the columns kind and name are needed.", cure=f"Use: {', '.join(_COLUMNS)}.")
    lists: dict[str, list[Signatory]] = {"individual": [], "organisation": []}
    problems: list[Problem] = []
    seen: dict[str, int] = {}
    for row in rows:
        where = f"{path}, line {rows.line_num}"
        kind = folded(row.get("kind") or "")
        fields = {column: one_line(row.get(column) or "") for column in _COLUMNS[1:]}
        if not any(fields.values()) and not kind:
            continue
        if kind not in lists:
            problems.append(Problem(where, f"{row.get('kind')!r} is no kind", "Write individual or organisation."))
        elif not fields["name"]:
            problems.append(Problem(where, "the name is empty", "Write it, or remove the line."))
        elif (first := seen.setdefault(f"{kind} {folded(fields['name'])}", rows.line_num)) != rows.line_num:
            problems.append(Problem(where, f"{fields['name']!r} signs twice (line {first})", "Remove one of the two."))
        else:
            lists[kind].append(Signatory(**fields))
    if problems:
        raise LetterError(f"{path} can't be taken.", problems=problems)
    return Signatories(tuple(lists["individual"]), tuple(lists["organisation"]))
