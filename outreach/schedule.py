"""The clock: APScheduler jobs that call the rooms above, and nothing else. It holds no state of the business."""

import asyncio
import logging
import math
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from pathlib import Path

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from sqlalchemy import Engine

from outreach import clock
from outreach.actors import Actor
from outreach.backup.kept import BeforeSending, daily
from outreach.campaigns.box import waiting_for_box
from outreach.campaigns.return_path import compose_probe, is_to_be_tried, note_probe
from outreach.campaigns.timing import Ask, Tell, confirm_sending
from outreach.campaigns.trial import Trial, compose_hello, compose_trial
from outreach.catalogues import tongue
from outreach.database import fault_of, reading, stopped_with_its_file, writing
from outreach.errors import BackupFault, Fault, OutreachError, ServerFault, SettingsError
from outreach.going_live import note_mode
from outreach.inbox.mailbox.filing import file_sent
from outreach.inbox.mailbox.whether_to_file import files
from outreach.letters.folder import TEMPLATES
from outreach.outbox.archive_copies import archive_sent, archives
from outreach.outbox.claimed import ClaimedLetter
from outreach.outbox.connection import DATA_SECONDS, Connection, unmarked
from outreach.outbox.copies import Copied, to_come
from outreach.outbox.outcome import Verdict
from outreach.outbox.queue import due_campaigns
from outreach.outbox.running import running
from outreach.outbox.server import SmtpServer
from outreach.outbox.trial_delivery import send_trial
from outreach.outbox.usable import require_program, require_usable
from outreach.outbox.worker import Outbox, Progress, Summary
from outreach.people import audit
from outreach.platform import stopped_by_signals
from outreach.privacy.retention import keep_within
from outreach.rehearsal.post_office import server_for
from outreach.reports import team_mail, webhook
from outreach.reports.standing.next_steps import Step
from outreach.responses.answers import sync
from outreach.sentences import Doing, Sentence, saying
from outreach.settings import Settings
from outreach.settings_watch import SettingsWatch
from outreach.vocabulary import Act
from outreach.witness.standing import require_home
from outreach.wording import step_in_words, stop_mail, went_on

_log = logging.getLogger(__name__)
TICK_SECONDS = 5.0
SETTINGS_SECONDS = 1.0
"""How often settings that can't be used are looked at again."""
TEAM_SECONDS = 60.0
_FETCH = "fetch the inbox"
_BOX_EARLY_SECONDS = 20.0
"""The box is read out of turn, for follow-ups that wait for it, no sooner than so long after the last time."""
WEBHOOK_SECONDS = 5.0
COPY_SECONDS = 10.0
"""How often it is asked whether anything that went out lacks its copy in Sent, or in the archive."""
_COPY_AT_MOST_SECONDS = 30.0
"""How long `send` may take for copies in the end; what is left gets them the next time."""
RETENTION_SECONDS = 3600.0
"""How often it is asked whether anything was kept long enough."""
BACKUP_SECONDS = 3600.0
"""How often it is asked whether the backup of the day is there."""


