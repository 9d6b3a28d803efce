"""What is kept of a person: found, handed over and erased, at the command line."""

import csv
import json
import sqlite3
import threading
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from sqlalchemy import JSON, Enum, String, Text
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import AutoString

from outreach.actors import named
from outreach.campaigns import approve as approving
from outreach.database import open_existing
from outreach.errors import ConfirmationError, NotFoundError
from outreach.privacy import erase as erasing
from outreach.privacy.holdings import MAIL_WORDS, NO_MAIL_WORDS, WHO_ACTED, is_changed, text_columns
from outreach.responses.answers import collect
from outreach.settings import load
from outreach.text import erased_key
from tests.cli.conftest import Run, at_once
from tests.inbox.inbox_mails import mail

ZOE = "zoe.sample@bel.mission.example"
NAMED = ("zoe.sample", "zoe sample", "zoé sample", "zoë sample", "sample, zo")


def sheet(path: Path, *rows: tuple[str, ...]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def contacts(folder: Path, *rows: tuple[str, str, str]) -> Path:
    head = ("ISO3", "E-mail", "Role", "Name")
    return sheet(folder / "z.csv", head, *((iso3, to, "human-rights expert", name) for iso3, to, name in rows))


def from_zoe(number: int = 1, sender: str = f"=?utf-8?q?Zo=C3=A9_Sample?= <{ZOE}>", more: str = "") -> bytes:
    return mail(
        f"From: {sender}", "To: letters@coalition.example", f"Subject: Our position {number}",
        "Date: Tue, 19 Mar 2024 10:00:00 +0100", f"Message-ID: <zoe-{number}@bel.mission.example>",
        *([more] if more else []), "Content-Type: text/plain; charset=utf-8",
        body="Belgium will co-sponsor the resolution.\n\nZoé Sample\n",
    )  # fmt: skip


def on_disk(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.glob("outreach.db*")))


def names_in(data: bytes) -> list[str]:
    text = data.decode("utf-8", "replace").casefold()
    return [name for name in NAMED if name in text]


def dump(folder: Path) -> list[str]:
    with closing(sqlite3.connect(folder / "outreach.db")) as base:
        return list(base.iterdump())


@pytest.fixture
def known(outreach: Run, folder: Path) -> Run:
    """Zoe Sample is a contact, signs a letter, wrote, is mentioned by Bob and in a note."""
    outreach("missions", "import", contacts(folder, ("BEL", ZOE, "SAMPLE, Zoé")), "--yes")
    outreach("campaign", "create", "spring", "--letter", "hrc-joint-letter", "--audience", "iso:BEL,FRA")
    rows = (("kind", "name"), ("individual", "Zoe Sample"), ("individual", "Ben Other"))
    outreach("signatories", "import", "spring", sheet(folder / "s.csv", *rows), "--yes")
    outreach("missions", "note", "BEL", f"Ask for Ms Zoë Sample ({ZOE}).")
    outreach("responses", "set", "spring", "BEL", "in favour", "--note", "so says Zoe Sample")
    (folder / "1.eml").write_bytes(from_zoe())
    bob = from_zoe(2, "Bob <bob@bel.mission.example>", f"Cc: {ZOE}")
    (folder / "2.eml").write_bytes(bob.replace("Zoé Sample".encode(), b"Ask Zoe Sample."))
    outreach("inbox", "ingest", "1.eml", "2.eml")
    return outreach


@pytest.mark.heavy
def test_all_is_found_by_place_whatever_way_the_name_is_written(known: Run) -> None:
    found = known("people", "find", "SAMPLE,", "zoe", "--json").json
    assert {one["place"]: one["count"] for one in found["held"]} == {
        "contacts": 1, "history of the directory": 2, "signatories": 1, "mails from the person": 1,
        "mails that mention the person": 1, "notes": 1, "positions and answers": 2,
    }  # fmt: skip
    assert found["addresses"] == [ZOE]
    assert found["likely"] == []
    assert found["total"] == 9
    by_address = known("people", "find", ZOE.upper(), "--json").json
    assert by_address["total"] == 8
    assert [one["place"] for one in by_address["likely"]] == ["signatories"]  # a list tells no address
    said = known("people", "find", "Zoe Sample").out
    assert "9 things" in said
    assert "Ask for Ms Zoë Sample" in said
    assert known("people", "find", "Nobody", "Here").out.startswith("Nothing is held of 'Nobody Here'.\n")


