"""Settings: `outreach.toml` in the current folder, then `OUTREACH_…` in the environment, which wins."""

import difflib
import os
import re
import tomllib
from collections.abc import Mapping
from datetime import time
from email.headerregistry import Address
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)

from outreach.catalogues import SOURCE, languages
from outreach.clock import zone
from outreach.errors import Problem, SettingsError, UserError
from outreach.presets import filled, presets
from outreach.sentences import Remedy, Sentence, saying

FILE = "outreach.toml"
PREFIX = "OUTREACH_"
PASSWORD_FILE = "OUTREACH_PASSWORD_FILE"  # noqa: S105  (a name, and no password)
"""No setting, but a variable all the same: the file whose first line is the password of whoever approves."""
_LEAST_SECRET = 24
_LABEL = "[0-9A-Za-z](?:[0-9A-Za-z-]{0,61}[0-9A-Za-z])?"
_HOST = re.compile(rf"(?=.{{1,255}}$)(?:{_LABEL}(?:\.{_LABEL})*|\[[0-9A-Za-z.:]+\])")
"""A name of the DNS, or an address literal (RFC 5321, 4.1.2 and 4.1.3)."""


class Mode(StrEnum):
    """Whether mail may reach a real mission."""

    REHEARSAL = "rehearsal"
    LIVE = "live"


class ReportEvery(StrEnum):
    """How often the report is mailed to the team."""

    NEVER = "never"
    DAY = "day"
    WEEK = "week"


class Security(StrEnum):
    """How a connection is protected: not at all, by STARTTLS (RFC 3207), or by TLS from the start (RFC 8314)."""

    NONE = "none"
    STARTTLS = "starttls"
    TLS = "tls"


class BounceTags(StrEnum):
    """Whether each letter has a return address of its own, `box+TAG@domain` (VERP)."""

    AUTO = "auto"
    """Once a test letter has shown that such addresses come into the box that is read."""
    YES = "true"
    NO = "false"


class SecondFactor(StrEnum):
    """Who has to have a second factor at the desk."""

    NOBODY = "nobody"
    APPROVERS = "approvers"
    """Approvers and admins."""
    EVERYBODY = "everybody"


class CopyInSent(StrEnum):
    """Whether a copy of each live letter is put into the mailbox's Sent folder."""

    AUTO = "auto"
    """Where a mailbox is set, and the provider does not do so by itself."""
    YES = "true"
    NO = "false"


def _listed(value: Any) -> Any:
    return [part for part in re.split(r"[,;\s]+(?!recipients/)", value) if part] if isinstance(value, str) else value


def _named(value: Any) -> Any:
    """Return the names in a line, which may hold spaces."""
    return [part.strip() for part in re.split(r"[,;\n]", value) if part.strip()] if isinstance(value, str) else value


def is_safe_address(url: str) -> bool:
    """Tell whether a secret may be sent to an address: https, or http to this machine; without user or password."""
    return re.fullmatch(r"(https://[^\s/@]+|http://(127\.0\.0\.1|localhost)(:\d+)?)(/\S*)?", url) is not None


def is_here(host: str) -> bool:
    """Tell whether a host is this machine: what is said to it goes over no network."""
    return host in {"localhost", "::1"} or host.startswith("127.")


class UnfitValue(ValueError):
    """What is wrong with a setting's value, as a sentence; pydantic carries it on."""

    def __init__(self, code: str, template: str, /, **facts: object) -> None:
        """Take code and template of what is wrong (see `sentences`), and the facts."""
        self.says = Sentence(code, template, facts)
        super().__init__(str(self.says))

    @classmethod
    def of(cls, says: Sentence) -> Self:
        """Return what is wrong as it was said already."""
        return cls(says.code, says.template, **says.facts)


