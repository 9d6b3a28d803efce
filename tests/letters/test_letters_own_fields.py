"""A team's own fields, tags, term, positions and votes in a letter; what is missing, and what nobody has."""

from datetime import date
from pathlib import Path

import pytest
from letters_made import addressee, contact, merger, write_letter

from outreach.errors import LetterError
from outreach.letters.folder import load_letter
from outreach.letters.merge import Addressee
from outreach.letters.merge_values import Facts

FACTS = Facts(
    term_end=2026, position="in favour", positions={"hrc_54": "abstain"}, votes={"a_hrc_res_54_1": "against"},
    past={"field_2023": "in favour"}, past_years=frozenset({"field_2023", "field_2022"}),
    campaigns=frozenset({"hrc_54"}), voted=frozenset({"a_hrc_res_54_1"}),
    mission_fields=frozenset({"priority", "seen_on"}),
)  # fmt: skip


def merged(folder: Path, text: str, fields: dict[str, object]) -> tuple[str, tuple[str, ...]]:
    write_letter(folder, {"en.md": text})
    letter = load_letter("letter", folder)
    plain = addressee("DEU", contact("DEU"), fields=fields, tags=["quick", "warm"])
    found = merger(letter).merge(Addressee(plain.mission, plain.contacts, FACTS))
    return found.text, found.missing


def test_what_a_letter_may_say_of_a_mission(tmp_path: Path) -> None:
    text, missing = merged(
        tmp_path,
        "{{ mission.fields.priority }}, {{ mission.fields.seen_on|day }}, {{ mission.fields.visits + 1 }}, "
        "{{ mission.tags|listed }}, {{ mission.term_end }}, {{ mission.position }}, {{ mission.positions.hrc_54 }}, "
        '{{ mission.votes["A/HRC/RES/54/1"] }}{% if mission.fields.eu %}, of the EU{% endif %}',
        {"priority": "*high*", "seen_on": {"date": "2024-03-18"}, "visits": 2, "eu": True},
    )
    assert "*high*, 18 March 2024, 3, quick and warm, 2026, in favour, abstain, against, of the EU" in " ".join(
        text.replace("\u00a0", " ").split()
    )
    assert missing == ()


def test_a_field_that_this_mission_has_not_is_missing(tmp_path: Path) -> None:
    _, missing = merged(tmp_path, "{{ mission.fields.priority }}{% if mission.fields.seen_on %}x{% endif %}", {})
    assert missing == ("mission.fields.priority",)


def test_a_field_that_nobody_has_is_refused_with_a_suggestion(tmp_path: Path) -> None:
    with pytest.raises(LetterError) as refused:
        merged(tmp_path, "{{ mission.fields.priorty }}", {})
    assert "Did you mean mission.fields.priority?" in str(refused.value.problems[0].says)


def test_a_date_is_a_date(tmp_path: Path) -> None:
    text, _ = merged(tmp_path, "{{ mission.fields.seen_on.year }}", {"seen_on": {"date": "2024-03-18"}})
    assert str(date(2024, 3, 18).year) in text


def test_how_it_voted_in_a_past_year(tmp_path: Path) -> None:
    text = '{% if mission.past["2023"] == "in favour" %}As in 2023.{% endif %} {{ mission.past[2022] }}'
    found, missing = merged(tmp_path, text, {})
    assert "As in 2023." in found
    assert missing == ("mission.past.field_2022",), "it voted on it in no way, or in two, that year"
    with pytest.raises(LetterError) as refused:
        merged(tmp_path, '{{ mission.past["2021"] }}', {})
    assert 'voted on: 2023, 2022. Write mission.past["2023"].' in str(refused.value.problems[0].says)
