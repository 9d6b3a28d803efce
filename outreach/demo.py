"""The whole story in an invented world: from the spreadsheet to the report, by the code that real campaigns use.

Nothing leaves this machine: whatever the settings and the environment say, the demo talks to its own post office.
"""

import asyncio
import email
import logging
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from sqlalchemy import URL, Engine

from outreach import clock, terminal
from outreach.actors import program
from outreach.campaigns.approve import approve
from outreach.campaigns.check import check
from outreach.campaigns.plan import create, get_campaign
from outreach.campaigns.preview import preview
from outreach.campaigns.timing import schedule
from outreach.database import open_database, reading
from outreach.errors import Fault, UserError
from outreach.inbox.ingest import IngestResult
from outreach.letters.folder import load_letter
from outreach.missions.importer import import_file
from outreach.outbox.worker import Summary
from outreach.rehearsal.post_office import FOLDER, PostOffice
from outreach.rehearsal.world import InventedWorld
from outreach.reports.export import report
from outreach.reports.status import CampaignStatus, status
from outreach.responses.answers import collect
from outreach.responses.positions import set_position, standing
from outreach.schedule import run_with
from outreach.settings import Settings
from outreach.vocabulary import Answer, Door, Language, MessageState, Position
from outreach.workplace import lay_out

CAMPAIGN = "hrc55"
LETTER = "hrc-joint-letter"
AS_OF = date(2024, 3, 18)
_MARK = ".outreach-demo"
_INBOX = "inbox"
_LOG = "outreach.log"
DEMO = program("the demo's invented team", Door.COMMAND)
"""Who acts in the demo: nobody who is asked."""
_TICK_SECONDS = 0.5
_LONGEST_SECONDS = 120
_OPEN = (MessageState.QUEUED, MessageState.SENDING, MessageState.DEFERRED)


@dataclass(slots=True)
class Story:
    """What happened in the demo, counted where it happened: by the server, by the database, in the mails."""

    folder: Path
    missions: int = 0
    contacts: int = 0
    terms: int = 0
    taken_by_server: int = 0
    copies: Counter[str] = field(default_factory=Counter)
    """How often each Message-ID lies in the receiving server's folder."""
    languages: Counter[str] = field(default_factory=Counter)
    came_back: IngestResult | None = None
    status: CampaignStatus | None = None


def play(folder: Path) -> Story:
    """Play the story in a folder, tell it on the terminal, and return it. The folder of an earlier demo is played anew.

    Raises UserError for a folder that holds something else, Fault if the numbers do not agree in the end.
    """
    _make_ready(folder)
    terminal.say("Outreach demo. The missions' answers are invented, and no mail leaves this machine.", "")
    settings = settings_of(folder)
    engine = open_database(settings.database_url)
    try:
        with _logged(folder / _LOG):
            story = _tell(engine, settings, folder)
        _require_agreement(engine, story)
    finally:
        engine.dispose()
    _close(story)
    return story


def settings_of(folder: Path) -> Settings:
    """The demo's own settings, so that nothing set elsewhere can lead a letter out of it."""
    database = URL.create("sqlite", database=str(folder.resolve() / "outreach.db"))
    return Settings.model_validate(
        {
            "database_url": database.render_as_string(),
            "mode": "rehearsal",
            "from": "Coalition Secretariat <secretariat@coalition.example>",
            "reply_to": "answers@coalition.example",
            "bounce_address": "bounces@coalition.example",
            "retry_minutes": 0.01,
        }
    )


