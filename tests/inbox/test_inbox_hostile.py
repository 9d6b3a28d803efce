"""Hostile and broken mail: no crash, no hang, whatever the bytes."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inbox_mails import LETTER, OURS, answer, mail, recipient_group, report

from outreach.inbox.classify import understand
from outreach.inbox.decoding import addresses, header, html_text, message_ids
from outreach.inbox.finding import MailFinding
from outreach.inbox.quoting.quotes import own_words
from outreach.vocabulary import MailKind
from tests.examples import examples
from tests.work import calls_of

MOST_CALLS = 5_000_000
"""For the worst of the bombs, of 10 to 50 MB. An expression that goes back and forth over one would never end."""

GOOD = [
    answer(f"Yes.\n\nOn Mon, Mar 18, 2024 at 9:00 AM A <a@b.example> wrote:\n> {LETTER}"),
    report(recipient_group("a@x.example", "failed", "5.1.1", "550 5.1.1 no"), returned="message/rfc822"),
    answer("<p>Yes</p><blockquote>No</blockquote>").replace(b"text/plain", b"text/html"),
    mail("From: a@b.example", "Auto-Submitted: auto-replied", body="Away."),
]
TOKENS = [
    b"\r\n", b"\n\n", b"--=_b", b"--=_b--",
    b'Content-Type: multipart/mixed; boundary="=_b"', b"Content-Type: message/rfc822",
    b"Content-Type: message/delivery-status", b"Content-Transfer-Encoding: base64",
    b"charset=utf-7", b"=?utf-8?B?", b"?=",
    b"From: ", b"Date: ", b"MAILER-DAEMON", b"Return-Path: <>",
    b"Action: failed", b"Status: 9.9.9", b"\xff\xfe", b"\0", b" ", b"<",
    b"&#", b">", b"(" * 50, b'"', b"Message-ID: <a@b>", b"Final-Recipient: rfc822;", b"x" * 200,
]  # fmt: skip


def read(raw: bytes) -> MailKind:
    return sound(understand(raw)).kind


def sound(found: MailFinding) -> MailFinding:
    for text in (found.text, found.subject, found.sender, found.in_reply_to, *(r.diagnostic for r in found.recipients)):
        text.encode("utf-8")  # it can be stored
        assert "\0" not in text
    return found


@given(st.binary(max_size=2000))
@settings(max_examples=examples(300), deadline=None)
def test_any_bytes(raw):
    read(raw)


@pytest.mark.heavy
@given(st.lists(st.one_of(st.sampled_from(TOKENS), st.binary(max_size=8)), max_size=60))
@settings(max_examples=examples(500), deadline=None)
def test_any_mixture_of_what_mail_is_made_of(pieces):
    read(b"From: a@b.example\r\n" + b"".join(pieces))


@given(st.sampled_from(GOOD), st.randoms(use_true_random=False))
@settings(max_examples=examples(500), deadline=None)
def test_truncated_and_mutated_mail(raw, rng: random.Random):
    data = bytearray(raw[: rng.randrange(len(raw) + 1)])
    for _ in range(rng.randrange(30)):
        if data:
            data[rng.randrange(len(data))] = rng.randrange(256)
    read(bytes(data))


@given(st.text(max_size=3000))
@settings(max_examples=examples(300), deadline=None)
def test_any_words_of_a_person_are_an_answer(text):
    found = understand(answer(text))
    assert found.kind is MailKind.REPLY
    assert found.in_reply_to == OURS


@given(st.text(alphabet=st.characters(exclude_characters=">\r", exclude_categories=["Cc", "Cs"]), min_size=1))
@settings(max_examples=examples(300), deadline=None)
def test_a_person_who_wrote_something_is_never_silenced(text):
    assert bool(own_words(text)) == bool(
        "\n".join(line.replace("\xa0", " ").rstrip() for line in text.split("\n")).strip("\n")
    )


def nested(levels: int, kind: str) -> bytes:
    lines = [f"From: a@b.example\nSubject: x\nContent-Type: multipart/mixed; boundary=b0\n\n{LETTER}"]
    for level in range(levels):
        if kind == "multipart":
            lines.append(f"--b{level}\nContent-Type: multipart/mixed; boundary=b{level + 1}\n")
        else:
            lines.append(
                f"--b{level}\nContent-Type: message/rfc822\n\nContent-Type: multipart/mixed; boundary=b{level + 1}\n"
            )
    return ("\n".join(lines) + "\n" + "filler\n" * 20_000).encode()


BOMBS = {
    "500 nested parts": nested(500, "multipart"),
    "5000 nested parts": nested(5000, "multipart"),
    "500 mails in mails": nested(500, "rfc822"),
    "one line of 10 MB": answer("x" * 10_000_000),
    "one line of 10 MB of HTML": answer("<" * 10_000_000).replace(b"text/plain", b"text/html"),
    "beginnings of armour": answer("-----BEGIN PGP SIGNED MESSAGE-----\n" * 100_000),
    "10 MB of quotes": answer("> a\n" * 2_500_000),
    "a header of 10 MB": b"From: a@b.example\nSubject: " + b"=?utf-8?Q?a?= " * 700_000 + b"\n\nx",
    "a folded header of 10 MB": b"From: a@b.example\nReferences:" + b"\n <a@b>" * 1_500_000 + b"\n\nx",
    "a million header lines": b"From: a@b.example\n" * 1_000_000 + b"\nx",
    "a million parts": b"From: a@b.example\nContent-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 1_000_000,
    "a million near delimiters": b"From: a@b.example\nContent-Type: multipart/mixed; boundary=b\n\n"
    + b"--bx\n" * 2_000_000,
    "a boundary that is everywhere": b'From: a@b.example\nContent-Type: multipart/mixed; boundary="-"\n\n'
    + b"-" * 10_000_000,
    "parameters without end": b"From: a@b.example\nContent-Type: text/plain" + b';a="b' * 20_000 + b"\n\nx",
    "parts with parameters without end": b"From: a@b.example\nContent-Type: multipart/mixed; boundary=b\n\n"
    + (b"--b\nContent-Type: text/plain" + b';a="b' * 6_000 + b"\n\nx\n") * 300,
    "comments in comments": b"From: " + b"(" * 100_000 + b"\nDate: " + b"(" * 100_000 + b"\n\nx",
    "a report of 10 MB": report("\n\n".join([recipient_group("a@x.example", "failed", "5.1.1")] * 100_000)),
    "a notice of 10 MB": mail("Return-Path: <>", "From: MAILER-DAEMON@x.example",
        body="550 5.1.1 <a@x.example> no\n" * 400_000),
    "a notice of codes": mail("Return-Path: <>", "From: MAILER-DAEMON@x.example", body="5.1." * 1_000_000),
    "a notice of one long line": mail("Return-Path: <>", "From: MAILER-DAEMON@x.example",
        body="The following address: <a b> delivery to user " * 20_000),
    "a notice of empty lines": mail("Return-Path: <>", "From: MAILER-DAEMON@x.example", body="\n" * 60_000),
    "a notice of addresses": mail("Return-Path: <>", "From: MAILER-DAEMON@x.example", body="a@b.c," * 1_000_000),
    "an attachment of 50 MB": answer("Yes").replace(
        b"text/plain; charset=utf-8", b"multipart/mixed; boundary=b").replace(
        b"\r\n\r\nYes", b"\r\n\r\n--b\r\n\r\nYes\r\n--b\r\nContent-Transfer-Encoding: base64\r\n"
        b"Content-Type: application/pdf\r\n\r\n" + b"QUJD" * 12_500_000 + b"\r\n--b--\r\n"),
    "base64 of nothing": answer("=" * 5_000_000).replace(b"8bit", b"base64"),
    "quoted-printable of nothing": answer("=" * 5_000_000).replace(b"8bit", b"quoted-printable"),
    "references to no character": answer("&#" + "9" * 200_000 + ";" + "&#xFFFFFFFFFF;" * 10_000)
    .replace(b"/plain", b"/html"),
    "comments without end": answer("<!--" * 100_000).replace(b"/plain", b"/html"),
    "quotes in quotes": answer("<blockquote>x" * 25_000).replace(b"/plain", b"/html"),
}  # fmt: skip


@pytest.mark.heavy
@pytest.mark.parametrize("name", BOMBS)
def test_bombs(name):
    found, calls = calls_of(lambda: understand(BOMBS[name]))
    assert sound(found).kind in (MailKind.REPLY, MailKind.BOUNCE)
    assert calls < MOST_CALLS


@pytest.mark.heavy
@pytest.mark.parametrize(
    "text",
    [
        "On " * 100_000,
        "On x wrote:\n" * 20_000,
        "From: x\n" * 20_000,
        "-----\n" * 20_000,
        f"{'-----' + chr(10)}" * 10_000 + "-----Original Message-----\nx",
        "Sent from my iPhone\n" * 20_000,
        "-- \n" * 20_000,
        "\n" * 300_000,
        "De : x\nÀ : y\n" * 10_000,
        " " * 300_000,
        "_" * 300_000,
        "- " * 150_000,
    ],
)
def test_texts_that_keep_expressions_busy(text):
    _, calls = calls_of(lambda: own_words(text))
    _, of_half = calls_of(lambda: own_words(text[: len(text) // 2]))
    assert calls < 3 * of_half + 10_000  # four times where work grew with the square of the text


@given(st.text(max_size=500))
@settings(max_examples=examples(300), deadline=None)
def test_any_header_and_page(text):
    for value in (header(text), html_text(text), *addresses(text), *message_ids(text)):
        value.encode("utf-8")
        assert "\0" not in value
    assert "\n" not in header(text)


def test_the_words_of_a_large_mail_are_still_found():
    assert understand(BOMBS["an attachment of 50 MB"]).text == "Yes"
