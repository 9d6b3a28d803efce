"""Mail in: matched by Message-ID, recorded once, and what it changes."""

import mailbox
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from inbox_mails import answer, mail, recipient_group, report
from sqlalchemy import Engine
from sqlmodel import select

from outreach import clock
from outreach.actors import named
from outreach.database import writing
from outreach.errors import NotFoundError
from outreach.models import Attempt, Contact, Delivery, DeliveryEvent, Reply, Response, ResponseChange
from outreach.responses.answers import collect
from outreach.vocabulary import Answer, DeliveryStatus, EventKind, MailKind, MessageState, Stage

Rows = Callable[[type[Any]], list[Any]]
FRA = "mission@fra.mission.example"


def bounce(
    address: str = FRA,
    *,
    status: str = "5.1.1",
    action: str = "failed",
    date: str = "",
    words: str = "No such box",
    **more: Any,
) -> bytes:
    group = recipient_group(address, action, status, f"{status[0]}50 {status} {words}")
    return report(group, **({"date": date} if date else {}), **more)


def vacation(*fields: str) -> bytes:
    return answer("I am away until Monday.", "Auto-Submitted: auto-replied", *fields)


def test_a_bounce_is_recorded_with_the_servers_words(sent, take_in, letter, rows):
    number = sent()
    result = take_in(bounce())
    assert (result.found, result.taken, result.kinds, result.unmatched) == (1, 1, {MailKind.BOUNCE: 1}, ())
    assert letter(number).delivery is DeliveryStatus.BOUNCED
    assert letter(number).state is MessageState.SENT
    (event,) = rows(DeliveryEvent)
    assert (event.kind, event.recipient, event.status, event.permanent) == (EventKind.BOUNCED, FRA, "5.1.1", True)
    assert event.detail == "550 5.1.1 No such box"
    (reply,) = rows(Reply)
    assert (event.message_id, event.reply_id, reply.message_id) == (number, reply.id, number)
    assert reply.basis == "the message it returns has our Message-ID"
    assert rows(Response)[0].answer is Answer.NONE


def test_the_same_mail_twice_is_one_record_however_it_comes(sent, take_in, engine: Engine, rows: Rows, tmp_path: Path):
    sent()
    mails = [bounce(), answer("Yes."), vacation()]
    assert take_in(*mails).taken == 3
    events = rows(DeliveryEvent)
    again = take_in(*mails)
    assert (again.found, again.known, again.taken) == (3, 3, 0)
    box = mailbox.mbox(tmp_path / "export.mbox")
    folder = mailbox.Maildir(tmp_path / "Maildir")
    for one in mails:
        box.add(one.replace(b"\r\n", b"\n"))
        folder.add(one.replace(b"\r\n", b"\n"))
    box.close()
    assert collect(engine, [tmp_path / "export.mbox", tmp_path / "Maildir"], by=named("Ana")).known == 6
    assert rows(DeliveryEvent) == events
    assert len(rows(Reply)) == 3
    assert len(rows(ResponseChange)) == 1


@pytest.mark.heavy
@pytest.mark.parametrize("mails", [[0, 1, 2], [2, 1, 0], [1, 2, 0], [0, 2, 1]])
def test_in_whatever_order_reports_come_the_delivery_is_the_same(mails, sent, take_in, letter):
    number = sent()
    reports = [bounce(action="delayed", status="4.4.1"), bounce(action="delivered", status="2.0.0"), bounce()]
    for one in mails:
        take_in(reports[one])
    assert letter(number).delivery is DeliveryStatus.BOUNCED


@pytest.mark.heavy
def test_a_letter_to_several_is_told_by_the_worst_of_them(sent, take_in, letter, rows):
    number = sent(cc=("pr",))
    take_in(bounce(action="delivered", status="2.0.0"))
    assert letter(number).delivery is DeliveryStatus.DELIVERED
    take_in(bounce("pr@fra.mission.example"))
    assert letter(number).delivery is DeliveryStatus.BOUNCED
    assert [one.status for one in rows(Delivery)] == [DeliveryStatus.DELIVERED, DeliveryStatus.BOUNCED]


