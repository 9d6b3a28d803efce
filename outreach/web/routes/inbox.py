"""The inbox: what came back, beside the letter that it answers."""

from typing import Any

from fastapi import APIRouter, Request, Response
from sqlmodel import Session, select

from outreach.campaigns.plan import campaign_numbered, campaigns
from outreach.clock import parse_date
from outreach.database import reading
from outreach.errors import NotFoundError, OutreachError, UserError
from outreach.inbox.enclosed.attached import KINDS
from outreach.inbox.mail_list import SHOWS, attachments_of, incoming, mail_numbered, next_to_settle, suggestions_of
from outreach.inbox.settle import where_it_is
from outreach.inbox.to_hand import file_of, mail_to_hand, search
from outreach.inbox.undelivered import undelivered
from outreach.missions.directory import list_missions
from outreach.models import Message, Mission
from outreach.models import Response as Stand
from outreach.outbox.corrected import send_to_corrected
from outreach.responses.answers import settle
from outreach.responses.come_back import days_left, see_to
from outreach.responses.decisions import decide, decided_of, last_decision, undo
from outreach.responses.positions import set_position, version
from outreach.sentences import in_words_of
from outreach.vocabulary import SuggestionKind
from outreach.web.access import GuardedRoute
from outreach.web.cache import LARGE
from outreach.web.desk import actor, desk_of, who
from outreach.web.form_fields import Asked, Before, Long, Number, Short
from outreach.web.render import go, page
from outreach.web.showing import framed, kept
from outreach.web.tongues import tongue_of
from outreach.web.waiting import to_settle_at
from outreach.web.words import worded

router = APIRouter(route_class=GuardedRoute)
_PAGE = 50


@router.get("/inbox")
def inbox_page(request: Request, show: str = "", before: Before = None) -> Response:
    """What came back, by kind; first what is to be decided, as long as anything is."""
    desk = desk_of(request)
    waiting = to_settle_at(desk)
    show = show or ("settle" if waiting else "answers")
    mails = desk.read(("inbox", show, before), lambda session: incoming(session, show, before=before, most=_PAGE))
    return page(
        request, "inbox.html", mails=mails, show=show, shows=SHOWS, before=before, full=len(mails) == _PAGE,
        to_settle=waiting, tz=desk.settings.tz,
    )  # fmt: skip


@router.get("/inbox/undelivered")
def undelivered_page(request: Request) -> Response:
    """Every address that a letter did not reach, why, and the way to put it right."""
    return _undelivered(request)


@router.post("/messages/{message}/correct")
def message_correct(
    request: Request, message: Number, new: Short = "", instead: Short = "", old: Short = "", yes: Short = ""
) -> Response:
    """Put an address right, and queue the letter that did not reach it once more, to the right address alone."""
    desk = desk_of(request)
    try:
        done = send_to_corrected(
            desk.engine,
            desk.settings,
            message,
            instead or new,
            old=old,
            by=actor(request),
            yes=1 if yes == "1" else None,
        )
    except UserError as error:
        return _undelivered(request, error, {"letter": message, "old": old, "new": instead or new})
    say = tongue_of(request)
    words = say("The letter goes out once more, to {address} alone.", address=done.new)
    if done.waits:
        words += " " + say("It waits: {why}.", why=worded(say, done.waits))
    for one in done.voided:
        words += " " + say(
            "{campaign} has to be approved again: it was to write to the old address.", campaign=one.campaign
        )
    return go(request, f"/campaigns/{done.campaign_id}/letters/{done.iso3}", words)


@router.get("/inbox/search")
def inbox_search(request: Request, q: Asked = "") -> Response:
    """The mails with all of the words that are asked for."""
    desk = desk_of(request)
    with reading(desk.engine) as session:
        mails = search(session, q, most=_PAGE) if q.strip() else []
    return page(
        request, "inbox.html", mails=mails, show="search", shows=SHOWS, before=None, full=False,
        to_settle=to_settle_at(desk), tz=desk.settings.tz, q=q,
    )  # fmt: skip


