"""The links and pictures of a letter, by their form alone: nothing is fetched."""

import ipaddress
import re
from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path
from urllib.parse import urlsplit

from outreach.letters.faces.pictures import LARGE_BYTES, NoPicture, read_picture, tells_where
from outreach.letters.lint.lint_hit import FIELD, LOGO, Hit, flat
from outreach.letters.lint.lint_names import one_slip

_PICTURE = re.compile(r"!\[([^\]\n]*)\]\(\s*<?([^)\s>]*)>?(?:\s+[\"'][^)\n]*)?\s*\)")
_PICTURE_BY_NAME = re.compile(r"!\[(?P<words>[^\]\n]*)\]\[(?P<name>[^\]\n]*)\]")
_LINK = re.compile(r"(?<!!)\[([^\]\n]*)\]\(\s*<?([^)\n]*?)>?(?:\s+\"[^\"\n]*\")?\s*\)")
_APART = re.compile(r"(?<!!)\[[^\]\n]+\][ \t]+\((?:https?://|www\.|mailto:)[^)\s]*\)")
_BARE = re.compile(
    r"(?<![(<\w/:.])(?:https?|htp|htpp|hhtp|ftp|file|mailto):[^\s<>)\]]+|(?<=<)(?:https?|file|ftp):[^\s<>]+(?=>)"
)
_MISTYPED = re.compile(
    r"(?<![\w/.:@(])(?:(?:https?|htp|htpp|hhtp)(?:;//|:/(?=\w)|//(?=\w)|/:/?|,//|\.//|:\\\\|:(?=www\.|\w[\w-]*\.\w))"
    r"|www(?:,|\.\.|;)(?=\w))[^\s<>)\]]+"
)
"""What begins nearly as a link does: `http//`, `https;//`, `www,`; no reader's program makes one of it."""
_BROKEN_MAIL = re.compile(
    r"(?<![\w.@/-])[\w.+-]+(?:@@+[\w.-]+|@[\w-]+,[a-z]{2,}(?!\w)|@[\w.-]+@(?![\w-]*\.)|@[\w-]+(?=[\s;)]|[.,](?:\s|"
    r"$)|$)| @[\w-]+\.[a-z]{2,}(?!\w)|"
    r"@[ ][\w-]+\.[a-z]{2,}(?!\w))"
)
"""Nearly an address for mail: `desk@@records.example`, `desk@records,example`, `desk @records.example`."""
_ODD_SCHEME = re.compile(r"(?<![\w/])(?P<scheme>[a-z]{2,8})://[^\s<>)\]]+")
_SCHEMES = frozenset({"http", "https", "ftp", "sftp", "file", "webcal"})
_ON_A_DISK = re.compile(
    r"(?<![\w/])[A-Za-z]:\\[\w .()-]+(?:\\[\w .()-]+)*|(?<![\w\\])\\{1,2}[\w-]{2,}\\[\w$ .-]+\\[\w$ .\\-]+"
)
_CUT = re.compile(
    r"https?://[^\s<>)\]]*(?:…|\.{3})(?=[\s)\].,]|$)|<https?://[^>\n]*[ ][^>\n]*>|https?://[^\s<>)\]]*&amp;[^\s<>)\]]*|"
    r"(?:https?://|www\.)[^\s<>)\]]+/[ ][\w%-]+\.(?:pdf|html?|docx?|php)(?!\w)"
)
"""A link that was cut off, or has a space in it, or the code of a page in it."""
_LETTER = r"[a-z0-9\u00a1-\uffff]"
_HOST = re.compile(
    rf"(?:{_LETTER}(?:(?:{_LETTER}|-){{0,61}}{_LETTER})?\.)+(?!\d)(?:{_LETTER}|-)*{_LETTER}", re.IGNORECASE
)
_ADDRESS = re.compile(r"[^\s@<>\"(),:;]+@(?P<host>[^\s@]+)")


def hits_of_links(text: str, folder: Path) -> Iterator[Hit]:
    """Yield links that lead nowhere, and pictures that are not seen or tell who reads; `folder` is the letter's."""
    taken: list[tuple[int, int]] = []
    for match in _PICTURE.finditer(text):
        taken.append(match.span())
        yield from _picture(match[2], match[1], match.start(), folder)
    for match in _PICTURE_BY_NAME.finditer(text):
        source = re.search(rf"(?m)^ {{0,3}}\[{re.escape(match['name'] or match['words'])}\]:[ ]*(\S+)", text)
        if source is not None:
            yield from _picture(source[1].strip("<>"), match["words"], match.start(), folder)
    for match in _APART.finditer(text):
        taken.append(match.span())
        yield Hit("link.broken", flat(match[0]), match.start())
    yield from _links(text, taken)
    for match in _MISTYPED.finditer(text):
        taken.append(match.span())
        yield Hit("link.broken", flat(match[0].rstrip('.,;:!?"»”’*_')), match.start())
    yield from _misshapen(text, taken)
    for match in _BARE.finditer(text):
        if _within(match, taken):
            continue
        target = match[0].rstrip(".,;:!?'\"»”’*_")
        if (code := _wrong(target)) is not None:
            yield Hit(code, flat(target), match.start())
        else:
            yield from _doubtful(target, match.start())


