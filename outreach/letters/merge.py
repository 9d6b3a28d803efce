"""The merge: a letter and a mission become the words of one mail.

Templates run in Jinja2's sandbox. A value that comes from a sheet is text and stays text: in the body it is
escaped for Markdown, and Markdown lets no HTML through; in the subject it is one line without controls.
"""

import types
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date
from jinja2 import FileSystemLoader, Template, TemplateError, TemplateNotFound, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from outreach.errors import LetterError, Problem
from outreach.letters import markdown
from outreach.letters.fields import Record, UnknownField
from outreach.letters.folder import SHARED_BLOCKS, Letter
from outreach.letters.sandbox import Rendered, Sandbox
from outreach.letters.signatories import Signatories, Signatory
from outreach.missions.address import closing, salutation
from outreach.missions.facts import states
from outreach.missions.names import of_state, short_name
from outreach.models import Contact, Language, Mission
from outreach.text import one_line

MAX_SUBJECT = 200
_MAX_BODY = 1_000_000
_ENCODING = "utf-8-sig"  # Notepad puts a mark in front, which is no part of the letter
_RIGHT_TO_LEFT = frozenset({Language.ARABIC})


@dataclass(frozen=True, slots=True)
class Addressee:
    """A mission and the contacts that get its letter; the first one is addressed."""

    mission: Mission
    contacts: tuple[Contact, ...]

    @property
    def wanted_language(self) -> Language:
        """The language that the addressed contact, or else the mission, corresponds in."""
        first = self.contacts[0] if self.contacts else None
        return (first.language if first else None) or self.mission.language


@dataclass(frozen=True, slots=True)
class Merged:
    """The words of one mission's letter, and the empty fields that it would have needed."""

    addressee: Addressee
    language: Language
    subject: str
    text: str
    html: str
    missing: tuple[str, ...]

    @property
    def fell_back(self) -> bool:
        """Whether the letter is not in the mission's own language."""
        return self.language is not self.addressee.wanted_language


class Merger:
    """Merges one letter for any number of missions; its templates are compiled once."""

    def __init__(self, letter: Letter, *, campaign: str, moment: datetime, tz: ZoneInfo) -> None:
        """Take the letter, the campaign's name, and the moment and zone that give the letter its date.

        Raises LetterError (file, line, cure) for a template that can't be compiled.
        """
        self.letter = letter
        self._campaign = campaign
        self._date = moment.astimezone(tz).date()
        search_path = [letter.folder, letter.folder.parent / SHARED_BLOCKS]
        self._env = {language: _environment(language, search_path, body=True) for language in letter.bodies}
        self._subject_env = {language: _environment(language, search_path, body=False) for language in letter.bodies}
        self._layout_env = ImmutableSandboxedEnvironment(
            loader=FileSystemLoader(search_path, encoding=_ENCODING), autoescape=True, undefined=UnknownField
        )
        self._subjects: dict[Language, Template] = {}
        with _Located(letter.folder):
            self._bodies = {language: env.get_template(f"{language}.md") for language, env in self._env.items()}
            self._layout = self._layout_env.get_template("mail.html")
        for language, env in self._subject_env.items():
            with _Located(letter.folder, f"subject.{language}"):
                self._subjects[language] = env.from_string(letter.subjects[language])

    def merge(self, addressee: Addressee) -> Merged:
        """Return the letter for one mission. Fields that are empty are listed in `missing`, not refused.

        Raises LetterError (file, line, cure) for a template that fails.
        """
        language = self.letter.language_for(addressee.wanted_language)
        missing: list[str] = []
        fields = self._fields(addressee, language, missing)
        with _Located(self.letter.folder):
            source = self._bodies[language].render(fields)
        with _Located(self.letter.folder, f"subject.{language}"):
            subject = one_line(self._subjects[language].render(fields))
        self._require_bounds(subject, source, language, addressee.mission.iso3)
        tokens = markdown.parse(source)
        with _Located(self.letter.folder):
            html = self._layout.render(
                language=str(language),
                direction="rtl" if language in _RIGHT_TO_LEFT else "ltr",
                subject=subject,
                body=Markup(markdown.to_html(tokens)),  # noqa: S704  (our own renderer's, with HTML switched off)
            )
        return Merged(addressee, language, subject, markdown.to_text(tokens), html, tuple(missing))

    def _require_bounds(self, subject: str, source: str, language: Language, iso3: str) -> None:
        where = self.letter.folder
        if not subject:
            raise LetterError(f"{where}/letter.toml: the subject for {language} is empty for {iso3}.")
        if len(subject) > MAX_SUBJECT:
            raise LetterError(
                f"{where}/letter.toml: the subject for {iso3} has {len(subject)} characters.",
                cure=f"Shorten it to {MAX_SUBJECT}.",
            )
        if not source.strip():
            raise LetterError(f"{where}/{language}.md is empty for {iso3}.")
        if len(source) > _MAX_BODY:
            raise LetterError(f"{where}/{language}.md: the letter for {iso3} has over {_MAX_BODY:,} characters.")

    def _fields(self, addressee: Addressee, language: Language, missing: list[str]) -> dict[str, Any]:
        first = addressee.contacts[0] if addressee.contacts else None
        return {
            "mission": Record("mission", _mission_fields(addressee.mission, language), missing),
            "contact": Record("contact", _contact_fields(first), missing),
            "letter": Record("letter", {"title": self.letter.title, **self.letter.facts[language]}, missing),
            "campaign": Record("campaign", {"name": self._campaign}, missing),
            "signatories": self._signatories,
            "salutation": salutation(first, language),
            "closing": closing(language),
            "date": self._date,
            "language": str(language),
        }

    @cached_property
    def _signatories(self) -> Record:
        return signatory_fields(self.letter.signatories)


