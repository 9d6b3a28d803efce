"""The dossier: a campaign as a folder to publish or hand over, with the letter, who had it, answers, votes and digests.

The same database and letter give the same bytes: nothing in it tells when it was made. What it says is of the moment
of the last change.
"""

import csv
import hashlib
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy import Engine

from outreach import clock, platform
from outreach.actors import Actor
from outreach.campaigns.approved_text import approved_letter
from outreach.campaigns.plan import get_campaign
from outreach.campaigns.publish import NAMES, open_letter
from outreach.catalogues import Tongue, languages, tongue
from outreach.database import reading, writing
from outreach.errors import CampaignError, Problem, UserError
from outreach.letters.folder import TEMPLATES, Letter, load_letter
from outreach.missions.names import state_name
from outreach.models import Campaign
from outreach.people import audit
from outreach.privacy.identity import NaturalPerson
from outreach.reports.editions import columns_of
from outreach.reports.excel.report_columns import cell_text
from outreach.reports.excel.safe_cells import for_csv
from outreach.reports.table import MissionRow, in_order, rows
from outreach.responses.released import ReleasedAnswer, released
from outreach.vocabulary import ANSWERED, SUPPORT, Act, Edition, Position, Vote
from outreach.zipped import write_zip

SUMS = "SHA256SUMS"
_PAGES = Path(__file__).with_name("dossier_pages")
_MOVING = frozenset({"Days waiting", "Next step"})
"""Columns that change with the clock alone."""
_NO_NAME = "[name]"
_LIST = ("index.html", "received.html", "answers.html", "votes.html", "files.html")


@dataclass(frozen=True, slots=True)
class Dossier:
    """What was written."""

    out: Path
    edition: Edition
    files: tuple[str, ...]
    answers: int
    """How many released answers are in it."""
    digest: str
    """SHA-256 of the list of digests: two dossiers with the same one are the same."""
    notes: tuple[Problem, ...] = ()
    """What of the letter in it is otherwise in `templates/` now, or can't be shown to be as it was approved."""


class Count(NamedTuple):
    """A word and how many there are of it, with its share of all in per cent, for a bar."""

    word: str
    number: int
    share: float
    key: str


class LetterFile(NamedTuple):
    """A language of the letter, with its page and its PDF."""

    language: str
    name: str
    page: str
    pdf: str


class ShownCell(NamedTuple):
    """A cell of a table, and whether it is a point in time."""

    text: str
    moment: bool


class SumLine(NamedTuple):
    """A file of the dossier and its digest."""

    name: str
    size: int
    digest: str


def dossier(
    engine: Engine,
    name: str,
    out: Path,
    *,
    edition: Edition = Edition.PUBLIC,
    language: str = "en",
    templates: Path = TEMPLATES,
    by: Actor | None = None,
) -> Dossier:
    """Write a campaign's dossier into a folder, or as a .zip where `out` ends so.

    `edition` says for whom it is, as for reports (see `editions`). The letter is that of the moment of its approval,
    in the texts that were approved (see `campaigns.approved_text`), with those who sign it.
    Where a person makes it, that is an act with its digest. A folder that holds an earlier dossier is brought up to
    date; other files in it stay.
    Raises NotFoundError, CampaignError for a campaign whose letters nobody has approved, LetterError where the letter
    can't be published, UserError where it can't be written.
    """
    say = _tongue(language)
    with reading(engine) as session:
        campaign = get_campaign(session, name)
        moment = campaign.approved_at
        if moment is None:
            raise CampaignError(
                "dossier.not-approved", "The letters of {campaign!r} are not approved yet: there is nothing to tell.",
                campaign=name, number=campaign.id, remedy="Approve them first{APPROVE}.",
            )  # fmt: skip
        table = in_order(rows(session, campaign, now=moment, keyed=False, say=say), say)
        answers = released(session, campaign)
        text, notes = approved_letter(session, campaign, load_letter(campaign.letter, templates))
    letter = open_letter(
        campaign.letter, moment=moment, engine=engine, campaign=name, templates=templates,
        back=("../index.html", f"← {say('Dossier')}"), approved=text,
    )  # fmt: skip
    files = {f"letter/{file}": content for file, content in letter.items()}
    files |= _Pages(campaign, table, answers, edition, say, text).made(files)
    files[SUMS] = _sums(files)
    if out.suffix.lower() == ".zip":
        write_zip(out, files, public=True)
    else:
        _write_folder(out, files)
    digest = hashlib.sha256(files[SUMS]).hexdigest()
    if by is not None:
        with writing(engine) as session:
            detail = f"{edition.value}, {language}, sha256 {digest}"
            audit.record(session, by, Act.DOSSIER_MADE, campaign=campaign.name, detail=detail)
    return Dossier(out, edition, tuple(sorted(files)), len(answers), digest, tuple(notes))