@pytest.mark.heavy
def test_a_dry_run_and_a_wrong_number_change_nothing(known: Run, folder: Path) -> None:
    before = dump(folder)
    said = known("people", "erase", "Zoe", "Sample", "--dry-run").out
    assert "To erase: add --yes 9" in said
    assert "templates: the texts of letters" in said
    assert "add --yes 9" in known("people", "erase", "Zoe", "Sample", expect=2).err
    assert "there are 9 things" in known("people", "erase", "Zoe", "Sample", "--yes", 8, expect=2).err
    assert dump(folder) == before
    error = json.loads(known("people", "erase", "Zoe", "Sample", "--json", expect=2).err)["error"]
    assert (error["code"], error["facts"]["things"]) == ("person.not-confirmed", 9)


@pytest.mark.heavy
def test_erased_bytes_are_overwritten_and_counts_stay(known: Run, folder: Path) -> None:
    assert names_in(on_disk(folder))
    before = known("campaign", "status", "spring", "--json").json
    mails = len(known("inbox", "list", "--all", "--json").json)
    done = known("people", "erase", "Zoe", "Sample", "--yes", 9, "--by", "Ana", "--json").json
    assert (done["total"], done["overwritten"]) == (9, True)
    assert names_in(on_disk(folder)) == []
    assert known("campaign", "status", "spring", "--json").json == before
    assert len(known("inbox", "list", "--all", "--json").json) == mails
    event = known("events", "--json").out.splitlines()[-1]
    assert json.loads(event)["kind"] == "person.erased"
    assert json.loads(event)["actor"]["name"] == "Ana"
    assert names_in(event.encode()) == []
    assert known("missions", "note", "BEL", "--json").json[0]["text"] == "Ask for Ms [erased] ([erased])."
    assert [one["name"] for one in known("signatories", "list", "spring", "--json").json] == ["Ben Other"]
    show = known("inbox", "show", 2).out
    assert "Ask [erased]." in show
    assert "Belgium will co-sponsor" in show  # Bob's own words stay
    assert "Belgium" not in known("inbox", "show", 1).out
    assert "were erased" in known("inbox", "settle", 1, "BEL", expect=2).err
    assert "were erased" in known("inbox", "save", 1, "--out", "m", expect=2).err


@pytest.mark.heavy
def test_nobody_comes_back_by_a_mail_or_is_written_to_by_a_sheet(known: Run, folder: Path) -> None:
    known("people", "erase", "Zoe", "Sample", "--yes", 9)
    (folder / "3.eml").write_bytes(from_zoe().replace(b"co-sponsor", b"co-sponsor,"))  # another copy of it, by a list
    assert "0 new" in known("inbox", "ingest", "1.eml", "2.eml", "3.eml").out
    assert names_in(on_disk(folder)) == []
    again = known("missions", "import", "z.csv", "--yes", "--json").json
    assert any(ZOE in note and "Left out, since their data were erased" in note for note in again["notes"])
    assert names_in(on_disk(folder)) == []  # a sheet doesn't bring her back: neither her address nor her name
    known("campaign", "approve", "spring", "--by", "Ana")
    known("campaign", "schedule", "spring", "--at", at_once())
    known("send")
    letters = {one["iso3"]: one for one in known("messages", "list", "spring", "--json").json}
    assert letters["BEL"]["state"] == "sent"
    assert ZOE not in letters["BEL"]["recipients"]
    assert any(one["address"] == erased_key(ZOE) for one in known("addresses", "list", "--json").json)
    known("addresses", "opt-out", ZOE)  # it is on the list already, and does not come onto it in clear
    assert not any(one["address"] == ZOE for one in known("addresses", "list", "--json").json)
    known("addresses", "allow", ZOE)
    assert not any(one["address"] == erased_key(ZOE) for one in known("addresses", "list", "--json").json)


