"""What an incoming mail is: a bounce, a delay, a delivery, a complaint, an automatic answer, or a person's.

The order of the questions is the rule: standard reports first, then a mail system's own words, then automatic
answers. Whatever none of them claims for a reason is a person's answer, since to call one of those a bounce is
the worst mistake that can be made here. Words in a text or a subject alone never decide.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from outreach.clock import now
from outreach.inbox.automatic import says_rejected
from outreach.inbox.bounce import notice, told_id
from outreach.inbox.decoding import addresses, addresses_in, message_ids, moment
from outreach.inbox.dsn import (
    complaint_findings,
    delivery_findings,
    final_recipients,
    named_id,
    report_groups,
    returned_id,
    returned_subject,
)
from outreach.inbox.enclosed.attached import read_files
from outreach.inbox.enclosed.attached_notes import with_its_notes
from outreach.inbox.enclosed.enclosures import File
from outreach.inbox.enclosed.envelopes import ENCRYPTED, Seal, opened
from outreach.inbox.failed import split
from outreach.inbox.finding import MailFinding, NamedBy, Proposed, RecipientFinding
from outreach.inbox.meaning.meetings import Meeting, meeting
from outreach.inbox.meaning.people_told import person_to_turn_to
from outreach.inbox.meaning.proposals import proposed
from outreach.inbox.meaning.wishes import proposed_days
from outreach.inbox.mime_reader import MimePart, parse
from outreach.inbox.origin import Origin, origin
from outreach.inbox.proof import counts
from outreach.inbox.quoting.forwards import forward
from outreach.inbox.read import body_text, sealed, written
from outreach.inbox.returning import returns_on
from outreach.inbox.robots import STANDING, answers, is_standing, said, titled
from outreach.inbox.services import service_report
from outreach.inbox.sources import find
from outreach.inbox.who_speaks import answers_something, passes_on_a_robot, robot
from outreach.text import address_key, one_line
from outreach.vocabulary import Answering, MailKind, Position, SubKind

_DELIVERY = ("message/delivery-status", "message/global-delivery-status")
_FEEDBACK = ("message/feedback-report",)
_DELIVERED_TO = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-delivered-to")
_AGGREGATE = re.compile(
    r"[\w.-]{1,200}![\w.-]{1,200}!\d{1,12}!\d{1,12}[\w!.-]{0,100}\.(?:xml|json)(?:\.gz)?|[\w.!-]{1,300}!\d{1,12}!\d{1,12}[\w!.-]{0,60}\.zip"
)
_WORST_FIRST = (MailKind.BOUNCE, MailKind.DELAYED, MailKind.DELIVERED)
_WITH_FILES = (MailKind.REPLY, MailKind.AUTO_REPLY)
_TELLS_A_DAY = (None, SubKind.AWAY)
_TELLS_ANOTHER = (SubKind.LEFT, SubKind.CLOSED)
_DISPOSITIONS = {"displayed": SubKind.DISPLAYED, "deleted": SubKind.DELETED}
"""What a note says became of a mail (RFC 8098, 3.2.6.2); of others, such as `processed`, only that it arrived."""
_DISPOSITION = ("message/disposition-notification", "message/global-disposition-notification")


def classify(raw: bytes) -> MailFinding:
    """Understand one incoming mail. Takes any bytes, in bounded time, and never raises."""
    return classified(raw)[0]


def classified(raw: bytes) -> tuple[MailFinding, MimePart | None]:
    """Do what `classify` does, and return the mail's parts with it; None for a mail that is unreadable."""
    try:
        mail = parse(raw)
        if mail is None:
            return MailFinding(MailKind.UNREADABLE), None
        return _understood(opened(mail)), mail
    except Exception:  # noqa: BLE001  (whatever is wrong with it, this mail is kept and listed, and the next one read)
        return MailFinding(MailKind.UNREADABLE), None


def understand(raw: bytes) -> MailFinding:
    """Do what `classify` does, but let a fault of our own be seen."""
    mail = parse(raw)
    return MailFinding(MailKind.UNREADABLE) if mail is None else _understood(opened(mail))


