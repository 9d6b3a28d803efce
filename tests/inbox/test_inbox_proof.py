"""What may follow from a mail: only what it proves, and the rest is put before a person."""

import re
from itertools import product
from pathlib import Path

import case_mails
import pytest
from case_mails import Case, Office, cases, failures
from inbox_mails import OURS, answer, mail, named_anew, recipient_group, report
from sqlalchemy import Engine
from sqlmodel import select

from outreach import clock
from outreach.actors import named
from outreach.campaigns.box import missions_to_look_at
from outreach.database import reading, writing
from outreach.inbox.classify import classify, understand
from outreach.inbox.proof import NEEDS, SPEAKERS, Certainty, MailEffect, Proof, counts, happens, weighed
from outreach.inbox.settle import mails
from outreach.models import Campaign, Contact, KnownSender, Reply, Response
from outreach.responses.answers import collect, settle
from outreach.responses.decisions import decide, proposals, undo
from outreach.vocabulary import (
    Answer,
    Answering,
    DeliveryStatus,
    MailKind,
    MessageState,
    Speaker,
    SubKind,
    SuggestionKind,
)  # fmt: skip

MAILS = Path(__file__).parents[3] / "shared" / "cases" / "inbox" / "mails"
ANA = named("Ana")
EVERY = list(product(Certainty, repeat=3))
_ODD = {"mdn-read.eml"}
"""The box that it was opened by is another mission's."""


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "now", lambda: case_mails.TODAY)
        return Office(tmp_path_factory.mktemp("office"))


@pytest.mark.heavy
@pytest.mark.skipif(not MAILS.exists(), reason="the case mails are not here")
def test_the_case_mails(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: case_mails.TODAY)
    wrong: dict[str, list[str]] = {}
    for case in cases(MAILS):
        found = failures(case, office.play(case))
        if case.path.name in _ODD:
            found = [one for one in found if not one.startswith("delivery")]
        if found:
            wrong[case.path.name] = found
    assert wrong == {}


@pytest.mark.parametrize("effect", MailEffect)
def test_nothing_likely_does_what_only_a_certain_thing_may(effect: MailEffect) -> None:
    strong = {
        MailEffect.ANSWERED: (0, 1), MailEffect.DELIVERED: (0, 2), MailEffect.DELAYED: (0, 2),
        MailEffect.BOUNCED: (0, 2), MailEffect.ADDRESS_DEAD: (0, 2), MailEffect.AUTO_REPLY: (),
    }  # fmt: skip
    for proof in EVERY:
        follows = happens(effect, Proof(*proof))
        if effect not in strong:
            assert not follows  # a person decides
        elif effect is MailEffect.AUTO_REPLY:
            assert follows is (proof[0] >= Certainty.LIKELY)  # it is told, and stops nothing
        else:
            assert follows is all(proof[place] is Certainty.CERTAIN for place in strong[effect])


@pytest.mark.parametrize("kind", MailKind)
def test_of_all_kinds_of_mail_only_a_persons_own_words_count(kind: MailKind) -> None:
    for sub_kind in (None, *SubKind):
        yes = kind is MailKind.REPLY and sub_kind in (None, SubKind.FORWARD)
        assert (counts(kind, sub_kind) is Answering.YES) is yes


@pytest.mark.parametrize("speaker", Speaker)
def test_whoever_is_not_plainly_the_mission_answers_nothing(speaker: Speaker) -> None:
    certain = speaker in (Speaker.CONTACT, Speaker.CONFIRMED, Speaker.OWN_DOMAIN)
    found = weighed(Answering.YES, Proof(Certainty.CERTAIN, SPEAKERS[speaker]))
    assert found is (Answering.YES if certain else Answering.DOUBTFUL)


def test_the_table_names_every_effect() -> None:
    assert set(NEEDS) == set(MailEffect)


def standing(engine: Engine, iso3: str) -> Answer:
    with reading(engine) as session:
        return session.exec(select(Response.answer).where(Response.iso3 == iso3)).one()


def from_(
    sender: str, body: str = "We support the text.", subject: str = "Re: Joint letter", thread: str = OURS
) -> bytes:
    raw = answer(body, sender=f"Anna <{sender}>", reply_to=thread)
    return named_anew(raw.replace(b"Subject: Re: Joint letter", f"Subject: {subject}".encode()))


def asked(engine: Engine) -> list[tuple[str, str, str]]:
    return [
        (str(one.kind), one.iso3, one.value) for one in proposals(engine) if one.kind is not SuggestionKind.POSITION
    ]


