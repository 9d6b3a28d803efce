"""Has this mission had this already? The same letter, subject or text, live, by another campaign or copy.

It is told when a campaign is checked, approved and scheduled, and asked once more at the gate, just before DATA.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, bindparam, case, func, literal, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from outreach.campaigns.near_letters import (
    NearText,
    are_near,
    frozen_text,
    near_frozen,
    near_pair,
    read_texts,
    sketcher,
    with_difference,
)
from outreach.letters.likeness import Likeness, are_sketched_alike
from outreach.missions.directory import list_missions
from outreach.missions.names import NamedStates
from outreach.models import Campaign, Delivery, Dispatch, Message
from outreach.sentences import Sentence, saying
from outreach.statement import Row, Statement, in_list
from outreach.vocabulary import DeliveryStatus, Language, MessageState

_OUT = (MessageState.SENT, MessageState.UNCERTAIN, MessageState.SENDING)
_TO_GO = (MessageState.QUEUED, MessageState.DEFERRED, MessageState.HELD)
_NEAR = 3
_MOST_IN_A_QUERY = 500  # SQLite bounds the variables of a statement


@dataclass(frozen=True, slots=True)
class Had:
    """A letter by another campaign that its mission has had, or may have had."""

    campaign: str
    at: datetime | None
    what: str
    """What is the same: the letter, the subject or the text, or nearly the text."""
    near: Likeness | None = None
    """How the two texts differ, where they are nearly the same."""


_This: Any = aliased(Message)
_Its: Any = aliased(Campaign)
_SAME_LETTER = col(Campaign.letter) == _Its.letter
_SAME_TEXT = (col(Message.text_digest) == _This.text_digest) & (_This.text_digest != "")
# A follow-up is "Re:" with the first letter's subject, and so is the next one: that is no letter over again.
_SAME_SUBJECT = (col(Message.subject) == _This.subject) & _Its.follows_id.is_(None)
_SAME_LANGUAGE = col(Message.language) == _This.language
# A copy that came back is one that nobody has.
_NOT_BACK = or_(col(Delivery.status).is_(None), col(Delivery.status) != DeliveryStatus.BOUNCED)
_HAD = Statement(
    lambda length: (
        select(
            _This.id.label("asked"),
            _This.once_more_at.label("let_go"),
            col(Campaign.name).label("campaign"),
            func.max(func.coalesce(col(Delivery.sent_at), col(Message.dated_at))).label("at"),
            func.min(case((_SAME_LETTER, 0), (_SAME_SUBJECT, 1), (_SAME_TEXT, 2), else_=_NEAR)).label("what"),
            # What follows is for comparing texts that are nearly the same: see near_letters.py.
            col(Message.id).label("other"),
            _This.text_digest.label("digest"),
            col(Message.text_digest).label("other_digest"),
        )
        .select_from(_This)
        .join(_Its, _Its.id == _This.campaign_id)
        .join(Message, (col(Message.iso3) == _This.iso3) & (col(Message.campaign_id) != _This.campaign_id))
        .join(Campaign, col(Campaign.id) == col(Message.campaign_id))
        .join(Delivery, col(Delivery.message_id) == col(Message.id))
        .where(
            _This.id.in_(in_list(length)),
            or_(_SAME_LETTER, _SAME_TEXT, _SAME_SUBJECT, _SAME_LANGUAGE),
            or_(*(col(Delivery.state) == state for state in _OUT)),
            col(Delivery.rehearsed).is_(False),
            _NOT_BACK,
        )
        .group_by(
            _This.id,
            _This.once_more_at,
            _This.text_digest,
            col(Campaign.name),
            col(Message.id),
            col(Message.text_digest),
        )
    )
)
_SAME_ELSEWHERE = or_(
    col(Dispatch.campaign) == _Its.name,
    col(Dispatch.letter) == _Its.letter,
    (col(Dispatch.text_digest) == _This.text_digest) & (_This.text_digest != ""),
    (col(Dispatch.subject) == _This.subject) & _Its.follows_id.is_(None),
)
_HAD_ELSEWHERE = Statement(
    lambda length: (
        select(
            _This.id.label("asked"),
            _This.once_more_at.label("let_go"),
            col(Dispatch.campaign).label("campaign"),
            col(Dispatch.at).label("at"),
            case((_SAME_ELSEWHERE, True), else_=False).label("same"),
            col(Dispatch.text_sketch).label("its_sketch"),
            _This.text_sketch.label("sketch"),
        )
        .select_from(_This)
        .join(_Its, _Its.id == _This.campaign_id)
        .join(Dispatch, col(Dispatch.iso3) == _This.iso3)
        .where(
            _This.id.in_(in_list(length)),
            or_(_SAME_ELSEWHERE, _Its.follows_id.is_(None) & (col(Dispatch.text_sketch) != "")),
            or_(col(Dispatch.taken).is_(None), col(Dispatch.taken).is_(True)),
        )
    )
)
_LEFT = Statement(
    lambda _: select(col(Message.id), col(Message.iso3)).where(
        col(Message.campaign_id) == bindparam("campaign"),
        col(Message.replaced_at).is_(None),
        or_(*(col(Message.state) == state for state in _TO_GO)),
    )
)
SAME = ("the same letter", "the same subject", "the same text", "nearly the same text")
ELSEWHERE = "this or such a letter"


def had_already(connection: Connection, letters: Collection[Row] | Sequence[int]) -> dict[int, Had]:
    """Return, by number, those letters whose mission has had, live, the same by another campaign or another copy.

    What may have gone out (`uncertain`), or is on its way, counts like what went out. What a person has let go all the
    same is left out, unless its mission got another one since.
    """
    numbers = [one if isinstance(one, int) else one["id"] for one in letters]
    found: dict[int, Had] = {}
    let_go: dict[int, Any] = {}
    for start in range(0, len(numbers), 500):
        part = numbers[start : start + 500]
        for row in _HAD_ELSEWHERE.rows(connection, part):
            if row["same"] or are_sketched_alike(row["sketch"], row["its_sketch"]):
                let_go[row["asked"]] = row["let_go"]
                _take(found, row["asked"], Had(row["campaign"], row["at"], ELSEWHERE))
        for row in _HAD.rows(connection, part):
            near = None
            if row["what"] == _NEAR:
                mine, its = (row["asked"], row["digest"]), (row["other"], row["other_digest"])
                near = near_frozen(connection, mine, its)
                if near is None:
                    continue
            let_go[row["asked"]] = row["let_go"]
            _take(found, row["asked"], Had(row["campaign"], row["at"], SAME[row["what"]], near))
    return {
        number: had
        for number, had in found.items()
        if had.at is None or let_go[number] is None or had.at > let_go[number]
    }


def _take(found: dict[int, Had], letter: int, had: Had) -> None:
    """Of several that a mission has had, the last counts."""
    before = found.get(letter)
    if before is None or had.at is None or (before.at is not None and had.at >= before.at):
        found[letter] = had


def same_thing(connection: Connection, one: Row, other: Row) -> str:
    """Say what is the same of two letters to one mission by two campaigns, as the ledger reads them; empty if nothing.

    For those that are asked about in one transaction: neither is on its way yet, and only one of them may be.
    """
    if one["iso3"] != other["iso3"] or one["campaign_id"] == other["campaign_id"]:
        return ""
    if one["campaign_letter"] == other["campaign_letter"]:
        return SAME[0]
    if one["subject"] == other["subject"] and one["campaign_follows_id"] is None:
        return SAME[1]
    if one["text_digest"] and one["text_digest"] == other["text_digest"]:
        return SAME[2]
    return "" if near_pair(connection, one["id"], other["id"]) is None else SAME[_NEAR]


@dataclass(frozen=True, slots=True)
class Repeated:
    """A mission that has had, live, what a campaign would write to it once more."""

    iso3: str
    mission: str
    campaign: str
    """The other campaign, by which it had that."""
    at: datetime | None
    what: str
    """What is the same: the letter, the subject or the text."""
    near: Likeness | None = field(default=None, metadata={"json": False})
    """How the two texts differ, where they are nearly the same."""


@dataclass(frozen=True, slots=True)
class Planned:
    """What a letter that is not frozen yet would be compared by; empty where that is not known."""

    iso3: str
    subject: str = ""
    text_digest: str = ""
    language: Language | None = None
    text: NearText | None = None
    """What it is compared by where neither letter, subject nor text is quite the same."""
    number: int | None = None
    """Its number, where it is frozen; then that is compared."""

    def is_as(self, subject: str, text_digest: str, *, letter: bool, follows: bool, text_sketch: str = "") -> str:
        """Say what is the same of another letter to the mission; empty if nothing. `letter`: it is the same one's;
        `follows`: this is a reminder, whose subject is that of what it reminds of; `text_sketch`: of its text, where
        that is all that is left of it."""
        if letter:
            return SAME[0]
        if self.subject and not follows and subject == self.subject:
            return SAME[1]
        if self.text_digest and text_digest == self.text_digest:
            return SAME[2]
        text = None if follows or not text_sketch else self.text
        alike = text is not None and are_sketched_alike(sketcher(text.own)(text.text), text_sketch)
        return SAME[_NEAR] if alike else ""


def is_nearly(
    connection: Connection, planned: Planned, language: Language, number: int, digest: str
) -> Likeness | None:
    """Return how a planned letter differs from the frozen one with this number and digest of its text, by another
    campaign, where the two are nearly the same; None where they are not."""
    if language is not planned.language:
        return None
    if planned.number is not None:
        return near_pair(connection, planned.number, number)
    its = frozen_text(connection, number, digest) if planned.text is not None else None
    return None if planned.text is None or its is None else are_near(planned.text, its)


def repeated(session: Session, campaign: Campaign) -> tuple[Repeated, ...]:
    """Return, by ISO3, the missions that have had already what this campaign is still to send to them."""
    session.flush()
    missions = {row["id"]: row["iso3"] for row in _LEFT.rows(session.connection(), campaign=campaign.id)}
    had = had_already(session.connection(), list(missions))
    return _named(session, [(missions[number], one) for number, one in had.items()])


def would_repeat(
    session: Session, planned: Sequence[Planned], *, letter: str, campaign: Campaign | None = None
) -> tuple[Repeated, ...]:
    """Return the same of letters that are not frozen yet: of a campaign's, or of one that is to be made."""
    asked = {one.iso3: one for one in planned}
    follows = campaign is not None and campaign.follows_id is not None
    own = None if campaign is None else campaign.name
    found: dict[str, Had] = {}
    codes = sorted(asked)
    connection = session.connection()

    def same(sent: Iterable[Any]) -> list[tuple[str, Had]]:
        told = list[tuple[str, Had]]()
        others = list[tuple[str, Had, Any]]()
        for iso3, name, its, subject, digest, at, text_sketch, *frozen in sent:
            what = asked[iso3].is_as(
                subject, digest, letter=its == letter or name == own, follows=follows, text_sketch=text_sketch
            )
            if what:
                told.append((iso3, Had(name, at, what)))
            elif frozen and asked[iso3].language is frozen[0]:
                others.append((iso3, Had(name, at, SAME[_NEAR]), (*frozen, digest)))
        for start in range(0, len(others), _MOST_IN_A_QUERY):
            part = others[start : start + _MOST_IN_A_QUERY]
            read_texts(connection, (its[1:] for iso3, _, its in part if asked[iso3].text is not None))
            for iso3, had, frozen in part:
                near = is_nearly(connection, asked[iso3], *frozen)
                if near is not None:
                    told.append((iso3, replace(had, near=near)))
        return told

    for start in range(0, len(codes), _MOST_IN_A_QUERY):
        for iso3, had in _sent_to(session, codes[start : start + _MOST_IN_A_QUERY], own, same):
            earlier = found.get(iso3)
            if earlier is None or earlier.at is None or (had.at is not None and had.at >= earlier.at):
                found[iso3] = had
    return _named(session, list(found.items()))


