"""What the directory's history says was changed after an import, row by row, also where an address moved on."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from sqlmodel import Session, col, select

from outreach.models import DirectoryChange, DirectoryImport
from outreach.text import address_key

Place = tuple[str, str, str]
"""Where the history finds a row: its kind, its state, and its key."""
ADDED, REMOVED = "added", "removed"
"""The fields of a change that is about a whole row."""


class LaterChanges:
    """The changes of an import and of all after it that still stand, by the row that they are about.

    A row is followed through each change of its address: values that have come back hide nothing.
    """

    def __init__(self, session: Session, since: int, kinds: Collection[str]) -> None:
        self.since = since
        self._row_of_change: dict[int, int] = {}
        self._later: dict[int, list[tuple[int, str]]] = {}
        """By row: by which import it was changed later, and in which field."""
        self._again: dict[int, set[str]] = {}
        """By row: the fields that were put back later, with an import from before."""
        rows: dict[Place, int] = {}
        count = 0
        query = (
            select(DirectoryChange, DirectoryImport.undone_at, DirectoryImport.undoes)
            .join(DirectoryImport, col(DirectoryImport.id) == col(DirectoryChange.import_id))
            .where(col(DirectoryChange.import_id) >= since, col(DirectoryChange.kind).in_(kinds))
            .order_by(col(DirectoryChange.import_id), col(DirectoryChange.id))
        )
        for change, undone_at, undoes in session.exec(query):
            place = before = (change.kind, change.iso3, change.key)
            if change.field == "email":
                before = (change.kind, change.iso3, address_key(str(change.old)))
            row = rows.pop(before, None) if change.field != ADDED else None
            if row is None:
                row = count = count + 1
            if change.field != REMOVED:
                rows[place] = row
            self._row_of_change[change.id or 0] = row
            if undoes is not None and undoes < since:
                self._again.setdefault(row, set()).add(change.field)
            if change.import_id > since and undone_at is None and undoes is None:
                self._later.setdefault(row, []).append((change.import_id, change.field))
        self._places = {row: place for place, row in rows.items()}
        self._rows = rows

    def place(self, change: DirectoryChange) -> Place | None:
        """Return where the row of a change of the import stands by now; None where it was taken away since."""
        return self._places.get(self._row_of_change[change.id or 0])

    def of(self, change: DirectoryChange) -> Mapping[str, Sequence[int]]:
        """Return what was changed since of what a change of the import changed: fields, each by which imports."""
        row = self._row_of_change[change.id or 0]
        return self._by_field(row, None if change.field == ADDED else (change.field,))

    def of_row(self, place: Place, fields: Collection[str]) -> Mapping[str, Sequence[int]]:
        """Return which of these fields of the row that stands there now were changed since, each by which imports."""
        return self._by_field(self._rows.get(place), fields)

    def is_back(self, place: Place, fields: Collection[str]) -> bool:
        """Whether one of these fields of the row that stands there was put back since, with an import from before."""
        return not self._again.get(self._rows.get(place, 0), set()).isdisjoint(fields)

    def first(self, numbers: Iterable[int]) -> list[int]:
        """Return which imports have to be taken back before, the latest first: these, and what hangs on them."""
        changes: dict[int, set[tuple[int, str]]] = {}
        for row, later in self._later.items():
            for number, field in later:
                changes.setdefault(number, set()).add((row, field))
        wanted, touched = set(numbers), set[tuple[int, str]]()
        for number in sorted(changes):
            if number in wanted or any(one in touched or (one[0], ADDED) in touched for one in changes[number]):
                wanted.add(number)
                touched |= changes[number]
        return sorted(wanted, reverse=True)

    def _by_field(self, row: int | None, fields: Collection[str] | None) -> dict[str, list[int]]:
        """Return the later changes of a row in these fields, or in any."""
        found: dict[str, list[int]] = {}
        for number, field in self._later.get(row or 0, ()):
            if (fields is None or field in fields) and number not in (numbers := found.setdefault(field, [])):
                numbers.append(number)
        return found