def _understood(mail: MimePart) -> MailFinding:
    sender = origin(mail)
    for question in _QUESTIONS:
        claim = question(mail, sender)
        if claim is not None:
            return _finding(mail, sender, claim)
    return _finding(mail, sender, _by_words(mail, sender))


def classify_paths(paths: Iterable[Path]) -> Iterator[dict[str, Any]]:
    """Yield what each mail of some files, folders, Maildirs and mbox files is, as `inbox classify` prints it.

    In the order in which the paths are named. A file that can't be read as a mail is `unreadable`.
    Raises NotFoundError for a path that is not there, before anything is read.
    """
    for item in find(paths):
        try:
            finding, mail = (MailFinding(MailKind.UNREADABLE), None) if item.fault else classified(item.read())
        except OSError:
            finding, mail = MailFinding(MailKind.UNREADABLE), None
        files = read_files(mail) if mail is not None and finding.kind in _WITH_FILES else ()
        yield _shown(item.name, with_its_notes(finding, files), files)


def _shown(name: str, finding: MailFinding, files: Iterable[File]) -> dict[str, Any]:
    return {
        "file": name,
        "kind": finding.kind.value,
        "sub_kind": finding.sub_kind.value if finding.sub_kind else None,
        "counts_as_answer": finding.counts.value,
        "position": finding.proposes.position.position.value if finding.proposes.position else None,
        "recipients": [
            {"address": one.address, "status": one.status, "permanent": one.permanent, "diagnostic": one.diagnostic}
            for one in finding.recipients
        ],
        **_wishes(finding),
        "person": _person_told(finding),
        "in_reply_to": finding.in_reply_to,
        "text": finding.text,
        "attachments": [{"name": one.name, "kind": one.kind.value, "words": one.words} for one in files],
    }


def _wishes(finding: MailFinding) -> dict[str, str | None]:
    """The meeting that is offered, and the day to come back to, as they would be proposed."""
    meeting, come_back = proposed_days(finding, finding.date or now())
    return {"meeting": meeting.value if meeting else None, "come_back": come_back.value if come_back else None}


def _person_told(finding: MailFinding) -> str | None:
    """Whether a successor or a deputy is named, by the sentence that does."""
    told = person_to_turn_to(finding.text) if finding.kind is MailKind.REPLY else None
    return f"{told.sort}: {told.words}" if told else None


class _Claim(NamedTuple):
    """What a mail is, by the first question that knows it."""

    kind: MailKind
    recipients: tuple[RecipientFinding, ...] = ()
    about: str = ""
    """The Message-ID that a report names, where it names one."""
    text: str = ""
    returns_on: date | None = None
    proposes: Proposed = Proposed()
    sub_kind: SubKind | None = None
    new_addresses: tuple[str, ...] = ()
    doubtful: bool = False
    """Whether nothing in it shows that it answers anything."""
    above: str = ""
    """Of a forward: the words of who passes it on."""
    writer: str = ""
    """Of a forward: who wrote what is passed on."""
    named: tuple[str, ...] = ()
    """The Message-IDs that the mail which is passed on answers."""
    meeting: Meeting | None = None
    written_on: date | None = None


def _finding(mail: MimePart, sender: Origin, claim: _Claim) -> MailFinding:
    """Return what was claimed, with what the header tells."""
    answered = message_ids(mail.get("in-reply-to"))
    thread = _in_all(mail, "references", message_ids)[-200:]
    nearest = answered[:1] or thread[-1:]
    named_by = NamedBy.IN_REPLY_TO if answered else NamedBy.REFERENCES if thread else NamedBy.NOTHING
    to = _in_all(mail, "to", addresses)
    delivered_to = [one for name in _DELIVERED_TO if name in mail.fields for one in _in_all(mail, name, addresses)]
    return MailFinding(
        kind=claim.kind,
        recipients=claim.recipients,
        in_reply_to=claim.about or (nearest[0] if nearest else ""),
        named_by=NamedBy.RETURNED if claim.about else named_by,
        text=claim.text,
        sender=sender.address,
        to=to + _in_all(mail, "cc", addresses),
        delivered_to=(*to, *delivered_to)[:50],
        subject=sender.subject,
        returns_on=claim.returns_on,
        date=moment(mail.get("date")),
        message_id=next(iter(message_ids(mail.get("message-id"))), ""),
        references=tuple(dict.fromkeys([*answered, *reversed(thread), *claim.named]))[:200],
        proposes=claim.proposes,
        sub_kind=claim.sub_kind,
        counts=_counts(sender, claim),
        returned_subject=returned_subject(mail) if claim.about else "",
        above=claim.above,
        writer=claim.writer,
        new_addresses=claim.new_addresses,
        meeting=claim.meeting,
        written_on=claim.written_on,
    )


