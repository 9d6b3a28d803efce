"""The largest letter that waits, which the doctor compares with what the mail server takes."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import select

from outreach import clock
from outreach.database import reading, writing
from outreach.doctor.doctor_letters import any_in_hand, largest_letter
from outreach.models import Message
from outreach.settings import Settings
from outreach.vocabulary import MessageState


def test_of_a_draft_a_letter_is_merged_with_its_files_and_nothing_is_kept(
    campaign: str, engine: Engine, settings: Settings, templates: Path
) -> None:
    found = largest_letter(engine, settings, templates)
    assert found is not None
    (templates / "spring-letter" / "annex.txt").write_text("annex" * 100_000)
    larger = largest_letter(engine, settings, templates)
    assert larger is not None
    assert larger[1] == campaign
    assert larger[0] - found[0] > 500_000
    with reading(engine) as session:
        assert session.exec(select(Message)).all() == []


def test_a_draft_that_can_not_be_merged_is_left_to_check(
    campaign: str, engine: Engine, settings: Settings, templates: Path
) -> None:
    (templates / "spring-letter" / "annex.txt").unlink()
    assert largest_letter(engine, settings, templates) is None


def test_of_approved_letters_those_that_are_still_to_go_count(
    campaign: str, approved: Callable[..., object], engine: Engine, settings: Settings, templates: Path
) -> None:
    approved()
    with reading(engine) as session:
        sizes = session.exec(select(Message.size)).all()
    found = largest_letter(engine, settings, templates)
    assert found is not None
    assert max(sizes) < found[0] < max(sizes) + 2_000
    assert not any_in_hand(engine)
    with writing(engine) as session:
        for one in session.exec(select(Message)):
            one.owner, one.lease_until = "somebody", clock.now() + timedelta(minutes=1)
    assert any_in_hand(engine)
    with writing(engine) as session:
        for one in session.exec(select(Message)):
            one.state = MessageState.SENT
    assert largest_letter(engine, settings, templates) is None
