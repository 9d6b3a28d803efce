"""What the pages load of others lies in the package as it was made, with its licences, and where it is needed alone."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

from web_browser import Browser

from outreach.web import middleware

VENDOR = Path(middleware.__file__).parent / "static" / "vendor"
RECIPE = Path(middleware.__file__).parents[2] / "docs" / "browser"


def test_each_file_is_what_was_made() -> None:
    sums = dict(line.split()[::-1] for line in (VENDOR / "SHA256SUMS").read_text(encoding="utf-8").splitlines())
    there = {file.name for file in VENDOR.iterdir()} - {"SHA256SUMS"}
    assert there == sums.keys()
    assert {name: hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() for name in there} == sums


def test_its_packages_are_those_of_the_recipe_and_have_their_licences() -> None:
    lock = json.loads((RECIPE / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    licences = (VENDOR / "codemirror-LICENSES.txt").read_text(encoding="utf-8")
    packages = json.loads((VENDOR / "packages.json").read_text(encoding="utf-8"))
    assert {"@codemirror/commands", "@codemirror/state", "@codemirror/view"} <= {one["name"] for one in packages}
    read_me = (VENDOR / "README.md").read_text(encoding="utf-8")
    for one in packages:
        chosen = one["name"] in lock[""]["devDependencies"]
        assert not chosen or f"{one['name']} {one['version']}" in read_me
        locked = lock[f"node_modules/{one['name']}"]
        assert (one["version"], one["integrity"]) == (locked["version"], locked["integrity"])
        assert one["license"] == "MIT"
        assert f"{one['name']} {one['version']}\n" in licences


def test_only_the_editor_loads_it(browse: Callable[..., Browser]) -> None:
    browser = browse("editor")
    assert "codemirror" not in browser.get("/letters")
    shown = browser.get("/letters/hrc-joint-letter/en")
    assert shown.count("/static/vendor/codemirror-6.min.js?") == 2
    assert "&#34;mission.group&#34;: &#34;Regional group&#34;" in shown, "and the words for its chips"
