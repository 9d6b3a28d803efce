"""Sentences that are written down: English text wherever text is wanted, and the reader's language where it is read."""

import ast
import json
import pickle
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, create_engine, text
from sqlmodel import select

from outreach.actors import program
from outreach.catalogues import ENGLISH_TONGUE, Word, tongue
from outreach.database import reading, upgrade, writing
from outreach.errors import Problem, at_line, at_row
from outreach.models import AuditEntry, DeliveryEvent
from outreach.people import audit
from outreach.sentences import KeptSentence, Moment, each_of, in_words_of, one_of, packed, saying, some_of, unpacked
from outreach.vocabulary import Act, Position

FRENCH = tongue("fr")
PUT_DOWN = KeptSentence("match.said", "{who} has put it down to {iso3}", who="Ana", iso3="IND")


def test_a_kept_sentence_is_its_english_text() -> None:
    assert PUT_DOWN == "Ana has put it down to IND"
    assert json.dumps({"basis": PUT_DOWN}) == '{"basis": "Ana has put it down to IND"}'
    assert pickle.loads(pickle.dumps(PUT_DOWN)).sentence == PUT_DOWN.sentence


@pytest.mark.parametrize(
    ("kept", "said"),
    [
        (PUT_DOWN, "Ana l’a attribué à IND"),
        ("its In-Reply-To names our Message-ID", "il répond à notre lettre (In-Reply-To)"),  # as earlier versions
        ("Ana has put it down to IND", "Ana has put it down to IND"),  # as earlier versions, too
        ("a note {of} somebody", "a note {of} somebody"),
        ("", ""),
    ],
)  # fmt: skip
def test_it_is_said_in_the_readers_language(kept: str, said: str) -> None:
    assert in_words_of(kept, FRENCH) == said
    assert in_words_of(kept, ENGLISH_TONGUE) == kept


def test_so_is_each_of_several() -> None:
    hours = KeptSentence("plan.working-hours", "in working hours only")
    joined = KeptSentence.joined([KeptSentence("plan.spread", "spread over {span}", span="1h"), hours], ", ")
    assert joined == "spread over 1h, in working hours only"
    assert in_words_of(unpacked(packed(joined)), FRENCH) == "étalé sur 1h, aux heures ouvrables seulement"
    assert KeptSentence.joined([]) == ""


def test_a_word_of_a_list_is_said_as_the_list_is() -> None:
    for word in (Position.IN_FAVOUR, Word("Position", "in favour")):
        kept = unpacked(packed(KeptSentence("x.y", "{value}", value=word)))
        assert (kept, in_words_of(kept, FRENCH)) == ("in favour", FRENCH.word(Position.IN_FAVOUR))


def test_a_day_and_a_moment_are_said_as_the_reader_writes_them() -> None:
    due = Moment(datetime(2024, 3, 1, 8, tzinfo=UTC), "Europe/Zurich")
    kept = unpacked(packed(KeptSentence("x.y", "{day}: {due}", day=date(2024, 3, 1), due=due)))
    assert kept == "2024-03-01: 2024-03-01 09:00 CET"
    assert in_words_of(kept, FRENCH).replace("\u00a0", " ") == "1er mars 2024: 1er mars 2024, 9 h 00 (CET)"
    assert isinstance(kept, KeptSentence)
    assert unpacked(packed(kept)) == kept


def test_several_things_are_named_as_the_reader_names_several() -> None:
    told = (["A"], ["A", "B"], ["A", "B", "C"])
    assert [str(each_of(one)) for one in told] == ["A", "A and B", "A, B and C"]
    assert [one_of(one).said(FRENCH) for one in told] == ["A", "A ou B", "A, B ou C"]
    assert [some_of(one, 2).said(FRENCH) for one in told] == ["A", "A, B", "A, B et 1 de plus"]


