"""Who may open what: every route for every role, and no change without the session's own form."""

from collections.abc import Callable
from typing import Any

import pytest
from web_browser import Browser

from outreach.vocabulary import DeskRole
from outreach.web.app import routes
from tests.examples import heavy

Browse = Callable[..., Browser]
VALUES = {
    "number": "1", "iso3": "FRA", "kind": "json", "message": "1", "name": "hrc-joint-letter", "language": "en",
    "login": "viewer", "place": "0", "attachment": "1", "token": "none", "group": "server", "step": "sender",
    "key": "none", "digest": "none", "folder": "letter", "file": "index.html",
}  # fmt: skip


def walk() -> list[tuple[str, str, str]]:
    """Each route as the table below has it, its method, and its path with the parameters filled in."""
    found = []
    for route in routes():
        path = route.path
        for name, value in VALUES.items():
            path = path.replace("{" + name + "}", value)
        assert "{" not in path, path
        methods = sorted(method for method in route.methods if method in ("GET", "POST"))
        found += [(f"{method} {route.path}", method, path) for method in methods]
    return found


def send(browser: Browser, method: str, path: str, **more: Any) -> int:
    """Ask for a path without following, and return the status."""
    if method == "POST":
        more = {"data": {"csrf": browser.token}} | more
    if path.endswith("/progress"):
        path = path.replace("/1/", "/999/")  # a campaign that is not there: its stream ends at once
    if path == "/compare.xlsx":
        path += "?c=1"
    return browser.client.request(method, path, follow_redirects=False, **more).status_code