@router.get("/inbox/{number}/mail.eml")
def reply_as_it_came(request: Request, number: Number) -> Response:
    """The mail as it came, to be kept."""
    with reading(desk_of(request).engine) as session:
        return kept(f"mail-{number}.eml", mail_numbered(session, number).raw, "message/rfc822")


@router.get("/inbox/{number}/files/{attachment}")
def reply_file(request: Request, number: Number, attachment: Number) -> Response:
    """A file that came with the mail, to be kept; it is never opened here."""
    with reading(desk_of(request).engine) as session:
        return kept(*file_of(session, number, attachment))


@router.get("/inbox/{number}")
def reply_page(request: Request, number: Number, move: bool = False) -> Response:
    """One mail, beside the letter that it answers, and where its mission stands; `move` asks whose it is once more."""
    desk = desk_of(request)
    found = desk.read(
        ("reply", number, move),
        lambda session: _beside_its_letter(session, number, move=move),
        keep=lambda found: len(found["reply"].raw) < LARGE,
    )
    return page(request, "reply.html", **found, tz=desk.settings.tz)


def _beside_its_letter(session: Session, number: int, *, move: bool) -> dict[str, Any]:
    reply = mail_numbered(session, number)
    message = session.get(Message, reply.message_id) if reply.message_id is not None else None
    stand = None
    if message is not None:
        query = select(Stand).where(Stand.campaign_id == message.campaign_id, Stand.iso3 == message.iso3)
        stand = session.exec(query).one_or_none()
    attachments, suggestions = attachments_of(session, reply), suggestions_of(session, reply)
    asked = (move or (message is None and reply.settled_at is None)) and not reply.ours
    return {
        "reply": reply, "message": message, "stand": stand, "seen": version(stand) if stand is not None else "",
        "campaign": campaign_numbered(session, message.campaign_id) if message is not None else None,
        "mission": session.get(Mission, message.iso3) if message is not None else None,
        "missions": list_missions(session) if asked else [],
        "campaigns": campaigns(session) if asked else [],
        "decisions": decided_of(session, reply),
        "whole": mail_to_hand(session, number, attachments=attachments, suggestions=suggestions),
        "where_it_is": where_it_is(reply),
        "attachments": attachments, "kinds": KINDS, "suggestions": suggestions,
        "days_left": days_left(session, number) if suggestions else set(),
        "failed": undelivered(session, letter=message.id) if message is not None and reply.kind == "bounce" else [],
    }  # fmt: skip


@router.get("/inbox/{number}/page")
def reply_frame(request: Request, number: Number) -> Response:
    """The mail's own page, cleaned when it was taken in, for a frame that can do nothing."""
    with reading(desk_of(request).engine) as session:
        reply = mail_numbered(session, number)
    if not reply.page:
        raise NotFoundError("desk.mail-no-page", "This mail has no page of its own.")
    return framed(reply.page)


@router.post("/inbox/{number}/position")
def reply_position(
    request: Request, number: Number, position: Short = "", note: Long = "", seen: Short = ""
) -> Response:
    """Set where the mission stands, as the mail says."""
    desk = desk_of(request)
    with reading(desk.engine) as session:
        reply = mail_numbered(session, number)
        message = session.get(Message, reply.message_id) if reply.message_id is not None else None
        if message is None:
            raise NotFoundError("desk.mail-no-letter", "This mail belongs to no letter yet.")
        campaign = campaign_numbered(session, message.campaign_id)
    stand = set_position(desk.engine, campaign.name, message.iso3, position, note=note, by=actor(request), seen=seen)
    undo_at = f"/campaigns/{campaign.id}/missions/{stand.iso3}/undo"
    done = f"{stand.iso3}: {tongue_of(request).word(stand.position)}."
    return _onwards(request, number, done, undo_at, version(stand))


