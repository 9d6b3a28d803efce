"""A natural person's data at the desk: found, handed over, erased once its number was typed. Admins alone."""

import io
import json
import re
import zipfile
from collections.abc import Callable

import pytest
from sqlmodel import select
from web_browser import Browser, text_of

from outreach.actors import named
from outreach.database import reading, writing
from outreach.missions.notes import add_note
from outreach.models import AuditEntry, Contact, MissionNote
from outreach.vocabulary import Language, Line, Role
from outreach.web.desk import Desk

Browse = Callable[..., Browser]
ADDRESS = "zora.sampleton@bel.mission.example"


@pytest.fixture
def known(desk: Desk) -> Desk:
    with writing(desk.engine) as session:
        session.add(
            Contact(
                iso3="BEL", email=ADDRESS, email_key=ADDRESS, name="Zora Sampleton",
                role=Role.HUMAN_RIGHTS_EXPERT, line=Line.CC,
                language=Language.ENGLISH, active=True,
            )
        )  # fmt: skip
    add_note(desk.engine, "BEL", "Ask Zora Sampleton.", by=named("Ana"))
    return desk


def number(page: str) -> str:
    found = re.search(r"(\d+) things? (?:is|are) held", page)
    assert found, text_of(page)
    return found[1]


def test_a_persons_data_are_found_handed_over_and_erased(browse: Browse, known: Desk) -> None:
    browser = browse("admin")
    assert "A person's data" in text_of(browser.get("/personal-data"))
    found = browser.post("/personal-data", person="Zora Sampleton")
    assert ADDRESS in found
    assert "/personal-data" in str(browser.last.url if browser.last else "")
    assert "Sampleton" not in str(browser.last.url if browser.last else "")
    browser.post("/personal-data/export", person=ADDRESS)
    assert browser.last is not None
    with zipfile.ZipFile(io.BytesIO(browser.last.content)) as file:
        assert ADDRESS in json.loads(file.read("person.json"))["addresses"]
    for typed in ("", "999", "many"):
        told = browser.post("/personal-data/erase", expect=422, person="Zora Sampleton", number=typed)
        assert "Nothing was erased" in text_of(told)
    done = text_of(browser.post("/personal-data/erase", person="Zora Sampleton", number=number(text_of(found))))
    assert "No letter goes to the address any more" in done
    with reading(known.engine) as session:
        assert session.exec(select(Contact).where(Contact.email_key == ADDRESS)).first() is None
        assert "Sampleton" not in " ".join(session.exec(select(MissionNote.text)))
        acts = [(one.action, one.detail, one.subject) for one in session.exec(select(AuditEntry))]
    assert {"person.exported", "person.erased"} <= {act for act, _, _ in acts}
    assert not [one for one in acts if "Sampleton" in one[1] + one[2] and one[0].startswith("person")]


def test_what_names_nobody_and_what_is_not_held_is_told(browse: Browse) -> None:
    browser = browse("admin")
    assert "names nobody" in text_of(browser.post("/personal-data", expect=422, person="-"))
    assert "0 things are held" in text_of(browser.post("/personal-data", person="Nobody Atall"))
    told = text_of(browser.post("/personal-data/export", expect=422, person="Nobody Atall"))
    assert "Nothing is held of 'Nobody Atall'" in told


def test_whom_somebody_looks_for_is_not_kept_as_a_draft(browse: Browse, known: Desk) -> None:
    browser = browse("admin")
    fields = json.dumps([["person", "Zora Sampleton"]])
    browser.client.post(
        "/drafts", data={"page": "/personal-data", "form": "/personal-data", "fields": fields},
        headers={"x-csrf-token": browser.token},
    )  # fmt: skip
    folder = known.folder / "drafts"
    assert not folder.exists() or not list(folder.iterdir())
