"""A person's data in one file, to be handed to them: what is held as JSON, and their mails as they came."""

import json
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select
from sqlmodel import SQLModel, col

from outreach.actors import Actor
from outreach.database import reading, writing
from outreach.errors import NotFoundError
from outreach.models import Frozen, Message, Reply
from outreach.people import audit
from outreach.privacy.holdings import HeldRow, Holdings, KeptPlace, is_changed, text_columns
from outreach.privacy.typed_drafts import DRAFTS
from outreach.text import counted
from outreach.vocabulary import Act
from outreach.zipped import write_zip

_MAILS = (KeptPlace.FROM, KeptPlace.TO)


def export(engine: Engine, found: Holdings, out: Path, *, by: Actor) -> list[str]:
    """Write what is certainly a person's to a .json file, or to a .zip with the mails and letters too.

    The same database gives the same bytes. Of rows that only mention the person, the texts that do are given; of what
    is the person's, the whole row. Return the names in the file. Raises NotFoundError where nothing is held, UserError
    where the file can't be written.
    """
    if not found.total:
        raise NotFoundError("person.nothing", "Nothing is held of {asked!r}.", asked=" ".join(found.person.asked))
    files: dict[str, bytes] = {}
    with reading(engine) as session:
        places: dict[str, list[dict[str, Any]]] = {}
        for place, some in found.by_place().items():
            rows = places.setdefault(str(place), [])
            for one in some:
                rows.append({"id": one.id, "from": one.table} | _told(session, one))
                if one.table == "reply" and place in _MAILS:
                    raw = session.scalars(select(col(Reply.raw)).where(col(Reply.id) == one.id)).one()
                    if raw:
                        files[f"mails/{one.id}.eml"] = raw
                if one.table == "delivery" and place is KeptPlace.ADDRESSED:
                    files |= _letter(session, one.id)
    told = {
        "asked": list(found.person.asked),
        "addresses": sorted(found.person.keys),
        "names": list(found.person.names),
        "held": places,
        "stays_when_erased": [
            {"what": one.what, "count": one.count, "why": str(one.why), "which": list(one.which)} for one in found.stays
        ],
    }  # fmt: skip
    data = (json.dumps(told, ensure_ascii=False, indent=2, default=str) + "\n").encode()
    names = write_zip(out, {"person.json": data} | files, alone="person.json")
    with writing(engine) as session:  # who it was stays untold: the log outlives an erasure
        audit.record(session, by, Act.PERSON_EXPORTED, detail=counted(found.total, "thing"))
    return names


def _told(session: Any, one: HeldRow) -> dict[str, Any]:
    if one.table == DRAFTS:
        return {"text": one.says}
    table = SQLModel.metadata.tables[one.table]
    (key,) = table.primary_key.columns
    row = session.execute(select(table).where(key == one.id)).mappings().one()
    if one.columns and one.columns != ("key",):
        return {name: row[name] for name in one.columns}
    names = [column.name for column in text_columns(table)] + ["iso3", "kind", "at", "received_at", "signed_on"]
    return {
        name: row[name]
        for name in dict.fromkeys(names)
        if name in row and name != "page" and is_changed(one.table, name)
    }


def _letter(session: Any, delivery: int) -> dict[str, bytes]:
    table = SQLModel.metadata.tables["delivery"]
    query = (
        select(col(Message.id), col(Frozen.raw))
        .join(table, table.c.message_id == col(Message.id))
        .join(Frozen, col(Frozen.message_id) == col(Message.id))
        .where(table.c.id == delivery)
    )
    number, raw = session.execute(query).one()
    return {f"letters/{number}.eml": raw}
