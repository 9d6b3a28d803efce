"""Which addresses a mail system's plain letter says have failed, and its words about each.

Only what mail systems have in common is read: an address at which a line begins or a code stands, an address that
the returned message was written to, and the codes of RFC 5321 and RFC 3463 next to it.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from outreach.inbox.codes import SMTP_CODE, STATUS
from outreach.inbox.decoding import addresses, addresses_in
from outreach.inbox.mime_reader import MimePart, enclosed
from outreach.outbox.blame.refusals import reason_in
from outreach.text import address_key, one_line

_MOST_LINES = 2_000
_MOST_ADDRESSES = 200
_BLOCK_LINES = 12
_MOST_RETURNED = 64 * 1024
_FLAGS = re.MULTILINE | re.IGNORECASE
# Lines that stand at the head of a mail and that no person writes or quotes.
TRACE = re.compile(r"^[ \t>|]{0,6}(?:Return-Path|Received|Message-ID|MIME-Version|Delivered-To):", _FLAGS)
# The head of a returned message where it bears no trace lines: three of its usual fields below each other.
_FIELDS = r"(?:From|To|Cc|Subject|Date|Sender|Reply-To|User-Agent|X-[\w-]{1,40}|Message-ID|Content-[\w-]{1,40})"
_HEADER = re.compile(rf"(?:^(?:>[ \t]?)?{_FIELDS}:[^\n]{{0,998}}\n(?:^[ \t][^\n]{{0,998}}\n){{0,9}}){{3}}", _FLAGS)
# A notice that names the returned message by some of its fields, set in, and then goes on in its own words.
_CITED = re.compile(
    r"(?:^[ ]{1,8}(?:Message-ID|Date|From|To|Cc|Subject|Sent):[^\n]{0,998}\n(?:^[ \t]{3,}[^\n:]{0,998}\n){0,9}){2,9}"
    r"[ \t]*\n(?=[^\s:]+[ \t][^\n]{0,998}\n)",
    _FLAGS,
)
_AT_HEAD = re.compile(
    r"^[ \t>*|-]{0,12}(?:\d{3}[ -]{1,3}(?:\d\.\d\.\d+ )?)?"
    r"(?:(?:failed|final|original)?[ -]?(?:recipient|to|user|address|rcpt to)[^:\n]{0,20}:)?"
    r"[ \t]{0,8}[<\"'(]{0,2}(?:mailto:|smtp:)?([^\s<>\"'(),;]{1,250}@[\w.-]{1,250}\w)",
    _FLAGS,
)
_INDENT = re.compile(r"^[ ]{1,8}(?=[\w-]+:)", re.MULTILINE)
_CODED = re.compile(r"[245](?:\.\d|\d\d[ -])")  # quicker than both codes in full
_SYSTEMS_OWN = re.compile(
    r"(?:postmaster|mailer-daemon|mail-daemon|abuse|helpdesk|support|hostmaster|root|no-?reply)@", re.IGNORECASE
)


class _Lines:
    """The lines of what a mail system says, and which addresses each of them names."""

    def __init__(self, said: str) -> None:
        self.said = said
        self.lines = said.split("\n", _MOST_LINES)[:_MOST_LINES]
        self._named = [(index, _keys(line)) for index, line in enumerate(self.lines) if "@" in line]

    @cached_property
    def answer(self) -> str:
        """The first answer of a server among all of the lines; or empty."""
        return _answer(self.lines)

    def blocks(self, key: str, keys: set[str]) -> Iterable[list[str]]:
        """Yield the lines from each mention of an address on, up to a mention of another one that failed too."""
        others = [index for index, named in self._named if not keys.isdisjoint(named - {key})]
        for index, named in self._named:
            if key in named:
                following = bisect_right(others, index)
                end = others[following] if following < len(others) else len(self.lines)
                yield self.lines[index : min(end, index + _BLOCK_LINES)]


def _keys(line: str) -> set[str]:
    return {address_key(one) for one in addresses_in(line)}


@dataclass(frozen=True, slots=True)
class FailedAddress:
    """What is told of one address."""

    address: str
    words: str
    """The server's answer on one line; where none is quoted, what stands next to the address."""
    around: str
    """All that is said near the address, on one line."""


def split(text: str) -> tuple[str, str]:
    """Return what the mail system says, and the copy of the returned message below that, each perhaps empty."""
    cited = _CITED.search(text)
    if cited:
        text = text[: cited.start()] + text[cited.end() :]
    starts = [found.start() for found in (TRACE.search(text), _HEADER.search(text)) if found]
    start = min(starts, default=len(text))
    return text[:start], text[start:] or (_INDENT.sub("", cited[0]) if cited else "")