def _within(match: re.Match[str], taken: list[tuple[int, int]]) -> bool:
    return any(start <= match.start() < end for start, end in taken)


def _links(text: str, taken: list[tuple[int, int]]) -> Iterator[Hit]:
    """Links with words of their own; adds where they stand to `taken`."""
    for match in _LINK.finditer(text):
        taken.append(match.span())
        target = match[2].strip()
        if not target or not match[1].strip():
            yield Hit("link.empty", flat(match[0]), match.start())
        elif (code := _wrong(target)) is not None:
            yield Hit(code, flat(target), match.start())
        else:
            yield from _doubtful(target, match.start())
            yield from _shown(match[1], target, match.start())


def _misshapen(text: str, taken: list[tuple[int, int]]) -> Iterator[Hit]:
    """What is nearly a link or an address, or leads to somebody's disk; adds where it stands to `taken`."""
    for code, pattern in (("link.broken", _CUT), ("link.broken", _BROKEN_MAIL), ("link.local", _ON_A_DISK)):
        for match in pattern.finditer(text):
            if not _within(match, taken) and FIELD not in match[0]:
                taken.append(match.span())
                yield Hit(code, flat(match[0].strip()), match.start())
    for match in _ODD_SCHEME.finditer(text):
        if match["scheme"] not in _SCHEMES and not _within(match, taken):
            taken.append(match.span())
            yield Hit("link.broken", flat(match[0].rstrip(".,;:!?")), match.start())


_TEST = re.compile(
    r"(?i)^(?:test|tests|testing|stage|staging|dev|devel|development|preview|preprod|pre-prod|sandbox|uat|qa|"
    r"demo|beta|draft|"
    r"tmp|temp|old|backup|intern|internal|intranet|local)\d?$"
)
_TEST_HOSTS = re.compile(
    r"(?i)\.(?:local|internal|intranet|lan|home|corp|localdomain)$|\.(?:ngrok(?:-free)?\.(?:io|app)|vercel\.app|"
    r"netlify\.app|"
    r"herokuapp\.com|pages\.dev|web\.app|wpengine\.com|trycloudflare\.com|repl\.co|glitch\.me|wixsite\.com)$"
)
_EDITED = re.compile(
    r"(?i)/wp-admin|/wp-login|[?&](?:preview|preview_id|draft)=|/(?:preview|drafts?|staging|admin)(?:/|$)|"
    r"docs\.google\.com/\S+/edit|[?&](?:action=edit|mode=edit)|/edit$"
)
_PLACEHOLDERS = re.compile(
    r"(?i)^(?:www\.)?(?:example\.(?:com|org|net)|(?:your|my|our)-?(?:domain|site|website|organi[sz]ation|"
    r"company|link|url)\.\w+|"
    r"(?:domain|website|yoursite|link|url|xxx+|placeholder)\.\w+)$"
)


def _doubtful(target: str, start: int) -> Iterator[Hit]:
    """A link whose form is right, to a place that is not meant for readers."""
    if FIELD in target or not target.lower().startswith(("http://", "https://")):
        return
    host = urlsplit(target).hostname or ""
    labels = host.split(".")[:-2] if len(host.split(".")) > 2 else []
    parts = [part for label in labels for part in (label, *label.split("-"))]
    if _PLACEHOLDERS.match(host):
        yield Hit("link.placeholder", flat(target), start)
    elif any(_TEST.match(part) for part in parts) or _TEST_HOSTS.search(host) or _EDITED.search(target):
        yield Hit("link.test-site", flat(target), start)


_LOOKS_LIKE = re.compile(
    rf"(?i)(?:(?P<mail>[\w.+-]+@[\w.-]+\.\w{{2,}})|(?:https?://)?(?P<host>(?:{_LETTER}(?:{_LETTER}|"
    rf"-)*\.)+[a-z]{{2,}})(?P<path>[/?#]\S*)?)"
)


def _shown(words: str, target: str, start: int) -> Iterator[Hit]:
    """An address that is shown, where the link leads to another."""
    if FIELD in words or FIELD in target:
        return
    shown = _LOOKS_LIKE.fullmatch(words.strip().strip("<>*_`").rstrip("/"))
    if shown is None:
        return
    if target.lower().startswith("mailto:"):
        box = target[7:].partition("?")[0].casefold()
        if (shown["mail"] or "").casefold() != box:
            yield Hit("link.other-address", flat(words), start, {"target": target})
        return
    parts = urlsplit(target)
    host = (parts.hostname or "").casefold().removeprefix("www.")
    seen = (shown["host"] or shown["mail"].rpartition("@")[2]).casefold().removeprefix("www.")
    if seen != host:
        yield Hit("link.other-address", flat(words), start, {"target": target})
    elif shown["path"]:
        page = f"{parts.path}?{parts.query}#{parts.fragment}"
        if not page.startswith(shown["path"].rstrip("/…")):
            yield Hit("link.other-page", flat(words), start, {"target": target})


_MAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@(?P<host>[\w-]+(?:\.[\w-]+)+)")
_SITE = re.compile(r"(?i)https?://(?:[^\s/@)]*@)?(?P<host>[\w-]+(?:\.[\w-]+)+)")
_ANYBODYS = re.compile(
    r"(?i)(?:^|\.)(?:un\.org|ohchr\.org|unog\.ch|europa\.eu|coe\.int|gmail\.com|googlemail\.com|outlook\.com|"
    r"hotmail\.\w+|proton(?:mail)?\.\w+|yahoo\.\w+|"
    r"tutanota\.\w+|riseup\.net|gmx\.\w+|icloud\.com|posteo\.\w+|mailbox\.org|yandex\.\w+|mail\.ru|qq\.com|"
    r"163\.com|wikipedia\.org)$"
)


def domains_of(text: str) -> tuple[list[tuple[str, str, int]], set[str]]:
    """Return a text's addresses for mail, as (domain, address, start), and the domains that its links lead to.

    Those of the United Nations and of anybody's mail are left out.
    """
    mails = [(_domain(match["host"]), match[0], match.start()) for match in _MAIL.finditer(text)]
    sites = {_domain(match["host"]) for match in _SITE.finditer(text) if not _ANYBODYS.search(match["host"])}
    return [one for one in mails if not _ANYBODYS.search(one[0])], sites


def _domain(host: str) -> str:
    """The domain that somebody holds: the last two labels, or three below such as `org.uk`."""
    labels = host.casefold().rstrip(".").split(".")
    three = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in {"co", "org", "ac", "gov", "com", "net", "ngo"}
    return ".".join(labels[-3:] if three else labels[-2:])


def _without_country(domain: str) -> str:
    """A domain but for a country's two letters: those of `ours.be` and `ours.de` may both be somebody's."""
    return domain if len(domain.rpartition(".")[2]) > len("ch") else domain.rpartition(".")[0]


def hits_of_domains(text: str, own: Collection[str]) -> Iterator[Hit]:
    """Yield addresses for mail under another domain than those of the letter: its links', and `own`, the sender's.

    Also the rarer of two domains that are one slip apart (`saltandlgiht.example`).
    """
    mails, sites = domains_of(text)
    places = [(match.start(), match["host"]) for pattern in (_MAIL, _SITE) for match in pattern.finditer(text)]
    often = Counter([_domain(host) for _, host in places] + [*own] * len(places))
    first = {_domain(host): place for place, host in sorted(places, reverse=True)}
    for place, host in places:
        mine = _domain(host)
        for like in often:
            is_rarer = (often[mine], -first[mine]) < (often[like], -first.get(like, 0))
            if is_rarer and not re.search(r"\d", mine) and one_slip(_without_country(mine), _without_country(like)):
                yield Hit("link.other-domain", host, place, {"other": like})
    for domain, address, start in mails:
        rest = {one for one, _, _ in mails if one != domain} | {one for one in sites if one != domain} | set(own)
        uses = sum(one == domain for one, _, _ in mails)
        if domain in own or domain in sites or not rest or uses > 1:
            continue
        if len(rest) == 1 and (own or sites):
            yield Hit("link.other-domain", address, start, {"other": ", ".join(sorted(rest))})


def _picture(source: str, words: str, start: int, folder: Path) -> Iterator[Hit]:
    named = flat(source) or "![]()"
    if source == LOGO:
        return  # looked at by findings_of_signing
    if FIELD in source:
        yield Hit("picture.field", named, start)
        return
    try:
        picture = read_picture(folder, source)
    except NoPicture as error:
        yield Hit(error.code, named, start)
        return
    except (OSError, ValueError):
        yield Hit("picture.missing", named, start)
        return
    if not words.strip():
        yield Hit("picture.no-alt", named, start)
    if len(picture.content) > LARGE_BYTES:
        yield Hit("picture.large", named, start)
    if tells_where(picture):
        yield Hit("picture.metadata", named, start)


def _wrong(target: str) -> str | None:
    """The code of what is wrong with a link's target; None where its form is right, or a field is part of its host."""
    scheme, colon, rest = target.partition(":")
    scheme = scheme.casefold()
    if FIELD in target.partition("?")[0]:
        return None
    if scheme == "mailto" and colon:
        address = _ADDRESS.fullmatch(rest.partition("?")[0])
        return None if address and _HOST.fullmatch(address["host"]) else "link.broken"
    if scheme == "tel" and colon:
        return None if re.fullmatch(r"\+?[\d().\s-]{3,}", rest) else "link.broken"
    if scheme == "file" and colon:
        return "link.local"
    if scheme not in ("http", "https") or not rest.startswith("//"):
        return "link.broken"
    try:
        parts = urlsplit(target)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return "link.broken"
    if host == "localhost" or _private(host):
        return "link.local"
    if " " in target or not _HOST.fullmatch(host) or re.search(r"https?:/?/?", parts.netloc):
        return "link.broken"
    return None


def _private(host: str) -> bool:
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return False
