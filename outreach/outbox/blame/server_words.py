"""A mail server's words without the names that stand in them: an address, a host, a link are no words.

`<mailbox.full@x.example>: no such user` says nothing of a full box, and `blocked.listed.example said:` of no list.
"""

import re

from outreach.expressions import WordedExpression

_URL = re.compile(r"\b(?:https?|ftp)://[^\s<>\"]*|\bwww\.[^\s<>\"]*", re.IGNORECASE)
_QUOTED_LOCAL = re.compile(r"\"[^\"\n]{1,64}\"@")
_ADDRESS = re.compile(r"(?<![^\s<>()\[\]{}\"'`,;:|=])[^\s<>()\[\]{}\"'`,;:|=@]{0,250}@[\w.-]{0,250}")
# Between angle brackets or quotes, one piece without a blank: a box's name.
_NAMED = re.compile(r"<[\w.+@-]{1,250}>|(?<!\w)(?:\"[\w.+-]{1,64}\"|'[\w.+-]{1,64}'(?!\w)|[“«‹„][\w.+-]{1,64}[”»›“])")
_SUBJECT = re.compile(r"\bsubject\b:? ?[\"'“«„][^\"”»\n]{1,300}[\"'”»“]", re.IGNORECASE)
_IP = re.compile(
    r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.]*\d)|(?<=\[)(?:ipv6:)?[0-9a-f:.]{0,40}:[0-9a-f:.]{0,40}(?=\])",
    re.IGNORECASE,
)
_HOST = re.compile(r"(?<![\w@./\\-])(?:\w[\w-]{0,62}\.){1,12}(?:[a-z]{2,24}|xn--[\w-]{1,60})(?![\w-])", re.IGNORECASE)
# What Exchange writes with dots in between is words of its own: `RESOLVER.ADR.RecipNotFound`.
_EXCHANGE = re.compile(r"(?i:resolver|storedrv|smtpsend|routing|queue|cat|agent|delivery)\.|[\w.]*[a-z][A-Z]")
# No blank after a full stop: `User unknown.Please check it`.
_SENTENCE = re.compile(
    r"[a-z]+\.(?:[A-Z][a-z]+|please|the|this|you|your|if|see|we|not|for|check|contact|try|an|message|mail|user|recipient"
    r"|visit|mailbox|account|sorry|our|they|there|permanent|error)"
)
_LISTS = re.compile(
    r"(?:\w[\w-]*\.)*(?:spamhaus\.org|spamcop\.net|barracudacentral\.org|sorbs\.net|uceprotect\.net|abuseat\.org"
    r"|mailspike\.net|psbl\.org|surriel\.com|spamrats\.com|senderscore\.com|manitu\.net|abusix\.zone)",
    re.IGNORECASE,
)
# Its help stands below every notice of a group, in whatever language, and below nothing else.
_GROUPS = "groups.google.com/support"
# Which server said it, and in reply to what: read elsewhere, and none of its words.
_WHO_SAID = WordedExpression(
    r"\b(?:remote )?host (?:# ?)?(?:\[#\] ?)?(?:said ?:|:)|\bsmtp error from remote (?:mail )?server after [^:]{1,60}:"
    r"|\(in reply to [^)]{1,40}\)|unknown address error (?=\d)"
)


def without_names(words: str) -> str:
    """Return the words with `@` for each address and `#` for each host, link, number of a host, and box's name.

    A host of a well-known list of senders says that one is on it.
    """
    if "://" in words or "www." in words:
        words = _URL.sub(_link, words)
    if "ubject" in words:
        words = _SUBJECT.sub("#", words)
    if "@" in words:
        words = _ADDRESS.sub("@", _QUOTED_LOCAL.sub("@", words))
    words = _NAMED.sub(lambda found: "@" if "@" in found[0] else "#", words)
    if words.count(".") > 2 or "[" in words:
        words = _IP.sub("#", words)
    if "." in words or "[" in words:
        words = _HOST.sub(_host, words).replace("[#]:25", "[#]")
    return _WHO_SAID.without(words, " ")


def _host(found: re.Match[str]) -> str:
    name = found[0]
    if _EXCHANGE.match(name) or _SENTENCE.fullmatch(name):
        return name
    return " block list # " if _LISTS.fullmatch(name) else "#"


def _link(found: re.Match[str]) -> str:
    if _GROUPS in found[0]:
        return " only members of the group are permitted to post # "
    return " block list # " if _LISTS.search(found[0]) else "#"
