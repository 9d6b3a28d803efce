"""What an incoming mail is taken for: each standard form, and people's mail that looks like one."""

from datetime import UTC, datetime

import pytest
from inbox_mails import LETTER, OURS, answer, mail, recipient_group, report

from outreach.inbox.classify import understand as classify
from outreach.inbox.finding import NamedBy, RecipientFinding
from outreach.vocabulary import Answering, MailKind, SubKind


@pytest.mark.parametrize(
    ("action", "status", "kind", "permanent"),
    [
        ("failed", "5.1.1", MailKind.BOUNCE, True),
        ("failed", "4.4.7", MailKind.BOUNCE, False),
        ("delayed", "4.4.1", MailKind.DELAYED, False),
        ("delivered", "2.0.0", MailKind.DELIVERED, None),
        ("relayed", "2.1.9", MailKind.DELIVERED, None),
        ("expanded", "2.1.5", MailKind.DELIVERED, None),
        ("FAILED (bounced)", "5.0.0 (permanent failure)", MailKind.BOUNCE, None),
        ("", "5.2.2", MailKind.BOUNCE, False),
        ("", "2.0.0", MailKind.DELIVERED, None),
    ],
)
def test_each_action_of_a_delivery_report(action, status, kind, permanent):
    found = classify(report(recipient_group("mission@fra.mission.example", action, status)))
    assert found.kind is kind
    (one,) = found.recipients
    assert one.address == "mission@fra.mission.example"
    assert one.status == status[:5]
    assert one.permanent is permanent
    assert (found.in_reply_to, found.named_by) == (OURS, NamedBy.RETURNED)
    assert found.text == ""


def test_a_report_on_several_recipients_is_a_bounce_as_soon_as_one_failed():
    found = classify(
        report(
            recipient_group("a@fra.mission.example", "delivered", "2.0.0"),
            recipient_group("b@fra.mission.example", "delayed", "4.4.1"),
            recipient_group("c@fra.mission.example", "failed", "5.1.1", "550 5.1.1 No such box"),
        )
    )
    assert found.kind is MailKind.BOUNCE
    assert [one.kind for one in found.recipients] == [MailKind.DELIVERED, MailKind.DELAYED, MailKind.BOUNCE]
    assert found.recipients[2] == RecipientFinding("c@fra.mission.example", "5.1.1", True, "550 5.1.1 No such box")


def test_a_delay_and_a_delivery_make_a_delay():
    groups = [recipient_group("a@x.example", "delivered", "2.0.0"), recipient_group("b@x.example", "delayed", "4.0.0")]
    assert classify(report(*groups)).kind is MailKind.DELAYED
    assert classify(report(*reversed(groups))).kind is MailKind.DELAYED


@pytest.mark.parametrize(
    ("original", "address"),
    [
        ("mission@fra.mission.example", "mission@fra.mission.example"),
        ("anna+2Bpress@fra.mission.example", "anna+press@fra.mission.example"),
        ("anna+24@fra.mission.example", "anna+24@fra.mission.example"),  # an address, and no xtext
        ("<mission@fra.mission.example>", "mission@fra.mission.example"),
        ("unknown", "box17@inside.example"),
    ],
)
def test_the_original_recipient_is_the_one_we_wrote_to(original, address):
    group = recipient_group("box17@inside.example", "failed", "5.1.1", original=original)
    assert classify(report(group)).recipients[0].address == address


def test_an_international_report_is_read():
    group = (
        "Original-Recipient: utf-8; misi\\x{F3}n@fra.mission.example\nFinal-Recipient: rfc822; x@y.example\n"
        "Action: failed\nStatus: 5.1.1"
    )
    raw = report(group).replace(b"message/delivery-status", b"message/global-delivery-status")
    assert classify(raw).recipients[0].address == "misión@fra.mission.example"


def test_folded_fields_are_one_line():
    group = (
        "Final-Recipient:\n rfc822;\n\tmission@fra.mission.example\nAction:\n failed\nStatus: 5.0.0\n"
        "Diagnostic-Code: smtp; 550-5.7.1 The box\n   550 5.7.1 takes no mail"
    )
    (one,) = classify(report(group)).recipients
    assert one == RecipientFinding(
        "mission@fra.mission.example", "5.7.1", False, "550-5.7.1 The box 550 5.7.1 takes no mail"
    )


