"""Somebody withdraws: at each moment, what has not gone out stops, and what went out is told."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from outreach import clock
from outreach.actors import named
from outreach.campaigns import approve, timing
from outreach.campaigns.check import check
from outreach.campaigns.plan import get_campaign
from outreach.campaigns.who_signs.signatories import set_as_of
from outreach.campaigns.who_signs.signatory_history import undo_signatories
from outreach.campaigns.who_signs.signatory_import import SignOnResult, import_signatories
from outreach.campaigns.who_signs.withdrawn_names import names_withdrawn
from outreach.clock import parse_date
from outreach.database import reading, writing
from outreach.errors import CampaignError, ConfirmationError, ConflictError, LetterError, NotFoundError, SheetError
from outreach.missions.history import imports
from outreach.models import Campaign, Delivery, Message, Signatory, SignatoryList
from outreach.settings import Settings
from outreach.vocabulary import CampaignState, MessageState, Stop

BOTH = "Kind,Name\nindividual,Lord Zed\nindividual,Ana Öz\n"
ONE = "Kind,Name\nindividual,Ana Öz\n"
Approve = Callable[..., approve.Approval]


class Bring:
    """Brings a sheet in; by itself it says that whom the sheet does not name has withdrawn."""

    def __init__(self, engine: Engine, path: Path) -> None:
        self._engine, self._path = engine, path

    def __call__(self, content: str, *, replace: bool = True, keep: bool = False) -> SignOnResult:
        self._path.write_text(content, encoding="utf-8")
        return import_signatories(
            self._engine, "spring", self._path, by=named("Ana"), yes=True, replace=replace and not keep, keep=keep,
            ask_number=lambda found: len(found.unnamed),
        )  # fmt: skip


@pytest.fixture
def bring(engine: Engine, tmp_path: Path) -> Bring:
    return Bring(engine, tmp_path / "sign.csv")


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
    campaign: str, bring: Bring, engine: Engine, approved: Approve,
    messages: Callable[[], dict[str, Message]], templates: Path,
) -> None:  # fmt: skip
    bring(BOTH)
    assert not bring(ONE).voided
    approved()
    assert "withdrawn" not in told(engine, templates)
    assert state(engine).state is CampaignState.APPROVED


def test_a_withdrawal_while_the_letters_are_made_lets_nobody_approve_them(
    campaign: str, bring: Bring, engine: Engine, settings: Settings, approved: Approve,
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
    campaign: str, bring: Bring, engine: Engine, settings: Settings, approved: Approve,
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
    bring: Bring,
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
    bring: Bring,
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
    bring: Bring,
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


def test_a_new_name_alone_voids_nothing(campaign: str, bring: Bring, engine: Engine, approved: Approve) -> None:
    bring(ONE)
    approved()
    assert not bring(BOTH).voided
    assert state(engine).state is CampaignState.APPROVED


def test_who_signed_later_than_the_list_is_told_and_not_dropped_silently(
    campaign: str, bring: Bring, engine: Engine, templates: Path
) -> None:
    later = "Kind,Name,Signed on\nindividual,Ana Öz,2026-01-02\nindividual,Tomorrow Trust,2999-01-01\n"
    assert bring(later).not_yet == ("Tomorrow Trust (2999-01-01)",)
    assert "Tomorrow Trust (2999-01-01)" in told(engine, templates)
    set_as_of(engine, "spring", parse_date("2999-01-01"), by=named("Ana"))
    assert "Tomorrow Trust" not in told(engine, templates)
    set_as_of(engine, "spring", parse_date("2026-01-01"), by=named("Ana"))
    assert "Ana Öz (2026-01-02)" in told(engine, templates)


def test_a_letter_of_nobody_is_refused(
    campaign: str, bring: Bring, engine: Engine, settings: Settings, templates: Path
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


WITHDRAW = Path(__file__).parents[2].parent / "shared" / "cases" / "letters" / "withdraw"


def test_who_is_missing_from_a_whole_list_is_asked_about_and_nothing_goes_out_before_the_answer(
    campaign: str, bring: Bring, engine: Engine, settings: Settings, approved: Approve, templates: Path
) -> None:
    bring(BOTH)
    approved()
    timing.schedule(engine, settings, "spring", "now", by=named("Ana"))
    done = bring(ONE, replace=False)
    assert (done.unnamed, [one.name for one in done.doubted]) == (("Lord Zed",), ["Lord Zed"])
    assert done.voided
    assert not done.withdrawn, "nobody has said that he has withdrawn"
    stands = state(engine)
    assert (stands.state, stands.stop) == (CampaignState.DRAFT, Stop.SIGNATORY_WITHDREW)
    assert "Lord Zed" in stands.reason
    found = check(engine, "spring", templates)
    assert "may have withdrawn: Lord Zed" in str(found.problems)
    assert "signatories.unnamed" in found.overrulable
    with pytest.raises(CampaignError, match="Lord Zed"):
        timing.schedule(engine, settings, "spring", "now", by=named("Ana"))
    with pytest.raises(LetterError, match=r"stands? in the way"):
        approve.approve(engine, settings, "spring", by=named("Ana"), templates=templates)
    approve.approve(
        engine, settings, "spring", by=named("Ana"), templates=templates, despite=["signatories.unnamed"]
    )  # fmt: skip


@pytest.mark.parametrize("keep", [True, False])
def test_the_answer_settles_it(
    keep: bool, campaign: str, bring: Bring, engine: Engine, approved: Approve, templates: Path,
    messages: Callable[[], dict[str, Message]],
) -> None:  # fmt: skip
    bring(BOTH)
    bring(ONE, replace=False)
    assert "may have withdrawn" in str(check(engine, "spring", templates).problems)
    bring(ONE, keep=keep)
    assert "may have withdrawn" not in str(check(engine, "spring", templates).problems)
    approved()
    with reading(engine) as session:
        frozen = session.exec(select(SignatoryList)).one()
    assert ("Lord Zed" in str(frozen.entries)) is keep


@pytest.mark.parametrize("answer", ["keep", "undo"])
def test_what_stands_in_the_way_is_said_as_it_is_once_answered_or_taken_back(
    answer: str, campaign: str, bring: Bring, engine: Engine, approved: Approve
) -> None:
    bring(BOTH)
    approved()
    bring(ONE, replace=False)
    assert state(engine).reason.endswith("in its letters: Lord Zed. Say whether they sign")
    if answer == "keep":
        bring(ONE, keep=True)
    else:
        undo_signatories(engine, "spring", by=named("Ana"))
    assert state(engine).state is CampaignState.DRAFT, "a person approves"
    assert state(engine).reason == "those who sign are again those of its letters. Approve it again"


def test_a_word_that_somebody_signs_is_remembered_until_a_sheet_names_them_again(
    campaign: str, bring: Bring, engine: Engine, approved: Approve
) -> None:
    bring(BOTH)
    bring(ONE, keep=True)
    approved()
    assert not bring(ONE, replace=False).doubted, "it was said"
    assert state(engine).state is CampaignState.APPROVED
    bring(BOTH, replace=False)
    assert [one.name for one in bring(ONE, replace=False).doubted] == ["Lord Zed"]


def test_a_word_that_is_taken_back_puts_the_doubt_back_and_voids(
    campaign: str, bring: Bring, engine: Engine, approved: Approve
) -> None:
    bring(BOTH)
    bring(ONE, replace=False)
    bring(ONE, keep=True)
    approved()
    *_, voided = undo_signatories(engine, "spring", by=named("Ana"))
    assert voided
    assert "Say whether they sign" in state(engine).reason
    assert [one.name for one in bring(ONE, replace=False).doubted] == [], "asked already"
    assert "Say whether they sign" in state(engine).reason


def test_whether_somebody_who_withdrew_signs_again_is_asked(
    campaign: str, bring: Bring, engine: Engine, tmp_path: Path
) -> None:
    bring(BOTH)
    bring("Kind,Name,Signs?\nindividual,Lord Zed,no\nindividual,Ana Öz,yes\n", replace=False)
    older = tmp_path / "older.csv"
    older.write_text(BOTH, encoding="utf-8")
    with pytest.raises(SheetError, match="withdrawn stands in the sheet as signing: Lord Zed"):
        import_signatories(engine, "spring", older, by=named("Ana"))
    assert not import_signatories(engine, "spring", older, by=named("Ana"), yes=True).difference.absent
    import_signatories(engine, "spring", older, by=named("Ana"))  # asked once


def test_to_keep_an_approved_list_voids_nothing_and_a_few_more_names_are_no_whole_list(
    campaign: str, bring: Bring, engine: Engine, approved: Approve, templates: Path
) -> None:
    bring(BOTH)
    approved()
    assert not bring(ONE, keep=True).voided
    added = bring("Kind,Name\nindividual,Cy\nindividual,Dee\n", replace=False)
    assert (added.unnamed, added.doubted, added.voided) == (("Lord Zed", "Ana Öz"), (), False)
    assert state(engine).state is CampaignState.APPROVED
    assert not check(engine, "spring", templates).problems


def test_a_sheet_that_says_of_somebody_that_they_do_not_sign_needs_no_further_word(
    campaign: str, bring: Bring, engine: Engine, approved: Approve, templates: Path
) -> None:
    bring(BOTH)
    approved()
    done = bring("Kind,Name,Signs?\nindividual,Lord Zed,no\nindividual,Cy,yes\n", replace=False)
    assert [one.name for one in done.withdrawn] == ["Lord Zed"]
    assert (done.voided, done.unnamed) == (True, ("Ana Öz",))
    assert "Lord Zed has withdrawn" in told(engine, templates)


def test_an_import_is_taken_back_to_the_very_rows(campaign: str, bring: Bring, engine: Engine) -> None:
    def rows() -> list[dict[str, Any]]:
        with reading(engine) as session:
            return [one.model_dump() for one in session.exec(select(Signatory).order_by(Signatory.id))]  # type: ignore[arg-type]

    bring("Kind,Name,Title,Country,Title (fr)\nindividual,Lord Zed,Chair,Peru,Président\nindividual,Ana Öz,Judge,,\n")
    first = rows()
    bring(ONE, replace=False)
    doubtful = rows()
    bring("Kind,Name,Country\nindividual,Ana Öz,Chile\nindividual,Cy,\n")
    undone, gone, voided = undo_signatories(engine, "spring", by=named("Ana"), confirmed=1)
    assert (undone.file, gone, voided) == ("sign.csv", (), False)
    assert rows() == doubtful
    undo_signatories(engine, "spring", by=named("Ana"))
    assert rows() == first
    would, _, _ = undo_signatories(engine, "spring", by=named("Ana"), dry_run=True)
    assert ([one.label for one in would.gone], would.retired, would.known) == (["Lord Zed", "Ana Öz"], 2, 2)
    for number in (None, 1):
        with pytest.raises(ConfirmationError):
            undo_signatories(engine, "spring", by=named("Ana"), confirmed=number)
    assert rows() == first
    undo_signatories(engine, "spring", by=named("Ana"), confirmed=2)
    assert rows() == []
    with pytest.raises(NotFoundError, match="to take back"):
        undo_signatories(engine, "spring", by=named("Ana"))
    with reading(engine) as session:
        assert imports(session) == [], "the directory's own history tells nothing of it"


def test_the_gate_sees_whose_row_went_with_an_import_that_was_taken_back(
    campaign: str, bring: Bring, engine: Engine, approved: Approve
) -> None:
    bring(ONE)
    bring("Kind,Name\nindividual,Cy\n", replace=False)
    approved()
    with reading(engine) as session:
        letters = [one.model_dump() for one in session.exec(select(Message))]
        assert names_withdrawn(session.connection(), letters) == {}
    *_, voided = undo_signatories(engine, "spring", by=named("Ana"), ask_number=lambda found: found.retired)
    assert voided
    with reading(engine) as session:
        assert set(names_withdrawn(session.connection(), letters).values()) == {("Cy",)}


def test_what_was_changed_since_is_not_taken_back(campaign: str, bring: Bring, engine: Engine) -> None:
    bring(ONE)
    with writing(engine) as session:
        one = session.exec(select(Signatory)).one()
        one.title = "Judge"
        session.add(one)
    with pytest.raises(SheetError, match="changed since"):
        undo_signatories(engine, "spring", by=named("Ana"))


@pytest.mark.skipif(not WITHDRAW.is_dir(), reason="the shared cases are not here")
def test_the_shared_case_of_a_withdrawal(
    campaign: str, engine: Engine, settings: Settings, approved: Approve, templates: Path
) -> None:
    import_signatories(engine, "spring", WITHDRAW / "before.csv", by=named("Ana"), yes=True)
    approved()
    import_signatories(engine, "spring", WITHDRAW / "after.csv", by=named("Ana"), yes=True)
    assert "Lord Zed of Ampton" in str(check(engine, "spring", templates).problems)
    with pytest.raises(CampaignError, match="Lord Zed of Ampton"):
        timing.schedule(engine, settings, "spring", "now", by=named("Ana"))
