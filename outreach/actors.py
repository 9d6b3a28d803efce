"""Who acts: a person with an account, a person of a stated name, whoever sits at the machine, or a program.

Every function that changes something is given its actor, and writes down what was done in its own transaction
(`outreach.people.audit.record`), so that no door can do one without the other.
"""

from __future__ import annotations

import getpass
from dataclasses import dataclass, replace

from outreach.catalogues import ENGLISH_TONGUE, Tongue
from outreach.errors import UserError
from outreach.text import one_line
from outreach.vocabulary import ActorKind, Door

_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, and at which door. Made by `account_at`, `named`, `user` and `program`."""

    kind: ActorKind
    name: str
    """As people read it, on one line; for a program its signature, such as that of a worker."""
    account: int | None = None
    """The number of the account that was signed in."""
    door: Door = Door.COMMAND
    user: str = ""
    """At the command line: the machine's user, who gave the name."""

    def __str__(self) -> str:
        return self.name

    def at(self, door: Door) -> Actor:
        """Return the same actor at another door."""
        return replace(self, door=door)


def account_at(door: Door, number: int | None, name: str, *, user: str = "") -> Actor:
    """Return a person who has signed in, at the desk or, with the machine's `user`, at the command line."""
    if number is None:
        raise ValueError("an account that was never stored")
    return Actor(ActorKind.ACCOUNT, one_line(name)[:_LONGEST], number, door, user)


def named(name: str, user: str | None = None) -> Actor:
    """Return a person of a stated name: it was given at the command line by the machine's user (asked for if None).

    Raises UserError for a name without a letter or sign.
    """
    said = one_line(name)[:_LONGEST]
    if not said:
        raise UserError("person.nobody-decides", "Nobody is named who decides.", remedy="{BY:Say who you are}.")
    return Actor(ActorKind.NAMED, said, None, Door.COMMAND, machine_user() if user is None else user)


def user() -> Actor:
    """Return whoever sits at the command line and has stated no name: the machine's user."""
    name = machine_user()
    return Actor(ActorKind.USER, name, None, Door.COMMAND, name)


def acting(by: Actor | str | None) -> Actor:
    """Return who acts, as a script of the team's own may give it: an actor, a stated name, or the machine's user.

    Raises UserError for a name without a letter or sign.
    """
    if by is None:
        return user()
    return named(by) if isinstance(by, str) else by


def sitting_here(door: Door) -> Actor:
    """Return whoever sits at the machine, without an account and at another door than the command line."""
    return Actor(ActorKind.USER, machine_user(), None, door)


def program(name: str, door: Door = Door.SCHEDULER) -> Actor:
    """Return a program that acts by itself."""
    return Actor(ActorKind.PROGRAM, name, None, door)


def machine_user() -> str:
    """Return the login of the machine's user, on one line; `someone` where the system knows none."""
    try:
        return one_line(getpass.getuser())[:_LONGEST] or "someone"
    except (KeyError, OSError):
        return "someone"


PROGRAMS = ("scheduler", "inbox", "sign-on page", "forgotten password", "the demo's invented team")
"""The programs that act by themselves, as the log names them."""
SCHEDULER = program("scheduler")
"""What looks after campaigns: that late ones wait, failing ones pause, follow-ups get their time."""


def described(
    kind: ActorKind | None, name: str, user: str = "", door: Door | None = None, say: Tongue = ENGLISH_TONGUE
) -> str:
    """Say who somebody is, as it was recorded, such as `Ana (a name given at the command line by lea)`.

    `kind` is None for what was recorded before kinds were.
    """
    match kind:
        case ActorKind.NAMED:
            if user:
                return say("{name} (a name given at the command line by {user})", name=name, user=user)
            return say("{name} (a name given)", name=name)
        case ActorKind.USER:
            return say("{name} (the machine's user, at the command line)", name=name)
        case ActorKind.ACCOUNT if door is Door.COMMAND:
            return say("{name} (signed in at the command line)", name=name)
        case ActorKind.PROGRAM:
            return say.about("program", name)
        case _:
            return name
