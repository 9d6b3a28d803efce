"""The words of attachments: read, kept, searched, shown, and what a note verbale proposes; hostile ones are refused."""

import json
import subprocess
from pathlib import Path
from typing import Any

import attached_files as made
import pytest
from inbox_mails import OURS, answer, mail
from sqlalchemy import Engine, update
from sqlmodel import col
from test_inbox_msg import compound

from outreach.actors import named
from outreach.cli import main
from outreach.database import reading, writing
from outreach.inbox.classify import classify_paths
from outreach.inbox.enclosed.attached import KINDS, MOST_BYTES, beginning, read_files
from outreach.inbox.enclosed.attached_child import MOST_CHARACTERS
from outreach.inbox.mime_reader import parse
from outreach.inbox.prepare import understood_all
from outreach.inbox.to_hand import mail_to_hand, search
from outreach.models import Attachment, Frozen, Reply, Suggestion
from outreach.responses.answers import collect, settle
from outreach.vocabulary import FileKind, MailKind
from tests.examples import HEAVY, heavy

PDF = "application/pdf"
OPEN = "application/vnd.oasis.opendocument.text"
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def read(*files: tuple[str, str, bytes]) -> list[tuple[FileKind, str]]:
    parts = parse(made.bearing(files))
    assert parts is not None
    return [(one.kind, one.words) for one in read_files(parts)]


def classified(tmp_path: Path, raw: bytes) -> dict[str, Any]:
    (tmp_path / "one.eml").write_bytes(raw)
    (found,) = classify_paths([tmp_path / "one.eml"])
    return found


def refuse(*_: object, **__: object) -> None:
    raise AssertionError("a process was started")


