"""A letter is a folder under templates/: letter.toml, one Markdown file a language, and what it attaches."""

import mimetypes
import os
import tomllib
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from outreach.errors import LetterError, NotFoundError, Problem
from outreach.letters.attached_files import AttachmentTable, LetterAttachment
from outreach.letters.faces.letterhead import Letterhead, LetterheadTable, PdfTable, read_letterhead
from outreach.letters.faces.pictures import LetterPicture, read_pictures
from outreach.letters.signing.signers import Signatories, read_signatories
from outreach.letters.toml_lines import place
from outreach.settings import mailbox
from outreach.text import one_line
from outreach.vocabulary import Language

TEMPLATES = Path("templates")
SHARED_BLOCKS = "layouts"
_MAX_TEXT = 1024 * 1024
_MAX_ATTACHMENT = 10 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter as it stands in its folder, read whole: it may be a key, which is the same for the same words."""

    name: str
    folder: Path
    title: str
    fallback: Language
    subjects: Mapping[Language, str] = field(hash=False)
    bodies: Mapping[Language, str] = field(hash=False)
    facts: Mapping[Language, Mapping[str, Any]] = field(hash=False)
    signatories: Signatories = field(hash=False)
    attachments: tuple[LetterAttachment, ...] = field(hash=False)
    letterhead: Letterhead = field(default_factory=Letterhead, hash=False)
    sender: str = ""
    """Who writes it, in the place of the settings' `from`; empty where the settings say it."""
    reply_to: str = ""
    covers: Mapping[Language, str] = field(default_factory=dict, hash=False)
    """The covering mail's text in each language, where the letter itself goes as the PDF alone; else empty."""
    pictures: Mapping[str, LetterPicture] = field(default_factory=dict, hash=False)
    """The pictures in its text that can go out, by the name that the text gives them."""
    pdf_file: str | None = None
    """The first part of the PDF's file name; None for a letter that goes without a PDF."""

    @property
    def layouts(self) -> Path:
        """The folder of layouts and shared blocks beside the letter."""
        return self.folder.parent / SHARED_BLOCKS

    @property
    def languages(self) -> list[Language]:
        """The languages that the letter is written in."""
        return [language for language in Language if language in self.bodies]

    def language_for(self, wanted: Language) -> Language:
        """Return the language to write in: the one wanted if the letter has it, else its fallback."""
        return wanted if wanted in self.bodies else self.fallback


class _LetterFile(BaseModel):
    """letter.toml."""

    model_config = ConfigDict(extra="forbid")

    title: str
    sender: str = Field(default="", alias="from")
    reply_to: str = ""
    fallback: Language = Language.ENGLISH
    subject: dict[Language, str]
    facts: dict[str, Any] = Field(default_factory=dict)
    attachments: list[AttachmentTable] = Field(default_factory=list)
    cover: bool = False
    signatories: str = ""
    letterhead: LetterheadTable = LetterheadTable()
    pdf: PdfTable | None = None

    @field_validator("attachments", mode="before")
    @classmethod
    def _named(cls, value: Any) -> Any:
        """A file's name alone is an entry of its own."""
        return [{"file": one} if isinstance(one, str) else one for one in value] if isinstance(value, list) else value

    @field_validator("sender", "reply_to")
    @classmethod
    def _mailbox(cls, value: str) -> str:
        if value:
            mailbox(value)
        return value


def stamp(name: str, templates: Path = TEMPLATES) -> Hashable:
    """Return what is another thing once a file of a letter, or one that letters share, has changed; nothing is read."""
    folders = (templates / name, templates / SHARED_BLOCKS) if _is_name(name) else ()
    return tuple(
        (path, found.st_mtime_ns, found.st_ino, found.st_size) for folder in folders for path, found in _files(folder)
    )


def with_texts(letter: Letter, bodies: Mapping[Language, str], subjects: Mapping[Language, str]) -> Letter:
    """Return a letter with other texts in the place of those in its folder; a language that has none is left out."""
    covers = {language: text for language, text in letter.covers.items() if language in bodies}
    texts = [*bodies.values(), *_blocks(letter.folder, letter.bodies)]
    return replace(
        letter, bodies=dict(bodies), subjects=dict(subjects), covers=covers,
        pictures=read_pictures(letter.folder, texts),
    )  # fmt: skip


