"""A new letter's folder: from nothing, or from a Word document with {{ fields }} in it."""

import re
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from outreach.errors import LetterError, NotFoundError, UserError
from outreach.letters.editing import known_language, with_subject
from outreach.letters.folder import SHARED_BLOCKS, TEMPLATES, read_letter_file
from outreach.letters.word.word_letter import FROM_WORD, InWord, made_ready
from outreach.sentences import Sentence, saying
from outreach.text import folded, one_line
from outreach.vocabulary import Language

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}")
_MAX_DOCX = 20 * 1024 * 1024
_MAX_UNPACKED = 200 * 1024 * 1024
_MAX_PARTS = 5_000
_MAX_TEXT = 2_000_000
_FIELD = re.compile(r"\{\{.{0,300}?\}\}|\{%.{0,300}?%\}", re.DOTALL)

_SUBJECT_LINE = re.compile(
    r"[*_ ]*(?:subject|re|objet|concerne|asunto|referencia|тема|الموضوع|主题|事由)[*_ ]*[:：][*_ ]*"
    r"(?P<words>\S.*?)[*_ ]*",
    re.IGNORECASE,
)
"""A paragraph of its own above the text that says what the letter is about."""
_BEFORE_THE_TEXT = 12
"""Among so many first paragraphs it stands: date, addressee, references."""

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


_NO_COVER = "# Take the # away, and the letter goes as a PDF too: HRC55_letter_France.pdf."
_WITH_COVER = "# The letter goes as a PDF; the mail says what stands in cover.en.md and so on."
_COVER = """\
{{ salutation }}

WORDS

::: signature
{{ closing }}
:::
"""
_COVERING = {
    Language.ENGLISH: "Please find our letter attached as a PDF. A reply to this message reaches us directly.",
    Language.FRENCH: "Veuillez trouver notre lettre ci-jointe, au format PDF. Une réponse à ce message nous parvient "
    "directement.",
    Language.SPANISH: "Adjuntamos nuestra carta en formato PDF. Una respuesta a este mensaje nos llega directamente.",
    Language.ARABIC: "نرفق رسالتنا بصيغة PDF. والرد على هذا البريد يصلنا مباشرة.",
    Language.CHINESE: "随信附上我们的信函（PDF）。回复本邮件即可直接与我们联系。",
    Language.RUSSIAN: "Во вложении – наше письмо в формате PDF. Ответ на это сообщение придёт прямо к нам.",
}


@dataclass(frozen=True, slots=True)
class MadeLetter:
    """What was written: the folder, its files, and what a person should know."""

    folder: Path
    files: tuple[Path, ...]
    notes: tuple[Sentence, ...] = ()


def new_letter(
    name: str, languages: Sequence[str] = ("en",), templates: Path = TEMPLATES, *, cover: bool = False
) -> MadeLetter:
    """Make a letter's folder with a text to fill in for each language; with `cover`, also a covering mail for the PDF.

    Raises UserError for a name that is taken or can't be one, or a language that is none of the six.
    """
    chosen = _languages(languages)
    folder = free_folder(name, templates)
    title = name.replace("-", " ").replace("_", " ").capitalize()
    files = {f"{language}.md": skeleton(language) for language in chosen}
    toml = _toml(name, title, chosen, dict.fromkeys(chosen, title))
    if cover:
        files |= {f"cover.{language}.md": covering_mail(language) for language in chosen}
        toml = (
            toml.replace("attachments = []", "cover = true\nattachments = []")
            .replace('# [pdf]\n# file = "HRC55_letter"', f'[pdf]\nfile = "{name}"')
            .replace(_NO_COVER, _WITH_COVER)
        )
    files = {"letter.toml": toml, **files}
    return MadeLetter(folder, _write(folder, files))


