"""Reads one cell of a directory workbook: text in, a checked value out, or why not and what to do about it."""

import difflib
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from functools import cache, lru_cache
from typing import NamedTuple, TypeVar
from zoneinfo import available_timezones

from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email

from outreach import catalogues
from outreach.errors import Refusal
from outreach.missions import closed_lists
from outreach.missions.columns import SheetKind
from outreach.missions.facts import UnState, addressees, find_state, formerly
from outreach.sentences import Remedy
from outreach.text import address_key, domain_to_unicode, folded, one_line
from outreach.vocabulary import GenderForm, Language, Line, Role

Word = TypeVar("Word")

MAX_TEXT = 500
MAX_ADDRESS = 254  # RFC 5321, 4.5.3.1.3, less the angle brackets
_LIKE = 0.8
"""How like a name a word has to be, of 1."""
_NEARER = 0.05
"""By how much a name has to be nearer than that of any other state: `Austrlia` is nobody's."""
_LONGEST_NAME = 120
_REMEMBERED = 4096  # a sheet says the same few words thousands of times
FIRST_YEAR, LAST_YEAR = 2006, 2100
"""The Council met first in 2006; a year past 2100 is a slip of the hand."""

# A date as text, whatever its order of day and month: only its year is taken.
_DATED = re.compile(
    r"^(?:(\d{4})[-/.]\d{1,2}[-/.]\d{1,2}(?:[T ][\d:.]+)?|\d{1,2}(?:[-/.]\d{1,2}[-/.]| [^\W\d]{3,12}\.? )(\d{4}))$"
)
# Spaces of every kind fold into one; what is left of the controls has no business in a cell.
_PART = re.compile(r'(?:"[^"\n]*"|<[^<>\n]*>|[^;,|\r\n；，、])+')
_ATOM, _LABEL = r"[A-Za-z0-9_+]+(?:-+[A-Za-z0-9_+]+)*", r"[a-z0-9]+(?:-[a-z0-9]+)*"
_PLAIN_ADDRESS = re.compile(rf"(?=[^@]{{1,64}}@){_ATOM}(?:\.{_ATOM})*@(?:(?=[^.]{{1,63}}\.){_LABEL}\.)+([a-z]{{2,24}})")
_SPECIAL = {name.rpartition(".")[2] for name in SPECIAL_USE_DOMAIN_NAMES} - {"example"}
_BREAKS = re.compile("[\t\n\v\f\r\x85\u2028\u2029]+")
_HARMFUL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]")
_EDGES = "\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u2066\u2067\u2068\u2069\u2060\ufeff"


class Unusable(Refusal):
    """A value of a cell that can't be taken."""


def plain(text: str) -> str:
    """Return a cell's text as one line, spaces folded (NFC); a control character or over 500 characters is refused."""
    unbroken = _BREAKS.sub(" ", text)
    harmful = _HARMFUL.search(unbroken)
    if harmful:
        raise Unusable(
            "cell.control",
            "{text} holds the control character U+{harmful:04X}",
            text=_quoted(text),
            harmful=ord(harmful[0]),
            remedy="Type the value anew, without it.",
        )
    value = one_line(unbroken)
    if len(value) > MAX_TEXT:
        raise Unusable(
            "cell.too-long",
            "{value} is {count:,} characters long",
            value=_quoted(value),
            count=len(value),
            max_text=MAX_TEXT,
            remedy="Keep it within {max_text}.",
        )
    return value


@lru_cache(maxsize=_REMEMBERED)
def iso3(text: str) -> str:
    """Return the code of one of the 195 states (ISO 3166-1 alpha-3), or of a body with a delegation (EUE)."""
    value = plain(text)
    if not value:
        raise Unusable(
            "cell.no-iso3", "the ISO3 code is missing", remedy="Write the state's three-letter code, such as FRA."
        )
    if value.upper() in addressees():
        return value.upper()
    meant = near_states(value)
    raise Unusable(
        "cell.unknown-iso3",
        "{value} is no ISO3 code of a member or observer state",
        value=_quoted(value),
        remedy=Remedy("Did you mean {iso3}?", iso3=" / ".join(one.iso3 for one in meant))
        if meant
        else Remedy("Write the state's three-letter code, such as FRA."),
    )