def send_once(
    engine: Engine,
    settings: Settings,
    folder: Path,
    *,
    by: Actor,
    campaign: str | None = None,
    yes: int | None = None,
    ask: Ask = lambda _missions: None,
    progress: Progress = lambda _done: None,
    tell: Tell = lambda _lines: None,
    warn: Callable[[Sentence], None] = _log.warning,
    watch: SettingsWatch | None = None,
) -> Summary:
    """Send what is due now, then end. SIGINT and SIGTERM let the letters in flight finish first.

    Where follow-ups are due, the box of answers is read first, if one is set; where that fails, `warn` tells, and they
    wait. In the end what went out is copied into Sent and to the archive, for half a minute each at the most; where
    that fails, `warn` tells. `tell` is given what a person should know before the number of missions is typed.
    With a `watch`, settings that are changed meanwhile end it: no other letter is begun, and `warn` tells.

    In live mode the number of missions is confirmed beforehand: by `yes`, else by what `ask` answers; and a backup
    is made. Where that fails, `warn` tells, and the letters go out all the same, unless the disk is full.
    Raises CopyError where the database may be a copy, SettingsError in live mode without a server, ConfirmationError,
    NotFoundError, BackupFault, LostDatabaseFault where the database's file was taken away meanwhile.
    """
    back_up = BeforeSending(engine, settings, folder, campaign)

    async def send(server: SmtpServer) -> Summary:
        outbox = Outbox(engine, settings, server, campaign=campaign, holds=_holding(watch, settings))
        before = Summary()
        outbox.prepare(before)
        if settings.imap_host and _box_is_wanted(engine, settings):
            try:
                await asyncio.to_thread(sync, engine, settings)
            except (SettingsError, Fault) as error:
                warn(
                    saying(
                        "inbox.follow-ups-wait", "{error} The follow-ups wait until it is read.", error=error.whole()
                    )
                )
        confirm_sending(engine, settings, due_campaigns(engine, campaign=campaign), by=by, yes=yes, ask=ask, tell=tell)
        _backed_up(back_up, warn)
        with stopped_by_signals(outbox.stop), stopped_with_its_file(engine, _from_a_thread(outbox.stop)):
            try:
                summary = await outbox.send_due(progress)
                if watch is not None and not watch.holds(settings):
                    warn(_CHANGED)
                if silent := outbox.unanswered:
                    warn(_waits_for_answers(silent))
            finally:
                await outbox.close()
        summary.freed += before.freed
        summary.recovered_uncertain += before.recovered_uncertain
        summary.waiting += before.waiting
        summary.paused += before.paused
        await asyncio.to_thread(_copy_at_the_end, engine, settings, server, warn)
        return summary

    with server_for(settings, folder) as server, running(engine, Doing.SEND):
        return asyncio.run(send(server))


_CHANGED = saying(
    "settings.changed-while-sending",
    "The settings were changed while letters went out: no other letter was begun. Say it again under the new ones.",
)


def _holding(watch: SettingsWatch | None, settings: Settings) -> Callable[[], bool]:
    """Whether these settings still hold; where nobody watches the file, they do."""
    return lambda: watch is None or watch.holds(settings)


def _waits_for_answers(letters: Sequence[ClaimedLetter]) -> Sentence:
    missions = ", ".join(sorted(one.iso3 for one in letters))
    minutes = round(DATA_SECONDS / 60)
    if len(letters) == 1:
        return saying(
            "server.silent-about-one",
            "The mail server has the letter to {missions} and has not answered yet: this waits for its answer, for up "
            "to {minutes} minutes. The others need not wait.",
            missions=missions,
            minutes=minutes,
        )
    return saying(
        "server.silent-about",
        "The mail server has {count} letters and has not answered yet ({missions}): this waits for its answers, for up "
        "to {minutes} minutes. The others need not wait.",
        count=len(letters),
        missions=missions,
        minutes=minutes,
    )


def _box_is_wanted(engine: Engine, settings: Settings) -> bool:
    with reading(engine) as session:
        return waiting_for_box(session, no_mailbox=settings.no_mailbox) > 0


def _backed_up(back_up: BeforeSending, warn: Callable[[Sentence], None]) -> None:
    """Make the backup before live letters, where one is wanted. Raises BackupFault where the disk is full."""
    try:
        back_up()
    except BackupFault as fault:
        if fault.full:
            raise
        warn(saying("backup.none-before", "{fault} The letters go out without a backup.", fault=fault.whole()))


def _copy_at_the_end(engine: Engine, settings: Settings, server: SmtpServer, warn: Callable[[Sentence], None]) -> None:
    """Make the copies that are lacking, within bounds."""
    filed = file_sent(engine, settings, seconds=_COPY_AT_MOST_SECONDS, at_once=True)
    archived = archive_sent(engine, settings, server, seconds=_COPY_AT_MOST_SECONDS, at_once=True)
    for said in (_copy_trouble(filed) or (to_come(filed.left) if filed.left else None), _archive_trouble(archived)):
        if said is not None:
            warn(said)


def _copy_trouble(result: Copied) -> Sentence | None:
    if not result.trouble:
        return None
    return saying(
        "copies.not-in-sent",
        "There is no copy in Sent yet of letters that went out ({left}): {trouble} The copies are tried again.",
        left=result.left,
        trouble=result.trouble,
    )


