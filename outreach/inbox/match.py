"""Which of our letters an incoming mail is about, how sure that is, and why, in words.

Certain: a Message-ID of ours, the tag in our bounce address, or a sender that a person has put down to a mission.
Likely: an address that was written to, or stands in the directory, where that leaves one letter. In doubt: the
domain or the subject alone, or several letters; such a mail changes nothing, and waits for a person (see settle).
"""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple, Protocol

from outreach.inbox.finding import MailFinding, NamedBy
from outreach.inbox.known import ANYBODYS, REPORTS, KnownLetter, KnownLetters, names_of, tags_of
from outreach.inbox.proof import RECEIPTS
from outreach.inbox.quoting.passed_on import is_of
from outreach.inbox.robots import answers
from outreach.sentences import KeptSentence
from outreach.text import address_key, domain_of, folded
from outreach.vocabulary import Confidence, MailKind, Speaker

_MOST_CANDIDATES = 10
_CLOCKS_DIFFER = timedelta(days=1)
# What programs and people put before the subject of an answer, in many languages.
_PREFIX = re.compile(
    r"\s*(?:\[[^\]]{0,40}\]|(?:re|fw|fwd|aw|wg|sv|vs|rép|rep|ref|réf|tr|rv|r|rif|odp"
    r"|отв|ответ|пересл|на|回复|回覆|答复|转发|轉寄|رد|إعادة توجيه"
    r"|auto|automatic reply|out of office"
    r"|réponse automatique|respuesta automática|автоответ|自动回复|رد تلقائي)\s?(?:\[\d+\])?\s?[:：])",
    re.IGNORECASE,
)


class Candidate(NamedTuple):
    """A letter that a mail may belong to."""

    letter: KnownLetter
    why: str


class Match(NamedTuple):
    """A letter of ours, or none, and the basis of that."""

    letter: KnownLetter | None
    basis: str
    confidence: Confidence = Confidence.NONE
    proved: bool = False
    """Whether the mail bears the Message-ID or the tag of the letter: it must have arrived somewhere."""
    ours: bool = False
    """Whether the mail is one of our own, such as a copy in a Sent folder: it says nothing of the mission."""
    candidates: Sequence[Candidate] = ()
    """Where it is in doubt: the letters that it may belong to."""
    speaker: Speaker = Speaker.NOBODY
    """Who speaks, of the mission that the letter went to."""


def match(finding: MailFinding, known: KnownLetters) -> Match:
    """Find the letter that a mail is about, among what is known of the mails taken in with it, and tell who speaks.

    What a colleague passes on is its writer's: the colleague is never taken for a mission.
    """
    if finding.kind is MailKind.UNREADABLE:
        return Match(None, "")
    if finding.message_id in known.named:
        return Match(None, KeptSentence("match.itself", "it is a letter of ours itself"), ours=True)
    if _is_of_the_archive(finding, known):
        return Match(None, KeptSentence("match.archive", "it is about the archive's copy of a letter"), ours=True)
    if finding.kind in REPORTS or finding.sub_kind in RECEIPTS:
        return _of_report(finding, known)
    writer = finding.writer if finding.writer and not known.is_team(finding.writer) else ""
    who = writer if writer and known.is_team(finding.sender) else finding.sender
    found = _of_words(finding, known, who)
    if found.letter is None:
        return _of_the_writer(finding, known, writer, found) if writer and who != writer and not found.ours else found
    if writer and not is_of(writer, found.letter.iso3, known):
        theirs = [one for one in _letters_of(finding, known, writer) if one.iso3 != found.letter.iso3]
        if theirs:  # one mission's official shows us what another mission wrote
            why = KeptSentence(
                "match.of-another", "{who} passes on what {writer} of another mission wrote",
                who=_short(finding.sender), writer=_short(writer),
            )  # fmt: skip
            return _doubt([found.letter, *theirs], why)
    speaker = known.speaker(who, found.letter.iso3)
    by_another = writer and (who == writer or not is_of(who, found.letter.iso3, known))
    if by_another and is_of(writer, found.letter.iso3, known):
        passed_on = KeptSentence("match.passed-on", "{who} passes it on", who=_short(finding.sender))
        return found._replace(speaker=Speaker.PASSED_ON, basis=KeptSentence.joined([found.basis, passed_on]))
    if speaker is Speaker.STRANGER:
        but = KeptSentence("match.stranger", "but {who} is no address of the mission", who=_short(who))
        return found._replace(speaker=speaker, basis=KeptSentence.joined([found.basis, but]))
    return found._replace(speaker=speaker)