def _make_ready(folder: Path) -> None:
    """Lay the demo's folder out. Of an earlier demo, what it made goes; its letters and workbook stay as they are."""
    mark = folder / _MARK
    if folder.exists() and not folder.is_dir():
        raise UserError("demo.file", "{folder} is a file.", folder=folder, remedy="Name another folder{DEMO}.")
    if folder.is_dir() and any(folder.iterdir()) and not mark.is_file():
        raise UserError(
            "demo.not-a-demos",
            "{folder}/ holds something that is not a demo's.",
            folder=folder,
            remedy="Name another folder{DEMO}.",
        )
    try:
        for made in (FOLDER, _INBOX, "previews"):
            shutil.rmtree(folder / made, ignore_errors=True)
        for made in ("outreach.db", "outreach.db-wal", "outreach.db-shm", "report.xlsx", _LOG):
            (folder / made).unlink(missing_ok=True)
        folder.mkdir(parents=True, exist_ok=True)
        mark.write_text("Made by `outreach demo`, which may make this folder anew.\n", encoding="utf-8")
    except OSError as error:
        raise UserError(
            "file.not-written",
            "{path} can't be written: {error}.",
            path=error.filename or folder,
            error=error.strerror,
        ) from None
    lay_out(folder)


def _tell(engine: Engine, settings: Settings, folder: Path) -> Story:
    story = Story(folder)
    templates = folder / "templates"

    imported = import_file(engine, folder / "data" / "missions.xlsx", by=DEMO)
    story.missions, story.contacts = len(imported.missions.added), len(imported.contacts.added)
    story.terms = len(imported.terms.added)
    _step("import", f"{story.missions} missions, {story.contacts} contacts, {story.terms} terms on the Council")

    letter = load_letter(LETTER, templates)
    created = create(engine, settings, CAMPAIGN, letter, audience=["hrc-members"], as_of=AS_OF, by=DEMO)
    codes = [mission.iso3 for mission in created.missions]
    _step("audience", f"{len(codes)} members of the Human Rights Council on {AS_OF}")

    found = check(engine, CAMPAIGN, templates)
    if found.problems:
        raise UserError("demo.not-merged", "The demo's letter can't be merged.", problems=found.problems)
    _step("check", "nothing stands in the way; all addresses are placeholders")

    preview(engine, settings, CAMPAIGN, iso3=codes[0], out=folder / "previews", templates=templates)
    with terminal.progress("approve", len(codes)) as shown:
        approval = approve(
            engine, settings, CAMPAIGN, by=DEMO, templates=templates, progress=lambda done, _all: shown(done)
        )
    _step("approve", f"{approval.ready} letters merged and frozen")

    world = InventedWorld(codes, folder / _INBOX)
    with PostOffice(folder / FOLDER, world) as office, terminal.progress("send", len(codes)) as shown:
        schedule(engine, settings, CAMPAIGN, clock.now().isoformat(), by=DEMO)
        asyncio.run(_send(engine, settings, office, shown))
        story.taken_by_server = office.taken
    _read_server(story)
    _step("send", f"{story.taken_by_server} letters taken by the receiving server, by the scheduler over SMTP")

    story.came_back = collect(engine, [folder / _INBOX], by=DEMO)
    kinds = ", ".join(f"{number} {kind}" for kind, number in sorted(story.came_back.kinds.items()))
    _step("inbox", f"{story.came_back.taken} mails came back and found their letter: {kinds}")

    positions = _set_positions(engine, world)
    _step("responses", f"{positions} positions read from the answers and set")

    report(engine, CAMPAIGN, folder / "report.xlsx")
    _step("report", f"{folder / 'report.xlsx'}")
    with reading(engine) as session:
        story.status = status(session, get_campaign(session, CAMPAIGN))
    return story


async def _send(engine: Engine, settings: Settings, office: PostOffice, shown: terminal.Shown) -> None:
    """Run the scheduler until no letter is left that it would still try."""

    async def settled(_summary: Summary) -> bool:
        shown(office.taken)
        with reading(engine) as session:
            counts = status(session, get_campaign(session, CAMPAIGN)).messages
        return not any(state in counts for state in _OPEN)

    try:
        async with asyncio.timeout(_LONGEST_SECONDS):
            await run_with(
                engine,
                settings,
                office.server,
                tick_seconds=_TICK_SECONDS,
                until=settled,
                progress=lambda _done: shown(office.taken),
            )
    except TimeoutError:
        raise Fault(
            "demo.not-sent",
            "The demo's letters were not sent in {longest_seconds} seconds.",
            longest_seconds=_LONGEST_SECONDS,
        ) from None


