"""The fonts that a PDF is set in, for all six languages; they come with the dependencies and are embedded.

Latin and Cyrillic: Libertinus Serif, which typst brings. Arabic: Amiri. Chinese: Noto Serif SC, and Noto Sans SC for
what stands out. The system's own fonts are not looked at, so that a letter looks the same on every machine. All are
under the SIL Open Font License.
"""

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from outreach.models import Language

if TYPE_CHECKING:
    import typst

LATIN = "Libertinus Serif"
ARABIC = "Amiri"
CHINESE = "Noto Serif SC"
CHINESE_STRONG = "Noto Sans SC"


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
