"""Every command and every option of the command line, run by story; one that is new and in no story fails here.

Other files test what a command does in each case. This one holds the table: a command that nobody ever runs may have
been broken for months.
"""

import argparse
import io
import os
import re
import shlex
import signal
import subprocess
import sys
import urllib.request
import webbrowser
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import openpyxl
import pytest
from pyotp import TOTP
from sqlmodel import select

from outreach import terminal
from outreach.actors import named
from outreach.cli import COMMANDS, parser
from outreach.database import open_database, reading
from outreach.people.accounts import accounts
from outreach.people.factors import add_app, new_secret
from outreach.settings import load
from outreach.vocabulary import Language
from tests.cli.conftest import Run
from tests.examples import heavy
from tests.inbox.inbox_mails import answer, recipient_group, report
from tests.inbox.scripted_imap import ScriptedImap
from tests.oauth_server import OAuthServer, follow, redirected
from tests.programs import program
from tests.scripted_smtp import HANG_UP, Dialogue, Script, ScriptedSmtp

Step = tuple[str, str] | Callable[[Run, Path, pytest.MonkeyPatch], None]
"""The words of a command and what it has to say, or something that happens in between."""

TEXT = "From: <{sender}>\nDate: Tue, 19 Mar 2024 10:00:00 +0100\nMessage-ID: <{key}@test.example>\nSubject: {subject}\n"


# What happens between the commands


def sheets(outreach: Run, folder: Path, patch: pytest.MonkeyPatch) -> None:
    (folder / "team.csv").write_text("ISO3,Courriel\nFRA,second@fra.mission.example\n", encoding="utf-8")
    (folder / "odd.csv").write_text("ISO3,E-mail,Role\nFRA,odd@fra.mission.example,\nDEU,x,deputy\n", encoding="utf-8")
    twice = "ISO3,E-mail,Name\nFRA,box@fra.mission.example,Uta Blum\nFRA,box@fra.mission.example,Max Kern\n"
    (folder / "twice.csv").write_text(twice, encoding="utf-8")
    (folder / "sign.csv").write_text("kind,name\norganisation,Bee\nindividual,Zoe Sample\n", encoding="utf-8")
    book = openpyxl.Workbook()
    book["Sheet"].title = "Votes"
    for row in (("Country", "Vote"), ("France", "yes"), ("Japan", "abstain"), ("Germany", "yes")):
        book["Votes"].append(row)
    book.save(folder / "votes.xlsx")
    (folder / "undl.csv").write_text(
        "undl_id,ms_code,ms_name,ms_vote,date,session,resolution,title,subjects\n"
        "1,FRA,FRANCE,Y,2023-12-19,78,A/RES/78/1,Mandates,HUMAN RIGHTS\n"
        "1,DEU,GERMANY,N,2023-12-19,78,A/RES/78/1,Mandates,HUMAN RIGHTS\n",
        encoding="utf-8",
    )


def other_words(outreach: Run, folder: Path, patch: pytest.MonkeyPatch) -> None:
    """Somebody changes a text in its file, past every door."""
    path = folder / "templates" / "hrc-thanks" / "fr.md"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.rstrip() + "\n\nUn paragraphe de plus.\n", encoding="utf-8")


def signed_on_page(outreach: Run, folder: Path, patch: pytest.MonkeyPatch) -> None:
    """Two of the world sign, and follow their links."""
    from outreach.campaigns.who_signs.sign_on_page import SignOnForm, confirm, page_of, sign
    from outreach.models import Campaign

    settings = load()
    engine = open_database(settings.database_url)
    with reading(engine) as session:
        campaign = session.exec(select(Campaign).where(Campaign.name == "spring")).one()
        page = page_of(session, campaign)
        assert page is not None
    for name, box in (("Lantern Archive", "ada"), ("Harbour House", "bo")):
        form = SignOnForm("organisation", name, email=f"{box}@lantern.example", agreed=True)
        mail = sign(engine, settings, page.key, form, Language.ENGLISH)
        assert mail is not None
        assert confirm(engine, page.key, mail.confirm)
    engine.dispose()


def document(outreach: Run, folder: Path, patch: pytest.MonkeyPatch) -> None:
    """A Word document of the fewest parts (ECMA-376)."""
    office = "http://schemas.openxmlformats.org"
    word = f"{office}/wordprocessingml/2006/main"
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    with zipfile.ZipFile(folder / "appeal.docx", "w") as file:
        file.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{office}/package/2006/content-types"><Default Extension="rels" ContentType="application/'
            f'vnd.openxmlformats-package.relationships+xml"/><Override PartName="/word/document.xml" '
            f'ContentType="{kind}"/></Types>',
        )
        file.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{office}/package/2006/relationships">'
            '<Relationship Id="r" Target="word/document.xml" '
            f'Type="{office}/officeDocument/2006/relationships/officeDocument"/></Relationships>',
        )
        file.writestr(
            "word/document.xml",
            f'<w:document xmlns:w="{word}"><w:body><w:p><w:r><w:t>We ask the Council.</w:t></w:r></w:p></w:body>'
            "</w:document>",
        )


