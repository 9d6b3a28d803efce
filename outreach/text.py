"""Text from outside, made comparable and harmless: addresses, names, and whatever stands in a cell."""

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from itertools import filterfalse

# C0 and C1 controls, the marks that reorder what follows (Unicode UAX #9), halves of characters (a workbook can hold
# `_xD83D_`, which no database stores) and noncharacters (Unicode 15, 23.6 and 23.7): none belongs in one line of text.
_CONTROLS = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufeff\ufffe\uffff]+"
)


ERASED = "erased:"
"""What an erased address begins with; no address does, for it has no @."""

_NO_BREAK = re.compile("[\u00a0\u202f\u2007]")


def one_line(value: str) -> str:
    """Return the text as one harmless line: controls become spaces, spaces are folded, ends trimmed (NFC)."""
    if value.isascii() and value.isprintable() and "  " not in value:  # as nearly all are
        return value.strip(" ")
    plain = value if value.isprintable() else _CONTROLS.sub(" ", value)
    return " ".join((plain if plain.isascii() else unicodedata.normalize("NFC", plain)).split())


def shown_line(value: str) -> str:
    """Return the text as `one_line` does, with the no-break spaces within it as they are (U+00A0, U+202F, U+2007)."""
    line = one_line(value)
    if not _NO_BREAK.search(value):
        return line
    plain = value if value.isprintable() else _CONTROLS.sub(" ", value)
    folded_spaces = re.sub(r"[^\S\u00a0\u202f\u2007]+", " ", unicodedata.normalize("NFC", plain))
    return folded_spaces.strip()


def few(names: Sequence[str], most: int, between: str = ", ") -> str:
    """Return the first names of a list, with an ellipsis where there are more than `most`: `FRA, DEU …`."""
    return between.join(names[:most]) + (" …" if len(names) > most else "")


