"""Approved letters by the thousand, for the benchmarks and the long proofs: in the database, due now."""

import random
import string
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, insert

from outreach import clock
from outreach.database import open_database, working
from outreach.models import Campaign, Contact, Delivery, Frozen, Message, Mission, Response
from outreach.vocabulary import CampaignState, Line, MessageState, Role

_WORDS = ("the", "Council", "members", "states", "protection", "defenders", "reprisals", "session", "resolution")
_SIGNS = string.digits + string.ascii_letters
SENDER = "secretariat@coalition.example"


def code(number: int) -> str:
    """The key of an invented mission: three of 62 signs."""
    return "".join(_SIGNS[number // 62**place % 62] for place in (2, 1, 0))


def address(number: int) -> str:
    return f"pr@{number}.mission.example"


def letter(number: int, size: int = 6000) -> bytes:
    """A mail of about that size, plain text and HTML."""
    rng = random.Random(number)
    words = " ".join(rng.choice(_WORDS) for _ in range(size // 16))
    lines = "\r\n".join(words[start : start + 72] for start in range(0, len(words), 72))
    part = "--b\r\nContent-Type: text/{}; charset=utf-8\r\n\r\n{}\r\n"
    return (
        f"From: Secretariat <{SENDER}>\r\nTo: {address(number)}\r\nSubject: Joint letter {number}\r\n"
        f"Message-ID: <{number}@coalition.example>\r\nMIME-Version: 1.0\r\n"
        f'Content-Type: multipart/alternative; boundary="b"\r\n\r\n{part.format("plain", lines)}'
        f"{part.format('html', '<p>' + lines + '</p>')}--b--\r\n"
    ).encode()


def fill(
    engine: Engine,
    count: int,
    *,
    name: str = "bench",
    campaign: int = 1,
    first: int = 1,
    missions: Mapping[str, Sequence[str]] | None = None,
    due: datetime | None = None,
) -> None:
    """Put so many letters of a confirmed campaign into the queue, due now unless a moment is given.

    They go to invented missions, or to those given with their addresses, which are in the database already; the letters
    and the campaign are numbered from `first` and `campaign` on.
    """
    now = due or clock.now() - timedelta(seconds=1)

    codes = list(missions or ())

    def whose(number: int) -> str:
        return codes[number - first] if codes else code(number)

    with working(engine) as connection:
        connection.execute(
            insert(Campaign.__table__),  # type: ignore[attr-defined]
            {
                "id": campaign, "name": name, "letter": "x", "audience": [], "exceptions": [], "as_of": now.date(),
                "time_zone": "Europe/Zurich", "state": CampaignState.SCHEDULED, "reason": "", "created_at": now,
                "approved_by": "", "due_at": now, "confirmed_missions": count, "spread_minutes": 0,
                "working_hours": False, "follow_after": "", "follow_to": "", "forgiven_tried": 0, "forgiven_failed": 0,
            },
        )  # fmt: skip
        for start in range(first, first + count, 1000):
            numbers = range(start, min(start + 1000, first + count))
            if not missions:
                connection.execute(
                    insert(Mission.__table__),  # type: ignore[attr-defined]
                    [
                        {
                            "iso3": code(n), "short_name": code(n), "formal_name": code(n), "regional_group": "",
                            "status": "", "language": "en", "city": "", "time_zone": "Europe/Zurich", "tags": [],
                        }
                        for n in numbers
                    ],
                )  # fmt: skip
            connection.execute(
                insert(Contact.__table__),  # type: ignore[attr-defined]
                [
                    {
                        "iso3": code(n), "role": Role.GENERAL, "form_of_address": "", "name": "", "title": "",
                        "email": address(n), "email_key": address(n), "line": Line.TO, "active": True,
                        "bounce_detail": "",
                    }
                    for n in numbers
                ],
            )  # fmt: skip
            connection.execute(
                insert(Response.__table__),  # type: ignore[attr-defined]
                [{"campaign_id": campaign, "iso3": whose(n), "note": "", "changed_by": ""} for n in numbers],
            )
            connection.execute(
                insert(Message.__table__),  # type: ignore[attr-defined]
                [
                    {
                        "id": n, "campaign_id": campaign, "iso3": whose(n), "message_id": f"<{n}@coalition.example>",
                        "language": "en", "subject": f"Joint letter {n}", "envelope_from": SENDER,
                        "size": len(letter(n)), "smtputf8": False, "in_reply_to": "", "state": MessageState.QUEUED,
                        "reason": "", "due_at": now, "next_try_at": now, "attempts": 0, "smtp_reply": "",
                        "rehearsed": False,
                    }
                    for n in numbers
                ],
            )  # fmt: skip
            connection.execute(
                insert(Frozen.__table__),  # type: ignore[attr-defined]
                [{"message_id": n, "raw": letter(n)} for n in numbers],
            )
            connection.execute(
                insert(Delivery.__table__),  # type: ignore[attr-defined]
                [
                    {
                        "message_id": n, "address": to, "address_key": to, "line": "to",
                        "state": MessageState.QUEUED, "smtp_reply": "",
                    }
                    for n in numbers
                    for to in (missions[whose(n)] if missions else [address(n)])
                ],
            )  # fmt: skip


def database(folder: Path, count: int) -> Engine:
    """A new SQLite database with so many letters to send."""
    engine = open_database(f"sqlite:///{folder}/bench.db")
    fill(engine, count)
    return engine
