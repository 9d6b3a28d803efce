"""Where a setting stands in a letter.toml, for messages: the file, the line and the setting's name."""

import re
from pathlib import Path

from outreach.errors import at_line


def place(path: Path, setting: str, value: str = "") -> str:
    """Return where a setting such as `subject.en` stands; with a value of a list, the line that holds it.

    `templates/x/letter.toml, line 9, subject.en`; without the line where it can't be found.
    """
    line = _line(path, setting.split("."), value)
    return at_line(path, line, setting) if line else f"{path}, {setting}"


def _line(path: Path, keys: list[str], value: str) -> int:
    try:
        lines = path.read_text(encoding="utf-8-sig", errors="replace").splitlines()
    except OSError:
        return 0
    table: list[str] = []
    found = 0
    for number, line in enumerate(lines, start=1):
        if header := re.match(r"\s*\[([^\[\]]+)\]", line):
            table = [part.strip().strip("\"'") for part in header[1].split(".")]
            if not found and table == keys:
                found = number
        elif (entry := re.match(r"\s*([\w\"'.-]+)\s*=", line)) and not found:
            name = [part.strip("\"'") for part in entry[1].split(".")]
            # An inline table, `subject = {en = "…"}`, has its keys on the line of its name.
            if keys[: len(table + name)] == table + name:
                found = number
        if found and value and value in line and number >= found:
            return number
    return found