def _counts(sender: Origin, claim: _Claim) -> Answering:
    """Tell whether a mail counts as an answer; one that does not say who writes, or answers nothing, is doubtful."""
    found = counts(claim.kind, claim.sub_kind)
    if claim.kind is not MailKind.REPLY or (sender.address and not claim.doubtful):
        return found
    receipt = claim.doubtful and claim.sub_kind is SubKind.RECEIPT
    return Answering.DOUBTFUL if found is Answering.YES or receipt else found


def _in_all(mail: MimePart, name: str, found: Callable[[str], tuple[str, ...]]) -> tuple[str, ...]:
    """Return what is found in every field of a name."""
    if name not in mail.fields:
        return ()
    values = mail.all(name)
    return found(values[0]) if len(values) == 1 else tuple(one for value in values for one in found(value))


def _is_report(mail: MimePart, sort: str) -> bool:
    return mail.type == "multipart/report" and mail.parameters.get("report-type", "").lower() == sort


def _complaint(mail: MimePart, sender: Origin) -> _Claim | None:
    """RFC 5965."""
    report = report_groups(mail, *_FEEDBACK)
    if not report or not (_is_report(mail, "feedback-report") or sender.machine):
        return None
    return _Claim(MailKind.COMPLAINT, complaint_findings(report), returned_id(mail))


def _service(mail: MimePart, sender: Origin) -> _Claim | None:
    found = service_report(mail, sender.subject)
    return _Claim(found.kind, found.recipients, found.returned_id) if found else None


def _delivery_report(mail: MimePart, sender: Origin) -> _Claim | None:
    """RFC 3464. In a mail of another type its parts count only if a mail system speaks: people forward reports."""
    report = report_groups(mail, *_DELIVERY)
    if not report or not (mail.type == "multipart/report" or sender.machine):
        return None
    recipients = delivery_findings(report, lambda: split(body_text(mail))[0])
    kinds = [one.kind for one in recipients]
    kind = next((one for one in _WORST_FIRST if one in kinds), None)
    return _Claim(kind, recipients, returned_id(mail) or named_id(report)) if kind else None


def _disposition(mail: MimePart, sender: Origin) -> _Claim | None:
    """RFC 8098: a note that a mail was displayed or deleted; RFC 5429: that the receiver's rules refuse it."""
    report = report_groups(mail, *_DISPOSITION)
    if not report or not (_is_report(mail, "disposition-notification") or sender.machine):
        return None
    about = named_id(report) or returned_id(mail)
    told = [group["disposition"].lower() for group in report if "disposition" in group]
    text = body_text(mail)
    words = said(f"{sender.subject}\n{text}")
    if says_rejected(mail) or (
        "rejected" in words and any("deleted" in one for one in told) and not titled(sender.subject, "not_read")
    ):
        refused = tuple(RecipientFinding(one, "", None, one_line(text)[:1000]) for one in final_recipients(report))
        return _Claim(
            MailKind.BOUNCE,
            refused or (RecipientFinding("", "", None, one_line(text)[:1000]),),
            about,
            sub_kind=SubKind.REJECTED,
        )
    kinds = {one.rpartition(";")[2].partition("/")[0].strip() for one in told}
    sub_kind = next((kind for name, kind in _DISPOSITIONS.items() if name in kinds), SubKind.PROCESSED)
    arrived = tuple(RecipientFinding(one, kind=MailKind.DELIVERED) for one in final_recipients(report))
    return _Claim(MailKind.AUTO_REPLY, arrived, about, sub_kind=sub_kind)


def _notice(mail: MimePart, sender: Origin) -> _Claim | None:
    found = notice(mail, sender)
    return _Claim(found.kind, found.recipients, found.returned_id) if found else None