class TestAStrangerInTheThread:
    @pytest.mark.heavy
    def test_is_shown_as_one_and_decided_by_a_person(self, sent, take_in, engine: Engine) -> None:
        sent("FRA")
        take_in(from_("partner@other.example", "Good luck with the letter!"))
        assert standing(engine, "FRA") is Answer.NONE
        (row,) = mails(engine)
        assert row.speaker is Speaker.STRANGER
        assert "partner@other.example is no address of the mission" in row.basis
        assert asked(engine) == [("answer", "FRA", "replied")]
        with engine.connect() as connection:
            assert {iso3 for _, iso3 in missions_to_look_at(connection)} == {"FRA"}
        decide(engine, proposals(engine)[0].id, accept=True, by=ANA)
        assert standing(engine, "FRA") is Answer.REPLIED
        undo(engine, row.id, by=ANA)
        assert standing(engine, "FRA") is Answer.NONE
        decide(engine, proposals(engine)[0].id, accept=False, by=ANA)
        assert standing(engine, "FRA") is Answer.NONE
        with engine.connect() as connection:
            assert missions_to_look_at(connection) == set()

    @pytest.mark.parametrize(
        "words",
        [
            "Ваше обращение зарегистрировано под № 1187. Ответ будет направлен в установленном порядке.",
            "Your correspondence has been registered under number 1187. We will get back to you in due course.",
        ],
    )
    def test_a_registry_that_says_no_more_than_that_it_came_has_acknowledged_it_if_a_person_says_so(
        self, words: str, sent, take_in, engine: Engine
    ) -> None:
        sent("FRA")
        take_in(from_("registry@fra.mission.example", words))
        assert asked(engine) == [("answer", "FRA", "acknowledged")]
        with engine.connect() as connection:
            assert {iso3 for _, iso3 in missions_to_look_at(connection)} == {"FRA"}
        decide(engine, proposals(engine)[0].id, accept=True, by=ANA)
        assert standing(engine, "FRA") is Answer.ACKNOWLEDGED
        with engine.connect() as connection:
            assert missions_to_look_at(connection) == set()

    def test_one_of_the_missions_own_domain_needs_nobody(self, sent, take_in, engine: Engine) -> None:
        sent("FRA")
        sent("DEU")
        take_in(from_("anna.new@fra.mission.example"))
        assert standing(engine, "FRA") is Answer.REPLIED
        assert asked(engine) == []

    def test_a_domain_that_two_missions_share_is_neithers(self, sent, take_in, engine: Engine) -> None:
        sent("FRA")
        with writing(engine) as session:
            session.add(Contact(iso3="FRA", role="general", email="a@shared.example", email_key="a@shared.example"))
        sent("DEU")
        with writing(engine) as session:
            session.add(Contact(iso3="DEU", role="general", email="b@shared.example", email_key="b@shared.example"))
        take_in(from_("somebody@shared.example"))
        assert standing(engine, "FRA") is Answer.NONE
        assert asked(engine) == [("answer", "FRA", "replied")]


class TestAColleague:
    FORWARD = (
        "they answered to me!\n\n---------- Forwarded message ---------\nFrom: Office <mission@fra.mission.example>\n"
        "Date: Tue, 19 Mar 2024 at 09:00\nSubject: Re: Joint letter\nTo: Ben <ben@coalition.example>\n\n"
        "We will co-sponsor the draft."
    )

    def test_who_passes_an_answer_on_is_no_mission_now_or_later(self, sent, take_in, engine: Engine, rows) -> None:
        sent("FRA")
        sent("DEU")
        take_in(from_("ben@coalition.example", self.FORWARD, "Fwd: Re: Joint letter", ""))
        assert standing(engine, "FRA") is Answer.NONE
        (row,) = mails(engine)
        assert (row.iso3, row.speaker) == ("FRA", Speaker.PASSED_ON)
        assert "We will co-sponsor" in row.text
        settle(engine, row.id, "FRA", by=ANA)
        assert standing(engine, "FRA") is Answer.REPLIED
        assert [one.address for one in rows(KnownSender)] == ["mission@fra.mission.example"]
        other = self.FORWARD.replace("fra.mission", "deu.mission")
        take_in(from_("ben@coalition.example", other, "Fwd: Re: Joint letter", ""))
        assert standing(engine, "DEU") is Answer.NONE
        assert mails(engine)[-1].iso3 == "DEU"

    def test_the_teams_own_words_in_the_thread_are_ours(self, sent, take_in, engine: Engine, rows) -> None:
        sent("FRA")
        take_in(from_("ben@coalition.example", "Dear Anna, did you get it?"))
        assert rows(Reply)[0].ours
        assert standing(engine, "FRA") is Answer.NONE

    def test_an_address_of_the_team_elsewhere_is_never_learnt(self, sent, take_in, engine: Engine, rows) -> None:
        sent("FRA")
        take_in(from_("ben@private.example"))
        settle(engine, 1, "FRA", by=ANA, team=("ben@private.example",))
        assert rows(KnownSender) == []


