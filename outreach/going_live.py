"""Going live as a switch that two people confirm, each with an account; and back, which anybody may who sends.

Who asked for it is what the log says last: there is no other record of it. It holds for a day, for the settings as they
were when it was asked for.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from outreach import clock
from outreach.actors import SCHEDULER, Actor
from outreach.database import reading, writing
from outreach.errors import AccessError, ConflictError, UserError
from outreach.models import Account, AuditEntry
from outreach.outbox.usable import require_usable
from outreach.people import audit
from outreach.people.accounts import may
from outreach.sentences import KeptSentence
from outreach.settings import FILE, Mode, Settings, from_outside, load
from outreach.settings_change import SWITCHED, change_settings, digest_of
from outreach.vocabulary import Act, DeskRole

HOLDS = timedelta(hours=24)
_SWITCH = (Act.LIVE_ASKED, Act.LIVE_BEGUN, Act.LIVE_ENDED)


@dataclass(frozen=True, slots=True)
class LiveAsked:
    """That somebody asked for live mode, and nobody has said yes yet."""

    by: str
    account: int
    at: datetime


@dataclass(frozen=True, slots=True)
class LiveStanding:
    """How the switch stands, for whoever looks at it."""

    live: bool
    asked: LiveAsked | None
    own: bool
    """Whether it was asked for by the one who looks."""
    people: int
    """How many may confirm it: those with an account who may send."""
    outside: bool
    """Whether the mode is set outside of the file, so that nothing can be switched here."""


def live_standing(engine: Engine, settings: Settings, by: Actor) -> LiveStanding:
    """Return how the switch stands."""
    with reading(engine) as session:
        asked = _asked(session, settings)
        return LiveStanding(
            live=settings.live,
            asked=None if settings.live else asked,
            own=asked is not None and asked.account == by.account,
            people=len(_who_may(session)),
            outside=SWITCHED in from_outside().values(),
        )


def ask_for_live(engine: Engine, folder: Path, *, by: Actor) -> None:
    """Ask for live mode, which another person then confirms.

    Raises SettingsError for settings that can't send, AccessError without an account, UserError where it is live
    already, or where nobody else could confirm it.
    """
    settings = load(folder)
    _require_could(settings)
    with writing(engine) as session:
        if len(_who_may(session)) < 2:
            raise UserError(
                "live.nobody-else",
                "Two people turn live mode on, and there is one account that may send.",
                remedy="Let a second person in who approves{ADD_USER}. Or, on the computer that runs the desk, write "
                'mode = "live" into outreach.toml.',
            )
        _require_one_who_may(session, by)
        audit.record(
            session,
            by,
            Act.LIVE_ASKED,
            FILE,
            KeptSentence("log.settings", "for the settings {digest}", digest=_digest(settings)),
        )


def confirm_live(engine: Engine, folder: Path, *, by: Actor) -> LiveAsked:
    """Turn live mode on, as the second person. Return who asked for it.

    Raises AccessError for the account that asked itself, ConflictError where nobody asked, or for other settings.
    """
    seen = digest_of(folder)  # before it is read: who changes it meanwhile is told, and nothing goes live
    settings = load(folder)
    _require_could(settings)
    with reading(engine) as session:
        _require_one_who_may(session, by)
        asked = _asked(session, settings)
    if asked is None:
        raise ConflictError(
            "live.not-asked",
            "Nobody has asked for live mode under the settings as they are now. Nothing was changed.",
            remedy="Ask for it, and let another person confirm it.",
        )
    if asked.account == by.account:
        raise AccessError(
            "live.same-person",
            "{by} has asked for it. Nothing was changed.",
            by=asked.by,
            remedy="The second has to be another person, with an account of their own.",
        )
    change_settings(
        engine, folder, {SWITCHED: Mode.LIVE.value}, by=by, seen=seen, act=Act.LIVE_BEGUN,
        detail=KeptSentence("log.asked-by", "asked for by {who}", who=asked.by),
    )  # fmt: skip
    return asked


def end_live(engine: Engine, folder: Path, *, by: Actor) -> None:
    """Go back to rehearsal, or take back that live mode was asked for. Raises as `change_settings`."""
    if not change_settings(engine, folder, {SWITCHED: Mode.REHEARSAL.value}, by=by, act=Act.LIVE_ENDED, detail="mode"):
        with writing(engine) as session:
            audit.record(session, by, Act.LIVE_ENDED, FILE, KeptSentence("log.only-asked", "it was only asked for"))


def note_mode(engine: Engine, settings: Settings) -> None:
    """Write into the log that the mode is another one than it says: somebody has changed it, and not at the desk."""

    def differs(session: Session) -> bool:
        acts = select(AuditEntry.action).where(col(AuditEntry.action).in_((Act.LIVE_BEGUN, Act.LIVE_ENDED)))
        last = session.exec(acts.order_by(col(AuditEntry.id).desc()).limit(1)).first()
        return (last == Act.LIVE_BEGUN) is not settings.live

    with reading(engine) as session:
        if not differs(session):
            return
    with writing(engine) as session:
        if differs(session):  # what is changed at the desk is written down with the file
            act = Act.LIVE_BEGUN if settings.live else Act.LIVE_ENDED
            told = KeptSentence("log.mode-by-hand", "not at the desk: in {file}, or in the environment", file=FILE)
            audit.record(session, SCHEDULER, act, FILE, told)


def _require_could(settings: Settings) -> None:
    if settings.live:
        raise UserError("live.already", "The mode is live already.")
    require_usable(settings.model_copy(update={"mode": Mode.LIVE}))


def _who_may(session: Session) -> Sequence[Account]:
    return [one for one in session.exec(select(Account).where(col(Account.active))) if may(one.role, DeskRole.APPROVER)]


def _require_one_who_may(session: Session, by: Actor) -> None:
    if by.account not in [one.id for one in _who_may(session)]:
        raise AccessError(
            "live.not-signed-in",
            "Live mode is turned on by people who have signed in, and may send. Nothing was changed.",
            remedy="Sign in{SIGN_IN}.",
        )


def _asked(session: Session, settings: Settings) -> LiveAsked | None:
    entry = session.exec(
        select(AuditEntry).where(col(AuditEntry.action).in_(_SWITCH)).order_by(col(AuditEntry.id).desc()).limit(1)
    ).first()
    if entry is None or entry.action != Act.LIVE_ASKED or entry.account_id is None:
        return None
    if entry.at < clock.now() - HOLDS or not entry.detail.endswith(_digest(settings)):
        return None
    return LiveAsked(entry.who, entry.account_id, entry.at)


def _digest(settings: Settings) -> str:
    """What tells the settings from others, the mode aside; of secrets only whether there is one."""
    told = settings.model_dump(mode="json", exclude={"mode"})
    return sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:12]
