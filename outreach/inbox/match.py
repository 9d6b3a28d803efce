"""Which of our letters an incoming mail is about, how sure that is, and why, in words.

Certain: a Message-ID of ours, the tag in our bounce address, or a sender that a person has put down to a mission.
Likely: an address that was written to, or stands in the directory, where that leaves one letter. In doubt: the
domain or the subject alone, or several letters; such a mail changes nothing, and waits for a person (see settle).
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlmodel import Session, col, func, or_, select

from outreach.campaigns.plan import frozen_bytes
from outreach.inbox.finding import Finding, NamedBy
from outreach.inbox.mime import parse
from outreach.inbox.words import addresses
from outreach.models import Confidence, Contact, KnownSender, MailKind, Message, MessageState, Recipient
from outreach.text import address_key, domain_to_ascii, folded

_MOST_IDS = 200
_IDS_AT_ONCE = 500
_MOST_ADDRESSES = 50
_MOST_CANDIDATES = 10
_CLOCKS_DIFFER = timedelta(days=1)
_REPORTS = frozenset([MailKind.BOUNCE, MailKind.DELAYED, MailKind.DELIVERED, MailKind.COMPLAINT])
# What programs and people put before the subject of an answer, in many languages.
_PREFIX = re.compile(
    r"\s*(?:\[[^\]]{0,40}\]|(?:re|fw|fwd|aw|wg|sv|vs|rép|rep|ref|réf|tr|rv|r|rif|odp"
    r"|отв|ответ|пересл|на|回复|回覆|答复|转发|轉寄|رد|إعادة توجيه"
    r"|auto|automatic reply|out of office"
    r"|réponse automatique|respuesta automática|автоответ|自动回复|رد تلقائي)\s?(?:\[\d+\])?\s?[:：])",
    re.IGNORECASE,
)
_TAG = re.compile(r"\+[a-z2-7]{16}@", re.IGNORECASE)
# Domains whose addresses say nothing of the mission that somebody writes for.
_ANYBODYS = frozenset(
    """
    gmail.com googlemail.com outlook.com hotmail.com live.com yahoo.com yahoo.fr icloud.com me.com gmx.com gmx.net
    gmx.ch gmx.de web.de mail.ru yandex.ru qq.com 163.com 126.com bluewin.ch proton.me protonmail.com aol.com orange.fr
    free.fr
    """.split()  # noqa: SIM905
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A letter that a mail may belong to."""

    message: Message
    why: str


@dataclass(frozen=True, slots=True)
class Match:
    """A letter of ours, or none, and the basis of that."""

    message: Message | None
    basis: str
    confidence: Confidence = Confidence.NONE
    proved: bool = False
    """Whether the mail bears the Message-ID or the tag of the letter: it must have arrived somewhere."""
    ours: bool = False
    """Whether the mail is one of our own, such as a copy in a Sent folder: it says nothing of the mission."""
    candidates: Sequence[Candidate] = field(default=())
    """Where it is in doubt: the letters that it may belong to."""


def named_letters(session: Session, findings: Iterable[Finding]) -> dict[str, Message]:
    """Return the letters that some mails name or are, by Message-ID: asked once for all of them."""
    names = {one for finding in findings for one in _names(finding)}
    wanted = sorted(names)
    found: dict[str, Message] = {}
    for start in range(0, len(wanted), _IDS_AT_ONCE):
        some = wanted[start : start + _IDS_AT_ONCE]
        rows = session.exec(select(Message).where(col(Message.message_id).in_(some))).all()
        found |= {message.message_id: message for message in rows}
    return found


def _names(finding: Finding) -> list[str]:
    return [one for one in (finding.message_id, finding.in_reply_to, *finding.references[:_MOST_IDS]) if one]


