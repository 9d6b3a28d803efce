"""How fast a large directory is imported and a large report written, against bare openpyxl in the same run.

Measured is the time of the processor, which other programs on the machine disturb less than the clock on the wall.

python benchmarks/sheets.py [ROWS]       default 100,000 contacts, as many letters in the report, 60,000 rows of .xls
python benchmarks/sheets.py --into [ROWS]       only how long `report --into` takes in a team's list of so many rows
"""

import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from outreach.actors import named

sys.path.insert(0, str(Path(__file__).parent.parent))  # tests/ is no package of ours

HEADER = [
    "ISO3",
    "Role",
    "Form of address",
    "Name",
    "Title",
    "Gender form",
    "E-mail",
    "Language",
    "Line",
    "Active",
    "Id",
]


def write_contacts(path: Path, rows: int) -> None:
    from openpyxl import Workbook

    from outreach.missions.facts import states

    codes = list(states())
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Contacts")
    sheet.append(HEADER)
    for number in range(rows):
        sheet.append([
            codes[number % len(codes)], "general", "Excellency", _name(number), "First Secretary", None,
            f"person.{number}@mission.example", "English", "cc", "yes", number,
        ])  # fmt: skip
    book.save(path)


def _name(number: int) -> str:
    """Return a name without a figure, which would be asked about."""
    return (
        "Ana "
        + "".join(("ka", "lo", "mi", "nu", "pe", "ra", "so", "ti", "vu", "ze")[int(n)] for n in str(number)).title()
    )


MOST_OF_XLS = 60_000
OLD = {"calamine": "xls", "old": "xls", "calamine-binary": "xlsb", "binary": "xlsb"}


def _old_rows(rows: int) -> Iterator[list[Any]]:
    from outreach.missions.facts import states

    codes = list(states())
    for number in range(rows):
        yield [codes[number % len(codes)], "general", "Excellency", _name(number), "First Secretary", "",
               f"person.{number}@mission.example", "English", "cc", "yes", number]  # fmt: skip


def write_old(path: Path, rows: int) -> None:
    """Write the same as .xls, its header in colour, as such sheets have it."""
    import xlwt

    book = xlwt.Workbook()
    sheet = book.add_sheet("Contacts")
    head = xlwt.easyxf("pattern: pattern solid, fore_colour light_blue; font: bold on")
    for column, text in enumerate(HEADER):
        sheet.write(0, column, text, head)
    for number, cells in enumerate(_old_rows(rows), start=1):
        for column, value in enumerate(cells):
            sheet.write(number, column, value)
    book.save(str(path))


def write_binary(path: Path, rows: int) -> None:
    """Write the same as .xlsb, a text in each cell."""
    from tests.binary_book import write_xlsb

    grid = [[str(head) for head in HEADER], *(map(str, cells) for cells in _old_rows(rows))]
    cells = {(row, column): text for row, cells in enumerate(grid) for column, text in enumerate(cells)}
    write_xlsb(path, cells, shares=True)


def read_with_calamine(path: Path) -> int:
    from python_calamine import CalamineWorkbook

    return len(CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python())


def read_old(path: Path) -> int:
    from outreach.missions.books.opening import open_book

    return len(open_book(path).read("Contacts").rows)


def read_with_openpyxl(path: Path) -> int:
    from openpyxl import load_workbook

    book = load_workbook(path, read_only=True)
    return sum(1 for row in book["Contacts"].iter_rows(values_only=True) if row)


def do_import(folder: Path, path: Path) -> int:
    from outreach.database import open_database
    from outreach.missions.importer import import_file

    return len(import_file(open_database(f"sqlite:///{folder / 'import.db'}"), path, by=named("Ana")).contacts.added)