def _archive_trouble(result: Copied) -> Sentence | None:
    if not result.trouble:
        return None
    return saying(
        "copies.not-in-archive",
        "The archive lacks letters that went out ({left}): {trouble} The copies are tried again.",
        left=result.left,
        trouble=result.trouble,
    )


def send_test(
    engine: Engine, settings: Settings, folder: Path, name: str, *, by: Actor, to: str, iso3: str | None = None
) -> tuple[str, str]:
    """Send one mission's letter to an address of one's own. Return that mission and the server's answer.

    Raises what composing it raises, UserError for an address outside the rehearsal's allow-list, Fault.
    """
    trial = compose_trial(engine, settings, name, to=to, iso3=iso3, templates=folder / TEMPLATES)
    return trial.iso3, _hand_over(engine, settings, folder, trial, by=by, to=to, campaign=name)


def send_hello(engine: Engine, settings: Settings, folder: Path, *, by: Actor, to: str) -> str:
    """Send a few words to an address of one's own, through the mail server that is set. Return the server's answer.

    Raises what composing it raises, UserError for an address outside the rehearsal's allow-list, Fault.
    """
    trial = compose_hello(engine, settings, to=to)
    return _hand_over(engine, settings, folder, trial, by=by, to=to)


def _hand_over(
    engine: Engine, settings: Settings, folder: Path, trial: Trial, *, by: Actor, to: str, campaign: str = ""
) -> str:
    """Hand a test letter over, and try the return path where that is to be tried; return the server's answer."""
    with server_for(settings, folder) as server:
        answer = send_trial(settings, server, trial)
        _try_return_path(engine, settings, server, trial.envelope_from)
    with writing(engine) as session:  # it changes nothing else here, and counts for nothing
        audit.record(session, by, Act.TRIAL_SENT, campaign=campaign, iso3=trial.iso3, detail=to)
    return answer


def _try_return_path(engine: Engine, settings: Settings, server: SmtpServer, bounces: str) -> None:
    """Try whether a tagged return address works. Whatever comes of it, the test letter itself has gone."""
    if not is_to_be_tried(settings):
        return
    probe = compose_probe(settings, bounces)
    with writing(engine) as session:  # before it goes: it may be back at once
        note_probe(session, settings, bounces, probe.message_id)
    try:
        send_trial(settings, server, probe)
    except OutreachError as error:
        with writing(engine) as session:
            note_probe(session, settings, bounces, probe.message_id, refused=str(error))


def run(engine: Engine, watch: SettingsWatch, folder: Path) -> None:
    """Run until SIGINT or SIGTERM: every few seconds, send what is due. The letters in flight finish first.

    Settings that are changed meanwhile hold before the next letter; while they can't be used, nothing is sent, and the
    log says so.

    Raises SettingsError, before anything is begun, for settings with which it could not do its work, and CopyError
    where the database may be a copy; LostDatabaseFault where the database's file was deleted or replaced.
    """
    require_settings(watch.require())
    require_home(engine, watch.settings)
    with running(engine, Doing.RUN):
        while True:
            try:
                settings = watch.require()
                require_settings(settings)
                with server_for(settings, folder) as server:
                    holds = _holding(watch, settings)
                    if not asyncio.run(run_with(engine, settings, server, folder=folder, holds=holds)):
                        return
            except SettingsError as error:
                problems = " ".join(str(one.whole()) for one in error.problems)
                _log.error("%s", saying(
                    "settings.nothing-is-sent", "{error} {problems} Nothing is sent until the settings are put right.",
                    error=error.whole(), problems=problems,
                ))  # fmt: skip
                if not asyncio.run(_changed(engine, watch)):
                    return
            _log.info("the settings have changed")


async def _changed(engine: Engine, watch: SettingsWatch) -> bool:
    """Wait until the settings are changed once more; False where it is to end."""
    stop = asyncio.Event()
    with stopped_by_signals(stop.set), stopped_with_its_file(engine, _from_a_thread(stop.set)):
        while not stop.is_set() and not watch.moved:
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), SETTINGS_SECONDS)
    return not stop.is_set()


def require_settings(settings: Settings) -> None:
    """Refuse settings with which the scheduler could not do its work. Raises SettingsError."""
    require_usable(settings)
    if settings.imap_host:
        require_program("imap_token_command", settings.imap_token_command)