def test_what_is_only_likely_stays_until_it_is_named(outreach: Run, folder: Path) -> None:
    two = contacts(folder, ("BEL", ZOE, "Zoe Sample"), ("FRA", "zsample@fra.mission.example", "SAMPLE Zoe"))
    outreach("missions", "import", two, "--yes")
    found = outreach("people", "find", "Zoe", "Sample", "--json").json
    assert [one["count"] for one in found["likely"]] == [2]
    assert not any(one["place"] == "contacts" for one in found["held"])
    one = outreach("people", "find", ZOE, "--json").json
    outreach("people", "erase", ZOE, "--yes", one["total"])
    left = [c["email"] for m in outreach("missions", "list", "--json").json for c in m["contacts"]]
    assert ZOE not in left
    assert "zsample@fra.mission.example" in left
    also = ("people", "erase", "Zoe Sample", "--also", "zsample@fra.mission.example")
    outreach(*also, "--yes", outreach(*also, "--dry-run", "--json").json["total"])
    left = [c["email"] for m in outreach("missions", "list", "--json").json for c in m["contacts"]]
    assert "zsample@fra.mission.example" not in left


def test_the_box_of_a_mission_is_nobody_s_by_a_name(outreach: Run, folder: Path) -> None:
    rows = (("ISO3", "E-mail", "Role", "Name"), ("BEL", "mission@bel.mission.example", "general", "Zoe Sample"))
    outreach("missions", "import", sheet(folder / "z.csv", *rows), "--yes")
    found = outreach("people", "find", "Zoe", "Sample", "--json").json
    assert found["addresses"] == []
    assert [one["place"] for one in found["likely"]] == ["contacts"]


@pytest.mark.heavy
def test_a_letter_that_waits_refuses_and_one_that_went_out_is_named(known: Run, folder: Path) -> None:
    known("campaign", "approve", "spring", "--by", "Ana")
    before = dump(folder)
    refused = known("people", "erase", "Zoe", "Sample", "--yes", 99, expect=2).err
    assert "have not come to rest" in refused
    assert "outreach campaign cancel spring" in refused
    assert "outreach campaign approve spring" in refused  # it bears the name too
    assert dump(folder) == before
    known("campaign", "schedule", "spring", "--at", at_once())
    known("send")
    letters = known("messages", "list", "spring", "--json").json
    found = known("people", "erase", "Zoe", "Sample", "--dry-run", "--json").json
    stays = {one["what"]: one["count"] for one in found["stays"]}
    assert stays["letters that were sent to the person"] == 1
    assert stays["letters sent that bear the name"] == 2
    names = next(one["which"] for one in found["stays"] if one["what"] == "letters sent that bear the name")
    assert [name.split()[2:4] for name in names] == [["spring", "BEL"], ["spring", "FRA"]]
    assert stays["letters in the dispatch journal"] == 1
    known("people", "erase", "Zoe", "Sample", "--yes", found["total"])
    after = known("messages", "list", "spring", "--json").json
    assert [one["state"] for one in after] == [one["state"] for one in letters]
    belgium = next(one for one in after if one["iso3"] == "BEL")
    assert erased_key(ZOE) in belgium["recipients"]
    assert ZOE not in json.dumps(after)
    # What was sent is kept to the byte, and nothing beside it has the name.
    with closing(sqlite3.connect(folder / "outreach.db")) as base:
        for table in SQLModel.metadata.sorted_tables:
            for row in base.execute(f"SELECT * FROM {table.name}"):
                if table.name != "frozen":
                    assert names_in(repr(row).encode()) == [], (table.name, row)
        assert base.execute("SELECT count(*) FROM frozen WHERE instr(raw, ?)", (ZOE.encode(),)).fetchone() == (1,)
    # Whoever looks for the name later is told which letters still bear it, though no list of signatories does.
    later = known("people", "find", "Zoe Sample", "--json").json
    assert later["total"] == 0
    assert [one["which"] for one in later["stays"] if one["what"] == "letters sent that bear the name"] == [names]
    assert "spring  FRA" in known("people", "find", "SAMPLE Zoé").out
    # A late report about that letter still finds its recipient.
    assert known("people", "find", ZOE, "--json").json["total"] == 0
    assert "Erased: 0 things." in known("people", "erase", ZOE).out


