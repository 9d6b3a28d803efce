"""A person or a program? Told by a mail's header and its words together (RFC 3834).

A header that only answering programs write is enough. One that people's mail also bears needs words that programs say,
over the mail or in it; and words alone never take a person's mail from them: such a mail stays a reply, with its
sub-kind, and a person looks at it.
"""

import re
from collections.abc import Callable

from outreach.inbox.automatic import Sign, is_bulk, sign
from outreach.inbox.mime_reader import MimePart
from outreach.inbox.origin import Origin
from outreach.inbox.read import body_text
from outreach.inbox.robots import answers, numbered, titled
from outreach.vocabulary import MailKind, SubKind

_IN_ORDER = {
    one.value: one for one in (
        SubKind.CHALLENGE, SubKind.HELD, SubKind.CLOSED, SubKind.LEFT, SubKind.UNATTENDED, SubKind.RECEIPT,
        SubKind.AWAY,
    )
}  # fmt: skip
"""What an automatic answer is, where it says several: what matters most to who wrote the letter."""
_MOST_BY_WORDS = 900
"""A mail without any other sign is taken for a program's by its words only where it is so short, in characters."""
_METHOD = re.compile(r"^METHOD:\s{0,3}(\w{1,20})", re.MULTILINE | re.IGNORECASE)
_BY_ITSELF, _TO_EVERYBODY = "by itself", "to everybody"


def robot(
    mail: MimePart, sender: Origin, words: frozenset[str], *, tells: Callable[[], bool]
) -> tuple[MailKind, SubKind | None] | None:
    """Return what a mail is that a program may have written; None for a person's.

    `words` is what is found in it of what programs say; `tells`, whether it tells a position, as no program does.
    """
    found = _marked(mail, sender, words)
    if found is not None:
        return found
    plainly = sign(mail, sender)
    is_titled = titled(sender.subject, "automatic")
    sub_kind = next((one for name, one in _IN_ORDER.items() if name in words), SubKind.AWAY if is_titled else None)
    if plainly is Sign.ANSWERED:
        refused = SubKind.REJECTED if SubKind.REJECTED.value in words else None
        return MailKind.AUTO_REPLY, sub_kind or refused
    if not (plainly is Sign.GENERATED and sub_kind in (SubKind.HELD, SubKind.CHALLENGE)) and tells():
        return None
    if plainly is Sign.GENERATED and (is_titled or sub_kind or _BY_ITSELF in words):
        return MailKind.AUTO_REPLY, sub_kind
    if plainly >= Sign.RULED and is_titled:
        return MailKind.AUTO_REPLY, sub_kind
    if plainly is Sign.BULK and _speaks_for_itself(sub_kind, words):
        return MailKind.AUTO_REPLY, sub_kind
    if _is_to_a_list(mail, sender):
        return MailKind.REPLY, SubKind.NEWSLETTER
    if is_titled and not answers(sender.subject):
        return MailKind.REPLY, sub_kind
    return (MailKind.REPLY, sub_kind) if _reads_as(sub_kind, mail, sender, words) else None


def _marked(mail: MimePart, sender: Origin, words: frozenset[str]) -> tuple[MailKind, SubKind | None] | None:
    """What a part, or a program's own subject and words together, say."""
    for part in mail.own():
        if part.type == "text/vnd.google.email-reaction+json":
            return MailKind.REPLY, SubKind.REACTION
        if part.type == "text/calendar":
            method = part.parameters.get("method", "") or _method(part)
            return MailKind.REPLY, SubKind.MEETING if method.upper() in (
                "REQUEST",
                "PUBLISH",
                "",
            ) else SubKind.MEETING_ANSWER
    if "reaction" in words and len(body_text(mail)) < _MOST_BY_WORDS // 3:
        return MailKind.REPLY, SubKind.REACTION
    if "recall" in words and titled(sender.subject, "recall"):
        return MailKind.REPLY, SubKind.RECALL
    if not words.isdisjoint(("displayed", "deleted")):
        for name, sub_kind in (("not_read", SubKind.DELETED), ("read", SubKind.DISPLAYED)):
            if titled(sender.subject, name):
                return MailKind.REPLY, sub_kind
    return None


def _method(part: MimePart) -> str:
    found = _METHOD.search(part.body(20_000).decode("utf-8", "replace"))
    return found[1] if found else ""


def _speaks_for_itself(sub_kind: SubKind | None, words: frozenset[str]) -> bool:
    """Whether the words are a program's own: of what it did with a mail, or of itself."""
    return _BY_ITSELF in words or sub_kind in (SubKind.CHALLENGE, SubKind.HELD, SubKind.UNATTENDED, SubKind.CLOSED)


def _is_to_a_list(mail: MimePart, sender: Origin) -> bool:
    """Whether a mail was sent to many and answers nothing."""
    return is_bulk(mail) and not answers_something(mail, sender) and mail.get("x-original-sender") is None


def _reads_as(sub_kind: SubKind | None, mail: MimePart, sender: Origin, words: frozenset[str]) -> bool:
    """Whether a short mail without any other sign reads as a program's answer of that sort; None: of no known one."""
    text = body_text(mail)
    if len(text) > _MOST_BY_WORDS:
        return False
    if sub_kind in (None, SubKind.RECEIPT):
        general = not words.isdisjoint((_BY_ITSELF, _TO_EVERYBODY))
        return general or (sub_kind is not None and numbered(f"{sender.subject}\n{text}"))
    return True


def passes_on_a_robot(text: str, words: frozenset[str], *, tells: bool) -> bool:
    """Tell whether what somebody passes on reads as a program's answer."""
    return not tells and len(text) <= _MOST_BY_WORDS and not words.isdisjoint(_IN_ORDER)


def answers_something(mail: MimePart, sender: Origin) -> bool:
    """Tell whether a mail shows by itself that it answers another: by the thread it is in, or by its subject."""
    in_thread = mail.get("in-reply-to") is not None or mail.get("references") is not None
    return in_thread or answers(sender.subject)