class Settings(BaseModel):
    """Everything that can be set. Field names are those of outreach.toml; the environment's are in capitals."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    database_url: str = "sqlite:///outreach.db"
    state_dir: str = ""
    """Where this installation keeps what it knows outside of any database (see `outreach.witness`); the user's own
    state directory where it is empty."""
    mode: Mode = Mode.REHEARSAL
    allow_list: Annotated[tuple[str, ...], BeforeValidator(_listed)] = ()
    """What rehearsal may write to: addresses, domains as `@example.org`, with all below them as `example.org`."""
    sender: str = Field(default="", alias="from")
    """The From header, such as `Secretariat <secretariat@coalition.example>`."""
    reply_to: str = ""
    bounce_address: str = ""
    bounce_tags: BounceTags = BounceTags.AUTO
    """Whether each letter has a return address of its own, `box+TAG@domain`, which the server delivers to `box`."""
    provider: str = ""
    """The mail service, such as `gmail`: what is known of it holds where nothing else is set (presets.toml)."""
    smtp_host: str = ""
    smtp_port: int = Field(default=0, ge=0, le=65535)
    smtp_security: Security | None = None
    smtp_username: str = ""
    smtp_password: SecretStr = SecretStr("")
    smtp_token_command: str = ""
    """A command that prints an OAuth access token, used in place of a password (XOAUTH2)."""
    smtp_refresh_token: SecretStr = SecretStr("")
    smtp_client_id: str = ""
    smtp_client_secret: SecretStr = SecretStr("")
    smtp_token_url: str = ""
    """Where a refresh token is exchanged for an access token; the provider's own where it is empty."""
    oauth_tenant: str = "organizations"
    """Microsoft 365: whose accounts the application takes, as the directory's ID or name."""
    oauth_authorize_url: str = ""
    oauth_device_url: str = ""
    oauth_revoke_url: str = ""
    """Where one signs in, gets a code and signs out again; the provider's own where they are empty."""
    smtp_connections: int = Field(default=4, ge=1, le=64)
    smtp_letters_per_connection: int = Field(default=200, ge=1)
    smtp_ehlo_name: str = ""
    """The name to greet the mail server with; empty for this computer's own, or its address where it has none."""
    smtp_per_domain: int = Field(default=0, ge=0)
    """The most letters on their way to one receiving domain at a time; 0 sets no limit."""
    rate: Annotated[tuple[str, ...], BeforeValidator(_listed)] = ()
    """The most letters in a span of time, such as `30/minute` and `500/day`."""
    backup_dir: str = "backups"
    """Where backups are written, from the campaign's folder on; another disk is safer."""
    retention_days: int = Field(default=0, ge=0)
    """So many days after a campaign has come to rest, its mails are emptied of their words, and contacts that left the
    sheet so long ago are erased. With 0, nothing is."""
    retention_warning_days: int = Field(default=14, ge=1)
    """How many days before that it is said, by `status` and at the desk."""
    backup_keep: int = Field(default=14, ge=0)
    """How many of the backups that are made by themselves are kept; with 0, none is made by itself."""
    timezone: str = "Europe/Zurich"
    grace_minutes: int = Field(default=60, ge=1)
    """How long past its time a letter still goes out without a person's word."""
    retry_minutes: float = Field(default=5, gt=0)
    """How long after a refusal for now a letter is tried again; doubled each time, up to 48 times as long."""
    retry_hours: int = Field(default=48, ge=1)
    """How long a letter that is refused for now is tried again at all."""
    pause_failures_percent: int = Field(default=20, ge=1, le=100)
    """A campaign pauses by itself when more of its letters than this were refused for good ..."""
    pause_failures_after: int = Field(default=10, ge=1)
    """... once so many have been tried."""
    dkim_key: str = ""
    """The file of the RSA key that letters are signed with (RFC 6376); empty if the mail server signs them."""
    dkim_selector: str = ""
    dkim_domain: str = ""
    """The signing domain; that of the sender where it is empty."""
    team: Annotated[tuple[str, ...], BeforeValidator(_listed)] = ()
    """The team's own addresses: what `run` mails its reports and notices to. Never a mission's."""
    report_every: ReportEvery = ReportEvery.NEVER
    """Whether each running campaign's report is mailed to the team: never, each day, or each week (on Monday)."""
    report_time: time = time(8)
    """When, in `timezone`."""
    report_language: str = "en"
    """The language of reports where none is asked for: `en`, `fr` or `es`."""
    imap_host: str = ""
    imap_port: int = Field(default=0, ge=0, le=65535)
    imap_security: Security = Security.TLS
    imap_username: str = ""
    imap_password: SecretStr = SecretStr("")
    imap_folder: str = "INBOX"
    imap_folders: Annotated[tuple[str, ...], BeforeValidator(_named)] = ()
    """Further folders that are read, `\\Junk` for the one for spam; where none is named, that one is read too."""
    imap_token_command: str = ""
    """A command that prints an access token, for XOAUTH2 in place of a password."""
    imap_poll_seconds: int = Field(default=60, ge=1)
    """How often the box is asked for new mail, where the server does not tell of it by itself."""

    webhook_url: str = ""
    """Where every event is posted to (docs/events.md); empty: nowhere."""
    webhook_secret: SecretStr = SecretStr("")
    """What the posts are signed with."""

    copy_in_sent: CopyInSent = CopyInSent.AUTO
    archive: str = ""
    """An address of the team's own that gets a copy of each live letter, unseen by the missions."""
    dns_server: str = ""
    """The DNS server that `doctor` asks about the sender's domain, as ADDRESS or ADDRESS:PORT; else the system's."""

    second_factor: SecondFactor = SecondFactor.NOBODY
    """Who has to have a second factor at the desk: `nobody`, `approvers` (and admins), or `everybody`."""
    oidc_issuer: str = ""
    """The organisation's own sign-in (OpenID Connect): the issuer, such as https://login.coalition.example."""
    oidc_client_id: str = ""
    oidc_name: str = ""
    """What the button at the sign-in calls it; the issuer's host where it is empty."""
    no_mailbox: bool = False
    """Whether there is no box of answers: follow-ups then go out without waiting until it has been read."""

    @field_validator(
        "mode", "smtp_security", "imap_security", "report_every", "copy_in_sent", "bounce_tags", "second_factor",
        mode="before",
    )  # fmt: skip
    @classmethod
    def _lower(cls, value: Any) -> Any:
        if isinstance(value, bool):  # as TOML writes it
            return str(value).lower()
        return (value.strip().lower() or None) if isinstance(value, str) else value

    @field_validator("report_language")
    @classmethod
    def _language(cls, value: str) -> str:
        language = value.strip().lower() or SOURCE
        if language not in languages():
            raise UnfitValue(
                "settings.language", "there are no words in {value!r}. There are {known}", value=value,
                known=", ".join(languages()),
            )  # fmt: skip
        return language

    @field_validator("smtp_port", "imap_port", mode="before")
    @classmethod
    def _empty_port(cls, value: Any) -> Any:
        return 0 if value == "" else value

    @field_validator("smtp_ehlo_name")
    @classmethod
    def _greeting(cls, value: str) -> str:
        if value and not _HOST.fullmatch(value):
            raise UnfitValue(
                "settings.ehlo-name", "{value!r} is no name of a computer. Write it as mail.coalition.example",
                value=value,
            )  # fmt: skip
        return value

    @field_validator("rate")
    @classmethod
    def _rates(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for part in value:
            if not re.fullmatch(r"[1-9]\d*( recipients)?/(minute|hour|day)", part):
                raise UnfitValue(
                    "settings.rate", "{part!r} is not a rate. Write it as 30/minute, 200/hour or 500 recipients/day",
                    part=part,
                )  # fmt: skip
        return value

    @model_validator(mode="before")
    @classmethod
    def _preset(cls, values: Any) -> Any:
        """Fill in what is known of the mail service where nothing was set."""
        if not isinstance(values, dict) or not (name := str(values.get("provider") or "").strip().lower()):
            return values
        if (preset := presets().get(name)) is None:
            return values  # `_provider` says so
        try:
            address = mailbox(str(values.get("from") or values.get("sender") or ""))[1]
        except ValueError:
            address = ""
        return filled(values, preset, address)

    @field_validator("provider")
    @classmethod
    def _provider(cls, value: str) -> str:
        name = value.strip().lower()
        if name and name not in presets():
            raise UnfitValue(
                "settings.preset", "there is no preset {value!r}. There are {known}", value=value,
                known=", ".join(presets()),
            )  # fmt: skip
        return name

    @field_validator("smtp_token_url", "oauth_authorize_url", "oauth_device_url", "oauth_revoke_url")
    @classmethod
    def _oauth_url(cls, value: str) -> str:
        if value and not is_safe_address(value):
            raise UnfitValue(
                "settings.secret-address",
                "it must begin with https://, for a secret is sent there; and hold no user or password",
            )
        return value

    @field_validator("oidc_issuer")
    @classmethod
    def _issuer(cls, value: str) -> str:
        if value and (not is_safe_address(value) or "?" in value or "#" in value):
            raise UnfitValue(
                "settings.issuer", "it must begin with https://, and hold no user, password or question mark"
            )
        return value

    @field_validator("oauth_tenant")
    @classmethod
    def _tenant(cls, value: str) -> str:
        if not re.fullmatch(r"[A-Za-z0-9.-]+", value):
            raise UnfitValue("settings.tenant", "it is the directory's ID or name, such as coalition.example")
        return value

    @field_validator("webhook_url")
    @classmethod
    def _webhook_url(cls, value: str) -> str:
        if value and not is_safe_address(value):
            raise UnfitValue(
                "settings.webhook",
                "it must begin with https://, for it tells who answers what; and hold no user or password",
            )
        return value

    @model_validator(mode="after")
    def _belong_together(self) -> Self:
        if self.webhook_url and len(self.webhook_secret.get_secret_value()) < _LEAST_SECRET:
            raise UnfitValue(
                "settings.webhook-secret",
                "webhook_url needs webhook_secret beside it, of {least} characters or more", least=_LEAST_SECRET,
            )  # fmt: skip
        if bool(self.oidc_issuer) != bool(self.oidc_client_id):
            raise _together("oidc_issuer", "oidc_client_id")
        if self.smtp_refresh_token.get_secret_value() and not (self.smtp_token_url and self.smtp_client_id):
            raise UnfitValue(
                "settings.refresh-token", "smtp_refresh_token needs smtp_token_url and smtp_client_id beside it"
            )
        if bool(self.dkim_key) != bool(self.dkim_selector):
            raise _together("dkim_key", "dkim_selector")
        return self

    @field_validator("timezone")
    @classmethod
    def _zone(cls, value: str) -> str:
        try:
            return zone(value).key
        except UserError as error:
            raise UnfitValue.of(error.whole()) from None

    @field_validator("team")
    @classmethod
    def _team(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for address in value:
            if mailbox(address)[1] != address:
                raise UnfitValue(
                    "settings.bare", "{address!r} is more than an address. Write the bare address", address=address
                )
        return value

    @field_validator("archive")
    @classmethod
    def _archive(cls, value: str) -> str:
        if value:
            try:
                bare = mailbox(value)[1] == value
            except ValueError as error:
                raise _no_address(error) from None
            if not bare:
                raise UnfitValue(
                    "settings.bare", "{address!r} is more than an address. Write the bare address", address=value
                )
        return value

    @field_validator("dns_server")
    @classmethod
    def _dns_server(cls, value: str) -> str:
        if value:
            match = re.fullmatch(r"(\d+\.\d+\.\d+\.\d+|\[[0-9a-fA-F:.]+\])(:\d{1,5})?", value)
            try:
                ip_address(match[1].strip("[]") if match else "")
            except ValueError:
                raise UnfitValue("settings.dns", "write it as 192.0.2.1, 192.0.2.1:53 or [2001:db8::1]:53") from None
        return value

    @field_validator("sender", "reply_to", "bounce_address")
    @classmethod
    def _mailbox(cls, value: str) -> str:
        if value:
            try:
                mailbox(value)
            except ValueError as error:
                raise _no_address(error) from None
        return value

    @property
    def live(self) -> bool:
        """Whether mail may reach a real mission."""
        return self.mode is Mode.LIVE

    @property
    def tz(self) -> ZoneInfo:
        """The zone that times are shown in where no campaign says otherwise."""
        return zone(self.timezone)

    @property
    def security(self) -> Security:
        """The protection of the SMTP connection: STARTTLS unless set; none towards this machine itself."""
        if self.smtp_security is not None:
            return self.smtp_security
        return Security.NONE if is_here(self.smtp_host) else Security.STARTTLS

    @property
    def port(self) -> int:
        """The SMTP port: as set, else the registered one for the kind of connection (RFC 6409, RFC 8314)."""
        return self.smtp_port or {Security.NONE: 25, Security.STARTTLS: 587, Security.TLS: 465}[self.security]


def _together(one: str, other: str) -> UnfitValue:
    return UnfitValue(
        "settings.together", "{one} and {other} belong together: set both or neither", one=one, other=other
    )


def _no_address(error: ValueError) -> UnfitValue:
    why = error.says if isinstance(error, UnfitValue) else str(error)
    return UnfitValue("settings.no-address", "it is not an e-mail address ({why})", why=why)


def mailbox(text: str) -> tuple[str, str]:
    """Split `Name <box@domain>` into its name and its address (RFC 5322, 3.4).

    Raises ValueError for anything else.
    """
    match = re.fullmatch(r"\s*(?:(?P<name>[^<>]*?)\s*<(?P<boxed>[^<>\s]+)>|(?P<bare>[^<>\s]+))\s*", text)
    if match is None or re.search(r"[\x00-\x1f\x7f]", text):
        raise UnfitValue("settings.mailbox", "write it as Name <box@domain>")
    address = match["boxed"] or match["bare"]
    local, _, domain = address.rpartition("@")
    if not local or not domain:
        raise UnfitValue("settings.no-at", "it has no @")
    try:
        Address(username=local, domain=domain)
    except Exception as error:  # noqa: BLE001  (the header registry raises many kinds for bad syntax)
        raise ValueError(str(error)) from None
    return (match["name"] or "").strip().strip('"'), address


def load(folder: Path | None = None, environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings that hold in a folder (default: the current one).

    Raises SettingsError, which names the file or the variable, the value and the cure; also for a variable OUTREACH_…
    that is no setting, for somebody meant it to be one.
    """
    return settled(_from_file((folder or Path()) / FILE), environ)


def settled(in_file: Mapping[str, Any], environ: Mapping[str, str] | None = None) -> Settings:
    """Return the settings that hold with what stands in the file, and what is set in the environment, which wins.

    Raises SettingsError as `load` does.
    """
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for key, value in in_file.items():
        values[key.lower()], origins[key.lower()] = value, f"{FILE}, {key}"
    for variable, key in from_outside(environ).items():
        values[key], origins[key] = (os.environ if environ is None else environ)[variable], variable
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        problems = [_problem(fault, origins, values) for fault in error.errors()]
        raise SettingsError("settings.unusable", "The settings can't be used.", problems=problems) from None


def from_outside(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return which settings are set in the environment, whatever the file says, by their variables."""
    return {
        variable: variable.removeprefix(PREFIX).lower()
        for variable in (os.environ if environ is None else environ)
        if variable.startswith(PREFIX) and variable != PASSWORD_FILE
    }


def _from_file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(
            "file.not-read", "{path} can't be read: {error}.", path=path.name, error=error, remedy="Correct that line."
        ) from None
    except OSError as error:
        raise SettingsError(
            "file.not-read", "{path} can't be read: {error}.", path=path.name, error=error.strerror
        ) from None


def _said(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


_PLAIN = {
    "int_": saying("settings.whole", "it has to be a whole number"),
    "float_": saying("settings.number", "it is no number"),
    "bool_": saying("settings.truth", "it is neither true nor false"),
    "time_": saying("settings.time", "it is no time such as 08:00"),
    "enum": saying("settings.choice", "it is none of {expected}", expected=""),
    "less_than_equal": saying("settings.most", "it can be {le} at most", le=""),
    "greater_than_equal": saying("settings.least", "it has to be {ge} or more", ge=""),
    "greater_than": saying("settings.more", "it has to be more than {gt}", gt=""),
}
"""What the checks of single values say, in plain words, by how the kind of the fault begins."""


def _names() -> set[str]:
    return {field.alias or name for name, field in Settings.model_fields.items()}


def _problem(fault: Any, origins: Mapping[str, str], values: Mapping[str, Any]) -> Problem:
    context = fault.get("ctx", {})
    error = context.get("error")
    said = error.says if isinstance(error, UnfitValue) else fault["msg"].removeprefix("Value error, ")
    if not fault["loc"]:
        return Problem("settings.wrong", "{said}", said=said, where=FILE)
    key = str(fault["loc"][0])
    where = origins.get(key, key)
    if fault["type"] == "extra_forbidden":
        near = difflib.get_close_matches(key, _names(), n=1)
        meant = f"{PREFIX}{near[0].upper()}" if near and where.startswith(PREFIX) else "".join(near)
        return Problem(
            "settings.unknown",
            "there is no such setting",
            where=where,
            remedy=Remedy("Did you mean {meant}?", meant=meant) if meant else Remedy("Remove it."),
        )
    plain = next((one for kind, one in _PLAIN.items() if fault["type"].startswith(kind)), None)
    what = Sentence(plain.code, plain.template, context) if plain is not None else said
    secret = any(word in key for word in ("password", "secret", "token"))
    if secret:
        return Problem("settings.secret", "{said}", said=what, where=where)
    given = values.get(key)
    value = given if isinstance(given, int | float) else _said(given)
    return Problem("settings.value", "{said} (it is {value!r})", said=what, value=value, where=where)
