"""How long the desk's pages take, beside a bare FastAPI page with the same template and its data ready, in one run.

20 campaigns to 195 missions each, 100,000 messages. Promise: each page's median at most 3 times the bare one's.
"""

import statistics
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from fastapi.testclient import TestClient
from sqlalchemy import Engine, insert
from sqlmodel import select

from outreach import clock
from outreach.database import open_database, reading, writing
from outreach.missions.importer import import_file
from outreach.models import Campaign, DeliveryEvent, Frozen, Message, Mission, Recipient, Response
from outreach.people.accounts import add_account
from outreach.settings import Settings
from outreach.web import render
from outreach.web.app import create_app
from outreach.web.desk import Desk, signing_key
from outreach.workplace import lay_out

_RAW = b"Subject: A letter\r\n\r\nText\r\n" * 40
CAMPAIGNS, LETTERS, ROUNDS = 20, 100_000, 25
PAGES = (
    "/",
    "/campaigns/1",
    "/campaigns/1/letters",
    "/campaigns/1/letters/FRA",
    "/missions",
    "/missions/FRA",
    "/inbox",
)


def filled(engine: Engine) -> None:
    """Campaigns whose letters were approved many times over: 195 of each count, the rest were replaced."""
    with reading(engine) as session:
        codes = list(session.exec(select(Mission.iso3)))
    now = clock.now()
    for number in range(1, CAMPAIGNS + 1):
        first = (number - 1) * LETTERS // CAMPAIGNS + 1
        numbers = range(first, first + LETTERS // CAMPAIGNS)
        with writing(engine) as session:
            session.add(
                Campaign(
                    id=number,
                    name=f"campaign-{number}",
                    letter="hrc-joint-letter",
                    audience=["all"],
                    as_of=now.date().replace(year=2024),
                    time_zone="Europe/Zurich",
                    created_at=now,
                    state="scheduled",
                )
            )
            session.flush()
            session.execute(
                insert(Response),
                [
                    {
                        "campaign_id": number,
                        "iso3": code,
                        "answer": "none",
                        "position": "undecided",
                        "note": "",
                        "changed_by": "",
                    }
                    for code in codes
                ],
            )
            session.execute(
                insert(Message),
                [
                    {
                        "id": n,
                        "campaign_id": number,
                        "iso3": codes[(n - first) % len(codes)],
                        "message_id": f"<{n}@bench.example>",
                        "language": "en",
                        "subject": "A letter",
                        "envelope_from": "a@bench.example",
                        "size": len(_RAW),
                        "smtputf8": False,
                        "state": "sent",
                        "reason": "",
                        "attempts": 1,
                        "smtp_reply": "250 ok",
                        "sent_at": now,
                        "rehearsed": False,
                        "delivery": "accepted",
                        "replaced_at": None if n - first < len(codes) else now,
                    }
                    for n in numbers
                ],
            )
            session.execute(insert(Frozen), [{"message_id": n, "raw": _RAW} for n in numbers])
            session.execute(
                insert(Recipient),
                [
                    {
                        "message_id": n,
                        "address": f"m{n}@bench.example",
                        "address_key": f"m{n}@bench.example",
                        "line": "to",
                        "state": "sent",
                        "smtp_reply": "",
                    }
                    for n in numbers
                ],
            )
            session.execute(
                insert(DeliveryEvent),
                [
                    {
                        "message_id": n,
                        "at": now - timedelta(hours=n % 300),
                        "kind": "accepted",
                        "who": "bench",
                        "recipient": "",
                        "status": "",
                        "detail": "",
                    }
                    for n in numbers
                ],
            )


def median_ms(client: TestClient, path: str) -> float:
    """The median time of a page, in milliseconds, after one to warm up."""
    times = []
    for _ in range(ROUNDS + 1):
        start = time.perf_counter()
        assert client.get(path).status_code == 200, path
        times.append(time.perf_counter() - start)
    return statistics.median(times[1:]) * 1000


def main() -> None:
    """Fill a database, and time each page and its bare twin in turn."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lay_out(folder)
        settings = Settings.model_validate({"database_url": f"sqlite:///{folder / 'outreach.db'}"})
        engine = open_database(settings.database_url)
        import_file(engine, folder / "data" / "missions.xlsx")
        filled(engine)
        add_account(engine, "ana", "three good words", "admin", by="bench")
        client = TestClient(create_app(Desk(engine, settings, folder, signing_key(folder))))
        page = client.get("/login").text
        token = page.split('name="csrf" value="')[1].split('"')[0]
        client.post("/login", data={"csrf": token, "login": "ana", "password": "three good words"})

        ready: dict[str, tuple[str, dict[str, Any]]] = {}
        part = render.part

        def keeping(request: Any, template: str, **values: Any) -> str:
            ready[request.url.path] = (template, values | render.given(request))
            return part(request, template, **values)

        render.part = keeping
        for path in PAGES:
            client.get(path)
        render.part = part
        bare_app = FastAPI()

        @bare_app.get("/{path:path}")
        def bare(path: str) -> HTMLResponse:
            template, values = ready[f"/{path}"]
            return HTMLResponse(render.environment().get_template(template).render(values))

        twin = TestClient(bare_app)
        print(f"{CAMPAIGNS} campaigns, {LETTERS:,} messages; median of {ROUNDS}")
        print(f"{'page':<28}{'desk ms':>9}{'bare ms':>9}{'ratio':>7}")
        for path in PAGES:
            desk, plain = median_ms(client, path), median_ms(twin, path)
            print(f"{path:<28}{desk:>9.1f}{plain:>9.1f}{desk / plain:>7.2f}")
        engine.dispose()


if __name__ == "__main__":
    main()
