"""Two people for one campaign: nothing can be sent before a second person approved the very same letters."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from acts import signed_in
from sqlalchemy import Engine
from sqlmodel import select

from outreach.actors import named
from outreach.campaigns import follow_up as following
from outreach.campaigns import timing
from outreach.campaigns.address_changes import void_changed
from outreach.campaigns.approve import Approval, approve
from outreach.campaigns.differences import between_approvals
from outreach.campaigns.plan import create, get_campaign
from outreach.campaigns.two_people import ask_for
from outreach.campaigns.who_signs.signatory_import import import_signatories
from outreach.database import reading, writing
from outreach.errors import AccessError, CampaignError, UserError
from outreach.letters.folder import load_letter
from outreach.models import Campaign, Contact, DeliveryEvent, Message
from outreach.reports.standing.next_steps import Todo
from outreach.reports.standing.situation import situation
from outreach.reports.status import status
from outreach.schedule import send_once
from outreach.settings import Settings
from outreach.vocabulary import CampaignState, EventKind, Stop

Approve = Callable[..., Approval]
Messages = Callable[[], dict[str, Message]]


@pytest.fixture
def two(engine: Engine, campaign: str) -> str:
    """The campaign, which asks for two approvals."""
    ask_for(engine, campaign, 2, by=named("Ana"))
    return campaign


def state_of(engine: Engine, name: str = "spring") -> CampaignState:
    with reading(engine) as session:
        return get_campaign(session, name).state


def test_the_second_person_approves_the_bytes_that_the_first_one_froze(
    two: str, approved: Approve, messages: Messages, engine: Engine, settings: Settings
) -> None:
    first = approved("Ana")
    assert first.awaits_second
    before = {iso3: (one.id, one.message_id, one.raw) for iso3, one in messages().items()}
    second = approved("Ben")
    assert (second.ready, second.held, second.first_by, second.awaits_second) == (2, ("ESP",), "Ana", False)
    assert {iso3: (one.id, one.message_id, one.raw) for iso3, one in messages().items()} == before
    with reading(engine) as session:
        found = get_campaign(session, two)
        assert (found.state, found.approved_by, found.first_approved_by) == (
            CampaignState.APPROVED, "Ana and Ben", "Ana",
        )  # fmt: skip
        events = session.exec(select(DeliveryEvent).where(DeliveryEvent.message_id == before["FRA"][0])).all()
        assert [(one.kind, one.who) for one in events] == [
            (EventKind.APPROVED, "Ana"), (EventKind.SECOND_APPROVAL, "Ben"),
        ]  # fmt: skip
    assert timing.schedule(engine, settings, two, "now", by=named("Ana")).letters == 2


def test_after_one_approval_no_path_leads_to_a_letter_that_goes_out(
    two: str, approved: Approve, messages: Messages, engine: Engine, settings: Settings, templates: Path
) -> None:
    approved("Ana")
    with pytest.raises(CampaignError, match="a second person has to approve"):
        timing.schedule(engine, settings, two, "now", by=named("Ana"))
    with pytest.raises(CampaignError):
        timing.resume(engine, settings, two, by=named("Ana"))
    with pytest.raises(CampaignError):
        timing.pause(engine, two, by=named("Ana"))
    with pytest.raises(CampaignError, match="there is no letter to follow up"):
        following.follow_up(
            engine,
            settings,
            two,
            letter="spring-letter",
            after="5 days",
            by=signed_in(engine, "Ben"),
            templates=templates,
        )
    assert not send_once(engine, settings, templates.parent, by=named("Ana")).states
    assert not send_once(engine, settings, templates.parent, campaign=two, by=named("Ana")).states
    assert {one.due_at for one in messages().values()} == {None}
    (now,) = situation(engine, settings, templates=templates).campaigns
    assert now.next.todo is Todo.APPROVE_SECOND
    assert (now.next.arguments["campaign"], now.next.arguments["first_by"]) == (two, "Ana")
    assert [(one.stop, one.letters) for one in now.stops] == [(Stop.NO_ADDRESS, 1)]


@pytest.mark.heavy
@pytest.mark.parametrize("name", ["Ana", "ana", "  ANA ", "Äna"])
def test_the_first_person_cannot_be_the_second(two: str, approved: Approve, engine: Engine, name: str) -> None:
    approved("Ana")
    with pytest.raises(CampaignError, match="Ana has approved these letters already"):
        approved(name)
    assert state_of(engine) is CampaignState.APPROVED_ONCE


def test_two_stated_names_are_not_two_people(
    two: str, engine: Engine, settings: Settings, templates: Path, messages: Messages
) -> None:
    for name in ("Ana", "Ben"):
        with pytest.raises(AccessError, match=f"{name} has not signed in"):
            approve(engine, settings, two, by=named(name), templates=templates)
    assert state_of(engine) is CampaignState.DRAFT
    assert messages() == {}
    approve(engine, settings, two, by=signed_in(engine, "Ana"), templates=templates)
    with pytest.raises(AccessError):
        approve(engine, settings, two, by=named("Ben"), templates=templates)
    assert state_of(engine) is CampaignState.APPROVED_ONCE


def test_two_accounts_of_one_name_are_two_people(two: str, engine: Engine, settings: Settings, templates: Path) -> None:
    first, second = signed_in(engine, "Ana"), signed_in(engine, "Ana B")
    approve(engine, settings, two, by=first, templates=templates)
    approve(engine, settings, two, by=replace(second, name="Ana"), templates=templates)
    assert state_of(engine) is CampaignState.APPROVED


def edit_text(_engine: Engine, templates: Path) -> None:
    (templates / "spring-letter" / "fr.md").write_text("À {{ mission.name }} : encore une fois.\n", encoding="utf-8")


def edit_annex(_engine: Engine, templates: Path) -> None:
    (templates / "spring-letter" / "annex.txt").write_text("another annex")


def edit_directory(engine: Engine, _templates: Path) -> None:
    with writing(engine) as session:
        contact = session.exec(select(Contact).where(Contact.email == "pr@fra.mission.example")).one()
        contact.name = "Somebody New"
        session.add(contact)


def edit_signatories(engine: Engine, templates: Path) -> None:
    sheet = templates.parent / "signers.csv"
    sheet.write_text("kind,name\nindividual,Bo Sample\nindividual,Cy Sample\n")
    import_signatories(engine, "spring", sheet, by=named("Ana"))


@pytest.mark.heavy
@pytest.mark.parametrize("edit", [edit_text, edit_annex, edit_directory, edit_signatories])
def test_an_edit_between_makes_the_second_approval_a_first_one(
    two: str, approved: Approve, engine: Engine, settings: Settings, templates: Path, edit: Callable[..., Any]
) -> None:
    approved("Ana")
    edit(engine, templates)
    found = approved("Ben")
    assert found.awaits_second
    assert found.voided is not None
    assert found.voided.by == "Ana"
    assert "FRA" in found.changed
    with pytest.raises(CampaignError):
        timing.schedule(engine, settings, two, "now", by=named("Ana"))
    with pytest.raises(CampaignError, match="Ben has approved these letters already"):
        approved("Ben")
    assert not approved("Ana").awaits_second
    assert state_of(engine) is CampaignState.APPROVED


def test_an_address_that_the_sheet_changed_takes_the_first_approval_back(
    two: str, approved: Approve, engine: Engine
) -> None:
    approved("Ana")
    with writing(engine) as session:
        contact = session.exec(select(Contact).where(Contact.email == "pr@fra.mission.example")).one()
        contact.email = contact.email_key = "new@fra.mission.example"
        session.add(contact)
    assert [one.campaign for one in void_changed(engine)] == ["spring"]
    assert state_of(engine) is CampaignState.DRAFT
    with pytest.raises(CampaignError, match="Ana has approved 'spring' already"):
        ask_for(engine, "spring", 1, by=named("Ana"))
    assert approved("Ben").awaits_second


def test_a_third_yes_to_the_same_letters_changes_nothing_and_says_so(
    two: str, approved: Approve, engine: Engine, settings: Settings
) -> None:
    approved("Ana")
    approved("Ben")
    timing.schedule(engine, settings, two, "2030-03-18 09:00", by=named("Ana"))
    third = approved("Cleo")
    assert third.unchanged is not None
    assert not third.awaits_second
    with reading(engine) as session:
        campaign = get_campaign(session, two)
    assert (campaign.state, campaign.approved_by) == ("scheduled", "Ana and Ben")
    assert campaign.due_at is not None


def test_how_many_have_to_approve_is_settled_by_the_first_approval(
    campaign: str, approved: Approve, engine: Engine
) -> None:
    ask_for(engine, campaign, 2, by=named("Ana"))
    ask_for(engine, campaign, 1, by=named("Ana"))
    assert not approved().awaits_second
    with pytest.raises(CampaignError, match="settled"):
        ask_for(engine, campaign, 2, by=named("Ana"))
    with pytest.raises(UserError, match="one approval or two"):
        ask_for(engine, campaign, 3, by=named("Ana"))


def test_one_person_cannot_lower_it_once_he_has_approved(two: str, approved: Approve, engine: Engine) -> None:
    approved("Ana")
    with pytest.raises(CampaignError, match="approved once"):
        ask_for(engine, two, 1, by=named("Ana"))


def test_a_campaign_of_three_approvals_is_not_made(engine: Engine, settings: Settings, templates: Path) -> None:
    letter = load_letter("spring-letter", templates)
    with pytest.raises(UserError):
        create(engine, settings, "many", letter, audience=["all"], approvals=3, by=named("Ana"))
    with reading(engine) as session:
        assert session.exec(select(Campaign)).all() == []


@pytest.mark.heavy
def test_status_says_who_approved_first(two: str, approved: Approve, engine: Engine) -> None:
    def told() -> dict[str, Any]:
        with reading(engine) as session:
            return dict(status(session, get_campaign(session, two)).as_dict())

    assert told()["approvals"] == {"asked": 2, "given_by": []}
    approved("Ana")
    assert told()["approvals"] == {"asked": 2, "given_by": ["Ana"]}
    assert told()["state"] == "approved once"
    assert "a second person has to" in told()["reason"]
    approved("Ben")
    assert told()["approvals"] == {"asked": 2, "given_by": ["Ana", "Ben"]}


@pytest.mark.heavy
def test_a_follow_up_needs_two_as_its_first_letter_did(
    two: str, approved: Approve, engine: Engine, settings: Settings, templates: Path
) -> None:
    approved("Ana")
    approved("Ben")
    timing.schedule(engine, settings, two, "now", by=named("Ana"))
    made = following.follow_up(
        engine, settings, two, letter="spring-letter", after="5 days", by=signed_in(engine, "Ana"), templates=templates
    )
    assert made.approval.awaits_second
    assert state_of(engine, made.name) is CampaignState.APPROVED_ONCE
    send_once(engine, settings, templates.parent, by=named("Ana"))
    assert following.plan_follow_ups(engine) == 0
    with pytest.raises(CampaignError):
        timing.schedule(engine, settings, made.name, "now", by=named("Ana"))
    approve(engine, settings, made.name, by=signed_in(engine, "Ben"), templates=templates)
    timing.schedule(engine, settings, made.name, "now", by=named("Ana"))
    assert following.plan_follow_ups(engine) == 2


HEAD = '[pdf]\nfile = "letter"\n[letterhead]\nname = "{name}"\n'


def set_head(templates: Path, name: str) -> None:
    path = templates / "spring-letter" / "letter.toml"
    path.write_text(path.read_text(encoding="utf-8").partition("[pdf]")[0] + HEAD.format(name=name), encoding="utf-8")


@pytest.mark.heavy
def test_another_letterhead_between_two_approvals_voids_the_first_and_is_told(
    two: str, approved: Approve, messages: Messages, engine: Engine, templates: Path
) -> None:
    set_head(templates, "One Coalition")
    approved("Ana")
    frozen = {iso3: one.raw for iso3, one in messages().items()}
    set_head(templates, "Another Coalition")
    assert {iso3: one.raw for iso3, one in messages().items()} == frozen, "what was frozen was made anew"
    second = approved("Ben")
    assert second.voided is not None
    assert (second.voided.by, second.awaits_second) == ("Ana", True)
    assert state_of(engine) is CampaignState.APPROVED_ONCE
    assert all(one.raw != frozen[iso3] for iso3, one in messages().items())
    (told,) = between_approvals(engine, two)
    assert told.missions == ("ESP", "FRA", "GBR")
    assert told.lines == ("~The PDF looks otherwise: its letterhead, page or pictures, or only its day.",)
    third = approved("Ana")
    assert not third.awaits_second, "the same letters, approved by the other of the two"
