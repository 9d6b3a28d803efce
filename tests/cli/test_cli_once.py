"""Nothing changes unsaid, and nobody gets it again unsaid: as a person meets it at the command line."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.scripted_smtp import ScriptedSmtp

Set = Callable[..., None]


def campaign(outreach: Run, name: str, audience: str = "iso:FRA,DEU", *more: object) -> None:
    outreach(
        "campaign", "create", name, "--letter", "hrc-joint-letter", "--audience", audience, "--as-of", "2024-03-18",
        *more,
    )  # fmt: skip
    outreach("campaign", "approve", name, "--by", "Ana")


@pytest.mark.heavy
def test_another_time_says_what_stays_of_the_plan(outreach: Run) -> None:
    campaign(outreach, "one")
    first = outreach("campaign", "schedule", "one", "--at", "2035-03-14 09:00", "--spread", "4h", "--working-hours")
    assert "They are spread over 4h, in working hours only." in first.out
    assert "spread over 4h, in working hours only." in outreach("campaign", "schedule", "one", "--at", "now").out
    words = ("campaign", "schedule", "one", "--at", "2035-03-15 09:00")
    assert "They are spread over 4h.\n" in outreach(*words, "--no-working-hours").out
    assert "They are in working hours only." in outreach(*words, "--spread", "0", "--working-hours").out
    assert "They are" not in outreach(*words, "--no-spread", "--no-working-hours").out
    assert "is no span of time" in outreach(*words, "--spread", "soon", expect=2).err


@pytest.mark.heavy
def test_approving_what_is_unchanged_says_so(outreach: Run) -> None:
    campaign(outreach, "one")
    outreach("campaign", "schedule", "one", "--at", "2035-03-14 09:00")
    said = outreach("campaign", "approve", "one", "--by", "Ben").out
    assert "nothing has changed since Ana approved these letters" in said
    assert "their time stays 2035-03-14 09:00 CET" in said
    status = outreach("campaign", "status", "one", "--json").json
    assert (status["state"], status["messages"]) == ("scheduled", {"queued": 2})
    letter = Path("templates/hrc-joint-letter/fr.md")
    letter.write_text(letter.read_text(encoding="utf-8") + "\nUn mot de plus.\n", encoding="utf-8")
    said = outreach("campaign", "approve", "one", "--by", "Ben").out
    assert "The approval by Ana no longer holds" in said
    assert "Their time, 2035-03-14 09:00 CET, no longer holds" in said
    assert outreach("campaign", "status", "one", "--json").json["state"] == "approved"


def copied(folder: Path) -> str:
    """A copy of the letter's folder, under other subjects, and with other signs in its text."""
    letters = folder / "templates"
    shutil.copytree(letters / "hrc-joint-letter", letters / "copied")
    for path in (letters / "copied").glob("*.md"):
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        path.write_text("".join(one if "{" in one else one.replace(", ", "; ") for one in lines), encoding="utf-8")
    toml = letters / "copied" / "letter.toml"
    toml.write_text(
        toml.read_text(encoding="utf-8").replace('= "Joint letter on', '= "A letter on').replace(
            '= "Lettre conjointe sur', '= "Une lettre sur'
        ),
        encoding="utf-8",
    )  # fmt: skip
    return "copied"