@pytest.mark.heavy
def test_a_cancelled_letter_that_never_left_goes_too(known: Run, folder: Path) -> None:
    known("campaign", "approve", "spring", "--by", "Ana")
    known("campaign", "cancel", "spring")
    total = known("people", "erase", "Zoe", "Sample", "--dry-run", "--json").json["total"]
    known("people", "erase", "Zoe", "Sample", "--yes", total)
    with closing(sqlite3.connect(folder / "outreach.db")) as base:
        assert base.execute("SELECT count(*) FROM frozen WHERE instr(raw, ?)", (ZOE.encode(),)).fetchone() == (0,)


def test_a_person_s_data_are_handed_over_the_same_each_time(known: Run, folder: Path) -> None:
    made = known("people", "export", "Zoe", "Sample", "--out", "zoe.zip", "--json").json
    known("people", "export", "Zoe", "Sample", "--out", "again.zip")
    assert (folder / "zoe.zip").read_bytes() == (folder / "again.zip").read_bytes()
    with zipfile.ZipFile(folder / "zoe.zip") as file:
        assert sorted(file.namelist()) == sorted(made["files"]) == ["mails/1.eml", "person.json"]
        assert file.read("mails/1.eml") == (folder / "1.eml").read_bytes()
        told = json.loads(file.read("person.json"))
    assert told["held"]["contacts"][0]["email"] == ZOE
    assert told["held"]["notes"][0]["text"].startswith("Ask for")
    assert "bob@" not in json.dumps(told["held"]["notes"])
    known("people", "export", ZOE, "--out", "zoe.json")
    assert json.loads((folder / "zoe.json").read_text(encoding="utf-8"))["addresses"] == [ZOE]
    assert "Name another" in known("people", "export", ZOE, "--out", "zoe.txt", expect=2).err
    assert known("people", "export", "No", "Body", "--out", "n.zip", expect=2).err


@pytest.mark.heavy
def test_what_others_wrote_is_left_out_of_what_is_handed_over_or_blacked_out(known: Run, folder: Path) -> None:
    bob = from_zoe(5, "Bob Third <bob@fra.mission.example>").replace("Zoé Sample".encode(), b"Bob Third")
    words = b"We met at my house. Ask Zoe Sample, or ann@fra.mission.example, about it. I am ill."
    bob = bob.replace(b"Belgium will co-sponsor the resolution.", words)
    (folder / "5.eml").write_bytes(bob)
    known("inbox", "ingest", "5.eml")
    theirs = ("bob@", "ann@", "my house", "I am ill", "Bob Third")

    def handed(*how: str) -> tuple[str, str]:
        said = known("people", "export", "Zoe", "Sample", "--out", "zoe.zip", *how).out
        with zipfile.ZipFile(folder / "zoe.zip") as file:
            assert [name for name in file.namelist() if name.endswith(".eml")] == ["mails/1.eml"]
            return said, file.read("person.json").decode()

    said, told = handed()
    assert "2 things left out" in said
    assert not [one for one in (*theirs, "Ask Zoe Sample") if one in told]
    said, told = handed("--others", "blacked-out")
    assert "2 things blacked out" in said
    assert "[…] Ask Zoe Sample, or […], about it. […]" in told
    assert not [one for one in theirs if one in told]


