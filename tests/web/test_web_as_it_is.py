"""No page tells what was: whatever another process changes, every page of a desk that has been open for long is that of
a desk that was opened just now.
"""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select
from web_browser import Browser, browser_factory, text_of

from outreach import clock
from outreach.actors import named
from outreach.backup.make import make
from outreach.backup.restore import restore
from outreach.campaigns.material import material_of
from outreach.campaigns.plan import create
from outreach.database import reading, writing
from outreach.letters.folder import load_letter
from outreach.models import Campaign, Contact, Delivery, Message, Mission, Reply, Response, Signatory, Suggestion
from outreach.vocabulary import (
    Answer,
    CampaignState,
    Confidence,
    DeliveryStatus,
    Hold,
    Line,
    MailKind,
    MessageState,
    Position,
    SignatoryKind,
    Stop,
    SuggestionKind,
)
from outreach.web.cache import Memory
from outreach.web.desk import Desk
from outreach.web.waiting import situation_at, told_of, waiting_now

EVERY = ("/account", "/missions", "/inbox", "/letters", "/campaigns/1", "/campaigns/1/letters/FRA",
         "/campaigns/1/letters", "/campaigns/1/send", "/missions/FRA", "/inbox?show=settle", "/")  # fmt: skip
"""Pages of each kind: what waits stands on all of them."""
DRAFT = "/campaigns/2/send"
PREVIEW = "/campaigns/2/send/preview?mission=FRA"
FRAME = "/campaigns/2/send/preview/FRA"
Change = Callable[[Session], None]


def campaign(session: Session) -> Campaign:
    return session.exec(select(Campaign).where(Campaign.id == 1)).one()


def letter(session: Session) -> Message:
    return session.exec(select(Message).where(Message.campaign_id == 1, Message.iso3 == "FRA")).one()


def to_france(session: Session) -> Contact:
    query = select(Contact).where(Contact.iso3 == "FRA", col(Contact.active).is_(True)).order_by(col(Contact.id))
    return session.exec(query).all()[0]


def late(session: Session) -> None:
    one = campaign(session)
    one.state, one.stop, one.stopped_at, one.reason = CampaignState.WAITING, Stop.LATE, clock.now(), "it was late"


def approved_once(session: Session) -> None:
    one = campaign(session)
    one.state, one.approvals = CampaignState.APPROVED_ONCE, 2
    one.first_approved_by, one.first_approved_at = "Ana", clock.now()


def in_doubt(session: Session) -> None:
    campaign(session).state = CampaignState.SCHEDULED
    letter(session).state = MessageState.UNCERTAIN


def nobody_sends(session: Session) -> None:
    one = campaign(session)
    one.state, one.last_active_at = CampaignState.SCHEDULED, clock.now() - timedelta(hours=2)
    for message in session.exec(select(Message).where(Message.state == MessageState.QUEUED)):
        message.due_at = message.next_try_at = clock.now() - timedelta(hours=1)


def a_mail(session: Session) -> Reply:
    now = clock.now()
    mail = Reply(
        digest="0" * 64, received_at=now, ingested_at=now, kind=MailKind.REPLY, sender="x@elsewhere.example",
        raw=b"Subject: x\r\n\r\n", confidence=Confidence.NONE,
    )  # fmt: skip
    session.add(mail)
    session.flush()
    return mail


def mail_of_nobody(session: Session) -> None:
    a_mail(session)


def a_proposal(session: Session) -> None:
    mail = a_mail(session)
    mail.message_id = letter(session).id
    assert mail.id is not None
    session.add(
        Suggestion(reply_id=mail.id, iso3="FRA", kind=SuggestionKind.POSITION, value="in favour", at=clock.now())
    )


def answered(session: Session) -> None:
    stand = session.exec(select(Response).where(Response.campaign_id == 1, Response.iso3 == "FRA")).one()
    stand.answer, stand.position = Answer.REPLIED, Position.UNKNOWN


def position(session: Session) -> None:
    stand = session.exec(select(Response).where(Response.campaign_id == 1, Response.iso3 == "FRA")).one()
    stand.answer, stand.position = Answer.REPLIED, Position.AGAINST


