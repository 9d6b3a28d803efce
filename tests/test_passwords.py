"""What does as a password of the desk (NIST SP 800-63B-4, 3.1.1.2)."""

import unicodedata

import pytest
from sqlalchemy import Engine

from outreach.actors import named
from outreach.errors import AccessError, UserError
from outreach.people.accounts import add_account, sign_in
from outreach.people.passwords import require_good


@pytest.mark.parametrize(
    "password",
    [
        "three good words", "correct-ish pony paperclip", "ЗелёныйЧемоданУлетел",
        "夜空の下で静かに歩く青い猫と月", "  spaces at both ends  ",
        "a long sentence about my grandmother's kitchen, of all things", "my password is an odd one",
        "k7$Q!vv2_z0Lm9xR", "😀 marbles under the lamp",
    ],
)  # fmt: skip
def test_what_is_long_and_nobodys_first_guess_does_whatever_it_is_made_of(password: str) -> None:
    assert require_good(password, ["ana", "Ana Example"]) == unicodedata.normalize("NFC", password)


@pytest.mark.parametrize("password", ["", "1234567890", "k7$Q!vv2_z0Lm9", "tēn letters!"])
def test_a_short_one_does_not(password: str) -> None:
    with pytest.raises(UserError, match="shorter than 15"):
        require_good(password)


@pytest.mark.parametrize(
    "password",
    [
        "1234567890123456", "passwordpassword", "Password-Password-1", "aaaaaaaaaaaaaaaaaaaa", "qwertyuiopasdfghjkl",
        "abcdefghijklmnopqrstuvwxyz", "98765432109876543210", "abcabcabcabcabcabc", "correcthorsebatterystaple",
        "OutreachCampaign2026", "human rights council", "geneva-mission-letters", "anaexampleanaexample",
        "Example.Ana.12345", "!!!!!!!!!!!!!!!!!!", "qazwsxedcrfvtgbyhn", "1q2w1q2w1q2w1q2w1q",
    ],
)  # fmt: skip
def test_what_everybody_tries_first_does_not(password: str) -> None:
    with pytest.raises(UserError, match="first that anybody would try") as refused:
        require_good(password, ["ana", "Ana Example"])
    assert password not in str(refused.value)


def test_the_longest() -> None:
    assert require_good("voile " * 3 + "".join(chr(0x4E00 + number) for number in range(110)))
    with pytest.raises(UserError, match="longer than 128"):
        require_good("".join(chr(0x4E00 + number) for number in range(129)))


@pytest.mark.heavy
def test_it_is_the_same_from_each_keyboard(engine: Engine) -> None:
    add_account(engine, "zoe", unicodedata.normalize("NFD", "café crème brûlée ô joie"), "viewer", by=named("test"))
    assert sign_in(engine, "zoe", unicodedata.normalize("NFC", "café crème brûlée ô joie")).login == "zoe"
    with pytest.raises(AccessError):
        sign_in(engine, "zoe", "cafe creme brulee o joie")
