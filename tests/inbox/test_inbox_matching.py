"""Which letter a mail belongs to where no Message-ID says so, how sure that is, and what a person decides."""

import pytest
from inbox_mails import OURS, answer, mail, named_anew, recipient_group, report
from sqlalchemy import Engine
from sqlmodel import select

from outreach.actors import named
from outreach.database import reading, writing
from outreach.errors import NotFoundError, UserError
from outreach.inbox.match import base_subject
from outreach.inbox.settle import mails
from outreach.letters.faces.mime_writer import tagged_address
from outreach.models import Contact, CopyKeeper, DeliveryEvent, KnownSender, Reply, Response, Suggestion
from outreach.reports.council import mail_to_settle
from outreach.responses.answers import settle
from outreach.responses.decisions import decide, proposals
from outreach.vocabulary import (
    Answer,
    Confidence,
    DeliveryStatus,
    EventKind,
    MailKind,
    MessageState,
    Role,
    SuggestionKind,
)  # fmt: skip


def from_(sender: str, subject: str = "Re: Joint letter", body: str = "Yes.") -> bytes:
    """A person's answer that names no letter."""
    raw = answer(body, sender=f"Anna <{sender}>", reply_to="")
    return named_anew(raw.replace(b"Subject: Re: Joint letter", f"Subject: {subject}".encode()))


@pytest.fixture
def found(take_in, rows):
    """A function that takes one mail in and returns its row."""

    def run(raw: bytes) -> Reply:
        take_in(raw)
        return rows(Reply)[-1]

    return run


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("sender", "subject", "iso3", "confidence"),
    [
        ("mission@fra.mission.example", "Re: Joint letter", "FRA", Confidence.CERTAIN),
        ("mission@fra.mission.example", "Something else", "FRA", Confidence.LIKELY),
        ("MISSION@Fra.Mission.Example", "", "FRA", Confidence.LIKELY),
        ("anna.martin@fra.mission.example", "TR : Re: Joint letter", "FRA", Confidence.LIKELY),
        ("anna.martin@mail.fra.mission.example", "RE: Joint letter", "FRA", Confidence.LIKELY),
        ("anna.martin@fra.mission.example", "Our position", None, Confidence.DOUBTFUL),
        ("anna@elsewhere.example", "Re: Joint letter", None, Confidence.DOUBTFUL),
        ("anna@gmail.com", "回复：Joint letter", None, Confidence.DOUBTFUL),
        ("anna@elsewhere.example", "Lunch", None, Confidence.NONE),
        ("anna@mission.example", "Lunch", None, Confidence.NONE),
        ("", "Lunch", None, Confidence.NONE),
    ],
)
def test_the_senders_address_domain_and_subject(sender, subject, iso3, confidence, sent, found, letter):
    sent("DEU")
    sent("FRA")
    reply = found(from_(sender, subject))
    assert reply.confidence is confidence
    assert (letter(reply.message_id).iso3 if reply.message_id else None) == iso3
    assert reply.basis


def test_a_contact_who_was_not_written_to_is_known_by_the_directory(sent, found, engine: Engine):
    number = sent("FRA")
    with writing(engine) as session:
        session.add(
            Contact(iso3="FRA", role=Role.DEPUTY, email="anna@ministry.example", email_key="anna@ministry.example")
        )
    reply = found(from_("anna@ministry.example", "A note"))
    assert (reply.message_id, reply.confidence) == (number, Confidence.LIKELY)


def test_of_two_campaigns_the_subject_tells_and_else_a_person(sent, found):
    sent("FRA", campaign="one", message_id="<one@coalition.example>", subject="First letter")
    second = sent("FRA", campaign="two", message_id="<two@coalition.example>", subject="Second letter")
    assert found(from_("mission@fra.mission.example", "Re: Second letter")).message_id == second
    reply = found(from_("mission@fra.mission.example", "Your letters"))
    assert (reply.message_id, reply.confidence) == (None, Confidence.DOUBTFUL)
    assert {one["iso3"] for one in reply.candidates} == {"FRA"}
    assert len(reply.candidates) == 2


def test_a_bounce_that_names_no_letter_is_a_proposal_though_a_reminder_went_out_too(sent, found, rows, letter):
    """Which of the thread came back is not known, that one did is: it is put before a person, and nothing happens."""
    sent("FRA", campaign="one", message_id="<one@coalition.example>")
    later = sent("FRA", campaign="two", message_id="<two@coalition.example>", subject="Re: Joint letter")
    bounce = report(recipient_group("mission@fra.mission.example", "failed", "5.1.1"), message_id="")
    reply = found(bounce)
    assert (reply.message_id, reply.confidence) == (later, Confidence.LIKELY)
    assert [(one.kind, one.message_id) for one in rows(Suggestion)] == [(SuggestionKind.BOUNCED, later)]
    assert letter(later).delivery is DeliveryStatus.ACCEPTED


