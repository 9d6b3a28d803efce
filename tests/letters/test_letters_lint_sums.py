"""What adds up, what the Council's calendar says and who is greeted: each with what is right beside what is not."""

from datetime import date

import pytest

from outreach.letters.lint.lint_addressee import name_in_greeting
from outreach.letters.lint.lint_agree import hits_of_two_articles
from outreach.letters.lint.lint_calendar import (
    hits_of_calendar,
    hits_of_drafts,
    hits_of_resolutions,
    hits_of_two_sessions,
    months_of_session,
)
from outreach.letters.lint.lint_context import hits_of_states
from outreach.letters.lint.lint_dates import hits_of_spans
from outreach.letters.lint.lint_languages import other_language
from outreach.letters.lint.lint_letterhead import hits_of_letterhead
from outreach.letters.lint.lint_lines import hits_of_lines
from outreach.letters.lint.lint_lists import hits_of_lists
from outreach.letters.lint.lint_numbers import numbers_in
from outreach.letters.lint.lint_numerals import hits_of_numerals
from outreach.letters.lint.lint_parts import sections_of
from outreach.letters.lint.lint_slips import EMPTY_GREETING, LABELLED_NOTE, TO_FILL_IN
from outreach.letters.lint.lint_sums import hits_of_sums
from outreach.vocabulary import Language

EN, FR, ES, RU, AR, ZH = (
    Language.ENGLISH, Language.FRENCH, Language.SPANISH, Language.RUSSIAN, Language.ARABIC, Language.CHINESE
)  # fmt: skip


def sums(text: str, language: Language = EN) -> list[str]:
    return [hit.code for hit in hits_of_sums(text, sections_of(text, text, language), language)]


@pytest.mark.parametrize(
    "text",
    [
        "| A | B |\n|---|---|\n| x | 12 |\n| y | 30 |\n| Total | 42 |",
        "| A | B | C |\n|---|---|---|\n| x | 1.5 | 12 % |\n| y | 2.6 | 30 % |\n| Total | 4.1 | 21 % |",
        "| A | 2024 | 2025 | Total |\n|---|---|---|---|\n| x | 1 | 2 | 3 |\n| y | 4 | – | 4 |",
        "Of the 47 members, 30 voted for it and 9 against.",
        "We met 22 States (12 in Africa and 10 in Asia).",
        "In 2024 we had 1,234 cases, among them 400 of women and 200 of children.",
        "Our 14 members met in May; our 14 members will meet again.",
        "Between 12 and 14 of our 30 offices answered.",
    ],
)
def test_what_adds_up_is_left_alone(text: str) -> None:
    assert sums(text) == []


@pytest.mark.parametrize(
    ("text", "language", "code"),
    [
        ("| Ville | Cas |\n|---|---|\n| A | 1 200 |\n| B | 30 |\n| Ensemble | 1 320 |", FR, "words.sum"),
        ("Nous avons vu 22 États : 13 en Afrique et 10 en Asie.", FR, "words.parts"),
        ("Thirteen women and nine men, 23 in all, sat on the board.", EN, "words.parts"),
        ("Nuestras 12 sedes trabajan. Nuestras 14 sedes son pequeñas.", ES, "words.ours-differ"),
    ],
)
def test_what_does_not_is_told(text: str, language: Language, code: str) -> None:
    assert sums(text, language) == [code]


def test_the_sessions_of_the_council_have_their_months() -> None:
    assert months_of_session(55) == (2024, frozenset({2, 3, 4}))
    assert months_of_session(63) == (2026, frozenset({9, 10}))
    assert months_of_session(1) is None
    today = date(2026, 11, 26)
    right = (
        "The 64th session of the Human Rights Council, from 22 February to 31 March 2027, follows CEDAW's 90th session."
    )
    assert list(hits_of_calendar(right, EN, today)) == []
    wrong = "La 65e session du Conseil des droits de l’homme, qui se tiendra en mars 2027, en traitera."
    assert [hit.code for hit in hits_of_calendar(wrong, FR, today)] == ["session.months"]
    gone = "We ask you to speak at the 61st session of the Human Rights Council."
    assert [hit.code for hit in hits_of_calendar(gone, EN, today)] == ["date.past-perhaps"]


def test_a_symbol_names_its_body() -> None:
    assert (
        list(hits_of_resolutions("The Human Rights Council adopted A/HRC/RES/60/18, and the General Assembly", EN))
        == []
    )
    said = list(hits_of_resolutions("Le Conseil de sécurité a adopté la résolution A/RES/75/1.", FR))
    assert [hit.code for hit in said] == ["document.body"]
    assert [hit.code for hit in hits_of_resolutions("Human Rights Council resolution 53/4 (2021)", EN)] == [
        "document.year"
    ]


