"""Filters and fields as a letter uses them, in its language."""

from pathlib import Path

import pytest
from letters_made import addressee, as_typed, contact, merged, merger, write_letter

from outreach.errors import LetterError
from outreach.letters.filters import ordinal, session
from outreach.letters.folder import load_letter
from outreach.vocabulary import GenderForm, Language

TOML = "title='T'\n[subject]\n" + "\n".join(f'{language} = "S"' for language in Language)


def said(templates: Path, text: str, language: str, iso3: str = "NLD", **fields: object) -> str:
    write_letter(templates, {"letter.toml": TOML, f"{language}.md": text})
    letter = load_letter("letter", templates)
    to = addressee(iso3, contact(iso3, language=Language(language)), **fields)
    return merger(letter).merge(to).text.strip()


@pytest.mark.parametrize(
    ("language", "text", "words"),
    [
        ("en", "the Government {{ mission|of }}", "the Government of the Kingdom of the Netherlands"),
        ("fr", "le Gouvernement {{ mission|of }}", "le Gouvernement du Royaume des Pays-Bas"),
        ("es", "el Gobierno {{ mission|of }}", "el Gobierno del Reino de los Países Bajos"),
        ("fr", "{{ mission|the }}, {{ mission|to }}", "le Royaume des Pays-Bas, au Royaume des Pays-Bas"),
        ("fr", "{{ mission|of('formal') }}", "du Royaume des Pays-Bas"),
        ("fr", "{{ 'Albanie'|of }} {{ 'GBR'|of('formal') }}",
         "de l'Albanie du Royaume-Uni de Grande-Bretagne et d'Irlande du Nord"),
        ("en", "{{ 55|session }} {{ 1|ordinal }} {{ 2|ordinal }} {{ 3|ordinal }} {{ 11|ordinal }} {{ 112|ordinal }}",
         "55th session 1st 2nd 3rd 11th 112th"),
        ("fr", "{{ 55|session }} {{ 1|session }} {{ 1|ordinal }}", "55e session 1re session 1er"),
        ("es", "{{ 55|session }} {{ 3|ordinal('feminine') }}", "55.º período de sesiones 3.ª"),
        ("zh", "{{ 55|session }}", "第55届会议"),
        ("ru", "{{ 55|session }}", "55-я сессия"),
        ("ru", "{{ 'FRA'|whom }} {{ 'TZA'|whom }} {{ 'SLB'|whom }}",
         "Францию Объединенную Республику Танзания Соломоновы Острова"),
        ("ru", "{{ 'BIH'|whom }} {{ 'GNB'|whom }} {{ 'PNG'|whom }}",
         "Боснию и Герцеговину Гвинею-Бисау Папуа — Новую Гвинею"),
        ("ru", "{{ 'GBR'|whom }}", "Соединенное Королевство Великобритании и Северной Ирландии"),
        ("ru", "{{ 'RUS'|whom('formal') }} {{ 'MDA'|whom('formal') }}", "Российскую Федерацию Республику Молдова"),
        ("fr", "{{ mission|whom }} {{ 'FRA'|whom }}", "le Royaume des Pays-Bas la France"),
        ("ar", "{{ mission.of }}", "لمملكة هولندا"),
        ("en", "{{ ['A', 'B', 'C']|listed }}; {{ ['A', 'B'] }}", "A, B and C; A and B"),
        ("fr", "{{ ['A', 'B', 'C']|listed }}", "A, B et C"),
        ("en", "{{ date|day('full') }}", "Saturday, 16 March 2024"),
        ("zh", "{{ date }}", "2024年3月16日"),
        ("zh", "{{ envelope }}", "大使、常驻代表，荷兰王国常驻联合国日内瓦办事处代表团"),
    ],
)  # fmt: skip
def test_words_in_each_language(tmp_path: Path, language: str, text: str, words: str) -> None:
    assert " ".join(as_typed(said(tmp_path, text, language)).split()) == words


def test_in_english_the_sheets_own_name_counts(tmp_path: Path) -> None:
    assert said(tmp_path, "{{ mission|of }}", "en", short_name="Holland") == "of Holland"
    assert said(tmp_path, "{{ mission|of }}", "en", "JPN", short_name="The Land of Japan") == "of The Land of Japan"
    assert said(tmp_path, "{{ mission|the }}", "en", "JPN", short_name="the Land") == "the Land"


@pytest.mark.parametrize("text", ["{{ 'Atlantis'|of }}", "{{ 5|of }}", "{{ mission|of('long') }}", "{{ 'x'|ordinal }}",
                                  "{{ 'x'|day }}", "{{ signatories|of }}"])  # fmt: skip
def test_what_a_filter_cannot_take_is_told_with_its_line(tmp_path: Path, text: str) -> None:
    with pytest.raises(LetterError, match=r"en\.md, line 2"):
        merged(tmp_path, {"en.md": f"x\n{text}"})


def test_the_inside_address_stands_on_lines_in_the_text_and_on_one_in_the_subject(tmp_path: Path) -> None:
    files = {"letter.toml": "title='T'\n[subject]\nen = '{{ inside_address }}'\n", "en.md": "{{ inside_address }}"}
    to = addressee("JPN", contact("JPN", name="*A*", gender_form=GenderForm.MASCULINE))
    found = merged(tmp_path, files, to)
    lines = ["H.E. Mr. *A*", "Ambassador and Permanent Representative", "Permanent Mission of Japan",
             "to the United Nations Office at Geneva"]  # fmt: skip
    assert as_typed(found.text).splitlines() == lines
    assert found.subject == ", ".join(lines)
    assert found.html.count("<br />") == 3


@pytest.mark.parametrize("number", [0, 1, 2, 21, 55, 101])
def test_every_language_has_ordinals(number: int) -> None:
    for language in Language:
        assert str(number) in ordinal(number, language)
        assert str(number) in session(number, language)