class TestRead:
    def test_a_note_verbale_in_french_and_in_arabic(self) -> None:
        (french, arabic) = read(
            ("note.pdf", PDF, made.pdf(made.NOTE_FR)),
            ("ar.pdf", "application/octet-stream", made.pdf(made.NOTE_AR, "ar")),
        )
        assert french[0] is arabic[0] is FileKind.PDF
        spaced = " ".join(french[1].split()).replace("’", "'")
        assert spaced == " ".join(made.NOTE_FR.split())  # a hyphen that the page set is taken out
        assert french[1].startswith("NOTE VERBALE\nLa Mission permanente")
        assert "à Genève présente ses compliments" in french[1]  # a paragraph is one line again
        assert " ".join(arabic[1].split()) == " ".join(made.NOTE_AR.split())

    def test_a_word_file_its_letterhead_first(self) -> None:
        letter = made.docx("Excellency,", "We vote in favour.", header="Permanent Mission of Uruguay")
        assert (
            read(("note.docx", WORD, letter), ("n.DOCX", "application/octet-stream", letter))
            == [(FileKind.WORD, "Permanent Mission of Uruguay\nExcellency,\nWe vote in favour.")] * 2
        )

    def test_words_that_were_taken_out_of_a_word_file_are_none(self) -> None:
        document = (
            b"<w:document xmlns:w='w' xmlns:mc='mc'><w:p><w:r><w:t>We</w:t></w:r><w:tab/><w:del><w:r><w:delText>oppose"
            b"</w:delText></w:r></w:del><w:moveFrom><w:r><w:t>reject</w:t></w:r></w:moveFrom><w:r><w:t>support</w:t></w:r>"
            b"<mc:AlternateContent><mc:Choice><w:t> it</w:t></mc:Choice><mc:Fallback><w:t> it</w:t></mc:Fallback>"
            b"</mc:AlternateContent></w:p></w:document>"
        )
        assert read(("n.docx", WORD, made.docx(document=document))) == [(FileKind.WORD, "We\tsupport it")]

    def test_plain_text_in_any_charset(self) -> None:
        assert read(("n.txt", "text/plain", "Мы воздержимся при голосовании.".encode("windows-1251"))) == [
            (FileKind.TEXT, "Мы воздержимся при голосовании.")
        ]

    def test_a_scan_is_said_to_be_one_and_a_locked_file_to_be_locked(self) -> None:
        password = compound({"EncryptionInfo": b"x" * 5000, "EncryptedPackage": b"x" * 5000})  # as Word keeps it
        found = read(
            ("scan.pdf", PDF, made.scan()), ("locked.pdf", PDF, made.locked(made.pdf("Words"))),
            ("locked.docx", WORD, password), ("old.docx", WORD, password[:600]), ("logo.png", "image/png", b"\x89PNG"),
        )  # fmt: skip
        assert found == [
            (FileKind.SCAN, ""), (FileKind.ENCRYPTED, ""), (FileKind.ENCRYPTED, ""), (FileKind.BROKEN, ""),
            (FileKind.OTHER, ""),
        ]  # fmt: skip

    def test_an_open_document_and_a_locked_one(self) -> None:
        changed = (
            b"<o:d xmlns:o='o' xmlns:text='t'><text:tracked-changes><text:p>oppose</text:p></text:tracked-changes>"
            b"<text:h>Note</text:h><text:p>We<text:tab/>support<text:s/>it<text:line-break/>fully"
            b"<office:annotation xmlns:office='f'><text:p>really?</text:p></office:annotation></text:p></o:d>"
        )
        assert read(
            ("n.odt", OPEN, made.open_document("Excellency,", "We abstain.")),
            ("n.odt", "application/octet-stream", made.open_document(content=changed)),
            ("n.odt", OPEN, made.open_document("x", locked=True)), ("n.odt", OPEN, made.package({"a": b"b"})),
        ) == [
            (FileKind.WORD, "Excellency,\nWe abstain."), (FileKind.WORD, "Note\nWe\tsupport it\nfully"),
            (FileKind.ENCRYPTED, ""), (FileKind.BROKEN, ""),
        ]  # fmt: skip

    def test_rich_text_whatever_it_calls_itself(self) -> None:
        text = (
            rb"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\fcharset0 Times;}{\f1\fcharset204 Times Cyr;}}"
            rb"{\info{\author Me}}{\*\generator x;}\pard La d\'e9l\'e9gation\~votera \b pour\b0 .\par "
            rb"{\f1 \'cf\'f0\'ee\'f2\'e8\'e2}\par"
            rb"{\v hidden}\u1606?\u1593?\u1605?\line \uc2\u-10179 ab\u-8704 cd{\pict 0102ff}\{x\}}"
        )
        wanted = "La délégation\u00a0votera pour.\nПротив\nنعم\n\U0001f600{x}"
        assert (
            read(("n.rtf", "application/rtf", text), ("n.doc", "application/msword", text))
            == [(FileKind.WORD, wanted)] * 2
        )

    def test_a_page_and_a_sheet(self) -> None:
        page = "<html><head><meta charset='windows-1251'><title>x</title></head><p>Мы за.<script>no()</script></p>"
        assert read(
            ("n.html", "text/html", page.encode("windows-1251")),
            ("n.xlsx", SHEET, made.sheet("Algeria", "yes", inline="abstains")),
        ) == [(FileKind.TEXT, "Мы за."), (FileKind.SHEET, "Algeria\nyes\nabstains")]

    def test_an_old_word_file_is_said_to_be_one(self) -> None:
        old = compound({"WordDocument": b"x" * 5000})
        assert (
            read(("n.doc", "application/msword", old), ("n.DOC", "application/octet-stream", old))
            == [(FileKind.OLD_WORD, "")] * 2
        )
        assert KINDS[FileKind.OLD_WORD] == "an old Word file: open it by hand"

    def test_no_more_than_the_beginning_of_a_book(self) -> None:
        ((kind, words),) = read(("book.txt", "text/plain", b"Excellency " * 100_000))
        assert (kind, len(words)) == (FileKind.TEXT, MOST_CHARACTERS)
        assert beginning(words).endswith(" …")
        assert beginning("Yes.\n\nNo.") == "Yes.\nNo."

    def test_no_process_is_started_for_a_mail_without_a_paper(self, tmp_path, monkeypatch) -> None:
        monkeypatch.setattr(subprocess, "Popen", refuse)
        assert classified(tmp_path, answer("We will co-sponsor."))["attachments"] == []
        assert classified(tmp_path, made.bearing([("logo.png", "image/png", b"x")]))["attachments"] == [
            {"name": "logo.png", "kind": "other", "words": ""}
        ]


