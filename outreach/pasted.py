"""What can be done about something, at the command line: as a command that can be pasted, or an option to add."""

import shlex
from collections.abc import Mapping
from dataclasses import fields as names_of
from dataclasses import is_dataclass
from logging import LogRecord
from typing import Any, NamedTuple

from outreach.catalogues import ENGLISH_TONGUE, Tongue
from outreach.errors import OutreachError, Problem
from outreach.sentences import Doing, Mention, Sentence, fields


class Pasted(NamedTuple):
    """A command or an option; `{name:NAME}` is a fact, or NAME where it is not known."""

    command: str
    after: str = ": {}"
    """How it is appended to what is said."""


COMMANDS: Mapping[Doing, Pasted] = {
    Doing.CREATE_CAMPAIGN: Pasted("outreach campaign create NAME --letter LETTER --audience {audience:hrc-members}"),
    Doing.APPROVE: Pasted("outreach campaign approve {campaign:NAME} --by WHO"),
    Doing.APPROVE_DESPITE: Pasted("add --despite {codes:CODE}", ", or {}"),
    Doing.SCHEDULE: Pasted('outreach campaign schedule {campaign:NAME} --at "2024-03-18 09:00"'),
    Doing.AGAIN: Pasted("add --again", ": --again"),
    Doing.CANCEL: Pasted("outreach campaign cancel {campaign:NAME}"),
    Doing.DELETE: Pasted("outreach campaign delete {campaign:NAME}"),
    Doing.PAUSE: Pasted("outreach campaign pause {campaign:NAME}"),
    Doing.RESUME: Pasted("outreach campaign resume {campaign:NAME}"),
    Doing.RETRY: Pasted("outreach messages retry {campaign:NAME}"),
    Doing.CAMPAIGN: Pasted("outreach campaign status {campaign:NAME}"),
    Doing.LETTERS: Pasted("outreach messages list {campaign:NAME}"),
    Doing.CONFIRM: Pasted("add --yes {missions:N}"),
    Doing.CONFIRM_THINGS: Pasted("add --yes {things:N}"),
    Doing.BY: Pasted("add --by NAME"),
    Doing.SIGN_IN: Pasted("--by LOGIN", " with {} and the password, or at the desk"),
    Doing.OLD: Pasted("--old ADDRESS"),
    Doing.LANGUAGE: Pasted("add --language en"),
    Doing.IMPORT_MISSIONS: Pasted("outreach missions import FILE"),
    Doing.IMPORTS: Pasted("outreach missions history"),
    Doing.MAP: Pasted("--map {field:FIELD}={column:COLUMN}"),
    Doing.SHEET: Pasted("--sheet", " ({})"),
    Doing.DOUBLE: Pasted("add --double {key:KEY}=ROW (or =both, =aside)"),
    Doing.WHICH: Pasted("add --which {vote:VOTE}"),
    Doing.FACTS: Pasted("under [facts] in letter.toml", " {}"),
    Doing.OPEN_WORDS: Pasted("write {code:other words}"),
    Doing.MARK_READ: Pasted("outreach letter mark {letter} {language} read"),
    Doing.AGREE: Pasted("add --yes"),
    Doing.RETIRE: Pasted("add --replace {retired:N}"),
    Doing.KEEP: Pasted("add --keep"),
    Doing.EXCEPT: Pasted("--except", " with {}"),
    Doing.AS_OF: Pasted("--as-of", " ({})"),
    Doing.SKIP_STALE: Pasted("--skip-stale"),
    Doing.RECORD: Pasted("outreach votes past FILE.csv"),
    Doing.VOTES: Pasted("outreach votes import NAME FILE"),
    Doing.REPORT: Pasted("outreach report {campaign:NAME} --out FILE.xlsx"),
    Doing.OUT: Pasted("--out", " with {}"),
    Doing.INBOX: Pasted("outreach inbox list --all"),
    Doing.PROPOSALS: Pasted("outreach inbox proposals"),
    Doing.SETTLE: Pasted("outreach inbox settle {mail:N} ISO3"),
    Doing.UNDO: Pasted("outreach inbox undo {mail:N}"),
    Doing.SYNC: Pasted("outreach inbox sync", " ({})"),
    Doing.INGEST: Pasted("outreach inbox ingest PATH", " ({})"),
    Doing.OWN_WORDS: Pasted("--text TEXT"),
    Doing.WHICH_MAIL: Pasted("--reply N"),
    Doing.WITHOUT_OTHERS: Pasted("add --without-others"),
    Doing.BLOCKED: Pasted("outreach addresses list"),
    Doing.INIT: Pasted("outreach init"),
    Doing.RESTORE: Pasted("outreach restore {file:FILE}", " with {}"),
    Doing.REPLACE: Pasted("add --yes"),
    Doing.BACKUP: Pasted("outreach backup"),
    Doing.HERE: Pasted("outreach here"),
    Doing.HERE_YES: Pasted("outreach here --yes {letters:N}"),
    Doing.RUN: Pasted("outreach run"),
    Doing.SEND: Pasted("outreach send"),
    Doing.SERVE: Pasted("outreach serve"),
    Doing.SENDERS: Pasted("`outreach run`, `outreach send` and `outreach serve`"),
    Doing.EXAMINE: Pasted("outreach doctor"),
    Doing.SET_SENDER: Pasted(
        "outreach serve", ': write from = "Name <box@domain>" into outreach.toml, or OUTREACH_FROM; or at the desk ({})'
    ),
    Doing.SET_SERVER: Pasted(
        "outreach serve", ": write smtp_host into outreach.toml, or OUTREACH_SMTP_HOST; or at the desk ({})"
    ),
    Doing.MAIL_LOGIN: Pasted("outreach password"),
    Doing.MAIL_LOGIN_FILE: Pasted("outreach password --file"),
    Doing.BOX_LOGIN: Pasted("outreach password imap", " ({})"),
    Doing.SIGN_IN_MAIL: Pasted("outreach sign-in {provider:google}"),
    Doing.SIGN_IN_ELSEWHERE: Pasted("outreach sign-in {provider:google} --no-browser"),
    Doing.ADD_USER: Pasted("outreach user add LOGIN"),
    Doing.TO: Pasted("--to", " with {}"),
    Doing.DEMO: Pasted("outreach demo --dir DIR"),
}