def counted(number: int, one: str, many: str = "") -> str:
    """Return a number with its noun: `1 letter`, `3,000 letters`; `many` where its plural takes more than an s."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def folded(value: str) -> str:
    """Return the text for comparison: case, accents, punctuation and spaces do not matter."""
    if value.isascii():
        plain = value.lower()
        return plain if plain.isalnum() else _BETWEEN_WORDS.sub(" ", plain).strip()
    return _BETWEEN_WORDS.sub(" ", without_accents(value).casefold()).strip()


_BETWEEN_WORDS = re.compile(r"[\W_]+")


# UTF-8 (RFC 3629) that was read as Windows-1252: a letter of its first bytes, and one of the others.
_READ_AMISS = re.compile("[ÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖ×ØÙÚÛÜàáâãäåæçèéêëìíîï][\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]")
_LONGEST_AMISS = 32_767


def unspoilt(text: str) -> str:
    """Return a text as it was before its UTF-8 was read as Windows-1252: `SÃ©nÃ©gal` as `Sénégal`.

    Only where all of its letters turn into UTF-8 again, which no words of people do by chance; else as it is.
    """
    for _ in range(2):  # it happens twice, too
        if text.isascii() or len(text) > _LONGEST_AMISS or _READ_AMISS.search(text) is None:
            return text
        try:
            text = b"".join(_byte_of(letter) for letter in text).decode()
        except UnicodeError:
            return text
    return text


def _byte_of(letter: str) -> bytes:
    # Five bytes have no letter in Windows-1252; programs read them as the controls of that number (WHATWG Encoding).
    return bytes([ord(letter)]) if "\x80" <= letter <= "\x9f" else letter.encode("cp1252")


_WHOLE_LETTERS = str.maketrans({"ł": "l", "ø": "o", "æ": "ae", "œ": "oe", "đ": "d", "ı": "i", "þ": "th", "ð": "d"})
"""Letters that NFKD does not take apart."""


def without_accents(text: str) -> str:
    """Return the text without accents (NFKD without its combining characters)."""
    if text.isascii():
        return text
    return "".join(filterfalse(unicodedata.combining, unicodedata.normalize("NFKD", text)))


def as_name(text: str) -> str:
    """Return what a short name in a to z, digits and `-` is made of, as `forets-2026` of `Forêts 2026`.

    Empty where none of its letters is Latin, and for what is a path: that is no name.
    """
    if "/" in text or "\\" in text:
        return ""
    plain = without_accents(text).casefold().translate(_WHOLE_LETTERS)
    return re.sub(r"[^a-z0-9._]+", "-", plain).strip("-._")


def address_key(address: str) -> str:
    """Return an e-mail address for comparison: NFC, case does not matter, and an IDN equals its A-label form.

    RFC 5321, 2.4 lets a server tell upper from lower case in the local part; none in use does, and two rows
    that differ only in case are one box to the people who keep the sheet. What stands for an erased address
    (`erased_key`) stays as it is.
    """
    if address.startswith(ERASED):
        return address
    if "@" in address and address.isascii():  # as nearly all are
        return address.lower()
    local, _, domain = unicodedata.normalize("NFC", address).rpartition("@")
    return f"{local}@{domain_to_ascii(domain)}".casefold()


def erased_key(key: str) -> str:
    """Return what stands for an address (as compared) once its person's data were erased: a digest, no address.

    The same address has the same digest (the first 128 bits of SHA-256, domain-separated), so that it is known again
    where it must not be written to; nobody reads it off. Only who guesses the address can confirm it.
    """
    if key.startswith(ERASED):
        return key
    return ERASED + hashlib.sha256(f"outreach erased {key}".encode()).hexdigest()[:32]


def domain_of(address: str) -> str:
    """Return the domain of an address as it is compared: in its ASCII form and lower case; empty where it has none."""
    return domain_to_ascii(address.rpartition("@")[2].strip()) if "@" in address else ""


def domain_to_unicode(domain: str) -> str:
    """Return a domain with its A-labels as people read them (RFC 5891); a label that can't be decoded stays."""
    if "xn--" not in domain.lower():
        return domain
    import idna

    labels = []
    for label in domain.split("."):
        try:
            labels.append(idna.decode(label) if label.lower().startswith("xn--") else label)
        except (idna.IDNAError, UnicodeError):
            labels.append(label)
    return ".".join(labels)


def domain_to_ascii(domain: str) -> str:
    """Return a domain in its ASCII form (IDNA 2008, RFC 5891); unchanged where that is not possible."""
    if domain.isascii():
        return domain.lower()
    import idna

    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError:
        return domain


# RFC 2606 and RFC 6761: nobody receives mail there.
_RESERVED = ("example", "test", "invalid", "localhost")
_RESERVED_SECOND = ("example.com", "example.net", "example.org")


def is_reserved(address: str) -> bool:
    """Tell whether an address lies under a domain that is reserved and receives no mail (RFC 2606)."""
    domain = address.rpartition("@")[2].lower().rstrip(".")
    return domain.rpartition(".")[2] in _RESERVED or any(
        domain == reserved or domain.endswith(f".{reserved}") for reserved in _RESERVED_SECOND
    )


def chinese_number(words: str) -> int:
    """Return the value of Chinese figures below a thousand, such as 二十一; 0 where they are none."""
    if not re.fullmatch(r"(?:[两一二三四五六七八九]?百)?零?(?:[一二三四五六七八九]?十)?[两一二三四五六七八九]?", words):
        return 0
    hundreds, hundred, rest = words.rpartition("百")
    tens, ten, ones = rest.rpartition("十")
    value = 100 * _SIGNS.get(hundreds, 1) if hundred else 0
    return value + (10 * _SIGNS.get(tens, 1) if ten else 0) + _SIGNS.get(ones, 0)


_SIGNS = {"两": 2} | {one: value for value, one in enumerate("一二三四五六七八九", 1)}
