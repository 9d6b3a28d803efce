"""The shipped letters made a coalition's own: in live mode a sample stands in its own way, and its days have passed."""

import re
from pathlib import Path

_SAYS_SO = re.compile(
    r"^\*[^\n*]*(?:sample letter|lettre d'exemple|carta de muestra|رسالة نموذجية|范例|образец)[^\n]*$", re.MULTILINE
)
"""The line in italics that each has."""


def make_own(templates: Path) -> None:
    """Take out of the letters in a folder that they are samples, and put their day to answer by into the future."""
    for path in templates.glob("*/*.md"):
        if path.parent.name != "layouts":
            text = path.read_text(encoding="utf-8")
            path.write_text(
                _SAYS_SO.sub("", text).replace("Invented Coalition for", "Coalition for"),
                encoding="utf-8",
                newline="\n",
            )
    for path in (*templates.glob("*/letter.toml"), *templates.glob("*/*.csv")):
        text = path.read_text(encoding="utf-8")
        for before, after in (
            ("Invented Coalition for", "Coalition for"),
            ("A sample letterhead · secretariat@coalition.example", "Geneva"),
            ("reply_by = 2024-03-27", "reply_by = 2044-03-27"), ("vote_on = 2024-04-03", "vote_on = 2044-04-04"),
        ):  # fmt: skip
            text = text.replace(before, after)
        path.write_text(text, encoding="utf-8", newline="\n")
