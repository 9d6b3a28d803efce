"""A desk's database after years of use, for the benchmarks of the web desk: 20 campaigns and 100,000 messages."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, insert
from sqlmodel import SQLModel, select

from outreach import clock
from outreach.actors import named
from outreach.campaigns.plan import create
from outreach.campaigns.preview import one_letter
from outreach.database import open_database, reading, working
from outreach.letters.folder import load_letter
from outreach.missions.importer import import_file
from outreach.models import (
    AuditEntry,
    Campaign,
    Delivery,
    DeliveryEvent,
    DirectoryImport,
    Frozen,
    Message,
    Mission,
    Reply,
    Response,
    ResponseChange,
    Suggestion,
)
from outreach.settings import Settings
from outreach.workplace import lay_out

CAMPAIGNS, LETTERS, REPLIES, DEEDS = 20, 100_000, 5_000, 20_000
DRAFT = CAMPAIGNS + 1
"""The number of one more campaign, to the 47 members of the Council, that is not approved yet."""
_EACH = LETTERS // CAMPAIGNS
_SHORT = b"Subject: A letter\r\n\r\n" + b"Text\r\n" * 200
_ANSWERS = ("none", "replied", "acknowledged", "replied", "auto-reply")
_POSITIONS = ("unknown", "unknown", "undecided", "in favour", "co-sponsor", "against", "abstain")


def years_of_use(folder: Path) -> tuple[Engine, Settings]:
    """Lay out a folder with such a database in it.

    Each campaign wrote to all 195 missions and was approved many times over: the last letters count, those before
    them were replaced.
    """
    lay_out(folder)
    settings = Settings.model_validate(
        {"database_url": f"sqlite:///{folder / 'outreach.db'}", "from": "Coalition <letters@coalition.example>"}
    )
    engine = open_database(settings.database_url)
    import_file(engine, folder / "data" / "missions.xlsx", by=named("Ana"))
    with reading(engine) as session:
        codes = list(session.exec(select(Mission.iso3).order_by(Mission.iso3)))
    letter = load_letter("hrc-joint-letter", folder / "templates")
    for number in range(1, CAMPAIGNS + 1):
        create(
            engine, settings, f"campaign-{number}", letter, audience=["all"], as_of=date(2024, 3, 18), by=named("Ana")
        )
    create(engine, settings, "draft", letter, audience=["hrc-members"], as_of=date(2024, 3, 18), by=named("Ana"))
    whole = one_letter(engine, settings, "draft", "FRA", folder / "templates").raw
    for number in range(1, CAMPAIGNS + 1):
        _send_out(engine, number, codes, whole)
    _take_in(engine, codes)
    return engine, settings


def _send_out(engine: Engine, campaign: int, codes: Sequence[str], whole: bytes) -> None:
    now = clock.now()
    first = (campaign - 1) * _EACH + 1
    numbers = range(first, first + _EACH)

    def raw(number: int) -> bytes:
        return whole if campaign == 1 and number - first < len(codes) else _SHORT

    with working(engine) as connection:
        connection.execute(
            _table(Campaign).update().where(_table(Campaign).c.id == campaign).values(
                state="scheduled", due_at=now - timedelta(days=20), approved_at=now - timedelta(days=21),
                approved_by="Ana", confirmed_missions=len(codes),
            )
        )  # fmt: skip
        for place, code in enumerate(codes):
            connection.execute(
                _table(Response).update()
                .where(_table(Response).c.campaign_id == campaign, _table(Response).c.iso3 == code)
                .values(
                    answer=(answer := _ANSWERS[(place + campaign) % len(_ANSWERS)]),
                    position=_POSITIONS[place % len(_POSITIONS)] if answer == "replied" else "unknown",
                )
            )  # fmt: skip
        _add(
            connection, Message,
            (
                {
                    "id": n, "campaign_id": campaign, "iso3": codes[(n - first) % len(codes)],
                    "message_id": f"<{n}@bench.example>", "language": "en", "subject": "A letter",
                    "envelope_from": "letters@coalition.example",
                    "size": len(raw(n)),
                    "smtputf8": False, "in_reply_to": "", "state": "sent", "reason": "", "attempts": 1,
                    "smtp_reply": "250 ok", "sent_at": now - timedelta(days=n % 20), "rehearsed": False,
                    "delivery": "bounced" if n % 31 == 0 else "accepted",
                    "replaced_at": None if n - first < len(codes) else now,
                }
                for n in numbers
            ),
        )  # fmt: skip
        _add(connection, Frozen, ({"message_id": n, "raw": raw(n)} for n in numbers))
        _add(
            connection, Delivery,
            (
                {
                    "message_id": n, "address": f"m{n}@bench.example", "address_key": f"m{n}@bench.example",
                    "line": "to", "state": "sent", "smtp_reply": "", "delivery": "accepted",
                }
                for n in numbers
            ),
        )  # fmt: skip
        _add(
            connection, DeliveryEvent,
            (
                {
                    "message_id": n, "at": now - timedelta(hours=n % 300), "kind": kind, "who": "bench",
                    "recipient": "", "status": "", "detail": "",
                }
                for n in numbers
                for kind in ("approved", "sending", "bounced" if n % 31 == 0 else "accepted")
            ),
        )  # fmt: skip


def _take_in(engine: Engine, codes: Sequence[str]) -> None:
    now = clock.now()
    with working(engine) as connection:
        _add(
            connection, Reply,
            (
                {
                    "id": n, "digest": f"{n:064x}", "source": "", "received_at": now - timedelta(minutes=n),
                    "ingested_at": now - timedelta(minutes=n), "kind": ("reply", "auto-reply", "bounce")[n % 3],
                    "sender": f"mission{n}@bench.example", "subject": f"Re: A letter {n}", "in_reply_to": "",
                    "body": "We thank you for your letter and will consider it with care.\n" * 6, "findings": [],
                    "message_id": n % CAMPAIGNS * _EACH + n % len(codes) + 1 if n % 50 else None, "basis": "",
                    "confidence": "certain", "candidates": [], "ours": False, "settled_by": "", "page": "",
                    "raw": b"Subject: Re: A letter\r\n\r\nWe thank you.\r\n" * 60,
                }
                for n in range(1, REPLIES + 1)
            ),
        )  # fmt: skip
        _add(
            connection, Suggestion,
            (
                {
                    "reply_id": n, "iso3": codes[n % len(codes)], "kind": "position", "value": "in favour",
                    "evidence": "will consider it with care", "at": now, "decided_by": "",
                }
                for n in range(3, REPLIES, 3)
            ),
        )  # fmt: skip
        _add(
            connection, ResponseChange,
            (
                {
                    "response_id": n % (CAMPAIGNS * len(codes)) + 1, "at": now - timedelta(minutes=n), "who": "Ana",
                    "field": "position", "old": "unknown", "new": "undecided", "note": "by phone",
                }
                for n in range(1, DEEDS + 1)
            ),
        )  # fmt: skip
        _add(
            connection, AuditEntry,
            (
                {
                    "at": now - timedelta(minutes=n), "who": "Ana", "action": "set a position",
                    "subject": "campaign-1, FRA", "detail": "undecided",
                }
                for n in range(1, DEEDS + 1)
            ),
        )  # fmt: skip
        _add(
            connection, DirectoryImport,
            ({"at": now, "who": "Ana", "file": f"missions-{n}.xlsx", "digest": ""} for n in range(1, 101)),
        )  # fmt: skip


def _table(model: type[SQLModel]) -> Any:
    return model.__table__  # type: ignore[attr-defined]


def _add(connection: Any, model: type[SQLModel], rows: Iterable[dict[str, Any]]) -> None:
    connection.execute(insert(_table(model)), list(rows))


def put_into_docs(benchmark: str, table: str) -> None:
    """Put a benchmark's table into its place in docs/measurements.md."""
    page = Path(__file__).parent.parent / "docs" / "measurements.md"
    head, mark, rest = page.read_text(encoding="utf-8").partition(f"<!-- benchmarks/{benchmark}.py -->\n")
    assert mark, "docs/measurements.md has no place for the table"
    _, end, tail = rest.partition("<!-- end -->\n")
    page.write_text(f"{head}{mark}{table}{end}{tail}", encoding="utf-8")
