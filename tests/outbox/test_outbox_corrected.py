"""A letter that did not arrive goes once more, to the right address alone, and nobody gets a second copy."""

import email
import email.policy
from collections.abc import Callable
from typing import Any

import pytest
from scripted_smtp import Dialogue, ScriptedSmtp
from sqlalchemy import Engine
from sqlmodel import col, select

from outreach import clock
from outreach.actors import named
from outreach.campaigns.address_changes import void_changed
from outreach.campaigns.plan import frozen_bytes
from outreach.campaigns.timing import pause
from outreach.commands.messages import _replaced
from outreach.database import reading, writing
from outreach.errors import CampaignError, ConfirmationError, ConflictError, NotFoundError, UserError
from outreach.missions.history import history
from outreach.models import Campaign, Contact, Delivery, DeliveryEvent, Message, Mission, OptOut
from outreach.outbox.corrected import Corrected, send_to_corrected
from outreach.outbox.retrying import retry
from outreach.settings import Settings
from outreach.vocabulary import CampaignState, DeliveryStatus, EventKind, Hold, Language, Line, MessageState, Role
from tests.examples import heavy
from tests.outbox.in_directory import known

RAW = (
    b"From: Coalition <secretariat@coalition.example>\r\n"
    b'To: "Ms. pr@aax.mission.example" <pr@aax.mission.example>,\r\n office@aax.mission.example\r\n'
    b"Subject: pr@aax.mission.example\r\n"
    b"Message-ID: <spring-AAX@coalition.example>\r\n"
    b"MIME-Version: 1.0\r\n\r\nWrite to pr@aax.mission.example.\r\n"
)
REHEARSAL = Settings()
LIVE = Settings(mode="live", smtp_host="127.0.0.1")


@pytest.fixture
def letter(letters: Callable[..., list[int]], engine: Engine) -> int:
    """A letter to two contacts of a mission; it came back from the first, the second has it."""
    (number,) = letters(
        1, to=("pr", "office"), raw=RAW, state=MessageState.SENT, delivery=DeliveryStatus.BOUNCED, sent_at=clock.now()
    )
    with writing(engine) as session:
        for local in ("pr", "office"):
            address = f"{local}@aax.mission.example"
            contact = known(session, "AAX", address)
            if local == "pr":
                contact.bounced_at, contact.bounce_detail = clock.now(), "550 5.1.1 User unknown"
            session.add(contact)
        for one in session.exec(select(Delivery)):
            one.state = MessageState.SENT
            one.status = DeliveryStatus.BOUNCED if one.address.startswith("pr@") else DeliveryStatus.ACCEPTED
            session.add(one)
    return number


def replaced_in_directory(engine: Engine, old: str, new: str) -> None:
    """Another sheet has another address for a contact."""
    with writing(engine) as session:
        one = session.exec(select(Contact).where(Contact.email_key == old)).one()
        one.email = one.email_key = new
        session.add(one)


@pytest.mark.parametrize("said", ["550 5.1.1 nobody", heavy("450 4.2.0 later")])
def test_an_address_that_the_directory_has_replaced_is_not_tried_again_but_told_and_corrected(
    said: str, letters: Callable[..., list[int]], engine: Engine, send: Callable[..., Any]
) -> None:
    (number,) = letters(1, to=("pr", "office"), raw=RAW)
    with writing(engine) as session:
        for local in ("pr", "office"):
            address = f"{local}@aax.mission.example"
            known(session, "AAX", address)
    old, new = "pr@aax.mission.example", "new@aax.mission.example"
    asked: list[str] = []

    def script(_dialogue: Dialogue, verb: str, argument: str) -> str | None:
        asked.extend([argument] if verb == "RCPT" else [])
        return said if verb == "RCPT" and old in argument else None

    with ScriptedSmtp(script) as server:
        send(server.port)
        replaced_in_directory(engine, old, new)
        done = retry(engine, REHEARSAL, "spring", by=named("Ana"))
        (told,) = done.replaced
        assert (done.letters, told.letter, told.partly) == ((), number, True)
        assert str(told.change) == f"AAX: {old} → {new}"
        (line,) = _replaced(done)
        assert line.endswith(f"Send it to the right one: outreach messages correct {number} {new}")
        send(server.port)
        correct(engine, number, new)
        send(server.port)
    assert server.recipients() == {"office@aax.mission.example": 1, new: 1}
    assert sum(old in one for one in asked) == 1