def test_of_letters_on_two_matters_it_is_asked_which_came_back(sent, found):
    sent("FRA", campaign="one", message_id="<one@coalition.example>")
    sent("FRA", campaign="two", message_id="<two@coalition.example>", subject="Another matter")
    reply = found(report(recipient_group("mission@fra.mission.example", "failed", "5.1.1"), message_id=""))
    assert (reply.message_id, reply.confidence) == (None, Confidence.DOUBTFUL)


def test_a_mail_older_than_the_letter_answers_it_not(sent, found):
    sent("FRA")
    raw = from_("mission@fra.mission.example").replace(b"19 Mar 2024", b"09 Mar 2024")
    assert found(raw).message_id is None


def test_the_tag_of_a_bounce_address_proves_the_letter(sent, found, letter):
    sent("DEU")
    tagged = tagged_address("bounces@coalition.example", "<letter-fra@coalition.example>")
    number = sent("FRA", envelope_from=tagged, state=MessageState.UNCERTAIN, sent_at=None, delivery=None)
    raw = mail(
        "Return-Path: <>", "From: MAILER-DAEMON@mx.else.example", f"To: {tagged.upper()}", "Subject: failure notice",
        body="550 5.1.1 <somebody@inside.example>: no such user",
    )  # fmt: skip
    reply = found(raw)
    assert (reply.message_id, reply.confidence) == (number, Confidence.CERTAIN)
    assert letter(number).state is MessageState.SENT
    other = tagged.replace(tagged.partition("+")[2][:4], "aaaa")
    assert found(raw.replace(tagged.upper().encode(), other.encode())).message_id is None


def test_tags_differ_and_are_addresses_that_any_server_takes():
    tags = {tagged_address("bounces@coalition.example", f"<{number}@x.example>") for number in range(100)}
    assert len(tags) == 100
    assert all(len(one.partition("@")[0]) <= 64 for one in tags)


@pytest.mark.parametrize(
    "subject",
    ["Re: Joint letter", "RE : JOINT LETTER", "Fwd: Re: Joint  letter", "[EXT] Re: Joint letter",
     "AW: WG: Joint letter",
     "Rép : Joint letter", "Отв: Joint letter", "回复：Joint letter", "رد: Joint letter", "Re[2]: Joint letter",
     "Automatic reply: Joint letter", "R: Joint letter"],
)  # fmt: skip
def test_subjects_are_compared_without_what_programs_put_before_them(subject):
    assert base_subject(subject) == base_subject("Joint letter")


class TestAPersonSettles:
    def test_a_doubt_and_it_is_remembered_for_that_address(self, sent, found, engine: Engine, rows):
        number = sent("FRA")
        doubt = found(from_("anna@elsewhere.example", body="We will vote in favour."))
        assert [one.id for one in mails(engine)] == [doubt.id]
        assert rows(Response)[0].answer is Answer.NONE
        settle(engine, doubt.id, "fra", by=named("Ana"))
        assert [(one.kind, one.value) for one in proposals(engine)] == [(SuggestionKind.POSITION, "in favour")]
        decide(engine, proposals(engine)[0].id, accept=False, by=named("Ana"))
        assert mails(engine) == []
        settled = rows(Reply)[0]
        assert (settled.message_id, settled.confidence, settled.settled_by) == (number, Confidence.CERTAIN, "Ana")
        assert rows(Response)[0].answer is Answer.REPLIED
        assert [one.kind for one in rows(DeliveryEvent)] == [EventKind.ANSWERED]
        assert [(one.address, one.iso3, one.who) for one in rows(KnownSender)] == [
            ("anna@elsewhere.example", "FRA", "Ana")
        ]
        later = found(from_("Anna@Elsewhere.example", "Another matter"))
        assert (later.message_id, later.confidence) == (number, Confidence.CERTAIN)
        assert "Ana" in later.basis

    def test_a_report_on_an_unknown_address(self, sent, found, engine: Engine, letter, rows):
        number = sent("FRA")
        doubt = found(report(recipient_group("x@inside.example", "failed", "5.1.1"), message_id=""))
        settle(engine, doubt.id, "FRA", by=named("Ana"))
        assert letter(number).delivery is DeliveryStatus.BOUNCED
        assert rows(KnownSender) == []
        assert [one.bounced_at for one in rows(Contact)] == [None]  # the address that failed is another one

    def test_a_report_on_an_unknown_address_does_not_say_which_of_several_failed(self, sent, found, engine, letter):
        number = sent("FRA", to=("mission", "pr"))
        doubt = found(report(recipient_group("x@inside.example", "failed", "5.1.1"), message_id=""))
        settle(engine, doubt.id, "FRA", by=named("Ana"))
        assert letter(number).delivery is DeliveryStatus.ACCEPTED
        (one,) = proposals(engine)
        assert (one.kind, one.value) == (SuggestionKind.BOUNCED, "x@inside.example")
        with pytest.raises(UserError, match="several addresses"):
            decide(engine, one.id, accept=True, by=named("Ana"))

    def test_that_a_mail_belongs_to_no_letter(self, sent, found, engine: Engine, rows):
        sent("FRA")
        settle(engine, found(from_("anna@elsewhere.example")).id, "none", by=named("Ana"))
        assert mails(engine) == []
        assert len(mails(engine, waiting=False)) == 1
        assert rows(KnownSender) == []
        assert found(from_("anna@elsewhere.example", body="Second.")).message_id is None

    def test_mistakes_change_nothing(self, sent, found, engine: Engine, rows):
        sent("FRA")
        number = found(from_("anna@elsewhere.example")).id
        for arguments, error in (
            ((999, "FRA"), NotFoundError), ((number, "XXX"), NotFoundError), ((number, "none "), None),
        ):  # fmt: skip
            if error is not None:
                with pytest.raises(error):
                    settle(engine, *arguments, by=named("Ana"))
        with pytest.raises(NotFoundError, match="other"):
            settle(engine, number, "FRA", campaign="other", by=named("Ana"))
        with pytest.raises(UserError, match="Nobody"):
            settle(engine, number, "FRA", by=named(" "))
        settle(engine, number, "FRA", by=named("Ana"))
        with pytest.raises(UserError, match="there already"):
            settle(engine, number, "FRA", by=named("Ana"))
        assert len(rows(DeliveryEvent)) == 1