def told(missions: Sequence[Repeated], zone: ZoneInfo) -> list[Sentence]:
    """Say, for each campaign and day, which missions had what."""
    groups: dict[tuple[str, date | None, str, Likeness | None], list[tuple[str, str]]] = defaultdict(list)
    for one in missions:
        day = None if one.at is None else one.at.astimezone(zone).date()
        groups[one.campaign, day, one.what, one.near].append((one.iso3, one.mission))
    return [
        with_difference(saying(
            "had.told", "{what} went out by the campaign {campaign}{on} to {missions}",
            what=Sentence("had.same", what), campaign=campaign, missions=NamedStates(named),
            on=saying("had.on", " on {day}", day=day) if day else "",
        ), near)
        for (campaign, day, what, near), named in groups.items()
    ]  # fmt: skip


def _sent_to(
    session: Session, codes: Sequence[str], but: str | None, same: Callable[[Iterable[Any]], list[tuple[str, Had]]]
) -> list[tuple[str, Had]]:
    """What went out live to some missions, or may have, and is the same: by this database's other campaigns, or by a
    copy of it.

    Letters that others replaced are many where a campaign was approved many times over. They went out earlier than the
    one that counts, so that they are asked about only where that one is not the same, or is not out.
    """
    connection = session.connection()
    others = {
        number: name
        for number, name in connection.execute(select(col(Campaign.id), col(Campaign.name)))
        if number is not None and name != but
    }
    current = same(_sent_by(session, codes, others, col(Message.replaced_at).is_(None)))
    told_of = {(had.campaign, iso3) for iso3, had in current}
    left = [number for number, name in others.items() if any((name, iso3) not in told_of for iso3 in codes)]
    replaced = same(_sent_by(session, codes, left, col(Message.replaced_at).is_not(None))) if left else []
    elsewhere = select(
        col(Dispatch.iso3), col(Dispatch.campaign), col(Dispatch.letter), col(Dispatch.subject),
        col(Dispatch.text_digest), col(Dispatch.at), col(Dispatch.text_sketch),
    ).where(
        col(Dispatch.iso3).in_(codes), or_(col(Dispatch.taken).is_(None), col(Dispatch.taken).is_(True))
    )  # fmt: skip
    return [*replaced, *current, *same(connection.execute(elsewhere))]


