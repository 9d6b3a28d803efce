"""Letters are frozen with a return address of their own once that is known to work; what is frozen stays."""

from outreach.actors import named
from outreach.campaigns.approve import approve
from outreach.campaigns.return_path import note_back, note_probe
from outreach.database import writing


def test_a_test_that_comes_back_counts_for_what_is_approved_afterwards(
    engine, settings, templates, campaign, messages
) -> None:
    box = {"smtp_host": "mx.coalition.example", "imap_host": "imap.coalition.example", "imap_username": "letters"}
    settings = settings.model_copy(update=box)
    approve(engine, settings, campaign, by=named("Ana"), templates=templates)
    before = {iso3: (one.envelope_from, one.raw) for iso3, one in messages().items()}
    bounces = before["FRA"][0]
    assert "+" not in bounces
    with writing(engine) as session:
        note_probe(session, settings, bounces, "<probe@coalition.example>")
        session.flush()
        note_back(session, settings, ["<probe@coalition.example>"])
    assert approve(engine, settings, campaign, by=named("Ana"), templates=templates).unchanged
    assert {iso3: (one.envelope_from, one.raw) for iso3, one in messages().items()} == before
    words = templates / "spring-letter" / "en.md"
    words.write_text(words.read_text() + "\nMore.\n")
    approve(engine, settings, campaign, by=named("Ana"), templates=templates)
    found = {one.envelope_from for one in messages().values()}
    assert len(found) == 3
    assert all("+" in one for one in found)
