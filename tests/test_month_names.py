"""The months' names: those of the Unicode CLDR, told apart in every language and folding."""

import pytest
from babel.dates import get_month_names

from outreach.month_names import month_names, months_by_word
from outreach.text import folded
from outreach.vocabulary import Language

NAMED = [one for one in Language if one is not Language.CHINESE]


@pytest.mark.parametrize("language", NAMED)
def test_names_in_dates_are_those_of_the_cldr(language: Language) -> None:
    cldr = get_month_names("wide", "format", language)
    assert month_names(language) == tuple(cldr[number] for number in range(1, 13))


@pytest.mark.parametrize("language", NAMED)
@pytest.mark.parametrize("width", ["wide", "abbreviated"])
@pytest.mark.parametrize("place", ["format", "stand-alone"])
def test_every_form_of_the_cldr_is_known(language: Language, width: str, place: str) -> None:
    known = months_by_word(folded)
    for number, name in get_month_names(width, place, language).items():  # type: ignore[arg-type]
        assert known[folded(name)] == number, name


def test_chinese_months_are_numbers() -> None:
    assert month_names(Language.CHINESE) == ()


def test_no_word_is_two_months() -> None:
    one_by_one = [months_by_word(folded, language) for language in NAMED]
    together = months_by_word(folded)
    assert all(together[word] == number for words in one_by_one for word, number in words.items())


def test_short_forms_can_be_left_out() -> None:
    assert "mar" not in months_by_word(folded, short=False)
    assert months_by_word(folded)["mar"] == 3
