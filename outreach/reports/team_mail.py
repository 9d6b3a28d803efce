"""What the scheduler mails to the team itself: the report by day or week, and a notice of an answer or a bounce.

Nothing of it ever goes to a mission: an address that stands in the directory, or that a letter went to, is refused.
"""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, func, literal_column, or_
from sqlalchemy import select as sa_select
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from outreach.catalogues import SOURCE, Tongue, languages, tongue
from outreach.database import reading, writing
from outreach.errors import SettingsError
from outreach.missions.allow_list import AllowList
from outreach.missions.names import state_name
from outreach.missions.own import foreign, own_domains
from outreach.models import Account, Attempt, Campaign, Delivery, DeliveryEvent, Message, Mission, Reply, TeamMail
from outreach.reports.export import report
from outreach.reports.standing.next_steps import Around, Step, Stopped, Todo
from outreach.reports.standing.situation import CampaignNow, judge, read
from outreach.reports.status import status
from outreach.responses.come_back import come_backs
from outreach.responses.comments import Mentioned, mentions
from outreach.sentences import saying
from outreach.settings import ReportEvery, Settings, mailbox
from outreach.text import address_key, one_line
from outreach.vocabulary import (
    ActorKind,
    Answer,
    CampaignState,
    DeliveryStatus,
    EventKind,
    Hold,
    MailKind,
    MessageState,
    Position,
    Stop,
)

_XLSX = "vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_NOTICED_FOR = timedelta(days=1)
"""What is older when it is first seen is no news: it stands in the report."""
_REPORTED_FOR = timedelta(days=120)
_MOST_TOLD = 40


@dataclass(frozen=True, slots=True)
class DueMail:
    """A mail that is due: what it is about (each once), and the mail."""

    about: Sequence[str]
    mail: EmailMessage


def team_of(engine: Engine, settings: Settings, *, embedded: bool) -> list[str]:
    """Return the addresses of the team that mail may go to now.

    In rehearsal they are those of the allow-list, unless the server is the built-in one, which reaches nobody.
    Raises SettingsError where one of them is a mission's, or lies in a domain where a mission has its box.
    """
    team = list(settings.team)
    with reading(engine) as session:
        listed = list(_of_missions(session, settings, team).values())
    if listed:
        raise SettingsError(
            "settings.team",
            "The setting team names an address of a mission: {listed}. Nothing is mailed to the team.",
            listed=", ".join(listed),
            remedy="Name addresses of the team only, at your own domain: that of from or reply_to.",
        )
    return _reachable(settings, team, embedded=embedded)


def _of_missions(session: Session, settings: Settings, addresses: Sequence[str]) -> dict[str, str]:
    """Return which of some addresses are a mission's, or lie in the domain of its box, each in words."""
    keys = [address_key(address) for address in addresses]
    theirs = {*session.exec(select(Delivery.address_key).where(col(Delivery.address_key).in_(keys)))}
    found = {address: foreign(session, address, own_domains(settings)) for address in addresses}
    return {
        address: f"{address} ({whose})" if whose is not None and whose.domain else address
        for address, whose in found.items()
        if whose is not None or address_key(address) in theirs
    }


def _reachable(settings: Settings, addresses: Sequence[str], *, embedded: bool) -> list[str]:
    """Return those of some addresses that mail may go to now: in rehearsal, what the allow-list has."""
    allowed = None if settings.live or embedded else AllowList(settings.allow_list)
    return [address for address in addresses if allowed is None or allowed.allows(address)]


def mention_mails(engine: Engine, settings: Settings, now: datetime, *, embedded: bool) -> list[tuple[str, DueMail]]:
    """Return the mails to those whom a comment mentions and who have not seen to it, each with its address.

    They go to accounts that have written an address down, never to one of a mission, and once each.
    """
    with reading(engine) as session:
        waiting = {number: some for number, some in mentions(session).items() if some[-1].at >= now - _NOTICED_FOR}
        whose = [one for number in waiting if (one := session.get_one(Account, number)).email and one.active]
        to = _reachable(settings, list(dict.fromkeys(one.email for one in whose)), embedded=embedded)
        theirs, known = _of_missions(session, settings, to), set(session.exec(select(TeamMail.about)))
    return [
        (person.email, _mention_mail(settings, person, one, now))
        for person in whose
        if person.email in to and person.email not in theirs
        for one in waiting[person.id or 0]
        if one.at >= now - _NOTICED_FOR and f"mention {one.id}" not in known
    ]


