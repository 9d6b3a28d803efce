"""Whether a letter bears the name of somebody who signs no more: asked at the gate, just before DATA.

A withdrawal takes an approval back in its own transaction (signatories.py). What it can't reach by that are letters
that were on their way at that moment and came back, for another try; these meet it here.
"""

from collections.abc import Collection

from sqlalchemy import Connection, select
from sqlmodel import col

from outreach.missions.history import SIGNATORY
from outreach.missions.later_changes import REMOVED
from outreach.models import DirectoryChange, DirectoryImport, Signatory, SignatoryList
from outreach.statement import Row, Statement, in_list
from outreach.text import folded

_LEFT = Statement(
    lambda length: (
        select(col(Signatory.campaign_id))
        .where(col(Signatory.campaign_id).in_(in_list(length)), col(Signatory.absent_since).is_not(None))
        .distinct()
    )
)
_TAKEN_AWAY = Statement(
    lambda _: (
        select(col(DirectoryChange.key))
        .join(DirectoryImport, col(DirectoryImport.id) == col(DirectoryChange.import_id))
        .where(
            col(DirectoryImport.undoes).is_not(None),
            col(DirectoryChange.kind) == SIGNATORY,
            col(DirectoryChange.field) == REMOVED,
        )
    )
)
"""Whom an import that was taken back had brought: of them no row is left that says so."""
_SIGNING = Statement(
    lambda length: select(col(Signatory.campaign_id), col(Signatory.kind), col(Signatory.name_key)).where(
        col(Signatory.campaign_id).in_(in_list(length)), col(Signatory.absent_since).is_(None)
    )
)
_LISTS = Statement(
    lambda length: select(col(SignatoryList.id), col(SignatoryList.entries)).where(
        col(SignatoryList.id).in_(in_list(length))
    )
)


def names_withdrawn(connection: Connection, letters: Collection[Row]) -> dict[int, tuple[str, ...]]:
    """Return, by the number of a letter as the ledger reads it, the names in it that have been withdrawn since."""
    signed = [one for one in letters if one["signatory_list_id"] is not None]
    if not signed:
        return {}
    campaigns = sorted({one["campaign_id"] for one in signed})
    left = {row["campaign_id"] for row in _LEFT.rows(connection, campaigns)}
    left |= {int(row["key"].partition(":")[0]) for row in _TAKEN_AWAY.rows(connection, ())}
    signed = [one for one in signed if one["campaign_id"] in left]
    if not signed:  # as a rule nobody ever left
        return {}
    signing = {(row["campaign_id"], row["kind"], row["name_key"]) for row in _SIGNING.rows(connection, sorted(left))}
    numbers = sorted({one["signatory_list_id"] for one in signed})
    entries = {row["id"]: row["entries"] for row in _LISTS.rows(connection, numbers)}
    found: dict[int, tuple[str, ...]] = {}
    for one in signed:
        names = tuple(
            entry["name"]
            for entry in entries.get(one["signatory_list_id"], ())
            if (one["campaign_id"], entry["kind"], folded(entry["name"])) not in signing
        )
        if names:
            found[one["id"]] = names
    return found
