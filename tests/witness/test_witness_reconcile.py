"""A copy that was brought back is led to what is known: each letter ends sent, queued or uncertain."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine
from sqlmodel import col, select

from outreach import clock
from outreach.actors import named
from outreach.database import reading, writing
from outreach.errors import ConfirmationError, ConflictError
from outreach.inbox.mailbox.sent import found_in_sent
from outreach.models import Attempt, Campaign, Delivery, DeliveryEvent, Dispatch, Identity, Message, Reply
from outreach.outbox.reconcile import NotConfirmedError, Reconciled, SentFolder, reconcile
from outreach.pasted import in_words
from outreach.settings import Settings
from outreach.vocabulary import Stage
from outreach.witness.dispatch import Answered, DispatchJournal, Handover
from outreach.witness.standing import Standing, StandingKind, journal_opened, require_home, standing
from tests.inbox.scripted_imap import ScriptedImap
from tests.outbox.conftest import Letters, iso3
from tests.witness.handovers import AT

LIVE = Settings(mode="live", smtp_host="127.0.0.1")
Rows = Callable[[], list[Message]]


@pytest.fixture
def lost(engine: Engine) -> "Lost":
    standing(engine, LIVE)
    return Lost(engine)


class Lost:
    """What went out of the database that this one is an older copy of: only the journal knows."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.generation = 10_000
        self.claims: dict[str, int] = {}

    def hand_over(
        self, number: int, *, live: bool = True, name: str = "spring", to: tuple[str, ...] = ("pr",), **more: str
    ) -> str:
        """The letter to a mission goes out; its answer is another's."""
        code = iso3(number)
        message_id = more.get("message_id", f"<{name}-{code}@coalition.example>")
        self.generation += 1
        self.claims[message_id] = self.claims.get(message_id, 0) + 1
        recipients = tuple(f"{local}@{code.lower()}.mission.example" for local in to)
        letter = Handover(
            message_id, name, "x", code, recipients, "d" * 64, "Letter", "t" * 64, self.claims[message_id], live
        )
        with self.journal() as journal:
            journal.begin([letter], self.generation, AT)
        return message_id

    def answered(self, message_id: str, verdict: str = "accepted", reply: str = "250 2.0.0 Ok", **each: str) -> None:
        """The server answers; for single recipients another way, by the local part of their addresses."""
        code = message_id[-len("AAX@coalition.example>") :][:3].lower()
        told = {f"{local}@{code}.mission.example": (word, f"said {word}") for local, word in each.items()}
        with self.journal() as journal:
            journal.answer([Answered(message_id, self.claims[message_id], verdict, reply, told)], AT)

    def sent(self, number: int, **more: object) -> str:
        message_id = self.hand_over(number, **more)  # type: ignore[arg-type]
        self.answered(message_id)
        return message_id

    def journal(self):
        return journal_opened(self.engine, LIVE)


def settle(engine: Engine, yes: int | None = None, settings: Settings = LIVE, **more: object) -> Reconciled:
    return reconcile(engine, settings, by=named("Ana"), yes=yes, **more)  # type: ignore[arg-type]


def states(messages: Rows) -> list[str]:
    return [str(one.state) for one in messages()]


def test_each_letter_ends_sent_queued_or_uncertain(
    engine: Engine, letters: Letters, lost: Lost, messages: Rows
) -> None:
    letters(4)
    lost.sent(0)
    lost.sent(1)
    lost.hand_over(2)
    with pytest.raises(NotConfirmedError, match="2 letters would be marked as sent") as told:
        settle(engine)
    assert "outreach here --yes 2" in in_words(told.value.remedy)
    assert states(messages) == ["queued"] * 4
    done = settle(engine, 2)
    assert states(messages) == ["sent", "sent", "uncertain", "queued"]
    assert (len(done.sent), len(done.uncertain), done.waiting) == (2, 1, 1)
    first = messages()[0]
    assert (first.sent_at, first.rehearsed, first.smtp_reply, first.delivery) == (AT, False, "250 2.0.0 Ok", "accepted")
    assert "not known" in messages()[2].reason
    with reading(engine) as session:
        assert [one.state for one in session.exec(select(Delivery).order_by(col(Delivery.id))).all()] == states(
            messages
        )
        events = session.exec(select(DeliveryEvent).where(DeliveryEvent.message_id == first.id)).all()
        assert [(one.who, one.kind) for one in events] == [("the dispatch journal", "resolved")]
    require_home(engine, LIVE)
    assert settle(engine).done


def test_another_number_than_that_changes_nothing(engine: Engine, letters: Letters, lost: Lost, messages: Rows) -> None:
    letters(2)
    lost.sent(0)
    with pytest.raises(ConfirmationError, match="7 was confirmed, but 1 letter would be"):
        settle(engine, 7)
    assert states(messages) == ["queued", "queued"]
    assert not standing(engine, LIVE).settled