@pytest.mark.parametrize("states", ["failed", heavy("held")])
def test_a_letter_that_nobody_has_is_approved_anew_where_the_directory_has_changed(
    states: str, letters: Callable[..., list[int]], engine: Engine
) -> None:
    held = {"hold": Hold.REFUSED, "reason": "554 spam"} if states == "held" else {}
    first, _ = letters(2, state=MessageState(states), **held)
    with writing(engine) as session:
        for iso3 in ("AAX", "ABX"):
            address = f"pr@{iso3.lower()}.mission.example"
            known(session, iso3, address)
        for one in session.exec(select(Delivery)):
            one.state = MessageState(states)
            session.add(one)
    replaced_in_directory(engine, "pr@aax.mission.example", "new@aax.mission.example")
    done = retry(engine, REHEARSAL, "spring", by=named("Ana"))
    assert done.letters == ("ABX",)
    assert [(one.letter, one.partly) for one in done.replaced] == [(first, False)]
    assert recipients(engine, first) == {"pr@aax.mission.example": (MessageState(states), None)}
    assert _replaced(done)[0].endswith("Approve it again: outreach campaign approve spring")


def change(engine: Engine, number: int, **values: Any) -> None:
    with writing(engine) as session:
        message = session.get_one(Message, number)
        for name, value in values.items():
            setattr(message, name, value)
        session.add(message)


def correct(engine: Engine, number: int, new: str, settings: Settings = REHEARSAL, **values: Any) -> Corrected:
    return send_to_corrected(engine, settings, number, new, **({"by": named("Ana")} | values))


def recipients(engine: Engine, number: int) -> dict[str, tuple[MessageState, DeliveryStatus | None]]:
    with reading(engine) as session:
        rows = session.exec(select(Delivery).where(Delivery.message_id == number)).all()
        return {one.address: (one.state, one.status) for one in rows}


def everything(engine: Engine) -> list[Any]:
    with reading(engine) as session:
        return [
            [row.model_dump() for row in session.exec(select(table))]
            for table in (Message, Delivery, Contact, DeliveryEvent, Campaign)
        ]


@pytest.mark.heavy
def test_it_goes_to_the_right_address_alone_with_the_approved_text(
    engine: Engine, letter: int, send: Callable[..., Any]
) -> None:
    done = correct(engine, letter, "pr.new@aax.mission.example", LIVE, yes=1)
    assert (done.iso3, done.old, done.new, done.waits) == (
        "AAX", "pr@aax.mission.example", "pr.new@aax.mission.example", "",
    )  # fmt: skip
    with ScriptedSmtp() as server:
        assert send(server.port).states == {MessageState.SENT: 1}
        assert send(server.port).states == {}
    (taken,) = server.accepted
    assert taken.rcpt_to == ("pr.new@aax.mission.example",)
    mail = email.message_from_bytes(taken.content, policy=email.policy.default)
    assert [box.addr_spec for box in mail["To"].addresses] == [
        "pr.new@aax.mission.example",
        "office@aax.mission.example",
    ]
    assert mail["To"].addresses[0].display_name == "Ms. pr@aax.mission.example"
    assert mail["Subject"] == "pr@aax.mission.example"
    assert mail.get_content().strip() == "Write to pr@aax.mission.example."
    assert mail["Message-ID"] != "<spring-AAX@coalition.example>"
    assert recipients(engine, done.letter) == {
        "pr.new@aax.mission.example": (MessageState.SENT, DeliveryStatus.ACCEPTED),
        "office@aax.mission.example": (MessageState.SENT, DeliveryStatus.ACCEPTED),
    }


def test_everything_is_recorded(engine: Engine, letter: int) -> None:
    done = correct(engine, letter, "pr.new@aax.mission.example")
    with reading(engine) as session:
        old, new = session.get_one(Message, letter), session.get_one(Message, done.letter)
        assert (frozen_bytes(session, old), old.state, old.delivery) == (RAW, MessageState.SENT, DeliveryStatus.BOUNCED)
        assert old.replaced_at is not None
        assert (new.corrects_id, new.subject) == (letter, old.subject)
        contact = session.exec(select(Contact).where(Contact.email == "pr.new@aax.mission.example")).one()
        assert (contact.bounced_at, contact.bounce_detail) == (None, "")
        kinds = {
            number: [
                (one.kind, one.who, one.detail)
                for one in session.exec(select(DeliveryEvent).where(DeliveryEvent.message_id == number))
            ]
            for number in (letter, done.letter)
        }
        detail = "pr@aax.mission.example → pr.new@aax.mission.example; the text is as it was approved"
        assert kinds[letter] == [(EventKind.REPLACED, "Ana", detail)]
        assert kinds[done.letter] == [(EventKind.CORRECTED, "Ana", detail)]
        told = {one["field"]: (one["who"], one["new"]) for one in history(session, "AAX")}
        assert told["email"] == ("Ana", "pr.new@aax.mission.example")
        assert told.keys() <= {"email", "bounced_at", "bounce_detail"}  # so that it can be taken back
    assert void_changed(engine) == []