class TestAStrangerWhoPassesOn:
    """A partner, whom nobody knows, forwards what a mission wrote to it."""

    ZOE = "zoe@partner.example"
    GOOD_LUCK = "Good luck with it, I hope they will be many. Shall I call them?"

    def passes_on(self, thread: str = "", of: str = "fra") -> bytes:
        text = TestAColleague.FORWARD.replace("mission@fra.mission", f"expert@{of}.mission")
        return from_(self.ZOE, text, "Fwd: Re: Joint letter", thread)

    def test_outside_the_thread_is_proposed_for_its_writers_mission(self, sent, take_in, engine: Engine) -> None:
        sent("FRA")
        sent("DEU")
        take_in(self.passes_on())
        (row,) = mails(engine)
        assert row.candidates == ("FRA",)
        assert "zoe@partner.example, whom nobody knows, passes on" in row.basis
        assert asked(engine) == [("answer", "FRA", "replied")]
        with engine.connect() as connection:
            assert {iso3 for _, iso3 in missions_to_look_at(connection)} == {"FRA"}
        decide(engine, proposals(engine)[0].id, accept=True, by=ANA)
        assert standing(engine, "FRA") is Answer.REPLIED

    @pytest.mark.parametrize(("thread", "of"), [("", "fra"), (OURS, "fra"), (OURS, "deu")])
    def test_is_never_learnt_as_the_mission(self, thread, of, sent, take_in, engine: Engine, rows) -> None:
        for iso3 in ("FRA", "DEU"):
            sent(iso3, message_id=f"<letter-{iso3.lower()}@coalition.example>")
        take_in(self.passes_on(thread.replace("ours", "letter-fra"), of))
        settle(engine, 1, of.upper(), by=ANA)
        assert standing(engine, of.upper()) is Answer.REPLIED
        assert [one.address for one in rows(KnownSender)] == [f"expert@{of}.mission.example"]
        other = "deu" if of == "fra" else "fra"
        take_in(from_(self.ZOE, self.GOOD_LUCK, thread=f"<letter-{other}@coalition.example>"))
        assert standing(engine, other.upper()) is Answer.NONE
        assert ("answer", other.upper(), "replied") in asked(engine)

    def test_what_a_mission_itself_passes_on_teaches_nobody(self, sent, take_in, engine: Engine, rows) -> None:
        sent("FRA")
        text = TestAColleague.FORWARD.replace("mission@fra.mission", "friend@elsewhere")
        take_in(from_("mission@fra.mission.example", text, "Fwd: Re: Joint letter", ""))
        settle(engine, 1, "FRA", by=ANA)
        assert rows(KnownSender) == []


APPLE = "Begin forwarded message:\n\nFrom: {who}\nSubject: Re: letter\nDate: 19 March 2024 at 09:00\nTo: me\n\n{words}"
PROTON = "------- Forwarded Message -------\nFrom: {who}\nDate: On Tuesday, March 19th, 2024\nTo: me\n\n> {words}"


@pytest.mark.parametrize("form", [APPLE, "\n".join(f"> {line}" for line in APPLE.split("\n")), PROTON])
def test_whose_words_a_colleague_passes_on_is_read_in_each_programs_form(form: str) -> None:
    text = form.format(who="Anna <anna@fra.mission.example>", words="We will co-sponsor.")
    found = understand(from_("ben@coalition.example", f"See this.\n\n{text}", "Fwd: Re: Joint letter"))
    assert (found.writer, found.above, found.text) == (
        "anna@fra.mission.example", "See this.", "See this.\n\nWe will co-sponsor.",
    )  # fmt: skip


