"""How long the desk's pages take, beside a bare FastAPI page with the same template and its data ready, in one run.

    python benchmarks/web.py [--rounds N] [--write]

20 campaigns to 195 missions each, 100,000 messages. Promise: each page's median at most 3 times the bare one's, and
at most 8 times after a change (20 for the check and the preview of a draft), when the desk has to read everything anew:
before each of those, another process commits something. All are served by uvicorn, in one process of their own, and
asked in turn over one kept connection each. What is told is that process's processor time: the clock tells more of
what else the machine does. The bare page does nothing but render: no session, no sign-in, no form's token, no security
headers. A report over all 100,000 messages, put into one campaign, begins to come in under 50 times a bare page, both
by the clock; the time until all of it is there is told beside. `--write` puts the table into docs/measurements.md.
"""

import argparse
import sqlite3
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from http.client import HTTPConnection
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from desk_database import CAMPAIGNS, DRAFT, LETTERS, put_into_docs, years_of_use

from outreach.actors import named

PAGES = (
    "/",
    "/campaigns/1",
    "/campaigns/1/letters",
    "/campaigns/1/letters/FRA",
    "/campaigns/1/send",
    f"/campaigns/{DRAFT}/send",
    f"/campaigns/{DRAFT}/send/preview?mission=FRA",
    "/campaigns/new",
    "/missions",
    "/missions/FRA",
    "/inbox",
    "/inbox?show=settle",
    "/inbox/3",
    "/inbox/50",
    "/letters",
    "/letters/hrc-joint-letter/en",
    "/sheets",
    "/settings",
    "/addresses",
    "/people",
    "/audit",
    "/account",
)
PASSWORD = "three good words"


def serve(folder: Path, pipe: Connection) -> None:
    """Fill a database, and serve the desk over it and the bare pages until told to end. Runs in its own process."""
    from fastapi import FastAPI, Request
    from fastapi.responses import HTMLResponse
    from fastapi.testclient import TestClient

    from outreach.people.accounts import add_account
    from outreach.web import render
    from outreach.web.app import create_app
    from outreach.web.desk import Desk, signing_key

    engine, settings = years_of_use(folder)
    add_account(engine, "ana", PASSWORD, "admin", by=named("bench"))
    desk = create_app(Desk(engine, settings, folder, signing_key(folder)))
    client = TestClient(desk)
    token = client.get("/login").text.split('name="csrf" value="')[1].split('"')[0]
    client.post("/login", data={"csrf": token, "login": "ana", "password": PASSWORD})
    cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items() if name == "outreach_desk")

    ready: dict[str, tuple[str, dict[str, Any]]] = {}
    part = render.part

    def keeping(request: Request, template: str, **values: Any) -> str:
        ready[_asked(request)] = (template, values | render.given(request))
        return part(request, template, **values)

    render.part = keeping
    for path in PAGES:
        assert client.get(path).status_code == 200, path
    render.part = part
    bare = FastAPI()

    @bare.get("/{path:path}")
    def page(request: Request) -> HTMLResponse:
        template, values = ready[_asked(request)]
        return HTMLResponse(render.environment().get_template(template).render(values))

    pipe.send((_run(desk), _run(bare), cookie))
    while pipe.recv() is not None:
        pipe.send(time.process_time())


def _asked(request: Any) -> str:
    return f"{request.url.path}?{request.url.query}" if request.url.query else str(request.url.path)


def _run(app: Any) -> int:
    """Serve an application on a thread, as `outreach serve` does, and return its port."""
    import uvicorn

    config = uvicorn.Config(app, port=0, log_level="warning", access_log=False, server_header=False, lifespan="off")
    server = uvicorn.Server(config)
    threading.Thread(target=server.run, daemon=True).start()
    while not server.started:
        time.sleep(0.01)
    port: int = server.servers[0].sockets[0].getsockname()[1]
    return port