@router.post("/inbox/{number}/settle")
def reply_settle(
    request: Request, number: Number, where: Short = "", campaign: Short = "", seen: Short | None = None
) -> Response:
    """Put a mail down to a mission's letter, or to none; its sender is known from then on."""
    desk = desk_of(request)
    reply = settle(
        desk.engine, number, where, campaign=campaign or None, by=actor(request), team=desk.settings.team, seen=seen
    )
    return _onwards(request, number, f"{in_words_of(reply.basis, tongue_of(request))}.")


@router.post("/inbox/{number}/undo")
def reply_undone(request: Request, number: Number, seen: Short = "") -> Response:
    """Take the last decision on a mail back: whose it is, or a yes or no to what it proposes."""
    desk = desk_of(request)
    last = undo(desk.engine, number, by=actor(request), seen=seen or None, team=desk.settings.team)
    say = tongue_of(request)
    told = say("Taken back: {what}.", what=last.what)
    if last.again:
        mails = ", ".join(map(str, last.again))
        told += " " + say("Later mails that were judged by its sender are judged again: {mails}.", mails=mails)
    return go(request, f"/inbox/{number}", told)


@router.post("/suggestions/{number}")
def suggestion_decide(
    request: Request, number: Number, answer: Short = "", on: Short = "", position: Short = ""
) -> Response:
    """Say yes or no to what a mail proposes."""
    desk = desk_of(request)
    if answer not in ("yes", "no"):
        raise UserError("desk.no-answer", "{answer!r} is no answer.", answer=answer, remedy="Say yes or no.")
    day = parse_date(on) if on else None
    one = decide(desk.engine, number, accept=answer == "yes", by=actor(request), on=day, position=position)
    say = tongue_of(request)
    kind, value = say.word(SuggestionKind(one.kind)), worded(say, one.value)
    done = say("Turned down.")
    if one.accepted and one.kind is SuggestionKind.ANSWER:
        done = say("Done: {value}.", value=value)  # its words say that it is an answer
    elif one.accepted:
        done = say("Done: {kind} {value}.", kind=kind, value=value)
    return _onwards(request, one.reply_id, done)


def _onwards(request: Request, number: int, done: str, undo_at: str = "", seen: str = "") -> Response:
    """Go on to the next mail that waits, once nothing of this one does; with the way to take back what was done: the
    last decision on the mail, where that is this person's and nothing else is named."""
    with reading(desk_of(request).engine) as session:
        reply = mail_numbered(session, number)
        last = None if undo_at else last_decision(session, number)
        if last is not None and last.who == who(request):
            undo_at, seen = f"/inbox/{number}/undo", last.at.isoformat()
        left = any(other.accepted is None for other in suggestions_of(session, reply))
        left = left or (reply.message_id is None and reply.settled_at is None)
        following = None if left else next_to_settle(session, number)
    if following is None:
        return go(request, f"/inbox/{number}", done, undo=undo_at, seen=seen)
    onwards = tongue_of(request)("This is the next mail that waits.")
    return go(request, f"/inbox/{following}", f"{done} {onwards}", undo=undo_at, seen=seen)


@router.post("/suggestions/{number}/done")
def suggestion_done(request: Request, number: Number) -> Response:
    """Say that a mission that asked to be asked again was seen to."""
    one = see_to(desk_of(request).engine, number, by=actor(request))
    return go(request, f"/inbox/{one.reply_id}", tongue_of(request)("{mission} was seen to.", mission=one.iso3))


def _undelivered(
    request: Request, error: OutreachError | None = None, given: dict[str, str | int] | None = None
) -> Response:
    desk = desk_of(request)
    found = desk.read("undelivered", undelivered)
    return page(
        request, "undelivered.html", 422 if error else 200, found=found, shows=SHOWS, show="undelivered",
        to_settle=to_settle_at(desk), error=error, given=given or {"letter": 0, "old": "", "new": ""},
        tz=desk.settings.tz,
        reads=bool(desk.settings.imap_host),
    )  # fmt: skip
