"""Missions: the directory to search and filter, and one mission over all campaigns."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response
from sqlmodel import Session, col, select

from outreach import clock
from outreach.campaigns.address_changes import still_void, void_changed
from outreach.catalogues import Tongue
from outreach.database import reading
from outreach.errors import ConflictError, NotFoundError, OutreachError, SheetError, UserError
from outreach.inbox.mail_list import incoming
from outreach.missions.history import history, undo
from outreach.missions.names import state_name
from outreach.missions.notes import add_note, change_note, notes, wording_now
from outreach.missions.past import is_known, votes_of
from outreach.missions.past_years import LONGEST_SUBJECT, PastOnSubject, latest_subject, past_on
from outreach.missions.roster import listing
from outreach.missions.setting import set_fields, shown_field
from outreach.models import Campaign, Contact, Mission, Term
from outreach.models import Response as Stand
from outreach.reports.table import reading_order
from outreach.responses.positions import latest_positions
from outreach.responses.recorded import history_of_mission
from outreach.text import folded
from outreach.vocabulary import Language, Line, Position, Role
from outreach.web.access import GuardedRoute
from outreach.web.conflict import Conflict, two_sides
from outreach.web.desk import actor, desk_of
from outreach.web.form_fields import Long, Number, Short
from outreach.web.lists import ListColumn, as_csv, csv_link, heads, past_column, rank, sorted_list, worded_cell
from outreach.web.render import go, is_part, page
from outreach.web.tongues import tongue_of
from outreach.web.words import by_name, directory_change, worded_language

router = APIRouter(route_class=GuardedRoute)
_MOST_CHANGES = 50


@router.get("/missions")
def missions_page(
    request: Request, q: str = "", group: str = "", language: str = "", council: str = "", position: str = "",
    sort: str = "",
) -> Response:  # fmt: skip
    """The directory: each mission, its group, language, seat on the Council and contacts."""
    asked: dict[str, Any] = {
        "q": q, "group": group, "language": language, "council": council, "position": position
    }  # fmt: skip
    shown, found, columns, past = _listed(request, asked, sort)
    groups = sorted({row["group"] for row in found if row["group"]})
    template = "part_missions.html" if is_part(request) else "missions.html"
    return page(
        request, template, rows=shown, all=len(found), groups=groups, languages=list(Language), sort=sort,
        heads=heads(columns, sort, asked), as_csv=csv_link("/missions.csv", sort, asked), past=past, **asked,
    )  # fmt: skip


@router.get("/missions.csv")
def missions_file(
    request: Request, q: str = "", group: str = "", language: str = "", council: str = "", position: str = "",
    sort: str = "",
) -> Response:  # fmt: skip
    """The same list as a file: the missions that are shown, in their order."""
    asked = {"q": q, "group": group, "language": language, "council": council, "position": position}
    shown, _, columns, _ = _listed(request, asked, sort)
    return as_csv(desk_of(request).engine, shown, columns, name="missions", by=actor(request))


def _listed(
    request: Request, asked: Mapping[str, str], sort: str
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[ListColumn], PastOnSubject]:
    """Return the missions that are asked for, all there are, the columns of the list, and how states voted."""
    desk, say = desk_of(request), tongue_of(request)
    today = clock.now().astimezone(desk.settings.tz).date()
    listed, latest = desk.read(
        ("missions", today), lambda session: (listing(session, [], [], today), latest_positions(session))
    )
    codes = [row["iso3"] for row in listed]
    past = desk.read(("past",), lambda session: past_on(session, latest_subject(session), codes))
    found = by_name(
        say,
        [
            row
            | {
                "name": state_name(row["iso3"], row["name"], say),
                "position": latest.get(row["iso3"]),
                "language": next((one["language"] for one in row["contacts"] if one["language"]), row["language"]),
            }
            for row in listed
        ],
        lambda row: row["name"],
    )
    shown = [
        row
        for row in found
        if _matches(row, folded(asked["q"]))
        and (not asked["group"] or row["group"] == asked["group"])
        and (not asked["language"] or row["language"] == asked["language"])
        and (not asked["council"] or (row["member_until"] is not None) == (asked["council"] == "members"))
        and (not asked["position"] or _word(row["position"]) == asked["position"])
    ]
    columns = [
        ListColumn("mission", say("Mission"), lambda row: reading_order(row["name"], say), lambda row: row["name"]),
        ListColumn(
            "group", say("Group"), lambda row: say.about("group", row["group"]) if row["group"] else None,
            lambda row: say.about("group", row["group"]) if row["group"] else "",
        ),
        ListColumn("council", say("Council"), lambda row: row["member_until"], lambda row: row["member_until"]),
        ListColumn(
            "language", say("Language"), lambda row: worded_language(say, row["language"]),
            lambda row: worded_language(say, row["language"]),
        ),
        ListColumn(
            "writes", say("Writes to"), lambda row: row["contacts"][0]["email"] if row["contacts"] else None,
            lambda row: ", ".join(one["email"] for one in row["contacts"]),
        ),
        ListColumn(
            "position", say("Last position"), lambda row: rank(row["position"], Position),
            lambda row: worded_cell(say, row["position"]),
        ),
        *past_column(past, say, lambda row: row["iso3"]),
    ]  # fmt: skip
    return sorted_list(shown, columns, sort), found, columns, past


@router.get("/missions/{iso3}")
def mission_page(request: Request, iso3: str, theme: str | None = None) -> Response:
    """One mission: its contacts, terms, notes, and every letter, answer, position and past vote over all campaigns."""
    return _mission(request, iso3, theme=theme)


@router.post("/missions/{iso3}/notes")
def note_add(request: Request, iso3: str, text: Long = "") -> Response:
    """Write a note on a mission."""
    desk = desk_of(request)
    try:
        note = add_note(desk.engine, iso3, text, by=actor(request))
    except NotFoundError:
        raise
    except UserError as error:
        return _mission(request, iso3, error, text)
    return go(request, f"/missions/{note.iso3}#notes", tongue_of(request)("The note is kept."))


@router.post("/missions/{iso3}/contacts")
def contact_change(
    request: Request, iso3: str, contact: Short = "", email: Short = "", name: Short = "", title: Short = "",
    role: Short = "", line: Short = "", active: Short = "", was_email: Short = "", was_name: Short = "",
    was_title: Short = "", was_role: Short = "", was_line: Short = "", was_active: Short = "",
) -> Response:  # fmt: skip
    """Change a contact in place; or give a mission that has none its general box. Approvals that it voids are told."""
    desk = desk_of(request)
    given = {"email": email, "name": name, "title": title, "role": role, "line": line, "active": active}
    was = {"email": was_email, "name": was_name, "title": was_title, "role": was_role, "line": was_line,
           "active": was_active}  # fmt: skip
    fields = {key: text.strip() for key, text in given.items() if text.strip() != was[key]}
    if not contact:
        fields = {key: text.strip() for key, text in given.items() if text.strip() or key == "email"}
    if not fields:
        return go(request, f"/missions/{iso3}#contacts", tongue_of(request)("Nothing was changed."))
    try:
        changed = set_fields(
            desk.engine, iso3, fields, contact=contact, by=actor(request),
            seen={key: was[key] for key in fields} if contact else None, add=not contact,
        )  # fmt: skip
    except NotFoundError:
        raise
    except UserError as error:
        conflict = None
        if isinstance(error, ConflictError):
            conflict = _contact_conflict(request, iso3, contact, given)
        return _mission(request, iso3, contact_error=error, given={"contact": contact, **given}, conflict=conflict)
    say = tongue_of(request)
    told = ", ".join(say.about("field", one.field) for one in changed)
    words = say("Changed: {fields}.", fields=told) if told else say("Nothing was changed.")
    if changed and not contact:
        words = say("Added: {address}.", address=changed[0].new)
    undo_at = f"/missions/{iso3.upper()}/contacts/undo" if changed else ""
    words += _voided(request)
    return go(
        request, f"/missions/{iso3}#contacts", words, undo=undo_at, seen=str(changed[0].change) if changed else ""
    )


@router.post("/missions/{iso3}/contacts/undo")
def contact_undone(request: Request, iso3: str, seen: Short = "") -> Response:
    """Take back what was changed of a mission's contacts by hand, by its number; unless it was changed again since."""
    number = int(seen) if seen.isdecimal() else 0
    try:
        undo(desk_of(request).engine, number, by=actor(request))
    except SheetError as error:
        return _mission(request, iso3, contact_error=error)
    words = tongue_of(request)("Taken back.") + _voided(request)
    return go(request, f"/missions/{iso3.upper()}#contacts", words)


