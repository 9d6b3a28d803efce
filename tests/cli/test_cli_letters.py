"""Letters and signatories as a person meets them on the command line."""

import email
import email.policy
import io
import json
from pathlib import Path

import openpyxl
import pypdf
import pytest

from tests.cli.conftest import Run

HOSTILE = ['#import "x"', "{{ 7*7 }}", "<script>alert(1)</script>", '=HYPERLINK("http://x.example","y")', "\u202eabc",
           "**b** [l](http://x.example)", "]) #panic()", "x" * 500]  # fmt: skip


def pdf_of(mail: bytes) -> pypdf.PdfReader:
    message = email.message_from_bytes(mail, policy=email.policy.default)
    (part,) = [part for part in message.iter_attachments() if part.get_content_type() == "application/pdf"]
    return pypdf.PdfReader(io.BytesIO(part.get_content()))


@pytest.mark.heavy
def test_a_letter_is_made_checked_and_published(outreach: Run, folder: Path) -> None:
    assert "templates/appeal/fr.md" in outreach("letter", "new", "appeal", "--language", "en", "fr").out
    assert (
        "“Write the letter here.” is what a new letter begins with"
        in outreach("letter", "check", "appeal", expect=2).out
    )
    for language, begun in (("en", "Write the letter here."), ("fr", "Écrivez la lettre ici.")):
        text = folder / f"templates/appeal/{language}.md"
        text.write_text(text.read_text(encoding="utf-8").replace(begun, ""), encoding="utf-8")
    assert "appeal: ready." in outreach("letter", "check", "appeal").out
    text.write_text(text.read_text(encoding="utf-8").replace("mission|of", "mision|of"), encoding="utf-8")
    ran = outreach("letter", "check", "appeal", expect=2)
    assert "fr.md, line 11: there is no field 'mision'. Did you mean mission?" in ran.out
    found = outreach("letter", "check", "appeal", "--json", expect=2).json
    assert (found["letter"], found["ready"], len(found["problems"])) == ("appeal", False, 1)
    outreach("letter", "new", "appeal", expect=2)
    outreach("letter", "check", "nosuch", expect=2)
    outreach("letter", "publish", "appeal", expect=2)
    outreach("letter", "publish", "hrc-joint-letter", "--out", "web")
    assert len(list((folder / "web").iterdir())) == 12
    outreach("letter", "from-docx", "nosuch.docx", expect=2)


@pytest.mark.heavy
def test_signatories_come_into_the_campaign_and_stand_in_its_letters(outreach: Run, folder: Path) -> None:
    outreach("campaign", "create", "c", "--letter", "hrc-joint-letter", "--audience", "iso:GBR,FRA")
    (folder / "s.csv").write_text("kind,name,signed on\nindividual,Zoe Sample,2024-03-01\norganisation,Bee,\n")
    assert "Nothing was changed" in outreach("signatories", "import", "c", "s.csv", "--dry-run").out
    assert outreach("signatories", "list", "c", "--json").json == []
    result = outreach("signatories", "import", "c", "s.csv", "--json").json
    assert (result["individuals"], result["organisations"], result["people"]) == (1, 1, 1)
    assert "one can sign until 2024-03-15 18:00 CET" in outreach("signatories", "deadline", "c", "2024-03-15 18:00").out
    (folder / "s.csv").write_text("kind,name\nindividual,Late Comer\n")
    ran = outreach("signatories", "import", "c", "s.csv", expect=2)
    assert "line 2" in ran.err
    assert "after the deadline" in ran.err
    outreach("signatories", "deadline", "c", "none")
    outreach("campaign", "approve", "c", "--by", "Ana")
    (row,) = [
        row for row in outreach("signatories", "list", "c", "--mission", "gbr", "--json").json if row["name"] == "Bee"
    ]
    assert row["kind"] == "organisation"
    outreach("signatories", "list", "c", "--mission", "DEU", expect=2)
    outreach("signatories", "import", "nosuch", "s.csv", expect=2)


@pytest.mark.heavy
def test_hostile_names_in_the_workbook_are_harmless_in_mail_and_pdf(outreach: Run, folder: Path) -> None:
    book = openpyxl.load_workbook(folder / "data/missions.xlsx")
    sheet = book["Contacts"]
    column = [cell.value for cell in sheet[1]].index("Name") + 1
    for number in range(2, sheet.max_row + 1):
        cell = sheet.cell(number, column)
        cell.value = HOSTILE[number % len(HOSTILE)]
        cell.data_type = "s"
    book.save(folder / "data/missions.xlsx")
    outreach("missions", "import", "data/missions.xlsx")
    outreach("campaign", "create", "c", "--letter", "hrc-joint-letter", "--audience", "iso:GBR,USA,DEU,JPN,IND,NLD,ALB")
    outreach("campaign", "preview", "c", "--out", "p", "--book")
    for path in (folder / "p").glob("*.eml"):
        message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        assert not message.defects
        assert all(box.domain.endswith(".mission.example") for box in message["To"].addresses)
        body = message.get_body(("html",))
        assert body is not None
        assert "<script" not in body.get_content()
        assert "href" not in body.get_content()
        reader = pdf_of(path.read_bytes())
        assert 1 <= len(reader.pages) <= 3
        text = "".join(page.extract_text() for page in reader.pages)
        assert "49" not in text
        assert "\u202e" not in text
    assert "<script" not in (folder / "p/letters.html").read_text()
    outreach("campaign", "approve", "c", "--by", "Ana")


@pytest.mark.heavy
def test_differences_are_told_between_letters_and_approvals(outreach: Run, folder: Path) -> None:
    outreach("campaign", "create", "c", "--letter", "hrc-thanks", "--audience", "iso:GBR,JPN")
    outreach("campaign", "differences", "c", "GBR", "DEU", expect=2)
    assert "+Subject: With thanks" in outreach("campaign", "differences", "c", "GBR", "JPN").out
    outreach("campaign", "approve", "c", "--by", "Ana")
    assert (
        "+Subject: With thanks to the Permanent Mission of Japan"
        in outreach("campaign", "differences", "c", "GBR", "JPN").out
    )
    outreach("campaign", "differences", "c", "GBR", expect=2)
    text = folder / "templates/hrc-thanks/en.md"
    text.write_text(text.read_text(encoding="utf-8").replace("We hope", "We very much hope"), encoding="utf-8")
    outreach("campaign", "approve", "c", "--by", "Ana")
    (one,) = json.loads(outreach("campaign", "differences", "c", "--json").out)
    assert one["missions"] == ["GBR", "JPN"]
    assert any(line.startswith("+We very much hope") for line in one["lines"])