async def run_with(
    engine: Engine,
    settings: Settings,
    server: SmtpServer,
    *,
    tick_seconds: float = TICK_SECONDS,
    until: Callable[[Summary], Awaitable[bool]] | None = None,
    progress: Progress = lambda _done: None,
    failed: Callable[[Exception], None] = lambda _error: None,
    folder: Path | None = None,
    holds: Callable[[], bool] = lambda: True,
) -> bool:
    """Run the scheduler on a server that stands ready. Return whether it ended because the settings hold no more.

    `until`, asked after each pass over what is due, may end it; `failed` is told what broke a pass off. `holds` tells
    whether the settings still hold: it is asked at each tick, and at each letter, within the transaction that lets it
    go. With a campaign's `folder`, backups are made: once a day, and before live letters go out. Raises
    LostDatabaseFault where the database's file was deleted or replaced.
    """
    outbox = Outbox(engine, settings, server, holds=holds)
    stop = asyncio.Event()
    others = False

    def end() -> None:
        _log.info("stopping: the letters in flight finish first")
        outbox.stop()
        stop.set()

    if folder is not None:
        await asyncio.to_thread(note_mode, engine, settings)
    back_up = BeforeSending(engine, settings, folder) if folder is not None else None
    box = _Box(engine, settings)
    trouble = _Trouble()
    copies = _Copies(engine, settings, server, stop)

    async def tick() -> None:
        nonlocal others
        if not holds():
            if not stop.is_set():
                others = True
                end()
            return
        if back_up is not None:
            try:
                await asyncio.to_thread(_backed_up, back_up, _log.error)
            except BackupFault as fault:
                _log.error("%s The letters wait.", fault)
                failed(fault)
                return
        copies.sending = True
        try:
            summary = await outbox.send_due(progress)
        finally:
            copies.sending = False
        if await box.is_wanted():
            scheduler.modify_job(_FETCH, next_run_time=clock.now())
        await outbox.close_idle()
        trouble.tell(summary)
        if until is not None and await until(summary):
            stop.set()
        elif not holds():
            await tick()

    # That one pass lasts longer than to the next tick is as it should be: the scheduler warns of it by its own names.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    scheduler = AsyncIOScheduler(timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1})
    _every(scheduler, tick_seconds, "send what is due", _noting(tick, failed))
    _join_others(scheduler, engine, settings, server, box, stop, folder)
    copies.join(scheduler)
    with stopped_by_signals(end), stopped_with_its_file(engine, _from_a_thread(end)):
        _log.info("running in %s mode, mail server %s", settings.mode, "rehearsal" if server.embedded else server)
        scheduler.start()
        await stop.wait()
        scheduler.pause()
        await outbox.close()  # first of all: APScheduler would cut a job off in the middle of a letter
        scheduler.shutdown()
    _log.info("stopped")
    return others


def _join_others(
    scheduler: AsyncIOScheduler, engine: Engine, settings: Settings, server: SmtpServer, box: "_Box",
    stop: asyncio.Event, folder: Path | None,
) -> None:  # fmt: skip
    """Let the scheduler do what is no sending of letters."""
    if settings.team or settings.sender:  # whom a comment mentions is mailed without a team too
        missed: dict[str, tuple[str, str]] = {}
        mailing = _noting(lambda: mail_team(engine, settings, server, missed=missed))
        _every(scheduler, TEAM_SECONDS, "mail the team", mailing)
    if settings.webhook_url:
        _every(scheduler, WEBHOOK_SECONDS, "post events", _noting(lambda: _post_events(engine, settings, stop)))
    if settings.imap_host:
        _every(scheduler, settings.imap_poll_seconds, _FETCH, _noting(box.fetch))
    _every(scheduler, RETENTION_SECONDS, "keep within the time set", _noting(lambda: _keep_within(engine, settings)))
    if folder is not None:
        _every(scheduler, BACKUP_SECONDS, "back up", _noting(lambda: _back_up_daily(engine, settings, folder)))


def _every(scheduler: AsyncIOScheduler, seconds: float, name: str, job: Callable[[], Awaitable[None]]) -> None:
    """Let the scheduler do something now, and then each so many seconds."""
    scheduler.add_job(job, "interval", seconds=seconds, next_run_time=clock.now(), id=name)