def sent(session: Session) -> None:
    one = letter(session)
    one.state, one.sent_at = MessageState.SENT, clock.now()
    for delivery in session.exec(select(Delivery).where(Delivery.message_id == one.id)):
        delivery.state, delivery.sent_at = MessageState.SENT, clock.now()


def reached_some(session: Session) -> None:
    sent(session)
    number = letter(session).id
    assert number is not None
    session.add(
        Delivery(
            message_id=number, address="b@fra.example", address_key="b@fra.example", line=Line.CC,
            state=MessageState.SENT, status=DeliveryStatus.BOUNCED,
        )
    )  # fmt: skip


def held(session: Session) -> None:
    one = letter(session)
    one.state, one.hold, one.reason = MessageState.HELD, Hold.OPTED_OUT, "opted out"


def failed(session: Session) -> None:
    one = letter(session)
    one.state, one.reason = MessageState.FAILED, "no such mailbox"


def asked_again(session: Session) -> None:
    mail = a_mail(session)
    mail.message_id = letter(session).id
    assert mail.id is not None
    session.add(
        Suggestion(
            reply_id=mail.id, iso3="FRA", kind=SuggestionKind.COME_BACK, value="2024-03-01", at=clock.now(),
            accepted=True, decided_at=clock.now() - timedelta(days=900),
        )
    )  # fmt: skip


def renamed(session: Session) -> None:
    campaign(session).name = "hrc55-renamed"


def other_address(session: Session) -> None:
    one = to_france(session)
    one.email = one.email_key = "moved@fra.mission.example"


def other_person(session: Session) -> None:
    to_france(session).name = "Zenobia Quill"


def other_name_of_the_mission(session: Session) -> None:
    session.get_one(Mission, "FRA").short_name = "Francia Nova"


def no_contacts(session: Session) -> None:
    for one in session.exec(select(Contact).where(Contact.iso3 == "FRA")):
        one.active = False


def signed(session: Session) -> None:
    session.add(
        Signatory(
            campaign_id=2, kind=SignatoryKind.INDIVIDUAL, name="Quentin Ashgrove", name_key="quentin ashgrove",
            signed_on=clock.now().date() - timedelta(days=9),
        )
    )  # fmt: skip


def had_it(session: Session) -> None:
    sent(session)
    for delivery in session.exec(select(Delivery).where(Delivery.message_id == letter(session).id)):
        delivery.rehearsed = False


def gets_it_alongside(session: Session) -> None:
    campaign(session).state = CampaignState.SCHEDULED


def marked_unread(session: Session) -> None:
    session.get_one(Campaign, 2).require_read = True


def other_subject(session: Session) -> None:
    session.get_one(Campaign, 2).session_name = "61st session"


OF_THE_CAMPAIGN = {
    late: "/account", approved_once: "/account", in_doubt: "/account", nobody_sends: "/account",
    mail_of_nobody: "/account", a_proposal: "/account", answered: "/", position: "/campaigns/1",
    sent: "/campaigns/1/letters/FRA", reached_some: "/", held: "/", failed: "/", asked_again: "/campaigns/1",
    renamed: "/campaigns/1/send",
}  # fmt: skip
"""What another process may do, and a page that tells of it."""
OF_A_DRAFT = {
    other_address: PREVIEW, other_person: FRAME, other_name_of_the_mission: DRAFT, no_contacts: DRAFT, signed: FRAME,
    had_it: DRAFT, gets_it_alongside: DRAFT, marked_unread: DRAFT, other_subject: DRAFT,
}  # fmt: skip


@pytest.mark.heavy
@pytest.mark.parametrize("change", OF_THE_CAMPAIGN)
def test_every_page_tells_what_another_process_did(change: Change, make_desk: Callable[..., Desk]) -> None:
    _as_if_opened_now(make_desk, EVERY, change, OF_THE_CAMPAIGN[change])


