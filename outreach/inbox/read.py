"""The words of a mail: which of its parts a person wrote, and those as text."""

from outreach.inbox.decoding import part_text
from outreach.inbox.enclosed.envelopes import Seal, seals, without_armour
from outreach.inbox.mime_reader import MimePart
from outreach.inbox.quoting.quotes import own_words

MOST_BYTES = 300 * 1024
"""No more of a mail's text than this is read: a letter of a hundred pages."""
_MOST_TEXT_PARTS = 40
_FEW_CHARACTERS = 80
"""No letter is as short."""


def written(mail: MimePart) -> str:
    """Return what the sender wrote, without quotes and signature; empty only where there is no text at all."""
    text = body_text(mail)
    return own_words(text) if text else ""


def unmarked(mail: MimePart, words: str) -> str:
    """Return a mail's whole text where more than lines marked `>` was left out of its words; else empty."""
    text = body_text(mail)
    left = sum(len(line) for line in text.split("\n") if not line.lstrip().startswith(">"))
    return text if left > len(words) + _FEW_CHARACTERS else ""


def sealed(mail: MimePart) -> tuple[Seal, ...]:
    """Return what lies around a mail's words: that it is signed, packed or encrypted."""
    return seals(mail, _whole_text(mail))


def body_text(mail: MimePart) -> str:
    """Return the whole text of a mail, quotes included: its plain text, else its HTML as text; without PGP's armour."""
    text = _whole_text(mail)
    plain = without_armour(text)
    return text if plain is text else plain.strip()


def _whole_text(mail: MimePart) -> str:
    """Return a mail's text as its parts hold it: found once, since many ask for it."""
    if mail.words is None:
        mail.words = _joined_text(mail)
    return mail.words


def _joined_text(mail: MimePart) -> str:
    texts: list[str] = []
    left = MOST_BYTES
    for part in _text_parts(mail)[:_MOST_TEXT_PARTS]:
        text = part_text(part, left).strip()
        left -= len(text)
        if text:
            texts.append(text)
        if left <= 0:
            break
    return "\n\n".join(texts)


def _text_parts(part: MimePart) -> list[MimePart]:
    if part.type.startswith("multipart/"):
        if part.type == "multipart/alternative":
            return _best(part.parts)
        chosen = part.parts[:1] if part.type in ("multipart/signed", "multipart/related") else part.parts
        return [text for inner in chosen for text in _text_parts(inner)]
    if not part.type.startswith("text/") or part.type in ("text/rfc822-headers", "text/calendar"):
        return []
    return [] if part.disposition == "attachment" or (part.filename and part.depth > 0) else [part]


def _best(alternatives: list[MimePart]) -> list[MimePart]:
    """Return the plain alternative where it says anything, else the last that does (RFC 2046, 5.1.4)."""
    found = [parts for parts in map(_text_parts, alternatives) if any(part_text(one, 4096).strip() for one in parts)]
    plain = [parts for parts in found if all(part.type == "text/plain" for part in parts)]
    return (plain or found[::-1] or [[]])[0]
