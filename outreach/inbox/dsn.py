"""Reports in the standard forms: delivery (RFC 3464), complaint (RFC 5965), disposition (RFC 8098)."""

import re
from collections.abc import Callable, Iterator

from outreach.inbox.codes import SMTP_CODE, best_status, permanence
from outreach.inbox.decoding import addresses_in, decode, header, is_address, message_ids
from outreach.inbox.failed import answer_near, words_near
from outreach.inbox.finding import RecipientFinding
from outreach.inbox.mime_reader import MimePart, enclosed
from outreach.text import domain_of
from outreach.vocabulary import MailKind

_REPORT_BYTES = 512 * 1024
_MOST_LINES = 20_000
_MOST_GROUPS = 1_000
_MOST_VALUE = 2_000
_DIAGNOSTIC_CHARACTERS = 1_000

# RFC 3464, 2.3.3
_ACTIONS = {
    "failed": MailKind.BOUNCE,
    "delayed": MailKind.DELAYED,
    "delivered": MailKind.DELIVERED,
    "relayed": MailKind.DELIVERED,
    "expanded": MailKind.DELIVERED,
}
_RETURNED_MAIL = frozenset(["message/rfc822", "message/global"])
_RETURNED_HEADERS = frozenset(
    ["text/rfc822-headers", "text/rfc822-header", "message/rfc822-headers", "message/global-headers"]
)
_NAME = re.compile(r"[\w-]{1,60}")
_TYPE = re.compile(r"\s*[\w.-]{1,40}\s*")
_NO_LETTER = re.compile(r"[^a-z]")
_XTEXT = re.compile(r"\+(2B|3D)")
Groups = list[dict[str, str]]


def report_groups(mail: MimePart, *types: str) -> Groups:
    """Return the fields of the report parts of these types that the mail itself bears, not one enclosed in it."""
    found: Groups = []
    if not mail.parts and mail.type not in types:
        return found
    for part in mail.own():
        if part.type in types:
            # A type under message/ is parsed as no mail: its fields lie in the body.
            found += groups(decode(part.body(_REPORT_BYTES), "utf-8"))
    return found


def groups(text: str) -> Groups:
    """Return the groups of fields in a report's text (RFC 3464, 2.1): lower-case names, unfolded values."""
    found: Groups = [{}]
    last = ""
    for line in text.split("\n", _MOST_LINES)[:_MOST_LINES]:
        name, colon, value = line.partition(":")
        name = name.rstrip().lower()
        is_field = bool(colon) and _NAME.fullmatch(name) is not None
        if not line.strip():
            found += [{}] if found[-1] else []
            last = ""
        elif last and (line[0] in " \t" or not is_field):
            found[-1][last] = f"{found[-1][last]} {line.strip()}"[:_MOST_VALUE]
        elif is_field:
            if name in found[-1] and name in ("final-recipient", "action", "reporting-mta"):
                found.append({})  # somebody forgot the empty line
            found[-1].setdefault(name, value.strip()[:_MOST_VALUE])
            last = name
        if len(found) > _MOST_GROUPS:
            break
    return [group for group in found if group]


def delivery_findings(report: Groups, said: Callable[[], str] = str) -> tuple[RecipientFinding, ...]:
    """Return what a delivery report says of each recipient (RFC 3464, 2.3).

    `said` gives what it says to people: asked where a recipient's own fields give no reason.
    """
    words: list[str] = []

    def said_once() -> str:
        if not words:
            words.append(said())
        return words[0]

    merged: Groups = []
    for group in report:
        named = "final-recipient" in group or "original-recipient" in group
        if not named and "action" not in group and "status" not in group:
            continue
        if not named and merged and "action" not in merged[-1]:
            merged[-1] |= group  # an empty line too many
        else:
            merged.append(dict(group))
    found = (_recipient(group, said_once) for group in merged)
    return tuple(dict.fromkeys(finding for finding in found if finding is not None))


def _recipient(group: dict[str, str], said: Callable[[], str]) -> RecipientFinding | None:
    # The original recipient is the address that we wrote to (RFC 3464, 2.3.1); the final one may be an alias's end.
    final = _address(group.get("final-recipient", ""))
    address = _address(group.get("original-recipient", "")) or final
    diagnostic = diagnostic_text(group.get("diagnostic-code", ""))
    status = best_status(group.get("status", ""), diagnostic)
    if not diagnostic or diagnostic.isdecimal():  # a program's exit status says nothing to anybody
        near = answer_near(final, said())
        diagnostic, status = near or diagnostic, best_status(status, near)
    action = _NO_LETTER.split(group.get("action", "").strip().lower(), maxsplit=1)[0]
    kind = _ACTIONS.get(action) or _kind_by_status(status, diagnostic, "will-retry-until" in group)
    if kind is None:
        return None
    permanent = permanence(kind, status, diagnostic, lambda: words_near(address, said()))
    if permanent and final and domain_of(final) != domain_of(address):
        permanent = None  # it was passed on to another house: the box there is dead, not the one that we wrote to
    return RecipientFinding(address, status, permanent, diagnostic, kind)


