"""Mail that somebody passes on: whose words it bears, and which message that one answered.

In the text (`Forwarded message`, or a header block under a subject such as `FW:`) or as an attached message.
What a reply quotes is no forward, and neither is our own letter passed back to us.
"""

import re
from contextlib import suppress
from datetime import date
from typing import NamedTuple

from outreach.expressions import WordedExpression
from outreach.inbox.decoding import addresses, message_ids, moment
from outreach.inbox.mime_reader import MimePart
from outreach.inbox.quoting.quotes import Head, heads, kind_of, own_words, without_marker
from outreach.inbox.read import body_text, written
from outreach.inbox.returning import DAY, day_of
from outreach.inbox.robots import titled
from outreach.text import domain_of, without_accents

_MARKED = WordedExpression(
    r"^[ \t>]{0,6}[-_=*]{0,60}[ \t]?(?:(?:begin )?forwarded message|message (?:réexpédié|transféré)"
    r"|début du message (?:réexpédié|transféré)|mensaje reenviado|inicio del mensaje reenviado"
    r"|mensagem (?:encaminhada|reencaminhada)|weitergeleitete nachricht|anfang der weitergeleiteten nachricht"
    r"|messaggio inoltrato|inizio messaggio inoltrato|doorgestuurd bericht|пересылаемое сообщение"
    r"|переадресованное сообщение|начало переадресованного сообщения|пересланное сообщение"
    r"|(?:下面是被)?转发的?(?:邮件|消息|信息)|轉寄的?(?:郵件|信件)|転送(?:された)?メッセージ|전달된 메시지"
    r"|الرسالة (?:المحولة|المعاد توجيهها)|رسالة معاد توجيهها|بداية الرسالة المحولة|iletilen (?:ileti|mesaj)"
    r"|przekazana wiadomość|vidarebefordrat meddelande|videresendt besked)[ \t]?[-_=*:：]{0,60}[^\S\n]*$",
    re.MULTILINE,
)
_QUOTE = re.compile(r"[ \t]?>[ \t]?")
_MOST_LINES = 20_000
_DATED = re.compile(without_accents(DAY))


class Forward(NamedTuple):
    """Somebody else's mail within a mail."""

    writer: str
    """The address of whoever wrote it; empty where only a name is told."""
    above: str
    """The words of who passes it on; often none."""
    words: str
    """The words of the original."""
    named: tuple[str, ...] = ()
    """The Message-IDs that the original answers, the nearest first; known only of an attached one."""
    written_on: date | None = None
    """The day on which the original was written, as its header tells it, the latest that it may mean; None for none."""

    @property
    def text(self) -> str:
        """What both wrote, who passes it on first."""
        return joined(self.above, self.words)


def joined(above: str, words: str) -> str:
    """Return the words of who passes a mail on, and below them those of the original."""
    return f"{above}\n\n{words}" if above and words else above or words


def forward(mail: MimePart, subject: str) -> Forward | None:
    """Return what a mail passes on; None where it is no forward."""
    return _attached(mail) or _inline(mail, subject)


def _attached(mail: MimePart) -> Forward | None:
    originals = [
        part.parts[0] for part in mail.own() if part.type in ("message/rfc822", "message/global") and part.parts
    ]
    if len(originals) != 1 or _is_ours(mail, addresses(originals[0].get("from"))):
        return None
    one = originals[0]
    words, above = written(one), written(mail)
    if not words:
        return None
    answered = message_ids(one.get("in-reply-to"))
    thread = message_ids(one.get("references"))
    writer = next(iter(addresses(one.get("from"))), "")
    named = tuple(dict.fromkeys([*answered, *reversed(thread)]))
    at = moment(one.get("date"))
    return Forward(writer, above, words, named, at.date() if at else None)


def _inline(mail: MimePart, subject: str) -> Forward | None:
    text = body_text(mail).replace("\xa0", " ")
    marker = _MARKED.search(text)
    if marker is None and not titled(subject, "forward"):
        return None
    lines = list(map(str.rstrip, text.split("\n", _MOST_LINES)[:_MOST_LINES]))
    start = text.count("\n", 0, marker.start()) if marker is not None else 0
    below = lines[start:]
    if marker is not None and _quoted_share(below[1:]) > 0.8:
        below = [_QUOTE.sub("", line, count=1) for line in below]
    found = _head(below)
    if found is None:
        return None
    by = [line for line in below[found.start : found.end] if kind_of(line) == "from"]
    writers = (
        addresses(re.sub(r"\[mailto:([^\]]+)\]", r"<\1>", by[0].partition(":")[2] or by[0].partition("：")[2]))
        if by
        else ()
    )
    if _is_ours(mail, writers):
        return None
    original = below[found.end :]
    if marker is not None and _quoted_share(original) == 1:  # Proton marks the words, and not the header above them
        original = [_QUOTE.sub("", line, count=1) for line in original]
    words = own_words("\n".join(original))
    above = own_words("\n".join(without_marker(lines[:start] + below[: found.start])))
    if not words:
        return None
    on = next((_day(line) for line in below[found.start : found.end] if kind_of(line) == "sent"), None)
    return Forward(writers[0] if writers else "", above, words, (), on)


def _head(lines: list[str]) -> Head | None:
    """Return the first head in some lines: with the header below it where that only says that a mail is passed on."""
    found = heads(lines)[:2]
    if len(found) == 2 and not any(lines[found[0].end : found[1].start]):
        first, second = found
        if all(kind_of(line) != "from" for line in lines[first.start : first.end]):
            return Head(first.start, second.end)
    return found[0] if found else None


def _quoted_share(lines: list[str]) -> float:
    """Return which share of the lines that are not empty is marked as a quote."""
    filled = [line.startswith((">", " >")) for line in lines if line]
    return sum(filled) / len(filled) if filled else 0


def _day(line: str) -> date | None:
    """Return the day that a header line tells with its year, the later one where two numbers may be either."""
    found = _DATED.search(without_accents(line.lower()))
    if found is None or not any(found[name] for name in ("iso", "a", "year", "year2", "year4")):
        return None
    day = day_of(found, date.min)
    if day is not None and found["a"] and int(found["b"]) <= 12:
        with suppress(ValueError):
            return max(day, day.replace(month=day.day, day=day.month))
    return day


def _is_ours(mail: MimePart, writers: tuple[str, ...]) -> bool:
    """Tell whether the original comes from the house that the mail is written to: it is passed back."""
    to = {
        domain_of(one) for name in ("to", "cc", "delivered-to") for value in mail.all(name) for one in addresses(value)
    }
    return any(domain_of(one) in to for one in writers)
