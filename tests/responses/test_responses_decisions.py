"""What mails propose, and what comes of it only when a person says yes."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine

from outreach.actors import named
from outreach.database import writing
from outreach.errors import NotFoundError, UserError
from outreach.inbox.meaning.proposals import proposed
from outreach.models import Contact, OptOut, Response, ResponseChange, Suggestion
from outreach.responses.decisions import decide, proposals
from outreach.responses.decisions import undo as undo_decision
from outreach.responses.positions import set_position
from outreach.responses.recorded import history, record, undo
from outreach.responses.suppression import allow, opt_out, withheld
from outreach.vocabulary import Answer, Position, Role
from tests.inbox.inbox_mails import answer, recipient_group, report


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("We are pleased to inform you that we will co-sponsor the resolution.", "co-sponsor"),
        ("Our delegation fully supports the draft text.", "in favour"),
        ("Switzerland will vote in favour.", "in favour"),
        ("We intend to abstain.", "abstain"),
        ("My government cannot support this text.", "against"),
        ("We will not be in a position to co-sponsor.", None),
        ("We shall vote against it.", "against"),
        ("Your letter has been forwarded to the capital.", "undecided"),
        ("We await instructions from our ministry.", "undecided"),
        ("The mission does not comment on its voting position.", "declined to say"),
        ("La Suisse se portera coauteur du projet.", "co-sponsor"),
        ("Nous soutenons pleinement ce projet de résolution.", "in favour"),
        ("La France votera pour.", "in favour"),
        ("Notre délégation s’abstiendra.", "abstain"),
        ("Nous ne pouvons pas soutenir ce texte.", "against"),
        ("Votre lettre a été transmise à la capitale.", "undecided"),
        ("Votaremos a favor de la resolución.", "in favour"),
        ("Apoyamos plenamente el proyecto.", "in favour"),
        ("Mi delegación copatrocinará el texto.", "co-sponsor"),
        ("Nos abstendremos.", "abstain"),
        ("No podemos apoyar el texto.", "against"),
        ("Su carta fue remitida a la capital.", "undecided"),
        ("Thank you for your letter.", None),
        ("I am supported by a colleague.", None),
        ("Merci pour votre lettre.", None),
        ("Gracias por su carta.", None),
    ],
)
def test_the_position_that_words_tell(text, position):
    found = proposed(f"Dear colleagues,\n\n{text}\n\nBest regards").position
    assert (found[0].value if found else None) == position
    assert found is None or found[1] in text


@pytest.mark.parametrize(
    "text",
    [
        "Please remove us from your mailing list.", "Kindly do not write to us again.",
        "We no longer wish to receive your letters.",
        "Veuillez retirer notre adresse de votre liste.", "Nous ne souhaitons plus recevoir vos courriers.",
        "No deseamos recibir más cartas.", "Por favor, eliminen esta dirección de su lista.",
    ],
)  # fmt: skip
def test_words_that_ask_to_be_left_alone(text):
    assert proposed(f"Hello.\n\n{text}").opt_out == text
    assert not proposed("We received your list of signatories. Please write again.").opt_out


class TestProposals:
    def test_nothing_comes_of_one_until_a_person_says_yes(self, sent, take_in, engine: Engine, rows):
        sent("FRA")
        take_in(answer("We will co-sponsor the text."))
        assert rows(Response)[0].position is Position.UNKNOWN
        (one,) = proposals(engine)
        assert (one.kind, one.value, one.iso3, one.campaign) == ("position", "co-sponsor", "FRA", "hrc55")
        assert one.evidence == "We will co-sponsor the text."
        decide(engine, one.id, accept=True, by=named("Ana"))
        response = rows(Response)[0]
        assert (response.position, response.changed_by) == (Position.CO_SPONSOR, "Ana")
        change = rows(ResponseChange)[-1]
        assert (change.who, change.reply_id) == ("Ana", one.mail)
        assert proposals(engine) == []
        with pytest.raises(UserError, match="taken by Ana"):
            decide(engine, one.id, accept=False, by=named("Ben"))

    def test_no_leaves_everything_as_it_is(self, sent, take_in, engine: Engine, rows):
        sent("FRA")
        take_in(answer("Please remove us from your list."))
        decide(engine, proposals(engine)[0].id, accept=False, by=named("Ana"))
        assert rows(OptOut) == []
        (kept,) = rows(Suggestion)
        assert (kept.accepted, kept.decided_by) == (False, "Ana")

    def test_an_opt_out_is_of_the_address_that_asked(self, sent, take_in, engine: Engine, rows):
        sent("FRA")
        take_in(answer("Please remove us from your list.", sender="Anna <Anna@fra.mission.example>"))
        assert rows(OptOut) == []
        decide(engine, proposals(engine)[0].id, accept=True, by=named("Ana"))
        (row,) = rows(OptOut)
        assert (row.address, row.address_key, row.who) == (
            "Anna@fra.mission.example",
            "anna@fra.mission.example",
            "Ana",
        )
        assert row.reply_id is not None

    def test_a_dead_address_proposes_another_contact(self, sent, take_in, engine: Engine, rows):
        sent("FRA")
        with writing(engine) as session:
            for local, role in (("deputy", Role.DEPUTY), ("pr", Role.PERMANENT_REPRESENTATIVE)):
                box = f"{local}@fra.mission.example"
                session.add(Contact(iso3="FRA", role=role, email=box, email_key=box))
        take_in(report(recipient_group("mission@fra.mission.example", "failed", "5.1.1", "550 5.1.1 No such user")))
        dead = next(one for one in rows(Contact) if one.email.startswith("mission@"))
        assert dead.bounced_at is not None
        assert dead.bounce_detail == "550 5.1.1 No such user"
        (one,) = proposals(engine)
        assert (one.kind, one.value, one.iso3) == ("contact", "pr@fra.mission.example", "FRA")
        decide(engine, one.id, accept=True, by=named("Ana"))

    def test_an_address_that_a_person_gives_is_added_by_a_yes_and_taken_back(self, sent, take_in, engine: Engine, rows):
        sent("FRA")
        take_in(answer("Thank you.\n\nIn future please send your letters to desk@fra.mission.example."))
        (one,) = proposals(engine)
        assert (one.kind, one.value, one.iso3) == ("contact", "desk@fra.mission.example", "FRA")
        assert one.evidence == "In future please send your letters to desk@fra.mission.example."
        assert len(rows(Contact)) == 1
        decide(engine, one.id, accept=True, by=named("Ana"))
        added = next(row for row in rows(Contact) if row.email == one.value)
        assert added.active
        undo_decision(engine, one.mail, by=named("Ana"))
        assert not next(row for row in rows(Contact) if row.email == one.value).active

    @pytest.mark.heavy
    @pytest.mark.parametrize(
        ("status", "words"), [("4.2.2", "full"), ("5.2.2", "Mailbox full"), ("5.7.1", "blocked as spam")]
    )
    def test_what_says_nothing_against_the_address_marks_no_contact(self, status, words, sent, take_in, rows):
        sent("FRA")
        take_in(
            report(recipient_group("mission@fra.mission.example", "failed", status, f"{status[0]}52 {status} {words}"))
        )
        assert rows(Contact)[0].bounced_at is None
        assert rows(Suggestion) == []

    def test_a_number_that_is_no_proposal(self, engine: Engine):
        with pytest.raises(NotFoundError):
            decide(engine, 7, accept=True, by=named("Ana"))


class TestAddresses:
    def test_opted_out_and_allowed_again_with_its_history(self, engine: Engine, rows):
        opt_out(engine, "Box@x.example", why="by phone", by=named("Ana"))
        opt_out(engine, "box@X.example", by=named("Ben"))
        assert [(one.address, one.reason, one.who) for one in withheld(engine)] == [
            ("Box@x.example", "opted out", "Ana")
        ]
        allow(engine, "BOX@x.example", by=named("Ben"))
        assert withheld(engine) == []
        opt_out(engine, "box@x.example", by=named("Ana"))
        assert [(one.who, one.withdrawn_by) for one in rows(OptOut)] == [("Ana", "Ben"), ("Ana", "")]

    def test_a_bounce_mark_is_cleared_by_a_person(self, sent, take_in, engine: Engine):
        sent("FRA")
        take_in(report(recipient_group("mission@fra.mission.example", "failed", "5.1.1")))
        assert [one.reason for one in withheld(engine)] == ["bounced"]
        allow(engine, "mission@fra.mission.example", by=named("Ana"))
        assert withheld(engine) == []

    @pytest.mark.parametrize("address", ["", "nobody", "a b@x.example"])
    def test_no_address(self, address, engine: Engine):
        with pytest.raises(UserError):
            opt_out(engine, address, by=named("Ana"))

    def test_an_address_that_is_not_withheld(self, engine: Engine):
        with pytest.raises(NotFoundError):
            allow(engine, "box@x.example", by=named("Ana"))


class TestToldOtherwise:
    def test_a_meeting_is_an_answer(self, sent, engine: Engine, rows):
        sent("FRA")
        record(engine, "hrc55", "fra", "Meeting", on=date(2024, 3, 20), note="With the deputy.", by=named("Ana"))
        (response,) = rows(Response)
        assert (response.answer, response.note) == (Answer.REPLIED, "With the deputy.")
        assert response.answered_at == datetime(2024, 3, 20, 11, tzinfo=UTC)
        (change,) = history(engine, "hrc55", "FRA")
        assert (change.who, change.note) == ("Ana", "meeting on 2024-03-20: With the deputy.")

    def test_another_way_or_a_day_to_come_is_a_mistake(self, sent, engine: Engine, rows):
        sent("FRA")
        with pytest.raises(UserError, match="meeting, call, letter, receipt"):
            record(engine, "hrc55", "FRA", "telepathy", by=named("Ana"))
        with pytest.raises(UserError, match="still to come"):
            record(engine, "hrc55", "FRA", "call", on=datetime.now(UTC).date() + timedelta(days=3), by=named("Ana"))
        assert rows(ResponseChange) == []

    def test_changes_are_taken_back_one_by_one_and_all_is_kept(self, sent, engine: Engine, rows):
        sent("FRA")
        set_position(engine, "hrc55", "FRA", "abstain", note="first", by=named("Ana"))
        set_position(engine, "hrc55", "FRA", "against", note="second", by=named("Ana"))
        record(engine, "hrc55", "FRA", "call", by=named("Ana"))
        undo(engine, "hrc55", "FRA", by=named("Ben"))
        assert rows(Response)[0].answer is Answer.NONE
        assert rows(Response)[0].answered_at is None
        undo(engine, "hrc55", "FRA", by=named("Ben"))
        assert (rows(Response)[0].position, rows(Response)[0].note) == (Position.ABSTAIN, "first")
        undo(engine, "hrc55", "FRA", by=named("Ben"))
        assert (rows(Response)[0].position, rows(Response)[0].note) == (Position.UNKNOWN, "")
        with pytest.raises(UserError, match="Nothing"):
            undo(engine, "hrc55", "FRA", by=named("Ben"))
        changes = history(engine, "hrc55", "FRA")
        assert len(changes) == 6
        assert [one.taken_back for one in changes] == [True, True, True, False, False, False]