# Written by hand after docs/desk.md, and not taken from what is tested: who may do what is decided here a second time.
OPEN = """
GET /sign/{key} · POST /sign/{key} · GET /sign/{key}/confirm/{token} · POST /sign/{key}/confirm/{token}
GET /sign/{key}/leave/{token} · POST /sign/{key}/leave/{token}
GET /login · POST /login · POST /logout · GET /sending · GET /begin/{token} · POST /begin/{token}
GET /link/{token} · POST /link/{token} · GET /forgot · POST /forgot
GET /login/code · POST /login/code · POST /login/passkey/options · POST /login/passkey
GET /login/organisation · GET /login/organisation/back · GET /link/{token}/organisation
"""
LOOKING = """
GET / · GET /account · POST /account/sessions/{number}/end · POST /account/password
· POST /account/language · POST /account/email · GET /account/second-factor · POST /account/second-factor/app
POST /account/second-factor/app/confirm · POST /account/second-factor/app/remove · POST /account/second-factor/codes
POST /account/passkeys · POST /account/passkeys/options · POST /account/passkeys/{number}/name
POST /account/passkeys/{number}/remove · POST /account/organisation/unlink
GET /settings · GET /addresses
GET /campaigns/{number} · GET /campaigns/{number}/letters · GET /campaigns/{number}/letters/{iso3}
GET /campaigns/{number}/letters/{iso3}/page · GET /campaigns/{number}/letters/{iso3}/files/{place}
GET /campaigns/{number}/report.{kind} · GET /campaigns/{number}/progress · GET /campaigns/{number}/signatories
GET /campaigns/{number}/send · GET /campaigns/{number}/send/preview · GET /campaigns/{number}/send/preview/{iso3}
GET /campaigns/{number}/send/preview/{iso3}/files/{place}
GET /campaigns/{number}/letters.csv · GET /missions.csv
GET /compare · GET /compare.xlsx · GET /missions · GET /missions/{iso3}
GET /inbox · GET /inbox/undelivered · GET /inbox/{number} · GET /inbox/{number}/page
GET /inbox/search · GET /inbox/{number}/mail.eml · GET /inbox/{number}/files/{attachment}
GET /letters · GET /letters/{name} · GET /letters/{name}/{language}
POST /letters/{name}/{language}/preview · POST /letters/{name}/{language}/differences
GET /letters/{name}/{language}/review
POST /letters/{name}/{language}/pdf · POST /letters/{name}/{language}/check
GET /letters/{name}/about · GET /letters/{name}/{language}/word · POST /drafts · POST /drafts/drop
GET /campaigns/{number}/what-if · POST /mentions/{number}/seen
"""
WORKING = """
GET /campaigns/new · GET /campaigns/audience · POST /campaigns · GET /campaigns/{number}/plan
POST /campaigns/{number}/plan · POST /campaigns/{number}/delete
POST /campaigns/{number}/dates · POST /campaigns/{number}/pause
POST /campaigns/{number}/missions/{iso3}/position · POST /campaigns/{number}/missions/{iso3}/answer
POST /campaigns/{number}/missions/{iso3}/task · POST /campaigns/{number}/several
POST /campaigns/{number}/several/undo · POST /campaigns/{number}/missions/{iso3}/comments
POST /comments/{number}/away
POST /campaigns/{number}/missions/{iso3}/undo · POST /missions/{iso3}/notes · POST /notes/{number}
POST /campaigns/{number}/signatories · POST /campaigns/{number}/signatories/apply
POST /campaigns/{number}/signatories/look · POST /campaigns/{number}/signatories/undo
POST /campaigns/{number}/signatories/deadline · POST /campaigns/{number}/signatories/list
POST /campaigns/{number}/signatories/heading · POST /campaigns/{number}/signatories/waiting
GET /campaigns/{number}/signatories/waiting.{kind}
POST /inbox/{number}/position · POST /inbox/{number}/settle · POST /inbox/{number}/undo · POST /suggestions/{number}
POST /suggestions/{number}/done
POST /missions/{iso3}/contacts · POST /missions/{iso3}/contacts/undo · GET /sheets/blank.xlsx
GET /inbox/files · POST /inbox/files · GET /campaigns/{number}/votes
POST /campaigns/{number}/votes · POST /campaigns/{number}/votes/apply · POST /campaigns/{number}/votes/subject
POST /campaigns/{number}/votes/past · POST /campaigns/{number}/votes/past/apply
GET /typed · POST /typed · POST /typed/apply
GET /campaigns/{number}/dossier · POST /campaigns/{number}/dossier
GET /campaigns/{number}/dossier/{digest}/{file} · GET /campaigns/{number}/dossier/{digest}/{folder}/{file}
GET /campaigns/{number}/released/{iso3} · POST /campaigns/{number}/released/{iso3}
POST /campaigns/{number}/released/{iso3}/apply · POST /campaigns/{number}/released/{iso3}/withdraw
POST /letters/{name}/{language}/mark · POST /letters/{name}/{language}/restore
POST /letters/{name}/{language}/remarks · POST /letters/{name}/{language}/remarks/{number}/settle
POST /campaigns/{number}/open-letter · GET /new-letter · POST /new-letter · POST /word-letter · POST /word-letter/apply
POST /letters/{name}/about · POST /letters/{name}/about/pdf · POST /letters/{name}/about/letterhead
POST /letters/{name}/about/logos · POST /letters/{name}/about/pictures · POST /letters/{name}/about/pictures/remove
POST /letters/{name}/about/attachments · POST /letters/{name}/about/attachments/{place}
POST /letters/{name}/about/languages · POST /letters/{name}/about/name · POST /letters/{name}/about/delete
POST /removed-letters
POST /letters/{name}/{language} · POST /addresses · POST /addresses/allow · GET /settings/check
GET /sheets · POST /sheets · POST /sheets/look
GET /sheets/look · GET /sheets/marked · POST /sheets/apply · POST /sheets/undo
"""
SENDING = """
POST /campaigns/{number}/test · POST /campaigns/{number}/approvals · POST /campaigns/{number}/approve
POST /campaigns/{number}/schedule · POST /campaigns/{number}/resume · POST /campaigns/{number}/cancel
POST /messages/{message}/resolve · POST /messages/{message}/correct · POST /campaigns/{number}/retry
POST /settings/live · POST /settings/rehearsal · GET /campaigns/{number}/follow-up
POST /campaigns/{number}/follow-up
"""
RULING = """
GET /people · POST /people · POST /people/{login} · POST /people/{login}/password · POST /people/{login}/sign-out
POST /people/{login}/second-factor/reset · POST /settings/issuer-secret
POST /invitations · POST /invitations/{number}/withdraw · POST /people/{login}/link
GET /audit · GET /personal-data · POST /personal-data · POST /personal-data/export · POST /personal-data/erase
GET /settings/mail · POST /settings/mail/sign-in · POST /settings/mail/back · POST /settings/mail/sign-out
GET /settings/change/{group} · POST /settings/change/{group} · POST /settings/password
GET /setup · GET /setup/{step} · POST /setup/{step} · POST /campaigns/{number}/signatories/page
"""


