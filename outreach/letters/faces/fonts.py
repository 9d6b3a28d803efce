"""The fonts that a PDF is set in, for all six languages; they come with the dependencies and are embedded.

Latin and Cyrillic: Libertinus Serif, which typst brings. Arabic: Amiri. Chinese: Noto Serif SC, and Noto Sans SC for
what stands out. Names in other scripts: Noto Serif KR, and Noto Sans for the scripts of `_OTHERS`, which are looked at
only where a letter has such a name: typst takes its time to go through them. The system's own fonts are not looked at,
so that a letter looks the same on every machine. All are under the SIL Open Font License.
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

_KOREAN = "Noto Serif KR"
# By what Noto calls the script, its blocks (Unicode 15, Blocks.txt).
_OTHERS = {
    "Armenian": "\u0531-\u058f\ufb13-\ufb17", "Bengali": "\u0980-\u09ff", "Devanagari": "\u0900-\u097f\ua8e0-\ua8ff",
    "Ethiopic": "\u1200-\u139f\u2d80-\u2ddf\uab00-\uab2f", "Georgian": "\u10a0-\u10ff\u1c90-\u1cbf\u2d00-\u2d2f",
    "Gujarati": "\u0a80-\u0aff", "Gurmukhi": "\u0a00-\u0a7f", "Kannada": "\u0c80-\u0cff",
    "Khmer": "\u1780-\u17ff\u19e0-\u19ff", "Lao": "\u0e80-\u0eff", "Malayalam": "\u0d00-\u0d7f",
    "Myanmar": "\u1000-\u109f\ua9e0-\ua9ff\uaa60-\uaa7f", "Oriya": "\u0b00-\u0b7f", "Sinhala": "\u0d80-\u0dff",
    "Tamil": "\u0b80-\u0bff", "Telugu": "\u0c00-\u0c7f", "Thai": "\u0e00-\u0e7f",
}  # fmt: skip
_HANGUL = "\u1100-\u11ff\u3130-\u318f\ua960-\ua97f\uac00-\ud7ff"
_ELSEWHERE = re.compile(f"[{''.join(_OTHERS.values())}{_HANGUL}]")

_UNASSIGNED = "\u0378"
_GLYPH = re.compile(rb'<use [^>]*href="#([^"]+)"')


def of_other_scripts(text: str) -> bool:
    """Tell whether a text has words in a script besides those of the six languages, for which there are fonts."""
    return _ELSEWHERE.search(text) is not None


@cache
def fonts(*, others: bool = False) -> "typst.Fonts":
    """Return the fonts, found once; with those of other scripts where `others` is true."""
    import typst

    folders = [Path(str(files("fontpkg_amiri") / "files")), Path(str(files("pylopdf_fonts_zh_cn")))]
    if others:
        folders += [Path(str(files("manimgx_fonts"))), Path(str(files("pylopdf_fonts_ko")))]
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=folders)


def families(language: Language, *, others: bool = False) -> list[str]:
    """Return the font families for a letter in that language, in the order in which they are tried.

    A name in another script, such as a signatory's, is set in the first one that has its characters.
    """
    own = [ARABIC, LATIN, CHINESE] if language is Language.ARABIC else [LATIN, CHINESE, ARABIC]
    return [*own, _KOREAN, *(f"Noto Sans {script}" for script in _OTHERS)] if others else own


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
    others = of_other_scripts("".join(wanted))
    compiler = typst.Compiler(font_paths=fonts(others=others), ignore_system_fonts=True)
    made = compiler.compile(input=source.encode(), format="svg")
    pages = made if isinstance(made, list) else [made or b""]
    missing, *glyphs = [tuple(_GLYPH.findall(page)) for page in pages]
    return [character for character, glyph in zip(wanted, glyphs, strict=True) if glyph == missing]