class TestWhatAMissionPassesOn:
    """An official of France shows us what somebody else wrote."""

    def forward(self, writer: str, above: str = "For your information.", below: str = "We will co-sponsor.") -> str:
        head = f"From: {writer}\nDate: Tue, 19 Mar 2024 at 09:00\nSubject: Re: letter\nTo: mission@fra.mission.example"
        return f"{above}\n\n---------- Forwarded message ---------\n{head}\n\n{below}"

    def take(self, take_in, text: str, sender: str = "mission@fra.mission.example", thread: str = OURS) -> None:
        take_in(from_(sender, text, "Fwd: Re: Joint letter", thread))

    def proposed(self, engine: Engine) -> list[tuple[str, str, str]]:
        return [(str(one.kind), one.iso3, one.value) for one in proposals(engine)]

    @pytest.mark.parametrize(
        ("writer", "above", "told"),
        [
            ("A friend <friend@elsewhere.example>", "For your information.", [("answer", "FRA", "replied")]),
            (
                "A friend <friend@elsewhere.example>", "Thank you. We will abstain.",
                [("answer", "FRA", "replied"), ("position", "FRA", "abstain")],
            ),
            ("A friend", "See below.", [("answer", "FRA", "replied")]),
            ("Ambassador <ambassador@fra.mission.example>", "See below.", [("position", "FRA", "co-sponsor")]),
        ],
    )  # fmt: skip
    def test_others_words_are_not_its_own(self, writer, above, told, sent, take_in, engine: Engine) -> None:
        sent("FRA", message_id=OURS)
        self.take(take_in, self.forward(writer, above))
        assert self.proposed(engine) == told

    @pytest.mark.parametrize("thread", [OURS, "<letter-deu@coalition.example>", ""])
    def test_what_another_mission_wrote_waits_for_a_person(self, thread, sent, take_in, engine: Engine, rows) -> None:
        sent("FRA", message_id=OURS)
        sent("DEU")
        self.take(take_in, self.forward("Office <mission@deu.mission.example>"), thread=thread)
        assert (standing(engine, "FRA"), standing(engine, "DEU")) == (Answer.NONE, Answer.NONE)
        assert ("position", "FRA", "co-sponsor") not in self.proposed(engine)
        (row,) = mails(engine)
        assert row.counts_as_answer is not Answering.YES
        whose = {iso3 for kind, iso3, _ in self.proposed(engine) if kind == "answer"}
        assert whose == ({"DEU"} if "deu" in thread else {"FRA", "DEU"})
        settle(engine, row.id, "DEU", by=ANA)
        assert ("position", "DEU", "co-sponsor") in self.proposed(engine)
        assert ("position", "FRA", "co-sponsor") not in self.proposed(engine)
        assert [one.address for one in rows(KnownSender)] == ["mission@deu.mission.example"]

    def test_a_joint_answer_makes_nobody_another_missions_sender(self, sent, take_in, engine: Engine, rows) -> None:
        sent("FRA", message_id=OURS)
        sent("DEU")
        self.take(take_in, "France and Germany will vote in favour.", thread="")
        settle(engine, 1, "DEU", by=ANA)
        assert rows(KnownSender) == []

    def test_a_colleague_in_the_thread_of_another_mission(self, sent, take_in, engine: Engine) -> None:
        sent("FRA", message_id=OURS)
        sent("DEU")
        self.take(take_in, self.forward("Office <mission@deu.mission.example>"), "ben@coalition.example")
        assert not [one for one in self.proposed(engine) if one[0] == "position"]

    def test_of_a_house_that_two_missions_share(self, sent, take_in, engine: Engine) -> None:
        for iso3, message_id in (("FRA", OURS), ("DEU", "<letter-deu@coalition.example>")):
            sent(iso3, message_id=message_id)
            box = f"{iso3.lower()}@shared.example"
            with writing(engine) as session:
                session.add(Contact(iso3=iso3, role="general", email=box, email_key=box))
        self.take(take_in, self.forward("Deu <deu@shared.example>"), "fra@shared.example")
        assert {one for one in self.proposed(engine) if one[0] == "position"} == set()

    def test_of_a_house_that_left_the_directory(self, sent, take_in, engine: Engine) -> None:
        sent("FRA", message_id=OURS)
        with writing(engine) as session:
            for one in session.exec(select(Contact)).all():
                session.delete(one)
        self.take(take_in, self.forward("Other <other@fra.mission.example>"))
        assert [(one.iso3, one.candidates) for one in mails(engine, waiting=False)] == [("FRA", ())]

    def test_a_colleague_and_somebody_unknown(self, sent, take_in, engine: Engine) -> None:
        sent("FRA", message_id=OURS)
        self.take(take_in, self.forward("A friend <friend@elsewhere.example>"), "ben@coalition.example")
        assert self.proposed(engine) == [("answer", "FRA", "replied")]
        settle(engine, 1, "FRA", by=ANA)  # somebody says that the friend speaks for France
        assert ("position", "FRA", "co-sponsor") in self.proposed(engine)

    def test_what_a_colleague_writes_above_is_no_missions(self, sent, take_in, engine: Engine) -> None:
        sent("FRA", message_id=OURS)
        text = self.forward(
            "Office <mission@fra.mission.example>", "We oppose the draft!", "Please remove our address."
        )
        self.take(take_in, text, "ben@coalition.example", "")
        assert self.proposed(engine) == [
            ("answer", "FRA", "replied"),
            ("opt-out", "FRA", "mission@fra.mission.example"),
        ]


