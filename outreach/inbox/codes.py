"""Status and reply codes, and whether a failure is final for the address (RFC 3463, RFC 5321)."""

import re
from collections.abc import Callable

from outreach.expressions import WordedExpression
from outreach.outbox.blame.refusals import RefusalReason, decided_by, reason_in, reason_of
from outreach.vocabulary import MailKind

# What looks behind comes after the first letter: an expression that begins with one is quick to look for.
STATUS = re.compile(r"([245])(?<![\w.].)\.([0-7])\.(\d{1,3})(?![\d.]*\d)")
"""An enhanced status code (RFC 3463, 2)."""
SMTP_CODE = re.compile(r"([245])(?<![\w.-].)\d\d(?=[ -])")
"""A reply code (RFC 5321, 4.2)."""
_NO_SUCH_BOX, _NO_SUCH_DOMAIN = "5.1.1", "5.1.2"

_AFTER_DATA = WordedExpression(r"in reply to (?:the )?(?:end of )?DATA|>>> ?DATA|after (?:end of )?data")
# With pipelining (RFC 2920) DATA may stand before the answer to RCPT TO; it is refused too, then.
_NO_RECIPIENT = WordedExpression(r"need rcpt|no valid recipients|rcpt first|\b503 ")
_AT_RCPT = WordedExpression(r"in reply to RCPT|after RCPT|following RCPT")
# What is said before RCPT TO is said of the sender or of his server, whatever its words.
_BEFORE_RECIPIENT = WordedExpression(
    r"in reply to (?:the )?(?:MAIL|HELO|EHLO|LHLO|AUTH|STARTTLS|initial server greeting)"
    r"|after (?:pipelined )?(?:MAIL FROM|HELO|EHLO|AUTH|initial connection)"
    r"|>>> ?(?:MAIL|HELO|EHLO|AUTH)\b(?!.*>>> ?(?:RCPT|DATA))|does not like sender",
    re.DOTALL,
)
# Sendmail says so of whatever a program that it calls could not do; the reason stands elsewhere, if anywhere.
_SAYS_NOTHING = re.compile(r"(?<=\.\.\. )Service unavailable\s*$", re.IGNORECASE)
_NOT_OF_ADDRESS = ("5.6.", "5.7.")
# What a notice explains to people may be one guess of several.
_PERHAPS = WordedExpression(
    r"\b(?:may|might|could be|perhaps|possibl[ey]|probabl[ey]|maybe|usually|commonly|common reasons?|vielleicht"
    r"|m[oö]glicherweise|wahrscheinlich|peut-[eê]tre|posiblemente|quiz[aá]s|talvez|forse|возможно)\b|可能"
)
_NO_MAIL_FOR_DOMAIN = "556"
"""RFC 7504, 4."""


def permanence(kind: MailKind, status: str, diagnostic: str, around: Callable[[], str] = str) -> bool | None:
    """Tell whether writing to the address again is useless; None where that is not certain, or nothing failed.

    The class comes first: of class 4, nothing is final (RFC 3463, 2; RFC 5321, 4.2.1). Class 5 says only that this
    letter will not arrive by itself: a full box and a refused sender are told so too. Then the stage: before RCPT TO
    nobody spoke of the address. Then the reason (outbox.blame.refusals): from a code that nobody stretches, else
    from the server's words, else from any code, else from what stands around, which is asked for only then. Names of
    addresses and hosts are no words.
    """
    if kind is not MailKind.BOUNCE:
        return False if kind is MailKind.DELAYED else None
    code = SMTP_CODE.search(diagnostic)
    if (status or (code[1] if code else "")).startswith("4"):
        # Tried in vain until the end, and the box was unknown each time: perhaps it is.
        reason = reason_in(diagnostic)
        return None if reason is not None and reason is reason_of(_NO_SUCH_BOX) else False
    if _BEFORE_RECIPIENT.search(diagnostic):
        return False
    diagnostic = _SAYS_NOTHING.sub("", diagnostic)
    told = (
        decided_by(status)
        or reason_in(diagnostic[code.start() :] if code else diagnostic, status)
        or (reason_in(diagnostic, status) if code else None)
        or reason_of(status)
    )
    reason = told or (None if status.startswith(_NOT_OF_ADDRESS) else reason_in(around()))
    if reason is None:
        return _by_class(status, code[0] if code else "")
    if reason.address_is_dead and (
        _may_be_of_another(reason, status, diagnostic, around) or (not told and _PERHAPS.search(around()))
    ):
        return None
    return reason.address_is_dead


def _by_class(status: str, code: str) -> bool | None:
    """Tell what codes alone say: of class 5.6 and 5.7, that the letter or its sender is refused (RFC 3463, 3)."""
    if status.startswith(_NOT_OF_ADDRESS):
        return False
    return True if code == _NO_MAIL_FOR_DOMAIN else None


def _may_be_of_another(reason: RefusalReason, status: str, diagnostic: str, around: Callable[[], str]) -> bool:
    """Tell whether words of a dead address may be said of something else.

    Beside a code of policy (5.7), an unknown domain may be the sender's. Filters, which speak after the letter, call
    users unknown too; unless the code is one of the address (5.1).
    """
    if reason is reason_of(_NO_SUCH_DOMAIN):
        codes = (status, *(found[0] for found in STATUS.finditer(diagnostic)))
        return any(one.startswith("5.7.") for one in codes)
    if status.startswith("5.1.") or reason is not reason_of(_NO_SUCH_BOX):
        return False
    told = diagnostic if _AT_RCPT.search(diagnostic) or _AFTER_DATA.search(diagnostic) else f"{diagnostic}\n{around()}"
    return _AFTER_DATA.search(told) is not None and not _NO_RECIPIENT.search(told)


def best_status(told: str, diagnostic: str) -> str:
    """Return the enhanced status of a recipient: the server's own words before what another system made of them."""
    match, words = STATUS.search(told), STATUS.search(diagnostic)
    if match is None or words is None:
        return (match or words or [""])[0]
    return words[0] if words[1] == match[1] and _precision(words[0]) >= _precision(match[0]) else match[0]


def _precision(status: str) -> int:
    """Return how much a code says: its class only, also the subject, or all (RFC 3463, 2)."""
    _, subject, detail = status.split(".")
    return 0 if subject == "0" else 1 if detail == "0" else 2
