"""Somebody withdraws: at each moment, what has not gone out stops, and what went out is told."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from outreach import clock
from outreach.actors import named
from outreach.campaigns import approve, timing
from outreach.campaigns.check import check
from outreach.campaigns.plan import get_campaign
from outreach.campaigns.signatories import import_signatories, set_as_of
from outreach.clock import parse_date
from outreach.database import reading, writing
from outreach.errors import CampaignError, ConflictError
from outreach.models import Campaign, Delivery, Message
from outreach.settings import Settings
from outreach.vocabulary import CampaignState, MessageState, Stop

BOTH = "Kind,Name\nindividual,Lord Zed\nindividual,Ana Öz\n"
ONE = "Kind,Name\nindividual,Ana Öz\n"
Approve = Callable[..., approve.Approval]


@pytest.fixture
def bring(engine: Engine, tmp_path: Path) -> Callable[[str], object]:
    def run(content: str) -> object:
        path = tmp_path / "sign.csv"
        path.write_text(content, encoding="utf-8")
        return import_signatories(engine, "spring", path, by=named("Ana"), yes=True)

    return run


def state(engine: Engine) -> Campaign:
    with reading(engine) as session:
        return get_campaign(session, "spring")


def out(engine: Engine, *codes: str) -> None:
    """The letters of some missions are out, live."""
    with writing(engine) as session:
        for message in session.exec(select(Message)).all():
            if message.iso3 in codes:
                message.state, message.rehearsed = MessageState.SENT, False
                session.add(message)
                for one in session.exec(select(Delivery).where(Delivery.message_id == message.id)).all():
                    one.state, one.rehearsed = MessageState.SENT, False
                    session.add(one)


def told(engine: Engine, templates: Path) -> str:
    return "\n".join(map(str, check(engine, "spring", templates).warnings))


def test_before_the_approval_the_letters_have_not_the_name(
    campaign: str, bring: Callable[[str], object], engine: Engine, approved: Approve,
    messages: Callable[[], dict[str, Message]], templates: Path,
) -> None:  # fmt: skip
    bring(BOTH)
    assert not bring(ONE).voided
    approved()
    assert "withdrawn" not in told(engine, templates)
    assert state(engine).state is CampaignState.APPROVED


def test_a_withdrawal_while_the_letters_are_made_lets_nobody_approve_them(
    campaign: str, bring: Callable[[str], object], engine: Engine, settings: Settings, approved: Approve,
    messages: Callable[[], dict[str, Message]], templates: Path,
) -> None:  # fmt: skip
    bring(BOTH)
    done: list[object] = []

    def meanwhile(_done: int, _all: int) -> None:
        if not done:
            done.append(bring(ONE))

    with pytest.raises(ConflictError, match="Who signs has changed"):
        approve.approve(engine, settings, "spring", by=named("Ana"), templates=templates, progress=meanwhile)
    assert done
    assert state(engine).state is CampaignState.DRAFT
    assert not messages()
    approved()
    assert b"Lord Zed" not in b"".join(one.raw for one in messages().values())


def test_who_signs_on_a_later_day_stands_in_the_letters_once_they_are_approved_anew(
    campaign: str, bring: Callable[[str], object], engine: Engine, settings: Settings, approved: Approve,
    messages: Callable[[], dict[str, Message]], templates: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monday = datetime(2024, 3, 11, 9, tzinfo=UTC)
    (templates / "spring-letter" / "en.md").write_text(
        "Dear {{ mission.name }},\n\n{% for one in signatories.individuals %}{{ one.name }}; {% endfor %}\n"
    )
    monkeypatch.setattr(clock, "now", lambda: monday)
    bring(ONE)
    assert approved().unchanged is None
    monkeypatch.setattr(clock, "now", lambda: monday + timedelta(days=1))
    assert approved().unchanged is not None, "another day alone changes nothing"
    bring(BOTH)
    assert approved().unchanged is None
    assert b"Lord Zed" in messages()["GBR"].raw
    assert approved().unchanged is not None


def test_after_the_approval_it_no_longer_holds(
    campaign: str,
    bring: Callable[[str], object],
    engine: Engine,
    settings: Settings,
    approved: Approve,
    templates: Path,
) -> None:
    bring(BOTH)
    approved()
    done = bring(ONE)
    assert done.voided
    assert [(one.name, one.out, one.to_go) for one in done.withdrawn] == [("Lord Zed", (), ("ESP", "FRA", "GBR"))]
    stands = state(engine)
    assert (stands.state, stands.stop) == (CampaignState.DRAFT, Stop.SIGNATORY_WITHDREW)
    assert "Lord Zed has withdrawn" in stands.reason
    assert "Lord Zed has withdrawn" in told(engine, templates)
    with pytest.raises(CampaignError, match="Lord Zed has withdrawn"):
        timing.schedule(engine, settings, "spring", "now", by=named("Ana"))
    approved()
    assert "withdrawn" not in told(engine, templates)
    timing.schedule(engine, settings, "spring", "now", by=named("Ana"))


def test_scheduled_letters_stop_and_those_that_are_out_are_told(
    campaign: str,
    bring: Callable[[str], object],
    engine: Engine,
    settings: Settings,
    approved: Approve,
    templates: Path,
) -> None:
    bring(BOTH)
    approved()
    timing.schedule(engine, settings, "spring", "now", by=named("Ana"))
    out(engine, "FRA")
    done = bring(ONE)
    assert done.voided
    assert [(one.out, one.to_go) for one in done.withdrawn] == [(("FRA",), ("ESP", "GBR"))]
    assert "1 mission has the name (FRA)" in told(engine, templates)
    assert state(engine).state is CampaignState.DRAFT
    approved()
    assert "1 mission has the name (FRA). Write to those" in told(engine, templates)


def test_where_all_are_out_nothing_is_voided_and_all_are_told(
    campaign: str,
    bring: Callable[[str], object],
    engine: Engine,
    settings: Settings,
    approved: Approve,
    templates: Path,
) -> None:
    bring(BOTH)
    approved()
    timing.schedule(engine, settings, "spring", "now", by=named("Ana"))
    out(engine, "FRA", "GBR", "ESP")
    done = bring(ONE)
    assert not done.voided
    assert state(engine).state is CampaignState.SCHEDULED
    after = told(engine, templates)
    assert "3 missions have the name (ESP, FRA, GBR). Write to those who have it" in after
    assert "Approve the letters again" not in after, "nothing is left to approve"


def test_a_new_name_alone_voids_nothing(
    campaign: str, bring: Callable[[str], object], engine: Engine, approved: Approve
) -> None:
    bring(ONE)
    approved()
    assert not bring(BOTH).voided
    assert state(engine).state is CampaignState.APPROVED


def test_who_signed_later_than_the_list_is_told_and_not_dropped_silently(
    campaign: str, bring: Callable[[str], object], engine: Engine, templates: Path
) -> None:
    later = "Kind,Name,Signed on\nindividual,Ana Öz,2026-01-02\nindividual,Tomorrow Trust,2999-01-01\n"
    assert bring(later).not_yet == ("Tomorrow Trust (2999-01-01)",)
    assert "Tomorrow Trust (2999-01-01)" in told(engine, templates)
    set_as_of(engine, "spring", parse_date("2999-01-01"), by=named("Ana"))
    assert "Tomorrow Trust" not in told(engine, templates)
    set_as_of(engine, "spring", parse_date("2026-01-01"), by=named("Ana"))
    assert "Ana Öz (2026-01-02)" in told(engine, templates)


def test_a_letter_of_nobody_is_refused(
    campaign: str, bring: Callable[[str], object], engine: Engine, settings: Settings, templates: Path
) -> None:
    path = templates / "spring-letter" / "en.md"
    path.write_text("Dear {{ mission.name }},\n\nWe, the {{ signatories.count }} undersigned, ask.\n", encoding="utf-8")
    bring(BOTH)
    bring("Kind,Name\n")
    found = check(engine, "spring", templates)
    assert "the 0 undersigned" in str(found.problems)
    assert "words.nobody" in found.overrulable
    with pytest.raises(Exception, match=r"stands? in the way"):
        approve.approve(engine, settings, "spring", by=named("Ana"), templates=templates)
    done = approve.approve(
        engine, settings, "spring", by=named("Ana"), templates=templates, despite=["words.nobody"]
    )  # fmt: skip
    assert done.despite == ("words.nobody",)
    assert state(engine).despite == "words.nobody"
