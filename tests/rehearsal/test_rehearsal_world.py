"""The invented world: the same story every time, told in mails that the inbox understands as they are meant."""

from collections import Counter
from pathlib import Path

import pytest

from outreach.inbox.classify import classify
from outreach.rehearsal.post_office import Posted
from outreach.rehearsal.world import InventedFate, InventedWorld
from outreach.vocabulary import MailKind, Position

CODES = [f"{a}{b}X" for a in "ABCDEFG" for b in "ABCDEFG"][:47]


def letter(iso3: str, language: str = "fr") -> Posted:
    to = (f"pr.office@{iso3.lower()}.mission.example", f"mission@{iso3.lower()}.mission.example")
    head = (
        f"Date: Mon, 18 Mar 2024 09:00:00 +0100\r\nFrom: Secrétariat <s@coalition.example>\r\nTo: {to[0]}\r\n"
        f"Subject: Lettre\r\nMessage-ID: <{iso3}@coalition.example>\r\nContent-Language: {language}\r\n"
        "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nExcellence,\r\n"
    )
    return Posted("bounces@coalition.example", to, head.encode())


def with_fate(world: InventedWorld, fate: InventedFate) -> list[str]:
    return [code for code in CODES if world.fate(code) is fate]


def test_the_same_seed_deals_the_same_fates_and_another_deals_others(tmp_path: Path) -> None:
    def fates(seed: int) -> list[tuple[InventedFate, Position | None]]:
        world = InventedWorld(reversed(CODES), tmp_path, seed)
        return [(world.fate(code), world.position(code)) for code in CODES]

    assert fates(1) == fates(1)
    assert fates(1) != fates(2)
    assert {fate for fate, _ in fates(1)} == set(InventedFate)


def test_a_busy_server_refuses_each_address_once_for_now(tmp_path: Path) -> None:
    world = InventedWorld(CODES, tmp_path)
    (first, *_) = with_fate(world, InventedFate.BUSY)
    address = f"mission@{first.lower()}.mission.example"
    answers = [world.answer_to_recipient(address) for _ in range(3)]
    assert str(answers[0]).startswith("451 4.7.1")
    assert answers[1:] == [None, None]


@pytest.mark.heavy
@pytest.mark.parametrize("language", ["en", "fr", "es", "zh"])
def test_every_mail_that_comes_back_is_understood_as_it_is_meant(language: str, tmp_path: Path) -> None:
    world = InventedWorld(CODES, tmp_path)
    meant = {
        InventedFate.ANSWERS: MailKind.REPLY,
        InventedFate.ON_LEAVE: MailKind.AUTO_REPLY,
        InventedFate.TELLS: MailKind.DELIVERED,
        InventedFate.DELAYS: MailKind.DELAYED,
        InventedFate.BOUNCES: MailKind.BOUNCE,
    }
    for fate, kind in meant.items():
        iso3 = with_fate(world, fate)[0]
        known = set(tmp_path.iterdir())
        world.receive(letter(iso3, language))
        found = [classify(path.read_bytes()) for path in set(tmp_path.iterdir()) - known]
        assert Counter(one.kind for one in found) == {kind: 2 if fate is InventedFate.TELLS else 1}
        assert {one.in_reply_to for one in found} == {f"<{iso3}@coalition.example>"}
    answer = next(one for one in map(classify, (p.read_bytes() for p in tmp_path.iterdir())) if one.kind == "reply")
    assert "Excellence" not in answer.text
    assert "invent" not in answer.text  # the signature is not what the person wrote


def test_the_silent_say_nothing(tmp_path: Path) -> None:
    world = InventedWorld(CODES, tmp_path)
    world.receive(letter(with_fate(world, InventedFate.SILENT)[0]))
    world.receive(letter("ZZZ"))
    assert not list(tmp_path.iterdir())