def _is_name(name: str) -> bool:
    """Whether it names a folder right under another, and leads nowhere else."""
    return Path(name).name == name and name not in ("", ".", "..")


def current_letter(name: str, templates: Path = TEMPLATES) -> Letter:
    """Return the letter as `load_letter` does, and raise as it does; it is read again once a file of it has changed."""
    return _stamped_letter(name, templates, stamp(name, templates))


@lru_cache(maxsize=50)
def _stamped_letter(name: str, templates: Path, _stamp: Hashable) -> Letter:
    return load_letter(name, templates)


def _files(folder: Path) -> Iterator[tuple[str, os.stat_result]]:
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    yield from _files(Path(entry.path))
                else:
                    yield entry.path, entry.stat()
    except OSError:  # it is not there, or went away meanwhile: that is another stamp too
        return


def letter_names(templates: Path = TEMPLATES) -> list[str]:
    """Return the names of the letters in a templates folder, whether or not they can be used."""
    return sorted(found.parent.name for found in templates.glob("*/letter.toml"))


def load_letter(name: str, templates: Path = TEMPLATES, *, instead: bool = False) -> Letter:
    """Read the letter of that name from a templates folder.

    `instead` takes the first language that has a text where the fallback has none: enough to go on checking.

    Raises NotFoundError if there is none, LetterError (file, line, cure) if it can't be used.
    """
    folder = templates / name
    path = folder / "letter.toml"
    if not _is_name(name) or not path.is_file():
        known = letter_names(templates)
        raise NotFoundError(
            "letter.not-there",
            "There is no letter {name!r} in {templates}/.",
            name=name,
            templates=templates,
            known=", ".join(known),
            remedy="There is: {known}." if known else "{templates}/ holds none. They come with the folder{INIT}.",
        )
    file = read_letter_file(path)
    bodies = {
        language: _read_text(folder / f"{language}.md")
        for language in Language
        if (folder / f"{language}.md").is_file()
    }
    if instead and file.fallback not in bodies and bodies:
        file = file.model_copy(update={"fallback": next(iter(bodies))})
    _require_languages(file, bodies, folder)
    covers = _covers(file, bodies, folder) if file.cover else {}
    return Letter(
        name=name,
        folder=folder,
        title=file.title,
        fallback=file.fallback,
        subjects=file.subject,
        bodies=bodies,
        facts=_facts_by_language(file.facts, bodies),
        signatories=read_signatories(folder / file.signatories) if file.signatories else Signatories(),
        attachments=tuple(_attachment(folder, entry) for entry in file.attachments),
        sender=file.sender,
        reply_to=file.reply_to,
        letterhead=read_letterhead(file.letterhead, folder),
        covers=covers,
        pictures=read_pictures(folder, [*bodies.values(), *_blocks(folder, bodies)]),
        pdf_file=file.pdf.file if file.pdf else None,
    )


def _blocks(folder: Path, bodies: Mapping[Language, str]) -> Iterator[str]:
    """The other texts of the folder, which those of the letter may take in."""
    for path in sorted(folder.glob("*.md")):
        if path.stem not in bodies and path.is_file() and path.stat().st_size <= _MAX_TEXT:
            yield path.read_text(encoding="utf-8-sig", errors="replace")


def _read_text(path: Path) -> str:
    try:
        if path.stat().st_size > _MAX_TEXT:
            raise LetterError(
                "letter.over-1-mb",
                "{path} is over 1 MB: no letter is.",
                path=path,
                remedy="Put what is long into an attachment.",
            )
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise LetterError(
            "letter.not-utf-8",
            "{path} is not UTF-8 text (byte {start}).",
            path=path,
            start=error.start,
            remedy="Save it as UTF-8.",
        ) from None
    except OSError as error:
        raise LetterError("file.not-read", "{path} can't be read: {error}.", path=path, error=error.strerror) from None


