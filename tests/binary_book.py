"""Makes an .xlsb, which nothing that we install writes, record by record ([MS-XLSB])."""

import struct
import zipfile
from itertools import groupby
from pathlib import Path


def binary(kind: int, data: bytes = b"") -> bytes:
    head = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    length = len(data)
    size = bytes([length]) if length < 128 else bytes([length & 0x7F | 0x80, length >> 7])
    return head + size + data


def wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def write_xlsb(
    path: Path,
    cells: dict[tuple[int, int], str],
    *,
    struck: int = -1,
    error: tuple[int, int] | None = None,
    red: int = -1,
    half_struck: tuple[int, int] | None = None,
    comment: tuple[int, int] | None = None,
    shares: bool = False,
) -> Path:
    """Write the fewest records that make a binary workbook ([MS-XLSB] 2.1.7); rows and columns from 0.

    `half_struck` is a cell whose first four letters have a line through them. With `shares` cells name their texts by
    number, as Excel writes them; else each holds its own.
    """
    records: list[bytes] = []
    said = cells.get(half_struck, "") if half_struck else ""
    texts = {"x": 0, said: 1}
    for row, of_row in groupby(sorted(cells.items()), key=lambda one: one[0][0]):
        records.append(binary(0, struct.pack("<IIH", row, 0, 300) + bytes(3) + struct.pack("<I", 0)))
        for (_, column), text in of_row:
            at = struct.pack("<II", column, 1 if row == struck else 2 if row == red else 0)
            if (row, column) == error:
                records.append(binary(3, at + b"\x2a"))
            elif shares or (row, column) == half_struck:
                records.append(binary(7, at + struct.pack("<I", texts.setdefault(text, len(texts)))))
            else:
                records.append(binary(6, at + wide(text)))
    last_row, last_column = max(row for row, _ in cells), max(column for _, column in cells)
    sheet = (
        binary(129) + binary(148, struct.pack("<IIII", 0, last_row, 0, last_column)) + binary(145) + b"".join(records)
        + binary(146) + binary(130)
    )  # fmt: skip
    font = struct.pack("<HH", 220, 0) + bytes(17) + wide("Calibri")
    through = 8 if struck >= 0 or half_struck else 0
    line = struct.pack("<HH", 220, through) + bytes(17) + wide("Calibri")
    formats = b"".join(
        binary(47, struct.pack("<HHHHH", 0, 0, font, fill, 0) + bytes(6)) for font, fill in ((0, 0), (1, 1), (0, 2))
    )
    colour = bytes([5, 0, 0, 0, 0xC0, 0, 0, 0xFF])
    fills = b"".join(binary(45, struct.pack("<I", kind) + of + bytes(56)) for kind, of in (
        (0, bytes(8)), (17, bytes(8)), (1, colour),
    ))  # fmt: skip
    styles = (
        binary(278) + binary(611, struct.pack("<I", 2)) + binary(43, font) + binary(43, line) + binary(612)
        + binary(603, struct.pack("<I", 3)) + fills + binary(604)
        + binary(617, struct.pack("<I", 3)) + formats + binary(618) + binary(279)
    )  # fmt: skip
    runs = struct.pack("<IHHHH", 2, 0, 1, 4, 0)
    strings = (
        binary(159, struct.pack("<II", len(texts), len(texts)))
        + b"".join(
            binary(19, b"\1" + wide(text) + runs if text == said and half_struck else b"\0" + wide(text))
            for text in texts
        )
        + binary(160)
    )
    bundle = binary(156, struct.pack("<II", 0, 1) + wide("rId1") + wide("Contacts"))
    workbook = binary(131) + binary(143) + bundle + binary(144) + binary(132)
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"

    def relations(*entries: tuple[str, str, str]) -> str:
        rows = "".join(f'<Relationship Id="{i}" Type="{office}/{kind}" Target="{to}"/>' for i, kind, to in entries)
        return f'<Relationships xmlns="{package}/relationships">{rows}</Relationships>'

    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("[Content_Types].xml", f'<Types xmlns="{package}/content-types"/>')
        file.writestr("_rels/.rels", relations(("rId1", "officeDocument", "xl/workbook.bin")))
        sheets = relations(
            ("rId1", "worksheet", "worksheets/sheet1.bin"), ("rId2", "styles", "styles.bin"),
            ("rId3", "sharedStrings", "sharedStrings.bin"),
        )  # fmt: skip
        if comment:
            row, column = comment
            at = struct.pack("<IIIII", 0, row, row, column, column) + bytes(16)
            beside = (
                binary(628) + binary(635, at) + binary(637, b"\0" + wide("left in March")) + binary(636) + binary(629)
            )
            file.writestr("xl/comments1.bin", beside)
            file.writestr("xl/worksheets/_rels/sheet1.bin.rels", relations(("rId1", "comments", "../comments1.bin")))
        file.writestr("xl/sharedStrings.bin", strings)
        file.writestr("xl/_rels/workbook.bin.rels", sheets)
        file.writestr("xl/workbook.bin", workbook)
        file.writestr("xl/styles.bin", styles)
        file.writestr("xl/worksheets/sheet1.bin", sheet)
    return path
