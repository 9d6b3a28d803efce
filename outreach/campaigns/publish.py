"""The open edition: the letter to all missions at once, as a page and a PDF in every language, ready for a website."""

from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

from jinja2 import FileSystemLoader, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup
from sqlalchemy import Engine
from sqlmodel import Session

from outreach import clock, platform
from outreach.actors import Actor
from outreach.campaigns.plan import get_campaign
from outreach.campaigns.who_signs.signatories import signatories_of
from outreach.database import reading, writing
from outreach.errors import LetterError, Problem, UserError
from outreach.letters import markdown
from outreach.letters.faces.fonts import lacking
from outreach.letters.faces.letterhead import picture_data
from outreach.letters.faces.mail_html import language_tag
from outreach.letters.faces.pdf import file_name, sheet_of, side_by_side, typesetter
from outreach.letters.faces.pictures import as_page
from outreach.letters.folder import TEMPLATES, Letter, load_letter
from outreach.letters.merge import MergedText, Merger
from outreach.letters.signing.signers import Signatories
from outreach.people import audit
from outreach.settings import load
from outreach.text import counted, folded
from outreach.vocabulary import Act, Language

PUBLISHED = Path("published")
PAGE = "page.html"
_DOWNLOAD = {"en": "Download as PDF", "fr": "Télécharger en PDF", "es": "Descargar en PDF", "ar": "تنزيل بصيغة PDF",
             "zh": "下载 PDF", "ru": "Скачать в формате PDF"}  # fmt: skip
NAMES = {"en": "English", "fr": "Français", "es": "Español", "ar": "العربية", "zh": "中文", "ru": "Русский"}


def publish(
    name: str,
    *,
    engine: Engine | None = None,
    campaign: str | None = None,
    out: Path | None = None,
    templates: Path = TEMPLATES,
) -> list[Path]:
    """Write `en.html`, `en.pdf` and so on for each language of a letter, and return what was written.

    With a campaign, those who sign it now stand below the letter. Raises LetterError where the text uses a field of
    one mission outside `{% if not open %}`: then nothing is written.
    """
    files = open_letter(name, engine=engine, campaign=campaign, moment=clock.now(), templates=templates)
    folder = out or PUBLISHED / name
    written: list[Path] = []
    try:
        made = not folder.exists()
        folder.mkdir(parents=True, exist_ok=True)
        for file, content in files.items():
            (folder / file).write_bytes(content)
            written.append(folder / file)
        for path in (*written, *([folder] if made else [])):
            platform.make_public(path)
    except OSError as error:
        raise UserError(
            "folder.not-written",
            "{folder} can't be written: {error}.",
            folder=folder,
            error=error.strerror,
            remedy="Name another{OUT}.",
        ) from None
    return written


def open_letter(
    name: str,
    *,
    moment: datetime,
    engine: Engine | None = None,
    campaign: str | None = None,
    templates: Path = TEMPLATES,
    back: tuple[str, str] | None = None,
    approved: Letter | None = None,
) -> dict[str, bytes]:
    """Return the files of an open letter by name, a page and a PDF in each language, as of a moment (UTC).

    The same letter, signatories and moment give the same bytes. `back` is a link, its place and words, that leads each
    page; `approved` is a letter in the place of the one in the folder. Raises LetterError as `publish` does.
    """
    letter = approved or load_letter(name, templates)
    signatories: Signatories | None = None
    zone = load().tz
    if campaign is not None and engine is not None:
        with reading(engine) as session:
            found = get_campaign(session, campaign)
            signatories = signatories_of(session, found, moment)
            zone = clock.zone(found.time_zone)
    merger = Merger(letter, campaign=campaign or "", moment=moment, tz=zone, signatories=signatories)
    editions = [merger.open_edition(language) for language in letter.languages]
    _require_open(letter, editions)
    _require_characters(letter, editions)
    setter = typesetter(letter, moment)
    sheets = [sheet_of(one) for one in editions]
    pages = [_page(letter, one, editions, back) for one in editions]
    pdfs = list(side_by_side(setter.pdf, sheets))
    files: dict[str, bytes] = {}
    for one, page, pdf in zip(editions, pages, pdfs, strict=True):
        files[f"{one.language}.html"] = page.encode()
        files[_pdf_name(letter, one.language)] = pdf
    return files