@pytest.mark.parametrize(
    ("dated", "counts"),
    [
        ("Tue, 19 Mar 2024 at 09:00", Answer.REPLIED), ("9 janvier 2024", Answer.NONE),
        ("2024-02-01 10:00", Answer.NONE),
        ("04/03/2024 10:00", Answer.REPLIED), ("03/02/2024", Answer.NONE), ("Tue, 19 Mar at 09:00", Answer.REPLIED),
    ],
)  # fmt: skip
def test_what_was_written_before_the_letter_is_no_answer_to_it(
    dated: str, counts: Answer, sent, take_in, engine: Engine
) -> None:
    """Of two numbers the later day is meant: 4 March may be 3 April, and of what is not sure nothing follows."""
    sent("FRA")
    passed_on = TestAColleague.FORWARD.replace("they answered to me!", "").replace("Tue, 19 Mar 2024 at 09:00", dated)
    passed_on = passed_on.replace("mission@fra.mission", "expert@fra.mission").replace(
        "ben@coalition", "hr@fra.mission"
    )
    take_in(from_("mission@fra.mission.example", passed_on, "Fwd: Re: Joint letter"))
    assert standing(engine, "FRA") is counts
    assert asked(engine) == ([] if counts is Answer.REPLIED else [("answer", "FRA", "replied")])


def test_a_joint_answer_is_put_down_to_all_and_taken_back_at_once(sent, take_in, engine: Engine) -> None:
    for iso3 in ("ALB", "HND", "HUN"):
        sent(iso3)
    names = " ".join(f"<letter-{iso3}@coalition.example>" for iso3 in ("alb", "hnd", "hun"))
    take_in(
        mail("From: Delegation <hr@delegation.example>", "Subject: Joint reply", f"References: {names}", body="We do.")
    )
    assert sorted(asked(engine)) == [("answer", iso3, "replied") for iso3 in ("ALB", "HND", "HUN")]
    settle(engine, 1, "ALB, HND, HUN", by=ANA)
    assert [standing(engine, iso3) for iso3 in ("ALB", "HND", "HUN")] == [Answer.REPLIED] * 3
    assert asked(engine) == []
    taken_back = undo(engine, 1, by=ANA)
    assert all(iso3 in taken_back.what for iso3 in ("ALB", "HND", "HUN"))
    assert [standing(engine, iso3) for iso3 in ("ALB", "HND", "HUN")] == [Answer.NONE] * 3
    assert len(asked(engine)) == 3


class TestABounce:
    def test_of_another_mail_says_nothing_of_the_letter(self, sent, take_in, engine: Engine, letter, rows) -> None:
        number = sent("FRA")
        take_in(
            report(recipient_group("mission@fra.mission.example", "failed", "5.1.1"), message_id="<lunch@x.example>")
        )
        assert letter(number).delivery is DeliveryStatus.ACCEPTED
        assert [one.bounced_at for one in rows(Contact)] == [None]

    def test_of_a_box_that_the_mission_forwards_to_is_put_before_a_person(
        self, sent, take_in, engine: Engine, letter, rows
    ) -> None:
        number = sent("FRA")
        take_in(report(recipient_group("old.secretary@ministry.example", "failed", "5.1.1")))
        assert letter(number).delivery is DeliveryStatus.ACCEPTED
        assert asked(engine) == [("bounced", "FRA", "old.secretary@ministry.example")]
        decide(engine, proposals(engine)[0].id, accept=True, by=ANA)
        assert letter(number).delivery is DeliveryStatus.BOUNCED
        assert [one.bounced_at for one in rows(Contact)] == [None]
        undo(engine, 1, by=ANA)
        assert letter(number).delivery is DeliveryStatus.ACCEPTED

    def test_without_a_name_is_of_the_letter_only_as_a_person_says(self, sent, take_in, engine, letter, rows) -> None:
        number = sent("FRA")
        take_in(
            report(
                recipient_group("mission@fra.mission.example", "failed", "5.1.1", "550 5.1.1 User unknown"),
                message_id="",
            )
        )
        assert letter(number).delivery is DeliveryStatus.ACCEPTED
        decide(engine, proposals(engine)[0].id, accept=True, by=ANA)
        assert letter(number).delivery is DeliveryStatus.BOUNCED
        assert rows(Contact)[0].bounced_at is not None
        undo(engine, 1, by=ANA)
        assert rows(Contact)[0].bounced_at is None


