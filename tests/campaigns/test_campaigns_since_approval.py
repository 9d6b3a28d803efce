"""What a letter would be now, against the one that was approved last, word by word."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from outreach import clock
from outreach.campaigns.approved_text import keep_texts
from outreach.campaigns.differences import ChangedPassage, passages, since_approval, text_since_approval
from outreach.campaigns.preview import one_letter
from outreach.database import writing
from outreach.errors import LetterError
from outreach.letters.folder import load_letter
from outreach.letters.text_versions import keep_version, last_version
from outreach.models import Contact
from outreach.settings import Settings
from outreach.vocabulary import Language

Approve = Callable[..., object]
pytestmark = pytest.mark.usefixtures("campaign")
ENGLISH = Language.ENGLISH


def told(found: tuple[ChangedPassage, ...]) -> list[list[str]]:
    """Each passage with what went in brackets and what came in braces."""
    marks = {"gone": "[{}]", "new": "{{{}}}", "same": "{}"}
    return [[marks[what].format(words) for what, words in one.words] for one in found]


def test_words_that_changed_stand_in_their_paragraph() -> None:
    before = ["Subject: A letter", "We ask you to support the text.", "Gone entirely."]
    now = ["Subject: A letter", "We beg you to support this text, please.", "Wholly other words here, of all sorts."]
    assert told(passages(before, now)) == [
        ["We ", "[ask]", "{beg}", " you to support ", "[the]", "{this}", " text", "{, please}", "."],
        ["[Gone entirely.]", "{Wholly other words here, of all sorts.}"],
    ]
    assert passages(before, before) == ()
    assert told(passages(["a", "b"], ["a"])) == [["[b]"]]


def test_the_entries_of_a_list_are_compared_one_by_one(engine: Engine, approved: Approve, templates: Path) -> None:
    path = templates / "spring-letter" / "en.md"
    path.write_text("We ask, on the last day, for this, by 5 April\n2024. And for:\n\n- one\n- two\n- three\n")
    approved()
    text = path.read_text().replace("two", "some").replace("ask", "beg")
    found = text_since_approval(engine, templates, "spring-letter", ENGLISH, text, "GBR")
    assert found is not None
    assert told(found.passages) == [
        ["We ", "[ask]", "{beg}", ", on the last day, for this, by 5 April 2024. And for:"],
        ["- ", "[two]", "{some}"],
    ]


@pytest.mark.heavy
def test_the_letter_as_it_would_go_out_now(
    engine: Engine, settings: Settings, approved: Approve, templates: Path
) -> None:
    def since(iso3: str) -> list[list[str]] | None:
        found = since_approval(engine, "spring", one_letter(engine, settings, "spring", iso3, templates))
        return None if found is None else told(found.passages)

    assert since("GBR") is None
    approved("Ana")
    assert since("GBR") == []
    path = templates / "spring-letter" / "en.md"
    path.write_text(path.read_text().replace("**ask**", "beg"))
    with writing(engine) as session:
        contact = session.exec(select(Contact).where(Contact.iso3 == "FRA")).first()
        assert contact is not None
        contact.email = contact.email_key = "new@fra.mission.example"
        session.add(contact)
    assert since("GBR") == [["1 of us ", "[ask]", "{beg}", "."]]
    found = since("FRA")
    assert found is not None
    assert any("{new}" in one for one in found)
    whole = since_approval(engine, "spring", one_letter(engine, settings, "spring", "GBR", templates))
    assert whole is not None
    assert (whole.campaign, whole.approved_by) == ("spring", "Ana")
    assert whole.approved_at is not None


def test_words_that_nobody_has_kept(engine: Engine, approved: Approve, templates: Path) -> None:
    def since(text: str, subject: str | None = None, iso3: str = "GBR") -> list[list[str]] | None:
        found = text_since_approval(engine, templates, "spring-letter", ENGLISH, text, iso3, subject=subject)
        return None if found is None else told(found.passages)

    text = (templates / "spring-letter" / "en.md").read_text()
    assert since(text) is None
    approved()
    assert since(text) == []
    assert since(text + "\nOne more.\n") == [["{One more.}"]]
    (subject,) = since(text, "Second letter {{ mission.of }}") or []
    assert "".join(subject).startswith("Subject: [Letter]{Second letter} of the United Kingdom")
    assert since(text, iso3="FRA") is None, "its letter is in French"
    with pytest.raises(LetterError):
        since(text + "{% if %}")


def test_what_is_saved_while_letters_are_approved_stays_the_newest_version(engine: Engine, templates: Path) -> None:
    letter = load_letter("spring-letter", templates)
    language = letter.languages[0]
    began = clock.now()
    with writing(engine) as session:
        keep_texts(session, letter, began)
        keep_version(
            session, "spring-letter", language, "S", "Saved meanwhile.", who="Bo", at=began + timedelta(minutes=1)
        )
        keep_texts(session, letter, began)
        last = last_version(session, "spring-letter", language)
        assert last is not None
        assert (last.text, last.who) == ("Saved meanwhile.", "Bo")
