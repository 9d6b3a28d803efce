"""How fast approved letters go out, durably, beside what else there is, in one run on one machine.

    python benchmarks/send.py [--letters N] [--large N] [--write]

Everything is sent to a sink on this machine: postfix's smtp-sink where that is installed, else benchmarks/sink.py.
`--write` puts the table and the chart where docs/measurements.md shows them. mailmerge is measured if it is installed
(`pip install mailmerge`). Promises, as ratios: letters sent durably ≥ 0.8 of aiosmtplib with ready bytes at the same
number of connections and ≥ 5 times the mailmerge command; a queue of 100,000 at ≥ 0.9 of the rate of one of 1,000,
in the same memory; at 50 ms an answer, 8 connections ≥ 0.9 of what they can give.
"""

import argparse
import asyncio
import contextlib
import shutil
import smtplib
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import aiosmtplib
import filled_queue as letters
import psutil

from outreach.actors import named
from outreach.outbox.server import SmtpServer
from outreach.outbox.worker import Outbox
from outreach.settings import Settings

HERE = Path(__file__).parent
DOCS = HERE.parent / "docs" / "pictures"
ROUNDS = 3
ROUND_TRIPS = 2
"""A letter's, with PIPELINING: DATA, and the letter itself with the next one's MAIL and RCPT (RFC 2920, 3.1)."""


@dataclass
class Row:
    """One line of the table."""

    name: str
    rate: float
    note: str = ""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def sink(milliseconds: float = 0) -> Iterator[int]:
    port = free_port()
    program = shutil.which("smtp-sink", path="/usr/sbin:/usr/bin")
    command = [sys.executable, str(HERE / "sink.py"), str(port), str(milliseconds)]
    if program is not None and not milliseconds:
        command = [program, "-c", *(["-u", "nobody"] if psutil.Process().username() == "root" else [])]
        command += [f"127.0.0.1:{port}", "200"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + 20
        while time.monotonic() < end:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield port
    finally:
        process.kill()
        process.wait()


def with_smtplib(port: int, ready: list[bytes]) -> float:
    began = time.perf_counter()
    with smtplib.SMTP("127.0.0.1", port) as server:
        for number, wire in enumerate(ready, start=1):
            server.sendmail(letters.SENDER, [letters.address(number)], wire)
    return len(ready) / (time.perf_counter() - began)


def with_aiosmtplib(port: int, ready: list[bytes], connections: int) -> float:
    waiting = iter(enumerate(ready, start=1))

    async def one() -> None:
        client = aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False, use_tls=False)
        await client.connect()
        for number, wire in waiting:
            await client.sendmail(letters.SENDER, [letters.address(number)], wire)
        await client.quit()

    async def all_of_them() -> None:
        await asyncio.gather(*(one() for _ in range(connections)))

    began = time.perf_counter()
    asyncio.run(all_of_them())
    return len(ready) / (time.perf_counter() - began)


def with_smtp_source(port: int, count: int, connections: int) -> float | None:
    program = shutil.which("smtp-source", path="/usr/sbin:/usr/bin")
    if program is None:
        return None
    began = time.perf_counter()
    subprocess.run(
        [program, "-s", str(connections), "-m", str(count), "-l", "6000", "-f", letters.SENDER, "-t", "pr@x.example",
         f"127.0.0.1:{port}"],
        check=True, capture_output=True,
    )  # fmt: skip
    return count / (time.perf_counter() - began)


