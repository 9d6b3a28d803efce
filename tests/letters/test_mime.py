import email
import email.policy
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.errors import LetterError
from outreach.letters.faces import mime_writer
from outreach.letters.faces.mime_writer import HeaderFields, NameAddr
from outreach.letters.folder import LetterAttachment
from outreach.letters.reading import read_letter


def envelope(**changes: object) -> HeaderFields:
    values: dict[str, object] = {
        "sender": NameAddr("Coalition Secretariat", "secretariat@coalition.example"),
        "reply_to": None,
        "to": (NameAddr("", "pr@fra.mission.example"),),
        "cc": (),
        "subject": "Joint letter",
        "message_id": "<1@coalition.example>",
        "language": "en",
    }
    return HeaderFields(**(values | changes))  # type: ignore[arg-type]


def parsed(raw: bytes) -> EmailMessage:
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    assert not message.defects
    return message


def test_both_parts_and_all_headers_are_read_back() -> None:
    raw = mime_writer.build(
        envelope(
            reply_to=NameAddr("Réponses", "answers@coalition.example"),
            cc=(NameAddr("O'Neill, Ann", "ann@fra.mission.example"), NameAddr("", "box@fra.mission.example")),
            subject="Lettre conjointe – Mission permanente de la République française",
            language="fr",
        ),
        "Excellence,\n\nnous écrivons.\n",
        "<p>Excellence,</p>",
    )
    message = parsed(raw)
    assert message["From"] == "Coalition Secretariat <secretariat@coalition.example>"
    assert message["Reply-To"].addresses[0].display_name == "Réponses"
    assert [a.display_name for a in message["Cc"].addresses] == ["O'Neill, Ann", ""]
    assert message["Subject"] == "Lettre conjointe – Mission permanente de la République française"
    assert message["Content-Language"] == "fr"
    plain, html = message.iter_parts()
    assert plain.get_content().splitlines() == ["Excellence,", "", "nous écrivons."]
    assert html.get_content().strip() == "<p>Excellence,</p>"


def test_the_plain_text_flows_and_comes_back_as_it_was() -> None:
    text = "a long line that \ngoes on\n\n  an indented one\nFrom here\n"
    raw = mime_writer.build(envelope(), text, "<p>x</p>")
    plain, _ = parsed(raw).iter_parts()
    assert plain["Content-Type"].params["format"] == "flowed"
    assert b"that=20\r\n" in raw, "no server takes the space away"
    assert plain.get_content().splitlines() == ["a long line that ", "goes on", "", "   an indented one", " From here"]
    assert read_letter(raw).text.splitlines() == ["a long line that", "goes on", "", "  an indented one", "From here"]


def test_every_line_ends_in_crlf_and_is_short_enough() -> None:
    raw = mime_writer.build(envelope(subject="é" * 150), "x" * 5000 + "\ndeux é", "<p>" + "y" * 5000)
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert max(map(len, raw.split(b"\r\n"))) <= 78
    assert raw.isascii()


@pytest.mark.parametrize("field", ["subject", "name", "address"])
@pytest.mark.parametrize("poison", ["a\r\nBcc: victim@un.example", "a\nX: y", "a\x00b", "a\u2028b", "a\x85b"])
def test_nothing_breaks_out_of_a_header(field: str, poison: str) -> None:
    changes: dict[str, object] = {
        "subject": {"subject": poison},
        "name": {"to": (NameAddr(poison, "pr@fra.mission.example"),)},
        "address": {"to": (NameAddr("", f"{poison}@fra.mission.example"),)},
    }[field]
    with pytest.raises(LetterError):
        mime_writer.build(envelope(**changes), "text", "html")


