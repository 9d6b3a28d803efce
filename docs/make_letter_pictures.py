"""Make docs/pictures/letters-six-languages.png again: the sample letter as a mission of each language gets it."""

import tempfile
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import typst

from outreach.letters.faces.pdf import PAGE, PdfContent, Typesetter
from outreach.letters.folder import load_letter
from outreach.letters.merge import Merger
from outreach.letters.merge_values import Addressee
from outreach.letters.tree import to_tree
from outreach.missions.shipped import shipped_mission
from outreach.vocabulary import Language

ROOT = Path(__file__).parent.parent
PICTURE = ROOT / "docs" / "pictures" / "letters-six-languages.png"
STATES = {"en": "JPN", "fr": "FRA", "es": "PER", "ar": "KWT", "zh": "CHN", "ru": "KAZ"}
MOMENT = datetime(2024, 3, 15, 9, 0, tzinfo=UTC)
TOGETHER = """
#set page(width: 900pt, height: auto, margin: 12pt, fill: rgb("#dfe3e8"))
#let page-of(n) = box(stroke: 0.5pt + luma(70%), image(str(n) + ".png", width: 100%))
#grid(columns: 3, gutter: 12pt, ..range(6).map(page-of))
"""


def main() -> None:
    letter = load_letter("hrc-joint-letter", ROOT / "templates")
    merger = Merger(letter, campaign="pictures", moment=MOMENT, tz=ZoneInfo("Europe/Zurich"))
    setter = Typesetter(letter.layouts / PAGE, letter.letterhead, MOMENT)
    with tempfile.TemporaryDirectory() as folder:
        for number, (language, iso3) in enumerate(STATES.items()):
            mission = shipped_mission(iso3)
            mission.language = Language(language)
            words = merger.merge(Addressee(mission, ()))
            first = setter.pictures(PdfContent(words.subject, words.language, to_tree(words.tokens)), 110)[0]
            (Path(folder) / f"{number}.png").write_bytes(first)
        sheet = Path(folder) / "together.typ"
        sheet.write_text(TOGETHER)
        typst.compile(str(sheet), output=str(PICTURE), root=folder, ppi=92)


if __name__ == "__main__":
    main()