def _read_server(story: Story) -> None:
    for path in (story.folder / FOLDER).glob("*.eml"):
        mail = email.message_from_bytes(path.read_bytes())
        story.copies[str(mail["Message-ID"])] += 1
        story.languages[str(mail["Content-Language"])] += 1


def _set_positions(engine: Engine, world: InventedWorld) -> int:
    """Do what the team does by reading: set the position that each answer expresses."""
    told = 0
    for one in standing(engine, CAMPAIGN):
        position = world.position(one.iso3)
        if one.answer is Answer.REPLIED and position not in (None, Position.UNKNOWN):
            set_position(engine, CAMPAIGN, one.iso3, position, note="invented for the demo", by=DEMO)
            told += 1
    return told


def _require_agreement(engine: Engine, story: Story) -> None:
    """The receiving server, its files, the database and the status must tell the same numbers."""
    assert story.status is not None
    from outreach.reports.table import message_rows

    with reading(engine) as session:
        rows = message_rows(session, get_campaign(session, CAMPAIGN))
    sent = Counter(row["message_id"] for row in rows if row["state"] == MessageState.SENT)
    counted = story.status.messages.get(MessageState.SENT, 0)
    if not (story.copies == sent and len(sent) == counted == story.taken_by_server):
        raise Fault(
            "demo.numbers",
            "The numbers do not agree: the server took {taken_by_server} letters and holds "
            "{total}, the database says {counted}.",
            taken_by_server=story.taken_by_server,
            total=story.copies.total(),
            counted=counted,
        )


def _close(story: Story) -> None:
    """The closing screen: what happened, and where the files lie."""
    assert story.status is not None
    found = story.status
    in_languages = ", ".join(f"{number} {Language(code).english}" for code, number in story.languages.most_common())
    replied = found.answers.get(Answer.REPLIED, 0)
    table = [
        ("letters", _counts(found.messages)),
        ("languages", in_languages),
        ("delivery", _counts(found.delivery)),
        ("answers", _counts(found.answers)),
        ("positions", _counts(found.positions)),
    ]
    folder = story.folder
    files = [
        (folder / "report.xlsx", "the status report: open it in Excel or LibreOffice"),
        (folder / FOLDER, f"the {story.taken_by_server} letters as the server took them"),
        (folder / _INBOX, "the bounces, automatic replies and answers that came back"),
        (folder / "previews", "a letter as a page to look at before approval"),
        (folder / _LOG, "what the scheduler did, line by line"),
    ]
    width = max(len(str(path)) for path, _ in files)
    terminal.say(
        "",
        f"What happened: {found.missions} missions were written to, once each, and {replied} answered.",
        *(f"  {word:<10} {counts}" for word, counts in table),
        "  The server, its files, the database and the report agree.",
        "",
        "Where it lies:",
        *(f"  {path!s:<{width}}  {words}" for path, words in files),
        "",
        f"Look around: cd {folder}, then outreach messages list {CAMPAIGN}, or outreach campaign status {CAMPAIGN}",
        f"In a browser: outreach demo --dir {folder} --open",
    )


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{number} {word}" for word, number in counts.items())


def _step(word: str, told: str) -> None:
    terminal.say(f"  {word:<10} {told}")


@contextmanager
def _logged(path: Path) -> Iterator[None]:
    """Keep what the scheduler and the outbox say in a file, and off the screen."""
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s", "%Y-%m-%d %H:%M:%S"))
    loggers = [logging.getLogger(name) for name in ("outreach", "apscheduler", "mail.log")]
    before = [(logger.level, logger.propagate) for logger in loggers]
    for logger, level in zip(loggers, (logging.INFO, logging.ERROR, logging.WARNING), strict=True):
        logger.addHandler(handler)
        logger.setLevel(level)
        logger.propagate = False
    try:
        yield
    finally:
        for logger, (level, propagate) in zip(loggers, before, strict=True):
            logger.removeHandler(handler)
            logger.setLevel(level)
            logger.propagate = propagate
        handler.close()
