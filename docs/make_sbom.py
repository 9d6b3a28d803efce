"""Writes what Outreach is made of as a software bill of materials (CycloneDX 1.5, JSON), from the locks.

Beside Python's packages it names those that the desk's pages load, which lie in outreach/web/static.

python docs/make_sbom.py [FILE]     to FILE, or to standard output
"""

import base64
import hashlib
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from outreach import __version__

ROOT = Path(__file__).parent.parent
LOCK = ROOT / "requirements" / "server.txt"
"""All that runs: the program with its database server's driver; what only makes and tests it is in dev.txt."""
STATIC = ROOT / "outreach" / "web" / "static"
_PACKAGE = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)((?:[^\n\\]|\\\n)*)", re.MULTILINE)
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def components(lock: str) -> Iterator[dict[str, Any]]:
    """Yield each package of a lock with its version, its address (purl) and the digests of its files."""
    for name, version, rest in _PACKAGE.findall(lock):
        plain = re.sub(r"[-_.]+", "-", name).lower()  # PEP 503
        yield {
            "type": "library", "name": plain, "version": version, "purl": f"pkg:pypi/{plain}@{version}",
            "bom-ref": f"pkg:pypi/{plain}@{version}",
            "hashes": [{"alg": "SHA-256", "content": one} for one in _HASH.findall(rest)],
        }  # fmt: skip


def browser_components() -> Iterator[dict[str, Any]]:
    """Yield each package of the pages' scripts: of the bundle, by the digests of what npm has, and htmx by its file."""
    for one in json.loads((STATIC / "vendor" / "packages.json").read_text(encoding="utf-8")):
        content = base64.b64decode(one["integrity"].removeprefix("sha512-")).hex()
        yield _of_npm(one["name"], one["version"], {"alg": "SHA-512", "content": content})
    for file in STATIC.glob("htmx-*.min.js"):
        content = hashlib.sha256(file.read_bytes()).hexdigest()
        yield _of_npm("htmx.org", file.name[len("htmx-") : -len(".min.js")], {"alg": "SHA-256", "content": content})


def _of_npm(name: str, version: str, digest: dict[str, str]) -> dict[str, Any]:
    purl = f"pkg:npm/{name.replace('@', '%40')}@{version}"
    return {
        "type": "library", "name": name, "version": version, "purl": purl, "bom-ref": purl, "hashes": [digest],
    }  # fmt: skip


def bill() -> dict[str, Any]:
    """Return the whole of it. It bears no moment and no number of its own, so that the same locks give the same."""
    named = {"type": "application", "name": "outreach", "version": __version__, "bom-ref": "outreach"}
    return {
        "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, "metadata": {"component": named},
        "components": [*components(LOCK.read_text(encoding="utf-8")), *browser_components()],
    }  # fmt: skip


def main() -> None:
    text = json.dumps(bill(), indent=1) + "\n"
    if sys.argv[1:]:
        Path(sys.argv[1]).parent.mkdir(parents=True, exist_ok=True)
        Path(sys.argv[1]).write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)


if __name__ == "__main__":
    main()
