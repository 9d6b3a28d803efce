"""A report in three languages: every word of it from the catalogue, and back in as the English one comes."""

import csv
import io
import json
import re
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from invented_campaign import MADE
from pypdf import PdfReader
from sqlalchemy import Engine

from outreach.actors import named
from outreach.catalogues import Tongue, tongue
from outreach.errors import SheetError
from outreach.missions.collation import sort_key
from outreach.missions.facts import addressees
from outreach.missions.names import short_name
from outreach.reports.excel.report_columns import MISSION_COLUMNS, ReportColumn
from outreach.reports.export import report
from outreach.reports.returned.incoming import import_report
from outreach.reports.source import opened
from outreach.reports.summary import page_data
from outreach.vocabulary import Edition, Language, Position
from tests.test_catalogues import _Bracketed

NAME = "renew-the-mandate"
BRACKETED = Tongue("fr", _Bracketed())
_DATA = re.compile(
    r"[\d\s.:,;%–·()→+-]*|renew-the-mandate|hrc-joint-letter|[A-Z]{3}|Europe/Zurich|[\w.+-]+@[\w.\n@+-]+"
)


def column(header: str, say: Tongue) -> str:
    one: ReportColumn[Any] = next(one for one in MISSION_COLUMNS if one.header == header)
    return one.head(say)


def outside(text: str) -> str:
    """What stands outside of brackets."""
    while (without := re.sub(r"⟦[^⟦⟧]*⟧", "", text)) != text:
        text = without
    return text


def names() -> set[str]:
    return {short_name(one, "fr").replace("'", "’") for one in addressees().values()}


@pytest.mark.heavy
@pytest.mark.parametrize("edition", list(Edition))
def test_no_word_of_a_workbook_stands_outside_of_the_catalogue(
    varied: Engine, tmp_path: Path, edition: Edition
) -> None:
    path = report(varied, NAME, tmp_path / "r.xlsx", made_at=MADE, edition=edition, say=BRACKETED)
    book = openpyxl.load_workbook(path)
    typed = {"Reason", "Recipients", "Note", "Row key", "Why", "Detail", "What it says", "From", "Subject", "Who"}
    known, found = names(), []
    for sheet in book:
        assert sheet.title.startswith("⟦")
        heads = {cell.column: str(cell.value).strip("⟦⟧") for cell in sheet[1] if cell.value}
        for row in sheet.iter_rows():
            for cell in row:
                text = cell.value
                if not isinstance(text, str) or (cell.row > 1 and heads.get(cell.column) in typed):
                    continue
                if text in known or _DATA.fullmatch(outside(text).strip()):
                    continue
                found.append((sheet.title, cell.coordinate, text))
        for choice in sheet.data_validations.dataValidation:
            assert all(word.startswith("⟦") for word in choice.formula1.strip('"').split(","))
            assert choice.error.startswith("⟦")
        assert "⟦" in sheet.oddFooter.right.text
    assert found == [], "not in the catalogue"
    with zipfile.ZipFile(path) as archive:
        charts = [name for name in archive.namelist() if name.startswith("xl/charts/chart")]
        assert charts
        for name in charts:
            for text in re.findall(r"<(?:a:t|c:v|v|t)>([^<]+)<", archive.read(name).decode()):
                assert _DATA.fullmatch(outside(text).strip()), text
        drawn = [name for name in archive.namelist() if name.startswith("xl/drawings/drawing")]
        for name in drawn:
            for text in re.findall(r'descr="([^"]+)"', archive.read(name).decode()):
                assert _DATA.fullmatch(outside(text).strip()), text


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for name, one in value.items() if name not in {"fill", "mark", "lang"} for text in _texts(one)]
    if isinstance(value, list):
        return [text for one in value for text in _texts(one)]
    return [value] if isinstance(value, str) else []


@pytest.mark.parametrize("edition", list(Edition))
def test_no_word_of_the_page_stands_outside_of_the_catalogue(varied: Engine, edition: Edition) -> None:
    with opened(varied, NAME, MADE, BRACKETED, edition=edition) as source:
        data = page_data(source)
    known = names()
    for text in _texts({**data, "problems": [one["mission"] for one in data["problems"]]}):
        rest = outside(text).strip()
        assert _DATA.fullmatch(rest) or all(one in known for one in rest.split(", ")), text


def test_heads_and_words_of_a_table_are_in_the_language_and_json_is_the_same(varied: Engine, tmp_path: Path) -> None:
    say = tongue("es")
    text = report(varied, NAME, tmp_path / "r.csv", made_at=MADE, say=say).read_text(encoding="utf-8-sig")
    lines = list(csv.DictReader(io.StringIO(text, newline="")))
    assert list(lines[0]) == [one.head(say) for one in MISSION_COLUMNS if not one.workbook_only]
    assert {line["Posición"] for line in lines} == {say.word(one) for one in Position}
    plain, theirs = (
        json.loads(report(varied, NAME, tmp_path / f"{one}.json", made_at=MADE, say=tongue(one)).read_text("utf-8"))
        for one in ("en", "es")
    )
    assert plain == theirs