def test_a_person_is_asked_and_shown_what_is_found(engine: Engine, letters: Letters, lost: Lost) -> None:
    letters(2)
    lost.sent(0)
    shown: list[Reconciled] = []

    def ask(found: Reconciled) -> int:
        shown.append(found)
        return len(found.sent)

    assert settle(engine, ask=ask).done
    assert [one.iso3 for one in shown[0].sent] == [iso3(0)]


def test_each_recipient_counts_for_itself(engine: Engine, letters: Letters, lost: Lost, messages: Rows) -> None:
    letters(2, to=("pr", "info"))
    lost.answered(lost.hand_over(0, to=("pr", "info")), pr="accepted", info="deferred")
    lost.answered(lost.hand_over(1, to=("pr", "info")), pr="accepted", info="refused")
    settle(engine, 2)
    with reading(engine) as session:
        found = session.exec(select(Delivery).order_by(col(Delivery.id))).all()
    assert [(one.state, one.sent_at) for one in found] == [("sent", AT), ("queued", None)] * 2
    assert states(messages) == ["deferred", "deferred"]


def test_what_is_told_of_a_letter_is_the_answer_that_took_it(
    engine: Engine, letters: Letters, lost: Lost, messages: Rows
) -> None:
    letters(1)
    lost.answered(lost.hand_over(0), reply="250 2.0.0 queued as 4F", pr="accepted")
    done = settle(engine, 1)
    assert "queued as 4F" in done.sent[0].evidence
    assert messages()[0].smtp_reply == "250 2.0.0 queued as 4F"


@pytest.mark.heavy
@pytest.mark.parametrize("verdict", ["deferred", "refused", "broken", "not tried", "no SMTPUTF8"])
def test_what_the_server_did_not_take_waits_in_the_queue(
    engine: Engine, letters: Letters, lost: Lost, messages: Rows, verdict: str
) -> None:
    letters(1)
    lost.answered(lost.hand_over(0), verdict, "450 not now")
    settle(engine)
    assert states(messages) == ["queued"]


def test_one_try_that_was_taken_outweighs_all_others(
    engine: Engine, letters: Letters, lost: Lost, messages: Rows
) -> None:
    letters(1)
    lost.answered(lost.hand_over(0), "deferred", "450 not now")
    lost.sent(0)
    lost.hand_over(0)
    settle(engine, 1)
    assert states(messages) == ["sent"]


def test_rehearsal_counts_for_nobody_and_is_settled_with_one_word(
    engine: Engine, letters: Letters, lost: Lost, messages: Rows
) -> None:
    letters(2)
    lost.sent(0, live=False)
    done = settle(engine, settings=Settings())
    assert (done.rehearsed, done.sent, done.paused) == (1, [], [])
    assert states(messages) == ["queued", "queued"]
    require_home(engine, Settings())


def test_rehearsed_in_the_copy_and_sent_live_since_is_sent_live(
    engine: Engine, letters: Letters, lost: Lost, messages: Rows
) -> None:
    letters(1, state="sent", sent_at=clock.now(), rehearsed=True)
    with writing(engine) as session:
        delivery = session.exec(select(Delivery)).one()
        delivery.state, delivery.rehearsed = "sent", True
        session.add(delivery)
    lost.sent(0)
    settle(engine, 1)
    assert [(one.state, one.rehearsed) for one in messages()] == [("sent", False)]


def test_what_it_has_no_row_for_is_kept(engine: Engine, letters: Letters, lost: Lost) -> None:
    letters(1)
    lost.sent(5, name="autumn")
    lost.hand_over(6, name="autumn")
    lost.answered(lost.hand_over(7, name="autumn"), "refused", "550 no")
    done = settle(engine, 1)
    assert [one.iso3 for one in done.unknown] == [iso3(5), iso3(6)]
    with reading(engine) as session:
        rows = session.exec(select(Dispatch).order_by(Dispatch.iso3)).all()
    assert [(one.iso3, one.campaign, one.taken, one.text_digest) for one in rows] == [
        (iso3(5), "autumn", True, "t" * 64),
        (iso3(6), "autumn", None, "t" * 64),
    ]


def test_the_same_campaigns_letter_under_another_message_id_counts_as_sent_to_the_same_addresses(
    engine: Engine, letters: Letters, lost: Lost, messages: Rows
) -> None:
    letters(3, to=("pr", "info"))
    lost.answered(lost.hand_over(0, message_id=f"<anew-{iso3(0)}@coalition.example>", to=("PR", "info")))
    lost.answered(lost.hand_over(1, message_id=f"<anew-{iso3(1)}@coalition.example>", to=("pr",)))
    lost.hand_over(2, message_id=f"<anew-{iso3(2)}@coalition.example>", to=("pr", "info"))
    done = settle(engine, 2)
    assert states(messages) == ["sent", "deferred", "uncertain"]
    assert f"<anew-{iso3(0)}@coalition.example>" in done.sent[0].evidence
    with reading(engine) as session:
        assert len(session.exec(select(Dispatch)).all()) == 5
        second = session.exec(select(Delivery).where(Delivery.message_id == messages()[1].id)).all()
    assert [one.state for one in second] == ["sent", "queued"]


