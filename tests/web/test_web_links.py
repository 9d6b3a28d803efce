"""One-time links: shown once, good once, over with the hour, the role and the password they stand on."""

import re
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from email import message_from_bytes
from email.policy import default

import pytest
from sqlmodel import select
from web_browser import PASSWORD, Browser, browser_factory, client_of, text_of

from outreach import clock
from outreach.actors import account_at, named
from outreach.database import reading
from outreach.errors import AccessError, OutreachError
from outreach.models import Account, AccountLink, AuditEntry
from outreach.people import accounts, links
from outreach.vocabulary import Act, Door
from outreach.web.app import create_app
from outreach.web.desk import Desk
from outreach.web.routes import links as link_routes
from tests.scripted_smtp import ScriptedSmtp

Browse = Callable[..., Browser]
NEW = "seven green lamps at sea"
BY = named("test")


def path_in(html: str) -> str:
    found = re.search(r"https?://[^/<]+(/link/[\w-]+)<", html)
    assert found, text_of(html)
    return found[1]


def account(desk: Desk, login: str) -> Account:
    with reading(desk.engine) as session:
        return session.exec(select(Account).where(Account.login == login)).one()


def kept(desk: Desk) -> list[AccountLink]:
    with reading(desk.engine) as session:
        return list(session.exec(select(AccountLink)))


def acts(desk: Desk) -> list[tuple[str, str, str]]:
    with reading(desk.engine) as session:
        return [(one.action, one.who, one.subject) for one in session.exec(select(AuditEntry))]


def test_somebody_is_invited_and_comes_in(browse: Browse, desk: Desk) -> None:
    admin, guest = browse("admin"), browse("")
    shown = admin.post("/invitations", name="Lea Sample", email="Lea@coalition.example", role="approver")
    path = path_in(shown)
    assert "Nothing was mailed" in text_of(shown)
    people = admin.get("/people")
    assert "Lea Sample" in people
    assert path not in people, "it is shown once"
    assert path.rpartition("/")[2] not in repr([one.model_dump() for one in kept(desk)]), "the hash alone is stored"
    assert "Lea Sample" in guest.get(path)
    assert len(kept(desk)) == 1, "opening it changes nothing"
    guest.post(path, expect=422, password="short", again="short")
    guest.post(path, expect=422, password=NEW, again=NEW + "!")
    guest.post(path, password=NEW, again=NEW)
    guest.sign_in("lea@coalition.example", NEW)
    made = account(desk, "lea@coalition.example")
    assert (made.role, made.email, made.created_by) == ("approver", "Lea@coalition.example", "The admin")
    assert (Act.ACCOUNT_INVITED, "The admin", made.login) in acts(desk)
    assert (Act.ACCOUNT_ADDED, "Lea Sample", made.login) in acts(desk)
    browse("").get(path, expect=403)
    assert kept(desk) == []


def test_a_link_to_a_new_password_ends_the_sessions(browse: Browse, desk: Desk) -> None:
    admin, viewer = browse("admin"), browse("viewer")
    path = path_in(admin.post("/people/viewer/link"))
    assert viewer.signed_in, "nothing has changed yet"
    browse("").post(path, password=NEW, again=NEW)
    assert not viewer.signed_in
    browse("").sign_in("viewer", NEW)
    assert (Act.PASSWORD_SET, "The viewer", "viewer") in acts(desk)


