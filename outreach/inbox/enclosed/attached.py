"""The words of the files that came with mails: of PDF, Word, OpenDocument, rich text, pages, sheets and plain text.

No file is run or trusted. All but plain text is read by a child process with bounds on time, memory and output (see
attached_child), one for the files of many mails; the mails are taken in whatever becomes of it. A PDF without words is
said to be a scan.
"""

import json
import os
import re
import sys
import threading
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import takewhile
from types import MappingProxyType
from typing import NamedTuple

from outreach.inbox.decoding import clean, decode
from outreach.inbox.enclosed.attached_child import LINE_BYTES, MOST_CHARACTERS
from outreach.inbox.enclosed.enclosures import File, contents
from outreach.inbox.mime_reader import MimePart
from outreach.vocabulary import FileKind

MOST_BYTES = 25_000_000
"""A larger file is not looked into."""
_AT_A_TIME = 50_000_000
"""Bytes of files that are held at once, besides those of one mail."""
_MOST_READ = 10
"""Of a mail's files, so many are read."""
_SECONDS = 40  # of the clock, for a machine that is busy; the child has less of processor time
_MOST_FAULTS = 2
_START = "import sys; sys.path[:] = sys.argv[1:]; from outreach.inbox.enclosed.attached_child import main; main()"
_PLAIN = frozenset(["text/plain", "text/markdown", "text/csv"])
_PLAIN_NAMES = (".txt", ".md", ".csv")
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml."
_WORD_TYPES = (_WORD, "application/vnd.ms-word.document.macroenabled", "application/vnd.ms-word.template.macroenabled")
_WORD_NAMES = (".docx", ".docm", ".dotx", ".dotm")
_ZIP, _COMPOUND = b"PK\x03\x04", bytes.fromhex("d0cf11e0a1b11ae1")
_OPEN_TYPES, _OPEN_NAMES = "application/vnd.oasis.opendocument.text", (".odt", ".ott")
_SHEET_TYPES, _SHEET_NAMES = "application/vnd.openxmlformats-officedocument.spreadsheetml.", (".xlsx", ".xlsm")
_OLD_NAMES = (".doc", ".dot")
_PAGE_NAMES = (".html", ".htm", ".xhtml")
_PDF_LOOK = 1024  # so far in may its mark stand (ISO 32000-1, annex H.3, note 13)
_PRESENTED = re.compile("[\ufb00-\ufdff\ufe70-\ufefc]+")
"""Letters in the form in which they were set: Arabic joined ones, Latin ligatures."""
_BEGINNING = 600


class _Asked(NamedTuple):
    """A file for the child."""

    mail: int
    place: int
    letter: bytes
    """How it is read: see attached_child."""
    content: bytes


def read_files(mail: MimePart) -> tuple[File, ...]:
    """Return the files that a mail bears, with their kinds and words. Bounded; never raises for what is in a file."""
    return read_files_of([mail])[0]


def read_files_of(mails: Iterable[MimePart]) -> list[tuple[File, ...]]:
    """Do what `read_files` does for many mails: their files are read by one child, some megabytes at a time."""
    found: list[list[File]] = []
    asked: list[_Asked] = []
    for number, mail in enumerate(mails):
        files, mine = _looked_at(mail, number)
        found.append(files)
        asked += mine
        if sum(len(one.content) for one in asked) > _AT_A_TIME:
            _put(found, asked)
            asked = []
    _put(found, asked)
    return [tuple(files) for files in found]


def _looked_at(mail: MimePart, number: int) -> tuple[list[File], list[_Asked]]:
    """Return a mail's files, those of plain text with their words, and those that the child is to read."""
    files: list[File] = []
    asked: list[_Asked] = []
    for file, data in contents(mail):
        kind, letter, words = *_kind(file, data), ""
        if (letter or kind is FileKind.TEXT) and len(data) > MOST_BYTES:
            kind = FileKind.REFUSED
        elif letter and len(asked) < _MOST_READ:
            asked.append(_Asked(number, len(files), letter, data))
        elif letter:
            kind = FileKind.REFUSED
        elif kind is FileKind.TEXT:
            words = _tidy(decode(data[: MOST_CHARACTERS * 4]))
        files.append(file._replace(kind=kind, words=words))
    return files, asked


def _put(found: Sequence[list[File]], asked: Sequence[_Asked]) -> None:
    for one, (kind, words) in zip(asked, _read(asked), strict=True):
        found[one.mail][one.place] = found[one.mail][one.place]._replace(kind=kind, words=_tidy(words))


def beginning(words: str) -> str:
    """Return the first lines of a file's words, up to 600 characters, with `…` where more come."""
    lines = "\n".join(line for line in words.split("\n") if line.strip())
    return lines if len(lines) <= _BEGINNING else lines[:_BEGINNING].rsplit(" ", 1)[0] + " …"