def asker(port: int, headers: dict[str, str], clock: Callable[[], float]) -> Callable[[str], float]:
    """Return a function that opens a page over one kept connection, and returns the milliseconds that it took."""
    connection = HTTPConnection("127.0.0.1", port)

    def ask(path: str) -> float:
        begun = clock()
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200, (path, answer.status)
        return (clock() - begun) * 1000

    return ask


Found = list[tuple[str, float, float, float]]


def measure(rounds: int) -> tuple[Found, tuple[float, float, float]]:
    """Return medians in milliseconds.

    For each page: the desk's, the desk's after a change, the bare twin's. For a report: until it begins, until it is
    whole, and the bare twin of its campaign's page.
    """
    with tempfile.TemporaryDirectory() as name:
        context = get_context("spawn")
        here, there = context.Pipe()
        process = context.Process(target=serve, args=(Path(name), there))
        process.start()
        try:
            desk_port, bare_port, cookie = here.recv()

            def spent() -> float:
                here.send("spent")
                return float(here.recv())

            desk, bare = asker(desk_port, {"cookie": cookie}, spent), asker(bare_port, {}, spent)
            found = []
            with closing(sqlite3.connect(Path(name) / "outreach.db", isolation_level=None)) as database:
                for path in PAGES:
                    desk(path), bare(path)
                    times = [(desk(path), changed(database, desk, path), bare(path)) for _ in range(rounds)]
                    found.append((path, *(statistics.median(column) for column in zip(*times, strict=True))))
                reported = report(database, desk_port, cookie)
                bare_page = asker(bare_port, {}, time.perf_counter)("/campaigns/1")
        finally:
            here.send(None)
            process.join(10)
            process.kill()
    return found, (*reported, bare_page)


def report(database: sqlite3.Connection, port: int, cookie: str) -> tuple[float, float]:
    """Put every message into the first campaign; return the time until a report begins, and until all is there."""
    database.execute(
        "UPDATE message SET campaign_id = 1, replaced_at = coalesce(replaced_at, sent_at) WHERE campaign_id <> 1"
    )
    with closing(HTTPConnection("127.0.0.1", port)) as connection:
        begun = time.perf_counter()
        connection.request("GET", "/campaigns/1/report.xlsx", headers={"cookie": cookie})
        answer = connection.getresponse()
        answer.read(1)
        first = time.perf_counter()
        assert answer.status == 200
        assert len(answer.read()) > LETTERS
        return (first - begun) * 1000, (time.perf_counter() - begun) * 1000


def changed(database: sqlite3.Connection, desk: Callable[[str], float], path: str) -> float:
    """Commit something that is another value each time, and open the page."""
    database.execute("UPDATE campaign SET last_active_at = ? WHERE id = 2", [f"{datetime.now(UTC):%F %T.%f}"])
    return desk(path)


def table(found: Found, reported: tuple[float, float, float]) -> str:
    """Return the measurements as a table in Markdown."""
    lines = ["| page | bare, ms | the desk, ms | ratio | after a change, ms | ratio |", "|---|--:|--:|--:|--:|--:|"]
    lines += [
        f"| `{path}` | {bare:.1f} | {desk:.1f} | {desk / bare:.1f} | {anew:.1f} | {anew / bare:.1f} |"
        for path, desk, anew, bare in found
    ]
    first, whole, bare = reported
    lines += [f"| a report over {LETTERS:,} messages begins | {bare:.1f} | {first:.1f} | {first / bare:.1f} | | |"]
    lines += [f"| and is whole | {bare:.1f} | {whole:.0f} | {whole / bare:.0f} | | |"]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure, print, and with --write put the table into docs/measurements.md."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--write", action="store_true", help="put the table into docs/measurements.md")
    args = parser.parse_args()
    found = table(*measure(args.rounds))
    print(f"{CAMPAIGNS} campaigns, {LETTERS:,} messages; median of {args.rounds}\n\n{found}")
    if args.write:
        put_into_docs("web", found)


if __name__ == "__main__":
    main()
