"""The open edition: the letter to all missions at once, as a page and a PDF in every language, ready for a website."""

from collections.abc import Sequence
from pathlib import Path

from jinja2 import FileSystemLoader, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup
from sqlalchemy import Engine

from outreach import clock, platform
from outreach.campaigns.plan import get_campaign
from outreach.campaigns.signatories import signatories_of
from outreach.database import reading
from outreach.errors import LetterError, Problem, UserError
from outreach.letters import markdown
from outreach.letters.folder import TEMPLATES, Letter, load_letter
from outreach.letters.fonts import lacking
from outreach.letters.letterhead import picture_data
from outreach.letters.merge import MergedText, Merger
from outreach.letters.pdf import file_name, sheet_of, side_by_side, typesetter
from outreach.letters.signers import Signatories
from outreach.settings import load
from outreach.vocabulary import Language

PUBLISHED = Path("published")
PAGE = "page.html"
_DOWNLOAD = {"en": "Download as PDF", "fr": "Télécharger en PDF", "es": "Descargar en PDF", "ar": "تنزيل بصيغة PDF",
             "zh": "下载 PDF", "ru": "Скачать в формате PDF"}  # fmt: skip
_NAMES = {"en": "English", "fr": "Français", "es": "Español", "ar": "العربية", "zh": "中文", "ru": "Русский"}


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
    letter = load_letter(name, templates)
    moment = clock.now()
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
    pages = [_page(letter, one, editions) for one in editions]
    pdfs = list(side_by_side(setter.pdf, sheets))
    folder = out or PUBLISHED / name
    written: list[Path] = []
    try:
        made = not folder.exists()
        folder.mkdir(parents=True, exist_ok=True)
        for one, page, pdf in zip(editions, pages, pdfs, strict=True):
            (folder / f"{one.language}.html").write_text(page, encoding="utf-8")
            (folder / _pdf_name(letter, one.language)).write_bytes(pdf)
            written += [folder / f"{one.language}.html", folder / _pdf_name(letter, one.language)]
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


def _require_open(letter: Letter, editions: Sequence[MergedText]) -> None:
    problems = [
        Problem(
            "publish.field-of-one",
            "the open edition is addressed to nobody alone, and has no {field}",
            field=field,
            where=f"{letter.folder}/{one.language}.md",
            remedy="Write {{% if open %}}all members of the Council{{% else %}}{{{{ {field} }}}}{{% endif %}}.",
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


def _pdf_name(letter: Letter, language: Language) -> str:
    return file_name(letter.pdf_file or letter.name, language.value)


def _page(letter: Letter, words: MergedText, editions: Sequence[MergedText]) -> str:
    env = ImmutableSandboxedEnvironment(loader=FileSystemLoader([letter.folder, letter.layouts]), autoescape=True)
    head = letter.letterhead
    others = [
        Markup('<a href="{0}.html" hreflang="{0}" lang="{0}">{1}</a>').format(one.language.value, _NAMES[one.language])
        for one in editions
        if one.language is not words.language
    ]
    try:
        return env.get_template(PAGE).render(
            language=words.language.value,
            direction="rtl" if words.language is Language.ARABIC else "ltr",
            title=words.subject,
            letterhead=head,
            logos=[picture_data(path) for path in head.logos],
            languages=others,
            pdf=_pdf_name(letter, words.language),
            download=_DOWNLOAD[words.language],
            body=Markup(markdown.to_html(words.tokens)),  # noqa: S704  (our own renderer's, with HTML switched off)
        )
    except TemplateError as error:
        where = f"{letter.layouts / PAGE}"
        raise LetterError(
            "letter.no-page",
            "The page can't be made.",
            problems=[Problem("letter.template", "{said}", said=error.message or str(error), where=where)],
        ) from None