def lawyer(outreach: Run, folder: Path, patch: pytest.MonkeyPatch) -> None:
    """Somebody changes a word in Word."""
    path = folder / "to-lawyer.docx"
    with zipfile.ZipFile(path) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    parts["word/document.xml"] = parts["word/document.xml"].replace(b"We ask", b"We urge")
    with zipfile.ZipFile(path, "w") as file:
        for name, content in parts.items():
            file.writestr(name, content)


def number_of(outreach: Run, kind: str, which: str) -> str:
    """The number by which a command names a letter, a mail or a proposal, as a person reads it in the list."""
    if kind == "letter":
        campaign, _, iso3 = which.partition("/")
        rows = outreach("messages", "list", campaign, "--json").json
        return next(str(row["id"]) for row in rows if row["iso3"] == iso3)
    if kind == "mail":
        return next(
            str(row["id"]) for row in outreach("inbox", "list", "--all", "--json").json if row["sender"] == which
        )
    if kind == "day":
        days = outreach("campaign", "status", "spring", "--json").json["ask_again"]
        return next(str(row["proposal"]) for row in days if row["iso3"] == which)
    return next(str(row["id"]) for row in outreach("inbox", "proposals", "--json").json if row["value"] == which)


def letter_to(outreach: Run, iso3: str) -> dict[str, object]:
    return next(one for one in outreach("messages", "list", "spring", "--json").json if one["iso3"] == iso3)


def mails(outreach: Run, folder: Path, patch: pytest.MonkeyPatch) -> None:
    """France answers, Japan's first address does not exist, and two whom nobody knows write."""
    box = folder / "mails"
    box.mkdir()
    france, japan = letter_to(outreach, "FRA"), letter_to(outreach, "JPN")
    yes = answer(
        "France will co-sponsor the resolution.\n\nPlease contact us again after 12 April. "
        "We would be happy to receive you on 15 April at 10:30.",
        reply_to=str(france["message_id"]),
    )
    (box / "1.eml").write_bytes(yes)
    for number, sender in ((2, "someone@elsewhere.example"), (3, "another@elsewhere.example")):
        (box / f"{number}.eml").write_text(
            TEXT.format(sender=sender, key=number, subject="A question") + "\nWe received your letter.\n"
        )
    enclosed = (
        "From: <another@elsewhere.example>\nSubject: A question\nDate: Tue, 19 Mar 2024 10:00:00 +0100\n"
        "Message-ID: <with-a-file@elsewhere.example>\nMIME-Version: 1.0\n"
        'Content-Type: multipart/mixed; boundary="b"\n\n--b\nContent-Type: text/plain\n\nWe received your letter.\n'
        '--b\nContent-Type: application/pdf\nContent-Disposition: attachment; filename="note.pdf"\n\n%PDF-1.4\n--b--\n'
    )
    (box / "3.eml").write_text(enclosed)
    failed = recipient_group(str(japan["recipients"][0]), "failed", "5.1.1", "550 5.1.1 no such user")  # type: ignore[index]
    (box / "4.eml").write_bytes(report(failed, message_id=str(japan["message_id"])))


def fra_answers_d(outreach: Run, folder: Path, patch: pytest.MonkeyPatch) -> None:
    """The letter goes out, and France answers it."""
    outreach("campaign", "schedule", "d", "--at", "now")
    outreach("send")
    letter = outreach("messages", "list", "d", "--json").json[0]
    (folder / "d.eml").write_bytes(answer("France says yes.", reply_to=str(letter["message_id"])))
    outreach("inbox", "ingest", "d.eml")


def type_into_the_report(outreach: Run, folder: Path, patch: pytest.MonkeyPatch) -> None:
    book = openpyxl.load_workbook(folder / "status.xlsx")
    sheet = book["Missions"]
    rows = list(sheet.iter_rows())
    head = next(row for row in rows if "ISO3" in [cell.value for cell in row])
    column = {cell.value: cell.column for cell in head}
    germany = next(row[0].row for row in rows if "DEU" in [cell.value for cell in row])
    sheet.cell(germany, column["Position"]).value = "undecided"
    book.save(folder / "status.xlsx")
    outreach("responses", "set", "spring", "JPN", "abstain")
    own = openpyxl.Workbook()
    own["Sheet"].title = "Ours"
    for row in (("Country", "Who calls"), ("France", "Ana"), ("Japan", "Ben")):
        own["Ours"].append(row)
    own.save(folder / "own.xlsx")


def japan_is_typed_too(outreach: Run, folder: Path, patch: pytest.MonkeyPatch) -> None:
    """Somebody changes at the desk what the sheet changes as well."""
    book = openpyxl.load_workbook(folder / "status.xlsx")
    sheet = book["Missions"]
    rows = list(sheet.iter_rows())
    head = next(row for row in rows if "ISO3" in [cell.value for cell in row])
    column = next(cell.column for cell in head if cell.value == "Position")
    japan = next(row[0].row for row in rows if "JPN" in [cell.value for cell in row])
    sheet.cell(japan, column).value = "in favour"
    book.save(folder / "status.xlsx")