HOSTILE = {
    "garbage": ("x.pdf", b"%PDF-1.7\n" + bytes(range(256)) * 50),
    "half a file": ("x.pdf", lambda: made.pdf(made.NOTE_FR)[:4000]),
    "no pdf at all": ("x.pdf", b"MZ" + bytes(5000)),
    "three gigabytes in twenty kilobytes": ("x.pdf", made.pdf_bomb),
    "pages that go round": ("x.pdf", made.pdf_that_goes_round),
    "nested lists": ("x.pdf", made.pdf_nested_deeply),
    "fifty megabytes": ("x.pdf", b"%PDF-1.7\n" + bytes(50_000_000)),
    "a packed bomb": ("x.docx", made.docx_bomb),
    "a milliard of laughs": ("x.docx", made.docx_of_entities),
    "an open document of laughs": ("x.odt", lambda: made.open_document(content=made.LAUGHS)),
    "an open document that is a bomb": ("x.odt", lambda: made.open_document("x" * 40_000_000)),
    "a sheet of laughs": ("x.xlsx", lambda: made.sheet(content=made.LAUGHS)),
    "a sheet that is a bomb": ("x.xlsx", lambda: made.sheet("x" * 40_000_000)),
    "a sheet that is none": ("x.xlsx", b"PK\x03\x04" + bytes(500)),
    "rich text of groups": ("x.rtf", b"{\\rtf1" + b"{" * 2_000_000),
    "no rich text": ("x.rtf", b"MZ" + bytes(5000)),
    "no package": ("x.docx", b"PK\x03\x04" + bytes(500)),
}


_SLOW = (
    "an open document that is a bomb",
    "a sheet that is a bomb",
    "fifty megabytes",
    "a packed bomb",
    "nested lists",
    "half a file",
)


class TestHostile:
    @pytest.mark.parametrize("name", [heavy(name) if name in _SLOW else name for name in HOSTILE])
    def test_it_is_refused_and_the_mail_and_its_other_files_are_taken(
        self, name: str, sent, take_in, rows, engine: Engine
    ) -> None:
        sent("FRA")
        called, content = HOSTILE[name]
        content = content() if callable(content) else content
        take_in(made.bearing([(called, PDF, content), ("n.docx", WORD, made.docx("We co-sponsor"))]))
        (reply,) = rows(Reply)
        assert (reply.kind, reply.body) == (MailKind.REPLY, "Please find attached our reply.")
        bad, good = rows(Attachment)
        assert bad.kind in (FileKind.REFUSED, FileKind.BROKEN)
        assert bad.words == ""
        assert (good.kind, good.words) == (FileKind.WORD, "We co-sponsor")

    @HEAVY
    def test_what_is_nested_deeply_costs_nothing(self) -> None:
        assert read(("x.docx", WORD, made.docx_nested_deeply())) == [(FileKind.WORD, "")]

    @pytest.mark.heavy
    def test_a_file_that_is_too_large_is_not_looked_into(self) -> None:
        assert read(("x.txt", "text/plain", b"x" * (MOST_BYTES + 1))) == [(FileKind.REFUSED, "")]


