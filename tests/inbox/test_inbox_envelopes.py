"""What lies around a mail's words: signatures, encryption, Outlook's package, charsets that nobody names, pictures."""

import base64
import struct
import tracemalloc

import pytest
from inbox_mails import answer, mail

from outreach.inbox.classify import classify, understand
from outreach.inbox.enclosed.enclosures import files
from outreach.inbox.enclosed.envelopes import opened, signed_content
from outreach.inbox.mime_reader import parse
from outreach.inbox.prepare import understood
from outreach.inbox.read import sealed
from outreach.vocabulary import Answering, SubKind

INNER = b"Content-Type: text/plain; charset=utf-8\r\n\r\nOpaque signed: we co-sponsor.\r\n"
SIGNED, ENVELOPED, DATA = "2a864886f70d010702", "2a864886f70d010703", "2a864886f70d010701"


def tlv(tag: int, *content: bytes) -> bytes:
    """An element of DER."""
    held = b"".join(content)
    size = len(held)
    length = bytes([size]) if size < 128 else bytes([0x82]) + size.to_bytes(2, "big")
    return bytes([tag]) + length + held


def endless(tag: int, *content: bytes) -> bytes:
    """An element of BER without a length."""
    return bytes([tag, 0x80]) + b"".join(content) + b"\0\0"


def cms(inner: bytes = INNER, kind: str = SIGNED) -> bytes:
    held = tlv(0x30, tlv(6, bytes.fromhex(DATA)), tlv(0xA0, tlv(4, inner)))
    return tlv(0x30, tlv(6, bytes.fromhex(kind)), tlv(0xA0, tlv(0x30, tlv(2, b"\1"), tlv(0x31), held, tlv(0x31))))


def streamed(inner: bytes = INNER) -> bytes:
    """As OpenSSL's -stream and Outlook write it: without lengths, the octets in pieces."""
    pieces = endless(0x24, tlv(4, inner[:20]), tlv(4, inner[20:]))
    held = endless(0x30, tlv(6, bytes.fromhex(DATA)), endless(0xA0, pieces))
    signed = endless(0x30, tlv(2, b"\1"), tlv(0x31), held, tlv(0x31))
    return endless(0x30, tlv(6, bytes.fromhex(SIGNED)), endless(0xA0, signed))


def smime(body: bytes, kind: str = "signed-data") -> bytes:
    return mail(
        "From: Anna <mission@fra.mission.example>", "To: letters@coalition.example", "Subject: Re: Joint letter",
        "MIME-Version: 1.0", f'Content-Type: application/pkcs7-mime; smime-type={kind}; name="smime.p7m"',
        "Content-Transfer-Encoding: base64", "Content-Disposition: attachment; filename=smime.p7m",
        body=base64.encodebytes(body).decode(),
    )  # fmt: skip


class TestSignedMail:
    @pytest.mark.parametrize("body", [cms(), streamed()])
    def test_that_is_opaque_is_opened_and_said_to_be_signed(self, body: bytes) -> None:
        found = classify(smime(body))
        assert found.text == "Opaque signed: we co-sponsor."
        parts = parse(smime(body))
        assert parts is not None
        assert sealed(opened(parts)) == ("signed (S/MIME)",)
        assert files(parts) == ()

    def test_what_is_attached_within_it_is_told(self) -> None:
        inner = (
            b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nPlease see.\r\n'
            b'--b\r\nContent-Type: application/pdf; name="note.pdf"\r\n'
            b"Content-Disposition: attachment\r\n\r\n%PDF-1.4\r\n--b--\r\n"
        )
        assert [one.name for one in understood(smime(cms(inner))).files] == ["note.pdf"]

    def test_by_pgp_in_the_text_gives_its_words(self) -> None:
        text = (
            "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\nWe agree.\n\n- -- \nAnna\n- - first point\n"
            "-----BEGIN PGP SIGNATURE-----\nVersion: X\n\niQEz\n=abcd\n-----END PGP SIGNATURE-----\n"
        )
        found = understand(answer(text))
        assert "We agree." in found.text
        assert "PGP" not in found.text
        assert "SHA512" not in found.text
        assert found.counts is Answering.YES

    @pytest.mark.parametrize(
        "body",
        [b"", b"\x30", b"\x30\x80", b"\x30\x84\xff\xff\xff\xff", cms()[:40], endless(0x30) * 3, b"\x24\x80" * 5000],
    )
    def test_that_is_broken_gives_nothing_and_raises_nothing(self, body: bytes) -> None:
        assert signed_content(body) is None
        assert classify(smime(body)).text == ""

    def test_a_great_many_elements_end(self) -> None:
        body = b"\x30\x80" + tlv(6, bytes.fromhex(SIGNED)) + b"\xa0\x80\x30\x80" + b"\x02\x01\x01" * 2_000_000
        assert signed_content(body) is None


