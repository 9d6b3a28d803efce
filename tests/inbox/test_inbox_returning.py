"""The day on which an automatic answer says that its writer is back."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.inbox.returning import returns_on

WRITTEN = date(2024, 3, 18)


@pytest.mark.parametrize(
    ("text", "back"),
    [
        ("I am out of office until 25 March 2024.", "2024-03-26"),
        ("I will be back on Monday, March 25.", "2024-03-25"),
        ("AUTO: Anna is out of the office (returning 03/25/2024)", "2024-03-25"),
        ("I am away until 2024-04-02 inclusive", "2024-04-03"),
        ("Je suis absente jusqu'au 25 mars inclus.", "2024-03-26"),
        ("Absent. De retour le 1er avril 2024.", "2024-04-01"),
        ("Estaré fuera hasta el 25 de marzo de 2024.", "2024-03-26"),
        ("Regresaré el 2 de abril.", "2024-04-02"),
        ("Я вернусь 25 марта.", "2024-03-25"),
        ("Меня не будет до 25.03.2024", "2024-03-26"),
        ("我将于3月25日返回办公室。", "2024-03-25"),
        ("我外出至2024年3月25日。", "2024-03-26"),
        ("سأعود في 25 مارس 2024", "2024-03-25"),
        ("I return on 5 January.", "2025-01-05"),
        ("until 31/02/2024", None),
        ("I am away until further notice.", None),
        ("Back on 1 March 2019", None),
        ("In urgent cases call 022 345 67 89.", None),
    ],
)
def test_the_day_in_six_languages(text, back):
    found = returns_on(text, WRITTEN)
    assert (found.isoformat() if found else None) == back


@given(st.text(alphabet="until back 0123456789./-年月日март мarch à", max_size=300))
def test_any_text(text):
    found = returns_on(text, WRITTEN)
    assert found is None or found >= WRITTEN