def pasted(mention: Mention) -> str:
    """Word what can be done as a command, to stand where it is mentioned."""
    entry = COMMANDS[mention.doing]
    command = "".join(
        text + (_quoted(name, str(mention.facts[name])) if name in mention.facts else placeholder)
        for text, name, placeholder, _ in fields(entry.command)
    )
    if mention.words:
        begins = mention.words[:1].isupper() and not command.startswith("outreach ")  # a command is pasted as it stands
        return command[:1].upper() + command[1:] if begins else command
    return entry.after.format(command)


def _quoted(name: str, value: str) -> str:
    """Return a fact as the shell takes it: one word, but for several codes."""
    return shlex.join(value.split()) if name == "codes" else shlex.quote(value)


def in_words(said: Sentence | OutreachError | Problem | str | None, words: Tongue = ENGLISH_TONGUE) -> str:
    """Return a sentence, an error with its remedy, or a problem, as the command line says it."""
    if said is None or isinstance(said, str):
        return said or ""
    return (said if isinstance(said, Sentence) else said.whole()).said(words, pasted)


def error_as_json(error: OutreachError) -> dict[str, Any]:
    """Return an error as `--json` prints it: its code, which stays, the words, what can be done, and the facts."""
    return {
        "code": error.code,
        "message": in_words(error.says),
        "remedy": in_words(error.remedy),
        "can": [doing.name for doing in error.remedy.doings] if error.remedy else [],
        "facts": as_json(error.facts),
        "problems": as_json(error.problems),
    }


def logged(record: LogRecord) -> str:
    """Return what a record of the log says; errors and sentences in it as the command line says them."""
    values = record.args if isinstance(record.args, tuple) else ()
    if isinstance(record.msg, Sentence) and not values:
        return in_words(record.msg)
    worded = tuple(_whole(value) if isinstance(value, Sentence | OutreachError) else value for value in values)
    return str(record.msg) % worded if worded else record.getMessage()


def _whole(said: Sentence | OutreachError) -> str:
    problems = said.problems if isinstance(said, OutreachError) else ()
    return " ".join([in_words(said), *map(in_words, problems)])


def fields_of(value: Any) -> dict[str, Any]:
    """Return the fields of a dataclass by their names, as they are, but for those marked `json=False`: they are said in
    sentences only."""
    return {one.name: getattr(value, one.name) for one in names_of(value) if one.metadata.get("json", True)}


def as_json(value: Any) -> Any:
    """Return a value as `--json` prints it: dataclasses by their fields, problems and sentences in words."""
    if isinstance(value, Problem):
        return {"where": value.where, "what": in_words(value.says), "cure": in_words(value.remedy)}
    if isinstance(value, Sentence):
        return in_words(value)
    if is_dataclass(value) and not isinstance(value, type):
        return as_json(fields_of(value))
    if isinstance(value, Mapping):
        return {name: as_json(one) for name, one in value.items()}
    return [as_json(one) for one in value] if isinstance(value, list | tuple) else value
