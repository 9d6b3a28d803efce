"""Has this mission had this already? The same letter, subject or text, live, by another campaign or copy.

It is told when a campaign is checked, approved and scheduled, and asked once more at the gate, just before DATA.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, case, func, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import col

from outreach.models import Campaign, Delivery, Dispatch, Message
from outreach.statement import Row, Statement, in_list
from outreach.vocabulary import MessageState

S = MessageState
_OUT = (S.SENT, S.UNCERTAIN, S.SENDING)


@dataclass(frozen=True, slots=True)
class Had:
    """A letter by another campaign that its mission has had, or may have had."""

    campaign: str
    at: datetime | None
    what: str
    """What is the same: the letter, the subject or the text."""


_This: Any = aliased(Message)
_Its: Any = aliased(Campaign)
_SAME_LETTER = col(Campaign.letter) == _Its.letter
_SAME_TEXT = (col(Message.text_digest) == _This.text_digest) & (_This.text_digest != "")
# A follow-up is "Re:" with the first letter's subject, and so is the next one: that is no letter over again.
_SAME_SUBJECT = (col(Message.subject) == _This.subject) & _Its.follows_id.is_(None)
_HAD = Statement(
    lambda length: (
        select(
            _This.id.label("asked"),
            col(Campaign.name).label("campaign"),
            func.max(col(Delivery.sent_at)).label("at"),
            func.min(case((_SAME_LETTER, 0), (_SAME_SUBJECT, 1), else_=2)).label("what"),
        )
        .select_from(_This)
        .join(_Its, _Its.id == _This.campaign_id)
        .join(Message, (col(Message.iso3) == _This.iso3) & (col(Message.campaign_id) != _This.campaign_id))
        .join(Campaign, col(Campaign.id) == col(Message.campaign_id))
        .join(Delivery, col(Delivery.message_id) == col(Message.id))
        .where(
            _This.id.in_(in_list(length)),
            or_(_SAME_LETTER, _SAME_TEXT, _SAME_SUBJECT),
            or_(*(col(Delivery.state) == state for state in _OUT)),
            col(Delivery.rehearsed).is_(False),
        )
        .group_by(_This.id, col(Campaign.name))
    )
)
_HAD_ELSEWHERE = Statement(
    lambda length: (
        select(
            _This.id.label("asked"),
            col(Dispatch.campaign).label("campaign"),
            col(Dispatch.at).label("at"),
        )
        .select_from(_This)
        .join(_Its, _Its.id == _This.campaign_id)
        .join(Dispatch, col(Dispatch.iso3) == _This.iso3)
        .where(
            _This.id.in_(in_list(length)),
            or_(
                col(Dispatch.campaign) == _Its.name,
                col(Dispatch.letter) == _Its.letter,
                (col(Dispatch.text_digest) == _This.text_digest) & (_This.text_digest != ""),
                (col(Dispatch.subject) == _This.subject) & _Its.follows_id.is_(None),
            ),
            or_(col(Dispatch.taken).is_(None), col(Dispatch.taken).is_(True)),
        )
    )
)
_WHAT = ("the same letter", "the same subject", "the same text")


def had_already(connection: Connection, letters: Collection[Row] | Sequence[int]) -> dict[int, Had]:
    """Return, by number, those letters whose mission has had, live, the same by another campaign or another copy.

    What may have gone out (`uncertain`), or is on its way, counts like what went out.
    """
    numbers = [one if isinstance(one, int) else one["id"] for one in letters]
    found: dict[int, Had] = {}
    for start in range(0, len(numbers), 500):
        part = numbers[start : start + 500]
        for row in _HAD_ELSEWHERE.rows(connection, part):
            found[row["asked"]] = Had(row["campaign"], row["at"], "this or such a letter")
        for row in _HAD.rows(connection, part):
            found[row["asked"]] = Had(row["campaign"], row["at"], _WHAT[row["what"]])
    return found