def test_a_report_may_be_encoded_and_return_the_whole_mail():
    import base64

    status = base64.b64encode(recipient_group("a@fra.mission.example", "failed", "5.1.1").encode())
    raw = report("GROUP", returned="message/rfc822")
    head, tail = raw.split(b"Content-Type: message/delivery-status\r\n\r\n")
    after = tail.split(b"--=_b", 1)[1]
    raw = head + b"Content-Type: message/delivery-status\r\nContent-Transfer-Encoding: base64\r\n\r\n" + status
    found = classify(raw + b"\r\n--=_b" + after)
    assert (found.kind, found.recipients[0].address, found.in_reply_to) == (
        MailKind.BOUNCE,
        "a@fra.mission.example",
        OURS,
    )


@pytest.mark.parametrize("top", ["multipart/mixed", "multipart/report", "multipart/report; report-type=mixed"])
def test_a_report_under_another_type_counts_if_a_mail_system_speaks(top):
    found = classify(report(recipient_group("a@x.example", "failed", "5.1.1"), top=top))
    assert (found.kind, found.recipients[0].status) == (MailKind.BOUNCE, "5.1.1")


def test_a_report_whose_header_names_another_boundary_is_read():
    raw = report(recipient_group("a@x.example", "failed", "5.1.1")).replace(b'boundary="=_b"', b'boundary="other"')
    found = classify(raw)
    assert (found.kind, found.in_reply_to) == (MailKind.BOUNCE, OURS)


FORWARD = """--out
Content-Type: text/plain; charset=utf-8

Dear all, this is what we got back when we tried to answer. Was your message undeliverable too?

--out
Content-Type: message/rfc822
Content-Disposition: attachment; filename="Undelivered.eml"

{report}
--out--
"""


def test_a_person_who_forwards_a_report_is_a_person():
    inner = report(recipient_group("a@x.example", "failed", "5.1.1")).decode().replace("\r\n", "\n")
    raw = answer(FORWARD.format(report=inner)).replace(
        b"Content-Type: text/plain; charset=utf-8", b'Content-Type: multipart/mixed; boundary="out"', 1
    )
    found = classify(raw)
    assert (found.kind, found.in_reply_to, found.recipients) == (MailKind.REPLY, OURS, ())
    assert found.text.startswith("Dear all, this is what we got back")


def test_a_person_whose_program_forwards_the_parts_of_a_report_is_a_person():
    raw = report(
        recipient_group("a@x.example", "failed", "5.1.1"), top="multipart/mixed", sender="Anna <anna@mission.example>"
    ).replace(b"Return-Path: <>", b"Return-Path: <anna@mission.example>")
    assert classify(raw).kind is MailKind.REPLY


@pytest.mark.parametrize(
    "body",
    [
        "Your message to our Ambassador was undeliverable: 550 5.1.1 User unknown. Please use this address.",
        "Delivery Status Notification (Failure) is what my colleague got. We support the resolution.",
        "I am out of the office today, but to answer you: we will abstain.",
        "Mail delivery failed: returning message to sender\n\nThat is what I saw. Please send it again.",
        "Final-Recipient: rfc822; a@b.example\nAction: failed\nStatus: 5.1.1\n\nWhat does this mean?",
        "Automatic reply was on by mistake. Our position: in favour.",
    ],
)
def test_a_persons_words_never_make_a_bounce(body):
    for subject in ("Undeliverable: Joint letter", "Out of office", "Automatic reply: Joint letter", "failure notice"):
        raw = answer(body).replace(b"Subject: Re: Joint letter", b"Subject: " + subject.encode())
        assert classify(raw).kind is MailKind.REPLY


def test_a_postmaster_who_answers_and_quotes_is_a_person():
    quoted = f"From: letters@coalition.example\nTo: mission@fra.mission.example\nSubject: Joint letter\n\n{LETTER}"
    raw = answer(
        f"Our filter said 550 5.7.1 to your letter. I have released it.\n\n{quoted}",
        sender="Postmaster <postmaster@fra.mission.example>",
    )
    assert classify(raw).kind is MailKind.REPLY


