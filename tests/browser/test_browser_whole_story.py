"""From the empty folder to the vote by mouse: nothing is typed at a terminal, no file is opened in an editor."""

import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from outreach.workplace import samples
from tests.browser.conftest import PASSWORD
from tests.scripted_smtp import ScriptedSmtp
from tests.servers import without_settings
from tests.word_by_hand import docx, paragraph, run

pytestmark = pytest.mark.integration
ASK = "We ask {{ mission|the }} to support the resolution. Please reply by {{ letter.reply_by }}."
ASK_IN_FRENCH = "Nous vous demandons d’appuyer la résolution. Merci de répondre avant le {{ letter.reply_by }}."
LETTER = {
    "en": ("We write to you before the 56th session of the Human Rights Council.", ASK),
    "fr": ("Nous vous écrivons avant la cinquante-sixième session du Conseil des droits de l’homme.", ASK_IN_FRENCH),
}


@dataclass(frozen=True)
class Begun:
    """A desk that was started in an empty folder, and the link that it printed."""

    folder: Path
    link: str

    @property
    def url(self) -> str:
        return self.link.partition("/begin")[0]


@pytest.fixture
def begun(tmp_path: Path) -> Iterator[Begun]:
    folder = tmp_path / "campaigns"
    folder.mkdir()
    process = subprocess.Popen(
        [sys.executable, "-m", "outreach", "serve", "--port", "0"], cwd=folder,
        env=without_settings() | {"PYTHONUNBUFFERED": "1"}, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        found = None
        while found is None:
            line = process.stdout.readline()
            assert line, "it ended"
            found = re.search(r"http://\S+/begin/\S+", line)
        yield Begun(folder, found[0])
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.communicate()


@pytest.mark.timeout(900)
def test_the_officer_never_leaves_the_browser(begun: Begun, open_page: Callable[..., Any], tmp_path: Path) -> None:
    with ScriptedSmtp() as server:
        story = Story(begun, open_page, tmp_path, server)
        for step in (
            story.the_folder, story.the_assistant, story.the_sheet, story.the_letter, story.the_people,
            story.the_campaign, story.two_approve, story.live, story.sent, story.answers, story.corrected,
            story.follow_up, story.votes, story.report,
        ):  # fmt: skip
            step()


class Story:
    """The steps, in their order."""

    def __init__(self, begun: Begun, open_page: Callable[..., Any], tmp_path: Path, server: ScriptedSmtp) -> None:
        self.begun, self.open_page, self.tmp, self.server = begun, open_page, tmp_path, server
        self.page = open_page(begun.url, sign_in=False, may_say=("422 (Unprocessable",))

    def press(self, words: str, page: Any = None) -> None:
        (page or self.page).get_by_role("button", name=words, exact=True).first.click()

    def see(self, words: str, page: Any = None) -> None:
        (page or self.page).get_by_text(words).first.wait_for()

    def the_folder(self) -> None:
        page = self.page
        page.goto(self.begun.link)
        self.press("Make the campaign's folder here")
        page.get_by_label("Your name").fill("Ana Example")
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_label("The same password again").fill(PASSWORD)
        self.press("Make the account")
        self.see("You sign in as ana")

    def the_assistant(self) -> None:
        page = self.page
        page.goto("/setup/sender")
        page.get_by_label("Organisation, as the missions read it").fill("Coalition")
        page.get_by_label("Address", exact=True).fill("secretariat@coalition.example")
        self.press("Keep, and go on")
        page.get_by_text("Another service: server and port").click()
        page.locator("[name=smtp_host]").fill("127.0.0.1")
        page.locator("[name=smtp_port]").fill(str(self.server.port))
        page.locator("[name=smtp_security]").select_option("none")
        self.press("Keep, and go on")
        page.wait_for_url("**/setup/box")
        self.press("There is no mailbox")
        page.goto("/setup/test")
        page.get_by_label("A mail to yourself").fill("ana@coalition.example")
        self.press("Test sending")
        self.see("the server took it")
        page.goto("/setup/place")
        self.press("Keep")

    def the_sheet(self) -> None:
        page = self.page
        page.goto("/sheets")
        page.get_by_label("The missions' workbook").set_input_files(samples() / "data" / "missions.xlsx")
        self.press("Show what would change")
        self.press("Take it in")
        self.see("195 of 195 missions")

    def the_letter(self) -> None:
        page = self.page
        for language, words in LETTER.items():
            file = docx(
                self.tmp / f"Our letter {language}.docx",
                *(paragraph(run(one)) for one in ("{{ salutation }}", *words, "{{ closing }}")),
            )
            page.goto("/letters")
            page.get_by_role("link", name="New letter").click()
            page.get_by_label("Word document").set_input_files(file)
            page.get_by_label("Name of its folder").last.fill("our-letter")
            page.get_by_label("Its language").select_option(language)
            self.press("Look at it")
            self.see(words[0])
            self.press("Take it in")
            self.see("Taken in from")
        page.get_by_role("link", name="Facts, files and languages", exact=True).click()
        page.locator("[name=title]").fill("Joint letter before the 56th session")
        page.locator("[name='fact.0']").fill("reply_by")
        page.locator("[name='value.0']").fill("2030-06-14")
        self.press("Keep")
        self.see("What was approved stays as it was.")
        page.get_by_label("A short covering mail, with the letter as a PDF").check()
        page.get_by_label("The PDF is called").fill("HRC56_letter")
        page.get_by_role("region", name="How it goes").get_by_role("button", name="Keep").click()
        self.see("What was approved stays as it was.")
        page.locator("[name=head]").fill("Coalition for Open Records")
        self.press("Keep the letterhead")
        self.see("The letterhead is kept.")
        page.get_by_label("A logo: .svg").set_input_files(samples() / "templates" / "hrc-joint-letter" / "logo.svg")
        self.press("Add the logo")
        self.see("logo.svg is in the letterhead.")
        page.get_by_label("File, up to 10 MB").set_input_files(
            {"name": "annex.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4\n%%EOF\n"}
        )
        page.get_by_role("region", name="Files that go along").get_by_label("The recipient sees it as").fill(
            "Annex.pdf"
        )
        self.press("Let it go along")
        self.see("annex.pdf goes along.")
        with page.expect_download() as download:
            page.locator('a[href="/letters/our-letter/fr/word"]').click()
        assert download.value.suggested_filename == "our-letter_fr.docx"

    def the_people(self) -> None:
        page = self.page
        page.goto("/people")
        form = page.locator('form[action="/invitations"]')
        form.get_by_label("Name").fill("Ben Example")
        form.get_by_label("Role").select_option("approver")
        form.get_by_text("Or choose the login and a first password yourself").click()
        form.get_by_label("Login").fill("ben")
        form.get_by_label("First password").fill(PASSWORD)
        self.press("Let them in")
        self.ben = self.open_page(self.begun.url, sign_in=False, may_say=("422 (Unprocessable",))
        self.ben.goto("/login")
        self.ben.get_by_label("Login").fill("ben")
        self.ben.get_by_label("Password").fill(PASSWORD)
        self.press("Sign in", self.ben)
        self.ben.get_by_role("heading", name="Campaigns").wait_for()

    def the_campaign(self) -> None:
        page = self.page
        page.goto("/campaigns/new")
        page.get_by_label("Name", exact=True).fill("hrc56")
        page.locator("[name=letter]").select_option("our-letter")
        page.get_by_label("Asia-Pacific").check()
        page.get_by_text("88 missions").wait_for()
        page.get_by_label("Asia-Pacific").uncheck()
        page.get_by_text("47 missions").wait_for()
        page.get_by_label("Membership as of").fill("2024-03-18")
        page.get_by_label("Two people").check()
        self.press("Make it")
        page.get_by_role("link", name="Signatories").click()
        sheet = "Name,Kind\nMaria Invented,individual\nInvented Records Watch,organisation\n"
        page.get_by_label("The sheet of signatories").set_input_files(
            {"name": "signatories.csv", "mimeType": "text/csv", "buffer": sheet.encode()}
        )
        self.press("Show what would change")
        self.press("Take it in")
        self.see("Maria Invented")

    def two_approve(self) -> None:
        page = self.page
        page.goto("/campaigns/1/send")
        if page.get_by_text("All of that is meant as it is").count():
            page.get_by_label("All of that is meant as it is").check()
        self.press("Approve these letters")
        self.see("Approved first by")
        self.ben.goto("/")
        self.ben.get_by_role("link", name="approval asked for").click()
        if self.ben.get_by_text("All of that is meant as it is").count():
            self.ben.get_by_label("All of that is meant as it is").check()
        self.press("Approve the same letters", self.ben)
        self.see("The letters are frozen", self.ben)

    def live(self) -> None:
        self.page.goto("/settings")
        self.press("Ask for live mode")
        self.ben.goto("/settings")
        self.press("Confirm: go live", self.ben)
        self.see("Letters go to the missions.", self.ben)

    def sent(self) -> None:
        page = self.page
        page.goto("/campaigns/1/send")
        page.locator("[name=day]").fill("2031-06-03")
        page.locator("[name=spread]").select_option("60")
        page.locator("[name=hours]").select_option("working")
        page.get_by_label("Type their number to confirm").fill("47")
        self.press("Set the time")
        self.see("spread over")
        page.get_by_label("Now", exact=True).check()
        page.locator("[name=spread]").select_option("0")
        page.locator("[name=hours]").select_option("any")
        page.get_by_label("Type their number to confirm").fill("47")
        self.press("Set another time")
        self.see("47 of 47 letters are out")
        self.letters = {}
        for one in self.server.accepted[1:]:
            head = message_from_bytes(one.content)
            self.letters[one.rcpt_to[0]] = str(head["Message-ID"]).strip()
        assert len(self.letters) >= 47

    def answers(self) -> None:
        page = self.page
        office = {code: next(one for one in self.letters if f"@{code}." in one) for code in ("fra", "ind", "jpn")}
        self.bounced = office["jpn"]
        mails = [
            mail(
                "fra", office["fra"], f"In-Reply-To: {self.letters[office['fra']]}", "France will co-sponsor the text."
            ),
            mail("who", "someone@elsewhere.example", "", "On behalf of the delegation of India: we thank you."),
            bounce(office["jpn"], self.letters[office["jpn"]]),
        ]
        page.goto("/inbox")
        page.get_by_role("link", name="Bring mails").click()
        page.get_by_label("Mail files").set_input_files(mails)
        self.press("Take them in")
        self.see("3 mails: 3 new")
        page.goto("/inbox?show=settle")
        page.get_by_role("link", name="someone@elsewhere.example").first.click()
        page.locator("select[name=where]").select_option("IND")
        self.press("Put it down to this mission")
        page.get_by_role("button", name="Take it back").wait_for()
        page.goto("/campaigns/1/letters/FRA")
        page.get_by_label("co-sponsor").check()
        page.get_by_label("Note").fill("their mail says so")
        page.get_by_role("button", name="Keep", exact=True).first.click()
        self.see("hrc56, FRA: co-sponsor.")

    def corrected(self) -> None:
        page = self.page
        page.goto("/")
        page.get_by_role("link", name="address that a letter did not reach").click()
        page.get_by_label("Right address of").fill("office@jpn.mission.example")
        page.get_by_label("This writes to one real mission").check()
        self.press("Put it right and send the letter")
        self.see("The letter goes out once more")

    def follow_up(self) -> None:
        page = self.page
        page.goto("/campaigns/1/letters")
        page.get_by_role("link", name="Remind", exact=False).first.click()
        self.see("As it stands now")
        page.locator("[name=letter]").select_option("hrc-reminder")
        page.get_by_label("Type their number to confirm").fill("47")
        self.press("Approve and plan it")
        if page.get_by_text("All of that is meant as it is").count():
            page.get_by_label("All of that is meant as it is").check()
            page.get_by_label("Type their number to confirm").fill("47")
            self.press("Approve and plan it")
        self.see("frozen, and approved by you")

    def votes(self) -> None:
        page = self.page
        page.goto("/campaigns/1/votes")
        page.get_by_label("Or paste it here").fill("In favour: France, Japan\nAgainst: India\nAbstaining: Brazil")
        self.press("Look at it")
        self.press("Take the votes in")
        self.see("The votes are taken in")

    def report(self) -> None:
        page = self.page
        with page.expect_download() as download:
            page.get_by_role("link", name="Excel report").click()
        file = self.tmp / "report.xlsx"
        download.value.save_as(file)
        book = load_workbook(file, read_only=True)
        values = {str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row}
        book.close()
        assert {"France", "co-sponsor", "their mail says so"} <= values


def mail(name: str, sender: str, head: str, words: str) -> dict[str, Any]:
    head = f"{head}\n" if head else ""
    content = (
        f"From: <{sender}>\n{head}Subject: Re: your letter\nDate: Tue, 03 Jun 2031 10:00:00 +0200\n"
        f"Message-ID: <{name}@test.example>\nContent-Type: text/plain; charset=utf-8\n\n{words}\n"
    )
    return {"name": f"{name}.eml", "mimeType": "message/rfc822", "buffer": content.encode()}


def bounce(address: str, letter: str) -> dict[str, Any]:
    """A delivery status notification (RFC 3464)."""
    content = f"""From: <mailer-daemon@mx.example>
Subject: Undelivered Mail Returned to Sender
Date: Tue, 03 Jun 2031 10:00:00 +0200
Message-ID: <bounce@mx.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

The address does not exist.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; {address}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 user unknown
--b
Content-Type: message/rfc822

Message-ID: {letter}
Subject: x

x
--b--
"""
    return {"name": "bounce.eml", "mimeType": "message/rfc822", "buffer": content.encode()}
