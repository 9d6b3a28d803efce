"""Files that were brought to the desk: kept under their digest until they are taken in, for a day at most."""

import hashlib
import re
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

from outreach.errors import NotFoundError, UserError
from outreach.missions.books.package import is_compound
from outreach.missions.books.vcards import is_vcard
from outreach.text import one_line
from outreach.web.desk import Desk
from outreach.web.middleware import MOST_UPLOAD_BYTES

_FOLDER = "uploads"
_KEPT_SECONDS = 24 * 3600
_MOST_KEPT, _MOST_KEPT_BYTES = 200, 1 << 30
"""So many files, and so much in all, are kept: the oldest go for another one, so that nobody fills the disk."""
_MADE = ".made.zip"
_VOTES = frozenset({".xlsx", ".xls", ".ods", ".csv", ".tsv", ".txt", ".md", ".docx", ".html", ".htm"})


def keep(desk: Desk, stream: BinaryIO, name: str) -> Path:
    """Keep an upload, and return where. Raises UserError for what is no spreadsheet."""
    content = stream.read(MOST_UPLOAD_BYTES + 1)
    if not content:
        raise UserError("upload.none", "No file came.", remedy="Choose a sheet first.")
    return _put(desk, content, _kind(content, name))


def keep_votes(desk: Desk, content: bytes, name: str) -> Path:
    """Keep what tells votes: a sheet, a document or text. Return where. Raises UserError for another kind of file."""
    if not content.strip():
        raise UserError("upload.no-votes", "No votes came.", remedy="Choose a file, or paste the votes.")
    suffix = Path(name).suffix.lower()
    if suffix not in _VOTES:
        raise UserError(
            "upload.no-record", "{name} is no file that votes are read from.", name=one_line(name)[:120],
            remedy="Save it as a sheet, a Word document or text; or copy its words, and paste them.",
        )  # fmt: skip
    return _put(desk, content, suffix)


def keep_record(desk: Desk, stream: BinaryIO, name: str) -> Path:
    """Keep the votes of past years, which are a large file, and return where. Raises UserError for no .csv."""
    if not name or Path(name).suffix.lower() != ".csv":
        raise UserError(
            "upload.no-past", "That is no .csv file.",
            remedy="Choose the file of voting data as the UN Digital Library publishes it.",
        )  # fmt: skip
    digest = hashlib.sha256()
    while piece := stream.read(1 << 20):
        digest.update(piece)
    stream.seek(0)
    path = _folder(desk) / f"{digest.hexdigest()}.csv"
    with path.open("wb") as file:
        shutil.copyfileobj(stream, file)
    return path


def keep_word(desk: Desk, content: bytes, name: str) -> Path:
    """Keep a Word document, and return where. Raises UserError for another kind of file."""
    if not content:
        raise UserError("upload.none", "No file came.", remedy="Choose a file first.")
    if Path(name).suffix.lower() != ".docx" or not content.startswith(b"PK\x03\x04"):
        raise UserError(
            "upload.no-word", "{name} is no Word document (.docx).", name=one_line(name)[:120],
            remedy="Save it in Word as .docx.",
        )  # fmt: skip
    return _put(desk, content, ".docx")


def keep_made(desk: Desk, content: bytes) -> str:
    """Keep a zip that the desk made, for a day; return the digest by which it is known."""
    return _put(desk, content, _MADE).name.removesuffix(_MADE)


def kept_made(desk: Desk, digest: str) -> bytes:
    """Return a zip that the desk made and still keeps. Raises NotFoundError."""
    path = desk.folder / _FOLDER / f"{digest}{_MADE}"
    if not re.fullmatch(r"[0-9a-f]{64}", digest) or not path.is_file():
        raise NotFoundError("upload.made-gone", "That is no longer kept.", remedy="Make it again.")
    return path.read_bytes()


@contextmanager
def called(path: Path, name: str) -> Iterator[Path]:
    """Yield a copy of a file that is kept, under the name that the person knows it by."""
    plain = re.sub(r"[^\w .,()+-]", "_", Path(one_line(name)).name).strip(" .")[-100:] or "file"
    with TemporaryDirectory(dir=path.parent) as folder:
        copy = Path(folder) / f"{Path(plain).stem}{path.suffix}"
        shutil.copyfile(path, copy)
        yield copy


@contextmanager
def mail_files(desk: Desk, uploads: Sequence[tuple[str, BinaryIO]]) -> Iterator[list[Path]]:
    """Yield mails that were brought as files, under their own names, for as long as they are read."""
    named = [(name, stream) for name, stream in uploads if name]
    if not named:
        raise UserError("upload.no-mail", "No mail came.", remedy="Choose mail files first: .eml, .msg or .mbox.")
    where = desk.folder / _FOLDER
    where.mkdir(mode=0o700, exist_ok=True)
    with TemporaryDirectory(dir=where) as folder:
        paths = []
        for number, (name, stream) in enumerate(named):
            plain = re.sub(r"[^\w .,()@+-]", "_", Path(one_line(name)).name).strip(" .")[-100:] or "mail"
            path = Path(folder) / str(number) / plain
            path.parent.mkdir()
            with path.open("wb") as file:
                shutil.copyfileobj(stream, file)
            paths.append(path)
        yield paths


def _folder(desk: Desk) -> Path:
    """Where uploads are kept, without those whose day is over and those that are too many."""
    folder = desk.folder / _FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    found = sorted(((one.stat(), one) for one in folder.iterdir() if one.is_file()), key=lambda one: -one[0].st_mtime)
    taken = 0
    for number, (known, old) in enumerate(found, 1):
        taken += known.st_size
        if known.st_mtime < time.time() - _KEPT_SECONDS or number >= _MOST_KEPT or taken > _MOST_KEPT_BYTES:
            old.unlink(missing_ok=True)
    return folder


def _put(desk: Desk, content: bytes, suffix: str) -> Path:
    path = _folder(desk) / f"{hashlib.sha256(content).hexdigest()}{suffix}"
    path.write_bytes(content)
    return path


def _kind(content: bytes, name: str) -> str:
    """Tell by its content what a file is, whatever its name says. Raises UserError."""
    if content.startswith(b"PK\x03\x04"):
        # OpenDocument 1.3, part 2, 3.3: the package begins with its media type, not compressed.
        return ".ods" if content[30:].startswith(b"mimetypeapplication/vnd.oasis") else ".xlsx"
    if is_compound(content):
        return ".xls"
    if is_vcard(content):
        return ".vcf"
    suffix = Path(name).suffix.lower()
    if suffix in {".csv", ".tsv"}:
        return suffix
    raise UserError(
        "upload.no-spreadsheet",
        "That is no spreadsheet, whatever its name says.",
        remedy="Save it as .xlsx, .xls, .ods or .csv and bring it again.",
    )


def kept(desk: Desk, digest: str) -> Path:
    """Return a sheet that is still kept, by its name there. Raises UserError."""
    path = desk.folder / _FOLDER / digest
    if not re.fullmatch(r"[0-9a-f]{64}\.(xlsx|xls|ods|csv|tsv|vcf|txt|md|docx)", digest) or not path.is_file():
        raise UserError("upload.gone", "That sheet is no longer kept.", remedy="Bring it again.")
    return path
