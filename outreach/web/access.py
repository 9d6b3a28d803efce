"""Who may open which page: one table, checked in one place, before a request's body is read.

A route that is not in the table is refused to everybody, and `create_app` refuses to start with one.
"""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import quote, urlsplit

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from fastapi.routing import APIRoute
from starlette.routing import Match

from outreach.errors import AccessError, OutreachError
from outreach.people.accounts import may
from outreach.people.factors import is_asked
from outreach.vocabulary import DeskRole
from outreach.web.desk import desk_of, visit_of
from outreach.web.session import csrf_holds, has_cookie, keep, read_visit

V, E, A, X = DeskRole.VIEWER, DeskRole.EDITOR, DeskRole.APPROVER, DeskRole.ADMIN

NEEDS: Mapping[str, DeskRole | None] = {
    # None: anybody, signed in or not
    "login_page": None,
    "login": None,
    "logout": None,
    "sending_standing": None,
    "begin_page": None,
    "begin_account": None,
    "code_page": None,
    "code_check": None,
    "passkey_login_options": None,
    "passkey_login": None,
    "organisation_login": None,
    "organisation_back": None,
    "link_organisation": None,
    "link_page": None,
    "link_use": None,
    "forgot_page": None,
    "forgot": None,
    "sign_on_form": None,
    "sign_on_post": None,
    "sign_on_confirm": None,
    "sign_on_confirmed": None,
    "sign_on_leave": None,
    "sign_on_left": None,
    # looking
    "home": V,
    "campaign_page": V,
    "campaign_letters": V,
    "campaign_letters_file": V,
    "campaign_letter": V,
    "letter_as_sent": V,
    "letter_file": V,
    "report_file": V,
    "what_if": V,
    "mention_seen": V,
    "signatories_page": V,
    "compare_page": V,
    "compare_file": V,
    "missions_page": V,
    "missions_file": V,
    "mission_page": V,
    "inbox_page": V,
    "undelivered_page": V,
    "reply_page": V,
    "reply_frame": V,
    "reply_as_it_came": V,
    "reply_file": V,
    "inbox_search": V,
    "letters_page": V,
    "letter_page": V,
    "letter_preview": V,
    "letter_differences": V,
    "letter_pdf": V,
    "letter_check": V,
    "letter_check_typed": V,
    "review_page": V,
    "letter_about": V,
    "draft_keep": V,
    "draft_drop": V,
    "letter_word_file": V,
    "send_page": V,
    "send_preview": V,
    "send_preview_frame": V,
    "send_preview_file": V,
    "progress": V,
    "account_page": V,
    "change_own_password": V,
    "choose_language": V,
    "own_email": V,
    "end_own_session": V,
    "second_factor_page": V,
    "app_begin": V,
    "app_confirm": V,
    "app_remove": V,
    "codes_renew": V,
    "passkey_options": V,
    "passkey_add": V,
    "passkey_rename": V,
    "passkey_remove": V,
    "organisation_unlink": V,
    "settings_page": V,
    "addresses_page": V,
    # working
    "campaign_new": E,
    "campaign_create": E,
    "campaign_audience": E,
    "campaign_plan": E,
    "campaign_plan_set": E,
    "campaign_delete": E,
    "campaign_dates": E,
    "position_set": E,
    "task_set": E,
    "several_set": E,
    "several_undone": E,
    "comment_add": E,
    "comment_withdraw": E,
    "answer_told": E,
    "change_undone": E,
    "note_add": E,
    "note_change": E,
    "reply_position": E,
    "reply_settle": E,
    "reply_undone": E,
    "suggestion_decide": E,
    "suggestion_done": E,
    "address_stop": E,
    "address_allow": E,
    "letter_save": E,
    "review_mark": E,
    "review_restore": E,
    "review_remark": E,
    "review_settle": E,
    "letter_new": E,
    "letter_make": E,
    "letter_word_look": E,
    "letter_word_apply": E,
    "letter_about_set": E,
    "letter_pdf_set": E,
    "letter_head_set": E,
    "letter_logo_add": E,
    "letter_picture_add": E,
    "letter_picture_remove": E,
    "letter_attachment_add": E,
    "letter_attachment_set": E,
    "letter_language_add": E,
    "letter_rename": E,
    "letter_delete": E,
    "letter_bring_back": E,
    "signatories_upload": E,
    "signatories_look": E,
    "signatories_apply": E,
    "signatories_undo": E,
    "signatories_deadline": E,
    "signatories_list": E,
    "signatories_heading": E,
    "sign_on_decide": E,
    "sign_on_file": E,
    "sheets_page": E,
    "sheet_blank": E,
    "sheet_upload": E,
    "sheet_look": E,
    "sheet_shown": E,
    "sheet_marked": E,
    "sheet_apply": E,
    "sheet_undo": E,
    "campaign_pause": E,
    "contact_change": E,
    "contact_undone": E,
    "mails_page": E,
    "mails_bring": E,
    "votes_page": E,
    "votes_look": E,
    "votes_apply": E,
    "past_subject_set": E,
    "past_votes_look": E,
    "past_votes_apply": E,
    "dossier_page": E,
    "dossier_make": E,
    "dossier_file": E,
    "dossier_file_within": E,
    "release_page": E,
    "release_look": E,
    "release_apply": E,
    "release_withdraw": E,
    "typed_page": E,
    "typed_look": E,
    "typed_apply": E,
    "open_letter_file": E,
    "settings_check": E,
    # sending
    "trial_letter": A,
    "campaign_approvals": A,
    "campaign_approve": A,
    "campaign_schedule": A,
    "campaign_resume": A,
    "campaign_cancel": A,
    "message_resolve": A,
    "campaign_retry": A,
    "message_correct": A,
    "follow_up_page": A,
    "follow_up_make": A,
    "live_switch": A,
    "rehearsal_switch": A,
    # the desk itself
    "sign_on_switch": X,
    "people_page": X,
    "person_add": X,
    "person_change": X,
    "person_password": X,
    "person_factors_reset": X,
    "person_sign_out": X,
    "person_invite": X,
    "invitation_withdraw": X,
    "person_link": X,
    "audit_page": X,
    "personal_page": X,
    "personal_find": X,
    "personal_export": X,
    "personal_erase": X,
    "settings_form": X,
    "settings_change": X,
    "settings_password": X,
    "issuer_secret": X,
    "setup_page": X,
    "setup_step": X,
    "setup_keep": X,
    "mail_account_page": X,
    "mail_account_sign_in": X,
    "mail_account_back": X,
    "mail_account_sign_out": X,
}
"""The least role that each route needs, by the name of its function."""

