"""What a mail's words propose: a position, or to be left alone. Nothing comes of it until a person says yes."""

import re
import tomllib
import unicodedata
from functools import lru_cache
from importlib.resources import files

from sqlmodel import Session, select

from outreach import clock
from outreach.models import MailKind, Message, Position, Reply, Suggestion, SuggestionKind
from outreach.text import one_line

_MOST_CHARACTERS = 20_000
_MOST_EVIDENCE = 300


@lru_cache(maxsize=1)
def _tables() -> tuple[tuple[tuple[Position, re.Pattern[str]], ...], re.Pattern[str]]:
    rows = tomllib.loads((files(__package__) / "words.toml").read_text(encoding="utf-8"))
    positions = tuple((Position(row["position"]), re.compile("|".join(row["words"]))) for row in rows["position"])
    return positions, re.compile("|".join(rows["opt_out"]["words"]))


def position_in(text: str) -> tuple[Position, str] | None:
    """Return the position that a text's words tell, and the sentence that tells it; None where they tell none.

    English, French and Spanish. Where several are told, the most reserved of one sentence counts, and the first
    sentence that tells any.
    """
    for sentence in _sentences(text):
        plain = _plain(sentence)
        for position, words in _tables()[0]:
            if words.search(plain):
                return position, one_line(sentence)[:_MOST_EVIDENCE]
    return None


def asks_to_be_left_alone(text: str) -> str:
    """Return the sentence that asks for no more letters; empty where none does."""
    words = _tables()[1]
    return next((one_line(one)[:_MOST_EVIDENCE] for one in _sentences(text) if words.search(_plain(one))), "")


def suggest(session: Session, message: Message | None, reply: Reply) -> None:
    """Keep what a mail proposes, once, within the session's transaction."""
    if reply.kind is MailKind.REPLY:
        found = position_in(reply.body) if message is not None else None
        if found is not None and message is not None:
            _keep(session, reply, message.iso3, SuggestionKind.POSITION, found[0].value, found[1])
        asked = asks_to_be_left_alone(reply.body)
        if asked and reply.sender:
            _keep(session, reply, message.iso3 if message else "", SuggestionKind.OPT_OUT, reply.sender, asked)
    elif reply.kind is MailKind.COMPLAINT:
        for one in reply.findings:
            if one["address"]:
                iso3 = message.iso3 if message else ""
                _keep(session, reply, iso3, SuggestionKind.OPT_OUT, one["address"], f"a complaint: {one['diagnostic']}")


def _keep(session: Session, reply: Reply, iso3: str, kind: SuggestionKind, value: str, evidence: str) -> None:
    assert reply.id is not None
    query = select(Suggestion).where(
        Suggestion.reply_id == reply.id, Suggestion.kind == kind, Suggestion.value == value
    )
    known = session.exec(query).first()
    if known is None:
        known = Suggestion(reply_id=reply.id, kind=kind, value=value, evidence=evidence, at=clock.now())
    known.iso3 = iso3 or known.iso3
    session.add(known)


def _sentences(text: str) -> list[str]:
    joined = re.sub(r"(?<=[^\n.!?:;])\n(?=\S)", " ", text[:_MOST_CHARACTERS])
    return [one for one in re.split(r"(?<=[.!?;。！？])\s*|\n+", joined) if one.strip()]


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text.replace("’", "'")).casefold()
    return " ".join("".join(c for c in folded if not unicodedata.combining(c)).split())
