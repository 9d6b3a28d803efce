"""Outlook's .msg files are taken in as mails; what else lies in a folder is passed over with a word."""

import struct
from datetime import UTC, datetime
from pathlib import Path

import pytest
from inbox_mails import OURS, answer
from sqlalchemy import Engine

from outreach.actors import named
from outreach.inbox.classify import classify_paths, understand
from outreach.inbox.enclosed.msg_file import as_mail
from outreach.inbox.prepare import understood
from outreach.models import Attachment, Reply
from outreach.responses.answers import collect

END, FREE, NONE = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFF
Tree = dict[str, "bytes | Tree"]


def compound(tree: Tree) -> bytes:
    """A compound file (MS-CFB) of these streams and storages. Short streams are filled up: there is no mini stream."""
    entries: list[list[object]] = [["Root Entry", 5, NONE, NONE, END, 0]]
    sectors: list[bytes] = []
    fat: list[int] = []

    def put(data: bytes) -> int:
        first, count = len(sectors), -(-len(data) // 512)
        sectors.extend(data[place * 512 : place * 512 + 512].ljust(512, b"\0") for place in range(count))
        fat.extend([first + place + 1 for place in range(count - 1)] + [END])
        return first

    def add(parent: int, below: Tree) -> None:
        before = None
        for name, held in below.items():
            number = len(entries)
            if isinstance(held, bytes):
                filled = held.ljust(4096, b"\0")
                entries.append([name, 2, NONE, NONE, put(filled), len(filled)])
            else:
                entries.append([name, 1, NONE, NONE, END, 0])
            if before is None:
                entries[parent][3] = number
            else:
                entries[before][2] = number
            before = number
            if not isinstance(held, bytes):
                add(number, held)

    add(0, tree)
    directory = b""
    for name, kind, right, child, start, size in entries:
        wide = f"{name}\0".encode("utf-16-le")
        directory += wide.ljust(64, b"\0") + struct.pack("<HBBIII", len(wide), kind, 1, NONE, right, child)
        directory += b"\0" * 36 + struct.pack("<IQ", start, size)
    first = put(directory)
    size = 1
    while size * 128 < len(fat) + size:
        size += 1
    places = list(range(len(sectors), len(sectors) + size))
    table = [*fat, *[0xFFFFFFFD] * size]
    table += [FREE] * (size * 128 - len(table))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16 + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
    header += b"\0" * 6 + struct.pack("<IIIIIIIII", 0, size, first, 0, 4096, END, 0, END, 0)
    header += struct.pack("<109I", *places, *[FREE] * (109 - size))
    return header + b"".join(sectors) + struct.pack(f"<{len(table)}I", *table)


def message(words: str = "Мы поддержим резолюцию.", header: str = "", **more: "bytes | Tree") -> bytes:
    at = int((datetime(2024, 3, 19, 9, tzinfo=UTC) - datetime(1601, 1, 1, tzinfo=UTC)).total_seconds()) * 10_000_000
    wide = {
        "0037": "Re: Joint letter", "1000": words, "0C1A": "Anna", "5D01": "mission@fra.mission.example",
        "1042": OURS, "1035": "<msg-1@fra.mission.example>", "007D": header,
    }  # fmt: skip
    tree: Tree = {f"__substg1.0_{name}001F": text.encode("utf-16-le") for name, text in wide.items() if text}
    tree["__properties_version1.0"] = b"\0" * 32 + struct.pack("<HHIQ", 0x40, 0x39, 6, at)
    return compound(tree | more)


FILE: Tree = {
    "__attach_version1.0_#00000000": {
        "__substg1.0_3707001F": "Нота \"2\".pdf".encode("utf-16-le"), "__substg1.0_37010102": b"%PDF-1.4 note" * 400,
    }
}  # fmt: skip


def test_a_msg_file_is_a_mail_with_its_words_and_files() -> None:
    raw = as_mail(message(**FILE))
    assert raw is not None
    assert raw == as_mail(message(**FILE))
    found = understand(raw)
    assert (found.text, found.sender, found.in_reply_to) == (
        "Мы поддержим резолюцию.", "mission@fra.mission.example", OURS,
    )  # fmt: skip
    assert found.date == datetime(2024, 3, 19, 9, tzinfo=UTC)
    (file,) = understood(raw).files
    assert (file.name, file.size) == ('Нота "2".pdf', 5200)


def test_the_header_as_it_came_is_kept() -> None:
    head = (
        "Received: from a\r\n by b\r\n"
        "From: Bob <bob@fra.mission.example>\r\nSubject: As it came\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/mixed;\r\n boundary="x"\r\nMessage-ID: <bob@fra.mission.example>\r\n\r\n'
    )
    raw = as_mail(message(header=head))
    assert raw is not None
    found = understand(raw)
    assert (found.sender, found.subject, found.text) == (
        "bob@fra.mission.example", "As it came", "Мы поддержим резолюцию.",
    )  # fmt: skip


@pytest.mark.parametrize("data", [b"", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", message()[:700], b"\xd0\xcf" * 5_000])
def test_a_broken_one_is_none(data: bytes) -> None:
    assert as_mail(data) is None


def test_a_folder_of_all_sorts_is_taken_in(sent, rows, engine: Engine, tmp_path: Path) -> None:
    sent("FRA")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a.msg").write_bytes(message(**FILE))
    (folder / "b.eml").write_bytes(answer("Received.").replace(b"answer-1", b"answer-2"))
    (folder / "scan.pdf").write_bytes(b"%PDF-1.4\n")
    (folder / "list.xlsx").write_bytes(b"PK\3\4")
    kept = answer("Noted.").replace(b"answer-1", b"answer-3")
    (folder / "c.emlx").write_bytes(b"%d\n" % len(kept) + kept + b'<?xml version="1.0"?><plist></plist>\n')
    (folder / "d.eml").symlink_to(folder / "nowhere.eml")
    result = collect(engine, [folder], by=named("Ana"))
    assert sorted(one.body for one in rows(Reply)) == ["Noted.", "Received.", "Мы поддержим резолюцию."]
    assert [one.name for one in rows(Attachment)] == ['Нота "2".pdf']
    assert sorted(Path(str(one.where)).name for one in result.problems) == ["d.eml", "list.xlsx", "scan.pdf"]
    assert [one["kind"] for one in classify_paths([folder / "a.msg", folder / "scan.pdf"])] == ["reply", "unreadable"]