class TestWhatAProgramSays:
    @pytest.mark.parametrize(
        ("words", "sub_kind", "new"),
        [
            ("I have left. My successor is lea@fra.mission.example.", SubKind.LEFT, "lea@fra.mission.example"),
            ("My posting here came to an end. Ask lea@fra.mission.example.", SubKind.LEFT, "lea@fra.mission.example"),
            ("This mailbox is closed; write to new@fra.mission.example.", SubKind.CLOSED, "new@fra.mission.example"),
            ("Ce message est en quarantaine.", SubKind.HELD, ""),
            ("Please confirm that you are a person: https://x.example/1", SubKind.CHALLENGE, ""),
            ("This mailbox is not monitored.", SubKind.UNATTENDED, ""),
        ],
    )  # fmt: skip
    def test_is_told_with_what_it_asks_for(self, words, sub_kind, new, sent, take_in, engine: Engine) -> None:
        sent("FRA")
        take_in(
            from_("mission@fra.mission.example", words).replace(b"Subject:", b"Auto-Submitted: auto-replied\nSubject:")
        )
        assert standing(engine, "FRA") is Answer.AUTO_REPLY
        expected = [("problem", "FRA", str(sub_kind))] + [("contact", "FRA", new)] * bool(new)
        assert asked(engine) == expected

    def test_a_new_address_becomes_a_contact_once_a_person_says_so(self, sent, take_in, engine: Engine, rows) -> None:
        sent("FRA")
        words = "I have left the Mission. My successor is lea@fra.mission.example."
        take_in(
            from_("mission@fra.mission.example", words).replace(b"Subject:", b"Auto-Submitted: auto-replied\nSubject:")
        )
        assert [one.email for one in rows(Contact)] == ["mission@fra.mission.example"]
        (one,) = [one for one in proposals(engine) if one.kind is SuggestionKind.CONTACT]
        decide(engine, one.id, accept=True, by=ANA)
        assert [(one.email, one.active) for one in rows(Contact)][1] == ("lea@fra.mission.example", True)
        undo(engine, 1, by=ANA)
        assert [(one.email, one.active) for one in rows(Contact)][1] == ("lea@fra.mission.example", False)

    def test_an_address_that_is_written_to_already_is_not_proposed(self, sent, take_in, engine: Engine) -> None:
        sent("FRA")
        words = "I have left the Mission. Write to Mission@FRA.mission.example or to lea@fra.mission.example."
        take_in(from_("ana@fra.mission.example", words).replace(b"Subject:", b"Auto-Submitted: auto-replied\nSubject:"))
        assert [one for one in asked(engine) if one[0] == "contact"] == [("contact", "FRA", "lea@fra.mission.example")]

    def test_a_receipt_is_acknowledged_only_by_a_person(self, sent, take_in, engine: Engine) -> None:
        sent("FRA")
        words = "Your request has been registered under number 48213. This is an automated message."
        take_in(from_("mission@fra.mission.example", words, "[#48213] We have received your request"))
        assert standing(engine, "FRA") is Answer.NONE
        assert asked(engine) == [("answer", "FRA", "acknowledged")]
        with engine.connect() as connection:
            assert missions_to_look_at(connection) == set()  # the reminder still goes
        decide(engine, proposals(engine)[0].id, accept=True, by=ANA)
        assert standing(engine, "FRA") is Answer.ACKNOWLEDGED

    def test_an_answer_that_is_called_back_is_not_proposed_any_more(self, sent, take_in, engine: Engine) -> None:
        sent("FRA")
        take_in(from_("mission@fra.mission.example", "We are in favour of the draft."))
        assert [one.value for one in proposals(engine)] == ["in favour"]
        words = 'The sender would like to recall the message, "Re: Joint letter".'
        take_in(from_("mission@fra.mission.example", words, "Recall: Re: Joint letter"))
        assert [(str(one.kind), one.value) for one in proposals(engine)] == [
            ("answer", "replied"), ("problem", "recall"),
        ] or [(str(one.kind), one.value) for one in proposals(engine)] == [("problem", "recall")]  # fmt: skip

    RECALL = 'The sender would like to recall the message, "Re: Joint letter".'

    @pytest.mark.parametrize("recall_first", [True, False])
    def test_a_recall_of_the_same_second_counts_in_whatever_order_it_comes(
        self, recall_first: bool, sent, engine: Engine, tmp_path: Path
    ) -> None:
        sent("FRA")
        answered = from_("mission@fra.mission.example", "We are in favour of the draft.")
        recalled = from_("mission@fra.mission.example", self.RECALL, "Recall: Re: Joint letter")
        for number, raw in enumerate([recalled, answered] if recall_first else [answered, recalled]):
            (tmp_path / f"{number}.eml").write_bytes(raw)
        collect(engine, [tmp_path], by=ANA)
        assert "position" not in {one.kind for one in proposals(engine)}
        assert ("problem", "recall") in {(one.kind, one.value) for one in proposals(engine)}

    def test_an_answer_that_comes_after_its_recall_is_not_proposed_and_one_written_later_is(
        self, sent, take_in, engine: Engine
    ) -> None:
        sent("FRA")
        take_in(from_("mission@fra.mission.example", self.RECALL, "Recall: Re: Joint letter"))
        take_in(from_("mission@fra.mission.example", "We are in favour of the draft."))
        assert "position" not in {one.kind for one in proposals(engine)}
        later = from_("mission@fra.mission.example", "We will abstain on the draft.")
        take_in(re.sub(rb"(?m)^Date: .*$", b"Date: Wed, 27 Mar 2024 10:00:00 +0100\r", later))
        assert [one.value for one in proposals(engine) if one.kind == "position"] == ["abstain"]