def _letters_of(finding: MailFinding, known: KnownLetters, writer: str) -> list[KnownLetter]:
    """Return the letters that whoever wrote what is passed on may answer."""
    found = _by_sender(finding, known, writer)
    return [found.letter] if found.letter is not None else [one.letter for one in found.candidates]


def _of_the_writer(finding: MailFinding, known: KnownLetters, writer: str, found: Match) -> Match:
    """Match what somebody passes on whom no mission is known for: a person says whether it is its writer's answer."""
    theirs = _letters_of(finding, known, writer)
    if not theirs:
        return found
    why = KeptSentence(
        "match.of-the-writer", "{who}, whom nobody knows, passes on what {writer} wrote",
        who=_short(finding.sender), writer=_short(writer),
    )  # fmt: skip
    return _doubt(list(dict.fromkeys([*theirs, *(one.letter for one in found.candidates)])), why)


def _of_report(finding: MailFinding, known: KnownLetters) -> Match:
    """Match what a mail system says: by the letter's name or tag, else by the address that it reports on."""
    for name in names_of(finding):
        if name in known.named:
            return Match(known.named[name], _words(finding, name), Confidence.CERTAIN, proved=True)
    tagged = known.tagged(tags_of(finding))
    if len(tagged) == 1:
        return Match(tagged[0], _TAGGED, Confidence.CERTAIN, proved=True)
    found = _by_address(finding, known, [one.address for one in finding.recipients], _reported)
    if finding.named_by is NamedBy.RETURNED and found.letter is not None:
        # Some servers write a Message-ID of their own into what they take: then the subject has to be the letter's.
        about = finding.returned_subject
        if about and base_subject(about) != base_subject(found.letter.subject):
            other = KeptSentence(
                "match.returned-other", "the message that it returns is none of our letters ({subject})",
                subject=_short(about),
            )  # fmt: skip
            return Match(None, other)
        renamed = KeptSentence("match.renamed", "the message that it returns has another Message-ID")
        return found._replace(basis=KeptSentence.joined([found.basis, renamed]))
    return found


def _of_words(finding: MailFinding, known: KnownLetters, who: str) -> Match:
    """Match what a person says, or a program that answers."""
    named = _once_a_mission(known.named[name] for name in names_of(finding) if name in known.named)
    if who and known.is_team(who) and (named or finding.kind is not MailKind.REPLY):
        basis = KeptSentence.joined([_words(finding, named[0].message_id), _BUT_OURS]) if named else _OUR_OWN
        return Match(named[0] if named else None, basis, Confidence.NONE, ours=True, speaker=Speaker.OURS)
    if len(named) > 1:
        return _doubt(named, KeptSentence("match.several", "it answers letters to several missions"))
    if named:
        return Match(named[0], _words(finding, named[0].message_id), Confidence.CERTAIN, proved=True)
    tagged = known.tagged(tags_of(finding))
    if len(tagged) == 1:
        return Match(tagged[0], _TAGGED, Confidence.CERTAIN, proved=True)
    return _by_sender(finding, known, who)


_RETURNED = KeptSentence("match.returned", "the message it returns has our Message-ID")
_IN_REPLY_TO = KeptSentence("match.in-reply-to", "its In-Reply-To names our Message-ID")
_REFERENCES = KeptSentence("match.references", "its References name our Message-ID")
_TAGGED = KeptSentence("match.tagged", "it came to the bounce address of that letter alone")
_OUR_OWN = KeptSentence("match.ours", "it comes from our own address")
_BUT_OURS = KeptSentence("match.but-ours", "but it comes from our own address")
_NOBODY = KeptSentence("match.nobody", "it names no letter of ours, and nobody we wrote to")


