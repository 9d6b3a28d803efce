"""Whose an address is: the team's own, or in a domain where a mission has its box."""

import pytest
from sqlalchemy import Engine

from outreach.database import reading, writing
from outreach.missions.own import Foreign, foreign, own_domains
from outreach.missions.shipped import shipped_mission
from outreach.models import Contact
from outreach.settings import Settings
from outreach.text import address_key
from outreach.vocabulary import Role

OWN = frozenset({"coalition.example"})


@pytest.fixture
def directory(engine: Engine) -> Engine:
    contacts = {
        "FRA": ["pr.office@fra.mission.example", "old@former.example"],
        "DEU": ["botschaft@münchen.example", "ana@coalition.example"],
        "GBR": ["uk.geneva@mailbox.example"],
    }
    with writing(engine) as session:
        for iso3, addresses in contacts.items():
            session.add(shipped_mission(iso3))
            session.flush()
            for address in addresses:
                former = address.startswith("old@")
                session.add(
                    Contact(
                        iso3=iso3, role=Role.GENERAL, email=address, email_key=address_key(address), active=not former
                    )
                )
    return engine


def whose(engine: Engine, address: str, but: str = "") -> Foreign | None:
    with reading(engine) as session:
        return foreign(session, address, OWN, but=but)


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("pr.office@fra.mission.example", Foreign("FRA", "")),
        ("PR.Office@FRA.Mission.Example", Foreign("FRA", "")),
        ("pr.office+test@fra.mission.example", Foreign("FRA", "")),
        ("somebody@fra.mission.example", Foreign("FRA", "fra.mission.example")),
        ("somebody@geneva.fra.mission.example", Foreign("FRA", "fra.mission.example")),
        ("somebody@mission.example", Foreign("FRA", "fra.mission.example")),
        ("somebody@former.example", Foreign("FRA", "former.example")),
        ("somebody@xn--mnchen-3ya.example", Foreign("DEU", "xn--mnchen-3ya.example")),
        ("somebody@MÜNCHEN.example", Foreign("DEU", "xn--mnchen-3ya.example")),
        ("other@mailbox.example", Foreign("GBR", "mailbox.example")),
        # The team's own domain, where an address of its own stands in the sheet for a rehearsal.
        ("ana@coalition.example", Foreign("DEU", "")),
        ("ana+test@coalition.example", Foreign("DEU", "")),
        ("ben@coalition.example", None),
        ("ben@mail.coalition.example", None),
        ("somebody@notmailbox.example", None),
        ("somebody@elsewhere.example", None),
    ],
)
def test_whose_an_address_is(directory: Engine, address: str, expected: Foreign | None) -> None:
    assert whose(directory, address) == expected


def test_a_mission_may_have_what_is_its_own(directory: Engine) -> None:
    assert whose(directory, "right@fra.mission.example", but="FRA") is None
    assert whose(directory, "right@mailbox.example", but="FRA") == Foreign("GBR", "mailbox.example")


def test_the_senders_own_domains() -> None:
    settings = Settings(**{"from": "Ana <ana@Coalition.example>", "reply_to": "answers@münchen.example"})
    assert own_domains(settings, "", "x@letters.example") == {
        "coalition.example", "xn--mnchen-3ya.example", "letters.example",
    }  # fmt: skip