def open_words(session: Session, campaign: str, language: Language, templates: Path) -> tuple[str, str]:
    """Return the subject and the text, as HTML, of a campaign's open letter with those who sign it now.

    It is in that language where the letter has it, else in the letter's own. Raises LetterError.
    """
    found = get_campaign(session, campaign)
    letter, moment = load_letter(found.letter, templates), clock.now()
    signing = signatories_of(session, found, moment)
    merger = Merger(letter, campaign=campaign, moment=moment, tz=clock.zone(found.time_zone), signatories=signing)
    words = merger.open_edition(letter.language_for(language))
    return words.subject, as_page(markdown.to_html(words.tokens), words.pictures)


def packed_letter(engine: Engine, campaign: str, templates: Path, *, by: Actor) -> bytes:
    """Return the open letter of a campaign as a ZIP of its pages and PDFs, and record who took it along.

    Raises as `publish`.
    """
    with reading(engine) as session:
        letter = get_campaign(session, campaign).letter
    files = open_letter(letter, moment=clock.now(), engine=engine, campaign=campaign, templates=templates)
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    with writing(engine) as session:
        audit.record(session, by, Act.LETTER_PUBLISHED, campaign=campaign, detail=counted(len(files), "file"))
    return packed.getvalue()


def _require_open(letter: Letter, editions: Sequence[MergedText]) -> None:
    problems = [
        Problem(
            "publish.field-of-one",
            "the open edition is addressed to nobody alone, and has no {field}",
            field=field,
            code=f"{{% if open %}}all members of the Council{{% else %}}{{{{ {field} }}}}{{% endif %}}",
            letter=letter.name,
            language=str(one.language),
            where=f"{letter.folder}/{one.language}.md",
            remedy="Give the open edition words of its own in its place{OPEN_WORDS}.",
        )
        for one in editions
        for field in one.missing
    ]
    if problems:
        raise LetterError(
            "letter.not-published", "The letter {letter!r} can't be published.", letter=letter.name, problems=problems
        )


def _require_characters(letter: Letter, editions: Sequence[MergedText]) -> None:
    problems = [
        Problem(
            "letter.fonts-lack",
            "the fonts have no {character!r}",
            character=character,
            where=f"{letter.folder}, {one.language}",
            remedy="Write it in Latin letters.",
        )
        for one in editions
        for character in lacking([one.text])
    ]
    if problems:
        raise LetterError(
            "letter.no-pdf-of", "The letter {letter!r} can't be set as a PDF.", letter=letter.name, problems=problems
        )


def _begins_with_its_title(words: MergedText) -> bool:
    """Whether a text has its subject as a heading of the first level, so that the page needs none above it."""
    after = zip(words.tokens, words.tokens[1:], strict=False)
    heads = [text.content for head, text in after if head.type == "heading_open" and head.tag == "h1"]
    return any(folded(one.strip("*_ ")) == folded(words.subject) for one in heads[:1])


def _pdf_name(letter: Letter, language: Language) -> str:
    return file_name(letter.pdf_file or letter.name, language.value)


def _page(
    letter: Letter, words: MergedText, editions: Sequence[MergedText], back: tuple[str, str] | None = None
) -> str:
    env = ImmutableSandboxedEnvironment(loader=FileSystemLoader([letter.folder, letter.layouts]), autoescape=True)
    head = letter.letterhead
    others = [
        Markup('<a href="{0}.html" hreflang="{1}" lang="{1}">{2}</a>').format(
            one.language.value, language_tag(one.language), NAMES[one.language]
        )
        for one in editions
        if one.language is not words.language
    ]
    if back is not None:
        others.insert(0, Markup('<a href="{}">{}</a>').format(*back))
    try:
        return env.get_template(PAGE).render(
            language=language_tag(words.language),
            direction="rtl" if words.language is Language.ARABIC else "ltr",
            title=words.subject,
            headed=_begins_with_its_title(words),
            letterhead=head,
            logos=[picture_data(path) for path in head.logos],
            languages=others,
            pdf=_pdf_name(letter, words.language),
            download=_DOWNLOAD[words.language],
            body=Markup(as_page(markdown.to_html(words.tokens), words.pictures)),  # noqa: S704  (our own renderer's, with HTML switched off)
        )
    except TemplateError as error:
        where = f"{letter.layouts / PAGE}"
        raise LetterError(
            "letter.no-page",
            "The page can't be made.",
            problems=[Problem("letter.template", "{said}", said=error.message or str(error), where=where)],
        ) from None
