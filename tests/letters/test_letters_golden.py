"""Letters are laid out as they were looked at: each line and page ends where it did (see golden_pages.py)."""

import pytest
from golden_pages import CASES, FOLDER, golden_page

from outreach.vocabulary import Language


@pytest.mark.heavy
@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("case", list(CASES))
def test_a_page_is_laid_out_as_it_was_looked_at(case: str, language: Language) -> None:
    """Where the new page is right, `PYTHONPATH=. python tests/letters/golden_pages.py` keeps it."""
    assert golden_page(case, language) == (FOLDER / f"{case}.{language}.txt").read_text(encoding="utf-8")


def test_every_golden_page_is_one_that_is_compared() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {f"{case}.{one}.txt" for case in CASES for one in Language}