@pytest.mark.parametrize(
    ("greeting", "language", "name"),
    [
        ("Dear Ambassador Holm,", EN, "Holm"), ("Dear Ambassador,", EN, ""), ("Your Excellency,", EN, ""),
        ("Dear Permanent Representative of Norway,", EN, ""), ("Madame l’Ambassadrice Duval,", FR, "Duval"),
        ("Madame l’Ambassadrice, Monsieur l’Ambassadeur,", FR, ""), ("Estimada Embajadora Ríos:", ES, "Ríos"),
        ("Excelentísimos señores miembros del Consejo:", ES, ""), ("Уважаемый господин Петров!", RU, "Петров"),
        ("Ваше Превосходительство, господин Посол!", RU, ""), ("سعادة السفير كريم المحترم،", AR, "كريم"),
        ("سعادة السفير المحترم،", AR, ""), ("尊敬的王建国大使：", ZH, "王建国"), ("尊敬的各位大使：", ZH, ""),
    ],
)  # fmt: skip
def test_who_is_greeted_by_name(greeting: str, language: Language, name: str) -> None:
    assert name_in_greeting(greeting, language) == name


def test_labels_are_no_letterhead() -> None:
    said = hits_of_letterhead("Our Coalition", ("Rue, code postal, ville", "12 rue du Lac, Genève"), "a@b.example")
    assert [words for words, _ in said] == ["Our Coalition", "Rue, code postal, ville"]


def test_lines_that_an_editor_wrapped_are_one_text() -> None:
    wrapped = (
        "We ask you to read the report, to speak in the\ndebate, to vote for the text, and to tell us what\nyou think."
    )
    assert list(hits_of_lines(wrapped)) == []


def test_sister_languages_are_told_by_what_only_they_have() -> None:
    assert (
        other_language("Ми звертаємося до вашого уряду, тому що захист прав потребує зусиль усіх держав", RU)
        == "Ukrainian"
    )
    assert other_language("Мы встретились с Наталією в Киеве и просим правительство нас поддержать", RU) is None
    assert other_language("我們請各國政府支持這個決議，並說明為什麼這對兒童重要。", ZH) is not None


def test_numbers_are_the_same_in_every_way_of_writing() -> None:
    for text, language in (
        ("1.2 million", EN),
        ("1 200 000", FR),
        ("1,2 millones", ES),
        ("120万", ZH),
        ("1,2 млн", RU),
    ):
        assert [one.value for one in numbers_in(text, language)] == [1_200_000]


def test_figures_of_one_kind_are_left_alone() -> None:
    assert list(hits_of_numerals("في عام ٢٠٢٥ كان ١٢، انظر https://a.example/2025 و A/HRC/60/2")) == []


@pytest.mark.parametrize("words", ["尊敬的：", "Dear Ms ,", "Уважаемая госпожа !", "Estimado Sr.,"])
def test_a_greeting_of_nobody(words: str) -> None:
    assert EMPTY_GREETING.search(words)


@pytest.mark.parametrize(
    "words", ["Dear Sir or Madam,", "Madame, Monsieur,", "Уважаемая госпожа!", "Monsieur le Président,"]
)
def test_a_greeting_of_somebody(words: str) -> None:
    assert not EMPTY_GREETING.search(words)


def test_what_is_in_brackets_may_be_meant() -> None:
    assert TO_FILL_IN.search("(указать дату)")
    assert TO_FILL_IN.search("[insert the date]")
    assert not TO_FILL_IN.search("(see the date above)")
    assert not LABELLED_NOTE.search("NB: the report is of 2025.")


@pytest.mark.parametrize(
    ("text", "language", "found"),
    [
        ("We know how much Norway has done for this cause, and ask you to go on.", EN, True),
        ("Nous savons ce que la Norvège a accompli en la matière.", FR, True),
        ("Nous saluons l'engagement de la Norvège pour cette cause.", FR, True),
        ("Conocemos el compromiso de Noruega con esta causa.", ES, True),
        ("Мы знаем, что Норвегия многое сделала для этого.", RU, True),
        ("نحن نقدر ما قدمته النرويج في هذا المجال.", AR, True),
        ("我们深知挪威一贯给予的支持。", ZH, True),
        ("Norway has done little to end the practice, as the report says.", EN, False),
        ("We welcome the draft that Norway has led, with its core group.", EN, False),
        ("We know that two of those held in Norway have been released.", EN, False),
        ("Nous savons que la Norvège a présenté le projet avec son groupe restreint.", FR, False),
        ("Мы знаем, что в Норвегии освобождены двое.", RU, False),
    ],
)
def test_praise_of_one_state_is_told_in_a_letter_to_all(text: str, language: Language, found: bool) -> None:
    hits = list(hits_of_states({language: text}, {language: ""}, {language: sections_of(text, text, language)}))
    assert ([hit.code for _, hit in hits] == ["words.one-state"]) is found


