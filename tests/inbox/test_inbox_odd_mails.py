"""Mails as an odd writer sends them, and what comes of each, expected before it was looked at.

Letters went to France, Germany and Italy. Told are the answers that stand, the addresses that are dead and what waits
for a person's yes.
"""

from base64 import b64encode
from typing import NamedTuple

import pytest
from inbox_mails import OURS, mail, recipient_group, report
from sqlalchemy import Engine
from sqlmodel import select

from outreach.database import reading
from outreach.models import Contact, Delivery, Mission, Reply, Response
from outreach.responses.decisions import proposals
from outreach.vocabulary import Answer, DeliveryStatus, MailKind, SubKind

DEU, ITA = "<letter-deu@coalition.example>", "<letter-ita@coalition.example>"
TEAM = "To: letters@coalition.example"
DATE = "Date: Tue, 19 Mar 2024 10:00:00 +0100"
FRA = "mission@fra.mission.example"


class Outcome(NamedTuple):
    """What is to come of one mail."""

    kind: MailKind
    sub_kind: SubKind | None = None
    answered: dict[str, Answer] = {}  # noqa: RUF012
    waits: frozenset[tuple[str, str, str]] = frozenset()
    bounced: frozenset[str] = frozenset()
    words: str | None = None


def waits(*told: tuple[str, str, str]) -> frozenset[tuple[str, str, str]]:
    return frozenset(told)


def from_(
    sender: str, body: str, *fields: str, subject: str = "Re: Joint letter", thread: str = OURS, top: str = ""
) -> bytes:
    return mail(
        f"From: {sender}",
        TEAM,
        f"Subject: {subject}",
        DATE,
        "Message-ID: <odd@elsewhere.example>",
        *([f"In-Reply-To: {thread}", f"References: {thread}"] if thread else []),
        *fields,
        "MIME-Version: 1.0",
        top or "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit",
        body=body,
    )


def parts(*some: tuple[str, str], kind: str = "mixed", more: str = "") -> tuple[str, str]:
    """The header line and the body of a mail in parts."""
    body = "".join(f"--=_p\nContent-Type: {one}\n\n{words}\n" for one, words in some) + "--=_p--\n"
    return f'Content-Type: multipart/{kind}; boundary="=_p"{more}', body


def in_parts(
    sender: str,
    *some: tuple[str, str],
    kind: str = "mixed",
    more: str = "",
    subject: str = "Re: Joint letter",
    thread: str = OURS,
) -> bytes:
    top, body = parts(*some, kind=kind, more=more)
    return from_(sender, body, subject=subject, thread=thread, top=top)


TEXT = "text/plain; charset=utf-8"
INVITATION = (
    "BEGIN:VCALENDAR", "METHOD:REQUEST", "BEGIN:VEVENT", "SUMMARY:Joint letter", "DTSTART:20240325T140000Z",
    "DTEND:20240325T150000Z", "LOCATION:Room XX", "UID:1@x", "END:VEVENT", "END:VCALENDAR",
)  # fmt: skip
YES, AUTOMATIC = {"FRA": Answer.REPLIED}, {"FRA": Answer.AUTO_REPLY}
ASKED = ("answer", "FRA", "replied")
CO_SPONSOR = ("position", "FRA", "co-sponsor")
REPLY, AUTO, BOUNCE = MailKind.REPLY, MailKind.AUTO_REPLY, MailKind.BOUNCE
ARABIC = b64encode("<div dir=rtl>سنصوت لصالح مشروع القرار.</div>".encode()).decode()

