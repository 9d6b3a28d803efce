"""The merge: a letter and a mission become the words of one mail.

Templates run in Jinja2's sandbox. A value that comes from a sheet is text and stays text: in the body it is
escaped for Markdown, and Markdown lets no HTML through; in the subject it is one line without controls.
"""

import types
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import (
    BaseLoader,
    Environment,
    FileSystemLoader,
    Template,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
)
from markdown_it.token import Token
from markupsafe import Markup

from outreach.errors import LetterError, Problem, at_line
from outreach.letters.attached_files import LetterAttachment, file_name_of, named_apart
from outreach.letters.bounds import bounded, budget
from outreach.letters.faces.mail_html import RIGHT_TO_LEFT, WIDTH, language_tag, text_style
from outreach.letters.faces.pictures import LetterPicture, as_page, read_logos, used_in
from outreach.letters.filters import day, filters
from outreach.letters.folder import SHARED_BLOCKS, Letter
from outreach.letters.merge_fields import FieldGroup, UnknownField, stand_in
from outreach.letters.merge_values import (
    OF_ONE_MISSION,
    Addressee,
    Lines,
    open_values,
    signatory_values,
    values_for,
)
from outreach.letters.passages import Reading, mark, reader
from outreach.letters.same_parts import SameParts
from outreach.letters.sandbox import Compiled, Rendered, Sandbox
from outreach.letters.signing.signers import Signatories
from outreach.letters.toml_lines import place
from outreach.models import Mission
from outreach.text import one_line, shown_line
from outreach.vocabulary import Language

MAX_SUBJECT = 200
_MAX_BODY = 1_000_000
_BODY = Markup("\ufdd5")
"""Stands for the body in the page's layout: one of Unicode's noncharacters, which no text holds (Unicode 15, 23.7)."""
_ENCODING = "utf-8-sig"  # Notepad puts a mark in front, which is no part of the letter

_COMPILED = {language: Compiled() for language in Language}
_COMPILED_LAYOUTS = Compiled()


class _InPieces:
    """What has its HTML in pieces that letters share, and the pictures that the HTML shows."""

    __slots__ = ()
    pieces: tuple[str, ...]
    pictures: tuple[LetterPicture, ...]

    @property
    def html(self) -> str:
        """Its HTML in one."""
        return "".join(self.pieces)

    @property
    def page(self) -> str:
        """Its HTML as a page that stands by itself, with its pictures in it."""
        return as_page(self.html, self.pictures)


@dataclass(frozen=True, slots=True)
class MergedText(_InPieces):
    """A letter's words in its three faces: plain text, HTML, and what the PDF is set from."""

    language: Language
    subject: str
    text: str
    pieces: tuple[str, ...]
    """Its HTML, in pieces that letters share."""
    reading: Reading
    pictures: tuple[LetterPicture, ...]
    """Those that its HTML shows."""
    missing: tuple[str, ...]
    """The empty fields that it would have needed."""

    @property
    def tokens(self) -> tuple[Token, ...]:
        """What the PDF is set from."""
        return self.reading.tokens


@dataclass(frozen=True, slots=True)
class MailWords(_InPieces):
    """What stands in a mail: plain text, HTML, and the pictures that the HTML shows."""

    text: str
    pieces: tuple[str, ...]
    pictures: tuple[LetterPicture, ...]


@dataclass(frozen=True, slots=True)
class Merged(MergedText):
    """The words of one mission's letter."""

    addressee: Addressee
    cover: MailWords | None = None
    """The covering mail, where the letter itself is in the PDF alone."""
    attachments: tuple[LetterAttachment, ...] = ()
    """What goes with it besides the PDF, under the names that the recipient sees."""

    @property
    def mail(self) -> MailWords:
        """What stands in the mail itself: the covering words, or the letter."""
        return self.cover or MailWords(self.text, self.pieces, self.pictures)

    @property
    def fell_back(self) -> bool:
        """Whether the letter is not in the mission's own language."""
        return self.language is not self.addressee.wanted_language


