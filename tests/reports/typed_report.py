"""A report as a person fills it in, and the directory that it came from."""

from pathlib import Path
from typing import Any

import openpyxl
from invented_campaign import MADE
from sqlalchemy import Engine
from sqlmodel import select

from outreach.database import writing
from outreach.models import Contact, Delivery, Message
from outreach.text import address_key
from outreach.vocabulary import DeliveryStatus, Line, Role


def list_recipients(engine: Engine) -> None:
    """Put every recipient into the directory as an address that bounced; of each letter the copy (Cc) arrived."""
    with writing(engine) as session:
        for message in session.exec(select(Message)):
            for recipient in session.exec(select(Delivery).where(Delivery.message_id == message.id)):
                if recipient.line is Line.CC:
                    recipient.status = DeliveryStatus.ACCEPTED  # one of two bounced
                session.add(
                    Contact(
                        iso3=message.iso3, role=Role.GENERAL, email=recipient.address,
                        email_key=address_key(recipient.address), bounced_at=MADE, bounce_detail="no such user",
                    )
                )  # fmt: skip


def edit(path: Path, *typed: tuple[str, str, Any]) -> Path:
    """Type values into the rows of states, as a person would."""
    book = openpyxl.load_workbook(path)
    missions = book["Missions"]
    columns = {cell.value: cell.column for cell in missions[1]}
    rows = {row[0].value: row[0].row for row in missions.iter_rows(min_row=2)}
    for iso3, header, value in typed:
        missions.cell(rows[iso3], columns[header]).value = value
    book.save(path)
    return path
