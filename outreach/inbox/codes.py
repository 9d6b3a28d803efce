"""Status and reply codes, and whether a failure is final for the address (RFC 3463, RFC 5321)."""

import re
from collections.abc import Callable

from outreach.outbox.refusals import Refusal, reason_in, reason_of
from outreach.vocabulary import MailKind

STATUS = re.compile(r"(?<![\w.])([245])\.([0-7])\.(\d{1,3})(?![\d.]*\d)")
"""An enhanced status code (RFC 3463, 2)."""
SMTP_CODE = re.compile(r"(?<![\d.\w-])([245])\d\d(?=[ -])")
"""A reply code (RFC 5321, 4.2)."""


# Codes whose registered meaning (RFC 3463, 3; RFC 5248) is not stretched by those who use them.
_PLAIN = frozenset(["5.1.6", "5.1.7", "5.1.8", "5.2.2", "5.2.3", "5.3.4"])
_AFTER_DATA = re.compile(r"in reply to (?:the )?(?:end of )?DATA|>>> ?DATA|after (?:end of )?data", re.IGNORECASE)
# With pipelining (RFC 2920) DATA may stand before the answer to RCPT TO; it is refused too, then.
_NO_RECIPIENT = re.compile(r"need rcpt|no valid recipients|rcpt first|\b503 ", re.IGNORECASE)
_AT_RCPT = re.compile(r"\bRCPT\b|does not like recipient", re.IGNORECASE)


# Sendmail says so of whatever a program that it calls could not do; the reason stands elsewhere, if anywhere.
_SAYS_NOTHING = re.compile(r"(?<=\.\.\. )Service unavailable\s*$", re.IGNORECASE)


def permanence(kind: MailKind, status: str, diagnostic: str, around: Callable[[], str] = str) -> bool | None:
    """Tell whether writing to the address again is useless, as far as anything says so; None where nothing failed.

    A code of class 4 says that it is not (RFC 3463, 2; RFC 5321, 4.2.1). Class 5 says only that this letter will
    not arrive by itself: a full box and a refused sender are told so too. So the reason decides: see
    outreach.outbox.refusals. It is read from a code that leaves no doubt, else in the server's words, else from any
    code, else from what stands around, which is asked for only then.
    """
    if kind is not MailKind.BOUNCE:
        return False if kind is MailKind.DELAYED else None
    code = SMTP_CODE.search(diagnostic)
    if (status or (code[1] if code else "")).startswith("4"):
        return False
    diagnostic = _SAYS_NOTHING.sub("", diagnostic)
    answer = diagnostic[code.start() :] if code else diagnostic
    reason = (
        reason_of(status if status in _PLAIN else "")
        or reason_in(answer, status)
        or (reason_in(diagnostic, status) if code else None)
        or reason_of(status)
        or reason_in(around())
    )
    if reason is not None:
        return reason.address_is_dead and not _may_be_a_filter(reason, status, diagnostic, around)
    if status and not (status == "5.0.0" and code):
        return status.startswith(("5.0.", "5.1."))
    return code is not None and code[0] in ("550", "551", "553", "556")


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


def _may_be_a_filter(reason: Refusal, status: str, diagnostic: str, around: Callable[[], str]) -> bool:
    """Tell whether `user unknown` may be said of a letter rather than of its address.

    Filters use these words too. They are taken at their word where a code of the address says so (RFC 3463, 3.2),
    where they name the address, or where they answer RCPT TO; not where they come after the letter.
    """
    if status.startswith("5.1.") or reason is not reason_of("5.1.1"):
        return False
    said = f"{diagnostic}\n{around()}"
    if _AFTER_DATA.search(said) and not _NO_RECIPIENT.search(said):
        return True
    if _AT_RCPT.search(said):
        return False
    code = SMTP_CODE.search(diagnostic)
    named = "@" in (diagnostic[code.start() :] if code else said)
    return status.startswith(("5.2.", "5.3.")) or (status in ("", "5.0.0") and not named)
