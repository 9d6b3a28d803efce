"""Whom one signs in with, as data (providers.toml): where, for what, and how to get an application there."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Provider:
    """Whom one signs in with."""

    name: str
    title: str
    preset: str
    authorize_url: str
    token_url: str
    device_url: str
    revoke_url: str
    scope: str
    extra: Mapping[str, str]
    redirect_host: str
    secret: bool
    """Whether its applications have a secret beside their ID."""
    idle_days: int
    """After so many days without use a sign-in ends."""
    steps: tuple[str, ...]
    """How a team gets an application of its own there, in words."""

    @property
    def steps_said(self) -> list[str]:
        """The steps, with the redirect address as it is typed there."""
        return [step.replace("{redirect}", f"http://{self.redirect_host}") for step in self.steps]


@cache
def providers() -> Mapping[str, Provider]:
    """Return those that one can sign in with, by name."""
    found = tomllib.loads(Path(__file__).with_name("providers.toml").read_text(encoding="utf-8"))
    return MappingProxyType(
        {name: Provider(**one | {"name": name, "steps": tuple(one["steps"])}) for name, one in found.items()}
    )