def _voided(request: Request) -> str:
    """Void what no longer goes to whom it was approved for, and say of which campaigns that holds."""
    engine, say = desk_of(request).engine, tongue_of(request)
    voided = void_changed(engine, by=actor(request))
    words = [say("{campaign}: its approval no longer holds.", campaign=one.campaign) for one in voided]
    if again := still_void(engine):
        words.append(
            say(
                "Its addresses are again as they were approved, and the approval is void all the same. "
                "Approve again: {rows}.",
                rows=", ".join(again),
            )
        )
    return "".join(f" {one}" for one in words)


@router.post("/notes/{number}")
def note_change(request: Request, number: Number, text: Long = "", away: Short = "") -> Response:
    """Give a note another wording, or take it away. Whoever saw an older wording is told."""
    desk = desk_of(request)
    say = tongue_of(request)
    try:
        note = change_note(desk.engine, number, "" if away else text, by=actor(request))
    except ConflictError as error:
        with reading(desk.engine) as session:
            iso3, now = wording_now(session, number)
        page, kept, who, at = f"/missions/{iso3}", "", "", None
        path = f"{page}/notes"
        if now is not None:
            path, kept, who, at = f"/notes/{now.id}", now.text, now.who, now.at
        conflict = Conflict(page, path, "note-form", two_sides([(say("Note"), text, kept)]), who, at)
        return _mission(request, iso3, error, text, conflict=conflict)
    return go(
        request, f"/missions/{note.iso3}#notes", say("The note is taken away.") if away else say("The note is kept.")
    )