@pytest.mark.heavy
@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_states_are_named_and_sorted_as_the_language_does(varied: Engine, tmp_path: Path, language: str) -> None:
    say = tongue(language)
    book = openpyxl.load_workbook(report(varied, NAME, tmp_path / "r.xlsx", made_at=MADE, say=say))
    sheet = book[say.about("sheet", "Missions")]
    found = [row[1] for row in sheet.iter_rows(min_row=2, values_only=True)]
    assert found == sorted(found, key=lambda name: sort_key(str(name), Language(language)))
    assert {"en": "Germany", "fr": "Allemagne", "es": "Alemania"}[language] in found
    if language == "fr":
        assert found[:3] == ["Afrique du Sud", "Albanie", "Algérie"]
        assert found.index("Émirats arabes unis") < found.index("Érythrée") < found.index("États-Unis d’Amérique")


@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_an_edition_comes_back_as_the_english_one_does(varied: Engine, tmp_path: Path, language: str) -> None:
    say = tongue(language)
    path = report(varied, NAME, tmp_path / "r.xlsx", made_at=MADE, say=say)
    assert import_report(varied, path, by=named("Ana")).changes == []
    assert import_report(varied, path, by=named("Ana")).told == []
    book = openpyxl.load_workbook(path)
    sheet = book[say.about("sheet", "Missions")]
    columns = {cell.value: cell.column for cell in sheet[1]}
    rows = {row[0].value: row[0].row for row in sheet.iter_rows(min_row=2)}
    days = {
        "en": "by phone, 20 March 2024",
        "fr": "par téléphone, le 20 mars 2024",
        "es": "por teléfono, 20 de marzo de 2024",
    }
    for iso3, header, value in (
        ("FRA", "Position", say.word(Position.CO_SPONSOR)),
        ("DEU", "Position", say.word(Position.AGAINST).upper()),
        ("BRA", "Position", tongue("es").word(Position.DECLINED)),
        ("JPN", "Answered how", days[language]),
        ("IND", "Regional group", "?"),
    ):
        sheet.cell(rows[iso3], columns[column(header, say)]).value = value
    book.save(path)
    done = import_report(varied, path, by=named("Ana"))
    taken = {(one.iso3, one.field): one.new for one in done.changes}
    assert taken["FRA", "position"] == "co-sponsor"
    assert taken["DEU", "position"] == "against"
    assert taken["BRA", "position"] == "declined to say"
    assert taken["JPN", "answered how"] == days[language]
    assert [one.where.partition("!")[2][0] for one in done.told] == ["C"]
    with opened(varied, NAME) as source:
        japan = next(one for one in source.missions if one.iso3 == "JPN")
        assert japan.answered_at == datetime(2024, 3, 20, 12, tzinfo=UTC)


def test_headers_of_the_languages_mean_one_column_each() -> None:
    found: dict[str, str] = {}
    for language in ("en", "fr", "es"):
        for one in MISSION_COLUMNS:
            head = one.head(tongue(language)).casefold()
            assert found.setdefault(head, one.header) == one.header


@pytest.mark.heavy
@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_the_page_is_two_pages_in_each_language(varied: Engine, tmp_path: Path, language: str) -> None:
    say = tongue(language)
    pages = PdfReader(report(varied, NAME, tmp_path / "r.pdf", made_at=MADE, say=say)).pages
    assert len(pages) == 2
    assert say.day(date(2024, 3, 18)) in pages[0].extract_text()
    assert {(round(page.mediabox.width), round(page.mediabox.height)) for page in pages} == {(595, 842)}


@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_a_report_of_the_day_of_sending_that_nobody_touched_tells_nothing(
    varied: Engine, tmp_path: Path, language: str
) -> None:
    """Nobody has waited a day yet: the zeros in that column are as they were written."""
    path = report(varied, NAME, tmp_path / "r.xlsx", made_at=MADE.replace(day=18, hour=9), say=tongue(language))
    book = openpyxl.load_workbook(path)
    sheet = book[tongue(language).about("sheet", "Missions")]
    heads = [cell.value for cell in sheet[1]]
    waiting = heads.index(tongue(language).about("column", "Days waiting"))
    assert 0 in [row[waiting].value for row in sheet.iter_rows(min_row=2)]
    done = import_report(varied, path, by=named("Ana"))
    assert (done.changes, list(done.told)) == ([], [])


@pytest.mark.parametrize(("language", "column", "words"), [
    ("en", "Next step", "declined to say"), ("fr", "Prochaine étape", "ne se prononce pas"),
    ("es", "Próximo paso", "no se pronuncia"),
])  # fmt: skip
def test_what_is_told_of_a_sheet_names_its_own_columns_and_words(
    varied: Engine, tmp_path: Path, language: str, column: str, words: str
) -> None:
    say = tongue(language)
    path = report(varied, NAME, tmp_path / "r.xlsx", made_at=MADE, say=say)
    book = openpyxl.load_workbook(path)
    sheet = book[say.about("sheet", "Missions")]
    heads = {cell.value: cell.column for cell in sheet[1]}
    sheet.cell(2, heads[column]).value = "ring them"
    book.save(path)
    (told,) = import_report(varied, path, by=named("Ana")).told
    assert str(told).startswith(f"{sheet.title}!")
    assert f'"ring them" in {column} is not taken' in str(told)
    sheet.cell(2, heads[say.about("column", "Position")]).value = "xyzzy"
    book.save(path)
    with pytest.raises(SheetError) as caught:
        import_report(varied, path, by=named("Ana"))
    assert words in str(caught.value.problems[0].remedy)
