"""Text from outside is harmless in a cell, and otherwise what it was."""

import csv
import io
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.reports.excel.safe_cells import CUT, LONGEST, clean, for_csv, for_workbook

DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
anything = st.text(st.characters(exclude_categories=()), max_size=60)


@pytest.mark.parametrize(
    "text",
    [
        '=HYPERLINK("http://evil.example","open")',
        "+1",
        "-2+3",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "  =1",
        "＝1+1",
        "\ufeff=1",
        "\x00=1",
        "\u202e=1",
    ],
)
def test_a_formula_becomes_text_in_csv(text: str) -> None:
    assert for_csv(text).startswith("'")


@pytest.mark.parametrize("text", ["", "Türkiye", "a=b", "5 + 4", "مرحبا", "🕊️ peace", "O'Neill", "Guinea-Bissau"])
def test_plain_text_stays_as_it_is(text: str) -> None:
    assert for_csv(text) == text
    assert for_workbook(text) == text


def test_a_formula_that_appears_when_the_file_is_split_elsewhere_is_guarded() -> None:
    assert for_csv("yes;=1+1") == "yes;'=1+1"
    assert for_csv("yes\n- one\n- two") == "yes\n'- one\n'- two"
    assert for_csv("well-known; see p. 4") == "well-known; see p. 4"


@given(anything)
def test_no_cell_of_a_csv_begins_a_formula_wherever_it_is_split(text: str) -> None:
    guarded = for_csv(text)
    for split in (";", "\t", "\n"):
        for part in guarded.split(split):
            assert not part.strip(" \xa0").startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))
    assert not guarded.startswith(DANGEROUS)
    stream = io.StringIO(newline="")
    csv.writer(stream).writerow([guarded])
    assert next(csv.reader(io.StringIO(stream.getvalue(), newline="")), [""]) == [guarded]


@given(anything)
def test_any_text_is_xml(text: str) -> None:
    cell = for_workbook(text)
    element = ET.Element("t")
    element.text = cell
    assert (ET.fromstring(ET.tostring(element)).text or "") == cell
    assert clean(clean(text)) == clean(text)


@given(st.integers(LONGEST // 2 - 2, LONGEST + 2), st.sampled_from("a🕊é"))
def test_long_text_is_cut_with_a_mark_where_excel_would_cut_it_without(length: int, letter: str) -> None:
    text = letter * length
    cell = for_workbook(text)
    units = len(cell.encode("utf-16-le")) // 2
    assert units <= LONGEST
    if len(text.encode("utf-16-le")) // 2 <= LONGEST:
        assert cell == text
    else:
        assert cell.endswith(CUT)
        assert units >= LONGEST - 1


def test_text_that_looks_like_an_escape_of_the_format_is_escaped() -> None:
    assert for_workbook("_x003D_1+1") == "_x005F_x003D_1+1"
    assert for_workbook("my_xml_file") == "my_xml_file"
