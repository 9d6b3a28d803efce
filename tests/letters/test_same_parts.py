"""What is the same in every letter is rendered once, and says the same as if it were rendered with each."""

from pathlib import Path
from typing import Any

import pytest
from jinja2 import DictLoader, TemplateSyntaxError
from letters_made import addressee, merger, write_letter

from outreach.letters.folder import load_letter
from outreach.letters.same_parts import SameParts
from outreach.vocabulary import Language

LIST = "{% for one in names %}{{ number }}. {{ one }}{% if title is defined %} ({{ title }}){% endif %} {% endfor %}"
TEMPLATES = (
    "Dear {{ mission }}, we, the {{ names|length }} of {{ letter }}, ask {{ mission }}. {{ letter }} {{ tick() }}",
    "{% if mission == 'France' %}oui{% else %}yes{% endif %} {{ tick() }} {% if letter %}{{ letter }}{% endif %}",
    "{% set title = letter %}{% include 'list' %}{{ mission }}{% set title = mission %}{% include 'list' %}",
    "{% set a = mission %}{% set b = a ~ '!' %}{{ letter }}{{ b }}{% set b = 'same' %}{{ b }}",
    "{% macro said(who) %}{{ letter }} to {{ who }}{% endmacro %}{{ said(letter) }} {{ said(mission) }}",
    "{% macro named() %}{{ mission }}{% endmacro %}{{ letter }}{{ named() }}",
    "{% for mission in names %}{{ mission }}{% endfor %}{{ mission }}{{ letter }}",
    "{% if letter %}{% set title = mission %}{% endif %}{{ title }}{{ letter }}",
    "{% with title = letter %}{{ title }}{% endwith %}{{ mission }}{% include which %}",
    "{% set turn = cycler('a', 'b') %}{{ turn.next() }}{{ letter }}{{ turn.next() }}{{ mission }}",
    "{% set ns = namespace(n=1) %}{% set ns.n = mission %}{{ ns.n }}{{ letter }}",
    "{% block own %}{{ letter }}{{ mission }}{% endblock %}",
    "{% filter upper %}{{ letter }}{% endfilter %}{{ mission }}{% raw %}{{ letter }}{% endraw %}",
)


def environment(template: str, *, shares: bool) -> SameParts:
    loader = DictLoader({"letter": template, "list": LIST})
    return SameParts(loader=loader, differing=("mission", "number", "which") if shares else ())


def letters(template: str, *, shares: bool) -> list[str]:
    """The template for two missions, twice."""
    env = environment(template, shares=shares)
    common: dict[str, Any] = {"letter": "Open Letter", "names": ["Ada", "Bo"], "tick": lambda: "tick", "number": 1}
    missions = ("France", "Ghana", "France")
    return [
        env.said(env.get_template("letter"), {**common, "mission": one, "which": "list"}, [], None) for one in missions
    ]


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_letter_says_what_it_would_say_alone(template: str) -> None:
    assert letters(template, shares=True) == letters(template, shares=False)


@pytest.mark.parametrize(("template", "times"), [(TEMPLATES[0], 1), (TEMPLATES[1], 1), ("{{ tick(mission) }}", 2)])
def test_what_asks_for_nothing_of_a_mission_is_rendered_once(template: str, times: int) -> None:
    env = environment(template, shares=True)
    calls: list[str] = []

    def tick(*_: str) -> str:
        calls.append("")
        return ""

    for mission in ("France", "Ghana"):
        values = {"letter": "L", "names": [], "tick": tick, "mission": mission}
        env.said(env.get_template("letter"), values, [], None)
    assert len(calls) == times


def test_letters_with_other_values_in_common_are_rendered_anew() -> None:
    env = environment("{{ letter }}", shares=True)
    template = env.get_template("letter")
    assert [env.said(template, {"letter": one}, [], one) for one in ("mail", "open", "mail")] == [
        "mail",
        "open",
        "mail",
    ]


def test_a_block_can_not_be_called_as_ours_are() -> None:
    with pytest.raises(TemplateSyntaxError, match="same_in_all_1"):
        environment("{% block same_in_all_1 %}{% endblock %}", shares=True).get_template("letter")


def test_a_fact_that_is_empty_is_noted_with_every_letter(tmp_path: Path) -> None:
    toml = 'title = "T"\n[subject]\nen = "S"\n[facts]\nplace = ""\n'
    write_letter(tmp_path, {"letter.toml": toml, "en.md": "Dear {{ mission.name }},\n\nin {{ letter.place }}.\n"})
    own = merger(load_letter("letter", tmp_path))
    merged = [own.merge(addressee(iso3, language=Language.ENGLISH)) for iso3 in ("FRA", "GHA", "PER")]
    assert [one.missing for one in merged] == [("letter.place",)] * 3


def test_a_shared_block_that_comes_to_ask_for_the_mission_differs_from_then_on(tmp_path: Path) -> None:
    """Compiled templates are remembered from one merge to the next."""
    write_letter(tmp_path, {"en.md": "Hello\n\n{% include 'who.md' %}\n"})
    said = []
    for words in ("all of you", "{{ mission.name }}"):
        (tmp_path / "layouts" / "who.md").write_text(words, encoding="utf-8")
        own = merger(load_letter("letter", tmp_path))
        said.append([own.merge(addressee(one, language=Language.ENGLISH)).text for one in ("FRA", "GHA")])
    assert said == [["Hello\n\nall of you\n"] * 2, ["Hello\n\nFrance\n", "Hello\n\nGhana\n"]]
