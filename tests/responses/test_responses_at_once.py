"""Two people decide of one mail at once, while mail is taken in: one of them wins, and the other is told."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from outreach.actors import named
from outreach.database import open_database, reading
from outreach.errors import ConflictError, OutreachError, UserError
from outreach.inbox.settle import where_it_is
from outreach.models import MailDecision, Reply, Response, Suggestion
from outreach.responses.answers import collect, settle
from outreach.responses.decisions import decide, proposals
from outreach.vocabulary import Answer
from tests.inbox.inbox_mails import answer

ANA, BEN = named("Ana"), named("Ben")
TIMES = 4
"""Each race is run so often: which of them comes first is not ours to say."""


def at_once(*works: Callable[[], object]) -> list[object]:
    """Let each work at the same moment; return what each gave, or the error by which it was told."""
    start, given = threading.Barrier(len(works)), [None] * len(works)

    def run(place: int, work: Callable[[], object]) -> None:
        start.wait()
        try:
            given[place] = work()
        except OutreachError as error:
            given[place] = error

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(works)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return given


@pytest.fixture
def another(engine: Engine) -> Engine:
    """What another process has open: the same database."""
    return open_database(engine.url.render_as_string(hide_password=False))


def later(number: int, folder: Path) -> Path:
    """A mail that comes at that moment."""
    path = folder / f"later-{number}.eml"
    path.write_bytes(answer("We will abstain.").replace(b"answer-1@", f"later-{number}@".encode()))
    return path


@pytest.mark.heavy
def test_a_yes_and_a_no_to_one_proposal(sent, take_in, engine: Engine, another: Engine, tmp_path: Path):
    sent("FRA")
    for number in range(TIMES):
        take_in(answer(f"We are in favour of the draft, {number}.").replace(b"answer-1@", f"a-{number}@".encode()))
        one = next(one for one in proposals(engine) if one.kind == "position" and one.value == "in favour")
        path = later(number, tmp_path)
        yes, no, taken = at_once(
            lambda one=one.id: decide(engine, one, accept=True, by=ANA),
            lambda one=one.id: decide(another, one, accept=False, by=BEN),
            lambda path=path: collect(another, [path], by=ANA).taken,
        )
        assert taken == 1
        (lost,) = [given for given in (yes, no) if isinstance(given, UserError)]
        won = "Ana" if lost is no else "Ben"
        assert f"by {won}" in str(lost)
        with reading(engine) as session:
            assert session.get_one(Suggestion, one.id).decided_by == won
            decided = session.exec(select(MailDecision).where(MailDecision.suggestion_id == one.id)).all()
        assert [by.who for by in decided] == [won]


@pytest.mark.heavy
def test_a_mail_put_to_two_missions(sent, take_in, engine: Engine, another: Engine, tmp_path: Path):
    for iso3 in ("FRA", "ITA"):
        sent(iso3, message_id=f"<letter-{iso3.lower()}@coalition.example>")
    for number in range(TIMES):
        raw = answer(f"We will abstain, {number}.", sender=f"x{number}@elsewhere.example", reply_to="")
        take_in(raw.replace(b"answer-1@", f"s-{number}@".encode()))
        with reading(engine) as session:
            mail = session.exec(select(Reply).where(Reply.sender == f"x{number}@elsewhere.example")).one()
            seen, identity = where_it_is(mail), mail.id
        assert identity is not None
        path = later(number, tmp_path)
        france, italy, _ = at_once(
            lambda mail=identity, seen=seen: settle(engine, mail, "FRA", by=ANA, seen=seen),
            lambda mail=identity, seen=seen: settle(another, mail, "ITA", by=BEN, seen=seen),
            lambda path=path: collect(another, [path], by=ANA).taken,
        )
        (lost,) = [given for given in (france, italy) if isinstance(given, OutreachError)]
        assert isinstance(lost, ConflictError)
        with reading(engine) as session:
            assert session.get_one(Reply, identity).settled_by == ("Ana" if lost is italy else "Ben")
            decided = session.exec(select(MailDecision).where(MailDecision.reply_id == identity)).all()
        assert len(decided) == 1


def test_who_did_not_see_where_it_is_is_told_and_changes_nothing(sent, take_in, engine: Engine):
    for iso3 in ("FRA", "ITA"):
        sent(iso3, message_id=f"<letter-{iso3.lower()}@coalition.example>")
    take_in(answer("We will abstain.", sender="x@elsewhere.example", reply_to=""))
    with reading(engine) as session:
        seen = where_it_is(session.get_one(Reply, 1))
    settle(engine, 1, "FRA", by=ANA, seen=seen)
    with pytest.raises(ConflictError, match="put elsewhere meanwhile"):
        settle(engine, 1, "ITA", by=BEN, seen=seen)
    with reading(engine) as session:
        standing = {one.iso3: one.answer for one in session.exec(select(Response)).all()}
    assert standing["ITA"] is Answer.NONE
