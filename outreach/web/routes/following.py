"""What follows a campaign's letters: a reminder some days later, and the open letter to take along."""

from urllib.parse import quote

from fastapi import APIRouter, Request, Response

from outreach.campaigns.follow_up import NO_ANSWER, follow_up, who_would_get_it
from outreach.campaigns.plan import campaign_numbered, get_campaign, missions_of
from outreach.campaigns.publish import packed_letter
from outreach.database import reading
from outreach.errors import OutreachError, UserError
from outreach.letters.editing import letter_names
from outreach.letters.lint.findings import codes_of
from outreach.missions.names import state_name
from outreach.web.access import GuardedRoute
from outreach.web.desk import actor, desk_of
from outreach.web.form_fields import Number, Short
from outreach.web.render import go, page
from outreach.web.tongues import tongue_of
from outreach.web.words import by_name

router = APIRouter(route_class=GuardedRoute)
SPANS = ("5 working days", "3 working days", "10 working days", "1 week", "2 weeks")


@router.get("/campaigns/{number}/follow-up")
def follow_up_page(request: Request, number: Number, to: str = NO_ANSWER) -> Response:
    """The form of a second letter, some days after the first, to those who stand so now."""
    return _form(request, number, given={"to": to[:40]})


@router.post("/campaigns/{number}/follow-up")
def follow_up_make(
    request: Request, number: Number, letter: Short = "", after: Short = "", to: Short = NO_ANSWER, again: Short = "",
    no_mailbox: Short = "", despite: Short = "", missions: Short = "", seen: Short = "",
) -> Response:  # fmt: skip
    """Make, approve and schedule it."""
    desk = desk_of(request)
    with reading(desk.engine) as session:
        name = campaign_numbered(session, number).name
    try:
        made = follow_up(
            desk.engine, desk.to_send(), name, letter=letter, after=after, to=to, by=actor(request),
            again=again == "yes", no_mailbox=no_mailbox == "yes", despite=despite.split(), templates=desk.templates,
            yes=int(missions) if missions.isdecimal() else None, seen=int(seen) if seen.isdecimal() else None,
        )  # fmt: skip
    except UserError as error:
        given = {"letter": letter, "after": after, "to": to, "again": again, "no_mailbox": no_mailbox}
        return _form(request, number, error, given)
    with reading(desk.engine) as session:
        child = get_campaign(session, made.name)
    say = tongue_of(request)
    words = say.several(
        "{campaign}: {count} letter is frozen, and approved by you.",
        "{campaign}: {count} letters are frozen, and approved by you.", made.approval.ready, campaign=made.name,
    )  # fmt: skip
    if made.approval.awaits_second:
        then = say("A second person has to approve them; then they need a time.")
    elif made.due:
        moment = say.moment(made.due[0], desk.settings.tz)
        then = say("The first is due on {moment}, if it is still wanted then.", moment=moment)
    else:
        then = say("Each goes out {span} after the first letter, if it is still wanted then.", span=after)
    return go(request, f"/campaigns/{child.id}/send", f"{words} {then}")


@router.post("/campaigns/{number}/open-letter")
def open_letter_file(request: Request, number: Number) -> Response:
    """Download the open letter: a page and a PDF in each language, ready for a website."""
    desk = desk_of(request)
    with reading(desk.engine) as session:
        name = campaign_numbered(session, number).name
    packed = packed_letter(desk.engine, name, desk.templates, by=actor(request))
    called = quote(f"{name} open letter.zip", safe="")
    headers = {"content-disposition": f"attachment; filename*=UTF-8''{called}"}
    return Response(packed, media_type="application/zip", headers=headers)


def _form(
    request: Request, number: int, error: OutreachError | None = None, given: dict[str, str] | None = None
) -> Response:
    desk = desk_of(request)
    with reading(desk.engine) as session:
        campaign = campaign_numbered(session, number)
        missions = len(missions_of(session, campaign))
        named = who_would_get_it(session, campaign, (given or {}).get("to") or NO_ANSWER)
    say = tongue_of(request)
    wanted = by_name(say, [state_name(iso3, name, say) for iso3, name in named], str)
    return page(
        request, "follow_up.html", 200 if error is None else 422, campaign=campaign, error=error, spans=SPANS,
        letters=letter_names(desk.templates), no_answer=NO_ANSWER, missions=missions,
        seen=campaign.version, wanted=wanted,
        given={"letter": "", "after": SPANS[0], "to": NO_ANSWER, "again": "", "no_mailbox": ""} | (given or {}),
        overrulable=codes_of(error.problems) if error is not None else (),
    )  # fmt: skip