def fill_campaign(folder: Path, letters_of: Sequence[str]) -> None:
    """Put a campaign into a database, with a letter to each of some codes."""
    from datetime import UTC, date, datetime

    from sqlalchemy import insert

    from outreach.database import open_database, writing
    from outreach.models import Campaign, Delivery, DeliveryEvent, Frozen, Message, Mission, Response

    now = datetime.now(UTC)
    with writing(open_database(f"sqlite:///{folder / 'report.db'}")) as session:
        session.add(Campaign(id=1, name="many", letter="x", as_of=date(2024, 3, 18), time_zone="UTC", created_at=now))
        session.flush()
        session.execute(insert(Mission), [
            {"iso3": code, "short_name": f"State {code}", "formal_name": code, "regional_group": "African",
             "status": "member state", "language": "en", "city": "Geneva", "time_zone": "UTC", "tags": []}
            for code in letters_of
        ])  # fmt: skip
        session.execute(insert(Response), [
            {"campaign_id": 1, "iso3": code, "answer": "none", "position": "unknown", "note": "", "changed_by": ""}
            for code in letters_of
        ])  # fmt: skip
        session.execute(insert(Message), [
            {"id": n, "campaign_id": 1, "iso3": code, "message_id": f"<{n}@x.example>", "language": "en",
             "subject": "s", "envelope_from": "a@x.example", "size": 2000,
             "smtputf8": False, "state": "sent", "reason": "",
             "attempts": 1, "smtp_reply": "250 ok", "sent_at": now, "rehearsed": False, "delivery": "accepted"}
            for n, code in enumerate(letters_of, start=1)
        ])  # fmt: skip
        session.execute(insert(Frozen), [{"message_id": n, "raw": b"x" * 2000} for n in range(1, len(letters_of) + 1)])
        session.execute(insert(Delivery), [
            {"message_id": n, "address": f"box@{code}.example", "address_key": f"box@{code}.example", "line": "to",
             "state": "sent", "smtp_reply": "", "delivery": "accepted"}
            for n, code in enumerate(letters_of, start=1)
        ])  # fmt: skip
        session.execute(insert(DeliveryEvent), [
            {"message_id": n, "at": now, "kind": "accepted", "who": "worker", "recipient": f"box@{code}.example",
             "status": "", "detail": "250 2.0.0 Ok: queued"}
            for n, code in enumerate(letters_of, start=1)
        ])  # fmt: skip


