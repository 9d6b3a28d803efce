"""A mail to hand: shown, saved with its files under safe names, searched; invitations; at the command line too."""

import json
from pathlib import Path

import pytest
from inbox_mails import answer, mail
from sqlalchemy import Engine

from outreach.actors import named
from outreach.database import reading
from outreach.errors import NotFoundError, UserError
from outreach.inbox.enclosed.file_types import sort_of_file
from outreach.inbox.meaning.meetings import Meeting, meeting
from outreach.inbox.mime_reader import parse
from outreach.inbox.to_hand import file_of, mail_to_hand, safe_name, save, search
from outreach.models import Attachment
from outreach.responses.answers import collect


def with_file(name: str, content: str = "hello", words: str = "Please see the note.") -> bytes:
    head = answer("").split(b"\r\nMIME-Version")[0].decode().split("\r\n")
    body = "\n".join(
        [
            "--b", "Content-Type: text/plain; charset=utf-8", "", words, "", "--b",
            f'Content-Type: application/octet-stream; name="{name}"', "Content-Disposition: attachment", "", content,
            "--b--",
        ]
    )  # fmt: skip
    return mail(*head, 'Content-Type: multipart/mixed; boundary="b"', body=body)


def shown(engine: Engine, number: int = 1):
    with reading(engine) as session:
        return mail_to_hand(session, number)


class TestShown:
    def test_with_its_words_its_quotes_its_files_and_what_it_proposes(self, sent, take_in, engine: Engine) -> None:
        sent("FRA")
        take_in(with_file("note.txt", words="We will co-sponsor the draft.\n\n> Excellency,\n> We ask."))
        found = shown(engine)
        assert (found.iso3, found.campaign, found.text) == ("FRA", "hrc55", "We will co-sponsor the draft.")
        assert "> We ask." in found.whole
        assert [(one.name, one.size) for one in found.attachments] == [("note.txt", 5)]
        assert [(one.kind, one.accepted) for one in found.proposals] == [("position", None)]
        assert json.loads(json.dumps(found.as_dict(), default=str))["attachments"][0]["name"] == "note.txt"

    def test_by_which_ways_it_came(self, sent, engine: Engine, tmp_path: Path) -> None:
        sent("FRA")
        (tmp_path / "a.eml").write_bytes(with_file("note.txt"))
        (tmp_path / "b.eml").write_bytes(b"Subject: a copy\r\n" + with_file("note.txt"))
        (tmp_path / "c.eml").write_bytes(b"\0" * 50)
        collect(engine, [tmp_path], by=named("Ana"))
        ways = {Path(shown(engine, number).sources[0]).name: len(shown(engine, number).sources) for number in (1, 2)}
        assert ways == {"a.eml": 2, "c.eml": 1}

    def test_a_mail_that_is_not_there(self, engine: Engine) -> None:
        with pytest.raises(NotFoundError):
            shown(engine, 7)


class TestSaved:
    def test_as_it_came_with_each_file_and_nothing_is_written_over(
        self, sent, take_in, rows, engine: Engine, tmp_path: Path
    ) -> None:
        sent("FRA")
        raw = with_file("../../evil:note?.pdf")
        take_in(raw)
        out = tmp_path / "out"
        with reading(engine) as session:
            first = save(session, 1, out)
            second = save(session, 1, out)
            only = save(session, 1, out / "one", attachment=1)
        assert [one.name for one in first] == ["mail-1.eml", "_.._evil_note_.pdf"]
        assert [one.name for one in second] == ["mail-1 (2).eml", "_.._evil_note_ (2).pdf"]
        assert (out / "mail-1.eml").read_bytes() == raw
        assert [one.read_bytes() for one in only] == [b"hello"]
        (row,) = rows(Attachment)
        with reading(engine) as session:
            assert file_of(session, 1, row.id) == ("_.._evil_note_.pdf", b"hello")
            with pytest.raises(NotFoundError):
                file_of(session, 1, row.id + 1)
            with pytest.raises(NotFoundError, match="no attachment 2"):
                save(session, 1, out, attachment=2)

    def test_not_where_a_file_stands_in_the_way(self, sent, take_in, engine: Engine, tmp_path: Path) -> None:
        sent("FRA")
        take_in(answer("Yes."))
        (tmp_path / "file").write_text("")
        with reading(engine) as session, pytest.raises(UserError):
            save(session, 1, tmp_path / "file")

    @pytest.mark.parametrize(
        ("told", "name"),
        [
            ("/etc/passwd", "_etc_passwd"), ("..", "x"), ("", "x"), ("a\u202egnp.exe", "a_gnp.exe"), ("con", "_con"),
            ("COM1.txt", "_COM1.txt"), ("note. ", "note"), ("Нота.pdf", "Нота.pdf"), ("a\nb.pdf", "a_b.pdf"),
            ("x" * 300 + ".pdf", "x" * 116 + ".pdf"), ("a:b", "a_b"), ("\u200b", "x"),
        ],
    )  # fmt: skip
    def test_under_a_name_that_is_safe_everywhere(self, told: str, name: str) -> None:
        assert safe_name(told, "x") == name