def listed(*tables: str) -> set[str]:
    return {one.strip() for table in tables for line in table.splitlines() for one in line.split("·") if one.strip()}


MAY = {
    None: listed(OPEN),
    "viewer": listed(OPEN, LOOKING),
    "editor": listed(OPEN, LOOKING, WORKING),
    "approver": listed(OPEN, LOOKING, WORKING, SENDING),
    "admin": listed(OPEN, LOOKING, WORKING, SENDING, RULING),
}
WORLD = {told for told in listed(OPEN) if "/sign/" in told}
"""The sign-on page: no session, and so no token; tests/web/test_web_sign_on.py."""
NOT_THERE = {
    "GET /inbox/{number}", "GET /inbox/{number}/page", "GET /inbox/{number}/mail.eml",
    "GET /inbox/{number}/files/{attachment}",  # no mail has come in
    "GET /campaigns/{number}/signatories/waiting.{kind}",  # of the kinds csv and xlsx
    "GET /sheets/look", "GET /sheets/marked",  # no sheet was brought
    "GET /campaigns/{number}/dossier/{digest}/{file}",  # none was made
    "GET /campaigns/{number}/dossier/{digest}/{folder}/{file}",
    "GET /campaigns/{number}/progress",  # asked of a campaign that is not there: its stream ends at once
}  # fmt: skip


def test_every_route_stands_in_the_table_once() -> None:
    told = [f"{method} {route.path}" for route in routes() for method in route.methods if method in ("GET", "POST")]
    assert sorted(told) == sorted(MAY["admin"])
    assert sum(len(listed(table)) for table in (OPEN, LOOKING, WORKING, SENDING, RULING)) == len(MAY["admin"])
    assert MAY.keys() == {None, *DeskRole}


@pytest.mark.parametrize("role", [None, heavy("viewer"), heavy("editor"), "approver", heavy("admin")])
def test_every_route_for_every_role(browse: Browse, role: str | None) -> None:
    browser = browse(role or "")
    for told, method, path in walk():
        # Of what ends the very session that asks: tests/web/test_web_sessions.py
        if told == "POST /logout" or (told == "POST /account/sessions/{number}/end" and role):
            continue
        status = send(browser, method, path)
        if told in WORLD:
            assert status == 404, (told, status)  # no campaign has opened its page
        elif told == "GET /login/organisation":
            assert status == 404, "no issuer is set"
        elif told in listed(OPEN):
            assert status in (200, 204, 303, 403), (told, status)  # 403: a sign-in without a password
        elif told in MAY[role] and method == "GET" and told not in NOT_THERE:
            assert status == 200, (told, status)
        elif told in MAY[role]:  # what is asked lacks what its form has; it is let in as far as that is told
            assert status in (200, 303, 404, 409, 422), (told, status)
        elif role is None:
            assert status == (303 if method == "GET" else 401), (told, status)
        else:
            assert status == 403, (told, status)
        if told == "POST /login" and role:
            browser.sign_in(role)


@pytest.mark.parametrize(
    "forged",
    [
        {"data": {}},
        heavy({"data": {"csrf": "0" * 64}}),
        heavy({"data": {}, "headers": {"x-csrf-token": "0" * 64}}),
        {"headers": {"origin": "https://elsewhere.example"}},
        heavy({"headers": {"origin": "null"}}),
        {"headers": {"sec-fetch-site": "cross-site"}},
    ],
)
def test_no_change_without_the_own_form(browse: Browse, forged: dict[str, Any]) -> None:
    browser = browse("admin")
    for name, method, path in walk():
        if method == "POST" and name != "POST /login" and name not in WORLD:
            assert send(browser, method, path, **forged) == 403, name
    assert "approved" in browser.get("/campaigns/1")


def test_what_is_refused_is_logged_and_no_secret_with_it(browse: Browse, caplog: pytest.LogCaptureFixture) -> None:
    viewer = browse("viewer")
    send(viewer, "GET", "/people")
    send(viewer, "GET", "/link/a-secret")
    told = [one.getMessage() for one in caplog.records]
    assert "desk.role refused to viewer: GET /people" in told
    assert "link.over refused to viewer: GET /link/{token}" in told


def test_a_token_of_another_session_is_worth_nothing(browse: Browse) -> None:
    other, own = browse("admin"), browse("admin")
    assert other.token != own.token
    assert send(own, "POST", "/campaigns/1/pause", data={"csrf": other.token}) == 403
