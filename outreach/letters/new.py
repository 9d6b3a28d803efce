"""A new letter's folder: from nothing, or from a Word document with {{ fields }} in it."""

import re
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from outreach.errors import LetterError, NotFoundError, UserError
from outreach.letters.folder import SHARED_BLOCKS, TEMPLATES
from outreach.text import folded, one_line
from outreach.vocabulary import Language

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}")
_MAX_DOCX = 20 * 1024 * 1024
_MAX_UNPACKED = 200 * 1024 * 1024
_MAX_PARTS = 5_000
_MAX_TEXT = 2_000_000
_FIELD = re.compile(r"\{\{.{0,300}?\}\}|\{%.{0,300}?%\}", re.DOTALL)

_TOML = """\
# {title}. Let it be checked after each change.
title = {quoted}
fallback = "{fallback}"                      # for missions whose own language has no text here
attachments = []                     # files in this folder that go with every copy, such as ["annex.pdf"]

[subject]
{subjects}

# Take the # away, and the letter goes as a PDF too: HRC55_letter_France.pdf.
# [pdf]
# file = "HRC55_letter"

# [letterhead]
# name = "Our Coalition"
# lines = ["Street, town", "office@coalition.example"]
# logos = ["logo.svg"]               # .svg, .png or .jpg files in this folder

# What the text can use as {{{{ letter.name }}}}. Dates are written out in the letter's language.
[facts]
# reply_by = 2024-03-27
"""
_BODY = """\
::: date
{{ date }}
:::

::: address
{{ inside_address }}
:::

{{ salutation }}

WORDS

::: signature
{{ closing }}
:::
"""
_WORDS = {
    Language.ENGLISH: "Write the letter here. This one goes to {{ mission|the }}.",
    Language.FRENCH: "Écrivez la lettre ici. Celle-ci va à la mission {{ mission|of }}.",
    Language.SPANISH: "Escriba la carta aquí. Esta va a la misión {{ mission|of }}.",
    Language.ARABIC: "اكتبوا نص الرسالة هنا. هذه موجهة إلى {{ mission.name }}.",
    Language.CHINESE: "请在此书写信函。此信致{{ mission.name }}。",
    Language.RUSSIAN: "Напишите письмо здесь. Это письмо: {{ mission.name }}.",
}


@dataclass(frozen=True, slots=True)
class MadeLetter:
    """What was written: the folder, its files, and what a person should know."""

    folder: Path
    files: tuple[Path, ...]
    notes: tuple[str, ...] = ()


def new_letter(name: str, languages: Sequence[str] = ("en",), templates: Path = TEMPLATES) -> MadeLetter:
    """Make a letter's folder with a text to fill in for each language.

    Raises UserError for a name that is taken or can't be one, or a language that is none of the six.
    """
    chosen = _languages(languages)
    folder = _free_folder(name, templates)
    title = name.replace("-", " ").replace("_", " ").capitalize()
    files = {f"{language}.md": _BODY.replace("WORDS", _WORDS[language]) for language in chosen}
    files = {"letter.toml": _toml(name, title, chosen, dict.fromkeys(chosen, title)), **files}
    return MadeLetter(folder, _write(folder, files))


def from_docx(path: Path, name: str | None = None, language: str = "en", templates: Path = TEMPLATES) -> MadeLetter:
    """Bring a Word document in as a letter's folder, or as one more language of a letter that is there.

    Headings, lists, bold and italic, links and tables' text are kept; `{{ fields }}` stay fields. Raises UserError
    for a name that is taken, LetterError for a file that is no .docx or is not harmless.
    """
    (chosen,) = _languages([language])
    body, notes = _markdown_of(path)
    if not body.strip():
        raise LetterError(
            "document.empty", "{path} holds no text.", path=path.name, remedy="Check that it is the right document."
        )
    wanted = name or re.sub(r"[^a-z0-9]+", "-", folded(path.stem)).strip("-") or "letter"
    folder = templates / wanted
    if (folder / "letter.toml").is_file():
        target = folder / f"{chosen}.md"
        if target.exists():
            raise UserError(
                "file.there",
                "{path} is there already.",
                path=target,
                remedy="Take another name for the letter, or remove that file.",
            )
        notes = [*notes, f'Add {chosen} = "…" under [subject] in {folder}/letter.toml.']
        return MadeLetter(folder, _write(folder, {target.name: body}), tuple(notes))
    folder = _free_folder(wanted, templates)
    title = _title_of(body) or path.stem
    toml = _toml(wanted, title, [chosen], {chosen: title})
    return MadeLetter(folder, _write(folder, {"letter.toml": toml, f"{chosen}.md": body}), tuple(notes))


def _languages(languages: Sequence[str]) -> list[Language]:
    found = []
    for language in languages:
        try:
            found.append(Language(language.strip().lower()))
        except ValueError:
            raise UserError(
                "letter.no-language",
                "{language!r} is no language.",
                language=language,
                known=", ".join(Language),
                remedy="Take of: {known}.",
            ) from None
    if not found:
        raise UserError("letter.language-needed", "A letter needs a language.", remedy="{LANGUAGE:Say in which one}.")
    return list(dict.fromkeys(found))