@given(
    st.text(st.characters(exclude_categories=("C", "Zl", "Zp")), min_size=1, max_size=120).map(str.strip).filter(bool)
)
def test_names_and_subjects_in_any_script_survive(value: str) -> None:
    raw = mime_writer.build(envelope(subject=value, to=(NameAddr(value, "pr@fra.mission.example"),)), "text", "html")
    message = email.message_from_bytes(raw, policy=email.policy.compat32)
    from email.header import decode_header, make_header
    from email.utils import parseaddr

    assert " ".join(str(make_header(decode_header(message["Subject"]))).split()) == " ".join(value.split())
    name, address = parseaddr(message["To"].replace("\r\n", ""))
    assert address == "pr@fra.mission.example"
    assert " ".join(str(make_header(decode_header(name))).split()) == " ".join(value.split())


def test_an_international_domain_goes_out_in_ascii_and_a_local_part_as_it_is() -> None:
    raw = mime_writer.build(envelope(to=(NameAddr("", "box@mission-française.example"),)), "t", "h")
    assert b"box@xn--mission-franaise-npb.example" in raw
    assert raw.isascii()
    raw = mime_writer.build(envelope(to=(NameAddr("代表", "代表@mission.example"),)), "t", "h")
    assert 'To: "代表" <代表@mission.example>'.encode() in raw
    assert mime_writer.needs_smtputf8(["代表@mission.example"])
    assert not mime_writer.needs_smtputf8(["box@mission-française.example"])


def test_attachments_keep_name_type_and_bytes() -> None:
    content = bytes(range(256)) * 50
    files = [
        LetterAttachment("annex.pdf", "application/pdf", content),
        LetterAttachment("déclaration \u4e2d.txt", "text/plain", b"x"),
    ]
    raw = mime_writer.build(envelope(), "text", "html", files)
    message = parsed(raw)
    attached = list(message.iter_attachments())
    assert [part.get_filename() for part in attached] == ["annex.pdf", "déclaration \u4e2d.txt"]
    assert b';\r\n filename="declaration.txt"\r\n' in raw, "and a plain one for what reads no other"
    assert attached[0].get_content() == content
    assert attached[0].get_content_type() == "application/pdf"
    body = message.get_body(("plain",))
    assert body is not None
    assert body.get_content().strip() == "text"


@given(st.text(max_size=2000))
def test_any_text_is_read_back_line_for_line(text: str) -> None:
    text = text.encode("utf-8", "ignore").decode()
    message = email.message_from_bytes(mime_writer.build(envelope(), text, "html"), policy=email.policy.default)
    plain = next(iter(message.iter_parts()))  # type: ignore[attr-defined]
    assert plain.get_content_type() == "text/plain"
    assert plain["content-type"].params["format"] == "flowed"
    payload = plain.get_payload(decode=True).decode("utf-8").removesuffix("\r\n").split("\r\n")
    # RFC 3676, 4.4: a reader takes one space from the beginning of each line.
    assert [line.removeprefix(" ") for line in payload] == (text.splitlines() or [""])
    assert not any(line.startswith("From ") for line in payload)


def test_message_ids_are_unique_and_under_the_senders_domain() -> None:
    ids = {mime_writer.new_message_id("a@coalition.example") for _ in range(1000)}
    assert len(ids) == 1000
    assert all(one.endswith("@coalition.example>") for one in ids)


@given(st.lists(st.text("abcdefghij=?-é", min_size=1, max_size=70), min_size=1, max_size=12).map(" ".join))
def test_a_subject_of_any_length_is_read_back_and_no_line_is_too_long(subject: str) -> None:
    head = mime_writer.build(envelope(subject=subject), "text", "html").partition(b"MIME-Version")[0]
    assert max(map(len, head.split(b"\r\n"))) <= 78
    assert parsed(head + b"\r\n")["Subject"] == subject


def test_a_subject_that_looks_encoded_is_shown_as_it_is_written() -> None:
    subject = "=?utf-8?b?SGVsbG8=?="
    assert parsed(mime_writer.build(envelope(subject=subject), "text", "html"))["Subject"] == subject