@pytest.mark.heavy
@pytest.mark.parametrize("change", OF_A_DRAFT)
def test_a_draft_is_checked_and_shown_as_it_is(change: Change, make_desk: Callable[..., Desk]) -> None:
    desk = make_desk()
    letter_of = load_letter("hrc-joint-letter", desk.templates)
    create(
        desk.engine, desk.settings, "draft", letter_of, audience=["iso:FRA,DEU"], as_of=date(2024, 3, 18),
        by=named("Ana"),
    )  # fmt: skip
    _as_if_opened_now(make_desk, (DRAFT, PREVIEW, FRAME), change, OF_A_DRAFT[change])


def _as_if_opened_now(make_desk: Callable[..., Desk], pages: tuple[str, ...], change: Change, told_by: str) -> None:
    long_open, by_another = make_desk(), make_desk()
    browser = browser_factory(long_open)("admin")
    before = [{page: _shown(browser, page) for page in pages} for _ in range(2)][-1]
    with writing(by_another.engine) as session:
        change(session)
    after = {page: _shown(browser, page) for page in pages}
    anew = browser_factory(make_desk())()
    anew.client.cookies = browser.client.cookies
    assert after == {page: _shown(anew, page) for page in pages}
    assert after[told_by] != before[told_by]


def _shown(browser: Browser, page: str) -> str:
    return text_of(browser.get(page).replace("<main", "<div"))


@pytest.mark.heavy
def test_a_restored_database_is_shown_as_it_is(make_desk: Callable[..., Desk], tmp_path: Path) -> None:
    desk = make_desk()
    kept = make(desk.engine, desk.settings, desk.folder, tmp_path / "kept.zip").path
    browser = browser_factory(desk)("admin")
    with writing(make_desk().engine) as session:
        late(session)
    assert "it was late" in _shown(browser, "/account")
    restore(kept, desk.folder, agree=lambda _: True, environ={"OUTREACH_DATABASE_URL": desk.settings.database_url})
    assert not browser.signed_in  # a backup holds no sessions
    assert "it was late" not in _shown(browser.sign_in("admin"), "/account")


@pytest.mark.heavy
@pytest.mark.parametrize("of", CampaignState)
def test_what_every_page_reads_tells_what_all_of_it_would(of: CampaignState, desk: Desk) -> None:
    """Every page reads only what lets a campaign stand still: it says what the whole situation says."""
    for state in MessageState:
        with writing(desk.engine) as session:
            campaign(session).state = of
            letter(session).state = state
        assert waiting_now(desk) == told_of(desk, situation_at(desk)), state


def test_of_the_same_material_comes_the_same_key(desk: Desk) -> None:
    """A commit elsewhere leaves what letters are made of as it is; each thing that they are made of is in the key."""

    def key(iso3: str | None = None) -> object:
        with reading(desk.engine) as session:
            now = clock.now()
            return material_of(session, campaign(session), desk.templates, desk.settings, now, iso3=iso3).key

    keys = [key()]
    with writing(desk.engine) as session:
        a_mail(session)
        letter(session).smtp_reply = "250 ok"
    assert key() == keys[0]
    for change in (other_address, other_person, other_name_of_the_mission, no_contacts, position, late):
        with writing(desk.engine) as session:
            change(session)
        assert key() not in keys
        keys.append(key())
    of_france = key("FRA")
    with writing(desk.engine) as session:
        session.get_one(Mission, "DEU").short_name = "Another"
    assert key("FRA") == of_france
    assert key() not in keys


def test_what_is_kept_by_what_it_is_made_of_outlives_commits(engine: Engine) -> None:
    memory, made = Memory(engine), iter(range(100))
    assert [memory.same("x", lambda: next(made)) for _ in range(2)] == [0, 0]
    with writing(engine) as session:
        session.connection().exec_driver_sql("CREATE TABLE scratch (n)")
    assert memory.same("x", lambda: next(made)) == 0
    assert memory.same("y", lambda: next(made), keep=lambda _: False) == 1
    assert memory.same("y", lambda: next(made)) == 2
    for number in range(20):
        memory.same(number, lambda: next(made))
    assert memory.same("x", lambda: next(made)) == 23
