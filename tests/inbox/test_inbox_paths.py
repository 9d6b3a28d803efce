"""`inbox classify`: one JSON object a mail, whatever lies there."""

import json
import mailbox
from pathlib import Path

import pytest
from inbox_mails import OURS, answer, recipient_group, report

from outreach.cli import main
from outreach.inbox.sources import MOST_BYTES, Item, find


def classified(capsys: pytest.CaptureFixture[str], *paths: Path) -> list[dict]:
    assert main(["inbox", "classify", *map(str, paths)]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_mail_in_a_maildir_is_one_whatever_it_quotes(tmp_path: Path) -> None:
    for part in ("new", "cur", "tmp"):
        (tmp_path / part).mkdir()
    line = b"From MAILER-DAEMON Wed Oct 31 15:53:24 2018\n"
    (tmp_path / "new" / "1.m.example").write_bytes(line + b"Subject: a\n\nIt said:\n\n" + line + b"Subject: b\n")
    (item,) = find([tmp_path])
    assert item.read().startswith(b"Subject: a\n")


def test_the_line_of_a_bounce_and_of_an_answer(tmp_path: Path, capsys):
    (tmp_path / "b.eml").write_bytes(report(recipient_group("a@x.example", "failed", "5.1.1", "550 5.1.1 No «box»")))
    (tmp_path / "a.eml").write_bytes(answer("Oui, très volontiers.\n\n> Excellency"))
    assert classified(capsys, tmp_path / "b.eml", tmp_path / "a.eml") == [
        {
            "file": str(tmp_path / "b.eml"),
            "kind": "bounce",
            "sub_kind": None,
            "counts_as_answer": "no",
            "position": None,
            "meeting": None,
            "come_back": None,
            "person": None,
            "recipients": [
                {"address": "a@x.example", "status": "5.1.1", "permanent": True, "diagnostic": "550 5.1.1 No «box»"}
            ],
            "in_reply_to": OURS,
            "text": "",
            "attachments": [],
        },
        {
            "file": str(tmp_path / "a.eml"),
            "kind": "reply",
            "sub_kind": None,
            "counts_as_answer": "yes",
            "position": None,
            "meeting": None,
            "come_back": None,
            "person": None,
            "recipients": [],
            "in_reply_to": OURS,
            "text": "Oui, très volontiers.",
            "attachments": [],
        },
    ]


def test_a_line_for_each_file_also_for_what_is_no_mail(tmp_path: Path, capsys):
    for name, raw in {"a": b"", "b": b"\x00\x01\xff" * 100, "c": b"no header at all", "d": answer("Yes.")}.items():
        (tmp_path / name).write_bytes(raw)
    with (tmp_path / "e").open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    found = classified(capsys, tmp_path)
    assert [(Path(one["file"]).name, one["kind"]) for one in found] == [
        ("a", "unreadable"), ("b", "unreadable"), ("c", "unreadable"), ("d", "reply"), ("e", "unreadable"),
    ]  # fmt: skip


def test_a_file_that_may_not_be_read_has_its_line(tmp_path: Path, capsys, monkeypatch):
    def refused(_self: Item) -> bytes:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "secret.eml").write_bytes(answer("Yes."))
    monkeypatch.setattr(Item, "read", refused)
    assert [one["kind"] for one in classified(capsys, tmp_path)] == ["unreadable"]


def test_a_path_that_is_missing_is_a_mistake_and_nothing_is_printed(tmp_path: Path, capsys):
    (tmp_path / "a.eml").write_bytes(answer("Yes."))
    assert main(["inbox", "classify", str(tmp_path / "a.eml"), str(tmp_path / "missing.eml")]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "missing.eml" in captured.err


def test_an_mbox_and_a_maildir_are_a_line_a_mail(tmp_path: Path, capsys):
    box = mailbox.mbox(tmp_path / "box")
    folder = mailbox.Maildir(tmp_path / "Maildir")
    for word in ("One", "Two"):
        box.add(answer(f"{word}.\n\nFrom here on\n").replace(b"\r\n", b"\n"))
        folder.add(answer(f"{word}."))
    box.close()
    assert [one["text"] for one in classified(capsys, tmp_path / "box")] == [
        "One.\n\nFrom here on",
        "Two.\n\nFrom here on",
    ]
    assert {one["text"] for one in classified(capsys, tmp_path / "Maildir")} == {"One.", "Two."}


def test_a_file_that_is_one_mail_by_its_name_is_one_line_even_where_its_text_holds_a_from_line(tmp_path: Path, capsys):
    raw = (
        b"From a@x.example Mon Mar 18 09:00:00 2024\n"
        + answer("Oui.")
        + b"\n\nFrom b@x.example Mon Mar 18 09:01:00 2024\nx\n"
    )
    (tmp_path / "one.eml").write_bytes(raw)
    (tmp_path / "two.mbox").write_bytes(raw)
    assert [line["file"] for line in classified(capsys, tmp_path / "one.eml")] == [str(tmp_path / "one.eml")]
    assert len(classified(capsys, tmp_path / "two.mbox")) == 2