@pytest.mark.heavy
def test_a_dry_run_asks_about_a_rare_family_name_that_would_be_left(outreach: Run, folder: Path) -> None:
    outreach("campaign", "create", "spring", "--letter", "hrc-joint-letter", "--audience", "iso:BEL,FRA")
    outreach("missions", "import", contacts(folder, ("BEL", ZOE, "Zoë Müller-Sample")), "--yes")
    outreach("responses", "set", "spring", "BEL", "in favour", "--note", "said Müller-Sample by phone")
    said = outreach("people", "erase", ZOE, "--dry-run").out
    assert "To erase: add --yes" not in said
    assert "2 things above may be this person's too, and would be left. Whose are they?" in said
    assert "This person's: add --also 'Müller-Sample' --dry-run" in said
    assert "Somebody else's: add --yes" in said
    also = ("people", "erase", ZOE, "--also", "Müller-Sample")
    said = outreach(*also, "--dry-run").out
    assert "Whose are they" not in said
    outreach(*also, "--yes", said.rpartition("--yes ")[2].split()[0])
    assert "ller-sample" not in on_disk(folder).decode("utf-8", "replace").casefold()


def test_a_letter_that_is_in_its_pdf_alone_is_read_there(outreach: Run, folder: Path) -> None:
    toml = folder / "templates/hrc-joint-letter/letter.toml"
    toml.write_text("cover = true\n" + toml.read_text(encoding="utf-8"), encoding="utf-8")
    for language in ("ar", "en", "es", "fr", "ru", "zh"):
        (toml.parent / f"cover.{language}.md").write_text("The letter is enclosed.\n", encoding="utf-8")
    english = toml.parent / "en.md"
    english.write_text(english.read_text(encoding="utf-8") + "\nContact: Zoë Sample.\n", encoding="utf-8")
    outreach("campaign", "create", "spring", "--letter", "hrc-joint-letter", "--audience", "iso:JPN,FRA")
    outreach("campaign", "approve", "spring", "--by", "Ana")
    outreach("campaign", "schedule", "spring", "--at", at_once())
    outreach("send")
    (stays,) = outreach("people", "find", "SAMPLE, Zoe", "--json").json["stays"]
    assert [one.split()[3] for one in stays["which"]] == ["JPN"]


def test_files_beside_the_database_are_told_by_name_and_drafts_are_erased(known: Run, folder: Path) -> None:
    (folder / "saved").mkdir()
    (folder / "saved/zoe.eml").write_bytes(from_zoe(3))
    (folder / "saved/other.eml").write_bytes(b"Subject: Lunch\n\nAt noon.\n")
    for name, words in (("site", "Ask Zoë Sample"), ("empty", "Ask Bob")):
        (folder / name).mkdir()
        (folder / name / "answers.html").write_text(words, encoding="utf-8")
        (folder / name / "SHA256SUMS").write_text("", encoding="utf-8")
    with zipfile.ZipFile(folder / "handed.zip", "w") as file:
        file.writestr("SHA256SUMS", "")
    drafts = folder / "drafts"
    drafts.mkdir()
    fields = [["text", f"So says Zoé Sample ({ZOE})."], ["state", "x"]]
    typed = json.dumps({"page": "/p", "form": "/f", "fields": fields})
    (drafts / "1-a-b.json").write_text(typed, encoding="utf-8")
    (drafts / "1-c-d.json").write_text('{"page": "/p", "form": "/g", "fields": [["text", "Mine"]]}', encoding="utf-8")
    found = known("people", "erase", "Zoe", "Sample", "--dry-run", "--json").json
    told = {one["place"]: one for one in found["out_of_reach"]}
    assert set(told["mail files"]["names"]) == {"1.eml", "2.eml", "saved/zoe.eml", "saved/other.eml"}
    assert told["mail files"]["bearing"] == ["1.eml", "2.eml", "saved/zoe.eml"]
    assert told["dossiers"]["bearing"] == ["site/answers.html"]
    assert {"handed.zip", "empty/answers.html"} < set(told["dossiers"]["names"])
    assert told["sheets and reports in this folder"]["bearing"] == ["s.csv", "z.csv"]
    said = known("people", "erase", "Zoe", "Sample", "--dry-run").out
    assert "saved/zoe.eml  (bears the name or the address)" in said
    assert {one["place"]: one["count"] for one in found["held"]}["drafts at the desk"] == 1
    before = (drafts / "1-a-b.json").stat().st_mtime_ns
    known("people", "erase", "Zoe", "Sample", "--yes", found["total"])
    kept = json.loads((drafts / "1-a-b.json").read_text(encoding="utf-8"))
    assert kept["fields"] == [["text", "So says [erased] ([erased])."], ["state", "x"]]
    assert (drafts / "1-a-b.json").stat().st_mtime_ns == before
    assert "Mine" in (drafts / "1-c-d.json").read_text(encoding="utf-8")