class _Trouble:
    """Tells once that the mail server keeps the letters, and once that it takes them again."""

    def __init__(self) -> None:
        self._said = ""

    def tell(self, summary: Summary) -> None:
        """Say what a pass met, if that is news."""
        if summary.fault is not None:
            if (words := str(summary.fault)) != self._said:
                _log.error("%s The letters wait.", summary.fault)
                self._said = words
        elif self._said and summary.states:
            _log.info("the mail server takes letters again")
            self._said = ""


class _Copies:
    """Copies of what went out, into Sent and for an archive: beside the sending, which never waits for them."""

    def __init__(self, engine: Engine, settings: Settings, server: SmtpServer, stop: asyncio.Event) -> None:
        self._engine, self._settings, self._server, self._stop = engine, settings, server, stop
        self._said: dict[str, str] = {}
        self.sending = False
        """Whether letters are being handed over now: the archive's copies do not take a connection from them."""

    def join(self, scheduler: AsyncIOScheduler) -> None:
        """Let the scheduler do it, where copies are wanted."""
        jobs: dict[str, Callable[[], Awaitable[None]]] = {}
        if files(self._settings):
            jobs["file into Sent"] = self._file
        if archives(self._settings) and not self._server.embedded:
            jobs["copy to the archive"] = self._archive
        for name, job in jobs.items():
            _every(scheduler, COPY_SECONDS, name, _noting(job))

    async def _file(self) -> None:
        """Put what is lacking into Sent."""
        result = await asyncio.to_thread(file_sent, self._engine, self._settings, stop=self._stop.is_set)
        self._tell("Sent", result, _copy_trouble(result))

    async def _archive(self) -> None:
        """Send the archive what it lacks."""
        result = await asyncio.to_thread(
            archive_sent, self._engine, self._settings, self._server, stop=lambda: self.sending or self._stop.is_set()
        )
        self._tell("the archive", result, _archive_trouble(result))

    def _tell(self, place: str, result: Copied, trouble: Sentence | None) -> None:
        """Say what went wrong once, and once that it is over."""
        if trouble is not None:
            if self._said.get(place) != result.trouble:
                _log.warning("%s", trouble)
            self._said[place] = result.trouble
        elif (result.made or result.found) and self._said.pop(place, ""):
            _log.info("copies go into %s again", place)


class _Box:
    """The box of answers: read in its turn, and out of turn where follow-ups that are due wait for it."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self._engine, self._settings = engine, settings
        self._reading = asyncio.Lock()
        self._next_early = -math.inf

    async def fetch(self) -> None:
        """Take in what is new."""
        async with self._reading:
            self._next_early = time.monotonic() + min(self._settings.imap_poll_seconds, _BOX_EARLY_SECONDS)
            result = await asyncio.to_thread(sync, self._engine, self._settings, all_again=False)
        if result.taken:
            _log.info("inbox: %d new mails, %d of them wait for a person", result.taken, len(result.unmatched))

    async def is_wanted(self) -> bool:
        """Tell whether it is to be read at once: others' letters go out meanwhile."""
        if not self._settings.imap_host or self._reading.locked() or time.monotonic() < self._next_early:
            return False
        return await asyncio.to_thread(_box_is_wanted, self._engine, self._settings)


async def _post_events(engine: Engine, settings: Settings, stop: asyncio.Event) -> None:
    await asyncio.to_thread(webhook.push, engine, settings, stop=stop.is_set)


async def _keep_within(engine: Engine, settings: Settings) -> None:
    erased = await asyncio.to_thread(keep_within, engine, settings)
    if erased:
        _log.info("kept long enough, and erased: %s", erased)


async def _back_up_daily(engine: Engine, settings: Settings, folder: Path) -> None:
    try:
        await asyncio.to_thread(daily, engine, settings, folder)
    except BackupFault as fault:
        _log.error("%s It is tried again in an hour.", fault)


