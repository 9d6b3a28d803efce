"""The fonts that a PDF is set in, for all six languages; they come with the dependencies and are embedded.

Latin and Cyrillic: Libertinus Serif, which typst brings. Arabic: Amiri. Chinese: Noto Serif SC, and Noto Sans SC for
what stands out. The system's own fonts are not looked at, so that a letter looks the same on every machine. All are
under the SIL Open Font License.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from outreach.vocabulary import Language

if TYPE_CHECKING:
    import typst

LATIN = "Libertinus Serif"
ARABIC = "Amiri"
CHINESE = "Noto Serif SC"
CHINESE_STRONG = "Noto Sans SC"

_UNASSIGNED = "\u0378"
_GLYPH = re.compile(rb'<use [^>]*href="#([^"]+)"')


@cache
def fonts() -> "typst.Fonts":
    """Return the fonts, found once."""
    import typst

    folders = [Path(str(files("fontpkg_amiri") / "files")), Path(str(files("pylopdf_fonts_zh_cn")))]
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=folders)


def families(language: Language) -> list[str]:
    """Return the font families for a letter in that language, in the order in which they are tried.

    A name in another script, such as a signatory's, is set in the first one that has its characters.
    """
    if language is Language.ARABIC:
        return [ARABIC, LATIN, CHINESE]
    return [LATIN, CHINESE, ARABIC]


def lacking(texts: Iterable[str]) -> list[str]:
    """Return the characters of these texts that none of the fonts has: each would be an empty box on the page."""
    # What Latin letters are written with is known to be there; marks are drawn with the letter that bears them.
    wanted = sorted({c for text in texts for c in text if c > "\u024f" and unicodedata.category(c)[0] in "LNPS"})
    if not wanted:
        return []
    import typst

    # A character that no font has is drawn as the first font's glyph for what is missing, as an unassigned one is.
    # Each stands on a page of its own, so that the pages tell which glyph belongs to which.
    listed = ",".join(f'"\\u{{{ord(c):x}}}"' for c in (_UNASSIGNED, *wanted))
    source = f'#set text(font: "{LATIN}")\n#for c in ({listed},) {{ page(width: auto, height: auto, c) }}\n'
    compiler = typst.Compiler(font_paths=fonts(), ignore_system_fonts=True)
    made = compiler.compile(input=source.encode(), format="svg")
    pages = made if isinstance(made, list) else [made or b""]
    missing, *glyphs = [tuple(_GLYPH.findall(page)) for page in pages]
    return [character for character, glyph in zip(wanted, glyphs, strict=True) if glyph == missing]
