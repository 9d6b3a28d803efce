"""What triggers an expression stands in whatever the expression matches: else an expression would go untried."""

import re
import tomllib
from importlib.resources import files

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.expressions import ManyExpressions, found, rules, triggers
from outreach.outbox.blame.refusals import written_out
from outreach.text import without_accents
from tests.examples import examples


def expressions() -> list[str]:
    refused, proposed = (
        tomllib.loads((files("outreach." + room) / name).read_text(encoding="utf-8"))
        for room, name in (("outbox.blame", "refusals.toml"), ("inbox.meaning", "proposals.toml"))
    )
    wishes = [{"words": words} for table in proposed.values() for words in table.values()]
    return [word for row in (*written_out(refused), *wishes) for word in map(without_accents, row["words"])]


@pytest.mark.heavy
@settings(max_examples=examples(600), deadline=None)
@given(st.data())
def test_whatever_matches_bears_a_trigger(data):
    expression = data.draw(st.sampled_from(expressions()))
    text = data.draw(st.from_regex(expression))
    assert any(word in text for word in triggers(expression))
    assert found(rules([expression]), text)


@pytest.mark.parametrize(
    ("expression", "pieces"),
    [
        ("user unknown", ("user unknown",)),
        (r"\babstain\w*", ("abstain",)),
        (r"no mx\b", ("no mx",)),
        (r"name\.of \(it\)", ("name.of (it)",)),
        ("(?:mail ?box|in).{,30}(?:full|too large)", ("full", "too large")),
        ("(?:co-?)?sponsor", ("sponsor",)),
        ("a{0,3}b+cd", ("cd",)),
        ("one|other", ("one", "other")),
        ("[ab]c?", ("",)),
        ("(?<!no )relay", ("relay",)),
    ],
)
def test_the_pieces_of_an_expression(expression, pieces):
    assert triggers(expression) == pieces


def test_most_expressions_have_one():
    none = [one for one in expressions() if "" in triggers(one)]
    assert len(none) <= 1, none


def test_a_bracket_that_does_not_end_is_told():
    with pytest.raises(ValueError, match="does not end"):
        triggers("(?:one")


def test_without_its_trigger_no_expression_is_tried():
    class Never:
        def search(self, text: str) -> re.Match[str] | None:
            raise AssertionError

    expressions = ManyExpressions([(("word",), Never())])  # type: ignore[list-item]
    assert not found(expressions, "a text")
    assert not found(expressions, "ein Text für Wörter")