OTHERS = {
    ("opt_out", "address"), ("opt_out", "address_key"), ("known_sender", "address"), ("known_sender", "address_key"),
    ("delivery", "address"), ("delivery", "address_key"), ("contact", "name"), ("contact", "email"),
    ("contact", "email_key"),
}  # fmt: skip
"""Addresses of others: what stands there under this name is only likely to be hers."""


def values(column: Any, number: int) -> Any:
    return json.dumps([{"said": f"by Zoe Sample {number}"}]) if "JSON" in str(column.type) else f"Zoe Sample {number}"


def test_whatever_table_bears_the_name_is_found_and_erased(outreach: Run, folder: Path) -> None:
    """A row of each table with the name in each text that there is; a table that is added later is taken in too."""
    filled = []
    with closing(sqlite3.connect(folder / "outreach.db")) as base:
        base.execute("PRAGMA foreign_keys = OFF")
        for table in SQLModel.metadata.sorted_tables:
            texts = [one for one in text_columns(table) if is_changed(table.name, one.name)]
            texts = [one for one in texts if (table.name, one.name) not in OTHERS]
            key, *more = table.primary_key.columns
            if not texts or more or str(key.type) != "INTEGER" or table.name == "identity":
                continue
            row = {
                column.name: values(column, 7) if column in texts else _plain(table.name, column)
                for column in table.columns
            }
            marks = ", ".join("?" * len(row))
            base.execute(f"INSERT INTO {table.name} ({', '.join(row)}) VALUES ({marks})", list(row.values()))
            filled.append(table.name)
        base.commit()
    assert len(filled) > 15
    found = outreach("people", "find", "Zoe", "Sample", "--json").json
    also = [f"Zoe Sample {7}"]
    total = outreach("people", "erase", "Zoe Sample", "--also", *also, "--dry-run", "--json").json["total"]
    assert found["total"]
    outreach("people", "erase", "Zoe Sample", "--also", *also, "--yes", total)
    assert names_in(on_disk(folder)) == []


@pytest.mark.heavy
def test_what_an_erased_mail_said_goes_from_wherever_it_was_told(known: Run, folder: Path) -> None:
    known("campaign", "approve", "spring", "--by", "Ana")
    known("campaign", "schedule", "spring", "--at", at_once())
    known("send")
    letters = known("messages", "list", "spring", "--json").json
    belgium = next(one["message_id"] for one in letters if one["iso3"] == "BEL")
    words = "We will vote in favour of the draft. My colleague Jean Temoin will call, +41 22 730 10 00."
    answer = from_zoe(7, more=f"In-Reply-To: {belgium}\nReferences: {belgium}")
    answer = answer.replace(b"Belgium will co-sponsor the resolution.", words.encode())
    (folder / "answer.eml").write_bytes(answer)
    known("inbox", "ingest", "answer.eml")
    said = ("730 10 00", "Jean Temoin", "vote in favour of the draft")
    assert [one for one in said if one in "".join(dump(folder))]
    shown = known("people", "erase", "Zoe Sample", "--dry-run").out
    assert "records of sending" in shown
    total = known("people", "erase", "Zoe Sample", "--dry-run", "--json").json["total"]
    known("people", "erase", "Zoe Sample", "--yes", total)
    with closing(sqlite3.connect(folder / "outreach.db")) as base:
        for table in SQLModel.metadata.sorted_tables:
            for row in base.execute(f"SELECT * FROM {table.name}"):
                assert not [one for one in said if one in repr(row)], (table.name, row)
    assert not [one for one in said if one.encode() in on_disk(folder)]
    known("report", "spring", "--out", "after.xlsx")
    with zipfile.ZipFile(folder / "after.xlsx") as book:
        parts = b"".join(map(book.read, book.namelist())).decode("utf-8", "replace")
    assert not [one for one in said if one in parts]
    assert next(one for one in known("responses", "list", "spring", "--json").json if one["iso3"] == "BEL")[
        "answer"
    ] == ("replied")