def test_it_is_queued_once(engine: Engine, letter: int) -> None:
    correct(engine, letter, "pr.new@aax.mission.example")
    before = everything(engine)
    with pytest.raises(ConflictError, match="It goes out again as letter 2"):
        correct(engine, letter, "pr.other@aax.mission.example")
    assert everything(engine) == before


def test_the_only_recipient(letters: Callable[..., list[int]], engine: Engine, send: Callable[..., Any]) -> None:
    raw = RAW.replace(b",\r\n office@aax.mission.example", b"")
    (number,) = letters(1, raw=raw, state=MessageState.FAILED, smtp_reply="550 5.1.1 no such user")
    with writing(engine) as session:
        address = "pr@aax.mission.example"
        known(session, "AAX", address)
        recipient = session.exec(select(Delivery)).one()
        recipient.state = MessageState.FAILED
        session.add(recipient)
    done = correct(engine, number, "right@aax.mission.example")
    assert recipients(engine, done.letter) == {"right@aax.mission.example": (MessageState.QUEUED, None)}
    with ScriptedSmtp() as server:
        assert send(server.port).states == {MessageState.SENT: 1}
    assert [one.rcpt_to for one in server.accepted] == [("right@aax.mission.example",)]


def test_another_contact_is_taken_into_use(engine: Engine, letter: int, send: Callable[..., Any]) -> None:
    other = "deputy@aax.mission.example"
    with writing(engine) as session:
        session.add(Contact(iso3="AAX", role=Role.DEPUTY, email=other, email_key=other, active=False))
    done = correct(engine, letter, other)
    with reading(engine) as session:
        contacts = {one.email: one for one in session.exec(select(Contact))}
        assert contacts[other].active
        assert contacts["pr@aax.mission.example"].bounced_at is not None
    assert recipients(engine, done.letter)["pr@aax.mission.example"] == (MessageState.FAILED, DeliveryStatus.BOUNCED)
    assert void_changed(engine) == []
    with ScriptedSmtp() as server:
        assert send(server.port).states == {MessageState.SENT: 1}
    assert [one.rcpt_to for one in server.accepted] == [(other,)]


def test_the_same_address_may_be_tried_again(engine: Engine, letter: int, send: Callable[..., Any]) -> None:
    correct(engine, letter, "PR@aax.mission.example")
    with reading(engine) as session:
        assert session.exec(select(Contact).where(col(Contact.bounced_at).is_not(None))).all() == []
    with ScriptedSmtp() as server:
        send(server.port)
    assert [one.rcpt_to for one in server.accepted] == [("PR@aax.mission.example",)]


def test_a_new_address_that_is_refused_too_leaves_the_others_alone(
    engine: Engine, letter: int, send: Callable[..., Any]
) -> None:
    done = correct(engine, letter, "also.wrong@aax.mission.example")
    with ScriptedSmtp(lambda _d, verb, _a: "550 5.1.1 no such user" if verb == "RCPT" else None) as server:
        send(server.port)
    assert recipients(engine, done.letter) == {
        "also.wrong@aax.mission.example": (MessageState.FAILED, None),
        "office@aax.mission.example": (MessageState.SENT, DeliveryStatus.ACCEPTED),
    }
    again = correct(engine, done.letter, "right@aax.mission.example")
    with ScriptedSmtp() as server:
        assert send(server.port).states == {MessageState.SENT: 1}
    assert [one.rcpt_to for one in server.accepted] == [("right@aax.mission.example",)]
    assert recipients(engine, again.letter)["office@aax.mission.example"] == (
        MessageState.SENT,
        DeliveryStatus.ACCEPTED,
    )


def test_it_waits_with_its_campaign(engine: Engine, letter: int, send: Callable[..., Any]) -> None:
    pause(engine, "spring", by=named("Ana"))
    assert correct(engine, letter, "right@aax.mission.example").waits == "the campaign is paused"
    with ScriptedSmtp() as server:
        assert send(server.port).states == {}
    assert not server.accepted