def _codes(number: int) -> list[str]:
    letters = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    base = len(letters)
    return [letters[n // base**2] + letters[n // base % base] + letters[n % base] for n in range(number)]


def do_report(folder: Path) -> int:
    from outreach.database import open_database
    from outreach.reports.export import report

    report(open_database(f"sqlite:///{folder / 'report.db'}"), "many", folder / "report.xlsx")
    return (folder / "report.xlsx").stat().st_size


TEAM_HEADER = ["Country", "Caller", "E-mail", "Telephone", "Office", "Calls", "Last call", "Next", "Notes", "Done"]
_SPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def write_team(path: Path, rows: int) -> None:
    """Write a team's own list as Excel does, its texts shared: each row is about a state."""
    import zipfile

    from openpyxl import Workbook

    from outreach.missions.facts import states

    texts: dict[str, int] = {}

    def shared(text: str) -> int:
        return texts.setdefault(text, len(texts))

    lines, codes = [TEAM_HEADER], list(states())
    lines += [
        [codes[n % len(codes)], f"Ana {n % 97}", f"person.{n}@mission.example", f"+41 22 {n:07}", f"Office {n % 1000}",
         n % 13, 45_000 + n % 400, "call again", f"said something of interest on item {n}", "yes" if n % 3 else "no"]
        for n in range(rows)
    ]  # fmt: skip
    made = "".join(
        f'<row r="{number}" spans="1:10">'
        + "".join(
            f'<c r="{letter}{number}"><v>{value}</v></c>'
            if isinstance(value, int)
            else f'<c r="{letter}{number}" t="s"><v>{shared(value)}</v></c>'
            for letter, value in zip("ABCDEFGHIJ", line, strict=True)
        )
        + "</row>"
        for number, line in enumerate(lines, start=1)
    )
    book = Workbook()
    book.save(path.with_suffix(".empty"))
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"
    with (
        zipfile.ZipFile(path.with_suffix(".empty")) as empty,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as filled,
    ):
        for name in empty.namelist():
            body = empty.read(name).decode()
            body = re.sub(r"<sheetData ?/>|<sheetData></sheetData>", lambda _: f"<sheetData>{made}</sheetData>", body)
            body = body.replace(
                "</Types>", f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kind}"/></Types>'
            )
            if name == "xl/_rels/workbook.xml.rels":
                one = f'<Relationship Id="rId99" Type="{relation}" Target="sharedStrings.xml"/></Relationships>'
                body = body.replace("</Relationships>", one)
            filled.writestr(name, body)
        filled.writestr("xl/sharedStrings.xml", f"<sst {_SPACE}>{''.join(f'<si><t>{t}</t></si>' for t in texts)}</sst>")


def do_into(folder: Path, team: str = "team") -> int:
    from outreach.database import open_database
    from outreach.reports.team_sheet.fill_sheet import report_into

    engine = open_database(f"sqlite:///{folder / 'report.db'}")
    return report_into(engine, "many", folder / f"{team}.xlsx", folder / "into.xlsx").rows


def unzip_and_zip(source: Path, out: Path) -> None:
    """Unpack each member and pack it again as `zipfile` does by default, which `--into` does too."""
    import zipfile

    with zipfile.ZipFile(source) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            new.writestr(entry.filename, old.read(entry))


def write_with_openpyxl(folder: Path) -> int:
    """Write the same cells as the report has, of every sheet, and nothing else: openpyxl's write-only pass."""
    from openpyxl import Workbook, load_workbook

    source = load_workbook(folder / "report.xlsx", read_only=True)
    sheets = {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in source}
    started = time.process_time()
    book = Workbook(write_only=True)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(folder / "bare.xlsx")
    print(f"inner {time.process_time() - started:.3f}")
    return sum(map(len, sheets.values()))


def measured(what: str, *arguments: str) -> tuple[float, float]:
    """Run one part in a process of its own; return its seconds and its peak of memory in MB."""
    done = subprocess.run(
        [sys.executable, __file__, "--part", what, *arguments], check=True, capture_output=True, text=True
    )
    seconds, memory = (float(word) for word in done.stdout.split()[-2:])
    inner = [float(line.split()[1]) for line in done.stdout.splitlines() if line.startswith("inner ")]
    return (inner[0] if inner else seconds), memory


def part(what: str, folder: Path) -> None:
    started = time.process_time()
    match what:
        case "read":
            read_with_openpyxl(folder / "contacts.xlsx")
        case "calamine" | "calamine-binary":
            read_with_calamine(folder / f"contacts.{OLD[what]}")
        case "old" | "binary":
            read_old(folder / f"contacts.{OLD[what]}")
            children = resource.getrusage(resource.RUSAGE_CHILDREN)
            started -= children.ru_utime + children.ru_stime
        case "import":
            do_import(folder, folder / "contacts.xlsx")
        case "report":
            do_report(folder)
        case "write":
            write_with_openpyxl(folder)
        case "into":
            write_team(folder / "few.xlsx", 10)
            do_into(folder, "few")  # what a program does once: its modules and languages
            started = time.process_time()
            do_into(folder, "team")
        case "zip":
            unzip_and_zip(folder / "team.xlsx", folder / "zipped.xlsx")
        case "zip-more":
            unzip_and_zip(folder / "into.xlsx", folder / "zipped.xlsx")
    seconds = time.process_time() - started
    print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_contacts(folder / "contacts.xlsx", rows)
        bare, _ = measured("read", name)
        ours, memory = measured("import", name)
        print(f"import of {rows:,} contacts: {ours / bare:.2f} times openpyxl's read-only pass ({memory:.0f} MB)")
        old = min(rows, MOST_OF_XLS)
        write_old(folder / "contacts.xls", old)
        write_binary(folder / "contacts.xlsb", old)
        for alone, read in (("calamine", "old"), ("calamine-binary", "binary")):
            bare, _ = measured(alone, name)
            ours, memory = measured(read, name)
            print(f"reading {old:,} rows of an .{OLD[read]}: {ours / bare:.2f} times calamine ({memory:.0f} MB)")
        fill_campaign(folder, _codes(rows))
        ours, memory = measured("report", name)
        bare, _ = measured("write", name)
        print(f"report over {rows:,} letters: {ours / bare:.2f} times openpyxl's write-only pass ({memory:.0f} MB)")
    with tempfile.TemporaryDirectory() as name:
        into(Path(name), rows)


def into(folder: Path, rows: int) -> None:
    """Measure `report --into` in a team's list of ten columns, of which each row is about a mission."""
    from outreach.missions.facts import states

    write_team(folder / "team.xlsx", rows)
    fill_campaign(folder, list(states()))
    ours, memory = measured("into", str(folder))
    bare, _ = measured("zip", str(folder))
    more, _ = measured("zip-more", str(folder))
    print(
        f"--into a list of {rows:,} rows: {ours / bare:.2f} times unzip-and-zip of the list, {ours / more:.2f} times "
        f"that of the copy ({memory:.0f} MB)"
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--part"]:
        part(sys.argv[2], Path(sys.argv[3]))
    elif sys.argv[1:2] == ["--into"]:
        with tempfile.TemporaryDirectory() as temporary:
            into(Path(temporary), int(sys.argv[2]) if len(sys.argv) > 2 else 100_000)
    else:
        main()
