"""Make the pictures of docs/desk.md again: `make desk-pictures`. Needs Debian's chromium."""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

PICTURES = Path(__file__).with_name("pictures")
_PAGES = (
    ("desk-campaign", "/campaigns/1", "light", 1280, 1010),
    ("desk-dark", "/campaigns/1", "dark", 1280, 1010),
    ("desk-answer", "/inbox/{answer}", "light", 1280, 900),
    ("desk-phone", "/campaigns/1", "light", 375, 800),
)
_FLAGS = ["--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--disable-background-networking"]


def main() -> None:
    """Open the desk on the demo in a folder that is thrown away, and photograph some of its pages."""
    with tempfile.TemporaryDirectory() as name:
        process = subprocess.Popen(
            [sys.executable, "-u", "-m", "outreach", "demo", "--open"], cwd=name, stdout=subprocess.PIPE, text=True
        )
        try:
            assert process.stdout is not None
            url = password = ""
            while not password:
                line = process.stdout.readline()
                assert line, "the desk has not opened"
                url = url or (found[0] if (found := re.search(r"http://\S+(?=/)", line)) else "")
                password = found[1] if (found := re.search(r"with the password (\S+)", line)) else ""
            photograph(url, password)
        finally:
            process.terminate()
            process.communicate()


def photograph(url: str, password: str) -> None:
    """Sign in and take the pictures."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=_FLAGS)
        for name, path, scheme, width, height in _PAGES:
            context = browser.new_context(
                base_url=url, viewport={"width": width, "height": height}, color_scheme=scheme
            )
            page = context.new_page()
            page.goto("/login")
            page.get_by_label("Login").fill("demo")
            page.get_by_label("Password").fill(password)
            page.get_by_role("button", name="Sign in").click()
            page.goto("/inbox")
            answer = page.locator(".mails a").first.get_attribute("href").rpartition("/")[2]
            page.goto(path.format(answer=answer))
            page.wait_for_load_state("networkidle")
            page.screenshot(path=PICTURES / f"{name}.png")
            context.close()
        browser.close()


if __name__ == "__main__":
    main()