def test_a_letter_that_was_held_for_a_dead_address(letters: Callable[..., list[int]], engine: Engine) -> None:
    raw = RAW.replace(b",\r\n office@aax.mission.example", b"")
    (number,) = letters(1, raw=raw, state=MessageState.HELD, hold=Hold.BOUNCED, reason="the address takes no mail")
    with writing(engine) as session:
        address = "pr@aax.mission.example"
        known(session, "AAX", address, bounced_at=clock.now())
    done = correct(engine, number, "right@aax.mission.example")
    with reading(engine) as session:
        message = session.get_one(Message, done.letter)
        assert (message.state, message.hold) == (MessageState.QUEUED, None)


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("new", "words"),
    [
        ("office@aax.mission.example", "has its copy already"),
        ("OFFICE@AAX.mission.example", "has its copy already"),
        ("no address", "is not an e-mail address"),
        ("", "is missing"),
        ("a@b.example\r\nBcc: c@d.example", "is not an e-mail address"),
        ("closed@aax.mission.example", "asked to be left alone"),
        ("office+x@aax.mission.example", "has its copy already"),
        ("pr@abx.mission.example", "an address of the mission ABX"),
        ("pr+x@ABX.mission.example", "an address of the mission ABX"),
        ("other@abx.mission.example", "may be another mission's, and not of AAX"),
        ("other@x.abx.mission.example", "may be another mission's, and not of AAX"),
    ],
)
def test_what_is_refused_changes_nothing(
    engine: Engine, letter: int, letters: Callable[..., list[int]], new: str, words: str
) -> None:
    letters(2, name="other")
    with writing(engine) as session:
        closed = "closed@aax.mission.example"
        session.add(OptOut(address=closed, address_key=closed, at=clock.now(), who="Ana"))
        other = "pr@abx.mission.example"
        known(session, "ABX", other, line=Line.TO)
    before = everything(engine)
    with pytest.raises(UserError, match=words):
        correct(engine, letter, new)
    assert everything(engine) == before


@pytest.mark.parametrize(
    "state",
    [MessageState.QUEUED, MessageState.DEFERRED, MessageState.UNCERTAIN, MessageState.CANCELLED, MessageState.SENDING],
)
def test_a_letter_that_may_still_arrive_is_left_alone(engine: Engine, letter: int, state: MessageState) -> None:
    change(engine, letter, state=state)
    with pytest.raises(CampaignError, match="no address of it has failed for good"):
        correct(engine, letter, "right@aax.mission.example")


def test_live_mode_asks_once_more(engine: Engine, letter: int) -> None:
    for yes in (None, 0, 2, 47):
        with pytest.raises(ConfirmationError):
            correct(engine, letter, "right@aax.mission.example", LIVE, yes=yes)
    change(engine, letter, rehearsed=True)
    with pytest.raises(CampaignError, match="rehearsal server only"):
        correct(engine, letter, "right@aax.mission.example", LIVE, yes=1)


def test_a_cancelled_campaign_and_letters_that_are_not(engine: Engine, letter: int) -> None:
    with pytest.raises(NotFoundError):
        correct(engine, 999, "right@aax.mission.example")
    with pytest.raises(UserError, match="no address that letter"):
        correct(engine, letter, "right@aax.mission.example", old="office@aax.mission.example")
    with writing(engine) as session:
        campaign = session.exec(select(Campaign)).one()
        campaign.state = CampaignState.CANCELLED
        session.add(campaign)
    with pytest.raises(CampaignError, match="cancelled"):
        correct(engine, letter, "right@aax.mission.example")


def test_where_two_failed_it_is_said_which(engine: Engine, letter: int) -> None:
    with writing(engine) as session:
        for one in session.exec(select(Delivery)):
            one.status = DeliveryStatus.BOUNCED
            session.add(one)
    with pytest.raises(UserError, match="It may stand for any of"):
        correct(engine, letter, "right@aax.mission.example")
    done = correct(engine, letter, "right@aax.mission.example", old="office@aax.mission.example")
    assert recipients(engine, done.letter) == {
        "pr@aax.mission.example": (MessageState.FAILED, DeliveryStatus.BOUNCED),
        "right@aax.mission.example": (MessageState.QUEUED, None),
    }


def test_what_others_got_in_rehearsal_only_stays_marked_as_such(engine: Engine, letter: int) -> None:
    change(engine, letter, rehearsed=True)
    done = correct(engine, letter, "right@aax.mission.example")
    with reading(engine) as session:
        assert session.get_one(Message, done.letter).rehearsed


def test_at_a_provider_that_several_missions_use_the_sheet_says_whose_it_is(engine: Engine, letter: int) -> None:
    with writing(engine) as session:
        for iso3, address in (("ABX", "abx@mailbox.example"), ("AAX", "aax@mailbox.example")):
            if session.get(Mission, iso3) is None:
                session.add(Mission(iso3=iso3, short_name=iso3, formal_name=iso3, language=Language.ENGLISH))
                session.flush()
            known(session, iso3, address, active=iso3 == "ABX")
    with pytest.raises(UserError, match=r"the mission ABX has its box at mailbox\.example") as caught:
        correct(engine, letter, "aax.geneva@mailbox.example")
    assert "put it into the sheet as a contact of AAX" in str(caught.value.remedy)
    assert correct(engine, letter, "aax@mailbox.example").new == "aax@mailbox.example"
