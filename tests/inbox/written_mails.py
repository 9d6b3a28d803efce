"""Answers as nine mail programs send them, in nine languages: above, below and between quotes, in text and HTML.

Each case is a mail and the words that its writer wrote. The programs' own words are theirs; all else is made up.
"""

import tomllib
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

from inbox_mails import answer

_X = "letters@coalition.example"
_WHO = f"The Coalition <{_X}>"


class Language(NamedTuple):
    """What mail programs say in a language, and what people write in it."""

    gmail: str
    apple: str
    thunderbird: str
    yahoo: str
    proton: str
    keys: tuple[str, str, str, str]
    """From, sent, to, subject."""
    day: str
    mobile: str
    outlook_mobile: str
    disclaimer: str
    first: str
    second: str
    letter: tuple[str, str]


_DATA = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


def _language(row: dict[str, Any]) -> Language:
    return Language(
        **{
            name: value.replace("{who}", _WHO).replace("{box}", _X) if isinstance(value, str) else tuple(value)
            for name, value in row.items()
        }
    )


LANGUAGES = {code: _language(row) for code, row in _DATA["languages"].items()}
PAGES: dict[str, str] = _DATA["pages"]
MARKED = ("gmail", "apple", "thunderbird", "proton")
UNMARKED = ("yahoo", "outlook", "owa", "groupwise", "notes")
SIGNATURES = ("none", "dashes", "mobile", "disclaimer")


class Case(NamedTuple):
    """A mail, and what its writer wrote."""

    name: str
    raw: bytes
    wrote: str


def cases() -> Iterator[Case]:
    """Yield every mail: programs × languages × shapes × signatures, and the pages of those that write HTML."""
    for code, language in LANGUAGES.items():
        words = f"{language.first}\n\n{language.second}"
        for client in (*MARKED, *UNMARKED):
            for kind in SIGNATURES:
                above = f"{words}{_signature(language, kind, client)}"
                body = f"{above}\n\n{_quote(client, language)}\n"
                yield Case(f"{code} {client} top {kind}", answer(body), words)
        for client in MARKED:
            head, lines = _attribution(client, language), [f"> {line}" for line in language.letter]
            below = "\n".join([head, "", lines[0], ">", lines[1], "", words])
            yield Case(f"{code} {client} bottom", answer(below), words)
            between = f"{head}\n\n{lines[0]}\n\n{language.first}\n\n{lines[1]}\n\n{language.second}\n"
            yield Case(f"{code} {client} between", answer(between), words)
        for client in PAGES:
            yield Case(f"{code} {client} page", _page(client, language), words)


def _attribution(client: str, language: Language) -> str:
    return str(getattr(language, client))


def _signature(language: Language, kind: str, client: str) -> str:
    match kind:
        case "dashes":
            return "\n\n-- \nAnna Example\nFirst Secretary, Permanent Mission\n+41 22 000 00 00"
        case "mobile":
            return f"\n\n{language.outlook_mobile if client in ('outlook', 'owa') else language.mobile}"
        case "disclaimer":
            return f"\n\n{language.disclaimer}"
    return ""


def _quote(client: str, language: Language) -> str:
    letter = "\n\n".join(language.letter)
    sent_by, sent, to, subject = language.keys
    block = f"{sent_by}: {_WHO}\n{sent}: {language.day}\n{to}: mission@fra.mission.example\n{subject}: Joint letter"
    match client:
        case "outlook":
            return f"{block}\n\n{letter}"
        case "owa":
            return f"________________________________\n{block}\n\n{letter}"
        case "groupwise":
            return f">>> {_WHO} 3/18/2024 9:00 AM >>>\n{letter}"
        case "notes":
            block = f"{to}: mission@fra.mission.example\n{sent_by}: {_WHO}\n{subject}: Joint letter"
            return f"-----{_WHO} wrote: -----\n{block}\n\n{letter}"
        case "yahoo":
            return f"{language.yahoo}\n\n{letter}"
    return f"{_attribution(client, language)}\n\n" + "\n".join(f"> {line}".rstrip() for line in letter.split("\n"))


def _page(client: str, language: Language) -> bytes:
    sent_by, sent, to, subject = language.keys
    block = (
        f"<b>{sent_by}:</b> {escape(_WHO)}<br><b>{sent}:</b> {language.day}<br>"
        f"<b>{to}:</b> m@fra.example<br>"
        f"<b>{subject}:</b> Joint letter<br>"
    )
    words = "".join(f"<p>{escape(one)}</p>" for one in f"{language.first}\n\n{language.second}".split("\n\n"))
    letter = "".join(f"<p>{escape(one)}</p>" for one in language.letter)
    head = "" if client in ("outlook", "owa") else escape(_attribution(client, language))
    page = PAGES[client].format(words=words, letter=letter, head=head, block=block)
    return answer(f"<html><body>{page}</body></html>").replace(
        b"Content-Type: text/plain", b"Content-Type: text/html", 1
    )
