"""Approval freezes: what was approved is what goes out, whatever happens to the sheet and the template later."""

from collections.abc import Callable
from pathlib import Path

import pytest
from campaigns_made import parsed, plain
from sqlalchemy import Engine
from sqlmodel import select

from outreach.actors import named
from outreach.campaigns import timing
from outreach.campaigns.approve import Approval
from outreach.campaigns.plan import frozen_bytes
from outreach.database import reading, writing
from outreach.errors import CampaignError, LetterError, SettingsError, UserError
from outreach.models import Contact, Delivery, DeliveryEvent, Message, Mission
from outreach.settings import Settings
from outreach.vocabulary import EventKind, MessageState

Approve = Callable[..., Approval]
Messages = Callable[[], dict[str, Message]]

pytestmark = pytest.mark.usefixtures("campaign")


def test_each_mission_gets_one_letter_in_its_language_to_all_its_contacts(
    approved: Approve, messages: Messages, engine: Engine
) -> None:
    found = approved()
    assert (found.missions, found.ready, found.held, found.kept, found.replaced) == (2, 2, ("ESP",), (), 0)
    letters = messages()
    assert {iso3: m.state for iso3, m in letters.items()} == {
        "FRA": MessageState.QUEUED, "GBR": MessageState.QUEUED, "ESP": MessageState.HELD,
    }  # fmt: skip
    mail = parsed(letters["FRA"].raw)
    assert mail["Subject"] == "Lettre de la République française"
    assert [box.addr_spec for box in mail["To"].addresses] == ["pr@fra.mission.example", "office@fra.mission.example"]
    assert mail["Message-ID"] == letters["FRA"].message_id
    assert mail["Date"] is None, "the date is put in front when it is scheduled"
    assert plain(letters["FRA"].raw).strip() == "À France\u00a0: nous sommes 1."
    assert [part.get_filename() for part in mail.iter_attachments()] == ["annex.txt"]
    with reading(engine) as session:
        assert {r.address for r in session.exec(select(Delivery))} == {
            "pr@fra.mission.example", "office@fra.mission.example", "pr@gbr.mission.example",
        }  # fmt: skip


def test_sheet_template_signatories_and_attachment_changed_afterwards_change_nothing(
    approved: Approve, messages: Messages, engine: Engine, templates: Path
) -> None:
    approved()
    before = {iso3: m.raw for iso3, m in messages().items()}
    folder = templates / "spring-letter"
    for file in ("en.md", "fr.md", "annex.txt"):
        (folder / file).write_text("changed")
    (folder / "signatories.csv").write_text("kind,name\nindividual,Somebody Else\n")
    (folder / "letter.toml").unlink()
    with writing(engine) as session:
        for mission in session.exec(select(Mission)):
            mission.short_name = "Changed"
        for contact in session.exec(select(Contact)):
            contact.email = contact.email_key = f"x{contact.id}@changed.example"
    timing.schedule(engine, Settings(), "spring", "2099-03-18 09:00", by=named("Ana"))
    assert {iso3: m.raw for iso3, m in messages().items()} == before
    with reading(engine) as session:
        assert not [r for r in session.exec(select(Delivery)) if "changed" in r.address]


@pytest.mark.heavy
def test_a_second_approval_replaces_what_has_not_gone_out_and_nothing_else(
    approved: Approve, messages: Messages, engine: Engine, templates: Path
) -> None:
    approved()
    first = messages()
    with writing(engine) as session:
        sent = session.get_one(Message, first["GBR"].id)
        sent.state = MessageState.SENT
    (templates / "spring-letter" / "fr.md").write_text("Nouveau")
    (templates / "spring-letter" / "en.md").write_text("New")
    again = approved(by="Ben")
    assert (again.ready, again.held, again.kept, again.replaced) == (1, ("ESP",), ("GBR",), 2)
    second = messages()
    assert second["GBR"].id == first["GBR"].id
    assert second["GBR"].raw == first["GBR"].raw
    assert plain(second["FRA"].raw).strip() == "Nouveau"
    assert second["FRA"].message_id != first["FRA"].message_id
    with reading(engine) as session:
        old = session.get_one(Message, first["FRA"].id)
        assert old.replaced_at is not None
        assert frozen_bytes(session, old) == first["FRA"].raw, "what was approved before is kept"
        events = session.exec(select(DeliveryEvent).where(DeliveryEvent.message_id == old.id)).all()
        assert [(e.kind, e.who) for e in events] == [(EventKind.APPROVED, "Ana"), (EventKind.REPLACED, "Ben")]