def test_of_two_who_use_a_link_at_once_one_does(desk: Desk) -> None:
    token = links.invite(desk.engine, "Lea", "viewer", by=BY).path.rpartition("/")[2]
    start, ends = threading.Barrier(2), []

    def use(password: str) -> None:
        start.wait()
        try:
            ends.append(links.accept(desk.engine, token, password).login)
        except OutreachError as error:
            ends.append(error.code)

    both = [threading.Thread(target=use, args=(f"{NEW} {number}",)) for number in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(ends) == ["lea", "link.over"]


@pytest.mark.parametrize("end", ["time", "role", "closed", "replaced", "password", "maker", "withdrawn", "email"])
def test_what_ends_a_link(desk: Desk, monkeypatch: pytest.MonkeyPatch, end: str) -> None:
    admin = account(desk, "admin")
    accounts.add_account(desk.engine, "other", PASSWORD, "admin", by=BY)
    by = account_at(Door.DESK, admin.id, admin.name)
    invited = end in ("withdrawn", "maker")
    made = links.invite(desk.engine, "Lea", "viewer", by=by) if invited else links.reset(desk.engine, "viewer", by=by)
    token = made.path.rpartition("/")[2]
    assert links.opened(desk.engine, token).login == made.login
    match end:
        case "time":
            later: datetime = clock.now() + timedelta(hours=1)
            monkeypatch.setattr(clock, "now", lambda: later)
        case "role" | "maker":
            accounts.change_account(desk.engine, "admin", role="approver", active=True, by=BY)
        case "closed":
            accounts.change_account(desk.engine, "viewer", role="viewer", active=False, by=BY)
        case "replaced":
            links.reset(desk.engine, "viewer", by=by)
        case "password":
            accounts.change_password(desk.engine, "viewer", NEW, by=BY)
        case "withdrawn":
            links.withdraw(desk.engine, links.invitations(desk.engine)[0].id or 0, by=BY)
        case _:
            accounts.set_email(desk.engine, "viewer", "else@coalition.example", by=BY)
    with pytest.raises(AccessError):
        links.accept(desk.engine, token, NEW)
    assert links.invitations(desk.engine) == []


def test_the_page_for_a_forgotten_password_tells_nobody_who_there_is(
    make_desk: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = make_desk({"hosts": frozenset({"desk.example"})}, smtp_host="smtp.coalition.example")
    mails: list[tuple[str, str]] = []

    def mail(_desk: Desk, made: links.OneTimeLink, url: str, _say: object, *, invitation: bool) -> bool:
        assert not invitation
        mails.append((made.email, url))
        return True

    monkeypatch.setattr(link_routes, "_mail", mail)
    accounts.set_email(desk.engine, "viewer", "viewer@coalition.example", by=BY)
    browser = browser_factory(desk)("")
    answers = {
        re.sub(r'value="[0-9a-f]{64}"', "", browser.post("/forgot", who=who)) for who in ("viewer", "x", "admin")
    }
    assert len(answers) == 1
    assert [to for to, _ in mails] == ["viewer@coalition.example"], "of an admin no address is recorded"
    browser.post("/forgot", who="Viewer@coalition.example")
    assert len(mails) == 1, "no second mail at once"
    path = mails[0][1].removeprefix("http://desk.example")
    browser.post(path, password=NEW, again=NEW)
    browser.sign_in("viewer", NEW)


def test_a_desk_that_knows_no_name_of_its_own_mails_no_link(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk(smtp_host="smtp.coalition.example")
    accounts.set_email(desk.engine, "viewer", "viewer@coalition.example", by=BY)
    page = browser_factory(desk)("").get("/forgot")
    assert "mails no links" in text_of(page)
    client_of(create_app(desk)).post("/forgot", data={"who": "viewer"})
    assert kept(desk) == []


def test_the_own_address_needs_the_present_password(browse: Browse, desk: Desk) -> None:
    viewer = browse("viewer")
    viewer.post("/account/email", expect=422, email="me@coalition.example", present="wrong")
    assert account(desk, "viewer").email == ""
    viewer.post("/account/email", email="me@coalition.example", present=PASSWORD)
    assert account(desk, "viewer").email == "me@coalition.example"


def test_an_invitation_is_mailed_where_mail_really_goes(make_desk: Callable[..., Desk]) -> None:
    with ScriptedSmtp() as server:
        desk = make_desk(
            {"hosts": frozenset({"desk.example"})}, mode="live", smtp_host="127.0.0.1", smtp_port=server.port,
            smtp_security="none",
        )  # fmt: skip
        admin = browser_factory(desk)("admin")
        shown = admin.post("/invitations", name="Zoë\nSample", email="zoe@coalition.example", role="viewer")
        assert "It was mailed to zoe@coalition.example" in text_of(shown)
        (accepted,) = server.accepted
        mail = message_from_bytes(accepted.content, policy=default)
        assert mail["To"] == "zoe@coalition.example"
        assert path_in(shown) in mail.get_content()
        assert path_in(admin.post("/people/admin/link")), "without an address it is shown alone"
        assert len(server.accepted) == 1
