"""The mail account: signed in by the provider's own page or by a code, and signed out."""

import threading

from fastapi import APIRouter, Request, Response

from outreach.errors import OutreachError, UserError
from outreach.outbox.sign_in.providers import providers
from outreach.outbox.sign_in.sign_in_standing import findings
from outreach.outbox.sign_in.signing_in import PAGE_SECONDS, DeviceAttempt, Keeper, PageAttempt, SignedIn, sign_out
from outreach.presets import presets
from outreach.web.access import GuardedRoute
from outreach.web.desk import actor, desk_of
from outreach.web.form_fields import Address, Short
from outreach.web.render import go, page
from outreach.web.tongues import tongue_of

router = APIRouter(route_class=GuardedRoute)
_PLACE = "/settings/mail"


@router.get("/settings/mail")
def mail_account_page(request: Request) -> Response:
    """Who is signed in, how long that lasts, and the way to sign in; after one sign-in, what came of it."""
    desk = desk_of(request)
    settings = desk.settings
    wanted = presets()[settings.provider].sign_in if settings.provider else ""
    under_way = desk.attempts.current
    return page(
        request, "mail_account.html", findings=list(findings(settings)), mail_account=settings.smtp_username,
        choices=[one for one in providers().values() if wanted in ("", one.name)],
        known=bool(settings.smtp_client_id), under_way=under_way,
        done=under_way.outcome if under_way is not None and isinstance(under_way.outcome, SignedIn) else None,
        failed=under_way.outcome if under_way is not None and isinstance(under_way.outcome, OutreachError) else None,
        by_code=isinstance(under_way, DeviceAttempt),
    )  # fmt: skip


@router.post("/settings/mail/sign-in")
def mail_account_sign_in(request: Request, provider: Short = "", way: Short = "page") -> Response:
    """Begin a sign-in; the one that was under way ends."""
    desk = desk_of(request)
    keeper = Keeper(desk.engine, desk.settings, provider, by=actor(request), folder=desk.folder)
    if way == "code":
        by_code = DeviceAttempt(keeper)
        stop = desk.attempts.begin(by_code, by_code.code.seconds)
        threading.Thread(target=by_code.ask_until_done, args=(stop.wait,), daemon=True).start()
    else:
        desk.attempts.begin(PageAttempt(keeper, f"{str(request.base_url).rstrip('/')}{_PLACE}"), PAGE_SECONDS)
    return go(request, _PLACE)


@router.post("/settings/mail/back")
def mail_account_back(request: Request, address: Address = "") -> Response:
    """Take the address that a browser on another computer ended at."""
    under_way = desk_of(request).attempts.current
    if not isinstance(under_way, PageAttempt):
        raise UserError(
            "sign-in.none-under-way", "No sign-in is under way. Nothing was kept.",
            remedy="Begin one{SIGN_IN_MAIL}.",
        )  # fmt: skip
    found = under_way.take(address)
    return go(
        request,
        _PLACE,
        tongue_of(request)("{account} is signed in with {title}.", account=found.account, title=found.title),
    )


@router.post("/settings/mail/sign-out")
def mail_account_sign_out(request: Request, provider: Short = "") -> Response:
    """Forget what was granted, and tell the provider."""
    desk = desk_of(request)
    found = sign_out(desk.engine, desk.settings, provider, by=actor(request), folder=desk.folder)
    desk.attempts.end()
    return go(
        request,
        _PLACE,
        tongue_of(request)(
            "{account} is signed out of {title} here: {rest}", account=found.account, title=found.title, rest=found.rest
        ),
    )