def _mention_mail(settings: Settings, person: Account, one: Mentioned, now: datetime) -> DueMail:
    say = tongue(person.language if person.language in languages() else settings.report_language)
    subject = say("{campaign}, {mission}: {who} mentions you", campaign=one.campaign, mission=one.mission, who=one.who)
    words = say("It waits for you at the desk, until you have seen to it. Only the team reads it.")
    return DueMail([f"mention {one.id}"], _mail(settings, [person.email], subject, f"{one.text}\n\n{words}", now))


def drafts(
    engine: Engine,
    settings: Settings,
    team: Sequence[str],
    now: datetime,
    cure: Callable[[Step], str] = lambda _step: "",
) -> list[DueMail]:
    """Return the mails that are due and were not sent yet. `cure` words what can be done about a letter."""
    if not team:
        return []
    with reading(engine) as session:
        reports = [
            (about, campaign) for campaign in _running(session, now) if (about := _period(settings, campaign, now))
        ]
        known = set(session.exec(select(TeamMail.about)))
        made = [
            DueMail([about], _report_mail(engine, session, settings, team, campaign, now))
            for about, campaign in reports
            if about and about not in known
        ]
        say = tongue(settings.report_language)
        notices = [(about, line) for about, line in _notices(session, now, cure, say) if about not in known]
    if notices:
        made.append(DueMail([about for about, _ in notices], _notice_mail(settings, team, notices, now, say)))
    return made


@dataclass(frozen=True, slots=True)
class News:
    """A campaign that stopped, of which the team has not been told."""

    about: str
    now: CampaignNow
    stop: Stopped


def stopped(engine: Engine, settings: Settings, now: datetime) -> list[News]:
    """Return the campaigns that stand still and that the team has not been told of: each stop once.

    What may pass by itself, such as a mail server that is away, is told once it has lasted a quarter of an hour; what a
    person did on purpose is no news.
    """
    with reading(engine) as session:
        found = read(session, settings)
        known = set(session.exec(select(TeamMail.about).where(col(TeamMail.about).startswith("stop "))))
    # What mails this runs, and a copy never gets so far: neither stops anything that could be told.
    here = Around(
        now, settings.live, running=[saying("program.this", "this program")], reads_box=bool(settings.imap_host)
    )
    told = []
    for one in judge(found, settings, here).campaigns:
        for stop in one.stops:
            since = stop.since or now
            about = f"stop {one.campaign.id} {stop.stop} {since.isoformat()}"
            if stop.stop is Stop.BOX_UNREAD:
                about = f"stop {one.campaign.id} {stop.stop} {found.box_read_at or 'never'}"
            patience = _PATIENCE.get(stop.stop)
            if patience is None or not stop.whole or about in known or now - since < patience:
                continue
            if now - since < _NOTICED_FOR or stop.stop in _LASTS:
                told.append(News(about, one, stop))
    return told


_AT_ONCE, _IN_A_WHILE = timedelta(), timedelta(minutes=15)
_PATIENCE = {
    Stop.FAILING: _AT_ONCE, Stop.LATE: _AT_ONCE, Stop.UNCONFIRMED: _AT_ONCE, Stop.ANOTHER_NUMBER: _AT_ONCE,
    Stop.REHEARSED: _AT_ONCE, Stop.ADDRESSES_CHANGED: _AT_ONCE, Stop.SIGNATORY_WITHDREW: _AT_ONCE,
    Stop.FIRST_LETTER_ANEW: _AT_ONCE,
    Stop.COPY_SETTLED: _AT_ONCE, Stop.PLAN_CHANGED: _IN_A_WHILE,
    Stop.MAIL_SERVER: _IN_A_WHILE, Stop.BOX_UNREAD: _IN_A_WHILE, Stop.PUT_OFF: _AT_ONCE,
}  # fmt: skip
"""What is told, and how long it has to last before. A pause is meant; of a copy, unusable settings and letters that
nobody sends no mail can tell, for nothing runs then that would mail; single letters are told by `_waiting_letters`."""
_LASTS = (Stop.MAIL_SERVER, Stop.BOX_UNREAD, Stop.PUT_OFF)