@pytest.mark.parametrize("value", ["", "()", "undisclosed", '""'])
def test_an_empty_or_broken_from_claims_nothing(value: str) -> None:
    found = classify(mail(f"From: {value}", "Subject: Re: letter", f"In-Reply-To: {OURS}", body="We will co-sponsor."))
    assert (found.kind, found.counts) == (MailKind.REPLY, Answering.DOUBTFUL)


def test_an_official_who_answers_by_a_help_desk_is_a_person() -> None:
    found = classify(
        mail(
            "From: desk@fra.mission.example", "Subject: [#7] Re: letter", f"In-Reply-To: {OURS}",
            "Auto-Submitted: auto-generated", body="Dear colleagues,\nFrance will vote in favour.",
        )
    )  # fmt: skip
    assert (found.kind, found.counts) == (MailKind.REPLY, Answering.YES)


def test_every_case_says_what_must_come_of_it() -> None:
    case = Case(Path("x"), frozenset({"reply"}), frozenset({"none"}), frozenset({"no"}), ("a",), ("b",), "", "FRA")
    found = failures(case, case_mails.Outcome("bounce", None, "bounced", "yes", "b", "", ""))
    assert [re.split(r"[ ,]", one)[0] for one in found] == ["kind", "delivery", "answer", "text", "text"]


def test_a_bounce_whose_server_renamed_our_letter_is_put_before_a_person(sent, take_in, engine: Engine, letter) -> None:
    """Such as Amazon SES: the returned message has the letter's subject, and a Message-ID of the server's own."""
    number = sent("FRA")
    raw = report(recipient_group("mission@fra.mission.example", "failed", "5.1.1"), message_id="<0100018e@ses.example>")
    take_in(raw)
    assert letter(number).delivery is DeliveryStatus.ACCEPTED
    assert asked(engine) == [("bounced", "FRA", "mission@fra.mission.example")]
    other = raw.replace(b"Subject: Joint letter", b"Subject: Invitation to lunch")
    take_in(other)
    assert len(asked(engine)) == 1