WITHOUT_FACTOR = frozenset(
    {
        "account_page", "change_own_password", "choose_language", "own_email", "end_own_session", "second_factor_page",
        "app_begin", "app_confirm", "app_remove", "codes_renew", "passkey_options", "passkey_add", "passkey_rename",
        "passkey_remove", "organisation_unlink",
    }
)  # fmt: skip
"""What is open to who has to set a second factor up first: one's own account, and nothing else."""

_SAFE = frozenset({"GET", "HEAD"})


class GuardedRoute(APIRoute):
    """A route that lets a request in only as NEEDS says, and a change only with the session's token."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
        """Return the handler, with the guard before it."""
        handler = super().get_route_handler()
        name = self.name

        async def guarded(request: Request) -> Response:
            turned_away = await _guard(request, name)
            if turned_away is not None:
                return turned_away
            try:
                response = await handler(request)
            except (OutreachError, RequestValidationError):
                await _not_lost(request)
                raise
            if request.method not in _SAFE and response.status_code == 303:
                await _saved(request)
            return response

        return guarded


class OpenRoute(APIRoute):
    """A route for the whole world, without a session: no cookie is read or set, so that no form needs a token."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
        """Return the handler as it is, for a route that NEEDS opens to everybody."""
        if NEEDS.get(self.name, DeskRole.ADMIN) is not None:
            raise AssertionError(f"{self.name} is not open to everybody")
        return super().get_route_handler()


async def _not_lost(request: Request) -> None:
    """Keep what was typed into a form that is refused for the page that it came from; the answer leads back there."""
    from anyio import to_thread

    from outreach.web.drafts import keep_draft
    from outreach.web.kept_forms import NEVER

    came = urlsplit(request.headers.get("referer", ""))
    if request.method in _SAFE or came.netloc != request.headers.get("host") or not _opens(request, came.path):
        return
    request.state.back = came.path + (f"?{came.query}" if came.query else "")
    form = (await request.form()).multi_items()
    fields = [(name, value) for name, value in form if isinstance(value, str) and name not in NEVER]
    account = visit_of(request).account
    if account is not None and account.id is not None and any(" " in value.strip() for _, value in fields):
        with suppress(OutreachError):  # too long, or no page of ours: the answer still leads back
            await to_thread.run_sync(keep_draft, desk_of(request), account.id, came.path, request.url.path, fields)