def typed(text: str) -> Step:
    """What stands in standard input for the next command."""

    def put(outreach: Run, folder: Path, patch: pytest.MonkeyPatch) -> None:
        patch.setattr(sys, "stdin", io.StringIO(text))

    return put


def somebody_sits_here(text: str) -> Step:
    """Somebody at a terminal, who types so."""

    def put(outreach: Run, folder: Path, patch: pytest.MonkeyPatch) -> None:
        patch.setattr(sys, "stdin", io.StringIO(text))
        patch.setattr(terminal, "is_asked", lambda: True)

    return put


def live_to(script: Script, name: str, audience: str, told: str) -> Step:
    """One live letter, sent to a server that does as the script says; `told` is what the command says of it."""

    def run(outreach: Run, folder: Path, patch: pytest.MonkeyPatch) -> None:
        with ScriptedSmtp(script) as server, patch.context() as settings:
            for key, value in {"MODE": "live", "SMTP_HOST": "127.0.0.1", "SMTP_PORT": server.port}.items():
                settings.setenv(f"OUTREACH_{key}", str(value))
            outreach("campaign", "create", name, "--letter", "hrc-thanks", "--audience", audience)
            outreach("campaign", "approve", name, "--by", "Ana")
            outreach("campaign", "schedule", name, "--at", "now", "--yes", 1)
            assert told in outreach("send", "--campaign", name, "--yes", 1).out

    return run


def hangs_up_once(dialogue: Dialogue, verb: str, _argument: str) -> str | None:
    return HANG_UP if verb == "DOT" and dialogue.number == 1 else None


def knows_nobody(_dialogue: Dialogue, verb: str, _argument: str) -> str | None:
    return "550 5.1.1 user unknown" if verb == "RCPT" else None


BOX: list[ScriptedImap] = []


def a_box(outreach: Run, folder: Path, patch: pytest.MonkeyPatch) -> None:
    """An IMAP server with one mail, for the commands that follow; ended by `no_box`."""
    BOX.append(ScriptedImap({1: question(1)}).__enter__())
    for name, value in {
        "HOST": "127.0.0.1", "PORT": BOX[-1].port, "SECURITY": "none", "USERNAME": "team", "PASSWORD": "pw",
    }.items():  # fmt: skip
        patch.setenv(f"OUTREACH_IMAP_{name}", str(value))


def an_app(outreach: Run, folder: Path, patch: pytest.MonkeyPatch) -> None:
    """Ana has set an authenticator app up."""
    engine, settings = open_database(load().database_url), load()
    (ana,) = [one for one in accounts(engine) if one.login == "ana"]
    secret = new_secret()
    add_app(engine, settings, ana.id or 0, secret, TOTP(secret).now(), by=named("Ana"))
    engine.dispose()


def an_issuer(outreach: Run, folder: Path, patch: pytest.MonkeyPatch) -> None:
    """The organisation has a sign-in of its own."""
    patch.setenv("OUTREACH_OIDC_ISSUER", "https://login.coalition.example")
    patch.setenv("OUTREACH_OIDC_CLIENT_ID", "desk")


def one_more_mail(outreach: Run, folder: Path, patch: pytest.MonkeyPatch) -> None:
    BOX[-1].mails[2] = question(2)


def no_box(outreach: Run, folder: Path, patch: pytest.MonkeyPatch) -> None:
    BOX.pop().__exit__()


def question(number: int) -> bytes:
    head = TEXT.format(sender="x@elsewhere.example", key=f"box-{number}", subject="A question")
    return f"{head}\nWhen is the vote?\n".encode()


# What goes on until it is stopped is a process of its own, which is ended as a person ends it.


PROVIDER: list[OAuthServer] = []


def a_provider(outreach: Run, folder: Path, patch: pytest.MonkeyPatch) -> None:
    """An OAuth server, and a browser that does what its person would; ended by `no_provider`."""
    PROVIDER.append(OAuthServer().__enter__())
    for name, value in PROVIDER[-1].settings.items():
        patch.setenv(f"OUTREACH_{name.upper()}", str(value))
    patch.setattr(webbrowser, "open", lambda url: follow(url)[0] == 200)


def no_provider(outreach: Run, folder: Path, patch: pytest.MonkeyPatch) -> None:
    secrets = PROVIDER[-1].secrets()
    PROVIDER.pop().__exit__()
    database = b"".join(path.read_bytes() for path in folder.glob("outreach.db*"))
    settings = (folder / "outreach.toml").read_bytes()
    assert not [secret for secret in secrets if secret.encode() in database + settings]


