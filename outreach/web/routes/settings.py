"""The settings: how they stand, changed by those who may, and the switch between rehearsal and live."""

import tomllib
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response

from outreach.backup.kept import finding
from outreach.database import writing
from outreach.doctor import readable
from outreach.doctor.examine import examine
from outreach.errors import ConflictError, NotFoundError, OutreachError, UserError
from outreach.going_live import ask_for_live, confirm_live, end_live, live_standing
from outreach.mail_password import Protocol, account_of
from outreach.people import audit
from outreach.people.oidc import keep_issuer_secret, kept_issuer_secret
from outreach.settings import FILE, from_outside
from outreach.settings_change import change_settings, digest_of, keep_password, typed
from outreach.vocabulary import Act
from outreach.web.access import GuardedRoute
from outreach.web.conflict import Conflict, two_sides
from outreach.web.desk import Desk, actor, desk_of
from outreach.web.form_fields import Password, Short
from outreach.web.letting_in import root_of
from outreach.web.render import go, page
from outreach.web.settings_words import GROUPS, SettingGroup, as_text, field_at, group_of, in_words, value_of
from outreach.web.tongues import tongue_of

router = APIRouter(route_class=GuardedRoute)


@router.get("/settings")
def settings_page(request: Request) -> Response:
    """What is set, passwords aside."""
    return _settings(request)


@router.get("/settings/check")
def settings_check(request: Request) -> Response:
    """What the doctor finds: settings, database, clock, sender, mail server. Nothing is sent."""
    desk = desk_of(request)
    findings = [
        *examine(desk.settings, desk.folder),
        *readable.findings(desk.settings, desk.folder),
        finding(desk.settings, desk.folder),
    ]
    return page(request, "settings_check.html", findings=findings)


@router.get("/settings/change/{group}")
def settings_form(request: Request, group: str) -> Response:
    """The settings of a group, to be changed."""
    return form_page(request, _group(group))


@router.post("/settings/change/{group}")
async def settings_change(request: Request, group: str) -> Response:
    """Change the settings of a group, all of them or none."""
    from anyio import to_thread

    return await to_thread.run_sync(_change, request, _group(group), dict(await request.form()))


@router.post("/settings/password")
def settings_password(request: Request, password: Password = "", kind: Short = "") -> Response:
    """Keep the mail password: for sending, for reading, or for both where it is one account. It is never shown."""
    desk = desk_of(request)
    settings = desk.to_send()
    kinds = [one for one in Protocol if kind in (one.value, "both") and account_of(settings, one)]
    if not kinds:
        raise UserError(
            "settings.no-account", "No mail account is set yet, so that the password belongs to nobody.",
            remedy="Fill in the server and the name to sign in with first.",
        )  # fmt: skip
    home = keep_password(desk.engine, desk.folder, settings, kinds, password, by=actor(request))
    return go(
        request,
        "/settings/change/server" if kind != "imap" else "/settings/change/box",
        tongue_of(request)("The password is kept in {place}.", place=home),
    )


@router.post("/settings/issuer-secret")
def issuer_secret(request: Request, secret: Password = "") -> Response:
    """Keep the secret of this desk at the organisation's sign-in; an empty one is forgotten. It is never shown."""
    desk = desk_of(request)
    with writing(desk.engine) as session:
        audit.record(session, actor(request), Act.SIGN_IN_SECRET_KEPT, desk.settings.oidc_issuer)
        home = keep_issuer_secret(desk.to_send(), secret)
    say = tongue_of(request)
    words = say("The secret is kept in {place}.", place=home) if secret else say("The secret is forgotten.")
    return go(request, "/settings/change/accounts", words)


@router.post("/settings/live")
def live_switch(request: Request, step: Short = "") -> Response:
    """Ask for live mode, or confirm it as the second person."""
    desk = desk_of(request)
    require_own_file(desk)
    say = tongue_of(request)
    try:
        if step == "confirm":
            asked = confirm_live(desk.engine, desk.folder, by=actor(request))
            return go(request, "/settings", say("Live. {who} asked for it, and you confirmed it.", who=asked.by))
        ask_for_live(desk.engine, desk.folder, by=actor(request))
    except UserError as error:
        return _settings(request, error)
    return go(request, "/settings", say("Live mode is asked for. Another person with an account has to confirm it."))


@router.post("/settings/rehearsal")
def rehearsal_switch(request: Request) -> Response:
    """Go back to rehearsal."""
    desk = desk_of(request)
    require_own_file(desk)
    try:
        end_live(desk.engine, desk.folder, by=actor(request))
    except UserError as error:
        return _settings(request, error)
    return go(request, "/settings", tongue_of(request)("Rehearsal. No other letter goes to a mission."))