class TestTogether:
    def test_the_files_of_many_mails_are_read_by_one_process(self, monkeypatch) -> None:
        started = []
        popen = subprocess.Popen
        monkeypatch.setattr(subprocess, "Popen", lambda *given, **more: started.append(1) or popen(*given, **more))
        raws = [made.bearing([("n.docx", WORD, made.docx(f"Note {number}"))]) for number in range(5)]
        found = understood_all([*raws, answer("We abstain.")])
        assert [[file.words for file in one.files] for one in found] == [[f"Note {n}"] for n in range(5)] + [[]]
        assert len(started) == 1

    @pytest.mark.heavy
    def test_a_bomb_costs_no_other_file_its_words(self) -> None:
        bomb = made.bearing([("x.pdf", PDF, made.pdf_bomb()), ("a.docx", WORD, made.docx("First"))])
        good = made.bearing([("b.docx", WORD, made.docx("Second"))])
        first, second, third = understood_all([good, bomb, good])
        assert [file.words for file in (*first.files, *third.files)] == ["Second", "Second"]
        assert [(file.kind, file.words) for file in second.files] == [
            (FileKind.REFUSED, ""), (FileKind.WORD, "First")
        ]  # fmt: skip


def of_france(note: str) -> str:
    """A note of Switzerland, or of Algeria, as France would write it."""
    return note.replace("la Suisse", "la France").replace("للجزائر", "لفرنسا").replace("الجزائر", "فرنسا")


class TestTheNoteThatIsTheAnswer:
    @pytest.mark.heavy
    @pytest.mark.parametrize(
        ("files", "position", "ends"),
        [
            (lambda: [("note.pdf", PDF, made.pdf(of_france(made.NOTE_FR)))], "in favour", " [note.pdf]"),
            (lambda: [("note.pdf", PDF, made.pdf(of_france(made.NOTE_AR), "ar"))], "in favour", " [note.pdf]"),
            (lambda: [("a.docx", WORD, made.docx(*made.NOTE_EN.split("\n\n")))], "co-sponsor", " [a.docx]"),
            (lambda: [("scan.pdf", PDF, made.scan())], None, ""),
            # Nobody presents themselves: it may be anybody's paper.
            (lambda: [("a.docx", WORD, made.docx("We will co-sponsor the draft resolution."))], None, ""),
            (
                lambda: [
                    ("a.docx", WORD, made.docx(*made.NOTE_EN.split("\n\n"))),
                    ("b.docx", WORD, made.docx("NOTE VERBALE", "We will vote against the draft resolution.")),
                ],
                None, "",
            ),
        ],
    )  # fmt: skip
    def test_it_tells_the_position_and_is_named(
        self, files, position: str | None, ends: str, sent, take_in, rows, tmp_path: Path
    ) -> None:
        sent("FRA")
        raw = made.bearing(files())
        take_in(raw)
        found = [(one.value, one.evidence) for one in rows(Suggestion) if one.kind == "position"]
        assert [value for value, _ in found] == ([position] if position else [])
        assert all(evidence.endswith(ends) for _, evidence in found)
        assert classified(tmp_path, raw)["position"] == position

    @pytest.mark.heavy
    def test_another_state_s_note_proposes_nothing(self, sent, take_in, rows) -> None:
        sent("FRA")
        take_in(made.bearing([("note.pdf", PDF, made.pdf(made.NOTE_FR))]))
        assert not [one for one in rows(Suggestion) if one.kind == "position"]

    @pytest.mark.heavy
    def test_not_where_the_mail_says_it_itself_or_says_much(self, sent, take_in, rows) -> None:
        sent("FRA")
        note = [("note.docx", WORD, made.docx(*made.NOTE_EN.split("\n\n")))]
        take_in(made.bearing(note, "We will abstain."), made.bearing(note, "Thank you for the meeting. " * 40))
        assert [one.value for one in rows(Suggestion) if one.kind == "position"] == ["abstain"]

    def test_once_a_person_says_whose_mail_it_is_from_the_words_that_were_kept(
        self, sent, take_in, rows, engine: Engine, monkeypatch
    ) -> None:
        sent("FRA")
        raw = made.bearing([("note.docx", WORD, made.docx(*made.NOTE_EN.split("\n\n")))])
        take_in(raw.replace(OURS.encode(), b"<x@y.example>").replace(b"mission@fra.mission.example", b"a@b.example"))
        assert [one for one in rows(Suggestion) if one.kind == "position"] == []
        monkeypatch.setattr(subprocess, "Popen", refuse)
        settle(engine, 1, "FRA", by=named("ana"))
        (found,) = [one for one in rows(Suggestion) if one.kind == "position"]
        assert (found.iso3, found.value) == ("FRA", "co-sponsor")

    def test_our_own_letter_sent_back_tells_nothing(self, sent, take_in, rows, engine: Engine) -> None:
        number = sent("FRA")
        note = made.NOTE_EN
        with writing(engine) as session:
            letter = f"From: <letters@coalition.example>\nSubject: Joint letter\n\nNote verbale\n\n{note}"
            session.connection().execute(
                update(Frozen).where(col(Frozen.message_id) == number).values(raw=letter.encode())
            )
        take_in(made.bearing([("back.docx", WORD, made.docx(*note.split("\n\n")))]))
        assert [one for one in rows(Suggestion) if one.kind == "position"] == []