@lru_cache(maxsize=_REMEMBERED)
def state(text: str) -> tuple[str, bool]:
    """Return the ISO3 code of a state that is named by its code or by an exact name, and whether it was a name.

    A name that is only like a state's is refused, with the question whether that one is meant: a letter must not go
    to Niger for Nigeria.
    """
    value = plain(text)
    found = find_state(value) if value.upper() not in addressees() else None
    return (found.iso3, True) if found else (iso3(text), False)


def meant_state(text: str) -> UnState | None:
    """Return the state that someone may have meant by a code or name that is no ISO3 code; None for none or several."""
    near = near_states(text)
    return near[0] if len(near) == 1 else None


@lru_cache(maxsize=_REMEMBERED)
def near_states(text: str) -> tuple[UnState, ...]:
    """Return the states that someone may have meant by a code or name that is no ISO3 code, the nearest first."""
    exact = find_state(text) or formerly(text)
    if exact:
        return (exact,)
    asked, names = text[:_LONGEST_NAME].casefold(), _names_of_states()
    near = difflib.get_close_matches(asked, names, n=6, cutoff=_LIKE)
    least = difflib.SequenceMatcher(None, near[0], asked).ratio() - _NEARER if near else 0
    found = (names[one] for one in near if difflib.SequenceMatcher(None, one, asked).ratio() > least)
    return tuple({one.iso3: one for one in found}.values())


@cache
def _names_of_states() -> Mapping[str, UnState]:
    return {
        state.short(language).partition(" (")[0].casefold(): state
        for state in addressees().values()
        for language in ("es", "fr", "en")
    }


class NamedAddress(NamedTuple):
    """One address of a cell, and the name that stands with it, as in `Ana Li <ana@fra.example>`."""

    address: str
    name: str = ""


def boxes(text: str, link: str = "") -> list[NamedAddress]:
    """Return the addresses of a cell, each once: parted by `;`, `,`, line breaks or spaces; with names or `mailto:`.

    `link` is where the cell's own `mailto:` link goes; it counts where the text holds no address.
    """
    if _is_plain_address(text):
        return [NamedAddress(text)]
    if link and "@" not in text:
        text = link
    found: dict[str, NamedAddress] = {}
    for part in _parts(text) or [""]:
        name, address = _split_name(part)
        checked = email(address)
        found.setdefault(address_key(checked), NamedAddress(checked, plain(name)))
    return list(found.values())


def _is_plain_address(text: str) -> bool:
    """Tell whether a cell is one ordinary address, which the validator would return as it is (RFC 5321, 4.1.2).

    It is asked of each of very many, and the validator takes a tenth of a millisecond.
    """
    found = _PLAIN_ADDRESS.fullmatch(text)
    return found is not None and len(text) <= MAX_ADDRESS and found[1] not in _SPECIAL


def _parts(text: str) -> list[str]:
    """Split a cell at what parts addresses, but neither within quotes nor within angle brackets."""
    split = _PART.findall(text)
    parts: list[str] = []
    for part in (part.strip().strip(_EDGES).strip() for part in split):
        if parts and "@" not in parts[-1] and "<" in part:
            parts[-1] += f", {part}"  # `Li, Ana <ana@fra.example>`: the comma is the name's
        elif part.count("@") > 1 and "<" not in part:
            tokens = re.split(r"[\s/]+", part)
            parts.extend(tokens if all("@" in token for token in tokens) else [part])
        elif part:
            parts.append(part)
    return parts


def _split_name(part: str) -> tuple[str, str]:
    boxed = re.fullmatch(r"(?s)(.*?)\s*<([^<>]*)>", part)
    name, address = (boxed[1].strip().strip("\"'").strip(), boxed[2]) if boxed else ("", part)
    scheme = re.match(r"(?i)\s*mailto:\s*", address)
    return name, address[scheme.end() :].partition("?")[0] if scheme else address