class TestEncryptedMail:
    ARMOUR = "-----BEGIN PGP MESSAGE-----\n\nhQIMA0000\n=abcd\n-----END PGP MESSAGE-----\n"

    @pytest.mark.parametrize("raw", [answer(ARMOUR), smime(cms(kind=ENVELOPED), "enveloped-data")])
    def test_is_said_to_be_encrypted_and_a_person_looks(self, raw: bytes) -> None:
        found = classify(raw)
        assert (found.text, found.sub_kind, found.counts) == ("", SubKind.ENCRYPTED, Answering.DOUBTFUL)

    def test_with_words_beside_it_has_these_words(self) -> None:
        found = classify(answer(f"Please find our answer below.\n\n{self.ARMOUR}"))
        assert (found.text, found.sub_kind) == ("Please find our answer below.", SubKind.ENCRYPTED)


def tnef(*attributes: tuple[int, int, bytes]) -> bytes:
    packed = struct.pack("<IH", 0x223E9F78, 1)
    for level, number, value in attributes:
        packed += struct.pack("<BHHI", level, number, 0, len(value)) + value + struct.pack("<H", sum(value) & 0xFFFF)
    return packed


def properties(*given: tuple[int, int, bytes | None]) -> bytes:
    """Properties of a mail (MS-OXTNEF, 2.1.3.4): type, number, value; None for a number of four bytes."""
    packed = struct.pack("<I", len(given))
    for kind, number, value in given:
        packed += struct.pack("<HH", kind, number)
        packed += (
            b"\0\0\0\0" if value is None else struct.pack("<II", 1, len(value)) + value + b"\0" * (-len(value) % 4)
        )
    return packed


def rich(text: bytes) -> bytes:
    """Rich text that is not compressed (MS-OXRTFCP, 2.2.3.2)."""
    return struct.pack("<II4sI", len(text) + 12, len(text), b"MELA", 0) + text


COMPRESSED = (
    "3f0000002b0000004c5a467500000000007b5c727466315c61006e7369204768616e00612077696c6c2076006f746520696e"
    "20660061766f75722e5c700861727d0fa0"
)


class TestWinmailDat:
    def wrapped(self, packed: bytes) -> bytes:
        body = "\n".join(
            [
                "--b", "Content-Type: text/plain", "", "See the note.", "", "--b",
                'Content-Type: application/ms-tnef; name="winmail.dat"', "Content-Transfer-Encoding: base64", "",
                base64.encodebytes(packed).decode(), "--b--",
            ]
        )  # fmt: skip
        return mail(
            "From: a@fra.mission.example", "Subject: Re: Joint letter", 'Content-Type: multipart/mixed; boundary="b"',
            body=body,
        )  # fmt: skip

    def test_is_opened(self) -> None:
        packed = tnef(
            (1, 0x9006, b"\0\0\1\0"), (2, 0x9002, b"\0" * 14), (2, 0x8010, b"Note verbale.pdf\0"),
            (2, 0x800F, b"%PDF-1.4 x"), (2, 0x9002, b"\0" * 14), (2, 0x8010, b"b.txt\0"), (2, 0x800F, b"hello"),
        )  # fmt: skip
        found = understood(self.wrapped(packed))
        assert [(one.name, one.media_type, one.size) for one in found.files] == [
            ("Note verbale.pdf", "application/pdf", 10), ("b.txt", "application/octet-stream", 5),
        ]  # fmt: skip
        assert found.finding.text == "See the note."

    @pytest.mark.parametrize(
        "attribute",
        [
            (1, 0x800C, b"Ghana will vote in favour.\r\n\0"),
            (1, 0x9003, properties((0x1E, 0x1000, b"Ghana will vote in favour.\0"))),
            (
                1,
                0x9003,
                properties((3, 0x0E07, None), (0x1F, 0x1000, "Ghana will vote in favour.\0".encode("utf-16-le"))),
            ),
            (1, 0x9003, properties((0x102, 0x1013, b"<html><p>Ghana will vote in favour.</p></html>"))),
            (1, 0x9003, properties((0x102, 0x1009, rich(b"{\\rtf1\\ansi Ghana will vote in favour.\\par}")))),
            (1, 0x9003, properties((0x102, 0x1009, bytes.fromhex(COMPRESSED)))),
        ],
    )
    def test_its_text_is_read_where_the_mail_has_no_other(self, attribute: tuple[int, int, bytes]) -> None:
        packed = tnef((1, 0x9007, b"\xe4\4\0\0\0\0\0\0"), attribute, (2, 0x9002, b"\0" * 14), (2, 0x800F, b"a file"))
        alone = "\n".join(["Content-Transfer-Encoding: base64", "", base64.encodebytes(packed).decode()])
        head = ("From: a@gha.mission.example", "Subject: Re: Joint letter")
        raw = (
            mail(*head, "Content-Type: application/ms-tnef; name=winmail.dat", body="").rstrip()
            + b"\n"
            + alone.encode()
        )
        found = understood(raw)
        assert found.finding.text.startswith("Ghana will vote in favour.")
        assert len(found.files) == 1
        assert understood(self.wrapped(packed)).finding.text == "See the note.", "and not twice, where it has"

    def test_without_a_word_that_can_be_read_a_person_is_asked(self) -> None:
        packed = tnef((2, 0x9002, b"\0" * 14), (2, 0x800F, b"a file"))
        raw = self.wrapped(packed).replace(b"See the note.", b"")
        found = classify(raw)
        assert (found.text, found.counts) == ("", Answering.DOUBTFUL)

    @pytest.mark.parametrize("packed", [b"", b"junk", tnef((2, 0x800F, b"x"))[:12], tnef((9, 1, b"x"))])
    def test_that_is_broken_stays_packed(self, packed: bytes) -> None:
        assert [one.name for one in understood(self.wrapped(packed)).files] == ["winmail.dat"]


