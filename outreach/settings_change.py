"""Changing the settings' file: checked before it holds, whole or not at all, with its comments and what was there kept.

It is written within the transaction that records the change, as letters are marked in one: a letter is marked either
before the change, or under it.
"""

import re
import tomllib
from collections.abc import Collection, Mapping
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin

from sqlalchemy import Engine

from outreach import platform
from outreach.actors import Actor
from outreach.database import writing
from outreach.errors import ConflictError, Problem, SettingsError, UserError
from outreach.mail_password import Home, Protocol, account_of, keep
from outreach.people import audit
from outreach.settings import FILE, Settings, from_outside, settled
from outreach.settings_watch import FIXED, touch
from outreach.vocabulary import Act
from outreach.witness.installation import write_whole

BEFORE = f"{FILE}.before"
"""The file as it was before the last change."""
_LOCK = f".{FILE}.lock"
BY_HAND: Mapping[str, str] = {
    **dict.fromkeys(FIXED, "the desk stands on it"),
    "backup_dir": "it is a folder of the computer that runs the desk",
    "dkim_key": "it is a file of the computer that runs the desk",
    "smtp_token_command": "it is a program that is run on the computer that runs the desk",
    "imap_token_command": "it is a program that is run on the computer that runs the desk",
}
"""What is written into the file itself only, and why: whoever may do that has the computer, and not only an account."""
_LISTED = re.compile(r"(?:[^\s@()<>,;]*@)?[^\s@()<>,;]+\.[^\s@()<>,;]+")
_PASSWORDS = frozenset({"smtp_password", "imap_password"})
SWITCHED = "mode"
"""What is changed by a switch of its own (`outreach.going_live`)."""


def fields() -> dict[str, Any]:
    """Return every setting's type, by the name that the file has for it."""
    return {field.alias or name: field.annotation for name, field in Settings.model_fields.items()}


def digest_of(folder: Path) -> str:
    """Return what tells the file as it is now from others; for a form that was filled in while it was changed."""
    try:
        return sha256((folder / FILE).read_bytes()).hexdigest()
    except OSError:
        return ""


def typed(name: str, text: str) -> Any:
    """Return what a person typed as it is written into the file: a number, yes or no, a list, or the words.

    What can't be read so stays as it was typed: the check says what is wrong with it. None where nothing was typed.
    """
    text = text.strip()
    if not text:
        return None
    kinds = _kinds(fields()[name])
    if bool in kinds and text in ("true", "false"):
        return text == "true"
    if int in kinds and re.fullmatch(r"-?\d{1,9}", text):
        return int(text)
    if float in kinds and re.fullmatch(r"-?\d{1,9}(\.\d{1,9})?", text):
        return float(text)
    if tuple in kinds:
        return [part.strip() for part in re.split(r"[,;\n]", text) if part.strip()]
    return text


def change_settings(
    engine: Engine,
    folder: Path,
    wanted: Mapping[str, Any],
    *,
    by: Actor,
    seen: str | None = None,
    act: Act = Act.SETTINGS_CHANGED,
    detail: str = "",
    environ: Mapping[str, str] | None = None,
) -> tuple[str, ...]:
    """Write settings into a folder's file, by their names there, and return which of them were changed.

    None takes a setting out, so that what is known otherwise holds. `seen` is the `digest_of` the file that the person
    saw. The act tells the names, never a value. Raises SettingsError, which names each field and what is wrong with it,
    UserError for what is set outside of the file or can't be written, ConflictError where the file was changed since;
    then nothing was changed.
    """
    path = folder / FILE
    with _alone(folder), writing(engine) as session:
        before = _text(path)
        if seen is not None and seen != digest_of(folder):
            raise ConflictError(
                "settings.changed-since",
                "The settings were changed since this page was opened. Nothing was changed.",
                remedy="Look at them as they are now.",
            )
        changes = _changes(_parsed(before), wanted)
        if not changes:
            return ()
        _require_here(changes, environ)
        after = _written(before, changes)
        settled(_parsed(after), environ)
        keys = tuple(sorted(changes))
        audit.record(session, by, act, FILE, detail or ", ".join(keys))
        try:
            if before:  # a secret that is taken out is to be nowhere any more
                gone = {name: None for name in changes if changes[name] is None and name in _PASSWORDS}
                write_whole(folder / BEFORE, _written(before, gone))
            write_whole(path, after)
        except OSError as error:
            raise _unwritable(path, error) from None
    return keys


