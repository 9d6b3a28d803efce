"""A person's data in one file, to be handed to them: what is held as JSON, and their mails as they came."""

import json
import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select
from sqlmodel import Session, SQLModel, col

from outreach.actors import Actor
from outreach.database import reading, writing
from outreach.errors import NotFoundError
from outreach.models import Frozen, Message, Reply
from outreach.people import audit
from outreach.privacy.holdings import MAIL_WORDS, HeldRow, Holdings, KeptPlace, is_changed, text_columns
from outreach.privacy.identity import NaturalPerson
from outreach.privacy.typed_drafts import DRAFTS
from outreach.text import address_key, counted
from outreach.vocabulary import Act
from outreach.zipped import write_zip

_MAILS = (KeptPlace.FROM, KeptPlace.TO)
_BLACK = "[…]"
_ADDRESS = re.compile(r"[\w.+%'-]+@[\w-]+(?:\.[\w-]+)+")
_SENTENCE_ENDS = re.compile(r"(?<=[.!?;])\s+|\n+")


class OthersWords(StrEnum):
    """What is handed over of mails that somebody else wrote and that mention the person (GDPR Art. 15(4))."""

    LEFT_OUT = "left-out"
    """Only that there is such a mail, and of which day."""
    BLACKED_OUT = "blacked-out"
    """Its sentences that name the person; whoever else wrote or is addressed in them is blacked out."""


@dataclass(frozen=True, slots=True)
class HandedOver:
    """What was written."""

    files: tuple[str, ...]
    """The names in the file."""
    of_others: int
    """How many things are words of others, which were left out or blacked out."""


def export(
    engine: Engine, found: Holdings, out: Path, *, by: Actor, others: OthersWords = OthersWords.LEFT_OUT
) -> HandedOver:
    """Write what is certainly a person's to a .json file, or to a .zip with the mails and letters too.

    The same database gives the same bytes. Of rows that only mention the person, the texts that do are given, other
    people's addresses blacked out; of what is the person's, the whole row; of what others wrote in mails, what
    `others` says. Raises NotFoundError where nothing is held, UserError where the file
    can't be written.
    """
    if not found.total:
        raise NotFoundError("person.nothing", "Nothing is held of {asked!r}.", asked=" ".join(found.person.asked))
    files: dict[str, bytes] = {}
    with reading(engine) as session:
        places: dict[str, list[dict[str, Any]]] = {}
        theirs = words_of_others(session, found)
        for place, some in found.by_place().items():
            rows = places.setdefault(str(place), [])
            for one in some:
                rows.append({"id": one.id, "from": one.table} | _handed(session, found, one, others, theirs))
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
        "words_of_others": str(others),
        "held": places,
        "stays_when_erased": [
            {"what": one.what, "count": one.count, "why": str(one.why), "which": list(one.which)} for one in found.stays
        ],
    }  # fmt: skip
    data = (json.dumps(told, ensure_ascii=False, indent=2, default=str) + "\n").encode()
    names = write_zip(out, {"person.json": data} | files, alone="person.json")
    with writing(engine) as session:  # who it was stays untold: the log outlives an erasure
        audit.record(session, by, Act.PERSON_EXPORTED, detail=counted(found.total, "thing"))
    return HandedOver(tuple(names), len(theirs))


def words_of_others(session: Session, found: Holdings) -> set[HeldRow]:
    """Return which of the things that are held are what somebody else wrote in a mail, or were taken out of one."""
    theirs = [one for one in found.certain if one.table == "reply" and one.place is KeptPlace.MENTIONED]
    hers = {one.id for one in found.certain if one.table == "reply" and one.place in _MAILS}
    for one in found.certain:
        table = SQLModel.metadata.tables.get(one.table)
        if table is not None and one.table in MAIL_WORDS:
            (key,) = table.primary_key.columns
            mail = session.execute(select(table.c.reply_id).where(key == one.id)).scalar_one()
            if mail is not None and mail not in hers:
                theirs.append(one)
    return set(theirs)


def _handed(
    session: Session, found: Holdings, one: HeldRow, others: OthersWords, theirs: set[HeldRow]
) -> dict[str, Any]:
    """What is told of a thing: whole where it is the person's own, without others' addresses and words elsewhere."""
    told = _told(session, one)
    if one.table == "reply" and one not in theirs:
        return told
    if one not in theirs:
        return {name: _without_others(value, found.person) for name, value in told.items()}
    if others is OthersWords.LEFT_OUT:
        day = {name: told[name] for name in ("received_at", "at") if name in told}
        return day | {"left_out": "words of somebody else that name the person"}
    bearing = {name: _named_only(value, found.person) for name, value in told.items() if name != "sender"}
    return {name: value for name, value in bearing.items() if value not in ("", [], {})}


def _without_others(value: Any, person: NaturalPerson) -> Any:
    """Return plain data with the addresses of others blacked out."""
    if isinstance(value, str):
        return _ADDRESS.sub(lambda at: at[0] if person.has_address(address_key(at[0])) else _BLACK, value)
    if isinstance(value, dict):
        return {name: _without_others(one, person) for name, one in value.items()}
    return [_without_others(one, person) for one in value] if isinstance(value, list) else value


def _named_only(value: Any, person: NaturalPerson) -> Any:
    """Return plain data with each sentence blacked out that doesn't name the person; "" where none does."""
    if not isinstance(value, str):
        return _BLACK if isinstance(value, dict | list) and value else value
    made: list[str] = []
    for part in _SENTENCE_ENDS.split(value):
        shown = _without_others(part, person) if person.spans(part) else _BLACK
        if part.strip() and made[-1:] != [shown]:
            made.append(shown)
    return "" if made in ([], [_BLACK]) else " ".join(made)


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
