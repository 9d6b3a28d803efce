"""All letters of a campaign to leaf through: one page with every letter, and a contact sheet of their first pages."""

from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime
from html import escape
from pathlib import Path

from outreach.campaigns.compose import Composed
from outreach.letters.faces.pdf import sheet_of, side_by_side, typesetter
from outreach.letters.folder import Letter
from outreach.text import counted

LETTERS = "letters.html"
CONTACT_SHEET = "contact-sheet.html"
_READABLE, _SMALL = 76, 26  # pixels per inch

_STYLE = """
body { margin: 0; padding: 1rem; font: 15px/1.5 system-ui, sans-serif; background: #e9ecef; color: #222; }
h1 { font-size: 1.2rem; } h2 { font-size: 1rem; margin: 2rem 0 0.5rem; }
.pages { display: flex; flex-wrap: wrap; gap: 1rem; }
img { background: #fff; box-shadow: 0 1px 4px #0004; max-width: 100%; height: auto; }
.sheet { display: grid; grid-template-columns: repeat(auto-fill, minmax(13.5rem, 1fr)); gap: 1rem; }
ul.sheet { padding: 0; list-style: none; }
.sheet a { color: inherit; text-decoration: none; } .sheet span { display: block; }
nav { position: sticky; top: 0; background: #e9ecef; padding: 0.5rem 0; display: flex; gap: 0.5rem; flex-wrap: wrap; }
"""


def write_book(letter: Letter, composed: Sequence[Composed], moment: datetime, folder: Path) -> list[Path]:
    """Write `letters.html` and `contact-sheet.html` into a folder; both stand by themselves."""
    setter = typesetter(letter, moment)
    sheets = [sheet_of(one.merged) for one in composed]
    pages = list(side_by_side(lambda sheet: setter.pictures(sheet, _READABLE), sheets))
    firsts = list(side_by_side(lambda sheet: setter.pictures(sheet, _SMALL)[0], sheets))
    every, contact = folder / LETTERS, folder / CONTACT_SHEET
    every.write_text(_letters(letter, composed, pages), encoding="utf-8")
    contact.write_text(_contact_sheet(letter, composed, firsts, [len(of) for of in pages]), encoding="utf-8")
    return [every, contact]


def _letters(letter: Letter, composed: Sequence[Composed], pages: Sequence[Sequence[bytes]]) -> str:
    links = "".join(f'<a href="#{one.iso3}">{one.iso3}</a>' for one in composed)
    parts = [
        f'<section id="{one.iso3}"><h2>{escape(_caption(one))}</h2>'
        f"<p>{escape(one.merged.subject)}<br>To: {escape(', '.join(one.to) or 'nobody')}</p>"
        f'<div class="pages">{"".join(_picture(page, f"{one.iso3}, page {n}") for n, page in enumerate(of, 1))}</div>'
        "</section>"
        for one, of in zip(composed, pages, strict=True)
    ]
    return _page(f"{letter.title}: {counted(len(composed), 'letter')}", f"<nav>{links}</nav>{''.join(parts)}")


def _contact_sheet(
    letter: Letter, composed: Sequence[Composed], firsts: Sequence[bytes], lengths: Sequence[int]
) -> str:
    items = "".join(
        f'<li><a href="{LETTERS}#{one.iso3}">{_picture(first, _caption(one))}<span>{escape(_caption(one))}, '
        f"{count} {'page' if count == 1 else 'pages'}</span></a></li>"
        for one, first, count in zip(composed, firsts, lengths, strict=True)
    )
    return _page(f"{letter.title}: the first pages", f'<ul class="sheet">{items}</ul>')


def _caption(one: Composed) -> str:
    fallback = " (fallback)" if one.merged.fell_back else ""
    return f"{one.merged.addressee.mission.short_name} ({one.iso3}), {one.merged.language}{fallback}"


def _picture(png: bytes, alt: str) -> str:
    return f'<img loading="lazy" alt="{escape(alt)}" src="data:image/png;base64,{b64encode(png).decode()}">'


def _page(title: str, body: str) -> str:
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style></head>'
        f"<body><main><h1>{escape(title)}</h1>{body}</main></body></html>\n"
    )
