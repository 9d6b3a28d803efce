"""An invented campaign of 47 missions in mixed states, put into the database through the tables themselves."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlmodel import Session

from outreach.models import Campaign, Delivery, DeliveryEvent, Frozen, Message, Mission, Response, ResponseChange, Term
from outreach.vocabulary import (
    Answer,
    CampaignState,
    DeliveryStatus,
    EventKind,
    Hold,
    Language,
    Line,
    MessageState,
    Position,
)

SENT = datetime(2024, 3, 18, 8, 0, tzinfo=UTC)
MADE = datetime(2024, 3, 25, 13, 30, tzinfo=UTC)

_GROUPS = {
    "A": "African",
    "P": "Asia-Pacific",
    "E": "Eastern European",
    "L": "Latin American and Caribbean",
    "W": "Western European and Others",
}
_MEMBERS = """
ALB E 2026 Albania; ARE P 2024 United Arab Emirates; ARG L 2024 Argentina; BDI A 2026 Burundi; BEL W 2025 Belgium;
BEN A 2024 Benin; BGD P 2025 Bangladesh; BGR E 2026 Bulgaria; BRA L 2026 Brazil; CHL L 2025 Chile; CHN P 2026 China;
CIV A 2026 Côte d'Ivoire; CMR A 2024 Cameroon; CRI L 2025 Costa Rica; CUB L 2026 Cuba; DEU W 2025 Germany;
DOM L 2026 Dominican Republic; DZA A 2025 Algeria; ERI A 2024 Eritrea; FIN W 2024 Finland; FRA W 2026 France;
GEO E 2025 Georgia; GHA A 2026 Ghana; GMB A 2024 Gambia; HND L 2024 Honduras; IDN P 2026 Indonesia; IND P 2024 India;
JPN P 2026 Japan; KAZ P 2024 Kazakhstan; KGZ P 2025 Kyrgyzstan; KWT P 2026 Kuwait; LTU E 2024 Lithuania;
LUX W 2024 Luxembourg; MAR A 2025 Morocco; MDV P 2025 Maldives; MNE E 2024 Montenegro; MWI A 2026 Malawi;
MYS P 2024 Malaysia; NLD W 2026 Netherlands; PRY L 2024 Paraguay; QAT P 2024 Qatar; ROU E 2025 Romania;
SDN A 2025 Sudan; SOM A 2024 Somalia; USA W 2024 United States of America; VNM P 2025 Viet Nam; ZAF A 2025 South Africa
"""
_BOUNCE = "550 5.1.1 <{}>: Recipient address rejected: User unknown in virtual mailbox table"
_FRENCH = {"BDI", "BEL", "BEN", "CIV", "CMR", "DZA", "FRA", "LUX", "MAR"}
_SPANISH = {"ARG", "CHL", "CRI", "CUB", "DOM", "HND", "PRY"}
_NOTES = (
    "Spoke with the desk officer on the phone; asked for the text of operative paragraph 4 before the group meets.",
    "Thanks for the letter; forwarded to capital.",
    "شكرا على رسالتكم. سنعود إليكم قريبا.",
    "Will co-sponsor.\nWants to be named in the joint statement.",
)


@dataclass(frozen=True)
class Case:
    """What became of one letter."""

    state: MessageState
    delivery: DeliveryStatus | None = None
    answer: Answer = Answer.NONE
    position: Position = Position.UNKNOWN
    hold: Hold | None = None


S, D, A, P = MessageState, DeliveryStatus, Answer, Position
CASES = (
    Case(S.SENT, D.ACCEPTED, A.REPLIED, P.IN_FAVOUR),
    Case(S.SENT, D.ACCEPTED),
    Case(S.SENT, D.BOUNCED),
    Case(S.SENT, D.ACCEPTED, A.AUTO_REPLY),
    Case(S.SENT, D.DELIVERED, A.REPLIED, P.CO_SPONSOR),
    Case(S.SENT, D.ACCEPTED, A.ACKNOWLEDGED),
    Case(S.SENT, D.DELAYED),
    Case(S.SENT, D.ACCEPTED, A.REPLIED),
    Case(S.DEFERRED),
    Case(S.SENT, D.ACCEPTED),
    Case(S.SENT, D.ACCEPTED, A.REPLIED, P.UNDECIDED),
    Case(S.FAILED),
    Case(S.SENT, D.ACCEPTED, A.REPLIED, P.AGAINST),
    Case(S.HELD, hold=Hold.NO_ADDRESS),
    Case(S.SENT, D.ACCEPTED, A.REPLIED, P.ABSTAIN),
    Case(S.UNCERTAIN),
    Case(S.SENT, D.ACCEPTED, A.REPLIED, P.DECLINED),
    Case(S.SENT, D.DELIVERED, A.REPLIED, P.IN_FAVOUR),
    Case(S.SENT, D.ACCEPTED),
)


def members() -> list[tuple[str, str, int, str]]:
    """The 47: ISO3, group, last year, name."""
    found = []
    for entry in _MEMBERS.replace("\n", " ").strip().split(";"):
        iso3, group, year, name = entry.strip().split(" ", 3)
        found.append((iso3, _GROUPS[group], int(year), name))
    return found


def add_missions(session: Session) -> None:
    """Put the 47 missions and their terms into the directory."""
    for iso3, group, last, name in members():
        language = Language.FRENCH if iso3 in _FRENCH else Language.SPANISH if iso3 in _SPANISH else Language.ENGLISH
        session.add(
            Mission(
                iso3=iso3,
                short_name=name,
                formal_name=f"the State of {name}",
                regional_group=group,
                language=language,
                city="Geneva",
                tags=[],
            )
        )
        session.add(Term(iso3=iso3, first_year=last - 2, last_year=last))
        session.add(Term(iso3=iso3, first_year=last - 8, last_year=last - 6))
    session.flush()


def add_campaign(session: Session, name: str, **fields: object) -> Campaign:
    """Put a campaign into the database."""
    values: dict[str, object] = {
        "letter": "hrc-joint-letter",
        "audience": ["hrc-members"],
        "exceptions": [],
        "as_of": date(2024, 3, 18),
        "time_zone": "Europe/Zurich",
        "state": CampaignState.SCHEDULED,
        "created_at": SENT - timedelta(days=3),
        "approved_at": SENT - timedelta(days=1),
        "due_at": SENT,
    }
    campaign = Campaign(name=name, **{**values, **fields})
    session.add(campaign)
    session.flush()
    return campaign


def add_response(session: Session, campaign: Campaign, iso3: str, **fields: object) -> Response:
    """Put a mission into a campaign."""
    response = Response(campaign_id=campaign.id, iso3=iso3, **fields)
    session.add(response)
    session.flush()
    return response


def add_message(session: Session, campaign: Campaign, iso3: str, *addresses: str, **fields: object) -> Message:
    """Put a letter and its recipients (the first in To, the others in Cc) into a campaign."""
    values: dict[str, object] = {
        "language": Language.ENGLISH,
        "subject": "Renew the mandate at the 55th session",
        "envelope_from": "bounces@coalition.example",
        "size": 50_000,
        "state": MessageState.QUEUED,
        "due_at": SENT,
        "next_try_at": SENT,
    }
    number = add_message.counter = getattr(add_message, "counter", 0) + 1  # type: ignore[attr-defined]
    values["message_id"] = f"<{number}.{iso3.lower()}@coalition.example>"
    message = Message(campaign_id=campaign.id, iso3=iso3, **{**values, **fields})
    session.add(message)
    session.flush()
    assert message.id is not None
    session.add(Frozen(message_id=message.id, raw=b"x" * 50_000))
    for position, address in enumerate(addresses):
        session.add(
            Delivery(
                message_id=message.id,
                address=address,
                address_key=address.casefold(),
                line=Line.CC if position else Line.TO,
                state=message.state if message.state in {S.QUEUED, S.SENT, S.DEFERRED, S.FAILED} else S.QUEUED,
                status=message.delivery,
            )
        )
    return message


def add_event(session: Session, message: Message, kind: EventKind, at: datetime, **fields: object) -> None:
    """Record a fact about a letter."""
    session.add(DeliveryEvent(message_id=message.id, kind=kind, at=at, **{"who": "worker 1", **fields}))


def fill(session: Session, name: str = "renew-the-mandate", *, rehearsed: bool = True) -> Campaign:
    """Put the invented campaign into the database; the missions must be there."""
    campaign = add_campaign(session, name)
    for number, (iso3, *_) in enumerate(members()):
        _fill_mission(session, campaign, number, iso3, CASES[number % len(CASES)], rehearsed=rehearsed)
    return campaign


def _fill_mission(session: Session, campaign: Campaign, number: int, iso3: str, case: Case, *, rehearsed: bool) -> None:
    answered = case.answer is not A.NONE
    answered_at = SENT + timedelta(days=1 + number % 5, minutes=37 * number) if answered else None
    response = add_response(
        session,
        campaign,
        iso3,
        answer=case.answer,
        answered_at=answered_at,
        position=case.position,
        note=_NOTES[number % len(_NOTES)] if case.answer in {A.REPLIED, A.ACKNOWLEDGED} else "",
    )
    addresses = (
        () if case.hold else (f"office.{iso3.lower()}@mission.example", f"geneva.{iso3.lower()}@mission.example")
    )
    sent = case.state is S.SENT
    sent_at = SENT + timedelta(seconds=number, milliseconds=250)
    replies = {
        S.DEFERRED: "451 4.7.1 Greylisted, please try again in 300 seconds",
        S.FAILED: "550 5.1.1 No such user here",
        S.SENT: "250 2.0.0 Ok: queued as 4TzX1c2",
    }
    message = add_message(
        session,
        campaign,
        iso3,
        *addresses,
        language=session.get_one(Mission, iso3).language,
        state=case.state,
        hold=case.hold,
        reason="the connection broke after the data was sent" if case.state is S.UNCERTAIN else "",
        smtp_reply=replies.get(case.state, ""),
        attempts=0 if case.hold else 1,
        sent_at=sent_at if sent else None,
        next_try_at=SENT + timedelta(days=8) if case.state is S.DEFERRED else SENT,
        rehearsed=rehearsed and sent,
        delivery=case.delivery,
    )
    add_event(session, message, EventKind.APPROVED, SENT - timedelta(days=1), who="campaign officer")
    if sent:
        add_event(session, message, EventKind.ACCEPTED, sent_at, detail=message.smtp_reply, status="2.0.0")
    if case.delivery is D.BOUNCED:
        add_event(
            session,
            message,
            EventKind.BOUNCED,
            sent_at + timedelta(minutes=3),
            who="inbox",
            recipient=addresses[0],
            status="5.1.1",
            permanent=True,
            detail=_BOUNCE.format(addresses[0]),
        )
    if answered_at:
        kind = EventKind.AUTO_REPLY if case.answer is A.AUTO_REPLY else EventKind.ANSWERED
        add_event(session, message, kind, answered_at, who="inbox")
    if case.position is not P.UNKNOWN and answered_at:
        session.add(
            ResponseChange(
                response_id=response.id,
                at=answered_at + timedelta(hours=2),
                who="campaign officer",
                field="position",
                old=P.UNKNOWN.value,
                new=case.position.value,
                note="by phone",
            )
        )