@pytest.mark.heavy
@pytest.mark.parametrize("state", [MessageState.SENDING, MessageState.SENT, MessageState.UNCERTAIN])
def test_what_may_have_arrived_is_never_replaced(
    approved: Approve, messages: Messages, engine: Engine, state: MessageState
) -> None:
    approved()
    with writing(engine) as session:
        session.get_one(Message, messages()["FRA"].id).state = state
    before = messages()["FRA"]
    assert approved().kept == ("FRA",)
    assert messages()["FRA"].id == before.id


def test_a_letter_that_a_worker_holds_stops_the_approval(
    approved: Approve, messages: Messages, engine: Engine, templates: Path
) -> None:
    approved()
    text = templates / "spring-letter" / "en.md"
    text.write_text(text.read_text() + "\nOne more word.\n")
    with writing(engine) as session:
        session.get_one(Message, messages()["FRA"].id).owner = "worker"
    before = messages()
    with pytest.raises(CampaignError, match="being sent right now"):
        approved()
    assert {m.id for m in messages().values()} == {m.id for m in before.values()}


def test_one_mission_that_lacks_a_field_stops_all_and_changes_nothing(
    approved: Approve, messages: Messages, templates: Path
) -> None:
    (templates / "spring-letter" / "en.md").write_text("Dear {{ contact.name }}")
    with pytest.raises(LetterError) as caught:
        approved()
    (problem,) = caught.value.problems
    assert "(GBR)" in problem.where
    assert "contact.name" in problem.what
    assert not messages()


def test_a_mission_without_an_address_stops_nobody(approved: Approve, messages: Messages, templates: Path) -> None:
    folder = templates / "spring-letter"
    toml = (folder / "letter.toml").read_text() + 'es = "Carta"\n'
    (folder / "letter.toml").write_text(toml)
    (folder / "es.md").write_text("{{ contact.name }}")
    assert approved().held == ("ESP",)


def test_nobody_approves_without_a_name_or_a_sender(
    approved: Approve, messages: Messages, engine: Engine, templates: Path
) -> None:
    from outreach.campaigns.approve import approve

    with pytest.raises(UserError, match="Nobody is named"):
        approved(by=" \u202e ")
    with pytest.raises(SettingsError, match="sender"):
        approve(engine, Settings(), "spring", by=named("Ana"), templates=templates)
    timing.cancel(engine, "spring", by=named("Ana"))
    with pytest.raises(CampaignError, match="cancelled"):
        approved()
    assert not messages()


def test_hostile_names_in_the_sheet_reach_no_header(approved: Approve, messages: Messages, engine: Engine) -> None:
    hostile = '"Eve" <eve@evil.example>\r\nBcc: victim@un.example\r\n\u202e' + "x" * 3000
    with writing(engine) as session:
        for contact in session.exec(select(Contact)):
            contact.name = hostile
    approved()
    mail = parsed(messages()["GBR"].raw)
    assert mail["Bcc"] is None
    assert [box.addr_spec for box in mail["To"].addresses] == ["pr@gbr.mission.example"]
    assert max(map(len, messages()["GBR"].raw.split(b"\r\n"))) < 998


def test_a_letter_may_have_a_sender_of_its_own(
    approved: Approve, messages: Messages, engine: Engine, templates: Path
) -> None:
    from outreach.campaigns.approve import approve

    toml = templates / "spring-letter" / "letter.toml"
    own = 'from = "Ada <ada@letters.example>"\nreply_to = "answers@letters.example"\n'
    toml.write_text(own + toml.read_text())
    approve(engine, Settings(), "spring", by=named("Ana"), templates=templates)
    letter = messages()["GBR"]
    assert parsed(letter.raw)["From"] == "Ada <ada@letters.example>"
    assert parsed(letter.raw)["Reply-To"] == "answers@letters.example"
    assert letter.envelope_from == "ada@letters.example"
    assert letter.message_id.endswith("@letters.example>")
    toml.write_text(own.replace("ada@letters.example", "nobody") + toml.read_text().removeprefix(own))
    with pytest.raises(LetterError, match="from"):
        approved()
