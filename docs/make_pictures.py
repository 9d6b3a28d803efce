"""Make the pictures of README and docs again: `make pictures`. Needs chromium, libreoffice-calc and poppler-utils."""

import html
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PICTURES = Path(__file__).with_name("pictures")
_BROWSER = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--disable-background-networking")
_TERMINAL = """<!DOCTYPE html><meta charset="utf-8"><style>
body { margin: 0; background: #1d2430; color: #e6e9ef; font: 15px/1.45 "DejaVu Sans Mono", monospace; }
.bar { background: #2b3444; padding: 9px 14px; } .bar i { display: inline-block; width: 12px; height: 12px;
border-radius: 6px; background: #56617a; margin-right: 7px; } pre { margin: 0; padding: 16px 18px; font: inherit; }
b { color: #8fd19e; font-weight: normal; }</style><div class="bar"><i></i><i></i><i></i></div>
<pre><b>$</b> make demo\n%s</pre>"""


def main() -> None:
    """Play the demo in a folder that is thrown away, and photograph what a person sees."""
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        said = played(work)
        lines = len(said.splitlines()) + 1
        (work / "terminal.html").write_text(_TERMINAL % html.escape(said), encoding="utf-8")
        photographed(work, work / "terminal.html", "demo.png", 1140, round(lines * 15 * 1.45) + 66)
        outreach(work / "demo", "campaign", "preview", "hrc55", "--mission", "FRA", "--out", "previews")
        photographed(work, work / "demo" / "previews" / "FRA.html", "letter.png", 900, 1150)
        sheet_photographed(work, work / "demo" / "report.xlsx", "report-overview.png")


def outreach(folder: Path, *arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "outreach", *arguments], cwd=folder, check=True, stdout=subprocess.DEVNULL)


def played(work: Path) -> str:
    """What the demo prints."""
    command = [sys.executable, "-m", "outreach", "demo"]
    return subprocess.run(command, cwd=work, check=True, capture_output=True, text=True).stdout


def photographed(work: Path, page: Path, picture: str, width: int, height: int) -> None:
    browser = shutil.which("chromium") or "chromium"
    size = f"--window-size={width},{height}"
    target = f"--screenshot={PICTURES / picture}"
    profile = f"--user-data-dir={work / 'browser'}"
    subprocess.run([browser, *_BROWSER, profile, size, target, page.as_uri()], check=True, capture_output=True)


def sheet_photographed(work: Path, workbook: Path, picture: str) -> None:
    """The first printed page of a workbook."""
    profile = f"-env:UserInstallation={(work / 'office').as_uri()}"
    office = ["soffice", "--headless", profile, "--convert-to", "pdf", "--outdir", str(work), str(workbook)]
    subprocess.run(office, check=True, capture_output=True)
    pages = ["pdftoppm", "-png", "-singlefile", "-r", "80", str(work / "report.pdf")]
    subprocess.run([*pages, str(PICTURES / picture.removesuffix(".png"))], check=True)


if __name__ == "__main__":
    main()