NOTICE = f"""Hi. This is the mail program at mx.mission.example.
I couldn't deliver your message to the following addresses. I've given up.

<mission@fra.mission.example>:
192.0.2.7 does not like recipient.
Remote host said: 550 5.1.1 No such user here

--- Below this line is a copy of the message.

Return-Path: <bounces@coalition.example>
Received: from out.coalition.example by mx.mission.example; 18 Mar 2024 09:00:00 -0000
Message-ID: {OURS}
From: letters@coalition.example
To: mission@fra.mission.example

{LETTER}
"""


@pytest.mark.parametrize(
    "sender",
    ["MAILER-DAEMON@mx.mission.example", "MAILER-DAEMON <>", '"Mail System" <MAILER-DAEMON>', "postmaster@mx.x"],
)
def test_a_mail_systems_plain_notice_is_a_bounce(sender):
    found = classify(mail("Return-Path: <>", f"From: {sender}", "Subject: failure notice", body=NOTICE))
    assert (found.kind, found.in_reply_to) == (MailKind.BOUNCE, OURS)
    assert found.recipients == (
        RecipientFinding("mission@fra.mission.example", "5.1.1", True, "Remote host said: 550 5.1.1 No such user here"),
    )


def test_a_plain_notice_that_sent_itself_is_no_automatic_answer():
    raw = mail(
        "From: Mail Delivery System <Mailer-Daemon@mx.mission.example>",
        "Auto-Submitted: auto-replied",
        "X-Failed-Recipients: mission@fra.mission.example",
        "Subject: Warning: message delayed 24 hours",
        body="The message has not yet been delivered. No action is required: delivery attempts will continue.",
    )
    found = classify(raw)
    assert found.kind is MailKind.DELAYED
    assert found.recipients == (RecipientFinding("mission@fra.mission.example", "", False, "", MailKind.DELAYED),)


def test_a_complaint():
    body = (
        "--=_b\nContent-Type: text/plain\n\nA complaint.\n--=_b\nContent-Type: message/feedback-report\n\n"
        "Feedback-Type: abuse\nUser-Agent: Desk/1.0\nVersion: 1\nOriginal-Rcpt-To: <mission@fra.mission.example>\n"
        f"\n--=_b\nContent-Type: message/rfc822\n\nMessage-ID: {OURS}\nSubject: Joint letter\n\nx\n--=_b--\n"
    )
    raw = mail(
        "From: feedback@mission.example",
        "Subject: complaint",
        "Content-Type: multipart/report; report-type=feedback-report; boundary==_b",
        body=body,
    ).replace(b"boundary==_b", b'boundary="=_b"')
    found = classify(raw)
    assert (found.kind, found.in_reply_to) == (MailKind.COMPLAINT, OURS)
    assert found.recipients[0].address == "mission@fra.mission.example"
    assert found.recipients[0].diagnostic == "abuse"