def _once_a_mission(letters: Iterable[KnownLetter]) -> list[KnownLetter]:
    """Return the first letter to each mission: the nearest that a mail names."""
    found: dict[str, KnownLetter] = {}
    for one in letters:
        found.setdefault(one.iso3, one)
    return list(found.values())


@lru_cache(maxsize=1024)
def base_subject(subject: str) -> str:
    """Return a subject for comparison: without `Re:` and the like, case, accents and punctuation."""
    for _ in range(10):
        shorter = _PREFIX.sub("", subject, count=1) if _PREFIX.match(subject) else subject
        if shorter == subject:
            break
        subject = shorter
    return folded(subject)


def _words(finding: MailFinding, name: str) -> str:
    if name == finding.in_reply_to and finding.named_by is NamedBy.RETURNED:
        return _RETURNED
    if name == finding.in_reply_to and finding.named_by is NamedBy.IN_REPLY_TO:
        return _IN_REPLY_TO
    return _REFERENCES


def _is_of_the_archive(finding: MailFinding, known: KnownLetters) -> bool:
    """Tell whether a mail is about the archive's copy, and no letter: a report on it, or the archive's answer."""
    if not known.archives:
        return False
    if finding.kind in REPORTS:
        told = {address_key(one.address) for one in finding.recipients}
        return bool(told) and told <= known.archives
    return bool(finding.sender) and address_key(finding.sender) in known.archives


def _by_sender(finding: MailFinding, known: KnownLetters, sender: str) -> Match:
    """Match a person's answer, or an automatic one, that names no letter."""
    settled = known.senders.get(address_key(sender)) if sender else None
    if settled is not None:
        iso3, who = settled
        found = _narrowed(_earlier(known.to_mission(iso3), finding), finding)
        if found:
            basis = KeptSentence("match.settled", "{who} has put its sender down to {iso3}", who=who, iso3=iso3)
            return Match(found[-1], basis, Confidence.CERTAIN)
    by_address = _by_address(finding, known, [sender], _writes)
    if by_address.letter is not None:
        # The mission's own address, with an answer to this very subject: that it is about this letter leaves no doubt.
        sure = answers(finding.subject) and _same_subject(by_address.letter, finding)
        return by_address._replace(confidence=Confidence.CERTAIN) if sure else by_address
    return by_address if by_address.candidates else _by_domain(finding, known, sender)


def _writes(address: str, *, contact: bool) -> KeptSentence:
    """Why a letter is meant whose recipient, or whose mission's contact, writes."""
    if contact:
        return KeptSentence(
            "match.sender-contact", "its sender ({address}) is a contact of that mission", address=address
        )
    return KeptSentence("match.sender", "its sender ({address}) was written to", address=address)


def _reported(address: str, *, contact: bool) -> KeptSentence:
    """Why a letter is meant whose recipient, or whose mission's contact, a server tells of."""
    if contact:
        return KeptSentence(
            "match.reported-contact", "the address it reports on ({address}) is a contact of that mission",
            address=address,
        )  # fmt: skip
    return KeptSentence("match.reported", "the address it reports on ({address}) was written to", address=address)


class _Why(Protocol):
    """What tells why a letter is meant, by the address that was written to, or by that of its mission's contact."""

    def __call__(self, address: str, *, contact: bool) -> KeptSentence: ...