def from_docx(path: Path, name: str | None = None, language: str = "en", templates: Path = TEMPLATES) -> MadeLetter:
    """Bring a Word document in as a letter's folder, or as one more language of a letter that is there.

    The line `Subject: …` of the document, or else its first heading or its name, is the letter's subject in that
    language, unless letter.toml has one.

    Headings, lists, bold and italic, links and tables' text are kept; `{{ fields }}` stay fields. Raises UserError
    for a name that is taken, LetterError for a file that is no .docx or is not harmless.
    """
    (chosen,) = _languages([language])
    read = read_docx(path, chosen)
    notes, body, title = list(read.notes), read.body, read.title
    wanted = name or name_after(path.stem)
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
        files = {target.name: body}
        if chosen not in read_letter_file(folder / "letter.toml").subject:
            files["letter.toml"] = with_subject(folder / "letter.toml", chosen, title)
        return MadeLetter(folder, _write(folder, files), tuple(notes))
    folder = free_folder(wanted, templates)
    toml = _toml(wanted, title, [chosen], {chosen: title})
    return MadeLetter(folder, _write(folder, {"letter.toml": toml, f"{chosen}.md": body}), tuple(notes))


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """A Word document as a letter's text."""

    body: str
    title: str
    notes: tuple[Sentence, ...]
    """What a letter can't hold, by its place in the document, and what the reader said."""


def read_docx(path: Path, language: Language) -> ReadDocument:
    """Read a Word document as a letter's text. Raises LetterError for a file that is no .docx, not harmless or empty.

    What a letter can't hold is told in the notes, and at the head of the text in a comment.
    """
    body, found, notes = _markdown_of(path)
    if not body.strip():
        raise LetterError(
            "document.empty", "{path} holds no text.", path=path.name, remedy="Check that it is the right document."
        )
    notes = [*(one.said for one in found), *notes]
    about = _subject_line(body)
    title = about or _title_of(body) or path.stem
    if about:
        notes.append(saying("word.subject-line", "“{words}” is the subject; its line stays in the text", words=about))
    if found:
        told = "".join(f"- {_harmless(one.in_file)}\n" for one in found)
        body = f"{{# {FROM_WORD}\n{told}#}}\n{body}"
        notes.append(
            saying(
                "word.at-the-head",
                "Each of these stands at the head of {file}: take its line out once you have looked at it.",
                file=f"{language}.md",
            )
        )
    return ReadDocument(body, title, tuple(notes))


def name_after(words: str) -> str:
    """Return a name for a letter's folder that is like some words: `Joint letter, 56th` is `joint-letter-56th`."""
    return re.sub(r"[^a-z0-9]+", "-", folded(words)).strip("-")[:80].strip("-") or "letter"


def skeleton(language: Language) -> str:
    """Return the text that a new letter begins with."""
    return _BODY.replace("WORDS", _WORDS[language])


def covering_mail(language: Language) -> str:
    """Return the covering mail that a new letter begins with."""
    return _COVER.replace("WORDS", _COVERING[language])


def _languages(languages: Sequence[str]) -> list[Language]:
    found = [known_language(language) for language in languages]
    if not found:
        raise UserError("letter.language-needed", "A letter needs a language.", remedy="{LANGUAGE:Say in which one}.")
    return list(dict.fromkeys(found))


def free_folder(name: str, templates: Path) -> Path:
    """Return where a new letter is to be. Raises UserError for a name that is taken or can't be one."""
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


_STYLES = """
p[style-name='List Bullet 2'] => ul|ol > li > ul > li:fresh
p[style-name='List Bullet 3'] => ul|ol > li > ul > li > ul > li:fresh
p[style-name='List Number 2'] => ul|ol > li > ol > li:fresh
p[style-name='List Number 3'] => ul|ol > li > ol > li > ol > li:fresh
p[style-name='Quote'] => blockquote > p:fresh
p[style-name='Intense Quote'] => blockquote > p:fresh
p[style-name='Title'] => h1:fresh
p[style-name='Subtitle'] => h2:fresh
p[style-name='Letter Help'] => !
p[style-name='Letter Subject'] => !
"""