async def mail_team(
    engine: Engine, settings: Settings, server: SmtpServer, *, missed: dict[str, tuple[str, str]] | None = None
) -> None:
    """Mail the team what is due to it, each once: first of all, which campaigns did not go, and the cure.

    `missed` keeps, from one time to the next, what could not be handed over of those: it is told late, as over, where
    the campaign goes on by then. Raises SettingsError where the team holds an address of a mission, ServerFault where
    the server can't be reached.
    """
    team = await asyncio.to_thread(team_mail.team_of, engine, settings, embedded=server.embedded)
    missed = {} if missed is None else missed
    connection = Connection(server)

    def cure(step: Step) -> str:
        return step_in_words(step, settings.tz, by="WHO")

    try:
        for draft in await asyncio.to_thread(_of_stops, engine, settings, team, missed):
            if await _mail_draft(engine, connection, team, draft):
                missed.pop(draft.about[0], None)
        for draft in await asyncio.to_thread(team_mail.drafts, engine, settings, team, clock.now(), cure):
            await _mail_draft(engine, connection, team, draft)
        embedded = server.embedded
        for to, draft in await asyncio.to_thread(
            team_mail.mention_mails, engine, settings, clock.now(), embedded=embedded
        ):
            await _mail_draft(engine, connection, [to], draft)
    finally:
        await connection.close()


def _of_stops(
    engine: Engine, settings: Settings, team: list[str], missed: dict[str, tuple[str, str]]
) -> list[team_mail.DueMail]:
    """The mails of campaigns that stopped, and of those that could not be told of while they stood still."""
    if not team:
        return []
    now = clock.now()
    say = tongue(settings.report_language)
    words: dict[str, tuple[str, str]] = {}
    for news in team_mail.stopped(engine, settings, now):
        campaign = news.now.campaign
        tz, missions = clock.zone(campaign.time_zone), news.now.known.status.missions
        words[news.about] = stop_mail(campaign.name, news.stop, tz, missions, news.now.stops, say)
    over = {about: (subject, went_on(text, say)) for about, (subject, text) in missed.items() if about not in words}
    missed.update(words)
    return [team_mail.drafted(settings, team, about, *told, now) for about, told in (words | over).items()]


async def _mail_draft(engine: Engine, connection: Connection, team: list[str], draft: team_mail.DueMail) -> bool:
    """Mail one of them; return whether it is settled, by this process or another."""
    if not await asyncio.to_thread(team_mail.claim, engine, draft, clock.now()):
        return True
    sender = str(draft.mail["From"].addresses[0].addr_spec)
    claimed = ClaimedLetter.unqueued(str(draft.mail["Message-ID"]), sender, team, draft.mail.as_bytes())
    try:
        outcome = await connection.deliver(claimed, unmarked)
    except ServerFault:
        await asyncio.to_thread(team_mail.give_back, engine, draft)
        raise
    again = outcome.verdict in {Verdict.DEFERRED, Verdict.BROKEN}
    if again:
        await asyncio.to_thread(team_mail.give_back, engine, draft)
    if outcome.verdict is not Verdict.ACCEPTED:
        _log.error("the mail %r to the team was not taken: %s", str(draft.mail["Subject"]), outcome.reply)
    return not again


def _noting(
    tick: Callable[[], Awaitable[None]], failed: Callable[[Exception], None] = lambda _error: None
) -> Callable[[], Awaitable[None]]:
    """A tick that fails is told in the log, and the next one comes all the same. What has a sentence is told once."""
    said = ""

    async def noted() -> None:
        nonlocal said
        try:
            await tick()
            said = ""
        except asyncio.CancelledError:
            return  # it is being stopped, in the middle of a backup, say: the scheduler would print where it was
        except OutreachError as error:
            if str(error) != said:
                said = str(error)
                _log.error("%s", error)
            failed(error)
        except Exception as error:  # noqa: BLE001  (whatever it was, the scheduler lives on)
            if (fault := fault_of(error)) is None:
                _log.exception("this tick failed; the next one comes in its time")
            elif str(fault) != said:  # a full disk, a folder that is read-only: one sentence, once
                said = str(fault)
                _log.error("%s It is tried again.", fault)
            failed(fault or error)

    return noted


def _from_a_thread(stop: Callable[[], None]) -> Callable[[], None]:
    """Let another thread call what belongs to the loop that runs now."""
    loop = asyncio.get_running_loop()

    def told() -> None:
        loop.call_soon_threadsafe(stop)

    return told