def match(session: Session, finding: Finding, letters: Mapping[str, Message]) -> Match:
    """Find the letter that a mail is about, within the session's transaction; `letters` are those that it names."""
    if finding.kind is MailKind.UNREADABLE:
        return Match(None, "")
    if finding.message_id in letters:
        return Match(None, "it is a letter of ours itself", ours=True)
    for name in (finding.in_reply_to, *finding.references):
        if name in letters:
            message = letters[name]
            ours = finding.kind not in _REPORTS and _is_ours(session, message, finding.sender)
            basis = _words(finding, name) + ("; but it comes from our own address" if ours else "")
            return Match(message, basis, Confidence.NONE if ours else Confidence.CERTAIN, proved=not ours, ours=ours)
    tagged = _by_tag(session, finding)
    if tagged is not None:
        return Match(tagged, "it came to the bounce address of that letter alone", Confidence.CERTAIN, proved=True)
    if finding.kind in _REPORTS:
        told = [one.address for one in finding.recipients]
        return _by_address(session, finding, told, "the address it reports on")
    return _by_sender(session, finding)


def base_subject(subject: str) -> str:
    """Return a subject for comparison: without `Re:` and the like, case, accents and punctuation."""
    for _ in range(10):
        shorter = _PREFIX.sub("", subject, count=1) if _PREFIX.match(subject) else subject
        if shorter == subject:
            break
        subject = shorter
    return folded(subject)


def _words(finding: Finding, name: str) -> str:
    if name == finding.in_reply_to and finding.named_by is NamedBy.RETURNED:
        return "the message it returns has our Message-ID"
    if name == finding.in_reply_to and finding.named_by is NamedBy.IN_REPLY_TO:
        return "its In-Reply-To names our Message-ID"
    return "its References name our Message-ID"


def _is_ours(session: Session, message: Message, sender: str) -> bool:
    """Tell whether the writer is the letter's own: the team's mail in the same thread is no answer to it."""
    if not sender:
        return False
    head = parse(frozen_bytes(session, message)[: 64 * 1024])
    written_as = [one for name in ("from", "reply-to") for one in addresses(head.get(name) if head else None)]
    return address_key(sender) in {address_key(one) for one in (*written_as, message.envelope_from)}


def _by_tag(session: Session, finding: Finding) -> Message | None:
    """Return the letter whose own bounce address the mail came to: outreach.letters.mime.tagged_address."""
    tagged = [one for one in (*finding.delivered_to, *finding.to) if _TAG.search(one)]
    if not tagged:
        return None
    wanted = list(dict.fromkeys(one.lower() for one in tagged))[:_MOST_ADDRESSES]
    found = session.exec(select(Message).where(func.lower(Message.envelope_from).in_(wanted))).all()
    return found[0] if len(found) == 1 else None


def _by_sender(session: Session, finding: Finding) -> Match:
    """Match a person's answer, or an automatic one, that names no letter."""
    key = address_key(finding.sender) if finding.sender else ""
    known = session.exec(select(KnownSender).where(KnownSender.address_key == key)).first() if key else None
    if known is not None:
        basis = f"{known.who} has put its sender down to {known.iso3}"
        found = _narrowed(_written(session, finding, col(Message.iso3) == known.iso3), finding)
        if found:
            latest = max(found, key=lambda one: one.id or 0)
            return Match(latest, basis, Confidence.CERTAIN)
    by_address = _by_address(session, finding, [finding.sender], "its sender")
    if by_address.message is not None or by_address.candidates:
        return by_address
    return _by_domain(session, finding)


def _by_address(session: Session, finding: Finding, told: list[str], who: str) -> Match:
    keys = list(dict.fromkeys(address_key(one) for one in told if one))[:_MOST_ADDRESSES]
    if not keys:
        return Match(None, "it names no letter of ours, and nobody we wrote to")
    shown = _short(", ".join(one for one in told if one))
    found = _written(session, finding, col(Recipient.address_key).in_(keys))
    basis = f"{who} ({shown}) was written to"
    if not found:
        missions = select(Contact.iso3).where(col(Contact.email_key).in_(keys))
        found = _written(session, finding, col(Message.iso3).in_(missions))
        basis = f"{who} ({shown}) is a contact of that mission"
    if not found:
        return Match(None, "it names no letter of ours, and nobody we wrote to")
    narrowed = _narrowed(found, finding)
    if len(narrowed) == 1:
        return Match(narrowed[0], f"{basis}{_only(found)}", Confidence.LIKELY)
    several = "several campaigns" if len({one.iso3 for one in narrowed}) == 1 else "several missions"
    return _doubt(narrowed, f"{basis} in {several}")