def _monitoring(mail: MimePart, sender: Origin) -> _Claim | None:
    """A mail provider's report on our own domain: DMARC (RFC 7489, 7.2.1) or TLS (RFC 8460, 5.3)."""
    titled_so = sender.subject.lower().startswith(("report domain:", "report-domain:"))
    names = (part.named() for part in mail.own() if part.filename)
    if titled_so or _is_report(mail, "tlsrpt") or any(map(_AGGREGATE.fullmatch, names)):
        return _Claim(MailKind.AUTO_REPLY, text=written(mail), sub_kind=SubKind.MONITORING)
    return None


def _by_words(mail: MimePart, sender: Origin) -> _Claim:
    """What a program says, told by header and words together (see outreach.inbox.robots); else it is a person's."""
    text = written(mail)
    words = said(f"{sender.subject}\n{text}")
    found = robot(mail, sender, words, tells=lambda: proposed(text).position is not None)
    if found is None:
        return _person(mail, sender, text, words)
    kind, sub_kind = found
    back = None
    new: tuple[str, ...] = ()
    if sub_kind in _TELLS_A_DAY:
        back = returns_on(f"{sender.subject}\n{text}", (moment(mail.get("date")) or now()).date())
    if sub_kind in _TELLS_ANOTHER:
        own = {address_key(one) for one in (sender.address, *_in_all(mail, "to", addresses))}
        new = tuple(dict.fromkeys(one for one in addresses_in(text) if address_key(one) not in own))[:3]
    about = told_id(body_text(mail)) if kind is MailKind.AUTO_REPLY else ""
    # People speak of ticket numbers too, and of what is done in due course.
    unsure = sub_kind is None or (sub_kind is SubKind.RECEIPT and "by itself" not in words)
    return _Claim(
        kind, about=about, text=text, returns_on=back, sub_kind=sub_kind, new_addresses=new,
        proposes=proposed(text) if kind is MailKind.REPLY else Proposed(), doubtful=unsure,
        meeting=meeting(mail) if kind is MailKind.REPLY else None,
    )  # fmt: skip


def _undecided(proposes: Proposed) -> bool:
    return proposes.position is None or proposes.position.position is Position.UNDECIDED


def _person(mail: MimePart, sender: Origin, text: str, words: frozenset[str]) -> _Claim:
    """What a person says, by their own words and what these propose; or what they pass on. `words` are what programs
    say, of that which the mail does."""
    passed_on = forward(mail, sender.subject)
    if passed_on is not None:
        proposes = proposed(passed_on.words)
        robotic = passes_on_a_robot(passed_on.text, said(passed_on.text), tells=proposes.position is not None)
        return _Claim(
            MailKind.REPLY, text=passed_on.text, above=passed_on.above, proposes=proposes, sub_kind=SubKind.FORWARD,
            doubtful=robotic, writer=passed_on.writer, named=passed_on.named, written_on=passed_on.written_on,
        )  # fmt: skip
    proposes = proposed(text)
    # Programs of many sorts write into the thread under a subject of their own, and no field says so.
    doubtful = not answers(sender.subject) and not (proposes.position and answers_something(mail, sender))
    # A registry answers in the thread, too, and says no more than that it came.
    registry = _undecided(proposes) and bool(words & STANDING) and is_standing(text)
    doubtful = doubtful or registry
    around = sealed(mail)
    doubtful = doubtful or (not text and Seal.TNEF in around)  # a package without words that could be read
    # Words beside what is encrypted are as a rule a signature: a person looks at it.
    sub_kind = SubKind.ENCRYPTED if proposes.position is None and ENCRYPTED.intersection(around) else None
    if registry and "receipt" in words:
        sub_kind = SubKind.RECEIPT
    return _Claim(
        MailKind.REPLY, text=text, proposes=proposes, sub_kind=sub_kind, doubtful=doubtful, meeting=meeting(mail)
    )  # fmt: skip


_QUESTIONS: tuple[Callable[[MimePart, Origin], _Claim | None], ...] = (
    _complaint,
    _service,
    _delivery_report,
    _disposition,
    _notice,
    _monitoring,
)
