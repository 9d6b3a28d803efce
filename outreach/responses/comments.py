"""What the team says among itself of a mission in a campaign: comments, and whom they mention with `@login`.

None of it ever leaves the team: no edition but the team's own shows it, and a mention is mailed to accounts alone.
"""

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from outreach import clock
from outreach.actors import Actor
from outreach.campaigns.plan import get_campaign
from outreach.database import reading, writing
from outreach.errors import AccessError, NotFoundError, UserError
from outreach.models import Account, Campaign, CommentMention, Mission, MissionComment, Response
from outreach.people import audit
from outreach.responses.positions import mission_row
from outreach.responses.tasks import people
from outreach.vocabulary import Act

MOST_CHARACTERS = 5_000
_MENTION = re.compile(r"(?<![\w@.+/-])@([a-z0-9][a-z0-9._@+-]*)", re.IGNORECASE)
_ALIKE = 0.75


@dataclass(frozen=True, slots=True)
class Commented:
    """A comment that was kept."""

    number: int
    iso3: str
    told: tuple[str, ...]
    """The names of those whom it mentions."""


@dataclass(frozen=True, slots=True)
class TeamComment:
    """A comment as it is read."""

    id: int
    iso3: str
    text: str
    at: datetime
    who: str
    told: tuple[str, ...]
    """The logins of those whom it mentions."""


@dataclass(frozen=True, slots=True)
class Mentioned:
    """A comment that mentions somebody who has not seen to it."""

    id: int
    """The mention's number."""
    campaign: str
    number: int
    """The campaign's."""
    iso3: str
    mission: str
    text: str
    who: str
    at: datetime


def comment(engine: Engine, name: str, iso3: str, text: str, *, by: Actor) -> Commented:
    """Keep a comment on a mission in a campaign. Whom it mentions has it waiting; who writes has seen to theirs there.

    Raises UserError for no text, or for a mention that is nobody's login but nearly one; NotFoundError for a campaign,
    or a mission in it, that is not.
    """
    words = "".join(c for c in text.replace("\r\n", "\n").strip() if c in "\n\t" or ord(c) >= 32)
    if not words:
        raise UserError("comment.empty", "The comment has no words.", remedy="Write what the others should know.")
    if len(words) > MOST_CHARACTERS:
        raise UserError(
            "comment.too-long", "The comment is longer than {most:,} characters.", most=MOST_CHARACTERS,
            remedy="Shorten it, or write two.",
        )  # fmt: skip
    with writing(engine) as session:
        campaign = get_campaign(session, name)
        row = mission_row(session, campaign, iso3)
        told = mentioned_in(words, people(session))
        made = MissionComment(response_id=row.id or 0, text=words, at=clock.now(), who=by.name)
        session.add(made)
        session.flush()
        others = [one for one in told if one.id != by.account]
        session.add_all(CommentMention(comment_id=made.id or 0, account_id=one.id or 0) for one in others)
        if by.account is not None:
            for mention, *_ in session.exec(_open_mentions(by.account).where(MissionComment.response_id == row.id)):
                mention.seen_at = made.at
                session.add(mention)
        audit.record(session, by, Act.MISSION_COMMENTED, campaign=name, iso3=row.iso3)
        return Commented(made.id or 0, row.iso3, tuple(one.name for one in others))


def withdraw_comment(engine: Engine, number: int, *, by: Actor) -> tuple[int, str]:
    """Take a comment away: nobody is shown it, and nobody waited for. Return its campaign's number and its mission.

    Raises NotFoundError for a number that is no comment's, or is that of one that is taken away already.
    """
    with writing(engine) as session:
        found = session.get(MissionComment, number)
        if found is None or found.withdrawn_at is not None:
            raise NotFoundError("comment.not-there", "There is no comment {number}.", number=number)
        found.withdrawn_at, found.withdrawn_by = clock.now(), by.name
        row = session.get_one(Response, found.response_id)
        campaign = session.get_one(Campaign, row.campaign_id)
        session.add(found)
        audit.record(session, by, Act.MISSION_COMMENT_REMOVED, campaign=campaign.name, iso3=row.iso3)
        return row.campaign_id, row.iso3