def with_mailmerge(port: int, count: int) -> float | None:
    program = shutil.which("mailmerge", path=f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin")
    if program is None:
        return None
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        body = letters.letter(1, 3000).decode().partition("text/plain; charset=utf-8\r\n\r\n")[2].partition("--b")[0]
        (folder / "mailmerge_template.txt").write_text(
            "TO: {{email}}\nSUBJECT: Joint letter to {{name}}\n"
            f"FROM: {letters.SENDER}\n\nDear {{{{name}}}},\n{body}"
        )
        rows = "".join(f"{letters.address(n)},Mission {n}\n" for n in range(1, count + 1))
        (folder / "mailmerge_database.csv").write_text(f"email,name\n{rows}")
        (folder / "mailmerge_server.conf").write_text(
            f"[smtp_server]\nhost = 127.0.0.1\nport = {port}\nsecurity = Never\nusername =\nratelimit = 0\n"
        )
        began = time.perf_counter()
        subprocess.run(
            [program, "--no-dry-run", "--no-limit", "--output-format", "text"],
            cwd=folder,
            check=True,
            capture_output=True,
        )
        return count / (time.perf_counter() - began)


def with_outreach(port: int, count: int, connections: int) -> tuple[float, float]:
    """Letters a second, and by how many MB the process grew."""
    with tempfile.TemporaryDirectory() as folder:
        engine = letters.database(Path(folder), count)
        settings = Settings(
            mode="live",
            smtp_host="127.0.0.1",
            smtp_port=port,
            smtp_connections=connections,
            state_dir=f"{folder}/state",
        )
        before = psutil.Process().memory_info().rss

        async def send() -> float:
            outbox = Outbox(engine, settings, SmtpServer.configured(settings))
            began = time.perf_counter()
            summary = await outbox.send_due()
            seconds = time.perf_counter() - began
            await outbox.close()
            assert summary.states["sent"] == count, summary
            return seconds

        seconds = asyncio.run(send())
        engine.dispose()
        return count / seconds, (psutil.Process().memory_info().rss - before) / 1e6


def approval() -> float:
    """Letters without PDF that are merged, built and stored in a second of one processor: campaigns to 195 missions."""
    from outreach.campaigns.approve import approve
    from outreach.campaigns.plan import create
    from outreach.database import open_database
    from outreach.letters.folder import load_letter
    from outreach.missions.importer import import_file

    root = HERE.parent
    with tempfile.TemporaryDirectory() as folder:
        engine = open_database(f"sqlite:///{folder}/approval.db")
        import_file(engine, root / "data" / "missions.xlsx", by=named("Ana"))
        settings = Settings(**{"from": f"Secretariat <{letters.SENDER}>"})  # type: ignore[arg-type]
        rates = []
        for number in range(9):
            name = f"campaign {number}"
            create(
                engine,
                settings,
                name,
                load_letter("hrc-reminder", root / "templates"),
                audience=["all"],
                by=named("Ana"),
            )
            began = time.process_time()
            done = approve(engine, settings, name, by=named("benchmark"), templates=root / "templates")
            rates.append(done.missions / (time.process_time() - began))
        engine.dispose()
        return statistics.median(rates)


def median(measure: Callable[[], float]) -> float:
    return statistics.median(measure() for _ in range(ROUNDS))


def measured(count: int, large: int) -> tuple[list[Row], list[str]]:
    approved = approval()
    ready = [letters.letter(number) for number in range(1, count + 1)]
    rows: list[Row] = []
    ratios: list[str] = []
    with sink() as port:
        merge = with_mailmerge(port, min(count, 300))
        rows += [Row("mailmerge, the whole command", merge)] if merge else []
        rows.append(Row("smtplib, one connection, bytes ready", median(lambda: with_smtplib(port, ready))))
        ours: dict[int, float] = {}
        for connections in (4, 8):
            # In turns, so that what else the machine does meets both alike.
            pairs = [
                (with_aiosmtplib(port, ready, connections), with_outreach(port, count, connections)[0])
                for _ in range(ROUNDS)
            ]
            theirs = statistics.median(pair[0] for pair in pairs)
            ours[connections] = statistics.median(pair[1] for pair in pairs)
            ratio = statistics.median(mine / other for other, mine in pairs)
            rows.append(Row(f"aiosmtplib, {connections} connections, bytes ready", theirs))
            rows.append(Row(f"outreach, {connections} connections, durable", ours[connections], f"{ratio:.2f}"))
            ratios.append(f"outreach / aiosmtplib, {connections} connections: {ratio:.2f} (promise 0.8)")
        source = with_smtp_source(port, count, 4)
        rows += [Row("smtp-source, 4 sessions", source, "the ceiling")] if source else []
        if merge:
            ratios.append(f"outreach / mailmerge: {ours[4] / merge:.1f} (promise 5)")
        few, _ = with_outreach(port, 1000, 4)
        many, grown = with_outreach(port, large, 4)
        rows.append(Row(f"outreach, a queue of {large:,}", many, f"{many / few:.2f} of a queue of 1,000"))
        ratios.append(f"queue of {large:,} / of 1,000: {many / few:.2f} (promise 0.9); memory grew by {grown:.0f} MB")
    with sink(milliseconds=50) as port:
        rate, _ = with_outreach(port, 640, 8)
        best = 8 / (ROUND_TRIPS * 0.05)
        rows.append(Row("outreach, 8 connections, 50 ms an answer", rate, f"{rate / best:.2f} of what 8 can give"))
        ratios.append(f"50 ms an answer, 8 connections: {rate / best:.2f} of {best:.0f}/s (promise 0.9)")
    rows.append(Row("outreach, approval (merge, build, store)", approved))
    ratios.append(f"approval: {approved:.0f} letters a second of one processor (promise 3,000)")
    return rows, ratios


def table(rows: list[Row], ratios: list[str]) -> str:
    lines = ["| | letters/s | |", "|---|---:|---|"]
    lines += [f"| {row.name} | {row.rate:,.0f} | {row.note} |" for row in rows]
    return "\n".join([*lines, "", *(f"- {ratio}" for ratio in ratios), ""])


def chart(rows: list[Row]) -> str:
    """The same as bars."""
    highest = max(row.rate for row in rows)
    height, left, width = 30, 330, 360
    bars = []
    for place, row in enumerate(rows):
        y = 10 + place * height
        length = max(2, row.rate / highest * width)
        colour = "#1f6feb" if row.name.startswith("outreach") else "#9aa4af"
        bars.append(
            f'<text x="{left - 10}" y="{y + 15}" text-anchor="end">{row.name}</text>'
            f'<rect x="{left}" y="{y}" width="{length:.0f}" height="20" rx="3" fill="{colour}"/>'
            f'<text x="{left + length + 6:.0f}" y="{y + 15}">{row.rate:,.0f}</text>'
        )
    total = 20 + len(rows) * height
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 780 {total}" font-family="system-ui,sans-serif" '
        f'font-size="13" role="img" aria-label="Letters a second"><rect width="780" height="{total}" fill="#fff"/>'
        f"{''.join(bars)}</svg>\n"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--letters", type=int, default=3000)
    parser.add_argument("--large", type=int, default=100_000, help="the size of the large queue")
    parser.add_argument("--write", action="store_true", help="put table and chart into docs/")
    args = parser.parse_args()
    rows, ratios = measured(args.letters, args.large)
    print(table(rows, ratios))
    if args.write:
        (DOCS / "sending.svg").write_text(chart(rows), encoding="utf-8")
        page = HERE.parent / "docs" / "measurements.md"
        head, mark, rest = page.read_text(encoding="utf-8").partition("<!-- benchmarks/send.py -->\n")
        _, end, tail = rest.partition("<!-- end -->\n")
        page.write_text(f"{head}{mark}\n{table(rows, ratios)}{end}{tail}", encoding="utf-8")


if __name__ == "__main__":
    main()