def _by_address(finding: MailFinding, known: KnownLetters, told: list[str], why: _Why) -> Match:
    keys = [address_key(one) for one in told if one][: _MOST_CANDIDATES * 5]
    if not keys:
        return Match(None, _NOBODY)
    found = _earlier(known.written_to(keys), finding)
    contact = not found
    if contact:
        found = _earlier(known.in_directory(keys), finding)
    if not found:
        return Match(None, _NOBODY)
    basis = why(_short(", ".join(one for one in told if one)), contact=contact)
    narrowed = _narrowed(found, finding)
    if len(narrowed) == 1:
        only = (
            KeptSentence("match.only", "{basis} in this campaign only", basis=basis)
            if len(found) == 1
            else KeptSentence("match.by-subject", "{basis}; of several letters this one has its subject", basis=basis)
        )
        return Match(narrowed[0], only, Confidence.LIKELY)
    if finding.kind in REPORTS and len({(one.iso3, base_subject(one.subject)) for one in narrowed}) == 1:
        # A letter and its reminders: which of them came back changes little, that one did is put before a person.
        last = KeptSentence("match.thread", "{basis}, more than once in this thread: the last is taken", basis=basis)
        return Match(narrowed[-1], last, Confidence.LIKELY)
    if len({one.iso3 for one in narrowed}) == 1:
        return _doubt(narrowed, KeptSentence("match.campaigns", "{basis} in several campaigns", basis=basis))
    return _doubt(narrowed, KeptSentence("match.missions", "{basis} in several missions", basis=basis))


def _by_domain(finding: MailFinding, known: KnownLetters, sender: str) -> Match:
    """Match by the sender's domain: with the letter's subject it is likely, alone it is a doubt."""
    nothing = Match(None, _NOBODY)
    domain = domain_of(sender)
    if not domain or domain in ANYBODYS:
        return _by_subject(finding, known) or nothing
    found = _earlier(known.at_domain(domain), finding)
    parent = domain.partition(".")[2]
    if not found and parent.count(".") >= 1:
        found = _earlier(known.at_domain(parent), finding)
    alike = [one for one in found if _same_subject(one, finding)]
    if len(alike) == 1:
        basis = KeptSentence(
            "match.domain-and-subject",
            "its sender's domain ({domain}) is that of the mission, and its subject is the letter's",
            domain=_short(domain),
        )
        return Match(alike[0], basis, Confidence.LIKELY)
    if 0 < len(found) <= _MOST_CANDIDATES:
        theirs = KeptSentence(
            "match.domain", "its sender's domain ({domain}) is that of the mission", domain=_short(domain)
        )
        return _doubt(found, theirs)
    return _by_subject(finding, known) or nothing


def _by_subject(finding: MailFinding, known: KnownLetters) -> Match | None:
    """Put an answer with a letter's subject from somebody unknown before a person: colleagues answer from anywhere."""
    about = base_subject(finding.subject)
    if finding.kind not in (MailKind.REPLY, MailKind.AUTO_REPLY) or not about:
        return None
    if all(base_subject(one) != about for one in known.subjects):
        return None
    unknown = KeptSentence("match.subject", "its subject is a letter's, and its sender is not known")
    return Match(None, unknown, Confidence.DOUBTFUL)


def _doubt(found: Sequence[KnownLetter], why: str) -> Match:
    candidates = [Candidate(one, why) for one in found[:_MOST_CANDIDATES]]
    return Match(None, why, Confidence.DOUBTFUL, candidates=candidates)


def _narrowed(found: list[KnownLetter], finding: MailFinding) -> list[KnownLetter]:
    """Return the letters of the mail's subject, where there are any; else all."""
    return [one for one in found if _same_subject(one, finding)] or found if len(found) > 1 else found


def _same_subject(letter: KnownLetter, finding: MailFinding) -> bool:
    return bool(finding.subject) and base_subject(letter.subject) == base_subject(finding.subject)


def _earlier(letters: list[KnownLetter], finding: MailFinding) -> list[KnownLetter]:
    """Return the letters that went out before the mail was written."""
    return [one for one in letters if not _is_older(finding.date, one.sent_at or one.first_try_at)]


def _is_older(date: datetime | None, sent_at: datetime | None) -> bool:
    return date is not None and sent_at is not None and date < sent_at - _CLOCKS_DIFFER


def _short(text: str) -> str:
    return re.sub(r"^(.{100}).+$", r"\1…", text)