def signatory_fields(signatories: Signatories) -> Record:
    """Return the lists of signatories as a template sees them."""

    def record(signatory: Signatory) -> Record:
        values = {name: getattr(signatory, name) for name in ("name", "title", "affiliation", "acronym", "country")}
        return Record("signatory", values, [])

    lists = {
        "individuals": [record(one) for one in signatories.individuals],
        "organisations": [record(one) for one in signatories.organisations],
        "count": len(signatories),
    }
    return Record("signatories", lists, [])


def _mission_fields(mission: Mission, language: Language) -> dict[str, Any]:
    state = states()[mission.iso3]
    english = language is Language.ENGLISH
    return {
        "iso3": mission.iso3,
        # In English the sheet's own words count: the team may have changed them.
        "name": mission.short_name if english else short_name(state, language),
        "formal_name": mission.formal_name if english else state.formal(language),
        "of": of_state(state, language),
        "group": mission.regional_group,
        "city": mission.city,
    }


def _contact_fields(contact: Contact | None) -> dict[str, Any]:
    names = ("form_of_address", "name", "title", "role", "email")
    return {name: str(getattr(contact, name)) if contact else "" for name in names}


def _environment(language: Language, search_path: Sequence[Path], *, body: bool) -> Sandbox:
    def finalize(value: Any) -> Any:
        if isinstance(value, Rendered):
            return value
        if isinstance(value, date):
            value = format_date(value, format="long", locale=str(language))
        plain = one_line(str(value))
        return markdown.escape(plain) if body else plain

    return Sandbox(
        loader=FileSystemLoader(search_path, encoding=_ENCODING),
        undefined=UnknownField,
        finalize=finalize,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


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
        where = f"{self._folder}/{Path(name).name}, line {line}" if name else f"{self._folder}/letter.toml"
        if not name and self._setting:
            where += f", {self._setting}"
        raise LetterError("The letter can't be merged.", problems=[Problem(where, _said(error))]) from error


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
            f"{one.addressee.mission.short_name} ({one.addressee.mission.iso3})",
            f"the letter needs {field}, which is empty",
            "Fill it in the sheet and import it, or let the letter do without: {% if " + field + " %}…{% endif %}.",
        )
        for one in merged
        for field in one.missing
    ]


__all__ = ["Addressee", "Mapping", "Merged", "Merger", "missing_problems"]
