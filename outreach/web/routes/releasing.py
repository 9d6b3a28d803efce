"""The words of an answer given free to be shown to others, looked at before, and taken back."""

from fastapi import APIRouter, Request, Response

from outreach.campaigns.plan import campaign_numbered
from outreach.database import reading
from outreach.errors import NotFoundError, OutreachError, UserError
from outreach.inbox.mail_list import mail_numbered
from outreach.models import Message
from outreach.responses.released import ReleasedAnswer, release, released_in, withdraw
from outreach.web.access import GuardedRoute
from outreach.web.desk import actor, desk_of
from outreach.web.form_fields import Long, Number, Short
from outreach.web.render import go, page
from outreach.web.tongues import tongue_of

router = APIRouter(route_class=GuardedRoute)


@router.get("/inbox/{number}/release")
def release_page(request: Request, number: Number) -> Response:
    """What of a mail would be shown: without addresses and numbers, and who is named in it."""
    return _shown(request, number)


@router.post("/inbox/{number}/release")
def release_words(
    request: Request, number: Number, text: Long = "", looked: Short = "", others: Short = ""
) -> Response:
    """Release the words as they stand in the form, or look once more at whom they name."""
    desk = desk_of(request)
    campaign, iso3 = _of(request, number)
    if looked != "yes":
        return _shown(request, number, text=text)
    try:
        release(
            desk.engine, campaign, iso3, by=actor(request), reply=number, text=text,
            without_others=others == "leave out", yes=others == "show",
        )  # fmt: skip
    except UserError as error:
        return _shown(request, number, error, text)
    words = tongue_of(request)("Released: these words may be shown in reports and dossiers.")
    return go(request, f"/inbox/{number}/release", words)


@router.post("/inbox/{number}/release/withdraw")
def release_withdraw(request: Request, number: Number) -> Response:
    """Take back what was released of a mail."""
    campaign, iso3 = _of(request, number)
    withdraw(desk_of(request).engine, campaign, iso3, by=actor(request), reply=number)
    words = tongue_of(request)("Taken back. What was published already is out of reach.")
    return go(request, f"/inbox/{number}/release", words)


def _of(request: Request, number: int) -> tuple[str, str]:
    """Return the campaign and the mission whose answer a mail is. Raises NotFoundError where it is nobody's."""
    with reading(desk_of(request).engine) as session:
        reply = mail_numbered(session, number)
        message = session.get(Message, reply.message_id) if reply.message_id is not None else None
        if message is None:
            raise NotFoundError("released.nobodys", "This mail answers no letter: there is nothing to release.")
        return campaign_numbered(session, message.campaign_id).name, message.iso3


def _shown(request: Request, number: int, error: OutreachError | None = None, text: str = "") -> Response:
    desk = desk_of(request)
    campaign, iso3 = _of(request, number)
    free = [one for one in released_in(desk.engine, campaign) if one.mail == number]
    found: ReleasedAnswer | None = None
    try:
        found = release(desk.engine, campaign, iso3, by=actor(request), reply=number, text=text, dry_run=True)
    except NotFoundError:  # no answer of the mission's: there is nothing to fill in either
        raise
    except UserError as fault:
        error = error or fault
    return page(
        request, "release.html", 200 if error is None else 422, number=number, found=found, free=free, error=error,
        iso3=iso3, campaign=campaign, text=text, tz=desk.settings.tz,
    )  # fmt: skip