def _free_folder(name: str, templates: Path) -> Path:
    if not _NAME.fullmatch(name) or name == SHARED_BLOCKS:
        raise UserError(
            "letter.name-unusable",
            "{name!r} can't be the name of a letter.",
            name=name,
            remedy="Use a-z, 0-9 and -, such as hrc56-letter.",
        )
    if not (templates / SHARED_BLOCKS / "mail.html").is_file():
        raise NotFoundError(
            "letter.no-layouts",
            "There are no layouts in {templates}.",
            templates=templates / SHARED_BLOCKS,
            remedy="They come with the folder{INIT}.",
        )
    folder = templates / name
    if folder.exists():
        raise UserError("file.there", "{path} is there already.", path=folder, remedy="Take another name.")
    return folder


def _toml(name: str, title: str, languages: Sequence[Language], subjects: dict[Language, str]) -> str:
    return _TOML.format(
        title=one_line(title),
        name=name,
        quoted=_quoted(title),
        fallback=languages[0],
        subjects="\n".join(f"{language} = {_quoted(subjects[language])}" for language in languages),
    )


def _quoted(text: str) -> str:
    """A TOML basic string of one line."""
    return '"' + one_line(text).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _write(folder: Path, files: dict[str, str]) -> tuple[Path, ...]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (folder / name).write_text(content, encoding="utf-8")
    except OSError as error:
        raise UserError(
            "file.not-written", "{path} can't be written: {error}.", path=folder, error=error.strerror
        ) from None
    return tuple(folder / name for name in files)


# -------------------------------------------------------------------------------------------------------- Word


def _markdown_of(path: Path) -> tuple[str, list[str]]:
    _require_harmless(path)
    import mammoth
    from markdownify import ATX, MarkdownConverter

    class Converter(MarkdownConverter):
        """Keeps fields as they are: what looks like formatting in them is none."""

        def escape(self, text: str, parent_tags: Any) -> str:
            plain: Callable[[str, Any], str] = super().escape  # type: ignore[misc]  # its stubs leave it out
            pieces: list[str] = []
            end = 0
            for field in _FIELD.finditer(text):
                pieces += [plain(text[end : field.start()], parent_tags), _straight(field[0])]
                end = field.end()
            return "".join([*pieces, plain(text[end:], parent_tags)])

    def no_picture(_image: Any) -> dict[str, str]:
        return {"src": ""}

    try:
        with path.open("rb") as file:
            read = mammoth.convert_to_html(file, convert_image=mammoth.images.img_element(no_picture))
    except Exception as error:  # noqa: BLE001  (whatever a damaged document makes the reader raise)
        raise LetterError(
            "document.not-read",
            "{path} can't be read as a Word document: {error}.",
            path=path.name,
            error=error,
            remedy="Save it again in Word.",
        ) from None
    if len(read.value) > _MAX_TEXT:
        raise LetterError(
            "document.too-much-text",
            "{path} holds more text than a letter can.",
            path=path.name,
            remedy="Is it the right document?",
        )
    html = re.sub(r"<img[^>]*>", "", read.value)
    text = Converter(heading_style=ATX, bullets="-", strip=["img"], escape_misc=True).convert(html)
    body = re.sub(r"\n{3,}", "\n\n", text.replace("\u00a0", " ")).strip() + "\n"
    notes = sorted({str(message.message) for message in read.messages if message.type != "info"})
    if "<img" in read.value:
        notes.append("Pictures are left out: put them into the letter's folder as attachments or logos.")
    if "<table" in read.value:
        notes.append("A table is there as lines of text: look at it.")
    return body, notes


def _straight(field: str) -> str:
    """A field with the quotation marks that Word has curled made straight again."""
    return field.translate(str.maketrans("‘’“”", "''\"\"")).replace("\u00a0", " ")


def _require_harmless(path: Path) -> None:
    """Refuse what is no .docx, a zip bomb, or XML with entities. Word writes none of them."""
    if not path.is_file():
        raise LetterError(
            "file.not-there", "There is no file {path}.", path=path, remedy="Check the name and the folder."
        )
    try:
        if path.stat().st_size > _MAX_DOCX:
            raise LetterError("document.over-20-mb", "{path} is over 20 MB: no letter is.", path=path.name)
        with zipfile.ZipFile(path) as package:
            parts = package.infolist()
            if "word/document.xml" not in package.namelist():
                raise LetterError(
                    "document.not-word",
                    "{path} is no Word document (.docx).",
                    path=path.name,
                    remedy="Save it in Word as .docx.",
                )
            if len(parts) > _MAX_PARTS or sum(part.file_size for part in parts) > _MAX_UNPACKED:
                raise LetterError("document.unpacks", "{path} unpacks to more than a letter can be.", path=path.name)
            for part in parts:
                if part.filename.endswith((".xml", ".rels")) and b"<!DOCTYPE" in package.read(part).upper():
                    raise LetterError(
                        "document.type", "{path} holds a document type, which Word does not write.", path=path.name
                    )
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, EOFError) as error:
        raise LetterError(
            "document.not-word-because",
            "{path} is no Word document (.docx): {error}.",
            path=path.name,
            error=error,
            remedy="Save it in Word as .docx, without a password.",
        ) from None


def _title_of(body: str) -> str:
    match = re.search(r"^#+\s+(.+)$", body, re.MULTILINE)
    return _FIELD.sub("", match[1]).replace("\\", "").strip() if match else ""