def test_another_campaign_of_the_same_mission_is_left_alone(
    engine: Engine, letters: Letters, lost: Lost, messages: Rows
) -> None:
    letters(1)
    lost.sent(0, name="autumn")
    settle(engine, 1)
    assert states(messages) == ["queued"]


def test_what_the_database_knows_to_have_ended_is_no_doubt(
    engine: Engine, letters: Letters, lost: Lost, messages: Rows
) -> None:
    """The answer could not be written into the journal, but the database has it."""
    letters(4)
    for number in range(4):
        lost.hand_over(number)
    now = clock.now()
    with writing(engine) as session:
        session.exec(select(Identity)).one().generation = lost.generation - 1
        ended, of_now, of_before, _lost_since = session.exec(select(Message).order_by(col(Message.id))).all()
        ended.claim = of_now.claim = 1
        of_before.claim = 40
        delivery = session.exec(select(Delivery).where(Delivery.message_id == ended.id)).one()
        session.add(
            Attempt(
                delivery_id=delivery.id, message_id=ended.id, claim=1, began_at=now, ended_at=now, worker="w",
                server="s", live=True, stage=Stage.RCPT, outcome="deferred",
            )
        )  # fmt: skip
    settle(engine)
    assert states(messages) == ["queued", "uncertain", "queued", "uncertain"]


def test_a_letter_in_hand_as_the_copy_was_made_is_taken_from_its_worker(
    engine: Engine, letters: Letters, lost: Lost, messages: Rows
) -> None:
    letters(2, state="sending", owner="somebody", lease_until=clock.now(), claim=1)
    lost.sent(0)
    lost.hand_over(1)
    settle(engine, 1)
    assert [(one.state, one.owner, one.claim > 1) for one in messages()] == [
        ("sent", None, True),
        ("uncertain", None, True),
    ]


def test_the_numbers_of_claims_that_the_journal_has_seen_are_not_given_out_again(
    engine: Engine, letters: Letters, lost: Lost, messages: Rows
) -> None:
    letters(1)
    for _ in range(5):
        lost.answered(lost.hand_over(0), "deferred", "450 not now")
    settle(engine)
    assert messages()[0].claim >= 5


@pytest.mark.parametrize("state", ["cancelled", "failed", "held", "deferred"])
def test_whatever_the_copy_says_of_it_a_letter_that_went_out_is_sent(
    engine: Engine, letters: Letters, lost: Lost, messages: Rows, state: str
) -> None:
    letters(1, state=state)
    with writing(engine) as session:
        delivery = session.exec(select(Delivery)).one()
        delivery.state = state
        session.add(delivery)
    lost.sent(0)
    settle(engine, 1)
    assert states(messages) == ["sent"]


def test_its_campaigns_wait_for_a_person(engine: Engine, letters: Letters, lost: Lost) -> None:
    letters(2)
    letters(1, name="done", state="sent", sent_at=AT)
    lost.sent(0)
    assert settle(engine, 1).paused == ["spring"]
    with reading(engine) as session:
        spring = session.exec(select(Campaign).where(Campaign.name == "spring")).one()
    assert (spring.state, spring.version) == ("paused", 1)
    assert "brought back" in spring.reason


def test_answers_that_name_a_letter_prove_that_it_went_out(
    engine: Engine, letters: Letters, lost: Lost, messages: Rows
) -> None:
    ids = letters(3)
    for number in (0, 1):
        lost.hand_over(number)
    with writing(engine) as session:
        for number, (letter, named) in enumerate(((ids[0], messages()[0].message_id), (ids[1], "<else@x.example>"))):
            session.add(
                Reply(
                    digest=str(number), received_at=AT, ingested_at=AT, kind="reply", message_id=letter,
                    in_reply_to=named, confidence="certain", raw=b"",
                )
            )  # fmt: skip
    settle(engine, 1)
    assert states(messages) == ["sent", "uncertain", "queued"]


def test_while_another_copy_sends_nothing_is_settled(
    engine: Engine, letters: Letters, lost: Lost, messages: Rows
) -> None:
    letters(2)
    lost.hand_over(0)

    def look(_names: object) -> SentFolder:
        lost.sent(1)
        return SentFolder()

    with pytest.raises(ConflictError, match="going out of another copy"):
        settle(engine, sent_folder=look)
    assert states(messages) == ["queued", "queued"]