def test_every_text_is_erased_or_known_to_tell_of_nobody() -> None:
    """A new text column fails here: is it looked through, or does it hold a code? Say so below."""
    assert {
        f"{table.name}.{column.name}"
        for table in SQLModel.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, AutoString | String | Text | JSON)
        and not isinstance(column.type, Enum)
        and not (column in text_columns(table) and is_changed(table.name, column.name))
    } == set(Path(__file__).with_name("untouched_columns.txt").read_text().split())


def test_whatever_tells_of_a_mail_goes_with_its_words() -> None:
    """A new table that names a mail fails here: does it hold what the mail said? See `MAIL_WORDS`."""
    naming = {table.name for table in SQLModel.metadata.sorted_tables if "reply_id" in table.columns}
    assert naming == set(MAIL_WORDS) | NO_MAIL_WORDS
    for name, columns in MAIL_WORDS.items():
        table = SQLModel.metadata.tables[name]
        rest = {one.name for one in text_columns(table)} - set(columns) - WHO_ACTED
        assert rest <= {"address", "address_key", "recipient", "old", "new"}, (
            name
        )  # addresses, and words of closed lists


@pytest.mark.heavy
def test_a_family_name_by_itself_is_likely_in_either_spelling(outreach: Run, folder: Path) -> None:
    outreach("campaign", "create", "spring", "--letter", "hrc-joint-letter", "--audience", "iso:BEL,FRA,DEU")
    zoe = "zoe.mueller@bel.mission.example"
    outreach("missions", "import", contacts(folder, ("BEL", zoe, "Zoé Sample-Müller")), "--yes")
    outreach("responses", "set", "spring", "BEL", "in favour", "--note", "Sample-Mueller says yes.")
    outreach("responses", "set", "spring", "FRA", "in favour", "--note", "So says Mme Sample Muller.")
    outreach("responses", "set", "spring", "DEU", "in favour", "--note", "A sample, in muller's mill.")
    for asked in (zoe, "Zoe Sample-Mueller", "SAMPLE-MÜLLER, Zoé"):
        found = outreach("people", "find", asked, "--json").json
        likely = {one["place"]: one["count"] for one in found["likely"]}
        assert likely["positions and answers"] == 4, asked  # two notes, each with its history
    book = Workbook()
    book.active.append(["Note", "Zoé Sample-Müller phoned"])
    book.save(folder / "r1.xlsx")
    assert "r1.xlsx  (bears the name or the address)" in outreach("people", "erase", zoe, "--dry-run").out
    also = ("people", "erase", zoe, "--also", "Sample-Müller")
    outreach(*also, "--yes", outreach(*also, "--dry-run", "--json").json["total"])
    notes = {one["iso3"]: one["note"] for one in outreach("responses", "list", "spring", "--json").json}
    assert notes == {
        "BEL": "[erased] says yes.", "FRA": "So says Mme [erased].", "DEU": "A sample, in muller's mill.",
    }  # fmt: skip


KINDS = {
    "reply": "reply",
    "delivery_event": "approved",
    "suggestion": "position",
    "signatory": "individual",
    "sign_on_entry": "individual",
    "attachment": "pdf",
}