def keep_password(
    engine: Engine, folder: Path, settings: Settings, kinds: Collection[Protocol], password: str, *, by: Actor
) -> Home:
    """Keep the mail password for what is set, as `outreach password` does; what sends signs in with it from now on.

    One that stands in the file itself is taken out. Raises as `mail_password.keep` and `change_settings`.
    """
    home = Home.FILE
    for kind in kinds:
        home = keep(settings, kind, password)
        change_settings(engine, folder, {f"{kind}_password": None}, by=by)
    with writing(engine) as session:
        audit.record(session, by, Act.MAIL_PASSWORD_KEPT, ", ".join(account_of(settings, one) for one in kinds))
    touch(folder)
    return home


@contextmanager
def _alone(folder: Path) -> Any:
    try:
        with platform.locked(folder / _LOCK):
            yield
    except OSError as error:
        raise _unwritable(folder / FILE, error) from None


def _unwritable(path: Path, error: OSError) -> UserError:
    return UserError(
        "settings.not-written",
        "{path} can't be written: {error}. Nothing was changed.",
        path=path.name,
        error=error.strerror or error,
        remedy="Whoever set up this desk can let it write there.",
    )


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError("file.not-read", "{path} can't be read: {error}.", path=path.name, error=error) from None


def _parsed(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(
            "file.not-read", "{path} can't be read: {error}.", path=FILE, error=error, remedy="Correct that line."
        ) from None


def _changes(now: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    lower = {key.lower(): value for key, value in now.items()}
    return {name: value for name, value in wanted.items() if lower.get(name) != value}


def _require_here(changes: Mapping[str, Any], environ: Mapping[str, str] | None) -> None:
    outside = set(from_outside(environ).values())
    problems = [
        Problem(
            "settings.set-outside",
            "it is set outside of the desk, and can't be changed here",
            where=name,
            remedy="Whoever set up this desk can change it there.",
        )
        for name in changes
        if name in outside
    ]
    problems += [
        Problem(
            "settings.allow-list", "{entry!r} is neither an address nor a domain", entry=entry, where="allow_list",
            remedy="Write it as me@my-organisation.example, or as @my-organisation.example for a whole domain.",
        )
        for entry in changes.get("allow_list") or ()
        if not _LISTED.fullmatch(entry)
    ]  # fmt: skip
    if problems:
        raise SettingsError("settings.not-changed", "Nothing was changed.", problems=problems)


def _written(text: str, changes: Mapping[str, Any]) -> str:
    """Return the file's text with the changes: comments and order stay, and a setting goes below its own example."""
    import tomlkit

    document = tomlkit.parse(text)
    names = {key.lower(): key for key in document}
    added: dict[str, Any] = {}
    for name, value in changes.items():
        if value is None:
            document.pop(names.get(name, name), None)
        elif name in names:
            document[names[name]] = value
        else:
            added[name] = value
    after = tomlkit.dumps(document)
    for name, value in added.items():
        after = _with_line(after, name, f"{name} = {tomlkit.item(value).as_string()}")
    return after


def _with_line(text: str, name: str, line: str) -> str:
    lines = text.splitlines()
    table = next((place for place, one in enumerate(lines) if one.startswith("[")), len(lines))
    examples = [
        place for place, one in enumerate(lines[:table]) if re.match(rf"#\s*{re.escape(name)}\s*=", one) is not None
    ]
    lines.insert(examples[0] + 1 if examples else table, line)
    after = "\n".join(lines) + "\n"
    try:
        tomllib.loads(after)
    except tomllib.TOMLDecodeError:  # the example lies within a value of several lines
        return f"{line}\n{text}"
    return after


def _kinds(annotation: Any) -> set[type]:
    origin = get_origin(annotation)
    if origin in (Union, UnionType):
        return {kind for part in get_args(annotation) for kind in _kinds(part)}
    found = origin or annotation
    return {found} if isinstance(found, type) else set()