def signed_in_by_hand(*command: str) -> Step:
    """The page's address is printed, opened elsewhere, and the address that it ends at is pasted."""

    def run(outreach: Run, folder: Path, patch: pytest.MonkeyPatch) -> None:
        process = subprocess.Popen(
            [sys.executable, "-m", "outreach", *command], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        try:
            assert process.stdout is not None
            said = []
            while not (said and "/authorize?" in said[-1]):
                said.append(process.stdout.readline())
                assert said[-1], said
            page = said[-1].strip()
            rest, _ = process.communicate(f"{page}\n{redirected(page)}\n")
            assert process.returncode == 0, rest[-1500:]
            assert "That address is no answer to this sign-in" in rest
            assert "is signed in with Google, kept in a file" in rest
        finally:
            process.kill()
            process.wait()

    run.command = command  # type: ignore[attr-defined]
    return run


def until_it_says(words: str, *command: str) -> Step:
    def run(outreach: Run, folder: Path, patch: pytest.MonkeyPatch) -> None:
        process = program(*command, cwd=folder, env=os.environ, errors=subprocess.STDOUT)
        try:
            assert process.stdout is not None
            said = []
            while not (said and re.search(words, said[-1])):
                line = process.stdout.readline()
                assert line, said
                said.append(line)
            if open_at := re.search(r"http://\S+", said[-1]):
                with urllib.request.urlopen(f"{open_at[0].rstrip('/')}/login") as page:
                    assert page.status == 200
            process.send_signal(signal.SIGTERM)
            rest, _ = process.communicate()
            assert process.returncode == 0, (*said, rest)
        finally:
            process.kill()
            process.wait()

    run.command = command  # type: ignore[attr-defined]
    return run


STORIES: dict[str, list[Step]] = {
    "the directory": [
        sheets,
        ("init", "kept     "),
        ("missions import data/missions.xlsx --sheet Contacts --dry-run", "Nothing was changed: this was a dry run."),
        ("missions import team.csv --map email=Courriel --yes", "contacts: 1 added"),
        ("missions import team.csv --map email=Courriel --json", '"unchanged"'),
        ("missions import team.csv --replace --dry-run", "would be retired"),
        ("missions import team.csv --set-aside --dry-run", "Nothing was changed"),
        ("missions import odd.csv --set-aside", "yellow in odd set aside.xlsx"),
        ("missions import 'odd set aside.xlsx'", "Not understood, and set aside"),
        ("missions undo", "Taken back: the import of odd.csv"),
        ("missions import twice.csv --double box@fra.mission.example=3 --dry-run", "row 3 holds"),
        ("missions history FRA", "second@fra.mission.example"),
        ("missions history --json", '"file": "team.csv"'),
        ("missions list --audience iso:FRA,DEU --except DEU --as-of 2024-03-18", "second@fra.mission.example"),
        ("missions undo", "Taken back: the import of team.csv"),
        ("missions undo 1 --dry-run", "Would be taken back: the import of missions.xlsx"),
        ("missions undo 1 --yes 664 --json", '"file": "missions.xlsx"'),
        ("missions import data/missions.xlsx", "missions: 195 added"),
        ("missions list --json", '"iso3": "ZWE"'),
        ("missions export blank.xlsx --blank", "Written: blank.xlsx"),
        ("missions export out.xlsx", "Written: out.xlsx (195 missions, 390 contacts)"),
        ("missions note FRA 'Ask for Ms Sample.'", "Ask for Ms Sample."),
        ("missions note FRA 'Ask for Mr Sample.' --change 1", "Ask for Mr Sample."),
        ("missions note FRA --json", '"text": "Ask for Mr Sample."'),
    ],
    "a person, and a dossier": [
        sheets,
        ("missions import team.csv --map email=Courriel --yes", "contacts: 1 added"),
        ("people find second@fra.mission.example", "2 things"),
        ("people find second@fra.mission.example --also Zoe Sample --json", '"total": 2'),
        (
            "people export second@fra.mission.example --also Zoe Sample --others blacked-out --out person.zip",
            "Written: person.zip",
        ),
        ("people export second@fra.mission.example --out person.json --json", '"things": 2'),
        ("people erase second@fra.mission.example --dry-run", "add --yes 2"),
        ("people erase second@fra.mission.example --also Zoe Sample --yes 2 --by Ana --json", '"total": 2'),
        ("campaign create d --letter hrc-joint-letter --audience iso:FRA", "d: 1 mission as"),
        ("campaign approve d --by Ana", "1 letter"),
        ("responses release d FRA --text 'France said yes.' --dry-run", "Nothing was changed"),
        fra_answers_d,
        ("responses release d FRA --reply 1 --json", '"mail": 1'),
        ("responses withdraw d FRA --reply 1", "1 text taken back"),
        ("responses release d FRA --text 'France said yes.' --by Ana", "these words may be shown"),
        ("responses released d", "France said yes."),
        (
            "responses release d FRA --text 'France said yes; ask bo@fra.mission.example.' --without-others --by Ana",
            "these words may be shown",
        ),
        ("responses release d FRA --text 'Ask bo@fra.mission.example.' --yes --by Ana", "these words may be shown"),
        ("responses released d --json", '"iso3": "FRA"'),
        ("dossier d --out site --for partners --language en", "Written: site"),
        ("dossier d --out site.zip --json", '"edition": "public"'),
        ("responses withdraw d FRA --by Ana", "1 text taken back"),
    ],
    "letters": [
        document,
        ("letter new spring --language fr", "templates/spring/fr.md"),
        ("letter new covered --cover", "templates/covered/cover.en.md"),
        ("letter check hrc-thanks", "hrc-thanks: ready."),
        ("letter check hrc-thanks --json", '"ready": true'),
        ("letter from-docx appeal.docx --name autumn --language en", "templates/autumn/en.md"),
        ("letter to-docx autumn --language en --out to-lawyer.docx", "written  to-lawyer.docx"),
        ("letter mark hrc-thanks fr translated --source en", "hrc-thanks/fr.md: translated by "),
        ("letter mark hrc-thanks fr read --by Ana", "hrc-thanks/fr.md: read by Ana."),
        ("letter review hrc-thanks", "fr: read by Ana"),
        ("letter review hrc-thanks --json", '"state": "read"'),
        ("letter comment hrc-thanks fr 1 'Is this the right date?'", "paragraph 1: remark 1."),
        ("letter comments hrc-thanks fr", "Is this the right date?"),
        ("letter settle 1 --by Ana", "Remark 1 is settled."),
        ("letter comments hrc-thanks fr --all --json", '"settled_by": "Ana"'),
        ("letter beside hrc-thanks fr", "  ↓"),
        ("letter beside hrc-thanks fr --source es", "  ↓"),
        other_words,
        ("letter versions hrc-thanks fr", "(found in the file)"),
        ("letter versions hrc-thanks fr --differs 1", "{+Un paragraphe"),
        ("letter versions hrc-thanks fr --json", '"restores": null'),
        ("letter restore hrc-thanks fr 1 --by Ana", "as in version 1"),
        ("letter to-docx hrc-thanks --out word", "hrc-thanks_ru.docx"),
        ("letter from-docx to-lawyer.docx --by Ana", "autumn/en.md: nothing differs, nothing was written."),
        lawyer,
        ("letter from-docx to-lawyer.docx --dry-run", "We [-ask-]{+urge+} the Council"),
        ("letter from-docx to-lawyer.docx --yes", "written  templates/autumn/en.md"),
        ("letter publish hrc-joint-letter --out web", "written  web"),
        ("campaign create c --letter hrc-joint-letter --audience iso:JPN", "c: 1 mission as"),
        ("letter publish hrc-joint-letter --campaign c --out signed", "written  signed"),
    ],
    "a campaign from its audience to its report": [
        sheets,
        (
            "campaign create spring --letter hrc-joint-letter --audience iso:FRA,DEU,JPN,CHN --except CHN \
             --as-of 2024-03-18 --approvals 2",
            "spring: 3 missions as of 2024-03-18.",
        ),
        ("campaign approvals spring 1", "spring: one person has to approve its letters."),
        ("campaign dates spring --session HRC55", "2024-04-05"),
        (
            "campaign dates spring --starts 2024-02-26 --ends 2024-04-05 --vote 2024-04-04 --json",
            '"vote": "2024-04-04"',
        ),
        ("signatories import spring sign.csv --dry-run", "Nothing was changed"),
        ("signatories import spring sign.csv --map name=Name --yes", "Imported: sign.csv"),
        ("signatories import spring sign.csv --json", '"organisations": 1'),
        ("signatories import spring sign.csv --keep", "Imported: sign.csv"),
        ("signatories import spring sign.csv --replace 0", "Imported: sign.csv"),
        ("signatories undo spring --dry-run", "Would be taken back: the import of sign.csv"),
        ("signatories undo spring --yes 2 --json", '"file": "sign.csv"'),
        ("signatories import spring sign.csv", "2 added"),
        ("signatories list spring", "2 sign"),
        ("signatories deadline spring '2030-03-15 18:00'", "one can sign until 2030-03-15 18:00"),
        ("campaign change spring --require-read yes", "require_read: False → True"),
        ("campaign change spring --require-read no", "require_read: True → False"),
        ("campaign check spring", "spring: ready to approve, 3 missions."),
        ("campaign check spring --json", '"ready": true'),
        ("campaign preview spring --show FRA", "To: "),
        ("signatories as-of spring 2030-01-01", "spring: the list is of 2030-01-01."),
        ("signatories as-of spring none", "spring: the list is of the day of the approval."),
        ("signatories category spring organisation --place 1 --heading fr=Associations", "1. organisation; fr: Assoc"),
        ("signatories category spring organisation --forget", "headings stand as in the sheet"),
        ("signatories page spring", "the sign-on page is closed"),
        (
            "signatories page spring --open https://sign.coalition.example --until '2030-01-01 09:00'",
            "anybody can sign until 2030",
        ),
        signed_on_page,
        ("signatories waiting spring", "2 wait for a yes"),
        ("signatories waiting spring --all --json", '"e-mail": "ada@lantern.example"'),
        ("signatories waiting spring --out waiting.csv", "written  waiting.csv"),
        ("signatories accept spring 1 --yes", "taken in: Lantern Archive"),
        ("signatories refuse spring 1", "not in the list: Lantern Archive"),
        ("signatories page spring --close", "the sign-on page is closed"),
        ("signatories order spring sheet", "spring: who signs stands in the order of the sheet."),
        ("signatories order spring language", "spring: who signs stands in the order of the language."),
        ("campaign preview spring --mission FRA --out p --book", "FRA  fr  p/FRA.html  p/FRA.eml"),
        ("campaign differences spring DEU JPN", "+"),
        ("campaign differences spring DEU JPN --json", '"missions"'),
        ("campaign test spring --to ana@coalition.example --mission FRA", "ana@coalition.example"),
        (
            "campaign approve spring --by Ana --despite words.doubled",
            "3 letters are frozen as they are now, approved by Ana.",
        ),
        ("signatories list spring --mission FRA --json", '"name": "Bee"'),
        (
            "campaign schedule spring --at '2030-03-18 09:00' --spread 2h --working-hours --again",
            "3 letters are due on 2030-03-18 09:00",
        ),
        ("campaign schedule spring --at '2030-03-18 09:00' --no-spread --no-working-hours", "all at once|due on 2030"),
        ("campaign pause spring", "spring"),
        ("campaign resume spring", "spring"),
        ("campaign schedule spring --at now", "3 letters are due"),
        ("send", "3 sent"),
        ("messages list spring", "pr.office@fra.mission.example"),
        ("campaign status spring", "sent"),
        ("campaign status spring --json", '"messages": {\\s*"sent": 3'),
        mails,
        ("inbox classify mails/1.eml mails/4.eml", '"kind": "bounce"'),
        ("inbox ingest mails", "4 mails: 4 new"),
        ("inbox ingest mails --json", '"taken": 0'),
        ("inbox list", "someone@elsewhere.example"),
        ("inbox list --all --json", '"iso3": "FRA"'),
        ("inbox show {mail:another@elsewhere.example}", "note.pdf"),
        ("inbox show {mail:another@elsewhere.example} --whole", "We received your letter."),
        ("inbox show {mail:another@elsewhere.example} --json", '"attachments"'),
        ("inbox save {mail:another@elsewhere.example}", ".eml"),
        ("inbox save {mail:another@elsewhere.example} --out saved --attachment 1", "note.pdf"),
        ("inbox search received letter", "another@elsewhere.example"),
        ("inbox search received letter --json", "another@elsewhere.example"),
        (
            "inbox settle {mail:someone@elsewhere.example} DEU --campaign spring",
            "From now on mail from someone@elsewhere.example belongs to",
        ),
        ("inbox undo {mail:someone@elsewhere.example}", "taken back what "),
        ("inbox settle {mail:someone@elsewhere.example} none", "Mail "),
        ("inbox history {mail:someone@elsewhere.example}", "Taken back"),
        ("inbox history {mail:someone@elsewhere.example} --json", '"undone_by"'),
        ("inbox proposals", "co-sponsor"),
        ("inbox proposals --json", '"value": "co-sponsor"'),
        ("inbox accept {proposal:co-sponsor} --position co-sponsor", "is taken: position co-sponsor."),
        ("inbox accept {proposal:2024-04-15 10:30}", "is taken: meeting 2024-04-15 10:30."),
        ("inbox accept {proposal:2024-04-13} --on 2024-04-15", "is taken: come-back 2024-04-15."),
        ("status", "FRA asked to be asked again from 2024-04-15 on"),
        ("campaign status spring", "It is due: outreach inbox done"),
        ("report spring --out asked.json", "Written: asked.json"),
        ("inbox done {day:FRA}", "FRA was seen to: it asked to be asked again from 2024-04-15 on."),
        ("campaign status spring --json", '"ask_again": \\[\\]'),
        ("responses list spring", "co-sponsor"),
        ("responses list spring --json", '"position": "co-sponsor"'),
        ("responses set spring DEU undecided --note 'They ask their capital.'", "spring, DEU: undecided."),
        ("responses history spring DEU", "They ask their capital."),
        ("responses undo spring DEU", "spring, DEU: position is unknown again."),
        ("responses record spring DEU call --on 2024-03-20 --note 'By telephone.'", "spring, DEU: "),
        ("responses history spring DEU --json", "call on 2024-03-20: By telephone."),
        typed("four rather good words\n"),
        ("user add ana --role admin --name 'Ana Sample'", "ana may open the desk as admin."),
        ("responses assign spring DEU FRA --to ana --due 2099-12-01 --by Ana", "spring: DEU, FRA."),
        ("responses tasks spring --to ana", "2099-12-01"),
        ("responses tasks spring --json", '"due": "2099-12-01"'),
        ("status --json", '"to": "ana"'),
        ("responses assign spring FRA --done", "spring: FRA."),
        ("responses comment spring DEU 'They vote late, @ana.' --by Bo", "DEU: comment 1 is kept. It waits for "),
        ("responses comments spring DEU", "They vote late, @ana."),
        ("responses comments spring --json", '"told": '),
        ("responses uncomment 1 --by Bo", "Comment 1 on DEU is taken away."),
        ("addresses list", "no such user|mission.example"),
        ("addresses opt-out mission@deu.mission.example --why 'They asked.'", "is written to no more"),
        ("addresses list --json", '"detail": "They asked."'),
        ("addresses allow mission@deu.mission.example", "may be written to again"),
        ("votes import spring votes.xlsx --sheet Votes --dry-run", "Nothing was changed"),
        ("votes import spring votes.xlsx --which B --yes", "2 in favour, 0 against, 1 abstained"),
        ("votes import spring votes.xlsx --json", '"changes": \\[\\]'),
        ("votes past undl.csv --dry-run", "Nothing was changed"),
        ("votes past undl.csv", "2 votes on 1 resolution, 2023-12-19 to 2023-12-19"),
        ("votes past undl.csv", "Nothing changed: all of it was there already."),
        ("votes past undl.csv --json", '"votes": 2'),
        ("votes record FRA", "FRA: 1 in favour. This is the past, and no position."),
        ("votes record DEU --theme mandates --json", '"vote": "against"'),
        ("votes subject spring mandates", "A/RES/78/1  Mandates"),
        ("votes subject spring --json", '"symbol": "A/RES/78/1"'),
        ("responses list spring --json", '"year": 2023'),
        ("missions list --audience 'vote:2023 mandates=no'", "DEU"),
        ("votes subject spring none --by Ana", "spring: no subject of past votes."),
        ("report spring --out status.xlsx", "Written: status.xlsx"),
        ("report spring --language fr --since 2024-03-01 --theme rights --out etat.pdf", "Written: etat.pdf"),
        ("report spring --for partners --out partners.xlsx", "Written: partners.xlsx"),
        type_into_the_report,
        ("report import status.xlsx --dry-run", "DEU  position"),
        japan_is_typed_too,
        ("report import status.xlsx --skip-stale", "DEU  position"),
        ("report import status.xlsx --skip-stale --json", '"changes": \\[\\]'),
        ("report undo --dry-run", "Would be taken back: the import of status.xlsx"),
        ("report undo status.xlsx --json", '"file": "status.xlsx"'),
        ("report import status.xlsx --skip-stale --yes", "DEU  position"),
        ("report spring --into own.xlsx --sheet Ours --out copy.xlsx", "Written: copy.xlsx"),
        (
            "campaign follow-up spring --letter hrc-reminder --after '5 working days' --to none --by Ana \
             --no-mailbox --again --despite words.doubled",
            "letters are frozen, approved by Ana",
        ),
        ("campaign cancel spring-follow-up", "cancelled"),
    ],
    "a campaign that is changed, looked at and taken away": [
        ("letter list", "hrc-joint-letter"),
        ("letter list --json", '"letter": "hrc-thanks"|"name": "hrc-thanks"'),
        (
            "missions set FRA language=en email=new@fra.mission.example --contact mission@fra.mission.example",
            "language",
        ),
        ("missions set DEU email=two@deu.mission.example role=general line=cc --new --by Ana", "email '' → 'two@deu"),
        ("missions set DEU tags=first --json", '"changes"|"tags"'),
        ("campaign create c --letter hrc-joint-letter --audience iso:FRA,DEU", "2 missions"),
        (
            "campaign change c --name spring --letter hrc-thanks --audience iso:FRA,DEU,JPN --except JPN \
             --as-of 2024-03-18 --time-zone Europe/Paris",
            "spring",
        ),
        ("campaign list", "spring"),
        ("campaign list --json", '"hrc-thanks"'),
        ("campaign approve spring --by Ana", "2 letters are frozen"),
        ("campaign schedule spring --at '2030-03-18 09:00'", "2 letters are due"),
        ("status", "spring"),
        ("status --campaign spring --json", '"campaigns"'),
        ("send --dry-run", "0 letters would go now, 0 not. Nothing was done."),
        ("send --dry-run --json", '"blocked": false'),
        ("campaign cancel spring", "cancelled"),
        ("campaign delete spring --yes", "spring is deleted"),
    ],
    "a letter in doubt, and an address that failed": [
        live_to(hangs_up_once, "doubtful", "iso:CHE", "1 uncertain"),
        ("messages list doubtful --json", '"state": "uncertain"'),
        ("messages resolve {letter:doubtful/CHE} sent", "to CHE is sent."),
        live_to(knows_nobody, "unknown", "iso:CHL", "1 failed"),
        ("messages retry unknown --mission CHL --reason 'User unknown'", "1 letter will be tried again: CHL."),
        ("campaign create spring --letter hrc-joint-letter --audience iso:FRA,JPN", "2 missions"),
        ("campaign approve spring --by Ana", "2 letters are frozen"),
        ("campaign schedule spring --at now --yes 2", "2 letters are due"),
        ("send --campaign spring --yes 2", "2 sent"),
        mails,
        ("inbox ingest mails", "4 new"),
        somebody_sits_here("l\nq\n"),
        ("inbox proposals --ask --by Ana", "0 taken, 0 turned down"),
        ("inbox reject {proposal:co-sponsor}", "is turned down: position co-sponsor."),
        (
            "messages correct {letter:spring/JPN} right@jpn.mission.example --old pr.office@jpn.mission.example \
             --yes 1",
            "right@jpn",
        ),
    ],
    "mail from the box": [
        a_box,
        typed("pw\n"),
        ("password imap --file", "kept in"),
        ("password imap --forget", "forgotten"),
        ("inbox sync", "1 mail: 1 new"),
        ("inbox sync --json", '"taken": 0'),
        one_more_mail,
        until_it_says("1 mail: 1 new", "inbox", "sync", "--watch"),
        no_box,
    ],
    "the mail account": [
        a_provider,
        ("sign-in google --file", 'provider = "gmail"'),
        signed_in_by_hand("sign-in", "google", "--no-browser"),
        ("sign-out google", "what was granted is forgotten, and Google was told."),
        ("sign-in microsoft --device", "type the code  WDJB-MJHT"),
        ("sign-out microsoft", "secretariat@coalition.example is signed out of Microsoft here"),
        no_provider,
    ],
    "the desk and the scheduler": [
        typed("three good words\n"),
        ("user add ana --role admin --name 'Ana Sample'", "ana may open the desk as admin."),
        typed("four rather good words\n"),
        ("user password ana", "ana has a new password"),
        ("user list", "Ana Sample"),
        ("user list --json", '"role": "admin"'),
        (
            "user invite 'Lea Sample' --role editor --email lea@coalition.example --login lea --desk https://desk.example",
            "https://desk.example/link/",
        ),
        ("user reset ana --desk https://desk.example", "https://desk.example/link/"),
        an_app,
        ("user reset-second-factor ana", "ana signs in with the password alone again"),
        an_issuer,
        typed("a secret\n"),
        ("password oidc", "kept in"),
        ("password oidc --forget", "forgotten"),
        ("user sign-out ana", "ana"),
        ("events", "ana"),
        ("events --since 0 --json", "ana"),
        until_it_says("The desk is open at", "serve", "--port", "0", "--host", "127.0.0.1", "--no-send"),
        until_it_says("running in rehearsal mode", "run"),
    ],
    "the folder is looked over, kept and brought back": [
        ("doctor --json", '"what": "database"'),
        ("doctor", "database"),
        ("backup kept.zip", "Written: kept.zip"),
        ("restore kept.zip --yes --all", "Restored"),
        ("here", "."),
        ("here --yes 0 --json", '"standing"'),
        ("database copy --to sqlite:///other.db", "Copied: "),
        ("demo --dir played", "report.xlsx"),
    ],
}


SHORT = ("the directory", "mail from the box", "the desk and the scheduler")


@pytest.mark.parametrize("story", [one if one in SHORT else heavy(one) for one in STORIES])
def test_the_command_does_what_it_is_for(
    story: str, outreach: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for step in STORIES[story]:
        if callable(step):
            step(outreach, folder, monkeypatch)
            continue
        words, says = step
        words = re.sub(r"\{(\w+):([^}]+)\}", lambda found: number_of(outreach, *found.groups()), words)
        ran = outreach(*shlex.split(words), expect=None)
        assert ran.status == 0, (words, ran)
        assert re.search(says if "\\" in says or "|" in says else re.escape(says), ran.out), (words, ran)


# Whether there is a command in no story


def leaves(one: argparse.ArgumentParser, *words: str) -> Iterator[tuple[tuple[str, ...], argparse.ArgumentParser]]:
    """A command's words, and its parser; for a group those of the commands below it."""
    below = [action for action in one._actions if isinstance(action, argparse._SubParsersAction)]
    if not below:
        yield words, one
    for action in below:
        for name, child in action.choices.items():
            yield from leaves(child, *words, name)


def every_command() -> dict[tuple[str, ...], argparse.ArgumentParser]:
    found = {}
    for name, _, _ in COMMANDS:
        top = parser(name)
        (commands,) = (action for action in top._actions if isinstance(action, argparse._SubParsersAction))
        found |= dict(leaves(commands.choices[name], name))
    return found


def every_line() -> list[list[str]]:
    lines = []
    for steps in STORIES.values():
        for step in steps:
            if isinstance(step, tuple):
                lines.append(shlex.split(step[0]))
            elif hasattr(step, "command"):
                lines.append(list(step.command))
    return lines


NAMES = {
    "help",
    "by",
}  # every command has the one, and whatever changes something the other: tests/acts.py
ELSEWHERE = {
    # Where an option is run instead: what it needs can't stand in a line of a story.
    "events --follow": "tests/reports/test_reports_events.py",
    "demo --open": "tests/cli/test_cli_demo.py",
    "serve --tls-cert": "tests/web/test_web_serve.py",
    "serve --tls-key": "tests/web/test_web_serve.py",
    "serve --behind-proxy": "tests/web/test_web_serve.py",
    "serve --name": "tests/web/test_web_serve.py",
    "campaign follow-up --yes": "tests/outbox/test_outbox_follow_up.py",
}


def test_no_command_and_no_option_is_in_no_story() -> None:
    lines = every_line()
    missing = []
    for words, one in every_command().items():
        run = [line for line in lines if tuple(line[: len(words)]) == words]
        name = " ".join(words)
        if not run:
            missing.append(name)
        given = {word for line in run for word in line}
        options = [
            action.option_strings for action in one._actions if action.option_strings and action.dest not in NAMES
        ]
        missing += [f"{name} {option[0]}" for option in options if not given & set(option)]
    assert sorted(set(missing) - set(ELSEWHERE)) == []
    assert set(ELSEWHERE) <= set(missing), "these are run here now"


def test_no_story_speaks_of_a_command_that_is_gone() -> None:
    known = set(every_command())
    for line in every_line():
        assert any(tuple(line[:length]) in known for length in (1, 2)), line
