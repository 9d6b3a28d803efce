"""Mail on disk: single files, folders, Maildirs and mbox files, found one mail at a time.

Nothing is read but the head of each mail until its turn comes, so that a mailbox of any size takes little memory.
"""

import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from outreach.errors import NotFoundError, Problem
from outreach.inbox.decoding import moment
from outreach.inbox.enclosed.msg_file import SIGNATURE, as_mail
from outreach.inbox.mime_reader import MimePart, head

MOST_BYTES = 75_000_000
"""A mail larger than this is not read, but reported. A file of 50 MB takes 72 in a mail (RFC 2045, 6.8)."""
_HEAD_BYTES = 64 * 1024
_OTHER_FILES = frozenset(
    """
    .pdf .doc .docx .odt .rtf .xls .xlsx .ods .csv .tsv .ppt .pptx .png .jpg .jpeg .gif .tif .tiff .webp .svg .zip .gz
    .7z .html .htm .xml .json .toml .ini .md .py .db .sqlite .ics .vcf .p7s .asc .sig .lnk .tmp
    """.split()  # noqa: SIM905
)
"""Files that lie beside mails in a folder and are none."""
# The line between two mails of an mbox file (RFC 4155, appendix A): a sender, and a date as asctime writes it. A
# line of somebody's text that begins with `From ` is no such line.
_FROM_LINE = re.compile(rb"From \S.{0,300}\d\d:\d\d(?::\d\d)?.{0,20}\d{4}.{0,20}\r?\n")
_LENGTH = re.compile(rb"(\d{1,10})[ ]*\r?\n")
_QUOTED_FROM = re.compile(rb"^>(>*From )", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Item:
    """Where one mail lies."""

    path: Path
    offset: int
    length: int
    name: str
    """The path as a person knows it, with the mail's number where the file holds several."""
    date: datetime | None = None
    in_mbox: bool = False
    fault: Problem | None = None
    """Why it can't be read, where that is known beforehand."""

    def read(self) -> bytes:
        """Return the mail's bytes; raises OSError."""
        with self.path.open("rb") as file:
            file.seek(self.offset)
            raw = file.read(self.length)
        if self.path.suffix.lower() == ".msg" and raw.startswith(SIGNATURE):
            return as_mail(raw) or raw
        return _QUOTED_FROM.sub(rb"\1", raw) if self.in_mbox else raw


def digest(raw: bytes) -> str:
    """Return the SHA-256 of a mail, the same for each way of keeping it: line ends and empty last lines don't count."""
    return hashlib.sha256(raw.replace(b"\r\n", b"\n").rstrip(b"\n")).hexdigest()


def find(paths: Iterable[Path]) -> list[Item]:
    """Return the mails under these paths, in the order of the paths and names, those that can't be read among them.

    A path is a file of one mail, an mbox file, a Maildir, or a folder of any of those.
    Raises NotFoundError for a path that is not there, before anything is read.
    """
    paths = list(paths)
    missing = [path for path in paths if not path.exists()]
    if missing:
        remedy = "Name mail files (.eml), an mbox file, or a folder of them."
        if len(missing) == 1:
            raise NotFoundError("mail.source-not-there", "There is no {path}.", path=missing[0], remedy=remedy)
        absent = [Problem("mail.file-not-there", "no such file or folder", where=str(path)) for path in missing]
        raise NotFoundError("mail.sources-not-there", "Some of these are not there.", remedy=remedy, problems=absent)
    items: list[Item] = []
    named = {path for path in paths if not path.is_dir()}
    for file in dict.fromkeys(file for path in paths for file in _files(path, items)):
        try:
            items += _items(file, in_folder=file not in named)
        except OSError as error:
            items.append(_unreadable(str(file), error))
    return items


def oldest_first(items: Iterable[Item]) -> list[Item]:
    """Return the mails by their dates; those without one last, those of one moment by their names."""
    return sorted(items, key=lambda item: (item.date is None, item.date or 0, item.name))


def _unreadable(name: str, error: OSError) -> Item:
    fault = Problem(
        "mail.not-readable",
        "it can't be read: {error}",
        error=error.strerror or error,
        where=name,
        remedy="Check who may read it.",
    )
    return Item(Path(name), 0, 0, name, fault=fault)


def _files(path: Path, items: list[Item]) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return

    def failed(error: OSError) -> None:
        items.append(_unreadable(str(error.filename), error))

    for folder, below, names in os.walk(path, onerror=failed):
        here = Path(folder)
        below[:] = sorted(name for name in below if _is_wanted(here, name))
        if _is_maildir(here):
            continue  # its own files are a mail server's notes; the mails lie in new and cur
        for name in sorted(names):
            if name.startswith("."):
                continue
            if (here / name).is_file():
                yield here / name
            else:  # a link that leads nowhere, a pipe
                items.append(_unreadable(str(here / name), OSError("it is no file")))


def _is_wanted(here: Path, name: str) -> bool:
    if _is_maildir(here) and name == "tmp":
        return False  # half-delivered mails
    return not name.startswith(".") or _is_maildir(here / name)  # Maildir++ folders begin with a dot


def _is_maildir(folder: Path) -> bool:
    return (folder / "cur").is_dir() and (folder / "new").is_dir()


def _passed_over(name: str) -> Problem:
    return Problem(
        "mail.other-file",
        "it is no mail, and was passed over",
        where=name,
        remedy="Nothing is to be done if it is none.",
    )


def _head_of_msg(path: Path) -> MimePart | None:
    raw = path.read_bytes()
    mail = as_mail(raw) if raw.startswith(SIGNATURE) else raw
    return head(mail) if mail else None


def _items(path: Path, *, in_folder: bool) -> Iterator[Item]:
    size = path.stat().st_size
    with path.open("rb") as file:
        first = file.readline(1000)
        is_mbox = _FROM_LINE.fullmatch(first) is not None
        if path.suffix.lower() == ".eml" or (is_mbox and _is_maildir(path.parent.parent)):
            # one mail by its name or its place, whatever lines its text quotes
            spans = [(len(first) if is_mbox else 0, size)]
        else:
            spans = list(_mbox_spans(path)) if is_mbox else [_span(first, size)]
        for number, (start, end) in enumerate(spans, start=1):
            name = f"{path}, mail {number}" if len(spans) > 1 else str(path)
            if end - start > MOST_BYTES:
                fault = Problem(
                    "mail.too-large",
                    "it is larger than {most} MB and was not read",
                    most=MOST_BYTES // 1_000_000,
                    where=name,
                    remedy="Take its attachments out, or record the answer by hand.",
                )
                yield Item(path, start, end - start, name, fault=fault)
                continue
            file.seek(start)
            mail = head(file.read(min(end - start, _HEAD_BYTES)))
            if mail is None and in_folder and path.suffix.lower() in _OTHER_FILES:
                yield Item(path, start, end - start, name, fault=_passed_over(name))
                continue
            if path.suffix.lower() == ".msg":
                mail = _head_of_msg(path)
            yield Item(path, start, end - start, name, moment(mail.get("date")) if mail else None, is_mbox)


def _span(first: bytes, size: int) -> tuple[int, int]:
    """Return where the one mail of a file lies: behind its length, before a property list, as Apple Mail keeps it."""
    told = _LENGTH.fullmatch(first)
    return (len(first), min(len(first) + int(told[1]), size)) if told else (0, size)


def _mbox_spans(path: Path) -> Iterator[tuple[int, int]]:
    """Yield where each mail of an mbox file begins and ends, without the line before it."""
    position = 0
    start: int | None = None
    after_blank = True
    with path.open("rb") as file:
        # A bounded readline: a file may be one line of any length.
        while line := file.readline(1 << 20):
            if after_blank and _FROM_LINE.fullmatch(line):
                if start is not None:
                    yield start, position
                start = position + len(line)
            after_blank = not line.strip(b"\r\n")
            position += len(line)
    if start is not None:
        yield start, position