def test_a_temporary_bounce_says_so(sent, take_in, rows):
    sent()
    take_in(bounce(status="4.4.7", words="Timed out"))
    assert rows(DeliveryEvent)[0].permanent is False


def test_where_nobody_can_know_whether_an_address_is_dead_none_is_marked(sent, take_in, rows):
    sent()
    take_in(bounce(status="5.2.1", words="Mailbox disabled"))
    assert rows(DeliveryEvent)[0].permanent is None
    assert [one.email_key for one in rows(Contact) if one.bounced_at is not None] == []


def test_an_answer_makes_the_mission_one_that_replied(sent, take_in, rows):
    number = sent()
    take_in(answer("We will co-sponsor.\n\n> Excellency,"))
    (response,) = rows(Response)
    assert (response.answer, response.changed_by) == (Answer.REPLIED, "inbox")
    assert response.answered_at is not None
    assert response.answered_at.isoformat() == "2024-03-19T09:00:00+00:00"
    (change,) = rows(ResponseChange)
    assert (change.field, change.old, change.new) == ("answer", "none", "replied")
    (event,) = rows(DeliveryEvent)
    assert (event.kind, event.message_id, event.detail) == (EventKind.ANSWERED, number, "We will co-sponsor.")
    assert rows(Reply)[0].body == "We will co-sponsor."


def test_an_automatic_answer_takes_nothing_back(sent, take_in, rows):
    sent()
    take_in(vacation())
    assert rows(Response)[0].answer is Answer.AUTO_REPLY
    take_in(answer("Yes."))
    take_in(vacation("X-Second: yes"))
    (response,) = rows(Response)
    assert response.answer is Answer.REPLIED
    assert [(one.old, one.new) for one in rows(ResponseChange)] == [("none", "auto-reply"), ("auto-reply", "replied")]


@pytest.mark.parametrize(
    "fields",
    [
        (),
        ("References: <something@else.example> <letter-fra@coalition.example>",),
        ("References: <letter-fra@coalition.example>\n <later@mission.example>",),
    ],
)
def test_an_answer_is_matched_by_what_it_refers_to(fields, sent, take_in, rows):
    sent("DEU")
    number = sent()
    sender = "Anna <anna@somewhere-else.example>"
    take_in(answer("Yes.", *fields, sender=sender, reply_to="" if fields else "<letter-fra@coalition.example>"))
    assert rows(Reply)[0].message_id == number


@pytest.mark.parametrize("proof", [answer("Yes."), bounce()])
def test_what_names_its_message_id_settles_an_uncertain_letter(proof, sent, take_in, letter, rows):
    number = sent(state=MessageState.UNCERTAIN, sent_at=None, delivery=None)
    take_in(proof)
    message = letter(number)
    assert message.state is MessageState.SENT
    assert message.sent_at is not None
    (resolved,) = [one for one in rows(DeliveryEvent) if one.kind is EventKind.RESOLVED]
    assert (resolved.who, resolved.reply_id) == ("inbox", rows(Reply)[0].id)
    assert [one.state for one in rows(Delivery)] == [MessageState.SENT]


@pytest.mark.parametrize("state", ["queued", "deferred", "held", "failed", "cancelled"])
@pytest.mark.parametrize("once", [MessageState.UNCERTAIN, MessageState.DEFERRED])
def test_after_a_doubt_such_proof_holds_whatever_a_person_said_meanwhile(state, once, sent, take_in, letter, engine):
    """And nothing is proved of a letter that never was in doubt: nobody was handed it."""
    number = sent(state=MessageState(state), sent_at=None, delivery=None, owner="a worker", claim=7)
    with writing(engine) as session:
        (delivery,) = session.exec(select(Delivery)).all()
        session.add(
            Attempt(
                delivery_id=delivery.id, message_id=number, claim=7, began_at=clock.now(), ended_at=clock.now(),
                worker="w", server="mx.example:25", live=True, stage=Stage.DOT, outcome=once,
            )
        )  # fmt: skip
    take_in(bounce())
    message = letter(number)
    proved = once is MessageState.UNCERTAIN
    assert message.state.value == ("sent" if proved else state)
    assert (message.owner is None) is proved  # who has it in hand, to send it again, may do so no more
    assert (message.claim > 7) is proved