@pytest.mark.heavy
@pytest.mark.parametrize("is_copy", [False, True])
def test_who_has_had_it_is_told_at_each_step_and_gets_it_again_on_a_persons_word(
    outreach: Run, folder: Path, server_settings: Set, is_copy: bool
) -> None:
    letter = copied(folder) if is_copy else "hrc-joint-letter"
    with ScriptedSmtp() as server:
        server_settings(MODE="live", SMTP_HOST="127.0.0.1", SMTP_PORT=server.port)
        campaign(outreach, "spring", "iso:FRA")
        outreach("campaign", "schedule", "spring", "--at", "now", "--yes", 1)
        outreach("send", "--yes", 1)
        assert len(server.accepted) == 1
        words = ("--letter", letter, "--audience", "iso:FRA,DEU", "--as-of", "2024-03-18")
        told = f"{'nearly the same text' if is_copy else 'the same letter'} went out by the campaign spring on "
        said = outreach("campaign", "create", "summer", *words).out
        assert (told in said) is not is_copy, "of a copy nothing is known before it is merged"
        for command in (
            ("campaign", "check", "summer"),
            ("campaign", "approve", "summer", "--by", "Ana"),
            ("campaign", "schedule", "summer", "--at", "now", "--yes", 2),
            ("send", "--yes", 2),
        ):
            # At the gate it is held: something that was due can't go, and a person is to decide.
            said = outreach(*command, expect=3 if command[0] == "send" else 0).out
            assert told in said, said
            assert "to France (FRA)" in said
        assert len(server.accepted) == 2
        found = outreach("campaign", "check", "summer", "--json").json
        assert (found["ready"], [one["iso3"] for one in found["had_already"]]) == (True, ["FRA"])
        rows = {row["iso3"]: row for row in outreach("messages", "list", "summer", "--json").json}
        assert (rows["FRA"]["state"], rows["DEU"]["state"]) == ("held", "sent")
        assert "spring" in rows["FRA"]["reason"]
        assert (
            rows["FRA"]["reason"].endswith("only signs, spacing, capitals or the order of sentences differ") is is_copy
        )
        said = outreach("campaign", "schedule", "summer", "--at", "now", "--yes", 2, "--again").out
        assert "they get it once more" in said
        outreach("send", "--yes", 2)
    assert len(server.accepted) == 3


@pytest.mark.heavy
def test_the_same_follow_up_twice(outreach: Run) -> None:
    campaign(outreach, "one")
    outreach("campaign", "schedule", "one", "--at", "now")
    outreach("send")
    words = ("campaign", "follow-up", "one", "--letter", "hrc-reminder", "--after", "1 days", "--by", "Ana")
    said = outreach(*words).out
    assert "No mail box is set (imap_host)" in said
    refused = outreach(*words, expect=2).err
    assert "is planned already: 'one-follow-up'" in refused
    assert "--again" in refused
    assert "one-follow-up-2" in outreach(*words, "--again", "--no-mailbox").out
    assert "No mail box is set" not in outreach(*words, "--to", "undecided", "--no-mailbox").out
    status = outreach("campaign", "status", "one-follow-up", "--json").json
    assert status["waits_for_box"] == ""
    assert "waits_for_box" not in outreach("campaign", "status", "one", "--json").json


@pytest.mark.heavy
@pytest.mark.parametrize(
    "address", ["pr.office+test@fra.mission.example", "me@fra.mission.example", "me@x.fra.mission.example"]
)
def test_a_test_letter_goes_to_no_domain_of_a_mission(outreach: Run, folder: Path, address: str) -> None:
    campaign(outreach, "one")
    said = outreach("campaign", "test", "one", "--to", address, expect=2).err
    assert "A test letter goes to yourself" in said or "a test letter goes to yourself" in said
    assert not list(folder.glob("rehearsal-mail/*"))
    outreach("campaign", "test", "one", "--to", "me@elsewhere.example")


@pytest.mark.heavy
def test_going_live_after_a_rehearsal_names_the_cure(outreach: Run, server_settings: Set) -> None:
    campaign(outreach, "one")
    outreach("campaign", "schedule", "one", "--at", "now")
    outreach("send")
    with ScriptedSmtp() as server:
        server_settings(MODE="live", SMTP_HOST="127.0.0.1", SMTP_PORT=server.port)
        said = outreach("campaign", "schedule", "one", "--at", "now", "--yes", 2, expect=2).err
        assert "2 letters of 'one' went out in rehearsal only, and so to nobody: DEU, FRA" in said
        assert "outreach campaign approve one --by WHO" in said
        outreach("campaign", "approve", "one", "--by", "Ana")
        outreach("campaign", "schedule", "one", "--at", "now", "--yes", 2)
        outreach("send", "--yes", 2)
    assert len(server.accepted) == 2
