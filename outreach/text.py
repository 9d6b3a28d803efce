"""Text from outside, made comparable and harmless: addresses, names, and whatever stands in a cell."""

import re
import unicodedata

# C0 and C1 controls, the marks that reorder what follows (Unicode UAX #9) and noncharacters (Unicode 15, 23.7):
# none belongs in one line of text.
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef\ufeff\ufffe\uffff]+")


def one_line(value: str) -> str:
    """Return the text as one harmless line: controls become spaces, spaces are folded, ends trimmed (NFC)."""
    if value.isascii() and value.isprintable() and "  " not in value:  # as nearly all are
        return value.strip(" ")
    plain = value if value.isprintable() else _CONTROLS.sub(" ", value)
    return " ".join((plain if plain.isascii() else unicodedata.normalize("NFC", plain)).split())


def counted(number: int, one: str, many: str = "") -> str:
    """Return a number with its noun: `1 letter`, `3 letters`; `many` where its plural takes more than an s."""
    return f"{number} {one if number == 1 else many or f'{one}s'}"


def folded(value: str) -> str:
    """Return the text for comparison: case, accents, punctuation and spaces do not matter."""
    return " ".join(re.sub(r"[\W_]+", " ", without_accents(value).casefold()).split())


def without_accents(text: str) -> str:
    """Return the text without accents (NFKD without its combining characters)."""
    if text.isascii():
        return text
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def address_key(address: str) -> str:
    """Return an e-mail address for comparison: NFC, case does not matter, and an IDN equals its A-label form.

    RFC 5321, 2.4 lets a server tell upper from lower case in the local part; none in use does, and two rows
    that differ only in case are one box to the people who keep the sheet.
    """
    local, _, domain = unicodedata.normalize("NFC", address).rpartition("@")
    return f"{local}@{domain_to_ascii(domain)}".casefold()


def domain_of(address: str) -> str:
    """Return the domain of an address as it is compared: in its ASCII form and lower case; empty where it has none."""
    return domain_to_ascii(address.rpartition("@")[2].strip()) if "@" in address else ""


def domain_to_ascii(domain: str) -> str:
    """Return a domain in its ASCII form (IDNA 2008, RFC 5891); unchanged where that is not possible."""
    if domain.isascii():
        return domain.lower()
    import idna

    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError:
        return domain
