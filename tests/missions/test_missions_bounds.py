"""Files made to exhaust: refused for little work and within 300 MB, in a process of their own that is measured."""

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

from missions_books import MAIN, OFFICE, PACKAGE, ROOT, relationships

from tests.examples import HEAVY

MEGABYTES = 300
ALLOWED = 200 * 1024 * 1024
_RUN = """
import json, resource, sys
from pathlib import Path
def most_megabytes():
    # What getrusage says may still be the size of the process that started this one: Linux keeps it over exec.
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text().partition("VmHWM:")[2].split()[0]) // 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
from outreach.errors import SheetError
from outreach.missions.books.opening import open_book
from outreach.missions.books.sheets import find_tables
from tests.work import unpacking
def refusal(path):
    try:
        find_tables(open_book(path))
        return ""
    except SheetError as error:
        return str(error)
for name in sys.argv[1:]:
    with unpacking() as unpacked:
        said = refusal(Path(name))
    print(json.dumps([said, unpacked.bytes, most_megabytes()]))
"""


def xlsx(path: Path, pieces: Iterator[bytes], *, name: str = "xl/worksheets/sheet1.xml") -> None:
    parts = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": relationships(("rId1", "officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets><sheet name="Contacts" sheetId="1" '
        'r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": relationships(
            ("rId1", "worksheet", "worksheets/sheet1.xml"), ("rId2", "sharedStrings", "sharedStrings.xml")
        ),
        "[Content]": PACKAGE,
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for part, content in parts.items():
            file.writestr(part, content)
        with file.open(name, "w", force_zip64=True) as stream:
            for piece in pieces:
                stream.write(piece)


def twenty_gigabytes(path: Path) -> None:
    """A part that inflates to 20 GB: made by saying so in the directory, for making it would take minutes."""
    xlsx(path, iter([b" " * 1024 * 1024] * 20))
    content = bytearray(path.read_bytes())
    at = content.rfind(b"PK\x01\x02")
    content[at + 24 : at + 28] = (0xFFFFFFFE).to_bytes(4, "little")
    path.write_bytes(content)


def many_parts_of_nothing(path: Path) -> None:
    xlsx(path, iter([b"<worksheet/>"]))
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as file:
        for number in range(6_000):
            file.writestr(f"xl/media/{number}.png", b"")


def many_styled_rows(path: Path) -> None:
    rows = b'<row s="3" customFormat="1"><c s="3"/><c s="3"/></row>' * 10_000
    xlsx(path, iter([f'<worksheet xmlns="{MAIN}"><sheetData>'.encode(), *[rows] * 30]))


def deep_entities(path: Path) -> None:
    laughs = '<!DOCTYPE w [<!ENTITY a "haha">'
    for before, after in zip("abcdefgh", "bcdefghi", strict=True):
        laughs += f'<!ENTITY {after} "{f"&{before};" * 10}">'
    xlsx(path, iter([f"{laughs}]><worksheet>&i;</worksheet>".encode()]))


def deep_tags(path: Path) -> None:
    xlsx(path, iter([b"<worksheet>", *[b"<a>" * 100_000] * 60]))


def marks_without_end(path: Path) -> None:
    xlsx(path, iter([b"<worksheet>", *[b"<a/>" * 100_000] * 60]))


def texts_without_end(path: Path) -> None:
    row = b"<row>" + b"<c t='inlineStr'><is><t>x</t></is></c>" * 20 + b"</row>"
    xlsx(path, iter([f'<worksheet xmlns="{MAIN}"><sheetData>'.encode(), *[row * 1000] * 100]))


def ods_of_repeats(path: Path) -> None:
    repeated = 'office:value-type="string" table:number-columns-repeated="16384"'
    cell = f"<table:table-cell {repeated}><text:p>x</text:p></table:table-cell>"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        file.writestr(
            "content.xml",
            '<o xmlns:table="t" xmlns:office="o" xmlns:text="x"><table:table table:name="Contacts">'
            f'<table:table-row table:number-rows-repeated="100000">{cell}</table:table-row></table:table></o>',
        )


def csv_without_end(path: Path) -> None:
    path.write_bytes(b"ISO3,E-mail\n" + b"FRA,a@fra.example\n" * 220_000)


HOSTILE: dict[str, tuple[str, Callable[[Path], None], str]] = {
    "20 GB": ("bomb.xlsx", twenty_gigabytes, "unpacks to far more"),
    "6,000 parts": ("parts.xlsx", many_parts_of_nothing, "unpacks to far more"),
    "300,000 empty styled rows": ("rows.xlsx", many_styled_rows, "more than 200,000 rows"),
    "deep entities": ("laughs.xlsx", deep_entities, "declares a document type"),
    "deep tags": ("deep.xlsx", deep_tags, "more than 250 deep"),
    "marks without end": ("marks.xlsx", marks_without_end, "more than"),
    "texts without end": ("texts.xlsx", texts_without_end, "more than"),
    "an .ods of repeats": ("repeats.ods", ods_of_repeats, "more than"),
    "a .csv without end": ("long.csv", csv_without_end, "more than 200,000 rows"),
}


@HEAVY
def test_what_is_made_to_exhaust_is_refused_within_bounds(tmp_path: Path) -> None:
    for file, make, _ in HOSTILE.values():
        make(tmp_path / file)
    files = [str(tmp_path / file) for file, _, _ in HOSTILE.values()]
    done = subprocess.run([sys.executable, "-c", _RUN, *files], capture_output=True, text=True, check=True, cwd=ROOT)
    for name, line in zip(HOSTILE, done.stdout.splitlines(), strict=True):
        said, unpacked, megabytes = json.loads(line)
        assert HOSTILE[name][2] in said, name
        assert len(said.splitlines()) == 1, name
        assert unpacked <= 2 * ALLOWED, name  # looked over once and read once, up to what is allowed
        assert megabytes < MEGABYTES, name  # the most that it and those before it took