def drafted(settings: Settings, team: Sequence[str], about: str, subject: str, text: str, now: datetime) -> DueMail:
    """Return a mail of plain words to the team."""
    return DueMail([about], _mail(settings, team, subject, text, now))


def claim(engine: Engine, draft: DueMail, now: datetime) -> bool:
    """Mark a mail as sent, before it is; False where another process has done so already."""
    try:
        with writing(engine) as session:
            session.add_all([TeamMail(about=about, at=now) for about in draft.about])
    except IntegrityError:
        return False
    return True


def give_back(engine: Engine, draft: DueMail) -> None:
    """Take the mark of a mail back that the server would not have, so that it is tried again."""
    with writing(engine) as session:
        for about in draft.about:
            mark = session.get(TeamMail, about)
            if mark is not None:
                session.delete(mark)


def _running(session: Session, now: datetime) -> list[Campaign]:
    """Return the campaigns that have a time and are not long over."""
    query = select(Campaign).where(
        col(Campaign.state).in_([CampaignState.SCHEDULED, CampaignState.PAUSED, CampaignState.WAITING])
    )
    return [c for c in session.exec(query) if c.due_at is not None and c.due_at > now - _REPORTED_FOR]


def _period(settings: Settings, campaign: Campaign, now: datetime) -> str:
    """Return what the report that is due now is about; empty before its hour, and where none is asked for."""
    local = now.astimezone(settings.tz)
    day = local.date()
    if settings.report_every is ReportEvery.WEEK:
        day -= timedelta(days=day.weekday())
    due = datetime.combine(day, settings.report_time, settings.tz)
    if settings.report_every is ReportEvery.NEVER or now < due:
        return ""
    return f"report {campaign.id} {day.isoformat()}"


def _notices(session: Session, now: datetime, cure: Callable[[Step], str], say: Tongue) -> list[tuple[str, str]]:
    since = now - _NOTICED_FOR
    answered: Any = (
        sa_select(col(Reply.id), col(Campaign.name), col(Mission.iso3), col(Mission.short_name))
        .join(Message, col(Message.id) == col(Reply.message_id))
        .join(Campaign, col(Campaign.id) == col(Message.campaign_id))
        .join(Mission, col(Mission.iso3) == col(Message.iso3))
        .where(col(Reply.kind) == MailKind.REPLY, col(Reply.ingested_at) >= since)
        .order_by(col(Reply.id))
    )
    bounced: Any = (
        sa_select(
            col(DeliveryEvent.id),
            col(Campaign.name),
            col(Mission.iso3),
            col(Mission.short_name),
            col(DeliveryEvent.recipient),
        )
        .join(Message, col(Message.id) == col(DeliveryEvent.message_id))
        .join(Campaign, col(Campaign.id) == col(Message.campaign_id))
        .join(Mission, col(Mission.iso3) == col(Message.iso3))
        .where(
            col(DeliveryEvent.kind) == literal_column(f"'{EventKind.BOUNCED}'"),
            col(DeliveryEvent.at) >= since,
            col(DeliveryEvent.permanent).is_not(False),
        )
        .order_by(col(DeliveryEvent.at), col(DeliveryEvent.id))
    )
    told = [
        (
            f"reply {number}",
            say("{campaign}: {name} has answered.", campaign=campaign, name=state_name(iso3, name, say)),
        )
        for number, campaign, iso3, name in session.execute(answered)
    ]
    told += [
        (
            f"bounce {number}",
            say(
                "{campaign}: the letter to {name} came back ({address}). Correct it.",
                campaign=campaign,
                name=state_name(iso3, name, say),
                address=address or say("no address told"),
            ),
        )
        for number, campaign, iso3, name, address in session.execute(bounced)
    ]
    running = session.exec(select(Campaign.id).where(col(Campaign.state) != CampaignState.CANCELLED)).all()
    told += [
        (
            f"ask again {one.proposal}",
            say(
                "{campaign}: {mission} asked to be asked again from {day} on.",
                campaign=one.campaign,
                mission=state_name(one.iso3, one.mission, say),
                day=one.on if say.language == SOURCE else say.day(one.on),
            ),
        )
        for one in come_backs(session, running)
        if one.due
    ]
    partly = _refused_at_some(session, since, cure, say)
    return told + _waiting_letters(session, since, say) + partly + _second_approvals(session, since, say)


