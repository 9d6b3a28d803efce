"""Mail systems' own words: whose address failed, why, and whether that is final; and the reports of services."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inbox_mails import OURS, mail, recipient_group, report

from outreach.inbox.classify import understand
from outreach.inbox.codes import best_status, permanence
from outreach.outbox.blame.refusals import reason_in, refusals
from outreach.vocabulary import MailKind

BOX = "mission@fra.mission.example"


def daemon(
    body: str, *fields: str, sender: str = "MAILER-DAEMON@mx.mission.example", subject: str = "failure notice"
) -> bytes:
    return mail(
        "Return-Path: <>", f"From: {sender}", "To: letters@coalition.example", f"Subject: {subject}", *fields, body=body
    )


@pytest.mark.parametrize("name", [BOX, f"[SMTP:{BOX}]", f"rfc822;{BOX}", f"mailto:{BOX}", f"收件人{BOX}"])
def test_an_address_is_read_whatever_sticks_to_it(name: str) -> None:
    (told,) = understand(daemon(f"Recipient: {name}\nReason: the mailbox does not exist.\n")).recipients
    assert (told.address, told.permanent) == (BOX, True)


@pytest.mark.parametrize(
    ("answer", "permanent"),
    [
        ("550 5.1.1 <mission@fra.mission.example>: User unknown", True),
        ("550 5.1.10 RESOLVER.ADR.RecipientNotFound; not found", True),
        ("550 5.1.2 Host unknown", True),
        ("550 5.1.6 The box has moved", True),
        ("556 5.1.10 the domain accepts no mail (nullMX)", True),
        ("550 <mission@fra.mission.example>: utilisateur inconnu", True),
        ("550 No existe el usuario mission@fra.mission.example", True),
        ("552 5.2.2 Mailbox full", False),
        ("550 5.2.2 Over quota", False),
        ("552 5.3.4 Message size exceeds the limit", False),
        ("554 5.7.1 Service unavailable; Client host blocked using zen.spamhaus.org", False),
        ("550 5.7.1 Message rejected as spam", False),
        ("550 5.7.26 This mail does not pass DMARC", False),
        ("550 5.1.8 Sender address rejected: Domain not found", False),
        ("550 5.2.1 The account is disabled", None),
        ("550 5.7.1 Unable to relay", False),
        ("550 5.1.1 Sender rejected", False),
        ("451 4.7.1 Greylisted, try again", False),
        ("450 4.1.1 User unknown", None),
    ],
)
@pytest.mark.parametrize("form", ["report", "notice"])
def test_whether_the_address_is_dead(form, answer, permanent):
    status = answer.split()[1] if answer.split()[1][0].isdigit() else "5.0.0"
    raw = (
        report(recipient_group(BOX, "failed", status, answer)) if form == "report" else daemon(f"<{BOX}>:\n{answer}\n")
    )
    found = understand(raw)
    assert [one.permanent for one in found.recipients] == [permanent]
    assert found.recipients[0].address == BOX


@pytest.mark.parametrize(
    ("answer", "dead"),
    [
        # Names of addresses and hosts are no words, wherever they stand.
        ("550 <social.policy@fra.mission.example>: no such user", True),
        ("550 5.1.1 <mailbox.full@fra.mission.example>... User unknown", True),
        ("host blocked.listed.example[192.0.2.7] said: 550 5.1.1 unknown user (in reply to RCPT TO command)", True),
        ('550 5.1.1 No such user: "spam.desk"', True),
        ("550 5.1.1 No such user. See https://mx.example/over-quota/policy", True),
        ("554 5.7.1 <does.not.exist@fra.mission.example>: the message looks like spam", False),
        ("host user-unknown.example[192.0.2.8] said: 554 5.7.1 refused for reasons of policy", False),
        ("452 4.2.2 <user.not.found@fra.mission.example>: box full, try again later", False),
        ("550 5.1.1 RESOLVER.ADR.RecipNotFound; not found", True),
        ("550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup", False),
        # The label of Postfix means nothing by itself.
        ("550 5.4.1 Recipient address rejected: Access denied", True),
        ("554 5.7.1 <mission@fra.mission.example>: Recipient address rejected: Access denied", False),
        ("550 <mission@fra.mission.example>: Recipient address rejected: SPF fail", False),
        ("550 <mission@fra.mission.example>: Recipient address rejected", None),
        ("550 5.1.1 <mission@fra.mission.example>: Recipient address rejected", True),
        # Whom the words are about.
        ("550 5.1.1 <letters@coalition.example>: Sender address rejected: User unknown", False),
        ("550 Sender verify failed", False),
        ("550 user unknown (in reply to MAIL FROM command)", False),
        ("550 Unbekannter Absender", False),
        ("550 отправитель не найден", False),
        ("550 发件人不存在", False),
        ("550 5.7.1 Domain coalition.example not found", None),
        ("554 account not found in whitelist, rejected per SPAM policy", False),
        # Of a box that is switched off, and where nothing is said, nobody can know.
        ("550 5.2.1 Mailbox disabled, not accepting messages", None),
        ("554 Transaction failed", None),
        ("550 The address might not exist", None),
        # In other languages.
        ("550 Benutzer unbekannt", True),
        ("550 Kein solcher Benutzer", True),
        ("550 Utilisateur inexistant", True),
        ("550 La cuenta no existe", True),
        ("550 Usuário desconhecido", True),
        ("550 Casella inesistente", True),
        ("550 Onbekende ontvanger", True),
        ("550 Użytkownik nie istnieje", True),
        ("550 Нет такого ящика", True),
        ("550 المستخدم غير موجود", True),
        ("550 用户不存在", True),
        ("550 宛先のユーザーが存在しません", True),
        ("550 존재하지 않는 사용자입니다", True),
        ("552 Casella piena", False),
        ("552 Почтовый ящик переполнен", False),
        ("550 Nachricht wegen Richtlinie abgelehnt", False),
    ],
)
def test_what_the_words_are_about(answer, dead):
    status = best_status("5.0.0", answer)
    assert permanence(MailKind.BOUNCE, status, answer) is dead


def test_each_recipient_of_a_notice_has_its_own_words():
    body = (
        "I could not deliver your message.\n\n<a@x.example>:\n550 5.1.1 No such user\n\n"
        "<b@x.example>:\n552 5.2.2 Over quota\n\n"
        f"--- Below is a copy.\n\nReceived: by mx.example\nMessage-ID: {OURS}\nTo: a@x.example, b@x.example\n"
    )
    found = understand(daemon(body))
    assert [(one.address, one.status, one.permanent) for one in found.recipients] == [
        ("a@x.example", "5.1.1", True),
        ("b@x.example", "5.2.2", False),
    ]
    assert found.in_reply_to == OURS


def test_user_unknown_after_the_letter_itself_may_be_a_filter():
    at_rcpt = f"<{BOX}>: host mx said: 550 User unknown (in reply to RCPT TO command)"
    at_data = f"<{BOX}>: host mx said: 550 User unknown (in reply to end of DATA command)"
    assert understand(daemon(at_rcpt)).recipients[0].permanent is True
    assert understand(daemon(at_data)).recipients[0].permanent is None


def test_a_report_without_a_diagnostic_takes_the_answer_from_its_text():
    raw = report(recipient_group(BOX, "failed", "5.0.0")).replace(
        b"This is the mail system at host mx.mission.example.", f"<{BOX}>: 552 5.2.2 Mailbox full".encode()
    )
    (one,) = understand(raw).recipients
    assert (one.status, one.permanent) == ("5.2.2", False)
    assert "Mailbox full" in one.diagnostic


@pytest.mark.parametrize(
    ("told", "words", "status"),
    [
        ("5.1.1", "550 5.7.1 blocked", "5.7.1"), ("5.0.0", "550 5.1.1 no", "5.1.1"), ("5.1.1", "550 5.0.0 no", "5.1.1"),
        ("4.4.7", "550 5.1.1 no", "4.4.7"), ("", "550 5.1.1 no", "5.1.1"), ("5.3.0", "", "5.3.0"), ("", "550 no", ""),
        ("5.1.1", "see 1.5.1.1 or fml 4.0.3 or v5.2.2", "5.1.1"),
    ],
)  # fmt: skip
def test_the_more_precise_code_is_taken(told, words, status):
    assert best_status(told, words) == status


@pytest.mark.parametrize(
    "subject", ["Undeliverable Mail", "Mail could not be delivered", "Delivery Status Notification (Failure)"]
)
def test_a_postmaster_with_a_notices_subject_is_a_mail_system(subject):
    body = f"Delivery failed 20 attempts: {BOX}\n"
    raw = mail("From: postmaster@mx.mission.example", f"Subject: {subject}", body=body)
    found = understand(raw)
    assert (found.kind, found.recipients[0].address) == (MailKind.BOUNCE, BOX)
    assert understand(raw.replace(b"Delivery failed", b"Dear colleagues, delivery failed")).kind is MailKind.REPLY


def test_a_notice_in_japanese_or_with_no_words_at_all_is_a_bounce_without_an_address():
    for body in ("", "メールを配信できませんでした。"):
        found = understand(daemon(body))
        assert found.kind is MailKind.BOUNCE
        assert [one.address for one in found.recipients] == [""]


def sns(event: dict, *, wrapped: bool = False) -> bytes:
    body = json.dumps({"Type": "Notification", "Message": json.dumps(event)} if wrapped else event)
    return mail(
        "From: no-reply@sns.amazonaws.com", "Subject: AWS Notification Message", "x-amz-sns-message-id: 1", body=body
    )


@pytest.mark.parametrize("wrapped", [False, True])
def test_the_json_of_amazon_ses(wrapped):
    bounced = {
        "emailAddress": BOX,
        "action": "failed",
        "status": "5.1.1",
        "diagnosticCode": "smtp; 550 5.1.1 user unknown",
    }
    event = {
        "notificationType": "Bounce",
        "bounce": {"bounceType": "Permanent", "bouncedRecipients": [bounced]},
        "mail": {"messageId": "x", "commonHeaders": {"messageId": OURS}},
    }
    found = understand(sns(event, wrapped=wrapped))
    assert (found.kind, found.in_reply_to) == (MailKind.BOUNCE, OURS)
    assert [(one.address, one.status, one.permanent) for one in found.recipients] == [(BOX, "5.1.1", True)]
    event = {
        "notificationType": "Complaint",
        "complaint": {"complainedRecipients": [{"emailAddress": BOX}]},
        "mail": {},
    }
    assert understand(sns(event, wrapped=wrapped)).kind is MailKind.COMPLAINT
    person = mail("From: anna@x.example", "Subject: Re: x", body=json.dumps(event))
    assert understand(person).kind is MailKind.REPLY


@given(
    st.recursive(
        st.none() | st.text() | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_any_json_from_there_is_read_or_left(value):
    for event in (value, {"notificationType": "Bounce", "bounce": value, "mail": {}}, {"Message": json.dumps(value)}):
        understand(sns(event) if isinstance(event, dict) else sns({"Message": json.dumps(event)}))


@given(st.text(max_size=300))
def test_any_words_have_at_most_one_reason(words):
    assert reason_in(words) in (None, *refusals())


def test_a_mail_systems_name_above_a_persons_address_is_no_bounce_by_itself() -> None:
    raw = mail(
        "From: Mail Delivery System <mission@fra.mission.example>", "Subject: Your letter",
        body="Dear colleagues, we will co-sponsor the draft.",
    )  # fmt: skip
    assert understand(raw).kind is MailKind.REPLY