class TestSearched:
    @pytest.mark.heavy
    @pytest.mark.parametrize(
        ("words", "found"),
        [
            ("cosponsor", []), ("co-sponsor", [1]), ("NOTE verb", [2]), ("genève", [1]), ("geneve co", [1]),
            ("mission@fra", [2, 1]), ("nothing like that", []), ("sponsor", [1]),
        ],
    )  # fmt: skip
    def test_by_all_words_in_text_sender_and_names_of_files(self, sent, take_in, engine, words, found) -> None:
        sent("FRA")
        take_in(answer("We will co-sponsor, from Genève."), with_file("Note verbale.pdf", words="See."))
        with reading(engine) as session:
            assert [one.id for one in search(session, words)] == found

    def test_for_nothing_is_refused(self, engine: Engine) -> None:
        with reading(engine) as session, pytest.raises(UserError):
            search(session, " ,. ")


CALENDAR = """BEGIN:VCALENDAR
METHOD:REQUEST
BEGIN:VTIMEZONE
DTSTART:19700101T000000
END:VTIMEZONE
BEGIN:VEVENT
SUMMARY:Meeting on the draft\\, second
  reading
DTSTART;TZID="Europe/Zurich":20240319T140000
DTEND;TZID=Europe/Zurich:20240319T150000
LOCATION:Room XX\\; Palais
END:VEVENT
END:VCALENDAR
"""


BEGINS = ';TZID="Europe/Zurich":20240319T140000'
TITLE = "Meeting on the draft, second reading"


@pytest.mark.parametrize(
    ("calendar", "told"),
    [
        (CALENDAR, (TITLE, "2024-03-19 14:00 Europe/Zurich", "Room XX; Palais", "offered")),
        (CALENDAR.replace("REQUEST", "CANCEL"), (TITLE, None, None, "called off")),
        (CALENDAR.replace(BEGINS, ":20240319T130000Z"), (None, "2024-03-19 13:00 UTC", None, "offered")),
        (CALENDAR.replace(BEGINS, ";VALUE=DATE:20240319"), (None, "2024-03-19", None, "offered")),
    ],
)
def test_an_invitation_tells_what_when_and_where(calendar: str, told: tuple[str | None, ...]) -> None:
    parts = parse(mail("From: a@fra.mission.example", "Content-Type: text/calendar; charset=utf-8", body=calendar))
    assert parts is not None
    found = meeting(parts)
    assert found is not None
    for one, expected in zip((found.what, found.begins, found.where, found.says), told, strict=True):
        assert expected is None or one == expected


@pytest.mark.parametrize("calendar", ["", "BEGIN:VEVENT", "nonsense\n" * 10_000, "A" * 100_000])
def test_a_calendar_that_tells_nothing_is_no_meeting(calendar: str) -> None:
    parts = parse(mail("From: a@fra.mission.example", "Content-Type: text/calendar", body=calendar))
    assert parts is not None
    assert meeting(parts) is None


@pytest.mark.parametrize(
    ("media_type", "name", "sort"),
    [
        ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "x.docx", "Word"),
        ("application/octet-stream", "Note verbale.PDF", "PDF"), ("application/octet-stream", "reply.docx", "Word"),
        ("IMAGE/PNG", "x", "a picture"), ("application/x-unheard-of", "x.bin", "application/x-unheard-of"),
    ],
)  # fmt: skip
def test_a_file_is_told_in_a_readers_words(media_type: str, name: str, sort: str):
    assert sort_of_file(media_type, name) == sort


@pytest.mark.parametrize(
    ("begins", "ends", "span"),
    [
        ("2026-12-03 15:00 Z/Y", "2026-12-03 16:00 Z/Y", ("2026-12-03 15:00", "16:00 Z/Y")),
        ("2026-12-03 15:00 UTC", "2026-12-04 09:00 UTC", ("2026-12-03 15:00", "2026-12-04 09:00 UTC")),
        ("2026-12-03 15:00", "2026-12-03 16:00", ("2026-12-03 15:00", "16:00")),
        ("2026-12-03 15:00 UTC", "2026-12-03 16:00", ("2026-12-03 15:00 UTC", "2026-12-03 16:00")),
        ("2026-12-03", "2026-12-04", ("2026-12-03", "2026-12-04")),
        ("2026-12-03 15:00 UTC", "", ("2026-12-03 15:00 UTC", "")),
        ("", "", ("", "")),
    ],
)  # fmt: skip
def test_a_meetings_day_and_zone_are_told_once(begins: str, ends: str, span: tuple[str, str]):
    assert Meeting("x", begins, ends, "", "offered").span == span