def test_damaged_lines_are_told(engine: Engine, letters: Letters, lost: Lost) -> None:
    letters(1)
    lost.sent(0, name="autumn")
    lost.sent(1, name="autumn")
    with lost.journal() as journal:
        path = journal.path
    path.write_bytes(path.read_bytes().replace(b'"AAX"', b'"ZZZ"'))
    assert settle(engine, 1).notes == [
        "1 line of the dispatch journal is damaged: letters that they told of are not known."
    ]


def test_a_second_time_nothing_more_is_found(engine: Engine, letters: Letters, lost: Lost) -> None:
    letters(1)
    lost.sent(0)
    lost.sent(1, name="autumn")
    settle(engine, 2)
    with lost.journal() as journal:
        assert isinstance(journal, DispatchJournal)
    lost.generation += 10
    lost.sent(9, live=False)
    assert settle(engine).sent == []


def elsewhere(engine: Engine) -> Standing:
    """The database as another computer's installation left it."""
    with writing(engine) as session:
        row = session.exec(select(Identity)).one()
        row.home, row.place = "f" * 32, "/home/ana/outreach.db"
        row.generation = 50_000
        session.add(row)
    return standing(engine, LIVE)


class TestTheSentFolder:
    def settings(self, server: ScriptedImap) -> Settings:
        return LIVE.model_copy(
            update={
                "imap_host": "127.0.0.1", "imap_port": server.port, "imap_security": "none", "imap_username": "box",
            }
        )  # fmt: skip

    def mail(self, message_id: str) -> bytes:
        return f"From: us@coalition.example\r\nMessage-ID: {message_id}\r\n\r\nx\r\n".encode()

    def test_what_lies_in_it_is_sent(self, engine: Engine, letters: Letters, messages: Rows) -> None:
        letters(30)
        assert elsewhere(engine).kind is StandingKind.ELSEWHERE
        rows = messages()
        with ScriptedImap(sent={1: self.mail(rows[3].message_id), 5: self.mail(rows[25].message_id)}) as server:
            settings = self.settings(server)
            done = settle(engine, 2, settings, sent_folder=lambda names: found_in_sent(settings, names))
            assert not any("STORE" in words or "SELECT" in words for words in server.said)
        assert [number for number, one in enumerate(messages()) if one.state == "sent"] == [3, 25]
        assert {one.evidence for one in done.sent} == {"it lies in the mailbox's folder Gesendet"}

    def test_what_only_contains_the_words_is_not(self, engine: Engine, letters: Letters, messages: Rows) -> None:
        letters(1)
        elsewhere(engine)
        name = messages()[0].message_id
        with ScriptedImap(sent={1: f"Message-ID: <x@y.example>\r\n\r\n{name}".encode()}) as server:
            settings = self.settings(server)
            settle(engine, None, settings, sent_folder=lambda names: found_in_sent(settings, names))
        assert states(messages) == ["queued"]

    def test_it_settles_a_doubt_of_the_journal(
        self, engine: Engine, letters: Letters, lost: Lost, messages: Rows
    ) -> None:
        letters(2)
        own, unknown = lost.hand_over(0), lost.hand_over(5, name="autumn")
        with ScriptedImap(sent={1: self.mail(own), 2: self.mail(unknown)}) as server:
            settings = self.settings(server)
            done = settle(engine, 2, settings, sent_folder=lambda names: found_in_sent(settings, names))
        assert states(messages) == ["sent", "queued"]
        assert done.uncertain == []
        with reading(engine) as session:
            assert session.exec(select(Dispatch.taken)).one() is True

    def test_what_was_rehearsed_only_is_not_asked_for(
        self, engine: Engine, letters: Letters, lost: Lost, messages: Rows
    ) -> None:
        letters(1)
        name = lost.sent(0, live=False)
        with ScriptedImap(sent={1: self.mail(name)}) as server:
            settings = self.settings(server)
            settle(engine, None, settings, sent_folder=lambda names: found_in_sent(settings, names))
        assert states(messages) == ["queued"]

    @pytest.mark.heavy
    @pytest.mark.parametrize("what", ["none", "refuses", "breaks", "away", "unset"])
    def test_one_that_cannot_be_asked_is_told_and_stops_nothing(
        self, engine: Engine, letters: Letters, what: str
    ) -> None:
        letters(1)
        elsewhere(engine)
        with ScriptedImap(
            refuses="LOGIN" if what == "refuses" else "", breaks_at="LIST" if what == "breaks" else ""
        ) as server:
            settings = self.settings(server)
            if what == "unset":
                settings = LIVE
            if what == "away":
                settings = settings.model_copy(update={"imap_port": 1})
            done = settle(engine, None, settings, sent_folder=lambda names: found_in_sent(settings, names))
        assert done.done
        assert [one.startswith("The mailbox's Sent folder was not asked: ") for one in done.notes] == [True]