class Merger:
    """Merges one letter for any number of missions; its templates are compiled once."""

    def __init__(
        self, letter: Letter, *, campaign: str, moment: datetime, tz: ZoneInfo, signatories: Signatories | None = None
    ) -> None:
        """Take the letter, the campaign's name, and the moment and zone that give the letter its date.

        `signatories` stand in the place of the letter's own. Raises LetterError (file, line, cure) for a template
        that can't be compiled.
        """
        signing = letter.signatories if signatories is None else signatories  # an empty list is a list
        shown = read_logos(letter.folder, signing.pictured)
        # A picture of the text that is also somebody's logo keeps its own size.
        self.letter = letter = replace(letter, pictures={**shown, **letter.pictures}) if shown else letter
        self._campaign = campaign
        self._date = moment.astimezone(tz).date()
        loader = _TextLoader(letter)
        self._env = {language: _environment(language, loader, body=True) for language in letter.bodies}
        self._subject_env = {language: _environment(language, loader, body=False) for language in letter.bodies}
        self._layout_env = SameParts(
            loader=loader, autoescape=True, undefined=UnknownField,
            bytecode_cache=_COMPILED_LAYOUTS, differing=("subject", "body"),
        )  # fmt: skip
        self._subjects: dict[Language, Template | str] = {}
        with _Located(letter.folder):
            self._bodies = {language: env.get_template(f"{language}.md") for language, env in self._env.items()}
            self._covers = {
                language: self._env[language].get_template(f"cover.{language}.md") for language in letter.covers
            }
            self._layout = self._layout_env.get_template("mail.html")
            self._body_is_put_in = self._layout_env.puts_out("mail.html", "body")
        for language, env in self._subject_env.items():
            with _Located(letter.folder, f"subject.{language}"):
                subject = letter.subjects[language]
                # Most subjects are the same for everybody.
                self._subjects[language] = env.from_string(subject) if "{" in subject else one_line(subject)
        pictures = tuple(letter.pictures.items())
        self._read = {language: _reader(language, pictures) for language in letter.bodies}
        self._signatories = {
            language: signatory_values(signing, language, letter.pictures.keys()) for language in letter.bodies
        }

    def merge(self, addressee: Addressee) -> Merged:
        """Return the letter for one mission. Fields that are empty are listed in `missing`, not refused.

        Raises LetterError (file, line, cure) for a template that fails.
        """
        language = self.letter.language_for(addressee.wanted_language)
        missing: list[str] = []
        values = values_for(addressee, language, missing) | self._common(language, missing)
        iso3 = addressee.mission.iso3
        said = self._words(language, values, missing, iso3)
        cover = self._cover(language, values, missing, said.subject, iso3) if self._covers else None
        attached = tuple(self._attached(addressee.mission, language, values)) if self.letter.attachments else ()
        seen = tuple(dict.fromkeys(missing))
        return Merged(
            said.language, said.subject, said.text, said.pieces, said.reading, said.pictures, seen, addressee,
            cover, attached,
        )  # fmt: skip

    def subject(self, addressee: Addressee) -> str:
        """Return the subject alone of the letter for one mission. Raises LetterError for a template that fails."""
        language = self.letter.language_for(addressee.wanted_language)
        missing: list[str] = []
        values = values_for(addressee, language, missing) | self._common(language, missing)
        return self._subject(language, values, missing)

    def shown(self, addressee: Addressee, language: Language, fields: Iterable[str]) -> dict[str, str]:
        """Return what each field holds for one mission, on one line, as `mission.name` or `mission|of`; empty for none.

        The letter has that language, whatever the mission's own. Raises LetterError for what is no field.
        """
        values = values_for(addressee, language, []) | self._common(language, [])
        wanted = list(fields)
        source = "\n".join(f"{{{{ {field} }}}}" for field in wanted)
        with _Located(self.letter.folder), budget():
            lines = self._subject_env[language].from_string(source).render(values).split("\n")
        pairs = zip(wanted, lines, strict=True)
        return {field: "" if line == stand_in(field.partition("|")[0]) else line for field, line in pairs}

    def open_edition(self, language: Language) -> MergedText:
        """Return the letter to all missions at once, in one of its languages; `open` is true in it.

        Raises LetterError (file, line, cure) for a template that fails.
        """
        missing: list[str] = []
        values = open_values(language, missing) | self._common(language, missing)
        return self._words(language, values, missing, "the open edition")

    def _common(self, language: Language, missing: list[str]) -> dict[str, Any]:
        return {
            "letter": FieldGroup("letter", {"title": self.letter.title, **self.letter.facts[language]}, missing),
            "campaign": FieldGroup("campaign", {"name": self._campaign}, missing),
            "signatories": self._signatories[language],
            "date": self._date,
            "language": str(language),
        }

    def _words(self, language: Language, values: dict[str, Any], missing: list[str], who: str) -> MergedText:
        with _Located(self.letter.folder):
            marked = self._env[language].whole(self._bodies[language], values, missing)
        subject = self._subject(language, values, missing)
        self._require_bounds(subject, marked, language, who)
        reading = self._read[language](marked)
        page = self._page(language, subject, reading)
        pictures = used_in(page, self.letter.pictures)
        return MergedText(language, subject, reading.text, page, reading, pictures, tuple(missing))

    def _cover(
        self, language: Language, values: dict[str, Any], missing: list[str], subject: str, iso3: str
    ) -> MailWords:
        with _Located(self.letter.folder):
            marked = self._env[language].whole(self._covers[language], values, missing)
        self._require_bounds(subject, marked, language, iso3, "cover.")
        reading = self._read[language](marked)
        page = self._page(language, subject, reading)
        return MailWords(reading.text, page, used_in(page, self.letter.pictures))

    def _attached(self, mission: Mission, language: Language, values: Mapping[str, Any]) -> Iterator[LetterAttachment]:
        going = [one for one in self.letter.attachments if one.goes_to(mission, language)]
        named = []
        for one in going:
            if "{" not in one.name:
                named.append(replace(one, name=file_name_of(one.name, one.file)))
                continue
            with _Located(self.letter.folder, "attachments"), budget():
                name = self._subject_env[language].from_string(one.name).render(values)
            named.append(replace(one, name=file_name_of(name, one.file)))
        return named_apart(named)

    def _page(self, language: Language, subject: str, reading: Reading) -> tuple[str, ...]:
        body = reading.mail_html(language)
        right_to_left = language in RIGHT_TO_LEFT
        values = {
            "language": language_tag(language),
            "direction": "rtl" if right_to_left else "ltr",
            "side": "right" if right_to_left else "left",
            "width": WIDTH,
            "text_style": Markup(text_style(language)),  # noqa: S704  (ours, and the quotation marks of fonts in it)
            "subject": subject,
            "body": _BODY if self._body_is_put_in else Markup("".join(body)),  # noqa: S704  (ours, with HTML switched off)
        }
        with _Located(self.letter.folder):
            page = self._layout_env.said(self._layout, values, [], language)
        before, here, after = page.partition(_BODY)
        if not here:
            return (page,)
        return (before, *body, after) if before.endswith("\n") else (before + "".join(body), after)

    def _subject(self, language: Language, values: dict[str, Any], missing: list[str]) -> str:
        subject = self._subjects[language]
        if isinstance(subject, str):
            return subject
        with _Located(self.letter.folder, f"subject.{language}"):
            return one_line(self._subject_env[language].said(subject, values, missing, values["open"]))

    def _require_bounds(self, subject: str, source: str, language: Language, iso3: str, which: str = "") -> None:
        where = self.letter.folder
        if not subject:
            raise LetterError(
                "letter.subject-empty",
                "{place}: it is empty for {iso3}.",
                place=place(where / "letter.toml", f"subject.{language}"),
                iso3=iso3,
            )
        if len(subject) > MAX_SUBJECT:
            raise LetterError(
                "letter.subject-too-long",
                "{place}: for {iso3} it has {count} characters, “{words}”.",
                words=f"{subject[:60]}…",
                place=place(where / "letter.toml", f"subject.{language}"),
                iso3=iso3,
                count=len(subject),
                max_subject=MAX_SUBJECT,
                remedy="Shorten it to {max_subject}.",
            )
        if not source.strip():
            raise LetterError(
                "letter.text-empty",
                "{place}/{which}{language}.md is empty for {iso3}.",
                place=where,
                which=which,
                language=language,
                iso3=iso3,
            )
        if len(source) > _MAX_BODY:
            raise LetterError(
                "letter.text-too-long",
                "{place}/{which}{language}.md: the letter for {iso3} has over {max_body:,} characters.",
                place=where,
                which=which,
                language=language,
                iso3=iso3,
                max_body=_MAX_BODY,
            )