def _markdown_of(path: Path) -> tuple[str, list[InWord], list[Sentence]]:
    """Return a document's text as Markdown, what it held that a letter can't, and what the reader said."""
    require_harmless(path)
    import mammoth
    from markdownify import ATX, MarkdownConverter

    class Converter(MarkdownConverter):
        """Keeps fields as they are: what looks like formatting in them is none."""

        def escape(self, text: str, parent_tags: Any) -> str:
            escape: Callable[[str, Any], str] = super().escape  # type: ignore[misc]  # its stubs leave it out

            def plain(text: str, parent_tags: Any) -> str:
                return re.sub(r"(?<!\\)([\^~])", r"\\\1", escape(text, parent_tags))

            pieces: list[str] = []
            end = 0
            for field in _FIELD.finditer(text):
                pieces += [plain(text[end : field.start()], parent_tags), _straight(field[0])]
                end = field.end()
            return "".join([*pieces, plain(text[end:], parent_tags)])

    def no_picture(_image: Any) -> dict[str, str]:
        return {"src": ""}

    try:
        ready, found = made_ready(path)
        images = mammoth.images.img_element(no_picture)
        read = mammoth.convert_to_html(ready, convert_image=images, style_map=_STYLES)
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
    html, notes = _with_footnotes(re.sub(r"<img[^>]*>", "", read.value))
    converter = Converter(
        heading_style=ATX, bullets="-", strip=["img"], escape_misc=True, table_infer_header=True,
        newline_style="backslash", sup_symbol="^", sub_symbol="~",
    )  # fmt: skip
    text = "\n\n".join(
        [converter.convert(html).strip(), *(f"{mark} {converter.convert(note).strip()}" for mark, note in notes)]
    )
    text = re.sub(r"\ue000(\w+)\ue001", r"[^\1]", text)
    body = re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"
    said = sorted({str(message.message) for message in read.messages if message.type != "info"})
    known = (one for one in said if not re.search("Unrecognised|not defined in the document", one))
    return body, found, [saying("word.reader", "{words}", words=one) for one in known]


def _with_footnotes(html: str) -> tuple[str, list[tuple[str, str]]]:
    """Return the page with a mark for each footnote and endnote, and their words apart, as a letter writes them."""
    from bs4 import BeautifulSoup

    page = BeautifulSoup(html, "html.parser")
    notes: list[tuple[str, str]] = []
    for number, item in enumerate(page.select("li[id^=footnote-], li[id^=endnote-]"), start=1):
        name = str(item["id"])
        for link in page.select(f'a[href="#{name}"]'):
            whole = link.parent if link.parent is not None and link.parent.name == "sup" else link
            whole.replace_with(f"\ue000{number}\ue001")
        for back in item.select('a[href^="#footnote-ref-"], a[href^="#endnote-ref-"]'):
            back.decompose()
        notes.append((f"[^{number}]:", "".join(map(str, item.contents))))
    for item in page.select("li[id^=footnote-], li[id^=endnote-]"):
        around = item.parent
        item.decompose()
        if around is not None and around.name == "ol" and not around.find("li"):
            around.decompose()
    return str(page), notes


def _harmless(words: str) -> str:
    """Words of a document as a line of a template's comment, which they can't end."""
    return words.replace("#}", "# }").replace("{#", "{ #")


def _straight(field: str) -> str:
    """A field with the quotation marks that Word has curled made straight again."""
    return field.translate(str.maketrans("‘’“”", "''\"\"")).replace("\u00a0", " ")


def require_harmless(path: Path) -> None:
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


def _subject_line(body: str) -> str:
    """Return what the line `Subject: …` above a letter's text says, in one of the six languages; empty for none."""
    for paragraph in body.strip().split("\n\n")[:_BEFORE_THE_TEXT]:
        if match := _SUBJECT_LINE.fullmatch(paragraph.strip().lstrip("#").strip()):
            words = one_line(match["words"].replace("\\", ""))
            return words[:1].upper() + words[1:]
    return ""


def _title_of(body: str) -> str:
    match = re.search(r"^#+\s+(.+)$", body, re.MULTILINE)
    return _FIELD.sub("", match[1]).replace("\\", "").strip() if match else ""