def test_a_mail_is_put_down_to_the_letter_that_went_out_and_not_to_the_reminder(sent, take_in, engine: Engine) -> None:
    first = sent("FRA")
    sent(
        "FRA", campaign="reminder", message_id="<reminder@coalition.example>", state=MessageState.QUEUED, sent_at=None,
        first_try_at=None, delivery=None,
    )  # fmt: skip
    take_in(from_("a.diplomat@private.example"))
    settle(engine, 1, "FRA", by=ANA)
    with reading(engine) as session:
        assert session.exec(select(Reply.message_id)).one() == first
        answers = session.exec(select(Response.campaign_id, Response.answer).order_by(Response.campaign_id)).all()
    assert answers[0][1] is Answer.REPLIED


def test_a_bounce_that_is_no_letters_leaves_no_address_dead(sent, take_in, engine: Engine, letter, rows) -> None:
    number = sent("FRA")
    take_in(report(recipient_group("mission@fra.mission.example", "failed", "5.1.1", "550 5.1.1 User unknown")))
    assert rows(Contact)[0].bounced_at is not None
    settle(engine, 1, "none", by=ANA)
    assert letter(number).delivery is DeliveryStatus.ACCEPTED
    assert rows(Contact)[0].bounced_at is None


def test_a_box_of_another_house_that_a_letter_was_passed_on_to_is_not_ours_dead(sent, take_in, rows) -> None:
    sent("FRA")
    group = recipient_group(
        "jane@gmail.example", "failed", "5.1.1", "550 5.1.1 User unknown", original="mission@fra.mission.example"
    )
    take_in(report(group))
    assert [one.bounced_at for one in rows(Contact)] == [None]


def test_that_a_reminder_was_cancelled_for_an_answer_that_is_none_is_told(sent, take_in, engine: Engine) -> None:
    sent("FRA")
    number = sent("FRA", campaign="reminder", message_id="<reminder@coalition.example>", state=MessageState.CANCELLED)
    with writing(engine) as session:
        session.exec(select(Campaign).where(Campaign.name == "reminder")).one().follows_id = 1
    take_in(from_("a.diplomat@private.example"))
    decide(engine, proposals(engine)[0].id, accept=True, by=ANA)
    undo(engine, 1, by=ANA)
    (told,) = [one for one in proposals(engine) if one.kind is SuggestionKind.PROBLEM]
    assert (told.value, told.iso3) == ("no reminder", "FRA")
    assert "plan another follow-up" in told.evidence
    assert number


@pytest.mark.parametrize(
    ("body", "kind", "sub_kind"),
    [
        ("We've got your request and will look at it shortly.", MailKind.AUTO_REPLY, SubKind.RECEIPT),
        ("We have got your request. Our delegation will vote in favour.", MailKind.REPLY, None),
    ],
)
def test_a_desk_that_has_a_request_acknowledges_and_a_person_through_it_answers(body, kind, sub_kind) -> None:
    raw = mail(
        "From: desk@fra.mission.example", "Subject: PM-118 Joint letter", f"In-Reply-To: {OURS}",
        "Auto-Submitted: auto-generated", "Precedence: bulk", body=body,
    )  # fmt: skip
    finding = classify(raw)
    assert (finding.kind, finding.sub_kind) == (kind, sub_kind)


def test_a_person_who_speaks_of_a_ticket_is_looked_at() -> None:
    body = "Thank you. Your letter got ticket number 4471; I am handling it personally. Could we meet? Mark"
    found = classify(mail("From: mark@svn.mission.example", "Subject: Ticket #4471", f"In-Reply-To: {OURS}", body=body))
    assert (found.kind, found.counts) == (MailKind.REPLY, Answering.DOUBTFUL)


def test_a_newsletter_takes_no_address_off_the_list(sent, take_in, engine: Engine) -> None:
    sent("FRA")
    raw = from_("mission@fra.mission.example", "News of the week. Please remove our address.", "Bulletin", "")
    take_in(raw.replace(b"Subject:", b"List-Id: <news.fra.mission.example>\r\nSubject:"))
    assert asked(engine) == []


@pytest.mark.parametrize(("state", "proposed"), [("Switzerland", []), ("France", ["in favour"])])
def test_a_note_of_another_states_mission_proposes_nothing_for_this_one(state, proposed, sent, take_in, engine: Engine):
    sent("FRA")
    words = (
        f"The Permanent Mission of {state} presents its compliments to the coalition and has the honour to inform\n"
        f"it that {state} will vote in favour of the draft resolution."
    )
    take_in(from_("mission@fra.mission.example", words))
    assert [one.value for one in proposals(engine) if one.kind is SuggestionKind.POSITION] == proposed