def test_files_that_come_with_an_answer_are_told_and_the_page_is_harmless(sent, take_in, engine: Engine, rows):
    sent("FRA")
    body = (
        "--b\nContent-Type: text/html; charset=utf-8\n\n<p onclick='x()'>See <b>our</b> note.<img src='http://t.example/p.gif'>"
        "<script>alert(1)</script><a href='javascript:x()'>here</a></p>\n"
        "--b\nContent-Type: application/pdf; name*=UTF-8''r%C3%A9ponse.pdf\nContent-Transfer-Encoding: base64\n"
        "Content-Disposition: attachment; filename*=UTF-8''r%C3%A9ponse.pdf\n\naGVsbG8=\n"
        "--b\nContent-Type: application/ms-tnef\nContent-Transfer-Encoding: base64\n\nAAAA\n"
        '--b\nContent-Type: image/png; name="=?utf-8?Q?=C3=A9t=C3=A9.png?="\n\nx\n--b--\n'
    )
    raw = answer(body).replace(b"text/plain; charset=utf-8", b"multipart/mixed; boundary=b", 1)
    take_in(raw)
    (row,) = mails(engine, waiting=False)
    assert row.text == "See our note.here"
    assert [one.split(", SHA")[0] for one in row.attachments] == [
        "réponse.pdf (application/pdf, 5 bytes", "winmail.dat (application/ms-tnef, 3 bytes",
        "été.png (image/png, 1 bytes",
    ]  # fmt: skip
    assert "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824" in row.attachments[0]
    page = rows(Reply)[0].page
    assert "<b>our</b>" in page
    for harm in ("script", "onclick", "javascript", "img"):
        assert harm not in page


def test_an_automatic_answer_tells_when_its_writer_is_back(sent, take_in, rows):
    sent("FRA")
    take_in(answer("I am out of the office until 25 March 2024.", "Auto-Submitted: auto-replied"))
    (reply,) = rows(Reply)
    assert reply.kind is MailKind.AUTO_REPLY
    assert reply.returns_on is not None
    assert reply.returns_on.isoformat() == "2024-03-26"


@pytest.mark.parametrize("named", [True, False], ids=["names the letter", "names nothing"])
def test_what_comes_of_the_archives_copy_says_nothing_of_the_letter(named, engine, sent, found, letter):
    number = sent()
    with writing(engine) as session:
        session.add(CopyKeeper(name="archive", place="archive@coalition.example"))
    reference = OURS if named else ""
    bounce = report(
        recipient_group("Archive@coalition.example", "failed", "5.1.1", "550 5.1.1 unknown"), message_id=reference
    )
    away = answer("I am away.", sender="archive@coalition.example", reply_to=reference)
    yes = answer(
        "We will co-sponsor. Do not write to us again.", sender="archive@coalition.example", reply_to=reference
    )
    for raw in (bounce, away, yes):
        taken = found(raw)
        assert (taken.message_id, taken.ours) == (None, True)
    assert letter(number).delivery is DeliveryStatus.ACCEPTED
    assert mails(engine) == []
    with reading(engine) as session:
        assert session.exec(select(Suggestion)).all() == []  # or it would be counted among those that wait
        assert mail_to_settle(session) == 0


def test_a_report_on_the_letter_itself_still_tells_of_it(engine, sent, found, letter):
    number = sent()
    with writing(engine) as session:
        session.add(CopyKeeper(name="archive", place="archive@coalition.example"))
    found(report(recipient_group("mission@fra.mission.example", "failed", "5.1.1", "550 5.1.1 unknown")))
    assert letter(number).delivery is DeliveryStatus.BOUNCED