def _sent_by(
    session: Session, codes: Sequence[str], campaigns: Collection[int], which: ColumnElement[bool]
) -> list[Any]:
    of = (
        col(Message.iso3), col(Campaign.name), col(Campaign.letter), col(Message.subject), col(Message.text_digest),
    )  # fmt: skip
    frozen = col(Message.language), func.max(col(Message.id))
    query: Any = (
        select(*of, func.max(col(Delivery.sent_at)), literal(""), *frozen)
        .join(Campaign, col(Campaign.id) == col(Message.campaign_id))
        .join(Delivery, col(Delivery.message_id) == col(Message.id))
        .where(
            col(Message.campaign_id).in_(campaigns),
            col(Message.iso3).in_(codes),
            which,
            col(Delivery.state).in_(_OUT),
            col(Delivery.rehearsed).is_(False),
            _NOT_BACK,
        )
        .group_by(*of, col(Message.language))
    )
    return list(session.connection().execute(query))


def _named(session: Session, found: Sequence[tuple[str, Had]]) -> tuple[Repeated, ...]:
    if not found:
        return ()
    names = {one.iso3: one.short_name for one in list_missions(session, include_absent=True)}
    return tuple(
        Repeated(iso3, names.get(iso3, iso3), one.campaign, one.at, one.what, one.near)
        for iso3, one in sorted(found, key=lambda pair: pair[0])
    )
