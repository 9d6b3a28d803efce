"""Where missions stand: positions that a person sets, and the list of how everybody stands now."""

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from outreach import clock
from outreach.actors import Actor
from outreach.campaigns.plan import get_campaign
from outreach.database import reading, writing
from outreach.errors import ConflictError, NotFoundError, UserError
from outreach.missions.past_years import past_on, years_as_data
from outreach.models import Campaign, Message, Mission, Reply, Response
from outreach.people import audit
from outreach.responses.ballots.ballot_words import vote_of
from outreach.responses.changes import record_change
from outreach.sentences import Remedy, one_of
from outreach.text import folded
from outreach.vocabulary import Act, Answer, MailKind, Position, Vote

_MOST_NOTE = 5_000
_AS_VOTED: Mapping[Vote | None, Position] = {
    Vote.IN_FAVOUR: Position.IN_FAVOUR, Vote.AGAINST: Position.AGAINST, Vote.ABSTAINED: Position.ABSTAIN,
}  # fmt: skip
_WORDS: Mapping[Position, Sequence[str]] = {
    Position.CO_SPONSOR: (
        "co-sponsors", "co-sponsoring", "will co-sponsor", "sponsor", "co-auteur", "coauteur", "se porte coauteur",
        "parraine", "coparraine", "copatrocinador", "copatrocina", "patrocina",
    ),
    Position.IN_FAVOUR: (
        "yes", "will support", "will vote in favour", "votera pour", "en faveur", "soutient", "apoya", "apoyará",
        "favourable", "positive", "positif", "positivo",
    ),
    Position.UNDECIDED: (
        "not decided", "not yet decided", "unsure", "wavering", "indécis", "indécise", "hésite", "indeciso", "indecisa",
        "sin decidir",
    ),
    Position.ABSTAIN: ("will abstain", "s'abstiendra", "se abstendrá"),
    Position.AGAINST: (
        "will vote against", "will oppose", "votera contre", "votará en contra", "se opone",
        "unfavourable", "unfavorable", "négatif", "desfavorable",
    ),
    Position.DECLINED: (
        "declined", "no comment", "won't say", "sans commentaire", "ne se prononce pas", "sin comentarios",
        "no se pronuncia",
    ),
    Position.UNKNOWN: ("not known", "inconnu", "inconnue", "desconocido", "desconocida"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class MissionStand:
    """How one mission stands in a campaign."""

    iso3: str
    mission: str
    """The mission's short name."""
    answer: Answer
    answered_at: datetime | None
    """When it first answered, in UTC."""
    position: Position
    note: str
    changed_by: str
    changed_at: datetime | None
    last_answer: str
    """The words of its latest answer, without quotes; empty where there is none."""
    past: Sequence[Mapping[str, object]] = ()
    """How its state voted in past years on the campaign's subject: `{"year": 2023, "votes": ["in favour"]}`."""


def set_position(
    engine: Engine,
    campaign_name: str,
    iso3: str,
    position: str,
    *,
    note: str = "",
    by: Actor,
    seen: str | None = None,
) -> Response:
    """Set where a mission stands, as a person has understood it, and keep what was said before as history.

    The position is given in words; case, spaces, hyphens and `favor` for `favour` do not matter. An empty note
    leaves the one that is there.

    `seen` is the `version` of the response that the person looked at; None does not ask.

    Raises UserError for words that are no position, NotFoundError for a campaign, or a mission in it, that is not,
    ConflictError where somebody has changed the response since it was seen.
    """
    wanted = parse_position(position)
    if len(note) > _MOST_NOTE:
        raise UserError(
            "note.over", "The note is longer than {most_note} characters.", most_note=_MOST_NOTE, remedy="Shorten it."
        )
    with writing(engine) as session:
        campaign = get_campaign(session, campaign_name)
        if seen is not None:
            require_unchanged(mission_row(session, campaign, iso3), seen)
        response = put_position(session, campaign, iso3, wanted, note=note.strip(), who=by)
        audit.record(session, by, Act.POSITION_SET, campaign=campaign.name, iso3=response.iso3, detail=str(wanted))
        return response


def put_position(
    session: Session,
    campaign: Campaign,
    iso3: str,
    position: Position,
    *,
    note: str,
    who: Actor,
    reply_id: int | None = None,
    at: datetime | None = None,
) -> Response:
    """Set a position as `set_position` does, within the session's transaction, with the mail that is its evidence."""
    response = mission_row(session, campaign, iso3)
    record_change(
        session,
        response,
        "position",
        response.position,
        position,
        note=note,
        who=who,
        at=at or clock.now(),
        reply_id=reply_id,
    )
    response.position = position
    response.note = note or response.note
    return response


def latest_positions(session: Session) -> dict[str, Position]:
    """Return where each mission stood when it was last known: in the newest campaign that knows it."""
    rows = session.exec(select(Response.iso3, Response.position).order_by(col(Response.campaign_id)))
    found: dict[str, Position] = {}
    for iso3, position in rows:
        if position != Position.UNKNOWN or iso3 not in found:
            found[iso3] = Position(position)
    return found


def version(response: Response) -> str:
    """Return what tells whether a response was changed since it was seen."""
    return response.changed_at.isoformat() if response.changed_at else "unchanged"


def versions(session: Session, campaign: Campaign) -> dict[str, str]:
    """Return the `version` of each mission's row of a campaign, by ISO3."""
    query = select(Response.iso3, Response.changed_at).where(Response.campaign_id == campaign.id)
    return {iso3: at.isoformat() if at else "unchanged" for iso3, at in session.exec(query)}


def require_unchanged(response: Response, seen: str) -> None:
    """Raise ConflictError where a response is not the `version` of it that was seen."""
    if seen != version(response):
        raise ConflictError(
            "position.changed",
            "{changed_by} has changed this meanwhile: {iso3} is {position}, {answer}. Nothing of it was overwritten.",
            changed_by=response.changed_by,
            iso3=response.iso3,
            position=response.position,
            answer=response.answer,
            remedy="Look at what is there now, and decide.",
        )


def parse_position(text: str, word: Callable[[Position], str] = str) -> Position:
    """Return the position that some words name; raises UserError, which lists them all, each as `word` says it.

    The words say one position and nothing else: a question mark, brackets or anything beside it is a doubt, and a
    doubt is no position. What is proposed is a misspelt word of the list, never one that lacks a word of the text.
    """
    found = _named(text) if is_firm(text) else None
    if found is not None:
        return found
    known = ", ".join(map(word, Position))
    beside = " ".join(_BESIDE_WORDS.findall(text))
    if (told := _named(_BESIDE_WORDS.sub(" ", text))) is not None and not _names_one(beside):
        raise UserError(
            "position.doubt",
            "{text!r} says {position!r} with something beside it.",
            text=text,
            position=word(told),
            known=known,
            remedy="Write one of these alone: {known}. What is still open goes into the note.",
        )
    near = _misspelt(text)
    raise UserError(
        "position.none",
        "{text!r} is no position.",
        text=text,
        near=word(near) if near else "",
        known=known,
        remedy="Did you mean {near!r}? Say one of: {known}." if near else "Say one of: {known}.",
    )


def is_firm(text: str) -> bool:
    """Tell whether nothing stands beside the words that makes them less than said: a question mark, brackets."""
    return not _BESIDE.search(text)


def _named(text: str) -> Position | None:
    return _known().get(_squeezed(text)) or _AS_VOTED.get(vote_of(text))


def _names_one(words: str) -> bool:
    """Whether some words name a position too: of two, none is said."""
    return any(_named(one) is not None for one in folded(words).split())


@cache
def _known() -> Mapping[str, Position]:
    known = {_squeezed(position): position for position in Position}
    known[_squeezed("in favor")] = Position.IN_FAVOUR
    known.update({_squeezed(word): position for position, words in _WORDS.items() for word in words})
    return known


def _misspelt(text: str) -> Position | None:
    """Return the position whose words some text is but for a slip of the hand; None where a word is more or less.

    `will not support` is no misspelt `will support`, and `unfavourable` none of `favourable`.
    """
    asked = folded(text).split()
    words = [(_folded_words(one), position) for position in Position for one in (position, *_WORDS.get(position, ()))]
    for known, position in words:
        if len(known) == len(asked) and all(map(_is_slip, asked, known)):
            return position
    return None


def _folded_words(text: str) -> list[str]:
    return folded(text).split()


def _is_slip(typed: str, meant: str) -> bool:
    if typed == meant:
        return True
    short, long = sorted((typed, meant), key=len)
    alike = difflib.SequenceMatcher(None, typed, meant).ratio() >= _ALIKE
    return alike and len(short) >= _SHORTEST and not long.endswith(short)


_ALIKE, _SHORTEST = 0.82, 4
_BESIDE = re.compile(r"[^\w\s'’.!‐‑-]|\s[-–—]\s|\d|_")
"""What does not stand in the words for a position: a question mark, brackets, a comma, a stroke between, a number."""
_BESIDE_WORDS = re.compile(r"[(\[（].*|[,;:/–—→>].*|\s-\s.*|[^\w\s'’.-]")


def standing(engine: Engine, campaign_name: str) -> list[MissionStand]:
    """Return how each mission of a campaign stands now, by ISO3.

    Raises NotFoundError for a campaign that is not there.
    """
    with reading(engine) as session:
        campaign = get_campaign(session, campaign_name)
        query = (
            select(Response, Mission.short_name)
            .join(Mission, col(Mission.iso3) == col(Response.iso3))
            .where(Response.campaign_id == campaign.id)
            .order_by(Response.iso3)
        )
        rows = session.exec(query).all()
        words = _last_answers(session, campaign)
        past = past_on(session, campaign.past_subject, [response.iso3 for response, _ in rows])
        return [
            MissionStand(
                iso3=response.iso3,
                mission=name,
                answer=response.answer,
                answered_at=response.answered_at,
                position=response.position,
                note=response.note,
                changed_by=response.changed_by,
                changed_at=response.changed_at,
                last_answer=words.get(response.iso3, ""),
                past=years_as_data(past.of(response.iso3)),
            )
            for response, name in rows
        ]


def _last_answers(session: Session, campaign: Campaign) -> dict[str, str]:
    query = (
        select(Message.iso3, Reply.body)
        .join(Reply, col(Reply.message_id) == col(Message.id))
        .where(Message.campaign_id == campaign.id, Reply.kind == MailKind.REPLY)
        .order_by(col(Reply.received_at), col(Reply.id))
    )
    return {iso3: body for iso3, body in session.exec(query).all() if body}  # the latest stays


def mission_row(session: Session, campaign: Campaign, iso3: str) -> Response:
    """Return the row of a mission in a campaign; raises NotFoundError, which names those that are in it."""
    wanted = iso3.strip().upper()
    query = select(Response).where(Response.campaign_id == campaign.id).order_by(Response.iso3)
    responses = {response.iso3: response for response in session.exec(query).all()}
    if wanted in responses:
        return responses[wanted]
    raise NotFoundError(
        "campaign.no-mission",
        "{mission!r} is no mission of the campaign {campaign!r}.",
        mission=iso3.strip(),
        campaign=campaign.name,
        remedy=_missions_hint(wanted, list(responses)),
    )


def _missions_hint(wanted: str, known: Sequence[str]) -> Remedy:
    near = difflib.get_close_matches(wanted, known, n=3, cutoff=0.6)
    if near:
        return Remedy("Did you mean {near}?", near=one_of(near))
    return Remedy("It has: {known}.", known=", ".join(known)) if known else Remedy("It has no missions yet.")


def _squeezed(text: str) -> str:
    return re.sub(r"\s+", "", folded(text))