class _TextLoader(FileSystemLoader):
    """Gives the texts of a letter as it was read, and shared blocks and layouts from their files."""

    def __init__(self, letter: Letter) -> None:
        super().__init__([letter.folder, letter.layouts], encoding=_ENCODING)
        self._texts = {f"{language}.md": (text, str(letter.folder / f"{language}.md"))
                       for language, text in letter.bodies.items()}  # fmt: skip

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        if template not in self._texts:
            return super().get_source(environment, template)
        return *self._texts[template], lambda: True


@lru_cache(maxsize=2 * len(Language))
def _reader(language: Language, pictures: tuple[tuple[str, LetterPicture], ...]) -> Callable[[str], Reading]:
    """Reads in a language; what it has read is known in the next merge too: check, page and approval are three."""
    return reader(language, dict(pictures))


@lru_cache(maxsize=4096)
def _marked(value: str) -> str:
    """A value as the body has it. Most are the same for every mission, as the names of those who sign are."""
    return mark(shown_line(value))


def _environment(language: Language, loader: BaseLoader, *, body: bool) -> Sandbox:
    def finalize(value: Any) -> Any:
        if type(value) is str:
            return _marked(value) if body else shown_line(value)
        if isinstance(value, Rendered):
            return value
        if isinstance(value, Lines):
            return "\\\n".join(map(mark, value)) if body else ", ".join(value)
        if isinstance(value, date):
            value = day(value, language)
        elif isinstance(value, list):
            value = env.filters["listed"](value)
        return _marked(str(value)) if body else shown_line(str(value))

    env = Sandbox(
        loader=loader,
        undefined=UnknownField,
        finalize=finalize,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        # Each language has its own: what a template says outright is put into its code as that language writes it.
        bytecode_cache=_COMPILED[language] if body else None,
        differing=OF_ONE_MISSION,
    )
    env.filters.update({name: bounded(name, function) for name, function in filters(language).items()})
    return env