class TestToHand:
    @pytest.mark.heavy
    def test_shown_searched_and_printed(
        self, sent, take_in, engine: Engine, tmp_path: Path, monkeypatch, capsys
    ) -> None:
        sent("FRA")
        raw = made.bearing(
            [("note.pdf", PDF, made.pdf(made.NOTE_FR)), ("ar.pdf", PDF, made.pdf(made.NOTE_AR, "ar")),
             ("scan.pdf", PDF, made.scan())]
        )  # fmt: skip
        take_in(raw, answer("We will think."))
        with reading(engine) as session:
            first, _, scan = mail_to_hand(session, 1).attachments
            assert (first.kind, scan.kind) == (FileKind.PDF, FileKind.SCAN)
            assert "votera en faveur" in first.words
            assert [one.id for one in search(session, "considération distinguee")] == [1]
            assert [one.id for one in search(session, "الجزائر سيصوت")] == [1]
            assert [one.id for one in search(session, "think")] == [2]
        told = classified(tmp_path, raw)["attachments"]
        assert [(one["name"], one["kind"]) for one in told] == [
            ("note.pdf", "pdf"), ("ar.pdf", "pdf"), ("scan.pdf", "scan")
        ]  # fmt: skip
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("OUTREACH_DATABASE_URL", engine.url.render_as_string(hide_password=False))
        assert main(["inbox", "show", "1"]) == 0
        printed = capsys.readouterr().out
        assert "votera en faveur" in printed
        assert "scan.pdf (PDF" in printed
        assert "a picture of pages" in printed
        assert main(["inbox", "show", "1", "--json"]) == 0
        assert [one["kind"] for one in json.loads(capsys.readouterr().out)["attachments"]] == ["pdf", "pdf", "scan"]

    def test_files_that_came_before_files_were_read_are_read_with_the_next_mail(
        self, sent, take_in, engine: Engine, rows, tmp_path: Path
    ) -> None:
        sent("FRA")
        take_in(made.bearing([("note.docx", WORD, made.docx("Words of the note"))]))
        with writing(engine) as session:
            session.connection().execute(update(Attachment).values(kind=FileKind.UNREAD, words=""))
        (tmp_path / "next").mkdir()
        collect(engine, [tmp_path / "next"], by=named("ana"))
        assert [(one.kind, one.words) for one in rows(Attachment)] == [(FileKind.WORD, "Words of the note")]


def test_a_file_within_a_mail_that_is_no_answer_is_not_read(tmp_path: Path) -> None:
    raw = mail("From: MAILER-DAEMON@fra.mission.example", "Subject: x", "Return-Path: <>", body="nothing")
    assert classified(tmp_path, raw)["attachments"] == []