def _plain(table: str, column: Any) -> Any:
    if column.name == "id" or column.primary_key:
        return 9_000_000
    known = {
        "iso3": "BEL", "kind": KINDS.get(table, "contact"),
        "state": "cancelled" if table in ("message", "delivery") else "draft", "language": "en", "role": "general",
        "line": "to",
        "stage": "data", "outcome": "sent", "confidence": "none", "speaker": "nobody", "counts": "no", "answer": "none",
        "position": "unknown", "status": None, "as_of": "2024-03-18", "signed_on": "2024-03-18", "first_year": 2020,
        "last_year": 2022, "reply_id": 9_000_000, "erased_at": None, "replaced_at": None,
    }  # fmt: skip
    if column.name == "message_id" and "INT" in str(column.type):
        return 9_000_000
    if column.name in known and not (known[column.name] is None and not column.nullable):
        return known[column.name]
    if column.nullable:
        return None
    kind = str(column.type)
    if "DATETIME" in kind:
        return "2024-03-18 09:00:00.000000"
    if "JSON" in kind:
        return "[]"
    if "BLOB" in kind:
        return b""
    return 0 if any(word in kind for word in ("INT", "BOOL")) else "x-9000000"


# While others work


def things(folder: Path, words: str) -> Any:
    engine = open_existing(load().database_url)
    try:
        return erasing.find(engine, words)
    finally:
        engine.dispose()


def erase_zoe(folder: Path) -> Any:
    engine = open_existing(load().database_url)
    try:
        return erasing.erase(engine, load(), folder, "Zoe Sample", by=named("Ana"), ask=lambda found: found.total)
    finally:
        engine.dispose()


@pytest.mark.heavy
def test_an_approval_that_is_being_made_does_not_freeze_an_erased_person(
    known: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = approving.compose_all

    def meanwhile(*args: Any, **kwargs: Any) -> Iterator[Any]:
        made = list(real(*args, **kwargs))
        erase_zoe(folder)
        return iter(made)

    monkeypatch.setattr(approving, "compose_all", meanwhile)
    assert "changed" in known("campaign", "approve", "spring", "--by", "Ana", expect=2).err
    assert known("messages", "list", "spring", "--json").json == []
    assert names_in(on_disk(folder)) == []
    monkeypatch.setattr(approving, "compose_all", real)
    known("campaign", "approve", "spring", "--by", "Ana")
    assert not any(ZOE in one["recipients"] for one in known("messages", "list", "spring", "--json").json)


def test_what_comes_in_between_is_asked_about_again(known: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = open_existing(load().database_url)

    def ask(found: Any) -> int:
        (folder / "4.eml").write_bytes(from_zoe(4))
        collect(engine, [folder / "4.eml"], by=named("Ana"))
        return int(found.total)

    before = things(folder, "Zoe Sample").total
    with pytest.raises(
        ConfirmationError, match=f"{before} things were confirmed, and meanwhile there are {before + 1}"
    ):
        erasing.erase(engine, load(), folder, "Zoe Sample", by=named("Ana"), ask=ask)
    engine.dispose()
    assert things(folder, "Zoe Sample").total == before + 1
    erase_zoe(folder)
    assert names_in(on_disk(folder)) == []


@pytest.mark.heavy
def test_mails_and_sheets_are_taken_in_while_it_erases(known: Run, folder: Path) -> None:
    """Whatever comes first: no error, no mail twice, and what is left is what came afterwards."""
    for number in range(10, 22):
        (folder / f"{number}.eml").write_bytes(from_zoe(number))
    failed: list[Exception] = []

    def take_in() -> None:
        engine = open_existing(load().database_url)
        try:
            for number in range(10, 22):
                collect(engine, [folder / f"{number}.eml"], by=named("Ana"))
        except Exception as error:  # noqa: BLE001  (whatever it is, it is told below)
            failed.append(error)
        finally:
            engine.dispose()

    other = threading.Thread(target=take_in)
    other.start()
    erased = 0
    while other.is_alive():
        try:
            erased += erase_zoe(folder).held.total
        except (ConfirmationError, NotFoundError):
            continue
    other.join()
    assert failed == []
    left = things(folder, "Zoe Sample").total
    assert len(known("inbox", "list", "--all", "--json").json) == 2 + 12
    if left:
        erase_zoe(folder)
    assert erased + left >= 8
    assert names_in(on_disk(folder)) == []
    for number in range(10, 22):
        assert "0 new" in known("inbox", "ingest", f"{number}.eml").out