def read_letter_file(path: Path) -> _LetterFile:
    """Read a letter.toml. Raises LetterError (file, line, cure) where it can't be used."""
    try:
        return _LetterFile.model_validate(tomllib.loads(_read_text(path)))
    except tomllib.TOMLDecodeError as error:
        raise LetterError(
            "file.not-read", "{path} can't be read: {error}.", path=path, error=error, remedy="Correct that line."
        ) from None
    except ValidationError as error:
        problems = [
            Problem(
                "letter.setting",
                "{said}",
                said=e["msg"].removeprefix("Value error, "),
                where=place(path, ".".join(map(str, e["loc"]))),
            )
            for e in error.errors()
        ]
        raise LetterError("letter.file-unusable", "{path} can't be used.", path=path, problems=problems) from None


def _require_languages(file: _LetterFile, bodies: Mapping[Language, str], folder: Path) -> None:
    problems = [
        Problem(
            "letter.no-subject",
            "there is no subject for {language}",
            language=language,
            where=f"{folder}/letter.toml",
            remedy='Add {language} = "…" under [subject].',
        )
        for language in bodies
        if language not in file.subject
    ]
    if file.fallback not in bodies:
        problems.append(
            Problem(
                "letter.fallback-lacking",
                "the fallback language {fallback} has no text",
                fallback=file.fallback,
                written=next(iter(bodies), ""),
                where=f"{folder}",
                remedy='Write {fallback}.md, or add fallback = "{written}" to letter.toml.'
                if bodies
                else "Write {fallback}.md.",
            )
        )
    if problems:
        raise LetterError(
            "letter.incomplete", "The letter {folder!r} is incomplete.", folder=folder.name, problems=problems
        )


def _covers(file: _LetterFile, bodies: Mapping[Language, str], folder: Path) -> dict[Language, str]:
    """The covering mail in each language of the letter: one without would go out with an empty mail, or in full."""
    where = place(folder / "letter.toml", "cover")
    problems = [
        Problem(
            "letter.cover-lacking",
            "there is no covering mail in {language}",
            language=language,
            where=where,
            remedy="Write cover.{language}.md, or take the cover away.",
        )
        for language in bodies
        if not (folder / f"cover.{language}.md").is_file()
    ]
    if file.pdf is None:
        problems.append(
            Problem(
                "letter.cover-without-pdf",
                "a covering mail needs the letter as a PDF beside it",
                where=where,
                remedy="Add a [pdf] table, or take the cover away.",
            )
        )
    if problems:
        raise LetterError(
            "letter.incomplete", "The letter {folder!r} is incomplete.", folder=folder.name, problems=problems
        )
    return {language: _read_text(folder / f"cover.{language}.md") for language in bodies}


def _facts_by_language(facts: dict[str, Any], bodies: Mapping[Language, str]) -> dict[Language, dict[str, Any]]:
    """Common facts, with those of [facts.fr] and the like over them."""
    common = {key: value for key, value in facts.items() if not isinstance(value, dict)}
    return {language: common | dict(facts.get(str(language), {})) for language in bodies}


def _attachment(folder: Path, table: AttachmentTable) -> LetterAttachment:
    entry = table.file
    path = (folder / entry).resolve()
    where = place(folder / "letter.toml", "attachments", entry)
    if not path.is_relative_to(folder.resolve()):
        raise LetterError(
            "letter.file-outside",
            "{place}: {entry!r} lies outside the letter's folder.",
            place=where,
            entry=entry,
            remedy="Move it into the folder.",
        )
    if not path.is_file():
        raise LetterError(
            "letter.no-file",
            "{place}: there is no file {entry!r}.",
            place=where,
            entry=entry,
            remedy="Put it into the folder or remove the entry.",
        )
    if path.stat().st_size > _MAX_ATTACHMENT:
        raise LetterError(
            "letter.over-10-mb",
            "{place}: {entry!r} is over 10 MB.",
            place=where,
            entry=entry,
            remedy="Many mail servers refuse it: make it smaller.",
        )
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    name = one_line(table.name) or path.name
    return LetterAttachment(name, media_type, path.read_bytes(), table.language, tuple(table.missions), path.name)


__all__ = [
    "SHARED_BLOCKS", "TEMPLATES", "Letter", "LetterAttachment", "current_letter", "letter_names", "load_letter",
    "read_letter_file", "stamp", "with_texts",
]  # fmt: skip
