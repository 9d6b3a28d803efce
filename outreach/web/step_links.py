"""What to do next about a campaign, as a link to the page of the desk where it is done."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sqlalchemy import Engine

from outreach import clock
from outreach.outbox.running import who_runs
from outreach.reports.standing.next_steps import Around, Step, Todo
from outreach.reports.standing.situation import around
from outreach.sentences import saying
from outreach.settings import Settings
from outreach.web.desk import Desk

_AROUND_SECONDS = 5
_WAYS: dict[Todo, tuple[str, str]] = {
    Todo.APPROVE: ("Check and approve", "/send#approve"),
    Todo.APPROVE_SECOND: ("Approve as the second person", "/send#approve"),
    Todo.SCHEDULE: ("Set the time", "/send#when"),
    Todo.SCHEDULE_AGAIN: ("Set the time again", "/send#when"),
    Todo.RESUME: ("Let it go on", "/send#progress"),
    Todo.DECIDE: ("Decide the letters in doubt", "/letters?show=hand"),
    Todo.RETRY: ("Try them again, or leave them", "/letters?show=hand"),
    Todo.HAD: ("Say what counts as sent", "/letters?show=hand"),
    Todo.CORRECT: ("Correct the addresses, or try again", "/letters?show=hand"),
    Todo.LOOK_AT_LETTERS: ("Look at its letters", "/letters?show=hand"),
    Todo.READ_ANSWERS: ("Read its answers", "/letters?show=answered"),
    Todo.REPORT: ("The report", "/report.xlsx"),
    Todo.WAIT: ("Nothing: it goes out by itself", ""),
    Todo.RUN: ("Start what sends", "/send#progress"),
    Todo.SETTLE_COPY: ("Let whoever set up this desk settle the copy", ""),
    Todo.MEND_SERVER: ("Look after the mail server", "/send#progress"),
}
_ELSEWHERE: dict[Todo, tuple[str, str]] = {
    Todo.IMPORT_MISSIONS: ("Bring the missions' sheet", "/sheets"),
    Todo.CREATE: ("Make the first one", "/campaigns/new"),
    Todo.MEND_SETTINGS: ("See what is wrong with the settings", "/settings"),
    Todo.LOOK_AT_MAIL: ("Look at the mails that may be answers", "/inbox"),
    Todo.READ_BOX: ("Read the box of answers", "/inbox"),
}


WORDS = (*_WAYS.values(), *_ELSEWHERE.values(), ("Nothing", ""))
"""What the desk says of each step, in English, and where it is done."""


@dataclass(frozen=True, slots=True)
class StepLink:
    """What to do, and where; `href` is empty where no page of the desk does it."""

    words: str
    href: str = ""


def way(step: Step) -> StepLink:
    """Return what a step is at the desk."""
    if step.todo in _ELSEWHERE:
        return StepLink(*_ELSEWHERE[step.todo])
    words, where = _WAYS.get(step.todo, ("Nothing", ""))
    return StepLink(words, f"/campaigns/{step.arguments['number']}{where}" if where else "")


def around_desk(desk: Desk) -> Around:
    """Return what holds for all campaigns now; whether this is a copy, as far as it was known some seconds ago."""
    known = _known(desk.engine, desk.settings, int(clock.now().timestamp() / _AROUND_SECONDS))
    running = [saying("program.this-desk", "this desk")] if desk.sends else who_runs(desk.engine)
    return Around(clock.now(), known.live, known.copy, known.settings, running, known.reads_box)


@lru_cache(maxsize=4)
def _known(engine: Engine, settings: Settings, _moment: int) -> Around:
    return around(engine, settings, running=())


def looked_at(desk: Desk) -> datetime | None:
    """Return when this desk's own sender last looked after what is due."""
    return desk.sender().looked_at if desk.sender is not None else None
