"""Make docs/pictures/mail-programs.png again: the sample mail as it is, in a web mail, in Outlook's Word, on a phone.

Web mail and Word are the simulations of the tests (tests/letters/mail_simulated.py). Needs Debian's chromium.
"""

import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import typst
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests" / "letters"))

from mail_simulated import webmail, word  # noqa: E402

from outreach.letters.folder import load_letter  # noqa: E402
from outreach.letters.merge import Merger  # noqa: E402
from outreach.letters.merge_values import Addressee  # noqa: E402
from outreach.missions.shipped import shipped_mission  # noqa: E402
from outreach.vocabulary import Language  # noqa: E402

PICTURE = ROOT / "docs" / "pictures" / "mail-programs.png"
MOMENT = datetime(2024, 3, 15, 9, 0, tzinfo=UTC)
STATES = {"en": "JPN", "ar": "KWT"}
WIDE, NARROW, HEIGHT = 760, 320, 1180
TOGETHER = """
#set page(width: 1500pt, height: auto, margin: 12pt, fill: rgb("#dfe3e8"))
#set text(font: "Libertinus Serif", size: 20pt)
#grid(columns: (2.4fr, 2.4fr, 2.4fr, 1fr), gutter: 12pt,
  [As it is], [A web mail without html and style (simulated)], [Outlook for Windows (simulated)], [320 px, dark],
  ..range(8).map(n => image(str(n) + ".png", width: 100%)))
"""


def main() -> None:
    letter = load_letter("hrc-joint-letter", ROOT / "templates")
    merger = Merger(letter, campaign="pictures", moment=MOMENT, tz=ZoneInfo("Europe/Zurich"))
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        number = 0
        for language, iso3 in STATES.items():
            mission = shipped_mission(iso3)
            mission.language = Language(language)
            html = merger.merge(Addressee(mission, ())).html
            for shown, width, scheme in (
                (html, WIDE, "light"), (webmail(html), WIDE, "light"), (word(html), WIDE, "light"),
                (html, NARROW, "dark"),
            ):  # fmt: skip
                page = browser.new_page(viewport={"width": width, "height": HEIGHT}, color_scheme=scheme)
                page.set_content(shown)
                page.screenshot(path=Path(folder) / f"{number}.png")
                assert page.evaluate("document.documentElement.scrollWidth") <= width, "it fits its window"
                page.close()
                number += 1
        browser.close()
        sheet = Path(folder) / "together.typ"
        sheet.write_text(TOGETHER)
        typst.compile(str(sheet), output=str(PICTURE), root=folder, ppi=72)


if __name__ == "__main__":
    main()