def see_mention(engine: Engine, number: int, *, by: Actor) -> None:
    """Note that somebody has seen to a comment that mentions them. Raises NotFoundError, AccessError for another's."""
    with writing(engine) as session:
        found = session.get(CommentMention, number)
        if found is None:
            raise NotFoundError("mention.not-there", "There is no mention {number}.", number=number)
        if found.account_id != by.account:
            raise AccessError("mention.of-another", "That comment mentions somebody else.")
        found.seen_at = found.seen_at or clock.now()
        session.add(found)


def comments(session: Session, campaign: Campaign, iso3: str | None = None) -> list[TeamComment]:
    """Return the comments in a campaign, or on one mission in it, the earliest first."""
    query = (
        select(MissionComment, Response.iso3)
        .join(Response, col(Response.id) == col(MissionComment.response_id))
        .where(Response.campaign_id == campaign.id, col(MissionComment.withdrawn_at).is_(None))
        .order_by(col(MissionComment.id))
    )
    if iso3 is not None:
        query = query.where(Response.iso3 == iso3.strip().upper())
    found = session.exec(query).all()
    told = _told(session, [one.id for one, _ in found])
    return [
        TeamComment(one.id or 0, code, one.text, one.at, one.who, tuple(told.get(one.id, ()))) for one, code in found
    ]


def comments_in(engine: Engine, name: str, iso3: str | None = None) -> list[TeamComment]:
    """Return the comments in a campaign, or on one mission; raises NotFoundError for one that is not there."""
    with reading(engine) as session:
        campaign = get_campaign(session, name)
        return comments(session, campaign, None if iso3 is None else mission_row(session, campaign, iso3).iso3)


def mentions(session: Session, account: int | None = None) -> dict[int, list[Mentioned]]:
    """Return the comments that wait for whom they mention, by account, the earliest first; or one person's only."""
    query = _open_mentions(account).add_columns(col(Campaign.name), col(Mission.short_name))
    query = (
        query.join(Campaign, col(Campaign.id) == col(Response.campaign_id))
        .join(Mission, col(Mission.iso3) == col(Response.iso3))
        .order_by(col(CommentMention.id))
    )  # fmt: skip
    found: dict[int, list[Mentioned]] = {}
    for mention, said, row, campaign, mission in session.exec(query):
        found.setdefault(mention.account_id, []).append(
            Mentioned(mention.id, campaign, row.campaign_id, row.iso3, mission, said.text, said.who, said.at)
        )
    return found


def mentioned_in(text: str, known: Iterable[Account]) -> list[Account]:
    """Return those whom a text mentions, each once. Raises UserError for a slip of the hand: nobody would be told.

    What is not even nearly a login, such as the name of an account elsewhere, is text.
    """
    by_login, found = {one.login: one for one in known}, dict[str, Account]()
    for match in _MENTION.finditer(text):
        login = match[1].casefold().rstrip(".-+@_")
        login = next((one for one in (match[1].casefold(), login, login.partition("@")[0]) if one in by_login), login)
        if login in by_login:
            found[login] = by_login[login]
        elif near := difflib.get_close_matches(login, by_login, n=1, cutoff=_ALIKE):
            raise UserError(
                "comment.nobody", "Nobody has the login {login!r}: the comment was not kept.", login=login,
                near=near[0], remedy="Did you mean @{near}?",
            )  # fmt: skip
    return list(found.values())


def _open_mentions(account: int | None) -> Any:
    query = (
        select(CommentMention, MissionComment, Response)
        .join(MissionComment, col(MissionComment.id) == col(CommentMention.comment_id))
        .join(Response, col(Response.id) == col(MissionComment.response_id))
        .where(col(CommentMention.seen_at).is_(None), col(MissionComment.withdrawn_at).is_(None))
    )
    return query if account is None else query.where(CommentMention.account_id == account)


def _told(session: Session, numbers: Sequence[int | None]) -> dict[int | None, list[str]]:
    query = select(CommentMention.comment_id, Account.login).join(
        Account, col(Account.id) == col(CommentMention.account_id)
    )
    found: dict[int | None, list[str]] = {}
    for number, login in session.exec(
        query.where(col(CommentMention.comment_id).in_(numbers)).order_by(col(CommentMention.id))
    ):
        found.setdefault(number, []).append(login)
    return found
