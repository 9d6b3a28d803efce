"""Setting up, step by step: who writes, through which server, what is read, and a test of both. Each can wait."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import available_timezones

from anyio import to_thread
from fastapi import APIRouter, Request, Response
from starlette.datastructures import UploadFile

from outreach.doctor.doctor_box import box
from outreach.doctor.doctor_server import server
from outreach.errors import NotFoundError, OutreachError, UserError
from outreach.letters.changing import add_logo_to_all
from outreach.letters.editing import letterheads, save_letterhead
from outreach.mail_password import Protocol, account_of, home_of
from outreach.missions.allow_list import AllowList
from outreach.presets import presets
from outreach.schedule import send_hello
from outreach.settings import Settings, from_outside, mailbox
from outreach.settings_change import change_settings, digest_of, keep_password, typed
from outreach.text import is_reserved
from outreach.web.access import GuardedRoute
from outreach.web.desk import Desk, actor, desk_of
from outreach.web.render import go, page
from outreach.web.routes.settings import faults_of, require_own_file
from outreach.web.tongues import tongue_of
from outreach.workplace import samples

router = APIRouter(route_class=GuardedRoute)


@dataclass(frozen=True, slots=True)
class SetupStep:
    """One step: what it is called, and whether it is done."""

    key: str
    title: str
    done: Callable[[Settings], bool]
    optional: bool = False


def _named(settings: Settings) -> bool:
    return bool(settings.sender) and not is_reserved(mailbox(settings.sender)[1])


STEPS = (
    SetupStep("sender", "Who writes", _named),
    SetupStep("server", "The server that sends", lambda settings: bool(settings.smtp_host)),
    SetupStep("box", "The mailbox for answers", lambda settings: bool(settings.imap_host) or settings.no_mailbox),
    SetupStep("rehearsal", "Rehearsal", lambda settings: bool(settings.allow_list)),
    SetupStep("test", "A test of both", lambda _settings: False, optional=True),
    SetupStep("letterhead", "The letterhead", lambda _settings: False, optional=True),
    SetupStep("place", "Time zone", lambda settings: bool(settings.timezone)),
)


@router.get("/setup")
def setup_page(request: Request) -> Response:
    """The steps, and which of them are done."""
    desk = desk_of(request)
    return page(request, "setup.html", steps=STEPS, done=lambda one: one.done(desk.settings))


@router.get("/setup/{step}")
def setup_step(request: Request, step: str) -> Response:
    """One step."""
    return _shown(request, _step(step))


@router.post("/setup/{step}")
async def setup_keep(request: Request, step: str) -> Response:
    """Keep what was filled in, and go on to the next step; or make the test."""
    sent = await request.form()
    form = {key: value for key, value in sent.items() if isinstance(value, str)}
    logo = sent.get("logo")
    given = (logo.filename, await logo.read()) if isinstance(logo, UploadFile) and logo.filename else None
    request.state.logo = given
    await sent.close()
    return await to_thread.run_sync(_kept, request, _step(step), form)


def _kept(request: Request, step: SetupStep, form: Mapping[str, str]) -> Response:
    desk = desk_of(request)
    try:
        require_own_file(desk)
        said = _KEEP[step.key](request, desk, form)
    except UserError as error:
        return _shown(request, step, error, form)
    return said if isinstance(said, Response) else go(request, _after(step), said)


def _sender(request: Request, desk: Desk, form: Mapping[str, str]) -> str:
    name, address = " ".join(form.get("name", "").split()), form.get("address", "").strip()
    sender = f"{name} <{address}>" if name else address
    _write(request, desk, form, {"from": sender or None, "reply_to": form.get("reply_to", "").strip() or None})
    say = tongue_of(request)
    return say("Letters are written by {sender}.", sender=sender) if sender else say("Nobody is set who writes.")


def _server(request: Request, desk: Desk, form: Mapping[str, str]) -> str:
    names = ("provider", "smtp_host", "smtp_port", "smtp_security", "smtp_username")
    _write(request, desk, form, {name: typed(name, form.get(name, "")) for name in names})
    return _with_password(request, desk, form, Protocol.SMTP)


def _box(request: Request, desk: Desk, form: Mapping[str, str]) -> str:
    if form.get("none") == "yes":
        _write(request, desk, form, {"no_mailbox": True, "imap_host": None})
        return tongue_of(request)("There is no mailbox: answers are brought as files, under Inbox.")
    names = ("imap_host", "imap_port", "imap_username", "imap_folder")
    wanted = {name: typed(name, form.get(name, "")) for name in names}
    security = form.get("imap_security", "")
    if security and security != desk.settings.imap_security.value:
        wanted["imap_security"] = security
    _write(request, desk, form, wanted | {"no_mailbox": None})
    return _with_password(request, desk, form, Protocol.IMAP)


def _with_password(request: Request, desk: Desk, form: Mapping[str, str], kind: Protocol) -> str:
    """Keep the password that was typed; also for the other account, where that is the same and has none."""
    password = form.get("password", "")
    settings = desk.to_send()
    if not password:
        return tongue_of(request)("Kept.")
    other = Protocol.IMAP if kind is Protocol.SMTP else Protocol.SMTP
    users = {Protocol.SMTP: settings.smtp_username, Protocol.IMAP: settings.imap_username}
    same = account_of(settings, other) and users[other] == users[kind] and home_of(settings, other) is None
    home = keep_password(
        desk.engine, desk.folder, settings, [kind, other] if same else [kind], password, by=actor(request)
    )
    return tongue_of(request)(
        "Kept. The password is in {place}, and is shown to nobody.", place=tongue_of(request).word(home)
    )


def _rehearsal(request: Request, desk: Desk, form: Mapping[str, str]) -> str:
    listed = typed("allow_list", form.get("allow_list", "")) or []
    _write(request, desk, form, {"allow_list": listed})
    return tongue_of(request)("Kept.")


def _test(request: Request, desk: Desk, form: Mapping[str, str]) -> Response:
    settings = desk.to_send()
    findings, sent, fault = [], "", None
    if form.get("what") == "reading":
        findings = box(settings)
    else:
        findings = server(settings)
        to = form.get("to", "").strip()
        if not any(one.verdict == "wrong" for one in findings):
            try:
                if form.get("allow") == "yes":
                    _allow(request, desk, to)
                    settings = desk.to_send()
                sent = send_hello(desk.engine, settings, desk.folder, by=actor(request), to=to)
            except OutreachError as error:
                fault = error
    return _shown(request, _step("test"), fault, form, findings=findings, sent=sent, tried=True)


def _allow(request: Request, desk: Desk, to: str) -> None:
    listed = list(desk.settings.allow_list)
    if to and not AllowList(tuple(listed)).allows(to):
        change_settings(desk.engine, desk.folder, {"allow_list": [*listed, to]}, by=actor(request))


def _letterhead(request: Request, desk: Desk, form: Mapping[str, str]) -> str:
    names = list(letterheads(desk.templates))
    if request.state.logo is not None:
        file, content = request.state.logo
        add_logo_to_all(desk.engine, desk.templates, names, file, content, by=actor(request))
    changed = save_letterhead(
        desk.engine, desk.templates, names, head=form.get("head", ""), lines=form.get("lines", "").splitlines(),
        by=actor(request),
    )  # fmt: skip
    changed = names if request.state.logo is not None else changed
    say = tongue_of(request)
    if not changed:
        return say("Nothing was changed.")
    return say.several(
        "The letterhead of {count} letter is another one now.", "The letterhead of {count} letters is another one now.",
        len(changed),
    )  # fmt: skip


def _place(request: Request, desk: Desk, form: Mapping[str, str]) -> str:
    zone = form.get("timezone", "").strip()
    if zone not in available_timezones():
        raise UserError(
            "settings.no-zone", "{zone!r} is no time zone.", zone=zone, remedy="Choose one of the list."
        )  # fmt: skip
    _write(request, desk, form, {"timezone": zone})
    return tongue_of(request)("Times are those of {zone}.", zone=zone)


_KEEP: Mapping[str, Callable[[Request, Desk, Mapping[str, str]], str | Response]] = {
    "sender": _sender,
    "server": _server,
    "box": _box,
    "rehearsal": _rehearsal,
    "test": _test,
    "letterhead": _letterhead,
    "place": _place,
}


def _write(request: Request, desk: Desk, form: Mapping[str, str], wanted: Mapping[str, Any]) -> None:
    """Write what is another value than holds in the file; what is set outside and stays as it is, is left alone."""
    outside = set(from_outside().values())
    kept = {name: value for name, value in wanted.items() if name not in outside}
    change_settings(desk.engine, desk.folder, kept, by=actor(request), seen=form.get("seen"))


def _shown(
    request: Request,
    step: SetupStep,
    error: OutreachError | None = None,
    form: Mapping[str, str] | None = None,
    **more: Any,
) -> Response:
    desk = desk_of(request)
    settings = desk.settings
    values: dict[str, Any] = {
        "findings": [],
        "sent": "",
        "tried": False,
        "zones": [],
        "heads": {},
        "shipped": set(),
    } | more
    if step.key == "place":
        values["zones"] = sorted(available_timezones())
    if step.key == "letterhead":
        values["heads"] = letterheads(desk.templates)
        values["shipped"] = {one.name for one in letterheads(samples() / "templates").values()}
    try:
        name, address = mailbox(settings.sender)
    except ValueError:
        name, address = "", ""
    return page(
        request, "setup_step.html", 422 if error is not None and not values["tried"] else 200, step=step, steps=STEPS,
        error=error, faults=faults_of(error), form=defaultdict(str, form or {}),
        seen=digest_of(desk.folder), number=STEPS.index(step) + 1,
        later=_after(step), presets=presets(), name=name, address=address, outside=set(from_outside().values()),
        placeholder=bool(address) and is_reserved(address),
        accounts={one.value: account_of(settings, one) for one in Protocol},
        done=lambda one: one.done(settings), own=_own(settings, address), **values,
    )  # fmt: skip


def _own(settings: Settings, address: str) -> str:
    """An address of one's own to try with: the first that rehearsal may write to, else the sender's."""
    return next((one for one in settings.allow_list if one.partition("@")[0] and "@" in one), address)


def _after(step: SetupStep) -> str:
    place = STEPS.index(step) + 1
    return f"/setup/{STEPS[place].key}" if place < len(STEPS) else "/setup"


def _step(key: str) -> SetupStep:
    found = next((one for one in STEPS if one.key == key), None)
    if found is None:
        raise NotFoundError("setup.no-step", "There is no such step.")
    return found