@pytest.mark.parametrize("disposition", ["displayed", "deleted", "processed", "deleted/error", "dispatched"])
def test_a_note_that_a_mail_was_displayed_is_no_persons_answer(disposition: str):
    body = (
        "--=_b\nContent-Type: text/plain\n\nYour message was displayed.\n--=_b\n"
        "Content-Type: message/disposition-notification\n\nFinal-Recipient: rfc822; mission@fra.mission.example\n"
        f"Original-Message-ID: {OURS}\nDisposition: manual-action/MDN-sent-manually; {disposition}\n--=_b--\n"
    )
    raw = mail(
        "From: mission@fra.mission.example",
        'Content-Type: multipart/report; report-type="disposition-notification"; boundary="=_b"',
        body=body,
    )
    found = classify(raw)
    assert (found.kind, found.in_reply_to, found.text) == (MailKind.AUTO_REPLY, OURS, "")
    expected = {"displayed": SubKind.DISPLAYED, "deleted": SubKind.DELETED, "deleted/error": SubKind.DELETED}
    assert found.sub_kind is expected.get(disposition, SubKind.PROCESSED)


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        (["Auto-Submitted: auto-replied"], MailKind.AUTO_REPLY),
        (["Auto-Submitted: auto-generated (vacation); x=1"], MailKind.AUTO_REPLY),
        (["Auto-Submitted: no"], MailKind.REPLY),
        (["Auto-Submitted:"], MailKind.REPLY),
        (["X-Autoreply: yes"], MailKind.AUTO_REPLY),
        (["X-Autorespond: Re: Joint letter"], MailKind.AUTO_REPLY),
        (["X-Autoreply: no"], MailKind.REPLY),
        (["Precedence: auto_reply"], MailKind.AUTO_REPLY),
        (["Precedence: bulk"], MailKind.REPLY),
        (["Precedence: junk", "Subject: Out of Office"], MailKind.AUTO_REPLY),
        (["Precedence: bulk", "Return-Path: <>"], MailKind.AUTO_REPLY),
        (["X-Auto-Response-Suppress: All"], MailKind.REPLY),
        (["X-Auto-Response-Suppress: All", "Subject: Réponse automatique : Lettre"], MailKind.AUTO_REPLY),
        (["X-Auto-Response-Suppress: DR, RN, NRN", "Subject: Automatic reply: Letter"], MailKind.REPLY),
        (["X-MS-Exchange-Inbox-Rules-Loop: a@b.example", "Return-Path: <>"], MailKind.AUTO_REPLY),
        (["X-MS-Exchange-Inbox-Rules-Loop: a@b.example"], MailKind.REPLY),  # a rule forwarded a person's mail
        (["Return-Path: <>"], MailKind.REPLY),
        (["Return-Path: <>", "Subject: Respuesta automática: Carta"], MailKind.AUTO_REPLY),
        (["Subject: Automatic reply: Joint letter"], MailKind.REPLY),
    ],
)
def test_automatic_answers_are_told_by_their_header(fields, kind):
    raw = mail(*fields, "From: anna@fra.mission.example", f"In-Reply-To: {OURS}", body="I am away until Monday.")
    found = classify(raw)
    assert (found.kind, found.in_reply_to, found.text) == (kind, OURS, "I am away until Monday.")


def test_the_header_of_an_answer():
    raw = answer("Yes.", "Cc: =?utf-8?q?J=C3=B6rg?= <jorg@mission.example>, anna@mission.example").replace(
        b"Subject: Re: Joint letter", b"Subject: =?utf-8?B?UsOpOiBMZXR0cmU=?=\r\n =?utf-8?Q?_commune?="
    )
    found = classify(raw)
    assert found.kind is MailKind.REPLY
    assert found.subject == "Ré: Lettre commune"
    assert found.sender == "mission@fra.mission.example"
    assert found.to == ("letters@coalition.example", "jorg@mission.example", "anna@mission.example")
    assert found.date == datetime(2024, 3, 19, 9, 0, tzinfo=UTC)
    assert found.named_by is NamedBy.IN_REPLY_TO


def test_without_in_reply_to_the_last_reference_counts():
    raw = answer("Yes.", f"References: <first@x.example>\r\n {OURS}", reply_to="")
    found = classify(raw)
    assert (found.in_reply_to, found.named_by) == (OURS, NamedBy.REFERENCES)
    assert found.references == (OURS, "<first@x.example>")


def test_the_address_in_a_name_is_not_the_sender():
    assert (
        classify(answer("x", sender='"boss@mission.example" <real@mission.example>')).sender == "real@mission.example"
    )
    assert (
        classify(answer("x", sender='"<boss@mission.example>" <real@mission.example>')).sender == "real@mission.example"
    )


@pytest.mark.parametrize("raw", [b"", b"\r\n\r\n", b"\x89PNG\r\n\x1a\n\0\0", bytes(range(256)) * 50, b"Just a note.\n"])
def test_what_is_no_mail_is_unreadable(raw):
    assert classify(raw).kind is MailKind.UNREADABLE


def test_a_letter_of_nothing_but_headers_is_still_an_answer():
    assert classify(b"From: anna@mission.example\nSubject: Yes, we will").kind is MailKind.REPLY


@pytest.mark.parametrize(
    "date", ["", "yesterday", "Mon, 99 Foo 2024", "Mon, 18 Mar 20240000000000 09:00:00", "0" * 5000]
)
def test_a_date_that_is_none(date):
    assert classify(mail("From: a@b.example", f"Date: {date}", body="x")).date is None