class _Pages:
    """The pages and tables of a dossier."""

    def __init__(
        self,
        campaign: Campaign,
        table: Sequence[MissionRow],
        answers: Sequence[ReleasedAnswer],
        edition: Edition,
        say: Tongue,
        letter: Letter,
    ) -> None:
        self._campaign, self._table, self._edition, self._say = campaign, table, edition, say
        self._answers = [_shown(one, edition, say) for one in answers]
        self._letter = letter
        self._tz = clock.zone(campaign.time_zone)
        self._env = Environment(
            loader=FileSystemLoader(_PAGES), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
            lstrip_blocks=True,
        )  # fmt: skip
        self._env.filters["day"] = self._day
        self._env.filters["word"] = say.word

    def made(self, letter: Mapping[str, bytes]) -> dict[str, bytes]:
        """Return the files, those of the letter excepted."""
        files = {"style.css": self._style(), "data/missions.csv": self._csv(self._columns())}
        facts = self._facts(letter)
        for page in _LIST[:-1]:
            files[page] = self._page(page, facts)
        listed = {**letter, **files}
        lines = [SumLine(name, len(listed[name]), hashlib.sha256(listed[name]).hexdigest()) for name in sorted(listed)]
        files["files.html"] = self._page("files.html", facts | {"lines": lines})
        return files

    def _facts(self, letter: Mapping[str, bytes]) -> dict[str, Any]:
        out = [row for row in self._table if row.sent_at is not None and not row.rehearsed]
        days = sorted(row.sent_at for row in out if row.sent_at is not None)
        told = [one for one in self._columns() if any(one.value(row) not in (None, "") for row in self._table)]
        voted = [row for row in self._table if row.vote is not None]
        return {
            "sent": len(out),
            "first": days[0] if days else None,
            "last": days[-1] if days else None,
            "one_day": bool(days) and self._day(days[0]) == self._day(days[-1]),
            "rehearsed": sum(row.rehearsed for row in self._table),
            "written_to": len(self._table),
            "answered": sum(row.answer in ANSWERED for row in self._table),
            "support": sum(row.position in SUPPORT for row in self._table),
            "positions": _counts(Position, [row.position for row in self._table], self._say),
            "votes": _counts(Vote, [row.vote for row in voted], self._say),
            "by_vote": [(vote, [row for row in voted if row.vote is vote]) for vote in Vote],
            "resolution": self._campaign.resolution or {},
            "answers": self._answers,
            "letters": _letters(letter),
            "letter_title": self._letter.title or self._campaign.letter,
            "columns": [column.head(self._say) for column in told],
            "lines_of_table": [[self._shown_cell(column.value(row)) for column in told] for row in self._table],
            "as_of": self._as_of(),
        }

    def _page(self, name: str, facts: Mapping[str, Any]) -> bytes:
        title = self._title()
        text = self._env.get_template(name).render(
            **facts, say=self._say, language=self._say.language, campaign=self._campaign.name, title=title,
            edition=self._edition.value, here=name, zone=self._campaign.time_zone,
        )  # fmt: skip
        return text.encode()

    def _style(self) -> bytes:
        return (
            (_PAGES / "style.css")
            .read_text(encoding="utf-8")
            .replace("ACCENT", self._letter.letterhead.colour)
            .encode()
        )

    def _title(self) -> str:
        return self._campaign.session_name or self._campaign.name

    def _columns(self) -> list[Any]:
        return [
            column
            for column in columns_of(self._edition)
            if column.header not in _MOVING and not (column.workbook_only or column.hidden)
        ]

    def _csv(self, columns: Sequence[Any]) -> bytes:
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow([column.head(self._say) for column in columns])
        for row in self._table:
            writer.writerow([for_csv(self._cell(column.value(row))) for column in columns])
        return ("\ufeff" + text.getvalue()).encode()

    def _cell(self, value: Any) -> str:
        return cell_text(value, self._say, self._tz)

    def _shown_cell(self, value: Any) -> ShownCell:
        return ShownCell(self._cell(value), isinstance(value, datetime))

    def _day(self, moment: datetime) -> str:
        return self._say.day(moment.astimezone(self._tz).date())

    def _as_of(self) -> datetime:
        """The moment of the last change that the dossier tells of."""
        moments = [self._campaign.approved_at, *(one.at for one in self._answers)]
        for row in self._table:
            moments += [row.sent_at, row.answered_at]
        return max(one for one in moments if one is not None)


