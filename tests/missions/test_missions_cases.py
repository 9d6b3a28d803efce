"""The books of contacts that officers really have, beside the repository: none comes out wrong without a question."""

from pathlib import Path

import pytest
from book_cases import find_cases, score_all

CASES = find_cases(Path(__file__))


@pytest.mark.heavy
@pytest.mark.skipif(CASES is None, reason="the sheets' cases do not lie beside this repository")
def test_the_books_are_right_or_asked_about(empty_database: Path, tmp_path: Path) -> None:
    assert CASES is not None
    scores = score_all(CASES / "books", empty_database, tmp_path)
    assert [str(one) for one in scores if one.silently_wrong] == []
    assert [str(one) for one in scores if not one.expected] == []