_WAITS_FOR: Mapping[MessageState, EventKind] = {
    MessageState.UNCERTAIN: EventKind.UNCERTAIN, MessageState.FAILED: EventKind.REFUSED,
    MessageState.HELD: EventKind.HELD,
}  # fmt: skip
"""Single letters that came to wait for a person while they were sent: the event that says so."""


def _waits(state: MessageState, campaign: str, name: str, hold: Hold | None, say: Tongue) -> str:
    if state is MessageState.UNCERTAIN:
        return say(
            "{campaign}: the letter to {name} may have gone out: decide whether it did.", campaign=campaign, name=name
        )
    if state is MessageState.FAILED:
        return say("{campaign}: the letter to {name} was refused for good. Look at it.", campaign=campaign, name=name)
    return say(
        "{campaign}: the letter to {name} is held: {hold}. Look at it.", campaign=campaign, name=name,
        hold=say.word(hold),
    )  # fmt: skip


def _waiting_letters(session: Session, since: datetime, say: Tongue) -> list[tuple[str, str]]:
    """The letters that wait for a person since then, each once for each time that it came to that."""
    of: tuple[Any, ...] = (
        Message.id, Campaign.name, Mission.iso3, Mission.short_name, Message.state, Message.hold,
    )  # fmt: skip
    query: Any = (
        sa_select(*of, func.max(col(DeliveryEvent.id)))
        .join(Campaign, col(Campaign.id) == col(Message.campaign_id))
        .join(Mission, col(Mission.iso3) == col(Message.iso3))
        .join(DeliveryEvent, col(DeliveryEvent.message_id) == col(Message.id))
        .where(
            col(Campaign.last_active_at) >= since,
            col(Message.replaced_at).is_(None),
            col(Message.state).in_(_WAITS_FOR),
            (col(Message.state) != MessageState.HELD) | (col(Message.hold) != Hold.NOT_ALLOWED),  # as rehearsal means
            or_(
                *(
                    (col(Message.state) == state) & (col(DeliveryEvent.kind) == kind)
                    for state, kind in _WAITS_FOR.items()
                )
            ),
            col(DeliveryEvent.at) >= since,
            # What a person did, such as an approval that left missions without an address, is no news.
            col(DeliveryEvent.actor_kind) == ActorKind.PROGRAM,
        )
        .group_by(*of)
        .order_by(func.max(DeliveryEvent.id))
    )  # fmt: skip
    return [
        (f"{state} {number} {event}", _waits(state, campaign, state_name(iso3, name, say), hold, say))
        for number, campaign, iso3, name, state, hold, event in session.execute(query)
    ]


def _refused_at_some(
    session: Session, since: datetime, cure: Callable[[Step], str], say: Tongue
) -> list[tuple[str, str]]:
    """The addresses that refused a letter which others of its mission have: each once for each time that it was tried.

    Who was left out of it (opted out, bounced before) was refused by nobody.
    """
    of: tuple[Any, ...] = (
        Campaign.id, Campaign.name, Mission.iso3, Mission.short_name, Message.id, Delivery.address,
    )  # fmt: skip
    query: Any = (
        sa_select(*of, col(Delivery.smtp_reply), func.max(col(Attempt.id)))
        .join(Message, col(Message.id) == col(Delivery.message_id))
        .join(Campaign, col(Campaign.id) == col(Message.campaign_id))
        .join(Mission, col(Mission.iso3) == col(Message.iso3))
        .join(
            Attempt,
            (col(Attempt.message_id) == col(Message.id)) & (col(Attempt.delivery_id) == col(Delivery.id)),
        )
        .where(
            col(Campaign.last_active_at) >= since,
            col(Message.replaced_at).is_(None),
            col(Message.state) == MessageState.SENT,
            col(Delivery.state) == MessageState.FAILED,
            col(Attempt.outcome) == MessageState.FAILED,
            col(Attempt.ended_at) >= since,
        )
        .group_by(*of, col(Delivery.smtp_reply))
        .order_by(func.max(col(Attempt.id)))
    )
    told = []
    for number, campaign, iso3, name, letter, address, words, attempt in session.execute(query):
        line = say(
            "{campaign}: the letter to {name} reached only some of its addresses.", campaign=campaign,
            name=state_name(iso3, name, say),
        )  # fmt: skip
        said = one_line(words).rstrip(".") if words else ""
        line += " " + (
            say("{address} was refused: {words}.", address=address, words=said)
            if said
            else say("{address} was refused.", address=address)
        )
        step = Step(Todo.CORRECT, {"campaign": campaign, "number": number, "letter": letter})
        done = cure(step) or say("correct the address where it is wrong; where it is right, try again")
        told.append((f"refused {attempt}", f"{line} {say('To do: {what}.', what=done)}"))
    return told