MAILS: dict[str, tuple[bytes, Outcome]] = {
    "a joint answer in one thread is that mission's": (
        from_(FRA, "On behalf of France, Germany and Italy: we will co-sponsor the draft resolution."),
        Outcome(REPLY, None, YES, waits(CO_SPONSOR)),
    ),
    "a joint answer in three threads waits for each": (
        from_(FRA, "We will co-sponsor the draft resolution.", thread=f"{OURS} {DEU} {ITA}"),
        Outcome(REPLY, None, {}, waits(ASKED, ("answer", "DEU", "replied"), ("answer", "ITA", "replied"))),
    ),
    "signed with S/MIME": (
        in_parts(
            FRA, (TEXT, "We will co-sponsor the draft resolution."),
            ("application/pkcs7-signature; name=smime.p7s\nContent-Disposition: attachment", "MIIB"),
            kind="signed", more="; protocol=\"application/pkcs7-signature\"; micalg=sha-256",
        ),
        Outcome(REPLY, None, YES, waits(CO_SPONSOR), words="We will co-sponsor the draft resolution."),
    ),
    "forwarded as an attachment by a colleague": (
        in_parts(
            "ben@coalition.example", (TEXT, "See attached!"),
            ("message/rfc822", from_(FRA, "We will co-sponsor the draft.").decode().replace("\r\n", "\n")),
            subject="Fwd: Re: Joint letter", thread="",
        ),
        Outcome(REPLY, SubKind.FORWARD, {}, waits(ASKED, CO_SPONSOR)),
    ),
    "a delegate who left, with a successor's address": (
        from_(
            FRA, "I have left the Permanent Mission. Please contact my successor at human.rights@fra.mission.example.",
            "Auto-Submitted: auto-replied", subject="Automatic reply: Joint letter",
        ),
        Outcome(
            AUTO, SubKind.LEFT, AUTOMATIC,
            waits(("problem", "FRA", "left"), ("contact", "FRA", "human.rights@fra.mission.example")),
        ),
    ),
    "away with a deputy's address": (
        from_(
            FRA, "I am out of the office until 3 April 2024. If urgent, please write to deputy@fra.mission.example.",
            "Auto-Submitted: auto-replied", subject="Automatic reply: Joint letter",
        ),
        Outcome(AUTO, SubKind.AWAY, AUTOMATIC, waits()),
    ),
    "a ticket robot": (
        from_(
            FRA, "Your request has been received and a ticket has been created. Ticket number: 48213. Do not reply.",
            "Auto-Submitted: auto-generated", subject="[#48213] Joint letter",
        ),
        Outcome(AUTO, SubKind.RECEIPT, AUTOMATIC, waits(("answer", "FRA", "acknowledged"))),
    ),
    "our own provider's quarantine digest": (
        from_(
            "quarantine@provider.example",
            f"You have 2 messages in quarantine.\n\n{FRA}  Re: Joint letter\nspam@x.example  Pills\n",
            "Auto-Submitted: auto-generated", subject="Quarantine digest", thread="",
        ),
        Outcome(REPLY, None, {}, waits()),
    ),
    "an answer by way of a mailing list": (
        from_(
            f"Anna <{FRA}>", f"We will co-sponsor the draft.\n{'_' * 47}\nunog mailing list\n",
            "List-Id: <unog.lists.example>", "Precedence: list", subject="[unog] Re: Joint letter",
        ),
        Outcome(REPLY, None, YES, waits(CO_SPONSOR)),
    ),
    "a newsletter of the mission": (
        from_(
            FRA, "Read our news of March.\n\nUnsubscribe here.", "List-Unsubscribe: <mailto:u@fra.mission.example>",
            "List-Id: <news.fra.mission.example>", "Precedence: bulk", subject="News from Geneva", thread="",
        ),
        Outcome(REPLY, SubKind.NEWSLETTER, {}, waits()),
    ),
    "from a private address in the thread": (
        from_("Anna <anna.f@freemail.example>", "Dear Ben, we support the draft resolution."),
        Outcome(REPLY, None, {}, waits(ASKED, ("position", "FRA", "in favour"))),
    ),
    "a private address that claims to be a mission's": (
        from_(f'"{FRA}" <office@freemail.example>', "We will vote against.", thread=""),
        Outcome(REPLY, None, {}, waits()),
    ),
    "a bounce of another mail of ours": (
        report(
            recipient_group(FRA, "failed", "5.1.1", "550 5.1.1 User unknown"), message_id="<lunch@coalition.example>"
        ).replace(b"Subject: Joint letter", b"Subject: Lunch on Friday"),
        Outcome(BOUNCE, None, {}, waits()),
    ),
    "a bounce of the letter": (
        report(recipient_group(FRA, "failed", "5.1.1", "550 5.1.1 User unknown")),
        Outcome(BOUNCE, None, {}, waits(), frozenset([FRA])),
    ),
    "a bounce of a box that the mission forwards to": (
        report(recipient_group("archive@other.example", "failed", "5.1.1", "550 5.1.1 User unknown")),
        Outcome(BOUNCE, None, {}, waits(("bounced", "FRA", "archive@other.example"))),
    ),
    "a bounce that a colleague forwards": (
        from_(
            "ben@coalition.example",
            "Look.\n\n---------- Forwarded message ---------\nFrom: Mail Delivery System <MAILER-DAEMON@mx.example>\n"
            "Date: Mon, 18 Mar 2024 at 10:00\nSubject: Undelivered Mail\nTo: <letters@coalition.example>\n\n"
            f"<{FRA}>: host mx.fra.mission.example said: 550 5.1.1 User unknown\n",
            subject="Fwd: Undelivered Mail Returned to Sender", thread="",
        ),
        Outcome(REPLY, SubKind.FORWARD, {}, waits()),
    ),
    "an invitation to a meeting": (
        in_parts(
            FRA, (TEXT, "Shall we talk?"),
            (
                "text/calendar; charset=utf-8; method=REQUEST",
                "\n".join(INVITATION),
            ),
            kind="alternative",
        ),
        Outcome(REPLY, SubKind.MEETING, {}, waits(ASKED, ("meeting", "FRA", "2024-03-25 14:00 UTC"))),
    ),
    "nothing but a file": (
        in_parts(FRA, ("application/octet-stream; name=reply.bin\nContent-Disposition: attachment", "x")),
        Outcome(REPLY, None, YES, waits(), words=""),
    ),
    "a recall": (
        from_(
            FRA, 'The Mission would like to recall the message, "Joint letter".', subject="Recall: Joint letter",
        ),
        Outcome(REPLY, SubKind.RECALL, {}, waits(("problem", "FRA", "recall"))),
    ),
    "a thumb": (
        from_(FRA, "👍 Mission reacted to your message:\n", subject="Reaction to: Joint letter"),
        Outcome(REPLY, SubKind.REACTION, {}, waits(ASKED)),
    ),
    "only HTML, in Arabic, in base64": (
        from_(FRA, ARABIC, top="Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: base64"),
        Outcome(REPLY, None, YES, waits(("position", "FRA", "in favour")), words="سنصوت لصالح مشروع القرار."),
    ),
    "a filter that wants us to confirm": (
        from_(
            FRA, "Your message is being held. To deliver it, confirm that you are a person: https://filter.example/c/1",
            "Auto-Submitted: auto-replied", subject="Please confirm your message",
        ),
        Outcome(AUTO, SubKind.CHALLENGE, AUTOMATIC, waits(("problem", "FRA", "challenge"))),
    ),
    "a box that moved": (
        from_(
            FRA, "This mailbox is closed. Please write to office@new.fra.mission.example.",
            "Auto-Submitted: auto-replied", subject="Mailbox closed",
        ),
        Outcome(
            AUTO, SubKind.CLOSED, AUTOMATIC,
            waits(("problem", "FRA", "closed"), ("contact", "FRA", "office@new.fra.mission.example")),
        ),
    ),
    "a group that rewrites who writes": (
        from_(
            "'Anna' via Human Rights <group@lists.example>", "We will co-sponsor the draft.",
            f"X-Original-Sender: {FRA}", "List-Id: <group.lists.example>", "Precedence: list",
        ),
        Outcome(REPLY, None, YES, waits(CO_SPONSOR)),
    ),
    "another subject, no thread": (
        from_(FRA, "May we use your meeting room on Monday?", subject="Room", thread=""),
        Outcome(REPLY, None, {}, waits(ASKED)),
    ),
    "away, and nothing in its header says so": (
        from_(FRA, "I am out of the office until 3 April 2024 with no access to e-mail."),
        Outcome(REPLY, SubKind.AWAY, {}, waits(ASKED)),
    ),
    "an answer above a bounce that it quotes": (
        from_(
            FRA, "We did get it, and will co-sponsor the draft.\n\n> <x@fra.mission.example>: 550 5.1.1 User unknown\n",
            subject="Re: Undelivered Mail Returned to Sender",
        ),
        Outcome(REPLY, None, YES, waits(CO_SPONSOR)),
    ),
    "that it was delivered": (
        report(recipient_group(FRA, "delivered", "2.1.5", "250 OK")),
        Outcome(MailKind.DELIVERED, None, {}, waits()),
    ),
    "from the whole of the mission's system, without a person": (
        from_(
            "postmaster@fra.mission.example", f"Your message to {FRA} has been rejected by a rule.",
            "Auto-Submitted: auto-replied", subject="Rejected: Joint letter",
        ),
        Outcome(AUTO, SubKind.REJECTED, AUTOMATIC, waits(("problem", "FRA", "rejected"))),
    ),
    "words that only a preview shows": (
        from_(
            FRA, "<div style='display:none'>We will vote in favour.</div><p>Thank you for your letter.</p>",
            top="Content-Type: text/html; charset=utf-8",
        ),
        Outcome(REPLY, None, YES, waits(), words="Thank you for your letter."),
    ),
    "a yes to an invitation of ours": (
        in_parts(
            FRA, (TEXT, "Accepted: briefing"),
            ("text/calendar; charset=utf-8; method=REPLY", "\n".join(INVITATION).replace("REQUEST", "REPLY")),
            kind="alternative", subject="Accepted: briefing",
        ),
        Outcome(REPLY, SubKind.MEETING_ANSWER, {}, waits(ASKED)),
    ),
    "a contact of one mission in another's thread": (
        from_("mission@deu.mission.example", "We will co-sponsor the draft."),
        Outcome(REPLY, None, {}, waits(ASKED, CO_SPONSOR)),
    ),
    "a person through a help desk": (
        from_(
            FRA, "Dear colleagues, our delegation will vote in favour of the draft. Kind regards, Anna",
            "Auto-Submitted: auto-generated", subject="Re: [#48213] Joint letter",
        ),
        Outcome(REPLY, None, YES, waits(("position", "FRA", "in favour"))),
    ),
    "a note that says nothing above our own words": (
        from_(FRA, "Received.\n\n-----Original Message-----\nFrom: The Coalition\nSent: Monday\nTo: Mission\n"
              "Subject: Joint letter\n\nWe ask you to co-sponsor the draft. We will vote in favour."),
        Outcome(REPLY, None, YES, waits(), words="Received."),
    ),
    "a date in a hundred years": (
        from_(FRA, "We will co-sponsor the draft.").replace(b"2024", b"2124"),
        Outcome(REPLY, None, YES, waits(CO_SPONSOR)),
    ),
    "no date and no Message-ID": (
        from_(FRA, "We will co-sponsor the draft.").replace(b"Date:", b"X-Date:").replace(b"Message-ID:", b"X-ID:"),
        Outcome(REPLY, None, YES, waits(CO_SPONSOR)),
    ),
    "two writers in From": (
        from_(f"Anna <{FRA}>, Bert <mission@deu.mission.example>", "We will co-sponsor the draft."),
        Outcome(REPLY, None, YES, waits(CO_SPONSOR)),
    ),
    "a private address that asks to be left alone": (
        from_("Anna <anna.f@freemail.example>", "Please remove my address from your mailing list."),
        Outcome(REPLY, None, {}, waits(ASKED, ("opt-out", "FRA", "anna.f@freemail.example"))),
    ),
    "a bounce that a mission's official forwards": (
        from_(
            FRA,
            "Your letter bounced at our old box.\n\n---------- Forwarded message ---------\n"
            "From: Mail Delivery System <MAILER-DAEMON@mx.example>\nDate: Mon, 18 Mar 2024 at 10:00\n"
            "Subject: Undelivered Mail\nTo: <x@y.example>\n\n<old@fra.mission.example>: 550 5.1.1 No such box\n",
            subject="Fwd: Undelivered Mail",
        ),
        Outcome(REPLY, SubKind.FORWARD, {}, waits(ASKED)),
    ),
    "what capital wrote, passed on with a word": (
        from_(
            FRA,
            "Please find our capital's answer below.\n\n---------- Forwarded message ---------\n"
            "From: Desk <desk@mfa.example>\nDate: Tue, 19 Mar 2024 at 09:00\nSubject: Joint letter\n"
            "To: mission@fra.mission.example\n\nThe delegation may co-sponsor the draft.\n",
            subject="Fwd: Joint letter",
        ),
        Outcome(REPLY, SubKind.FORWARD, {}, waits(ASKED)),
    ),
    "a list that refuses it": (
        from_(
            "mission-staff-bounces@fra.mission.example",
            "Your request to the Mission-staff mailing list\n\n    Posting of your message titled \"Joint letter\"\n\n"
            "has been rejected by the list moderator. Questions: mission-staff-owner@fra.mission.example",
            "X-List-Administrivia: yes",
            "Precedence: bulk",
            subject="Request to mailing list Mission-staff rejected",
        ),
        Outcome(
            MailKind.AUTO_REPLY, SubKind.REJECTED, {"FRA": Answer.AUTO_REPLY}, waits(("problem", "FRA", "rejected"))
        ),
    ),
    "a delay": (
        report(recipient_group(FRA, "delayed", "4.4.1", "451 4.4.1 Connection timed out")),
        Outcome(MailKind.DELAYED, None, {}, waits()),
    ),
    "a complaint": (
        in_parts(
            "fbl@provider.example", (TEXT, "This is an abuse report."),
            ("message/feedback-report", f"Feedback-Type: abuse\nVersion: 1\nOriginal-Rcpt-To: {FRA}\n"),
            ("text/rfc822-headers", f"Message-ID: {OURS}\nSubject: Joint letter\n"),
            kind="report", more="; report-type=feedback-report", thread="",
        ),
        Outcome(MailKind.COMPLAINT, None, {}, waits(("opt-out", "FRA", FRA))),
    ),
    "thanks of two words": (
        from_(FRA, "Many thanks!"),
        Outcome(REPLY, None, YES, waits()),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MAILS)
def test_what_comes_of_it(name: str, sent, take_in, engine: Engine) -> None:
    for iso3 in ("FRA", "DEU", "ITA"):
        sent(iso3)
    raw, expected = MAILS[name]
    take_in(raw)
    with reading(engine) as session:
        (row,) = session.exec(select(Reply)).all()
        answered = {
            one.iso3: one.answer for one in session.exec(select(Response)).all() if one.answer is not Answer.NONE
        }
        bounced = {one.address for one in session.exec(select(Delivery)).all() if one.status is DeliveryStatus.BOUNCED}
        dead = {one.email for one in session.exec(select(Contact)).all() if one.bounced_at is not None}
        assert session.exec(select(Mission)).all()
    found = Outcome(
        row.kind, row.sub_kind, answered, frozenset((str(one.kind), one.iso3, one.value) for one in proposals(engine)),
        frozenset(bounced | dead), row.body if expected.words is not None else None,
    )  # fmt: skip
    assert found == expected