def told_of(mail: MimePart, said: str, returned: str) -> list[FailedAddress]:
    """Return what is told of each address that failed; of an empty address where none is named."""
    told = _Lines(said)
    names = _failed(mail, told, returned)
    if not names:
        return [FailedAddress("", told.answer, one_line(said))]
    keys = {address_key(name) for name in names}
    found = []
    for name in names:
        blocks = list(told.blocks(address_key(name), keys))
        words = next(filter(None, map(_answer, blocks)), "")
        if not words and (len(names) == 1 or not any(map(_tells, blocks))):
            words = told.answer
        around = " ".join(line for block in blocks for line in block) if len(names) > 1 and blocks else said
        found.append(FailedAddress(name, words or next(filter(None, map(_beside, blocks)), ""), one_line(around)))
    return found


def answer_near(address: str, said: str) -> str:
    """Return a server's answer that a report's text for people gives next to an address; empty where it gives none."""
    if not address:
        return ""
    told = _Lines(said)
    keys = {address_key(one) for one in addresses_in(said)[:_MOST_ADDRESSES]}
    return next(filter(None, map(_answer, told.blocks(address_key(address), keys))), "")


def _beside(block: list[str]) -> str:
    """Return what follows an address on its line and up to the next empty line."""
    first = block[0].rpartition("@")[2]
    rest = re.sub(r"^[\w.-]*[>)\]\"']*:?", "", first).strip()
    following = []
    for line in block[1:]:
        if not line.strip():
            break
        following.append(line)
    return one_line(" ".join([rest, *following])).strip("[]")[:500]


def words_near(address: str, said: str) -> str:
    """Return what a report's text for people says near an address; all of it where the address is not in it."""
    blocks = _Lines(said).blocks(address_key(address), set()) if address else ()
    return one_line(" ".join(line for block in blocks for line in block) or said)


def _tells(block: list[str]) -> bool:
    return reason_in(" ".join(block)) is not None


def _fails(block: list[str]) -> bool:
    return bool(_answer(block)) or _tells(block)


def _answer(lines: list[str]) -> str:
    """Return a server's answer among lines: one with both codes before one with either, and its continuation."""
    either = [index for index, line in enumerate(lines) if _CODED.search(line)]
    either = [index for index in either if STATUS.search(lines[index]) or SMTP_CODE.search(lines[index])]
    failed = [index for index in either if not re.match(r"[ \t]*[23]\d\d[ -]", lines[index])] or either
    both = [index for index in failed if STATUS.search(lines[index]) and SMTP_CODE.search(lines[index])]
    for index in both or failed:
        words = [lines[index]]
        for line in lines[index + 1 : index + 6]:
            if not line.strip() or "@" in line or not (line[0] in " \t" or SMTP_CODE.match(line.strip())):
                break
            words.append(line)
        return one_line(" ".join(words))[:1000]
    return ""


def _failed(mail: MimePart, lines: _Lines, returned: str) -> list[str]:
    """Return the addresses that failed: named by the header, else told and also written to, else told as failed."""
    named = [one for value in mail.all("x-failed-recipients") for one in addresses_in(value)]
    if named:
        return list(dict.fromkeys(named))[:_MOST_ADDRESSES]
    aside = {address_key(one) for name in ("from", "to", "reply-to") for one in addresses(mail.get(name))}
    said = lines.said
    told: dict[str, str] = {}
    for one in addresses_in(said)[:_MOST_ADDRESSES]:
        told.setdefault(address_key(one), one)
    written_to = {address_key(one): one for one in _addressees(mail, returned)}
    both = [one for key, one in told.items() if key in written_to]
    if both:
        if told.keys() <= written_to.keys() | aside:
            return both
        also = {key for key in _at_head(said) - aside if any(map(_fails, lines.blocks(key, set(told))))}
        return [one for key, one in told.items() if key in written_to or key in also]
    others = [one for key, one in told.items() if key not in aside]
    others = [one for one in others if not _SYSTEMS_OWN.match(one)] or others
    at_head = _at_head(said)
    placed = [one for one in others if address_key(one) in at_head]
    if placed or len(others) == 1:
        return placed or others
    left = [one for key, one in written_to.items() if key not in aside]
    if len(left) == 1:
        return left
    # A letter that bounces back to the box that wrote to itself names no other address.
    lone = [one for key, one in told.items() if key in at_head]
    return lone if len(lone) == 1 else []


def _at_head(said: str) -> set[str]:
    return {address_key(found[1]) for found in _AT_HEAD.finditer(said)}


def _addressees(mail: MimePart, returned: str) -> tuple[str, ...]:
    """Return the addresses in To and Cc of the returned message."""
    originals = [part.parts[0] for part in mail.own() if part.type == "message/rfc822" and part.parts]
    originals += [
        found
        for part in mail.own()
        if part.type.startswith(("text/rfc822-header", "message/rfc822-header"))
        if (found := enclosed(part.body(_MOST_RETURNED)))
    ]
    inline = enclosed(returned[:_MOST_RETURNED].encode("utf-8", "replace")) if returned else None
    returned_ones = [*originals, *([inline] if inline else [])]
    return tuple(one for original in returned_ones for name in ("to", "cc") for one in addresses(original.get(name)))