def email(text: str) -> str:
    """Return an e-mail address as it is stored: one bare address (RFC 5321; RFC 6531 for other scripts), in NFC."""
    value = unicodedata.normalize("NFC", text.strip().strip(_EDGES).strip())
    if not value:
        raise Unusable("cell.no-address", "the e-mail address is missing", remedy="Write it, or remove the row.")
    if len(value) > MAX_ADDRESS or len(address_key(value)) > MAX_ADDRESS:
        raise Unusable(
            "cell.address-too-long",
            "{value} is over {max_address} characters long",
            value=_quoted(value),
            max_address=MAX_ADDRESS,
            remedy="Correct the address.",
        )
    local, at, domain = value.rpartition("@")
    _refuse_mixed_scripts(value, domain)
    _refuse_mixed_scripts(value, re.sub(r"[._+-]+", ".", value.rpartition("@")[0]))
    labels = domain.rstrip(".").split(".")
    # `.test` and `.invalid` are reserved (RFC 2606) and so good for trials, but the validator refuses them.
    stand_in = ".".join([*labels[:-1], "example"]) if labels[-1].casefold() in {"test", "invalid"} else domain
    try:
        checked = validate_email(
            f"{local}{at}{stand_in}",
            check_deliverability=False,
            globally_deliverable=False,
            allow_smtputf8=True,
            allow_display_name=False,
            strict=True,
        )
    except EmailNotValidError as error:
        raise Unusable(
            "cell.not-an-address",
            "{value} is not an e-mail address",
            value=_quoted(value),
            remedy=_cure_for_address(value, str(error)),
        ) from None
    if len(labels) < 2 or labels[-1].isdigit():
        raise Unusable(
            "cell.no-domain",
            "{value} has no full domain",
            value=_quoted(value),
            remedy="Write all of it, such as mission@fra.example.",
        )
    return checked.normalized if stand_in == domain else f"{checked.local_part}@{domain.lower()}"


_SCRIPTS = ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE")


def _refuse_mixed_scripts(value: str, domain: str) -> None:
    """Raise for a label of the domain whose letters are of several scripts that look alike (UTS 39, 5.2)."""
    if domain.isascii() and "xn--" not in domain.lower():
        return
    for label in (domain_to_unicode(domain) if "xn--" in domain.lower() else domain).split("."):
        names = {letter: unicodedata.name(letter, "") for letter in label if letter.isalpha()}
        scripts = {script: letter for letter, name in names.items() for script in _SCRIPTS if name.startswith(script)}
        if len(scripts) > 1:
            odd = min(scripts, key=lambda script: sum(name.startswith(script) for name in names.values()))
            raise Unusable(
                "cell.mixed-scripts",
                "{value} mixes scripts: {letter} in {label} is {called}",
                value=_quoted(value),
                letter=scripts[odd],
                label=label,
                called=names[scripts[odd]],
                remedy="Type the address anew: that letter only looks like another one.",
            )


def _cure_for_address(value: str, reason: str) -> Remedy:
    if "<" in value or re.search(r"@.*\s.*@", value):
        return Remedy("Part several addresses with a semicolon, a comma or a line break.")
    return Remedy("{reason}", reason=one_line(reason))


@lru_cache(maxsize=_REMEMBERED)
def year(text: str) -> int:
    """Return a calendar year within 2006 to 2100, also of a date written as text: `2024-01-01`, `1 January 2024`."""
    value = _DATED.sub(r"\1\2", plain(text))
    if not value:
        raise Unusable("cell.no-year", "the year is missing", remedy="Write it as 2024.")
    if not re.fullmatch(r"[0-9]{1,9}", value):
        raise Unusable(
            "cell.not-a-year", "{value} is not a whole year", value=_quoted(value), remedy="Write it as 2024."
        )
    number = int(value)
    if 30_000 < number < 80_000:
        raise Unusable(
            "cell.date-number",
            "{value} is a date's number and not a year",
            value=_quoted(value),
            remedy="Format the cell as a number: 2024.",
        )
    if not FIRST_YEAR <= number <= LAST_YEAR:
        raise Unusable(
            "cell.year-out",
            "{value} is no year of the Council",
            value=_quoted(value),
            first_year=FIRST_YEAR,
            remedy="It met first in {first_year}: write 2024.",
        )
    return number