@pytest.mark.parametrize(
    ("text", "language", "found"),
    [
        ("Between 18 December and 9 December 2026 the Assembly votes.", EN, True),
        ("Entre le 18 décembre et le 9 décembre 2026, l'Assemblée vote.", FR, True),
        ("Entre el 18 de diciembre y el 9 de diciembre de 2026 se vota.", ES, True),
        ("Between 28 December and 9 January nobody is there.", EN, False),
        ("We met on 18 December and 9 December 2026.", EN, False),
        ("Entre el 9 de diciembre y el 18 de diciembre de 2026 se vota.", ES, False),
    ],
)
def test_a_span_that_ends_before_it_begins_is_told(text: str, language: Language, found: bool) -> None:
    assert bool(list(hits_of_spans(text, language))) is found


@pytest.mark.parametrize(
    ("text", "language", "found"),
    [
        ("We ask you to:\n\n1. in favour of the draft resolution;\n2. speak for it;\n3. meet us.", EN, True),
        ("Nous vous prions de :\n\n- pour la résolution ;\n- prendre la parole ;\n- nous recevoir.", FR, True),
        ("Le pedimos:\n\n- en favor de la resolución;\n- tomar la palabra;\n- recibirnos.", ES, False),
        ("Pedimos a su delegación que:\n\n- a favor de la resolución;\n- tome la palabra;\n- nos reciba.", ES, False),
        ("We ask you to:\n\n1. in the general debate, speak for it;\n2. vote for the draft;\n3. meet us.", EN, False),
        ("It was said:\n\n- in Geneva;\n- in New York;\n- at home.", EN, False),
    ],
)
def test_an_item_that_lacks_its_verb_is_asked_about(text: str, language: Language, found: bool) -> None:
    hits = list(hits_of_lists(sections_of(text, text, language), text, text))
    assert ("words.gap-perhaps" in [hit.code for hit in hits]) is found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("At its 64th session the Council will vote on A/HRC/46/L.12.", True),
        ("At its 64th session the Council will vote on A/HRC/64/L.12.", False),
        ("At its 64th session the Council will follow up A/HRC/RES/46/12.", False),
        ("A/HRC/46/L.12 was withdrawn.", False),
    ],
)
def test_a_draft_is_of_the_session_that_takes_it_up(text: str, found: bool) -> None:
    assert bool(list(hits_of_drafts(text, EN))) is found


@pytest.mark.parametrize(
    ("text", "language", "codes"),
    [
        ("We recorded 214 attacks. Of these, 107, or 62 per cent, were against women.", EN, ["words.parts"]),
        ("We recorded 214 attacks. Of these, 107, or 50 per cent, were against women.", EN, []),
        ("Sur 214 agressions, 107 (62 %) visaient des femmes.", FR, ["words.parts"]),
        ("62 per cent were for it, 27 per cent were against it and 15 per cent did not know.", EN, ["words.parts"]),
        ("62 per cent were for it, against 27 per cent in 2020 and 15 per cent in 2010.", EN, []),
        ("Sur 1 250 personnes, 840 n'avaient pas de contrat, dont 310 depuis plus de cinq ans.", FR, []),
        ("We asked 90 people, and 12 (9 %) of all 130 offices answered.", EN, []),
    ],
)
def test_shares_and_parts_of_a_part(text: str, language: Language, codes: list[str]) -> None:
    assert sums(text, language) == codes


def test_a_filter_brings_its_own_article() -> None:
    assert [hit.words for hit in hits_of_two_articles("We ask the {{ mission|the }} to vote.")] == [
        "the {{ mission|the }}"
    ]
    assert not list(hits_of_two_articles("We ask {{ mission|the }} and the {{ mission.group }} to vote."))


def test_a_session_that_bears_its_own_year_is_no_slip() -> None:
    told = "The Council considers it at its 58th session in 2025, and will consider it at its 64th session in 2027."
    assert not list(hits_of_two_sessions(told, EN, None))
    assert list(hits_of_two_sessions(told.replace(" in 2025", "").replace(" in 2027", ""), EN, None))
