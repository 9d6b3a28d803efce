"""What waits for people, as lines of a page: what is to be done, and where."""

from dataclasses import dataclass
from typing import assert_never

from outreach.catalogues import ENGLISH_TONGUE, Tongue
from outreach.reports.standing.work import Work, WorkKind

_WHERE: dict[WorkKind, str] = {
    WorkKind.UNCERTAIN: "/letters?show=hand",
    WorkKind.APPROVAL: "/send#approve",
    WorkKind.FAILED: "/letters?show=hand",
    WorkKind.NO_ADDRESS: "/letters?show=hand",
    WorkKind.UNREAD: "/letters?show=answered",
    WorkKind.CALL: "/letters?show=undecided",
    WorkKind.REMIND: "/follow-up?to=none",
}
"""Below the campaign."""
_ELSEWHERE = {
    WorkKind.TO_LOOK_AT: "/inbox?show=settle",
    WorkKind.UNDELIVERED: "/inbox/undelivered",
    WorkKind.SETTLE: "/inbox?show=settle",
}


@dataclass(frozen=True, slots=True)
class WorkLine:
    """One line: how many, of what, where it is done, and how near the vote is."""

    count: int
    words: str
    href: str
    campaign: str
    number: int
    when: str
    near: bool
    """Whether the vote is within a week."""


def lines(found: list[Work], say: Tongue = ENGLISH_TONGUE) -> list[WorkLine]:
    """Return the lines of a list of work, in a language."""
    return [_line(one, say) for one in found]


def _line(one: Work, say: Tongue) -> WorkLine:
    left = one.to_the_vote
    when = ""
    if left is not None:
        when = (
            say.several("{count} day to the vote", "{count} days to the vote", left)
            if left
            else say("the vote is today")
        )
    href = _ELSEWHERE.get(one.kind) or f"/campaigns/{one.number}{_WHERE.get(one.kind, '')}"
    if one.kind is WorkKind.ASK_AGAIN:
        href = f"/inbox/{one.mail}"
    return WorkLine(one.count, _words(one, say), href, one.campaign, one.number, when, left is not None and left <= 7)


def _words(one: Work, say: Tongue) -> str:
    """Say of what there are so many; their number stands before it, in a column of its own."""
    many = one.count
    match one.kind:
        case WorkKind.UNCERTAIN:
            return say.several("letter may have gone out: decide", "letters may have gone out: decide", many)
        case WorkKind.APPROVAL:
            return _approval(one, say)
        case WorkKind.TO_LOOK_AT:
            return say.several(
                "reminder waits for a mail to be looked at", "reminders wait for mails to be looked at", many
            )
        case WorkKind.UNDELIVERED:
            return say.several("address that a letter did not reach", "addresses that letters did not reach", many)
        case WorkKind.FAILED:
            return say.several("letter could not be sent", "letters could not be sent", many)
        case WorkKind.NO_ADDRESS:
            return say.several("mission without an address", "missions without an address", many)
        case WorkKind.SETTLE:
            return say.several("mail waits for somebody's word", "mails wait for somebody's word", many)
        case WorkKind.UNREAD:
            return say.several("answer to read", "answers to read", many)
        case WorkKind.ASK_AGAIN:
            return say.several("mission that asked to be asked again", "missions that asked to be asked again", many)
        case WorkKind.CALL:
            return say.several("undecided mission to call", "undecided missions to call", many)
        case WorkKind.REMIND:
            return say.several("mission to remind", "missions to remind", many)
    assert_never(one.kind)


def _approval(one: Work, say: Tongue) -> str:
    if one.who:
        return say("approval asked for: {who} has given the first", who=one.who)
    return say.several("approval asked for", "approvals asked for", one.count)
