"""Which addresses rehearsal may write to."""

import pytest

from outreach.missions.allow_list import AllowList


@pytest.mark.parametrize(
    ("entry", "address", "allowed"),
    [
        ("me@team.example", "me@team.example", True),
        ("me@team.example", "ME@Team.example", True),
        ("me@team.example", "you@team.example", False),
        ("@team.example", "you@team.example", True),
        ("*@team.example", "you@team.example", True),
        ("@team.example", "you@sub.team.example", False),
        ("team.example", "you@team.example", True),
        ("team.example", "you@sub.team.example", True),
        ("team.example", "you@notteam.example", False),
        ("team.example", "team.example@embassy.example", False),
        ("@bücher.example", "a@xn--bcher-kva.example", True),
    ],
)
def test_an_entry_allows_what_it_names_and_no_more(entry: str, address: str, allowed: bool) -> None:
    assert AllowList([entry]).allows(address) is allowed


def test_an_empty_list_allows_nobody() -> None:
    assert AllowList([]).outside(["me@team.example"]) == ["me@team.example"]
