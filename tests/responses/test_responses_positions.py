"""Where a mission stands: set by a person, with its history."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Engine
from sqlmodel import col, select

from outreach.actors import named
from outreach.database import reading, writing
from outreach.errors import NotFoundError, UserError
from outreach.models import Campaign, Mission, Response, ResponseChange
from outreach.responses.positions import parse_position, set_position, standing
from outreach.vocabulary import Position


@pytest.fixture
def campaign(engine: Engine) -> str:
    """A campaign with two missions."""
    with writing(engine) as session:
        session.add_all(
            Mission(iso3=code, short_name=name, formal_name=name, language="fr")
            for code, name in (("FRA", "France"), ("CHE", "Switzerland"))
        )
        row = Campaign(
            name="hrc55", letter="x", as_of=date(2024, 3, 18), time_zone="Europe/Zurich",
            created_at=datetime(2024, 3, 1, tzinfo=UTC),
        )  # fmt: skip
        session.add(row)
        session.flush()
        assert row.id is not None
        session.add_all(Response(campaign_id=row.id, iso3=code) for code in ("FRA", "CHE"))
    return "hrc55"


def history(engine: Engine) -> list[tuple[str, str, str, str, str]]:
    with reading(engine) as session:
        rows = session.exec(select(ResponseChange).order_by(col(ResponseChange.id))).all()
        return [(row.field, row.old, row.new, row.note, row.who) for row in rows]


def test_a_position_is_set_and_what_was_said_before_is_kept(engine, campaign):
    set_position(engine, campaign, "fra", "In Favor", note="Said in the corridor.", by=named("Ana"))
    set_position(engine, campaign, "FRA", "co-sponsor", by=named("Ben"))
    rows = {row.iso3: row for row in standing(engine, campaign)}
    assert (rows["FRA"].position, rows["FRA"].note, rows["FRA"].changed_by) == (
        Position.CO_SPONSOR,
        "Said in the corridor.",
        "Ben",
    )
    assert rows["CHE"].position is Position.UNKNOWN
    assert history(engine) == [
        ("position", "unknown", "in favour", "Said in the corridor.", "Ana"),
        ("position", "in favour", "co-sponsor", "", "Ben"),
    ]


@pytest.mark.parametrize("position", list(Position))
def test_every_position_is_said_in_its_own_words(position):
    assert parse_position(f"  {position.value.upper()} ") is position


@pytest.mark.parametrize(
    ("name", "iso3", "position", "error", "words"),
    [
        ("hrc55", "FRA", "maybe", UserError, "Say one of: unknown, co-sponsor"),
        ("hrc55", "FRA", "abstayn", UserError, "Did you mean 'abstain'"),
        ("hrc55", "DEU", "abstain", NotFoundError, "It has: CHE, FRA"),
        ("hrc55", "FRX", "abstain", NotFoundError, "FRA"),
        ("hrc56", "FRA", "abstain", NotFoundError, "hrc55"),
    ],
)
def test_a_mistake_changes_nothing_and_says_what_to_do(name, iso3, position, error, words, engine, campaign):
    with pytest.raises(error, match=words):
        set_position(engine, name, iso3, position, by=named("Ana"))
    assert history(engine) == []


def test_nobody_sets_no_position(engine, campaign):
    with pytest.raises(UserError, match="Nobody is named"):
        set_position(engine, campaign, "FRA", "abstain", by=named(" \n"))


@pytest.mark.parametrize(
    "doubt",
    ["in favour?", "a favor, probablemente", "pour (à confirmer)", "en faveur ?", "abstain (tbc)", "cosponsor?",
     "yes - if amended", "~yes", "contre*", "¿en contra?"],
)  # fmt: skip
def test_a_position_with_a_doubt_beside_it_is_none(doubt):
    with pytest.raises(UserError, match="with something beside it"):
        parse_position(doubt)


@pytest.mark.parametrize(
    "words",
    ["will not support", "not in favour", "no apoya", "ne soutient pas", "would not oppose", "not against",
     "pas contre",
     "no se opone", "yes/no", "in favour or abstain", "against → abstain", "non contre", "decided", "unsupports"],
)  # fmt: skip
def test_nothing_is_proposed_beside_a_negation_or_two_positions(words):
    with pytest.raises(UserError) as caught:
        parse_position(words)
    assert "Did you mean" not in str(caught.value)


@pytest.mark.parametrize(
    ("words", "position"),
    [("favourable", Position.IN_FAVOUR), ("positive", Position.IN_FAVOUR), ("unfavourable", Position.AGAINST),
     ("négatif", Position.AGAINST), ("en faveur", Position.IN_FAVOUR), ("s’abstient", Position.ABSTAIN)],
)  # fmt: skip
def test_positions_are_known_by_their_usual_words(words, position):
    assert parse_position(words) is position