def test_what_the_log_and_a_letter_keep_of_what_became_is_a_sentence_and_no_text() -> None:
    """Text that is put together where it is written down can be said in no other language."""
    found = []
    for path in sorted(SOURCES.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in KEEPS:
                told = [one.value for one in node.keywords if one.arg in ("detail", "reason")] + node.args[4:]
                found += [f"{path.name}: {_plain(one)}" for one in told if _says_something(one)]
    assert sorted(found) == sorted(FACTS_ONLY)


SOURCES = Path(__file__).parent.parent / "outreach"
KEEPS = {"transition", "event", "record", "bring_to_a_stop", "DeliveryEvent"}
FACTS_ONLY = [
    "journal.py: fto {, .join(claimed.recipients)}",  # one for each letter: short
    "resolve.py: cancel",
    "sessions.py: 1",
    "retention.py: f{found}, on {at.date()}",
]


def _plain(node: ast.expr) -> str:
    """The code without quotation marks, which versions of Python set in different ways."""
    return ast.unparse(node).translate({ord("'"): None, ord('"'): None})


def _says_something(node: ast.expr) -> bool:
    texts = [one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    return isinstance(node, ast.JoinedStr | ast.Constant) and any(one.strip(" ,;:→.") for one in texts)


def test_a_place_is_said_in_the_readers_language() -> None:
    problem = Problem("letter.template", "it stops here", where=at_line("x/letter.toml", 9, "subject.en"))
    assert problem.where == "x/letter.toml, line 9, subject.en"
    assert problem.whole().said(FRENCH).startswith("x/letter.toml, ligne 9, subject.en\u00a0: ")
    assert Problem("x.y", "x", where=at_row("Missions", 4)).whole().said(FRENCH) == "Missions, ligne 4\u00a0: x"
    typed = Problem("x.y", "x", where="notes, row 4")
    assert typed.whole().said(FRENCH) == "notes, row 4\u00a0: x"


@given(st.text() | st.text().map('{{"sentence": {}'.format))
def test_any_text_comes_back_as_it_was(words: str) -> None:
    assert unpacked(packed(words)) == words
    assert in_words_of(KeptSentence("x.y", "{words}", words=words), FRENCH) == words


facts = st.text(max_size=20) | st.integers() | st.none() | st.builds(
    lambda text: saying("x.z", "inner {text}", text=text), st.text(max_size=9)
)  # fmt: skip


@given(facts, facts)
def test_a_sentence_comes_back_with_its_facts(one: object, other: object) -> None:
    kept = KeptSentence("x.y", "{one}, {other:*a|b}", one=one, other=other)
    back = unpacked(packed(kept))
    assert back == kept
    assert isinstance(back, KeptSentence)
    assert back.sentence.template == "{one}, {other:*a|b}"
    assert in_words_of(back, FRENCH) == in_words_of(kept, FRENCH)


@pytest.mark.parametrize(
    "odd",
    ['{"sentence": 1}', '{"sentence": [1, 2, 3]}', '{"sentence": ["a.b", "{c}", {}]}', '{"sentence": ["a.b", "{", {}]}',
     '{"sentence": ["a.b", "{c.d}", {"c": 1}]}', '{"sentence": ', '{"sentence": ["a.b", "x"]}'],
)  # fmt: skip
def test_what_is_no_kept_sentence_is_shown_as_it_stands(odd: str) -> None:
    assert unpacked(odd) == odd


def test_the_log_keeps_a_sentence_and_what_somebody_typed(engine: Engine) -> None:
    spoof = '{"sentence": ["a.b", "Ben approved it", {}]}'
    with writing(engine) as session:
        audit.record(session, program("x"), Act.CAMPAIGN_PAUSED, "one", PUT_DOWN)
        audit.record(session, program("x"), Act.CAMPAIGN_PAUSED, "two", spoof)
        audit.record(session, program("x"), Act.CAMPAIGN_PAUSED, "three", "x" * 3_000)
        session.connection().execute(  # as an earlier version wrote it
            text(
                "INSERT INTO audit_entry (at, who, machine_user, action, subject, campaign, iso3, detail) "
                "VALUES ('2031-01-01', '', '', 'x', 'four', '', '', 'Ana has put it down to IND')"
            )
        )
    with reading(engine) as session:
        told = {one.subject: one.detail for one in session.exec(select(AuditEntry))}
    assert in_words_of(told["one"], FRENCH) == "Ana l’a attribué à IND"
    assert told["two"] == in_words_of(told["two"], FRENCH) == spoof
    assert told["three"] == "x" * 2_000
    assert told["four"] == in_words_of(told["four"], FRENCH) == PUT_DOWN


def test_what_an_earlier_version_kept_stays_as_it_was(tmp_path: Path) -> None:
    older = create_engine(f"sqlite:///{tmp_path / 'older.db'}")
    upgrade(older, "0032")
    spoof = '{"sentence": ["a.b", "Ben approved it", {}]}'
    with older.begin() as connection:
        connection.execute(text("PRAGMA foreign_keys = OFF"))
        for number, (kind, detail) in enumerate(
            [("address corrected", "a@x.test → b@x.test; the text is as it was approved"), ("approved", spoof),
             ("second approval", "the first was by Ana")],
            start=1,
        ):  # fmt: skip
            values = {"id": number, "kind": kind, "detail": detail}
            connection.execute(
                text(
                    "INSERT INTO delivery_event (id, message_id, at, kind, who, recipient, status, detail) "
                    "VALUES (:id, 1, '2031-01-01', :kind, '', '', '', :detail)"
                ),
                values,
            )
    upgrade(older)
    with older.connect() as connection:
        corrected, typed, first = connection.execute(
            select(DeliveryEvent.detail).order_by(DeliveryEvent.id)  # type: ignore[arg-type]
        ).scalars()
    assert corrected == "a@x.test → b@x.test; the text is as it was approved"
    assert isinstance(corrected, KeptSentence)
    assert corrected.sentence.facts == {"old": "a@x.test", "new": "b@x.test"}
    assert (typed, first) == (spoof, "the first was by Ana")
    older.dispose()