def test_a_mail_from_an_address_alone_settles_no_uncertain_letter(sent, take_in, letter):
    number = sent(state=MessageState.UNCERTAIN, sent_at=None, delivery=None)
    take_in(answer("Yes.", reply_to="", sender=f"Mission <{FRA}>"))
    assert letter(number).state is MessageState.UNCERTAIN


def test_our_own_mail_in_the_thread_is_no_answer(sent, take_in, rows):
    sent()
    result = take_in(answer("Just to remind you.", sender="The Coalition <letters@coalition.example>"))
    assert rows(Response)[0].answer is Answer.NONE
    assert rows(DeliveryEvent) == []
    assert result.unmatched == ()


def test_what_belongs_to_no_letter_is_kept_and_listed(sent, take_in, rows):
    sent()
    result = take_in(answer("Hello?", sender="a@nowhere.example", reply_to="<unknown@nowhere.example>"), b"\x00\xff")
    assert [one.kind for one in result.unmatched] == [MailKind.REPLY, MailKind.UNREADABLE]
    assert [one.message_id for one in rows(Reply)] == [None, None]
    assert rows(Reply)[1].raw == b"\x00\xff"


def test_one_odd_mail_stops_no_other(sent, take_in, monkeypatch, rows):
    sent()
    from outreach.inbox import ingest

    real = ingest.match

    def breaks(finding: Any, known: Any) -> Any:
        if "odd" in finding.text:
            raise RuntimeError
        return real(finding, known)

    monkeypatch.setattr(ingest, "match", breaks)
    result = take_in(answer("This one is odd."), answer("Yes."))
    assert [one.kind for one in rows(Reply)] == [MailKind.UNREADABLE, MailKind.REPLY]
    assert len(result.problems) == 1
    assert "001" not in result.problems[0].where


def test_a_path_that_is_not_there_changes_nothing(sent, engine: Engine, rows, tmp_path: Path):
    sent()
    (tmp_path / "a.eml").write_bytes(bounce())
    with pytest.raises(NotFoundError, match="nowhere"):
        collect(engine, [tmp_path / "a.eml", tmp_path / "nowhere"], by=named("Ana"))
    assert rows(Reply) == []


def test_a_rehearsals_and_a_replaced_letter_are_still_known_by_their_message_id(sent, take_in, letter):
    number = sent(replaced_at=None, rehearsed=True)
    take_in(bounce())
    assert letter(number).delivery is DeliveryStatus.BOUNCED


def test_a_complaint_is_an_event_and_changes_no_delivery(sent, take_in, letter, rows):
    number = sent()
    body = (
        "--b\nContent-Type: text/plain\n\nA complaint.\n--b\nContent-Type: message/feedback-report\n\n"
        f"Feedback-Type: abuse\nOriginal-Rcpt-To: {FRA}\n\n--b\nContent-Type: message/rfc822\n\n"
        "From: letters@coalition.example\nMessage-ID: <letter-fra@coalition.example>\n\nx\n--b--\n"
    )
    fields = ("From: fbl@isp.example", "Content-Type: multipart/report; report-type=feedback-report; boundary=b")
    assert take_in(mail(*fields, body=body)).kinds == {MailKind.COMPLAINT: 1}
    assert letter(number).delivery is DeliveryStatus.ACCEPTED
    assert [one.kind for one in rows(DeliveryEvent)] == [EventKind.COMPLAINT]


@pytest.mark.heavy
def test_messages_are_counted_as_they_are_told(sent, take_in):
    sent()
    told = take_in(bounce(), answer("x", sender="a@nowhere.example", reply_to="")).as_dict()
    assert list(told) == ["found", "known", "taken", "kinds", "unmatched", "problems"]
    assert (told["found"], told["taken"], told["kinds"]) == (2, 2, {"bounce": 1, "reply": 1})
    assert told["unmatched"][0]["sender"] == "a@nowhere.example"