def _opens(request: Request, path: str) -> bool:
    asked = {"type": "http", "path": path, "method": "GET", "root_path": ""}
    return any(route.matches(asked)[0] is Match.FULL for route in request.app.router.routes)


async def _saved(request: Request) -> None:
    """Forget what was kept of a form while it was typed: it is saved."""
    from anyio import to_thread

    from outreach.web.drafts import drop_draft

    account = visit_of(request).account
    if account is not None and account.id is not None:
        for form in {request.url.path, request.url.path.removesuffix("/apply")}:
            await to_thread.run_sync(drop_draft, desk_of(request), account.id, form)


def allowed(request: Request, route: str) -> bool:
    """Tell a page whether to show the way to a route."""
    account = visit_of(request).account
    needed = NEEDS[route]
    return needed is None or (account is not None and may(account.role, needed))


async def _guard(request: Request, name: str) -> Response | None:
    from anyio import to_thread

    desk = desk_of(request)
    visit = request.state.visit = await to_thread.run_sync(read_visit, desk, request)
    if name not in NEEDS:
        raise AccessError("desk.closed", "This page is not open to anybody.")
    needed = NEEDS[name]
    if needed is not None:
        if visit.account is None:
            return await _to_login(request)
        if not may(visit.account.role, needed):
            raise AccessError(
                "desk.role",
                "This needs the role {needed}; yours is {role}.",
                needed=needed,
                role=visit.account.role,
                remedy="Ask an admin of the desk.",
            )
        if is_asked(desk.settings, visit.account.role) and not visit.strong and name not in WITHOUT_FACTOR:
            return _to_second_factor(request)
    if request.method not in _SAFE:
        await _require_own_form(request)
    return None


def _to_second_factor(request: Request) -> Response:
    """Let nobody further whom the settings ask for a second factor, and who has not shown one in this session."""
    if request.method in _SAFE and "hx-request" not in request.headers:
        return RedirectResponse("/account/second-factor", 303)
    raise AccessError(
        "desk.second-factor", "The desk asks you for a second factor before anything else.",
        remedy="Set one up under your name; if you have one, sign out and in again.",
    )  # fmt: skip


async def _require_own_form(request: Request, *, by_origin: bool = False) -> None:
    """Refuse a change that did not come from a page of this session (OWASP: synchronizer token, and the origin)."""
    stale = AccessError(
        "desk.form",
        "This form is no longer good: nothing was changed.",
        remedy="Open the page again; if you were signed out meanwhile, sign in first.",
    )
    origin = request.headers.get("origin")
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise stale
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise stale
    if by_origin and origin is not None:
        return
    token = request.headers.get("x-csrf-token")
    if token is None:
        form: Any = (await request.form()).get("csrf")
        token = form if isinstance(form, str) else ""
    if not csrf_holds(visit_of(request), token):
        if origin is not None:
            await _not_lost(request)
        raise stale


async def _to_login(request: Request) -> Response:
    """Let somebody sign in, and lose nothing of what they had typed.

    A form of the desk's own is carried on by the page on which they sign in; a part that a page has asked for is
    answered by a form in that page, which stays as it is.
    """
    from outreach.web.kept_forms import Sealed
    from outreach.web.kept_forms import keep as seal
    from outreach.web.letting_in import ways_in
    from outreach.web.render import is_part, page
    from outreach.web.tongues import tongue_of

    desk, visit, then, say = desk_of(request), visit_of(request), "/", tongue_of(request)
    sealed = Sealed("", ())
    if request.method not in _SAFE:
        # Signed out in another tab, a browser has another secret, and its origin alone proves a form to be ours:
        # enough to keep what was typed, which is shown before it is sent on.
        await _require_own_form(request, by_origin=True)
        sealed = await seal(desk, request, visit)
    else:
        then = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        if not is_part(request):
            response: Response = RedirectResponse(
                "/login" if then == "/" else f"/login?then={quote(then, safe='')}", 303
            )
            keep(desk, response, visit)
            return response
    response = page(
        request,
        "part_sign_in.html" if is_part(request) else "login.html",
        401,
        then=then,
        login="",
        fault=say("Your session has ended. Sign in to go on.") if has_cookie(desk, request) else "",
        empty=False,
        kept=sealed.text,
        lost=sealed.lost,
        **ways_in(request, then),
    )
    keep(desk, response, visit)
    return response