def form_page(
    request: Request,
    group: SettingGroup,
    error: OutreachError | None = None,
    given: Mapping[str, Any] | None = None,
    code: int = 200,
) -> Response:
    """Return the form of a group, with what was typed and what is wrong with it."""
    desk, say, conflict = desk_of(request), tongue_of(request), None
    if isinstance(error, ConflictError):
        shown = shown_texts(desk, group)
        sides = [
            (say(field.label), str(given.get(field.name, "")), shown[field.name])
            for field in group.fields
            if given and field.name in given and not field.by_hand
        ]
        path = f"/settings/change/{group.key}"
        conflict, code = Conflict(path, path, "settings-form", two_sides(sides)), 409
    return page(
        request, "settings_form.html", code, conflict=conflict,
        group=group, groups=GROUPS, error=error, faults=faults_of(error),
        shown=shown_texts(desk, group), given=given or {}, outside=set(from_outside().values()),
        value=lambda field: in_words(desk.settings, field, say), seen=digest_of(desk.folder),
        accounts={one.value: account_of(desk.settings, one) for one in Protocol}, changeable=desk.watch is not None,
        back=f"{root_of(request)}/login/organisation/back",
        has_secret=bool(group.key == "accounts" and desk.settings.oidc_issuer and kept_issuer_secret(desk.settings)),
    )  # fmt: skip


def shown_texts(desk: Desk, group: SettingGroup) -> dict[str, str]:
    """Return what each field shows: what stands in the file; of a choice, what holds."""
    try:
        written = tomllib.loads((desk.folder / FILE).read_text(encoding="utf-8-sig"))
    except (OSError, ValueError):
        written = {}
    in_file = {key.lower(): value for key, value in written.items()}
    shown: dict[str, str] = {}
    for field in group.fields:
        holds = as_text(value_of(desk.settings, field.name))
        is_own = field.choices and "" not in dict(field.choices)
        if field.kind == "secret":
            shown[field.name] = ""
        else:
            shown[field.name] = holds if is_own or field.kind == "time" else as_text(in_file.get(field.name))
    return shown


def faults_of(error: OutreachError | None) -> list[tuple[Any, Any]]:
    """Return each thing that is wrong, with the field that it is about, if any."""
    return [(field_at(one.where), one) for one in error.problems] if error is not None else []


def changed_in(desk: Desk, group: SettingGroup, form: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a form changes, as it is written into the file."""
    shown = shown_texts(desk, group)
    changes: dict[str, Any] = {}
    for field in group.fields:
        text = form.get(field.name)
        if not isinstance(text, str) or field.by_hand:
            continue
        text = text.replace("\r\n", "\n").strip()
        if text != shown[field.name]:
            changes[field.name] = typed(field.name, text)
    return changes


def require_own_file(desk: Desk) -> None:
    """Raise UserError where the desk's settings come from no file, as those of the demo."""
    if desk.watch is None:
        raise UserError(
            "settings.fixed", "The settings of this desk are fixed. Nothing was changed.",
            remedy="Begin in a folder of your own{SERVE}.",
        )  # fmt: skip


def _change(request: Request, group: SettingGroup, form: Mapping[str, Any]) -> Response:
    desk = desk_of(request)
    try:
        require_own_file(desk)
        keys = change_settings(
            desk.engine, desk.folder, changed_in(desk, group, form), by=actor(request), seen=str(form.get("seen", ""))
        )
    except UserError as error:
        return form_page(request, group, error, form, 422)
    say = tongue_of(request)
    if not keys:
        return go(request, f"/settings/change/{group.key}", say("Nothing was changed."))
    labels = ", ".join(say(field.label) for field in group.fields if field.name in keys)
    return go(request, f"/settings/change/{group.key}", say("Kept, and in force from now on: {labels}.", labels=labels))


def _settings(request: Request, error: OutreachError | None = None) -> Response:
    desk = desk_of(request)
    return page(
        request, "settings.html", 200 if error is None else 422, groups=GROUPS, error=error,
        value=lambda field: in_words(desk.settings, field, tongue_of(request)), outside=set(from_outside().values()),
        switch=live_standing(desk.engine, desk.settings, actor(request)), tz=desk.settings.tz,
        changeable=desk.watch is not None,
    )  # fmt: skip


def _group(key: str) -> SettingGroup:
    if (found := group_of(key)) is None:
        raise NotFoundError("settings.no-group", "There are no such settings.")
    return found
