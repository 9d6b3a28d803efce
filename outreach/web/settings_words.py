"""Every setting in words for people: what it is called, what it is for, and with which others it stands."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from enum import Enum
from typing import Any

from pydantic import SecretStr

from outreach.catalogues import ENGLISH_TONGUE, Tongue
from outreach.presets import presets
from outreach.settings import FILE, PREFIX, Settings
from outreach.settings_change import BY_HAND

YES_NO = (("true", "yes"), ("false", "no"))
_SECURITIES = (("", "as is usual there"), ("starttls", "STARTTLS"), ("tls", "TLS from the start"), ("none", "none"))


@dataclass(frozen=True, slots=True)
class SettingField:
    """One setting as a field of a form."""

    name: str
    """As the file has it."""
    label: str
    hint: str = ""
    kind: str = "text"
    """text, number, lines (several, one a line), choice, secret, or time."""
    choices: tuple[tuple[str, str], ...] = ()

    @property
    def by_hand(self) -> str:
        """Why it can be changed in the file only; empty where it can be changed at the desk."""
        return BY_HAND.get(self.name, "")


@dataclass(frozen=True, slots=True)
class SettingGroup:
    """Settings that stand together."""

    key: str
    title: str
    fields: tuple[SettingField, ...]
    about: str = ""


GROUPS: tuple[SettingGroup, ...] = (
    SettingGroup(
        "sender", "Who writes",
        (
            SettingField("from", "Sender",
                         "Name and address, such as Coalition Secretariat <secretariat@coalition.example>"),
            SettingField("reply_to", "Answers to", "Where missions answer to. Empty: to the sender."),
            SettingField("bounce_address", "Letters that come back go to", "Empty: to the sender."),
            SettingField("bounce_tags", "A return address for each letter",
              "Where the mail server delivers box+TAG@domain to box.", "choice",
              (("auto", "once a test letter has shown that it works"), ("true", "yes"), ("false", "no"))),
            SettingField("archive", "Archive", "An address of your own that gets a copy of each live letter, unseen."),
            SettingField("copy_in_sent", "A copy in Sent", "", "choice",
              (("auto", "where the provider makes none"), ("true", "yes"), ("false", "no"))),
        ),
    ),
    SettingGroup(
        "server", "Sending server",
        (
            SettingField("provider", "Mail service", "What is known of it holds where nothing else is set.", "choice",
              (("", "another one"), *((name, one.title) for name, one in presets().items()))),
            SettingField("smtp_host", "Server", "Such as smtp.my-organisation.example. Empty: the mail service's own."),
            SettingField("smtp_port", "Port", "", "number"),
            SettingField("smtp_security", "Protection", "", "choice", _SECURITIES),
            SettingField("smtp_username", "Signs in as", "Most often the whole address."),
            SettingField("smtp_connections", "Connections at once", "", "number"),
            SettingField("smtp_letters_per_connection", "Letters on one connection", "", "number"),
            SettingField("smtp_per_domain", "Letters at once to one domain", "0 sets no limit.", "number"),
            SettingField("rate", "At most", "Such as 30/minute or 500/day, one a line.", "lines"),
            SettingField("smtp_ehlo_name", "Greets as", "Empty: this computer's own name."),
        ),
    ),
    SettingGroup(
        "box", "Mailbox for answers",
        (
            SettingField("imap_host", "Server", "Empty: the mail service's own, or none."),
            SettingField("imap_port", "Port", "", "number"),
            SettingField("imap_security", "Protection", "", "choice", _SECURITIES[1:]),
            SettingField("imap_username", "Signs in as"),
            SettingField("imap_folder", "Folder that is read", "Most often INBOX."),
            SettingField("imap_folders", "Further folders", "One a line; \\Junk for the one for spam.", "lines"),
            SettingField("imap_poll_seconds", "Asks for new mail every (seconds)", "", "number"),
            SettingField("no_mailbox", "There is no mailbox",
                         "Reminders then wait for no reading of it.", "choice", YES_NO),
        ),
        "Nothing in the mailbox is marked or moved.",
    ),
    SettingGroup(
        "rehearsal", "Whom rehearsal reaches",
        (
            SettingField("allow_list", "Whom rehearsal may write to",
              "One a line: an address, or all of a domain as @my-organisation.example.", "lines"),
        ),
        "In rehearsal no letter reaches anybody else.",
    ),
    SettingGroup(
        "team", "The team",
        (
            SettingField("team", "Mailed to", "Your own addresses, one a line. Never a mission's.", "lines"),
            SettingField("report_every", "The report is mailed", "", "choice",
              (("never", "never"), ("day", "each day"), ("week", "each week, on Monday"))),
            SettingField("report_time", "At", "", "time"),
            SettingField("report_language", "The report's language", "", "choice",
              (("en", "English"), ("fr", "français"), ("es", "español"))),
            SettingField("timezone", "Time zone", "Such as Europe/Zurich."),
        ),
    ),
    SettingGroup(
        "pace", "Time limits and trouble",
        (
            SettingField("grace_minutes", "A letter may be late by (minutes)",
                         "After that, a person is asked.", "number"),
            SettingField("retry_minutes", "Tried again after (minutes)", "Doubled each time.", "number"),
            SettingField("retry_hours", "Tried for (hours)", "", "number"),
            SettingField("pause_failures_percent", "Pause when so many are refused (per cent)", "", "number"),
            SettingField("pause_failures_after", "… once so many were tried", "", "number"),
            SettingField("retention_days", "Mails of campaigns at rest emptied after (days)", "0: never.", "number"),
            SettingField("retention_warning_days", "… warned of before (days)", "", "number"),
            SettingField("backup_keep", "Backups that are kept", "With 0, none is made by itself.", "number"),
            SettingField("dns_server", "DNS server for the check", "Empty: this computer's own."),
        ),
    ),
    SettingGroup(
        "sign-in", "Sign-in and signatures",
        (
            SettingField("smtp_client_id", "Application's number", "As the provider's page gave it."),
            SettingField("smtp_client_secret", "Application's secret", "", "secret"),
            SettingField("smtp_refresh_token", "Refresh token", "", "secret"),
            SettingField("smtp_token_url", "Address for tokens", "Empty: the provider's own."),
            SettingField("oauth_tenant", "Microsoft directory"),
            SettingField("oauth_authorize_url", "Address to sign in"),
            SettingField("oauth_device_url", "Address for codes"),
            SettingField("oauth_revoke_url", "Address to sign out"),
            SettingField("dkim_selector", "DKIM selector"),
            SettingField("dkim_domain", "DKIM domain", "Empty: that of the sender."),
            SettingField("dkim_key", "DKIM key"),
        ),
        "Most teams need nothing of this.",
    ),
    SettingGroup(
        "accounts", "Signing in to the desk",
        (
            SettingField("second_factor", "A second factor is asked of",
              "An authenticator app or a passkey, set up by each person at their own name.", "choice",
              (("nobody", "nobody"), ("approvers", "approvers and admins"), ("everybody", "everybody"))),
            SettingField("oidc_issuer", "Organisation's sign-in",
              "Its issuer (OpenID Connect), such as https://login.my-organisation.example. Empty: none."),
            SettingField("oidc_client_id", "This desk's number there"),
            SettingField("oidc_name", "What it is called", "As the button at the sign-in says it."),
        ),
        "Nobody gets an account by it unasked: it lets in whose mail address is recorded here, and who is invited.",
    ),
    SettingGroup(
        "events", "Events to another program",
        (
            SettingField("webhook_url", "Posted to", "An address that begins with https://."),
            SettingField("webhook_secret", "Signed with", "24 characters or more.", "secret"),
        ),
        "Most teams need nothing of this.",
    ),
    SettingGroup(
        "computer", "The computer",
        (
            SettingField("database_url", "Database"),
            SettingField("state_dir", "What is kept outside of it"),
            SettingField("backup_dir", "Backups"),
            SettingField("smtp_token_command", "Program for tokens, sending"),
            SettingField("imap_token_command", "Program for tokens, reading"),
        ),
    ),
)  # fmt: skip
BY_NAME: Mapping[str, SettingField] = {field.name: field for group in GROUPS for field in group.fields}


def group_of(key: str) -> SettingGroup | None:
    """Return a group by its key."""
    return next((one for one in GROUPS if one.key == key), None)


def field_at(where: str) -> SettingField | None:
    """Return the field that a problem's place is about: `outreach.toml, smtp_port`, a variable or a name."""
    name = where.removeprefix(f"{FILE}, ")
    return BY_NAME.get((name.removeprefix(PREFIX) if name.startswith(PREFIX) else name).lower())


def value_of(settings: Settings, name: str) -> Any:
    """Return a setting by the name that the file has for it."""
    return getattr(settings, "sender" if name == "from" else name)


def as_text(value: Any) -> str:
    """Return a value as a field shows it. A secret is never shown."""
    if value is None or isinstance(value, SecretStr):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, list | tuple):
        return "\n".join(map(str, value))
    return str(value)


def in_words(settings: Settings, field: SettingField, say: Tongue = ENGLISH_TONGUE) -> str:
    """Return a setting as it holds, for people to read. Of a secret only whether there is one."""
    value = value_of(settings, field.name)
    if isinstance(value, SecretStr):
        return say("given") if value.get_secret_value() else "–"
    text = as_text(value)
    if field.choices:
        text = say(dict(field.choices).get(text, text)) if text or "" in dict(field.choices) else text
    if field.kind == "number" and field.name.endswith("_port") and text == "0":
        return say("as is usual there")
    return text.replace("\n", ", ") or "–"