def _second_approvals(session: Session, since: datetime, say: Tongue) -> list[tuple[str, str]]:
    """The campaigns that one person has approved and a second one has to."""
    query = select(Campaign).where(
        col(Campaign.state) == CampaignState.APPROVED_ONCE, col(Campaign.first_approved_at) >= since
    )
    return [
        (
            f"second approval {one.id} {one.first_approved_at}",
            say(
                "{campaign}: {who} has approved it; a second person has to approve the same letters.",
                campaign=one.name,
                who=one.first_approved_by,
            ),
        )
        for one in session.exec(query)
    ]


def _report_mail(
    engine: Engine, session: Session, settings: Settings, team: Sequence[str], campaign: Campaign, now: datetime
) -> EmailMessage:
    found = status(session, campaign).as_dict()
    say = tongue(settings.report_language)
    many = say.several("{count} mission", "{count} missions", found["missions"])
    lines = [f"{campaign.name}, {say.moment(now, settings.tz)}", many, ""]
    for heading, key, words in (
        (say.about("mail", "Messages"), "messages", MessageState),
        (say.about("mail", "Delivery"), "delivery", DeliveryStatus),
        (say.about("mail", "Answers"), "answers", Answer),
        (say.about("mail", "Positions"), "positions", Position),
    ):
        counts = ", ".join(f"{count} {say.word(words(word))}" for word, count in found[key].items())
        lines.append(say("{heading}: {counts}", heading=heading, counts=counts or say("none yet")))
    day = now.astimezone(settings.tz)
    subject = say("{campaign}: report of {day}", campaign=campaign.name, day=say.day(day.date()))
    mail = _mail(settings, team, subject, "\n".join(lines), now)
    with tempfile.TemporaryDirectory() as folder:
        content = report(engine, campaign.name, Path(folder) / "report.xlsx", made_at=now, say=say).read_bytes()
    safe = "".join(c if c.isalnum() or c in "-_" else "-" for c in campaign.name)[:60]
    mail.add_attachment(content, maintype="application", subtype=_XLSX, filename=f"{safe} {day:%Y-%m-%d}.xlsx")
    return mail


def _notice_mail(
    settings: Settings, team: Sequence[str], notices: Sequence[tuple[str, str]], now: datetime, say: Tongue
) -> EmailMessage:
    lines, left = [line for _, line in notices], len(notices) - _MOST_TOLD
    more = [say("… and {number} more.", number=left)] if left > 0 else []
    alone = all(about.startswith(("reply ", "bounce ")) for about, _ in notices)
    several = (
        say("{number} answers and bounces", number=len(lines)) if alone else say("{number} notices", number=len(lines))
    )
    subject = lines[0] if len(lines) == 1 else several
    return _mail(settings, team, subject, "\n".join([*lines[:_MOST_TOLD], *more]), now)


def _mail(settings: Settings, team: Sequence[str], subject: str, text: str, now: datetime) -> EmailMessage:
    name, address = mailbox(settings.sender or team[0])
    mail = EmailMessage(policy=SMTP)
    mail["From"] = Address(display_name=one_line(name), addr_spec=address)
    mail["To"] = [Address(addr_spec=one) for one in team]
    mail["Subject"] = f"[Outreach] {one_line(subject)}"[:200]
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = make_msgid(domain=address.rpartition("@")[2])
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's out-of-office answers it
    mail.set_content(text + "\n")
    return mail