KINDS: Mapping[FileKind, str] = MappingProxyType(
    {
        FileKind.UNREAD: "not read yet",
        FileKind.OLD_WORD: "an old Word file: open it by hand",
        FileKind.SCAN: "a scan: a picture of pages, without words",
        FileKind.ENCRYPTED: "it asks for a password",
        FileKind.BROKEN: "it is broken, and can't be read",
        FileKind.REFUSED: "not read: it takes more time or room than any note does",
    }
)
"""What is said to people of a file without words; nothing of one that is not of a kind that is read."""


def _kind(file: File, data: bytes) -> tuple[FileKind, bytes]:
    """Tell what a file is, by its content first, and the letter by which the child reads it; empty for none."""
    name, said = file.name.lower(), file.media_type
    word = name.endswith(_WORD_NAMES) or said.startswith(_WORD_TYPES)
    sheet = name.endswith(_SHEET_NAMES) or said.startswith(_SHEET_TYPES)
    packed = data.startswith(_ZIP)
    if b"%PDF-" in data[:_PDF_LOOK]:
        return FileKind.PDF, b"p"
    if data.lstrip()[:5] == b"{\\rtf":
        return FileKind.WORD, b"r"  # whatever it calls itself: Word saves .doc so too
    if word and (packed or data.startswith(_COMPOUND)):
        return FileKind.WORD, b"w"
    if sheet and (packed or data.startswith(_COMPOUND)):
        return FileKind.SHEET, b"x"
    if packed and (name.endswith(_OPEN_NAMES) or said.startswith(_OPEN_TYPES)):
        return FileKind.WORD, b"o"
    if data.startswith(_COMPOUND) and (name.endswith(_OLD_NAMES) or said == "application/msword"):
        return FileKind.OLD_WORD, b""
    if name.endswith((".pdf", ".rtf", *_WORD_NAMES, *_OPEN_NAMES, *_SHEET_NAMES)):
        return FileKind.BROKEN, b""
    if said == "text/html" or name.endswith(_PAGE_NAMES):
        return FileKind.TEXT, b"h"
    if said in _PLAIN or (name.endswith(_PLAIN_NAMES) and not said.startswith("text/")):
        return FileKind.TEXT, b""
    return FileKind.OTHER, b""


def _tidy(words: str) -> str:
    """Return words that can be kept and searched: without controls, and letters as they are typed."""
    words = clean(words.replace("\r\n", "\n"))
    return _PRESENTED.sub(lambda found: unicodedata.normalize("NFKC", found[0]), words)[:MOST_CHARACTERS].strip()


def _read(files: Sequence[_Asked]) -> Iterator[tuple[FileKind, str]]:
    """Yield the kind and words of each file.

    Where a child ends, the next file gets a child of its own; one at which that ends too is refused, since no other
    file's time or room is to its charge. So are all further ones of a mail that has had two such.
    """
    done, faults = 0, Counter[int]()
    while done < len(files):
        one = files[done]
        if faults[one.mail] >= _MOST_FAULTS:
            yield FileKind.REFUSED, ""
            done += 1
            continue
        before = done
        for answer in _answers(list(takewhile(lambda file: faults[file.mail] < _MOST_FAULTS, files[done:]))):
            yield answer
            done += 1
        if done < len(files) and done == before:
            yield FileKind.REFUSED, ""
            faults[one.mail] += 1
            done += 1


def _answers(files: Sequence[_Asked]) -> list[tuple[FileKind, str]]:
    """Return what a child tells of some files, as far as it comes within its bounds."""
    import subprocess
    from tempfile import TemporaryFile

    try:
        with TemporaryFile() as given:  # a pipe would fill where the child answers before it has read all
            for _, _, letter, content in files:
                given.write(b"%s%016d" % (letter, len(content)))
                given.write(content)
            given.seek(0)
            # -P: a campaign's folder is no place to import from; the same places as here are, and no others.
            process = subprocess.Popen(  # noqa: S603  (our own program)
                [sys.executable, "-P", "-c", _START, *filter(None, sys.path)],
                stdin=given, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=_environment(),
            )  # fmt: skip
    except OSError:
        return []
    with process:
        ended = threading.Timer(_SECONDS, process.kill)
        ended.daemon = True
        ended.start()
        assert process.stdout is not None
        try:
            told = process.stdout.read(LINE_BYTES * len(files) + 1)
        finally:
            ended.cancel()
            process.kill()
    return list(_told(told, len(files)))


def _told(answer: bytes, most: int) -> Iterator[tuple[FileKind, str]]:
    """Yield what was answered, up to where it is no answer: the child may be anybody's by then."""
    for line in answer.split(b"\n")[:most]:
        try:
            kind, words = json.loads(line)
            yield FileKind(kind), str(words)[:MOST_CHARACTERS]
        except (ValueError, TypeError, RecursionError):
            return


def _environment() -> dict[str, str]:
    """Return this process's environment without our settings: no password is there to be read."""
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith("OUTREACH")}
    return kept | {"PYTHONDONTWRITEBYTECODE": "1"}
