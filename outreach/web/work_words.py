"""What waits for people, as lines of a page: what is to be done, and where."""

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never

from outreach.catalogues import ENGLISH_TONGUE, Tongue
from outreach.missions.names import state_name
from outreach.models import Account
from outreach.reports.standing.situation import Situation
from outreach.reports.standing.work import Work, WorkKind
from outreach.responses.comments import Mentioned
from outreach.responses.tasks import Task
from outreach.vocabulary import CampaignState

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


@dataclass(frozen=True, slots=True)
class OwnLine:
    """What waits for one person: a task, or a comment that mentions them."""

    words: str
    about: str
    href: str
    when: str
    near: bool
    """Whether it is overdue, or due today."""
    mention: int = 0
    """The number of the mention, which goes once it is seen."""


def own_lines(
    account: Account | None, now: Situation, mentioned: Mapping[int, Sequence[Mentioned]], say: Tongue = ENGLISH_TONGUE
) -> list[OwnLine]:
    """Return what waits for a person: what is due first stands first, then mentions, then tasks without a day."""
    if account is None:
        return []
    found = [
        (left if left is not None else _LAST, _task(one, left, say))
        for campaign in now.campaigns
        if campaign.campaign.state is not CampaignState.CANCELLED
        for one in campaign.known.tasks
        if one.login == account.login
        for left in (one.days_left,)
    ]
    for said in mentioned.get(account.id or 0, ()):
        words = say("{who}: {text}", who=said.who, text=textwrap.shorten(said.text, 160, placeholder="…"))
        where = f"{state_name(said.iso3, said.mission, say)}, {said.campaign}"
        href = f"/campaigns/{said.number}/letters/{said.iso3}#comments"
        found.append((_LAST - 1, OwnLine(words, where, href, say("mentions you"), near=False, mention=said.id)))
    return [one for _, one in sorted(found, key=lambda each: each[0])]


def _task(one: Task, left: int | None, say: Tongue) -> OwnLine:
    if left is None:
        when = ""
    elif left < 0:
        when = say.several("{count} day overdue", "{count} days overdue", -left)
    else:
        when = say("due today") if left == 0 else say.several("due in {count} day", "due in {count} days", left)
    href = f"/campaigns/{one.number}/letters/{one.iso3}"
    return OwnLine(state_name(one.iso3, one.mission, say), one.campaign, href, when, left is not None and left <= 0)


_LAST = 100_000
"""Days, after all that are named."""


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
