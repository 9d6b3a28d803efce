"""What lies beside the database and may bear a person too: files that an erasure does not reach, for people to mend.

They are told by name. Texts, workbooks and documents are read: whether they bear the person is said; the others (PDFs,
zips, backups) are for a person to look into.
"""

import html
import os
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from outreach.inbox.mime_reader import parse
from outreach.privacy.identity import NaturalPerson
from outreach.privacy.mail_parts import in_bytes
from outreach.privacy.typed_drafts import DRAFTS
from outreach.sentences import Sentence, saying
from outreach.settings import Settings

_MOST = 10_000
_MOST_TEXT = 10_000_000
_SUMS = "SHA256SUMS"
_SHEETS = (".xlsx", ".xlsm", ".xls", ".ods", ".csv", ".tsv", ".pdf", ".json", ".vcf", ".zip", ".docx", ".odt", ".txt")
_MAILS = (".eml", ".msg", ".mbox")
_TEXTS = (".md", ".txt", ".csv", ".tsv", ".json", ".vcf", ".html", ".css", ".toml", *_MAILS)
_PACKAGES = (".xlsx", ".xlsm", ".ods", ".docx", ".odt")
_MOST_UNPACKED = 50_000_000
_BETWEEN_TEXTS = re.compile(r"<[^>]{0,5000}>")
_OWN = frozenset({"outreach.toml"})


@dataclass(frozen=True, slots=True)
class Outside:
    """A place that is out of reach, and what a person does about it."""

    place: str
    files: int
    cure: Sentence
    names: tuple[str, ...] = ()
    """The files, from the campaign folder on; those that bear the person first."""
    bearing: tuple[str, ...] = ()
    """Those that were read and bear the person."""


def outside(settings: Settings, folder: Path, person: NaturalPerson | None = None) -> tuple[Outside, ...]:
    """Return the places beside a campaign folder's database that hold copies or files, as far as they are there.

    Up to ten thousand files are looked at. With a person, texts among them are read.
    """
    places: dict[str, list[Path]] = {place: [] for place in _cures(settings)}
    files = list(_files(folder))
    backups = folder / settings.backup_dir
    if not backups.resolve().is_relative_to(folder.resolve()):
        places[settings.backup_dir] += _files(backups)
    dossiers = {path.parent for path in files if path.name == _SUMS}
    for path in files:
        place = _place(path, folder, settings, dossiers)
        if place is not None:
            places[place].append(path)
    return tuple(
        _told(place, some, cure, folder, person) for place, cure in _cures(settings).items() if (some := places[place])
    )


def _cures(settings: Settings) -> dict[str, Sentence]:
    return {
        settings.backup_dir: saying(
            "outside.backups", "backups hold the person still: delete those of before today, or let them run out"
        ),
        "rehearsal-mail": saying("outside.rehearsal", "letters of rehearsals: delete the folder"),
        "published": saying(
            "outside.published", "open letters and dossiers: publish them again, and take them off your website"
        ),
        "dossiers": saying(
            "outside.dossiers", "what you handed over or published: make them again, and take the old ones off your "
            "website"
        ),
        "templates": saying("outside.templates", "the texts of letters: look whether one names the person"),
        "mail files": saying("outside.mails", "mails that were saved or taken in: delete those that are not needed"),
        "sheets and reports in this folder": saying(
            "outside.sheets", "sheets, reports and exports: take the person out, or a later import brings them back"
        ),
    }  # fmt: skip


def _files(folder: Path) -> Iterator[Path]:
    """The files below a folder in their order; what begins with a point is the machine's."""
    seen = 0
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(one for one in folders if not one.startswith(".") and one != "node_modules")
        if Path(place) == folder:
            folders[:] = [one for one in folders if one != DRAFTS]
        for name in sorted(names):
            if not name.startswith("."):
                seen += 1
                if seen > _MOST:
                    return
                yield Path(place) / name


def _place(path: Path, folder: Path, settings: Settings, dossiers: set[Path]) -> str | None:
    """Where a file belongs; None for one that tells of nobody, or that erasing reaches."""
    first, suffix = path.relative_to(folder).parts[0], path.suffix.lower()
    if (folder / settings.backup_dir) in path.parents:
        return settings.backup_dir
    if first in ("rehearsal-mail", "published"):
        return first
    if dossiers & {path.parent, *path.parents} or (suffix == ".zip" and _is_dossier(path)):
        return "dossiers"
    if first == "templates":
        return first if suffix == ".md" else None
    if suffix in _MAILS:
        return "mail files"
    return "sheets and reports in this folder" if suffix in _SHEETS and path.name not in _OWN else None


def _is_dossier(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as file:
            return _SUMS in file.namelist()
    except (OSError, zipfile.BadZipFile, ValueError):
        return False


def _told(place: str, paths: list[Path], cure: Sentence, folder: Path, person: NaturalPerson | None) -> Outside:
    def name(path: Path) -> str:
        return (path.relative_to(folder) if path.is_relative_to(folder) else path).as_posix()

    bearing = [path for path in paths if person is not None and _bears(path, person)]
    rest = [path for path in paths if path not in set(bearing)]
    return Outside(place, len(paths), cure, tuple(map(name, [*bearing, *rest])), tuple(map(name, bearing)))


def _texts_of_package(path: Path) -> Iterator[str]:
    """Yield the words of a workbook or a document, which is XML in a zip; nothing of one that can't be read."""
    left = _MOST_UNPACKED
    try:
        with zipfile.ZipFile(path) as package:
            for part in package.infolist():
                if not part.filename.endswith((".xml", ".rels")) or part.file_size > left:
                    continue
                with package.open(part) as file:
                    content = file.read(left)
                left -= len(content)
                text = content.decode("utf-8", "replace")
                # Where a word changes its look within, there are tags; between two cells or lines there are more.
                yield html.unescape(_BETWEEN_TEXTS.sub("\n", text))
    except (OSError, zipfile.BadZipFile, ValueError, RuntimeError, NotImplementedError, EOFError, zlib.error):
        return


def _bears(path: Path, person: NaturalPerson) -> bool:
    """Whether a file of text bears the person, by its name too."""
    if person.spans(path.stem.replace("-", " ").replace("_", " ")):
        return True
    if path.suffix.lower() in _PACKAGES:
        return any(person.spans(text) for text in _texts_of_package(path))
    if path.suffix.lower() not in _TEXTS:
        return False
    try:
        if path.stat().st_size > _MOST_TEXT:
            return False
        content = path.read_bytes()
    except OSError:
        return False
    return in_bytes(person, content, parse(content) if path.suffix.lower() == ".eml" else None)