def _contact_conflict(request: Request, iso3: str, contact: str, given: dict[str, str]) -> Conflict:
    """What was typed into a contact's form beside what the contact holds by now."""
    say = tongue_of(request)
    labels = {"email": say("Address"), "name": say("Name"), "title": say.about("contact", "Title"),
              "role": say("Role"), "line": say.about("contact", "Line"), "active": say("In use")}  # fmt: skip
    with reading(desk_of(request).engine) as session:
        query = select(Contact).where(Contact.iso3 == iso3.upper(), Contact.email == contact)
        row = session.exec(query).first()
    sides = [(label, given[key], shown_field(row, key)) for key, label in labels.items()] if row is not None else []
    return Conflict(f"/missions/{iso3}", f"/missions/{iso3}/contacts", "contact-form", two_sides(sides))


def _mission(
    request: Request,
    iso3: str,
    error: OutreachError | None = None,
    text: str = "",
    contact_error: OutreachError | None = None,
    given: dict[str, str] | None = None,
    theme: str | None = None,
    conflict: Conflict | None = None,
) -> Response:
    desk = desk_of(request)
    say = tongue_of(request)
    asked = None if theme is None else theme[:LONGEST_SUBJECT]
    found = desk.read(
        ("mission", iso3, say.language, asked), lambda session: _known_of(session, iso3.upper(), say, asked)
    )
    failed = error or contact_error
    code = 200 if failed is None else 409 if isinstance(failed, ConflictError) else 422
    return page(
        request, "mission.html", code, error=error, text=text, tz=desk.settings.tz, contact_error=contact_error,
        conflict=conflict, given=given or {}, roles=list(Role), lines=list(Line), shown=shown_field,
        blank=Contact(
            iso3=iso3, email="", email_key="", role=Role.HUMAN_RIGHTS_EXPERT if found["contacts"] else Role.GENERAL,
            line=Line.CC if found["contacts"] else Line.TO,
        ), **found,
    )  # fmt: skip


def _known_of(session: Session, code: str, say: Tongue, theme: str | None) -> dict[str, Any]:
    mission = session.get(Mission, code)
    if mission is None:
        raise NotFoundError(
            "mission.not-found", "{code} is not in the directory.", code=code, remedy="Search for it by name."
        )
    stands = (
        select(Stand, Campaign)
        .join(Campaign, col(Campaign.id) == col(Stand.campaign_id))
        .where(Stand.iso3 == code)
        .order_by(col(Campaign.id).desc())
    )
    subject = latest_subject(session) if theme is None else theme.strip()
    campaigns = session.exec(stands).all()
    subjects = {campaign.past_subject for _, campaign in campaigns if campaign.past_subject}
    return {
        "mission": mission,
        "past_known": is_known(session),
        "theme": subject,
        "record": votes_of(session, code, subject),
        "past_of": {one: past_on(session, one, [code]).of(code) for one in subjects},
        "contacts": session.exec(select(Contact).where(Contact.iso3 == code).order_by(col(Contact.id))).all(),
        "terms": session.exec(select(Term).where(Term.iso3 == code).order_by(col(Term.first_year).desc())).all(),
        "stands": campaigns,
        "answers": incoming(session, "all", iso3=code),
        "notes": notes(session, code),
        "changes": history_of_mission(session, code),
        "history": [directory_change(one, say) for one in history(session, code)[:_MOST_CHANGES]],
    }


def _word(position: Any) -> str:
    return "" if position is None else str(position)


def _matches(row: dict[str, Any], text: str) -> bool:
    if not text:
        return True
    fields = [row["iso3"], row["name"], row["formal_name"], row["group"], row["city"], *row["tags"]]
    fields += [words for contact in row["contacts"] for words in (contact["email"], contact["name"])]
    return any(text in folded(field) for field in fields)