def _tongue(language: str) -> Tongue:
    if language not in languages():
        raise UserError(
            "dossier.no-language", "There is no dossier in {language!r}.", language=language,
            languages=", ".join(languages()), remedy="There are: {languages}.",
        )  # fmt: skip
    return tongue(language)


def _shown(one: ReleasedAnswer, edition: Edition, say: Tongue) -> ReleasedAnswer:
    """Return an answer as an edition shows it: in public, without the names of people of the mission."""
    one = replace(one, mission=state_name(one.iso3, one.mission, say))
    if edition is Edition.TEAM or not one.names:
        return one
    text, named = one.text, NaturalPerson(names=one.names)
    for start, end in reversed(named.spans(text)):
        text = text[:start] + _NO_NAME + text[end:]
    return replace(one, text=text, names=())


def _counts(words: Any, found: Sequence[Any], say: Tongue) -> list[Count]:
    counted, most = Counter(found), max(len(found), 1)
    return [
        Count(say.word(word), counted[word], round(100 * counted[word] / most, 2), str(word.value).replace(" ", "-"))
        for word in sorted(words, key=lambda one: one is Position.UNKNOWN)  # what is not known comes last
        if counted[word]
    ]


def _letters(files: Mapping[str, bytes]) -> list[LetterFile]:
    pages = [name for name in files if name.endswith(".html")]
    pdfs = [name for name in files if name.endswith(".pdf")]
    return [
        LetterFile(page.removeprefix("letter/").removesuffix(".html"), NAMES[page[7:-5]], page, pdf)
        for page, pdf in zip(pages, pdfs, strict=True)
    ]


def _sums(files: Mapping[str, bytes]) -> bytes:
    return "".join(f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files)).encode()


def _write_folder(out: Path, files: Mapping[str, bytes]) -> None:
    """Write the files; those of an earlier dossier that are no longer among them go, whatever else is there stays."""
    try:
        if out.exists() and not out.is_dir():
            raise UserError("folder.file", "{folder} is a file, not a folder.", folder=out, remedy="Name another{OUT}.")
        earlier = _earlier(out)
        for name, content in files.items():
            path = out / name
            made = [one for one in (path.parent, *path.parent.parents) if not one.exists()]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            for one in (path, *made):
                platform.make_public(one)
        for name in earlier - set(files):
            (out / name).unlink(missing_ok=True)
    except OSError as error:
        raise UserError(
            "folder.not-written",
            "{folder} can't be written: {error}.",
            folder=out,
            error=error.strerror,
            remedy="Name another{OUT}.",
        ) from None


def _earlier(out: Path) -> set[str]:
    """The files of a dossier that lies there. Raises UserError for a folder that holds something else."""
    if not out.exists() or not any(out.iterdir()):
        return set()
    try:
        lines = (out / SUMS).read_text(encoding="utf-8").splitlines()
    except (FileNotFoundError, UnicodeDecodeError):
        raise UserError(
            "dossier.not-empty", "{folder} is not empty, and holds no dossier.", folder=out, remedy="Name another{OUT}."
        ) from None
    names = {line[66:] for line in lines if line[64:66] == "  "}
    return {name for name in names if not Path(name).is_absolute() and ".." not in Path(name).parts} | {SUMS}