def _only(found: list[Message]) -> str:
    return " in this campaign only" if len(found) == 1 else "; of several letters this one has its subject"


def _by_domain(session: Session, finding: Finding) -> Match:
    """Match by the sender's domain: with the letter's subject it is likely, alone it is a doubt."""
    nothing = Match(None, "it names no letter of ours, and nobody we wrote to")
    domain = domain_to_ascii(finding.sender.rpartition("@")[2])
    if not domain or domain in _ANYBODYS:
        return _by_subject(session, finding) or nothing
    found = _written(session, finding, col(Recipient.address_key).like(f"%@{_escaped(domain)}", escape="\\"))
    parent = domain.partition(".")[2]
    if not found and parent.count(".") >= 1:
        found = _written(session, finding, col(Recipient.address_key).like(f"%@{_escaped(parent)}", escape="\\"))
    alike = [one for one in found if _same_subject(one, finding)]
    if len(alike) == 1:
        basis = f"its sender's domain ({_short(domain)}) is that of the mission, and its subject is the letter's"
        return Match(alike[0], basis, Confidence.LIKELY)
    if 0 < len(found) <= _MOST_CANDIDATES:
        return _doubt(found, f"its sender's domain ({_short(domain)}) is that of the mission")
    return _by_subject(session, finding) or nothing


def _by_subject(session: Session, finding: Finding) -> Match | None:
    """Put an answer with a letter's subject from somebody unknown before a person: colleagues answer from anywhere."""
    if finding.kind not in (MailKind.REPLY, MailKind.AUTO_REPLY) or not base_subject(finding.subject):
        return None
    went_out = [one for one in _subjects(session) if base_subject(one) == base_subject(finding.subject)]
    if not went_out:
        return None
    return Match(None, "its subject is a letter's, and its sender is not known", Confidence.DOUBTFUL)


def _subjects(session: Session) -> Iterable[str]:
    return session.exec(select(Message.subject).where(col(Message.sent_at).is_not(None)).distinct().limit(500)).all()


def _doubt(found: Sequence[Message], why: str) -> Match:
    candidates = [Candidate(one, why) for one in found[:_MOST_CANDIDATES]]
    return Match(None, why, Confidence.DOUBTFUL, candidates=candidates)


def _narrowed(found: list[Message], finding: Finding) -> list[Message]:
    """Return the letters of the mail's subject, where there are any; else all."""
    return [one for one in found if _same_subject(one, finding)] or found if len(found) > 1 else found


def _same_subject(message: Message, finding: Finding) -> bool:
    return bool(finding.subject) and base_subject(message.subject) == base_subject(finding.subject)


def _written(session: Session, finding: Finding, condition: object) -> list[Message]:
    """Return the letters that went out before the mail was written, and meet a condition."""
    went_out = or_(
        col(Message.state).in_([MessageState.SENT, MessageState.UNCERTAIN]), col(Message.sent_at).is_not(None)
    )
    query = (
        select(Message)
        .join(Recipient, col(Recipient.message_id) == col(Message.id))
        .where(condition, col(Message.replaced_at).is_(None), went_out)  # type: ignore[arg-type]
        .distinct()
        .order_by(col(Message.id))
    )
    found = session.exec(query).all()
    return [one for one in found if not _is_older(finding.date, one.sent_at or one.first_try_at)]


def _is_older(date: datetime | None, sent_at: datetime | None) -> bool:
    return date is not None and sent_at is not None and date < sent_at - _CLOCKS_DIFFER


def _escaped(domain: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", domain)


def _short(text: str) -> str:
    return re.sub(r"^(.{100}).+$", r"\1…", text)