def test_a_persons_answer_under_the_name_of_a_mail_system_is_an_answer():
    found = classify(
        mail(
            'From: "Mail Delivery System" <claire@fra.mission.example>', "Subject: Re: Joint letter",
            "In-Reply-To: <1@coalition.example>", body="Thank you for your letter. We will vote in favour of it.",
        )
    )  # fmt: skip
    assert (found.kind, found.text[:9]) == (MailKind.REPLY, "Thank you")


def in_thread(subject: str, words: str) -> bytes:
    return mail("From: mission@fra.mission.example", f"Subject: {subject}", f"In-Reply-To: {OURS}", body=words)


@pytest.mark.parametrize(
    ("subject", "words"),
    [
        ("Office closed", "The Mission will be closed on 29 March. Normal hours resume on 2 April."),
        ("Virus alert", "The attachment of your message was removed for reasons of security."),
        ("Ticket closed: 4821", "Your request 4821 has been solved."),
        ("Accepted: Joint letter", ""),
        ("Re: Joint letter", "Due to the large volume of correspondence, the Mission cannot answer each message."),
        ("Re: Joint letter", "Votre message sera traité dans les meilleurs délais."),
        ("Re: Joint letter", "Su correo será atendido a la brevedad posible."),
        ("Re: Joint letter", "Отвечать на это письмо не нужно: оно отправлено автоматически."),
        ("Re: Joint letter", "This account will be deactivated on 31 March."),
        ("Re: Joint letter", "Your message has been blocked by the gateway."),
        ("Re: Joint letter", "The sender is not on the list of allowed senders. To request access, follow the link."),
        (
            "Re: Joint letter",
            (
                "Dear Sir or Madam,\n\nThe Permanent Mission acknowledges with thanks the safe receipt of your "
                "letter,\nwhich has been forwarded to the relevant section.\n\nRegistry\n"
            ),
        ),
        ("Re: Joint letter", "Thank you for writing to the Mission. We confirm receipt of your e-mail."),
        ("RE: Joint letter", "Nous vous remercions de votre message et reviendrons vers vous dès que possible."),
        ("Re: Joint letter", "Acusamos recibo de su carta. Nuestro horario de atención es de 9 a 13 horas."),
        ("Re: Joint letter", "Благодарим за ваше письмо. Ваше сообщение получено и передано в соответствующий отдел."),
        ("Re: Joint letter", "شكرا على رسالتكم. تم استلام رسالتكم وإحالتها إلى القسم المختص."),
        ("Re: Joint letter", "感谢您的来信。您的邮件已经收悉，我们将尽快回复您。"),
        ("Re: Joint letter", "Our office hours are Monday to Friday. The Mission is closed on public holidays."),
    ],
)
def test_what_programs_write_into_a_thread_without_saying_so_is_never_surely_an_answer(subject, words):
    found = classify(in_thread(subject, words))
    assert (found.kind, found.counts) == (MailKind.REPLY, Answering.DOUBTFUL)


@pytest.mark.parametrize(
    ("subject", "words"),
    [
        ("Re: Joint letter", "Noted."),
        ("AW: Re: Joint letter", "Thank you, the Ambassador has read it."),
        (
            "Re: Joint letter",
            "We acknowledge receipt of your letter. The Ambassador will raise it at the next meeting.",
        ),
        ("Re: Joint letter", "Thank you for your letter. We have transmitted it to our capital for instructions."),
        ("Re: Joint letter", "Merci de votre message. Notre délégation souhaite vous rencontrer la semaine prochaine."),
        ("Re: Joint letter", "感谢您的来信。大使希望下周与贵方会面。"),
        ("Note verbale 45/2024", "My delegation will vote in favour of the draft resolution."),
    ],
)
def test_what_a_person_writes_there_is_an_answer(subject, words):
    assert classify(in_thread(subject, words)).counts is Answering.YES


@pytest.mark.parametrize(
    ("words", "counts"),
    [
        ("This is an automatic reply.", Answering.DOUBTFUL),
        ("This is not an automatic reply: the Ambassador read your letter.", Answering.YES),
        ("Ceci n'est pas une réponse automatique : l'Ambassadeur a lu votre lettre.", Answering.YES),
        ("Это не автоматическое сообщение: посол прочитал ваше письмо.", Answering.YES),
    ],
)
def test_who_says_that_no_program_writes_is_a_person(words, counts):
    found = classify(answer(words))
    assert (found.kind, found.counts) == (MailKind.REPLY, counts)