# What a template can bring about. Anything else is a fault of ours, and shows itself as one.
_TEMPLATES_OWN = (
    TemplateError, ArithmeticError, AttributeError, LookupError, MemoryError, RecursionError, TypeError, ValueError,
)  # fmt: skip


class _Located:
    """Turns whatever a template raises into a LetterError that names its file and line."""

    def __init__(self, folder: Path, setting: str = "") -> None:
        self._folder, self._setting = folder, setting

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, trace: types.TracebackType | None
    ) -> None:
        if not isinstance(error, _TEMPLATES_OWN):
            return
        if isinstance(error, TemplateSyntaxError):
            name, line = error.name or "", error.lineno
        else:
            name, line = _place(trace)
        if name:
            where: str = at_line(f"{self._folder}/{Path(name).name}", line)
        else:
            file = self._folder / "letter.toml"
            where = place(file, self._setting) if self._setting else str(file)
        raise LetterError(
            "letter.unmerged",
            "The letter can't be merged.",
            problems=[Problem("letter.template", "{said}", said=_said(error), where=where)],
        ) from error


def _said(error: BaseException) -> str:
    if isinstance(error, TemplateNotFound):
        return f"there is no file {error.name!r} in the letter's folder or in {SHARED_BLOCKS}/"
    if isinstance(error, RecursionError):
        return "a block includes itself without end"
    return getattr(error, "message", None) or str(error) or type(error).__name__


def _place(trace: types.TracebackType | None) -> tuple[str, int]:
    """The template file and line in which an error arose: the innermost frame that is a template's."""
    name, line = "", 0
    while trace is not None:
        if "__jinja_template__" in trace.tb_frame.f_globals or trace.tb_frame.f_code.co_filename.endswith(
            (".md", ".html")
        ):
            name, line = trace.tb_frame.f_code.co_filename, trace.tb_lineno
        trace = trace.tb_next
    return ("", 0) if name.startswith("<") else (name, line)


def missing_problems(merged: Sequence[Merged]) -> list[Problem]:
    """Return a problem for every field that a mission's letter needs and its rows lack."""
    return [
        Problem(
            "letter.field-empty",
            "the letter needs {field}, which is empty",
            field=field,
            where=f"{one.addressee.mission.short_name} ({one.addressee.mission.iso3})",
            remedy="Fill it in the sheet and import it, or let the letter do without: "
            "{{% if {field} %}}…{{% endif %}}.",
        )
        for one in merged
        for field in one.missing
    ]


__all__ = ["Addressee", "Merged", "MergedText", "Merger", "missing_problems"]