# What an undeclared answer may be in, and what it says.
UNDECLARED = [
    ("cp1251", "Уважаемые коллеги, ваше письмо получено, благодарим за обращение."),
    ("koi8_r", "Письмо получено, благодарим."), ("cp1251", "Дякуємо за лист, ми підтримаємо резолюцію."),
    ("gb18030", "来信收悉，谢谢。中国常驻代表团将认真研究你们的意见。"), ("gb18030", "我们将投赞成票。"),
    ("big5", "來信收悉，謝謝。我們將投贊成票。"), ("cp932", "お手紙を受領いたしました。"),
    ("euc_jp", "お手紙を受領いたしました。"), ("iso2022_jp", "お手紙を受領いたしました。"),
    ("cp949", "서한을 잘 받았습니다. 감사합니다."), ("cp1256", "شكرا على رسالتكم، سوف نصوت لصالح القرار."),
    ("cp1253", "Ευχαριστούμε για την επιστολή σας."), ("cp1255", "תודה על מכתבכם. נצביע בעד."),
    ("cp1252", "Nous avons bien reçu votre lettre. L’ambassadeur est à Genève."),
    ("cp1250", "Dziękujemy za list. Będziemy głosować za rezolucją."),
    ("cp1254", "Mektubunuz için teşekkür ederiz. Karar tasarısını destekleyeceğiz."),
    ("gb18030", "Dear all, 来信收悉。 Best regards, Li"), ("cp1251", "Dear all, спасибо за письмо. Best, Anna"),
]  # fmt: skip


@pytest.mark.heavy
@pytest.mark.parametrize(("charset", "words"), UNDECLARED)
@pytest.mark.parametrize("named", ["", "; charset=us-ascii", "; charset=utf-8", "; charset=unknown-8bit"])
def test_a_charset_that_is_not_named_or_not_true_is_guessed(charset: str, words: str, named: str) -> None:
    raw = mail("From: a@fra.mission.example", f"Content-Type: text/plain{named}", body=words, charset=charset)
    assert understand(raw).text == words


def test_a_subject_in_no_charset_is_guessed() -> None:
    raw = mail("From: a@kaz.mission.example", "Subject: Ответ на ваше письмо", body="x", charset="cp1251")
    assert understand(raw).subject == "Ответ на ваше письмо"


def page(markup: str) -> bytes:
    return answer(markup).replace(b"text/plain", b"text/html")


@pytest.mark.parametrize(
    "above",
    [
        '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.0 Transitional//EN">', '<?xml version="1.0"?>',
        "<![if !mso]><![endif]>", '<img src="data:image/png;base64,' + "iVBORw0KGgo" * 2000 + '">',
        "<style>@font-face{src:url(data:font/woff;base64,AAAA)}</style>",
        '<p><img alt="" src=\'data:image/jpeg;base64,\n' + "AAAA\r\n" * 9000 + "'></p>",
    ],
)  # fmt: skip
def test_what_a_page_bears_for_programs_is_nobodys_words(above: str) -> None:
    assert understand(page(f"{above}<html><body><p>We thank you.</p></body></html>")).text == "We thank you."


def test_the_words_below_a_large_picture_are_read_in_bounded_memory() -> None:
    raw = page('<p>First.</p><img src="data:image/png;base64,' + "iVBORw0K" * 400_000 + '"><p>We agree.</p>')
    tracemalloc.start()
    try:
        assert understand(raw).text == "First.\n\nWe agree."
        assert tracemalloc.get_traced_memory()[1] < 20 * len(raw)
    finally:
        tracemalloc.stop()
