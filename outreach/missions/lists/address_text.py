"""Takes e-mail addresses out of whatever stands in a cell: telephones, words, `(at)`, a dot too many."""

import re
import unicodedata

from outreach.missions.books.cell_values import NamedAddress, Unusable, boxes, email
from outreach.text import address_key, one_line

_AT = re.compile(r"[ \t]{0,3}[(\[{][ \t]{0,2}(?:at|arobase|arroba|@)[ \t]{0,2}[)\]}][ \t]{0,3}", re.IGNORECASE)
_DOT = re.compile(r"[ \t]{0,3}[(\[{][ \t]{0,2}(?:dot|point|punto|\.)[ \t]{0,2}[)\]}][ \t]{0,3}", re.IGNORECASE)
_WORDS_AT = re.compile(r"(?<=\w)[ \t]{1,3}AT[ \t]{1,3}(?=\w)")
_WORDS_DOT = re.compile(r"(?<=\w)[ \t]{1,3}DOT[ \t]{1,3}(?=\w)")
_INVISIBLE = re.compile("[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_SPACED = re.compile(r"[ \t]{0,3}@[ \t]{0,3}")
# Bounded on both sides, so that a cell without a blank costs no more than its length.
_ADDRESS = re.compile(r"(?<![\w.+'-])[\w.+'-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_SHOWN = re.compile(r"(?:^|[;,\n/|:])\s{0,3}[\"“]?([^\W\d_][^;,\n/|:<>@\"”]{2,80}?)[\"”]?\s{0,2}<$")
"""A name before an address in angle brackets (RFC 5322, 3.4)."""
_BROKEN_OFF = re.compile(r"(?:,| \.)[a-z]{2,10}(?![\w@.+'-]|\s[\w@])")
"""What goes on behind a comma in the place of a dot, or behind a blank and a dot."""
_BEGUN = re.compile(r"[\w.+'-]@")
_MOST = 32_767
_PARTS = re.compile(r"[;,\n|]")
_EDGES = " \t\r\n\u00a0\u00ad\u200b-\u200f\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u2060\ufeff"
_COPY = re.compile(
    r"(?<![\w.@-])(?:b?cc|c\.c\.|cc[io]|copy|copie|copia|kopie|копия|نسخة|抄送)(?: (?:to|à|a))?[ \t]{0,3}[:：]",
    re.IGNORECASE,
)


_BLIND = re.compile(
    r"(?<![\w.@-])(?:bcc|cci|cco|b\.c\.c\.|blind[ -]cop(?:y|ies)|copie cachée|copia oculta)(?![\w.@-])", re.IGNORECASE
)


def is_blind_copy(text: str) -> bool:
    """Tell whether a cell speaks of a blind copy (Bcc, RFC 5322 section 3.6.3; in French Cci, in Spanish Cco)."""
    return _BLIND.search(text[:_MOST]) is not None


def without_copies(text: str) -> tuple[str, str]:
    """Return a cell's text before `cc:`, and what follows it; nothing follows where no address does."""
    found = _COPY.search(text[:_MOST])
    if found is None or "@" not in text[found.end() :]:
        return text, ""
    return text[: found.start()].rstrip(" ,;/(\n"), text[found.end() :].rstrip(" )")


def said_beside(text: str, address: str) -> str:
    """Return what else stands in the part of a cell in which an address is: `old: a@b.example; new: c@b.example`."""
    return next(
        (
            part.replace(address, " ")
            for part in _PARTS.split(text[:_MOST])
            if address in part.casefold() or address in part
        ),
        "",
    )


def means_an_address(text: str) -> bool:
    """Tell whether a text has an @, or an `(at)`, behind something: `ana@@mission`, and no `@mission` of a network."""
    return _BEGUN.search(text[:_MOST]) is not None or _AT.search(text[:_MOST]) is not None


def lookalike_in(text: str) -> Unusable | None:
    """Return why a cell's address is refused, where that is a letter that only looks like another; else None."""
    for match in _ADDRESS.finditer(unicodedata.normalize("NFKC", _INVISIBLE.sub("", text[:_MOST]))):
        try:
            email(match[0].strip(".'-"))
        except Unusable as error:
            if error.says.code == "cell.mixed-scripts":
                return error
    return None


def addresses_in(text: str, link: str = "") -> tuple[list[NamedAddress], bool, bool]:
    """Return the addresses of a cell, whether any was repaired or picked out, and whether none can be read."""
    seen = _INVISIBLE.sub("", text[:_MOST])
    try:
        return boxes(seen, link), bool(_INVISIBLE.search(text[:_MOST].strip(_EDGES))), False
    except Unusable:
        text = seen
    if "@" not in text and _WORDS_AT.search(text):
        text = _WORDS_DOT.sub(".", _WORDS_AT.sub("@", text))
    plain = unicodedata.normalize("NFKC", text[:_MOST])
    plain = _DOT.sub(".", _AT.sub("@", plain))
    plain = _SPACED.sub("@", plain)
    found: dict[str, NamedAddress] = {}
    refused = False
    for match in _ADDRESS.finditer(plain) if "@" in plain else ():
        try:
            address = email(match[0].strip(".'-"))
        except Unusable:
            refused = True
            continue
        if _BROKEN_OFF.match(plain, match.end()):
            refused = True  # `press@ukraine.mission,example` is no address, and what stands before the comma neither
            continue
        shown = _SHOWN.search(plain[max(0, match.start() - 120) : match.start()])
        found.setdefault(address_key(address), NamedAddress(address, one_line(shown[1]) if shown else ""))
    if "@" not in plain and link:
        return addresses_in(link)
    return list(found.values()), bool(found), refused or not found
