"""A mail moved to another mission, and decisions taken back: what is left is as if they had never been."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from inbox_mails import answer, mail, recipient_group, report
from sqlalchemy import Engine

from outreach.actors import named
from outreach.errors import UserError
from outreach.inbox.settle import mails
from outreach.models import (
    Contact,
    Delivery,
    DeliveryEvent,
    KnownSender,
    MailDecision,
    Message,
    OptOut,
    Reply,
    Response,
    ResponseChange,
    Suggestion,
)
from outreach.pasted import in_words
from outreach.responses.answers import settle
from outreach.responses.decisions import decide, decided, proposals, undo
from outreach.responses.recorded import record
from outreach.vocabulary import Answer, DeliveryStatus, Position
from tests.examples import examples

FRA = "mission@fra.mission.example"


def said(rows, iso3: str) -> tuple[Answer, bool, Position]:
    (one,) = [one for one in rows(Response) if one.iso3 == iso3]
    return one.answer, one.answered_at is not None, one.position


def test_a_mail_that_was_put_down_to_the_wrong_mission_is_moved(sent, take_in, engine: Engine, rows):
    sent("FRA")
    sent("DEU")
    take_in(answer("We will abstain.", sender="Anna <anna@elsewhere.example>", reply_to=""))
    settle(engine, 1, "FRA", by=named("Ana"))
    assert said(rows, "FRA") == (Answer.REPLIED, True, Position.UNKNOWN)
    settle(engine, 1, "DEU", by=named("Bea"))
    assert said(rows, "FRA") == (Answer.NONE, False, Position.UNKNOWN)
    assert said(rows, "DEU") == (Answer.REPLIED, True, Position.UNKNOWN)
    assert [(one.iso3, one.who) for one in rows(KnownSender)] == [("DEU", "Bea")]
    assert [one.iso3 for one in rows(Suggestion)] == ["DEU"]
    (reply,) = rows(Reply)
    assert (reply.settled_by, reply.basis) == ("Bea", "Bea has put it down to DEU")
    assert [(one.who, one.what) for one in decided(engine, 1)] == [
        ("Ana", "it belongs to FRA, Joint letter"),
        ("Bea", "it belongs to DEU, Joint letter"),
    ]
    # Who said what of France, and that it was taken back, stays in its history.
    assert [(one.who, one.old, one.new) for one in rows(ResponseChange) if one.note.startswith("mail 1")] == [
        ("Bea", "replied", "none")
    ]


def test_a_mail_that_a_rule_put_down_can_be_moved_and_back(sent, take_in, engine: Engine, rows, letter):
    number, other = sent("FRA"), sent("DEU")
    take_in(answer("Yes."))
    settle(engine, 1, "none", by=named("Ana"))
    assert said(rows, "FRA") == (Answer.NONE, False, Position.UNKNOWN)
    settle(engine, 1, "DEU", by=named("Ana"))
    assert rows(Reply)[0].message_id == other
    undo(engine, 1, by=named("Bea"))
    assert rows(Reply)[0].message_id is None
    undo(engine, 1, by=named("Bea"))
    (reply,) = rows(Reply)
    assert (reply.message_id, reply.settled_at, reply.settled_by) == (number, None, "")
    assert reply.basis == "its In-Reply-To names our Message-ID"
    assert said(rows, "FRA")[:2] == (Answer.REPLIED, True)
    assert rows(KnownSender) == []
    with pytest.raises(UserError, match="nothing was decided"):
        undo(engine, 1, by=named("Bea"))
    assert [(one.undone_by, one.undone_at is not None) for one in rows(MailDecision)] == [("Bea", True)] * 2


def test_a_report_that_is_moved_tells_of_the_other_letter(sent, take_in, engine: Engine, rows, letter):
    number, other = sent("FRA"), sent("DEU")
    take_in(report(recipient_group(FRA, "delayed", "4.4.1")))
    take_in(report(recipient_group(FRA, "failed", "5.1.1")).replace(b"boundary", b"Boundary", 1))
    assert letter(number).delivery is DeliveryStatus.BOUNCED
    settle(engine, 2, "DEU", by=named("Ana"))
    assert (letter(number).delivery, letter(other).delivery) == (DeliveryStatus.DELAYED, DeliveryStatus.BOUNCED)
    undo(engine, 2, by=named("Ana"))
    assert (letter(number).delivery, letter(other).delivery) == (DeliveryStatus.BOUNCED, DeliveryStatus.ACCEPTED)
    assert len([one for one in rows(DeliveryEvent) if one.message_id == number]) == 2


def test_a_report_that_comes_back_marks_its_address_as_dead_again(sent, take_in, engine: Engine, rows):
    sent("FRA")
    sent("DEU")
    take_in(report(recipient_group(FRA, "failed", "5.1.1", "550 5.1.1 No such user")))

    def dead() -> list[tuple[str, bool, str]]:
        return [(one.email, one.bounced_at is not None, one.bounce_detail) for one in rows(Contact) if one.email == FRA]

    before, proposed = dead(), len(rows(Suggestion))
    assert before == [(FRA, True, "550 5.1.1 No such user")]
    for where in ("none", "DEU"):
        settle(engine, 1, where, by=named("Ana"))
        assert dead() == [(FRA, False, "")]
        undo(engine, 1, by=named("Ana"))
        assert dead() == before
    settle(engine, 1, "DEU", by=named("Ana"))
    settle(engine, 1, "FRA", by=named("Ana"))
    assert dead() == before
    assert len(rows(Suggestion)) == proposed


def test_what_else_was_said_of_the_mission_stays(sent, take_in, engine: Engine, rows):
    sent("FRA")
    take_in(answer("Yes."), answer("Yes, once more."))
    settle(engine, 1, "none", by=named("Ana"))
    assert said(rows, "FRA")[:2] == (Answer.REPLIED, True)
    record(engine, "hrc55", "FRA", "call", by=named("Ana"))
    settle(engine, 2, "none", by=named("Ana"))
    assert said(rows, "FRA")[:2] == (Answer.REPLIED, True)


def test_a_position_taken_from_a_mail_goes_with_it(sent, take_in, engine: Engine, rows):
    sent("FRA")
    sent("DEU")
    take_in(answer("We will abstain."))
    decide(engine, 1, accept=True, by=named("Ana"))
    assert said(rows, "FRA")[2] is Position.ABSTAIN
    settle(engine, 1, "DEU", by=named("Ana"))
    assert said(rows, "FRA") == (Answer.NONE, False, Position.UNKNOWN)
    assert [(one.iso3, one.value) for one in proposals(engine)] == [("DEU", "abstain")], (
        "it waits again, for whose it is"
    )
    undo(engine, 1, by=named("Ana"))
    assert [(one.iso3, one.value) for one in proposals(engine)] == [("FRA", "abstain")]
    decide(engine, 1, accept=True, by=named("Ana"))
    assert said(rows, "FRA")[2] is Position.ABSTAIN


def test_an_answer_that_a_person_confirmed_leaves_nothing_behind_where_the_mail_is_moved(
    sent, take_in, engine: Engine, rows
):
    for iso3 in ("FRA", "DEU"):
        sent(iso3)
    take_in(answer("Thank you.").replace(FRA.encode(), b"anna@freemail.example"))
    decide(engine, 1, accept=True, by=named("Ana"))
    assert said(rows, "FRA")[0] is Answer.REPLIED
    settle(engine, 1, "DEU", by=named("Ana"))
    assert [said(rows, iso3)[0] for iso3 in ("FRA", "DEU")] == [Answer.NONE, Answer.REPLIED]
    undo(engine, 1, by=named("Ana"))
    assert [said(rows, iso3)[0] for iso3 in ("FRA", "DEU")] == [Answer.REPLIED, Answer.NONE]
    undo(engine, 1, by=named("Ana"))
    assert said(rows, "FRA")[0] is Answer.NONE
    assert [one.kind for one in proposals(engine)] == ["answer"]


def test_a_bounce_that_a_person_confirmed_goes_with_its_mail(sent, take_in, engine: Engine, rows):
    sent("FRA")
    take_in(
        mail(
            "Return-Path: <>", "From: MAILER-DAEMON@mx.example", "Subject: failure notice",
            body=f"<{FRA}>:\n550 5.1.1 No such user\n",
        )
    )  # fmt: skip
    decide(engine, 1, accept=True, by=named("Ana"))
    assert rows(Message)[0].delivery is DeliveryStatus.BOUNCED
    settle(engine, 1, "none", by=named("Ana"))
    assert rows(Message)[0].delivery is DeliveryStatus.ACCEPTED
    undo(engine, 1, by=named("Ana"))
    assert rows(Message)[0].delivery is DeliveryStatus.BOUNCED
    undo(engine, 1, by=named("Ana"))
    assert rows(Message)[0].delivery is DeliveryStatus.ACCEPTED


def test_none_and_missions_is_refused(sent, take_in, engine: Engine, rows):
    sent("FRA")
    take_in(answer("Thank you."))
    with pytest.raises(UserError, match="answers for nobody"):
        settle(engine, 1, "none,FRA", by=named("Ana"))
    assert said(rows, "FRA")[0] is Answer.REPLIED


def test_a_mail_that_is_one_missions_already_may_answer_for_others_too(sent, take_in, engine: Engine, rows):
    for iso3 in ("FRA", "DEU"):
        sent(iso3)
    take_in(answer("On behalf of France and Germany: thank you."))
    with pytest.raises(UserError, match="there already"):
        settle(engine, 1, "FRA", by=named("Ana"))
    settle(engine, 1, "FRA,DEU", by=named("Ana"))
    assert [said(rows, iso3)[0] for iso3 in ("FRA", "DEU")] == [Answer.REPLIED, Answer.REPLIED]
    assert "DEU too" in undo(engine, 1, by=named("Ana")).what
    assert [said(rows, iso3)[0] for iso3 in ("FRA", "DEU")] == [Answer.REPLIED, Answer.NONE]
    with pytest.raises(UserError, match="nothing was decided"):
        undo(engine, 1, by=named("Ana"))


class TestWhatASettlingTaughtIsTakenBackWithIt:
    """Mails of the same writer that came later were judged by it, and are judged again without."""

    ANNA = "Anna <anna@elsewhere.example>"

    def elsewhere(self, words: str) -> bytes:
        """A mail out of the thread, under a subject of its own."""
        return answer(words, sender=self.ANNA, reply_to="").replace(b"Re: Joint letter", b"A question")

    def teach(self, sent, take_in, engine: Engine, *later: bytes) -> None:
        for iso3 in ("FRA", "DEU"):
            sent(iso3)
        take_in(self.elsewhere("Hello, it is us."))
        settle(engine, 1, "FRA", by=named("Ana"))
        take_in(*later)

    def in_thread(self, words: str = "Good luck!") -> bytes:
        return answer(words, sender=self.ANNA, reply_to="<letter-fra@coalition.example>")

    def test_in_the_thread_and_out_of_it(self, sent, take_in, engine: Engine, rows):
        self.teach(sent, take_in, engine, self.in_thread(), self.elsewhere("How are you?"))
        assert said(rows, "FRA")[0] is Answer.REPLIED
        assert undo(engine, 1, by=named("Bea")).again == (2, 3)
        assert said(rows, "FRA") == (Answer.NONE, False, Position.UNKNOWN)
        assert rows(KnownSender) == []
        assert "anna@elsewhere.example is no address of the mission" in rows(Reply)[1].basis
        assert [one.id for one in mails(engine)] == [1, 2, 3], "all of them wait for a person"
        assert [(one.kind, one.iso3, one.mail) for one in proposals(engine)] == [("answer", "FRA", 2)]

    def test_what_a_person_decided_since_stays(self, sent, take_in, engine: Engine, rows):
        self.teach(sent, take_in, engine, self.in_thread("We will abstain."))
        (position,) = [one for one in proposals(engine) if one.kind == "position"]
        decide(engine, position.id, accept=True, by=named("Bea"))
        assert undo(engine, 1, by=named("Ana")).again == ()
        assert said(rows, "FRA") == (Answer.REPLIED, True, Position.ABSTAIN)

    def test_what_another_settling_teaches_too_goes_on(self, sent, take_in, engine: Engine, rows):
        self.teach(sent, take_in, engine, answer("Yes.", sender="Bob <bob@elsewhere.example>", reply_to=""))
        take_in(self.elsewhere("Who is this?"))
        settle(engine, 3, "none", by=named("Bea"))
        settle(engine, 3, "FRA", by=named("Bea"))
        assert undo(engine, 1, by=named("Ana")).again == ()
        assert [(one.iso3, one.who) for one in rows(KnownSender)] == [("FRA", "Bea")]
        undo(engine, 3, by=named("Ana"))
        assert rows(KnownSender) == []


class TestAProposalThatWasDecided:
    def test_waits_again_and_the_position_is_taken_back(self, sent, take_in, engine: Engine, rows):
        sent("FRA")
        take_in(answer("We will abstain."))
        decide(engine, 1, accept=True, by=named("Ana"))
        with pytest.raises(UserError, match="was taken by Ana") as caught:
            decide(engine, 1, accept=False, by=named("Ana"))
        assert "inbox undo 1" in in_words(caught.value)
        undo(engine, 1, by=named("Bea"))
        assert said(rows, "FRA")[2] is Position.UNKNOWN
        decide(engine, 1, accept=False, by=named("Bea"))
        assert [(one.who, one.what, one.undone_by) for one in decided(engine, 1)] == [
            ("Ana", "yes to position abstain", "Bea"), ("Bea", "no to position abstain", "")
        ]  # fmt: skip

    def test_an_opt_out_is_taken_back(self, sent, take_in, engine: Engine, rows):
        sent("FRA")
        take_in(answer("Please remove us from your list."))
        decide(engine, 1, accept=True, by=named("Ana"))
        undo(engine, 1, by=named("Bea"))
        (one,) = rows(OptOut)
        assert (one.withdrawn_by, one.withdrawn_at is not None) == ("Bea", True)

    def test_another_contact_is_as_it_was(self, sent, take_in, engine: Engine, rows):
        sent("FRA", cc=("pr",))
        take_in(report(recipient_group(FRA, "failed", "5.1.1", "550 5.1.1 no such user")))
        before = [(one.line, one.active) for one in rows(Contact)]
        decide(engine, 1, accept=True, by=named("Ana"))
        undo(engine, 1, by=named("Bea"))
        assert [(one.line, one.active) for one in rows(Contact)] == before


def state(rows) -> list[Any]:
    """All that counts, without the history."""
    return [
        [(one.message_id, one.basis, one.settled_by) for one in rows(Reply)],
        [(one.delivery) for one in rows(Message)],
        [(one.status) for one in rows(Delivery)],
        [(one.answer, one.answered_at, one.position) for one in rows(Response)],
        [(one.iso3, one.who) for one in rows(KnownSender)],
    ]


@pytest.mark.heavy
@given(st.lists(st.tuples(st.integers(1, 3), st.sampled_from(["FRA", "DEU", "none"])), max_size=6))
@settings(max_examples=examples(15), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_was_decided_and_taken_back_leaves_no_trace(sent, take_in, engine: Engine, rows, moves):
    if not rows(Reply):
        sent("FRA")
        sent("DEU")
        take_in(answer("Yes."), report(recipient_group(FRA, "failed", "5.1.1")))
        take_in(answer("Perhaps.", sender="Anna <anna@elsewhere.example>", reply_to=""))
    before = state(rows)
    done = []
    for number, where in moves:
        try:
            settle(engine, number, where, by=named("Ana"))
        except UserError:
            continue  # it is there already
        done.append(number)
    for number in reversed(done):
        undo(engine, number, by=named("Bea"))
    assert state(rows) == before