def _kind_by_status(status: str, diagnostic: str, will_retry: bool) -> MailKind | None:
    """Return what a report without an action that we know means, by the class of its status."""
    code = SMTP_CODE.search(diagnostic)
    match status[:1] or (code[1] if code else ""):
        case "2":
            return MailKind.DELIVERED
        case "4":
            return MailKind.DELAYED if will_retry else MailKind.BOUNCE
        case "5":
            return MailKind.BOUNCE
    return None


def diagnostic_text(value: str) -> str:
    """Return the server's words of a Diagnostic-Code (RFC 3464, 2.3.6), without the type before them."""
    kind, semicolon, rest = value.partition(";")
    words = rest if semicolon and _TYPE.fullmatch(kind) else value
    return header(words)[:_DIAGNOSTIC_CHARACTERS]


def _address(value: str) -> str:
    """Return the address in a recipient field, such as `rfc822; box@mission.example`; empty where it holds none."""
    if not value:
        return ""
    kind, semicolon, rest = value.partition(";")
    if not semicolon or "@" in kind:
        kind, rest = "rfc822", value
    text = rest.strip()
    if kind.strip().lower() == "utf-8":  # RFC 6533, 3
        text = re.sub(r"\\x\{([0-9A-Fa-f]{1,6})\}", _character, text)
    text = header(text)
    if text.startswith("<") and ">" in text:
        text = text[1 : text.index(">")]
    found = text if is_address(text) else next(iter(addresses_in(text)), "")
    return _from_xtext(found)


def _character(match: re.Match[str]) -> str:
    number = int(match[1], 16)
    return chr(number) if 0x20 < number < 0x110000 and not 0xD800 <= number < 0xE000 else ""


def _from_xtext(address: str) -> str:
    """Undo xtext (RFC 3461, 4), but only for what it must encode: `anna+24@...` is an address as it stands."""
    return _XTEXT.sub(lambda match: chr(int(match[1], 16)), address) if "+" in address else address


def complaint_findings(report: Groups) -> tuple[RecipientFinding, ...]:
    """Return whom a feedback report is about (RFC 5965, 3.2), and of what sort it is."""
    found = []
    for group in report:
        sort = header(group.get("feedback-type", ""))[:100]
        told = group.get("original-rcpt-to") or group.get("removal-recipient") or ""
        found += [RecipientFinding(one, "", None, sort, MailKind.COMPLAINT) for one in addresses_in(told)]
    return tuple(dict.fromkeys(found))


def returned_id(mail: MimePart) -> str:
    """Return the Message-ID of the message that a report returns, whole or its header only; or empty."""
    return next((name for original in _returned(mail) for name in message_ids(original.get("message-id"))), "")


def returned_subject(mail: MimePart) -> str:
    """Return the subject of the message that a report returns, as a reader sees it; or empty."""
    return next((header(told) for original in _returned(mail) if (told := original.get("subject"))), "")


def _returned(mail: MimePart) -> tuple[MimePart, ...]:
    """Return the messages that a report returns, of each its header: read once, since more than one asks for them."""
    if mail.returned is None:
        mail.returned = tuple(_enclosed_in(mail))
    return mail.returned


def _enclosed_in(mail: MimePart) -> Iterator[MimePart]:
    for part in mail.own():
        if part.type in _RETURNED_MAIL and part.parts:
            yield part.parts[0]
        elif part.type in _RETURNED_HEADERS and (original := enclosed(part.body(_REPORT_BYTES))) is not None:
            yield original


def returns_a_message(mail: MimePart) -> bool:
    """Tell whether a mail bears another one, or the header of one."""
    return any(part.type in _RETURNED_MAIL | _RETURNED_HEADERS for part in mail.own())


def named_id(report: Groups) -> str:
    """Return the Message-ID that a report's own fields name (RFC 8098, 3.2.5, and common extensions); or empty."""
    for group in report:
        for field in ("original-message-id", "x-original-message-id"):
            for name in message_ids(group.get(field)):
                return name
    return ""


def final_recipients(report: Groups) -> tuple[str, ...]:
    """Return the recipients that the fields of a report name, ours before what became of it (RFC 8098, 3.2)."""
    found = (
        _address(group.get("original-recipient", "")) or _address(group.get("final-recipient", "")) for group in report
    )
    return tuple(dict.fromkeys(one for one in found if one))