@lru_cache(maxsize=_REMEMBERED)
def time_zone(text: str) -> str:
    """Return the name of an IANA time zone, in its own spelling."""
    value = plain(text)
    known = _zones().get(value.casefold().replace(" ", "_"))
    if known:
        return known
    near = difflib.get_close_matches(value, _zones().values(), n=1)
    cure = Remedy("Did you mean {near}?", near=near[0]) if near else Remedy("Write it as in Europe/Zurich.")
    raise Unusable("cell.time-zone", "{value} is not a time zone", value=_quoted(value), remedy=cure)


@cache
def _zones() -> dict[str, str]:
    return {name.casefold(): name for name in available_timezones()}


def tags(text: str) -> list[str]:
    """Return the words of a list separated by commas, semicolons or lines, each once."""
    found = [plain(part) for part in re.split(r"[,;|\n،、；，]", text)]
    once: dict[str, str] = {}
    for part in filter(None, found):
        once.setdefault(folded(part), part)
    return list(once.values())


@lru_cache(maxsize=_REMEMBERED)
def role(text: str) -> Role:
    """Return the role of a contact; empty is general."""
    return _one_of(text, "role", closed_lists.role, Role, empty=Role.GENERAL)


@lru_cache(maxsize=_REMEMBERED)
def line(text: str) -> Line:
    """Return the address line; empty is to."""
    return _one_of(text, "line", closed_lists.line, Line, empty=Line.TO)


@lru_cache(maxsize=_REMEMBERED)
def language(text: str) -> Language | None:
    """Return a language; None for an empty cell."""
    return _one_of(
        text, "language", closed_lists.language_of_a_column, closed_lists.LANGUAGE_NAMES.values(), empty=None
    )


@lru_cache(maxsize=_REMEMBERED)
def gender_form(text: str) -> GenderForm | None:
    """Return the gender form; None for an empty cell, or one that says it is not known."""
    if closed_lists.says_unknown(plain(text)):
        return None
    return _one_of(text, "gender form", closed_lists.gender_form, (*GenderForm, "empty"), empty=None)


@lru_cache(maxsize=_REMEMBERED)
def yes_no(text: str) -> bool:
    """Return whether a contact is active; empty is yes."""
    return _one_of(text, "answer", closed_lists.yes_no, ("yes", "no"), empty=True)


@lru_cache(maxsize=_REMEMBERED)
def group(text: str) -> str:
    """Return the regional group; empty for an empty cell."""
    return _one_of(text, "regional group", closed_lists.group, closed_lists.Group, empty="")


@lru_cache(maxsize=_REMEMBERED)
def status(text: str) -> str:
    """Return the status; empty for an empty cell."""
    return _one_of(text, "status", closed_lists.status, closed_lists.UnStatus, empty="")


def _one_of(text: str, what: str, read: Callable[[str], Word | None], allowed: Iterable[str], *, empty: Word) -> Word:
    value = plain(text)
    if not value:
        return empty
    found = read(value)
    if found is None:
        raise Unusable(
            "cell.unknown",
            "{value} is no {what} that is known",
            value=_quoted(value),
            what=catalogues.Word("field", what),
            allowed=", ".join(allowed),
            remedy="Write one of: {allowed}.",
        )
    return found


def _quoted(text: str) -> str:
    short = text if len(text) <= 60 else f"{text[:57]}..."
    return f'"{one_line(short)}"'


READERS: dict[SheetKind, dict[str, Callable[[str], object]]] = {
    SheetKind.MISSIONS: {
        "iso3": iso3, "short_name": plain, "formal_name": plain, "regional_group": group, "status": status,
        "language": language, "city": plain, "time_zone": lambda text: time_zone(text) if text.strip() else "",
        "tags": tags,
    },
    SheetKind.CONTACTS: {
        "iso3": iso3, "role": role, "form_of_address": plain, "name": plain, "title": plain,
        "gender_form": gender_form, "email": email, "language": language, "line": line, "active": yes_no,
    },
    SheetKind.TERMS: {"iso3": iso3, "first_year": year, "last_year": year},
}  # fmt: skip
