"""What is known of mail services, so that a team names its own (`provider = "gmail"`) and looks nothing up."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

_PROTOCOLS = ("smtp", "imap")


@dataclass(frozen=True, slots=True)
class Preset:
    """One mail service."""

    name: str
    title: str
    full_address: bool
    """Whether the user name is the whole address."""
    limits: str
    sources: tuple[str, ...]
    settings: Mapping[str, Any]
    sign_in: str = ""
    """Whom one signs in with by the provider's own page; empty where it takes a password."""


@cache
def presets() -> Mapping[str, Preset]:
    """Return what is known, by the names that the setting `provider` takes."""
    found = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    return MappingProxyType(
        {
            name: Preset(
                name=name, title=one["title"], full_address=one["full_address"], limits=one["limits"],
                sources=tuple(one["sources"]), settings=MappingProxyType(one["settings"]),
                sign_in=one.get("sign_in", ""),
            )
            for name, one in found.items()
        }
    )  # fmt: skip


def filled(values: Mapping[str, Any], preset: Preset, address: str) -> dict[str, Any]:
    """Return settings with what the preset knows where nothing was set; `address` is that of From, or empty.

    Port and security belong to a host: where another host is set, they are not filled in. The box of answers is that of
    the same account, unless there is to be none.
    """
    given = {name: value for name, value in values.items() if value not in ("", None)}
    made = dict(values)
    for name, value in preset.settings.items():
        protocol = name.partition("_")[0]
        elsewhere = protocol in _PROTOCOLS and f"{protocol}_host" in given and name.endswith(("_port", "_security"))
        no_box = protocol == "imap" and str(given.get("no_mailbox", "")).lower() in ("true", "1", "yes", "on")
        if name not in given and not elsewhere and not no_box:
            made[name] = value
    if preset.full_address and address and "smtp_username" not in given:
        made["smtp_username"] = address
    if "imap_username" not in given and made.get("imap_host") == preset.settings.get("imap_host", ""):
        made["imap_username"] = made.get("smtp_username", "")
    return made
